#include "exchange/tenant_calls.h"

#include "exchange/holders.h"
#include "exchange/masking.h"
#include "exchange/retain.h"

struct named_operator {
	struct named_operator *next;
	struct operator_row row;
};

enum status tenant_calls_open(struct tenant_calls *calls, struct exchange *exchange, int64_t tenant_key,
			      struct error *err)
{
	struct tenant_calls c = { .exchange = exchange, .tenant_key = tenant_key, .now_ms = clock_now_ms() };
	struct sql *sql;
	enum status status = store_read(exchange->store, &sql, err);

	if (status != OK)
		return status;
	arena_init(&c.arena);
	status = tenant_find_key(sql, &c.arena, tenant_key, &c.tenant, err);
	store_abort(exchange->store, sql);
	if (status != OK) {
		arena_release(&c.arena);
		return status;
	}
	user_book_init(&c.users, exchange);
	*calls = c;
	return OK;
}

void tenant_calls_close(struct tenant_calls *calls)
{
	user_book_release(&calls->users);
	arena_release(&calls->arena);
}

static enum status find_operator(struct tenant_calls *calls, int64_t key, const struct operator_row **row,
				 struct error *err)
{
	struct named_operator *o = calls->operators;
	struct sql *sql;
	enum status status;

	while (o && o->row.key != key)
		o = o->next;
	if (!o) {
		status = store_read(calls->exchange->store, &sql, err);
		if (status != OK)
			return status;
		o = ARENA_NEW(&calls->arena, struct named_operator);
		status = operator_find_key(sql, &calls->arena, key, &o->row, err);
		store_abort(calls->exchange->store, sql);
		if (status != OK)
			return status;
		o->next = calls->operators;
		calls->operators = o;
	}
	*row = &o->row;
	return OK;
}

/* Who held the subscriber's number then, when it was one of this tenant's users. */
static enum status find_holder(struct tenant_calls *calls, struct arena *arena, struct tenant_call *call,
			       struct error *err)
{
	const struct record *record = &call->stored.record;
	struct span_row span;
	number_t subscriber = record->direction == DIRECTION_INBOUND ? call->callee : call->caller;
	enum status status = holder_at(calls->exchange, arena, subscriber, call->stored.filed_ms, &span, err);

	if (status == OK && span.tenant_key == calls->tenant_key)
		return user_book_user(&calls->users, calls->tenant_key, span.target_id, &call->user, err);
	return status == E_NOT_FOUND ? OK : status;
}

enum status tenant_calls_name(struct tenant_calls *calls, struct arena *arena, struct tenant_call *call,
			      struct error *err)
{
	const struct operator_row *operator;
	enum status status = find_operator(calls, call->stored.operator_key, &operator, err);

	if (status != OK)
		return status;
	call->operator_id = operator->id;
	call->operator_name = operator->display_name;
	if (call->stored.record.user_id.n)
		return user_book_user(&calls->users, calls->tenant_key, call->stored.record.user_id, &call->user, err);
	return find_holder(calls, arena, call, err);
}

struct tenant_call tenant_call_copy(struct arena *arena, const struct tenant_call *call)
{
	struct tenant_call copy = *call;
	struct record *r = &copy.stored.record;

	r->id = arena_str(arena, r->id);
	r->correlation_id = arena_str(arena, r->correlation_id);
	r->user_id = arena_str(arena, r->user_id);
	r->trunk = arena_str(arena, r->trunk);
	r->media_streams = arena_str(arena, r->media_streams);
	return copy;
}

/* *shown false when the record is past its time. */
static enum status show(struct tenant_calls *calls, const struct stored_record *row, struct tenant_call *call,
			bool *shown, struct error *err)
{
	const struct policy *policy = calls->exchange->policy;
	struct str country;
	enum status status = user_book_country(&calls->users, calls->tenant_key, row->record.user_id, &country, err);

	if (status != OK)
		return status;
	*shown = !retain_is_past(policy, RETAIN_CALL_RECORDS, country, row->filed_ms, calls->now_ms);
	if (!*shown)
		return OK;
	*call = (struct tenant_call){ .stored = *row, .caller = row->record.caller, .callee = row->record.callee };
	if (retain_is_past(policy, RETAIN_QUALITY, country, row->filed_ms, calls->now_ms))
		call->stored.record.media_streams = STR_NONE;
	masking_apply(policy, calls->tenant.country, &call->stored.record);
	return OK;
}

enum status tenant_calls_read(struct tenant_calls *calls, struct arena *arena, const struct records_query *query,
			      struct tenant_calls_page *page, struct error *err)
{
	struct records_page raw;
	enum status status =
		records_read_tenant(calls->exchange->records, arena, calls->tenant_key, query, &raw, err);

	if (status != OK)
		return status;
	*page = (struct tenant_calls_page){ ARENA_ARRAY(arena, struct tenant_call, raw.count), 0, raw.more, query->after };
	for (size_t i = 0; status == OK && i < raw.count; i++) {
		bool shown;

		status = show(calls, &raw.rows[i], &page->rows[page->count], &shown, err);
		if (status == OK)
			page->count += shown;
	}
	if (raw.count) {
		const struct stored_record *last = &raw.rows[raw.count - 1];

		page->end = (struct records_place){ last->filed_ms, last->record.id, last->operator_key };
	}
	return status;
}

enum status tenant_calls_find(struct tenant_calls *calls, struct arena *arena, struct str id, struct tenant_call *call,
			      struct error *err)
{
	struct stored_record row;
	bool shown;
	enum status status = records_find(calls->exchange->records, arena, 0, calls->tenant_key, RECORD_CALL, id,
					  RECORDS_WITH_MEDIA, &row, err);

	if (status == OK)
		status = show(calls, &row, call, &shown, err);
	if (status == OK && !shown)
		status = error_set(err, E_NOT_FOUND, NULL, "there is no such record");
	return status == OK ? tenant_calls_name(calls, arena, call, err) : status;
}
