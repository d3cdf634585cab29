/* Which records belong together. */
#include "reconcile/engine_private.h"

#include <pthread.h>
#include <stdlib.h>

#define DURATION_WEIGHT 4          /* a second of duration counts as much as a quarter second of time */
#define DURATION_CAP_MS 20000      /* pieces and lost ends differ without bound */
#define UNANSWERED_COST_MS 3000    /* one side has the call answered, the other not */
#define TAIL_ONLY_MS 1000          /* whole numbers that are the same go before such as end alike */
#define SAME_RINGING_MS 300
#define FAR_MIN_MS 5000            /* shorter durations agree by chance */
#define RING_WEIGHT 2
#define RING_CAP_MS 2000
#define ALONE_MS 2500              /* dearer pairs are made only from what is left */
#define ALONE_WITHIN_MS 300000     /* with no other record of the number around, one that is there at the moment is the one */
#define SAME_SIDES_PERMILLE 990
#define LATE_STAMP_MS 120000       /* a record without set-up time stands at its answer or end */
#define SAMPLE ((size_t)120000)    /* records that teach enough to begin with */
#define PARALLEL_MIN ((size_t)4096)
#define THREADS_MAX 64

void pair_join(struct group *g, uint32_t p, uint32_t o)
{
	g->platform.items[p].partner = o;
	g->operator.items[o].partner = p;
}

void pair_clear(struct group *g)
{
	side_forget_left(&g->platform);
	side_forget_left(&g->operator);
	for (size_t i = 0; i < g->platform.n; i++)
		g->platform.items[i].partner = RECONCILE_NONE;
	for (size_t i = 0; i < g->operator.n; i++) {
		g->operator.items[i].partner = RECONCILE_NONE;
		g->operator.items[i].copy_of = RECONCILE_NONE;
		g->operator.items[i].is_piece = false;
	}
}

/* --- cost ------------------------------------------------------------------------------- */

/* How far the operator's stamp is from where the platform's should stand on its clock; -1: not comparable. */
static int64_t time_off(const struct item *p, const struct item *o)
{
	int64_t shift;

	return item_shift(p, o, &shift) ? llabs(shift - (p->expected_ms - p->time_ms)) : -1;
}

static int64_t duration_off(const struct group *g, const struct item *p, const struct item *o)
{
	const struct duration_model *m = &g->models[duration_model_of(g, p)].model;
	int64_t parts[STEP_COUNT], off;

	if (duration_fits(g, m, p, item_duration_ms(o), 0))
		return 0;
	off = llabs(item_duration_ms(o) - duration_expect(m, p, parts));
	if (m->numerator < m->denominator)
		off = off * m->denominator / m->numerator;
	return off < DURATION_CAP_MS ? off : DURATION_CAP_MS;
}

/* How long it rang, by set-up and answer, or by set-up and end where nobody answered; -1: not known. */
static int64_t ringing(const struct item *item)
{
	int64_t until = item->r.answer_ms != INSTANT_NONE ? item->r.answer_ms : item->r.end_ms;

	if (item->r.start_ms == INSTANT_NONE || until == INSTANT_NONE || until < item->r.start_ms)
		return -1;
	return until - item->r.start_ms;
}

/* Ringing takes as long on both sides. */
static int64_t ring_off(const struct item *p, const struct item *o)
{
	int64_t a = ringing(p), b = ringing(o), off;

	if (a < 0 || b < 0 || (p->r.answer_ms == INSTANT_NONE) != (o->r.answer_ms == INSTANT_NONE))
		return 0;
	off = llabs(a - b);
	return off < RING_CAP_MS ? off : RING_CAP_MS;
}

/* An attempt that failed and the next one that was answered are two calls; one call ends once.  Equal ids are
 * believed, though. */
static bool end_together(const struct group *g, const struct item *p, const struct item *o, int64_t window_ms)
{
	if (p->r.correlation && p->r.correlation == o->r.correlation)
		return true;
	/* No seconds and a set-up time only: a call so short that nothing is left of it when rounded? */
	if (item_is_answered(p) && o->r.answer_ms == INSTANT_NONE && o->r.end_ms == INSTANT_NONE)
		return duration_fits(g, &g->models[duration_model_of(g, p)].model, p, item_duration_ms(o), 0);
	return llabs(item_end_ms(o) - item_end_ms(p) - (p->expected_ms - p->time_ms)) <= window_ms;
}

