/* How the operator makes a duration of the platform's: unit, ringing, release
 * delay, rounding; each is believed only when it makes the pairs agree. */
#include "reconcile/engine_private.h"

#include <stdlib.h>

#define SAMPLES_MAX ((size_t)200000)
#define LATTICE_PERMILLE 970       /* of the operator's durations that must be multiples */
#define FIT_GAIN_PERMILLE 50       /* a richer model must explain at least this much more */
#define DELAY_MIN_MS 20
#define DELAY_MAX_MS 2000

struct pair {
	const struct item *p, *o;
	int64_t reported_ms;
};

struct pairs {
	struct pair *list;
	size_t n;
};

int64_t duration_reported(const struct group *g, uint32_t platform)
{
	const struct item *p = &g->platform.items[platform];

	return p->partner == RECONCILE_NONE ? 0 : item_duration_ms(&g->operator.items[p->partner]);
}

/* Whole-second differences of two times cut to increments: what a switch writes that subtracts two stamps. */
static int64_t between_cuts(int64_t from_ms, int64_t duration_ms, int64_t increment_ms)
{
	return (from_ms + duration_ms) / increment_ms * increment_ms - from_ms / increment_ms * increment_ms;
}

static int64_t round_to(const struct duration_model *m, int64_t ms, int64_t from_ms)
{
	int64_t inc = m->increment_ms, rounded;

	if (inc == 0 || ms <= 0)
		return ms;
	switch (m->mode) {
	case ROUNDING_UP:
		rounded = (ms + inc - 1) / inc * inc;
		break;
	case ROUNDING_DOWN:
		rounded = ms / inc * inc;
		break;
	case ROUNDING_NEAREST:
		rounded = (ms + inc / 2) / inc * inc;
		break;
	default:
		rounded = between_cuts(from_ms, ms, inc);
		break;
	}
	return rounded < m->minimum_ms ? m->minimum_ms : rounded;
}

/* The moment from which the operator counts, on its own clock. */
static int64_t counts_from(const struct group *g, const struct item *p, const struct item *o)
{
	const struct duration_model *m = &g->duration;
	int64_t from = m->counts_ringing ? p->r.start_ms : p->r.answer_ms;

	if (from == INSTANT_NONE)
		from = p->time_ms;
	return from + (o->time_ms - o->corrected_ms);
}

int64_t duration_expect(const struct group *g, const struct item *p, const struct item *o, int64_t parts[STEP_COUNT])
{
	const struct duration_model *m = &g->duration;
	int64_t v = item_duration_ms(p), next;

	memset(parts, 0, STEP_COUNT * sizeof(*parts));
	if (!item_is_answered(p))
		return v;
	if (m->counts_ringing) {
		parts[STEP_RING] = item_ring_ms(p);
		v += parts[STEP_RING];
	}
	if (m->delay_ms && p->r.released_by == RELEASED_BY_CALLER) {
		parts[STEP_DELAY] = m->delay_ms;
		v += m->delay_ms;
	}
	if (m->numerator != m->denominator) {
		next = v * m->numerator / m->denominator;
		parts[STEP_UNIT] = next - v;
		v = next;
	}
	next = round_to(m, v, counts_from(g, p, o));
	parts[STEP_ROUNDING] = next - v;
	return next;
}

/* --- learning ----------------------------------------------------------------------------- */

/* Answered pairs of one record each; evenly thinned to a bounded number. */
static struct pairs collect(const struct group *g)
{
	struct pairs pairs = { .list = xalloc((g->platform.n + 1) * sizeof(struct pair)) };
	size_t step;

	for (size_t i = 0; i < g->platform.n; i++) {
		const struct item *p = &g->platform.items[i];

		if (p->partner == RECONCILE_NONE || !item_is_answered(p) || item_duration_ms(p) == 0)
			continue;
		if (item_duration_ms(&g->operator.items[p->partner]) == 0)
			continue;
		pairs.list[pairs.n++] = (struct pair){ p, &g->operator.items[p->partner],
						       item_duration_ms(&g->operator.items[p->partner]) };
	}
	step = pairs.n / SAMPLES_MAX + 1;
	for (size_t i = 0; i * step < pairs.n; i++)
		pairs.list[i] = pairs.list[i * step];
	pairs.n = pairs.n ? (pairs.n - 1) / step + 1 : 0;
	return pairs;
}

