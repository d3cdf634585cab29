/* Records in the order of their keys, of one operator or of one tenant, and single ones. */
#include "store/id_runs.h"
#include "store/records_private.h"
#include "store/rows.h"

#include <assert.h>
#include <stdlib.h>

/* --- one operator and side, a day after another ------------------------------------ */

struct page_builder {
	struct arena *arena;
	struct stored_record *rows;
	size_t count;
	size_t limit; /* one more than the page takes: its presence is `more` */
};

static void page_begin(struct page_builder *b, struct arena *arena, size_t limit)
{
	assert(limit > 0 && limit <= RECORDS_PAGE_MAX);
	b->arena = arena;
	b->rows = ARENA_ARRAY(arena, struct stored_record, limit + 1);
	b->count = 0;
	b->limit = limit + 1;
}

static void page_end(const struct page_builder *b, struct records_page *page)
{
	page->more = b->count == b->limit;
	page->rows = b->rows;
	page->count = page->more ? b->count - 1 : b->count;
}

/* Takes rows until the page is full. */
static enum status page_take(struct page_builder *b, struct sql *sql, enum record_kind kind, unsigned flags,
			     struct sql_rows *rows, struct error *err)
{
	size_t first = b->count;
	enum status status;

	while (b->count < b->limit && sql_next(rows))
		record_row_read(rows, b->arena, kind, &b->rows[b->count++]);
	status = sql_rows_end(rows, err);
	for (size_t i = first; status == OK && flags & RECORDS_WITH_MEDIA && i < b->count; i++)
		status = record_row_media(sql, b->arena, &b->rows[i], err);
	return status;
}

#define RANGE "WHERE operator_key = ?1 AND day = ?2 AND filed_ms >= ?3 AND filed_ms < ?4 AND (?7 = 0 OR batch = ?7)"

static enum status read_day(struct day_reader *reader, struct page_builder *b, const struct records_query *q,
			    int32_t day, struct error *err)
{
	static const char *const ascending[] =
		RECORD_TEXTS("SELECT " RECORD_ROW_COLUMNS " FROM",
			     RANGE " AND (filed_ms, id) > (?5, ?6) ORDER BY filed_ms, id LIMIT ?8");
	static const char *const descending[] =
		RECORD_TEXTS("SELECT " RECORD_ROW_COLUMNS " FROM",
			     RANGE " AND (filed_ms, id) < (?5, ?6) ORDER BY filed_ms DESC, id DESC LIMIT ?8");
	bool down = q->flags & RECORDS_DESCENDING, placed = q->after.filed_ms != INSTANT_NONE;
	int64_t place = placed ? q->after.filed_ms : down ? INT64_MAX : INT64_MIN;
	/* The same bound as a range on the key's first column, which the index can use. */
	int64_t from = !down && place > q->from_ms ? place : q->from_ms;
	int64_t to = down && place < q->to_ms ? place + 1 : q->to_ms;
	struct sql_rows *rows;
	bool present;
	enum status status = day_reader_enter(reader, q->operator_key, day, &present, err);

	if (status != OK || !present)
		return status;
	status = sql_query(reader->sql, &rows, (down ? descending : ascending)[q->kind],
			   SQL_ARGS(SQL_I64(q->operator_key), SQL_I64(day), SQL_I64(from), SQL_I64(to), SQL_I64(place),
				    SQL_TEXT(placed ? q->after.id : STR("")), SQL_I64(q->batch),
				    SQL_I64(b->limit - b->count)),
			   err);
	return status == OK ? page_take(b, reader->sql, q->kind, q->flags, rows, err) : status;
}

/* instant_day() of bounds that may lie anywhere. */
static int32_t day_within(int64_t ms)
{
	if (ms < day_start(INT32_MIN / 2))
		return INT32_MIN;
	return ms > day_start(INT32_MAX / 2) ? INT32_MAX : instant_day(ms);
}

static void query_days(const struct records_query *q, int32_t *from, int32_t *to)
{
	int64_t from_ms = q->from_ms, to_ms = q->to_ms;

	if (q->after.filed_ms != INSTANT_NONE) {
		if (!(q->flags & RECORDS_DESCENDING) && q->after.filed_ms > from_ms)
			from_ms = q->after.filed_ms;
		if (q->flags & RECORDS_DESCENDING && q->after.filed_ms < to_ms)
			to_ms = q->after.filed_ms + 1;
	}
	*from = day_within(from_ms);
	*to = day_within(to_ms);
}

enum status records_read(struct records *records, struct arena *arena, const struct records_query *query,
			 struct records_page *page, struct error *err)
{
	struct day_reader reader = { .records = records };
	bool down = query->flags & RECORDS_DESCENDING;
	struct page_builder b;
	int32_t from, to, *days;
	size_t count;
	enum status status;

