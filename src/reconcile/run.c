#include "reconcile/engine_private.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

struct reconcile_run {
	struct reconcile_options options;
	struct reconcile_record *fed[2];
	size_t fed_n[2], fed_capacity[2];
	uint64_t *ids[2];                  /* by the caller's reference, once the records are taken */
	bool done;
	struct reconcile_outcome *outcomes;
	size_t outcome_count;
	struct cause_list causes;
	struct reconcile_totals totals;
	struct reconcile_totals *operators;
	size_t operator_count;
	struct plots **plots;              /* by operator; NULL: of none, or of this one none */
	struct plots *plots_of_all;
	enum reconcile_verdict verdict;
};

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
	run->plots[g->operator_index] = g->plots;
	add_totals(&run->totals, &g->totals);
}

struct job {
	struct group group;
	struct reconcile_outcome *outcomes;
	size_t count;
	size_t rank;                       /* among the operators by records: 0 has the most */
};

struct jobs {
	struct job *list;
	size_t n;
	_Atomic size_t next;
	struct plots *all;
	pthread_mutex_t all_lock;
};

/* Sums, so that it does not matter who is first. */
static void add_plots(struct jobs *jobs, struct job *job)
{
	struct group *g = &job->group;

	if (!g->plots)
		return;
	pthread_mutex_lock(&jobs->all_lock);
	plots_add_operator(jobs->all, g->plots, job->rank < PLOT_STRIPS_MAX ? g->operator_index : PLOT_STRIP_OTHERS);
	pthread_mutex_unlock(&jobs->all_lock);
	if (job->rank < RECONCILE_PLOTTED_MAX)
		return;
	plots_free(g->plots);
	g->plots = NULL;
}

static void *work(void *context)
{
	struct jobs *jobs = context;
	size_t i;

	while ((i = jobs->next++) < jobs->n) {
		engine_run(&jobs->list[i].group, &jobs->list[i].outcomes, &jobs->list[i].count);
		add_plots(jobs, &jobs->list[i]);
	}
	return NULL;
}

static int by_records(const void *a, const void *b)
{
	const struct job *x = *(struct job *const *)a, *y = *(struct job *const *)b;
	size_t n = x->group.platform.n + x->group.operator.n, m = y->group.platform.n + y->group.operator.n;

	if (n != m)
		return n > m ? -1 : 1;
	return (int)x->group.operator_index - (int)y->group.operator_index;
}

