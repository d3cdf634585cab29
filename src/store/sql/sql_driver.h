/* store/sql/sql_driver.h - what an engine provides; private to store/sql and the drivers.
 *
 * sql.c keeps the state that all engines share and calls down; a driver never
 * sees a broken connection, a failed transaction, a text value that could not be
 * stored, or another call while a bulk is open.
 *
 *              begin            commit, rollback
 *     IDLE ------------> OPEN -------------------> IDLE
 *       |                 |  a call fails            ^
 *       |                 +----------> FAILED -------+  rollback; commit rolls back and says what failed
 *       |  a lost connection, a failed commit or fsync, in any state
 *       +------------> BROKEN   only sql_close is left */
#ifndef STORE_SQL_SQL_DRIVER_H
#define STORE_SQL_SQL_DRIVER_H

#include "store/sql/sql.h"

struct sql_driver;

/* The part of a connection that all engines share; a driver's own struct begins with it. */
struct sql {
	const struct sql_driver *driver;
	struct sql_pool *pool;          /* that it is taken from, or NULL */
	bool read_only;
	bool in_transaction;
	bool in_bulk;
	enum status failed;             /* what failed in the open transaction, or OK */
	enum status broken;             /* what broke the connection, or OK; drivers set it, too */
	unsigned fail_commit_in;        /* sql_fail_commit(): how many commits away; 0: never */
	enum status fail_commit_status;
};

struct sql_rows {
	struct sql *sql;
	bool done;                      /* sql_next() said false */
	struct error error;             /* error.status OK until something failed */
};

struct sql_bulk {
	struct sql *sql;
	size_t count;                   /* values a row */
	struct error error;             /* the first failure, told again by sql_bulk_end() */
};

/* Rolls back nothing: sql_close() did.  Frees the struct. */
typedef void sql_driver_close(struct sql *sql);

/* Several statements, braces replaced already. */
typedef enum status sql_driver_script(struct sql *sql, const char *text, struct error *err);

/* One statement; *changes is never NULL. */
typedef enum status sql_driver_run(struct sql *sql, const char *text, const struct sql_value *args, size_t count,
				   int64_t *changes, struct error *err);

/* One query.  What rows points to is the driver's struct, which begins with struct sql_rows. */
typedef enum status sql_driver_query(struct sql *sql, struct sql_rows **rows, const char *text,
				     const struct sql_value *args, size_t count, struct error *err);

/* Moves to the next row; false after the last and, with rows->error filled, on failure. */
typedef bool sql_driver_next(struct sql_rows *rows);

/* What stands in a column of the row (there is one): NULL; a whole number (fractions are cut);
 * or bytes, of text and blob alike.  A slice lives until the next call of next or end. */
typedef enum status sql_driver_column(struct sql_rows *rows, int column, struct sql_value *value, struct error *err);

/* Frees the rows. */
typedef void sql_driver_rows_end(struct sql_rows *rows);

typedef enum status sql_driver_begin(struct sql *sql, struct error *err);

/* OK only when it is on disk. */
typedef enum status sql_driver_commit(struct sql *sql, struct error *err);

/* Breaks the connection when it cannot. */
typedef void sql_driver_rollback(struct sql *sql);

/* See sql_lock(). */
typedef enum status sql_driver_lock(struct sql *sql, int64_t key, struct error *err);

typedef enum status sql_driver_bulk_begin(struct sql *sql, struct sql_bulk **bulk, const char *table,
					  const char *columns, size_t count, struct error *err);
typedef enum status sql_driver_bulk_add(struct sql_bulk *bulk, const struct sql_value *values, struct error *err);

/* Ends it, frees the bulk; when bulk->error tells of a failure nothing more need be written. */
typedef enum status sql_driver_bulk_end(struct sql_bulk *bulk, struct error *err);

struct sql_driver {
	enum sql_engine engine;
	const char *blob_type;      /* for {blob} */
	const char *text_type;      /* for TEXT: one that is ordered bytewise */
	const char *clustered;      /* for {clustered} */

	sql_driver_close *close;
	sql_driver_script *script;
	sql_driver_run *run;
	sql_driver_query *query;
	sql_driver_next *next;
	sql_driver_column *column;
	sql_driver_rows_end *rows_end;
	sql_driver_begin *begin;
	sql_driver_commit *commit;
	sql_driver_rollback *rollback;
	sql_driver_lock *lock;
	sql_driver_bulk_begin *bulk_begin;
	sql_driver_bulk_add *bulk_add;
	sql_driver_bulk_end *bulk_end;
};

#endif
