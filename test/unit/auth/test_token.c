/* Tokens: issued, read, forgotten; on an embedded store of its own. */
#include "auth/token.h"

#include "base/instant.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

struct fixture {
	char directory[64];
	struct store *store;
	struct tokens *tokens;
	char client_id[GUID_TEXT_SIZE];
	char secret[SECRET_TEXT_SIZE];
};

static int open_store(struct fixture *f, int64_t lifetime_s)
{
	struct store_settings settings = { .directory = f->directory };

	return store_open(&f->store, &settings, NULL) != OK || tokens_open(&f->tokens, f->store, lifetime_s, NULL) != OK;
}

static void write_rows(struct fixture *f)
{
	struct client_row client = { .display_name = STR("c"), .roles = ROLE_CALLS_READ, .tenant_key = 7 };
	struct sql *sql;

	assert_int_equal(store_write(f->store, &sql, NULL), OK);
	assert_int_equal(sql_run(sql,
				 "INSERT INTO tenant (tenant_key, id, display_name, default_domain, country, created_ms)"
				 " VALUES (7, 'aaaaaaaa-0000-4000-8000-000000000007', 't', 'Tenant.Example', 'DE', 0)",
				 SQL_NO_ARGS, NULL, NULL),
			 OK);
	random_guid(f->client_id);
	memcpy(client.id, f->client_id, GUID_TEXT_SIZE);
	secret_make(f->secret, client.secret_hash);
	assert_int_equal(clients_insert(sql, &client, NULL), OK);
	assert_int_equal(store_commit(f->store, sql, NULL), OK);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	snprintf(f->directory, sizeof(f->directory), "/tmp/tally-token-XXXXXX");
	*state = f;
	if (!mkdtemp(f->directory) || open_store(f, 3600))
		return -1;
	write_rows(f);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[128];

	tokens_close(f->tokens);
	store_close(f->store);
	snprintf(command, sizeof(command), "rm -rf '%s'", f->directory);
	if (system(command) != 0)
		return -1;
	free(f);
	return 0;
}

static enum status issue(struct fixture *f, const char *secret, const char *tenant, char token[SECRET_TEXT_SIZE])
{
	int64_t expires = 0;
	struct error err = { 0 };
	enum status status = tokens_issue(f->tokens, str_from(f->client_id), str_from(secret), str_from(tenant), token,
					  &expires, &err);

	if (status == OK)
		assert_int_equal(expires, 3600);
	return status;
}

static enum status caller(struct fixture *f, const char *format, const char *token, struct caller *c)
{
	char header[128];

	snprintf(header, sizeof(header), "%s%s", format, token);
	return tokens_caller(f->tokens, str_from(header), c, NULL);
}

static void a_token_says_who_calls(void **state)
{
	struct fixture *f = *state;
	char token[SECRET_TEXT_SIZE];
	struct caller c;

	assert_int_equal(issue(f, f->secret, NULL, token), OK);
	for (int i = 0; i < 2; i++) { /* from the store, then from memory */
		assert_int_equal(caller(f, "Bearer ", token, &c), OK);
		assert_string_equal(c.client_id, f->client_id);
		assert_int_equal(c.face, FACE_GRAPH);
		assert_int_equal(c.tenant_key, 7);
		assert_string_equal(c.tenant_id, "aaaaaaaa-0000-4000-8000-000000000007");
		assert_int_equal(c.roles, ROLE_CALLS_READ);
	}
	assert_int_equal(caller(f, "bearer ", token, &c), OK);
	assert_int_equal(caller(f, "Basic ", token, &c), E_UNAUTHENTICATED);
	assert_int_equal(caller(f, "", token, &c), E_UNAUTHENTICATED);
	token[5] = token[5] == 'A' ? 'B' : 'A';
	assert_int_equal(caller(f, "Bearer ", token, &c), E_UNAUTHENTICATED);
}

static void wrong_secrets_and_tenants_are_refused(void **state)
{
	struct fixture *f = *state;
	char token[SECRET_TEXT_SIZE];
	int64_t expires;

	assert_int_equal(issue(f, "wrong", NULL, token), E_UNAUTHENTICATED);
	assert_int_equal(issue(f, f->secret, "bbbbbbbb-0000-4000-8000-000000000007", token), E_UNAUTHENTICATED);
	/* MSAL writes the authority in lower case; the domain names the tenant as well. */
	assert_int_equal(issue(f, f->secret, "AAAAAAAA-0000-4000-8000-000000000007", token), OK);
	assert_int_equal(issue(f, f->secret, "tenant.example", token), OK);
	assert_int_equal(issue(f, f->secret, "common", token), OK);
	assert_int_equal(tokens_issue(f->tokens, STR("no-guid"), str_from(f->secret), STR_NONE, token, &expires, NULL),
			 E_UNAUTHENTICATED);
}

static void tokens_survive_a_restart_and_die_with_their_client(void **state)
{
	struct fixture *f = *state;
	char token[SECRET_TEXT_SIZE];
	struct caller c;
	struct sql *sql;

	assert_int_equal(issue(f, f->secret, NULL, token), OK);
	tokens_close(f->tokens);
	store_close(f->store);
	assert_int_equal(open_store(f, 3600), 0);
	assert_int_equal(caller(f, "Bearer ", token, &c), OK);
	assert_int_equal(store_write(f->store, &sql, NULL), OK);
	assert_int_equal(clients_delete(sql, f->client_id, NULL), OK);
	assert_int_equal(clients_delete(sql, f->client_id, NULL), E_NOT_FOUND);
	assert_int_equal(store_commit(f->store, sql, NULL), OK);
	tokens_forget(f->tokens, f->client_id);
	assert_int_equal(caller(f, "Bearer ", token, &c), E_UNAUTHENTICATED);
}

static void expired_tokens_are_unknown(void **state)
{
	struct fixture *f = *state;
	unsigned char hash[SHA256_SIZE];
	char token[SECRET_TEXT_SIZE];
	struct caller c;
	struct sql *sql;
	int64_t deleted = 0;

	secret_make(token, hash);
	assert_int_equal(store_write(f->store, &sql, NULL), OK);
	assert_int_equal(tokens_insert(sql, hash, f->client_id, clock_now_ms() - 1, NULL), OK);
	assert_int_equal(store_commit(f->store, sql, NULL), OK);
	assert_int_equal(caller(f, "Bearer ", token, &c), E_UNAUTHENTICATED);
	assert_int_equal(store_write(f->store, &sql, NULL), OK);
	assert_int_equal(tokens_delete_expired(sql, clock_now_ms(), &deleted, NULL), OK);
	assert_int_equal(deleted, 1);
	assert_int_equal(store_commit(f->store, sql, NULL), OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_token_says_who_calls, setup, teardown),
		cmocka_unit_test_setup_teardown(wrong_secrets_and_tenants_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(tokens_survive_a_restart_and_die_with_their_client, setup, teardown),
		cmocka_unit_test_setup_teardown(expired_tokens_are_unknown, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
