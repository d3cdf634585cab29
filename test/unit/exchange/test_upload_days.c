/* What exchange/upload_days.h promises. */
#include "exchange/upload_days.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#define NOW_MS INT64_C(1773100800000) /* 2026-03-10T00:00:00Z */
#define FIRST_MS INT64_C(946684800000) /* 2000-01-01T00:00:00Z */
#define LAST_MS (NOW_MS + 366 * MS_PER_DAY)

static struct error err;

static struct record record_at(enum record_kind kind, int64_t start_ms)
{
	struct record r;

	record_clear(&r, kind);
	r.start_ms = start_ms;
	return r;
}

static enum status check_at(struct upload_days *days, int64_t start_ms)
{
	struct record r = record_at(RECORD_CALL, start_ms);

	memset(&err, 0, sizeof(err));
	return upload_days_check(days, &r, &err);
}

static void times_have_two_ends(void **state)
{
	struct upload_days days;

	(void)state;
	upload_days_init(&days, NOW_MS);
	assert_int_equal(check_at(&days, FIRST_MS), OK);
	assert_int_equal(check_at(&days, FIRST_MS - 1), E_FIELD_VALUE);
	assert_string_equal(err.field, "inviteDateTime");
	assert_int_equal(check_at(&days, LAST_MS), OK);
	assert_int_equal(check_at(&days, LAST_MS + 1), E_FIELD_VALUE);
	assert_non_null(strstr(err.message, "2000-01-01T00:00:00.000Z and 2027-03-11T00:00:00.000Z"));
	assert_int_equal(check_at(&days, INT64_MAX - 1), E_FIELD_VALUE);
	assert_int_equal(check_at(&days, INSTANT_NONE + 1), E_FIELD_VALUE);
	upload_days_release(&days);
}

static void each_time_of_a_record_counts(void **state)
{
	struct record r = record_at(RECORD_DURATION, INSTANT_NONE);
	struct upload_days days;

	(void)state;
	upload_days_init(&days, NOW_MS);
	r.end_ms = NOW_MS;
	assert_int_equal(upload_days_check(&days, &r, &err), OK);
	r.answer_ms = FIRST_MS - 1;
	assert_int_equal(upload_days_check(&days, &r, &err), E_FIELD_VALUE);
	assert_string_equal(err.field, "answerDateTime");
	r.answer_ms = NOW_MS;
	r.end_ms = LAST_MS + 1;
	assert_int_equal(upload_days_check(&days, &r, &err), E_FIELD_VALUE);
	assert_string_equal(err.field, "endDateTime");
	upload_days_release(&days);
}

/* A day that was there goes on being taken; a rejected one uses up nothing. */
static void days_are_counted(void **state)
{
	struct upload_days days;

	(void)state;
	upload_days_init(&days, NOW_MS);
	for (int n = 0; n < UPLOAD_DAYS_MAX; n++) {
		assert_int_equal(check_at(&days, NOW_MS - n * 7 * MS_PER_DAY), OK);
		assert_int_equal(check_at(&days, NOW_MS - n * 7 * MS_PER_DAY + MS_PER_DAY - 1), OK);
		assert_int_equal(check_at(&days, FIRST_MS - 1 - n), E_FIELD_VALUE);
	}
	assert_int_equal(check_at(&days, NOW_MS + MS_PER_DAY), E_FIELD_VALUE);
	assert_non_null(strstr(err.message, "400 different days"));
	for (int n = 0; n < UPLOAD_DAYS_MAX; n++)
		assert_int_equal(check_at(&days, NOW_MS - n * 7 * MS_PER_DAY), OK);
	upload_days_release(&days);
}

static void a_clock_before_the_first_day_takes_nothing(void **state)
{
	struct upload_days days;

	(void)state;
	upload_days_init(&days, 0);
	assert_int_equal(check_at(&days, 0), E_FIELD_VALUE);
	assert_int_equal(check_at(&days, FIRST_MS), E_FIELD_VALUE);
	upload_days_release(&days);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_have_two_ends),
		cmocka_unit_test(each_time_of_a_record_counts),
		cmocka_unit_test(days_are_counted),
		cmocka_unit_test(a_clock_before_the_first_day_takes_nothing),
	};

	return cmocka_run_group_tests_name("upload_days", tests, NULL, NULL);
}
