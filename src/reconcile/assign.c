/* The best assignment among records of one cluster that could belong together. */
#include "reconcile/engine_private.h"

#include <stdlib.h>

#define EXACT_MAX 32               /* records on a side up to which the least total cost is found */
#define MARGIN_MS 120              /* how much better than any other a strict pair must be */
#define NO_EDGE INT64_MAX

/* Cheapest first; equal ones in canonical order of their items. */
static int by_cost(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	if (x->cost != y->cost)
		return x->cost < y->cost ? -1 : 1;
	if (x->p != y->p)
		return x->p < y->p ? -1 : 1;
	return (x->o > y->o) - (x->o < y->o);
}

static bool is_free(const struct group *g, const struct edge *e)
{
	return item_is_free(&g->platform.items[e->p]) && item_is_free(&g->operator.items[e->o]);
}

static void join_cheapest(struct group *g, const struct edge *edges, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_free(g, &edges[i]))
			pair_join(g, edges[i].p, edges[i].o);
}

/* --- one connected component ---------------------------------------------------------------- */

struct component {
	uint32_t p[EXACT_MAX], o[EXACT_MAX];
	size_t pn, on;
	int64_t cost[EXACT_MAX][EXACT_MAX];
	size_t column[EXACT_MAX];      /* of each p: its o */
};

static size_t place_of(uint32_t *list, size_t *n, uint32_t value)
{
	size_t i = 0;

	while (i < *n && list[i] != value)
		i++;
	if (i == *n && i < EXACT_MAX)
		list[(*n)++] = value;
	return i;
}

/* False when it has too many records. */
static bool fill(struct component *c, const struct edge *edges, size_t n)
{
	c->pn = c->on = 0;
	for (size_t i = 0; i < EXACT_MAX; i++)
		for (size_t k = 0; k < EXACT_MAX; k++)
			c->cost[i][k] = NO_EDGE;
	for (size_t i = 0; i < n; i++) {
		size_t p = place_of(c->p, &c->pn, edges[i].p), o = place_of(c->o, &c->on, edges[i].o);

		if (p == EXACT_MAX || o == EXACT_MAX)
			return false;
		c->cost[p][o] = edges[i].cost;
	}
	return true;
}

/* The matrix that is solved: square, where an edge dearer than being alone counts as being alone. */
static int64_t cell(const struct component *c, size_t p, size_t o, int64_t alone_ms)
{
	if (p >= c->pn || o >= c->on)
		return 0;
	return c->cost[p][o] < alone_ms ? c->cost[p][o] : alone_ms;
}

/* Kuhn and Munkres' method with potentials, O(n^3): rows one by one, each along the shortest augmenting path. */
static void solve(struct component *c, int64_t alone_ms)
{
	size_t n = c->pn > c->on ? c->pn : c->on;
	int64_t u[EXACT_MAX + 1] = { 0 }, v[EXACT_MAX + 1] = { 0 };
	size_t row_of[EXACT_MAX + 1] = { 0 }, way[EXACT_MAX + 1];

	for (size_t i = 1; i <= n; i++) {
		int64_t least[EXACT_MAX + 1];
		bool used[EXACT_MAX + 1] = { false };
		size_t at = 0;

		for (size_t k = 0; k <= n; k++)
			least[k] = INT64_MAX;
		row_of[0] = i;
		do {
			size_t row = row_of[at], next = 0;
			int64_t delta = INT64_MAX;

			used[at] = true;
			for (size_t k = 1; k <= n; k++) {
				int64_t reduced;

				if (used[k])
					continue;
				reduced = cell(c, row - 1, k - 1, alone_ms) - u[row] - v[k];
				if (reduced < least[k]) {
					least[k] = reduced;
					way[k] = at;
				}
				if (least[k] < delta) {
					delta = least[k];
					next = k;
				}
			}
			for (size_t k = 0; k <= n; k++) {
				if (used[k]) {
					u[row_of[k]] += delta;
					v[k] -= delta;
				} else {
					least[k] -= delta;
				}
			}
			at = next;
		} while (row_of[at]);
		while (at) {
			row_of[at] = row_of[way[at]];
			at = way[at];
		}
	}
	for (size_t k = 1; k <= n; k++)
		if (row_of[k] <= c->pn)
			c->column[row_of[k] - 1] = k - 1;
}

