/* Asterisk's call detail records: Master.csv of cdr_csv, and tables with the names of cdr_adaptive_odbc and its kin. */
#include "formats/import_table.h"
#include "formats/record.h"

enum value {
	ACCOUNT,
	SRC,
	DST,
	CONTEXT,
	CLID,
	CHANNEL,
	DSTCHANNEL,
	LASTAPP,
	LASTDATA,
	START,
	ANSWER,
	END,
	DURATION,
	BILLSEC,
	DISPOSITION,
	AMAFLAGS,
	UNIQUEID,
	USERFIELD,
	PEERACCOUNT,
	LINKEDID,
	SEQUENCE,
	CALL_ID,
	VALUES
};

/* clang-format off */
#define FIRST ACCOUNT, SRC, DST, CONTEXT, CLID, CHANNEL, DSTCHANNEL, LASTAPP, LASTDATA, START, ANSWER, END, DURATION, BILLSEC, \
	DISPOSITION, AMAFLAGS
#define LAST PEERACCOUNT, LINKEDID, SEQUENCE

/* What cdr.conf may add: loguniqueid, loguserfield, newcdrcolumns. */
static const unsigned layouts[2][2][2][SEQUENCE + 1] = {
	[0] = { [0] = { { FIRST }, { FIRST, LAST } },
		[1] = { { FIRST, USERFIELD }, { FIRST, USERFIELD, LAST } } },
	[1] = { [0] = { { FIRST, UNIQUEID }, { FIRST, UNIQUEID, LAST } },
		[1] = { { FIRST, UNIQUEID, USERFIELD }, { FIRST, UNIQUEID, USERFIELD, LAST } } },
};
/* clang-format on */

static const struct import_name names[] = {
	{ "accountcode", ACCOUNT },
	{ "src", SRC },
	{ "dst", DST },
	{ "dcontext", CONTEXT },
	{ "clid", CLID },
	{ "channel", CHANNEL },
	{ "dstchannel", DSTCHANNEL },
	{ "lastapp", LASTAPP },
	{ "lastdata", LASTDATA },
	{ "start", START },
	{ "calldate", START },
	{ "answer", ANSWER },
	{ "end", END },
	{ "duration", DURATION },
	{ "billsec", BILLSEC },
	{ "disposition", DISPOSITION },
	{ "amaflags", AMAFLAGS },
	{ "uniqueid", UNIQUEID },
	{ "userfield", USERFIELD },
	{ "peeraccount", PEERACCOUNT },
	{ "linkedid", LINKEDID },
	{ "sequence", SEQUENCE },
	{ "callid", CALL_ID },
	{ "sip_call_id", CALL_ID },
	{ NULL, 0 },
};

static bool is_one_of(struct str text, const char *const *words)
{
	for (; *words; words++)
		if (str_is(text, *words))
			return true;
	return false;
}

/* "1783469596.2321", behind the name of the system and a hyphen where it has one. */
static bool is_unique_id(struct str text)
{
	size_t point = str_find_char(text, '.'), begin = point;
	uint64_t number;

	while (begin > 0 && text.p[begin - 1] >= '0' && text.p[begin - 1] <= '9')
		begin--;
	return point < text.n && point - begin >= 9 && (begin == 0 || text.p[begin - 1] == '-') &&
	       str_to_u64(str_after(text, point + 1), UINT32_MAX, &number);
}

static const unsigned *layout_of(const struct csv_row *row)
{
	static const char *const dispositions[] = { "ANSWERED", "NO ANSWER", "BUSY",     "FAILED", "CONGESTION",
						    "CANCEL",   "UNKNOWN",   "NOANSWER", NULL };
	size_t more = row->count - (AMAFLAGS + 1), last, optional;
	bool unique_id;

	if (row->count <= AMAFLAGS || row->count > SEQUENCE + 1 || !is_one_of(row->cells[DISPOSITION], dispositions))
		return NULL;
	last = more >= 3;
	optional = more - 3 * last;
	unique_id = optional == 2 || (optional == 1 && is_unique_id(row->cells[AMAFLAGS + 1]));
	return layouts[unique_id][optional - unique_id][last];
}

/* Of "Name" <number>. */
static struct str number_of(struct str clid)
{
	size_t begin = str_find_char(clid, '<');
	struct str rest;

	if (begin == clid.n)
		return STR_NONE;
	rest = str_after(clid, begin + 1);
	return str_of(rest.p, str_find_char(rest, '>'));
}

/* A Call-ID is in it only if the dialplan puts it there: what is none has blanks or no "@". */
static bool is_call_id(struct str text)
{
	return str_find_char(text, '@') < text.n && str_find_char(text, ' ') == text.n;
}

/* The dial attempts and transfers of one channel share the unique id; only newer Asterisks number them. */
static void set_id(struct import_source *s, const struct str *values)
{
	struct str shared = values[UNIQUEID].n ? values[UNIQUEID] : values[LINKEDID];

	if (shared.n && values[SEQUENCE].n)
		source_set_id(s, shared, values[SEQUENCE]);
	else if (shared.n)
		source_set_id(s, shared, source_row_digits(s, values, VALUES, true));
	else
		source_set(s, FIELD_ID, source_row_digits(s, values, VALUES, false));
}

static bool read_values(struct import_source *s, const struct str *values)
{
	struct record *r = &s->record;
	bool has_src = !str_is_none(values[SRC]) && values[SRC].n;

	source_set(s, FIELD_CALLER, has_src ? values[SRC] : number_of(values[CLID]));
	source_set(s, FIELD_CALLEE, values[DST]);
	source_set(s, FIELD_CORRELATION_ID, is_call_id(values[USERFIELD]) ? values[USERFIELD] : values[CALL_ID]);
	r->start_ms = source_time(s, FIELD_START, values[START]);
	r->answer_ms = source_time(s, FIELD_ANSWER, values[ANSWER]);
	r->end_ms = source_time(s, FIELD_END, values[END]);
	r->duration_ms = source_seconds(s, values[BILLSEC]);
	set_id(s, values);
	return true;
}

static const struct import_table_type asterisk_type = {
	.what = "Asterisk's Master.csv",
	.names = names,
	.needed = (const struct import_need[]){ { SRC, "src" },
						{ DST, "dst" },
						{ START, "start (or calldate)" },
						{ BILLSEC, "billsec" },
						{ IMPORT_NO_VALUE, NULL } },
	.layout = layout_of,
	.layouts = "16 to 21, the 15th a disposition such as ANSWERED",
	.read = read_values,
};

const struct import_format import_asterisk = {
	.name = "asterisk",
	.summary = "Asterisk's Master.csv, or its table cdr as CSV",
	.table = &asterisk_type,
};
