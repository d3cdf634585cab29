/* Versions of a schema: each script whole or not at all, whoever else is at it. */
#include "place.h"

#include "store/sql/migration.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const good_scripts[] = {
	"CREATE TABLE t (k BIGINT PRIMARY KEY) {clustered}; INSERT INTO t (k) VALUES (1)",
	"ALTER TABLE t ADD COLUMN s TEXT NOT NULL DEFAULT 'none'; INSERT INTO t (k) VALUES (2)",
	"CREATE INDEX t_s ON t (s); INSERT INTO t (k) VALUES (3)",
};

static struct schema good(int64_t version)
{
	return (struct schema){ "thing", good_scripts, version };
}

static const char count_all[] = "SELECT COUNT(*) FROM t";

static int64_t version_of(struct sql *sql, const char *name)
{
	int64_t version = -1;

	must(migration_version(sql, name, &version, &err));
	return version;
}

static void an_empty_database_becomes_the_newest(void **state)
{
	struct sql *sql = place_create(*state);
	struct schema schema = good(3);

	assert_int_equal(version_of(sql, "thing"), 0);
	must(migration_run(sql, &schema, &err));
	assert_int_equal(version_of(sql, "thing"), 3);
	assert_int_equal(number_of(sql, count_all), 3);
	assert_int_equal(number_of(sql, "SELECT COUNT(*) FROM t WHERE s = 'none'"), 3);
	must(migration_run(sql, &schema, &err));
	assert_int_equal(number_of(sql, count_all), 3);
	sql_close(sql);
}

static void an_older_one_goes_on_from_where_it_is(void **state)
{
	struct sql *sql = place_create(*state);
	struct schema schema;

	for (int64_t version = 1; version <= 3; version++) {
		schema = good(version);
		must(migration_run(sql, &schema, &err));
		assert_int_equal(version_of(sql, "thing"), version);
		assert_int_equal(number_of(sql, count_all), version);
		sql_close(sql);
		sql = place_open(*state, 0);
	}
	sql_close(sql);
}

static void a_newer_one_is_refused(void **state)
{
	struct sql *sql = place_create(*state);
	struct schema newer = good(3), older = good(2);

	must(migration_run(sql, &newer, &err));
	must_fail(E_NEWER, migration_run(sql, &older, &err));
	assert_int_equal(version_of(sql, "thing"), 3);
	assert_int_equal(number_of(sql, count_all), 3);
	assert_int_equal(sql_broken(sql), OK);
	sql_close(sql);
}

static void schemas_share_a_database(void **state)
{
	static const char *const others[] = { "CREATE TABLE other (k BIGINT)" };
	struct sql *sql = place_create(*state);
	struct schema schema = good(2), other = { "other", others, 1 };

	must(migration_run(sql, &schema, &err));
	assert_int_equal(version_of(sql, "other"), 0);
	must(migration_run(sql, &other, &err));
	assert_int_equal(version_of(sql, "other"), 1);
	assert_int_equal(version_of(sql, "thing"), 2);
	sql_close(sql);
}

static void a_failing_script_leaves_the_version_before(void **state)
{
	static const char *const scripts[] = {
		"CREATE TABLE t (k BIGINT PRIMARY KEY); INSERT INTO t (k) VALUES (1)",
		"INSERT INTO t (k) VALUES (2); CREATE TABLE u (k BIGINT); INSERT INTO t (k) VALUES (1)",
	};
	struct sql *sql = place_create(*state);
	struct schema schema = { "thing", scripts, 2 };
	struct error told = { .status = OK };

	assert_int_equal(migration_run(sql, &schema, &told), E_CONFLICT);
	assert_non_null(strstr(told.message, "thing, going to version 2: "));
	assert_int_equal(migration_run(sql, &schema, NULL), E_CONFLICT);
	assert_int_equal(version_of(sql, "thing"), 1);
	assert_int_equal(number_of(sql, count_all), 1);
	must_fail(E_IO, sql_run(sql, "SELECT k FROM u", SQL_NO_ARGS, NULL, &err));
	sql_close(sql);
}

static void a_failing_commit_leaves_the_version_before(void **state)
{
	struct sql *sql = place_create(*state);
	struct schema schema = good(3);

	sql_fail_commit(sql, 2, E_FULL);
	must_fail(E_FULL, migration_run(sql, &schema, &err));
	sql_close(sql);
	sql = place_open(*state, 0);
	assert_int_equal(version_of(sql, "thing"), 1);
	assert_int_equal(number_of(sql, count_all), 1);
	must(migration_run(sql, &schema, &err));
	assert_int_equal(number_of(sql, count_all), 3);
	sql_close(sql);
}

/* Runs for minutes, so that the kill always comes before its end. */
static const char *const slow_scripts[] = {
	"CREATE TABLE t (k BIGINT PRIMARY KEY); INSERT INTO t (k) VALUES (1)",
	"INSERT INTO t (k) VALUES (2); CREATE TABLE u (k BIGINT);"
	"WITH RECURSIVE c(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM c WHERE i < 10000000000)"
	" INSERT INTO u (k) SELECT MAX(i) FROM c",
};

static void migrate_slowly(const struct place *place, int started)
{
	struct schema schema = { "thing", slow_scripts, 1 };
	struct sql *sql = place_create(place);

	must(migration_run(sql, &schema, &err));
	if (write(started, "1", 1) != 1)
		_exit(1);
	schema.version = 2;
	migration_run(sql, &schema, NULL);
	_exit(0);
}

static void a_kill_in_the_middle_leaves_the_version_before(void **state)
{
	struct place *place = *state;
	struct sql *sql;
	int pipes[2], status;
	pid_t child;
	char c;

	assert_int_equal(pipe(pipes), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		migrate_slowly(place, pipes[1]);
	assert_int_equal(read(pipes[0], &c, 1), 1);
	usleep(300000);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	close(pipes[0]);
	close(pipes[1]);

	sql = place_open(place, 0);
	assert_int_equal(version_of(sql, "thing"), 1);
	assert_int_equal(number_of(sql, count_all), 1);
	must_fail(E_IO, sql_run(sql, "SELECT k FROM u", SQL_NO_ARGS, NULL, &err));
	sql_close(sql);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(an_empty_database_becomes_the_newest),
		TEST(an_older_one_goes_on_from_where_it_is),
		TEST(a_newer_one_is_refused),
		TEST(schemas_share_a_database),
		TEST(a_failing_script_leaves_the_version_before),
		TEST(a_failing_commit_leaves_the_version_before),
		TEST(a_kill_in_the_middle_leaves_the_version_before),
	};

	place_engine_from(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
