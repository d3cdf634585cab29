#include "http/turn.h"

#include "base/instant.h"
#include "http/head.h"
#include "http/request.h"
#include "http/response.h"

#include <stdlib.h>

/* What a refused request may still send without losing its connection. */
#define DISCARD_MAX ((uint64_t)256 << 10)

enum turn_state { TURN_NEW, TURN_BODY, TURN_FAILED, TURN_ANSWERED };

struct turn {
	struct turn_context *context;
	struct channel *channel;
	enum turn_state state;
	struct http_request req;
	struct http_response res;
	struct head head;
	struct head_line line;
	struct buf body; /* of requests that are collected */
	uint64_t body_max, received;
	int64_t started_us;
	int64_t left_us;    /* when we last gave the connection back to wait for bytes */
	int64_t waited_us;  /* for the body, in all */
	void *upload;       /* between begin and end or abort */
	bool is_understood; /* the head was, so the end of the request can be told */
	bool is_head;       /* HEAD: the answer has no body */
	bool linger;        /* the answer is the last of the connection, and more may be under way to us */
	enum status failure;
	struct error err;
};

struct turn *turn_open(struct turn_context *context, struct channel *channel, const char *target)
{
	struct turn *t = xalloc(sizeof(*t));

	channel_set_phase(channel, CHANNEL_HEAD);
	channel->turn = t;
	t->context = context;
	t->channel = channel;
	t->started_us = clock_monotonic_us();
	arena_init(&t->req.arena);
	t->line.target_at = target;
	t->line.target = arena_str(&t->req.arena, str_from(target));
	t->req.host = str_from(context->address);
	t->req.peer = str_from(channel->peer.text);
	t->req.peer_is_loopback = channel->peer.is_loopback;
	request_id_make(t->req.request_id);
	buf_init(&t->res.body, 0);
	buf_init(&t->body, 0);
	return t;
}

/* --- from the head to the route --------------------------------------------- */

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
		allow = arena_printf(&t->req.arena, "%.*s%s%s%s", STR_ARG(allow), allow.n ? ", " : "",
				     http_method_name(m), m == HTTP_GET ? ", HEAD" : "");
	}
	http_set_header(&t->res, "Allow", allow);
	return error_set(&t->err, E_METHOD, NULL, "this path has the methods %.*s", STR_ARG(allow));
}

static enum status find_route(struct turn *t)
{
	enum http_method method = read_method(t->head.method);
	struct router_match match;
	enum status status = router_find(t->context->router, &t->req.arena, t->req.path, &match, &t->err);

	if (status != OK)
		return status;
	if (method == HTTP_METHOD_COUNT || !match.of[method])
		return fail_method(t, &match);
	t->req.method = method;
	t->req.route = match.of[method];
	memcpy(t->req.params, match.params, sizeof(match.params));
	return OK;
}

/* The limit of the route, against which an announced length is held at once. */
static enum status limit_body(struct turn *t)
{
	const struct http_route *route = t->req.route;
	const struct http_limits *limits = &t->context->settings->limits;

	if (route->upload)
		t->body_max = limits->upload_max;
	else
		t->body_max = route->body_max ? route->body_max : limits->body_max;
	if (t->head.content_length <= t->body_max)
		return OK;
	return error_set(&t->err, E_TOO_LARGE, NULL, "the body of %llu bytes is longer than %llu",
			 (unsigned long long)t->head.content_length, (unsigned long long)t->body_max);
}

static enum status read_head(struct turn *t, struct MHD_Connection *connection)
{
	enum status status =
		head_read(&t->req.arena, connection, &t->line, &t->context->settings->limits, &t->head, &t->err);

	t->is_head = str_is(t->head.method, "HEAD");
	if (status != OK)
		return status;
	t->is_understood = true;
	return request_read_head(&t->req, &t->head, &t->err);
}

static enum status read_request(struct turn *t, struct MHD_Connection *connection)
{
	const struct http_server_settings *settings = t->context->settings;
	enum status status = read_head(t, connection);

	if (status == OK)
		status = find_route(t);
	if (status == OK)
		status = limit_body(t);
	if (status == OK && settings->guard)
		status = settings->guard(settings->app, &t->req, &t->res, &t->err);
	if (status == OK && t->req.route->upload)
		status = t->req.route->upload->begin(settings->app, &t->req, &t->upload, &t->err);
	return status;
}

