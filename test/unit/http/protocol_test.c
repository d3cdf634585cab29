/* Requests in, answers out: what every request and answer must be. */
#include "fixture.h"
#include "raw.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static int start(void **state)
{
	(void)state;
	fixture_start(&fixture,
		      &(struct http_limits){
			      .target_max = 300, .headers_max = 600, .header_count_max = 12, .body_max = 1000 });
	return 0;
}

static void ask(struct raw *raw, const char *text, struct raw_answer *answer)
{
	raw_send_z(raw, text);
	raw_receive(raw, strncmp(text, "HEAD", 4) == 0, answer);
}

/* The status of a request on a connection of its own, and that the answer has the shape of errors. */
static int ask_once(const char *text)
{
	struct raw_answer answer;
	struct raw raw;
	int status;

	raw_open(&raw, fixture.port);
	ask(&raw, text, &answer);
	status = answer.status;
	if (status >= 400) {
		assert_true(str_starts(buf_str(&answer.body), STR("{\"error\":{\"code\":\"")));
		assert_true(str_is(raw_field(&answer, "Content-Type"), "application/json"));
		assert_non_null(memmem(answer.body.p, answer.body.n, raw_field(&answer, "request-id").p, 36));
	}
	raw_answer_release(&answer);
	raw_close(&raw);
	return status;
}

/* The same where the library answers itself, in its own shape. */
static int ask_library(const char *text)
{
	struct raw raw;
	int status;

	raw_open(&raw, fixture.port);
	raw_send_z(&raw, text);
	status = raw_status(&raw);
	assert_true(raw_is_closed(&raw));
	raw_close(&raw);
	return status;
}

#define HOST "Host: localhost\r\n"

static void test_answer_headers(void **state)
{
	struct raw_answer answer;
	char id[GUID_TEXT_SIZE];
	struct raw raw;

	(void)state;
	raw_open(&raw, fixture.port);
	ask(&raw, "GET /things/7?$top=3&x HTTP/1.1\r\n" HOST "client-request-id: my id\r\n\r\n", &answer);
	assert_int_equal(answer.status, 200);
	assert_string_equal(buf_cstr(&answer.body), "/things/{id}\n7\n$top\n3\nx\n\n");
	assert_true(guid_parse(raw_field(&answer, "request-id"), id));
	assert_true(str_is(raw_field(&answer, "client-request-id"), "my id"));
	assert_true(str_is(raw_field(&answer, "Cache-Control"), "no-store"));
	assert_true(str_is(raw_field(&answer, "Content-Type"), "text/plain"));
	assert_true(str_is(raw_field(&answer, "X-Content-Type-Options"), "nosniff"));
	assert_true(str_starts(raw_field(&answer, "Strict-Transport-Security"), STR("max-age=")));
	assert_int_equal(raw_field(&answer, "Date").n, 29);
	assert_true(str_is_none(raw_field(&answer, "Connection")));
	raw_answer_release(&answer);
	/* No body: neither type nor, with 204, length. */
	ask(&raw, "DELETE /nothing HTTP/1.1\r\n" HOST "\r\n", &answer);
	assert_int_equal(answer.status, 204);
	assert_true(str_is_none(raw_field(&answer, "Content-Type")));
	assert_false(str_equal(raw_field(&answer, "request-id"), str_from(id)));
	raw_answer_release(&answer);
	ask(&raw, "POST /collect HTTP/1.1\r\n" HOST "\r\n", &answer);
	assert_int_equal(answer.status, 201);
	assert_true(str_is(raw_field(&answer, "Content-Length"), "0"));
	assert_true(str_is_none(raw_field(&answer, "Content-Type")));
	raw_answer_release(&answer);
	raw_close(&raw);
}

