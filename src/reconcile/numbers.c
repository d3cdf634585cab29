/* Numbers as two parties write them: when two mean the same, and by which rule. */
#include "reconcile/engine_private.h"

#include <stdlib.h>

/* Digits from the right by which numbers are compared first: national,
 * international and prefixed forms of one number share them. */
#define TAIL_DIGITS 8
#define SHORT_TAIL_DIGITS 5
#define TEXT_MIN_DIGITS 4          /* shorter numbers say nothing */
#define RULE_DIGITS_MAX 8
#define EXTENSIONS_PERCENT 5       /* of the operator's records, before their four digits are compared */
#define RULES_TRIED 2              /* before it is found out which rule it is */
#define STRICT_PERMILLE 980
#define E164_DIGITS_MAX 15

static const uint64_t powers[] = {
	1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000, 100000000000, 1000000000000,
	10000000000000, 100000000000000, 1000000000000000,
};

static bool has_digits(number_t n)
{
	return number_kind(n) == NUMBER_E164 || number_kind(n) == NUMBER_DIGITS || number_kind(n) == NUMBER_PREFIXED;
}

static bool is_hidden(number_t n)
{
	return number_kind(n) == NUMBER_WITHHELD || number_kind(n) == NUMBER_ABSENT;
}

static uint64_t tail_of(number_t n, unsigned digits)
{
	if (number_kind(n) == NUMBER_TEXT)
		return n;
	if (!has_digits(n) || number_masked_count(n) || number_digit_count(n) < TEXT_MIN_DIGITS)
		return 0;
	return number_value(n) % powers[digits] + 1;
}

uint64_t number_tail(number_t n)
{
	return tail_of(n, TAIL_DIGITS);
}

/* Keys are made of each record in each pass, and need no more than to be unlikely to be equal. */
static uint64_t key_of(uint64_t a, uint64_t b)
{
	uint64_t low = a < b ? a : b, high = a < b ? b : a, key;

	if (low == 0)
		return 0;
	key = low * UINT64_C(0x9e3779b97f4a7c15) + high * UINT64_C(0xc2b2ae3d27d4eb4f);
	key = (key ^ key >> 32) * UINT64_C(0xd6e8feb86659fd93);
	key ^= key >> 29;
	return key ? key : 1;
}

uint64_t item_key(const struct item *item)
{
	return key_of(number_tail(item->caller), number_tail(item->callee));
}

uint64_t numbers_short_key(const struct group *g, const struct item *item)
{
	unsigned digits = g->plan.has_extensions ? TEXT_MIN_DIGITS : SHORT_TAIL_DIGITS;

	return key_of(tail_of(item->caller, digits), tail_of(item->callee, digits));
}

uint64_t numbers_one_key(const struct group *g, number_t n)
{
	return tail_of(n, g->plan.has_extensions ? TEXT_MIN_DIGITS : TAIL_DIGITS);
}

/* What is left of a number of which `masked` digits are hidden, its last eight digits. */
static uint64_t head_of(number_t n, unsigned masked)
{
	if (!has_digits(n) || number_digit_count(n) < masked + TEXT_MIN_DIGITS)
		return 0;
	return number_value(n) / powers[masked] % powers[TAIL_DIGITS] + 1;
}

uint64_t numbers_head_key(const struct group *g, const struct item *item)
{
	return key_of(head_of(item->caller, g->plan.masked_digits), head_of(item->callee, g->plan.masked_digits));
}

uint64_t numbers_callee_head_key(const struct group *g, const struct item *item)
{
	return head_of(item->callee, g->plan.masked_digits);
}

/* --- rules ------------------------------------------------------------------------------- */

/* The rule that makes the operator's number the platform's: what stands before the digits that they share. */
static bool rule_between(number_t p, number_t o, struct number_rule *rule)
{
	unsigned pd = number_digit_count(p), od = number_digit_count(o), same = 0;
	uint64_t a = number_value(p), b = number_value(o);

	if (!has_digits(p) || !has_digits(o) || number_masked_count(p) || number_masked_count(o))
		return false;
	while (same < pd && same < od && a % 10 == b % 10) {
		a /= 10;
		b /= 10;
		same++;
	}
	if (same < TEXT_MIN_DIGITS || pd - same > RULE_DIGITS_MAX || od - same > RULE_DIGITS_MAX)
		return false;
	*rule = (struct number_rule){ number_kind(o), od - same, pd - same, b, a, 1, o, false, number_is_cut(o) };
	return true;
}

