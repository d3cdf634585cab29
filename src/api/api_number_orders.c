/* Orders: many numbers provisioned or released in the background.  Operator face; the platform reads those of all. */
#include "api/groups.h"
#include "api/list.h"
#include "base/instant.h"
#include "exchange/number_orders.h"

/* Ten thousand entries that each say everything for themselves. */
#define ORDER_BODY_MAX ((size_t)8 * 1024 * 1024)

static const struct property properties[] = {
	{ "id", PROPERTY_TEXT, false },
	{ "type", PROPERTY_TEXT, false },
	{ "tenantId", PROPERTY_TEXT, false },
	{ "status", PROPERTY_TEXT, false },
	{ "createdDateTime", PROPERTY_INSTANT, false },
	{ "finishedDateTime", PROPERTY_INSTANT, false },
	{ "pendingCount", PROPERTY_NUMBER, false },
	{ "succeededCount", PROPERTY_NUMBER, false },
	{ "failedCount", PROPERTY_NUMBER, false },
	{ "operatorId", PROPERTY_TEXT, false }, /* on the platform's face */
};

#define PROPERTY_COUNT (sizeof(properties) / sizeof(properties[0]))

static struct filter_value order_value(const struct resource *resource, struct arena *arena, const void *row,
				       size_t index)
{
	const struct number_order *order = row;

	(void)resource;
	(void)arena;
	switch (index) {
	case 0:
		return value_text(order->row.id);
	case 1:
		return value_text(order->row.type);
	case 2:
		return value_text(order->row.tenant_id);
	case 3:
		return value_text(order->row.status);
	case 4:
		return value_number(order->row.created_ms);
	case 5:
		return order->row.finished_ms == INSTANT_NONE ? VALUE_NULL : value_number(order->row.finished_ms);
	case 6:
		return value_number(order->counts.pending);
	case 7:
		return value_number(order->counts.succeeded);
	case 8:
		return value_number(order->counts.failed);
	default:
		return value_text(order->row.operator_id);
	}
}

static const struct resource orders = { properties, PROPERTY_COUNT - 1, order_value, NULL };
static const struct resource platform_orders = { properties, PROPERTY_COUNT, order_value, NULL };

static const struct resource *resource_of(const struct http_request *req)
{
	return api_caller(req)->operator_key ? &orders : &platform_orders;
}

static void entry_write(struct json_writer *w, const struct order_entry_row *entry)
{
	json_object_begin(w);
	json_member_str(w, "telephoneNumber", entry->telephone_number);
	json_member_str(w, "status", entry->status);
	json_member_str(w, "errorCode", entry->error_code);
	json_member_str(w, "message", entry->message);
	json_object_end(w);
}

static enum status get(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	struct number_order order = { .entries = NULL };
	struct json_writer w;
	struct str id;
	enum status status = path_guid(req, 0, "order", &id, err);

	if (status == OK)
		status = number_order_find(api_exchange(app), &req->arena, api_caller(req)->operator_key, id, &order,
					   err);
	if (status == OK)
		status = api_audit(app, req, 200, id, 0, (int64_t)order.entry_count, err);
	if (status != OK)
		return status;
	api_json_begin(res, 200, &w);
	json_object_begin(&w);
	resource_write_members(&w, &req->arena, resource_of(req), &order, STR_NONE);
	json_key(&w, "numbers");
	json_array_begin(&w);
	for (size_t i = 0; i < order.entry_count; i++)
		entry_write(&w, &order.entries[i]);
	json_array_end(&w);
	json_object_end(&w);
	return OK;
}

static enum status place_order(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	struct number_order order = { .entries = NULL };
	const struct json *body;
	struct json_writer w;
	int64_t entries = 0;
	enum status status = api_body(req, &body, err);

	if (status == OK)
		status = number_order_place(api_exchange(app), &req->arena, api_caller(req)->operator_key, body,
					    &order.row, &order.counts, err);
	entries = order.counts.pending + order.counts.failed;
	if (status == OK)
		status = api_audit(app, req, 202, order.row.id, 0, entries, err);
	if (status != OK)
		return status;
	http_set_header(res, "Location",
			arena_printf(&req->arena, "%.*s/operator/v1.0/numberOrders/%.*s", STR_ARG(api_base_url(req)),
				     STR_ARG(order.row.id)));
	api_json_begin(res, 202, &w);
	resource_write(&w, &req->arena, &orders, &order, STR_NONE);
	return OK;
}

/* --- list: newest first ------------------------------------------------------------------ */

static enum status fetch(const struct list_call *call, struct arena *arena, const struct list_place *after, int64_t max,
			 struct list_rows *rows, struct error *err)
{
	struct number_order *found = NULL;
	enum status status = number_orders_page(api_exchange(call->app), arena, call->scope.operator_key, after->position,
						str_is_none(after->place) ? STR("") : after->place, call->descending,
						max, &found, &rows->count, err);

	rows->first = found;
	rows->size = sizeof(*found);
	return status;
}

static void place(const struct list *from, struct arena *arena, const void *row, struct list_place *place)
{
	const struct number_order *order = row;

	(void)from;
	(void)arena;
	*place = (struct list_place){ order->row.created_ms, order->row.id };
}

#define LIST(shown, links)                                                                                             \
	{                                                                                                              \
		.resource = shown, .feed = links, .top_default = 50, .top_max = 100, .order_by = "createdDateTime",    \
		.descends = true, .fetch = fetch, .place = place,                                                      \
	}

static const struct list order_list = LIST(&orders, LINK_ORDERS);
static const struct list platform_order_list = LIST(&platform_orders, LINK_PLATFORM_ORDERS);

static enum status list(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	struct list_call call = list_call_of(app, req, res);

	return list_answer(call.party ? &order_list : &platform_order_list, &call, err);
}

#define PLATFORM { FACE_PLATFORM, ROLE_PLATFORM_READ, false }
#define READ { FACE_OPERATOR, ROLE_NUMBER_READ, false }
#define WRITE { FACE_OPERATOR, ROLE_NUMBER_WRITE, false }

static const struct api_route routes[] = {
	{ HTTP_GET, "/operator/v1.0/numberOrders", list, NULL, READ, "Lists the operator's orders, newest first.",
	  LIST_OPTIONS, NULL, "NumberOrderList", 200, 0, true },
	{ HTTP_POST, "/operator/v1.0/numberOrders", place_order, NULL, WRITE,
	  "Orders up to 10,000 numbers to be provisioned or released; Location names the order.", NULL,
	  "NumberOrderRequest", "NumberOrder", 202, ORDER_BODY_MAX },
	{ HTTP_GET, "/operator/v1.0/numberOrders/{id}", get, NULL, READ, "One order with the outcome for each number.",
	  NULL, NULL, "NumberOrderWithNumbers", 200, 0 },
	{ HTTP_GET, "/platform/v1.0/numberOrders", list, NULL, PLATFORM, "Lists the orders of all operators, newest first.",
	  LIST_OPTIONS, NULL, "PlatformNumberOrderList", 200, 0, true },
	{ HTTP_GET, "/platform/v1.0/numberOrders/{id}", get, NULL, PLATFORM,
	  "One order of any operator with the outcome for each number.", NULL, NULL, "PlatformNumberOrderWithNumbers", 200,
	  0 },
};

const struct api_route_group api_number_orders_group = { routes, sizeof(routes) / sizeof(routes[0]) };
