/* http/response.h - the bytes of a response's head. */
#ifndef HTTP_RESPONSE_H
#define HTTP_RESPONSE_H

#include "http/server.h"

/* Whether a response of this status has a body and says its length (RFC 9110 6.4.1). */
bool response_has_body(int status);

/* Appends the head.  connection: the value of the header Connection; none where it is not needed. */
void response_write_head(struct buf *out, const struct http_request *req, const struct http_response *res,
			 struct str connection);

/* The value of Date for a point in time (RFC 9110 5.6.7); 29 bytes and a NUL. */
#define HTTP_DATE_SIZE 30
void response_date(int64_t now_ms, char out[HTTP_DATE_SIZE]);

#endif
