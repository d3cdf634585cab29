/* Threads that share few connections. */
#include "place.h"

#include "store/sql/sql_pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#define WAIT_MS 60000

/* Counts what the pool opens; refuses the first `refuse` times. */
struct source {
	const struct place *place;
	unsigned flags;
	atomic_int opened;
	atomic_int refuse;
};

static enum status open_counted(void *context, struct sql **sql, struct error *err)
{
	struct source *source = context;

	if (atomic_fetch_sub(&source->refuse, 1) > 0)
		return error_set(err, E_UNAVAILABLE, NULL, "refused");
	atomic_fetch_add(&source->opened, 1);
	if (source->place->engine == SQL_SQLITE)
		return sql_open_sqlite(sql, source->place->path, source->flags, err);
	return sql_open_postgres(sql, source->place->uri, err);
}

static struct source source_of(void **state)
{
	struct source source = { .place = *state, .flags = SQL_READ_ONLY };
	struct sql *sql = place_create(*state);

	script(sql, "CREATE TABLE t (k BIGINT PRIMARY KEY, n BIGINT); INSERT INTO t (k, n) VALUES (1, 0)");
	sql_close(sql);
	return source;
}

static void connections_are_opened_when_needed_and_kept(void **state)
{
	struct source source = source_of(state);
	struct sql_pool *pool = sql_pool_new(3, WAIT_MS, open_counted, &source);
	struct sql *a = NULL, *b = NULL;

	assert_int_equal(source.opened, 0);
	for (int i = 0; i < 5; i++) {
		must(sql_pool_take(pool, &a, &err));
		assert_ptr_equal(sql_pool_of(a), pool);
		sql_pool_give(a);
	}
	assert_int_equal(source.opened, 1);
	must(sql_pool_take(pool, &a, &err));
	must(sql_pool_begin(pool, &b, &err));
	assert_ptr_not_equal(a, b);
	assert_int_equal(source.opened, 2);
	sql_pool_give(a);
	sql_pool_give(b);
	/* What was given back is outside a transaction. */
	must(sql_pool_begin(pool, &b, &err));
	sql_pool_give(b);
	sql_pool_free(pool);
	sql_pool_free(NULL);
}

static void whoever_waits_too_long_is_told(void **state)
{
	struct source source = source_of(state);
	struct sql_pool *pool = sql_pool_new(1, 20, open_counted, &source);
	struct sql *held = NULL, *other = NULL;

	for (int i = 0; i < 3; i++) {
		must(sql_pool_take(pool, &held, &err));
		must_fail(E_UNAVAILABLE, sql_pool_take(pool, &other, &err));
		must_fail(E_UNAVAILABLE, sql_pool_begin(pool, &other, &err));
		assert_null(other);
		sql_pool_give(held);
	}
	assert_int_equal(source.opened, 1);
	sql_pool_free(pool);
}

static void a_failed_opening_leaves_its_place(void **state)
{
	struct source source = source_of(state);
	struct sql_pool *pool = sql_pool_new(1, 20, open_counted, &source);
	struct sql *sql = NULL;

	source.refuse = 2;
	must_fail(E_UNAVAILABLE, sql_pool_take(pool, &sql, &err));
	must_fail(E_UNAVAILABLE, sql_pool_begin(pool, &sql, &err));
	must(sql_pool_take(pool, &sql, &err));
	sql_pool_give(sql);
	sql_pool_free(pool);
}

static void a_broken_connection_is_replaced(void **state)
{
	struct source source = source_of(state);
	struct sql_pool *pool = sql_pool_new(1, 20, open_counted, &source);
	struct sql *sql = NULL;

	source.flags = 0;
	must(sql_pool_begin(pool, &sql, &err));
	sql_fail_commit(sql, 1, E_FULL);
	run(sql, "INSERT INTO t (k) VALUES (2)");
	must_fail(E_FULL, sql_commit(sql, &err));
	sql_pool_give(sql);
	must(sql_pool_take(pool, &sql, &err));
	assert_int_equal(source.opened, 2);
	assert_int_equal(number_of(sql, "SELECT COUNT(*) FROM t"), 1);
	sql_pool_give(sql);
	sql_pool_free(pool);
}

