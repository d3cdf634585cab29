/* http/credentials.h - a certificate with its key, as GnuTLS wants it, shared
 * by the connections that were opened with it. */
#ifndef HTTP_CREDENTIALS_H
#define HTTP_CREDENTIALS_H

#include "base/error.h"
#include "base/str.h"

#include <gnutls/gnutls.h>

struct credentials;

/* E_INVALID when the PEM cannot be read or the key is not the certificate's.  Begins with one reference. */
enum status credentials_new(struct credentials **credentials, struct str certificate_pem, struct str key_pem,
			    struct error *err);
struct credentials *credentials_ref(struct credentials *credentials);
void credentials_unref(struct credentials *credentials); /* NULL is fine */
gnutls_certificate_credentials_t credentials_handle(const struct credentials *credentials);

#endif
