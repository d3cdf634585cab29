/* Arrays of many megabytes: on large pages, since what is touched for the first time costs the more, the smaller the
 * page, and grown without being copied. */
#include "reconcile/engine_private.h"

#include <stdlib.h>
#include <sys/mman.h>

#define LARGE_PAGE ((size_t)2 << 20)
#define LARGE_MIN (2 * LARGE_PAGE) /* less comes from the heap */

/* The kernel places a mapping so that large pages fit only where its length is a multiple of theirs. */
static size_t mapped(size_t bytes)
{
	return (bytes + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE;
}

static void *map(size_t bytes)
{
	void *p = mmap(NULL, mapped(bytes), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		out_of_memory();
	madvise(p, mapped(bytes), MADV_HUGEPAGE);
	return p;
}

void *large_alloc(size_t bytes)
{
	return bytes < LARGE_MIN ? xalloc(bytes) : map(bytes);
}

void *large_resize(void *p, size_t old_bytes, size_t bytes)
{
	void *q;

	if (bytes < LARGE_MIN && old_bytes < LARGE_MIN)
		return xrealloc(p, bytes);
	if (bytes < LARGE_MIN || old_bytes < LARGE_MIN) {
		q = large_alloc(bytes);
		if (p)
			memcpy(q, p, bytes < old_bytes ? bytes : old_bytes);
		large_free(p, old_bytes);
		return q;
	}
	if (mapped(bytes) == mapped(old_bytes))
		return p;
	q = mremap(p, mapped(old_bytes), mapped(bytes), MREMAP_MAYMOVE);
	if (q == MAP_FAILED)
		out_of_memory();
	return q;
}

void large_free(void *p, size_t bytes)
{
	if (p && bytes >= LARGE_MIN)
		munmap(p, mapped(bytes));
	else
		free(p);
}