	query_days(query, &from, &to);
	page_begin(&b, arena, query->limit);
	status = days_between(records, arena, query->operator_key, from, to, &days, &count, err);
	for (size_t i = 0; status == OK && i < count && b.count < b.limit; i++)
		status = read_day(&reader, &b, query, days[down ? count - 1 - i : i], err);
	day_reader_end(&reader);
	if (status == OK)
		page_end(&b, page);
	return status;
}

void records_walk_begin(struct records_walk *walk, struct records *records, const struct records_query *query)
{
	*walk = (struct records_walk){ .records = records, .query = *query, .page.more = true };
	arena_init(&walk->arenas[0]);
	arena_init(&walk->arenas[1]);
}

enum status records_walk_next(struct records_walk *walk, struct error *err)
{
	struct arena *arena = &walk->arenas[walk->turn];
	struct records_page *page = &walk->page;
	enum status status;

	if (!page->more) {
		page->count = 0;
		return OK;
	}
	arena_clear(arena);
	status = records_read(walk->records, arena, &walk->query, page, err);
	if (status != OK || page->count == 0)
		return status;
	walk->turn = !walk->turn;
	walk->query.after.filed_ms = page->rows[page->count - 1].filed_ms;
	walk->query.after.id = page->rows[page->count - 1].record.id;
	return OK;
}

void records_walk_end(struct records_walk *walk)
{
	arena_release(&walk->arenas[0]);
	arena_release(&walk->arenas[1]);
}

struct records_query records_query_day(int64_t operator_key, enum record_kind kind, int32_t day, size_t limit)
{
	return (struct records_query){
		.operator_key = operator_key,
		.kind = kind,
		.from_ms = day_start(day),
		.to_ms = day_start(day + 1),
		.after = RECORDS_START,
		.limit = limit,
	};
}

/* --- one tenant, all operators ------------------------------------------------------- */

/* Where an operator's rows begin so that all come behind (filed_ms, operator_key, id). */
static void tenant_place(const struct records_query *q, int64_t operator_key, int64_t *place, struct str *id)
{
	bool down = q->flags & RECORDS_DESCENDING;
	int64_t at = q->after.filed_ms;

	*id = STR("");
	if (at == INSTANT_NONE) {
		*place = down ? INT64_MAX : INT64_MIN;
	} else if (operator_key == q->after.operator_key) {
		*place = at;
		*id = q->after.id;
	} else if (down) {
		*place = operator_key < q->after.operator_key ? at + 1 : at;
	} else {
		*place = operator_key > q->after.operator_key ? at : at + 1;
	}
}

#define TENANT_RANGE                                                                                                   \
	"FROM call_record WHERE tenant_key = ?1 AND operator_key = ?2 AND day = ?3 AND filed_ms >= ?4 AND filed_ms < " \
	"?5"

static enum status read_tenant_day(struct day_reader *reader, struct page_builder *b, int64_t tenant_key,
				   int64_t operator_key, const struct records_query *q, int32_t day, struct error *err)
{
	bool down = q->flags & RECORDS_DESCENDING, present;
	const char *text = down ? "SELECT " RECORD_ROW_COLUMNS " " TENANT_RANGE " AND (filed_ms, id) < (?6, ?7)"
				  " ORDER BY filed_ms DESC, id DESC LIMIT ?8"
				: "SELECT " RECORD_ROW_COLUMNS " " TENANT_RANGE " AND (filed_ms, id) > (?6, ?7)"
				  " ORDER BY filed_ms, id LIMIT ?8";
	int64_t place;
	struct str id;
	struct sql_rows *rows;
	enum status status = day_reader_enter(reader, operator_key, day, &present, err);

	if (status != OK || !present)
		return status;
	tenant_place(q, operator_key, &place, &id);
	status = sql_query(reader->sql, &rows, text,
			   SQL_ARGS(SQL_I64(tenant_key), SQL_I64(operator_key), SQL_I64(day),
				    SQL_I64(!down && place > q->from_ms ? place : q->from_ms),
				    SQL_I64(down && place < q->to_ms ? place + 1 : q->to_ms), SQL_I64(place),
				    SQL_TEXT(id), SQL_I64(b->limit - b->count)),
			   err);
	return status == OK ? page_take(b, reader->sql, RECORD_CALL, q->flags, rows, err) : status;
}

static int by_tenant_order(const void *a, const void *b)
{
	const struct stored_record *x = a, *y = b;

	if (x->filed_ms != y->filed_ms)
		return x->filed_ms < y->filed_ms ? -1 : 1;
	if (x->operator_key != y->operator_key)
		return x->operator_key < y->operator_key ? -1 : 1;
	return str_compare(x->record.id, y->record.id);
}

