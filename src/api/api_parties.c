/* Operators, tenants and tenants' users, who are all handled alike.  Platform face.
 *
 *     /platform/v1.0/operators                 /platform/v1.0/tenants
 *     /platform/v1.0/operators/{id}            /platform/v1.0/tenants/{id}
 *     /platform/v1.0/tenants/{id}/users        /platform/v1.0/tenants/{id}/users/{userId} */
#include "api/groups.h"
#include "api/list.h"
#include "exchange/parties.h"

/* The properties are the kind's fields, then createdDateTime. */
static struct filter_value party_value(const struct resource *resource, struct arena *arena, const void *row,
				       size_t index)
{
	const struct party_kind *kind = resource->context;
	const char *bytes = row;

	(void)arena;
	if (index < kind->field_count)
		return value_text(*(const struct str *)(const void *)(bytes + kind->fields[index].offset));
	return value_number(*(const int64_t *)(const void *)(bytes + kind->created_offset));
}

static struct resource resource_of(struct arena *arena, const struct party_kind *kind)
{
	size_t count = kind->field_count;
	struct property *properties = ARENA_ARRAY(arena, struct property, count + 1);

	for (size_t i = 0; i < count; i++)
		properties[i] = (struct property){ kind->fields[i].name, PROPERTY_TEXT, false };
	properties[count] = (struct property){ "createdDateTime", PROPERTY_INSTANT, false };
	return (struct resource){ properties, count + 1, party_value, kind };
}

/* What the route is about, as its pattern says. */
static const struct party_kind *kind_of(const struct http_request *req)
{
	const struct api_route *route = req->route->tag;

	if (strstr(route->pattern, "/users"))
		return &party_user;
	return strstr(route->pattern, "/tenants") ? &party_tenant : &party_operator;
}

/* The tenant in the path of a user, and the party's own id where there is one. */
static enum status path_ids(struct http_request *req, const struct party_kind *kind, bool whole, struct str *tenant_id,
			    struct str *id, struct error *err)
{
	enum status status = OK;

	*tenant_id = STR_NONE;
	if (kind->of_tenant)
		status = path_guid(req, 0, "tenant", tenant_id, err);
	if (status == OK && whole)
		status = path_guid(req, kind->of_tenant ? 1 : 0, kind->noun, id, err);
	return status;
}

static enum status answer(void *app, struct http_request *req, struct http_response *res, const void *row, int status,
			  struct error *err)
{
	struct resource resource = resource_of(&req->arena, kind_of(req));

	return resource_answer(app, req, res, &resource, row, status, party_value(&resource, &req->arena, row, 0).text,
			       0, err);
}

static enum status body_row(struct http_request *req, const struct party_kind *kind, bool change, void *row,
			    struct error *err)
{
	const struct json *body;
	enum status status = api_body(req, &body, err);

	return status == OK ? body_fields(body, kind->fields, kind->field_count, change, row, err) : status;
}

static enum status create(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	const struct party_kind *kind = kind_of(req);
	void *row = arena_alloc(&req->arena, kind->row_size);
	struct str tenant_id, id;
	bool created;
	enum status status = path_ids(req, kind, false, &tenant_id, &id, err);

	if (status == OK)
		status = body_row(req, kind, false, row, err);
	if (status == OK)
		status = parties_create(api_exchange(app), &req->arena, kind, tenant_id, row, &created, err);
	return status == OK ? answer(app, req, res, row, created ? 201 : 200, err) : status;
}

static enum status update(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	const struct party_kind *kind = kind_of(req);
	void *change = arena_alloc(&req->arena, kind->row_size), *row = arena_alloc(&req->arena, kind->row_size);
	struct str tenant_id, id;
	enum status status = path_ids(req, kind, true, &tenant_id, &id, err);

	if (status == OK)
		status = body_row(req, kind, true, change, err);
	if (status == OK)
		status = parties_update(api_exchange(app), &req->arena, kind, tenant_id, id, change, row, err);
	return status == OK ? answer(app, req, res, row, 200, err) : status;
}

static enum status get(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	const struct party_kind *kind = kind_of(req);
	void *row = arena_alloc(&req->arena, kind->row_size);
	struct str tenant_id, id;
	enum status status = path_ids(req, kind, true, &tenant_id, &id, err);

	if (status == OK)
		status = parties_find(api_exchange(app), &req->arena, kind, tenant_id, id, row, err);
	return status == OK ? answer(app, req, res, row, 200, err) : status;
}

/* --- lists --------------------------------------------------------------------------- */

