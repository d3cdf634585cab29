#include "http/channel.h"

#include "base/instant.h"
#include "http/turn.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

/* How long we wait for a peer that shall end, or take its last answer: in all, and in silence. */
#define LINGER_TOTAL_US INT64_C(5000000)
#define LINGER_SILENT_MS 2000

/* Reads for GnuTLS.  When the peer's bytes end without a word, or the clock has ended them, this is the last
 * moment at which the session still takes an answer. */
static ssize_t pull(gnutls_transport_ptr_t transport, void *out, size_t max)
{
	struct channel *channel = transport;
	ssize_t got = recv(channel->fd, out, max, 0);

	if (got == 0 && channel->turn)
		turn_cut(channel->turn);
	return got;
}

void channel_open(struct channel *channel, int fd, gnutls_session_t session, struct credentials *credentials,
		  const gnutls_datum_t *ticket_key, unsigned idle_seconds)
{
	unsigned idle_ms = idle_seconds * 1000;
	int on = 1;

	channel->fd = fd;
	channel->session = session;
	channel->credentials = credentials_ref(credentials);
	channel_set_phase(channel, CHANNEL_FIRST);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	/* Ends a peer that takes nothing of its answer. */
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &idle_ms, sizeof(idle_ms));
	gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials_handle(credentials));
	gnutls_session_ticket_enable_server(session, ticket_key);
	gnutls_handshake_set_timeout(session, 0); /* the clock has its own */
	gnutls_transport_set_pull_function(session, pull);
	gnutls_transport_set_ptr2(session, channel, (gnutls_transport_ptr_t)(intptr_t)fd);
}

void channel_close(struct channel *channel)
{
	credentials_unref(channel->credentials);
}

void channel_set_phase(struct channel *channel, enum channel_phase phase)
{
	atomic_store(&channel->since_us, clock_monotonic_us());
	atomic_store(&channel->phase, phase);
}

void channel_expire(struct channel *channel)
{
	atomic_store(&channel->expired, true);
	shutdown(channel->fd, SHUT_RD);
}

static bool wait_for(const struct channel *channel, short events)
{
	struct pollfd p = { .fd = channel->fd, .events = events };

	return poll(&p, 1, LINGER_SILENT_MS) > 0;
}

void channel_send(struct channel *channel, struct str bytes)
{
	int64_t until_us = clock_monotonic_us() + LINGER_TOTAL_US;

	while (bytes.n && clock_monotonic_us() < until_us) {
		ssize_t sent = gnutls_record_send(channel->session, bytes.p, bytes.n);

		if (sent > 0)
			bytes = str_after(bytes, (size_t)sent);
		else if (sent != GNUTLS_E_INTERRUPTED && (sent != GNUTLS_E_AGAIN || !wait_for(channel, POLLOUT)))
			return;
	}
}

void channel_linger(struct channel *channel)
{
	int64_t until_us = clock_monotonic_us() + LINGER_TOTAL_US;
	char discarded[16384];
	ssize_t got;

	gnutls_bye(channel->session, GNUTLS_SHUT_WR);
	shutdown(channel->fd, SHUT_WR);
	do {
		got = recv(channel->fd, discarded, sizeof(discarded), 0);
	} while (clock_monotonic_us() < until_us &&
		 (got > 0 || (got < 0 && errno == EAGAIN && wait_for(channel, POLLIN))));
}
