/* cli/directory.h - the directory of an exchange: lock, certificate, admin client.
 *
 *     DIR/exchange.lock held while an exchange runs on DIR
 *     DIR/tls/          ca.pem, ca-key.pem, server.pem, server-key.pem
 *     DIR/admin.json    how to reach it, and the client that may do everything (mode 0600)
 */
#ifndef CLI_DIRECTORY_H
#define CLI_DIRECTORY_H

#include "base/arena.h"
#include "base/error.h"
#include "exchange/exchange.h"

struct address {
	char host[256];     /* without brackets */
	uint16_t port;
};

/* "127.0.0.1:8443", "[::1]:8443"; E_INVALID says what was expected. */
enum status address_parse(const char *text, struct address *address, struct error *err);
/* "https://127.0.0.1:8443"; an address that means "any" is localhost. */
const char *address_url(struct arena *arena, const struct address *address);

struct directory;

/* Makes DIR (mode 0700) when it is absent, and locks it: E_CONFLICT when another exchange runs on it. */
enum status directory_open(struct directory **directory, const char *path, struct error *err);
void directory_close(struct directory *directory);   /* NULL is fine */

struct certificate {
	struct str chain_pem, key_pem;   /* in the arena */
	const char *ca_file;             /* "" when it is not ours */
};

/* The certificate that the settings name, else one of the local CA in DIR/tls, made or renewed as needed. */
enum status directory_certificate(struct arena *arena, const struct settings *settings, struct certificate *certificate,
				  struct error *err);

/* Makes the admin client when DIR has no admin.json yet, and keeps the file's address current. */
enum status directory_admin(struct directory *directory, struct exchange *exchange, const struct address *address,
			    const char *ca_file, struct error *err);

/* The whole of a small file, in the arena; none when it is absent. */
enum status file_text(struct arena *arena, const char *path, struct str *text, struct error *err);

/* Writes a file whole or not at all, mode 0600. */
enum status file_replace(const char *path, struct str content, struct error *err);

#endif
