/* What store/records.h promises, on both engines. */
#include "ledger.h"

#include "base/random.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define HOUR INT64_C(3600000)

/* --- accepted, duplicate, conflict ------------------------------------------------- */

static void what_is_new_is_accepted_and_read_back_whole(void **state)
{
	struct ledger *l = ledger_open(state);
	struct record *r = ledger_duration(l, "a", NOON, 59400);
	struct stored_record row;
	struct record given;

	r->correlation_id = STR("f81d4fae@sbc");
	r->direction = DIRECTION_INBOUND;
	r->caller = NUMBER_WITHHELD_WORD;
	r->answer_ms = NOON + 1;
	r->end_ms = NOON + 2;
	r->sip_code = 200;
	r->q850_cause = 16;
	r->released_by = RELEASED_BY_CALLEE;
	r->trunk = STR("trunk-1");
	r->sequence = 0;
	given = *r;
	ledger_append(l, 1);
	assert_int_equal(l->accepted, 1);
	assert_int_equal(l->changed_count, 1);
	assert_int_equal(l->changed[0], DAY_OF_NOON);
	must(records_find(l->records, &l->arena, 1, 0, RECORD_DURATION, STR("a"), 0, &row, &err));
	assert_memory_equal(record_digest(&row.record).b, record_digest(&given).b, DIGEST_SIZE);
	assert_memory_equal(row.digest.b, record_digest(&given).b, DIGEST_SIZE);
	assert_int_equal(row.received_ms, NOON);
	assert_int_equal(row.batch, 99);
	must_fail(E_NOT_FOUND, records_find(l->records, &l->arena, 2, 0, RECORD_DURATION, STR("a"), 0, &row, &err));
	must_fail(E_NOT_FOUND, records_find(l->records, &l->arena, 1, 0, RECORD_CALL, STR("a"), 0, &row, &err));
	must_fail(E_NOT_FOUND, records_find(l->records, &l->arena, 1, 0, RECORD_DURATION, STR("b"), 0, &row, &err));
	ledger_close(l);
}

static void absent_values_stay_absent(void **state)
{
	struct ledger *l = ledger_open(state);
	struct record *r = ledger_duration(l, "a", INSTANT_NONE, 0);
	struct stored_record row;

	r->end_ms = NOON + 5;
	ledger_append(l, 1);
	must(records_get(l->records, &l->arena, 1, RECORD_DURATION, NOON + 5, STR("a"), 0, &row, &err));
	assert_true(row.record.start_ms == INSTANT_NONE && row.record.answer_ms == INSTANT_NONE);
	assert_int_equal(row.record.duration_ms, 0);
	assert_int_equal(row.record.sip_code, CODE_NONE);
	assert_int_equal(row.record.sequence, -1);
	assert_true(str_is_none(row.record.trunk) && str_is_none(row.record.correlation_id));
	ledger_close(l);
}

static void the_same_again_changes_nothing(void **state)
{
	struct ledger *l = ledger_open(state);

	for (int round = 0; round < 3; round++) {
		ledger_duration(l, "a", NOON, 1000);
		ledger_duration(l, "b", NOON + HOUR, 2000);
		ledger_duration(l, "a", NOON, 1000);
		ledger_append(l, 1);
		assert_int_equal(l->accepted, round == 0 ? 2 : 0);
		assert_int_equal(l->duplicates, round == 0 ? 1 : 3);
		assert_int_equal(l->changed_count, round == 0 ? 1 : 0);
		if (round == 1)
			ledger_reopen(l);
	}
	assert_string_equal(ledger_list(l, 1, RECORD_DURATION), "a:1000/1 b:2000/1");
	ledger_check(l, 1);
	ledger_close(l);
}

static void other_content_is_a_conflict_and_the_first_stands(void **state)
{
	struct conflict_place start = { INT32_MIN, STR_NONE, { { 0 } } };
	struct ledger *l = ledger_open(state);
	struct conflict *conflicts;
	size_t count;
	bool more;

	ledger_duration(l, "a", NOON, 1000);
	ledger_append(l, 1);
	for (int round = 0; round < 2; round++) {
		ledger_duration(l, "a", NOON, 1001);
		ledger_duration(l, "a", NOON, 1002);
		ledger_append(l, 1);
		assert_int_equal(l->conflicts, 2);
		assert_int_equal(l->changed_count, 0);
	}
	assert_string_equal(ledger_list(l, 1, RECORD_DURATION), "a:1000/1");
	must(records_conflicts(l->records, &l->arena, 1, RECORD_DURATION, INT32_MIN, INT32_MAX, &start, 10, &conflicts,
			       &count, &more, &err));
	assert_int_equal(count, 2);
	assert_false(more);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(conflicts[i].day, DAY_OF_NOON);
		assert_non_null(strstr(conflicts[i].kept.p, "\"durationSeconds\":1}"));
		assert_non_null(strstr(conflicts[i].offered.p, "\"durationSeconds\":1.00"));
	}
	ledger_close(l);
}

