#include "http/server.h"

#include "base/instant.h"
#include "base/log.h"
#include "http/connection.h"
#include "http/limits.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* How often the clock looks after connections that wait. */
#define TICK_MS 200
#define STOPPING_TICK_MS 10

#define BACKLOG 1024

struct http_server {
	struct http_server_settings settings;
	struct connection_context context;
	struct router *router;
	int listening; /* -1 once stopped */
	uint16_t port;
	int epoll;
	int workers_wake, clock_wake; /* eventfds */
	pthread_t clock;
	bool clock_runs;
	pthread_mutex_t lock; /* over all that follows */
	pthread_cond_t fewer; /* signalled when a connection has ended, or listening has */
	struct connection *connections;
	_Atomic unsigned count; /* read without it, too */
	/* Closed connections, for the next ones.  Their memory stays: a worker that epoll woke for one
	 * looks at parked_until before it knows that another has ended it. */
	struct connection *spares;
	struct peer_table peers;
	struct credentials *credentials;
	bool ending; /* the clock shall end */
};

static void ring(int eventfd)
{
	uint64_t one = 1;
	ssize_t ignored = write(eventfd, &one, sizeof(one));

	(void)ignored; /* it can fail only when it rings already */
}

static void silence(int eventfd)
{
	uint64_t count;
	ssize_t ignored = read(eventfd, &count, sizeof(count));

	(void)ignored;
}

/* --- connections ------------------------------------------------------------- */

/* With c->parking held: from its release on a worker may have it, called by one of the events. */
static void set_parked(struct http_server *s, struct connection *c, int64_t until_us, uint32_t events, int operation)
{
	struct epoll_event event = { .events = events | EPOLLONESHOT, .data = { .ptr = c } };

	c->parked_until = until_us;
	epoll_ctl(s->epoll, operation, c->stream.fd, &event);
}

static void park(struct http_server *s, struct connection *c, int64_t until_us, int operation)
{
	bool writes = c->wants_turn || stream_events(&c->stream) == POLLOUT;

	pthread_mutex_lock(&c->parking);
	set_parked(s, c, until_us, writes ? EPOLLOUT : EPOLLIN | EPOLLRDHUP, operation);
	pthread_mutex_unlock(&c->parking);
}

/* Makes a connection that epoll named the caller's own.  False when another was faster: the clock's call
 * and the socket's can come together. */
static bool unpark(struct connection *c)
{
	int64_t until_us;

	pthread_mutex_lock(&c->parking);
	until_us = c->parked_until;
	c->parked_until = PARKED_NOT;
	pthread_mutex_unlock(&c->parking);
	if (until_us == PARKED_NOT)
		return false;
	c->expired = until_us == PARKED_EXPIRED;
	return true;
}

