/* The listener as a whole: many peers, slow peers, certificates, the end. */
#include "fixture.h"
#include "raw.h"

#include "http/tls.h"

#include <gnutls/x509.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define HOST "Host: localhost\r\n"
#define GET_HOST "GET /host HTTP/1.1\r\n" HOST "\r\n"
#define GET_WAIT "GET /wait HTTP/1.1\r\n" HOST "\r\n"

static void wait_until(atomic_uint *count, unsigned n)
{
	for (int i = 0; atomic_load(count) < n; i++) {
		if (i == 30000)
			fail_msg("waited 30 s for %u, found %u", n, atomic_load(count));
		usleep(1000);
	}
}

static void wait_for_connections(struct fixture *f, unsigned n)
{
	for (int i = 0; http_server_connections(f->server) != n; i++) {
		if (i == 30000)
			fail_msg("waited 30 s for %u connections, found %u", n, http_server_connections(f->server));
		usleep(1000);
	}
}

static void open_gate(struct fixture *f, unsigned n)
{
	while (n--)
		sem_post(&f->app.gate);
}

static void test_many_connections(void **state)
{
	enum { COUNT = 300 };
	static struct raw raws[COUNT];
	struct fixture f;

	(void)state;
	fixture_start(&f, NULL);
	for (int i = 0; i < COUNT; i++)
		raw_open(&raws[i], f.port);
	wait_for_connections(&f, COUNT);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < COUNT; i++)
			raw_send_z(&raws[i], GET_HOST);
		for (int i = COUNT - 1; i >= 0; i--)
			assert_int_equal(raw_status(&raws[i]), 200);
	}
	for (int i = 0; i < COUNT; i++)
		raw_close(&raws[i]);
	wait_for_connections(&f, 0);
	fixture_stop(&f);
}

/* However many handlers block, the next request is served. */
static void test_blocked_handlers_keep_nobody_waiting(void **state)
{
	enum { COUNT = 50 };
	static struct raw raws[COUNT];
	struct fixture f;
	struct raw raw;

	(void)state;
	fixture_start(&f, NULL);
	raw_open(&raw, f.port);
	for (unsigned i = 0; i < COUNT; i++) {
		raw_open(&raws[i], f.port);
		raw_send_z(&raws[i], GET_WAIT);
		wait_until(&f.app.waiting, i + 1);
		raw_send_z(&raw, GET_HOST);
		assert_int_equal(raw_status(&raw), 200);
	}
	open_gate(&f, COUNT);
	for (int i = 0; i < COUNT; i++) {
		assert_int_equal(raw_status(&raws[i]), 200);
		raw_close(&raws[i]);
	}
	raw_close(&raw);
	fixture_stop(&f);
}

/* A connection whose peer pipelines without end does not keep the others out. */
static void *flood(void *context)
{
	struct fixture *f = context;
	struct buf many;
	struct raw raw;

	buf_init(&many, 0);
	for (int i = 0; i < 1000; i++)
		buf_add_str(&many, STR("POST /collect HTTP/1.1\r\n" HOST "\r\n"));
	raw_open(&raw, f->port);
	/* The answers are not read: at last the server waits for this peer, on a thread of its own. */
	for (int i = 0; i < 20; i++)
		raw_try_send(&raw, buf_str(&many));
	raw_break(&raw);
	buf_release(&many);
	return NULL;
}

static void test_floods(void **state)
{
	enum { COUNT = 8 };
	pthread_t threads[COUNT];
	struct fixture f;
	struct raw raw;

	(void)state;
	fixture_start(&f, &(struct http_limits){ .idle_seconds = 1 });
	for (int i = 0; i < COUNT; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, flood, &f), 0);
	for (int i = 0; i < 50; i++) {
		raw_open(&raw, f.port);
		raw_send_z(&raw, GET_HOST);
		assert_int_equal(raw_status(&raw), 200);
		raw_close(&raw);
	}
	for (int i = 0; i < COUNT; i++)
		pthread_join(threads[i], NULL);
	fixture_stop(&f);
}

static void *open_and_ask(void *context)
{
	struct fixture *f = context;
	struct raw raw;

	raw_open(&raw, f->port);
	raw_send_z(&raw, GET_HOST);
	raw_status(&raw);
	raw_close(&raw);
	return NULL;
}

