/* Kamailio's call detail records: the table acc_cdrs of module acc as CSV, the
 * lines that acc writes to syslog, and the JSON of module acc_json (Kamailio 5.6).
 * docs/formats/kamailio.md names the columns. */
#include "formats/import_mixed.h"
#include "formats/import_proxy.h"
#include "formats/json.h"
#include "formats/simdjson_bridge.h"

#define JSON_DEPTH 8

struct kamailio {
	struct import_mixed mixed;
	struct simdjson_bridge *bridge;
	struct str values[IMPORT_VALUES_MAX]; /* of a line; they live as long as it */
};

/* --- names ------------------------------------------------------------------------ */

static const struct import_need needed[] = {
	{ PROXY_START_TIME, "start_time" },     { FIELD_DURATION, "duration" }, { FIELD_CALLER, "caller (cdr_extra)" },
	{ FIELD_CALLEE, "callee (cdr_extra)" }, { IMPORT_NO_VALUE, NULL },
};

static void add_value(struct kamailio *k, struct str name, struct str text)
{
	unsigned value = import_value_named(proxy_names, name);

	if (value == IMPORT_NO_VALUE)
		k->mixed.source.counts.unknown_fields++;
	else if (str_is_none(k->values[value]) || source_is_unset(k->values[value]))
		k->values[value] = text;
}

/* --- a row as a record --------------------------------------------------------------- */

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

static int64_t time_of(struct import_source *s, enum record_field field, struct str value)
{
	int64_t ms;

	return parse_julian_day(value, &ms) ? ms : source_time(s, field, value);
}

static bool read_values(struct import_source *s, const struct str *values)
{
	struct str start = str_is_none(values[PROXY_START_TIME]) ? values[FIELD_START] : values[PROXY_START_TIME];

	s->record.start_ms = time_of(s, FIELD_START, start);
	s->record.answer_ms = time_of(s, FIELD_ANSWER, values[FIELD_ANSWER]);
	s->record.end_ms = time_of(s, FIELD_END, values[FIELD_END]);
	s->record.duration_ms = source_seconds(s, values[FIELD_DURATION]);
	proxy_set_rest(s, values);
	return true;
}

static const struct import_table_type table_type = {
	.what = "the CSV", .names = proxy_names, .needed = needed, .read = read_values
};

/* --- lines: syslog and JSON --------------------------------------------------------------- */

static void begin_line(struct kamailio *k)
{
	memset(k->values, 0, sizeof(k->values));
	source_begin_record(&k->mixed.source);
}

static enum status end_line(struct kamailio *k, uint64_t line, struct error *err)
{
	read_values(&k->mixed.source, k->values);
	return source_end_record(&k->mixed.source, import_line_place(line), err);
}

static int json_event(void *context, const struct bridge_event *event)
{
	struct kamailio *k = context;

	if (event->depth == 1 && (event->type == BRIDGE_STRING || event->type == BRIDGE_NUMBER))
		add_value(k, str_of(event->key, event->key_size), str_of(event->text, event->text_size));
	return 0;
}

static enum status read_json_line(struct kamailio *k, struct str text, uint64_t line, struct error *err)
{
	struct bridge_fault fault = { 0 };

	begin_line(k);
	if (simdjson_bridge_walk(k->bridge, text.p, text.n, JSON_DEPTH, json_event, k, &fault) == BRIDGE_OK)
		return end_line(k, line, err);
	source_fault(&k->mixed.source, E_MALFORMED, NULL, "the JSON of this line cannot be read: %s", fault.message);
	return source_end_record(&k->mixed.source, import_line_place(line), err);
}

/* "start_time=1795606937.216; end_time=...; callee=sip:..." */
static enum status read_syslog_line(struct kamailio *k, struct str text, uint64_t line, struct error *err)
{
	begin_line(k);
	while (text.n) {
		size_t end = str_find(text, STR("; "));
		struct str value = { text.p, end }, name = str_cut(&value, '=');

		if (str_is_none(value))
			source_fault(&k->mixed.source, E_MALFORMED, NULL, "an attribute has no =");
		else
			add_value(k, name, value);
		text = str_after(text, end < text.n ? end + 2 : end);
	}
	return end_line(k, line, err);
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

	begin = str_find(text, STR("start_time"));
	if (begin == text.n) {
		k->mixed.source.counts.other_lines++;
		return OK;
	}
	if (!str_is_utf8(text) || memchr(text.p, '\0', text.n))
		return source_reject(&k->mixed.source, import_line_place(line.number), E_MALFORMED,
				     "the line holds bytes that are no UTF-8, or NUL", err);
	if (str_find_char(text, '{') < begin)
		return read_json_line(k, str_after(text, str_find_char(text, '{')), line.number, err);
	return read_syslog_line(k, trim_blanks(str_after(text, attributes_begin(text, begin))), line.number, err);
}

/* --- the stream ------------------------------------------------------------------------------ */

/* Whether one of the cells is a name of ours, quoted or not: no line of a log has such a cell. */
static bool has_known_name(struct str line)
{
	while (line.n) {
		struct str cell = trim_blanks(str_cut(&line, ','));

		if (cell.n > 2 && cell.p[0] == '"' && cell.p[cell.n - 1] == '"')
			cell = str_of(cell.p + 1, cell.n - 2);
		if (import_value_named(proxy_names, cell) != IMPORT_NO_VALUE)
			return true;
	}
	return false;
}

/* A CSV begins with its names; other lines have them before each value. */
static bool is_table(struct str line)
{
	if (str_find_char(line, '=') < line.n || str_find_char(line, '{') < line.n)
		return false;
	return str_find(line, STR("start_time")) < line.n || has_known_name(line);
}

static void end(struct import_mixed *mixed)
{
	simdjson_bridge_free(((struct kamailio *)mixed)->bridge);
}

static const struct import_mixed_type kamailio_type = {
	.table = &table_type, .is_table = is_table, .read_line = read_line, .end = end
};

static enum status begin(struct import_reader **reader, const struct import_options *options,
			 const struct record_sink *sink, struct error *err)
{
	struct kamailio *k = import_mixed_new(sizeof(*k), &kamailio_type, options, sink, err);

	if (!k)
		return E_NOT_FOUND;
	k->bridge = simdjson_bridge_new();
	*reader = &k->mixed.source.base;
	return OK;
}

static bool recognise(struct str head)
{
	return str_find(head, STR("start_time")) < head.n && str_find(head, STR("end_time")) < head.n &&
	       str_find(head, STR("duration")) < head.n;
}

const struct import_format import_kamailio = {
	.name = "kamailio",
	.summary = "Kamailio's call detail records: acc_cdrs as CSV, acc in syslog, acc_json",
	.recognise = recognise,
	.begin = begin,
};