static void conflicts_come_in_pages(void **state)
{
	struct conflict_place place = { INT32_MIN, STR_NONE, { { 0 } } };
	struct ledger *l = ledger_open(state);
	struct conflict *conflicts;
	size_t count, total = 0;
	bool more = true;
	char id[8];

	for (int i = 0; i < 5; i++)
		for (int version = 0; version < 3; version++) {
			snprintf(id, sizeof(id), "r%d", i);
			ledger_duration(l, id, NOON + (i % 2) * 24 * HOUR, 1000 + version);
		}
	ledger_append(l, 1);
	assert_int_equal(l->conflicts, 10);
	while (more) {
		must(records_conflicts(l->records, &l->arena, 1, RECORD_DURATION, INT32_MIN, INT32_MAX, &place, 3,
				       &conflicts, &count, &more, &err));
		total += count;
		place = (struct conflict_place){ conflicts[count - 1].day, conflicts[count - 1].id,
						 conflicts[count - 1].digest };
	}
	assert_int_equal(total, 10);
	must(records_conflicts(l->records, &l->arena, 1, RECORD_DURATION, DAY_OF_NOON + 1, DAY_OF_NOON + 1,
			       &(struct conflict_place){ INT32_MIN, STR_NONE, { { 0 } } }, 10, &conflicts, &count,
			       &more, &err));
	assert_int_equal(count, 4);
	ledger_close(l);
}

static void an_id_is_recognised_in_another_day(void **state)
{
	struct ledger *l = ledger_open(state);

	ledger_duration(l, "a", NOON, 1000);
	ledger_append(l, 1);
	ledger_reopen(l);
	ledger_duration(l, "a", NOON + 40 * 24 * HOUR, 1000);
	ledger_duration(l, "a", NOON + 1, 1000);
	ledger_append(l, 1);
	assert_int_equal(l->conflicts, 2);
	assert_string_equal(ledger_list(l, 1, RECORD_DURATION), "a:1000/1");
	ledger_check(l, 1);
	ledger_close(l);
}

static void each_operator_has_its_own_ids(void **state)
{
	struct ledger *l = ledger_open(state);

	for (int64_t key = 1; key <= 2; key++) {
		ledger_duration(l, "a", NOON, 1000 * key);
		ledger_append(l, key);
		assert_int_equal(l->accepted, 1);
		ledger_call(l, "a", 1, NOON, 1000 * key);
		ledger_append(l, key);
		assert_int_equal(l->accepted, 1);
	}
	assert_string_equal(ledger_list(l, 1, RECORD_DURATION), "a:1000/1");
	assert_string_equal(ledger_list(l, 2, RECORD_CALL), "a:2000/1");
	ledger_duration(l, "x", NOON, 1);
	must_fail(E_NOT_FOUND, ledger_try_append(l, 3, &err));
	ledger_close(l);
}

static void shuffle(struct ledger *l, struct prng *random)
{
	for (size_t i = l->count; i > 1; i--) {
		size_t j = (size_t)prng_below(random, i);
		struct append_item swap = l->items[i - 1];

		l->items[i - 1] = l->items[j];
		l->items[j] = swap;
	}
}

/* The chunk at hand in pieces of random size. */
static void append_in_pieces(struct ledger *l, int64_t operator_key, struct prng *random)
{
	struct append_item *items = l->items;
	size_t all = l->count;

	for (size_t sent = 0; sent < all;) {
		size_t n = 1 + (size_t)prng_below(random, 500);

		l->items = items + sent;
		l->count = n < all - sent ? n : all - sent;
		sent += l->count;
		ledger_append(l, operator_key);
		assert_int_equal(l->conflicts, 0);
	}
	l->items = items;
}

static void the_order_of_arrival_does_not_matter(void **state)
{
	struct ledger *l = ledger_open(state);
	struct prng random;
	char id[16];

	prng_init(&random, 42);
	for (int64_t key = 1; key <= 2; key++) {
		for (int i = 0; i < 3000; i++) {
			snprintf(id, sizeof(id), "c%d", i / 3);
			ledger_call(l, id, 1 + i % 3, NOON + (i / 3) * 97 * 1000 + (i % 3) * 20 * HOUR, i);
		}
		shuffle(l, &random);
		append_in_pieces(l, key, &random);
		assert_int_equal(ledger_check(l, key).calls, 1000);
	}
	assert_string_equal(ledger_list(l, 1, RECORD_CALL), ledger_list(l, 2, RECORD_CALL));
	ledger_close(l);
}

/* --- versions ------------------------------------------------------------------------- */

static void a_higher_version_replaces_and_a_lower_one_does_not(void **state)
{
	struct ledger *l = ledger_open(state);
	int64_t head = 0;

	ledger_call(l, "a", 2, NOON, 1000);
	ledger_call(l, "b", 1, NOON + 1, 1000);
	ledger_append(l, 1);
	assert_string_equal(ledger_feed(l, 1, 0, 10, &head), "a:1000/2 b:1000/1");
	ledger_call(l, "a", 1, NOON, 500);
	ledger_append(l, 1);
	assert_int_equal(l->duplicates, 1);
	ledger_call(l, "a", 2, NOON, 700);
	ledger_append(l, 1);
	assert_int_equal(l->conflicts, 1);
	assert_string_equal(ledger_feed(l, 1, head, 10, &head), "");
	ledger_call(l, "a", 3, NOON, 3000);
	ledger_append(l, 1);
	assert_int_equal(l->accepted, 1);
	assert_int_equal(l->changed_count, 1);
	assert_string_equal(ledger_list(l, 1, RECORD_CALL), "a:3000/3 b:1000/1");
	assert_string_equal(ledger_feed(l, 1, head, 10, &head), "a:3000/3");
	assert_string_equal(ledger_feed(l, 1, 0, 10, &head), "b:1000/1 a:3000/3");
	ledger_check(l, 1);
	ledger_close(l);
}

