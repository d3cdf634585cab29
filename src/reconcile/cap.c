/* Calls whose end was lost: a timer ends them, so they pile up at its value. */
#include "reconcile/engine_private.h"

#include <stdlib.h>

#define CAP_MIN_MS 600000          /* shorter ones are no timer's */
#define AROUND 60                  /* a pile stands out of what lies so many steps from it on either side */
#define PILE_RATIO 5
#define PILE_WIDTH_MS 2000

/* What the operator says of a call, of all its pieces, without what else its way of counting adds to the timer. */
static int64_t counted(const struct group *g, size_t platform, bool behind_ringing)
{
	const struct item *p = &g->platform.items[platform];
	struct call_pieces pieces = copies_pieces(g, &g->copies, platform);
	int64_t reported = duration_reported(g, (uint32_t)platform) + pieces.sum_ms - pieces.counted_before_ms;

	if (behind_ringing && g->models[duration_model_of(g, p)].model.counts_ringing)
		reported -= item_ring_ms(p);
	return reported;
}

struct cap_question {
	const struct group *g;
	bool behind_ringing;
};

/* Whole pieces that come to less than the call: the others were lost, no timer ended it. */
static bool lacks_pieces(const struct group *g, const struct item *p, int64_t counted_ms)
{
	int64_t every = g->copies.every_ms;

	return every && counted_ms < item_duration_ms(p) && (counted_ms + PILE_WIDTH_MS) % every <= 2 * PILE_WIDTH_MS;
}

/* A pair that nothing else explains. */
static bool is_unexplained(const void *context, const struct item *p)
{
	const struct cap_question *q = context;
	const struct group *g = q->g;
	size_t platform = (size_t)(p - g->platform.items);
	const struct duration_model *m = &g->models[duration_model_of(g, p)].model;
	int64_t ms;

	if (p->partner == RECONCILE_NONE || item_duration_ms(p) == 0)
		return false;
	ms = counted(g, platform, q->behind_ringing);
	return ms * m->denominator / m->numerator >= CAP_MIN_MS &&
	       !duration_fits(g, m, p, counted(g, platform, false), g->options->tolerance_ms) && !lacks_pieces(g, p, ms);
}

/* To the second, in order; to be freed. */
static int64_t *list_unexplained(const struct group *g, bool behind_ringing, size_t *n)
{
	struct cap_question q = { g, behind_ringing };
	uint32_t *list = survey_list(&g->platform, g->threads, is_unexplained, &q, n);
	int64_t *values = xalloc((*n + 1) * sizeof(*values));

	for (size_t i = 0; i < *n; i++)
		values[i] = (counted(g, list[i], behind_ringing) + 500) / 1000 * 1000;
	values_sort(values, *n);
	free(list);
	return values;
}

/* What lies between two durations that the operator may write. */
static int64_t lattice(const struct group *g)
{
	const struct duration_model *m = &g->models[0].model;
	int64_t step = m->increment_ms * m->numerator / m->denominator;

	return step > 1000 ? step : 1000;
}

/* The value at which most lie of those more than PILE_WIDTH_MS and no more than `within_ms` from `other`. */
static size_t highest(const int64_t *values, size_t n, int64_t other, int64_t within_ms, int64_t *at)
{
	size_t run = 0, best = 0;

	for (size_t i = 0; i < n; i++) {
		int64_t off = llabs(values[i] - other);

		run = i && values[i] == values[i - 1] ? run + 1 : 1;
		if (run <= best || off <= PILE_WIDTH_MS || off > within_ms)
			continue;
		best = run;
		*at = values[i];
	}
	return best;
}

/* The second at which most lie, 0 when it does not stand out of its neighbours. */
static int64_t find_pile(const struct group *g, const int64_t *values, size_t n)
{
	int64_t pile = 0, next;
	size_t most = highest(values, n, -PILE_WIDTH_MS - 1, INT64_MAX, &pile);
	size_t around = highest(values, n, pile, AROUND * lattice(g), &next);

	return most >= RECONCILE_EVIDENCE_MIN && most >= PILE_RATIO * around ? pile : 0;
}

static bool any_counts_ringing(const struct group *g)
{
	for (size_t i = 0; i < g->models_n; i++)
		if (g->models[i].model.counts_ringing)
			return true;
	return false;
}

/* What stands at a timer is not looked at again. */
static size_t leave_out(int64_t *values, size_t n, int64_t pile_ms)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (llabs(values[i] - pile_ms) > PILE_WIDTH_MS)
			values[kept++] = values[i];
	return kept;
}

static void find_piles(struct group *g)
{
	size_t n;
	int64_t *values = list_unexplained(g, g->caps_behind_ringing, &n), pile;

	while (g->caps_n < CAPS_MAX && (pile = find_pile(g, values, n)) != 0) {
		g->caps_ms[g->caps_n++] = pile;
		n = leave_out(values, n, pile);
	}
	free(values);
}

void cap_find(struct group *g)
{
	g->caps_n = 0;
	g->caps_behind_ringing = false;
	find_piles(g);
	if (g->caps_n == 0 && any_counts_ringing(g)) {
		g->caps_behind_ringing = true;
		find_piles(g);
	}
}

int cap_of(const struct group *g, size_t platform)
{
	int64_t ms = g->caps_n ? counted(g, platform, g->caps_behind_ringing) : 0;

	for (size_t i = 0; i < g->caps_n; i++)
		if (llabs(ms - g->caps_ms[i]) <= g->options->tolerance_ms)
			return (int)i;
	return -1;
}
