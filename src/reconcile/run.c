#include "reconcile/engine_private.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

struct reconcile_run {
	struct reconcile_options options;
	struct fed {
		struct side *operators;    /* by the caller's number */
		size_t operator_count, capacity, records;
	} fed[2];
	struct group *groups;              /* by operator, once it is run */
	size_t operator_count;
	bool done;
	struct cause_list causes;
	struct reconcile_totals totals;
	struct plots *plots_of_all;
	enum reconcile_verdict verdict;
	bool has_digest;                   /* once somebody asked for it */
	unsigned char digest[SHA256_SIZE];
};

/* --- the run ------------------------------------------------------------------------------ */

enum status reconcile_run_new(struct reconcile_run **run, const struct reconcile_options *options, struct error *err)
{
	(void)err;
	*run = xalloc(sizeof(**run));
	(*run)->options = options ? *options : RECONCILE_OPTIONS_DEFAULT;
	return OK;
}

static struct side *side_of(struct fed *fed, size_t operator)
{
	if (operator >= fed->capacity) {
		size_t capacity = 2 * (operator + 1);

		fed->operators = xrealloc(fed->operators, capacity * sizeof(*fed->operators));
		memset(fed->operators + fed->capacity, 0, (capacity - fed->capacity) * sizeof(*fed->operators));
		fed->capacity = capacity;
	}
	if (operator >= fed->operator_count)
		fed->operator_count = operator + 1;
	return &fed->operators[operator];
}

enum status reconcile_run_add(struct reconcile_run *run, enum reconcile_side side, const struct reconcile_record *records,
			      size_t count, struct error *err)
{
	struct fed *fed = &run->fed[side];

	if (run->done)
		return error_set(err, E_INVALID, NULL, "the reconciliation is done; it takes no more records");
	if (fed->records + count >= RECONCILE_NONE)
		return error_set(err, E_TOO_LARGE, NULL, "more than %u records on one side", RECONCILE_NONE - 1);
	fed->records += count;
	for (size_t i = 0; i < count; i++)
		side_add(side_of(fed, records[i].operator_index), &records[i]);
	return OK;
}

void reconcile_run_renumber(struct reconcile_run *run, enum reconcile_side side, const uint16_t *operators,
			    const uint16_t *trunks)
{
	struct fed *fed = &run->fed[side], renumbered = { .records = fed->records };

	for (size_t i = 0; i < fed->operator_count; i++) {
		struct side *old = &fed->operators[i];

		for (size_t k = 0; k < old->n; k++)
			old->items[k].trunk = trunks[old->items[k].trunk];
		if (old->n)
			side_append(side_of(&renumbered, operators[i]), old);
	}
	free(fed->operators);
	*fed = renumbered;
}

void reconcile_run_settle(struct reconcile_run *run, enum reconcile_side side, reconcile_choose *choose, void *context)
{
	for (size_t i = 0; i < run->fed[side].operator_count; i++)
		side_settle(&run->fed[side].operators[i], choose, context);
}

/* From here on the operators have their records of both sides. */
static void make_groups(struct reconcile_run *run, unsigned threads)
{
	struct fed *p = &run->fed[RECONCILE_PLATFORM], *o = &run->fed[RECONCILE_OPERATOR];

	run->operator_count = p->operator_count > o->operator_count ? p->operator_count : o->operator_count;
	run->groups = xalloc((run->operator_count + 1) * sizeof(*run->groups));
	for (size_t i = 0; i < run->operator_count; i++) {
		struct group *g = &run->groups[i];

		*g = (struct group){ .operator_index = (uint16_t)i, .options = &run->options, .threads = threads };
		if (i < p->operator_count)
			g->platform = p->operators[i];
		if (i < o->operator_count)
			g->operator = o->operators[i];
	}
	for (int side = 0; side < 2; side++) {
		free(run->fed[side].operators);
		run->fed[side] = (struct fed){ 0 };
	}
}

struct jobs {
	struct reconcile_run *run;
	_Atomic size_t next;
	size_t *ranks;                     /* of the operators by records: 0 has the most */
	pthread_mutex_t all_lock;
};

