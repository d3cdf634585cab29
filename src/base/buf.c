#include "base/buf.h"

#include "base/arena.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max };
}

void buf_clear(struct buf *b)
{
	b->n = 0;
	b->overflow = false;
}

void buf_release(struct buf *b)
{
	free(b->p);
	*b = (struct buf){ .max = b->max };
}

char *buf_room(struct buf *b, size_t n)
{
	if (b->overflow)
		return NULL;
	if (b->max && (n > b->max || b->n > b->max - n)) {
		b->overflow = true;
		return NULL;
	}
	if (b->capacity - b->n < n) {
		size_t want = b->capacity ? b->capacity * 2 : 256;

		while (want - b->n < n)
			want *= 2;
		b->p = xrealloc(b->p, want);
		b->capacity = want;
	}
	return b->p + b->n;
}

void buf_took(struct buf *b, size_t n)
{
	assert(b->capacity - b->n >= n);
	b->n += n;
}

void buf_add(struct buf *b, const void *p, size_t n)
{
	char *room = n ? buf_room(b, n) : NULL;

	if (!room)
		return;
	memcpy(room, p, n);
	b->n += n;
}

void buf_add_str(struct buf *b, struct str s)
{
	buf_add(b, s.p, s.n);
}

void buf_add_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

/* Room for one more byte than n, which is no content and counts for no bound. */
static char *room_with_nul(struct buf *b, size_t n)
{
	size_t max = b->max;
	char *room = buf_room(b, n);

	if (!room)
		return NULL;
	b->max = 0;
	room = buf_room(b, n + 1);
	b->max = max;
	return room;
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;
	char *room;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	room = room_with_nul(b, (size_t)n);
	if (room) {
		vsnprintf(room, (size_t)n + 1, fmt, again);
		b->n += (size_t)n;
	}
	va_end(again);
}

void buf_add_u64(struct buf *b, uint64_t v)
{
	char text[20];
	size_t at = sizeof(text);

	do {
		text[--at] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	buf_add(b, text + at, sizeof(text) - at);
}

void buf_add_i64(struct buf *b, int64_t v)
{
	if (v < 0) {
		buf_add_char(b, '-');
		buf_add_u64(b, 0 - (uint64_t)v);
	} else {
		buf_add_u64(b, (uint64_t)v);
	}
}

void buf_drop(struct buf *b, size_t n)
{
	assert(n <= b->n);
	if (n == 0)
		return;
	memmove(b->p, b->p + n, b->n - n);
	b->n -= n;
}

const char *buf_cstr(struct buf *b)
{
	char *end = room_with_nul(b, 0);

	if (!end)
		return "";
	*end = '\0';
	return b->p;
}
