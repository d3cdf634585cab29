/* Usage on the tenant's face, as Graph has it: getPstnCalls, and getDirectRoutingCalls, of
 * which this exchange has none, since every call here crosses an operator's trunk. */
#include "api/groups.h"
#include "api/listing.h"
#include "api/record_list.h"
#include "base/instant.h"
#include "exchange/usage.h"

#include <stdio.h>

#define ROWS_MAX 1000

/* --- the window in the parentheses ---------------------------------------------------- */

struct window {
	int64_t from_ms, to_ms;
};

static struct str unquoted(struct str s)
{
	return s.n >= 2 && s.p[0] == '\'' && s.p[s.n - 1] == '\'' ? str_of(s.p + 1, s.n - 2) : s;
}

/* The bound that an argument names, by its full name or the short one of Graph's own next links. */
static int64_t *bound_named(struct window *window, struct str name)
{
	if (str_is(name, "fromDateTime") || str_is(name, "from"))
		return &window->from_ms;
	return str_is(name, "toDateTime") || str_is(name, "to") ? &window->to_ms : NULL;
}

static enum status argument_read(struct window *window, struct str argument, struct error *err)
{
	struct str rest = argument, name = str_trim(str_cut(&rest, '='));
	int64_t *bound = bound_named(window, name);
	const char *wire = bound == &window->from_ms ? "fromDateTime" : "toDateTime";

	if (!bound)
		return error_set(err, E_INVALID, NULL, "expected fromDateTime=...,toDateTime=..., found \"%.*s\"",
				 name.n > 40 ? 40 : (int)name.n, name.p);
	if (*bound != INSTANT_NONE)
		return error_set(err, E_INVALID, wire, "%s stands twice", wire);
	if (str_is_none(rest) || !instant_parse_or_date(unquoted(str_trim(rest)), bound) || *bound == INSTANT_NONE)
		return error_set(err, E_INVALID, wire,
				 "%s must be a date, as 2026-11-25, or a date and time with its offset, as"
				 " 2026-11-25T10:00:00Z",
				 wire);
	return OK;
}

static enum status window_read(struct str arguments, struct window *window, struct error *err)
{
	*window = (struct window){ INSTANT_NONE, INSTANT_NONE };
	while (!str_is_none(arguments)) {
		enum status status = argument_read(window, str_cut(&arguments, ','), err);

		if (status != OK)
			return status;
	}
	if (window->from_ms == INSTANT_NONE)
		return error_set(err, E_INVALID, "fromDateTime", "fromDateTime is missing");
	if (window->to_ms == INSTANT_NONE)
		return error_set(err, E_INVALID, "toDateTime", "toDateTime is missing");
	return usage_window_check(window->from_ms, window->to_ms, err);
}

/* --- rows ------------------------------------------------------------------------------- */

enum row_property {
	ROW_ID, ROW_CALL_ID, ROW_CALL_RECORD_ID, ROW_USER_ID, ROW_USER_PRINCIPAL_NAME, ROW_USER_DISPLAY_NAME, ROW_START,
	ROW_END, ROW_DURATION, ROW_DURATION_SOURCE, ROW_CALL_TYPE, ROW_CALLER, ROW_CALLEE, ROW_OPERATOR, ROW_CHARGE,
	ROW_CONNECTION_CHARGE, ROW_CURRENCY, ROW_DESTINATION_CONTEXT, ROW_DESTINATION_NAME, ROW_USAGE_COUNTRY,
	ROW_TENANT_COUNTRY, ROW_CONFERENCE_ID, ROW_LICENSE, ROW_INVENTORY, ROW_PROPERTY_COUNT,
	/* in CSV only */
	ROW_DIRECTION = ROW_PROPERTY_COUNT, ROW_REMOTE_COUNTRY, ROW_ADMINISTRATIVE_UNITS
};

