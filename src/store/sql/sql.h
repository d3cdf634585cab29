/* store/sql/sql.h - the thin driver under the store.
 *
 * SQL is written once.  It is the common dialect of SQLite 3.40 and PostgreSQL
 * 15: parameters ?1, ?2 ...; INSERT ... ON CONFLICT; RETURNING; column types
 * only BIGINT, TEXT and BLOB.  Two words differ and are written in braces in
 * DDL: {blob} and {clustered} (a table stored in its primary key's order where
 * the engine can).  Columns of type TEXT (written in upper case) are compared and
 * ordered bytewise by both, whatever the database's collation.  Drivers prepare,
 * bind, step and bulk-append; they know no word of the domain.
 *
 * One struct sql is one connection and serves one thread at a time.  Prepared
 * statements are cached per connection by the address of their text, so texts
 * are string literals.
 *
 * A parameter is typed by the value bound to it: where PostgreSQL wants an
 * integer (substr, a cast number) say CAST(?1 AS INTEGER).
 *
 * Errors: E_CONFLICT for a violated unique key, E_UNAVAILABLE for a lost
 * connection or a lock not had in time, E_FULL for a full disk, E_CORRUPT for a
 * damaged database or a column of another type than asked for, E_INVALID for a
 * text with a NUL byte or malformed UTF-8, E_IO for other failures of the engine.
 * Messages tell the engine's words, never a value.
 *
 * Any failure inside a transaction fails the whole of it, on both engines: later
 * calls, sql_commit among them, return the first failure's status, and what is
 * left is sql_rollback.  After a failed commit or fsync, or a lost connection,
 * the connection is broken: every later call fails, until it is opened again. */
#ifndef STORE_SQL_SQL_H
#define STORE_SQL_SQL_H

#include "base/error.h"
#include "base/str.h"

struct sql;
struct sql_rows;
struct sql_bulk;

enum sql_engine { SQL_SQLITE, SQL_POSTGRES };

enum sql_open_flags {
	SQL_READ_ONLY = 1,   /* SQLite: never checkpoints, not even on close */
	SQL_CREATE = 2,      /* SQLite: make the file when it is absent */
};

struct sql_value {
	enum { SQL_VALUE_NULL, SQL_VALUE_I64, SQL_VALUE_TEXT, SQL_VALUE_BLOB } kind;
	int64_t number;
	struct str bytes;    /* borrowed for the call */
};

#define SQL_VALUE_BYTES_MAX ((size_t)512 * 1024 * 1024)   /* E_TOO_LARGE beyond */

#define SQL_NULL ((struct sql_value){ SQL_VALUE_NULL, 0, STR_NONE })
#define SQL_I64(v) ((struct sql_value){ SQL_VALUE_I64, (int64_t)(v), STR_NONE })
#define SQL_I64_OR_NULL(v, none) ((v) == (none) ? SQL_NULL : SQL_I64(v))
#define SQL_TEXT(s) sql_text(s) /* none binds NULL */
/* A NULL ptr binds NULL. */
#define SQL_BLOB(ptr, len) ((struct sql_value){ SQL_VALUE_BLOB, 0, str_of((ptr), (len)) })

static inline struct sql_value sql_text(struct str s)
{
	return (struct sql_value){ str_is_none(s) ? SQL_VALUE_NULL : SQL_VALUE_TEXT, 0, s };
}

/* The arguments of a statement: SQL_ARGS(SQL_I64(day), SQL_TEXT(id)). */
#define SQL_ARGS(...)                                                                                                  \
	((const struct sql_value[]){ __VA_ARGS__ }),                                                                    \
		sizeof((const struct sql_value[]){ __VA_ARGS__ }) / sizeof(struct sql_value)
#define SQL_NO_ARGS NULL, 0

