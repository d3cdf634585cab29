/* What a reconciliation found, row by row, filed under the day of the run. */
#include "store/records_private.h"
#include "store/rows.h"

#include <stdlib.h>

#define OUTCOME_COLUMNS                                                                                                \
	"operator_key,day,place,class,call_filed_ms,call_id,duration_filed_ms,duration_id,operator_ms,difference_ms,"  \
	"causes"
#define OUTCOME_COLUMN_COUNT 11

/* --- writing ------------------------------------------------------------------------ */

struct outcome_writer {
	struct records *records;
	int64_t operator_key;
	int32_t day;
	struct sql *sql;
	struct sql_bulk *bulk;
};

enum status outcome_writer_begin(struct outcome_writer **writer, struct records *records, int64_t operator_key,
				 int32_t day, struct error *err)
{
	struct sql_bulk *bulk;
	struct sql *sql;
	enum status status = day_write(records, operator_key, day, &sql, err);

	if (status != OK)
		return status;
	status = sql_run(sql, "DELETE FROM outcome WHERE operator_key = ?1 AND day = ?2",
			 SQL_ARGS(SQL_I64(operator_key), SQL_I64(day)), NULL, err);
	if (status == OK)
		status = sql_bulk_begin(sql, &bulk, "outcome", OUTCOME_COLUMNS, OUTCOME_COLUMN_COUNT, err);
	if (status != OK) {
		day_write_abort(records, sql);
		return status;
	}
	*writer = xalloc(sizeof(**writer));
	**writer = (struct outcome_writer){ records, operator_key, day, sql, bulk };
	return OK;
}

enum status outcome_writer_add(struct outcome_writer *w, const struct outcome *o, struct error *err)
{
	struct sql_value values[OUTCOME_COLUMN_COUNT] = {
		SQL_I64(w->operator_key),
		SQL_I64(w->day),
		SQL_I64(o->row),
		SQL_I64(o->class),
		SQL_I64_OR_NULL(o->call_filed_ms, INSTANT_NONE),
		SQL_TEXT(o->call_id),
		SQL_I64_OR_NULL(o->duration_filed_ms, INSTANT_NONE),
		SQL_TEXT(o->duration_id),
		SQL_I64_OR_NULL(o->operator_ms, DURATION_NONE),
		SQL_I64(o->difference_ms),
		SQL_TEXT(str_is_none(o->causes) ? STR("") : o->causes),
	};

	return sql_bulk_add(w->bulk, values, err);
}

enum status outcome_writer_commit(struct outcome_writer *w, struct error *err)
{
	enum status status = sql_bulk_end(w->bulk, err);

	if (status == OK)
		status = day_write_commit(w->records, w->sql, err);
	else
		day_write_abort(w->records, w->sql);
	free(w);
	return status;
}

void outcome_writer_abort(struct outcome_writer *w)
{
	if (!w)
		return;
	sql_bulk_end(w->bulk, NULL);
	day_write_abort(w->records, w->sql);
	free(w);
}

/* --- reading --------------------------------------------------------------------------- */

static void outcome_read(struct sql_rows *rows, struct arena *arena, void *row)
{
	*(struct outcome *)row = (struct outcome){
		.row = sql_get_i64(rows, 2),
		.class = (int)sql_get_i64(rows, 3),
		.call_filed_ms = sql_get_i64_or(rows, 4, INSTANT_NONE),
		.call_id = row_text(rows, 5, arena),
		.duration_filed_ms = sql_get_i64_or(rows, 6, INSTANT_NONE),
		.duration_id = row_text(rows, 7, arena),
		.operator_ms = sql_get_i64_or(rows, 8, DURATION_NONE),
		.difference_ms = sql_get_i64(rows, 9),
		.causes = row_text(rows, 10, arena),
	};
}

/* The rows of a query that gives at most max, all of one day. */
static enum status read_day(struct records *records, struct arena *arena, int64_t operator_key, int32_t day,
			    const char *text, const struct sql_value *args, size_t arg_count, size_t max,
			    struct outcome **outcomes, size_t *count, struct error *err)
{
	struct day_reader reader = { .records = records };
	bool present;
	enum status status = day_reader_enter(&reader, operator_key, day, &present, err);

	*outcomes = NULL;
	*count = 0;
	if (status == OK && present)
		status = row_list(reader.sql, arena, outcome_read, sizeof(**outcomes), (int64_t)max, (void **)outcomes,
				  count, err, text, args, arg_count);
	day_reader_end(&reader);
	return status;
}

#define SELECT "SELECT " OUTCOME_COLUMNS " FROM outcome WHERE operator_key = ?1 AND day = ?2 AND "

enum status records_outcomes(struct records *records, struct arena *arena, int64_t operator_key, int32_t day,
			     int64_t after_row, unsigned class_mask, size_t limit, struct outcome **outcomes,
			     size_t *count, bool *more, struct error *err)
{
	/* One more than wanted: its presence is `more`. */
	enum status status = read_day(records, arena, operator_key, day,
				      SELECT "place > ?3 AND (?4 = 0 OR (?4 >> CAST(class AS INTEGER)) & 1 = 1)"
					     " ORDER BY place LIMIT ?5",
				      SQL_ARGS(SQL_I64(operator_key), SQL_I64(day), SQL_I64(after_row),
					       SQL_I64(class_mask), SQL_I64(limit + 1)),
				      limit + 1, outcomes, count, err);

	if (status != OK)
		return status;
	*more = *count > limit;
	if (*more)
		*count = limit;
	return OK;
}

/* A call in more pieces than this is no call. */
#define OUTCOMES_OF_ONE_MAX 1000

enum status records_outcomes_of_call(struct records *records, struct arena *arena, int64_t operator_key,
				     int64_t filed_ms, struct str id, struct outcome **outcomes, size_t *count,
				     struct error *err)
{
	int32_t day = instant_day(filed_ms);

	return read_day(records, arena, operator_key, day,
			SELECT "call_filed_ms = ?3 AND call_id = ?4 ORDER BY place LIMIT ?5",
			SQL_ARGS(SQL_I64(operator_key), SQL_I64(day), SQL_I64(filed_ms), SQL_TEXT(id),
				 SQL_I64(OUTCOMES_OF_ONE_MAX)),
			OUTCOMES_OF_ONE_MAX, outcomes, count, err);
}
