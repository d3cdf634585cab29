/* How the operator makes its durations is learned from pairs; each step is
 * believed only when it makes them agree better than without. */
#include "reconcile/engine_private.h"

#include <stdlib.h>

#define LATTICE_PERMILLE 970       /* of the operator's durations that must be multiples */
#define FIT_GAIN_PERMILLE 30       /* a richer model must explain at least this much more */
#define FIT_GOOD_PERMILLE 900      /* a model of a scope must explain this much there */
#define DELAY_MIN_MS 120           /* less is the way through the network that every trunk has */
#define DELAY_MAX_MS 3000
#define UNIT_FROM_MS 10000
#define UNIT_NEAR_PERMILLE 200
#define CALM_MIN ((size_t)100)
#define PHASE_STEP_MS 50
#define WHOLE_SECOND_BLUR_MS 1000
#define BLURRED_MIN ((size_t)8)
#define BLURRED_TIMES ((size_t)4)
#define PARTS_MAX 96                /* trunks, directions and both that are looked at by themselves */
#define PART_WORTH_PERMILLE 1030   /* a part must make this much more agree than the one before it */

struct pair {
	const struct item *p;
	int64_t reported_ms;
	uint32_t index;
};

struct pairs {
	struct pair *list;
	size_t n;
	int64_t slack_ms;              /* what another unit has lost */
};

static struct pairs collect(const struct group *g, const struct pair_sample *sample)
{
	struct pairs pairs = { .list = xalloc((sample->n + 1) * sizeof(struct pair)), .n = sample->n };

	for (size_t i = 0; i < sample->n; i++) {
		const struct item *p = &g->platform.items[sample->list[i]];

		pairs.list[i] = (struct pair){ p, item_duration_ms(&g->operator.items[p->partner]), sample->list[i] };
	}
	return pairs;
}

/* The pairs for which `keep` holds. */
static struct pairs select_pairs(const struct pairs *all, bool (*keep)(const struct pair *pair, const void *context),
				 const void *context)
{
	struct pairs some = { .list = xalloc((all->n + 1) * sizeof(struct pair)), .slack_ms = all->slack_ms };

	for (size_t i = 0; i < all->n; i++)
		if (keep(&all->list[i], context))
			some.list[some.n++] = all->list[i];
	return some;
}

/* How many pairs in a thousand fit; 0 as soon as it is clear that no more than `bound` do. */
static unsigned fit_above(const struct group *g, const struct duration_model *m, const struct pairs *pairs, unsigned bound)
{
	int64_t slack = pairs->slack_ms && m->increment_ms == 0 ? pairs->slack_ms + MEASURING_BLUR_MS : pairs->slack_ms;
	size_t least = ((bound + 1) * pairs->n + 999) / 1000, bad = 0;

	for (size_t i = 0; i < pairs->n; i++) {
		bad += !duration_fits(g, m, pairs->list[i].p, pairs->list[i].reported_ms, slack);
		if (pairs->n - bad < least)
			return 0;
	}
	return pairs->n ? (unsigned)((pairs->n - bad) * 1000 / pairs->n) : 0;
}

static unsigned fit_permille(const struct group *g, const struct duration_model *m, const struct pairs *pairs)
{
	return fit_above(g, m, pairs, 0);
}

/* --- unit ---------------------------------------------------------------------------------- */

/* Calls long enough that rounding and ringing hardly tell: the longest quarter. */
static int64_t long_from(const struct pairs *pairs)
{
	int64_t *lengths = xalloc((pairs->n + 1) * sizeof(*lengths)), from;

	for (size_t i = 0; i < pairs->n; i++)
		lengths[i] = item_duration_ms(pairs->list[i].p);
	values_sort(lengths, pairs->n);
	from = lengths[pairs->n - pairs->n / 4 - 1];
	free(lengths);
	return from > UNIT_FROM_MS ? from : UNIT_FROM_MS;
}

