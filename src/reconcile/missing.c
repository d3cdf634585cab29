/* What the operator does not have, systematically: a trunk that was silent for a
 * while, calls too short to be reported. */
#include "reconcile/engine_private.h"

#include <stdlib.h>

#define WINDOW_STRICTNESS 20
#define WINDOWS_MAX 16
#define EDGE_MS 300000             /* a window that begins with the records begins at most this much before */
#define SHORTEST_BOUND_MS 120000
#define BOUND_STRICTNESS 19
#define BOUND_BLUR_MS 200

/* A pair of which the operator measured something else says nothing of what it leaves out for its length. */
static bool is_disputed(const struct group *g, const struct item *p)
{
	return p->partner != RECONCILE_NONE &&
	       !duration_fits(g, &g->models[duration_model_of(g, p)].model, p,
			      item_duration_ms(&g->operator.items[p->partner]), g->options->tolerance_ms);
}

/* Answered calls. */
static bool ask_missing(const void *context, const struct group *g, size_t platform, struct scope_case *c)
{
	const struct item *p = &g->platform.items[platform];

	(void)context;
	c->hit = p->partner == RECONCILE_NONE;
	c->explained_ms = -item_duration_ms(p);
	return c->explained_ms != 0;
}

/* A window that reaches to where the records begin or end gets a bound all the same. */
static void bound_window(struct scope *scope, const struct scope_case *cases, size_t n)
{
	int64_t first = cases[0].time_ms, last = cases[n - 1].time_ms;

	if (scope->from_ms == INSTANT_NONE)
		scope->from_ms = scope_round_moment(first - EDGE_MS, first);
	if (scope->to_ms == INSTANT_NONE)
		scope->to_ms = scope_round_moment(last, last + EDGE_MS);
}

/* What a window explains is no case of another one. */
static size_t leave_out(const struct scope *scope, struct scope_case *cases, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (!cases[i].hit || !scope_holds_case(scope, &cases[i]))
			cases[kept++] = cases[i];
	return kept;
}

/* Returns how many cases no window explains, which come first then. */
static size_t explain_windows(struct group *g, struct scope_case *cases, size_t n)
{
	struct scope scope;

	for (int i = 0; i < WINDOWS_MAX && scope_find(cases, n, WINDOW_STRICTNESS, &scope); i++) {
		bound_window(&scope, cases, n);
		cause_state(g, CAUSE_MISSING_WINDOW, &scope, cases, n);
		n = leave_out(&scope, cases, n);
	}
	return n;
}

/* --- calls too short to be reported --------------------------------------------------------- */

/* Calls of each length, in milliseconds. */
struct lengths {
	uint32_t missing[SHORTEST_BOUND_MS + 1], there[SHORTEST_BOUND_MS + 1];
};

/* The length of the next longer call; -1: there is none. */
static int64_t next_length(const struct lengths *l, int64_t ms)
{
	for (ms++; ms <= SHORTEST_BOUND_MS; ms++)
		if (l->missing[ms] || l->there[ms])
			return ms;
	return -1;
}

/* The roundest length above the one and not above the other: operators set bounds in round figures. */
static int64_t roundest(int64_t above_ms, int64_t until_ms)
{
	static const int64_t steps[] = { 1000, 500, 100 };

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (until_ms / steps[i] * steps[i] > above_ms)
			return until_ms / steps[i] * steps[i];
	return until_ms;
}

/* The bound below which calls are missing and above which they are not: where the score of those below is highest. */
static int64_t find_bound(const struct scope_case *cases, size_t n, const struct scope *scope)
{
	struct lengths *l = xalloc(sizeof(*l));
	int64_t score = 0, best = 0, at = 0, bound = 0, next;

	for (size_t i = 0; i < n; i++) {
		if (scope_holds_case(scope, &cases[i]))
			(cases[i].hit ? l->missing : l->there)[-cases[i].explained_ms]++;
	}
	/* Calls of one length are below the bound together, or above it. */
	for (int64_t ms = 0; ms <= SHORTEST_BOUND_MS; ms++) {
		score += l->missing[ms] - (int64_t)BOUND_STRICTNESS * l->there[ms];
		if (score > best) {
			best = score;
			at = ms;
		}
	}
	next = next_length(l, at);
	if (best >= RECONCILE_EVIDENCE_MIN && next >= 0)
		bound = roundest(at - BOUND_BLUR_MS, next + BOUND_BLUR_MS);
	free(l);
	return bound;
}

/* Of all cases those no longer than that. */
static size_t select_cases(const struct scope_case *all, size_t n, int64_t longest_ms, struct scope_case *some)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		if (-all[i].explained_ms <= longest_ms)
			some[count++] = all[i];
	return count;
}

/* A bound that holds in a scope, found among the calls of each length and shorter in turn; 0: there is none. */
static int64_t find_scoped_bound(const struct scope_case *cases, size_t n, struct scope *scope)
{
	static const int64_t tried[] = { 500, 1000, 2000, 3000, 5000, 6000, 10000, 15000, 20000, 30000, 60000 };
	struct scope_case *some = xalloc((n + 1) * sizeof(*some));
	int64_t bound = 0;

	for (size_t i = 0; bound == 0 && i < sizeof(tried) / sizeof(tried[0]); i++)
		if (scope_find(some, select_cases(cases, n, tried[i], some), BOUND_STRICTNESS, scope))
			bound = find_bound(cases, n, scope);
	free(some);
	return bound;
}

/* Of short calls those that say something; the cases may be put elsewhere in their list. */
static void explain_minimum(struct group *g, struct scope_case *cases, size_t n)
{
	struct scope scope = SCOPE_ALL;
	size_t kept = 0;
	int64_t bound;

	n = select_cases(cases, n, SHORTEST_BOUND_MS, cases);
	if (scope_hits(cases, n) < RECONCILE_EVIDENCE_MIN)
		return;
	for (size_t i = 0; i < n; i++)
		if (!is_disputed(g, &g->platform.items[cases[i].index]))
			cases[kept++] = cases[i];
	bound = find_bound(cases, kept, &scope);
	if (bound == 0)
		bound = find_scoped_bound(cases, kept, &scope);
	if (bound == 0)
		return;
	kept = select_cases(cases, kept, bound + BOUND_BLUR_MS, cases);
	cause_state(g, CAUSE_MINIMUM_DURATION, &scope, cases, kept)->cap_ms = bound;
}

void missing_explain(struct group *g)
{
	size_t n;
	struct scope_case *cases;

	if (g->missing < RECONCILE_EVIDENCE_MIN || group_pairs(g) == 0)
		return;
	cases = survey_cases(g, ask_missing, NULL, false, &n);
	explain_minimum(g, cases, explain_windows(g, cases, n));
	survey_free_cases(cases, n);
}
