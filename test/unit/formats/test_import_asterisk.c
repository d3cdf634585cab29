#include "importing.h"

static const struct import_options berlin = { .kind = RECORD_DURATION, .zone = STR_INIT("Europe/Berlin") };

/* What a cdr_csv writes: strings quoted, numbers bare, an answer that never was without quotes. */
#define ROW(src, dst, clid, times, seconds, disposition)                                                               \
	"\"\",\"" src "\",\"" dst "\",\"out\",\"" clid                                                                 \
	"\",\"SIP/211-0000ce14\",\"SIP/trunk-0000ce15\",\"Dial\",\"SIP/1@trunk,,gT\"," times "," seconds               \
	",\"" disposition "\",\"DOCUMENTATION\""
#define ANSWERED                                                                                                       \
	ROW("83912902926", "89659014949", "\"\"Виктория Громова\"\" <83912902926>",                                    \
	    "\"2015-12-23 07:56:55\",\"2015-12-23 07:57:04\",\"2015-12-23 07:57:13\"", "16,8", "ANSWERED")
#define BUSY ROW("", "8002", "\"\"x, y\"\" <8001>", "\"2020-08-27 11:02:40\",,\"2020-08-27 11:02:40\"", "0,0", "BUSY")
#define CALL                                                                                                           \
	"\"callerNumber\":\"83912902926\",\"calleeNumber\":\"89659014949\",\"startDateTime\":\"2015-12-23T06:56:55."   \
	"000Z\","                                                                                                      \
	"\"answerDateTime\":\"2015-12-23T06:57:04.000Z\",\"endDateTime\":\"2015-12-23T06:57:13.000Z\","                \
	"\"durationSeconds\":8}\n"

static void layouts_of_all_settings(void **state)
{
	struct record_reader_counts counts;

	(void)state;
	counts = check_import(
		&import_asterisk, berlin,
		STR(ANSWERED "\n" ANSWERED ",\"1450857416.80700\"\n" ANSWERED ",\"call@192.0.2.1\"\n" ANSWERED
			     ",\"pbx-1-1450857416.80700\",\"call@192.0.2.1\"\n" ANSWERED
			     ",\"\",\"1450857416.80700\",\"41\"\n" ANSWERED
			     ",\"1450857416.80700\",\"\",\"1450857416.80700\",\"41\"\n" ANSWERED
			     ",\"1450857416.80700\",\"no call id\",\"\",\"1450857416.80700\",\"42\"\r\n"),
		"record 1 {\"id\":\"09da5d8f9ee3293f6ef11eafd9a13176\"," CALL
		"record 2 {\"id\":\"1450857416.80700/8866dbf0\"," CALL
		"record 3 {\"id\":\"84ff00af483edf3fd2a0f721854be007\",\"correlationId\":\"call@192.0.2.1\"," CALL
		"record 4 {\"id\":\"pbx-1-1450857416.80700/deea8daf\",\"correlationId\":\"call@192.0.2.1\"," CALL
		"record 5 {\"id\":\"1450857416.80700/41\"," CALL "record 6 {\"id\":\"1450857416.80700/41\"," CALL
		"record 7 {\"id\":\"1450857416.80700/42\"," CALL);
	assert_int_equal(counts.local_times, 21);
}

static void what_nobody_answered(void **state)
{
	(void)state;
	check_import(
		&import_asterisk, berlin, STR(BUSY ",\"1598518960.99\",\"\",\"\",\"\",\"7\"\n"),
		"record 1 "
		"{\"id\":\"1598518960.99/7\",\"callerNumber\":\"8001\",\"calleeNumber\":\"8002\",\"startDateTime\":"
		"\"2020-08-27T09:02:40.000Z\",\"endDateTime\":\"2020-08-27T09:02:40.000Z\",\"durationSeconds\":0}\n");
}

/* The attempts of one channel are told apart though they share its unique id; the copy of a line is not. */
static void attempts_of_one_channel(void **state)
{
	struct collected collected = { 0 };
	struct record_reader_counts counts;

	(void)state;
	import_pieces(&import_asterisk, &berlin,
		   STR(BUSY ",\"1598518960.99\"\n" ROW("", "8003", "<8001>",
						       "\"2020-08-27 11:02:40\",,\"2020-08-27 11:02:40\"", "0,0",
						       "NO ANSWER") ",\"1598518960.99\"\n" BUSY ",\"1598518960.99\"\n"),
		   0, &collected, &counts);
	assert_true(str_starts(buf_str(&collected.text), STR("record 1 {\"id\":\"1598518960.99/7c838e1a\"")));
	assert_true(str_find(buf_str(&collected.text), STR("record 2 {\"id\":\"1598518960.99/b40da984\"")) <
		    collected.text.n);
	assert_true(str_find(buf_str(&collected.text), STR("record 3 {\"id\":\"1598518960.99/7c838e1a\"")) <
		    collected.text.n);
	buf_release(&collected.text);
}

