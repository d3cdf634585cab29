#include "store/reconciliations.h"

#include "store/rows.h"

#define COLUMNS                                                                                                        \
	"SELECT operator_key, day, status, changed_ms, requested_ms, run_ms, summary, message FROM reconciliation "

static void reconciliation_read(struct sql_rows *rows, struct arena *arena, void *out)
{
	struct reconciliation_row *row = out;

	row->operator_key = sql_get_i64(rows, 0);
	row->day = (int32_t)sql_get_i64(rows, 1);
	row->status = row_text(rows, 2, arena);
	row->changed_ms = sql_get_i64(rows, 3);
	row->requested_ms = sql_get_i64_or(rows, 4, INSTANT_NONE);
	row->run_ms = sql_get_i64_or(rows, 5, INSTANT_NONE);
	row->summary = row_text(rows, 6, arena);
	row->message = row_text(rows, 7, arena);
}

enum status reconciliation_find(struct sql *sql, struct arena *arena, int64_t operator_key, int32_t day,
				struct reconciliation_row *row, struct error *err)
{
	return row_find(sql, arena, reconciliation_read, row, "reconciliation", err,
			COLUMNS "WHERE operator_key = ?1 AND day = ?2", SQL_ARGS(SQL_I64(operator_key), SQL_I64(day)));
}

enum status reconciliations_after(struct sql *sql, struct arena *arena, int64_t operator_key, int32_t after,
				  int64_t after_operator, bool descending, int64_t max,
				  struct reconciliation_row **rows, size_t *count, struct error *err)
{
	/* By whether an operator is named, and direction. */
	static const char *const texts[2][2] = {
		{ COLUMNS "WHERE ?1 = 0 AND (day, operator_key) > (?2, ?3) ORDER BY day, operator_key LIMIT ?4",
		  COLUMNS "WHERE ?1 = 0 AND (day, operator_key) < (?2, ?3) ORDER BY day DESC, operator_key DESC LIMIT ?4" },
		{ COLUMNS "WHERE operator_key = ?1 AND (day, operator_key) > (?2, ?3) ORDER BY day LIMIT ?4",
		  COLUMNS "WHERE operator_key = ?1 AND (day, operator_key) < (?2, ?3) ORDER BY day DESC LIMIT ?4" },
	};

	return row_list(sql, arena, reconciliation_read, sizeof(**rows), max, (void **)rows, count, err,
			texts[operator_key != 0][descending],
			SQL_ARGS(SQL_I64(operator_key), SQL_I64(after), SQL_I64(after_operator), SQL_I64(max)));
}

enum status reconciliation_request(struct sql *sql, int64_t operator_key, int32_t day, int64_t now_ms,
				   struct error *err)
{
	int64_t changes = 0;
	enum status status = sql_run(sql,
				     "UPDATE reconciliation SET"
				     " requested_ms = CASE WHEN status = 'running' AND changed_ms < run_ms"
				     " THEN requested_ms ELSE COALESCE(requested_ms, ?3) END,"
				     " status = CASE WHEN status = 'running' THEN status ELSE 'notStarted' END"
				     " WHERE operator_key = ?1 AND day = ?2",
				     SQL_ARGS(SQL_I64(operator_key), SQL_I64(day), SQL_I64(now_ms)), &changes, err);

	if (status == OK && changes == 0)
		return error_set(err, E_NOT_FOUND, NULL, "there are no records of that operator and day");
	return status;
}

/* When the next day will have been quiet long enough. */
static enum status next_due(struct sql *sql, int64_t now_ms, int64_t quiet_ms, int64_t *wait_ms, struct error *err)
{
	struct sql_rows *rows;
	enum status status = sql_query(sql, &rows,
				       "SELECT MIN(changed_ms) FROM reconciliation"
				       " WHERE status <> 'running' AND (run_ms IS NULL OR changed_ms >= run_ms)",
				       SQL_NO_ARGS, err);

	if (status != OK)
		return status;
	*wait_ms = INT64_MAX;
	if (sql_next(rows) && !sql_is_null(rows, 0)) {
		*wait_ms = sql_get_i64(rows, 0) + quiet_ms - now_ms;
		if (*wait_ms < 1)
			*wait_ms = 1;
	}
	return sql_rows_end(rows, err);
}

enum status reconciliation_claim(struct sql *sql, struct arena *arena, int64_t now_ms, int64_t quiet_ms,
				 int64_t stale_ms, struct reconciliation_row *row, bool *claimed, int64_t *wait_ms,
				 struct error *err)
{
	int64_t changes = 0;
	enum status status = row_find(
		sql, arena, reconciliation_read, row, "run", err,
		COLUMNS "WHERE (status <> 'running' AND (requested_ms IS NOT NULL"
			" OR ((run_ms IS NULL OR changed_ms >= run_ms) AND changed_ms <= ?1)))"
			" OR (status = 'running' AND run_ms <= ?2)"
			" ORDER BY CASE WHEN requested_ms IS NULL THEN 1 ELSE 0 END, requested_ms, day, operator_key LIMIT 1",
		SQL_ARGS(SQL_I64(now_ms - quiet_ms), SQL_I64(stale_ms)));

	*claimed = false;
	if (status == E_NOT_FOUND)
		return next_due(sql, now_ms, quiet_ms, wait_ms, err);
	/* The same condition on the status again: on PostgreSQL another exchange may have been quicker. */
	if (status == OK)
		status = sql_run(sql,
				 "UPDATE reconciliation SET status = 'running', run_ms = ?3, requested_ms = NULL"
				 " WHERE operator_key = ?1 AND day = ?2 AND status = ?4 AND COALESCE(run_ms, -1) = ?5",
				 SQL_ARGS(SQL_I64(row->operator_key), SQL_I64(row->day), SQL_I64(now_ms),
					  SQL_TEXT(row->status), SQL_I64(row->run_ms == INSTANT_NONE ? -1 : row->run_ms)),
				 &changes, err);
	*claimed = status == OK && changes == 1;
	*wait_ms = 1;
	return status;
}

enum status reconciliation_finish(struct sql *sql, int64_t operator_key, int32_t day, struct str summary,
				  struct str message, struct error *err)
{
	if (str_is_none(summary))
		return sql_run(sql,
			       "UPDATE reconciliation SET status = 'failed', message = ?3 WHERE operator_key = ?1 AND day = ?2",
			       SQL_ARGS(SQL_I64(operator_key), SQL_I64(day), SQL_TEXT(message)), NULL, err);
	return sql_run(sql,
		       "UPDATE reconciliation SET message = NULL, summary = ?3,"
		       " status = CASE WHEN requested_ms IS NULL THEN 'succeeded' ELSE 'notStarted' END"
		       " WHERE operator_key = ?1 AND day = ?2",
		       SQL_ARGS(SQL_I64(operator_key), SQL_I64(day), SQL_TEXT(summary)), NULL, err);
}

enum status reconciliations_delete(struct sql *sql, int64_t operator_key, int32_t day, struct error *err)
{
	return sql_run(sql, "DELETE FROM reconciliation WHERE operator_key = ?1 AND day < ?2",
		       SQL_ARGS(SQL_I64(operator_key), SQL_I64(day)), NULL, err);
}
