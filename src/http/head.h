/* http/head.h - the head of a request: request line and header fields, read
 * strictly (RFC 9112).
 *
 * What two parsers could read in two ways is refused: a bare LF or CR, a folded
 * line, a blank before the colon, a control character, Content-Length twice, as
 * a list, or beside Transfer-Encoding, any coding but chunked, Host absent or
 * twice.  Pure: bytes in, slices out; it does no I/O.
 *
 * Ownership: the slices of a head point into the bytes it was read from and
 * into the arena. */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include "http/server.h"

struct head {
	struct str method;
	struct str target; /* path and query, as sent; of an absolute target what follows the authority */
	struct str host;   /* host[:port]; none when an HTTP/1.0 request has none */
	const struct http_pair *fields;
	size_t field_count;
	bool version_1_0;
	bool keep_alive;
	bool expects_continue; /* Expect: 100-continue */
	bool chunked;
	uint64_t content_length; /* 0 when absent or chunked */
};

/* Bytes that a head within the limits can take at most. */
size_t head_size_max(const struct http_limits *limits);

enum head_extent { HEAD_PARTIAL, HEAD_WHOLE, HEAD_REFUSED };

/* Looks whether bytes begin with a whole head, of *n bytes with its empty line.
 * REFUSED: *err says
 * which limit or rule it breaks.  *scanned remembers between
 * calls how far the bytes were searched; it begins at 0. */
enum head_extent head_find(struct str bytes, const struct http_limits *limits, size_t *scanned, size_t *n,
			   struct error *err);

/* Reads a whole head.  E_INVALID, E_HEADERS or E_URI_TOO_LONG when it is refused. */
enum status head_parse(struct arena *arena, struct str bytes, const struct http_limits *limits, struct head *head,
		       struct error *err);

/* The value of a field (name in any case); none when absent; the first when it stands more than once. */
struct str head_field(const struct head *head, struct str name);

#endif
