#include "importing.h"

static const struct import_options berlin = { .kind = RECORD_DURATION, .zone = STR_INIT("Europe/Berlin") };

/* mod_cdr_csv quotes every cell of its template "example" and escapes nothing. */
#define EXAMPLE(name, caller, times, seconds, cause)                                                                   \
	"\"" name "\",\"" caller "\",\"+14255550100\",\"public\"," times "," seconds ",\"" cause                       \
	"\",\"5282f87c-368c\",\"fa3173aa-3c1a\",\"1001\",\"PCMA\",\"PCMA\""
#define TIMES "\"2018-03-13 08:28:23\",\"2018-03-13 08:28:25\",\"2018-03-13 08:29:24\""
#define RECORD(caller, cause)                                                                                          \
	"{\"id\":\"5282f87c-368c\",\"callerNumber\":" caller ",\"calleeNumber\":\"+14255550100\",\"startDateTime\":"   \
	"\"2018-03-13T07:28:23.000Z\",\"answerDateTime\":\"2018-03-13T07:28:25.000Z\",\"endDateTime\":"                \
	"\"2018-03-13T07:29:24.000Z\",\"durationSeconds\":59,\"q850Cause\":" cause "}\n"

static void rows_of_the_example(void **state)
{
	(void)state;
	check_import(
		&import_freeswitch, berlin,
		STR(EXAMPLE("Extension 1001", "1001", TIMES, "\"61\",\"59\"", "NORMAL_CLEARING") "\n" EXAMPLE(
			"O\"Neil, \"Pat\"", "anonymous", TIMES, "\"61\",\"59\"",
			"MEDIA_TIMEOUT") "\n" EXAMPLE("\"Pat\"", "+49301234",
						      "\"2018-03-13 08:28:23\",\"\",\"2018-03-13 08:29:24\"",
						      "\"61\",\"0\"", "USER_BUSY") ",\"more\",\"of a template\"\n"),
		"record 1 " RECORD("\"1001\"", "16") "record 2 "
						     "{\"id\":\"5282f87c-368c\",\"callerNumber\":\"anonymous\","
						     "\"calleeNumber\":\"+14255550100\",\"startDateTime\":"
						     "\"2018-03-13T07:28:23.000Z\",\"answerDateTime\":\"2018-03-13T07:"
						     "28:25.000Z\",\"endDateTime\":"
						     "\"2018-03-13T07:29:24.000Z\",\"durationSeconds\":59}\n"
						     "record 3 "
						     "{\"id\":\"5282f87c-368c\",\"callerNumber\":\"+49301234\","
						     "\"calleeNumber\":\"+14255550100\","
						     "\"startDateTime\":\"2018-03-13T07:28:23.000Z\",\"endDateTime\":"
						     "\"2018-03-13T07:29:24.000Z\","
						     "\"durationSeconds\":0,\"q850Cause\":17}\n");
}

static void rows_of_the_template_asterisk(void **state)
{
	(void)state;
	check_import(&import_freeswitch, berlin,
		     STR("\"1001\",\"1001\",\"+14255550100\",\"default\",\"\"Extension 1001\" "
			 "<1001>\",\"sofia/internal/1001@x\","
			 "\"sofia/gateway/y\",\"bridge\",\"user/1002\"," TIMES
			 ",\"61\",\"59\",\"NORMAL_CLEARING\",\"\","
			 "\"5282f87c-368c\",\"\"\r\n"),
		     "record 1 " RECORD("\"1001\"", "16"));
}

