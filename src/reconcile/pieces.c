/* Further records of calls that are paired: copies delivered twice, pieces of long calls. */
#include "reconcile/engine_private.h"

#include <stdlib.h>

#define PIECE_GAP_MS 2000
#define SAME_START_MS 1000
#define MINUTE_ROOM_MS 1500
#define INTERIM_MIN_MS 60000       /* no operator writes interim records more often */

#define SIEVE_BITS_EACH 16         /* for each record that is left: few others pass */
#define SIEVE_BITS_MIN ((size_t)4096)

static uint64_t key_of(const struct group *g, const struct item *item)
{
	uint64_t key = numbers_key(g, item);

	key = key ? key : numbers_one_key(g, item->callee);
	return key ? key : numbers_one_key(g, item->caller);
}

/* Keys of what is left, a bit each. */
struct sieve {
	const struct group *g;
	uint64_t *words;
	unsigned shift;                /* of a mixed key, what its bit is found by */
};

static uint64_t sieve_bit(const struct sieve *s, uint64_t key)
{
	return key * UINT64_C(0x9e3779b97f4a7c15) >> s->shift;
}

static struct sieve make_sieve(const struct group *g)
{
	const struct side *side = &g->operator;
	struct sieve s = { .g = g, .shift = 64 };
	size_t bits = 1;

	while (bits < SIEVE_BITS_MIN || bits < side->left_n * SIEVE_BITS_EACH) {
		bits *= 2;
		s.shift--;
	}
	s.words = xalloc(bits / 8);
	for (size_t k = 0; k < side->left_n; k++) {
		const struct item *item = &side->items[side->left[k]];
		uint64_t bit = sieve_bit(&s, key_of(g, item));

		if (item_is_free(item))
			s.words[bit / 64] |= UINT64_C(1) << bit % 64;
	}
	return s;
}

static bool passes(const void *context, const struct item *item)
{
	const struct sieve *s = context;
	uint64_t key = key_of(s->g, item), bit = sieve_bit(s, key);

	return key && s->words[bit / 64] >> bit % 64 & 1;
}

/* Of the operator's records those whose numbers one that is left has, too, by key: among them are the further records
 * of calls, and the calls that these belong to.  Nothing is ever left that was not left when they were listed. */
static void list_further(struct group *g)
{
	struct sieve s;
	uint32_t *list;
	size_t n;

	if (!g->operator.left)
		side_list_left(&g->operator, g->threads);
	s = make_sieve(g);
	list = survey_list(&g->operator, g->threads, passes, &s, &n);
	free(s.words);
	g->further = xalloc((n + 1) * sizeof(*g->further));
	for (g->further_n = 0; g->further_n < n; g->further_n++)
		g->further[g->further_n] = (struct keyed){ key_of(g, &g->operator.items[list[g->further_n]]), list[g->further_n] };
	keyed_sort(g->further, n);
	free(list);
}

void pair_forget_further(struct group *g)
{
	free(g->further);
	g->further = NULL;
	g->further_n = 0;
}

/* Items of one key in order of time. */
struct cluster {
	struct group *g;
	const struct keyed *list;
	size_t n;
};

static struct item *at(const struct cluster *c, size_t i)
{
	return &c->g->operator.items[c->list[i].index];
}

static void each_cluster(struct group *g, void (*f)(const struct cluster *c))
{
	size_t end;

	if (!g->further)
		list_further(g);
	for (size_t from = 0; from < g->further_n; from = end) {
		end = keyed_run_end(g->further, g->further_n, from);
		if (end - from > 1)
			f(&(struct cluster){ g, g->further + from, end - from });
	}
}

/* Copies of one record share its time, hence stand side by side.  A copy of a piece is a copy, too. */
static void find_duplicates(const struct cluster *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct item *extra = at(c, i);
		size_t k = i;

		if (!item_is_free(extra))
			continue;
		while (k > 0 && at(c, k - 1)->time_ms == extra->time_ms)
			k--;
		for (; k < c->n && at(c, k)->time_ms == extra->time_ms; k++) {
			const struct item *first = at(c, k);
			uint32_t call = first->partner != RECONCILE_NONE ? first->partner : first->is_copy ? first->call : RECONCILE_NONE;

			if (k == i || call == RECONCILE_NONE || (first->partner == RECONCILE_NONE && !first->is_piece) ||
			    !item_same_content(first, extra))
				continue;
			item_set_copy(extra, call, false);
			break;
		}
	}
}

void pair_duplicates(struct group *g)
{
	each_cluster(g, find_duplicates);
}

