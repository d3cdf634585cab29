/* How the operator makes durations: rounding, ringing, release delay, units, lost ends. */
#include "world.h"

static uint32_t ceil_to(uint32_t ms, uint32_t inc)
{
	return (ms + inc - 1) / inc * inc;
}

static bool has_duration(const struct reconcile_record *o)
{
	return o->answer_ms != INSTANT_NONE;
}

/* Rounds all, runs, and checks what is stated. */
static void check_rounding(uint32_t inc, uint32_t minimum, enum rounding_mode mode, size_t calls)
{
	const struct reconcile_cause *cause;
	struct world w;
	struct reconcile_run *run;

	world_make(&w, 41, calls);
	for (size_t i = 0; i < w.on; i++) {
		struct reconcile_record *o = &w.operator[i];
		int64_t end = o->answer_ms + o->duration_ms;

		if (!has_duration(o))
			continue;
		if (mode == ROUNDING_UP)
			o->duration_ms = ceil_to(o->duration_ms, inc);
		else if (mode == ROUNDING_DOWN)
			o->duration_ms = o->duration_ms / inc * inc;
		else if (mode == ROUNDING_NEAREST)
			o->duration_ms = (o->duration_ms + inc / 2) / inc * inc;
		else
			o->duration_ms = (uint32_t)(end / inc * inc - o->answer_ms / inc * inc);
		if (o->duration_ms < minimum)
			o->duration_ms = minimum;
	}
	run = world_run(&w, NULL);
	world_check_pairs(&w, run, 1000);
	world_check_causes(run, CAUSE(ROUNDING));
	cause = world_cause(run, CAUSE_ROUNDING);
	assert_int_equal(cause->increment_ms, inc);
	assert_int_equal(cause->minimum_ms, minimum);
	assert_int_equal(cause->mode, mode);
	assert_int_equal(reconcile_totals(run)->counts[RECONCILE_DIFFERS], 0);
	/* All but the way through the network is explained. */
	assert_true(llabs(reconcile_totals(run)->unexplained_ms) <= (int64_t)calls * 100);
	reconcile_run_free(run);
	world_release(&w);
}

static void roundings(void **state)
{
	(void)state;
	check_rounding(6000, 0, ROUNDING_UP, 20000);
	check_rounding(60000, 0, ROUNDING_UP, 20000);
	check_rounding(6000, 30000, ROUNDING_UP, 20000);
	check_rounding(1000, 0, ROUNDING_UP, 20000);
	check_rounding(1000, 0, ROUNDING_DOWN, 20000);
	check_rounding(1000, 0, ROUNDING_NEAREST, 20000);
	check_rounding(60000, 0, ROUNDING_NEAREST, 20000);
	check_rounding(1000, 0, ROUNDING_ENDPOINTS, 20000);
	check_rounding(1000, 60000, ROUNDING_UP, 20000);
	check_rounding(6000, 0, ROUNDING_UP, 1000);
}

/* A call of 11.95 s may have been 12.05 s where it is rounded up to 18. */
static void the_blur_at_the_edges_of_increments_is_no_difference(void **state)
{
	struct world w;
	struct reconcile_run *run;
	size_t rows;
	struct reconcile_outcome *o;

	(void)state;
	world_make(&w, 42, 20000);
	for (size_t i = 0; i < w.on; i++)
		if (has_duration(&w.operator[i]))
			w.operator[i].duration_ms = ceil_to(w.operator[i].duration_ms + (uint32_t)prng_below(&w.random, 60), 6000);
	run = world_run(&w, NULL);
	world_check_causes(run, CAUSE(ROUNDING));
	o = world_outcomes(run, &rows);
	for (size_t i = 0; i < rows; i++)
		assert_int_equal(o[i].class, RECONCILE_AGREED);
	assert_int_equal(reconcile_verdict(run), RECONCILE_EXPLAINED);
	free(o);
	reconcile_run_free(run);
	world_release(&w);
}

