#include "formats/import_teams.h"

#include "formats/import_table.h"

const struct import_name teams_names[] = {
	{ "UsageId", TEAMS_ID },
	{ "id", TEAMS_ID },
	{ "Call ID", TEAMS_CALL_ID },
	{ "CorrelationId", TEAMS_CORRELATION_ID },
	{ "Caller ID", TEAMS_CALLER },
	{ "Caller Number", TEAMS_CALLER },
	{ "Destination Number", TEAMS_CALLEE },
	{ "Callee Number", TEAMS_CALLEE },
	{ "Call Type", TEAMS_CALL_TYPE },
	{ "Call Direction", TEAMS_DIRECTION },
	{ "Invite time", TEAMS_INVITE },
	{ "inviteDateTime", TEAMS_INVITE },
	{ "Start time", TEAMS_START },
	{ "startDateTime", TEAMS_START },
	{ "Failure time", TEAMS_FAILURE },
	{ "failureDateTime", TEAMS_FAILURE },
	{ "End time", TEAMS_END },
	{ "endDateTime", TEAMS_END },
	{ "Duration Seconds", TEAMS_DURATION },
	{ "Duration (seconds)", TEAMS_DURATION },
	{ "duration", TEAMS_DURATION },
	{ "Success", TEAMS_SUCCESS },
	{ "successfulCall", TEAMS_SUCCESS },
	{ "Final SIP code", TEAMS_SIP_CODE },
	{ "SBC FQDN", TEAMS_TRUNK },
	{ "trunkFullyQualifiedDomainName", TEAMS_TRUNK },
	{ "Operator", TEAMS_OPERATOR },
	{ "Microsoft Entra ObjectId", TEAMS_USER },
	{ "AAD ObjectId", TEAMS_USER },
	{ "userId", TEAMS_USER },
	{ NULL, 0 },
};

/* --- rows ------------------------------------------------------------------------------- */

/* Types of a call are many and new ones come ("oc_user_in", "ByotOutUserTransfer"); all have the direction in them. */
static enum direction direction_of_type(struct str type)
{
	static const struct str byot = STR_INIT("byot");

	if (type.n > byot.n && str_equal_ascii_case(str_of(type.p, byot.n), byot)) {
		type = str_after(type, byot.n);
		return str_equal_ascii_case(str_of(type.p, type.n < 2 ? type.n : 2), STR("in")) ? DIRECTION_INBOUND
												: DIRECTION_OUTBOUND;
	}
	while (type.n) {
		struct str part = str_cut(&type, '_');

		if (str_equal_ascii_case(part, STR("in")))
			return DIRECTION_INBOUND;
		if (str_equal_ascii_case(part, STR("out")))
			return DIRECTION_OUTBOUND;
	}
	return DIRECTION_ABSENT;
}

static enum direction direction_of(const struct str *values)
{
	struct str said = values[TEAMS_DIRECTION];

	if (str_equal_ascii_case(said, STR("inbound")))
		return DIRECTION_INBOUND;
	if (str_equal_ascii_case(said, STR("outbound")))
		return DIRECTION_OUTBOUND;
	return direction_of_type(values[TEAMS_CALL_TYPE]);
}

/* The report may list text messages beside calls. */
static bool is_message(struct str type)
{
	while (type.n)
		if (str_equal_ascii_case(str_cut(&type, '_'), STR("sms")))
			return true;
	return false;
}

static void read_common(struct import_source *s, const struct str *values)
{
	static const struct {
		enum record_field field;
		enum teams_value value;
	} texts[] = { { FIELD_ID, TEAMS_ID },
		      { FIELD_CALLER, TEAMS_CALLER },
		      { FIELD_CALLEE, TEAMS_CALLEE },
		      { FIELD_USER_ID, TEAMS_USER },
		      { FIELD_OPERATOR_ID, TEAMS_OPERATOR },
		      { FIELD_TRUNK, TEAMS_TRUNK },
		      { FIELD_SIP_CODE, TEAMS_SIP_CODE } };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		source_set(s, texts[i].field, values[texts[i].value]);
	s->record.direction = direction_of(values);
	s->record.start_ms = source_time(s, FIELD_START, values[TEAMS_START]);
	s->record.end_ms = source_time(s, FIELD_END, values[TEAMS_END]);
	s->record.duration_ms = source_seconds(s, values[TEAMS_DURATION]);
}