/* How badly two records fit; -1: not within the window. */
static int64_t cost_of(const struct group *g, const struct item *p, const struct item *o, int64_t window_ms)
{
	int64_t off = time_off(p, o);

	if (off < 0 || off > window_ms)
		return -1;
	off += duration_off(g, p, o) / DURATION_WEIGHT + ring_off(p, o) / RING_WEIGHT;
	if (item_is_answered(p) != item_is_answered(o)) {
		if (!end_together(g, p, o, window_ms))
			return -1;
		off += UNANSWERED_COST_MS;
	}
	return off;
}

/* Whether nearly all pairs that could tell stand on one trunk, and have one direction. */
void pair_learn_sides(struct group *g)
{
	uint64_t trunks = 0, same_trunks = 0, directions = 0, same_directions = 0;

	for (size_t i = 0; i < g->platform.n; i++) {
		const struct item *p = &g->platform.items[i], *o;

		if (p->partner == RECONCILE_NONE)
			continue;
		o = &g->operator.items[p->partner];
		trunks += p->r.trunk && o->r.trunk;
		same_trunks += p->r.trunk && o->r.trunk == p->r.trunk;
		directions += p->r.direction && o->r.direction;
		same_directions += p->r.direction && o->r.direction == p->r.direction;
	}
	g->same_trunks = trunks >= RECONCILE_EVIDENCE_MIN && same_trunks * 1000 >= trunks * SAME_SIDES_PERMILLE;
	g->same_directions = directions >= RECONCILE_EVIDENCE_MIN &&
			     same_directions * 1000 >= directions * SAME_SIDES_PERMILLE;
}

/* --- clusters --------------------------------------------------------------------------- */

enum demand { DEMAND_NOTHING, DEMAND_RINGING, DEMAND_DURATION, DEMAND_LONG_DURATION, DEMAND_ONE_END };

/* One way of looking for pairs among records that share a key. */
struct search {
	struct group *g;
	uint64_t (*key)(const struct group *g, const struct item *item);
	uint64_t (*operator_key)(const struct group *g, const struct item *item); /* NULL: the same */
	int64_t window_ms;
	enum number_fit least_fit;
	enum demand demand;
	bool strict;
	uint64_t one_in;                /* only keys of one in so many are looked at; 0: all */
	int64_t near_ms;                /* of DEMAND_ONE_END: what counts as the same moment */
	int64_t alone_within_ms;        /* neither side may have another free record of the key this near */
};

struct edges {
	struct edge *list;
	size_t n, capacity;
};

static void edge_add(struct edges *edges, int64_t cost, uint32_t p, uint32_t o)
{
	if (edges->n == edges->capacity) {
		edges->capacity = edges->capacity ? 2 * edges->capacity : 64;
		edges->list = xrealloc(edges->list, edges->capacity * sizeof(*edges->list));
	}
	edges->list[edges->n++] = (struct edge){ cost, p, o };
}

/* When the call was answered; by its end and its length where nothing else is known. */
static int64_t answered_at(const struct item *item)
{
	if (item->r.answer_ms == INSTANT_NONE && item->r.end_ms != INSTANT_NONE)
		return item->r.end_ms - item_duration_ms(item);
	return item->r.answer_ms;
}

static bool same_moment(int64_t p_ms, int64_t o_ms, int64_t shift_ms, int64_t near_ms)
{
	return p_ms != INSTANT_NONE && o_ms != INSTANT_NONE && llabs(o_ms - p_ms - shift_ms) <= near_ms;
}

/* Calls that begin together are one, however long each side thinks that it was; where the operator tells no beginning,
 * such that end together, too. */
static bool has_one_end(const struct search *s, const struct item *p, const struct item *o)
{
	int64_t shift = p->expected_ms - p->time_ms;

	return same_moment(answered_at(p), answered_at(o), shift, s->near_ms) ||
	       (o->r.start_ms == INSTANT_NONE && o->r.answer_ms == INSTANT_NONE &&
		same_moment(p->r.end_ms, o->r.end_ms, shift, s->near_ms));
}

