/* reconcile/summary.h - the result of a run as the contract writes it: summary.json. */
#ifndef RECONCILE_SUMMARY_H
#define RECONCILE_SUMMARY_H

#include "formats/json.h"
#include "reconcile/reconcile.h"

/* What the engine knows only by number. */
struct reconcile_names {
	void *context;
	struct str (*operator_id)(void *context, uint16_t operator_index);
	struct str (*trunk)(void *context, uint16_t trunk);
	struct str (*record_id)(void *context, enum reconcile_side side, uint32_t reference); /* for plots_write() only */
	struct str (*operator_name)(void *context, uint16_t operator_index); /* for people; NULL: the id */
};

/* Writes the members of summary.json into an object that the caller began (and
 * ends, after members of its own): verdict, counts, operators, seconds, causes, digest. */
void summary_write(struct json_writer *w, struct reconcile_run *run, const struct reconcile_names *names);

/* "op-1's clock is 7.4 s behind: 83,412 records" */
void cause_sentence(const struct reconcile_cause *cause, const struct reconcile_names *names, struct buf *out);

/* "83,412" */
void count_add(struct buf *out, uint64_t n);

/* The causes of an outcome, names joined by +. */
void outcome_causes(uint32_t causes, struct buf *out);

#endif
