/* http/tls.h - the certificates of a listener: a local CA, and PEM files.
 *
 * An exchange that was given no certificate makes its own authority, so that
 * every client can verify it from the first request on.  In a folder stand
 *
 *     ca.pem          the authority, EC P-256, 10 years: what clients trust
 *     ca-key.pem      its key, mode 0600
 *     server.pem      the listener's certificate, 397 days
 *     server-key.pem  its key, mode 0600
 *
 * Each file is replaced whole or not at all.  Certificates follow RFC 5280 and
 * the baseline rules of browsers (names as subjectAltName, at most 398 days).
 *
 * Threads: any; two processes must not work on one folder at the same time. */
#ifndef HTTP_TLS_H
#define HTTP_TLS_H

#include "base/arena.h"
#include "base/error.h"

#define TLS_RENEW_BEFORE_DAYS 30

struct tls_pair {
	struct str certificate_pem, key_pem; /* in the arena */
	int64_t expires_ms;                  /* of the first certificate */
};

/* Makes in the folder what is missing, and the folder itself (mode 0700) when
 * it is absent.  names are DNS names and IP addresses; localhost, 127.0.0.1 and
 * ::1 are always among them.  A CA that is there is used again.  The server's
 * certificate is made anew when it ends within TLS_RENEW_BEFORE_DAYS, does not
 * carry exactly these names, or is not by this CA.  E_CORRUPT when a file holds something else. */
enum status tls_local_ensure(const char *folder, const char *const *names, size_t name_count, struct error *err);

/* Reads a chain (the server's own certificate first) and its key; E_INVALID names the
 * file and what is wrong: not PEM, encrypted, of another key, or past its end. */
enum status tls_pair_load(struct arena *arena, const char *certificate_file, const char *key_file,
			  struct tls_pair *pair, struct error *err);

#endif
