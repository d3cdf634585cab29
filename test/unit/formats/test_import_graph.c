#include "importing.h"

/* The rows that Microsoft's reference shows, with a number that is masked, and an operator's. */
#define PSTN(id, type, source, seconds)                                                                                \
	"{\"id\": \"" id                                                                                               \
	"\", \"callId\": \"18353_1125@192.0.2.1\", \"userId\": \"db03c14b\", \"userPrincipalName\": \"r@c.com\","      \
	" \"userDisplayName\": \"Richard\", \"startDateTime\": \"2019-11-01T00:00:08.2589935Z\", \"endDateTime\": "    \
	"\"2019-11-01T00:03:47.2589935Z\", \"duration\": " seconds ", \"charge\": 0.00, \"callType\": \"" type         \
	"\", \"currency\": \"USD\", \"calleeNumber\": \"+1234567890\", \"usageCountryCode\": \"US\", "                 \
	"\"callerNumber\": "                                                                                           \
	"\"+1425555***\", \"conferenceId\": null, \"operator\": \"Contoso\", \"callDurationSource\": \"" source "\"}"
#define PSTN_RECORD(id, direction, seconds, times)                                                                     \
	"{\"id\":\"" id                                                                                                \
	"\",\"version\":1,\"correlationId\":\"18353_1125@192.0.2.1\",\"operatorId\":\"Contoso\",\"userId\":"           \
	"\"db03c14b\",\"direction\":\"" direction                                                                      \
	"\",\"callerNumber\":\"+1425555***\",\"calleeNumber\":\"+1234567890\"," times                                  \
	",\"endDateTime\":\"2019-11-01T00:03:47.258Z\",\"durationSeconds\":" seconds "}"
#define ANSWERED "\"answerDateTime\":\"2019-11-01T00:00:08.258Z\""
#define DIRECT(type, success, failure)                                                                                 \
	"{\"id\":\"9e8bba57\",\"correlationId\":\"8c3a\",\"userId\":null,\"startDateTime\":\"2019-11-01T00:00:25."     \
	"105Z\","                                                                                                      \
	"\"inviteDateTime\":\"2019-11-01T00:00:21.949Z\",\"failureDateTime\":" failure                                 \
	",\"endDateTime\":\"2019-11-01T00:00:30.105Z\",\"duration\":5,\"callType\":\"" type                            \
	"\",\"successfulCall\":" success                                                                               \
	",\"callerNumber\":\"+12345678***\",\"calleeNumber\":\"+01234567***\",\"mediaPathLocation\":\"USWE\","         \
	"\"finalSipCode\":0,\"callEndSubReason\":540000,\"finalSipCodePhrase\":\"BYE\","                               \
	"\"trunkFullyQualifiedDomainName\":"                                                                           \
	"\"tll-audiocodes01.adatum.biz\",\"mediaBypassEnabled\":false,\"administrativeUnitInfos\":[{\"id\":\"other\"}" \
	"]}"
#define CONTEXT(type)                                                                                                  \
	"{\"@odata.context\":\"https://graph.microsoft.com/v1.0/"                                                      \
	"$metadata#Collection(microsoft.graph.callRecords." type ")\","

static void pages_of_pstn_calls(void **state)
{
	struct record_reader_counts counts;

	(void)state;
	counts =
		check_import(
			&import_graph, calls,
			STR(
				CONTEXT("pstnCallLogRow") "\"@odata.count\":2,\"value\":[\n" PSTN(
					"r-1", "oc_user_in", "operator",
					"219") ",\n" PSTN("r-2", "oc_user_out", "microsoft",
							  "0") "\n],\"@odata.nextLink\":\"https://"
							       "x?$skip=1\"}\n" CONTEXT("pstnCallLogRow") "\"value\":"
													  "[" PSTN("r-"
														   "3",
														   "new"
														   "_th"
														   "in"
														   "g",
														   "mic"
														   "ros"
														   "of"
														   "t",
														   "21"
														   "9") "]}"),
			"record 2 " PSTN_RECORD("r-1", "inbound", "219", ANSWERED) "\nrecord 3 " PSTN_RECORD(
				"r-2", "outbound", "0",
				"\"inviteDateTime\":\"2019-11-01T00:00:08.258Z\"") "\nrecord 5 "
										   "{\"id\":\"r-3\",\"version\":1,"
										   "\"correlationId\":\"18353_1125@192."
										   "0.2.1\",\"operatorId\":\"Contoso\","
										   "\"userId\":"
										   "\"db03c14b\",\"callerNumber\":\"+"
										   "1425555***\",\"calleeNumber\":\"+"
										   "1234567890\"," ANSWERED
										   ",\"endDateTime\":\"2019-11-01T00:"
										   "03:47.258Z\",\"durationSeconds\":"
										   "219}\n");
	assert_int_equal(counts.unknown_fields, 3 * 6);
}

