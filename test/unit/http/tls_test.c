/* The local CA, its server certificate, and PEM files that someone gave. */
#include "base/instant.h"
#include "http/certificate.h"
#include "http/tls.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define DAY_SECONDS 86400

static char folder[64];
static char ca_path[96], ca_key_path[96], server_path[96], server_key_path[96];

static int make_folder(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/tally-tls-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	strcat(folder, "/tls");
	snprintf(ca_path, sizeof(ca_path), "%s/ca.pem", folder);
	snprintf(ca_key_path, sizeof(ca_key_path), "%s/ca-key.pem", folder);
	snprintf(server_path, sizeof(server_path), "%s/server.pem", folder);
	snprintf(server_key_path, sizeof(server_key_path), "%s/server-key.pem", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(ca_path);
	unlink(ca_key_path);
	unlink(server_path);
	unlink(server_key_path);
	rmdir(folder);
	*strrchr(folder, '/') = '\0';
	return rmdir(folder);
}

static void ensure(const char *const *names, size_t count)
{
	struct error err = { 0 };

	if (tls_local_ensure(folder, names, count, &err) != OK)
		fail_msg("%s", err.message);
}

static struct str slurp(struct arena *arena, const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = arena_alloc(arena, 65536);
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, 65535, f);
	fclose(f);
	return str_of(text, n);
}

static void spill(const char *path, struct str content)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(content.p, 1, content.n, f), content.n);
	assert_int_equal(fclose(f), 0);
}

static gnutls_x509_crt_t read_certificate(const char *path)
{
	gnutls_x509_crt_t certificate;
	struct arena arena;
	gnutls_datum_t pem;
	struct str text;

	arena_init(&arena);
	text = slurp(&arena, path);
	pem = (gnutls_datum_t){ (unsigned char *)text.p, (unsigned)text.n };
	assert_int_equal(gnutls_x509_crt_init(&certificate), 0);
	assert_int_equal(gnutls_x509_crt_import(certificate, &pem, GNUTLS_X509_FMT_PEM), 0);
	arena_release(&arena);
	return certificate;
}

static long days_of(gnutls_x509_crt_t certificate)
{
	return (long)(gnutls_x509_crt_get_expiration_time(certificate) -
		      gnutls_x509_crt_get_activation_time(certificate)) /
	       DAY_SECONDS;
}

static void test_what_is_made(void **state)
{
	const char *const names[] = { "exchange.example", "192.0.2.7", "0.0.0.0", "localhost" };
	const char *const expected[] = { "exchange.example", "192.0.2.7", "localhost", "127.0.0.1", "::1" };
	unsigned char ca_id[64], server_issuer_id[64], oid[64], serial[2][64];
	size_t ca_id_size = sizeof(ca_id), issuer_size = sizeof(server_issuer_id), oid_size = sizeof(oid), serial_size;
	unsigned is_ca, usage, critical, result;
	gnutls_x509_trust_list_t trust;
	gnutls_x509_crt_t ca, server;
	int path_length;

	(void)state;
	ensure(names, 4);
	ca = read_certificate(ca_path);
	server = read_certificate(server_path);
	assert_int_equal(gnutls_x509_crt_get_basic_constraints(ca, &critical, &is_ca, &path_length), 1);
	assert_int_equal(critical, 1);
	assert_int_equal(path_length, 0);
	assert_int_equal(gnutls_x509_crt_get_key_usage(ca, &usage, &critical), 0);
	assert_int_equal(usage, GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN);
	assert_true(days_of(ca) >= 3652);
	assert_int_equal(gnutls_x509_crt_get_basic_constraints(server, NULL, &is_ca, NULL), 0);
	assert_int_equal(gnutls_x509_crt_get_key_usage(server, &usage, NULL), 0);
	assert_int_equal(usage, GNUTLS_KEY_DIGITAL_SIGNATURE);
	assert_int_equal(gnutls_x509_crt_get_key_purpose_oid(server, 0, oid, &oid_size, NULL), 0);
	assert_string_equal((char *)oid, GNUTLS_KP_TLS_WWW_SERVER);
	assert_int_equal(days_of(server), 397);
	assert_true(certificate_has_names(server, expected, 5));
	assert_false(certificate_has_names(server, expected, 4));
	/* Identifiers lead from the one to the other; serials are positive and differ. */
	assert_int_equal(gnutls_x509_crt_get_subject_key_id(ca, ca_id, &ca_id_size, NULL), 0);
	assert_int_equal(gnutls_x509_crt_get_authority_key_id(server, server_issuer_id, &issuer_size, NULL), 0);
	assert_int_equal(ca_id_size, issuer_size);
	assert_memory_equal(ca_id, server_issuer_id, ca_id_size);
	for (int i = 0; i < 2; i++) {
		serial_size = sizeof(serial[i]);
		assert_int_equal(gnutls_x509_crt_get_serial(i ? ca : server, serial[i], &serial_size), 0);
		assert_int_equal(serial_size, 16);
		assert_true(serial[i][0] < 0x80);
	}
	assert_memory_not_equal(serial[0], serial[1], 16);
	/* And GnuTLS's whole verification is content. */
	gnutls_x509_trust_list_init(&trust, 0);
	assert_int_equal(gnutls_x509_trust_list_add_cas(trust, &ca, 1, 0), 1);
	assert_int_equal(gnutls_x509_trust_list_verify_crt2(
				 trust, &server, 1,
				 (gnutls_typed_vdata_st[]){ { .type = GNUTLS_DT_DNS_HOSTNAME,
							      .data = (unsigned char *)"exchange.example" },
							    { .type = GNUTLS_DT_KEY_PURPOSE_OID,
							      .data = (unsigned char *)GNUTLS_KP_TLS_WWW_SERVER } },
				 2, 0, &result, NULL),
			 0);
	assert_int_equal(result, 0);
	gnutls_x509_trust_list_deinit(trust, 0);
	gnutls_x509_crt_deinit(ca);
	gnutls_x509_crt_deinit(server);
}

