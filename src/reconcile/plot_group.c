/* The plots of a group: what they cover is decided before, then each row is added. */
#include "reconcile/engine_private.h"

#include <stdlib.h>

#define FAR_SHARE 100              /* one in so many may lie far off at either end; it is counted, not drawn */
#define FAR_MS INT64_C(3600000)
#define PLAIN_PPB_MAX 1000000      /* a clock that drifts no more than this takes no two records out of order */

/* --- what is covered ------------------------------------------------------------------ */

struct span {
	int64_t from_ms, to_ms;        /* INSTANT_NONE: of nothing */
};

/* By the platform's clock; INSTANT_NONE when it is not reported. */
static int64_t plotted_time(const struct group *g, enum reconcile_side which, size_t i)
{
	int64_t ms = which == RECONCILE_PLATFORM ? g->platform.items[i].time_ms : clock_corrected(g, &g->operator.items[i]);

	return group_in_range(g, ms) ? ms : INSTANT_NONE;
}

/* Whether the side's records stand in order of the platform's clock, and all are reported: then the first and the last
 * need not be looked for. */
static bool is_plainly_ordered(const struct group *g, enum reconcile_side which)
{
	const struct clock_model *clock = &g->clocks[0];

	if (g->options->from_ms != INSTANT_NONE || g->options->to_ms != INSTANT_NONE)
		return false;
	return which == RECONCILE_PLATFORM ||
	       (g->clocks_n == 1 && (!clock->is_known || (clock->n <= 1 && llabs(clock->ppb) < PLAIN_PPB_MAX)));
}

/* From what one part of the side's records is to what another is: the very first and last, and those behind which few
 * are. */
struct extent {
	int64_t first_ms, last_ms, low_ms, high_ms;
	size_t n;
};

static struct extent extent_of(const struct group *g, const struct side *side, enum reconcile_side which)
{
	struct extent e = { INSTANT_NONE, INSTANT_NONE, 0, 0, 0 };
	size_t seen = 0;

	for (size_t i = 0; i < side->n; i++) {
		int64_t ms = plotted_time(g, which, i);

		if (ms == INSTANT_NONE)
			continue;
		e.n++;
		e.first_ms = e.n == 1 || ms < e.first_ms ? ms : e.first_ms;
		e.last_ms = e.n == 1 || ms > e.last_ms ? ms : e.last_ms;
	}
	/* They stand in order of time, give or take a step of the clock. */
	for (size_t i = 0; i < side->n; i++) {
		int64_t ms = plotted_time(g, which, i);

		if (ms == INSTANT_NONE)
			continue;
		e.low_ms = seen == e.n / FAR_SHARE ? ms : e.low_ms;
		e.high_ms = seen == e.n - 1 - e.n / FAR_SHARE ? ms : e.high_ms;
		seen++;
	}
	return e;
}

static struct extent plain_extent_of(const struct group *g, const struct side *side, enum reconcile_side which)
{
	size_t few = side->n / FAR_SHARE;

	if (side->n == 0)
		return (struct extent){ INSTANT_NONE, INSTANT_NONE, 0, 0, 0 };
	return (struct extent){ plotted_time(g, which, 0), plotted_time(g, which, side->n - 1), plotted_time(g, which, few),
				plotted_time(g, which, side->n - 1 - few), side->n };
}

/* A record dated 1970 among those of one day would leave the day one bin. */
static struct span span_of_side(const struct group *g, const struct side *side, enum reconcile_side which)
{
	struct extent e = is_plainly_ordered(g, which) ? plain_extent_of(g, side, which) : extent_of(g, side, which);
	int64_t reach;

	if (e.n == 0)
		return (struct span){ INSTANT_NONE, INSTANT_NONE };
	reach = llabs(e.high_ms - e.low_ms) / 4 + FAR_MS;
	return (struct span){ e.first_ms > e.low_ms - reach ? e.first_ms : e.low_ms - reach,
			      e.last_ms < e.high_ms + reach ? e.last_ms : e.high_ms + reach };
}

static struct span span_of(const struct group *g)
{
	struct span a = span_of_side(g, &g->platform, RECONCILE_PLATFORM);
	struct span b = span_of_side(g, &g->operator, RECONCILE_OPERATOR);

	if (a.from_ms == INSTANT_NONE || b.from_ms == INSTANT_NONE)
		return a.from_ms == INSTANT_NONE ? b : a;
	return (struct span){ a.from_ms < b.from_ms ? a.from_ms : b.from_ms, a.to_ms > b.to_ms ? a.to_ms : b.to_ms };
}

struct trunk_count {
	uint16_t trunk;
	uint32_t records;
};

static int by_records(const void *a, const void *b)
{
	const struct trunk_count *x = a, *y = b;

	if (x->records != y->records)
		return x->records > y->records ? -1 : 1;
	return (int)x->trunk - (int)y->trunk;
}

static int by_trunk(const void *a, const void *b)
{
	return (int)*(const uint16_t *)a - (int)*(const uint16_t *)b;
}

/* The platform's records of each trunk, by each thread. */
struct trunk_counting {
	const struct group *g;
	uint32_t *counts[THREADS_MAX];
};

static void count_trunks(void *context, size_t part, size_t from, size_t to)
{
	struct trunk_counting *c = context;
	uint32_t *counts = c->counts[part] = xalloc(((size_t)UINT16_MAX + 1) * sizeof(*counts));

	for (size_t i = from; i < to; i++)
		if (group_in_range(c->g, c->g->platform.items[i].time_ms))
			counts[c->g->platform.items[i].trunk]++;
}