/* The known factor nearest to the ratio of long calls: 1 where none is near. */
static void learn_unit(struct duration_model *m, const struct pairs *pairs)
{
	/* Thousandths, tenths and hundredths of seconds, minutes, of minutes, of hours; and the other way about. */
	static const int64_t factors[][2] = { { 1, 1 },	 { 1000, 1 }, { 1, 1000 }, { 60, 1 },	{ 1, 60 }, { 10, 1 }, { 1, 10 },
					      { 100, 1 }, { 1, 100 },  { 3600, 1 }, { 1, 3600 }, { 1, 6 },  { 5, 3 },  { 1, 36 } };
	int64_t *ratios = xalloc((pairs->n + 1) * sizeof(*ratios)), from = long_from(pairs), median, best = INT64_MAX;
	size_t n = 0;

	for (size_t i = 0; i < pairs->n; i++)
		if (item_duration_ms(pairs->list[i].p) >= from)
			ratios[n++] = pairs->list[i].reported_ms * 1000000 / item_duration_ms(pairs->list[i].p);
	median = values_median(ratios, n);
	free(ratios);
	for (size_t f = 0; n >= RECONCILE_EVIDENCE_MIN / 4 && f < sizeof(factors) / sizeof(factors[0]); f++) {
		int64_t exact = 1000000 * factors[f][0] / factors[f][1], off = llabs(median - exact) * 1000 / exact;

		if (off > UNIT_NEAR_PERMILLE || off >= best)
			continue;
		best = off;
		m->numerator = factors[f][0];
		m->denominator = factors[f][1];
	}
}

/* --- rounding --------------------------------------------------------------------------------- */

/* Whether so many of the operator's durations are multiples that they lie on the lattice; most lattices are none of
 * theirs, which the first few hundred tell. */
static bool lies_on(const struct pairs *pairs, int64_t increment_ms, int64_t from_ms)
{
	size_t off = 0, off_most = pairs->n - (pairs->n * LATTICE_PERMILLE + 999) / 1000;

	for (size_t i = 0; i < pairs->n && off <= off_most; i++) {
		int64_t rest = llabs(pairs->list[i].reported_ms - from_ms) % increment_ms;

		off += rest > pairs->slack_ms && rest < increment_ms - pairs->slack_ms;
	}
	return off <= off_most;
}

static size_t platform_multiples(const struct pairs *pairs, int64_t increment_ms)
{
	size_t n = 0;

	for (size_t i = 0; i < pairs->n; i++)
		n += item_duration_ms(pairs->list[i].p) % increment_ms == 0;
	return n;
}

/* The coarsest lattice, counted from from_ms, on which the operator's durations lie and the platform's do not; 0:
 * there is none. */
static int64_t find_lattice(const struct pairs *pairs, int64_t from_ms)
{
	static const int64_t increments[] = { 3600000, 1800000, 900000, 600000, 300000, 180000, 120000, 60000, 45000, 40000,
					      36000, 30000, 24000, 20000, 18000, 15000, 12000, 10000, 9000, 8000, 7000, 6000, 5000,
					      4000, 3000, 2000, 1000, 500, 100 };

	for (size_t k = 0; k < sizeof(increments) / sizeof(increments[0]) && increments[k] > 4 * pairs->slack_ms; k++)
		if (lies_on(pairs, increments[k], from_ms))
			return platform_multiples(pairs, increments[k]) * 1000 >= pairs->n * LATTICE_PERMILLE ? 0 : increments[k];
	return 0;
}

/* The duration that most carry of those below which there are only stray ones. */
static int64_t most_common_least(const struct pairs *pairs)
{
	int64_t *values = xalloc((pairs->n + 1) * sizeof(*values)), least = 0;
	size_t most = 0, stray = pairs->n * (1000 - LATTICE_PERMILLE) / 1000;

	for (size_t i = 0; i < pairs->n; i++)
		values[i] = pairs->list[i].reported_ms;
	values_sort(values, pairs->n);
	for (size_t from = 0, to; from < pairs->n && from <= stray; from = to) {
		for (to = from; to < pairs->n && values[to] == values[from];)
			to++;
		if (to - from > most) {
			most = to - from;
			least = values[from];
		}
	}
	free(values);
	return least;
}