/* Any template does, with the names of its variables over it. */
static void a_header_names_the_variables(void **state)
{
	struct record_reader_counts counts;

	(void)state;
	counts = check_import(
		&import_freeswitch, durations,
		STR("uuid,caller_id_number,destination_number,start_stamp,start_uepoch,answer_uepoch,end_uepoch,"
		    "billsec,billmsec,"
		    "hangup_cause_q850,sip_call_id,sip_gateway_name,my_own\n"
		    "u,+4930123,+14255550100,2018-03-13 "
		    "08:28:23,1520944103557418,1520944105037574,1520944164057232,59,59020,16,c@h,gw,x\n"
		    "u,+4930123,+14255550100,2018-03-13 "
		    "08:28:23,1520944103557418,0,1520944164057232,0,0,487,c@h,gw,x\n"),
		"record 2 "
		"{\"id\":\"u\",\"correlationId\":\"c@h\",\"callerNumber\":\"+4930123\",\"calleeNumber\":\"+"
		"14255550100\","
		"\"startDateTime\":\"2018-03-13T12:28:23.557Z\",\"answerDateTime\":\"2018-03-13T12:28:25.037Z\","
		"\"endDateTime\":"
		"\"2018-03-13T12:29:24.057Z\",\"durationSeconds\":59.02,\"q850Cause\":16,\"trunk\":\"gw\"}\n"
		"record 3 "
		"{\"id\":\"u\",\"correlationId\":\"c@h\",\"callerNumber\":\"+4930123\",\"calleeNumber\":\"+"
		"14255550100\","
		"\"startDateTime\":\"2018-03-13T12:28:23.557Z\",\"endDateTime\":\"2018-03-13T12:29:24.057Z\","
		"\"durationSeconds\":0,"
		"\"trunk\":\"gw\"}\n");
	assert_int_equal(counts.unknown_fields, 1);
	assert_int_equal(counts.local_times, 0);
}

static void faults_have_their_line(void **state)
{
	(void)state;
	check_import(&import_freeswitch, durations,
		     STR(EXAMPLE("x", "1", TIMES, "\"61\",\"59\"", "NORMAL_CLEARING") "\n"),
		     "reject 1 5282f87c-368c startDateTime invalidDateTime\n");
	check_import(&import_freeswitch, berlin,
		     STR(EXAMPLE("x", "1", TIMES, "\"61\",\"59\"", "NORMAL_CLEARING") "\n\"torn\",\"10\n\n" EXAMPLE(
			     "x", "1", TIMES, "\"61\",\"many\"",
			     "NORMAL_CLEARING") "\n" EXAMPLE("x", "1001", TIMES, "\"61\",\"59\"", "NORMAL_CLEARING")),
		     "record 1 " RECORD(
			     "\"1\"", "16") "reject 2 - - malformedRecord\n"
					    "reject 4 5282f87c-368c durationSeconds invalidDuration\nrecord 5 " RECORD(
						    "\"1001\"", "16"));
	check_refusal(&import_freeswitch, STR("a,b\n1,2\n"),
		      "line 1 is neither a header nor a row of FreeSWITCH's CDR templates \"example\" and "
		      "\"asterisk\": it has 2 cells; "
		      "expected 11 or more, the 5th a date and the 10th a hangup cause, or the 10th and the 15th");
}

/* What mod_json_cdr writes of a call, with the members that are read and some that are not; percent-encoded as it is
 * unless encode-values is turned off. */
#define JSON_CDR(uuid, at, direction, disposition, answered, billed, more)                                             \
	"{\"core-uuid\":\"61b38010\",\"switchname\":\"teo\",\"channel_data\":{\"state\":\"CS_REPORTING\","             \
	"\"direction\":\"inbound\"},"                                                                                  \
	"\"callStats\":{\"audio\":{\"inbound\":{\"mos\":4.49,\"errorLog\":[{\"start\":1520944107460545}]}}},"          \
	"\"variables\":{\"direction\":\"" direction "\",\"uuid\":\"" uuid                                              \
	"\",\"sip_from_user\":\"1001\",\"sip_call_id\":\"b1ac" at                                                      \
	"192.0.2.7\",\"hangup_cause\":\"NORMAL_CLEARING\",\"hangup_cause_q850\":\"16\",\"start_stamp\":\"2018-03-13 "  \
	"08%3A28%3A23\","                                                                                              \
	"\"start_epoch\":\"1520944103\",\"start_uepoch\":\"1520944103557418\",\"answer_epoch\":\"1520944105\","        \
	"\"answer_uepoch\":\"" answered "\",\"end_epoch\":\"1520944164\",\"end_uepoch\":\"1520944164057232\","         \
					"\"duration\":\"61\",\"billsec\":\"59\",\"mduration\":"                        \
	"\"60500\",\"billmsec\":\"" billed "\",\"billusec\":\"59019658\",\"sip_hangup_disposition\":\"" disposition    \
	"\"" more "},\"app_log\":{\"applications\":[{\"app_name\":\"park\"}]},\"callflow\":[{\"profile_index\":\"2\"," \
		  "\"caller_profile\":{"                                                                               \
	"\"ani\":\"1\",\"caller_id_number\":\"%2B4930123456\",\"destination_number\":\"%2B14255550100\","              \
	"\"originatee\":{"                                                                                             \
	"\"originatee_caller_profiles\":[{\"caller_id_number\":\"9\"}]}}},{\"caller_profile\":{\"destination_"         \
	"number\":\"s\"}}]}"
