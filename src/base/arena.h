/* base/arena.h - memory that is released all at once.
 *
 * One arena serves one request or one chunk of a batch: what belongs to it is
 * allocated here, never freed singly, and goes in one sweep.  Out of memory
 * ends the process: no caller has a better answer, and what was acknowledged
 * is on disk.  An arena belongs to one thread at a time. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/str.h"

struct arena {
	struct arena_block *blocks;  /* newest first */
	size_t used;                 /* bytes handed out since init or clear */
};

void arena_init(struct arena *a);
void arena_clear(struct arena *a);    /* forgets everything, keeps one block for reuse */
void arena_release(struct arena *a);  /* gives all memory back */

/* Zeroed, aligned for any type. */
void *arena_alloc(struct arena *a, size_t size) __attribute__((malloc, alloc_size(2)));
#define ARENA_NEW(a, type) ((type *)arena_alloc(a, sizeof(type)))
#define ARENA_ARRAY(a, type, n) ((type *)arena_array(a, sizeof(type), n))
void *arena_array(struct arena *a, size_t size, size_t count);

struct str arena_str(struct arena *a, struct str s);                /* a copy, NUL-terminated */
char *arena_cstr(struct arena *a, struct str s);                    /* the same as char * */
struct str arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3), nonnull(2)));

/* Memory outside arenas, with the same policy. */
void out_of_memory(void) __attribute__((noreturn));                   /* says so and aborts */
void *xalloc(size_t size) __attribute__((malloc, alloc_size(1)));   /* zeroed; free() it */
void *xrealloc(void *p, size_t size) __attribute__((alloc_size(2)));
char *xstrdup(const char *z) __attribute__((malloc));

#endif