static void rank_jobs(struct jobs *jobs)
{
	struct job **order = xalloc((jobs->n + 1) * sizeof(struct job *));

	for (size_t i = 0; i < jobs->n; i++)
		order[i] = &jobs->list[i];
	qsort(order, jobs->n, sizeof(struct job *), by_records);
	for (size_t i = 0; i < jobs->n; i++)
		order[i]->rank = i;
	free(order);
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

/* The places of a side's records, operator by operator; ends[] gets where each operator's end. */
static uint32_t *places_by_operator(const struct reconcile_record *records, size_t n, size_t *ends, size_t operators)
{
	uint32_t *places = xalloc((n + 1) * sizeof(*places));
	size_t sum = 0;

	for (size_t i = 0; i < n; i++)
		ends[records[i].operator_index]++;
	for (size_t k = 0; k < operators; k++) {
		size_t count = ends[k];

		ends[k] = sum;
		sum += count;
	}
	for (size_t i = 0; i < n; i++)
		places[ends[records[i].operator_index]++] = (uint32_t)i;
	return places;
}

/* Hands one side's records to the operators; the list that was fed is not needed any more. */
static void take_side(struct reconcile_run *run, enum reconcile_side side, struct jobs *jobs)
{
	size_t *ends = xalloc((jobs->n + 1) * sizeof(*ends)), from = 0;
	uint32_t *places = places_by_operator(run->fed[side], run->fed_n[side], ends, jobs->n);

	run->ids[side] = ids_by_reference(run, side);
	for (size_t i = 0; i < jobs->n; i++) {
		struct group *g = &jobs->list[i].group;

		side_take(run->fed[side], places + from, ends[i] - from,
			  side == RECONCILE_PLATFORM ? &g->platform : &g->operator);
		from = ends[i];
	}
	free(places);
	free(ends);
	free(run->fed[side]);
	run->fed[side] = NULL;
}

enum status reconcile_run(struct reconcile_run *run, struct error *err)
{
	struct jobs jobs = { .n = run->operator_count, .all_lock = PTHREAD_MUTEX_INITIALIZER };
	size_t unrelated = 0, related = 0;
	unsigned threads = run->options.threads ? run->options.threads : 1;

	if (run->done)
		return error_set(err, E_INVALID, NULL, "the reconciliation is done already");
	jobs.list = xalloc((jobs.n + 1) * sizeof(*jobs.list));
	run->operators = xalloc((jobs.n + 1) * sizeof(*run->operators));
	run->plots = xalloc((jobs.n + 1) * sizeof(struct plots *));
	if (run->options.plots)
		jobs.all = plots_new(INSTANT_NONE, INSTANT_NONE, NULL, 0, 0, run->options.tolerance_ms);
	for (size_t i = 0; i < jobs.n; i++) {
		struct group *g = &jobs.list[i].group;

		g->operator_index = (uint16_t)i;
		g->options = &run->options;
		g->threads = (unsigned)(threads / jobs.n);
	}
	take_side(run, RECONCILE_PLATFORM, &jobs);
	take_side(run, RECONCILE_OPERATOR, &jobs);
	rank_jobs(&jobs);
	run_jobs(&jobs, threads);
	run->plots_of_all = jobs.all;
	for (size_t i = 0; i < jobs.n; i++) {
		struct job *job = &jobs.list[i];

		append(run, &job->group, job->outcomes, job->count);
		unrelated += job->group.unrelated;
		related += !job->group.unrelated && (job->group.platform.n || job->group.operator.n);
		free(job->outcomes);
		free(job->group.platform.items);
		free(job->group.operator.items);
		free(job->group.causes.list);
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

const struct plots *reconcile_plots_of_all(const struct reconcile_run *run)
{
	return run->plots_of_all;
}

const struct plots *reconcile_plots(const struct reconcile_run *run, size_t operator_index)
{
	return run->plots ? run->plots[operator_index] : NULL;
}

void reconcile_digest(const struct reconcile_run *run, unsigned char out[SHA256_SIZE])
{
	struct sha256_stream *h = sha256_stream_new();
	const uint64_t *platform = run->ids[RECONCILE_PLATFORM], *operator = run->ids[RECONCILE_OPERATOR];

	for (size_t i = 0; i < run->outcome_count; i++) {
		const struct reconcile_outcome *o = &run->outcomes[i];
		uint64_t row[5] = { o->platform == RECONCILE_NONE ? 0 : platform[o->platform],
				    o->operator == RECONCILE_NONE ? 0 : operator[o->operator], (uint64_t)o->class, o->causes,
				    (uint64_t)o->difference_ms };

		sha256_stream_add(h, str_of(row, sizeof(row)));
	}
	for (size_t i = 0; i < run->causes.n; i++) {
		const struct reconcile_cause *c = &run->causes.list[i];
		uint64_t row[] = { (uint64_t)c->kind, c->operator_index, c->records, (uint64_t)c->explained_ms,
				   (uint64_t)c->shift_ms, (uint64_t)c->increment_ms, (uint64_t)c->minimum_ms, (uint64_t)c->mode,
				   (uint64_t)c->at_ms, (uint64_t)c->ppb, (uint64_t)c->milliseconds, (uint64_t)c->cap_ms,
				   (uint64_t)c->numerator, (uint64_t)c->denominator, c->digits, c->number,
				   hash64(str_from(c->rule)), (uint64_t)c->every_ms, (uint64_t)c->zone_ms,
				   (uint64_t)c->from_ms, (uint64_t)c->to_ms, c->direction };

		sha256_stream_add(h, str_of(row, sizeof(row)));
	}
	sha256_stream_finish(h, out);
	sha256_stream_free(h);
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
	assert(!run->plots_of_all || run->plots_of_all->explained_ms == explained);
	assert(sum.difference_ms == run->totals.difference_ms);
}

void reconcile_run_free(struct reconcile_run *run)
{
	if (!run)
		return;
	free(run->fed[0]);
	free(run->fed[1]);
	free(run->ids[0]);
	free(run->ids[1]);
	free(run->outcomes);
	free(run->causes.list);
	free(run->operators);
	for (size_t i = 0; run->plots && i < run->operator_count; i++)
		plots_free(run->plots[i]);
	free(run->plots);
	plots_free(run->plots_of_all);
	free(run);
}
