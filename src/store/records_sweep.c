/* Removing what is past its time, from the files and not only from the answers. */
#include "base/buf.h"
#include "formats/json.h"
#include "store/records_private.h"
#include "store/rows.h"

#define SWEEP_PAGE 2000
#define STRIPPED_AT_ONCE 100

struct sweep {
	struct records *records;
	int64_t operator_key;
	int32_t day;
	enum record_kind kind;
	sweep_predicate *predicate;
	void *context;
	struct sql *sql;
	bool has_media, has_conflicts; /* at all, in this day */
	struct sweep_counts counts;
};

/* --- one row ----------------------------------------------------------------------- */

static enum status delete_conflicts(struct sweep *s, const struct stored_record *row, struct error *err)
{
	int64_t changes = 0;
	enum status status =
		sql_run(s->sql,
			"DELETE FROM conflict WHERE operator_key = ?1 AND day = ?2 AND kind = ?3"
			" AND id = ?4",
			SQL_ARGS(SQL_I64(s->operator_key), SQL_I64(s->day), SQL_I64(s->kind), SQL_TEXT(row->record.id)),
			&changes, err);

	s->counts.conflicts += changes;
	return status;
}

static enum status delete_outcomes(struct sweep *s, const struct stored_record *row, struct error *err)
{
	static const char *const texts[] = {
		"DELETE FROM outcome WHERE operator_key = ?1 AND call_filed_ms = ?2 AND call_id = ?3 AND day = ?4",
		"DELETE FROM outcome WHERE operator_key = ?1 AND duration_filed_ms = ?2 AND duration_id = ?3 AND day = "
		"?4",
	};
	int64_t changes = 0;
	enum status status = sql_run(
		s->sql, texts[s->kind],
		SQL_ARGS(SQL_I64(s->operator_key), SQL_I64(row->filed_ms), SQL_TEXT(row->record.id), SQL_I64(s->day)),
		&changes, err);

	s->counts.outcomes += changes;
	return status;
}

static enum status delete_media(struct sweep *s, const struct stored_record *row, struct error *err)
{
	int64_t changes = 0;
	enum status status =
		record_row_delete_media(s->sql, s->operator_key, row->filed_ms, row->record.id, &changes, err);

	s->counts.media += changes;
	return status;
}

/* A version of a record as canonical JSON, without its media streams. */
static struct str without_media(struct arena *arena, struct str version)
{
	const struct json *root;
	struct json_writer w;
	struct str text;
	struct buf out;

	if (json_parse(arena, version, &root, NULL) != OK)
		return STR("{}");
	buf_init(&out, 0);
	json_writer_init(&w, &out);
	json_object_begin(&w);
	for (const struct json *member = root->first; member; member = member->next) {
		if (str_is(member->key, "mediaStreams"))
			continue;
		json_key(&w, arena_cstr(arena, member->key));
		json_tree(&w, member);
	}
	json_object_end(&w);
	text = arena_str(arena, buf_str(&out));
	buf_release(&out);
	return text;
}

/* One conflict's texts, as they are to be. */
struct stripped {
	struct stripped *next;
	struct str digest, kept, offered;
};

/* Conflicts of the record that quote media streams. */
static enum status find_quoting(struct sweep *s, struct arena *arena, struct str id, struct stripped **list,
				struct error *err)
{
	struct sql_rows *rows;
	enum status status =
		sql_query(s->sql, &rows,
			  "SELECT digest, kept, offered FROM conflict WHERE operator_key = ?1 AND day = ?2"
			  " AND kind = ?3 AND id = ?4 AND (kept LIKE ?5 OR offered LIKE ?5) LIMIT ?6",
			  SQL_ARGS(SQL_I64(s->operator_key), SQL_I64(s->day), SQL_I64(s->kind), SQL_TEXT(id),
				   SQL_TEXT(STR("%\"mediaStreams\":[%")), SQL_I64(STRIPPED_AT_ONCE)),
			  err);

	*list = NULL;
	if (status != OK)
		return status;
	while (sql_next(rows)) {
		struct stripped *one = ARENA_NEW(arena, struct stripped);
		struct str digest = sql_get_blob(rows, 0);

		*one = (struct stripped){ *list, arena_str(arena, digest),
					  without_media(arena, row_text(rows, 1, arena)),
					  without_media(arena, row_text(rows, 2, arena)) };
		*list = one;
	}
	return sql_rows_end(rows, err);
}