static bool same_rule(const struct number_rule *a, const struct number_rule *b)
{
	return a->kind == b->kind && a->from_digits == b->from_digits && a->to_digits == b->to_digits && a->from == b->from &&
	       a->to == b->to && a->is_cut == b->is_cut;
}

/* Of a number that was cut, what is left of the prefix must be the end of the rule's. */
static bool prefix_agrees(const struct number_rule *rule, number_t o, unsigned rest)
{
	unsigned shown = number_digit_count(o) - rest;
	uint64_t prefix = number_value(o) / powers[rest];

	if (number_is_cut(o) && !rule->is_cut)
		return shown < rule->from_digits && prefix == rule->from % powers[shown];
	return number_is_cut(o) == rule->is_cut && shown == rule->from_digits && prefix == rule->from;
}

bool numbers_rule_applies(const struct number_rule *rule, number_t p)
{
	unsigned digits = number_digit_count(p);

	return has_digits(p) && digits >= rule->to_digits && number_value(p) / powers[digits - rule->to_digits] == rule->to;
}

/* What can be told without the digits is asked first: most pairs of numbers follow one rule of several. */
static bool rule_makes(const struct number_rule *rule, number_t p, number_t o)
{
	unsigned pd = number_digit_count(p), od = number_digit_count(o), rest = pd - rule->to_digits;

	if (number_kind(o) != rule->kind || pd < rule->to_digits || od < rest || od - rest > rule->from_digits ||
	    (od - rest < rule->from_digits && !number_is_cut(o)))
		return false;
	return has_digits(o) && numbers_rule_applies(rule, p) &&
	       number_value(p) % powers[rest] == number_value(o) % powers[rest] && prefix_agrees(rule, o, rest);
}

const struct number_rule *numbers_rule(const struct number_plan *plan, number_t p, number_t o)
{
	for (size_t i = 0; i < plan->n; i++)
		if (rule_makes(&plan->rules[i], p, o))
			return &plan->rules[i];
	return NULL;
}

number_t numbers_as_platform(const struct number_plan *plan, number_t o)
{
	const struct number_rule *best = NULL;
	unsigned digits = number_digit_count(o), rest = 0;

	for (size_t i = 0; has_digits(o) && i < plan->n; i++) {
		const struct number_rule *rule = &plan->rules[i];

		if (number_kind(o) != rule->kind || digits <= rule->from_digits || (best && rule->from_digits <= best->from_digits))
			continue;
		if (!prefix_agrees(rule, o, digits - rule->from_digits) || digits - rule->from_digits + rule->to_digits > E164_DIGITS_MAX)
			continue;
		best = rule;
		rest = digits - rule->from_digits;
	}
	if (!best)
		return o;
	return number_make(NUMBER_E164, best->to * powers[rest] + number_value(o) % powers[rest], rest + best->to_digits, 0);
}

/* --- fit --------------------------------------------------------------------------------- */

/* Whether what is shown of a masked number agrees with the other. */
static bool masked_agrees(number_t p, number_t o)
{
	unsigned masked = number_masked_count(o) > number_masked_count(p) ? number_masked_count(o) : number_masked_count(p);
	unsigned shorter = number_digit_count(p) < number_digit_count(o) ? number_digit_count(p) : number_digit_count(o);
	unsigned shown;

	if (!has_digits(p) || !has_digits(o) || shorter <= masked)
		return true;
	if (number_kind(p) == number_kind(o) && number_digit_count(p) != number_digit_count(o))
		return false;
	shown = shorter - masked;
	if (number_kind(p) != number_kind(o))
		shown = shown > 3 ? shown - 3 : 0; /* the shorter one's prefix may be its own */
	return number_value(p) / powers[masked] % powers[shown] == number_value(o) / powers[masked] % powers[shown];
}

static bool is_main(const struct number_plan *plan, number_t n)
{
	for (size_t i = 0; i < plan->mains_n; i++)
		if (plan->mains[i] == n)
			return true;
	return false;
}

bool number_is_extension(number_t n)
{
	return number_kind(n) == NUMBER_DIGITS && number_digit_count(n) == TEXT_MIN_DIGITS && !number_masked_count(n);
}

/* 3: the same; 2: they end alike; 1: may be the same, one is hidden; 0: different. */
static int one_fit(const struct number_plan *plan, number_t p, number_t o)
{
	if (is_hidden(p) || is_hidden(o))
		return 1;
	if (p == o)
		return 3;
	if (number_masked_count(p) || number_masked_count(o))
		return masked_agrees(p, o);
	if (numbers_rule(plan, p, o))
		return 3;
	if (!plan->is_strict && number_tail(p) && number_tail(p) == number_tail(o))
		return 2;
	if (plan->has_extensions && number_is_extension(o) && has_digits(p) && tail_of(p, TEXT_MIN_DIGITS) == tail_of(o, TEXT_MIN_DIGITS))
		return 2;
	return is_main(plan, o);
}

