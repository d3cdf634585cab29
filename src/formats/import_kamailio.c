/* Kamailio's call detail records: the table acc_cdrs of module acc as CSV, the
 * lines that acc writes to syslog, and the JSON of module acc_json (Kamailio 5.6).
 * docs/formats/kamailio.md names the columns. */
#include "base/arena.h"
#include "base/encoding.h"
#include "base/zone.h"
#include "formats/carry.h"
#include "formats/csv.h"
#include "formats/import.h"
#include "formats/json.h"
#include "formats/record_private.h"
#include "formats/simdjson_bridge.h"

#include <stdio.h>
#include <stdlib.h>

#define HEAD_MAX ((size_t)64 * 1024) /* in which the first line must end */
#define JSON_DEPTH 8
#define INSTANT_MAX_MS INT64_C(253402300799999) /* 9999-12-31T23:59:59.999Z */

/* What a row says, from wherever it comes.  Slices live as long as the row. */
struct row {
	struct str values[FIELD_COUNT]; /* none when absent */
	bool is_number[FIELD_COUNT];    /* the value is the literal of a JSON number */
	size_t unknown;
};

enum shape { SHAPE_UNKNOWN, SHAPE_CSV, SHAPE_LINES };

struct kamailio {
	struct import_reader base;
	enum record_kind kind;
	bool start_is_answer;
	struct record_sink sink;
	struct record_reader_counts counts;
	struct zone *zone; /* NULL: times without offset are rejected */
	enum shape shape;
	struct buf head; /* until the shape is known */
	struct csv *csv;
	struct lines lines;
	struct simdjson_bridge *bridge;

	size_t columns; /* 0 before the header */
	enum record_field fields[CSV_CELLS_MAX];

	struct row row;
	struct record record;
	enum status status; /* the first fault of the row at hand */
	struct error fault;
	struct buf id;
};

/* --- names ------------------------------------------------------------------------ */

/* cdr_extra lets its user choose names; these are the ones met with.  A column
 * may also have the name of the record field that it is. */
static const struct {
	const char *name;
	enum record_field field;
} names[] = {
	{ "start_time", FIELD_START },
	{ "end_time", FIELD_END },
	{ "duration", FIELD_DURATION },
	{ "id", FIELD_SEQUENCE },
	{ "callid", FIELD_CORRELATION_ID },
	{ "call_id", FIELD_CORRELATION_ID },
	{ "sip_call_id", FIELD_CORRELATION_ID },
	{ "caller", FIELD_CALLER },
	{ "src_user", FIELD_CALLER },
	{ "from_user", FIELD_CALLER },
	{ "from_uri", FIELD_CALLER },
	{ "src", FIELD_CALLER },
	{ "calling", FIELD_CALLER },
	{ "callee", FIELD_CALLEE },
	{ "dst_user", FIELD_CALLEE },
	{ "to_user", FIELD_CALLEE },
	{ "to_uri", FIELD_CALLEE },
	{ "dst", FIELD_CALLEE },
	{ "called", FIELD_CALLEE },
	{ "answer_time", FIELD_ANSWER },
	{ "direction", FIELD_DIRECTION },
	{ "sip_code", FIELD_SIP_CODE },
	{ "q850_cause", FIELD_Q850 },
	{ "released_by", FIELD_RELEASED_BY },
	{ "hangup_by", FIELD_RELEASED_BY },
	{ "trunk", FIELD_TRUNK },
	{ "gateway", FIELD_TRUNK },
	{ "operator_id", FIELD_OPERATOR_ID },
	{ "tenant_id", FIELD_TENANT_ID },
	{ "user_id", FIELD_USER_ID },
};

static enum record_field field_named(const struct kamailio *k, struct str name)
{
	enum record_field field = FIELD_UNKNOWN;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && field == FIELD_UNKNOWN; i++)
		if (str_equal_ascii_case(name, str_from(names[i].name)))
			field = names[i].field;
	if (field == FIELD_UNKNOWN)
		field = record_field_find(k->kind, name);
	if (field == FIELD_UNKNOWN || field == FIELD_MEDIA || field == FIELD_ID || !record_field_name(k->kind, field))
		return FIELD_UNKNOWN;
	return field;
}

/* The first name of a field counts: "caller" beside "src_user" says the same. */
static void row_add(struct kamailio *k, enum record_field field, struct str value, bool is_number)
{
	if (field == FIELD_UNKNOWN) {
		k->row.unknown++;
	} else if (str_is_none(k->row.values[field])) {
		k->row.values[field] = value;
		k->row.is_number[field] = is_number;
	}
}

