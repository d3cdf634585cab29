/* An operator's numbers: provisioned, changed, released, listed, and fed on.  Operator face; the platform reads
 * those of all. */
#include "api/groups.h"
#include "api/list.h"
#include "api/number_rows.h"
#include "exchange/number_feed.h"
#include "exchange/provision_number.h"

#define SHARED_PROPERTIES                                                                                              \
	{ "id", PROPERTY_TEXT, false },                                                                                \
	{ "telephoneNumber", PROPERTY_TEXT, false },                                                                   \
	{ "sipUri", PROPERTY_TEXT, false },                                                                            \
	{ "tenantId", PROPERTY_TEXT, false },                                                                          \
	{ "assignmentStatus", PROPERTY_TEXT, false },                                                                  \
	{ "isoCountryCode", PROPERTY_TEXT, false },                                                                    \
	{ "usage", PROPERTY_TEXT, false },                                                                             \
	{ "acquiredCapabilities", PROPERTY_WORDS, false },                                                             \
	{ "locationId", PROPERTY_TEXT, false },                                                                        \
	{ "civicAddressId", PROPERTY_TEXT, false },                                                                    \
	{ "allowTenantAddressUpdate", PROPERTY_BOOL, false },                                                          \
	{ "releaseRequested", PROPERTY_BOOL, false },                                                                  \
	{ "lastModifiedDateTime", PROPERTY_INSTANT, false }

static const struct property operator_properties[] = { SHARED_PROPERTIES };
static const struct property platform_properties[] = { SHARED_PROPERTIES, { "operatorId", PROPERTY_TEXT, false } };

static struct str e164(struct arena *arena, number_t number)
{
	char text[NUMBER_TEXT_SIZE];

	return arena_str(arena, number_text(number, text));
}

static struct filter_value number_value_of(const struct resource *resource, struct arena *arena, const void *row,
					   size_t index)
{
	const struct number_row *n = row;

	(void)resource;
	switch (index) {
	case 0:
		return value_text(number_id(arena, n->operator_id, n->number));
	case 1:
		return value_text(e164(arena, n->number));
	case 2:
		return value_text(n->sip_uri);
	case 3:
		return value_text(n->tenant_id);
	case 4:
		return value_text(n->assignment_status);
	case 5:
		return value_text(n->iso_country);
	case 6:
		return value_text(n->usage);
	case 7:
		return value_text(n->capabilities);
	case 8:
		return value_text(n->location_id);
	case 9:
		return value_text(n->civic_address_id);
	case 10:
		return value_number(n->allow_address_update);
	case 11:
		return value_number(n->release_requested);
	case 12:
		return value_number(n->modified_ms);
	default:
		return value_text(n->operator_id);
	}
}

#define RESOURCE(properties) { properties, sizeof(properties) / sizeof(properties[0]), number_value_of, NULL }

static const struct resource numbers = RESOURCE(operator_properties);
static const struct resource platform_numbers = RESOURCE(platform_properties);

/* On reading, what is no number is no thing that there is; on writing it is a mistake. */
static enum status path_number(struct http_request *req, number_t *number, struct error *err)
{
	if (number_parse_e164(req->params[0], number))
		return OK;
	if (req->method == HTTP_PUT)
		return error_set(err, E_NUMBER, "telephoneNumber", "expected a number such as +4930123456 in the path");
	return error_set(err, E_NOT_FOUND, NULL, "there is no such number");
}

static enum status put(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	struct number_terms terms = { 0 };
	const struct json *body;
	struct number_row row;
	number_t number;
	bool created;
	enum status status = path_number(req, &number, err);

	if (status == OK)
		status = api_body(req, &body, err);
	if (status == OK)
		status = number_terms_read(&req->arena, body, &terms, err);
	if (status == OK)
		status = provision_number(api_exchange(app), &req->arena, api_caller(req)->operator_key, number, &terms,
					  &row, &created, err);
	if (status != OK)
		return status;
	return resource_answer(app, req, res, &numbers, &row, created ? 201 : 200, STR(""), number, err);
}

static enum status remove_number(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	number_t number;
	enum status status = path_number(req, &number, err);

	if (status == OK)
		status = release_number(api_exchange(app), &req->arena, api_caller(req)->operator_key, number, err);
	if (status != OK)
		return status;
	res->status = 204;
	return api_audit(app, req, 204, STR(""), number, 1, err);
}

static enum status get(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	int64_t operator_key = api_caller(req)->operator_key;
	struct number_row row;
	number_t number;
	enum status status = path_number(req, &number, err);

	if (status == OK)
		status = numbers_get(api_exchange(app), &req->arena, operator_key ? NUMBERS_OF_OPERATOR : NUMBERS_OF_ALL,
				     operator_key, number, &row, err);
	return status == OK ? resource_answer(app, req, res, operator_key ? &numbers : &platform_numbers, &row, 200,
					      STR(""), number, err)
			    : status;
}