static void a_version_moves_to_the_day_of_its_invite(void **state)
{
	struct ledger *l = ledger_open(state);
	struct stored_record row;
	int64_t head = 0;

	ledger_call(l, "a", 1, NOON, 1000)->media_streams = STR("[{\"streamId\":\"1\"}]");
	ledger_append(l, 1);
	ledger_call(l, "a", 2, NOON + 24 * HOUR, 2000);
	ledger_append(l, 1);
	assert_int_equal(l->changed_count, 2);
	assert_string_equal(ledger_list(l, 1, RECORD_CALL), "a:2000/2");
	must(records_find(l->records, &l->arena, 1, 0, RECORD_CALL, STR("a"), RECORDS_WITH_MEDIA, &row, &err));
	assert_int_equal(row.filed_ms, NOON + 24 * HOUR);
	assert_true(str_is_none(row.record.media_streams));
	/* back again, and once more: no note of the way may delete what stands */
	ledger_call(l, "a", 3, NOON, 3000);
	ledger_append(l, 1);
	ledger_call(l, "a", 4, NOON + 1, 4000);
	ledger_append(l, 1);
	ledger_reopen(l);
	assert_string_equal(ledger_list(l, 1, RECORD_CALL), "a:4000/4");
	assert_string_equal(ledger_feed(l, 1, 0, 10, &head), "a:4000/4");
	ledger_check(l, 1);
	ledger_close(l);
}

static void versions_within_one_chunk(void **state)
{
	struct ledger *l = ledger_open(state);
	int64_t head = 0;

	ledger_call(l, "a", 1, NOON, 1000);
	ledger_call(l, "a", 3, NOON + 24 * HOUR, 3000);
	ledger_call(l, "a", 2, NOON, 2000);
	ledger_call(l, "a", 3, NOON + 24 * HOUR, 3001);
	ledger_append(l, 1);
	assert_int_equal(l->accepted, 2);
	assert_int_equal(l->duplicates, 1);
	assert_int_equal(l->conflicts, 1);
	assert_string_equal(ledger_feed(l, 1, 0, 10, &head), "a:3000/3");
	assert_int_equal(ledger_check(l, 1).conflicts, 1);
	ledger_close(l);
}

/* --- the feed ---------------------------------------------------------------------------- */

static void the_feed_survives_restarts_and_dropped_days(void **state)
{
	struct ledger *l = ledger_open(state);
	int64_t head = 0, before;

	ledger_call(l, "new", 1, NOON + 24 * HOUR, 1);
	ledger_append(l, 1);
	ledger_call(l, "old", 1, NOON, 2); /* late: the highest position is in the older day */
	ledger_append(l, 1);
	must(records_head(l->records, 1, &before, &err));
	must(records_drop_day(l->records, 1, DAY_OF_NOON, &err));
	ledger_reopen(l);
	must(records_head(l->records, 1, &head, &err));
	assert_int_equal(head, before);
	ledger_call(l, "later", 1, NOON, 3);
	ledger_append(l, 1);
	assert_string_equal(ledger_feed(l, 1, before, 10, &head), "later:3/1");
	assert_string_equal(ledger_feed(l, 1, 0, 1, &head), "new:1/1 later:3/1");
	ledger_close(l);
}

static void pages_of_the_feed_cover_all_days_in_order(void **state)
{
	struct ledger *l = ledger_open(state);
	int64_t head = 0;
	char id[16];

	for (int i = 0; i < 40; i++) {
		snprintf(id, sizeof(id), "c%d", i);
		ledger_call(l, id, 1, NOON + (i * 7 % 11) * 24 * HOUR, i);
		if (i % 4 == 3)
			ledger_append(l, 1);
	}
	{
		const char *whole = ledger_feed(l, 1, 0, 1000, &head);

		assert_int_equal(head, 40);
		for (size_t limit = 1; limit < 15; limit += 3)
			assert_string_equal(ledger_feed(l, 1, 0, limit, &head), whole);
		ledger_reopen(l);
		assert_string_equal(ledger_feed(l, 1, 0, 3, &head), whole);
	}
	ledger_close(l);
}

struct feeder {
	struct ledger *l;
	int number;
};

#define FEEDERS 4
#define FEEDER_ROUNDS 60

/* Appends records of its own and new versions of them. */
static void *feed_in(void *context)
{
	struct feeder *f = context;
	struct append_item items[3];
	int32_t changed[6];
	struct arena arena;

	arena_init(&arena);
	for (int i = 0; i < FEEDER_ROUNDS; i++) {
		struct append append = { .operator_key = 1,
					 .kind = RECORD_CALL,
					 .items = items,
					 .count = 3,
					 .batch = 1,
					 .changed_days = changed };

		for (int k = 0; k < 3; k++) {
			struct record *r = &items[k].record;

			items[k] = (struct append_item){ .tenant_key = 1 };
			record_clear(r, RECORD_CALL);
			r->id = arena_printf(&arena, "f%d-%d", f->number, k == 2 ? i : i * 3 + k + 1000);
			r->version = k == 2 ? 1 + i : 1;
			r->direction = DIRECTION_INBOUND;
			r->caller = r->callee = number_make(NUMBER_E164, 4930123456, 10, 0);
			r->start_ms = r->end_ms = NOON + k * 24 * HOUR + i * 1000;
			items[k].digest = record_digest(r);
		}
		must(records_append(f->l->records, &append, &err));
	}
	arena_release(&arena);
	return NULL;
}

