/* The head of a request: what is read, what is refused, and the limits. */
#include "http/head.h"
#include "http/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* STR, where a constant is needed. */
#define TEXT(z)                                                                                                        \
	{                                                                                                              \
		"" z, sizeof(z) - 1                                                                                    \
	}

static struct http_limits limits;

static enum status parse(struct arena *arena, struct str bytes, struct head *head)
{
	size_t scanned = 0, n = 0;
	struct error err = { 0 };

	if (head_find(bytes, &limits, &scanned, &n, &err) != HEAD_WHOLE)
		return err.status ? err.status : E_TIMEOUT;
	return head_parse(arena, str_of(bytes.p, n), &limits, head, &err);
}

static void test_reads_all_parts(void **state)
{
	struct str text = STR("POST /a/b?c=d HTTP/1.1\r\nHOST: example.org:8443\r\nX-One:  two words \r\nX-Empty:\r\n"
			      "content-length: 12\r\nExpect: 100-continue\r\nConnection: foo, Close\r\n\r\nbody");
	struct arena arena;
	struct head head;

	(void)state;
	arena_init(&arena);
	assert_int_equal(parse(&arena, text, &head), OK);
	assert_true(str_is(head.method, "POST"));
	assert_true(str_is(head.target, "/a/b?c=d"));
	assert_true(str_is(head.host, "example.org:8443"));
	assert_true(str_is(head_field(&head, STR("x-one")), "two words"));
	assert_true(str_is(head_field(&head, STR("X-Empty")), ""));
	assert_true(str_is_none(head_field(&head, STR("X-None"))));
	assert_int_equal(head.content_length, 12);
	assert_false(head.chunked);
	assert_true(head.expects_continue);
	assert_false(head.keep_alive);
	arena_release(&arena);
}

#define GET "GET / HTTP/1.1\r\nHost: a\r\n"

