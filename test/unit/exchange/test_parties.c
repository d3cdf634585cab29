#include "world.h"

static void a_party_made_twice_is_one(void **state)
{
	struct world *w = *state;
	struct operator_row row = { .id = STR("3F2504E0-4F89-41D3-9A0C-0305E82C3301"),
				    .display_name = STR("Nordnetz"),
				    .country = STR("de") };
	struct operator_row again = row, other = row, found;
	bool created = false;

	must(parties_create(&w->exchange, &w->arena, &party_operator, STR_NONE, &row, &created, &err));
	assert_true(created);
	assert_true(str_is(row.id, "3f2504e0-4f89-41d3-9a0c-0305e82c3301"));
	assert_true(str_is(row.country, "DE"));
	must(parties_create(&w->exchange, &w->arena, &party_operator, STR_NONE, &again, &created, &err));
	assert_false(created);
	assert_int_equal(again.key, row.key);
	other.display_name = STR("Suednetz");
	must_fail(E_CONFLICT,
		  parties_create(&w->exchange, &w->arena, &party_operator, STR_NONE, &other, &created, &err));
	must(parties_find(&w->exchange, &w->arena, &party_operator, STR_NONE, row.id, &found, &err));
	assert_true(str_is(found.display_name, "Nordnetz"));
}

static void a_mistake_names_its_field(void **state)
{
	static const struct {
		struct user_row row;
		enum status status;
		const char *field;
	} cases[] = {
		{ { .display_name = STR_INIT("A"), .country = STR_INIT("DE") }, E_MISSING_FIELD, "userPrincipalName" },
		{ { .user_principal_name = STR_INIT("a"), .display_name = STR_INIT("A"), .country = STR_INIT("DE") },
		  E_FIELD_VALUE,
		  "userPrincipalName" },
		{ { .user_principal_name = STR_INIT("a b@c.de"), .display_name = STR_INIT("A"), .country = STR_INIT("DE") },
		  E_FIELD_VALUE,
		  "userPrincipalName" },
		{ { .user_principal_name = STR_INIT("a@c.de"), .display_name = STR_INIT(""), .country = STR_INIT("DE") },
		  E_FIELD_VALUE,
		  "displayName" },
		{ { .user_principal_name = STR_INIT("a@c.de"), .display_name = STR_INIT("a\nb"), .country = STR_INIT("DE") },
		  E_FIELD_VALUE,
		  "displayName" },
		{ { .user_principal_name = STR_INIT("a@c.de"), .display_name = STR_INIT("A") }, E_MISSING_FIELD, "country" },
		{ { .user_principal_name = STR_INIT("a@c.de"), .display_name = STR_INIT("A"), .country = STR_INIT("GER") },
		  E_FIELD_VALUE,
		  "country" },
		{ { .user_principal_name = STR_INIT("a@c.de"), .display_name = STR_INIT("A"), .country = STR_INIT("ZZ") },
		  E_FIELD_VALUE,
		  "country" },
		{ { .user_principal_name = STR_INIT("a@c.de"),
		    .display_name = STR_INIT("A"),
		    .country = STR_INIT("DE"),
		    .sip_uri = STR_INIT("tel:+4930123456") },
		  E_FIELD_VALUE,
		  "sipUri" },
		{ { .user_principal_name = STR_INIT("a@c.de"),
		    .display_name = STR_INIT("A"),
		    .country = STR_INIT("DE"),
		    .sip_uri = STR_INIT("sip:@c.de") },
		  E_FIELD_VALUE,
		  "sipUri" },
		{ { .user_principal_name = STR_INIT("a@c.de"),
		    .display_name = STR_INIT("A"),
		    .country = STR_INIT("DE"),
		    .account_type = STR_INIT("robot") },
		  E_FIELD_VALUE,
		  "accountType" },
		{ { .id = STR_INIT("17"),
		    .user_principal_name = STR_INIT("a@c.de"),
		    .display_name = STR_INIT("A"),
		    .country = STR_INIT("DE") },
		  E_FIELD_VALUE,
		  "id" },
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct user_row row = cases[i].row;
		struct error err = { 0 };
		bool created;

		assert_int_equal(
			parties_create(&w->exchange, &w->arena, &party_user, w->tenant[0].id, &row, &created, &err),
			cases[i].status);
		assert_string_equal(err.field, cases[i].field);
	}
}

