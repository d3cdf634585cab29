#include "store/sql/sql.h"

#include "base/buf.h"
#include "store/sql/sql_driver.h"
#include "store/sql/sql_scan.h"

#include <assert.h>

/* Keeps the first failure of a transaction: PostgreSQL refuses all that comes
 * after it, so no caller may learn from SQLite that it could go on. */
static enum status settle(struct sql *sql, enum status status)
{
	if (status != OK && sql->in_transaction && sql->failed == OK)
		sql->failed = status;
	return status;
}

/* Asked before each call that goes down to the driver. */
static enum status check_usable(const struct sql *sql, struct error *err)
{
	assert(!sql->in_bulk);
	if (sql->broken != OK)
		return error_set(err, sql->broken, NULL, "the database connection is broken since an earlier failure");
	if (sql->failed != OK)
		return error_set(err, sql->failed, NULL, "an earlier statement of the transaction failed");
	return OK;
}

/* PostgreSQL holds no NUL and no malformed UTF-8 in text; SQLite would keep
 * them and cut at the NUL here and there. */
static enum status check_values(const struct sql_value *values, size_t count, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		struct str s = values[i].bytes;

		if (s.n > SQL_VALUE_BYTES_MAX)
			return error_set(err, E_TOO_LARGE, NULL, "value %zu is longer than %zu bytes", i + 1,
					 SQL_VALUE_BYTES_MAX);
		if (values[i].kind != SQL_VALUE_TEXT)
			continue;
		if (s.n && memchr(s.p, '\0', s.n))
			return error_set(err, E_INVALID, NULL, "text value %zu holds a NUL byte", i + 1);
		if (!str_is_utf8(s))
			return error_set(err, E_INVALID, NULL, "text value %zu is not UTF-8", i + 1);
	}
	return OK;
}

static enum status check_call(const struct sql *sql, const struct sql_value *args, size_t count, struct error *err)
{
	enum status status = check_usable(sql, err);

	return status == OK ? check_values(args, count, err) : status;
}

enum sql_engine sql_engine(const struct sql *sql)
{
	return sql->driver->engine;
}

enum status sql_broken(const struct sql *sql)
{
	return sql->broken;
}

void sql_close(struct sql *sql)
{
	if (!sql)
		return;
	sql_rollback(sql);
	sql->driver->close(sql);
}

/* --- statements --------------------------------------------------------------- */

static enum status expand_braces(struct buf *out, const struct sql_driver *driver, struct str word, struct error *err)
{
	if (str_is(word, "{blob}"))
		buf_add_str(out, str_from(driver->blob_type));
	else if (str_is(word, "{clustered}"))
		buf_add_str(out, str_from(driver->clustered));
	else
		return error_set(err, E_INTERNAL, NULL, "unknown word %.*s in SQL", STR_ARG(word));
	return OK;
}

/* Replaces {words}, and TEXT as the type of a column. */
static enum status expand(struct buf *out, const struct sql_driver *driver, const char *text, struct error *err)
{
	struct str before = STR_NONE;   /* the word before */

	for (;;) {
		struct sql_piece piece = sql_scan(&text);

		if (piece.kind == SQL_PIECE_END)
			return OK;
		if (piece.kind == SQL_PIECE_BRACED) {
			enum status status = expand_braces(out, driver, piece.text, err);

			if (status != OK)
				return status;
		} else if (str_is(piece.text, "TEXT") && !str_is(before, "AS")) {
			buf_add_str(out, str_from(driver->text_type));
		} else {
			buf_add_str(out, piece.text);
		}
		if (piece.kind == SQL_PIECE_WORD)
			before = piece.text;
	}
}

enum status sql_script(struct sql *sql, const char *text, struct error *err)
{
	enum status status = check_usable(sql, err);
	struct buf expanded;

	if (status != OK)
		return status;
	buf_init(&expanded, 0);
	status = expand(&expanded, sql->driver, text, err);
	if (status == OK)
		status = sql->driver->script(sql, buf_cstr(&expanded), err);
	buf_release(&expanded);
	return settle(sql, status);
}

enum status sql_run(struct sql *sql, const char *text, const struct sql_value *args, size_t count, int64_t *changes,
		    struct error *err)
{
	enum status status = check_call(sql, args, count, err);
	int64_t changed = 0;

	if (status == OK)
		status = sql->driver->run(sql, text, args, count, &changed, err);
	if (status == OK && changes)
		*changes = changed;
	return settle(sql, status);
}

/* --- rows ------------------------------------------------------------------------ */

enum status sql_query(struct sql *sql, struct sql_rows **rows, const char *text, const struct sql_value *args,
		      size_t count, struct error *err)
{
	enum status status = check_call(sql, args, count, err);

	if (status == OK)
		status = sql->driver->query(sql, rows, text, args, count, err);
	return settle(sql, status);
}

bool sql_next(struct sql_rows *rows)
{
	if (!rows->done)
		rows->done = rows->error.status != OK || !rows->sql->driver->next(rows);
	return !rows->done;
}

