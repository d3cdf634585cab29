/* http/accept.h - which of several media types a request wants (RFC 9110 12.5.1). */
#ifndef HTTP_ACCEPT_H
#define HTTP_ACCEPT_H

#include "base/str.h"

struct http_offer {
	const char *type;    /* "text/csv" */
	const char *profile; /* the value of its parameter "profile"; NULL: it has none */
};

#define HTTP_ACCEPT_NONE SIZE_MAX

/* The index of the offer that the field's value prefers, of equals the first; HTTP_ACCEPT_NONE when it admits none
 * of them.  Absent or blank, it admits all alike.  Of the parameters only profile and q tell ranges apart; a range
 * that cannot be read admits nothing. */
size_t http_accept(struct str accept, const struct http_offer *offers, size_t count);

#endif
