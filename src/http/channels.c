#include "http/channels.h"

#include "base/instant.h"

#include <poll.h>
#include <sys/socket.h>

#define DRAIN_TICK_US 20000

void channels_init(struct channels *channels)
{
	pthread_condattr_t attributes;

	pthread_mutex_init(&channels->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&channels->fewer, &attributes);
	pthread_condattr_destroy(&attributes);
}

void channels_release(struct channels *channels)
{
	peer_table_release(&channels->peers);
	pthread_cond_destroy(&channels->fewer);
	pthread_mutex_destroy(&channels->lock);
}

bool channels_admit(struct channels *channels, const struct peer *peer, unsigned per_peer_max)
{
	bool may;

	pthread_mutex_lock(&channels->lock);
	may = peer_table_add(&channels->peers, peer, per_peer_max);
	if (may)
		atomic_fetch_add(&channels->count, 1);
	pthread_mutex_unlock(&channels->lock);
	return may;
}

void channels_add(struct channels *channels, struct channel *channel)
{
	pthread_mutex_lock(&channels->lock);
	channel->next = channels->list;
	if (channel->next)
		channel->next->previous = channel;
	channels->list = channel;
	pthread_mutex_unlock(&channels->lock);
}

/* With the lock held. */
static void discount(struct channels *channels, const struct peer *peer)
{
	peer_table_remove(&channels->peers, peer);
	atomic_fetch_sub(&channels->count, 1);
	pthread_cond_broadcast(&channels->fewer);
}

void channels_remove(struct channels *channels, struct channel *channel)
{
	pthread_mutex_lock(&channels->lock);
	if (channel->previous)
		channel->previous->next = channel->next;
	else
		channels->list = channel->next;
	if (channel->next)
		channel->next->previous = channel->previous;
	discount(channels, &channel->peer);
	pthread_mutex_unlock(&channels->lock);
}

void channels_dismiss(struct channels *channels, const struct peer *peer)
{
	pthread_mutex_lock(&channels->lock);
	discount(channels, peer);
	pthread_mutex_unlock(&channels->lock);
}

/* How long it may wait for what it waits for; 0: without end. */
static unsigned patience_seconds(enum channel_phase phase, const struct http_limits *limits)
{
	switch (phase) {
	case CHANNEL_FIRST:
		return limits->request_seconds < limits->idle_seconds ? limits->request_seconds : limits->idle_seconds;
	case CHANNEL_HEAD:
		return limits->request_seconds;
	case CHANNEL_IDLE:
	case CHANNEL_BODY:
		return limits->idle_seconds;
	default:
		return 0;
	}
}

static bool waits_for_request(const struct channel *channel)
{
	enum channel_phase phase = (enum channel_phase)atomic_load(&channel->phase);

	return phase == CHANNEL_FIRST || phase == CHANNEL_IDLE;
}

static bool has_waited_enough(const struct channel *channel, const struct http_limits *limits, int64_t now_us)
{
	/* In the order opposite to their writing: the time is at least that of the phase. */
	unsigned seconds = patience_seconds((enum channel_phase)atomic_load(&channel->phase), limits);
	int64_t waited_us = now_us - atomic_load(&channel->since_us);

	return seconds && waited_us > (int64_t)seconds * 1000000;
}

void channels_expire(struct channels *channels, const struct http_limits *limits, bool stopping)
{
	int64_t now_us = clock_monotonic_us();

	pthread_mutex_lock(&channels->lock);
	for (struct channel *channel = channels->list; channel; channel = channel->next)
		if (!atomic_load(&channel->expired) &&
		    (has_waited_enough(channel, limits, now_us) || (stopping && waits_for_request(channel))))
			channel_expire(channel);
	pthread_mutex_unlock(&channels->lock);
}

static bool has_bytes(const struct channel *channel)
{
	struct pollfd p = { .fd = channel->fd, .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}

void channels_expire_longest_idle(struct channels *channels)
{
	struct channel *oldest = NULL;
	bool one_ends = false;

	pthread_mutex_lock(&channels->lock);
	for (struct channel *channel = channels->list; channel; channel = channel->next) {
		one_ends |= atomic_load(&channel->expired);
		if (waits_for_request(channel) && !has_bytes(channel) &&
		    (!oldest || atomic_load(&channel->since_us) < atomic_load(&oldest->since_us)))
			oldest = channel;
	}
	if (oldest && !one_ends)
		channel_expire(oldest);
	pthread_mutex_unlock(&channels->lock);
}

/* With the lock held. */
static void wait_until(struct channels *channels, int64_t us)
{
	struct timespec until = { .tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000 };

	pthread_cond_timedwait(&channels->fewer, &channels->lock, &until);
}

void channels_drain(struct channels *channels, unsigned seconds)
{
	int64_t until_us = clock_monotonic_us() + (int64_t)seconds * 1000000;

	pthread_mutex_lock(&channels->lock);
	while (channels->count && clock_monotonic_us() < until_us)
		wait_until(channels, until_us);
	/* Again and again, since the library may still be making one that was admitted. */
	while (channels->count) {
		for (struct channel *channel = channels->list; channel; channel = channel->next)
			shutdown(channel->fd, SHUT_RDWR);
		wait_until(channels, clock_monotonic_us() + DRAIN_TICK_US);
	}
	pthread_mutex_unlock(&channels->lock);
}