static void tables_of_databases(void **state)
{
	struct record_reader_counts counts;

	(void)state;
	counts = check_import(
		&import_asterisk, berlin,
		STR("calldate;clid;src;dst;dcontext;channel;dstchannel;lastapp;lastdata;duration;billsec;disposition;"
		    "amaflags;"
		    "accountcode;uniqueid;userfield;did;sip_call_id;sequence\n"
		    "2015-12-23 "
		    "07:56:55;x;030123456;+442079460000;c;a;b;Dial;d;16;8;ANSWERED;3;;14.1;rec.wav;1;aa-bb;5\n"),
		"record 2 "
		"{\"id\":\"14.1/"
		"5\",\"correlationId\":\"aa-bb\",\"callerNumber\":\"030123456\",\"calleeNumber\":\"+442079460000\","
		"\"startDateTime\":\"2015-12-23T06:56:55.000Z\",\"durationSeconds\":8}\n");
	assert_int_equal(counts.unknown_fields, 1);
}

static void faults_have_their_line(void **state)
{
	struct collected collected = { .messages = true };
	struct record_reader_counts counts;

	(void)state;
	check_import(&import_asterisk, durations, STR(ANSWERED "\n"),
		     "reject 1 09da5d8f9ee3293f6ef11eafd9a13176 startDateTime invalidDateTime\n");
	import_pieces(&import_asterisk, &berlin,
		   STR(ANSWERED
		       "\n\"\",\"short\"\n" ROW("1", "2", "", "\"x\",,\"2020-08-27 11:02:40\"", "0,0", "BUSY") "\n" ROW(
			       "1", "2", "", "\"2020-08-27 11:02:40\",,", "0,-5",
			       "BUSY") "\n" ROW("1", "2", "a\"b", "\"2020-08-27 11:02:40\",,", "0,0",
						"BUSY") "\n" ANSWERED),
		   0, &collected, &counts);
	check_buf(&collected.text,
		  "record 1 {\"id\":\"09da5d8f9ee3293f6ef11eafd9a13176\"," CALL
		  "reject 2 - - wrongCellCount: this is no row of Asterisk's Master.csv: it has 2 cells; expected 16 "
		  "to 21, the 15th a "
		  "disposition such as ANSWERED\n"
		  "reject 3 964e81dcaf956e9304958de6a68dcd27 startDateTime invalidDateTime: startDateTime is neither "
		  "seconds since 1970 nor a date and time\n"
		  "reject 4 ba45df7cecfcdd84fd36afdbb96f7f81 durationSeconds invalidDuration: the duration must be "
		  "seconds from 0 to 31 days; found \"-5\"\n"
		  "reject 5 - - malformedRecord: a quote stands where none may; within cells quotes are doubled\n"
		  "record 6 {\"id\":\"09da5d8f9ee3293f6ef11eafd9a13176\"," CALL);
	buf_release(&collected.text);
}

static void other_tables_are_refused(void **state)
{
	(void)state;
	check_refusal(&import_asterisk, STR("a,b\n1,2\n"),
		      "line 1 is neither a header nor a row of Asterisk's Master.csv: it has 2 cells; expected 16 to "
		      "21, the 15th a "
		      "disposition such as ANSWERED");
	check_refusal(&import_asterisk, STR("a,src,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q\n"),
		      "line 1 is neither a header nor a row of Asterisk's Master.csv: it has 17 cells; expected 16 to "
		      "21, the 15th a "
		      "disposition such as ANSWERED");
}

static void it_is_recognised(void **state)
{
	(void)state;
	assert_ptr_equal(import_format_recognise(STR(ANSWERED ",\"1450857416.80700\"\n" ANSWERED)), &import_asterisk);
	assert_ptr_equal(import_format_recognise(STR(BUSY)), &import_asterisk);
	assert_ptr_equal(import_format_recognise(STR("\xef\xbb\xbf\"calldate\";src;dst;billsec\n")), &import_asterisk);
	assert_ptr_equal(import_format_find(STR("asterisk")), &import_asterisk);
	assert_null(import_format_recognise(STR("src,dst,billsec\n")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layouts_of_all_settings), cmocka_unit_test(what_nobody_answered),
		cmocka_unit_test(attempts_of_one_channel), cmocka_unit_test(tables_of_databases),
		cmocka_unit_test(faults_have_their_line),  cmocka_unit_test(other_tables_are_refused),
		cmocka_unit_test(it_is_recognised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
