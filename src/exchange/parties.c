#include "exchange/parties.h"

#include "base/instant.h"
#include "base/random.h"
#include "exchange/holders.h"

#define CREATE_ATTEMPTS 8

/* --- operators ------------------------------------------------------------------ */

static const struct field operator_fields[] = {
	{ "id", offsetof(struct operator_row, id), FIELD_GUID, false },
	{ "displayName", offsetof(struct operator_row, display_name), FIELD_NAME, true },
	{ "country", offsetof(struct operator_row, country), FIELD_COUNTRY, true },
};

static enum status operator_by_id(struct sql *sql, struct arena *arena, const struct party_scope *scope, struct str id,
				  void *row, struct error *err)
{
	(void)scope;
	return operator_find(sql, arena, id, row, err);
}

static enum status operator_hold(struct sql *sql, const void *row, struct error *err)
{
	struct number_feed feed;

	return number_feed_open(sql, ((const struct operator_row *)row)->key, &feed, err);
}

static enum status operator_add(struct sql *sql, const struct party_scope *scope, void *row, struct error *err)
{
	(void)scope;
	return operator_insert(sql, row, err);
}

static enum status operator_change(struct sql *sql, struct arena *arena, const struct party_scope *scope,
				   const void *before, void *row, struct error *err)
{
	(void)arena;
	(void)scope;
	(void)before;
	return operator_update(sql, row, err);
}

static enum status operator_list(struct sql *sql, struct arena *arena, const struct party_scope *scope,
				 const struct party_place *after, int64_t max, void **rows, size_t *count,
				 struct error *err)
{
	(void)scope;
	if (after->by_name)
		return operators_by_name(sql, arena, after->key, after->descending, max, (struct operator_row **)rows, count,
				      err);
	return operators_after(sql, arena, after->key, max, (struct operator_row **)rows, count, err);
}

static struct party_place operator_place(const void *row)
{
	return (struct party_place){ .key = ((const struct operator_row *)row)->key };
}

const struct party_kind party_operator = {
	.noun = "operator",
	.fields = operator_fields,
	.field_count = sizeof(operator_fields) / sizeof(operator_fields[0]),
	.row_size = sizeof(struct operator_row),
	.created_offset = offsetof(struct operator_row, created_ms),
	.find = operator_by_id,
	.hold = operator_hold,
	.insert = operator_add,
	.update = operator_change,
	.list = operator_list,
	.place = operator_place,
};

/* --- tenants -------------------------------------------------------------------- */

static const struct field tenant_fields[] = {
	{ "id", offsetof(struct tenant_row, id), FIELD_GUID, false },
	{ "displayName", offsetof(struct tenant_row, display_name), FIELD_NAME, true },
	{ "defaultDomain", offsetof(struct tenant_row, default_domain), FIELD_DOMAIN, true },
	{ "country", offsetof(struct tenant_row, country), FIELD_COUNTRY, true },
};

static enum status tenant_by_id(struct sql *sql, struct arena *arena, const struct party_scope *scope, struct str id,
				void *row, struct error *err)
{
	(void)scope;
	return tenant_find(sql, arena, id, row, err);
}

static enum status tenant_hold(struct sql *sql, const void *row, struct error *err)
{
	return tenant_lock(sql, ((const struct tenant_row *)row)->key, err);
}

static enum status tenant_add(struct sql *sql, const struct party_scope *scope, void *row, struct error *err)
{
	(void)scope;
	return tenant_insert(sql, row, err);
}

static enum status tenant_change(struct sql *sql, struct arena *arena, const struct party_scope *scope,
				 const void *before, void *row, struct error *err)
{
	const struct tenant_row *old = before, *tenant = row;
	enum status status = tenant_update(sql, tenant, err);

	(void)arena;
	(void)scope;
	if (status == OK && !str_equal(old->default_domain, tenant->default_domain))
		status = holder_sip_uris_renew(sql, tenant, NULL, clock_now_ms(), err);
	return status;
}