/* 6: both the same; 5, 4: both at least end alike; 3, 2: one or both are hidden. */
static int fit_of(int caller, int callee)
{
	if (caller == 0 || callee == 0)
		return 0;
	if (caller == 1 || callee == 1)
		return caller == callee ? 2 : 3;
	return caller + callee;
}

enum number_fit numbers_fit(const struct group *g, const struct item *p, const struct item *o)
{
	const struct number_plan *plan = &g->plan;
	int straight = fit_of(one_fit(plan, p->caller, o->caller), one_fit(plan, p->callee, o->callee));
	int best = straight;

	if (straight < 6) {
		int crossed = fit_of(one_fit(plan, p->caller, o->callee), one_fit(plan, p->callee, o->caller));

		best = crossed > best ? crossed : best;
	}
	if (best == 6)
		return NUMBERS_FIT;
	return best >= 4 ? NUMBERS_FIT_BY_TAILS : best >= 2 ? NUMBERS_FIT_IN_PART : NUMBERS_CONTRADICT;
}

bool numbers_are_swapped(const struct group *g, const struct item *p, const struct item *o)
{
	const struct number_plan *plan = &g->plan;
	int straight, crossed;

	if (p->caller == o->caller && p->callee == o->callee)
		return false;
	straight = fit_of(one_fit(plan, p->caller, o->caller), one_fit(plan, p->callee, o->callee));
	if (straight == 6)
		return false;
	crossed = fit_of(one_fit(plan, p->caller, o->callee), one_fit(plan, p->callee, o->caller));

	return crossed > straight &&
	       (one_fit(plan, p->caller, o->callee) >= 2 || one_fit(plan, p->callee, o->caller) >= 2);
}

/* --- learning ------------------------------------------------------------------------------ */

static void count_rule(struct number_counts *c, const struct number_rule *rule)
{
	for (size_t i = 0; i < c->n; i++) {
		if (same_rule(&c->rules[i], rule)) {
			c->rules[i].records += rule->records;
			c->rules[i].several = c->rules[i].several || rule->several || c->rules[i].example != rule->example;
			return;
		}
	}
	if (c->n < RULES_COUNTED)
		c->rules[c->n++] = *rule;
}

void number_counts_add(struct number_counts *sum, const struct number_counts *c)
{
	sum->numbers += c->numbers;
	sum->equal += c->equal;
	for (size_t i = 0; i < c->n; i++)
		count_rule(sum, &c->rules[i]);
}

/* Whether rule_between() would give this rule, which it gave before: what it leaves in front begins with digits that
 * differ, so that no more than the rest is shared. */
static bool is_made_by(const struct number_rule *rule, number_t p, number_t o)
{
	unsigned rest = number_digit_count(p) - rule->to_digits;

	return number_kind(o) == rule->kind && number_is_cut(o) == rule->is_cut && number_digit_count(p) >= rule->to_digits &&
	       number_digit_count(o) == rest + rule->from_digits && rest >= TEXT_MIN_DIGITS &&
	       number_value(p) / powers[rest] == rule->to && number_value(o) / powers[rest] == rule->from &&
	       number_value(p) % powers[rest] == number_value(o) % powers[rest];
}

static void count_number(struct number_counts *c, number_t p, number_t o)
{
	struct number_rule rule;

	if (!has_digits(p) || !has_digits(o) || number_masked_count(o) || number_masked_count(p))
		return;
	c->numbers++;
	if (p == o) {
		c->equal++;
		return;
	}
	/* Most numbers follow one of the first rules that are met. */
	for (size_t i = 0; i < c->n && i < RULES_TRIED; i++) {
		if (is_made_by(&c->rules[i], p, o)) {
			c->rules[i].records++;
			c->rules[i].several = c->rules[i].several || c->rules[i].example != o;
			return;
		}
	}
	if (rule_between(p, o, &rule))
		count_rule(c, &rule);
}

/* Whether they end alike, as far as the shorter one goes. */
static bool end_alike(number_t p, number_t o)
{
	unsigned shorter = number_digit_count(p) < number_digit_count(o) ? number_digit_count(p) : number_digit_count(o);
	unsigned digits = shorter < TAIL_DIGITS ? shorter : TAIL_DIGITS;

	if (p == o)
		return has_digits(p) && digits >= TEXT_MIN_DIGITS;
	return has_digits(p) && has_digits(o) && digits >= TEXT_MIN_DIGITS && tail_of(p, digits) == tail_of(o, digits);
}

