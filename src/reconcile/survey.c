/* What is learned from all records, or from all pairs, is counted in one pass that threads share: counts as they are,
 * pairs that are looked at closer thinned to so many.  The day is cut by the number of records alone, so that what is
 * found does not depend on the number of threads. */
#include "reconcile/engine_private.h"

#include <stdlib.h>

#define CHUNKS_MAX ((size_t)16)
#define CHUNK_MIN ((size_t)4096)
#define SAMPLED ((size_t)40000)    /* pairs that tell as much as all of them */

/* --- records ------------------------------------------------------------------------------- */

struct looking {
	const struct side *side;
	struct side_facts facts[THREADS_MAX];
};

static void look_at_number(struct side_facts *f, number_t n)
{
	f->masked[number_masked_count(n)][number_shown_behind(n)]++;
	f->zeros += number_zeros_at_end(n) >= ZEROS_MIN;
}

static void look(void *context, size_t part, size_t from, size_t to)
{
	struct looking *looking = context;
	struct side_facts f = { 0 };

	for (size_t i = from; i < to; i++) {
		const struct item *item = &looking->side->items[i];

		f.stamps[item->has_start ? STAMP_START : item->answer != STAMP_ABSENT ? STAMP_ANSWER : STAMP_END]++;
		f.whole_seconds += item->time_ms % 1000 == 0;
		f.extensions += number_is_extension(item->caller) || number_is_extension(item->callee);
		look_at_number(&f, item->caller);
		look_at_number(&f, item->callee);
	}
	looking->facts[part] = f;
}

struct side_facts survey_side(const struct side *side, unsigned threads)
{
	struct looking *looking = xalloc(sizeof(*looking));
	struct side_facts sum = { .records = side->n };

	looking->side = side;
	share_out(threads, side->n, look, looking);
	for (size_t t = 0; t < THREADS_MAX; t++) {
		const struct side_facts *f = &looking->facts[t];

		for (size_t i = 0; i < sizeof(f->stamps) / sizeof(f->stamps[0]); i++)
			sum.stamps[i] += f->stamps[i];
		for (size_t i = 0; i < MASKED_MAX; i++)
			for (size_t k = 0; k < BEHIND_MAX; k++)
				sum.masked[i][k] += f->masked[i][k];
		sum.zeros += f->zeros;
		sum.whole_seconds += f->whole_seconds;
		sum.extensions += f->extensions;
	}
	free(looking);
	return sum;
}

/* --- lists ----------------------------------------------------------------------------------- */

/* What one part finds. */
struct found {
	uint32_t *list;
	size_t n, capacity;
};

struct listing {
	const struct side *side;
	record_test *is_listed;
	const void *context;
	struct found found[THREADS_MAX];
};

static void list_part(void *context, size_t part, size_t from, size_t to)
{
	struct listing *l = context;
	struct found f = { 0 };

	for (size_t i = from; i < to; i++) {
		if (!l->is_listed(l->context, &l->side->items[i]))
			continue;
		if (f.n == f.capacity) {
			f.capacity = 2 * f.capacity + 256;
			f.list = xrealloc(f.list, f.capacity * sizeof(*f.list));
		}
		f.list[f.n++] = (uint32_t)i;
	}
	l->found[part] = f;
}

uint32_t *survey_list(const struct side *side, unsigned threads, record_test *is_listed, const void *context, size_t *n)
{
	struct listing *l = xalloc(sizeof(*l));
	uint32_t *list;

	*l = (struct listing){ .side = side, .is_listed = is_listed, .context = context };
	share_out(threads, side->n, list_part, l);
	*n = 0;
	for (size_t t = 0; t < THREADS_MAX; t++)
		*n += l->found[t].n;
	list = l->found[0].list;
	list = xrealloc(list, (*n + 1) * sizeof(*list));
	for (size_t t = 1, at = l->found[0].n; t < THREADS_MAX; t++) {
		if (l->found[t].n)
			memcpy(list + at, l->found[t].list, l->found[t].n * sizeof(*list));
		at += l->found[t].n;
		free(l->found[t].list);
	}
	free(l);
	return list;
}

/* --- cases ----------------------------------------------------------------------------------- */