/* A reader that goes on from its last position sees each record, whatever is appended meanwhile. */
static void readers_of_the_feed_miss_nothing_while_writers_append(void **state)
{
	struct ledger *l = ledger_open(state);
	struct feeder feeders[FEEDERS];
	pthread_t threads[FEEDERS];
	int64_t after = 0, head;
	size_t seen = 0, expected = FEEDERS * FEEDER_ROUNDS * 3;
	struct arena arena;

	for (int i = 0; i < FEEDERS; i++) {
		feeders[i] = (struct feeder){ l, i };
		assert_int_equal(pthread_create(&threads[i], NULL, feed_in, &feeders[i]), 0);
	}
	arena_init(&arena);
	while (seen < expected) {
		struct records_page page;

		arena_clear(&arena);
		must(records_feed(l->records, &arena, 1, after, 7, 0, &page, &head, &err));
		for (size_t i = 0; i < page.count; i++) {
			/* Each id has one version here, so positions are dense and each comes once. */
			assert_int_equal(page.rows[i].position, after + 1);
			after = page.rows[i].position;
			seen++;
		}
	}
	arena_release(&arena);
	for (int i = 0; i < FEEDERS; i++)
		pthread_join(threads[i], NULL);
	must(records_head(l->records, 1, &head, &err));
	assert_int_equal(head, expected);
	assert_int_equal(ledger_check(l, 1).calls, expected);
	ledger_close(l);
}

/* --- two at once ------------------------------------------------------------------------- */

struct uploader {
	struct ledger *l;
	int64_t accepted, duplicates;
};

static void *upload(void *context)
{
	struct uploader *u = context;
	struct append_item *items = xalloc(500 * sizeof(*items));
	int32_t *changed = xalloc(1000 * sizeof(*changed));
	struct arena arena;

	arena_init(&arena);
	for (int chunk = 0; chunk < 8; chunk++) {
		struct append append = { .operator_key = 1,
					 .kind = RECORD_DURATION,
					 .items = items,
					 .count = 500,
					 .batch = 1,
					 .changed_days = changed };

		for (int i = 0; i < 500; i++) {
			struct record *r = &items[i].record;

			items[i] = (struct append_item){ .outcome = APPEND_CONFLICT };
			record_clear(r, RECORD_DURATION);
			r->id = arena_printf(&arena, "r%d", chunk * 500 + i);
			r->caller = r->callee = number_make(NUMBER_E164, 4930123456, 10, 0);
			r->start_ms = NOON + (chunk * 500 + i) * 20000;
			r->duration_ms = i;
			items[i].digest = record_digest(r);
		}
		must(records_append(u->l->records, &append, &err));
		for (int i = 0; i < 500; i++) {
			u->accepted += items[i].outcome == APPEND_ACCEPTED;
			u->duplicates += items[i].outcome == APPEND_DUPLICATE;
		}
	}
	arena_release(&arena);
	free(changed);
	free(items);
	return NULL;
}

static void two_uploaders_of_the_same_ids(void **state)
{
	struct ledger *l = ledger_open(state);
	struct uploader u[2] = { { l, 0, 0 }, { l, 0, 0 } };
	pthread_t threads[2];

	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, upload, &u[i]), 0);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(u[0].accepted + u[1].accepted, 4000);
	assert_int_equal(u[0].duplicates + u[1].duplicates, 4000);
	assert_int_equal(ledger_check(l, 1).durations, 4000);
	ledger_close(l);
}

/* --- reading --------------------------------------------------------------------------------- */

static void ranges_and_directions(void **state)
{
	struct ledger *l = ledger_open(state);
	struct records_query q = { .operator_key = 1, .kind = RECORD_DURATION, .limit = 10, .after = RECORDS_START };
	struct records_page page;
	char id[8];

	for (int i = 0; i < 6; i++) {
		snprintf(id, sizeof(id), "%d", i);
		ledger_duration(l, id, NOON + i * 8 * HOUR, i);
	}
	ledger_append(l, 1);
	q.from_ms = NOON + 8 * HOUR;
	q.to_ms = NOON + 32 * HOUR;
	must(records_read(l->records, &l->arena, &q, &page, &err));
	assert_int_equal(page.count, 3);
	assert_string_equal(page.rows[0].record.id.p, "1");
	assert_false(page.more);
	q.flags = RECORDS_DESCENDING;
	q.limit = 2;
	must(records_read(l->records, &l->arena, &q, &page, &err));
	assert_int_equal(page.count, 2);
	assert_true(page.more);
	assert_string_equal(page.rows[0].record.id.p, "3");
	q.after = (struct records_place){ page.rows[1].filed_ms, page.rows[1].record.id, 0 };
	must(records_read(l->records, &l->arena, &q, &page, &err));
	assert_int_equal(page.count, 1);
	assert_false(page.more);
	assert_string_equal(page.rows[0].record.id.p, "1");
	q = (struct records_query){ .operator_key = 1,
				    .kind = RECORD_DURATION,
				    .limit = 10,
				    .after = RECORDS_START,
				    .from_ms = INT64_MIN,
				    .to_ms = INT64_MAX,
				    .batch = 98 };
	must(records_read(l->records, &l->arena, &q, &page, &err));
	assert_int_equal(page.count, 0);
	q.batch = 99;
	must(records_read(l->records, &l->arena, &q, &page, &err));
	assert_int_equal(page.count, 6);
	ledger_close(l);
}