static int by_tenant_order_down(const void *a, const void *b)
{
	return by_tenant_order(b, a);
}

/* The first `room` rows of a day over all operators, in order, appended to the page.  spare has room for as many:
 * a tenant is in few files of many, so nothing is allocated for one that has none of it. */
static enum status merge_tenant_day(struct day_reader *reader, struct page_builder *b, struct stored_record *spare,
				    int64_t tenant_key, const struct records_query *q, const int64_t *keys,
				    size_t key_count, int32_t day, struct error *err)
{
	struct stored_record *merged = NULL;
	size_t room = b->limit - b->count, n = 0;
	enum status status = OK;

	for (size_t i = 0; status == OK && i < key_count; i++) {
		struct page_builder one = { .arena = b->arena, .rows = spare, .limit = room };

		status = read_tenant_day(reader, &one, tenant_key, keys[i], q, day, err);
		if (status != OK || one.count == 0)
			continue;
		merged = xrealloc(merged, (n + one.count) * sizeof(*merged));
		memcpy(merged + n, one.rows, one.count * sizeof(*merged));
		n += one.count;
	}
	if (n)
		qsort(merged, n, sizeof(*merged),
		      q->flags & RECORDS_DESCENDING ? by_tenant_order_down : by_tenant_order);
	if (n > room)
		n = room;
	if (n)
		memcpy(b->rows + b->count, merged, n * sizeof(*merged));
	b->count += n;
	free(merged);
	return status;
}

/* The days that any operator has, ascending. */
static enum status days_of_all(struct records *records, struct arena *arena, const int64_t *keys, size_t key_count,
			       const struct records_query *q, int32_t **days, size_t *count, struct error *err)
{
	int32_t from, to, *own;
	size_t own_count, n = 0;
	enum status status = OK;

	*days = NULL;
	query_days(q, &from, &to);
	for (size_t i = 0; status == OK && i < key_count; i++) {
		int32_t *merged;
		size_t a = 0, b = 0, m = 0;

		status = days_between(records, arena, keys[i], from, to, &own, &own_count, err);
		if (status != OK)
			break;
		merged = ARENA_ARRAY(arena, int32_t, n + own_count);
		while (a < n || b < own_count) {
			int32_t next = b == own_count || (a < n && (*days)[a] < own[b]) ? (*days)[a] : own[b];

			a += a < n && (*days)[a] == next;
			b += b < own_count && own[b] == next;
			merged[m++] = next;
		}
		*days = merged;
		n = m;
		if (!records_embedded(records))
			break; /* partitions are everybody's */
	}
	*count = n;
	return status;
}

enum status records_read_tenant(struct records *records, struct arena *arena, int64_t tenant_key,
				const struct records_query *query, struct records_page *page, struct error *err)
{
	struct day_reader reader = { .records = records };
	bool down = query->flags & RECORDS_DESCENDING;
	size_t key_count = 0, count = 0;
	struct stored_record *spare;
	struct page_builder b;
	int64_t *keys;
	int32_t *days;
	enum status status = operator_keys(records, arena, &keys, &key_count, err);

	page_begin(&b, arena, query->limit);
	spare = xalloc(b.limit * sizeof(*spare));
	if (status == OK)
		status = days_of_all(records, arena, keys, key_count, query, &days, &count, err);
	for (size_t i = 0; status == OK && i < count && b.count < b.limit; i++)
		status = merge_tenant_day(&reader, &b, spare, tenant_key, query, keys, key_count,
					  days[down ? count - 1 - i : i], err);
	day_reader_end(&reader);
	free(spare);
	if (status == OK)
		page_end(&b, page);
	return status;
}

/* --- single records --------------------------------------------------------------------- */

static enum status none_such(struct error *err)
{
	return error_set(err, E_NOT_FOUND, NULL, "there is no such record");
}

enum status records_get(struct records *records, struct arena *arena, int64_t operator_key, enum record_kind kind,
			int64_t filed_ms, struct str id, unsigned flags, struct stored_record *row, struct error *err)
{
	struct day_reader reader = { .records = records };
	bool present;
	enum status status = day_reader_enter(&reader, operator_key, instant_day(filed_ms), &present, err);

	if (status == OK && !present)
		status = none_such(err);
	if (status == OK)
		status = record_row_get(reader.sql, arena, operator_key, kind, filed_ms, id, flags, row, err);
	day_reader_end(&reader);
	return status;
}

/* Moments under which an id may be filed. */
struct moments {
	struct arena *arena;
	int64_t *ms;
	size_t count;
	int32_t day;
};

