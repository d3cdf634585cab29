#include "formats/record_reader_private.h"

#include <stdarg.h>
#include <stdlib.h>

/* Enough to see a byte order mark, UTF-16 without one, and the first character behind. */
#define HEAD_BYTES 4

enum status record_reader_new(struct record_reader **out, enum record_kind kind, enum record_format format,
			      enum record_strictness strictness, const struct record_reader_limits *limits,
			      const struct record_sink *sink, struct error *err)
{
	struct record_reader_limits defaults = RECORD_READER_LIMITS_DEFAULT;
	struct record_reader *r;

	if (limits && (limits->json_depth_max > JSON_DEPTH_MAX || limits->record_bytes_max == 0))
		return error_set(err, E_INVALID, NULL, "a record reader needs room, and a depth of at most %d",
				 JSON_DEPTH_MAX);
	r = xalloc(sizeof(*r));
	r->kind = kind;
	r->format = format;
	r->strictness = strictness;
	r->limits = limits ? *limits : defaults;
	r->sink = *sink;
	r->first = (struct json_place){ 1, 1 };
	buf_init(&r->head, 0);
	buf_init(&r->media_text, 0);
	arena_init(&r->arena);
	arena_init(&r->unknown_arena);
	for (int i = 0; i < EXPECTED_KEYS; i++)
		r->json.expected[i] = FIELD_UNKNOWN;
	*out = r;
	return OK;
}

static void begin_format(struct record_reader *r)
{
	r->begun = true;
	if (r->format == RECORD_FORMAT_JSON)
		record_array_begin(r);
	else if (r->format == RECORD_FORMAT_NDJSON)
		record_ndjson_begin(r);
	else
		record_csv_begin(r);
}

enum record_cut record_reader_cut(const struct record_reader *r)
{
	if (!r->begun || r->failed || r->format == RECORD_FORMAT_JSON)
		return RECORD_CUT_NOWHERE;
	if (r->format == RECORD_FORMAT_NDJSON)
		return RECORD_CUT_LINES;
	return r->columns.fields && csv_is_even(r->csv) ? RECORD_CUT_EVEN_LINES : RECORD_CUT_NOWHERE;
}

struct record_reader *record_reader_fork(const struct record_reader *of, const struct record_sink *sink)
{
	struct record_reader *r;

	if (!of->begun || of->failed || of->format == RECORD_FORMAT_JSON ||
	    (of->format == RECORD_FORMAT_CSV && !of->columns.fields) ||
	    record_reader_new(&r, of->kind, of->format, of->strictness, &of->limits, sink, NULL) != OK)
		return NULL;
	r->zone = of->zone;
	begin_format(r);
	if (r->format == RECORD_FORMAT_CSV)
		record_csv_copy_columns(r, of);
	return r;
}

uint64_t record_reader_lines(const struct record_reader *r)
{
	if (!r->begun || r->format == RECORD_FORMAT_JSON)
		return 0;
	return (r->format == RECORD_FORMAT_CSV ? csv_line(r->csv) : r->lines.number) - 1;
}

void record_reader_set_zone(struct record_reader *r, const struct zone *zone)
{
	r->zone = zone;
}

void record_reader_free(struct record_reader *r)
{
	if (!r)
		return;
	record_json_end(r);
	record_csv_end(r);
	buf_release(&r->media_text);
	buf_release(&r->head);
	arena_release(&r->arena);
	arena_release(&r->unknown_arena);
	free(r);
}

struct record_reader_counts record_reader_counts(const struct record_reader *r)
{
	struct record_reader_counts counts = r->counts;

	if (r->csv) {
		counts.blank_lines += csv_blank_lines(r->csv);
		counts.latin_lines = csv_latin_lines(r->csv);
	}
	return counts;
}

size_t record_reader_unknown_names(const struct record_reader *r, struct str names[UNKNOWN_NAMES_MAX])
{
	memcpy(names, r->unknown_names, r->unknown_name_count * sizeof(*names));
	return r->unknown_name_count;
}

void reader_note_unknown(struct record_reader *r, struct str name)
{
	r->counts.unknown_fields++;
	for (size_t i = 0; i < r->unknown_name_count; i++)
		if (str_equal(r->unknown_names[i], name))
			return;
	if (r->unknown_name_count < UNKNOWN_NAMES_MAX &&
	    field_check_text("name", name, UNKNOWN_NAME_CHARACTERS_MAX, NULL) == OK)
		r->unknown_names[r->unknown_name_count++] = arena_str(&r->unknown_arena, name);
}

enum record_format record_reader_format(const struct record_reader *r)
{
	return r->format;
}

/* --- one record ------------------------------------------------------------------ */

void reader_begin_record(struct record_reader *r)
{
	record_clear(&r->record, r->kind);
	r->status = OK;
	r->fault_column = 0;
	r->fault_line = 0;
}

void reader_fault(struct record_reader *r, enum status status, const char *field, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	reader_note(r, error_setv(reader_error(r), status, field, fmt, ap));
	va_end(ap);
}

void reader_set_text(struct record_reader *r, enum record_field field, struct str text)
{
	int64_t local_ms, ms;

	/* Most times end with Z: that is seen before anything is parsed twice. */
	if (r->zone && record_fields[field].type == FIELD_INSTANT && text.n && text.p[text.n - 1] != 'Z' &&
	    wall_clock_parse(text, &local_ms)) {
		zone_to_utc(r->zone, local_ms, &ms);
		*(int64_t *)field_at(&r->record, &record_fields[field]) = ms;
		r->counts.local_times++;
		return;
	}
	reader_note(r, record_set_text(&r->record, field, text, r->strictness, reader_error(r)));
}

