/* How the operator's clock stands against the platform's: learned from pairs
 * that are certain, half hour by half hour, by medians. */
#include "reconcile/engine_private.h"

#include <stdlib.h>

#define CLUSTER_WIDTH_MS 4000      /* differences of one clock lie this close together */
#define BIN_SAMPLES_MIN 5
#define JUMP_MS 1500               /* neighbouring half hours further apart than this: a step */
#define OFFSET_MIN_MS 250          /* less is the network's */
#define DRIFT_MIN_MS 400           /* over the span of the records */
#define ZONE_MS INT64_C(900000)    /* zones differ by quarter hours */
#define ZONE_REST_MS INT64_C(240000)

struct sample {
	int64_t time_ms, shift_ms;     /* the platform's time; operator minus platform */
};

struct samples {
	struct sample *list;
	size_t n;
};

static int by_shift(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;

	if (x->shift_ms != y->shift_ms)
		return x->shift_ms < y->shift_ms ? -1 : 1;
	return (x->time_ms > y->time_ms) - (x->time_ms < y->time_ms);
}

static int by_time(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;

	if (x->time_ms != y->time_ms)
		return x->time_ms < y->time_ms ? -1 : 1;
	return (x->shift_ms > y->shift_ms) - (x->shift_ms < y->shift_ms);
}

/* Median of the densest cluster of differences; *inside: how many lie in it. */
static int64_t densest(struct sample *list, size_t n, size_t *inside)
{
	size_t best_from = 0, best_n = 0;

	qsort(list, n, sizeof(*list), by_shift);
	for (size_t from = 0, to = 0; from < n; from++) {
		while (to < n && list[to].shift_ms - list[from].shift_ms <= CLUSTER_WIDTH_MS)
			to++;
		if (to - from > best_n) {
			best_n = to - from;
			best_from = from;
		}
	}
	*inside = best_n;
	return best_n ? list[best_from + best_n / 2].shift_ms : 0;
}

void clock_release(struct clock_model *clock)
{
	free(clock->shift_ms);
	*clock = (struct clock_model){ 0 };
}

/* The share of the operator's times that carry no fraction of a second. */
static bool has_whole_seconds(const struct side *side)
{
	size_t whole = 0;

	for (size_t i = 0; i < side->n; i++)
		whole += side->items[i].time_ms % 1000 == 0;
	return side->n >= RECONCILE_EVIDENCE_MIN && whole * 100 >= side->n * 95;
}

/* Builds the model from samples, which it reorders. */
static void clock_build(struct group *g, struct samples *s)
{
	struct clock_model *clock = &g->clock;
	size_t inside, from = 0;

	clock_release(clock);
	if (s->n < BIN_SAMPLES_MIN)
		return;
	clock->overall_ms = densest(s->list, s->n, &inside);
	if (inside < BIN_SAMPLES_MIN)
		return;
	clock->is_known = true;
	clock->whole_seconds = has_whole_seconds(&g->operator) && !has_whole_seconds(&g->platform);
	qsort(s->list, s->n, sizeof(*s->list), by_time);
	clock->first_ms = s->list[0].time_ms / CLOCK_BIN_MS * CLOCK_BIN_MS;
	clock->bins = (size_t)((s->list[s->n - 1].time_ms - clock->first_ms) / CLOCK_BIN_MS) + 1;
	clock->shift_ms = xalloc(clock->bins * sizeof(*clock->shift_ms));
	for (size_t b = 0; b < clock->bins; b++) {
		size_t to = from;
		int64_t median;

		while (to < s->n && (size_t)((s->list[to].time_ms - clock->first_ms) / CLOCK_BIN_MS) == b)
			to++;
		median = densest(s->list + from, to - from, &inside);
		clock->shift_ms[b] = inside >= BIN_SAMPLES_MIN && inside * 2 > to - from ? median : INSTANT_NONE;
		from = to;
	}
}

static void sample_add(struct samples *s, const struct item *p, const struct item *o)
{
	int64_t shift;

	if (item_shift(p, o, &shift))
		s->list[s->n++] = (struct sample){ p->time_ms, shift };
}

void clock_learn(struct group *g)
{
	struct samples s = { .list = xalloc((g->platform.n + 1) * sizeof(*s.list)) };

	for (size_t i = 0; i < g->platform.n; i++)
		if (g->platform.items[i].partner != RECONCILE_NONE)
			sample_add(&s, &g->platform.items[i], &g->operator.items[g->platform.items[i].partner]);
	clock_build(g, &s);
	free(s.list);
}

struct lone {
	uint64_t key;
	uint32_t index;
	bool is_platform;
};

static int by_lone_key(const void *a, const void *b)
{
	const struct lone *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	if (x->is_platform != y->is_platform)
		return x->is_platform ? -1 : 1;
	return (x->index > y->index) - (x->index < y->index);
}

