#include "api/api.h"

#include "auth/token.h"
#include "base/encoding.h"
#include "base/instant.h"
#include "base/log.h"
#include "api/server.h"
#include "exchange/audit.h"

#include <stdio.h>

enum status api_uncoded(const struct http_request *req, struct error *err)
{
	struct str name = str_trim(http_header(req, "Content-Encoding"));

	if (name.n == 0 || str_equal_ascii_case(name, STR("identity")))
		return OK;
	return error_set(err, E_MEDIA_TYPE, "Content-Encoding",
			 "this route takes a body without content coding only, found %.*s",
			 name.n > 80 ? 80 : (int)name.n, name.p);
}

enum status api_body(struct http_request *req, const struct json **body, struct error *err)
{
	struct str type = http_header(req, "Content-Type");
	struct str media = str_trim(str_cut(&type, ';'));
	const struct json *root;
	enum status status = api_uncoded(req, err);

	if (status != OK)
		return status;
	if (media.n && !str_equal_ascii_case(media, STR("application/json")))
		return error_set(err, E_MEDIA_TYPE, "Content-Type", "expected application/json, found %.*s",
				 media.n > 80 ? 80 : (int)media.n, media.p);
	if (req->body.n == 0)
		return error_set(err, E_INVALID, NULL, "expected a JSON object in the body, found none");
	status = json_parse(&req->arena, req->body, &root, err);
	if (status != OK)
		return status;
	if (root->type != JSON_OBJECT)
		return error_set(err, E_INVALID, NULL, "expected a JSON object in the body");
	*body = root;
	return OK;
}

void api_json_begin(struct http_response *res, int status, struct json_writer *w)
{
	buf_clear(&res->body);
	res->status = status;
	json_writer_init(w, &res->body);
}

struct str api_base_url(struct http_request *req)
{
	return arena_printf(&req->arena, "https://%.*s", STR_ARG(req->host));
}

