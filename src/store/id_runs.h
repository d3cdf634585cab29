/* store/id_runs.h - which ids stand in a day file, and when they are filed.
 *
 * An index on a random id costs several times what the records themselves cost,
 * since each row dirties a page of its own.  So each commit writes what it added
 * as one sorted run, and eight runs of a size are merged to one: every entry is
 * written a handful of times, always in sequence.
 *
 * An entry is the id's hash64() and the moment it is filed, counted from the
 * day's start.  Different ids may share a hash, and entries may outlive their
 * rows: whoever finds one looks at the row.  Inside the caller's transaction. */
#ifndef STORE_ID_RUNS_H
#define STORE_ID_RUNS_H

#include "formats/record.h"
#include "store/sql/sql.h"

struct id_entry {
	uint64_t hash;
	uint32_t offset_ms;
};

/* Adds a run; entries get sorted.  May merge, which takes its time. */
enum status id_runs_add(struct sql *sql, enum record_kind kind, struct id_entry *entries, size_t count,
			struct error *err);

/* Told of each entry with one of the hashes; anything but OK stops and is returned. */
typedef enum status id_runs_sink(void *context, const struct id_entry *entry, struct error *err);

/* hashes ascend. */
enum status id_runs_find(struct sql *sql, enum record_kind kind, const uint64_t *hashes, size_t count,
			 id_runs_sink *sink, void *context, struct error *err);

/* Every entry, in no order. */
enum status id_runs_each(struct sql *sql, enum record_kind kind, id_runs_sink *sink, void *context, struct error *err);

#endif
