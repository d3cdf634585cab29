#include "store/id_runs.h"

#include "base/arena.h"
#include "base/buf.h"
#include "store/rows.h"

#include <assert.h>
#include <stdlib.h>

#define ENTRY_BYTES 12
#define CHUNK_ENTRIES 4096
#define FANOUT 8
#define SIZE_CLASS_MAX 7 /* runs of FANOUT^7 entries and more are merged no further */
#define RUNS_MAX 1024    /* of one class at a time; merging keeps them below FANOUT */

/* SQL compares signed: hashes are stored with the top bit turned. */
static int64_t stored_hash(uint64_t hash)
{
	return (int64_t)(hash ^ UINT64_C(1) << 63);
}

static int compare_entries(const void *a, const void *b)
{
	const struct id_entry *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->offset_ms < y->offset_ms ? -1 : x->offset_ms > y->offset_ms;
}

static struct id_entry unpack(const char *p)
{
	struct id_entry entry;

	memcpy(&entry.hash, p, sizeof(entry.hash));
	memcpy(&entry.offset_ms, p + sizeof(entry.hash), sizeof(entry.offset_ms));
	return entry;
}

static int size_class(uint64_t count)
{
	int class = 0;

	for (; count >= FANOUT && class < SIZE_CLASS_MAX; count /= FANOUT)
		class ++;
	return class;
}

/* --- writing one run ------------------------------------------------------------ */

struct run_writer {
	struct sql *sql;
	enum record_kind kind;
	int64_t run;
	uint64_t count;
	uint64_t first_hash; /* of the chunk at hand */
	struct id_entry last;
	struct buf chunk;
};

/* Release the chunk also after a failure. */
static enum status run_writer_begin(struct run_writer *w, struct sql *sql, enum record_kind kind, struct error *err)
{
	*w = (struct run_writer){ .sql = sql, .kind = kind };
	buf_init(&w->chunk, 0);
	return row_i64(sql, &w->run, err, "SELECT COALESCE(MAX(run), 0) + 1 FROM id_run WHERE kind = ?1",
		       SQL_ARGS(SQL_I64(kind)));
}

static enum status flush_chunk(struct run_writer *w, struct error *err)
{
	enum status status;

	if (w->chunk.n == 0)
		return OK;
	status = sql_run(w->sql, "INSERT INTO id_chunk (kind, run, first_hash, entries) VALUES (?1, ?2, ?3, ?4)",
			 SQL_ARGS(SQL_I64(w->kind), SQL_I64(w->run), SQL_I64(stored_hash(w->first_hash)),
				  SQL_BLOB(w->chunk.p, w->chunk.n)),
			 NULL, err);
	buf_clear(&w->chunk);
	return status;
}

static enum status run_writer_add(struct run_writer *w, const struct id_entry *entry, struct error *err)
{
	enum status status = OK;

	if (w->count > 0 && compare_entries(&w->last, entry) == 0)
		return OK;
	/* All entries of one hash stand in one chunk, so that a search looks at one. */
	if (w->chunk.n >= (size_t)CHUNK_ENTRIES * ENTRY_BYTES && entry->hash != w->last.hash)
		status = flush_chunk(w, err);
	if (w->chunk.n == 0)
		w->first_hash = entry->hash;
	buf_add(&w->chunk, &entry->hash, sizeof(entry->hash));
	buf_add(&w->chunk, &entry->offset_ms, sizeof(entry->offset_ms));
	w->last = *entry;
	w->count++;
	return status;
}

static enum status run_writer_end(struct run_writer *w, struct error *err)
{
	enum status status = flush_chunk(w, err);

	if (status == OK)
		status = sql_run(w->sql, "INSERT INTO id_run (kind, run, size_class) VALUES (?1, ?2, ?3)",
				 SQL_ARGS(SQL_I64(w->kind), SQL_I64(w->run), SQL_I64(size_class(w->count))), NULL, err);
	buf_release(&w->chunk);
	return status;
}

/* --- reading one run -------------------------------------------------------------- */

/* The runs of a class, or of all when class is negative, oldest first. */
static enum status list_runs(struct sql *sql, enum record_kind kind, int class, int64_t *runs, size_t *count,
			     struct error *err)
{
	struct sql_rows *rows;
	enum status status = sql_query(sql, &rows,
				       "SELECT run FROM id_run WHERE kind = ?1 AND (?2 < 0 OR size_class = ?2)"
				       " ORDER BY run LIMIT ?3",
				       SQL_ARGS(SQL_I64(kind), SQL_I64(class), SQL_I64(RUNS_MAX)), err);

