/* Which records belong together. */
#include "reconcile/engine_private.h"

#include <stdlib.h>

#define DURATION_WEIGHT 4          /* a second of duration counts as much as a quarter second of time */
#define DURATION_CAP_MS 20000      /* pieces and lost ends differ without bound */
#define UNANSWERED_COST_MS 3000    /* one side has the call answered, the other not */
#define TAIL_ONLY_MS 1000          /* whole numbers that are the same go before such as end alike */
#define SAME_RINGING_MS 300
#define OTHER_RINGING_MS 1000
#define BUSY_WITHIN_MS 300000
#define BUSY_LOOKED_AT ((size_t)2000)
#define FAR_MIN_MS 5000            /* shorter durations agree by chance */
#define RING_WEIGHT 2
#define RING_CAP_MS 2000
#define ALONE_MS 2500              /* dearer pairs are made only from what is left */
#define ALONE_WITHIN_MS 300000     /* with no other record of the number around, one that is there at the moment is the one */
#define SAME_SIDES_PERMILLE 990
#define LATE_STAMP_MS 120000       /* a record without set-up time stands at its answer or end */
#define SAMPLE ((size_t)120000)    /* records that teach enough to begin with */
#define IDS_ENOUGH ((size_t)30000) /* pairs by ids that do so alone */

void pair_join(struct group *g, uint32_t p, uint32_t o)
{
	g->platform.items[p].partner = o;
	g->operator.items[o].partner = p;
}

static void clear_platform(void *context, size_t part, size_t from, size_t to)
{
	struct group *g = context;

	(void)part;
	for (size_t i = from; i < to; i++) {
		g->platform.items[i].partner = RECONCILE_NONE;
		g->platform.items[i].is_aside = false;
	}
}

static void clear_operator(void *context, size_t part, size_t from, size_t to)
{
	struct group *g = context;

	(void)part;
	for (size_t i = from; i < to; i++) {
		g->operator.items[i].partner = RECONCILE_NONE;
		item_clear_copy(&g->operator.items[i]);
	}
}

void pair_clear(struct group *g)
{
	side_forget_left(&g->platform);
	side_forget_left(&g->operator);
	pair_forget_further(g);
	share_out(g->threads, g->platform.n, clear_platform, g);
	share_out(g->threads, g->operator.n, clear_operator, g);
}

/* --- cost ------------------------------------------------------------------------------- */

/* How far the operator's stamp is from where the platform's should stand on its clock; -1: not comparable. */
static int64_t time_off(const struct group *g, const struct item *p, const struct item *o)
{
	int64_t shift;

	return item_shift(p, o, &shift) ? llabs(shift - clock_shift(g, p)) : -1;
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
	return off;
}

int64_t reconcile_score_ms(int64_t away_ms, int64_t off_ms)
{
	off_ms = llabs(off_ms);
	return llabs(away_ms) + (off_ms < DURATION_CAP_MS ? off_ms : DURATION_CAP_MS) / DURATION_WEIGHT;
}

/* How long it rang, by set-up and answer, or by set-up and end where nobody answered; -1: not known. */
static int64_t ringing(const struct item *item)
{
	int64_t until = item_answer_stamp(item) != INSTANT_NONE ? item_answer_stamp(item) : item_end_stamp(item);

	if (item_start_stamp(item) == INSTANT_NONE || until == INSTANT_NONE || until < item_start_stamp(item))
		return -1;
	return until - item_start_stamp(item);
}

/* Ringing takes as long on both sides. */
static int64_t ring_off(const struct item *p, const struct item *o)
{
	int64_t a = ringing(p), b = ringing(o), off;

	if (a < 0 || b < 0 || (item_answer_stamp(p) == INSTANT_NONE) != (item_answer_stamp(o) == INSTANT_NONE))
		return 0;
	off = llabs(a - b);
	return off < RING_CAP_MS ? off : RING_CAP_MS;
}

/* An attempt that failed and the next one that was answered are two calls; one call ends once.  Equal ids are
 * believed, though. */
static bool end_together(const struct group *g, const struct item *p, const struct item *o, int64_t window_ms)
{
	if (p->correlation && p->correlation == o->correlation)
		return true;
	/* No seconds and a set-up time only: a call so short that nothing is left of it when rounded? */
	if (item_is_answered(p) && o->answer == STAMP_ABSENT && o->end == STAMP_ABSENT)
		return duration_fits(g, &g->models[duration_model_of(g, p)].model, p, item_duration_ms(o), 0);
	return llabs(item_end_ms(o) - item_end_ms(p) - clock_shift(g, p)) <= window_ms;
}

