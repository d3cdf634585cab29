#include "http/turn.h"

#include "base/instant.h"
#include "http/body.h"
#include "http/request.h"
#include "http/response.h"
#include "http/transfer.h"

#include <stdio.h>

/* A response up to this size leaves with its head, in one record. */
#define TOGETHER_MAX ((size_t)14 << 10)

/* Memory that a connection keeps from one request to the next. */
#define KEPT_MAX ((size_t)64 << 10)

struct turn {
	struct connection *connection;
	const struct http_server_settings *settings;
	struct http_request *req;
	struct http_response res;
	struct head head;
	struct body body;
	bool is_understood; /* the head was, so the end of the request can be told */
	bool is_head;       /* HEAD: the answer has no body */
	int64_t started_us;
	struct error err;
};

static void turn_begin(struct turn *t, struct connection *c)
{
	struct http_request *req = &c->request;
	struct arena arena = req->arena;

	*t = (struct turn){ .connection = c, .settings = c->context->settings, .req = req };
	t->started_us = clock_monotonic_us();
	arena_clear(&arena);
	*req = (struct http_request){
		.arena = arena,
		.host = str_from(c->context->address),
		.peer = str_from(c->peer.text),
		.peer_is_loopback = c->peer.is_loopback,
	};
	request_id_make(req->request_id);
	buf_init(&t->res.body, 0);
}

/* The method among those that routes can have; HTTP_METHOD_COUNT when it is none.  HEAD is GET. */
static enum http_method read_method(struct str name)
{
	enum http_method method = HTTP_GET;

	if (str_is(name, "HEAD"))
		return HTTP_GET;
	while (method < HTTP_METHOD_COUNT && !str_is(name, http_method_name(method)))
		method++;
	return method;
}

static enum status fail_method(struct turn *t, const struct router_match *match)
{
	struct str allow = STR_NONE;

	for (enum http_method m = HTTP_GET; m < HTTP_METHOD_COUNT; m++) {
		if (!match->of[m])
			continue;
		allow = arena_printf(&t->req->arena, "%.*s%s%s%s", STR_ARG(allow), allow.n ? ", " : "",
				     http_method_name(m), m == HTTP_GET ? ", HEAD" : "");
	}
	http_set_header(&t->res, "Allow", allow);
	return error_set(&t->err, E_METHOD, NULL, "this path has the methods %.*s", STR_ARG(allow));
}

static enum status find_route(struct turn *t)
{
	enum http_method method = read_method(t->head.method);
	struct router_match match;
	enum status status = router_find(t->connection->context->router, &t->req->arena, t->req->path, &match, &t->err);

	if (status != OK)
		return status;
	if (method == HTTP_METHOD_COUNT || !match.of[method])
		return fail_method(t, &match);
	t->req->method = method;
	t->req->route = match.of[method];
	memcpy(t->req->params, match.params, sizeof(match.params));
	return OK;
}

/* The limit of the route, against which an announced length is held at once. */
static enum status limit_body(struct turn *t)
{
	const struct http_route *route = t->req->route;
	const struct http_limits *limits = &t->settings->limits;

	if (route->upload)
		t->body.max = limits->upload_max;
	else
		t->body.max = route->body_max ? route->body_max : limits->body_max;
	if (t->head.content_length <= t->body.max)
		return OK;
	return error_set(&t->err, E_TOO_LARGE, NULL, "the body of %llu bytes is longer than %llu",
			 (unsigned long long)t->head.content_length, (unsigned long long)t->body.max);
}

static enum status read_head(struct turn *t, struct str bytes)
{
	struct connection *c = t->connection;
	struct str copy = arena_str(&t->req->arena, bytes);
	enum status status = head_parse(&t->req->arena, copy, &t->settings->limits, &t->head, &t->err);

	if (status != OK)
		return status;
	t->is_understood = true;
	t->is_head = str_is(t->head.method, "HEAD");
	body_init(&t->body, c, &t->head);
	return request_read_head(t->req, &t->head, &t->err);
}

static enum status collect(struct turn *t)
{
	struct buf *whole = &t->connection->body;
	enum status status;
	struct str piece;

