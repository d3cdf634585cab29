/* http/response.h - the header fields of a response, and its bytes where the
 * library cannot send them. */
#ifndef HTTP_RESPONSE_H
#define HTTP_RESPONSE_H

#include "http/server.h"

/* Whether a response of this status has a body and says its length (RFC 9110 6.4.1). */
bool response_has_body(int status);

typedef void response_add_header(void *context, struct str name, struct str value);

/* Calls add for each field but Date, Content-Length and Connection; names end in NUL. */
void response_each_header(const struct http_request *req, const struct http_response *res, response_add_header *add,
			  void *context);

/* A whole response that has a body, after which the connection closes; without the body to HEAD. */
void response_write(struct buf *out, const struct http_request *req, const struct http_response *res, bool is_head);

#endif
