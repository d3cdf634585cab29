/* store/rows.h - the two shapes of a read: one row, or a list of them.
 *
 * A reader turns the row at hand into a struct; its strings go to the arena. */
#ifndef STORE_ROWS_H
#define STORE_ROWS_H

#include "base/arena.h"
#include "base/error.h"
#include "store/sql/sql.h"

typedef void row_reader(struct sql_rows *rows, struct arena *arena, void *row);

static inline struct str row_text(struct sql_rows *rows, int column, struct arena *arena)
{
	return arena_str(arena, sql_get_text(rows, column));
}

/* The first row of the query; E_NOT_FOUND "no such <noun>" when it has none. */
enum status row_find(struct sql *sql, struct arena *arena, row_reader *read, void *row, const char *noun,
		     struct error *err, const char *text, const struct sql_value *args, size_t arg_count);

/* All rows of a query that gives at most `max`; *rows is an array of `size`-byte structs. */
enum status row_list(struct sql *sql, struct arena *arena, row_reader *read, size_t size, int64_t max, void **rows,
		     size_t *count, struct error *err, const char *text, const struct sql_value *args,
		     size_t arg_count);

/* How a change of one row went: E_NOT_FOUND "there is no such <noun>" when it changed none. */
enum status row_changed(enum status status, int64_t changes, const char *noun, struct error *err);

/* One whole number, e.g. a COUNT or a RETURNING; E_NOT_FOUND when the query has no row. */
enum status row_i64(struct sql *sql, int64_t *value, struct error *err, const char *text, const struct sql_value *args,
		    size_t arg_count);

#endif
