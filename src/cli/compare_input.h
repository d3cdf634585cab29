/* cli/compare_input.h - the two sides of a comparison, as they were read.
 *
 * Records go into the run while they are read (cli/compare_read.h); here stays
 * what the engine does not know of them: ids, names, versions other than 1, and
 * what could not be read, counted by reason with its first places. */
#ifndef CLI_COMPARE_INPUT_H
#define CLI_COMPARE_INPUT_H

#include "cli/compare_ids.h"
#include "cli/compare_names.h"
#include "cli/compare_stream.h"
#include "reconcile/reconcile.h"

#define PLACES_KEPT 5 /* of each reason, for each file */

struct compare_place {
	struct record_place place;
	char field[64];
	char message[320];
};

struct compare_rejects {
	uint64_t counts[STATUS_COUNT];
	struct compare_place places[STATUS_COUNT][PLACES_KEPT];
};

struct compare_file {
	const char *path;    /* "-": standard input */
	const char *kept_as; /* file of the output directory that keeps standard input; NULL */
	const char *format;  /* its name; NULL when nothing was read */
	uint64_t bytes;      /* as they lie there, packed or not */
	struct record_reader_counts counts;
	struct compare_rejects rejects;
	struct error failure; /* status OK: read to its end */
};

struct compare_version {
	uint32_t reference;
	int64_t version;
};

struct compare_versions {
	struct compare_version *list; /* in order of reference; what is not there is 1 */
	size_t n, capacity;
};

struct compare_side {
	enum record_kind kind;
	const struct import_format *format; /* NULL: by the content of each file */
	struct compare_file *files;
	size_t file_count;
	uint32_t n;      /* records; their references are 0 to n - 1 */
	struct ids ids;  /* by reference */
	struct compare_versions versions;
	struct names operators, trunks;
	bool has_unnamed; /* records that name no operator */
	uint64_t replaced, repeated;
	uint64_t operators_too_many;
};

const char *compare_file_name(const struct compare_file *file); /* for messages */

void compare_side_init(struct compare_side *side, enum record_kind kind);
void compare_side_release(struct compare_side *side);
void compare_side_add_file(struct compare_side *side, const char *path);

void compare_versions_add(struct compare_versions *versions, uint32_t reference, int64_t version);

/* Of the platform's records with one id the highest version counts. */
void compare_settle_versions(struct compare_side *side, struct reconcile_run *run);

/* Gives operators and trunks of both sides common numbers, in order of their names; operators from 0.
 * Where only one side names operators, or each names one, all records are one operator's. */
enum status compare_common_names(struct compare_side sides[2], struct reconcile_run *run, struct names *operators,
				 struct names *trunks, struct error *err);

/* Whether something came of the side: records, or files that are empty and whole. */
bool compare_side_is_usable(const struct compare_side *side);

#endif
