/* Cells as they are written, for machines and for spreadsheets. */
#include "check.h"

#include "formats/csv.h"

static void check_cells(struct str text, const char *raw, const char *sheet)
{
	struct buf out;

	buf_init(&out, 0);
	csv_write_cell(&out, text);
	check_buf(&out, raw);
	buf_clear(&out);
	csv_write_sheet_cell(&out, text);
	check_buf(&out, sheet);
	buf_release(&out);
}

static void check_alike(const char *text, const char *expected)
{
	check_cells(str_from(text), expected, expected);
}

static void cells_are_quoted_where_they_must_be(void **state)
{
	(void)state;
	check_alike("", "");
	check_alike("plain text", "plain text");
	check_alike(" x ", " x ");
	check_alike("a,b", "\"a,b\"");
	check_alike("say \"so\"", "\"say \"\"so\"\"\"");
	check_alike("\"", "\"\"\"\"");
	check_alike("two\nlines", "\"two\nlines\"");
	check_alike("a\rb", "\"a\rb\"");
	check_alike("sip:+4930123@tenant.example;user=phone", "sip:+4930123@tenant.example;user=phone");
	check_alike("1+1=2", "1+1=2");
	check_alike("\xc3\xbc\xef\xbc\x8c", "\xc3\xbc\xef\xbc\x8c");
	check_alike("'=1", "'=1");
}

static void formulas_are_text_in_spreadsheets_only(void **state)
{
	(void)state;
	check_cells(STR("=1+1"), "=1+1", "'=1+1");
	check_cells(STR("+4930123"), "+4930123", "'+4930123");
	check_cells(STR("-"), "-", "'-");
	check_cells(STR("@SUM(A1)"), "@SUM(A1)", "'@SUM(A1)");
	check_cells(STR("\t=1"), "\t=1", "'\t=1");
	check_cells(STR("\r=1"), "\"\r=1\"", "\"'\r'=1\"");
	check_cells(STR("\n=1"), "\"\n=1\"", "\"'\n'=1\"");
	check_cells(STR("=a,b"), "\"=a,b\"", "\"'=a,b\"");
	check_cells(STR("=HYPERLINK(\"x\")"), "\"=HYPERLINK(\"\"x\"\")\"", "\"'=HYPERLINK(\"\"x\"\")\"");
	check_cells(STR("\xef\xbc\x9d" "1"), "\xef\xbc\x9d" "1", "'\xef\xbc\x9d" "1");
	check_cells(STR("\xef\xbc\x8b"), "\xef\xbc\x8b", "'\xef\xbc\x8b");
	check_cells(STR("\xef\xbc\x8d"), "\xef\xbc\x8d", "'\xef\xbc\x8d");
	check_cells(STR("\xef\xbc\xa0"), "\xef\xbc\xa0", "'\xef\xbc\xa0");
	check_cells(STR("\"=1"), "\"\"\"=1\"", "\"\"\"=1\"");
}

/* Where the list separator is a semicolon, or a line end within the cell divides rows. */
static void what_follows_a_separator_begins_a_cell(void **state)
{
	(void)state;
	check_cells(STR("a;=1"), "a;=1", "a;'=1");
	check_cells(STR(";;@x;y"), ";;@x;y", ";;'@x;y");
	check_cells(STR("a;\"=1;b"), "\"a;\"\"=1;b\"", "\"a;\"\"'=1;b\"");
	check_cells(STR("a;\"\"-1"), "\"a;\"\"\"\"-1\"", "\"a;\"\"\"\"'-1\"");
	check_cells(STR("a\n=1"), "\"a\n=1\"", "\"a\n'=1\"");
	check_cells(STR("a; b;c\"=d"), "\"a; b;c\"\"=d\"", "\"a; b;c\"\"=d\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cells_are_quoted_where_they_must_be),
		cmocka_unit_test(formulas_are_text_in_spreadsheets_only),
		cmocka_unit_test(what_follows_a_separator_begins_a_cell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
