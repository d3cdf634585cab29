#include "importing.h"

static const struct import_options berlin = { .kind = RECORD_DURATION, .zone = STR_INIT("Europe/Berlin") };

/* The columns of OpenSIPS' own schema, with two of extra_fields. */
#define COLUMNS                                                                                                        \
	"id,method,from_tag,to_tag,callid,sip_code,sip_reason,time,duration,ms_duration,setuptime,created,caller,"     \
	"callee\n"
#define CALL                                                                                                           \
	"\"id\":\"c@192.0.2.1/"                                                                                        \
	"1795606933\",\"correlationId\":\"c@192.0.2.1\",\"callerNumber\":\"+4930123456\",\"calleeNumber\":"            \
	"\"+14255550100\",\"startDateTime\":\"2026-11-25T11:42:13.000Z\","

static void rows_of_calls(void **state)
{
	struct record_reader_counts counts;

	(void)state;
	counts = check_import(
		&import_opensips, berlin,
		STR(COLUMNS "7,INVITE,a,b,c@192.0.2.1,200,OK,2026-11-25 12:42:17,60,59400,4,2026-11-25 "
			    "12:42:13,sip:+4930123456@h,+14255550100\n"
			    "8,INVITE,a,,c@192.0.2.1,486,Busy Here,2026-11-25 12:42:20,0,0,0,2026-11-25 "
			    "12:42:13,+4930123456,+14255550100\n"
			    "9,BYE,b,a,c@192.0.2.1,200,OK,2026-11-25 12:43:17,0,0,0,NULL,+14255550100,+4930123456\n"),
		"record 2 {" CALL
		"\"answerDateTime\":\"2026-11-25T11:42:17.000Z\",\"durationSeconds\":59.4,\"sipResponseCode\":200}\n"
		"record 3 {" CALL "\"durationSeconds\":0,\"sipResponseCode\":486}\n");
	assert_int_equal(counts.other_lines, 1);
	assert_int_equal(counts.unknown_fields, 3);
}

/* Lines of db_flatstore have seconds since 1970; older versions no milliseconds. */
static void lines_of_flatstore(void **state)
{
	(void)state;
	check_import(
		&import_opensips, durations,
		STR("method|from_tag|to_tag|callid|sip_code|sip_reason|time|src_user|dst_user|setuptime|created|"
		    "duration\n"
		    "INVITE|a|b|c@192.0.2.1|200|OK|1795606937|+4930123456|+14255550100|4|1795606933|60\n"),
		"record 2 {" CALL
		"\"answerDateTime\":\"2026-11-25T11:42:17.000Z\",\"durationSeconds\":60,\"sipResponseCode\":200}\n");
}

/* Without the flag a row tells that a call was answered and not how long it was. */
static void rows_of_transactions(void **state)
{
	struct collected collected = { 0 };
	struct record_reader_counts counts;

	(void)state;
	import_pieces(&import_opensips, &durations,
		   STR("method,callid,sip_code,time,duration,created,caller,callee\n"
		       "INVITE,c,200,1795606937,0,,+4930123456,+14255550100\nINVITE,c,404,1795606937,0,,+4930123456,+"
		       "14255550100\n"),
		   0, &collected, &counts);
	check_buf(&collected.text,
		  "record 2 "
		  "{\"id\":\"c/1795606937\",\"correlationId\":\"c\",\"callerNumber\":\"+4930123456\",\"calleeNumber\":"
		  "\"+14255550100\",\"answerDateTime\":\"2026-11-25T11:42:17.000Z\",\"sipResponseCode\":200}\n"
		  "record 3 "
		  "{\"id\":\"c/1795606937\",\"correlationId\":\"c\",\"callerNumber\":\"+4930123456\",\"calleeNumber\":"
		  "\"+14255550100\",\"startDateTime\":\"2026-11-25T11:42:17.000Z\",\"durationSeconds\":0,"
		  "\"sipResponseCode\":404}\n");
	buf_release(&collected.text);
}

static void faults_have_their_line(void **state)
{
	(void)state;
	check_import(&import_opensips, durations,
		     STR(COLUMNS "7,INVITE,a,b,c,200,OK,2026-11-25 12:42:17,60,59400,4,1795606933,1,2\n"
				 "7,INVITE,a,b,c,200,OK,1795606937,60,59.4,4,1795606933,1,2\n7,INVITE\n"),
		     "reject 2 c/1795606933 startDateTime invalidDateTime\nreject 3 c/1795606933 durationSeconds "
		     "invalidDuration\n"
		     "reject 4 - - wrongCellCount\n");
	check_refusal(&import_opensips, STR("method,callid,sip_code,time\n1,2,3,4\n"),
		      "OpenSIPS' table acc lacks the columns duration, caller (extra_fields), callee (extra_fields); "
		      "its header, "
		      "line 1, is: method,callid,sip_code,time");
}

static void it_is_recognised(void **state)
{
	(void)state;
	assert_ptr_equal(import_format_recognise(STR(COLUMNS)), &import_opensips);
	assert_ptr_equal(import_format_recognise(STR("id,start_time,end_time,duration,callid,caller,callee\n")),
			 &import_kamailio);
	assert_ptr_equal(import_format_find(STR("opensips")), &import_opensips);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_of_calls),        cmocka_unit_test(lines_of_flatstore),
		cmocka_unit_test(rows_of_transactions), cmocka_unit_test(faults_have_their_line),
		cmocka_unit_test(it_is_recognised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
