#include "http/tls.h"

#include "base/instant.h"
#include "base/log.h"
#include "base/random.h"
#include "http/certificate.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_BYTES_MAX ((size_t)1 << 20)
#define NAMES_MAX 64
#define PATH_SIZE 4096

/* --- files ------------------------------------------------------------------- */

/* The whole of a file; E_NOT_FOUND when there is none. */
static enum status file_read(const char *path, struct buf *content, struct error *err)
{
	FILE *file = fopen(path, "re");
	char piece[4096];
	size_t n;
	bool failed;

	if (!file)
		return error_set(err, errno == ENOENT ? E_NOT_FOUND : E_IO, NULL, "%s: %s", path, strerror(errno));
	while ((n = fread(piece, 1, sizeof(piece), file)) > 0)
		buf_add(content, piece, n);
	failed = ferror(file);
	fclose(file);
	if (failed)
		return error_set(err, E_IO, NULL, "%s: could not be read", path);
	if (content->overflow)
		return error_set(err, E_INVALID, NULL, "%s: longer than %zu bytes, no certificate or key is", path,
				 content->max);
	return OK;
}

static bool write_all(int fd, struct str content)
{
	while (content.n) {
		ssize_t n = write(fd, content.p, content.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		content = str_after(content, (size_t)n);
	}
	return true;
}

static bool sync_folder(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool good = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		close(fd);
	return good;
}

/* Whole or not at all, also after a power cut. */
static enum status file_write(const char *folder, const char *path, mode_t mode, struct str content, struct error *err)
{
	char temporary[PATH_SIZE + GUID_TEXT_SIZE], mark[GUID_TEXT_SIZE];
	bool good;
	int fd;

	random_guid(mark);
	snprintf(temporary, sizeof(temporary), "%s.%s", path, mark);
	fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0)
		return error_set(err, E_IO, NULL, "%s: could not be made: %s", temporary, strerror(errno));
	good = write_all(fd, content) && fsync(fd) == 0;
	good = close(fd) == 0 && good;
	if (good && rename(temporary, path) == 0 && sync_folder(folder))
		return OK;
	error_set(err, E_IO, NULL, "%s: could not be written: %s", path, strerror(errno));
	unlink(temporary);
	return E_IO;
}

/* --- a certificate and its key in a folder --------------------------------------- */

struct pair_files {
	const char *folder;
	char certificate[PATH_SIZE], key[PATH_SIZE];
};

static void pair_files_init(struct pair_files *files, const char *folder, const char *name)
{
	files->folder = folder;
	snprintf(files->certificate, sizeof(files->certificate), "%s/%s.pem", folder, name);
	snprintf(files->key, sizeof(files->key), "%s/%s-key.pem", folder, name);
}

static void wipe(struct buf *secret)
{
	if (secret->p)
		explicit_bzero(secret->p, secret->capacity);
	buf_release(secret);
}

/* E_NOT_FOUND when one of the files is absent; E_INVALID names the file that is wrong. */
static enum status pair_read(const char *certificate_file, const char *key_file, struct identity *identity,
			     struct buf *certificate, struct buf *key, struct error *err)
{
	struct error why = { 0 };
	enum status status = file_read(certificate_file, certificate, err);

	if (status == OK)
		status = file_read(key_file, key, err);
	if (status != OK)
		return status;
	status = identity_read(identity, buf_str(certificate), buf_str(key), &why);
	if (status != OK)
		error_set(err, status, NULL, "%s: %s", strcmp(why.field, "key") == 0 ? key_file : certificate_file,
			  why.message);
	return status;
}

static enum status pair_files_read(const struct pair_files *files, struct identity *identity, struct error *err)
{
	struct buf certificate, key;
	enum status status;

	buf_init(&certificate, FILE_BYTES_MAX);
	buf_init(&key, FILE_BYTES_MAX);
	status = pair_read(files->certificate, files->key, identity, &certificate, &key, err);
	buf_release(&certificate);
	wipe(&key);
	return status;
}

/* The key first: a certificate without its key would pass for a pair. */
static enum status pair_files_write(const struct pair_files *files, const struct identity *identity, struct error *err)
{
	struct buf certificate, key;
	enum status status;

	buf_init(&certificate, 0);
	buf_init(&key, 0);
	status = identity_write(identity, &certificate, &key, err);
	if (status == OK)
		status = file_write(files->folder, files->key, 0600, buf_str(&key), err);
	if (status == OK)
		status = file_write(files->folder, files->certificate, 0644, buf_str(&certificate), err);
	buf_release(&certificate);
	wipe(&key);
	return status;
}

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

/* --- the local CA and what it signs ----------------------------------------------- */

static enum status make_ca(const struct pair_files *files, struct identity *ca, struct error *err)
{
	enum status status = certificate_make_ca(ca, clock_now_ms(), err);

