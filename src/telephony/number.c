#include "telephony/number.h"

#include "base/hash.h"

#include <assert.h>
#include <endian.h>

#define VALUE_MASK ((UINT64_C(1) << 50) - 1)
#define DIGITS_MAX 15
#define WRITTEN_MAX 24             /* with every prefix; what is longer is no number */
#define TOP_DIGIT UINT64_C(100000000000000)
#define CUT_BIT (UINT64_C(1) << 58)
#define INNER_BIT (UINT64_C(1) << 59)
#define BEHIND_MAX 9
#define ROUTED_MIN 8               /* a letter and fewer digits are a name */
#define INNER_MASK_MIN 2           /* a single X or * among digits is an extension or a dialled service */
#define INNER_SHOWN_MIN 4          /* fewer digits beside a mask are no number */

static uint64_t power_of_ten(unsigned exponent)
{
	uint64_t power = 1;

	while (exponent--)
		power *= 10;
	return power;
}

number_t number_make(enum number_kind kind, uint64_t value, unsigned digits, unsigned masked)
{
	assert(digits <= DIGITS_MAX && masked <= digits && value <= VALUE_MASK);
	return (uint64_t)kind << 60 | (uint64_t)masked << 54 | (uint64_t)digits << 50 | value;
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

/* Behind a routing prefix as switches write them (D012...: hexadecimal digits that cannot be dialled) the number goes on. */
static struct str after_routing_letter(struct str s)
{
	if (s.n < ROUTED_MIN || !((s.p[0] >= 'A' && s.p[0] <= 'F') || (s.p[0] >= 'a' && s.p[0] <= 'f')))
		return s;
	for (size_t i = 1; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return s;
	return str_after(s, 1);
}

static number_t text_number(struct str s)
{
	return (uint64_t)NUMBER_TEXT << 60 | (hash64(s) & VALUE_MASK);
}

/* What was read of a number so far. */
struct reading {
	uint64_t value;
	unsigned digits, masked, behind, written, prefix;
	bool plus, leading_zero, hash;
};

static void add_digit(struct reading *r, char c)
{
	bool hidden = c < '0' || c > '9';

	r->leading_zero |= r->written == 0 && c == '0';
	if (r->digits == DIGITS_MAX)
		r->value %= TOP_DIGIT;
	else
		r->digits++;
	r->value = r->value * 10 + (hidden ? 0 : (unsigned)(c - '0'));
	r->masked += hidden;
	r->behind += !hidden && r->masked;
	r->written++;
}

/* False when the character has no place in a number. */
static bool read_character(struct reading *r, char c, bool is_last)
{
	if (c == '+' && !r->plus && (r->written == 0 || (r->hash && r->written == r->prefix))) {
		r->plus = true;
	} else if (c == '#' && r->written && !r->hash && !r->masked) {
		/* At the end it closed the dialling and means nothing. */
		r->hash = !is_last;
		r->prefix = r->written;
	} else if (c >= '0' && c <= '9') {
		add_digit(r, c);
	} else if ((c == '*' || c == 'X' || c == 'x') && !r->hash && !r->behind) {
		add_digit(r, c);
	} else {
		return is_separator(c);
	}
	return r->written <= WRITTEN_MAX;
}

/* Whether digits behind masked ones can stand in a number. */
static bool is_sound(const struct reading *r)
{
	if (r->digits == 0 || r->masked >= r->digits)
		return false;
	return r->behind == 0 || (r->masked >= INNER_MASK_MIN && r->digits - r->masked >= INNER_SHOWN_MIN &&
				  r->behind <= BEHIND_MAX && r->written == r->digits);
}

/* The digits that are shown, then the masked ones. */
static uint64_t shown_first(const struct reading *r)
{
	uint64_t behind = r->value % power_of_ten(r->behind), front = r->value / power_of_ten(r->behind + r->masked);

	return (front * power_of_ten(r->behind) + behind) * power_of_ten(r->masked) + r->behind;
}

static number_t number_of(const struct reading *r)
{
	number_t cut = r->written > r->digits ? CUT_BIT : 0;

	if (r->hash)
		return number_make(NUMBER_PREFIXED, r->value, r->digits, 0) | cut |
		       (uint64_t)(r->prefix > r->written - r->digits ? r->prefix - (r->written - r->digits) : 0) << 54;
	if (r->behind)
		return number_make(r->plus && !r->leading_zero ? NUMBER_E164 : NUMBER_DIGITS, shown_first(r), r->digits, r->masked) | INNER_BIT;
	/* No E.164 number begins with 0 or has more digits. */
	return number_make(r->plus && !r->leading_zero && !cut ? NUMBER_E164 : NUMBER_DIGITS, r->value, r->digits, r->masked) | cut;
}

#define WITHHELD_DIGITS 266696687 /* ANONYMOUS on a keypad; of all forms without letters the only one */

/* Digits alone, as many switches write; false: read it the long way. */
static bool plain_digits(struct str s, number_t *n)
{
	uint64_t value = 0;

	if (s.n == 0 || s.n > DIGITS_MAX)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned digit = (unsigned)(s.p[i] - '0');

		if (digit > 9)
			return false;
		value = value * 10 + digit;
	}
	*n = number_make(NUMBER_DIGITS, value, (unsigned)s.n, 0);
	return true;
}

number_t number_read(struct str raw)
{
	struct str s;
	struct reading r = { 0 };
	number_t plain;

	if ((number_parse_e164(raw, &plain) || plain_digits(raw, &plain)) && number_value(plain) != WITHHELD_DIGITS)
		return plain;
	s = uri_user(str_trim(raw));
	if (s.n == 0)
		return NUMBER_ABSENT;
	if (is_withheld(s))
		return NUMBER_WITHHELD_WORD;
	s = after_routing_letter(s);
	for (size_t i = 0; i < s.n; i++)
		if (!read_character(&r, s.p[i], i + 1 == s.n))
			return text_number(raw);
	return is_sound(&r) ? number_of(&r) : text_number(raw);
}

struct str number_text(number_t n, char out[NUMBER_TEXT_SIZE])
{
	unsigned digits = number_digit_count(n), masked = number_masked_count(n), prefix = number_prefix_count(n);
	unsigned behind = number_shown_behind(n);
	uint64_t value = number_value(n);
	char *p = out;

	if (number_is_cut(n)) {
		out[0] = '\0';
		return str_of(out, 0);
	}
	switch (number_kind(n)) {
	case NUMBER_WITHHELD:
		memcpy(out, "anonymous", 10);
		return str_of(out, 9);
	case NUMBER_E164:
		*p++ = '+';
		break;
	case NUMBER_DIGITS:
	case NUMBER_PREFIXED:
		break;
	default:
		out[0] = '\0';
		return str_of(out, 0);
	}
	value /= power_of_ten(masked);
	for (unsigned i = digits; i > 0; i--) {
		bool hidden = digits - i >= behind && digits - i < behind + masked;

		p[i - 1] = hidden ? '*' : (char)('0' + value % 10);
		value = hidden ? value : value / 10;
	}
	if (prefix) {
		memmove(p + prefix + 1, p + prefix, digits - prefix);
		p[prefix] = '#';
		digits++;
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
	unsigned digits = number_digit_count(n), masked = number_masked_count(n), behind = number_shown_behind(n);
	uint64_t shown = number_value(n) / power_of_ten(masked + behind);

	if (kind != NUMBER_E164 && kind != NUMBER_DIGITS)
		return n;
	masked += behind;
	if (hide > digits)
		hide = digits;
	if (hide < masked)
		hide = masked;
	return number_make(kind, shown / power_of_ten(hide - masked) * power_of_ten(hide), digits, hide);
}
