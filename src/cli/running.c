#include "cli/running.h"

#include "base/log.h"
#include "exchange/background.h"
#include "store/records.h"

#include <pthread.h>
#include <stdlib.h>

/* Blocked before any thread starts, so that only running_wait() hears them. */
static void block_signals(sigset_t *signals)
{
	sigemptyset(signals);
	sigaddset(signals, SIGTERM);
	sigaddset(signals, SIGINT);
	sigaddset(signals, SIGHUP);
	pthread_sigmask(SIG_BLOCK, signals, NULL);
	signal(SIGPIPE, SIG_IGN);
}

enum status running_start(struct running *r, const struct settings *settings, struct error *err)
{
	struct certificate cert;
	struct address where;
	enum log_level level;
	enum status status;

	*r = (struct running){ .url = "", .ca_file = "" };
	arena_init(&r->arena);
	block_signals(&r->signals);
	/* What SQLite spills while it rewrites a day stays with the rest, under the same retention. */
	setenv("SQLITE_TMPDIR", settings->data, 1);
	if (log_level_parse(str_from(settings->log_level), &level))
		log_set_level(level);
	status = address_parse(settings->listen, &where, err);
	if (status == OK)
		status = directory_open(&r->directory, settings->data, err);
	if (status == OK)
		status = directory_certificate(&r->arena, settings, &cert, err);
	if (status == OK)
		status = exchange_open(&r->exchange, settings, err);
	if (status == OK)
		status = api_server_start(&r->server, r->exchange, where.host, where.port, cert.chain_pem, cert.key_pem, err);
	if (status != OK)
		return status;
	where.port = api_server_port(r->server);
	r->url = address_url(&r->arena, &where);
	r->ca_file = cert.ca_file;
	status = directory_admin(r->directory, r->exchange, &where, cert.ca_file, err);
	if (status == OK)
		status = background_start(r->exchange, err);
	return status;
}

static void reload_certificate(struct running *r)
{
	struct error err = { 0 };
	struct certificate cert;
	struct arena arena;

	arena_init(&arena);
	if (directory_certificate(&arena, &r->exchange->settings, &cert, &err) != OK ||
	    api_server_reload(r->server, cert.chain_pem, cert.key_pem, &err) != OK)
		log_event(LOG_ERROR, "certificate not reloaded", LOG_Z("reason", err.message), LOG_END);
	else
		log_event(LOG_INFO, "certificate reloaded", LOG_END);
	arena_release(&arena);
}

enum status running_wait(struct running *r, struct error *err)
{
	const struct timespec second = { .tv_sec = 1 };

	for (;;) {
		int got = sigtimedwait(&r->signals, NULL, &second);

		if (store_is_halted(r->exchange->store) || records_are_halted(r->exchange->records))
			return error_set(err, E_IO, NULL, "a commit to the store failed; start again to recover");
		if (got == SIGTERM || got == SIGINT)
			return OK;
		if (got == SIGHUP)
			reload_certificate(r);
	}
}

void running_stop(struct running *r)
{
	api_server_stop(r->server, r->exchange ? (unsigned)r->exchange->settings.drain_s : 0);
	exchange_close(r->exchange);
	directory_close(r->directory);
	arena_release(&r->arena);
}
