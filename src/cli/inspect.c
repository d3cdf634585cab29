/* tally inspect: what a file of records is believed to be. */
#include "cli/command.h"
#include "cli/compare_input.h"
#include "cli/compare_survey.h"
#include "formats/json.h"

#include <getopt.h>
#include <stdio.h>

#define REJECTS_SHOWN 5

static const char usage[] = "Usage: tally inspect [--json] FILE...\n"
			    "\n"
			    "Says what each file is believed to be: its format, what it spans and where it is\n"
			    "silent, how it writes times, durations and numbers, and which lines cannot be\n"
			    "read.  FILE - is standard input; gzip, zstd and zip are seen from the content.\n"
			    "\n"
			    "  --json   one JSON object for each file\n"
			    "  --help   this text\n"
			    "\n"
			    "Exit code 3 when a file holds no record that can be read.\n";

struct inspection {
	const char *path;
	struct compare_stream stream;
	struct survey survey;
	uint64_t rejects;
	struct compare_place first[REJECTS_SHOWN];
	struct error failure;
};

/* --- reading ------------------------------------------------------------------------ */

static enum status take_record(void *context, const struct record *r, struct record_place place, struct error *err)
{
	(void)place;
	(void)err;
	survey_add(&((struct inspection *)context)->survey, r);
	return OK;
}

static enum status take_reject(void *context, const struct record_reject *reject, struct error *err)
{
	struct inspection *in = context;

	(void)err;
	if (in->rejects < REJECTS_SHOWN) {
		in->first[in->rejects].place = reject->place;
		memcpy(in->first[in->rejects].message, reject->error.message, sizeof(reject->error.message));
	}
	in->rejects++;
	return OK;
}

static void read_all(struct inspection *in)
{
	in->stream.otherwise = &import_canonical;
	in->stream.finds_kind = true;
	in->stream.options.zone = COMPARE_ZONE;
	in->stream.sink = (struct record_sink){ in, take_record, take_reject };
	compare_stream_read(&in->stream, in->path, &in->failure);
	survey_finish(&in->survey);
}

/* --- findings, in words ----------------------------------------------------------------- */

/* The coarsest increment on which durations lie; 0: they have milliseconds. */
static int64_t increment_of(const struct survey *s)
{
	for (int i = 0; i < SURVEY_INCREMENTS; i++)
		if (survey_is_rule(s->multiples[i], s->answered))
			return survey_increments_ms[i];
	return 0;
}

static const char *counting(const struct survey *s)
{
	if (survey_is_rule(s->thousandfold, s->timed))
		return "milliseconds written as seconds";
	if (survey_is_rule(s->sixtieth, s->timed))
		return "minutes written as seconds";
	if (survey_is_rule(s->from_answer, s->timed))
		return "seconds from the answer";
	if (survey_is_rule(s->from_start, s->timed))
		return "seconds from set-up, ringing included";
	if (increment_of(s) > MS_PER_SECOND)
		return "rounded too coarsely to tell what is counted";
	return s->timed ? "neither from the answer nor from set-up to the end"
			: "not to be told without answer and end";
}

/* --- text --------------------------------------------------------------------------------- */

static void add_span(struct buf *out, int64_t from_ms, int64_t to_ms)
{
	instant_add(out, from_ms);
	buf_add_str(out, STR(" to "));
	instant_add(out, to_ms);
}

static void describe_time(const struct survey *s, struct buf *out)
{
	buf_add_str(out, STR("  span       "));
	add_span(out, s->from_ms, s->to_ms);
	buf_printf(out, ", %s\n",
		   survey_is_rule(s->whole_seconds, s->records) ? "in whole seconds" : "with milliseconds");
	for (size_t i = 0; i < s->gap_count; i++) {
		buf_add_str(out, STR("  silent     "));
		add_span(out, s->gaps[i].from_ms, s->gaps[i].to_ms);
		buf_add_char(out, '\n');
	}
	if (s->ends_before)
		buf_printf(out, "  clock      %llu records end before they start\n",
			   (unsigned long long)s->ends_before);
}

static void describe_durations(const struct survey *s, struct buf *out)
{
	int64_t increment = increment_of(s);

	buf_printf(out, "  durations  %llu above 0: %s", (unsigned long long)s->answered, counting(s));
	if (increment >= MS_PER_SECOND) {
		buf_add_str(out, STR(", in multiples of "));
		duration_add(out, increment);
		buf_add_str(out, STR(" s"));
	}
	buf_add_char(out, '\n');
}

static void describe_numbers(const struct survey *s, struct buf *out)
{
	const struct {
		uint64_t n;
		const char *words;
	} parts[] = { { s->e164, "international with +" },
		      { s->digits, "national or prefixed" },
		      { s->masked, "masked" },
		      { s->withheld, "withheld" },
		      { s->other, "no numbers" } };
	const char *separator = "";

	buf_add_str(out, STR("  numbers    "));
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (parts[i].n == 0)
			continue;
		buf_printf(out, "%s%llu %s", separator, (unsigned long long)parts[i].n, parts[i].words);
		separator = ", ";
	}
	buf_add_char(out, '\n');
}

