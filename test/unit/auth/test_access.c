/* The decision function: every role against every rule. */
#include "auth/access.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void roles_have_names_and_faces(void **state)
{
	(void)state;
	for (int i = 0; i < ROLE_COUNT; i++) {
		role_set bit = (role_set)1 << i;

		assert_int_equal(role_parse(str_from(role_name((enum role_index)i))), bit);
		assert_int_not_equal(role_face(bit), FACE_NONE);
		assert_true(role_expand(bit) & bit);
		assert_int_equal(role_expand(role_expand(bit)), role_expand(bit));
	}
	assert_int_equal(role_parse(STR("Platform.admin")), 0);
	assert_int_equal(role_parse(STR("")), 0);
}

static void writing_includes_reading(void **state)
{
	(void)state;
	assert_int_equal(role_expand(ROLE_NUMBER_WRITE), ROLE_NUMBER_WRITE | ROLE_NUMBER_READ);
	assert_int_equal(role_expand(ROLE_TELEPHONE_WRITE), ROLE_TELEPHONE_WRITE | ROLE_TELEPHONE_READ);
	assert_int_equal(role_expand(ROLE_PLATFORM_ADMIN), ROLE_PLATFORM_ADMIN | ROLE_PLATFORM_WRITE | ROLE_PLATFORM_READ);
	/* Durations are written without the right to read what the platform recorded. */
	assert_int_equal(role_expand(ROLE_DATA_WRITE), ROLE_DATA_WRITE);
}

static void a_rule_admits_exactly_its_roles(void **state)
{
	(void)state;
	for (int wanted = 0; wanted < ROLE_COUNT; wanted++) {
		struct access_rule rule = { role_face((role_set)1 << wanted), (role_set)1 << wanted, false };

		for (int held = 0; held < ROLE_COUNT; held++) {
			struct caller caller = { .face = role_face((role_set)1 << held),
						 .roles = role_expand((role_set)1 << held) };
			bool may = role_expand((role_set)1 << held) & rule.any_of;

			assert_int_equal(access_decide(&rule, &caller, false, NULL), may ? OK : E_DENIED);
		}
	}
}

static void a_role_of_another_face_opens_nothing(void **state)
{
	struct access_rule rule = { FACE_OPERATOR, ROLE_DATA_READ, false };
	struct caller forged = { .face = FACE_PLATFORM, .roles = ROLE_DATA_READ };

	(void)state;
	assert_int_equal(access_decide(&rule, &forged, false, NULL), E_DENIED);
}

static void without_a_caller_only_open_routes_answer(void **state)
{
	struct access_rule open = { FACE_NONE, 0, false }, closed = { FACE_PLATFORM, ROLE_PLATFORM_READ, false };
	struct access_rule metrics = { FACE_PLATFORM, ROLE_PLATFORM_READ, true };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(access_decide(&open, NULL, false, &err), OK);
	assert_int_equal(access_decide(&closed, NULL, true, &err), E_UNAUTHENTICATED);
	assert_int_equal(access_decide(&metrics, NULL, true, &err), OK);
	assert_int_equal(access_decide(&metrics, NULL, false, &err), E_UNAUTHENTICATED);
}

static void the_message_names_what_is_needed(void **state)
{
	struct access_rule rule = { FACE_OPERATOR, ROLE_DATA_READ | ROLE_DATA_WRITE, false };
	struct caller caller = { .face = FACE_OPERATOR, .roles = ROLE_NUMBER_READ };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(access_decide(&rule, &caller, false, &err), E_DENIED);
	assert_string_equal(err.message, "this route needs the role Data.Read or Data.Write");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roles_have_names_and_faces),
		cmocka_unit_test(writing_includes_reading),
		cmocka_unit_test(a_rule_admits_exactly_its_roles),
		cmocka_unit_test(a_role_of_another_face_opens_nothing),
		cmocka_unit_test(without_a_caller_only_open_routes_answer),
		cmocka_unit_test(the_message_names_what_is_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
