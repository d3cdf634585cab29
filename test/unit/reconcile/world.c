#include "world.h"

#include "base/arena.h"

#include <math.h>

#define SUBSCRIBERS 200
#define REMOTES 900

number_t world_subscriber(uint64_t i)
{
	return number_make(NUMBER_E164, UINT64_C(493055500000) + i, 12, 0);
}

static number_t remote(struct world *w)
{
	uint64_t i = prng_below(&w->random, REMOTES);

	return i % 3 ? number_make(NUMBER_E164, UINT64_C(494000000000) + i * 7919137, 12, 0) :
		       number_make(NUMBER_E164, UINT64_C(12065550000) + i * 1009, 11, 0);
}

static uint64_t id_of(enum reconcile_side side, uint64_t i)
{
	return hash64_u64(0x7a11 + (uint64_t)side, i);
}

static void fill_platform(struct world *w, struct reconcile_record *r, size_t i)
{
	bool inbound = prng_below(&w->random, 2), answered = prng_below(&w->random, 4);
	number_t ours = world_subscriber(prng_below(&w->random, SUBSCRIBERS)), theirs = remote(w);
	int64_t ring = 1000 + (int64_t)prng_below(&w->random, 15000);
	int64_t talk = 1 + (int64_t)(-log(1.0 - prng_unit(&w->random)) * 180000.0);

	r->caller = inbound ? theirs : ours;
	r->callee = inbound ? ours : theirs;
	r->direction = inbound ? DIRECTION_INBOUND : DIRECTION_OUTBOUND;
	r->start_ms = WORLD_DAY + (int64_t)prng_below(&w->random, MS_PER_DAY);
	r->answer_ms = answered ? r->start_ms + ring : INSTANT_NONE;
	r->end_ms = r->start_ms + ring + (answered ? talk : 0);
	r->duration_ms = answered ? (uint32_t)talk : 0;
	r->released_by = prng_below(&w->random, 2) ? RELEASED_BY_CALLER : RELEASED_BY_CALLEE;
	r->trunk = (uint16_t)(1 + prng_below(&w->random, WORLD_TRUNKS));
	r->sip_code = answered ? 200 : 487;
	r->id = id_of(RECONCILE_PLATFORM, i);
	r->reference = (uint32_t)i;
}

/* What the operator's end of the trunk sees of a call, a little later or earlier. */
static void fill_operator(struct world *w, struct reconcile_record *o, const struct reconcile_record *p, size_t i)
{
	int64_t way = 15 + (int64_t)prng_below(&w->random, 30);

	*o = *p;
	way = p->direction == DIRECTION_INBOUND ? -way : way;
	o->start_ms += way;
	if (o->answer_ms != INSTANT_NONE)
		o->answer_ms -= way;
	if (o->answer_ms != INSTANT_NONE && p->released_by == RELEASED_BY_CALLER)
		o->duration_ms = (uint32_t)((int64_t)o->duration_ms + 2 * way > 0 ? (int64_t)o->duration_ms + 2 * way : 1);
	o->end_ms = (o->answer_ms != INSTANT_NONE ? o->answer_ms : p->end_ms) + o->duration_ms;
	o->id = id_of(RECONCILE_OPERATOR, i);
	o->reference = (uint32_t)i;
}

void world_make(struct world *w, uint64_t seed, size_t calls)
{
	*w = (struct world){ .pn = calls, .on = calls, .capacity = 4 * calls + 16, .truth_n = calls };
	prng_init(&w->random, seed);
	w->platform = xalloc(w->capacity * sizeof(*w->platform));
	w->operator = xalloc(w->capacity * sizeof(*w->operator));
	w->truth = xalloc(w->capacity * sizeof(*w->truth));
	for (size_t i = 0; i < calls; i++) {
		fill_platform(w, &w->platform[i], i);
		fill_operator(w, &w->operator[i], &w->platform[i], i);
		w->truth[i] = (uint32_t)i;
	}
}

void world_release(struct world *w)
{
	free(w->platform);
	free(w->operator);
	free(w->truth);
}

struct reconcile_record *world_copy(struct world *w, size_t of)
{
	struct reconcile_record *copy = &w->operator[w->on++];

	assert_true(w->on <= w->capacity);
	*copy = w->operator[of];
	copy->reference = (uint32_t)w->truth_n;
	copy->id = id_of(RECONCILE_OPERATOR, 1000000 + w->truth_n);
	w->truth[w->truth_n++] = w->truth[w->operator[of].reference];
	return copy;
}

