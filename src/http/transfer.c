#include "http/transfer.h"

#include "base/instant.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#define LINGER_SILENT_MS 1000
#define LINGER_TOTAL_US INT64_C(10000000)

void transfer_block(struct connection *c, bool blocked)
{
	if (c->blocked == blocked)
		return;
	c->blocked = blocked;
	if (blocked)
		pool_block(c->context->pool);
	else
		pool_unblock(c->context->pool);
}

/* False when nothing happened for so long. */
static bool wait_for(struct connection *c, short events, int timeout_ms)
{
	struct pollfd p = { .fd = c->stream.fd, .events = events };
	bool was_blocked = c->blocked;
	int rc;

	transfer_block(c, true);
	rc = poll(&p, 1, timeout_ms);
	transfer_block(c, was_blocked);
	return rc != 0;
}

static int idle_ms(const struct connection *c)
{
	unsigned seconds = c->context->settings->limits.idle_seconds;

	return seconds < INT32_MAX / 1000 ? (int)seconds * 1000 : -1;
}

enum stream_result transfer_read_now(struct connection *c)
{
	enum stream_result result;
	size_t n;

	if (c->in_at == c->in_end)
		c->in_at = c->in_end = 0;
	if (c->in_end == c->in_capacity && c->in_at > 0) {
		memmove(c->in, c->in + c->in_at, c->in_end - c->in_at);
		c->in_end -= c->in_at;
		c->in_at = 0;
	}
	result = stream_read(&c->stream, c->in + c->in_end, c->in_capacity - c->in_end, &n);
	if (result == STREAM_OK)
		c->in_end += n;
	return result;
}

enum transfer_result transfer_read(struct connection *c, int64_t *waited_us)
{
	for (;;) {
		enum stream_result result = transfer_read_now(c);
		int64_t before_us;
		bool ready;

		if (result != STREAM_WAIT)
			return result == STREAM_OK ? TRANSFER_OK : TRANSFER_END;
		before_us = clock_monotonic_us();
		ready = wait_for(c, stream_events(&c->stream), idle_ms(c));
		*waited_us += clock_monotonic_us() - before_us;
		if (!ready)
			return TRANSFER_TIMEOUT;
	}
}

bool transfer_write(struct connection *c, struct str s)
{
	while (s.n) {
		size_t n;
		enum stream_result result = stream_write(&c->stream, s.p, s.n, &n);

		if (result == STREAM_OK)
			s = str_after(s, n);
		else if (result != STREAM_WAIT || !wait_for(c, POLLOUT, idle_ms(c)))
			return false;
	}
	return true;
}

void transfer_linger(struct connection *c)
{
	int64_t until_us = clock_monotonic_us() + LINGER_TOTAL_US;
	ssize_t got;

	stream_finish(&c->stream);
	do {
		got = recv(c->stream.fd, c->in, c->in_capacity, 0);
	} while (clock_monotonic_us() < until_us &&
		 (got > 0 || (got < 0 && errno == EAGAIN && wait_for(c, POLLIN, LINGER_SILENT_MS))));
}
