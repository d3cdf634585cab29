#include "store/rows.h"

static enum status none_such(const char *noun, struct error *err)
{
	return error_set(err, E_NOT_FOUND, NULL, "there is no such %s", noun);
}

enum status row_find(struct sql *sql, struct arena *arena, row_reader *read, void *row, const char *noun,
		     struct error *err, const char *text, const struct sql_value *args, size_t arg_count)
{
	struct sql_rows *rows;
	enum status status = sql_query(sql, &rows, text, args, arg_count, err);
	bool found;

	if (status != OK)
		return status;
	found = sql_next(rows);
	if (found)
		read(rows, arena, row);
	status = sql_rows_end(rows, err);
	return status == OK && !found ? none_such(noun, err) : status;
}

enum status row_changed(enum status status, int64_t changes, const char *noun, struct error *err)
{
	return status == OK && changes == 0 ? none_such(noun, err) : status;
}

enum status row_list(struct sql *sql, struct arena *arena, row_reader *read, size_t size, int64_t max, void **list,
		     size_t *count, struct error *err, const char *text, const struct sql_value *args, size_t arg_count)
{
	char *array = arena_array(arena, size, (size_t)max);
	struct sql_rows *rows;
	enum status status = sql_query(sql, &rows, text, args, arg_count, err);
	size_t n = 0;

	if (status != OK)
		return status;
	while (n < (size_t)max && sql_next(rows))
		read(rows, arena, array + size * n++);
	status = sql_rows_end(rows, err);
	if (status == OK) {
		*list = array;
		*count = n;
	}
	return status;
}

static void read_i64(struct sql_rows *rows, struct arena *arena, void *row)
{
	(void)arena;
	*(int64_t *)row = sql_get_i64(rows, 0);
}

enum status row_i64(struct sql *sql, int64_t *value, struct error *err, const char *text, const struct sql_value *args,
		    size_t arg_count)
{
	return row_find(sql, NULL, read_i64, value, "row", err, text, args, arg_count);
}
