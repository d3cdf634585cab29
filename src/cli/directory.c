#include "cli/directory.h"

#include "auth/token.h"
#include "base/instant.h"
#include "base/log.h"
#include "formats/json.h"
#include "http/tls.h"
#include "store/clients.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT_BYTES_MAX ((size_t)256 * 1024)

struct directory {
	char *path;
	int lock;
};

enum status address_parse(const char *text, struct address *address, struct error *err)
{
	const char *colon = strrchr(text, ':');
	struct str host, port;
	uint64_t number;

	if (!colon)
		return error_set(err, E_INVALID, "listen", "listen: expected ADDR:PORT, found \"%s\"", text);
	host = str_of(text, (size_t)(colon - text));
	port = str_from(colon + 1);
	if (host.n >= 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
		host = str_of(host.p + 1, host.n - 2);
	if (host.n == 0 || host.n >= sizeof(address->host) || !str_to_u64(port, 65535, &number))
		return error_set(err, E_INVALID, "listen", "listen: expected ADDR:PORT, found \"%s\"", text);
	snprintf(address->host, sizeof(address->host), "%.*s", STR_ARG(host));
	address->port = (uint16_t)number;
	return OK;
}

static bool means_any(const char *host)
{
	return strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0;
}

const char *address_url(struct arena *arena, const struct address *address)
{
	const char *host = means_any(address->host) ? "localhost" : address->host;
	const char *format = strchr(host, ':') ? "https://[%s]:%u" : "https://%s:%u";

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	return arena_printf(arena, format, host, address->port).p;
#pragma GCC diagnostic pop
}

enum status directory_open(struct directory **directory, const char *path, struct error *err)
{
	char lock[4096];
	struct directory *d;
	int fd;

	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return error_set(err, E_INVALID, "data", "%s: could not be made: %s", path, strerror(errno));
	snprintf(lock, sizeof(lock), "%s/exchange.lock", path);
	fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_set(err, E_INVALID, "data", "%s: could not be opened: %s", lock, strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		close(fd);
		return error_set(err, E_CONFLICT, "data", "%s: another exchange runs on this directory", path);
	}
	d = xalloc(sizeof(*d));
	d->path = xstrdup(path);
	d->lock = fd;
	*directory = d;
	return OK;
}

void directory_close(struct directory *directory)
{
	if (!directory)
		return;
	close(directory->lock);
	free(directory->path);
	free(directory);
}

enum status directory_certificate(struct arena *arena, const struct settings *settings, struct certificate *certificate,
				  struct error *err)
{
	struct address where;
	struct tls_pair pair;
	const char *folder = arena_printf(arena, "%s/tls", settings->data).p, *names[1];
	const char *chain = settings->certificate_file, *key = settings->key_file;
	enum status status = OK;

	certificate->ca_file = "";
	if (!chain[0] != !key[0])
		return error_set(err, E_INVALID, "certificateFile", "certificateFile and keyFile must be given together");
	if (!chain[0]) {
		status = address_parse(settings->listen, &where, err);
		names[0] = where.host;
		if (status == OK)
			status = tls_local_ensure(folder, names, means_any(where.host) ? 0 : 1, err);
		chain = arena_printf(arena, "%s/server.pem", folder).p;
		key = arena_printf(arena, "%s/server-key.pem", folder).p;
		certificate->ca_file = arena_printf(arena, "%s/ca.pem", folder).p;
	}
	if (status == OK)
		status = tls_pair_load(arena, chain, key, &pair, err);
	if (status != OK)
		return status;
	if (certificate->ca_file[0]) {
		/* Whoever reads admin.json stands in another directory. */
		char *whole = realpath(certificate->ca_file, NULL);

		if (whole)
			certificate->ca_file = arena_cstr(arena, str_from(whole));
		free(whole);
	}
	certificate->chain_pem = pair.certificate_pem;
	certificate->key_pem = pair.key_pem;
	return OK;
}

enum status file_replace(const char *path, struct str content, struct error *err)
{
	char temporary[4096];
	int fd;
	bool good;