static void ringing_is_counted(void **state)
{
	struct world w;
	struct reconcile_run *run;

	(void)state;
	world_make(&w, 43, 10000);
	for (size_t i = 0; i < w.on; i++)
		if (has_duration(&w.operator[i]))
			w.operator[i].duration_ms = ceil_to(
				w.operator[i].duration_ms + (uint32_t)(w.operator[i].answer_ms - w.operator[i].start_ms), 6000);
	run = world_run(&w, NULL);
	world_check_pairs(&w, run, 1000);
	world_check_causes(run, CAUSE(RING_TIME) | CAUSE(ROUNDING));
	assert_int_equal(reconcile_totals(run)->counts[RECONCILE_DIFFERS], 0);
	reconcile_run_free(run);
	world_release(&w);
}

/* Where the caller hangs up, the called side measures longer: the operator outbound, the platform inbound. */
static void release_delay(void **state)
{
	(void)state;
	for (int whole = 0; whole <= 1; whole++) {
		struct world w;
		struct reconcile_run *run;

		world_make(&w, 44, 20000);
		for (size_t i = 0; i < w.on; i++) {
			struct reconcile_record *o = &w.operator[i];
			int64_t ms = w.platform[i].duration_ms;

			if (!has_duration(o))
				continue;
			if (o->released_by == RELEASED_BY_CALLER)
				ms += o->direction == DIRECTION_INBOUND ? -300 : 300;
			ms = ms > 0 ? ms : 1;
			o->duration_ms = (uint32_t)(whole ? ms / 1000 * 1000 : ms);
		}
		run = world_run(&w, NULL);
		world_check_causes(run, CAUSE(RELEASE_DELAY) | (whole ? CAUSE(ROUNDING) : 0));
		assert_int_equal(world_cause(run, CAUSE_RELEASE_DELAY)->milliseconds, 300);
		assert_int_equal(world_cause(run, CAUSE_RELEASE_DELAY)->direction, 0);
		if (whole)
			assert_int_equal(world_cause(run, CAUSE_ROUNDING)->mode, ROUNDING_DOWN);
		reconcile_run_free(run);
		world_release(&w);
	}
}

static void durations_of_any_length_have_32_bits(void **state)
{
	static const int64_t exact[] = { 0, 1, 2678400000, 3221225471, 3221226000, 21600000000, 1071360000000 };

	(void)state;
	for (size_t i = 0; i < sizeof(exact) / sizeof(exact[0]); i++)
		assert_true(reconcile_duration_ms(reconcile_duration_pack(exact[i])) == exact[i]);
	assert_true(reconcile_duration_pack(INT64_MAX) == UINT32_MAX - 1);
	assert_true(reconcile_duration_pack(-1) == UINT32_MAX);
}

static void units(void **state)
{
	static const uint32_t factors[][2] = { { 60, 1 }, { 1, 60 }, { 1, 1000 }, { 10, 1 }, { 5, 3 }, { 1, 6 }, { 1000, 1 } };

	(void)state;
	for (size_t f = 0; f < sizeof(factors) / sizeof(factors[0]); f++) {
		struct world w;
		struct reconcile_run *run;

		world_make(&w, 45, 5000);
		for (size_t i = 0; i < w.on; i++)
			w.operator[i].duration_ms = reconcile_duration_pack((int64_t)w.operator[i].duration_ms * factors[f][0] / factors[f][1]);
		run = world_run(&w, NULL);
		world_check_pairs(&w, run, 1000);
		world_check_causes(run, CAUSE(UNIT));
		assert_int_equal(world_cause(run, CAUSE_UNIT)->numerator, factors[f][0]);
		assert_int_equal(world_cause(run, CAUSE_UNIT)->denominator, factors[f][1]);
		reconcile_run_free(run);
		world_release(&w);
	}
}

/* Whole minutes: rounded up, then written in minutes.  Short calls are two or three times as long then. */
static void minutes_that_were_begun(void **state)
{
	struct world w;
	struct reconcile_run *run;

	(void)state;
	world_make(&w, 49, 5000);
	for (size_t i = 0; i < w.on; i++)
		w.operator[i].duration_ms = (w.operator[i].duration_ms + 59999) / 60000 * 1000;
	run = world_run(&w, NULL);
	world_check_pairs(&w, run, 1000);
	world_check_causes(run, CAUSE(UNIT) | CAUSE(ROUNDING));
	assert_int_equal(world_cause(run, CAUSE_UNIT)->denominator, 60);
	assert_int_equal(world_cause(run, CAUSE_ROUNDING)->increment_ms, 60000);
	assert_int_equal(world_cause(run, CAUSE_ROUNDING)->mode, ROUNDING_UP);
	assert_int_equal(reconcile_totals(run)->counts[RECONCILE_DIFFERS], 0);
	reconcile_run_free(run);
	world_release(&w);
}

