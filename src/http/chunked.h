/* http/chunked.h - takes the chunked coding off a body, strictly (RFC 9112 7.1).
 *
 * Incremental and pure: it may be given a byte at a time.  Chunk extensions and
 * trailer fields are passed over, within bounds. */
#ifndef HTTP_CHUNKED_H
#define HTTP_CHUNKED_H

#include "base/str.h"

struct chunked {
	int state;         /* private; a zeroed struct is at the beginning */
	uint64_t left;     /* bytes of the present chunk to come */
	unsigned digits;   /* of its size */
	unsigned overhead; /* bytes of extensions and trailers since the last data */
};

enum chunked_result {
	CHUNKED_MORE, /* all of *in is used up */
	CHUNKED_DATA, /* *data is a piece of the body, part of what *in was */
	CHUNKED_END,  /* the body is whole; *in is what follows it */
	CHUNKED_BROKEN,
};

enum chunked_result chunked_next(struct chunked *c, struct str *in, struct str *data);

#endif