static size_t collect_lone(const struct side *side, bool is_platform, struct lone *list)
{
	size_t n = 0;

	for (size_t i = 0; i < side->n; i++)
		if (side->items[i].key)
			list[n++] = (struct lone){ side->items[i].key, (uint32_t)i, is_platform };
	return n;
}

void clock_guess(struct group *g)
{
	struct lone *list = xalloc((g->platform.n + g->operator.n + 1) * sizeof(*list));
	struct samples s = { .list = xalloc((g->platform.n + 1) * sizeof(*s.list)) };
	size_t n = collect_lone(&g->platform, true, list), end;

	n += collect_lone(&g->operator, false, list + n);
	qsort(list, n, sizeof(*list), by_lone_key);
	for (size_t i = 0; i < n; i = end) {
		end = i;
		while (end < n && list[end].key == list[i].key)
			end++;
		if (end - i == 2 && list[i].is_platform && !list[i + 1].is_platform)
			sample_add(&s, &g->platform.items[list[i].index], &g->operator.items[list[i + 1].index]);
	}
	clock_build(g, &s);
	free(s.list);
	free(list);
}

/* The shift of the bin at the platform's time t, or that of the nearest known one. */
static int64_t shift_of_bin(const struct clock_model *clock, int64_t t)
{
	int64_t b = (t - clock->first_ms) / CLOCK_BIN_MS, last = (int64_t)clock->bins - 1;

	if (b < 0 || t < clock->first_ms)
		b = 0;
	if (b > last)
		b = last;
	for (int64_t away = 0; away <= last; away++) {
		if (b - away >= 0 && clock->shift_ms[b - away] != INSTANT_NONE)
			return clock->shift_ms[b - away];
		if (b + away <= last && clock->shift_ms[b + away] != INSTANT_NONE)
			return clock->shift_ms[b + away];
	}
	return clock->overall_ms;
}

int64_t clock_shift_at(const struct clock_model *clock, int64_t operator_ms)
{
	int64_t shift;

	if (!clock->is_known)
		return 0;
	/* The bins are by the platform's time, which is what is looked for: twice brings it near enough. */
	shift = shift_of_bin(clock, operator_ms - clock->overall_ms);
	return shift_of_bin(clock, operator_ms - shift);
}

static int by_corrected(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->corrected_ms != y->corrected_ms)
		return x->corrected_ms < y->corrected_ms ? -1 : 1;
	return (x->r.id > y->r.id) - (x->r.id < y->r.id);
}

void clock_correct(struct group *g)
{
	bool in_order = true;

	for (size_t i = 0; i < g->operator.n; i++) {
		struct item *o = &g->operator.items[i];

		o->corrected_ms = o->time_ms - clock_shift_at(&g->clock, o->time_ms);
		in_order = in_order && (i == 0 || g->operator.items[i - 1].corrected_ms <= o->corrected_ms);
	}
	if (in_order)
		return;
	/* A step back may change the order; partners follow their items. */
	qsort(g->operator.items, g->operator.n, sizeof(*g->operator.items), by_corrected);
	for (size_t i = 0; i < g->operator.n; i++)
		if (g->operator.items[i].partner != RECONCILE_NONE)
			g->platform.items[g->operator.items[i].partner].partner = (uint32_t)i;
}

/* --- causes ------------------------------------------------------------------------------ */

/* Slope over bins [from, to) in thousandths of a ppm: median of the slopes between bins half the span apart. */
static int64_t slope_ppb(const struct clock_model *clock, size_t from, size_t to)
{
	size_t half = (to - from) / 2, n = 0;
	struct sample *slopes = xalloc((to - from + 1) * sizeof(*slopes));
	int64_t median = 0;

	for (size_t b = from; b + half < to; b++)
		if (half && clock->shift_ms[b] != INSTANT_NONE && clock->shift_ms[b + half] != INSTANT_NONE)
			slopes[n++].shift_ms = (clock->shift_ms[b + half] - clock->shift_ms[b]) * 1000000 /
					       ((int64_t)half * CLOCK_BIN_MS / 1000);
	qsort(slopes, n, sizeof(*slopes), by_shift);
	if (n)
		median = slopes[n / 2].shift_ms;
	free(slopes);
	return median;
}

static uint64_t pairs_of(const struct group *g)
{
	uint64_t pairs = 0;

	for (size_t i = 0; i < g->platform.n; i++)
		pairs += g->platform.items[i].partner != RECONCILE_NONE;
	return pairs;
}

