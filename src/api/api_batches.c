/* Uploads and conflicts read back: an operator's own, by the platform everyone's. */
#include "api/groups.h"
#include "api/list.h"
#include "base/encoding.h"
#include "exchange/batches.h"
#include "exchange/party_keys.h"

/* --- batches ---------------------------------------------------------------------- */

static const struct property batch_properties[] = {
	{ "id", PROPERTY_TEXT, false },
	{ "receivedDateTime", PROPERTY_INSTANT, false },
	{ "received", PROPERTY_NUMBER, false },
	{ "accepted", PROPERTY_NUMBER, false },
	{ "duplicates", PROPERTY_NUMBER, false },
	{ "conflicts", PROPERTY_NUMBER, false },
	{ "rejected", PROPERTY_NUMBER, false },
	{ "operatorId", PROPERTY_TEXT, false }, /* of duration records, on the platform's face */
};

#define BATCH_PROPERTY_COUNT (sizeof(batch_properties) / sizeof(batch_properties[0]))

static struct filter_value batch_value_of(const struct resource *resource, struct arena *arena, const void *row,
					  size_t index)
{
	const struct batch_row *b = row;

	(void)resource;
	(void)arena;
	switch (index) {
	case 0:
		return value_text(b->id);
	case 1:
		return value_number(b->received_ms);
	case 2:
		return value_number(b->received);
	case 3:
		return value_number(b->accepted);
	case 4:
		return value_number(b->duplicates);
	case 5:
		return value_number(b->conflicts);
	case 6:
		return value_number(b->rejected);
	default:
		return value_text(b->operator_id);
	}
}

static const struct resource batches = { batch_properties, BATCH_PROPERTY_COUNT - 1, batch_value_of, NULL };
static const struct resource operators_batches = { batch_properties, BATCH_PROPERTY_COUNT, batch_value_of, NULL };

static enum status batch_fetch(const struct list_call *call, struct arena *arena, const struct list_place *after,
			       int64_t max, struct list_rows *rows, struct error *err)
{
	const enum record_kind *kind = call->context;
	struct batch_row *found = NULL;
	enum status status = batches_page(api_exchange(call->app), arena, call->scope.operator_key, *kind, after->position,
					  str_is_none(after->place) ? STR("") : after->place, call->descending, max,
					  &found, &rows->count, err);

	rows->first = found;
	rows->size = sizeof(*found);
	return status;
}

static void batch_place(const struct list *list, struct arena *arena, const void *row, struct list_place *place)
{
	const struct batch_row *b = row;

	(void)list;
	(void)arena;
	*place = (struct list_place){ b->received_ms, b->id };
}

#define BATCH_LIST(shown, links)                                                                                       \
	{                                                                                                              \
		.resource = shown, .feed = links, .top_default = 100, .top_max = 1000, .order_by = "receivedDateTime", \
		.descends = true, .fetch = batch_fetch, .place = batch_place,                                          \
	}

static const struct list call_batches = BATCH_LIST(&batches, LINK_CALL_BATCHES);
static const struct list own_duration_batches = BATCH_LIST(&batches, LINK_BATCHES);
static const struct list all_duration_batches = BATCH_LIST(&operators_batches, LINK_BATCHES);

static enum record_kind kind_of(const struct http_request *req)
{
	const struct api_route *route = req->route->tag;

	return strstr(route->pattern, "/callRecords/") ? RECORD_CALL : RECORD_DURATION;
}

static enum status list_batches(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	struct list_call call = list_call_of(app, req, res);
	enum record_kind kind = kind_of(req);

	call.context = &kind;
	if (kind == RECORD_CALL)
		return list_answer(&call_batches, &call, err);
	return list_answer(call.party ? &own_duration_batches : &all_duration_batches, &call, err);
}

/* The answer as it was given; the platform reads whose upload it was before the rest. */
static enum status get_batch(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	int64_t operator_key = api_caller(req)->operator_key;
	struct batch_row row;
	struct str id;
	enum status status = path_guid(req, 0, "batch", &id, err);

	if (status == OK)
		status = batches_find(api_exchange(app), &req->arena, operator_key, kind_of(req), id, &row, err);
	if (status == OK)
		status = api_audit(app, req, 200, id, 0, 1, err);
	if (status != OK)
		return status;
	if (operator_key || str_is_none(row.operator_id)) {
		buf_add_str(&res->body, row.answer);
		return OK;
	}
	buf_printf(&res->body, "{\"operatorId\":\"%.*s\",", STR_ARG(row.operator_id));
	buf_add_str(&res->body, str_after(row.answer, 1));
	return OK;
}