/* The timer has its value in seconds, whatever the operator writes. */
static void lost_ends_pile_up(void **state)
{
	static const uint32_t numerators[] = { 1, 1000, 1 }, denominators[] = { 1, 1, 60 };

	(void)state;
	for (size_t unit = 0; unit < sizeof(numerators) / sizeof(numerators[0]); unit++) {
		struct world w;
		struct reconcile_run *run;

		world_make(&w, 46, 8000);
		for (size_t i = 0; i < w.on; i++) {
			struct reconcile_record *o = &w.operator[i];
			int64_t ms = i % 50 ? (int64_t)o->duration_ms : 10800000;

			if (has_duration(o))
				o->duration_ms = reconcile_duration_pack(ms * numerators[unit] / denominators[unit]);
		}
		run = world_run(&w, NULL);
		world_check_pairs(&w, run, 1000);
		world_check_causes(run, CAUSE(TIMER_CAP) | (unit ? CAUSE(UNIT) : 0));
		assert_int_equal(world_cause(run, CAUSE_TIMER_CAP)->cap_ms, 10800000);
		assert_int_equal(reconcile_verdict(run), RECONCILE_EXPLAINED);
		reconcile_run_free(run);
		world_release(&w);
	}
}

/* The timer runs from the answer, and the ringing before it is counted as of all calls. */
static void lost_ends_behind_the_ringing(void **state)
{
	struct world w;
	struct reconcile_run *run;

	(void)state;
	world_make(&w, 146, 8000);
	for (size_t i = 0; i < w.on; i++) {
		struct reconcile_record *o = &w.operator[i];

		if (has_duration(o))
			o->duration_ms = (i % 50 ? o->duration_ms : 10800000) + (uint32_t)(o->answer_ms - o->start_ms);
	}
	run = world_run(&w, NULL);
	world_check_causes(run, CAUSE(TIMER_CAP) | CAUSE(RING_TIME));
	assert_int_equal(world_cause(run, CAUSE_TIMER_CAP)->cap_ms, 10800000);
	assert_int_equal(reconcile_totals(run)->counts[RECONCILE_DIFFERS], 0);
	reconcile_run_free(run);
	world_release(&w);
}

/* Thirty disputed calls of one length among many of all lengths are no timer's. */
static void lengths_that_many_share_are_no_timer(void **state)
{
	const struct reconcile_cause *causes;
	struct reconcile_run *run;
	struct world w;
	size_t count;

	(void)state;
	world_make(&w, 147, 20000);
	for (size_t i = 0; i < w.on; i += 3)
		if (has_duration(&w.operator[i]))
			w.operator[i].duration_ms = 1200000 + (uint32_t)(i / 3 % 60) * 1000;
	run = world_run(&w, NULL);
	causes = reconcile_causes(run, &count);
	for (size_t i = 0; i < count; i++)
		assert_int_not_equal(causes[i].kind, CAUSE_TIMER_CAP);
	reconcile_run_free(run);
	world_release(&w);
}

static void unanswered_calls_carry_durations(void **state)
{
	struct world w;
	struct reconcile_run *run;

	(void)state;
	world_make(&w, 47, 5000);
	for (size_t i = 0; i < w.on; i++)
		if (!has_duration(&w.operator[i]))
			w.operator[i].duration_ms = (uint32_t)(w.operator[i].end_ms - w.operator[i].start_ms);
	run = world_run(&w, NULL);
	world_check_pairs(&w, run, 1000);
	world_check_causes(run, CAUSE(UNANSWERED_REPORTED));
	assert_int_equal(reconcile_totals(run)->unexplained_ms / 1000000, 0);
	reconcile_run_free(run);
	world_release(&w);
}

