#include "reconcile/engine_private.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

/* Windows within which records of one number pair may belong together, narrow first. */
#define NARROW_MS 3000
#define WIDE_MS 90000
#define LONELY_MS 2000

#define UNRELATED_MIN 20           /* records on each side before the word is used */

struct reconcile_run {
	struct reconcile_options options;
	struct reconcile_record *fed[2];
	size_t fed_n[2], fed_capacity[2];
	bool done;
	struct reconcile_outcome *outcomes;
	size_t outcome_count;
	struct cause_list causes;
	struct reconcile_totals totals;
	struct reconcile_totals *operators;
	size_t operator_count;
	enum reconcile_verdict verdict;
};

/* --- items --------------------------------------------------------------------------- */

bool item_is_answered(const struct item *item)
{
	return item->r.answer_ms != INSTANT_NONE || (item->r.duration_ms != UINT32_MAX && item->r.duration_ms > 0);
}

int64_t item_duration_ms(const struct item *item)
{
	if (item->r.duration_ms != UINT32_MAX)
		return item->r.duration_ms;
	if (item->r.answer_ms != INSTANT_NONE && item->r.end_ms != INSTANT_NONE && item->r.end_ms > item->r.answer_ms)
		return item->r.end_ms - item->r.answer_ms;
	return 0;
}

int64_t item_ring_ms(const struct item *item)
{
	if (item->r.answer_ms == INSTANT_NONE || item->r.start_ms == INSTANT_NONE || item->r.answer_ms < item->r.start_ms)
		return 0;
	return item->r.answer_ms - item->r.start_ms;
}

bool item_shift(const struct item *p, const struct item *o, int64_t *shift_ms)
{
	const int64_t *of_p[] = { &p->r.start_ms, &p->r.answer_ms, &p->r.end_ms };
	const int64_t *of_o[] = { &o->r.start_ms, &o->r.answer_ms, &o->r.end_ms };

	for (int i = 0; i < 3; i++) {
		if (*of_p[i] != INSTANT_NONE && *of_o[i] != INSTANT_NONE) {
			*shift_ms = *of_o[i] - *of_p[i];
			return true;
		}
	}
	return false;
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

static int64_t time_of(const struct reconcile_record *r)
{
	if (r->start_ms != INSTANT_NONE)
		return r->start_ms;
	return r->answer_ms != INSTANT_NONE ? r->answer_ms : r->end_ms;
}

static int canonical(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->time_ms != y->time_ms)
		return x->time_ms < y->time_ms ? -1 : 1;
	if (x->r.id != y->r.id)
		return x->r.id < y->r.id ? -1 : 1;
	return (x->r.duration_ms > y->r.duration_ms) - (x->r.duration_ms < y->r.duration_ms);
}

/* The records of one operator, in canonical order. */
static void take_side(const struct reconcile_run *run, enum reconcile_side side, uint16_t operator_index, struct side *out)
{
	size_t n = 0;

	for (size_t i = 0; i < run->fed_n[side]; i++)
		n += run->fed[side][i].operator_index == operator_index;
	out->items = xalloc((n + 1) * sizeof(*out->items));
	for (size_t i = 0; i < run->fed_n[side]; i++) {
		const struct reconcile_record *r = &run->fed[side][i];
		struct item *item = &out->items[out->n];

		if (r->operator_index != operator_index)
			continue;
		item->r = *r;
		item->time_ms = item->corrected_ms = time_of(r);
		item->key = pair_key(r);
		item->partner = item->copy_of = RECONCILE_NONE;
		out->n++;
	}
	qsort(out->items, out->n, sizeof(*out->items), canonical);
}

/* --- one operator ---------------------------------------------------------------------- */

static size_t pairs_of(const struct group *g)
{
	size_t pairs = 0;

	for (size_t i = 0; i < g->platform.n; i++)
		pairs += g->platform.items[i].partner != RECONCILE_NONE;
	return pairs;
}

/* Certain pairs teach the clock, a better clock gives more pairs, and so again. */
static void pair_group(struct group *g)
{
	pair_by_correlation(g);
	if (pairs_of(g) >= RECONCILE_EVIDENCE_MIN)
		clock_learn(g);
	if (!g->clock.is_known)
		clock_guess(g);
	for (int round = 0; round < 2; round++) {
		clock_correct(g);
		duration_learn(g);
		pair_by_numbers(g, NARROW_MS);
		clock_learn(g);
		clock_correct(g);
	}
	duration_learn(g);
	pair_duplicates(g);
	pair_pieces(g);
	pair_by_numbers(g, WIDE_MS);
	pair_by_one_number(g, LONELY_MS);
	pair_duplicates(g);
}