static enum status strip(struct sweep *s, struct str id, const struct stripped *one, struct error *err)
{
	s->counts.media++;
	return sql_run(s->sql,
		       "UPDATE conflict SET kept = ?1, offered = ?2 WHERE operator_key = ?3 AND day = ?4"
		       " AND kind = ?5 AND id = ?6 AND digest = ?7",
		       SQL_ARGS(SQL_TEXT(one->kept), SQL_TEXT(one->offered), SQL_I64(s->operator_key), SQL_I64(s->day),
				SQL_I64(s->kind), SQL_TEXT(id), SQL_BLOB(one->digest.p, one->digest.n)),
		       NULL, err);
}

/* Conflicts quote both versions of a record, with their media streams. */
static enum status strip_conflicts(struct sweep *s, const struct stored_record *row, struct error *err)
{
	struct stripped *list;
	struct arena arena;
	enum status status;

	arena_init(&arena);
	do {
		arena_clear(&arena);
		status = find_quoting(s, &arena, row->record.id, &list, err);
		for (const struct stripped *one = list; status == OK && one; one = one->next)
			status = strip(s, row->record.id, one, err);
	} while (status == OK && list);
	arena_release(&arena);
	return status;
}

static enum status delete_row(struct sweep *s, const struct stored_record *row, struct error *err)
{
	enum status status = s->has_media ? delete_media(s, row, err) : OK;

	if (status == OK)
		status = record_row_delete(s->sql, s->operator_key, s->kind, row->filed_ms, row->record.id, err);
	if (status == OK)
		status = delete_conflicts(s, row, err);
	if (status == OK)
		status = delete_outcomes(s, row, err);
	s->counts.records++;
	return status;
}

static enum status sweep_row(struct sweep *s, const struct stored_record *row, struct error *err)
{
	enum status status;

	switch (s->predicate(s->context, row)) {
	case SWEEP_DELETE:
		return delete_row(s, row, err);
	case SWEEP_MEDIA:
		status = s->has_media ? delete_media(s, row, err) : OK;
		return status == OK && s->has_conflicts ? strip_conflicts(s, row, err) : status;
	case SWEEP_KEEP:
		break;
	}
	return OK;
}

/* --- a page, each a commit of its own -------------------------------------------------- */

static enum status sweep_page(struct sweep *s, const struct stored_record *rows, size_t count, struct error *err)
{
	enum status status = day_write(s->records, s->operator_key, s->day, &s->sql, err);

	if (status != OK)
		return status;
	for (size_t i = 0; status == OK && i < count; i++)
		status = sweep_row(s, &rows[i], err);
	if (status == OK)
		return day_write_commit(s->records, s->sql, err);
	day_write_abort(s->records, s->sql);
	return status;
}

/* So that a day whose media streams went long ago is not asked for those of each of its rows. */
static enum status look_ahead(struct sweep *s, struct error *err)
{
	struct day_reader reader = { .records = s->records };
	struct sql_rows *rows;
	bool present;
	enum status status = day_reader_enter(&reader, s->operator_key, s->day, &present, err);

	if (status == OK && present)
		status = sql_query(
			reader.sql, &rows,
			"SELECT (CASE WHEN EXISTS (SELECT 1 FROM call_media WHERE operator_key = ?1 AND day = ?2)"
			" THEN 1 ELSE 0 END),"
			" (CASE WHEN EXISTS (SELECT 1 FROM conflict WHERE operator_key = ?1 AND day = ?2)"
			" THEN 1 ELSE 0 END)",
			SQL_ARGS(SQL_I64(s->operator_key), SQL_I64(s->day)), err);
	if (status == OK && present) {
		if (sql_next(rows)) {
			/* Only call records have any; a duration record's key may be a call record's, too. */
			s->has_media = s->kind == RECORD_CALL && sql_get_i64(rows, 0) != 0;
			s->has_conflicts = sql_get_i64(rows, 1) != 0;
		}
		status = sql_rows_end(rows, err);
	}
	day_reader_end(&reader);
	return status;
}

static enum status sweep_pages(struct sweep *s, struct error *err)
{
	struct records_query query = records_query_day(s->operator_key, s->kind, s->day, SWEEP_PAGE);
	struct records_walk walk;
	enum status status = look_ahead(s, err);

	records_walk_begin(&walk, s->records, &query);
	while (status == OK && (status = records_walk_next(&walk, err)) == OK && walk.page.count > 0)
		status = sweep_page(s, walk.page.rows, walk.page.count, err);
	records_walk_end(&walk);
	return status;
}

static bool anything_went(const struct sweep_counts *c)
{
	return c->records || c->media || c->conflicts || c->outcomes;
}

static enum status sweep_embedded(struct sweep *s, struct error *err)
{
	struct operator_state *op;
	enum status status = operator_state_lock(s->records, s->operator_key, &op, err);

