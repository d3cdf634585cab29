#include "check.h"

#include "telephony/number.h"

static void check_read(const char *text, enum number_kind kind, const char *shown)
{
	char out[NUMBER_TEXT_SIZE];
	number_t n = number_read(str_from(text));

	if (number_kind(n) != kind)
		fail_msg("\"%s\" is of kind %d", text, (int)number_kind(n));
	check_str(number_text(n, out), shown);
}

static void strict_numbers(void **state)
{
	static const char *const bad[] = {
		"",
		"+",
		"+1234",
		"+1234567890123456",
		"+0123456",
		"14255550100",
		"+1425555 0100",
		"+1425555010a",
		"++14255550100",
		"+14255550100 ",
		" +14255550100",
		"+1425555*100",
		"anonymous",
		"tel:+14255550100",
		"+１４２５５５５０１００",
	};
	number_t n = 77;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (number_parse_e164(str_from(bad[i]), &n))
			fail_msg("read: %s", bad[i]);
		assert_true(n == 77);
	}
	assert_true(number_parse_e164(STR("+12345"), &n));
	assert_true(number_value(n) == 12345 && number_digit_count(n) == 5);
	assert_true(number_parse_e164(STR("+999999999999999"), &n));
	assert_true(number_value(n) == UINT64_C(999999999999999) && number_digit_count(n) == 15);
	assert_true(number_parse_e164(STR("+49301234567"), &n));
	assert_true(n == number_read(STR("+49301234567")));
}

static void what_switches_write(void **state)
{
	(void)state;
	check_read("+14255550100", NUMBER_E164, "+14255550100");
	check_read("14255550100", NUMBER_DIGITS, "14255550100");
	check_read("0014255550100", NUMBER_DIGITS, "0014255550100");
	check_read("(425) 555-0100", NUMBER_DIGITS, "4255550100");
	check_read(" +1 (425) 555.01/00 ", NUMBER_E164, "+14255550100");
	check_read("tel:+1-425-555-0100;ext=12", NUMBER_E164, "+14255550100");
	check_read("<sip:+14255550100@sbc:5060;user=phone>", NUMBER_E164, "+14255550100");
	check_read("\"Pat\" <sips:+14255550100;npdi;rn=+12065550000@sbc>;tag=1", NUMBER_E164, "+14255550100");
	check_read("14255550100@10.0.0.1", NUMBER_DIGITS, "14255550100");
	check_read("+0123", NUMBER_DIGITS, "0123");
	check_read("112", NUMBER_DIGITS, "112");
	check_read("+1425555XXXX", NUMBER_E164, "+1425555****");
	check_read("1425555****", NUMBER_DIGITS, "1425555****");
	check_read("+4930****567", NUMBER_E164, "+4930****567");
	check_read("030XXXX567", NUMBER_DIGITS, "030****567");
	check_read("+*******4567", NUMBER_E164, "+*******4567");
	check_read("D0123012345678", NUMBER_DIGITS, "0123012345678");
	check_read("99#4930123456", NUMBER_PREFIXED, "99#4930123456");
	check_read("1234#+4930123456", NUMBER_PREFIXED, "1234#4930123456");
	check_read("004930123456#", NUMBER_DIGITS, "004930123456");
}