static bool is_unrelated(const struct group *g)
{
	size_t least = g->platform.n < g->operator.n ? g->platform.n : g->operator.n;

	return least >= UNRELATED_MIN && pairs_of(g) * 20 < least;
}

static void swapped_explain(struct group *g)
{
	uint64_t swapped = 0, pairs = 0;
	struct reconcile_cause *cause;

	for (size_t i = 0; i < g->platform.n; i++) {
		struct item *p = &g->platform.items[i];
		const struct item *o;

		if (p->partner == RECONCILE_NONE || p->key == 0)
			continue;
		o = &g->operator.items[p->partner];
		pairs++;
		if (p->r.caller == o->r.callee && p->r.callee == o->r.caller && p->r.caller != p->r.callee) {
			p->causes |= 1U << CAUSE_SWAPPED_PARTIES;
			swapped++;
		}
	}
	if (swapped >= RECONCILE_EVIDENCE_MIN && swapped * 100 >= pairs * 95) {
		cause = cause_add(&g->causes, CAUSE_SWAPPED_PARTIES, g->operator_index);
		cause->records = swapped;
		cause->confidence_permille = (unsigned)(swapped * 1000 / pairs);
		return;
	}
	for (size_t i = 0; i < g->platform.n; i++)
		g->platform.items[i].causes &= ~(1U << CAUSE_SWAPPED_PARTIES);
}

/* Missing windows are counted over all records; those outside the range are not reported. */
static void limit_to_range(struct group *g)
{
	const struct reconcile_options *o = g->options;

	if (o->from_ms == INSTANT_NONE && o->to_ms == INSTANT_NONE)
		return;
	for (size_t i = 0; i < g->causes.n; i++) {
		struct reconcile_cause *c = &g->causes.list[i];
		uint32_t bit = 1U << c->kind;

		c->records = 0;
		c->explained_ms = 0;
		for (size_t k = 0; k < g->platform.n; k++) {
			const struct item *p = &g->platform.items[k];

			if (!(p->causes & bit) || (o->from_ms != INSTANT_NONE && p->time_ms < o->from_ms) ||
			    (o->to_ms != INSTANT_NONE && p->time_ms >= o->to_ms))
				continue;
			if (c->kind == CAUSE_MISSING_WINDOW &&
			    (p->time_ms < c->from_ms || p->time_ms > c->to_ms || (c->trunk && p->r.trunk != c->trunk)))
				continue;
			c->records++;
			if (p->partner == RECONCILE_NONE)
				c->explained_ms -= item_duration_ms(p);
		}
	}
}

static void drop_empty_causes(struct cause_list *causes)
{
	size_t kept = 0;

	for (size_t i = 0; i < causes->n; i++)
		if (causes->list[i].records)
			causes->list[kept++] = causes->list[i];
	causes->n = kept;
}

static void run_group(struct group *g, struct reconcile_outcome **outcomes, size_t *count)
{
	pair_group(g);
	g->unrelated = is_unrelated(g);
	if (g->unrelated) {
		pair_clear(g);
		g->duration = (struct duration_model){ .numerator = 1, .denominator = 1 };
	} else {
		clock_explain(g);
		swapped_explain(g);
		missing_explain(g);
		limit_to_range(g);
		drop_empty_causes(&g->causes);
	}
	explain_group(g, outcomes, count);
}

/* --- the run ------------------------------------------------------------------------------ */

enum status reconcile_run_new(struct reconcile_run **run, const struct reconcile_options *options, struct error *err)
{
	(void)err;
	*run = xalloc(sizeof(**run));
	(*run)->options = options ? *options : RECONCILE_OPTIONS_DEFAULT;
	return OK;
}

