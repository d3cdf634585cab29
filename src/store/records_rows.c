/* Between struct stored_record and the rows of call_record and duration_record. */
#include "store/records_private.h"
#include "store/rows.h"

const char *const record_tables[RECORD_KIND_COUNT] = { "call_record", "duration_record" };

static int64_t i64_or(struct sql_rows *rows, int column, int64_t none)
{
	return sql_get_i64_or(rows, column, none);
}

void record_row_read(struct sql_rows *rows, struct arena *arena, enum record_kind kind, struct stored_record *row)
{
	struct record *r = &row->record;
	struct str digest;

	*row = (struct stored_record){ .operator_key = sql_get_i64(rows, 0) };
	record_clear(r, kind);
	row->filed_ms = sql_get_i64(rows, 2);
	r->id = row_text(rows, 3, arena);
	r->version = sql_get_i64(rows, 4);
	r->correlation_id = row_text(rows, 5, arena);
	row->tenant_key = sql_get_i64(rows, 6);
	r->user_id = row_text(rows, 7, arena);
	r->direction = (enum direction)sql_get_i64(rows, 8);
	r->caller = (number_t)sql_get_i64(rows, 9);
	r->callee = (number_t)sql_get_i64(rows, 10);
	r->start_ms = i64_or(rows, 11, INSTANT_NONE);
	r->answer_ms = i64_or(rows, 12, INSTANT_NONE);
	r->end_ms = i64_or(rows, 13, INSTANT_NONE);
	r->duration_ms = i64_or(rows, 14, DURATION_NONE);
	r->sip_code = (int)i64_or(rows, 15, CODE_NONE);
	r->q850_cause = (int)i64_or(rows, 16, CODE_NONE);
	r->released_by = (enum released_by)sql_get_i64(rows, 17);
	r->trunk = row_text(rows, 18, arena);
	r->sequence = i64_or(rows, 19, -1);
	digest = sql_get_blob(rows, 20);
	if (digest.n == DIGEST_SIZE)
		memcpy(row->digest.b, digest.p, DIGEST_SIZE);
	row->position = sql_get_i64(rows, 21);
	row->batch = (uint64_t)sql_get_i64(rows, 22);
	row->received_ms = sql_get_i64(rows, 23);
}

void record_row_bind(struct sql_value v[RECORD_ROW_COLUMN_COUNT], const struct record *r, const struct row_facts *row)
{
	v[0] = SQL_I64(row->operator_key);
	v[1] = SQL_I64(row->day);
	v[2] = SQL_I64(row->filed_ms);
	v[3] = SQL_TEXT(r->id);
	v[4] = SQL_I64(r->version);
	v[5] = SQL_TEXT(r->correlation_id);
	v[6] = SQL_I64_OR_NULL(row->tenant_key, 0);
	v[7] = SQL_TEXT(r->user_id);
	v[8] = SQL_I64(r->direction);
	v[9] = SQL_I64(r->caller);
	v[10] = SQL_I64(r->callee);
	v[11] = SQL_I64_OR_NULL(r->start_ms, INSTANT_NONE);
	v[12] = SQL_I64_OR_NULL(r->answer_ms, INSTANT_NONE);
	v[13] = SQL_I64_OR_NULL(r->end_ms, INSTANT_NONE);
	v[14] = SQL_I64_OR_NULL(r->duration_ms, DURATION_NONE);
	v[15] = SQL_I64_OR_NULL(r->sip_code, CODE_NONE);
	v[16] = SQL_I64_OR_NULL(r->q850_cause, CODE_NONE);
	v[17] = SQL_I64(r->released_by);
	v[18] = SQL_TEXT(r->trunk);
	v[19] = SQL_I64_OR_NULL(r->sequence, -1);
	v[20] = SQL_BLOB(row->digest->b, DIGEST_SIZE);
	v[21] = SQL_I64_OR_NULL(row->position, 0);
	v[22] = SQL_I64(row->batch);
	v[23] = SQL_I64(row->received_ms);
}

enum status record_row_media(struct sql *sql, struct arena *arena, struct stored_record *row, struct error *err)
{
	struct sql_rows *rows;
	enum status status;

	if (row->record.kind != RECORD_CALL)
		return OK;
	status = sql_query(sql, &rows, "SELECT streams FROM call_media" RECORD_KEY_IS,
			   RECORD_KEY_ARGS(row->operator_key, row->filed_ms, row->record.id), err);
	if (status != OK)
		return status;
	if (sql_next(rows))
		row->record.media_streams = row_text(rows, 0, arena);
	return sql_rows_end(rows, err);
}

enum status record_row_get(struct sql *sql, struct arena *arena, int64_t operator_key, enum record_kind kind,
			   int64_t filed_ms, struct str id, unsigned flags, struct stored_record *row,
			   struct error *err)
{
	static const char *const texts[] = RECORD_TEXTS("SELECT " RECORD_ROW_COLUMNS " FROM", RECORD_KEY_IS);
	struct stored_record found;
	struct sql_rows *rows;
	bool there;
	enum status status = sql_query(sql, &rows, texts[kind], RECORD_KEY_ARGS(operator_key, filed_ms, id), err);

	if (status != OK)
		return status;
	there = sql_next(rows);
	if (there)
		record_row_read(rows, arena, kind, &found);
	status = sql_rows_end(rows, err);
	if (status == OK && !there)
		return error_set(err, E_NOT_FOUND, NULL, "there is no such record");
	if (status == OK && flags & RECORDS_WITH_MEDIA)
		status = record_row_media(sql, arena, &found, err);
	if (status == OK)
		*row = found;
	return status;
}

enum status record_row_delete_media(struct sql *sql, int64_t operator_key, int64_t filed_ms, struct str id,
				    int64_t *deleted, struct error *err)
{
	return sql_run(sql, "DELETE FROM call_media" RECORD_KEY_IS, RECORD_KEY_ARGS(operator_key, filed_ms, id),
		       deleted, err);
}

/* Embedded, an id is recognised until its day goes: see store/id_runs.h. */
static enum status delete_id(struct sql *sql, int64_t operator_key, enum record_kind kind, int64_t filed_ms,
			     struct str id, struct error *err)
{
	if (sql_engine(sql) == SQL_SQLITE)
		return OK;
	return sql_run(
		sql, "DELETE FROM record_id WHERE operator_key = ?1 AND kind = ?2 AND id_hash = ?3 AND filed_ms = ?4",
		SQL_ARGS(SQL_I64(operator_key), SQL_I64(kind), SQL_I64(hash64(id)), SQL_I64(filed_ms)), NULL, err);
}

enum status record_row_delete(struct sql *sql, int64_t operator_key, enum record_kind kind, int64_t filed_ms,
			      struct str id, struct error *err)
{
	static const char *const texts[] = RECORD_TEXTS("DELETE FROM", RECORD_KEY_IS);
	enum status status = sql_run(sql, texts[kind], RECORD_KEY_ARGS(operator_key, filed_ms, id), NULL, err);

	if (status == OK && kind == RECORD_CALL)
		status = record_row_delete_media(sql, operator_key, filed_ms, id, NULL, err);
	return status == OK ? delete_id(sql, operator_key, kind, filed_ms, id, err) : status;
}