/* --- pieces ------------------------------------------------------------------------------- */

/* What the operator's records of the call should come to, leaving rounding room for each. */
static int64_t length_of(const struct cluster *c, const struct item *call)
{
	const struct duration_model *m = &c->g->models[duration_model_of(c->g, call)].model;
	int64_t parts[STEP_COUNT], length = duration_expect(m, call, parts);

	return length - parts[STEP_ROUNDING];
}

static int64_t piece_room(const struct cluster *c, const struct item *call)
{
	const struct duration_model *m = &c->g->models[duration_model_of(c->g, call)].model;

	return 2 * c->g->options->tolerance_ms + m->increment_ms;
}

/* Chains the records that begin where the one before ended, as long as the call lasted. */
static bool chain_pieces(const struct cluster *c, size_t first, bool commit)
{
	uint32_t call_index = at(c, first)->partner;
	const struct item *call = &c->g->platform.items[call_index];
	int64_t length = length_of(c, call), room = piece_room(c, call);
	int64_t sum = item_duration_ms(at(c, first)), reached = item_end_ms(at(c, first));
	bool grew = true;
	size_t pieces = 1, from = first;

	/* Pieces may all carry the call's set-up time. */
	while (from > 0 && at(c, from - 1)->time_ms >= at(c, first)->time_ms - SAME_START_MS)
		from--;
	while (grew && sum + c->g->options->tolerance_ms < length) {
		grew = false;
		for (size_t i = from; i < c->n && !grew; i++) {
			struct item *next = at(c, i);

			if (next->time_ms > reached + PIECE_GAP_MS + room)
				break;
			if (i == first || !item_is_free(next) || llabs(item_begin_ms(next) - reached) > PIECE_GAP_MS + room ||
			    item_duration_ms(next) == 0 || item_begin_ms(next) <= item_begin_ms(at(c, first)) ||
			    sum + item_duration_ms(next) > length + room * (int64_t)(pieces + 1) ||
			    item_end_ms(next) <= reached)
				continue;
			if (commit)
				item_set_copy(next, call_index, true);
			sum += item_duration_ms(next);
			reached = item_end_ms(next);
			pieces++;
			grew = true;
		}
	}
	return pieces > 1 && sum + room * (int64_t)pieces >= length;
}

static void find_pieces(const struct cluster *c)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct item *o = at(c, i);

		if (o->partner == RECONCILE_NONE || item_duration_ms(&c->g->platform.items[o->partner]) < PIECE_GAP_MS)
			continue;
		if (chain_pieces(c, i, false))
			chain_pieces(c, i, true);
	}
}

/* Interim records that begin with the call and grow: each says how long it lasted so far, in whole minutes. */
static void find_interim(const struct cluster *c, size_t i)
{
	struct item *interim = at(c, i);
	size_t k = i;

	while (k > 0 && interim->time_ms - at(c, k - 1)->time_ms <= SAME_START_MS)
		k--;
	for (; k < c->n && at(c, k)->time_ms - interim->time_ms <= SAME_START_MS; k++) {
		const struct item *whole = at(c, k);

		if (k == i || whole->partner == RECONCILE_NONE || llabs(item_begin_ms(whole) - item_begin_ms(interim)) > SAME_START_MS ||
		    item_duration_ms(interim) >= item_duration_ms(whole))
			continue;
		item_set_copy(interim, whole->partner, true);
		return;
	}
}

static void find_interims(const struct cluster *c)
{
	for (size_t i = 0; i < c->n; i++) {
		int64_t ms = item_duration_ms(at(c, i));

		if (item_is_free(at(c, i)) && ms >= INTERIM_MIN_MS - MINUTE_ROOM_MS &&
		    (ms + MINUTE_ROOM_MS) % 60000 <= 2 * MINUTE_ROOM_MS)
			find_interim(c, i);
	}
}

static bool is_interim(const struct group *g, const struct item *o)
{
	const struct item *call = o->is_copy ? &g->platform.items[o->call] : NULL;

	return call && o->is_piece && call->partner != RECONCILE_NONE &&
	       llabs(item_begin_ms(o) - item_begin_ms(&g->operator.items[call->partner])) <= SAME_START_MS;
}

/* A few records that look so are calls of their own. */
static void drop_few_interims(struct group *g)
{
	size_t n = 0;

	for (size_t i = 0; i < g->further_n; i++)
		n += is_interim(g, &g->operator.items[g->further[i].index]);
	for (size_t i = 0; n < RECONCILE_EVIDENCE_MIN && i < g->further_n; i++) {
		struct item *o = &g->operator.items[g->further[i].index];

		if (is_interim(g, o))
			item_clear_copy(o);
	}
}

