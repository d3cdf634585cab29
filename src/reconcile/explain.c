/* Outcomes, row by row, and what each cause contributes to the difference. */
#include "reconcile/engine_private.h"

#include <stdlib.h>

struct rows {
	struct reconcile_outcome *list;
	size_t n, capacity;
};

static void row_add(struct rows *rows, struct reconcile_outcome row)
{
	if (rows->n == rows->capacity) {
		rows->capacity = rows->capacity ? rows->capacity + rows->capacity / 2 : 256;
		rows->list = xrealloc(rows->list, rows->capacity * sizeof(*rows->list));
	}
	rows->list[rows->n++] = row;
}

/* What one cause does to pairs. */
struct effect {
	int64_t ms;
	uint64_t applied;              /* pairs on which it changes something */
	uint64_t agreed;               /* of these, pairs that agree with it */
};

/* Of each model's steps, while rows are made; and of lost ends. */
struct tally {
	struct effect steps[MODELS_MAX][STEP_COUNT];
	struct effect cap, unanswered;
};

static const enum reconcile_cause_kind step_causes[STEP_COUNT] = {
	[STEP_UNIT] = CAUSE_UNIT, [STEP_RING] = CAUSE_RING_TIME, [STEP_DELAY] = CAUSE_RELEASE_DELAY,
	[STEP_ROUNDING] = CAUSE_ROUNDING,
};

struct pair_result {
	enum reconcile_class class;
	uint32_t causes;
	int64_t difference_ms;
	size_t model;
	int64_t parts[STEP_COUNT];     /* what the steps explain of the difference */
	int64_t applied[STEP_COUNT];   /* what they would, if the pair agreed */
	bool capped, unanswered;       /* one of these explains the whole difference */
};

/* Cut into n + 1 pieces, each of which is rounded: how far the sum may lie from what was measured. */
static bool pieces_agree_roughly(const struct duration_model *m, int64_t sum_ms, int64_t measured_ms, unsigned n,
				 int64_t tolerance_ms)
{
	int64_t room = m->increment_ms * (int64_t)(n + 1) + (int64_t)n * MEASURING_BLUR_MS;
	int64_t up = m->mode == ROUNDING_DOWN ? 0 : room, down = m->mode == ROUNDING_UP ? 0 : room;

	return sum_ms - measured_ms <= up + tolerance_ms && measured_ms - sum_ms <= down + tolerance_ms;
}

/* Where it is known how long pieces are, each of them is rounded, and the rest. */
static bool pieces_agree(const struct duration_model *m, int64_t sum_ms, int64_t measured_ms, unsigned n, int64_t every_ms,
			 int64_t tolerance_ms)
{
	int64_t rest = measured_ms - (int64_t)n * every_ms, whole = (int64_t)n * duration_round(m, every_ms, 0);

	if (every_ms == 0 || m->mode == ROUNDING_ENDPOINTS)
		return pieces_agree_roughly(m, sum_ms, measured_ms, n, tolerance_ms);
	return sum_ms >= whole + duration_round(m, rest - MEASURING_BLUR_MS, 0) - tolerance_ms &&
	       sum_ms <= whole + duration_round(m, rest + MEASURING_BLUR_MS, 0) + tolerance_ms;
}

/* The steps as they are at work in a pair that agrees: what rounding did is what is left between the two. */
static void settle_rounding(const struct group *g, const struct duration_model *m, const struct item *p,
			    int64_t reported_ms, unsigned pieces, struct pair_result *r)
{
	int64_t measured = item_duration_ms(p) + r->parts[STEP_UNIT] + r->parts[STEP_RING] + r->parts[STEP_DELAY];

	if (m->numerator != m->denominator)
		return;
	if (m->increment_ms && (pieces || duration_fits(g, m, p, reported_ms, 0)))
		r->parts[STEP_ROUNDING] = reported_ms - measured;
}

static bool counts_unanswered(const struct group *g, const struct item *p)
{
	return g->reports_unanswered && !item_is_answered(p) && scope_holds(&g->unanswered, p);
}

