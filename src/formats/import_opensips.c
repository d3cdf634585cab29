/* OpenSIPS' table acc with calls (flag "cdr"), as CSV or as the lines of db_flatstore under a header. */
#include "formats/import_proxy.h"
#include "formats/import_table.h"

static bool is_answered(struct str sip_code)
{
	return sip_code.n == 3 && sip_code.p[0] == '2';
}

/* time is the answer of a call that has one; where created is unset the row is of a transaction and tells no duration.
 */
static void set_times(struct import_source *s, const struct str *values)
{
	struct record *r = &s->record;
	int64_t written_ms = source_time(s, FIELD_START, values[PROXY_TIME]);
	bool is_call = !source_is_unset(values[PROXY_CREATED]);

	r->start_ms = is_call ? source_time(s, FIELD_START, values[PROXY_CREATED]) : INSTANT_NONE;
	if (is_answered(values[FIELD_SIP_CODE]))
		r->answer_ms = written_ms;
	else if (r->start_ms == INSTANT_NONE)
		r->start_ms = written_ms;
	r->duration_ms = source_ticks(s, values[PROXY_MILLISECONDS], 1);
	if (r->duration_ms == DURATION_NONE || r->duration_ms == 0)
		r->duration_ms = source_seconds(s, values[FIELD_DURATION]);
	if (r->duration_ms == 0 && !is_call && is_answered(values[FIELD_SIP_CODE]))
		r->duration_ms = DURATION_NONE;
}

/* Rows of BYE and of other requests belong to calls without the flag. */
static bool read_values(struct import_source *s, const struct str *values)
{
	if (!str_equal_ascii_case(values[PROXY_METHOD], STR("INVITE")))
		return false;
	set_times(s, values);
	proxy_set_rest(s, values);
	s->record.sequence = -1; /* the rows' numbers count requests of all kinds */
	return true;
}

static const struct import_table_type opensips_type = {
	.what = "OpenSIPS' table acc",
	.names = proxy_names,
	.needed = (const struct import_need[]){ { PROXY_METHOD, "method" },
						{ FIELD_CORRELATION_ID, "callid" },
						{ FIELD_SIP_CODE, "sip_code" },
						{ PROXY_TIME, "time" },
						{ FIELD_DURATION, "duration" },
						{ FIELD_CALLER, "caller (extra_fields)" },
						{ FIELD_CALLEE, "callee (extra_fields)" },
						{ IMPORT_NO_VALUE, NULL } },
	.read = read_values,
};

const struct import_format import_opensips = {
	.name = "opensips",
	.summary = "OpenSIPS' table acc with calls (flag cdr), as CSV with a header",
	.table = &opensips_type,
};