static enum status tenant_list(struct sql *sql, struct arena *arena, const struct party_scope *scope,
			       const struct party_place *after, int64_t max, void **rows, size_t *count,
			       struct error *err)
{
	(void)scope;
	if (after->by_name)
		return tenants_by_name(sql, arena, after->key, after->descending, max, (struct tenant_row **)rows, count,
				      err);
	return tenants_after(sql, arena, after->key, max, (struct tenant_row **)rows, count, err);
}

static struct party_place tenant_place(const void *row)
{
	return (struct party_place){ .key = ((const struct tenant_row *)row)->key };
}

const struct party_kind party_tenant = {
	.noun = "tenant",
	.fields = tenant_fields,
	.field_count = sizeof(tenant_fields) / sizeof(tenant_fields[0]),
	.row_size = sizeof(struct tenant_row),
	.created_offset = offsetof(struct tenant_row, created_ms),
	.find = tenant_by_id,
	.hold = tenant_hold,
	.insert = tenant_add,
	.update = tenant_change,
	.list = tenant_list,
	.place = tenant_place,
};

/* --- users ---------------------------------------------------------------------- */

static const struct field user_fields[] = {
	{ "id", offsetof(struct user_row, id), FIELD_GUID, false },
	{ "userPrincipalName", offsetof(struct user_row, user_principal_name), FIELD_PRINCIPAL, true },
	{ "displayName", offsetof(struct user_row, display_name), FIELD_NAME, true },
	{ "country", offsetof(struct user_row, country), FIELD_COUNTRY, true },
	{ "sipUri", offsetof(struct user_row, sip_uri), FIELD_SIP_URI, false },
	{ "accountType", offsetof(struct user_row, account_type), FIELD_ACCOUNT_TYPE, false },
};

static enum status user_by_id(struct sql *sql, struct arena *arena, const struct party_scope *scope, struct str id,
			      void *row, struct error *err)
{
	return user_find(sql, arena, scope->tenant.key, id, row, err);
}

static enum status user_hold(struct sql *sql, const void *row, struct error *err)
{
	return tenant_lock(sql, ((const struct user_row *)row)->tenant_key, err);
}

static enum status user_name_is_free(struct sql *sql, const void *row, struct error *err)
{
	const struct user_row *user = row;
	bool taken = false;
	enum status status =
		user_name_is_taken(sql, user->tenant_key, user->user_principal_name, user->id, &taken, err);

	if (status == OK && taken)
		return error_set(err, E_CONFLICT, "userPrincipalName", "another user of the tenant has this name");
	return status;
}

static enum status user_is_new(struct sql *sql, const void *row, struct error *err)
{
	const struct user_row *user = row;
	bool taken = false;
	enum status status = user_id_is_taken(sql, user->tenant_key, user->id, &taken, err);

	if (status == OK && taken)
		return error_set(err, E_CONFLICT, "id", "there is another user with this id");
	return status == OK ? user_name_is_free(sql, row, err) : status;
}

static enum status user_add(struct sql *sql, const struct party_scope *scope, void *row, struct error *err)
{
	(void)scope;
	return user_insert(sql, row, err);
}

static enum status account_type_may_change(struct sql *sql, struct arena *arena, const struct user_row *before,
					   const struct user_row *user, struct error *err)
{
	struct number_row *held;
	size_t count = 0;
	enum status status;

	if (str_equal(before->account_type, user->account_type))
		return OK;
	status = numbers_held(sql, arena, user->tenant_key, user->id, 0, 0, 1, &held, &count, err);
	if (status == OK && count > 0)
		return error_set(err, E_IN_USE, "accountType", "the user holds numbers; unassign them first");
	return status;
}

