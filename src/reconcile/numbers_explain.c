/* What of numbers is stated: formats, masks, main numbers, exchanged parties. */
#include "reconcile/engine_private.h"

#include <stdio.h>
#include <stdlib.h>

/* What one number cause does to one pair. */
struct question {
	const struct group *g;
	const struct number_rule *rule;
	unsigned digits;
	number_t main;
	const number_t *replaced;      /* callers in place of which it stands, in order: it concerns these only */
	size_t replaced_n;
};

enum answer { DOES_NOT_APPLY, IS_NOT_AT_WORK, IS_AT_WORK };
typedef enum answer ask_function(const struct question *q, const struct item *p, const struct item *o);

static enum answer ask_swapped(const struct question *q, const struct item *p, const struct item *o)
{
	if (p->caller == p->callee)
		return DOES_NOT_APPLY;
	return numbers_are_swapped(q->g, p, o) ? IS_AT_WORK : IS_NOT_AT_WORK;
}

static enum answer ask_masked(const struct question *q, const struct item *p, const struct item *o)
{
	if (number_kind(p->caller) == NUMBER_WITHHELD || number_kind(o->caller) == NUMBER_WITHHELD)
		return DOES_NOT_APPLY;
	if (number_masked_count(o->caller) == q->digits || number_masked_count(o->callee) == q->digits)
		return number_masked_count(p->caller) < q->digits || number_masked_count(p->callee) < q->digits ? IS_AT_WORK : DOES_NOT_APPLY;
	return IS_NOT_AT_WORK;
}

/* Of one party: whether the operator's number is written by the rule, or could be and is not.  What another rule makes,
 * and another number in its place, are matters of their own. */
static enum answer ask_number(const struct question *q, number_t p, number_t o, const struct number_rule *made_by)
{
	if (number_kind(p) != NUMBER_E164 ||
	    (number_kind(o) != NUMBER_E164 && number_kind(o) != NUMBER_DIGITS && number_kind(o) != NUMBER_PREFIXED))
		return DOES_NOT_APPLY;
	if (made_by == q->rule)
		return IS_AT_WORK;
	return made_by || !numbers_rule_applies(q->rule, p) || number_tail(p) != number_tail(o) ? DOES_NOT_APPLY : IS_NOT_AT_WORK;
}

/* Whether no other number could fit better; a rule is of numbers that show all their digits. */
static bool is_certain(number_t p, number_t o, const struct number_rule *made_by)
{
	if (number_kind(p) == NUMBER_WITHHELD || number_kind(p) == NUMBER_ABSENT)
		return false;
	return p == o || (made_by && !number_masked_count(p) && !number_masked_count(o));
}

static enum answer ask_format(const struct question *q, const struct item *p, const struct item *o)
{
	const struct number_plan *plan = &q->g->plan;
	const struct number_rule *caller_by = numbers_rule(plan, p->caller, o->caller);
	const struct number_rule *callee_by = numbers_rule(plan, p->callee, o->callee);
	bool swapped = !(is_certain(p->caller, o->caller, caller_by) && is_certain(p->callee, o->callee, callee_by)) &&
		       numbers_are_swapped(q->g, p, o);
	enum answer caller, callee;

	if (swapped) {
		caller_by = numbers_rule(plan, p->caller, o->callee);
		callee_by = numbers_rule(plan, p->callee, o->caller);
	}
	caller = ask_number(q, p->caller, swapped ? o->callee : o->caller, caller_by);
	callee = ask_number(q, p->callee, swapped ? o->caller : o->callee, callee_by);
	return caller > callee ? caller : callee;
}

static int by_number(const void *a, const void *b)
{
	number_t x = *(const number_t *)a, y = *(const number_t *)b;

	return (x > y) - (x < y);
}