/* --- answers ------------------------------------------------------------------ */

static void render_failure(struct turn *t)
{
	const struct http_server_settings *settings = t->context->settings;

	buf_clear(&t->res.body);
	t->res.content_type = NULL;
	t->res.status = status_http(t->failure);
	if (t->err.message[0] == '\0')
		error_set(&t->err, t->failure, NULL, "%s", status_meaning(t->failure));
	settings->render_error(settings->app, &t->req, &t->res, t->failure, &t->err);
}

static void set_answered(struct turn *t)
{
	const struct http_server_settings *settings = t->context->settings;

	t->state = TURN_ANSWERED;
	if (settings->done)
		settings->done(settings->app, &t->req, t->res.status, clock_monotonic_us() - t->started_us);
}

struct header_target {
	struct arena *arena;
	struct MHD_Response *response;
};

static void add_header(void *context, struct str name, struct str value)
{
	struct header_target *target = context;

	MHD_add_response_header(target->response, name.p, arena_str(target->arena, value).p);
}

/* Hands the response to the library, which then owns its body. */
static enum MHD_Result answer(struct turn *t, struct MHD_Connection *connection)
{
	struct header_target target = { .arena = &t->req.arena };
	enum MHD_Result queued;

	if (t->res.status == 0)
		t->res.status = 200;
	if (!response_has_body(t->res.status))
		buf_clear(&t->res.body);
	target.response = MHD_create_response_from_buffer(t->res.body.n, t->res.body.p, MHD_RESPMEM_MUST_FREE);
	if (!target.response)
		return MHD_NO;
	response_each_header(&t->req, &t->res, add_header, &target);
	if (t->linger)
		MHD_add_response_header(target.response, MHD_HTTP_HEADER_CONNECTION, "close");
	t->res.body = (struct buf){ 0 };
	queued = MHD_queue_response(connection, (unsigned)t->res.status, target.response);
	MHD_destroy_response(target.response);
	set_answered(t);
	return queued;
}

/* Sends the failure past the library, which takes no answer in the middle of a request. */
static void answer_at_once(struct turn *t)
{
	struct buf out;

	channel_set_phase(t->channel, CHANNEL_BUSY);
	render_failure(t);
	buf_init(&out, 0);
	response_write(&out, &t->req, &t->res, t->is_head);
	channel_send(t->channel, buf_str(&out));
	buf_release(&out);
	t->linger = true;
	set_answered(t);
}

static void fail(struct turn *t, enum status status)
{
	t->failure = status;
	t->state = TURN_FAILED;
	if (t->upload)
		t->req.route->upload->abort(t->upload);
	t->upload = NULL;
}

/* Whether the end of the request is known, and near enough to wait for it.  Whether a body follows at all
 * after Expect is not. */
static bool end_is_near(const struct turn *t)
{
	return t->is_understood && !t->head.chunked && t->head.content_length - t->received <= DISCARD_MAX &&
	       !t->head.expects_continue;
}

static enum MHD_Result begin(struct turn *t, struct MHD_Connection *connection)
{
	enum status status = read_request(t, connection);

	if (status == OK) {
		t->state = TURN_BODY;
		return MHD_YES;
	}
	fail(t, status);
	if (end_is_near(t))
		return MHD_YES;
	t->linger = true;
	render_failure(t);
	return answer(t, connection);
}

/* --- the body ------------------------------------------------------------------ */

static bool is_too_slow(const struct turn *t)
{
	const struct http_limits *limits = &t->context->settings->limits;

	return t->waited_us > (int64_t)limits->rate_grace_seconds * 1000000 &&
	       t->received < (uint64_t)t->waited_us / 1000000 * limits->rate_min;
}

static enum status take(struct turn *t, struct str bytes)
{
	if (is_too_slow(t))
		return error_set(&t->err, E_TIMEOUT, NULL, "the body comes slower than %u bytes a second",
				 t->context->settings->limits.rate_min);
	if (t->received > t->body_max)
		return error_set(&t->err, E_TOO_LARGE, NULL, "the body is longer than %llu bytes",
				 (unsigned long long)t->body_max);
	if (t->upload)
		return t->req.route->upload->data(t->upload, bytes, &t->err);
	buf_add_str(&t->body, bytes);
	return OK;
}