/* What one part has. */
struct cases {
	struct scope_case *list;
	size_t n, capacity, hits;
};

struct asking {
	const struct group *g;
	ask_case *ask;
	const void *context;
	bool only_count;
	struct cases parts[THREADS_MAX];
};

static void cases_reserve(struct cases *c, size_t capacity)
{
	c->list = large_resize(c->list, c->capacity * sizeof(*c->list), capacity * sizeof(*c->list));
	c->capacity = capacity;
}

static void ask_part(void *context, size_t part, size_t from, size_t to)
{
	struct asking *a = context;
	struct cases all = a->parts[part];

	all.n = all.hits = 0;
	for (size_t i = from; i < to; i++) {
		struct scope_case c = scope_case_of(&a->g->platform.items[i], i, false);

		if (!a->ask(a->context, a->g, i, &c))
			continue;
		if (!a->only_count && all.n == all.capacity)
			cases_reserve(&all, all.n + all.n / 2 + 1024);
		if (!a->only_count)
			all.list[all.n] = c;
		all.n++;
		all.hits += c.hit;
	}
	a->parts[part] = all;
}

static size_t ask_all(struct asking *a, size_t *n)
{
	size_t hits = 0;

	share_out(a->g->threads, a->g->platform.n, ask_part, a);
	*n = 0;
	for (size_t t = 0; t < THREADS_MAX; t++) {
		*n += a->parts[t].n;
		hits += a->parts[t].hits;
	}
	return hits;
}

/* One list of n, of what the parts have, in their order. */
static struct scope_case *join_cases(struct asking *a, size_t n)
{
	struct cases *first = &a->parts[0];
	size_t at = first->n;

	cases_reserve(first, n);
	for (size_t t = 1; t < THREADS_MAX; t++) {
		struct cases *c = &a->parts[t];

		if (c->n)
			memcpy(first->list + at, c->list, c->n * sizeof(*c->list));
		at += c->n;
		large_free(c->list, c->capacity * sizeof(*c->list));
	}
	return first->list;
}

/* Room for what was counted, each part's behind that of those before. */
static struct scope_case *reserve_cases(struct asking *a, size_t n)
{
	struct scope_case *list = large_alloc(n * sizeof(*list));
	size_t at = 0;

	for (size_t t = 0; t < THREADS_MAX; t++) {
		a->parts[t].list = list + at;
		a->parts[t].capacity = a->parts[t].n;
		at += a->parts[t].n;
	}
	return list;
}

struct scope_case *survey_cases(const struct group *g, ask_case *ask, const void *context, bool likely, size_t *n)
{
	struct asking *a = xalloc(sizeof(*a));
	struct scope_case *cases = NULL;

	*a = (struct asking){ .g = g, .ask = ask, .context = context };
	if (likely) {
		ask_all(a, n);
		cases = join_cases(a, *n);
	} else {
		a->only_count = true;
		if (ask_all(a, n) < RECONCILE_EVIDENCE_MIN) {
			*n = 0;
		} else {
			a->only_count = false;
			cases = reserve_cases(a, *n);
			ask_all(a, n);
		}
	}
	free(a);
	return cases;
}

void survey_free_cases(struct scope_case *cases, size_t n)
{
	large_free(cases, n * sizeof(*cases));
}

/* --- pairs --------------------------------------------------------------------------------- */

/* One in `step` of the pairs of a chunk; a step is a power of two. */
struct thinned {
	uint32_t *list;
	size_t n, seen, step, capacity;
};

struct chunk {
	size_t from, to;
	struct pair_counts counts;
	struct thinned clocked, timed;
};

struct surveying {
	const struct group *g;
	struct chunk chunks[CHUNKS_MAX];
	size_t n;
};

/* Keeps one in `step`. */
static void thin_out(struct thinned *t, size_t step)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->n; i += step / t->step)
		t->list[kept++] = t->list[i];
	t->n = kept;
	t->step = step;
}

static void thinned_add(struct thinned *t, uint32_t index)
{
	size_t rank = t->seen++;

	if (rank & (t->step - 1))
		return;
	if (t->n == t->capacity)
		thin_out(t, 2 * t->step);
	if ((rank & (t->step - 1)) == 0)
		t->list[t->n++] = index;
}