/* N of "odata.maxpagesize=N" (OData 4.01 also: "maxpagesize=N") among the preferences; 0 without one. */
static int64_t max_page_size(const struct http_request *req)
{
	struct str preferences = http_header(req, "Prefer");
	uint64_t size;

	while (preferences.n) {
		struct str one = str_cut(&preferences, ','), value = str_cut(&one, ';');
		struct str name = str_trim(str_cut(&value, '='));

		value = str_trim(value);
		if (value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"')
			value = str_of(value.p + 1, value.n - 2);
		if ((str_equal_ascii_case(name, STR("odata.maxpagesize")) ||
		     str_equal_ascii_case(name, STR("maxpagesize"))) &&
		    str_to_u64(value, INT64_MAX, &size) && size > 0)
			return (int64_t)size;
	}
	return 0;
}

enum status api_top(struct http_request *req, int64_t fallback, int64_t max, int64_t *top, struct error *err)
{
	int64_t preferred = max_page_size(req);
	struct str text;
	uint64_t value;
	enum status status = http_query(req, "top", true, &text, err);

	if (status != OK)
		return status;
	if (str_is_none(text)) {
		*top = preferred == 0 ? fallback : preferred < max ? preferred : max;
		return OK;
	}
	if (!str_to_u64(text, (uint64_t)max, &value) || value < 1)
		return error_set(err, E_INVALID, "$top", "expected a whole number from 1 to %lld", (long long)max);
	*top = (int64_t)value;
	return OK;
}

void api_prefer(struct http_request *req, struct http_response *res, int64_t *top)
{
	int64_t preferred = max_page_size(req);

	if (preferred == 0)
		return;
	if (preferred < *top)
		*top = preferred;
	http_set_header(res, "Preference-Applied",
			arena_printf(&req->arena, "odata.maxpagesize=%lld", (long long)*top));
}

enum status api_orderby(const struct http_request *req, const char *name, bool *given, bool *descending,
			struct error *err)
{
	struct str text, found;
	enum status status = http_query(req, "orderby", true, &text, err);

	if (status != OK || str_is_none(text))
		return status;
	if (!name)
		return error_set(err, E_INVALID, "$orderby", "$orderby: this list has one order only, and no option for it");
	text = str_trim(text);
	found = str_cut(&text, ' ');
	text = str_trim(text);
	if (!str_is(found, name) || (text.n && !str_is(text, "desc") && !str_is(text, "asc")))
		return error_set(err, E_INVALID, "$orderby", "$orderby: this list can be ordered by %s only, asc or desc",
				 name);
	*given = true;
	*descending = str_is(text, "desc");
	return OK;
}

enum status api_count(const struct http_request *req, bool *value, struct error *err)
{
	struct str text;
	enum status status = http_query(req, "count", true, &text, err);

	if (status != OK || str_is_none(text))
		return status;
	if (!str_is(text, "true") && !str_is(text, "false"))
		return error_set(err, E_INVALID, "$count", "$count: expected true or false");
	*value = str_is(text, "true");
	return OK;
}

/* The token of either spelling; both at once are one too many. */
static enum status link_token(struct http_request *req, struct str *token, bool *delta, struct error *err)
{
	struct str skip, from;
	enum status status = http_query(req, "skiptoken", true, &skip, err);

	if (status == OK)
		status = http_query(req, "deltatoken", true, &from, err);
	if (status != OK)
		return status;
	if (!str_is_none(skip) && !str_is_none(from))
		return error_set(err, E_INVALID, "$skiptoken", "$skiptoken and $deltatoken exclude each other");
	*delta = !str_is_none(from);
	*token = *delta ? from : skip;
	return OK;
}

void api_name_fresh_start(struct http_request *req, struct http_response *res)
{
	http_set_header(res, "Location",
			arena_printf(&req->arena, "%.*s%.*s", STR_ARG(api_base_url(req)), STR_ARG(req->path)));
}

enum status api_link_open(void *app, struct http_request *req, struct http_response *res, enum link_feed feed,
			  int64_t party, struct link *link, bool *present, struct error *err)
{
	struct exchange *x = api_exchange(app);
	struct str token;
	bool delta = false;
	enum status status = link_token(req, &token, &delta, err);

	*present = false;
	/* $deltatoken=latest is a wish, not a token: the feed answers it. */
	if (status != OK || str_is_none(token) || (delta && str_is(token, "latest")))
		return status;
	status = link_open(&req->arena, x->link_key, token, feed, party, clock_now_ms(),
			   x->settings.delta_lifetime_s * MS_PER_SECOND, x->settings.next_link_lifetime_s * MS_PER_SECOND,
			   link, err);
	if (status == OK && (link->kind == LINK_DELTA) != delta)
		status = error_set(err, E_TOKEN_INVALID, NULL, "a next link's token is no delta token, nor the other way round");
	if (status == E_GONE)
		api_name_fresh_start(req, res);
	*present = status == OK;
	return status;
}

struct str api_link_url(void *app, struct http_request *req, struct link link)
{
	struct str token;

	link.issued_ms = clock_now_ms();
	token = link_seal(&req->arena, api_exchange(app)->link_key, &link);
	return arena_printf(&req->arena, "%.*s%.*s?%s=%.*s", STR_ARG(api_base_url(req)), STR_ARG(req->path),
			    link.kind == LINK_DELTA ? "$deltatoken" : "$skiptoken", STR_ARG(token));
}

void api_link_write(void *app, struct http_request *req, struct json_writer *w, struct link link)
{
	json_member_str(w, link.kind == LINK_DELTA ? "@odata.deltaLink" : "@odata.nextLink",
			api_link_url(app, req, link));
}

enum status api_audit(void *app, struct http_request *req, int status, struct str object, uint64_t subject,
		      int64_t count, struct error *err)
{
	const struct caller *caller = api_caller(req);
	struct str action = arena_printf(&req->arena, "%s %s", http_method_name(req->method), req->route->pattern);
	struct audit_entry entry = {
		.client_id = caller ? caller->client_id : "",
		.operator_id = caller ? caller->operator_id : "",
		.tenant_id = caller ? caller->tenant_id : "",
		.action = action.p,
		.object = object,
		.subject = subject,
		.count = count,
		.status = status,
		.request_id = req->request_id,
	};

	return audit_write(api_exchange(app)->audit, &entry, err);
}

/* --- what the listener calls -------------------------------------------------- */

static bool names_option(struct str names, struct str option)
{
	while (names.n)
		if (str_equal(str_cut(&names, ','), option))
			return true;
	return false;
}

/* An option of OData ("$...") that is misspelt is not passed over in silence.  What has no dollar may be a tracer's. */
static enum status known_options(const struct http_request *req, struct error *err)
{
	const struct api_route *route = req->route->tag;

	for (size_t i = 0; i < req->query_count; i++) {
		struct str name = req->query[i].name;

		if (name.n && name.p[0] == '$' && !names_option(str_from(route->query), name))
			return error_set(err, E_INVALID, "query", "this route has no option %.*s", name.n > 40 ? 40 : (int)name.n,
					 name.p);
	}
	return OK;
}

enum status api_guard(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	const struct api_route *route = req->route->tag;
	struct api *api = app;
	struct str authorization = http_header(req, "Authorization");
	struct caller *caller = NULL;
	enum status status;

	http_set_header(res, "OData-Version", STR("4.0"));
	if (route->access.face == FACE_NONE)
		return OK;
	if (authorization.n) {
		caller = ARENA_NEW(&req->arena, struct caller);
		status = tokens_caller(api->tokens, authorization, caller, err);
		if (status == E_UNAUTHENTICATED && route->access.loopback_suffices && req->peer_is_loopback)
			return OK;
		if (status != OK)
			return status;
		req->caller = caller;
	}
	status = access_decide(&route->access, caller, req->peer_is_loopback, err);
	return status == OK ? known_options(req, err) : status;
}

/* The token endpoint answers as RFC 6749 section 5.2 says, all others as Graph does. */
static void render_oauth_error(struct http_response *res, enum status status, const struct error *err)
{
	const char *code = status == E_UNAUTHENTICATED ? "invalid_client" :
			   status_http(status) >= 500  ? "temporarily_unavailable" :
			   str_is(str_from(err->field), "grant_type") ? "unsupported_grant_type" :
								       "invalid_request";
	struct json_writer w;

	json_writer_init(&w, &res->body);
	json_object_begin(&w);
	json_member_z(&w, "error", code);
	json_member_z(&w, "error_description", err->message);
	json_object_end(&w);
}

void api_render_error(void *app, struct http_request *req, struct http_response *res, enum status status,
		      const struct error *err)
{
	const struct api_route *route = req->route ? req->route->tag : NULL;
	struct json_writer w;

	(void)app;
	buf_clear(&res->body);
	res->content_type = NULL;
	res->status = status_http(status);
	if (status == E_UNAUTHENTICATED)
		http_set_header(res, "WWW-Authenticate", STR("Bearer realm=\"tallystick\""));
	if (res->status == 429 || res->status == 503)
		http_set_header(res, "Retry-After", STR("2"));
	if (res->status >= 500)
		log_event(LOG_ERROR, "request failed", LOG_Z("requestId", req->request_id),
			  LOG_Z("route", req->route ? req->route->pattern : ""), LOG_Z("code", status_wire(status)),
			  LOG_Z("reason", err->message), LOG_END);
	if (route && route->handler == api_token_handler) {
		render_oauth_error(res, status, err);
		return;
	}
	json_writer_init(&w, &res->body);
	json_object_begin(&w);
	json_key(&w, "error");
	json_object_begin(&w);
	json_member_z(&w, "code", status_wire(status));
	/* What failed on our side is in the log; the peer gets the request id. */
	json_member_z(&w, "message", res->status >= 500 ? status_meaning(status) : err->message);
	if (err->field[0])
		json_member_z(&w, "target", err->field);
	json_key(&w, "innerError");
	json_object_begin(&w);
	json_member_instant(&w, "date", clock_now_ms());
	json_member_z(&w, "request-id", req->request_id);
	if (req->client_request_id.n)
		json_member_str(&w, "client-request-id", req->client_request_id);
	json_object_end(&w);
	json_object_end(&w);
	json_object_end(&w);
}

void api_done(void *app, const struct http_request *req, int status, int64_t took_us)
{
	struct api *api = app;
	const struct caller *caller = req->caller;

	metrics_request(api->metrics, api_route_index(req->route), status, took_us);
	log_event(LOG_DEBUG, "request", LOG_Z("requestId", req->request_id),
		  LOG_Z("method", http_method_name(req->method)), LOG_Z("route", req->route ? req->route->pattern : ""),
		  LOG_I64("status", status), LOG_I64("microseconds", took_us),
		  LOG_Z("clientId", caller ? caller->client_id : ""), LOG_END);
}
