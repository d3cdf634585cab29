/* What exchange/accept_records.h promises when things go wrong; the rest is tested
 * over HTTP in test/api/test_uploads.py. */
#include "../../store/place.h"
#include "exchange/accept_records.h"
#include "exchange/key_claims.h"
#include "exchange/party_keys.h"
#include "exchange/uploads.h"
#include "store/batches.h"
#include "store/parties.h"
#include "store/records.h"
#include "store/rows.h"

#include <stdio.h>
#include <stdlib.h>

struct setting {
	void *place;
	struct exchange exchange;
	struct arena arena;
	struct operator_row op;
	struct tenant_row tenant;
};

static int setting_setup(void **state)
{
	struct setting *s = xalloc(sizeof(*s));
	struct store_settings settings = { 0 };
	const struct place *place;
	struct sql *sql;

	if (place_setup(&s->place) != 0)
		return -1;
	place = s->place;
	settings.directory = place->directory;
	settings.postgres_uri = place->engine == SQL_POSTGRES ? place->uri : NULL;
	arena_init(&s->arena);
	settings_defaults(&s->exchange.settings);
	s->exchange.uploads = uploads_new();
	must(store_open(&s->exchange.store, &settings, &err));
	must(records_open(&s->exchange.records, s->exchange.store, 0, &err));
	s->op = (struct operator_row){ .id = STR("0e7a4f3c-5a4b-4c0e-9d1f-1f2e3d4c5b6a"),
				       .display_name = STR("Operator"),
				       .country = STR("DE") };
	s->tenant = (struct tenant_row){ .id = STR("1e7a4f3c-5a4b-4c0e-9d1f-1f2e3d4c5b6a"),
					 .display_name = STR("Tenant"),
					 .default_domain = STR("tenant.example"),
					 .country = STR("DE") };
	must(store_write(s->exchange.store, &sql, &err));
	must(operator_insert(sql, &s->op, &err));
	must(tenant_insert(sql, &s->tenant, &err));
	must(store_commit(s->exchange.store, sql, &err));
	*state = s;
	return 0;
}

static int setting_teardown(void **state)
{
	struct setting *s = *state;
	int code;

	key_claims_free(s->exchange.key_claims);
	records_close(s->exchange.records);
	store_close(s->exchange.store);
	uploads_free(s->exchange.uploads);
	arena_release(&s->arena);
	code = place_teardown(&s->place);
	free(s);
	return code;
}

static struct upload_request request_of(const struct setting *s, const char *key)
{
	return (struct upload_request){
		.kind = RECORD_DURATION,
		.format = RECORD_FORMAT_NDJSON,
		.operator_key = s->op.key,
		.operator_id = s->op.id.p,
		.client_id = "client",
		.route = STR("/callDurations"),
		.idempotency_key = str_from(key),
	};
}

static struct str durations(struct setting *s, int first, int count)
{
	struct buf out;
	struct str text;

	buf_init(&out, 0);
	for (int i = first; i < first + count; i++) {
		buf_printf(&out,
			   "{\"id\":\"r%d\",\"callerNumber\":\"+4930123456\",\"calleeNumber\":\"+4989123456\","
			   "\"startDateTime\":\"",
			   i);
		instant_add(&out, INT64_C(1773100800000) + i * INT64_C(1000));
		buf_printf(&out, "\",\"durationSeconds\":%d}\n", i % 100);
	}
	text = arena_str(&s->arena, buf_str(&out));
	buf_release(&out);
	return text;
}

/* Sends it in pieces; the answer as text, or the failure. */
static enum status try_send(struct setting *s, const struct upload_request *request, struct str body,
			    const char **answer, struct error *err)
{
	struct upload_result result;
	struct upload *upload;
	enum status status = upload_begin(&s->exchange, request, &upload, err);

	if (status != OK)
		return status;
	while (status == OK && body.n) {
		size_t n = body.n < 30011 ? body.n : 30011;

		status = upload_data(upload, str_of(body.p, n), err);
		body = str_after(body, n);
	}
	if (status == OK)
		status = upload_finish(upload, &result, err);
	if (status != OK) {
		upload_abort(upload);
		return status;
	}
	*answer = arena_cstr(&s->arena, buf_str(&result.answer));
	buf_release(&result.answer);
	return OK;
}

