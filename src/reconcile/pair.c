/* Which records belong together. */
#include "reconcile/engine_private.h"

#include <stdlib.h>

/* Digits from the right by which numbers are compared: national, international
 * and prefixed forms of one number share them. */
#define TAIL_DIVISOR UINT64_C(100000000)
#define TAIL_DIGITS 8
#define SHORT_TAIL_DIGITS 5

#define PIECE_GAP_MS 2000
#define DURATION_WEIGHT 4          /* a second of duration counts as much as a quarter second of time */
#define UNANSWERED_PENALTY_MS 30000

/* 0 when the number says nothing: withheld, absent, masked or too short. */
static uint64_t tail(number_t n)
{
	enum number_kind kind = number_kind(n);

	if (kind == NUMBER_TEXT)
		return n;
	if ((kind != NUMBER_E164 && kind != NUMBER_DIGITS) || number_masked_count(n) ||
	    number_digit_count(n) < SHORT_TAIL_DIGITS)
		return 0;
	return number_value(n) % TAIL_DIVISOR + 1;
}

uint64_t pair_key(const struct reconcile_record *r)
{
	uint64_t a = tail(r->caller), b = tail(r->callee);

	if (a == 0 || b == 0)
		return 0;
	return a < b ? hash64_u64(a, b) : hash64_u64(b, a);
}

static bool share_a_number(const struct item *p, const struct item *o)
{
	uint64_t a = tail(p->r.caller), b = tail(p->r.callee), c = tail(o->r.caller), d = tail(o->r.callee);

	return (a && (a == c || a == d)) || (b && (b == c || b == d));
}

static void join(struct group *g, uint32_t p, uint32_t o)
{
	g->platform.items[p].partner = o;
	g->operator.items[o].partner = p;
}

void pair_clear(struct group *g)
{
	for (size_t i = 0; i < g->platform.n; i++)
		g->platform.items[i].partner = RECONCILE_NONE;
	for (size_t i = 0; i < g->operator.n; i++) {
		g->operator.items[i].partner = RECONCILE_NONE;
		g->operator.items[i].copy_of = RECONCILE_NONE;
	}
}

/* --- by correlation id ------------------------------------------------------------- */

struct keyed {
	uint64_t key;
	uint32_t index;
};

static int by_key(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (x->index > y->index) - (x->index < y->index);
}

static uint64_t correlation_of(const struct item *item)
{
	return item->r.correlation;
}

static uint64_t key_of(const struct item *item)
{
	return item->key;
}

/* Items without a partner that have the key, sorted by it. */
static struct keyed *index_side(const struct side *side, uint64_t (*key)(const struct item *), size_t *n)
{
	struct keyed *list = xalloc((side->n + 1) * sizeof(*list));

	*n = 0;
	for (size_t i = 0; i < side->n; i++)
		if (key(&side->items[i]) && side->items[i].partner == RECONCILE_NONE &&
		    side->items[i].copy_of == RECONCILE_NONE)
			list[(*n)++] = (struct keyed){ key(&side->items[i]), (uint32_t)i };
	qsort(list, *n, sizeof(*list), by_key);
	return list;
}

static size_t run_end(const struct keyed *list, size_t n, size_t from)
{
	size_t end = from;

	while (end < n && list[end].key == list[from].key)
		end++;
	return end;
}

typedef void cluster_function(struct group *g, const struct keyed *p, size_t pn, const struct keyed *o, size_t on,
			      void *context);

/* Calls f for each key that stands on both sides. */
static void each_cluster(struct group *g, uint64_t (*key)(const struct item *), cluster_function *f, void *context)
{
	size_t pn, on, i = 0, k = 0;
	struct keyed *p = index_side(&g->platform, key, &pn), *o = index_side(&g->operator, key, &on);

	while (i < pn && k < on) {
		if (p[i].key < o[k].key) {
			i = run_end(p, pn, i);
		} else if (p[i].key > o[k].key) {
			k = run_end(o, on, k);
		} else {
			size_t pe = run_end(p, pn, i), oe = run_end(o, on, k);

			f(g, p + i, pe - i, o + k, oe - k, context);
			i = pe;
			k = oe;
		}
	}
	free(p);
	free(o);
}

/* An id that stands once on each side pairs its records, unless their numbers contradict it. */
static void join_unique(struct group *g, const struct keyed *p, size_t pn, const struct keyed *o, size_t on,
			void *context)
{
	const struct item *a = &g->platform.items[p->index], *b = &g->operator.items[o->index];

	(void)context;
	if (pn != 1 || on != 1)
		return;
	if (share_a_number(a, b) || (tail(a->r.caller) | tail(a->r.callee)) == 0 ||
	    (tail(b->r.caller) | tail(b->r.callee)) == 0)
		join(g, p->index, o->index);
}

