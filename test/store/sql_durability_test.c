/* A commit that returned is there after a kill; one that did not is there whole or not at all. */
#include "place.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 20
#define ROWS_A_COMMIT 7

/* Commits rows n * 7 .. n * 7 + 6 for n = from, from + 1, ... and tells each n when it is on disk. */
static void commit_until_killed(const struct place *place, int64_t from, int tell)
{
	struct sql *sql = place_open(place, 0);

	for (int64_t n = from;; n++) {
		struct sql_bulk *bulk = NULL;

		must(sql_begin(sql, &err));
		must(sql_bulk_begin(sql, &bulk, "t", "k,n", 2, &err));
		for (int64_t i = 0; i < ROWS_A_COMMIT; i++) {
			const struct sql_value row[] = { SQL_I64(n * ROWS_A_COMMIT + i), SQL_I64(n) };

			must(sql_bulk_add(bulk, row, &err));
		}
		must(sql_bulk_end(bulk, &err));
		must(sql_commit(sql, &err));
		if (write(tell, &n, sizeof(n)) != sizeof(n))
			_exit(1);
	}
}

/* Kills the child after `commits` were told and returns the last that was. */
static int64_t kill_after(const struct place *place, int64_t from, int commits)
{
	int pipes[2], status;
	int64_t n = from - 1, told;
	pid_t child;

	assert_int_equal(pipe(pipes), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(pipes[0]);
		commit_until_killed(place, from, pipes[1]);
	}
	close(pipes[1]);
	for (int i = 0; i < commits; i++) {
		assert_int_equal(read(pipes[0], &told, sizeof(told)), sizeof(told));
		n = told;
	}
	kill(child, SIGKILL);
	while (read(pipes[0], &told, sizeof(told)) == sizeof(told))
		n = told;
	close(pipes[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	return n;
}

static void a_kill_loses_no_commit(void **state)
{
	struct sql *sql = place_create(*state);
	int64_t commits = 0;

	script(sql, "CREATE TABLE t (k BIGINT PRIMARY KEY, n BIGINT NOT NULL) {clustered}");
	sql_close(sql);
	for (int round = 0; round < ROUNDS; round++) {
		int64_t last = kill_after(*state, commits, 1 + round * 3);
		int64_t rows;

		sql = place_open(*state, 0);
		/* PostgreSQL may yet be at work on what the child sent last. */
		must(sql_begin(sql, &err));
		script(sql, sql_engine(sql) == SQL_POSTGRES ? "LOCK TABLE t IN EXCLUSIVE MODE" : "SELECT 1");
		rows = number_of(sql, "SELECT COUNT(*) FROM t");
		must(sql_commit(sql, &err));
		assert_int_equal(rows % ROWS_A_COMMIT, 0);
		commits = rows / ROWS_A_COMMIT;
		/* The one that was on its way when the kill came may be there. */
		assert_in_range(commits, last + 1, last + 2);
		assert_int_equal(number_of(sql, "SELECT COUNT(*) FROM t WHERE n = k / 7"), rows);
		assert_int_equal(number_of(sql, "SELECT MAX(k) FROM t"), rows - 1);
		sql_close(sql);
	}
}

/* What a killed process wrote is found by a reader, which alone may not checkpoint. */
static void a_reader_sees_what_a_kill_left(void **state)
{
	struct sql *sql = place_create(*state);
	int64_t last;

	script(sql, "CREATE TABLE t (k BIGINT PRIMARY KEY, n BIGINT NOT NULL) {clustered}");
	sql_close(sql);
	last = kill_after(*state, 0, 20);
	sql = place_open(*state, SQL_READ_ONLY);
	assert_true(number_of(sql, "SELECT COUNT(*) FROM t") >= (last + 1) * ROWS_A_COMMIT);
	sql_close(sql);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(a_kill_loses_no_commit),
		TEST(a_reader_sees_what_a_kill_left),
	};

	place_engine_from(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
