/* http/channels.h - the connections that a listener has: how many, whose, and
 * which of them have waited long enough.
 *
 * A connection is counted from its admission, so that the limits hold before
 * the library has made it.  All functions may be called on any thread. */
#ifndef HTTP_CHANNELS_H
#define HTTP_CHANNELS_H

#include "http/channel.h"
#include "http/server.h"

#include <pthread.h>

struct channels {
	pthread_mutex_t lock; /* over all that follows */
	pthread_cond_t fewer;
	struct channel *list;
	struct peer_table peers;
	_Atomic unsigned count; /* read without it, too */
};

void channels_init(struct channels *channels);
void channels_release(struct channels *channels);

/* Counts a connection that shall be made; false when its peer has enough. */
bool channels_admit(struct channels *channels, const struct peer *peer, unsigned per_peer_max);

/* Of an admitted connection: it is there; it has ended; it never came to be. */
void channels_add(struct channels *channels, struct channel *channel);
void channels_remove(struct channels *channels, struct channel *channel);
void channels_dismiss(struct channels *channels, const struct peer *peer);

/* Ends what has waited too long; when stopping, all that waits for a request. */
void channels_expire(struct channels *channels, const struct http_limits *limits, bool stopping);

/* Ends the one that has been idle longest, so that a new one has room. */
void channels_expire_longest_idle(struct channels *channels);

/* Waits until there are none, after `seconds` with their sockets shut down. */
void channels_drain(struct channels *channels, unsigned seconds);

#endif
