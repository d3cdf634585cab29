#include "http/server.h"

#include "base/instant.h"
#include "base/log.h"
#include "http/channels.h"
#include "http/limits.h"
#include "http/turn.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* How often the clock looks after connections that wait. */
#define TICK_MS 200
#define STOPPING_TICK_MS 10

#define BACKLOG 1024

/* What a connection needs beside the head of a request.  No more than that, since the library clears all of its
 * memory after each request. */
#define CONNECTION_MEMORY ((size_t)16 << 10)

/* Of a header field beside its name and value: the library's record. */
#define FIELD_MEMORY 128

/* TLS 1.3 and 1.2, forward secrecy and AEAD only, in our order. */
#define PRIORITY                                                                                                       \
	"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA:-DHE-RSA:-CIPHER-ALL:+AES-256-GCM:+AES-128-GCM:"              \
	"+CHACHA20-POLY1305:%SERVER_PRECEDENCE"

struct http_server {
	struct http_server_settings settings;
	struct turn_context context;
	struct router *router;
	struct MHD_Daemon *daemon;
	struct channels channels;
	gnutls_datum_t ticket_key;
	int listening; /* the clock's once it runs; -1 once stopped */
	uint16_t port;
	pthread_t clock;
	bool clock_runs;
	int clock_wake; /* eventfd */
	_Atomic bool clock_ends;
	pthread_mutex_t lock; /* over credentials */
	struct credentials *credentials;
};

/* --- what the library calls ------------------------------------------------------ */

static void connected(struct http_server *s, struct MHD_Connection *connection, void **socket_context)
{
	const union MHD_ConnectionInfo *address =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const union MHD_ConnectionInfo *fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	const union MHD_ConnectionInfo *tls = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
	struct channel *channel = xalloc(sizeof(*channel));

	peer_of(address->client_addr, &channel->peer);
	pthread_mutex_lock(&s->lock);
	channel_open(channel, fd->connect_fd, tls->tls_session, s->credentials, &s->ticket_key,
		     s->settings.limits.idle_seconds);
	pthread_mutex_unlock(&s->lock);
	channels_add(&s->channels, channel);
	*socket_context = channel;
}

static void notify_connection(void *context, struct MHD_Connection *connection, void **socket_context,
			      enum MHD_ConnectionNotificationCode code)
{
	struct http_server *s = context;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		connected(s, connection, socket_context);
	} else {
		channels_remove(&s->channels, *socket_context);
		channel_close(*socket_context);
		free(*socket_context);
	}
}

static void *request_begins(void *context, const char *target, struct MHD_Connection *connection)
{
	struct http_server *s = context;

	return turn_open(&s->context,
			 MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context,
			 target);
}

static enum MHD_Result request_step(void *context, struct MHD_Connection *connection, const char *url,
				    const char *method, const char *version, const char *data, size_t *size,
				    void **turn)
{
	(void)context;
	(void)url;
	return turn_step(*turn, connection, method, version, data, size);
}

static void request_ends(void *context, struct MHD_Connection *connection, void **turn,
			 enum MHD_RequestTerminationCode reason)
{
	(void)context;
	(void)connection;
	turn_close(*turn, reason);
	*turn = NULL;
}

/* Targets are decoded by our rules, those of RFC 3986; the library's own reading is not used. */
static size_t leave_escaped(void *context, struct MHD_Connection *connection, char *text)
{
	(void)context;
	(void)connection;
	return strlen(text);
}

__attribute__((format(printf, 2, 0))) static void log_message(void *context, const char *format, va_list ap)
{
	char text[512];

	(void)context;
	vsnprintf(text, sizeof(text), format, ap);
	text[strcspn(text, "\n")] = '\0';
	log_event(LOG_DEBUG, "listener", LOG_Z("message", text), LOG_END);
}

/* --- the clock: accepts, and looks after connections that wait --------------------- */

static void admit(struct http_server *s, int fd, const struct sockaddr *address, socklen_t size)
{
	struct peer peer;

	peer_of(address, &peer);
	if (!channels_admit(&s->channels, &peer, s->settings.limits.connections_per_peer_max))
		close(fd);
	else if (MHD_add_connection(s->daemon, fd, address, size) != MHD_YES) /* which has closed it */
		channels_dismiss(&s->channels, &peer);
}

/* One at a time, so that the limit is looked at before each.  False when the system has no room. */
static bool accept_one(struct http_server *s)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);
	int fd = accept4(s->listening, (struct sockaddr *)&address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd >= 0) {
		admit(s, fd, (const struct sockaddr *)&address, size);
		return true;
	}
	if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
		log_event(LOG_WARNING, "a connection could not be accepted", LOG_Z("reason", strerror(errno)),
			  LOG_I64("connections", http_server_connections(s)), LOG_END);
		return false;
	}
	return true;
}

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

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void *run_clock(void *context)
{
	struct http_server *s = context;
	int64_t next_tick_us = 0;

	pthread_setname_np(pthread_self(), "http-clock");
	while (!atomic_load(&s->clock_ends)) {
		bool stopping = atomic_load(&s->context.stopping), full;
		int tick_ms = stopping ? STOPPING_TICK_MS : TICK_MS;
		struct pollfd p[2] = { { .fd = s->clock_wake, .events = POLLIN }, { .events = POLLIN } };

		if (stopping)
			close_fd(&s->listening);
		p[1].fd = s->listening;
		if (poll(p, 2, http_server_connections(s) ? tick_ms : -1) > 0 && p[0].revents)
			silence(s->clock_wake);
		full = http_server_connections(s) >= s->settings.limits.connections_max;
		if (p[1].revents && full)
			channels_expire_longest_idle(&s->channels);
		if (p[1].revents && (full || !accept_one(s)))
			poll(p, 1, STOPPING_TICK_MS); /* until there is room */
		if (stopping || clock_monotonic_us() >= next_tick_us) {
			channels_expire(&s->channels, &s->settings.limits, stopping);
			next_tick_us = clock_monotonic_us() + (int64_t)tick_ms * 1000;
		}
	}
	return NULL;
}

