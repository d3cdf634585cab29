/* What operations staff and load balancers ask: health, metrics, the API's own description. */
#include "api/groups.h"
#include "api/server.h"

static enum status plain(struct http_response *res, int status, const char *text)
{
	res->status = status;
	res->content_type = "text/plain; charset=utf-8";
	buf_add_str(&res->body, str_from(text));
	return OK;
}

static enum status healthz(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	(void)app;
	(void)req;
	(void)err;
	return plain(res, 200, "ok\n");
}

/* Ready: not draining, and the registry answers a write transaction. */
static enum status readyz(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	struct api *api = app;
	struct sql *sql;

	(void)req;
	if (!atomic_load(&api->ready))
		return error_set(err, E_UNAVAILABLE, NULL, "the exchange is shutting down");
	if (store_write(api->exchange->store, &sql, err) != OK)
		return E_UNAVAILABLE;
	store_abort(api->exchange->store, sql);
	return plain(res, 200, "ready\n");
}

static enum status metrics(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	struct api *api = app;
	size_t count = api_route_count();
	const char **methods = ARENA_ARRAY(&req->arena, const char *, count);
	const char **patterns = ARENA_ARRAY(&req->arena, const char *, count);

	(void)err;
	for (size_t i = 0; i < count; i++) {
		methods[i] = http_method_name(api_route_at(i)->method);
		patterns[i] = api_route_at(i)->pattern;
	}
	res->content_type = "text/plain; version=0.0.4; charset=utf-8";
	metrics_write(api->metrics, methods, patterns, api_connections(api), &res->body);
	return OK;
}

static enum status openapi(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	(void)app;
	(void)err;
	openapi_write(FACE_NONE, api_base_url(req), &res->body);
	return OK;
}

static enum status openapi_face(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	static const struct {
		const char *name;
		enum face face;
	} faces[] = { { "graph.json", FACE_GRAPH }, { "operator.json", FACE_OPERATOR }, { "platform.json", FACE_PLATFORM },
		      { "privacy.json", FACE_PRIVACY } };

	(void)app;
	for (size_t i = 0; i < sizeof(faces) / sizeof(faces[0]); i++) {
		if (str_is(req->params[0], faces[i].name)) {
			openapi_write(faces[i].face, api_base_url(req), &res->body);
			return OK;
		}
	}
	return error_set(err, E_NOT_FOUND, NULL, "expected graph.json, operator.json, platform.json or privacy.json");
}

#define OPEN { FACE_NONE, 0, false }

static const struct api_route routes[] = {
	{ HTTP_GET, "/healthz", healthz, NULL, OPEN, "The process is alive.", NULL, NULL, "Text", 200, 0 },
	{ HTTP_GET, "/readyz", readyz, NULL, OPEN, "The exchange takes requests and its store can be written.", NULL, NULL,
	  "Text", 200, 0 },
	{ HTTP_GET, "/metrics", metrics, NULL, { FACE_PLATFORM, ROLE_PLATFORM_READ, true }, "Counters for Prometheus.",
	  NULL, NULL, "Text", 200, 0 },
	{ HTTP_GET, "/openapi.json", openapi, NULL, OPEN, "OpenAPI document of all faces.", NULL, NULL, "OpenApi", 200, 0 },
	{ HTTP_GET, "/openapi/{face}", openapi_face, NULL, OPEN, "OpenAPI document of one face.", NULL, NULL, "OpenApi", 200,
	  0 },
};

const struct api_route_group api_ops_group = { routes, sizeof(routes) / sizeof(routes[0]) };