/* How far apart two records are in time that may be of one call; -1: they may not. */
static int64_t possible_off(const struct group *g, const struct item *p, const struct item *o, int64_t window_ms)
{
	int64_t off = time_off(g, p, o);

	if (off < 0 || off > window_ms)
		return -1;
	return item_is_answered(p) == item_is_answered(o) || end_together(g, p, o, window_ms) ? off : -1;
}

/* How badly they fit; -1: not at all. */
static int64_t cost_of(const struct group *g, const struct item *p, const struct item *o, int64_t window_ms)
{
	int64_t off = possible_off(g, p, o, window_ms);

	if (off < 0)
		return -1;
	return reconcile_score_ms(off, duration_off(g, p, o)) + ring_off(p, o) / RING_WEIGHT +
	       (item_is_answered(p) != item_is_answered(o) ? UNANSWERED_COST_MS : 0);
}

/* Whether nearly all pairs that could tell stand on one trunk, and have one direction. */
void pair_learn_sides(struct group *g, const struct pair_counts *c)
{
	g->same_trunks = c->trunks >= RECONCILE_EVIDENCE_MIN && c->same_trunks * 1000 >= c->trunks * SAME_SIDES_PERMILLE;
	g->same_directions = c->directions >= RECONCILE_EVIDENCE_MIN && c->same_directions * 1000 >= c->directions * SAME_SIDES_PERMILLE;
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
	const struct number_plan *plan; /* by which numbers must fit; NULL: what was learned of the operator's */
};

struct edges {
	struct edge *list;
	size_t n, capacity;
};

/* What one thread searches with. */
struct searcher {
	const struct search *search;
	struct edges edges;
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
	if (item->answer == STAMP_ABSENT && item->end != STAMP_ABSENT)
		return item_end_stamp(item) - item_duration_ms(item);
	return item_answer_stamp(item);
}

static bool same_moment(int64_t p_ms, int64_t o_ms, int64_t shift_ms, int64_t near_ms)
{
	return p_ms != INSTANT_NONE && o_ms != INSTANT_NONE && llabs(o_ms - p_ms - shift_ms) <= near_ms;
}

/* What counts as the same moment of answers: a length that was rounded reaches back too far. */
static int64_t near_answer(const struct group *g, const struct item *p, const struct item *o, int64_t near_ms)
{
	return near_ms + (o->answer == STAMP_ABSENT ? g->models[duration_model_of(g, p)].model.increment_ms : 0);
}

/* Calls that begin together are one, however long each side thinks that it was; where the operator tells no beginning,
 * such that end together, too. */
static bool has_one_end(const struct search *s, const struct item *p, const struct item *o)
{
	int64_t shift = clock_shift(s->g, p), near = near_answer(s->g, p, o, s->near_ms);

	return same_moment(answered_at(p), answered_at(o), shift, near) ||
	       (!o->has_start && o->answer == STAMP_ABSENT &&
		same_moment(item_end_stamp(p), item_end_stamp(o), shift, s->near_ms));
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
		return item_answer_stamp(p) != INSTANT_NONE && item_answer_stamp(o) != INSTANT_NONE && item_start_stamp(o) != INSTANT_NONE &&
		       ring_off(p, o) <= SAME_RINGING_MS + (s->g->clocks[0].whole_seconds ? 1000 : 0);
	if (s->demand == DEMAND_LONG_DURATION)
		return item_duration_ms(p) >= FAR_MIN_MS && duration_fits(s->g, m, p, item_duration_ms(o), 0);
	return duration_fits(s->g, m, p, item_duration_ms(o), s->g->options->tolerance_ms);
}

/* Whether a record as this one, answered or not, stands near on its side: from the next in one direction on. */
static bool has_near(const struct search *s, const struct side *side, const uint32_t *list, size_t n, size_t i, int step)
{
	const struct item *own = &side->items[list[i]];

	for (i += (size_t)step; i < n; i += (size_t)step) {
		const struct item *other = &side->items[list[i]];

		if (llabs(other->time_ms - own->time_ms) > s->alone_within_ms)
			return false;
		if (item_is_answered(other) == item_is_answered(own))
			return true;
	}
	return false;
}

