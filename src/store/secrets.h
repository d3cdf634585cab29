/* store/secrets.h - keys that belong to the store, made once. */
#ifndef STORE_SECRETS_H
#define STORE_SECRETS_H

#include "store/store.h"

/* Reads the named secret of n bytes (at most 64), making it from random bytes
 * when it is not there yet.  Two exchanges that start at once get the same. */
enum status secret_get(struct store *store, const char *name, unsigned char *out, size_t n, struct error *err);

#endif
