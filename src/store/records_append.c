/* Appending a chunk: recognise its ids, decide what each record is, write day by day.
 *
 * Embedded, each day is a file and a commit of its own; the records of a day that
 * was committed stand even when a later one fails, unacknowledged.  On PostgreSQL
 * all of the chunk is one transaction, and the operator's row is its lock. */
#include "base/arena.h"
#include "base/buf.h"
#include "store/id_runs.h"
#include "store/records_private.h"
#include "store/rows.h"

#include <assert.h>
#include <stdlib.h>

/* A version that was turned away, and the moment of the one that stands. */
struct rejection {
	const struct append_item *offered;
	const struct append_item *standing; /* NULL: it is stored */
	int64_t standing_filed_ms;          /* its day is where the conflict is filed */
};

struct chunk {
	struct records *records;
	struct append *append;
	struct operator_state *op; /* embedded */
	struct arena arena;
	struct subject *subjects;
	size_t subject_count;
	struct subject **pending; /* those with something to be written, by key */
	size_t pending_count;
	size_t pending_at;         /* the first that is not written yet */
	struct subject **replaced; /* those of them with an older version stored */
	size_t replaced_count;
	struct rejection *rejections;
	size_t rejection_count;
	int64_t position; /* the last one given */
	int32_t day;      /* the one that is written */
	struct sql *sql;  /* its transaction */
};

static const struct append_item *item_of(const struct chunk *c, const struct subject *s)
{
	return &c->append->items[s->pending];
}

/* Of a subject with something pending, that is what stands in the end. */
static int64_t pending_ms(const struct subject *s)
{
	return s->standing_filed_ms;
}

/* --- one subject for each id ------------------------------------------------------- */

struct subject_table {
	uint32_t *slots; /* index + 1 into the subjects */
	size_t mask;
};

static struct subject *find_subject(struct chunk *c, const struct subject_table *t, const struct record *r)
{
	uint64_t hash = hash64(r->id);
	size_t at = hash & t->mask;
	struct subject *s;

	for (; t->slots[at]; at = (at + 1) & t->mask) {
		s = &c->subjects[t->slots[at] - 1];
		if (s->hash == hash && str_equal(s->id, r->id))
			return s;
	}
	s = &c->subjects[c->subject_count++];
	t->slots[at] = (uint32_t)c->subject_count;
	s->id = r->id;
	s->hash = hash;
	s->filed_ms = record_filed_ms(r);
	s->pending = -1;
	return s;
}

/* The subject of each item, in the order of items. */
static struct subject **list_subjects(struct chunk *c)
{
	size_t count = c->append->count, slots = 16;
	struct subject **of_item = ARENA_ARRAY(&c->arena, struct subject *, count);
	struct subject_table t;

	while (slots < 2 * count)
		slots *= 2;
	t.slots = ARENA_ARRAY(&c->arena, uint32_t, slots);
	t.mask = slots - 1;
	c->subjects = ARENA_ARRAY(&c->arena, struct subject, count);
	for (size_t i = 0; i < count; i++)
		of_item[i] = find_subject(c, &t, &c->append->items[i].record);
	return of_item;
}

/* --- deciding -------------------------------------------------------------------------- */

static bool digest_equal(const struct digest *a, const struct digest *b)
{
	return memcmp(a->b, b->b, DIGEST_SIZE) == 0;
}

static void reject(struct chunk *c, struct append_item *item, const struct subject *s)
{
	item->outcome = APPEND_CONFLICT;
	c->rejections[c->rejection_count++] = (struct rejection){
		.offered = item,
		.standing = s->pending < 0 ? NULL : item_of(c, s),
		.standing_filed_ms = s->standing_filed_ms,
	};
}

/* The item is what stands from now on. */
static void accept(struct chunk *c, struct append_item *item, struct subject *s)
{
	item->outcome = APPEND_ACCEPTED;
	s->pending = (int)(item - c->append->items);
	s->known = true;
	s->version = item->record.version;
	s->digest = item->digest;
	s->standing_filed_ms = record_filed_ms(&item->record);
}

static void decide(struct chunk *c, struct append_item *item, struct subject *s)
{
	bool versioned = c->append->kind == RECORD_CALL;

	if (!s->known)
		accept(c, item, s);
	else if (digest_equal(&s->digest, &item->digest))
		item->outcome = APPEND_DUPLICATE;
	else if (versioned && item->record.version > s->version)
		accept(c, item, s);
	else if (versioned && item->record.version < s->version)
		item->outcome = APPEND_DUPLICATE;
	else
		reject(c, item, s);
}

