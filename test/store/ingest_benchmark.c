/* Rows a second through sql_bulk_add: a table like the store's records, 10,000
 * rows a durable transaction, in about the order of their key.
 *
 *     ingest_benchmark sqlite|postgres ROWS
 */
#include "base/arena.h"
#include "base/instant.h"
#include "base/random.h"
#include "store/sql/sql.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define BATCH 10000
#define DAY_START INT64_C(1764028800000)
#define JITTER_MS 60000   /* how far behind its time a record may arrive */

static const char table[] =
	"DROP TABLE IF EXISTS ingest;"
	"CREATE TABLE ingest (a BIGINT NOT NULL, b BIGINT NOT NULL, start_ms BIGINT NOT NULL, id TEXT NOT NULL,"
	" answer_ms BIGINT, end_ms BIGINT, duration_ms BIGINT, caller BIGINT, callee BIGINT, correlation_id TEXT,"
	" direction BIGINT, sip_code BIGINT, trunk TEXT, digest {blob}, PRIMARY KEY (a, b, start_ms, id)) {clustered}";
static const char columns[] = "a,b,start_ms,id,answer_ms,end_ms,duration_ms,caller,callee,correlation_id,direction,"
			      "sip_code,trunk,digest";

struct row {
	int64_t start_ms;
	char id[GUID_TEXT_SIZE];
};

static int row_order(const void *x, const void *y)
{
	const struct row *a = x, *b = y;

	if (a->start_ms != b->start_ms)
		return a->start_ms < b->start_ms ? -1 : 1;
	return strcmp(a->id, b->id);
}

static void check(enum status status, const struct error *err)
{
	if (status == OK)
		return;
	fprintf(stderr, "%s\n", err->message);
	exit(1);
}

static void make_batch(struct row *rows, struct prng *random, int64_t first, int64_t total)
{
	for (int64_t i = 0; i < BATCH; i++) {
		struct row *row = &rows[i];
		uint64_t id = prng_next(random);

		row->start_ms = DAY_START + (first + i) * MS_PER_DAY / total + (int64_t)prng_below(random, JITTER_MS);
		snprintf(row->id, sizeof(row->id), "%016llx-%019llx", (unsigned long long)id,
			 (unsigned long long)prng_next(random));
	}
	qsort(rows, BATCH, sizeof(*rows), row_order);
}

static enum status add_batch(struct sql *sql, const struct row *rows, struct error *err)
{
	struct sql_bulk *bulk;
	enum status status = sql_bulk_begin(sql, &bulk, "ingest", columns, 14, err);

	for (int64_t i = 0; status == OK && i < BATCH; i++) {
		int64_t start = rows[i].start_ms, duration = start % 600000;
		const struct sql_value values[] = {
			SQL_I64(7), SQL_I64(1), SQL_I64(start), SQL_TEXT(str_from(rows[i].id)), SQL_I64(start + 3000),
			SQL_I64(start + 3000 + duration), SQL_I64(duration), SQL_I64(INT64_C(49301234567) + duration),
			SQL_I64(INT64_C(33123456789) - duration), SQL_TEXT(str_of(rows[i].id, 24)), SQL_I64(1),
			SQL_I64(200), SQL_TEXT(STR("trunk-frankfurt-1")), SQL_BLOB(rows[i].id, 16),
		};

		status = sql_bulk_add(bulk, values, err);
	}
	if (status == OK)
		status = sql_bulk_end(bulk, err);
	return status;
}

static void ingest(struct sql *sql, int64_t total)
{
	struct row *rows = xalloc(BATCH * sizeof(*rows));
	struct error err = { .status = OK };
	struct prng random;
	int64_t stored_us = 0, longest_us = 0;

	prng_init(&random, 1);
	for (int64_t first = 0; first < total; first += BATCH) {
		int64_t began, took;

		make_batch(rows, &random, first, total);
		began = clock_monotonic_us();
		check(sql_begin(sql, &err), &err);
		check(add_batch(sql, rows, &err), &err);
		check(sql_commit(sql, &err), &err);
		took = clock_monotonic_us() - began;
		stored_us += took;
		longest_us = took > longest_us ? took : longest_us;
		if ((first + BATCH) % (total / 4) == 0)
			printf("%lld rows: %lld rows/s so far, longest transaction %lld ms\n", (long long)(first + BATCH),
			       (long long)((first + BATCH) * 1000000 / stored_us), (long long)(longest_us / 1000));
	}
	free(rows);
}

int main(int argc, char **argv)
{
	char directory[] = "/tmp/tally-ingest.XXXXXX", path[64];
	const char *uri = getenv("TALLY_TEST_POSTGRES");
	struct error err = { .status = OK };
	struct rusage usage;
	struct sql *sql = NULL;
	uint64_t total;

	if (argc != 3 || !str_to_u64(str_from(argv[2]), 1000000000, &total) || total < 4 * BATCH ||
	    (strcmp(argv[1], "postgres") == 0 && !uri)) {
		fprintf(stderr, "usage: %s sqlite|postgres ROWS, the latter under tools/with_postgres\n", argv[0]);
		return 2;
	}
	if (!mkdtemp(directory))
		return 1;
	snprintf(path, sizeof(path), "%s/ingest.db", directory);
	if (strcmp(argv[1], "postgres") == 0)
		check(sql_open_postgres(&sql, uri, &err), &err);
	else
		check(sql_open_sqlite(&sql, path, SQL_CREATE, &err), &err);
	check(sql_script(sql, table, &err), &err);
	ingest(sql, (int64_t)total);
	check(sql_script(sql, "DROP TABLE ingest", &err), &err);
	sql_close(sql);
	getrusage(RUSAGE_SELF, &usage);
	printf("peak memory %ld KiB\n", usage.ru_maxrss);
	remove(path);
	remove(directory);
	return 0;
}
