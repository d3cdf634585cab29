#include "check.h"

#include "base/error.h"

static void content_grows(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	for (int i = 0; i < 10000; i++)
		buf_printf(&b, "%d,", i % 10);
	assert_int_equal(b.n, 20000);
	buf_drop(&b, 19998);
	check_buf(&b, "9,");
	assert_string_equal(buf_cstr(&b), "9,");
	buf_clear(&b);
	buf_add_u64(&b, UINT64_MAX);
	buf_add_char(&b, ' ');
	buf_add_i64(&b, INT64_MIN);
	buf_add_char(&b, ' ');
	buf_add_i64(&b, 0);
	check_buf(&b, "18446744073709551615 -9223372036854775808 0");
	buf_release(&b);
	check_buf(&b, "");
}

static void max_counts_content_alone(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4);
	buf_printf(&b, "%s", "abcd"); /* fills it to the last byte; the NUL is no content */
	assert_false(b.overflow);
	assert_string_equal(buf_cstr(&b), "abcd");
	assert_false(b.overflow);
	buf_add_char(&b, 'e');
	assert_true(b.overflow);
	assert_int_equal(b.n, 4);
	buf_add(&b, "", 0);
	assert_string_equal(buf_cstr(&b), "");
	buf_clear(&b);
	buf_printf(&b, "%s", "abcde");
	assert_true(b.overflow);
	assert_int_equal(b.n, 0);
	buf_clear(&b);
	assert_null(buf_room(&b, SIZE_MAX));
	buf_release(&b);
}

static void errors_say_what_and_where(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_int_equal(error_set(&err, E_NUMBER, "callerNumber", "%d digits", 3), E_NUMBER);
	assert_string_equal(err.field, "callerNumber");
	assert_int_equal(error_prefix(&err, "file %s", "a.csv"), E_NUMBER);
	assert_string_equal(err.message, "file a.csv: 3 digits");
	assert_int_equal(error_set(NULL, E_IO, NULL, "nobody asks"), E_IO);
	error_set(&err, E_IO, NULL, "%1000d", 1);
	assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
	error_prefix(&err, "%1000d", 1);
	assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
	for (int s = 0; s < STATUS_COUNT; s++) {
		assert_in_range(status_http((enum status)s), 200, 599);
		assert_true(strlen(status_wire((enum status)s)) > 0);
		assert_true(strlen(status_meaning((enum status)s)) > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(content_grows),
		cmocka_unit_test(max_counts_content_alone),
		cmocka_unit_test(errors_say_what_and_where),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
