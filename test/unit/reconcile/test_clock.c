/* The operator's clock: offset, drift, steps, zones, whole seconds, one node of a cluster. */
#include "world.h"

static void shift(struct reconcile_record *o, int64_t ms)
{
	o->start_ms += ms;
	if (o->answer_ms != INSTANT_NONE)
		o->answer_ms += ms;
	o->end_ms += ms;
}

static int64_t off(int64_t found, int64_t expected)
{
	return llabs(found - expected);
}

static void check_offset(int64_t by_ms, size_t calls)
{
	struct world w;
	struct reconcile_run *run;

	world_make(&w, 21, calls);
	for (size_t i = 0; i < w.on; i++)
		shift(&w.operator[i], by_ms);
	run = world_run(&w, NULL);
	world_check_pairs(&w, run, 1000);
	world_check_causes(run, CAUSE(CLOCK_OFFSET));
	assert_true(off(world_cause(run, CAUSE_CLOCK_OFFSET)->shift_ms, by_ms) <= 100);
	assert_int_equal(world_cause(run, CAUSE_CLOCK_OFFSET)->records, calls);
	assert_int_equal(reconcile_verdict(run), RECONCILE_AGREES);
	reconcile_run_free(run);
	world_release(&w);
}

static void offsets(void **state)
{
	(void)state;
	check_offset(3900, 20000);
	check_offset(-7400, 20000);
	check_offset(-118000, 3000);
	check_offset(37200, 300);
}

static void drift_with_offset(void **state)
{
	struct world w;
	struct reconcile_run *run;

	(void)state;
	world_make(&w, 22, 20000);
	for (size_t i = 0; i < w.on; i++) {
		int64_t t = w.operator[i].start_ms - WORLD_DAY - 12 * HOUR_MS;

		shift(&w.operator[i], 9000 + t * 85 / 1000000);
	}
	run = world_run(&w, NULL);
	world_check_pairs(&w, run, 1000);
	world_check_causes(run, CAUSE(CLOCK_OFFSET) | CAUSE(CLOCK_DRIFT));
	assert_true(off(world_cause(run, CAUSE_CLOCK_DRIFT)->ppb, 85000) <= 10000);
	assert_true(off(world_cause(run, CAUSE_CLOCK_OFFSET)->shift_ms, 9000) <= 100);
	assert_true(off(world_cause(run, CAUSE_CLOCK_OFFSET)->at_ms, WORLD_DAY + 12 * HOUR_MS) <= MINUTE_MS);
	reconcile_run_free(run);
	world_release(&w);
}

/* A step back makes some records end before they start. */
static void step_in_the_day(void **state)
{
	static const int64_t steps[] = { -118000, 2500, 45000 };

	(void)state;
	for (size_t s = 0; s < sizeof(steps) / sizeof(steps[0]); s++) {
		int64_t at = WORLD_DAY + 14 * HOUR_MS + 3 * MINUTE_MS;
		const struct reconcile_cause *step;
		struct world w;
		struct reconcile_run *run;

		world_make(&w, 23 + s, 20000);
		for (size_t i = 0; i < w.on; i++) {
			struct reconcile_record *o = &w.operator[i];

			o->start_ms += o->start_ms >= at ? steps[s] : 0;
			if (o->answer_ms != INSTANT_NONE)
				o->answer_ms += o->answer_ms >= at ? steps[s] : 0;
			o->end_ms += o->end_ms >= at ? steps[s] : 0;
		}
		run = world_run(&w, NULL);
		world_check_pairs(&w, run, 999);
		world_check_causes(run, CAUSE(CLOCK_STEP));
		step = world_cause(run, CAUSE_CLOCK_STEP);
		assert_true(off(step->shift_ms, steps[s]) <= 100);
		assert_true(off(step->at_ms, at) <= MINUTE_MS);
		reconcile_run_free(run);
		world_release(&w);
	}
}

