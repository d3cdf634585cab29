#include "world.h"

#include "base/instant.h"

/* --- consents ----------------------------------------------------------------------- */

static void a_consent_is_merged_and_checked(void **state)
{
	struct world *w = *state;
	struct consent_row row, *rows;
	size_t count;

	assert_int_equal(put_consent(w, 0, 1, "{\"status\":\"active\"}"), E_MISSING_FIELD);
	assert_int_equal(put_consent(w, 0, 1, "{\"consentedCountries\":[]}"), E_FIELD_VALUE);
	assert_int_equal(put_consent(w, 0, 1, "{\"consentedCountries\":[\"XX\"]}"), E_FIELD_VALUE);
	assert_int_equal(put_consent(w, 0, 1, "{\"consentedCountries\":[7]}"), E_FIELD_TYPE);
	assert_int_equal(put_consent(w, 0, 1, "{\"consentedCountries\":[\"DE\"],\"status\":\"maybe\"}"), E_FIELD_VALUE);
	assert_int_equal(put_consent(w, 0, 1, "{\"consentedCountries\":[\"DE\"],\"contacts\":[\"x\"]}"), E_FIELD_TYPE);
	must_fail(E_NOT_FOUND, consents_find(&w->exchange, &w->arena, w->op[0].id, w->tenant[1].id, &row, &err));

	assert_int_equal(put_consent(w, 0, 1,
				     "{\"consentedCountries\":[\"de\",\"FR\",\"DE\"],\"noticeVersion\":\"2021-05-27\","
				     "\"contacts\":[{\"email\":\"a@b.example\",\"shoeSize\":44}]}"),
			 OK);
	assert_int_equal(put_consent(w, 0, 1, "{\"status\":\"suspended\"}"), OK);
	must(consents_find(&w->exchange, &w->arena, w->op[0].id, w->tenant[1].id, &row, &err));
	assert_true(str_is(row.status, "suspended"));
	assert_true(str_is(row.countries, "DE,FR"));
	assert_true(str_is(row.contacts, "[{\"email\":\"a@b.example\"}]"));
	assert_true(str_is(row.notice_version, "2021-05-27"));

	/* In the feed it comes once, at its last change; an equal one is no change. */
	assert_int_equal(put_consent(w, 0, 1, "{\"status\":\"suspended\"}"), OK);
	must(consents_feed(&w->exchange, &w->arena, w->op[0].key, 1, 10, &rows, &count, &err));
	assert_int_equal(count, 1);
	assert_int_equal(rows[0].position, 3);
	assert_true(str_equal(rows[0].tenant_id, w->tenant[1].id));
}

static void a_consent_ends_only_without_numbers(void **state)
{
	struct world *w = *state;

	provisioned(w, 0, "+4930900001");
	assert_int_equal(put_consent(w, 0, 0, "{\"status\":\"removed\"}"), E_IN_USE);
	assert_int_equal(put_consent(w, 1, 0, "{\"status\":\"removed\"}"), OK);
	must(release_number(&w->exchange, &w->arena, w->op[0].key, number_of_text("+4930900001"), &err));
	assert_int_equal(put_consent(w, 0, 0, "{\"status\":\"removed\"}"), OK);
}

/* --- provisioning --------------------------------------------------------------------- */

static enum status provision(struct world *w, int op, const char *number, const struct number_terms *terms,
			     bool *created, struct error *err)
{
	struct number_row row;

	return provision_number(&w->exchange, &w->arena, w->op[op].key, number_of_text(number), terms, &row, created,
				err);
}

