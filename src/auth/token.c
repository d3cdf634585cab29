#include "auth/token.h"

#include "base/instant.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define CACHE_SETS ((size_t)1024) /* of CACHE_WAYS entries each */
#define CACHE_WAYS ((size_t)4)

struct cache_entry {
	unsigned char hash[SHA256_SIZE];
	int64_t expires_ms;          /* of the token; 0: the entry is free */
	int64_t fresh_until_us;      /* monotonic; then the store is asked again */
	struct caller caller;
};

struct tokens {
	struct store *store;
	int64_t lifetime_ms;
	pthread_mutex_t lock;
	struct cache_entry entries[CACHE_SETS * CACHE_WAYS];
};

enum status tokens_open(struct tokens **tokens, struct store *store, int64_t lifetime_s, struct error *err)
{
	struct tokens *t = xalloc(sizeof(*t));

	t->store = store;
	t->lifetime_ms = lifetime_s * MS_PER_SECOND;
	if (pthread_mutex_init(&t->lock, NULL) != 0) {
		free(t);
		return error_set(err, E_INTERNAL, NULL, "could not make a lock");
	}
	*tokens = t;
	return OK;
}

void tokens_close(struct tokens *tokens)
{
	if (!tokens)
		return;
	pthread_mutex_destroy(&tokens->lock);
	free(tokens);
}

void secret_make(char text[SECRET_TEXT_SIZE], unsigned char hash[SHA256_SIZE])
{
	random_token(text, 32);
	sha256(str_from(text), hash);
}

/* Fills *caller from the client's row. */
static void caller_of(const struct client_row *client, struct caller *caller)
{
	*caller = (struct caller){
		.face = role_face(client->roles),
		.roles = role_expand(client->roles),
		.operator_key = client->operator_key,
		.tenant_key = client->tenant_key,
	};
	snprintf(caller->client_id, sizeof(caller->client_id), "%s", client->id);
	snprintf(caller->operator_id, sizeof(caller->operator_id), "%.*s", STR_ARG(client->operator_id));
	snprintf(caller->tenant_id, sizeof(caller->tenant_id), "%.*s", STR_ARG(client->tenant_id));
}

static enum status client_by_id(struct tokens *tokens, struct arena *arena, const char *id, struct client_row *client,
				struct error *err)
{
	struct sql *sql;
	enum status status = store_read(tokens->store, &sql, err);

	if (status != OK)
		return status;
	status = clients_find(sql, arena, id, client, err);
	store_abort(tokens->store, sql);
	return status;
}

/* The tenant in the path may be the client's own id, or a word that names none
 * in particular, as Microsoft's authorities have. */
static bool tenant_fits(struct str asked, const struct client_row *client)
{
	if (str_is_none(asked) || str_equal_ascii_case(asked, STR("common")) ||
	    str_equal_ascii_case(asked, STR("organizations")))
		return true;
	if (client->tenant_key)
		return str_equal_ascii_case(asked, client->tenant_id) ||
		       str_equal_ascii_case(asked, client->tenant_domain);
	return true;
}

static enum status store_token(struct tokens *tokens, const unsigned char hash[SHA256_SIZE], const char *client_id,
			       int64_t expires_ms, struct error *err)
{
	struct sql *sql;
	enum status status = store_write(tokens->store, &sql, err);

	if (status != OK)
		return status;
	status = tokens_insert(sql, hash, client_id, expires_ms, err);
	if (status != OK) {
		store_abort(tokens->store, sql);
		return status;
	}
	return store_commit(tokens->store, sql, err);
}

enum status tokens_issue(struct tokens *tokens, struct str client_id, struct str secret, struct str tenant_id,
			 char token[SECRET_TEXT_SIZE], int64_t *expires_in_s, struct error *err)
{
	unsigned char given[SHA256_SIZE], hash[SHA256_SIZE];
	struct client_row client = { 0 };
	char id[GUID_TEXT_SIZE] = "";
	struct arena arena;
	enum status status;
	bool known, right;

	arena_init(&arena);
	sha256(secret, given);
	if (guid_parse(client_id, id))
		status = client_by_id(tokens, &arena, id, &client, err);
	else
		status = E_NOT_FOUND;
	if (status != OK && status != E_NOT_FOUND)
		goto out;
	known = status == OK;
	right = bytes_equal_constant_time(given, client.secret_hash, SHA256_SIZE);
	if (!known || !right || !tenant_fits(tenant_id, &client)) {
		status = error_set(err, E_UNAUTHENTICATED, NULL,
				   "the client is unknown, its secret is wrong, or it belongs to another tenant");
		goto out;
	}
	secret_make(token, hash);
	status = store_token(tokens, hash, client.id, clock_now_ms() + tokens->lifetime_ms, err);
	*expires_in_s = tokens->lifetime_ms / MS_PER_SECOND;
out:
	arena_release(&arena);
	return status;
}

