/* What goes in comes out, on both engines; and what statements say they did. */
#include "place.h"

#include <stdio.h>
#include <stdlib.h>

static struct sql *with_table(void **state)
{
	struct sql *sql = place_create(*state);

	script(sql, "CREATE TABLE t (k BIGINT PRIMARY KEY, n BIGINT, s TEXT, b {blob}) {clustered};");
	return sql;
}

static const char insert[] = "INSERT INTO t (k, n, s, b) VALUES (?1, ?2, ?3, ?4)";
static const char by_key[] = "SELECT k, n, s, b FROM t WHERE k = ?1";

static struct sql_rows *row_of(struct sql *sql, int64_t key)
{
	struct sql_rows *rows = NULL;

	must(sql_query(sql, &rows, by_key, SQL_ARGS(SQL_I64(key)), &err));
	assert_true(sql_next(rows));
	assert_int_equal(sql_get_i64(rows, 0), key);
	return rows;
}

static void end_of(struct sql_rows *rows)
{
	assert_false(sql_next(rows));
	assert_false(sql_next(rows));
	must(sql_rows_end(rows, &err));
}

static void assert_bytes(struct str got, struct str expected)
{
	assert_non_null(got.p);
	assert_int_equal(got.n, expected.n);
	assert_memory_equal(got.p, expected.p, expected.n);
}

static void whole_numbers_are_exact(void **state)
{
	static const int64_t numbers[] = { 0, 1, -1, INT32_MAX, INT32_MIN, INT64_C(1) << 53, (INT64_C(1) << 53) + 1,
					   INT64_MAX, INT64_MIN, INT64_MAX - 1, INT64_MIN + 1 };
	struct sql *sql = with_table(state);

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct sql_rows *rows;

		must(sql_run(sql, insert, SQL_ARGS(SQL_I64(numbers[i]), SQL_I64(numbers[i]), SQL_NULL, SQL_NULL), NULL,
			     &err));
		rows = row_of(sql, numbers[i]);
		assert_true(sql_get_i64(rows, 1) == numbers[i]);
		end_of(rows);
	}
	sql_close(sql);
}

static void null_is_not_empty(void **state)
{
	struct sql *sql = with_table(state);
	struct sql_rows *rows;

	must(sql_run(sql, insert, SQL_ARGS(SQL_I64(1), SQL_NULL, SQL_TEXT(STR_NONE), SQL_BLOB(NULL, 0)), NULL, &err));
	must(sql_run(sql, insert, SQL_ARGS(SQL_I64(2), SQL_I64(0), SQL_TEXT(STR("")), SQL_BLOB("", 0)), NULL, &err));
	rows = row_of(sql, 1);
	for (int column = 1; column <= 3; column++)
		assert_true(sql_is_null(rows, column));
	assert_int_equal(sql_get_i64(rows, 1), 0);
	assert_int_equal(sql_get_i64_or(rows, 1, -7), -7);
	assert_true(str_is_none(sql_get_text(rows, 2)));
	assert_true(str_is_none(sql_get_blob(rows, 3)));
	end_of(rows);
	rows = row_of(sql, 2);
	for (int column = 1; column <= 3; column++)
		assert_false(sql_is_null(rows, column));
	assert_int_equal(sql_get_i64_or(rows, 1, -7), 0);
	assert_bytes(sql_get_text(rows, 2), STR(""));
	assert_bytes(sql_get_blob(rows, 3), STR(""));
	end_of(rows);
	assert_int_equal(number_of(sql, "SELECT COUNT(*) FROM t WHERE s IS NULL"), 1);
	assert_int_equal(number_of(sql, "SELECT COUNT(*) FROM t WHERE s = ''"), 1);
	sql_close(sql);
}

static void texts_and_blobs_are_exact(void **state)
{
	struct str text = STR("Zürich 北京 \xf0\x9f\x93\x9e '\"\\ ?1 {blob} $1\t\r\n");
	unsigned char bytes[256];
	struct sql *sql = with_table(state);
	struct sql_rows *rows;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)i;
	must(sql_run(sql, insert, SQL_ARGS(SQL_I64(1), SQL_NULL, SQL_TEXT(text), SQL_BLOB(bytes, sizeof(bytes))), NULL,
		     &err));
	rows = row_of(sql, 1);
	assert_bytes(sql_get_text(rows, 2), text);
	assert_bytes(sql_get_blob(rows, 3), str_of(bytes, sizeof(bytes)));
	/* A slice outlives calls on other columns of its row. */
	{
		struct str first = sql_get_text(rows, 2);

		sql_get_blob(rows, 3);
		sql_get_i64(rows, 1);
		assert_bytes(first, text);
	}
	end_of(rows);
	sql_close(sql);
}

