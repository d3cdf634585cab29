/* Opening; what is known in memory of each operator; days. */
#include "store/records_private.h"

#include "store/parties.h"
#include "store/records_schema.h"
#include "store/rows.h"

#include <assert.h>
#include <stdlib.h>

static enum status migrate_server(struct store *store, struct error *err)
{
	struct sql *sql;
	enum status status = sql_open_postgres(&sql, store_postgres_uri(store), err);

	if (status != OK)
		return status;
	status = migration_run(sql, &records_schema_server, err);
	sql_close(sql);
	return status;
}

enum status records_open(struct records **records, struct store *store, uint64_t id_filter_bytes_max, struct error *err)
{
	struct records *r;
	enum status status = OK;

	if (store_engine(store) == SQL_POSTGRES)
		status = migrate_server(store, err);
	if (status != OK)
		return status;
	r = xalloc(sizeof(*r));
	r->store = store;
	r->filter_bytes_max = id_filter_bytes_max ? id_filter_bytes_max : ID_FILTER_BYTES_DEFAULT;
	pthread_mutex_init(&r->mutex, NULL);
	if (store_engine(store) == SQL_SQLITE)
		r->files = day_files_new(store_directory(store));
	*records = r;
	return OK;
}

void records_close(struct records *records)
{
	if (!records)
		return;
	while (records->operators) {
		struct operator_state *op = records->operators;

		records->operators = op->next;
		filters_free(records, op);
		pthread_mutex_destroy(&op->append);
		pthread_rwlock_destroy(&op->lock);
		free(op->days);
		free(op);
	}
	day_files_free(records->files);
	pthread_mutex_destroy(&records->mutex);
	free(records->partitions);
	free(records);
}

bool records_are_halted(const struct records *records)
{
	return records_embedded(records) && day_files_are_halted(records->files);
}

void records_fail_commit(struct records *records, unsigned n, enum status status)
{
	if (records_embedded(records))
		day_files_fail_commit(records->files, n, status);
	else
		store_fail_commit(records->store, n, status);
}

uint64_t records_batch_key(struct str batch_id)
{
	return hash64(batch_id) & INT64_MAX;
}

/* --- an operator's state ------------------------------------------------------------ */

static enum status read_operator(struct records *records, struct arena *arena, int64_t key, struct operator_row *row,
				 struct error *err)
{
	struct sql *sql;
	enum status status = store_read(records->store, &sql, err);

	if (status != OK)
		return status;
	status = operator_find_key(sql, arena, key, row, err);
	store_abort(records->store, sql);
	return status;
}

enum status kept_head(struct sql *sql, int64_t operator_key, int64_t *head, struct error *err)
{
	return row_i64(sql, head, err, "SELECT record_position FROM operator WHERE operator_key = ?1",
		       SQL_ARGS(SQL_I64(operator_key)));
}

enum status read_kept_head(struct records *records, int64_t operator_key, int64_t *head, struct error *err)
{
	struct sql *sql;
	enum status status = store_read(records->store, &sql, err);

	if (status != OK)
		return status;
	status = kept_head(sql, operator_key, head, err);
	store_abort(records->store, sql);
	return status;
}

/* With the mutex held; NULL when there is none. */
static struct operator_state *state_of(const struct records *records, int64_t key)
{
	struct operator_state *op = records->operators;

	while (op && op->key != key)
		op = op->next;
	return op;
}

static struct operator_state *find_state(struct records *records, int64_t key)
{
	struct operator_state *op;

	pthread_mutex_lock(&records->mutex);
	op = state_of(records, key);
	pthread_mutex_unlock(&records->mutex);
	return op;
}

/* Another thread may have been faster. */
static struct operator_state *add_state(struct records *records, int64_t key, struct str id)
{
	struct operator_state *op;

