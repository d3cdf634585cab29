/* Reconciliations: started by the platform, read by the platform and by the operator concerned. */
#include "api/groups.h"
#include "api/list.h"
#include "api/record_list.h"
#include "base/instant.h"
#include "exchange/party_keys.h"
#include "exchange/reconcile_day.h"
#include "reconcile/reconcile.h"

/* Whose day a request is about. */
struct subject {
	int64_t operator_key;
	struct str operator_id;      /* in the arena */
	int32_t day;
	char day_text[INSTANT_TEXT_SIZE];
};

static enum status no_such(struct error *err)
{
	return error_set(err, E_NOT_FOUND, NULL, "there is no such reconciliation");
}

static enum status operator_key_of(void *app, struct http_request *req, struct str id, int64_t *key,
				   struct str *canonical, struct error *err)
{
	struct party_keys keys;
	enum status status;

	party_keys_init(&keys, api_exchange(app));
	status = party_key_of(&keys, PARTY_OPERATOR, id, key, canonical, err);
	*canonical = arena_str(&req->arena, *canonical);
	party_keys_release(&keys);
	return status;
}

/* The operator's face: itself and the day in the path.  The platform's: both in the path. */
static enum status subject_of(void *app, struct http_request *req, struct subject *s, struct error *err)
{
	const struct caller *caller = api_caller(req);
	bool operator = caller->face == FACE_OPERATOR;
	enum status status = OK;

	if (operator) {
		s->operator_key = caller->operator_key;
		s->operator_id = str_from(caller->operator_id);
	} else {
		status = operator_key_of(app, req, req->params[0], &s->operator_key, &s->operator_id, err);
	}
	if (status != OK)
		return status;
	if (s->operator_key == 0 || !day_parse(req->params[operator ? 0 : 1], &s->day))
		return no_such(err);
	day_text(s->day, s->day_text);
	return OK;
}

static enum status find(void *app, struct http_request *req, struct subject *s, struct reconciliation_row *row,
			struct error *err)
{
	enum status status = subject_of(app, req, s, err);

	if (status == OK)
		status = reconcile_day_find(api_exchange(app), &req->arena, s->operator_key, s->day, row, err);
	return status == E_NOT_FOUND ? no_such(err) : status;
}

static void write_members(struct json_writer *w, const struct reconciliation_row *row, struct str operator_id)
{
	char day[INSTANT_TEXT_SIZE];

	json_member_str(w, "operatorId", operator_id);
	json_member_str(w, "day", day_text(row->day, day));
	json_member_str(w, "status", row->status);
	json_member_instant(w, "runDateTime", row->run_ms);
	if (row->message.n)
		json_member_str(w, "message", row->message);
}

static enum status get(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	struct reconciliation_row row;
	struct json_writer w;
	struct subject s;
	enum status status = find(app, req, &s, &row, err);

	if (status == OK)
		status = api_audit(app, req, 200, str_from(s.day_text), 0, 1, err);
	if (status != OK)
		return status;
	api_json_begin(res, 200, &w);
	json_object_begin(&w);
	write_members(&w, &row, s.operator_id);
	if (row.summary.n) {
		buf_add_char(&res->body, ',');
		buf_add_str(&res->body, row.summary);
	}
	json_object_end(&w);
	return OK;
}

static enum status start(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	struct str operator_id = STR_NONE, day = STR_NONE, canonical;
	struct reconciliation_row row;
	const struct json *body;
	struct json_writer w;
	struct subject s;
	enum status status = api_body(req, &body, err);

	if (status == OK)
		status = json_get_str(body, "operatorId", &operator_id, err);
	if (status == OK)
		status = json_get_str(body, "day", &day, err);
	if (status != OK)
		return status;
	if (operator_id.n == 0)
		return error_set(err, E_MISSING_FIELD, "operatorId", "operatorId is missing");
	if (!day_parse(day, &s.day))
		return error_set(err, E_FIELD_VALUE, "day", "day must be a date as 2026-11-24");
	status = operator_key_of(app, req, operator_id, &s.operator_key, &canonical, err);
	if (status == OK && s.operator_key == 0)
		status = error_set(err, E_NOT_FOUND, "operatorId", "there is no such operator");
	if (status == OK)
		status = reconcile_day_request(api_exchange(app), s.operator_key, s.day, err);
	if (status == OK)
		status = reconcile_day_find(api_exchange(app), &req->arena, s.operator_key, s.day, &row, err);
	if (status == OK)
		status = api_audit(app, req, 202, canonical, 0, 1, err);
	if (status != OK)
		return status;
	http_set_header(res, "Location",
			arena_printf(&req->arena, "%.*s/platform/v1.0/reconciliations/%.*s/%.*s", STR_ARG(api_base_url(req)),
				     STR_ARG(canonical), STR_ARG(day)));
	api_json_begin(res, 202, &w);
	json_object_begin(&w);
	write_members(&w, &row, canonical);
	json_object_end(&w);
	return OK;
}

