#include "store/sql/migration.h"

/* Several exchanges that start at once on one database migrate one after the
 * other; the number means nothing. */
#define MIGRATION_LOCK INT64_C(0x74616c6c79)

static const char *const version_table_exists[] = {
	[SQL_SQLITE] = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_version'",
	[SQL_POSTGRES] = "SELECT COUNT(*) FROM pg_class WHERE oid = to_regclass('schema_version')",
};

static const char version_table[] =
	"CREATE TABLE IF NOT EXISTS schema_version (name TEXT PRIMARY KEY, version BIGINT NOT NULL)";

/* The one whole number of a query; none leaves *number alone. */
static enum status query_number(struct sql *sql, const char *text, const struct sql_value *args, size_t count,
				int64_t *number, struct error *err)
{
	struct sql_rows *rows;
	enum status status = sql_query(sql, &rows, text, args, count, err);

	if (status != OK)
		return status;
	if (sql_next(rows))
		*number = sql_get_i64(rows, 0);
	return sql_rows_end(rows, err);
}

enum status migration_version(struct sql *sql, const char *name, int64_t *version, struct error *err)
{
	int64_t tables = 0, found = 0;
	enum status status = query_number(sql, version_table_exists[sql_engine(sql)], SQL_NO_ARGS, &tables, err);

	if (status == OK && tables > 0)
		status = query_number(sql, "SELECT version FROM schema_version WHERE name = ?1",
				      SQL_ARGS(SQL_TEXT(str_from(name))), &found, err);
	if (status == OK)
		*version = found;
	return status;
}

static enum status refuse_newer(const struct schema *schema, int64_t version, struct error *err)
{
	return error_set(err, E_NEWER, NULL, "the %s is of version %lld, this program knows versions up to %lld",
			 schema->name, (long long)version, (long long)schema->version);
}

/* Inside a transaction: goes one version on, or says that none is left. */
static enum status migrate_one(struct sql *sql, const struct schema *schema, int64_t *version, struct error *err)
{
	enum status status = sql_lock(sql, MIGRATION_LOCK, err);

	/* Another exchange may have been here since the version was last read. */
	if (status == OK)
		status = migration_version(sql, schema->name, version, err);
	if (status == OK && *version >= schema->version)
		return OK;
	if (status == OK)
		status = sql_script(sql, version_table, err);
	if (status == OK)
		status = sql_script(sql, schema->scripts[*version], err);
	if (status == OK)
		status = sql_run(sql,
				 "INSERT INTO schema_version (name, version) VALUES (?1, ?2)"
				 " ON CONFLICT (name) DO UPDATE SET version = excluded.version",
				 SQL_ARGS(SQL_TEXT(str_from(schema->name)), SQL_I64(*version + 1)), NULL, err);
	if (status == OK)
		++*version;
	return status;
}

enum status migration_run(struct sql *sql, const struct schema *schema, struct error *err)
{
	int64_t version = 0;
	enum status status = migration_version(sql, schema->name, &version, err);

	while (status == OK && version < schema->version) {
		int64_t next = version + 1;

		status = sql_begin(sql, err);
		if (status != OK)
			break;
		status = migrate_one(sql, schema, &version, err);
		if (status == OK)
			status = sql_commit(sql, err);
		else
			sql_rollback(sql);
		if (status != OK)
			error_prefix(err, "%s, going to version %lld", schema->name, (long long)next);
	}
	if (status == OK && version > schema->version)
		status = refuse_newer(schema, version, err);
	return status;
}