static enum answer ask_replaced(const struct question *q, const struct item *p, const struct item *o)
{
	bool concerns = o->caller == q->main || o->callee == q->main;
	number_t caller = concerns && numbers_are_swapped(q->g, p, o) ? o->callee : o->caller;

	if (caller != q->main)
		return p->direction == DIRECTION_OUTBOUND && caller == p->caller && q->replaced_n &&
				       bsearch(&p->caller, q->replaced, q->replaced_n, sizeof(number_t), by_number) ?
			       IS_NOT_AT_WORK :
			       DOES_NOT_APPLY;
	if (number_tail(p->caller) == 0 || number_tail(p->caller) == number_tail(q->main) || numbers_are_alike(q->g, p->caller, q->main))
		return DOES_NOT_APPLY;
	return IS_AT_WORK;
}

/* A question and the function that asks it. */
struct asked {
	const struct question *q;
	ask_function *ask;
};

static bool ask_pair(const void *context, const struct group *g, size_t platform, struct scope_case *c)
{
	const struct asked *a = context;
	const struct item *p = &g->platform.items[platform];
	enum answer answer;

	if (p->partner == RECONCILE_NONE)
		return false;
	answer = a->ask(a->q, p, &g->operator.items[p->partner]);
	c->hit = answer == IS_AT_WORK;
	return answer != DOES_NOT_APPLY;
}

/* Pairs of all kinds that the question concerns, in order of time. */
static struct scope_case *collect(const struct question *q, ask_function *ask, bool likely, size_t *n)
{
	return survey_cases(q->g, ask_pair, &(struct asked){ q, ask }, likely, n);
}

static void explain_swapped(struct group *g)
{
	struct question q = { .g = g };
	struct scope scope;
	size_t n;
	struct scope_case *cases;

	if (g->other_numbers < RECONCILE_EVIDENCE_MIN)
		return;
	cases = collect(&q, ask_swapped, false, &n);
	if (scope_decide(cases, n, &scope))
		cause_state(g, CAUSE_SWAPPED_PARTIES, &scope, cases, n);
	survey_free_cases(cases, n);
}

static void explain_masked(struct group *g)
{
	struct question q = { .g = g, .digits = g->plan.masked_digits };
	struct scope scope;
	size_t n;
	struct scope_case *cases;

	if (q.digits == 0)
		return;
	cases = collect(&q, ask_masked, true, &n);
	if (scope_decide(cases, n, &scope))
		cause_state(g, CAUSE_MASKED_NUMBER, &scope, cases, n)->digits = q.digits;
	survey_free_cases(cases, n);
}

static void write_digits(char out[17], uint64_t value, unsigned digits)
{
	out[0] = 0;
	if (digits)
		snprintf(out, 17, "%0*llu", (int)digits, (unsigned long long)value);
}

/* The digits that stand for the platform's, with the "#" that closes a technical prefix. */
static void write_from(char out[24], const struct number_rule *r)
{
	unsigned prefix = number_prefix_count(r->example);
	char digits[17];

	write_digits(digits, r->from, r->from_digits);
	if (prefix && prefix <= r->from_digits)
		snprintf(out, 24, "%s%.*s#%s", r->is_cut ? "…" : "", (int)prefix, digits, digits + prefix);
	else
		snprintf(out, 24, "%s%s", r->is_cut ? "…" : "", digits);
}

static void write_rule(const struct number_rule *r, char out[64])
{
	char from[24], to[17];
	const char *words = "prefix";

	write_from(from, r);
	write_digits(to, r->to, r->to_digits);
	if (r->kind == NUMBER_E164)
		words = "wrong country";
	else if (r->from_digits == 0)
		words = r->to_digits ? "national" : "without +";
	else if (strcmp(from, "00") == 0 || strcmp(from, "011") == 0)
		words = "international";
	else if (r->to_digits)
		words = "national";
	snprintf(out, 64, "%s: %s%s%s→ +%s", words, r->kind == NUMBER_E164 ? "+" : "", from,
		 r->from_digits || r->kind == NUMBER_E164 ? " " : "", to);
}