/* --- start and stop ------------------------------------------------------------------ */

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

/* The library's threads and the clock; signals are for the thread that waits for them. */
static enum status start_threads(struct http_server *s, struct error *err)
{
	const struct http_limits *limits = &s->settings.limits;
	struct arena arena;
	sigset_t all, before;
	int rc = ENOMEM;

	arena_init(&arena);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	/* A thread for each connection, since handlers may block; no time-out of its own, since it spins through
	 * the last second of that; one connection more than there are, since it counts those that just ended. */
	s->daemon = MHD_start_daemon(
		MHD_USE_TLS | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL |
			MHD_USE_ITC | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ERROR_LOG,
		0, NULL, NULL, request_step, s,
		/* the logger first, so that it hears of the other options */
		MHD_OPTION_EXTERNAL_LOGGER, log_message, NULL, MHD_OPTION_HTTPS_MEM_CERT,
		arena_str(&arena, s->settings.certificate_pem).p, MHD_OPTION_HTTPS_MEM_KEY,
		arena_str(&arena, s->settings.key_pem).p, MHD_OPTION_HTTPS_PRIORITIES, PRIORITY,
		MHD_OPTION_URI_LOG_CALLBACK, request_begins, s, MHD_OPTION_NOTIFY_COMPLETED, request_ends, s,
		MHD_OPTION_NOTIFY_CONNECTION, notify_connection, s, MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL,
		MHD_OPTION_CONNECTION_LIMIT, limits->connections_max + 1, MHD_OPTION_CONNECTION_TIMEOUT, 0U,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		CONNECTION_MEMORY + limits->target_max + limits->headers_max + FIELD_MEMORY * limits->header_count_max,
		MHD_OPTION_THREAD_STACK_SIZE, HTTP_STACK_SIZE, MHD_OPTION_END);
	if (s->daemon)
		rc = pthread_create(&s->clock, NULL, run_clock, s);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	arena_release(&arena);
	s->clock_runs = rc == 0;
	return rc == 0 ? OK : fail_listen(&s->settings, "its threads could not be started", err);
}

static enum status make_tls(struct http_server *s, struct error *err)
{
	int rc = gnutls_session_ticket_key_generate(&s->ticket_key);

	if (rc < 0)
		return error_set(err, E_INTERNAL, NULL, "TLS tickets cannot be set up: %s", gnutls_strerror(rc));
	return credentials_new(&s->credentials, s->settings.certificate_pem, s->settings.key_pem, err);
}

enum status http_server_start(struct http_server **server, const struct http_server_settings *settings,
			      struct error *err)
{
	struct http_server *s = xalloc(sizeof(*s));
	enum status status;

	s->settings = *settings;
	limits_fill(&s->settings.limits);
	s->listening = -1;
	s->clock_wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	s->router = router_new(settings->routes, settings->route_count);
	s->context.settings = &s->settings;
	s->context.router = s->router;
	channels_init(&s->channels);
	pthread_mutex_init(&s->lock, NULL);
	status = s->clock_wake < 0 ? fail_listen(&s->settings, strerror(errno), err) : make_tls(s, err);
	if (status == OK)
		status = listen_on(s, err);
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
	return atomic_load(&server->channels.count);
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

/* Of connections there may be one more until the clock has ended, so these are waited for twice. */
static void stop_threads(struct http_server *s, unsigned drain_seconds)
{
	atomic_store(&s->context.stopping, true);
	ring(s->clock_wake);
	channels_drain(&s->channels, drain_seconds);
	atomic_store(&s->clock_ends, true);
	ring(s->clock_wake);
	pthread_join(s->clock, NULL);
	channels_drain(&s->channels, 0);
}

void http_server_stop(struct http_server *s, unsigned drain_seconds)
{
	if (!s)
		return;
	if (s->clock_runs)
		stop_threads(s, drain_seconds);
	if (s->daemon)
		MHD_stop_daemon(s->daemon);
	close_fd(&s->listening);
	close_fd(&s->clock_wake);
	credentials_unref(s->credentials);
	if (s->ticket_key.data)
		gnutls_memset(s->ticket_key.data, 0, s->ticket_key.size);
	gnutls_free(s->ticket_key.data);
	router_free(s->router);
	channels_release(&s->channels);
	pthread_mutex_destroy(&s->lock);
	free(s);
}
