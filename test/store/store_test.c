/* The store's opening and its transactions. */
#include "place.h"

#include "store/registry_schema.h"
#include "store/store.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static const char value_of_one[] = "SELECT n FROM counter WHERE k = 1";

static struct store_settings settings_of(const struct place *place, char directory[96])
{
	snprintf(directory, 96, "%s/store", place->directory);
	return (struct store_settings){ .directory = directory,
					.postgres_uri = place->engine == SQL_POSTGRES ? place->uri : NULL };
}

static struct store *open_store(void **state)
{
	char directory[96];
	struct store_settings settings = settings_of(*state, directory);
	struct store *store = NULL;

	must(store_open(&store, &settings, &err));
	return store;
}

static struct store *with_counter(void **state)
{
	struct store *store = open_store(state);
	struct sql *sql = NULL;

	must(store_write(store, &sql, &err));
	script(sql, "CREATE TABLE counter (k BIGINT PRIMARY KEY, n BIGINT); INSERT INTO counter (k, n) VALUES (1, 0)");
	must(store_commit(store, sql, &err));
	return store;
}

static int64_t read_counter(struct store *store)
{
	struct sql *sql = NULL;
	int64_t n;

	must(store_read(store, &sql, &err));
	n = number_of(sql, value_of_one);
	store_abort(store, sql);
	return n;
}