static void provisioning_needs_consent_for_the_country(void **state)
{
	struct world *w = *state;
	struct number_terms terms = user_terms(w), other = terms, nowhere = terms;
	struct error unknown = { 0 }, unwilling = { 0 };
	bool created;

	must_fail(E_COUNTRY, provision(w, 0, "+442079460000", &terms, &created, &err));
	other.tenant_id = w->tenant[1].id;
	nowhere.tenant_id = STR("3f2504e0-4f89-41d3-9a0c-0305e82c3301");
	assert_int_equal(provision(w, 0, "+4930900001", &other, &created, &unwilling), E_CONSENT);
	assert_int_equal(provision(w, 0, "+4930900001", &nowhere, &created, &unknown), E_CONSENT);
	/* Whether there is such a tenant cannot be told from the answer. */
	assert_string_equal(unknown.message, unwilling.message);
	assert_string_equal(unknown.field, unwilling.field);
	must_fail(E_UNKNOWN_COUNTRY, provision(w, 0, "+99912345678", &terms, &created, &err));

	assert_int_equal(put_consent(w, 0, 0, "{\"status\":\"suspended\"}"), OK);
	must_fail(E_CONSENT, provision(w, 0, "+4930900001", &terms, &created, &err));
	assert_int_equal(put_consent(w, 0, 0, "{\"status\":\"active\"}"), OK);
	must(provision(w, 0, "+33140000000", &terms, &created, &err));
	assert_true(str_is(current(w, "+33140000000").iso_country, "FR"));
}

static void a_held_number_tells_nobody_who_holds_it(void **state)
{
	struct world *w = *state;
	struct number_terms terms = user_terms(w), elsewhere = terms;
	struct error other_operator = { 0 }, other_tenant = { 0 };
	bool created;

	assert_int_equal(put_consent(w, 0, 1, "{\"consentedCountries\":[\"DE\"]}"), OK);
	elsewhere.tenant_id = w->tenant[1].id;
	provisioned(w, 0, "+4930900001");
	assert_int_equal(provision(w, 1, "+4930900001", &terms, &created, &other_operator), E_HELD);
	assert_int_equal(provision(w, 0, "+4930900001", &elsewhere, &created, &other_tenant), E_HELD);
	assert_string_equal(other_operator.message, other_tenant.message);
	must_fail(E_NOT_FOUND,
		  release_number(&w->exchange, &w->arena, w->op[1].key, number_of_text("+4930900001"), &err));
}

static void provisioning_again_changes_what_is_given(void **state)
{
	struct world *w = *state;
	struct number_terms terms = user_terms(w), place = terms, lacking = { .tenant_id = w->tenant[0].id };
	struct number_row before = provisioned(w, 0, "+4930900001"), after;
	bool created = true;

	must(provision(w, 0, "+4930900001", &terms, &created, &err));
	assert_false(created);
	after = current(w, "+4930900001");
	assert_int_equal(after.position, before.position);

	place.location_id = STR("11111111-2222-3333-4444-555555555555");
	must(provision(w, 0, "+4930900001", &place, &created, &err));
	must(provision(w, 0, "+4930900001", &lacking, &created, &err));
	after = current(w, "+4930900001");
	assert_true(after.position > before.position);
	assert_true(str_equal(after.location_id, place.location_id));
	assert_true(str_equal(after.usage, terms.usage));

	place.location_id = STR("");
	place.civic_address_id = STR("21111111-2222-3333-4444-555555555555");
	must(provision(w, 0, "+4930900001", &place, &created, &err));
	after = current(w, "+4930900001");
	assert_true(str_is_none(after.location_id));
	assert_true(str_equal(after.civic_address_id, place.civic_address_id));
	must_fail(E_MISSING_FIELD, provision(w, 0, "+4930900002", &lacking, &created, &err));
}