void pair_by_correlation(struct group *g)
{
	each_cluster(g, correlation_of, join_unique, NULL);
}

/* --- by numbers and time -------------------------------------------------------------- */

struct edge {
	int64_t cost;
	uint32_t p, o;
};

struct edges {
	struct edge *list;
	size_t n, capacity;
	int64_t window_ms;
};

static void edge_add(struct edges *edges, int64_t cost, uint32_t p, uint32_t o)
{
	if (edges->n == edges->capacity) {
		edges->capacity = edges->capacity ? 2 * edges->capacity : 64;
		edges->list = xrealloc(edges->list, edges->capacity * sizeof(*edges->list));
	}
	edges->list[edges->n++] = (struct edge){ cost, p, o };
}

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

/* How badly two records fit, once the operator's clock is corrected; -1: not within the window. */
static int64_t cost_of(const struct group *g, const struct item *p, const struct item *o, int64_t window_ms)
{
	int64_t shift, off, longer;

	if (!item_shift(p, o, &shift))
		return -1;
	off = llabs(shift - (o->time_ms - o->corrected_ms));
	if (off > window_ms)
		return -1;
	longer = llabs(item_duration_ms(o) - item_duration_ms(p));
	if (longer > 10 * window_ms + 60000)
		longer = 10 * window_ms + 60000;
	off += longer / DURATION_WEIGHT;
	if (item_is_answered(p) != (item_duration_ms(o) > 0) && !g->duration.counts_ringing)
		off += UNANSWERED_PENALTY_MS;
	return off;
}

static void join_cheapest(struct group *g, struct edges *edges)
{
	qsort(edges->list, edges->n, sizeof(*edges->list), by_cost);
	for (size_t i = 0; i < edges->n; i++) {
		const struct edge *e = &edges->list[i];

		if (g->platform.items[e->p].partner == RECONCILE_NONE && g->operator.items[e->o].partner == RECONCILE_NONE)
			join(g, e->p, e->o);
	}
}

/* Both lists are in canonical order, hence by time: a sliding window finds the candidates. */
static void join_cluster(struct group *g, const struct keyed *p, size_t pn, const struct keyed *o, size_t on,
			 void *context)
{
	struct edges *edges = context;
	int64_t reach = edges->window_ms + 120000; /* a record without set-up time stands at its answer or end */
	size_t from = 0;

	edges->n = 0;
	for (size_t i = 0; i < pn; i++) {
		const struct item *a = &g->platform.items[p[i].index];

		while (from < on && g->operator.items[o[from].index].corrected_ms < a->time_ms - reach)
			from++;
		for (size_t k = from; k < on; k++) {
			const struct item *b = &g->operator.items[o[k].index];
			int64_t cost;

			if (b->r.start_ms != INSTANT_NONE && b->corrected_ms > a->time_ms + reach)
				break;
			cost = cost_of(g, a, b, edges->window_ms);
			if (cost >= 0)
				edge_add(edges, cost, p[i].index, o[k].index);
		}
	}
	join_cheapest(g, edges);
}

void pair_by_numbers(struct group *g, int64_t window_ms)
{
	struct edges edges = { .window_ms = window_ms };

	each_cluster(g, key_of, join_cluster, &edges);
	free(edges.list);
}

/* Where one number is hidden, masked or replaced: the other one, the time and
 * the duration must agree closely, and there may be no second candidate. */
static void join_lonely(struct group *g, const struct keyed *p, size_t pn, const struct keyed *o, size_t on,
			void *context)
{
	struct edges *edges = context;
	size_t from = 0;

	edges->n = 0;
	for (size_t i = 0; i < pn; i++) {
		const struct item *a = &g->platform.items[p[i].index];

		while (from < on && g->operator.items[o[from].index].corrected_ms < a->time_ms - edges->window_ms)
			from++;
		for (size_t k = from; k < on; k++) {
			const struct item *b = &g->operator.items[o[k].index];

			if (b->corrected_ms > a->time_ms + edges->window_ms)
				break;
			if (llabs(item_duration_ms(a) - item_duration_ms(b)) <= g->options->tolerance_ms &&
			    cost_of(g, a, b, edges->window_ms) >= 0)
				edge_add(edges, cost_of(g, a, b, edges->window_ms), p[i].index, o[k].index);
		}
	}
	qsort(edges->list, edges->n, sizeof(*edges->list), by_cost);
	for (size_t i = 0; i < edges->n; i++) {
		unsigned rivals = 0;

		for (size_t k = 0; k < edges->n; k++)
			rivals += k != i && (edges->list[k].p == edges->list[i].p || edges->list[k].o == edges->list[i].o);
		if (rivals == 0)
			join(g, edges->list[i].p, edges->list[i].o);
	}
}

