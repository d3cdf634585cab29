/* Hot numbers: many calls of one number pair close together. */
#include "world.h"

/* All calls between a handful of numbers, `gap_ms` apart on average. */
static void make_dense(struct world *w, uint64_t seed, size_t calls, int64_t gap_ms, unsigned pairs)
{
	int64_t t = WORLD_DAY + 8 * HOUR_MS;

	world_make(w, seed, calls);
	for (size_t i = 0; i < calls; i++) {
		struct reconcile_record *p = &w->platform[i], *o = &w->operator[i];
		int64_t by;

		t += (int64_t)prng_below(&w->random, (uint64_t)(2 * gap_ms));
		by = t - p->start_ms;
		p->caller = o->caller = world_subscriber(prng_below(&w->random, pairs));
		p->callee = o->callee = world_subscriber(900);
		p->direction = o->direction = DIRECTION_OUTBOUND;
		p->start_ms += by;
		o->start_ms += by;
		p->end_ms += by;
		o->end_ms += by;
		if (p->answer_ms != INSTANT_NONE)
			p->answer_ms += by;
		if (o->answer_ms != INSTANT_NONE)
			o->answer_ms += by;
	}
}

static size_t count_wrong(const struct world *w, const struct reconcile_run *run, size_t *right)
{
	size_t rows, wrong = 0;
	struct reconcile_outcome *o = world_outcomes(run, &rows);

	*right = 0;
	for (size_t i = 0; i < rows; i++) {
		if (o[i].platform == RECONCILE_NONE || o[i].operator == RECONCILE_NONE)
			continue;
		wrong += w->truth[o[i].operator] != o[i].platform;
		*right += w->truth[o[i].operator] == o[i].platform;
	}
	free(o);
	return wrong;
}

static void hundreds_of_calls_an_hour(void **state)
{
	struct world w;
	struct reconcile_run *run;

	(void)state;
	make_dense(&w, 91, 3000, 9000, 1);
	run = world_run(&w, NULL);
	world_check_pairs(&w, run, 1000);
	world_check_causes(run, 0);
	reconcile_run_free(run);
	world_release(&w);
}

static void a_dialler_that_retries_within_seconds(void **state)
{
	struct world w;
	struct reconcile_run *run;
	size_t right;

	(void)state;
	make_dense(&w, 92, 4000, 700, 1);
	run = world_run(&w, NULL);
	assert_in_range(count_wrong(&w, run, &right), 0, 4);
	assert_true(right >= 3990);
	world_check_causes(run, 0);
	reconcile_run_free(run);
	world_release(&w);
}

static void with_an_offset_to_be_found_first(void **state)
{
	struct world w;
	struct reconcile_run *run;

	(void)state;
	make_dense(&w, 93, 3000, 9000, 6);
	for (size_t i = 0; i < w.on; i++) {
		struct reconcile_record *o = &w.operator[i];

		o->start_ms += 7400;
		o->end_ms += 7400;
		if (o->answer_ms != INSTANT_NONE)
			o->answer_ms += 7400;
	}
	run = world_run(&w, NULL);
	world_check_pairs(&w, run, 999);
	world_check_causes(run, CAUSE(CLOCK_OFFSET));
	reconcile_run_free(run);
	world_release(&w);
}

static void two_calls_in_the_same_second_by_whole_seconds(void **state)
{
	struct world w;
	struct reconcile_run *run;
	size_t right;

	(void)state;
	make_dense(&w, 94, 4000, 5000, 3);
	for (size_t i = 0; i < w.on; i++) {
		w.operator[i].start_ms = w.operator[i].start_ms / 1000 * 1000;
		w.operator[i].answer_ms = INSTANT_NONE;
		w.operator[i].end_ms = INSTANT_NONE;
	}
	run = world_run(&w, NULL);
	/* Attempts without duration in one second cannot be told apart by anybody. */
	assert_in_range(count_wrong(&w, run, &right), 0, 40);
	assert_true(right >= 3950);
	world_check_causes(run, 0);
	reconcile_run_free(run);
	world_release(&w);
}

static bool by_luck(struct world *w, const struct reconcile_record *r)
{
	(void)r;
	return prng_below(&w->random, 100) >= 20;
}

static void a_busy_number_of_which_a_fifth_is_lost(void **state)
{
	struct world w;
	struct reconcile_run *run;
	size_t right;

	(void)state;
	make_dense(&w, 95, 5000, 4000, 2);
	world_keep(&w, RECONCILE_OPERATOR, by_luck);
	run = world_run(&w, NULL);
	assert_in_range(count_wrong(&w, run, &right), 0, 2);
	assert_true(right * 1000 >= w.on * 995);
	reconcile_run_free(run);
	world_release(&w);
}

/* An attempt fails and is repeated within half a second; the operator does not report what was not answered. */
static void an_attempt_and_its_repetition_are_two_calls(void **state)
{
	struct world w;
	struct reconcile_run *run;
	size_t kept = 0;

	(void)state;
	world_make(&w, 97, 4000);
	for (size_t i = 0; i < w.pn; i += 2) {
		struct reconcile_record *failed = &w.platform[i];
		const struct reconcile_record *next = &w.platform[i + 1];

		failed->caller = next->caller;
		failed->callee = next->callee;
		failed->direction = next->direction;
		failed->start_ms = next->start_ms - 300;
		failed->answer_ms = INSTANT_NONE;
		failed->end_ms = next->start_ms - 100;
		failed->duration_ms = 0;
	}
	for (size_t i = 1; i < w.on; i += 2)
		if (w.operator[i].answer_ms != INSTANT_NONE)
			w.operator[kept++] = w.operator[i];
	w.on = kept;
	/* Half of what was answered the platform has lost, so that only the attempt is left to pair. */
	kept = 0;
	for (size_t i = 0; i < w.pn; i++)
		if (i % 4 != 3)
			w.platform[kept++] = w.platform[i];
	w.pn = kept;
	run = world_run(&w, NULL);
	world_check_pairs(&w, run, 1000);
	world_check_causes(run, 0);
	assert_int_equal(reconcile_totals(run)->counts[RECONCILE_DIFFERS], 0);
	reconcile_run_free(run);
	world_release(&w);
}

/* A call centre: 20,000 calls a day to one number, the callers withheld. */
static void a_call_centre_whose_callers_are_withheld(void **state)
{
	struct world w;
	struct reconcile_run *run;
	size_t right, wrong;

	(void)state;
	make_dense(&w, 96, 20000, 2000, 100);
	for (size_t i = 0; i < w.on; i++)
		w.platform[i].caller = w.operator[i].caller = NUMBER_WITHHELD_WORD;
	run = world_run(&w, NULL);
	wrong = count_wrong(&w, run, &right);
	assert_in_range(wrong, 0, 20);
	assert_true(right * 1000 >= w.on * 990);
	reconcile_run_free(run);
	world_release(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hundreds_of_calls_an_hour),
		cmocka_unit_test(a_dialler_that_retries_within_seconds),
		cmocka_unit_test(with_an_offset_to_be_found_first),
		cmocka_unit_test(two_calls_in_the_same_second_by_whole_seconds),
		cmocka_unit_test(a_busy_number_of_which_a_fifth_is_lost),
		cmocka_unit_test(an_attempt_and_its_repetition_are_two_calls),
		cmocka_unit_test(a_call_centre_whose_callers_are_withheld),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
