#include "exchange/number_orders.h"

#include "base/instant.h"
#include "base/log.h"
#include "base/random.h"
#include "exchange/background.h"
#include "exchange/fields.h"
#include "exchange/provision_number.h"

#include <stdlib.h>

#define CHUNK_ENTRIES 250
#define ORDERS_AT_ONCE 16
#define IDLE_MS 60000

static const char *const order_types[] = { "provision", "release", NULL };

/* --- terms as they stand in the store ---------------------------------------------- */

static void member_if_given(struct json_writer *w, const char *name, struct str value)
{
	if (!str_is_none(value))
		json_member_str(w, name, value);
}

/* Bounded, whatever the client sent: only what number_terms_read() understood. */
static struct str terms_text(struct arena *arena, const struct number_terms *terms)
{
	struct str words = terms->capabilities, text;
	struct json_writer w;
	struct buf out;

	buf_init(&out, 0);
	json_writer_init(&w, &out);
	json_object_begin(&w);
	member_if_given(&w, "tenantId", terms->tenant_id);
	member_if_given(&w, "usage", terms->usage);
	if (!str_is_none(words)) {
		json_key(&w, "acquiredCapabilities");
		json_array_begin(&w);
		while (words.n)
			json_str(&w, str_cut(&words, ','));
		json_array_end(&w);
	}
	member_if_given(&w, "locationId", terms->location_id);
	member_if_given(&w, "civicAddressId", terms->civic_address_id);
	if (terms->allow_address_update_given)
		json_member_bool(&w, "allowTenantAddressUpdate", terms->allow_address_update);
	json_object_end(&w);
	text = arena_str(arena, buf_str(&out));
	buf_release(&out);
	return text;
}

static enum status terms_of_text(struct arena *arena, struct str text, struct number_terms *terms, struct error *err)
{
	const struct json *object;
	enum status status;

	if (str_is_none(text))
		return OK;
	status = json_parse(arena, text, &object, err);
	return status == OK ? number_terms_read(arena, object, terms, err) : status;
}

/* --- placing an order ---------------------------------------------------------------- */

struct opening {
	struct arena *arena;
	struct order_entry_row *entries;
	size_t count;
	int64_t malformed;
};

static enum status open_one(struct opening *o, struct str number, struct str own, enum status status,
			    const struct error *why, struct error *err)
{
	if (o->count == ORDER_ENTRIES_MAX)
		return error_set(err, E_INVALID, "numbers", "numbers: an order has at most %d numbers",
				 ORDER_ENTRIES_MAX);
	o->entries[o->count] = (struct order_entry_row){
		.entry = (int64_t)o->count,
		.telephone_number = number,
		.own = own,
		.status = status == OK ? STR("pending") : STR("failed"),
		.error_code = status == OK ? STR_NONE : str_from(status_wire(status)),
		.message = status == OK ? STR_NONE : arena_str(o->arena, str_from(why->message)),
	};
	o->count++;
	o->malformed += status != OK;
	return OK;
}

static enum status check_number(struct str text, number_t *number, struct error *err)
{
	if (number_parse_e164(text, number))
		return OK;
	return error_set(err, E_NUMBER, "telephoneNumber", "expected a number such as +4930123456");
}

static enum status check_range(struct str from, struct str to, number_t *first, number_t *last, struct error *err)
{
	enum status status = check_number(from, first, err);

	if (status == OK)
		status = check_number(to, last, err);
	if (status != OK)
		return status;
	if (number_digit_count(*first) != number_digit_count(*last) || number_value(*first) > number_value(*last))
		return error_set(err, E_FIELD_VALUE, "to",
				 "a range goes upwards and its two numbers have equally many digits");
	return OK;
}

static enum status open_range(struct opening *o, struct str from, struct str to, struct str own, struct error *err)
{
	struct error why = { 0 };
	number_t first = 0, last = 0;
	enum status status = check_range(from, to, &first, &last, &why);