/* At the limit a new connection waits, until one of the others has ended. */
static void test_connection_limit(void **state)
{
	struct raw busy[2];
	pthread_t thread;
	struct fixture f;

	(void)state;
	fixture_start(&f, &(struct http_limits){ .connections_max = 2 });
	for (unsigned i = 0; i < 2; i++) {
		raw_open(&busy[i], f.port);
		raw_send_z(&busy[i], GET_WAIT);
		wait_until(&f.app.waiting, i + 1);
	}
	assert_int_equal(pthread_create(&thread, NULL, open_and_ask, &f), 0);
	usleep(100000);
	assert_int_equal(http_server_connections(f.server), 2);
	assert_int_equal(f.app.done, 0);
	open_gate(&f, 2);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(raw_status(&busy[i]), 200);
		raw_close(&busy[i]);
	}
	pthread_join(thread, NULL);
	wait_until(&f.app.done, 3);
	fixture_stop(&f);
}

/* An idle connection gives way, and the longest idle first. */
static void test_idle_connections_give_way(void **state)
{
	struct raw idle[2], fresh;
	struct fixture f;

	(void)state;
	fixture_start(&f, &(struct http_limits){ .connections_max = 2 });
	for (int i = 0; i < 2; i++) {
		raw_open(&idle[i], f.port);
		raw_send_z(&idle[i], GET_HOST);
		assert_int_equal(raw_status(&idle[i]), 200);
		usleep(20000);
	}
	raw_open(&fresh, f.port);
	raw_send_z(&fresh, GET_HOST);
	assert_int_equal(raw_status(&fresh), 200);
	assert_true(raw_is_closed(&idle[0]));
	raw_send_z(&idle[1], GET_HOST);
	assert_int_equal(raw_status(&idle[1]), 200);
	raw_close(&idle[0]);
	raw_close(&idle[1]);
	raw_close(&fresh);
	fixture_stop(&f);
}

static void test_slow_head(void **state)
{
	struct raw_answer answer;
	struct fixture f;
	struct raw raw;

	(void)state;
	fixture_start(&f, &(struct http_limits){ .request_seconds = 1 });
	raw_open(&raw, f.port);
	raw_send_z(&raw, GET_HOST);
	assert_int_equal(raw_status(&raw), 200);
	raw_send_z(&raw, "GET /host HTTP/1.1\r\n");
	/* Bytes that keep coming do not help. */
	while (f.app.done == 1) {
		raw_try_send(&raw, STR("X:\r\n"));
		usleep(50000);
	}
	raw_receive(&raw, false, &answer);
	assert_int_equal(answer.status, 408);
	assert_true(str_starts(buf_str(&answer.body), STR("{\"error\":{\"code\":\"requestTimeout\"")));
	raw_answer_release(&answer);
	assert_true(raw_is_closed(&raw));
	raw_close(&raw);
	fixture_stop(&f);
}

/* Who leaves within a head is neither answered nor reported. */
static void test_left_within_head(void **state)
{
	struct fixture f;
	struct raw raw;

	(void)state;
	fixture_start(&f, NULL);
	for (int way = 0; way < 3; way++) {
		raw_open(&raw, f.port);
		raw_send_z(&raw, "GET /host HTTP/1.1\r\nHost: ");
		if (way == 0) {
			raw_half_close(&raw);
			assert_true(raw_is_closed(&raw));
		} else if (way == 1) {
			shutdown(raw.fd, SHUT_WR);
			assert_true(raw_is_closed(&raw));
		}
		raw_break(&raw);
		wait_for_connections(&f, 0);
	}
	assert_int_equal(f.app.done, 0);
	fixture_stop(&f);
}

