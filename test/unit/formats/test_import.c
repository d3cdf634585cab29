#include "importing.h"

/* The lines below are Kamailio 5.6.3's own, from a call of sipp through it. */
#define CDR                                                                                                            \
	"start_time=1795606937.216; end_time=1795606938.423; duration=1.207; callid=1-20280@127.0.0.1; "               \
	"caller=sip:sipp@127.0.0.1:5972; callee=sip:+14255550100@127.0.0.1:5970"
#define RECORD_OF_CDR                                                                                                  \
	"{\"id\":\"1-20280@127.0.0.1/1795606937\",\"correlationId\":\"1-20280@127.0.0.1\",\"callerNumber\":null,"      \
	"\"calleeNumber\":\"+14255550100\",\"startDateTime\":\"2026-11-25T11:42:17.216Z\","                            \
	"\"endDateTime\":\"2026-11-25T11:42:18.423Z\",\"durationSeconds\":1.207}"

static void lines_of_syslog(void **state)
{
	struct record_reader_counts counts;

	(void)state;
	counts = check_import(
		&import_kamailio, durations,
		STR("1(20271) NOTICE: acc [acc.c:287]: acc_log_request(): ACC: transaction answered: "
		    "timestamp=1795606937;"
		    "method=INVITE;from_tag=20280SIPpTag001;to_tag=20277SIPpTag011;call_id=1-20280@127.0.0.1;code=200;"
		    "reason=OK\n"
		    "Nov 25 11:42:18 edge /usr/sbin/kamailio[20271]: NOTICE: acc [acc_cdr.c:395]: log_write_cdr(): " CDR
		    "\r\n\n"
		    " 1(20271) NOTICE: acc [acc_cdr.c:395]: log_write_cdr(): " CDR "; x=y\n"),
		"record 2 " RECORD_OF_CDR "\nrecord 4 " RECORD_OF_CDR "\n");
	assert_int_equal(counts.other_lines, 1);
	assert_int_equal(counts.blank_lines, 1);
	assert_int_equal(counts.unknown_fields, 1);
}

static void lines_of_json(void **state)
{
	struct record_reader_counts counts;

	(void)state;
	counts = check_import(
		&import_kamailio, durations,
		STR("<25>Nov 25 11:42:17 json_acc[20271]: {\"time\": 1795606937, \"method\": \"INVITE\", \"from_tag\": "
		    "\"a\"}\n"
		    "<25>Nov 25 11:42:18 json_acc[20271]: {\"start_time\": \"1795606937.216\", \"end_time\": "
		    "\"1795606938.423\", "
		    "\"duration\": \"1.207\", \"callid\": \"1-20280@127.0.0.1\", \"caller\": "
		    "\"sip:sipp@127.0.0.1:5972\", "
		    "\"callee\": \"sip:+14255550100@127.0.0.1:5970\"}\n"
		    "{\"start_time\":1795606937.216,\"end_time\":1795606938.423,\"duration\":1.2070000000000001,"
		    "\"callid\":\"1-20280@127.0.0.1\",\"caller\":\"\",\"callee\":\"sip:+14255550100@127.0.0.1:5970\"}"
		    "\n"),
		"record 2 " RECORD_OF_CDR "\nrecord 3 {\"id\":\"1-20280@127.0.0.1/1795606937\","
		"\"correlationId\":\"1-20280@127.0.0.1\",\"calleeNumber\":\"+14255550100\","
		"\"startDateTime\":\"2026-11-25T11:42:17.216Z\",\"endDateTime\":\"2026-11-25T11:42:18.423Z\","
		"\"durationSeconds\":1.207}\n");
	assert_int_equal(counts.other_lines, 1);
}

#define COLUMNS "id,start_time,end_time,duration,callid,caller,callee,sip_code\n"

