#include "http/certificate.h"

#include "base/instant.h"
#include "base/random.h"

#include <arpa/inet.h>
#include <stdio.h>

#define CA_DAYS 3653
#define SERVER_DAYS 397 /* browsers refuse more than 398 */

/* A peer whose clock is a little behind must not find the certificate not yet valid. */
#define BACKDATED_SECONDS 3600

#define SECONDS_PER_DAY 86400

#define KEY_ID_SIZE 32

void identity_release(struct identity *identity)
{
	if (identity->certificate)
		gnutls_x509_crt_deinit(identity->certificate);
	if (identity->key)
		gnutls_x509_privkey_deinit(identity->key);
	*identity = (struct identity){ 0 };
}

static enum status fail(int rc, const char *what, struct error *err)
{
	return error_set(err, E_INTERNAL, NULL, "%s: %s", what, gnutls_strerror(rc));
}

static bool read_key_id(const struct identity *identity, unsigned char of_certificate[KEY_ID_SIZE],
			unsigned char of_key[KEY_ID_SIZE])
{
	size_t certificate_size = KEY_ID_SIZE, key_size = KEY_ID_SIZE;

	return gnutls_x509_crt_get_key_id(identity->certificate, GNUTLS_KEYID_USE_SHA256, of_certificate,
					  &certificate_size) == 0 &&
	       gnutls_x509_privkey_get_key_id(identity->key, GNUTLS_KEYID_USE_SHA256, of_key, &key_size) == 0;
}

enum status identity_read(struct identity *out, struct str certificate_pem, struct str key_pem, struct error *err)
{
	gnutls_datum_t certificate = { (unsigned char *)certificate_pem.p, (unsigned)certificate_pem.n };
	gnutls_datum_t key = { (unsigned char *)key_pem.p, (unsigned)key_pem.n };
	unsigned char of_certificate[KEY_ID_SIZE], of_key[KEY_ID_SIZE];
	struct identity identity = { 0 };
	enum status status = OK;
	int rc;

	rc = gnutls_x509_crt_init(&identity.certificate);
	if (rc == 0)
		rc = gnutls_x509_crt_import(identity.certificate, &certificate, GNUTLS_X509_FMT_PEM);
	if (rc < 0) {
		status = error_set(err, E_INVALID, "certificate", "holds no certificate in PEM (%s)",
				   gnutls_strerror(rc));
		goto out;
	}
	rc = gnutls_x509_privkey_init(&identity.key);
	if (rc == 0)
		rc = gnutls_x509_privkey_import2(identity.key, &key, GNUTLS_X509_FMT_PEM, NULL, 0);
	if (rc == GNUTLS_E_DECRYPTION_FAILED)
		status = error_set(err, E_INVALID, "key", "the key is encrypted with a password; it must be plain");
	else if (rc < 0)
		status = error_set(err, E_INVALID, "key", "holds no private key in PEM (%s)", gnutls_strerror(rc));
	else if (!read_key_id(&identity, of_certificate, of_key) || memcmp(of_certificate, of_key, KEY_ID_SIZE) != 0)
		status = error_set(err, E_INVALID, "key", "the key is of another certificate");
out:
	if (status == OK)
		*out = identity;
	else
		identity_release(&identity);
	return status;
}

enum status identity_write(const struct identity *identity, struct buf *certificate_pem, struct buf *key_pem,
			   struct error *err)
{
	gnutls_datum_t certificate = { 0 }, key = { 0 };
	int rc = gnutls_x509_crt_export2(identity->certificate, GNUTLS_X509_FMT_PEM, &certificate);

	if (rc == 0)
		rc = gnutls_x509_privkey_export2_pkcs8(identity->key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN,
						       &key);
	if (rc == 0) {
		buf_add(certificate_pem, certificate.data, certificate.size);
		buf_add(key_pem, key.data, key.size);
		gnutls_memset(key.data, 0, key.size);
	}
	gnutls_free(certificate.data);
	gnutls_free(key.data);
	return rc == 0 ? OK : fail(rc, "a certificate could not be written", err);
}

