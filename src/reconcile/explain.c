/* Whether each pair agrees, and what each cause contributes to the difference. */
#include "reconcile/engine_private.h"

#include <stdlib.h>

/* What one cause does to pairs. */
struct effect {
	int64_t ms;
	uint64_t applied;              /* pairs on which it changes something */
	uint64_t agreed;               /* of these, pairs that agree with it */
};

/* Of each model's steps, while rows are made; and of lost ends. */
struct tally {
	struct effect steps[MODELS_MAX][STEP_COUNT];
	struct effect caps[CAPS_MAX], unanswered, clocked[CLOCKED_CAUSES_MAX];
};

static const enum reconcile_cause_kind step_causes[STEP_COUNT] = {
	[STEP_UNIT] = CAUSE_UNIT, [STEP_RING] = CAUSE_RING_TIME, [STEP_DELAY] = CAUSE_RELEASE_DELAY,
	[STEP_ROUNDING] = CAUSE_ROUNDING,
};

/* Causes that are judged of each pair; the others are marked where they are stated. */
#define JUDGED (1U << CAUSE_UNIT | 1U << CAUSE_RING_TIME | 1U << CAUSE_RELEASE_DELAY | 1U << CAUSE_ROUNDING | \
		1U << CAUSE_TIMER_CAP | 1U << CAUSE_UNANSWERED_REPORTED)
#define CAUSES_MASK ((1U << 28) - 1)

struct pair_result {
	enum reconcile_class class;
	uint32_t causes;
	int64_t difference_ms;
	size_t model;
	int64_t parts[STEP_COUNT];     /* what the steps explain of the difference */
	int64_t applied[STEP_COUNT];   /* what they would, if the pair agreed */
	int cap;                       /* the timer, or ... */
	bool unanswered;               /* ... that it was not answered, explains the whole difference; -1, false: not */
	int clocked;                   /* the cause that changed the clock during the call; -1: none */
	int64_t clocked_ms;            /* by how much */
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

/* The steps as they are at work in a pair that agrees: what rounding did, of a call in pieces or one that fits closely,
 * is what is left between the two. */
static void settle_rounding(const struct duration_model *m, const struct item *p, int64_t reported_ms, bool closely,
			    struct pair_result *r)
{
	int64_t measured = item_duration_ms(p) + r->parts[STEP_UNIT] + r->parts[STEP_RING] + r->parts[STEP_DELAY];

	if (m->numerator != m->denominator)
		return;
	if (m->increment_ms && closely)
		r->parts[STEP_ROUNDING] = reported_ms - measured;
}

static bool counts_unanswered(const struct group *g, const struct item *p)
{
	return g->reports_unanswered && !item_is_answered(p) && scope_holds(&g->unanswered, p);
}

static void judge_whole(const struct group *g, size_t platform, int64_t reported_ms, struct pair_result *r)
{
	const struct item *p = &g->platform.items[platform];

	r->cap = cap_of(g, platform);
	r->unanswered = r->cap < 0 && reported_ms > 0 && counts_unanswered(g, p);
	if (r->cap >= 0 || r->unanswered)
		r->class = RECONCILE_AGREED;
	if (r->cap >= 0)
		r->causes |= 1U << CAUSE_TIMER_CAP;
	if (r->unanswered)
		r->causes |= 1U << CAUSE_UNANSWERED_REPORTED;
}

/* The pair agrees with what the steps make of the call, which r->parts holds. */
static void agree(const struct duration_model *m, const struct item *p, int64_t reported_ms, bool closely, struct pair_result *r)
{
	r->class = RECONCILE_AGREED;
	settle_rounding(m, p, reported_ms, closely, r);
	for (int s = 0; s < STEP_COUNT; s++)
		if (r->parts[s])
			r->causes |= 1U << step_causes[s];
}

/* Whether it does once the call is as long as the operator's clock makes it. */
static bool judge_by_clock(const struct group *g, const struct duration_model *m, const struct item *p, int64_t reported_ms,
			   struct pair_result *r)
{
	struct item clocked;