static bool is_joined(const struct component *c, size_t p, int64_t alone_ms)
{
	return c->column[p] < c->on && c->cost[p][c->column[p]] < alone_ms;
}

/* What it would cost more to give p another o, and that one's p this one's o. */
static int64_t exchange_cost(const struct component *c, size_t p, size_t o, int64_t alone_ms)
{
	size_t mine = c->column[p];
	int64_t sum = c->cost[p][o] - c->cost[p][mine];

	for (size_t other = 0; other < c->pn; other++) {
		if (other == p || c->column[other] != o || !is_joined(c, other, alone_ms))
			continue;
		if (c->cost[other][mine] == NO_EDGE)
			return NO_EDGE;
		return sum + c->cost[other][mine] - c->cost[other][o];
	}
	return sum;
}

/* Whether some other assignment of p, or of its o, would be nearly as good. */
static bool has_rival(const struct group *g, const struct component *c, size_t p, int64_t alone_ms)
{
	size_t mine = c->column[p];
	const struct item *own = &g->operator.items[c->o[mine]], *call = &g->platform.items[c->p[p]];

	for (size_t o = 0; o < c->on; o++)
		if (o != mine && c->cost[p][o] != NO_EDGE && !item_same_content(own, &g->operator.items[c->o[o]]) &&
		    exchange_cost(c, p, o, alone_ms) < MARGIN_MS)
			return true;
	for (size_t other = 0; other < c->pn; other++)
		if (other != p && c->cost[other][mine] != NO_EDGE && !is_joined(c, other, alone_ms) &&
		    !item_same_content(call, &g->platform.items[c->p[other]]) &&
		    c->cost[other][mine] - c->cost[p][mine] < MARGIN_MS)
			return true;
	return false;
}

static void join_component(struct group *g, const struct edge *edges, size_t n, int64_t alone_ms, bool strict)
{
	struct component c;

	if (!fill(&c, edges, n)) {
		if (!strict)
			join_cheapest(g, edges, n);
		return;
	}
	solve(&c, alone_ms);
	for (size_t p = 0; p < c.pn; p++)
		if (is_joined(&c, p, alone_ms) && !(strict && has_rival(g, &c, p, alone_ms)))
			pair_join(g, c.p[p], c.o[c.column[p]]);
	if (!strict)
		join_cheapest(g, edges, n);
}

/* --- splitting a cluster into components -------------------------------------------------------- */

/* Edges get a label of their component: the least edge of it; labels spread until nothing changes. */
static void label_edges(const struct edge *edges, size_t n, uint32_t *label)
{
	bool changed = true;

	for (size_t i = 0; i < n; i++)
		label[i] = (uint32_t)i;
	while (changed) {
		changed = false;
		for (size_t i = 0; i < n; i++) {
			for (size_t k = i + 1; k < n; k++) {
				if ((edges[i].p != edges[k].p && edges[i].o != edges[k].o) || label[i] == label[k])
					continue;
				if (label[i] < label[k])
					label[k] = label[i];
				else
					label[i] = label[k];
				changed = true;
			}
		}
	}
}

#define LABELLED_MAX ((size_t)256) /* more edges than this are cut where the platform's records are far apart */

static void join_labelled(struct group *g, const struct edge *edges, size_t n, int64_t alone_ms, bool strict)
{
	uint32_t label[LABELLED_MAX];
	struct edge part[LABELLED_MAX];

	label_edges(edges, n, label);
	for (size_t i = 0; i < n; i++) {
		size_t count = 0;

		if (label[i] != i)
			continue;
		for (size_t k = i; k < n; k++)
			if (label[k] == i)
				part[count++] = edges[k];
		qsort(part, count, sizeof(*part), by_cost);
		join_component(g, part, count, alone_ms, strict);
	}
}

void assign_edges(struct group *g, struct edge *edges, size_t n, int64_t alone_ms, bool strict)
{
	if (n == 1) {
		if (is_free(g, edges))
			pair_join(g, edges->p, edges->o);
	} else if (n <= LABELLED_MAX) {
		join_labelled(g, edges, n, alone_ms, strict);
	} else {
		qsort(edges, n, sizeof(*edges), by_cost);
		if (!strict)
			join_cheapest(g, edges, n);
	}
}