static void test_modes_and_leftovers(void **state)
{
	struct dirent *entry;
	struct stat status;
	int count = 0;
	DIR *dir;

	(void)state;
	ensure(NULL, 0);
	assert_int_equal(stat(folder, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0700);
	assert_int_equal(stat(ca_key_path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	assert_int_equal(stat(server_key_path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	dir = opendir(folder);
	assert_non_null(dir);
	while ((entry = readdir(dir)))
		count += entry->d_name[0] != '.';
	closedir(dir);
	assert_int_equal(count, 4);
}

/* Which of the files are others than before. */
static void check_change(struct str before[4], bool ca, bool server)
{
	const char *const paths[] = { ca_path, ca_key_path, server_path, server_key_path };
	struct arena arena;

	arena_init(&arena);
	for (int i = 0; i < 4; i++)
		assert_int_equal(!str_equal(before[i], slurp(&arena, paths[i])), i < 2 ? ca : server);
	arena_release(&arena);
}

static void read_all(struct arena *arena, struct str all[4])
{
	all[0] = slurp(arena, ca_path);
	all[1] = slurp(arena, ca_key_path);
	all[2] = slurp(arena, server_path);
	all[3] = slurp(arena, server_key_path);
}

/* What is made where there was nothing, read. */
static void make_all(struct arena *arena, struct str all[4])
{
	arena_init(arena);
	ensure(NULL, 0);
	read_all(arena, all);
}

static void write_pair(const char *certificate_file, const char *key_file, const struct identity *identity)
{
	struct buf certificate, key;

	buf_init(&certificate, 0);
	buf_init(&key, 0);
	assert_int_equal(identity_write(identity, &certificate, &key, NULL), OK);
	spill(certificate_file, buf_str(&certificate));
	spill(key_file, buf_str(&key));
	buf_release(&certificate);
	buf_release(&key);
}

static void test_renewal(void **state)
{
	const char *const names[] = { "localhost", "127.0.0.1", "::1" };
	const char *const more[] = { "a.example" };
	int64_t now_ms = clock_now_ms();
	struct identity ca, server;
	struct arena arena;
	struct str all[4];

	(void)state;
	make_all(&arena, all);
	/* The same names in any order: nothing to do. */
	ensure(names, 3);
	check_change(all, false, false);
	/* Others. */
	ensure(more, 1);
	check_change(all, false, true);
	ensure(NULL, 0);
	read_all(&arena, all);
	/* Near its end, a day before and after. */
	assert_int_equal(identity_read(&ca, all[0], all[1], NULL), OK);
	for (int left = 29; left <= 31; left += 2) {
		assert_int_equal(
			certificate_make_server(&server, &ca, names, 3, now_ms - (397 - left) * MS_PER_DAY, NULL), OK);
		write_pair(server_path, server_key_path, &server);
		identity_release(&server);
		read_all(&arena, all);
		ensure(NULL, 0);
		check_change(all, false, left == 29);
	}
	identity_release(&ca);
	/* By another CA. */
	assert_int_equal(certificate_make_ca(&ca, now_ms, NULL), OK);
	assert_int_equal(certificate_make_server(&server, &ca, names, 3, now_ms, NULL), OK);
	write_pair(server_path, server_key_path, &server);
	read_all(&arena, all);
	ensure(NULL, 0);
	check_change(all, false, true);
	/* A certificate without its key, as after a power cut between the two files. */
	read_all(&arena, all);
	write_pair(server_path, server_key_path, &server);
	spill(server_path, all[2]);
	read_all(&arena, all);
	ensure(NULL, 0);
	check_change(all, false, true);
	identity_release(&server);
	identity_release(&ca);
	arena_release(&arena);
}

static void test_the_ca_is_kept(void **state)
{
	struct error err = { 0 };
	struct identity ca;
	struct arena arena;
	struct str all[4];

	(void)state;
	make_all(&arena, all);
	/* Clients trust it, so it is not thrown away because something is wrong. */
	spill(ca_path, STR("something else"));
	assert_int_equal(tls_local_ensure(folder, NULL, 0, &err), E_CORRUPT);
	assert_non_null(strstr(err.message, ca_path));
	spill(ca_path, all[0]);
	assert_int_equal(unlink(ca_key_path), 0);
	assert_int_equal(tls_local_ensure(folder, NULL, 0, &err), E_CORRUPT);
	assert_non_null(strstr(err.message, ca_key_path));
	/* One that has ended is of no use to anybody. */
	assert_int_equal(certificate_make_ca(&ca, clock_now_ms() - 3654 * MS_PER_DAY, NULL), OK);
	write_pair(ca_path, ca_key_path, &ca);
	identity_release(&ca);
	read_all(&arena, all);
	ensure(NULL, 0);
	check_change(all, true, true);
	/* A key without its CA: the making was cut off. */
	read_all(&arena, all);
	assert_int_equal(unlink(ca_path), 0);
	ensure(NULL, 0);
	check_change(all, true, true);
	arena_release(&arena);
}

static void test_load(void **state)
{
	const char *const names[] = { "localhost" };
	struct identity ca, server;
	struct error err = { 0 };
	struct tls_pair pair = { 0 };
	struct arena arena;
	struct str all[4];

	(void)state;
	make_all(&arena, all);
	assert_int_equal(tls_pair_load(&arena, server_path, server_key_path, &pair, &err), OK);
	assert_true(str_equal(pair.certificate_pem, all[2]));
	assert_true(str_equal(pair.key_pem, all[3]));
	assert_int_equal(instant_day(pair.expires_ms) - instant_day(clock_now_ms()), 397);
	/* What is wrong is named, and in which file. */
	assert_int_equal(tls_pair_load(&arena, server_path, "/nowhere/key.pem", &pair, &err), E_NOT_FOUND);
	assert_non_null(strstr(err.message, "/nowhere/key.pem"));
	assert_int_equal(tls_pair_load(&arena, server_path, ca_key_path, &pair, &err), E_INVALID);
	assert_non_null(strstr(err.message, ca_key_path));
	assert_non_null(strstr(err.message, "of another certificate"));
	assert_int_equal(tls_pair_load(&arena, server_key_path, server_key_path, &pair, &err), E_INVALID);
	assert_non_null(strstr(err.message, "holds no certificate"));
	assert_int_equal(tls_pair_load(&arena, server_path, server_path, &pair, &err), E_INVALID);
	assert_non_null(strstr(err.message, "holds no private key"));
	spill(server_path, STR(""));
	assert_int_equal(tls_pair_load(&arena, server_path, server_key_path, &pair, &err), E_INVALID);
	/* Past its end: at which day. */
	assert_int_equal(identity_read(&ca, all[0], all[1], NULL), OK);
	assert_int_equal(certificate_make_server(&server, &ca, names, 1, clock_now_ms() - 398 * MS_PER_DAY, NULL), OK);
	write_pair(server_path, server_key_path, &server);
	assert_int_equal(tls_pair_load(&arena, server_path, server_key_path, &pair, &err), E_INVALID);
	assert_non_null(strstr(err.message, "ended at 20"));
	identity_release(&server);
	identity_release(&ca);
	arena_release(&arena);
}

static void test_encrypted_key(void **state)
{
	gnutls_datum_t locked;
	struct identity server;
	struct tls_pair pair;
	struct error err = { 0 };
	struct arena arena;
	struct str all[4];

	(void)state;
	make_all(&arena, all);
	assert_int_equal(identity_read(&server, all[2], all[3], NULL), OK);
	assert_int_equal(gnutls_x509_privkey_export2_pkcs8(server.key, GNUTLS_X509_FMT_PEM, "secret",
							   GNUTLS_PKCS_PBES2_AES_256, &locked),
			 0);
	spill(server_key_path, str_of(locked.data, locked.size));
	gnutls_free(locked.data);
	identity_release(&server);
	assert_int_equal(tls_pair_load(&arena, server_path, server_key_path, &pair, &err), E_INVALID);
	assert_non_null(strstr(err.message, "password"));
	arena_release(&arena);
}

static void test_disk_says_no(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_int_equal(tls_local_ensure("/proc/nowhere", NULL, 0, &err), E_IO);
	assert_non_null(strstr(err.message, "/proc/nowhere"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_what_is_made, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(test_modes_and_leftovers, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(test_renewal, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(test_the_ca_is_kept, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(test_load, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(test_encrypted_key, make_folder, remove_folder),
		cmocka_unit_test(test_disk_says_no),
	};

	return cmocka_run_group_tests_name("http tls", tests, NULL, NULL);
}
