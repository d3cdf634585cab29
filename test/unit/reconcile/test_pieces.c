/* Calls in several records, and records delivered twice. */
#include "world.h"

/* Cuts the record at a moment after its answer; the rest is a new record. */
static void cut_at(struct world *w, size_t i, int64_t moment, bool start_moves)
{
	struct reconcile_record *rest = world_copy(w, i), *o = &w->operator[i];
	int64_t end = o->answer_ms + o->duration_ms;

	o->end_ms = moment;
	o->duration_ms = (uint32_t)(moment - o->answer_ms);
	rest->answer_ms = moment;
	if (start_moves)
		rest->start_ms = moment;
	rest->end_ms = end;
	rest->duration_ms = (uint32_t)(end - moment);
}

static void check_pieces(bool start_moves, uint32_t increment)
{
	int64_t every = 15 * MINUTE_MS;
	struct world w;
	struct reconcile_run *run;

	world_make(&w, 71, 12000);
	for (size_t i = 0; i < w.on; i++) {
		const struct reconcile_record *o = &w.operator[i];

		if (o->answer_ms != INSTANT_NONE && (int64_t)o->duration_ms > every)
			cut_at(&w, i, o->answer_ms + every, start_moves);
	}
	for (size_t i = 0; i < w.on; i++)
		w.operator[i].duration_ms = (w.operator[i].duration_ms + increment - 1) / increment * increment;
	run = world_run(&w, NULL);
	world_check_pairs(&w, run, 1000);
	world_check_causes(run, CAUSE(PARTIAL_RECORDS) | (increment > 1 ? CAUSE(ROUNDING) : 0));
	assert_int_equal(world_cause(run, CAUSE_PARTIAL_RECORDS)->every_ms, every);
	assert_int_equal(reconcile_totals(run)->counts[RECONCILE_DIFFERS], 0);
	assert_int_equal(reconcile_totals(run)->counts[RECONCILE_OPERATOR_ONLY], 0);
	reconcile_run_free(run);
	world_release(&w);
}

static void long_calls_in_pieces(void **state)
{
	(void)state;
	check_pieces(true, 1);
	check_pieces(false, 1);
	check_pieces(true, 6000);
}

static bool is_not_lost(struct world *w, const struct reconcile_record *r)
{
	(void)w;
	return r->sip_code != 1;
}

/* Of some calls the second piece is lost: the third is theirs all the same, and no timer ended the first. */
static void pieces_that_are_lost(void **state)
{
	int64_t every = 15 * MINUTE_MS;
	struct world w;
	struct reconcile_run *run;
	size_t calls;

	(void)state;
	world_make(&w, 79, 12000);
	calls = w.on;
	for (size_t i = 0; i < calls; i++) {
		size_t last = i;

		w.platform[i].duration_ms *= w.platform[i].answer_ms == INSTANT_NONE ? 1 : 4;
		w.operator[i].duration_ms = w.platform[i].duration_ms;
		if (w.operator[i].answer_ms == INSTANT_NONE)
			continue;
		w.platform[i].end_ms = w.platform[i].answer_ms + w.platform[i].duration_ms;
		w.operator[i].end_ms = w.operator[i].answer_ms + w.operator[i].duration_ms;
		while ((int64_t)w.operator[last].duration_ms > every) {
			bool is_second = last != i && w.operator[last].answer_ms == w.operator[i].answer_ms + every;

			cut_at(&w, last, w.operator[last].answer_ms + every, true);
			if (is_second && i % 10 == 0)
				w.operator[last].sip_code = 1;
			last = w.on - 1;
		}
	}
	world_keep(&w, RECONCILE_OPERATOR, is_not_lost);
	run = world_run(&w, NULL);
	world_check_causes(run, CAUSE(PARTIAL_RECORDS));
	assert_int_equal(reconcile_totals(run)->counts[RECONCILE_OPERATOR_ONLY], 0);
	assert_true(reconcile_totals(run)->counts[RECONCILE_DIFFERS] > 30);
	reconcile_run_free(run);
	world_release(&w);
}