	buf_clear(whole);
	do {
		status = body_next(&t->body, &piece, &t->err);
		buf_add_str(whole, piece);
	} while (status == OK && piece.n);
	t->req->body = whole->n ? buf_str(whole) : STR_NONE;
	return status;
}

static enum status run_handler(struct turn *t)
{
	enum status status = collect(t);

	if (status == OK)
		status = t->req->route->handler(t->settings->app, t->req, &t->res, &t->err);
	return status;
}

static enum status run_upload(struct turn *t)
{
	const struct http_upload *route = t->req->route->upload;
	enum status status;
	struct str piece;
	void *upload;

	status = route->begin(t->settings->app, t->req, &upload, &t->err);
	if (status != OK)
		return status;
	do {
		status = body_next(&t->body, &piece, &t->err);
		if (status == OK && piece.n)
			status = route->data(upload, piece, &t->err);
	} while (status == OK && piece.n);
	if (status == OK)
		status = route->end(upload, t->req, &t->res, &t->err);
	if (status != OK)
		route->abort(upload);
	return status;
}

static enum status run(struct turn *t)
{
	enum status status = t->settings->guard ? t->settings->guard(t->settings->app, t->req, &t->res, &t->err) : OK;

	if (status != OK)
		return status;
	return t->req->route->upload ? run_upload(t) : run_handler(t);
}

static void render_error(struct turn *t, enum status status)
{
	buf_clear(&t->res.body);
	t->res.content_type = NULL;
	t->res.status = status_http(status);
	if (t->err.message[0] == '\0')
		error_set(&t->err, status, NULL, "%s", status_meaning(status));
	t->settings->render_error(t->settings->app, t->req, &t->res, status, &t->err);
}

static bool send_response(struct turn *t, bool keep)
{
	struct connection *c = t->connection;
	struct str body = buf_str(&t->res.body), token = STR_NONE;

	if (!keep)
		token = STR("close");
	else if (t->head.version_1_0)
		token = STR("keep-alive");
	buf_clear(&c->out);
	response_write_head(&c->out, t->req, &t->res, token);
	if (t->is_head || !response_has_body(t->res.status))
		body = STR_NONE;
	if (c->out.n + body.n <= TOGETHER_MAX) {
		buf_add_str(&c->out, body);
		body = STR_NONE;
	}
	return transfer_write(c, buf_str(&c->out)) && transfer_write(c, body);
}

/* The answer is out: whether the connection can serve another request. */
static bool settle(struct turn *t, bool keep)
{
	struct connection *c = t->connection;

	if (keep && body_discard(&t->body))
		return true;
	/* A peer that asked for the end, and was read to its end, has nothing more under way. */
	if (t->is_understood && !t->head.keep_alive && t->body.is_whole)
		stream_finish(&c->stream);
	else
		transfer_linger(c);
	return false;
}

static void forget_excess(struct buf *b)
{
	if (b->capacity > KEPT_MAX)
		buf_release(b);
}

static bool turn_end(struct turn *t, enum status status)
{
	struct connection *c = t->connection;
	bool keep = t->is_understood && t->head.keep_alive && !atomic_load(&c->context->stopping) &&
		    body_is_discardable(&t->body);
	bool sent;

	if (status != OK)
		render_error(t, status);
	if (t->res.status == 0)
		t->res.status = 200;
	transfer_block(c, false);
	sent = send_response(t, keep);
	if (t->settings->done)
		t->settings->done(t->settings->app, t->req, t->res.status, clock_monotonic_us() - t->started_us);
	keep = sent && settle(t, keep);
	buf_release(&t->res.body);
	forget_excess(&c->body);
	forget_excess(&c->out);
	return keep;
}

bool turn_serve(struct connection *c, size_t head_size)
{
	struct str bytes = str_of(c->in + c->in_at, head_size);
	enum status status;
	struct turn t;

	turn_begin(&t, c);
	c->in_at += head_size;
	status = read_head(&t, bytes);
	if (status == OK)
		status = find_route(&t);
	if (status == OK)
		status = limit_body(&t);
	if (status == OK) {
		transfer_block(c, true);
		status = run(&t);
	}
	return turn_end(&t, status);
}

void turn_refuse(struct connection *c, const struct error *why)
{
	struct turn t;

	turn_begin(&t, c);
	t.err = *why;
	turn_end(&t, why->status);
}
