#include "raw.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define WATCHDOG_SECONDS 30

static int connect_to(uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(port),
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct timeval patience = { .tv_sec = WATCHDOG_SECONDS };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	close(fd);
	return -1;
}

bool raw_try_open(struct raw *raw, uint16_t port, const char *priority)
{
	int rc;

	*raw = (struct raw){ .fd = connect_to(port) };
	if (raw->fd < 0)
		return false;
	assert_int_equal(gnutls_init(&raw->session, GNUTLS_CLIENT | GNUTLS_NO_SIGNAL), 0);
	assert_int_equal(gnutls_certificate_allocate_credentials(&raw->trust), 0);
	assert_int_equal(gnutls_priority_set_direct(raw->session, priority ? priority : "NORMAL", NULL), 0);
	gnutls_credentials_set(raw->session, GNUTLS_CRD_CERTIFICATE, raw->trust);
	gnutls_transport_set_int(raw->session, raw->fd);
	buf_init(&raw->in, 0);
	do {
		rc = gnutls_handshake(raw->session);
	} while (rc < 0 && !gnutls_error_is_fatal(rc) && rc != GNUTLS_E_AGAIN);
	if (rc == 0)
		return true;
	raw_break(raw);
	return false;
}

void raw_open(struct raw *raw, uint16_t port)
{
	assert_true(raw_try_open(raw, port, NULL));
}

void raw_break(struct raw *raw)
{
	gnutls_deinit(raw->session);
	gnutls_certificate_free_credentials(raw->trust);
	close(raw->fd);
	buf_release(&raw->in);
}

void raw_half_close(struct raw *raw)
{
	gnutls_bye(raw->session, GNUTLS_SHUT_WR);
	shutdown(raw->fd, SHUT_WR);
}

void raw_close(struct raw *raw)
{
	raw_half_close(raw);
	raw_break(raw);
}

bool raw_try_send(struct raw *raw, struct str bytes)
{
	while (bytes.n) {
		ssize_t n = gnutls_record_send(raw->session, bytes.p, bytes.n);

		if (n == GNUTLS_E_INTERRUPTED)
			continue;
		if (n < 0)
			return false;
		bytes = str_after(bytes, (size_t)n);
	}
	return true;
}

void raw_send(struct raw *raw, struct str bytes)
{
	assert_true(raw_try_send(raw, bytes));
}

/* False when the peer has closed; a wait that takes too long fails. */
static bool fill(struct raw *raw)
{
	char *room = buf_room(&raw->in, 16384);
	ssize_t n;

	/* AGAIN says, too, that something came that was no data, such as a ticket. */
	while ((n = gnutls_record_recv(raw->session, room, 16384)) == GNUTLS_E_INTERRUPTED || n == GNUTLS_E_AGAIN) {
		struct pollfd p = { .fd = raw->fd, .events = POLLIN };

		if (poll(&p, 1, WATCHDOG_SECONDS * 1000) == 0)
			fail_msg("the server was silent for %d s", WATCHDOG_SECONDS);
	}
	if (n <= 0)
		return false;
	buf_took(&raw->in, (size_t)n);
	return true;
}

static void must_fill(struct raw *raw)
{
	if (!fill(raw))
		fail_msg("the connection ended within an answer, after %zu bytes", raw->in.n);
}

struct str raw_field(const struct raw_answer *answer, const char *name)
{
	struct str rest = buf_str(&answer->head), found = STR_NONE;

	while (!str_is_none(rest)) {
		struct str value = str_cut(&rest, '\n'), field = str_cut(&value, ':');

		if (str_is_none(value) || !str_equal_ascii_case(field, str_from(name)))
			continue;
		assert_true(str_is_none(found));
		while (value.n && value.p[value.n - 1] == '\r')
			value.n--;
		found = str_trim(value);
	}
	return found;
}

void raw_receive(struct raw *raw, bool is_head, struct raw_answer *answer)
{
	const char *end;
	struct str length;
	uint64_t n = 0;

	*answer = (struct raw_answer){ 0 };
	while (!(end = raw->in.n ? memmem(raw->in.p, raw->in.n, "\r\n\r\n", 4) : NULL))
		must_fill(raw);
	buf_add(&answer->head, raw->in.p, (size_t)(end - raw->in.p) + 2);
	buf_drop(&raw->in, (size_t)(end - raw->in.p) + 4);
	assert_int_equal(sscanf(buf_cstr(&answer->head), "HTTP/1.1 %3d ", &answer->status), 1);
	length = raw_field(answer, "Content-Length");
	if (answer->status >= 200 && answer->status != 204 && answer->status != 304) {
		assert_false(str_is_none(length));
		assert_true(str_to_u64(length, SIZE_MAX, &n));
	} else {
		assert_true(str_is_none(length));
	}
	if (is_head)
		return;
	while (raw->in.n < n)
		must_fill(raw);
	buf_add(&answer->body, raw->in.p, (size_t)n);
	buf_drop(&raw->in, (size_t)n);
}

int raw_status(struct raw *raw)
{
	struct raw_answer answer;
	int status;

	raw_receive(raw, false, &answer);
	status = answer.status;
	raw_answer_release(&answer);
	return status;
}

void raw_answer_release(struct raw_answer *answer)
{
	buf_release(&answer->head);
	buf_release(&answer->body);
}

bool raw_is_closed(struct raw *raw)
{
	return raw->in.n == 0 && !fill(raw);
}

bool raw_is_refused(struct raw *raw)
{
	static const char line[] = "HTTP/1.1 ";
	const char *at;

	while (fill(raw))
		;
	for (at = buf_cstr(&raw->in); (at = strstr(at, line)); at += sizeof(line))
		if (at[sizeof(line) - 1] != '4' && at[sizeof(line) - 1] != '5')
			return false;
	return true;
}