/* Sums, so that it does not matter who is first. */
static void add_plots(struct jobs *jobs, struct group *g)
{
	size_t rank = jobs->ranks[g->operator_index];

	if (!g->plots)
		return;
	pthread_mutex_lock(&jobs->all_lock);
	plots_add_operator(jobs->run->plots_of_all, g->plots, rank < PLOT_STRIPS_MAX ? g->operator_index : PLOT_STRIP_OTHERS);
	pthread_mutex_unlock(&jobs->all_lock);
	if (rank < RECONCILE_PLOTTED_MAX)
		return;
	plots_free(g->plots);
	g->plots = NULL;
}

/* Operators are independent: each is one job. */
static void work(void *context, size_t part, size_t from, size_t to)
{
	struct jobs *jobs = context;
	size_t i;

	(void)part;
	(void)from;
	(void)to;
	while ((i = jobs->next++) < jobs->run->operator_count) {
		engine_run(&jobs->run->groups[i]);
		add_plots(jobs, &jobs->run->groups[i]);
	}
}

static int by_records(const void *a, const void *b)
{
	const struct group *x = *(struct group *const *)a, *y = *(struct group *const *)b;
	size_t n = x->platform.n + x->operator.n, m = y->platform.n + y->operator.n;

	if (n != m)
		return n > m ? -1 : 1;
	return (int)x->operator_index - (int)y->operator_index;
}

static size_t *rank_operators(struct reconcile_run *run)
{
	struct group **order = xalloc((run->operator_count + 1) * sizeof(struct group *));
	size_t *ranks = xalloc((run->operator_count + 1) * sizeof(*ranks));

	for (size_t i = 0; i < run->operator_count; i++)
		order[i] = &run->groups[i];
	qsort(order, run->operator_count, sizeof(struct group *), by_records);
	for (size_t i = 0; i < run->operator_count; i++)
		ranks[order[i]->operator_index] = i;
	free(order);
	return ranks;
}

static enum reconcile_verdict judge(const struct reconcile_run *run)
{
	enum reconcile_verdict verdict = RECONCILE_AGREES;
	bool unrelated = false, related = false;

	for (size_t i = 0; i < run->operator_count; i++) {
		const struct group *g = &run->groups[i];

		unrelated = unrelated || g->unrelated;
		related = related || (!g->unrelated && (g->platform.n || g->operator.n));
		verdict = g->verdict > verdict ? g->verdict : verdict;
	}
	return unrelated && !related ? RECONCILE_UNRELATED : verdict;
}

enum status reconcile_run(struct reconcile_run *run, struct error *err)
{
	struct jobs jobs = { .run = run, .all_lock = PTHREAD_MUTEX_INITIALIZER };
	unsigned threads = run->options.threads ? run->options.threads : 1;
	size_t operators = run->fed[0].operator_count > run->fed[1].operator_count ? run->fed[0].operator_count :
										    run->fed[1].operator_count;
	size_t at_once = operators < threads ? operators : threads;

	if (run->done)
		return error_set(err, E_INVALID, NULL, "the reconciliation is done already");
	make_groups(run, at_once ? (unsigned)(threads / at_once) : 1);
	if (run->options.plots)
		run->plots_of_all = plots_new(INSTANT_NONE, INSTANT_NONE, NULL, 0, 0, run->options.tolerance_ms);
	jobs.ranks = rank_operators(run);
	share_out((unsigned)at_once, at_once, work, &jobs);
	free(jobs.ranks);
	for (size_t i = 0; i < run->operator_count; i++) {
		const struct group *g = &run->groups[i];

		for (size_t k = 0; k < g->causes.n; k++)
			*cause_add(&run->causes, CAUSE_CLOCK_OFFSET, 0) = g->causes.list[k];
		totals_add(&run->totals, &g->totals);
	}
	run->done = true;
	run->verdict = judge(run);
	return OK;
}

/* --- results ------------------------------------------------------------------------------ */

size_t reconcile_block_count(const struct reconcile_run *run)
{
	size_t blocks = 0;

	for (size_t i = 0; i < run->operator_count; i++)
		blocks += rows_block_count(&run->groups[i]);
	return blocks;
}

