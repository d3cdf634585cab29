#include "importing.h"

/* The columns of the export, in its order. */
#define PSTN                                                                                                           \
	"UsageId,Call ID,Conference ID,User Location,Microsoft Entra ObjectId,UPN,User Display Name,Caller ID,Call "   \
	"Type,"                                                                                                        \
	"Call Direction,Number Type,Domestic/International,Destination Dialed,Destination Number,External "            \
	"Country,Start Time,"                                                                                          \
	"End Time,Duration Seconds,Connection Fee,Charge,Currency,Capability,Operator,Source of Call Duration,"        \
	"Administrative Units\r\n"
#define PSTN_ROW(id, caller, type, direction, callee, start, end, seconds)                                             \
	id ",18353_1125@192.0.2.1,,US,db03c14b,r@contoso.com,\"Malk, Richard\"," caller "," type "," direction         \
	   ",Subscriber,Domestic,United States," callee ",US," start "," end "," seconds                               \
	   ",0.00,0.00,USD,MCOEV,Contoso Telecom,Operator,\r\n"

static void pstn_counts_from_the_answer(void **state)
{
	struct record_reader_counts counts;

	(void)state;
	counts = check_import(
		&import_teams_pstn, calls,
		STR("\xef\xbb\xbf" PSTN PSTN_ROW("u-1", "+12345678***", "oc_user_in", "Inbound", "+14255550100",
						 "2019-11-01T00:00:08.2589935Z", "2019-11-01T00:03:47.2589935Z", "219")
			    PSTN_ROW("u-2", "+14255550100", "user_out_conf", "", "+44207946***", "2019-11-01T00:00:08Z",
				     "2019-11-01T00:00:08Z", "0") PSTN),
		"record 2 "
		"{\"id\":\"u-1\",\"version\":1,\"correlationId\":\"18353_1125@192.0.2.1\",\"operatorId\":\"Contoso "
		"Telecom\","
		"\"userId\":\"db03c14b\",\"direction\":\"inbound\",\"callerNumber\":\"+12345678***\",\"calleeNumber\":"
		"\"+14255550100\",\"answerDateTime\":\"2019-11-01T00:00:08.258Z\",\"endDateTime\":\"2019-11-01T00:03:"
		"47.258Z\","
		"\"durationSeconds\":219}\n"
		"record 3 "
		"{\"id\":\"u-2\",\"version\":1,\"correlationId\":\"18353_1125@192.0.2.1\",\"operatorId\":\"Contoso "
		"Telecom\","
		"\"userId\":\"db03c14b\",\"direction\":\"outbound\",\"callerNumber\":\"+14255550100\",\"calleeNumber\":"
		"\"+44207946***\",\"inviteDateTime\":\"2019-11-01T00:00:08.000Z\",\"endDateTime\":\"2019-11-01T00:00:"
		"08.000Z\","
		"\"durationSeconds\":0}\n");
	assert_int_equal(counts.repeated_headers, 1);
	assert_int_equal(counts.unknown_fields, 14);
}

/* As columns were called before, in a spreadsheet that knows semicolons, without what nobody needs. */
static void pstn_of_other_times(void **state)
{
	struct record_reader_counts counts;

	(void)state;
	counts = check_import(
		&import_teams_pstn, durations,
		STR("usageid;Call ID;AAD ObjectId;Caller ID;Call Type;Destination Number;Start Time;End Time;Duration "
		    "Seconds\n"
		    "u-1;c;o;+12345678901;ucap_in;+14255550100;2019-11-01T01:00:08+01:00;;7\n"
		    "u-2;c;o;+12345678901;user_out_sms;+14255550100;2019-11-01T01:00:08+01:00;;0\n"),
		"record 2 "
		"{\"id\":\"u-1\",\"correlationId\":\"c\",\"direction\":\"inbound\",\"callerNumber\":\"+12345678901\","
		"\"calleeNumber\":\"+14255550100\",\"answerDateTime\":\"2019-11-01T00:00:08.000Z\",\"durationSeconds\":"
		"7}\n");
	assert_int_equal(counts.other_lines, 1);
}

static void faults_have_their_line(void **state)
{
	(void)state;
	check_import(&import_teams_pstn, calls,
		     STR(PSTN PSTN_ROW("u-1", "x", "user_in", "Inbound", "y", "9/23/2025 2:03 PM", "", "219")
				 PSTN_ROW("u-2", "x", "user_in", "Inbound", "y", "2019-11-01 00:00:08", "",
					  "219") "u-3,c\r\n" PSTN_ROW("u-4", "x", "user_in", "Inbound", "y",
								      "2019-11-01T00:00:08Z", "", "-1")),
		     "reject 2 u-1 inviteDateTime invalidDateTime\nreject 3 u-2 inviteDateTime invalidDateTime\n"
		     "reject 4 - - wrongCellCount\nreject 5 u-4 durationSeconds invalidDuration\n");
	check_refusal(&import_teams_pstn, STR("UsageId,Call Type,Caller ID,Destination Number\n1,2,3,4\n"),
		      "an export of PSTN usage lacks the columns Start Time, Duration Seconds; its header, line 1, is: "
		      "UsageId,Call Type,Caller ID,Destination Number");
}

