/* Consents between tenants and operators: the platform and the tenant write them, the operator reads its own. */
#include "api/groups.h"
#include "api/list.h"
#include "exchange/consents.h"

static const struct property properties[] = {
	{ "id", PROPERTY_TEXT, true },
	{ "tenantId", PROPERTY_TEXT, false },
	{ "operatorId", PROPERTY_TEXT, false },
	{ "status", PROPERTY_TEXT, false },
	{ "consentedCountries", PROPERTY_WORDS, false },
	{ "contacts", PROPERTY_JSON, true },
	{ "noticeVersion", PROPERTY_TEXT, false },
	{ "acceptedBy", PROPERTY_TEXT, false },
	{ "consentedOn", PROPERTY_INSTANT, false },
	{ "lastModifiedOn", PROPERTY_INSTANT, false },
};

static struct filter_value consent_value(const struct resource *resource, struct arena *arena, const void *row,
					 size_t index)
{
	const struct consent_row *consent = row;

	(void)resource;
	switch (index) {
	case 0:
		return value_text(
			arena_printf(arena, "%.*s_%.*s", STR_ARG(consent->tenant_id), STR_ARG(consent->operator_id)));
	case 1:
		return value_text(consent->tenant_id);
	case 2:
		return value_text(consent->operator_id);
	case 3:
		return value_text(consent->status);
	case 4:
		return value_text(consent->countries);
	case 5:
		return value_text(consent->contacts);
	case 6:
		return value_text(consent->notice_version);
	case 7:
		return value_text(consent->accepted_by);
	case 8:
		return value_number(consent->consented_ms);
	default:
		return value_number(consent->modified_ms);
	}
}

static const struct resource consents = { properties, sizeof(properties) / sizeof(properties[0]), consent_value };

/* Whose consent the path and the caller name. */
struct parties {
	struct str operator_id, tenant_id;
};

static enum status parties_of(struct http_request *req, struct parties *p, struct error *err)
{
	const struct caller *caller = api_caller(req);
	enum status status;

	if (caller->face == FACE_OPERATOR) {
		p->operator_id = str_from(caller->operator_id);
		return path_guid(req, 0, "consent", &p->tenant_id, err);
	}
	if (caller->face == FACE_GRAPH) {
		p->tenant_id = str_from(caller->tenant_id);
		return path_guid(req, 0, "consent", &p->operator_id, err);
	}
	status = path_guid(req, 0, "consent", &p->tenant_id, err);
	return status == OK ? path_guid(req, 1, "consent", &p->operator_id, err) : status;
}

static enum status change_read(const struct json *body, struct consent_change *change, struct error *err)
{
	enum status status = json_get_str(body, "status", &change->status, err);

	if (status == OK)
		status = json_get_array(body, "consentedCountries", &change->countries, err);
	if (status == OK)
		status = json_get_array(body, "contacts", &change->contacts, err);
	if (status == OK)
		status = json_get_str(body, "noticeVersion", &change->notice_version, err);
	if (status == OK)
		status = json_get_str(body, "acceptedBy", &change->accepted_by, err);
	return status;
}

static enum status put(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	struct consent_change change = { .countries = NULL };
	struct consent_row row;
	const struct json *body;
	struct parties p;
	bool created, must_exist = req->method == HTTP_PATCH;
	enum status status = parties_of(req, &p, err);

	if (status == OK)
		status = api_body(req, &body, err);
	if (status == OK)
		status = change_read(body, &change, err);
	if (status == OK)
		status = consents_put(api_exchange(app), &req->arena, p.operator_id, p.tenant_id, &change, must_exist,
				      &row, &created, err);
	if (status != OK)
		return status;
	return resource_answer(app, req, res, &consents, &row, created ? 201 : 200,
			       consent_value(&consents, &req->arena, &row, 0).text, 0, err);
}

static enum status get(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	struct consent_row row;
	struct parties p;
	enum status status = parties_of(req, &p, err);

	if (status == OK)
		status = consents_find(api_exchange(app), &req->arena, p.operator_id, p.tenant_id, &row, err);
	if (status != OK)
		return status;
	return resource_answer(app, req, res, &consents, &row, 200, consent_value(&consents, &req->arena, &row, 0).text,
			       0, err);
}

/* A place is the pair of keys: the operator's as position, the tenant's as text. */
static enum status fetch(const struct list_call *call, struct arena *arena, const struct list_place *after, int64_t max,
			 struct list_rows *rows, struct error *err)
{
	struct consent_row *found = NULL;
	uint64_t after_tenant = 0;
	enum status status;

	if (!str_is_none(after->place) && !str_to_u64(after->place, INT64_MAX, &after_tenant))
		return error_set(err, E_TOKEN_INVALID, NULL, "the link is of another version of this list");
	status = consents_list(api_exchange(call->app), arena, call->scope.operator_key, call->scope.tenant_key,
			       after->position, (int64_t)after_tenant, max, &found, &rows->count, err);
	rows->first = found;
	rows->size = sizeof(*found);
	return status;
}

static void place(const struct list *from, struct arena *arena, const void *row, struct list_place *place)
{
	const struct consent_row *consent = row;

	(void)from;
	*place = (struct list_place){ consent->operator_key,
				      arena_printf(arena, "%lld", (long long)consent->tenant_key) };
}

