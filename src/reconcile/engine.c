/* One operator from beginning to end: learn, pair, learn more, explain. */
#include "reconcile/engine_private.h"

#include <stdlib.h>

/* Windows within which records may belong together, narrow first. */
#define NARROW_MS 3000
#define NARROWEST_MS 400
#define WIDE_MS 90000
#define WIDEST_MS 3600000
#define LONELY_MS 2000
#define NEAR_ROOM_MS 50

#define UNRELATED_MIN 20           /* records on each side before the word is used */

/* The window in which all but a few pairs lie, once the clock is known. */
static int64_t find_window(const struct group *g, const struct pair_sample *sample)
{
	int64_t *offs = xalloc((sample->n + 1) * sizeof(*offs)), window = NARROW_MS, shift;
	size_t n = 0;

	for (size_t i = 0; i < sample->n; i++) {
		const struct item *p = &g->platform.items[sample->list[i]];

		if (item_shift(p, &g->operator.items[p->partner], &shift))
			offs[n++] = llabs(shift - clock_shift(g, p));
	}
	if (n >= RECONCILE_EVIDENCE_MIN) {
		values_sort(offs, n);
		window = 2 * offs[n - 1 - n / 100] + NARROWEST_MS;
	}
	free(offs);
	return window < NARROW_MS ? window : NARROW_MS;
}

/* How far off the clock the moments of nearly all pairs lie that lie in such a window, and half as far again. */
static int64_t near_of(int64_t window_ms)
{
	return (window_ms - NARROWEST_MS) * 3 / 4 + NEAR_ROOM_MS;
}

struct learning {
	struct group *g;
	const struct survey *survey;
};

/* Clocks and durations are learned without each other. */
static void learn_part(void *context, size_t part, size_t from, size_t to)
{
	const struct learning *l = context;

	(void)part;
	for (size_t i = from; i < to; i++) {
		if (i == 0)
			duration_learn(l->g, &l->survey->timed);
		else
			clock_learn(l->g, &l->survey->clocked);
	}
}

/* Returns the window in which pairs lie, by what was learned. */
static int64_t learn(struct group *g)
{
	struct survey *survey = survey_pairs(g);
	int64_t window;

	share_out(g->threads, 2, learn_part, &(struct learning){ g, survey });
	pair_learn_sides(g, &survey->counts);
	numbers_learn(g, &survey->counts.numbers);
	g->other_numbers = survey->counts.other_numbers;
	g->unanswered_reported = survey->counts.unanswered_reported;
	g->missing = survey->counts.missing;
	window = find_window(g, &survey->clocked);
	survey_free(survey);
	return window;
}

/* Where both numbers are known of too few records, one number must serve to learn from. */
static bool is_thin(const struct group *g)
{
	size_t least = g->platform.n < g->operator.n ? g->platform.n : g->operator.n;

	return group_pairs(g) * 2 < least;
}

static void pair_certain(struct group *g, int64_t window_ms)
{
	pair_clear(g);
	pair_by_correlation(g, window_ms);
	/* Where all else is against an id, numbers go first. */
	g->has_ids = group_pairs(g) > 0;
	if (g->has_ids)
		pair_drop_doubtful(g, near_of(window_ms), true);
	pair_by_numbers(g, window_ms);
	side_list_left(&g->platform, g->threads);
	side_list_left(&g->operator, g->threads);
	pair_by_shown_numbers(g, window_ms);
	pair_by_short_numbers(g, window_ms);
}

/* Nothing is known of the operator: its clock is right, its durations are the platform's. */
static void know_nothing(struct group *g)
{
	g->models_n = g->clocks_n = 1;
	g->models[0] = (struct scoped_model){ SCOPE_ALL, { .numerator = 1, .denominator = 1 } };
	g->clocks[0].is_known = false;
	g->caps_n = 0;
	g->asides_n = 0;
	g->same_trunks = g->same_directions = false;
}

/* Certain pairs teach how the operator measures; knowing that gives more pairs. */
static void pair_group(struct group *g)
{
	int64_t window = NARROW_MS;

	g->platform_facts = survey_side(&g->platform, g->threads);
	g->operator_facts = survey_side(&g->operator, g->threads);
	g->stamp = side_stamp(&g->operator_facts);
	g->all_have_start = g->operator_facts.stamps[STAMP_START] == g->operator.n;
	know_nothing(g);
	numbers_learn_length(g);
	numbers_learn_masks(g);
	clock_guess(g);
	pair_sample(g, window);
	window = learn(g);
	pair_certain(g, window);
	if (is_thin(g)) {
		numbers_learn_hidden(g);
		pair_by_one_number_alone(g, window);
		window = learn(g);
		pair_certain(g, window);
		pair_by_one_number(g, window);
	}
	window = learn(g);
	numbers_learn_hidden(g);
	pair_duplicates(g);
	pair_by_tails(g, window < LONELY_MS ? window : LONELY_MS);
	pair_by_one_number(g, window < LONELY_MS ? window : LONELY_MS);
	pair_by_one_number_and_ringing(g, window < LONELY_MS ? window : LONELY_MS);
	pair_duplicates(g);
	pair_aside(g, window < LONELY_MS ? window : LONELY_MS);
	pair_pieces(g);
	pair_duplicates(g);
	pair_by_one_number_in_peace(g, window < LONELY_MS ? window : LONELY_MS);
	pair_pieces(g);
	pair_duplicates(g);
	pair_by_one_end(g, WIDEST_MS, window < LONELY_MS ? window : LONELY_MS);
	pair_far(g, WIDE_MS);
	pair_drop_doubtful(g, near_of(window), false);
	if (g->has_ids)
		pair_by_correlation(g, window);
	learn(g);
}

static bool is_unrelated(const struct group *g)
{
	size_t least = g->platform.n < g->operator.n ? g->platform.n : g->operator.n;

	return least >= UNRELATED_MIN && group_pairs(g) * 20 < least;
}

static void forget(struct group *g)
{
	pair_clear(g);
	know_nothing(g);
	g->other_numbers = g->unanswered_reported = g->missing = 0;
}

static void sort_sides(void *context, size_t part, size_t from, size_t to)
{
	struct group *g = context;

	(void)part;
	for (size_t side = from; side < to; side++)
		side_sort(side ? &g->operator : &g->platform);
}

void engine_run(struct group *g)
{
	share_out(g->threads, 2, sort_sides, g);
	pair_group(g);
	g->unrelated = is_unrelated(g);
	if (g->unrelated) {
		forget(g);
	} else {
		clock_explain(g);
		numbers_explain(g);
		missing_explain(g);
	}
	explain_group(g);
	side_forget_left(&g->platform);
	side_forget_left(&g->operator);
	pair_forget_further(g);
}