static void equal_moments_are_ordered_by_id(void **state)
{
	struct ledger *l = ledger_open(state);

	ledger_duration(l, "b", NOON, 2);
	ledger_duration(l, "a", NOON, 1);
	ledger_duration(l, "B", NOON, 3);
	ledger_duration(l, "\xc3\xa4", NOON, 4);
	ledger_append(l, 1);
	assert_string_equal(ledger_list(l, 1, RECORD_DURATION), "B:3/1 a:1/1 b:2/1 \xc3\xa4:4/1");
	ledger_close(l);
}

static void a_tenant_reads_over_all_operators(void **state)
{
	struct ledger *l = ledger_open(state);
	struct records_query q = { .limit = 4, .after = RECORDS_START, .from_ms = NOON, .to_ms = NOON + 100 * HOUR };
	struct records_page page = { .more = true };
	size_t total = 0;
	char id[8];

	for (int64_t key = 1; key <= 2; key++) {
		for (int i = 0; i < 9; i++) {
			snprintf(id, sizeof(id), "%d", i);
			ledger_call(l, id, 1, NOON + (i / 2) * 9 * HOUR, i);
			l->items[l->count - 1].tenant_key = i == 8 ? 6 : 7;
		}
		ledger_append(l, key);
	}
	for (int down = 0; down < 2; down++, page.more = true, q.after = RECORDS_START, total = 0) {
		struct stored_record last = { .filed_ms = down ? INT64_MAX : INT64_MIN };

		q.flags = down ? RECORDS_DESCENDING : 0;
		while (page.more) {
			must(records_read_tenant(l->records, &l->arena, 7, &q, &page, &err));
			assert_true(page.count > 0);
			for (size_t i = 0; i < page.count; i++, total++) {
				struct stored_record row = page.rows[i];
				bool ahead = row.filed_ms > last.filed_ms ||
					     (row.filed_ms == last.filed_ms &&
					      (row.operator_key > last.operator_key ||
					       (row.operator_key == last.operator_key &&
						str_compare(row.record.id, last.record.id) > 0)));

				assert_int_equal(row.tenant_key, 7);
				assert_true(ahead != (down != 0) || total == 0);
				last = row;
			}
			q.after = (struct records_place){ last.filed_ms, last.record.id, last.operator_key };
		}
		assert_int_equal(total, 16);
	}
	{
		struct stored_record row;

		must(records_find(l->records, &l->arena, 0, 6, RECORD_CALL, STR("8"), 0, &row, &err));
		must_fail(E_NOT_FOUND, records_find(l->records, &l->arena, 0, 6, RECORD_CALL, STR("1"), 0, &row, &err));
	}
	ledger_close(l);
}

static void media_streams_stand_beside(void **state)
{
	struct ledger *l = ledger_open(state);
	struct records_page page;
	struct stored_record row;
	int64_t head;

	ledger_call(l, "a", 1, NOON, 1)->media_streams = STR("[{\"streamId\":\"1\"}]");
	ledger_call(l, "b", 1, NOON, 1);
	ledger_append(l, 1);
	must(records_find(l->records, &l->arena, 1, 0, RECORD_CALL, STR("a"), RECORDS_WITH_MEDIA, &row, &err));
	assert_string_equal(row.record.media_streams.p, "[{\"streamId\":\"1\"}]");
	must(records_find(l->records, &l->arena, 1, 0, RECORD_CALL, STR("a"), 0, &row, &err));
	assert_true(str_is_none(row.record.media_streams));
	must(records_feed(l->records, &l->arena, 1, 0, 10, RECORDS_WITH_MEDIA, &page, &head, &err));
	assert_string_equal(page.rows[0].record.media_streams.p, "[{\"streamId\":\"1\"}]");
	assert_true(str_is_none(page.rows[1].record.media_streams));
	ledger_close(l);
}

/* --- outcomes ---------------------------------------------------------------------------------- */

static void add_outcome(struct outcome_writer *w, int64_t row, int class, const char *call, const char *duration)
{
	struct outcome o = {
		.row = row,
		.class = class,
		.call_filed_ms = call ? NOON + row : INSTANT_NONE,
		.call_id = str_from(call),
		.duration_filed_ms = duration ? NOON + row : INSTANT_NONE,
		.duration_id = str_from(duration),
		.operator_ms = duration ? 500 : DURATION_NONE,
		.difference_ms = -row,
		.causes = STR("rounding"),
	};

	must(outcome_writer_add(w, &o, &err));
}