/* --- a row as a record --------------------------------------------------------------- */

static struct error *fault_of(struct kamailio *k)
{
	return k->status == OK ? &k->fault : NULL;
}

static void note(struct kamailio *k, enum status status)
{
	if (k->status == OK)
		k->status = status;
}

/* Ways in which "nothing" is written by databases and by module acc. */
static bool is_unset(struct str value)
{
	static const char *const words[] = {
		"",  "NULL", "\\N", "0", "0.000", "0000-00-00 00:00:00", "1970-01-01 00:00:00", "2000-01-01 00:00:00",
		NULL
	};

	for (int i = 0; words[i]; i++)
		if (str_is(value, words[i]))
			return true;
	return false;
}

/* Seconds as text or as a JSON number. */
static bool parse_seconds(const struct kamailio *k, enum record_field field, int64_t max_ms, int64_t *ms)
{
	struct str value = k->row.values[field];
	int64_t found;

	if (!k->row.is_number[field])
		return duration_parse(value, max_ms, ms);
	if (!json_scaled(value, 3, max_ms, &found) || found < 0)
		return false;
	*ms = found;
	return true;
}

#define EPOCH_FIRST_MS (INT64_C(100000000) * MS_PER_SECOND) /* 1973: what is less is no time of a call */

/* Kamailio's db_sqlite keeps a second as the Julian day of half a second before,
 * "2461370.0108044": rounded up, it is the second that was meant. */
static bool parse_julian_day(struct str value, int64_t *ms)
{
	const int64_t day = 100000000, epoch = 244058750000000, last = 250000000000000; /* 1e-8 days; 1970, 2132 */
	int64_t days;

	if (!duration_parse(value, INT64_MAX, &days) || !json_scaled(value, 8, last, &days) || days <= epoch)
		return false;
	*ms = ((days - epoch) * (MS_PER_DAY / MS_PER_SECOND) + day) / day * MS_PER_SECOND;
	return true;
}

static bool parse_epoch(const struct kamailio *k, enum record_field field, int64_t *ms)
{
	int64_t found;

	if (!parse_seconds(k, field, INSTANT_MAX_MS, &found) || found < EPOCH_FIRST_MS)
		return false;
	*ms = found;
	return true;
}

/* "2026-11-25 11:42:17", as other databases write times. */
static bool parse_naive(struct str value, int64_t *local_ms)
{
	char text[40];

	if (value.n < 19 || value.n > 30)
		return false;
	memcpy(text, value.p, value.n);
	text[value.n] = 'Z';
	return instant_parse(str_of(text, value.n + 1), local_ms);
}

static void set_local(struct kamailio *k, int64_t local_ms, int64_t *ms)
{
	zone_to_utc(k->zone, local_ms, ms);
	k->counts.local_times++;
}

static void set_time(struct kamailio *k, enum record_field field, int64_t *ms)
{
	struct str value = k->row.values[field];
	const char *name = record_field_name(k->kind, field);
	int64_t local_ms;

	if (str_is_none(value) || is_unset(value) || instant_parse(value, ms) || parse_epoch(k, field, ms) ||
	    parse_julian_day(value, ms))
		return;
	if (!parse_naive(value, &local_ms))
		note(k, error_set(fault_of(k), E_DATETIME, name, "%s is neither seconds since 1970 nor a date and time",
				  name));
	else if (!k->zone)
		note(k, error_set(fault_of(k), E_DATETIME, name,
				  "%s is a date and time without offset; the zone of the switch must be given", name));
	else
		set_local(k, local_ms, ms);
}

static void set_duration(struct kamailio *k)
{
	struct str value = k->row.values[FIELD_DURATION];
	int64_t *ms = &k->record.duration_ms;

	if (str_is_none(value) || is_unset(value)) {
		*ms = str_is(value, "0") || str_is(value, "0.000") ? 0 : DURATION_NONE;
		return;
	}
	if (!parse_seconds(k, FIELD_DURATION, DURATION_MAX_MS, ms))
		note(k, error_set(fault_of(k), E_DURATION, "durationSeconds",
				  "duration must be seconds from 0 to 2678400; found \"%.*s\"",
				  (int)(value.n < 32 ? value.n : 32), value.p));
}

