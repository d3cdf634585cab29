/* Versions that were turned away, beside the ones that stand. */
#include "store/records_private.h"
#include "store/rows.h"

struct conflict_list {
	struct conflict *rows;
	size_t count, limit;
};

static void read_conflict(struct sql_rows *rows, struct arena *arena, struct conflict *c)
{
	struct str digest = sql_get_blob(rows, 3);

	*c = (struct conflict){
		.day = (int32_t)sql_get_i64(rows, 0),
		.kind = (enum record_kind)sql_get_i64(rows, 1),
		.id = row_text(rows, 2, arena),
		.batch = (uint64_t)sql_get_i64(rows, 4),
		.received_ms = sql_get_i64(rows, 5),
		.kept = row_text(rows, 6, arena),
		.offered = row_text(rows, 7, arena),
	};
	if (digest.n == DIGEST_SIZE)
		memcpy(c->digest.b, digest.p, DIGEST_SIZE);
}

static enum status read_day(struct sql *sql, struct arena *arena, int64_t operator_key, enum record_kind kind,
			    int32_t day, const struct conflict_place *after, struct conflict_list *list,
			    struct error *err)
{
	bool placed = day == after->day;
	struct sql_rows *rows;
	enum status status = sql_query(
		sql, &rows,
		"SELECT day, kind, id, digest, batch, received_ms, kept, offered FROM conflict"
		" WHERE operator_key = ?1 AND day = ?2 AND kind = ?3 AND (id, digest) > (?4, ?5)"
		" ORDER BY id, digest LIMIT ?6",
		SQL_ARGS(SQL_I64(operator_key), SQL_I64(day), SQL_I64(kind), SQL_TEXT(placed ? after->id : STR("")),
			 SQL_BLOB(after->digest.b, placed ? DIGEST_SIZE : 0), SQL_I64(list->limit - list->count)),
		err);

	if (status != OK)
		return status;
	while (list->count < list->limit && sql_next(rows))
		read_conflict(rows, arena, &list->rows[list->count++]);
	return sql_rows_end(rows, err);
}

enum status records_conflicts(struct records *records, struct arena *arena, int64_t operator_key, enum record_kind kind,
			      int32_t from_day, int32_t to_day, const struct conflict_place *after, size_t limit,
			      struct conflict **conflicts, size_t *count, bool *more, struct error *err)
{
	struct conflict_list list = { ARENA_ARRAY(arena, struct conflict, limit + 1), 0, limit + 1 };
	struct day_reader reader = { .records = records };
	int32_t *days;
	size_t n = 0;
	enum status status = days_between(records, arena, operator_key, from_day > after->day ? from_day : after->day,
					  to_day, &days, &n, err);

	for (size_t i = 0; status == OK && i < n && list.count < list.limit; i++) {
		bool present;

		status = day_reader_enter(&reader, operator_key, days[i], &present, err);
		if (status == OK && present)
			status = read_day(reader.sql, arena, operator_key, kind, days[i], after, &list, err);
	}
	day_reader_end(&reader);
	if (status != OK)
		return status;
	*more = list.count == list.limit;
	*conflicts = list.rows;
	*count = *more ? limit : list.count;
	return OK;
}
