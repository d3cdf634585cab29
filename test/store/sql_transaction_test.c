/* Transactions: whole or not at all, seen by others only when committed, and one
 * behaviour on both engines after a failure. */
#include "place.h"

#include <pthread.h>

static const char count_all[] = "SELECT COUNT(*) FROM t";

static struct sql *with_table(void **state)
{
	struct sql *sql = place_create(*state);

	script(sql, "CREATE TABLE t (k BIGINT PRIMARY KEY, n BIGINT) {clustered}; INSERT INTO t (k, n) VALUES (1, 0)");
	return sql;
}

static void rollback_undoes_all(void **state)
{
	struct sql *sql = with_table(state);

	sql_rollback(sql);
	must(sql_begin(sql, &err));
	run(sql, "INSERT INTO t (k) VALUES (2)");
	script(sql, "CREATE TABLE u (k BIGINT)");
	sql_rollback(sql);
	sql_rollback(sql);
	assert_int_equal(number_of(sql, count_all), 1);
	must_fail(E_IO, sql_run(sql, "INSERT INTO u (k) VALUES (1)", SQL_NO_ARGS, NULL, &err));
	must(sql_begin(sql, &err));
	run(sql, "INSERT INTO t (k) VALUES (2)");
	must(sql_commit(sql, &err));
	assert_int_equal(number_of(sql, count_all), 2);
	sql_close(sql);
}

static void close_rolls_back(void **state)
{
	struct sql *sql = with_table(state);

	must(sql_begin(sql, &err));
	run(sql, "INSERT INTO t (k) VALUES (2)");
	sql_close(sql);
	sql = place_open(*state, 0);
	assert_int_equal(number_of(sql, count_all), 1);
	sql_close(sql);
	sql_close(NULL);
}

/* PostgreSQL would go on to refuse everything, SQLite would go on as if nothing were. */
static void a_failure_fails_the_transaction(void **state)
{
	struct sql *sql = with_table(state);
	struct sql_rows *rows = NULL;

	must(sql_begin(sql, &err));
	run(sql, "INSERT INTO t (k) VALUES (2)");
	must_fail(E_CONFLICT, sql_run(sql, "INSERT INTO t (k) VALUES (1)", SQL_NO_ARGS, NULL, &err));
	must_fail(E_CONFLICT, sql_run(sql, "INSERT INTO t (k) VALUES (3)", SQL_NO_ARGS, NULL, &err));
	must_fail(E_CONFLICT, sql_query(sql, &rows, count_all, SQL_NO_ARGS, &err));
	must_fail(E_CONFLICT, sql_script(sql, "CREATE TABLE u (k BIGINT)", &err));
	must_fail(E_CONFLICT, sql_lock(sql, 1, &err));
	must_fail(E_CONFLICT, sql_commit(sql, &err));
	assert_int_equal(sql_broken(sql), OK);
	assert_int_equal(number_of(sql, count_all), 1);

	must(sql_begin(sql, &err));
	run(sql, "INSERT INTO t (k) VALUES (2)");
	must_fail(E_INVALID, sql_run(sql, "UPDATE t SET n = ?1", SQL_ARGS(SQL_TEXT(str_of("\0", 1))), NULL, &err));
	must_fail(E_INVALID, sql_commit(sql, &err));
	assert_int_equal(number_of(sql, count_all), 1);
	sql_close(sql);
}

static void a_failed_commit_breaks_the_connection(void **state)
{
	static const enum status faults[] = { E_IO, E_FULL };
	struct sql *sql = with_table(state);
	struct sql_rows *rows = NULL;
	struct sql_bulk *bulk = NULL;

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		enum status fault = faults[i];

		sql_fail_commit(sql, 2, fault);
		must(sql_begin(sql, &err));
		run(sql, "INSERT INTO t (k) VALUES (2)");
		must(sql_commit(sql, &err));
		must(sql_begin(sql, &err));
		run(sql, "DELETE FROM t WHERE k = 2");
		run(sql, "INSERT INTO t (k) VALUES (3)");
		must_fail(fault, sql_commit(sql, &err));
		assert_int_equal(sql_broken(sql), fault);
		must_fail(fault, sql_begin(sql, &err));
		must_fail(fault, sql_run(sql, "DELETE FROM t", SQL_NO_ARGS, NULL, &err));
		must_fail(fault, sql_query(sql, &rows, count_all, SQL_NO_ARGS, &err));
		must_fail(fault, sql_script(sql, "DROP TABLE t", &err));
		sql_close(sql);

		sql = place_open(*state, 0);
		assert_int_equal(number_of(sql, "SELECT MAX(k) FROM t"), 2);
		run(sql, "DELETE FROM t WHERE k = 2");
	}
	sql_fail_commit(sql, 1, E_IO);
	sql_fail_commit(sql, 0, OK);
	must(sql_begin(sql, &err));
	must(sql_bulk_begin(sql, &bulk, "t", "k,n", 2, &err));
	must(sql_bulk_end(bulk, &err));
	must(sql_commit(sql, &err));
	sql_close(sql);
}

