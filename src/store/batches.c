#include "store/batches.h"

#include "store/rows.h"

#define BATCH_COLUMNS                                                                                                  \
	"SELECT b.operator_key, o.id, b.id, b.kind, b.client_id, b.received_ms, b.received, b.accepted, b.duplicates,"  \
	" b.conflicts, b.rejected, b.days, b.answer"                                                                   \
	" FROM batch b LEFT JOIN operator o ON o.operator_key = b.operator_key"

static void batch_read(struct sql_rows *rows, struct arena *arena, void *row)
{
	*(struct batch_row *)row = (struct batch_row){
		.operator_key = sql_get_i64(rows, 0),
		.operator_id = row_text(rows, 1, arena),
		.id = row_text(rows, 2, arena),
		.kind = (enum record_kind)sql_get_i64(rows, 3),
		.client_id = row_text(rows, 4, arena),
		.received_ms = sql_get_i64(rows, 5),
		.received = sql_get_i64(rows, 6),
		.accepted = sql_get_i64(rows, 7),
		.duplicates = sql_get_i64(rows, 8),
		.conflicts = sql_get_i64(rows, 9),
		.rejected = sql_get_i64(rows, 10),
		.days = row_text(rows, 11, arena),
		.answer = row_text(rows, 12, arena),
	};
}

enum status batch_insert(struct sql *sql, const struct batch_row *row, struct error *err)
{
	return sql_run(
		sql,
		"INSERT INTO batch (operator_key, id, kind, client_id, received_ms, received, accepted, duplicates,"
		" conflicts, rejected, days, answer) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
		SQL_ARGS(SQL_I64(row->operator_key), SQL_TEXT(row->id), SQL_I64(row->kind), SQL_TEXT(row->client_id),
			 SQL_I64(row->received_ms), SQL_I64(row->received), SQL_I64(row->accepted),
			 SQL_I64(row->duplicates), SQL_I64(row->conflicts), SQL_I64(row->rejected), SQL_TEXT(row->days),
			 SQL_TEXT(row->answer)),
		NULL, err);
}

enum status batch_find(struct sql *sql, struct arena *arena, int64_t operator_key, enum record_kind kind, struct str id,
		       struct batch_row *row, struct error *err)
{
	return row_find(sql, arena, batch_read, row, "batch", err,
			BATCH_COLUMNS " WHERE b.id = ?1 AND b.kind = ?2 AND (?3 = 0 OR b.operator_key = ?3)",
			SQL_ARGS(SQL_TEXT(id), SQL_I64(kind), SQL_I64(operator_key)));
}

#define BATCHES_UP "(b.received_ms, b.id) > (?3, ?4) ORDER BY b.received_ms, b.id LIMIT ?5"
#define BATCHES_DOWN "(b.received_ms, b.id) < (?3, ?4) ORDER BY b.received_ms DESC, b.id DESC LIMIT ?5"

enum status batches_after(struct sql *sql, struct arena *arena, int64_t operator_key, enum record_kind kind,
			  int64_t after_ms, struct str after_id, bool descending, int64_t max, struct batch_row **rows,
			  size_t *count, struct error *err)
{
	/* By whether an operator is named, and direction.  With one, the index by operator is the one to use, not that by
	 * kind, which would go through everyone's. */
	static const char *const texts[2][2] = {
		{ BATCH_COLUMNS " WHERE ?1 = 0 AND b.kind = ?2 AND " BATCHES_UP,
		  BATCH_COLUMNS " WHERE ?1 = 0 AND b.kind = ?2 AND " BATCHES_DOWN },
		{ BATCH_COLUMNS " WHERE b.operator_key = ?1 AND b.kind + 0 = ?2 AND " BATCHES_UP,
		  BATCH_COLUMNS " WHERE b.operator_key = ?1 AND b.kind + 0 = ?2 AND " BATCHES_DOWN },
	};

	return row_list(sql, arena, batch_read, sizeof(**rows), max, (void **)rows, count, err,
			texts[operator_key != 0][descending],
			SQL_ARGS(SQL_I64(operator_key), SQL_I64(kind), SQL_I64(after_ms), SQL_TEXT(after_id),
				 SQL_I64(max)));
}

enum status batches_delete_before(struct sql *sql, int64_t ms, int64_t max, int64_t *deleted, struct error *err)
{
	return sql_run(sql,
		       "DELETE FROM batch WHERE (operator_key, id) IN"
		       " (SELECT operator_key, id FROM batch WHERE received_ms < ?1 LIMIT ?2)",
		       SQL_ARGS(SQL_I64(ms), SQL_I64(max)), deleted, err);
}

/* --- Idempotency-Keys ------------------------------------------------------------ */

static void idempotency_read(struct sql_rows *rows, struct arena *arena, void *out)
{
	struct idempotency_row *row = out;
	struct str hash = sql_get_blob(rows, 3);

	*row = (struct idempotency_row){
		.operator_key = sql_get_i64(rows, 0),
		.route = row_text(rows, 1, arena),
		.key = row_text(rows, 2, arena),
		.status = sql_get_i64(rows, 4),
		.answer = row_text(rows, 5, arena),
		.created_ms = sql_get_i64(rows, 6),
	};
	if (hash.n == SHA256_SIZE)
		memcpy(row->body_hash, hash.p, SHA256_SIZE);
}

