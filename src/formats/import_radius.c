/* RADIUS accounting in FreeRADIUS' detail files:
 *
 *     Wed Nov 25 18:40:34 2026
 *     	Acct-Status-Type = Stop
 *     	Calling-Station-Id = "sip:+4930123456@example.org"
 *     	Timestamp = 1795632034
 *
 * Records end with a blank line. */
#include "formats/import_radius.h"

#include "formats/carry.h"

static const struct import_name names[] = {
	{ "Acct-Status-Type", RADIUS_STATUS },
	{ "Acct-Session-Id", RADIUS_SESSION_ID },
	{ "Acct-Unique-Session-Id", RADIUS_UNIQUE_ID },
	{ "NAS-IP-Address", RADIUS_NAS },
	{ "NAS-IPv6-Address", RADIUS_NAS },
	{ "NAS-Identifier", RADIUS_NAS },
	{ "Calling-Station-Id", RADIUS_CALLING },
	{ "Freeswitch-Src", RADIUS_CALLING },
	{ "Called-Station-Id", RADIUS_CALLED },
	{ "Freeswitch-Dst", RADIUS_CALLED },
	{ "Acct-Session-Time", RADIUS_SESSION_TIME },
	{ "Freeswitch-Billusec", RADIUS_BILLED_MICROSECONDS },
	{ "Acct-Delay-Time", RADIUS_DELAY },
	{ "Event-Timestamp", RADIUS_EVENT_TIME },
	{ "Timestamp", RADIUS_ARRIVAL },
	{ "h323-setup-time", RADIUS_SETUP },
	{ "Freeswitch-Callstartdate", RADIUS_SETUP },
	{ "h323-connect-time", RADIUS_CONNECT },
	{ "Freeswitch-Callanswerdate", RADIUS_CONNECT },
	{ "h323-disconnect-time", RADIUS_DISCONNECT },
	{ "Freeswitch-Callenddate", RADIUS_DISCONNECT },
	{ "Acme-Disconnect-Cause", RADIUS_CAUSE },
	{ "h323-disconnect-cause", RADIUS_HEX_CAUSE },
	{ "Acme-SIP-Status", RADIUS_SIP_STATUS },
	{ "Sip-Response-Code", RADIUS_SIP_STATUS },
	{ "Acme-Disconnect-Initiator", RADIUS_INITIATOR },
	{ "Acme-CDR-Sequence-Number", RADIUS_SEQUENCE },
	{ "Acme-Session-Ingress-CallId", RADIUS_INGRESS_CALL_ID },
	{ "Acme-Session-Egress-CallId", RADIUS_EGRESS_CALL_ID },
	{ "call-id", RADIUS_CALL_ID },
	{ "Acme-Terminating-Trunk-Group", RADIUS_TRUNK },
	{ NULL, 0 },
};

/* --- an accounting stop as a record ------------------------------------------------------------- */

/* One record for a session: its start and what comes in between have no duration of their own, and "Interim-Update"
 * repeats what is counted so far. */
static bool is_stop(struct str status)
{
	return str_is(status, "Stop") || str_is(status, "2");
}

static bool looks_like_call_id(struct str text)
{
	return str_find_char(text, '@') < text.n;
}

/* Between two networks a call has two Call-IDs, and nobody can tell which side is meant. */
static struct str call_id_of(const struct str *values)
{
	struct str in = values[RADIUS_INGRESS_CALL_ID], out = values[RADIUS_EGRESS_CALL_ID];

	if (in.n && out.n)
		return str_equal(in, out) ? in : STR_NONE;
	if (in.n || out.n)
		return in.n ? in : out;
	if (values[RADIUS_CALL_ID].n)
		return values[RADIUS_CALL_ID];
	return looks_like_call_id(values[RADIUS_SESSION_ID]) ? values[RADIUS_SESSION_ID] : STR_NONE;
}

static void set_times(struct import_source *s, const struct str *values)
{
	struct record *r = &s->record;
	int64_t delay_ms = source_seconds(s, values[RADIUS_DELAY]);

	r->start_ms = source_time(s, FIELD_START, values[RADIUS_SETUP]);
	r->answer_ms = source_time(s, FIELD_ANSWER, values[RADIUS_CONNECT]);
	r->end_ms = source_time(s, FIELD_END, values[RADIUS_DISCONNECT]);
	if (r->end_ms == INSTANT_NONE)
		r->end_ms = source_time(s, FIELD_END, values[RADIUS_EVENT_TIME]);
	if (r->end_ms == INSTANT_NONE) {
		r->end_ms = source_time(s, FIELD_END, values[RADIUS_ARRIVAL]);
		if (r->end_ms != INSTANT_NONE && delay_ms > 0)
			r->end_ms -= delay_ms;
	}
}

