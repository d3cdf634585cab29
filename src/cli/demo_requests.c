#include "cli/demo_private.h"

#include <stdio.h>

enum status demo_request(struct demo *d, const struct party *as, const char *method, const char *path,
			   const struct buf *body, struct http_answer *answer, struct error *err)
{
	const char *const headers[] = { "Content-Type: application/json", NULL };
	struct http_call call = { .method = method, .path = path, .headers = body ? headers : NULL,
				  .body = body ? buf_str(body) : STR_NONE, .timeout_seconds = 120 };
	enum status status;

	http_client_set_token(d->http, as->token);
	status = http_client_send(d->http, &call, answer, err);
	if (status == OK && answer->status >= 300) {
		status = error_set(err, E_INTERNAL, NULL, "%s %s answered %d: %.200s", method, path, answer->status,
				   buf_cstr(&answer->body));
		http_answer_release(answer);
	}
	return status;
}

enum status demo_send(struct demo *d, const struct party *as, const char *method, const char *path,
			     const struct buf *body, struct error *err)
{
	struct http_answer answer;
	enum status status = demo_request(d, as, method, path, body, &answer, err);

	if (status == OK)
		http_answer_release(&answer);
	return status;
}

enum status demo_member(struct http_answer *answer, const char *key, char *out, size_t size, struct error *err)
{
	const struct json *root;
	struct str value = STR_NONE;
	struct arena arena;
	enum status status;

	arena_init(&arena);
	status = json_parse(&arena, buf_str(&answer->body), &root, err);
	if (status == OK)
		status = json_get_str(root, key, &value, err);
	if (status == OK && (value.n == 0 || value.n >= size))
		status = error_set(err, E_INTERNAL, key, "the answer has no %s", key);
	if (status == OK)
		snprintf(out, size, "%.*s", STR_ARG(value));
	arena_release(&arena);
	return status;
}

enum status demo_sign_in(struct demo *d, struct party *p, struct error *err)
{
	const char *const headers[] = { "Content-Type: application/x-www-form-urlencoded", NULL };
	struct http_answer answer;
	struct buf form;
	enum status status;

	buf_init(&form, 0);
	buf_printf(&form, "grant_type=client_credentials&client_id=%s&client_secret=%s", p->client_id, p->secret);
	http_client_set_token(d->http, NULL);
	status = http_client_send(d->http,
				  &(struct http_call){ .method = "POST", .path = "/oauth2/v2.0/token", .headers = headers,
						       .body = buf_str(&form) },
				  &answer, err);
	if (status == OK && answer.status != 200)
		status = error_set(err, E_INTERNAL, NULL, "no token for client %s", p->client_id);
	if (status == OK)
		status = demo_member(&answer, "access_token", p->token, sizeof(p->token), err);
	http_answer_release(&answer);
	buf_release(&form);
	return status;
}

enum status demo_make_client(struct demo *d, const char *name, const char *party_member, const char *party_id,
			       const char *roles, struct party *p, struct error *err)
{
	struct http_answer answer;
	struct json_writer w;
	struct buf body;
	enum status status;

	buf_init(&body, 0);
	json_writer_init(&w, &body);
	json_object_begin(&w);
	json_member_z(&w, "displayName", name);
	json_member_z(&w, party_member, party_id);
	json_key(&w, "roles");
	json_array_begin(&w);
	for (struct str rest = str_from(roles); rest.n;)
		json_str(&w, str_cut(&rest, ','));
	json_array_end(&w);
	json_object_end(&w);
	status = demo_request(d, &d->admin, "POST", "/platform/v1.0/clients", &body, &answer, err);
	buf_release(&body);
	if (status != OK)
		return status;
	status = demo_member(&answer, "clientId", p->client_id, sizeof(p->client_id), err);
	if (status == OK)
		status = demo_member(&answer, "clientSecret", p->secret, sizeof(p->secret), err);
	http_answer_release(&answer);
	return status == OK ? demo_sign_in(d, p, err) : status;
}
