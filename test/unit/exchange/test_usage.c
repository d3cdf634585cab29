#include "world.h"

#include "base/instant.h"
#include "exchange/usage.h"
#include "reconcile/reconcile.h"

#include <stdlib.h>

#define DAY_MS (20000 * MS_PER_DAY)

struct usage_world {
	struct world *w;
	struct tenant_calls calls;
	int64_t noon_ms;               /* of yesterday: nothing is past its time */
};

static int setup(void **state)
{
	struct usage_world *u = xalloc(sizeof(*u));
	void *w;

	if (world_setup(&w) != 0)
		return -1;
	u->w = w;
	must(records_open(&u->w->exchange.records, u->w->exchange.store, 0, &err));
	must(tenant_calls_open(&u->calls, &u->w->exchange, u->w->tenant[0].key, &err));
	u->noon_ms = day_start(instant_day(clock_now_ms()) - 1) + MS_PER_DAY / 2;
	*state = u;
	return 0;
}

static int teardown(void **state)
{
	struct usage_world *u = *state;
	void *w = u->w;

	tenant_calls_close(&u->calls);
	records_close(u->w->exchange.records);
	free(u);
	return world_teardown(&w);
}

/* A call of tenant[0]: invite at noon + at_ms, rings for ring_ms (below 0: never answered), then talks. */
static struct record call_of(struct usage_world *u, const char *id, int64_t at_ms, int64_t ring_ms, int64_t talk_ms)
{
	struct record r;

	record_clear(&r, RECORD_CALL);
	r.id = str_from(id);
	r.user_id = u->w->user.id;
	r.direction = DIRECTION_OUTBOUND;
	r.caller = number_of_text("+4930900010");
	r.callee = number_of_text("+33142685300");
	r.start_ms = u->noon_ms + at_ms;
	r.answer_ms = ring_ms < 0 ? INSTANT_NONE : r.start_ms + ring_ms;
	r.end_ms = r.start_ms + (ring_ms < 0 ? 0 : ring_ms) + talk_ms;
	r.duration_ms = ring_ms < 0 ? DURATION_NONE : talk_ms;
	return r;
}

static void append(struct usage_world *u, int op, int tenant, struct record record)
{
	struct append_item item = {
		.record = record,
		.tenant_key = u->w->tenant[tenant].key,
		.digest = record_digest(&record),
	};
	int32_t days[2];
	struct append append = { .operator_key = u->w->op[op].key, .kind = RECORD_CALL, .items = &item, .count = 1,
				 .received_ms = u->noon_ms, .changed_days = days };

	must(records_append(u->w->exchange.records, &append, &err));
	assert_int_equal(item.outcome, APPEND_ACCEPTED);
}

static struct usage_page read_page(struct usage_world *u, int64_t from_ms, int64_t to_ms, struct records_place after,
				   size_t limit)
{
	struct usage_query query = { u->noon_ms + from_ms, u->noon_ms + to_ms, after, limit };
	struct usage_page page;

	must(usage_read(&u->calls, &u->w->arena, &query, &page, &err));
	assert_true(page.count <= limit);
	return page;
}

static struct usage_row only_row(struct usage_world *u)
{
	struct usage_page page = read_page(u, -MS_PER_DAY, MS_PER_DAY, RECORDS_START, 10);

	assert_int_equal(page.count, 1);
	assert_false(page.more);
	return page.rows[0];
}

static struct outcome outcome_of(const struct record *call, int class, const char *duration_id, int64_t operator_ms,
				 int64_t difference_ms)
{
	return (struct outcome){ .class = class, .call_filed_ms = call->start_ms, .call_id = call->id,
				 .duration_filed_ms = call->start_ms, .duration_id = str_from(duration_id),
				 .operator_ms = operator_ms, .difference_ms = difference_ms, .causes = STR("") };
}