/* Operators bill their customers themselves: charges are not known here and null, never 0. */
static const struct property row_properties[ROW_PROPERTY_COUNT] = {
	[ROW_ID] = { "id", PROPERTY_TEXT, false },
	[ROW_CALL_ID] = { "callId", PROPERTY_TEXT, false },
	[ROW_CALL_RECORD_ID] = { "callRecordId", PROPERTY_TEXT, false },
	[ROW_USER_ID] = { "userId", PROPERTY_TEXT, false },
	[ROW_USER_PRINCIPAL_NAME] = { "userPrincipalName", PROPERTY_TEXT, false },
	[ROW_USER_DISPLAY_NAME] = { "userDisplayName", PROPERTY_TEXT, false },
	[ROW_START] = { "startDateTime", PROPERTY_INSTANT, false },
	[ROW_END] = { "endDateTime", PROPERTY_INSTANT, false },
	[ROW_DURATION] = { "duration", PROPERTY_NUMBER, false },
	[ROW_DURATION_SOURCE] = { "callDurationSource", PROPERTY_TEXT, false },
	[ROW_CALL_TYPE] = { "callType", PROPERTY_TEXT, false },
	[ROW_CALLER] = { "callerNumber", PROPERTY_TEXT, false },
	[ROW_CALLEE] = { "calleeNumber", PROPERTY_TEXT, false },
	[ROW_OPERATOR] = { "operator", PROPERTY_TEXT, false },
	[ROW_CHARGE] = { "charge", PROPERTY_NUMBER, false },
	[ROW_CONNECTION_CHARGE] = { "connectionCharge", PROPERTY_NUMBER, false },
	[ROW_CURRENCY] = { "currency", PROPERTY_TEXT, false },
	[ROW_DESTINATION_CONTEXT] = { "destinationContext", PROPERTY_TEXT, false },
	[ROW_DESTINATION_NAME] = { "destinationName", PROPERTY_TEXT, false },
	[ROW_USAGE_COUNTRY] = { "usageCountryCode", PROPERTY_TEXT, false },
	[ROW_TENANT_COUNTRY] = { "tenantCountryCode", PROPERTY_TEXT, false },
	[ROW_CONFERENCE_ID] = { "conferenceId", PROPERTY_TEXT, false },
	[ROW_LICENSE] = { "licenseCapability", PROPERTY_TEXT, false },
	[ROW_INVENTORY] = { "inventoryType", PROPERTY_TEXT, false },
};

static struct str number_or_none(struct arena *arena, number_t number)
{
	char text[NUMBER_TEXT_SIZE];

	return number ? arena_str(arena, number_text(number, text)) : STR_NONE;
}

static struct filter_value row_value(const struct resource *resource, struct arena *arena, const void *row,
				     size_t index)
{
	const struct tenant_calls *calls = resource->context;
	const struct usage_row *u = row;
	const struct record *r = &u->call.stored.record;
	const struct user_row *user = u->call.user;

	switch ((enum row_property)index) {
	case ROW_ID:
		return value_text(str_from(u->id));
	case ROW_CALL_ID:
		return value_text(r->correlation_id.n ? r->correlation_id : r->id);
	case ROW_CALL_RECORD_ID:
		return value_text(r->id);
	case ROW_USER_ID:
		return value_text(user ? user->id : r->user_id.n ? r->user_id : STR_NONE);
	case ROW_USER_PRINCIPAL_NAME:
		return value_text(user ? user->user_principal_name : STR_NONE);
	case ROW_USER_DISPLAY_NAME:
		return value_text(user ? user->display_name : STR_NONE);
	case ROW_START:
		return value_number(u->start_ms);
	case ROW_END:
		return value_number(u->start_ms + u->seconds * MS_PER_SECOND);
	case ROW_DURATION:
		return value_number(u->seconds);
	case ROW_DURATION_SOURCE:
		return value_text(u->by_operator ? STR("operator") : STR("microsoft"));
	case ROW_CALL_TYPE:
		return value_text(r->direction == DIRECTION_INBOUND ? STR("oc_user_in") : STR("oc_user_out"));
	case ROW_CALLER:
		return value_text(number_or_none(arena, r->caller));
	case ROW_CALLEE:
		return value_text(number_or_none(arena, r->callee));
	case ROW_OPERATOR:
		return value_text(u->call.operator_name);
	case ROW_DESTINATION_CONTEXT:
		return value_text(str_from(u->destination.context));
	case ROW_DESTINATION_NAME:
		return value_text(str_from(u->destination.name));
	case ROW_USAGE_COUNTRY:
		return value_text(u->country);
	case ROW_TENANT_COUNTRY:
		return value_text(calls->tenant.country);
	case ROW_INVENTORY:
		return value_text(STR("Subscriber"));
	case ROW_DIRECTION:
		return value_text(r->direction == DIRECTION_INBOUND ? STR("Inbound") : STR("Outbound"));
	case ROW_REMOTE_COUNTRY:
		return value_text(str_from(u->destination.code));
	case ROW_CHARGE:
	case ROW_CONNECTION_CHARGE:
	case ROW_CURRENCY:
	case ROW_CONFERENCE_ID:
	case ROW_LICENSE:
	case ROW_ADMINISTRATIVE_UNITS:
		break;
	}
	return VALUE_NULL;
}

/* --- columns ------------------------------------------------------------------------------ */

