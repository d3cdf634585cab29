#include "importing.h"

static const struct import_options new_york = { .kind = RECORD_DURATION, .zone = STR_INIT("America/New_York") };

/* clang-format off */
#define STOP "STOP,gw-1,0x0001A2B3C4D5E6F7,123456,GMT-05:00-Eastern-US,11/24/2026,09:00:00.1,1,200,400,11/24/2026,09:01:04.2,3,6010,16,VoIP,IP-TO-IP,CARRIER,,+4930123456,14255550100,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,\"JJ-SIP,aa@h,<sip:x>\",,,,,,,,,,,,2,,,,,\"JJ-SIP,bb@h,y\",,"
#define STOP_OF_OTHER_RELEASE "STOP,gw-1,0x0001A2B3C4D5E6F7,123456,GMT-05:00-Eastern-US,11/24/2026,09:00:00.1,1,200,400,11/24/2026,09:01:04.2,3,6010,16,VoIP,IP-TO-IP,CARRIER,,+4930123456,14255550100,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,\"JJ-SIP,aa@h,<sip:x>\""
#define ATTEMPT "ATTEMPT,gw-1,0x0001A2B3C4D5E6F7,,GMT,11/24/2026,23:59:58.1,,,00:00:01.1,,17,,,,,anonymous,+14255550100,,,,,,,,,2,,,,,,,,,,,,,,,,,,\"JJ-SIP,aa@h,z\",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,11/25/2026,,,,,"
/* clang-format on */
#define RECORD(rest)                                                                                                             \
	"{\"id\":\"0x0001A2B3C4D5E6F7/gw-1\"," rest "\"callerNumber\":\"+4930123456\",\"calleeNumber\":\"14255550100\","        \
	"\"startDateTime\":\"2026-11-24T14:00:00.100Z\",\"answerDateTime\":\"2026-11-24T14:00:04.100Z\",\"endDateTime\":"      \
	"\"2026-11-24T14:01:04.200Z\",\"durationSeconds\":60.1,\"q850Cause\":16"

static void rows_of_every_type(void **state)
{
	struct record_reader_counts counts;

	(void)state;
	counts = check_import(
		&import_ribbon, new_york,
		STR("Sonus Networks, Inc.00000000FF600000600000000000000000000000\nSTART,gw-1,0x1,1,GMT,11/24/2026,09:00:00.1\n" STOP
		    "\n" STOP_OF_OTHER_RELEASE "\r\nREBOOT,gw-1\n" ATTEMPT "\n"),
		"record 3 " RECORD("") ",\"releasedBy\":\"callee\"}\nrecord 4 " RECORD("\"correlationId\":\"aa@h\",") "}\n"
		"record 6 {\"id\":\"0x0001A2B3C4D5E6F7/gw-1/attempt-2\",\"correlationId\":\"aa@h\",\"callerNumber\":\"anonymous\","
		"\"calleeNumber\":\"+14255550100\",\"startDateTime\":\"2026-11-25T04:59:58.100Z\",\"endDateTime\":"
		"\"2026-11-25T05:00:01.100Z\",\"durationSeconds\":0,\"q850Cause\":17}\n");
	assert_int_equal(counts.other_lines, 3);
	assert_int_equal(counts.local_times, 6);
}

static void faults_have_their_line(void **state)
{
	(void)state;
	check_import(&import_ribbon, durations,
		     STR(STOP "\nSTOP,gw-1,0x1,1,GMT,11/24/2026,09:00:00.1\nHELLO,1\n\"" STOP "\n"),
		     "reject 1 0x0001A2B3C4D5E6F7/gw-1 startDateTime invalidDateTime\nreject 2 - - wrongCellCount\n"
		     "reject 3 - - wrongCellCount\nreject 4 - - malformedRecord\n");
	check_refusal(&import_ribbon, STR("a,b\n"),
		      "line 1 is neither a header nor a row of an accounting file of Ribbon (Sonus): it has 2 cells; expected a type "
		      "(START, STOP, ATTEMPT, ...) first, and of STOP and ATTEMPT a date MM/DD/YYYY as the 6th and the numbers behind it");
}

static void it_is_recognised(void **state)
{
	(void)state;
	assert_ptr_equal(import_format_recognise(STR("Sonus Networks, Inc.00000000FF6\n")), &import_ribbon);
	assert_ptr_equal(import_format_recognise(STR(STOP)), &import_ribbon);
	assert_ptr_equal(import_format_find(STR("ribbon")), &import_ribbon);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_of_every_type),
		cmocka_unit_test(faults_have_their_line),
		cmocka_unit_test(it_is_recognised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
