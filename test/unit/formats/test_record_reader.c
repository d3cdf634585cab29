#include "collect.h"

#include "base/arena.h"
#include "base/random.h"

#include <stdlib.h>

struct run {
	enum record_kind kind;
	enum record_format format;
	enum record_strictness strictness;
	const struct record_reader_limits *limits;
	struct collected collected;
	struct record_reader_counts counts;
	enum record_format seen;
	struct error err;
};

/* Reads text in two pieces, cut at `at`, and adds how it ended to the transcript. */
static void read_cut(struct run *run, struct str text, size_t at)
{
	struct record_sink sink = { &run->collected, collect_record, collect_reject };
	struct record_reader *reader = NULL;
	enum status status;
	char *exact = malloc(text.n - at + 1); /* so that reading past the end is seen */

	memcpy(exact, text.p + at, text.n - at);
	run->err = (struct error){ 0 };
	assert_int_equal(
		record_reader_new(&reader, run->kind, run->format, run->strictness, run->limits, &sink, &run->err), OK);
	status = record_reader_push(reader, str_of(text.p, at), &run->err);
	if (status == OK)
		status = record_reader_push(reader, str_of(exact, text.n - at), &run->err);
	if (status == OK)
		status = record_reader_finish(reader, &run->err);
	if (status != OK)
		buf_printf(&run->collected.text, "%s\n", status_wire(status));
	run->counts = record_reader_counts(reader);
	run->seen = record_reader_format(reader);
	record_reader_free(reader);
	free(exact);
}

/* The transcript of a text is the same wherever the stream is cut. */
static void check_run(struct run run, struct str text, const char *expected)
{
	for (size_t at = 0; at <= text.n; at++) {
		buf_clear(&run.collected.text);
		read_cut(&run, text, at);
		if (!str_is(buf_str(&run.collected.text), expected)) {
			print_error("cut at %zu\n", at);
			check_buf(&run.collected.text, expected);
		}
	}
	buf_release(&run.collected.text);
}

#define D1 "\"callerNumber\":\"+14255550100\",\"calleeNumber\":\"+4930123456\","
#define D2 "\"startDateTime\":\"2026-11-25T00:00:00.000Z\",\"durationSeconds\":59.4"
#define DURATION(id) "{\"id\":\"" id "\"," D1 D2 "}"

static const struct run durations = { .kind = RECORD_DURATION, .strictness = RECORD_STRICT };
static const struct run calls = { .kind = RECORD_CALL, .strictness = RECORD_STRICT };
static const struct run lenient = { .kind = RECORD_DURATION, .strictness = RECORD_LENIENT };

/* --- NDJSON ---------------------------------------------------------------------- */

static void lines_of_json(void **state)
{
	(void)state;
	check_run(durations, STR(DURATION("a") "\n" DURATION("b") "\r\n\n  \n" DURATION("c")),
		  "record 1 " DURATION("a") "\nrecord 2 " DURATION("b") "\nrecord 5 " DURATION("c") "\n");
	check_run(durations, STR("\xef\xbb\xbf\n\n" DURATION("a") "\n"), "record 3 " DURATION("a") "\n");
	check_run(durations, STR(""), "");
	check_run(durations, STR(" \r\n\n "), "");
	check_run(durations,
		  STR("{\"durationSeconds\":5.94e1 , \"id\" : \"\\u0061\",\"callerNumber\":\"+14255550100\","
		      "\"calleeNumber\":\"+4930123456\",\"answerDateTime\":null,\"x\":{\"y\":[1,{}]},"
		      "\"startDateTime\":\"2026-11-25T02:00:00+02:00\"}\n"),
		  "record 1 " DURATION("a") "\n");
}

static void bad_lines_are_rejected_and_reading_goes_on(void **state)
{
	(void)state;
	check_run(durations,
		  STR("{\"id\":\"cut\"\n" DURATION("a") "\n[1]\n\"x\"\n" DURATION("b") "x\n" DURATION("c") DURATION(
			  "d") "\nnull\n"
			       "{\"id\":\"nul\0\"}\n{\"id\":\"\xff\"}\n{}\n" DURATION("e") "\n{\"id\":\"last\","),
		  "reject 1 - - malformedRecord\nrecord 2 " DURATION(
			  "a") "\nreject 3 - - malformedRecord\n"
			       "reject 4 - - malformedRecord\nreject 5 - - malformedRecord\nreject 6 c - "
			       "malformedRecord\n"
			       "reject 7 - - malformedRecord\nreject 8 - - malformedRecord\nreject 9 - - "
			       "malformedRecord\n"
			       "reject 10 - id missingField\nrecord 11 " DURATION(
				       "e") "\nreject 12 - - malformedRecord\n");
}