static void test_failure_is_rendered(void **state)
{
	struct raw_answer answer;
	struct raw raw;

	(void)state;
	raw_open(&raw, fixture.port);
	ask(&raw, "GET /fail HTTP/1.1\r\n" HOST "\r\n", &answer);
	assert_int_equal(answer.status, 409);
	assert_true(str_is(raw_field(&answer, "Retry-After"), "7"));
	assert_true(str_starts(buf_str(&answer.body),
			       STR("{\"error\":{\"code\":\"conflict\",\"message\":\"it is there already\"")));
	assert_non_null(memmem(answer.body.p, answer.body.n, raw_field(&answer, "request-id").p, 36));
	raw_answer_release(&answer);
	raw_close(&raw);
}

static void test_odd_client_request_ids_are_not_echoed(void **state)
{
	struct raw_answer answer;
	char text[512], id[131];
	struct raw raw;

	(void)state;
	raw_open(&raw, fixture.port);
	memset(id, 'i', sizeof(id));
	for (int n = 128; n <= 129; n++) {
		snprintf(text, sizeof(text), "GET /host HTTP/1.1\r\n" HOST "client-request-id: %.*s\r\n\r\n", n, id);
		ask(&raw, text, &answer);
		assert_int_equal(raw_field(&answer, "client-request-id").n, n == 128 ? 128 : 0);
		raw_answer_release(&answer);
	}
	ask(&raw, "GET /host HTTP/1.1\r\n" HOST "client-request-id: \xc3\xa4\r\n\r\n", &answer);
	assert_true(str_is_none(raw_field(&answer, "client-request-id")));
	raw_answer_release(&answer);
	raw_close(&raw);
}

static void test_query_is_decoded_by_rfc_3986(void **state)
{
	struct raw_answer answer;
	struct raw raw;

	(void)state;
	raw_open(&raw, fixture.port);
	ask(&raw, "GET /query?a+b=c+d&&e=%2B%26%3D&%24f=g=h&i HTTP/1.1\r\n" HOST "\r\n", &answer);
	assert_string_equal(buf_cstr(&answer.body), "/query\na+b\nc+d\ne\n+&=\n$f\ng=h\ni\n\n");
	raw_answer_release(&answer);
	raw_close(&raw);
	assert_int_equal(ask_once("GET /query?a=%00 HTTP/1.1\r\n" HOST "\r\n"), 400);
	assert_int_equal(ask_once("GET /query?a=%zz HTTP/1.1\r\n" HOST "\r\n"), 400);
	assert_int_equal(ask_once("GET /query?a=% HTTP/1.1\r\n" HOST "\r\n"), 400);
	assert_int_equal(ask_once("GET /query?%ff HTTP/1.1\r\n" HOST "\r\n"), 400);
	assert_int_equal(ask_once("GET /things/%00 HTTP/1.1\r\n" HOST "\r\n"), 400);
}

/* http_query, on pairs as they come from a request. */
static void test_query_options(void **state)
{
	const struct http_pair pairs[] = {
		{ STR("$top"), STR("1") }, { STR("filter"), STR("2") }, { STR("$skip"), STR("3") },
		{ STR("skip"), STR("4") }, { STR("x"), STR("5") },      { STR("x"), STR("6") },
	};
	struct http_request req = { .query = pairs, .query_count = 6 };
	struct str value = STR("before");
	struct error err;

	(void)state;
	assert_int_equal(http_query(&req, "top", true, &value, &err), OK);
	assert_true(str_is(value, "1"));
	assert_int_equal(http_query(&req, "top", false, &value, &err), OK);
	assert_true(str_is_none(value));
	assert_int_equal(http_query(&req, "filter", true, &value, &err), OK);
	assert_true(str_is(value, "2"));
	assert_int_equal(http_query(&req, "skip", true, &value, &err), E_INVALID);
	assert_string_equal(err.field, "skip");
	assert_int_equal(http_query(&req, "skip", false, &value, &err), OK);
	assert_true(str_is(value, "4"));
	assert_int_equal(http_query(&req, "x", false, &value, &err), E_INVALID);
	assert_true(str_is(value, "4"));
}

static void test_set_header_replaces(void **state)
{
	struct http_response res = { 0 };

	(void)state;
	http_set_header(&res, "A", STR("1"));
	http_set_header(&res, "B", STR("2"));
	http_set_header(&res, "a", STR("3"));
	assert_int_equal(res.header_count, 2);
	assert_true(str_is(res.headers[0].value, "3"));
}

