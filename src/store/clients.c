#include "store/clients.h"

#include "store/rows.h"

#include <stdio.h>

#define CLIENT_COLUMNS                                                                                                 \
	"SELECT c.id, c.display_name, c.roles, c.operator_key, c.tenant_key, c.secret_hash, c.created_ms, o.id, t.id,"  \
	" t.default_domain FROM client c LEFT JOIN operator o ON o.operator_key = c.operator_key"                                       \
	" LEFT JOIN tenant t ON t.tenant_key = c.tenant_key"

enum status clients_insert(struct sql *sql, const struct client_row *client, struct error *err)
{
	return sql_run(sql,
		       "INSERT INTO client (id, display_name, roles, operator_key, tenant_key, secret_hash, created_ms)"
		       " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
		       SQL_ARGS(SQL_TEXT(str_from(client->id)), SQL_TEXT(client->display_name), SQL_I64(client->roles),
				SQL_I64(client->operator_key), SQL_I64(client->tenant_key),
				SQL_BLOB(client->secret_hash, SHA256_SIZE), SQL_I64(client->created_ms)),
		       NULL, err);
}

enum status clients_set_secret(struct sql *sql, const char *id, const unsigned char secret_hash[SHA256_SIZE],
			       struct error *err)
{
	int64_t changes = 0;
	enum status status = sql_run(sql, "UPDATE client SET secret_hash = ?1 WHERE id = ?2",
				     SQL_ARGS(SQL_BLOB(secret_hash, SHA256_SIZE), SQL_TEXT(str_from(id))), &changes, err);

	return row_changed(status, changes, "client", err);
}

static void client_read(struct sql_rows *rows, struct arena *arena, void *row)
{
	struct client_row *client = row;
	struct str id = sql_get_text(rows, 0), hash = sql_get_blob(rows, 5);

	*client = (struct client_row){
		.display_name = row_text(rows, 1, arena),
		.roles = (uint32_t)sql_get_i64(rows, 2),
		.operator_key = sql_get_i64(rows, 3),
		.tenant_key = sql_get_i64(rows, 4),
		.created_ms = sql_get_i64(rows, 6),
		.operator_id = row_text(rows, 7, arena),
		.tenant_id = row_text(rows, 8, arena),
		.tenant_domain = row_text(rows, 9, arena),
	};
	snprintf(client->id, sizeof(client->id), "%.*s", STR_ARG(id));
	if (hash.n == SHA256_SIZE)
		memcpy(client->secret_hash, hash.p, SHA256_SIZE);
}

enum status clients_find(struct sql *sql, struct arena *arena, const char *id, struct client_row *client,
			 struct error *err)
{
	return row_find(sql, arena, client_read, client, "client", err, CLIENT_COLUMNS " WHERE c.id = ?1",
			SQL_ARGS(SQL_TEXT(str_from(id))));
}

enum status clients_list(struct sql *sql, struct arena *arena, const char *after, int64_t max,
			 struct client_row **clients, size_t *count, struct error *err)
{
	return row_list(sql, arena, client_read, sizeof(**clients), max, (void **)clients, count, err,
			CLIENT_COLUMNS " WHERE c.id > ?1 ORDER BY c.id LIMIT ?2",
			SQL_ARGS(SQL_TEXT(str_from(after)), SQL_I64(max)));
}

enum status clients_delete(struct sql *sql, const char *id, struct error *err)
{
	int64_t changes = 0;
	enum status status = sql_run(sql, "DELETE FROM token WHERE client_id = ?1", SQL_ARGS(SQL_TEXT(str_from(id))),
				     NULL, err);

	if (status == OK)
		status = sql_run(sql, "DELETE FROM client WHERE id = ?1", SQL_ARGS(SQL_TEXT(str_from(id))), &changes,
				 err);
	return row_changed(status, changes, "client", err);
}

enum status tokens_insert(struct sql *sql, const unsigned char hash[SHA256_SIZE], const char *client_id,
			  int64_t expires_ms, struct error *err)
{
	return sql_run(sql, "INSERT INTO token (hash, client_id, expires_ms) VALUES (?1, ?2, ?3)",
		       SQL_ARGS(SQL_BLOB(hash, SHA256_SIZE), SQL_TEXT(str_from(client_id)), SQL_I64(expires_ms)), NULL,
		       err);
}

struct token {
	char client_id[GUID_TEXT_SIZE];
	int64_t expires_ms;
};

static void token_read(struct sql_rows *rows, struct arena *arena, void *row)
{
	struct token *token = row;
	struct str id = sql_get_text(rows, 0);

	(void)arena;
	snprintf(token->client_id, sizeof(token->client_id), "%.*s", STR_ARG(id));
	token->expires_ms = sql_get_i64(rows, 1);
}

enum status tokens_find(struct sql *sql, const unsigned char hash[SHA256_SIZE], int64_t now_ms,
			char client_id[GUID_TEXT_SIZE], int64_t *expires_ms, struct error *err)
{
	struct token token;
	enum status status = row_find(sql, NULL, token_read, &token, "token", err,
				      "SELECT client_id, expires_ms FROM token WHERE hash = ?1 AND expires_ms > ?2",
				      SQL_ARGS(SQL_BLOB(hash, SHA256_SIZE), SQL_I64(now_ms)));

	if (status != OK)
		return status;
	memcpy(client_id, token.client_id, sizeof(token.client_id));
	*expires_ms = token.expires_ms;
	return OK;
}

enum status tokens_delete_expired(struct sql *sql, int64_t now_ms, int64_t *deleted, struct error *err)
{
	return sql_run(sql, "DELETE FROM token WHERE expires_ms <= ?1", SQL_ARGS(SQL_I64(now_ms)), deleted, err);
}