/* --- once it is known how calls are cut ------------------------------------------------------- */

static bool is_cut_length(const struct cluster *c, const struct item *o)
{
	return c->g->copies.every_ms && llabs(item_duration_ms(o) - c->g->copies.every_ms) <= SAME_START_MS;
}

/* Whether the record ends as those do that were cut. */
static bool is_cut_off(const struct cluster *c, const struct item *o)
{
	int64_t end = copies_moment(c->g, o, item_end_ms(o), c->g->copies.by_own_clock);

	return is_cut_length(c, o) || (c->g->copies.zone_ms != INSTANT_NONE && copies_is_cut_at(&c->g->copies, end));
}

/* The free record that goes on where another was cut off; NULL: there is none. */
static struct item *continuation(const struct cluster *c, const struct item *o, int64_t gap_ms)
{
	for (size_t i = 0; i < c->n; i++) {
		struct item *next = at(c, i);

		if (item_is_free(next) && item_duration_ms(next) > 0 && llabs(item_begin_ms(next) - item_end_ms(o)) <= gap_ms)
			return next;
	}
	return NULL;
}

/* Whether a piece of the call goes on there already: what else begins then is a copy of it. */
static bool has_continuation(const struct cluster *c, const struct item *o, uint32_t call, int64_t gap_ms)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct item *next = at(c, i);

		if (next->is_piece && next->call == call && llabs(item_begin_ms(next) - item_end_ms(o)) <= gap_ms)
			return true;
	}
	return false;
}

/* Where pieces in between are lost: the free record that begins whole pieces later and ends before the call does;
 * NULL: there is none. */
static struct item *later_piece(const struct cluster *c, const struct item *o, uint32_t call, int64_t gap_ms)
{
	const struct item *p = &c->g->platform.items[call];
	int64_t every = c->g->copies.every_ms, end = item_end_ms(p) + clock_shift(c->g, p);

	for (size_t i = 0; every && !c->g->copies.is_cumulative && i < c->n; i++) {
		struct item *next = at(c, i);
		int64_t behind = item_begin_ms(next) - item_end_ms(o);

		if (item_is_free(next) && item_duration_ms(next) > 0 && behind > gap_ms && (behind + gap_ms) % every <= 2 * gap_ms &&
		    item_end_ms(next) <= end + gap_ms)
			return next;
	}
	return NULL;
}

/* Of a call that the two sides measured differently the pieces do not sum up; they follow one another all the same. */
static void find_continuations(const struct cluster *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct item *o = at(c, i), *next;
		uint32_t call = o->is_piece ? o->call : o->partner;
		int64_t gap;

		if (call == RECONCILE_NONE)
			continue;
		gap = PIECE_GAP_MS + piece_room(c, &c->g->platform.items[call]);
		while (is_cut_off(c, o) && !has_continuation(c, o, call, gap)) {
			next = continuation(c, o, gap);
			next = next ? next : later_piece(c, o, call, gap);
			if (!next)
				break;
			item_set_copy(next, call, true);
			o = next;
		}
	}
}

/* A record that begins with the call and is longer than an interim one that was paired is the final one. */
static void find_finals(const struct cluster *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct item *final = at(c, i);

		for (size_t k = 0; k < c->n && item_is_free(final); k++) {
			struct item *interim = at(c, k);
			int64_t ms = item_duration_ms(interim);

			if (interim->partner == RECONCILE_NONE || llabs(item_begin_ms(interim) - item_begin_ms(final)) > SAME_START_MS ||
			    ms >= item_duration_ms(final) || (ms + MINUTE_ROOM_MS) % c->g->copies.every_ms > 2 * MINUTE_ROOM_MS)
				continue;
			pair_join(c->g, interim->partner, c->list[i].index);
			item_set_copy(interim, interim->partner, true);
			interim->partner = RECONCILE_NONE;
		}
	}
}

void pair_pieces(struct group *g)
{
	each_cluster(g, find_pieces);
	each_cluster(g, find_interims);
	drop_few_interims(g);
	copies_list(g);
	if (g->copies.first)
		copies_learn(g);
	if (g->copies.every_ms || g->copies.zone_ms != INSTANT_NONE)
		each_cluster(g, find_continuations);
	if (g->copies.is_cumulative) {
		each_cluster(g, find_finals);
		each_cluster(g, find_interims);
	}
	copies_release(&g->copies);
}
