#include "exchange/register_client.h"

#include "auth/access.h"
#include "base/instant.h"
#include "exchange/fields.h"
#include "store/parties.h"

#include <stdio.h>

/* --- what a client may be ----------------------------------------------------------- */

static enum status roles_read(const struct json *array, role_set *roles, struct error *err)
{
	role_set set = 0;

	if (!array || array->count == 0)
		return error_set(err, E_MISSING_FIELD, "roles", "roles: a client has at least one role");
	for (const struct json *r = array->first; r; r = r->next) {
		role_set role = r->type == JSON_STRING ? role_parse(r->text) : 0;

		if (!role)
			return error_set(err, E_FIELD_VALUE, "roles", "roles: there is no role \"%.*s\"",
					 r->text.n > 60 ? 60 : (int)r->text.n, r->text.p ? r->text.p : "");
		if (set && role_face(role) != role_face(set))
			return error_set(err, E_FIELD_VALUE, "roles",
					 "roles: a client's roles are all of one face; make a client for each purpose");
		set |= role;
	}
	*roles = set;
	return OK;
}

/* A party is named when the face has one, and only then. */
static enum status party_fits(const char *name, struct str id, bool wanted, struct error *err)
{
	if (wanted && id.n == 0)
		return error_set(err, E_MISSING_FIELD, name, "%s is needed for roles of this face", name);
	if (!wanted && id.n > 0)
		return error_set(err, E_FIELD_VALUE, name, "%s does not go with roles of this face", name);
	return OK;
}

static enum status guid_or_none(struct arena *arena, const char *name, struct str *id, struct error *err)
{
	return id->n ? field_check(arena, FIELD_GUID, name, id, err) : OK;
}

static enum status request_check(struct arena *arena, struct client_request *r, role_set *roles, struct error *err)
{
	enum status status;

	if (str_is_none(r->display_name))
		return error_set(err, E_MISSING_FIELD, "displayName", "displayName is needed");
	status = field_check(arena, FIELD_NAME, "displayName", &r->display_name, err);
	if (status == OK)
		status = roles_read(r->roles, roles, err);
	if (status == OK)
		status = guid_or_none(arena, "id", &r->id, err);
	if (status == OK)
		status = guid_or_none(arena, "operatorId", &r->operator_id, err);
	if (status == OK)
		status = guid_or_none(arena, "tenantId", &r->tenant_id, err);
	if (status == OK)
		status = party_fits("operatorId", r->operator_id, role_face(*roles) == FACE_OPERATOR, err);
	if (status == OK)
		status = party_fits("tenantId", r->tenant_id, role_face(*roles) == FACE_GRAPH, err);
	return status;
}

/* --- registering ---------------------------------------------------------------------- */

static enum status find_parties(struct sql *sql, struct arena *arena, const struct client_request *r,
				struct client_row *row, struct error *err)
{
	struct operator_row op = { 0 };
	struct tenant_row tenant = { 0 };
	enum status status = OK;

	if (r->operator_id.n)
		status = operator_find(sql, arena, r->operator_id, &op, err);
	if (status == E_NOT_FOUND)
		return error_set(err, E_UNKNOWN_OPERATOR, "operatorId", "there is no such operator");
	if (status == OK && r->tenant_id.n)
		status = tenant_find(sql, arena, r->tenant_id, &tenant, err);
	if (status == E_NOT_FOUND)
		return error_set(err, E_UNKNOWN_TENANT, "tenantId", "there is no such tenant");
	row->operator_key = op.key;
	row->operator_id = op.id;
	row->tenant_key = tenant.key;
	row->tenant_id = tenant.id;
	return status;
}

static bool same_client(const struct client_row *a, const struct client_row *b)
{
	return str_equal(a->display_name, b->display_name) && a->roles == b->roles &&
	       a->operator_key == b->operator_key && a->tenant_key == b->tenant_key;
}

static enum status register_in(struct sql *sql, struct arena *arena, const struct client_request *request,
			       struct client_row *row, char secret[SECRET_TEXT_SIZE], bool *created, struct error *err)
{
	struct client_row found;
	enum status status = find_parties(sql, arena, request, row, err);

	if (status != OK)
		return status;
	status = clients_find(sql, arena, row->id, &found, err);
	*created = status == E_NOT_FOUND;
	secret[0] = '\0';
	if (*created) {
		secret_make(secret, row->secret_hash);
		return clients_insert(sql, row, err);
	}
	if (status == OK && !same_client(row, &found))
		return error_set(err, E_CONFLICT, "id", "there is another client with this id");
	if (status == OK)
		*row = found;
	return status;
}

enum status client_register(struct exchange *exchange, struct arena *arena, const struct client_request *request,
			    struct client_row *row, char secret[SECRET_TEXT_SIZE], bool *created, struct error *err)
{
	struct client_request r = *request;
	struct sql *sql;
	role_set roles = 0;
	enum status status = request_check(arena, &r, &roles, err);

	if (status == OK)
		status = store_write(exchange->store, &sql, err);
	if (status != OK)
		return status;
	*row = (struct client_row){ .display_name = r.display_name, .roles = roles, .created_ms = clock_now_ms() };
	if (r.id.n)
		snprintf(row->id, sizeof(row->id), "%.*s", STR_ARG(r.id));
	else
		random_guid(row->id);
	status = register_in(sql, arena, &r, row, secret, created, err);
	if (status == OK && *created)
		return store_commit(exchange->store, sql, err);
	store_abort(exchange->store, sql);
	return status;
}

/* --- what is registered ---------------------------------------------------------------- */

enum status client_rotate(struct exchange *exchange, struct arena *arena, struct str id, struct client_row *row,
			  char secret[SECRET_TEXT_SIZE], struct error *err)
{
	struct sql *sql;
	enum status status = store_write(exchange->store, &sql, err);

	if (status != OK)
		return status;
	status = clients_find(sql, arena, arena_cstr(arena, id), row, err);
	if (status == OK) {
		secret_make(secret, row->secret_hash);
		status = clients_set_secret(sql, row->id, row->secret_hash, err);
	}
	if (status == OK)
		return store_commit(exchange->store, sql, err);
	store_abort(exchange->store, sql);
	return status;
}

enum status client_remove(struct exchange *exchange, struct str id, struct error *err)
{
	char text[GUID_TEXT_SIZE];
	struct sql *sql;
	enum status status = store_write(exchange->store, &sql, err);

	if (status != OK)
		return status;
	snprintf(text, sizeof(text), "%.*s", STR_ARG(id));
	status = clients_delete(sql, text, err);
	if (status == OK)
		return store_commit(exchange->store, sql, err);
	store_abort(exchange->store, sql);
	return status;
}

enum status client_get(struct exchange *exchange, struct arena *arena, struct str id, struct client_row *row,
		       struct error *err)
{
	struct sql *sql;
	enum status status = store_read(exchange->store, &sql, err);

	if (status != OK)
		return status;
	status = clients_find(sql, arena, arena_cstr(arena, id), row, err);
	store_abort(exchange->store, sql);
	return status;
}

enum status client_page(struct exchange *exchange, struct arena *arena, struct str after_id, int64_t max,
			struct client_row **rows, size_t *count, struct error *err)
{
	struct sql *sql;
	enum status status = store_read(exchange->store, &sql, err);

	if (status != OK)
		return status;
	status = clients_list(sql, arena, arena_cstr(arena, after_id), max, rows, count, err);
	store_abort(exchange->store, sql);
	return status;
}
