/* Many rows at once. */
#include "place.h"

#include <stdio.h>
#include <stdlib.h>

static struct sql *with_table(void **state)
{
	struct sql *sql = place_create(*state);

	script(sql, "CREATE TABLE t (k BIGINT, id TEXT, b {blob}, PRIMARY KEY (k, id)) {clustered}");
	return sql;
}

static struct sql_bulk *begin(struct sql *sql)
{
	struct sql_bulk *bulk = NULL;

	must(sql_begin(sql, &err));
	must(sql_bulk_begin(sql, &bulk, "t", "k,id,b", 3, &err));
	return bulk;
}

static enum status add(struct sql_bulk *bulk, int64_t k, const char *id, struct sql_value b, struct error *err)
{
	const struct sql_value row[] = { SQL_I64(k), SQL_TEXT(str_from(id)), b };

	return sql_bulk_add(bulk, row, err);
}

static void values_are_exact(void **state)
{
	size_t n = 1024 * 1024;
	char *big = malloc(n);
	struct sql *sql = with_table(state);
	struct sql_bulk *bulk = begin(sql);
	struct sql_rows *rows = NULL;

	assert_non_null(big);
	for (size_t i = 0; i < n; i++)
		big[i] = (char)(i * 7);
	must(add(bulk, INT64_MIN, "", SQL_NULL, &err));
	must(add(bulk, INT64_MAX, "z\xc3\xbcrich", SQL_BLOB("", 0), &err));
	must(add(bulk, 0, "a", SQL_BLOB("a\0b", 3), &err));
	must(add(bulk, 1, "b", SQL_BLOB(big, n), &err));
	must(sql_bulk_end(bulk, &err));
	must(sql_commit(sql, &err));

	must(sql_query(sql, &rows, "SELECT k, id, b FROM t ORDER BY k", SQL_NO_ARGS, &err));
	assert_true(sql_next(rows));
	assert_true(sql_get_i64(rows, 0) == INT64_MIN);
	assert_false(sql_is_null(rows, 1));
	assert_int_equal(sql_get_text(rows, 1).n, 0);
	assert_true(sql_is_null(rows, 2));
	assert_true(sql_next(rows));
	assert_true(str_equal(sql_get_blob(rows, 2), str_of("a\0b", 3)));
	assert_true(sql_next(rows));
	assert_true(str_equal(sql_get_blob(rows, 2), str_of(big, n)));
	assert_true(sql_next(rows));
	assert_true(sql_get_i64(rows, 0) == INT64_MAX);
	assert_true(str_is(sql_get_text(rows, 1), "z\xc3\xbcrich"));
	assert_false(sql_is_null(rows, 2));
	assert_int_equal(sql_get_blob(rows, 2).n, 0);
	assert_false(sql_next(rows));
	must(sql_rows_end(rows, &err));
	free(big);
	sql_close(sql);
}

static void hundred_thousand_rows(void **state)
{
	enum { ROWS = 100000 };
	struct sql *sql = with_table(state);
	struct sql_bulk *bulk = begin(sql);

	for (int64_t i = 0; i < ROWS; i++) {
		char id[32];

		snprintf(id, sizeof(id), "id-%lld", (long long)i);
		must(add(bulk, i / 10, id, SQL_BLOB(&i, sizeof(i)), &err));
	}
	must(sql_bulk_end(bulk, &err));
	assert_int_equal(number_of(sql, "SELECT COUNT(*) FROM t"), ROWS);
	must(sql_commit(sql, &err));
	assert_int_equal(number_of(sql, "SELECT COUNT(DISTINCT b) FROM t"), ROWS);
	assert_int_equal(number_of(sql, "SELECT COUNT(*) FROM t WHERE id = 'id-99999' AND k = 9999"), 1);
	sql_close(sql);
}

