/* The client, against a listener of ours. */
#include "fixture.h"

#include "http/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static struct http_client *connect_to(const char *host, const char *ca_file)
{
	struct http_client *client;
	struct error err = { 0 };
	char url[64];

	snprintf(url, sizeof(url), "https://%s:%u", host, fixture.port);
	if (http_client_new(&client, url, ca_file, &err) != OK)
		fail_msg("%s", err.message);
	return client;
}

static void send_ok(struct http_client *client, const struct http_call *call, struct http_answer *answer)
{
	struct error err = { 0 };

	if (http_client_send(client, call, answer, &err) != OK)
		fail_msg("%s", err.message);
}

static void test_methods_and_bodies(void **state)
{
	static const char *const names[] = { "localhost", "127.0.0.1" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct http_client *client = connect_to(names[i], fixture_ca(0));
		struct http_answer answer;

		send_ok(client, &(struct http_call){ .method = "GET", .path = "/things/a%2Bb?x=1" }, &answer);
		assert_int_equal(answer.status, 200);
		assert_string_equal(buf_cstr(&answer.body), "/things/{id}\na+b\nx\n1\n");
		assert_string_equal(answer.content_type, "text/plain");
		assert_int_equal(strlen(answer.request_id), 36);
		assert_int_equal(answer.retry_after, -1);
		http_answer_release(&answer);
		send_ok(client, &(struct http_call){ .method = "POST", .path = "/collect", .body = STR("he\0llo") },
			&answer);
		assert_int_equal(answer.status, 201);
		assert_true(str_equal(buf_str(&answer.body), STR("he\0llo")));
		http_answer_release(&answer);
		send_ok(client, &(struct http_call){ .method = "PUT", .path = "/collect", .body = STR("x") }, &answer);
		assert_int_equal(answer.status, 201);
		http_answer_release(&answer);
		send_ok(client, &(struct http_call){ .method = "POST", .path = "/collect" }, &answer);
		assert_int_equal(answer.status, 201);
		assert_int_equal(answer.body.n, 0);
		http_answer_release(&answer);
		send_ok(client, &(struct http_call){ .method = "PATCH", .path = "/things/1", .body = STR("{}") },
			&answer);
		assert_int_equal(answer.status, 200);
		http_answer_release(&answer);
		send_ok(client, &(struct http_call){ .method = "DELETE", .path = "/nothing" }, &answer);
		assert_int_equal(answer.status, 204);
		http_answer_release(&answer);
		send_ok(client, &(struct http_call){ .method = "HEAD", .path = "/things/1" }, &answer);
		assert_int_equal(answer.status, 200);
		assert_int_equal(answer.body.n, 0);
		http_answer_release(&answer);
		send_ok(client, &(struct http_call){ .method = "GET", .path = "/fail" }, &answer);
		assert_int_equal(answer.status, 409);
		assert_int_equal(answer.retry_after, 7);
		http_answer_release(&answer);
		/* All of it over one connection. */
		assert_int_equal(http_server_connections(fixture.server), 1);
		http_client_free(client);
		for (int k = 0; http_server_connections(fixture.server); k++) {
			assert_true(k < 30000);
			usleep(1000);
		}
	}
}

struct source {
	uint64_t left, sum;
	bool breaks;
};

static size_t produce(void *context, char *out, size_t max)
{
	struct source *s = context;
	size_t n = s->left < max ? (size_t)s->left : max;

	if (n == 0 && s->breaks)
		return SIZE_MAX;
	for (size_t i = 0; i < n; i++)
		s->sum += (unsigned char)(out[i] = (char)rand());
	s->left -= n;
	return n;
}

static void test_streamed_upload(void **state)
{
	struct source source = { .left = 20000000 };
	struct http_client *client = connect_to("localhost", fixture_ca(0));
	struct http_answer answer;
	char sum[32];

	(void)state;
	send_ok(client, &(struct http_call){ .method = "POST", .path = "/up", .read = produce, .context = &source },
		&answer);
	assert_int_equal(answer.status, 201);
	snprintf(sum, sizeof(sum), "%llu", (unsigned long long)source.sum);
	assert_string_equal(buf_cstr(&answer.body), sum);
	snprintf(sum, sizeof(sum), "https://localhost:%u/up/1", fixture.port);
	assert_string_equal(answer.location, sum);
	http_answer_release(&answer);
	http_client_free(client);
}

/* A refusal in the middle of an upload arrives, and the client can go on. */
static void test_refused_upload(void **state)
{
	static const struct {
		const char *header;
		int status;
	} cases[] = { { "X-Deny: 1", 401 }, { "X-Fail: begin", 415 }, { "X-Fail: data", 507 } };
	struct http_client *client = connect_to("localhost", fixture_ca(0));

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const char *const headers[] = { cases[i].header, NULL };
		struct source source = { .left = 50000000 };
		struct http_answer answer;

		send_ok(client,
			&(struct http_call){ .method = "POST",
					     .path = "/up",
					     .headers = headers,
					     .read = produce,
					     .context = &source },
			&answer);
		assert_int_equal(answer.status, cases[i].status);
		http_answer_release(&answer);
		send_ok(client, &(struct http_call){ .method = "GET", .path = "/host" }, &answer);
		assert_int_equal(answer.status, 200);
		http_answer_release(&answer);
	}
	http_client_free(client);
}

