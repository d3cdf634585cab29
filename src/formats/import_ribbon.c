/* Accounting files (.ACT) of Ribbon's, formerly Sonus', session border controllers and gateways: rows of several types,
 * each with its own order of fields, of which later releases add more at the end. */
#include "formats/import_table.h"

enum value {
	OTHER, /* a field that is not read */
	TYPE,
	GATEWAY,
	ACCOUNTING_ID,
	START_DATE,
	START_TIME,
	SERVICE_TICKS,
	END_DATE,
	END_TIME,
	DURATION_TICKS,
	REASON,
	CALLING,
	CALLED,
	ROUTE_ATTEMPT,
	INGRESS_DATA,
	EGRESS_DATA,
	INITIATOR,
};

#define FIELDS_MAX 400

/* Fields count from 1 in the vendor's lists. */
#define FIELD(number) [(number)-1]
#define FIRST_FIELDS                                                                                                   \
	FIELD(1) = TYPE, FIELD(2) = GATEWAY, FIELD(3) = ACCOUNTING_ID, FIELD(6) = START_DATE, FIELD(7) = START_TIME

static const unsigned stop[FIELDS_MAX] = {
	FIRST_FIELDS,          FIELD(10) = SERVICE_TICKS,  FIELD(11) = END_DATE,
	FIELD(12) = END_TIME,  FIELD(14) = DURATION_TICKS, FIELD(15) = REASON,
	FIELD(20) = CALLING,   FIELD(21) = CALLED,         FIELD(52) = INGRESS_DATA,
	FIELD(64) = INITIATOR, FIELD(69) = EGRESS_DATA,
};

static const unsigned attempt[FIELDS_MAX] = {
	FIRST_FIELDS,          FIELD(10) = END_TIME,      FIELD(12) = REASON,       FIELD(17) = CALLING,
	FIELD(18) = CALLED,    FIELD(27) = ROUTE_ATTEMPT, FIELD(45) = INGRESS_DATA, FIELD(59) = EGRESS_DATA,
	FIELD(105) = END_DATE,
};

static const unsigned other_type[FIELDS_MAX] = { FIELD(1) = TYPE };

#define STOP_FIELDS 21
#define ATTEMPT_FIELDS 18

/* 11/24/2026 */
static bool is_date(struct str text)
{
	return text.n == 10 && text.p[2] == '/' && text.p[5] == '/';
}

static const unsigned *layout_of(const struct csv_row *row)
{
	static const char *const others[] = {
		"START", "INTERMEDIATE", "REBOOT", "SWITCHOVER", "LSWU", "RECORDING", NULL
	};
	struct str type = row->count ? row->cells[0] : STR_NONE;

	if (row->count > FIELDS_MAX)
		return NULL;
	if (str_is(type, "STOP"))
		return row->count >= STOP_FIELDS && is_date(row->cells[5]) ? stop : NULL;
	if (str_is(type, "ATTEMPT"))
		return row->count >= ATTEMPT_FIELDS && is_date(row->cells[5]) ? attempt : NULL;
	for (int i = 0; others[i]; i++)
		if (str_is(type, others[i]))
			return other_type;
	/* The line with which a file begins. */
	return str_starts(type, STR("Sonus Networks")) || str_starts(type, STR("Ribbon Communications")) ? other_type
													 : NULL;
}

/* 11/24/2026 and 09:00:00.1 of the clock of the node. */
static int64_t time_of(struct import_source *s, enum record_field field, struct str date, struct str clock)
{
	const char *name = record_field_name(s->kind, field);

	if (date.n == 0 && clock.n == 0)
		return INSTANT_NONE;
	if (!is_date(date)) {
		source_fault(s, E_DATETIME, name, "%s must be a date MM/DD/YYYY and a time", name);
		return INSTANT_NONE;
	}
	return source_time(s, field,
			   arena_printf(&s->texts, "%.*s-%.*s-%.*sT%.*s", 4, date.p + 6, 2, date.p, 2, date.p + 3,
					STR_ARG(clock)));
}

#define TICK_MS 10

/* Of the data of a SIP side, "JJ-SIP,call-id,...". */
static struct str call_id_of(struct str data)
{
	str_cut(&data, ',');
	return str_trim(str_cut(&data, ','));
}

/* Which of the two sides of a call is the operator's trunk cannot be told. */
static void set_call_id(struct import_source *s, const struct str *values)
{
	struct str in = call_id_of(values[INGRESS_DATA]), out = call_id_of(values[EGRESS_DATA]);

	if (in.n == 0 || out.n == 0 || str_equal(in, out))
		source_set(s, FIELD_CORRELATION_ID, in.n ? in : out);
}

/* An attempt was not answered; a call that tries several routes may leave some. */
static void set_attempt(struct import_source *s, const struct str *values)
{
	s->record.duration_ms = 0;
	source_set_id(
		s, values[ACCOUNTING_ID],
		arena_printf(&s->texts, "%.*s/attempt-%.*s", STR_ARG(values[GATEWAY]), STR_ARG(values[ROUTE_ATTEMPT])));
}

static void set_stop(struct import_source *s, const struct str *values)
{
	struct record *r = &s->record;
	int64_t until_service_ms = source_ticks(s, values[SERVICE_TICKS], TICK_MS);

	r->duration_ms = source_ticks(s, values[DURATION_TICKS], TICK_MS);
	if (r->start_ms != INSTANT_NONE && until_service_ms != DURATION_NONE && r->duration_ms > 0)
		r->answer_ms = r->start_ms + until_service_ms;
	if (r->duration_ms > 0 && str_is(values[INITIATOR], "1"))
		r->released_by = RELEASED_BY_CALLER;
	else if (r->duration_ms > 0 && str_is(values[INITIATOR], "2"))
		r->released_by = RELEASED_BY_CALLEE;
	source_set_id(s, values[ACCOUNTING_ID], values[GATEWAY]);
}

static bool read_values(struct import_source *s, const struct str *values)
{
	bool is_stop = str_is(values[TYPE], "STOP");

	if (!is_stop && !str_is(values[TYPE], "ATTEMPT"))
		return false;
	s->record.start_ms = time_of(s, FIELD_START, values[START_DATE], values[START_TIME]);
	if (values[END_DATE].n)
		s->record.end_ms = time_of(s, FIELD_END, values[END_DATE], values[END_TIME]);
	source_set(s, FIELD_CALLER, values[CALLING]);
	source_set(s, FIELD_CALLEE, values[CALLED]);
	source_set(s, FIELD_Q850, values[REASON]);
	set_call_id(s, values);
	if (is_stop)
		set_stop(s, values);
	else
		set_attempt(s, values);
	return true;
}

static const struct import_table_type ribbon_type = {
	.what = "an accounting file of Ribbon (Sonus)",
	.names = (const struct import_name[]){ { NULL, 0 } },
	.needed = (const struct import_need[]){ { TYPE, "Record Type" }, { IMPORT_NO_VALUE, NULL } },
	.layout = layout_of,
	.layouts = "a type (START, STOP, ATTEMPT, ...) first, and of STOP and ATTEMPT a date MM/DD/YYYY as the 6th and "
		   "the numbers behind it",
	.read = read_values,
};

const struct import_format import_ribbon = {
	.name = "ribbon",
	.summary = "Ribbon (Sonus) SBC and GSX: accounting files (.ACT)",
	.table = &ribbon_type,
};