static void zones_east_and_west(void **state)
{
	static const int64_t zones[] = { 3600000, -5 * 3600000, 19800000, 20700000 };

	(void)state;
	for (size_t z = 0; z < sizeof(zones) / sizeof(zones[0]); z++) {
		struct world w;
		struct reconcile_run *run;

		world_make(&w, 26 + z, 5000);
		for (size_t i = 0; i < w.on; i++)
			shift(&w.operator[i], zones[z]);
		run = world_run(&w, NULL);
		world_check_pairs(&w, run, 1000);
		world_check_causes(run, CAUSE(ZONE_OFFSET));
		assert_int_equal(world_cause(run, CAUSE_ZONE_OFFSET)->shift_ms, zones[z]);
		reconcile_run_free(run);
		world_release(&w);
	}
}

static void a_zone_and_a_clock_that_is_behind(void **state)
{
	struct world w;
	struct reconcile_run *run;

	(void)state;
	world_make(&w, 31, 5000);
	for (size_t i = 0; i < w.on; i++)
		shift(&w.operator[i], 3600000 - 7400);
	run = world_run(&w, NULL);
	world_check_causes(run, CAUSE(ZONE_OFFSET) | CAUSE(CLOCK_OFFSET));
	assert_true(off(world_cause(run, CAUSE_CLOCK_OFFSET)->shift_ms, -7400) <= 100);
	reconcile_run_free(run);
	world_release(&w);
}

/* Summer time ends: the zone is +2 hours and then +1. */
static void daylight_saving_change(void **state)
{
	int64_t at = WORLD_DAY + HOUR_MS;
	struct world w;
	struct reconcile_run *run;
	size_t count;
	const struct reconcile_cause *causes;

	(void)state;
	world_make(&w, 32, 20000);
	for (size_t i = 0; i < w.on; i++)
		shift(&w.operator[i], w.operator[i].start_ms < at ? 2 * HOUR_MS : HOUR_MS);
	run = world_run(&w, NULL);
	world_check_pairs(&w, run, 999);
	world_check_causes(run, CAUSE(ZONE_OFFSET));
	causes = reconcile_causes(run, &count);
	assert_int_equal(count, 2);
	assert_int_equal(causes[0].shift_ms, 2 * HOUR_MS);
	assert_int_equal(causes[1].shift_ms, HOUR_MS);
	assert_true(off(causes[0].to_ms, at) <= MINUTE_MS);
	assert_int_equal(causes[0].to_ms, causes[1].from_ms);
	reconcile_run_free(run);
	world_release(&w);
}

static void one_node_in_another_zone(void **state)
{
	struct world w;
	struct reconcile_run *run;

	(void)state;
	world_make(&w, 33, 8000);
	for (size_t i = 0; i < w.on; i++)
		if (w.operator[i].trunk == 3)
			shift(&w.operator[i], HOUR_MS);
	/* The operator need not say which trunk it was. */
	for (size_t i = 0; i < w.on; i++)
		w.operator[i].trunk = 0;
	run = world_run(&w, NULL);
	world_check_pairs(&w, run, 1000);
	world_check_causes(run, CAUSE(ZONE_OFFSET));
	assert_int_equal(world_cause(run, CAUSE_ZONE_OFFSET)->shift_ms, HOUR_MS);
	assert_int_equal(world_cause(run, CAUSE_ZONE_OFFSET)->trunk, 3);
	reconcile_run_free(run);
	world_release(&w);
}

static int64_t cut(int64_t ms)
{
	return ms == INSTANT_NONE ? ms : ms / 1000 * 1000;
}

static void whole_second_stamps_are_no_offset(void **state)
{
	struct world w;
	struct reconcile_run *run;

	(void)state;
	for (int64_t by = 0; by <= 7400; by += 7400) {
		world_make(&w, 34, 10000);
		for (size_t i = 0; i < w.on; i++) {
			struct reconcile_record *o = &w.operator[i];

			shift(o, by);
			o->start_ms = cut(o->start_ms);
			o->answer_ms = cut(o->answer_ms);
			o->end_ms = cut(o->end_ms);
		}
		run = world_run(&w, NULL);
		world_check_pairs(&w, run, 1000);
		world_check_causes(run, by ? CAUSE(CLOCK_OFFSET) : 0);
		if (by)
			assert_true(off(world_cause(run, CAUSE_CLOCK_OFFSET)->shift_ms, by) <= 100);
		reconcile_run_free(run);
		world_release(&w);
	}
}