static void set_rest(struct kamailio *k)
{
	for (int i = 0; i < FIELD_COUNT; i++) {
		enum field_type type = record_fields[i].type;
		struct str value = k->row.values[i];

		if (type == FIELD_INSTANT || type == FIELD_SECONDS || str_is_none(value) || is_unset(value))
			continue;
		note(k, record_set_text(&k->record, (enum record_field)i, value, RECORD_LENIENT, fault_of(k)));
	}
}

/* Kamailio has no id of its own for a call: the Call-ID and the second in which
 * the call began are the same however and how often it is exported; phones use
 * one Call-ID for several calls. */
static void make_id(struct kamailio *k)
{
	struct record *r = &k->record;
	char hex[2 * DIGEST_SIZE];
	struct digest digest;

	buf_clear(&k->id);
	buf_add_str(&k->id, r->correlation_id);
	buf_add_char(&k->id, '/');
	buf_add_i64(&k->id, record_filed_ms(r) == INSTANT_NONE ? 0 : record_filed_ms(r) / MS_PER_SECOND);
	if (r->correlation_id.n == 0 || k->id.n > RECORD_ID_MAX) {
		digest = record_digest(r);
		hex_encode(str_of(digest.b, sizeof(digest.b)), hex);
		buf_clear(&k->id);
		buf_add(&k->id, hex, sizeof(hex));
	}
	r->id = buf_str(&k->id);
}

/* Where the source starts to count at the answer, its start says nothing of the
 * set-up; a call record must have one.  A call that nobody answered starts at its
 * set-up in any case. */
static void place_start(struct kamailio *k)
{
	struct record *r = &k->record;

	if (!k->start_is_answer || r->duration_ms == 0)
		return;
	r->answer_ms = r->start_ms;
	if (r->kind == RECORD_DURATION)
		r->start_ms = INSTANT_NONE;
}

static enum status hand_out(struct kamailio *k, uint64_t line, struct error *err)
{
	struct record_place place = { line, -1, 1 };
	struct record_reject reject;

	if (k->status == OK) {
		record_complete(&k->record);
		k->status = record_check_lenient(&k->record, &k->fault);
	}
	if (k->status == OK) {
		k->counts.records++;
		return k->sink.record(k->sink.context, &k->record, place, err);
	}
	k->counts.rejects++;
	reject = (struct record_reject){ place, k->record.id, k->fault };
	return k->sink.reject(k->sink.context, &reject, err);
}

static void begin_row(struct kamailio *k)
{
	k->row = (struct row){ 0 };
	k->status = OK;
	record_clear(&k->record, k->kind);
}

static enum status end_row(struct kamailio *k, uint64_t line, struct error *err)
{
	set_time(k, FIELD_START, &k->record.start_ms);
	set_time(k, FIELD_ANSWER, &k->record.answer_ms);
	set_time(k, FIELD_END, &k->record.end_ms);
	set_duration(k);
	set_rest(k);
	place_start(k);
	make_id(k);
	return hand_out(k, line, err);
}

static enum status reject_row(struct kamailio *k, uint64_t line, enum status status, const char *fault,
			      struct error *err)
{
	begin_row(k);
	note(k, error_set(fault_of(k), status, NULL, "%s", fault));
	return hand_out(k, line, err);
}

/* --- CSV -------------------------------------------------------------------------------- */

static bool has_name(const struct csv_row *row, const char *name)
{
	for (size_t i = 0; i < row->count; i++)
		if (str_equal_ascii_case(row->cells[i], str_from(name)))
			return true;
	return false;
}

static bool has_column(const struct kamailio *k, enum record_field field)
{
	for (size_t i = 0; i < k->columns; i++)
		if (k->fields[i] == field)
			return true;
	return false;
}

/* The table always has start_time; by that name it is told from tables of other kinds. */
static enum status check_columns(const struct kamailio *k, const struct csv_row *row, struct error *err)
{
	const bool has_start_time = has_name(row, "start_time"), has_duration = has_column(k, FIELD_DURATION);
	const bool has_caller = has_column(k, FIELD_CALLER), has_callee = has_column(k, FIELD_CALLEE);
	const struct {
		bool is_there;
		const char *name;
	} needed[] = { { has_start_time, "start_time" },
		       { has_duration, "duration" },
		       { has_caller, "caller" },
		       { has_callee, "callee" } };
	char missing[64] = "";
	size_t n = 0;

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!needed[i].is_there)
			n += (size_t)snprintf(missing + n, sizeof(missing) - n, "%s%s", n ? ", " : "", needed[i].name);
	if (n == 0)
		return OK;
	return error_set(err, E_INVALID, NULL, "the CSV lacks the columns %s%s; its header is line %llu", missing,
			 has_caller && has_callee ? "" : " (by cdr_extra)", (unsigned long long)row->line);
}

