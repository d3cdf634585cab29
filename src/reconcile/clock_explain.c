/* What of a clock is stated: zone, offset, drift, steps. */
#include "reconcile/engine_private.h"

#include <stdlib.h>

#define NEAR_MS 2000               /* a pair agrees with the clock that is no further off */
#define OFFSET_MIN_MS 250          /* less is the network's */
#define OFFSET_WHOLE_FROM_MS (-100) /* whole seconds may be cut, rounded or raised: right clocks lie between these */
#define OFFSET_WHOLE_TO_MS 1100
#define DRIFT_MIN_MS 400           /* over the span of the records */
#define DRIFT_STEADY_MS 200        /* where it goes the same way all day */
#define ZONE_REST_MS INT64_C(120000)
#define STEP_REST_MS 3000          /* a step by quarter hours and no more than this is a change of zone */

struct share {
	uint64_t pairs, near;
};

/* Pairs on the clock, and those that agree with it. */
static struct share share_of(const struct group *g, const struct clock_model *clock)
{
	struct share s = { 0 };

	for (size_t i = 0; i < g->platform.n; i++) {
		const struct item *p = &g->platform.items[i];
		int64_t shift;

		if (p->partner == RECONCILE_NONE || p->is_aside || clock_of(g, p->trunk) != clock ||
		    !item_shift(p, &g->operator.items[p->partner], &shift))
			continue;
		s.pairs++;
		s.near += llabs(shift - clock_shift_at(clock, p->time_ms)) <= NEAR_MS;
	}
	return s;
}

/* States a clock's cause for the pairs of [from, to). */
static struct reconcile_cause *state(struct group *g, const struct clock_model *clock, enum reconcile_cause_kind kind,
				     int64_t from_ms, int64_t to_ms)
{
	struct scope scope = { clock->trunk, 0, from_ms, to_ms };
	struct reconcile_cause *cause = cause_add(&g->causes, kind, g->operator_index);
	struct share s = share_of(g, clock);

	cause_set_scope(cause, &scope);
	cause->confidence_permille = s.pairs ? (unsigned)(s.near * 1000 / s.pairs) : 0;
	for (size_t i = 0; i < g->platform.n; i++) {
		struct item *p = &g->platform.items[i];

		if (p->partner == RECONCILE_NONE || p->is_aside || clock_of(g, p->trunk) != clock || !scope_holds(&scope, p))
			continue;
		p->causes |= 1U << kind;
		cause->records += group_in_range(g, p->time_ms);
	}
	return cause;
}

static int64_t to_zone(int64_t shift_ms)
{
	int64_t half = shift_ms >= 0 ? QUARTER_MS / 2 : -QUARTER_MS / 2;
	int64_t zone = (shift_ms + half) / QUARTER_MS * QUARTER_MS;

	return llabs(shift_ms - zone) <= ZONE_REST_MS ? zone : 0;
}

static bool is_zone_step(int64_t by_ms)
{
	return to_zone(by_ms) && llabs(by_ms - to_zone(by_ms)) <= STEP_REST_MS;
}

static int64_t step_of(const struct clock_model *clock, size_t part)
{
	return clock->parts[part].shift_ms - clock->parts[part - 1].shift_ms;
}

/* Zones hold from one change of zone to the next. */
static void explain_zones(struct group *g, const struct clock_model *clock, int64_t zone)
{
	int64_t from = INSTANT_NONE;

	for (size_t part = 1; part <= clock->n; part++) {
		bool last = part == clock->n;

		if (!last && !is_zone_step(step_of(clock, part)))
			continue;
		if (zone)
			state(g, clock, CAUSE_ZONE_OFFSET, from, last ? INSTANT_NONE : clock->parts[part].from_ms)->shift_ms = zone;
		if (last)
			return;
		zone += to_zone(step_of(clock, part));
		from = clock->parts[part].from_ms;
	}
}

