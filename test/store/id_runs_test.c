/* The sorted runs of ids in a day file, and the filter over them; embedded only. */
#include "place.h"

#include "base/arena.h"
#include "base/hash.h"
#include "base/random.h"
#include "store/id_filter.h"
#include "store/id_runs.h"
#include "store/records_schema.h"

#include <stdlib.h>

static struct sql *day_file(void **state)
{
	struct sql *sql = place_create(*state);

	must(migration_run(sql, &records_schema_embedded, &err));
	return sql;
}

struct found {
	struct id_entry list[64];
	size_t count;
};

static enum status note(void *context, const struct id_entry *entry, struct error *err)
{
	struct found *f = context;

	(void)err;
	assert_true(f->count < sizeof(f->list) / sizeof(f->list[0]));
	f->list[f->count++] = *entry;
	return OK;
}

static struct found find(struct sql *sql, uint64_t hash)
{
	struct found f = { .count = 0 };

	must(id_runs_find(sql, RECORD_DURATION, &hash, 1, note, &f, &err));
	return f;
}

static void add(struct sql *sql, struct id_entry *entries, size_t count)
{
	must(sql_begin(sql, &err));
	must(id_runs_add(sql, RECORD_DURATION, entries, count, &err));
	must(sql_commit(sql, &err));
}

static uint64_t hash_of(uint32_t n)
{
	return hash64_u64(n, 77);
}

/* Many commits of uneven sizes: everything is found, at its moment, and nothing else. */
static void all_is_found_through_all_merges(void **state)
{
	struct sql *sql = day_file(state);
	struct id_entry *entries = xalloc(9000 * sizeof(*entries));
	struct prng random;
	uint32_t n = 0;

	prng_init(&random, 5);
	for (int commit = 0; commit < 300; commit++) {
		size_t count = commit % 50 == 7 ? 9000 : 1 + (size_t)prng_below(&random, 60);

		for (size_t i = 0; i < count; i++, n++)
			entries[i] = (struct id_entry){ hash_of(n), n };
		add(sql, entries, count);
	}
	free(entries);
	for (uint32_t k = 0; k < n; k += 37) {
		struct found f = find(sql, hash_of(k));

		assert_int_equal(f.count, 1);
		assert_int_equal(f.list[0].offset_ms, k);
		assert_int_equal(find(sql, hash_of(k + n)).count, 0);
	}
	/* Merging keeps few runs: below eight of each size. */
	assert_in_range(number_of(sql, "SELECT COUNT(*) FROM id_run"), 1, 30);
	assert_in_range(number_of(sql, "SELECT MAX(c) FROM (SELECT COUNT(*) AS c FROM id_run GROUP BY size_class)"), 1,
			7);
	sql_close(sql);
}

static void several_hashes_in_one_search(void **state)
{
	struct sql *sql = day_file(state);
	struct id_entry *entries = xalloc(20000 * sizeof(*entries));
	uint64_t hashes[20];
	struct found f = { .count = 0 };

	for (uint32_t i = 0; i < 20000; i++)
		entries[i] = (struct id_entry){ (uint64_t)i << 40, i };
	add(sql, entries, 20000);
	free(entries);
	for (size_t i = 0; i < 20; i++)
		hashes[i] = ((uint64_t)i * 999 << 40) + i % 2; /* every other one is not there */
	must(id_runs_find(sql, RECORD_DURATION, hashes, 20, note, &f, &err));
	assert_int_equal(f.count, 10);
	for (size_t i = 0; i < 10; i++)
		assert_int_equal(f.list[i].offset_ms, 2 * i * 999);
	sql_close(sql);
}

/* Ids that share a hash, the extremes among them. */
static void equal_hashes_are_all_told(void **state)
{
	static const uint64_t hashes[] = { 0, 1, UINT64_C(1) << 63, UINT64_MAX };
	struct sql *sql = day_file(state);

	for (uint32_t round = 0; round < 20; round++) {
		struct id_entry entries[8];

		for (uint32_t i = 0; i < 8; i++)
			entries[i] = (struct id_entry){ hashes[i / 2], round * 2 + i % 2 };
		add(sql, entries, 8);
	}
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(find(sql, hashes[i]).count, 40);
	assert_int_equal(find(sql, 2).count, 0);
	sql_close(sql);
}

static void kinds_are_apart(void **state)
{
	struct sql *sql = day_file(state);
	struct id_entry entry = { 7, 1 };
	struct found f = { .count = 0 };

	add(sql, &entry, 1);
	must(id_runs_each(sql, RECORD_CALL, note, &f, &err));
	assert_int_equal(f.count, 0);
	must(id_runs_each(sql, RECORD_DURATION, note, &f, &err));
	assert_int_equal(f.count, 1);
	must(sql_begin(sql, &err));
	must(id_runs_add(sql, RECORD_CALL, &entry, 0, &err));
	sql_rollback(sql);
	sql_close(sql);
}

static void the_filter_forgets_nothing_and_seldom_errs(void **state)
{
	struct id_filter *filter = id_filter_new();
	uint64_t bytes = id_filter_bytes_with(filter, 1000000);
	unsigned wrong = 0;

	(void)state;
	assert_false(id_filter_has(filter, 1));
	for (uint32_t i = 0; i < 1000000; i++)
		id_filter_add(filter, hash_of(i));
	assert_int_equal(id_filter_bytes(filter), bytes);
	assert_int_equal(id_filter_bytes_with(filter, 0), bytes);
	for (uint32_t i = 0; i < 1000000; i++)
		assert_true(id_filter_has(filter, hash_of(i)));
	for (uint32_t i = 1000000; i < 2000000; i++)
		wrong += id_filter_has(filter, hash_of(i));
	assert_in_range(wrong, 0, 1000);
	id_filter_free(filter);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)
	const struct CMUnitTest tests[] = {
		TEST(all_is_found_through_all_merges),
		TEST(several_hashes_in_one_search),
		TEST(equal_hashes_are_all_told),
		TEST(kinds_are_apart),
		TEST(the_filter_forgets_nothing_and_seldom_errs),
	};

	place_engine_from(argc, argv);
	return cmocka_run_group_tests_name("id_runs", tests, NULL, NULL);
}
