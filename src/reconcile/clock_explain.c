/* What of a clock is stated: zone, offset, drift, steps. */
#include "reconcile/engine_private.h"

#include <stdlib.h>

#define NEAR_MS 2000               /* a pair agrees with the clock that is no further off */
#define OFFSET_MIN_MS 250          /* less is the network's */
#define OFFSET_WHOLE_FROM_MS (-100) /* whole seconds may be cut, rounded or raised: right clocks lie between these */
#define OFFSET_WHOLE_TO_MS 1100
#define DRIFT_MIN_MS 400           /* over the span of the records */
#define DRIFT_STEADY_MS 200        /* where it goes the same way all day */
#define ZONE_HALF_MS INT64_C(1800000)
#define ZONE_EXACT_MS 5000
#define ZONE_HALF_REST_MS INT64_C(120000)
#define ZONE_IN_USE_REST_MS INT64_C(600000) /* a clock that is further off a zone is said to be so as a whole */
#define ZONE_MOST_MS (14 * INT64_C(3600000)) /* no zone is further from UTC */
#define STEP_REST_MS 3000          /* a step by quarter hours and no more than this is a change of zone */
#define STEP_NEAR_MS INT64_C(120000) /* two clocks are set together that are set so near each other */
#define DRIFT_NEAR_PPB 10000

struct share {
	uint64_t pairs, near;
};

struct sharing {
	const struct group *g;
	const struct clock_model *clock;
	struct share shares[THREADS_MAX];
};

static void share_part(void *context, size_t part, size_t from, size_t to)
{
	struct sharing *sharing = context;
	const struct group *g = sharing->g;
	struct share s = { 0 };

	for (size_t i = from; i < to; i++) {
		const struct item *p = &g->platform.items[i];
		int64_t shift;

		if (p->partner == RECONCILE_NONE || p->is_aside || clock_of(g, p->trunk) != sharing->clock ||
		    !item_shift(p, &g->operator.items[p->partner], &shift))
			continue;
		s.pairs++;
		s.near += llabs(shift - clock_shift_at(sharing->clock, stamped_ms(g, p))) <= NEAR_MS;
	}
	sharing->shares[part] = s;
}

/* Pairs on the clock, and those that agree with it. */
static struct share share_of(const struct group *g, const struct clock_model *clock)
{
	struct sharing sharing = { .g = g, .clock = clock };
	struct share sum = { 0 };

	share_out(g->threads, g->platform.n, share_part, &sharing);
	for (size_t t = 0; t < THREADS_MAX; t++) {
		sum.pairs += sharing.shares[t].pairs;
		sum.near += sharing.shares[t].near;
	}
	return sum;
}

/* The zone that is in use, with or without summer time, to which a clock stands nearest (IANA's time zone database). */
static int64_t zone_in_use(int64_t shift_ms)
{
	/* Those that are no whole hours from UTC. */
	static const int8_t quarters[] = { -38, -14, -10, 14, 18, 22, 23, 26, 35, 38, 42, 51, 55 };
	int64_t zone = nearest_multiple(shift_ms, 4 * QUARTER_MS);

	for (size_t i = 0; i < sizeof(quarters) / sizeof(quarters[0]); i++)
		if (llabs(shift_ms - quarters[i] * QUARTER_MS) < llabs(shift_ms - zone))
			zone = quarters[i] * QUARTER_MS;
	return zone;
}

/* What of a shift is a zone; 0: nothing.  The less likely the zone is, the less may be left for the clock besides. */
static int64_t to_zone(int64_t shift_ms)
{
	const struct {
		int64_t zone_ms, rest_ms, least_ms;
	} tried[] = {
		{ zone_in_use(shift_ms), ZONE_IN_USE_REST_MS, ZONE_HALF_MS },
		{ nearest_multiple(shift_ms, ZONE_HALF_MS), ZONE_HALF_REST_MS, 2 * ZONE_HALF_MS },
		{ nearest_multiple(shift_ms, QUARTER_MS), ZONE_EXACT_MS, ZONE_HALF_MS },
	};

	for (size_t i = 0; i < sizeof(tried) / sizeof(tried[0]); i++)
		if (llabs(shift_ms - tried[i].zone_ms) <= tried[i].rest_ms && llabs(tried[i].zone_ms) >= tried[i].least_ms &&
		    llabs(tried[i].zone_ms) <= ZONE_MOST_MS)
			return tried[i].zone_ms;
	return 0;
}