static void judge_whole(const struct group *g, const struct item *p, int64_t reported_ms, struct pair_result *r)
{
	if (g->cap_ms && llabs(reported_ms - g->cap_ms) <= g->options->tolerance_ms)
		r->capped = true;
	else if (reported_ms > 0 && counts_unanswered(g, p))
		r->unanswered = true;
	if (r->capped || r->unanswered)
		r->class = RECONCILE_AGREED;
	if (r->capped)
		r->causes |= 1U << CAUSE_TIMER_CAP;
	if (r->unanswered)
		r->causes |= 1U << CAUSE_UNANSWERED_REPORTED;
}

static struct pair_result judge(const struct group *g, const struct copies *c, size_t platform)
{
	const struct item *p = &g->platform.items[platform];
	struct call_pieces pieces = copies_pieces(g, c, platform);
	int64_t reported = duration_reported(g, (uint32_t)platform) + pieces.sum_ms, expected;
	struct pair_result r = { .causes = p->causes, .model = duration_model_of(g, p), .class = RECONCILE_DIFFERS };
	const struct duration_model *m = &g->models[r.model].model;
	bool agrees;

	r.difference_ms = reported - item_duration_ms(p);
	reported -= pieces.counted_before_ms;
	expected = duration_expect(m, p, r.parts);
	memcpy(r.applied, r.parts, sizeof(r.parts));
	if (pieces.n)
		r.causes |= c->stated & 1U << pieces.cause;
	agrees = duration_fits(g, m, p, reported, g->options->tolerance_ms);
	if (!agrees && pieces.n > 0 && m->increment_ms)
		agrees = pieces_agree(m, reported, expected - r.parts[STEP_ROUNDING], pieces.n,
				      pieces.cause == CAUSE_PARTIAL_RECORDS ? c->every_ms : 0, g->options->tolerance_ms);
	if (reported > 0 && counts_unanswered(g, p))
		agrees = false;
	if (agrees && !(pieces.counted_before_ms && !(c->stated & 1U << pieces.cause))) {
		r.class = RECONCILE_AGREED;
		settle_rounding(g, m, p, reported, pieces.n, &r);
		for (int s = 0; s < STEP_COUNT; s++)
			if (r.parts[s])
				r.causes |= 1U << step_causes[s];
		return r;
	}
	memset(r.parts, 0, sizeof(r.parts));
	if (llabs(r.difference_ms) <= g->options->tolerance_ms)
		r.class = RECONCILE_AGREED;
	if (r.class != RECONCILE_AGREED || counts_unanswered(g, p))
		judge_whole(g, p, reported, &r);
	return r;
}

static void effect_add(struct effect *e, int64_t ms, bool agreed)
{
	e->ms += agreed ? ms : 0;
	e->applied++;
	e->agreed += agreed;
}

static void tally_pair(struct tally *t, const struct pair_result *r)
{
	for (int s = 0; s < STEP_COUNT; s++)
		if (r->applied[s] || r->parts[s])
			effect_add(&t->steps[r->model][s], r->parts[s], r->class == RECONCILE_AGREED && r->causes & 1U << step_causes[s]);
	if (r->capped)
		effect_add(&t->cap, r->difference_ms, true);
	if (r->unanswered)
		effect_add(&t->unanswered, r->difference_ms, true);
}

/* What of a pair's difference its causes account for: the sum over the rows is that over the causes. */
static int64_t explained_of_pair(const struct group *g, const struct copies *c, size_t platform, const struct pair_result *r)
{
	struct call_pieces pieces = copies_pieces(g, c, platform);
	int64_t sum = 0;

	for (int s = 0; s < STEP_COUNT; s++)
		if (r->class == RECONCILE_AGREED && r->causes & 1U << step_causes[s])
			sum += r->parts[s];
	if (r->capped || r->unanswered)
		sum += r->difference_ms;
	if (pieces.n && g->platform.items[platform].causes & 1U << pieces.cause)
		sum += pieces.counted_before_ms;
	return sum;
}

static bool has_evidence(const struct effect *e)
{
	return scope_has_evidence(e->agreed, e->applied);
}

/* Calls that never were answered, and yet the operator has seconds for them.  What it does not report at all says
 * nothing against it, but may say where it holds. */