static void a_megabyte_fits(void **state)
{
	size_t n = 1024 * 1024;
	char *text = malloc(n), *blob = malloc(n);
	struct sql *sql = with_table(state);
	struct sql_rows *rows;

	assert_non_null(text);
	assert_non_null(blob);
	for (size_t i = 0; i < n; i++) {
		text[i] = (char)('a' + i % 26);
		blob[i] = (char)(i * 31);
	}
	must(sql_run(sql, insert, SQL_ARGS(SQL_I64(1), SQL_NULL, SQL_TEXT(str_of(text, n)), SQL_BLOB(blob, n)), NULL,
		     &err));
	rows = row_of(sql, 1);
	assert_bytes(sql_get_text(rows, 2), str_of(text, n));
	assert_bytes(sql_get_blob(rows, 3), str_of(blob, n));
	end_of(rows);
	free(text);
	free(blob);
	sql_close(sql);
}

static void text_that_cannot_be_stored_is_refused(void **state)
{
	static const struct str bad[] = { { "+4930\0" "1234", 10 }, { "\0", 1 }, { "a\0", 2 }, { "\xff", 1 },
					  { "\xc3", 1 },            { "\xed\xa0\x80", 3 } };
	struct sql *sql = with_table(state);

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		must_fail(E_INVALID, sql_run(sql, insert, SQL_ARGS(SQL_I64(1), SQL_NULL, SQL_TEXT(bad[i]), SQL_NULL),
					     NULL, &err));
	assert_int_equal(number_of(sql, "SELECT COUNT(*) FROM t"), 0);
	sql_close(sql);
}

/* Longer than any row may be; the bytes are never looked at. */
static void a_value_beyond_the_limit_is_refused(void **state)
{
	struct sql *sql = with_table(state);

	must_fail(E_TOO_LARGE, sql_run(sql, insert,
				       SQL_ARGS(SQL_I64(1), SQL_NULL, SQL_NULL, SQL_BLOB("", SQL_VALUE_BYTES_MAX + 1)),
				       NULL, &err));
	sql_close(sql);
}

static void a_column_of_another_kind_is_told(void **state)
{
	struct sql *sql = with_table(state);
	struct sql_rows *rows;

	must(sql_run(sql, insert, SQL_ARGS(SQL_I64(1), SQL_I64(5), SQL_TEXT(STR("x")), SQL_NULL), NULL, &err));
	rows = row_of(sql, 1);
	assert_int_equal(sql_get_i64_or(rows, 2, -1), -1);
	assert_false(sql_next(rows));
	must_fail(E_CORRUPT, sql_rows_end(rows, &err));
	rows = row_of(sql, 1);
	assert_true(str_is_none(sql_get_text(rows, 1)));
	must_fail(E_CORRUPT, sql_rows_end(rows, &err));
	sql_close(sql);
}

static void expressions_are_whole_numbers(void **state)
{
	struct sql *sql = with_table(state);

	assert_int_equal(number_of(sql, "SELECT COUNT(*) FROM t"), 0);
	assert_int_equal(number_of(sql, "SELECT COALESCE(SUM(n), 0) FROM t"), 0);
	for (int64_t k = 1; k <= 3; k++)
		must(sql_run(sql, insert, SQL_ARGS(SQL_I64(k), SQL_I64(k * INT64_C(1000000000000000)), SQL_NULL, SQL_NULL),
			     NULL, &err));
	assert_true(number_of(sql, "SELECT SUM(n) FROM t") == INT64_C(6000000000000000));
	assert_true(number_of(sql, "SELECT -SUM(n) FROM t") == INT64_C(-6000000000000000));
	assert_int_equal(number_of(sql, "SELECT SUM(k) / COUNT(*) FROM t"), 2);
	assert_int_equal(number_of(sql, "SELECT SUM(k) / 4 FROM t"), 1);
	assert_int_equal(number_of(sql, "SELECT -SUM(k) / 4 FROM t"), -1);
	assert_int_equal(number_of(sql, "SELECT MAX(k) FROM t"), 3);
	assert_int_equal(number_of(sql, "SELECT EXISTS (SELECT 1 FROM t WHERE k = 2)"), 1);
	assert_int_equal(number_of(sql, "SELECT 10000 * 10000"), 100000000);
	run(sql, "UPDATE t SET n = 0");
	run(sql, "UPDATE t SET n = -9223372036854775807 WHERE k = 1");
	run(sql, "UPDATE t SET n = -1 WHERE k = 2");
	assert_true(number_of(sql, "SELECT SUM(n) FROM t") == INT64_MIN);
	sql_close(sql);
}