static void test_methods(void **state)
{
	static const struct {
		const char *text;
		int status;
		const char *allow;
	} cases[] = {
		{ "POST /things/1 HTTP/1.1\r\n" HOST "\r\n", 405, "GET, HEAD, PATCH" },
		{ "OPTIONS /things/1 HTTP/1.1\r\n" HOST "\r\n", 405, "GET, HEAD, PATCH" },
		{ "TRACE /collect HTTP/1.1\r\n" HOST "\r\n", 405, "POST, PUT" },
		{ "get /things/1 HTTP/1.1\r\n" HOST "\r\n", 405, "GET, HEAD, PATCH" },
		{ "HEAD /collect HTTP/1.1\r\n" HOST "\r\n", 405, "POST, PUT" },
		{ "POST /nowhere HTTP/1.1\r\n" HOST "\r\n", 404, NULL },
		{ "OPTIONS * HTTP/1.1\r\n" HOST "\r\n", 404, NULL },
		{ "GET /things/1/ HTTP/1.1\r\n" HOST "\r\n", 404, NULL },
		{ "GET /call%28a=1%29 HTTP/1.1\r\n" HOST "\r\n", 200, NULL },
	};
	struct raw raw;

	(void)state;
	raw_open(&raw, fixture.port);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct raw_answer answer;

		ask(&raw, cases[i].text, &answer);
		assert_int_equal(answer.status, cases[i].status);
		assert_true(cases[i].allow ? str_is(raw_field(&answer, "Allow"), cases[i].allow)
					   : str_is_none(raw_field(&answer, "Allow")));
		raw_answer_release(&answer);
	}
	raw_close(&raw);
}

static void test_head_is_get_without_body(void **state)
{
	struct raw_answer get, head;
	struct raw raw;

	(void)state;
	raw_open(&raw, fixture.port);
	ask(&raw, "GET /things/1 HTTP/1.1\r\n" HOST "\r\n", &get);
	ask(&raw, "HEAD /things/1 HTTP/1.1\r\n" HOST "\r\n", &head);
	assert_int_equal(head.status, 200);
	assert_true(str_equal(raw_field(&head, "Content-Length"), raw_field(&get, "Content-Length")));
	assert_true(str_equal(raw_field(&head, "Content-Type"), raw_field(&get, "Content-Type")));
	raw_answer_release(&head);
	raw_answer_release(&get);
	ask(&raw, "HEAD /nowhere HTTP/1.1\r\n" HOST "\r\n", &head);
	assert_int_equal(head.status, 404);
	raw_answer_release(&head);
	/* Were a body there, this would not be the next answer. */
	ask(&raw, "GET /host HTTP/1.1\r\n" HOST "\r\n", &get);
	assert_string_equal(buf_cstr(&get.body), "localhost");
	raw_answer_release(&get);
	raw_close(&raw);
}

static void test_host(void **state)
{
	struct raw_answer answer;
	char expected[32];
	struct raw raw;

	(void)state;
	raw_open(&raw, fixture.port);
	ask(&raw, "GET /host HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", &answer);
	snprintf(expected, sizeof(expected), "127.0.0.1:%u", fixture.port);
	assert_string_equal(buf_cstr(&answer.body), expected);
	assert_true(str_equal_ascii_case(raw_field(&answer, "Connection"), STR("keep-alive")));
	raw_answer_release(&answer);
	ask(&raw, "GET https://other:1/host HTTP/1.1\r\n" HOST "\r\n", &answer);
	assert_string_equal(buf_cstr(&answer.body), "other:1");
	raw_answer_release(&answer);
	ask(&raw, "GET /host HTTP/1.0\r\n\r\n", &answer);
	assert_true(str_is(raw_field(&answer, "Connection"), "close"));
	raw_answer_release(&answer);
	assert_true(raw_is_closed(&raw));
	raw_close(&raw);
}

#define NEXT "GET /host HTTP/1.1\r\nHost: next\r\n\r\n"

