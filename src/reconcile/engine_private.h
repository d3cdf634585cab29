/* reconcile/engine_private.h - what the files of the engine share.
 *
 * A group is one operator's records with the platform's of the same operator.
 * Its items stand in canonical order (time, id), so that whatever is done in
 * that order is independent of the order of feeding. */
#ifndef RECONCILE_ENGINE_PRIVATE_H
#define RECONCILE_ENGINE_PRIVATE_H

#include "base/arena.h"
#include "formats/record.h"
#include "reconcile/reconcile.h"

struct item {
	struct reconcile_record r;
	int64_t time_ms;       /* the record's own: start, else answer, else end */
	int64_t corrected_ms;  /* the same on the platform's clock; the platform's own is time_ms */
	uint64_t key;          /* of both numbers' tails, the same when the parties are exchanged; 0: not usable */
	uint32_t partner;      /* index on the other side; RECONCILE_NONE */
	uint32_t copy_of;      /* operator's side: index of the platform item that this is a further record of */
	bool is_piece;         /* copy_of: a piece of the call, else a duplicate */
	uint32_t causes;
};

struct side {
	struct item *items;
	size_t n;
};

/* How the operator's clock stands against the platform's, by half hours. */
#define CLOCK_BIN_MS (INT64_C(30) * 60 * 1000)
struct clock_model {
	int64_t first_ms;      /* start of bin 0, on the platform's clock */
	size_t bins;
	int64_t *shift_ms;     /* operator minus platform; INSTANT_NONE: not known there */
	int64_t overall_ms;    /* where a bin says nothing */
	bool whole_seconds;    /* the operator's times have no fraction: half a second is lost on average */
	bool is_known;
};

/* How the operator makes a duration of the platform's, step by step. */
struct duration_model {
	int64_t numerator, denominator;
	bool counts_ringing;
	int64_t delay_ms;              /* longer where the caller hangs up; negative: shorter */
	int64_t increment_ms;          /* 0: no rounding */
	int64_t minimum_ms;
	enum rounding_mode mode;
	int64_t cap_ms;                /* timer at which lost ends pile up; 0 */
	bool unanswered_reported;
};

struct cause_list {
	struct reconcile_cause *list;
	size_t n, capacity;
};

struct group {
	uint16_t operator_index;
	const struct reconcile_options *options;
	struct side platform, operator;
	struct clock_model clock;
	struct duration_model duration;
	struct cause_list causes;
	struct reconcile_totals totals;
	bool unrelated;
};

struct cause_list;
struct reconcile_cause *cause_add(struct cause_list *causes, enum reconcile_cause_kind kind, uint16_t operator_index);

/* Connected time of a record: its duration, else answer to end, else 0. */
int64_t item_duration_ms(const struct item *item);
bool item_is_answered(const struct item *item);
int64_t item_ring_ms(const struct item *item);

/* Difference of the same moment on both sides, operator minus platform; false when they have none in common. */
bool item_shift(const struct item *platform, const struct item *operator, int64_t *shift_ms);

/* --- clock.c ------------------------------------------------------------------ */
void clock_learn(struct group *g);                      /* from the pairs there are */
void clock_guess(struct group *g);                      /* from number pairs that stand once on each side */
int64_t clock_shift_at(const struct clock_model *clock, int64_t operator_ms);
void clock_correct(struct group *g);                    /* sets corrected_ms of the operator's items */
void clock_release(struct clock_model *clock);
void clock_explain(struct group *g);                    /* states its causes */

/* --- pair.c ------------------------------------------------------------------- */
uint64_t pair_key(const struct reconcile_record *r);
void pair_by_correlation(struct group *g);
void pair_by_numbers(struct group *g, int64_t window_ms);
void pair_by_one_number(struct group *g, int64_t window_ms);
void pair_pieces(struct group *g);
void pair_duplicates(struct group *g);
void pair_clear(struct group *g);

/* --- duration.c ----------------------------------------------------------------- */
enum duration_step { STEP_UNIT, STEP_RING, STEP_DELAY, STEP_ROUNDING, STEP_COUNT };
void duration_learn(struct group *g);
/* What the operator should have measured; parts[] gets what each step adds. */
int64_t duration_expect(const struct group *g, const struct item *platform, const struct item *operator,
			int64_t parts[STEP_COUNT]);
/* Sum of the operator's records of one call: its partner and the pieces. */
int64_t duration_reported(const struct group *g, uint32_t platform);

/* --- missing.c -------------------------------------------------------------------- */
void missing_explain(struct group *g);                  /* windows and minimum durations */

/* --- explain.c --------------------------------------------------------------------- */
void explain_group(struct group *g, struct reconcile_outcome **outcomes, size_t *count);

#endif
