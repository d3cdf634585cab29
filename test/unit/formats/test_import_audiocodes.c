#include "importing.h"

static const struct import_options berlin = { .kind = RECORD_DURATION, .zone = STR_INIT("Europe/Berlin") };

/* Titles and a call of the manual, as syslog has them. */
#define TITLES                                                                                                         \
	"[S=1] |SBCReportType |EPTyp| SIPCallId| SessionId |Orig |SourceIp |SourcePort |DestIp |DestPort "             \
	"|TransportType |SrcURI "                                                                                      \
	"|SrcURIBeforeMap |DstURI |DstURIBeforeMap |Durat |TrmSd |TrmReason |TrmReasonCategory |SetupTime "            \
	"|ConnectTime "                                                                                                \
	"|ReleaseTime |RedirectReason |RedirectURINum |RedirectURINumBeforeMap |TxSigIPDiffServ |IPGroup "             \
	"(description) |SrdId "                                                                                        \
	"(name) |SIPInterfaceId |ProxySetId |IpProfileId (name) |MediaRealmId (name) |DirectMedia |SIPTrmReason\n"
#define CALL(id, origin, durations, trm, connect, group, reason)                                                       \
	"|CALL_END |SBC |" id " |0 |" origin " |192.0.2.10 |5060 |192.0.2.20 |5070 |UDP |+4930123456@example.org "     \
	"|030123456@example.org |+14255550100@192.0.2.20 |0014255550100@192.0.2.20 |" durations " |" trm               \
	" |GWAPP_NORMAL_CALL_CLEAR |NO_ANSWER |06:13:54.950  UTC Thu Mar 02 2012 |" connect                            \
	" |06:14:01.175  UTC Thu Mar 02 2012 |-1 | | |40 |" group                                                      \
	" |0 (5070SRD) |2 |3 |0 () |0 (lanmedia) |no |" reason
#define TIMES(answer)                                                                                                  \
	"\"startDateTime\":\"2012-03-02T06:13:54.950Z\"," answer "\"endDateTime\":\"2012-03-02T06:14:01.175Z\","
#define ANSWERED TIMES("\"answerDateTime\":\"2012-03-02T06:13:58.000Z\",")
#define AT_DEVICE "Mar  2 06:14:01 192.0.2.1 local0.notice [S=3] [SID=aa:11:3] "

static void lines_of_syslog(void **state)
{
	struct record_reader_counts counts;

	(void)state;
	counts = check_import(
		&import_audiocodes, durations,
		STR(AT_DEVICE "|CALL_START |SBC |x@h\n" AT_DEVICE CALL(
			"17@192.0.2.10", "RMT", "0", "RMT", "", "2 ()",
			"CANCEL") "\n" AT_DEVICE "(sip) some other line\n" AT_DEVICE
				  "|MEDIA_END |17@192.0.2.10 |1\n\n" TITLES AT_DEVICE CALL(
					  "18@192.0.2.20", "LCL", "3", "RMT", "06:13:58.000  UTC Thu Mar 02 2012",
					  "3 (Carrier)", "BYE") "\r\n" AT_DEVICE CALL("19@192.0.2.10", "RMT", "0",
										      "LCL", "-1", "2", "486") "\n"),
		"record 2 "
		"{\"id\":\"17@192.0.2.10/2f228c05\",\"correlationId\":\"17@192.0.2.10\",\"callerNumber\":\"030123456\","
		"\"calleeNumber\":\"0014255550100\"," TIMES(
			"") "\"durationSeconds\":0,\"trunk\":\"2 ()\"}\n"
			    "record 7 "
			    "{\"id\":\"18@192.0.2.20/"
			    "2115605a\",\"correlationId\":\"18@192.0.2.20\",\"callerNumber\":\"+4930123456\","
			    "\"calleeNumber\":\"+14255550100\"," ANSWERED
			    "\"durationSeconds\":3,\"releasedBy\":\"callee\",\"trunk\":\"3 (Carrier)\"}\n"
			    "record 8 "
			    "{\"id\":\"19@192.0.2.10/"
			    "65d7f043\",\"correlationId\":\"19@192.0.2.10\",\"callerNumber\":\"030123456\","
			    "\"calleeNumber\":\"0014255550100\"," TIMES(
				    "") "\"durationSeconds\":0,\"sipResponseCode\":486,\"trunk\":\"2\"}\n");
	assert_int_equal(counts.other_lines, 4);
	assert_int_equal(counts.blank_lines, 1);
}