static enum status user_change(struct sql *sql, struct arena *arena, const struct party_scope *scope,
			       const void *before, void *row, struct error *err)
{
	const struct user_row *old = before;
	struct user_row *user = row;
	enum status status;

	/* There is no user without an account type: an empty one keeps it. */
	if (str_is_none(user->account_type))
		user->account_type = old->account_type;
	status = account_type_may_change(sql, arena, old, user, err);
	if (status == OK)
		status = user_name_is_free(sql, user, err);
	if (status == OK)
		status = user_update(sql, user, err);
	if (status == OK && !str_equal(old->sip_uri, user->sip_uri))
		status = holder_sip_uris_renew(sql, &scope->tenant, user, clock_now_ms(), err);
	return status;
}

static enum status user_list(struct sql *sql, struct arena *arena, const struct party_scope *scope,
			     const struct party_place *after, int64_t max, void **rows, size_t *count,
			     struct error *err)
{
	if (after->by_name)
		return users_by_name(sql, arena, scope->tenant.key, after->id, after->descending, max,
				     (struct user_row **)rows, count, err);
	return users_after(sql, arena, scope->tenant.key, str_is_none(after->id) ? STR("") : after->id, max,
			   (struct user_row **)rows, count, err);
}

static struct party_place user_place(const void *row)
{
	return (struct party_place){ .id = ((const struct user_row *)row)->id };
}

const struct party_kind party_user = {
	.noun = "user",
	.fields = user_fields,
	.field_count = sizeof(user_fields) / sizeof(user_fields[0]),
	.row_size = sizeof(struct user_row),
	.created_offset = offsetof(struct user_row, created_ms),
	.of_tenant = true,
	.find = user_by_id,
	.hold = user_hold,
	.check = user_is_new,
	.insert = user_add,
	.update = user_change,
	.list = user_list,
	.place = user_place,
};

/* --- what is done with all of them ------------------------------------------------ */

static enum status scope_find(struct sql *sql, struct arena *arena, const struct party_kind *kind, struct str tenant_id,
			      struct party_scope *scope, struct error *err)
{
	*scope = (struct party_scope){ .tenant_id = tenant_id };
	return kind->of_tenant ? tenant_find(sql, arena, tenant_id, &scope->tenant, err) : OK;
}

static struct str *id_of(const struct party_kind *kind, void *row)
{
	return (struct str *)(void *)((char *)row + kind->fields[0].offset);
}

static enum status create_once(struct sql *sql, struct arena *arena, const struct party_kind *kind,
			       const struct party_scope *scope, void *row, bool *created, struct error *err)
{
	void *found = arena_alloc(arena, kind->row_size);
	enum status status = kind->find(sql, arena, scope, *id_of(kind, row), found, err);

	*created = status == E_NOT_FOUND;
	if (status == OK) {
		if (!fields_equal(kind->fields, kind->field_count, row, found))
			return error_set(err, E_CONFLICT, "id", "there is another %s with this id", kind->noun);
		memcpy(row, found, kind->row_size);
		return OK;
	}
	if (status != E_NOT_FOUND)
		return status;
	status = kind->check ? kind->check(sql, row, err) : OK;
	if (status != OK)
		return status;
	status = kind->insert(sql, scope, row, err);
	/* Told apart from the conflicts above: this one is worth another attempt. */
	return status == E_CONFLICT ? E_IN_PROGRESS : status;
}

/* What a new row has that nobody gives. */
static void complete(struct arena *arena, const struct party_kind *kind, const struct party_scope *scope, void *row)
{
	struct str *id = id_of(kind, row);
	char guid[GUID_TEXT_SIZE];

	if (str_is_none(*id)) {
		random_guid(guid);
		*id = arena_str(arena, str_from(guid));
	}
	*(int64_t *)(void *)((char *)row + kind->created_offset) = clock_now_ms();
	if (kind == &party_user) {
		struct user_row *user = row;

		user->tenant_key = scope->tenant.key;
		if (str_is_none(user->account_type))
			user->account_type = STR("user");
	}
}

