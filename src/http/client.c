#include "http/client.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

#define BODY_MAX_DEFAULT ((size_t)64 << 20)
#define TIMEOUT_DEFAULT_SECONDS 60
#define CONNECT_SECONDS 15L

/* Shorter than a listener keeps an idle connection, so that a request is not sent into its end. */
#define REUSE_SECONDS 45L

#define READ_BROKEN SIZE_MAX

struct http_client {
	CURL *curl;
	char *base_url;
	char *ca_file;
	char *authorization; /* a whole header line, NULL without token */
};

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;

static void init_curl(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

enum status http_client_new(struct http_client **client, const char *base_url, const char *ca_file, struct error *err)
{
	struct http_client *c;
	size_t n = strlen(base_url);

	if (strncmp(base_url, "https://", 8) != 0 || n == 8)
		return error_set(err, E_INVALID, "baseUrl", "%s: expected a URL that begins with https://", base_url);
	pthread_once(&curl_once, init_curl);
	c = xalloc(sizeof(*c));
	c->curl = curl_easy_init();
	if (!c->curl) {
		free(c);
		return error_set(err, E_NOMEM, NULL, "no memory for a connection");
	}
	c->base_url = xstrdup(base_url);
	if (base_url[n - 1] == '/')
		c->base_url[n - 1] = '\0';
	c->ca_file = ca_file ? xstrdup(ca_file) : NULL;
	*client = c;
	return OK;
}

void http_client_free(struct http_client *client)
{
	if (!client)
		return;
	curl_easy_cleanup(client->curl);
	free(client->base_url);
	free(client->ca_file);
	http_client_set_token(client, NULL);
	free(client);
}

void http_client_set_token(struct http_client *client, const char *token)
{
	static const char prefix[] = "Authorization: Bearer ";
	char *line = NULL;

	if (token) {
		size_t size = sizeof(prefix) + strlen(token);

		line = xalloc(size);
		snprintf(line, size, "%s%s", prefix, token);
	}
	if (client->authorization)
		explicit_bzero(client->authorization, strlen(client->authorization));
	free(client->authorization);
	client->authorization = line;
}

/* --- the request ------------------------------------------------------------- */

/* Takes the place of the path: the URL of a link of the same server.  Another server must not see the token. */
static enum status url_of(const struct http_client *c, const char *path, struct buf *url, struct error *err)
{
	size_t n = strlen(c->base_url);

	buf_init(url, 0);
	if (path[0] == '/') {
		buf_add_str(url, str_from(c->base_url));
		buf_add_str(url, str_from(path));
		return OK;
	}
	if (strncmp(path, c->base_url, n) != 0 || (path[n] != '/' && path[n] != '?' && path[n] != '\0'))
		return error_set(err, E_INVALID, NULL, "%s is not a path, nor a URL that begins with %s", path,
				 c->base_url);
	buf_add_str(url, str_from(path));
	return OK;
}

/* The context of curl's callbacks. */
struct sending {
	const struct http_call *call;
	struct http_answer *answer;
	bool read_broken;
};

static size_t give_body(char *out, size_t size, size_t count, void *context)
{
	struct sending *s = context;
	size_t n = s->call->read(s->call->context, out, size * count);

	if (n != READ_BROKEN)
		return n;
	s->read_broken = true;
	return CURL_READFUNC_ABORT;
}

static size_t take_body(char *p, size_t size, size_t count, void *context)
{
	struct sending *s = context;

	buf_add(&s->answer->body, p, size * count);
	return s->answer->body.overflow ? 0 : size * count;
}

static void keep_text(char *out, size_t size, struct str value)
{
	snprintf(out, size, "%.*s", (int)(value.n < size ? value.n : size - 1), value.p);
}

/* Seconds, or a date (RFC 9110 10.2.3). */
static int read_retry_after(struct str value)
{
	char text[64];
	uint64_t seconds;
	time_t then;

	if (str_to_u64(value, INT32_MAX, &seconds))
		return (int)seconds;
	keep_text(text, sizeof(text), value);
	then = curl_getdate(text, NULL);
	if (then < 0)
		return -1;
	then -= time(NULL);
	return then < 0 ? 0 : then > INT32_MAX ? INT32_MAX : (int)then;
}

static void forget_headers(struct http_answer *answer)
{
	answer->location[0] = answer->request_id[0] = answer->content_type[0] = '\0';
	answer->retry_after = -1;
}

static size_t take_header(char *p, size_t size, size_t count, void *context)
{
	struct sending *s = context;
	struct http_answer *answer = s->answer;
	struct str line = str_of(p, size * count), name, value;

	while (line.n && (line.p[line.n - 1] == '\n' || line.p[line.n - 1] == '\r'))
		line.n--;
	if (str_starts(line, STR("HTTP/"))) {
		forget_headers(answer); /* what stood before was of an interim answer */
		return size * count;
	}
	value = line;
	name = str_cut(&value, ':');
	if (str_is_none(value))
		return size * count;
	value = str_trim(value);
	if (str_equal_ascii_case(name, STR("Location")))
		keep_text(answer->location, sizeof(answer->location), value);
	else if (str_equal_ascii_case(name, STR("request-id")))
		keep_text(answer->request_id, sizeof(answer->request_id), value);
	else if (str_equal_ascii_case(name, STR("Content-Type")))
		keep_text(answer->content_type, sizeof(answer->content_type), value);
	else if (str_equal_ascii_case(name, STR("Retry-After")))
		answer->retry_after = read_retry_after(value);
	return size * count;
}

static bool add_header(struct curl_slist **list, const char *line)
{
	struct curl_slist *longer = curl_slist_append(*list, line);

	if (longer)
		*list = longer;
	return longer != NULL;
}

static bool has_content_type(const struct http_call *call)
{
	for (size_t i = 0; call->headers && call->headers[i]; i++)
		if (strncasecmp(call->headers[i], "Content-Type:", 13) == 0)
			return true;
	return false;
}

/* A line end within a header would let its source write headers of its own. */
static bool is_header_line(const char *line)
{
	for (; *line; line++)
		if ((unsigned char)*line < 0x20 || *line == 0x7f)
			return false;
	return true;
}

static enum status check_headers(const struct http_client *c, const struct http_call *call, struct error *err)
{
	bool good = !c->authorization || is_header_line(c->authorization);

	for (size_t i = 0; good && call->headers && call->headers[i]; i++)
		good = is_header_line(call->headers[i]);
	return good ? OK : error_set(err, E_INVALID, NULL, "a header or the token holds a control character");
}

static enum status headers_of(const struct http_client *c, const struct http_call *call, struct curl_slist **list,
			      struct error *err)
{
	/* Without Expect a body is sent at once; a refusal comes while it is under way. */
	bool good = add_header(list, "Expect:");

	if (!has_content_type(call))
		good = good && add_header(list, "Content-Type:"); /* else curl calls every body a form */
	if (c->authorization)
		good = good && add_header(list, c->authorization);
	if (call->read)
		good = good && add_header(list, "Transfer-Encoding: chunked");
	for (size_t i = 0; call->headers && call->headers[i]; i++)
		good = good && add_header(list, call->headers[i]);
	return good ? OK : error_set(err, E_NOMEM, NULL, "no memory for the request's headers");
}

static void set_method(CURL *curl, const struct http_call *call)
{
	bool has_body = !str_is_none(call->body);

	if (call->read) {
		curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
		curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_body);
	} else if (has_body || strcmp(call->method, "POST") == 0) {
		curl_easy_setopt(curl, CURLOPT_POST, 1L);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, has_body ? call->body.p : "");
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.n);
	} else if (strcmp(call->method, "HEAD") == 0) {
		curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
		return;
	}
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, call->method);
}

