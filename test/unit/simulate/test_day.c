/* A simulated day: what a seed promises, and how faults are read. */
#include "simulate/day.h"

#include "base/hash.h"
#include "check.h"

#define CALLS 500

static struct day *make(uint64_t seed, const char *faults)
{
	struct day_settings settings = { seed, CALLS, str_from(faults) };
	struct error err = { 0 };
	struct day *day;

	if (day_new(&day, &settings, &err) != OK)
		fail_msg("%s", err.message);
	return day;
}

static size_t lines(struct day *day, bool (*next)(struct day *day, struct buf *out), struct buf *out)
{
	size_t n = 0;

	while (next(day, out))
		n++;
	return n;
}

static uint64_t content(uint64_t seed, const char *faults, bool (*next)(struct day *day, struct buf *out))
{
	struct day *day = make(seed, faults);
	struct buf out;
	uint64_t hash;

	buf_init(&out, 0);
	lines(day, next, &out);
	hash = hash64(buf_str(&out));
	buf_release(&out);
	day_free(day);
	return hash;
}

static void the_seed_alone_makes_the_calls(void **state)
{
	(void)state;
	assert_true(content(7, "", day_next_call) ==
		    content(7, "rounding clock_drift minimum_duration", day_next_call));
	assert_true(content(7, "", day_next_duration) == content(7, "", day_next_duration));
	assert_true(content(7, "", day_next_call) != content(8, "", day_next_call));
	assert_true(content(7, "", day_next_duration) != content(7, "rounding", day_next_duration));
}

/* One fault more leaves what another one draws as it was. */
static void faults_draw_by_themselves(void **state)
{
	(void)state;
	assert_true(content(7, "duplicate_delivery", day_next_truth) ==
		    content(7, "duplicate_delivery clock_offset ring_time", day_next_truth));
}

static void every_call_has_its_line(void **state)
{
	struct day *day = make(3, "random_missing:share=1");
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	assert_int_equal(lines(day, day_next_call, &out), CALLS + 1);
	buf_clear(&out);
	assert_int_equal(lines(day, day_next_duration, &out), 1);
	assert_true(str_starts(buf_str(&out), STR("id,correlationId,operatorId,direction,callerNumber,calleeNumber,")));
	buf_clear(&out);
	assert_int_equal(lines(day, day_next_truth, &out), CALLS + 1);
	assert_true(str_starts(buf_str(&out), STR("platformId,operatorRecordId,relation,differs\n")));
	assert_int_equal(str_find(buf_str(&out), STR(",pair,")), out.n);
	buf_release(&out);
	day_free(day);
}

static void truth_states_parameters(void **state)
{
	struct day *day =
		make(3, "clock_step:at=13:05:06,seconds=-1.5 swapped_parties:trunk=t3,direction=outbound shuffled");
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	day_truth_causes(day, &out);
	assert_true(str_find(buf_str(&out),
			     STR("{\"cause\":\"clock_step\",\"operatorId\":\"op-1\",\"parameters\":{\"seconds\":-1.5,"
				 "\"at\":\"2026-11-24T13:05:06.000Z\"}")) < out.n);
	assert_true(str_find(buf_str(&out), STR("\"parameters\":{\"trunk\":\"t3\",\"direction\":\"outbound\"}")) <
		    out.n);
	assert_true(str_find(buf_str(&out), STR("\"disturbances\":[\"shuffled\"]")) < out.n);
	buf_release(&out);
	day_free(day);
}

static void wrong_faults_are_named(void **state)
{
	static const struct {
		const char *faults, *message;
	} cases[] = {
		{ "gremlins", "there is no fault \"gremlins\"" },
		{ "rounding:mode=sideways",
		  "rounding: mode must be up, down, nearest or endpoints; found \"sideways\"" },
		{ "rounding:seconds=3", "rounding has no parameter \"seconds\"" },
		{ "clock_offset:seconds", "clock_offset: seconds must be seconds; found \"\"" },
		{ "ring_time ring_time", "ring_time stands twice, for the same calls" },
		{ "unit:trunk=t1 unit:trunk=t2 unit:trunk=t1,factor=60", "unit stands twice, for the same calls" },
		{ "clock_step clock_step:seconds=3", "clock_step stands twice, for the same calls" },
		{ "missing_window:from=7", "missing_window: from must be HH:MM or HH:MM:SS; found \"7\"" },
		{ "random_missing:share=1.01", "random_missing: share must be a number from 0 to 1; found \"1.01\"" },
		{ "unit:factor=1/0", "unit: factor must be a whole number or 1/N; found \"1/0\"" },
		{ "replaced_caller:number=030", "replaced_caller: number must be a number with +; found \"030\"" },
		{ "partial_records:every=0", "partial_records: every must be 60 to 86400 seconds; found \"0\"" },
		{ "masked_number:digits=11", "masked_number: digits must be 1 to 10; found \"11\"" },
		{ "seconds=3", "there is no fault \"seconds=3\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct day_settings settings = { 1, CALLS, str_from(cases[i].faults) };
		struct error err = { 0 };
		struct day *day;

		assert_int_equal(day_new(&day, &settings, &err), E_INVALID);
		check_str(str_from(err.message), cases[i].message);
	}
}

static void a_day_has_calls(void **state)
{
	struct day_settings none = { 1, 0, STR("") }, many = { 1, (size_t)DAY_CALLS_MAX + 1, STR("") };
	struct error err = { 0 };
	struct day *day;

	(void)state;
	assert_int_equal(day_new(&day, &none, &err), E_INVALID);
	assert_int_equal(day_new(&day, &many, &err), E_INVALID);
	day_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_seed_alone_makes_the_calls), cmocka_unit_test(faults_draw_by_themselves),
		cmocka_unit_test(every_call_has_its_line),        cmocka_unit_test(truth_states_parameters),
		cmocka_unit_test(wrong_faults_are_named),         cmocka_unit_test(a_day_has_calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
