/* Clients: the programs that may call, one for each purpose.  Platform face. */
#include "api/groups.h"
#include "api/list.h"
#include "exchange/register_client.h"

static const struct property properties[] = {
	{ "id", PROPERTY_TEXT, false },
	{ "clientId", PROPERTY_TEXT, false },
	{ "displayName", PROPERTY_TEXT, false },
	{ "roles", PROPERTY_WORDS, false },
	{ "operatorId", PROPERTY_TEXT, false },
	{ "tenantId", PROPERTY_TEXT, false },
	{ "createdDateTime", PROPERTY_INSTANT, false },
};

static struct str role_words(struct arena *arena, role_set roles)
{
	struct str words = STR("");

	for (int i = 0; i < ROLE_COUNT; i++)
		if (roles & (role_set)1 << i)
			words = arena_printf(arena, "%.*s%s%s", STR_ARG(words), words.n ? "," : "",
					     role_name((enum role_index)i));
	return words;
}

static struct filter_value client_value(const struct resource *resource, struct arena *arena, const void *row,
					size_t index)
{
	const struct client_row *client = row;

	(void)resource;
	switch (index) {
	case 0:
	case 1:
		return value_text(str_from(client->id));
	case 2:
		return value_text(client->display_name);
	case 3:
		return value_text(role_words(arena, client->roles));
	case 4:
		return value_text(client->operator_key ? client->operator_id : STR_NONE);
	case 5:
		return value_text(client->tenant_key ? client->tenant_id : STR_NONE);
	default:
		return value_number(client->created_ms);
	}
}

static const struct resource clients = { properties, sizeof(properties) / sizeof(properties[0]), client_value };

/* The client with its secret, where there is one to tell. */
static enum status answer(void *app, struct http_request *req, struct http_response *res, const struct client_row *row,
			  const char *secret, int http_status, struct error *err)
{
	struct json_writer w;
	enum status status = api_audit(app, req, http_status, str_from(row->id), 0, 1, err);

	if (status != OK)
		return status;
	api_json_begin(res, http_status, &w);
	json_object_begin(&w);
	resource_write_members(&w, &req->arena, &clients, row, STR_NONE);
	if (secret[0])
		json_member_z(&w, "clientSecret", secret);
	json_object_end(&w);
	http_set_header(res, "Cache-Control", STR("no-store"));
	return OK;
}

static enum status request_read(const struct json *body, struct client_request *request, struct error *err)
{
	enum status status = json_get_str(body, "id", &request->id, err);

	if (status == OK && str_is_none(request->id))
		status = json_get_str(body, "clientId", &request->id, err);
	if (status == OK)
		status = json_get_str(body, "displayName", &request->display_name, err);
	if (status == OK)
		status = json_get_array(body, "roles", &request->roles, err);
	if (status == OK)
		status = json_get_str(body, "operatorId", &request->operator_id, err);
	if (status == OK)
		status = json_get_str(body, "tenantId", &request->tenant_id, err);
	return status;
}

static enum status create(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	struct client_request request = { .roles = NULL };
	char secret[SECRET_TEXT_SIZE];
	struct client_row row;
	const struct json *body;
	bool created;
	enum status status = api_body(req, &body, err);

	if (status == OK)
		status = request_read(body, &request, err);
	if (status == OK)
		status = client_register(api_exchange(app), &req->arena, &request, &row, secret, &created, err);
	return status == OK ? answer(app, req, res, &row, secret, created ? 201 : 200, err) : status;
}

static enum status rotate(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	char secret[SECRET_TEXT_SIZE];
	struct client_row row;
	struct str id;
	enum status status = path_guid(req, 0, "client", &id, err);

	if (status == OK)
		status = client_rotate(api_exchange(app), &req->arena, id, &row, secret, err);
	return status == OK ? answer(app, req, res, &row, secret, 200, err) : status;
}

static enum status get(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	struct client_row row;
	struct str id;
	enum status status = path_guid(req, 0, "client", &id, err);

	if (status == OK)
		status = client_get(api_exchange(app), &req->arena, id, &row, err);
	return status == OK ? answer(app, req, res, &row, "", 200, err) : status;
}

static enum status remove_client(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	struct str id;
	enum status status = path_guid(req, 0, "client", &id, err);

	if (status == OK)
		status = client_remove(api_exchange(app), id, err);
	if (status != OK)
		return status;
	tokens_forget(((struct api *)app)->tokens, id.p);
	res->status = 204;
	return api_audit(app, req, 204, id, 0, 1, err);
}

static enum status fetch(const struct list_call *call, struct arena *arena, const struct list_place *after, int64_t max,
			 struct list_rows *rows, struct error *err)
{
	struct client_row *found = NULL;
	enum status status =
		client_page(api_exchange(call->app), arena, str_is_none(after->place) ? STR("") : after->place, max,
			    &found, &rows->count, err);

	rows->first = found;
	rows->size = sizeof(*found);
	return status;
}

static void place(const struct list *from, struct arena *arena, const void *row, struct list_place *place)
{
	(void)from;
	(void)arena;
	*place = (struct list_place){ 0, str_from(((const struct client_row *)row)->id) };
}

static const struct list client_list = {
	.resource = &clients,
	.feed = LINK_CLIENTS,
	.top_default = 100,
	.top_max = 1000,
	.fetch = fetch,
	.place = place,
};

static enum status list(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	return list_answer(&client_list, &(struct list_call){ .app = app, .req = req, .res = res }, err);
}

#define READ { FACE_PLATFORM, ROLE_PLATFORM_READ, false }
#define ADMIN { FACE_PLATFORM, ROLE_PLATFORM_ADMIN, false }

static const struct api_route routes[] = {
	{ HTTP_GET, "/platform/v1.0/clients", list, NULL, READ, "Lists clients, never their secrets.", LIST_OPTIONS,
	  NULL, "ClientList", 200, 0, true },
	{ HTTP_POST, "/platform/v1.0/clients", create, NULL, ADMIN, "Makes a client; its secret is shown this once.",
	  NULL, "ClientRequest", "ClientSecret", 201, 0 },
	{ HTTP_GET, "/platform/v1.0/clients/{id}", get, NULL, READ, "One client.", NULL, NULL, "Client", 200, 0 },
	{ HTTP_POST, "/platform/v1.0/clients/{id}/rotate", rotate, NULL, ADMIN,
	  "Gives a client a new secret; the old one ends at once.", NULL, NULL, "ClientSecret", 200, 0 },
	{ HTTP_DELETE, "/platform/v1.0/clients/{id}", remove_client, NULL, ADMIN,
	  "Removes a client and ends its tokens.", NULL, NULL, NULL, 204, 0 },
};

const struct api_route_group api_clients_group = { routes, sizeof(routes) / sizeof(routes[0]) };
