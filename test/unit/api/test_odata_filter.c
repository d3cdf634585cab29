#include "api/odata_filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static const struct filter_property properties[] = {
	{ "name", FILTER_TEXT },       { "count", FILTER_NUMBER },    { "open", FILTER_BOOL },
	{ "changed", FILTER_INSTANT }, { "words", FILTER_TEXT_LIST },
};

enum { NAME, COUNT, OPEN, CHANGED, WORDS, PROPERTY_COUNT };

static struct arena arena;

static int setup(void **state)
{
	(void)state;
	arena_init(&arena);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

static struct filter parsed(const char *text)
{
	struct filter filter = { 0 };
	struct error err = { 0 };

	if (filter_parse(&arena, str_from(text), properties, PROPERTY_COUNT, &filter, &err) != OK)
		fail_msg("%s: %s", text, err.message);
	return filter;
}

static void reads_every_kind_of_comparison(void **state)
{
	struct filter f;

	(void)state;
	f = parsed("name eq 'O''Hara' and count ge -12 and open eq true and changed lt 2026-11-25T10:00:00+01:00"
		   " and words/any(w:w eq 'x') and name ne null");
	assert_int_equal(f.count, 6);
	assert_int_equal(f.terms[0].property, NAME);
	assert_int_equal(f.terms[0].op, FILTER_EQ);
	assert_true(str_is(f.terms[0].text, "O'Hara"));
	assert_int_equal(f.terms[1].op, FILTER_GE);
	assert_int_equal(f.terms[1].number, -12);
	assert_int_equal(f.terms[2].number, 1);
	assert_int_equal(f.terms[3].op, FILTER_LT);
	assert_int_equal(f.terms[3].number, INT64_C(1795597200000));
	assert_int_equal(f.terms[4].op, FILTER_ANY_EQ);
	assert_true(str_is(f.terms[4].text, "x"));
	assert_true(f.terms[5].is_null);
	assert_int_equal(f.terms[5].op, FILTER_NE);
}

static void blanks_do_not_matter_and_times_may_be_quoted(void **state)
{
	struct filter f;

	(void)state;
	f = parsed("  count   eq   7  and words/any( v : v eq 'a' )  ");
	assert_int_equal(f.count, 2);
	assert_int_equal(f.terms[0].number, 7);
	assert_true(str_is(f.terms[1].text, "a"));
	assert_int_equal(parsed("changed ge '2026-01-01T00:00:00Z'").terms[0].number, INT64_C(1767225600000));
	assert_int_equal(parsed("changed ge 2026-01-01").terms[0].number, INT64_C(1767225600000));
}

static void refuses_what_it_does_not_understand(void **state)
{
	static const struct {
		const char *text;
		const char *says;
	} cases[] = {
		{ "", "expected a property" },
		{ "nmae eq 'x'", "nmae" },
		{ "name", "expected eq, ne" },
		{ "name is 'x'", "expected eq, ne" },
		{ "name eq x", "expected text in quotes" },
		{ "name eq 'x", "closing quote" },
		{ "name eq 'x' or count eq 1", "\"and\"" },
		{ "name eq 'x' and", "expected a property" },
		{ "count eq 1.5", "whole number" },
		{ "count eq 'x'", "whole number" },
		{ "count eq 99999999999999999999", "whole number" },
		{ "open eq 1", "true or false" },
		{ "open gt true", "eq and ne" },
		{ "name lt null", "eq and ne" },
		{ "changed eq yesterday", "date and time" },
		{ "changed eq 2026-11-25T10:00:00", "date and time" },
		{ "words eq 'x'", "/any(" },
		{ "words/any(w:v eq 'x')", "variable" },
		{ "words/any(w:w ne 'x')", "expected eq" },
		{ "words/any(w:w eq 'x'", "parenthesis" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct filter filter = { NULL, 77 };
		struct error err = { 0 };

		if (filter_parse(&arena, str_from(cases[i].text), properties, PROPERTY_COUNT, &filter, &err) !=
		    E_INVALID)
			fail_msg("\"%s\" was understood", cases[i].text);
		assert_string_equal(err.field, "$filter");
		if (!strstr(err.message, cases[i].says))
			fail_msg("\"%s\": %s", cases[i].text, err.message);
		assert_int_equal(filter.count, 77);
	}
}

static void bounds_the_number_of_comparisons(void **state)
{
	struct str text = STR("count eq 1");
	struct filter filter;

	(void)state;
	for (int i = 1; i < 16; i++)
		text = arena_printf(&arena, "%.*s and count eq 1", STR_ARG(text));
	assert_int_equal(filter_parse(&arena, text, properties, PROPERTY_COUNT, &filter, NULL), OK);
	assert_int_equal(filter.count, 16);
	text = arena_printf(&arena, "%.*s and count eq 1", STR_ARG(text));
	assert_int_equal(filter_parse(&arena, text, properties, PROPERTY_COUNT, &filter, NULL), E_INVALID);
}

static bool matches(const char *text, struct filter_value value)
{
	struct filter f = parsed(text);

	return filter_term_matches(&f.terms[0], properties[f.terms[0].property].type, value);
}

static void compares(void **state)
{
	struct filter_value b = { .text = STR("b") }, seven = { .number = 7 }, none = { .is_null = true };
	struct filter_value words = { .text = STR("inbound,outbound") };

	(void)state;
	assert_true(matches("name eq 'b'", b));
	assert_false(matches("name eq 'B'", b));
	assert_true(matches("name ne 'a'", b));
	assert_true(matches("name gt 'a'", b));
	assert_false(matches("name gt 'b'", b));
	assert_true(matches("name ge 'b'", b));
	assert_true(matches("name lt 'ba'", b));
	assert_true(matches("name le 'b'", b));
	assert_true(matches("count lt 10", seven));
	assert_false(matches("count lt -10", seven));
	assert_true(matches("words/any(w:w eq 'outbound')", words));
	assert_false(matches("words/any(w:w eq 'out')", words));
	assert_true(matches("name eq null", none));
	assert_false(matches("name ne null", none));
	assert_false(matches("name eq null", b));
	assert_true(matches("name ne null", b));
	assert_true(matches("name ne 'b'", none));
	assert_false(matches("name eq 'b'", none));
	assert_false(matches("count lt 10", none));
	assert_false(matches("words/any(w:w eq 'x')", none));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(reads_every_kind_of_comparison, setup, teardown),
		cmocka_unit_test_setup_teardown(blanks_do_not_matter_and_times_may_be_quoted, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_what_it_does_not_understand, setup, teardown),
		cmocka_unit_test_setup_teardown(bounds_the_number_of_comparisons, setup, teardown),
		cmocka_unit_test_setup_teardown(compares, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
