/* Calls of which the operator has several records: what that does to the seconds, and why. */
#include "reconcile/engine_private.h"

#include <stdlib.h>

#define SAME_MS 1500
#define CUT_MS 3000                /* how near to midnight a call is cut */
#define ZONES (MS_PER_DAY / QUARTER_MS)
#define ZONE_EAST_MAX (INT64_C(14) * 3600000)
#define APPLIES_MS 5000            /* longer than the piece by this much: should have been cut */

static bool has_any(const struct group *g)
{
	for (size_t i = 0; i < g->further_n; i++)
		if (g->operator.items[g->further[i].index].is_copy)
			return true;
	return false;
}

void copies_list(struct group *g)
{
	struct copies *c = &g->copies;

	*c = (struct copies){ .zone_ms = INSTANT_NONE };
	if (!has_any(g))
		return;
	c->first = xalloc((g->platform.n + 1) * sizeof(uint32_t));
	c->next = xalloc((g->operator.n + 1) * sizeof(uint32_t));
	memset(c->first, 0xff, g->platform.n * sizeof(*c->first));
	memset(c->next, 0xff, g->operator.n * sizeof(*c->next));
	/* Those of one call have one key, and stand in order of time there. */
	for (size_t i = g->further_n; i > 0; i--) {
		uint32_t index = g->further[i - 1].index;
		const struct item *o = &g->operator.items[index];

		if (!o->is_copy)
			continue;
		c->next[index] = c->first[o->call];
		c->first[o->call] = index;
	}
}

void copies_release(struct copies *c)
{
	free(c->first);
	free(c->next);
	c->first = c->next = NULL;
}

/* The first piece that begins after the call's first record did; NULL: there is none. */
static const struct item *second_piece(const struct group *g, const struct copies *c, size_t platform)
{
	const struct item *first = &g->operator.items[g->platform.items[platform].partner], *second = NULL;

	for (uint32_t k = copies_first(c, platform); k != RECONCILE_NONE; k = c->next[k]) {
		const struct item *o = &g->operator.items[k];

		if (o->is_piece && item_begin_ms(o) > item_begin_ms(first) + SAME_MS && (!second || item_begin_ms(o) < item_begin_ms(second)))
			second = o;
	}
	return second;
}

int64_t copies_moment(const struct group *g, const struct item *o, int64_t stamp_ms, bool by_own_clock)
{
	int64_t shift = o->time_ms - clock_corrected(g, o);

	return stamp_ms - (by_own_clock ? nearest_multiple(shift, QUARTER_MS) : shift);
}

/* The zone, counted in quarter hours east of UTC from the west-most, whose midnight the moment is; -1: none. */
static int zone_of(int64_t ms)
{
	int64_t rest = ((ms % QUARTER_MS) + QUARTER_MS) % QUARTER_MS, quarter;

	if (rest > CUT_MS && rest < QUARTER_MS - CUT_MS)
		return -1;
	quarter = (ms + QUARTER_MS / 2) / QUARTER_MS;
	return (int)(((-quarter % ZONES) + ZONES) % ZONES);
}

static bool is_cumulative(const struct group *g, const struct copies *c, size_t platform)
{
	const struct item *first = &g->operator.items[g->platform.items[platform].partner];

	for (uint32_t k = copies_first(c, platform); k != RECONCILE_NONE; k = c->next[k])
		if (g->operator.items[k].is_piece && llabs(item_begin_ms(&g->operator.items[k]) - item_begin_ms(first)) <= SAME_MS)
			return true;
	return false;
}

bool copies_is_cut_at(const struct copies *c, int64_t ms)
{
	return zone_of(ms) == (int)(((c->zone_ms / QUARTER_MS) + ZONES) % ZONES);
}

struct call_pieces copies_pieces(const struct group *g, const struct copies *c, size_t platform)
{
	struct call_pieces pieces = { .cause = CAUSE_PARTIAL_RECORDS };
	const struct item *second;