static void outcomes_are_replaced_as_a_whole(void **state)
{
	struct ledger *l = ledger_open(state);
	struct outcome_writer *w = NULL;
	struct outcome *outcomes;
	size_t count;
	bool more;

	for (int round = 0; round < 2; round++) {
		must(outcome_writer_begin(&w, l->records, 1, DAY_OF_NOON, &err));
		add_outcome(w, 0, 0, "a", "x");
		add_outcome(w, 1, 0, "a2", "y");
		add_outcome(w, 2, 2, "c", NULL);
		add_outcome(w, 3, 3, NULL, "z");
		must(outcome_writer_commit(w, &err));
	}
	must(outcome_writer_begin(&w, l->records, 1, DAY_OF_NOON, &err));
	add_outcome(w, 0, 1, "lost", "lost");
	outcome_writer_abort(w);
	must(records_outcomes(l->records, &l->arena, 1, DAY_OF_NOON, -1, 0, 3, &outcomes, &count, &more, &err));
	assert_int_equal(count, 3);
	assert_true(more);
	assert_string_equal(outcomes[2].call_id.p, "c");
	assert_true(str_is_none(outcomes[2].duration_id) && outcomes[2].duration_filed_ms == INSTANT_NONE);
	assert_int_equal(outcomes[2].operator_ms, DURATION_NONE);
	must(records_outcomes(l->records, &l->arena, 1, DAY_OF_NOON, -1, 1u << 2 | 1u << 3, 10, &outcomes, &count,
			      &more, &err));
	assert_int_equal(count, 2);
	assert_false(more);
	assert_int_equal(outcomes[0].class, 2);
	assert_int_equal(outcomes[0].difference_ms, -2);
	must(records_outcomes_of_call(l->records, &l->arena, 1, NOON, STR("a"), &outcomes, &count, &err));
	assert_int_equal(count, 1);
	assert_string_equal(outcomes[0].duration_id.p, "x");
	must(records_outcomes_of_call(l->records, &l->arena, 1, NOON, STR("z"), &outcomes, &count, &err));
	assert_int_equal(count, 0);
	must(records_outcomes(l->records, &l->arena, 2, DAY_OF_NOON, -1, 0, 3, &outcomes, &count, &more, &err));
	assert_int_equal(count, 0);
	ledger_close(l);
}

/* --- retention ----------------------------------------------------------------------------------- */

static enum sweep_verdict by_first_letter(void *context, const struct stored_record *row)
{
	(void)context;
	return row->record.id.p[0] == 'x' ? SWEEP_DELETE : row->record.id.p[0] == 'm' ? SWEEP_MEDIA : SWEEP_KEEP;
}

/* Whether any file under the directory holds the bytes. */
static bool on_disk(const struct ledger *l, const char *canary)
{
	char command[256];

	snprintf(command, sizeof(command), "grep -rqa %s %s", canary, l->directory);
	return system(command) == 0;
}

static void what_is_swept_is_gone_from_the_files(void **state)
{
	struct ledger *l = ledger_open(state);
	struct sweep_counts counts;
	struct outcome_writer *w = NULL;
	struct stored_record row;
	char id[32];

	for (int i = 0; i < 3000; i++) {
		snprintf(id, sizeof(id), "%c%d", i % 3 == 0 ? 'x' : i % 3 == 1 ? 'm' : 'k', i);
		ledger_call(l, id, 1, NOON + i, i)->trunk = i % 3 ? STR("trunk-kept") : STR("canary-of-trunk");
		l->items[l->count - 1].record.media_streams = STR("[{\"streamId\":\"canary-of-media\"}]");
	}
	ledger_append(l, 1);
	ledger_call(l, "x0", 1, NOON, 1)->trunk = STR("canary-of-conflict");
	ledger_append(l, 1);
	must(outcome_writer_begin(&w, l->records, 1, DAY_OF_NOON, &err));
	add_outcome(w, 0, 0, "x0", NULL);
	add_outcome(w, 1, 0, "m1", NULL);
	must(outcome_writer_commit(w, &err));
	must(records_sweep(l->records, 1, DAY_OF_NOON, RECORD_CALL, by_first_letter, NULL, &counts, &err));
	assert_int_equal(counts.records, 1000);
	assert_int_equal(counts.media, 2000);
	assert_int_equal(counts.conflicts, 1);
	assert_int_equal(counts.outcomes, 1);
	assert_int_equal(ledger_check(l, 1).calls, 2000);
	if (l->place->engine == SQL_SQLITE) {
		assert_false(on_disk(l, "canary-of-trunk"));
		assert_false(on_disk(l, "canary-of-conflict"));
		assert_true(on_disk(l, "trunk-kept"));
	}
	must_fail(E_NOT_FOUND, records_find(l->records, &l->arena, 1, 0, RECORD_CALL, STR("x0"), 0, &row, &err));
	must(records_find(l->records, &l->arena, 1, 0, RECORD_CALL, STR("m1"), RECORDS_WITH_MEDIA, &row, &err));
	assert_true(str_is_none(row.record.media_streams));
	must(records_find(l->records, &l->arena, 1, 0, RECORD_CALL, STR("k2"), RECORDS_WITH_MEDIA, &row, &err));
	assert_false(str_is_none(row.record.media_streams));
	/* what went may come again, and is new then */
	ledger_call(l, "x0", 1, NOON, 0);
	ledger_append(l, 1);
	assert_int_equal(l->accepted, 1);
	ledger_close(l);
}

