/* http/turn.h - one request from its first line to its answer.
 *
 *     NEW --head, route, guard--> BODY --last byte--> ANSWERED
 *      |                           |
 *      +--------> FAILED <---------+    what still comes of the body is thrown away
 *
 * A failure is answered at the end of the request when that end is near, so
 * that the connection goes on; else at once, and the connection ends.  An
 * upload that is cut off ends in abort, never in end, and who still listens is
 * told.  All functions run on the connection's thread. */
#ifndef HTTP_TURN_H
#define HTTP_TURN_H

#include "http/channel.h"
#include "http/router.h"

#include <microhttpd.h>

/* What all turns of a listener share; none of it changes but stopping. */
struct turn_context {
	const struct http_server_settings *settings; /* limits filled in */
	const struct router *router;
	char address[64]; /* host:port, for HTTP/1.0 requests without Host */
	_Atomic bool stopping;
};

/* What libmicrohttpd calls: with the first line; with the head, each piece of the body, and the end; at last.
 * target lies in its buffer. */
struct turn *turn_open(struct turn_context *context, struct channel *channel, const char *target);
enum MHD_Result turn_step(struct turn *turn, struct MHD_Connection *connection, const char *method, const char *version,
			  const char *data, size_t *size);
void turn_close(struct turn *turn, enum MHD_RequestTerminationCode reason);

/* No more of the request comes, but an answer can still be sent. */
void turn_cut(struct turn *turn);

#endif