/* --- causes ------------------------------------------------------------------------------ */

static enum status causes(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	const struct json *summary = NULL, *list = NULL;
	struct reconciliation_row row;
	struct json_writer w;
	struct subject s;
	enum status status = find(app, req, &s, &row, err);

	if (status == OK && row.summary.n)
		status = json_parse(&req->arena, arena_printf(&req->arena, "{%.*s}", STR_ARG(row.summary)), &summary, err);
	if (status == OK)
		status = api_audit(app, req, 200, str_from(s.day_text), 0, 1, err);
	if (status != OK)
		return status;
	list = json_get(summary, "causes");
	api_json_begin(res, 200, &w);
	json_object_begin(&w);
	json_key(&w, "value");
	json_array_begin(&w);
	for (const struct json *cause = list ? list->first : NULL; cause; cause = cause->next)
		json_tree(&w, cause);
	json_array_end(&w);
	json_object_end(&w);
	return OK;
}

/* --- the list of runs -------------------------------------------------------------------------- */

struct run {
	struct reconciliation_row row;
	struct str operator_id;
	const struct json *summary;      /* NULL: none yet */
};

static const struct property run_properties[] = {
	{ "operatorId", PROPERTY_TEXT, false },     { "day", PROPERTY_TEXT, false },
	{ "status", PROPERTY_TEXT, false },         { "runDateTime", PROPERTY_INSTANT, false },
	{ "verdict", PROPERTY_TEXT, false },
	{ "counts", PROPERTY_JSON, true,
	  "agreed,differs,platform_only,operator_only,duplicate,platformRecords,operatorRecords" },
	{ "seconds", PROPERTY_JSON, true, "platform,operator,difference,explained,unexplained" },
};

static struct str member_text(struct arena *arena, const struct json *summary, const char *key)
{
	const struct json *value = json_get(summary, key);
	struct json_writer w;
	struct str text;
	struct buf out;

	if (!value)
		return STR_NONE;
	buf_init(&out, 0);
	json_writer_init(&w, &out);
	json_tree(&w, value);
	text = arena_str(arena, buf_str(&out));
	buf_release(&out);
	return text;
}

static struct filter_value run_value(const struct resource *resource, struct arena *arena, const void *row, size_t index)
{
	const struct run *run = row;
	char day[INSTANT_TEXT_SIZE];
	const struct json *verdict;

	(void)resource;
	switch (index) {
	case 0:
		return value_text(run->operator_id);
	case 1:
		return value_text(arena_str(arena, day_text(run->row.day, day)));
	case 2:
		return value_text(run->row.status);
	case 3:
		return run->row.run_ms == INSTANT_NONE ? VALUE_NULL : value_number(run->row.run_ms);
	case 4:
		verdict = json_get(run->summary, "verdict");
		return verdict ? value_text(verdict->text) : VALUE_NULL;
	case 5:
		return value_text(member_text(arena, run->summary, "counts"));
	default:
		return value_text(member_text(arena, run->summary, "seconds"));
	}
}

static const struct resource run_resource = { run_properties, sizeof(run_properties) / sizeof(run_properties[0]), run_value,
					      NULL };

/* The rows with what is shown of them. */
static enum status make_runs(const struct list_call *call, struct arena *arena, const struct reconciliation_row *rows,
			     size_t count, struct run *runs, struct error *err)
{
	struct party_keys keys;
	enum status status = OK;

	party_keys_init(&keys, api_exchange(call->app));
	for (size_t i = 0; status == OK && i < count; i++) {
		runs[i].row = rows[i];
		status = party_id_of(&keys, PARTY_OPERATOR, rows[i].operator_key, &runs[i].operator_id, err);
		runs[i].operator_id = arena_str(arena, runs[i].operator_id);
		if (status == OK && rows[i].summary.n)
			status = json_parse(arena, arena_printf(arena, "{%.*s}", STR_ARG(rows[i].summary)),
					    &runs[i].summary, err);
	}
	party_keys_release(&keys);
	return status;
}

