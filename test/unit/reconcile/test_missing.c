/* What the operator does not have: windows, short calls; what is lost at random is no cause. */
#include "world.h"

#define FROM (WORLD_DAY + 14 * HOUR_MS + 10 * MINUTE_MS)
#define TO (WORLD_DAY + 15 * HOUR_MS + 25 * MINUTE_MS)

static bool outside_window(struct world *w, const struct reconcile_record *r)
{
	const struct reconcile_record *p = &w->platform[w->truth[r->reference]];

	return p->start_ms < FROM || p->start_ms >= TO;
}

static bool outside_window_of_trunk(struct world *w, const struct reconcile_record *r)
{
	return outside_window(w, r) || w->platform[w->truth[r->reference]].trunk != 2;
}

static bool outside_window_of_direction(struct world *w, const struct reconcile_record *r)
{
	return outside_window(w, r) || w->platform[w->truth[r->reference]].direction != DIRECTION_INBOUND;
}

static void check_window(bool (*keep)(struct world *, const struct reconcile_record *), uint16_t trunk, uint8_t direction)
{
	const struct reconcile_cause *cause;
	struct world w;
	struct reconcile_run *run;

	world_make(&w, 81, 20000);
	world_keep(&w, RECONCILE_OPERATOR, keep);
	run = world_run(&w, NULL);
	world_check_pairs(&w, run, 1000);
	world_check_causes(run, CAUSE(MISSING_WINDOW));
	cause = world_cause(run, CAUSE_MISSING_WINDOW);
	assert_true(llabs(cause->from_ms - FROM) <= MINUTE_MS);
	assert_true(llabs(cause->to_ms - TO) <= MINUTE_MS);
	assert_int_equal(cause->trunk, trunk);
	assert_int_equal(cause->direction, direction);
	assert_int_equal(reconcile_verdict(run), RECONCILE_EXPLAINED);
	reconcile_run_free(run);
	world_release(&w);
}

static void windows(void **state)
{
	(void)state;
	check_window(outside_window, 0, 0);
	check_window(outside_window_of_trunk, 2, 0);
	check_window(outside_window_of_direction, 0, DIRECTION_INBOUND);
}

static bool by_luck(struct world *w, const struct reconcile_record *r)
{
	(void)r;
	return prng_below(&w->random, 100) >= 40;
}

static void lost_at_random(void **state)
{
	(void)state;
	for (int side = 0; side < 3; side++) {
		struct world w;
		struct reconcile_run *run;

		world_make(&w, 82, 20000);
		if (side != RECONCILE_PLATFORM) {
			world_keep(&w, RECONCILE_OPERATOR, by_luck);
		}
		if (side != RECONCILE_OPERATOR)
			world_keep(&w, RECONCILE_PLATFORM, by_luck);
		run = world_run(&w, NULL);
		world_check_pairs(&w, run, 1000);
		world_check_causes(run, 0);
		assert_int_equal(reconcile_verdict(run), RECONCILE_VERDICT_DIFFERS);
		reconcile_run_free(run);
		world_release(&w);
	}
}

static bool is_long(struct world *w, const struct reconcile_record *r)
{
	const struct reconcile_record *p = &w->platform[w->truth[r->reference]];

	return p->answer_ms == INSTANT_NONE || p->duration_ms >= 3000;
}

static bool is_long_or_elsewhere(struct world *w, const struct reconcile_record *r)
{
	const struct reconcile_record *p = &w->platform[w->truth[r->reference]];

	return p->trunk != 4 || p->answer_ms == INSTANT_NONE || p->duration_ms >= 6000;
}

static void short_calls_are_not_reported(void **state)
{
	(void)state;
	for (int part = 0; part <= 1; part++) {
		struct world w;
		struct reconcile_run *run;

		world_make(&w, 83, 20000);
		world_keep(&w, RECONCILE_OPERATOR, part ? is_long_or_elsewhere : is_long);
		run = world_run(&w, NULL);
		world_check_causes(run, CAUSE(MINIMUM_DURATION));
		assert_int_equal(world_cause(run, CAUSE_MINIMUM_DURATION)->cap_ms, part ? 6000 : 3000);
		assert_int_equal(world_cause(run, CAUSE_MINIMUM_DURATION)->trunk, part ? 4 : 0);
		assert_int_equal(reconcile_verdict(run), RECONCILE_EXPLAINED);
		reconcile_run_free(run);
		world_release(&w);
	}
}

static bool is_answered(struct world *w, const struct reconcile_record *r)
{
	(void)w;
	return r->answer_ms != INSTANT_NONE;
}

static void attempts_on_one_side_only_are_no_difference(void **state)
{
	struct world w;
	struct reconcile_run *run;

	(void)state;
	world_make(&w, 84, 5000);
	world_keep(&w, RECONCILE_OPERATOR, is_answered);
	run = world_run(&w, NULL);
	world_check_pairs(&w, run, 1000);
	world_check_causes(run, 0);
	assert_int_equal(reconcile_verdict(run), RECONCILE_AGREES);
	reconcile_run_free(run);
	world_release(&w);
}

/* A fault that is undone takes its cause with it. */
static void several_at_once_and_one_undone(void **state)
{
	(void)state;
	for (int undone = 0; undone <= 1; undone++) {
		struct world w;
		struct reconcile_run *run;

		world_make(&w, 85, 20000);
		if (!undone)
			world_keep(&w, RECONCILE_OPERATOR, outside_window_of_trunk);
		for (size_t i = 0; i < w.on; i++) {
			struct reconcile_record *o = &w.operator[i];
			int64_t late = 3900 + (o->start_ms - WORLD_DAY) / 1000 * 40 / 1000;

			o->start_ms += late;
			o->answer_ms += o->answer_ms == INSTANT_NONE ? 0 : late;
			o->end_ms += late;
			o->duration_ms = (o->duration_ms + 5999) / 6000 * 6000;
		}
		run = world_run(&w, NULL);
		world_check_pairs(&w, run, 1000);
		world_check_causes(run, CAUSE(CLOCK_OFFSET) | CAUSE(CLOCK_DRIFT) | CAUSE(ROUNDING) |
						(undone ? 0 : CAUSE(MISSING_WINDOW)));
		reconcile_run_free(run);
		world_release(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(windows),
		cmocka_unit_test(lost_at_random),
		cmocka_unit_test(short_calls_are_not_reported),
		cmocka_unit_test(attempts_on_one_side_only_are_no_difference),
		cmocka_unit_test(several_at_once_and_one_undone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