/* Compact, since sorting goes over them many times. */
struct pending_key {
	int64_t filed_ms;
	struct subject *subject;
};

static int by_pending_key(const void *a, const void *b)
{
	const struct pending_key *x = a, *y = b;

	if (x->filed_ms != y->filed_ms)
		return x->filed_ms < y->filed_ms ? -1 : 1;
	return str_compare(x->subject->id, y->subject->id);
}

static void list_pending(struct chunk *c)
{
	struct pending_key *keys = ARENA_ARRAY(&c->arena, struct pending_key, c->subject_count);

	c->pending = ARENA_ARRAY(&c->arena, struct subject *, c->subject_count);
	c->replaced = ARENA_ARRAY(&c->arena, struct subject *, c->subject_count);
	for (size_t i = 0; i < c->subject_count; i++) {
		struct subject *s = &c->subjects[i];

		if (s->pending < 0)
			continue;
		keys[c->pending_count++] = (struct pending_key){ pending_ms(s), s };
		if (s->stored)
			c->replaced[c->replaced_count++] = s;
	}
	qsort(keys, c->pending_count, sizeof(*keys), by_pending_key);
	for (size_t i = 0; i < c->pending_count; i++)
		c->pending[i] = keys[i].subject;
}

static void decide_all(struct chunk *c, struct subject **of_item)
{
	for (size_t i = 0; i < c->subject_count; i++) {
		struct subject *s = &c->subjects[i];

		s->known = s->stored;
		s->version = s->stored_version;
		s->digest = s->stored_digest;
		s->standing_filed_ms = s->stored_filed_ms;
	}
	c->rejections = ARENA_ARRAY(&c->arena, struct rejection, c->append->count);
	for (size_t i = 0; i < c->append->count; i++)
		decide(c, &c->append->items[i], of_item[i]);
	list_pending(c);
}

/* --- which days -------------------------------------------------------------------------- */

static int compare_days(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return x < y ? -1 : x > y;
}

static size_t sort_days(int32_t *days, size_t count)
{
	size_t kept = 0;

	qsort(days, count, sizeof(*days), compare_days);
	for (size_t i = 0; i < count; i++)
		if (kept == 0 || days[i] != days[kept - 1])
			days[kept++] = days[i];
	return kept;
}

/* The days whose records change, into the caller's room. */
static void list_changed_days(struct chunk *c)
{
	int32_t *days = c->append->changed_days;
	size_t n = 0;

	for (size_t i = 0; i < c->pending_count; i++)
		days[n++] = instant_day(pending_ms(c->pending[i]));
	for (size_t i = 0; i < c->replaced_count; i++)
		days[n++] = instant_day(c->replaced[i]->stored_filed_ms);
	assert(n <= 2 * c->append->count);
	c->append->changed_day_count = sort_days(days, n);
}

/* The days in which something is written: those, and where a conflict is filed. */
static int32_t *list_written_days(struct chunk *c, size_t *count)
{
	size_t n = c->append->changed_day_count;
	int32_t *days = ARENA_ARRAY(&c->arena, int32_t, n + c->rejection_count);

	for (size_t i = 0; i < n; i++)
		days[i] = c->append->changed_days[i];
	for (size_t i = 0; i < c->rejection_count; i++)
		days[n++] = instant_day(c->rejections[i].standing_filed_ms);
	*count = sort_days(days, n);
	return days;
}

/* --- conflicts ---------------------------------------------------------------------------- */

/* Of a conflict's media streams no more than this is kept, so that a page of conflicts stays small. */
#define CONFLICT_MEDIA_BYTES_MAX 8192

static void write_version(struct buf *out, const struct record *record)
{
	struct record shown = *record;

	if (shown.media_streams.n > CONFLICT_MEDIA_BYTES_MAX)
		shown.media_streams = STR_NONE;
	record_write_json(out, &shown);
}

static enum status kept_text(struct chunk *c, const struct rejection *r, struct buf *out, struct error *err)
{
	struct stored_record row;
	enum status status;

	if (r->standing) {
		write_version(out, &r->standing->record);
		return OK;
	}
	status = record_row_get(c->sql, &c->arena, c->append->operator_key, c->append->kind, r->standing_filed_ms,
				r->offered->record.id, RECORDS_WITH_MEDIA, &row, err);
	if (status == OK)
		write_version(out, &row.record);
	return status;
}

static enum status write_conflict(struct chunk *c, const struct rejection *r, struct error *err)
{
	const struct append_item *offered = r->offered;
	struct buf kept, text;
	enum status status;

