/* base/random.h - unpredictable bytes, and predictable ones for simulation. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include "base/str.h"

/* From the kernel; cannot fail once the system has booted. */
void random_bytes(void *out, size_t n);

/* A version 4 UUID (RFC 9562), lower case, NUL-terminated. */
#define GUID_TEXT_SIZE 37
void random_guid(char out[GUID_TEXT_SIZE]);

/* Any UUID in 8-4-4-4-12 form; *out is lower case. */
bool guid_parse(struct str s, char out[GUID_TEXT_SIZE]);

/* n random bytes as base64url without padding (RFC 4648), NUL-terminated; out
 * has room for 4 * n / 3 + 2 bytes. */
void random_token(char *out, size_t n);

/* xoshiro256**: the same seed gives the same numbers on every machine.  Not for secrets. */
struct prng {
	uint64_t s[4];
};

void prng_init(struct prng *r, uint64_t seed);
uint64_t prng_next(struct prng *r);
uint64_t prng_below(struct prng *r, uint64_t n);  /* 0..n-1, unbiased; n > 0 */
double prng_unit(struct prng *r);                 /* [0, 1) */

#endif