/* Rounding on one trunk only; another way of counting from noon on; in one direction. */
static void causes_that_hold_in_part(void **state)
{
	(void)state;
	for (int kind = 0; kind < 3; kind++) {
		const struct reconcile_cause *cause;
		struct world w;
		struct reconcile_run *run;

		world_make(&w, 48, 20000);
		for (size_t i = 0; i < w.on; i++) {
			const struct reconcile_record *p = &w.platform[i];
			bool hit = kind == 0 ? p->trunk == 2 : kind == 1 ? p->direction == DIRECTION_INBOUND :
									   p->start_ms >= WORLD_DAY + 12 * HOUR_MS;

			if (hit && has_duration(&w.operator[i]))
				w.operator[i].duration_ms = ceil_to(w.operator[i].duration_ms, 6000);
		}
		run = world_run(&w, NULL);
		world_check_causes(run, CAUSE(ROUNDING));
		cause = world_cause(run, CAUSE_ROUNDING);
		assert_int_equal(cause->increment_ms, 6000);
		assert_int_equal(cause->trunk, kind == 0 ? 2 : 0);
		assert_int_equal(cause->direction, kind == 1 ? DIRECTION_INBOUND : 0);
		assert_true(kind == 2 ? cause->from_ms == WORLD_DAY + 12 * HOUR_MS : cause->from_ms == INSTANT_NONE);
		assert_int_equal(reconcile_totals(run)->counts[RECONCILE_DIFFERS], 0);
		reconcile_run_free(run);
		world_release(&w);
	}
}

static void true_differences_are_found_and_no_others(void **state)
{
	(void)state;
	for (uint32_t inc = 1; inc <= 60000; inc = inc == 1 ? 6000 : 10 * inc) {
		struct world w;
		struct reconcile_run *run;
		size_t rows, disputed = 0, found = 0;
		struct reconcile_outcome *o;

		world_make(&w, 49, 20000);
		for (size_t i = 0; i < w.on; i++) {
			if (!has_duration(&w.operator[i]))
				continue;
			if (i % 100 == 3) {
				w.operator[i].duration_ms += 2 * inc + 2500 + (uint32_t)prng_below(&w.random, 50000);
				disputed++;
			}
			w.operator[i].duration_ms = ceil_to(w.operator[i].duration_ms, inc);
		}
		run = world_run(&w, NULL);
		world_check_pairs(&w, run, 1000);
		o = world_outcomes(run, &rows);
		for (size_t i = 0; i < rows; i++) {
			if (o[i].class != RECONCILE_DIFFERS)
				continue;
			assert_int_equal(o[i].platform % 100, 3);
			found++;
		}
		assert_int_equal(found, disputed);
		assert_int_equal(reconcile_verdict(run), RECONCILE_VERDICT_DIFFERS);
		free(o);
		reconcile_run_free(run);
		world_release(&w);
	}
}

/* 60 s on one trunk, 6 s on another, whole seconds on the third, milliseconds on the last: no model serves most. */
static void each_trunk_has_its_own_increment(void **state)
{
	static const uint32_t increments[] = { 1, 60000, 6000, 1000 };
	const struct reconcile_cause *causes;
	struct reconcile_run *run;
	struct world w;
	size_t count;

	(void)state;
	world_make(&w, 61, 8000);
	for (size_t i = 0; i < w.on; i++)
		if (has_duration(&w.operator[i]) && w.platform[i].trunk < WORLD_TRUNKS)
			w.operator[i].duration_ms = ceil_to(w.operator[i].duration_ms, increments[w.platform[i].trunk]);
	run = world_run(&w, NULL);
	world_check_causes(run, CAUSE(ROUNDING));
	causes = reconcile_causes(run, &count);
	assert_int_equal(count, 3);
	for (size_t i = 0; i < count; i++) {
		assert_in_range(causes[i].trunk, 1, 3);
		assert_int_equal(causes[i].increment_ms, increments[causes[i].trunk]);
	}
	assert_int_equal(reconcile_totals(run)->counts[RECONCILE_DIFFERS], 0);
	reconcile_run_free(run);
	world_release(&w);
}