	buf_init(&kept, 0);
	buf_init(&text, 0);
	write_version(&text, &offered->record);
	status = kept_text(c, r, &kept, err);
	if (status == OK)
		status = sql_run(
			c->sql,
			"INSERT INTO conflict (operator_key, day, kind, id, digest, batch, received_ms, kept, offered)"
			" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING",
			SQL_ARGS(SQL_I64(c->append->operator_key), SQL_I64(c->day), SQL_I64(c->append->kind),
				 SQL_TEXT(offered->record.id), SQL_BLOB(offered->digest.b, DIGEST_SIZE),
				 SQL_I64(c->append->batch), SQL_I64(c->append->received_ms), SQL_TEXT(buf_str(&kept)),
				 SQL_TEXT(buf_str(&text))),
			NULL, err);
	buf_release(&kept);
	buf_release(&text);
	return status;
}

static enum status write_conflicts(struct chunk *c, struct error *err)
{
	enum status status = OK;

	for (size_t i = 0; status == OK && i < c->rejection_count; i++)
		if (instant_day(c->rejections[i].standing_filed_ms) == c->day)
			status = write_conflict(c, &c->rejections[i], err);
	return status;
}

/* --- what newer versions replace ---------------------------------------------------------- */

static bool moves(const struct subject *s)
{
	return instant_day(s->stored_filed_ms) != instant_day(pending_ms(s));
}

static enum status remove_row(struct chunk *c, const struct subject *s, struct error *err)
{
	return record_row_delete(c->sql, c->append->operator_key, c->append->kind, s->stored_filed_ms, s->id, err);
}

/* Embedded, what moves to another file goes only when its successor is on disk: see finish_moves(). */
static enum status remove_replaced(struct chunk *c, struct error *err)
{
	enum status status = OK;

	for (size_t i = 0; status == OK && i < c->replaced_count; i++) {
		const struct subject *s = c->replaced[i];

		if (instant_day(s->stored_filed_ms) == c->day && !(records_embedded(c->records) && moves(s)))
			status = remove_row(c, s, err);
	}
	return status;
}

/* Where the version before is, so that a kill before it is removed is made good
 * when the operator's days are loaded. */
static enum status note_moves(struct chunk *c, struct error *err)
{
	enum status status = OK;

	for (size_t i = 0; status == OK && i < c->replaced_count; i++) {
		const struct subject *s = c->replaced[i];

		if (moves(s) && instant_day(pending_ms(s)) == c->day)
			status = sql_run(c->sql,
					 "INSERT INTO moved (day, filed_ms, id) VALUES (?1, ?2, ?3)"
					 " ON CONFLICT DO NOTHING",
					 SQL_ARGS(SQL_I64(instant_day(s->stored_filed_ms)), SQL_I64(s->stored_filed_ms),
						  SQL_TEXT(s->id)),
					 NULL, err);
	}
	return status;
}

/* --- rows ----------------------------------------------------------------------------------- */

/* The pending subjects [first, end) are those filed under the day that is written. */
static size_t end_of_day(const struct chunk *c)
{
	size_t end = c->pending_at;

	while (end < c->pending_count && instant_day(pending_ms(c->pending[end])) == c->day)
		end++;
	return end;
}

/* The chunk was filled by another thread, so that its items are not in this core's cache. */
#define PREFETCH_AHEAD 4

static void prefetch_item(const struct append_item *item)
{
	for (size_t offset = 0; offset < sizeof(*item); offset += 64)
		__builtin_prefetch((const char *)item + offset);
}

/* What a table gets of one subject; false: nothing. */
typedef bool row_maker(struct chunk *c, const struct subject *s, struct sql_value *values);

static enum status write_table(struct chunk *c, size_t end, const char *table, const char *columns, size_t column_count,
			       row_maker *make, struct error *err)
{
	struct sql_value values[RECORD_ROW_COLUMN_COUNT];
	struct sql_bulk *bulk;
	enum status status = sql_bulk_begin(c->sql, &bulk, table, columns, column_count, err);

	if (status != OK)
		return status;
	for (size_t i = c->pending_at; status == OK && i < end; i++) {
		if (i + PREFETCH_AHEAD < end)
			prefetch_item(item_of(c, c->pending[i + PREFETCH_AHEAD]));
		if (make(c, c->pending[i], values))
			status = sql_bulk_add(bulk, values, err);
	}
	return sql_bulk_end(bulk, err);
}