/* What could be read in two ways is answered once, and the connection ends: what follows is not taken for a request. */
static void test_smuggling(void **state)
{
	static const char *const texts[] = {
		"POST /collect HTTP/1.1\r\n" HOST
		"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" NEXT,
		"POST /collect HTTP/1.1\r\n" HOST "Content-Length: 0\r\nContent-Length: 5\r\n\r\n" NEXT,
		"POST /collect HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" NEXT,
		"POST /collect HTTP/1.1\r\n" HOST
		"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n" NEXT,
		"POST /collect HTTP/1.1\r\n" HOST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" NEXT,
		"POST /collect HTTP/1.1\r\n" HOST "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n" NEXT,
		"POST /collect HTTP/1.1\r\n" HOST "X: a\nContent-Length: 5\r\n\r\n" NEXT,
		"POST /collect HTTP/1.1\nHost: a\n\n" NEXT,
		"POST /collect HTTP/1.1\r\n" HOST HOST "\r\n" NEXT,
		"POST /collect HTTP/1.1\r\n\r\n" NEXT,
	};
	unsigned handled = fixture.app.handled;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct raw_answer answer;
		struct raw raw;

		raw_open(&raw, fixture.port);
		ask(&raw, texts[i], &answer);
		if (answer.status != 400 || !str_is(raw_field(&answer, "Connection"), "close"))
			fail_msg("case %zu: %s", i, buf_cstr(&answer.head));
		assert_true(str_starts(buf_str(&answer.body), STR("{\"error\":")));
		if (!raw_is_closed(&raw))
			fail_msg("case %zu: what follows was answered", i);
		raw_answer_release(&answer);
		raw_close(&raw);
	}
	assert_int_equal(fixture.app.handled, handled);
}

/* Where the library finds the mistake it answers itself, at times twice, and ends the connection. */
static void test_smuggling_refused_by_library(void **state)
{
	static const char *const texts[] = {
		"POST /collect HTTP/1.1\r\n" HOST "Content-Length: 5, 5\r\n\r\nhello" NEXT,
		"POST /collect HTTP/1.1\r\n" HOST "Content-Length: x\r\n\r\n" NEXT,
		"POST /collect HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n5\r\nhello0\r\n\r\n" NEXT,
		"POST /collect HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n" NEXT,
		"POST /collect HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n5 \r\nhello\r\n0\r\n\r\n" NEXT,
	};
	unsigned handled = fixture.app.handled;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct raw raw;

		raw_open(&raw, fixture.port);
		raw_send_z(&raw, texts[i]);
		if (!raw_is_refused(&raw))
			fail_msg("case %zu was served", i);
		raw_close(&raw);
	}
	assert_int_equal(fixture.app.handled, handled);
}

/* The library takes LF for CR LF in the chunked coding and its trailer, which nobody above it can see.  So nothing
 * is taken for a request behind such a body: it is the last of its connection. */
static void test_nothing_follows_a_chunked_body(void **state)
{
	static const char *const bodies[] = {
		"5\r\nhello\r\n0\r\n\r\n", "5\nhello\r\n0\r\n\r\n",       "5;x\nhello\r\n0\r\n\r\n",
		"5\r\nhello\n0\n\n",       "5\r\nhello\r\n0\r\nX: y\n\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct raw_answer answer;
		struct raw raw;

		raw_open(&raw, fixture.port);
		raw_send_z(&raw, "POST /collect HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n");
		raw_send_z(&raw, bodies[i]);
		raw_send_z(&raw, NEXT);
		raw_receive(&raw, false, &answer);
		assert_int_equal(answer.status, 201);
		assert_string_equal(buf_cstr(&answer.body), "hello");
		assert_true(str_is(raw_field(&answer, "Connection"), "close"));
		raw_answer_release(&answer);
		assert_true(raw_is_closed(&raw));
		raw_close(&raw);
	}
}

