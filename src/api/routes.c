/* The table of routes: every resource's own table, in one list. */
#include "api/groups.h"
#include "api/server.h"
#include "auth/token.h"

#include <assert.h>
#include <stdlib.h>

static const struct api_route_group *const groups[] = {
	&api_token_group,
	&api_ops_group,
	&api_docs_group,
	/* platform face */
	&api_parties_group,
	&api_clients_group,
	/* several faces */
	&api_consents_group,
	&api_call_records_group,
	&api_batches_group,
	&api_reconciliations_group,
	&api_quality_group,
	/* operator face */
	&api_numbers_group,
	&api_number_orders_group,
	&api_call_durations_group,
	/* Graph face */
	&api_number_assignments_group,
	&api_pstn_calls_group,
	&api_graph_call_records_group,
	/* privacy face */
	&api_privacy_group,
};

#define GROUP_COUNT (sizeof(groups) / sizeof(groups[0]))

size_t api_route_count(void)
{
	size_t count = 0;

	for (size_t g = 0; g < GROUP_COUNT; g++)
		count += groups[g]->count;
	return count;
}

const struct api_route *api_route_at(size_t index)
{
	for (size_t g = 0; g < GROUP_COUNT; g++) {
		if (index < groups[g]->count)
			return &groups[g]->routes[index];
		index -= groups[g]->count;
	}
	return NULL;
}

struct api_server {
	struct api api;
	struct http_server *listener;
	struct http_route *routes;
};

/* The listener's rows stand in the order of the table, the tag points back. */
static struct http_route *listener_routes(void)
{
	size_t count = api_route_count();
	struct http_route *rows = xalloc(count * sizeof(*rows));

	for (size_t i = 0; i < count; i++) {
		const struct api_route *r = api_route_at(i);

		rows[i] = (struct http_route){ r->method, r->pattern, r->handler, r->upload, r->body_max, r };
	}
	return rows;
}

size_t api_route_index(const struct http_route *route)
{
	const struct api_route *r = route ? route->tag : NULL;
	size_t before = 0;

	for (size_t g = 0; r && g < GROUP_COUNT; g++) {
		if (r >= groups[g]->routes && r < groups[g]->routes + groups[g]->count)
			return before + (size_t)(r - groups[g]->routes);
		before += groups[g]->count;
	}
	return api_route_count();
}

unsigned api_connections(const struct api *api)
{
	const struct api_server *server = (const struct api_server *)(const void *)api;

	return server->listener ? http_server_connections(server->listener) : 0;
}

static struct http_limits limits_of(const struct settings *s)
{
	return (struct http_limits){
		.upload_max = (uint64_t)s->upload_bytes_max,
		.connections_max = (unsigned)s->connections_max,
		.connections_per_peer_max = (unsigned)s->connections_per_peer_max,
		.idle_seconds = (unsigned)s->idle_s,
		.request_seconds = (unsigned)s->request_header_s,
		.rate_min = (unsigned)s->upload_rate_min,
	};
}

enum status api_server_start(struct api_server **server, struct exchange *exchange, const char *address, uint16_t port,
			     struct str certificate_pem, struct str key_pem, struct error *err)
{
	struct api_server *s = xalloc(sizeof(*s));
	struct http_server_settings settings = {
		.address = address,
		.port = port,
		.certificate_pem = certificate_pem,
		.key_pem = key_pem,
		.limits = limits_of(&exchange->settings),
		.route_count = api_route_count(),
		.app = &s->api,
		.guard = api_guard,
		.render_error = api_render_error,
		.done = api_done,
	};
	enum status status;

	s->routes = listener_routes();
	settings.routes = s->routes;
	s->api.exchange = exchange;
	s->api.metrics = metrics_new(api_route_count());
	atomic_init(&s->api.ready, true);
	status = tokens_open(&s->api.tokens, exchange->store, exchange->settings.token_lifetime_s, err);
	if (status == OK)
		status = http_server_start(&s->listener, &settings, err);
	if (status == OK)
		*server = s;
	else
		api_server_stop(s, 0);
	return status;
}

uint16_t api_server_port(const struct api_server *server)
{
	return http_server_port(server->listener);
}

enum status api_server_reload(struct api_server *server, struct str certificate_pem, struct str key_pem,
			      struct error *err)
{
	return http_server_reload(server->listener, certificate_pem, key_pem, err);
}

void api_server_stop(struct api_server *server, unsigned drain_seconds)
{
	if (!server)
		return;
	atomic_store(&server->api.ready, false);
	http_server_stop(server->listener, drain_seconds);
	tokens_close(server->api.tokens);
	metrics_free(server->api.metrics);
	free(server->routes);
	free(server);
}