static void others_see_what_is_committed(void **state)
{
	struct sql *writer = with_table(state), *reader = place_open(*state, SQL_READ_ONLY);

	must(sql_begin(writer, &err));
	run(writer, "INSERT INTO t (k) VALUES (2)");
	assert_int_equal(number_of(writer, count_all), 2);
	assert_int_equal(number_of(reader, count_all), 1);
	must(sql_begin(reader, &err));
	assert_int_equal(number_of(reader, count_all), 1);
	sql_rollback(reader);
	must(sql_commit(writer, &err));
	assert_int_equal(number_of(reader, count_all), 2);
	sql_close(reader);
	sql_close(writer);
}

struct holder {
	struct sql *sql;
	pthread_mutex_t mutex;
	int64_t held;
};

/* Reads, yields, writes back: only transactions that exclude each other lose nothing. */
static void *count_up(void *context)
{
	struct holder *h = context;

	for (int i = 0; i < 50; i++) {
		int64_t n;

		must(sql_begin(h->sql, &err));
		must(sql_lock(h->sql, 42, &err));
		n = number_of(h->sql, "SELECT n FROM t WHERE k = 1");
		sched_yield();
		must(sql_run(h->sql, "UPDATE t SET n = ?1 WHERE k = 1", SQL_ARGS(SQL_I64(n + 1)), NULL, &err));
		must(sql_commit(h->sql, &err));
	}
	return NULL;
}

/* The writer of a SQLite file is one; on PostgreSQL sql_lock excludes. */
static void locked_transactions_take_turns(void **state)
{
	struct sql *first = with_table(state);
	struct holder holders[2] = { { .sql = first }, { .sql = NULL } };
	pthread_t threads[2];

	if (place_engine() == SQL_SQLITE) {
		count_up(&holders[0]);
		count_up(&holders[0]);
	} else {
		holders[1].sql = place_open(*state, 0);
		for (int i = 0; i < 2; i++)
			assert_int_equal(pthread_create(&threads[i], NULL, count_up, &holders[i]), 0);
		for (int i = 0; i < 2; i++)
			pthread_join(threads[i], NULL);
		sql_close(holders[1].sql);
	}
	assert_int_equal(number_of(first, "SELECT n FROM t WHERE k = 1"), 100);
	sql_close(first);
}

static void settings_are_as_promised(void **state)
{
	struct sql *sql = with_table(state);

	if (place_engine() == SQL_SQLITE) {
		assert_int_equal(number_of(sql, "SELECT COUNT(*) FROM pragma_journal_mode WHERE journal_mode = 'wal'"), 1);
		assert_int_equal(number_of(sql, "PRAGMA synchronous"), 2);
		assert_int_equal(number_of(sql, "PRAGMA secure_delete"), 1);
		assert_int_equal(number_of(sql, "PRAGMA foreign_keys"), 1);
		assert_int_equal(number_of(sql, "PRAGMA busy_timeout"), 10000);
	} else {
		assert_int_equal(number_of(sql, "SELECT COUNT(*) FROM pg_settings WHERE"
						" name = 'synchronous_commit' AND setting = 'on'"
						" OR name = 'TimeZone' AND setting = 'UTC'"
						" OR name = 'default_transaction_isolation' AND setting = 'read committed'"
						" OR name = 'lock_timeout' AND setting = '10000'"
						" OR name = 'client_encoding' AND setting = 'UTF8'"),
				 5);
	}
	sql_close(sql);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(rollback_undoes_all),
		TEST(close_rolls_back),
		TEST(a_failure_fails_the_transaction),
		TEST(a_failed_commit_breaks_the_connection),
		TEST(others_see_what_is_committed),
		TEST(locked_transactions_take_turns),
		TEST(settings_are_as_promised),
	};

	place_engine_from(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