static void test_pipelining(void **state)
{
	struct buf many;
	struct raw raw;

	(void)state;
	raw_open(&raw, fixture.port);
	buf_init(&many, 0);
	for (int i = 0; i < 500; i++)
		buf_printf(&many,
			   "GET /things/%d HTTP/1.1\r\n" HOST "\r\nPOST /collect HTTP/1.1\r\n" HOST
			   "Content-Length: 3\r\n\r\nabcPUT /collect HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nxy",
			   i);
	raw_send(&raw, buf_str(&many));
	buf_release(&many);
	for (int i = 0; i < 500; i++) {
		static const char *const bodies[] = { NULL, "abc", "xy" };

		for (int k = 0; k < 3; k++) {
			struct raw_answer answer;
			char expected[64];

			snprintf(expected, sizeof(expected), "/things/{id}\n%d\n", i);
			raw_receive(&raw, false, &answer);
			assert_int_equal(answer.status, k ? 201 : 200);
			assert_string_equal(buf_cstr(&answer.body), k ? bodies[k] : expected);
			raw_answer_release(&answer);
		}
	}
	raw_close(&raw);
}

/* A request in pieces of one byte, each its own TLS record. */
static void test_pieces(void **state)
{
	static const char text[] = "POST /collect HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
				   "5;e=f\r\nhello\r\n6\r\n world\r\n0\r\nT: u\r\n\r\n";
	struct raw_answer answer;
	struct raw raw;

	(void)state;
	raw_open(&raw, fixture.port);
	for (size_t i = 0; text[i]; i++)
		raw_send(&raw, str_of(&text[i], 1));
	raw_receive(&raw, false, &answer);
	assert_int_equal(answer.status, 201);
	assert_string_equal(buf_cstr(&answer.body), "hello world");
	raw_answer_release(&answer);
	raw_close(&raw);
}

static char *filled(const char *before, size_t n, const char *after)
{
	size_t length = strlen(before);
	char *text = calloc(1, length + n + strlen(after) + 1);

	assert_non_null(text);
	memcpy(text, before, length);
	memset(text + length, 'a', n);
	memcpy(text + length + n, after, strlen(after));
	return text;
}

