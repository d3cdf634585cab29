/* FreeSWITCH's call detail records: mod_cdr_csv in its templates "example" and "asterisk", or with a header of the
 * variables' names, and mod_json_cdr.  Both know the same values. */
#include "base/encoding.h"
#include "formats/import_json.h"
#include "formats/import_table.h"

enum value {
	OTHER, /* a column that is not read */
	UUID,
	CALLER,
	FROM_USER,
	CALLEE,
	TO_USER,
	CALL_ID,
	START, /* in microseconds; the same in seconds, and on a clock on a wall */
	START_SECOND,
	START_STAMP,
	ANSWER,
	ANSWER_SECOND,
	ANSWER_STAMP,
	END,
	END_SECOND,
	END_STAMP,
	BILLSEC,
	BILLMSEC,
	CAUSE,
	Q850,
	SIP_STATUS,
	FAILURE_STATUS,
	PROTOCOL_CAUSE,
	DISPOSITION,
	DIRECTION,
	GATEWAY,
};

/* clang-format off */
static const struct import_name names[] = {
	{ "uuid", UUID },
	{ "caller_id_number", CALLER },
	{ "sip_from_user", FROM_USER },
	{ "destination_number", CALLEE },
	{ "sip_to_user", TO_USER },
	{ "sip_call_id", CALL_ID },
	{ "start_uepoch", START }, { "start_epoch", START_SECOND }, { "start_stamp", START_STAMP },
	{ "answer_uepoch", ANSWER }, { "answer_epoch", ANSWER_SECOND }, { "answer_stamp", ANSWER_STAMP },
	{ "end_uepoch", END }, { "end_epoch", END_SECOND }, { "end_stamp", END_STAMP },
	{ "billsec", BILLSEC }, { "billmsec", BILLMSEC },
	{ "hangup_cause", CAUSE }, { "hangup_cause_q850", Q850 },
	{ "sip_term_status", SIP_STATUS },
	{ "sip_invite_failure_status", FAILURE_STATUS },
	{ "proto_specific_hangup_cause", PROTOCOL_CAUSE },
	{ "last_bridge_proto_specific_hangup_cause", PROTOCOL_CAUSE },
	{ "sip_hangup_disposition", DISPOSITION },
	{ "direction", DIRECTION },
	{ "sip_gateway_name", GATEWAY },
	{ "sip_gateway", GATEWAY },
	{ NULL, 0 },
};

/* The names of causes that FreeSWITCH shares with Q.850; it has others, whose numbers mean nothing there. */
static const struct { const char *name; int q850; } causes[] = {
	{ "UNALLOCATED_NUMBER", 1 }, { "NO_ROUTE_TRANSIT_NET", 2 }, { "NO_ROUTE_DESTINATION", 3 }, { "CHANNEL_UNACCEPTABLE", 6 },
	{ "CALL_AWARDED_DELIVERED", 7 }, { "NORMAL_CLEARING", 16 }, { "USER_BUSY", 17 }, { "NO_USER_RESPONSE", 18 },
	{ "NO_ANSWER", 19 }, { "SUBSCRIBER_ABSENT", 20 }, { "CALL_REJECTED", 21 }, { "NUMBER_CHANGED", 22 },
	{ "REDIRECTION_TO_NEW_DESTINATION", 23 }, { "EXCHANGE_ROUTING_ERROR", 25 }, { "DESTINATION_OUT_OF_ORDER", 27 },
	{ "INVALID_NUMBER_FORMAT", 28 }, { "FACILITY_REJECTED", 29 }, { "RESPONSE_TO_STATUS_ENQUIRY", 30 },
	{ "NORMAL_UNSPECIFIED", 31 }, { "NORMAL_CIRCUIT_CONGESTION", 34 }, { "NETWORK_OUT_OF_ORDER", 38 },
	{ "NORMAL_TEMPORARY_FAILURE", 41 }, { "SWITCH_CONGESTION", 42 }, { "ACCESS_INFO_DISCARDED", 43 },
	{ "REQUESTED_CHAN_UNAVAIL", 44 }, { "FACILITY_NOT_SUBSCRIBED", 50 }, { "OUTGOING_CALL_BARRED", 52 },
	{ "INCOMING_CALL_BARRED", 54 }, { "BEARERCAPABILITY_NOTAUTH", 57 }, { "BEARERCAPABILITY_NOTAVAIL", 58 },
	{ "SERVICE_UNAVAILABLE", 63 }, { "BEARERCAPABILITY_NOTIMPL", 65 }, { "CHAN_NOT_IMPLEMENTED", 66 },
	{ "FACILITY_NOT_IMPLEMENTED", 69 }, { "SERVICE_NOT_IMPLEMENTED", 79 }, { "INVALID_CALL_REFERENCE", 81 },
	{ "INCOMPATIBLE_DESTINATION", 88 }, { "INVALID_MSG_UNSPECIFIED", 95 }, { "MANDATORY_IE_MISSING", 96 },
	{ "MESSAGE_TYPE_NONEXIST", 97 }, { "WRONG_MESSAGE", 98 }, { "IE_NONEXIST", 99 }, { "INVALID_IE_CONTENTS", 100 },
	{ "WRONG_CALL_STATE", 101 }, { "RECOVERY_ON_TIMER_EXPIRE", 102 }, { "MANDATORY_IE_LENGTH_ERROR", 103 },
	{ "PROTOCOL_ERROR", 111 }, { "INTERWORKING", 127 },
};
/* clang-format on */

