#include "http/stream.h"

#include "base/arena.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* TLS 1.3 and 1.2, forward secrecy and AEAD only, in our order. */
#define PRIORITY                                                                                                       \
	"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA:-DHE-RSA:-CIPHER-ALL:+AES-256-GCM:+AES-128-GCM:"              \
	"+CHACHA20-POLY1305:%SERVER_PRECEDENCE"

enum status stream_context_init(struct stream_context *context, struct error *err)
{
	int rc = gnutls_priority_init(&context->priority, PRIORITY, NULL);

	if (rc < 0)
		return error_set(err, E_INTERNAL, NULL, "TLS cannot be set up: %s", gnutls_strerror(rc));
	rc = gnutls_session_ticket_key_generate(&context->ticket_key);
	if (rc < 0)
		return error_set(err, E_INTERNAL, NULL, "TLS tickets cannot be set up: %s", gnutls_strerror(rc));
	return OK;
}

void stream_context_release(struct stream_context *context)
{
	gnutls_priority_deinit(context->priority);
	if (context->ticket_key.data)
		gnutls_memset(context->ticket_key.data, 0, context->ticket_key.size);
	gnutls_free(context->ticket_key.data);
}

/* GnuTLS asks for a record's five bytes of header first: reading ahead halves the system calls. */
static ssize_t pull(gnutls_transport_ptr_t transport, void *out, size_t max)
{
	struct stream *stream = transport;
	size_t n;

	if (stream->ahead_at == stream->ahead_end) {
		ssize_t got = recv(stream->fd, stream->ahead, STREAM_AHEAD_SIZE, 0);

		if (got <= 0)
			return got;
		stream->ahead_at = 0;
		stream->ahead_end = (size_t)got;
	}
	n = stream->ahead_end - stream->ahead_at;
	if (n > max)
		n = max;
	memcpy(out, stream->ahead + stream->ahead_at, n);
	stream->ahead_at += n;
	return (ssize_t)n;
}

static ssize_t push(gnutls_transport_ptr_t transport, const giovec_t *pieces, int count)
{
	struct stream *stream = transport;
	struct msghdr message = { .msg_iov = (struct iovec *)(void *)pieces, .msg_iovlen = (size_t)count };

	return sendmsg(stream->fd, &message, MSG_NOSIGNAL);
}

bool stream_open(struct stream *stream, int fd, const struct stream_context *context,
		 const struct credentials *credentials)
{
	gnutls_datum_t protocol = { (unsigned char *)"http/1.1", 8 };

	*stream = (struct stream){ .fd = fd };
	if (gnutls_init(&stream->session, GNUTLS_SERVER | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) < 0) {
		close(fd);
		return false;
	}
	if (gnutls_priority_set(stream->session, context->priority) < 0 ||
	    gnutls_credentials_set(stream->session, GNUTLS_CRD_CERTIFICATE, credentials_handle(credentials)) < 0 ||
	    gnutls_session_ticket_enable_server(stream->session, &context->ticket_key) < 0 ||
	    gnutls_alpn_set_protocols(stream->session, &protocol, 1, 0) < 0) {
		stream_close(stream);
		return false;
	}
	stream->ahead = xalloc(STREAM_AHEAD_SIZE);
	gnutls_handshake_set_timeout(stream->session, 0); /* the listener has its own */
	gnutls_transport_set_ptr(stream->session, stream);
	gnutls_transport_set_pull_function(stream->session, pull);
	gnutls_transport_set_vec_push_function(stream->session, push);
	return true;
}

void stream_close(struct stream *stream)
{
	gnutls_deinit(stream->session);
	close(stream->fd);
	free(stream->ahead);
}

static enum stream_result result_of(ssize_t rc)
{
	if (rc == GNUTLS_E_AGAIN || rc == GNUTLS_E_INTERRUPTED)
		return STREAM_WAIT;
	return rc == 0 || rc == GNUTLS_E_PREMATURE_TERMINATION ? STREAM_END : STREAM_BROKEN;
}

enum stream_result stream_handshake(struct stream *stream)
{
	int rc;

	do {
		rc = gnutls_handshake(stream->session);
	} while (rc == GNUTLS_E_WARNING_ALERT_RECEIVED || rc == GNUTLS_E_INTERRUPTED);
	if (rc == GNUTLS_E_SUCCESS)
		return STREAM_OK;
	if (rc == GNUTLS_E_AGAIN)
		return STREAM_WAIT;
	gnutls_alert_send_appropriate(stream->session, rc); /* the peer learns why */
	return STREAM_BROKEN;
}

enum stream_result stream_read(struct stream *stream, void *out, size_t max, size_t *n)
{
	ssize_t rc;

	do {
		rc = gnutls_record_recv(stream->session, out, max);
	} while (rc == GNUTLS_E_WARNING_ALERT_RECEIVED || rc == GNUTLS_E_INTERRUPTED);
	if (rc <= 0)
		return result_of(rc);
	*n = (size_t)rc;
	return STREAM_OK;
}

enum stream_result stream_write(struct stream *stream, const void *p, size_t max, size_t *n)
{
	ssize_t rc;

	do {
		rc = stream->unsent ? gnutls_record_send(stream->session, NULL, 0)
				    : gnutls_record_send(stream->session, p, max);
	} while (rc == GNUTLS_E_INTERRUPTED);
	stream->unsent = rc == GNUTLS_E_AGAIN ? max : 0;
	if (rc <= 0)
		return result_of(rc);
	*n = (size_t)rc;
	return STREAM_OK;
}

bool stream_has_ahead(const struct stream *stream)
{
	return stream->ahead_at < stream->ahead_end || gnutls_record_check_pending(stream->session) > 0;
}

short stream_events(const struct stream *stream)
{
	return gnutls_record_get_direction(stream->session) ? POLLOUT : POLLIN;
}

void stream_finish(struct stream *stream)
{
	gnutls_bye(stream->session, GNUTLS_SHUT_WR);
	shutdown(stream->fd, SHUT_WR);
}
