#include "importing.h"

static const struct import_options berlin = { .kind = RECORD_DURATION, .zone = STR_INIT("Europe/Berlin") };

/* FreeRADIUS 3.2.1's own, of a stop as Cisco's gateways send it: each h323 attribute has its name in the value. */
#define CISCO                                                                                                          \
	"Wed Nov 25 18:40:34 2026\n"                                                                                   \
	"\tAcct-Status-Type = Stop\n\tAcct-Session-Id = \"1e4d2a80@192.0.2.1\"\n\tUser-Name = \"+4930123456\"\n"       \
	"\tCalling-Station-Id = \"sip:+4930123456@example.org;user=phone\"\n"                                          \
	"\tCalled-Station-Id = \"\\\"Bob, Inc\\\" <sip:+14255550100@10.0.0.1>\"\n\tNAS-IP-Address = 192.0.2.1\n"       \
	"\tAcct-Session-Time = 60\n\tAcct-Delay-Time = 2\n\tAcct-Terminate-Cause = User-Request\n"                     \
	"\tEvent-Timestamp = \"Nov 25 2026 11:43:17 UTC\"\n"                                                           \
	"\th323-setup-time = \"h323-setup-time=11:42:13.120 UTC Wed Nov 25 2026\"\n"                                   \
	"\th323-connect-time = \"h323-connect-time=11:42:17.100 UTC Wed Nov 25 2026\"\n"                               \
	"\th323-disconnect-time = \"h323-disconnect-time=*11:43:17.200 UTC Wed Nov 25 2026\"\n"                        \
	"\th323-disconnect-cause = \"h323-disconnect-cause=1f\"\n\tCisco-AVPair = "                                    \
	"\"h323-incoming-conf-id=46CA9A3B\"\n"                                                                         \
	"\tTimestamp = 1795632034\n\n"
#define CISCO_RECORD                                                                                                   \
	"{\"id\":\"1e4d2a80@192.0.2.1/"                                                                                \
	"192.0.2.1\",\"correlationId\":\"1e4d2a80@192.0.2.1\",\"callerNumber\":\"+4930123456\","                       \
	"\"calleeNumber\":\"+14255550100\",\"startDateTime\":\"2026-11-25T11:42:13.120Z\",\"answerDateTime\":"         \
	"\"2026-11-25T11:42:17.100Z\",\"endDateTime\":\"2026-11-25T11:43:17.200Z\",\"durationSeconds\":60,"            \
	"\"q850Cause\":31}\n"
#define OTHER(status)                                                                                                  \
	"Wed Nov 25 18:40:34 2026\n\tAcct-Status-Type = " status                                                       \
	"\n\tAcct-Session-Time = 30\n\tTimestamp = 1795632034\n\n"

static void stops_are_records(void **state)
{
	struct record_reader_counts counts;

	(void)state;
	counts = check_import(&import_radius, durations,
			      STR(OTHER("Start") OTHER("Interim-Update") CISCO "\n" OTHER("Accounting-On") CISCO),
			      "record 11 " CISCO_RECORD "record 35 " CISCO_RECORD);
	assert_int_equal(counts.other_lines, 3);
	assert_int_equal(counts.blank_lines, 1);
	assert_int_equal(counts.unknown_fields, 2 * 3);
}

#define ATTRIBUTES(text) "Wed Nov 25 18:40:34 2026\n\tAcct-Status-Type = Stop\n\tAcct-Session-Id = \"00A1\"\n" text "\n"

