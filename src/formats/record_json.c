#include "formats/record_reader_private.h"

#include "formats/media_stream.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>

#define MEDIA_NODES_MAX 16384 /* some 400 streams with all their properties */

/* --- one JSON text as one record ---------------------------------------------------- */

static const char *json_type_name(enum bridge_type type)
{
	static const char *const names[] = {
		[BRIDGE_NULL] = "null",        [BRIDGE_FALSE] = "false",     [BRIDGE_TRUE] = "true",
		[BRIDGE_NUMBER] = "a number",  [BRIDGE_STRING] = "a string", [BRIDGE_ARRAY] = "an array",
		[BRIDGE_OBJECT] = "an object",
	};

	return names[type];
}

static const char *wanted_type(enum field_type type)
{
	if (field_is_numeric(type))
		return "number";
	return type == FIELD_STREAMS ? "array" : "string";
}

static void begin_media(struct record_reader *r)
{
	r->json.in_media = true;
	arena_clear(&r->arena);
	r->json.media = (struct json_builder){ .arena = &r->arena, .nodes_max = MEDIA_NODES_MAX };
}

static void end_media(struct record_reader *r)
{
	enum status status;

	r->json.in_media = false;
	buf_clear(&r->media_text);
	status =
		media_streams_canonical(r->json.media.root, &r->media_text, &r->counts.unknown_fields, reader_error(r));
	if (status == OK && r->json.media.root->count)
		r->record.media_streams = buf_str(&r->media_text);
	reader_note(r, status);
}

/* Events of mediaStreams, whose depths the builder must see from 0. */
static void media_event(struct record_reader *r, const struct bridge_event *event)
{
	if (json_builder_add(&r->json.media, event)) {
		r->json.in_media = false;
		reader_fault(r, r->json.media.status == E_DUPLICATE_KEY ? E_DUPLICATE_KEY : E_FIELD_VALUE,
			     "mediaStreams", "mediaStreams cannot be read: %s", json_builder_fault(&r->json.media));
		return;
	}
	if (event->type == BRIDGE_END && event->depth == 1)
		end_media(r);
}

static void note_unknown(struct record_reader *r, struct str key, const char *at)
{
	struct json_reader *j = &r->json;

	reader_note_unknown(r, key);
	if (j->unknown_count == j->unknown_capacity) {
		j->unknown_capacity = j->unknown_capacity ? 2 * j->unknown_capacity : 16;
		j->unknown = xrealloc(j->unknown, j->unknown_capacity * sizeof(*j->unknown));
	}
	j->unknown[j->unknown_count++] = (struct json_key){ key, at };
}

/* Writers put their keys in the same order again and again. */
static enum record_field find_field(struct record_reader *r, struct str key)
{
	size_t position = r->json.position++;
	enum record_field field;

	if (position < EXPECTED_KEYS) {
		field = r->json.expected[position];
		if (field != FIELD_UNKNOWN && str_equal(record_fields[field].name[r->kind], key))
			return field;
	}
	field = record_field_find(r->kind, key);
	if (position < EXPECTED_KEYS)
		r->json.expected[position] = field;
	return field;
}

static void member(struct record_reader *r, const struct bridge_event *event)
{
	struct str key = { event->key, event->key_size }, text = { event->text, event->text_size };
	enum record_field field = find_field(r, key);
	const struct field *f = &record_fields[field];

	if (field == FIELD_UNKNOWN) {
		note_unknown(r, key, event->at);
		return;
	}
	if (r->json.seen & 1U << field) {
		reader_fault(r, E_DUPLICATE_KEY, f->name[r->kind].p, "%s stands twice in the record",
			     f->name[r->kind].p);
		return;
	}
	r->json.seen |= 1U << field;
	if (event->type == BRIDGE_NULL)
		return;
	if (event->type == BRIDGE_STRING && !field_is_numeric(f->type) && f->type != FIELD_STREAMS)
		reader_set_text(r, field, text);
	else if (event->type == BRIDGE_NUMBER && field_is_numeric(f->type))
		reader_note(r, record_set_number(&r->record, field, text, r->strictness, reader_error(r)));
	else if (event->type == BRIDGE_ARRAY && f->type == FIELD_STREAMS)
		begin_media(r);
	else
		reader_fault(r, E_FIELD_TYPE, f->name[r->kind].p, "%s must be a JSON %s; found %s", f->name[r->kind].p,
			     wanted_type(f->type), json_type_name(event->type));
}

/* The first fault is at this place of the text. */
static void note_place(struct record_reader *r, const char *at)
{
	struct json_place place;

	if (r->status == OK || r->fault_column)
		return;
	place = json_place_of(r->json.text, at);
	r->fault_line = place.line - 1;
	r->fault_column = place.column;
}

