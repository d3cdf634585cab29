#include "importing.h"

/* Some of the hundred columns, in Cisco's order; the second line has their types. */
#define HEADER                                                                                                         \
	"\"cdrRecordType\",\"globalCallID_callManagerId\",\"globalCallID_callId\",\"origLegCallIdentifier\","          \
	"\"dateTimeOrigination\","                                                                                     \
	"\"callingPartyNumber\",\"origCause_value\",\"originalCalledPartyNumber\",\"finalCalledPartyNumber\","         \
	"\"destCause_value\","                                                                                         \
	"\"dateTimeConnect\",\"dateTimeDisconnect\",\"pkid\",\"duration\",\"origDeviceName\",\"destDeviceName\","      \
	"\"globalCallId_ClusterID\",\"outpulsedCallingPartyNumber\",\"outpulsedCalledPartyNumber\","                   \
	"\"IncomingProtocolID\","                                                                                      \
	"\"IncomingProtocolCallRef\",\"OutgoingProtocolID\",\"OutgoingProtocolCallRef\",\"comment\"\n"
#define TYPES                                                                                                          \
	"INTEGER,INTEGER,INTEGER,INTEGER,INTEGER,VARCHAR(50),INTEGER,VARCHAR(50),VARCHAR(50),INTEGER,INTEGER,INTEGER," \
	"UNIQUEIDENTIFIER,INTEGER,VARCHAR(129),VARCHAR(129),VARCHAR(50),VARCHAR(50),VARCHAR(50),INTEGER,VARCHAR(64),"  \
	"INTEGER,"                                                                                                     \
	"VARCHAR(64),VARCHAR(2048)\n"
#define ROW(pkid, from_cause, to_cause, connect, seconds, sent, protocols)                                             \
	"1,1,5001,111,1795606933,\"7001\"," from_cause ",\"0014255550100\",\"14255550100\"," to_cause "," connect      \
	",1795606997,\"" pkid "\"," seconds ",\"SEP001122334455\",\"SIP-Carrier\",\"Main\"," sent "," protocols        \
	",\"\"\n"
#define TIMES(answer)                                                                                                  \
	"\"startDateTime\":\"2026-11-25T11:42:13.000Z\"," answer "\"endDateTime\":\"2026-11-25T11:43:17.000Z\","
#define ANSWERED "\"answerDateTime\":\"2026-11-25T11:42:17.000Z\","

static void rows_of_calls(void **state)
{
	struct record_reader_counts counts;

	(void)state;
	counts = check_import(
		&import_cucm, durations,
		STR(HEADER TYPES ROW("a-1", "0", "16", "1795606937", "60", "\"+4930123456\",\"+14255550100\"",
				     "0,\"\",1,\"1e4d@192.0.2.1\"") ROW("a-2", "16", "0", "1795606937", "60",
									"\"\",\"\"",
									"1,\"77aa@192.0.2.1\",1,\"1e4d@192.0.2.1\"")
			    ROW("", "0", "17", "0", "0", "\"\",\"\"", "1,\"77aa@192.0.2.1\",0,\"\"") ROW(
				    "a-4", "393216", "0", "1795606937", "60", "\"\",\"\"", "2,\"x\",2,\"y\"") HEADER),
		"record 3 "
		"{\"id\":\"a-1\",\"correlationId\":\"1e4d@192.0.2.1\",\"callerNumber\":\"+4930123456\","
		"\"calleeNumber\":"
		"\"+14255550100\"," TIMES(
			ANSWERED) "\"durationSeconds\":60,\"q850Cause\":16,\"releasedBy\":\"callee\",\"trunk\":"
				  "\"SIP-Carrier\"}\n"
				  "record 4 "
				  "{\"id\":\"a-2\",\"callerNumber\":\"7001\",\"calleeNumber\":\"14255550100\"," TIMES(
					  ANSWERED) "\"durationSeconds\":60,\"q850Cause\":16,\"releasedBy\":\"caller\"}"
						    "\n"
						    "record 5 "
						    "{\"id\":\"Main/1/5001/"
						    "111\",\"correlationId\":\"77aa@192.0.2.1\",\"callerNumber\":"
						    "\"7001\",\"calleeNumber\":"
						    "\"14255550100\"," TIMES(
							    "") "\"durationSeconds\":0,\"q850Cause\":17,\"trunk\":"
								"\"SEP001122334455\"}\n"
								"record 6 "
								"{\"id\":\"a-4\",\"callerNumber\":\"7001\","
								"\"calleeNumber\":\"14255550100\"," TIMES(
									ANSWERED) "\"durationSeconds\":60,"
										  "\"releasedBy\":\"caller\"}\n");
	assert_int_equal(counts.other_lines, 1);
	assert_int_equal(counts.repeated_headers, 1);
	assert_int_equal(counts.unknown_fields, 1);
}

static void faults_have_their_line(void **state)
{
	(void)state;
	check_import(&import_cucm, durations,
		     STR(HEADER TYPES ROW("a-1", "0", "126", "soon", "60", "\"\",\"\"", "0,\"\",0,\"\"")
				 ROW("a-2", "0", "126", "1795606937", "-1", "\"\",\"\"", "0,\"\",0,\"\"") "1,1\n"),
		     "reject 3 a-1 answerDateTime invalidDateTime\nreject 4 a-2 durationSeconds invalidDuration\n"
		     "reject 5 - - wrongCellCount\n");
	/* Records of quality have the same first columns. */
	check_refusal(
		&import_cucm, STR("\"cdrRecordType\",\"globalCallID_callId\",\"nodeId\",\"duration\",\"jitter\"\n"),
		"a CDR file of Cisco UCM lacks the columns dateTimeOrigination, dateTimeConnect, callingPartyNumber, "
		"finalCalledPartyNumber; its header, line 1, is: "
		"\"cdrRecordType\",\"globalCallID_callId\",\"nodeId\",\"duration\","
		"\"jitter\"");
}

static void it_is_recognised(void **state)
{
	(void)state;
	assert_ptr_equal(import_format_recognise(STR(HEADER TYPES)), &import_cucm);
	assert_ptr_equal(import_format_find(STR("cucm")), &import_cucm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_of_calls),
		cmocka_unit_test(faults_have_their_line),
		cmocka_unit_test(it_is_recognised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