/* With the lock held.  Calls a worker, which answers what there is to answer and ends the connection. */
static void expire(struct http_server *s, struct connection *c)
{
	pthread_mutex_lock(&c->parking);
	if (c->parked_until > 0)
		set_parked(s, c, PARKED_EXPIRED, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
	pthread_mutex_unlock(&c->parking);
}

/* Until when it may stay parked; 0 or less when it is not. */
static int64_t parked_until(struct connection *c)
{
	int64_t until_us;

	pthread_mutex_lock(&c->parking);
	until_us = c->parked_until;
	pthread_mutex_unlock(&c->parking);
	return until_us;
}

static void drop(struct http_server *s, struct connection *c)
{
	pthread_mutex_lock(&s->lock);
	if (c->previous)
		c->previous->next = c->next;
	else
		s->connections = c->next;
	if (c->next)
		c->next->previous = c->previous;
	peer_table_remove(&s->peers, &c->peer);
	if (atomic_fetch_sub(&s->count, 1) == s->settings.limits.connections_max)
		ring(s->clock_wake);
	/* Closed under the lock, so that nobody touches a socket that is another's by now. */
	connection_close(c);
	c->next = s->spares;
	s->spares = c;
	pthread_cond_broadcast(&s->fewer);
	pthread_mutex_unlock(&s->lock);
}

/* A worker's turn: one connection that has something to read. */
static void serve_next(void *context)
{
	struct http_server *s = context;
	struct epoll_event event;
	struct connection *c;
	int64_t until_us;

	if (epoll_wait(s->epoll, &event, 1, -1) != 1 || !event.data.ptr)
		return;
	c = event.data.ptr;
	if (!unpark(c))
		return;
	if (connection_serve(c, &until_us))
		park(s, c, until_us, EPOLL_CTL_MOD);
	else
		drop(s, c);
}

static void wake_workers(void *context)
{
	struct http_server *s = context;

	ring(s->workers_wake);
}

static bool has_bytes(const struct connection *c)
{
	struct pollfd p = { .fd = c->stream.fd, .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}

/* Ends what waited too long; when stopping, all that waits. */
static void expire_waiting(struct http_server *s)
{
	bool stopping = atomic_load(&s->context.stopping);
	int64_t now_us = clock_monotonic_us();

	pthread_mutex_lock(&s->lock);
	for (struct connection *c = s->connections; c; c = c->next) {
		int64_t until_us = parked_until(c);

		if (until_us > 0 && (now_us > until_us || (stopping && !has_bytes(c))))
			expire(s, c);
	}
	pthread_mutex_unlock(&s->lock);
}

/* With every place taken, the connection that has been idle longest gives way to a new one. */
static void expire_longest_idle(struct http_server *s)
{
	struct connection *oldest = NULL;
	int64_t oldest_us = INT64_MAX;

	pthread_mutex_lock(&s->lock);
	for (struct connection *c = s->connections; c; c = c->next) {
		int64_t until_us = parked_until(c);

		if (until_us > 0 && until_us < oldest_us && !has_bytes(c)) {
			oldest = c;
			oldest_us = until_us;
		}
	}
	if (oldest)
		expire(s, oldest);
	pthread_mutex_unlock(&s->lock);
}

/* --- the clock: accepts, and looks after connections that wait ------------------ */

/* With the lock held. */
static struct connection *take_spare(struct http_server *s)
{
	struct connection *c = s->spares;

	if (c) {
		s->spares = c->next;
		return c;
	}
	c = xalloc(sizeof(*c));
	pthread_mutex_init(&c->parking, NULL);
	return c;
}

/* With the lock held; takes the socket.  NULL when the peer holds enough connections, or memory is short. */
static struct connection *insert(struct http_server *s, int fd, const struct peer *peer)
{
	struct connection *c;

	if (!peer_table_add(&s->peers, peer, s->settings.limits.connections_per_peer_max)) {
		close(fd);
		return NULL;
	}
	c = take_spare(s);
	if (!connection_open(c, &s->context, fd, peer, s->credentials)) {
		peer_table_remove(&s->peers, peer);
		c->next = s->spares;
		s->spares = c;
		return NULL;
	}
	c->previous = NULL;
	c->next = s->connections;
	if (c->next)
		c->next->previous = c;
	s->connections = c;
	atomic_fetch_add(&s->count, 1);
	return c;
}

static void admit(struct http_server *s, int fd, const struct sockaddr *address)
{
	struct connection *c;
	struct peer peer;
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	peer_of(address, &peer);
	pthread_mutex_lock(&s->lock);
	c = insert(s, fd, &peer);
	pthread_mutex_unlock(&s->lock);
	if (c)
		park(s, c, clock_monotonic_us() + (int64_t)s->settings.limits.request_seconds * 1000000, EPOLL_CTL_ADD);
}

/* One at a time, so that the limit is looked at before each.  False when the system has no room. */
static bool accept_one(struct http_server *s)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);
	int fd = accept4(s->listening, (struct sockaddr *)&address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd >= 0) {
		admit(s, fd, (const struct sockaddr *)&address);
		return true;
	}
	if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
		log_event(LOG_WARNING, "a connection could not be accepted", LOG_Z("reason", strerror(errno)),
			  LOG_I64("connections", http_server_connections(s)), LOG_END);
		return false;
	}
	return true;
}

