#include "check.h"

#include "base/arena.h"

static void slices(void **state)
{
	struct str s = STR("a,b,,c"), none = STR_NONE;

	(void)state;
	check_str(str_cut(&s, ','), "a");
	check_str(str_cut(&s, ','), "b");
	check_str(str_cut(&s, ','), "");
	check_str(str_cut(&s, ','), "c");
	assert_true(str_is_none(s));
	s = STR("end,");
	check_str(str_cut(&s, ','), "end");
	assert_false(str_is_none(s));
	assert_int_equal(s.n, 0);
	check_str(str_trim(STR(" \t x y\t")), "x y");
	check_str(str_trim(STR("  ")), "");
	assert_true(str_starts(STR("abc"), STR("ab")));
	assert_false(str_starts(STR("a"), STR("ab")));
	assert_true(str_equal(none, STR("")));
	assert_int_equal(str_find(STR("one two two"), STR("two")), 4);
	assert_int_equal(str_find(STR("one"), STR("two")), 3);
	assert_int_equal(str_find(none, STR("x")), 0);
	assert_int_equal(str_find_char(none, 'x'), 0);
	assert_true(str_equal_ascii_case(STR("GZip"), STR("gzip")));
	assert_false(str_equal_ascii_case(STR("\xc4"), STR("\xe4")));
	assert_true(str_compare(STR("a"), STR("ab")) < 0);
	assert_true(str_compare(STR("b"), STR("ab")) > 0);
	assert_true(str_compare(STR("\xff"), STR("a")) > 0);
	assert_int_equal(str_compare(none, STR("")), 0);
}

static void whole_numbers(void **state)
{
	uint64_t v = 5;

	(void)state;
	assert_true(str_to_u64(STR("18446744073709551615"), UINT64_MAX, &v));
	assert_true(v == UINT64_MAX);
	assert_true(str_to_u64(STR("007"), 7, &v));
	assert_int_equal(v, 7);
	v = 5;
	assert_false(str_to_u64(STR("18446744073709551616"), UINT64_MAX, &v));
	assert_false(str_to_u64(STR("8"), 7, &v));
	assert_false(str_to_u64(STR(""), 7, &v));
	assert_false(str_to_u64(STR("-1"), 7, &v));
	assert_false(str_to_u64(STR("1 "), 7, &v));
	assert_int_equal(v, 5);
}

static void utf8(void **state)
{
	static const char *const good[] = { "",
					    "plain ascii that is longer than a word",
					    "\xc3\xa9",
					    "\xe2\x82\xac",
					    "\xf0\x9f\x98\x80",
					    "\xed\x9f\xbf",
					    "\xee\x80\x80",
					    "\xf4\x8f\xbf\xbf",
					    "12345678\xc3\xa9 2345678",
					    "1234567\xc3\xa9" };
	static const char *const bad[] = { "\x80",
					   "\xc3",
					   "\xc0\xaf",
					   "\xc1\xbf",
					   "\xe0\x80\xaf",
					   "\xe0\x9f\xbf",
					   "\xed\xa0\x80",
					   "\xed\xbf\xbf",
					   "\xf0\x80\x80\xaf",
					   "\xf0\x8f\xbf\xbf",
					   "\xf4\x90\x80\x80",
					   "\xf5\x80\x80\x80",
					   "\xff",
					   "\xe2\x82",
					   "\xe2\x28\xa1",
					   "\xf0\x9f\x98",
					   "12345678\x80",
					   "1234567\xc3" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(str_is_utf8(str_from(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(str_is_utf8(str_from(bad[i])));
	assert_true(str_is_utf8(STR("a\0b")));
}

/* Every code point there is, and every surrogate, encoded by hand. */
static void utf8_of_every_code_point(void **state)
{
	(void)state;
	for (uint32_t c = 0x80; c < 0x110000; c++) {
		char p[4];
		size_t n;

		if (c < 0x800) {
			p[0] = (char)(0xc0 | c >> 6);
			n = 2;
		} else if (c < 0x10000) {
			p[0] = (char)(0xe0 | c >> 12);
			p[1] = (char)(0x80 | (c >> 6 & 63));
			n = 3;
		} else {
			p[0] = (char)(0xf0 | c >> 18);
			p[1] = (char)(0x80 | (c >> 12 & 63));
			p[2] = (char)(0x80 | (c >> 6 & 63));
			n = 4;
		}
		p[n - 1] = (char)(0x80 | (c & 63));
		assert_int_equal(utf8_sequence(str_of(p, n)), c >= 0xd800 && c <= 0xdfff ? 0 : n);
		assert_int_equal(utf8_sequence(str_of(p, n - 1)), 0);
	}
}

static void arenas_keep_what_they_are_given(void **state)
{
	struct arena a;
	struct str kept[1000];

	(void)state;
	arena_init(&a);
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < 1000; i++)
			kept[i] = arena_printf(&a, "%zu:%0*d", i, (int)(i % 97), 0);
		for (size_t i = 0; i < 1000; i++) {
			char expected[200];

			snprintf(expected, sizeof(expected), "%zu:%0*d", i, (int)(i % 97), 0);
			check_str(kept[i], expected);
			assert_int_equal(kept[i].p[kept[i].n], 0);
		}
		assert_true(a.used > 0);
		arena_clear(&a);
		assert_int_equal(a.used, 0);
	}
	assert_true(str_is_none(arena_str(&a, STR_NONE)));
	assert_int_equal(*(unsigned char *)arena_alloc(&a, (size_t)3 << 20), 0);
	arena_release(&a);
}

static void what_messages_show(void **state)
{
	char out[12];

	(void)state;
	assert_string_equal(str_shown(STR(""), out, sizeof(out)), "");
	assert_string_equal(str_shown(STR("a\tb\xff\x7f\xc2\x85"), out, sizeof(out)), "a?b???");
	assert_string_equal(str_shown(STR("eleven char"), out, sizeof(out)), "eleven char");
	assert_string_equal(str_shown(STR("twelve chars"), out, sizeof(out)), "twelve c...");
	assert_string_equal(str_shown(STR("1234567\xe5\x8f\xb7\xe5"), out, sizeof(out)), "1234567\xe5\x8f\xb7?");
	assert_string_equal(str_shown(STR("1234567\xe5\x8f\xb7\xe5\x8f\xb7"), out, sizeof(out)), "1234567...");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slices),
		cmocka_unit_test(whole_numbers),
		cmocka_unit_test(utf8),
		cmocka_unit_test(what_messages_show),
		cmocka_unit_test(utf8_of_every_code_point),
		cmocka_unit_test(arenas_keep_what_they_are_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
