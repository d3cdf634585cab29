/* The head of a request, through the listener: what is read, what is refused, and the limits. */
#include "fixture.h"
#include "raw.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* STR, where a constant is needed. */
#define TEXT(z)                                                                                                        \
	{                                                                                                              \
		"" z, sizeof(z) - 1                                                                                    \
	}

static void test_reads_all_parts(void **state)
{
	struct raw_answer answer;
	struct raw raw;

	(void)state;
	raw_open(&raw, fixture.port);
	raw_send_z(&raw, "POST /collect?c=d HTTP/1.1\r\nHOST: example.org:8443\r\nX-Empty:\r\nX-One:  two words \r\n"
			 "content-length: 4\r\nConnection: foo, Close\r\n\r\nbody");
	raw_receive(&raw, false, &answer);
	assert_int_equal(answer.status, 201);
	assert_string_equal(buf_cstr(&answer.body), "body");
	assert_true(str_is(raw_field(&answer, "Connection"), "close"));
	raw_answer_release(&answer);
	assert_true(raw_is_closed(&raw));
	raw_close(&raw);
	/* Names in any case, values without the blanks around them. */
	raw_open(&raw, fixture.port);
	raw_send_z(&raw, "GET /token HTTP/1.1\r\nX-Empty:\r\naUTHORIZATION: \t Bearer  two words \t\r\nhost:a\r\n\r\n");
	raw_receive(&raw, false, &answer);
	assert_string_equal(buf_cstr(&answer.body), "Bearer  two words");
	raw_answer_release(&answer);
	raw_close(&raw);
}

#define GET "GET /host HTTP/1.1\r\nHost: a\r\n"
#define NEXT "GET /host HTTP/1.1\r\nHost: next\r\n\r\n"

/* Of a refusal: who writes it.  The library has a shape of its own, refuses some twice, and closes at others. */
enum refusal { OURS = 400, LIBRARY = -1 };

struct head_case {
	struct str text;
	int status;
};

