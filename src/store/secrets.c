#include "store/secrets.h"

#include "base/random.h"

#include <assert.h>

static enum status secret_find(struct sql *sql, const char *name, unsigned char *out, size_t n, bool *found,
			       struct error *err)
{
	struct sql_rows *rows;
	enum status status = sql_query(sql, &rows, "SELECT value FROM secret WHERE name = ?1",
				       SQL_ARGS(SQL_TEXT(str_from(name))), err);
	bool wrong = false;

	if (status != OK)
		return status;
	*found = sql_next(rows);
	if (*found) {
		struct str value = sql_get_blob(rows, 0);

		wrong = value.n != n;
		if (!wrong)
			memcpy(out, value.p, n);
	}
	status = sql_rows_end(rows, err);
	if (status == OK && wrong)
		status = error_set(err, E_CORRUPT, NULL, "the key \"%s\" in the store has a wrong length", name);
	return status;
}

enum status secret_get(struct store *store, const char *name, unsigned char *out, size_t n, struct error *err)
{
	unsigned char fresh[64];
	bool found = false;
	struct sql *sql;
	enum status status = store_write(store, &sql, err);

	assert(n <= sizeof(fresh));
	if (status != OK)
		return status;
	random_bytes(fresh, n);
	status = sql_run(sql, "INSERT INTO secret (name, value) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
			 SQL_ARGS(SQL_TEXT(str_from(name)), SQL_BLOB(fresh, n)), NULL, err);
	if (status == OK)
		status = secret_find(sql, name, out, n, &found, err);
	if (status == OK && !found)
		status = error_set(err, E_CORRUPT, NULL, "the key \"%s\" is not in the store", name);
	if (status != OK) {
		store_abort(store, sql);
		return status;
	}
	return store_commit(store, sql, err);
}
