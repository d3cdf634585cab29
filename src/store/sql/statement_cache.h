/* store/sql/statement_cache.h - prepared statements by the address of their text.
 *
 * A text may be dropped never and changed never while its statement stands here:
 * texts are string literals.  That is asserted with a hash of the text. */
#ifndef STORE_SQL_STATEMENT_CACHE_H
#define STORE_SQL_STATEMENT_CACHE_H

#include <stddef.h>

struct statement_cache {
	struct statement_slot *slots;   /* capacity of them, a power of two; at most half are taken */
	size_t capacity;
	size_t count;
};

typedef void statement_free(void *statement);

void *statement_cache_find(const struct statement_cache *cache, const char *text);   /* NULL when absent */
void statement_cache_add(struct statement_cache *cache, const char *text, void *statement);
void statement_cache_release(struct statement_cache *cache, statement_free *each);

#endif
