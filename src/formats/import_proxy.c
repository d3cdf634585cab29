#include "formats/import_proxy.h"

#include "formats/record_private.h"

/* A column may also have the name of the record field that it is. */
const struct import_name proxy_names[] = {
	{ "start_time", PROXY_START_TIME },
	{ "end_time", FIELD_END },
	{ "duration", FIELD_DURATION },
	{ "method", PROXY_METHOD },
	{ "time", PROXY_TIME },
	{ "created", PROXY_CREATED },
	{ "setuptime", PROXY_SETUP_SECONDS },
	{ "ms_duration", PROXY_MILLISECONDS },
	{ "id", FIELD_SEQUENCE },
	{ "callid", FIELD_CORRELATION_ID },
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
	{ "sip_code", FIELD_SIP_CODE },
	{ "hangup_by", FIELD_RELEASED_BY },
	{ "gateway", FIELD_TRUNK },
	{ "version", FIELD_VERSION },
	{ "correlationId", FIELD_CORRELATION_ID },
	{ "operatorId", FIELD_OPERATOR_ID },
	{ "tenantId", FIELD_TENANT_ID },
	{ "userId", FIELD_USER_ID },
	{ "direction", FIELD_DIRECTION },
	{ "callerNumber", FIELD_CALLER },
	{ "calleeNumber", FIELD_CALLEE },
	{ "inviteDateTime", FIELD_START },
	{ "startDateTime", FIELD_START },
	{ "answerDateTime", FIELD_ANSWER },
	{ "endDateTime", FIELD_END },
	{ "durationSeconds", FIELD_DURATION },
	{ "sipResponseCode", FIELD_SIP_CODE },
	{ "q850Cause", FIELD_Q850 },
	{ "releasedBy", FIELD_RELEASED_BY },
	{ "trunk", FIELD_TRUNK },
	{ "sequence", FIELD_SEQUENCE },
	{ NULL, 0 },
};

void proxy_set_rest(struct import_source *s, const struct str *values)
{
	for (int i = 0; i < FIELD_COUNT; i++)
		if (record_fields[i].type != FIELD_INSTANT && record_fields[i].type != FIELD_SECONDS)
			source_set(s, (enum record_field)i, values[i]);
}
