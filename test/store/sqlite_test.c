/* What is SQLite's alone: its files, and who may do what to them. */
#include "place.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char count_all[] = "SELECT COUNT(*) FROM t";

static struct sql *with_table(void **state)
{
	struct sql *sql = place_create(*state);

	script(sql, "CREATE TABLE t (k BIGINT PRIMARY KEY, n BIGINT) {clustered}; INSERT INTO t (k, n) VALUES (1, 0)");
	return sql;
}

static void read_only_connections_do_not_write(void **state)
{
	struct place *place = *state;
	struct sql *sql = NULL, *reader;

	must_fail(E_NOT_FOUND, sql_open_sqlite(&sql, place->path, SQL_READ_ONLY, &err));
	must_fail(E_NOT_FOUND, sql_open_sqlite(&sql, place->path, 0, &err));
	assert_null(sql);
	sql = with_table(state);
	reader = place_open(place, SQL_READ_ONLY);
	must_fail(E_IO, sql_run(reader, "DELETE FROM t", SQL_NO_ARGS, NULL, &err));
	assert_int_equal(number_of(reader, count_all), 1);
	sql_close(reader);
	sql_close(sql);
}

/* From sql_begin on, so that a transaction that has read can always write. */
static void a_writer_has_the_file_from_its_beginning(void **state)
{
	struct sql *sql = with_table(state), *intruder = place_open(*state, 0);

	script(intruder, "PRAGMA busy_timeout=20");
	must(sql_begin(sql, &err));
	must_fail(E_UNAVAILABLE, sql_begin(intruder, &err));
	assert_int_equal(sql_broken(intruder), OK);
	sql_rollback(sql);
	must(sql_begin(intruder, &err));
	sql_close(intruder);
	sql_close(sql);
}

static off_t size_of(const char *path, const char *suffix)
{
	char name[128];
	struct stat st;

	snprintf(name, sizeof(name), "%s%s", path, suffix);
	return stat(name, &st) == 0 ? st.st_size : -1;
}

/* SQLite 3.40 loses pages when two connections checkpoint at once. */
static void the_writer_alone_checkpoints(void **state)
{
	struct place *place = *state;
	struct sql *writer, *reader;

	writer = with_table(state);
	reader = place_open(place, SQL_READ_ONLY);
	assert_int_equal(number_of(reader, count_all), 1);
	run(writer, "INSERT INTO t (k) VALUES (2)");
	sql_close(writer);
	assert_true(size_of(place->path, "-wal") > 0);
	assert_int_equal(number_of(reader, count_all), 2);
	sql_close(reader);
	assert_true(size_of(place->path, "-wal") > 0);
	writer = place_open(place, 0);
	assert_int_equal(number_of(writer, count_all), 2);
	sql_close(writer);
	assert_int_equal(size_of(place->path, "-wal"), -1);
	assert_true(size_of(place->path, "") > 0);
}