	if (status != OK)
		return open_one(o, arena_str(o->arena, from), own, status, &why, err);
	for (uint64_t value = number_value(first); value <= number_value(last) && status == OK; value++) {
		char text[NUMBER_TEXT_SIZE];
		number_t number = number_make(NUMBER_E164, value, number_digit_count(first), 0);

		status = open_one(o, arena_str(o->arena, number_text(number, text)), own, OK, NULL, err);
	}
	return status;
}

/* What is shown of an entry that is no number: enough to find it again. */
static struct str shown(struct arena *arena, struct str text)
{
	if (str_is_none(text))
		return STR("");
	return arena_str(arena, text.n > 64 ? str_of(text.p, 64) : text);
}

static enum status open_entry(struct opening *o, const struct json *entry, struct error *err)
{
	struct str number = STR_NONE, from = STR_NONE, to = STR_NONE, own = STR_NONE;
	struct number_terms terms = { 0 };
	struct error why = { 0 };
	number_t parsed;
	enum status status = OK;

	if (entry->type != JSON_OBJECT)
		return open_one(
			o, STR(""), STR_NONE,
			error_set(&why, E_MALFORMED, NULL, "expected an object with telephoneNumber, or from and to"),
			&why, err);
	if (json_get_str(entry, "telephoneNumber", &number, &why) != OK ||
	    json_get_str(entry, "from", &from, &why) != OK || json_get_str(entry, "to", &to, &why) != OK)
		return open_one(o, STR(""), STR_NONE, E_FIELD_TYPE, &why, err);
	status = number_terms_read(o->arena, entry, &terms, &why);
	if (status != OK)
		return open_one(o, shown(o->arena, str_is_none(number) ? from : number), STR_NONE, status, &why, err);
	/* The tenant is the order's. */
	terms.tenant_id = STR_NONE;
	own = terms_text(o->arena, &terms);
	if (!str_is_none(from) || !str_is_none(to))
		return open_range(o, shown(o->arena, from), shown(o->arena, to), own, err);
	if (str_is_none(number))
		status = error_set(&why, E_MISSING_FIELD, "telephoneNumber",
				   "telephoneNumber is needed, or from and to");
	else
		status = check_number(number, &parsed, &why);
	return open_one(o, shown(o->arena, number), own, status, &why, err);
}

static enum status open_entries(struct opening *o, const struct json *body, struct error *err)
{
	const struct json *numbers = NULL;
	enum status status = json_get_array(body, "numbers", &numbers, err);

	if (status != OK)
		return status;
	if (!numbers || numbers->count == 0)
		return error_set(err, E_MISSING_FIELD, "numbers", "numbers: expected an array of at least one number");
	o->entries = ARENA_ARRAY(o->arena, struct order_entry_row, ORDER_ENTRIES_MAX);
	for (const struct json *entry = numbers->first; entry && status == OK; entry = entry->next)
		status = open_entry(o, entry, err);
	return status;
}

static enum status read_head(struct arena *arena, const struct json *body, struct order_row *row, struct error *err)
{
	struct number_terms terms = { 0 };
	struct str type = STR_NONE;
	char id[GUID_TEXT_SIZE];
	enum status status = json_get_str(body, "type", &type, err);

	if (status == OK && str_is_none(type))
		status = error_set(err, E_MISSING_FIELD, "type", "type is needed: provision or release");
	if (status == OK)
		status = word_check(order_types, "type", type, err);
	if (status == OK)
		status = number_terms_read(arena, body, &terms, err);
	if (status == OK && str_is(type, "provision") && str_is_none(terms.tenant_id))
		status = error_set(err, E_MISSING_FIELD, "tenantId", "tenantId is needed");
	if (status != OK)
		return status;
	random_guid(id);
	row->id = arena_str(arena, str_from(id));
	row->tenant_id = terms.tenant_id;
	row->type = type;
	row->status = STR("notStarted");
	row->created_ms = clock_now_ms();
	row->finished_ms = INSTANT_NONE;
	row->defaults = terms_text(arena, &terms);
	return OK;
}

enum status number_order_place(struct exchange *exchange, struct arena *arena, int64_t operator_key,
			       const struct json *body, struct order_row *row, struct order_counts *counts,
			       struct error *err)
{
	struct opening opening = { .arena = arena };
	struct sql *sql;
	enum status status;