static bool is_zone_step(int64_t by_ms)
{
	return to_zone(by_ms) && llabs(by_ms - to_zone(by_ms)) <= STEP_REST_MS;
}

static int64_t step_of(const struct clock_model *clock, size_t part)
{
	return clock->parts[part].shift_ms - clock->parts[part - 1].shift_ms;
}

/* How the clock would stand if no step had come. */
static int64_t first_line_at(const struct clock_model *clock, int64_t t)
{
	return clock->parts[0].shift_ms + (t - clock->origin_ms) / 1000 * clock->ppb / 1000000;
}

/* Zones change at a full hour or half, which is where step_moment() puts a step that may have come then. */
static bool is_zone_change(const struct clock_model *clock, size_t part)
{
	return is_zone_step(step_of(clock, part)) && clock->parts[part].from_ms % (2 * QUARTER_MS) == 0;
}

/* --- what trunks share -------------------------------------------------------------------- */

/* At a moment, or INSTANT_NONE: where nothing drifts. */
static int64_t offset_of(const struct clock_model *clock, int64_t at_ms)
{
	int64_t shift = clock->parts[0].shift_ms;

	return (at_ms == INSTANT_NONE ? shift : first_line_at(clock, at_ms)) - to_zone(shift);
}

static bool has_step(const struct clock_model *clock, int64_t at_ms, int64_t by_ms)
{
	for (size_t part = 1; part < clock->n; part++)
		if (llabs(clock->parts[part].from_ms - at_ms) <= STEP_NEAR_MS &&
		    llabs(step_of(clock, part) - by_ms) <= OFFSET_MIN_MS)
			return true;
	return false;
}

/* Whether the cause is as true of this clock. */
static bool is_true_of(const struct clock_model *clock, const struct reconcile_cause *cause)
{
	switch (cause->kind) {
	case CAUSE_CLOCK_OFFSET:
		return llabs(offset_of(clock, cause->at_ms) - cause->shift_ms) <= OFFSET_MIN_MS;
	case CAUSE_ZONE_OFFSET:
		return to_zone(clock->parts[0].shift_ms) == cause->shift_ms && cause->from_ms == INSTANT_NONE &&
		       cause->to_ms == INSTANT_NONE;
	case CAUSE_CLOCK_DRIFT:
		return llabs(clock->ppb - cause->ppb) <= DRIFT_NEAR_PPB;
	default:
		return has_step(clock, cause->at_ms, cause->shift_ms);
	}
}

static bool is_true_of_all(const struct group *g, const struct reconcile_cause *cause)
{
	for (size_t i = 0; i < g->clocks_n; i++)
		if (g->clocks[i].is_known && !is_true_of(&g->clocks[i], cause))
			return false;
	return true;
}

/* The trunk whose clock the operator's is, where all others have clocks of their own; 0: several share it. */
static uint16_t only_trunk(const struct group *g)
{
	uint16_t only = 0;

	for (size_t i = 0; g->clocks_n > 1 && i < g->platform.n; i++) {
		const struct item *p = &g->platform.items[i];

		if (p->partner == RECONCILE_NONE || clock_of(g, p->trunk) != &g->clocks[0])
			continue;
		if (p->trunk == 0 || (only && only != p->trunk))
			return 0;
		only = p->trunk;
	}
	return only;
}

/* --- stating ------------------------------------------------------------------------------- */

struct teller {
	struct group *g;
	const struct clock_model *clock;
	uint16_t only;                  /* only_trunk() */
	unsigned confidence_permille;
};

/* What is true of the operator's clock is said of all trunks, unless it is one trunk's clock and others differ. */
static bool is_general(const struct teller *t, const struct reconcile_cause *cause)
{
	return is_true_of(&t->g->clocks[0], cause) && (t->only == 0 || is_true_of_all(t->g, cause));
}

