/* cli/compare_batch.h - what was made of one block of a file, until it goes into
 * the side. */
#ifndef CLI_COMPARE_BATCH_H
#define CLI_COMPARE_BATCH_H

#include "cli/compare_input.h"

struct batch {
	struct reconcile_record *records; /* references, and numbers of names, are the batch's own */
	size_t n, capacity;
	struct buf ids; /* as ids_encode() */
	struct compare_versions versions;
	struct names operators, trunks;
	uint16_t *operator_map, *trunk_map; /* to the side's, as far as known there */
	size_t operators_mapped, trunks_mapped;
	uint64_t operators_too_many;
	struct compare_rejects rejects; /* lines are the batch's own, from 1 */
};

void batch_init(struct batch *batch);
void batch_release(struct batch *batch);

/* Takes what a reader finds; context is the batch. */
struct record_sink batch_sink(struct batch *batch);

/* Forgets what it took. */
void batch_clear(struct batch *batch);

/* Into the side, the run and the file's counts; lines_before: of the file.  Leaves the batch empty. */
enum status batch_commit(struct batch *batch, struct compare_side *side, struct compare_file *file, uint64_t lines_before,
			 struct reconcile_run *run, enum reconcile_side which, struct error *err);

#endif