static void what_an_operator_says_is_checked(void **state)
{
	static const struct {
		const char *body, *field;
		enum status status;
	} cases[] = {
		{ "{\"tenantId\":\"x\"}", "tenantId", E_FIELD_VALUE },
		{ "{\"usage\":\"Calling\"}", "usage", E_FIELD_VALUE },
		{ "{\"acquiredCapabilities\":[\"Flying\"]}", "acquiredCapabilities", E_FIELD_VALUE },
		{ "{\"acquiredCapabilities\":[1]}", "acquiredCapabilities", E_FIELD_TYPE },
		{ "{\"locationId\":\"here\"}", "locationId", E_FIELD_VALUE },
		{ "{\"locationId\":\"11111111-2222-3333-4444-555555555555\","
		  "\"civicAddressId\":\"11111111-2222-3333-4444-555555555555\"}",
		  "civicAddressId", E_FIELD_VALUE },
	};
	struct world *w = *state;
	struct number_terms terms = { 0 };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error err = { 0 };

		assert_int_equal(number_terms_read(&w->arena, world_json(w, cases[i].body), &terms, &err),
				 cases[i].status);
		assert_string_equal(err.field, cases[i].field);
	}
	must(number_terms_read(&w->arena,
			       world_json(w, "{\"locationId\":\"00000000-0000-0000-0000-000000000000\","
					     "\"civicAddressId\":\"11111111-2222-3333-4444-555555555555\"}"),
			       &terms, &err));
	assert_int_equal(terms.location_id.n, 0);
}

static void sort_keys_order_numbers_as_texts(void **state)
{
	static const char *const ordered[] = { "+12025550100", "+4912345",    "+49123456",     "+491234560",
					       "+4930900001",  "+4940800000", "+998712345678", "+9999999" };

	(void)state;
	for (size_t i = 1; i < sizeof(ordered) / sizeof(ordered[0]); i++) {
		assert_true(strcmp(ordered[i - 1], ordered[i]) < 0);
		assert_true(number_sort_key(number_of_text(ordered[i - 1])) <
			    number_sort_key(number_of_text(ordered[i])));
	}
	assert_true(number_sort_key(number_of_text("+10000")) > 0);
}

static void an_id_reads_back(void **state)
{
	struct world *w = *state;
	struct str id = number_id(&w->arena, w->op[0].id, number_of_text("+4930900001")), operator_id;
	number_t number;

	assert_true(number_id_parse(&w->arena, id, &operator_id, &number));
	assert_true(str_equal(operator_id, w->op[0].id));
	assert_int_equal(number, number_of_text("+4930900001"));
	assert_false(number_id_parse(&w->arena, STR("!!"), &operator_id, &number));
	assert_false(number_id_parse(&w->arena, STR("YWJj"), &operator_id, &number));
}

/* --- the feed --------------------------------------------------------------------------- */

struct reading {
	struct number_place place;
	struct number_row *rows;
	size_t count;
	bool more;
};

static void read_on(struct world *w, struct reading *r, int64_t max)
{
	must(number_feed_read(&w->exchange, &w->arena, w->op[0].key, max, &r->place, &r->rows, &r->count, &r->more,
			      &err));
}

static void start(struct world *w, struct reading *r, bool latest)
{
	must(number_feed_start(&w->exchange, w->op[0].key, latest, &r->place, &err));
}

static void assert_row(const struct reading *r, size_t index, const char *number, bool removed)
{
	assert_true(index < r->count);
	assert_int_equal(r->rows[index].number, number_of_text(number));
	assert_int_equal(r->rows[index].removed, removed);
}

static void release(struct world *w, const char *number)
{
	must(release_number(&w->exchange, &w->arena, w->op[0].key, number_of_text(number), &err));
}

static void a_fresh_reader_sees_what_is_there_and_then_what_changes(void **state)
{
	struct world *w = *state;
	struct reading r = { .rows = NULL };

	provisioned(w, 0, "+4930900001");
	provisioned(w, 0, "+4930900002");
	provisioned(w, 0, "+4930900003");
	release(w, "+4930900001");
	provisioned(w, 1, "+4930900009");
	start(w, &r, false);
	read_on(w, &r, 1);
	assert_int_equal(r.count, 1);
	assert_row(&r, 0, "+4930900002", false);
	assert_true(r.more);

	/* A removal that came before is no news; one that comes during the reading is. */
	release(w, "+4930900002");
	assigned(w, "+4930900003", &w->user);
	read_on(w, &r, 10);
	assert_int_equal(r.count, 2);
	assert_row(&r, 0, "+4930900002", true);
	assert_row(&r, 1, "+4930900003", false);
	assert_true(str_is(r.rows[1].assignment_status, "userAssigned"));
	assert_false(r.more);

	read_on(w, &r, 10);
	assert_int_equal(r.count, 0);
}

