#include "store/parties.h"

#include "store/rows.h"

/* Statements by direction and by whether they go on past a row, which is named by its key in ?1, as names may be
 * long: rows where `among`, up to ?2. */
#define BY_NAME(columns, table, key, among)                                                                            \
	{                                                                                                              \
		{ columns " WHERE " among " ORDER BY display_name, " key " LIMIT ?2",                                  \
		  columns " WHERE " among " AND " PAST(">", table, key, among) " ORDER BY display_name, " key          \
			  " LIMIT ?2" },                                                                               \
		{ columns " WHERE " among " ORDER BY display_name DESC, " key " DESC LIMIT ?2",                        \
		  columns " WHERE " among " AND " PAST("<", table, key, among) " ORDER BY display_name DESC, " key     \
			  " DESC LIMIT ?2" },                                                                          \
	}
#define PAST(op, table, key, among)                                                                                    \
	"(display_name, " key ") " op " (SELECT display_name, " key " FROM " table " WHERE " among " AND " key " = ?1)"

/* --- operators ---------------------------------------------------------------- */

#define OPERATOR_COLUMNS "SELECT operator_key, id, display_name, country, created_ms FROM operator"

static void operator_read(struct sql_rows *rows, struct arena *arena, void *row)
{
	*(struct operator_row *)row = (struct operator_row){
		.key = sql_get_i64(rows, 0),
		.id = row_text(rows, 1, arena),
		.display_name = row_text(rows, 2, arena),
		.country = row_text(rows, 3, arena),
		.created_ms = sql_get_i64(rows, 4),
	};
}

enum status operator_insert(struct sql *sql, struct operator_row *row, struct error *err)
{
	return row_i64(sql, &row->key, err,
		       "INSERT INTO operator (operator_key, id, display_name, country, created_ms)"
		       " VALUES ((SELECT COALESCE(MAX(operator_key), 0) + 1 FROM operator), ?1, ?2, ?3, ?4)"
		       " RETURNING operator_key",
		       SQL_ARGS(SQL_TEXT(row->id), SQL_TEXT(row->display_name), SQL_TEXT(row->country),
				SQL_I64(row->created_ms)));
}

enum status operator_update(struct sql *sql, const struct operator_row *row, struct error *err)
{
	int64_t changes = 0;
	enum status status = sql_run(sql, "UPDATE operator SET display_name = ?1, country = ?2 WHERE operator_key = ?3",
				     SQL_ARGS(SQL_TEXT(row->display_name), SQL_TEXT(row->country), SQL_I64(row->key)),
				     &changes, err);

	return row_changed(status, changes, "operator", err);
}

enum status operator_find(struct sql *sql, struct arena *arena, struct str id, struct operator_row *row,
			  struct error *err)
{
	return row_find(sql, arena, operator_read, row, "operator", err, OPERATOR_COLUMNS " WHERE id = ?1",
			SQL_ARGS(SQL_TEXT(id)));
}

enum status operator_find_key(struct sql *sql, struct arena *arena, int64_t key, struct operator_row *row,
			      struct error *err)
{
	return row_find(sql, arena, operator_read, row, "operator", err, OPERATOR_COLUMNS " WHERE operator_key = ?1",
			SQL_ARGS(SQL_I64(key)));
}

enum status operators_after(struct sql *sql, struct arena *arena, int64_t after_key, int64_t max,
			    struct operator_row **rows, size_t *count, struct error *err)
{
	return row_list(sql, arena, operator_read, sizeof(**rows), max, (void **)rows, count, err,
			OPERATOR_COLUMNS " WHERE operator_key > ?1 ORDER BY operator_key LIMIT ?2",
			SQL_ARGS(SQL_I64(after_key), SQL_I64(max)));
}

enum status operators_by_name(struct sql *sql, struct arena *arena, int64_t after_key, bool descending, int64_t max,
			      struct operator_row **rows, size_t *count, struct error *err)
{
	static const char *const texts[2][2] = BY_NAME(OPERATOR_COLUMNS, "operator", "operator_key", "?1 >= 0");

	return row_list(sql, arena, operator_read, sizeof(**rows), max, (void **)rows, count, err,
			texts[descending][after_key != 0], SQL_ARGS(SQL_I64(after_key), SQL_I64(max)));
}

/* --- tenants ------------------------------------------------------------------ */

#define TENANT_COLUMNS "SELECT tenant_key, id, display_name, default_domain, country, created_ms FROM tenant"

static void tenant_read(struct sql_rows *rows, struct arena *arena, void *row)
{
	*(struct tenant_row *)row = (struct tenant_row){
		.key = sql_get_i64(rows, 0),
		.id = row_text(rows, 1, arena),
		.display_name = row_text(rows, 2, arena),
		.default_domain = row_text(rows, 3, arena),
		.country = row_text(rows, 4, arena),
		.created_ms = sql_get_i64(rows, 5),
	};
}