static void test_limits(void **state)
{
	static const struct {
		const char *before;
		size_t n;
		const char *after;
		int status;
		bool by_library; /* what does not fit the memory of a connection */
	} cases[] = {
		{ "GET /rest/", 294, " HTTP/1.1\r\n" HOST "\r\n", 200 },
		{ "GET /rest/", 295, " HTTP/1.1\r\n" HOST "\r\n", 414 },
		{ "GET /rest/", 5000, " HTTP/1.1\r\n" HOST "\r\n", 414 },
		{ "GET /rest/", 100000, " HTTP/1.1\r\n" HOST "\r\n", 414, true },
		{ "GET /host HTTP/1.1\r\n" HOST "X: ", 586, "\r\n\r\n", 200 },
		{ "GET /host HTTP/1.1\r\n" HOST "X: ", 587, "\r\n\r\n", 431 },
		{ "GET /host HTTP/1.1\r\n" HOST "X: ", 5000, "\r\n\r\n", 431 },
		{ "GET /host HTTP/1.1\r\n" HOST "X: ", 100000, "\r\n\r\n", 431, true },
		{ "GET /host HTTP/1.1\r\n" HOST "a:\r\nb:\r\nc:\r\nd:\r\ne:\r\nf:\r\ng:\r\nh:\r\ni:\r\nj:\r\nk:", 1,
		  "\r\n\r\n", 200 },
		{ "GET /host HTTP/1.1\r\n" HOST "a:\r\nb:\r\nc:\r\nd:\r\ne:\r\nf:\r\ng:\r\nh:\r\ni:\r\nj:\r\nk:\r\nl:",
		  1, "\r\n\r\n", 431 },
		{ "POST /collect HTTP/1.1\r\n" HOST "Content-Length: 1000\r\n\r\n", 1000, "", 201 },
		{ "POST /collect HTTP/1.1\r\n" HOST "Content-Length: 1001\r\n\r\n", 1001, "", 413 },
		{ "POST /collect HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3e8\r\n", 1000, "\r\n0\r\n\r\n",
		  201 },
		{ "POST /collect HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3e9\r\n", 1001, "\r\n0\r\n\r\n",
		  413 },
		{ "PUT /collect HTTP/1.1\r\n" HOST "Content-Length: 10\r\n\r\n", 10, "", 201 },
		{ "PUT /collect HTTP/1.1\r\n" HOST "Content-Length: 11\r\n\r\n", 11, "", 413 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = filled(cases[i].before, cases[i].n, cases[i].after);
		int status = cases[i].by_library ? ask_library(text) : ask_once(text);

		free(text);
		if (status != cases[i].status)
			fail_msg("case %zu: expected %d, found %d", i, cases[i].status, status);
	}
}

/* A refusal waits for a body whose end is near, and does not poison the connection. */
static void test_refused_body_leaves_the_connection_usable(void **state)
{
	static const char *const heads[] = {
		"POST /collect HTTP/1.1\r\n" HOST "X-Deny: 1\r\nContent-Length: 900\r\n\r\n",
		"PUT /collect HTTP/1.1\r\n" HOST "Content-Length: 900\r\n\r\n",
		"POST /nowhere HTTP/1.1\r\n" HOST "Content-Length: 900\r\n\r\n",
		"POST /up HTTP/1.1\r\n" HOST "X-Fail: begin\r\nContent-Length: 900\r\n\r\n",
		"POST /up HTTP/1.1\r\n" HOST "X-Fail: data\r\nContent-Length: 900\r\n\r\n",
	};
	static const int statuses[] = { 401, 413, 404, 415, 507 };

	(void)state;
	for (size_t pieces = 1; pieces <= 3; pieces++) {
		struct raw raw;

		raw_open(&raw, fixture.port);
		for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
			struct raw_answer answer;

			raw_send_z(&raw, heads[i]);
			for (size_t k = 0; k < pieces; k++) {
				char *text = filled("", 900 / pieces, "");

				raw_send_z(&raw, text);
				free(text);
			}
			raw_send_z(&raw, NEXT);
			raw_receive(&raw, false, &answer);
			assert_int_equal(answer.status, statuses[i]);
			assert_true(str_is_none(raw_field(&answer, "Connection")));
			raw_answer_release(&answer);
			raw_receive(&raw, false, &answer);
			assert_string_equal(buf_cstr(&answer.body), "next");
			raw_answer_release(&answer);
		}
		raw_close(&raw);
	}
}

/* A peer that sends much more than it may, without looking, still gets the answer. */
static void test_answer_reaches_a_peer_that_sends_on(void **state)
{
	static const char *const heads[] = {
		"POST /collect HTTP/1.1\r\n" HOST "Content-Length: 8000000\r\n\r\n",
		"POST /collect HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n7a1200\r\n",
		"POST /up HTTP/1.1\r\n" HOST "X-Deny: 1\r\nTransfer-Encoding: chunked\r\n\r\n7a1200\r\n",
		"POST /up HTTP/1.1\r\n" HOST "X-Fail: data\r\nTransfer-Encoding: chunked\r\n\r\n7a1200\r\n",
		"POST /collect HTTP/1.1\r\n" HOST "Content-Length: 1\r\nContent-Length: 8000000\r\n\r\n",
	};
	static const int statuses[] = { 413, 413, 401, 507, 400 };

	(void)state;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		char *text = filled("", 8000000, "");
		struct raw_answer answer;
		struct raw raw;

		raw_open(&raw, fixture.port);
		raw_send_z(&raw, heads[i]);
		raw_send_z(&raw, text);
		free(text);
		raw_receive(&raw, false, &answer);
		assert_int_equal(answer.status, statuses[i]);
		assert_true(str_is(raw_field(&answer, "Connection"), "close"));
		raw_answer_release(&answer);
		assert_true(raw_is_closed(&raw));
		raw_close(&raw);
	}
}

