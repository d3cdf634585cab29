#include "check.h"

#include "telephony/country.h"

static void country_of_numbers(void **state)
{
	static const struct {
		const char *number, *country;
	} rows[] = {
		{ "+4930123456", "DE" },   { "+14255550100", "US" },  { "+16045551234", "CA" },
		{ "+441534123456", "JE" }, { "+442079460000", "GB" }, { "+77011234567", "KZ" },
		{ "+79991234567", "RU" },  { "+8621123456", "CN" },   { "+390612345678", "IT" },
		{ "+97142345678", "AE" },  { "+15555555555", "US" }, /* no number of the plan: the code's main country
								      */
		{ "+49999999999", "DE" },  { "+4412345", "GB" },
	};
	char country[COUNTRY_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(country_of_number(number_read(str_from(rows[i].number)), country, NULL), OK);
		assert_string_equal(country, rows[i].country);
		assert_true(country_is_code(str_from(country)));
	}
}

static void numbers_of_no_country(void **state)
{
	char country[COUNTRY_TEXT_SIZE] = "--";
	struct error err;

	(void)state;
	assert_int_equal(country_of_number(number_read(STR("+999123456")), country, &err), E_UNKNOWN_COUNTRY);
	assert_int_equal(country_of_number(number_read(STR("+210123456")), country, &err), E_UNKNOWN_COUNTRY);
	assert_int_equal(country_of_number(number_read(STR("+80012345678")), country, &err), E_UNKNOWN_COUNTRY);
	assert_null(strstr(err.message, "12345")); /* messages go into logs */
	assert_int_equal(country_of_number(number_read(STR("4930123456")), country, &err), E_NUMBER);
	assert_int_equal(country_of_number(number_read(STR("+493012XXXX")), country, &err), E_NUMBER);
	assert_int_equal(country_of_number(NUMBER_WITHHELD_WORD, country, &err), E_NUMBER);
	assert_int_equal(country_of_number(NUMBER_ABSENT, country, &err), E_NUMBER);
	assert_string_equal(country, "--");
}

static void codes(void **state)
{
	int count = 0;

	(void)state;
	for (char a = 'A'; a <= 'Z'; a++)
		for (char b = 'A'; b <= 'Z'; b++)
			count += country_is_code(str_of((char[]){ a, b }, 2));
	assert_int_equal(count, 250); /* 249 assigned ones and XK */
	assert_true(country_is_code(STR("DE")));
	assert_false(country_is_code(STR("de")));
	assert_false(country_is_code(STR("UK")));
	assert_false(country_is_code(STR("DEU")));
	assert_false(country_is_code(STR("D")));
	assert_false(country_is_code(STR("EA")));
	assert_false(country_is_code(STR_NONE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(country_of_numbers),
		cmocka_unit_test(numbers_of_no_country),
		cmocka_unit_test(codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