/* The least duration reported, when many calls that were shorter carry it. */
static int64_t find_minimum(const struct duration_model *m, const struct pairs *pairs)
{
	int64_t least = most_common_least(pairs);
	size_t raised = 0, equal = 0;

	for (size_t i = 0; i < pairs->n; i++) {
		int64_t parts[STEP_COUNT];

		if (pairs->list[i].reported_ms != least)
			continue;
		equal++;
		raised += duration_expect(m, pairs->list[i].p, parts) + m->increment_ms + MEASURING_BLUR_MS < least;
	}
	return raised >= RECONCILE_EVIDENCE_MIN && raised * 4 >= equal ? least : 0;
}

/* Where the operator's seconds begin, by trying. */
static void fit_phase(const struct group *g, struct duration_model *m, const struct pairs *pairs)
{
	int64_t best = 0, step = m->increment_ms > 20 * PHASE_STEP_MS ? m->increment_ms / 20 : PHASE_STEP_MS;
	struct pairs few = { pairs->list, pairs->n < 4000 ? pairs->n : 4000, pairs->slack_ms };
	unsigned best_fit = 0;

	for (int64_t phase = 0; phase < m->increment_ms; phase += step) {
		unsigned fit;

		m->phase_ms = phase;
		fit = fit_above(g, m, &few, best_fit);
		if (fit > best_fit) {
			best_fit = fit;
			best = phase;
		}
	}
	m->phase_ms = best;
}

static size_t count_exact(const struct duration_model *m, const struct pairs *pairs)
{
	int64_t parts[STEP_COUNT];
	size_t n = 0;

	for (size_t i = 0; i < pairs->n; i++)
		n += duration_expect(m, pairs->list[i].p, parts) == pairs->list[i].reported_ms;
	return n;
}

/* Two blurred ends admit almost anything.  But of differences of two cut times three in four at most are what one rounded
 * duration would be: where more are, it was one. */
static bool was_rounded_once(const struct duration_model *m, const struct duration_model *once, const struct pairs *pairs)
{
	return once->increment_ms == m->increment_ms && count_exact(once, pairs) * 5 > pairs->n * 4;
}

static bool try_mode(const struct group *g, struct duration_model m, enum rounding_mode mode, const struct pairs *pairs,
		     struct duration_model *best, unsigned *best_fit)
{
	unsigned fit, gain = mode == ROUNDING_ENDPOINTS || m.minimum_ms ? 10 : 0;

	m.mode = mode;
	if (mode == ROUNDING_ENDPOINTS)
		fit_phase(g, &m, pairs);
	fit = fit_above(g, &m, pairs, *best_fit + gain);
	if (fit <= *best_fit + gain || (mode == ROUNDING_ENDPOINTS && was_rounded_once(&m, best, pairs)))
		return false;
	*best_fit = fit;
	*best = m;
	return true;
}

/* Tries every way of rounding on the lattice; leaves the best, or none where none fits better. */
static unsigned learn_rounding(const struct group *g, struct duration_model *m, const struct pairs *pairs)
{
	struct duration_model best = *m, tried = *m;
	unsigned best_fit = fit_permille(g, m, pairs);

	tried.increment_ms = find_lattice(pairs, 0);
	for (int mode = ROUNDING_UP; tried.increment_ms && mode <= ROUNDING_ENDPOINTS; mode++)
		try_mode(g, tried, (enum rounding_mode)mode, pairs, &best, &best_fit);
	tried.minimum_ms = find_minimum(m, pairs);
	if (tried.minimum_ms) {
		tried.increment_ms = find_lattice(pairs, tried.minimum_ms);
		for (int mode = ROUNDING_UP; tried.increment_ms && mode <= ROUNDING_NEAREST; mode++)
			try_mode(g, tried, (enum rounding_mode)mode, pairs, &best, &best_fit);
	}
	*m = best;
	return best_fit;
}

/* --- release delay ------------------------------------------------------------------------------- */

/* Bounds are sorted by where they are, and what opens goes before what closes there. */
static int64_t bound_opens(int64_t at)
{
	return 2 * at;
}

static int64_t bound_closes(int64_t at)
{
	return 2 * at + 1;
}

static int64_t bound_at(int64_t bound)
{
	return bound >> 1;
}