static void sum_beyond_64_bits_fails(void **state)
{
	struct sql *sql = with_table(state);
	struct sql_rows *rows = NULL;
	enum status status;

	for (int64_t k = 1; k <= 2; k++)
		must(sql_run(sql, insert, SQL_ARGS(SQL_I64(k), SQL_I64(INT64_MAX), SQL_NULL, SQL_NULL), NULL, &err));
	must(sql_query(sql, &rows, "SELECT SUM(n) FROM t", SQL_NO_ARGS, &err));
	if (sql_next(rows))
		sql_get_i64(rows, 0);
	status = sql_rows_end(rows, NULL);
	assert_true(status == E_IO || status == E_CORRUPT);
	sql_close(sql);
}

/* The same text with other values, kinds and NULLs. */
static void statements_are_prepared_for_any_kind(void **state)
{
	const struct sql_value kinds[] = { SQL_NULL, SQL_I64(INT64_MAX), SQL_TEXT(STR("9")), SQL_NULL, SQL_BLOB("\0\xff", 2) };
	struct sql *sql = with_table(state);
	struct sql_rows *rows;

	must(sql_run(sql, insert, SQL_ARGS(SQL_I64(1), SQL_NULL, SQL_NULL, SQL_NULL), NULL, &err));
	must(sql_run(sql, insert, SQL_ARGS(SQL_I64(2), SQL_I64(22), SQL_TEXT(STR("two")), SQL_NULL), NULL, &err));
	must(sql_run(sql, insert, SQL_ARGS(SQL_I64(3), SQL_NULL, SQL_NULL, SQL_BLOB("3\0", 2)), NULL, &err));
	for (int64_t k = 4; k < 2000; k++)
		must(sql_run(sql, insert, SQL_ARGS(SQL_I64(k), SQL_I64(-k), SQL_TEXT(STR("x")), SQL_BLOB("y", 1)), NULL,
			     &err));
	rows = row_of(sql, 2);
	assert_int_equal(sql_get_i64(rows, 1), 22);
	assert_bytes(sql_get_text(rows, 2), STR("two"));
	end_of(rows);
	rows = row_of(sql, 3);
	assert_bytes(sql_get_blob(rows, 3), STR("3\0"));
	end_of(rows);
	rows = row_of(sql, 1999);
	assert_int_equal(sql_get_i64(rows, 1), -1999);
	end_of(rows);
	/* Nothing but the value tells the type here. */
	for (size_t i = 0; i < 2 * sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct sql_value value = kinds[i % (sizeof(kinds) / sizeof(kinds[0]))];

		must(sql_query(sql, &rows, "SELECT ?1", SQL_ARGS(value), &err));
		assert_true(sql_next(rows));
		assert_int_equal(sql_is_null(rows, 0), value.kind == SQL_VALUE_NULL);
		if (value.kind == SQL_VALUE_I64)
			assert_true(sql_get_i64(rows, 0) == value.number);
		else if (value.kind != SQL_VALUE_NULL)
			assert_bytes(sql_get_blob(rows, 0), value.bytes);
		end_of(rows);
	}
	sql_close(sql);
}