enum status reconcile_run_add(struct reconcile_run *run, enum reconcile_side side, const struct reconcile_record *records,
			      size_t count, struct error *err)
{
	if (run->done)
		return error_set(err, E_INVALID, NULL, "the reconciliation is done; it takes no more records");
	if (run->fed_n[side] + count >= RECONCILE_NONE)
		return error_set(err, E_TOO_LARGE, NULL, "more than %u records on one side", RECONCILE_NONE - 1);
	if (run->fed_n[side] + count > run->fed_capacity[side]) {
		run->fed_capacity[side] = 2 * run->fed_capacity[side] + count;
		run->fed[side] = xrealloc(run->fed[side], run->fed_capacity[side] * sizeof(**run->fed));
	}
	if (count)
		memcpy(run->fed[side] + run->fed_n[side], records, count * sizeof(*records));
	run->fed_n[side] += count;
	for (size_t i = 0; i < count; i++)
		if (records[i].operator_index + (size_t)1 > run->operator_count)
			run->operator_count = records[i].operator_index + (size_t)1;
	return OK;
}

static void add_totals(struct reconcile_totals *sum, const struct reconcile_totals *t)
{
	for (int i = 0; i < RECONCILE_CLASS_COUNT; i++)
		sum->counts[i] += t->counts[i];
	sum->platform_records += t->platform_records;
	sum->operator_records += t->operator_records;
	sum->platform_ms += t->platform_ms;
	sum->operator_ms += t->operator_ms;
	sum->difference_ms += t->difference_ms;
	sum->explained_ms += t->explained_ms;
	sum->unexplained_ms += t->unexplained_ms;
}

static void append(struct reconcile_run *run, struct group *g, const struct reconcile_outcome *rows, size_t n)
{
	run->outcomes = xrealloc(run->outcomes, (run->outcome_count + n + 1) * sizeof(*run->outcomes));
	if (n)
		memcpy(run->outcomes + run->outcome_count, rows, n * sizeof(*rows));
	run->outcome_count += n;
	for (size_t i = 0; i < g->causes.n; i++)
		*cause_add(&run->causes, CAUSE_CLOCK_OFFSET, 0) = g->causes.list[i];
	run->operators[g->operator_index] = g->totals;
	add_totals(&run->totals, &g->totals);
}

struct job {
	struct group group;
	struct reconcile_outcome *outcomes;
	size_t count;
};

struct jobs {
	struct job *list;
	size_t n;
	_Atomic size_t next;
};

static void *work(void *context)
{
	struct jobs *jobs = context;
	size_t i;

	while ((i = jobs->next++) < jobs->n)
		run_group(&jobs->list[i].group, &jobs->list[i].outcomes, &jobs->list[i].count);
	return NULL;
}

/* Operators are independent: each is one job. */
static void run_jobs(struct jobs *jobs, unsigned threads)
{
	pthread_t others[64];
	unsigned started = 0;

	while (started + 1 < threads && started + 1 < jobs->n && started < 64 &&
	       pthread_create(&others[started], NULL, work, jobs) == 0)
		started++;
	work(jobs);
	for (unsigned i = 0; i < started; i++)
		pthread_join(others[i], NULL);
}

static enum reconcile_verdict judge(const struct reconcile_run *run, bool all_unrelated)
{
	enum reconcile_verdict verdict = RECONCILE_AGREES;

	if (all_unrelated)
		return RECONCILE_UNRELATED;
	for (size_t i = 0; i < run->outcome_count; i++) {
		const struct reconcile_outcome *o = &run->outcomes[i];

		if (llabs(o->difference_ms) <= run->options.tolerance_ms)
			continue;
		if (o->causes == 0 || o->class == RECONCILE_DIFFERS)
			return RECONCILE_VERDICT_DIFFERS;
		verdict = RECONCILE_EXPLAINED;
	}
	return verdict;
}

enum status reconcile_run(struct reconcile_run *run, struct error *err)
{
	struct jobs jobs = { .n = run->operator_count };
	size_t unrelated = 0, related = 0;

