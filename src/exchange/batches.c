#include "exchange/batches.h"

#include "store/parties.h"

enum status batches_find(struct exchange *exchange, struct arena *arena, int64_t operator_key, enum record_kind kind,
			 struct str id, struct batch_row *row, struct error *err)
{
	struct sql *sql;
	enum status status = store_read(exchange->store, &sql, err);

	if (status != OK)
		return status;
	status = batch_find(sql, arena, operator_key, kind, id, row, err);
	store_abort(exchange->store, sql);
	return status;
}

enum status batches_page(struct exchange *exchange, struct arena *arena, int64_t operator_key, enum record_kind kind,
			 int64_t after_ms, struct str after_id, bool descending, int64_t max, struct batch_row **rows,
			 size_t *count, struct error *err)
{
	struct sql *sql;
	enum status status = store_read(exchange->store, &sql, err);

	if (status != OK)
		return status;
	status = batches_after(sql, arena, operator_key, kind, after_ms, after_id, descending, max, rows, count, err);
	store_abort(exchange->store, sql);
	return status;
}

void batch_span(const struct batch_row *row, int64_t *from_ms, int64_t *to_ms)
{
	struct str days = row->days, first = str_cut(&days, ','), last = first;
	int32_t from, to;

	while (!str_is_none(days))
		last = str_cut(&days, ',');
	*from_ms = *to_ms = 0;
	if (!day_parse(first, &from) || !day_parse(last, &to))
		return; /* nothing was filed */
	*from_ms = day_start(from);
	*to_ms = day_start(to + 1);
}

/* --- conflicts ----------------------------------------------------------------------- */

struct gather {
	struct arena *arena;
	struct shown_conflict *rows;
	size_t count, max;
};

static enum status gather_of(struct exchange *exchange, struct gather *g, int64_t operator_key, enum record_kind kind,
			     const struct conflict_place *after, struct error *err)
{
	struct conflict *found;
	size_t count;
	bool more;
	enum status status;

	if (g->count == g->max)
		return OK;
	status = records_conflicts(exchange->records, g->arena, operator_key, kind, INT32_MIN, INT32_MAX, after,
				   g->max - g->count, &found, &count, &more, err);
	if (status != OK)
		return status;
	for (size_t i = 0; i < count; i++)
		g->rows[g->count++] = (struct shown_conflict){ operator_key, found[i] };
	return OK;
}

/* Operators in pages: there may be more than one wants to hold. */
#define OPERATORS_AT_ONCE 100

static enum status gather_all(struct exchange *exchange, struct gather *g, enum record_kind kind,
			      const struct conflicts_place *after, struct error *err)
{
	static const struct conflict_place start = { .day = INT32_MIN };
	int64_t key = after->operator_key ? after->operator_key - 1 : 0;
	struct operator_row *operators;
	size_t count = OPERATORS_AT_ONCE;
	struct sql *sql;
	enum status status = OK;

	while (status == OK && count == OPERATORS_AT_ONCE && g->count < g->max) {
		status = store_read(exchange->store, &sql, err);
		if (status != OK)
			break;
		status = operators_after(sql, g->arena, key, OPERATORS_AT_ONCE, &operators, &count, err);
		store_abort(exchange->store, sql);
		for (size_t i = 0; status == OK && i < count; i++) {
			key = operators[i].key;
			status = gather_of(exchange, g, key, kind, key == after->operator_key ? &after->within : &start,
					   err);
		}
	}
	return status;
}

enum status conflicts_list(struct exchange *exchange, struct arena *arena, int64_t operator_key, enum record_kind kind,
			   const struct conflicts_place *after, size_t max, struct shown_conflict **rows, size_t *count,
			   struct error *err)
{
	struct gather g = { arena, ARENA_ARRAY(arena, struct shown_conflict, max), 0, max };
	enum status status = operator_key ? gather_of(exchange, &g, operator_key, kind, &after->within, err)
					  : gather_all(exchange, &g, kind, after, err);

	if (status != OK)
		return status;
	*rows = g.rows;
	*count = g.count;
	return OK;
}