static void explain_steps(struct group *g, const struct clock_model *clock)
{
	for (size_t part = 1; part < clock->n; part++) {
		struct reconcile_cause *cause;

		if (is_zone_step(step_of(clock, part)))
			continue;
		cause = state(g, clock, CAUSE_CLOCK_STEP, INSTANT_NONE, INSTANT_NONE);
		cause->shift_ms = step_of(clock, part);
		cause->at_ms = clock->parts[part].from_ms;
	}
}

/* What the operator's other trunks share with this one needs no second statement. */
static bool is_common(const struct group *g, const struct clock_model *clock, int64_t offset_ms)
{
	int64_t common = g->clocks[0].parts[0].shift_ms;

	return clock != &g->clocks[0] && llabs(common - to_zone(common) - offset_ms) <= OFFSET_MIN_MS;
}

/* A clock that drifts and is right at noon, or at an end of the day, has no offset besides. */
static bool is_right_once(const struct clock_model *clock, int64_t zone)
{
	int64_t day = clock->origin_ms / MS_PER_DAY * MS_PER_DAY;

	for (int64_t at = day; at <= day + MS_PER_DAY; at += MS_PER_DAY / 2)
		if (llabs(clock_true_shift(clock, at) - zone) < OFFSET_MIN_MS)
			return true;
	return false;
}

static bool is_offset(const struct clock_model *clock, int64_t ms)
{
	if (clock->whole_seconds)
		return ms < OFFSET_WHOLE_FROM_MS || ms > OFFSET_WHOLE_TO_MS;
	return llabs(ms) >= OFFSET_MIN_MS;
}

static void explain_clock(struct group *g, const struct clock_model *clock)
{
	int64_t shift = clock->parts[0].shift_ms, zone = to_zone(shift), span = 2 * (clock->until_ms - clock->origin_ms);
	bool drifts = llabs(clock->ppb) * (span / 1000) / 1000000 >= (clock->is_steady ? DRIFT_STEADY_MS : DRIFT_MIN_MS);
	struct share s = share_of(g, clock);

	if (!scope_has_evidence(s.near, s.pairs))
		return;
	explain_zones(g, clock, zone);
	explain_steps(g, clock);
	if (drifts && !is_common(g, clock, shift - zone))
		state(g, clock, CAUSE_CLOCK_DRIFT, INSTANT_NONE, INSTANT_NONE)->ppb = clock->ppb;
	if (is_offset(clock, shift - zone) &&
	    !is_common(g, clock, shift - zone) && !(drifts && is_right_once(clock, zone))) {
		struct reconcile_cause *cause = state(g, clock, CAUSE_CLOCK_OFFSET, INSTANT_NONE, INSTANT_NONE);

		cause->shift_ms = shift - zone;
		cause->at_ms = drifts ? clock->origin_ms : INSTANT_NONE;
	}
}

static int64_t off_clock(const struct group *g, const struct item *p)
{
	int64_t shift;

	return item_shift(p, &g->operator.items[p->partner], &shift) ? shift - clock_shift(g, p) : INSTANT_NONE;
}

/* Records of a node that no column names: as many as there are. */
static void explain_aside(struct group *g, int64_t aside_ms)
{
	bool is_zone = is_zone_step(aside_ms);
	struct reconcile_cause *cause = cause_add(&g->causes, is_zone ? CAUSE_ZONE_OFFSET : CAUSE_CLOCK_OFFSET, g->operator_index);

	cause->shift_ms = is_zone ? to_zone(aside_ms) : aside_ms;
	cause->confidence_permille = 1000;
	for (size_t i = 0; i < g->platform.n; i++) {
		struct item *p = &g->platform.items[i];

		if (!p->is_aside || llabs(off_clock(g, p) - aside_ms) > NEAR_MS)
			continue;
		p->causes |= 1U << cause->kind;
		cause->records += group_in_range(g, p->time_ms);
	}
}

void clock_explain(struct group *g)
{
	for (size_t i = 0; i < g->clocks_n; i++)
		if (g->clocks[i].is_known)
			explain_clock(g, &g->clocks[i]);
	for (size_t i = 0; i < g->asides_n; i++)
		explain_aside(g, g->asides_ms[i]);
}