	pthread_mutex_lock(&records->mutex);
	op = state_of(records, key);
	if (!op) {
		op = xalloc(sizeof(*op));
		op->key = key;
		assert(id.n < sizeof(op->id));
		memcpy(op->id, id.p, id.n);
		pthread_mutex_init(&op->append, NULL);
		pthread_rwlock_init(&op->lock, NULL);
		op->next = records->operators;
		records->operators = op;
	}
	pthread_mutex_unlock(&records->mutex);
	return op;
}

static enum status make_state(struct records *records, int64_t key, struct operator_state **op, struct error *err)
{
	struct operator_row row;
	struct arena arena;
	enum status status;

	arena_init(&arena);
	status = read_operator(records, &arena, key, &row, err);
	if (status == OK)
		*op = add_state(records, key, row.id);
	arena_release(&arena);
	return status;
}

enum status operator_state_lock(struct records *records, int64_t operator_key, struct operator_state **out,
				struct error *err)
{
	struct operator_state *op = find_state(records, operator_key);
	enum status status = op ? OK : make_state(records, operator_key, &op, err);

	if (status != OK)
		return status;
	pthread_mutex_lock(&op->append);
	if (!op->loaded)
		status = operator_state_reload(records, op, err);
	if (status == OK)
		*out = op;
	else
		pthread_mutex_unlock(&op->append);
	return status;
}

enum status operator_state_get(struct records *records, int64_t operator_key, struct operator_state **out,
			       struct error *err)
{
	struct operator_state *op = find_state(records, operator_key);
	enum status status;
	bool loaded = false;

	/* A state that has its days was loaded; asking for append would make readers wait for writers. */
	if (op) {
		pthread_rwlock_rdlock(&op->lock);
		loaded = op->days != NULL;
		pthread_rwlock_unlock(&op->lock);
	}
	if (!loaded) {
		status = operator_state_lock(records, operator_key, &op, err);
		if (status != OK)
			return status;
		pthread_mutex_unlock(&op->append);
	}
	*out = op;
	return OK;
}

static size_t day_index(const struct operator_state *op, int32_t day)
{
	size_t at = 0;

	while (at < op->day_count && op->days[at].day < day)
		at++;
	return at;
}

void operator_state_note_day(struct operator_state *op, int32_t day, int64_t first, int64_t last)
{
	struct day_info *info;
	size_t at;

	pthread_rwlock_wrlock(&op->lock);
	at = day_index(op, day);
	if (at == op->day_count || op->days[at].day != day) {
		op->days = xrealloc(op->days, (op->day_count + 1) * sizeof(*op->days));
		memmove(op->days + at + 1, op->days + at, (op->day_count - at) * sizeof(*op->days));
		op->days[at] = (struct day_info){ .day = day };
		op->day_count++;
	}
	info = &op->days[at];
	if (last > 0) {
		if (info->position_max == 0 || first < info->position_min)
			info->position_min = first;
		if (last > info->position_max)
			info->position_max = last;
	}
	pthread_rwlock_unlock(&op->lock);
}

void operator_state_forget_day(struct operator_state *op, int32_t day)
{
	size_t at;

	pthread_rwlock_wrlock(&op->lock);
	at = day_index(op, day);
	if (at < op->day_count && op->days[at].day == day) {
		memmove(op->days + at, op->days + at + 1, (op->day_count - at - 1) * sizeof(*op->days));
		op->day_count--;
	}
	pthread_rwlock_unlock(&op->lock);
}

void operator_state_set_head(struct operator_state *op, int64_t head)
{
	pthread_rwlock_wrlock(&op->lock);
	if (head > op->head)
		op->head = head;
	pthread_rwlock_unlock(&op->lock);
}

int64_t operator_state_head(struct operator_state *op)
{
	int64_t head;

	pthread_rwlock_rdlock(&op->lock);
	head = op->head;
	pthread_rwlock_unlock(&op->lock);
	return head;
}

enum status operator_state_keep_head(struct records *records, struct operator_state *op, struct error *err)
{
	struct sql *sql;
	enum status status = store_write(records->store, &sql, err);

