/* The operators' duration records: uploaded, listed, looked up.  Operator face; the
 * platform reads those of all. */
#include "api/groups.h"
#include "api/record_list.h"
#include "api/record_upload.h"

static const struct property properties[] = {
	{ "id", PROPERTY_TEXT, false },
	{ "operatorId", PROPERTY_TEXT, false },
	{ "correlationId", PROPERTY_TEXT, false },
	{ "direction", PROPERTY_TEXT, false },
	{ "callerNumber", PROPERTY_TEXT, false },
	{ "calleeNumber", PROPERTY_TEXT, false },
	{ "startDateTime", PROPERTY_INSTANT, false },
	{ "answerDateTime", PROPERTY_INSTANT, false },
	{ "endDateTime", PROPERTY_INSTANT, false },
	{ "durationSeconds", PROPERTY_JSON, true },
	{ "sipResponseCode", PROPERTY_NUMBER, false },
	{ "q850Cause", PROPERTY_NUMBER, false },
	{ "releasedBy", PROPERTY_TEXT, false },
	{ "trunk", PROPERTY_TEXT, false },
	{ "sequence", PROPERTY_NUMBER, false },
	{ "receivedDateTime", PROPERTY_INSTANT, false },
};

#define PROPERTY_COUNT (sizeof(properties) / sizeof(properties[0]))

enum { OPERATOR_ID = 1, START = 6, RECEIVED = PROPERTY_COUNT - 1 };

static const enum record_field fields[] = {
	FIELD_ID,    FIELD_OPERATOR_ID, FIELD_CORRELATION_ID, FIELD_DIRECTION, FIELD_CALLER,
	FIELD_CALLEE, FIELD_START,	FIELD_ANSWER,	      FIELD_END,       FIELD_DURATION,
	FIELD_SIP_CODE, FIELD_Q850,	FIELD_RELEASED_BY,    FIELD_TRUNK,     FIELD_SEQUENCE,
};

static struct filter_value value_of(const struct resource *resource, struct arena *arena, const void *row, size_t index)
{
	(void)resource;
	if (index == RECEIVED)
		return value_number(((const struct stored_record *)row)->received_ms);
	return record_value(fields[index], arena, row);
}

static const struct resource durations = { properties, PROPERTY_COUNT, value_of, NULL };

static const struct record_list duration_list = {
	.kind = RECORD_DURATION,
	.resource = &durations,
	.time_property = START,
	.operator_property = OPERATOR_ID,
	.feed = LINK_CALL_DURATIONS,
};

static enum status begin(void *app, struct http_request *req, void **upload, struct error *err)
{
	return record_upload_begin(app, req, RECORD_DURATION, upload, err);
}

static const struct http_upload upload = { begin, record_upload_data, record_upload_end, record_upload_abort };

static enum status list(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	return record_list_answer(&duration_list, app, req, res, err);
}

static enum status one(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	return record_list_one(&duration_list, app, req, res, err);
}

#define WRITE { FACE_OPERATOR, ROLE_DATA_WRITE, false }
#define READ { FACE_OPERATOR, ROLE_DATA_READ | ROLE_DATA_WRITE, false }
#define PLATFORM { FACE_PLATFORM, ROLE_PLATFORM_READ, false }

static const struct api_route routes[] = {
	{ HTTP_POST, "/operator/v1.0/callDurations", NULL, &upload, WRITE,
	  "Uploads duration records: a JSON array, NDJSON or CSV, plain, gzip or zstd; acknowledged is on disk.",
	  NULL, "CallDurationUpload", "Batch", 201, 0 },
	{ HTTP_GET, "/operator/v1.0/callDurations", list, NULL, READ,
	  "Lists the operator's duration records by time, also those of one batch.", RECORD_LIST_OPTIONS, NULL,
	  "CallDurationList", 200, 0, true },
	{ HTTP_GET, "/operator/v1.0/callDurations/{id}", one, NULL, READ, "One duration record.", "$select", NULL,
	  "CallDuration", 200, 0 },
	{ HTTP_GET, "/platform/v1.0/callDurations", list, NULL, PLATFORM,
	  "Lists the duration records of all operators, one operator after another, by time.", RECORD_LIST_OPTIONS,
	  NULL, "CallDurationList", 200, 0, true },
	{ HTTP_GET, "/platform/v1.0/callDurations/{id}", one, NULL, PLATFORM, "One duration record of any operator.",
	  RECORD_OPTIONS_OF_ANY, NULL, "CallDuration", 200, 0 },
};

const struct api_route_group api_call_durations_group = { routes, sizeof(routes) / sizeof(routes[0]) };