static void a_number_that_comes_back_is_no_longer_removed(void **state)
{
	struct world *w = *state;
	struct reading r = { .rows = NULL };

	provisioned(w, 0, "+4930900001");
	start(w, &r, true);
	read_on(w, &r, 10);
	assert_int_equal(r.count, 0);
	release(w, "+4930900001");
	provisioned(w, 0, "+4930900001");
	read_on(w, &r, 10);
	assert_int_equal(r.count, 1);
	assert_row(&r, 0, "+4930900001", false);
}

static void the_reader_ends_behind_removals_it_was_spared(void **state)
{
	struct world *w = *state;
	struct reading r = { .rows = NULL };
	int64_t dropped = 0;

	provisioned(w, 0, "+4930900001");
	provisioned(w, 0, "+4930900002");
	release(w, "+4930900002");
	start(w, &r, false);
	read_on(w, &r, 10);
	assert_int_equal(r.count, 1);
	read_on(w, &r, 10);
	assert_int_equal(r.count, 0);
	/* What it was spared may be forgotten without harm to it. */
	must(number_history_sweep(&w->exchange, clock_now_ms() + 30 * MS_PER_DAY, &dropped, &err));
	assert_int_equal(dropped, 1);
	read_on(w, &r, 10);
	assert_int_equal(r.count, 0);
}

static void a_reader_is_told_when_removals_are_forgotten(void **state)
{
	struct world *w = *state;
	struct reading old = { .rows = NULL }, fresh = { .rows = NULL };
	int64_t dropped = 0;

	provisioned(w, 0, "+4930900001");
	provisioned(w, 0, "+4930900002");
	start(w, &old, true);
	release(w, "+4930900001");
	must(number_history_sweep(&w->exchange, clock_now_ms() + 30 * MS_PER_DAY, &dropped, &err));
	must_fail(E_GONE, number_feed_read(&w->exchange, &w->arena, w->op[0].key, 10, &old.place, &old.rows, &old.count,
					   &old.more, &err));
	start(w, &fresh, false);
	read_on(w, &fresh, 10);
	assert_int_equal(fresh.count, 1);
	assert_row(&fresh, 0, "+4930900002", false);
	/* What is young enough stays. */
	release(w, "+4930900002");
	must(number_history_sweep(&w->exchange, clock_now_ms(), &dropped, &err));
	assert_int_equal(dropped, 0);
	read_on(w, &fresh, 10);
	assert_row(&fresh, 0, "+4930900002", true);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_consent_is_merged_and_checked, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(a_consent_ends_only_without_numbers, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(provisioning_needs_consent_for_the_country, world_setup,
						world_teardown),
		cmocka_unit_test_setup_teardown(a_held_number_tells_nobody_who_holds_it, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(provisioning_again_changes_what_is_given, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(what_an_operator_says_is_checked, world_setup, world_teardown),
		cmocka_unit_test(sort_keys_order_numbers_as_texts),
		cmocka_unit_test_setup_teardown(an_id_reads_back, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(a_fresh_reader_sees_what_is_there_and_then_what_changes, world_setup,
						world_teardown),
		cmocka_unit_test_setup_teardown(a_number_that_comes_back_is_no_longer_removed, world_setup,
						world_teardown),
		cmocka_unit_test_setup_teardown(the_reader_ends_behind_removals_it_was_spared, world_setup,
						world_teardown),
		cmocka_unit_test_setup_teardown(a_reader_is_told_when_removals_are_forgotten, world_setup,
						world_teardown),
	};

	place_engine_from(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
