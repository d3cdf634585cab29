#include "base/random.h"

#include "base/encoding.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

void random_bytes(void *out, size_t n)
{
	unsigned char *p = out;

	while (n) {
		ssize_t got = getrandom(p, n, 0);

		if (got < 0)
			abort(); /* without randomness no secret may be made */
		p += got;
		n -= (size_t)got;
	}
}

void random_guid(char out[GUID_TEXT_SIZE])
{
	unsigned char b[16];

	random_bytes(b, sizeof(b));
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	snprintf(out, GUID_TEXT_SIZE, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0],
		 b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

bool guid_parse(struct str s, char out[GUID_TEXT_SIZE])
{
	if (s.n != GUID_TEXT_SIZE - 1)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (c != '-')
				return false;
		} else if (c >= 'A' && c <= 'F') {
			c = (char)(c + 32);
		} else if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
			return false;
		}
		out[i] = c;
	}
	out[s.n] = '\0';
	return true;
}

void random_token(char *out, size_t n)
{
	unsigned char bytes[64];
	size_t written;

	assert(n <= sizeof(bytes));
	random_bytes(bytes, n);
	written = base64url_encode(str_of(bytes, n), out);
	out[written] = '\0';
}

static uint64_t rotate_left(uint64_t x, int k)
{
	return (x << k) | (x >> (64 - k));
}

void prng_init(struct prng *r, uint64_t seed)
{
	/* splitmix64 fills the state, so that near seeds give far sequences. */
	for (int i = 0; i < 4; i++) {
		uint64_t z = (seed += UINT64_C(0x9e3779b97f4a7c15));

		z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
		z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
		r->s[i] = z ^ (z >> 31);
	}
}

uint64_t prng_next(struct prng *r)
{
	uint64_t result = rotate_left(r->s[1] * 5, 7) * 9;
	uint64_t t = r->s[1] << 17;

	r->s[2] ^= r->s[0];
	r->s[3] ^= r->s[1];
	r->s[1] ^= r->s[2];
	r->s[0] ^= r->s[3];
	r->s[2] ^= t;
	r->s[3] = rotate_left(r->s[3], 45);
	return result;
}

uint64_t prng_below(struct prng *r, uint64_t n)
{
	uint64_t threshold = (0 - n) % n, x;

	assert(n > 0);
	do
		x = prng_next(r);
	while (x < threshold);
	return x % n;
}

double prng_unit(struct prng *r)
{
	return (double)(prng_next(r) >> 11) * 0x1.0p-53;
}
