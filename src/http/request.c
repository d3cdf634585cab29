#include "http/request.h"

#include "base/encoding.h"
#include "http/router.h"

#include <assert.h>

static const char *const method_names[HTTP_METHOD_COUNT] = {
	[HTTP_GET] = "GET", [HTTP_POST] = "POST", [HTTP_PUT] = "PUT", [HTTP_PATCH] = "PATCH", [HTTP_DELETE] = "DELETE",
};

#define CLIENT_REQUEST_ID_MAX 128

const char *http_method_name(enum http_method method)
{
	return method_names[method];
}

void request_id_make(char out[GUID_TEXT_SIZE])
{
	static _Thread_local unsigned char pool[64][16];
	static _Thread_local unsigned left;
	static const size_t groups[][2] = { { 0, 4 }, { 4, 6 }, { 6, 8 }, { 8, 10 }, { 10, 16 } };
	unsigned char *b;

	if (left == 0) {
		random_bytes(pool, sizeof(pool));
		left = sizeof(pool) / sizeof(pool[0]);
	}
	b = pool[--left];
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	for (size_t i = 0; i < 5; i++) {
		size_t from = groups[i][0], to = groups[i][1];

		hex_encode(str_of(b + from, to - from), out);
		out += 2 * (to - from);
		*out++ = i < 4 ? '-' : '\0';
	}
}

void http_set_header(struct http_response *res, const char *name, struct str value)
{
	for (size_t i = 0; i < res->header_count; i++) {
		if (str_equal_ascii_case(res->headers[i].name, str_from(name))) {
			res->headers[i].value = value;
			return;
		}
	}
	assert(res->header_count < sizeof(res->headers) / sizeof(res->headers[0]));
	res->headers[res->header_count++] = (struct http_pair){ str_from(name), value };
}

struct str http_header(const struct http_request *req, const char *name)
{
	const struct head *head = req->connection;

	return head ? head_field(head, str_from(name)) : STR_NONE;
}

enum status http_query(const struct http_request *req, const char *name, bool dollar, struct str *value,
		       struct error *err)
{
	struct str found = STR_NONE;

	for (size_t i = 0; i < req->query_count; i++) {
		struct str given = req->query[i].name;

		if (dollar && given.n && given.p[0] == '$')
			given = str_after(given, 1);
		if (!str_is(given, name))
			continue;
		if (!str_is_none(found))
			return error_set(err, E_INVALID, name, "query option %s stands twice", name);
		found = req->query[i].value;
	}
	*value = found;
	return OK;
}

static size_t count_char(struct str s, char c)
{
	size_t count = 0;

	for (size_t i = 0; i < s.n; i++)
		count += s.p[i] == c;
	return count;
}

static enum status read_query(struct http_request *req, struct str query, struct error *err)
{
	struct http_pair *pairs;
	size_t count = 0;

	if (str_is_none(query))
		return OK;
	pairs = ARENA_ARRAY(&req->arena, struct http_pair, count_char(query, '&') + 1);
	while (!str_is_none(query)) {
		struct str value = str_cut(&query, '&'), name = str_cut(&value, '=');

		if (name.n == 0 && value.n == 0)
			continue;
		if (str_is_none(value))
			value = STR("");
		if (!router_decode(&req->arena, name, &pairs[count].name) ||
		    !router_decode(&req->arena, value, &pairs[count].value))
			return error_set(err, E_INVALID, NULL,
					 "the query holds a malformed escape, a NUL byte or bytes that are no UTF-8");
		count++;
	}
	req->query = pairs;
	req->query_count = count;
	return OK;
}

/* As sent, when it can be echoed: printable ASCII of bounded length. */
static struct str read_client_request_id(const struct head *head)
{
	struct str id = head_field(head, STR("client-request-id"));

	if (id.n == 0 || id.n > CLIENT_REQUEST_ID_MAX)
		return STR_NONE;
	for (size_t i = 0; i < id.n; i++)
		if (id.p[i] < 0x20 || id.p[i] > 0x7e)
			return STR_NONE;
	return id;
}

enum status request_read_head(struct http_request *req, const struct head *head, struct error *err)
{
	struct str rest = head->target;

	req->connection = (void *)head;
	req->target = head->target;
	req->path = str_cut(&rest, '?');
	if (!str_is_none(head->host))
		req->host = head->host;
	req->client_request_id = read_client_request_id(head);
	return read_query(req, rest, err);
}