/* Both sides may give a call the same id and moment. */
static void a_swept_duration_leaves_the_call_of_its_name_alone(void **state)
{
	struct ledger *l = ledger_open(state);
	struct sweep_counts counts;
	struct stored_record row;

	ledger_call(l, "x", 1, NOON, 1000)->media_streams = STR("[{\"streamId\":\"s\"}]");
	ledger_append(l, 1);
	ledger_duration(l, "x", NOON, 1000);
	ledger_append(l, 1);
	must(records_sweep(l->records, 1, DAY_OF_NOON, RECORD_DURATION, by_first_letter, NULL, &counts, &err));
	assert_int_equal(counts.records, 1);
	assert_int_equal(counts.media, 0);
	must(records_find(l->records, &l->arena, 1, 0, RECORD_CALL, STR("x"), RECORDS_WITH_MEDIA, &row, &err));
	assert_string_equal(arena_cstr(&l->arena, row.record.media_streams), "[{\"streamId\":\"s\"}]");
	ledger_close(l);
}

static void conflicts_lose_the_media_streams_that_they_quote(void **state)
{
	struct conflict_place start = { INT32_MIN, STR_NONE, { { 0 } } };
	struct ledger *l = ledger_open(state);
	struct sweep_counts counts;
	struct conflict *conflicts;
	size_t count;
	bool more;

	for (int i = 0; i < 250; i++) {
		struct record *r = ledger_call(l, "m", 1, NOON, i);

		r->media_streams = STR("[{\"streamId\":\"canary-of-media\"}]");
		r->correlation_id = STR("\"mediaStreams\":[");
	}
	ledger_call(l, "k", 1, NOON, 1)->media_streams = STR("[{\"streamId\":\"kept\"}]");
	ledger_call(l, "k", 1, NOON, 2);
	ledger_append(l, 1);
	assert_int_equal(l->conflicts, 250);
	for (int round = 0; round < 2; round++) {
		must(records_sweep(l->records, 1, DAY_OF_NOON, RECORD_CALL, by_first_letter, NULL, &counts, &err));
		assert_int_equal(counts.media, round ? 0 : 250);
	}
	must(records_conflicts(l->records, &l->arena, 1, RECORD_CALL, INT32_MIN, INT32_MAX, &start, 300, &conflicts,
			       &count, &more, &err));
	assert_int_equal(count, 250);
	assert_non_null(strstr(conflicts[0].kept.p, "\"streamId\":\"kept\""));
	for (size_t i = 1; i < count; i++) {
		assert_null(strstr(conflicts[i].kept.p, "canary"));
		assert_null(strstr(conflicts[i].offered.p, "canary"));
		assert_non_null(strstr(conflicts[i].offered.p, "\"durationSeconds\":0."));
		assert_non_null(strstr(conflicts[i].offered.p, "\"correlationId\""));
	}
	if (l->place->engine == SQL_SQLITE)
		assert_false(on_disk(l, "canary-of-media"));
	ledger_close(l);
}

static void a_dropped_day_leaves_the_others(void **state)
{
	struct ledger *l = ledger_open(state);
	int32_t *days;
	size_t count;

	for (int64_t key = 1; key <= 2; key++) {
		ledger_duration(l, "a", NOON, 1);
		ledger_duration(l, "b", NOON + 24 * HOUR, 2);
		ledger_append(l, key);
	}
	must(records_drop_day(l->records, 1, DAY_OF_NOON, &err));
	must(records_drop_day(l->records, 1, DAY_OF_NOON - 5, &err));
	assert_string_equal(ledger_list(l, 1, RECORD_DURATION), "b:2/1");
	assert_string_equal(ledger_list(l, 2, RECORD_DURATION), "a:1/1 b:2/1");
	must(records_days(l->records, &l->arena, 1, &days, &count, &err));
	assert_int_equal(count, 1);
	assert_int_equal(days[0], DAY_OF_NOON + 1);
	must(records_drop_day(l->records, 2, DAY_OF_NOON, &err));
	must(records_drop_day(l->records, 1, DAY_OF_NOON + 1, &err));
	assert_string_equal(ledger_list(l, 1, RECORD_DURATION), "");
	ledger_duration(l, "a", NOON, 9);
	ledger_append(l, 1);
	assert_int_equal(l->accepted, 1);
	assert_string_equal(ledger_list(l, 1, RECORD_DURATION), "a:9/1");
	ledger_close(l);
}

/* --- faults ------------------------------------------------------------------------------------------ */

static void a_full_disk_acknowledges_nothing_and_passes(void **state)
{
	struct ledger *l = ledger_open(state);
	int64_t head = 0;

	ledger_call(l, "a", 1, NOON, 1);
	ledger_append(l, 1);
	records_fail_commit(l->records, 1, E_FULL);
	ledger_call(l, "b", 1, NOON, 2);
	must_fail(E_FULL, ledger_try_append(l, 1, &err));
	assert_string_equal(ledger_feed(l, 1, 0, 10, &head), "a:1/1");
	ledger_call(l, "b", 1, NOON, 2);
	ledger_append(l, 1);
	assert_int_equal(l->accepted, 1);
	assert_string_equal(ledger_feed(l, 1, 0, 10, &head), "a:1/1 b:2/1");
	assert_false(records_are_halted(l->records));
	ledger_check(l, 1);
	ledger_close(l);
}