/* --- list ----------------------------------------------------------------------------- */

#define LIST(shown, links)                                                                                             \
	{                                                                                                              \
		.resource = shown, .feed = links, .top_default = 500, .top_max = 1000, .order_by = "telephoneNumber",  \
		.fetch = number_rows_fetch, .place = number_rows_place, .total = number_rows_total,                    \
	}

static const struct list number_list = LIST(&numbers, LINK_NUMBERS);
static const struct list platform_number_list = LIST(&platform_numbers, LINK_PLATFORM_NUMBERS);

static enum status list(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	struct list_call call = list_call_of(app, req, res);

	return list_answer(call.party ? &number_list : &platform_number_list, &call, err);
}

/* --- feed ----------------------------------------------------------------------------- */

/* A place is the position, and as text where a fresh reading ends. */
static void place_store(struct arena *arena, const struct number_place *from, struct list_place *to)
{
	to->position = from->position;
	to->place = from->fresh_until ? arena_printf(arena, "%lld", (long long)from->fresh_until) : STR_NONE;
}

static enum status feed_start(const struct list_call *call, bool latest, struct list_place *place, struct error *err)
{
	struct number_place at;
	enum status status = number_feed_start(api_exchange(call->app), call->party, latest, &at, err);

	if (status == OK)
		place_store(&call->req->arena, &at, place);
	return status;
}

static enum status feed_read(const struct list_call *call, int64_t max, struct list_place *place,
			     struct list_rows *rows, bool *more, struct error *err)
{
	struct number_place at = { place->position, 0 };
	struct number_row *found = NULL;
	uint64_t fresh_until = 0;
	enum status status;

	if (place->place.n && !str_to_u64(place->place, INT64_MAX, &fresh_until))
		return error_set(err, E_TOKEN_INVALID, NULL, "the link is of another version of this feed");
	at.fresh_until = (int64_t)fresh_until;
	status = number_feed_read(api_exchange(call->app), &call->req->arena, call->party, max, &at, &found,
				  &rows->count, more, err);
	if (status != OK)
		return status;
	rows->first = found;
	rows->size = sizeof(*found);
	/* Of a removed number there is but the number; whose it was the feed itself says. */
	for (size_t i = 0; i < rows->count; i++)
		if (found[i].removed)
			found[i].operator_id = str_from(api_caller(call->req)->operator_id);
	place_store(&call->req->arena, &at, place);
	return OK;
}

static bool removed(const void *row)
{
	return ((const struct number_row *)row)->removed;
}

static const struct feed number_feed = {
	.resource = &numbers,
	.feed = LINK_NUMBERS_DELTA,
	.top_default = 500,
	.top_max = 1000,
	.start = feed_start,
	.read = feed_read,
	.removed = removed,
	.removed_select = "id,telephoneNumber",
};

static enum status delta(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	struct list_call call = list_call_of(app, req, res);

	return feed_answer(&number_feed, &call, err);
}

#define PLATFORM { FACE_PLATFORM, ROLE_PLATFORM_READ, false }
#define READ { FACE_OPERATOR, ROLE_NUMBER_READ, false }
#define WRITE { FACE_OPERATOR, ROLE_NUMBER_WRITE, false }

static const struct api_route routes[] = {
	{ HTTP_GET, "/operator/v1.0/numbers", list, NULL, READ, "Lists the operator's numbers in their order.",
	  LIST_OPTIONS, NULL, "NumberList", 200, 0, true },
	{ HTTP_GET, "/operator/v1.0/numbers/delta", delta, NULL, READ,
	  "What changed among the operator's numbers, in order, from a fresh start or since a link.", FEED_OPTIONS,
	  NULL, "NumberDelta", 200, 0 },
	{ HTTP_GET, "/operator/v1.0/numbers/{number}", get, NULL, READ, "One number.", "$select", NULL, "Number", 200, 0 },
	{ HTTP_PUT, "/operator/v1.0/numbers/{number}", put, NULL, WRITE,
	  "Provisions a number to a consenting tenant, or changes what was said of it.", NULL, "NumberRequest",
	  "Number", 201, 0 },
	{ HTTP_DELETE, "/operator/v1.0/numbers/{number}", remove_number, NULL, WRITE,
	  "Releases a number that is not assigned.", NULL, NULL, NULL, 204, 0 },
	{ HTTP_GET, "/platform/v1.0/numbers", list, NULL, PLATFORM, "Lists the numbers of all operators in their order.",
	  LIST_OPTIONS, NULL, "PlatformNumberList", 200, 0, true },
	{ HTTP_GET, "/platform/v1.0/numbers/{number}", get, NULL, PLATFORM, "One number of any operator.", "$select", NULL,
	  "PlatformNumber", 200, 0 },
};

const struct api_route_group api_numbers_group = { routes, sizeof(routes) / sizeof(routes[0]) };