	*row = (struct order_row){ .operator_key = operator_key };
	status = read_head(arena, body, row, err);
	if (status == OK)
		status = open_entries(&opening, body, err);
	if (status == OK)
		status = store_write(exchange->store, &sql, err);
	if (status != OK)
		return status;
	status = order_insert(sql, row, opening.entries, opening.count, err);
	if (status == OK)
		status = store_commit(exchange->store, sql, err);
	else
		store_abort(exchange->store, sql);
	if (status != OK)
		return status;
	*counts = (struct order_counts){ .failed = opening.malformed };
	counts->pending = (int64_t)opening.count - opening.malformed;
	background_wake(exchange);
	return OK;
}

/* --- looking up ---------------------------------------------------------------------- */

enum status number_order_find(struct exchange *exchange, struct arena *arena, int64_t operator_key, struct str id,
			      struct number_order *order, struct error *err)
{
	struct sql *sql;
	enum status status = store_read(exchange->store, &sql, err);

	if (status != OK)
		return status;
	status = order_find(sql, arena, operator_key, id, &order->row, err);
	if (status == OK)
		status = order_counts(sql, order->row.operator_key, id, &order->counts, err);
	if (status == OK)
		status = order_entries_after(sql, arena, order->row.operator_key, id, -1, ORDER_ENTRIES_MAX, &order->entries,
					     &order->entry_count, err);
	store_abort(exchange->store, sql);
	return status;
}

enum status number_orders_page(struct exchange *exchange, struct arena *arena, int64_t operator_key, int64_t after_ms,
			       struct str after_id, bool descending, int64_t max, struct number_order **orders,
			       size_t *count, struct error *err)
{
	struct order_row *rows;
	struct sql *sql;
	enum status status = store_read(exchange->store, &sql, err);

	if (status != OK)
		return status;
	status = orders_after(sql, arena, operator_key, after_ms, after_id, descending, max, &rows, count, err);
	if (status == OK)
		*orders = ARENA_ARRAY(arena, struct number_order, *count);
	for (size_t i = 0; status == OK && i < *count; i++) {
		(*orders)[i].row = rows[i];
		status = order_counts(sql, rows[i].operator_key, rows[i].id, &(*orders)[i].counts, err);
	}
	store_abort(exchange->store, sql);
	return status;
}

/* --- carrying orders out --------------------------------------------------------------- */

struct chunk {
	struct sql *sql;
	struct arena *arena;
	struct order_row order;
	struct number_terms defaults;
	struct number_feed feed;
	struct order_entry_row *entries;
	size_t count;
	bool settled; /* another exchange finished the order meanwhile */
	bool last;    /* no entry is pending behind these */
	int64_t now_ms;
};

/* E_164 texts in their own order are numbers in a fixed order: two exchanges that
 * work on two orders with the same numbers wait for each other, never in a ring. */
static int by_number(const void *a, const void *b)
{
	const struct order_entry_row *left = a, *right = b;
	int order = str_compare(left->telephone_number, right->telephone_number);

	return order ? order : (left->entry > right->entry) - (left->entry < right->entry);
}

static enum status carry_out_entry(struct chunk *c, const struct order_entry_row *entry, struct error *err)
{
	struct number_terms terms = c->defaults;
	struct number_row row;
	number_t number;
	bool created;
	enum status status = check_number(entry->telephone_number, &number, err);

	if (status == OK)
		status = terms_of_text(c->arena, entry->own, &terms, err);
	if (status != OK)
		return status;
	if (str_is(c->order.type, "release"))
		return release_in(c->sql, c->arena, &c->feed, number, terms.tenant_id, c->now_ms, err);
	return provision_in(c->sql, c->arena, &c->feed, number, &terms, c->now_ms, &row, &created, err);
}

static enum status settle_entry(struct chunk *c, struct order_entry_row *entry, struct error *err)
{
	struct error why = { 0 };
	enum status status = carry_out_entry(c, entry, &why);