	snprintf(temporary, sizeof(temporary), "%s.new", path);
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_set(err, E_IO, NULL, "%s: could not be made: %s", temporary, strerror(errno));
	good = write(fd, content.p, content.n) == (ssize_t)content.n && fsync(fd) == 0;
	good = close(fd) == 0 && good;
	if (!good || rename(temporary, path) != 0) {
		unlink(temporary);
		return error_set(err, E_IO, NULL, "%s: could not be written", path);
	}
	return OK;
}

enum status file_text(struct arena *arena, const char *path, struct str *text, struct error *err)
{
	FILE *f = fopen(path, "re");
	char *bytes;
	size_t n;

	*text = STR_NONE;
	if (!f)
		return errno == ENOENT ? OK : error_set(err, E_INVALID, NULL, "%s: %s", path, strerror(errno));
	bytes = arena_alloc(arena, TEXT_BYTES_MAX);
	n = fread(bytes, 1, TEXT_BYTES_MAX, f);
	fclose(f);
	*text = str_of(bytes, n);
	return OK;
}

static void write_file(struct buf *out, struct str base_url, const char *ca_file, const char *client_id,
		       const char *secret)
{
	struct json_writer w;

	json_writer_init(&w, out);
	json_object_begin(&w);
	json_member_str(&w, "baseUrl", base_url);
	json_member_z(&w, "caFile", ca_file[0] ? ca_file : NULL);
	json_key(&w, "clients");
	json_array_begin(&w);
	json_object_begin(&w);
	json_member_z(&w, "name", "admin");
	json_member_z(&w, "role", "Platform.Admin");
	json_member_z(&w, "clientId", client_id);
	json_member_z(&w, "clientSecret", secret);
	json_object_end(&w);
	json_array_end(&w);
	json_object_end(&w);
	buf_add_char(out, '\n');
}

static enum status make_admin(struct exchange *exchange, char id[GUID_TEXT_SIZE], char secret[SECRET_TEXT_SIZE],
			      struct error *err)
{
	struct client_row client = { .display_name = STR("admin"), .roles = ROLE_PLATFORM_ADMIN };
	struct sql *sql;
	enum status status = store_write(exchange->store, &sql, err);

	if (status != OK)
		return status;
	random_guid(id);
	memcpy(client.id, id, GUID_TEXT_SIZE);
	client.created_ms = clock_now_ms();
	secret_make(secret, client.secret_hash);
	status = clients_insert(sql, &client, err);
	if (status != OK) {
		store_abort(exchange->store, sql);
		return status;
	}
	return store_commit(exchange->store, sql, err);
}

/* Reads id and secret out of an admin.json that is there; false when it holds none. */
static bool read_admin(struct arena *arena, struct str text, struct str *id, struct str *secret)
{
	const struct json *root, *clients;

	if (text.n == 0 || json_parse(arena, text, &root, NULL) != OK)
		return false;
	clients = json_get(root, "clients");
	return clients && clients->type == JSON_ARRAY && clients->first &&
	       json_get_str(clients->first, "clientId", id, NULL) == OK &&
	       json_get_str(clients->first, "clientSecret", secret, NULL) == OK && id->n && secret->n;
}

enum status directory_admin(struct directory *directory, struct exchange *exchange, const struct address *address,
			    const char *ca_file, struct error *err)
{
	char path[4096], id[GUID_TEXT_SIZE], secret[SECRET_TEXT_SIZE];
	struct str text, old_id = STR_NONE, old_secret = STR_NONE;
	struct arena arena;
	struct buf out;
	enum status status;

	arena_init(&arena);
	buf_init(&out, 0);
	snprintf(path, sizeof(path), "%s/admin.json", directory->path);
	status = file_text(&arena, path, &text, err);
	if (status != OK)
		goto done;
	if (str_is_none(text)) {
		status = make_admin(exchange, id, secret, err);
		if (status != OK)
			goto done;
		printf("made an admin client: %s\n", path);
	} else if (read_admin(&arena, text, &old_id, &old_secret)) {
		snprintf(id, sizeof(id), "%.*s", STR_ARG(old_id));
		snprintf(secret, sizeof(secret), "%.*s", STR_ARG(old_secret));
	} else {
		log_event(LOG_WARNING, "admin.json is not understood and left alone", LOG_END);
		goto done;
	}
	write_file(&out, str_from(address_url(&arena, address)), ca_file, id, secret);
	if (!str_equal(buf_str(&out), text))
		status = file_replace(path, buf_str(&out), err);
done:
	buf_release(&out);
	arena_release(&arena);
	return status;
}