/* Microseconds are cut to milliseconds. */
static void set_duration(struct import_source *s, const struct str *values)
{
	struct record *r = &s->record;
	struct str micro = values[RADIUS_BILLED_MICROSECONDS];

	if (micro.n > 3)
		r->duration_ms = source_ticks(s, str_of(micro.p, micro.n - 3), 1);
	else if (micro.n)
		r->duration_ms = 0;
	else
		r->duration_ms = source_seconds(s, values[RADIUS_SESSION_TIME]);
	if (r->duration_ms == DURATION_NONE)
		r->duration_ms = source_between(s, r->answer_ms, r->end_ms);
	if (r->duration_ms == 0)
		r->answer_ms = INSTANT_NONE; /* Cisco puts the end there */
}

/* Cisco writes Q.850 in hexadecimal. */
static void set_cause(struct import_source *s, const struct str *values)
{
	static const char digits[] = "0123456789ABCDEF";
	struct str hex = values[RADIUS_HEX_CAUSE];
	int cause = 0;

	source_set(s, FIELD_Q850, values[RADIUS_CAUSE]);
	if (!str_is_none(values[RADIUS_CAUSE]) || hex.n == 0 || hex.n > 2)
		return;
	for (size_t i = 0; i < hex.n; i++) {
		char upper = (char)(hex.p[i] >= 'a' && hex.p[i] <= 'f' ? hex.p[i] - 'a' + 'A' : hex.p[i]);
		const char *digit = upper ? strchr(digits, upper) : NULL;

		if (!digit)
			return;
		cause = 16 * cause + (int)(digit - digits);
	}
	if (cause >= 1 && cause <= 127)
		s->record.q850_cause = cause;
}

bool radius_read(struct import_source *s, const struct str *values)
{
	struct record *r = &s->record;

	if (!is_stop(values[RADIUS_STATUS]))
		return false;
	source_set(s, FIELD_ID, values[RADIUS_UNIQUE_ID]);
	source_set_id(s, values[RADIUS_SESSION_ID], values[RADIUS_NAS]);
	source_set(s, FIELD_CORRELATION_ID, call_id_of(values));
	source_set(s, FIELD_CALLER, values[RADIUS_CALLING]);
	source_set(s, FIELD_CALLEE, values[RADIUS_CALLED]);
	source_set(s, FIELD_SIP_CODE, values[RADIUS_SIP_STATUS]);
	source_set(s, FIELD_SEQUENCE, values[RADIUS_SEQUENCE]);
	source_set(s, FIELD_TRUNK, values[RADIUS_TRUNK]);
	set_times(s, values);
	set_duration(s, values);
	set_cause(s, values);
	if (r->duration_ms > 0 && str_is(values[RADIUS_INITIATOR], "1"))
		r->released_by = RELEASED_BY_CALLER;
	else if (r->duration_ms > 0 && str_is(values[RADIUS_INITIATOR], "2"))
		r->released_by = RELEASED_BY_CALLEE;
	return true;
}

/* --- detail files ---------------------------------------------------------------------------------- */

struct radius {
	struct import_source source;
	struct lines lines;
	struct str values[IMPORT_VALUES_MAX]; /* of the record at hand, in the source's texts */
	bool in_record;
	uint64_t first_line;
};

static enum status end_record(struct radius *r, struct error *err)
{
	struct record_place place = { r->first_line, -1, 1 };

	r->in_record = false;
	if (radius_read(&r->source, r->values))
		return source_end_record(&r->source, place, err);
	r->source.counts.other_lines++;
	return OK;
}

static void begin_record(struct radius *r, uint64_t line)
{
	r->in_record = true;
	r->first_line = line;
	memset(r->values, 0, sizeof(r->values));
	source_begin_record(&r->source);
}

/* Within quotes: \" and \\, which is all that a call has. */
static struct str unquote(struct radius *r, struct str value)
{
	char *out;
	size_t n = 0;

	if (value.n < 2 || value.p[0] != '"' || value.p[value.n - 1] != '"')
		return value;
	value = str_of(value.p + 1, value.n - 2);
	out = arena_alloc(&r->source.texts, value.n + 1);
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] == '\\' && i + 1 < value.n)
			i++;
		out[n++] = value.p[i];
	}
	return str_of(out, n);
}

