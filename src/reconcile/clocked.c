/* Durations that the operator takes from the stamps of its clock: a call during which that clock was set, or ran fast
 * for hours, is as much longer or shorter. */
#include "reconcile/engine_private.h"

#include <stdlib.h>

#define CLEAR_MIN 3                /* calls that can have come from nothing else */

static bool changes_pace(const struct clock_model *clock)
{
	return clock->is_known && (clock->n > 1 || clock->ppb != 0);
}

/* What the clock gained while the call lasted. */
static int64_t gain_ms(const struct group *g, const struct item *p)
{
	const struct clock_model *clock = clock_of(g, p->trunk);
	int64_t from = item_begin_ms(p), gain;

	if (!changes_pace(clock))
		return 0;
	gain = clock_true_shift(clock, from + item_duration_ms(p)) - clock_true_shift(clock, from);
	/* The end does not come before the beginning. */
	return gain < -item_duration_ms(p) ? -item_duration_ms(p) : gain;
}

bool clocked_call(const struct group *g, const struct item *p, struct item *clocked)
{
	int64_t gain = item_duration_ms(p) > 0 && !p->is_aside ? gain_ms(g, p) : 0;

	if (llabs(gain) <= MEASURING_BLUR_MS)
		return false;
	*clocked = *p;
	clocked->duration_ms = reconcile_duration_pack(item_duration_ms(p) + gain);
	return true;
}

/* The stated cause that gained it: the step or change of zone that came during the call, else the drift. */
int clocked_cause(const struct group *g, const struct item *p)
{
	int64_t from = item_begin_ms(p), to = from + item_duration_ms(p);
	int drift = -1;

	for (size_t i = 0; i < g->causes.n && i < CLOCKED_CAUSES_MAX; i++) {
		const struct reconcile_cause *c = &g->causes.list[i];
		int64_t at = c->kind == CAUSE_CLOCK_STEP ? c->at_ms : c->kind == CAUSE_ZONE_OFFSET ? c->from_ms : INSTANT_NONE;

		if (c->trunk && c->trunk != p->trunk)
			continue;
		if (at != INSTANT_NONE && from < at && at <= to)
			return (int)i;
		if (c->kind == CAUSE_CLOCK_DRIFT)
			drift = (int)i;
	}
	return drift;
}

/* Calls of which one can tell: whether they are what the clock shows, or what was measured. */
struct counting {
	const struct group *g;
	struct clocked_count {
		uint64_t by_clock, measured;
	} counts[THREADS_MAX];
};

static void count_part(void *context, size_t part, size_t from, size_t to)
{
	struct counting *counting = context;
	const struct group *g = counting->g;

	for (size_t i = from; i < to; i++) {
		const struct item *p = &g->platform.items[i];
		const struct duration_model *m = &g->models[duration_model_of(g, p)].model;
		struct item clocked;
		bool fits;

		if (p->partner == RECONCILE_NONE || !item_is_answered(p) || !clocked_call(g, p, &clocked))
			continue;
		fits = duration_fits(g, m, p, duration_reported(g, (uint32_t)i), g->options->tolerance_ms);
		if (fits == duration_fits(g, m, &clocked, duration_reported(g, (uint32_t)i), g->options->tolerance_ms))
			continue;
		counting->counts[part].measured += fits;
		counting->counts[part].by_clock += !fits;
	}
}

void clocked_find(struct group *g)
{
	struct counting *counting;
	uint64_t by_clock = 0, measured = 0;
	bool any = false;

	g->measures_by_clock = false;
	for (size_t i = 0; i < g->clocks_n; i++)
		any = any || changes_pace(&g->clocks[i]);
	if (!any)
		return;
	counting = xalloc(sizeof(*counting));
	counting->g = g;
	share_out(g->threads, g->platform.n, count_part, counting);
	for (size_t part = 0; part < THREADS_MAX; part++) {
		by_clock += counting->counts[part].by_clock;
		measured += counting->counts[part].measured;
	}
	free(counting);
	g->measures_by_clock = by_clock >= CLEAR_MIN && by_clock * 100 >= (by_clock + measured) * 95;
}
