/* base/hash.h - hashes that are stable across machines and versions (XXH3) and
 * the digest of a record's content (SHA-256 cut to 128 bits).
 *
 * hash64 is for tables and indexes, not for secrets. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/str.h"

uint64_t hash64(struct str s);
uint64_t hash64_u64(uint64_t a, uint64_t b);

#define DIGEST_SIZE 16
struct digest {
	unsigned char b[DIGEST_SIZE];
};

struct digest digest_of(struct str s);

#define SHA256_SIZE 32
void sha256(struct str s, unsigned char out[SHA256_SIZE]);

/* HMAC-SHA256 (RFC 2104). */
void hmac_sha256(struct str key, struct str message, unsigned char out[SHA256_SIZE]);

/* Takes the same time wherever they differ. */
bool bytes_equal_constant_time(const void *a, const void *b, size_t n);

/* SHA-256 of what comes in pieces. */
struct sha256_stream;
struct sha256_stream *sha256_stream_new(void);
void sha256_stream_add(struct sha256_stream *h, struct str s);
void sha256_stream_finish(struct sha256_stream *h, unsigned char out[SHA256_SIZE]);  /* may be called again after more */
void sha256_stream_free(struct sha256_stream *h);                                    /* NULL is fine */

#endif
