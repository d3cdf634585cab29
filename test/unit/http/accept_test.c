/* Which media type a request gets. */
#include "http/accept.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static const struct http_offer offers[] = { { "application/json", NULL }, { "text/csv", NULL }, { "text/csv", "spreadsheet" } };

enum { JSON, RAW, SHEET, NONE };

static const struct {
	const char *accept;
	unsigned expected;
} cases[] = {
	{ "", JSON },
	{ "  ", JSON },
	{ "*/*", JSON },
	{ "application/json", JSON },
	{ "application/*", JSON },
	{ "APPLICATION/Json", JSON },
	{ "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false", JSON },
	{ "text/csv", RAW },
	{ "Text/CSV", RAW },
	{ "text/*", RAW },
	{ "text/csv; charset=utf-8", RAW },
	{ "text/csv;charset=utf-8;header=present", RAW },
	{ "text/csv;profile=spreadsheet", SHEET },
	{ "text/csv; profile=\"spreadsheet\"", SHEET },
	{ "text/csv ; Profile=\"Spreadsheet\" ; q=0.1", SHEET },
	{ "text/csv;profile=other", NONE },
	{ "text/csv;profile=\"a,application/json;q=1\"", NONE },
	{ "text/csv;profile=\"a\\\",application/json\"", NONE },
	{ "text/csv,text/csv;profile=spreadsheet", RAW },
	{ "text/csv;q=0.5,text/csv;profile=spreadsheet", SHEET },
	{ "text/csv;profile=spreadsheet;q=0.5,text/csv", RAW },
	/* weights */
	{ "text/csv,application/json", JSON },
	{ "application/json;q=0.9,text/csv", RAW },
	{ "application/json;q=0.9,text/csv;q=0.901", RAW },
	{ "application/json;q=0.9, text/csv;q=0.8", JSON },
	{ "text/csv, */*;q=0.1", RAW },
	{ "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", JSON },
	{ "*/*,application/json;q=0", RAW },
	{ "*/*,application/json;q=0,text/*;q=0.0", NONE },
	{ "text/*, text/csv;q=0", NONE },
	{ "text/*, text/csv;q=0, text/csv;profile=spreadsheet;q=0.001", SHEET },
	{ "application/json;q=0", NONE },
	{ "*/*;q=0", NONE },
	{ "application/json;q=0.5, application/*, text/csv;q=0.7", RAW },
	{ "text/csv;q=1.000", RAW },
	{ "text/csv;q=1.", RAW },
	/* as Java writes it, and others */
	{ "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", JSON },
	{ "text/csv, *;q=.2", RAW },
	{ "*", JSON },
	{ "application/json;q=0.8333333333333333,text/csv;q=0.834", RAW },
	{ "text/csv;q=0.0004", NONE },
	/* what cannot be read admits nothing */
	{ "text/csv;q=1.001", NONE },
	{ "text/csv;q=2", NONE },
	{ "text/csv;q=01", NONE },
	{ "text/csv;q=.", NONE },
	{ "text/csv;q=0.5.5", NONE },
	{ "text/csv;q=1e-1", NONE },
	{ "text/csv;q=-1", NONE },
	{ "text/csv;q=", NONE },
	{ "text/csv;q", NONE },
	{ "text/csv;q=0x1", NONE },
	{ "csv", NONE },
	{ "*/csv", NONE },
	{ "text/", NONE },
	{ "/csv", NONE },
	{ ",", NONE },
	{ "csv, application/json", JSON },
	{ ", text/csv ,", RAW },
	{ "text/html", NONE },
	{ "text/csv;profile=\"spreadsheet", NONE },
};

static void the_preferred_one_is_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t found = http_accept(str_from(cases[i].accept), offers, 3);

		if (found != (cases[i].expected == NONE ? HTTP_ACCEPT_NONE : cases[i].expected))
			fail_msg("%s: %zu, expected %u", cases[i].accept, found, cases[i].expected);
	}
	assert_int_equal(http_accept(STR_NONE, offers, 3), JSON);
}

static void one_offer_is_all_there_is(void **state)
{
	(void)state;
	assert_int_equal(http_accept(STR("text/csv, */*;q=0.1"), offers, 1), JSON);
	assert_true(http_accept(STR("text/csv"), offers, 1) == HTTP_ACCEPT_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_preferred_one_is_found),
		cmocka_unit_test(one_offer_is_all_there_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
