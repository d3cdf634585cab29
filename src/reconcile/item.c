/* Items: what a record says of a call, and putting them in order. */
#include "reconcile/engine_private.h"

#include <stdlib.h>

struct reconcile_record reconcile_record_of(const struct record *r)
{
	return (struct reconcile_record){
		.caller = r->caller,
		.callee = r->callee,
		.start_ms = r->start_ms,
		.answer_ms = r->answer_ms,
		.end_ms = r->end_ms,
		.id = hash64(r->id),
		.correlation = r->correlation_id.n ? hash64(r->correlation_id) : 0,
		.duration_ms = reconcile_duration_pack(r->duration_ms),
		.direction = (uint8_t)r->direction,
		.released_by = (uint8_t)r->released_by,
		.sip_code = r->sip_code == CODE_NONE ? 0 : (uint16_t)r->sip_code,
	};
}

enum stamp side_stamp(const struct side_facts *f)
{
	if (f->stamps[STAMP_START] * 2 >= f->records)
		return STAMP_START;
	return f->stamps[STAMP_ANSWER] >= f->stamps[STAMP_END] ? STAMP_ANSWER : STAMP_END;
}

bool item_same_content(const struct item *a, const struct item *b)
{
	return a->caller == b->caller && a->callee == b->callee && a->time_ms == b->time_ms && a->has_start == b->has_start &&
	       a->answer == b->answer && a->end == b->end && a->duration_ms == b->duration_ms;
}

static bool is_left(const void *context, const struct item *item)
{
	(void)context;
	return item_is_free(item);
}

void side_list_left(struct side *side, unsigned threads)
{
	size_t kept = 0;

	if (!side->left) {
		side->left = survey_list(side, threads, is_left, NULL, &side->left_n);
		return;
	}
	for (size_t k = 0; k < side->left_n; k++)
		if (item_is_free(&side->items[side->left[k]]))
			side->left[kept++] = side->left[k];
	side->left_n = kept;
}

void side_forget_left(struct side *side)
{
	free(side->left);
	side->left = NULL;
	side->left_n = 0;
}

struct pair_counting {
	const struct side *side;
	size_t counts[THREADS_MAX];
};

static void count_partners(void *context, size_t part, size_t from, size_t to)
{
	struct pair_counting *c = context;
	size_t n = 0;

	for (size_t i = from; i < to; i++)
		n += c->side->items[i].partner != RECONCILE_NONE;
	c->counts[part] = n;
}

size_t group_pairs(const struct group *g)
{
	struct pair_counting c = { .side = &g->platform };
	size_t pairs = 0;

	if (!g->platform.left) {
		share_out(g->threads, g->platform.n, count_partners, &c);
		for (size_t t = 0; t < THREADS_MAX; t++)
			pairs += c.counts[t];
		return pairs;
	}
	/* What was not left then has a partner. */
	pairs = g->platform.n;
	for (size_t k = 0; k < g->platform.left_n; k++)
		pairs -= g->platform.items[g->platform.left[k]].partner == RECONCILE_NONE;
	return pairs;
}

bool group_in_range(const struct group *g, int64_t ms)
{
	const struct reconcile_options *o = g->options;

	return (o->from_ms == INSTANT_NONE || ms >= o->from_ms) && (o->to_ms == INSTANT_NONE || ms < o->to_ms);
}

struct reconcile_cause *cause_add(struct cause_list *causes, enum reconcile_cause_kind kind, uint16_t operator_index)
{
	struct reconcile_cause *cause;

	if (causes->n == causes->capacity) {
		causes->capacity = causes->capacity ? 2 * causes->capacity : 8;
		causes->list = xrealloc(causes->list, causes->capacity * sizeof(*causes->list));
	}
	cause = &causes->list[causes->n++];
	*cause = (struct reconcile_cause){ .kind = kind, .operator_index = operator_index, .at_ms = INSTANT_NONE,
					   .from_ms = INSTANT_NONE, .to_ms = INSTANT_NONE };
	return cause;
}

void cause_set_scope(struct reconcile_cause *cause, const struct scope *scope)
{
	cause->trunk = scope->trunk;
	cause->direction = scope->direction;
	cause->from_ms = scope->from_ms;
	cause->to_ms = scope->to_ms;
}

struct stating {
	struct group *g;
	const struct scope *scope;
	const struct scope_case *cases;
	uint32_t bit;
	struct stated {
		uint64_t all, hits, records;
		int64_t explained_ms;
	} parts[THREADS_MAX];
};

