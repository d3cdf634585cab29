#include "check.h"

#include "base/encoding.h"

/* RFC 4648 section 10, without padding, and the two letters of the URL alphabet. */
static void base64url(void **state)
{
	static const struct {
		const char *plain, *coded;
	} pairs[] = { { "", "" },           { "f", "Zg" },          { "fo", "Zm8" },          { "foo", "Zm9v" },
		      { "foob", "Zm9vYg" }, { "fooba", "Zm9vYmE" }, { "foobar", "Zm9vYmFy" }, { "\xfb\xff", "-_8" } };
	static const char *const bad[] = { "Z", "Zg=", "Zg==", "Zh", "Zm9", "Zm 9v", "Zm+v", "Zm/v", "ZZZZZ" };
	char out[32];
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		n = base64url_encode(str_from(pairs[i].plain), out);
		check_str(str_of(out, n), pairs[i].coded);
		assert_true(base64url_decode(str_from(pairs[i].coded), out, sizeof(out), &n));
		check_str(str_of(out, n), pairs[i].plain);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(base64url_decode(str_from(bad[i]), out, sizeof(out), &n));
	assert_true(base64url_decode(STR("Zm9vYg"), out, 4, &n));
	assert_false(base64url_decode(STR("Zm9vYg"), out, 3, &n));
}

static void hexadecimal(void **state)
{
	char out[8];

	(void)state;
	hex_encode(STR("\x00\x7f\xab\xff"), out);
	check_str(str_of(out, 8), "007fabff");
}

static void percent(void **state)
{
	static const char *const bad[] = { "%", "%4", "%zz", "a%0", "%00", "x%4g" };
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	assert_true(percent_decode(STR("%2B49+30%20%c3%A9"), &b));
	check_buf(&b, "+49+30 \xc3\xa9");
	buf_clear(&b);
	percent_encode(&b, STR("+49 a-b_c.d~e/\xc3\xa9"));
	check_buf(&b, "%2B49%20a-b_c.d~e%2F%C3%A9");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(percent_decode(str_from(bad[i]), &b));
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base64url),
		cmocka_unit_test(hexadecimal),
		cmocka_unit_test(percent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
