#include "fixture.h"

#include "http/tls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static struct {
	char folder[64];
	char ca[80];
	struct arena arena;
	struct tls_pair pair;
} stores[2];

static void make_store(int which)
{
	char certificate[96], key[96], folder[64];
	struct error err = { 0 };

	if (stores[which].folder[0])
		return;
	strcpy(stores[which].folder, "/tmp/tally-http-XXXXXX");
	assert_non_null(mkdtemp(stores[which].folder));
	memcpy(folder, stores[which].folder, sizeof(folder));
	snprintf(stores[which].ca, sizeof(stores[which].ca), "%s/ca.pem", folder);
	snprintf(certificate, sizeof(certificate), "%s/server.pem", folder);
	snprintf(key, sizeof(key), "%s/server-key.pem", folder);
	arena_init(&stores[which].arena);
	if (tls_local_ensure(stores[which].folder, NULL, 0, &err) != OK ||
	    tls_pair_load(&stores[which].arena, certificate, key, &stores[which].pair, &err) != OK)
		fail_msg("%s", err.message);
}

struct str fixture_certificate(int which)
{
	make_store(which);
	return stores[which].pair.certificate_pem;
}

struct str fixture_key(int which)
{
	make_store(which);
	return stores[which].pair.key_pem;
}

const char *fixture_ca(int which)
{
	make_store(which);
	return stores[which].ca;
}

int fixture_forget(void **state)
{
	static const char *const files[] = { "ca.pem", "ca-key.pem", "server.pem", "server-key.pem" };

	(void)state;
	for (int which = 0; which < 2; which++) {
		if (!stores[which].folder[0])
			continue;
		for (size_t i = 0; i < 4; i++) {
			char path[128];

			snprintf(path, sizeof(path), "%.63s/%s", stores[which].folder, files[i]);
			unlink(path);
		}
		rmdir(stores[which].folder);
		arena_release(&stores[which].arena);
	}
	return 0;
}

/* --- the application ----------------------------------------------------------- */

static void add_line(struct http_response *res, struct str s)
{
	buf_add_str(&res->body, s);
	buf_add_char(&res->body, '\n');
}

static enum status show_params(void *context, struct http_request *req, struct http_response *res, struct error *err)
{
	struct app *app = context;

	(void)err;
	app->handled++;
	res->content_type = "text/plain";
	add_line(res, str_from(req->route->pattern));
	for (size_t i = 0; i < HTTP_PARAMS_MAX && !str_is_none(req->params[i]); i++)
		add_line(res, req->params[i]);
	for (size_t i = 0; i < req->query_count; i++) {
		add_line(res, req->query[i].name);
		add_line(res, req->query[i].value);
	}
	return OK;
}

static enum status show_host(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	(void)app;
	(void)err;
	buf_add_str(&res->body, req->host);
	return OK;
}

static enum status show_token(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	(void)app;
	(void)err;
	buf_add_str(&res->body, http_header(req, "authorization"));
	return OK;
}

static enum status echo_body(void *context, struct http_request *req, struct http_response *res, struct error *err)
{
	struct app *app = context;

	(void)err;
	app->handled++;
	res->status = 201;
	buf_add_str(&res->body, req->body);
	return OK;
}

static enum status wait_for_gate(void *context, struct http_request *req, struct http_response *res, struct error *err)
{
	struct app *app = context;

	(void)req;
	(void)err;
	app->waiting++;
	sem_wait(&app->gate);
	buf_add_str(&res->body, STR("waited"));
	return OK;
}

static enum status send_much(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	char *room = buf_room(&res->body, 4 << 20);

	(void)app;
	(void)req;
	(void)err;
	for (size_t i = 0; i < 4 << 20; i++)
		room[i] = (char)(i * 7);
	buf_took(&res->body, 4 << 20);
	res->content_type = "application/octet-stream";
	return OK;
}

static enum status fail_always(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	(void)app;
	(void)req;
	http_set_header(res, "Retry-After", STR("7"));
	buf_add_str(&res->body, STR("half a body that must not be seen"));
	return error_set(err, E_CONFLICT, "id", "it is there already");
}

static enum status answer_nothing(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	(void)app;
	(void)req;
	(void)err;
	res->status = 204;
	return OK;
}

struct upload {
	struct app *app;
	bool fail_data, fail_end;
	uint64_t sum;
};

