/* The platform's call records: uploaded by the platform, read by each operator as
 * its own, with the feed and media quality.  Operators never see the user. */
#include "api/groups.h"
#include "api/record_list.h"
#include "api/record_upload.h"

#define SHARED_PROPERTIES                                                                                              \
	{ "id", PROPERTY_TEXT, false },                                                                                \
	{ "version", PROPERTY_NUMBER, false },                                                                         \
	{ "correlationId", PROPERTY_TEXT, false },                                                                     \
	{ "operatorId", PROPERTY_TEXT, false },                                                                        \
	{ "tenantId", PROPERTY_TEXT, false },                                                                          \
	{ "direction", PROPERTY_TEXT, false },                                                                         \
	{ "callerNumber", PROPERTY_TEXT, false },                                                                      \
	{ "calleeNumber", PROPERTY_TEXT, false },                                                                      \
	{ "inviteDateTime", PROPERTY_INSTANT, false },                                                                 \
	{ "answerDateTime", PROPERTY_INSTANT, false },                                                                 \
	{ "endDateTime", PROPERTY_INSTANT, false },                                                                    \
	{ "durationSeconds", PROPERTY_JSON, true },                                                                    \
	{ "sipResponseCode", PROPERTY_NUMBER, false },                                                                 \
	{ "q850Cause", PROPERTY_NUMBER, false },                                                                       \
	{ "releasedBy", PROPERTY_TEXT, false },                                                                        \
	{ "trunk", PROPERTY_TEXT, false }

static const struct property operator_properties[] = { SHARED_PROPERTIES };
static const struct property platform_properties[] = { SHARED_PROPERTIES, { "userId", PROPERTY_TEXT, false } };

enum { OPERATOR_ID = 3, INVITE = 8 };

static const enum record_field fields[] = {
	FIELD_ID,     FIELD_VERSION, FIELD_CORRELATION_ID, FIELD_OPERATOR_ID, FIELD_TENANT_ID, FIELD_DIRECTION,
	FIELD_CALLER, FIELD_CALLEE,  FIELD_START,	   FIELD_ANSWER,      FIELD_END,       FIELD_DURATION,
	FIELD_SIP_CODE, FIELD_Q850,  FIELD_RELEASED_BY,	   FIELD_TRUNK,	      FIELD_USER_ID,
};

static struct filter_value value_of(const struct resource *resource, struct arena *arena, const void *row, size_t index)
{
	(void)resource;
	return record_value(fields[index], arena, row);
}

#define RESOURCE(properties) { properties, sizeof(properties) / sizeof(properties[0]), value_of, NULL }

static const struct resource operator_calls = RESOURCE(operator_properties);
static const struct resource platform_calls = RESOURCE(platform_properties);

#define LIST(shown)                                                                                                    \
	{                                                                                                              \
		.kind = RECORD_CALL, .resource = shown, .time_property = INVITE, .operator_property = OPERATOR_ID,     \
		.feed = LINK_CALL_RECORDS, .expands_media = true,                                                      \
	}

static const struct record_list operator_list = LIST(&operator_calls);
static const struct record_list platform_list = LIST(&platform_calls);

static const struct record_list *list_of(const struct http_request *req)
{
	return api_caller(req)->operator_key ? &operator_list : &platform_list;
}

static enum status begin(void *app, struct http_request *req, void **upload, struct error *err)
{
	return record_upload_begin(app, req, RECORD_CALL, upload, err);
}

static const struct http_upload upload = { begin, record_upload_data, record_upload_end, record_upload_abort };

static enum status list(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	return record_list_answer(list_of(req), app, req, res, err);
}

static enum status one(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	return record_list_one(list_of(req), app, req, res, err);
}

static enum status delta(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	return record_feed_answer(&operator_list, app, req, res, err);
}

#define READ { FACE_OPERATOR, ROLE_DATA_READ, false }
#define PLATFORM_READ { FACE_PLATFORM, ROLE_PLATFORM_READ, false }
#define PLATFORM_WRITE { FACE_PLATFORM, ROLE_PLATFORM_WRITE, false }

static const struct api_route routes[] = {
	{ HTTP_POST, "/platform/v1.0/callRecords", NULL, &upload, PLATFORM_WRITE,
	  "Uploads call records of any operators and tenants: a JSON array, NDJSON or CSV, plain, gzip or zstd.", NULL,
	  "CallRecordUpload", "Batch", 201, 0 },
	{ HTTP_GET, "/platform/v1.0/callRecords", list, NULL, PLATFORM_READ,
	  "Lists the call records of all operators, one operator after another, by time.", RECORD_LIST_OPTIONS, NULL,
	  "PlatformCallRecordList", 200, 0, true },
	{ HTTP_GET, "/platform/v1.0/callRecords/{id}", one, NULL, PLATFORM_READ, "One call record of any operator.",
	  RECORD_OPTIONS_OF_ANY ",$expand", NULL, "PlatformCallRecord", 200, 0 },
	{ HTTP_GET, "/operator/v1.0/callRecords", list, NULL, READ, "Lists the operator's call records by time.",
	  RECORD_LIST_OPTIONS, NULL, "CallRecordList", 200, 0, true },
	{ HTTP_GET, "/operator/v1.0/callRecords/delta", delta, NULL, READ,
	  "The operator's call records in the order of coming, new versions again, from the start or since a link.",
	  RECORD_FEED_OPTIONS, NULL, "CallRecordDelta", 200, 0 },
	{ HTTP_GET, "/operator/v1.0/callRecords/{id}", one, NULL, READ, "One of the operator's call records.",
	  "$select,$expand", NULL, "CallRecord", 200, 0 },
};

const struct api_route_group api_call_records_group = { routes, sizeof(routes) / sizeof(routes[0]) };