	if (status != OK)
		return status;
	status = sql_run(sql,
			 "UPDATE operator SET record_position = ?1 WHERE operator_key = ?2 AND record_position < ?1",
			 SQL_ARGS(SQL_I64(operator_state_head(op)), SQL_I64(op->key)), NULL, err);
	if (status == OK)
		return store_commit(records->store, sql, err);
	store_abort(records->store, sql);
	return status;
}

/* --- loading --------------------------------------------------------------------------- */

/* A record that a newer version left, and whether its file may still hold it. */
struct moved_row {
	int32_t day;
	int64_t filed_ms;
	struct str id;
};

static void moved_read(struct sql_rows *rows, struct arena *arena, void *row)
{
	*(struct moved_row *)row = (struct moved_row){
		.day = (int32_t)sql_get_i64(rows, 0),
		.filed_ms = sql_get_i64(rows, 1),
		.id = row_text(rows, 2, arena),
	};
}

static enum status read_moved(struct sql *sql, struct arena *arena, struct moved_row **rows, size_t *count,
			      struct error *err)
{
	int64_t n = 0;
	enum status status = row_i64(sql, &n, err, "SELECT COUNT(*) FROM moved", SQL_NO_ARGS);

	if (status != OK || n == 0)
		return status;
	return row_list(sql, arena, moved_read, sizeof(**rows), n, (void **)rows, count, err,
			"SELECT day, filed_ms, id FROM moved", SQL_NO_ARGS);
}

static enum status delete_moved(struct records *records, const struct operator_state *op, const struct moved_row *row,
				struct error *err)
{
	struct sql *sql;
	enum status status = day_files_write(records->files, op->id, row->day, false, &sql, err);

	if (status == E_NOT_FOUND)
		return OK;
	if (status != OK)
		return status;
	status = record_row_delete(sql, op->key, RECORD_CALL, row->filed_ms, row->id, err);
	if (status == OK)
		status = sql_commit(sql, err);
	day_files_give(records->files, sql);
	return status;
}

/* A kill between the two commits of a move leaves both versions: the older goes. */
static enum status finish_moves(struct records *records, const struct operator_state *op, int32_t day,
				const struct moved_row *rows, size_t count, struct error *err)
{
	enum status status = OK;
	struct sql *sql;

	for (size_t i = 0; status == OK && i < count; i++)
		status = delete_moved(records, op, &rows[i], err);
	if (status == OK)
		status = day_files_write(records->files, op->id, day, false, &sql, err);
	if (status != OK)
		return status;
	status = sql_run(sql, "DELETE FROM moved", SQL_NO_ARGS, NULL, err);
	if (status == OK)
		status = sql_commit(sql, err);
	day_files_give(records->files, sql);
	return status;
}

static enum status read_positions(struct sql *sql, int64_t key, struct day_info *info, struct error *err)
{
	struct sql_rows *rows;
	/* Two subqueries: each is one step in the index, MIN and MAX together a scan. */
	enum status status = sql_query(sql, &rows,
				       "SELECT (SELECT MIN(position) FROM call_record WHERE operator_key = ?1),"
				       " (SELECT MAX(position) FROM call_record WHERE operator_key = ?1)",
				       SQL_ARGS(SQL_I64(key)), err);

	if (status != OK)
		return status;
	if (sql_next(rows)) {
		info->position_min = sql_get_i64(rows, 0);
		info->position_max = sql_get_i64(rows, 1);
	}
	return sql_rows_end(rows, err);
}

static enum status load_day(struct records *records, const struct operator_state *op, struct day_info *info,
			    struct error *err)
{
	struct moved_row *moved = NULL;
	size_t moved_count = 0;
	struct arena arena;
	struct sql *sql;
	enum status status = day_files_read(records->files, op->id, info->day, &sql, err);

