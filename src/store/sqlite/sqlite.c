/* The driver for SQLite; the only file that includes sqlite3.h. */
#include "base/arena.h"
#include "base/buf.h"
#include "store/sql/sql_driver.h"
#include "store/sql/statement_cache.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUSY_TIMEOUT_MS 10000

/* See README.md for the measurements behind these. */
#define WRITER_SETTINGS                                                                                                \
	"PRAGMA page_size=8192;"                                                                                        \
	"PRAGMA journal_mode=WAL;"                                                                                      \
	"PRAGMA synchronous=FULL;"                                                                                      \
	"PRAGMA secure_delete=ON;"                                                                                      \
	"PRAGMA foreign_keys=ON;"                                                                                       \
	"PRAGMA cache_size=-4096;"                                                                                      \
	"PRAGMA wal_autocheckpoint=1000;"                                                                               \
	"PRAGMA journal_size_limit=67108864"
#define READER_SETTINGS                                                                                                \
	"PRAGMA wal_autocheckpoint=0;"                                                                                  \
	"PRAGMA cache_size=-2048"

struct sqlite {
	struct sql sql;
	sqlite3 *db;
	char *path;
	struct statement_cache statements;
};

struct sqlite_statement {
	sqlite3_stmt *stmt;
	bool cached;
	bool in_use;
};

struct sqlite_rows {
	struct sql_rows rows;
	struct sqlite_statement *statement;
};

struct sqlite_bulk {
	struct sql_bulk bulk;
	sqlite3_stmt *stmt;
};

static struct sqlite *sqlite_of(struct sql *sql)
{
	return (struct sqlite *)sql;
}

/* --- failures ------------------------------------------------------------------- */

static enum status status_of(int code)
{
	switch (code) {
	case SQLITE_CONSTRAINT_PRIMARYKEY:
	case SQLITE_CONSTRAINT_UNIQUE:
	case SQLITE_CONSTRAINT_ROWID:
		return E_CONFLICT;
	}
	switch (code & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_PROTOCOL:
		return E_UNAVAILABLE;
	case SQLITE_FULL:
		return E_FULL;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return E_CORRUPT;
	case SQLITE_NOMEM:
		return E_NOMEM;
	default:
		return E_IO;
	}
}