/* The same statement while it is being read: in a recursion. */
static void a_statement_may_be_used_inside_itself(void **state)
{
	struct sql *sql = with_table(state);
	struct sql_rows *outer = NULL, *inner = NULL;
	static const char from[] = "SELECT k FROM t WHERE k >= ?1 ORDER BY k";
	int64_t sum = 0;

	for (int64_t k = 1; k <= 3; k++)
		must(sql_run(sql, insert, SQL_ARGS(SQL_I64(k), SQL_NULL, SQL_NULL, SQL_NULL), NULL, &err));
	must(sql_query(sql, &outer, from, SQL_ARGS(SQL_I64(1)), &err));
	while (sql_next(outer)) {
		must(sql_query(sql, &inner, from, SQL_ARGS(SQL_I64(sql_get_i64(outer, 0))), &err));
		while (sql_next(inner))
			sum += sql_get_i64(inner, 0);
		must(sql_rows_end(inner, &err));
	}
	must(sql_rows_end(outer, &err));
	assert_int_equal(sum, (1 + 2 + 3) + (2 + 3) + 3);
	sql_close(sql);
}

/* The arguments of a query are borrowed for the call alone. */
static void arguments_may_go_before_the_rows(void **state)
{
	struct sql *sql = with_table(state);
	struct sql_rows *rows = NULL;
	char key[] = "wanted";

	must(sql_run(sql, insert, SQL_ARGS(SQL_I64(1), SQL_NULL, SQL_TEXT(STR("wanted")), SQL_NULL), NULL, &err));
	must(sql_query(sql, &rows, "SELECT k FROM t WHERE s = ?1", SQL_ARGS(SQL_TEXT(str_from(key))), &err));
	memset(key, 'x', sizeof(key) - 1);
	assert_true(sql_next(rows));
	must(sql_rows_end(rows, &err));
	sql_close(sql);
}

static void a_query_may_end_early(void **state)
{
	struct sql *sql = with_table(state);
	struct sql_rows *rows = NULL;

	for (int64_t k = 1; k <= 100; k++)
		must(sql_run(sql, insert, SQL_ARGS(SQL_I64(k), SQL_NULL, SQL_NULL, SQL_NULL), NULL, &err));
	must(sql_query(sql, &rows, "SELECT k FROM t ORDER BY k", SQL_NO_ARGS, &err));
	must(sql_rows_end(rows, &err));
	must(sql_query(sql, &rows, "SELECT k FROM t ORDER BY k", SQL_NO_ARGS, &err));
	assert_true(sql_next(rows));
	assert_int_equal(sql_get_i64(rows, 0), 1);
	must(sql_rows_end(rows, &err));
	run(sql, "DELETE FROM t");
	sql_close(sql);
}

static int64_t changes_of(struct sql *sql, const char *text)
{
	int64_t changes = -1;

	must(sql_run(sql, text, SQL_NO_ARGS, &changes, &err));
	return changes;
}

static void changes_are_counted(void **state)
{
	struct sql *sql = with_table(state);

	assert_int_equal(changes_of(sql, "INSERT INTO t (k, n) VALUES (1, 1), (2, 2), (3, 3)"), 3);
	assert_int_equal(changes_of(sql, "SELECT k FROM t"), 0);
	assert_int_equal(changes_of(sql, "UPDATE t SET n = n + 1 WHERE k > 1"), 2);
	assert_int_equal(changes_of(sql, "UPDATE t SET n = 0 WHERE k > 100"), 0);
	assert_int_equal(changes_of(sql, "INSERT INTO t (k) VALUES (1) ON CONFLICT (k) DO NOTHING"), 0);
	assert_int_equal(changes_of(sql, "INSERT INTO t (k) VALUES (3), (4) ON CONFLICT (k) DO NOTHING"), 1);
	assert_int_equal(
		changes_of(sql, "INSERT INTO t (k, n) VALUES (1, 9) ON CONFLICT (k) DO UPDATE SET n = excluded.n"), 1);
	assert_int_equal(changes_of(sql, "DELETE FROM t WHERE k = 1 RETURNING k"), 1);
	assert_int_equal(changes_of(sql, "DELETE FROM t"), 3);
	assert_int_equal(changes_of(sql, "CREATE TABLE u (k BIGINT)"), 0);
	sql_close(sql);
}

static void returning_gives_rows(void **state)
{
	struct sql *sql = with_table(state);
	struct sql_rows *rows = NULL;
	static const char next[] = "INSERT INTO t (k, n) VALUES (1, 1)"
				   " ON CONFLICT (k) DO UPDATE SET n = t.n + 1 RETURNING n";

	for (int64_t i = 1; i <= 3; i++) {
		must(sql_query(sql, &rows, next, SQL_NO_ARGS, &err));
		assert_true(sql_next(rows));
		assert_int_equal(sql_get_i64(rows, 0), i);
		/* Asking on behind the end does not do it again. */
		end_of(rows);
	}
	assert_int_equal(number_of(sql, "SELECT n FROM t"), 3);
	sql_close(sql);
}