static bool meets(const struct search *s, const struct item *p, const struct item *o)
{
	const struct duration_model *m = &s->g->models[duration_model_of(s->g, p)].model;

	/* That an attempt and a record with seconds end together was asked before. */
	if (!item_is_answered(p) && item_is_answered(o))
		return s->demand == DEMAND_DURATION;
	if (s->demand == DEMAND_ONE_END)
		return item_is_answered(p) && item_is_answered(o) && has_one_end(s, p, o);
	if (s->demand == DEMAND_RINGING)
		return p->r.answer_ms != INSTANT_NONE && o->r.answer_ms != INSTANT_NONE && o->r.start_ms != INSTANT_NONE &&
		       ring_off(p, o) <= SAME_RINGING_MS + (s->g->clocks[0].whole_seconds ? 1000 : 0);
	if (s->demand == DEMAND_LONG_DURATION)
		return item_duration_ms(p) >= FAR_MIN_MS && duration_fits(s->g, m, p, item_duration_ms(o), 0);
	return duration_fits(s->g, m, p, item_duration_ms(o), s->g->options->tolerance_ms);
}

/* Whether a record as this one, answered or not, stands near on its side: from the next in one direction on. */
static bool has_near(const struct search *s, const struct side *side, const struct keyed *list, size_t n, size_t i, int step)
{
	const struct item *own = &side->items[list[i].index];

	for (i += (size_t)step; i < n; i += (size_t)step) {
		const struct item *other = &side->items[list[i].index];

		if (llabs(other->time_ms - own->time_ms) > s->alone_within_ms)
			return false;
		if (item_is_answered(other) == item_is_answered(own))
			return true;
	}
	return false;
}

static bool is_alone(const struct search *s, const struct side *side, const struct keyed *list, size_t n, size_t i)
{
	return !has_near(s, side, list, n, i, 1) && !has_near(s, side, list, n, i, -1);
}

/* Another trunk or direction, where both sides are known to tell the same. */
static bool contradicts(const struct group *g, const struct item *p, const struct item *o)
{
	return (g->same_trunks && p->r.trunk && o->r.trunk && p->r.trunk != o->r.trunk) ||
	       (g->same_directions && p->r.direction && o->r.direction && p->r.direction != o->r.direction);
}

static void consider(const struct search *s, struct edges *edges, uint32_t p, uint32_t o)
{
	const struct item *a = &s->g->platform.items[p], *b = &s->g->operator.items[o];
	int64_t cost = cost_of(s->g, a, b, s->window_ms);
	enum number_fit fit;

	if (cost < 0 || (s->strict && contradicts(s->g, a, b)))
		return;
	fit = numbers_fit(s->g, a, b);
	if (fit < s->least_fit)
		return;
	if (fit == NUMBERS_FIT_BY_TAILS)
		cost += TAIL_ONLY_MS;
	if (s->demand != DEMAND_NOTHING && !meets(s, a, b))
		return;
	edge_add(edges, cost, p, o);
}

static void assign(const struct search *s, struct edges *edges)
{
	assign_edges(s->g, edges->list, edges->n, s->strict ? INT64_MAX / 4 : ALONE_MS, s->strict);
	edges->n = 0;
}

/* Where the platform's record stands among the operator's: by the time that these are found by, on their clock. */
static int64_t position(const struct group *g, const struct item *p)
{
	int64_t at = g->stamp == STAMP_ANSWER && p->r.answer_ms != INSTANT_NONE ? p->r.answer_ms : p->r.end_ms;

	if (g->stamp == STAMP_START || at == INSTANT_NONE)
		return p->expected_ms;
	return at + (p->expected_ms - p->time_ms);
}

/* A step of the clock may have changed the order in which the platform's records stand on the operator's clock. */
static void order_by_expectation(const struct group *g, struct keyed *p, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct keyed one = p[i];
		size_t k = i;

		while (k > 0 && position(g, &g->platform.items[p[k - 1].index]) > position(g, &g->platform.items[one.index])) {
			p[k] = p[k - 1];
			k--;
		}
		p[k] = one;
	}
}

