#include "check.h"

#include "base/encoding.h"
#include "formats/record.h"

#define DAY_2026_11_25 INT64_C(1795564800000)

static struct record call(void)
{
	struct record r;

	record_clear(&r, RECORD_CALL);
	r.id = STR("c-1");
	r.operator_id = STR("op-1");
	r.tenant_id = STR("t-1");
	r.direction = DIRECTION_INBOUND;
	r.caller = number_read(STR("+14255550100"));
	r.callee = number_read(STR("+4930123456"));
	r.start_ms = DAY_2026_11_25;
	r.answer_ms = DAY_2026_11_25 + 8900;
	r.end_ms = DAY_2026_11_25 + 68300;
	r.duration_ms = 59400;
	return r;
}

static struct record duration(void)
{
	struct record r;

	record_clear(&r, RECORD_DURATION);
	r.id = STR("d-1");
	r.caller = number_read(STR("+14255550100"));
	r.callee = number_read(STR("+4930123456"));
	r.start_ms = DAY_2026_11_25;
	r.duration_ms = 59400;
	return r;
}

static void check_ok(struct record r)
{
	struct error err = { 0 };

	if (record_check(&r, &err) != OK)
		fail_msg("refused: %s: %s", err.field, err.message);
}

static void check_fault(struct record r, enum status status, const char *field)
{
	struct error err = { 0 };

	assert_int_equal(record_check(&r, &err), status);
	assert_string_equal(err.field, field);
}

/* A good record with one member changed. */
#define check_changed(base, member, value, status, field)                                                              \
	do {                                                                                                           \
		struct record changed = base();                                                                        \
		changed.member = (value);                                                                              \
		check_fault(changed, status, field);                                                                   \
	} while (0)

static void what_is_needed(void **state)
{
	(void)state;
	check_ok(call());
	check_ok(duration());
	check_changed(call, id, STR_NONE, E_MISSING_FIELD, "id");
	check_changed(call, operator_id, STR(""), E_MISSING_FIELD, "operatorId");
	check_changed(call, tenant_id, STR_NONE, E_MISSING_FIELD, "tenantId");
	check_changed(call, direction, DIRECTION_ABSENT, E_MISSING_FIELD, "direction");
	check_changed(call, caller, NUMBER_ABSENT, E_MISSING_FIELD, "callerNumber");
	check_changed(call, callee, NUMBER_ABSENT, E_MISSING_FIELD, "calleeNumber");
	check_changed(call, start_ms, INSTANT_NONE, E_MISSING_FIELD, "inviteDateTime");
	check_changed(call, end_ms, INSTANT_NONE, E_MISSING_FIELD, "endDateTime");
	check_changed(call, duration_ms, DURATION_NONE, OK, "");
	check_changed(duration, id, STR_NONE, E_MISSING_FIELD, "id");
	check_changed(duration, caller, NUMBER_ABSENT, E_MISSING_FIELD, "callerNumber");
	check_changed(duration, callee, NUMBER_ABSENT, E_MISSING_FIELD, "calleeNumber");
	check_changed(duration, duration_ms, DURATION_NONE, E_MISSING_FIELD, "durationSeconds");
	check_changed(duration, start_ms, INSTANT_NONE, E_MISSING_FIELD, "startDateTime");
	check_changed(duration, operator_id, STR("op-1"), OK, "");
}

static void one_time_is_enough_for_a_duration(void **state)
{
	struct record r = duration();

	(void)state;
	r.start_ms = INSTANT_NONE;
	r.answer_ms = 5;
	check_ok(r);
	assert_int_equal(record_filed_ms(&r), 5);
	r.answer_ms = INSTANT_NONE;
	r.end_ms = 6;
	check_ok(r);
	assert_int_equal(record_filed_ms(&r), 6);
	r.start_ms = 4;
	assert_int_equal(record_filed_ms(&r), 4);
}

/* Clocks are set back in real life; the platform's own are not. */
static void order_of_times(void **state)
{
	struct record r = duration();

	(void)state;
	r.end_ms = r.start_ms - 4000;
	check_ok(r);
	check_changed(call, end_ms, DAY_2026_11_25 - 1, E_FIELD_VALUE, "endDateTime");
	check_changed(call, answer_ms, DAY_2026_11_25 - 1, E_FIELD_VALUE, "answerDateTime");
	check_changed(call, end_ms, DAY_2026_11_25 + 8899, E_FIELD_VALUE, "endDateTime");
	r = call();
	r.answer_ms = INSTANT_NONE;
	r.end_ms = r.start_ms;
	check_ok(r);
}

