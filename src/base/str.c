#include "base/str.h"

int str_compare(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n ? memcmp(a.p, b.p, n) : 0;

	if (order)
		return order;
	return (a.n > b.n) - (a.n < b.n);
}

static char ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool str_equal_ascii_case(struct str a, struct str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (ascii_lower(a.p[i]) != ascii_lower(b.p[i]))
			return false;
	return true;
}

struct str str_trim(struct str s)
{
	while (s.n && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = str_after(s, 1);
	while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

size_t str_find_char(struct str s, char c)
{
	const char *hit = s.n ? memchr(s.p, c, s.n) : NULL;

	return hit ? (size_t)(hit - s.p) : s.n;
}

size_t str_find(struct str s, struct str part)
{
	const char *hit = s.n ? memmem(s.p, s.n, part.p, part.n) : NULL;

	return hit ? (size_t)(hit - s.p) : s.n;
}

struct str str_cut(struct str *s, char sep)
{
	size_t at = str_find_char(*s, sep);
	struct str head = { s->p, at };

	*s = at < s->n ? str_after(*s, at + 1) : STR_NONE;
	return head;
}

bool str_to_u64(struct str s, uint64_t max, uint64_t *value)
{
	uint64_t v = 0;

	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned digit = (unsigned)(s.p[i] - '0');

		/* 19 digits always fit. */
		if (digit > 9 || (i >= 19 && v > (UINT64_MAX - digit) / 10))
			return false;
		v = v * 10 + digit;
	}
	if (v > max)
		return false;
	*value = v;
	return true;
}

size_t utf8_sequence(struct str s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	unsigned char c = p[0], low = 0x80, high = 0xbf;
	size_t len;

	if (c < 0x80)
		return 1;
	if (c >= 0xc2 && c <= 0xdf)
		len = 2;
	else if (c >= 0xe0 && c <= 0xef)
		len = 3;
	else if (c >= 0xf0 && c <= 0xf4)
		len = 4;
	else
		return 0;
	if (s.n < len)
		return 0;
	if (c == 0xe0)
		low = 0xa0;
	else if (c == 0xed)
		high = 0x9f;
	else if (c == 0xf0)
		low = 0x90;
	else if (c == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	return len;
}

/* Bytes at the front that are ASCII, counted in whole words. */
static size_t ascii_words(struct str s)
{
	size_t at = 0;
	uint64_t word;

	for (; s.n - at >= sizeof(word); at += sizeof(word)) {
		memcpy(&word, s.p + at, sizeof(word));
		if (word & UINT64_C(0x8080808080808080))
			break;
	}
	return at;
}

bool str_is_utf8(struct str s)
{
	while (s.n) {
		size_t len = ascii_words(s);

		if (len == 0)
			len = utf8_sequence(s);
		if (len == 0)
			return false;
		s = str_after(s, len);
	}
	return true;
}

const char *str_shown(struct str s, char *out, size_t size)
{
	size_t at = 0, n = 0;

	while (at < s.n) {
		unsigned char c = (unsigned char)s.p[at];
		size_t len = utf8_sequence(str_after(s, at));
		bool fits = n + (len ? len : 1) + sizeof("...") <= size;

		if (!fits && s.n - at >= size - n) {
			memcpy(out + n, "...", 3);
			n += 3;
			break;
		}
		if (len == 0 || c < 0x20 || c == 0x7f || (c == 0xc2 && (unsigned char)s.p[at + 1] < 0xa0)) {
			out[n++] = '?';
			at += len ? len : 1;
			continue;
		}
		memcpy(out + n, s.p + at, len);
		n += len;
		at += len;
	}
	out[n] = '\0';
	return out;
}