/* Share of pairs that the present model brings together; near: within a release delay, else exactly. */
static unsigned fit_permille(const struct group *g, const struct pairs *pairs)
{
	int64_t near_ms = g->duration.increment_ms ? 0 : 150;
	size_t good = 0;

	for (size_t i = 0; i < pairs->n; i++) {
		int64_t parts[STEP_COUNT];

		good += llabs(duration_expect(g, pairs->list[i].p, pairs->list[i].o, parts) -
			      pairs->list[i].reported_ms) <= near_ms;
	}
	return pairs->n ? (unsigned)(good * 1000 / pairs->n) : 0;
}

static int by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int64_t median_of(int64_t *list, size_t n)
{
	qsort(list, n, sizeof(*list), by_number);
	return n ? list[n / 2] : 0;
}

static void learn_unit(struct group *g, const struct pairs *pairs)
{
	static const int64_t factors[][2] = { { 1000, 1 }, { 1, 1000 }, { 60, 1 }, { 1, 60 }, { 10, 1 }, { 1, 10 }, { 100, 1 }, { 1, 100 } };
	int64_t *ratios = xalloc((pairs->n + 1) * sizeof(*ratios)), median;
	size_t n = 0;

	for (size_t i = 0; i < pairs->n; i++)
		if (item_duration_ms(pairs->list[i].p) >= 10000)
			ratios[n++] = pairs->list[i].reported_ms * 1000000 / item_duration_ms(pairs->list[i].p);
	median = median_of(ratios, n);
	free(ratios);
	for (size_t f = 0; n >= RECONCILE_EVIDENCE_MIN && f < sizeof(factors) / sizeof(factors[0]); f++) {
		int64_t exact = 1000000 * factors[f][0] / factors[f][1];

		if (llabs(median - exact) * 10 <= exact) {
			g->duration.numerator = factors[f][0];
			g->duration.denominator = factors[f][1];
		}
	}
}

/* The coarsest lattice on which the operator's durations lie; 0 when they have milliseconds. */
static int64_t find_lattice(const struct pairs *pairs)
{
	static const int64_t increments[] = { 60000, 30000, 20000, 15000, 12000, 10000, 6000, 5000, 3000, 2000, 1000, 100 };

	for (size_t k = 0; k < sizeof(increments) / sizeof(increments[0]); k++) {
		size_t multiples = 0;

		for (size_t i = 0; i < pairs->n; i++)
			multiples += pairs->list[i].reported_ms % increments[k] == 0;
		if (pairs->n >= RECONCILE_EVIDENCE_MIN && multiples * 1000 >= pairs->n * LATTICE_PERMILLE)
			return increments[k];
	}
	return 0;
}

/* The least duration reported, when many calls that were shorter carry it. */
static int64_t find_minimum(const struct group *g, const struct pairs *pairs)
{
	int64_t least = INT64_MAX;
	size_t raised = 0;

	for (size_t i = 0; i < pairs->n; i++)
		if (pairs->list[i].reported_ms < least)
			least = pairs->list[i].reported_ms;
	for (size_t i = 0; i < pairs->n; i++)
		raised += pairs->list[i].reported_ms == least &&
			  item_duration_ms(pairs->list[i].p) + g->duration.increment_ms < least;
	return raised >= RECONCILE_EVIDENCE_MIN ? least : 0;
}