/* Goes on after a fault: the record's id may stand behind it. */
static int record_event(void *context, const struct bridge_event *event)
{
	struct record_reader *r = context;

	if (event->depth == 0) {
		if (event->type == BRIDGE_OBJECT || event->type == BRIDGE_END)
			return 0;
		reader_fault(r, E_MALFORMED, NULL, "a record must be a JSON object; found %s",
			     json_type_name(event->type));
		return 1;
	}
	if (event->depth == 1 && event->type != BRIDGE_END)
		member(r, event);
	if (r->json.in_media)
		media_event(r, event);
	note_place(r, event->at);
	return 0;
}

static_assert(FIELD_COUNT <= 32, "json_reader.seen has a bit for each field");

static void explain_fault(struct record_reader *r, struct str text, enum bridge_result result,
			  const struct bridge_fault *fault)
{
	r->status = OK; /* what was said of a field before means little now */
	r->fault_column = 0;
	if (result == BRIDGE_TOO_DEEP)
		reader_fault(r, E_MALFORMED, NULL, "the record nests deeper than %u", r->limits.json_depth_max);
	else
		reader_fault(r, E_MALFORMED, NULL, "this is no JSON object: %s, at its byte %zu", fault->message,
			     (size_t)(json_fault_at(text, fault) - text.p) + 1);
}

/* One text, padded, as one record. */
static enum status read_json(struct record_reader *r, struct str text, struct record_place place, struct error *err)
{
	struct json_reader *j = &r->json;
	struct bridge_fault fault = { 0 };
	const struct json_key *twice;
	enum bridge_result result;

	reader_begin_record(r);
	j->position = j->unknown_count = 0;
	j->seen = 0;
	j->in_media = false;
	j->text = text;
	result = simdjson_bridge_walk(j->bridge, text.p, text.n, r->limits.json_depth_max, record_event, r, &fault);
	if (result != BRIDGE_OK && result != BRIDGE_STOPPED) {
		explain_fault(r, text, result, &fault);
		note_place(r, json_fault_at(text, &fault));
	}
	twice = json_keys_twice(j->unknown, j->unknown_count);
	if (twice)
		reader_fault(r, E_DUPLICATE_KEY, NULL, "a field stands twice in the record, again at byte %zu",
			     (size_t)(twice->at - text.p) + 1);
	note_place(r, twice ? twice->at : text.p);
	return reader_end_record(r, place, err);
}

static enum status reject_malformed(struct record_reader *r, struct record_place place, enum status status,
				    struct error *err, const char *fmt, ...) __attribute__((format(printf, 5, 6)));

static enum status reject_malformed(struct record_reader *r, struct record_place place, enum status status,
				    struct error *err, const char *fmt, ...)
{
	va_list ap;

	reader_begin_record(r);
	va_start(ap, fmt);
	r->status = error_setv(&r->fault, status, NULL, fmt, ap);
	va_end(ap);
	return reader_end_record(r, place, err);
}

/* --- lines ------------------------------------------------------------------------- */

static enum status read_line(void *context, struct line line, struct error *err)
{
	struct record_reader *r = context;
	struct record_place place = { line.number, -1, 1 };

	if (str_is_none(line.text))
		return reject_malformed(r, place, E_RECORD_TOO_LONG, err, "the line is longer than %zu bytes",
					r->limits.record_bytes_max);
	if (trim_blanks(line.text).n > 0)
		return read_json(r, line.text, place, err);
	r->counts.blank_lines++;
	return OK;
}

void record_ndjson_begin(struct record_reader *r)
{
	r->json.bridge = simdjson_bridge_new();
	lines_init(&r->lines, r->limits.record_bytes_max, read_line, r);
	r->lines.number = r->first.line;
}

/* --- arrays ------------------------------------------------------------------------ */

/* Bytes of v that are equal to c become nonzero. */
static uint64_t equal_bytes(uint64_t v, char c)
{
	uint64_t x = v ^ (UINT64_C(0x0101010101010101) * (unsigned char)c);

	return (x - UINT64_C(0x0101010101010101)) & ~x & UINT64_C(0x8080808080808080);
}

/* Bytes at the front that change nothing within a string, counted in whole words. */
static size_t skip_in_string(struct str s)
{
	size_t at = 0;
	uint64_t word;

	for (; s.n - at >= sizeof(word); at += sizeof(word)) {
		memcpy(&word, s.p + at, sizeof(word));
		if (equal_bytes(word, '"') | equal_bytes(word, '\\') | equal_bytes(word, '\n'))
			break;
	}
	return at;
}

/* How many bytes belong to the element at hand: up to a comma or the closing
 * bracket outside of everything, or all of them.  Counts brackets without
 * telling them apart: whether the element is JSON is judged when it is read. */