/* In CSV both are as the admin center of Microsoft Teams exports them, with its columns in its order. */
#define PSTN_COLUMNS(COLUMN)                                                                                           \
	COLUMN("UsageId", PROPERTY_TEXT, ROW_ID)                                                                       \
	COLUMN("Call ID", PROPERTY_TEXT, ROW_CALL_ID)                                                                  \
	COLUMN("Conference ID", PROPERTY_TEXT, ROW_CONFERENCE_ID)                                                      \
	COLUMN("User Location", PROPERTY_TEXT, ROW_USAGE_COUNTRY)                                                      \
	COLUMN("Microsoft Entra ObjectId", PROPERTY_TEXT, ROW_USER_ID)                                                 \
	COLUMN("UPN", PROPERTY_TEXT, ROW_USER_PRINCIPAL_NAME)                                                          \
	COLUMN("User Display Name", PROPERTY_TEXT, ROW_USER_DISPLAY_NAME)                                              \
	COLUMN("Caller ID", PROPERTY_TEXT, ROW_CALLER)                                                                 \
	COLUMN("Call Type", PROPERTY_TEXT, ROW_CALL_TYPE)                                                              \
	COLUMN("Call Direction", PROPERTY_TEXT, ROW_DIRECTION)                                                         \
	COLUMN("Number Type", PROPERTY_TEXT, ROW_INVENTORY)                                                            \
	COLUMN("Domestic/International", PROPERTY_TEXT, ROW_DESTINATION_CONTEXT)                                       \
	COLUMN("Destination Dialed", PROPERTY_TEXT, ROW_DESTINATION_NAME)                                              \
	COLUMN("Destination Number", PROPERTY_TEXT, ROW_CALLEE)                                                        \
	COLUMN("External Country", PROPERTY_TEXT, ROW_REMOTE_COUNTRY)                                                  \
	COLUMN("Start Time", PROPERTY_INSTANT, ROW_START)                                                              \
	COLUMN("End Time", PROPERTY_INSTANT, ROW_END)                                                                  \
	COLUMN("Duration Seconds", PROPERTY_NUMBER, ROW_DURATION)                                                      \
	COLUMN("Connection Fee", PROPERTY_NUMBER, ROW_CONNECTION_CHARGE)                                               \
	COLUMN("Charge", PROPERTY_NUMBER, ROW_CHARGE)                                                                  \
	COLUMN("Currency", PROPERTY_TEXT, ROW_CURRENCY)                                                                \
	COLUMN("Capability", PROPERTY_TEXT, ROW_LICENSE)                                                               \
	COLUMN("Operator", PROPERTY_TEXT, ROW_OPERATOR)                                                                \
	COLUMN("Source of Call Duration", PROPERTY_TEXT, ROW_DURATION_SOURCE)                                          \
	COLUMN("Administrative Units", PROPERTY_TEXT, ROW_ADMINISTRATIVE_UNITS)

#define COLUMN_PROPERTY(name, kind, of) { name, kind, true },
#define COLUMN_OF(name, kind, of) of,

static const struct property pstn_columns[] = { PSTN_COLUMNS(COLUMN_PROPERTY) };
static const enum row_property pstn_column_of[] = { PSTN_COLUMNS(COLUMN_OF) };

static struct filter_value column_value(const struct resource *resource, struct arena *arena, const void *row,
					size_t index)
{
	return row_value(resource, arena, row, pstn_column_of[index]);
}

#define COLUMN(name) { name, PROPERTY_TEXT, true }

static const struct property direct_routing_columns[] = {
	COLUMN("CorrelationId"), COLUMN("Microsoft Entra ObjectId"), COLUMN("UPN"), COLUMN("Display Name"),
	COLUMN("User country"), COLUMN("External Country"), COLUMN("Invite time"), COLUMN("Start time"),
	COLUMN("Failure time"), COLUMN("End time"), COLUMN("Duration (seconds)"), COLUMN("Success"),
	COLUMN("Caller Number"), COLUMN("Callee Number"), COLUMN("Call type"), COLUMN("Call Direction"),
	COLUMN("Azure region for Media"), COLUMN("Azure region for Signaling"), COLUMN("Final SIP code"),
	COLUMN("Final Microsoft subcode"), COLUMN("Final SIP Phrase"), COLUMN("SBC FQDN"), COLUMN("Media bypass"),
	COLUMN("Shared correlation ID"),
};

/* There are no rows to ask it for values. */
static const struct resource direct_routing_resource = {
	.properties = direct_routing_columns,
	.count = sizeof(direct_routing_columns) / sizeof(direct_routing_columns[0]),
};

/* --- answers ------------------------------------------------------------------------------ */

struct request {
	enum listing_form form;
	struct window window;
	int64_t top;
	struct records_place after;
};

static struct str freeze(struct arena *arena, const struct request *r)
{
	return arena_printf(arena, "%lld|%lld|%lld", (long long)r->window.from_ms, (long long)r->window.to_ms,
			    (long long)r->top);
}