/* The delays that a pair admits: those that its rounding turns into what was reported. */
static void admit(const struct duration_model *m, const struct pair *pair, int64_t *low, int64_t *high)
{
	int64_t parts[STEP_COUNT], value = duration_expect(m, pair->p, parts) - parts[STEP_ROUNDING];
	int64_t inc = m->increment_ms, reported = pair->reported_ms, from = reported, to = reported + inc - 1;

	if (inc == 0) {
		from = reported - MEASURING_BLUR_MS / 3;
		to = reported + MEASURING_BLUR_MS / 3;
	} else if (m->mode == ROUNDING_UP) {
		from = reported - inc + 1;
		to = reported;
	} else if (m->mode == ROUNDING_NEAREST) {
		from = reported - inc / 2;
		to = reported + inc / 2 - 1;
	} else if (m->mode == ROUNDING_ENDPOINTS) {
		from = reported - inc;
		to = reported + inc;
	}
	*low = bound_opens(from - value);
	*high = bound_closes(to - value);
}

/* The delay that most pairs admit: the middle of where they overlap most. */
static int64_t overlap(const struct duration_model *m, const struct pairs *pairs)
{
	int64_t *bounds = xalloc((2 * pairs->n + 1) * sizeof(*bounds));
	int64_t best = 0, from = 0, to = 0, open = 0;

	for (size_t i = 0; i < pairs->n; i++)
		admit(m, &pairs->list[i], &bounds[2 * i], &bounds[2 * i + 1]);
	values_sort(bounds, 2 * pairs->n);
	for (size_t i = 0; i < 2 * pairs->n; i++) {
		open += bounds[i] & 1 ? -1 : 1;
		if (open > best) {
			best = open;
			from = bound_at(bounds[i]);
			to = i + 1 < 2 * pairs->n ? bound_at(bounds[i + 1]) : from;
		}
	}
	free(bounds);
	return from + (to - from) / 2;
}

/* Without rounding, the median of what is too much. */
static int64_t delay_among(const struct duration_model *m, const struct pairs *pairs)
{
	int64_t *rests, median;

	if (m->increment_ms)
		return overlap(m, pairs);
	rests = xalloc((pairs->n + 1) * sizeof(*rests));
	for (size_t i = 0; i < pairs->n; i++) {
		int64_t parts[STEP_COUNT];

		rests[i] = pairs->list[i].reported_ms - duration_expect(m, pairs->list[i].p, parts);
	}
	median = values_median(rests, pairs->n);
	free(rests);
	return median;
}

struct released {
	uint8_t by, direction;
};

static bool is_released(const struct pair *pair, const void *context)
{
	const struct released *r = context;

	return pair->p->released_by == r->by && pair->p->direction == r->direction;
}

static int64_t delay_in(const struct duration_model *m, const struct pairs *all, uint8_t direction)
{
	struct pairs caller = select_pairs(all, is_released, &(struct released){ RELEASED_BY_CALLER, direction });
	struct pairs callee = select_pairs(all, is_released, &(struct released){ RELEASED_BY_CALLEE, direction });
	int64_t delay = 0;

	if (caller.n >= RECONCILE_EVIDENCE_MIN && callee.n >= RECONCILE_EVIDENCE_MIN)
		delay = delay_among(m, &caller) - delay_among(m, &callee);
	free(caller.list);
	free(callee.list);
	return llabs(delay) >= DELAY_MIN_MS && llabs(delay) <= DELAY_MAX_MS ? delay : 0;
}

/* A millisecond more or less is not known: the rounder value is stated. */
static int64_t to_round(int64_t ms)
{
	for (int64_t off = -1; off <= 1; off++)
		if ((ms + off) % 5 == 0)
			return ms + off;
	return ms;
}

static void learn_delay(const struct group *g, struct duration_model *m, const struct pairs *pairs)
{
	struct duration_model with = *m;
	int64_t in, out;

	for (uint8_t d = 0; d <= DIRECTION_OUTBOUND; d++)
		with.delay_ms[d] = delay_in(m, pairs, d);
	in = with.delay_ms[DIRECTION_INBOUND];
	out = with.delay_ms[DIRECTION_OUTBOUND];
	/* One round trip serves both directions, with opposite signs. */
	if (in && out && llabs(in + out) <= DELAY_MIN_MS / 2) {
		with.delay_ms[DIRECTION_OUTBOUND] = to_round((out - in) / 2);
		with.delay_ms[DIRECTION_INBOUND] = -with.delay_ms[DIRECTION_OUTBOUND];
	}
	if (!with.delay_ms[0] && !in && !out)
		return;
	/* A delay within the blur disturbs no fit where nothing is rounded. */
	if (fit_permille(g, &with, pairs) + (m->increment_ms == 0) > fit_permille(g, m, pairs))
		*m = with;
}