#define JSON_RECORD(uuid, times, seconds, rest)                                                                        \
	"{\"id\":\"" uuid "\",\"correlationId\":\"b1ac@192.0.2.7\",\"callerNumber\":\"+4930123456\",\"calleeNumber\":" \
	"\"+14255550100\",\"startDateTime\":\"2018-03-13T12:28:23.557Z\"," times                                       \
	"\"endDateTime\":\"2018-03-13T12:29:24.057Z\","                                                                \
	"\"durationSeconds\":" seconds "," rest "}\n"
#define ANSWERED "\"answerDateTime\":\"2018-03-13T12:28:25.037Z\","

static void objects_of_json(void **state)
{
	(void)state;
	check_import(&import_freeswitch_json, durations,
		     STR(
			     JSON_CDR("u-1", "%40", "inbound", "send_bye", "1520944105037574", "59020",
				      "") JSON_CDR("u-2", "@", "outbound", "send_bye", "1520944105037574", "59020",
						   ",\"sip_term_status\":\"200\",\"sip_gateway_name\":\"car%2frier%"
						   "20x\"") "\n" JSON_CDR("u-3", "@", "inbound", "recv_cancel", "0",
									  "0",
									  ",\"proto_specific_hangup_cause\":\"sip%"
									  "3A487\",\"note\":\"100%\"")),
		     "record 1 " JSON_RECORD(
			     "u-1", ANSWERED, "59.02",
			     "\"q850Cause\":16,\"releasedBy\":\"callee\"") "record 1 " JSON_RECORD("u-2", ANSWERED,
												   "59.02",
												   "\"sipResponseCode\""
												   ":200,\"q850Cause\":"
												   "16,\"releasedBy\":"
												   "\"caller\","
												   "\"trunk\":\"car/"
												   "rier x\"") "record "
													       "2"
													       " " JSON_RECORD("u-3",
															       "",
															       "0",
															       "\"sipResponseCode\":487,\"q850Cause\":16,\"releasedBy\":\"caller\""));
}

static void bad_objects_have_their_place(void **state)
{
	struct collected collected = { .columns = true };
	struct record_reader_counts counts;

	(void)state;
	import_pieces(&import_freeswitch_json, &durations,
		   STR("{\"variables\":{\"uuid\":\"u\"}}{\"variables\":{\"uuid\":\"u\",\"start_stamp\":\"2018-03-13 "
		       "08%3A28%3A23\"}}\n"
		       "{\"variables\":{\"uuid\":1,}}\ncdr=x\n" JSON_CDR("u-1", "%40", "inbound", "send_bye",
									 "1520944105037574", "59020", "")),
		   9, &collected, &counts);
	check_buf(&collected.text,
		  "reject 1:1 u startDateTime missingField\nreject 1:27 u startDateTime invalidDateTime\n"
		  "reject 2:1 - - malformedRecord\nreject 3:1 - - malformedRecord\nrecord 4:1 " JSON_RECORD(
			  "u-1", ANSWERED, "59.02", "\"q850Cause\":16,\"releasedBy\":\"callee\""));
	buf_release(&collected.text);
}

static void both_are_recognised(void **state)
{
	(void)state;
	assert_ptr_equal(
		import_format_recognise(STR(EXAMPLE("a \"b\" c", "1", TIMES, "\"61\",\"59\"", "NO_ANSWER") "\n")),
		&import_freeswitch);
	assert_ptr_equal(import_format_recognise(STR("caller_id_number,destination_number,start_stamp,billsec\n")),
			 &import_freeswitch);
	assert_ptr_equal(import_format_recognise(STR(JSON_CDR("u", "@", "inbound", "", "0", "0", ""))),
			 &import_freeswitch_json);
	assert_ptr_equal(import_format_find(STR("freeswitch")), &import_freeswitch);
	assert_ptr_equal(import_format_find(STR("freeswitch-json")), &import_freeswitch_json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_of_the_example),
		cmocka_unit_test(rows_of_the_template_asterisk),
		cmocka_unit_test(a_header_names_the_variables),
		cmocka_unit_test(faults_have_their_line),
		cmocka_unit_test(objects_of_json),
		cmocka_unit_test(bad_objects_have_their_place),
		cmocka_unit_test(both_are_recognised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
