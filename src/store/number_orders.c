#include "store/numbers.h"

#include "base/instant.h"
#include "store/rows.h"

/* --- orders ------------------------------------------------------------------- */

#define ORDER_COLUMNS                                                                                                  \
	"SELECT r.operator_key, o.id, r.id, r.tenant_id, r.type, r.status, r.created_ms, r.finished_ms, r.defaults"     \
	" FROM number_order r JOIN operator o ON o.operator_key = r.operator_key"
#define ENTRY_COLUMNS "SELECT entry, telephone_number, own, status, error_code, message FROM number_order_entry"

static void order_read(struct sql_rows *rows, struct arena *arena, void *row)
{
	*(struct order_row *)row = (struct order_row){
		.operator_key = sql_get_i64(rows, 0),
		.operator_id = row_text(rows, 1, arena),
		.id = row_text(rows, 2, arena),
		.tenant_id = row_text(rows, 3, arena),
		.type = row_text(rows, 4, arena),
		.status = row_text(rows, 5, arena),
		.created_ms = sql_get_i64(rows, 6),
		.finished_ms = sql_get_i64_or(rows, 7, INSTANT_NONE),
		.defaults = row_text(rows, 8, arena),
	};
}

static void entry_read(struct sql_rows *rows, struct arena *arena, void *row)
{
	*(struct order_entry_row *)row = (struct order_entry_row){
		.entry = sql_get_i64(rows, 0),
		.telephone_number = row_text(rows, 1, arena),
		.own = row_text(rows, 2, arena),
		.status = row_text(rows, 3, arena),
		.error_code = row_text(rows, 4, arena),
		.message = row_text(rows, 5, arena),
	};
}

static enum status entries_insert(struct sql *sql, const struct order_row *row, const struct order_entry_row *entries,
				  size_t count, struct error *err)
{
	struct sql_bulk *bulk;
	enum status status =
		sql_bulk_begin(sql, &bulk, "number_order_entry",
			       "operator_key,order_id,entry,telephone_number,own,status,error_code,message", 8, err);

	if (status != OK)
		return status;
	for (size_t i = 0; i < count && status == OK; i++) {
		const struct order_entry_row *e = &entries[i];
		const struct sql_value values[] = { SQL_I64(row->operator_key), SQL_TEXT(row->id),
						    SQL_I64(e->entry),          SQL_TEXT(e->telephone_number),
						    SQL_TEXT(e->own),           SQL_TEXT(e->status),
						    SQL_TEXT(e->error_code),    SQL_TEXT(e->message) };

		status = sql_bulk_add(bulk, values, err);
	}
	return sql_bulk_end(bulk, err);
}

enum status order_insert(struct sql *sql, const struct order_row *row, const struct order_entry_row *entries,
			 size_t count, struct error *err)
{
	enum status status = sql_run(sql,
				     "INSERT INTO number_order (operator_key, id, tenant_id, type, status, created_ms,"
				     " finished_ms, defaults) VALUES (?1, ?2, ?3, ?4, ?5, ?6, NULL, ?7)",
				     SQL_ARGS(SQL_I64(row->operator_key), SQL_TEXT(row->id), SQL_TEXT(row->tenant_id),
					      SQL_TEXT(row->type), SQL_TEXT(row->status), SQL_I64(row->created_ms),
					      SQL_TEXT(row->defaults)),
				     NULL, err);

	return status != OK ? status : entries_insert(sql, row, entries, count, err);
}

enum status order_find(struct sql *sql, struct arena *arena, int64_t operator_key, struct str id, struct order_row *row,
		       struct error *err)
{
	return row_find(sql, arena, order_read, row, "order", err,
			ORDER_COLUMNS " WHERE r.id = ?1 AND (?2 = 0 OR r.operator_key = ?2)",
			SQL_ARGS(SQL_TEXT(id), SQL_I64(operator_key)));
}

#define ORDERS_UP "(r.created_ms, r.id) > (?2, ?3) ORDER BY r.created_ms, r.id LIMIT ?4"
#define ORDERS_DOWN "(r.created_ms, r.id) < (?2, ?3) ORDER BY r.created_ms DESC, r.id DESC LIMIT ?4"

enum status orders_after(struct sql *sql, struct arena *arena, int64_t operator_key, int64_t after_ms,
			 struct str after_id, bool descending, int64_t max, struct order_row **rows, size_t *count,
			 struct error *err)
{
	/* By whether an operator is named, and direction. */
	static const char *const texts[2][2] = {
		{ ORDER_COLUMNS " WHERE ?1 = 0 AND " ORDERS_UP, ORDER_COLUMNS " WHERE ?1 = 0 AND " ORDERS_DOWN },
		{ ORDER_COLUMNS " WHERE r.operator_key = ?1 AND " ORDERS_UP,
		  ORDER_COLUMNS " WHERE r.operator_key = ?1 AND " ORDERS_DOWN },
	};

	return row_list(sql, arena, order_read, sizeof(**rows), max, (void **)rows, count, err,
			texts[operator_key != 0][descending],
			SQL_ARGS(SQL_I64(operator_key), SQL_I64(after_ms), SQL_TEXT(after_id), SQL_I64(max)));
}

enum status orders_open(struct sql *sql, struct arena *arena, int64_t max, struct order_row **rows, size_t *count,
			struct error *err)
{
	return row_list(sql, arena, order_read, sizeof(**rows), max, (void **)rows, count, err,
			ORDER_COLUMNS " WHERE r.status IN ('notStarted', 'running') ORDER BY r.created_ms LIMIT ?1",
			SQL_ARGS(SQL_I64(max)));
}