/* --- one model --------------------------------------------------------------------------------------- */

static bool is_calm(const struct pair *pair, const void *context)
{
	(void)context;
	return pair->p->released_by != RELEASED_BY_CALLER;
}

/* Rounding is learned where no release delay disturbs it. */
static unsigned learn_rounding_and_delay(const struct group *g, struct duration_model *m, const struct pairs *pairs)
{
	struct pairs calm = select_pairs(pairs, is_calm, NULL);

	learn_rounding(g, m, calm.n >= CALM_MIN ? &calm : pairs);
	free(calm.list);
	learn_delay(g, m, pairs);
	return fit_permille(g, m, pairs);
}

/* The pairs as if the operator wrote them in the platform's unit. */
static struct pairs in_platform_unit(const struct pairs *pairs, const struct duration_model *m)
{
	struct pairs out = { .list = xalloc((pairs->n + 1) * sizeof(*out.list)), .n = pairs->n };

	out.slack_ms = m->denominator > m->numerator ? m->denominator / m->numerator : 0;
	for (size_t i = 0; i < pairs->n; i++) {
		out.list[i] = pairs->list[i];
		out.list[i].reported_ms = pairs->list[i].reported_ms * m->denominator / m->numerator;
	}
	return out;
}

/* The best model in one unit; *fit: how many pairs agree with it. */
static struct duration_model learn_in_unit(const struct group *g, const struct pairs *all, struct duration_model unit,
					   unsigned *fit)
{
	struct duration_model m = { .numerator = 1, .denominator = 1 }, ringing = m;
	struct pairs pairs = in_platform_unit(all, &unit);
	unsigned with = 0;

	ringing.counts_ringing = true;
	*fit = learn_rounding_and_delay(g, &m, &pairs);
	/* Where nearly all fit, there is nothing to gain. */
	if (*fit + FIT_GAIN_PERMILLE <= 1000)
		with = learn_rounding_and_delay(g, &ringing, &pairs);
	if (with >= *fit + FIT_GAIN_PERMILLE) {
		m = ringing;
		*fit = with;
	}
	m.numerator = unit.numerator;
	m.denominator = unit.denominator;
	free(pairs.list);
	return m;
}

/* Unit first, then the others, each of which is believed when it makes more pairs agree. */
static struct duration_model learn_model(const struct group *g, const struct pairs *all)
{
	struct duration_model seconds = { .numerator = 1, .denominator = 1 }, unit = seconds, m, other;
	unsigned fit, other_fit;

	if (all->n < RECONCILE_EVIDENCE_MIN)
		return seconds;
	learn_unit(&unit, all);
	m = learn_in_unit(g, all, seconds, &fit);
	if (unit.numerator == unit.denominator)
		return m;
	other = learn_in_unit(g, all, unit, &other_fit);
	return other_fit >= fit + FIT_GAIN_PERMILLE ? other : m;
}

/* --- scopes ------------------------------------------------------------------------------------------- */

static bool is_in(const struct pair *pair, const void *context)
{
	return scope_holds(context, pair->p);
}

/* Pairs that no model explains yet. */
static struct scope_case *misfits(const struct group *g, const struct pairs *pairs)
{
	struct scope_case *cases = xalloc((pairs->n + 1) * sizeof(*cases));

	for (size_t i = 0; i < pairs->n; i++) {
		const struct item *p = pairs->list[i].p;
		const struct duration_model *m = &g->models[duration_model_of(g, p)].model;

		cases[i] = scope_case_of(p, pairs->list[i].index, !duration_fits(g, m, p, pairs->list[i].reported_ms, 0));
	}
	return cases;
}

static bool same_model(const struct duration_model *a, const struct duration_model *b)
{
	for (int s = 0; s < STEP_COUNT; s++)
		if (!duration_same_step(a, b, (enum duration_step)s))
			return false;
	return true;
}