static void faults_name_field_and_record(void **state)
{
	static const struct {
		const char *line, *expected;
	} rows[] = {
		{ "{\"id\":\"a\"," D1 "\"startDateTime\":\"2026-11-25T00:00:00Z\",\"durationSeconds\":\"59\"}",
		  "a durationSeconds wrongType" },
		{ "{\"durationSeconds\":\"59\"," D1 "\"startDateTime\":\"2026-11-25T00:00:00Z\",\"id\":\"a\"}",
		  "a durationSeconds wrongType" },
		{ "{\"id\":7," D1 D2 "}", "- id wrongType" },
		{ "{\"id\":true," D1 D2 "}", "- id wrongType" },
		{ "{\"id\":{\"id\":\"a\"}," D1 D2 "}", "- id wrongType" },
		{ "{\"id\":[\"a\"]," D1 D2 "}", "- id wrongType" },
		{ "{\"id\":\"a\"," D1 "\"startDateTime\":1795603848,\"durationSeconds\":1}",
		  "a startDateTime wrongType" },
		{ "{\"id\":\"a\"," D1 "\"startDateTime\":\"2026-11-25\",\"durationSeconds\":1}",
		  "a startDateTime invalidDateTime" },
		{ "{\"id\":\"a\"," D1 "\"startDateTime\":\"2026-02-30T00:00:00Z\",\"durationSeconds\":1}",
		  "a startDateTime invalidDateTime" },
		{ "{\"id\":\"a\"," D1 "\"startDateTime\":\"0001-01-01T00:00:00Z\",\"durationSeconds\":1}",
		  "a startDateTime missingField" },
		{ "{\"id\":\"a\"," D1 "\"startDateTime\":\"2026-11-25T00:00:00Z\",\"durationSeconds\":-1}",
		  "a durationSeconds invalidDuration" },
		{ "{\"id\":\"a\"," D1 "\"startDateTime\":\"2026-11-25T00:00:00Z\",\"durationSeconds\":1e400}",
		  "a durationSeconds invalidDuration" },
		{ "{\"id\":\"a\"," D1 "\"startDateTime\":\"2026-11-25T00:00:00Z\",\"durationSeconds\":NaN}",
		  "a - malformedRecord" },
		{ "{\"id\":\"a\"," D1 "\"startDateTime\":\"2026-11-25T00:00:00Z\",\"durationSeconds\":null}",
		  "a durationSeconds missingField" },
		{ "{\"id\":\"a\"," D1 "\"startDateTime\":\"2026-11-25T00:00:00Z\",\"durationSeconds\":01}",
		  "a - malformedRecord" },
		{ "{\"id\":\"a\"," D1 D2 ",\"durationSeconds\":59.4}", "a durationSeconds duplicateKey" },
		{ "{\"id\":\"a\"," D1 D2 ",\"id\":\"b\"}", "a id duplicateKey" },
		{ "{\"id\":\"a\"," D1 D2 ",\"\\u0069d\":\"b\"}", "a id duplicateKey" },
		{ "{\"id\":\"a\"," D1 D2 ",\"x\":1,\"y\":2,\"x\":3}", "a - duplicateKey" },
		{ "{\"id\":\"a\",\"callerNumber\":\"14255550100\",\"calleeNumber\":\"+4930123456\"," D2 "}",
		  "a callerNumber invalidNumber" },
		{ "{\"id\":\"a\",\"callerNumber\":\"+14255550100\",\"calleeNumber\":\"anonymous\"," D2 "}",
		  "a calleeNumber invalidNumber" },
		{ "{\"id\":\"a\",\"calleeNumber\":\"+4930123456\"," D2 "}", "a callerNumber missingField" },
		{ "{\"id\":\"\"," D1 D2 "}", "- id missingField" },
		{ "{\"id\":\"a\\u0007b\"," D1 D2 "}", "- id invalidValue" },
		{ "{\"id\":\"a\\u0000b\"," D1 D2 "}", "- id invalidValue" },
		{ "{\"id\":\"a\\ud800\"," D1 D2 "}", "- - malformedRecord" },
		{ "{\"id\":\"a\"," D1 D2 ",\"sipResponseCode\":99}", "a sipResponseCode invalidValue" },
		{ "{\"id\":\"a\"," D1 D2 ",\"sipResponseCode\":200.5}", "a sipResponseCode invalidValue" },
		{ "{\"id\":\"a\"," D1 D2 ",\"q850Cause\":\"16\"}", "a q850Cause wrongType" },
		{ "{\"id\":\"a\"," D1 D2 ",\"sequence\":-1}", "a sequence invalidValue" },
		{ "{\"id\":\"a\"," D1 D2 ",\"direction\":\"in\"}", "a direction invalidValue" },
		{ "{\"id\":\"a\"," D1 D2 ",\"releasedBy\":\"nobody\"}", "a releasedBy invalidValue" },
		{ "{\"id\":\"a\"," D1 D2 ",\"unknown\":tru}", "a - malformedRecord" },
		{ "{\"id\":\"a\"," D1 D2 ",\"unknown\":[1,]}", "a - malformedRecord" },
		{ "{\"id\":\"a\"," D1 D2 ",\"unknown\":[1 2]}", "a - malformedRecord" },
		{ "{\"id\":\"a\"," D1 D2 ",}", "a - malformedRecord" },
		{ "{\"id\":\"a\"," D1 D2 ",\"unknown\":\"\t\"}", "- - malformedRecord" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct run run = durations;
		char expected[200];

		snprintf(expected, sizeof(expected), "reject 1 %s\n", rows[i].expected);
		read_cut(&run, str_from(rows[i].line), 0);
		if (!str_is(buf_str(&run.collected.text), expected)) {
			print_error("%s\n", rows[i].line);
			check_buf(&run.collected.text, expected);
		}
		buf_release(&run.collected.text);
	}
}

static void numbers_never_stand_in_messages(void **state)
{
	struct run run = durations;

	(void)state;
	run.collected.messages = true;
	read_cut(&run,
		 STR("{\"id\":\"a\",\"callerNumber\":\"14255550100\",\"calleeNumber\":\"+493012345678901234\"}\n"
		     "{\"id\":\"a\",\"callerNumber\":\"+1425555010x\",\"calleeNumber\":14255550100}\n"),
		 0);
	assert_int_equal(run.counts.rejects, 2);
	assert_null(strstr(buf_cstr(&run.collected.text), "555"));
	assert_null(strstr(buf_cstr(&run.collected.text), "3012"));
	buf_release(&run.collected.text);
}

/* --- call records ------------------------------------------------------------------ */

#define CALL_BEGIN                                                                                                     \
	"{\"id\":\"c\",\"version\":1,\"operatorId\":\"op\",\"tenantId\":\"t\",\"direction\":\"inbound\"," D1           \
	"\"inviteDateTime\":\"2026-11-25T00:00:00.000Z\""

static void call_records(void **state)
{
	(void)state;
	check_run(calls,
		  STR(CALL_BEGIN
		      ",\"answerDateTime\":\"2026-11-25T00:00:08.900Z\",\"endDateTime\":\"2026-11-25T00:01:08.300Z\"}"),
		  "record 1 " CALL_BEGIN ",\"answerDateTime\":\"2026-11-25T00:00:08.900Z\","
		  "\"endDateTime\":\"2026-11-25T00:01:08.300Z\",\"durationSeconds\":59.4}\n");
	check_run(calls, STR(CALL_BEGIN ",\"endDateTime\":\"2026-11-25T00:01:08.300Z\"}"),
		  "record 1 " CALL_BEGIN ",\"endDateTime\":\"2026-11-25T00:01:08.300Z\"}\n");
	check_run(calls, STR(CALL_BEGIN ",\"endDateTime\":\"2026-11-24T23:59:59Z\"}"),
		  "reject 1 c endDateTime invalidValue\n");
	check_run(calls,
		  STR(CALL_BEGIN
		      ",\"answerDateTime\":\"2026-11-25T00:00:00Z\",\"endDateTime\":\"2026-12-27T00:00:00Z\"}"),
		  "reject 1 c durationSeconds invalidDuration\n");
}

static void media_streams(void **state)
{
	struct run run = calls;

	(void)state;
	check_run(
		calls,
		STR(CALL_BEGIN
		    ",\"mediaStreams\":[{\"mos\":4.10,\"x\":1,\"streamId\":\"s\",\"averageJitter\":\"PT0.0160S\"},{}],"
		    "\"endDateTime\":\"2026-11-25T00:01:08.300Z\"}"),
		"record 1 " CALL_BEGIN ",\"endDateTime\":\"2026-11-25T00:01:08.300Z\",\"mediaStreams\":["
		"{\"streamId\":\"s\",\"averageJitter\":\"PT0.016S\",\"mos\":4.1},{}]}\n");
	check_run(calls, STR(CALL_BEGIN ",\"mediaStreams\":[],\"endDateTime\":\"2026-11-25T00:01:08.300Z\"}"),
		  "record 1 " CALL_BEGIN ",\"endDateTime\":\"2026-11-25T00:01:08.300Z\"}\n");
	check_run(calls,
		  STR(CALL_BEGIN ",\"mediaStreams\":[{\"mos\":6}],\"endDateTime\":\"2026-11-25T00:01:08.300Z\"}"),
		  "reject 1 c mediaStreams[0].mos invalidValue\n");
	check_run(calls,
		  STR(CALL_BEGIN ",\"mediaStreams\":[{\"mos\":1,\"mos\":2}],\"endDateTime\":\"2026-11-25T00:01:08Z\"}"),
		  "reject 1 c mediaStreams duplicateKey\n");
	check_run(calls, STR(CALL_BEGIN ",\"mediaStreams\":{},\"endDateTime\":\"2026-11-25T00:01:08Z\"}"),
		  "reject 1 c mediaStreams wrongType\n");
	check_run(calls, STR(CALL_BEGIN ",\"mediaStreams\":[7],\"endDateTime\":\"2026-11-25T00:01:08Z\"}"),
		  "reject 1 c mediaStreams[0] wrongType\n");
	read_cut(&run, STR(CALL_BEGIN ",\"y\":0,\"mediaStreams\":[{\"x\":1},{\"z\":2}]}"), 0);
	assert_int_equal(run.counts.unknown_fields, 3);
	buf_release(&run.collected.text);
}

/* --- arrays ------------------------------------------------------------------------ */

static void arrays_of_json(void **state)
{
	(void)state;
	check_run(durations, STR("[" DURATION("a") "," DURATION("b") "]"),
		  "record [0] " DURATION("a") "\nrecord [1] " DURATION("b") "\n");
	check_run(durations, STR("\xef\xbb\xbf \n[\r\n" DURATION("a") " ,\n\t" DURATION("b") "\n] \n"),
		  "record [0] " DURATION("a") "\nrecord [1] " DURATION("b") "\n");
	check_run(durations, STR("[]"), "");
	check_run(durations, STR("[ \n ]\n"), "");
	check_run(durations, STR("[{\"x\":\"]},{[\\\"\\\\\"},{\"id\":\"]\\\\\"}]"),
		  "reject [0] - id missingField\nreject [1] ]\\ callerNumber missingField\n");
}

static void bad_elements_are_rejected_and_reading_goes_on(void **state)
{
	(void)state;
	check_run(durations, STR("[" DURATION("a") ", garbage!," DURATION("b") "]"),
		  "record [0] " DURATION("a") "\nreject [1] - - malformedRecord\nrecord [2] " DURATION("b") "\n");
	check_run(durations, STR("[" DURATION("a") "x," DURATION("b") "]"),
		  "reject [0] - - malformedRecord\nrecord [1] " DURATION("b") "\n");
	check_run(durations, STR("[,," DURATION("b") ",]"),
		  "reject [0] - - malformedRecord\nreject [1] - - malformedRecord\nrecord [2] " DURATION(
			  "b") "\nreject [3] - - malformedRecord\n");
	check_run(durations, STR("[{\"id\":\"a\"}}," DURATION("b") ",{\"id\":[}," DURATION("c") "]"),
		  "reject [0] a - malformedRecord\nrecord [1] " DURATION("b") "\nbodyTruncated\n");
}

static void stray_quotes_end_with_their_line(void **state)
{
	(void)state;
	check_run(durations, STR("[\n{\"id\":\"a},\n" DURATION("b") "]"), "bodyTruncated\n");
	check_run(durations, STR("[\n\"a\n,\n" DURATION("b") "]"),
		  "reject [0] - - malformedRecord\nrecord [1] " DURATION("b") "\n");
}

static void arrays_that_are_none(void **state)
{
	struct run json = durations;

	(void)state;
	json.format = RECORD_FORMAT_JSON;
	check_run(durations, STR("[" DURATION("a") ","), "record [0] " DURATION("a") "\nbodyTruncated\n");
	check_run(durations, STR("[" DURATION("a")), "bodyTruncated\n");
	check_run(durations, STR("["), "bodyTruncated\n");
	check_run(durations, STR("[" DURATION("a") "]]"), "record [0] " DURATION("a") "\ninvalidRequest\n");
	check_run(durations, STR("[]" DURATION("a")), "invalidRequest\n");
	check_run(json, STR(DURATION("a")), "invalidRequest\n");
	check_run(json, STR(""), "bodyTruncated\n");
}

/* --- CSV --------------------------------------------------------------------------- */

#define HEADER "id,callerNumber,calleeNumber,startDateTime,durationSeconds"
#define ROW(id) id ",+14255550100,+4930123456,2026-11-25T00:00:00.000Z,59.4"

static void rows_of_csv(void **state)
{
	(void)state;
	check_run(durations, STR(HEADER "\n" ROW("a") "\r\n\n" ROW("b") "\n" HEADER "\n" ROW("c")),
		  "record 2 " DURATION("a") "\nrecord 4 " DURATION("b") "\nrecord 6 " DURATION("c") "\n");
	check_run(durations,
		  STR("\xef\xbb\xbf"
		      "durationSeconds,\"id\",note,calleeNumber,callerNumber,startDateTime\r\n"
		      "59.4,\"a\",\"say \"\"hi\"\",\n\nthere\",+4930123456,+14255550100,2026-11-25T00:00:00Z\r\n"
		      "59.40,b,,+4930123456,\"+14255550100\",2026-11-25 01:00:00+01:00\r\n"),
		  "record 2 " DURATION("a") "\nrecord 5 " DURATION("b") "\n");
	check_run(durations, STR(HEADER "\n\"a,\"\"b\"\"\",+14255550100,+4930123456,2026-11-25T00:00:00Z,59.4"),
		  "record 2 " DURATION("a,\\\"b\\\"") "\n");
	check_run(durations, STR(HEADER "\n"), "");
	check_run(durations, STR(HEADER), "");
}

static void bad_rows_are_rejected_and_reading_goes_on(void **state)
{
	(void)state;
	check_run(durations,
		  STR(HEADER "\na,1\n" ROW("b") ",x\n" ROW("c\"d") "\n\"e\"f,+14255550100,+4930123456,2026-11-25T00:00:"
								   "00Z,1\n" ROW("\xff") "\n" ROW("g\0h") "\n" ROW(
									   "\xc3\xa9") "\n,,,,\nj,+1,+4930123456,2026-"
										       "11-25T00:00:00Z,1\n"
										       "k,+14255550100,+4930123456,,"
										       "1\ntotal,2\n"),
		  "reject 2 a - wrongCellCount\nreject 3 b - wrongCellCount\nreject 4 - - malformedRecord\n"
		  "reject 5 - - malformedRecord\nreject 6 - - malformedRecord\nreject 7 - - malformedRecord\n"
		  "record 8 " DURATION(
			  "\xc3\xa9") "\nreject 9 - id missingField\nreject 10 j callerNumber invalidNumber\n"
				      "reject 11 k startDateTime missingField\nreject 12 total - wrongCellCount\n");
}

static void tables_that_are_none(void **state)
{
	struct run csv = durations, run = durations;
	struct buf many;

	(void)state;
	csv.format = RECORD_FORMAT_CSV;
	check_run(durations, STR("id,callerNumber\na,+14255550100\n"), "invalidRequest\n");
	read_cut(&run, STR("id,caller;x\n"), 3);
	assert_non_null(strstr(run.err.message, "callerNumber, calleeNumber, durationSeconds, startDateTime"));
	assert_non_null(strstr(run.err.message, "id,caller;x"));
	buf_release(&run.collected.text);
	check_run(durations, STR(HEADER ",id\n"), "invalidRequest\n");
	check_run(durations, STR(HEADER ",note,note\n"), "invalidRequest\n");
	check_run(durations, STR("id,\"callerNumber\n"), "invalidRequest\n");
	check_run(durations, STR("\x89PNG\r\n\x1a\n"), "invalidRequest\n");
	check_run(csv, STR(""), "invalidRequest\n");
	check_run(durations, STR("\xff\xfei\0d\0"), "invalidRequest\n");
	check_run(durations, STR("\xfe\xff\0i\0d"), "invalidRequest\n");
	check_run(durations, STR("i\0d\0,\0"), "invalidRequest\n");
	check_run(durations, STR("\xff\xfe"), "invalidRequest\n");
	buf_init(&many, 0);
	buf_add_str(&many, STR(HEADER));
	for (int i = 0; i < 1020; i++)
		buf_printf(&many, ",c%d", i);
	read_cut(&run, buf_str(&many), 100);
	assert_non_null(strstr(run.err.message, "1025 columns"));
	buf_release(&run.collected.text);
	buf_release(&many);
}

static void quotes_that_are_never_closed(void **state)
{
	(void)state;
	check_run(durations, STR(HEADER "\n" ROW("a") "\n\"b,1\n" ROW("c") "\n"),
		  "record 2 " DURATION("a") "\nreject 3 - - malformedRecord\nrecord 4 " DURATION(
			  "c") "\nbodyTruncated\n");
	check_run(durations, STR(HEADER "\n\"a"), "reject 2 - - malformedRecord\nbodyTruncated\n");
}

static void empty_cells_are_absent(void **state)
{
	(void)state;
	check_run(durations, STR(HEADER ",sequence,trunk,direction\n" ROW("a") ",,,\n" ROW("b") ",7,t,outbound\n"),
		  "record 2 " DURATION("a") "\nrecord 3 {\"id\":\"b\",\"direction\":\"outbound\"," D1 D2
					    ",\"trunk\":\"t\",\"sequence\":7}\n");
}

/* --- files -------------------------------------------------------------------------- */

static void files_may_carry_what_switches_write(void **state)
{
	struct run call_file = { .kind = RECORD_CALL, .strictness = RECORD_LENIENT };

	(void)state;
	check_run(lenient,
		  STR(HEADER
		      ",sipResponseCode,q850Cause\na,(425) 555-0100,tel:+4930123456,2026-11-25T00:00:00Z,59.4,0,802\n"
		      "b,,hangup,2026-11-25T00:00:00Z,,,\n,x,x,2026-11-25T00:00:00Z,1,,\nd,1,2,,1,,\n"),
		  "record 2 {\"id\":\"a\",\"callerNumber\":\"4255550100\",\"calleeNumber\":\"+4930123456\"," D2 "}\n"
		  "record 3 {\"id\":\"b\",\"calleeNumber\":null,\"startDateTime\":\"2026-11-25T00:00:00.000Z\"}\n"
		  "reject 4 - id missingField\nreject 5 d startDateTime missingField\n");
	check_run(call_file,
		  STR("id,callerNumber,calleeNumber,answerDateTime,endDateTime\na,1,2,2026-11-25T00:00:08.900Z,"
		      "2026-11-25T00:01:08.300Z\n"),
		  "record 2 {\"id\":\"a\",\"version\":1,\"callerNumber\":\"1\",\"calleeNumber\":\"2\","
		  "\"answerDateTime\":\"2026-11-25T00:00:08.900Z\",\"endDateTime\":\"2026-11-25T00:01:08.300Z\","
		  "\"durationSeconds\":59.4}\n");
}

/* --- places ------------------------------------------------------------------------- */

static void places_of_rows(void **state)
{
	struct run run = lenient;

	(void)state;
	run.collected.columns = true;
	check_run(run, STR(HEADER "\n"
			   "\xc3\xa4,+14255550100,+4930123456,yesterday,1\n"
			   "\"b,\",+14255550100,+4930123456,2026-11-25T00:00:00Z,soon\n"
			   "c,x\"y,+4930123456,2026-11-25T00:00:00Z,1\n"
			   "d,1\n"
			   "\xc3\xa4\0,+14255550100,+4930123456,2026-11-25T00:00:00Z,1\n"
			   ",+14255550100,+4930123456,2026-11-25T00:00:00Z,1\n"
			   "f,+14255550100,+4930123456,2026-11-25T00:00:00Z,\"1\n"),
		  "reject 2:28 \xc3\xa4 startDateTime invalidDateTime\n"
		  "reject 3:52 b, durationSeconds invalidDuration\n"
		  "reject 4:3 - - malformedRecord\n"
		  "reject 5:1 d - wrongCellCount\n"
		  "reject 6:2 - - malformedRecord\n"
		  "reject 7:1 - id missingField\n"
		  "reject 8:49 - - malformedRecord\nbodyTruncated\n");
}

static void places_of_json(void **state)
{
	struct run run = lenient;

	(void)state;
	run.collected.columns = true;
	check_run(run, STR("{\"id\":\"\xc3\xa4\",\"startDateTime\":\"soon\"}\n{\"id\":\n{}\n"),
		  "reject 1:11 \xc3\xa4 startDateTime invalidDateTime\n"
		  "reject 2:1 - - malformedRecord\n"
		  "reject 3:1 - id missingField\n");
	check_run(run, STR("\n [ {\"id\":\"\xc3\xa4\",\"startDateTime\":\"soon\"}, {},\n  {\n    \"id\": \"b\",\n    \"trunk\": 7\n  },,\n7]"),
		  "reject 2:14 \xc3\xa4 startDateTime invalidDateTime\n"
		  "reject 2:39 - id missingField\n"
		  "reject 5:5 b trunk wrongType\n"
		  "reject 6:5 - - malformedRecord\n"
		  "reject 7:1 - - malformedRecord\n");
}

/* --- spreadsheets --------------------------------------------------------------------- */

#define LENIENT_ROW(id) "{\"id\":\"" id "\"," D1 D2 "}"

static void tables_of_spreadsheets(void **state)
{
	static const char *const separators[] = { ";", "\t", "|" };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct buf text;

		buf_init(&text, 0);
		buf_add_str(&text, STR("id,Caller Number,callee_number,STARTDATETIME,Duration-Seconds\r\n"
				       "a,+14255550100,+4930123456,2026-11-25T00:00:00Z,59.4\r\n"
				       "\"b\",+14255550100,+4930123456,2026-11-25T00:00:00Z,\"59.4\"\r\n"));
		for (char *p = text.p; p < text.p + text.n; p++)
			if (*p == ',')
				*p = separators[i][0];
		check_run(lenient, buf_str(&text), "record 2 " LENIENT_ROW("a") "\nrecord 3 " LENIENT_ROW("b") "\n");
		/* Over HTTP a table is what the contract says. */
		check_run(durations, buf_str(&text), "invalidRequest\n");
		buf_release(&text);
	}
	check_run(lenient, STR("sep=;\nid;callerNumber;calleeNumber;startDateTime;durationSeconds;a,b,c,d,e,f\n"
			       "a;+14255550100;+4930123456;2026-11-25T00:00:00Z;59,4;\n"),
		  "record 3 " LENIENT_ROW("a") "\n");
}

