#include "exchange/masking.h"

#include "../check.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static number_t e164(const char *text)
{
	number_t number = 0;

	assert_true(number_parse_e164(str_from(text), &number));
	return number;
}

static struct record call_of(enum direction direction)
{
	struct record record;

	record_clear(&record, RECORD_CALL);
	record.direction = direction;
	record.caller = e164("+4930900010");
	record.callee = e164("+33142685300");
	return record;
}

static void check_number(number_t number, const char *expected)
{
	char text[NUMBER_TEXT_SIZE];

	check_str(number_text(number, text), expected);
}

static struct policy *shipped(void)
{
	struct policy *policy = NULL;
	struct error err;

	assert_int_equal(policy_open(&policy, NULL, &err), OK);
	return policy;
}

static void only_the_external_party_is_masked(void **state)
{
	struct policy *policy = shipped();
	struct record in = call_of(DIRECTION_INBOUND), out = call_of(DIRECTION_OUTBOUND), either = call_of(DIRECTION_ABSENT);

	(void)state;
	masking_apply(policy, STR("DE"), &in);
	check_number(in.caller, "+4930900***");
	check_number(in.callee, "+33142685300");
	masking_apply(policy, STR("DE"), &out);
	check_number(out.caller, "+4930900010");
	check_number(out.callee, "+33142685***");
	/* Where nobody says who is outside, nobody is shown whole. */
	masking_apply(policy, STR("DE"), &either);
	check_number(either.caller, "+4930900***");
	check_number(either.callee, "+33142685***");
	policy_free(policy);
}

/* Microsoft's published table; every other country shows the whole number. */
static void the_shipped_digits(void **state)
{
	static const struct {
		const char *country, *shown;
	} table[] = {
		{ "BE", "+33142685***" }, { "CH", "+3314268****" }, { "DE", "+33142685***" }, { "DK", "+33142685***" },
		{ "ES", "+33142685***" }, { "FI", "+33142685***" }, { "FR", "+3314268****" }, { "IT", "+33142685***" },
		{ "NL", "+33142685***" }, { "NO", "+33142685***" }, { "SE", "+33142685***" }, { "US", "+33142685300" },
		{ "GB", "+33142685300" }, { "ZZ", "+33142685300" }, { "", "+33142685300" },
	};
	struct policy *policy = shipped();

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct record record = call_of(DIRECTION_OUTBOUND);

		masking_apply(policy, str_from(table[i].country), &record);
		check_number(record.callee, table[i].shown);
	}
	policy_free(policy);
}

static void what_is_no_number_stays_and_twice_is_once(void **state)
{
	struct policy *policy = shipped();
	struct record record = call_of(DIRECTION_INBOUND);

	(void)state;
	record.caller = NUMBER_WITHHELD_WORD;
	masking_apply(policy, STR("FR"), &record);
	check_number(record.caller, "anonymous");
	record.caller = e164("+33142685300");
	masking_apply(policy, STR("FR"), &record);
	masking_apply(policy, STR("FR"), &record);
	check_number(record.caller, "+3314268****");
	policy_free(policy);
}

static void a_policy_of_ones_own(void **state)
{
	static const char text[] = "retentionDays:\n  callRecords: { default: 10 }\n  durationRecords: { default: 10 }\n"
				   "  quality: { default: 10 }\n  audit: { default: 10 }\n  batches: { default: 10 }\n"
				   "  assignments: { default: 10 }\nmaskedDigits: { default: 2, US: 15 }\n";
	struct record elsewhere = call_of(DIRECTION_OUTBOUND), wholly = call_of(DIRECTION_OUTBOUND);
	char path[] = "/tmp/tally-masking-XXXXXX";
	struct policy *policy = NULL;
	struct error err = { .message = "" };
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0 && write(fd, text, sizeof(text) - 1) == (ssize_t)sizeof(text) - 1);
	close(fd);
	if (policy_open(&policy, path, &err) != OK)
		fail_msg("%s", err.message);
	unlink(path);
	masking_apply(policy, STR("DE"), &elsewhere);
	check_number(elsewhere.callee, "+331426853**");
	masking_apply(policy, STR("US"), &wholly);
	check_number(wholly.callee, "+***********");
	check_number(wholly.caller, "+4930900010");
	policy_free(policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_external_party_is_masked),
		cmocka_unit_test(the_shipped_digits),
		cmocka_unit_test(what_is_no_number_stays_and_twice_is_once),
		cmocka_unit_test(a_policy_of_ones_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