static void tables(void **state)
{
	struct import_options berlin = { .kind = RECORD_DURATION, .zone = STR("Europe/Berlin") };

	(void)state;
	check_import(&import_kamailio, durations,
		     STR(COLUMNS
			 "1,1795606937,1795606938,1.207,c1,sip:+4930123456@x,\"sip:+14255550100@y;user=phone\",200\n"
			 "2,2026-11-25T11:42:17Z,2026-11-25 12:42:18+01,1,c2,anonymous,+14255550100,\n"),
		     "record 2 {\"id\":\"c1/1795606937\",\"correlationId\":\"c1\",\"callerNumber\":\"+4930123456\","
		     "\"calleeNumber\":\"+14255550100\",\"startDateTime\":\"2026-11-25T11:42:17.000Z\","
		     "\"endDateTime\":\"2026-11-25T11:42:18.000Z\",\"durationSeconds\":1.207,\"sipResponseCode\":200,"
		     "\"sequence\":1}\n"
		     "record 3 {\"id\":\"c2/1795606937\",\"correlationId\":\"c2\",\"callerNumber\":\"anonymous\","
		     "\"calleeNumber\":\"+14255550100\",\"startDateTime\":\"2026-11-25T11:42:17.000Z\","
		     "\"endDateTime\":\"2026-11-25T11:42:18.000Z\",\"durationSeconds\":1,\"sequence\":2}\n");
	check_import(&import_kamailio, berlin,
		     STR(COLUMNS "1,2026-11-25 12:42:17,2000-01-01 00:00:00,0,c1,+4930123456,+14255550100,487\n"),
		     "record 2 {\"id\":\"c1/1795606937\",\"correlationId\":\"c1\",\"callerNumber\":\"+4930123456\","
		     "\"calleeNumber\":\"+14255550100\",\"startDateTime\":\"2026-11-25T11:42:17.000Z\","
		     "\"durationSeconds\":0,"
		     "\"sipResponseCode\":487,\"sequence\":1}\n");
}

/* acc_cdrs as Kamailio's db_sqlite fills it: times are Julian days. */
static void a_table_of_sqlite(void **state)
{
	(void)state;
	check_import(&import_kamailio, durations,
		     STR("id,start_time,end_time,duration,callid,caller,callee,sip_code\n"
			 "1,2461370.0108044,2461370.01081597,1.204,1-24231@127.0.0.1,sipp,+14255550100,\n"
			 "3,2461370.01085069,2461370.01085069,0.0,1-24331@127.0.0.1,anonymous,+14255550100,486\n"
			 "4,2461370,x,1,c,1,2,\n5,12345678,,1,c,1,2,\n6,2440587.5,,1,c,1,2,\n"),
		     "record 2 {\"id\":\"1-24231@127.0.0.1/1795608934\",\"correlationId\":\"1-24231@127.0.0.1\","
		     "\"callerNumber\":null,\"calleeNumber\":\"+14255550100\",\"startDateTime\":\"2026-11-25T12:15:34."
		     "000Z\","
		     "\"endDateTime\":\"2026-11-25T12:15:35.000Z\",\"durationSeconds\":1.204,\"sequence\":1}\n"
		     "record 3 {\"id\":\"1-24331@127.0.0.1/1795608938\",\"correlationId\":\"1-24331@127.0.0.1\","
		     "\"callerNumber\":\"anonymous\",\"calleeNumber\":\"+14255550100\","
		     "\"startDateTime\":\"2026-11-25T12:15:38.000Z\",\"endDateTime\":\"2026-11-25T12:15:38.000Z\","
		     "\"durationSeconds\":0,\"sipResponseCode\":486,\"sequence\":3}\n"
		     "reject 4 c/1795608001 endDateTime invalidDateTime\nreject 5 c/0 startDateTime invalidDateTime\n"
		     "reject 6 c/0 startDateTime invalidDateTime\n");
}