	for (uint32_t k = copies_first(c, platform); k != RECONCILE_NONE; k = c->next[k]) {
		if (!g->operator.items[k].is_piece)
			continue;
		pieces.n++;
		pieces.sum_ms += item_duration_ms(&g->operator.items[k]);
	}
	if (pieces.n == 0)
		return pieces;
	second = second_piece(g, c, platform);
	if (!second) {
		pieces.counted_before_ms = pieces.sum_ms;
	} else if (c->zone_ms != INSTANT_NONE && copies_is_cut_at(c, copies_moment(g, second, item_begin_ms(second), c->by_own_clock))) {
		pieces.cause = CAUSE_MIDNIGHT_CUT;
	}
	return pieces;
}

/* --- what is stated ------------------------------------------------------------------------- */

/* The value around which most lie, to the whole second; *near: how many. */
static int64_t commonest(int64_t *list, size_t n, size_t *near)
{
	size_t best = 0, from = 0, at = 0;

	values_sort(list, n);
	for (size_t to = 0; to < n; to++) {
		while (list[to] - list[from] > 2 * SAME_MS)
			from++;
		if (to - from + 1 > best) {
			best = to - from + 1;
			at = from + (to - from) / 2;
		}
	}
	*near = best;
	return best ? (list[at] + 500) / 1000 * 1000 : 0;
}

/* Length of what comes before the first cut, or of the shortest interim record. */
static int64_t first_length(const struct group *g, const struct copies *c, size_t platform)
{
	int64_t least = duration_reported(g, (uint32_t)platform);

	if (!is_cumulative(g, c, platform))
		return least;
	for (uint32_t k = copies_first(c, platform); k != RECONCILE_NONE; k = c->next[k])
		if (g->operator.items[k].is_piece && item_duration_ms(&g->operator.items[k]) < least)
			least = item_duration_ms(&g->operator.items[k]);
	return least;
}

/* The zone in which most calls are cut at midnight; *cuts: how many are. */
static size_t commonest_zone(const struct group *g, const struct copies *c, bool by_own_clock, size_t *cuts)
{
	size_t counts[ZONES] = { 0 }, best = 0;

	for (size_t i = 0; i < g->platform.n; i++) {
		const struct item *second = c->first[i] == RECONCILE_NONE ? NULL : second_piece(g, c, i);
		int zone = second ? zone_of(copies_moment(g, second, item_begin_ms(second), by_own_clock)) : -1;

		if (zone >= 0)
			counts[zone]++;
	}
	for (size_t z = 1; z < (size_t)ZONES; z++)
		if (counts[z] > counts[best])
			best = z;
	*cuts = counts[best];
	return best;
}

/* All calls cut at one time of day: a midnight, of the true time or of a clock that is off. */
static void find_zone(const struct group *g, struct copies *c)
{
	size_t cuts, own_cuts, zone = commonest_zone(g, c, false, &cuts), own_zone = commonest_zone(g, c, true, &own_cuts);

	c->by_own_clock = own_cuts > cuts;
	if ((c->by_own_clock ? own_cuts : cuts) < RECONCILE_EVIDENCE_MIN)
		return;
	c->zone_ms = (int64_t)(c->by_own_clock ? own_zone : zone) * QUARTER_MS;
	if (c->zone_ms > ZONE_EAST_MAX)
		c->zone_ms -= MS_PER_DAY;
}

static void find_every(const struct group *g, struct copies *c)
{
	int64_t *lengths = xalloc((g->platform.n + 1) * sizeof(*lengths));
	size_t n = 0, near, cumulative = 0;

	for (size_t i = 0; i < g->platform.n; i++) {
		struct call_pieces pieces = copies_pieces(g, c, i);

		if (pieces.n == 0 || pieces.cause != CAUSE_PARTIAL_RECORDS)
			continue;
		lengths[n++] = first_length(g, c, i);
		cumulative += pieces.counted_before_ms > 0;
	}
	c->every_ms = commonest(lengths, n, &near);
	if (near < RECONCILE_EVIDENCE_MIN || near * 100 < n * 80)
		c->every_ms = 0;
	c->is_cumulative = c->every_ms && cumulative >= RECONCILE_EVIDENCE_MIN;
	free(lengths);
}

void copies_learn(struct group *g)
{
	find_zone(g, &g->copies);
	find_every(g, &g->copies);
}