/* Each case is another record's. */
static void state_part(void *context, size_t part, size_t from, size_t to)
{
	struct stating *s = context;
	struct stated sum = { 0 };

	for (size_t i = from; i < to; i++) {
		const struct scope_case *c = &s->cases[i];

		if (!scope_holds_case(s->scope, c))
			continue;
		sum.all++;
		sum.hits += c->hit;
		if (!c->hit)
			continue;
		s->g->platform.items[c->index].causes |= s->bit;
		if (!group_in_range(s->g, c->time_ms))
			continue;
		sum.records++;
		sum.explained_ms += c->explained_ms;
	}
	s->parts[part] = sum;
}

struct reconcile_cause *cause_state(struct group *g, enum reconcile_cause_kind kind, const struct scope *scope,
				    const struct scope_case *cases, size_t n)
{
	struct reconcile_cause *cause = cause_add(&g->causes, kind, g->operator_index);
	struct stating s = { .g = g, .scope = scope, .cases = cases, .bit = 1U << kind };
	uint64_t all = 0, hits = 0;

	cause_set_scope(cause, scope);
	share_out(g->threads, n, state_part, &s);
	for (size_t t = 0; t < THREADS_MAX; t++) {
		all += s.parts[t].all;
		hits += s.parts[t].hits;
		cause->records += s.parts[t].records;
		cause->explained_ms += s.parts[t].explained_ms;
	}
	cause->confidence_permille = all ? (unsigned)(hits * 1000 / all) : 0;
	return cause;
}

/* --- order ------------------------------------------------------------------------------- */

#define RADIX_BITS 11
#define RADIX_SIZE (1U << RADIX_BITS)
#define RADIX_MIN 512              /* below this the plain sort is faster */

static int by_key(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (x->index > y->index) - (x->index < y->index);
}

/* What is sorted by: keys as distances from the least, of which the lowest bits are left aside. */
struct radix {
	uint64_t least;
	unsigned shift;
};

static size_t radix_of(const struct radix *r, uint64_t key)
{
	return (key - r->least) >> r->shift & (RADIX_SIZE - 1);
}

/* One stable pass over RADIX_BITS of the key. */
static void radix_pass(const struct keyed *from, struct keyed *to, size_t n, const struct radix *r)
{
	uint32_t starts[RADIX_SIZE] = { 0 }, sum = 0;

	for (size_t i = 0; i < n; i++)
		starts[radix_of(r, from[i].key)]++;
	for (size_t b = 0; b < RADIX_SIZE; b++) {
		uint32_t count = starts[b];

		starts[b] = sum;
		sum += count;
	}
	for (size_t i = 0; i < n; i++)
		to[starts[radix_of(r, from[i].key)]++] = from[i];
}

static void insert_few(struct keyed *list, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct keyed one = list[i];
		size_t k = i;

		while (k > 0 && list[k - 1].key > one.key) {
			list[k] = list[k - 1];
			k--;
		}
		list[k] = one;
	}
}

/* What the passes left in disorder lies side by side: runs of one key but for the lowest bits, nearly all of them short. */
static void settle(struct keyed *list, size_t n, const struct radix *low)
{
	for (size_t from = 0, to; from < n; from = to) {
		uint64_t high = (list[from].key - low->least) >> low->shift;

		to = from + 1;
		while (to < n && (list[to].key - low->least) >> low->shift == high)
			to++;
		if (to - from > RADIX_MIN)
			qsort(list + from, to - from, sizeof(*list), by_key);
		else if (to - from > 1)
			insert_few(list + from, to - from);
	}
}

/* As many passes as the range of keys asks for, three at most over its highest bits, the rest by insertion. */
void keyed_sort(struct keyed *list, size_t n)
{
	struct radix r = { UINT64_MAX, 0 }, low;
	uint64_t most = 0;
	unsigned bits = 0, passes;
	struct keyed *from = list, *to;
	bool sorted = true;

	if (n < RADIX_MIN) {
		qsort(list, n, sizeof(*list), by_key);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		r.least = list[i].key < r.least ? list[i].key : r.least;
		most = list[i].key > most ? list[i].key : most;
		sorted = sorted && (i == 0 || list[i - 1].key <= list[i].key);
	}
	if (sorted)
		return;
	while (bits < 64 && (most - r.least) >> bits)
		bits++;
	passes = bits > 2 * RADIX_BITS ? 3 : bits > RADIX_BITS ? 2 : 1;
	low = r;
	low.shift = r.shift = bits > 3 * RADIX_BITS ? bits - 3 * RADIX_BITS : 0;
	to = large_alloc(n * sizeof(*to));
	for (unsigned i = 0; i < passes; i++, r.shift += RADIX_BITS) {
		struct keyed *now = from;

		radix_pass(from, to, n, &r);
		from = to;
		to = now;
	}
	if (from != list) {
		memcpy(list, from, n * sizeof(*list));
		to = from;
	}
	large_free(to, n * sizeof(*to));
	if (low.shift)
		settle(list, n, &low);
}