static enum status up_begin(void *context, struct http_request *req, void **out, struct error *err)
{
	struct str wish = http_header(req, "X-Fail");
	struct upload *u;

	if (str_is(wish, "begin"))
		return error_set(err, E_MEDIA_TYPE, NULL, "not that type");
	u = xalloc(sizeof(*u));
	u->app = context;
	u->fail_data = str_is(wish, "data");
	u->fail_end = str_is(wish, "end");
	u->app->begun++;
	*out = u;
	return OK;
}

static enum status up_data(void *upload, struct str bytes, struct error *err)
{
	struct upload *u = upload;

	if (u->fail_data)
		return error_set(err, E_FULL, NULL, "no room");
	u->app->bytes += bytes.n;
	for (size_t i = 0; i < bytes.n; i++)
		u->sum += (unsigned char)bytes.p[i];
	return OK;
}

static enum status up_end(void *upload, struct http_request *req, struct http_response *res, struct error *err)
{
	struct upload *u = upload;

	if (u->fail_end)
		return error_set(err, E_CONFLICT, NULL, "not at the end");
	res->status = 201;
	buf_add_u64(&res->body, u->sum);
	http_set_header(res, "Location", arena_printf(&req->arena, "https://%.*s/up/1", STR_ARG(req->host)));
	u->app->ended++;
	free(u);
	return OK;
}

static void up_abort(void *upload)
{
	struct upload *u = upload;

	u->app->aborted++;
	free(u);
}

static const struct http_upload up = { up_begin, up_data, up_end, up_abort };

static const struct http_route routes[] = {
	{ HTTP_GET, "/things/{id}", show_params },
	{ HTTP_PATCH, "/things/{id}", show_params },
	{ HTTP_GET, "/call(*)", show_params },
	{ HTTP_GET, "/rest/{*}", show_params },
	{ HTTP_GET, "/query", show_params },
	{ HTTP_GET, "/host", show_host },
	{ HTTP_GET, "/token", show_token },
	{ HTTP_POST, "/collect", echo_body },
	{ HTTP_PUT, "/collect", echo_body, .body_max = 10 },
	{ HTTP_POST, "/up", .upload = &up },
	{ HTTP_GET, "/wait", wait_for_gate },
	{ HTTP_GET, "/big", send_much },
	{ HTTP_GET, "/fail", fail_always },
	{ HTTP_DELETE, "/nothing", answer_nothing },
};

static enum status guard(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	(void)app;
	if (str_is_none(http_header(req, "x-deny")))
		return OK;
	http_set_header(res, "WWW-Authenticate", STR("Bearer"));
	return error_set(err, E_UNAUTHENTICATED, NULL, "who are you");
}

static void render_error(void *app, struct http_request *req, struct http_response *res, enum status status,
			 const struct error *err)
{
	(void)app;
	buf_printf(&res->body, "{\"error\":{\"code\":\"%s\",\"message\":\"%s\",\"id\":\"%s\"}}", status_wire(status),
		   err->message, req->request_id);
}

static void done(void *context, const struct http_request *req, int status, int64_t took_us)
{
	struct app *app = context;

	(void)req;
	app->last_status = took_us >= 0 ? status : -1;
	app->done++;
}

void fixture_start(struct fixture *f, const struct http_limits *limits)
{
	struct http_server_settings settings = {
		.address = "127.0.0.1",
		.certificate_pem = fixture_certificate(0),
		.key_pem = fixture_key(0),
		.routes = routes,
		.route_count = sizeof(routes) / sizeof(routes[0]),
		.app = &f->app,
		.guard = guard,
		.render_error = render_error,
		.done = done,
	};
	struct error err = { 0 };

	*f = (struct fixture){ 0 };
	sem_init(&f->app.gate, 0, 0);
	if (limits)
		settings.limits = *limits;
	if (http_server_start(&f->server, &settings, &err) != OK)
		fail_msg("%s", err.message);
	f->port = http_server_port(f->server);
}

void fixture_stop(struct fixture *f)
{
	http_server_stop(f->server, 10);
	sem_destroy(&f->app.gate);
}

struct fixture fixture;

int fixture_setup(void **state)
{
	(void)state;
	fixture_start(&fixture, NULL);
	return 0;
}

int fixture_teardown(void **state)
{
	fixture_stop(&fixture);
	return fixture_forget(state);
}