/* The others wait for this: no connection comes after it. */
static int stop_listening(struct http_server *s)
{
	pthread_mutex_lock(&s->lock);
	close(s->listening);
	s->listening = -1;
	pthread_cond_broadcast(&s->fewer);
	pthread_mutex_unlock(&s->lock);
	return -1;
}

static void *run_clock(void *context)
{
	struct http_server *s = context;
	int64_t next_tick_us = 0;
	bool ending = false;

	pthread_setname_np(pthread_self(), "http-clock");
	while (!ending) {
		struct pollfd p[2] = { { .fd = s->clock_wake, .events = POLLIN },
				       { .fd = s->listening, .events = POLLIN } };
		bool stopping = atomic_load(&s->context.stopping), full;
		int tick_ms = stopping ? STOPPING_TICK_MS : TICK_MS;

		if (stopping && s->listening >= 0)
			p[1].fd = stop_listening(s);
		if (poll(p, 2, http_server_connections(s) ? tick_ms : -1) > 0 && p[0].revents)
			silence(s->clock_wake);
		full = http_server_connections(s) >= s->settings.limits.connections_max;
		if (p[1].revents && full)
			expire_longest_idle(s);
		if (p[1].revents && (full || !accept_one(s)))
			poll(p, 1, STOPPING_TICK_MS); /* until there is room */
		if (stopping || clock_monotonic_us() >= next_tick_us) {
			expire_waiting(s);
			next_tick_us = clock_monotonic_us() + (int64_t)tick_ms * 1000;
		}
		pthread_mutex_lock(&s->lock);
		ending = s->ending;
		pthread_mutex_unlock(&s->lock);
	}
	return NULL;
}

/* --- start and stop ----------------------------------------------------------- */

static enum status fail_listen(const struct http_server_settings *settings, const char *reason, struct error *err)
{
	return error_set(err, E_UNAVAILABLE, "listen", "cannot listen on %s port %u: %s", settings->address,
			 settings->port, reason);
}

static enum status listen_on(struct http_server *s, struct error *err)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_PASSIVE, .ai_socktype = SOCK_STREAM }, *found;
	struct sockaddr_storage bound;
	socklen_t size = sizeof(bound);
	char port[8];
	int rc, on = 1;

	snprintf(port, sizeof(port), "%u", s->settings.port);
	rc = getaddrinfo(s->settings.address, port, &hints, &found);
	if (rc != 0)
		return error_set(err, E_INVALID, "listen", "%s is no IP address to listen on", s->settings.address);
	s->listening = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	rc = s->listening < 0 ? -1 : setsockopt(s->listening, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (rc == 0)
		rc = bind(s->listening, found->ai_addr, found->ai_addrlen);
	freeaddrinfo(found);
	if (rc == 0)
		rc = listen(s->listening, BACKLOG);
	if (rc == 0)
		rc = getsockname(s->listening, (struct sockaddr *)&bound, &size);
	if (rc != 0)
		return fail_listen(&s->settings, strerror(errno), err);
	s->port = ntohs(bound.ss_family == AF_INET ? ((struct sockaddr_in *)(void *)&bound)->sin_port
						   : ((struct sockaddr_in6 *)(void *)&bound)->sin6_port);
	snprintf(s->context.address, sizeof(s->context.address), strchr(s->settings.address, ':') ? "[%s]:%u" : "%s:%u",
		 s->settings.address, s->port);
	return OK;
}

static enum status open_events(struct http_server *s, struct error *err)
{
	struct epoll_event event = { .events = EPOLLIN, .data = { .ptr = NULL } };

	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	s->workers_wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	s->clock_wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (s->epoll < 0 || s->workers_wake < 0 || s->clock_wake < 0 ||
	    epoll_ctl(s->epoll, EPOLL_CTL_ADD, s->workers_wake, &event) < 0)
		return fail_listen(&s->settings, strerror(errno), err);
	return OK;
}