/* Numbers of several forms may stand side by side: each form is a rule of its own that holds where it is used. */
static void explain_format(struct group *g, struct number_rule *rule)
{
	struct question q = { .g = g, .rule = rule };
	size_t n;
	struct scope_case *cases = collect(&q, ask_format, true, &n);

	if (scope_hits(cases, n) >= RECONCILE_EVIDENCE_MIN) {
		struct scope scope = scope_of_hits(cases, n);

		write_rule(rule, rule->text);
		memcpy(cause_state(g, CAUSE_NUMBER_FORMAT, &scope, cases, n)->rule, rule->text, sizeof(rule->text));
	}
	survey_free_cases(cases, n);
}

bool numbers_cause_is_at_work(const struct group *g, const struct reconcile_cause *cause, const struct item *p, const struct item *o)
{
	if (cause->kind == CAUSE_REPLACED_CALLER)
		return numbers_as_platform(&g->plan, o->caller) == cause->number;
	if (cause->kind != CAUSE_NUMBER_FORMAT)
		return true;
	for (size_t i = 0; i < g->plan.n; i++) {
		struct question q = { .g = g, .rule = &g->plan.rules[i] };

		if (strcmp(q.rule->text, cause->rule) == 0 && ask_format(&q, p, o) == IS_AT_WORK)
			return true;
	}
	return false;
}

/* The main number of one customer says nothing of the others' callers. */
static number_t *replaced_callers(const struct group *g, const struct scope_case *cases, size_t n)
{
	number_t *callers = xalloc((n + 1) * sizeof(*callers));

	for (size_t i = 0; i < n; i++)
		callers[i] = g->platform.items[cases[i].index].caller;
	qsort(callers, n, sizeof(*callers), by_number);
	return callers;
}

static void explain_replaced(struct group *g, number_t main)
{
	struct question q = { .g = g, .main = main };
	struct scope scope;
	size_t n;
	struct scope_case *cases = collect(&q, ask_replaced, true, &n);
	number_t *callers = replaced_callers(g, cases, n);

	survey_free_cases(cases, n);
	q.replaced = callers;
	q.replaced_n = n;
	cases = collect(&q, ask_replaced, true, &n);
	free(callers);
	if (scope_decide(cases, n, &scope))
		cause_state(g, CAUSE_REPLACED_CALLER, &scope, cases, n)->number = numbers_as_platform(&g->plan, main);
	survey_free_cases(cases, n);
}

/* In one pass, of how many pairs each main number might be the caller's: most numbers that looked so are callers of
 * their own. */
static void count_mains(const struct group *g, uint64_t pairs[MAINS_MAX])
{
	const struct main_numbers *mains = &g->plan.mains;

	memset(pairs, 0, MAINS_MAX * sizeof(*pairs));
	for (size_t i = 0; mains->n && i < g->platform.n; i++) {
		const struct item *p = &g->platform.items[i], *o;
		size_t at;

		if (p->partner == RECONCILE_NONE)
			continue;
		o = &g->operator.items[p->partner];
		if (o->caller != p->caller && (at = numbers_main(mains, o->caller)) < mains->n)
			pairs[at]++;
		if (o->callee != p->callee && (at = numbers_main(mains, o->callee)) < mains->n)
			pairs[at]++;
	}
}

void numbers_explain(struct group *g)
{
	uint64_t pairs[MAINS_MAX];

	explain_swapped(g);
	explain_masked(g);
	for (size_t i = 0; i < g->plan.n; i++)
		explain_format(g, &g->plan.rules[i]);
	count_mains(g, pairs);
	for (size_t i = 0; i < g->plan.mains.n; i++)
		if (pairs[i] >= RECONCILE_EVIDENCE_MIN)
			explain_replaced(g, g->plan.mains.list[i]);
}
