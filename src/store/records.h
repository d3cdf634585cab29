/* store/records.h - the bulk of the store: both sides' records, by operator and UTC day.
 *
 * A call record is filed under the UTC day of its invite, a duration record
 * under that of its start, else answer, else end (record_filed_ms()).  Within a
 * day the rows of a side stand in the order of their key (filed_ms, id).
 *
 * An id is unique for an operator and side.  What is offered again with the same
 * content changes nothing; with other content it is kept as a conflict beside
 * the record, which is never rewritten.  A call record of a higher version
 * replaces the one before, wherever that is filed.  Ids are recognised in their
 * own day always, and in other days as far back as the memory given to
 * records_open() reaches (embedded; PostgreSQL: always).
 *
 * Call records stand in a feed: each commit gives them the operator's next
 * positions, consecutive over all of its days.  Nothing ever appears at or
 * below the head that records_head() has told, also after a restart.
 *
 * Invariants (records_check() asserts the countable ones):
 *   (1) what records_append() called accepted is on disk when it returns;
 *   (2) an id stands at most once for an operator and side;
 *   (3) a position stands at most once for an operator, and none is above the head;
 *   (4) every row is filed under the day of its own moment.
 *
 * Embedded: DIR/operators/<operator id>/<YYYY-MM-DD>.db.  PostgreSQL: the same
 * tables, partitioned by day.  Pages and rows live in the caller's arena.
 * Threads: any; appends of one operator take turns. */
#ifndef STORE_RECORDS_H
#define STORE_RECORDS_H

#include "base/arena.h"
#include "formats/record.h"
#include "store/store.h"

struct records;

#define ID_FILTER_BYTES_DEFAULT ((uint64_t)256 * 1024 * 1024)

/* id_filter_bytes_max 0: ID_FILTER_BYTES_DEFAULT.  The store must outlive the records. */
enum status records_open(struct records **records, struct store *store, uint64_t id_filter_bytes_max,
			 struct error *err);
void records_close(struct records *records);   /* NULL is fine */

/* --- writing ---------------------------------------------------------------- */

enum append_outcome {
	APPEND_ACCEPTED,    /* new, or a higher version: on disk */
	APPEND_DUPLICATE,   /* known with this content, or a lower version: nothing changed */
	APPEND_CONFLICT,    /* known with other content: kept among the conflicts */
};

struct append_item {
	struct record record;             /* checked; slices live until the call returns */
	int64_t tenant_key;               /* call records */
	struct digest digest;             /* record_digest() of the record */
	enum append_outcome outcome;      /* filled by records_append() */
};

#define APPEND_ITEMS_MAX 10000

struct append {
	int64_t operator_key;
	enum record_kind kind;
	struct append_item *items;        /* of that operator and kind, in the order of coming */
	size_t count;                     /* at most APPEND_ITEMS_MAX */
	uint64_t batch;                   /* records_batch_key() of the upload */
	int64_t received_ms;
	int32_t *changed_days;            /* room for 2 * count; gets the days in which something changed, ascending */
	size_t changed_day_count;         /* filled */
};

/* On failure nothing of it may be acknowledged, though some days may be there. */
enum status records_append(struct records *records, struct append *append, struct error *err);

/* --- reading ---------------------------------------------------------------- */

struct stored_record {
	struct record record;       /* operator_id and tenant_id are none: see the keys */
	int64_t operator_key;
	int64_t tenant_key;         /* call records */
	int64_t filed_ms;
	int64_t position;           /* call records: place in the feed */
	int64_t received_ms;
	uint64_t batch;             /* records_batch_key() of the upload */
	struct digest digest;       /* of the content as given */
};

struct records_page {
	struct stored_record *rows;
	size_t count;
	bool more;                  /* there is at least one row behind the last */
};

enum records_flags {
	RECORDS_WITH_MEDIA = 1,     /* fill record.media_streams */
	RECORDS_DESCENDING = 2,     /* latest first; the place is then the upper end */
};