static void ranges(void **state)
{
	char long_id[RECORD_ID_MAX + 2];

	(void)state;
	memset(long_id, 'x', sizeof(long_id));
	check_changed(call, id, str_of(long_id, RECORD_ID_MAX), OK, "");
	check_changed(call, id, str_of(long_id, RECORD_ID_MAX + 1), E_FIELD_VALUE, "id");
	check_changed(call, id, STR("a\nb"), E_FIELD_VALUE, "id");
	check_changed(call, trunk, STR("a\x7f"), E_FIELD_VALUE, "trunk");
	check_changed(call, user_id, STR("\xc2\x85"), E_FIELD_VALUE, "userId");
	check_changed(call, correlation_id, STR("\xff"), E_FIELD_VALUE, "correlationId");
	check_changed(call, version, 0, E_FIELD_VALUE, "version");
	check_changed(call, version, INT64_MAX, OK, "");
	check_changed(duration, duration_ms, 0, OK, "");
	check_changed(duration, duration_ms, DURATION_MAX_MS, OK, "");
	check_changed(duration, duration_ms, DURATION_MAX_MS + 1, E_DURATION, "durationSeconds");
	check_changed(duration, duration_ms, -2, E_DURATION, "durationSeconds");
	check_changed(call, sip_code, 99, E_FIELD_VALUE, "sipResponseCode");
	check_changed(call, sip_code, 700, E_FIELD_VALUE, "sipResponseCode");
	check_changed(call, q850_cause, 128, E_FIELD_VALUE, "q850Cause");
	check_changed(duration, sequence, 0, OK, "");
	check_changed(duration, sequence, -2, E_FIELD_VALUE, "sequence");
}

static void numbers_must_be_international(void **state)
{
	(void)state;
	check_changed(call, caller, NUMBER_WITHHELD_WORD, OK, "");
	check_changed(call, callee, NUMBER_WITHHELD_WORD, E_NUMBER, "calleeNumber");
	check_changed(call, caller, number_read(STR("030123456")), E_NUMBER, "callerNumber");
	check_changed(call, caller, number_read(STR("+4930123***")), E_NUMBER, "callerNumber");
	check_changed(call, caller, number_read(STR("+1234")), E_NUMBER, "callerNumber");
	check_changed(duration, callee, number_read(STR("hangup")), E_NUMBER, "calleeNumber");
}

static void fields_have_names(void **state)
{
	(void)state;
	assert_string_equal(record_field_name(RECORD_CALL, FIELD_START), "inviteDateTime");
	assert_string_equal(record_field_name(RECORD_DURATION, FIELD_START), "startDateTime");
	assert_null(record_field_name(RECORD_DURATION, FIELD_TENANT_ID));
	assert_null(record_field_name(RECORD_CALL, FIELD_SEQUENCE));
	assert_null(record_field_name(RECORD_CALL, FIELD_UNKNOWN));
	assert_int_equal(record_field_find(RECORD_CALL, STR("startDateTime")), FIELD_UNKNOWN);
	assert_int_equal(record_field_find(RECORD_CALL, STR("ID")), FIELD_UNKNOWN);
	for (int kind = RECORD_CALL; kind <= RECORD_DURATION; kind++)
		for (int f = 0; f < FIELD_COUNT; f++) {
			const char *name = record_field_name((enum record_kind)kind, (enum record_field)f);

			if (name)
				assert_int_equal(record_field_find((enum record_kind)kind, str_from(name)), f);
		}
}

static enum status set(struct record *r, enum record_field field, const char *text, enum record_strictness strictness)
{
	return record_set_text(r, field, str_from(text), strictness, NULL);
}