/* Whatever the database's collation, which under tools/with_postgres is not bytewise. */
static void texts_are_ordered_bytewise(void **state)
{
	static const char *const texts[] = { "", " a", "+1", "-", "10", "9", "A", "B", "_", "a", "a-b", "aB", "ab", "b",
					     "\xc3\xa4" };
	size_t count = sizeof(texts) / sizeof(texts[0]), at = 0;
	struct sql *sql = place_create(*state);
	struct sql_rows *rows = NULL;

	script(sql, "CREATE TABLE names (name TEXT PRIMARY KEY, /* TEXT {blob} */ other TEXT DEFAULT 'TEXT') {clustered}");
	for (size_t i = count; i-- > 0;)
		must(sql_run(sql, "INSERT INTO names (name) VALUES (?1)", SQL_ARGS(SQL_TEXT(str_from(texts[i]))), NULL,
			     &err));
	must(sql_query(sql, &rows, "SELECT name, other FROM names ORDER BY name", SQL_NO_ARGS, &err));
	while (sql_next(rows)) {
		assert_bytes(sql_get_text(rows, 0), str_from(texts[at++]));
		assert_bytes(sql_get_text(rows, 1), STR("TEXT"));
	}
	must(sql_rows_end(rows, &err));
	assert_int_equal(at, count);
	must(sql_query(sql, &rows, "SELECT COUNT(*) FROM names WHERE name > ?1", SQL_ARGS(SQL_TEXT(STR("B"))), &err));
	assert_true(sql_next(rows));
	assert_int_equal(sql_get_i64(rows, 0), 7);
	must(sql_rows_end(rows, &err));
	sql_close(sql);
}

static void words_in_braces_are_known(void **state)
{
	struct sql *sql = place_create(*state);

	must_fail(E_INTERNAL, sql_script(sql, "CREATE TABLE u (k {integer})", &err));
	script(sql, "CREATE TABLE u (k TEXT DEFAULT '{it''s}', \"{odd}\" BIGINT); -- {comment}\n"
		    "INSERT INTO u (\"{odd}\") VALUES (7); /* ' \" */ UPDATE u SET \"{odd}\" = \"{odd}\" + 1;"
		    "UPDATE u SET k = CAST(\"{odd}\" AS TEXT) WHERE k = '{it''s}'");
	assert_int_equal(number_of(sql, "SELECT COUNT(*) FROM u WHERE \"{odd}\" = 8 AND k = '8'"), 1);
	sql_close(sql);
}

static void parameters_in_quotes_are_text(void **state)
{
	struct sql *sql = with_table(state);
	struct sql_rows *rows = NULL;

	must(sql_query(sql, &rows, "SELECT '?1', '$1', ?2, /* ?3 */ ?1 -- ?4\n, 'it''s ?1'",
		       SQL_ARGS(SQL_I64(1), SQL_TEXT(STR("two"))), &err));
	assert_true(sql_next(rows));
	assert_bytes(sql_get_text(rows, 0), STR("?1"));
	assert_bytes(sql_get_text(rows, 1), STR("$1"));
	assert_bytes(sql_get_text(rows, 2), STR("two"));
	assert_int_equal(sql_get_i64(rows, 3), 1);
	assert_bytes(sql_get_text(rows, 4), STR("it's ?1"));
	end_of(rows);
	sql_close(sql);
}

static void many_parameters_are_bound(void **state)
{
	struct sql *sql = with_table(state);
	struct sql_value args[100];
	char text[1024] = "SELECT ?1";
	struct sql_rows *rows = NULL;

	for (int i = 0; i < 100; i++) {
		args[i] = SQL_I64(i);
		if (i > 0)
			snprintf(text + strlen(text), sizeof(text) - strlen(text), " + ?%d", i + 1);
	}
	must(sql_query(sql, &rows, text, args, 100, &err));
	assert_true(sql_next(rows));
	assert_int_equal(sql_get_i64(rows, 0), 99 * 100 / 2);
	end_of(rows);
	sql_close(sql);
}

