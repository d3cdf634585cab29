#include "http/response.h"

#include "base/instant.h"
#include "base/log.h"

#include <stdio.h>

static const struct {
	int status;
	const char *reason;
} reasons[] = {
	{ 200, "OK" },
	{ 201, "Created" },
	{ 202, "Accepted" },
	{ 204, "No Content" },
	{ 304, "Not Modified" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 408, "Request Timeout" },
	{ 409, "Conflict" },
	{ 410, "Gone" },
	{ 411, "Length Required" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 415, "Unsupported Media Type" },
	{ 422, "Unprocessable Content" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 503, "Service Unavailable" },
	{ 507, "Insufficient Storage" },
};

/* The phrase is for people; clients go by the number. */
static const char *reason_of(int status)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Status";
}

bool response_has_body(int status)
{
	return status >= 200 && status != 204 && status != 304;
}

void response_date(int64_t now_ms, char out[HTTP_DATE_SIZE])
{
	static const char days[] = "ThuFriSatSunMonTueWed"; /* 1970-01-01 was a Thursday */
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int32_t day = instant_day(now_ms);
	unsigned second = (unsigned)((now_ms - day_start(day)) / MS_PER_SECOND), month, mday;
	int year;

	day_to_civil(day, &year, &month, &mday);
	snprintf(out, HTTP_DATE_SIZE, "%.3s, %02u %.3s %04u %02u:%02u:%02u GMT", days + 3 * (unsigned)(day % 7),
		 mday % 100, months + 3 * (month - 1), (unsigned)year % 10000, second / 3600 % 24, second / 60 % 60,
		 second % 60);
}

/* The text of the present second, which thousands of responses share. */
static struct str date_now(void)
{
	static _Thread_local char text[HTTP_DATE_SIZE];
	static _Thread_local int64_t second_of_text;
	int64_t now_ms = clock_now_ms();

	if (now_ms / MS_PER_SECOND != second_of_text) {
		response_date(now_ms, text);
		second_of_text = now_ms / MS_PER_SECOND;
	}
	return str_of(text, HTTP_DATE_SIZE - 1);
}

static void add_header(struct buf *out, struct str name, struct str value)
{
	buf_add_str(out, name);
	buf_add(out, ": ", 2);
	buf_add_str(out, value);
	buf_add(out, "\r\n", 2);
}

/* A line end in a value would let a peer write headers of its own. */
static bool is_safe(struct str value)
{
	for (size_t i = 0; i < value.n; i++)
		if ((unsigned char)value.p[i] < 0x20 && value.p[i] != '\t')
			return false;
	return true;
}

static void add_own_headers(struct buf *out, const struct http_request *req, const struct http_response *res)
{
	for (size_t i = 0; i < res->header_count; i++) {
		if (is_safe(res->headers[i].value))
			add_header(out, res->headers[i].name, res->headers[i].value);
		else
			log_event(LOG_WARNING, "response header left out: its value holds a control character",
				  LOG_Z("requestId", req->request_id), LOG_STR("header", res->headers[i].name),
				  LOG_END);
	}
}

static bool has_header(const struct http_response *res, struct str name)
{
	for (size_t i = 0; i < res->header_count; i++)
		if (str_equal_ascii_case(res->headers[i].name, name))
			return true;
	return false;
}

void response_write_head(struct buf *out, const struct http_request *req, const struct http_response *res,
			 struct str connection)
{
	buf_add(out, "HTTP/1.1 ", 9);
	buf_add_u64(out, (uint64_t)res->status);
	buf_add_char(out, ' ');
	buf_add_str(out, str_from(reason_of(res->status)));
	buf_add_str(out, STR("\r\nStrict-Transport-Security: max-age=31536000\r\nX-Content-Type-Options: nosniff\r\n"));
	if (!has_header(res, STR("Cache-Control")))
		buf_add_str(out, STR("Cache-Control: no-store\r\n"));
	add_header(out, STR("Date"), date_now());
	add_header(out, STR("request-id"), str_from(req->request_id));
	if (req->client_request_id.n)
		add_header(out, STR("client-request-id"), req->client_request_id);
	if (res->body.n && response_has_body(res->status))
		add_header(out, STR("Content-Type"),
			   str_from(res->content_type ? res->content_type : "application/json"));
	if (response_has_body(res->status)) {
		buf_add_str(out, STR("Content-Length: "));
		buf_add_u64(out, res->body.n);
		buf_add(out, "\r\n", 2);
	}
	add_own_headers(out, req, res);
	if (!str_is_none(connection))
		add_header(out, STR("Connection"), connection);
	buf_add(out, "\r\n", 2);
}
