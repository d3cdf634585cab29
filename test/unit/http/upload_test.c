/* Uploads: whole ones end, all others abort. */
#include "fixture.h"
#include "raw.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define HOST "Host: localhost\r\n"

static void wait_until(atomic_uint *count, unsigned n)
{
	for (int i = 0; atomic_load(count) < n; i++) {
		if (i == 30000)
			fail_msg("waited 30 s for %u, found %u", n, atomic_load(count));
		usleep(1000);
	}
}

static void test_whole_upload(void **state)
{
	static char piece[50000];
	struct raw_answer answer;
	struct fixture f;
	struct raw raw;
	uint64_t sum = 0;
	char text[64];

	(void)state;
	fixture_start(&f, NULL);
	raw_open(&raw, f.port);
	raw_send_z(&raw, "POST /up HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n");
	for (int i = 0; i < 400; i++) {
		size_t n = 1 + (size_t)rand() % sizeof(piece);

		for (size_t k = 0; k < n; k++)
			sum += (unsigned char)(piece[k] = (char)rand());
		snprintf(text, sizeof(text), "%zx\r\n", n);
		raw_send_z(&raw, text);
		raw_send(&raw, str_of(piece, n));
		raw_send_z(&raw, "\r\n");
	}
	raw_send_z(&raw, "0\r\n\r\n");
	raw_receive(&raw, false, &answer);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)sum);
	assert_int_equal(answer.status, 201);
	assert_string_equal(buf_cstr(&answer.body), text);
	assert_true(str_is(raw_field(&answer, "Location"), "https://localhost/up/1"));
	raw_answer_release(&answer);
	raw_close(&raw);
	/* And one without a byte. */
	raw_open(&raw, f.port);
	raw_send_z(&raw, "POST /up HTTP/1.1\r\n" HOST "\r\n");
	assert_int_equal(raw_status(&raw), 201);
	raw_close(&raw);
	assert_int_equal(f.app.ended, 2);
	assert_int_equal(f.app.aborted, 0);
	fixture_stop(&f);
}

enum cut { CUT_BREAK, CUT_HALF_CLOSE, CUT_WITHOUT_A_WORD, CUT_COUNT };

static void test_cut_uploads_abort(void **state)
{
	static const char *const texts[] = {
		"POST /up HTTP/1.1\r\n" HOST "Content-Length: 10\r\n\r\n",
		"POST /up HTTP/1.1\r\n" HOST "Content-Length: 10\r\n\r\n123456789",
		"POST /up HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n",
		"POST /up HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n5\r\nhel",
		"POST /up HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
		"POST /up HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
		"POST /up HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r",
	};
	size_t count = sizeof(texts) / sizeof(texts[0]);
	struct fixture f;

	(void)state;
	fixture_start(&f, NULL);
	for (size_t i = 0; i < count; i++) {
		for (enum cut cut = CUT_BREAK; cut < CUT_COUNT; cut++) {
			unsigned aborted = f.app.aborted, begun = f.app.begun;
			struct raw raw;

			raw_open(&raw, f.port);
			raw_send_z(&raw, texts[i]);
			wait_until(&f.app.begun, begun + 1);
			if (cut == CUT_BREAK) {
				raw_break(&raw);
			} else {
				if (cut == CUT_HALF_CLOSE)
					raw_half_close(&raw);
				else
					shutdown(raw.fd, SHUT_WR);
				/* Who still listens is told. */
				assert_int_equal(raw_status(&raw), 400);
				raw_break(&raw);
			}
			wait_until(&f.app.aborted, aborted + 1);
		}
	}
	assert_int_equal(f.app.begun, CUT_COUNT * count);
	assert_int_equal(f.app.aborted, CUT_COUNT * count);
	assert_int_equal(f.app.ended, 0);
	fixture_stop(&f);
}

static void test_broken_coding_aborts(void **state)
{
	struct fixture f;
	struct raw raw;

	(void)state;
	fixture_start(&f, NULL);
	raw_open(&raw, f.port);
	raw_send_z(&raw, "POST /up HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nx\r\n");
	assert_int_equal(raw_status(&raw), 400);
	assert_true(raw_is_closed(&raw));
	raw_close(&raw);
	assert_int_equal(f.app.aborted, 1);
	assert_int_equal(f.app.ended, 0);
	fixture_stop(&f);
}

static void test_refusals(void **state)
{
	static const struct {
		const char *text;
		int status;
		unsigned aborted;
	} cases[] = {
		{ "POST /up HTTP/1.1\r\n" HOST "X-Fail: begin\r\nContent-Length: 3\r\n\r\nabc", 415, 0 },
		{ "POST /up HTTP/1.1\r\n" HOST "X-Fail: data\r\nContent-Length: 3\r\n\r\nabc", 507, 1 },
		{ "POST /up HTTP/1.1\r\n" HOST "X-Fail: end\r\nContent-Length: 3\r\n\r\nabc", 409, 1 },
		{ "POST /up HTTP/1.1\r\n" HOST "X-Deny: 1\r\nContent-Length: 3\r\n\r\nabc", 401, 0 },
	};
	unsigned aborted = 0;
	struct fixture f;
	struct raw raw;

	(void)state;
	fixture_start(&f, NULL);
	raw_open(&raw, f.port);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		raw_send_z(&raw, cases[i].text);
		assert_int_equal(raw_status(&raw), cases[i].status);
		aborted += cases[i].aborted;
		assert_int_equal(f.app.aborted, aborted);
	}
	assert_int_equal(f.app.ended, 0);
	raw_close(&raw);
	fixture_stop(&f);
}

