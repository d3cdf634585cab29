/* exchange/batch_answer.h - what became of the records of one upload.
 *
 * Rejects are noted while reading, conflicts while committing, each in the order
 * of the upload; the answer lists the first BATCH_ERRORS_MAX of both together, so
 * that it is the same however the two ran side by side.
 * Threads: one notes rejects, one may note conflicts at the same time. */
#ifndef EXCHANGE_BATCH_ANSWER_H
#define EXCHANGE_BATCH_ANSWER_H

#include "base/arena.h"
#include "base/buf.h"
#include "formats/record_reader.h"

#define BATCH_ERRORS_MAX 1000

struct batch_fault {
	struct record_place place;
	struct str record_id;    /* none when it could not be read */
	enum status status;
	struct str field, message;
};

struct batch_faults {
	struct arena arena;
	struct batch_fault *list;
	size_t count;            /* listed, at most BATCH_ERRORS_MAX */
	int64_t total;
};

struct batch_answer {
	int64_t accepted, duplicates;
	int64_t unknown_fields;  /* passed over: in JSON each time, in CSV a column counts once */
	struct str unknown_names[UNKNOWN_NAMES_MAX];   /* the first of them; live as long as their reader */
	size_t unknown_name_count;
	struct batch_faults rejected, conflicts;
};

void batch_answer_init(struct batch_answer *answer);
void batch_answer_release(struct batch_answer *answer);

void batch_faults_note(struct batch_faults *faults, struct record_place place, struct str record_id,
		       const struct error *error);

int64_t batch_answer_received(const struct batch_answer *answer);
void batch_answer_write(const struct batch_answer *answer, const char *batch_id, struct buf *out);

#endif