/* Where the two sides measured a call differently its pieces do not sum up, and are its pieces all the same. */
static void disputed_calls_in_pieces(void **state)
{
	int64_t every = 5 * MINUTE_MS;
	uint64_t disputed = 0;
	struct world w;
	struct reconcile_run *run;
	size_t calls;

	(void)state;
	world_make(&w, 77, 12000);
	calls = w.on;
	for (size_t i = 0; i < w.on; i++) {
		struct reconcile_record *o = &w.operator[i];

		if (o->answer_ms == INSTANT_NONE || (int64_t)o->duration_ms <= every)
			continue;
		if (i < calls && i % 25 == 0) {
			o->duration_ms += 100000;
			o->end_ms += 100000;
			disputed++;
		}
		cut_at(&w, i, o->answer_ms + every, true); /* the rest is cut when its turn comes */
	}
	assert_true(disputed > 20);
	run = world_run(&w, NULL);
	world_check_pairs(&w, run, 1000);
	world_check_causes(run, CAUSE(PARTIAL_RECORDS));
	assert_int_equal(reconcile_totals(run)->counts[RECONCILE_OPERATOR_ONLY], 0);
	assert_true(reconcile_totals(run)->counts[RECONCILE_DIFFERS] >= 2 * disputed);
	reconcile_run_free(run);
	world_release(&w);
}

/* Interim records say how long the call lasted so far; summing them up would multiply it. */
static void cumulative_interim_records(void **state)
{
	int64_t every = 5 * MINUTE_MS, interim_ms = 0;
	struct world w;
	struct reconcile_run *run;
	size_t calls;

	(void)state;
	world_make(&w, 72, 8000);
	calls = w.on;
	for (size_t i = 0; i < calls; i++) {
		int64_t lasted = w.operator[i].answer_ms == INSTANT_NONE ? 0 : w.operator[i].duration_ms;

		for (int64_t at = every; at < lasted; at += every) {
			struct reconcile_record *interim = world_copy(&w, i);

			interim->duration_ms = (uint32_t)at;
			interim->end_ms = interim->answer_ms + at;
			interim_ms += at;
		}
	}
	run = world_run(&w, NULL);
	world_check_pairs(&w, run, 1000);
	world_check_causes(run, CAUSE(PARTIAL_RECORDS));
	assert_int_equal(world_cause(run, CAUSE_PARTIAL_RECORDS)->every_ms, every);
	assert_int_equal(world_cause(run, CAUSE_PARTIAL_RECORDS)->explained_ms, interim_ms);
	assert_int_equal(reconcile_totals(run)->counts[RECONCILE_DIFFERS], 0);
	reconcile_run_free(run);
	world_release(&w);
}

static void calls_cut_at_midnight_of_a_zone(void **state)
{
	int64_t midnight = WORLD_DAY + 22 * HOUR_MS;   /* of a zone two hours east */
	struct world w;
	struct reconcile_run *run;
	size_t calls;

	(void)state;
	world_make(&w, 73, 60000);
	calls = w.on;
	for (size_t i = 0; i < calls; i++) {
		const struct reconcile_record *o = &w.operator[i];

		if (o->answer_ms < midnight && o->answer_ms + (int64_t)o->duration_ms > midnight && o->answer_ms != INSTANT_NONE)
			cut_at(&w, i, midnight, true);
	}
	run = world_run(&w, NULL);
	world_check_pairs(&w, run, 999);
	world_check_causes(run, CAUSE(MIDNIGHT_CUT));
	assert_int_equal(world_cause(run, CAUSE_MIDNIGHT_CUT)->zone_ms, 2 * HOUR_MS);
	reconcile_run_free(run);
	world_release(&w);
}