	if (status != OK)
		return status;
	*count = 0;
	while (*count < RUNS_MAX && sql_next(rows))
		runs[(*count)++] = sql_get_i64(rows, 0);
	return sql_rows_end(rows, err);
}

struct run_reader {
	struct sql *sql;
	enum record_kind kind;
	int64_t run;
	struct buf chunk;
	size_t at; /* byte in the chunk */
	bool done;
};

static struct run_reader run_reader_of(struct sql *sql, enum record_kind kind, int64_t run)
{
	return (struct run_reader){ .sql = sql, .kind = kind, .run = run };
}

/* Takes the chunk that a query gives, if it gives one. */
static enum status load_chunk(struct run_reader *r, const char *text, int64_t hash, struct error *err)
{
	struct sql_rows *rows;
	enum status status =
		sql_query(r->sql, &rows, text, SQL_ARGS(SQL_I64(r->kind), SQL_I64(r->run), SQL_I64(hash)), err);

	if (status != OK)
		return status;
	buf_clear(&r->chunk);
	r->at = 0;
	if (sql_next(rows))
		buf_add_str(&r->chunk, sql_get_blob(rows, 0));
	r->chunk.n -= r->chunk.n % ENTRY_BYTES;
	return sql_rows_end(rows, err);
}

static uint64_t chunk_hash(const struct run_reader *r, size_t index)
{
	return unpack(r->chunk.p + index * ENTRY_BYTES).hash;
}

/* Moves on to the chunk behind the one at hand; done when there is none. */
static enum status next_chunk(struct run_reader *r, struct error *err)
{
	int64_t first = r->chunk.n ? stored_hash(chunk_hash(r, 0)) : 0;
	enum status status;

	if (r->chunk.n == 0)
		status = load_chunk(r,
				    "SELECT entries FROM id_chunk WHERE kind = ?1 AND run = ?2 AND first_hash >= ?3"
				    " ORDER BY first_hash LIMIT 1",
				    INT64_MIN, err);
	else
		status = load_chunk(r,
				    "SELECT entries FROM id_chunk WHERE kind = ?1 AND run = ?2 AND first_hash > ?3"
				    " ORDER BY first_hash LIMIT 1",
				    first, err);
	r->done = r->chunk.n == 0;
	return status;
}

/* The entry at hand, loading its chunk when needed; nothing when done. */
static enum status run_reader_peek(struct run_reader *r, struct id_entry *entry, struct error *err)
{
	enum status status = OK;

	if (!r->done && r->at == r->chunk.n)
		status = next_chunk(r, err);
	if (status == OK && !r->done)
		*entry = unpack(r->chunk.p + r->at);
	return status;
}

/* --- merging ------------------------------------------------------------------------ */

static enum status drop_run(struct sql *sql, enum record_kind kind, int64_t run, struct error *err)
{
	enum status status = sql_run(sql, "DELETE FROM id_chunk WHERE kind = ?1 AND run = ?2",
				     SQL_ARGS(SQL_I64(kind), SQL_I64(run)), NULL, err);

	if (status == OK)
		status = sql_run(sql, "DELETE FROM id_run WHERE kind = ?1 AND run = ?2",
				 SQL_ARGS(SQL_I64(kind), SQL_I64(run)), NULL, err);
	return status;
}

struct merge {
	struct run_reader readers[FANOUT];
	struct id_entry heads[FANOUT];
	size_t count;
};

static enum status merge_next(struct merge *m, struct run_writer *w, bool *more, struct error *err)
{
	size_t least = m->count;
	enum status status;

	for (size_t i = 0; i < m->count; i++)
		if (!m->readers[i].done && (least == m->count || compare_entries(&m->heads[i], &m->heads[least]) < 0))
			least = i;
	*more = least < m->count;
	if (!*more)
		return OK;
	status = run_writer_add(w, &m->heads[least], err);
	if (status != OK)
		return status;
	m->readers[least].at += ENTRY_BYTES;
	return run_reader_peek(&m->readers[least], &m->heads[least], err);
}

static enum status merge_runs(struct sql *sql, enum record_kind kind, const int64_t *runs, size_t count,
			      struct error *err)
{
	struct merge m = { .count = count };
	struct run_writer w;
	enum status status = run_writer_begin(&w, sql, kind, err);
	bool more = true;

