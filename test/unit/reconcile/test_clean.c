/* What holds whatever the input: no invented cause, no dependence on order, threads or sides. */
#include "world.h"

#include "base/arena.h"

static const struct reconcile_totals *totals_of(const struct reconcile_run *run)
{
	return reconcile_totals(run);
}

static void clean_data_agrees(void **state)
{
	static const size_t sizes[] = { 100, 2000, 20000 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct world w;
		struct reconcile_run *run;

		world_make(&w, 11 + i, sizes[i]);
		run = world_run(&w, NULL);
		world_check_pairs(&w, run, 1000);
		world_check_causes(run, 0);
		assert_int_equal(reconcile_verdict(run), RECONCILE_AGREES);
		assert_int_equal(totals_of(run)->counts[RECONCILE_AGREED], sizes[i]);
		reconcile_run_free(run);
		world_release(&w);
	}
}

static void shuffle(struct world *w, struct reconcile_record *list, size_t n)
{
	for (size_t i = n; i > 1; i--) {
		size_t k = (size_t)prng_below(&w->random, i);
		struct reconcile_record one = list[k];

		list[k] = list[i - 1];
		list[i - 1] = one;
	}
}

/* Faults of several kinds at once, so that every part of the engine has a say. */
static void spoil(struct world *w)
{
	for (size_t i = 0; i < w->on; i++) {
		struct reconcile_record *o = &w->operator[i];

		o->start_ms += 3900;
		if (o->answer_ms != INSTANT_NONE)
			o->answer_ms += 3900;
		o->end_ms += 3900;
		o->duration_ms = (o->duration_ms + 5999) / 6000 * 6000;
	}
	for (size_t i = 0; i < 60; i++)
		world_copy(w, i * 7);
}

static void order_and_threads_change_nothing(void **state)
{
	struct reconcile_options options = RECONCILE_OPTIONS_DEFAULT;
	unsigned char first[SHA256_SIZE], again[SHA256_SIZE];
	struct reconcile_run *run;
	struct world w;

	(void)state;
	world_make(&w, 5, 12000);
	spoil(&w);
	run = world_run(&w, NULL);
	reconcile_digest(run, first);
	reconcile_run_free(run);
	for (unsigned threads = 1; threads <= 4; threads++) {
		shuffle(&w, w.platform, w.pn);
		shuffle(&w, w.operator, w.on);
		options.threads = threads;
		run = world_run(&w, &options);
		reconcile_digest(run, again);
		assert_memory_equal(first, again, sizeof(first));
		reconcile_run_free(run);
	}
	world_release(&w);
}

/* The partner of each of the operator's records, as the run says. */
static uint32_t *partners(const struct reconcile_run *run, size_t n, bool swapped)
{
	uint32_t *list = xalloc((n + 1) * sizeof(*list));
	size_t rows;
	struct reconcile_outcome *o = world_outcomes(run, &rows);

	memset(list, 0xff, n * sizeof(*list));
	for (size_t i = 0; i < rows; i++)
		if (o[i].platform != RECONCILE_NONE && o[i].operator != RECONCILE_NONE && o[i].class != RECONCILE_DUPLICATE)
			list[swapped ? o[i].platform : o[i].operator] = swapped ? o[i].operator : o[i].platform;
	free(o);
	return list;
}

static void swapped_sides_mirror_the_pairs(void **state)
{
	struct world w, mirror;
	struct reconcile_run *run, *other;
	uint32_t *a, *b;

	(void)state;
	world_make(&w, 6, 6000);
	for (size_t i = 0; i < w.on; i++)
		w.operator[i].start_ms -= 7400;
	mirror = w;
	mirror.platform = w.operator;
	mirror.operator = w.platform;
	run = world_run(&w, NULL);
	other = world_run(&mirror, NULL);
	a = partners(run, w.truth_n, false);
	b = partners(other, w.truth_n, true);
	assert_memory_equal(a, b, w.truth_n * sizeof(*a));
	assert_int_equal(world_cause(run, CAUSE_CLOCK_OFFSET)->shift_ms / 100, -74);
	assert_int_equal(world_cause(other, CAUSE_CLOCK_OFFSET)->shift_ms / 100, 74);
	free(a);
	free(b);
	reconcile_run_free(run);
	reconcile_run_free(other);
	world_release(&w);
}