/* Whether a model serves the pairs of a stretch that the scope leaves out better than what holds there now. */
static bool serves(const struct group *g, const struct pairs *pairs, const struct scoped_model *next, int64_t from_ms, int64_t to_ms)
{
	struct scope outside = { next->where.trunk, next->where.direction, from_ms, to_ms };
	struct pairs some = select_pairs(pairs, is_in, &outside);
	unsigned fit = fit_permille(g, &next->model, &some);
	bool better = some.n > 0 && fit >= FIT_GOOD_PERMILLE && fit > fit_permille(g, &g->models[0].model, &some);

	free(some.list);
	return better;
}

/* Where a model shows in a part of the pairs only, the stretch in which they seemed most is a chance: a bound stands
 * only where the model ends. */
static void drop_bounds(const struct group *g, const struct pairs *pairs, struct scoped_model *next)
{
	if (next->where.from_ms != INSTANT_NONE && serves(g, pairs, next, INSTANT_NONE, next->where.from_ms))
		next->where.from_ms = INSTANT_NONE;
	if (next->where.to_ms != INSTANT_NONE && serves(g, pairs, next, next->where.to_ms, INSTANT_NONE))
		next->where.to_ms = INSTANT_NONE;
}

/* The model that holds in a scope, where it is another one and makes more of the pairs there agree than what was said
 * of them before; *gain: how many more. */
static bool learn_inside(const struct group *g, const struct pairs *pairs, struct scoped_model *next, size_t *gain)
{
	struct pairs inside = select_pairs(pairs, is_in, &next->where);
	size_t fit, before = 0;

	next->model = learn_model(g, &inside);
	fit = fit_permille(g, &next->model, &inside);
	for (size_t i = 0; i < inside.n; i++)
		before += duration_fits(g, &g->models[duration_model_of(g, inside.list[i].p)].model, inside.list[i].p,
					inside.list[i].reported_ms, 0);
	*gain = fit * inside.n / 1000 > before ? fit * inside.n / 1000 - before : 0;
	free(inside.list);
	return fit >= FIT_GOOD_PERMILLE && !same_model(&g->models[0].model, &next->model);
}

/* Trunks and directions, and trunks in one direction, in which enough pairs stand that no model explains. */
struct parts {
	struct part {
		struct scope where;
		size_t cases, misfits;
	} list[PARTS_MAX];
	size_t n;
	uint8_t places[DIRECTION_OUTBOUND + 1][UINT16_MAX + 1]; /* by direction and trunk: where in the list, and one */
};

static void parts_add(struct parts *parts, uint16_t trunk, uint8_t direction, bool misfits)
{
	uint8_t *place = &parts->places[direction][trunk];

	if (!*place) {
		if (parts->n == PARTS_MAX)
			return;
		parts->list[parts->n++] = (struct part){ { trunk, direction, INSTANT_NONE, INSTANT_NONE }, 0, 0 };
		*place = (uint8_t)parts->n;
	}
	parts->list[*place - 1].cases++;
	parts->list[*place - 1].misfits += misfits;
}

static bool is_explained(const struct part *part)
{
	return part->misfits < RECONCILE_EVIDENCE_MIN || scope_has_evidence(part->cases - part->misfits, part->cases);
}

static struct parts *list_parts(const struct scope_case *cases, size_t n)
{
	struct parts *parts = xalloc(sizeof(*parts));
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		if (cases[i].direction)
			parts_add(parts, 0, cases[i].direction, cases[i].hit);
		if (cases[i].trunk)
			parts_add(parts, cases[i].trunk, 0, cases[i].hit);
		if (cases[i].direction && cases[i].trunk)
			parts_add(parts, cases[i].trunk, cases[i].direction, cases[i].hit);
	}
	for (size_t i = 0; i < parts->n; i++)
		if (!is_explained(&parts->list[i]))
			parts->list[kept++] = parts->list[i];
	parts->n = kept;
	return parts;
}

/* Where several models hold side by side, what none explains yet lies in no one scope: each part is asked by itself. */
static bool learn_part(const struct group *g, const struct pairs *pairs, const struct scope_case *cases,
		       struct scoped_model *best)
{
	struct parts *parts = list_parts(cases, pairs->n);
	size_t most = 0, gain;