static struct cache_entry *cache_set(struct tokens *tokens, const unsigned char hash[SHA256_SIZE])
{
	uint64_t word;

	memcpy(&word, hash, sizeof(word));
	return &tokens->entries[word % CACHE_SETS * CACHE_WAYS];
}

static bool cache_find(struct tokens *tokens, const unsigned char hash[SHA256_SIZE], struct caller *caller)
{
	struct cache_entry *set = cache_set(tokens, hash);
	int64_t now_ms = clock_now_ms(), now_us = clock_monotonic_us();
	bool found = false;

	pthread_mutex_lock(&tokens->lock);
	for (size_t i = 0; i < CACHE_WAYS && !found; i++) {
		struct cache_entry *e = &set[i];

		if (memcmp(e->hash, hash, SHA256_SIZE) == 0 && e->expires_ms > now_ms && e->fresh_until_us > now_us) {
			*caller = e->caller;
			found = true;
		}
	}
	pthread_mutex_unlock(&tokens->lock);
	return found;
}

static void cache_add(struct tokens *tokens, const unsigned char hash[SHA256_SIZE], int64_t expires_ms,
		      const struct caller *caller)
{
	struct cache_entry *set = cache_set(tokens, hash), *victim = &set[0];

	pthread_mutex_lock(&tokens->lock);
	for (size_t i = 0; i < CACHE_WAYS; i++) {
		if (memcmp(set[i].hash, hash, SHA256_SIZE) == 0) {
			victim = &set[i];
			break;
		}
		if (set[i].fresh_until_us < victim->fresh_until_us)
			victim = &set[i];
	}
	memcpy(victim->hash, hash, SHA256_SIZE);
	victim->expires_ms = expires_ms;
	victim->fresh_until_us = clock_monotonic_us() + (int64_t)TOKEN_CACHE_SECONDS * 1000000;
	victim->caller = *caller;
	pthread_mutex_unlock(&tokens->lock);
}

void tokens_forget(struct tokens *tokens, const char *client_id)
{
	pthread_mutex_lock(&tokens->lock);
	for (size_t i = 0; i < CACHE_SETS * CACHE_WAYS; i++)
		if (strcmp(tokens->entries[i].caller.client_id, client_id) == 0)
			tokens->entries[i].expires_ms = 0;
	pthread_mutex_unlock(&tokens->lock);
}

/* Asks the store what a token means. */
static enum status token_lookup(struct tokens *tokens, const unsigned char hash[SHA256_SIZE], struct caller *caller,
				int64_t *expires_ms, struct error *err)
{
	struct client_row client;
	char client_id[GUID_TEXT_SIZE];
	struct arena arena;
	struct sql *sql;
	enum status status = store_read(tokens->store, &sql, err);

	if (status != OK)
		return status;
	arena_init(&arena);
	status = tokens_find(sql, hash, clock_now_ms(), client_id, expires_ms, err);
	if (status == OK)
		status = clients_find(sql, &arena, client_id, &client, err);
	if (status == OK)
		caller_of(&client, caller);
	store_abort(tokens->store, sql);
	arena_release(&arena);
	return status;
}

enum status tokens_caller(struct tokens *tokens, struct str authorization, struct caller *caller, struct error *err)
{
	unsigned char hash[SHA256_SIZE];
	struct str scheme, token = authorization;
	int64_t expires_ms;
	enum status status;

	scheme = str_cut(&token, ' ');
	token = str_trim(token);
	if (!str_equal_ascii_case(scheme, STR("Bearer")) || token.n == 0)
		return error_set(err, E_UNAUTHENTICATED, NULL, "the Authorization header holds no bearer token");
	sha256(token, hash);
	if (cache_find(tokens, hash, caller))
		return OK;
	status = token_lookup(tokens, hash, caller, &expires_ms, err);
	if (status == E_NOT_FOUND)
		return error_set(err, E_UNAUTHENTICATED, NULL, "the token is unknown, expired or revoked");
	if (status == OK)
		cache_add(tokens, hash, expires_ms, caller);
	return status;
}
