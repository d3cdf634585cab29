#include "check.h"

#include "base/error.h"
#include "formats/text_decode.h"

static enum status collect(void *context, struct str bytes, struct error *err)
{
	(void)err;
	buf_add_str(context, bytes);
	return OK;
}

static enum status decode(struct str text, size_t at, struct buf *out, struct error *err)
{
	struct text_decode *d = text_decode_new(collect, out);
	enum status status = text_decode_push(d, str_of(text.p, at), err);

	if (status == OK)
		status = text_decode_push(d, str_after(text, at), err);
	if (status == OK)
		status = text_decode_finish(d, err);
	text_decode_free(d);
	return status;
}

/* Wherever the stream is cut. */
static void check(struct str text, enum status expected_status, const char *expected)
{
	for (size_t at = 0; at <= text.n; at++) {
		struct error err = { 0 };
		struct buf out;

		buf_init(&out, 0);
		assert_int_equal(decode(text, at, &out, &err), expected_status);
		check_buf(&out, expected);
		buf_release(&out);
	}
}

static void what_is_no_utf16_stays_as_it_is(void **state)
{
	(void)state;
	check(STR(""), OK, "");
	check(STR("a"), OK, "a");
	check(STR("id,a\n\xff\xfe\x81"), OK, "id,a\n\xff\xfe\x81");
	check(STR("\xef\xbb\xbfid"), OK, "\xef\xbb\xbfid");
}

static void utf16_and_utf32(void **state)
{
	(void)state;
	check(STR("\xff\xfe" "a\0\xe4\0\n\0\xf7\x53"), OK, "a\xc3\xa4\n\xe5\x8f\xb7");
	check(STR("\xfe\xff" "\0a\0\xe4\0\n\x53\xf7"), OK, "a\xc3\xa4\n\xe5\x8f\xb7");
	check(STR("i\0d\0,\0\x3d\xd8\x00\xde"), OK, "id,\xf0\x9f\x98\x80");
	check(STR("\0i\0d\0,\xd8\x3d\xde\x00"), OK, "id,\xf0\x9f\x98\x80");
	check(STR("\xff\xfe\0\0" "a\0\0\0\xe4\0\0\0"), OK, "a\xc3\xa4");
	check(STR("\0\0\xfe\xff" "\0\0\0a"), OK, "a");
	check(STR("\xff\xfe"), OK, "");
}

static void what_is_no_character(void **state)
{
	(void)state;
	/* A surrogate without its other half spoils its line alone. */
	check(STR("\xff\xfe" "a\0\n\0\x3d\xd8" "b\0\n\0c\0"), OK, "a\n\x81" "b\nc");
	check(STR("\xff\xfe" "a\0\x00\xde" "b\0"), OK, "a\x81" "b");
	check(STR("\xff\xfe" "a\0b"), E_TRUNCATED, "a");
	check(STR("\xff\xfe" "a\0\x3d\xd8"), E_TRUNCATED, "a");
}

static void what_is_no_text_is_named(void **state)
{
	static const struct {
		struct str head;
		const char *says;
	} rows[] = {
		{ { "%PDF-1.7", 8 }, "PDF" },
		{ { "PK\x03\x04zip in gzip", 15 }, "zip archive within" },
		{ { "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8 }, "Excel" },
		{ { "BZh91AY", 7 }, "bzip2" },
		{ { "<html><body>", 12 }, "web page" },
	};
	char tar[512] = "cdr.csv";
	struct error err = { 0 };
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(decode(rows[i].head, 3, &out, &err), E_INVALID);
		assert_non_null(strstr(err.message, rows[i].says));
	}
	memcpy(tar + 257, "ustar", 5);
	assert_int_equal(decode(str_of(tar, sizeof(tar)), 300, &out, &err), E_INVALID);
	assert_non_null(strstr(err.message, "tar archive"));
	assert_int_equal(out.n, 0);
	buf_release(&out);
}

/* More than fits into the pieces in which it works. */
static void long_texts(void **state)
{
	struct buf text, expected, out;
	struct error err = { 0 };

	(void)state;
	buf_init(&text, 0);
	buf_init(&expected, 0);
	buf_init(&out, 0);
	buf_add_str(&text, STR("\xff\xfe"));
	for (int i = 0; i < 100000; i++) {
		buf_add_str(&text, STR("\xf7\x53" "1\0\n\0"));
		buf_add_str(&expected, STR("\xe5\x8f\xb7" "1\n"));
	}
	assert_int_equal(decode(buf_str(&text), 77777, &out, &err), OK);
	assert_true(str_equal(buf_str(&out), buf_str(&expected)));
	buf_release(&text);
	buf_release(&expected);
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_utf16_stays_as_it_is),
		cmocka_unit_test(utf16_and_utf32),
		cmocka_unit_test(what_is_no_character),
		cmocka_unit_test(what_is_no_text_is_named),
		cmocka_unit_test(long_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
