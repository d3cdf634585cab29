/* Which ids of a chunk stand in the store already, and where. */
#include "base/arena.h"
#include "store/id_runs.h"
#include "store/records_private.h"

#include <stdlib.h>

#define STANDING "SELECT version, digest FROM"

static void note_standing(struct subject *s, int64_t filed_ms, int64_t version, struct str digest)
{
	s->stored = true;
	s->stored_filed_ms = filed_ms;
	s->stored_version = version;
	if (digest.n == DIGEST_SIZE)
		memcpy(s->stored_digest.b, digest.p, DIGEST_SIZE);
}

/* Looks for the subject's row at one moment. */
static enum status look_at(struct sql *sql, int64_t operator_key, enum record_kind kind, struct subject *s,
			   int64_t filed_ms, struct error *err)
{
	static const char *const texts[] = RECORD_TEXTS(STANDING, RECORD_KEY_IS);
	struct sql_rows *rows;
	enum status status = sql_query(sql, &rows, texts[kind], RECORD_KEY_ARGS(operator_key, filed_ms, s->id), err);

	if (status != OK)
		return status;
	if (sql_next(rows))
		note_standing(s, filed_ms, sql_get_i64(rows, 0), sql_get_blob(rows, 1));
	return sql_rows_end(rows, err);
}

/* --- embedded: the filter ------------------------------------------------------- */

/* What one filter may take: what the others leave of the bound. */
static uint64_t filter_room(const struct records *records, const struct operator_state *op, enum record_kind kind)
{
	uint64_t own = op->filters[kind] ? id_filter_bytes(op->filters[kind]) : 0;
	uint64_t others = atomic_load(&records->filter_bytes) - own;

	return others < records->filter_bytes_max ? records->filter_bytes_max - others : 0;
}

static void filter_put(struct records *records, struct operator_state *op, enum record_kind kind,
		       struct id_filter *filter, int32_t from)
{
	struct id_filter *old;

	pthread_rwlock_wrlock(&op->lock);
	old = op->filters[kind];
	op->filters[kind] = filter;
	op->filter_from[kind] = from;
	pthread_rwlock_unlock(&op->lock);
	atomic_fetch_add(&records->filter_bytes, filter ? id_filter_bytes(filter) : 0);
	atomic_fetch_sub(&records->filter_bytes, old ? id_filter_bytes(old) : 0);
	id_filter_free(old);
}

void filters_free(struct records *records, struct operator_state *op)
{
	for (enum record_kind kind = 0; kind < RECORD_KIND_COUNT; kind++)
		filter_put(records, op, kind, NULL, INT32_MAX);
}

struct filter_load {
	struct id_filter *filter;
	uint64_t bytes_max;
	bool full;
};

static enum status load_entry(void *context, const struct id_entry *entry, struct error *err)
{
	struct filter_load *load = context;

	load->full = id_filter_bytes_with(load->filter, 1) > load->bytes_max;
	if (load->full)
		return error_set(err, E_TOO_LARGE, NULL, "the filter is full");
	id_filter_add(load->filter, entry->hash);
	return OK;
}

/* The newest days whose ids fit into bytes_max. */
static enum status filter_load(struct records *records, struct operator_state *op, enum record_kind kind,
			       uint64_t bytes_max, struct error *err)
{
	struct filter_load load = { id_filter_new(), bytes_max, false };
	struct day_reader reader = { .records = records };
	int32_t from = INT32_MAX;
	enum status status = OK;
	size_t at;

	for (at = op->day_count; status == OK && at > 0; at--) {
		bool present;

		status = day_reader_enter(&reader, op->key, op->days[at - 1].day, &present, err);
		if (status == OK && present)
			status = id_runs_each(reader.sql, kind, load_entry, &load, err);
		if (status == OK)
			from = op->days[at - 1].day;
	}
	day_reader_end(&reader);
	if (status == OK)
		from = bytes_max > 0 ? INT32_MIN : INT32_MAX;
	if (status != OK && !load.full) {
		id_filter_free(load.filter);
		return status;
	}
	filter_put(records, op, kind, load.filter, from);
	return OK;
}

static enum status filter_ready(struct records *records, struct operator_state *op, enum record_kind kind,
				struct error *err)
{
	return op->filters[kind] ? OK : filter_load(records, op, kind, filter_room(records, op, kind), err);
}