static bool is_even(const struct reconcile_record *r)
{
	number_t ours = r->direction == DIRECTION_INBOUND ? r->callee : r->caller;

	return number_value(ours) % 2 == 0;
}

static void splitting_by_subscriber_gives_the_same_pairs(void **state)
{
	struct world w;
	struct reconcile_run *whole;
	uint32_t *all;

	(void)state;
	world_make(&w, 7, 8000);
	whole = world_run(&w, NULL);
	all = partners(whole, w.truth_n, false);
	for (int part = 0; part < 2; part++) {
		struct world half = w;
		struct reconcile_run *run;
		uint32_t *some;

		half.platform = xalloc(w.pn * sizeof(*half.platform));
		half.operator = xalloc(w.on * sizeof(*half.operator));
		half.pn = half.on = 0;
		for (size_t i = 0; i < w.pn; i++)
			if (is_even(&w.platform[i]) == (part == 0))
				half.platform[half.pn++] = w.platform[i];
		for (size_t i = 0; i < w.on; i++)
			if (is_even(&w.operator[i]) == (part == 0))
				half.operator[half.on++] = w.operator[i];
		run = world_run(&half, NULL);
		some = partners(run, w.truth_n, false);
		for (size_t i = 0; i < half.on; i++)
			assert_int_equal(some[half.operator[i].reference], all[half.operator[i].reference]);
		free(some);
		reconcile_run_free(run);
		free(half.platform);
		free(half.operator);
	}
	free(all);
	reconcile_run_free(whole);
	world_release(&w);
}

static void few_records_or_none(void **state)
{
	struct world w;

	(void)state;
	for (size_t pn = 0; pn <= 1; pn++) {
		for (size_t on = 0; on <= 1; on++) {
			struct reconcile_run *run;

			world_make(&w, 8, 1);
			w.pn = pn;
			w.on = on;
			run = world_run(&w, NULL);
			world_check_pairs(&w, run, 1000);
			world_check_causes(run, 0);
			assert_int_equal(totals_of(run)->platform_records, pn);
			assert_int_equal(totals_of(run)->operator_records, on);
			reconcile_run_free(run);
			world_release(&w);
		}
	}
}

static void one_side_empty(void **state)
{
	struct world w;
	struct reconcile_run *run;

	(void)state;
	world_make(&w, 9, 500);
	w.on = 0;
	run = world_run(&w, NULL);
	world_check_causes(run, 0);
	assert_int_equal(totals_of(run)->counts[RECONCILE_PLATFORM_ONLY], 500);
	assert_int_equal(reconcile_verdict(run), RECONCILE_VERDICT_DIFFERS);
	reconcile_run_free(run);
	world_release(&w);
}

static void another_operators_day_is_unrelated(void **state)
{
	struct world w, other;
	struct reconcile_run *run;

	(void)state;
	world_make(&w, 10, 3000);
	world_make(&other, 99, 3000);
	memcpy(w.operator, other.operator, other.on * sizeof(*other.operator));
	run = world_run(&w, NULL);
	assert_int_equal(reconcile_verdict(run), RECONCILE_UNRELATED);
	world_check_causes(run, 0);
	assert_int_equal(totals_of(run)->counts[RECONCILE_PLATFORM_ONLY], 3000);
	assert_int_equal(totals_of(run)->counts[RECONCILE_OPERATOR_ONLY], 3000);
	reconcile_run_free(run);
	world_release(&other);
	world_release(&w);
}

static void a_second_run_is_refused(void **state)
{
	struct world w;
	struct reconcile_run *run;
	struct error err = { 0 };

	(void)state;
	world_make(&w, 12, 50);
	run = world_run(&w, NULL);
	assert_int_equal(reconcile_run(run, &err), E_INVALID);
	assert_int_equal(reconcile_run_add(run, RECONCILE_PLATFORM, w.platform, 1, &err), E_INVALID);
	reconcile_run_free(run);
	world_release(&w);
}