static enum status run_fetch(const struct list_call *call, struct arena *arena, const struct list_place *after,
			     int64_t max, struct list_rows *rows, struct error *err)
{
	int32_t start = call->descending ? INT32_MAX : INT32_MIN;
	struct reconciliation_row *found = NULL;
	uint64_t operator_key = 0;
	struct run *runs;
	enum status status;

	if (!str_is_none(after->place) && !str_to_u64(after->place, INT64_MAX, &operator_key))
		return error_set(err, E_TOKEN_INVALID, NULL, "the link is of another version of this list");
	status = reconcile_day_list(api_exchange(call->app), arena, call->scope.operator_key,
				    str_is_none(after->place) ? start : (int32_t)after->position, (int64_t)operator_key,
				    call->descending, max, &found, &rows->count, err);
	if (status != OK)
		return status;
	runs = ARENA_ARRAY(arena, struct run, rows->count + 1);
	rows->first = runs;
	rows->size = sizeof(*runs);
	return make_runs(call, arena, found, rows->count, runs, err);
}

static void run_place(const struct list *from, struct arena *arena, const void *row, struct list_place *place)
{
	const struct run *run = row;

	(void)from;
	*place = (struct list_place){ run->row.day, arena_printf(arena, "%lld", (long long)run->row.operator_key) };
}

static const struct list run_list = {
	.resource = &run_resource,
	.feed = LINK_RECONCILIATIONS,
	.top_default = 100,
	.top_max = 1000,
	.order_by = "day",
	.descends = true,
	.fetch = run_fetch,
	.place = run_place,
};

static enum status list_runs(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	struct list_call call = list_call_of(app, req, res);

	return list_answer(&run_list, &call, err);
}

/* --- discrepancies --------------------------------------------------------------------------------- */

struct discrepancy {
	struct outcome outcome;
	struct exchange *exchange;       /* both sides are read when they are shown */
	const struct subject *of;
};

/* Begins with the columns of matches.csv.  Of a side's members id is left out as a column: it stands there already. */
#define SIDE_MEMBERS(start)                                                                                            \
	"correlationId,callerNumber,calleeNumber," start ",answerDateTime,endDateTime,durationSeconds,trunk"

static const struct property discrepancy_properties[] = {
	{ "platformId", PROPERTY_TEXT, false },
	{ "operatorRecordId", PROPERTY_TEXT, false },
	{ "class", PROPERTY_TEXT, false },
	{ "differenceSeconds", PROPERTY_JSON, true },
	{ "causes", PROPERTY_TEXT, false },
	{ "platform", PROPERTY_JSON, true, SIDE_MEMBERS("inviteDateTime") },
	{ "operator", PROPERTY_JSON, true, SIDE_MEMBERS("startDateTime") },
	{ "id", PROPERTY_TEXT, false },
};

static void write_record(struct json_writer *w, const struct record *r)
{
	json_object_begin(w);
	json_member_str(w, "id", r->id);
	json_member_str(w, "correlationId", r->correlation_id);
	json_member_number(w, "callerNumber", r->caller);
	json_member_number(w, "calleeNumber", r->callee);
	json_member_instant(w, r->kind == RECORD_CALL ? "inviteDateTime" : "startDateTime", r->start_ms);
	json_member_instant(w, "answerDateTime", r->answer_ms);
	json_member_instant(w, "endDateTime", r->end_ms);
	json_member_duration(w, "durationSeconds", r->duration_ms);
	json_member_str(w, "trunk", r->trunk);
	json_object_end(w);
}

/* One side's record as JSON; none where the row has none, or it is gone by now. */
static struct str side_text(struct arena *arena, const struct discrepancy *d, enum record_kind kind)
{
	struct stored_record row;
	struct json_writer w;
	struct str text;
	struct buf out;

	if (reconcile_day_record(d->exchange, arena, d->of->operator_key, kind, &d->outcome, &row, NULL) != OK)
		return STR_NONE;
	buf_init(&out, 0);
	json_writer_init(&w, &out);
	write_record(&w, &row.record);
	text = arena_str(arena, buf_str(&out));
	buf_release(&out);
	return text;
}

static struct filter_value discrepancy_value(const struct resource *resource, struct arena *arena, const void *row,
					     size_t index)
{
	const struct discrepancy *d = row;

	(void)resource;
	switch (index) {
	case 0:
		return value_text(d->outcome.call_filed_ms == INSTANT_NONE ? STR_NONE : d->outcome.call_id);
	case 1:
		return value_text(d->outcome.duration_filed_ms == INSTANT_NONE ? STR_NONE : d->outcome.duration_id);
	case 2:
		return value_text(str_from(reconcile_class_name((enum reconcile_class)d->outcome.class)));
	case 3:
		return value_text(duration_text(arena, d->outcome.difference_ms));
	case 4:
		return value_text(d->outcome.causes.n ? d->outcome.causes : STR(""));
	case 5:
		return value_text(side_text(arena, d, RECORD_CALL));
	case 6:
		return value_text(side_text(arena, d, RECORD_DURATION));
	default:
		return value_text(arena_printf(arena, "%lld", (long long)d->outcome.row));
	}
}