/* The second day's commit fails: the first day's records stand, unacknowledged. */
static void a_chunk_that_fails_half_way_can_be_sent_again(void **state)
{
	struct ledger *l = ledger_open(state);
	int64_t head = 0;

	for (int round = 0; round < 2; round++) {
		ledger_call(l, "a", 1, NOON, 1);
		ledger_call(l, "b", 1, NOON + 24 * HOUR, 2);
		if (round == 0) {
			records_fail_commit(l->records, l->place->engine == SQL_SQLITE ? 2 : 3, E_FULL);
			must_fail(E_FULL, ledger_try_append(l, 1, &err));
		} else {
			ledger_append(l, 1);
			assert_int_equal(l->accepted + l->duplicates, 2);
		}
	}
	assert_string_equal(ledger_feed(l, 1, 0, 10, &head), "a:1/1 b:2/1");
	ledger_check(l, 1);
	ledger_close(l);
}

/* PostgreSQL answers for its own disk, and is tried again. */
static void after_a_failed_fsync_nothing_is_written_until_a_restart(void **state)
{
	struct ledger *l = ledger_open(state);
	bool halts = l->place->engine == SQL_SQLITE;
	int64_t head = 0;

	ledger_call(l, "a", 1, NOON, 1);
	ledger_append(l, 1);
	records_fail_commit(l->records, 1, E_IO);
	ledger_call(l, "b", 1, NOON, 2);
	must_fail(E_IO, ledger_try_append(l, 1, &err));
	assert_int_equal(records_are_halted(l->records), halts);
	assert_string_equal(ledger_feed(l, 1, 0, 10, &head), "a:1/1");
	ledger_call(l, "b", 1, NOON, 2);
	if (halts) {
		must_fail(E_IO, ledger_try_append(l, 1, &err));
		ledger_reopen(l);
		ledger_call(l, "b", 1, NOON, 2);
	}
	ledger_append(l, 1);
	assert_string_equal(ledger_feed(l, 1, 0, 10, &head), "a:1/1 b:2/1");
	ledger_close(l);
}

/* --- many ids -------------------------------------------------------------------------------------------- */

static void append_many(struct ledger *l, int first, int count, int64_t shift_ms)
{
	char id[16];

	for (int i = first; i < first + count; i++) {
		snprintf(id, sizeof(id), "n%d", i);
		ledger_duration(l, id, NOON + (i % 5) * 24 * HOUR + i + shift_ms, i);
	}
	ledger_append(l, 1);
}

static void ids_are_found_among_many_commits(void **state)
{
	struct ledger *l = ledger_open(state);

	for (int i = 0; i < 100; i++)
		append_many(l, i * 150, 150, 0);
	ledger_reopen(l);
	for (int i = 0; i < 100; i += 9) {
		append_many(l, i * 150, 150, 0);
		assert_int_equal(l->duplicates, 150);
		append_many(l, i * 150, 150, 24 * HOUR);
		assert_int_equal(l->conflicts, 150);
	}
	append_many(l, 100000, 1000, 0);
	assert_int_equal(l->accepted, 1000);
	assert_int_equal(ledger_check(l, 1).durations, 16000);
	ledger_close(l);
}

/* With no memory for the filter an id is recognised in its own day all the same. */
static void without_memory_ids_are_recognised_in_their_own_day(void **state)
{
	struct ledger *l = ledger_open(state);

	l->filter_bytes_max = 1;
	ledger_reopen(l);
	for (int i = 0; i < 20; i++)
		append_many(l, i * 100, 100, 0);
	for (int round = 0; round < 2; round++) {
		append_many(l, 300, 500, 0);
		assert_int_equal(l->duplicates, 500);
		append_many(l, 300, 500, 60000);
		assert_int_equal(l->conflicts, 500);
		ledger_reopen(l);
	}
	assert_int_equal(ledger_check(l, 1).durations, 2000);
	ledger_close(l);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)
	const struct CMUnitTest tests[] = {
		TEST(what_is_new_is_accepted_and_read_back_whole),
		TEST(absent_values_stay_absent),
		TEST(the_same_again_changes_nothing),
		TEST(other_content_is_a_conflict_and_the_first_stands),
		TEST(conflicts_come_in_pages),
		TEST(an_id_is_recognised_in_another_day),
		TEST(each_operator_has_its_own_ids),
		TEST(the_order_of_arrival_does_not_matter),
		TEST(a_higher_version_replaces_and_a_lower_one_does_not),
		TEST(a_version_moves_to_the_day_of_its_invite),
		TEST(versions_within_one_chunk),
		TEST(the_feed_survives_restarts_and_dropped_days),
		TEST(pages_of_the_feed_cover_all_days_in_order),
		TEST(readers_of_the_feed_miss_nothing_while_writers_append),
		TEST(two_uploaders_of_the_same_ids),
		TEST(ranges_and_directions),
		TEST(equal_moments_are_ordered_by_id),
		TEST(a_tenant_reads_over_all_operators),
		TEST(media_streams_stand_beside),
		TEST(outcomes_are_replaced_as_a_whole),
		TEST(what_is_swept_is_gone_from_the_files),
		TEST(a_swept_duration_leaves_the_call_of_its_name_alone),
		TEST(conflicts_lose_the_media_streams_that_they_quote),
		TEST(a_dropped_day_leaves_the_others),
		TEST(a_full_disk_acknowledges_nothing_and_passes),
		TEST(a_chunk_that_fails_half_way_can_be_sent_again),
		TEST(after_a_failed_fsync_nothing_is_written_until_a_restart),
		TEST(ids_are_found_among_many_commits),
		TEST(without_memory_ids_are_recognised_in_their_own_day),
	};

	place_engine_from(argc, argv);
	return cmocka_run_group_tests_name("records", tests, NULL, NULL);
}
