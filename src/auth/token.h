/* auth/token.h - opaque access tokens: issued to clients, looked up at each request.
 *
 * A token is 256 random bits; the store holds its SHA-256.  What a token means
 * is remembered in memory for at most TOKEN_CACHE_SECONDS, so that a deleted
 * client is out within that time on every exchange of the same store, and at
 * once on this one.  The memory is bounded; entries that expire go first.
 *
 * Threads: any. */
#ifndef AUTH_TOKEN_H
#define AUTH_TOKEN_H

#include "auth/access.h"
#include "store/clients.h"
#include "store/store.h"

#define TOKEN_CACHE_SECONDS 5
#define SECRET_TEXT_SIZE 48 /* a secret or token as text, NUL included */

struct tokens;

enum status tokens_open(struct tokens **tokens, struct store *store, int64_t lifetime_s, struct error *err);
void tokens_close(struct tokens *tokens);   /* NULL is fine */

/* A new secret for a client, and what the store keeps of it. */
void secret_make(char text[SECRET_TEXT_SIZE], unsigned char hash[SHA256_SIZE]);

/* OAuth 2.0 client credentials (RFC 6749 section 4.4): checks the secret and
 * issues a token.  tenant_id: the tenant in whose name the endpoint was asked,
 * or none.  E_UNAUTHENTICATED for an unknown client, a wrong secret or another
 * tenant, with one message and after the same work. */
enum status tokens_issue(struct tokens *tokens, struct str client_id, struct str secret, struct str tenant_id,
			 char token[SECRET_TEXT_SIZE], int64_t *expires_in_s, struct error *err);

/* The bearer of an Authorization header's value.  E_UNAUTHENTICATED. */
enum status tokens_caller(struct tokens *tokens, struct str authorization, struct caller *caller, struct error *err);

/* Forgets what is remembered of a client: call after it was changed or deleted. */
void tokens_forget(struct tokens *tokens, const char *client_id);

#endif