static void describe_rest(const struct inspection *in, struct buf *out)
{
	const struct survey *s = &in->survey;
	uint64_t span = s->sequences ? (uint64_t)(s->sequence_last - s->sequence_first) + 1 : 0;

	if (s->repeated_ids)
		buf_printf(out, "  ids        %llu stand more than once\n", (unsigned long long)s->repeated_ids);
	if (span > s->sequences)
		buf_printf(out, "  sequence   %llu of %llu to %llu are not there\n",
			   (unsigned long long)(span - s->sequences), (unsigned long long)s->sequence_first,
			   (unsigned long long)s->sequence_last);
	if (in->stream.counts.unknown_fields)
		buf_printf(out, "  unknown    %llu columns or fields are not read\n",
			   (unsigned long long)in->stream.counts.unknown_fields);
	if (in->stream.counts.latin_lines)
		buf_printf(out, "  encoding   lines that are no UTF-8 were read as Windows-1252: %llu\n",
			   (unsigned long long)in->stream.counts.latin_lines);
	if (in->stream.counts.local_times)
		buf_printf(out, "  zone       times without offset were read as UTC: %llu\n",
			   (unsigned long long)in->stream.counts.local_times);
	for (uint64_t i = 0; i < in->rejects && i < REJECTS_SHOWN; i++) {
		const struct record_place *at = &in->first[i].place;

		buf_printf(out, "  rejected   line %llu, column %zu: %s\n", (unsigned long long)at->line, at->column,
			   in->first[i].message);
	}
	if (in->failure.status != OK)
		buf_printf(out, "  failure    %s\n", in->failure.message);
}

static void describe(const struct inspection *in, struct buf *out)
{
	buf_printf(out, "%s: %s, %s, %llu records, %llu rejected\n", in->path,
		   in->stream.format ? in->stream.format->name : "no format",
		   in->stream.options.kind == RECORD_CALL ? "call records" : "duration records",
		   (unsigned long long)in->survey.records, (unsigned long long)in->rejects);
	if (in->survey.records) {
		describe_time(&in->survey, out);
		describe_durations(&in->survey, out);
		describe_numbers(&in->survey, out);
	}
	describe_rest(in, out);
}

/* --- JSON ----------------------------------------------------------------------------------- */

static void write_survey(struct json_writer *w, const struct survey *s)
{
	json_member_instant(w, "from", s->from_ms);
	json_member_instant(w, "to", s->to_ms);
	json_member_bool(w, "wholeSeconds", survey_is_rule(s->whole_seconds, s->records));
	json_key(w, "gaps");
	json_array_begin(w);
	for (size_t i = 0; i < s->gap_count; i++) {
		json_object_begin(w);
		json_member_instant(w, "from", s->gaps[i].from_ms);
		json_member_instant(w, "to", s->gaps[i].to_ms);
		json_object_end(w);
	}
	json_array_end(w);
	json_member_i64(w, "endBeforeStart", (int64_t)s->ends_before);
	json_member_i64(w, "answered", (int64_t)s->answered);
	json_member_z(w, "counting", counting(s));
	json_key(w, "incrementSeconds");
	json_duration(w, increment_of(s));
	json_key(w, "numbers");
	json_object_begin(w);
	json_member_i64(w, "international", (int64_t)s->e164);
	json_member_i64(w, "digits", (int64_t)s->digits);
	json_member_i64(w, "masked", (int64_t)s->masked);
	json_member_i64(w, "withheld", (int64_t)s->withheld);
	json_member_i64(w, "other", (int64_t)s->other);
	json_object_end(w);
	json_member_i64(w, "repeatedIds", (int64_t)s->repeated_ids);
}

static void write_json(const struct inspection *in, struct buf *out)
{
	struct json_writer w;

	json_writer_init(&w, out);
	json_object_begin(&w);
	json_member_z(&w, "file", in->path);
	json_member_z(&w, "format", in->stream.format ? in->stream.format->name : NULL);
	json_member_z(&w, "kind", in->stream.options.kind == RECORD_CALL ? "calls" : "durations");
	json_member_i64(&w, "records", (int64_t)in->survey.records);
	json_member_i64(&w, "rejected", (int64_t)in->rejects);
	json_member_i64(&w, "unknownFields", (int64_t)in->stream.counts.unknown_fields);
	json_member_i64(&w, "timesWithoutOffset", (int64_t)in->stream.counts.local_times);
	json_member_z(&w, "failure", in->failure.status == OK ? NULL : in->failure.message);
	if (in->survey.records)
		write_survey(&w, &in->survey);
	json_object_end(&w);
	buf_add_char(out, '\n');
}

static int inspect(const char *path, bool json)
{
	struct inspection in = { .path = path };
	struct buf out;
	int code;

	buf_init(&out, 0);
	read_all(&in);
	if (json)
		write_json(&in, &out);
	else
		describe(&in, &out);
	fputs(buf_cstr(&out), stdout);
	code = in.survey.records ? EXIT_DONE : EXIT_INPUT;
	survey_release(&in.survey);
	buf_release(&out);
	return code;
}

int command_inspect(int argc, char **argv)
{
	static const struct option longs[] = { { "json", no_argument, NULL, 'j' },
					       { "help", no_argument, NULL, 'h' },
					       { 0 } };
	bool json = false;
	int c, code = EXIT_DONE;

	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (c == 'h') {
			fputs(usage, stdout);
			return EXIT_DONE;
		}
		if (c != 'j')
			return EXIT_USAGE;
		json = true;
	}
	if (optind == argc) {
		fputs("tally inspect: expected FILE...\nTry: tally inspect --help\n", stderr);
		return EXIT_USAGE;
	}
	for (int i = optind; i < argc; i++) {
		int one = inspect(argv[i], json);

		if (one != EXIT_DONE)
			code = one;
	}
	return code;
}