static void setting_from_text(void **state)
{
	struct record r;
	struct error err;

	(void)state;
	record_clear(&r, RECORD_DURATION);
	assert_int_equal(set(&r, FIELD_CALLER, "+14255550100", RECORD_STRICT), OK);
	assert_int_equal(set(&r, FIELD_CALLER, "anonymous", RECORD_STRICT), OK);
	assert_true(r.caller == NUMBER_WITHHELD_WORD);
	assert_int_equal(set(&r, FIELD_CALLEE, "anonymous", RECORD_STRICT), E_NUMBER);
	assert_int_equal(set(&r, FIELD_CALLEE, "Anonymous", RECORD_STRICT), E_NUMBER);
	assert_int_equal(set(&r, FIELD_CALLEE, "14255550100", RECORD_STRICT), E_NUMBER);
	assert_int_equal(set(&r, FIELD_CALLEE, "tel:+14255550100", RECORD_STRICT), E_NUMBER);
	assert_int_equal(set(&r, FIELD_CALLEE, "(425) 555-0100", RECORD_LENIENT), OK);
	assert_int_equal(number_kind(r.callee), NUMBER_DIGITS);
	assert_int_equal(set(&r, FIELD_CALLEE, "hangup", RECORD_LENIENT), OK);
	assert_int_equal(set(&r, FIELD_DURATION, "59.456000", RECORD_STRICT), OK);
	assert_int_equal(r.duration_ms, 59456);
	assert_int_equal(set(&r, FIELD_DURATION, "59.4567", RECORD_STRICT), E_DURATION);
	assert_int_equal(set(&r, FIELD_DURATION, "59.4567", RECORD_LENIENT), OK);
	assert_int_equal(r.duration_ms, 59456);
	assert_int_equal(set(&r, FIELD_DURATION, "-1", RECORD_LENIENT), E_DURATION);
	assert_int_equal(set(&r, FIELD_DURATION, "2678400", RECORD_STRICT), OK);
	assert_int_equal(set(&r, FIELD_DURATION, "2678400.001", RECORD_STRICT), E_DURATION);
	assert_int_equal(set(&r, FIELD_DURATION, "NaN", RECORD_STRICT), E_DURATION);
	assert_int_equal(set(&r, FIELD_START, "2026-11-25T00:00:00Z", RECORD_STRICT), OK);
	assert_int_equal(set(&r, FIELD_START, "2026-11-25 00:00:00", RECORD_LENIENT), E_DATETIME);
	assert_int_equal(set(&r, FIELD_START, "0001-01-01T00:00:00Z", RECORD_STRICT), OK);
	assert_true(r.start_ms == INSTANT_NONE);
	assert_int_equal(set(&r, FIELD_SIP_CODE, "0", RECORD_STRICT), E_FIELD_VALUE);
	assert_int_equal(set(&r, FIELD_SIP_CODE, "487", RECORD_STRICT), OK);
	assert_int_equal(set(&r, FIELD_SIP_CODE, "0", RECORD_LENIENT), OK);
	assert_int_equal(r.sip_code, CODE_NONE);
	assert_int_equal(set(&r, FIELD_DIRECTION, "Inbound", RECORD_STRICT), E_FIELD_VALUE);
	assert_int_equal(set(&r, FIELD_SEQUENCE, "-1", RECORD_STRICT), E_FIELD_VALUE);
	assert_int_equal(set(&r, FIELD_SEQUENCE, "12", RECORD_STRICT), OK);
	assert_int_equal(set(&r, FIELD_SEQUENCE, "", RECORD_STRICT), OK);
	assert_int_equal(r.sequence, -1);
	assert_int_equal(record_set_text(&r, FIELD_CALLER, STR("+4930123456789012"), RECORD_STRICT, &err), E_NUMBER);
	assert_null(strstr(err.message, "493012")); /* messages go into logs */
	assert_string_equal(err.field, "callerNumber");
}

static void ids_are_counted_in_characters(void **state)
{
	char text[2 * RECORD_ID_MAX + 2];
	struct record r;

	(void)state;
	record_clear(&r, RECORD_CALL);
	for (size_t i = 0; i < sizeof(text); i += 2)
		memcpy(text + i, "\xc3\xa9", 2);
	assert_int_equal(record_set_text(&r, FIELD_ID, str_of(text, 2 * RECORD_ID_MAX), RECORD_STRICT, NULL), OK);
	assert_int_equal(record_set_text(&r, FIELD_ID, str_of(text, 2 * RECORD_ID_MAX + 2), RECORD_STRICT, NULL),
			 E_FIELD_VALUE);
	assert_int_equal(r.id.n, 2 * RECORD_ID_MAX);
}

