/* store/clients.h - rows of clients and of the tokens issued to them.
 *
 * Secrets and tokens stand only as SHA-256: both are 256 random bits, so no
 * salt or slow hash is needed.  All functions work inside a transaction of the
 * caller (store/store.h). */
#ifndef STORE_CLIENTS_H
#define STORE_CLIENTS_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/random.h"
#include "store/sql/sql.h"

struct client_row {
	char id[GUID_TEXT_SIZE];
	struct str display_name;
	uint32_t roles;              /* as given, auth/access.h */
	int64_t operator_key;        /* 0: none */
	int64_t tenant_key;          /* 0: none */
	struct str operator_id;      /* the parties' ids, none when there is no such party; read only */
	struct str tenant_id;
	struct str tenant_domain;
	unsigned char secret_hash[SHA256_SIZE];
	int64_t created_ms;
};

enum status clients_insert(struct sql *sql, const struct client_row *client, struct error *err);
enum status clients_set_secret(struct sql *sql, const char *id, const unsigned char secret_hash[SHA256_SIZE],
			       struct error *err);   /* E_NOT_FOUND */

/* E_NOT_FOUND; strings of *client live in the arena. */
enum status clients_find(struct sql *sql, struct arena *arena, const char *id, struct client_row *client,
			 struct error *err);

/* Up to `max` clients with id > after, in id order; rows in the arena. */
enum status clients_list(struct sql *sql, struct arena *arena, const char *after, int64_t max,
			 struct client_row **clients, size_t *count, struct error *err);

/* Removes the client and all of its tokens; E_NOT_FOUND. */
enum status clients_delete(struct sql *sql, const char *id, struct error *err);

enum status tokens_insert(struct sql *sql, const unsigned char hash[SHA256_SIZE], const char *client_id,
			  int64_t expires_ms, struct error *err);

/* E_NOT_FOUND also for one that expired before now_ms. */
enum status tokens_find(struct sql *sql, const unsigned char hash[SHA256_SIZE], int64_t now_ms,
			char client_id[GUID_TEXT_SIZE], int64_t *expires_ms, struct error *err);
enum status tokens_delete_expired(struct sql *sql, int64_t now_ms, int64_t *deleted, struct error *err);

#endif
