#include "http/credentials.h"

#include "base/arena.h"

#include <stdatomic.h>
#include <stdlib.h>

struct credentials {
	gnutls_certificate_credentials_t handle;
	_Atomic unsigned references;
};

enum status credentials_new(struct credentials **credentials, struct str certificate_pem, struct str key_pem,
			    struct error *err)
{
	gnutls_datum_t certificate = { (unsigned char *)certificate_pem.p, (unsigned)certificate_pem.n };
	gnutls_datum_t key = { (unsigned char *)key_pem.p, (unsigned)key_pem.n };
	struct credentials *c = xalloc(sizeof(*c));
	int rc = gnutls_certificate_allocate_credentials(&c->handle);

	atomic_init(&c->references, 1);
	if (rc == 0)
		rc = gnutls_certificate_set_x509_key_mem(c->handle, &certificate, &key, GNUTLS_X509_FMT_PEM);
	if (rc < 0) {
		credentials_unref(c);
		return error_set(err, E_INVALID, NULL, "the certificate and its key cannot be used: %s",
				 gnutls_strerror(rc));
	}
	*credentials = c;
	return OK;
}

struct credentials *credentials_ref(struct credentials *credentials)
{
	atomic_fetch_add(&credentials->references, 1);
	return credentials;
}

void credentials_unref(struct credentials *credentials)
{
	if (!credentials || atomic_fetch_sub(&credentials->references, 1) > 1)
		return;
	if (credentials->handle)
		gnutls_certificate_free_credentials(credentials->handle);
	free(credentials);
}

gnutls_certificate_credentials_t credentials_handle(const struct credentials *credentials)
{
	return credentials->handle;
}