static void rows_of_direct_routing(void **state)
{
	(void)state;
	check_import(
		&import_graph, calls,
		STR("[" DIRECT("ByotOut", "true", "\"0001-01-01T00:00:00Z\"") "," DIRECT(
			"ByotIn", "false", "\"2019-11-01T00:00:25Z\"") "]"),
		"record 1 "
		"{\"id\":\"9e8bba57\",\"version\":1,\"direction\":\"outbound\",\"callerNumber\":\"+12345678***\","
		"\"calleeNumber\":\"01234567***\",\"inviteDateTime\":\"2019-11-01T00:00:21.949Z\",\"answerDateTime\":"
		"\"2019-11-01T00:00:25.105Z\",\"endDateTime\":\"2019-11-01T00:00:30.105Z\",\"durationSeconds\":5,"
		"\"trunk\":"
		"\"tll-audiocodes01.adatum.biz\"}\n"
		"record 1 "
		"{\"id\":\"9e8bba57\",\"version\":1,\"direction\":\"inbound\",\"callerNumber\":\"+12345678***\","
		"\"calleeNumber\":\"01234567***\",\"inviteDateTime\":\"2019-11-01T00:00:21.949Z\",\"endDateTime\":"
		"\"2019-11-01T00:00:25.000Z\",\"durationSeconds\":0,\"trunk\":\"tll-audiocodes01.adatum.biz\"}\n");
}

static void bad_rows_have_their_place(void **state)
{
	struct collected collected = { .columns = true };
	struct record_reader_counts counts;

	(void)state;
	import_pieces(&import_graph, &calls,
		   STR("{\"value\":[{\"\":1,\"id\":\"a\",\"startDateTime\":\"soon\"},{\"id\":\"b\"},[],{\"id\":,}]}\n" PSTN(
			   "r-1", "user_in", "microsoft",
			   "-4") "\nsome words\n{\"id\":\"c\",\"startDateTime\":\n" PSTN("r-2", "user_in", "microsoft",
											 "219")),
		   7, &collected, &counts);
	check_buf(&collected.text,
		  "reject 1:11 a inviteDateTime invalidDateTime\nreject 1:50 b inviteDateTime missingField\n"
		  "reject 1:61 - - malformedRecord\nreject 1:64 - - malformedRecord\nreject 2:1 r-1 durationSeconds "
		  "invalidDuration\n"
		  "reject 3:1 - - malformedRecord\nreject 4:1 - - malformedRecord\n"
		  "record 5:1 " PSTN_RECORD("r-2", "inbound", "219", ANSWERED) "\n");
	buf_release(&collected.text);
}

static void it_is_recognised(void **state)
{
	(void)state;
	assert_ptr_equal(import_format_recognise(STR(CONTEXT("pstnCallLogRow") "\"value\":[]}")), &import_graph);
	assert_ptr_equal(import_format_recognise(STR(PSTN("a", "b", "c", "1"))), &import_graph);
	assert_ptr_equal(import_format_recognise(STR("[" DIRECT("a", "true", "null"))), &import_graph);
	assert_ptr_equal(import_format_recognise(STR("{\"id\":\"a\",\"callerNumber\":\"1\",\"calleeNumber\":\"2\"}")),
			 &import_canonical);
	assert_ptr_equal(import_format_find(STR("graph")), &import_graph);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_of_pstn_calls),
		cmocka_unit_test(rows_of_direct_routing),
		cmocka_unit_test(bad_rows_have_their_place),
		cmocka_unit_test(it_is_recognised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