static bool make_record(struct chunk *c, const struct subject *s, struct sql_value *values)
{
	const struct append_item *item = item_of(c, s);
	struct row_facts facts = {
		.operator_key = c->append->operator_key,
		.tenant_key = item->tenant_key,
		.filed_ms = pending_ms(s),
		.position = c->append->kind == RECORD_CALL ? ++c->position : 0,
		.received_ms = c->append->received_ms,
		.day = c->day,
		.batch = c->append->batch,
		.digest = &item->digest,
	};

	record_row_bind(values, &item->record, &facts);
	return true;
}

static bool make_media(struct chunk *c, const struct subject *s, struct sql_value *values)
{
	const struct record *r = &item_of(c, s)->record;

	values[0] = SQL_I64(c->append->operator_key);
	values[1] = SQL_I64(c->day);
	values[2] = SQL_I64(pending_ms(s));
	values[3] = SQL_TEXT(r->id);
	values[4] = SQL_TEXT(r->media_streams);
	return !str_is_none(r->media_streams);
}

static bool make_id(struct chunk *c, const struct subject *s, struct sql_value *values)
{
	values[0] = SQL_I64(c->append->operator_key);
	values[1] = SQL_I64(c->append->kind);
	values[2] = SQL_I64(s->hash);
	values[3] = SQL_I64(c->day);
	values[4] = SQL_I64(pending_ms(s));
	return true;
}

static enum status write_id_run(struct chunk *c, size_t end, struct error *err)
{
	size_t count = end - c->pending_at;
	struct id_entry *entries = ARENA_ARRAY(&c->arena, struct id_entry, count);

	for (size_t i = 0; i < count; i++) {
		const struct subject *s = c->pending[c->pending_at + i];

		entries[i].hash = s->hash;
		entries[i].offset_ms = (uint32_t)(pending_ms(s) - day_start(c->day));
	}
	return id_runs_add(c->sql, c->append->kind, entries, count, err);
}

/* All of the chunk that belongs to c->day, inside its transaction. */
static enum status write_day(struct chunk *c, size_t end, struct error *err)
{
	bool embedded = records_embedded(c->records);
	/* A conflict quotes the stored version, which may be about to go. */
	enum status status = write_conflicts(c, err);

	if (status == OK)
		status = remove_replaced(c, err);
	if (status != OK || end == c->pending_at)
		return status;
	status = write_table(c, end, record_tables[c->append->kind], RECORD_ROW_COLUMNS, RECORD_ROW_COLUMN_COUNT,
			     make_record, err);
	if (status == OK && c->append->kind == RECORD_CALL)
		status = write_table(c, end, "call_media", "operator_key,day,filed_ms,id,streams", 5, make_media, err);
	if (status == OK)
		status = embedded ? write_id_run(c, end, err)
				  : write_table(c, end, "record_id", "operator_key,kind,id_hash,day,filed_ms", 5,
						make_id, err);
	if (status == OK && embedded)
		status = note_moves(c, err);
	return status;
}

/* --- embedded ----------------------------------------------------------------------------------- */

static enum status add_to_filter(struct chunk *c, size_t end, struct error *err)
{
	size_t count = end - c->pending_at;
	uint64_t *hashes = ARENA_ARRAY(&c->arena, uint64_t, count);

	for (size_t i = 0; i < count; i++)
		hashes[i] = c->pending[c->pending_at + i]->hash;
	return filter_add(c->records, c->op, c->append->kind, c->day, hashes, count, err);
}

static enum status commit_file(struct chunk *c, enum status status, struct error *err)
{
	if (status == OK)
		status = sql_commit(c->sql, err);
	day_files_give(c->records->files, c->sql);
	c->sql = NULL;
	return status;
}

static enum status append_day_file(struct chunk *c, int32_t day, struct error *err)
{
	int64_t before = c->position;
	enum status status;
	size_t end;

	c->day = day;
	end = end_of_day(c);
	status = day_files_write(c->records->files, c->op->id, day, true, &c->sql, err);
	if (status != OK)
		return status;
	status = commit_file(c, write_day(c, end, err), err);
	if (status != OK)
		return status;
	operator_state_note_day(c->op, day, before + 1, c->position > before ? c->position : 0);
	status = add_to_filter(c, end, err);
	c->pending_at = end;
	return status;
}

/* Removes the versions that were left in other files, then the notes of them. */
static enum status remove_moved(struct chunk *c, const struct subject *s, struct error *err)
{
	enum status status;