static void faults_have_their_line(void **state)
{
	struct record_reader_counts counts;

	(void)state;
	check_import(&import_kamailio, durations,
		     STR(COLUMNS "1,2026-11-25 12:42:17,,1,c1,+4930123456,+14255550100,\n"),
		     "reject 2 c1/0 startDateTime invalidDateTime\n");
	check_import(
		&import_kamailio, durations,
		STR(COLUMNS "1,yesterday,,1,c1,1,2,\n2,1795606937,,-4,c2,1,2,\n3,1795606937,,136298900000.0,c3,1,2,\n"
			    "4,1795606937,,1,c4\n5,1795606937,,NaN,c5,1,2,\n6,,,1,c6,1,2,\n\"7\"x,1\n"),
		"reject 2 c1/0 startDateTime invalidDateTime\nreject 3 c2/1795606937 durationSeconds invalidDuration\n"
		"reject 4 c3/1795606937 durationSeconds invalidDuration\nreject 5 - - wrongCellCount\n"
		"reject 6 c5/1795606937 durationSeconds invalidDuration\nreject 7 c6/0 startDateTime missingField\n"
		"reject 8 - - malformedRecord\n");
	check_import(&import_kamailio, durations, STR("start_time,duration,callid\n1,2,3\n"), "invalidRequest\n");
	check_import(&import_kamailio, durations,
		     STR("{\"start_time\":\n{\"start_time\":1e9,\"duration\":1e400,\"callid\":\"c\"}\n"
			 "start_time=1795606937.2; callid=d; end\nstart_time=1795606937.2; callid=\xff\n"),
		     "reject 1 - - malformedRecord\nreject 2 c/1000000000 durationSeconds invalidDuration\n"
		     "reject 3 d/1795606937 - malformedRecord\nreject 4 - - malformedRecord\n");
	counts = check_import(&import_kamailio, durations, STR(""), "");
	assert_int_equal(counts.records, 0);
}

static void a_table_of_a_spreadsheet(void **state)
{
	(void)state;
	check_import(&import_kamailio, durations,
		     STR("\xef\xbb\xbf\"id\";start_time;duration;caller;callee;callid\r\n1;1795606937;1.5;030123456;"
			 "040;c\r\n"
			 "\"id\";start_time;duration;caller;callee;callid\r\n"),
		     "record 2 {\"id\":\"c/1795606937\",\"correlationId\":\"c\",\"callerNumber\":\"030123456\","
		     "\"calleeNumber\":\"040\",\"startDateTime\":\"2026-11-25T11:42:17.000Z\",\"durationSeconds\":1.5,"
		     "\"sequence\":1}\n");
}

/* A table that is not Kamailio's is no log of which every line tells of something else. */
static void other_tables_are_refused(void **state)
{
	(void)state;
	check_refusal(
		&import_kamailio,
		STR("\nid,callerNumber,calleeNumber,startDateTime,durationSeconds\na,030,x,2026-11-25T00:00:00Z,1\n"),
		"the CSV lacks the column start_time; its header, line 2, is: "
		"id,callerNumber,calleeNumber,startDateTime,durationSeconds");
	check_refusal(
		&import_kamailio, STR("\xef\xbb\xbf\"src\",\"dst\",\"billsec\"\r\n1,2,3\r\n"),
		"the CSV lacks the columns start_time, duration; its header, line 1, is: \"src\",\"dst\",\"billsec\"");
	check_refusal(&import_kamailio, STR("start_time,duration,callid\n1,2,3\n"),
		      "the CSV lacks the columns caller (cdr_extra), callee (cdr_extra); its header, line 1, is: "
		      "start_time,duration,callid");
	check_import(&import_kamailio, durations, STR("id,callerNumber,calleeNumber\na,030,x\n"), "invalidRequest\n");
	check_import(&import_kamailio, durations, STR("Nov 25 11:42:17 edge kernel: eth0, link up\n"), "");
}

static void counting_from_the_answer(void **state)
{
	struct import_options operator_side = { .kind = RECORD_DURATION, .start_is_answer = true };
	struct import_options platform_side = { .kind = RECORD_CALL, .start_is_answer = true };

	(void)state;
	check_import(
		&import_kamailio, operator_side,
		STR("start_time=1795606937.216; duration=1.207; callid=c; caller=+4930123456; callee=+14255550100\n"),
		"record 1 {\"id\":\"c/1795606937\",\"correlationId\":\"c\",\"callerNumber\":\"+4930123456\","
		"\"calleeNumber\":\"+14255550100\",\"answerDateTime\":\"2026-11-25T11:42:17.216Z\",\"durationSeconds\":"
		"1.207}\n");
	check_import(&import_kamailio, platform_side,
		     STR("start_time=1795606937.216; end_time=1795606938.423; callid=c; caller=+4930123456; "
			 "callee=+14255550100; "
			 "direction=inbound; tenant_id=t; operator_id=op; trunk=edge-1\n"),
		     "record 1 {\"id\":\"c/1795606937\",\"version\":1,\"correlationId\":\"c\",\"operatorId\":\"op\","
		     "\"tenantId\":\"t\",\"direction\":\"inbound\",\"callerNumber\":\"+4930123456\","
		     "\"calleeNumber\":\"+14255550100\",\"inviteDateTime\":\"2026-11-25T11:42:17.216Z\","
		     "\"answerDateTime\":\"2026-11-25T11:42:17.216Z\",\"endDateTime\":\"2026-11-25T11:42:18.423Z\","
		     "\"durationSeconds\":1.207,\"trunk\":\"edge-1\"}\n");
}