static void files_are_private(void **state)
{
	struct place *place = *state;
	mode_t mask = umask(0);
	char name[128];
	struct stat st;
	struct sql *sql;

	sql = with_table(state);
	umask(mask);
	assert_int_equal(stat(place->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	snprintf(name, sizeof(name), "%s-wal", place->path);
	assert_int_equal(stat(name, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	sql_close(sql);
}

static void a_file_that_is_no_database_is_corrupt(void **state)
{
	struct place *place = *state;
	struct sql *sql = NULL;
	FILE *f;

	f = fopen(place->path, "w");
	assert_non_null(f);
	for (int i = 0; i < 1000; i++)
		fprintf(f, "this is no database %d\n", i);
	fclose(f);
	must_fail(E_CORRUPT, sql_open_sqlite(&sql, place->path, 0, &err));
	must_fail(E_CORRUPT, sql_open_sqlite(&sql, place->path, SQL_READ_ONLY, &err));
	must_fail(E_CORRUPT, sql_open_sqlite(&sql, place->path, SQL_CREATE, &err));
	must_fail(E_IO, sql_open_sqlite(&sql, "/tmp/no/such/directory/x.db", SQL_CREATE, &err));
}

static void a_full_database_is_told(void **state)
{
	struct sql *sql;

	sql = with_table(state);
	script(sql, "PRAGMA max_page_count=20");
	must(sql_begin(sql, &err));
	must_fail(E_FULL,
		  sql_run(sql,
			  "WITH RECURSIVE c(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM c WHERE i < 100000)"
			  " INSERT INTO t (k, n) SELECT i, i FROM c",
			  SQL_NO_ARGS, NULL, &err));
	must_fail(E_FULL, sql_commit(sql, &err));
	assert_int_equal(sql_broken(sql), OK);
	assert_int_equal(number_of(sql, count_all), 1);
	sql_close(sql);
}

/* The kernel refuses the write in the middle of a real commit: in a child, since the limit is the process's. */
static void a_write_that_fails_in_commit_breaks(void **state)
{
	struct place *place = *state;
	struct sql *sql;
	int status;
	pid_t child;

	sql_close(with_table(state));
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		static char big[200000];
		struct rlimit limit = { 100000, 100000 };
		enum status failed, later;

		if (sql_open_sqlite(&sql, place->path, 0, NULL) != OK || sql_begin(sql, NULL) != OK ||
		    sql_run(sql, "INSERT INTO t (k) VALUES (2)", SQL_NO_ARGS, NULL, NULL) != OK ||
		    sql_run(sql, "CREATE TABLE u (b BLOB)", SQL_NO_ARGS, NULL, NULL) != OK ||
		    sql_run(sql, "INSERT INTO u (b) VALUES (?1)", SQL_ARGS(SQL_BLOB(big, sizeof(big))), NULL, NULL) != OK)
			_exit(10);
		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &limit);
		failed = sql_commit(sql, NULL);
		later = sql_begin(sql, NULL);
		_exit(failed == E_IO && later == E_IO && sql_broken(sql) == E_IO ? 0 : 11);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	sql = place_open(place, 0);
	assert_int_equal(number_of(sql, count_all), 1);
	assert_int_equal(number_of(sql, "SELECT COUNT(*) FROM sqlite_master WHERE name = 'u'"), 0);
	sql_close(sql);
}

static bool fill(const char *path)
{
	static char zeros[4096];
	FILE *f = fopen(path, "w");
	bool full = false;

	if (!f)
		return false;
	setvbuf(f, NULL, _IONBF, 0);
	while (!full)
		full = fwrite(zeros, 1, sizeof(zeros), f) != sizeof(zeros);
	fclose(f);
	return true;
}

/* On a disk of 1 MiB: 0 when all is as promised. */
static int commit_on_a_full_disk(const char *directory)
{
	static char big[50000];
	char path[128], filler[128];
	struct sql *sql;

	snprintf(path, sizeof(path), "%s/full.db", directory);
	snprintf(filler, sizeof(filler), "%s/filler", directory);
	if (sql_open_sqlite(&sql, path, SQL_CREATE, NULL) != OK ||
	    sql_script(sql, "CREATE TABLE t (k BIGINT, b {blob}); INSERT INTO t (k) VALUES (1)", NULL) != OK || !fill(filler))
		return 10;
	if (sql_begin(sql, NULL) != OK ||
	    sql_run(sql, "INSERT INTO t (k, b) VALUES (2, ?1)", SQL_ARGS(SQL_BLOB(big, sizeof(big))), NULL, NULL) != OK)
		return 11;
	if (sql_commit(sql, NULL) != E_FULL || sql_broken(sql) != E_FULL)
		return 12;
	sql_close(sql);
	/* There is room again: as before, and able to go on. */
	if (remove(filler) != 0 || sql_open_sqlite(&sql, path, 0, NULL) != OK)
		return 13;
	if (number_of(sql, count_all) != 1 || sql_run(sql, "INSERT INTO t (k) VALUES (3)", SQL_NO_ARGS, NULL, NULL) != OK)
		return 14;
	sql_close(sql);
	return 0;
}

static void a_full_disk_breaks_and_heals(void **state)
{
	enum { NO_RIGHT = 77 };
	struct place *place = *state;
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
		    mount("none", place->directory, "tmpfs", 0, "size=1m") != 0)
			_exit(NO_RIGHT);
		_exit(commit_on_a_full_disk(place->directory));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == NO_RIGHT)
		print_message("# no right to mount a small disk: nothing is tested\n");
	else
		assert_int_equal(WEXITSTATUS(status), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(read_only_connections_do_not_write),
		TEST(a_writer_has_the_file_from_its_beginning),
		TEST(the_writer_alone_checkpoints),
		TEST(files_are_private),
		TEST(a_file_that_is_no_database_is_corrupt),
		TEST(a_full_database_is_told),
		TEST(a_write_that_fails_in_commit_breaks),
		TEST(a_full_disk_breaks_and_heals),
	};

	place_engine_from(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
