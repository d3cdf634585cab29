/* Numbers as two parties write them: when two mean the same, and by which rule. */
#include "reconcile/engine_private.h"

#include <stdlib.h>

/* Digits from the right by which numbers are compared first: national,
 * international and prefixed forms of one number share them. */
#define TAIL_DIGITS 8
#define SHORT_TAIL_DIGITS 5
#define TEXT_MIN_DIGITS 4          /* fewer digits that are the same say nothing */
#define DIALLED_MIN_DIGITS 3       /* 112 is a number */
#define RULE_DIGITS_MAX 8
#define EXTENSIONS_PERCENT 5       /* of the operator's records, before their four digits are compared */
#define RULES_TRIED 2              /* before it is found out which rule it is */
#define STRICT_PERMILLE 980
#define E164_DIGITS_MAX 15
#define PREFIX_OWN_DIGITS 3
#define ZEROS_MAX 6
#define ZEROS_PERCENT 20           /* of the numbers, before zeros at their ends hide digits */
#define ZEROS_SEEN 4096

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
	if (!has_digits(n) || number_masked_count(n) || number_digit_count(n) < DIALLED_MIN_DIGITS)
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

/* --- masks ------------------------------------------------------------------------------- */

/* The number without the digits that a mask hides, as one of those that are shown; false when that is not known. */
static bool shown_of(const struct number_mask *mask, number_t n, number_t *shown)
{
	unsigned digits = number_digit_count(n), masked = number_masked_count(n), hidden = mask->digits, behind = mask->behind;
	uint64_t value = number_value(n);

	if (!has_digits(n))
		return false;
	if (masked && (number_shown_behind(n) != behind || (behind && masked != hidden)))
		return false;
	hidden = masked > hidden ? masked : hidden;
	if (digits < hidden + behind || digits == hidden)
		return false;
	value /= masked ? powers[masked] : 1;
	if (masked < hidden)
		value = value / powers[hidden - masked + behind] * powers[behind] + value % powers[behind];
	*shown = number_make(number_kind(n) == NUMBER_PREFIXED ? NUMBER_DIGITS : number_kind(n), value, digits - hidden, 0);
	return true;
}

/* Both numbers as far as both show them; false when nothing can be compared. */
static bool both_shown(number_t *p, number_t *o)
{
	number_t more = number_masked_count(*o) > number_masked_count(*p) ? *o : *p;
	struct number_mask mask = { number_masked_count(more), number_shown_behind(more) };

	if (!number_masked_count(*p) && !number_masked_count(*o))
		return has_digits(*p) && has_digits(*o);
	return shown_of(&mask, *p, p) && shown_of(&mask, *o, o);
}

/* What all records show of a number, masked or not. */
static uint64_t shown_tail(const struct group *g, number_t n)
{
	const struct number_mask *mask = &g->plan.mask;
	unsigned digits = TAIL_DIGITS - TEXT_MIN_DIGITS > mask->digits ? TAIL_DIGITS - mask->digits : TEXT_MIN_DIGITS;
	number_t shown;

	if (mask->digits == 0 || number_kind(n) == NUMBER_TEXT)
		return number_tail(n);
	/* Where enough is shown behind the mask, its width does not matter. */
	if (mask->behind >= TEXT_MIN_DIGITS && has_digits(n))
		return (number_masked_count(n) ? number_value(n) / powers[number_masked_count(n)] : number_value(n)) % powers[mask->behind] + 1;
	/* Short codes are not masked. */
	return shown_of(mask, n, &shown) ? number_value(shown) % powers[digits] + 1 : number_tail(n);
}

uint64_t numbers_shown_key(const struct group *g, const struct item *item)
{
	return key_of(shown_tail(g, item->caller), shown_tail(g, item->callee));
}

uint64_t numbers_key(const struct group *g, const struct item *item)
{
	return g->plan.mask.digits ? numbers_shown_key(g, item) : item_key(item);
}

uint64_t numbers_short_one_key(const struct group *g, number_t n)
{
	return g->plan.n ? tail_of(n, SHORT_TAIL_DIGITS) : 0;
}