static enum status check_record(struct record_reader *r)
{
	record_complete(&r->record);
	if (r->strictness == RECORD_STRICT)
		return record_check_whole(&r->record, &r->fault);
	return record_check_lenient(&r->record, &r->fault);
}

enum status reader_end_record(struct record_reader *r, struct record_place place, struct error *err)
{
	struct record_reject reject;

	if (r->limits.records_max && r->counts.records + r->counts.rejects == r->limits.records_max)
		return error_set(err, E_TOO_LARGE, NULL, "there are more than %llu records",
				 (unsigned long long)r->limits.records_max);
	if (r->status == OK)
		r->status = check_record(r);
	if (r->status == OK) {
		r->counts.records++;
		return r->sink.record(r->sink.context, &r->record, place, err);
	}
	r->counts.rejects++;
	if (r->fault_column) {
		place.column = r->fault_line ? r->fault_column : place.column + r->fault_column - 1;
		place.line += r->fault_line;
	}
	reject = (struct record_reject){ place, r->record.id, r->fault };
	return r->sink.reject(r->sink.context, &reject, err);
}

/* --- the stream ------------------------------------------------------------------- */

static enum status refuse_utf16(const struct record_reader *r, struct error *err)
{
	struct str head = buf_str(&r->head);

	if (str_starts(head, STR("\xff\xfe")) || str_starts(head, STR("\xfe\xff")) ||
	    (head.n >= 2 && (head.p[0] == '\0') != (head.p[1] == '\0')))
		return error_set(err, E_INVALID, NULL, "the text is UTF-16; records are read as UTF-8");
	return OK;
}

static enum record_format format_of(char first)
{
	if (first == '[')
		return RECORD_FORMAT_JSON;
	return first == '{' ? RECORD_FORMAT_NDJSON : RECORD_FORMAT_CSV;
}

static enum status push_format(struct record_reader *r, struct str bytes, struct error *err)
{
	switch (r->format) {
	case RECORD_FORMAT_JSON:
		return record_array_push(r, bytes, err);
	case RECORD_FORMAT_NDJSON:
		return lines_push(&r->lines, bytes, err);
	default:
		return csv_push(r->csv, bytes, err);
	}
}

/* Passes over blanks before the first character, counting their lines. */
static void skip_blanks(struct record_reader *r, struct str *bytes)
{
	for (; bytes->n && is_blank(bytes->p[0]); *bytes = str_after(*bytes, 1)) {
		r->first.column++;
		if (bytes->p[0] == '\n') {
			r->first = (struct json_place){ r->first.line + 1, 1 };
			r->counts.blank_lines++;
		}
	}
}

static enum status begin(struct record_reader *r, struct str bytes, struct error *err)
{
	skip_blanks(r, &bytes);
	if (bytes.n == 0)
		return OK;
	if (r->format == RECORD_FORMAT_AUTO)
		r->format = format_of(bytes.p[0]);
	if (r->format == RECORD_FORMAT_JSON) {
		if (bytes.p[0] != '[')
			return error_set(err, E_INVALID, NULL, "a JSON array must begin with [");
		bytes = str_after(bytes, 1);
		r->first.column++;
	}
	begin_format(r);
	return push_format(r, bytes, err);
}

/* The first bytes wait until a byte order mark can be told from content. */
static enum status push_head(struct record_reader *r, struct str bytes, bool last, struct error *err)
{
	struct str head;
	enum status status;

	if (r->head.n >= HEAD_BYTES)
		return begin(r, bytes, err);
	while (r->head.n < HEAD_BYTES && bytes.n) {
		buf_add_char(&r->head, bytes.p[0]);
		bytes = str_after(bytes, 1);
	}
	if (r->head.n < HEAD_BYTES && !last)
		return OK;
	status = refuse_utf16(r, err);
	if (status != OK)
		return status;
	head = buf_str(&r->head);
	if (str_starts(head, STR("\xef\xbb\xbf")))
		head = str_after(head, 3);
	status = begin(r, head, err);
	if (status != OK || bytes.n == 0)
		return status;
	return r->begun ? push_format(r, bytes, err) : begin(r, bytes, err);
}

/* Keeps the first failure of the stream, so that every later call repeats it. */
static enum status settle(struct record_reader *r, enum status status, struct error *err)
{
	if (status != OK) {
		r->failed = status;
		if (err)
			*err = r->failure;
	}
	return status;
}

enum status record_reader_push(struct record_reader *r, struct str bytes, struct error *err)
{
	if (r->failed || bytes.n == 0)
		return settle(r, r->failed, err);
	if (r->begun)
		return settle(r, push_format(r, bytes, &r->failure), err);
	return settle(r, push_head(r, bytes, false, &r->failure), err);
}

static enum status finish_format(struct record_reader *r, struct error *err)
{
	switch (r->format) {
	case RECORD_FORMAT_JSON:
		return record_array_finish(r, err);
	case RECORD_FORMAT_NDJSON:
		return lines_finish(&r->lines, err);
	default:
		return record_csv_finish(r, err);
	}
}

enum status record_reader_finish(struct record_reader *r, struct error *err)
{
	enum status status = r->failed;

	if (status == OK && !r->begun && r->head.n < HEAD_BYTES)
		status = push_head(r, STR(""), true, &r->failure);
	if (status == OK && !r->begun && r->format != RECORD_FORMAT_AUTO)
		begin_format(r);
	if (status == OK && r->begun)
		status = finish_format(r, &r->failure);
	return settle(r, status, err);
}