	if (run->done)
		return error_set(err, E_INVALID, NULL, "the reconciliation is done already");
	jobs.list = xalloc((jobs.n + 1) * sizeof(*jobs.list));
	run->operators = xalloc((jobs.n + 1) * sizeof(*run->operators));
	for (size_t i = 0; i < jobs.n; i++) {
		struct group *g = &jobs.list[i].group;

		g->operator_index = (uint16_t)i;
		g->options = &run->options;
		take_side(run, RECONCILE_PLATFORM, (uint16_t)i, &g->platform);
		take_side(run, RECONCILE_OPERATOR, (uint16_t)i, &g->operator);
	}
	run_jobs(&jobs, run->options.threads ? run->options.threads : 1);
	for (size_t i = 0; i < jobs.n; i++) {
		struct job *job = &jobs.list[i];

		append(run, &job->group, job->outcomes, job->count);
		unrelated += job->group.unrelated;
		related += !job->group.unrelated && (job->group.platform.n || job->group.operator.n);
		free(job->outcomes);
		free(job->group.platform.items);
		free(job->group.operator.items);
		free(job->group.causes.list);
		clock_release(&job->group.clock);
	}
	free(jobs.list);
	run->done = true;
	run->verdict = judge(run, unrelated && !related);
	return OK;
}

const struct reconcile_outcome *reconcile_outcomes(const struct reconcile_run *run, size_t *count)
{
	*count = run->outcome_count;
	return run->outcomes;
}

const struct reconcile_cause *reconcile_causes(const struct reconcile_run *run, size_t *count)
{
	*count = run->causes.n;
	return run->causes.list;
}

enum reconcile_verdict reconcile_verdict(const struct reconcile_run *run)
{
	return run->verdict;
}

const struct reconcile_totals *reconcile_totals(const struct reconcile_run *run)
{
	return &run->totals;
}

size_t reconcile_operator_count(const struct reconcile_run *run)
{
	return run->operator_count;
}

const struct reconcile_totals *reconcile_operator_totals(const struct reconcile_run *run, size_t operator_index)
{
	return &run->operators[operator_index];
}

/* Ids by the caller's reference. */
static uint64_t *ids_by_reference(const struct reconcile_run *run, enum reconcile_side side)
{
	uint32_t max = 0;
	uint64_t *ids;

	for (size_t i = 0; i < run->fed_n[side]; i++)
		if (run->fed[side][i].reference > max)
			max = run->fed[side][i].reference;
	ids = xalloc(((size_t)max + 1) * sizeof(*ids));
	for (size_t i = 0; i < run->fed_n[side]; i++)
		ids[run->fed[side][i].reference] = run->fed[side][i].id;
	return ids;
}

void reconcile_digest(const struct reconcile_run *run, unsigned char out[SHA256_SIZE])
{
	struct sha256_stream *h = sha256_stream_new();
	uint64_t *platform = ids_by_reference(run, RECONCILE_PLATFORM), *operator = ids_by_reference(run, RECONCILE_OPERATOR);

	for (size_t i = 0; i < run->outcome_count; i++) {
		const struct reconcile_outcome *o = &run->outcomes[i];
		uint64_t row[5] = { o->platform == RECONCILE_NONE ? 0 : platform[o->platform],
				    o->operator == RECONCILE_NONE ? 0 : operator[o->operator], (uint64_t)o->class, o->causes,
				    (uint64_t)o->difference_ms };

		sha256_stream_add(h, str_of(row, sizeof(row)));
	}
	for (size_t i = 0; i < run->causes.n; i++) {
		const struct reconcile_cause *c = &run->causes.list[i];
		uint64_t row[6] = { (uint64_t)c->kind, c->operator_index, c->records, (uint64_t)c->explained_ms,
				    (uint64_t)c->shift_ms, (uint64_t)c->increment_ms };

		sha256_stream_add(h, str_of(row, sizeof(row)));
	}
	sha256_stream_finish(h, out);
	sha256_stream_free(h);
	free(platform);
	free(operator);
}

void reconcile_check(const struct reconcile_run *run)
{
	struct reconcile_totals sum = { 0 };
	int64_t explained = 0;

	for (size_t i = 0; i < run->operator_count; i++) {
		const struct reconcile_totals *t = &run->operators[i];

		assert(t->difference_ms == t->operator_ms - t->platform_ms);
		assert(t->difference_ms == t->explained_ms + t->unexplained_ms);
		add_totals(&sum, t);
	}
	for (size_t i = 0; i < run->causes.n; i++)
		explained += run->causes.list[i].explained_ms;
	assert(explained == run->totals.explained_ms);
	assert(sum.difference_ms == run->totals.difference_ms);
}

void reconcile_run_free(struct reconcile_run *run)
{
	if (!run)
		return;
	free(run->fed[0]);
	free(run->fed[1]);
	free(run->outcomes);
	free(run->causes.list);
	free(run->operators);
	free(run);
}