#define DIRECT                                                                                                         \
	"CorrelationId,Microsoft Entra ObjectId,UPN,Display Name,User country,Invite time,Start time,Failure "         \
	"time,End time,"                                                                                               \
	"Duration (seconds),Success,Caller Number,Callee Number,Call type,Call Direction,Azure region for Media,"      \
	"Azure region for Signaling,Final SIP code,Final Microsoft subcode,Final SIP Phrase,SBC FQDN,Media bypass,"    \
	"Shared correlation ID,Administrative Units,Transfer or Correlation ID\n"
#define DIRECT_ROW(invite, start, failure, end, seconds, success, caller, callee, type, sip)                           \
	"f45e,o-1,u@contoso.com,U,US," invite "," start "," failure "," end "," seconds "," success "," caller         \
	"," callee "," type ",,USWE,USWE," sip ",540000,BYE,sbc.contoso.com,No,,,\n"
#define AT(seconds) "2026-11-24T10:00:" seconds "Z"

static void direct_routing_has_invite_and_answer(void **state)
{
	(void)state;
	check_import(
		&import_teams_direct_routing, calls,
		STR(DIRECT DIRECT_ROW(AT("00.949"), AT("04.105"), "", AT("30.105"), "30", "Yes", "+14255550100",
				      "+4930123456", "dr_out", "0")
			    DIRECT_ROW(AT("00.949"), AT("01.105"), "", AT("30.105"), "29", "Yes",
				       "Internal Revenue Service", "+14255550100", "ByotIn", "200")
				    DIRECT_ROW(AT("00.949"), AT("00.949"), AT("20.5"), "0001-01-01T00:00:00Z", "20",
					       "No", "+14255550100", "+4930123456", "dr_out_user_transfer", "486")),
		"record 2 "
		"{\"id\":\"f45e/"
		"8503aac8\",\"version\":1,\"userId\":\"o-1\",\"direction\":\"outbound\",\"callerNumber\":"
		"\"+14255550100\",\"calleeNumber\":\"+4930123456\",\"inviteDateTime\":\"2026-11-24T10:00:00.949Z\","
		"\"answerDateTime\":\"2026-11-24T10:00:04.105Z\",\"endDateTime\":\"2026-11-24T10:00:30.105Z\","
		"\"durationSeconds\":26,\"trunk\":\"sbc.contoso.com\"}\n"
		"record 3 "
		"{\"id\":\"f45e/"
		"50441e17\",\"version\":1,\"userId\":\"o-1\",\"direction\":\"inbound\",\"callerNumber\":null,"
		"\"calleeNumber\":\"+14255550100\",\"inviteDateTime\":\"2026-11-24T10:00:00.949Z\",\"endDateTime\":"
		"\"2026-11-24T10:00:30.105Z\",\"durationSeconds\":29,\"sipResponseCode\":200,\"trunk\":\"sbc.contoso."
		"com\"}\n"
		"record 4 "
		"{\"id\":\"f45e/"
		"0efc332f\",\"version\":1,\"userId\":\"o-1\",\"direction\":\"outbound\",\"callerNumber\":"
		"\"+14255550100\",\"calleeNumber\":\"+4930123456\",\"inviteDateTime\":\"2026-11-24T10:00:00.949Z\","
		"\"endDateTime\":\"2026-11-24T10:00:20.500Z\",\"durationSeconds\":0,\"sipResponseCode\":486,"
		"\"trunk\":\"sbc.contoso.com\"}\n");
}

static void both_are_recognised(void **state)
{
	(void)state;
	assert_ptr_equal(import_format_recognise(STR("\xef\xbb\xbf" PSTN)), &import_teams_pstn);
	assert_ptr_equal(import_format_recognise(STR(DIRECT "x")), &import_teams_direct_routing);
	assert_ptr_equal(import_format_recognise(STR("sep=;\nUsageId;\"Caller ID\";Destination Number;Start Time;"
						     "Duration Seconds;Call Type\r\n")),
			 &import_teams_pstn);
	assert_ptr_equal(import_format_find(STR("teams-pstn")), &import_teams_pstn);
	assert_ptr_equal(import_format_find(STR("teams-direct-routing")), &import_teams_direct_routing);
	assert_true(import_teams_pstn.is_the_platforms && import_teams_direct_routing.is_the_platforms);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pstn_counts_from_the_answer), cmocka_unit_test(pstn_of_other_times),
		cmocka_unit_test(faults_have_their_line),      cmocka_unit_test(direct_routing_has_invite_and_answer),
		cmocka_unit_test(both_are_recognised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