/* Its start is when the call was connected; of the set-up it says nothing, and a call record must have one. */
bool teams_read_pstn(struct import_source *s, const struct str *values)
{
	if (is_message(values[TEAMS_CALL_TYPE]))
		return false;
	read_common(s, values);
	source_set(s, FIELD_CORRELATION_ID, values[TEAMS_CALL_ID]);
	if (s->record.duration_ms != 0)
		s->record.answer_ms = s->record.start_ms;
	if (s->record.answer_ms != INSTANT_NONE)
		s->record.start_ms = INSTANT_NONE;
	return true;
}

static bool is_no(struct str value)
{
	return str_equal_ascii_case(value, STR("no")) || str_equal_ascii_case(value, STR("false"));
}

/* Outbound the start is the answer, inbound it is before it.  The duration column may count from the invite: where the
 * answer is known, answer to end is better. */
bool teams_read_direct_routing(struct import_source *s, const struct str *values)
{
	struct record *r = &s->record;
	int64_t started_ms;

	read_common(s, values);
	started_ms = r->start_ms;
	r->start_ms = source_time(s, FIELD_START, values[TEAMS_INVITE]);
	if (is_no(values[TEAMS_SUCCESS])) {
		r->end_ms = source_time(s, FIELD_END, values[TEAMS_FAILURE]);
		r->duration_ms = 0;
	} else if (r->direction == DIRECTION_OUTBOUND) {
		r->answer_ms = started_ms;
		if (source_between(s, started_ms, r->end_ms) != DURATION_NONE)
			r->duration_ms = source_between(s, started_ms, r->end_ms);
	}
	if (r->start_ms == INSTANT_NONE)
		r->start_ms = started_ms;
	/* The legs of a call share the correlation id.  What is the same in all exports is the row itself. */
	source_set_id(s, values[TEAMS_CORRELATION_ID], source_record_digits(s));
	return true;
}

/* --- the admin center's exports ---------------------------------------------------------------- */

static const struct import_table_type pstn_type = {
	.what = "an export of PSTN usage",
	.names = teams_names,
	.needed = (const struct import_need[]){ { TEAMS_ID, "UsageId" },
						{ TEAMS_CALLER, "Caller ID" },
						{ TEAMS_CALLEE, "Destination Number" },
						{ TEAMS_START, "Start Time" },
						{ TEAMS_DURATION, "Duration Seconds" },
						{ TEAMS_CALL_TYPE, "Call Type" },
						{ IMPORT_NO_VALUE, NULL } },
	.read = teams_read_pstn,
};

static const struct import_table_type direct_routing_type = {
	.what = "an export of direct routing usage",
	.names = teams_names,
	.needed = (const struct import_need[]){ { TEAMS_CORRELATION_ID, "CorrelationId" },
						{ TEAMS_CALLER, "Caller Number" },
						{ TEAMS_CALLEE, "Callee Number" },
						{ TEAMS_INVITE, "Invite time" },
						{ TEAMS_START, "Start time" },
						{ TEAMS_DURATION, "Duration (seconds)" },
						{ TEAMS_SUCCESS, "Success" },
						{ IMPORT_NO_VALUE, NULL } },
	.read = teams_read_direct_routing,
};

const struct import_format import_teams_pstn = {
	.name = "teams-pstn",
	.summary = "Microsoft Teams admin center: PSTN usage (calling plans, Operator Connect), the exported CSV",
	.is_the_platforms = true,
	.table = &pstn_type,
};

const struct import_format import_teams_direct_routing = {
	.name = "teams-direct-routing",
	.summary = "Microsoft Teams admin center: direct routing usage, the exported CSV",
	.is_the_platforms = true,
	.table = &direct_routing_type,
};