enum status tenant_insert(struct sql *sql, struct tenant_row *row, struct error *err)
{
	return row_i64(sql, &row->key, err,
		       "INSERT INTO tenant (tenant_key, id, display_name, default_domain, country, created_ms)"
		       " VALUES ((SELECT COALESCE(MAX(tenant_key), 0) + 1 FROM tenant), ?1, ?2, ?3, ?4, ?5)"
		       " RETURNING tenant_key",
		       SQL_ARGS(SQL_TEXT(row->id), SQL_TEXT(row->display_name), SQL_TEXT(row->default_domain),
				SQL_TEXT(row->country), SQL_I64(row->created_ms)));
}

enum status tenant_update(struct sql *sql, const struct tenant_row *row, struct error *err)
{
	int64_t changes = 0;
	enum status status = sql_run(sql,
				     "UPDATE tenant SET display_name = ?1, default_domain = ?2, country = ?3"
				     " WHERE tenant_key = ?4",
				     SQL_ARGS(SQL_TEXT(row->display_name), SQL_TEXT(row->default_domain),
					      SQL_TEXT(row->country), SQL_I64(row->key)),
				     &changes, err);

	return row_changed(status, changes, "tenant", err);
}

enum status tenant_find(struct sql *sql, struct arena *arena, struct str id, struct tenant_row *row, struct error *err)
{
	return row_find(sql, arena, tenant_read, row, "tenant", err, TENANT_COLUMNS " WHERE id = ?1",
			SQL_ARGS(SQL_TEXT(id)));
}

enum status tenant_find_key(struct sql *sql, struct arena *arena, int64_t key, struct tenant_row *row,
			    struct error *err)
{
	return row_find(sql, arena, tenant_read, row, "tenant", err, TENANT_COLUMNS " WHERE tenant_key = ?1",
			SQL_ARGS(SQL_I64(key)));
}

enum status tenants_after(struct sql *sql, struct arena *arena, int64_t after_key, int64_t max,
			  struct tenant_row **rows, size_t *count, struct error *err)
{
	return row_list(sql, arena, tenant_read, sizeof(**rows), max, (void **)rows, count, err,
			TENANT_COLUMNS " WHERE tenant_key > ?1 ORDER BY tenant_key LIMIT ?2",
			SQL_ARGS(SQL_I64(after_key), SQL_I64(max)));
}

enum status tenants_by_name(struct sql *sql, struct arena *arena, int64_t after_key, bool descending, int64_t max,
			    struct tenant_row **rows, size_t *count, struct error *err)
{
	static const char *const texts[2][2] = BY_NAME(TENANT_COLUMNS, "tenant", "tenant_key", "?1 >= 0");

	return row_list(sql, arena, tenant_read, sizeof(**rows), max, (void **)rows, count, err,
			texts[descending][after_key != 0], SQL_ARGS(SQL_I64(after_key), SQL_I64(max)));
}

enum status tenant_lock(struct sql *sql, int64_t key, struct error *err)
{
	int64_t changes = 0;
	/* An update to the same value is the row lock that both engines have. */
	enum status status = sql_run(sql, "UPDATE tenant SET created_ms = created_ms WHERE tenant_key = ?1",
				     SQL_ARGS(SQL_I64(key)), &changes, err);

	return row_changed(status, changes, "tenant", err);
}

/* --- users -------------------------------------------------------------------- */

#define USER_COLUMNS                                                                                                   \
	"SELECT tenant_key, id, user_principal_name, display_name, country, sip_uri, account_type, created_ms"         \
	" FROM tenant_user"

static void user_read(struct sql_rows *rows, struct arena *arena, void *row)
{
	*(struct user_row *)row = (struct user_row){
		.tenant_key = sql_get_i64(rows, 0),
		.id = row_text(rows, 1, arena),
		.user_principal_name = row_text(rows, 2, arena),
		.display_name = row_text(rows, 3, arena),
		.country = row_text(rows, 4, arena),
		.sip_uri = row_text(rows, 5, arena),
		.account_type = row_text(rows, 6, arena),
		.created_ms = sql_get_i64(rows, 7),
	};
}

enum status user_insert(struct sql *sql, const struct user_row *row, struct error *err)
{
	return sql_run(sql,
		       "INSERT INTO tenant_user (tenant_key, id, user_principal_name, display_name, country, sip_uri,"
		       " account_type, created_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
		       SQL_ARGS(SQL_I64(row->tenant_key), SQL_TEXT(row->id), SQL_TEXT(row->user_principal_name),
				SQL_TEXT(row->display_name), SQL_TEXT(row->country), SQL_TEXT(row->sip_uri),
				SQL_TEXT(row->account_type), SQL_I64(row->created_ms)),
		       NULL, err);
}