enum status idempotency_insert(struct sql *sql, const struct idempotency_row *row, struct error *err)
{
	return sql_run(sql,
		       "INSERT INTO idempotency (operator_key, route, key, body_hash, status, answer, created_ms)"
		       " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
		       SQL_ARGS(SQL_I64(row->operator_key), SQL_TEXT(row->route), SQL_TEXT(row->key),
				SQL_BLOB(row->body_hash, SHA256_SIZE), SQL_I64(row->status), SQL_TEXT(row->answer),
				SQL_I64(row->created_ms)),
		       NULL, err);
}

enum status idempotency_find(struct sql *sql, struct arena *arena, int64_t operator_key, struct str route,
			     struct str key, struct idempotency_row *row, struct error *err)
{
	return row_find(sql, arena, idempotency_read, row, "key", err,
			"SELECT operator_key, route, key, body_hash, status, answer, created_ms FROM idempotency"
			" WHERE operator_key = ?1 AND route = ?2 AND key = ?3",
			SQL_ARGS(SQL_I64(operator_key), SQL_TEXT(route), SQL_TEXT(key)));
}

enum status idempotency_delete(struct sql *sql, int64_t operator_key, struct str route, struct str key,
			       struct error *err)
{
	return sql_run(sql, "DELETE FROM idempotency WHERE operator_key = ?1 AND route = ?2 AND key = ?3",
		       SQL_ARGS(SQL_I64(operator_key), SQL_TEXT(route), SQL_TEXT(key)), NULL, err);
}

enum status idempotency_delete_before(struct sql *sql, int64_t ms, int64_t max, int64_t *deleted, struct error *err)
{
	return sql_run(sql,
		       "DELETE FROM idempotency WHERE (operator_key, route, key) IN"
		       " (SELECT operator_key, route, key FROM idempotency WHERE created_ms < ?1 LIMIT ?2)",
		       SQL_ARGS(SQL_I64(ms), SQL_I64(max)), deleted, err);
}

/* --- keys under way --------------------------------------------------------------- */

enum status key_claim_take(struct sql *sql, const struct key_claim_row *row, bool *taken, struct error *err)
{
	int64_t changes = 0, now_ms = clock_now_ms();
	/* A conflict waits for whoever is at the same row, and then sees what that one left. */
	enum status status = sql_run(sql,
				     "INSERT INTO key_claim (operator_key, route, key, owner, until_ms)"
				     " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (operator_key, route, key) DO UPDATE"
				     " SET owner = excluded.owner, until_ms = excluded.until_ms"
				     " WHERE key_claim.until_ms <= ?6 OR key_claim.owner = excluded.owner",
				     SQL_ARGS(SQL_I64(row->operator_key), SQL_TEXT(row->route), SQL_TEXT(row->key),
					      SQL_TEXT(row->owner), SQL_I64(row->until_ms), SQL_I64(now_ms)),
				     &changes, err);

	*taken = changes > 0;
	return status;
}

enum status key_claim_drop(struct sql *sql, const struct key_claim_row *row, bool *dropped, struct error *err)
{
	int64_t changes = 0;
	enum status status = sql_run(
		sql, "DELETE FROM key_claim WHERE operator_key = ?1 AND route = ?2 AND key = ?3 AND owner = ?4",
		SQL_ARGS(SQL_I64(row->operator_key), SQL_TEXT(row->route), SQL_TEXT(row->key), SQL_TEXT(row->owner)),
		&changes, err);

	*dropped = changes > 0;
	return status;
}

enum status key_claims_renew(struct sql *sql, const struct key_claim_row *row, bool *any, struct error *err)
{
	int64_t changes = 0;
	enum status status = sql_run(sql, "UPDATE key_claim SET until_ms = ?1 WHERE owner = ?2",
				     SQL_ARGS(SQL_I64(row->until_ms), SQL_TEXT(row->owner)), &changes, err);

	*any = changes > 0;
	return status;
}

enum status key_claims_delete_before(struct sql *sql, int64_t ms, int64_t *deleted, struct error *err)
{
	return sql_run(sql, "DELETE FROM key_claim WHERE until_ms < ?1", SQL_ARGS(SQL_I64(ms)), deleted, err);
}

enum status batches_mark_changed(struct sql *sql, int64_t operator_key, int32_t day, int64_t now_ms, struct error *err)
{
	return sql_run(
		sql,
		"INSERT INTO reconciliation (operator_key, day, status, changed_ms) VALUES (?1, ?2, 'notStarted', ?3)"
		" ON CONFLICT (operator_key, day) DO UPDATE SET changed_ms = excluded.changed_ms",
		SQL_ARGS(SQL_I64(operator_key), SQL_I64(day), SQL_I64(now_ms)), NULL, err);
}
