#include "world.h"

#include "exchange/number_orders.h"

#include <pthread.h>

static enum status place_order(struct world *w, int op, struct str body, struct order_row *row,
			       struct order_counts *counts, struct error *why)
{
	const struct json *root;

	must(json_parse(&w->arena, body, &root, &err));
	return number_order_place(&w->exchange, &w->arena, w->op[op].key, root, row, counts, why);
}

/* An order of user numbers for tenant[0]; numbers: the array's content. */
static struct str order_of(struct world *w, const char *type, const char *numbers)
{
	return arena_printf(&w->arena,
			    "{\"type\":\"%s\",\"tenantId\":\"%.*s\",\"usage\":\"CallingUserAssignment\","
			    "\"acquiredCapabilities\":[\"UserAssignment\"],\"numbers\":[%s]}",
			    type, STR_ARG(w->tenant[0].id), numbers);
}

static void run_all(struct world *w)
{
	int64_t again_ms = 0;

	while (again_ms == 0)
		must(number_orders_job(&w->exchange, &again_ms, &err));
}

static struct number_order placed(struct world *w, int op, const char *type, const char *numbers)
{
	struct number_order order = { .entries = NULL };

	must(place_order(w, op, order_of(w, type, numbers), &order.row, &order.counts, &err));
	return order;
}

static struct number_order found(struct world *w, int op, const struct number_order *order)
{
	struct number_order now = { .entries = NULL };

	must(number_order_find(&w->exchange, &w->arena, w->op[op].key, order->row.id, &now, &err));
	return now;
}

static void assert_entry(const struct number_order *order, size_t index, const char *number, const char *status,
			 const char *code)
{
	assert_true(index < order->entry_count);
	assert_true(str_is(order->entries[index].telephone_number, number));
	assert_true(str_is(order->entries[index].status, status));
	if (code)
		assert_true(str_is(order->entries[index].error_code, code));
	else
		assert_true(str_is_none(order->entries[index].error_code));
}

static void each_number_has_its_outcome(void **state)
{
	struct world *w = *state;
	struct number_order order, now;

	provisioned(w, 1, "+4930900003");
	order = placed(
		w, 0, "provision",
		"{\"telephoneNumber\":\"+4930900001\"},{\"from\":\"+4930900002\",\"to\":\"+4930900004\"},"
		"{\"telephoneNumber\":\"030900005\"},{\"telephoneNumber\":\"+442079460000\"},7,"
		"{\"from\":\"+4930900009\",\"to\":\"+4930900008\"},{\"from\":\"+4930900009\",\"to\":\"+493090001\"},"
		"{\"telephoneNumber\":\"+4930900010\",\"usage\":\"Nothing\"},{},{\"telephoneNumber\":12}");
	assert_int_equal(order.counts.pending, 5);
	assert_int_equal(order.counts.failed, 7);
	now = found(w, 0, &order);
	assert_true(str_is(now.row.status, "notStarted"));
	run_all(w);
	now = found(w, 0, &order);
	assert_true(str_is(now.row.status, "partiallySucceeded"));
	assert_int_equal(now.entry_count, 12);
	assert_entry(&now, 0, "+4930900001", "succeeded", NULL);
	assert_entry(&now, 1, "+4930900002", "succeeded", NULL);
	assert_entry(&now, 2, "+4930900003", "failed", "numberHeld");
	assert_entry(&now, 3, "+4930900004", "succeeded", NULL);
	assert_entry(&now, 4, "030900005", "failed", "invalidNumber");
	assert_entry(&now, 5, "+442079460000", "failed", "countryNotConsented");
	assert_entry(&now, 6, "", "failed", "malformedRecord");
	assert_entry(&now, 7, "+4930900009", "failed", "invalidValue");
	assert_entry(&now, 8, "+4930900009", "failed", "invalidValue");
	assert_entry(&now, 9, "+4930900010", "failed", "invalidValue");
	assert_entry(&now, 10, "", "failed", "missingField");
	assert_entry(&now, 11, "", "failed", "wrongType");
	assert_int_equal(now.counts.succeeded, 3);
	assert_true(str_is(current(w, "+4930900004").usage, "CallingUserAssignment"));
	must_fail(E_NOT_FOUND, number_order_find(&w->exchange, &w->arena, w->op[1].key, order.row.id, &now, &err));
}