static void find_unanswered(struct group *g)
{
	struct scope_case *paired = xalloc((g->platform.n + 1) * sizeof(*paired));
	struct scope_case *all = xalloc((g->platform.n + 1) * sizeof(*all));
	size_t n = 0, count = 0;

	for (size_t i = 0; i < g->platform.n; i++) {
		const struct item *p = &g->platform.items[i];

		if (item_is_answered(p))
			continue;
		all[count] = scope_case_of(p, i, duration_reported(g, (uint32_t)i) > 0);
		if (p->partner != RECONCILE_NONE)
			paired[n++] = all[count];
		count++;
	}
	g->reports_unanswered = scope_decide(paired, n, &g->unanswered);
	if (g->reports_unanswered && scope_is_all(&g->unanswered))
		g->unanswered = scope_of_hits(all, count);
	free(paired);
	free(all);
}

/* Takes back those steps that turned out to explain too little; true when one was. */
static bool drop_unfounded(struct group *g, const struct tally *t)
{
	bool dropped = false;

	for (size_t i = 0; i < g->models_n; i++) {
		struct duration_model *m = &g->models[i].model;
		struct duration_model before = *m;
		const struct effect *e = t->steps[i];

		if (m->counts_ringing && !has_evidence(&e[STEP_RING]))
			m->counts_ringing = false;
		if ((m->delay_ms[0] || m->delay_ms[1] || m->delay_ms[2]) && !has_evidence(&e[STEP_DELAY]))
			memset(m->delay_ms, 0, sizeof(m->delay_ms));
		if (m->numerator != m->denominator && !has_evidence(&e[STEP_UNIT]))
			m->numerator = m->denominator = 1;
		if (m->increment_ms && !has_evidence(&e[STEP_ROUNDING]))
			m->increment_ms = m->minimum_ms = 0;
		dropped = dropped || memcmp(&before, m, sizeof(before)) != 0;
	}
	if (g->cap_ms && t->cap.agreed < RECONCILE_EVIDENCE_MIN) {
		g->cap_ms = 0;
		dropped = true;
	}
	if (g->reports_unanswered && t->unanswered.agreed == 0) {
		g->reports_unanswered = false;
		dropped = true;
	}
	return dropped;
}

/* What the models explain over all pairs; with `reported_only`, over those of the range. */
static struct tally tally_all(const struct group *g, const struct copies *c, bool reported_only)
{
	struct tally t = { 0 };

	for (size_t i = 0; i < g->platform.n; i++) {
		struct pair_result r;

		if (g->platform.items[i].partner == RECONCILE_NONE ||
		    (reported_only && !group_in_range(g, g->platform.items[i].time_ms)))
			continue;
		r = judge(g, c, i);
		tally_pair(&t, &r);
	}
	return t;
}

/* --- stating --------------------------------------------------------------------------------- */

static void fill_parameters(const struct duration_model *m, struct reconcile_cause *cause)
{
	int64_t in = m->delay_ms[DIRECTION_INBOUND], out = m->delay_ms[DIRECTION_OUTBOUND];

	cause->numerator = m->numerator;
	cause->denominator = m->denominator;
	cause->milliseconds = out ? out : in ? -in : m->delay_ms[DIRECTION_ABSENT];
	cause->increment_ms = m->increment_ms;
	cause->minimum_ms = m->minimum_ms;
	cause->mode = m->mode;
}

static void state(struct group *g, enum reconcile_cause_kind kind, const struct effect *e, const struct duration_model *m,
		  const struct scope *scope)
{
	struct reconcile_cause *cause;

	if (e->agreed == 0)
		return;
	cause = cause_add(&g->causes, kind, g->operator_index);
	cause_set_scope(cause, scope);
	if (m)
		fill_parameters(m, cause);
	if (kind == CAUSE_RELEASE_DELAY && m && !scope->direction && !m->delay_ms[DIRECTION_ABSENT] &&
	    (m->delay_ms[DIRECTION_INBOUND] == 0) != (m->delay_ms[DIRECTION_OUTBOUND] == 0))
		cause->direction = m->delay_ms[DIRECTION_INBOUND] ? DIRECTION_INBOUND : DIRECTION_OUTBOUND;
	cause->records = e->agreed;
	cause->explained_ms = e->ms;
	cause->confidence_permille = (unsigned)(e->agreed * 1000 / e->applied);
}

/* Where the step holds that everything but the scopes has in common, if that can be said in one scope. */
static struct scope where_else(const struct group *g, enum duration_step step)
{
	struct scope scope = SCOPE_ALL;

