#include "check.h"

#include "base/error.h"
#include "formats/json_rows.h"

static enum status collect(void *context, struct str text, enum json_row_fault fault, struct record_place place,
			   struct error *err)
{
	struct buf *out = context;

	(void)err;
	buf_printf(out, "%llu:%zu %s%.*s\n", (unsigned long long)place.line, place.column,
		   fault == JSON_ROW_FINE       ? ""
		   : fault == JSON_ROW_TOO_LONG ? "too long"
						: "none",
		   STR_ARG(text));
	return OK;
}

static void check_cut(struct str text, size_t at, const char *expected)
{
	struct json_rows rows;
	struct buf out;
	enum status status;

	buf_init(&out, 0);
	json_rows_init(&rows, 40, "value", collect, &out);
	status = json_rows_push(&rows, str_of(text.p, at), NULL);
	if (status == OK)
		status = json_rows_push(&rows, str_after(text, at), NULL);
	if (status == OK)
		status = json_rows_finish(&rows, NULL);
	if (status != OK)
		buf_printf(&out, "%s\n", status_wire(status));
	check_buf(&out, expected);
	json_rows_release(&rows);
	buf_release(&out);
}

/* The same rows wherever the text is cut. */
static void check(struct str text, const char *expected)
{
	for (size_t at = 0; at <= text.n; at++)
		check_cut(text, at, expected);
}

static void rows_of_all_shapes(void **state)
{
	(void)state;
	check(STR(""), "");
	check(STR("{\"a\":1}"), "1:1 {\"a\":1}\n");
	check(STR("\xef\xbb\xbf{\"a\":1}\r\n {\"a\":{\"b\":[{}]}}\n\x1e{}"),
	      "1:2 {\"a\":1}\n2:2 {\"a\":{\"b\":[{}]}}\n3:2 {}\n");
	check(STR("[{\"a\":1},\n{\"a\":[{}]}][{}]"), "1:2 {\"a\":1}\n2:1 {\"a\":[{}]}\n2:13 {}\n");
	check(STR("[]{}{\"a\":\"}\\\"{\"}"), "1:3 {}\n1:5 {\"a\":\"}\\\"{\"}\n");
}

static void pages(void **state)
{
	(void)state;
	check(STR("{\"@c\":\"x\",\"value\":[{\"a\":1},{\"value\":[{}]}],\"more\":[{}],\"next\":\"]}\"}\n{\"value\" : "
		  "[\n{}] }{\"value\":[]}"),
	      "1:20 {\"a\":1}\n1:28 {\"value\":[{}]}\n3:1 {}\n");
	/* A member of another name, a text that says "value", and a value that is no array make no page. */
	check(STR("{\"values\":[{}]}{\"a\":\"value\",\"b\":[{}]}{\"valu\":[{}]}{\"value\":{}}{\"\xc3\xa4value\":[{}]}"),
	      "1:1 {\"values\":[{}]}\n1:16 {\"a\":\"value\",\"b\":[{}]}\n1:38 {\"valu\":[{}]}\n1:51 {\"value\":{}}\n"
	      "1:63 {\"\xc3\xa4value\":[{}]}\n");
	/* What stands before the rows may be longer than a row, which is then said. */
	check(STR("{\"x\":\"0123456789012345678901234567890123456789\",\"value\":[{\"a\":1}]}"),
	      "1:1 too long\n1:58 {\"a\":1}\n");
}

static void what_is_no_row(void **state)
{
	(void)state;
	check(STR("hello {\"a\":1} 7 {}\n]\n[1,\"}\",{},[{}]]\n"),
	      "1:1 none\n1:7 {\"a\":1}\n1:17 {}\n2:1 none\n3:2 none\n3:8 {}\n");
	check(STR("{\"a\":\"01234567890123456789012345678901234567890123456789\"}{}"), "1:1 too long\n1:59 {}\n");
}

/* A NUL behind the name of the list: the name has ended. */
static void names_with_a_nul(void **state)
{
	(void)state;
	check(STR("{\"value\0\0\":[{}]}"), "1:1 {\"value\n");
}

static void what_is_torn(void **state)
{
	(void)state;
	check(STR("{\"a\":\"b\n{\"a\":1}\n{\"a\":{\n{}"), "1:1 {\"a\":\"b\n\n2:1 {\"a\":1}\n3:1 {\"a\":{\n\n4:1 {}\n");
	check(STR("{}{\"a\":1"), "1:1 {}\nbodyTruncated\n");
	check(STR("{\"value\":[{}"), "1:11 {}\nbodyTruncated\n");
	check(STR("[{},"), "1:2 {}\nbodyTruncated\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_of_all_shapes), cmocka_unit_test(pages),        cmocka_unit_test(what_is_no_row),
		cmocka_unit_test(names_with_a_nul),   cmocka_unit_test(what_is_torn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
