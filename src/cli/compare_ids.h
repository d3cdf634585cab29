/* cli/compare_ids.h - the ids of one side's records, by the order in which they were read.
 *
 * A hundred million of them are too many for memory: beyond a few megabytes
 * they stand in a temporary file, and a mark for every so many finds them again. */
#ifndef CLI_COMPARE_IDS_H
#define CLI_COMPARE_IDS_H

#include "base/buf.h"
#include "base/error.h"

struct ids {
	struct buf pending;    /* not yet in the file */
	int fd;                /* -1: all is pending */
	uint64_t written;
	size_t n;
	uint64_t *marks;
	size_t mark_capacity;
	struct error failure;
	const char *text;      /* all of it, once ids_finish() was there */
};

/* Where a reader stands: the next one is found at once.  Each thread has its own. */
struct ids_cursor {
	size_t next;
	uint64_t at;
};

void ids_init(struct ids *ids);
void ids_release(struct ids *ids);

/* One id as ids_append() takes them, several end to end. */
void ids_encode(struct buf *out, struct str id);

void ids_append(struct ids *ids, struct str encoded);     /* a failure shows at the end */
enum status ids_finish(struct ids *ids, struct error *err);

/* The id that was appended n-th, from 0. */
struct str ids_get(const struct ids *ids, size_t n, struct ids_cursor *cursor);

#endif
