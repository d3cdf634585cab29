#include "check.h"

#include "base/random.h"

static void guids(void **state)
{
	char a[GUID_TEXT_SIZE], b[GUID_TEXT_SIZE], again[GUID_TEXT_SIZE];

	(void)state;
	random_guid(a);
	random_guid(b);
	assert_string_not_equal(a, b);
	assert_int_equal(a[14], '4');
	assert_true(strchr("89ab", a[19]));
	assert_true(guid_parse(str_from(a), again));
	assert_string_equal(a, again);
	assert_true(guid_parse(STR("0123ABCD-0123-4567-89AB-0123456789AB"), again));
	assert_string_equal(again, "0123abcd-0123-4567-89ab-0123456789ab");
	assert_false(guid_parse(STR("0123abcd-0123-4567-89ab-0123456789a"), again));
	assert_false(guid_parse(STR("0123abcd-0123-4567-89ab-0123456789ag"), again));
	assert_false(guid_parse(STR("0123abcd00123-4567-89ab-0123456789ab"), again));
	assert_false(guid_parse(STR("0123abc--0123-4567-89ab-0123456789ab"), again));
}

static void tokens(void **state)
{
	char a[128], b[128];

	(void)state;
	random_token(a, 32);
	random_token(b, 32);
	assert_int_equal(strlen(a), 43);
	assert_string_not_equal(a, b);
	assert_int_equal(strspn(a, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), 43);
}

/* The same seed gives the same numbers on every machine: these are xoshiro256**
 * seeded by splitmix64 with 42. */
static void seeds_repeat(void **state)
{
	struct prng a, b;
	uint64_t counts[7] = { 0 };

	(void)state;
	prng_init(&a, 42);
	assert_true(prng_next(&a) == UINT64_C(1546998764402558742));
	assert_true(prng_next(&a) == UINT64_C(6990951692964543102));
	prng_init(&a, 7);
	prng_init(&b, 7);
	for (int i = 0; i < 70000; i++) {
		uint64_t x = prng_below(&a, 7);
		double unit;

		assert_true(x == prng_below(&b, 7));
		assert_true(x < 7);
		counts[x]++;
		unit = prng_unit(&a);
		assert_true(unit >= 0 && unit < 1);
		assert_true(unit == prng_unit(&b));
	}
	for (int i = 0; i < 7; i++)
		assert_in_range(counts[i], 9500, 10500);
	assert_int_equal(prng_below(&a, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(guids),
		cmocka_unit_test(tokens),
		cmocka_unit_test(seeds_repeat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