static void only_the_end_is_stamped(void **state)
{
	struct world w;
	struct reconcile_run *run;

	(void)state;
	world_make(&w, 35, 5000);
	for (size_t i = 0; i < w.on; i++) {
		shift(&w.operator[i], 20000);
		w.operator[i].start_ms = w.operator[i].answer_ms = INSTANT_NONE;
	}
	run = world_run(&w, NULL);
	world_check_pairs(&w, run, 990);
	world_check_causes(run, CAUSE(CLOCK_OFFSET));
	reconcile_run_free(run);
	world_release(&w);
}

/* Every third record is of a node in another zone, and no column says so. */
static void a_node_that_no_column_names(void **state)
{
	struct world w;
	struct reconcile_run *run;
	uint64_t aside = 0;

	(void)state;
	world_make(&w, 27, 6000);
	for (size_t i = 0; i < w.on; i += 3, aside++)
		shift(&w.operator[i], HOUR_MS);
	run = world_run(&w, NULL);
	world_check_pairs(&w, run, 1000);
	world_check_causes(run, CAUSE(ZONE_OFFSET));
	assert_int_equal(world_cause(run, CAUSE_ZONE_OFFSET)->shift_ms, HOUR_MS);
	assert_true(world_cause(run, CAUSE_ZONE_OFFSET)->records * 1000 >= aside * 999);
	reconcile_run_free(run);
	world_release(&w);
}

/* Half a second in a day, and the same way all day. */
static void little_but_steady_drift(void **state)
{
	struct world w;
	struct reconcile_run *run;

	(void)state;
	world_make(&w, 28, 20000);
	for (size_t i = 0; i < w.on; i++)
		shift(&w.operator[i], (w.operator[i].start_ms - WORLD_DAY) * 5 / 1000000);
	run = world_run(&w, NULL);
	world_check_causes(run, CAUSE(CLOCK_DRIFT));
	assert_true(off(world_cause(run, CAUSE_CLOCK_DRIFT)->ppb, 5000) <= 2000);
	reconcile_run_free(run);
	world_release(&w);
}

static int64_t to_second(int64_t ms, int64_t add_ms)
{
	return ms == INSTANT_NONE ? ms : (ms + add_ms) / 1000 * 1000;
}

/* A right clock cut, rounded or raised to seconds is a right clock. */
static void whole_seconds_of_every_kind(void **state)
{
	(void)state;
	for (int64_t add_ms = 0; add_ms < 1000; add_ms += 333) {
		struct world w;
		struct reconcile_run *run;

		world_make(&w, 29, 4000);
		for (size_t i = 0; i < w.on; i++) {
			struct reconcile_record *o = &w.operator[i];

			o->start_ms = to_second(o->start_ms, add_ms);
			o->answer_ms = to_second(o->answer_ms, add_ms);
			o->end_ms = to_second(o->end_ms, add_ms);
		}
		run = world_run(&w, NULL);
		world_check_pairs(&w, run, 1000);
		world_check_causes(run, 0);
		reconcile_run_free(run);
		world_release(&w);
	}
}

/* Half a second to the other end: each direction stands off by the way there, and the clock is right. */
static void a_long_way_is_no_offset(void **state)
{
	struct world w;
	struct reconcile_run *run;

	(void)state;
	world_make(&w, 33, 8000);
	for (size_t i = 0; i < w.on; i++) {
		struct reconcile_record *o = &w.operator[i];
		int64_t way = w.platform[i].direction == DIRECTION_OUTBOUND ? 450 : -450;

		o->start_ms += way;
		if (o->answer_ms != INSTANT_NONE)
			o->answer_ms -= way;
	}
	run = world_run(&w, NULL);
	world_check_pairs(&w, run, 1000);
	world_check_causes(run, 0);
	reconcile_run_free(run);
	world_release(&w);
}