enum status user_update(struct sql *sql, const struct user_row *row, struct error *err)
{
	int64_t changes = 0;
	enum status status = sql_run(sql,
				     "UPDATE tenant_user SET user_principal_name = ?1, display_name = ?2, country = ?3,"
				     " sip_uri = ?4, account_type = ?5 WHERE tenant_key = ?6 AND id = ?7",
				     SQL_ARGS(SQL_TEXT(row->user_principal_name), SQL_TEXT(row->display_name),
					      SQL_TEXT(row->country), SQL_TEXT(row->sip_uri),
					      SQL_TEXT(row->account_type), SQL_I64(row->tenant_key), SQL_TEXT(row->id)),
				     &changes, err);

	return row_changed(status, changes, "user", err);
}

enum status user_find(struct sql *sql, struct arena *arena, int64_t tenant_key, struct str id, struct user_row *row,
		      struct error *err)
{
	return row_find(sql, arena, user_read, row, "user", err, USER_COLUMNS " WHERE tenant_key = ?1 AND id = ?2",
			SQL_ARGS(SQL_I64(tenant_key), SQL_TEXT(id)));
}

static void country_read(struct sql_rows *rows, struct arena *arena, void *row)
{
	*(struct str *)row = row_text(rows, 0, arena);
}

enum status user_countries(struct sql *sql, struct arena *arena, int64_t max, struct str **countries, size_t *count,
			   struct error *err)
{
	return row_list(sql, arena, country_read, sizeof(**countries), max, (void **)countries, count, err,
			"SELECT DISTINCT country FROM tenant_user ORDER BY country LIMIT ?1", SQL_ARGS(SQL_I64(max)));
}

enum status user_name_is_taken(struct sql *sql, int64_t tenant_key, struct str user_principal_name, struct str id,
			       bool *taken, struct error *err)
{
	int64_t others = 0;
	enum status status = row_i64(sql, &others, err,
				     "SELECT COUNT(*) FROM tenant_user WHERE tenant_key = ?1"
				     " AND user_principal_name = ?2 AND id <> ?3",
				     SQL_ARGS(SQL_I64(tenant_key), SQL_TEXT(user_principal_name), SQL_TEXT(id)));

	if (status == OK)
		*taken = others > 0;
	return status;
}

enum status user_id_is_taken(struct sql *sql, int64_t tenant_key, struct str id, bool *taken, struct error *err)
{
	int64_t others = 0;
	enum status status = row_i64(sql, &others, err,
				     "SELECT COUNT(*) FROM tenant_user WHERE id = ?1 AND tenant_key <> ?2",
				     SQL_ARGS(SQL_TEXT(id), SQL_I64(tenant_key)));

	if (status == OK)
		*taken = others > 0;
	return status;
}

enum status users_after(struct sql *sql, struct arena *arena, int64_t tenant_key, struct str after_id, int64_t max,
			struct user_row **rows, size_t *count, struct error *err)
{
	return row_list(sql, arena, user_read, sizeof(**rows), max, (void **)rows, count, err,
			USER_COLUMNS " WHERE tenant_key = ?1 AND id > ?2 ORDER BY id LIMIT ?3",
			SQL_ARGS(SQL_I64(tenant_key), SQL_TEXT(after_id), SQL_I64(max)));
}

enum status users_by_name(struct sql *sql, struct arena *arena, int64_t tenant_key, struct str after_id, bool descending,
			  int64_t max, struct user_row **rows, size_t *count, struct error *err)
{
	static const char *const texts[2][2] = BY_NAME(USER_COLUMNS, "tenant_user", "id", "?1 >= '' AND tenant_key = ?3");
	bool from_start = str_is_none(after_id);

	return row_list(sql, arena, user_read, sizeof(**rows), max, (void **)rows, count, err,
			texts[descending][!from_start],
			SQL_ARGS(SQL_TEXT(from_start ? STR("") : after_id), SQL_I64(max), SQL_I64(tenant_key)));
}

/* --- consents ----------------------------------------------------------------- */

#define CONSENT_COLUMNS                                                                                                \
	"SELECT c.operator_key, c.tenant_key, o.id, t.id, c.status, c.countries, c.contacts, c.notice_version,"        \
	" c.accepted_by, c.consented_ms, c.modified_ms, c.position FROM consent c"                                     \
	" JOIN operator o ON o.operator_key = c.operator_key JOIN tenant t ON t.tenant_key = c.tenant_key"

