/* http/turn.h - one request and its answer. */
#ifndef HTTP_TURN_H
#define HTTP_TURN_H

#include "http/connection.h"

/* Serves the request whose head is in the connection's buffer, of head_size
 * bytes.  False when the connection has ended. */
bool turn_serve(struct connection *connection, size_t head_size);

/* Answers what never became a request, and ends the connection. */
void turn_refuse(struct connection *connection, const struct error *why);

#endif