/* Where a page begins: right behind this key.  {INSTANT_NONE} is the start. */
struct records_place {
	int64_t filed_ms;
	struct str id;
	int64_t operator_key;       /* only in records_read_tenant() */
};

#define RECORDS_START ((struct records_place){ INSTANT_NONE, STR_NONE, 0 })

struct records_query {
	int64_t operator_key;
	enum record_kind kind;
	int64_t from_ms, to_ms;     /* filed_ms in [from, to) */
	struct records_place after;
	uint64_t batch;             /* only rows of this upload; 0: all */
	size_t limit;               /* at most RECORDS_PAGE_MAX */
	unsigned flags;
};

#define RECORDS_PAGE_MAX 50000

/* Rows of one operator and side in key order. */
enum status records_read(struct records *records, struct arena *arena, const struct records_query *query,
			 struct records_page *page, struct error *err);

/* All pages of a query, one after another; two in memory at most:
 *
 *     records_walk_begin(&walk, records, &query);
 *     while ((status = records_walk_next(&walk, err)) == OK && walk.page.count > 0)
 *             ... walk.page.rows ...
 *     records_walk_end(&walk);
 */
struct records_walk {
	struct records *records;
	struct records_query query;
	struct records_page page;        /* its rows live until the next but one, as their place is needed */
	struct arena arenas[2];
	unsigned turn;                   /* whose turn the next page is */
};

void records_walk_begin(struct records_walk *walk, struct records *records, const struct records_query *query);
enum status records_walk_next(struct records_walk *walk, struct error *err);   /* page.count 0: there is none */
void records_walk_end(struct records_walk *walk);

/* The query of all that stands in one day, page by page. */
struct records_query records_query_day(int64_t operator_key, enum record_kind kind, int32_t day, size_t limit);

/* A tenant's call records over all operators in the order (filed_ms, operator_key, id);
 * operator_key, kind and batch of the query do not matter. */
enum status records_read_tenant(struct records *records, struct arena *arena, int64_t tenant_key,
				const struct records_query *query, struct records_page *page, struct error *err);

/* One record by its id; operator_key 0 looks through all operators (tenant and
 * platform faces), and a tenant_key other than 0 sees only its own.  E_NOT_FOUND. */
enum status records_find(struct records *records, struct arena *arena, int64_t operator_key, int64_t tenant_key,
			 enum record_kind kind, struct str id, unsigned flags, struct stored_record *row,
			 struct error *err);

/* One record by its whole key.  E_NOT_FOUND. */
enum status records_get(struct records *records, struct arena *arena, int64_t operator_key, enum record_kind kind,
			int64_t filed_ms, struct str id, unsigned flags, struct stored_record *row, struct error *err);

/* The head of an operator's feed: every position up to it is readable. */
enum status records_head(struct records *records, int64_t operator_key, int64_t *head, struct error *err);

/* Call records with positions in (after, head], ascending.  *head is taken before
 * reading: when page.more is false the reader has seen all up to *head, which is
 * where it goes on. */
enum status records_feed(struct records *records, struct arena *arena, int64_t operator_key, int64_t after,
			 size_t limit, unsigned flags, struct records_page *page, int64_t *head, struct error *err);

/* The days that hold anything of this operator, ascending. */
enum status records_days(struct records *records, struct arena *arena, int64_t operator_key, int32_t **days,
			 size_t *count, struct error *err);

/* The key by which rows name their upload. */
uint64_t records_batch_key(struct str batch_id);

/* --- conflicts -------------------------------------------------------------- */

struct conflict {
	enum record_kind kind;
	int32_t day;                /* of the record that stands */
	struct str id;
	struct digest digest;       /* of the version that was turned away */
	int64_t received_ms;
	uint64_t batch;
	struct str kept;            /* both versions as canonical JSON, as of the conflict */
	struct str offered;
};

