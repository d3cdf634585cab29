/* http/server.h - an HTTPS listener and a table of routes.  Knows no telephony.
 *
 * HTTP/1.1 and 1.0 (RFC 9110, 9112) over TLS 1.3 and 1.2, by libmicrohttpd and
 * GnuTLS; README.md says what is added to them, and why.  A request goes:
 * target and headers within limits -> framing is unambiguous -> route found ->
 * guard (who may) -> body -> handler -> response.  What fails on the way is
 * rendered by the application's render_error, so that answers have one shape,
 * all but those to a head or a coding that the library cannot parse.  HEAD is
 * answered as GET without a body; a method that the path does not have is
 * E_METHOD with Allow.
 *
 * Threads: each connection has one, on which the callbacks of its requests run,
 * those of different connections at the same time.  They may block.  Stacks
 * have HTTP_STACK_SIZE bytes.  Ownership: everything that a request points to
 * lives in its arena until the response is sent. */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/random.h"

#define HTTP_STACK_SIZE ((size_t)512 << 10)

enum http_method { HTTP_GET, HTTP_POST, HTTP_PUT, HTTP_PATCH, HTTP_DELETE, HTTP_METHOD_COUNT };

const char *http_method_name(enum http_method method);

struct http_route;

struct http_pair {
	struct str name, value; /* decoded */
};

#define HTTP_PARAMS_MAX 4

struct http_request {
	struct arena arena;
	enum http_method method;
	struct str target;                  /* as sent: path and query */
	struct str path;                    /* as sent, without the query */
	struct str host;                    /* the Host header, validated: host[:port] */
	const struct http_route *route;     /* NULL when the request was refused before one was found */
	struct str params[HTTP_PARAMS_MAX]; /* what {names} and (*) of the pattern matched, decoded, in order */
	const struct http_pair *query;      /* decoded by RFC 3986: + is + */
	size_t query_count;
	struct str body; /* collected bodies; else empty */
	char request_id[GUID_TEXT_SIZE];
	struct str client_request_id; /* as sent, at most 128 printable ASCII bytes; else none */
	struct str peer;              /* address in text */
	bool peer_is_loopback;
	void *caller;     /* for the guard to leave what it learned; in the arena */
	void *connection; /* the server's own */
};

struct http_response {
	int status; /* 200 when left alone */
	struct buf body;
	const char *content_type;     /* NULL: no body, or application/json when there is one */
	struct http_pair headers[12]; /* values in the request's arena */
	size_t header_count;
};

/* Adds a header, or puts another value into one that is there.  The listener adds request-id, Date,
 * Content-Length, Content-Type, Cache-Control: no-store where none is set, and the security headers itself. */
void http_set_header(struct http_response *res, const char *name, struct str value);

/* A header of the request (name in any case), none when absent. */
struct str http_header(const struct http_request *req, const char *name);

/* The query option `name`, or `$name` when dollar is true and either spelling
 * may stand; E_INVALID when it stands twice; absent: OK and none. */
enum status http_query(const struct http_request *req, const char *name, bool dollar, struct str *value,
		       struct error *err);

/* A handler fills res and returns OK, or returns a failure to be rendered. */
typedef enum status http_handler(void *app, struct http_request *req, struct http_response *res, struct error *err);

/* A route that reads its body as it arrives.  begin may refuse (its failure is
 * the answer); data gets each piece; end is called once when the body arrived
 * whole and fills the response; abort instead of end when it did not. */
struct http_upload {
	enum status (*begin)(void *app, struct http_request *req, void **upload, struct error *err);
	enum status (*data)(void *upload, struct str bytes, struct error *err);
	enum status (*end)(void *upload, struct http_request *req, struct http_response *res, struct error *err);
	void (*abort)(void *upload); /* also after a failed data or end: releases */
};

/* Patterns: "/v1.0/users/{id}"; a segment "name(*)" matches name(...) and gives
 * what stands in the parentheses undecoded but for %XX; "/list/{id}" also
 * matches /list('id'); a segment may come qualified, "microsoft.graph.x.name".
 * A literal segment wins over {}.  "/console/{*}" matches any rest. */
struct http_route {
	enum http_method method;
	const char *pattern;
	http_handler *handler; /* or */
	const struct http_upload *upload;
	size_t body_max; /* collected bodies; 0: http_limits.body_max */
	const void *tag; /* the application's: access rule, documentation */
};

/* Every limit of the listener, in one place; 0 in a field takes the default, where there is one. */
struct http_limits {
	size_t target_max;                 /* 8 KiB -> 414 */
	size_t headers_max;                /* 16 KiB, names and values -> 431 */
	size_t header_count_max;           /* 100 -> 431 */
	size_t body_max;                   /* 1 MiB for collected bodies -> 413 */
	uint64_t upload_max;               /* as sent; 4 GiB -> 413 */
	unsigned connections_max;          /* 1024 */
	unsigned connections_per_peer_max; /* 256; loopback is exempt */
	unsigned idle_seconds;             /* 60: keep-alive, and a peer that sends nothing */
	unsigned request_seconds;          /* 10 for a complete header */
	unsigned rate_min;                 /* bytes a second of a body, as long as we wait for it -> 408; 0: any */
	unsigned rate_grace_seconds;       /* 10 s of waiting before rate_min is asked for */
};

struct http_server_settings {
	const char *address; /* "127.0.0.1", "::1", "0.0.0.0" */
	uint16_t port;       /* 0: any free one */
	struct str certificate_pem, key_pem;
	struct http_limits limits;
	const struct http_route *routes;
	size_t route_count;
	void *app;
	/* Called when the headers are complete and the route is found.  Anything but OK is the answer. */
	enum status (*guard)(void *app, struct http_request *req, struct http_response *res, struct error *err);
	/* Turns a failure into the response; res may hold headers already.  When the request was refused
	 * before its route was found, route is NULL and what is not known of it is empty. */
	void (*render_error)(void *app, struct http_request *req, struct http_response *res, enum status status,
			     const struct error *err);
	/* Called when a response was handed over: for metrics and the access log. */
	void (*done)(void *app, const struct http_request *req, int status, int64_t took_us);
};

struct http_server;

enum status http_server_start(struct http_server **server, const struct http_server_settings *settings,
			      struct error *err);
uint16_t http_server_port(const struct http_server *server);
unsigned http_server_connections(const struct http_server *server);

/* New handshakes use the new certificate; running connections go on. */
enum status http_server_reload(struct http_server *server, struct str certificate_pem, struct str key_pem,
			       struct error *err);

/* Stops accepting, lets requests in flight finish for at most drain_seconds, then closes their connections
 * (an upload ends in abort).  Waits for handlers that are running, however long. */
void http_server_stop(struct http_server *server, unsigned drain_seconds); /* frees it; NULL is fine */

#endif
