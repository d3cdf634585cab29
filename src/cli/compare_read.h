/* cli/compare_read.h - reads the files of both sides into a run.
 *
 * Each side's files are read one after the other, the sides at the same time.
 * A text of lines in our own format is cut at line ends into blocks, which
 * threads turn into records; what they made goes into the side in the order of
 * the file, so that nothing depends on the threads.  A line end may belong to a
 * cell that is quoted: blocks of CSV end where quotes are even in number, and where
 * a block then has a quote that stands where none may, that block and all behind it
 * are read again by one thread. */
#ifndef CLI_COMPARE_READ_H
#define CLI_COMPARE_READ_H

#include "cli/compare_input.h"

#include <stdatomic.h>

/* How far reading is, over both sides; size 0: not known. */
struct compare_progress {
	_Atomic uint64_t read, size;
	void (*show)(const struct compare_progress *progress); /* NULL: silent */
};

/* Where standard input is copied to, since it cannot be read twice. */
typedef enum status compare_keep(void *context, struct str bytes, struct error *err);

struct compare_reading {
	struct compare_side *sides; /* by enum reconcile_side */
	struct reconcile_run *run;
	unsigned threads;
	struct compare_progress *progress;
	uint64_t available_bytes; /* of memory: E_NOMEM when more records are read than fit */
	compare_keep *keep;
	void *context; /* of keep */
};

/* A file that cannot be opened is an error, and sets *of_input; one that turns bad in the middle keeps its failure, and
 * what was read before counts. */
enum status compare_read(const struct compare_reading *reading, bool *of_input, struct error *err);

#endif
