/* The feed of an operator's call records, by position. */
#include "store/records_private.h"

#include <assert.h>
#include <stdlib.h>

enum status records_head(struct records *records, int64_t operator_key, int64_t *head, struct error *err)
{
	struct operator_state *op;
	enum status status;

	if (!records_embedded(records))
		return read_kept_head(records, operator_key, head, err);
	status = operator_state_get(records, operator_key, &op, err);
	if (status == OK)
		*head = operator_state_head(op);
	return status;
}

/* The rows of the feed that have been found, ascending; at most `limit` are kept. */
struct feed {
	struct arena *arena;
	int64_t operator_key, after, head;
	size_t limit;
	struct stored_record *rows;
	size_t count;
	struct stored_record *spare;
};

static enum status query_feed(struct sql *sql, const struct feed *f, struct sql_rows **rows, struct error *err)
{
	return sql_query(sql, rows,
			 "SELECT " RECORD_ROW_COLUMNS " FROM call_record WHERE operator_key = ?1 AND position > ?2"
			 " AND position <= ?3 ORDER BY position LIMIT ?4",
			 SQL_ARGS(SQL_I64(f->operator_key), SQL_I64(f->after), SQL_I64(f->head), SQL_I64(f->limit)),
			 err);
}

/* Merges the rows of a query, ascending, into what is there. */
static enum status merge_rows(struct feed *f, struct sql_rows *rows, struct error *err)
{
	struct stored_record *merged = f->spare, next;
	size_t at = 0, n = 0;
	bool have = sql_next(rows);

	if (have)
		record_row_read(rows, f->arena, RECORD_CALL, &next);
	while (n < f->limit && (have || at < f->count)) {
		if (have && (at == f->count || next.position < f->rows[at].position)) {
			merged[n++] = next;
			have = sql_next(rows);
			if (have)
				record_row_read(rows, f->arena, RECORD_CALL, &next);
		} else {
			merged[n++] = f->rows[at++];
		}
	}
	f->spare = f->rows;
	f->rows = merged;
	f->count = n;
	return sql_rows_end(rows, err);
}

static enum status add_media(struct day_reader *reader, struct feed *f, struct error *err)
{
	enum status status = OK;

	for (size_t i = 0; status == OK && i < f->count; i++) {
		bool present;

		status = day_reader_enter(reader, f->operator_key, instant_day(f->rows[i].filed_ms), &present, err);
		if (status == OK && present)
			status = record_row_media(reader->sql, f->arena, &f->rows[i], err);
	}
	return status;
}

/* --- embedded ------------------------------------------------------------------------- */

static int by_first_position(const void *a, const void *b)
{
	const struct day_info *x = a, *y = b;

	return x->position_min < y->position_min ? -1 : x->position_min > y->position_min;
}

/* The days with positions behind f->after, by their first ones. */
static struct day_info *feed_days(struct operator_state *op, const struct feed *f, size_t *count)
{
	struct day_info *infos;
	size_t n = 0;

	pthread_rwlock_rdlock(&op->lock);
	infos = ARENA_ARRAY(f->arena, struct day_info, op->day_count);
	for (size_t i = 0; i < op->day_count; i++)
		if (op->days[i].position_max > f->after)
			infos[n++] = op->days[i];
	pthread_rwlock_unlock(&op->lock);
	qsort(infos, n, sizeof(*infos), by_first_position);
	*count = n;
	return infos;
}

static enum status feed_embedded(struct records *records, struct day_reader *reader, struct feed *f, struct error *err)
{
	struct operator_state *op;
	struct day_info *infos;
	size_t count;
	/* The head is read before any day: whatever is committed later lies above it. */
	enum status status = operator_state_get(records, f->operator_key, &op, err);

	if (status != OK)
		return status;
	f->head = operator_state_head(op);
	infos = feed_days(op, f, &count);
	for (size_t i = 0; status == OK && i < count; i++) {
		struct sql_rows *rows;
		bool present;

		if (f->count == f->limit && infos[i].position_min > f->rows[f->count - 1].position)
			break;
		status = day_reader_enter(reader, f->operator_key, infos[i].day, &present, err);
		if (status != OK || !present)
			continue;
		status = query_feed(reader->sql, f, &rows, err);
		if (status == OK)
			status = merge_rows(f, rows, err);
	}
	return status;
}

/* --- PostgreSQL -------------------------------------------------------------------------- */

static enum status feed_server(struct day_reader *reader, struct feed *f, struct error *err)
{
	struct sql_rows *rows;
	bool present;
	enum status status = day_reader_enter(reader, f->operator_key, 0, &present, err);

	if (status == OK)
		status = kept_head(reader->sql, f->operator_key, &f->head, err);
	if (status == OK)
		status = query_feed(reader->sql, f, &rows, err);
	return status == OK ? merge_rows(f, rows, err) : status;
}

enum status records_feed(struct records *records, struct arena *arena, int64_t operator_key, int64_t after,
			 size_t limit, unsigned flags, struct records_page *page, int64_t *head, struct error *err)
{
	struct feed f = { .arena = arena, .operator_key = operator_key, .after = after, .limit = limit + 1 };
	struct day_reader reader = { .records = records };
	enum status status;

	assert(limit > 0 && limit <= RECORDS_PAGE_MAX);
	f.rows = ARENA_ARRAY(arena, struct stored_record, f.limit);
	f.spare = ARENA_ARRAY(arena, struct stored_record, f.limit);
	status = records_embedded(records) ? feed_embedded(records, &reader, &f, err) : feed_server(&reader, &f, err);
	if (status == OK && flags & RECORDS_WITH_MEDIA)
		status = add_media(&reader, &f, err);
	day_reader_end(&reader);
	if (status != OK)
		return status;
	page->more = f.count == f.limit;
	page->rows = f.rows;
	page->count = page->more ? f.count - 1 : f.count;
	*head = f.head;
	return OK;
}