static void consent_read(struct sql_rows *rows, struct arena *arena, void *row)
{
	*(struct consent_row *)row = (struct consent_row){
		.operator_key = sql_get_i64(rows, 0),
		.tenant_key = sql_get_i64(rows, 1),
		.operator_id = row_text(rows, 2, arena),
		.tenant_id = row_text(rows, 3, arena),
		.status = row_text(rows, 4, arena),
		.countries = row_text(rows, 5, arena),
		.contacts = row_text(rows, 6, arena),
		.notice_version = row_text(rows, 7, arena),
		.accepted_by = row_text(rows, 8, arena),
		.consented_ms = sql_get_i64(rows, 9),
		.modified_ms = sql_get_i64(rows, 10),
		.position = sql_get_i64(rows, 11),
	};
}

enum status consent_put(struct sql *sql, struct consent_row *row, struct error *err)
{
	enum status status = row_i64(sql, &row->position, err,
				     "UPDATE operator SET consent_position = consent_position + 1"
				     " WHERE operator_key = ?1 RETURNING consent_position",
				     SQL_ARGS(SQL_I64(row->operator_key)));

	if (status != OK)
		return status;
	return sql_run(
		sql,
		"INSERT INTO consent (operator_key, tenant_key, status, countries, contacts, notice_version,"
		" accepted_by, consented_ms, modified_ms, position) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
		" ON CONFLICT (operator_key, tenant_key) DO UPDATE SET status = excluded.status,"
		" countries = excluded.countries, contacts = excluded.contacts,"
		" notice_version = excluded.notice_version, accepted_by = excluded.accepted_by,"
		" consented_ms = excluded.consented_ms, modified_ms = excluded.modified_ms,"
		" position = excluded.position",
		SQL_ARGS(SQL_I64(row->operator_key), SQL_I64(row->tenant_key), SQL_TEXT(row->status),
			 SQL_TEXT(row->countries), SQL_TEXT(row->contacts), SQL_TEXT(row->notice_version),
			 SQL_TEXT(row->accepted_by), SQL_I64(row->consented_ms), SQL_I64(row->modified_ms),
			 SQL_I64(row->position)),
		NULL, err);
}

enum status consent_find(struct sql *sql, struct arena *arena, int64_t operator_key, int64_t tenant_key,
			 struct consent_row *row, struct error *err)
{
	return row_find(sql, arena, consent_read, row, "consent", err,
			CONSENT_COLUMNS " WHERE c.operator_key = ?1 AND c.tenant_key = ?2",
			SQL_ARGS(SQL_I64(operator_key), SQL_I64(tenant_key)));
}

#define CONSENTS_PAST                                                                                                  \
	" (c.operator_key > ?1 OR (c.operator_key = ?1 AND c.tenant_key > ?2))"                                        \
	" ORDER BY c.operator_key, c.tenant_key LIMIT ?3"

enum status consents_after(struct sql *sql, struct arena *arena, int64_t operator_key, int64_t tenant_key,
			   int64_t after_operator_key, int64_t after_tenant_key, int64_t max, struct consent_row **rows,
			   size_t *count, struct error *err)
{
	const struct sql_value args[] = { SQL_I64(after_operator_key), SQL_I64(after_tenant_key), SQL_I64(max),
					  SQL_I64(operator_key ? operator_key : tenant_key) };

	if (operator_key)
		return row_list(sql, arena, consent_read, sizeof(**rows), max, (void **)rows, count, err,
				CONSENT_COLUMNS " WHERE c.operator_key = ?4 AND" CONSENTS_PAST, args, 4);
	if (tenant_key)
		return row_list(sql, arena, consent_read, sizeof(**rows), max, (void **)rows, count, err,
				CONSENT_COLUMNS " WHERE c.tenant_key = ?4 AND" CONSENTS_PAST, args, 4);
	return row_list(sql, arena, consent_read, sizeof(**rows), max, (void **)rows, count, err,
			CONSENT_COLUMNS " WHERE" CONSENTS_PAST, args, 3);
}

enum status consents_changed(struct sql *sql, struct arena *arena, int64_t operator_key, int64_t after_position,
			     int64_t max, struct consent_row **rows, size_t *count, struct error *err)
{
	return row_list(sql, arena, consent_read, sizeof(**rows), max, (void **)rows, count, err,
			CONSENT_COLUMNS " WHERE c.operator_key = ?1 AND c.position > ?2 ORDER BY c.position LIMIT ?3",
			SQL_ARGS(SQL_I64(operator_key), SQL_I64(after_position), SQL_I64(max)));
}

enum status consent_position(struct sql *sql, int64_t operator_key, int64_t *position, struct error *err)
{
	return row_i64(sql, position, err, "SELECT consent_position FROM operator WHERE operator_key = ?1",
		       SQL_ARGS(SQL_I64(operator_key)));
}
