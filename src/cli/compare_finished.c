#include "cli/compare_finished.h"

#include "cli/compare_input.h"
#include "cli/compare_report.h"
#include "formats/carry.h"
#include "formats/csv.h"
#include "formats/input_file.h"

#include <stdlib.h>

#define SUMMARY_BYTES_MAX ((size_t)64 << 20)
#define LINE_BYTES_MAX ((size_t)1 << 20)
#define MATCH_CELLS 5

static enum status take_text(void *context, struct str bytes, struct error *err)
{
	struct buf *text = context;

	buf_add_str(text, bytes);
	return text->overflow ? error_set(err, E_TOO_LARGE, NULL, "is longer than %zu bytes", SUMMARY_BYTES_MAX) : OK;
}

static enum status read_summary(struct finished *f, struct error *err)
{
	struct str path = arena_printf(&f->arena, "%s/%s", f->directory, REPORT_SUMMARY);
	struct buf text;
	enum status status;

	buf_init(&text, SUMMARY_BYTES_MAX);
	status = input_file_read(path.p, take_text, &text, err);
	if (status == OK) {
		status = json_parse(&f->arena, arena_str(&f->arena, buf_str(&text)), &f->summary, err);
		if (status != OK)
			error_prefix(err, "%s", path.p);
	}
	buf_release(&text);
	return status;
}

static enum status read_input(struct finished *f, const struct json *from, struct finished_input *input,
			      struct error *err)
{
	struct str side = STR_NONE, name = STR_NONE, path = STR_NONE, kept = STR_NONE, format = STR_NONE;
	enum status status = json_get_str(from, "side", &side, err);

	if (status == OK)
		status = json_get_str(from, "file", &name, err);
	if (status == OK)
		status = json_get_str(from, "path", &path, err);
	if (status == OK)
		status = json_get_str(from, "keptAs", &kept, err);
	if (status == OK)
		status = json_get_str(from, "format", &format, err);
	if (status != OK)
		return status;
	if (str_is_none(name) || (str_is_none(path) && str_is_none(kept)))
		return error_set(err, E_INVALID, "inputs", "%s names no file that was compared", REPORT_SUMMARY);
	input->side = str_is(side, "platform") ? RECONCILE_PLATFORM : RECONCILE_OPERATOR;
	input->name = str_is(name, "-") ? "standard input" : arena_cstr(&f->arena, name);
	input->path = str_is_none(kept) ? arena_cstr(&f->arena, path)
					: arena_printf(&f->arena, "%s/%.*s", f->directory, STR_ARG(kept)).p;
	input->format = import_format_find(format);
	return OK;
}

enum status finished_open(struct finished *f, const char *directory, struct error *err)
{
	const struct json *inputs = NULL;
	enum status status;

	*f = (struct finished){ .directory = directory };
	arena_init(&f->arena);
	status = read_summary(f, err);
	if (status == OK)
		status = json_get_array(f->summary, "inputs", &inputs, err);
	if (status != OK)
		return status;
	if (!inputs)
		return error_set(err, E_INVALID, "inputs", "%s/%s does not say what was compared", directory,
				 REPORT_SUMMARY);
	f->inputs = ARENA_ARRAY(&f->arena, struct finished_input, inputs->count + 1);
	for (const struct json *in = inputs->first; status == OK && in; in = in->next)
		status = read_input(f, in, &f->inputs[f->input_count++], err);
	stated_causes_read(&f->arena, f->summary, &f->causes);
	return status;
}

void finished_close(struct finished *f)
{
	arena_release(&f->arena);
}

/* --- matches.csv ------------------------------------------------------------------------ */

struct match_reader {
	match_take *take;
	void *context;
};

static enum status take_row(void *context, const struct csv_row *row, struct error *err)
{
	struct match_reader *reader = context;
	struct match_row match;

