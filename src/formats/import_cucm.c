/* Cisco Unified Communications Manager's CDR files: a line of names, a line of types, rows. */
#include "formats/import_table.h"

enum value {
	RECORD_TYPE,
	PKID,
	MANAGER_ID,
	CALL_ID,
	CLUSTER_ID,
	ORIG_LEG,
	ORIGINATION,
	CONNECT,
	DISCONNECT,
	DURATION,
	CALLING,
	SENT_CALLING,
	FINAL_CALLED,
	ORIGINAL_CALLED,
	SENT_CALLED,
	ORIG_CAUSE,
	DEST_CAUSE,
	ORIG_DEVICE,
	DEST_DEVICE,
	INCOMING_PROTOCOL,
	INCOMING_REFERENCE,
	OUTGOING_PROTOCOL,
	OUTGOING_REFERENCE,
};

static const struct import_name names[] = {
	{ "cdrRecordType", RECORD_TYPE },
	{ "pkid", PKID },
	{ "globalCallID_callManagerId", MANAGER_ID },
	{ "globalCallID_callId", CALL_ID },
	{ "globalCallId_ClusterID", CLUSTER_ID },
	{ "origLegCallIdentifier", ORIG_LEG },
	{ "dateTimeOrigination", ORIGINATION },
	{ "dateTimeConnect", CONNECT },
	{ "dateTimeDisconnect", DISCONNECT },
	{ "duration", DURATION },
	{ "callingPartyNumber", CALLING },
	{ "outpulsedCallingPartyNumber", SENT_CALLING },
	{ "finalCalledPartyNumber", FINAL_CALLED },
	{ "originalCalledPartyNumber", ORIGINAL_CALLED },
	{ "outpulsedCalledPartyNumber", SENT_CALLED },
	{ "origCause_value", ORIG_CAUSE },
	{ "destCause_value", DEST_CAUSE },
	{ "origDeviceName", ORIG_DEVICE },
	{ "destDeviceName", DEST_DEVICE },
	{ "incomingProtocolID", INCOMING_PROTOCOL },
	{ "incomingProtocolCallRef", INCOMING_REFERENCE },
	{ "outgoingProtocolID", OUTGOING_PROTOCOL },
	{ "outgoingProtocolCallRef", OUTGOING_REFERENCE },
	{ NULL, 0 },
};

/* The first of them that says something. */
static struct str first_set(struct str a, struct str b, struct str c)
{
	return !source_is_unset(a) ? a : !source_is_unset(b) ? b : c;
}

/* What goes over the trunk is what the other side has noted. */
static void set_numbers(struct import_source *s, const struct str *values)
{
	source_set(s, FIELD_CALLER, first_set(values[SENT_CALLING], values[CALLING], STR_NONE));
	source_set(s, FIELD_CALLEE, first_set(values[SENT_CALLED], values[FINAL_CALLED], values[ORIGINAL_CALLED]));
}

/* Of a call that comes in and leaves over SIP nobody can tell which side is meant. */
static void set_trunk(struct import_source *s, const struct str *values)
{
	bool comes = str_is(values[INCOMING_PROTOCOL], "1"), leaves = str_is(values[OUTGOING_PROTOCOL], "1");

	if (comes == leaves)
		return;
	source_set(s, FIELD_CORRELATION_ID, values[comes ? INCOMING_REFERENCE : OUTGOING_REFERENCE]);
	source_set(s, FIELD_TRUNK, values[comes ? ORIG_DEVICE : DEST_DEVICE]);
}

#define OWN_CAUSES 122 /* from here to 126 Cisco's, not Q.850's */

/* The side that cleared the call has a cause, the other one 0. */
static void set_cause(struct import_source *s, const struct str *values)
{
	struct record *r = &s->record;
	bool caller = !source_is_unset(values[ORIG_CAUSE]), callee = !source_is_unset(values[DEST_CAUSE]);

	source_set(s, FIELD_Q850, values[callee ? DEST_CAUSE : ORIG_CAUSE]);
	if (r->q850_cause >= OWN_CAUSES && r->q850_cause < 127)
		r->q850_cause = CODE_NONE;
	if (caller != callee && r->duration_ms > 0)
		r->released_by = caller ? RELEASED_BY_CALLER : RELEASED_BY_CALLEE;
}

static bool read_values(struct import_source *s, const struct str *values)
{
	struct record *r = &s->record;

	if (!str_is(values[RECORD_TYPE], "1"))
		return false; /* the line of types, and records of quality */
	source_set(s, FIELD_ID, values[PKID]);
	if (str_is_none(r->id))
		source_set(s, FIELD_ID,
			   arena_printf(&s->texts, "%.*s%s%.*s/%.*s/%.*s", STR_ARG(values[CLUSTER_ID]),
					values[CLUSTER_ID].n ? "/" : "", STR_ARG(values[MANAGER_ID]),
					STR_ARG(values[CALL_ID]), STR_ARG(values[ORIG_LEG])));
	r->start_ms = source_time(s, FIELD_START, values[ORIGINATION]);
	r->answer_ms = source_time(s, FIELD_ANSWER, values[CONNECT]);
	r->end_ms = source_time(s, FIELD_END, values[DISCONNECT]);
	r->duration_ms = source_seconds(s, values[DURATION]);
	set_numbers(s, values);
	set_trunk(s, values);
	set_cause(s, values);
	return true;
}

static const struct import_table_type cucm_type = {
	.what = "a CDR file of Cisco UCM",
	.names = names,
	.needed = (const struct import_need[]){ { RECORD_TYPE, "cdrRecordType" },
						{ CALL_ID, "globalCallID_callId" },
						{ ORIGINATION, "dateTimeOrigination" },
						{ CONNECT, "dateTimeConnect" },
						{ DURATION, "duration" },
						{ CALLING, "callingPartyNumber" },
						{ FINAL_CALLED, "finalCalledPartyNumber" },
						{ IMPORT_NO_VALUE, NULL } },
	.read = read_values,
};

const struct import_format import_cucm = {
	.name = "cucm",
	.summary = "Cisco Unified Communications Manager's CDR files",
	.table = &cucm_type,
};