static void an_entry_says_more_than_its_order(void **state)
{
	struct world *w = *state;
	struct number_order order = placed(
		w, 0, "provision",
		"{\"telephoneNumber\":\"+4930900001\",\"usage\":\"ConferenceAssignment\","
		"\"acquiredCapabilities\":[\"ConferenceAssignment\",\"TollFree\"],\"allowTenantAddressUpdate\":true},"
		"{\"telephoneNumber\":\"+4930900002\"}");

	run_all(w);
	assert_true(str_is(found(w, 0, &order).row.status, "succeeded"));
	assert_true(str_is(current(w, "+4930900001").usage, "ConferenceAssignment"));
	assert_true(str_is(current(w, "+4930900001").capabilities, "ConferenceAssignment,TollFree"));
	assert_true(current(w, "+4930900001").allow_address_update);
	assert_true(str_is(current(w, "+4930900002").capabilities, "UserAssignment"));
	assert_false(current(w, "+4930900002").allow_address_update);
}

static void release_has_its_rules_too(void **state)
{
	struct world *w = *state;
	struct number_order order;
	struct number_order now;

	provisioned(w, 0, "+4930900001");
	provisioned(w, 0, "+4930900002");
	provisioned(w, 1, "+4930900003");
	assigned(w, "+4930900001", &w->user);
	order = placed(w, 0, "release", "{\"from\":\"+4930900001\",\"to\":\"+4930900004\"}");
	run_all(w);
	now = found(w, 0, &order);
	assert_entry(&now, 0, "+4930900001", "failed", "numberAssigned");
	assert_entry(&now, 1, "+4930900002", "succeeded", NULL);
	assert_entry(&now, 2, "+4930900003", "failed", "itemNotFound");
	assert_entry(&now, 3, "+4930900004", "failed", "itemNotFound");
	/* Of another's number nothing is told that is not told of one that does not exist. */
	assert_true(str_equal(now.entries[2].message, now.entries[3].message));
}

static void an_order_without_consent_fails_whole(void **state)
{
	struct world *w = *state;
	struct number_order order;

	assert_int_equal(put_consent(w, 0, 0, "{\"status\":\"suspended\"}"), OK);
	order = placed(w, 0, "provision", "{\"telephoneNumber\":\"+4930900001\"}");
	run_all(w);
	order = found(w, 0, &order);
	assert_true(str_is(order.row.status, "failed"));
	assert_entry(&order, 0, "+4930900001", "failed", "consentRequired");
}

static void what_is_no_order_is_refused(void **state)
{
	static const struct {
		const char *body, *field;
		enum status status;
	} cases[] = {
		{ "{}", "type", E_MISSING_FIELD },
		{ "{\"type\":\"lease\"}", "type", E_FIELD_VALUE },
		{ "{\"type\":\"provision\",\"numbers\":[{}]}", "tenantId", E_MISSING_FIELD },
		{ "{\"type\":\"release\"}", "numbers", E_MISSING_FIELD },
		{ "{\"type\":\"release\",\"numbers\":[]}", "numbers", E_MISSING_FIELD },
		{ "{\"type\":\"release\",\"numbers\":{}}", "numbers", E_INVALID },
		{ "{\"type\":\"release\",\"usage\":\"x\",\"numbers\":[{}]}", "usage", E_FIELD_VALUE },
	};
	struct world *w = *state;
	struct order_counts counts;
	struct order_row row;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error err = { 0 };

		assert_int_equal(place_order(w, 0, str_from(cases[i].body), &row, &counts, &err), cases[i].status);
		assert_string_equal(err.field, cases[i].field);
	}
}