static const struct list consent_list = {
	.resource = &consents,
	.feed = LINK_CONSENTS,
	.top_default = 100,
	.top_max = 1000,
	.fetch = fetch,
	.place = place,
};

static enum status list(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	const struct caller *caller = api_caller(req);
	struct list_call call = list_call_of(app, req, res);
	struct list faced = consent_list;

	/* A party's key says nothing of its face. */
	if (caller->face == FACE_PLATFORM)
		faced.feed = LINK_PLATFORM_CONSENTS;
	else if (caller->face == FACE_GRAPH)
		call.party = -call.party;
	return list_answer(&faced, &call, err);
}

/* --- the operator's feed ------------------------------------------------------------------ */

static enum status feed_start(const struct list_call *call, bool latest, struct list_place *place, struct error *err)
{
	*place = (struct list_place){ 0, STR_NONE };
	if (!latest)
		return OK;
	return consents_feed_head(api_exchange(call->app), call->party, &place->position, err);
}

static enum status feed_read(const struct list_call *call, int64_t max, struct list_place *place,
			     struct list_rows *rows, bool *more, struct error *err)
{
	struct consent_row *found = NULL;
	enum status status = consents_feed(api_exchange(call->app), &call->req->arena, call->party, place->position,
					   max + 1, &found, &rows->count, err);

	if (status != OK)
		return status;
	rows->first = found;
	rows->size = sizeof(*found);
	*more = rows->count > (size_t)max;
	if (*more)
		rows->count--;
	if (rows->count)
		place->position = found[rows->count - 1].position;
	return OK;
}

static const struct feed consent_feed = {
	.resource = &consents,
	.feed = LINK_CONSENTS_DELTA,
	.top_default = 100,
	.top_max = 1000,
	.start = feed_start,
	.read = feed_read,
};

static enum status delta(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	struct list_call call = list_call_of(app, req, res);

	return feed_answer(&consent_feed, &call, err);
}

#define PLATFORM_READ { FACE_PLATFORM, ROLE_PLATFORM_READ, false }
#define PLATFORM_ADMIN { FACE_PLATFORM, ROLE_PLATFORM_ADMIN, false }
#define TENANT_READ { FACE_GRAPH, ROLE_TELEPHONE_READ, false }
#define TENANT_WRITE { FACE_GRAPH, ROLE_TELEPHONE_WRITE, false }
#define OPERATOR_READ { FACE_OPERATOR, ROLE_PARTNER_READ, false }

static const struct api_route routes[] = {
	{ HTTP_GET, "/platform/v1.0/consents", list, NULL, PLATFORM_READ, "Lists all consents.", LIST_OPTIONS, NULL,
	  "ConsentList", 200, 0, true },
	{ HTTP_GET, "/platform/v1.0/consents/{tenantId}/{operatorId}", get, NULL, PLATFORM_READ, "One consent.", "$select",
	  NULL, "Consent", 200, 0 },
	{ HTTP_PUT, "/platform/v1.0/consents/{tenantId}/{operatorId}", put, NULL, PLATFORM_ADMIN,
	  "Makes or changes a consent; members left out stay as they are.", NULL, "Consent", "Consent", 200, 0 },
	{ HTTP_PATCH, "/platform/v1.0/consents/{tenantId}/{operatorId}", put, NULL, PLATFORM_ADMIN,
	  "Changes a consent.", NULL, "Consent", "Consent", 200, 0 },
	{ HTTP_GET, "/v1.0/operatorConnect/consents", list, NULL, TENANT_READ, "Lists the tenant's consents.",
	  LIST_OPTIONS, NULL, "ConsentList", 200, 0, true },
	{ HTTP_GET, "/v1.0/operatorConnect/consents/{operatorId}", get, NULL, TENANT_READ,
	  "The tenant's consent to one operator.", "$select", NULL, "Consent", 200, 0 },
	{ HTTP_PUT, "/v1.0/operatorConnect/consents/{operatorId}", put, NULL, TENANT_WRITE,
	  "Makes or changes the tenant's consent to an operator; members left out stay as they are.", NULL, "Consent",
	  "Consent", 200, 0 },
	{ HTTP_PATCH, "/v1.0/operatorConnect/consents/{operatorId}", put, NULL, TENANT_WRITE,
	  "Changes the tenant's consent to an operator.", NULL, "Consent", "Consent", 200, 0 },
	{ HTTP_GET, "/operator/v1.0/consents", list, NULL, OPERATOR_READ, "Lists the consents given to the operator.",
	  LIST_OPTIONS, NULL, "ConsentList", 200, 0, true },
	{ HTTP_GET, "/operator/v1.0/consents/delta", delta, NULL, OPERATOR_READ,
	  "What changed among the consents given to the operator, in order.", FEED_OPTIONS, NULL, "ConsentDelta", 200,
	  0 },
	{ HTTP_GET, "/operator/v1.0/consents/{tenantId}", get, NULL, OPERATOR_READ, "One tenant's consent.", "$select", NULL,
	  "Consent", 200, 0 },
};

const struct api_route_group api_consents_group = { routes, sizeof(routes) / sizeof(routes[0]) };
