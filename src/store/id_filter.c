#include "store/id_filter.h"

#include "base/arena.h"

#include <stdlib.h>

#define SEGMENTS_MAX 32
#define FIRST_CAPACITY ((uint64_t)64 * 1024) /* ids */
#define BLOCK_WORDS 8                        /* a cache line of 64 bytes */
#define BLOCK_BITS (64 * BLOCK_WORDS)
#define PROBES 7 /* of 9 bits each: one word holds them */
#define PROBE_SHIFT 9
#define SEGMENT_BYTES(capacity) ((capacity)*ID_FILTER_BITS_PER_ID / 8)

struct segment {
	uint64_t *words;
	uint64_t blocks;
};

struct id_filter {
	struct segment segments[SEGMENTS_MAX];
	unsigned count;
	uint64_t capacity; /* of the last segment */
	uint64_t room;     /* ids that it still takes */
	uint64_t bytes;
};

struct id_filter *id_filter_new(void)
{
	return xalloc(sizeof(struct id_filter));
}

void id_filter_free(struct id_filter *filter)
{
	if (!filter)
		return;
	for (unsigned i = 0; i < filter->count; i++)
		free(filter->segments[i].words);
	free(filter);
}

uint64_t id_filter_bytes(const struct id_filter *filter)
{
	return filter->bytes;
}

uint64_t id_filter_bytes_with(const struct id_filter *filter, uint64_t more)
{
	uint64_t capacity = filter->capacity, room = filter->room, bytes = filter->bytes;

	while (room < more) {
		capacity = capacity ? 2 * capacity : FIRST_CAPACITY;
		room += capacity;
		bytes += SEGMENT_BYTES(capacity);
	}
	return bytes;
}

static void grow(struct id_filter *filter)
{
	struct segment *s = &filter->segments[filter->count++];
	uint64_t bytes;

	filter->capacity = filter->capacity ? 2 * filter->capacity : FIRST_CAPACITY;
	filter->room = filter->capacity;
	bytes = SEGMENT_BYTES(filter->capacity);
	s->words = xalloc(bytes);
	s->blocks = bytes / (BLOCK_WORDS * sizeof(uint64_t));
	filter->bytes += bytes;
}

static uint64_t *block_of(const struct segment *s, uint64_t hash)
{
	/* The high half of the product is uniform over the blocks, whatever their number. */
	return s->words + BLOCK_WORDS * (uint64_t)(((__uint128_t)hash * s->blocks) >> 64);
}

/* Which bits of the block: independent of its choice, or the ids of a block would share them. */
static uint64_t probes_of(uint64_t hash)
{
	hash ^= hash >> 32;
	hash *= UINT64_C(0x9e3779b97f4a7c15);
	hash ^= hash >> 29;
	hash *= UINT64_C(0xbf58476d1ce4e5b9);
	return hash ^ hash >> 32;
}

void id_filter_add(struct id_filter *filter, uint64_t hash)
{
	uint64_t probes = probes_of(hash), *block;

	if (filter->room == 0)
		grow(filter);
	filter->room--;
	block = block_of(&filter->segments[filter->count - 1], hash);
	for (int i = 0; i < PROBES; i++, probes >>= PROBE_SHIFT)
		block[probes % BLOCK_BITS / 64] |= UINT64_C(1) << probes % 64;
}

void id_filter_prefetch(const struct id_filter *filter, uint64_t hash)
{
	for (unsigned i = 0; i < filter->count; i++)
		__builtin_prefetch(block_of(&filter->segments[i], hash));
}

static bool block_has(const uint64_t *block, uint64_t probes)
{
	for (int i = 0; i < PROBES; i++, probes >>= PROBE_SHIFT)
		if (!(block[probes % BLOCK_BITS / 64] >> probes % 64 & 1))
			return false;
	return true;
}

bool id_filter_has(const struct id_filter *filter, uint64_t hash)
{
	uint64_t probes = probes_of(hash);

	for (unsigned i = filter->count; i-- > 0;)
		if (block_has(block_of(&filter->segments[i], hash), probes))
			return true;
	return false;
}