/* Pairs whose times agree once the clock is corrected, in thousandths. */
static unsigned fit_permille(const struct group *g)
{
	uint64_t good = 0, all = 0;

	for (size_t i = 0; i < g->platform.n; i++) {
		const struct item *p = &g->platform.items[i], *o;
		int64_t shift;

		if (p->partner == RECONCILE_NONE)
			continue;
		o = &g->operator.items[p->partner];
		if (!item_shift(p, o, &shift))
			continue;
		all++;
		good += llabs(shift - (o->time_ms - o->corrected_ms)) <= CLUSTER_WIDTH_MS / 2;
	}
	return all ? (unsigned)(good * 1000 / all) : 0;
}

static struct reconcile_cause *state(struct group *g, enum reconcile_cause_kind kind, uint64_t records,
				     unsigned confidence)
{
	struct reconcile_cause *cause = cause_add(&g->causes, kind, g->operator_index);

	cause->records = records;
	cause->confidence_permille = confidence;
	for (size_t i = 0; i < g->platform.n; i++)
		if (g->platform.items[i].partner != RECONCILE_NONE)
			g->platform.items[i].causes |= 1U << kind;
	return cause;
}

/* The first half hour whose shift jumps away from the one before, beyond what drift brings; bins when none. */
static size_t find_jump(const struct clock_model *clock, size_t from, int64_t *before, int64_t *after)
{
	int64_t last = INSTANT_NONE;

	for (size_t b = from; b < clock->bins; b++) {
		if (clock->shift_ms[b] == INSTANT_NONE)
			continue;
		if (last != INSTANT_NONE && llabs(clock->shift_ms[b] - last) > JUMP_MS) {
			*before = last;
			*after = clock->shift_ms[b];
			return b;
		}
		last = clock->shift_ms[b];
	}
	return clock->bins;
}

/* When exactly: the first pair in order of time from which on differences lie nearer to what comes after. */
static int64_t jump_time(const struct group *g, size_t bin, int64_t before, int64_t after)
{
	int64_t from = g->clock.first_ms + ((int64_t)bin - 1) * CLOCK_BIN_MS, to = from + 2 * CLOCK_BIN_MS, at = from;
	int64_t middle = (before + after) / 2;

	for (size_t i = 0; i < g->platform.n; i++) {
		const struct item *p = &g->platform.items[i];
		int64_t shift;

		if (p->partner == RECONCILE_NONE || p->time_ms < from || p->time_ms >= to ||
		    !item_shift(p, &g->operator.items[p->partner], &shift))
			continue;
		if ((shift < middle) == (before < middle))
			at = p->time_ms;
	}
	return at;
}

static void explain_offset(struct group *g, int64_t offset_ms, int64_t at_ms, uint64_t pairs, unsigned fit)
{
	int64_t zone = (offset_ms + (offset_ms >= 0 ? ZONE_MS / 2 : -ZONE_MS / 2)) / ZONE_MS * ZONE_MS;

	if (zone && llabs(offset_ms - zone) <= ZONE_REST_MS)
		state(g, CAUSE_ZONE_OFFSET, pairs, fit)->shift_ms = zone;
	else
		zone = 0;
	offset_ms -= zone;
	if (llabs(offset_ms) >= (g->clock.whole_seconds ? OFFSET_MIN_MS + 350 : OFFSET_MIN_MS)) {
		struct reconcile_cause *cause = state(g, CAUSE_CLOCK_OFFSET, pairs, fit);

		cause->shift_ms = offset_ms;
		cause->at_ms = at_ms;
	}
}

void clock_explain(struct group *g)
{
	const struct clock_model *clock = &g->clock;
	uint64_t pairs = pairs_of(g);
	unsigned fit = fit_permille(g);
	int64_t before, after, ppb, first = INSTANT_NONE;
	size_t jump, from = 0;

	if (!clock->is_known || pairs < RECONCILE_EVIDENCE_MIN || fit < 950)
		return;
	while ((jump = find_jump(clock, from, &before, &after)) < clock->bins) {
		struct reconcile_cause *cause = state(g, CAUSE_CLOCK_STEP, pairs, fit);

		cause->shift_ms = after - before;
		cause->at_ms = jump_time(g, jump, before, after);
		if (first == INSTANT_NONE)
			first = before;
		from = jump;
	}
	ppb = first == INSTANT_NONE ? slope_ppb(clock, 0, clock->bins) : 0;
	if (llabs(ppb) * ((int64_t)clock->bins * CLOCK_BIN_MS / 1000000) / 1000 >= DRIFT_MIN_MS) {
		int64_t middle = clock->first_ms + (int64_t)clock->bins * CLOCK_BIN_MS / 2;

		state(g, CAUSE_CLOCK_DRIFT, pairs, fit)->ppb = ppb;
		explain_offset(g, shift_of_bin(clock, middle) + (clock->whole_seconds ? 500 : 0), middle, pairs, fit);
	} else {
		explain_offset(g, (first == INSTANT_NONE ? clock->overall_ms : first) + (clock->whole_seconds ? 500 : 0),
			       INSTANT_NONE, pairs, fit);
	}
}