static bool thaw(const struct link *link, struct request *r)
{
	long long from, to, top;

	if (sscanf(link->options.p, "%lld|%lld|%lld", &from, &to, &top) != 3 || !records_place_read(link, &r->after))
		return false;
	r->window = (struct window){ from, to };
	r->top = top;
	return true;
}

static enum status request_read(void *app, struct http_request *req, struct http_response *res, enum link_feed feed,
				struct request *r, struct error *err)
{
	struct link link;
	bool resumed = false, count = false;
	enum status status;

	*r = (struct request){ .after = RECORDS_START };
	status = listing_form(req, res, &r->form, err);
	if (status == OK)
		status = api_link_open(app, req, res, feed, api_caller(req)->tenant_key, &link, &resumed, err);
	if (status == OK && resumed && !thaw(&link, r))
		status = error_set(err, E_TOKEN_INVALID, NULL, "the link is of another version of this list");
	if (status == OK && !resumed)
		status = window_read(req->params[0], &r->window, err);
	if (status == OK && !resumed)
		status = api_top(req, ROWS_MAX, ROWS_MAX, &r->top, err);
	if (status == OK && !resumed)
		status = listing_count(req, r->form, &count, err);
	if (status == OK)
		api_prefer(req, res, &r->top);
	return status;
}

#define CONTEXT_OF(type) "Collection(microsoft.graph.callRecords." type ")"

/* "@odata.count" comes unasked, and of the page. */
static void page_write(void *app, struct http_request *req, struct http_response *res, const struct tenant_calls *calls,
		       const struct request *r, const struct usage_page *page)
{
	struct resource rows = { row_properties, ROW_PROPERTY_COUNT, row_value, calls };
	struct resource columns = { pstn_columns, sizeof(pstn_columns) / sizeof(pstn_columns[0]), column_value, calls };
	struct listing out = { app, req, res, r->form, r->form == LISTING_JSON ? &rows : &columns, STR_NONE };
	struct link next = {
		.kind = LINK_NEXT,
		.feed = LINK_PSTN_CALLS,
		.party = calls->tenant_key,
		.position = page->end.filed_ms,
		.place = records_place_text(&req->arena, &page->end),
		.options = freeze(&req->arena, r),
	};

	listing_begin(&out, CONTEXT_OF("pstnCallLogRow"), (int64_t)page->count);
	for (size_t i = 0; i < page->count; i++)
		listing_row(&out, &req->arena, &page->rows[i]);
	listing_end(&out, page->more ? &next : NULL);
}

static enum status pstn_calls(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	struct tenant_calls calls;
	struct usage_page page;
	struct request r;
	enum status status = request_read(app, req, res, LINK_PSTN_CALLS, &r, err);

	if (status == OK)
		status = tenant_calls_open(&calls, api_exchange(app), api_caller(req)->tenant_key, err);
	if (status != OK)
		return status;
	status = usage_read(&calls, &req->arena,
			    &(struct usage_query){ r.window.from_ms, r.window.to_ms, r.after, (size_t)r.top }, &page, err);
	if (status == OK)
		status = api_audit(app, req, 200, STR(""), 0, (int64_t)page.count, err);
	if (status == OK)
		page_write(app, req, res, &calls, &r, &page);
	tenant_calls_close(&calls);
	return status;
}

static enum status direct_routing_calls(void *app, struct http_request *req, struct http_response *res,
					struct error *err)
{
	struct listing out = { app, req, res, LISTING_JSON, &direct_routing_resource, STR_NONE };
	struct request r;
	enum status status = request_read(app, req, res, LINK_DIRECT_ROUTING_CALLS, &r, err);

	if (status == OK)
		status = api_audit(app, req, 200, STR(""), 0, 0, err);
	if (status != OK)
		return status;
	out.form = r.form;
	listing_begin(&out, CONTEXT_OF("directRoutingLogRow"), 0);
	listing_end(&out, NULL);
	return OK;
}

#define EITHER { FACE_GRAPH, ROLE_PSTN_READ | ROLE_CALLS_READ, false }

static const struct api_route routes[] = {
	{ HTTP_GET, "/v1.0/communications/callRecords/getPstnCalls(*)", pstn_calls, NULL, EITHER,
	  "The tenant's answered calls that started within a window of at most 90 days, both ends included.",
	  "$top,$count,$skiptoken", NULL, "PstnCallLogRowList", 200, 0, true },
	{ HTTP_GET, "/v1.0/communications/callRecords/getDirectRoutingCalls(*)", direct_routing_calls, NULL, EITHER,
	  "Direct routing calls: always none, since all calls here cross an operator's trunk.", "$top,$count,$skiptoken",
	  NULL, "DirectRoutingLogRowList", 200, 0, true },
};

const struct api_route_group api_pstn_calls_group = { routes, sizeof(routes) / sizeof(routes[0]) };
