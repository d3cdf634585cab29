#include "http/body.h"

#include "http/transfer.h"

/* What a refused request may still send without losing its connection. */
#define DISCARD_MAX ((uint64_t)256 << 10)

void body_init(struct body *body, struct connection *connection, const struct head *head)
{
	*body = (struct body){
		.connection = connection,
		.chunked = head->chunked,
		.left = head->content_length,
		.max = UINT64_MAX,
		.must_continue = head->expects_continue && (head->chunked || head->content_length),
		.is_whole = !head->chunked && head->content_length == 0,
	};
}

static bool is_too_slow(const struct body *body)
{
	const struct http_limits *limits = &body->connection->context->settings->limits;

	return body->waited_us > (int64_t)limits->rate_grace_seconds * 1000000 &&
	       body->received < (uint64_t)body->waited_us / 1000000 * limits->rate_min;
}

/* Puts at least a byte into the connection's buffer. */
static enum status receive(struct body *body, struct error *err)
{
	struct connection *c = body->connection;

	if (body->must_continue) {
		body->must_continue = false;
		if (!transfer_write(c, STR("HTTP/1.1 100 Continue\r\n\r\n")))
			return error_set(err, E_TRUNCATED, NULL,
					 "the peer closed the connection before it sent the body");
	}
	switch (transfer_read(c, &body->waited_us)) {
	case TRANSFER_END:
		body->is_lost = true;
		return error_set(err, E_TRUNCATED, NULL, "the body ended before its end, after %llu bytes",
				 (unsigned long long)body->received);
	case TRANSFER_TIMEOUT:
		body->is_lost = true;
		return error_set(err, E_TIMEOUT, NULL, "no byte of the body came for %u s",
				 c->context->settings->limits.idle_seconds);
	case TRANSFER_OK:
		break;
	}
	if (!is_too_slow(body))
		return OK;
	body->is_lost = true;
	return error_set(err, E_TIMEOUT, NULL, "the body comes slower than %u bytes a second",
			 c->context->settings->limits.rate_min);
}

/* Takes what the buffer holds of the body; none when it must be filled first. */
static enum status take_chunked(struct body *body, struct str *piece, struct error *err)
{
	struct connection *c = body->connection;
	struct str in = str_of(c->in + c->in_at, c->in_end - c->in_at);
	enum chunked_result result = chunked_next(&body->coding, &in, piece);

	c->in_at = c->in_end - in.n;
	body->is_whole = result == CHUNKED_END;
	if (result != CHUNKED_BROKEN)
		return OK;
	body->is_lost = true;
	return error_set(err, E_INVALID, NULL, "the chunked coding of the body is broken after %llu bytes",
			 (unsigned long long)body->received);
}

static void take_counted(struct body *body, struct str *piece)
{
	struct connection *c = body->connection;
	size_t n = c->in_end - c->in_at;

	if (n > body->left)
		n = (size_t)body->left;
	if (n)
		*piece = str_of(c->in + c->in_at, n);
	c->in_at += n;
	body->left -= n;
	body->is_whole = body->left == 0;
}

enum status body_next(struct body *body, struct str *piece, struct error *err)
{
	enum status status = OK;

	*piece = STR_NONE;
	while (status == OK && piece->n == 0 && !body->is_whole) {
		if (body->connection->in_at == body->connection->in_end)
			status = receive(body, err);
		body->must_continue = false; /* a body that is under way needs no leave */
		if (status == OK && body->chunked)
			status = take_chunked(body, piece, err);
		else if (status == OK)
			take_counted(body, piece);
	}
	body->received += piece->n;
	if (status == OK && body->received > body->max)
		status = error_set(err, E_TOO_LARGE, NULL, "the body is longer than %llu bytes",
				   (unsigned long long)body->max);
	return status;
}

bool body_is_discardable(const struct body *body)
{
	if (body->is_whole)
		return true;
	return !body->is_lost && !body->must_continue && !body->chunked && body->left <= DISCARD_MAX;
}

bool body_discard(struct body *body)
{
	struct str piece;

	body->max = UINT64_MAX;
	while (!body->is_whole)
		if (body_next(body, &piece, NULL) != OK)
			return false;
	return true;
}
