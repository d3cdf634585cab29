#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define ARENA_BLOCK_SIZE ((size_t)16 * 1024)

struct arena_block {
	struct arena_block *next;
	size_t size;
	size_t used;
	_Alignas(max_align_t) unsigned char data[];
};

void out_of_memory(void)
{
	fputs("tally: out of memory\n", stderr);
	abort();
}

void *xalloc(size_t size)
{
	void *p = calloc(1, size ? size : 1);

	if (!p)
		out_of_memory();
	return p;
}

void *xrealloc(void *p, size_t size)
{
	void *q = realloc(p, size ? size : 1);

	if (!q)
		out_of_memory();
	return q;
}

char *xstrdup(const char *z)
{
	size_t n = strlen(z) + 1;

	return memcpy(xalloc(n), z, n);
}

void arena_init(struct arena *a)
{
	*a = (struct arena){ 0 };
}

void arena_release(struct arena *a)
{
	while (a->blocks) {
		struct arena_block *next = a->blocks->next;

		free(a->blocks);
		a->blocks = next;
	}
	a->used = 0;
}

void arena_clear(struct arena *a)
{
	struct arena_block *keep = a->blocks;

	if (keep && keep->size <= 64 * ARENA_BLOCK_SIZE) {
		a->blocks = keep->next;
		arena_release(a);
		keep->next = NULL;
		keep->used = 0;
		a->blocks = keep;
	} else {
		arena_release(a);
	}
	a->used = 0;
}

static struct arena_block *arena_grow(struct arena *a, size_t size)
{
	size_t want = a->blocks ? a->blocks->size * 2 : ARENA_BLOCK_SIZE;
	struct arena_block *block;

	if (want > 64 * ARENA_BLOCK_SIZE)
		want = 64 * ARENA_BLOCK_SIZE;
	if (want < size)
		want = size;
	block = malloc(sizeof(*block) + want);
	if (!block)
		out_of_memory();
	block->size = want;
	block->used = 0;
	block->next = a->blocks;
	a->blocks = block;
	return block;
}

void *arena_alloc(struct arena *a, size_t size)
{
	struct arena_block *block = a->blocks;
	size_t align = _Alignof(max_align_t);
	void *p;

	if (size > SIZE_MAX / 2)
		out_of_memory();
	size = (size + align - 1) & ~(align - 1);
	if (!block || block->size - block->used < size)
		block = arena_grow(a, size);
	p = block->data + block->used;
	block->used += size;
	a->used += size;
	return memset(p, 0, size);
}

void *arena_array(struct arena *a, size_t size, size_t count)
{
	if (count && size > SIZE_MAX / count)
		out_of_memory();
	return arena_alloc(a, size * count);
}

char *arena_cstr(struct arena *a, struct str s)
{
	char *copy = arena_alloc(a, s.n + 1);

	if (s.n)
		memcpy(copy, s.p, s.n);
	return copy;
}

struct str arena_str(struct arena *a, struct str s)
{
	if (str_is_none(s))
		return s;
	return str_of(arena_cstr(a, s), s.n);
}

struct str arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap, again;
	char *text;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	text = arena_alloc(a, (size_t)n + 1);
	vsnprintf(text, (size_t)n + 1, fmt, again);
	va_end(again);
	return str_of(text, (size_t)n);
}