static void times_of_every_kind(void **state)
{
	(void)state;
	check_import(
		&import_radius, berlin,
		STR(ATTRIBUTES("\tNAS-Identifier = \"sbc\"\n\tAcct-Session-Time = 60\n\tAcct-Delay-Time = "
			       "5\n\tTimestamp = 1795632034\n") ATTRIBUTES(
			"\tEvent-Timestamp = \"Nov 25 2026 12:43:17 CET\"\n\tAcct-Session-Time = 60\n"
			"\tTimestamp = 1795632034\n")
			    ATTRIBUTES("\tFreeswitch-Callstartdate = \"2012-08-27T10:02:52.094532+0300\"\n"
				       "\tFreeswitch-Billusec = 59019658\n\tFreeswitch-Src = \"7604504\"\n")
				    ATTRIBUTES("\th323-connect-time = \"11:42:17.100 GMT Wed Nov 25 2026\"\n"
					       "\th323-disconnect-time = \".11:42:27.300 GMT Wed Nov 25 2026\"\n")),
		"record 1 {\"id\":\"00A1/sbc\",\"endDateTime\":\"2026-11-25T18:40:29.000Z\",\"durationSeconds\":60}\n"
		"record 9 {\"id\":\"00A1\",\"endDateTime\":\"2026-11-25T11:43:17.000Z\","
		"\"durationSeconds\":60}\n"
		"record 16 "
		"{\"id\":\"00A1\",\"callerNumber\":\"7604504\",\"startDateTime\":\"2012-08-27T07:02:52.094Z\","
		"\"durationSeconds\":59.019}\n"
		"record 23 {\"id\":\"00A1\",\"answerDateTime\":\"2026-11-25T11:42:17.100Z\",\"endDateTime\":"
		"\"2026-11-25T11:42:27.300Z\",\"durationSeconds\":10.2}\n");
}

/* Oracle's SBC sends a Call-ID for each of its sides. */
static void attributes_of_acme(void **state)
{
	(void)state;
	check_import(
		&import_radius, durations,
		STR(ATTRIBUTES(
			"\tNAS-IP-Address = 192.0.2.1\n\tAcct-Session-Time = 0\n\tCalling-Station-Id = \"anonymous\"\n"
			"\tAcme-Session-Ingress-CallId = \"aa\\\\bb@10.1.1.1\"\n\tAcme-Disconnect-Cause = 17\n"
			"\tAcme-SIP-Status = 486\n\tAcme-CDR-Sequence-Number = 77\n\tAcme-Disconnect-Initiator = 2\n"
			"\th323-setup-time = \"11:42:13.120 UTC Wed Nov 25 2026\"\n"
			"\th323-connect-time = \"11:42:20.200 UTC Wed Nov 25 2026\"\n"
			"\th323-disconnect-time = \"11:42:20.200 UTC Wed Nov 25 2026\"\n")
			    ATTRIBUTES("\tNAS-IP-Address = 192.0.2.1\n\tAcct-Session-Time = "
				       "9\n\tAcme-Disconnect-Initiator = 1\n"
				       "\tAcme-Session-Ingress-CallId = \"aa@h\"\n\tAcme-Session-Egress-CallId = "
				       "\"bb@h\"\n"
				       "\th323-setup-time = \"11:42:13.120 UTC Wed Nov 25 2026\"\n")),
		"record 1 "
		"{\"id\":\"00A1/192.0.2.1\",\"correlationId\":\"aa\\\\bb@10.1.1.1\",\"callerNumber\":\"anonymous\","
		"\"startDateTime\":\"2026-11-25T11:42:13.120Z\",\"endDateTime\":\"2026-11-25T11:42:20.200Z\","
		"\"durationSeconds\":0,"
		"\"sipResponseCode\":486,\"q850Cause\":17,\"sequence\":77}\n"
		"record 16 "
		"{\"id\":\"00A1/192.0.2.1\",\"startDateTime\":\"2026-11-25T11:42:13.120Z\",\"durationSeconds\":9,"
		"\"releasedBy\":\"caller\"}\n");
}

static void faults_have_their_line(void **state)
{
	(void)state;
	check_import(
		&import_radius, durations,
		STR("\tOrphan = 1\n" ATTRIBUTES("\tEvent-Timestamp = \"Nov 25 2026 12:43:17 CET\"\n\tNAS-IP-Address = "
						"1.1.1.1\n") ATTRIBUTES(
			"\tgarbage\n\tNAS-IP-Address = 1.1.1.1\n") "Wed Nov 25 18:40:34 2026\n\tAcct-Status-Type = "
								   "St\n" CISCO
									   ATTRIBUTES(
										   "\tCalled-Station-Id = "
										   "\"\xff\"\n\tNAS-IP-Address = "
										   "1.1.1.1\n") "Wed Nov 25 18:40:34 "
												"2026\n\tAcct-Status-"
												"Type = "
												"Stop\n\tAcct-Ses"),
		"reject 1 - - malformedRecord\nreject 2 00A1/1.1.1.1 endDateTime invalidDateTime\n"
		"reject 8 00A1/1.1.1.1 - malformedRecord\nreject 14 - - malformedRecord\nrecord 16 " CISCO_RECORD
		"reject 34 00A1/1.1.1.1 - malformedRecord\nreject 40 - - malformedRecord\n");
	check_import(&import_radius, durations, STR("dear all\n\n"), "");
}

