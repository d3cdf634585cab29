#include "cli/remote.h"

#include "base/encoding.h"
#include "cli/directory.h"

#include <errno.h>
#include <string.h>

enum status remote_admin_read(struct arena *arena, const char *path, struct remote_admin *admin, struct error *err)
{
	const struct json *root, *clients;
	struct str text;
	enum status status = file_text(arena, path, &text, err);

	if (status == OK && str_is_none(text))
		status = error_set(err, E_INVALID, NULL, "%s: %s", path, strerror(ENOENT));
	if (status == OK && json_parse(arena, text, &root, err) != OK)
		status = error_prefix(err, "%s", path);
	if (status != OK)
		return status;
	clients = json_get(root, "clients");
	if (!clients || clients->type != JSON_ARRAY || !clients->first)
		return error_set(err, E_INVALID, NULL, "%s: expected clients, as in an exchange's admin.json", path);
	if (json_get_str(root, "baseUrl", &admin->base_url, err) != OK ||
	    json_get_str(root, "caFile", &admin->ca_file, err) != OK ||
	    json_get_str(clients->first, "clientId", &admin->client_id, err) != OK ||
	    json_get_str(clients->first, "clientSecret", &admin->client_secret, err) != OK)
		return error_prefix(err, "%s", path);
	if (admin->client_id.n == 0 || admin->client_secret.n == 0)
		return error_set(err, E_INVALID, NULL, "%s: the first client has no clientId or clientSecret", path);
	return OK;
}

/* The server's words of an error, in Graph's shape or in OAuth's. */
static enum status refused(const struct json *answer, int http_status, struct error *err)
{
	const struct json *error = answer ? json_get(answer, "error") : NULL;
	struct str code = STR_NONE, message = STR_NONE, target = STR_NONE;

	if (error && error->type == JSON_OBJECT) {
		json_get_str(error, "code", &code, NULL);
		json_get_str(error, "message", &message, NULL);
		json_get_str(error, "target", &target, NULL);
	} else if (error && error->type == JSON_STRING) {
		code = error->text;
		json_get_str(answer, "error_description", &message, NULL);
	}
	return error_set(err, http_status == 404 ? E_NOT_FOUND : E_DENIED, NULL,
			 "the server answered %d%s%.*s%s%.*s%s%.*s%s", http_status, code.n ? " " : "", STR_ARG(code),
			 message.n ? ": " : "", STR_ARG(message), target.n ? " (" : "", STR_ARG(target),
			 target.n ? ")" : "");
}

static enum status send_call(struct http_client *client, struct arena *arena, const struct http_call *call,
			     const struct json **answer, struct error *err)
{
	struct http_answer a;
	enum status status = http_client_send(client, call, &a, err);

	*answer = NULL;
	if (status != OK)
		return status;
	/* The tree points into the text, which goes with the answer. */
	if (a.body.n && json_parse(arena, arena_str(arena, buf_str(&a.body)), answer, err) != OK && a.status < 400)
		status = error_prefix(err, "the server's answer is not understood");
	if (status == OK && a.status >= 400)
		status = refused(*answer, a.status, err);
	http_answer_release(&a);
	return status;
}

enum status remote_call(struct http_client *client, struct arena *arena, const char *method, const char *path,
			struct str body, const struct json **answer, struct error *err)
{
	static const char *const json_headers[] = { "Content-Type: application/json", NULL };
	struct http_call call = {
		.method = method,
		.path = path,
		.headers = str_is_none(body) ? NULL : json_headers,
		.body = body,
	};

	return send_call(client, arena, &call, answer, err);
}

static enum status sign_in(struct http_client *client, struct arena *arena, const struct remote_admin *admin,
			   struct error *err)
{
	static const char *const form_headers[] = { "Content-Type: application/x-www-form-urlencoded", NULL };
	const struct json *answer;
	struct str token = STR_NONE;
	struct buf form;
	enum status status;

	buf_init(&form, 0);
	buf_add_str(&form, STR("grant_type=client_credentials&client_id="));
	percent_encode(&form, admin->client_id);
	buf_add_str(&form, STR("&client_secret="));
	percent_encode(&form, admin->client_secret);
	struct http_call call = {
		.method = "POST", .path = "/oauth2/v2.0/token", .headers = form_headers, .body = buf_str(&form)
	};

	status = send_call(client, arena, &call, &answer, err);
	if (status == OK)
		json_get_str(answer, "access_token", &token, NULL);
	if (status == OK && token.n == 0)
		status = error_set(err, E_DENIED, NULL, "the server gave no token");
	if (status == OK)
		http_client_set_token(client, arena_cstr(arena, token));
	buf_release(&form);
	return status;
}

enum status remote_open(struct http_client **client, const struct remote_settings *settings, struct error *err)
{
	struct remote_admin admin = { .ca_file = STR_NONE };
	struct http_client *c = NULL;
	const char *server = settings->server, *ca_file = settings->ca_file;
	struct arena arena;
	enum status status;

	arena_init(&arena);
	status = remote_admin_read(&arena, settings->admin_file, &admin, err);
	if (status == OK && !server && admin.base_url.n == 0)
		status = error_set(err, E_INVALID, NULL, "%s: it has no baseUrl, and no --server was given",
				   settings->admin_file);
	if (status != OK)
		goto done;
	if (!server)
		server = arena_cstr(&arena, admin.base_url);
	if (!ca_file && admin.ca_file.n)
		ca_file = arena_cstr(&arena, admin.ca_file);
	status = http_client_new(&c, server, ca_file, err);
	if (status == OK)
		status = sign_in(c, &arena, &admin, err);
	/* What stood in the file was read: from here on it is the other side. */
	if (status == E_INVALID)
		status = E_UNAVAILABLE;
done:
	if (status == OK)
		*client = c;
	else
		http_client_free(c);
	arena_release(&arena);
	return status;
}