static void test_refuses_what_is_ambiguous(void **state)
{
	static const struct {
		struct str text;
		enum status status;
	} cases[] = {
		{ TEXT(GET "\r\n"), OK },
		{ TEXT("\r\n" GET "\r\n"), OK },
		{ TEXT("\r\n\r\n" GET "\r\n"), E_INVALID },
		{ TEXT("GET / HTTP/1.0\r\n\r\n"), OK },
		{ TEXT("GET /  HTTP/1.1\r\nHost: a\r\n\r\n"), E_INVALID },
		{ TEXT("GET  / HTTP/1.1\r\nHost: a\r\n\r\n"), E_INVALID },
		{ TEXT(" GET / HTTP/1.1\r\nHost: a\r\n\r\n"), E_INVALID },
		{ TEXT("GET / HTTP/1.1 \r\nHost: a\r\n\r\n"), E_INVALID },
		{ TEXT("GET /\r\nHost: a\r\n\r\n"), E_INVALID },
		{ TEXT("GET / HTTP/0.9\r\nHost: a\r\n\r\n"), E_INVALID },
		{ TEXT("GET / HTTP/1.2\r\nHost: a\r\n\r\n"), E_INVALID },
		{ TEXT("GET / http/1.1\r\nHost: a\r\n\r\n"), E_INVALID },
		{ TEXT("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), E_INVALID },
		{ TEXT("G@T / HTTP/1.1\r\nHost: a\r\n\r\n"), E_INVALID },
		{ TEXT("GET a HTTP/1.1\r\nHost: a\r\n\r\n"), E_INVALID },
		{ TEXT("GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n"), E_INVALID },
		{ TEXT("GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n"), E_INVALID },
		{ TEXT("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"), E_INVALID },
		{ TEXT("GET /\t HTTP/1.1\r\nHost: a\r\n\r\n"), E_INVALID },
		/* lines */
		{ TEXT("GET / HTTP/1.1\nHost: a\n\n"), E_INVALID },
		{ TEXT("GET / HTTP/1.1\r\nHost: a\n\r\n"), E_INVALID },
		{ TEXT("GET / HTTP/1.1\r\nHost: a\r\nX: b\nY: c\r\n\r\n"), E_INVALID },
		{ TEXT("GET / HTTP/1.1\r\nHost: a\r\nX: b\rY: c\r\n\r\n"), E_INVALID },
		{ TEXT(GET "X: a\r\n b\r\n\r\n"), E_INVALID },
		{ TEXT(GET " X: a\r\n\r\n"), E_INVALID },
		{ TEXT(GET "X : a\r\n\r\n"), E_INVALID },
		{ TEXT(GET "X\t: a\r\n\r\n"), E_INVALID },
		{ TEXT(GET ": a\r\n\r\n"), E_INVALID },
		{ TEXT(GET "X a\r\n\r\n"), E_INVALID },
		{ TEXT(GET "X: a\0b\r\n\r\n"), E_INVALID },
		{ TEXT(GET "X: a\x7f\r\n\r\n"), E_INVALID },
		{ TEXT(GET "X: a\tb\r\n\r\n"), OK },
		{ TEXT(GET "X: \xc3\xa4\r\n\r\n"), OK },
		/* where the request ends */
		{ TEXT(GET "Content-Length: 5\r\n\r\n"), OK },
		{ TEXT(GET "Content-Length: 5\r\nContent-Length: 5\r\n\r\n"), E_INVALID },
		{ TEXT(GET "Content-Length: 5\r\ncontent-length: 6\r\n\r\n"), E_INVALID },
		{ TEXT(GET "Content-Length: 5, 5\r\n\r\n"), E_INVALID },
		{ TEXT(GET "Content-Length: +5\r\n\r\n"), E_INVALID },
		{ TEXT(GET "Content-Length: -5\r\n\r\n"), E_INVALID },
		{ TEXT(GET "Content-Length: 0x5\r\n\r\n"), E_INVALID },
		{ TEXT(GET "Content-Length: 5 5\r\n\r\n"), E_INVALID },
		{ TEXT(GET "Content-Length: 5.0\r\n\r\n"), E_INVALID },
		{ TEXT(GET "Content-Length:\r\n\r\n"), E_INVALID },
		{ TEXT(GET "Content-Length: 9223372036854775807\r\n\r\n"), OK },
		{ TEXT(GET "Content-Length: 9223372036854775808\r\n\r\n"), E_INVALID },
		{ TEXT(GET "Content-Length: 99999999999999999999\r\n\r\n"), E_INVALID },
		{ TEXT(GET "Transfer-Encoding: chunked\r\n\r\n"), OK },
		{ TEXT(GET "Transfer-Encoding: CHUNKED\r\n\r\n"), OK },
		{ TEXT(GET "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"), E_INVALID },
		{ TEXT(GET "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"), E_INVALID },
		{ TEXT(GET "Content-Length: 0\r\nTransfer-Encoding: identity\r\n\r\n"), E_INVALID },
		{ TEXT(GET "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"), E_INVALID },
		{ TEXT(GET "Transfer-Encoding: chunked, chunked\r\n\r\n"), E_INVALID },
		{ TEXT(GET "Transfer-Encoding: gzip, chunked\r\n\r\n"), E_INVALID },
		{ TEXT(GET "Transfer-Encoding: chunked, identity\r\n\r\n"), E_INVALID },
		{ TEXT(GET "Transfer-Encoding: xchunked\r\n\r\n"), E_INVALID },
		{ TEXT(GET "Transfer-Encoding: \"chunked\"\r\n\r\n"), E_INVALID },
		{ TEXT(GET "Transfer-Encoding: chunked;q=1\r\n\r\n"), E_INVALID },
		{ TEXT(GET "Transfer-Encoding:\r\n\r\n"), E_INVALID },
		{ TEXT(GET "Transfer-Encoding:\x0b"
			   "chunked\r\n\r\n"),
		  E_INVALID },
		{ TEXT("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), E_INVALID },
		/* whom it is for */
		{ TEXT("GET / HTTP/1.1\r\n\r\n"), E_INVALID },
		{ TEXT("GET / HTTP/1.1\r\nHost:\r\n\r\n"), E_INVALID },
		{ TEXT("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"), E_INVALID },
		{ TEXT("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), E_INVALID },
		{ TEXT("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"), E_INVALID },
		{ TEXT("GET / HTTP/1.1\r\nHost: a b\r\n\r\n"), E_INVALID },
		{ TEXT("GET / HTTP/1.1\r\nHost: a@b\r\n\r\n"), E_INVALID },
		{ TEXT("GET / HTTP/1.1\r\nHost: a:\r\n\r\n"), E_INVALID },
		{ TEXT("GET / HTTP/1.1\r\nHost: a:65535\r\n\r\n"), OK },
		{ TEXT("GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n"), E_INVALID },
		{ TEXT("GET / HTTP/1.1\r\nHost: a:8b\r\n\r\n"), E_INVALID },
		{ TEXT("GET / HTTP/1.1\r\nHost: [::1]:8443\r\n\r\n"), OK },
		{ TEXT("GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"), E_INVALID },
		{ TEXT("GET / HTTP/1.1\r\nHost: []\r\n\r\n"), E_INVALID },
		{ TEXT("GET / HTTP/1.1\r\nHost: [::1]8443\r\n\r\n"), E_INVALID },
		{ TEXT("GET https://b/ HTTP/1.1\r\nHost: a\r\n\r\n"), OK },
		{ TEXT("GET https://b@c/ HTTP/1.1\r\nHost: a\r\n\r\n"), E_INVALID },
		{ TEXT("GET https:///x HTTP/1.1\r\nHost: a\r\n\r\n"), E_INVALID },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena arena;
		struct head head;
		enum status status;

		arena_init(&arena);
		status = parse(&arena, cases[i].text, &head);
		if (status != cases[i].status)
			fail_msg("case %zu: expected %s, found %s: %s", i, status_wire(cases[i].status),
				 status_wire(status), cases[i].text.p);
		arena_release(&arena);
	}
}

static void test_absolute_target_names_the_host(void **state)
{
	struct arena arena;
	struct head head;

	(void)state;
	arena_init(&arena);
	assert_int_equal(parse(&arena, STR("GET HTTPS://b:1/x?y HTTP/1.1\r\nHost: a\r\n\r\n"), &head), OK);
	assert_true(str_is(head.host, "b:1"));
	assert_true(str_is(head.target, "/x?y"));
	assert_int_equal(parse(&arena, STR("GET https://b HTTP/1.1\r\nHost: a\r\n\r\n"), &head), OK);
	assert_true(str_is(head.target, "/"));
	arena_release(&arena);
}

static void test_keep_alive(void **state)
{
	static const struct {
		struct str text;
		bool keep_alive;
	} cases[] = {
		{ TEXT(GET "\r\n"), true },
		{ TEXT(GET "Connection: close\r\n\r\n"), false },
		{ TEXT(GET "Connection: x\r\nConnection: close\r\n\r\n"), false },
		{ TEXT(GET "Connection: keep-alive,close\r\n\r\n"), false },
		{ TEXT(GET "Connection: closed\r\n\r\n"), true },
		{ TEXT("GET / HTTP/1.0\r\n\r\n"), false },
		{ TEXT("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"), true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena arena;
		struct head head;

		arena_init(&arena);
		assert_int_equal(parse(&arena, cases[i].text, &head), OK);
		assert_int_equal(head.keep_alive, cases[i].keep_alive);
		arena_release(&arena);
	}
}

/* A whole head is found whatever pieces it arrives in, and what follows is left. */
static void test_found_byte_by_byte(void **state)
{
	struct str text = STR("\r\n" GET "X: y\r\n\r\nrest");

	(void)state;
	for (size_t step = 1; step < text.n; step++) {
		size_t scanned = 0, n = 0, given = 0;
		enum head_extent extent = HEAD_PARTIAL;

		while (extent == HEAD_PARTIAL && given < text.n) {
			given = given + step < text.n ? given + step : text.n;
			extent = head_find(str_of(text.p, given), &limits, &scanned, &n, NULL);
		}
		assert_int_equal(extent, HEAD_WHOLE);
		assert_int_equal(n, text.n - 4);
	}
}

static struct str repeat(struct arena *arena, const char *before, size_t n, const char *after)
{
	char *fill = arena_alloc(arena, n + 1);

	memset(fill, 'a', n);
	return arena_printf(arena, "%s%s%s", before, fill, after);
}

static void test_limits(void **state)
{
	struct arena arena;
	struct head head;
	struct buf fields;
	char text[64];

	(void)state;
	arena_init(&arena);
	/* The target. */
	assert_int_equal(parse(&arena, repeat(&arena, "GET /", 99, " HTTP/1.1\r\nHost: a\r\n\r\n"), &head), OK);
	assert_int_equal(parse(&arena, repeat(&arena, "GET /", 100, " HTTP/1.1\r\nHost: a\r\n\r\n"), &head),
			 E_URI_TOO_LONG);
	assert_int_equal(parse(&arena, repeat(&arena, "GET /", 5000, ""), &head), E_URI_TOO_LONG);
	/* Names and values: "Host" + "a" + "X" + n. */
	assert_int_equal(parse(&arena, repeat(&arena, GET "X: ", 194, "\r\n\r\n"), &head), OK);
	assert_int_equal(parse(&arena, repeat(&arena, GET "X: ", 195, "\r\n\r\n"), &head), E_HEADERS);
	assert_int_equal(parse(&arena, repeat(&arena, GET "X: ", 5000, ""), &head), E_HEADERS);
	assert_int_equal(parse(&arena, repeat(&arena, GET "X: ", 5000, "\r\n\r\n"), &head), E_HEADERS);
	/* Their number. */
	buf_init(&fields, 0);
	buf_add_str(&fields, STR(GET));
	for (int i = 1; i < 10; i++) {
		snprintf(text, sizeof(text), "X%d: a\r\n", i);
		buf_add_str(&fields, str_from(text));
	}
	assert_int_equal(parse(&arena, arena_printf(&arena, "%s\r\n", buf_cstr(&fields)), &head), OK);
	assert_int_equal(head.field_count, 10);
	assert_int_equal(parse(&arena, arena_printf(&arena, "%sY: a\r\n\r\n", buf_cstr(&fields)), &head), E_HEADERS);
	buf_release(&fields);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_all_parts),
		cmocka_unit_test(test_refuses_what_is_ambiguous),
		cmocka_unit_test(test_absolute_target_names_the_host),
		cmocka_unit_test(test_keep_alive),
		cmocka_unit_test(test_found_byte_by_byte),
		cmocka_unit_test(test_limits),
	};

	limits = (struct http_limits){ .target_max = 100, .headers_max = 200, .header_count_max = 10 };
	limits_fill(&limits);
	return cmocka_run_group_tests_name("http head", tests, NULL, NULL);
}
