/* api/api.h - what every resource of the HTTP faces shares.
 *
 * A resource is one file: handlers that translate between HTTP and the verbs of
 * exchange/, and at its end the table of its routes.  Handlers decide nothing
 * and never touch the store. */
#ifndef API_API_H
#define API_API_H

#include "auth/access.h"
#include "exchange/exchange.h"
#include "formats/json.h"
#include "http/server.h"

#include <stdatomic.h>

struct api {
	struct exchange *exchange;
	struct tokens *tokens;        /* auth/token.h */
	struct metrics *metrics;      /* api/metrics.h */
	_Atomic(bool) ready;          /* what /readyz says */
};

/* One row of the route table; from it come the router, the access check, the
 * audit's action names, the isolation test's list and the OpenAPI document. */
struct api_route {
	enum http_method method;
	const char *pattern;
	http_handler *handler;
	const struct http_upload *upload;
	struct access_rule access;
	const char *summary;          /* one sentence */
	const char *query;            /* names of the query options, comma-separated; NULL: none */
	const char *request;          /* schema name of the body; NULL: no body */
	const char *response;         /* schema name; NULL: no content */
	int success;                  /* status of success */
	size_t body_max;              /* collected bodies; 0: the listener's default */
	bool as_csv;                  /* a list, which comes as CSV too: api/listing.h */
};

struct api_route_group {
	const struct api_route *routes;
	size_t count;
};

/* Groups are named in api/groups.h and listed in api/routes.c. */

static inline const struct caller *api_caller(const struct http_request *req)
{
	return req->caller;
}

static inline struct exchange *api_exchange(void *app)
{
	return ((struct api *)app)->exchange;
}

/* Only uploads are unpacked: E_MEDIA_TYPE for any other body with a Content-Encoding. */
enum status api_uncoded(const struct http_request *req, struct error *err);

/* The body as a JSON object; E_INVALID, E_MEDIA_TYPE. */
enum status api_body(struct http_request *req, const struct json **body, struct error *err);

/* A response of JSON: begin, write, and the body is in res. */
void api_json_begin(struct http_response *res, int status, struct json_writer *w);

/* "https://host" as the client asked for it. */
struct str api_base_url(struct http_request *req);

/* $top: absent gives fallback, or what api_prefer() reads when that is there; outside 1..max is E_INVALID. */
enum status api_top(struct http_request *req, int64_t fallback, int64_t max, int64_t *top, struct error *err);

/* "Prefer: odata.maxpagesize=N" makes a page smaller than *top, and the response says what was applied.
 * One that cannot be read is passed over, as RFC 7240 wants it. */
void api_prefer(struct http_request *req, struct http_response *res, int64_t *top);

/* $orderby, which may only name the property `name`, NULL: none; *given and *descending are left alone when it is
 * absent. */
enum status api_orderby(const struct http_request *req, const char *name, bool *given, bool *descending,
			struct error *err);

/* $count; *value is left alone when it is absent. */
enum status api_count(const struct http_request *req, bool *value, struct error *err);

/* Opens the $skiptoken or $deltatoken of this request; *present false when there is neither.
 * On E_GONE the response names a fresh start. */
enum status api_link_open(void *app, struct http_request *req, struct http_response *res, enum link_feed feed,
			  int64_t party, struct link *link, bool *present, struct error *err);

/* Location: the list that was asked for, from its start. */
void api_name_fresh_start(struct http_request *req, struct http_response *res);

/* The link to the path that was asked, issued now; and the same as "@odata.nextLink" or "@odata.deltaLink". */
struct str api_link_url(void *app, struct http_request *req, struct link link);
void api_link_write(void *app, struct http_request *req, struct json_writer *w, struct link link);

/* Writes the audit entry for what the response will disclose; its failure must
 * become the answer.  subject: a number_t or 0. */
enum status api_audit(void *app, struct http_request *req, int status, struct str object, uint64_t subject,
		      int64_t count, struct error *err);

#endif
