/* A tenant's numbers as Microsoft Graph shows them: telephoneNumberManagement.  Graph face. */
#include "api/groups.h"
#include "api/list.h"
#include "api/number_rows.h"
#include "exchange/assign_number.h"
#include "exchange/provision_number.h"
#include "exchange/word_list.h"

#define ROOT "/v1.0/admin/teams/telephoneNumberManagement"

static const struct property properties[] = {
	{ "id", PROPERTY_TEXT, true },
	{ "telephoneNumber", PROPERTY_TEXT, false },
	{ "operatorId", PROPERTY_TEXT, false },
	{ "numberType", PROPERTY_TEXT, false },
	{ "activationState", PROPERTY_TEXT, false },
	{ "capabilities", PROPERTY_WORDS, false },
	{ "assignmentStatus", PROPERTY_TEXT, false },
	{ "assignmentTargetId", PROPERTY_TEXT, false },
	{ "assignmentCategory", PROPERTY_TEXT, false },
	{ "locationId", PROPERTY_TEXT, false },
	{ "civicAddressId", PROPERTY_TEXT, false },
	{ "networkSiteId", PROPERTY_TEXT, false },
	{ "isoCountryCode", PROPERTY_TEXT, false },
	{ "city", PROPERTY_TEXT, true },
	{ "numberSource", PROPERTY_TEXT, false },
	{ "portInStatus", PROPERTY_TEXT, false },
	{ "supportedCustomerActions", PROPERTY_WORDS, false },
	{ "reverseNumberLookupOptions", PROPERTY_WORDS, false },
};

/* What the number was acquired for, in Graph's words. */
static struct str graph_capabilities(struct arena *arena, const struct number_row *n)
{
	static const struct {
		const char *status, *word;
	} kinds[] = {
		{ "userAssigned", "userAssignment" },
		{ "voiceApplicationAssigned", "voiceApplicationAssignment" },
		{ "conferenceAssigned", "conferenceAssignment" },
	};
	struct str words = STR("");

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (number_may_be(n, str_from(kinds[i].status)))
			words = word_list_add(arena, words, str_from(kinds[i].word));
	if (word_list_has(n->capabilities, STR("Mobile")))
		words = word_list_add(arena, words, STR("teamsPhoneMobile"));
	return words;
}

static struct filter_value assignment_value(const struct resource *resource, struct arena *arena, const void *row,
					    size_t index)
{
	const struct number_row *n = row;
	char text[NUMBER_TEXT_SIZE];

	(void)resource;
	switch (index) {
	case 0:
		return value_text(number_id(arena, n->operator_id, n->number));
	case 1:
		return value_text(arena_str(arena, number_text(n->number, text)));
	case 2:
		return value_text(n->operator_id);
	case 3:
		return value_text(STR("operatorConnect"));
	case 4:
		return value_text(STR("activated"));
	case 5:
		return value_text(graph_capabilities(arena, n));
	case 6:
		return value_text(n->assignment_status);
	case 7:
		return value_text(n->target_id);
	case 8:
		return value_text(n->category);
	case 9:
		return value_text(n->location_id);
	case 10:
		return value_text(n->civic_address_id);
	case 11:
		return value_text(n->network_site_id);
	case 12:
		return value_text(n->iso_country);
	case 14:
		return value_text(STR("online"));
	case 16:
		return value_text(n->allow_address_update ? STR("locationUpdate,release") : STR("release"));
	case 17:
		return value_text(str_is_none(n->reverse_lookup) ? STR("") : n->reverse_lookup);
	default:
		return VALUE_NULL; /* city, portInStatus: not known here */
	}
}

static const struct resource assignments = { properties, sizeof(properties) / sizeof(properties[0]), assignment_value };

/* --- reading --------------------------------------------------------------------------- */

static enum status get(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	struct number_row row = { 0 };
	struct str operator_id;
	number_t number;
	enum status status;

	if (!number_id_parse(&req->arena, req->params[0], &operator_id, &number))
		return error_set(err, E_NOT_FOUND, NULL, "there is no such number");
	status = numbers_get(api_exchange(app), &req->arena, NUMBERS_OF_TENANT, api_caller(req)->tenant_key, number,
			     &row, err);
	if (status == OK && !str_equal(operator_id, row.operator_id))
		status = error_set(err, E_NOT_FOUND, NULL, "there is no such number");
	return status == OK ? resource_answer(app, req, res, &assignments, &row, 200, STR(""), number, err) : status;
}