/* Whether the midnight of the zone falls into the call. */
static bool crosses(const struct copies *c, const struct item *p)
{
	int64_t begin = item_begin_ms(p) + c->zone_ms, end = begin + item_duration_ms(p);

	return begin / MS_PER_DAY != end / MS_PER_DAY && begin % MS_PER_DAY < MS_PER_DAY - APPLIES_MS &&
	       end % MS_PER_DAY > APPLIES_MS;
}

/* How long pieces are by the clock, whatever unit the operator writes them in. */
static int64_t cut_after(const struct group *g, const struct copies *c)
{
	const struct duration_model *m = &g->models[0].model;

	return c->every_ms * m->denominator / m->numerator;
}

static bool should_be_cut(const struct group *g, const struct copies *c, const struct item *p, enum reconcile_cause_kind kind)
{
	if (kind == CAUSE_MIDNIGHT_CUT)
		return c->zone_ms != INSTANT_NONE && crosses(c, p);
	return c->every_ms && item_duration_ms(p) > cut_after(g, c) + APPLIES_MS;
}

static bool ask_pieces(const void *context, const struct group *g, size_t platform, struct scope_case *c)
{
	enum reconcile_cause_kind kind = *(const enum reconcile_cause_kind *)context;
	const struct item *p = &g->platform.items[platform];
	struct call_pieces pieces;

	if (p->partner == RECONCILE_NONE)
		return false;
	pieces = copies_pieces(g, &g->copies, platform);
	c->hit = pieces.n && pieces.cause == kind;
	c->explained_ms = pieces.counted_before_ms;
	/* What is cut for the other reason says nothing against this one. */
	return c->hit || (!pieces.n && should_be_cut(g, &g->copies, p, kind));
}

static void explain_pieces(struct group *g, struct copies *c, enum reconcile_cause_kind kind)
{
	struct scope scope;
	size_t n;
	struct scope_case *cases = survey_cases(g, ask_pieces, &kind, false, &n);

	/* Calls cut after no length in common are cut for no reason that could be named. */
	if ((kind != CAUSE_PARTIAL_RECORDS || c->every_ms) && scope_decide(cases, n, &scope)) {
		struct reconcile_cause *cause = cause_state(g, kind, &scope, cases, n);

		cause->every_ms = kind == CAUSE_PARTIAL_RECORDS ? cut_after(g, c) : 0;
		cause->zone_ms = kind == CAUSE_MIDNIGHT_CUT ? c->zone_ms : 0;
		c->stated |= 1U << kind;
	}
	survey_free_cases(cases, n);
}

static void explain_duplicates(struct group *g, struct copies *c)
{
	struct scope_case *cases = xalloc((g->platform.n + 1) * sizeof(*cases));
	uint64_t duplicates = 0;
	int64_t sum_ms = 0;
	size_t n = 0;

	for (size_t i = 0; i < g->platform.n; i++) {
		const struct item *p = &g->platform.items[i];
		bool hit = false;

		if (p->partner == RECONCILE_NONE)
			continue;
		for (uint32_t k = c->first[i]; k != RECONCILE_NONE; k = c->next[k]) {
			if (g->operator.items[k].is_piece)
				continue;
			hit = true;
			if (!group_in_range(g, p->time_ms))
				continue;
			duplicates++;
			sum_ms += item_duration_ms(&g->operator.items[k]);
		}
		cases[n++] = scope_case_of(p, i, hit);
	}
	if (duplicates >= RECONCILE_EVIDENCE_MIN) {
		struct reconcile_cause *cause = cause_add(&g->causes, CAUSE_DUPLICATE_DELIVERY, g->operator_index);
		struct scope scope = scope_of_hits(cases, n);

		cause_set_scope(cause, &scope);
		cause->records = duplicates;
		cause->explained_ms = sum_ms;
		cause->confidence_permille = 1000;
		c->stated |= 1U << CAUSE_DUPLICATE_DELIVERY;
	}
	free(cases);
}

void copies_explain(struct group *g)
{
	struct copies *c = &g->copies;

	if (!c->first)
		return;
	copies_learn(g);
	explain_duplicates(g, c);
	explain_pieces(g, c, CAUSE_PARTIAL_RECORDS);
	explain_pieces(g, c, CAUSE_MIDNIGHT_CUT);
}
