/* The token endpoint (RFC 6749 section 4.4) and OpenID discovery.  Tokens are
 * opaque; the key set is empty, yet Microsoft's libraries want the documents. */
#include "api/groups.h"
#include "api/server.h"
#include "auth/token.h"
#include "base/encoding.h"

#define FORM_BYTES_MAX ((size_t)16 * 1024)

struct form {
	struct str grant_type, client_id, client_secret;
};

/* application/x-www-form-urlencoded: here, and only here, + is a blank. */
static bool form_decode(struct arena *arena, struct str raw, struct str *out)
{
	char *copy = arena_cstr(arena, raw);
	struct buf text;
	bool good;

	for (size_t i = 0; i < raw.n; i++)
		if (copy[i] == '+')
			copy[i] = ' ';
	buf_init(&text, FORM_BYTES_MAX);
	good = percent_decode(str_of(copy, raw.n), &text) && !text.overflow;
	*out = arena_str(arena, buf_str(&text));
	buf_release(&text);
	return good;
}

static enum status form_read(struct http_request *req, struct form *form, struct error *err)
{
	static const char *const names[] = { "grant_type", "client_id", "client_secret" };
	struct str *const slots[] = { &form->grant_type, &form->client_id, &form->client_secret };
	struct str rest = req->body;

	while (!str_is_none(rest)) {
		struct str value = str_cut(&rest, '&'), name = str_cut(&value, '=');

		for (int i = 0; i < 3; i++) {
			if (!str_is(name, names[i]))
				continue;
			if (!str_is_none(*slots[i]))
				return error_set(err, E_INVALID, names[i], "%s stands twice", names[i]);
			if (str_is_none(value) || !form_decode(&req->arena, value, slots[i]))
				return error_set(err, E_INVALID, names[i], "%s is not well encoded", names[i]);
		}
	}
	return OK;
}

/* HTTP Basic (RFC 6749 section 2.3.1): both parts are form-encoded, then base64. */
static enum status basic_read(struct http_request *req, struct form *form, struct error *err)
{
	struct str value = http_header(req, "Authorization"), scheme = str_cut(&value, ' '), user, plain;
	char *url;
	size_t n;

	if (str_is_none(value) || !str_equal_ascii_case(scheme, STR("Basic")))
		return OK;
	value = str_trim(value);
	while (value.n && value.p[value.n - 1] == '=')
		value.n--;
	url = arena_cstr(&req->arena, value);
	for (size_t i = 0; i < value.n; i++)
		url[i] = url[i] == '+' ? '-' : url[i] == '/' ? '_' : url[i];
	plain.p = arena_alloc(&req->arena, value.n + 1);
	if (!base64url_decode(str_of(url, value.n), (char *)plain.p, value.n, &n))
		return error_set(err, E_INVALID, "Authorization", "the Basic credentials are not valid base64");
	plain.n = n;
	user = str_cut(&plain, ':');
	if (str_is_none(plain) || !form_decode(&req->arena, user, &form->client_id) ||
	    !form_decode(&req->arena, plain, &form->client_secret))
		return error_set(err, E_INVALID, "Authorization", "the Basic credentials are not well encoded");
	return OK;
}

static bool is_form(struct http_request *req)
{
	struct str type = http_header(req, "Content-Type");

	return str_equal_ascii_case(str_trim(str_cut(&type, ';')), STR("application/x-www-form-urlencoded"));
}

enum status api_token_handler(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	bool named = strstr(req->route->pattern, "{tenant}") != NULL;
	char token[SECRET_TEXT_SIZE];
	struct form form = { 0 };
	struct json_writer w;
	int64_t expires_in;
	enum status status = api_uncoded(req, err);

	if (status != OK)
		return status;
	if (!is_form(req))
		return error_set(err, E_INVALID, "Content-Type", "expected application/x-www-form-urlencoded");
	status = form_read(req, &form, err);
	if (status == OK)
		status = basic_read(req, &form, err);
	if (status != OK)
		return status;
	if (!str_is(form.grant_type, "client_credentials"))
		return error_set(err, E_INVALID, "grant_type", "expected grant_type=client_credentials");
	if (form.client_id.n == 0 || form.client_secret.n == 0)
		return error_set(err, E_INVALID, "client_id", "expected client_id and client_secret");
	status = tokens_issue(((struct api *)app)->tokens, form.client_id, form.client_secret,
			      named ? req->params[0] : STR_NONE, token, &expires_in, err);
	if (status != OK)
		return status;
	api_json_begin(res, 200, &w);
	json_object_begin(&w);
	json_member_z(&w, "token_type", "Bearer");
	json_member_i64(&w, "expires_in", expires_in);
	json_member_i64(&w, "ext_expires_in", expires_in);
	json_member_z(&w, "access_token", token);
	json_object_end(&w);
	return OK;
}