static void write_outcomes(struct usage_world *u, const struct outcome *outcomes, size_t count)
{
	struct outcome_writer *writer;

	must(outcome_writer_begin(&writer, u->w->exchange.records, u->w->op[0].key, instant_day(u->noon_ms), &err));
	for (size_t i = 0; i < count; i++) {
		struct outcome o = outcomes[i];

		o.row = (int64_t)i;
		must(outcome_writer_add(writer, &o, &err));
	}
	must(outcome_writer_commit(writer, &err));
}

static void seconds_are_nearest_half_up(void **state)
{
	static const int64_t pairs[][2] = { { 0, 0 },	   { 499, 0 },	   { 500, 1 },	 { 1499, 1 }, { 1500, 2 },
					    { 59999, 60 }, { 60500, 61 }, { DURATION_MAX_MS, DURATION_MAX_MS / 1000 } };

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		assert_int_equal(usage_seconds(pairs[i][0]), pairs[i][1]);
}

static void ninety_days_and_not_backwards(void **state)
{
	(void)state;
	must(usage_window_check(DAY_MS, DAY_MS, &err));
	must(usage_window_check(DAY_MS, DAY_MS + 90 * MS_PER_DAY, &err));
	must_fail(E_INVALID, usage_window_check(DAY_MS, DAY_MS + 90 * MS_PER_DAY + 1, &err));
	must_fail(E_INVALID, usage_window_check(DAY_MS, DAY_MS - 1, &err));
}

static void the_window_is_on_the_answer(void **state)
{
	struct usage_world *u = *state;

	append(u, 0, 0, call_of(u, "answered", 0, 2500, 1000));
	append(u, 0, 0, call_of(u, "unanswered", 0, -1, 9000));
	append(u, 0, 1, call_of(u, "foreign", 0, 2500, 1000));
	assert_int_equal(read_page(u, 2500, 2500, RECORDS_START, 10).count, 1);
	assert_int_equal(read_page(u, 0, 2499, RECORDS_START, 10).count, 0);
	assert_int_equal(read_page(u, 2501, MS_PER_DAY, RECORDS_START, 10).count, 0);
	assert_int_equal(only_row(u).start_ms, u->noon_ms + 2500);
}

static void a_call_that_rings_over_midnight_stands_in_the_day_of_its_answer(void **state)
{
	struct usage_world *u = *state;
	int64_t midnight_ms = -MS_PER_DAY / 2;

	append(u, 0, 0, call_of(u, "over", midnight_ms - 10000, 15000, 1000));
	assert_int_equal(read_page(u, midnight_ms, midnight_ms + MS_PER_DAY, RECORDS_START, 10).count, 1);
	assert_int_equal(read_page(u, midnight_ms - MS_PER_DAY, midnight_ms, RECORDS_START, 10).count, 0);
}

static void the_operators_duration_where_the_pair_agreed(void **state)
{
	struct usage_world *u = *state;
	struct record call = call_of(u, "c", 0, 5000, 30000);
	struct outcome agreed = outcome_of(&call, RECONCILE_AGREED, "d", 30500, 500);
	char id[GUID_TEXT_SIZE];

	append(u, 0, 0, call);
	assert_false(only_row(u).by_operator);
	assert_int_equal(only_row(u).seconds, 30);
	memcpy(id, only_row(u).id, sizeof(id));
	write_outcomes(u, &agreed, 1);
	assert_true(only_row(u).by_operator);
	assert_int_equal(only_row(u).seconds, 31);
	assert_string_equal(only_row(u).id, id);
}

static void pieces_are_summed_and_duplicates_are_not(void **state)
{
	struct usage_world *u = *state;
	struct record call = call_of(u, "c", 0, 5000, 30000);
	const struct outcome rows[] = {
		outcome_of(&call, RECONCILE_AGREED, "d1", 20000, 400),
		outcome_of(&call, RECONCILE_AGREED, "d2", 10400, 0),
		outcome_of(&call, RECONCILE_DUPLICATE, "d3", 20000, 0),
	};

	append(u, 0, 0, call);
	write_outcomes(u, rows, 3);
	assert_true(only_row(u).by_operator);
	assert_int_equal(only_row(u).seconds, 30);
}

