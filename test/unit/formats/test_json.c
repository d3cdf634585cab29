#include "check_arena.h"

#include "base/instant.h"
#include "formats/json.h"
#include "formats/record.h"

static const struct json *parsed(const char *text)
{
	const struct json *root = NULL;
	struct error err = { 0 };

	if (json_parse(&arena, str_from(text), &root, &err) != OK)
		fail_msg("%s: %s", text, err.message);
	return root;
}

/* Parsed and written again. */
static void check_round(const char *text, const char *expected)
{
	struct json_writer w;
	struct buf b;

	buf_init(&b, 0);
	json_writer_init(&w, &b);
	json_tree(&w, parsed(text));
	check_buf(&b, expected);
	buf_release(&b);
}

static void documents_are_read_as_they_are(void **state)
{
	(void)state;
	check_round("{}", "{}");
	check_round(" [ ] ", "[]");
	check_round("42", "42");
	check_round("\"x\"", "\"x\"");
	check_round(" null\n", "null");
	check_round("{\"a\":[1,{\"b\":null},[],true,false],\"c\":{}}",
		    "{\"a\":[1,{\"b\":null},[],true,false],\"c\":{}}");
	check_round("[18446744073709551616,0.10,-0,1e400,1E+2,5.94e-1]",
		    "[18446744073709551616,0.10,-0,1e400,1E+2,5.94e-1]");
	check_round("[\"\\u00e9\\n\\/\\ud83d\\ude00\\\\\\\"\\t\"]", "[\"\xc3\xa9\\n/\xf0\x9f\x98\x80\\\\\\\"\\t\"]");
	check_round("{\"k\\u0065y\":1}", "{\"key\":1}");
	check_round("{ \"a\" : 1 , \"b\"\t:\r\n2 }", "{\"a\":1,\"b\":2}");
	check_round("[\"\x7f\xe2\x80\xa8\"]", "[\"\x7f\xe2\x80\xa8\"]");
	check_round("[\"\\u0001\"]", "[\"\\u0001\"]");
}

static void refuse(struct str text, const char *place)
{
	const struct json *root = NULL;
	struct error err = { 0 };

	if (json_parse(&arena, text, &root, &err) != E_INVALID)
		fail_msg("taken: %.60s", text.p);
	assert_null(root);
	if (place && !strstr(err.message, place))
		fail_msg("%.60s: \"%s\" does not name %s", text.p, err.message, place);
}

