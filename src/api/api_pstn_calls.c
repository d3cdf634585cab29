/* Usage as Microsoft Graph shows it: getPstnCalls, and getDirectRoutingCalls, of which an exchange holds none. */
#include "api/groups.h"
#include "base/encoding.h"
#include "base/instant.h"
#include "exchange/usage.h"

#include <stdio.h>

#define WINDOW_DAYS_MAX 90

/* --- the window, which stands in the path's parentheses ---------------------------- */

static struct str unquote(struct str s)
{
	if (s.n >= 2 && s.p[0] == '\'' && s.p[s.n - 1] == '\'')
		return str_of(s.p + 1, s.n - 2);
	return s;
}

static enum status read_argument(struct str value, const char *name, int64_t *ms, struct error *err)
{
	if (*ms != INSTANT_NONE)
		return error_set(err, E_INVALID, name, "%s stands twice", name);
	if (!instant_parse_or_date(unquote(str_trim(value)), ms) || *ms == INSTANT_NONE)
		return error_set(err, E_INVALID, name, "%s must be a date, or a date and time with an offset", name);
	return OK;
}

static enum status read_window(struct str arguments, int64_t *from_ms, int64_t *to_ms, struct error *err)
{
	enum status status = OK;

	*from_ms = *to_ms = INSTANT_NONE;
	while (status == OK && arguments.n) {
		struct str value = str_cut(&arguments, ','), name = str_trim(str_cut(&value, '='));

		/* Links of Graph itself say from and to. */
		if (str_is(name, "fromDateTime") || str_is(name, "from"))
			status = read_argument(value, "fromDateTime", from_ms, err);
		else if (str_is(name, "toDateTime") || str_is(name, "to"))
			status = read_argument(value, "toDateTime", to_ms, err);
		else
			status = error_set(err, E_INVALID, NULL, "expected fromDateTime=...,toDateTime=... in the parentheses");
	}
	if (status != OK)
		return status;
	if (*from_ms == INSTANT_NONE || *to_ms == INSTANT_NONE)
		return error_set(err, E_INVALID, *from_ms == INSTANT_NONE ? "fromDateTime" : "toDateTime", "%s is missing",
				 *from_ms == INSTANT_NONE ? "fromDateTime" : "toDateTime");
	if (*to_ms < *from_ms)
		return error_set(err, E_INVALID, "toDateTime", "toDateTime lies before fromDateTime");
	if (*to_ms - *from_ms > WINDOW_DAYS_MAX * MS_PER_DAY)
		return error_set(err, E_INVALID, "toDateTime", "the window may be at most %d days long", WINDOW_DAYS_MAX);
	return OK;
}

/* --- places in links: "filed_ms|operator_key|id" --------------------------------------- */

static struct str place_text(struct arena *arena, const struct records_place *place)
{
	return arena_printf(arena, "%lld|%lld|%.*s", (long long)place->filed_ms, (long long)place->operator_key,
			    STR_ARG(place->id));
}

static struct records_place place_read(struct str text)
{
	struct records_place place = RECORDS_START;
	struct str number = str_cut(&text, '|');
	bool negative = number.n && number.p[0] == '-';
	uint64_t value = 0;

	str_to_u64(negative ? str_after(number, 1) : number, INT64_MAX, &value);
	place.filed_ms = negative ? -(int64_t)value : (int64_t)value;
	value = 0;
	str_to_u64(str_cut(&text, '|'), INT64_MAX, &value);
	place.operator_key = (int64_t)value;
	place.id = text;
	return place;
}

/* --- rows -------------------------------------------------------------------------------- */

/* A GUID that is always the same for a call, and tells nothing. */
static struct str row_id(struct arena *arena, const struct stored_record *row)
{
	struct str name = arena_printf(arena, "pstnCallLogRow|%lld|%.*s", (long long)row->operator_key, STR_ARG(row->record.id));
	unsigned char hash[SHA256_SIZE];
	char hex[2 * 16];