/* The switch cuts when its own clock strikes, which is 5.6 s fast. */
static void calls_cut_at_midnight_of_a_clock_that_is_off(void **state)
{
	int64_t midnight = WORLD_DAY + 22 * HOUR_MS;
	struct world w;
	struct reconcile_run *run;
	size_t calls;

	(void)state;
	world_make(&w, 78, 60000);
	calls = w.on;
	for (size_t i = 0; i < calls; i++) {
		struct reconcile_record *o = &w.operator[i];

		o->start_ms += 5600;
		o->answer_ms += o->answer_ms == INSTANT_NONE ? 0 : 5600;
		o->end_ms += 5600;
		if (o->answer_ms < midnight && o->answer_ms + (int64_t)o->duration_ms > midnight && o->answer_ms != INSTANT_NONE)
			cut_at(&w, i, midnight, true);
	}
	run = world_run(&w, NULL);
	world_check_pairs(&w, run, 999);
	world_check_causes(run, CAUSE(MIDNIGHT_CUT) | CAUSE(CLOCK_OFFSET));
	assert_int_equal(world_cause(run, CAUSE_MIDNIGHT_CUT)->zone_ms, 2 * HOUR_MS);
	reconcile_run_free(run);
	world_release(&w);
}

static void the_same_file_twice_under_new_ids(void **state)
{
	struct world w;
	struct reconcile_run *run;
	size_t calls;

	(void)state;
	world_make(&w, 74, 5000);
	calls = w.on;
	for (size_t i = 0; i < calls; i++)
		world_copy(&w, i);
	run = world_run(&w, NULL);
	world_check_pairs(&w, run, 1000);
	world_check_causes(run, CAUSE(DUPLICATE_DELIVERY));
	assert_int_equal(world_cause(run, CAUSE_DUPLICATE_DELIVERY)->records, calls);
	assert_int_equal(reconcile_totals(run)->counts[RECONCILE_DUPLICATE], calls);
	assert_int_equal(reconcile_verdict(run), RECONCILE_EXPLAINED);
	reconcile_run_free(run);
	world_release(&w);
}

/* Too few for a cause: their class is told all the same. */
static void a_few_duplicates(void **state)
{
	struct world w;
	struct reconcile_run *run;

	(void)state;
	world_make(&w, 75, 5000);
	for (size_t i = 0; i < 12; i++)
		world_copy(&w, i * 40);
	run = world_run(&w, NULL);
	world_check_causes(run, 0);
	assert_int_equal(reconcile_totals(run)->counts[RECONCILE_DUPLICATE], 12);
	reconcile_run_free(run);
	world_release(&w);
}

static void duplicates_of_one_hour(void **state)
{
	int64_t from = WORLD_DAY + 10 * HOUR_MS;
	struct world w;
	struct reconcile_run *run;
	size_t calls;

	(void)state;
	world_make(&w, 76, 12000);
	calls = w.on;
	for (size_t i = 0; i < calls; i++)
		if (w.platform[i].start_ms >= from && w.platform[i].start_ms < from + HOUR_MS)
			world_copy(&w, i);
	run = world_run(&w, NULL);
	world_check_causes(run, CAUSE(DUPLICATE_DELIVERY));
	assert_true(llabs(world_cause(run, CAUSE_DUPLICATE_DELIVERY)->from_ms - from) <= MINUTE_MS);
	assert_true(llabs(world_cause(run, CAUSE_DUPLICATE_DELIVERY)->to_ms - from - HOUR_MS) <= MINUTE_MS);
	reconcile_run_free(run);
	world_release(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(long_calls_in_pieces),
		cmocka_unit_test(pieces_that_are_lost),
		cmocka_unit_test(disputed_calls_in_pieces),
		cmocka_unit_test(cumulative_interim_records),
		cmocka_unit_test(calls_cut_at_midnight_of_a_zone),
		cmocka_unit_test(calls_cut_at_midnight_of_a_clock_that_is_off),
		cmocka_unit_test(the_same_file_twice_under_new_ids),
		cmocka_unit_test(a_few_duplicates),
		cmocka_unit_test(duplicates_of_one_hour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