	if (status_http(status) >= 500) {
		if (err)
			*err = why;
		return status;
	}
	entry->status = status == OK ? STR("succeeded") : STR("failed");
	entry->error_code = status == OK ? STR_NONE : str_from(status_wire(status));
	entry->message = status == OK ? STR_NONE : str_from(why.message);
	return order_entry_set(c->sql, c->order.operator_key, c->order.id, entry, err);
}

/* The order under its operator's feed, which other exchanges wait for, too. */
static enum status chunk_begin(struct chunk *c, const struct order_row *order, struct error *err)
{
	enum status status = number_feed_open(c->sql, order->operator_key, &c->feed, err);

	if (status == OK)
		status = order_find(c->sql, c->arena, order->operator_key, order->id, &c->order, err);
	c->settled = status == OK && c->order.finished_ms != INSTANT_NONE;
	if (status != OK || c->settled)
		return status;
	status = terms_of_text(c->arena, c->order.defaults, &c->defaults, err);
	if (status == OK)
		status = order_entries_pending(c->sql, c->arena, order->operator_key, order->id, CHUNK_ENTRIES + 1,
					       &c->entries, &c->count, err);
	if (status != OK)
		return status;
	c->last = c->count <= CHUNK_ENTRIES;
	if (!c->last)
		c->count = CHUNK_ENTRIES;
	c->now_ms = clock_now_ms();
	if (c->count)
		qsort(c->entries, c->count, sizeof(*c->entries), by_number);
	return OK;
}

static enum status chunk_end(struct chunk *c, struct error *err)
{
	struct order_counts counts;
	enum status status = number_feed_close(c->sql, &c->feed, err);

	c->order.status = STR("running");
	if (status == OK && c->last) {
		status = order_counts(c->sql, c->order.operator_key, c->order.id, &counts, err);
		if (status != OK)
			return status;
		c->order.status = counts.failed == 0      ? STR("succeeded")
				  : counts.succeeded == 0 ? STR("failed")
							  : STR("partiallySucceeded");
		c->order.finished_ms = c->now_ms;
	}
	return status == OK ? order_set_status(c->sql, &c->order, err) : status;
}

static enum status chunk_run(struct chunk *c, const struct order_row *order, struct error *err)
{
	enum status status = chunk_begin(c, order, err);

	for (size_t i = 0; status == OK && i < c->count; i++)
		status = settle_entry(c, &c->entries[i], err);
	return status == OK && !c->settled ? chunk_end(c, err) : status;
}

static enum status carry_on(struct exchange *exchange, const struct order_row *order, bool *more, struct error *err)
{
	struct chunk chunk = { 0 };
	struct arena arena;
	enum status status = store_write(exchange->store, &chunk.sql, err);

	if (status != OK)
		return status;
	arena_init(&arena);
	chunk.arena = &arena;
	status = chunk_run(&chunk, order, err);
	if (status == OK)
		status = store_commit(exchange->store, chunk.sql, err);
	else
		store_abort(exchange->store, chunk.sql);
	if (status == OK && chunk.last)
		log_event(LOG_INFO, "number order finished", LOG_STR("orderId", chunk.order.id),
			  LOG_STR("status", chunk.order.status), LOG_END);
	if (status == OK && !chunk.last && !chunk.settled)
		*more = true;
	arena_release(&arena);
	return status;
}

enum status number_orders_job(struct exchange *exchange, int64_t *again_ms, struct error *err)
{
	struct order_row *orders;
	struct arena arena;
	struct sql *sql;
	size_t count = 0;
	bool more = false;
	enum status status = store_read(exchange->store, &sql, err);

	if (status != OK)
		return status;
	arena_init(&arena);
	status = orders_open(sql, &arena, ORDERS_AT_ONCE, &orders, &count, err);
	store_abort(exchange->store, sql);
	/* One order that fails does not keep the others waiting. */
	for (size_t i = 0; i < count; i++) {
		enum status carried = carry_on(exchange, &orders[i], &more, err);

		if (status == OK)
			status = carried;
	}
	if (status == OK)
		*again_ms = more || count == ORDERS_AT_ONCE ? 0 : IDLE_MS;
	arena_release(&arena);
	return status;
}
