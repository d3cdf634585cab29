#include "exchange/usage.h"

#include "base/instant.h"
#include "reconcile/reconcile.h"
#include "telephony/country.h"

#include <stdlib.h>

#define SCAN_ROWS 2000                 /* of the store in one step */
#define SCAN_STEPS_MAX 10              /* a page ends there, perhaps with few rows: its cost is bounded */
#define RING_MAX_MS MS_PER_DAY         /* an answer comes within this time of the invite */

enum status usage_tenant(struct exchange *exchange, struct arena *arena, int64_t tenant_key, struct tenant_row *tenant,
			 struct error *err)
{
	struct sql *sql;
	enum status status = store_read(exchange->store, &sql, err);

	if (status != OK)
		return status;
	status = tenant_find_key(sql, arena, tenant_key, tenant, err);
	store_abort(exchange->store, sql);
	return status;
}

enum status usage_user(struct exchange *exchange, struct arena *arena, int64_t tenant_key, struct str user_id,
		       const struct user_row **user, struct error *err)
{
	struct user_row *row = ARENA_NEW(arena, struct user_row);
	struct sql *sql;
	enum status status;

	*user = NULL;
	if (user_id.n == 0)
		return OK;
	status = store_read(exchange->store, &sql, err);
	if (status != OK)
		return status;
	status = user_find(sql, arena, tenant_key, user_id, row, err);
	store_abort(exchange->store, sql);
	if (status == OK)
		*user = row;
	return status == E_NOT_FOUND ? OK : status;
}

void usage_mask(const struct exchange *exchange, const struct tenant_row *tenant, struct record *record)
{
	unsigned digits = policy_masked_digits(exchange->policy, tenant->country);

	if (record->direction == DIRECTION_INBOUND)
		record->caller = number_mask(record->caller, digits);
	else
		record->callee = number_mask(record->callee, digits);
}

bool usage_is_past(const struct exchange *exchange, enum retained_kind kind, const struct tenant_row *tenant,
		   const struct user_row *user, int64_t filed_ms)
{
	struct str country = user ? user->country : tenant->country;

	return filed_ms < clock_now_ms() - (int64_t)policy_retention_days(exchange->policy, kind, country) * MS_PER_DAY;
}

/* --- what rows need of the registry, asked once a page -------------------------------- */

struct names {
	struct exchange *exchange;
	struct arena *arena;
	int64_t tenant_key;
	struct { int64_t key; struct str name; } operators[64];
	size_t operator_count;
	const struct user_row *last_user;
	struct str last_user_id;
};

static enum status operator_name(struct names *n, int64_t key, struct str *name, struct error *err)
{
	struct operator_row row;
	struct sql *sql;
	enum status status;

	for (size_t i = 0; i < n->operator_count; i++) {
		if (n->operators[i].key == key) {
			*name = n->operators[i].name;
			return OK;
		}
	}
	status = store_read(n->exchange->store, &sql, err);
	if (status != OK)
		return status;
	status = operator_find_key(sql, n->arena, key, &row, err);
	store_abort(n->exchange->store, sql);
	if (status != OK)
		return status;
	*name = row.display_name;
	if (n->operator_count < sizeof(n->operators) / sizeof(n->operators[0])) {
		n->operators[n->operator_count].key = key;
		n->operators[n->operator_count++].name = *name;
	}
	return OK;
}

static enum status user_of(struct names *n, struct str user_id, const struct user_row **user, struct error *err)
{
	enum status status = OK;

	if (!n->last_user_id.p || !str_equal(n->last_user_id, user_id)) {
		status = usage_user(n->exchange, n->arena, n->tenant_key, user_id, &n->last_user, err);
		n->last_user_id = str_is_none(user_id) ? STR("") : user_id;
	}
	*user = n->last_user;
	return status;
}

/* --- rows -------------------------------------------------------------------------------- */

