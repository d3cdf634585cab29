/* cli/compare_input.h - the two sides of a comparison, read from files.
 *
 * What the engine needs of a record goes into its 72-byte form; of the rest
 * only the ids are kept.  What cannot be read is counted by reason with its
 * first places.  Each side may be read by a thread of its own. */
#ifndef CLI_COMPARE_INPUT_H
#define CLI_COMPARE_INPUT_H

#include "cli/compare_names.h"
#include "cli/compare_stream.h"
#include "reconcile/reconcile.h"

#include <stdatomic.h>

#define PLACES_KEPT 5 /* of each reason, for each file */

struct compare_place {
	struct record_place place;
	char field[64];
	char message[320];
};

struct compare_file {
	const char *path;    /* "-": standard input */
	const char *kept_as; /* file of the output directory that keeps standard input; NULL */
	const char *format;  /* its name; NULL when nothing was read */
	uint64_t bytes;      /* as they lie there, packed or not */
	struct record_reader_counts counts;
	uint64_t rejects[STATUS_COUNT];
	struct compare_place places[STATUS_COUNT][PLACES_KEPT];
	struct error failure; /* status OK: read to its end */
};

struct compare_side {
	enum record_kind kind;
	const struct import_format *format; /* NULL: by the content of each file */
	struct compare_file *files;
	size_t file_count;
	struct reconcile_record *records; /* reference is the index */
	size_t n, capacity;
	int64_t *versions; /* of call records */
	struct buf ids;    /* texts, end to end */
	uint64_t *id_ends; /* where each ends */
	struct names operators, trunks;
	bool *dropped; /* replaced by a higher version, or there already; NULL: none */
	uint64_t replaced, repeated;
	uint64_t operators_too_many;
};

const char *compare_file_name(const struct compare_file *file); /* for messages */

/* How far reading is, over both sides; size 0: not known. */
struct compare_progress {
	_Atomic uint64_t read, size;
	void (*show)(const struct compare_progress *progress); /* NULL: silent */
};

void compare_side_init(struct compare_side *side, enum record_kind kind);
void compare_side_release(struct compare_side *side);
void compare_side_add_file(struct compare_side *side, const char *path);

/* Where standard input is copied to, since it cannot be read twice. */
typedef enum status compare_keep(void *context, struct str bytes, struct error *err);

/* Reads all files of a side.  A file that cannot be opened is an error; one that turns bad in the middle
 * keeps its failure, and what was read before counts. */
enum status compare_side_read(struct compare_side *side, struct compare_progress *progress, compare_keep *keep,
			      void *context, struct error *err);

/* Of records with one id the highest version counts. */
void compare_side_settle_versions(struct compare_side *side);

struct str compare_id(const struct compare_side *side, uint32_t reference);

/* Gives operators and trunks of both sides common numbers, in order of their names; operators from 0.
 * Where only one side names operators, or each names one, all records are one operator's. */
enum status compare_common_names(struct compare_side sides[2], struct names *operators, struct names *trunks,
				 struct error *err);

/* Feeds a side. */
enum status compare_feed(const struct compare_side *side, enum reconcile_side which, struct reconcile_run *run,
			 struct error *err);

/* Whether something came of the side: records, or files that are empty and whole. */
bool compare_side_is_usable(const struct compare_side *side);

#endif