/* Rows of Oracle's local files, of a release with the forked call id and of one before it. */
#define ORACLE(status, forked, setup, connect, seconds)                                                                \
	status ",192.0.2.1,5060,\"SDs@10.1.1.1\",\"SDs@10.1.1.1\",,SIP," forked                                        \
	       ",\"\"\"A, B\"\" <sip:+4930123456@h;user=phone>;tag=1\","                                               \
	       "\"<sip:+14255550100@h:5060;user=phone>\",1," seconds "," setup "," connect                             \
	       ",11:43:17.200 UTC NOV 25 2026,16,M00,0"
#define ORACLE_RECORD                                                                                                  \
	"{\"id\":\"SDs@10.1.1.1/"                                                                                      \
	"192.0.2.1\",\"correlationId\":\"SDs@10.1.1.1\",\"callerNumber\":\"+4930123456\",\"calleeNumber\":"            \
	"\"+14255550100\",\"startDateTime\":\"2026-11-25T11:42:13.120Z\",\"answerDateTime\":\"2026-11-25T11:42:17."    \
	"100Z\","                                                                                                      \
	"\"endDateTime\":\"2026-11-25T11:43:17.200Z\",\"durationSeconds\":60}\n"

static void local_files_of_oracle(void **state)
{
	struct record_reader_counts counts;

	(void)state;
	counts = check_import(
		&import_oracle_sbc, durations,
		STR("1,192.0.2.1,5060,s,i,e,SIP,,,a,b,11:42:13.120 UTC NOV 25 2026,11:42:17.100 UTC NOV 25 "
		    "2026,M00\n" ORACLE(
			    "2", ",", "11:42:13.120 UTC NOV 25 2026", "11:42:17.100 UTC NOV 25 2026",
			    "60") "\n" ORACLE("2", "", "11:42:13.120 UTC NOV 25 2026", "11:42:17.100 UTC NOV 25 2026",
					      "60") ",and,more\n" ORACLE("2", ",", "soon", "",
									 "60") "\n" ORACLE("2", ",",
											   "11:42:13.120 EST NOV 25 "
											   "2026",
											   "", "0") "\n8,192.0.2.1\n"),
		"record 2 " ORACLE_RECORD "record 3 " ORACLE_RECORD "reject 4 - - wrongCellCount\n"
		"reject 5 SDs@10.1.1.1/192.0.2.1 startDateTime invalidDateTime\n");
	assert_int_equal(counts.other_lines, 2);
	check_refusal(&import_oracle_sbc, STR("a,b,c\n"),
		      "line 1 is neither a header nor a row of a local CDR file of Oracle's SBC: it has 3 cells; "
		      "expected a status (2: "
		      "stop) first, an address second, and of a stop the time of its set-up as the 13th or 14th");
}

static void both_are_recognised(void **state)
{
	(void)state;
	assert_ptr_equal(import_format_recognise(STR(CISCO)), &import_radius);
	assert_ptr_equal(import_format_recognise(STR(ORACLE("2", ",", "11:42:13.120 UTC NOV 25 2026", "", "60"))),
			 &import_oracle_sbc);
	assert_ptr_equal(import_format_find(STR("radius")), &import_radius);
	assert_ptr_equal(import_format_find(STR("oracle-sbc")), &import_oracle_sbc);
	assert_null(import_format_recognise(STR("1,2,3\n")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stops_are_records),     cmocka_unit_test(times_of_every_kind),
		cmocka_unit_test(attributes_of_acme),    cmocka_unit_test(faults_have_their_line),
		cmocka_unit_test(local_files_of_oracle), cmocka_unit_test(both_are_recognised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