static const struct list assignment_list = {
	.resource = &assignments,
	.feed = LINK_NUMBER_ASSIGNMENTS,
	.top_default = 500,
	.top_max = 1000,
	.order_by = "telephoneNumber",
	.may_skip = true,
	.context = "admin/teams/telephoneNumberManagement/numberAssignments",
	.fetch = number_rows_fetch,
	.place = number_rows_place,
	.total = number_rows_total,
};

static enum status list(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	struct list_call call = list_call_of(app, req, res);

	return list_answer(&assignment_list, &call, err);
}

/* --- operations ------------------------------------------------------------------------- */

static void operation_write(struct http_request *req, struct http_response *res, const struct operation_row *op)
{
	struct str id = number_id(&req->arena, op->operator_id, op->number);
	struct json_writer w;

	api_json_begin(res, 200, &w);
	json_object_begin(&w);
	json_member_str(&w, "id", op->id);
	json_member_instant(&w, "createdDateTime", op->created_ms);
	json_member_str(&w, "status", op->status);
	json_key(&w, "numbers");
	json_array_begin(&w);
	json_object_begin(&w);
	json_member_str(&w, "resourceLocation",
			arena_printf(&req->arena, "%.*s" ROOT "/numberAssignments/%.*s", STR_ARG(api_base_url(req)),
				     STR_ARG(id)));
	json_member_str(&w, "status", op->status);
	json_member_str(&w, "statusDetail", op->detail);
	json_object_end(&w);
	json_array_end(&w);
	json_object_end(&w);
}

static enum status get_operation(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	struct operation_row op;
	enum status status =
		operations_find(api_exchange(app), &req->arena, api_caller(req)->tenant_key, req->params[0], &op, err);

	if (status == OK)
		status = api_audit(app, req, 200, op.id, op.number, 1, err);
	if (status == OK)
		operation_write(req, res, &op);
	return status;
}

/* 202 without a body, and where to ask how it went. */
static enum status accepted(void *app, struct http_request *req, struct http_response *res,
			    const struct operation_row *op, struct error *err)
{
	res->status = 202;
	http_set_header(res, "Location",
			arena_printf(&req->arena, "%.*s" ROOT "/operations('%.*s')", STR_ARG(api_base_url(req)),
				     STR_ARG(op->id)));
	return api_audit(app, req, 202, op->id, op->number, 1, err);
}

/* --- actions ---------------------------------------------------------------------------- */

static enum status number_member(const struct json *body, number_t *number, struct error *err)
{
	struct str text = STR_NONE;
	enum status status = json_get_str(body, "telephoneNumber", &text, err);

	if (status != OK)
		return status;
	if (str_is_none(text))
		return error_set(err, E_MISSING_FIELD, "telephoneNumber", "telephoneNumber is needed");
	if (!number_parse_e164(text, number))
		return error_set(err, E_NUMBER, "telephoneNumber",
				 "telephoneNumber: expected a number such as +4930123456");
	return OK;
}

/* The numbers here are all of one type; Graph's clients name it. */
static enum status type_member(const struct json *body, struct error *err)
{
	static const char *const types[] = { "operatorConnect", NULL };
	struct str type = STR_NONE;
	enum status status = json_get_str(body, "numberType", &type, err);

	if (status == OK && !str_is_none(type))
		status = word_check(types, "numberType", type, err);
	return status;
}

/* A body with telephoneNumber and perhaps numberType. */
static enum status action_body(struct http_request *req, const struct json **body, number_t *number, struct error *err)
{
	enum status status = api_body(req, body, err);

	if (status == OK)
		status = number_member(*body, number, err);
	return status == OK ? type_member(*body, err) : status;
}

static enum status place_member(struct arena *arena, const struct json *body, const char *name, struct str *value,
				struct error *err)
{
	enum status status = json_get_str(body, name, value, err);

	return status == OK ? place_check(arena, name, value, err) : status;
}

static enum status assignment_read(struct http_request *req, struct assignment *a, struct error *err)
{
	static const char *const categories[] = { "primary", "private", "alternate", NULL };
	const struct json *body;
	enum status status = action_body(req, &body, &a->number, err);

	if (status == OK)
		status = json_get_str(body, "assignmentTargetId", &a->target_id, err);
	if (status == OK && a->target_id.n == 0)
		status = error_set(err, E_MISSING_FIELD, "assignmentTargetId", "assignmentTargetId is needed");
	if (status == OK)
		status = field_check(&req->arena, FIELD_GUID, "assignmentTargetId", &a->target_id, err);
	if (status == OK)
		status = json_get_str(body, "assignmentCategory", &a->category, err);
	if (status == OK && !str_is_none(a->category))
		status = word_check(categories, "assignmentCategory", a->category, err);
	if (status == OK)
		status = place_member(&req->arena, body, "locationId", &a->location_id, err);
	/* On assigning there is nothing to clear: no location is none given. */
	if (a->location_id.n == 0)
		a->location_id = STR_NONE;
	return status;
}