/* SQLite: a path; WAL, synchronous=FULL, secure_delete=ON, foreign keys on,
 * busy time-out 10 s.  The writer of a file alone checkpoints: without
 * SQL_READ_ONLY there is one connection to a file at a time.  E_NOT_FOUND when the
 * file is absent and SQL_CREATE not given; a new file has mode 0600. */
enum status sql_open_sqlite(struct sql **sql, const char *path, unsigned flags, struct error *err);
/* PostgreSQL: a postgresql:// URI; synchronous_commit on, UTC, READ COMMITTED,
 * lock time-out 10 s.  E_INVALID when it is no such URI; no message tells its password. */
enum status sql_open_postgres(struct sql **sql, const char *uri, struct error *err);
void sql_close(struct sql *sql);   /* rolls back what is open; NULL is fine */

enum sql_engine sql_engine(const struct sql *sql);

/* What broke the connection, OK while it is whole. */
enum status sql_broken(const struct sql *sql);

/* Several statements without parameters, {words} replaced: for DDL. */
enum status sql_script(struct sql *sql, const char *text, struct error *err);

/* One statement; rows that it returns are dropped.  *changes (may be NULL): rows
 * inserted, updated or deleted. */
enum status sql_run(struct sql *sql, const char *text, const struct sql_value *args, size_t count, int64_t *changes,
		    struct error *err);

/* One query, or a statement with RETURNING.  Rows are read with sql_next until it
 * says false; the slices of a row live until the next sql_next or sql_rows_end.  Keep results small: page with a key
 * and LIMIT, since PostgreSQL hands over the whole result. */
enum status sql_query(struct sql *sql, struct sql_rows **rows, const char *text, const struct sql_value *args,
		      size_t count, struct error *err);
/* False after the last row and on failure; sql_rows_end tells which. */
bool sql_next(struct sql_rows *rows);
/* Columns are counted from 0.  Fractions are cut. */
bool sql_is_null(struct sql_rows *rows, int column);
int64_t sql_get_i64(struct sql_rows *rows, int column);            /* NULL reads 0 */
int64_t sql_get_i64_or(struct sql_rows *rows, int column, int64_t none);
struct str sql_get_text(struct sql_rows *rows, int column);        /* NULL reads none */
struct str sql_get_blob(struct sql_rows *rows, int column);
/* Ends the query (early, too) and reports a failure of sql_next. */
enum status sql_rows_end(struct sql_rows *rows, struct error *err);

/* SQLite: BEGIN IMMEDIATE for writers, BEGIN for SQL_READ_ONLY connections. */
enum status sql_begin(struct sql *sql, struct error *err);
enum status sql_commit(struct sql *sql, struct error *err);   /* OK: it is on disk */
void sql_rollback(struct sql *sql);                           /* no-op outside a transaction */

/* Inside a transaction: waits until no other transaction on this database holds
 * the same key, and holds it to the end.  SQLite: writers take turns anyway. */
enum status sql_lock(struct sql *sql, int64_t key, struct error *err);

/* Many rows into one table, inside a transaction: one prepared INSERT on SQLite,
 * binary COPY on PostgreSQL.  columns is "a,b,c"; each row has `count` values
 * in that order.  A key that exists is E_CONFLICT, told by sql_bulk_add or only by
 * sql_bulk_end.  Until the end no other call on sql.  Rows in the order of the
 * table's key go in several times faster. */
enum status sql_bulk_begin(struct sql *sql, struct sql_bulk **bulk, const char *table, const char *columns,
			   size_t count, struct error *err);
enum status sql_bulk_add(struct sql_bulk *bulk, const struct sql_value *values, struct error *err);
/* Frees it in any case.  After a sql_bulk_add that failed, that failure again. */
enum status sql_bulk_end(struct sql_bulk *bulk, struct error *err);

/* A fault for tests: the n-th coming call of commit fails as a full disk or a
 * failed fsync would.  0 disarms. */
void sql_fail_commit(struct sql *sql, unsigned n, enum status status);

#endif