/* An hour at three past two is no change of zone, which comes at a full hour. */
static void a_clock_set_by_an_hour(void **state)
{
	struct world w;
	struct reconcile_run *run;
	int64_t at = WORLD_DAY + 14 * HOUR_MS + 3 * MINUTE_MS;

	(void)state;
	world_make(&w, 34, 8000);
	for (size_t i = 0; i < w.on; i++)
		shift(&w.operator[i], w.platform[i].start_ms >= at ? HOUR_MS : 0);
	run = world_run(&w, NULL);
	world_check_causes(run, CAUSE(CLOCK_STEP));
	assert_true(off(world_cause(run, CAUSE_CLOCK_STEP)->shift_ms, HOUR_MS) <= 100);
	assert_true(off(world_cause(run, CAUSE_CLOCK_STEP)->at_ms, at) <= MINUTE_MS);
	reconcile_run_free(run);
	world_release(&w);
}

/* The offset of a clock that drifts and is set is said of a moment at which it did hold. */
static void an_offset_holds_when_it_is_said_to(void **state)
{
	const struct reconcile_cause *offset;
	struct world w;
	struct reconcile_run *run;
	int64_t at = WORLD_DAY + 9 * HOUR_MS;

	(void)state;
	world_make(&w, 35, 8000);
	for (size_t i = 0; i < w.on; i++) {
		int64_t t = w.platform[i].start_ms;

		shift(&w.operator[i], 20000 + (t - WORLD_DAY) * 60 / 1000000 + (t >= at ? -45000 : 0));
	}
	run = world_run(&w, NULL);
	world_check_causes(run, CAUSE(CLOCK_STEP) | CAUSE(CLOCK_DRIFT) | CAUSE(CLOCK_OFFSET));
	offset = world_cause(run, CAUSE_CLOCK_OFFSET);
	assert_true(offset->at_ms < at);
	assert_true(off(offset->shift_ms, 20000 + (offset->at_ms - WORLD_DAY) * 60 / 1000000) <= 100);
	reconcile_run_free(run);
	world_release(&w);
}

static void a_zone_and_a_clock_minutes_off(void **state)
{
	static const int64_t zones[] = { 8 * HOUR_MS, -5 * HOUR_MS, 23 * HOUR_MS / 4 };

	(void)state;
	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
		struct world w;
		struct reconcile_run *run;

		world_make(&w, 36, 3000);
		for (size_t k = 0; k < w.on; k++)
			shift(&w.operator[k], zones[i] + 5 * MINUTE_MS);
		run = world_run(&w, NULL);
		world_check_causes(run, CAUSE(ZONE_OFFSET) | CAUSE(CLOCK_OFFSET));
		assert_int_equal(world_cause(run, CAUSE_ZONE_OFFSET)->shift_ms, zones[i]);
		assert_true(off(world_cause(run, CAUSE_CLOCK_OFFSET)->shift_ms, 5 * MINUTE_MS) <= 100);
		reconcile_run_free(run);
		world_release(&w);
	}
}

/* A switch that subtracts its stamps: calls during which its clock is set are as much longer, or nothing is left of them. */
static void durations_by_a_clock_that_is_set(void **state)
{
	static const int64_t steps[] = { 40000, -90000 };
	int64_t at = WORLD_DAY + 10 * HOUR_MS + 20 * MINUTE_MS;

	(void)state;
	for (size_t s = 0; s < 2; s++) {
		const struct reconcile_cause *step;
		struct world w;
		struct reconcile_run *run;
		int64_t explained = 0;

		world_make(&w, 37, 20000);
		for (size_t i = 0; i < w.on; i++) {
			struct reconcile_record *o = &w.operator[i];
			const struct reconcile_record *p = &w.platform[i];
			int64_t by = -(int64_t)o->duration_ms > steps[s] ? -(int64_t)o->duration_ms : steps[s];

			if (p->answer_ms != INSTANT_NONE && p->answer_ms < at - 1000 && p->end_ms > at + 1000) {
				o->duration_ms = (uint32_t)((int64_t)o->duration_ms + by);
				explained += by;
			}
			o->start_ms += o->start_ms >= at ? steps[s] : 0;
			o->answer_ms += o->answer_ms != INSTANT_NONE && o->answer_ms >= at ? steps[s] : 0;
			o->end_ms += o->end_ms >= at ? steps[s] : 0;
		}
		run = world_run(&w, NULL);
		world_check_causes(run, CAUSE(CLOCK_STEP));
		step = world_cause(run, CAUSE_CLOCK_STEP);
		assert_true(explained != 0 && off(step->explained_ms, explained) < 2000);
		assert_int_equal(reconcile_totals(run)->counts[RECONCILE_DIFFERS], 0);
		reconcile_run_free(run);
		world_release(&w);
	}
}