static size_t scan_element(struct record_reader *r, struct str bytes)
{
	struct array_reader *a = &r->array;
	size_t i;

	for (i = 0; i < bytes.n; i++) {
		char c = bytes.p[i];

		if (a->in_string) {
			if (a->escaped)
				a->escaped = false;
			else if (c == '\\')
				a->escaped = true;
			else if (c == '"' ||
				 c == '\n') /* no string goes over a line end: a stray quote must not swallow all */
				a->in_string = false;
		} else if (c == '"') {
			a->in_string = true;
			i += skip_in_string(str_after(bytes, i + 1));
		} else if (c == '{' || c == '[') {
			a->depth++;
			a->too_deep |= a->depth > r->limits.json_depth_max;
		} else if (a->depth > 0) {
			a->depth -= c == '}' || c == ']';
		} else if (c == ',' || c == ']') {
			break;
		}
	}
	return i;
}

static struct record_place place_of_element(const struct record_reader *r)
{
	return (struct record_place){ r->array.begin.line, r->array.index, r->array.begin.column };
}

/* The place behind bytes. */
static void move_on(struct json_place *at, struct str bytes)
{
	const char *end = bytes.n ? memrchr(bytes.p, '\n', bytes.n) : NULL;
	size_t lines = 0, characters = 0;

	for (const char *p = bytes.p; end && p <= end; p++)
		lines += *p == '\n';
	for (const char *p = end ? end + 1 : bytes.p; p < bytes.p + bytes.n; p++)
		characters += ((unsigned char)*p & 0xc0) != 0x80;
	*at = (struct json_place){ at->line + lines, (end ? 1 : at->column) + characters };
}

/* An element begins behind the blanks before it. */
static void note_begin(struct array_reader *a, struct str piece)
{
	size_t blanks = 0;

	if (!a->carry.skipping && trim_blanks(buf_str(&a->carry.kept)).n == 0) {
		while (blanks < piece.n && is_blank(piece.p[blanks]))
			blanks++;
		a->begin = a->at;
		move_on(&a->begin, str_of(piece.p, blanks));
	}
	move_on(&a->at, piece);
}

static enum status read_element(struct record_reader *r, struct str text, bool last, struct error *err)
{
	struct record_place place = place_of_element(r);

	while (text.n && is_blank(text.p[0]))
		text = str_after(text, 1);
	if (text.n)
		return read_json(r, text, place, err);
	if (last && r->array.index == 0)
		return OK; /* [] */
	return reject_malformed(r, place, E_MALFORMED, err, "a record is missing before a comma or bracket");
}

static enum status element_too_long(struct record_reader *r, struct error *err)
{
	struct record_place place = place_of_element(r);

	r->array.too_long = true;
	return reject_malformed(r, place, E_RECORD_TOO_LONG, err, "the element is longer than %zu bytes",
				r->limits.record_bytes_max);
}

/* Endless nesting is no array of records; nothing behind it could be told apart. */
static enum status check_nesting(const struct record_reader *r, struct error *err)
{
	if (!r->array.too_long || !r->array.too_deep)
		return OK;
	return error_set(err, E_INVALID, NULL, "element %lld nests deeper than %u and does not end within %zu bytes",
			 (long long)r->array.index, r->limits.json_depth_max, r->limits.record_bytes_max);
}

static void end_element(struct array_reader *a, char delimiter)
{
	a->at.column++;
	a->in_string = a->escaped = a->too_deep = a->too_long = false;
	a->depth = 0;
	a->index++;
	a->ended = delimiter == ']';
}

void record_array_begin(struct record_reader *r)
{
	r->json.bridge = simdjson_bridge_new();
	carry_init(&r->array.carry, r->limits.record_bytes_max);
	r->array.at = r->first;
}

enum status record_array_push(struct record_reader *r, struct str bytes, struct error *err)
{
	struct array_reader *a = &r->array;
	enum status status = OK;

	while (bytes.n && status == OK && !a->ended) {
		struct str text, piece = { bytes.p, scan_element(r, bytes) };
		bool whole = piece.n < bytes.n;

		note_begin(a, piece);
		switch (carry_add(&a->carry, piece, whole, bytes.n, &text)) {
		case CARRY_NOTHING:
			break;
		case CARRY_WHOLE:
			status = read_element(r, text, bytes.p[piece.n] == ']', err);
			break;
		case CARRY_TOO_LONG:
			status = element_too_long(r, err);
			break;
		}
		if (status == OK)
			status = check_nesting(r, err);
		if (whole)
			end_element(a, bytes.p[piece.n]);
		bytes = str_after(bytes, piece.n + whole);
	}
	if (status == OK && trim_blanks(bytes).n > 0)
		status = error_set(err, E_INVALID, NULL, "more stands behind the JSON array");
	return status;
}

enum status record_array_finish(struct record_reader *r, struct error *err)
{
	if (r->array.ended)
		return OK;
	return error_set(err, E_TRUNCATED, NULL, "the JSON array does not end; element %lld was the last to begin",
			 (long long)r->array.index);
}

void record_json_end(struct record_reader *r)
{
	simdjson_bridge_free(r->json.bridge);
	free(r->json.unknown);
	lines_release(&r->lines);
	carry_release(&r->array.carry);
}