/* Outside a transaction each statement commits itself, so a failed write is a failed commit. */
static bool breaks(const struct sqlite *s, int code)
{
	if (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC)
		return true;
	return !s->sql.in_transaction && ((code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_FULL);
}

static enum status fail(struct sqlite *s, struct error *err)
{
	int code = sqlite3_extended_errcode(s->db);
	enum status status = status_of(code);

	if (breaks(s, code))
		s->sql.broken = status;
	return error_set(err, status, NULL, "%s: %s", s->path, sqlite3_errmsg(s->db));
}

/* --- statements ------------------------------------------------------------------ */

static void free_statement(void *p)
{
	struct sqlite_statement *statement = p;

	sqlite3_finalize(statement->stmt);
	free(statement);
}

static enum status prepare(struct sqlite *s, sqlite3_stmt **stmt, const char *text, struct error *err)
{
	if (sqlite3_prepare_v3(s->db, text, -1, SQLITE_PREPARE_PERSISTENT, stmt, NULL) != SQLITE_OK)
		return fail(s, err);
	return OK;
}

/* A statement ready to be bound.  One that is being read gets a twin, which
 * put_statement() drops. */
static enum status take_statement(struct sqlite *s, struct sqlite_statement **out, const char *text, struct error *err)
{
	struct sqlite_statement *statement = statement_cache_find(&s->statements, text);
	bool cached = !statement;
	sqlite3_stmt *stmt = NULL;
	enum status status;

	if (!statement || statement->in_use) {
		status = prepare(s, &stmt, text, err);
		if (status != OK)
			return status;
		statement = xalloc(sizeof(*statement));
		*statement = (struct sqlite_statement){ .stmt = stmt, .cached = cached };
		if (cached)
			statement_cache_add(&s->statements, text, statement);
	}
	statement->in_use = true;
	*out = statement;
	return OK;
}

static void put_statement(struct sqlite_statement *statement)
{
	if (!statement->cached) {
		free_statement(statement);
		return;
	}
	sqlite3_reset(statement->stmt);
	sqlite3_clear_bindings(statement->stmt);
	statement->in_use = false;
}

/* keep: SQLITE_STATIC when the bytes outlive the statement's run. */
static int bind_value(sqlite3_stmt *stmt, int at, const struct sql_value *value, sqlite3_destructor_type keep)
{
	switch (value->kind) {
	case SQL_VALUE_I64:
		return sqlite3_bind_int64(stmt, at, value->number);
	case SQL_VALUE_TEXT:
		return sqlite3_bind_text64(stmt, at, value->bytes.p, value->bytes.n, keep, SQLITE_UTF8);
	case SQL_VALUE_BLOB:
		return sqlite3_bind_blob64(stmt, at, value->bytes.p, value->bytes.n, keep);
	case SQL_VALUE_NULL:
		break;
	}
	return sqlite3_bind_null(stmt, at);
}

static enum status bind(struct sqlite *s, sqlite3_stmt *stmt, const struct sql_value *args, size_t count,
			sqlite3_destructor_type keep, struct error *err)
{
	assert(count == (size_t)sqlite3_bind_parameter_count(stmt));
	for (size_t i = 0; i < count; i++)
		if (bind_value(stmt, (int)i + 1, &args[i], keep) != SQLITE_OK)
			return fail(s, err);
	return OK;
}

static enum status sqlite_script(struct sql *sql, const char *text, struct error *err)
{
	struct sqlite *s = sqlite_of(sql);

	return sqlite3_exec(s->db, text, NULL, NULL, NULL) == SQLITE_OK ? OK : fail(s, err);
}

static enum status sqlite_run(struct sql *sql, const char *text, const struct sql_value *args, size_t count,
			      int64_t *changes, struct error *err)
{
	struct sqlite *s = sqlite_of(sql);
	struct sqlite_statement *statement;
	enum status status = take_statement(s, &statement, text, err);
	sqlite3_int64 before;
	int code;

	if (status != OK)
		return status;
	status = bind(s, statement->stmt, args, count, SQLITE_STATIC, err);
	if (status == OK) {
		/* sqlite3_changes() speaks of the last statement that wrote, which need not be this one. */
		before = sqlite3_total_changes64(s->db);
		do
			code = sqlite3_step(statement->stmt);
		while (code == SQLITE_ROW);
		if (code != SQLITE_DONE)
			status = fail(s, err);
		else
			*changes = sqlite3_total_changes64(s->db) == before ? 0 : sqlite3_changes64(s->db);
	}
	put_statement(statement);
	return status;
}

/* --- rows -------------------------------------------------------------------------- */

static enum status sqlite_query(struct sql *sql, struct sql_rows **out, const char *text, const struct sql_value *args,
				size_t count, struct error *err)
{
	struct sqlite *s = sqlite_of(sql);
	struct sqlite_statement *statement;
	enum status status = take_statement(s, &statement, text, err);
	struct sqlite_rows *rows;

	if (status != OK)
		return status;
	/* The arguments are borrowed for this call only, and rows are read later. */
	status = bind(s, statement->stmt, args, count, SQLITE_TRANSIENT, err);
	if (status != OK) {
		put_statement(statement);
		return status;
	}
	rows = xalloc(sizeof(*rows));
	rows->rows.sql = sql;
	rows->statement = statement;
	*out = &rows->rows;
	return OK;
}

static bool sqlite_next(struct sql_rows *base)
{
	struct sqlite_rows *rows = (struct sqlite_rows *)base;

	switch (sqlite3_step(rows->statement->stmt)) {
	case SQLITE_ROW:
		return true;
	case SQLITE_DONE:
		return false;
	default:
		fail(sqlite_of(base->sql), &base->error);
		return false;
	}
}

static enum status sqlite_column(struct sql_rows *base, int column, struct sql_value *value, struct error *err)
{
	sqlite3_stmt *stmt = ((struct sqlite_rows *)base)->statement->stmt;
	int kind = sqlite3_column_type(stmt, column);
	const void *p;

	assert(column < sqlite3_data_count(stmt));
	switch (kind) {
	case SQLITE_NULL:
		break;
	case SQLITE_INTEGER:
	case SQLITE_FLOAT:
		*value = SQL_I64(sqlite3_column_int64(stmt, column));
		break;
	default:
		p = sqlite3_column_blob(stmt, column);
		if (!p && sqlite3_errcode(sqlite3_db_handle(stmt)) == SQLITE_NOMEM)
			return fail(sqlite_of(base->sql), err);
		/* SQLite hands out no address for what is empty. */
		value->kind = kind == SQLITE_TEXT ? SQL_VALUE_TEXT : SQL_VALUE_BLOB;
		value->bytes = str_of(p ? p : "", (size_t)sqlite3_column_bytes(stmt, column));
	}
	return OK;
}

static void sqlite_rows_end(struct sql_rows *base)
{
	struct sqlite_rows *rows = (struct sqlite_rows *)base;

	put_statement(rows->statement);
	free(rows);
}

/* --- transactions --------------------------------------------------------------------- */

static enum status sqlite_begin(struct sql *sql, struct error *err)
{
	return sqlite_script(sql, sql->read_only ? "BEGIN" : "BEGIN IMMEDIATE", err);
}

static enum status sqlite_commit(struct sql *sql, struct error *err)
{
	return sqlite_script(sql, "COMMIT", err);
}

static void sqlite_rollback(struct sql *sql)
{
	struct error err = { .status = OK };

	/* Some failures have rolled back already. */
	if (sqlite3_get_autocommit(sqlite_of(sql)->db))
		return;
	if (sqlite_script(sql, "ROLLBACK", &err) != OK)
		sql->broken = err.status;
}

static enum status sqlite_lock(struct sql *sql, int64_t key, struct error *err)
{
	(void)sql;
	(void)key;
	(void)err;
	return OK;   /* BEGIN IMMEDIATE has it */
}

/* --- bulk --------------------------------------------------------------------------------- */

static enum status sqlite_bulk_begin(struct sql *sql, struct sql_bulk **out, const char *table, const char *columns,
				     size_t count, struct error *err)
{
	struct sqlite_bulk *bulk;
	sqlite3_stmt *stmt = NULL;
	enum status status;
	struct buf text;

	buf_init(&text, 0);
	buf_printf(&text, "INSERT INTO %s (%s) VALUES ", table, columns);
	for (size_t i = 0; i < count; i++)
		buf_printf(&text, "%c?%zu", i ? ',' : '(', i + 1);
	buf_add_char(&text, ')');
	status = prepare(sqlite_of(sql), &stmt, buf_cstr(&text), err);
	buf_release(&text);
	if (status != OK)
		return status;
	bulk = xalloc(sizeof(*bulk));
	bulk->stmt = stmt;
	*out = &bulk->bulk;
	return OK;
}

static enum status sqlite_bulk_add(struct sql_bulk *base, const struct sql_value *values, struct error *err)
{
	struct sqlite *s = sqlite_of(base->sql);
	sqlite3_stmt *stmt = ((struct sqlite_bulk *)base)->stmt;
	enum status status = bind(s, stmt, values, base->count, SQLITE_STATIC, err);

	if (status == OK && sqlite3_step(stmt) != SQLITE_DONE)
		status = fail(s, err);
	sqlite3_reset(stmt);
	return status;
}

static enum status sqlite_bulk_end(struct sql_bulk *base, struct error *err)
{
	struct sqlite_bulk *bulk = (struct sqlite_bulk *)base;

	(void)err;
	sqlite3_finalize(bulk->stmt);
	free(bulk);
	return OK;
}

/* --- opening ---------------------------------------------------------------------------------- */

static void sqlite_close_connection(struct sql *sql)
{
	struct sqlite *s = sqlite_of(sql);
	int code;

	statement_cache_release(&s->statements, free_statement);
	code = sqlite3_close(s->db);
	assert(code == SQLITE_OK);   /* else some rows were never ended */
	(void)code;
	free(s->path);
	free(s);
}

static const struct sql_driver sqlite_driver = {
	.engine = SQL_SQLITE,
	.blob_type = "BLOB",
	.text_type = "TEXT",
	.clustered = "WITHOUT ROWID",
	.close = sqlite_close_connection,
	.script = sqlite_script,
	.run = sqlite_run,
	.query = sqlite_query,
	.next = sqlite_next,
	.column = sqlite_column,
	.rows_end = sqlite_rows_end,
	.begin = sqlite_begin,
	.commit = sqlite_commit,
	.rollback = sqlite_rollback,
	.lock = sqlite_lock,
	.bulk_begin = sqlite_bulk_begin,
	.bulk_add = sqlite_bulk_add,
	.bulk_end = sqlite_bulk_end,
};

/* SQLite makes files that everybody may read; -wal and -shm take after the file.
 * Not by open(2): closing any descriptor of a file drops the locks that other
 * connections of this process hold on it. */
static enum status make_file(const char *path, struct error *err)
{
	if (mknod(path, S_IFREG | 0600, 0) == 0 || errno == EEXIST)
		return OK;
	return error_set(err, errno == ENOSPC ? E_FULL : E_IO, NULL, "%s: cannot be made: %s", path, strerror(errno));
}

static enum status find_file(const char *path, struct error *err)
{
	if (access(path, F_OK) != 0 && errno == ENOENT)
		return error_set(err, E_NOT_FOUND, NULL, "%s: no such file", path);
	return OK;
}

/* Where shared memory is not to be had (some network file systems) SQLite stays in another mode. */
static enum status require_wal(struct sqlite *s, struct error *err)
{
	sqlite3_stmt *stmt = NULL;
	enum status status = prepare(s, &stmt, "PRAGMA journal_mode", err);

	if (status != OK)
		return status;
	if (sqlite3_step(stmt) != SQLITE_ROW)
		status = fail(s, err);
	else if (!str_is(str_from((const char *)sqlite3_column_text(stmt, 0)), "wal"))
		status = error_set(err, E_IO, NULL, "%s: the file system does not allow a write-ahead log", s->path);
	sqlite3_finalize(stmt);
	return status;
}

static enum status configure(struct sqlite *s, struct error *err)
{
	enum status status;

	sqlite3_busy_timeout(s->db, BUSY_TIMEOUT_MS);
	if (!s->sql.read_only) {
		status = sqlite_script(&s->sql, WRITER_SETTINGS, err);
		return status == OK ? require_wal(s, err) : status;
	}
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	/* Reads the header, so that what is no database is told now. */
	status = sqlite_script(&s->sql, READER_SETTINGS, err);
	return status == OK ? sqlite_script(&s->sql, "PRAGMA schema_version", err) : status;
}

static pthread_once_t library_once = PTHREAD_ONCE_INIT;

/* Counting its memory would take one lock for all connections at every allocation. */
static void set_up_library(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

enum status sql_open_sqlite(struct sql **sql, const char *path, unsigned flags, struct error *err)
{
	bool read_only = flags & SQL_READ_ONLY;
	int open_flags = (read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) | SQLITE_OPEN_NOMUTEX |
			 SQLITE_OPEN_EXRESCODE;
	enum status status = flags & SQL_CREATE ? make_file(path, err) : find_file(path, err);
	struct sqlite *s;

	if (status != OK)
		return status;
	pthread_once(&library_once, set_up_library);
	s = xalloc(sizeof(*s));
	s->sql.driver = &sqlite_driver;
	s->sql.read_only = read_only;
	s->path = xstrdup(path);
	status = sqlite3_open_v2(path, &s->db, open_flags, NULL) == SQLITE_OK ? configure(s, err) : fail(s, err);
	if (status != OK) {
		sqlite_close_connection(&s->sql);
		return status;
	}
	*sql = &s->sql;
	return OK;
}