static const struct resource discrepancy_resource = {
	discrepancy_properties, sizeof(discrepancy_properties) / sizeof(discrepancy_properties[0]), discrepancy_value, NULL
};

static enum status discrepancy_fetch(const struct list_call *call, struct arena *arena, const struct list_place *after,
				     int64_t max, struct list_rows *rows, struct error *err)
{
	const struct subject *s = call->context;
	struct exchange *x = api_exchange(call->app);
	struct outcome *outcomes = NULL;
	struct discrepancy *list;
	bool start = str_is_none(after->place);
	enum status status;

	if (!start && !str_is(after->place, s->day_text))
		return error_set(err, E_TOKEN_INVALID, NULL, "the link is of another day's discrepancies");
	status = reconcile_day_discrepancies(x, arena, s->operator_key, s->day, start ? -1 : after->position, (size_t)max,
					     &outcomes, &rows->count, err);
	if (status != OK)
		return status;
	list = ARENA_ARRAY(arena, struct discrepancy, rows->count + 1);
	for (size_t i = 0; i < rows->count; i++)
		list[i] = (struct discrepancy){ outcomes[i], x, s };
	rows->first = list;
	rows->size = sizeof(*list);
	return OK;
}

static void discrepancy_place(const struct list *from, struct arena *arena, const void *row, struct list_place *place)
{
	const struct discrepancy *d = row;

	(void)from;
	(void)arena;
	*place = (struct list_place){ d->outcome.row, str_from(d->of->day_text) };
}

static const struct list discrepancy_list = {
	.resource = &discrepancy_resource,
	.feed = LINK_DISCREPANCIES,
	.top_default = 100,
	.top_max = 1000,
	.fetch = discrepancy_fetch,
	.place = discrepancy_place,
};

static enum status discrepancies(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	struct reconciliation_row row;
	struct subject s;
	enum status status = find(app, req, &s, &row, err);

	if (status != OK)
		return status;
	return list_answer(&discrepancy_list,
			   &(struct list_call){ .app = app, .req = req, .res = res, .party = s.operator_key, .context = &s },
			   err);
}

#define OPERATOR { FACE_OPERATOR, ROLE_DATA_READ, false }
#define PLATFORM { FACE_PLATFORM, ROLE_PLATFORM_READ, false }
#define BOTH(method, tail, handler, summary, query, response, as_csv)                                                       \
	{ method, "/operator/v1.0/reconciliations/{day}" tail, handler, NULL, OPERATOR, summary, query, NULL, response, 200,   \
	  0, as_csv },                                                                                                 \
	{ method, "/platform/v1.0/reconciliations/{operatorId}/{day}" tail, handler, NULL, PLATFORM, summary, query, NULL,      \
	  response, 200, 0, as_csv }

static const struct api_route routes[] = {
	{ HTTP_POST, "/platform/v1.0/reconciliations", start, NULL, { FACE_PLATFORM, ROLE_PLATFORM_WRITE, false },
	  "Starts the reconciliation of an operator and day; Location is where it stands.", NULL, "ReconciliationRequest",
	  "Reconciliation", 202, 0 },
	{ HTTP_GET, "/platform/v1.0/reconciliations", list_runs, NULL, PLATFORM,
	  "Lists the reconciliations of all operators, newest day first.", LIST_OPTIONS, NULL, "ReconciliationList", 200, 0,
	  true },
	{ HTTP_GET, "/operator/v1.0/reconciliations", list_runs, NULL, OPERATOR,
	  "Lists the operator's reconciliations, newest day first.", LIST_OPTIONS, NULL, "ReconciliationList", 200, 0,
	  true },
	BOTH(HTTP_GET, "", get, "The reconciliation of one day: verdict, counts, seconds, causes.", NULL, "Reconciliation",
	     false),
	BOTH(HTTP_GET, "/discrepancies", discrepancies, "The rows of a day's reconciliation that are not agreed.",
	     LIST_OPTIONS, "DiscrepancyList", true),
	BOTH(HTTP_GET, "/causes", causes, "The systematic causes that a day's reconciliation found.", NULL, "CauseList",
	     false),
};

const struct api_route_group api_reconciliations_group = { routes, sizeof(routes) / sizeof(routes[0]) };
