#include "telephony/number.h"

#include "base/hash.h"

#include <assert.h>
#include <endian.h>

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

/* Eight digits at once; false when one is none. */
static inline bool eight_digits(const char *p, uint64_t *value)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	word = le64toh(word) ^ UINT64_C(0x3030303030303030);
	if ((word | (word + UINT64_C(0x0606060606060606))) & UINT64_C(0xf0f0f0f0f0f0f0f0))
		return false;
	/* Neighbours are added up pairwise: 8 digits, 4 of two, 2 of four, 1 of eight. */
	word = word * 10 + (word >> 8);
	word = (word & UINT64_C(0x00ff00ff00ff00ff)) * 100 + (word >> 16 & UINT64_C(0x00ff00ff00ff00ff));
	word = (word & UINT64_C(0x0000ffff0000ffff)) * 10000 + (word >> 32 & UINT64_C(0x0000ffff0000ffff));
	*value = word & UINT64_C(0xffffffff);
	return true;
}

bool number_parse_e164(struct str s, number_t *n)
{
	uint64_t value = 0, eight = 0;
	size_t head;

	if (s.n < 6 || s.n > DIGITS_MAX + 1 || s.p[0] != '+' || s.p[1] == '0')
		return false;
	head = s.n > 8 ? s.n - 8 : s.n; /* what is left of the last eight */
	for (size_t i = 1; i < head; i++) {
		unsigned digit = (unsigned)(s.p[i] - '0');

		if (digit > 9)
			return false;
		value = value * 10 + digit;
	}
	if (s.n > 8) {
		if (!eight_digits(s.p + head, &eight))
			return false;
		value = value * 100000000 + eight;
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

/* What stands where a caller hides; the digits spell ANONYMOUS on a keypad. */
static bool is_withheld(struct str s)
{
	static const struct str words[] = {
		{ "anonymous", 9 }, { "restricted", 10 }, { "unavailable", 11 }, { "unknown", 7 },   { "private", 7 },
		{ "withheld", 8 },  { "-", 1 },           { "+266696687", 10 },  { "266696687", 9 },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_equal_ascii_case(s, words[i]))
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
	struct str s;
	uint64_t value = 0;
	unsigned digits = 0, masked = 0;
	bool plus = false, leading_zero = false;
	number_t plain;

	if (number_parse_e164(raw, &plain) && !is_withheld(raw))
		return plain;
	s = uri_user(str_trim(raw));
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