	for (size_t i = 0; i < count; i++)
		m.readers[i] = run_reader_of(sql, kind, runs[i]);
	for (size_t i = 0; status == OK && i < count; i++)
		status = run_reader_peek(&m.readers[i], &m.heads[i], err);
	while (status == OK && more)
		status = merge_next(&m, &w, &more, err);
	for (size_t i = 0; i < count; i++)
		buf_release(&m.readers[i].chunk);
	if (status == OK)
		status = run_writer_end(&w, err);
	else
		buf_release(&w.chunk);
	for (size_t i = 0; status == OK && i < count; i++)
		status = drop_run(sql, kind, runs[i], err);
	return status;
}

static enum status merge_full_classes(struct sql *sql, enum record_kind kind, struct error *err)
{
	int64_t runs[RUNS_MAX];
	enum status status = OK;
	size_t count;

	for (int class = 0; status == OK && class < SIZE_CLASS_MAX; class ++) {
		status = list_runs(sql, kind, class, runs, &count, err);
		if (status == OK && count >= FANOUT)
			status = merge_runs(sql, kind, runs, FANOUT, err);
	}
	return status;
}

enum status id_runs_add(struct sql *sql, enum record_kind kind, struct id_entry *entries, size_t count,
			struct error *err)
{
	struct run_writer w;
	enum status status;

	if (count == 0)
		return OK;
	qsort(entries, count, sizeof(*entries), compare_entries);
	status = run_writer_begin(&w, sql, kind, err);
	for (size_t i = 0; status == OK && i < count; i++)
		status = run_writer_add(&w, &entries[i], err);
	if (status == OK)
		status = run_writer_end(&w, err);
	else
		buf_release(&w.chunk);
	return status == OK ? merge_full_classes(sql, kind, err) : status;
}

/* --- searching ------------------------------------------------------------------------ */

static enum status seek_chunk(struct run_reader *r, uint64_t hash, struct error *err)
{
	size_t n = r->chunk.n / ENTRY_BYTES;

	if (n > 0 && chunk_hash(r, 0) <= hash && hash <= chunk_hash(r, n - 1))
		return OK;
	return load_chunk(r,
			  "SELECT entries FROM id_chunk WHERE kind = ?1 AND run = ?2 AND first_hash <= ?3"
			  " ORDER BY first_hash DESC LIMIT 1",
			  stored_hash(hash), err);
}

/* Index of the first entry of the chunk whose hash is not below. */
static size_t lower_bound(const struct run_reader *r, uint64_t hash)
{
	size_t low = 0, high = r->chunk.n / ENTRY_BYTES;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (chunk_hash(r, middle) < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static enum status find_in_run(struct run_reader *r, const uint64_t *hashes, size_t count, id_runs_sink *sink,
			       void *context, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		enum status status = seek_chunk(r, hashes[i], err);
		size_t n = r->chunk.n / ENTRY_BYTES;

		for (size_t at = lower_bound(r, hashes[i]); status == OK && at < n; at++) {
			struct id_entry entry = unpack(r->chunk.p + at * ENTRY_BYTES);

			if (entry.hash != hashes[i])
				break;
			status = sink(context, &entry, err);
		}
		if (status != OK)
			return status;
	}
	return OK;
}

enum status id_runs_find(struct sql *sql, enum record_kind kind, const uint64_t *hashes, size_t count,
			 id_runs_sink *sink, void *context, struct error *err)
{
	int64_t runs[RUNS_MAX];
	size_t run_count = 0;
	enum status status = list_runs(sql, kind, -1, runs, &run_count, err);

	for (size_t i = 0; status == OK && i < run_count; i++) {
		struct run_reader r = run_reader_of(sql, kind, runs[i]);

		status = find_in_run(&r, hashes, count, sink, context, err);
		buf_release(&r.chunk);
	}
	return status;
}

enum status id_runs_each(struct sql *sql, enum record_kind kind, id_runs_sink *sink, void *context, struct error *err)
{
	struct sql_rows *rows;
	enum status status =
		sql_query(sql, &rows, "SELECT entries FROM id_chunk WHERE kind = ?1", SQL_ARGS(SQL_I64(kind)), err);

	if (status != OK)
		return status;
	while (status == OK && sql_next(rows)) {
		struct str chunk = sql_get_blob(rows, 0);

		for (; status == OK && chunk.n >= ENTRY_BYTES; chunk = str_after(chunk, ENTRY_BYTES)) {
			struct id_entry entry = unpack(chunk.p);

			status = sink(context, &entry, err);
		}
	}
	return status == OK ? sql_rows_end(rows, err) : (sql_rows_end(rows, NULL), status);
}
