/* http/stream.h - a TLS connection over a socket that does not block.
 *
 * Calls that cannot go on say STREAM_WAIT; the caller waits until the socket
 * has stream_events() and calls again.  A stream belongs to one thread at a time. */
#ifndef HTTP_STREAM_H
#define HTTP_STREAM_H

#include "http/credentials.h"

/* A TLS record with its overhead: what one system call reads ahead. */
#define STREAM_AHEAD_SIZE ((size_t)16384 + 512)

/* What all streams of a listener share. */
struct stream_context {
	gnutls_priority_t priority;
	gnutls_datum_t ticket_key;
};

/* context begins zeroed; it is released after a failure, too. */
enum status stream_context_init(struct stream_context *context, struct error *err);
void stream_context_release(struct stream_context *context);

struct stream {
	int fd;
	gnutls_session_t session;
	size_t unsent; /* of a write that could not go on */
	size_t ahead_at, ahead_end;
	char *ahead; /* bytes read from the socket, not yet taken by GnuTLS */
};

enum stream_result { STREAM_OK, STREAM_WAIT, STREAM_END, STREAM_BROKEN };

/* The stream takes the socket; false when GnuTLS has no memory. */
bool stream_open(struct stream *stream, int fd, const struct stream_context *context,
		 const struct credentials *credentials);
void stream_close(struct stream *stream);

enum stream_result stream_handshake(struct stream *stream);

/* OK: 1 to max bytes.  END: the peer closed, properly or not. */
enum stream_result stream_read(struct stream *stream, void *out, size_t max, size_t *n);

/* OK: the first *n bytes are on their way.  After WAIT the same bytes must be given again. */
enum stream_result stream_write(struct stream *stream, const void *p, size_t max, size_t *n);

/* Whether bytes may be there that the socket does not show any more. */
bool stream_has_ahead(const struct stream *stream);

short stream_events(const struct stream *stream); /* POLLIN or POLLOUT */

/* Says that nothing more will be sent: close_notify, and FIN. */
void stream_finish(struct stream *stream);

#endif