uint64_t numbers_one_key(const struct group *g, number_t n)
{
	return g->plan.has_extensions ? tail_of(n, TEXT_MIN_DIGITS) : shown_tail(g, n);
}

/* --- rules ------------------------------------------------------------------------------- */

/* The rule that makes the operator's number the platform's: what stands before the digits that they share. */
static bool rule_between(number_t p, number_t o, struct number_rule *rule)
{
	unsigned pd = number_digit_count(p), od = number_digit_count(o), same = 0;
	uint64_t a = number_value(p), b = number_value(o);

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
	for (size_t i = 0; plan->n && both_shown(&p, &o) && i < plan->n; i++)
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
	if (!best || number_shown_behind(o))
		return o;
	return number_make(NUMBER_E164, best->to * powers[rest] + number_value(o) % powers[rest], rest + best->to_digits,
			   number_masked_count(o));
}

/* --- fit --------------------------------------------------------------------------------- */

/* What is shown of a masked number and of the other: 2: agrees; 1: says nothing; 0: is different. */
static int masked_fit(const struct number_plan *plan, number_t p, number_t o)
{
	unsigned behind = number_shown_behind(number_masked_count(o) > number_masked_count(p) ? o : p), shorter, front;

	if (!both_shown(&p, &o))
		return 1;
	if (p == o || numbers_rule(plan, p, o))
		return number_digit_count(p) >= TEXT_MIN_DIGITS ? 2 : 1;
	if (plan->is_strict || (number_kind(p) == number_kind(o) && number_digit_count(p) != number_digit_count(o)))
		return 0;
	shorter = number_digit_count(p) < number_digit_count(o) ? number_digit_count(p) : number_digit_count(o);
	front = number_kind(p) == number_kind(o) ? 0 : PREFIX_OWN_DIGITS; /* of the shorter one's, which may be its own */
	if (shorter < front + behind)
		return 1;
	if (number_value(p) % powers[shorter - front] != number_value(o) % powers[shorter - front])
		return 0;
	return shorter - front >= TEXT_MIN_DIGITS ? 2 : 1;
}

size_t numbers_main(const struct main_numbers *mains, number_t n)
{
	size_t low = 0, high = mains->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (mains->list[middle] == n)
			return middle;
		if (mains->list[middle] < n)
			low = middle + 1;
		else
			high = middle;
	}
	return mains->n;
}