enum status parties_create(struct exchange *exchange, struct arena *arena, const struct party_kind *kind,
			   struct str tenant_id, void *row, bool *created, struct error *err)
{
	enum status status = fields_check(arena, kind->fields, kind->field_count, row, true, err);

	if (status != OK)
		return status;
	status = E_IN_PROGRESS;
	for (int attempt = 0; status == E_IN_PROGRESS && attempt < CREATE_ATTEMPTS; attempt++) {
		struct party_scope scope;
		struct sql *sql;

		status = store_write(exchange->store, &sql, err);
		if (status != OK)
			return status;
		status = scope_find(sql, arena, kind, tenant_id, &scope, err);
		if (status == OK) {
			complete(arena, kind, &scope, row);
			status = create_once(sql, arena, kind, &scope, row, created, err);
		}
		if (status == OK && *created)
			status = store_commit(exchange->store, sql, err);
		else
			store_abort(exchange->store, sql);
	}
	if (status == E_IN_PROGRESS)
		return error_set(err, E_UNAVAILABLE, NULL, "too many parties are being made at once");
	return status;
}

static enum status find_in(struct sql *sql, struct arena *arena, const struct party_kind *kind, struct str tenant_id,
			   struct str id, struct party_scope *scope, void *row, struct error *err)
{
	enum status status = scope_find(sql, arena, kind, tenant_id, scope, err);

	return status == OK ? kind->find(sql, arena, scope, id, row, err) : status;
}

static enum status update_in(struct sql *sql, struct arena *arena, const struct party_kind *kind, struct str tenant_id,
			     struct str id, const void *change, void *row, struct error *err)
{
	void *before = arena_alloc(arena, kind->row_size);
	struct party_scope scope;
	enum status status = find_in(sql, arena, kind, tenant_id, id, &scope, before, err);

	if (status == OK)
		status = kind->hold(sql, before, err);
	/* Again, since it may have changed while we waited. */
	if (status == OK)
		status = find_in(sql, arena, kind, tenant_id, id, &scope, before, err);
	if (status != OK)
		return status;
	memcpy(row, before, kind->row_size);
	/* All but the id, which stays. */
	fields_merge(kind->fields + 1, kind->field_count - 1, row, change);
	return kind->update(sql, arena, &scope, before, row, err);
}

enum status parties_update(struct exchange *exchange, struct arena *arena, const struct party_kind *kind,
			   struct str tenant_id, struct str id, void *change, void *row, struct error *err)
{
	enum status status = fields_check(arena, kind->fields, kind->field_count, change, false, err);
	struct sql *sql;

	if (status == OK)
		status = store_write(exchange->store, &sql, err);
	if (status != OK)
		return status;
	status = update_in(sql, arena, kind, tenant_id, id, change, row, err);
	if (status == OK)
		return store_commit(exchange->store, sql, err);
	store_abort(exchange->store, sql);
	return status;
}

enum status parties_find(struct exchange *exchange, struct arena *arena, const struct party_kind *kind,
			 struct str tenant_id, struct str id, void *row, struct error *err)
{
	struct party_scope scope;
	struct sql *sql;
	enum status status = store_read(exchange->store, &sql, err);

	if (status != OK)
		return status;
	status = find_in(sql, arena, kind, tenant_id, id, &scope, row, err);
	store_abort(exchange->store, sql);
	return status;
}

enum status parties_list(struct exchange *exchange, struct arena *arena, const struct party_kind *kind,
			 struct str tenant_id, const struct party_place *after, int64_t max, void **rows, size_t *count,
			 struct error *err)
{
	struct party_scope scope;
	struct sql *sql;
	enum status status = store_read(exchange->store, &sql, err);

	if (status != OK)
		return status;
	status = scope_find(sql, arena, kind, tenant_id, &scope, err);
	if (status == OK)
		status = kind->list(sql, arena, &scope, after, max, rows, count, err);
	store_abort(exchange->store, sql);
	return status;
}