static bool is_concerned(const struct teller *t, const struct reconcile_cause *cause, const struct item *p)
{
	const struct clock_model *clock = clock_of(t->g, p->trunk);
	int64_t at = stamped_ms(t->g, p);

	if (p->partner == RECONCILE_NONE || p->is_aside || (cause->kind == CAUSE_CLOCK_STEP && at < cause->at_ms) ||
	    (cause->from_ms != INSTANT_NONE && at < cause->from_ms) || (cause->to_ms != INSTANT_NONE && at >= cause->to_ms))
		return false;
	return clock == t->clock || (cause->trunk == 0 && is_true_of(clock, cause));
}

struct concern {
	const struct teller *t;
	const struct reconcile_cause *said;
	bool mark;
	struct concerned {
		uint64_t all, reported;
	} parts[THREADS_MAX];
};

static void concern_part(void *context, size_t part, size_t from, size_t to)
{
	struct concern *c = context;
	struct concerned n = { 0 };

	for (size_t i = from; i < to; i++) {
		struct item *p = &c->t->g->platform.items[i];

		if (!is_concerned(c->t, c->said, p))
			continue;
		n.all++;
		n.reported += group_in_range(c->t->g, p->time_ms);
		if (c->mark)
			p->causes |= 1U << c->said->kind;
	}
	c->parts[part] = n;
}

/* The records that the cause is at work on, and those of the range; with `mark`, they bear its kind afterwards. */
static struct concerned concern(const struct teller *t, const struct reconcile_cause *said, bool mark)
{
	struct concern c = { .t = t, .said = said, .mark = mark };
	struct concerned sum = { 0 };

	share_out(t->g->threads, t->g->platform.n, concern_part, &c);
	for (size_t i = 0; i < THREADS_MAX; i++) {
		sum.all += c.parts[i].all;
		sum.reported += c.parts[i].reported;
	}
	return sum;
}

static void state(const struct teller *t, struct reconcile_cause said)
{
	bool general = is_general(t, &said);
	struct reconcile_cause *cause;

	if (general && t->clock != &t->g->clocks[0])
		return;
	if (!general)
		said.trunk = t->clock->trunk ? t->clock->trunk : t->only;
	said.operator_index = t->g->operator_index;
	said.confidence_permille = t->confidence_permille;
	if (concern(t, &said, false).all < RECONCILE_EVIDENCE_MIN)
		return;
	said.records = concern(t, &said, true).reported;
	cause = cause_add(&t->g->causes, said.kind, said.operator_index);
	*cause = said;
}

static struct reconcile_cause cause_of(enum reconcile_cause_kind kind)
{
	return (struct reconcile_cause){ .kind = kind, .at_ms = INSTANT_NONE, .from_ms = INSTANT_NONE, .to_ms = INSTANT_NONE };
}

/* Zones hold from one change of zone to the next. */
static void explain_zones(const struct teller *t, int64_t zone)
{
	const struct clock_model *clock = t->clock;
	struct reconcile_cause said = cause_of(CAUSE_ZONE_OFFSET);

	for (size_t part = 1; part <= clock->n; part++) {
		bool last = part == clock->n;

		if (!last && !is_zone_change(clock, part))
			continue;
		said.shift_ms = zone;
		said.to_ms = last ? INSTANT_NONE : clock->parts[part].from_ms;
		if (zone)
			state(t, said);
		if (last)
			return;
		zone += to_zone(step_of(clock, part));
		said.from_ms = clock->parts[part].from_ms;
	}
}

static void explain_steps(const struct teller *t)
{
	for (size_t part = 1; part < t->clock->n; part++) {
		struct reconcile_cause said = cause_of(CAUSE_CLOCK_STEP);

		said.shift_ms = step_of(t->clock, part);
		said.at_ms = t->clock->parts[part].from_ms;
		if (!is_zone_change(t->clock, part))
			state(t, said);
	}
}

/* A clock that drifts and, but for its steps, is right at noon, or at an end of the day, has no offset besides. */
static bool is_right_once(const struct clock_model *clock, int64_t zone)
{
	int64_t day = clock->origin_ms / MS_PER_DAY * MS_PER_DAY;

	for (int64_t at = day; at <= day + MS_PER_DAY; at += MS_PER_DAY / 2)
		if (llabs(first_line_at(clock, at) - zone) < OFFSET_MIN_MS)
			return true;
	return false;
}