	if (status != OK)
		return status;
	status = pair_files_write(files, ca, err);
	if (status != OK)
		identity_release(ca);
	return status;
}

/* Clients trust the CA that is there, so only one that has ended, or whose making was cut off, is made anew. */
static enum status ensure_ca(const struct pair_files *files, struct identity *ca, struct error *err)
{
	struct error why;

	if (!exists(files->certificate))
		return make_ca(files, ca, err);
	if (pair_files_read(files, ca, &why) != OK)
		return error_set(err, E_CORRUPT, NULL,
				 "the local CA cannot be used: %s. Put it right, or remove ca.pem to have a new one",
				 why.message);
	if (certificate_ends_ms(ca->certificate) > clock_now_ms())
		return OK;
	log_event(LOG_WARNING, "the local CA has ended, a new one is made: clients must be given it",
		  LOG_Z("file", files->certificate), LOG_END);
	identity_release(ca);
	return make_ca(files, ca, err);
}

static bool is_good_server(const struct identity *server, const struct identity *ca, const char *const *names,
			   size_t name_count)
{
	int64_t renew_ms = certificate_ends_ms(server->certificate) - TLS_RENEW_BEFORE_DAYS * MS_PER_DAY;

	return clock_now_ms() < renew_ms && certificate_has_names(server->certificate, names, name_count) &&
	       certificate_is_signed_by(server->certificate, ca->certificate);
}

static enum status ensure_server(const struct pair_files *files, const struct identity *ca, const char *const *names,
				 size_t name_count, struct error *err)
{
	struct identity server = { 0 };
	bool good = pair_files_read(files, &server, NULL) == OK && is_good_server(&server, ca, names, name_count);
	enum status status;

	identity_release(&server);
	if (good)
		return OK;
	status = certificate_make_server(&server, ca, names, name_count, clock_now_ms(), err);
	if (status == OK)
		status = pair_files_write(files, &server, err);
	identity_release(&server);
	return status;
}

/* An address that means every one is nobody's name. */
static bool is_name(const char *name)
{
	return name[0] && strcmp(name, "0.0.0.0") != 0 && strcmp(name, "::") != 0;
}

/* The names without repetition, the three of this machine first. */
static size_t collect_names(const char *const *given, size_t given_count, const char *names[NAMES_MAX])
{
	static const char *const own[] = { "localhost", "127.0.0.1", "::1" };
	size_t count = 0;

	assert(given_count + 3 <= NAMES_MAX);
	for (size_t i = 0; i < 3; i++)
		names[count++] = own[i];
	for (size_t i = 0; i < given_count; i++) {
		bool is_new = is_name(given[i]);

		for (size_t k = 0; k < count && is_new; k++)
			is_new = strcmp(names[k], given[i]) != 0;
		if (is_new)
			names[count++] = given[i];
	}
	return count;
}

enum status tls_local_ensure(const char *folder, const char *const *names, size_t name_count, struct error *err)
{
	struct pair_files ca_files, server_files;
	const char *all[NAMES_MAX];
	size_t count = collect_names(names, name_count, all);
	struct identity ca = { 0 };
	enum status status;

	if (mkdir(folder, 0700) != 0 && errno != EEXIST)
		return error_set(err, E_IO, NULL, "%s: could not be made: %s", folder, strerror(errno));
	pair_files_init(&ca_files, folder, "ca");
	pair_files_init(&server_files, folder, "server");
	status = ensure_ca(&ca_files, &ca, err);
	if (status == OK)
		status = ensure_server(&server_files, &ca, all, count, err);
	identity_release(&ca);
	return status;
}

/* --- files that someone gave ------------------------------------------------------- */

enum status tls_pair_load(struct arena *arena, const char *certificate_file, const char *key_file,
			  struct tls_pair *pair, struct error *err)
{
	struct identity identity = { 0 };
	char day[INSTANT_TEXT_SIZE];
	struct buf certificate, key;
	enum status status;
	int64_t ends_ms;

	buf_init(&certificate, FILE_BYTES_MAX);
	buf_init(&key, FILE_BYTES_MAX);
	status = pair_read(certificate_file, key_file, &identity, &certificate, &key, err);
	if (status != OK)
		goto out;
	ends_ms = certificate_ends_ms(identity.certificate);
	if (ends_ms <= clock_now_ms()) {
		instant_text(ends_ms, day);
		status = error_set(err, E_INVALID, NULL, "%s: the certificate ended at %s", certificate_file, day);
		goto out;
	}
	pair->certificate_pem = arena_str(arena, buf_str(&certificate));
	pair->key_pem = arena_str(arena, buf_str(&key));
	pair->expires_ms = ends_ms;
out:
	identity_release(&identity);
	buf_release(&certificate);
	wipe(&key);
	return status;
}