static enum status set_number(struct record *r, enum record_field field, const char *literal,
			      enum record_strictness strictness)
{
	return record_set_number(r, field, str_from(literal), strictness, NULL);
}

static void setting_from_json_numbers(void **state)
{
	static const struct {
		enum record_field field;
		const char *literal;
		enum status status;
	} cases[] = {
		{ FIELD_DURATION, "5.94e1", OK },
		{ FIELD_DURATION, "59400e-3", OK },
		{ FIELD_DURATION, "59.4000", OK },
		{ FIELD_DURATION, "2678400", OK },
		{ FIELD_DURATION, "1e400", E_DURATION },
		{ FIELD_DURATION, "-1", E_DURATION },
		{ FIELD_DURATION, "2678400.001", E_DURATION },
		/* Of two durations that differ in what is cut, one would be taken for the other sent again. */
		{ FIELD_DURATION, "1.2345", E_DURATION },
		{ FIELD_DURATION, "1.0000001", E_DURATION },
		{ FIELD_DURATION, "12345e-4", E_DURATION },
		{ FIELD_DURATION, "1e-4", E_DURATION },
		{ FIELD_DURATION, "-0.0001", E_DURATION },
		{ FIELD_VERSION, "9223372036854775807", OK },
		{ FIELD_VERSION, "9223372036854775808", E_FIELD_VALUE },
		{ FIELD_VERSION, "1.5", E_FIELD_VALUE },
		{ FIELD_VERSION, "0", E_FIELD_VALUE },
		{ FIELD_SIP_CODE, "700", E_FIELD_VALUE },
		{ FIELD_ID, "7", E_FIELD_TYPE },
		{ FIELD_CALLER, "14255550100", E_FIELD_TYPE },
	};
	struct record r;

	(void)state;
	record_clear(&r, RECORD_CALL);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (set_number(&r, cases[i].field, cases[i].literal, RECORD_STRICT) != cases[i].status)
			fail_msg("%s", cases[i].literal);
	assert_int_equal(r.duration_ms, 2678400000);
	assert_int_equal(set_number(&r, FIELD_DURATION, "5.94e1", RECORD_STRICT), OK);
	assert_int_equal(r.duration_ms, 59400);
}

/* As from text: files carry what switches write. */
static void setting_from_json_numbers_of_files(void **state)
{
	struct record r;

	(void)state;
	record_clear(&r, RECORD_CALL);
	assert_int_equal(set_number(&r, FIELD_DURATION, "1.2345", RECORD_LENIENT), OK);
	assert_int_equal(r.duration_ms, 1234);
	assert_int_equal(set_number(&r, FIELD_DURATION, "-1", RECORD_LENIENT), E_DURATION);
	assert_int_equal(set_number(&r, FIELD_SIP_CODE, "700", RECORD_LENIENT), OK);
	assert_int_equal(r.sip_code, CODE_NONE);
}

static void check_digest(const struct record *r, const char *expected)
{
	struct digest d = record_digest(r);
	char hex[2 * DIGEST_SIZE];

	hex_encode(str_of(d.b, DIGEST_SIZE), hex);
	check_str(str_of(hex, sizeof(hex)), expected);
}

/* Digests are kept on disk: these answers must never change.  They are SHA-256
 * over the bytes that follow from the description in docs/formats/canonical.md. */
static void digests_never_change(void **state)
{
	struct record c = call(), d = duration();

	(void)state;
	check_digest(&d, "f144e523d68d318296823b84edf616b0");
	c.version = 2;
	c.correlation_id = STR("a@b");
	c.user_id = STR("u-1");
	c.sip_code = 200;
	c.q850_cause = 16;
	c.released_by = RELEASED_BY_CALLEE;
	c.trunk = STR("trunk-1");
	c.media_streams = STR("[{\"streamId\":\"1\"}]");
	check_digest(&c, "cb0d6524d4fb22d4c6ec25b66ab7830a");
}