/* Key, serial number, span and the identifier of the key: what every certificate has. */
static int begin(struct identity *identity, const char *common_name, int64_t now_ms, time_t until)
{
	unsigned char serial[16], key_id[20];
	size_t key_id_size = sizeof(key_id);
	int rc = gnutls_x509_privkey_init(&identity->key);

	random_bytes(serial, sizeof(serial));
	serial[0] = (unsigned char)((serial[0] & 0x7f) | 0x40); /* positive, and of the same length always */
	if (rc == 0)
		rc = gnutls_x509_privkey_generate(identity->key, GNUTLS_PK_ECDSA,
						  GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
	if (rc == 0)
		rc = gnutls_x509_crt_init(&identity->certificate);
	if (rc == 0)
		rc = gnutls_x509_crt_set_version(identity->certificate, 3);
	if (rc == 0)
		rc = gnutls_x509_crt_set_key(identity->certificate, identity->key);
	if (rc == 0)
		rc = gnutls_x509_crt_set_serial(identity->certificate, serial, sizeof(serial));
	if (rc == 0)
		rc = gnutls_x509_crt_set_dn_by_oid(identity->certificate, GNUTLS_OID_X520_ORGANIZATION_NAME, 0,
						   "Tallystick", 10);
	if (rc == 0)
		rc = gnutls_x509_crt_set_dn_by_oid(identity->certificate, GNUTLS_OID_X520_COMMON_NAME, 0, common_name,
						   (unsigned)strlen(common_name));
	if (rc == 0)
		rc = gnutls_x509_crt_set_activation_time(identity->certificate,
							 now_ms / MS_PER_SECOND - BACKDATED_SECONDS);
	if (rc == 0)
		rc = gnutls_x509_crt_set_expiration_time(identity->certificate, until);
	if (rc == 0)
		rc = gnutls_x509_crt_get_key_id(identity->certificate, 0, key_id, &key_id_size);
	if (rc == 0)
		rc = gnutls_x509_crt_set_subject_key_id(identity->certificate, key_id, key_id_size);
	return rc;
}

static time_t days_after(int64_t now_ms, int days)
{
	return now_ms / MS_PER_SECOND - BACKDATED_SECONDS + (time_t)days * SECONDS_PER_DAY;
}

enum status certificate_make_ca(struct identity *out, int64_t now_ms, struct error *err)
{
	struct identity ca = { 0 };
	char name[64];
	uint32_t mark;
	int rc;

	random_bytes(&mark, sizeof(mark));
	snprintf(name, sizeof(name), "Tallystick local CA %08x", mark); /* two of them must not be mistaken for one */
	rc = begin(&ca, name, now_ms, days_after(now_ms, CA_DAYS));
	if (rc == 0)
		rc = gnutls_x509_crt_set_basic_constraints(ca.certificate, 1, 0);
	if (rc == 0)
		rc = gnutls_x509_crt_set_key_usage(ca.certificate, GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN);
	if (rc == 0)
		rc = gnutls_x509_crt_sign2(ca.certificate, ca.certificate, ca.key, GNUTLS_DIG_SHA256, 0);
	if (rc < 0) {
		identity_release(&ca);
		return fail(rc, "the local CA could not be made", err);
	}
	*out = ca;
	return OK;
}

/* A name as it stands in subjectAltName. */
struct alternative {
	gnutls_x509_subject_alt_name_t type;
	unsigned char bytes[256];
	unsigned size;
};

static bool alternative_of(const char *name, struct alternative *a)
{
	size_t n = strlen(name);

	a->type = GNUTLS_SAN_IPADDRESS;
	a->size = 4;
	if (inet_pton(AF_INET, name, a->bytes) == 1)
		return true;
	a->size = 16;
	if (inet_pton(AF_INET6, name, a->bytes) == 1)
		return true;
	if (n == 0 || n >= sizeof(a->bytes))
		return false;
	a->type = GNUTLS_SAN_DNSNAME;
	a->size = (unsigned)n;
	memcpy(a->bytes, name, n);
	return true;
}

static int add_names(gnutls_x509_crt_t certificate, const char *const *names, size_t name_count)
{
	struct alternative a;
	int rc = 0;

	for (size_t i = 0; i < name_count && rc == 0; i++)
		rc = alternative_of(names[i], &a) ? gnutls_x509_crt_set_subject_alt_name(certificate, a.type, a.bytes,
											 a.size, GNUTLS_FSAN_APPEND)
						  : GNUTLS_E_INVALID_REQUEST;
	return rc;
}

static int set_issuer_key_id(gnutls_x509_crt_t certificate, gnutls_x509_crt_t ca)
{
	unsigned char key_id[64];
	size_t size = sizeof(key_id);
	int rc = gnutls_x509_crt_get_subject_key_id(ca, key_id, &size, NULL);

	return rc == 0 ? gnutls_x509_crt_set_authority_key_id(certificate, key_id, size) : rc;
}

enum status certificate_make_server(struct identity *out, const struct identity *ca, const char *const *names,
				    size_t name_count, int64_t now_ms, struct error *err)
{
	time_t until = days_after(now_ms, SERVER_DAYS), ca_until = gnutls_x509_crt_get_expiration_time(ca->certificate);
	struct identity server = { 0 };
	int rc = begin(&server, "Tallystick", now_ms, until < ca_until ? until : ca_until);

	if (rc == 0)
		rc = add_names(server.certificate, names, name_count);
	if (rc == 0)
		rc = gnutls_x509_crt_set_basic_constraints(server.certificate, 0, -1);
	if (rc == 0)
		rc = gnutls_x509_crt_set_key_usage(server.certificate, GNUTLS_KEY_DIGITAL_SIGNATURE);
	if (rc == 0)
		rc = gnutls_x509_crt_set_key_purpose_oid(server.certificate, GNUTLS_KP_TLS_WWW_SERVER, 0);
	if (rc == 0)
		rc = set_issuer_key_id(server.certificate, ca->certificate);
	if (rc == 0)
		rc = gnutls_x509_crt_sign2(server.certificate, ca->certificate, ca->key, GNUTLS_DIG_SHA256, 0);
	if (rc < 0) {
		identity_release(&server);
		return fail(rc, "the server's certificate could not be made", err);
	}
	*out = server;
	return OK;
}

int64_t certificate_ends_ms(gnutls_x509_crt_t certificate)
{
	return (int64_t)gnutls_x509_crt_get_expiration_time(certificate) * MS_PER_SECOND;
}

static bool is_among(const struct alternative *a, const char *const *names, size_t name_count)
{
	struct alternative wanted;

	for (size_t i = 0; i < name_count; i++)
		if (alternative_of(names[i], &wanted) && wanted.type == a->type && wanted.size == a->size &&
		    memcmp(wanted.bytes, a->bytes, a->size) == 0)
			return true;
	return false;
}

bool certificate_has_names(gnutls_x509_crt_t certificate, const char *const *names, size_t name_count)
{
	struct alternative a;
	unsigned count = 0;

	for (;; count++) {
		size_t size = sizeof(a.bytes);
		int type = gnutls_x509_crt_get_subject_alt_name(certificate, count, a.bytes, &size, NULL);

		if (type == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			return count == name_count;
		if (type < 0)
			return false;
		a.type = (gnutls_x509_subject_alt_name_t)type;
		a.size = (unsigned)size;
		if (!is_among(&a, names, name_count))
			return false;
	}
}

bool certificate_is_signed_by(gnutls_x509_crt_t certificate, gnutls_x509_crt_t ca)
{
	unsigned result = 0;

	return gnutls_x509_crt_verify(certificate, &ca, 1, GNUTLS_VERIFY_DISABLE_TIME_CHECKS, &result) == 0 &&
	       result == 0;
}
