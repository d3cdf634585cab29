#include "http/connection.h"

#include "base/instant.h"
#include "http/transfer.h"
#include "http/turn.h"

#include <stdlib.h>

/* What is read of a body at once. */
#define IN_MIN ((size_t)16 << 10)

bool connection_open(struct connection *c, struct connection_context *context, int fd, const struct peer *peer,
		     struct credentials *credentials)
{
	if (!stream_open(&c->stream, fd, &context->stream, credentials))
		return false;
	c->context = context;
	c->peer = *peer;
	c->credentials = credentials_ref(credentials);
	c->handshaken = c->expired = c->wants_turn = c->blocked = false;
	c->since_us = clock_monotonic_us();
	c->in = NULL;
	c->in_at = c->in_end = c->scanned = 0;
	c->in_capacity = head_size_max(&context->settings->limits) + 2;
	if (c->in_capacity < IN_MIN)
		c->in_capacity = IN_MIN;
	buf_init(&c->out, 0);
	buf_init(&c->body, 0);
	arena_init(&c->request.arena);
	return true;
}

void connection_close(struct connection *c)
{
	stream_close(&c->stream);
	credentials_unref(c->credentials);
	buf_release(&c->out);
	buf_release(&c->body);
	arena_release(&c->request.arena);
	free(c->in);
}

static int64_t seconds_after(int64_t us, unsigned seconds)
{
	return us + (int64_t)seconds * 1000000;
}

/* Until when the connection may wait for its peer. */
static int64_t park_deadline(const struct connection *c)
{
	const struct http_limits *limits = &c->context->settings->limits;

	if (!c->handshaken || c->since_us)
		return seconds_after(c->since_us, limits->request_seconds);
	return seconds_after(clock_monotonic_us(), limits->idle_seconds);
}

/* There is nothing to read, or nothing more: an idle connection ends without a word. */
static void end_waiting(struct connection *c)
{
	struct error err;

	if (!c->since_us) {
		stream_finish(&c->stream);
		return;
	}
	error_set(&err, E_TIMEOUT, NULL, "the request's head did not arrive within %u s",
		  c->context->settings->limits.request_seconds);
	turn_refuse(c, &err);
}

static bool handshake(struct connection *c, bool *parked)
{
	switch (stream_handshake(&c->stream)) {
	case STREAM_OK:
		c->handshaken = true;
		c->since_us = 0;
		c->in = xalloc(c->in_capacity);
		return true;
	case STREAM_WAIT:
		*parked = !c->expired;
		return false;
	default:
		return false;
	}
}

/* Serves the requests that are whole in the buffer.  False when the connection has ended. */
static bool serve_buffered(struct connection *c)
{
	while (c->in_at < c->in_end) {
		struct error err;
		size_t size;

		switch (head_find(str_of(c->in + c->in_at, c->in_end - c->in_at), &c->context->settings->limits,
				  &c->scanned, &size, &err)) {
		case HEAD_REFUSED:
			turn_refuse(c, &err);
			return false;
		case HEAD_PARTIAL:
			if (!c->since_us)
				c->since_us = clock_monotonic_us();
			return true;
		case HEAD_WHOLE:
			c->scanned = 0;
			c->since_us = 0;
			if (!turn_serve(c, size))
				return false;
			break;
		}
	}
	return true;
}

static bool may_park(struct connection *c)
{
	if (!atomic_load(&c->context->stopping))
		return true;
	stream_finish(&c->stream);
	return false;
}

/* Reads and serves until there is nothing to read.  True: park. */
static bool serve_open(struct connection *c)
{
	for (;;) {
		enum stream_result result = transfer_read_now(c);

		if (result == STREAM_OK) {
			if (!serve_buffered(c))
				return false;
			c->wants_turn = stream_has_ahead(&c->stream);
			if (!c->since_us && !c->expired)
				return may_park(c);
			continue;
		}
		if (c->expired)
			end_waiting(c);
		return result == STREAM_WAIT && !c->expired && may_park(c);
	}
}

bool connection_serve(struct connection *c, int64_t *parked_until)
{
	bool parked = false;

	if (c->handshaken || handshake(c, &parked))
		parked = serve_open(c);
	if (parked)
		*parked_until = park_deadline(c);
	return parked;
}