/* Both lists by time: a sliding window finds the candidates; where no window reaches on, what was found is assigned. */
static void search_cluster(const struct search *s, struct edges *edges, struct keyed *p, size_t pn, const struct keyed *o,
			   size_t on)
{
	const struct group *g = s->g;
	size_t from = 0, reached = 0;

	order_by_expectation(g, p, pn);
	for (size_t i = 0; i < pn; i++) {
		int64_t expected = position(g, &g->platform.items[p[i].index]);

		while (from < on && g->operator.items[o[from].index].time_ms < expected - s->window_ms - 1)
			from++;
		if (edges->n && from >= reached)
			assign(s, edges);
		for (size_t k = from; k < on; k++) {
			const struct item *b = &g->operator.items[o[k].index];

			if (b->time_ms > expected + s->window_ms + (b->r.start_ms == INSTANT_NONE ? LATE_STAMP_MS : 0))
				break;
			if (s->alone_within_ms && (!is_alone(s, &g->platform, p, pn, i) || !is_alone(s, &g->operator, o, on, k)))
				continue;
			consider(s, edges, p[i].index, o[k].index);
			reached = edges->n && edges->list[edges->n - 1].o == o[k].index && k + 1 > reached ? k + 1 : reached;
		}
	}
	if (edges->n)
		assign(s, edges);
}

/* Items without a partner that have the key, sorted by it. */
static struct keyed *index_side(const struct search *s, const struct side *side, size_t *n)
{
	bool other = s->operator_key && side == &s->g->operator;
	size_t count = side->left ? side->left_n : side->n;
	struct keyed *list = xalloc((count + 1) * sizeof(*list));

	*n = 0;
	for (size_t k = 0; k < count; k++) {
		size_t i = side->left ? side->left[k] : k;
		const struct item *item = &side->items[i];
		uint64_t key = item_is_free(item) ? (other ? s->operator_key : s->key)(s->g, item) : 0;

		if (key && (s->one_in < 2 || key % s->one_in == 0))
			list[(*n)++] = (struct keyed){ key, (uint32_t)i };
	}
	keyed_sort(list, *n);
	return list;
}

/* A range of keys, which one thread works through. */
struct share {
	const struct search *search;
	struct keyed *p;
	const struct keyed *o;
	size_t pn, on;
};

static void *search_share(void *context)
{
	struct share *s = context;
	struct edges edges = { 0 };
	size_t i = 0, k = 0;

	while (i < s->pn && k < s->on) {
		if (s->p[i].key < s->o[k].key) {
			i = keyed_run_end(s->p, s->pn, i);
		} else if (s->p[i].key > s->o[k].key) {
			k = keyed_run_end(s->o, s->on, k);
		} else {
			size_t pe = keyed_run_end(s->p, s->pn, i), oe = keyed_run_end(s->o, s->on, k);

			search_cluster(s->search, &edges, s->p + i, pe - i, s->o + k, oe - k);
			i = pe;
			k = oe;
		}
	}
	free(edges.list);
	return NULL;
}

/* The first place in the list at which the key is reached. */
static size_t place_of(const struct keyed *list, size_t n, uint64_t key)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Records of different keys never meet, so that ranges of keys may go to threads. */
static void search_all(const struct search *search)
{
	struct share shares[THREADS_MAX];
	pthread_t threads[THREADS_MAX];
	size_t pn, on, count = search->g->threads, p_at = 0, o_at = 0, started = 1;
	struct keyed *p = index_side(search, &search->g->platform, &pn), *o = index_side(search, &search->g->operator, &on);

	if (pn < PARALLEL_MIN || count == 0)
		count = 1;
	if (count > THREADS_MAX)
		count = THREADS_MAX;
	for (size_t t = 0; t < count; t++) {
		size_t p_to = t + 1 == count ? pn : place_of(p, pn, p[pn * (t + 1) / count].key);
		size_t o_to = t + 1 == count ? on : place_of(o, on, p[pn * (t + 1) / count].key);

		shares[t] = (struct share){ search, p + p_at, o + o_at, p_to - p_at, o_to - o_at };
		p_at = p_to;
		o_at = o_to;
	}
	while (started < count && pthread_create(&threads[started], NULL, search_share, &shares[started]) == 0)
		started++;
	search_share(&shares[0]);
	for (size_t t = started; t < count; t++)
		search_share(&shares[t]);
	for (size_t t = 1; t < started; t++)
		pthread_join(threads[t], NULL);
	free(p);
	free(o);
}

/* --- the ways ------------------------------------------------------------------------------ */

static uint64_t key_of_ids(const struct group *g, const struct item *item)
{
	(void)g;
	return item->r.correlation;
}

static uint64_t key_of_numbers(const struct group *g, const struct item *item)
{
	(void)g;
	return item->key;
}

static uint64_t key_of_short_numbers(const struct group *g, const struct item *item)
{
	(void)g;
	return numbers_short_key(item);
}

