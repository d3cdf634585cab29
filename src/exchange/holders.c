#include "exchange/holders.h"

#include "telephony/sip_uri.h"

#define RENEWED_AT_ONCE 500

enum status holder_at(struct exchange *exchange, struct arena *arena, number_t number, int64_t at_ms,
		      struct span_row *span, struct error *err)
{
	struct sql *sql;
	enum status status = store_read(exchange->store, &sql, err);

	if (status != OK)
		return status;
	status = span_at(sql, arena, number, at_ms, span, err);
	store_abort(exchange->store, sql);
	return status;
}

struct str holder_sip_uri(struct arena *arena, const struct user_row *user, number_t number, struct str domain)
{
	struct buf uri;
	struct str copy;

	if (user->sip_uri.n)
		return user->sip_uri;
	buf_init(&uri, 0);
	sip_uri_of_number(&uri, number, domain);
	copy = arena_str(arena, buf_str(&uri));
	buf_release(&uri);
	return copy;
}

enum status holder_record(struct sql *sql, const struct number_row *number, int64_t now_ms, struct error *err)
{
	int64_t at_ms = now_ms, last_ms = 0;
	enum status status = span_last_ms(sql, number->number, &last_ms, err);

	if (status != OK)
		return status;
	/* The clock may have been set back since. */
	if (last_ms > at_ms)
		at_ms = last_ms;
	status = span_end(sql, number->number, at_ms, err);
	if (status == OK && !str_is_none(number->target_id))
		status = span_begin(sql, number, at_ms, err);
	return status;
}

/* The numbers of several operators come in the order of the operators, so that
 * two renewals lock the feeds in one order. */
struct renewal {
	struct sql *sql;
	const struct tenant_row *tenant;
	const struct user_row *user;
	int64_t now_ms;
	struct number_feed feed; /* operator_key 0: none is open */
};

static enum status renewal_feed(struct renewal *r, int64_t operator_key, struct error *err)
{
	enum status status = OK;

	if (r->feed.operator_key == operator_key)
		return OK;
	if (r->feed.operator_key)
		status = number_feed_close(r->sql, &r->feed, err);
	if (status == OK && operator_key)
		status = number_feed_open(r->sql, operator_key, &r->feed, err);
	return status;
}

static enum status renew_one(struct renewal *r, struct arena *arena, struct number_row *number, struct error *err)
{
	struct user_row holder = { 0 };
	struct str sip_uri;
	enum status status = OK;

	if (r->user)
		holder = *r->user;
	else
		status = user_find(r->sql, arena, r->tenant->key, number->target_id, &holder, err);
	if (status != OK)
		return status;
	sip_uri = holder_sip_uri(arena, &holder, number->number, r->tenant->default_domain);
	if (str_equal(sip_uri, number->sip_uri))
		return OK;
	status = renewal_feed(r, number->operator_key, err);
	/* As it is now that its operator's changes wait for us. */
	if (status == OK)
		status = number_find(r->sql, arena, number->number, number, err);
	if (status != OK)
		return status;
	number->sip_uri = sip_uri;
	number->modified_ms = r->now_ms;
	status = number_update(r->sql, &r->feed, number, err);
	if (status == OK)
		status = holder_record(r->sql, number, r->now_ms, err);
	return status;
}

enum status holder_sip_uris_renew(struct sql *sql, const struct tenant_row *tenant, const struct user_row *user,
				  int64_t now_ms, struct error *err)
{
	struct renewal r = { sql, tenant, user, now_ms, { 0 } };
	struct str target = user ? user->id : STR_NONE;
	struct number_row *rows;
	int64_t after_operator = 0;
	number_t after_number = 0;
	size_t count = RENEWED_AT_ONCE;
	enum status status = OK;
	struct arena arena;

	arena_init(&arena);
	while (status == OK && count == RENEWED_AT_ONCE) {
		arena_clear(&arena);
		status = numbers_held(sql, &arena, tenant->key, target, after_operator, after_number, RENEWED_AT_ONCE,
				      &rows, &count, err);
		for (size_t i = 0; status == OK && i < count; i++) {
			after_operator = rows[i].operator_key;
			after_number = rows[i].number;
			status = renew_one(&r, &arena, &rows[i], err);
		}
	}
	if (status == OK)
		status = renewal_feed(&r, 0, err);
	arena_release(&arena);
	return status;
}
