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
		.duration_ms = r->duration_ms == DURATION_NONE ? UINT32_MAX : (uint32_t)r->duration_ms,
		.direction = (uint8_t)r->direction,
		.released_by = (uint8_t)r->released_by,
		.sip_code = r->sip_code == CODE_NONE ? 0 : (uint16_t)r->sip_code,
	};
}

enum stamp side_stamp(const struct side *side)
{
	size_t counts[3] = { 0 };

	for (size_t i = 0; i < side->n; i++) {
		const struct reconcile_record *r = &side->items[i].r;

		counts[r->start_ms != INSTANT_NONE ? STAMP_START : r->answer_ms != INSTANT_NONE ? STAMP_ANSWER : STAMP_END]++;
	}
	if (counts[STAMP_START] * 2 >= side->n)
		return STAMP_START;
	return counts[STAMP_ANSWER] >= counts[STAMP_END] ? STAMP_ANSWER : STAMP_END;
}

bool item_same_content(const struct item *a, const struct item *b)
{
	return a->r.caller == b->r.caller && a->r.callee == b->r.callee && a->r.start_ms == b->r.start_ms &&
	       a->r.answer_ms == b->r.answer_ms && a->r.end_ms == b->r.end_ms && a->r.duration_ms == b->r.duration_ms;
}

void side_list_left(struct side *side)
{
	side_forget_left(side);
	side->left = xalloc((side->n + 1) * sizeof(*side->left));
	for (size_t i = 0; i < side->n; i++)
		if (item_is_free(&side->items[i]))
			side->left[side->left_n++] = (uint32_t)i;
}

void side_forget_left(struct side *side)
{
	free(side->left);
	side->left = NULL;
	side->left_n = 0;
}

size_t group_pairs(const struct group *g)
{
	size_t pairs = 0;

	for (size_t i = 0; i < g->platform.n; i++)
		pairs += g->platform.items[i].partner != RECONCILE_NONE;
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

struct reconcile_cause *cause_state(struct group *g, enum reconcile_cause_kind kind, const struct scope *scope,
				    const struct scope_case *cases, size_t n)
{
	struct reconcile_cause *cause = cause_add(&g->causes, kind, g->operator_index);
	uint64_t all = 0, hits = 0;

	cause_set_scope(cause, scope);
	for (size_t i = 0; i < n; i++) {
		struct item *p = &g->platform.items[cases[i].index];

		if (!scope_holds(scope, p))
			continue;
		all++;
		hits += cases[i].hit;
		if (!cases[i].hit)
			continue;
		p->causes |= 1U << kind;
		if (!group_in_range(g, p->time_ms))
			continue;
		cause->records++;
		cause->explained_ms += cases[i].explained_ms;
	}
	cause->confidence_permille = all ? (unsigned)(hits * 1000 / all) : 0;
	return cause;
}

/* --- order ------------------------------------------------------------------------------- */

#define RADIX_BITS 11
#define RADIX_SIZE (1U << RADIX_BITS)
#define PREFETCHED 16              /* records ahead of the one that is copied */
#define RADIX_MIN 512              /* below this the plain sort is faster */

static int by_key(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (x->index > y->index) - (x->index < y->index);
}

/* One stable pass over RADIX_BITS of the key. */
static void radix_pass(const struct keyed *from, struct keyed *to, size_t n, unsigned shift)
{
	uint32_t starts[RADIX_SIZE] = { 0 }, sum = 0;

	for (size_t i = 0; i < n; i++)
		starts[from[i].key >> shift & (RADIX_SIZE - 1)]++;
	for (size_t b = 0; b < RADIX_SIZE; b++) {
		uint32_t count = starts[b];

		starts[b] = sum;
		sum += count;
	}
	for (size_t i = 0; i < n; i++)
		to[starts[from[i].key >> shift & (RADIX_SIZE - 1)]++] = from[i];
}

/* What the passes left in disorder lies close together. */
static void settle(struct keyed *list, size_t n)
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

/* Three passes over the highest bits in which keys differ, the rest by insertion. */
void keyed_sort(struct keyed *list, size_t n)
{
	struct keyed *other;
	uint64_t differ = 0;
	unsigned top = 0;

	if (n < RADIX_MIN) {
		qsort(list, n, sizeof(*list), by_key);
		return;
	}
	for (size_t i = 1; i < n; i++)
		differ |= list[i].key ^ list[0].key;
	while (top < 64 && differ >> top)
		top++;
	other = xalloc(n * sizeof(*other));
	top = top > 3 * RADIX_BITS ? top - 3 * RADIX_BITS : 0;
	radix_pass(list, other, n, top);
	radix_pass(other, list, n, top + RADIX_BITS);
	radix_pass(list, other, n, top + 2 * RADIX_BITS);
	memcpy(list, other, n * sizeof(*list));
	free(other);
	if (top)
		settle(list, n);
}

size_t keyed_run_end(const struct keyed *list, size_t n, size_t from)
{
	size_t end = from;

	while (end < n && list[end].key == list[from].key)
		end++;
	return end;
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

void values_sort(int64_t *list, size_t n)
{
	qsort(list, n, sizeof(*list), by_value);
}

int64_t values_median(int64_t *list, size_t n)
{
	values_sort(list, n);
	return n ? list[n / 2] : 0;
}

static int64_t time_of(const struct reconcile_record *r)
{
	if (r->start_ms != INSTANT_NONE)
		return r->start_ms;
	return r->answer_ms != INSTANT_NONE ? r->answer_ms : r->end_ms;
}

static int canonical(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->r.id != y->r.id)
		return x->r.id < y->r.id ? -1 : 1;
	return (x->r.duration_ms > y->r.duration_ms) - (x->r.duration_ms < y->r.duration_ms);
}

static void fill_item(struct item *item, const struct reconcile_record *r)
{
	item->r = *r;
	item->time_ms = item->expected_ms = time_of(r);
	item->key = numbers_key(r);
	item->partner = item->copy_of = RECONCILE_NONE;
	item->causes = 0;
	item->is_piece = false;
}

void side_take(const struct reconcile_record *records, const uint32_t *places, size_t n, struct side *out)
{
	struct keyed *order = xalloc((n + 1) * sizeof(*order));

	out->n = n;
	out->items = xalloc((n + 1) * sizeof(*out->items));
	for (size_t i = 0; i < n; i++)
		order[i] = (struct keyed){ (uint64_t)time_of(&records[places[i]]) ^ UINT64_C(1) << 63, places[i] };
	keyed_sort(order, n);
	for (size_t i = 0; i < n; i++) {
		if (i + PREFETCHED < n)
			__builtin_prefetch(&records[order[i + PREFETCHED].index]);
		fill_item(&out->items[i], &records[order[i].index]);
	}
	for (size_t i = 0, end; i < n; i = end) {
		end = keyed_run_end(order, n, i);
		if (end - i > 1)
			qsort(out->items + i, end - i, sizeof(*out->items), canonical);
	}
	free(order);
}