	if (status != OK)
		return status;
	/* The rows with the highest positions may be among those that go. */
	if (s->kind == RECORD_CALL)
		status = operator_state_keep_head(s->records, op, err);
	if (status == OK)
		status = sweep_pages(s, err);
	if (status == OK && anything_went(&s->counts))
		status = day_files_compact(s->records->files, op->id, s->day, err);
	pthread_mutex_unlock(&op->append);
	return status;
}

static enum status day_is_there(struct records *records, int64_t operator_key, int32_t day, bool *there,
				struct error *err)
{
	struct arena arena;
	int32_t *days;
	size_t count;
	enum status status;

	arena_init(&arena);
	status = days_between(records, &arena, operator_key, day, day, &days, &count, err);
	arena_release(&arena);
	if (status == OK)
		*there = count > 0;
	return status;
}

enum status records_sweep(struct records *records, int64_t operator_key, int32_t day, enum record_kind kind,
			  sweep_predicate *predicate, void *context, struct sweep_counts *counts, struct error *err)
{
	struct sweep s = { .records = records,
			   .operator_key = operator_key,
			   .day = day,
			   .kind = kind,
			   .predicate = predicate,
			   .context = context };
	bool there = false;
	enum status status = day_is_there(records, operator_key, day, &there, err);

	if (status == OK && there && records_embedded(records)) {
		status = sweep_embedded(&s, err);
	} else if (status == OK && there) {
		status = sweep_pages(&s, err);
		if (status == OK && anything_went(&s.counts))
			status = partitions_compact(records, day, err);
	}
	if (status == OK)
		*counts = s.counts;
	return status;
}

/* --- a whole day ------------------------------------------------------------------------ */

static enum status drop_embedded(struct records *records, int64_t operator_key, int32_t day, struct error *err)
{
	struct operator_state *op;
	enum status status = operator_state_lock(records, operator_key, &op, err);

	if (status != OK)
		return status;
	status = operator_state_keep_head(records, op, err);
	if (status == OK)
		status = day_files_drop(records->files, op->id, day, err);
	if (status == OK)
		operator_state_forget_day(op, day);
	pthread_mutex_unlock(&op->append);
	return status;
}

static enum status delete_operators_rows(struct sql *sql, int64_t operator_key, int32_t day, struct error *err)
{
	static const char *const texts[] = {
		"DELETE FROM call_record WHERE operator_key = ?1 AND day = ?2",
		"DELETE FROM duration_record WHERE operator_key = ?1 AND day = ?2",
		"DELETE FROM call_media WHERE operator_key = ?1 AND day = ?2",
		"DELETE FROM conflict WHERE operator_key = ?1 AND day = ?2",
		"DELETE FROM outcome WHERE operator_key = ?1 AND day = ?2",
		"DELETE FROM record_id WHERE operator_key = ?1 AND day = ?2",
	};
	enum status status = OK;

	for (size_t i = 0; status == OK && i < sizeof(texts) / sizeof(texts[0]); i++)
		status = sql_run(sql, texts[i], SQL_ARGS(SQL_I64(operator_key), SQL_I64(day)), NULL, err);
	return status;
}

static enum status drop_rows(struct sql *sql, int64_t operator_key, int32_t day, int64_t *others, struct error *err)
{
	enum status status = delete_operators_rows(sql, operator_key, day, err);

	if (status == OK)
		status = row_i64(sql, others, err,
				 "SELECT (CASE WHEN EXISTS (SELECT 1 FROM call_record WHERE day = ?1)"
				 " OR EXISTS (SELECT 1 FROM duration_record WHERE day = ?1)"
				 " OR EXISTS (SELECT 1 FROM conflict WHERE day = ?1)"
				 " OR EXISTS (SELECT 1 FROM outcome WHERE day = ?1) THEN 1 ELSE 0 END)",
				 SQL_ARGS(SQL_I64(day)));
	return status == OK && *others == 0 ? partitions_drop(sql, day, err) : status;
}

/* The last operator's rows take the partitions with them. */
static enum status drop_server(struct records *records, int64_t operator_key, int32_t day, struct error *err)
{
	int64_t others = 0;
	struct sql *sql;
	enum status status = store_write(records->store, &sql, err);

	if (status != OK)
		return status;
	status = drop_rows(sql, operator_key, day, &others, err);
	if (status == OK)
		status = store_commit(records->store, sql, err);
	else
		store_abort(records->store, sql);
	if (status != OK)
		return status;
	if (others)
		return partitions_compact(records, day, err);
	partitions_forget(records, day);
	return OK;
}

enum status records_drop_day(struct records *records, int64_t operator_key, int32_t day, struct error *err)
{
	bool there = false;
	enum status status = day_is_there(records, operator_key, day, &there, err);

	if (status != OK || !there)
		return status;
	return records_embedded(records) ? drop_embedded(records, operator_key, day, err)
					 : drop_server(records, operator_key, day, err);
}
