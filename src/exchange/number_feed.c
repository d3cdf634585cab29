#include "exchange/number_feed.h"

#include "base/instant.h"
#include "store/parties.h"

/* Finished orders and operations can be looked up this long. */
#define HISTORY_DAYS 90
#define COUNTRIES_MAX 300

enum status number_feed_start(struct exchange *exchange, int64_t operator_key, bool latest, struct number_place *place,
			      struct error *err)
{
	struct number_feed_state state;
	struct sql *sql;
	enum status status = store_read(exchange->store, &sql, err);

	if (status != OK)
		return status;
	status = number_feed_state(sql, operator_key, &state, err);
	store_abort(exchange->store, sql);
	if (status == OK)
		*place = latest ? (struct number_place){ state.head, 0 } : (struct number_place){ 0, state.head };
	return status;
}

enum status number_feed_read(struct exchange *exchange, struct arena *arena, int64_t operator_key, int64_t max,
			     struct number_place *place, struct number_row **rows, size_t *count, bool *more,
			     struct error *err)
{
	int64_t known_from = place->position > place->fresh_until ? place->position : place->fresh_until;
	struct number_feed_state state = { 0, 0 };
	struct sql *sql;
	enum status status = store_read(exchange->store, &sql, err);

	if (status != OK)
		return status;
	status = number_changes(sql, arena, operator_key, place->position, place->fresh_until, max + 1, rows, count,
				err);
	/* Read last: what was forgotten meanwhile is missing above. */
	if (status == OK)
		status = number_feed_state(sql, operator_key, &state, err);
	store_abort(exchange->store, sql);
	if (status != OK)
		return status;
	if (known_from < state.forgotten)
		return error_set(err, E_GONE, NULL,
				 "the link is older than what is kept of removed numbers; start again at the address "
				 "in Location");
	*more = *count > (size_t)max;
	if (*more)
		(*count)--;
	if (*count)
		place->position = (*rows)[*count - 1].position;
	/* At the end, all that the feed held when the reader began has been seen. */
	if (!*more && place->position < place->fresh_until)
		place->position = place->fresh_until;
	if (place->position >= place->fresh_until)
		place->fresh_until = 0;
	return OK;
}

/* The policy's time for assignments goes by the country of who held the number. */
static enum status sweep_spans(struct exchange *exchange, struct sql *sql, int64_t now_ms, int64_t *dropped,
			       struct error *err)
{
	struct str *countries;
	size_t count = 0;
	struct arena arena;
	enum status status;

	arena_init(&arena);
	status = user_countries(sql, &arena, COUNTRIES_MAX, &countries, &count, err);
	for (size_t i = 0; status == OK && i < count; i++) {
		int64_t days = policy_retention_days(exchange->policy, RETAIN_ASSIGNMENTS, countries[i]), spans = 0;

		status = spans_drop(sql, countries[i], now_ms - days * MS_PER_DAY, &spans, err);
		*dropped += spans;
	}
	arena_release(&arena);
	return status;
}

enum status number_history_sweep(struct exchange *exchange, int64_t now_ms, int64_t *dropped, struct error *err)
{
	const struct settings *s = &exchange->settings;
	/* A delta link may be followed by next links before it is used up. */
	int64_t links_ms = (s->delta_lifetime_s + s->next_link_lifetime_s) * MS_PER_SECOND;
	int64_t history_ms = HISTORY_DAYS * MS_PER_DAY;
	int64_t removals = 0, orders = 0, operations = 0, spans = 0;
	struct sql *sql;
	enum status status = store_write(exchange->store, &sql, err);

	if (status != OK)
		return status;
	status = number_feed_forget(sql, now_ms - links_ms, &removals, err);
	if (status == OK)
		status = orders_drop(sql, now_ms - history_ms, &orders, err);
	if (status == OK)
		status = operations_drop(sql, now_ms - history_ms, &operations, err);
	if (status == OK)
		status = sweep_spans(exchange, sql, now_ms, &spans, err);
	if (status == OK)
		status = store_commit(exchange->store, sql, err);
	else
		store_abort(exchange->store, sql);
	if (status == OK)
		*dropped = removals + orders + operations + spans;
	return status;
}
