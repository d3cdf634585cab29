/* http/channel.h - what the listener knows of one of the library's connections,
 * and what the library does not do for it: an answer in the middle of a
 * request, and an end that lets the peer read the answer.
 *
 * Threads: a connection has a thread of its own; the listener's clock looks at
 * the atomic fields and may shut the socket down, no more. */
#ifndef HTTP_CHANNEL_H
#define HTTP_CHANNEL_H

#include "http/credentials.h"
#include "http/peer.h"

#include <stdatomic.h>

struct turn;

/* What a connection waits for, and so how long it may. */
enum channel_phase {
	CHANNEL_FIRST, /* the handshake and the first request: the shorter of idle_seconds and request_seconds */
	CHANNEL_IDLE,  /* the next request: idle_seconds */
	CHANNEL_HEAD,  /* the rest of a head whose first line is there: request_seconds */
	CHANNEL_BODY,  /* more of a body: idle_seconds */
	CHANNEL_BUSY,  /* us; or for the peer to take the answer, which the socket watches itself */
};

struct channel {
	struct channel *previous, *next; /* the listener's, under its lock */
	int fd;
	gnutls_session_t session; /* the library's */
	struct credentials *credentials;
	struct peer peer;
	struct turn *turn; /* the request it is at; of the connection's thread */
	_Atomic int64_t since_us;
	_Atomic int phase;
	_Atomic bool expired; /* the clock has shut its reading side */
};

/* Prepares a session before its handshake: certificate, tickets, and how it reads. */
void channel_open(struct channel *channel, int fd, gnutls_session_t session, struct credentials *credentials,
		  const gnutls_datum_t *ticket_key, unsigned idle_seconds);
void channel_close(struct channel *channel);

void channel_set_phase(struct channel *channel, enum channel_phase phase);

/* The connection is to end: what has arrived is still read, then the end is. */
void channel_expire(struct channel *channel);

/* Sends bytes past the library; gives up when the peer does not take them. */
void channel_send(struct channel *channel, struct str bytes);

/* Tells the peer that no more comes, and reads what it still sends until it ends too, for a bounded
 * time: a socket that is closed with unread bytes takes the answer with it. */
void channel_linger(struct channel *channel);

#endif