static void the_platforms_duration_stands_otherwise(void **state)
{
	struct usage_world *u = *state;
	struct record call = call_of(u, "c", 0, 5000, 30000);
	const struct outcome others[] = {
		outcome_of(&call, RECONCILE_DIFFERS, "d", 90000, 60000),
		outcome_of(&call, RECONCILE_DUPLICATE, "d", 30000, 0),
		outcome_of(&call, RECONCILE_AGREED, "d", DURATION_NONE, 0),
		outcome_of(&call, RECONCILE_AGREED, "d", 45000, 0),   /* of a version that lasted 45 s */
	};

	append(u, 0, 0, call);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		write_outcomes(u, &others[i], 1);
		assert_false(only_row(u).by_operator);
		assert_int_equal(only_row(u).seconds, 30);
	}
}

static void the_country_is_that_of_the_remote_number(void **state)
{
	struct usage_world *u = *state;
	struct record call = call_of(u, "c", 0, 5000, 30000);
	struct usage_row row;

	call.direction = DIRECTION_INBOUND;
	call.caller = number_of_text("+33142685300");
	call.callee = number_of_text("+4930900010");
	append(u, 0, 0, call);
	row = only_row(u);
	assert_string_equal(row.destination.name, "France");
	assert_string_equal(row.destination.context, "International");
	assert_true(str_is(row.country, "DE"));
	assert_true(str_equal(row.call.user->id, u->w->user.id));
	assert_int_equal(number_masked_count(row.call.stored.record.caller), 3);
	assert_int_equal(number_masked_count(row.call.stored.record.callee), 0);
}

#define CALLS 40

/* The bit of a row's call among CALLS ("07"); 0 for one that came later ("x.."). */
static uint64_t bit_of(const struct usage_row *row)
{
	uint64_t n;

	return str_to_u64(row->call.stored.record.id, CALLS - 1, &n) ? UINT64_C(1) << n : 0;
}

static void paging_neither_skips_nor_repeats_while_records_arrive(void **state)
{
	struct usage_world *u = *state;
	struct records_place after = RECORDS_START;
	struct usage_page page = { .more = true };
	uint64_t seen = 0;

	/* Pairs at the same moment at two operators: the place must tell them apart. */
	for (int i = 0; i < CALLS; i++)
		append(u, i % 2, 0, call_of(u, arena_printf(&u->w->arena, "%02d", i).p, i / 2 * 1000, 100, 1000));
	for (int turn = 0; page.more; turn++) {
		page = read_page(u, -MS_PER_DAY, MS_PER_DAY, after, 3);
		for (size_t i = 0; i < page.count; i++) {
			assert_int_equal(seen & bit_of(&page.rows[i]), 0);
			seen |= bit_of(&page.rows[i]);
		}
		after = page.end;
		append(u, turn % 2, 0, call_of(u, arena_printf(&u->w->arena, "x%d", turn).p, turn * 700, 100, 1000));
		assert_true(turn < 4 * CALLS);
	}
	assert_true(seen == (UINT64_C(1) << CALLS) - 1);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(seconds_are_nearest_half_up),
		cmocka_unit_test(ninety_days_and_not_backwards),
		cmocka_unit_test_setup_teardown(the_window_is_on_the_answer, setup, teardown),
		cmocka_unit_test_setup_teardown(a_call_that_rings_over_midnight_stands_in_the_day_of_its_answer, setup,
						teardown),
		cmocka_unit_test_setup_teardown(the_operators_duration_where_the_pair_agreed, setup, teardown),
		cmocka_unit_test_setup_teardown(pieces_are_summed_and_duplicates_are_not, setup, teardown),
		cmocka_unit_test_setup_teardown(the_platforms_duration_stands_otherwise, setup, teardown),
		cmocka_unit_test_setup_teardown(the_country_is_that_of_the_remote_number, setup, teardown),
		cmocka_unit_test_setup_teardown(paging_neither_skips_nor_repeats_while_records_arrive, setup, teardown),
	};

	place_engine_from(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