	if (status == E_NOT_FOUND)
		return OK;
	if (status != OK)
		return status;
	arena_init(&arena);
	status = read_positions(sql, op->key, info, err);
	if (status == OK)
		status = read_moved(sql, &arena, &moved, &moved_count, err);
	day_files_give(records->files, sql);
	if (status == OK && moved_count > 0)
		status = finish_moves(records, op, info->day, moved, moved_count, err);
	arena_release(&arena);
	return status;
}

enum status operator_state_reload(struct records *records, struct operator_state *op, struct error *err)
{
	struct day_info *infos;
	int32_t *days = NULL;
	size_t count = 0;
	int64_t head = 0;
	enum status status = read_kept_head(records, op->key, &head, err);

	op->loaded = false;
	if (status == OK)
		status = day_files_list(records->files, op->id, &days, &count, err);
	infos = xalloc((count + 1) * sizeof(*infos));
	for (size_t i = 0; status == OK && i < count; i++) {
		infos[i].day = days[i];
		status = load_day(records, op, &infos[i], err);
		if (infos[i].position_max > head)
			head = infos[i].position_max;
	}
	free(days);
	if (status != OK) {
		free(infos);
		return error_prefix(err, "operator %s", op->id), status;
	}
	pthread_rwlock_wrlock(&op->lock);
	free(op->days);
	op->days = infos;
	op->day_count = count;
	if (head > op->head)
		op->head = head;
	pthread_rwlock_unlock(&op->lock);
	filters_free(records, op);
	op->loaded = true;
	return OK;
}

/* --- which days ---------------------------------------------------------------------------- */

static void key_read(struct sql_rows *rows, struct arena *arena, void *row)
{
	(void)arena;
	*(int64_t *)row = sql_get_i64(rows, 0);
}

/* All that a column of the registry holds: `size` counts it, `text` lists it. */
static enum status list_keys(struct records *records, struct arena *arena, int64_t **keys, size_t *count,
			     struct error *err, const char *size, const char *text)
{
	struct sql *sql;
	int64_t n = 0;
	enum status status = store_read(records->store, &sql, err);

	if (status != OK)
		return status;
	status = row_i64(sql, &n, err, size, SQL_NO_ARGS);
	if (status == OK)
		status =
			row_list(sql, arena, key_read, sizeof(**keys), n, (void **)keys, count, err, text, SQL_NO_ARGS);
	store_abort(records->store, sql);
	return status;
}

enum status operator_keys(struct records *records, struct arena *arena, int64_t **keys, size_t *count,
			  struct error *err)
{
	return list_keys(records, arena, keys, count, err, "SELECT COUNT(*) FROM operator",
			 "SELECT operator_key FROM operator ORDER BY operator_key");
}

static enum status embedded_days(struct records *records, struct arena *arena, int64_t operator_key, int32_t from,
				 int32_t to, int32_t **days, size_t *count, struct error *err)
{
	struct operator_state *op;
	enum status status = operator_state_get(records, operator_key, &op, err);

	if (status != OK)
		return status;
	pthread_rwlock_rdlock(&op->lock);
	*days = ARENA_ARRAY(arena, int32_t, op->day_count);
	*count = 0;
	for (size_t i = 0; i < op->day_count; i++)
		if (op->days[i].day >= from && op->days[i].day <= to)
			(*days)[(*count)++] = op->days[i].day;
	pthread_rwlock_unlock(&op->lock);
	return OK;
}

/* The partitions there are; few of them lack any one operator. */
static enum status server_days(struct records *records, struct arena *arena, int32_t from, int32_t to, int32_t **days,
			       size_t *count, struct error *err)
{
	int64_t *all;
	size_t n = 0;
	enum status status = list_keys(records, arena, &all, &n, err, "SELECT COUNT(*) FROM record_day",
				       "SELECT day FROM record_day ORDER BY day");

	if (status != OK)
		return status;
	*days = ARENA_ARRAY(arena, int32_t, n);
	*count = 0;
	for (size_t i = 0; i < n; i++)
		if (all[i] >= from && all[i] <= to)
			(*days)[(*count)++] = (int32_t)all[i];
	return OK;
}