/* What is written past the library has the fields of every answer. */
static void test_an_answer_within_the_body_is_whole(void **state)
{
	struct raw_answer answer;
	struct fixture f;
	struct raw raw;
	struct tm date;
	const char *end;
	time_t sent = time(NULL);

	(void)state;
	fixture_start(&f, NULL);
	raw_open(&raw, f.port);
	raw_send_z(&raw, "POST /up HTTP/1.1\r\n" HOST "X-Fail: data\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
	raw_receive(&raw, false, &answer);
	assert_int_equal(answer.status, 507);
	assert_true(str_is(raw_field(&answer, "Connection"), "close"));
	assert_int_equal(raw_field(&answer, "request-id").n, 36);
	assert_int_equal(raw_field(&answer, "Date").n, 29);
	end = strptime(raw_field(&answer, "Date").p, "%a, %d %b %Y %H:%M:%S GMT", &date);
	assert_true(end && *end == '\r');
	assert_in_range(timegm(&date), sent, time(NULL));
	raw_answer_release(&answer);
	raw_close(&raw);
	fixture_stop(&f);
}

static void test_upload_limit(void **state)
{
	static const struct {
		const char *text;
		int status;
		unsigned ended, begun;
	} cases[] = {
		{ "POST /up HTTP/1.1\r\n" HOST "Content-Length: 10\r\n\r\n0123456789", 201, 1, 1 },
		{ "POST /up HTTP/1.1\r\n" HOST "Content-Length: 11\r\n\r\n0123456789a", 413, 0, 0 },
		{ "POST /up HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n", 201, 1,
		  1 },
		{ "POST /up HTTP/1.1\r\n" HOST
		  "Transfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n1\r\na\r\n0\r\n\r\n",
		  413, 0, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture f;
		struct raw raw;

		fixture_start(&f, &(struct http_limits){ .upload_max = 10, .body_max = 5 });
		raw_open(&raw, f.port);
		raw_send_z(&raw, cases[i].text);
		assert_int_equal(raw_status(&raw), cases[i].status);
		raw_close(&raw);
		fixture_stop(&f);
		assert_int_equal(f.app.begun, cases[i].begun);
		assert_int_equal(f.app.ended, cases[i].ended);
		assert_int_equal(f.app.aborted, cases[i].begun - cases[i].ended);
	}
}

/* A byte at a time keeps a connection busy, not idle: the rate ends it. */
static void test_slow_upload(void **state)
{
	static const struct {
		const char *head;
		int status;
		unsigned aborted;
	} cases[] = {
		{ "POST /up HTTP/1.1\r\n" HOST "Content-Length: 1000000\r\n\r\n", 408, 1 },
		{ "POST /up HTTP/1.1\r\n" HOST "Content-Length: 1000\r\n\r\n", 408, 1 },
		/* Nor does a refusal wait longer for a body whose end is near. */
		{ "POST /up HTTP/1.1\r\n" HOST "X-Deny: 1\r\nContent-Length: 1000\r\n\r\n", 401, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture f;
		struct raw raw;

		fixture_start(&f, &(struct http_limits){ .rate_min = 1000000, .rate_grace_seconds = 1 });
		raw_open(&raw, f.port);
		raw_send_z(&raw, cases[i].head);
		while (f.app.done == 0) {
			raw_try_send(&raw, STR("x"));
			usleep(20000);
		}
		assert_int_equal(raw_status(&raw), cases[i].status);
		assert_true(raw_is_closed(&raw));
		raw_close(&raw);
		assert_int_equal(f.app.aborted, cases[i].aborted);
		fixture_stop(&f);
	}
}

static void test_any_rate_will_do_without_a_least_one(void **state)
{
	struct fixture f;
	struct raw raw;

	(void)state;
	fixture_start(&f, &(struct http_limits){ .rate_min = 0, .rate_grace_seconds = 1 });
	raw_open(&raw, f.port);
	raw_send_z(&raw, "POST /up HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\na");
	wait_until(&f.app.begun, 1);
	usleep(1200000);
	raw_send_z(&raw, "b");
	assert_int_equal(raw_status(&raw), 201);
	raw_close(&raw);
	fixture_stop(&f);
}

static void test_silent_upload(void **state)
{
	struct fixture f;
	struct raw raw;

	(void)state;
	fixture_start(&f, &(struct http_limits){ .idle_seconds = 1 });
	raw_open(&raw, f.port);
	raw_send_z(&raw, "POST /up HTTP/1.1\r\n" HOST "Content-Length: 1000000\r\n\r\nabc");
	assert_int_equal(raw_status(&raw), 408);
	assert_true(raw_is_closed(&raw));
	raw_close(&raw);
	assert_int_equal(f.app.aborted, 1);
	fixture_stop(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_upload),
		cmocka_unit_test(test_cut_uploads_abort),
		cmocka_unit_test(test_broken_coding_aborts),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_upload_limit),
		cmocka_unit_test(test_slow_upload),
		cmocka_unit_test(test_silent_upload),
		cmocka_unit_test(test_an_answer_within_the_body_is_whole),
		cmocka_unit_test(test_any_rate_will_do_without_a_least_one),
	};

	return cmocka_run_group_tests_name("http upload", tests, NULL, fixture_forget);
}