static enum status fetch(const struct list_call *call, struct arena *arena, const struct list_place *after, int64_t max,
			 struct list_rows *rows, struct error *err)
{
	const struct party_kind *kind = kind_of(call->req);
	bool start = after->position == INT64_MAX || (after->position == 0 && str_is_none(after->place));
	const struct party_place place = { start ? 0 : after->position, after->place, call->ordered, call->descending };
	const struct str *tenant_id = call->context;
	void *found = NULL;
	enum status status =
		parties_list(api_exchange(call->app), arena, kind, *tenant_id, &place, max, &found, &rows->count, err);

	rows->first = found;
	rows->size = kind->row_size;
	return status;
}

static void place(const struct list *from, struct arena *arena, const void *row, struct list_place *place)
{
	const struct party_kind *kind = from->resource->context;
	struct party_place at = kind->place(row);

	(void)arena;
	*place = (struct list_place){ at.key, at.id };
}

static enum link_feed feed_of(const struct party_kind *kind)
{
	if (kind == &party_user)
		return LINK_USERS;
	return kind == &party_tenant ? LINK_TENANTS : LINK_OPERATORS;
}

static enum status list(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	const struct party_kind *kind = kind_of(req);
	struct resource resource = resource_of(&req->arena, kind);
	struct list parties = { .resource = &resource,
				.feed = feed_of(kind),
				.top_default = 100,
				.top_max = 1000,
				.order_by = "displayName",
				.fetch = fetch,
				.place = place };
	struct str tenant_id, id;
	struct list_call call = { .app = app, .req = req, .res = res, .context = &tenant_id };
	struct tenant_row tenant;
	enum status status = path_ids(req, kind, false, &tenant_id, &id, err);

	/* Whose users they are goes into the links. */
	if (status == OK && kind->of_tenant) {
		status = parties_find(api_exchange(app), &req->arena, &party_tenant, STR_NONE, tenant_id, &tenant, err);
		call.party = tenant.key;
	}
	return status == OK ? list_answer(&parties, &call, err) : status;
}

#define READ { FACE_PLATFORM, ROLE_PLATFORM_READ, false }
#define WRITE { FACE_PLATFORM, ROLE_PLATFORM_WRITE, false }
#define ADMIN { FACE_PLATFORM, ROLE_PLATFORM_ADMIN, false }
#define OPERATORS "/platform/v1.0/operators"
#define TENANTS "/platform/v1.0/tenants"
#define USERS TENANTS "/{id}/users"

static const struct api_route routes[] = {
	{ HTTP_GET, OPERATORS, list, NULL, READ, "Lists operators in the order of their making.", LIST_OPTIONS, NULL,
	  "OperatorList", 200, 0, true },
	{ HTTP_POST, OPERATORS, create, NULL, ADMIN, "Makes an operator; repeating one with its id is harmless.", NULL,
	  "Operator", "Operator", 201, 0 },
	{ HTTP_GET, OPERATORS "/{id}", get, NULL, READ, "One operator.", "$select", NULL, "Operator", 200, 0 },
	{ HTTP_PATCH, OPERATORS "/{id}", update, NULL, ADMIN, "Changes an operator.", NULL, "Operator", "Operator", 200,
	  0 },
	{ HTTP_GET, TENANTS, list, NULL, READ, "Lists tenants in the order of their making.", LIST_OPTIONS, NULL,
	  "TenantList", 200, 0, true },
	{ HTTP_POST, TENANTS, create, NULL, WRITE, "Makes a tenant; repeating one with its id is harmless.", NULL,
	  "Tenant", "Tenant", 201, 0 },
	{ HTTP_GET, TENANTS "/{id}", get, NULL, READ, "One tenant.", "$select", NULL, "Tenant", 200, 0 },
	{ HTTP_PATCH, TENANTS "/{id}", update, NULL, WRITE,
	  "Changes a tenant; a new domain gives its assigned numbers new SIP URIs.", NULL, "Tenant", "Tenant", 200, 0 },
	{ HTTP_GET, USERS, list, NULL, READ, "Lists a tenant's users in the order of their ids.", LIST_OPTIONS, NULL,
	  "UserList", 200, 0, true },
	{ HTTP_POST, USERS, create, NULL, WRITE,
	  "Makes a user or resource account; repeating one with its id is harmless.", NULL, "User", "User", 201, 0 },
	{ HTTP_GET, USERS "/{userId}", get, NULL, READ, "One user.", "$select", NULL, "User", 200, 0 },
	{ HTTP_PATCH, USERS "/{userId}", update, NULL, WRITE,
	  "Changes a user; a new SIP URI shows at once on the user's numbers.", NULL, "User", "User", 200, 0 },
};

const struct api_route_group api_parties_group = { routes, sizeof(routes) / sizeof(routes[0]) };