struct conflict_place {
	int32_t day;                /* INT32_MIN: the start */
	struct str id;
	struct digest digest;
};

/* In the order (day, id, digest), days in [from_day, to_day]. */
enum status records_conflicts(struct records *records, struct arena *arena, int64_t operator_key, enum record_kind kind,
			      int32_t from_day, int32_t to_day, const struct conflict_place *after, size_t limit,
			      struct conflict **conflicts, size_t *count, bool *more, struct error *err);

/* --- outcomes of a reconciliation ------------------------------------------- */

struct outcome {
	int64_t row;                /* the place in the run's own order, from 0 */
	int class;                  /* as the engine numbers them */
	int64_t call_filed_ms;      /* INSTANT_NONE: no call record in this row */
	struct str call_id;
	int64_t duration_filed_ms;  /* INSTANT_NONE: no duration record in this row */
	struct str duration_id;
	int64_t operator_ms;        /* the duration record's duration, DURATION_NONE when absent */
	int64_t difference_ms;
	struct str causes;          /* as in matches.csv */
};

/* Outcomes of one operator and day are replaced as a whole: begin, add in any
 * order, commit; or abort and the old ones stand. */
struct outcome_writer;

enum status outcome_writer_begin(struct outcome_writer **writer, struct records *records, int64_t operator_key,
				 int32_t day, struct error *err);
enum status outcome_writer_add(struct outcome_writer *writer, const struct outcome *outcome, struct error *err);
enum status outcome_writer_commit(struct outcome_writer *writer, struct error *err);   /* frees it in any case */
void outcome_writer_abort(struct outcome_writer *writer);                              /* frees it; NULL is fine */

/* Outcomes in the order of rows, right behind after_row (-1: from the start);
 * class_mask has bit 1 << class set for those wanted, 0: all. */
enum status records_outcomes(struct records *records, struct arena *arena, int64_t operator_key, int32_t day,
			     int64_t after_row, unsigned class_mask, size_t limit, struct outcome **outcomes,
			     size_t *count, bool *more, struct error *err);

/* All outcomes of one call record, in the order of rows: they stand in its own day. */
enum status records_outcomes_of_call(struct records *records, struct arena *arena, int64_t operator_key,
				     int64_t filed_ms, struct str id, struct outcome **outcomes, size_t *count,
				     struct error *err);

/* --- retention --------------------------------------------------------------- */

/* What a sweep does with one row. */
enum sweep_verdict { SWEEP_KEEP, SWEEP_MEDIA /* only the media streams go */, SWEEP_DELETE };

/* Asked for each row of the day in key order. */
typedef enum sweep_verdict sweep_predicate(void *context, const struct stored_record *row);

struct sweep_counts {
	int64_t records, media, conflicts, outcomes;
};

/* Removes what the predicate says, with its conflicts and outcomes; afterwards
 * nothing of it is in the files, which are rewritten when anything went (hashes
 * of ids stay until the day goes).  kind: which side. */
enum status records_sweep(struct records *records, int64_t operator_key, int32_t day, enum record_kind kind,
			  sweep_predicate *predicate, void *context, struct sweep_counts *counts, struct error *err);

/* Drops all of a day: both sides, conflicts, outcomes. */
enum status records_drop_day(struct records *records, int64_t operator_key, int32_t day, struct error *err);

/* --- looking after ------------------------------------------------------------ */

struct records_counts {
	int64_t calls, durations, conflicts, outcomes;
};

/* Asserts the invariants over one operator's days: E_CORRUPT names the first
 * violation, by day and rule. */
enum status records_check(struct records *records, int64_t operator_key, struct records_counts *counts,
			  struct error *err);

/* After a commit that failed otherwise than by a full disk the embedded records
 * take nothing more until a restart: what is on disk is known only then. */
bool records_are_halted(const struct records *records);

/* A fault for tests: the n-th coming commit of an append fails like this; 0 disarms. */
void records_fail_commit(struct records *records, unsigned n, enum status status);

#endif
