/* CDRs of AudioCodes' session border controllers (Mediant): syslog lines with cells between "|", under a line of titles
 * or in the order of the manual, and local storage as CSV with titles. */
#include "formats/import_mixed.h"

enum value {
	REPORT_TYPE,
	CALL_ID,
	SESSION_ID,
	ORIGIN,
	SOURCE,
	SOURCE_BEFORE,
	DESTINATION,
	DESTINATION_BEFORE,
	DURATION,
	RELEASE_SIDE,
	SETUP,
	CONNECT,
	RELEASE,
	IP_GROUP,
	SIP_REASON,
	OTHER,
	VALUES
};

/* By the titles of syslog, and by the names of the fields. */
static const struct import_name names[] = {
	{ "SBCReportType", REPORT_TYPE },
	{ "CDRReportType", REPORT_TYPE },
	{ "Report Type", REPORT_TYPE },
	{ "SIPCallId", CALL_ID },
	{ "SessionId", SESSION_ID },
	{ "Orig", ORIGIN },
	{ "Call Orig", ORIGIN },
	{ "SrcURI", SOURCE },
	{ "Source URI", SOURCE },
	{ "SrcURIBeforeMap", SOURCE_BEFORE },
	{ "DstURI", DESTINATION },
	{ "Destination URI", DESTINATION },
	{ "DstURIBeforeMap", DESTINATION_BEFORE },
	{ "Durat", DURATION },
	{ "Duration", DURATION },
	{ "Call Duration", DURATION },
	{ "TrmSd", RELEASE_SIDE },
	{ "Termination Side", RELEASE_SIDE },
	{ "SetupTime", SETUP },
	{ "ConnectTime", CONNECT },
	{ "ReleaseTime", RELEASE },
	{ "IPGroup (description)", IP_GROUP },
	{ "IPGroup (name)", IP_GROUP },
	{ "IP Group", IP_GROUP },
	{ "SIPTrmReason", SIP_REASON },
	{ NULL, 0 },
};

/* Where no line of titles was seen. */
static const unsigned default_columns[] = {
	REPORT_TYPE, OTHER,        CALL_ID, SESSION_ID, ORIGIN,        OTHER,       OTHER,
	OTHER,       OTHER,        OTHER,   SOURCE,     SOURCE_BEFORE, DESTINATION, DESTINATION_BEFORE,
	DURATION,    RELEASE_SIDE, OTHER,   OTHER,      SETUP,         CONNECT,     RELEASE,
	OTHER,       OTHER,        OTHER,   OTHER,      IP_GROUP,      OTHER,       OTHER,
	OTHER,       OTHER,        OTHER,   OTHER,      SIP_REASON,
};

#define DEFAULT_COLUMNS (sizeof(default_columns) / sizeof(default_columns[0]))

struct audiocodes {
	struct import_mixed mixed;
	unsigned columns[CSV_CELLS_MAX];
	size_t count;
};

/* --- a call end as a record ------------------------------------------------------------------------ */

static bool is_filler(struct str value)
{
	return source_is_unset(value) || str_is(value, "-1");
}

static bool is_call_end(struct str report_type)
{
	return str_is_none(report_type) || str_is(report_type, "CALL_END");
}

/* A leg that came from outside (RMT) has the numbers as they came before the box changed them; one that the box began
 * (LCL) those that it sent. */
static void set_numbers(struct import_source *s, const struct str *values)
{
	bool came = str_is(values[ORIGIN], "RMT");

	source_set(s, FIELD_CALLER, came && values[SOURCE_BEFORE].n ? values[SOURCE_BEFORE] : values[SOURCE]);
	source_set(s, FIELD_CALLEE,
		   came && values[DESTINATION_BEFORE].n ? values[DESTINATION_BEFORE] : values[DESTINATION]);
}

static int64_t time_of(struct import_source *s, enum record_field field, struct str value)
{
	return is_filler(value) ? INSTANT_NONE : source_time(s, field, value);
}

static bool read_values(struct import_source *s, const struct str *values)
{
	struct record *r = &s->record;
	uint64_t sip_code;

	if (!is_call_end(values[REPORT_TYPE]))
		return false;
	source_set_id(s, values[CALL_ID], source_row_digits(s, values, OTHER, true));
	source_set(s, FIELD_CORRELATION_ID, values[CALL_ID]);
	source_set(s, FIELD_TRUNK, values[IP_GROUP]);
	set_numbers(s, values);
	r->start_ms = time_of(s, FIELD_START, values[SETUP]);
	r->answer_ms = time_of(s, FIELD_ANSWER, values[CONNECT]);
	r->end_ms = time_of(s, FIELD_END, values[RELEASE]);
	r->duration_ms = is_filler(values[DURATION]) && !str_is(values[DURATION], "0")
				 ? DURATION_NONE
				 : source_seconds(s, values[DURATION]);
	if (str_to_u64(values[SIP_REASON], 699, &sip_code)) /* else BYE or CANCEL */
		source_set(s, FIELD_SIP_CODE, values[SIP_REASON]);
	/* Who began a leg is the caller: seen from the box the other side where it came from, itself where it began it.
	 */
	if (r->duration_ms > 0 && values[ORIGIN].n && values[RELEASE_SIDE].n)
		r->released_by =
			str_equal(values[ORIGIN], values[RELEASE_SIDE]) ? RELEASED_BY_CALLER : RELEASED_BY_CALLEE;
	return true;
}