/* The platform's trunks with the most records, in order of their numbers. */
static size_t list_trunks(const struct group *g, uint16_t trunks[PLOT_STRIPS_MAX])
{
	struct trunk_count *list = xalloc(((size_t)UINT16_MAX + 1) * sizeof(*list));
	struct trunk_counting c = { .g = g };
	size_t n = 0, kept;

	share_out(g->threads, g->platform.n, count_trunks, &c);
	for (size_t trunk = 0; trunk < PLOT_STRIP_OTHERS; trunk++) {
		uint32_t records = 0;

		for (size_t t = 0; t < THREADS_MAX; t++)
			records += c.counts[t] ? c.counts[t][trunk] : 0;
		if (records)
			list[n++] = (struct trunk_count){ (uint16_t)trunk, records };
	}
	for (size_t t = 0; t < THREADS_MAX; t++)
		free(c.counts[t]);
	qsort(list, n, sizeof(*list), by_records);
	kept = n < PLOT_STRIPS_MAX ? n : PLOT_STRIPS_MAX;
	for (size_t i = 0; i < kept; i++)
		trunks[i] = list[i].trunk;
	qsort(trunks, kept, sizeof(*trunks), by_trunk);
	free(list);
	return kept;
}

struct plots *plots_begin(const struct group *g)
{
	uint16_t trunks[PLOT_STRIPS_MAX];
	struct span span = span_of(g);
	size_t n = list_trunks(g, trunks);

	return plots_new(span.from_ms, span.to_ms, trunks, n, g->causes.n, g->options->tolerance_ms);
}

struct plots *plots_begin_part(const struct plots *whole)
{
	uint16_t trunks[PLOT_STRIPS_MAX];
	size_t n = 0;

	for (; n < whole->strip_count; n++)
		trunks[n] = whole->strips[n].key;
	return plots_new(whole->from_ms, whole->to_ms, trunks, n, whole->cause_count, whole->tolerance_ms);
}

/* --- rows -------------------------------------------------------------------------------- */

/* How narrow a cause's scope is; -1 when the call is none of the cause's. */
static int cause_holds(const struct group *g, const struct reconcile_cause *cause, const struct item *p, const struct item *o)
{
	struct scope scope = { cause->trunk, cause->direction, cause->from_ms, cause->to_ms };

	if (!scope_holds(&scope, p) || !numbers_cause_is_at_work(g, cause, p, o))
		return -1;
	return 4 * (cause->trunk != 0) + 2 * (cause->direction != 0) +
	       (cause->from_ms != INSTANT_NONE || cause->to_ms != INSTANT_NONE);
}

/* Of several causes of one kind the narrowest that holds is the call's. */
static void add_example(struct plots *plots, const struct group *g, const struct plot_call *call, const struct item *p, const struct item *o, int kind)
{
	int best = -1;
	size_t at = 0;
	bool any = false;

	for (size_t i = 0; i < g->causes.n && !any; i++)
		any = (int)g->causes.list[i].kind == kind && plots_take_example(plots, i, call);
	if (!any)
		return;
	for (size_t i = 0; i < g->causes.n; i++) {
		int narrow = (int)g->causes.list[i].kind == kind ? cause_holds(g, &g->causes.list[i], p, o) : -1;

		if (narrow > best) {
			best = narrow;
			at = i;
		}
	}
	if (best >= 0)
		plots_add_example(plots, at, call);
}

#define MISSING_CAUSES (1U << CAUSE_MISSING_WINDOW | 1U << CAUSE_MINIMUM_DURATION)

static int64_t explained_of_row(const struct group *g, const struct reconcile_outcome *row, bool is_further)
{
	if (row->class == RECONCILE_PLATFORM_ONLY)
		return row->causes & MISSING_CAUSES ? row->difference_ms : 0;
	if (row->class == RECONCILE_DUPLICATE)
		return row->causes ? row->difference_ms : 0;
	return row->class == RECONCILE_OPERATOR_ONLY || is_further ? 0 : explain_of_pair(g, row->platform);
}

void plots_row(struct plots *plots, const struct group *g, const struct reconcile_outcome *row)
{
	const struct item *p = row->platform == RECONCILE_NONE ? NULL : &g->platform.items[row->platform];
	const struct item *o = row->operator == RECONCILE_NONE ? NULL : &g->operator.items[row->operator];
	struct plot_call call = { .outcome = *row, .shift_ms = INSTANT_NONE, .is_further = o && o->is_copy };
	struct reconcile_record platform, operator;

	call.explained_ms = explained_of_row(g, row, call.is_further);
	call.time_ms = p ? p->time_ms : clock_corrected(g, o);
	if (p) {
		platform = item_record(p);
		call.platform = &platform;
		call.outcome.platform = p->reference;
		call.platform_ms = item_duration_ms(p);
	}
	if (o) {
		operator = item_record(o);
		call.operator = &operator;
		call.outcome.operator = o->reference;
		call.operator_ms = p ? call.platform_ms + row->difference_ms : item_duration_ms(o);
	}
	if (p && o && item_shift(p, o, &call.shift_ms))
		call.clock_ms = clock_shift(g, p);
	plots_add(plots, &call);
	if (!p || (call.is_further && row->class != RECONCILE_DUPLICATE))
		return;
	for (uint32_t causes = row->causes; causes; causes &= causes - 1)
		add_example(plots, g, &call, p, o, __builtin_ctz(causes));
}
