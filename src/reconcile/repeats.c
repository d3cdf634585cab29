/* Records of one side that have one id: of each such set one record stays. */
#include "reconcile/engine_private.h"

#include <stdlib.h>

#define BITS_EACH 16               /* bits of the sieve for each record: one in twenty of the others is suspected, too */
#define PREFETCHED 16

/* Ids that may stand twice, and the record that counts so far. */
struct suspect {
	uint64_t id;
	uint32_t index;                /* RECONCILE_NONE: none was met */
	bool is_used;
};

struct suspects {
	struct suspect *slots;
	size_t n, slot_count;
};

static struct suspect *slot_of(const struct suspects *s, uint64_t id)
{
	size_t at = id & (s->slot_count - 1);

	while (s->slots[at].is_used && s->slots[at].id != id)
		at = (at + 1) & (s->slot_count - 1);
	return &s->slots[at];
}

static void suspects_resize(struct suspects *s)
{
	struct suspects bigger = { NULL, s->n, s->slot_count ? 2 * s->slot_count : 64 };

	bigger.slots = xalloc(bigger.slot_count * sizeof(*bigger.slots));
	for (size_t i = 0; i < s->slot_count; i++)
		if (s->slots[i].is_used)
			*slot_of(&bigger, s->slots[i].id) = s->slots[i];
	free(s->slots);
	*s = bigger;
}

static void suspects_add(struct suspects *s, uint64_t id)
{
	struct suspect *slot;

	if (2 * s->n >= s->slot_count)
		suspects_resize(s);
	slot = slot_of(s, id);
	s->n += !slot->is_used;
	*slot = (struct suspect){ id, RECONCILE_NONE, true };
}

/* A sieve of bits tells most ids that stand once from the others. */
static void sift(const struct side *side, struct suspects *suspects)
{
	unsigned shift = 64 - 6;
	uint64_t *sieve;

	while (shift > 16 && UINT64_C(1) << (64 - shift) < side->n * BITS_EACH)
		shift--;
	sieve = xalloc((size_t)1 << (64 - shift - 3));
	for (size_t i = 0; i < side->n; i++) {
		uint64_t bit = side->items[i].id >> shift;

		if (i + PREFETCHED < side->n)
			__builtin_prefetch(&sieve[side->items[i + PREFETCHED].id >> shift >> 6], 1);
		if (sieve[bit >> 6] >> (bit & 63) & 1)
			suspects_add(suspects, side->items[i].id);
		sieve[bit >> 6] |= UINT64_C(1) << (bit & 63);
	}
	free(sieve);
}

void side_settle(struct side *side, reconcile_choose *choose, void *context)
{
	struct suspects suspects = { 0 };
	size_t kept = 0;

	sift(side, &suspects);
	for (size_t i = 0; suspects.n && i < side->n; i++) {
		struct suspect *slot = slot_of(&suspects, side->items[i].id);
		struct reconcile_record before, now;

		if (!slot->is_used)
			continue;
		if (slot->index == RECONCILE_NONE) {
			slot->index = (uint32_t)i;
			continue;
		}
		before = item_record(&side->items[slot->index]);
		now = item_record(&side->items[i]);
		if (choose(context, &before, &now)) {
			side->items[i].is_copy = true;
		} else {
			side->items[slot->index].is_copy = true;
			slot->index = (uint32_t)i;
		}
	}
	free(suspects.slots);
	if (suspects.n == 0)
		return;
	for (size_t i = 0; i < side->n; i++) {
		if (side->items[i].is_copy)
			continue;
		if (kept != i)
			side->items[kept] = side->items[i];
		kept++;
	}
	side->n = kept;
}