static enum status start_threads(struct http_server *s, struct error *err)
{
	enum status status =
		pool_start(&s->context.pool, s->settings.limits.connections_max, serve_next, wake_workers, s, err);
	sigset_t all, before;
	int rc;

	if (status != OK)
		return status;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&s->clock, NULL, run_clock, s);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc != 0)
		return fail_listen(&s->settings, strerror(rc), err);
	s->clock_runs = true;
	return OK;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

enum status http_server_start(struct http_server **server, const struct http_server_settings *settings,
			      struct error *err)
{
	struct http_server *s = xalloc(sizeof(*s));
	pthread_condattr_t attributes;
	enum status status;

	s->settings = *settings;
	limits_fill(&s->settings.limits);
	s->listening = s->epoll = s->workers_wake = s->clock_wake = -1;
	s->router = router_new(settings->routes, settings->route_count);
	s->context.settings = &s->settings;
	s->context.router = s->router;
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&s->fewer, &attributes);
	pthread_condattr_destroy(&attributes);
	status = stream_context_init(&s->context.stream, err);
	if (status == OK)
		status = credentials_new(&s->credentials, settings->certificate_pem, settings->key_pem, err);
	if (status == OK)
		status = listen_on(s, err);
	if (status == OK)
		status = open_events(s, err);
	if (status == OK)
		status = start_threads(s, err);
	if (status == OK)
		*server = s;
	else
		http_server_stop(s, 0);
	return status;
}

uint16_t http_server_port(const struct http_server *server)
{
	return server->port;
}

unsigned http_server_connections(const struct http_server *server)
{
	return atomic_load(&server->count);
}

enum status http_server_reload(struct http_server *s, struct str certificate_pem, struct str key_pem, struct error *err)
{
	struct credentials *fresh, *old;
	enum status status = credentials_new(&fresh, certificate_pem, key_pem, err);

	if (status != OK)
		return status;
	pthread_mutex_lock(&s->lock);
	old = s->credentials;
	s->credentials = fresh;
	pthread_mutex_unlock(&s->lock);
	credentials_unref(old);
	return OK;
}

/* Waits until every connection has ended: first politely, then with their sockets shut. */
static void drain(struct http_server *s, unsigned seconds)
{
	struct timespec until;
	int rc = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += seconds;
	pthread_mutex_lock(&s->lock);
	while ((s->count || s->listening >= 0) && rc == 0)
		rc = pthread_cond_timedwait(&s->fewer, &s->lock, &until);
	for (struct connection *c = s->connections; c; c = c->next)
		shutdown(c->stream.fd, SHUT_RDWR);
	while (s->count || s->listening >= 0)
		pthread_cond_wait(&s->fewer, &s->lock);
	s->ending = true;
	pthread_mutex_unlock(&s->lock);
}

void http_server_stop(struct http_server *s, unsigned drain_seconds)
{
	if (!s)
		return;
	atomic_store(&s->context.stopping, true);
	if (s->clock_runs) {
		ring(s->clock_wake);
		drain(s, drain_seconds);
		ring(s->clock_wake);
		pthread_join(s->clock, NULL);
	}
	pool_stop(s->context.pool);
	close_fd(s->listening);
	close_fd(s->epoll);
	close_fd(s->workers_wake);
	close_fd(s->clock_wake);
	while (s->spares) {
		struct connection *next = s->spares->next;

		pthread_mutex_destroy(&s->spares->parking);
		free(s->spares);
		s->spares = next;
	}
	credentials_unref(s->credentials);
	stream_context_release(&s->context.stream);
	router_free(s->router);
	peer_table_release(&s->peers);
	pthread_cond_destroy(&s->fewer);
	pthread_mutex_destroy(&s->lock);
	free(s);
}
