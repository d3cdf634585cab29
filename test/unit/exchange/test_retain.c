/* What the sweep removes, when, and that one in pieces removes the same. */
#include "world.h"

#include "base/instant.h"
#include "exchange/retain.h"
#include "store/records.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char policy_text_of_test[] =
	"retentionDays:\n"
	"  callRecords: { default: 40, CA: 5 }\n"
	"  durationRecords: { default: 20 }\n"
	"  quality: { default: 3 }\n"
	"  audit: { default: 30 }\n"
	"  batches: { default: 30 }\n"
	"  assignments: { default: 30 }\n"
	"maskedDigits: { default: 0 }\n";

struct keeper {
	struct world *w;
	int64_t now_ms;
};

static void open_policy(struct exchange *x)
{
	char path[] = "/tmp/tally-retain-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, policy_text_of_test, sizeof(policy_text_of_test) - 1), sizeof(policy_text_of_test) - 1);
	close(fd);
	policy_free(x->policy);
	x->policy = NULL;
	must(policy_open(&x->policy, path, &err));
	unlink(path);
}

static int setup(void **state)
{
	struct keeper *k = xalloc(sizeof(*k));
	const struct place *place;
	char directory[96];
	void *w;

	if (world_setup(&w) != 0)
		return -1;
	k->w = w;
	place = k->w->place;
	open_policy(&k->w->exchange);
	must(records_open(&k->w->exchange.records, k->w->exchange.store, 0, &err));
	snprintf(directory, sizeof(directory), "%s/audit", place->directory);
	must(audit_open(&k->w->exchange.audit, directory, STR("key"), policy_hash(k->w->exchange.policy), &err));
	k->now_ms = clock_now_ms();
	*state = k;
	return 0;
}

static int teardown(void **state)
{
	struct keeper *k = *state;
	void *w = k->w;

	audit_close(k->w->exchange.audit);
	records_close(k->w->exchange.records);
	free(k);
	return world_teardown(&w);
}

static void append(struct keeper *k, int op, struct record record, int64_t tenant_key)
{
	struct append_item item = { .record = record, .tenant_key = tenant_key, .digest = record_digest(&record) };
	int32_t days[2];
	struct append append = { .operator_key = k->w->op[op].key, .kind = record.kind, .items = &item, .count = 1,
				 .received_ms = k->now_ms, .changed_days = days };

	must(records_append(k->w->exchange.records, &append, &err));
	assert_int_equal(item.outcome, APPEND_ACCEPTED);
}

static struct record record_at(struct keeper *k, enum record_kind kind, const char *id, int64_t ago_ms)
{
	struct record r;

	record_clear(&r, kind);
	r.id = str_from(id);
	r.direction = DIRECTION_OUTBOUND;
	r.caller = number_of_text("+4930900010");
	r.callee = number_of_text("+33142685300");
	r.start_ms = k->now_ms - ago_ms;
	r.end_ms = r.start_ms + 1000;
	r.duration_ms = 1000;
	return r;
}

static void call_at(struct keeper *k, const char *id, int64_t ago_ms, struct str user_id)
{
	struct record r = record_at(k, RECORD_CALL, id, ago_ms);

	r.user_id = user_id;
	r.media_streams = STR("[{\"streamId\":\"s\"}]");
	append(k, 0, r, k->w->tenant[0].key);
}

static void duration_at(struct keeper *k, const char *id, int64_t ago_ms)
{
	append(k, 0, record_at(k, RECORD_DURATION, id, ago_ms), 0);
}

/* '-' gone, 'r' the record alone, 'm' with its media streams. */
static char state_of(struct keeper *k, enum record_kind kind, const char *id)
{
	struct stored_record row;

	if (records_find(k->w->exchange.records, &k->w->arena, k->w->op[0].key, 0, kind, str_from(id), RECORDS_WITH_MEDIA,
			 &row, NULL) != OK)
		return '-';
	return row.record.media_streams.n ? 'm' : 'r';
}

#define DAYS(n) ((n) * MS_PER_DAY)

static struct str canadian(struct keeper *k)
{
	struct user_row user = { .user_principal_name = STR("cai@contoso.example"), .display_name = STR("Cai"),
				 .country = STR("CA") };
	bool created;

	must(parties_create(&k->w->exchange, &k->w->arena, &party_user, k->w->tenant[0].id, &user, &created, &err));
	return user.id;
}

