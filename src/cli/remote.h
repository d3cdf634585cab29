/* cli/remote.h - a signed-in connection to a running exchange, as its admin.json says. */
#ifndef CLI_REMOTE_H
#define CLI_REMOTE_H

#include "base/arena.h"
#include "base/error.h"
#include "formats/json.h"
#include "http/client.h"

struct remote_settings {
	const char *admin_file;   /* admin.json or demo.json */
	const char *server;       /* NULL: the file's baseUrl */
	const char *ca_file;      /* NULL: the file's caFile */
};

/* What admin.json says: where the exchange is, and its first client. */
struct remote_admin {
	struct str base_url, ca_file, client_id, client_secret; /* in the arena */
};

/* E_INVALID when it is not there or is none. */
enum status remote_admin_read(struct arena *arena, const char *path, struct remote_admin *admin, struct error *err);

/* Reads the file's first client and gets a token.  E_INVALID: the file; else the other side refused. */
enum status remote_open(struct http_client **client, const struct remote_settings *settings, struct error *err);

/* Sends, and turns an answer of 400 or more into a failure with the server's own words.  The
 * parsed body (NULL when there is none) lives in the arena. */
enum status remote_call(struct http_client *client, struct arena *arena, const char *method, const char *path,
			    struct str body, const struct json **answer, struct error *err);

#endif
