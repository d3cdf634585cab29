/* test/unit/reconcile/world.h - a small day of calls of which the truth is known.
 *
 * Both sides are made of the same calls; a test spoils the operator's side and
 * asks what the engine makes of it.  References of the platform's records are
 * their places; of the operator's they point into truth[]. */
#ifndef TEST_UNIT_RECONCILE_WORLD_H
#define TEST_UNIT_RECONCILE_WORLD_H

#include "../check.h"

#include "base/random.h"
#include "formats/record.h"
#include "reconcile/reconcile.h"

#include <stdlib.h>

#define WORLD_DAY INT64_C(1764028800000)   /* 2025-11-25T00:00:00Z */
#define WORLD_TRUNKS 4
#define HOUR_MS INT64_C(3600000)
#define MINUTE_MS INT64_C(60000)

struct world {
	struct prng random;
	struct reconcile_record *platform, *operator;
	size_t pn, on, capacity;
	uint32_t *truth;           /* by reference of the operator's record: the platform's; RECONCILE_NONE: it has none */
	size_t truth_n;
};

/* calls on both sides, 15-45 ms apart, with durations in milliseconds; one in four is not answered. */
void world_make(struct world *w, uint64_t seed, size_t calls);
void world_release(struct world *w);

number_t world_subscriber(uint64_t i);     /* +49 30 5550 nnnn */

/* One more record of the operator's, a copy of the one at `of`, for the same call. */
struct reconcile_record *world_copy(struct world *w, size_t of);

/* Takes out the operator's (or the platform's) records for which keep gives false. */
void world_keep(struct world *w, enum reconcile_side side, bool (*keep)(struct world *w, const struct reconcile_record *r));

/* Runs and checks the invariants. */
struct reconcile_run *world_run(const struct world *w, const struct reconcile_options *options);

/* No wrong pair, and at least this share of the true ones. */
void world_check_pairs(const struct world *w, const struct reconcile_run *run, unsigned recall_permille);

/* All outcomes; free() them. */
struct reconcile_outcome *world_outcomes(const struct reconcile_run *run, size_t *count);

/* Exactly these kinds of cause were stated: bits. */
void world_check_causes(const struct reconcile_run *run, uint32_t kinds);

/* The first stated cause of the kind; fails when there is none. */
const struct reconcile_cause *world_cause(const struct reconcile_run *run, enum reconcile_cause_kind kind);

#define CAUSE(kind) (1U << CAUSE_##kind)

#endif
