/* formats/decompress_private.h - the bounds that every decoder keeps, for decompress.c
 * and unzip.c. */
#ifndef FORMATS_DECOMPRESS_PRIVATE_H
#define FORMATS_DECOMPRESS_PRIVATE_H

#include "formats/decompress.h"

#define DECOMPRESS_PIECE_MAX ((size_t)64 * 1024)

struct bounded_sink {
	struct decompress_limits limits;
	decompress_sink *sink;
	void *context;
	uint64_t bytes_in;    /* counted by the decoder, before it hands out what they gave */
	uint64_t bytes_out;
};

/* Hands out n decoded bytes unless a limit is exceeded. */
enum status bounded_emit(struct bounded_sink *b, const void *p, size_t n, struct error *err);

#endif
