/* store/sql/migration.h - numbered forward migrations.
 *
 * A schema is a list of scripts; script i brings version i to i + 1.  Each runs
 * in a transaction with the row in schema_version, so that a kill leaves the
 * version before or the version after. */
#ifndef STORE_SQL_MIGRATION_H
#define STORE_SQL_MIGRATION_H

#include "store/sql/sql.h"

struct schema {
	const char *name;               /* several schemas may share one database */
	const char *const *scripts;
	int64_t version;                /* how many scripts */
};

/* Brings the database up to schema->version, outside a transaction.  E_NEWER when
 * it is already past it.  Several programs may call this at once. */
enum status migration_run(struct sql *sql, const struct schema *schema, struct error *err);

/* The version found, 0 for an empty database. */
enum status migration_version(struct sql *sql, const char *name, int64_t *version, struct error *err);

#endif