enum status days_between(struct records *records, struct arena *arena, int64_t operator_key, int32_t from, int32_t to,
			 int32_t **days, size_t *count, struct error *err)
{
	if (records_embedded(records))
		return embedded_days(records, arena, operator_key, from, to, days, count, err);
	return server_days(records, arena, from, to, days, count, err);
}

static enum status day_has_any(struct records *records, int64_t operator_key, int32_t day, int64_t *any,
			       struct error *err)
{
	struct day_reader r = { .records = records };
	bool present;
	enum status status = day_reader_enter(&r, operator_key, day, &present, err);

	if (status == OK)
		status = row_i64(
			r.sql, any, err,
			"SELECT (CASE WHEN EXISTS (SELECT 1 FROM call_record WHERE operator_key = ?1 AND day = ?2)"
			" OR EXISTS (SELECT 1 FROM duration_record WHERE operator_key = ?1 AND day = ?2)"
			" OR EXISTS (SELECT 1 FROM outcome WHERE operator_key = ?1 AND day = ?2)"
			" THEN 1 ELSE 0 END)",
			SQL_ARGS(SQL_I64(operator_key), SQL_I64(day)));
	day_reader_end(&r);
	return status;
}

enum status records_days(struct records *records, struct arena *arena, int64_t operator_key, int32_t **days,
			 size_t *count, struct error *err)
{
	int32_t *found;
	size_t n, kept = 0;
	enum status status = days_between(records, arena, operator_key, INT32_MIN, INT32_MAX, &found, &n, err);

	for (size_t i = 0; status == OK && i < n; i++) {
		int64_t any = 1;

		if (!records_embedded(records))
			status = day_has_any(records, operator_key, found[i], &any, err);
		if (any)
			found[kept++] = found[i];
	}
	if (status != OK)
		return status;
	*days = found;
	*count = kept;
	return OK;
}

/* --- connections to days -------------------------------------------------------------------------- */

enum status day_reader_enter(struct day_reader *r, int64_t operator_key, int32_t day, bool *present, struct error *err)
{
	struct operator_state *op;
	enum status status;

	*present = true;
	if (r->sql && (!records_embedded(r->records) || (r->operator_key == operator_key && r->day == day)))
		return OK;
	if (!records_embedded(r->records))
		return store_read(r->records->store, &r->sql, err);
	day_reader_end(r);
	status = operator_state_get(r->records, operator_key, &op, err);
	if (status != OK)
		return status;
	status = day_files_read(r->records->files, op->id, day, &r->sql, err);
	if (status == E_NOT_FOUND) {
		*present = false;
		return OK;
	}
	r->operator_key = operator_key;
	r->day = day;
	return status;
}

void day_reader_end(struct day_reader *r)
{
	if (!r->sql)
		return;
	if (records_embedded(r->records))
		day_files_give(r->records->files, r->sql);
	else
		store_abort(r->records->store, r->sql);
	r->sql = NULL;
}

enum status day_write(struct records *records, int64_t operator_key, int32_t day, struct sql **sql, struct error *err)
{
	struct operator_state *op;
	enum status status;

	if (!records_embedded(records)) {
		status = partitions_make(records, day, err);
		return status == OK ? store_write(records->store, sql, err) : status;
	}
	status = operator_state_get(records, operator_key, &op, err);
	if (status == OK)
		status = day_files_write(records->files, op->id, day, true, sql, err);
	if (status == OK)
		operator_state_note_day(op, day, 0, 0);
	return status;
}

enum status day_write_commit(struct records *records, struct sql *sql, struct error *err)
{
	enum status status;

	if (!records_embedded(records))
		return store_commit(records->store, sql, err);
	status = sql_commit(sql, err);
	day_files_give(records->files, sql);
	return status;
}

void day_write_abort(struct records *records, struct sql *sql)
{
	if (records_embedded(records))
		day_files_give(records->files, sql);
	else
		store_abort(records->store, sql);
}