static int connect_plain(uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(port),
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

/* Peers that never shake hands, or say something else, end by themselves and harm nobody. */
static void test_no_handshake(void **state)
{
	static const char *const texts[] = { "", "\x16\x03\x01", GET_HOST, "\x16\x03\x01\x7f\xff" };
	int fds[4];
	struct fixture f;
	char byte[64];

	(void)state;
	fixture_start(&f, &(struct http_limits){ .request_seconds = 1 });
	for (int i = 0; i < 4; i++) {
		fds[i] = connect_plain(f.port);
		assert_int_equal(send(fds[i], texts[i], strlen(texts[i]), MSG_NOSIGNAL), strlen(texts[i]));
	}
	for (int i = 0; i < 4; i++) {
		while (recv(fds[i], byte, sizeof(byte), 0) > 0)
			;
		close(fds[i]);
	}
	wait_for_connections(&f, 0);
	open_and_ask(&f);
	fixture_stop(&f);
}

static void test_idle_connection_ends(void **state)
{
	struct fixture f;
	struct raw raw;

	(void)state;
	fixture_start(&f, &(struct http_limits){ .idle_seconds = 1 });
	raw_open(&raw, f.port);
	assert_true(raw_is_closed(&raw));
	raw_close(&raw);
	raw_open(&raw, f.port);
	raw_send_z(&raw, GET_HOST);
	assert_int_equal(raw_status(&raw), 200);
	assert_true(raw_is_closed(&raw));
	raw_close(&raw);
	assert_int_equal(f.app.done, 1);
	fixture_stop(&f);
}

/* A peer that asks for much and takes nothing is left. */
static void test_peer_that_does_not_read(void **state)
{
	struct fixture f;
	struct raw raw;

	(void)state;
	fixture_start(&f, &(struct http_limits){ .idle_seconds = 1 });
	raw_open(&raw, f.port);
	for (int i = 0; i < 10; i++)
		raw_send_z(&raw, "GET /big HTTP/1.1\r\n" HOST "\r\n");
	wait_until(&f.app.done, 1);
	wait_for_connections(&f, 0);
	raw_break(&raw);
	fixture_stop(&f);
}

/* Small answers must not wait for the peer's delayed acknowledgement: both ends of a connection are in
 * this process, so the server's can be asked. */
static void test_nodelay(void **state)
{
	struct sockaddr_in mine, theirs;
	socklen_t size = sizeof(mine);
	struct fixture f;
	struct raw raw;
	int found = 0;

	(void)state;
	fixture_start(&f, NULL);
	raw_open(&raw, f.port);
	assert_int_equal(getsockname(raw.fd, (struct sockaddr *)&mine, &size), 0);
	for (int fd = 0; fd < 1024; fd++) {
		int on = 0;

		size = sizeof(theirs);
		if (fd == raw.fd || getpeername(fd, (struct sockaddr *)&theirs, &size) != 0 ||
		    theirs.sin_family != AF_INET || theirs.sin_port != mine.sin_port)
			continue;
		size = sizeof(on);
		assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, &size), 0);
		assert_int_equal(on, 1);
		found++;
	}
	assert_int_equal(found, 1);
	raw_close(&raw);
	fixture_stop(&f);
}

/* --- TLS ------------------------------------------------------------------------ */

static void test_tls_versions(void **state)
{
	static const struct {
		const char *priority;
		bool good;
	} cases[] = {
		{ "NORMAL:-VERS-ALL:+VERS-TLS1.3", true },
		{ "NORMAL:-VERS-ALL:+VERS-TLS1.2", true },
		{ "NORMAL:-VERS-ALL:+VERS-TLS1.1", false },
		{ "NORMAL:-VERS-ALL:+VERS-TLS1.0", false },
		{ "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-CBC", false },
		{ "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+RSA", false },
	};
	struct fixture f;

	(void)state;
	fixture_start(&f, NULL);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct raw raw;
		bool good = raw_try_open(&raw, f.port, cases[i].priority);

		if (good != cases[i].good)
			fail_msg("%s", cases[i].priority);
		if (!good)
			continue;
		raw_send_z(&raw, GET_HOST);
		assert_int_equal(raw_status(&raw), 200);
		raw_close(&raw);
	}
	fixture_stop(&f);
}

