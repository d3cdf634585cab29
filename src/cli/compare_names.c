#include "cli/compare_names.h"

#include "base/hash.h"

#include <stdlib.h>

#define SLOTS_FIRST 64

void names_init(struct names *names)
{
	*names = (struct names){ .capacity = 16, .slot_count = SLOTS_FIRST };
	arena_init(&names->arena);
	names->list = xalloc(names->capacity * sizeof(*names->list));
	names->slots = xalloc(names->slot_count * sizeof(*names->slots));
}

void names_release(struct names *names)
{
	arena_release(&names->arena);
	free(names->list);
	free(names->slots);
}

/* The slot of the name, or the free one where it belongs. */
static uint16_t *slot_of(const struct names *names, struct str name)
{
	size_t at = hash64(name) & (names->slot_count - 1);

	while (names->slots[at] && !str_equal(names->list[names->slots[at]], name))
		at = (at + 1) & (names->slot_count - 1);
	return &names->slots[at];
}

static void rehash(struct names *names, size_t slot_count)
{
	free(names->slots);
	names->slot_count = slot_count;
	names->slots = xalloc(slot_count * sizeof(*names->slots));
	for (size_t i = 1; i <= names->n; i++)
		*slot_of(names, names->list[i]) = (uint16_t)i;
}

uint16_t names_put(struct names *names, struct str name)
{
	uint16_t *slot;

	if (name.n == 0)
		return 0;
	if (names->last && str_equal(names->list[names->last], name))
		return names->last;
	slot = slot_of(names, name);
	if (*slot == 0 && names->n == NAMES_MAX)
		return 0;
	if (*slot == 0) {
		if (names->n + 2 > names->capacity) {
			names->capacity *= 2;
			names->list = xrealloc(names->list, names->capacity * sizeof(*names->list));
		}
		names->list[++names->n] = arena_str(&names->arena, name);
		*slot = (uint16_t)names->n;
		names->last = *slot;
		if (names->n * 2 > names->slot_count)
			rehash(names, 2 * names->slot_count);
		return names->last;
	}
	return names->last = *slot;
}

void names_merge(struct names *names, const struct names *from, uint16_t *map)
{
	map[0] = 0;
	for (size_t i = 1; i <= from->n; i++)
		map[i] = names_put(names, from->list[i]);
}

static int by_text(const void *a, const void *b)
{
	return str_compare(*(const struct str *)a, *(const struct str *)b);
}

void names_sort(struct names *names, uint16_t *map)
{
	struct str *old = xalloc((names->n + 1) * sizeof(*old));

	memcpy(old, names->list, (names->n + 1) * sizeof(*old));
	qsort(names->list + 1, names->n, sizeof(*names->list), by_text);
	names->last = 0;
	rehash(names, names->slot_count);
	map[0] = 0;
	for (size_t i = 1; i <= names->n; i++)
		map[i] = *slot_of(names, old[i]);
	free(old);
}
