/* http/connection.h - one connection: bytes in, requests served, bytes out.
 *
 *     HANDSHAKE --done--> HEAD --whole head--> request --answered--> HEAD ...
 *         |                |                      |
 *         +----------------+-------- closed ------+
 *
 * In HANDSHAKE and HEAD a connection that has nothing to read is parked: no
 * thread waits for it, the listener's epoll set does.  From a whole head to the
 * answer it keeps the thread it is on, waiting for its socket by poll. */
#ifndef HTTP_CONNECTION_H
#define HTTP_CONNECTION_H

#include "http/head.h"
#include "http/peer.h"
#include "http/pool.h"
#include "http/router.h"
#include "http/stream.h"

#include <pthread.h>
#include <stdatomic.h>

/* What the connections of a listener share; none of it changes but stopping. */
struct connection_context {
	const struct http_server_settings *settings; /* limits filled in */
	const struct router *router;
	struct pool *pool;
	struct stream_context stream;
	char address[64]; /* host:port, for HTTP/1.0 requests without Host */
	_Atomic bool stopping;
};

/* What parked_until can be beside a time. */
#define PARKED_NOT INT64_C(0)
#define PARKED_EXPIRED INT64_C(-1)

struct connection {
	struct connection_context *context;
	struct connection *previous, *next; /* the listener's */
	/* Over parked_until and what epoll is told together with it, so that nobody takes a connection
	 * that another is still parking. */
	pthread_mutex_t parking;
	/* Monotonic time, us, until which it may stay parked; PARKED_NOT while a thread works on it, or
	 * nobody uses it; PARKED_EXPIRED when its time is over and a worker is called. */
	int64_t parked_until;
	struct credentials *credentials;
	struct stream stream;
	struct peer peer;
	bool handshaken;
	bool expired;
	bool wants_turn;  /* parked although bytes are ahead, so that others have a turn */
	int64_t since_us; /* when the handshake, or the present head, began; 0: no byte of a head yet */
	char *in;         /* bytes received and not used up */
	size_t in_at, in_end, in_capacity;
	size_t scanned; /* of the head */
	struct buf out;
	struct buf body;             /* of requests that are collected */
	struct http_request request; /* its arena serves one after the other */
	bool blocked;                /* the pool knows that this thread may block */
};

/* Makes a connection, new or closed before, one over this socket, which it takes.  False, and the
 * socket closed, when there is no memory for TLS. */
bool connection_open(struct connection *connection, struct connection_context *context, int fd, const struct peer *peer,
		     struct credentials *credentials);

/* Gives back all but the struct itself. */
void connection_close(struct connection *connection);

/* Goes on as far as it can.  True: park it until *parked_until; false: it has ended. */
bool connection_serve(struct connection *connection, int64_t *parked_until);

#endif
