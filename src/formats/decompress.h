/* formats/decompress.h - gzip and zstd, pushed in pieces, with bounds.
 *
 * One stream of members or frames; several in a row are read as one content, as
 * RFC 1952 and RFC 8878 say.  Bytes behind the last member, a wrong checksum
 * and an early end are errors.  Output comes in pieces of at most 64 KiB.
 * A stream that decompresses past limits.bytes_max, or past ratio_max times
 * what was read (looked at beyond the first MiB), ends with E_TOO_LARGE. */
#ifndef FORMATS_DECOMPRESS_H
#define FORMATS_DECOMPRESS_H

#include "base/error.h"
#include "base/str.h"

enum coding { CODING_IDENTITY, CODING_GZIP, CODING_ZSTD };

/* The value of Content-Encoding; absent and "identity" are CODING_IDENTITY. */
bool coding_parse(struct str name, enum coding *coding);

/* By the first four bytes of a file. */
enum coding coding_sniff(struct str head);

struct decompress_limits {
	uint64_t bytes_max;   /* 0: no bound */
	unsigned ratio_max;   /* 0: no bound */
	unsigned zstd_window_log_max; /* 0: 23, the 8 MiB of RFC 9659; larger windows are E_TOO_LARGE */
};

typedef enum status decompress_sink(void *context, struct str bytes, struct error *err);

struct decompress;

enum status decompress_new(struct decompress **d, enum coding coding, const struct decompress_limits *limits,
			   decompress_sink *sink, void *context, struct error *err);
enum status decompress_push(struct decompress *d, struct str bytes, struct error *err);
enum status decompress_finish(struct decompress *d, struct error *err);  /* E_TRUNCATED when it ends early */
void decompress_free(struct decompress *d);                             /* NULL is fine */

#endif