/* The operator's numbers that stand for the platform's. */
void numbers_count_pair(struct number_counts *c, const struct item *p, const struct item *o)
{
	bool straight_a = end_alike(p->caller, o->caller), straight_b = end_alike(p->callee, o->callee);

	if (straight_a)
		count_number(c, p->caller, o->caller);
	if (straight_b)
		count_number(c, p->callee, o->callee);
	if (straight_a || straight_b)
		return;
	if (end_alike(p->caller, o->callee))
		count_number(c, p->caller, o->callee);
	if (end_alike(p->callee, o->caller))
		count_number(c, p->callee, o->caller);
}

static int by_records(const void *a, const void *b)
{
	const struct number_rule *x = a, *y = b;

	if (x->records != y->records)
		return x->records > y->records ? -1 : 1;
	if (x->from_digits != y->from_digits)
		return x->from_digits > y->from_digits ? -1 : 1;
	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	if (x->to != y->to)
		return x->to < y->to ? -1 : 1;
	return (int)x->kind - (int)y->kind;
}

/* Whether a rule of numbers that were cut is what is left of another that is believed. */
static bool is_end_of_another(const struct number_counts *c, const struct number_rule *rule)
{
	for (size_t i = 0; rule->is_cut && i < c->n; i++) {
		const struct number_rule *whole = &c->rules[i];

		if (!whole->is_cut && whole->kind == rule->kind && whole->to == rule->to && whole->to_digits == rule->to_digits &&
		    whole->several && whole->records >= RECONCILE_EVIDENCE_MIN && whole->from_digits > rule->from_digits &&
		    whole->from % powers[rule->from_digits] == rule->from)
			return true;
	}
	return false;
}

void numbers_learn(struct group *g, const struct number_counts *counts)
{
	struct number_counts c = *counts;
	struct number_plan *plan = &g->plan;
	uint64_t explained;

	qsort(c.rules, c.n, sizeof(*c.rules), by_records);
	explained = c.equal;
	plan->n = 0;
	for (size_t i = 0; i < c.n && plan->n < RULES_MAX && c.rules[i].records >= RECONCILE_EVIDENCE_MIN; i++) {
		if (!c.rules[i].several)
			continue;
		if (!is_end_of_another(&c, &c.rules[i]))
			plan->rules[plan->n++] = c.rules[i];
		explained += c.rules[i].records;
	}
	plan->is_strict = c.numbers >= RECONCILE_EVIDENCE_MIN && explained * 1000 >= c.numbers * STRICT_PERMILLE;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Callers of the operator's that stand in many records without a partner, and hardly in one with the same caller. */
static void learn_mains(struct group *g)
{
	const struct side *side = &g->operator;
	number_t *callers = xalloc((side->left_n + 1) * sizeof(*callers));
	size_t n = 0, end;

	for (size_t k = 0; k < side->left_n; k++) {
		const struct item *o = &side->items[side->left[k]];

		if (o->partner == RECONCILE_NONE && has_digits(o->caller) && !number_masked_count(o->caller))
			callers[n++] = o->caller;
	}
	qsort(callers, n, sizeof(*callers), by_value);
	for (size_t i = 0; i < n && g->plan.mains_n < MAINS_MAX; i = end) {
		end = i;
		while (end < n && callers[end] == callers[i])
			end++;
		if (end - i >= RECONCILE_EVIDENCE_MIN && !is_main(&g->plan, callers[i]))
			g->plan.mains[g->plan.mains_n++] = callers[i];
	}
	free(callers);
}

void numbers_learn_length(struct group *g)
{
	size_t extensions = g->operator_facts.extensions;

	g->plan.has_extensions = extensions >= RECONCILE_EVIDENCE_MIN && extensions * 100 >= g->operator.n * EXTENSIONS_PERCENT;
}

static void learn_mask(struct group *g)
{
	const size_t *counts = g->operator_facts.masked;
	size_t best = 0;

	for (size_t d = 1; d < 16; d++)
		if (counts[d] > counts[best] || best == 0)
			best = d;
	g->plan.masked_digits = counts[best] >= RECONCILE_EVIDENCE_MIN ? (unsigned)best : 0;
}

void numbers_learn_hidden(struct group *g)
{
	learn_mask(g);
	learn_mains(g);
}