static void a_new_store_is_made_and_migrated(void **state)
{
	char directory[96];
	struct store_settings settings = settings_of(*state, directory);
	struct store *store = open_store(state);
	struct sql *sql = NULL;
	int64_t version = 0;
	struct stat st;

	assert_int_equal(store_engine(store), place_engine());
	assert_string_equal(store_directory(store), directory);
	if (place_engine() == SQL_POSTGRES)
		assert_string_equal(store_postgres_uri(store), settings.postgres_uri);
	else
		assert_null(store_postgres_uri(store));
	assert_int_equal(stat(directory, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	must(store_read(store, &sql, &err));
	must(migration_version(sql, registry_schema.name, &version, &err));
	assert_int_equal(version, registry_schema.version);
	store_abort(store, sql);
	store_close(store);
	store_close(NULL);
}

static void what_is_committed_is_there_when_opened_again(void **state)
{
	struct store *store = with_counter(state);
	struct sql *sql = NULL;

	must(store_write(store, &sql, &err));
	run(sql, "UPDATE counter SET n = 7");
	must(store_commit(store, sql, &err));
	must(store_write(store, &sql, &err));
	run(sql, "UPDATE counter SET n = 8");
	store_abort(store, sql);
	assert_int_equal(read_counter(store), 7);
	store_close(store);
	store = open_store(state);
	assert_int_equal(read_counter(store), 7);
	store_close(store);
}

static void a_newer_store_is_refused(void **state)
{
	char directory[96];
	struct store_settings settings = settings_of(*state, directory);
	struct store *store = open_store(state);
	struct sql *sql = NULL;

	must(store_write(store, &sql, &err));
	run(sql, "UPDATE schema_version SET version = version + 1");
	must(store_commit(store, sql, &err));
	store_close(store);
	store = NULL;
	must_fail(E_NEWER, store_open(&store, &settings, &err));
	assert_null(store);
}

static void bad_settings_are_refused(void **state)
{
	struct store_settings none = { .directory = NULL }, orphan = { .directory = "/no/such/parent" },
			      server = { .postgres_uri = "nonsense" };
	struct store *store = NULL;

	(void)state;
	must_fail(E_INVALID, store_open(&store, &none, &err));
	must_fail(E_IO, store_open(&store, &orphan, &err));
	must_fail(E_INVALID, store_open(&store, &server, &err));
	assert_null(store);
}

/* Embedded: a second writer of the files. */
static void one_process_has_the_directory(void **state)
{
	char directory[96];
	struct store_settings settings = settings_of(*state, directory);
	struct store *store = open_store(state), *other = NULL;

	if (place_engine() == SQL_SQLITE)
		must_fail(E_UNAVAILABLE, store_open(&other, &settings, &err));
	else
		must(store_open(&other, &settings, &err));
	store_close(other);
	store_close(store);
	store = open_store(state);
	store_close(store);
}

static void a_reader_sees_one_state_and_cannot_write(void **state)
{
	struct store *store = with_counter(state);
	struct sql *reader = NULL, *writer = NULL;

	must(store_read(store, &reader, &err));
	assert_int_equal(number_of(reader, value_of_one), 0);
	must(store_write(store, &writer, &err));
	run(writer, "UPDATE counter SET n = 1");
	assert_int_equal(number_of(reader, value_of_one), 0);
	must(store_commit(store, writer, &err));
	assert_int_equal(number_of(reader, value_of_one), 0);
	store_abort(store, reader);
	assert_int_equal(read_counter(store), 1);
	must(store_read(store, &reader, &err));
	must_fail(E_IO, sql_run(reader, "UPDATE counter SET n = 2", SQL_NO_ARGS, NULL, &err));
	store_abort(store, reader);
	assert_int_equal(read_counter(store), 1);
	store_close(store);
}

static void *count_up(void *context)
{
	struct store *store = context;

	for (int i = 0; i < 50; i++) {
		struct sql *sql = NULL;
		int64_t n;

		must(store_write(store, &sql, &err));
		must(sql_lock(sql, 1, &err));
		n = number_of(sql, value_of_one);
		must(sql_run(sql, "UPDATE counter SET n = ?1 WHERE k = 1", SQL_ARGS(SQL_I64(n + 1)), NULL, &err));
		must(store_commit(store, sql, &err));
		read_counter(store);
	}
	return NULL;
}

static void writers_take_turns(void **state)
{
	struct store *store = with_counter(state);
	pthread_t threads[8];

	for (int i = 0; i < 8; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count_up, store), 0);
	for (int i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(read_counter(store), 8 * 50);
	store_close(store);
}

/* Writes 5 into the counter; the commit fails so. */
static void fail_commit_of_five(struct store *store, enum status status)
{
	struct sql *sql = NULL;

	store_fail_commit(store, 1, status);
	must(store_write(store, &sql, &err));
	run(sql, "UPDATE counter SET n = 5");
	must_fail(status, store_commit(store, sql, &err));
}

static void a_full_disk_is_tried_again(void **state)
{
	struct store *store = with_counter(state);
	struct sql *sql = NULL;

	fail_commit_of_five(store, E_FULL);
	assert_false(store_is_halted(store));
	assert_int_equal(read_counter(store), 0);
	must(store_write(store, &sql, &err));
	run(sql, "UPDATE counter SET n = n + 1");
	must(store_commit(store, sql, &err));
	assert_int_equal(read_counter(store), 1);
	store_close(store);
}

/* What a failed fsync left on disk is not known, so nothing more is acknowledged
 * until a restart; the server takes care of that by itself. */
static void a_failed_fsync_halts_the_embedded_store(void **state)
{
	struct store *store = with_counter(state);
	struct sql *sql = NULL;

	fail_commit_of_five(store, E_IO);
	assert_int_equal(read_counter(store), 0);
	if (place_engine() == SQL_SQLITE) {
		assert_true(store_is_halted(store));
		must_fail(E_IO, store_write(store, &sql, &err));
		must_fail(E_IO, store_write(store, &sql, &err));
		store_close(store);
		store = open_store(state);
	}
	assert_false(store_is_halted(store));
	assert_int_equal(read_counter(store), 0);
	must(store_write(store, &sql, &err));
	store_abort(store, sql);
	store_close(store);
}

static void connections_lost_are_made_again(void **state)
{
	struct store *store;
	struct sql *sql, *sqls[3] = { NULL };

	if (place_engine() == SQL_SQLITE)
		return;
	store = with_counter(state);
	for (int i = 0; i < 3; i++)
		must(store_read(store, &sqls[i], &err));
	for (int i = 0; i < 3; i++)
		store_abort(store, sqls[i]);
	sql = place_open(*state, 0);
	script(sql, "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
		    " WHERE application_name = current_setting('application_name') AND pid <> pg_backend_pid()");
	sql_close(sql);
	assert_int_equal(read_counter(store), 0);
	must(store_write(store, &sql, &err));
	run(sql, "UPDATE counter SET n = 1");
	must(store_commit(store, sql, &err));
	assert_int_equal(read_counter(store), 1);
	store_close(store);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_store_is_made_and_migrated),
		TEST(what_is_committed_is_there_when_opened_again),
		TEST(a_newer_store_is_refused),
		TEST(bad_settings_are_refused),
		TEST(one_process_has_the_directory),
		TEST(a_reader_sees_one_state_and_cannot_write),
		TEST(writers_take_turns),
		TEST(a_full_disk_is_tried_again),
		TEST(a_failed_fsync_halts_the_embedded_store),
		TEST(connections_lost_are_made_again),
	};

	place_engine_from(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