/* --- values ------------------------------------------------------------------------------ */

static struct str first_of(struct str a, struct str b)
{
	return str_is_none(a) || a.n == 0 ? b : a;
}

static void set_causes(struct import_source *s, const struct str *values)
{
	struct str protocol = values[PROTOCOL_CAUSE], scheme = str_cut(&protocol, ':');

	source_set(s, FIELD_Q850, values[Q850]);
	for (size_t i = 0; s->record.q850_cause == CODE_NONE && i < sizeof(causes) / sizeof(causes[0]); i++)
		if (str_is(values[CAUSE], causes[i].name))
			s->record.q850_cause = causes[i].q850;
	source_set(s, FIELD_SIP_CODE, first_of(values[SIP_STATUS], values[FAILURE_STATUS]));
	if (s->record.sip_code == CODE_NONE && str_is(scheme, "sip"))
		source_set(s, FIELD_SIP_CODE, protocol);
}

/* Who sent the BYE, or gave up before the answer.  An inbound channel is the caller's, an outbound one the callee's. */
static enum released_by released_by(const struct str *values)
{
	bool is_inbound = str_is(values[DIRECTION], "inbound"), is_outbound = str_is(values[DIRECTION], "outbound");
	bool received = str_is(values[DISPOSITION], "recv_bye"), sent = str_is(values[DISPOSITION], "send_bye");

	if (str_is(values[DISPOSITION], "recv_cancel") || str_is(values[DISPOSITION], "send_cancel"))
		return RELEASED_BY_CALLER;
	if (str_is(values[DISPOSITION], "recv_refuse"))
		return RELEASED_BY_CALLEE;
	if ((!received && !sent) || (!is_inbound && !is_outbound))
		return RELEASED_ABSENT;
	return received == is_inbound ? RELEASED_BY_CALLER : RELEASED_BY_CALLEE;
}

/* The first of the three ways to write a time that the source has; 0 is never. */
static int64_t time_of(struct import_source *s, enum record_field field, const struct str *ways)
{
	size_t i = 0;

	while (i < 2 && str_is_none(ways[i]))
		i++;
	return source_time(s, field, ways[i]);
}

static bool read_values(struct import_source *s, const struct str *values)
{
	struct record *r = &s->record;

	source_set(s, FIELD_ID, values[UUID]);
	source_set(s, FIELD_CORRELATION_ID, values[CALL_ID]);
	source_set(s, FIELD_CALLER, first_of(values[CALLER], values[FROM_USER]));
	source_set(s, FIELD_CALLEE, first_of(values[CALLEE], values[TO_USER]));
	source_set(s, FIELD_TRUNK, values[GATEWAY]);
	r->start_ms = time_of(s, FIELD_START, &values[START]);
	r->answer_ms = time_of(s, FIELD_ANSWER, &values[ANSWER]);
	r->end_ms = time_of(s, FIELD_END, &values[END]);
	r->duration_ms = source_ticks(s, values[BILLMSEC], 1);
	if (r->duration_ms == DURATION_NONE)
		r->duration_ms = source_seconds(s, values[BILLSEC]);
	set_causes(s, values);
	r->released_by = released_by(values);
	return true;
}

/* --- mod_cdr_csv ---------------------------------------------------------------------------- */

#define COLUMNS_MAX 40 /* templates may have more behind what is known */

static bool is_cause(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((text.p[i] < 'A' || text.p[i] > 'Z') && text.p[i] != '_')
			return false;
	return text.n >= 4;
}

/* A date and time of a clock on a wall. */
static bool is_stamp(struct str text)
{
	static const char form[] = "0000-00-00 00:00:00";

	for (size_t i = 0; i < text.n && i < strlen(form); i++)
		if (form[i] == '0' ? text.p[i] < '0' || text.p[i] > '9' : text.p[i] != form[i])
			return false;
	return text.n == strlen(form);
}