static bool is_main(const struct main_numbers *mains, number_t n)
{
	return numbers_main(mains, n) < mains->n;
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
	if (number_masked_count(p) || number_masked_count(o)) {
		int fit = masked_fit(plan, p, o);

		return fit ? fit : is_main(&plan->mains, o) || is_main(&plan->platform_mains, p);
	}
	if (numbers_rule(plan, p, o))
		return 3;
	if (!plan->is_strict && number_tail(p) && number_tail(p) == number_tail(o))
		return 2;
	if (plan->has_extensions && number_is_extension(o) && has_digits(p) && tail_of(p, TEXT_MIN_DIGITS) == tail_of(o, TEXT_MIN_DIGITS))
		return 2;
	return is_main(&plan->mains, o) || is_main(&plan->platform_mains, p);
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

/* As fit_of(), the parties exchanged: one must be known to be the other, not only hidden. */
static int crossed_fit(const struct number_plan *plan, const struct item *p, const struct item *o)
{
	int caller = one_fit(plan, p->caller, o->callee), callee = one_fit(plan, p->callee, o->caller);

	return caller < 2 && callee < 2 ? 0 : fit_of(caller, callee);
}

enum number_fit numbers_fit(const struct number_plan *plan, const struct item *p, const struct item *o)
{
	int best = fit_of(one_fit(plan, p->caller, o->caller), one_fit(plan, p->callee, o->callee));

	if (best < 6) {
		int crossed = crossed_fit(plan, p, o);

		best = crossed > best ? crossed : best;
	}
	if (best == 6)
		return NUMBERS_FIT;
	return best >= 4 ? NUMBERS_FIT_BY_TAILS : best >= 2 ? NUMBERS_FIT_IN_PART : NUMBERS_CONTRADICT;
}

bool numbers_are_alike(const struct group *g, number_t p, number_t o)
{
	return one_fit(&g->plan, p, o) >= 2;
}

bool numbers_are_swapped(const struct group *g, const struct item *p, const struct item *o)
{
	const struct number_plan *plan = &g->plan;

	if (p->caller == o->caller && p->callee == o->callee)
		return false;
	return crossed_fit(plan, p, o) > fit_of(one_fit(plan, p->caller, o->caller), one_fit(plan, p->callee, o->callee));
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

	if (!both_shown(&p, &o))
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
	bool masked = number_masked_count(p) || number_masked_count(o);
	unsigned shorter, digits;

	/* Most numbers are written alike. */
	if (p == o && !masked)
		return has_digits(p) && number_digit_count(p) >= TEXT_MIN_DIGITS;
	if (!both_shown(&p, &o))
		return false;
	shorter = number_digit_count(p) < number_digit_count(o) ? number_digit_count(p) : number_digit_count(o);
	/* What a mask leaves is hardly more than a prefix. */
	digits = masked && shorter > TEXT_MIN_DIGITS ? TEXT_MIN_DIGITS : shorter < TAIL_DIGITS ? shorter : TAIL_DIGITS;
	return digits >= TEXT_MIN_DIGITS && tail_of(p, digits) == tail_of(o, digits);
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

/* Of so many numbers those that may stand often enough for a main number: others share a counter with few.  Sorting
 * the rest would take long where the operator reports no attempts. */
static size_t keep_frequent(number_t *list, size_t n)
{
	unsigned shift = 64 - 10;
	uint32_t *counters;
	size_t kept = 0;

	while (shift > 32 && UINT64_C(1) << (64 - shift) < n / 4)
		shift--;
	counters = xalloc(((size_t)1 << (64 - shift)) * sizeof(*counters));
	for (size_t i = 0; i < n; i++)
		counters[list[i] * UINT64_C(0x9e3779b97f4a7c15) >> shift]++;
	for (size_t i = 0; i < n; i++)
		if (counters[list[i] * UINT64_C(0x9e3779b97f4a7c15) >> shift] >= RECONCILE_EVIDENCE_MIN)
			list[kept++] = list[i];
	free(counters);
	return kept;
}

/* Callers that stand in many records without a partner, and hardly in one with the same caller: the most frequent, by
 * value. */
static void learn_mains(const struct side *side, struct main_numbers *mains)
{
	number_t *callers = xalloc((side->left_n + 1) * sizeof(*callers));
	struct keyed *found;
	const struct main_numbers before = *mains;
	size_t n = 0, found_n = 0, end;

	for (size_t k = 0; k < side->left_n; k++) {
		const struct item *item = &side->items[side->left[k]];

		if (item_is_free(item) && has_digits(item->caller))
			callers[n++] = item->caller;
	}
	n = keep_frequent(callers, n);
	qsort(callers, n, sizeof(*callers), by_value);
	found = xalloc((n / RECONCILE_EVIDENCE_MIN + 1) * sizeof(*found));
	for (size_t i = 0; i < n; i = end) {
		end = i;
		while (end < n && callers[end] == callers[i])
			end++;
		if (end - i >= RECONCILE_EVIDENCE_MIN)
			found[found_n++] = (struct keyed){ UINT64_MAX - (end - i), (uint32_t)i };
	}
	keyed_sort(found, found_n);
	for (size_t i = 0; i < found_n && mains->n < MAINS_MAX; i++)
		if (!is_main(&before, callers[found[i].index]))
			mains->list[mains->n++] = callers[found[i].index];
	qsort(mains->list, mains->n, sizeof(*mains->list), by_value);
	free(found);
	free(callers);
}

void numbers_learn_length(struct group *g)
{
	size_t extensions = g->operator_facts.extensions;

	g->plan.has_extensions = extensions >= RECONCILE_EVIDENCE_MIN && extensions * 100 >= g->operator.n * EXTENSIONS_PERCENT;
}

/* --- masks, before anything else is known ---------------------------------------------------- */

static struct number_mask commonest_mask(const struct side_facts *facts)
{
	struct number_mask best = { 0 };
	size_t most = 0;

	for (unsigned digits = 1; digits < MASKED_MAX; digits++) {
		for (unsigned behind = 0; behind < BEHIND_MAX; behind++) {
			if (facts->masked[digits][behind] <= most)
				continue;
			most = facts->masked[digits][behind];
			best = (struct number_mask){ digits, behind };
		}
	}
	return most >= RECONCILE_EVIDENCE_MIN ? best : (struct number_mask){ 0 };
}

unsigned number_zeros_at_end(number_t n)
{
	uint64_t value = number_value(n);
	unsigned zeros = 0;

	if (value % powers[ZEROS_MIN] || !value || !has_digits(n) || number_masked_count(n) || number_digit_count(n) < TAIL_DIGITS)
		return 0;
	for (; value % 10 == 0; value /= 10)
		zeros++;
	return zeros < ZEROS_MAX ? zeros : ZEROS_MAX;
}

/* How many numbers there are with so many zeros at the end, each counted about once: a busy main number may end so. */
struct zeros {
	uint64_t numbers[ZEROS_MAX + 1], seen[ZEROS_SEEN];
};

static void count_zeros(struct zeros *z, number_t n)
{
	uint64_t *seen = &z->seen[hash64_u64(n, 0) % ZEROS_SEEN];

	if (!has_digits(n) || *seen == n)
		return;
	*seen = n;
	z->numbers[number_zeros_at_end(n)]++;
}

/* Zeros in place of digits: at the end of many different numbers stand equally many, where one in a thousand would. */
static unsigned zeros_that_hide(const struct side *side)
{
	struct zeros z = { 0 };
	uint64_t all = 0, most = 0;
	unsigned zeros = 0;

	for (size_t i = 0; i < side->n; i++) {
		count_zeros(&z, side->items[i].caller);
		count_zeros(&z, side->items[i].callee);
	}
	for (unsigned d = 0; d <= ZEROS_MAX; d++) {
		all += z.numbers[d];
		if (d >= ZEROS_MIN && z.numbers[d] > most) {
			most = z.numbers[d];
			zeros = d;
		}
	}
	return most >= RECONCILE_EVIDENCE_MIN && most * 100 >= all * ZEROS_PERCENT ? zeros : 0;
}

static number_t hide_zeros(number_t n, unsigned zeros)
{
	return number_zeros_at_end(n) >= zeros ? number_make(number_kind(n), number_value(n), number_digit_count(n), zeros) : n;
}

static void read_zeros_as_mask(struct side *side, struct side_facts *facts, unsigned threads)
{
	unsigned zeros = facts->zeros * 100 >= facts->records * ZEROS_PERCENT ? zeros_that_hide(side) : 0;

	for (size_t i = 0; zeros && i < side->n; i++) {
		struct item *item = &side->items[i];

		item->caller = hide_zeros(item->caller, zeros);
		item->callee = hide_zeros(item->callee, zeros);
	}
	if (zeros)
		*facts = survey_side(side, threads);
}

void numbers_learn_masks(struct group *g)
{
	struct number_mask platform, operator;

	read_zeros_as_mask(&g->platform, &g->platform_facts, g->threads);
	read_zeros_as_mask(&g->operator, &g->operator_facts, g->threads);
	platform = commonest_mask(&g->platform_facts);
	operator = commonest_mask(&g->operator_facts);
	g->plan.masked_digits = operator.digits;
	g->plan.mask = operator.digits >= platform.digits ? operator : platform;
}

void numbers_learn_hidden(struct group *g)
{
	learn_mains(&g->operator, &g->plan.mains);
	learn_mains(&g->platform, &g->plan.platform_mains);
}