static enum status read_header(struct kamailio *k, const struct csv_row *row, struct error *err)
{
	if (row->fault || row->count > CSV_CELLS_MAX)
		return error_set(err, E_INVALID, NULL, "the header, line %llu, cannot be read",
				 (unsigned long long)row->line);
	k->columns = row->count;
	for (size_t i = 0; i < row->count; i++) {
		k->fields[i] = field_named(k, row->cells[i]);
		k->counts.unknown_fields += k->fields[i] == FIELD_UNKNOWN;
	}
	return check_columns(k, row, err);
}

static enum status read_csv_row(void *context, const struct csv_row *row, struct error *err)
{
	struct kamailio *k = context;

	if (!k->columns)
		return read_header(k, row, err);
	if (row->fault)
		return reject_row(k, row->line, E_MALFORMED, csv_fault_text(row->fault), err);
	if (row->count != k->columns)
		return reject_row(k, row->line, E_CELLS, "the line has more or fewer cells than the header", err);
	begin_row(k);
	for (size_t i = 0; i < k->columns; i++)
		if (k->fields[i] != FIELD_UNKNOWN)
			row_add(k, k->fields[i], row->cells[i], false);
	return end_row(k, row->line, err);
}

/* --- lines: syslog and JSON --------------------------------------------------------------- */

static int json_event(void *context, const struct bridge_event *event)
{
	struct kamailio *k = context;
	struct str key = { event->key, event->key_size }, text = { event->text, event->text_size };

	if (event->depth == 1 && (event->type == BRIDGE_STRING || event->type == BRIDGE_NUMBER))
		row_add(k, field_named(k, key), text, event->type == BRIDGE_NUMBER);
	return 0;
}

static enum status read_json_line(struct kamailio *k, struct str text, uint64_t line, struct error *err)
{
	struct bridge_fault fault = { 0 };

	begin_row(k);
	if (simdjson_bridge_walk(k->bridge, text.p, text.n, JSON_DEPTH, json_event, k, &fault) != BRIDGE_OK) {
		note(k, error_set(fault_of(k), E_MALFORMED, NULL, "the JSON of this line cannot be read: %s",
				  fault.message));
		return hand_out(k, line, err);
	}
	k->counts.unknown_fields += k->row.unknown;
	return end_row(k, line, err);
}

/* "start_time=1795606937.216; end_time=...; callee=sip:..." */
static enum status read_syslog_line(struct kamailio *k, struct str text, uint64_t line, struct error *err)
{
	begin_row(k);
	while (text.n) {
		size_t end = str_find(text, STR("; "));
		struct str value = { text.p, end }, name = str_cut(&value, '=');

		if (str_is_none(value))
			note(k, error_set(fault_of(k), E_MALFORMED, NULL, "an attribute has no ="));
		else
			row_add(k, field_named(k, name), value, false);
		text = str_after(text, end < text.n ? end + 2 : end);
	}
	k->counts.unknown_fields += k->row.unknown;
	return end_row(k, line, err);
}

/* Where the attributes begin: behind the words that Kamailio writes before them,
 * else at the first one it always writes. */
static size_t attributes_begin(struct str text, size_t start_time)
{
	static const char intro[] = "log_write_cdr(): ";
	size_t at = str_find(text, str_from(intro));

	return at < start_time ? at + strlen(intro) : start_time;
}

/* Call detail records stand among the lines of transactions and of everything
 * else that goes to the same log. */
static enum status read_line(void *context, struct line line, struct error *err)
{
	struct kamailio *k = context;
	struct str text = line.text;
	size_t begin;

	if (str_is_none(text))
		return reject_row(k, line.number, E_RECORD_TOO_LONG, "the line is longer than 1 MiB", err);
	if (trim_blanks(text).n == 0) {
		k->counts.blank_lines++;
		return OK;
	}
	begin = str_find(text, STR("start_time"));
	if (begin == text.n) {
		k->counts.other_lines++;
		return OK;
	}
	if (!str_is_utf8(text) || memchr(text.p, '\0', text.n))
		return reject_row(k, line.number, E_MALFORMED, "the line holds bytes that are no UTF-8, or NUL", err);
	if (str_find_char(text, '{') < begin)
		return read_json_line(k, str_after(text, str_find_char(text, '{')), line.number, err);
	return read_syslog_line(k, trim_blanks(str_after(text, attributes_begin(text, begin))), line.number, err);
}