/* Two records with one different field never have the same canonical form. */
static void every_field_counts(void **state)
{
	struct record base = call(), r;
	struct digest d = record_digest(&base), other;

	(void)state;
#define differs(member, value)                                                                                         \
	do {                                                                                                           \
		r = base;                                                                                              \
		r.member = (value);                                                                                    \
		other = record_digest(&r);                                                                             \
		assert_memory_not_equal(&d, &other, sizeof(d));                                                        \
	} while (0)
	differs(kind, RECORD_DURATION);
	differs(id, STR("c-2"));
	differs(version, 2);
	differs(correlation_id, STR("x"));
	differs(operator_id, STR("op-2"));
	differs(tenant_id, STR("t-2"));
	differs(user_id, STR("u"));
	differs(direction, DIRECTION_OUTBOUND);
	differs(caller, base.callee);
	differs(callee, base.caller);
	differs(start_ms, base.start_ms + 1);
	differs(answer_ms, INSTANT_NONE);
	differs(end_ms, base.end_ms + 1);
	differs(duration_ms, DURATION_NONE);
	differs(duration_ms, 0);
	differs(sip_code, 200);
	differs(q850_cause, 16);
	differs(released_by, RELEASED_BY_CALLER);
	differs(trunk, STR("x"));
	differs(media_streams, STR("[]"));
#undef differs
	r = base;
	r.sip_code = 16;
	other = record_digest(&r);
	r.sip_code = CODE_NONE;
	r.q850_cause = 16;
	d = record_digest(&r);
	assert_memory_not_equal(&d, &other, sizeof(d));
}

static void writing(void **state)
{
	struct record d = duration(), c = call();
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	record_write_json(&b, &d);
	check_buf(&b, "{\"id\":\"d-1\",\"callerNumber\":\"+14255550100\",\"calleeNumber\":\"+4930123456\","
		      "\"startDateTime\":\"2026-11-25T00:00:00.000Z\",\"durationSeconds\":59.4}");
	buf_clear(&b);
	c.media_streams = STR("[{\"mos\":4.1}]");
	record_write_json(&b, &c);
	check_buf(
		&b,
		"{\"id\":\"c-1\",\"version\":1,\"operatorId\":\"op-1\",\"tenantId\":\"t-1\",\"direction\":\"inbound\","
		"\"callerNumber\":\"+14255550100\",\"calleeNumber\":\"+4930123456\","
		"\"inviteDateTime\":\"2026-11-25T00:00:00.000Z\",\"answerDateTime\":\"2026-11-25T00:00:08.900Z\","
		"\"endDateTime\":\"2026-11-25T00:01:08.300Z\",\"durationSeconds\":59.4,\"mediaStreams\":[{\"mos\":4.1}]"
		"}");
	buf_clear(&b);
	record_write_csv_header(&b, RECORD_DURATION);
	check_buf(&b, "id,correlationId,operatorId,direction,callerNumber,calleeNumber,startDateTime,answerDateTime,"
		      "endDateTime,durationSeconds,sipResponseCode,q850Cause,releasedBy,trunk,sequence");
	buf_clear(&b);
	d.id = STR("a,\"b\"");
	d.trunk = STR("x\ny");
	d.caller = NUMBER_WITHHELD_WORD;
	d.released_by = RELEASED_BY_CALLER;
	d.sequence = 0;
	record_write_csv(&b, &d);
	check_buf(&b, "\"a,\"\"b\"\"\",,,,anonymous,+4930123456,2026-11-25T00:00:00.000Z,,,59.4,,,caller,\"x\ny\",0");
	buf_clear(&b);
	record_write_csv(&b, &c);
	check_buf(&b, "c-1,1,,op-1,t-1,,inbound,+14255550100,+4930123456,2026-11-25T00:00:00.000Z,"
		      "2026-11-25T00:00:08.900Z,2026-11-25T00:01:08.300Z,59.4,,,,");
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_needed),
		cmocka_unit_test(one_time_is_enough_for_a_duration),
		cmocka_unit_test(order_of_times),
		cmocka_unit_test(ranges),
		cmocka_unit_test(numbers_must_be_international),
		cmocka_unit_test(fields_have_names),
		cmocka_unit_test(setting_from_text),
		cmocka_unit_test(ids_are_counted_in_characters),
		cmocka_unit_test(setting_from_json_numbers),
		cmocka_unit_test(setting_from_json_numbers_of_files),
		cmocka_unit_test(digests_never_change),
		cmocka_unit_test(every_field_counts),
		cmocka_unit_test(writing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