	for (size_t i = 0; i < parts->n; i++) {
		struct scoped_model next = { .where = parts->list[i].where };

		if (!learn_inside(g, pairs, &next, &gain) || gain < RECONCILE_EVIDENCE_MIN || gain * 1000 <= most * PART_WORTH_PERMILLE)
			continue;
		most = gain;
		*best = next;
	}
	free(parts);
	return most > 0;
}

/* One more scope in which another model holds; false when there is none. */
static bool learn_scope(struct group *g, const struct pairs *pairs)
{
	struct scoped_model *next = &g->models[g->models_n];
	struct scope_case *cases;
	size_t gain;
	bool found;

	if (g->models_n == MODELS_MAX)
		return false;
	cases = misfits(g, pairs);
	found = scope_find(cases, pairs->n, 1, &next->where) && learn_inside(g, pairs, next, &gain);
	if (found)
		drop_bounds(g, pairs, next);
	else
		found = learn_part(g, pairs, cases, next);
	free(cases);
	g->models_n += found;
	return found;
}

/* Where no model serves all, the one of a trunk or direction that serves most is what the others are told from. */
static void learn_base(struct group *g, const struct pairs *pairs)
{
	struct scope_case *cases;
	struct parts *parts;
	unsigned best;

	g->models_n = 1;
	g->models[0] = (struct scoped_model){ SCOPE_ALL, learn_model(g, pairs) };
	best = fit_permille(g, &g->models[0].model, pairs);
	if (best >= FIT_GOOD_PERMILLE)
		return;
	cases = misfits(g, pairs);
	parts = list_parts(cases, pairs->n);
	for (size_t i = 0; i < parts->n; i++) {
		struct pairs inside = select_pairs(pairs, is_in, &parts->list[i].where);
		struct duration_model m = learn_model(g, &inside);
		unsigned fit = fit_permille(g, &m, &inside) >= FIT_GOOD_PERMILLE ? fit_permille(g, &m, pairs) : 0;

		free(inside.list);
		if (fit < best + FIT_GAIN_PERMILLE)
			continue;
		best = fit;
		g->models[0].model = m;
	}
	free(parts);
	free(cases);
}

static void find_precision(struct group *g, const struct pairs *pairs)
{
	size_t whole = platform_multiples(pairs, 1000);
	bool is_whole = pairs->n >= RECONCILE_EVIDENCE_MIN && whole * 1000 >= pairs->n * LATTICE_PERMILLE;

	g->coarse_blur_ms = is_whole ? WHOLE_SECOND_BLUR_MS : 0;
}

/* Pairs that their models do not explain, but would if the two ends measured this much further apart. */
static size_t count_blurred(struct group *g, const struct pairs *pairs, int64_t more_ms)
{
	int64_t blur = g->coarse_blur_ms;
	size_t n = 0;

	for (size_t i = 0; i < pairs->n; i++) {
		const struct pair *pair = &pairs->list[i];
		const struct duration_model *m = &g->models[duration_model_of(g, pair->p)].model;

		if (m->increment_ms <= 1000 || duration_fits(g, m, pair->p, pair->reported_ms, 0))
			continue;
		g->coarse_blur_ms = blur + more_ms;
		n += duration_fits(g, m, pair->p, pair->reported_ms, 0);
		g->coarse_blur_ms = blur;
	}
	return n;
}

/* Ends that measure further apart than most show it at the edges of increments: what lies just beyond one is many
 * times what lies a little further off. */
static void learn_blur(struct group *g, const struct pairs *pairs)
{
	size_t near = count_blurred(g, pairs, MEASURING_BLUR_MS), far = count_blurred(g, pairs, 2 * MEASURING_BLUR_MS) - near;

	if (near >= BLURRED_MIN && near >= BLURRED_TIMES * far)
		g->coarse_blur_ms += MEASURING_BLUR_MS;
}

void duration_learn(struct group *g, const struct pair_sample *sample)
{
	struct pairs pairs = collect(g, sample);

	find_precision(g, &pairs);
	learn_base(g, &pairs);
	while (learn_scope(g, &pairs))
		;
	learn_blur(g, &pairs);
	free(pairs.list);
}
