/* simulate/day.h - one synthetic day of both sides, with faults and the truth.
 *
 * The platform's records are what happened.  The operator's are the same calls
 * as seen from the other end of the trunk, 15-45 ms away, and then spoilt by
 * faults, each a word with parameters:
 *
 *     clock_offset:seconds=3.9 rounding:increment=6,mode=up missing_window:from=14:10,to=15:25,trunk=t2
 *
 * The calls depend on the seed and their count alone, so that one fault more or
 * less leaves them as they were.  The same settings give the same bytes on every
 * machine.  Memory grows with the number of calls, some 120 bytes each. */
#ifndef SIMULATE_DAY_H
#define SIMULATE_DAY_H

#include "base/buf.h"
#include "base/error.h"

#define DAY_CALLS_MAX 200000000

struct day_settings {
	uint64_t seed;
	size_t calls;      /* 1 to DAY_CALLS_MAX */
	struct str faults; /* separated by blanks, commas or semicolons; may be empty */
};

struct day;

/* E_INVALID names the fault or parameter that is not known. */
enum status day_new(struct day **day, const struct day_settings *settings, struct error *err);
void day_free(struct day *day); /* NULL is fine */

/* Each appends the next line, the CSV header first; false when there is none left. */
bool day_next_call(struct day *day, struct buf *out);
bool day_next_duration(struct day *day, struct buf *out);

/* platformId,operatorRecordId,relation,differs: relation is pair, piece (a further record of the call),
 * duplicate, platform_only or operator_only; differs is 1 where no cause explains the difference. */
bool day_next_truth(struct day *day, struct buf *out);

/* {"seed":…,"calls":…,"causes":[{"cause","parameters","records"}…],"disturbances":[…]} */
void day_truth_causes(const struct day *day, struct buf *out);

/* Lines for --help: each fault with its parameters. */
void day_describe_faults(struct buf *out);

#endif