static void failures_have_their_status(void **state)
{
	struct sql *sql = with_table(state);
	struct sql_rows *rows = NULL;

	script(sql, "CREATE UNIQUE INDEX t_s ON t (s); CREATE TABLE part (k BIGINT NOT NULL REFERENCES t (k))");
	run(sql, "INSERT INTO t (k, s) VALUES (1, 'one')");
	must_fail(E_CONFLICT, sql_run(sql, "INSERT INTO t (k) VALUES (1)", SQL_NO_ARGS, NULL, &err));
	must_fail(E_CONFLICT, sql_run(sql, "INSERT INTO t (k, s) VALUES (2, 'one')", SQL_NO_ARGS, NULL, &err));
	must_fail(E_IO, sql_run(sql, "INSERT INTO part (k) VALUES (NULL)", SQL_NO_ARGS, NULL, &err));
	must_fail(E_IO, sql_run(sql, "INSERT INTO part (k) VALUES (77)", SQL_NO_ARGS, NULL, &err));
	must_fail(E_IO, sql_run(sql, "INSERT INTO nowhere (k) VALUES (1)", SQL_NO_ARGS, NULL, &err));
	must_fail(E_IO, sql_query(sql, &rows, "SELEC 1", SQL_NO_ARGS, &err));
	must_fail(E_IO, sql_script(sql, "CREATE TABLE", &err));
	assert_int_equal(sql_broken(sql), OK);
	assert_int_equal(number_of(sql, "SELECT COUNT(*) FROM t"), 1);
	sql_close(sql);
}

/* Values may be phone numbers, and messages go to logs. */
static void messages_do_not_tell_values(void **state)
{
	struct sql *sql = with_table(state);
	struct sql_value args[] = { SQL_I64(4930123456), SQL_NULL, SQL_TEXT(STR("+4930123456")), SQL_NULL };
	struct error told = { .status = OK };

	must(sql_run(sql, insert, args, 4, NULL, &err));
	assert_int_equal(sql_run(sql, insert, args, 4, NULL, &told), E_CONFLICT);
	assert_null(strstr(told.message, "4930123456"));
	assert_non_null(strstr(told.message, "t"));
	script(sql, "CREATE TABLE c (k TEXT NOT NULL CHECK (LENGTH(k) < 5), n BIGINT NOT NULL)");
	assert_int_equal(sql_run(sql, "INSERT INTO c (k, n) VALUES (?1, 1)", SQL_ARGS(args[2]), NULL, &told), E_IO);
	assert_null(strstr(told.message, "4930123456"));
	assert_int_equal(sql_run(sql, "INSERT INTO c (k) VALUES (?1)", SQL_ARGS(args[2]), NULL, &told), E_IO);
	assert_null(strstr(told.message, "4930123456"));
	if (place_engine() == SQL_POSTGRES) {
		assert_int_equal(sql_run(sql, "INSERT INTO c (k, n) VALUES ('', CAST(?1 AS BIGINT))",
					 SQL_ARGS(SQL_TEXT(STR("4930123456x"))), NULL, &told),
				 E_INVALID);
		assert_null(strstr(told.message, "4930123456"));
	}
	sql_close(sql);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(whole_numbers_are_exact),
		TEST(null_is_not_empty),
		TEST(texts_and_blobs_are_exact),
		TEST(a_megabyte_fits),
		TEST(text_that_cannot_be_stored_is_refused),
		TEST(a_value_beyond_the_limit_is_refused),
		TEST(a_column_of_another_kind_is_told),
		TEST(expressions_are_whole_numbers),
		TEST(sum_beyond_64_bits_fails),
		TEST(statements_are_prepared_for_any_kind),
		TEST(a_statement_may_be_used_inside_itself),
		TEST(arguments_may_go_before_the_rows),
		TEST(a_query_may_end_early),
		TEST(changes_are_counted),
		TEST(returning_gives_rows),
		TEST(texts_are_ordered_bytewise),
		TEST(words_in_braces_are_known),
		TEST(parameters_in_quotes_are_text),
		TEST(many_parameters_are_bound),
		TEST(failures_have_their_status),
		TEST(messages_do_not_tell_values),
	};

	place_engine_from(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