enum status filter_add(struct records *records, struct operator_state *op, enum record_kind kind, int32_t day,
		       const uint64_t *hashes, size_t count, struct error *err)
{
	uint64_t before = id_filter_bytes(op->filters[kind]);

	if (day < op->filter_from[kind])
		return OK;
	if (id_filter_bytes_with(op->filters[kind], count) > filter_room(records, op, kind))
		return filter_load(records, op, kind, before / 2, err);
	pthread_rwlock_wrlock(&op->lock);
	for (size_t i = 0; i < count; i++)
		id_filter_add(op->filters[kind], hashes[i]);
	pthread_rwlock_unlock(&op->lock);
	atomic_fetch_add(&records->filter_bytes, id_filter_bytes(op->filters[kind]) - before);
	return OK;
}

#define FILTER_AHEAD 8 /* ids whose part of the filter is on its way from memory */

/* --- embedded: looking ------------------------------------------------------------- */

static int by_key(const void *a, const void *b)
{
	const struct subject *x = *(struct subject *const *)a, *y = *(struct subject *const *)b;

	if (x->filed_ms != y->filed_ms)
		return x->filed_ms < y->filed_ms ? -1 : 1;
	return str_compare(x->id, y->id);
}

static int by_hash(const void *a, const void *b)
{
	const struct subject *x = *(struct subject *const *)a, *y = *(struct subject *const *)b;

	return x->hash < y->hash ? -1 : x->hash > y->hash;
}

/* Those that stand where a resend would put them: by far the most that stand at all. */
static enum status look_in_own_place(struct day_reader *reader, int64_t operator_key, enum record_kind kind,
				     struct subject **open, size_t count, struct error *err)
{
	enum status status = OK;

	qsort(open, count, sizeof(struct subject *), by_key);
	for (size_t i = 0; status == OK && i < count; i++) {
		bool present;

		status = day_reader_enter(reader, operator_key, instant_day(open[i]->filed_ms), &present, err);
		if (status == OK && present)
			status = look_at(reader->sql, operator_key, kind, open[i], open[i]->filed_ms, err);
	}
	return status;
}

/* Drops from the list what was found. */
static size_t keep_open(struct subject **open, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		if (!open[i]->stored)
			open[kept++] = open[i];
	return kept;
}

struct day_search {
	struct sql *sql;
	int64_t operator_key;
	enum record_kind kind;
	int32_t day;
	struct subject **open; /* by hash */
	size_t count;
};

static enum status look_at_entry(void *context, const struct id_entry *entry, struct error *err)
{
	struct day_search *search = context;
	size_t low = 0, high = search->count;
	enum status status = OK;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (search->open[middle]->hash < entry->hash)
			low = middle + 1;
		else
			high = middle;
	}
	for (; status == OK && low < search->count && search->open[low]->hash == entry->hash; low++)
		if (!search->open[low]->stored)
			status = look_at(search->sql, search->operator_key, search->kind, search->open[low],
					 day_start(search->day) + entry->offset_ms, err);
	return status;
}

/* Looks through one day's runs; open is in the order of hashes and loses what is found. */
static enum status look_in_day(struct day_reader *reader, const struct operator_state *op, enum record_kind kind,
			       int32_t day, struct subject **open, size_t *count, struct error *err)
{
	struct day_search search = { NULL, op->key, kind, day, open, *count };
	uint64_t *hashes;
	bool present;
	enum status status = day_reader_enter(reader, op->key, day, &present, err);

	if (status != OK || !present || *count == 0)
		return status;
	search.sql = reader->sql;
	hashes = xalloc(*count * sizeof(*hashes));
	for (size_t i = 0; i < *count; i++)
		hashes[i] = open[i]->hash;
	status = id_runs_find(reader->sql, kind, hashes, *count, look_at_entry, &search, err);
	free(hashes);
	*count = keep_open(open, *count);
	return status;
}

static bool is_day_of_chunk(const struct subject *subjects, size_t count, int32_t day)
{
	for (size_t i = 0; i < count; i++)
		if (instant_day(subjects[i].filed_ms) == day)
			return true;
	return false;
}

/* Days newest first.  Those that the filter does not reach are looked at only
 * where the chunk itself has records. */
