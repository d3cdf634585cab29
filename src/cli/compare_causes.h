/* cli/compare_causes.h - the causes that summary.json states, read again, and what
 * they make of one record. */
#ifndef CLI_COMPARE_CAUSES_H
#define CLI_COMPARE_CAUSES_H

#include "base/arena.h"
#include "formats/json.h"
#include "formats/record.h"
#include "reconcile/reconcile.h"

struct stated_cause {
	struct reconcile_cause is; /* what is needed here: kind, clock, duration, where it holds */
	struct str operator_id, trunk, direction; /* of the latter two none: all */
	struct str rule;           /* number_format */
	struct str sentence;
};

struct stated_causes {
	struct stated_cause *list; /* in the arena */
	size_t n;
};

/* Of a summary.json; what a cause does not say stays 0 or none. */
void stated_causes_read(struct arena *arena, const struct json *summary, struct stated_causes *causes);

/* A call as both sides have it; one of them may be NULL. */
struct both_sides {
	const struct record *call, *duration;
};

/* By how much the operator's clock is ahead at a moment of its own.  A trunk's own clock comes before the operator's. */
int64_t causes_shift_ms(const struct stated_causes *causes, struct both_sides of, int64_t operator_ms);

/* The same, but of a record that is known to be of the other: the operator may have several clocks that no column tells
 * apart, and the one counts that brings the two together. */
int64_t causes_shift_of_pair_ms(const struct stated_causes *causes, struct both_sides of, int64_t operator_ms,
				int64_t away_ms);

/* What the operator would have written of the call's duration; DURATION_NONE when the call has none. */
int64_t causes_expected_ms(const struct stated_causes *causes, struct both_sides of, int64_t shift_ms);

/* A stretch as the operator writes it, in milliseconds. */
int64_t causes_in_milliseconds(const struct stated_causes *causes, struct both_sides of, int64_t written_ms);

/* Whether one of them, whose name stands in the record's row, is meant there. */
bool cause_is_of(const struct stated_causes *causes, const struct stated_cause *cause, struct both_sides of);

#endif
