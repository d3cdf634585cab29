/* cli/compare_finished.h - a finished comparison, read again.
 *
 * What matches.csv and summary.json say, and the records from the files that
 * were compared: these are not copied into the directory (but for standard
 * input), so they must still lie where they lay. */
#ifndef CLI_COMPARE_FINISHED_H
#define CLI_COMPARE_FINISHED_H

#include "cli/compare_causes.h"
#include "formats/record_reader.h"

struct finished_input {
	enum reconcile_side side;
	const char *name; /* as it was given */
	const char *path; /* where it is read */
	const struct import_format *format;
};

struct finished {
	struct arena arena;
	const char *directory;
	const struct json *summary;
	struct finished_input *inputs;
	size_t input_count;
	struct stated_causes causes;
};

struct match_row {
	struct str platform_id, operator_id, class, difference, causes;
};

/* E_NOT_FOUND, E_IO, or E_INVALID when the directory is not one that tally reconcile wrote. */
enum status finished_open(struct finished *finished, const char *directory, struct error *err);
void finished_close(struct finished *finished);

/* Rows of matches.csv in order; slices live until take returns. */
typedef enum status match_take(void *context, const struct match_row *row, struct error *err);
enum status finished_matches(const struct finished *finished, match_take *take, void *context, struct error *err);

/* All records of the inputs; a reject has no record.  What lives longer must be copied. */
typedef enum status finished_take(void *context, const struct finished_input *input, const struct record *record,
				  const struct record_reject *reject, struct record_place place, struct error *err);
enum status finished_records(const struct finished *finished, finished_take *take, void *context, struct error *err);

/* The text of one line, in the arena; none where there is no such line. */
enum status finished_line(struct arena *arena, const struct finished_input *input, uint64_t line, struct str *text,
			  struct error *err);

#endif