/* A dialled service, an extension, a name: the X or the * hides nothing. */
static void digits_that_are_none(void **state)
{
	static const char *const texts[] = { "*21", "5550100x12", "A4711", "DEAD012345", "+49*30*123456" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (number_kind(number_read(str_from(texts[i]))) != NUMBER_TEXT)
			fail_msg("\"%s\" was read as a number", texts[i]);
}

static void masks_within_a_number(void **state)
{
	char out[NUMBER_TEXT_SIZE];
	number_t n = number_read(STR("+4930****567"));

	(void)state;
	assert_int_equal(number_masked_count(n), 4);
	assert_int_equal(number_shown_behind(n), 3);
	assert_int_equal(number_shown_behind(number_read(STR("+4930567****"))), 0);
	assert_true(n != number_read(STR("+493056****7")));
	check_str(number_text(number_mask(n, 2), out), "+4930*******");
	check_str(number_text(number_mask(n, 9), out), "+49*********");
}

static void hidden_callers(void **state)
{
	static const char *const words[] = { "anonymous",  "Anonymous",   "sip:anonymous@anonymous.invalid",
					     "Restricted", "unavailable", "UNKNOWN",
					     "private",    "withheld",    "-",
					     "+266696687", "266696687",   "<sip:+266696687@x>" };

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		assert_true(number_read(str_from(words[i])) == NUMBER_WITHHELD_WORD);
	check_read("anonymous", NUMBER_WITHHELD, "anonymous");
}

static void what_is_no_number(void **state)
{
	static const char *const texts[] = { "s",     "1-800-FLOWERS", "1234567890123456789012345",
					     "+",     "XXXX",          "#14255550100",
					     "12*34", "hangup",        "+49+30",
					     "1#2#3", "1.44256E+13" };

	(void)state;
	assert_true(number_read(STR("")) == NUMBER_ABSENT);
	assert_true(number_read(STR("  ")) == NUMBER_ABSENT);
	assert_true(number_read(STR_NONE) == NUMBER_ABSENT);
	assert_true(number_read(STR("sip:")) == NUMBER_ABSENT);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		check_read(texts[i], NUMBER_TEXT, "");
		assert_true(number_read(str_from(texts[i])) == number_read(str_from(texts[i])));
		assert_true(number_read(str_from(texts[i])) != number_read(STR("another text")));
	}
}

/* 011 8613812345678: a prefix and the longest numbers have more than 15 digits; those that tell are the last. */
static void what_is_longer_than_a_number(void **state)
{
	number_t n = number_read(STR("0118613812345678"));
	char out[NUMBER_TEXT_SIZE];

	(void)state;
	assert_true(number_is_cut(n) && number_kind(n) == NUMBER_DIGITS);
	assert_true(number_value(n) == UINT64_C(118613812345678) && number_digit_count(n) == 15);
	assert_true(n != number_read(STR("118613812345678")));
	check_str(number_text(n, out), "");
	n = number_read(STR("1234#8613812345678"));
	assert_true(number_is_cut(n) && number_kind(n) == NUMBER_PREFIXED && number_prefix_count(n) == 2);
	assert_true(number_value(n) == UINT64_C(348613812345678));
}

static void masks(void **state)
{
	char out[NUMBER_TEXT_SIZE];
	number_t n = number_read(STR("+4930123456"));

	(void)state;
	check_str(number_text(number_mask(n, 0), out), "+4930123456");
	check_str(number_text(number_mask(n, 3), out), "+4930123***");
	check_str(number_text(number_mask(number_mask(n, 3), 2), out), "+4930123***");
	check_str(number_text(number_mask(number_mask(n, 3), 5), out), "+49301*****");
	check_str(number_text(number_mask(n, 99), out), "+**********");
	assert_true(number_mask(number_read(STR("+4930123456")), 3) == number_mask(number_read(STR("+4930123999")), 3));
	assert_true(number_mask(NUMBER_WITHHELD_WORD, 3) == NUMBER_WITHHELD_WORD);
	assert_true(number_mask(NUMBER_ABSENT, 3) == NUMBER_ABSENT);
}

static void order_is_by_kind_length_and_value(void **state)
{
	static const char *const sorted[] = { "+12345", "+99999", "+123456", "+1234567", "012", "112", "0112" };

	(void)state;
	for (size_t i = 1; i < sizeof(sorted) / sizeof(sorted[0]); i++)
		assert_true(number_read(str_from(sorted[i - 1])) < number_read(str_from(sorted[i])));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strict_numbers), cmocka_unit_test(what_switches_write),
		cmocka_unit_test(digits_that_are_none),
		cmocka_unit_test(masks_within_a_number),
		cmocka_unit_test(hidden_callers), cmocka_unit_test(what_is_no_number),
		cmocka_unit_test(masks),          cmocka_unit_test(order_is_by_kind_length_and_value),
		cmocka_unit_test(what_is_longer_than_a_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