static void set_limits(CURL *curl, const struct http_call *call)
{
	long seconds = call->timeout_seconds ? (long)call->timeout_seconds : TIMEOUT_DEFAULT_SECONDS;

	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, seconds < CONNECT_SECONDS ? seconds : CONNECT_SECONDS);
	if (call->read) {
		curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
		curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, seconds);
	} else {
		curl_easy_setopt(curl, CURLOPT_TIMEOUT, seconds);
	}
}

static void set_transport(struct http_client *c, char *reason)
{
	CURL *curl = c->curl;

	curl_easy_reset(curl); /* options, not connections */
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_MAXAGE_CONN, REUSE_SECONDS);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "tally/" TALLY_VERSION);
	if (c->ca_file)
		curl_easy_setopt(curl, CURLOPT_CAINFO, c->ca_file);
}

/* --- the answer -------------------------------------------------------------- */

static enum status fail(const struct sending *s, const struct http_client *c, CURLcode rc, const char *reason,
			struct error *err)
{
	if (s->read_broken)
		return error_set(err, E_TRUNCATED, NULL, "the upload was broken off by its source");
	if (s->answer->body.overflow)
		return error_set(err, E_TOO_LARGE, NULL, "%s: the answer is longer than %zu bytes", c->base_url,
				 s->answer->body.max);
	return error_set(err, E_UNAVAILABLE, NULL, "%s: %s", c->base_url, reason[0] ? reason : curl_easy_strerror(rc));
}

enum status http_client_send(struct http_client *client, const struct http_call *call, struct http_answer *answer,
			     struct error *err)
{
	struct sending sending = { .call = call, .answer = answer };
	struct curl_slist *headers = NULL;
	char reason[CURL_ERROR_SIZE] = "";
	struct buf url;
	long status_code = 0;
	enum status status;
	CURLcode rc;

	*answer = (struct http_answer){ 0 };
	forget_headers(answer);
	buf_init(&answer->body, call->body_max ? call->body_max : BODY_MAX_DEFAULT);
	status = url_of(client, call->path, &url, err);
	if (status == OK)
		status = check_headers(client, call, err);
	if (status == OK)
		status = headers_of(client, call, &headers, err);
	if (status != OK)
		goto out;
	set_transport(client, reason);
	set_limits(client->curl, call);
	set_method(client->curl, call);
	curl_easy_setopt(client->curl, CURLOPT_URL, buf_cstr(&url));
	curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(client->curl, CURLOPT_READDATA, &sending);
	curl_easy_setopt(client->curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(client->curl, CURLOPT_WRITEDATA, &sending);
	curl_easy_setopt(client->curl, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(client->curl, CURLOPT_HEADERDATA, &sending);
	rc = curl_easy_perform(client->curl);
	curl_easy_setopt(client->curl, CURLOPT_ERRORBUFFER, NULL);
	curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &status_code);
	answer->status = (int)status_code;
	if (rc != CURLE_OK)
		status = fail(&sending, client, rc, reason, err);
out:
	curl_slist_free_all(headers);
	buf_release(&url);
	return status;
}

void http_answer_release(struct http_answer *answer)
{
	buf_release(&answer->body);
}