size_t keyed_run_end(const struct keyed *list, size_t n, size_t from)
{
	size_t end = from;

	while (end < n && list[end].key == list[from].key)
		end++;
	return end;
}

bool keyed_match_next(struct keyed_match *m)
{
	size_t i = m->p_end, k = m->o_end;

	while (i < m->pn && k < m->on && m->p[i].key != m->o[k].key) {
		if (m->p[i].key < m->o[k].key)
			i = keyed_run_end(m->p, m->pn, i);
		else
			k = keyed_run_end(m->o, m->on, k);
	}
	if (i >= m->pn || k >= m->on)
		return false;
	m->p_from = i;
	m->o_from = k;
	m->p_end = keyed_run_end(m->p, m->pn, i);
	m->o_end = keyed_run_end(m->o, m->on, k);
	return true;
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

void values_sort(int64_t *list, size_t n)
{
	struct keyed *order;

	if (n < RADIX_MIN) {
		if (n > 1)
			qsort(list, n, sizeof(*list), by_value);
		return;
	}
	order = xalloc(n * sizeof(*order));
	for (size_t i = 0; i < n; i++)
		order[i].key = keyed_of_signed(list[i]);
	keyed_sort(order, n);
	for (size_t i = 0; i < n; i++)
		list[i] = keyed_signed(order[i].key);
	free(order);
}

int64_t values_median(int64_t *list, size_t n)
{
	values_sort(list, n);
	return n ? list[n / 2] : 0;
}

/* --- items ---------------------------------------------------------------------------------- */

#define TIME_MAX ((INT64_C(1) << 47) - 1)
#define BUCKET_BITS 8
#define BUCKETS (1U << BUCKET_BITS)
#define FEW 48                     /* items that are sorted by insertion */
#define MOVES_EACH 8               /* places that an item may be off, on average, to be put right by insertion */

static int64_t time_of(const struct reconcile_record *r)
{
	if (r->start_ms != INSTANT_NONE)
		return r->start_ms;
	return r->answer_ms != INSTANT_NONE ? r->answer_ms : r->end_ms;
}

static int64_t within(int64_t value, int64_t least, int64_t most)
{
	return value < least ? least : value > most ? most : value;
}

static uint32_t distance(int64_t stamp_ms, int64_t time_ms)
{
	int64_t biased = stamp_ms == INSTANT_NONE ? -1 : stamp_ms - time_ms + STAMP_BIAS;

	return biased >= 0 && biased < STAMP_ABSENT ? (uint32_t)biased : STAMP_ABSENT;
}

/* Enough for an id that the numbers and the time must not contradict. */
static uint32_t short_correlation(uint64_t correlation)
{
	uint32_t top = (uint32_t)(correlation >> 32);

	return correlation == 0 ? 0 : top ? top : 1;
}

struct item item_of(const struct reconcile_record *r)
{
	int64_t time_ms = within(time_of(r), -TIME_MAX, TIME_MAX);

	return (struct item){
		.caller = r->caller,
		.callee = r->callee,
		.time_ms = time_ms,
		.trunk = r->trunk,
		.id = r->id,
		.answer = distance(r->answer_ms, time_ms),
		.end = distance(r->end_ms, time_ms),
		.duration_ms = r->duration_ms,
		.reference = r->reference,
		.partner = RECONCILE_NONE,
		.correlation = short_correlation(r->correlation),
		.sip_code = r->sip_code,
		.direction = r->direction & 3,
		.released_by = r->released_by & 3,
		.has_start = r->start_ms != INSTANT_NONE,
	};
}

static void reserve(struct side *side, size_t capacity)
{
	side->items = large_resize(side->items, side->capacity * sizeof(*side->items), capacity * sizeof(*side->items));
	side->capacity = capacity;
}

void side_add(struct side *side, const struct reconcile_record *r)
{
	if (side->n == side->capacity)
		reserve(side, side->capacity ? side->capacity + side->capacity / 2 : 1024);
	side->items[side->n++] = item_of(r);
}

void side_append(struct side *side, struct side *more)
{
	if (side->n == 0) {
		side_release(side);
		*side = *more;
	} else {
		if (side->n + more->n > side->capacity)
			reserve(side, side->n + more->n);
		if (more->n)
			memcpy(side->items + side->n, more->items, more->n * sizeof(*side->items));
		side->n += more->n;
		side_release(more);
	}
	*more = (struct side){ 0 };
}

void side_release(struct side *side)
{
	large_free(side->items, side->capacity * sizeof(*side->items));
	side->items = NULL;
	side->n = side->capacity = 0;
}

struct reconcile_record item_record(const struct item *item)
{
	return (struct reconcile_record){
		.caller = item->caller,
		.callee = item->callee,
		.start_ms = item_start_stamp(item),
		.answer_ms = item_answer_stamp(item),
		.end_ms = item_end_stamp(item),
		.id = item->id,
		.correlation = (uint64_t)item->correlation << 32,
		.duration_ms = item->duration_ms,
		.reference = item->reference,
		.trunk = item->trunk,
		.direction = item->direction,
		.released_by = item->released_by,
		.sip_code = item->sip_code,
	};
}

#define COMPARE(x, y) ((x) < (y) ? -1 : (x) > (y))

/* By time, then by what else tells two records apart wherever they came from. */
static int canonical(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int order = COMPARE(x->time_ms, y->time_ms);

	order = order ? order : COMPARE(x->id, y->id);
	order = order ? order : COMPARE(x->duration_ms, y->duration_ms);
	order = order ? order : COMPARE(x->caller, y->caller);
	order = order ? order : COMPARE(x->callee, y->callee);
	order = order ? order : COMPARE(x->answer, y->answer);
	return order ? order : COMPARE(x->end, y->end);
}

/* By insertion; gives up, false, once items had to be moved by more than so many places in all. */
static bool insert_items(struct item *items, size_t n, size_t moves_max)
{
	size_t moves = 0;

	for (size_t i = 1; i < n; i++) {
		struct item one;
		size_t k = i;

		if (canonical(&items[i - 1], &items[i]) <= 0)
			continue;
		one = items[i];
		for (; k > 0 && canonical(&items[k - 1], &one) > 0; k--)
			items[k] = items[k - 1];
		items[k] = one;
		moves += i - k;
		if (moves > moves_max)
			return false;
	}
	return true;
}

static size_t bucket_of(const struct item *item, int64_t base_ms, unsigned shift)
{
	return (uint64_t)(item->time_ms - base_ms) >> shift & (BUCKETS - 1);
}

/* Sorts where they lie, by BUCKET_BITS of the time since base_ms after the others: each item changes places with the one
 * that lies where it belongs.  Records mostly come nearly in order, and nearly all stay where they are. */
static void sort_by_bits(struct item *items, size_t n, int64_t base_ms, unsigned shift)
{
	size_t next[BUCKETS], ends[BUCKETS] = { 0 }, from = 0;

	for (size_t i = 0; i < n; i++)
		ends[bucket_of(&items[i], base_ms, shift)]++;
	for (size_t b = 0; b < BUCKETS; b++) {
		next[b] = from;
		from = ends[b] += from;
	}
	for (size_t b = 0; b < BUCKETS; b++) {
		while (next[b] < ends[b]) {
			size_t home = bucket_of(&items[next[b]], base_ms, shift);

			if (home != b) {
				struct item one = items[next[home]];

				items[next[home]] = items[next[b]];
				items[next[b]] = one;
			}
			next[home]++;
		}
	}
	from = 0;
	for (size_t b = 0; b < BUCKETS; from = ends[b++]) {
		size_t count = ends[b] - from;

		if (count <= FEW)
			insert_items(items + from, count, SIZE_MAX);
		else if (shift == 0)
			qsort(items + from, count, sizeof(*items), canonical);
		else
			sort_by_bits(items + from, count, base_ms, shift > BUCKET_BITS ? shift - BUCKET_BITS : 0);
	}
}

/* Records mostly come in order, but for some that stand a few places off: these are put right where they lie. */
void side_sort(struct side *side)
{
	int64_t least = INT64_MAX, most = INT64_MIN;
	unsigned bits = 0;

	if (insert_items(side->items, side->n, side->n * MOVES_EACH))
		return;
	for (size_t i = 0; i < side->n; i++) {
		int64_t t = side->items[i].time_ms;

		least = t < least ? t : least;
		most = t > most ? t : most;
	}
	while (bits < 48 && (uint64_t)(most - least) >> bits)
		bits++;
	sort_by_bits(side->items, side->n, least, bits > BUCKET_BITS ? bits - BUCKET_BITS : 0);
}