/* The offset of a clock that drifts holds at one moment: the middle of the day, or of what comes before the first step. */
static int64_t moment_of_first_part(const struct clock_model *clock)
{
	int64_t from = 2 * clock->origin_ms - clock->until_ms;

	return clock->n == 1 ? clock->origin_ms : from + (clock->parts[1].from_ms - from) / 2;
}

static bool is_offset(const struct clock_model *clock, int64_t ms)
{
	if (clock->whole_seconds)
		return ms < OFFSET_WHOLE_FROM_MS || ms > OFFSET_WHOLE_TO_MS;
	return llabs(ms) >= OFFSET_MIN_MS;
}

static bool drifts(const struct clock_model *clock)
{
	int64_t span = 2 * (clock->until_ms - clock->origin_ms);

	return llabs(clock->ppb) * (span / 1000) / 1000000 >= (clock->is_steady ? DRIFT_STEADY_MS : DRIFT_MIN_MS);
}

static void explain_clock(struct group *g, const struct clock_model *clock, uint16_t only)
{
	struct reconcile_cause drift = cause_of(CAUSE_CLOCK_DRIFT), offset = cause_of(CAUSE_CLOCK_OFFSET);
	int64_t zone = to_zone(clock->parts[0].shift_ms);
	struct share s = share_of(g, clock);
	struct teller t = { g, clock, only, s.pairs ? (unsigned)(s.near * 1000 / s.pairs) : 0 };

	if (!scope_has_evidence(s.near, s.pairs))
		return;
	explain_zones(&t, zone);
	explain_steps(&t);
	drift.ppb = clock->ppb;
	if (drifts(clock)) {
		state(&t, drift);
		offset.at_ms = moment_of_first_part(clock);
	}
	offset.shift_ms = offset_of(clock, offset.at_ms);
	if (is_offset(clock, offset.shift_ms) && !(drifts(clock) && is_right_once(clock, zone)))
		state(&t, offset);
}

static int64_t off_clock(const struct group *g, const struct item *p)
{
	int64_t shift;

	return item_shift(p, &g->operator.items[p->partner], &shift) ? shift - clock_shift(g, p) : INSTANT_NONE;
}

static bool is_aside_by(const struct group *g, const struct item *p, int64_t aside_ms)
{
	return p->is_aside && llabs(off_clock(g, p) - aside_ms) <= NEAR_MS;
}

static bool ask_aside(const void *context, const struct group *g, size_t platform, struct scope_case *c)
{
	const struct item *p = &g->platform.items[platform];

	c->hit = is_aside_by(g, p, *(const int64_t *)context);
	return p->partner != RECONCILE_NONE;
}

/* Records of a node, as many as there are: of one direction or part of the day, or of none that a column names. */
static void explain_aside(struct group *g, int64_t aside_ms)
{
	bool is_zone = is_zone_step(aside_ms);
	struct reconcile_cause *cause;
	struct scope where;
	size_t n;
	struct scope_case *cases = survey_cases(g, ask_aside, &aside_ms, false, &n);

	if (n == 0)
		return; /* they are too few */
	cause = cause_add(&g->causes, is_zone ? CAUSE_ZONE_OFFSET : CAUSE_CLOCK_OFFSET, g->operator_index);
	if (scope_decide(cases, n, &where))
		cause_set_scope(cause, &where);
	survey_free_cases(cases, n);
	cause->shift_ms = is_zone ? to_zone(aside_ms) : aside_ms;
	cause->confidence_permille = 1000;
	for (size_t i = 0; i < g->platform.n; i++) {
		struct item *p = &g->platform.items[i];

		if (!is_aside_by(g, p, aside_ms))
			continue;
		p->causes |= 1U << cause->kind;
		cause->records += group_in_range(g, p->time_ms);
	}
}

void clock_explain(struct group *g)
{
	uint16_t only = only_trunk(g);

	for (size_t i = 0; i < g->clocks_n; i++)
		if (g->clocks[i].is_known)
			explain_clock(g, &g->clocks[i], only);
	for (size_t i = 0; i < g->asides_n; i++)
		explain_aside(g, g->asides_ms[i]);
}