/* --- syslog ---------------------------------------------------------------------------------------------- */

static struct str next_cell(struct str *rest)
{
	return str_trim(str_cut(rest, '|'));
}

static void take_titles(struct audiocodes *a, struct str cells)
{
	for (a->count = 0; !str_is_none(cells) && a->count < CSV_CELLS_MAX; a->count++) {
		unsigned value = import_value_named(names, next_cell(&cells));

		a->columns[a->count] = value == IMPORT_NO_VALUE ? OTHER : value;
	}
}

static enum status read_cells(struct audiocodes *a, struct str cells, uint64_t line, struct error *err)
{
	struct import_source *s = &a->mixed.source;
	struct str values[VALUES] = { { NULL, 0 } };
	size_t n = 0;

	for (; !str_is_none(cells); n++) {
		struct str cell = next_cell(&cells);

		if (n < a->count && str_is_none(values[a->columns[n]]))
			values[a->columns[n]] = cell;
	}
	source_begin_record(s);
	/* Syslog cuts what is too long: without the times there is no record. */
	if (is_call_end(values[REPORT_TYPE]) && str_is_none(values[RELEASE]))
		source_fault(s, E_CELLS, NULL,
			     "the line is cut off: it has %zu cells, and no time of release among them", n);
	if (read_values(s, values))
		return source_end_record(s, import_line_place(line), err);
	s->counts.other_lines++;
	return OK;
}

/* Cells begin behind the first "|"; what stands before it is syslog's. */
static enum status read_line(void *context, struct line line, struct error *err)
{
	struct audiocodes *a = context;
	size_t bar = str_find_char(line.text, '|');
	struct str cells = str_after(line.text, bar < line.text.n ? bar + 1 : bar),
		   first = { cells.p, str_find_char(cells, '|') };

	first = str_trim(first);
	if (import_value_named(names, first) == REPORT_TYPE)
		take_titles(a, cells);
	if (!str_starts(first, STR("CALL_"))) {
		a->mixed.source.counts.other_lines++;
		return OK;
	}
	if (!str_is_utf8(line.text) || memchr(line.text.p, '\0', line.text.n))
		return source_reject(&a->mixed.source, import_line_place(line.number), E_MALFORMED,
				     "the line holds bytes that are no UTF-8, or NUL", err);
	return read_cells(a, cells, line.number, err);
}

/* --- both -------------------------------------------------------------------------------------------------- */

static const struct import_table_type table_type = {
	.what = "local storage of an AudioCodes SBC",
	.names = names,
	.needed = (const struct import_need[]){ { CALL_ID, "SIPCallId" },
						{ SOURCE, "SrcURI" },
						{ DESTINATION, "DstURI" },
						{ DURATION, "Durat" },
						{ SETUP, "SetupTime" },
						{ IMPORT_NO_VALUE, NULL } },
	.read = read_values,
};

static bool is_table(struct str line)
{
	return str_find_char(line, '|') == line.n;
}

static const struct import_mixed_type audiocodes_type = { .table = &table_type,
							  .is_table = is_table,
							  .read_line = read_line };

static enum status begin(struct import_reader **reader, const struct import_options *options,
			 const struct record_sink *sink, struct error *err)
{
	struct audiocodes *a = import_mixed_new(sizeof(*a), &audiocodes_type, options, sink, err);

	if (!a)
		return E_NOT_FOUND;
	memcpy(a->columns, default_columns, sizeof(default_columns));
	a->count = DEFAULT_COLUMNS;
	*reader = &a->mixed.source.base;
	return OK;
}

static bool recognise(struct str head)
{
	return str_find(head, STR("|SBCReportType")) < head.n || str_find(head, STR("|CALL_START")) < head.n ||
	       str_find(head, STR("|CALL_CONNECT")) < head.n || str_find(head, STR("|CALL_END")) < head.n ||
	       import_table_recognise(&table_type, head);
}

const struct import_format import_audiocodes = {
	.name = "audiocodes",
	.summary = "AudioCodes SBC: CDRs in syslog, or local storage as CSV with titles",
	.recognise = recognise,
	.begin = begin,
};