	for (size_t i = 1; i < g->models_n; i++) {
		const struct scope *not = &g->models[i].where;

		if (not->trunk || duration_same_step(&g->models[0].model, &g->models[i].model, step))
			continue;
		if (not->direction && not->from_ms == INSTANT_NONE && not->to_ms == INSTANT_NONE)
			scope.direction = not->direction == DIRECTION_INBOUND ? DIRECTION_OUTBOUND : DIRECTION_INBOUND;
		else if (!not->direction && not->to_ms == INSTANT_NONE)
			scope.to_ms = not->from_ms;
		else if (!not->direction && not->from_ms == INSTANT_NONE)
			scope.from_ms = not->to_ms;
	}
	return scope;
}

/* A step that a scope has in common with everywhere else is one cause. */
static void state_step(struct group *g, struct tally *t, enum duration_step step)
{
	for (size_t i = 1; i < g->models_n; i++) {
		struct effect *all = &t->steps[0][step], *own = &t->steps[i][step];

		if (!duration_same_step(&g->models[0].model, &g->models[i].model, step))
			continue;
		all->ms += own->ms;
		all->applied += own->applied;
		all->agreed += own->agreed;
		*own = (struct effect){ 0 };
	}
	for (size_t i = 0; i < g->models_n; i++) {
		struct scope where = i ? g->models[i].where : where_else(g, step);

		state(g, step_causes[step], &t->steps[i][step], &g->models[i].model, &where);
	}
}

/* Where calls stand at the timer's value. */
static struct scope scope_of_cap(const struct group *g, const struct copies *c)
{
	struct scope_case *cases = xalloc((g->platform.n + 1) * sizeof(*cases));
	struct scope scope;
	size_t n = 0;

	for (size_t i = 0; i < g->platform.n; i++)
		if (g->platform.items[i].partner != RECONCILE_NONE && item_duration_ms(&g->platform.items[i]) > 0)
			cases[n++] = scope_case_of(&g->platform.items[i], i, judge(g, c, i).capped);
	scope = scope_of_hits(cases, n);
	free(cases);
	return scope;
}

static void state_durations(struct group *g, const struct copies *c, struct tally *t)
{
	for (int s = 0; s < STEP_COUNT; s++)
		state_step(g, t, (enum duration_step)s);
	if (g->cap_ms && t->cap.agreed) {
		struct scope scope = scope_of_cap(g, c);

		state(g, CAUSE_TIMER_CAP, &t->cap, NULL, &scope);
		g->causes.list[g->causes.n - 1].cap_ms = g->cap_ms;
	}
	if (g->reports_unanswered)
		state(g, CAUSE_UNANSWERED_REPORTED, &t->unanswered, NULL, &g->unanswered);
}

static void drop_empty_causes(struct cause_list *causes)
{
	size_t kept = 0;

	for (size_t i = 0; i < causes->n; i++)
		if (causes->list[i].records)
			causes->list[kept++] = causes->list[i];
	causes->n = kept;
}

/* --- rows ------------------------------------------------------------------------------------- */

/* p or o is NULL where the row lacks that side. */
static void count_row(struct group *g, struct rows *rows, struct reconcile_outcome row, const struct item *p,
		      const struct item *o, int64_t explained_ms)
{
	g->totals.counts[row.class]++;
	row_add(rows, row);
	plots_row(g, &row, p, o, explained_ms);
}

static void rows_of_copies(struct group *g, struct rows *rows, const struct copies *c, uint32_t platform,
			   const struct pair_result *pair)
{
	const struct item *p = &g->platform.items[platform];

	for (uint32_t k = c->first[platform]; k != RECONCILE_NONE; k = c->next[k]) {
		const struct item *o = &g->operator.items[k];
		struct reconcile_outcome row = { p->r.reference, o->r.reference, pair->class, pair->causes, 0 };
		int64_t explained = 0;

		g->totals.operator_records++;
		g->totals.operator_ms += item_duration_ms(o);
		if (!o->is_piece) {
			row.class = RECONCILE_DUPLICATE;
			row.causes = c->stated & 1U << CAUSE_DUPLICATE_DELIVERY;
			row.difference_ms = item_duration_ms(o);
			explained = row.causes ? row.difference_ms : 0;
		}
		count_row(g, rows, row, p, o, explained);
	}
}