static void ten_thousand_are_an_order_and_one_more_is_none(void **state)
{
	struct world *w = *state;
	struct number_order order, now;
	struct order_counts counts;
	struct order_row row;
	int64_t total = 0, again_ms;

	must_fail(E_INVALID,
		  place_order(w, 0, order_of(w, "provision", "{\"from\":\"+4930910000\",\"to\":\"+4930919999\"},{}"),
			      &row, &counts, &err));
	must_fail(E_INVALID,
		  place_order(w, 0, order_of(w, "provision", "{\"from\":\"+4930000000\",\"to\":\"+4939999999\"}"), &row,
			      &counts, &err));
	order = placed(w, 0, "provision", "{\"from\":\"+4930910000\",\"to\":\"+4930919999\"}");
	must(number_orders_job(&w->exchange, &again_ms, &err));
	assert_int_equal(again_ms, 0);
	now = found(w, 0, &order);
	assert_true(str_is(now.row.status, "running"));
	assert_true(now.counts.succeeded > 0 && now.counts.pending > 0);
	/* A single change gets in between two chunks. */
	provisioned(w, 0, "+4930900001");
	run_all(w);
	now = found(w, 0, &order);
	assert_true(str_is(now.row.status, "succeeded"));
	assert_int_equal(now.counts.succeeded, 10000);
	must(numbers_total(&w->exchange, NUMBERS_OF_OPERATOR, w->op[0].key, &total, &err));
	assert_int_equal(total, 10001);
}

static void orders_are_listed_newest_first(void **state)
{
	struct world *w = *state;
	struct number_order first = placed(w, 0, "release", "{\"telephoneNumber\":\"+4930900001\"}"), *orders;
	struct number_order second = placed(w, 0, "release", "{\"telephoneNumber\":\"+4930900002\"}");
	size_t count;

	placed(w, 1, "release", "{\"telephoneNumber\":\"+4930900003\"}");
	must(number_orders_page(&w->exchange, &w->arena, w->op[0].key, INT64_MAX, STR(""), true, 10, &orders, &count, &err));
	assert_int_equal(count, 2);
	assert_true(orders[0].row.created_ms >= orders[1].row.created_ms);
	assert_int_equal(orders[0].counts.pending, 1);
	must(number_orders_page(&w->exchange, &w->arena, w->op[0].key, orders[0].row.created_ms, orders[0].row.id, true,
				10, &orders, &count, &err));
	assert_int_equal(count, 1);
	assert_true(str_equal(orders[0].row.id, first.row.id) || str_equal(orders[0].row.id, second.row.id));
}

/* --- two operators after the same numbers -------------------------------------------------- */

struct runner {
	struct world *w;
	enum status status;
};

static void *run_in_thread(void *context)
{
	struct runner *r = context;
	int64_t again_ms = 0;

	while (r->status == OK && again_ms == 0)
		r->status = number_orders_job(&r->w->exchange, &again_ms, NULL);
	return NULL;
}

static void a_number_goes_to_one_of_two_orders(void **state)
{
	struct world *w = *state;
	struct number_order a = placed(w, 0, "provision", "{\"from\":\"+4930900000\",\"to\":\"+4930900999\"}");
	struct number_order b = placed(w, 1, "provision", "{\"from\":\"+4930900000\",\"to\":\"+4930900999\"}");
	struct runner runners[3] = { { w, OK }, { w, OK }, { w, OK } };
	pthread_t threads[3];

	for (int i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, run_in_thread, &runners[i]), 0);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < 3; i++)
		assert_int_equal(runners[i].status, OK);
	a = found(w, 0, &a);
	b = found(w, 1, &b);
	assert_int_equal(a.counts.succeeded + b.counts.succeeded, 1000);
	assert_int_equal(a.counts.pending + b.counts.pending, 0);
	for (size_t i = 0; i < 1000; i++)
		assert_true(str_is(a.entries[i].status, "succeeded") != str_is(b.entries[i].status, "succeeded"));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_number_has_its_outcome, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(an_entry_says_more_than_its_order, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(release_has_its_rules_too, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(an_order_without_consent_fails_whole, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(what_is_no_order_is_refused, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(ten_thousand_are_an_order_and_one_more_is_none, world_setup,
						world_teardown),
		cmocka_unit_test_setup_teardown(orders_are_listed_newest_first, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(a_number_goes_to_one_of_two_orders, world_setup, world_teardown),
	};

	place_engine_from(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