/* The operator's duration of an agreed pair, all pieces of the call together; DURATION_NONE otherwise. */
static enum status accepted_duration(struct exchange *x, struct arena *arena, const struct stored_record *row,
				     int64_t *duration_ms, struct error *err)
{
	struct outcome *outcomes;
	size_t count;
	enum status status = records_outcomes_of(x->records, arena, row->operator_key, RECORD_CALL, row->filed_ms,
						 row->record.id, &outcomes, NULL, &count, err);

	*duration_ms = DURATION_NONE;
	for (size_t i = 0; status == OK && i < count; i++) {
		if (outcomes[i].class != RECONCILE_AGREED || outcomes[i].operator_ms == DURATION_NONE)
			continue;
		*duration_ms = (*duration_ms == DURATION_NONE ? 0 : *duration_ms) + outcomes[i].operator_ms;
	}
	return status;
}

static enum status fill_row(struct names *n, const struct tenant_row *tenant, const struct stored_record *stored,
			    struct usage_row *row, struct error *err)
{
	const struct record *r = &stored->record;
	int64_t accepted = DURATION_NONE;
	enum status status;

	*row = (struct usage_row){ .stored = *stored };
	status = user_of(n, r->user_id, &row->user, err);
	if (status == OK)
		status = operator_name(n, stored->operator_key, &row->operator_name, err);
	if (status == OK)
		status = accepted_duration(n->exchange, n->arena, stored, &accepted, err);
	if (status != OK)
		return status;
	row->is_operators = accepted != DURATION_NONE;
	row->duration_ms = row->is_operators ? accepted : r->duration_ms != DURATION_NONE ? r->duration_ms : r->end_ms - r->answer_ms;
	if (country_of_number(r->direction == DIRECTION_INBOUND ? r->caller : r->callee, row->remote_country, NULL) != OK)
		row->remote_country[0] = '\0';
	usage_mask(n->exchange, tenant, &row->stored.record);
	return OK;
}

/* Takes what belongs into the page; *full when no more may come in. */
static enum status take_rows(struct names *n, const struct records_page *read, int64_t from_ms, int64_t to_ms,
			     struct usage_page *page, bool *full, struct error *err)
{
	enum status status = OK;

	for (size_t i = 0; status == OK && i < read->count && !*full; i++) {
		const struct stored_record *stored = &read->rows[i];
		struct usage_row *row = &page->rows[page->count];

		page->next = (struct records_place){ stored->filed_ms, stored->record.id, stored->operator_key };
		if (stored->record.answer_ms == INSTANT_NONE || stored->record.answer_ms < from_ms ||
		    stored->record.answer_ms > to_ms)
			continue;
		status = fill_row(n, &page->tenant, stored, row, err);
		if (status != OK || usage_is_past(n->exchange, RETAIN_CALL_RECORDS, &page->tenant, row->user, stored->filed_ms))
			continue;
		page->count++;
		*full = page->count == USAGE_PAGE_MAX;
		page->more = *full && (read->more || i + 1 < read->count);
	}
	return status;
}

enum status usage_read(struct exchange *exchange, struct arena *arena, int64_t tenant_key, int64_t from_ms, int64_t to_ms,
		       struct records_place after, struct usage_page *page, struct error *err)
{
	struct records_query query = { .kind = RECORD_CALL, .from_ms = from_ms - RING_MAX_MS, .to_ms = to_ms + 1,
				       .after = after, .limit = SCAN_ROWS };
	struct names names = { .exchange = exchange, .arena = arena, .tenant_key = tenant_key };
	struct records_page read = { .more = true };
	bool full = false;
	enum status status;

	*page = (struct usage_page){ .rows = ARENA_ARRAY(arena, struct usage_row, USAGE_PAGE_MAX), .next = after };
	status = usage_tenant(exchange, arena, tenant_key, &page->tenant, err);
	for (int step = 0; status == OK && step < SCAN_STEPS_MAX && read.more && !full; step++) {
		status = records_read_tenant(exchange->records, arena, tenant_key, &query, &read, err);
		if (status == OK)
			status = take_rows(&names, &read, from_ms, to_ms, page, &full, err);
		if (read.count)
			query.after = page->next;
		page->more = full ? page->more : read.more;
	}
	return status;
}