static void an_empty_bulk_is_fine(void **state)
{
	struct sql *sql = with_table(state);
	struct sql_bulk *bulk = begin(sql);

	must(sql_bulk_end(bulk, &err));
	must(sql_bulk_begin(sql, &bulk, "t", "k,id,b", 3, &err));
	must(add(bulk, 1, "a", SQL_NULL, &err));
	must(sql_bulk_end(bulk, &err));
	must(sql_commit(sql, &err));
	assert_int_equal(number_of(sql, "SELECT COUNT(*) FROM t"), 1);
	sql_close(sql);
}

/* Adds rows 0 to count - 1 and goes on after a failure, as a careless caller does. */
static enum status add_many(struct sql_bulk *bulk, int64_t count)
{
	enum status first = OK;

	for (int64_t i = 0; i < count; i++) {
		enum status status = add(bulk, i, "x", SQL_NULL, NULL);

		if (first == OK)
			first = status;
	}
	return first;
}

static void assert_untouched(struct sql *sql)
{
	sql_rollback(sql);
	assert_int_equal(sql_broken(sql), OK);
	assert_int_equal(number_of(sql, "SELECT COUNT(*) FROM t"), 1);
	must(sql_begin(sql, &err));
	run(sql, "INSERT INTO t (k, id) VALUES (1000000, 'after')");
	sql_rollback(sql);
}

/* Few rows fit the buffer of a COPY, many make the server answer in the middle. */
static void a_key_that_exists_is_a_conflict(void **state)
{
	static const int64_t counts[] = { 10, 50000 };
	struct sql *sql = with_table(state);

	run(sql, "INSERT INTO t (k, id) VALUES (5, 'x')");
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		struct sql_bulk *bulk = begin(sql);
		enum status status = add_many(bulk, counts[i]);

		assert_true(status == OK || status == E_CONFLICT);
		must_fail(E_CONFLICT, sql_bulk_end(bulk, &err));
		must_fail(E_CONFLICT, sql_commit(sql, &err));
		assert_untouched(sql);
	}
	sql_close(sql);
}

static void a_key_twice_in_one_bulk_is_a_conflict(void **state)
{
	struct sql *sql = with_table(state);
	struct sql_bulk *bulk;

	run(sql, "INSERT INTO t (k, id) VALUES (-1, 'x')");
	bulk = begin(sql);
	add(bulk, 1, "x", SQL_NULL, NULL);
	add(bulk, 1, "x", SQL_NULL, NULL);
	must_fail(E_CONFLICT, sql_bulk_end(bulk, &err));
	assert_untouched(sql);
	sql_close(sql);
}

static void a_value_that_cannot_be_stored_ends_it(void **state)
{
	struct sql *sql = with_table(state);
	struct sql_bulk *bulk;
	const struct sql_value bad[] = { SQL_I64(2), SQL_TEXT(str_of("a\0b", 3)), SQL_NULL };

	run(sql, "INSERT INTO t (k, id) VALUES (5, 'x')");
	bulk = begin(sql);
	must(add(bulk, 1, "x", SQL_NULL, &err));
	must_fail(E_INVALID, sql_bulk_add(bulk, bad, &err));
	must_fail(E_INVALID, add(bulk, 3, "x", SQL_NULL, &err));
	must_fail(E_INVALID, sql_bulk_end(bulk, &err));
	must_fail(E_INVALID, sql_commit(sql, &err));
	assert_untouched(sql);
	sql_close(sql);
}

static void a_table_that_is_absent_is_told(void **state)
{
	struct sql *sql = with_table(state);
	struct sql_bulk *bulk = NULL;

	run(sql, "INSERT INTO t (k, id) VALUES (5, 'x')");
	must(sql_begin(sql, &err));
	must_fail(E_IO, sql_bulk_begin(sql, &bulk, "nowhere", "k", 1, &err));
	assert_null(bulk);
	assert_untouched(sql);
	sql_close(sql);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(values_are_exact),
		TEST(hundred_thousand_rows),
		TEST(an_empty_bulk_is_fine),
		TEST(a_key_that_exists_is_a_conflict),
		TEST(a_key_twice_in_one_bulk_is_a_conflict),
		TEST(a_value_that_cannot_be_stored_ends_it),
		TEST(a_table_that_is_absent_is_told),
	};

	place_engine_from(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
