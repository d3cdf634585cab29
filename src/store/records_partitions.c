/* PostgreSQL: each day has a partition of each table of records.
 *
 * record_day lists the days that have theirs; records->partitions remembers those
 * that this exchange has seen. */
#include "base/buf.h"
#include "store/records_private.h"
#include "store/records_schema.h"
#include "store/rows.h"

#include <stdlib.h>

#define PARTITION_LOCK INT64_C(0x74616c6c7901)

/* --- the days that are known to have theirs -------------------------------------- */

static size_t partition_index(const struct records *records, int32_t day)
{
	size_t at = 0;

	while (at < records->partition_count && records->partitions[at] < day)
		at++;
	return at;
}

static bool partition_is_at(const struct records *records, size_t at, int32_t day)
{
	return at < records->partition_count && records->partitions[at] == day;
}

static bool partition_is_known(struct records *records, int32_t day)
{
	bool known;

	pthread_mutex_lock(&records->mutex);
	known = partition_is_at(records, partition_index(records, day), day);
	pthread_mutex_unlock(&records->mutex);
	return known;
}

static void partition_note(struct records *records, int32_t day)
{
	size_t at, n;

	pthread_mutex_lock(&records->mutex);
	at = partition_index(records, day);
	n = records->partition_count;
	if (!partition_is_at(records, at, day)) {
		records->partitions = xrealloc(records->partitions, (n + 1) * sizeof(int32_t));
		memmove(records->partitions + at + 1, records->partitions + at, (n - at) * sizeof(int32_t));
		records->partitions[at] = day;
		records->partition_count++;
	}
	pthread_mutex_unlock(&records->mutex);
}

void partitions_forget(struct records *records, int32_t day)
{
	size_t at;

	pthread_mutex_lock(&records->mutex);
	at = partition_index(records, day);
	if (partition_is_at(records, at, day)) {
		memmove(records->partitions + at, records->partitions + at + 1,
			(records->partition_count - at - 1) * sizeof(int32_t));
		records->partition_count--;
	}
	pthread_mutex_unlock(&records->mutex);
}

/* --- in the database -------------------------------------------------------------- */

static void add_name(struct buf *ddl, const char *table, int32_t day)
{
	char text[INSTANT_TEXT_SIZE];

	buf_printf(ddl, "\"%s_%.*s\"", table, STR_ARG(day_text(day, text)));
}

static enum status run_ddl(struct sql *sql, struct buf *ddl, struct error *err)
{
	enum status status = sql_script(sql, buf_cstr(ddl), err);

	buf_release(ddl);
	return status;
}

static enum status partitions_create(struct sql *sql, int32_t day, struct error *err)
{
	struct buf ddl;

	buf_init(&ddl, 0);
	for (int i = 0; records_partitioned_tables[i]; i++) {
		buf_add_str(&ddl, STR("CREATE TABLE "));
		add_name(&ddl, records_partitioned_tables[i], day);
		buf_printf(&ddl, " PARTITION OF %s FOR VALUES FROM (%d) TO (%d);", records_partitioned_tables[i], day,
			   day + 1);
	}
	buf_printf(&ddl, "INSERT INTO record_day (day) VALUES (%d);", day);
	return run_ddl(sql, &ddl, err);
}

enum status partitions_drop(struct sql *sql, int32_t day, struct error *err)
{
	struct buf ddl;

	buf_init(&ddl, 0);
	for (int i = 0; records_partitioned_tables[i]; i++) {
		buf_add_str(&ddl, STR("DROP TABLE "));
		add_name(&ddl, records_partitioned_tables[i], day);
		buf_add_char(&ddl, ';');
	}
	buf_printf(&ddl, "DELETE FROM record_day WHERE day = %d;", day);
	return run_ddl(sql, &ddl, err);
}

enum status partitions_compact(struct records *records, int32_t day, struct error *err)
{
	struct sql *sql;
	enum status status = sql_open_postgres(&sql, store_postgres_uri(records->store), err);

	if (status != OK)
		return status;
	/* One by one: VACUUM is not to be had in a transaction, which several statements at once would be. */
	for (int i = 0; status == OK && records_partitioned_tables[i]; i++) {
		struct buf statement;

		buf_init(&statement, 0);
		buf_add_str(&statement, STR("VACUUM FULL "));
		add_name(&statement, records_partitioned_tables[i], day);
		status = run_ddl(sql, &statement, err);
	}
	sql_close(sql);
	return status;
}

enum status partitions_make(struct records *records, int32_t day, struct error *err)
{
	struct sql *sql;
	int64_t there;
	enum status status;

	if (partition_is_known(records, day))
		return OK;
	status = store_write(records->store, &sql, err);
	if (status != OK)
		return status;
	/* Another exchange may be about to make the same. */
	status = sql_lock(sql, PARTITION_LOCK, err);
	if (status == OK)
		status = row_i64(sql, &there, err, "SELECT COUNT(*) FROM record_day WHERE day = ?1",
				 SQL_ARGS(SQL_I64(day)));
	if (status == OK && there == 0)
		status = partitions_create(sql, day, err);
	if (status == OK)
		status = store_commit(records->store, sql, err);
	else
		store_abort(records->store, sql);
	if (status == OK)
		partition_note(records, day);
	return status;
}