static void commas_of_decimals(void **state)
{
	static const struct {
		const char *cell, *expected;
	} rows[] = {
		{ "\"59,4\"", "record" }, { "\"59,40\"", "record" }, { "\"59,400\"", "reject" }, { "\"5,9,4\"", "reject" },
		{ "\"1.059,4\"", "reject" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct run run = lenient;
		struct buf text;

		buf_init(&text, 0);
		buf_printf(&text, HEADER "\na,+14255550100,+4930123456,2026-11-25T00:00:00Z,%s\n", rows[i].cell);
		read_cut(&run, buf_str(&text), 0);
		assert_true(str_starts(buf_str(&run.collected.text), str_from(rows[i].expected)));
		buf_release(&run.collected.text);
		buf_release(&text);
	}
}

static void rows_in_windows_1252(void **state)
{
	struct run run = lenient;

	(void)state;
	check_run(lenient, STR(HEADER "\n\xe4\x80," "+14255550100,+4930123456,2026-11-25T00:00:00Z,59.4\n"
			       "\"\xe4,\"," "+14255550100,+4930123456,2026-11-25T00:00:00Z,59.4\n"
			       "\x81," "+14255550100,+4930123456,2026-11-25T00:00:00Z,59.4\n"),
		  "record 2 " LENIENT_ROW("\xc3\xa4\xe2\x82\xac") "\nrecord 3 " LENIENT_ROW("\xc3\xa4,") "\n"
		  "reject 4 - - malformedRecord\n");
	read_cut(&run, STR(HEADER "\n\xe4," "+14255550100,+4930123456,2026-11-25T00:00:00Z,59.4\n"), 0);
	assert_int_equal(run.counts.latin_lines, 1);
	buf_release(&run.collected.text);
	check_run(durations, STR(HEADER "\n\xe4," "+14255550100,+4930123456,2026-11-25T00:00:00Z,59.4\n"),
		  "reject 2 - - malformedRecord\n");
}

/* A spreadsheet that took a number for a quantity has lost its digits. */
static void numbers_in_scientific_notation(void **state)
{
	struct run run = lenient;

	(void)state;
	run.collected.messages = true;
	read_cut(&run, STR(HEADER "\na,4.93E+11,+4930123456,2026-11-25T00:00:00Z,59.4\n"), 0);
	assert_true(str_find(buf_str(&run.collected.text), STR("scientific notation")) < run.collected.text.n);
	buf_release(&run.collected.text);
	check_run(lenient, STR(HEADER "\na,\"4,93E+11\",+4930123456,2026-11-25T00:00:00Z,59.4\n"
			       "b,1,4E11,2026-11-25T00:00:00Z,59.4\nc,E11,1E,2026-11-25T00:00:00Z,59.4\n"),
		  "reject 2 a callerNumber invalidNumber\nreject 3 b calleeNumber invalidNumber\n"
		  "record 4 {\"id\":\"c\",\"callerNumber\":null,\"calleeNumber\":null," D2 "}\n");
}

/* --- limits -------------------------------------------------------------------------- */

static void records_have_a_longest(void **state)
{
	struct record_reader_limits exact = { sizeof(DURATION("a")) - 1, 32, 0 }, short_rows = { 70, 32, 0 };
	struct run run = durations, rows = durations;

	(void)state;
	run.limits = &exact;
	/* Too long and too deep is the end, wherever the depth shows. */
	check_run(run,
		  STR("[xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		      "xxxxxxxxxxxx"
		      "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[,{}]"),
		  "reject [0] - - recordTooLong\ninvalidRequest\n");
	rows.limits = &short_rows;
	check_run(run, STR(DURATION("a") "\n" DURATION("bb") "\n" DURATION("c")),
		  "record 1 " DURATION("a") "\nreject 2 - - recordTooLong\nrecord 3 " DURATION("c") "\n");
	check_run(run, STR("[" DURATION("a") "," DURATION("bb") "," DURATION("c") "]"),
		  "record [0] " DURATION("a") "\nreject [1] - - recordTooLong\nrecord [2] " DURATION("c") "\n");
	check_run(rows, STR(HEADER "\n" ROW("a") "\n" ROW("bbbbbbbbbbbbbbbbbbbbbbbbbb") "\n" ROW("c") "\n"),
		  "record 2 " DURATION("a") "\nreject 3 - - recordTooLong\nrecord 4 " DURATION("c") "\n");
	check_run(rows, STR(HEADER "\n\"a,\n" ROW("b") "\n" ROW("c") "\n"),
		  "reject 2 - - malformedRecord\nrecord 3 " DURATION("b") "\nrecord 4 " DURATION("c") "\n");
	check_run(rows,
		  STR(HEADER
		      "\n\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,\n" ROW("b")),
		  "reject 2 - - recordTooLong\nrecord 3 " DURATION("b") "\n");
}

static void there_are_most_records(void **state)
{
	struct record_reader_limits two = { 1 << 20, 32, 2 };
	struct run run = durations;

	(void)state;
	run.limits = &two;
	check_run(run, STR(DURATION("a") "\nx\n"), "record 1 " DURATION("a") "\nreject 2 - - malformedRecord\n");
	check_run(run, STR(DURATION("a") "\nx\n" DURATION("c")),
		  "record 1 " DURATION("a") "\nreject 2 - - malformedRecord\nrequestTooLarge\n");
}

static void nesting(struct buf *b, unsigned depth)
{
	buf_clear(b);
	buf_add_str(b, STR("{\"id\":\"a\"," D1 D2 ",\"x\":"));
	for (unsigned i = 1; i < depth; i++)
		buf_add_char(b, '[');
	for (unsigned i = 1; i < depth; i++)
		buf_add_char(b, ']');
	buf_add_char(b, '}');
}

static void nesting_has_a_bound(void **state)
{
	struct run run = durations;
	struct buf b, array;

	(void)state;
	buf_init(&b, 0);
	buf_init(&array, 0);
	nesting(&b, 32);
	check_run(durations, buf_str(&b), "record 1 " DURATION("a") "\n");
	nesting(&b, 33);
	check_run(durations, buf_str(&b), "reject 1 a - malformedRecord\n");
	buf_printf(&array, "[%s,%s]", buf_cstr(&b), DURATION("b"));
	check_run(run, buf_str(&array), "reject [0] a - malformedRecord\nrecord [1] " DURATION("b") "\n");
	buf_release(&b);
	buf_release(&array);
}

/* A stream that nests forever ends with an error after about one record's size. */
static void endless_brackets_end_early(void **state)
{
	struct collected collected = { 0 };
	struct record_sink sink = { &collected, collect_record, collect_reject };
	struct record_reader *reader;
	struct error err;
	char brackets[65536];
	enum status status = OK;
	size_t pushed = 0;

	(void)state;
	memset(brackets, '[', sizeof(brackets));
	assert_int_equal(
		record_reader_new(&reader, RECORD_DURATION, RECORD_FORMAT_AUTO, RECORD_STRICT, NULL, &sink, &err), OK);
	while (status == OK && pushed < (size_t)100 << 20) {
		status = record_reader_push(reader, str_of(brackets, sizeof(brackets)), &err);
		pushed += sizeof(brackets);
	}
	assert_int_equal(status, E_INVALID);
	assert_true(pushed <= (size_t)2 << 20);
	assert_int_equal(record_reader_push(reader, STR("[]"), &err), E_INVALID);
	assert_int_equal(record_reader_finish(reader, &err), E_INVALID);
	record_reader_free(reader);
	buf_release(&collected.text);
}

static void the_sink_can_stop(void **state)
{
	struct run run = durations;

	(void)state;
	run.collected.stop_after = 1;
	read_cut(&run, STR(DURATION("a") "\n" DURATION("b") "\n"), 0);
	check_buf(&run.collected.text, "record 1 " DURATION("a") "\ninsufficientStorage\n");
	assert_string_equal(run.err.message, "stopped");
	buf_release(&run.collected.text);
	record_reader_free(NULL);
}

static void what_is_read_is_counted(void **state)
{
	struct run run = durations;

	(void)state;
	read_cut(&run, STR("\n" HEADER ",x,y\n\n" ROW("a") ",1,2\n \n" HEADER ",x,y\nb\n"), 40);
	assert_int_equal(run.counts.records, 1);
	assert_int_equal(run.counts.rejects, 1);
	assert_int_equal(run.counts.unknown_fields, 2);
	assert_int_equal(run.counts.blank_lines, 3);
	assert_int_equal(run.counts.repeated_headers, 1);
	assert_int_equal(run.seen, RECORD_FORMAT_CSV);
	read_cut(&run, STR(" \n" DURATION("a") "\n\n{\"x\":1,\"y\":2}\n"), 40);
	assert_int_equal(run.counts.records, 1);
	assert_int_equal(run.counts.rejects, 1);
	assert_int_equal(run.counts.unknown_fields, 2);
	assert_int_equal(run.counts.blank_lines, 2);
	assert_int_equal(run.seen, RECORD_FORMAT_NDJSON);
	read_cut(&run, STR("[]"), 1);
	assert_int_equal(run.seen, RECORD_FORMAT_JSON);
	read_cut(&run, STR(" \n"), 1);
	assert_int_equal(run.seen, RECORD_FORMAT_AUTO);
	buf_release(&run.collected.text);
}

/* --- one content, many forms ------------------------------------------------------------ */

static struct str random_text(struct arena *a, struct prng *r, size_t max)
{
	static const char *const letters[] = { "a", "Z",  "7", "-", "_",        "\"",
					       ",", "\\", "/", " ", "\xc3\xa9", "\xf0\x9f\x98\x80",
					       "'", ";",  "=", "{", "]",        ":" };
	struct buf b;
	struct str s;

	buf_init(&b, 0);
	for (size_t n = prng_below(r, max + 1); n > 0; n--)
		buf_add_str(&b, str_from(letters[prng_below(r, sizeof(letters) / sizeof(letters[0]))]));
	s = b.n ? arena_str(a, buf_str(&b)) : STR_NONE;
	buf_release(&b);
	return s;
}

static number_t random_number(struct prng *r)
{
	unsigned digits = 5 + (unsigned)prng_below(r, 11);
	uint64_t least = 1;

	for (unsigned i = 1; i < digits; i++)
		least *= 10;
	return number_make(NUMBER_E164, least + prng_below(r, 9 * least), digits, 0);
}

static void random_record(struct record *rec, struct arena *a, struct prng *r, enum record_kind kind, int n)
{
	record_clear(rec, kind);
	rec->id = arena_printf(a, "%d", n);
	rec->correlation_id = random_text(a, r, 20);
	rec->operator_id = kind == RECORD_CALL ? STR("op-1") : random_text(a, r, 3);
	rec->direction = kind == RECORD_CALL ? 1 + prng_below(r, 2) : prng_below(r, 3);
	rec->caller = prng_below(r, 5) ? random_number(r) : NUMBER_WITHHELD_WORD;
	rec->callee = random_number(r);
	rec->start_ms = (int64_t)prng_below(r, 4000000000000) - 2000000000000;
	rec->answer_ms = prng_below(r, 2) ? rec->start_ms + (int64_t)prng_below(r, 60000) : INSTANT_NONE;
	rec->end_ms =
		(rec->answer_ms == INSTANT_NONE ? rec->start_ms : rec->answer_ms) + (int64_t)prng_below(r, 600000);
	rec->duration_ms = (int64_t)prng_below(r, 600000);
	rec->sip_code = prng_below(r, 2) ? 100 + (int)prng_below(r, 600) : CODE_NONE;
	rec->q850_cause = prng_below(r, 2) ? 1 + (int)prng_below(r, 127) : CODE_NONE;
	rec->released_by = prng_below(r, 3);
	rec->trunk = random_text(a, r, 8);
	if (kind == RECORD_CALL) {
		rec->version = 1 + (int64_t)prng_below(r, 3);
		rec->tenant_id = STR("t-1");
		rec->user_id = random_text(a, r, 8);
	} else {
		rec->sequence = (int64_t)prng_below(r, 100) - 1;
	}
}

static void check_digests(enum record_kind kind, enum record_format format, const struct buf *text,
			  const struct buf *expected, struct prng *r)
{
	struct run run = { .kind = kind, .strictness = RECORD_STRICT, .collected.digests = true };

	for (int i = 0; i < 20; i++) {
		buf_clear(&run.collected.text);
		read_cut(&run, buf_str(text), prng_below(r, text->n + 1));
		assert_int_equal(run.seen, format);
		check_buf(&run.collected.text, expected->p);
	}
	buf_release(&run.collected.text);
}

static void the_same_records_in_all_formats(void **state)
{
	struct prng r;

	(void)state;
	prng_init(&r, 1);
	for (int kind = RECORD_CALL; kind <= RECORD_DURATION; kind++) {
		struct collected expected = { .digests = true };
		struct buf csv, lines, array;
		struct arena a;

		arena_init(&a);
		buf_init(&csv, 0);
		buf_init(&lines, 0);
		buf_init(&array, 0);
		record_write_csv_header(&csv, (enum record_kind)kind);
		for (int i = 0; i < 300; i++) {
			struct record rec;

			random_record(&rec, &a, &r, (enum record_kind)kind, i);
			collect_record(&expected, &rec, (struct record_place){ 0, 0 }, NULL);
			buf_add_str(&csv, STR("\r\n"));
			record_write_csv(&csv, &rec);
			record_write_json(&lines, &rec);
			buf_add_char(&lines, '\n');
			buf_add_char(&array, i ? ',' : '[');
			record_write_json(&array, &rec);
		}
		buf_add_char(&array, ']');
		buf_cstr(&expected.text);
		check_digests((enum record_kind)kind, RECORD_FORMAT_CSV, &csv, &expected.text, &r);
		check_digests((enum record_kind)kind, RECORD_FORMAT_NDJSON, &lines, &expected.text, &r);
		check_digests((enum record_kind)kind, RECORD_FORMAT_JSON, &array, &expected.text, &r);
		buf_release(&csv);
		buf_release(&lines);
		buf_release(&array);
		buf_release(&expected.text);
		arena_release(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_json),
		cmocka_unit_test(bad_lines_are_rejected_and_reading_goes_on),
		cmocka_unit_test(faults_name_field_and_record),
		cmocka_unit_test(numbers_never_stand_in_messages),
		cmocka_unit_test(call_records),
		cmocka_unit_test(media_streams),
		cmocka_unit_test(arrays_of_json),
		cmocka_unit_test(bad_elements_are_rejected_and_reading_goes_on),
		cmocka_unit_test(stray_quotes_end_with_their_line),
		cmocka_unit_test(arrays_that_are_none),
		cmocka_unit_test(rows_of_csv),
		cmocka_unit_test(bad_rows_are_rejected_and_reading_goes_on),
		cmocka_unit_test(tables_that_are_none),
		cmocka_unit_test(quotes_that_are_never_closed),
		cmocka_unit_test(empty_cells_are_absent),
		cmocka_unit_test(files_may_carry_what_switches_write),
		cmocka_unit_test(places_of_rows),
		cmocka_unit_test(places_of_json),
		cmocka_unit_test(tables_of_spreadsheets),
		cmocka_unit_test(commas_of_decimals),
		cmocka_unit_test(rows_in_windows_1252),
		cmocka_unit_test(numbers_in_scientific_notation),
		cmocka_unit_test(records_have_a_longest),
		cmocka_unit_test(there_are_most_records),
		cmocka_unit_test(nesting_has_a_bound),
		cmocka_unit_test(endless_brackets_end_early),
		cmocka_unit_test(the_sink_can_stop),
		cmocka_unit_test(what_is_read_is_counted),
		cmocka_unit_test(the_same_records_in_all_formats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