static void test_broken_off_upload(void **state)
{
	struct http_client *client = connect_to("localhost", fixture_ca(0));
	struct source source = { .left = 300000, .breaks = true };
	unsigned aborted = fixture.app.aborted, ended = fixture.app.ended;
	struct http_answer answer;
	struct error err;

	(void)state;
	assert_int_equal(
		http_client_send(
			client,
			&(struct http_call){ .method = "POST", .path = "/up", .read = produce, .context = &source },
			&answer, &err),
		E_TRUNCATED);
	http_answer_release(&answer);
	for (int i = 0; fixture.app.aborted == aborted; i++) {
		assert_true(i < 30000);
		usleep(1000);
	}
	assert_int_equal(fixture.app.ended, ended);
	http_client_free(client);
}

static void test_token(void **state)
{
	struct http_client *client = connect_to("localhost", fixture_ca(0));
	const char *const headers[] = { "X: a\r\nX-Deny: 1", NULL };
	struct http_call call = { .method = "GET", .path = "/token" };
	struct http_answer answer;
	struct error err;

	(void)state;
	http_client_set_token(client, "abc");
	http_client_set_token(client, "def");
	send_ok(client, &call, &answer);
	assert_string_equal(buf_cstr(&answer.body), "Bearer def");
	http_answer_release(&answer);
	/* A line end cannot make a header of its own. */
	http_client_set_token(client, "def\r\nX-Deny: 1");
	assert_int_equal(http_client_send(client, &call, &answer, &err), E_INVALID);
	http_answer_release(&answer);
	http_client_set_token(client, NULL);
	send_ok(client, &call, &answer);
	assert_int_equal(answer.body.n, 0);
	http_answer_release(&answer);
	call.headers = headers;
	assert_int_equal(http_client_send(client, &call, &answer, &err), E_INVALID);
	http_answer_release(&answer);
	http_client_free(client);
}

static void test_answer_limit(void **state)
{
	struct http_client *client = connect_to("localhost", fixture_ca(0));
	struct http_call call = { .method = "GET", .path = "/big", .body_max = 4 << 20 };
	struct http_answer answer;
	struct error err;

	(void)state;
	send_ok(client, &call, &answer);
	assert_int_equal(answer.body.n, 4 << 20);
	http_answer_release(&answer);
	call.body_max--;
	assert_int_equal(http_client_send(client, &call, &answer, &err), E_TOO_LARGE);
	http_answer_release(&answer);
	http_client_free(client);
}

static void test_time_limit(void **state)
{
	struct http_client *client = connect_to("localhost", fixture_ca(0));
	struct http_answer answer;
	struct error err;

	(void)state;
	assert_int_equal(http_client_send(client,
					  &(struct http_call){ .method = "GET", .path = "/wait", .timeout_seconds = 1 },
					  &answer, &err),
			 E_UNAVAILABLE);
	http_answer_release(&answer);
	sem_post(&fixture.app.gate);
	http_client_free(client);
}

static void test_server_is_verified(void **state)
{
	struct http_client *client = connect_to("localhost", fixture_ca(1));
	struct http_answer answer;
	struct error err;

	(void)state;
	assert_int_equal(
		http_client_send(client, &(struct http_call){ .method = "GET", .path = "/host" }, &answer, &err),
		E_UNAVAILABLE);
	http_answer_release(&answer);
	http_client_free(client);
	client = connect_to("127.0.0.2", fixture_ca(0));
	assert_int_equal(
		http_client_send(client, &(struct http_call){ .method = "GET", .path = "/host" }, &answer, &err),
		E_UNAVAILABLE);
	http_answer_release(&answer);
	http_client_free(client);
}

/* Links are followed on the same server only: the token is for no other. */
static void test_urls(void **state)
{
	static const char *const foreign[] = { "https://localhost:1/host", "http://localhost/host", "host", "",
					       "https://localhost.example/host" };
	struct http_client *client = connect_to("localhost", fixture_ca(0));
	struct http_answer answer;
	struct error err;
	char url[64];

	(void)state;
	snprintf(url, sizeof(url), "https://localhost:%u/host", fixture.port);
	send_ok(client, &(struct http_call){ .method = "GET", .path = url }, &answer);
	assert_int_equal(answer.status, 200);
	http_answer_release(&answer);
	snprintf(url, sizeof(url), "https://localhost:%u0/host", fixture.port);
	assert_int_equal(http_client_send(client, &(struct http_call){ .method = "GET", .path = url }, &answer, &err),
			 E_INVALID);
	http_answer_release(&answer);
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		assert_int_equal(http_client_send(client, &(struct http_call){ .method = "GET", .path = foreign[i] },
						  &answer, &err),
				 E_INVALID);
		http_answer_release(&answer);
	}
	http_client_free(client);
	assert_int_equal(http_client_new(&client, "http://localhost", NULL, &err), E_INVALID);
	assert_int_equal(http_client_new(&client, "https://", NULL, &err), E_INVALID);
	http_client_free(NULL);
}

static void test_nobody_listens(void **state)
{
	struct http_client *client;
	struct http_answer answer;
	struct error err;

	(void)state;
	assert_int_equal(http_client_new(&client, "https://127.0.0.1:1/", NULL, &err), OK);
	assert_int_equal(http_client_send(client, &(struct http_call){ .method = "GET", .path = "/" }, &answer, &err),
			 E_UNAVAILABLE);
	assert_non_null(strstr(err.message, "https://127.0.0.1:1"));
	http_answer_release(&answer);
	http_client_free(client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_methods_and_bodies),
		cmocka_unit_test(test_streamed_upload),
		cmocka_unit_test(test_refused_upload),
		cmocka_unit_test(test_broken_off_upload),
		cmocka_unit_test(test_token),
		cmocka_unit_test(test_answer_limit),
		cmocka_unit_test(test_time_limit),
		cmocka_unit_test(test_server_is_verified),
		cmocka_unit_test(test_urls),
		cmocka_unit_test(test_nobody_listens),
	};

	return cmocka_run_group_tests_name("http client", tests, fixture_setup, fixture_teardown);
}