/* Cisco's attributes may have their name before the value once more, or be pairs of a name and a value. */
static void take_pair(struct radius *r, struct str name, struct str value)
{
	struct str rest = value, again = str_cut(&rest, '=');
	unsigned known;

	if (!str_is_none(rest) && (str_equal_ascii_case(again, name) || str_is(name, "Cisco-AVPair"))) {
		name = again;
		value = rest;
	}
	known = import_value_named(names, name);
	if (known == IMPORT_NO_VALUE)
		r->source.counts.unknown_fields++;
	else if (r->values[known].n == 0)
		r->values[known] = arena_str(&r->source.texts, value);
}

static void take_attribute(struct radius *r, struct str text)
{
	size_t equals = str_find(text, STR(" = "));

	if (equals == text.n)
		source_fault(&r->source, E_MALFORMED, NULL, "an attribute has no \" = \"");
	else
		take_pair(r, str_of(text.p, equals), unquote(r, str_after(text, equals + 3)));
}

static enum status read_line(void *context, struct line line, struct error *err)
{
	struct radius *r = context;
	struct record_place place = { line.number, -1, 1 };
	struct str text = line.text;
	bool is_attribute;

	if (!r->in_record && !str_is_none(text) && trim_blanks(text).n == 0) {
		r->source.counts.blank_lines++;
		return OK;
	}
	if (!str_is_none(text) && trim_blanks(text).n == 0)
		return end_record(r, err);
	is_attribute = !str_is_none(text) && is_blank(text.p[0]);
	if (!is_attribute && r->in_record) {
		/* The record before has no end. */
		enum status status = source_reject(&r->source, (struct record_place){ r->first_line, -1, 1 },
						   E_MALFORMED, "the record is cut off: no blank line ends it", err);

		r->in_record = false;
		if (status != OK)
			return status;
	}
	if (str_is_none(text))
		return source_reject(&r->source, place, E_RECORD_TOO_LONG, "the line is longer than is read", err);
	if (is_attribute && !r->in_record)
		return source_reject(&r->source, place, E_MALFORMED, "an attribute stands in no record", err);
	if (!is_attribute)
		begin_record(r, line.number);
	else if (!str_is_utf8(text) || memchr(text.p, '\0', text.n))
		source_fault(&r->source, E_MALFORMED, NULL, "the line holds bytes that are no UTF-8, or NUL");
	else
		take_attribute(r, trim_blanks(text));
	return OK;
}

static enum status push(struct import_reader *base, struct str bytes, struct error *err)
{
	return lines_push(&((struct radius *)base)->lines, bytes, err);
}

/* Timestamp is the last attribute that the server writes. */
static enum status finish(struct import_reader *base, struct error *err)
{
	struct radius *r = (struct radius *)base;
	enum status status = lines_finish(&r->lines, err);

	if (status != OK || !r->in_record)
		return status;
	if (r->values[RADIUS_ARRIVAL].n)
		return end_record(r, err);
	return source_reject(&r->source, (struct record_place){ r->first_line, -1, 1 }, E_MALFORMED,
			     "the record is cut off: no blank line ends it", err);
}

static struct record_reader_counts counts(const struct import_reader *base)
{
	return ((const struct radius *)base)->source.counts;
}

static void release(struct import_reader *base)
{
	struct radius *r = (struct radius *)base;

	lines_release(&r->lines);
	source_free(&r->source);
}

static const struct import_reader_type radius_type = {
	.push = push, .finish = finish, .counts = counts, .free = release
};

static enum status begin(struct import_reader **reader, const struct import_options *options,
			 const struct record_sink *sink, struct error *err)
{
	struct radius *r = source_new(sizeof(*r), &radius_type, options, sink, err);

	if (!r)
		return E_NOT_FOUND;
	lines_init(&r->lines, r->source.bytes_max, read_line, r);
	*reader = &r->source.base;
	return OK;
}

static bool recognise(struct str head)
{
	return str_find(head, STR("\tAcct-Status-Type = ")) < head.n ||
	       str_find(head, STR(" Acct-Status-Type = ")) < head.n;
}

const struct import_format import_radius = {
	.name = "radius",
	.summary = "RADIUS accounting in FreeRADIUS' detail files",
	.recognise = recognise,
	.begin = begin,
};