static enum MHD_Result receive(struct turn *t, const char *data, size_t *size)
{
	struct str bytes = str_of(data, *size);
	enum status status = OK;

	*size = 0;
	t->received += bytes.n;
	t->waited_us += clock_monotonic_us() - t->left_us;
	if (t->state == TURN_BODY)
		status = take(t, bytes);
	if (status != OK)
		fail(t, status);
	if (t->state != TURN_FAILED || (end_is_near(t) && !is_too_slow(t)))
		return MHD_YES;
	answer_at_once(t);
	return MHD_NO;
}

static enum MHD_Result finish(struct turn *t, struct MHD_Connection *connection)
{
	const struct http_server_settings *settings = t->context->settings;
	enum status status = OK;

	if (t->state == TURN_BODY && t->upload) {
		status = t->req.route->upload->end(t->upload, &t->req, &t->res, &t->err);
		if (status == OK)
			t->upload = NULL;
	} else if (t->state == TURN_BODY) {
		t->req.body = t->body.n ? buf_str(&t->body) : STR_NONE;
		status = t->req.route->handler(settings->app, &t->req, &t->res, &t->err);
	}
	if (status != OK)
		fail(t, status);
	if (t->state == TURN_FAILED)
		render_failure(t);
	/* The library reads the chunked coding laxly, so behind it no request is looked for. */
	t->linger = t->head.chunked || atomic_load(&t->context->stopping);
	return answer(t, connection);
}

enum MHD_Result turn_step(struct turn *t, struct MHD_Connection *connection, const char *method, const char *version,
			  const char *data, size_t *size)
{
	enum MHD_Result result;

	channel_set_phase(t->channel, CHANNEL_BUSY);
	if (t->state == TURN_NEW) {
		t->line.method = method;
		t->line.version = version;
		result = begin(t, connection);
	} else if (t->state == TURN_ANSWERED) {
		result = MHD_NO;
	} else if (*size) {
		result = receive(t, data, size);
	} else {
		result = finish(t, connection);
	}
	if (t->state != TURN_ANSWERED)
		channel_set_phase(t->channel, CHANNEL_BODY);
	t->left_us = atomic_load(&t->channel->since_us);
	return result;
}

/* --- the end -------------------------------------------------------------------- */

void turn_cut(struct turn *t)
{
	bool expired = atomic_load(&t->channel->expired);

	if (t->state == TURN_ANSWERED || (t->state == TURN_NEW && !expired))
		return;
	if (t->state == TURN_NEW)
		fail(t, error_set(&t->err, E_TIMEOUT, NULL, "the request's head did not arrive within %u s",
				  t->context->settings->limits.request_seconds));
	else if (t->state == TURN_BODY)
		fail(t, error_set(&t->err, expired ? E_TIMEOUT : E_TRUNCATED, NULL,
				  expired ? "nothing came of the body for too long, after %llu bytes"
					  : "the body ended before its end, after %llu bytes",
				  (unsigned long long)t->received));
	answer_at_once(t);
}

/* The library has answered itself what it cannot parse, or has lost the peer. */
static void accept_refusal(struct turn *t)
{
	fail(t, E_INVALID);
	t->res.status = status_http(E_INVALID);
	t->linger = true;
	set_answered(t);
}

void turn_close(struct turn *t, enum MHD_RequestTerminationCode reason)
{
	struct channel *channel = t->channel;

	channel->turn = NULL;
	if (reason == MHD_REQUEST_TERMINATED_CLIENT_ABORT)
		turn_cut(t);
	else if (t->state == TURN_NEW ? reason == MHD_REQUEST_TERMINATED_WITH_ERROR : t->state != TURN_ANSWERED)
		accept_refusal(t);
	if (t->linger)
		channel_linger(channel);
	channel_set_phase(channel, CHANNEL_IDLE);
	buf_release(&t->res.body);
	buf_release(&t->body);
	arena_release(&t->req.arena);
	free(t);
}
