#include "telephony/number.h"

#include "base/hash.h"

#include <assert.h>

#define VALUE_MASK ((UINT64_C(1) << 50) - 1)
#define DIGITS_MAX 15

number_t number_make(enum number_kind kind, uint64_t value, unsigned digits, unsigned masked)
{
	assert(digits <= DIGITS_MAX && masked <= digits && value <= VALUE_MASK);
	return (uint64_t)kind << 60 | (uint64_t)masked << 54 | (uint64_t)digits << 50 | value;
}

enum number_kind number_kind(number_t n)
{
	return (enum number_kind)(n >> 60);
}

unsigned number_digit_count(number_t n)
{
	return (unsigned)(n >> 50 & 15);
}

unsigned number_masked_count(number_t n)
{
	return (unsigned)(n >> 54 & 15);
}

uint64_t number_value(number_t n)
{
	return n & VALUE_MASK;
}

bool number_parse_e164(struct str s, number_t *n)
{
	uint64_t value = 0;

	if (s.n < 6 || s.n > DIGITS_MAX + 1 || s.p[0] != '+' || s.p[1] == '0')
		return false;
	for (size_t i = 1; i < s.n; i++) {
		unsigned digit = (unsigned)(s.p[i] - '0');

		if (digit > 9)
			return false;
		value = value * 10 + digit;
	}
	*n = number_make(NUMBER_E164, value, (unsigned)s.n - 1, 0);
	return true;
}

/* Strips <>, a scheme, the host part and parameters, leaving the user part. */
static struct str uri_user(struct str s)
{
	size_t open = str_find_char(s, '<');

	if (open < s.n) {
		s = str_after(s, open + 1);
		s.n = str_find_char(s, '>');
	}
	for (size_t i = 0; i < s.n && i < 5; i++) {
		if (s.p[i] == ':') {
			s = str_after(s, i + 1);
			break;
		}
	}
	s.n = str_find_char(s, '@');
	s.n = str_find_char(s, ';');
	return str_trim(s);
}

static bool is_withheld(struct str s)
{
	static const char *const words[] = { "anonymous", "restricted",  "unavailable", "unknown",  "private", "withheld",
					     "-",         "+266696687", "266696687",   NULL };

	for (int i = 0; words[i]; i++)
		if (str_equal_ascii_case(s, str_from(words[i])))
			return true;
	return false;
}

static bool is_separator(char c)
{
	return c == ' ' || c == '-' || c == '.' || c == '(' || c == ')' || c == '/';
}

static number_t text_number(struct str s)
{
	return (uint64_t)NUMBER_TEXT << 60 | (hash64(s) & VALUE_MASK);
}

number_t number_read(struct str raw)
{
	struct str s = uri_user(str_trim(raw));
	uint64_t value = 0;
	unsigned digits = 0, masked = 0;
	bool plus = false, leading_zero = false;

	if (s.n == 0)
		return NUMBER_ABSENT;
	if (is_withheld(s))
		return NUMBER_WITHHELD_WORD;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '+' && digits == 0 && !plus) {
			plus = true;
		} else if (is_separator(c)) {
			continue;
		} else if ((c >= '0' && c <= '9' && masked == 0) || c == '*' || c == 'X' || c == 'x') {
			bool hidden = c < '0' || c > '9';

			if (digits == DIGITS_MAX)
				return text_number(raw);
			leading_zero |= digits == 0 && c == '0';
			value = value * 10 + (hidden ? 0 : (unsigned)(c - '0'));
			masked += hidden;
			digits++;
		} else {
			return text_number(raw);
		}
	}
	if (digits == 0 || masked == digits)
		return text_number(raw);
	if (leading_zero)
		plus = false; /* no E.164 number begins with 0 */
	return number_make(plus ? NUMBER_E164 : NUMBER_DIGITS, value, digits, masked);
}

struct str number_text(number_t n, char out[NUMBER_TEXT_SIZE])
{
	unsigned digits = number_digit_count(n), masked = number_masked_count(n);
	uint64_t value = number_value(n);
	char *p = out;

	switch (number_kind(n)) {
	case NUMBER_WITHHELD:
		memcpy(out, "anonymous", 10);
		return str_of(out, 9);
	case NUMBER_E164:
		*p++ = '+';
		break;
	case NUMBER_DIGITS:
		break;
	default:
		out[0] = '\0';
		return str_of(out, 0);
	}
	for (unsigned i = digits; i > 0; i--) {
		p[i - 1] = digits - i < masked ? '*' : (char)('0' + value % 10);
		value /= 10;
	}
	p[digits] = '\0';
	return str_of(out, (size_t)(p - out) + digits);
}

void number_add(struct buf *b, number_t n)
{
	char text[NUMBER_TEXT_SIZE];

	buf_add_str(b, number_text(n, text));
}

number_t number_mask(number_t n, unsigned hide)
{
	enum number_kind kind = number_kind(n);
	unsigned digits = number_digit_count(n), masked = number_masked_count(n);
	uint64_t value = number_value(n), scale = 1;

	if (kind != NUMBER_E164 && kind != NUMBER_DIGITS)
		return n;
	if (hide > digits)
		hide = digits;
	if (hide < masked)
		hide = masked;
	for (unsigned i = 0; i < hide; i++)
		scale *= 10;
	return number_make(kind, value / scale * scale, digits, hide);
}