/* A site that has chosen its own columns sends the titles of these. */
static void columns_of_a_site(void **state)
{
	(void)state;
	check_import(
		&import_audiocodes, berlin,
		STR("|SBCReportType |SIPCallId |SrcURI |DstURI |Durat |SetupTime |ConnectTime |ReleaseTime |TrmSd "
		    "|Orig\n"
		    "|CALL_END |a@h |+4930123456@h |+14255550100@h |3 |06:13:54.950 CET Thu Mar 02 2012 |06:13:58.000 "
		    "CET Thu Mar "
		    "02 2012 |06:14:01.175 CET Thu Mar 02 2012 |LCL |LCL\n"),
		"record 2 "
		"{\"id\":\"a@h/5c4192d3\",\"correlationId\":\"a@h\",\"callerNumber\":\"+4930123456\",\"calleeNumber\":"
		"\"+14255550100\",\"startDateTime\":\"2012-03-02T05:13:54.950Z\",\"answerDateTime\":\"2012-03-02T05:13:"
		"58.000Z\","
		"\"endDateTime\":\"2012-03-02T05:14:01.175Z\",\"durationSeconds\":3,\"releasedBy\":\"caller\"}\n");
}

static void tables_of_local_storage(void **state)
{
	(void)state;
	check_import(
		&import_audiocodes, durations,
		STR("SIP Call ID,Source URI,Destination URI,Call Duration,Setup Time,Connect Time,Release Time\n"
		    "a@h,+4930123456@h,+14255550100@h,3,06:13:54.950 UTC Thu Mar 02 2012,06:13:58.000 UTC Thu Mar 02 "
		    "2012,06:14:01.175 "
		    "UTC Thu Mar 02 2012\n"),
		"record 2 "
		"{\"id\":\"a@h/f092d0f2\",\"correlationId\":\"a@h\",\"callerNumber\":\"+4930123456\",\"calleeNumber\":"
		"\"+14255550100\"," ANSWERED "\"durationSeconds\":3}\n");
	check_refusal(&import_audiocodes, STR("SIP Call ID,Source URI\na,b\n"),
		      "local storage of an AudioCodes SBC lacks the columns DstURI, Durat, SetupTime; its header, line "
		      "1, is: SIP Call "
		      "ID,Source URI");
}

static void faults_have_their_line(void **state)
{
	struct collected collected = { .messages = true };
	struct record_reader_counts counts;

	(void)state;
	import_pieces(&import_audiocodes, &durations,
		      STR("|CALL_END |SBC |a@h |0 |RMT |192.0.2.10 |5060\n|CALL_END |SBC |\xff@h\n" CALL(
			      "b@h", "RMT", "many", "RMT", "", "", "")),
		      0, &collected, &counts);
	check_buf(&collected.text, "reject 1 a@h/f864b41a - wrongCellCount: the line is cut off: it has 7 cells, and "
				   "no time of release among them\n"
				   "reject 2 - - malformedRecord: the line holds bytes that are no UTF-8, or NUL\n"
				   "reject 3 b@h/30793356 durationSeconds invalidDuration: the duration must be "
				   "seconds from 0 to 31 days; found \"many\"\n");
	buf_release(&collected.text);
}

static void it_is_recognised(void **state)
{
	(void)state;
	assert_ptr_equal(import_format_recognise(STR(AT_DEVICE CALL("a", "RMT", "0", "RMT", "", "", ""))),
			 &import_audiocodes);
	assert_ptr_equal(import_format_recognise(STR(TITLES)), &import_audiocodes);
	assert_ptr_equal(import_format_recognise(STR("SIP Call ID,Source URI,Destination URI,Duration,Setup Time\n")),
			 &import_audiocodes);
	assert_ptr_equal(import_format_find(STR("audiocodes")), &import_audiocodes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_syslog),         cmocka_unit_test(columns_of_a_site),
		cmocka_unit_test(tables_of_local_storage), cmocka_unit_test(faults_have_their_line),
		cmocka_unit_test(it_is_recognised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