static uint64_t callee_tail(const struct item *item)
{
	return tail(item->r.callee);
}

static uint64_t caller_tail(const struct item *item)
{
	return tail(item->r.caller);
}

void pair_by_one_number(struct group *g, int64_t window_ms)
{
	struct edges edges = { .window_ms = window_ms };

	each_cluster(g, callee_tail, join_lonely, &edges);
	each_cluster(g, caller_tail, join_lonely, &edges);
	free(edges.list);
}

/* --- further records of a call that is paired -------------------------------------------- */

static uint64_t paired_key(const struct item *item)
{
	return item->key ? item->key : callee_tail(item);
}

/* All of the operator's items by key, those with a partner and those without. */
static struct keyed *index_all(const struct side *side, size_t *n)
{
	struct keyed *list = xalloc((side->n + 1) * sizeof(*list));

	*n = 0;
	for (size_t i = 0; i < side->n; i++)
		if (paired_key(&side->items[i]))
			list[(*n)++] = (struct keyed){ paired_key(&side->items[i]), (uint32_t)i };
	qsort(list, *n, sizeof(*list), by_key);
	return list;
}

static bool same_content(const struct item *a, const struct item *b)
{
	return a->r.caller == b->r.caller && a->r.callee == b->r.callee && a->r.start_ms == b->r.start_ms &&
	       a->r.answer_ms == b->r.answer_ms && a->r.end_ms == b->r.end_ms && a->r.duration_ms == b->r.duration_ms;
}

void pair_duplicates(struct group *g)
{
	size_t n, end;
	struct keyed *list = index_all(&g->operator, &n);

	for (size_t from = 0; from < n; from = end) {
		end = run_end(list, n, from);
		for (size_t i = from; i < end; i++) {
			struct item *extra = &g->operator.items[list[i].index];

			if (extra->partner != RECONCILE_NONE || extra->copy_of != RECONCILE_NONE)
				continue;
			for (size_t k = from; k < end; k++) {
				const struct item *first = &g->operator.items[list[k].index];

				if (first->partner != RECONCILE_NONE && same_content(first, extra)) {
					extra->copy_of = first->partner;
					break;
				}
			}
		}
	}
	free(list);
}

static int64_t item_end_ms(const struct item *item)
{
	if (item->r.end_ms != INSTANT_NONE)
		return item->r.end_ms;
	if (item->r.answer_ms != INSTANT_NONE)
		return item->r.answer_ms + item_duration_ms(item);
	return item->time_ms + item_duration_ms(item);
}

/* Chains the records that begin where the one before ended, as long as the call lasted. */
static void chain_pieces(struct group *g, const struct keyed *list, size_t from, size_t end, size_t at)
{
	const struct item *first = &g->operator.items[list[at].index];
	const struct item *call = &g->platform.items[first->partner];
	int64_t sum = item_duration_ms(first), reached = item_end_ms(first);
	bool grew = true;

	while (grew && sum + g->options->tolerance_ms < item_duration_ms(call)) {
		grew = false;
		for (size_t i = from; i < end && !grew; i++) {
			struct item *next = &g->operator.items[list[i].index];

			if (next->partner != RECONCILE_NONE || next->copy_of != RECONCILE_NONE ||
			    llabs(next->time_ms - reached) > PIECE_GAP_MS || item_duration_ms(next) == 0 ||
			    sum + item_duration_ms(next) > item_duration_ms(call) + 5 * g->options->tolerance_ms)
				continue;
			next->copy_of = first->partner;
			next->is_piece = true;
			sum += item_duration_ms(next);
			reached = item_end_ms(next);
			grew = true;
		}
	}
}

void pair_pieces(struct group *g)
{
	size_t n, end;
	struct keyed *list = index_all(&g->operator, &n);

	for (size_t from = 0; from < n; from = end) {
		end = run_end(list, n, from);
		if (end - from < 2)
			continue;
		for (size_t i = from; i < end; i++) {
			const struct item *o = &g->operator.items[list[i].index];

			if (o->partner != RECONCILE_NONE && o->copy_of == RECONCILE_NONE)
				chain_pieces(g, list, from, end, i);
		}
	}
	free(list);
}
