/* http/body.h - reads the body of one request, piece by piece, within its limits. */
#ifndef HTTP_BODY_H
#define HTTP_BODY_H

#include "http/chunked.h"
#include "http/connection.h"

struct body {
	struct connection *connection;
	bool chunked;
	struct chunked coding;
	uint64_t left; /* when not chunked */
	uint64_t received, max;
	int64_t waited_us;  /* for the peer */
	bool must_continue; /* the peer waits for 100 Continue */
	bool is_whole;
	bool is_lost; /* where it ends cannot be told any more */
};

void body_init(struct body *body, struct connection *connection, const struct head *head);

/* The next piece, valid until the next call; of no bytes when the body is whole.
 * E_TOO_LARGE past max; E_TRUNCATED when the peer closed before the end; E_INVALID when the
 * chunked coding is broken; E_TIMEOUT when the peer is silent or too slow. */
enum status body_next(struct body *body, struct str *piece, struct error *err);

/* Whether what is left is little enough to be read and dropped, so that the connection can go on. */
bool body_is_discardable(const struct body *body);
bool body_discard(struct body *body);

#endif