static const char *sent(struct setting *s, const char *key, struct str body)
{
	struct upload_request request = request_of(s, key);
	const char *answer = NULL;

	must(try_send(s, &request, body, &answer, &err));
	return answer;
}

static int64_t registry_number(struct setting *s, const char *text)
{
	struct sql *sql;
	int64_t n;

	must(store_read(s->exchange.store, &sql, &err));
	must(row_i64(sql, &n, &err, text, SQL_NO_ARGS));
	store_abort(s->exchange.store, sql);
	return n;
}

static int64_t stored(struct setting *s)
{
	struct records_counts counts;

	must(records_check(s->exchange.records, s->op.key, &counts, &err));
	return counts.durations;
}

#define HAS(answer, text) assert_non_null(strstr((answer), (text)))

static void a_chunk_that_cannot_be_committed_acknowledges_nothing(void **state)
{
	struct setting *s = *state;
	struct upload_request request = request_of(s, "key");
	const char *answer = NULL;

	/* The first chunk, those in the middle that the upload's own thread commits, and the last. */
	for (unsigned n = 1; n <= 4; n++) {
		struct str body = durations(s, (int)n * 86400, 35000);

		records_fail_commit(s->exchange.records, n, E_FULL);
		must_fail(E_FULL, try_send(s, &request, body, &answer, &err));
		records_fail_commit(s->exchange.records, 0, OK);
		assert_int_equal(registry_number(s, "SELECT COUNT(*) FROM batch"), n - 1);
		assert_int_equal(registry_number(s, "SELECT COUNT(*) FROM idempotency"), 0);
		answer = sent(s, NULL, body);
		HAS(answer, "\"received\":35000");
		HAS(answer, "\"conflicts\":0,\"rejected\":0");
		assert_int_equal(stored(s), n * 35000);
	}
}

static void a_batch_that_cannot_be_written_leaves_no_key(void **state)
{
	struct setting *s = *state;
	struct upload_request request = request_of(s, "key");
	struct str body = durations(s, 0, 10);
	const char *answer = NULL;
	/* Marking the day is the first transaction; on PostgreSQL partitions and the records follow. */
	unsigned last = ((struct place *)s->place)->engine == SQL_POSTGRES ? 4 : 2;

	store_fail_commit(s->exchange.store, last, E_FULL);
	must_fail(E_FULL, try_send(s, &request, body, &answer, &err));
	store_fail_commit(s->exchange.store, 0, OK);
	assert_int_equal(stored(s), 10);
	assert_int_equal(registry_number(s, "SELECT COUNT(*) FROM batch"), 0);
	assert_int_equal(registry_number(s, "SELECT COUNT(*) FROM idempotency"), 0);
	HAS(sent(s, "key", body), "\"duplicates\":10");
	assert_int_equal(registry_number(s, "SELECT COUNT(*) FROM idempotency"), 1);
}

static void an_aborted_upload_leaves_whole_records_and_no_batch(void **state)
{
	struct setting *s = *state;
	struct upload_request request = request_of(s, NULL);
	struct str body = durations(s, 0, 25000);
	struct upload *upload;

	must(upload_begin(&s->exchange, &request, &upload, &err));
	must(upload_data(upload, str_of(body.p, body.n - 10), &err));
	upload_abort(upload);
	assert_int_equal(stored(s), 20000);
	assert_int_equal(registry_number(s, "SELECT COUNT(*) FROM batch"), 0);
	/* A reconciliation learns of them all the same. */
	assert_int_equal(registry_number(s, "SELECT COUNT(*) FROM reconciliation"), 1);
	HAS(sent(s, NULL, body), "\"accepted\":5000,\"duplicates\":20000");
}

static void each_day_is_marked_as_changed(void **state)
{
	struct setting *s = *state;

	sent(s, NULL, durations(s, 0, 1));
	sent(s, NULL, durations(s, 86400 * 3, 1));
	assert_int_equal(registry_number(s, "SELECT COUNT(*) FROM reconciliation WHERE operator_key = 1"), 2);
	assert_int_equal(registry_number(s, "SELECT MAX(day) - MIN(day) FROM reconciliation"), 3);
	assert_int_equal(registry_number(s, "SELECT COUNT(*) FROM reconciliation WHERE changed_ms > 1000000000000"), 2);
}