/* Tries every way of rounding on the lattice; leaves the best, or none where none fits better. */
static unsigned learn_rounding(struct group *g, const struct pairs *pairs)
{
	struct duration_model *m = &g->duration;
	struct duration_model best = *m;
	unsigned best_fit;

	best.increment_ms = 0;
	best.minimum_ms = 0;
	*m = best;
	best_fit = fit_permille(g, pairs);
	m->increment_ms = find_lattice(pairs);
	if (m->increment_ms == 0)
		return best_fit;
	m->minimum_ms = find_minimum(g, pairs);
	for (int mode = ROUNDING_UP; mode <= ROUNDING_ENDPOINTS; mode++) {
		unsigned fit;

		m->mode = (enum rounding_mode)mode;
		fit = fit_permille(g, pairs);
		if (fit > best_fit) {
			best_fit = fit;
			best = *m;
		}
	}
	*m = best;
	return best_fit;
}

/* How much longer calls are on the operator's side when the caller hangs up. */
static void learn_delay(struct group *g, const struct pairs *pairs)
{
	int64_t *by_caller = xalloc((pairs->n + 1) * sizeof(int64_t)), *by_callee = xalloc((pairs->n + 1) * sizeof(int64_t));
	size_t callers = 0, callees = 0;
	int64_t longer;

	for (size_t i = 0; i < pairs->n; i++) {
		int64_t parts[STEP_COUNT];
		int64_t rest = pairs->list[i].reported_ms - duration_expect(g, pairs->list[i].p, pairs->list[i].o, parts);

		if (pairs->list[i].p->r.released_by == RELEASED_BY_CALLER)
			by_caller[callers++] = rest;
		else if (pairs->list[i].p->r.released_by == RELEASED_BY_CALLEE)
			by_callee[callees++] = rest;
	}
	longer = median_of(by_caller, callers) - median_of(by_callee, callees);
	if (callers >= RECONCILE_EVIDENCE_MIN && callees >= RECONCILE_EVIDENCE_MIN && llabs(longer) >= DELAY_MIN_MS &&
	    llabs(longer) <= DELAY_MAX_MS)
		g->duration.delay_ms = longer;
	free(by_caller);
	free(by_callee);
}

/* A value of half an hour or more at which lost ends pile up. */
static void learn_cap(struct group *g, const struct pairs *pairs)
{
	int64_t *values = xalloc((pairs->n + 1) * sizeof(*values));
	size_t n = 0, run = 0;

	for (size_t i = 0; i < pairs->n; i++) {
		int64_t parts[STEP_COUNT];

		if (pairs->list[i].reported_ms >= 1800000 &&
		    llabs(duration_expect(g, pairs->list[i].p, pairs->list[i].o, parts) - pairs->list[i].reported_ms) >
			    g->options->tolerance_ms)
			values[n++] = pairs->list[i].reported_ms / 1000 * 1000;
	}
	qsort(values, n, sizeof(*values), by_number);
	for (size_t i = 0; i < n; i++) {
		run = i && values[i] == values[i - 1] ? run + 1 : 1;
		if (run >= RECONCILE_EVIDENCE_MIN)
			g->duration.cap_ms = values[i];
	}
	free(values);
}

static void learn_unanswered(struct group *g)
{
	size_t pairs = 0, carried = 0;

	for (size_t i = 0; i < g->platform.n; i++) {
		const struct item *p = &g->platform.items[i];

		if (p->partner == RECONCILE_NONE || item_is_answered(p))
			continue;
		pairs++;
		carried += item_duration_ms(&g->operator.items[p->partner]) > 0;
	}
	g->duration.unanswered_reported = carried >= RECONCILE_EVIDENCE_MIN && carried * 100 >= pairs * 95;
}

void duration_learn(struct group *g)
{
	struct duration_model *m = &g->duration, plain;
	struct pairs pairs = collect(g);
	unsigned without, with;

	*m = (struct duration_model){ .numerator = 1, .denominator = 1 };
	learn_unanswered(g);
	if (pairs.n >= RECONCILE_EVIDENCE_MIN) {
		learn_unit(g, &pairs);
		without = learn_rounding(g, &pairs);
		plain = *m;
		m->counts_ringing = true;
		with = learn_rounding(g, &pairs);
		if (with < without + FIT_GAIN_PERMILLE)
			*m = plain;
		if (m->increment_ms == 0)
			learn_delay(g, &pairs);
		learn_cap(g, &pairs);
	}
	free(pairs.list);
}
