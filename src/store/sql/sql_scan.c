#include "store/sql/sql_scan.h"

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Behind the next `end` from p on, or at the end of the text. */
static const char *behind(const char *p, const char *end)
{
	const char *found = strstr(p, end);

	return found ? found + strlen(end) : p + strlen(p);
}

struct sql_piece sql_scan(const char **at)
{
	const char *start = *at, *p = start;
	enum sql_piece_kind kind = SQL_PIECE_OTHER;

	if (!*p) {
		kind = SQL_PIECE_END;
	} else if (*p == '\'') {
		p = behind(p + 1, "'");
	} else if (*p == '"') {
		p = behind(p + 1, "\"");
	} else if (p[0] == '-' && p[1] == '-') {
		p = behind(p, "\n");
	} else if (p[0] == '/' && p[1] == '*') {
		p = behind(p + 2, "*/");
	} else if (*p == '{') {
		kind = SQL_PIECE_BRACED;
		p = behind(p, "}");
	} else if (*p == '?' && is_digit(p[1])) {
		kind = SQL_PIECE_PARAMETER;
		for (p++; is_digit(*p); p++)
			;
	} else if (is_word(*p)) {
		kind = SQL_PIECE_WORD;
		while (is_word(*p))
			p++;
	} else {
		p++;
	}
	*at = p;
	return (struct sql_piece){ kind, str_of(start, (size_t)(p - start)) };
}
