/* base/buf.h - growing output.
 *
 * A writer appends without checking; the first append that would exceed max
 * sets `overflow` and turns all later ones into no-ops, so one check at the end
 * is enough.  A buf belongs to one thread. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/str.h"

#include <stdarg.h>

struct buf {
	char *p;
	size_t n;
	size_t capacity;
	size_t max;      /* bytes that may ever stand in it; 0: no bound */
	bool overflow;
};

void buf_init(struct buf *b, size_t max);
void buf_clear(struct buf *b);    /* empty, memory kept, overflow forgotten */
void buf_release(struct buf *b);  /* gives the memory back */

void buf_add(struct buf *b, const void *p, size_t n);
void buf_add_str(struct buf *b, struct str s);
void buf_add_char(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_add_u64(struct buf *b, uint64_t v);
void buf_add_i64(struct buf *b, int64_t v);

/* Room for n more bytes at the end, or NULL on overflow; then buf_took(n). */
char *buf_room(struct buf *b, size_t n);
void buf_took(struct buf *b, size_t n);

/* Drops the first n bytes, moving the rest to the front. */
void buf_drop(struct buf *b, size_t n);

static inline struct str buf_str(const struct buf *b)
{
	return (struct str){ b->p ? b->p : "", b->n };
}

/* The content as a NUL-terminated string, owned by the buf. */
const char *buf_cstr(struct buf *b);

#endif