/* --- conflicts ----------------------------------------------------------------------- */

#define CONFLICT_PROPERTIES(members)                                                                                   \
	{                                                                                                              \
		{ "id", PROPERTY_TEXT, false },                                                                        \
		{ "recordId", PROPERTY_TEXT, false },                                                                  \
		{ "operatorId", PROPERTY_TEXT, false },                                                                \
		{ "receivedDateTime", PROPERTY_INSTANT, false },                                                       \
		{ "kept", PROPERTY_JSON, true, members },                                                              \
		{ "offered", PROPERTY_JSON, true, members },                                                           \
	}

/* The record's id is a column already, and media streams are none. */
#define CALL_MEMBERS                                                                                                   \
	"version,correlationId,tenantId,userId,direction,callerNumber,calleeNumber,inviteDateTime,answerDateTime,"     \
	"endDateTime,durationSeconds,sipResponseCode,q850Cause,releasedBy,trunk"
#define DURATION_MEMBERS                                                                                               \
	"correlationId,direction,callerNumber,calleeNumber,startDateTime,answerDateTime,endDateTime,durationSeconds,"  \
	"sipResponseCode,q850Cause,releasedBy,trunk,sequence"

static const struct property call_conflict_properties[] = CONFLICT_PROPERTIES(CALL_MEMBERS);
static const struct property duration_conflict_properties[] = CONFLICT_PROPERTIES(DURATION_MEMBERS);

#define CONFLICT_PROPERTY_COUNT (sizeof(call_conflict_properties) / sizeof(call_conflict_properties[0]))

/* A row with the operator's id, which the list's handler looks up. */
struct conflict_view {
	struct shown_conflict shown;
	struct str operator_id;
};

static struct str hex_of(struct arena *arena, const struct digest *digest)
{
	char *text = arena_alloc(arena, 2 * DIGEST_SIZE + 1);

	hex_encode(str_of(digest->b, DIGEST_SIZE), text);
	return str_of(text, 2 * DIGEST_SIZE);
}

static struct filter_value conflict_value_of(const struct resource *resource, struct arena *arena, const void *row,
					     size_t index)
{
	const struct conflict_view *view = row;
	const struct conflict *c = &view->shown.conflict;

	(void)resource;
	switch (index) {
	case 0:
		return value_text(hex_of(arena, &c->digest));
	case 1:
		return value_text(c->id);
	case 2:
		return value_text(view->operator_id);
	case 3:
		return value_number(c->received_ms);
	case 4:
		return value_text(c->kept);
	default:
		return value_text(c->offered);
	}
}

static const struct resource call_conflicts = { call_conflict_properties, CONFLICT_PROPERTY_COUNT, conflict_value_of,
						NULL };
static const struct resource duration_conflicts = { duration_conflict_properties, CONFLICT_PROPERTY_COUNT,
						    conflict_value_of, NULL };

/* A place is the day, counted from the first there can be, and "operator:digest:id". */
static bool place_read(const struct list_place *from, struct conflicts_place *to)
{
	struct str rest = from->place, key = str_cut(&rest, ':'), digest = str_cut(&rest, ':');
	uint64_t number;
	size_t n;

	*to = (struct conflicts_place){ .within.day = INT32_MIN };
	if (str_is_none(from->place))
		return true;
	if (!str_to_u64(key, INT64_MAX, &number) || str_is_none(rest) ||
	    !base64url_decode(digest, to->within.digest.b, DIGEST_SIZE, &n) || n != DIGEST_SIZE)
		return false;
	to->operator_key = (int64_t)number;
	to->within.day = (int32_t)(from->position + INT32_MIN);
	to->within.id = rest;
	return true;
}

static void conflict_place(const struct list *list, struct arena *arena, const void *row, struct list_place *place)
{
	const struct shown_conflict *s = &((const struct conflict_view *)row)->shown;
	char digest[2 * DIGEST_SIZE];
	size_t n = base64url_encode(str_of(s->conflict.digest.b, DIGEST_SIZE), digest);

	(void)list;
	place->position = (int64_t)s->conflict.day - INT32_MIN;
	place->place = arena_printf(arena, "%lld:%.*s:%.*s", (long long)s->operator_key, (int)n, digest,
				    STR_ARG(s->conflict.id));
}

static enum status view_conflicts(const struct list_call *call, struct arena *arena, const struct shown_conflict *found,
				  struct list_rows *rows, struct error *err)
{
	struct conflict_view *views = ARENA_ARRAY(arena, struct conflict_view, rows->count);
	struct party_keys parties;
	enum status status = OK;