static void a_principal_name_belongs_to_one_user(void **state)
{
	struct world *w = *state;
	struct user_row row = { .user_principal_name = w->user.user_principal_name,
				.display_name = STR("B"),
				.country = STR("DE") };
	struct user_row change = { .user_principal_name = w->user.user_principal_name }, changed;
	bool created;

	must_fail(E_CONFLICT,
		  parties_create(&w->exchange, &w->arena, &party_user, w->tenant[0].id, &row, &created, &err));
	/* In another tenant it is free. */
	must(parties_create(&w->exchange, &w->arena, &party_user, w->tenant[1].id, &row, &created, &err));
	must_fail(E_CONFLICT, parties_update(&w->exchange, &w->arena, &party_user, w->tenant[0].id, w->app.id, &change,
					     &changed, &err));
	must(parties_update(&w->exchange, &w->arena, &party_user, w->tenant[0].id, w->user.id, &change, &changed,
			    &err));
}

static void a_change_keeps_what_it_does_not_name(void **state)
{
	struct world *w = *state;
	struct tenant_row change = { .display_name = STR("Contoso AG") }, row;
	struct tenant_row wrong = { .default_domain = STR("-bad-") };

	must(parties_update(&w->exchange, &w->arena, &party_tenant, STR_NONE, w->tenant[0].id, &change, &row, &err));
	assert_true(str_is(row.display_name, "Contoso AG"));
	assert_true(str_is(row.default_domain, "contoso.example"));
	must_fail(E_FIELD_VALUE, parties_update(&w->exchange, &w->arena, &party_tenant, STR_NONE, w->tenant[0].id,
						&wrong, &row, &err));
	must_fail(E_NOT_FOUND,
		  parties_update(&w->exchange, &w->arena, &party_tenant, STR_NONE, w->op[0].id, &change, &row, &err));
}

static void a_new_sip_uri_shows_on_the_numbers_and_in_the_feed(void **state)
{
	struct world *w = *state;
	struct user_row change = { .sip_uri = STR("sip:ada@voice.example") }, clear = { .sip_uri = STR("") }, user;
	struct tenant_row move = { .default_domain = STR("fabrikam.example") }, tenant;
	struct number_place place;
	struct number_row *rows;
	size_t count;
	bool more;

	provisioned(w, 0, "+4930900001");
	provisioned(w, 1, "+4930900002");
	provisioned(w, 1, "+4930900003");
	assigned(w, "+4930900001", &w->user);
	assigned(w, "+4930900002", &w->user);
	assert_true(str_is(current(w, "+4930900001").sip_uri, "sip:+4930900001@contoso.example;user=phone"));
	must(number_feed_start(&w->exchange, w->op[1].key, true, &place, &err));

	must(parties_update(&w->exchange, &w->arena, &party_user, w->tenant[0].id, w->user.id, &change, &user, &err));
	assert_true(str_is(current(w, "+4930900001").sip_uri, "sip:ada@voice.example"));
	must(number_feed_read(&w->exchange, &w->arena, w->op[1].key, 10, &place, &rows, &count, &more, &err));
	assert_int_equal(count, 1);
	assert_int_equal(rows[0].number, number_of_text("+4930900002"));
	assert_true(str_is(rows[0].sip_uri, "sip:ada@voice.example"));

	/* The domain is of no weight to who has a URI of his own. */
	must(parties_update(&w->exchange, &w->arena, &party_tenant, STR_NONE, w->tenant[0].id, &move, &tenant, &err));
	must(number_feed_read(&w->exchange, &w->arena, w->op[1].key, 10, &place, &rows, &count, &more, &err));
	assert_int_equal(count, 0);
	must(parties_update(&w->exchange, &w->arena, &party_user, w->tenant[0].id, w->user.id, &clear, &user, &err));
	assert_true(str_is_none(user.sip_uri));
	assert_true(str_is(current(w, "+4930900002").sip_uri, "sip:+4930900002@fabrikam.example;user=phone"));
}

static void an_account_type_stays_while_numbers_are_held(void **state)
{
	struct world *w = *state;
	struct user_row change = { .account_type = STR("resourceAccount") }, row;

	provisioned(w, 0, "+4930900001");
	assigned(w, "+4930900001", &w->user);
	must_fail(E_IN_USE, parties_update(&w->exchange, &w->arena, &party_user, w->tenant[0].id, w->user.id, &change,
					   &row, &err));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_party_made_twice_is_one, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(a_mistake_names_its_field, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(a_principal_name_belongs_to_one_user, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(a_change_keeps_what_it_does_not_name, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(a_new_sip_uri_shows_on_the_numbers_and_in_the_feed, world_setup,
						world_teardown),
		cmocka_unit_test_setup_teardown(an_account_type_stays_while_numbers_are_held, world_setup,
						world_teardown),
	};

	place_engine_from(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
