/* Records that stand aside from the operator's clock by one and the same time, and no column tells which: one node of
 * a cluster in another zone.  They are found among what is left when the others have their partners. */
#include "reconcile/engine_private.h"

#include <stdlib.h>

#define LENGTH_MIN_MS 5000         /* shorter calls are equally long by chance */
#define WIDTH_MS 2000              /* how close together the differences of such records lie */
#define CROWD_MAX ((size_t)4096)   /* records of one pair of numbers that are compared with one another */

static size_t index_left(const struct group *g, const struct side *side, struct keyed **list)
{
	size_t n = 0;

	*list = xalloc((side->left_n + 1) * sizeof(**list));
	for (size_t k = 0; k < side->left_n; k++) {
		const struct item *item = &side->items[side->left[k]];
		uint64_t key = item_is_free(item) && item_duration_ms(item) > 0 ? numbers_key(g, item) : 0;

		if (key)
			(*list)[n++] = (struct keyed){ key, side->left[k] };
	}
	keyed_sort(*list, n);
	return n;
}

struct offs {
	int64_t *list;
	size_t n, capacity;
};

/* How far off the operator's clock two calls of one length stand. */
static void off_add(const struct group *g, struct offs *offs, const struct item *p, const struct item *o)
{
	const struct duration_model *m = &g->models[duration_model_of(g, p)].model;
	int64_t shift;

	if (item_duration_ms(p) < LENGTH_MIN_MS || !item_shift(p, o, &shift) ||
	    !duration_fits(g, m, p, item_duration_ms(o), 0))
		return;
	if (offs->n == offs->capacity) {
		offs->capacity = 2 * offs->capacity + 256;
		offs->list = xrealloc(offs->list, offs->capacity * sizeof(*offs->list));
	}
	offs->list[offs->n++] = shift - clock_shift(g, p);
}

static struct offs collect(const struct group *g)
{
	struct offs offs = { 0 };
	struct keyed *p = NULL, *o;
	/* Mostly nothing is left of the operator's: then of the platform's nothing need be looked at. */
	size_t on = index_left(g, &g->operator, &o), pn = on ? index_left(g, &g->platform, &p) : 0;
	struct keyed_match m = { .p = p, .o = o, .pn = pn, .on = on };

	while (keyed_match_next(&m)) {
		if ((m.p_end - m.p_from) * (m.o_end - m.o_from) > CROWD_MAX)
			continue;
		for (size_t a = m.p_from; a < m.p_end; a++)
			for (size_t b = m.o_from; b < m.o_end; b++)
				off_add(g, &offs, &g->platform.items[p[a].index], &g->operator.items[o[b].index]);
	}
	free(p);
	free(o);
	return offs;
}

/* The middle of where most lie close together; false when these are few, or a small part of all. */
static bool find_aside(struct offs *offs, int64_t *aside_ms)
{
	size_t best = 0, from = 0, at = 0;

	values_sort(offs->list, offs->n);
	for (size_t to = 0; to < offs->n; to++) {
		while (offs->list[to] - offs->list[from] > WIDTH_MS)
			from++;
		if (to - from + 1 > best) {
			best = to - from + 1;
			at = from + (to - from) / 2;
		}
	}
	if (best < RECONCILE_EVIDENCE_MIN || best * 4 < offs->n)
		return false;
	*aside_ms = offs->list[at];
	return true;
}

/* Pairs what is left as if the clock stood aside. */
static void pair_at(struct group *g, int64_t aside_ms, int64_t window_ms)
{
	g->aside_ms = aside_ms;
	pair_by_correlation(g, window_ms);
	pair_by_numbers(g, window_ms);
	pair_by_one_number(g, window_ms);
	pair_by_one_number_in_peace(g, window_ms);
	g->aside_ms = 0;
	for (size_t k = 0; k < g->platform.left_n; k++) {
		struct item *p = &g->platform.items[g->platform.left[k]];

		if (p->partner != RECONCILE_NONE)
			p->is_aside = true;
	}
}

void pair_aside(struct group *g, int64_t window_ms)
{
	for (g->asides_n = 0; g->asides_n < ASIDES_MAX; g->asides_n++) {
		struct offs offs;
		bool found;

		side_list_left(&g->platform, g->threads);
		side_list_left(&g->operator, g->threads);
		offs = collect(g);
		found = find_aside(&offs, &g->asides_ms[g->asides_n]);
		free(offs.list);
		if (!found)
			return;
		pair_at(g, g->asides_ms[g->asides_n], window_ms);
	}
}