static struct sql_value column_value(struct sql_rows *rows, int column)
{
	struct sql_value value = SQL_NULL;

	assert(!rows->done);
	if (rows->error.status == OK)
		rows->sql->driver->column(rows, column, &value, &rows->error);
	return value;
}

static void fail_kind(struct sql_rows *rows, int column, const char *wanted)
{
	error_set(&rows->error, E_CORRUPT, NULL, "column %d of the result is not %s", column + 1, wanted);
}

bool sql_is_null(struct sql_rows *rows, int column)
{
	return column_value(rows, column).kind == SQL_VALUE_NULL;
}

int64_t sql_get_i64_or(struct sql_rows *rows, int column, int64_t none)
{
	struct sql_value value = column_value(rows, column);

	if (value.kind == SQL_VALUE_NULL)
		return none;
	if (value.kind != SQL_VALUE_I64) {
		fail_kind(rows, column, "a number");
		return none;
	}
	return value.number;
}

int64_t sql_get_i64(struct sql_rows *rows, int column)
{
	return sql_get_i64_or(rows, column, 0);
}

struct str sql_get_text(struct sql_rows *rows, int column)
{
	struct sql_value value = column_value(rows, column);

	if (value.kind == SQL_VALUE_I64)
		fail_kind(rows, column, "text or bytes");
	return value.bytes;
}

struct str sql_get_blob(struct sql_rows *rows, int column)
{
	return sql_get_text(rows, column);
}

enum status sql_rows_end(struct sql_rows *rows, struct error *err)
{
	struct sql *sql = rows->sql;
	enum status status = rows->error.status;

	if (status != OK)
		error_set(err, status, NULL, "%s", rows->error.message);
	sql->driver->rows_end(rows);
	return settle(sql, status);
}

/* --- transactions ------------------------------------------------------------------ */

enum status sql_begin(struct sql *sql, struct error *err)
{
	enum status status;

	assert(!sql->in_transaction);
	status = check_usable(sql, err);
	if (status == OK)
		status = sql->driver->begin(sql, err);
	if (status == OK)
		sql->in_transaction = true;
	return status;
}

void sql_rollback(struct sql *sql)
{
	assert(!sql->in_bulk);
	if (!sql->in_transaction)
		return;
	if (sql->broken == OK)
		sql->driver->rollback(sql);
	sql->in_transaction = false;
	sql->failed = OK;
}

static bool fault_due(struct sql *sql)
{
	return sql->fail_commit_in > 0 && --sql->fail_commit_in == 0;
}

enum status sql_commit(struct sql *sql, struct error *err)
{
	enum status status;

	assert(sql->in_transaction);
	status = check_usable(sql, err);
	if (status != OK) {
		sql_rollback(sql);
		return status;
	}
	if (fault_due(sql))
		status = error_set(err, sql->fail_commit_status, NULL, "the commit failed, as a test asked for");
	else
		status = sql->driver->commit(sql, err);
	if (status != OK) {
		sql_rollback(sql);
		sql->broken = status;
	}
	sql->in_transaction = false;
	return status;
}

void sql_fail_commit(struct sql *sql, unsigned n, enum status status)
{
	sql->fail_commit_in = n;
	sql->fail_commit_status = status;
}

enum status sql_lock(struct sql *sql, int64_t key, struct error *err)
{
	enum status status;

	assert(sql->in_transaction);
	status = check_usable(sql, err);
	if (status == OK)
		status = sql->driver->lock(sql, key, err);
	return settle(sql, status);
}

/* --- bulk ---------------------------------------------------------------------------- */

enum status sql_bulk_begin(struct sql *sql, struct sql_bulk **bulk, const char *table, const char *columns,
			   size_t count, struct error *err)
{
	enum status status;

	assert(sql->in_transaction);
	status = check_usable(sql, err);
	if (status == OK)
		status = sql->driver->bulk_begin(sql, bulk, table, columns, count, err);
	if (status == OK) {
		(*bulk)->sql = sql;
		(*bulk)->count = count;
		sql->in_bulk = true;
	}
	return settle(sql, status);
}

static enum status tell_again(const struct sql_bulk *bulk, struct error *err)
{
	return error_set(err, bulk->error.status, NULL, "%s", bulk->error.message);
}

enum status sql_bulk_add(struct sql_bulk *bulk, const struct sql_value *values, struct error *err)
{
	struct sql *sql = bulk->sql;
	enum status status;

	if (bulk->error.status != OK)
		return tell_again(bulk, err);
	status = check_values(values, bulk->count, &bulk->error);
	if (status == OK)
		status = sql->driver->bulk_add(bulk, values, &bulk->error);
	if (status != OK)
		tell_again(bulk, err);
	return settle(sql, status);
}

enum status sql_bulk_end(struct sql_bulk *bulk, struct error *err)
{
	struct sql *sql = bulk->sql;
	struct error first = bulk->error;
	enum status status = sql->driver->bulk_end(bulk, err);

	sql->in_bulk = false;
	if (first.status != OK)
		status = error_set(err, first.status, NULL, "%s", first.message);
	return settle(sql, status);
}