static bool is_alone(const struct search *s, const struct side *side, const uint32_t *list, size_t n, size_t i)
{
	return !has_near(s, side, list, n, i, 1) && !has_near(s, side, list, n, i, -1);
}

/* Another trunk or direction, where both sides are known to tell the same. */
static bool contradicts(const struct group *g, const struct item *p, const struct item *o)
{
	return (g->same_trunks && p->trunk && o->trunk && p->trunk != o->trunk) ||
	       (g->same_directions && p->direction && o->direction && p->direction != o->direction);
}

/* only: no other record is near, with which this pair's cost could be compared. */
static void consider(const struct search *s, struct edges *edges, uint32_t p, uint32_t o, bool only)
{
	const struct item *a = &s->g->platform.items[p], *b = &s->g->operator.items[o];
	int64_t cost = only ? possible_off(s->g, a, b, s->window_ms) : cost_of(s->g, a, b, s->window_ms);
	enum number_fit fit;

	if (cost < 0 || (s->strict && contradicts(s->g, a, b)))
		return;
	fit = numbers_fit(s->plan ? s->plan : &s->g->plan, a, b);
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

/* Both lists by time: a sliding window finds the candidates; where no window reaches on, what was found is assigned. */
static void search_cluster(void *worker, const uint32_t *p, size_t pn, const uint32_t *o, size_t on)
{
	struct searcher *searcher = worker;
	const struct search *s = searcher->search;
	const struct group *g = s->g;
	struct edges *edges = &searcher->edges;
	size_t from = 0, reached = 0;

	for (size_t i = 0; i < pn; i++) {
		int64_t expected = meeting_position(g, &g->platform.items[p[i]]);

		while (from < on && g->operator.items[o[from]].time_ms < expected - s->window_ms - 1)
			from++;
		if (edges->n && from >= reached)
			assign(s, edges);
		for (size_t k = from; k < on; k++) {
			const struct item *b = &g->operator.items[o[k]];

			if (b->time_ms > expected + s->window_ms + (b->has_start ? 0 : LATE_STAMP_MS))
				break;
			if (s->alone_within_ms && (!is_alone(s, &g->platform, p, pn, i) || !is_alone(s, &g->operator, o, on, k)))
				continue;
			consider(s, edges, p[i], o[k], pn == 1 && on == 1);
			reached = edges->n && edges->list[edges->n - 1].o == o[k] && k + 1 > reached ? k + 1 : reached;
		}
	}
	if (edges->n)
		assign(s, edges);
}

static void search_all(const struct search *search)
{
	struct searcher searchers[THREADS_MAX];
	struct meeting meeting = { .g = search->g, .platform_key = search->key, .found = search_cluster, .one_in = search->one_in,
				   .operator_key = search->operator_key ? search->operator_key : search->key };

	for (size_t t = 0; t < THREADS_MAX; t++) {
		searchers[t] = (struct searcher){ .search = search };
		meeting.workers[t] = &searchers[t];
	}
	meeting.gap_ms = (search->window_ms > search->alone_within_ms ? search->window_ms : search->alone_within_ms) + 1 + (search->g->all_have_start ? 0 : LATE_STAMP_MS);
	meeting_run(&meeting);
	for (size_t t = 0; t < THREADS_MAX; t++)
		free(searchers[t].edges.list);
}

/* --- the ways ------------------------------------------------------------------------------ */

static uint64_t key_of_ids(const struct group *g, const struct item *item)
{
	(void)g;
	return item->correlation;
}

static uint64_t key_of_numbers(const struct group *g, const struct item *item)
{
	(void)g;
	return item_key(item);
}

static uint64_t key_of_short_numbers(const struct group *g, const struct item *item)
{
	return numbers_short_key(g, item);
}

static uint64_t key_of_callee(const struct group *g, const struct item *item)
{
	return numbers_one_key(g, item->callee);
}

static uint64_t key_of_caller(const struct group *g, const struct item *item)
{
	return numbers_one_key(g, item->caller);
}

/* Of a called number so short that its prefix is among its last digits. */
static uint64_t key_of_short_callee(const struct group *g, const struct item *item)
{
	return numbers_short_one_key(g, item->callee);
}

/* The operator's, as the platform would write them: what is shorter than a tail with its prefix is so with another. */
static uint64_t key_of_operators_callee(const struct group *g, const struct item *item)
{
	return numbers_one_key(g, numbers_as_platform(&g->plan, item->callee));
}

static uint64_t key_of_operators_caller(const struct group *g, const struct item *item)
{
	return numbers_one_key(g, numbers_as_platform(&g->plan, item->caller));
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

/* Where numbers are masked: what all records show of both of them. */
static void search_shown_numbers(struct group *g, int64_t window_ms, size_t one_in)
{
	if (g->plan.mask.digits)
		search_all(&(struct search){ g, numbers_shown_key, NULL, window_ms, NUMBERS_FIT_BY_TAILS, DEMAND_NOTHING, false, one_in, 0, 0 });
}

void pair_by_shown_numbers(struct group *g, int64_t window_ms)
{
	search_shown_numbers(g, window_ms, 0);
}

void pair_sample(struct group *g, int64_t window_ms)
{
	size_t one_in = g->platform.n / SAMPLE + 1;

	search_all(&(struct search){ g, key_of_ids, NULL, window_ms, NUMBERS_FIT_IN_PART, DEMAND_NOTHING, false, one_in, 0, 0 });
	if (one_in > 1 && group_pairs(g) >= IDS_ENOUGH)
		return;
	search_all(&(struct search){ g, key_of_numbers, NULL, window_ms, NUMBERS_FIT_BY_TAILS, DEMAND_NOTHING, false, one_in, 0, 0 });
	search_shown_numbers(g, window_ms, one_in);
}

void pair_by_short_numbers(struct group *g, int64_t window_ms)
{
	enum number_fit least = g->plan.is_strict ? NUMBERS_FIT_BY_TAILS : NUMBERS_CONTRADICT;

	search_all(&(struct search){ g, key_of_short_numbers, NULL, window_ms, least, DEMAND_NOTHING, false, 0, 0, 0 });
}

void pair_far(struct group *g, int64_t window_ms)
{
	search_all(&(struct search){ g, numbers_key, NULL, window_ms, NUMBERS_FIT_BY_TAILS, DEMAND_LONG_DURATION, true, 0, 0, 0 });
}

/* Where one number is hidden, masked or replaced: the other one, the time and what is demanded must agree closely,
 * and there may be no second candidate as good. */
static void search_one_number(struct group *g, int64_t window_ms, enum demand demand, int64_t near_ms, int64_t alone_within_ms)
{
	search_all(&(struct search){ g, key_of_callee, key_of_operators_callee, window_ms, NUMBERS_FIT_IN_PART, demand, true, 0, near_ms, alone_within_ms });
	search_all(&(struct search){ g, key_of_caller, key_of_operators_caller, window_ms, NUMBERS_FIT_IN_PART, demand, true, 0, near_ms, alone_within_ms });
	search_all(&(struct search){ g, key_of_callee, key_of_operators_caller, window_ms, NUMBERS_FIT_IN_PART, demand, true, 0, near_ms, alone_within_ms });
	search_all(&(struct search){ g, key_of_caller, key_of_operators_callee, window_ms, NUMBERS_FIT_IN_PART, demand, true, 0, near_ms, alone_within_ms });
}

/* Forms too rare to be a rule: both numbers end alike, and time and duration agree. */
void pair_by_tails(struct group *g, int64_t window_ms)
{
	struct number_plan plan = g->plan;

	plan.is_strict = false;
	search_all(&(struct search){ g, numbers_key, NULL, window_ms, NUMBERS_FIT_BY_TAILS, DEMAND_DURATION, true, 0, 0, 0, &plan });
}

void pair_by_one_number(struct group *g, int64_t window_ms)
{
	search_one_number(g, window_ms, DEMAND_DURATION, 0, 0);
	search_all(&(struct search){ g, key_of_short_callee, NULL, window_ms, NUMBERS_FIT_IN_PART, DEMAND_DURATION, true, 0, 0, 0 });
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
	search_all(&(struct search){ g, numbers_key, NULL, window_ms, NUMBERS_FIT_BY_TAILS, DEMAND_ONE_END, true, 0, near_ms, 0 });
	search_one_number(g, window_ms, DEMAND_ONE_END, near_ms, ALONE_WITHIN_MS);
}

/* --- second thoughts ---------------------------------------------------------------------------- */

/* Of the moments that both sides tell: how many, and how many of them agree. */
struct moments {
	unsigned told, agreeing;
};

static void compare_moment(struct moments *m, int64_t p_ms, int64_t o_ms, int64_t shift_ms, int64_t near_ms)
{
	m->told += p_ms != INSTANT_NONE && o_ms != INSTANT_NONE;
	m->agreeing += same_moment(p_ms, o_ms, shift_ms, near_ms);
}

/* Whether another record of the same numbers stands near on its side. */
static bool is_busy(const struct group *g, const struct side *side, const struct item *item)
{
	size_t own = (size_t)(item - side->items), from = own > BUSY_LOOKED_AT ? own - BUSY_LOOKED_AT : 0;
	uint64_t key = numbers_key(g, item);

	for (size_t i = from; key && i < side->n && i <= own + BUSY_LOOKED_AT; i++)
		if (i != own && llabs(side->items[i].time_ms - item->time_ms) <= BUSY_WITHIN_MS && numbers_key(g, &side->items[i]) == key)
			return true;
	return false;
}

/* Whether nothing but the numbers and being near binds them: neither the duration nor any moment of the call agrees as
 * closely as those of other pairs do.  Of busy numbers one moment agrees by chance; what an id binds is looked at again
 * when all others have their partners. */
static bool is_doubtful(const struct group *g, const struct item *p, const struct item *o, int64_t near_ms, bool with_ids)
{
	int64_t shift = clock_shift(g, p);
	bool attempt = item_answer_stamp(p) == INSTANT_NONE;
	struct moments m = { 0 };

	if (p->is_aside)
		return false;
	if (item_is_answered(p) || item_is_answered(o)) {
		if (duration_fits(g, &g->models[duration_model_of(g, p)].model, p, item_duration_ms(o), g->options->tolerance_ms))
			return false;
	} else if (ring_off(p, o) <= OTHER_RINGING_MS + (g->clocks[0].whole_seconds ? 1000 : 0)) {
		return false;
	}
	compare_moment(&m, item_start_stamp(p), item_start_stamp(o), shift, near_ms);
	if (attempt)
		compare_moment(&m, item_end_stamp(p), item_end_stamp(o), shift, near_ms);
	else
		compare_moment(&m, answered_at(p), answered_at(o), shift, near_answer(g, p, o, near_ms));
	if (m.told && m.agreeing == m.told)
		return false;
	if (with_ids || (m.agreeing == 0 && !same_moment(item_end_stamp(p), item_end_stamp(o), shift, near_ms)))
		return true;
	return is_busy(g, &g->platform, p) || is_busy(g, &g->operator, o);
}

static bool *list_calls_with_copies(const struct group *g)
{
	bool *list = xalloc((g->platform.n + 1) * sizeof(*list));

	for (size_t i = 0; i < g->operator.n; i++)
		if (g->operator.items[i].is_copy)
			list[g->operator.items[i].call] = true;
	return list;
}

struct doubt {
	const struct group *g;
	int64_t near_ms;
	bool with_ids;
};

static bool is_dropped(const void *context, const struct item *p)
{
	const struct doubt *d = context;
	const struct item *o;

	if (p->partner == RECONCILE_NONE)
		return false;
	o = &d->g->operator.items[p->partner];
	return (p->correlation && p->correlation == o->correlation) == d->with_ids &&
	       is_doubtful(d->g, p, o, d->near_ms, d->with_ids);
}

/* Mostly a call and another of the same two numbers a moment later, of which each side has but one. */
void pair_drop_doubtful(struct group *g, int64_t near_ms, bool with_ids)
{
	size_t n;
	uint32_t *list = survey_list(&g->platform, g->threads, is_dropped, &(struct doubt){ g, near_ms, with_ids }, &n);
	bool *has_copies = n ? list_calls_with_copies(g) : NULL;

	for (size_t k = 0; k < n; k++) {
		struct item *p = &g->platform.items[list[k]];

		if (has_copies[list[k]])
			continue;
		g->operator.items[p->partner].partner = RECONCILE_NONE;
		p->partner = RECONCILE_NONE;
	}
	if (n) {
		side_forget_left(&g->platform);
		side_forget_left(&g->operator);
	}
	free(has_copies);
	free(list);
}