static uint64_t key_of_callee(const struct group *g, const struct item *item)
{
	(void)g;
	return number_tail(item->r.callee);
}

static uint64_t key_of_caller(const struct group *g, const struct item *item)
{
	(void)g;
	return number_tail(item->r.caller);
}

/* An id pairs only what numbers and time do not contradict: ids are reused, rewritten and wrong. */
void pair_by_correlation(struct group *g, int64_t window_ms)
{
	search_all(&(struct search){ g, key_of_ids, NULL, window_ms, NUMBERS_FIT_IN_PART, DEMAND_NOTHING, false, 0, 0, 0 });
}

void pair_by_numbers(struct group *g, int64_t window_ms)
{
	search_all(&(struct search){ g, key_of_numbers, NULL, window_ms, NUMBERS_FIT_BY_TAILS, DEMAND_NOTHING, false, 0, 0, 0 });
}

void pair_sample(struct group *g, int64_t window_ms)
{
	size_t one_in = g->platform.n / SAMPLE + 1;

	search_all(&(struct search){ g, key_of_ids, NULL, window_ms, NUMBERS_FIT_IN_PART, DEMAND_NOTHING, false, one_in, 0, 0 });
	search_all(&(struct search){ g, key_of_numbers, NULL, window_ms, NUMBERS_FIT_BY_TAILS, DEMAND_NOTHING, false, one_in, 0, 0 });
}

void pair_by_short_numbers(struct group *g, int64_t window_ms)
{
	enum number_fit least = g->plan.is_strict ? NUMBERS_FIT_BY_TAILS : NUMBERS_CONTRADICT;

	search_all(&(struct search){ g, key_of_short_numbers, NULL, window_ms, least, DEMAND_NOTHING, false, 0, 0, 0 });
}

void pair_far(struct group *g, int64_t window_ms)
{
	search_all(&(struct search){ g, key_of_numbers, NULL, window_ms, NUMBERS_FIT_BY_TAILS, DEMAND_LONG_DURATION, true, 0, 0, 0 });
}

/* Where one number is hidden, masked or replaced: the other one, the time and what is demanded must agree closely,
 * and there may be no second candidate as good. */
static void search_one_number(struct group *g, int64_t window_ms, enum demand demand, int64_t near_ms, int64_t alone_within_ms)
{
	search_all(&(struct search){ g, key_of_callee, NULL, window_ms, NUMBERS_FIT_IN_PART, demand, true, 0, near_ms, alone_within_ms });
	search_all(&(struct search){ g, key_of_caller, NULL, window_ms, NUMBERS_FIT_IN_PART, demand, true, 0, near_ms, alone_within_ms });
	search_all(&(struct search){ g, key_of_callee, key_of_caller, window_ms, NUMBERS_FIT_IN_PART, demand, true, 0, near_ms, alone_within_ms });
	search_all(&(struct search){ g, key_of_caller, key_of_callee, window_ms, NUMBERS_FIT_IN_PART, demand, true, 0, near_ms, alone_within_ms });
	search_all(&(struct search){ g, numbers_head_key, NULL, window_ms, NUMBERS_FIT_IN_PART, demand, true, 0, near_ms, alone_within_ms });
}

void pair_by_one_number(struct group *g, int64_t window_ms)
{
	search_one_number(g, window_ms, DEMAND_DURATION, 0, 0);
}

void pair_by_one_number_and_ringing(struct group *g, int64_t window_ms)
{
	search_one_number(g, window_ms, DEMAND_RINGING, 0, 0);
}

void pair_by_one_number_alone(struct group *g, int64_t window_ms)
{
	search_one_number(g, window_ms, DEMAND_NOTHING, 0, 0);
}

void pair_by_one_number_in_peace(struct group *g, int64_t window_ms)
{
	search_one_number(g, window_ms, DEMAND_NOTHING, 0, ALONE_WITHIN_MS);
}

void pair_by_one_end(struct group *g, int64_t window_ms, int64_t near_ms)
{
	search_all(&(struct search){ g, key_of_numbers, NULL, window_ms, NUMBERS_FIT_BY_TAILS, DEMAND_ONE_END, true, 0, near_ms, 0 });
	search_one_number(g, window_ms, DEMAND_ONE_END, near_ms, ALONE_WITHIN_MS);
}