void world_keep(struct world *w, enum reconcile_side side, bool (*keep)(struct world *w, const struct reconcile_record *r))
{
	struct reconcile_record *list = side == RECONCILE_PLATFORM ? w->platform : w->operator;
	size_t *n = side == RECONCILE_PLATFORM ? &w->pn : &w->on, kept = 0;

	for (size_t i = 0; i < *n; i++)
		if (keep(w, &list[i]))
			list[kept++] = list[i];
	*n = kept;
}

struct reconcile_run *world_run(const struct world *w, const struct reconcile_options *options)
{
	struct reconcile_options with_plots = options ? *options : RECONCILE_OPTIONS_DEFAULT;
	struct reconcile_run *run;
	struct error err = { 0 };

	with_plots.plots = true; /* so that what is drawn adds up wherever the engine is tested */
	assert_int_equal(reconcile_run_new(&run, &with_plots, &err), OK);
	assert_int_equal(reconcile_run_add(run, RECONCILE_PLATFORM, w->platform, w->pn, &err), OK);
	assert_int_equal(reconcile_run_add(run, RECONCILE_OPERATOR, w->operator, w->on, &err), OK);
	assert_int_equal(reconcile_run(run, &err), OK);
	reconcile_check(run);
	return run;
}

/* True pairs of which both records are there. */
static size_t count_true(const struct world *w)
{
	bool *there = xalloc(w->capacity);
	size_t n = 0;

	for (size_t i = 0; i < w->pn; i++)
		there[w->platform[i].reference] = true;
	for (size_t i = 0; i < w->on; i++) {
		uint32_t call = w->truth[w->operator[i].reference];

		n += call != RECONCILE_NONE && there[call];
	}
	free(there);
	return n;
}

struct reconcile_outcome *world_outcomes(const struct reconcile_run *run, size_t *count)
{
	struct reconcile_rows rows = { 0 };
	struct reconcile_outcome *all = xalloc(1);

	*count = 0;
	for (size_t block = 0; block < reconcile_block_count(run); block++) {
		reconcile_block(run, block, &rows);
		all = xrealloc(all, (*count + rows.n) * sizeof(*all));
		if (rows.n)
			memcpy(all + *count, rows.list, rows.n * sizeof(*all));
		*count += rows.n;
	}
	reconcile_rows_release(&rows);
	return all;
}

void world_check_pairs(const struct world *w, const struct reconcile_run *run, unsigned recall_permille)
{
	size_t rows, right = 0, all = count_true(w);
	struct reconcile_outcome *outcomes = world_outcomes(run, &rows);

	for (size_t i = 0; i < rows; i++) {
		if (outcomes[i].platform == RECONCILE_NONE || outcomes[i].operator == RECONCILE_NONE)
			continue;
		assert_int_equal(w->truth[outcomes[i].operator], outcomes[i].platform);
		right++;
	}
	assert_true(right * 1000 >= all * recall_permille);
	free(outcomes);
}

void world_check_causes(const struct reconcile_run *run, uint32_t kinds)
{
	size_t count;
	const struct reconcile_cause *causes = reconcile_causes(run, &count);
	uint32_t found = 0;

	for (size_t i = 0; i < count; i++) {
		found |= 1U << causes[i].kind;
		if (!(kinds & 1U << causes[i].kind))
			print_error("not expected: %s\n", reconcile_cause_name(causes[i].kind));
		assert_true(causes[i].records >= RECONCILE_EVIDENCE_MIN);
		assert_true(causes[i].confidence_permille <= 1000);
	}
	for (int k = 0; k < CAUSE_KIND_COUNT; k++)
		if (kinds & ~found & 1U << k)
			print_error("not found: %s\n", reconcile_cause_name((enum reconcile_cause_kind)k));
	assert_int_equal(found, kinds);
}

const struct reconcile_cause *world_cause(const struct reconcile_run *run, enum reconcile_cause_kind kind)
{
	size_t count;
	const struct reconcile_cause *causes = reconcile_causes(run, &count);

	for (size_t i = 0; i < count; i++)
		if (causes[i].kind == kind)
			return &causes[i];
	fail_msg("%s was not found", reconcile_cause_name(kind));
	return NULL;
}
