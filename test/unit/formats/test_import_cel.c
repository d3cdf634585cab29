#include "importing.h"

/* The mapping of cel_custom.conf as it is delivered; quotes within a cell are doubled. */
#define EVENT(event, time, number, exten, channel, id, linked, extra)                                                  \
	"\"" event "\",\"" time "\",\"Pat\",\"" number "\",\"\",\"\",\"\",\"" exten "\",\"in\",\"" channel             \
	"\",\"\",\"\",\"3\",\"\",\"" id "\",\"" linked "\",\"\",\"\",\"\",\"" extra "\"\n"
#define A(event, time, exten, linked, extra)                                                                           \
	EVENT(event, time, "+4930123456", exten, "PJSIP/a-1", linked, linked, extra)
#define B(event, time, id, linked, extra) EVENT(event, time, "+14255550100", "", "PJSIP/b-2", id, linked, extra)
#define CAUSE(number, by)                                                                                              \
	"{\"\"hangupcause\"\":" number ",\"\"hangupsource\"\":\"\"" by "\"\",\"\"dialstatus\"\":\"\"\"\"}"

#define CALL                                                                                                           \
	"\"callerNumber\":\"+4930123456\",\"calleeNumber\":\"+14255550100\",\"startDateTime\":\"2026-11-25T11:42:13."  \
	"120Z\","
#define ANSWERED                                                                                                       \
	CALL "\"answerDateTime\":\"2026-11-25T11:42:17.100Z\",\"endDateTime\":\"2026-11-25T11:43:16.500Z\","           \
	     "\"durationSeconds\":59.4"

/* A call with a fork that rang in vain, and another one among its events. */
static void events_of_calls(void **state)
{
	struct record_reader_counts counts;

	(void)state;
	counts = check_import(
		&import_asterisk_cel, durations,
		STR(A("CHAN_START", "1795606933.120500", "+14255550100", "10.1",
		      "") B("CHAN_START", "1795606933.2", "10.2", "10.1",
			    "") B("CHAN_START", "1795606933.2", "10.3", "10.1",
				  "") A("CHAN_START", "1795606933.12", "+14255550100", "20.1",
					"") B("HANGUP", "1795606936.0", "10.3", "10.1",
					      CAUSE("26", "")) B("CHAN_END", "1795606936.0", "10.3", "10.1", "")
			    B("ANSWER", "1795606937.100000", "10.2", "10.1",
			      "") A("ANSWER", "1795606937.101", "+14255550100", "10.1",
				    "") A("HANGUP", "1795606940.0", "h", "20.1",
					  CAUSE("17", "PJSIP/a-1")) A("CHAN_END", "1795606940.0", "h", "20.1", "")
				    A("LINKEDID_END", "1795606940.0", "h", "20.1",
				      "") B("HANGUP", "1795606996.500000", "10.2", "10.1", CAUSE("16", "PJSIP/b-2"))
					    B("CHAN_END", "1795606996.5", "10.2", "10.1", "")
						    A("HANGUP", "1795606996.501", "h", "10.1", CAUSE("16", "PJSIP/b-2"))
							    A("CHAN_END", "1795606996.501", "h", "10.1", "")),
		"record 4 {\"id\":\"20.1\"," CALL
		"\"endDateTime\":\"2026-11-25T11:42:20.000Z\",\"durationSeconds\":0,\"q850Cause\":17}\n"
		"record 1 {\"id\":\"10.1\"," ANSWERED ",\"q850Cause\":16,\"releasedBy\":\"callee\"}\n");
	assert_int_equal(counts.other_lines, 13);
}

/* An announcement: nobody was called, Asterisk answered.  Its channel is not told to end. */
static void what_asterisk_answered(void **state)
{
	(void)state;
	check_import(&import_asterisk_cel, durations,
		     STR(A("CHAN_START", "1795606933.120500", "s", "10.1", "")
				 A("ANSWER", "1795606937.1", "+14255550100", "10.1", "")
					 A("HANGUP", "1795606996.5", "h", "10.1", CAUSE("0", "PJSIP/a-1"))),
		     "record 1 {\"id\":\"10.1\"," ANSWERED ",\"releasedBy\":\"caller\"}\n");
}

static void tables_with_local_times(void **state)
{
	struct import_options berlin = { .kind = RECORD_DURATION, .zone = STR("Europe/Berlin") };

	(void)state;
	check_import(&import_asterisk_cel, berlin,
		     STR("id;eventtype;eventtime;cid_num;exten;channame;uniqueid;linkedid;extra\n"
			 "1;CHAN_START;2026-11-25 12:42:13.120500;+4930123456;+14255550100;a;10.1;10.1;\n"
			 "2;ANSWER;2026-11-25 12:42:17.100;+14255550100;;b;10.2;10.1;\n"
			 "3;HANGUP;2026-11-25 12:43:16.500;+4930123456;h;a;10.1;10.1;\n4;LINKEDID_END;2026-11-25 "
			 "12:43:16.500;;;;10.1;10.1;\n"),
		     "record 2 {\"id\":\"10.1\"," ANSWERED "}\n");
}

static void calls_that_do_not_end(void **state)
{
	(void)state;
	check_import(
		&import_asterisk_cel, durations,
		STR(A("CHAN_START", "1795606933.120500", "+14255550100", "10.1",
		      "") A("ANSWER", "soon", "1", "10.1", "") A("HANGUP", "1795606996.5", "h", "", "")
			    A("LINKEDID_END", "1795606996.5", "h", "9.9", "") "\"CHAN_START\",\"1795606933.12\"\n"),
		"reject 2 - startDateTime invalidDateTime\nreject 3 - id missingField\nreject 5 - - wrongCellCount\n"
		"reject 1 10.1 endDateTime missingField\n");
	check_refusal(&import_asterisk_cel, STR("a,b\n"),
		      "line 1 is neither a header nor a row of Asterisk's channel event log: it has 2 cells; expected "
		      "16 to 20, an event "
		      "first (CHAN_START, ANSWER, HANGUP, ...)");
}

/* What is kept is bounded: of calls that never end the oldest are given up. */
static void calls_under_way_are_bounded(void **state)
{
	struct collected collected = { 0 };
	struct record_reader_counts counts;
	struct buf text;

	(void)state;
	buf_init(&text, 0);
	for (int i = 0; i < 65538; i++)
		buf_printf(&text, "CHAN_START,1795606933.12,,1,,,,2,,x,,,,,%d.1,%d.1\n", i, i);
	import_pieces(&import_asterisk_cel, &durations, buf_str(&text), 1000, &collected, &counts);
	assert_int_equal(counts.rejects, 65538);
	assert_true(str_starts(buf_str(&collected.text), STR("reject 1 0.1 endDateTime missingField\nreject 2 1.1 ")));
	buf_release(&text);
	buf_release(&collected.text);
}

static void it_is_recognised(void **state)
{
	(void)state;
	assert_ptr_equal(import_format_recognise(STR(A("CHAN_START", "1", "2", "3", ""))), &import_asterisk_cel);
	assert_ptr_equal(import_format_recognise(STR("eventtype,eventtime,cid_num,exten,uniqueid,linkedid\n")),
			 &import_asterisk_cel);
	assert_ptr_equal(import_format_find(STR("asterisk-cel")), &import_asterisk_cel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_of_calls),
		cmocka_unit_test(what_asterisk_answered),
		cmocka_unit_test(tables_with_local_times),
		cmocka_unit_test(calls_that_do_not_end),
		cmocka_unit_test(calls_under_way_are_bounded),
		cmocka_unit_test(it_is_recognised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