static void test_expect_continue(void **state)
{
	struct raw_answer answer;
	struct raw raw;

	(void)state;
	raw_open(&raw, fixture.port);
	raw_send_z(&raw, "POST /collect HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n");
	assert_int_equal(raw_status(&raw), 100);
	raw_send_z(&raw, "hello");
	raw_receive(&raw, false, &answer);
	assert_string_equal(buf_cstr(&answer.body), "hello");
	raw_answer_release(&answer);
	/* The library gives leave, too, where the body is there already, or none comes. */
	raw_send_z(&raw, "POST /collect HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello");
	assert_int_equal(raw_status(&raw), 100);
	assert_int_equal(raw_status(&raw), 201);
	raw_send_z(&raw, "POST /collect HTTP/1.1\r\n" HOST "Expect: 100-continue\r\n\r\n");
	assert_int_equal(raw_status(&raw), 100);
	assert_int_equal(raw_status(&raw), 201);
	raw_close(&raw);
}

/* The final answer comes instead of 100; whether the body follows cannot be known, so the connection ends. */
static void test_expect_refused(void **state)
{
	static const char *const heads[] = {
		"POST /collect HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 1001\r\n\r\n",
		"POST /collect HTTP/1.1\r\n" HOST "X-Deny: 1\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n",
		"POST /up HTTP/1.1\r\n" HOST
		"X-Fail: begin\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n",
	};
	static const int statuses[] = { 413, 401, 415 };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct raw raw;

		raw_open(&raw, fixture.port);
		raw_send_z(&raw, heads[i]);
		assert_int_equal(raw_status(&raw), statuses[i]);
		assert_true(raw_is_closed(&raw));
		raw_close(&raw);
	}
}

static void test_big_answer(void **state)
{
	struct raw_answer answer;
	struct raw raw;

	(void)state;
	raw_open(&raw, fixture.port);
	for (int round = 0; round < 3; round++) {
		ask(&raw, "GET /big HTTP/1.1\r\n" HOST "\r\n", &answer);
		assert_int_equal(answer.body.n, 4 << 20);
		for (size_t i = 0; i < answer.body.n; i++)
			if (answer.body.p[i] != (char)(i * 7))
				fail_msg("byte %zu is wrong", i);
		raw_answer_release(&answer);
	}
	raw_close(&raw);
}

static void test_every_answer_is_reported(void **state)
{
	unsigned before;
	struct raw raw;

	(void)state;
	raw_open(&raw, fixture.port);
	before = fixture.app.done;
	raw_send_z(&raw, "GET /host HTTP/1.1\r\n" HOST "\r\nGET /nowhere HTTP/1.1\r\n" HOST
			 "\r\nGET /host HTTP/1.1\r\nbroken\r\n\r\n");
	assert_int_equal(raw_status(&raw), 200);
	assert_int_equal(raw_status(&raw), 404);
	assert_int_equal(raw_status(&raw), 400);
	assert_true(raw_is_closed(&raw));
	raw_close(&raw);
	assert_int_equal(fixture.app.done, before + 3);
	assert_int_equal(fixture.app.last_status, 400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answer_headers),
		cmocka_unit_test(test_failure_is_rendered),
		cmocka_unit_test(test_odd_client_request_ids_are_not_echoed),
		cmocka_unit_test(test_query_is_decoded_by_rfc_3986),
		cmocka_unit_test(test_query_options),
		cmocka_unit_test(test_set_header_replaces),
		cmocka_unit_test(test_methods),
		cmocka_unit_test(test_head_is_get_without_body),
		cmocka_unit_test(test_host),
		cmocka_unit_test(test_smuggling),
		cmocka_unit_test(test_smuggling_refused_by_library),
		cmocka_unit_test(test_nothing_follows_a_chunked_body),
		cmocka_unit_test(test_pipelining),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_refused_body_leaves_the_connection_usable),
		cmocka_unit_test(test_answer_reaches_a_peer_that_sends_on),
		cmocka_unit_test(test_expect_continue),
		cmocka_unit_test(test_expect_refused),
		cmocka_unit_test(test_big_answer),
		cmocka_unit_test(test_every_answer_is_reported),
	};

	return cmocka_run_group_tests_name("http protocol", tests, start, fixture_teardown);
}