struct crowd {
	struct sql_pool *pool;
	atomic_int inside, most, failures, done;
};

static void *read_often(void *context)
{
	struct crowd *crowd = context;

	for (int i = 0; i < 200; i++) {
		struct sql *sql = NULL;
		int inside, most;

		if (sql_pool_begin(crowd->pool, &sql, NULL) != OK) {
			atomic_fetch_add(&crowd->failures, 1);
			continue;
		}
		inside = atomic_fetch_add(&crowd->inside, 1) + 1;
		most = atomic_load(&crowd->most);
		while (inside > most && !atomic_compare_exchange_weak(&crowd->most, &most, inside))
			;
		if (number_of(sql, "SELECT COUNT(*) FROM t") != 1)
			atomic_fetch_add(&crowd->failures, 1);
		atomic_fetch_sub(&crowd->inside, 1);
		sql_pool_give(sql);
	}
	return NULL;
}

static void no_more_than_the_bound_are_out(void **state)
{
	struct source source = source_of(state);
	struct crowd crowd = { .pool = sql_pool_new(2, WAIT_MS, open_counted, &source) };
	pthread_t threads[8];

	for (int i = 0; i < 8; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, read_often, &crowd), 0);
	for (int i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(crowd.failures, 0);
	assert_in_range(crowd.most, 1, 2);
	assert_in_range(source.opened, 1, 2);
	sql_pool_free(crowd.pool);
}

static void *take_greedily(void *context)
{
	struct crowd *crowd = context;

	while (!atomic_load(&crowd->done)) {
		struct sql *sql = NULL;

		if (sql_pool_take(crowd->pool, &sql, NULL) == OK)
			sql_pool_give(sql);
	}
	return NULL;
}

/* The greedy thread stops only when the modest one got through: a pool that let it
 * barge in would keep this test until its time-out. */
static void nobody_starves(void **state)
{
	struct source source = source_of(state);
	struct crowd crowd = { .pool = sql_pool_new(1, WAIT_MS, open_counted, &source) };
	pthread_t greedy;

	assert_int_equal(pthread_create(&greedy, NULL, take_greedily, &crowd), 0);
	for (int i = 0; i < 1000; i++) {
		struct sql *sql = NULL;

		must(sql_pool_take(crowd.pool, &sql, &err));
		sql_pool_give(sql);
	}
	atomic_store(&crowd.done, 1);
	pthread_join(greedy, NULL);
	sql_pool_free(crowd.pool);
}

/* Waiters that give up must leave the queue whole, wherever they stand in it. */
static void *wait_shortly(void *context)
{
	struct crowd *crowd = context;

	for (int i = 0; i < 30; i++) {
		struct sql *sql = NULL;

		if (sql_pool_take(crowd->pool, &sql, NULL) == OK) {
			usleep(700);
			sql_pool_give(sql);
			atomic_fetch_add(&crowd->done, 1);
		}
	}
	return NULL;
}

static void waiters_may_give_up(void **state)
{
	struct source source = source_of(state);
	struct crowd crowd = { .pool = sql_pool_new(1, 2, open_counted, &source) };
	pthread_t threads[6];
	struct sql *sql = NULL;

	for (int i = 0; i < 6; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, wait_shortly, &crowd), 0);
	for (int i = 0; i < 6; i++)
		pthread_join(threads[i], NULL);
	assert_true(crowd.done > 0);
	must(sql_pool_take(crowd.pool, &sql, &err));
	sql_pool_give(sql);
	sql_pool_free(crowd.pool);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(connections_are_opened_when_needed_and_kept),
		TEST(whoever_waits_too_long_is_told),
		TEST(a_failed_opening_leaves_its_place),
		TEST(a_broken_connection_is_replaced),
		TEST(no_more_than_the_bound_are_out),
		TEST(nobody_starves),
		TEST(waiters_may_give_up),
	};

	place_engine_from(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
