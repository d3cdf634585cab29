/* http/client.h - requests to one HTTPS server, over libcurl with GnuTLS.
 *
 * A client keeps its connection between requests and serves one thread. */
#ifndef HTTP_CLIENT_H
#define HTTP_CLIENT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

struct http_client;

struct http_answer {
	int status;
	struct buf body;     /* at most body_max bytes; release with http_answer_release */
	char location[1024]; /* the header's value, "" when absent */
	char request_id[64];
	char content_type[128];
	int retry_after; /* seconds, -1 when absent */
};

struct http_call {
	const char *method;         /* "GET" ... */
	const char *path;           /* appended to the base URL, or a whole https:// URL of the same server */
	const char *const *headers; /* "Name: value", NULL-ended; may be NULL */
	struct str body;            /* when read is NULL; none: no body */
	/* A body of any length, sent chunked: fills at most max bytes, returns how
	 * many, 0 at the end, SIZE_MAX to break off. */
	size_t (*read)(void *context, char *out, size_t max);
	void *context;
	size_t body_max;          /* of the answer; 0: 64 MiB */
	unsigned timeout_seconds; /* 0: 60; uploads by read have no total limit but a stall limit of that length */
};

/* base_url "https://host:port"; ca_file NULL: the system's. */
enum status http_client_new(struct http_client **client, const char *base_url, const char *ca_file, struct error *err);
void http_client_free(struct http_client *client);

/* Sent with every later request as "Authorization: Bearer ..."; NULL: none. */
void http_client_set_token(struct http_client *client, const char *token);

/* Any HTTP status is OK.  E_UNAVAILABLE when the server cannot be reached, is not
 * the one that its certificate must name, or does not answer; E_TRUNCATED when
 * read broke off; E_TOO_LARGE when the answer exceeds body_max; E_INVALID for a
 * URL of another server or a header with a control character.  answer is
 * initialised here and released by the caller, after a failure too. */
enum status http_client_send(struct http_client *client, const struct http_call *call, struct http_answer *answer,
			     struct error *err);
void http_answer_release(struct http_answer *answer);

#endif