static void a_key_lives_as_long_as_was_set(void **state)
{
	struct setting *s = *state;
	const char *first = sent(s, "key", durations(s, 0, 3));

	assert_string_equal(sent(s, "key", durations(s, 0, 3)), first);
	s->exchange.settings.idempotency_lifetime_s = -1; /* as if that long had passed */
	HAS(sent(s, "key", durations(s, 0, 4)), "\"accepted\":1,\"duplicates\":3");
	s->exchange.settings.idempotency_lifetime_s = 86400;
	HAS(sent(s, "key", durations(s, 0, 4)), "\"accepted\":1,\"duplicates\":3");
}

static void claims_are_given_back(void **state)
{
	struct setting *s = *state;
	struct upload_request request = request_of(s, "key"), other = request_of(s, "other");
	struct upload *upload;

	s->exchange.settings.uploads_per_client_max = 1;
	for (int i = 0; i < 3; i++) {
		must(upload_begin(&s->exchange, &request, &upload, &err));
		must_fail(E_IN_PROGRESS, upload_begin(&s->exchange, &request, &upload, &err));
		must_fail(E_RATE, upload_begin(&s->exchange, &other, &upload, &err));
		upload_abort(upload);
	}
	sent(s, "key", durations(s, 0, 1));
	sent(s, "key", durations(s, 0, 1));
}

/* --- keys, where another exchange is on the store -------------------------------------------- */

static const struct upload_claim claim_of_key = { "other", 1, { "/callDurations", 14 }, { "key", 3 } };

static struct upload *begun(struct setting *s, struct str body)
{
	struct upload_request request = request_of(s, "key");
	struct upload *upload;

	assert_int_equal(s->op.key, claim_of_key.operator_key);
	must(upload_begin(&s->exchange, &request, &upload, &err));
	must(upload_data(upload, body, &err));
	return upload;
}

static void a_key_under_way_is_claimed_for_all(void **state)
{
	struct setting *s = *state;
	struct key_claims *other = key_claims_new(s->exchange.store);
	struct str body = durations(s, 0, 3);
	struct upload_result result;
	struct upload *upload;

	s->exchange.key_claims = key_claims_new(s->exchange.store);
	upload = begun(s, body);
	must_fail(E_IN_PROGRESS, key_claims_take(other, &claim_of_key, &err));
	upload_abort(upload);
	must(key_claims_take(other, &claim_of_key, &err));
	{
		struct upload_request request = request_of(s, "key");

		must_fail(E_IN_PROGRESS, upload_begin(&s->exchange, &request, &upload, &err));
	}
	key_claims_give(other, &claim_of_key);
	upload = begun(s, body);
	must(upload_finish(upload, &result, &err));
	buf_release(&result.answer);
	assert_int_equal(registry_number(s, "SELECT COUNT(*) FROM key_claim"), 0);
	assert_int_equal(registry_number(s, "SELECT COUNT(*) FROM idempotency"), 1);
	key_claims_free(other);
}

static void a_lease_that_ended_acknowledges_nothing(void **state)
{
	struct setting *s = *state;
	struct key_claims *other = key_claims_new(s->exchange.store);
	struct upload_result result;
	struct upload *upload;
	struct sql *sql;

	s->exchange.key_claims = key_claims_new(s->exchange.store);
	upload = begun(s, durations(s, 0, 3));
	must(store_write(s->exchange.store, &sql, &err));
	must(sql_run(sql, "UPDATE key_claim SET until_ms = 0", SQL_NO_ARGS, NULL, &err));
	must(store_commit(s->exchange.store, sql, &err));
	must(key_claims_take(other, &claim_of_key, &err));
	must_fail(E_UNAVAILABLE, upload_finish(upload, &result, &err));
	upload_abort(upload);
	assert_int_equal(registry_number(s, "SELECT COUNT(*) FROM batch"), 0);
	assert_int_equal(registry_number(s, "SELECT COUNT(*) FROM idempotency"), 0);
	/* What the other one has is not taken from it. */
	assert_int_equal(registry_number(s, "SELECT COUNT(*) FROM key_claim"), 1);
	key_claims_give(other, &claim_of_key);
	assert_int_equal(registry_number(s, "SELECT COUNT(*) FROM key_claim"), 0);
	key_claims_free(other);
}