static enum status look_in_days(struct day_reader *reader, const struct operator_state *op, enum record_kind kind,
				const struct subject *subjects, size_t subject_count, struct subject **open,
				size_t count, struct error *err)
{
	enum status status = OK;

	qsort(open, count, sizeof(struct subject *), by_hash);
	for (size_t at = op->day_count; status == OK && count > 0 && at > 0; at--) {
		int32_t day = op->days[at - 1].day;

		if (day >= op->filter_from[kind] || is_day_of_chunk(subjects, subject_count, day))
			status = look_in_day(reader, op, kind, day, open, &count, err);
	}
	return status;
}

enum status recognise_embedded(struct records *records, struct operator_state *op, enum record_kind kind,
			       struct subject *subjects, size_t count, struct error *err)
{
	struct day_reader reader = { .records = records };
	struct subject **open;
	size_t open_count = 0;
	enum status status = filter_ready(records, op, kind, err);

	if (status != OK)
		return status;
	open = xalloc((count + 1) * sizeof(*open));
	for (size_t i = 0; i < count; i++) {
		if (i + FILTER_AHEAD < count)
			id_filter_prefetch(op->filters[kind], subjects[i + FILTER_AHEAD].hash);
		if (instant_day(subjects[i].filed_ms) < op->filter_from[kind] ||
		    id_filter_has(op->filters[kind], subjects[i].hash))
			open[open_count++] = &subjects[i];
	}
	status = look_in_own_place(&reader, op->key, kind, open, open_count, err);
	open_count = keep_open(open, open_count);
	if (status == OK)
		status = look_in_days(&reader, op, kind, subjects, count, open, open_count, err);
	day_reader_end(&reader);
	free(open);
	return status;
}

/* --- PostgreSQL ------------------------------------------------------------------------- */

static enum status send_probes(struct sql *sql, const struct subject *subjects, size_t count, struct error *err)
{
	struct sql_bulk *bulk;
	enum status status = sql_script(sql,
					"CREATE TEMPORARY TABLE IF NOT EXISTS id_probe"
					" (probe BIGINT NOT NULL, id_hash BIGINT NOT NULL, id TEXT NOT NULL)"
					" ON COMMIT DELETE ROWS;"
					"DELETE FROM id_probe",
					err);

	if (status == OK)
		status = sql_bulk_begin(sql, &bulk, "id_probe", "probe,id_hash,id", 3, err);
	if (status != OK)
		return status;
	for (size_t i = 0; status == OK && i < count; i++) {
		struct sql_value values[] = { SQL_I64(i), SQL_I64(subjects[i].hash), SQL_TEXT(subjects[i].id) };

		status = sql_bulk_add(bulk, values, err);
	}
	return sql_bulk_end(bulk, err);
}

/* Each OFFSET 0 keeps its subquery a lookup of its own.  Left to plan a join, by
 * statistics of tables that were empty a moment ago, PostgreSQL goes through the
 * whole index once for each probe. */
#define PROBE                                                                                                          \
	"SELECT p.probe, r.filed_ms, r.version, r.digest FROM id_probe p"                                              \
	" CROSS JOIN LATERAL (SELECT day, filed_ms FROM record_id"                                                     \
	" WHERE operator_key = ?1 AND kind = ?2 AND id_hash = p.id_hash OFFSET 0) i"                                   \
	" CROSS JOIN LATERAL (SELECT filed_ms, version, digest FROM"
#define PROBED "WHERE operator_key = ?1 AND day = i.day AND filed_ms = i.filed_ms AND id = p.id OFFSET 0) r"

enum status recognise_server(struct sql *sql, int64_t operator_key, enum record_kind kind, struct subject *subjects,
			     size_t count, struct error *err)
{
	static const char *const texts[] = RECORD_TEXTS(PROBE, PROBED);
	struct sql_rows *rows;
	enum status status = send_probes(sql, subjects, count, err);

	/* A small table is not small for long, and plans are kept. */
	if (status == OK)
		status = sql_script(sql, "SET LOCAL enable_seqscan = off", err);
	if (status == OK)
		status = sql_query(sql, &rows, texts[kind], SQL_ARGS(SQL_I64(operator_key), SQL_I64(kind)), err);
	if (status != OK)
		return status;
	while (sql_next(rows)) {
		size_t probe = (size_t)sql_get_i64(rows, 0);

		if (probe < count)
			note_standing(&subjects[probe], sql_get_i64(rows, 1), sql_get_i64(rows, 2),
				      sql_get_blob(rows, 3));
	}
	return sql_rows_end(rows, err);
}
