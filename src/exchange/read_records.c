#include "exchange/read_records.h"

#include "store/parties.h"

static enum status name_parties(struct party_keys *parties, struct stored_record *rows, size_t count, struct error *err)
{
	enum status status = OK;

	for (size_t i = 0; status == OK && i < count; i++) {
		struct record *r = &rows[i].record;

		status = party_id_of(parties, PARTY_OPERATOR, rows[i].operator_key, &r->operator_id, err);
		if (status == OK && rows[i].tenant_key)
			status = party_id_of(parties, PARTY_TENANT, rows[i].tenant_key, &r->tenant_id, err);
	}
	return status;
}

static enum status view_of(struct party_keys *parties, const struct records_page *page, struct records_view *view,
			   struct error *err)
{
	*view = (struct records_view){ page->rows, page->count, page->more };
	return name_parties(parties, page->rows, page->count, err);
}

/* --- all operators, one after another ------------------------------------------------ */

static enum status next_operator(struct exchange *exchange, struct arena *arena, int64_t after, int64_t *key,
				 struct error *err)
{
	struct operator_row *rows;
	size_t count;
	struct sql *sql;
	enum status status = store_read(exchange->store, &sql, err);

	if (status != OK)
		return status;
	status = operators_after(sql, arena, after, 1, &rows, &count, err);
	store_abort(exchange->store, sql);
	if (status == OK)
		*key = count ? rows[0].key : 0;
	return status;
}

/* An operator whose rows end leaves the page to be filled by the next ones. */
static enum status page_over_operators(struct exchange *exchange, struct arena *arena,
				       const struct records_query *query, struct records_page *page, struct error *err)
{
	struct records_query one = *query;
	struct records_page part = { .count = 0 };
	enum status status = OK;

	page->rows = ARENA_ARRAY(arena, struct stored_record, query->limit);
	page->count = 0;
	page->more = false;
	one.operator_key = query->after.operator_key;
	if (!one.operator_key)
		status = next_operator(exchange, arena, 0, &one.operator_key, err);
	while (status == OK && one.operator_key && page->count < query->limit) {
		one.limit = query->limit - page->count;
		status = records_read(exchange->records, arena, &one, &part, err);
		if (status != OK)
			break;
		memcpy(page->rows + page->count, part.rows, part.count * sizeof(*part.rows));
		page->count += part.count;
		page->more = part.more;
		if (part.more)
			break;
		one.after = RECORDS_START;
		status = next_operator(exchange, arena, one.operator_key, &one.operator_key, err);
		/* Whether the next one has any is seen by who asks for the next page. */
		page->more = one.operator_key != 0;
	}
	return status;
}

enum status read_records_page(struct exchange *exchange, struct arena *arena, struct party_keys *parties,
			      const struct records_query *query, struct records_view *view, struct error *err)
{
	struct records_page page;
	enum status status = query->operator_key ? records_read(exchange->records, arena, query, &page, err)
						 : page_over_operators(exchange, arena, query, &page, err);

	return status == OK ? view_of(parties, &page, view, err) : status;
}

/* --- single records and the feed ------------------------------------------------------- */

enum status read_records_one(struct exchange *exchange, struct arena *arena, struct party_keys *parties,
			     int64_t operator_key, enum record_kind kind, struct str id, struct stored_record *row,
			     struct error *err)
{
	enum status status = records_find(exchange->records, arena, operator_key, 0, kind, id, 0, row, err);

	return status == OK ? name_parties(parties, row, 1, err) : status;
}

enum status read_records_media(struct exchange *exchange, struct arena *arena, struct stored_record *row,
			       struct error *err)
{
	struct stored_record whole;
	enum status status = records_get(exchange->records, arena, row->operator_key, row->record.kind, row->filed_ms,
					 row->record.id, RECORDS_WITH_MEDIA, &whole, err);

	if (status == OK)
		row->record.media_streams = whole.record.media_streams;
	/* Replaced or swept since the row was read. */
	return status == E_NOT_FOUND ? OK : status;
}

enum status call_feed_head(struct exchange *exchange, int64_t operator_key, int64_t *position, struct error *err)
{
	return records_head(exchange->records, operator_key, position, err);
}

enum status call_feed_read(struct exchange *exchange, struct arena *arena, struct party_keys *parties,
			   int64_t operator_key, size_t max, int64_t *position, struct records_view *view,
			   struct error *err)
{
	struct records_page page;
	int64_t head;
	enum status status = records_feed(exchange->records, arena, operator_key, *position, max, 0, &page, &head, err);

	if (status != OK)
		return status;
	if (*position > head)
		return error_set(err, E_GONE, NULL, "the link is of another state of this store; begin anew");
	*position = page.more ? page.rows[page.count - 1].position : head;
	return view_of(parties, &page, view, err);
}
