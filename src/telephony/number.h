/* telephony/number.h - phone numbers as 64-bit integers.
 *
 * E.164 (ITU-T E.164): up to 15 digits, the first not 0, written with a leading
 * "+" that is no part of the number.  Everywhere inside, a number is one word:
 *
 *     bits 0-49   the digits as a decimal value (10^15 < 2^50)
 *     bits 50-53  how many digits, so that leading zeros survive
 *     bits 54-57  how many digits at the end are masked (their value is 0); of NUMBER_PREFIXED: how many stand
 *                 before the "#"
 *     bit 58      more digits stood in front: no number has more than 15, what is longer has a prefix
 *     bit 59      the masked digits stood before others (+4930****567): bits 0-49 are the digits that are shown, then
 *                 the masked ones, of which the last tells how many of those shown stood behind
 *     bits 60-63  enum number_kind
 *
 * so equality is one comparison and sorting is by kind, then by length and value. */
#ifndef TELEPHONY_NUMBER_H
#define TELEPHONY_NUMBER_H

#include "base/buf.h"
#include "base/str.h"

enum number_kind {
	NUMBER_ABSENT = 0,    /* the whole word is 0 */
	NUMBER_E164 = 1,      /* international, written with + */
	NUMBER_DIGITS = 2,    /* digits in some national or prefixed form, plan unknown */
	NUMBER_WITHHELD = 3,  /* the caller hides: no number, never one busy caller */
	NUMBER_TEXT = 4,      /* not a number: bits 0-49 are a hash of the text */
	NUMBER_PREFIXED = 5,  /* digits with a "#" among them, as switches write a technical prefix: 99#4930123456 */
};

typedef uint64_t number_t;

#define NUMBER_TEXT_SIZE 18 /* "+" or "#", 15 digits, NUL, rounded up */

/* Strict: ^\+[1-9][0-9]{4,14}$, as the HTTP faces demand.  False otherwise. */
bool number_parse_e164(struct str s, number_t *n);

/* What switches write: E.164 with or without "+", visual separators, tel: and
 * sip: URIs with their parameters, `anonymous` and its kin, masked digits of X
 * or *, prefixes.  Of more than 15 digits the last 15 are kept.  Never fails:
 * what is no number becomes NUMBER_TEXT, an empty cell NUMBER_ABSENT. */
number_t number_read(struct str s);

static inline enum number_kind number_kind(number_t n)
{
	return (enum number_kind)(n >> 60);
}

static inline unsigned number_digit_count(number_t n)
{
	return (unsigned)(n >> 50 & 15);
}

static inline unsigned number_masked_count(number_t n)
{
	return number_kind(n) == NUMBER_PREFIXED ? 0 : (unsigned)(n >> 54 & 15);
}

/* Of a masked number, how many of the digits that are shown stand behind those that are not. */
static inline unsigned number_shown_behind(number_t n)
{
	return number_kind(n) != NUMBER_TEXT && n & UINT64_C(1) << 59 ? (unsigned)((n & ((UINT64_C(1) << 50) - 1)) % 10) : 0;
}

/* Digits before the "#". */
static inline unsigned number_prefix_count(number_t n)
{
	return number_kind(n) == NUMBER_PREFIXED ? (unsigned)(n >> 54 & 15) : 0;
}

/* More digits stood in front. */
static inline bool number_is_cut(number_t n)
{
	return number_kind(n) != NUMBER_TEXT && n & UINT64_C(1) << 58;
}

/* The digits as a decimal value. */
static inline uint64_t number_value(number_t n)
{
	return n & ((UINT64_C(1) << 50) - 1);
}

/* A number of the given kind from parts; digits <= 15. */
number_t number_make(enum number_kind kind, uint64_t value, unsigned digits, unsigned masked);

#define NUMBER_WITHHELD_WORD ((number_t)NUMBER_WITHHELD << 60)

/* "+4930123456", "030123456", "99#4930123456", "anonymous", "+49301234**"; what is cut, NUMBER_TEXT and
 * NUMBER_ABSENT give "".  Returns a slice of out. */
struct str number_text(number_t n, char out[NUMBER_TEXT_SIZE]);
void number_add(struct buf *b, number_t n);

/* The same number with its last `digits` digits shown as "*": how the other
 * party of a call is shown to a tenant. */
number_t number_mask(number_t n, unsigned digits);

#endif