/* Without a Call-ID, or with one too long, the content itself is the id. */
static void ids_are_stable(void **state)
{
	struct collected first = { 0 }, second = { 0 };
	struct record_reader_counts counts;
	struct buf line;

	(void)state;
	buf_init(&line, 0);
	for (int i = 0; i < 2; i++) {
		buf_clear(&line);
		buf_add_str(
			&line,
			STR("start_time=1795606937.216; duration=1; caller=+4930123456; callee=+14255550100; callid="));
		for (int k = 0; k < 200 * i; k++)
			buf_add_char(&line, 'x');
		buf_clear(&first.text);
		buf_clear(&second.text);
		import_pieces(&import_kamailio, &durations, buf_str(&line), 0, &first, &counts);
		import_pieces(&import_kamailio, &durations, buf_str(&line), 50, &second, &counts);
		assert_int_equal(counts.records, 1);
		assert_int_equal(str_find(buf_str(&first.text), STR("\",\"")), strlen("record 1 {\"id\":\"") + 32);
		check_buf(&first.text, buf_cstr(&second.text));
	}
	buf_release(&line);
	buf_release(&first.text);
	buf_release(&second.text);
}

static void formats_are_found(void **state)
{
	static const char *const names[] = {
		"canonical", "kamailio",   "opensips", "asterisk", "asterisk-cel", "freeswitch", "freeswitch-json",
		"radius",    "oracle-sbc", "ribbon",   "cucm",     "audiocodes",   "teams-pstn", "teams-direct-routing",
		"graph",
	};
	struct collected collected = { 0 };
	struct record_reader_counts counts;
	struct import_options bad_zone = { .kind = RECORD_DURATION, .zone = STR("Mars/Olympus") };
	struct record_sink sink = { &collected, collect_record, collect_reject };
	struct import_reader *reader = NULL;

	(void)state;
	assert_ptr_equal(import_format_find(STR("kamailio")), &import_kamailio);
	assert_ptr_equal(import_format_find(STR("canonical")), &import_canonical);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_string_equal(import_format_find(str_from(names[i]))->name, names[i]);
	assert_null(import_format_find(STR("abacus")));
	assert_ptr_equal(import_format_recognise(STR("log_write_cdr(): " CDR)), &import_kamailio);
	assert_ptr_equal(import_format_recognise(STR(COLUMNS)), &import_kamailio);
	assert_ptr_equal(import_format_recognise(STR("id,callerNumber,calleeNumber\n")), &import_canonical);
	assert_ptr_equal(import_format_recognise(STR("[{\"calleeNumber\":\"\",\"callerNumber\":1")), &import_canonical);
	assert_null(import_format_recognise(STR("\x7f"
						"ELF")));
	assert_int_equal(import_begin(&import_kamailio, &reader, &bad_zone, &sink, NULL), E_NOT_FOUND);
	import_pieces(
		&import_canonical, &durations,
		STR("id,callerNumber,calleeNumber,startDateTime,durationSeconds\na,030,x,2026-11-25T00:00:00Z,1\n"), 5,
		&collected, &counts);
	check_buf(&collected.text, "record 2 {\"id\":\"a\",\"callerNumber\":\"030\",\"calleeNumber\":null,"
				   "\"startDateTime\":\"2026-11-25T00:00:00.000Z\",\"durationSeconds\":1}\n");
	import_free(NULL);
	buf_release(&collected.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_syslog),
		cmocka_unit_test(lines_of_json),
		cmocka_unit_test(tables),
		cmocka_unit_test(a_table_of_sqlite),
		cmocka_unit_test(faults_have_their_line),
		cmocka_unit_test(a_table_of_a_spreadsheet),
		cmocka_unit_test(other_tables_are_refused),
		cmocka_unit_test(counting_from_the_answer),
		cmocka_unit_test(ids_are_stable),
		cmocka_unit_test(formats_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
