/* http/head.h - the head of a request as libmicrohttpd has parsed it, held against
 * what that lets pass (RFC 9112).
 *
 * What two parsers could read in two ways is refused: a bare LF or CR, a folded
 * line, a blank before the colon, a control character, Content-Length twice, as
 * a list, or beside Transfer-Encoding, any coding but chunked, Host absent or
 * twice.  So is what exceeds the limits.
 *
 * Ownership: the slices of a head live as long as its request. */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include "http/server.h"

struct MHD_Connection;

/* The parts of the request line.  The pointers lead into the library's buffer; target is what stood at target_at
 * before the library cut it at its query. */
struct head_line {
	const char *method, *target_at, *version;
	struct str target;
};

struct head {
	struct str method;
	struct str target; /* path and query, as sent; of an absolute target what follows the authority */
	struct str host;   /* host[:port]; none when an HTTP/1.0 request has none */
	const struct http_pair *fields;
	size_t field_count;
	bool version_1_0;
	bool expects_continue; /* Expect: 100-continue */
	bool chunked;
	uint64_t content_length; /* 0 when absent or chunked */
};

/* Reads the head of the request that the connection is at.  E_INVALID, E_HEADERS or E_URI_TOO_LONG. */
enum status head_read(struct arena *arena, struct MHD_Connection *connection, const struct head_line *line,
		      const struct http_limits *limits, struct head *head, struct error *err);

/* The value of a field (name in any case); none when absent; the first when it stands more than once. */
struct str head_field(const struct head *head, struct str name);

#endif
