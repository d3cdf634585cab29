/* base/str.h - borrowed slices of bytes.
 *
 * A struct str is passed by value and owns nothing; whoever stores one states
 * how long it lives.  It need not be NUL-terminated and may hold NULs.
 * The absent string is {NULL, 0}; the empty one is {"", 0}. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
	const char *p;
	size_t n;
};

#define STR(literal) ((struct str){ "" literal, sizeof(literal) - 1 })
#define STR_INIT(literal) { "" literal, sizeof(literal) - 1 } /* in static initializers */
#define STR_NONE ((struct str){ NULL, 0 })
#define STR_ARG(s) (int)(s).n, (s).p /* for printf's %.*s */

static inline struct str str_from(const char *z)
{
	return (struct str){ z, z ? strlen(z) : 0 };
}

static inline struct str str_of(const void *p, size_t n)
{
	return (struct str){ p, n };
}

static inline bool str_is_none(struct str s)
{
	return s.p == NULL;
}

static inline bool str_equal(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool str_is(struct str a, const char *z)
{
	return str_equal(a, str_from(z));
}

static inline bool str_starts(struct str s, struct str prefix)
{
	return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

/* The rest after the first n bytes; n must not exceed the length. */
static inline struct str str_after(struct str s, size_t n)
{
	return (struct str){ s.p + n, s.n - n };
}

int str_compare(struct str a, struct str b);             /* bytewise, as memcmp; shorter first */
bool str_equal_ascii_case(struct str a, struct str b);   /* A-Z and a-z alike, other bytes exact */
struct str str_trim(struct str s);                       /* without spaces and tabs at both ends */

/* Index of the first such byte, or s.n. */
size_t str_find_char(struct str s, char c);

/* Index of the first occurrence, or s.n. */
size_t str_find(struct str s, struct str part);

/* Cuts s at the first sep: returns what stands before it and leaves the rest in
 * *s (absent when there was no sep). */
struct str str_cut(struct str *s, char sep);

/* A whole decimal number without sign or blanks; false when it is not one or
 * exceeds max. */
bool str_to_u64(struct str s, uint64_t max, uint64_t *value);

/* Bytes of the well-formed UTF-8 sequence at the front (Unicode 15, table 3-7),
 * or 0 when there is none; s must not be empty. */
size_t utf8_sequence(struct str s);

/* Valid UTF-8 without surrogates, overlong forms or code points past U+10FFFF. */
bool str_is_utf8(struct str s);

/* What of s a message may show: its characters, "?" for bytes that are none and for controls, "..." where it is cut
 * because out has no more room (size is 8 at least).  Returns out. */
const char *str_shown(struct str s, char *out, size_t size);

#endif