static const struct head_case request_lines[] = {
	{ TEXT(GET "\r\n"), 200 },
	{ TEXT("\r\n" GET "\r\n"), 200 },
	{ TEXT("GET /host HTTP/1.0\r\n\r\n"), 200 },
	{ TEXT("GET /host  HTTP/1.1\r\nHost: a\r\n\r\n"), OURS },
	{ TEXT("GET  /host HTTP/1.1\r\nHost: a\r\n\r\n"), OURS },
	{ TEXT(" GET /host HTTP/1.1\r\nHost: a\r\n\r\n"), LIBRARY },
	{ TEXT("GET /host HTTP/1.1 \r\nHost: a\r\n\r\n"), LIBRARY },
	{ TEXT("GET /host\r\nHost: a\r\n\r\n"), LIBRARY },
	{ TEXT("GET /host HTTP/0.9\r\nHost: a\r\n\r\n"), LIBRARY },
	{ TEXT("GET /host HTTP/1.2\r\nHost: a\r\n\r\n"), OURS },
	{ TEXT("GET /host http/1.1\r\nHost: a\r\n\r\n"), LIBRARY },
	{ TEXT("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), LIBRARY },
	{ TEXT("G@T /host HTTP/1.1\r\nHost: a\r\n\r\n"), OURS },
	{ TEXT("GET host HTTP/1.1\r\nHost: a\r\n\r\n"), OURS },
	{ TEXT("GET /host#b HTTP/1.1\r\nHost: a\r\n\r\n"), OURS },
	{ TEXT("GET /host b HTTP/1.1\r\nHost: a\r\n\r\n"), OURS },
	{ TEXT("GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n"), OURS },
	{ TEXT("GET /host\0 HTTP/1.1\r\nHost: a\r\n\r\n"), OURS },
	{ TEXT("GET /host?\0 HTTP/1.1\r\nHost: a\r\n\r\n"), OURS },
	{ TEXT("GET\0 /host HTTP/1.1\r\nHost: a\r\n\r\n"), OURS },
	{ TEXT("GET /host\t HTTP/1.1\r\nHost: a\r\n\r\n"), OURS },
};

static const struct head_case field_lines[] = {
	{ TEXT("GET /host HTTP/1.1\nHost: a\n\n"), OURS },
	{ TEXT("GET /host HTTP/1.1\nHost: a\r\n\r\n"), OURS },
	{ TEXT("GET /host HTTP/1.1\r\nHost: a\n\r\n"), OURS },
	{ TEXT("GET /host HTTP/1.1\r\nHost: a\r\n\n"), OURS },
	{ TEXT("GET /host HTTP/1.1\r\nHost: a\r\nX: b\nY: c\r\n\r\n"), OURS },
	{ TEXT("GET /host HTTP/1.1\r\nHost: a\r\nX: b\rY: c\r\n\r\n"), OURS },
	{ TEXT(GET "X: a\r\n b\r\n\r\n"), OURS },
	{ TEXT(GET "X:\r\n b\r\n\r\n"), OURS },
	{ TEXT(GET "X: a\r\n \r\n\r\n"), OURS },
	{ TEXT(GET "X: a\r\n\tb\r\nY: c\r\n\r\n"), OURS },
	{ TEXT(GET "Transfer-Encoding:\r\n chunked\r\n\r\n"), OURS },
	{ TEXT(GET "Transfer-Encoding: chunked\r\n x\r\n\r\n"), OURS },
	{ TEXT(GET "Transfer-:\r\n Encoding\r\n\r\n"), OURS },
	{ TEXT(GET " X: a\r\n\r\n"), OURS },
	{ TEXT("GET /host HTTP/1.1\r\n Host: a\r\n\r\n"), OURS },
	{ TEXT(GET "X : a\r\n\r\n"), OURS },
	{ TEXT(GET "X\t: a\r\n\r\n"), OURS },
	{ TEXT(GET ": a\r\n\r\n"), OURS },
	{ TEXT(GET "X a\r\n\r\n"), LIBRARY },
	{ TEXT(GET "X: a\0b\r\n\r\n"), OURS },
	{ TEXT(GET "X: a\0\r\n\r\n"), OURS },
	{ TEXT(GET "X: a\0\0Y: b\r\n\r\n"), OURS },
	{ TEXT(GET "X: a\0\0\0\0b\r\n\r\n"), OURS },
	{ TEXT(GET "X\0: a\r\n\r\n"), LIBRARY },
	{ TEXT(GET "X: a\x7f\r\n\r\n"), OURS },
	{ TEXT(GET "X: a\tb\r\n\r\n"), 200 },
	{ TEXT(GET "X: \t a\r\n\r\n"), 200 },
	{ TEXT(GET "X: \xc3\xa4\r\n\r\n"), 200 },
};

static const struct head_case request_ends[] = {
	{ TEXT(GET "Content-Length: 5\r\n\r\nhello"), 200 },
	{ TEXT(GET "Content-Length: 5\r\nContent-Length: 5\r\n\r\n"), OURS },
	{ TEXT(GET "Content-Length: 5\r\ncontent-length: 6\r\n\r\n"), OURS },
	{ TEXT(GET "Content-Length: 5, 5\r\n\r\n"), LIBRARY },
	{ TEXT(GET "Content-Length: +5\r\n\r\n"), LIBRARY },
	{ TEXT(GET "Content-Length: -5\r\n\r\n"), LIBRARY },
	{ TEXT(GET "Content-Length: 0x5\r\n\r\n"), LIBRARY },
	{ TEXT(GET "Content-Length: 5 5\r\n\r\n"), LIBRARY },
	{ TEXT(GET "Content-Length: 5.0\r\n\r\n"), LIBRARY },
	{ TEXT(GET "Content-Length:\r\n\r\n"), LIBRARY },
	{ TEXT(GET "Content-Length: 9223372036854775807\r\n\r\n"), 413 },
	{ TEXT(GET "Content-Length: 9223372036854775808\r\n\r\n"), OURS },
	{ TEXT(GET "Content-Length: 99999999999999999999\r\n\r\n"), LIBRARY },
	{ TEXT(GET "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 200 },
	{ TEXT(GET "Transfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n"), 200 },
	{ TEXT(GET "Transfer-Encoding: chunked \r\n\r\n0\r\n\r\n"), OURS },
	{ TEXT(GET "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"), OURS },
	{ TEXT(GET "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"), OURS },
	{ TEXT(GET "Content-Length: 0\r\nTransfer-Encoding: identity\r\n\r\n"), OURS },
	{ TEXT(GET "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"), OURS },
	{ TEXT(GET "Transfer-Encoding: chunked, chunked\r\n\r\n"), OURS },
	{ TEXT(GET "Transfer-Encoding: gzip, chunked\r\n\r\n"), OURS },
	{ TEXT(GET "Transfer-Encoding: chunked, identity\r\n\r\n"), OURS },
	{ TEXT(GET "Transfer-Encoding: xchunked\r\n\r\n"), OURS },
	{ TEXT(GET "Transfer-Encoding: \"chunked\"\r\n\r\n"), OURS },
	{ TEXT(GET "Transfer-Encoding: chunked;q=1\r\n\r\n"), OURS },
	{ TEXT(GET "Transfer-Encoding:\r\n\r\n"), OURS },
	{ TEXT(GET "Transfer-Encoding:\x0b"
		   "chunked\r\n\r\n"),
	  OURS },
	{ TEXT("GET /host HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), OURS },
};

static const struct head_case hosts[] = {
	{ TEXT("GET /host HTTP/1.1\r\n\r\n"), OURS },
	{ TEXT("GET /host HTTP/1.1\r\nHost:\r\n\r\n"), OURS },
	{ TEXT("GET /host HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"), OURS },
	{ TEXT("GET /host HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), OURS },
	{ TEXT("GET /host HTTP/1.1\r\nHost: a/b\r\n\r\n"), OURS },
	{ TEXT("GET /host HTTP/1.1\r\nHost: a b\r\n\r\n"), OURS },
	{ TEXT("GET /host HTTP/1.1\r\nHost: a@b\r\n\r\n"), OURS },
	{ TEXT("GET /host HTTP/1.1\r\nHost: a:\r\n\r\n"), OURS },
	{ TEXT("GET /host HTTP/1.1\r\nHost: a:65535\r\n\r\n"), 200 },
	{ TEXT("GET /host HTTP/1.1\r\nHost: a:65536\r\n\r\n"), OURS },
	{ TEXT("GET /host HTTP/1.1\r\nHost: a:8b\r\n\r\n"), OURS },
	{ TEXT("GET /host HTTP/1.1\r\nHost: [::1]:8443\r\n\r\n"), 200 },
	{ TEXT("GET /host HTTP/1.1\r\nHost: [::1\r\n\r\n"), OURS },
	{ TEXT("GET /host HTTP/1.1\r\nHost: []\r\n\r\n"), OURS },
	{ TEXT("GET /host HTTP/1.1\r\nHost: [::1]8443\r\n\r\n"), OURS },
	{ TEXT("GET https://b/host HTTP/1.1\r\nHost: a\r\n\r\n"), 200 },
	{ TEXT("GET https://b@c/host HTTP/1.1\r\nHost: a\r\n\r\n"), OURS },
	{ TEXT("GET https:///host HTTP/1.1\r\nHost: a\r\n\r\n"), OURS },
};

/* Answered 400 in the shape of all answers, once, and closed. */
static void check_refusal(struct raw *raw, size_t i)
{
	struct raw_answer answer;

	raw_receive(raw, false, &answer);
	if (answer.status != 400 || !str_starts(buf_str(&answer.body), STR("{\"error\":{\"code\":\"")))
		fail_msg("case %zu: answered %s%s", i, buf_cstr(&answer.head), buf_cstr(&answer.body));
	raw_answer_release(&answer);
	if (!raw_is_closed(raw))
		fail_msg("case %zu: what follows was answered", i);
}

/* With another request right behind, which only what is read well lets through. */
static void check_case(const struct head_case *c, size_t i)
{
	struct buf text = { 0 };
	struct raw raw;

	raw_open(&raw, fixture.port);
	buf_add_str(&text, c->text);
	buf_add_str(&text, STR(NEXT));
	raw_send(&raw, buf_str(&text));
	buf_release(&text);
	if (c->status == OURS) {
		check_refusal(&raw, i);
	} else if (c->status == LIBRARY) {
		if (!raw_is_refused(&raw))
			fail_msg("case %zu was served", i);
	} else {
		int status = raw_status(&raw);

		if (status != c->status)
			fail_msg("case %zu: expected %d, found %d", i, c->status, status);
	}
	raw_close(&raw);
}

#define check_cases(cases)                                                                                             \
	do {                                                                                                           \
		for (size_t i = 0; i < sizeof(cases) / sizeof((cases)[0]); i++)                                        \
			check_case(&(cases)[i], i);                                                                    \
	} while (0)

static void test_refuses_odd_request_lines(void **state)
{
	(void)state;
	check_cases(request_lines);
}

static void test_refuses_odd_field_lines(void **state)
{
	(void)state;
	check_cases(field_lines);
}

static void test_refuses_an_end_in_doubt(void **state)
{
	(void)state;
	check_cases(request_ends);
}

static void test_refuses_a_host_in_doubt(void **state)
{
	(void)state;
	check_cases(hosts);
}

/* Behind another request the library has moved what it received; the same is refused and read. */
static void test_the_second_head_is_read_alike(void **state)
{
	static const char *const odd[] = {
		"GET /host HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n",
		"GET /host HTTP/1.1\nHost: a\r\n\r\n",
		"GET /host HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n chunked\r\n\r\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		struct raw raw;

		raw_open(&raw, fixture.port);
		raw_send_z(&raw,
			   GET "X: a\r\n\r\nPOST /collect HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc" NEXT);
		raw_send_z(&raw, odd[i]);
		raw_send_z(&raw, NEXT);
		assert_int_equal(raw_status(&raw), 200);
		assert_int_equal(raw_status(&raw), 201);
		assert_int_equal(raw_status(&raw), 200);
		check_refusal(&raw, i);
		raw_close(&raw);
	}
}

static void test_absolute_target_names_the_host(void **state)
{
	struct raw_answer answer;
	struct raw raw;

	(void)state;
	raw_open(&raw, fixture.port);
	raw_send_z(&raw, "GET HTTPS://b:1/host?y HTTP/1.1\r\nHost: a\r\n\r\n");
	raw_receive(&raw, false, &answer);
	assert_string_equal(buf_cstr(&answer.body), "b:1");
	raw_answer_release(&answer);
	raw_send_z(&raw, "GET https://b HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_int_equal(raw_status(&raw), 404);
	raw_close(&raw);
}

static void test_keep_alive(void **state)
{
	static const struct {
		const char *text;
		bool keep_alive;
	} cases[] = {
		{ GET "\r\n", true },
		{ GET "Connection: close\r\n\r\n", false },
		{ GET "Connection: x\r\nConnection: close\r\n\r\n", false },
		{ GET "Connection: keep-alive,close\r\n\r\n", false },
		{ GET "Connection: closed\r\n\r\n", true },
		{ "GET /host HTTP/1.0\r\n\r\n", false },
		{ "GET /host HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct raw raw;

		raw_open(&raw, fixture.port);
		raw_send_z(&raw, cases[i].text);
		raw_send_z(&raw, NEXT);
		assert_int_equal(raw_status(&raw), 200);
		if (cases[i].keep_alive)
			assert_int_equal(raw_status(&raw), 200);
		else if (!raw_is_closed(&raw))
			fail_msg("case %zu: the connection goes on", i);
		raw_close(&raw);
	}
}

/* The largest head that the limits let pass is read, and the next, too; a byte or a field more is refused. */
static void test_limits(void **state)
{
	enum { TARGET_MAX = 8 << 10, HEADERS_MAX = 16 << 10, COUNT_MAX = 100 };
	static const struct {
		size_t target, headers, count;
		int status;
	} cases[] = {
		{ TARGET_MAX, HEADERS_MAX, COUNT_MAX, 200 },
		{ TARGET_MAX + 1, HEADERS_MAX, COUNT_MAX, 414 },
		{ TARGET_MAX, HEADERS_MAX + 1, COUNT_MAX, 431 },
		{ TARGET_MAX, HEADERS_MAX, COUNT_MAX + 1, 431 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct raw_answer answer;
		struct buf text = { 0 };
		struct raw raw;

		buf_add_str(&text, STR("GET /rest/"));
		for (size_t n = 6; n < cases[i].target; n++)
			buf_add_char(&text, 'a');
		buf_add_str(&text, STR(" HTTP/1.1\r\nHost: a\r\n"));
		/* "Host", "a", and names of one byte; the last field takes what is left. */
		for (size_t n = 2; n < cases[i].count; n++)
			buf_add_str(&text, STR("X: a\r\n"));
		buf_add_str(&text, STR("Y: "));
		for (size_t n = 5 + 2 * (cases[i].count - 2) + 1; n < cases[i].headers; n++)
			buf_add_char(&text, 'a');
		buf_add_str(&text, STR("\r\n\r\n"));
		raw_open(&raw, fixture.port);
		for (int round = 0; round < (cases[i].status == 200 ? 3 : 1); round++) {
			raw_send(&raw, buf_str(&text));
			raw_receive(&raw, false, &answer);
			if (answer.status != cases[i].status)
				fail_msg("case %zu: expected %d, found %d", i, cases[i].status, answer.status);
			if (answer.status != 200)
				assert_true(str_starts(buf_str(&answer.body), STR("{\"error\":{\"code\":\"")));
			raw_answer_release(&answer);
		}
		raw_close(&raw);
		buf_release(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_all_parts),
		cmocka_unit_test(test_refuses_odd_request_lines),
		cmocka_unit_test(test_refuses_odd_field_lines),
		cmocka_unit_test(test_refuses_an_end_in_doubt),
		cmocka_unit_test(test_refuses_a_host_in_doubt),
		cmocka_unit_test(test_the_second_head_is_read_alike),
		cmocka_unit_test(test_absolute_target_names_the_host),
		cmocka_unit_test(test_keep_alive),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests_name("http head", tests, fixture_setup, fixture_teardown);
}
