#include "store/sql/statement_cache.h"

#include "base/arena.h"
#include "base/hash.h"

#include <assert.h>
#include <stdlib.h>

#define SLOTS_AT_FIRST 64

struct statement_slot {
	const char *text;   /* NULL: free */
	uint64_t hash;      /* of what the text says */
	void *statement;
};

/* Where text stands, or the free slot where it would. */
static struct statement_slot *slot_of(const struct statement_cache *cache, const char *text)
{
	size_t mask = cache->capacity - 1;
	size_t i = (size_t)hash64_u64((uint64_t)(uintptr_t)text, 0) & mask;

	while (cache->slots[i].text && cache->slots[i].text != text)
		i = (i + 1) & mask;
	return &cache->slots[i];
}

void *statement_cache_find(const struct statement_cache *cache, const char *text)
{
	struct statement_slot *slot;

	if (cache->capacity == 0)
		return NULL;
	slot = slot_of(cache, text);
	if (!slot->text)
		return NULL;
	assert(slot->hash == hash64(str_from(text)));
	return slot->statement;
}

static void grow(struct statement_cache *cache)
{
	struct statement_cache old = *cache;

	cache->capacity = old.capacity ? 2 * old.capacity : SLOTS_AT_FIRST;
	cache->slots = xalloc(cache->capacity * sizeof(*cache->slots));
	for (size_t i = 0; i < old.capacity; i++)
		if (old.slots[i].text)
			*slot_of(cache, old.slots[i].text) = old.slots[i];
	free(old.slots);
}

void statement_cache_add(struct statement_cache *cache, const char *text, void *statement)
{
	if (2 * cache->count >= cache->capacity)
		grow(cache);
	*slot_of(cache, text) = (struct statement_slot){ text, hash64(str_from(text)), statement };
	cache->count++;
}

void statement_cache_release(struct statement_cache *cache, statement_free *each)
{
	for (size_t i = 0; i < cache->capacity; i++)
		if (cache->slots[i].text)
			each(cache->slots[i].statement);
	free(cache->slots);
	*cache = (struct statement_cache){ 0 };
}