static const unsigned *layout_of(const struct csv_row *row)
{
	static const unsigned example[COLUMNS_MAX] = { OTHER,     CALLER, CALLEE,  OTHER, START_STAMP, ANSWER_STAMP,
						       END_STAMP, OTHER,  BILLSEC, CAUSE, UUID };
	static const unsigned asterisk[COLUMNS_MAX] = { OTHER, CALLER,  CALLEE, OTHER,       OTHER,        OTHER,
							OTHER, OTHER,   OTHER,  START_STAMP, ANSWER_STAMP, END_STAMP,
							OTHER, BILLSEC, CAUSE,  OTHER,       UUID };

	if (row->count > COLUMNS_MAX)
		return NULL;
	if (row->count >= 11 && is_stamp(row->cells[4]) && is_cause(row->cells[9]))
		return example;
	if (row->count >= 17 && is_stamp(row->cells[9]) && is_cause(row->cells[14]))
		return asterisk;
	return NULL;
}

static const struct import_table_type table_type = {
	.what = "FreeSWITCH's CDR templates \"example\" and \"asterisk\"",
	.names = names,
	.needed = (const struct import_need[]){ { CALLER, "caller_id_number" },
						{ CALLEE, "destination_number" },
						{ BILLSEC, "billsec" },
						{ START_STAMP, "start_stamp" },
						{ IMPORT_NO_VALUE, NULL } },
	.layout = layout_of,
	.layouts = "11 or more, the 5th a date and the 10th a hangup cause, or the 10th and the 15th",
	.has_bare_quotes = true,
	.read = read_values,
};

const struct import_format import_freeswitch = {
	.name = "freeswitch",
	.summary = "FreeSWITCH's mod_cdr_csv: templates example and asterisk, or any with a header",
	.table = &table_type,
};

/* --- mod_json_cdr ------------------------------------------------------------------------------ */

/* clang-format off */
static const struct import_name paths[] = {
	{ "variables/uuid", UUID },
	{ "callflow/caller_profile/caller_id_number", CALLER },
	{ "variables/caller_id_number", CALLER },
	{ "variables/sip_from_user", FROM_USER },
	{ "callflow/caller_profile/destination_number", CALLEE },
	{ "variables/destination_number", CALLEE },
	{ "variables/sip_to_user", TO_USER },
	{ "variables/sip_call_id", CALL_ID },
	{ "variables/start_uepoch", START }, { "variables/start_epoch", START_SECOND },
	{ "variables/answer_uepoch", ANSWER }, { "variables/answer_epoch", ANSWER_SECOND },
	{ "variables/end_uepoch", END }, { "variables/end_epoch", END_SECOND },
	{ "variables/start_stamp", START_STAMP },
	{ "variables/answer_stamp", ANSWER_STAMP },
	{ "variables/end_stamp", END_STAMP },
	{ "variables/billmsec", BILLMSEC },
	{ "variables/billsec", BILLSEC },
	{ "variables/hangup_cause", CAUSE },
	{ "variables/hangup_cause_q850", Q850 },
	{ "variables/sip_term_status", SIP_STATUS },
	{ "variables/sip_invite_failure_status", FAILURE_STATUS },
	{ "variables/proto_specific_hangup_cause", PROTOCOL_CAUSE },
	{ "variables/last_bridge_proto_specific_hangup_cause", PROTOCOL_CAUSE },
	{ "variables/sip_hangup_disposition", DISPOSITION },
	{ "variables/direction", DIRECTION },
	{ "variables/sip_gateway_name", GATEWAY },
	{ "variables/sip_gateway", GATEWAY },
	{ NULL, 0 },
};
/* clang-format on */

/* encode-values is on unless it is turned off; what is no encoding is left as it is. */
static struct str decode(struct import_source *s, struct str value)
{
	struct buf out;
	bool is_encoded = str_find_char(value, '%') < value.n;

	if (!is_encoded)
		return value;
	buf_init(&out, 0);
	if (percent_decode(value, &out))
		value = arena_str(&s->texts, buf_str(&out));
	buf_release(&out);
	return value;
}

static bool read_encoded(struct import_source *s, const struct str *values)
{
	struct str decoded[IMPORT_VALUES_MAX];

	for (size_t i = 0; i < IMPORT_VALUES_MAX; i++)
		decoded[i] = str_is_none(values[i]) ? values[i] : decode(s, values[i]);
	return read_values(s, decoded);
}

static const struct import_json_type json_type = { .names = paths, .read = read_encoded };

static enum status begin_json(struct import_reader **reader, const struct import_options *options,
			      const struct record_sink *sink, struct error *err)
{
	return import_json_begin(reader, &json_type, options, sink, err);
}

static bool recognise_json(struct str head)
{
	return str_find(head, STR("\"core-uuid\"")) < head.n && str_find(head, STR("\"channel_data\"")) < head.n;
}

const struct import_format import_freeswitch_json = {
	.name = "freeswitch-json",
	.summary = "FreeSWITCH's mod_json_cdr: an object a call, in one file or put together",
	.recognise = recognise_json,
	.begin = begin_json,
};