/* What both directions have in common is one cause, what one of them has besides is its own. */
static void ringing_in_both_directions_and_a_minimum_in_one(void **state)
{
	const struct reconcile_cause *causes;
	struct reconcile_run *run;
	struct world w;
	size_t count;

	(void)state;
	world_make(&w, 62, 16000);
	for (size_t i = 0; i < w.on; i++) {
		struct reconcile_record *o = &w.operator[i];

		if (!has_duration(o))
			continue;
		o->duration_ms += (uint32_t)(w.platform[i].answer_ms - w.platform[i].start_ms);
		if (o->direction == DIRECTION_OUTBOUND)
			o->duration_ms = o->duration_ms < 60000 ? 60000 : ceil_to(o->duration_ms, 1000);
	}
	run = world_run(&w, NULL);
	world_check_causes(run, CAUSE(ROUNDING) | CAUSE(RING_TIME));
	causes = reconcile_causes(run, &count);
	assert_int_equal(count, 2);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(causes[i].direction, causes[i].kind == CAUSE_ROUNDING ? DIRECTION_OUTBOUND : DIRECTION_ABSENT);
	assert_int_equal(world_cause(run, CAUSE_ROUNDING)->minimum_ms, 60000);
	assert_int_equal(reconcile_totals(run)->counts[RECONCILE_DIFFERS], 0);
	reconcile_run_free(run);
	world_release(&w);
}

/* A few records below it are disputed, and no argument against the minimum. */
static void a_minimum_below_which_stray_records_lie(void **state)
{
	struct reconcile_run *run;
	struct world w;

	(void)state;
	world_make(&w, 63, 4000);
	for (size_t i = 0; i < w.on; i++) {
		struct reconcile_record *o = &w.operator[i];

		if (has_duration(o))
			o->duration_ms = i % 250 == 0 ? 41000 + (uint32_t)i : o->duration_ms < 60000 ? 60000 : ceil_to(o->duration_ms, 1000);
	}
	run = world_run(&w, NULL);
	world_check_causes(run, CAUSE(ROUNDING));
	assert_int_equal(world_cause(run, CAUSE_ROUNDING)->minimum_ms, 60000);
	assert_int_equal(world_cause(run, CAUSE_ROUNDING)->increment_ms, 1000);
	reconcile_run_free(run);
	world_release(&w);
}

/* The operator's end measures up to 300 ms more: at the edges of 6 s that is the next increment, and rounding to the
 * nearest second stays what it is. */
static void ends_that_measure_further_apart(void **state)
{
	(void)state;
	for (int mode = ROUNDING_UP; mode <= ROUNDING_NEAREST; mode += ROUNDING_NEAREST - ROUNDING_UP) {
		uint32_t inc = mode == ROUNDING_UP ? 6000 : 1000;
		struct reconcile_run *run;
		struct world w;

		world_make(&w, 64, 12000);
		for (size_t i = 0; i < w.on; i++) {
			struct reconcile_record *o = &w.operator[i];

			if (!has_duration(o))
				continue;
			o->duration_ms = w.platform[i].duration_ms + (uint32_t)prng_below(&w.random, 301);
			o->duration_ms = mode == ROUNDING_UP ? ceil_to(o->duration_ms, inc) : (o->duration_ms + inc / 2) / inc * inc;
		}
		run = world_run(&w, NULL);
		world_check_causes(run, CAUSE(ROUNDING));
		assert_int_equal(world_cause(run, CAUSE_ROUNDING)->mode, mode);
		assert_int_equal(reconcile_totals(run)->counts[RECONCILE_DIFFERS], 0);
		reconcile_run_free(run);
		world_release(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roundings),
		cmocka_unit_test(the_blur_at_the_edges_of_increments_is_no_difference),
		cmocka_unit_test(ringing_is_counted),
		cmocka_unit_test(release_delay),
		cmocka_unit_test(durations_of_any_length_have_32_bits),
		cmocka_unit_test(units),
		cmocka_unit_test(minutes_that_were_begun),
		cmocka_unit_test(lost_ends_pile_up),
		cmocka_unit_test(lost_ends_behind_the_ringing),
		cmocka_unit_test(lengths_that_many_share_are_no_timer),
		cmocka_unit_test(unanswered_calls_carry_durations),
		cmocka_unit_test(causes_that_hold_in_part),
		cmocka_unit_test(true_differences_are_found_and_no_others),
		cmocka_unit_test(a_minimum_below_which_stray_records_lie),
		cmocka_unit_test(ends_that_measure_further_apart),
		cmocka_unit_test(each_trunk_has_its_own_increment),
		cmocka_unit_test(ringing_in_both_directions_and_a_minimum_in_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
