/* http/request.h - fills a struct http_request from a head. */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include "http/head.h"

/* A version 4 UUID as random_guid's, from random bytes that a thread fetches for many requests at once. */
void request_id_make(char out[GUID_TEXT_SIZE]);

/* Target, path, query, host, client-request-id.  req->arena is used; req->connection becomes head,
 * which must outlive the request.  E_INVALID when the query is malformed. */
enum status request_read_head(struct http_request *req, const struct head *head, struct error *err);

#endif
