#include "http/response.h"

#include "base/log.h"

#include <microhttpd.h>
#include <time.h>

bool response_has_body(int status)
{
	return status >= 200 && status != 204 && status != 304;
}

/* A line end in a value would let a peer write headers of its own. */
static bool is_safe(struct str value)
{
	for (size_t i = 0; i < value.n; i++)
		if ((unsigned char)value.p[i] < 0x20 && value.p[i] != '\t')
			return false;
	return true;
}

static bool has_header(const struct http_response *res, struct str name)
{
	for (size_t i = 0; i < res->header_count; i++)
		if (str_equal_ascii_case(res->headers[i].name, name))
			return true;
	return false;
}

void response_each_header(const struct http_request *req, const struct http_response *res, response_add_header *add,
			  void *context)
{
	add(context, STR("Strict-Transport-Security"), STR("max-age=31536000"));
	add(context, STR("X-Content-Type-Options"), STR("nosniff"));
	if (!has_header(res, STR("Cache-Control")))
		add(context, STR("Cache-Control"), STR("no-store"));
	add(context, STR("request-id"), str_from(req->request_id));
	if (req->client_request_id.n)
		add(context, STR("client-request-id"), req->client_request_id);
	if (res->body.n)
		add(context, STR("Content-Type"), str_from(res->content_type ? res->content_type : "application/json"));
	for (size_t i = 0; i < res->header_count; i++) {
		if (is_safe(res->headers[i].value))
			add(context, res->headers[i].name, res->headers[i].value);
		else
			log_event(LOG_WARNING, "response header left out: its value holds a control character",
				  LOG_Z("requestId", req->request_id), LOG_STR("header", res->headers[i].name),
				  LOG_END);
	}
}

static void add_line(void *context, struct str name, struct str value)
{
	buf_printf(context, "%.*s: %.*s\r\n", STR_ARG(name), STR_ARG(value));
}

/* RFC 9110 5.6.7.  The program never leaves the C locale, so days and months have their English names. */
static void add_date(struct buf *out)
{
	time_t now = time(NULL);
	struct tm utc;
	char text[40];

	strftime(text, sizeof(text), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", gmtime_r(&now, &utc));
	buf_add_str(out, str_from(text));
}

void response_write(struct buf *out, const struct http_request *req, const struct http_response *res, bool is_head)
{
	buf_printf(out, "HTTP/1.1 %d %s\r\n", res->status, MHD_get_reason_phrase_for((unsigned)res->status));
	add_date(out);
	response_each_header(req, res, add_line, out);
	buf_printf(out, "Content-Length: %zu\r\nConnection: close\r\n\r\n", res->body.n);
	if (!is_head)
		buf_add_str(out, buf_str(&res->body));
}