	if (row->fault != CSV_FINE || row->count != MATCH_CELLS)
		return error_set(err, E_INVALID, NULL, "%s:%llu: is no row of %d cells", REPORT_MATCHES,
				 (unsigned long long)row->line, MATCH_CELLS);
	if (row->line == 1)
		return OK;
	match = (struct match_row){ row->cells[0], row->cells[1], row->cells[2], row->cells[3], row->cells[4] };
	return reader->take(reader->context, &match, err);
}

static enum status push_csv(void *context, struct str bytes, struct error *err)
{
	return csv_push(context, bytes, err);
}

enum status finished_matches(const struct finished *f, match_take *take, void *context, struct error *err)
{
	struct match_reader reader = { take, context };
	struct csv *csv = csv_new(LINE_BYTES_MAX, take_row, &reader);
	struct arena arena;
	enum status status;

	arena_init(&arena);
	status = input_file_read(arena_printf(&arena, "%s/%s", f->directory, REPORT_MATCHES).p, push_csv, csv, err);
	if (status == OK)
		status = csv_finish(csv, err);
	csv_free(csv);
	arena_release(&arena);
	return status;
}

/* --- records ------------------------------------------------------------------------------ */

struct record_source {
	const struct finished_input *input;
	finished_take *take;
	void *context;
	bool is_ours; /* the failure came from take */
};

static enum status take_record(void *context, const struct record *r, struct record_place place, struct error *err)
{
	struct record_source *source = context;
	enum status status = source->take(source->context, source->input, r, NULL, place, err);

	source->is_ours = status != OK;
	return status;
}

static enum status take_reject(void *context, const struct record_reject *reject, struct error *err)
{
	struct record_source *source = context;
	enum status status = source->take(source->context, source->input, NULL, reject, reject->place, err);

	source->is_ours = status != OK;
	return status;
}

/* A file that turned bad in the middle did so when it was compared, too: its records before count. */
static enum status read_records(const struct finished_input *input, finished_take *take, void *context,
				struct error *err)
{
	struct record_source source = { input, take, context, false };
	struct compare_stream stream = { .format = input->format,
					 .otherwise = &import_canonical,
					 .sink = { &source, take_record, take_reject } };
	struct error failure = { 0 };
	enum status status;

	stream.options.kind = input->side == RECONCILE_PLATFORM ? RECORD_CALL : RECORD_DURATION;
	stream.options.zone = COMPARE_ZONE;
	status = compare_stream_read(&stream, input->path, &failure);
	if (status == OK || (!source.is_ours && status != E_NOT_FOUND && stream.counts.records))
		return OK;
	return error_set(err, status, failure.field, "%s", failure.message);
}

enum status finished_records(const struct finished *f, finished_take *take, void *context, struct error *err)
{
	enum status status = OK;

	for (size_t i = 0; status == OK && i < f->input_count; i++)
		status = read_records(&f->inputs[i], take, context, err);
	return status;
}

/* --- one line ------------------------------------------------------------------------------- */

struct line_finder {
	struct lines lines;
	struct arena *arena;
	uint64_t wanted;
	struct str text;
};

static enum status take_line(void *context, struct line line, struct error *err)
{
	struct line_finder *finder = context;

	if (line.number != finder->wanted)
		return OK;
	finder->text = arena_str(finder->arena, line.text);
	return error_set(err, E_GONE, NULL, "found");
}

static enum status push_lines(void *context, struct str bytes, struct error *err)
{
	return lines_push(&((struct line_finder *)context)->lines, bytes, err);
}

enum status finished_line(struct arena *arena, const struct finished_input *input, uint64_t line, struct str *text,
			  struct error *err)
{
	struct line_finder finder = { .arena = arena, .wanted = line, .text = STR_NONE };
	enum status status;

	lines_init(&finder.lines, LINE_BYTES_MAX, take_line, &finder);
	status = input_file_read(input->path, push_lines, &finder, err);
	if (status == OK)
		status = lines_finish(&finder.lines, err);
	lines_release(&finder.lines);
	if (status != OK && status != E_GONE)
		return status;
	*text = finder.text;
	return OK;
}