/* Twelve megabytes in few records: a chunk is bounded by bytes, too. */
static void large_records_come_whole_through_several_chunks(void **state)
{
	struct setting *s = *state;
	struct upload_request request = request_of(s, NULL);
	struct records_query query = { .operator_key = s->op.key,
				       .kind = RECORD_CALL,
				       .from_ms = INT64_MIN,
				       .to_ms = INT64_MAX,
				       .after = RECORDS_START,
				       .limit = 1000 };
	struct records_page page;
	const char *answer = NULL;
	struct buf body;

	request.kind = RECORD_CALL;
	request.operator_key = 0;
	request.operator_id = "";
	buf_init(&body, 0);
	for (int i = 0; i < 600; i++) {
		buf_printf(&body,
			   "{\"id\":\"c%d\",\"operatorId\":\"%s\",\"tenantId\":\"%s\",\"direction\":\"inbound\","
			   "\"callerNumber\":\"+4930123456\",\"calleeNumber\":\"+4989123456\","
			   "\"inviteDateTime\":\"2026-03-10T10:00:00Z\",\"endDateTime\":\"2026-03-10T10:00:10Z\","
			   "\"mediaStreams\":[",
			   i, s->op.id.p, s->tenant.id.p);
		for (int k = 0; k < 90; k++)
			buf_printf(&body, "%s{\"streamId\":\"%0120d\",\"audioCodec\":\"%060d\"}", k ? "," : "", k, k);
		buf_add_str(&body, STR("]}\n"));
	}
	must(try_send(s, &request, buf_str(&body), &answer, &err));
	buf_release(&body);
	HAS(answer, "\"accepted\":600");
	query.flags = RECORDS_WITH_MEDIA;
	must(records_read(s->exchange.records, &s->arena, &query, &page, &err));
	assert_int_equal(page.count, 600);
	for (size_t i = 0; i < page.count; i++)
		assert_true(page.rows[i].record.media_streams.n > 18000);
}

static void party_keys_remember_and_begin_anew(void **state)
{
	struct setting *s = *state;
	struct party_keys keys;
	char guid[GUID_TEXT_SIZE];
	struct str id;
	int64_t key;

	party_keys_init(&keys, &s->exchange);
	for (int round = 0; round < 2 * PARTY_KEYS_MAX + 10; round++) {
		random_guid(guid);
		must(party_key_of(&keys, PARTY_TENANT, str_from(guid), &key, &id, &err));
		assert_int_equal(key, 0);
		assert_true(str_is_none(id));
		if (round % 1000)
			continue;
		must(party_key_of(&keys, PARTY_OPERATOR, STR("0E7A4F3C-5A4B-4C0E-9D1F-1F2E3D4C5B6A"), &key, &id, &err));
		assert_int_equal(key, s->op.key);
		assert_true(str_equal(id, s->op.id));
		must(party_key_of(&keys, PARTY_TENANT, s->op.id, &key, &id, &err));
		assert_int_equal(key, 0);
		must(party_id_of(&keys, PARTY_TENANT, s->tenant.key, &id, &err));
		assert_true(str_equal(id, s->tenant.id));
		must(party_id_of(&keys, PARTY_TENANT, 12345, &id, &err));
		assert_true(str_is_none(id));
	}
	party_keys_release(&keys);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setting_setup, setting_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_chunk_that_cannot_be_committed_acknowledges_nothing),
		TEST(a_batch_that_cannot_be_written_leaves_no_key),
		TEST(an_aborted_upload_leaves_whole_records_and_no_batch),
		TEST(each_day_is_marked_as_changed),
		TEST(a_key_lives_as_long_as_was_set),
		TEST(claims_are_given_back),
		TEST(a_key_under_way_is_claimed_for_all),
		TEST(a_lease_that_ended_acknowledges_nothing),
		TEST(large_records_come_whole_through_several_chunks),
		TEST(party_keys_remember_and_begin_anew),
	};

	place_engine_from(argc, argv);
	return cmocka_run_group_tests_name("accept_records", tests, NULL, NULL);
}
