/* http/certificate.h - makes and reads X.509 certificates with EC P-256 keys. */
#ifndef HTTP_CERTIFICATE_H
#define HTTP_CERTIFICATE_H

#include "base/buf.h"
#include "base/error.h"

#include <gnutls/x509.h>

struct identity {
	gnutls_x509_crt_t certificate; /* NULL when absent */
	gnutls_x509_privkey_t key;
};

void identity_release(struct identity *identity);

/* From PEM; the first certificate of a chain.  E_INVALID, with what is wrong but without a file's name. */
enum status identity_read(struct identity *identity, struct str certificate_pem, struct str key_pem, struct error *err);
enum status identity_write(const struct identity *identity, struct buf *certificate_pem, struct buf *key_pem,
			   struct error *err);

/* A self-signed authority for 10 years that can sign end certificates only. */
enum status certificate_make_ca(struct identity *ca, int64_t now_ms, struct error *err);

/* A server's certificate for DNS names and IP addresses, for 397 days or until the authority ends. */
enum status certificate_make_server(struct identity *server, const struct identity *ca, const char *const *names,
				    size_t name_count, int64_t now_ms, struct error *err);

int64_t certificate_ends_ms(gnutls_x509_crt_t certificate);

/* Whether its names are these and no others, in any order. */
bool certificate_has_names(gnutls_x509_crt_t certificate, const char *const *names, size_t name_count);
bool certificate_is_signed_by(gnutls_x509_crt_t certificate, gnutls_x509_crt_t ca);

#endif