/* --- the stream ------------------------------------------------------------------------------ */

/* Whether one of the cells is a name of ours, quoted or not: no line of a log has such a cell. */
static bool has_known_name(const struct kamailio *k, struct str line)
{
	while (line.n) {
		struct str cell = trim_blanks(str_cut(&line, ','));

		if (cell.n > 2 && cell.p[0] == '"' && cell.p[cell.n - 1] == '"')
			cell = str_of(cell.p + 1, cell.n - 2);
		if (field_named(k, cell) != FIELD_UNKNOWN)
			return true;
	}
	return false;
}

/* A CSV begins with its names; other lines have them before each value. */
static enum shape shape_of(const struct kamailio *k, struct str head)
{
	struct str text = trim_blanks(head), line = { text.p, str_find_char(text, '\n') };

	if (str_find_char(line, '=') < line.n || str_find_char(line, '{') < line.n)
		return SHAPE_LINES;
	return str_find(line, STR("start_time")) < line.n || has_known_name(k, line) ? SHAPE_CSV : SHAPE_LINES;
}

static enum status push_shape(struct kamailio *k, struct str bytes, struct error *err)
{
	return k->shape == SHAPE_CSV ? csv_push(k->csv, bytes, err) : lines_push(&k->lines, bytes, err);
}

static enum status settle_shape(struct kamailio *k, struct error *err)
{
	struct str head = buf_str(&k->head);

	if (str_starts(head, STR("\xef\xbb\xbf")))
		head = str_after(head, 3);
	k->shape = shape_of(k, head);
	return head.n ? push_shape(k, head, err) : OK;
}

static enum status push(struct import_reader *base, struct str bytes, struct error *err)
{
	struct kamailio *k = (struct kamailio *)base;
	struct str begun;

	if (k->shape != SHAPE_UNKNOWN)
		return push_shape(k, bytes, err);
	buf_add_str(&k->head, bytes);
	begun = trim_blanks(buf_str(&k->head));
	if (str_find_char(begun, '\n') == begun.n && k->head.n < HEAD_MAX)
		return OK;
	return settle_shape(k, err);
}

static enum status finish(struct import_reader *base, struct error *err)
{
	struct kamailio *k = (struct kamailio *)base;
	enum status status = OK;

	if (k->shape == SHAPE_UNKNOWN)
		status = settle_shape(k, err);
	if (status != OK)
		return status;
	return k->shape == SHAPE_CSV ? csv_finish(k->csv, err) : lines_finish(&k->lines, err);
}

static struct record_reader_counts counts(const struct import_reader *base)
{
	const struct kamailio *k = (const struct kamailio *)base;
	struct record_reader_counts sum = k->counts;

	sum.blank_lines += csv_blank_lines(k->csv);
	return sum;
}

static void release(struct import_reader *base)
{
	struct kamailio *k = (struct kamailio *)base;

	csv_free(k->csv);
	lines_release(&k->lines);
	simdjson_bridge_free(k->bridge);
	zone_free(k->zone);
	buf_release(&k->head);
	buf_release(&k->id);
	free(k);
}

static const struct import_reader_type kamailio_type = { push, finish, counts, release };

static enum status begin(struct import_reader **reader, const struct import_options *options,
			 const struct record_sink *sink, struct error *err)
{
	size_t bytes_max = options->record_bytes_max ? options->record_bytes_max : (size_t)1 << 20;
	struct zone *zone = NULL;
	struct kamailio *k;

	if (options->zone.n && zone_open(&zone, options->zone, err) != OK)
		return E_NOT_FOUND;
	k = xalloc(sizeof(*k));
	k->base.type = &kamailio_type;
	k->kind = options->kind;
	k->start_is_answer = options->start_is_answer;
	k->sink = *sink;
	k->zone = zone;
	k->csv = csv_new(bytes_max, read_csv_row, k);
	lines_init(&k->lines, bytes_max, read_line, k);
	k->bridge = simdjson_bridge_new();
	*reader = &k->base;
	return OK;
}

static bool recognise(struct str head)
{
	return str_find(head, STR("start_time")) < head.n && str_find(head, STR("end_time")) < head.n &&
	       str_find(head, STR("duration")) < head.n;
}

const struct import_format import_kamailio = {
	"kamailio",
	"Kamailio's call detail records: acc_cdrs as CSV, acc in syslog, acc_json",
	recognise,
	begin,
};