static void test_sessions_are_resumed(void **state)
{
	gnutls_datum_t session;
	struct fixture f;
	struct raw raw, again;

	(void)state;
	fixture_start(&f, NULL);
	raw_open(&raw, f.port);
	raw_send_z(&raw, GET_HOST);
	assert_int_equal(raw_status(&raw), 200);
	assert_int_equal(gnutls_session_get_data2(raw.session, &session), 0);
	raw_close(&raw);
	again = (struct raw){ .fd = connect_plain(f.port) };
	gnutls_init(&again.session, GNUTLS_CLIENT | GNUTLS_NO_SIGNAL);
	gnutls_certificate_allocate_credentials(&again.trust);
	gnutls_set_default_priority(again.session);
	gnutls_credentials_set(again.session, GNUTLS_CRD_CERTIFICATE, again.trust);
	gnutls_transport_set_int(again.session, again.fd);
	gnutls_session_set_data(again.session, session.data, session.size);
	assert_int_equal(gnutls_handshake(again.session), 0);
	assert_true(gnutls_session_is_resumed(again.session));
	gnutls_free(session.data);
	raw_close(&again);
	fixture_stop(&f);
}

/* Whether the peer's certificate is the one of this store. */
static bool has_certificate(const struct raw *raw, int which)
{
	gnutls_datum_t pem = { (unsigned char *)fixture_certificate(which).p, (unsigned)fixture_certificate(which).n },
		       der;
	unsigned count;
	const gnutls_datum_t *got = gnutls_certificate_get_peers(raw->session, &count);
	bool same;

	assert_int_equal(gnutls_pem_base64_decode2("CERTIFICATE", &pem, &der), 0);
	same = got && got[0].size == der.size && memcmp(got[0].data, der.data, der.size) == 0;
	gnutls_free(der.data);
	return same;
}

static void test_reload(void **state)
{
	struct error err = { 0 };
	struct raw before, after;
	struct fixture f;

	(void)state;
	fixture_start(&f, NULL);
	raw_open(&before, f.port);
	assert_true(has_certificate(&before, 0));
	/* A pair that does not fit changes nothing. */
	assert_int_equal(http_server_reload(f.server, fixture_certificate(1), fixture_key(0), &err), E_INVALID);
	assert_int_equal(http_server_reload(f.server, STR("no PEM"), STR("at all"), &err), E_INVALID);
	raw_open(&after, f.port);
	assert_true(has_certificate(&after, 0));
	raw_close(&after);
	assert_int_equal(http_server_reload(f.server, fixture_certificate(1), fixture_key(1), &err), OK);
	raw_open(&after, f.port);
	assert_true(has_certificate(&after, 1));
	raw_send_z(&before, GET_HOST);
	assert_int_equal(raw_status(&before), 200);
	raw_send_z(&after, GET_HOST);
	assert_int_equal(raw_status(&after), 200);
	raw_close(&before);
	raw_close(&after);
	fixture_stop(&f);
}

/* --- start and stop --------------------------------------------------------------- */

static void test_start_fails_with_a_reason(void **state)
{
	struct http_server_settings settings = {
		.address = "127.0.0.1",
		.certificate_pem = fixture_certificate(0),
		.key_pem = fixture_key(1),
	};
	struct http_server *server = NULL;
	struct error err = { 0 };
	struct fixture f;

	(void)state;
	assert_int_equal(http_server_start(&server, &settings, &err), E_INVALID);
	settings.key_pem = fixture_key(0);
	settings.address = "localhost.example";
	assert_int_equal(http_server_start(&server, &settings, &err), E_INVALID);
	fixture_start(&f, NULL);
	settings.address = "127.0.0.1";
	settings.port = f.port;
	assert_int_equal(http_server_start(&server, &settings, &err), E_UNAVAILABLE);
	assert_non_null(strstr(err.message, "127.0.0.1"));
	assert_null(server);
	fixture_stop(&f);
	http_server_stop(NULL, 0);
}

static void test_ipv6(void **state)
{
	struct http_server_settings settings = {
		.address = "::1",
		.certificate_pem = fixture_certificate(0),
		.key_pem = fixture_key(0),
	};
	struct http_server *server;
	struct error err = { 0 };

	(void)state;
	if (access("/proc/net/if_inet6", F_OK) != 0)
		skip();
	if (http_server_start(&server, &settings, &err) != OK)
		fail_msg("%s", err.message);
	assert_int_not_equal(http_server_port(server), 0);
	http_server_stop(server, 0);
}

struct stopping {
	struct http_server *server;
	unsigned seconds;
	atomic_uint stopped;
};

