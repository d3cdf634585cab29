/* base/encoding.h - base64url without padding (RFC 4648 section 5), hexadecimal
 * and percent-encoding (RFC 3986: `+` is itself, never a blank). */
#ifndef BASE_ENCODING_H
#define BASE_ENCODING_H

#include "base/buf.h"

/* Writes 4 * n / 3 rounded up bytes, no terminator; returns how many. */
size_t base64url_encode(struct str bytes, char *out);

/* Writes at most max bytes; false on a foreign byte, a bad length, set unused
 * bits, or when max would be exceeded. */
bool base64url_decode(struct str text, void *out, size_t max, size_t *n);

/* 2 * n lower-case digits, no terminator. */
void hex_encode(struct str bytes, char *out);

/* Decodes %XX; false on a malformed escape or %00.  out may not alias s. */
bool percent_decode(struct str s, struct buf *out);

/* Escapes everything but RFC 3986's unreserved characters. */
void percent_encode(struct buf *out, struct str s);

#endif