static enum status assign(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	struct assignment assignment = { 0 };
	struct operation_row op;
	enum status status = assignment_read(req, &assignment, err);

	if (status == OK)
		status = assign_number(api_exchange(app), &req->arena, api_caller(req)->tenant_key, &assignment, &op,
				       err);
	return status == OK ? accepted(app, req, res, &op, err) : status;
}

typedef enum status number_action(struct exchange *exchange, struct arena *arena, int64_t tenant_key, number_t number,
				  struct operation_row *operation, struct error *err);

static enum status act(void *app, struct http_request *req, struct http_response *res, number_action *action,
		       struct error *err)
{
	struct operation_row op;
	const struct json *body;
	number_t number;
	enum status status = action_body(req, &body, &number, err);

	if (status == OK)
		status = action(api_exchange(app), &req->arena, api_caller(req)->tenant_key, number, &op, err);
	return status == OK ? accepted(app, req, res, &op, err) : status;
}

static enum status unassign(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	return act(app, req, res, unassign_number, err);
}

static enum status release(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	return act(app, req, res, request_release, err);
}

static enum status lookup_member(struct arena *arena, const struct json *body, struct str *words, struct error *err)
{
	static const char *const options[] = { "skipInternalVoip", NULL };
	const struct json *member = json_get(body, "reverseNumberLookupOptions"), *array = NULL;
	struct str list = STR("");
	enum status status;

	/* "" clears here as it does elsewhere, though the member is an array. */
	if (member && member->type == JSON_STRING && member->text.n == 0) {
		*words = list;
		return OK;
	}
	status = json_get_array(body, "reverseNumberLookupOptions", &array, err);
	if (status != OK || !array)
		return status;
	for (const struct json *o = array->first; o && status == OK; o = o->next) {
		status = word_check(options, "reverseNumberLookupOptions", o->type == JSON_STRING ? o->text : STR(""),
				    err);
		list = word_list_add(arena, list, o->text);
	}
	*words = list;
	return status;
}

static enum status update(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	struct number_change change = { 0 };
	struct number_row row;
	const struct json *body;
	enum status status = action_body(req, &body, &change.number, err);

	if (status == OK)
		status = place_member(&req->arena, body, "locationId", &change.location_id, err);
	if (status == OK)
		status = place_member(&req->arena, body, "networkSiteId", &change.network_site_id, err);
	if (status == OK)
		status = lookup_member(&req->arena, body, &change.reverse_lookup, err);
	if (status == OK)
		status = update_number(api_exchange(app), &req->arena, api_caller(req)->tenant_key, &change, &row, err);
	if (status != OK)
		return status;
	return resource_answer(app, req, res, &assignments, &row, 200, STR(""), change.number, err);
}

#define READ { FACE_GRAPH, ROLE_TELEPHONE_READ, false }
#define WRITE { FACE_GRAPH, ROLE_TELEPHONE_WRITE, false }

static const struct api_route routes[] = {
	{ HTTP_GET, ROOT "/numberAssignments", list, NULL, READ, "Lists the tenant's numbers in their order.",
	  LIST_OPTIONS ",$skip", NULL, "NumberAssignmentList", 200, 0, true },
	{ HTTP_GET, ROOT "/numberAssignments/{id}", get, NULL, READ, "One of the tenant's numbers.", "$select", NULL,
	  "NumberAssignment", 200, 0 },
	{ HTTP_POST, ROOT "/numberAssignments/assignNumber", assign, NULL, WRITE,
	  "Assigns a number to a user or resource account; Location names the operation.", NULL, "AssignNumber", NULL,
	  202, 0 },
	{ HTTP_POST, ROOT "/numberAssignments/unassignNumber", unassign, NULL, WRITE, "Takes a number from its holder.",
	  NULL, "NumberAction", NULL, 202, 0 },
	{ HTTP_POST, ROOT "/numberAssignments/updateNumber", update, NULL, WRITE,
	  "Changes a number's location, network site and look-up options; an empty text clears.", NULL, "UpdateNumber",
	  "NumberAssignment", 200, 0 },
	{ HTTP_POST, ROOT "/numberAssignments/releaseNumber", release, NULL, WRITE,
	  "Asks the operator to take an unassigned number back.", NULL, "NumberAction", NULL, 202, 0 },
	{ HTTP_GET, ROOT "/operations/{id}", get_operation, NULL, READ, "How an assignment went.", NULL, NULL,
	  "NumberOperation", 200, 0 },
};

const struct api_route_group api_number_assignments_group = { routes, sizeof(routes) / sizeof(routes[0]) };