	sha256(name, hash);
	hash[6] = (unsigned char)((hash[6] & 0x0f) | 0x80);
	hash[8] = (unsigned char)((hash[8] & 0x3f) | 0x80);
	hex_encode(str_of(hash, 16), hex);
	return arena_printf(arena, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
}

static void write_row(struct json_writer *w, struct arena *arena, const struct tenant_row *tenant,
		      const struct usage_row *row)
{
	const struct record *r = &row->stored.record;
	int64_t seconds = (row->duration_ms + 500) / 1000;
	struct str country = row->user ? row->user->country : tenant->country;
	bool known = row->remote_country[0] != '\0';

	json_object_begin(w);
	json_member_str(w, "id", row_id(arena, &row->stored));
	json_member_str(w, "callId", r->correlation_id.n ? r->correlation_id : r->id);
	json_member_str(w, "userId", r->user_id);
	json_member_str(w, "userPrincipalName", row->user ? row->user->user_principal_name : STR_NONE);
	json_member_str(w, "userDisplayName", row->user ? row->user->display_name : STR_NONE);
	json_member_instant(w, "startDateTime", r->answer_ms);
	json_member_instant(w, "endDateTime", r->answer_ms + seconds * 1000);
	json_member_i64(w, "duration", seconds);
	json_member_z(w, "callDurationSource", row->is_operators ? "operator" : "microsoft");
	json_member_number(w, "callerNumber", r->caller);
	json_member_number(w, "calleeNumber", r->callee);
	json_member_z(w, "callType", r->direction == DIRECTION_INBOUND ? "oc_user_in" : "oc_user_out");
	json_member_str(w, "operator", row->operator_name);
	json_member_z(w, "charge", NULL);
	json_member_z(w, "connectionCharge", NULL);
	json_member_z(w, "currency", NULL);
	json_member_z(w, "destinationContext",
		      !known ? NULL : str_is(country, row->remote_country) ? "Domestic" : "International");
	json_member_z(w, "destinationName", known ? row->remote_country : NULL);
	json_member_str(w, "usageCountryCode", country);
	json_member_str(w, "tenantCountryCode", tenant->country);
	json_member_z(w, "conferenceId", NULL);
	json_member_z(w, "licenseCapability", NULL);
	json_member_z(w, "inventoryType", "Subscriber");
	json_object_end(w);
}

static void begin_collection(struct http_request *req, struct http_response *res, struct json_writer *w, const char *type,
			     size_t count)
{
	api_json_begin(res, 200, w);
	json_object_begin(w);
	json_member_str(w, "@odata.context",
			arena_printf(&req->arena, "%.*s/v1.0/$metadata#Collection(microsoft.graph.callRecords.%s)",
				     STR_ARG(api_base_url(req)), type));
	json_member_i64(w, "@odata.count", (int64_t)count);
}

static enum status pstn_calls(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	int64_t tenant_key = api_caller(req)->tenant_key, from_ms, to_ms;
	struct link link = { .kind = LINK_NEXT };
	struct usage_page page = { 0 };
	struct json_writer w;
	bool present;
	enum status status = read_window(req->params[0], &from_ms, &to_ms, err);

	if (status == OK)
		status = api_link_open(app, req, res, LINK_PSTN_CALLS, tenant_key, "/v1.0/communications/callRecords", &link,
				       &present, err);
	if (status == OK)
		status = usage_read(api_exchange(app), &req->arena, tenant_key, from_ms, to_ms,
				    present ? place_read(link.place) : RECORDS_START, &page, err);
	if (status == OK)
		status = api_audit(app, req, 200, STR_NONE, 0, (int64_t)page.count, err);
	if (status != OK)
		return status;
	begin_collection(req, res, &w, "pstnCallLogRow", page.count);
	if (page.more) {
		link = (struct link){ .kind = LINK_NEXT, .feed = LINK_PSTN_CALLS, .party = tenant_key,
				      .issued_ms = clock_now_ms(), .place = place_text(&req->arena, &page.next) };
		api_link_write(app, req, &w, &link);
	}
	json_key(&w, "value");
	json_array_begin(&w);
	for (size_t i = 0; i < page.count; i++)
		write_row(&w, &req->arena, &page.tenant, &page.rows[i]);
	json_array_end(&w);
	json_object_end(&w);
	return OK;
}

/* Operators' trunks are not direct routing: the collection is empty, and says so in Graph's own shape. */
static enum status direct_routing_calls(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	int64_t from_ms, to_ms;
	struct json_writer w;
	enum status status = read_window(req->params[0], &from_ms, &to_ms, err);

	if (status == OK)
		status = api_audit(app, req, 200, STR_NONE, 0, 0, err);
	if (status != OK)
		return status;
	begin_collection(req, res, &w, "directRoutingLogRow", 0);
	json_key(&w, "value");
	json_array_begin(&w);
	json_array_end(&w);
	json_object_end(&w);
	return OK;
}

#define USAGE { FACE_GRAPH, ROLE_PSTN_READ | ROLE_CALLS_READ, false }

static const struct api_route routes[] = {
	{ HTTP_GET, "/v1.0/communications/callRecords/getPstnCalls(*)", pstn_calls, NULL, USAGE,
	  "The tenant's answered calls in a window of at most 90 days, 1,000 a page.", "$skiptoken", NULL, "PstnCallList", 200,
	  0 },
	{ HTTP_GET, "/v1.0/communications/callRecords/getDirectRoutingCalls(*)", direct_routing_calls, NULL, USAGE,
	  "Direct-routing calls: none, since all calls here cross an operator's trunk.", "$skiptoken", NULL,
	  "DirectRoutingCallList", 200, 0 },
};

const struct api_route_group api_pstn_calls_group = { routes, sizeof(routes) / sizeof(routes[0]) };