/* The block's rows by indexes of items, and whose items. */
static const struct group *find_block(const struct reconcile_run *run, size_t block, struct reconcile_rows *rows)
{
	const struct group *g = run->groups;

	for (; block >= rows_block_count(g); g++)
		block -= rows_block_count(g);
	rows_of_block(g, block, rows);
	return g;
}

void reconcile_block(const struct reconcile_run *run, size_t block, struct reconcile_rows *rows)
{
	const struct group *g = find_block(run, block, rows);

	for (size_t i = 0; i < rows->n; i++) {
		struct reconcile_outcome *o = &rows->list[i];

		o->platform = o->platform == RECONCILE_NONE ? RECONCILE_NONE : g->platform.items[o->platform].reference;
		o->operator = o->operator == RECONCILE_NONE ? RECONCILE_NONE : g->operator.items[o->operator].reference;
	}
}

void reconcile_rows_release(struct reconcile_rows *rows)
{
	free(rows->list);
	*rows = (struct reconcile_rows){ 0 };
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
	return &run->groups[operator_index].totals;
}

const struct plots *reconcile_plots_of_all(const struct reconcile_run *run)
{
	return run->plots_of_all;
}

const struct plots *reconcile_plots(const struct reconcile_run *run, size_t operator_index)
{
	return run->groups ? run->groups[operator_index].plots : NULL;
}

#define HASHED_AT_ONCE 256         /* rows: a call for each would take longer than the hash */

static void digest_block(const struct reconcile_run *run, size_t block, struct reconcile_rows *rows, struct sha256_stream *h)
{
	const struct group *g = find_block(run, block, rows);
	uint64_t list[HASHED_AT_ONCE][5];
	size_t n = 0;

	for (size_t i = 0; i < rows->n; i++) {
		const struct reconcile_outcome *o = &rows->list[i];
		uint64_t *row = list[n++];

		row[0] = o->platform == RECONCILE_NONE ? 0 : g->platform.items[o->platform].id;
		row[1] = o->operator == RECONCILE_NONE ? 0 : g->operator.items[o->operator].id;
		row[2] = (uint64_t)o->class;
		row[3] = o->causes;
		row[4] = (uint64_t)o->difference_ms;
		if (n == HASHED_AT_ONCE || i + 1 == rows->n) {
			sha256_stream_add(h, str_of(list, n * sizeof(list[0])));
			n = 0;
		}
	}
}

static void make_digest(struct reconcile_run *run)
{
	struct sha256_stream *h = sha256_stream_new();
	struct reconcile_rows rows = { 0 };

	for (size_t block = 0; block < reconcile_block_count(run); block++)
		digest_block(run, block, &rows, h);
	reconcile_rows_release(&rows);
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
	sha256_stream_finish(h, run->digest);
	sha256_stream_free(h);
	run->has_digest = true;
}

void reconcile_digest(struct reconcile_run *run, unsigned char out[SHA256_SIZE])
{
	if (!run->has_digest)
		make_digest(run);
	memcpy(out, run->digest, SHA256_SIZE);
}

void reconcile_check(const struct reconcile_run *run)
{
	struct reconcile_totals sum = { 0 };
	int64_t explained = 0;

	for (size_t i = 0; i < run->operator_count; i++) {
		const struct reconcile_totals *t = &run->groups[i].totals;

		assert(t->difference_ms == t->operator_ms - t->platform_ms);
		assert(t->difference_ms == t->explained_ms + t->unexplained_ms);
		totals_add(&sum, t);
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
	for (int side = 0; side < 2; side++) {
		for (size_t i = 0; i < run->fed[side].operator_count; i++)
			side_release(&run->fed[side].operators[i]);
		free(run->fed[side].operators);
	}
	for (size_t i = 0; i < run->operator_count; i++) {
		struct group *g = &run->groups[i];

		side_release(&g->platform);
		side_release(&g->operator);
		free(g->lone);
		plots_free(g->plots);
		free(g->causes.list);
		copies_release(&g->copies);
	}
	free(run->groups);
	plots_free(run->plots_of_all);
	free(run->causes.list);
	free(run);
}