/* Each operator has its own causes. */
static void operators_are_told_apart(void **state)
{
	struct world w;
	struct reconcile_run *run;
	size_t count;
	const struct reconcile_cause *causes;

	(void)state;
	world_make(&w, 13, 9000);
	for (size_t i = 0; i < w.on; i++) {
		w.platform[i].operator_index = w.operator[i].operator_index = (uint16_t)(i % 3);
		if (i % 3 == 1)
			w.operator[i].start_ms += 5000;
		if (i % 3 == 2 && w.operator[i].duration_ms)
			w.operator[i].duration_ms = (w.operator[i].duration_ms + 59999) / 60000 * 60000;
	}
	run = world_run(&w, NULL);
	world_check_pairs(&w, run, 1000);
	world_check_causes(run, CAUSE(CLOCK_OFFSET) | CAUSE(ROUNDING));
	causes = reconcile_causes(run, &count);
	assert_int_equal(count, 2);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(causes[i].operator_index, causes[i].kind == CAUSE_CLOCK_OFFSET ? 1 : 2);
	assert_int_equal(reconcile_operator_count(run), 3);
	reconcile_run_free(run);
	world_release(&w);
}

static bool is_of_another(struct world *w, const struct reconcile_record *r)
{
	(void)w;
	return r->operator_index != 1;
}

/* Nothing delivered is no window without records: the others cannot explain it. */
static void an_operator_that_delivered_nothing(void **state)
{
	struct world w;
	struct reconcile_run *run;

	(void)state;
	world_make(&w, 15, 2000);
	for (size_t i = 0; i < w.on; i++)
		w.platform[i].operator_index = w.operator[i].operator_index = i % 4 ? 0 : 1;
	world_keep(&w, RECONCILE_OPERATOR, is_of_another);
	run = world_run(&w, NULL);
	world_check_causes(run, 0);
	assert_int_equal(reconcile_operator_totals(run, 0)->counts[RECONCILE_AGREED], 1500);
	assert_int_equal(reconcile_operator_totals(run, 1)->counts[RECONCILE_PLATFORM_ONLY], 500);
	assert_int_equal(reconcile_verdict(run), RECONCILE_VERDICT_DIFFERS);
	reconcile_run_free(run);
	world_release(&w);
}

static void a_range_limits_what_is_reported(void **state)
{
	struct reconcile_options options = RECONCILE_OPTIONS_DEFAULT;
	struct world w;
	struct reconcile_run *run;
	size_t inside = 0;

	(void)state;
	world_make(&w, 14, 6000);
	spoil(&w);
	options.from_ms = WORLD_DAY + 6 * HOUR_MS;
	options.to_ms = WORLD_DAY + 18 * HOUR_MS;
	run = world_run(&w, &options);
	for (size_t i = 0; i < w.pn; i++)
		inside += w.platform[i].start_ms >= options.from_ms && w.platform[i].start_ms < options.to_ms;
	assert_int_equal(totals_of(run)->platform_records, inside);
	world_check_pairs(&w, run, 0);
	assert_int_equal(world_cause(run, CAUSE_CLOCK_OFFSET)->records, inside);
	reconcile_run_free(run);
	world_release(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clean_data_agrees),
		cmocka_unit_test(order_and_threads_change_nothing),
		cmocka_unit_test(swapped_sides_mirror_the_pairs),
		cmocka_unit_test(splitting_by_subscriber_gives_the_same_pairs),
		cmocka_unit_test(few_records_or_none),
		cmocka_unit_test(one_side_empty),
		cmocka_unit_test(another_operators_day_is_unrelated),
		cmocka_unit_test(a_second_run_is_refused),
		cmocka_unit_test(operators_are_told_apart),
		cmocka_unit_test(an_operator_that_delivered_nothing),
		cmocka_unit_test(a_range_limits_what_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