static void what_is_no_json_is_refused_with_its_place(void **state)
{
	static const struct {
		const char *text, *place;
	} bad[] = {
		{ "", "line 1, column 1" },
		{ " \n ", NULL },
		{ "{", NULL },
		{ "[1 2]", NULL },
		{ "[1,]", "line 1, column 4" },
		{ "{\"a\":1,}", NULL },
		{ "{\"a\" 1}", NULL },
		{ "{a:1}", NULL },
		{ "{1:1}", NULL },
		{ "[1]]", "line 1, column 4" },
		{ "{}{}", NULL },
		{ "{\"a\":1}x", NULL },
		{ "1 2", "line 1, column 3" },
		{ "[1}", NULL },
		{ "{\"a\":[}]", NULL },
		{ "[01]", "line 1, column 2" },
		{ "[1.]", "line 1, column 2" },
		{ "[.5]", "line 1, column 2" },
		{ "[+1]", "line 1, column 2" },
		{ "[-]", "line 1, column 2" },
		{ "[1e]", "line 1, column 2" },
		{ "[0x10]", "line 1, column 2" },
		{ "[NaN]", "line 1, column 2" },
		{ "[Infinity]", "line 1, column 2" },
		{ "[tru]", "line 1, column 2" },
		{ "[nulll]", "line 1, column 2" },
		{ "[True]", "line 1, column 2" },
		{ "{\n \"a\": 1,\n \"b\": 01\n}", "line 3, column 7" },
		{ "['a']", "line 1, column 2" },
		{ "[\"a]", "line 1, column 2" },
		{ "[\n\"a", "line 2, column 1" },
		{ "[\"a\nb\"]", "line 1, column 4" },
		{ "[\"a\tb\"]", "line 1, column 4" },
		{ "[\"\\q\"]", "line 1, column 2" },
		{ "[\"\\u12g4\"]", "line 1, column 2" },
		{ "[\"\\ud800\"]", "line 1, column 2" },
		{ "[\"\\udc00\"]", "line 1, column 2" },
		{ "[\"\\ud800\\u0041\"]", "line 1, column 2" },
		{ "[\"\\ud800\\ud800\"]", "line 1, column 2" },
		{ "[\"a\\u0000b\"]", "line 1, column 2" },
		{ "{\"a\\u0000\":1}", "line 1, column 2" },
		{ "[\"\xff\"]", "line 1, column 3" },
		{ "[\"\xc3\xa9\xed\xa0\x80\"]", "line 1, column 4" },
		{ "[1] // note", NULL },
		{ "\xef\xbb\xbf[1]", NULL },
		{ "{\"a\":1,\"b\":2,\"a\":3}", "line 1, column 14" },
		{ "{\"a\":{\"x\":1,\"\\u0078\":2}}", "line 1, column 13" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refuse(str_from(bad[i].text), bad[i].place);
	refuse(STR("[1\0]"), NULL);
	refuse(STR("[\"a\0\"]"), "line 1, column 4");
}

static void nesting_has_a_bound(void **state)
{
	char text[2 * JSON_DEPTH_MAX + 3];
	struct str deepest = { text, 2 * JSON_DEPTH_MAX };

	(void)state;
	memset(text, '[', JSON_DEPTH_MAX);
	memset(text + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
	assert_non_null(parsed(arena_cstr(&arena, deepest)));
	memset(text, '[', JSON_DEPTH_MAX + 1);
	memset(text + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX + 1);
	deepest.n += 2;
	refuse(deepest, "column 33");
}

/* Deep enough to overrun any recursion that is not bounded. */
static void a_megabyte_of_brackets(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	for (int i = 0; i < 1 << 20; i++)
		buf_add_char(&b, i & 1 ? '[' : '{');
	refuse(buf_str(&b), NULL);
	buf_clear(&b);
	for (int i = 0; i < 1 << 20; i++)
		buf_add_char(&b, '[');
	refuse(buf_str(&b), NULL);
	for (int i = 0; i < 1 << 20; i++)
		buf_add_char(&b, ']');
	refuse(buf_str(&b), "column 33");
	buf_release(&b);
}

/* Many keys in one object must not cost their square. */
static void a_hundred_thousand_keys(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	for (int i = 0; i < 100000; i++)
		buf_printf(&b, "%c\"k%d\":%d", i ? ',' : '{', i, i);
	buf_add_char(&b, '}');
	assert_int_equal(parsed(buf_cstr(&b))->count, 100000);
	b.p[b.n - 1] = ',';
	buf_add_str(&b, STR("\"k777\":0}"));
	refuse(buf_str(&b), "twice");
	buf_release(&b);
}

static void members_by_type(void **state)
{
	const struct json *o = parsed("{\"s\":\"x\",\"b\":true,\"n\":-7,\"big\":9223372036854775808,\"f\":1.5,"
				      "\"min\":-9223372036854775808,\"a\":[1],\"z\":null}");
	const struct json *array = NULL;
	struct str s = STR("before");
	struct error err;
	int64_t n = 3;
	bool b = false;

	(void)state;
	assert_int_equal(json_get_str(o, "s", &s, &err), OK);
	check_str(s, "x");
	assert_int_equal(json_get_str(o, "absent", &s, &err), OK);
	assert_int_equal(json_get_str(o, "z", &s, &err), OK);
	check_str(s, "x");
	assert_int_equal(json_get_str(o, "n", &s, &err), E_INVALID);
	assert_string_equal(err.field, "n");
	assert_int_equal(json_get_bool(o, "b", &b, &err), OK);
	assert_true(b);
	assert_int_equal(json_get_bool(o, "s", &b, &err), E_INVALID);
	assert_int_equal(json_get_i64(o, "n", -7, 7, &n, &err), OK);
	assert_int_equal(n, -7);
	assert_int_equal(json_get_i64(o, "n", -6, 7, &n, &err), E_INVALID);
	assert_int_equal(json_get_i64(o, "big", 0, INT64_MAX, &n, &err), E_INVALID);
	assert_int_equal(json_get_i64(o, "f", 0, 9, &n, &err), E_INVALID);
	assert_int_equal(json_get_i64(o, "s", 0, 9, &n, &err), E_INVALID);
	assert_int_equal(n, -7);
	assert_int_equal(json_get_i64(o, "min", INT64_MIN, 0, &n, &err), OK);
	assert_true(n == INT64_MIN);
	assert_int_equal(json_get_array(o, "a", &array, &err), OK);
	assert_int_equal(array->count, 1);
	assert_int_equal(json_get_array(o, "s", &array, &err), E_INVALID);
	assert_null(json_get(array, "s"));
	assert_null(json_get(NULL, "s"));
}

static void literals_are_scaled_exactly(void **state)
{
	static const struct {
		const char *literal;
		int64_t thousandths;
		bool is_cut;
	} rows[] = {
		{ "0", 0 },
		{ "-0", 0 },
		{ "59.4", 59400 },
		{ "5.94e1", 59400 },
		{ "5.94E+1", 59400 },
		{ "594e-1", 59400 },
		{ "0.0019", 1, true },
		{ "1e-3", 1 },
		{ "1e-4", 0, true },
		{ "-1.5", -1500 },
		{ "0e999999", 0 },
		{ "1e-999999999999999999999", 0, true },
		{ "9.999999999999", 9999, true },
		{ "1.2340000", 1234 },
		{ "-1.2340001", -1234, true },
		{ "0.1", 100 },
		{ "0.3", 300 },
		{ "12345678901.234", INT64_C(12345678901234) },
		{ "0.00000000000000000000000000000000000000001e41", 1000 },
	};
	static const char *const large[] = { "1e400", "1e17", "99999999999999999999", "-1e30",
					     "1e999999999999999999999" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t v = -1;

		assert_true(json_scaled(str_from(rows[i].literal), 3, INT64_MAX, &v));
		assert_int_equal(v, rows[i].thousandths);
		assert_int_equal(json_scaled_is_exact(str_from(rows[i].literal), 3), !rows[i].is_cut);
	}
	for (size_t i = 0; i < sizeof(large) / sizeof(large[0]); i++) {
		int64_t v = 42;

		assert_false(json_scaled(str_from(large[i]), 3, INT64_MAX, &v));
		assert_int_equal(v, 42);
	}
}

static void writing(void **state)
{
	struct json_writer w;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	json_writer_init(&w, &b);
	json_object_begin(&w);
	json_member_str(&w, "str", STR("a\"\\\b\f\n\r\t\x01/\xc3\xa9"));
	json_member_str(&w, "none", STR_NONE);
	json_member_str(&w, "empty", STR(""));
	json_member_z(&w, "z", NULL);
	json_member_i64(&w, "i", INT64_MIN);
	json_member_bool(&w, "b", true);
	json_member_instant(&w, "t", 0);
	json_member_instant(&w, "t0", INSTANT_NONE);
	json_member_duration(&w, "d", 59400);
	json_member_duration(&w, "d0", DURATION_NONE);
	json_key(&w, "signed");
	json_signed_duration(&w, -1);
	json_member_number(&w, "n", number_read(STR("+4930123456")));
	json_member_number(&w, "n0", NUMBER_ABSENT);
	json_member_number(&w, "hidden", NUMBER_WITHHELD_WORD);
	json_key(&w, "array");
	json_array_begin(&w);
	json_i64(&w, 1);
	json_array_begin(&w);
	json_array_end(&w);
	json_object_begin(&w);
	json_object_end(&w);
	json_null(&w);
	json_raw(&w, STR("[2,3]"));
	json_array_end(&w);
	json_object_end(&w);
	check_buf(&b, "{\"str\":\"a\\\"\\\\\\b\\f\\n\\r\\t\\u0001/\xc3\xa9\",\"none\":null,\"empty\":\"\",\"z\":null,"
		      "\"i\":-9223372036854775808,\"b\":true,\"t\":\"1970-01-01T00:00:00.000Z\",\"t0\":null,\"d\":59.4,"
		      "\"d0\":null,\"signed\":-0.001,\"n\":\"+4930123456\",\"n0\":null,\"hidden\":\"anonymous\","
		      "\"array\":[1,[],{},null,[2,3]]}");
	parsed(buf_cstr(&b));
	buf_release(&b);
}

static void bytes_that_are_no_utf8_become_replacements(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	json_quote(&b, STR("a\xff\xc3(\xed\xa0\x80z\xe2\x82"));
	check_buf(&b, "\"a\xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\xef\xbf\xbd\xef\xbf\xbd\"");
	parsed(buf_cstr(&b));
	buf_clear(&b);
	json_quote(&b, STR_NONE);
	check_buf(&b, "\"\"");
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(documents_are_read_as_they_are),
		cmocka_unit_test(what_is_no_json_is_refused_with_its_place),
		cmocka_unit_test(nesting_has_a_bound),
		cmocka_unit_test(a_megabyte_of_brackets),
		cmocka_unit_test(a_hundred_thousand_keys),
		cmocka_unit_test(members_by_type),
		cmocka_unit_test(literals_are_scaled_exactly),
		cmocka_unit_test(writing),
		cmocka_unit_test(bytes_that_are_no_utf8_become_replacements),
	};

	return cmocka_run_group_tests(tests, arena_begin, arena_end);
}