static void one_direction_has_another_clock(void **state)
{
	struct world w;
	struct reconcile_run *run;

	(void)state;
	world_make(&w, 38, 8000);
	/* Fewer than half are inbound, so that the clock is the outbound one's. */
	for (size_t i = 0; i < w.on; i++)
		if (w.operator[i].direction == DIRECTION_INBOUND && i % 3 == 0)
			w.platform[i].direction = w.operator[i].direction = DIRECTION_OUTBOUND;
	for (size_t i = 0; i < w.on; i++)
		shift(&w.operator[i], w.operator[i].direction == DIRECTION_INBOUND ? 30000 : 0);
	run = world_run(&w, NULL);
	world_check_causes(run, CAUSE(CLOCK_OFFSET));
	assert_true(off(world_cause(run, CAUSE_CLOCK_OFFSET)->shift_ms, 30000) <= 100);
	assert_int_equal(world_cause(run, CAUSE_CLOCK_OFFSET)->direction, DIRECTION_INBOUND);
	reconcile_run_free(run);
	world_release(&w);
}

static bool one_in_three(size_t i)
{
	return (i * 2654435761U >> 7) % 3 == 0;
}

/* At night a node may have most of a half hour's few records: the clock does not follow it. */
static void a_node_that_has_most_of_a_night(void **state)
{
	struct world w;
	struct reconcile_run *run;

	(void)state;
	world_make(&w, 39, 800);
	for (size_t i = 0; i < w.on; i++) {
		int64_t into = w.platform[i].start_ms - WORLD_DAY;
		bool night = into < HOUR_MS;

		shift(&w.operator[i], (night ? !one_in_three(i) : one_in_three(i)) ? HOUR_MS : 0);
	}
	run = world_run(&w, NULL);
	world_check_causes(run, CAUSE(ZONE_OFFSET));
	assert_int_equal(world_cause(run, CAUSE_ZONE_OFFSET)->shift_ms, HOUR_MS);
	assert_true(world_cause(run, CAUSE_ZONE_OFFSET)->from_ms == INSTANT_NONE);
	reconcile_run_free(run);
	world_release(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(offsets),
		cmocka_unit_test(drift_with_offset),
		cmocka_unit_test(step_in_the_day),
		cmocka_unit_test(zones_east_and_west),
		cmocka_unit_test(a_zone_and_a_clock_that_is_behind),
		cmocka_unit_test(daylight_saving_change),
		cmocka_unit_test(one_node_in_another_zone),
		cmocka_unit_test(a_node_that_no_column_names),
		cmocka_unit_test(little_but_steady_drift),
		cmocka_unit_test(whole_second_stamps_are_no_offset),
		cmocka_unit_test(whole_seconds_of_every_kind),
		cmocka_unit_test(only_the_end_is_stamped),
		cmocka_unit_test(a_long_way_is_no_offset),
		cmocka_unit_test(a_clock_set_by_an_hour),
		cmocka_unit_test(a_node_that_has_most_of_a_night),
		cmocka_unit_test(one_direction_has_another_clock),
		cmocka_unit_test(durations_by_a_clock_that_is_set),
		cmocka_unit_test(an_offset_holds_when_it_is_said_to),
		cmocka_unit_test(a_zone_and_a_clock_minutes_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
