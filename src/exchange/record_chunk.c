#include "exchange/record_chunk.h"

#include <stdlib.h>

void record_chunk_init(struct record_chunk *c)
{
	*c = (struct record_chunk){ .count = 0 };
	arena_init(&c->arena);
	c->items = xalloc(APPEND_ITEMS_MAX * sizeof(*c->items));
	c->operator_keys = xalloc(APPEND_ITEMS_MAX * sizeof(*c->operator_keys));
	c->places = xalloc(APPEND_ITEMS_MAX * sizeof(*c->places));
}

void record_chunk_release(struct record_chunk *c)
{
	arena_release(&c->arena);
	free(c->items);
	free(c->operator_keys);
	free(c->places);
	*c = (struct record_chunk){ .count = 0 };
}

void record_chunk_clear(struct record_chunk *c)
{
	arena_clear(&c->arena);
	c->count = 0;
}

bool record_chunk_is_full(const struct record_chunk *c)
{
	return c->count == APPEND_ITEMS_MAX || c->arena.used >= CHUNK_BYTES_MAX;
}

void record_chunk_add(struct record_chunk *c, const struct record *record, int64_t operator_key, int64_t tenant_key,
		      struct record_place place)
{
	struct append_item *item = &c->items[c->count];
	struct record *r = &item->record;

	*item = (struct append_item){ .record = *record, .tenant_key = tenant_key, .digest = record_digest(record) };
	r->id = arena_str(&c->arena, r->id);
	r->correlation_id = arena_str(&c->arena, r->correlation_id);
	r->operator_id = arena_str(&c->arena, r->operator_id);
	r->tenant_id = arena_str(&c->arena, r->tenant_id);
	r->user_id = arena_str(&c->arena, r->user_id);
	r->trunk = arena_str(&c->arena, r->trunk);
	r->media_streams = arena_str(&c->arena, r->media_streams);
	c->operator_keys[c->count] = operator_key;
	c->places[c->count++] = place;
}

static size_t days_of(const struct append_item *items, size_t count, int32_t *days)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		int32_t day = instant_day(record_filed_ms(&items[i].record));

		/* Most records are of the day of the one before. */
		if (n == 0 || days[n - 1] != day)
			days[n++] = day;
	}
	return n;
}

static enum status append_items(struct append_item *items, size_t count, int64_t operator_key, int32_t *days,
				const struct record_chunk_append *how, struct error *err)
{
	struct append append = {
		.operator_key = operator_key,
		.kind = items[0].record.kind,
		.items = items,
		.count = count,
		.batch = how->batch,
		.received_ms = how->received_ms,
		.changed_days = days,
	};
	enum status status = how->changing(how->context, operator_key, days, days_of(items, count, days), err);

	if (status == OK)
		status = records_append(how->records, &append, err);
	/* A version that moved changed the day that it left, too. */
	if (status == OK && append.changed_day_count)
		status = how->changing(how->context, operator_key, days, append.changed_day_count, err);
	return status;
}

/* The items of one operator, in order, and where they stand in the chunk. */
struct share {
	struct append_item *items;
	size_t *at;
	size_t count;
};

static void take_share(const struct record_chunk *c, int64_t operator_key, struct share *share)
{
	share->count = 0;
	for (size_t i = 0; i < c->count; i++)
		if (c->operator_keys[i] == operator_key) {
			share->items[share->count] = c->items[i];
			share->at[share->count++] = i;
		}
}

static bool is_first_of_operator(const struct record_chunk *c, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (c->operator_keys[i] == c->operator_keys[at])
			return false;
	return true;
}

static enum status append_shares(struct record_chunk *c, int32_t *days, const struct record_chunk_append *how,
				 struct error *err)
{
	struct share share = {
		.items = xalloc(c->count * sizeof(*share.items)),
		.at = xalloc(c->count * sizeof(*share.at)),
	};
	enum status status = OK;

	for (size_t i = 0; status == OK && i < c->count; i++) {
		if (!is_first_of_operator(c, i))
			continue;
		take_share(c, c->operator_keys[i], &share);
		status = append_items(share.items, share.count, c->operator_keys[i], days, how, err);
		for (size_t k = 0; k < share.count; k++)
			c->items[share.at[k]].outcome = share.items[k].outcome;
	}
	free(share.items);
	free(share.at);
	return status;
}

static bool is_of_one_operator(const struct record_chunk *c)
{
	for (size_t i = 1; i < c->count; i++)
		if (c->operator_keys[i] != c->operator_keys[0])
			return false;
	return true;
}

enum status record_chunk_append(struct record_chunk *c, const struct record_chunk_append *how, struct error *err)
{
	int32_t *days;
	enum status status;

	if (c->count == 0)
		return OK;
	days = xalloc(2 * c->count * sizeof(*days));
	if (is_of_one_operator(c))
		status = append_items(c->items, c->count, c->operator_keys[0], days, how, err);
	else
		status = append_shares(c, days, how, err);
	free(days);
	return status;
}