static void count_pair(struct chunk *c, const struct item *p, const struct item *o, uint32_t index)
{
	c->counts.pairs++;
	c->counts.trunks += p->trunk && o->trunk;
	c->counts.same_trunks += p->trunk && o->trunk == p->trunk;
	c->counts.directions += p->direction && o->direction;
	c->counts.same_directions += p->direction && o->direction == p->direction;
	c->counts.other_numbers += p->caller != o->caller || p->callee != o->callee;
	c->counts.unanswered_reported += !item_is_answered(p) && item_duration_ms(o) > 0;
	numbers_count_pair(&c->counts.numbers, p, o);
	if (!p->is_aside)
		thinned_add(&c->clocked, index);
	if (item_is_answered(p) && item_duration_ms(p) && item_duration_ms(o))
		thinned_add(&c->timed, index);
}

static void count_chunks(void *context, size_t part, size_t from, size_t to)
{
	struct surveying *s = context;

	(void)part;
	for (struct chunk *c = &s->chunks[from]; c < &s->chunks[to]; c++) {
		for (size_t i = c->from; i < c->to; i++) {
			const struct item *p = &s->g->platform.items[i];

			if (p->partner != RECONCILE_NONE)
				count_pair(c, p, &s->g->operator.items[p->partner], (uint32_t)i);
			else
				c->counts.missing += item_duration_ms(p) != 0;
		}
	}
}

static void cut(struct surveying *s)
{
	size_t n = s->g->platform.n, enough;

	s->n = n / CHUNK_MIN + 1 < CHUNKS_MAX ? n / CHUNK_MIN + 1 : CHUNKS_MAX;
	enough = SAMPLED / s->n;
	for (size_t i = 0; i < s->n; i++) {
		struct chunk *c = &s->chunks[i];

		c->from = n / s->n * i + n % s->n * i / s->n;
		c->to = n / s->n * (i + 1) + n % s->n * (i + 1) / s->n;
		c->clocked = (struct thinned){ xalloc(enough * sizeof(uint32_t)), 0, 0, 1, enough };
		c->timed = (struct thinned){ xalloc(enough * sizeof(uint32_t)), 0, 0, 1, enough };
	}
}

static void counts_add(struct pair_counts *sum, const struct pair_counts *c)
{
	sum->pairs += c->pairs;
	sum->trunks += c->trunks;
	sum->same_trunks += c->same_trunks;
	sum->directions += c->directions;
	sum->same_directions += c->same_directions;
	sum->other_numbers += c->other_numbers;
	sum->unanswered_reported += c->unanswered_reported;
	sum->missing += c->missing;
	number_counts_add(&sum->numbers, &c->numbers);
}

/* All chunks thinned as much as the one that was thinned most. */
static struct pair_sample gather(struct surveying *s, bool timed)
{
	struct pair_sample all = { .list = xalloc(SAMPLED * sizeof(uint32_t)) };
	size_t step = 1;

	for (size_t i = 0; i < s->n; i++) {
		const struct thinned *t = timed ? &s->chunks[i].timed : &s->chunks[i].clocked;

		step = t->step > step ? t->step : step;
	}
	for (size_t i = 0; i < s->n; i++) {
		struct thinned *t = timed ? &s->chunks[i].timed : &s->chunks[i].clocked;

		thin_out(t, step);
		memcpy(all.list + all.n, t->list, t->n * sizeof(uint32_t));
		all.n += t->n;
		free(t->list);
	}
	return all;
}

struct survey *survey_pairs(const struct group *g)
{
	struct surveying *s = xalloc(sizeof(*s));
	struct survey *survey = xalloc(sizeof(*survey));

	s->g = g;
	cut(s);
	share_out(g->threads, s->n, count_chunks, s);
	for (size_t i = 0; i < s->n; i++)
		counts_add(&survey->counts, &s->chunks[i].counts);
	survey->clocked = gather(s, false);
	survey->timed = gather(s, true);
	free(s);
	return survey;
}

void survey_free(struct survey *survey)
{
	free(survey->clocked.list);
	free(survey->timed.list);
	free(survey);
}