	c->day = instant_day(s->stored_filed_ms);
	status = day_files_write(c->records->files, c->op->id, c->day, false, &c->sql, err);
	if (status == OK)
		status = commit_file(c, remove_row(c, s, err), err);
	if (status != OK)
		return status;
	c->day = instant_day(pending_ms(s));
	status = day_files_write(c->records->files, c->op->id, c->day, false, &c->sql, err);
	if (status != OK)
		return status;
	return commit_file(c,
			   sql_run(c->sql, "DELETE FROM moved WHERE day = ?1 AND filed_ms = ?2 AND id = ?3",
				   SQL_ARGS(SQL_I64(instant_day(s->stored_filed_ms)), SQL_I64(s->stored_filed_ms),
					    SQL_TEXT(s->id)),
				   NULL, err),
			   err);
}

static enum status finish_moves(struct chunk *c, struct error *err)
{
	enum status status = OK;

	for (size_t i = 0; status == OK && i < c->replaced_count; i++)
		if (moves(c->replaced[i]))
			status = remove_moved(c, c->replaced[i], err);
	return status;
}

static enum status append_files(struct chunk *c, struct error *err)
{
	struct subject **of_item = list_subjects(c);
	int32_t *days;
	size_t count;
	enum status status = recognise_embedded(c->records, c->op, c->append->kind, c->subjects, c->subject_count, err);

	if (status != OK)
		return status;
	c->position = operator_state_head(c->op);
	decide_all(c, of_item);
	list_changed_days(c);
	days = list_written_days(c, &count);
	for (size_t i = 0; status == OK && i < count; i++)
		status = append_day_file(c, days[i], err);
	if (status == OK)
		status = finish_moves(c, err);
	if (status == OK)
		operator_state_set_head(c->op, c->position);
	else
		c->op->loaded = false; /* what is on disk is read anew */
	return status;
}

static enum status append_embedded(struct chunk *c, struct error *err)
{
	enum status status = operator_state_lock(c->records, c->append->operator_key, &c->op, err);

	if (status != OK)
		return status;
	status = append_files(c, err);
	pthread_mutex_unlock(&c->op->append);
	return status;
}

/* --- PostgreSQL ------------------------------------------------------------------------------------ */

static enum status make_partitions(struct chunk *c, struct error *err)
{
	int32_t *days = c->append->changed_days;
	enum status status = OK;
	size_t count;

	for (size_t i = 0; i < c->append->count; i++)
		days[i] = instant_day(record_filed_ms(&c->append->items[i].record));
	count = sort_days(days, c->append->count);
	for (size_t i = 0; status == OK && i < count; i++)
		status = partitions_make(c->records, days[i], err);
	return status;
}

static enum status append_transaction(struct chunk *c, struct error *err)
{
	struct subject **of_item = list_subjects(c);
	int32_t *days;
	size_t count;
	/* The row is the operator's lock: who holds it gives the next positions. */
	enum status status = row_i64(c->sql, &c->position, err,
				     "UPDATE operator SET record_position = record_position WHERE operator_key = ?1"
				     " RETURNING record_position",
				     SQL_ARGS(SQL_I64(c->append->operator_key)));

	if (status == OK)
		status = recognise_server(c->sql, c->append->operator_key, c->append->kind, c->subjects,
					  c->subject_count, err);
	if (status != OK)
		return status;
	decide_all(c, of_item);
	list_changed_days(c);
	days = list_written_days(c, &count);
	for (size_t i = 0; status == OK && i < count; i++) {
		size_t end;

		c->day = days[i];
		end = end_of_day(c);
		status = write_day(c, end, err);
		c->pending_at = end;
	}
	if (status == OK && c->append->kind == RECORD_CALL)
		status = sql_run(c->sql, "UPDATE operator SET record_position = ?1 WHERE operator_key = ?2",
				 SQL_ARGS(SQL_I64(c->position), SQL_I64(c->append->operator_key)), NULL, err);
	return status;
}

static enum status append_server(struct chunk *c, struct error *err)
{
	enum status status = make_partitions(c, err);

	if (status == OK)
		status = store_write(c->records->store, &c->sql, err);
	if (status != OK)
		return status;
	status = append_transaction(c, err);
	if (status == OK)
		return store_commit(c->records->store, c->sql, err);
	store_abort(c->records->store, c->sql);
	return status;
}

enum status records_append(struct records *records, struct append *append, struct error *err)
{
	struct chunk c = { .records = records, .append = append };
	enum status status;

	assert(append->count <= APPEND_ITEMS_MAX);
	append->changed_day_count = 0;
	if (append->count == 0)
		return OK;
	arena_init(&c.arena);
	status = records_embedded(records) ? append_embedded(&c, err) : append_server(&c, err);
	arena_release(&c.arena);
	return status;
}
