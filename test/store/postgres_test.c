/* What is PostgreSQL's alone: addresses, connections that are lost, locks. */
#include "place.h"

#include "store/sql/migration.h"

#include <pthread.h>
#include <stdio.h>

static const char count_all[] = "SELECT COUNT(*) FROM t";

static struct sql *with_table(void **state)
{
	struct sql *sql = place_create(*state);

	script(sql, "CREATE TABLE t (k BIGINT PRIMARY KEY, n BIGINT) {clustered}; INSERT INTO t (k, n) VALUES (1, 0)");
	return sql;
}

static void bad_addresses_are_refused_and_not_repeated(void **state)
{
	static const char *const bad[] = { "", "host=/tmp", "http://x/", "postgresql://u:sec%zzret@h/db",
					   "postgresql://u:secret@h/db?nonsense=1" };
	static const char *const absent[] = { "postgresql://u:secret@/db?host=/nowhere",
					      "postgresql://u:secret@127.0.0.1:1/db",
					      "postgresql://u:secret@127.0.0.1:port/db" };
	struct sql *sql = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct error err = { .status = OK };

		assert_int_equal(sql_open_postgres(&sql, bad[i], &err), E_INVALID);
		assert_null(strstr(err.message, "sec"));
	}
	for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++) {
		struct error err = { .status = OK };

		assert_int_equal(sql_open_postgres(&sql, absent[i], &err), E_UNAVAILABLE);
		assert_null(strstr(err.message, "secret"));
		assert_null(strchr(err.message, '\n'));
	}
	assert_null(sql);
}

static void a_lost_connection_is_unavailable(void **state)
{
	struct sql *sql, *other;
	char text[80];

	sql = with_table(state);
	other = place_open(*state, 0);
	must(sql_begin(sql, &err));
	run(sql, "INSERT INTO t (k) VALUES (2)");
	snprintf(text, sizeof(text), "SELECT pg_terminate_backend(%lld, 10000)",
		 (long long)number_of(sql, "SELECT pg_backend_pid()"));
	script(other, text);
	must_fail(E_UNAVAILABLE, sql_run(sql, "INSERT INTO t (k) VALUES (3)", SQL_NO_ARGS, NULL, &err));
	assert_int_equal(sql_broken(sql), E_UNAVAILABLE);
	must_fail(E_UNAVAILABLE, sql_commit(sql, &err));
	must_fail(E_UNAVAILABLE, sql_begin(sql, &err));
	assert_int_equal(number_of(other, count_all), 1);
	sql_close(sql);
	sql_close(other);
}

/* Here the server still says why, in answer to the statement. */
static void a_connection_that_the_server_ends_is_unavailable(void **state)
{
	struct sql *sql = with_table(state);
	struct sql_rows *rows = NULL;

	must_fail(E_UNAVAILABLE,
		  sql_query(sql, &rows, "SELECT pg_terminate_backend(pg_backend_pid())", SQL_NO_ARGS, &err));
	assert_int_equal(sql_broken(sql), E_UNAVAILABLE);
	sql_close(sql);
}

static void a_connection_lost_in_a_bulk_is_unavailable(void **state)
{
	struct sql *sql, *other;
	struct sql_bulk *bulk = NULL;
	char text[80];

	sql = with_table(state);
	other = place_open(*state, 0);
	snprintf(text, sizeof(text), "SELECT pg_terminate_backend(%lld, 10000)",
		 (long long)number_of(sql, "SELECT pg_backend_pid()"));
	must(sql_begin(sql, &err));
	must(sql_bulk_begin(sql, &bulk, "t", "k,n", 2, &err));
	for (int64_t k = 2; k < 100000; k++) {
		const struct sql_value row[] = { SQL_I64(k), SQL_NULL };

		sql_bulk_add(bulk, row, NULL);
		if (k == 100)
			script(other, text);
	}
	must_fail(E_UNAVAILABLE, sql_bulk_end(bulk, &err));
	assert_int_equal(sql_broken(sql), E_UNAVAILABLE);
	must_fail(E_UNAVAILABLE, sql_commit(sql, &err));
	assert_int_equal(number_of(other, count_all), 1);
	sql_close(sql);
	sql_close(other);
}

static void a_lock_not_had_is_unavailable(void **state)
{
	struct sql *sql, *other;

	sql = with_table(state);
	other = place_open(*state, 0);
	script(other, "SET lock_timeout = '50ms'");
	must(sql_begin(sql, &err));
	run(sql, "UPDATE t SET n = 1");
	must(sql_begin(other, &err));
	must_fail(E_UNAVAILABLE, sql_run(other, "UPDATE t SET n = 2", SQL_NO_ARGS, NULL, &err));
	assert_int_equal(sql_broken(other), OK);
	must(sql_commit(sql, &err));
	sql_rollback(other);
	assert_int_equal(number_of(other, "SELECT n FROM t"), 1);
	sql_close(other);
	sql_close(sql);
}

static const char *const scripts[] = {
	"CREATE TABLE t (k BIGINT PRIMARY KEY); INSERT INTO t (k) VALUES (1)",
	"INSERT INTO t (k) VALUES (2)",
};

static void *migrate(void *context)
{
	struct sql *sql = context;
	struct schema schema = { "thing", scripts, 2 };

	must(migration_run(sql, &schema, &err));
	return NULL;
}

/* Several exchanges start at once on one server. */
static void migrations_at_once_do_not_collide(void **state)
{
	struct sql *connections[6];
	pthread_t threads[6];

	for (int i = 0; i < 6; i++)
		connections[i] = place_create(*state);
	for (int i = 0; i < 6; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, migrate, connections[i]), 0);
	for (int i = 0; i < 6; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(number_of(connections[0], "SELECT version FROM schema_version"), 2);
	assert_int_equal(number_of(connections[0], count_all), 2);
	for (int i = 0; i < 6; i++)
		sql_close(connections[i]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(bad_addresses_are_refused_and_not_repeated),
		TEST(a_lost_connection_is_unavailable),
		TEST(a_connection_that_the_server_ends_is_unavailable),
		TEST(a_connection_lost_in_a_bulk_is_unavailable),
		TEST(a_lock_not_had_is_unavailable),
		TEST(migrations_at_once_do_not_collide),
	};

	place_engine_from(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