static void strings(struct json_writer *w, const char *key, const char *const *values)
{
	json_key(w, key);
	json_array_begin(w);
	for (; *values; values++)
		json_z(w, *values);
	json_array_end(w);
}

static enum status discovery(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	/* The issuer is the authority as it was asked for, host and tenant alike. */
	struct str tenant = strstr(req->route->pattern, "{tenant}") ? req->params[0] : STR_NONE;
	struct str base = api_base_url(req);
	struct str authority = str_is_none(tenant) ? base :
						     arena_printf(&req->arena, "%.*s/%.*s", STR_ARG(base), STR_ARG(tenant));
	bool v2 = strstr(req->route->pattern, "/v2.0/") != NULL;
	struct json_writer w;

	(void)app;
	(void)err;
	api_json_begin(res, 200, &w);
	json_object_begin(&w);
	json_member_str(&w, "issuer", arena_printf(&req->arena, "%.*s%s", STR_ARG(authority), v2 ? "/v2.0" : ""));
	json_member_str(&w, "token_endpoint", arena_printf(&req->arena, "%.*s/oauth2/v2.0/token", STR_ARG(authority)));
	json_member_str(&w, "authorization_endpoint",
			arena_printf(&req->arena, "%.*s/oauth2/v2.0/authorize", STR_ARG(authority)));
	json_member_str(&w, "jwks_uri", arena_printf(&req->arena, "%.*s/discovery/v2.0/keys", STR_ARG(base)));
	strings(&w, "grant_types_supported", (const char *const[]){ "client_credentials", NULL });
	strings(&w, "response_types_supported", (const char *const[]){ "token", NULL });
	strings(&w, "subject_types_supported", (const char *const[]){ "public", NULL });
	strings(&w, "id_token_signing_alg_values_supported", (const char *const[]){ "ES256", NULL });
	strings(&w, "token_endpoint_auth_methods_supported",
		(const char *const[]){ "client_secret_post", "client_secret_basic", NULL });
	json_object_end(&w);
	return OK;
}

static enum status key_set(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	(void)app;
	(void)req;
	(void)err;
	buf_add_str(&res->body, STR("{\"keys\":[]}"));
	return OK;
}

#define OPEN { FACE_NONE, 0, false }
#define TOKEN_ROUTE(pattern)                                                                                           \
	{ HTTP_POST, pattern, api_token_handler, NULL, OPEN, "Issues an access token for client credentials.", NULL,    \
	  "TokenRequest", "Token", 200, FORM_BYTES_MAX }
#define DISCOVERY_ROUTE(pattern)                                                                                       \
	{ HTTP_GET, pattern, discovery, NULL, OPEN, "OpenID discovery of the exchange's token issuer.", NULL, NULL,     \
	  "Discovery", 200, 0 }

static const struct api_route routes[] = {
	TOKEN_ROUTE("/oauth2/v2.0/token"),
	TOKEN_ROUTE("/{tenant}/oauth2/v2.0/token"),
	DISCOVERY_ROUTE("/.well-known/openid-configuration"),
	DISCOVERY_ROUTE("/{tenant}/.well-known/openid-configuration"),
	DISCOVERY_ROUTE("/{tenant}/v2.0/.well-known/openid-configuration"),
	{ HTTP_GET, "/discovery/v2.0/keys", key_set, NULL, OPEN, "The issuer's signing keys: none, tokens are opaque.",
	  NULL, NULL, "KeySet", 200, 0 },
};

const struct api_route_group api_token_group = { routes, sizeof(routes) / sizeof(routes[0]) };