static void *stop_server(void *context)
{
	struct stopping *s = context;

	http_server_stop(s->server, s->seconds);
	s->stopped = 1;
	return NULL;
}

/* What is in flight is finished and answered; nothing new is let in; what idles is closed. */
static void test_drain(void **state)
{
	struct raw_answer answer;
	struct stopping stopping;
	struct raw busy, idle, late;
	pthread_t thread;
	struct fixture f;

	(void)state;
	fixture_start(&f, NULL);
	raw_open(&idle, f.port);
	raw_open(&busy, f.port);
	raw_send_z(&busy, GET_WAIT);
	wait_until(&f.app.waiting, 1);
	stopping = (struct stopping){ .server = f.server, .seconds = 60 };
	assert_int_equal(pthread_create(&thread, NULL, stop_server, &stopping), 0);
	assert_true(raw_is_closed(&idle));
	for (int i = 0; raw_try_open(&late, f.port, NULL); i++) {
		raw_close(&late);
		assert_true(i < 1000);
		usleep(10000);
	}
	assert_int_equal(stopping.stopped, 0);
	open_gate(&f, 1);
	raw_receive(&busy, false, &answer);
	assert_int_equal(answer.status, 200);
	assert_string_equal(buf_cstr(&answer.body), "waited");
	assert_true(str_is(raw_field(&answer, "Connection"), "close"));
	raw_answer_release(&answer);
	assert_true(raw_is_closed(&busy));
	raw_close(&busy);
	pthread_join(thread, NULL);
	assert_int_equal(f.app.done, 1);
	raw_close(&idle);
	sem_destroy(&f.app.gate);
}

/* An upload that does not come to its end is cut off when the time is over. */
static void test_drain_ends(void **state)
{
	struct fixture f;
	struct raw raw;

	(void)state;
	fixture_start(&f, NULL);
	raw_open(&raw, f.port);
	raw_send_z(&raw, "POST /up HTTP/1.1\r\n" HOST "Content-Length: 100\r\n\r\nabc");
	wait_until(&f.app.begun, 1);
	http_server_stop(f.server, 0);
	assert_int_equal(f.app.aborted, 1);
	assert_int_equal(f.app.ended, 0);
	raw_break(&raw);
	sem_destroy(&f.app.gate);
}

/* Stopping in the middle of traffic loses no thread and no connection, again and again. */
static void *traffic(void *context)
{
	struct fixture *f = context;
	struct raw raw;

	while (raw_try_open(&raw, f->port, NULL)) {
		for (int i = 0; i < 20 && raw_try_send(&raw, STR(GET_HOST)); i++)
			;
		raw_break(&raw);
	}
	return NULL;
}

static void test_stop_in_traffic(void **state)
{
	(void)state;
	for (int round = 0; round < 5; round++) {
		pthread_t threads[4];
		struct fixture f;

		fixture_start(&f, NULL);
		for (int i = 0; i < 4; i++)
			assert_int_equal(pthread_create(&threads[i], NULL, traffic, &f), 0);
		wait_until(&f.app.done, 100);
		fixture_stop(&f);
		for (int i = 0; i < 4; i++)
			pthread_join(threads[i], NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many_connections),
		cmocka_unit_test(test_blocked_handlers_keep_nobody_waiting),
		cmocka_unit_test(test_floods),
		cmocka_unit_test(test_connection_limit),
		cmocka_unit_test(test_idle_connections_give_way),
		cmocka_unit_test(test_slow_head),
		cmocka_unit_test(test_left_within_head),
		cmocka_unit_test(test_no_handshake),
		cmocka_unit_test(test_idle_connection_ends),
		cmocka_unit_test(test_peer_that_does_not_read),
		cmocka_unit_test(test_nodelay),
		cmocka_unit_test(test_tls_versions),
		cmocka_unit_test(test_sessions_are_resumed),
		cmocka_unit_test(test_reload),
		cmocka_unit_test(test_start_fails_with_a_reason),
		cmocka_unit_test(test_ipv6),
		cmocka_unit_test(test_drain),
		cmocka_unit_test(test_drain_ends),
		cmocka_unit_test(test_stop_in_traffic),
	};

	return cmocka_run_group_tests_name("http listener", tests, NULL, fixture_forget);
}
