#include "base/hash.h"

#include <endian.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <xxhash.h>

uint64_t hash64(struct str s)
{
	return XXH3_64bits(s.p, s.n);
}

uint64_t hash64_u64(uint64_t a, uint64_t b)
{
	uint64_t both[2] = { htole64(a), htole64(b) }; /* the same on every machine */

	return XXH3_64bits(both, sizeof(both));
}

void sha256(struct str s, unsigned char out[SHA256_SIZE])
{
	/* Fails only for an unknown algorithm. */
	if (gnutls_hash_fast(GNUTLS_DIG_SHA256, s.n ? s.p : "", s.n, out) < 0)
		abort();
}

struct digest digest_of(struct str s)
{
	unsigned char whole[SHA256_SIZE];
	struct digest d;

	sha256(s, whole);
	memcpy(d.b, whole, DIGEST_SIZE);
	return d;
}

void hmac_sha256(struct str key, struct str message, unsigned char out[SHA256_SIZE])
{
	if (gnutls_hmac_fast(GNUTLS_MAC_SHA256, key.p, key.n, message.n ? message.p : "", message.n, out) < 0)
		abort();
}

bool bytes_equal_constant_time(const void *a, const void *b, size_t n)
{
	return gnutls_memcmp(a, b, n) == 0;
}

struct sha256_stream {
	gnutls_hash_hd_t handle;
};

struct sha256_stream *sha256_stream_new(void)
{
	struct sha256_stream *h = calloc(1, sizeof(*h));

	if (!h || gnutls_hash_init(&h->handle, GNUTLS_DIG_SHA256) < 0)
		abort();
	return h;
}

void sha256_stream_add(struct sha256_stream *h, struct str s)
{
	if (s.n && gnutls_hash(h->handle, s.p, s.n) < 0)
		abort();
}

void sha256_stream_finish(struct sha256_stream *h, unsigned char out[SHA256_SIZE])
{
	gnutls_hash_hd_t copy = gnutls_hash_copy(h->handle);

	if (!copy)
		abort();
	gnutls_hash_deinit(copy, out);
}

void sha256_stream_free(struct sha256_stream *h)
{
	if (!h)
		return;
	gnutls_hash_deinit(h->handle, NULL);
	free(h);
}