static void each_record_has_its_own_time_to_the_millisecond(void **state)
{
	struct keeper *k = *state;
	struct str ca = canadian(k);
	struct retain_counts counts;

	call_at(k, "media-kept", DAYS(3), STR_NONE);
	call_at(k, "media-gone", DAYS(3) + 1, STR_NONE);
	call_at(k, "ca-kept", DAYS(5), ca);
	call_at(k, "ca-gone", DAYS(5) + 1, ca);
	call_at(k, "de-kept", DAYS(40), k->w->user.id);
	call_at(k, "unknown-user", DAYS(30), STR("nobody"));
	duration_at(k, "d-kept", DAYS(20));
	duration_at(k, "d-gone", DAYS(20) + 1);
	must(retain_sweep(&k->w->exchange, k->now_ms, &counts, &err));
	assert_int_equal(state_of(k, RECORD_CALL, "media-kept"), 'm');
	assert_int_equal(state_of(k, RECORD_CALL, "media-gone"), 'r');
	assert_int_equal(state_of(k, RECORD_CALL, "ca-kept"), 'r');
	assert_int_equal(state_of(k, RECORD_CALL, "ca-gone"), '-');
	assert_int_equal(state_of(k, RECORD_CALL, "de-kept"), 'r');
	assert_int_equal(state_of(k, RECORD_CALL, "unknown-user"), 'r');
	assert_int_equal(state_of(k, RECORD_DURATION, "d-kept"), 'r');
	assert_int_equal(state_of(k, RECORD_DURATION, "d-gone"), '-');
	assert_int_equal(counts.records, 2);
	/* A moment later the next one is past its time. */
	must(retain_sweep(&k->w->exchange, k->now_ms + 1, &counts, &err));
	assert_int_equal(state_of(k, RECORD_CALL, "media-kept"), 'r');
	assert_int_equal(state_of(k, RECORD_CALL, "ca-kept"), '-');
	assert_int_equal(state_of(k, RECORD_DURATION, "d-kept"), '-');
	assert_int_equal(counts.records, 3);   /* with de-kept */
	must(retain_sweep(&k->w->exchange, k->now_ms + 1, &counts, &err));
	assert_int_equal(counts.records + counts.media + counts.days, 0);
}

static void a_day_past_the_longest_time_is_dropped_whole(void **state)
{
	struct keeper *k = *state;
	struct retain_counts counts;
	size_t count;
	int32_t *days;

	call_at(k, "ancient", DAYS(42), k->w->user.id);
	duration_at(k, "ancient-too", DAYS(42));
	call_at(k, "young", 0, k->w->user.id);
	must(retain_sweep(&k->w->exchange, k->now_ms, &counts, &err));
	assert_int_equal(counts.days, 1);
	assert_int_equal(counts.records, 0);
	must(records_days(k->w->exchange.records, &k->w->arena, k->w->op[0].key, &days, &count, &err));
	assert_int_equal(count, 1);
	assert_int_equal(state_of(k, RECORD_CALL, "young"), 'm');
}

/* As the background does it: again and again until it wants to wait. */
static void run_job(struct keeper *k)
{
	int64_t again_ms = 0;

	for (int i = 0; again_ms == 0; i++) {
		must(retain_job(&k->w->exchange, &again_ms, &err));
		assert_true(i < 1000);
	}
	assert_true(again_ms <= k->w->exchange.settings.sweep_interval_s * MS_PER_SECOND);
}

static void the_job_looks_at_everything_first_and_then_at_what_crosses(void **state)
{
	struct keeper *k = *state;
	struct str ca = canadian(k);
	struct retention *r = &k->w->exchange.retention;

	call_at(k, "old", DAYS(20), ca);
	run_job(k);
	assert_int_equal(state_of(k, RECORD_CALL, "old"), '-');
	/* Not again before its interval is over. */
	call_at(k, "late", DAYS(20), ca);
	call_at(k, "crossing", DAYS(5) + 1000, ca);
	run_job(k);
	assert_int_equal(state_of(k, RECORD_CALL, "late"), 'm');
	assert_int_equal(state_of(k, RECORD_CALL, "crossing"), 'm');
	r->began_ms -= k->w->exchange.settings.sweep_interval_s * MS_PER_SECOND;
	run_job(k);
	assert_int_equal(state_of(k, RECORD_CALL, "crossing"), '-');
	/* What came late for a day that had crossed waits for the first sweep of the next day at most. */
	r->began_ms -= MS_PER_DAY;
	run_job(k);
	assert_int_equal(state_of(k, RECORD_CALL, "late"), '-');
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_record_has_its_own_time_to_the_millisecond, setup, teardown),
		cmocka_unit_test_setup_teardown(a_day_past_the_longest_time_is_dropped_whole, setup, teardown),
		cmocka_unit_test_setup_teardown(the_job_looks_at_everything_first_and_then_at_what_crosses, setup, teardown),
	};

	place_engine_from(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