static void add_moment(struct moments *m, int64_t ms)
{
	if ((m->count & (m->count - 1)) == 0) {
		int64_t *bigger = ARENA_ARRAY(m->arena, int64_t, m->count ? 2 * m->count : 1);

		if (m->count)
			memcpy(bigger, m->ms, m->count * sizeof(*bigger));
		m->ms = bigger;
	}
	m->ms[m->count++] = ms;
}

static enum status moment_of_entry(void *context, const struct id_entry *entry, struct error *err)
{
	struct moments *m = context;

	(void)err;
	add_moment(m, day_start(m->day) + entry->offset_ms);
	return OK;
}

/* False only where the operator's filter is sure. */
static bool may_have(struct records *records, int64_t operator_key, enum record_kind kind, uint64_t hash,
		     struct error *err)
{
	struct operator_state *op;
	bool may = true;

	if (operator_state_get(records, operator_key, &op, err) != OK)
		return true;
	pthread_rwlock_rdlock(&op->lock);
	if (op->filters[kind] && op->filter_from[kind] == INT32_MIN)
		may = id_filter_has(op->filters[kind], hash);
	pthread_rwlock_unlock(&op->lock);
	return may;
}

static enum status embedded_moments(struct records *records, struct day_reader *reader, int64_t operator_key,
				    enum record_kind kind, uint64_t hash, struct moments *m, struct error *err)
{
	int32_t *days;
	size_t count = 0;
	enum status status = OK;

	if (may_have(records, operator_key, kind, hash, err))
		status = days_between(records, m->arena, operator_key, INT32_MIN, INT32_MAX, &days, &count, err);
	for (; status == OK && count > 0; count--) {
		bool present;

		m->day = days[count - 1];
		status = day_reader_enter(reader, operator_key, m->day, &present, err);
		if (status == OK && present)
			status = id_runs_find(reader->sql, kind, &hash, 1, moment_of_entry, m, err);
	}
	return status;
}

static enum status server_moments(struct day_reader *reader, int64_t operator_key, enum record_kind kind, uint64_t hash,
				  struct moments *m, struct error *err)
{
	struct sql_rows *rows;
	bool present;
	enum status status = day_reader_enter(reader, operator_key, 0, &present, err);

	if (status == OK)
		status = sql_query(
			reader->sql, &rows,
			"SELECT filed_ms FROM record_id WHERE operator_key = ?1 AND kind = ?2 AND id_hash = ?3"
			" ORDER BY filed_ms DESC",
			SQL_ARGS(SQL_I64(operator_key), SQL_I64(kind), SQL_I64(hash)), err);
	if (status != OK)
		return status;
	while (sql_next(rows))
		add_moment(m, sql_get_i64(rows, 0));
	return sql_rows_end(rows, err);
}

static enum status find_of(struct records *records, struct day_reader *reader, struct arena *arena,
			   int64_t operator_key, enum record_kind kind, struct str id, unsigned flags,
			   struct stored_record *row, struct error *err)
{
	struct moments m = { .arena = arena };
	uint64_t hash = hash64(id);
	enum status status = records_embedded(records)
				     ? embedded_moments(records, reader, operator_key, kind, hash, &m, err)
				     : server_moments(reader, operator_key, kind, hash, &m, err);

	for (size_t i = 0; status == OK && i < m.count; i++) {
		bool present;

		status = day_reader_enter(reader, operator_key, instant_day(m.ms[i]), &present, err);
		if (status != OK || !present)
			continue;
		status = record_row_get(reader->sql, arena, operator_key, kind, m.ms[i], id, flags, row, err);
		if (status != E_NOT_FOUND)
			return status;
		status = OK;
	}
	return status == OK ? none_such(err) : status;
}

enum status records_find(struct records *records, struct arena *arena, int64_t operator_key, int64_t tenant_key,
			 enum record_kind kind, struct str id, unsigned flags, struct stored_record *row,
			 struct error *err)
{
	struct day_reader reader = { .records = records };
	int64_t *keys = &operator_key;
	struct stored_record found;
	size_t count = 1;
	enum status status = operator_key ? OK : operator_keys(records, arena, &keys, &count, err);

	if (status != OK)
		return status;
	status = E_NOT_FOUND;
	for (size_t i = 0; status == E_NOT_FOUND && i < count; i++) {
		status = find_of(records, &reader, arena, keys[i], kind, id, flags, &found, err);
		if (status == OK && tenant_key && found.tenant_key != tenant_key)
			status = none_such(err);
	}
	day_reader_end(&reader);
	if (status == E_NOT_FOUND)
		return none_such(err);
	if (status == OK)
		*row = found;
	return status;
}