enum status order_set_status(struct sql *sql, const struct order_row *row, struct error *err)
{
	return sql_run(sql, "UPDATE number_order SET status = ?1, finished_ms = ?2 WHERE operator_key = ?3 AND id = ?4",
		       SQL_ARGS(SQL_TEXT(row->status), SQL_I64_OR_NULL(row->finished_ms, INSTANT_NONE),
				SQL_I64(row->operator_key), SQL_TEXT(row->id)),
		       NULL, err);
}

static void counts_read(struct sql_rows *rows, struct arena *arena, void *row)
{
	(void)arena;
	*(struct order_counts *)row =
		(struct order_counts){ sql_get_i64(rows, 0), sql_get_i64(rows, 1), sql_get_i64(rows, 2) };
}

enum status order_counts(struct sql *sql, int64_t operator_key, struct str id, struct order_counts *counts,
			 struct error *err)
{
	return row_find(
		sql, NULL, counts_read, counts, "order", err,
		"SELECT COUNT(CASE WHEN status = 'pending' THEN 1 END),"
		" COUNT(CASE WHEN status = 'succeeded' THEN 1 END), COUNT(CASE WHEN status = 'failed' THEN 1 END)"
		" FROM number_order_entry WHERE operator_key = ?1 AND order_id = ?2",
		SQL_ARGS(SQL_I64(operator_key), SQL_TEXT(id)));
}

enum status order_entries_after(struct sql *sql, struct arena *arena, int64_t operator_key, struct str id,
				int64_t after_entry, int64_t max, struct order_entry_row **rows, size_t *count,
				struct error *err)
{
	return row_list(sql, arena, entry_read, sizeof(**rows), max, (void **)rows, count, err,
			ENTRY_COLUMNS
			" WHERE operator_key = ?1 AND order_id = ?2 AND entry > ?3 ORDER BY entry LIMIT ?4",
			SQL_ARGS(SQL_I64(operator_key), SQL_TEXT(id), SQL_I64(after_entry), SQL_I64(max)));
}

enum status order_entries_pending(struct sql *sql, struct arena *arena, int64_t operator_key, struct str id,
				  int64_t max, struct order_entry_row **rows, size_t *count, struct error *err)
{
	return row_list(sql, arena, entry_read, sizeof(**rows), max, (void **)rows, count, err,
			ENTRY_COLUMNS " WHERE operator_key = ?1 AND order_id = ?2 AND status = 'pending'"
				      " ORDER BY entry LIMIT ?3",
			SQL_ARGS(SQL_I64(operator_key), SQL_TEXT(id), SQL_I64(max)));
}

enum status order_entry_set(struct sql *sql, int64_t operator_key, struct str id, const struct order_entry_row *entry,
			    struct error *err)
{
	return sql_run(sql,
		       "UPDATE number_order_entry SET status = ?1, error_code = ?2, message = ?3"
		       " WHERE operator_key = ?4 AND order_id = ?5 AND entry = ?6",
		       SQL_ARGS(SQL_TEXT(entry->status), SQL_TEXT(entry->error_code), SQL_TEXT(entry->message),
				SQL_I64(operator_key), SQL_TEXT(id), SQL_I64(entry->entry)),
		       NULL, err);
}

enum status orders_drop(struct sql *sql, int64_t before_ms, int64_t *dropped, struct error *err)
{
	enum status status = sql_run(sql,
				     "DELETE FROM number_order_entry WHERE EXISTS (SELECT 1 FROM number_order o"
				     " WHERE o.operator_key = number_order_entry.operator_key"
				     " AND o.id = number_order_entry.order_id AND o.finished_ms < ?1)",
				     SQL_ARGS(SQL_I64(before_ms)), NULL, err);

	if (status != OK)
		return status;
	return sql_run(sql, "DELETE FROM number_order WHERE finished_ms < ?1", SQL_ARGS(SQL_I64(before_ms)), dropped,
		       err);
}

/* --- a tenant's operations ---------------------------------------------------- */

static void operation_read(struct sql_rows *rows, struct arena *arena, void *row)
{
	*(struct operation_row *)row = (struct operation_row){
		.tenant_key = sql_get_i64(rows, 0),
		.id = row_text(rows, 1, arena),
		.created_ms = sql_get_i64(rows, 2),
		.status = row_text(rows, 3, arena),
		.number = (number_t)sql_get_i64(rows, 4),
		.operator_key = sql_get_i64(rows, 5),
		.operator_id = row_text(rows, 6, arena),
		.detail = row_text(rows, 7, arena),
	};
}

enum status operation_insert(struct sql *sql, const struct operation_row *row, struct error *err)
{
	return sql_run(sql,
		       "INSERT INTO operation (tenant_key, id, created_ms, status, number, operator_key, detail)"
		       " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
		       SQL_ARGS(SQL_I64(row->tenant_key), SQL_TEXT(row->id), SQL_I64(row->created_ms),
				SQL_TEXT(row->status), SQL_I64(row->number), SQL_I64(row->operator_key),
				SQL_TEXT(row->detail)),
		       NULL, err);
}

enum status operation_find(struct sql *sql, struct arena *arena, int64_t tenant_key, struct str id,
			   struct operation_row *row, struct error *err)
{
	return row_find(sql, arena, operation_read, row, "operation", err,
			"SELECT p.tenant_key, p.id, p.created_ms, p.status, p.number, p.operator_key, o.id, p.detail"
			" FROM operation p JOIN operator o ON o.operator_key = p.operator_key"
			" WHERE p.tenant_key = ?1 AND p.id = ?2",
			SQL_ARGS(SQL_I64(tenant_key), SQL_TEXT(id)));
}

enum status operations_drop(struct sql *sql, int64_t before_ms, int64_t *dropped, struct error *err)
{
	return sql_run(sql, "DELETE FROM operation WHERE created_ms < ?1", SQL_ARGS(SQL_I64(before_ms)), dropped, err);
}
