#include "check.h"

#include "base/instant.h"

static int64_t parsed(const char *text)
{
	int64_t ms = -77;

	assert_true(instant_parse(str_from(text), &ms));
	return ms;
}

static void times_are_read(void **state)
{
	(void)state;
	assert_int_equal(parsed("1970-01-01T00:00:00Z"), 0);
	assert_int_equal(parsed("1970-01-01T00:00:00.001Z"), 1);
	assert_int_equal(parsed("2026-11-25T10:50:48.123Z"), INT64_C(1795603848123));
	assert_int_equal(parsed("2026-11-25T10:50:48Z"), INT64_C(1795603848000));
	assert_int_equal(parsed("1969-12-31T23:59:59.999Z"), -1);
	assert_int_equal(parsed("9999-12-31T23:59:59.999Z"), INT64_C(253402300799999));
	assert_int_equal(parsed("0001-01-01T00:00:00.001Z"), INT64_C(-62135596799999));
}

static void every_way_of_writing_one_instant_is_the_same(void **state)
{
	static const char *const same[] = {
		"2026-11-25T10:50:48.1Z",        "2026-11-25T10:50:48.10Z",    "2026-11-25T10:50:48.1000000Z",
		"2026-11-25T10:50:48.1009999Z",  "2026-11-25 10:50:48.1Z",     "2026-11-25t10:50:48.1z",
		"2026-11-25T12:50:48.1+02:00",   "2026-11-25T12:50:48.1+0200", "2026-11-25T05:20:48.100-05:30",
		"2026-11-26T00:35:48.100+13:45", "2026-11-25T12:50:48.1+02",   "2026-11-25T10:50:48.1-00:00",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		assert_int_equal(parsed(same[i]), INT64_C(1795603848100));
	assert_int_equal(parsed("2026-12-31T23:59:60Z"), parsed("2027-01-01T00:00:00Z"));
}

static void absent_is_the_first_instant(void **state)
{
	(void)state;
	assert_true(parsed("0001-01-01T00:00:00Z") == INSTANT_NONE);
	assert_true(parsed("0001-01-01T00:00:00.0000000Z") == INSTANT_NONE);
	assert_true(parsed("0001-01-01T00:00:00+00:00") == INSTANT_NONE);
}

static void what_is_no_time_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"2026-11-25",
		"2026-11-25T10:50:48",
		"2026-11-25T10:50:48.Z",
		"2026-11-25T10:50:48.12345678Z",
		"2026-11-25T10:50:48.1",
		"2026-02-30T00:00:00Z",
		"2025-02-29T00:00:00Z",
		"1900-02-29T00:00:00Z",
		"2026-00-10T00:00:00Z",
		"2026-13-10T00:00:00Z",
		"2026-10-00T00:00:00Z",
		"2026-11-31T00:00:00.000Z",
		"2026-11-25T24:00:00Z",
		"2026-11-25T10:60:00Z",
		"2026-11-25T10:00:61Z",
		"2026-11-25T10:50:48+24:00",
		"2026-11-25T10:50:48+01:60",
		"2026-11-25T10:50:48+1",
		"2026-11-25T10:50:48ZZ",
		"2026-11-25T10:50:48 Z",
		" 2026-11-25T10:50:48Z",
		"2026-11-25T10:50Z",
		"26-11-25T10:50:48Z",
		"0000-01-01T00:00:00Z",
		"10000-01-01T00:00:00Z",
		"2026/11/25T10:50:48Z",
		"2026-11-25X10:50:48Z",
		"2026-1a-25T10:50:48Z",
		"2026-11-25T10:50:4\xb2Z",
		"0001-01-01T00:00:00+01:00",
		"9999-12-31T23:59:59-00:01",
		"1795603848",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int64_t ms = 42;

		if (instant_parse(str_from(bad[i]), &ms))
			fail_msg("read: %s", bad[i]);
		assert_int_equal(ms, 42);
	}
}

/* The fast way and the long way must agree on every day that is and is not. */
static void every_day_of_400_years_there_and_back(void **state)
{
	char text[INSTANT_TEXT_SIZE], slow[64];
	int year;
	unsigned month, mday;

	(void)state;
	for (int32_t day = day_from_civil(1899, 1, 1); day < day_from_civil(2301, 1, 1); day++) {
		int64_t ms = day_start(day) + (int64_t)(day & 0x7ffff) % MS_PER_DAY, back;
		struct str s = instant_text(ms, text);

		assert_true(instant_parse(s, &back));
		assert_int_equal(back, ms);
		snprintf(slow, sizeof(slow), "%.*s0000Z", (int)s.n - 1, s.p);
		assert_int_equal(parsed(slow), ms);
		day_to_civil(day, &year, &month, &mday);
		assert_int_equal(day_from_civil(year, month, mday), day);
		assert_int_equal(instant_day(ms), day);
	}
	assert_int_equal(instant_day(-1), -1);
	assert_int_equal(instant_day(-MS_PER_DAY), -1);
	assert_int_equal(instant_day(-MS_PER_DAY - 1), -2);
}

static void dates(void **state)
{
	char text[INSTANT_TEXT_SIZE];
	int64_t ms;
	int32_t day;

	(void)state;
	assert_true(day_parse(STR("2026-11-25"), &day));
	check_str(day_text(day, text), "2026-11-25");
	assert_false(day_parse(STR("2026-11-25 "), &day));
	assert_false(day_parse(STR("2026-11-31"), &day));
	assert_true(instant_parse_or_date(STR("2026-11-25"), &ms));
	assert_int_equal(ms, day_start(day));
	assert_true(instant_parse_or_date(STR("2026-11-25T00:00:00.5Z"), &ms));
	assert_int_equal(ms, day_start(day) + 500);
	assert_false(instant_parse_or_date(STR("yesterday"), &ms));
}

static void durations(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} good[] = {
		{ "0", 0 },         { "59", 59000 },      { "59.4", 59400 }, { "59.45", 59450 },    { "0.001", 1 },
		{ "0.0019999", 1 }, { "00059.0", 59000 }, { "100", 100000 }, { "100.000", 100000 },
	};
	static const char *const bad[] = { "",
					   "-1",
					   "+1",
					   "1.",
					   ".5",
					   "1.5.5",
					   "1e2",
					   "NaN",
					   " 1",
					   "1 ",
					   "1,5",
					   "100.001",
					   "101",
					   "18446744073709551616",
					   "99999999999999999999999" };
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		int64_t ms = -1;

		assert_true(duration_parse(str_from(good[i].text), 100000, &ms));
		assert_int_equal(ms, good[i].ms);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int64_t ms = 42;

		if (duration_parse(str_from(bad[i]), 100000, &ms))
			fail_msg("read: %s", bad[i]);
		assert_int_equal(ms, 42);
	}
	duration_add(&b, 59400);
	buf_add_char(&b, ' ');
	duration_add(&b, 60000);
	buf_add_char(&b, ' ');
	duration_add(&b, 7);
	buf_add_char(&b, ' ');
	duration_add(&b, -1020);
	check_buf(&b, "59.4 60 0.007 -1.02");
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_read),
		cmocka_unit_test(every_way_of_writing_one_instant_is_the_same),
		cmocka_unit_test(absent_is_the_first_instant),
		cmocka_unit_test(what_is_no_time_is_refused),
		cmocka_unit_test(every_day_of_400_years_there_and_back),
		cmocka_unit_test(dates),
		cmocka_unit_test(durations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