#define MISSING_CAUSES (1U << CAUSE_MISSING_WINDOW | 1U << CAUSE_MINIMUM_DURATION)

static void row_of_missing(struct group *g, struct rows *rows, const struct item *p)
{
	int64_t difference = -item_duration_ms(p);

	count_row(g, rows, (struct reconcile_outcome){ p->r.reference, RECONCILE_NONE, RECONCILE_PLATFORM_ONLY, p->causes, difference },
		  p, NULL, p->causes & MISSING_CAUSES ? difference : 0);
}

static void row_of_call(struct group *g, struct rows *rows, const struct copies *c, uint32_t platform)
{
	const struct item *p = &g->platform.items[platform], *o;
	struct pair_result r;

	g->totals.platform_records++;
	g->totals.platform_ms += item_duration_ms(p);
	if (p->partner == RECONCILE_NONE) {
		row_of_missing(g, rows, p);
		return;
	}
	o = &g->operator.items[p->partner];
	g->totals.operator_records++;
	g->totals.operator_ms += duration_reported(g, platform);
	r = judge(g, c, platform);
	count_row(g, rows, (struct reconcile_outcome){ p->r.reference, o->r.reference, r.class, r.causes, r.difference_ms }, p, o,
		  explained_of_pair(g, c, platform, &r));
	rows_of_copies(g, rows, c, platform, &r);
}

static void row_of_lone(struct group *g, struct rows *rows, const struct item *o)
{
	int64_t difference = item_duration_ms(o);

	if (!group_in_range(g, o->expected_ms))
		return;
	g->totals.operator_records++;
	g->totals.operator_ms += difference;
	count_row(g, rows, (struct reconcile_outcome){ RECONCILE_NONE, o->r.reference, RECONCILE_OPERATOR_ONLY, o->causes, difference },
		  NULL, o, 0);
}

/* What only the operator has, by its corrected time. */
static struct keyed *list_lone(const struct group *g, size_t *n)
{
	struct keyed *lone = xalloc((g->operator.n + 1) * sizeof(*lone));

	*n = 0;
	for (size_t i = 0; i < g->operator.n; i++)
		if (item_is_free(&g->operator.items[i]))
			lone[(*n)++] = (struct keyed){ (uint64_t)g->operator.items[i].expected_ms ^ UINT64_C(1) << 63, (uint32_t)i };
	keyed_sort(lone, *n);
	return lone;
}

/* Both sides merged by time, so that a reader finds neighbours together. */
static void make_rows(struct group *g, struct rows *rows, const struct copies *c)
{
	size_t n, k = 0;
	struct keyed *lone = list_lone(g, &n);

	for (size_t i = 0; i < g->platform.n; i++) {
		const struct item *p = &g->platform.items[i];

		while (k < n && g->operator.items[lone[k].index].expected_ms < p->time_ms)
			row_of_lone(g, rows, &g->operator.items[lone[k++].index]);
		if (group_in_range(g, p->time_ms))
			row_of_call(g, rows, c, (uint32_t)i);
	}
	while (k < n)
		row_of_lone(g, rows, &g->operator.items[lone[k++].index]);
	free(lone);
}

void explain_group(struct group *g, struct reconcile_outcome **outcomes, size_t *count)
{
	struct rows rows = { 0 };
	struct copies c;
	struct tally t;

	copies_list(g, &c);
	copies_explain(g, &c);
	find_unanswered(g);
	t = tally_all(g, &c, false);
	while (drop_unfounded(g, &t))
		t = tally_all(g, &c, false);
	if (g->options->from_ms != INSTANT_NONE || g->options->to_ms != INSTANT_NONE)
		t = tally_all(g, &c, true);
	state_durations(g, &c, &t);
	drop_empty_causes(&g->causes);
	if (g->options->plots)
		plots_begin(g);
	make_rows(g, &rows, &c);
	g->totals.difference_ms = g->totals.operator_ms - g->totals.platform_ms;
	for (size_t i = 0; i < g->causes.n; i++)
		g->totals.explained_ms += g->causes.list[i].explained_ms;
	g->totals.unexplained_ms = g->totals.difference_ms - g->totals.explained_ms;
	copies_release(&c);
	*outcomes = rows.list;
	*count = rows.n;
}