	party_keys_init(&parties, api_exchange(call->app));
	for (size_t i = 0; status == OK && i < rows->count; i++) {
		views[i].shown = found[i];
		status = party_id_of(&parties, PARTY_OPERATOR, found[i].operator_key, &views[i].operator_id, err);
		views[i].operator_id = arena_str(arena, views[i].operator_id);
	}
	party_keys_release(&parties);
	rows->first = views;
	rows->size = sizeof(*views);
	return status;
}

static enum status conflict_fetch(const struct list_call *call, struct arena *arena, const struct list_place *after,
				  int64_t max, struct list_rows *rows, struct error *err)
{
	const enum record_kind *kind = call->context;
	struct shown_conflict *found = NULL;
	struct conflicts_place place;
	enum status status;

	if (!place_read(after, &place))
		return error_set(err, E_TOKEN_INVALID, NULL, "the link is of another version of this list");
	if (call->scope.operator_key)
		place.operator_key = call->scope.operator_key;
	status = conflicts_list(api_exchange(call->app), arena, call->scope.operator_key, *kind, &place, (size_t)max, &found,
				&rows->count, err);
	return status == OK ? view_conflicts(call, arena, found, rows, err) : status;
}

/* By enum record_kind. */
#define CONFLICT_LIST(shown, links)                                                                                    \
	{                                                                                                              \
		.resource = shown, .feed = links, .top_default = 100, .top_max = 500,                                  \
		.fetch = conflict_fetch, .place = conflict_place,                                                      \
	}

static const struct list conflict_lists[] = { CONFLICT_LIST(&call_conflicts, LINK_CALL_CONFLICTS),
					      CONFLICT_LIST(&duration_conflicts, LINK_DURATION_CONFLICTS) };

static enum status list_conflicts(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	struct list_call call = list_call_of(app, req, res);
	enum record_kind kind = kind_of(req);

	call.context = &kind;
	return list_answer(&conflict_lists[kind], &call, err);
}

#define OPERATOR { FACE_OPERATOR, ROLE_DATA_READ | ROLE_DATA_WRITE, false }
#define PLATFORM { FACE_PLATFORM, ROLE_PLATFORM_READ, false }

static const struct api_route routes[] = {
	{ HTTP_GET, "/operator/v1.0/callDurations/batches", list_batches, NULL, OPERATOR,
	  "Lists the operator's uploads, newest first.", LIST_OPTIONS, NULL, "BatchList", 200, 0, true },
	{ HTTP_GET, "/operator/v1.0/callDurations/batches/{id}", get_batch, NULL, OPERATOR,
	  "One upload, answered as it was when it was made.", NULL, NULL, "Batch", 200, 0 },
	{ HTTP_GET, "/operator/v1.0/callDurations/conflicts", list_conflicts, NULL, OPERATOR,
	  "Duration records that came again with other content, both versions.", LIST_OPTIONS, NULL, "ConflictList",
	  200, 0, true },
	{ HTTP_GET, "/platform/v1.0/callRecords/batches", list_batches, NULL, PLATFORM,
	  "Lists the platform's uploads, newest first.", LIST_OPTIONS, NULL, "BatchList", 200, 0, true },
	{ HTTP_GET, "/platform/v1.0/callRecords/batches/{id}", get_batch, NULL, PLATFORM,
	  "One upload, answered as it was when it was made.", NULL, NULL, "Batch", 200, 0 },
	{ HTTP_GET, "/platform/v1.0/callRecords/conflicts", list_conflicts, NULL, PLATFORM,
	  "Call records that came again in the same version with other content, both of them.", LIST_OPTIONS, NULL,
	  "ConflictList", 200, 0, true },
	{ HTTP_GET, "/platform/v1.0/callDurations/batches", list_batches, NULL, PLATFORM,
	  "Lists the uploads of all operators, newest first.", LIST_OPTIONS, NULL, "PlatformBatchList", 200, 0, true },
	{ HTTP_GET, "/platform/v1.0/callDurations/batches/{id}", get_batch, NULL, PLATFORM,
	  "One upload of any operator, answered as it was when it was made.", NULL, NULL, "PlatformBatch", 200, 0 },
	{ HTTP_GET, "/platform/v1.0/callDurations/conflicts", list_conflicts, NULL, PLATFORM,
	  "Duration records of any operator that came again with other content, both versions.", LIST_OPTIONS, NULL,
	  "ConflictList", 200, 0, true },
};

const struct api_route_group api_batches_group = { routes, sizeof(routes) / sizeof(routes[0]) };