	if (!g->measures_by_clock || !clocked_call(g, p, &clocked) ||
	    !duration_fits(g, m, &clocked, reported_ms, g->options->tolerance_ms))
		return false;
	r->clocked = clocked_cause(g, p);
	if (r->clocked < 0)
		return false;
	r->clocked_ms = item_duration_ms(&clocked) - item_duration_ms(p);
	r->causes |= 1U << g->causes.list[r->clocked].kind;
	duration_expect(m, &clocked, r->parts);
	memcpy(r->applied, r->parts, sizeof(r->parts));
	agree(m, &clocked, reported_ms, duration_fits(g, m, &clocked, reported_ms, 0), r);
	return true;
}

static struct pair_result judge(const struct group *g, size_t platform)
{
	const struct copies *c = &g->copies;
	const struct item *p = &g->platform.items[platform];
	struct call_pieces pieces = copies_pieces(g, c, platform);
	int64_t reported = duration_reported(g, (uint32_t)platform) + pieces.sum_ms, expected;
	struct pair_result r = { .causes = p->causes & ~JUDGED, .model = duration_model_of(g, p), .class = RECONCILE_DIFFERS,
				 .cap = -1, .clocked = -1 };
	const struct duration_model *m = &g->models[r.model].model;
	bool agrees, closely;

	r.difference_ms = reported - item_duration_ms(p);
	reported -= pieces.counted_before_ms;
	expected = duration_expect(m, p, r.parts);
	memcpy(r.applied, r.parts, sizeof(r.parts));
	if (pieces.n)
		r.causes |= c->stated & 1U << pieces.cause;
	agrees = duration_fits_closely(g, m, p, reported, g->options->tolerance_ms, &closely);
	if (!agrees && pieces.n > 0 && m->increment_ms)
		agrees = pieces_agree(m, reported, expected - r.parts[STEP_ROUNDING], pieces.n,
				      pieces.cause == CAUSE_PARTIAL_RECORDS ? c->every_ms : 0, g->options->tolerance_ms);
	if (reported > 0 && counts_unanswered(g, p))
		agrees = false;
	if (!agrees && pieces.n == 0 && judge_by_clock(g, m, p, reported, &r))
		return r;
	if (agrees && !(pieces.counted_before_ms && !(c->stated & 1U << pieces.cause))) {
		agree(m, p, reported, closely || pieces.n, &r);
		return r;
	}
	memset(r.parts, 0, sizeof(r.parts));
	if (llabs(r.difference_ms) <= g->options->tolerance_ms)
		r.class = RECONCILE_AGREED;
	if (r.class != RECONCILE_AGREED || counts_unanswered(g, p))
		judge_whole(g, platform, reported, &r);
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
	if (r->cap >= 0)
		effect_add(&t->caps[r->cap], r->difference_ms, true);
	if (r->unanswered)
		effect_add(&t->unanswered, r->difference_ms, true);
	if (r->clocked >= 0)
		effect_add(&t->clocked[r->clocked], r->clocked_ms, true);
}

static bool has_evidence(const struct effect *e)
{
	return scope_has_evidence(e->agreed, e->applied);
}

/* Whether so short a call is nothing once it is rounded: that the operator has no seconds says nothing then. */
static bool rounds_away(const struct group *g, const struct item *p)
{
	const struct duration_model *m = &g->models[duration_model_of(g, p)].model;

	return item_start_stamp(p) != INSTANT_NONE && item_end_stamp(p) != INSTANT_NONE &&
	       duration_round(m, item_end_stamp(p) - item_start_stamp(p), item_start_stamp(p)) == 0;
}

static bool ask_unanswered(const void *context, const struct group *g, size_t platform, struct scope_case *c)
{
	bool paired_only = *(const bool *)context;
	const struct item *p = &g->platform.items[platform];

	if (item_is_answered(p))
		return false;
	c->hit = duration_reported(g, (uint32_t)platform) > 0;
	return !paired_only || (p->partner != RECONCILE_NONE && (c->hit || !rounds_away(g, p)));
}

/* Calls that never were answered, and yet the operator has seconds for them.  What it does not report at all says
 * nothing against it, but may say where it holds. */
static void find_unanswered(struct group *g)
{
	bool paired_only = true;
	size_t n;
	struct scope_case *cases;

	g->reports_unanswered = false;
	if (g->unanswered_reported < RECONCILE_EVIDENCE_MIN)
		return;
	cases = survey_cases(g, ask_unanswered, &paired_only, true, &n);
	g->reports_unanswered = scope_decide(cases, n, &g->unanswered);
	survey_free_cases(cases, n);
	if (!g->reports_unanswered || !scope_is_all(&g->unanswered))
		return;
	paired_only = false;
	cases = survey_cases(g, ask_unanswered, &paired_only, true, &n);
	g->unanswered = scope_of_hits(cases, n);
	survey_free_cases(cases, n);
}

static bool drop_unfounded_caps(struct group *g, const struct tally *t)
{
	size_t kept = 0, n = g->caps_n;

	for (size_t i = 0; i < n; i++)
		if (t->caps[i].agreed >= RECONCILE_EVIDENCE_MIN)
			g->caps_ms[kept++] = g->caps_ms[i];
	g->caps_n = kept;
	return kept < n;
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
	dropped = drop_unfounded_caps(g, t) || dropped;
	if (g->reports_unanswered && t->unanswered.agreed == 0) {
		g->reports_unanswered = false;
		dropped = true;
	}
	return dropped;
}

struct tallying {
	struct group *g;
	bool reported_only;
	struct tally tallies[THREADS_MAX];
};

static void tally_part(void *context, size_t part, size_t from, size_t to)
{
	struct tallying *all = context;
	struct group *g = all->g;

	for (size_t i = from; i < to; i++) {
		struct item *p = &g->platform.items[i];
		struct pair_result r;

		if (p->partner == RECONCILE_NONE || (all->reported_only && !group_in_range(g, p->time_ms)))
			continue;
		r = judge(g, i);
		p->class = (uint32_t)r.class & 15;
		p->causes = r.causes & CAUSES_MASK;
		tally_pair(&all->tallies[part], &r);
	}
}

static void effect_join(struct effect *sum, const struct effect *e)
{
	sum->ms += e->ms;
	sum->applied += e->applied;
	sum->agreed += e->agreed;
}

static void tally_join(struct tally *sum, const struct tally *t)
{
	for (size_t m = 0; m < MODELS_MAX; m++)
		for (size_t s = 0; s < STEP_COUNT; s++)
			effect_join(&sum->steps[m][s], &t->steps[m][s]);
	for (size_t i = 0; i < CAPS_MAX; i++)
		effect_join(&sum->caps[i], &t->caps[i]);
	effect_join(&sum->unanswered, &t->unanswered);
	for (size_t i = 0; i < CLOCKED_CAUSES_MAX; i++)
		effect_join(&sum->clocked[i], &t->clocked[i]);
}

/* Judges all pairs, and adds up what the models explain; with `reported_only`, those of the range. */
static struct tally tally_all(struct group *g, bool reported_only)
{
	struct tallying *all = xalloc(sizeof(*all));
	struct tally sum = { 0 };

	all->g = g;
	all->reported_only = reported_only;
	share_out(g->threads, g->platform.n, tally_part, all);
	for (size_t part = 0; part < THREADS_MAX; part++)
		tally_join(&sum, &all->tallies[part]);
	free(all);
	return sum;
}

int64_t explain_of_pair(const struct group *g, size_t platform)
{
	const struct item *p = &g->platform.items[platform];
	struct call_pieces pieces;
	struct pair_result r;
	int64_t sum = 0;

	if (copies_first(&g->copies, platform) == RECONCILE_NONE && !(p->causes & JUDGED) && !g->measures_by_clock)
		return 0;
	pieces = copies_pieces(g, &g->copies, platform);
	r = judge(g, platform);
	for (int s = 0; s < STEP_COUNT; s++)
		if (r.class == RECONCILE_AGREED && r.causes & 1U << step_causes[s])
			sum += r.parts[s];
	if (r.cap >= 0 || r.unanswered)
		sum += r.difference_ms;
	sum += r.clocked_ms;
	if (pieces.n && p->causes & 1U << pieces.cause)
		sum += pieces.counted_before_ms;
	return sum;
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

/* When the step holds that everything but the scopes has in common, if that can be said in one scope. */
static void bound_base(const struct group *g, enum duration_step step, struct scope *scope)
{
	for (size_t i = 1; i < g->models_n; i++) {
		const struct scope *not = &g->models[i].where;

		if (not->trunk || not->direction || duration_same_step(&g->models[0].model, &g->models[i].model, step))
			continue;
		if (not->to_ms == INSTANT_NONE)
			scope->to_ms = not->from_ms;
		else if (not->from_ms == INSTANT_NONE)
			scope->from_ms = not->to_ms;
	}
}

static bool is_all_day(const struct scope *scope)
{
	return scope->from_ms == INSTANT_NONE && scope->to_ms == INSTANT_NONE;
}

/* What models have in common with everywhere else is one cause, and so is what they share that hold side by side, where
 * together they are one trunk or one direction. */
static bool is_shared(const struct group *g, const struct model_places *places, size_t first, const bool *has,
		      struct scope *where)
{
	bool is_one;

	*where = SCOPE_ALL;
	if (!places)
		return true;
	is_one = model_places_where(places, has, where);
	if (first == 0) {
		where->from_ms = where->to_ms = INSTANT_NONE;
		return true;
	}
	for (size_t i = first; i < g->models_n; i++)
		is_one = is_one && (!has[i] || is_all_day(&g->models[i].where));
	return is_one;
}

static void state_step(struct group *g, struct tally *t, const struct model_places *places, enum duration_step step)
{
	bool stated[MODELS_MAX] = { false };

	for (size_t i = 0; i < g->models_n; i++) {
		bool has[MODELS_MAX] = { false };
		struct effect *own = &t->steps[i][step];
		struct scope where;

		if (stated[i])
			continue;
		for (size_t k = i; k < g->models_n; k++)
			has[k] = !stated[k] && duration_same_step(&g->models[i].model, &g->models[k].model, step);
		if (!is_shared(g, places, i, has, &where)) {
			memset(has, 0, sizeof(has));
			where = g->models[i].where;
		}
		for (size_t k = i + 1; k < g->models_n; k++) {
			if (has[k])
				effect_join(own, &t->steps[k][step]);
			stated[k] = stated[k] || has[k];
		}
		if (i == 0)
			bound_base(g, step, &where);
		state(g, step_causes[step], own, &g->models[i].model, &where);
	}
}

static bool ask_cap(const void *context, const struct group *g, size_t platform, struct scope_case *c)
{
	const struct item *p = &g->platform.items[platform];

	c->hit = p->causes & 1U << CAUSE_TIMER_CAP && cap_of(g, platform) == *(const int *)context;
	return p->partner != RECONCILE_NONE && item_duration_ms(p) > 0;
}

/* Where calls stand at a timer's value. */
static struct scope scope_of_cap(const struct group *g, int cap)
{
	size_t n;
	struct scope_case *cases = survey_cases(g, ask_cap, &cap, true, &n);
	struct scope scope = scope_of_hits(cases, n);

	survey_free_cases(cases, n);
	return scope;
}

static void state_caps(struct group *g, const struct tally *t)
{
	const struct duration_model *m = &g->models[0].model;

	for (size_t i = 0; i < g->caps_n; i++) {
		struct scope scope;

		if (t->caps[i].agreed == 0)
			continue;
		scope = scope_of_cap(g, (int)i);
		state(g, CAUSE_TIMER_CAP, &t->caps[i], NULL, &scope);
		/* The timer's, which the operator writes in its unit. */
		g->causes.list[g->causes.n - 1].cap_ms = g->caps_ms[i] * m->denominator / m->numerator;
	}
}

static void state_durations(struct group *g, struct tally *t)
{
	struct model_places *places = g->models_n > 1 ? model_places(g) : NULL;

	for (size_t i = 0; i < g->causes.n && i < CLOCKED_CAUSES_MAX; i++)
		g->causes.list[i].explained_ms += t->clocked[i].ms;
	for (int s = 0; s < STEP_COUNT; s++)
		state_step(g, t, places, (enum duration_step)s);
	free(places);
	state_caps(g, t);
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

void explain_group(struct group *g)
{
	struct tally t;

	copies_list(g);
	copies_explain(g);
	cap_find(g);
	find_unanswered(g);
	clocked_find(g);
	t = tally_all(g, false);
	while (drop_unfounded(g, &t))
		t = tally_all(g, false);
	if (g->options->from_ms != INSTANT_NONE || g->options->to_ms != INSTANT_NONE)
		t = tally_all(g, true);
	state_durations(g, &t);
	drop_empty_causes(&g->causes);
	rows_list_lone(g);
	rows_count(g);
	g->totals.difference_ms = g->totals.operator_ms - g->totals.platform_ms;
	for (size_t i = 0; i < g->causes.n; i++)
		g->totals.explained_ms += g->causes.list[i].explained_ms;
	g->totals.unexplained_ms = g->totals.difference_ms - g->totals.explained_ms;
}
