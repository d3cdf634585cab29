/* The tenant's call records as Graph shows them: callRecord, its sessions and segments.
 *
 * A call here has two parties, the tenant's user and an external phone, so a
 * record has one session with one segment, all three under the record's id.
 * Its start is the invite: an unanswered call has one, too. */
#include "api/graph_call.h"
#include "api/groups.h"
#include "api/list.h"
#include "api/record_list.h"
#include "base/instant.h"

#include <stdio.h>

#define PAGE_ROWS 60
#define TOP_MAX 1000
#define CHUNK_ROWS 500
#define SCAN_ROWS_MAX 20000
#define SELECTED_BYTES_MAX (LINK_OPTIONS_MAX - 40)

#define CONTEXT "$metadata#communications/callRecords"

/* --- options ---------------------------------------------------------------------------- */

/* What $filter may name, and what a call has for it. */
enum { FILTER_START, FILTER_PARTICIPANTS };

static const struct property filter_properties[] = {
	[FILTER_START] = { "startDateTime", PROPERTY_INSTANT, false },
	[FILTER_PARTICIPANTS] = { "participants_v2", PROPERTY_WORDS, false },
};

static struct filter_value filter_value_of(const struct resource *resource, struct arena *arena, const void *row,
					   size_t index)
{
	const struct tenant_call *call = row;

	(void)resource;
	return index == FILTER_START ? value_number(call->stored.filed_ms) :
				       value_text(graph_call_participants(arena, call));
}

static const struct resource filtered = { filter_properties, 2, filter_value_of, NULL };

struct options {
	int64_t top;
	struct str filter_text, select;
	struct filter filter;
};

/* Graph compares a participant by "p:p/id eq"; the filters of lists compare the elements themselves. */
static struct str without_id_paths(struct arena *arena, struct str text)
{
	char *out = arena_alloc(arena, text.n + 1);
	bool quoted = false;
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		quoted ^= text.p[i] == '\'';
		if (!quoted && str_starts(str_after(text, i), STR("/id "))) {
			i += 2;
			continue;
		}
		out[n++] = text.p[i];
	}
	return str_of(out, n);
}

static enum status options_check(struct arena *arena, struct options *o, struct error *err)
{
	enum status status = resource_select_check(&graph_call_resource, o->select, err);

	if (status == OK && !str_is_none(o->filter_text))
		status = resource_filter_parse(arena, &filtered, without_id_paths(arena, o->filter_text), &o->filter, err);
	return status;
}

#define LIST_QUERY "$top,$filter,$select,$skiptoken"

static enum status options_read(struct http_request *req, struct options *o, struct error *err)
{
	enum status status = api_top(req, PAGE_ROWS, TOP_MAX, &o->top, err);

	if (status == OK)
		status = http_query(req, "filter", true, &o->filter_text, err);
	if (status == OK)
		status = http_query(req, "select", true, &o->select, err);
	if (status == OK && o->filter_text.n + o->select.n > SELECTED_BYTES_MAX)
		status = error_set(err, E_INVALID, "$filter", "$filter and $select together exceed %zu bytes",
				   SELECTED_BYTES_MAX);
	return status == OK ? options_check(&req->arena, o, err) : status;
}

/* "top|bytes of the filter|filter|select"; empty is none. */
static struct str freeze(struct arena *arena, const struct options *o)
{
	return arena_printf(arena, "%lld|%zu|%.*s|%.*s", (long long)o->top, o->filter_text.n, STR_ARG(o->filter_text),
			    STR_ARG(o->select));
}

static bool thaw(const struct link *link, struct options *o, struct records_place *after)
{
	struct str rest = link->options, top = str_cut(&rest, '|'), n = str_cut(&rest, '|');
	uint64_t number, filter_n;

	if (!str_to_u64(top, TOP_MAX, &number) || !str_to_u64(n, rest.n, &filter_n) || rest.n < filter_n + 1 ||
	    !records_place_read(link, after))
		return false;
	o->top = (int64_t)number;
	o->filter_text = filter_n ? str_of(rest.p, filter_n) : STR_NONE;
	rest = str_after(rest, filter_n + 1);
	o->select = rest.n ? rest : STR_NONE;
	return true;
}

/* --- the list ------------------------------------------------------------------------------ */

struct page {
	struct tenant_call *rows;
	size_t count;
	bool more;
	struct records_place end;
};

/* What the filter says of the start is a range of the store. */
static void narrow(struct records_query *q, const struct filter *filter)
{
	for (size_t i = 0; i < filter->count; i++) {
		const struct filter_term *t = &filter->terms[i];
		int64_t past = t->number < INT64_MAX ? t->number + 1 : t->number;
		int64_t from = t->op == FILTER_GT ? past : t->number, to = t->op == FILTER_LT ? t->number : past;

		if (t->property != FILTER_START || t->is_null)
			continue;
		if ((t->op == FILTER_GT || t->op == FILTER_GE || t->op == FILTER_EQ) && from > q->from_ms)
			q->from_ms = from;
		if ((t->op == FILTER_LT || t->op == FILTER_LE || t->op == FILTER_EQ) && to < q->to_ms)
			q->to_ms = to;
	}
}

static enum status take(struct tenant_calls *calls, struct arena *arena, const struct options *o,
			struct tenant_calls_page *chunk, struct page *page, struct error *err)
{
	enum status status = OK;

	for (size_t i = 0; status == OK && i < chunk->count; i++) {
		struct tenant_call call = tenant_call_copy(arena, &chunk->rows[i]);

		status = tenant_calls_name(calls, arena, &call, err);
		if (status != OK || !resource_matches(arena, &filtered, &call, &o->filter))
			continue;
		page->more = page->count == (size_t)o->top;
		if (page->more)
			return OK;
		page->rows[page->count++] = call;
		page->end = (struct records_place){ call.stored.filed_ms, call.stored.record.id, call.stored.operator_key };
	}
	return status;
}

static enum status page_fill(struct tenant_calls *calls, struct arena *arena, const struct options *o,
			     struct records_place after, struct page *page, struct error *err)
{
	struct records_query q = { .kind = RECORD_CALL, .from_ms = INT64_MIN, .to_ms = INT64_MAX, .after = after,
				   .limit = CHUNK_ROWS };
	struct tenant_calls_page chunk = { .more = true };
	size_t scanned = 0;
	enum status status = OK;

	narrow(&q, &o->filter);
	*page = (struct page){ .rows = ARENA_ARRAY(arena, struct tenant_call, (size_t)o->top), .end = after };
	while (status == OK && chunk.more && !page->more) {
		status = tenant_calls_read(calls, arena, &q, &chunk, err);
		if (status == OK)
			status = take(calls, arena, o, &chunk, page, err);
		q.after = chunk.end;
		scanned += CHUNK_ROWS;
		if (chunk.more && !page->more && scanned >= SCAN_ROWS_MAX) {
			page->more = true;
			page->end = chunk.end;
		}
	}
	return status;
}

static void page_write(void *app, struct http_request *req, struct http_response *res, const struct tenant_calls *calls,
		       const struct options *o, const struct page *page)
{
	struct resource shown = graph_call_resource;
	struct json_writer w;

	shown.context = calls;
	api_json_begin(res, 200, &w);
	json_object_begin(&w);
	json_member_str(&w, "@odata.context",
			arena_printf(&req->arena, "%.*s/v1.0/" CONTEXT, STR_ARG(api_base_url(req))));
	json_key(&w, "value");
	json_array_begin(&w);
	for (size_t i = 0; i < page->count; i++)
		resource_write(&w, &req->arena, &shown, &page->rows[i], o->select);
	json_array_end(&w);
	if (page->more)
		api_link_write(app, req, &w,
			       (struct link){
				       .kind = LINK_NEXT,
				       .feed = LINK_GRAPH_CALL_RECORDS,
				       .party = calls->tenant_key,
				       .position = page->end.filed_ms,
				       .place = records_place_text(&req->arena, &page->end),
				       .options = freeze(&req->arena, o),
			       });
	json_object_end(&w);
}

static enum status list(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	struct options o = { .filter_text = STR_NONE, .select = STR_NONE };
	struct records_place after = RECORDS_START;
	struct tenant_calls calls;
	struct page page;
	struct link link;
	bool resumed;
	enum status status = api_link_open(app, req, res, LINK_GRAPH_CALL_RECORDS, api_caller(req)->tenant_key, &link,
					   &resumed, err);

	if (status == OK && !resumed)
		status = options_read(req, &o, err);
	else if (status == OK)
		status = thaw(&link, &o, &after) ? options_check(&req->arena, &o, err) :
						   error_set(err, E_TOKEN_INVALID, NULL, "the link is of another version of this list");
	if (status == OK)
		status = tenant_calls_open(&calls, api_exchange(app), api_caller(req)->tenant_key, err);
	if (status != OK)
		return status;
	api_prefer(req, res, &o.top);
	status = page_fill(&calls, &req->arena, &o, after, &page, err);
	if (status == OK)
		status = api_audit(app, req, 200, STR(""), 0, (int64_t)page.count, err);
	if (status == OK)
		page_write(app, req, res, &calls, &o, &page);
	tenant_calls_close(&calls);
	return status;
}

/* --- one ------------------------------------------------------------------------------------ */

struct expand {
	bool sessions, segments;
};

/* One item of $expand: a name, and what stands in its parentheses. */
static enum status expand_item(struct str item, bool of_session, struct expand *e, struct error *err)
{
	struct str rest = str_trim(item), name = str_trim(str_cut(&rest, '('));

	if (of_session && str_is(name, "segments") && str_is_none(rest)) {
		e->segments = true;
		return OK;
	}
	if (!of_session && str_is(name, "sessions")) {
		e->sessions = true;
		if (str_is_none(rest) || str_is(rest, "$expand=segments)") || str_is(rest, "expand=segments)")) {
			e->segments = e->segments || !str_is_none(rest);
			return OK;
		}
	}
	/* These are always there. */
	if (!of_session && (str_is(name, "participants_v2") || str_is(name, "organizer_v2")) && str_is_none(rest))
		return OK;
	return error_set(err, E_INVALID, "$expand", "$expand: expected %s",
			 of_session ? "segments" : "sessions, sessions($expand=segments), participants_v2 or organizer_v2");
}

static enum status expand_read(struct http_request *req, bool of_session, struct expand *e, struct error *err)
{
	struct str text;
	enum status status = http_query(req, "expand", true, &text, err);

	*e = (struct expand){ false, false };
	while (status == OK && !str_is_none(text))
		status = expand_item(str_cut(&text, ','), of_session, e, err);
	return status;
}

/* The call that the path names.  Close calls after success. */
static enum status find(void *app, struct http_request *req, struct tenant_calls *calls, struct tenant_call *call,
			struct error *err)
{
	enum status status = tenant_calls_open(calls, api_exchange(app), api_caller(req)->tenant_key, err);

	if (status != OK)
		return status;
	status = tenant_calls_find(calls, &req->arena, req->params[0], call, err);
	if (status == OK)
		status = api_audit(app, req, 200, call->stored.record.id, 0, 1, err);
	if (status != OK)
		tenant_calls_close(calls);
	return status;
}

static enum status one(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	struct resource shown = graph_call_resource;
	struct tenant_calls calls;
	struct tenant_call call;
	struct expand expand;
	struct json_writer w;
	struct str select;
	enum status status = expand_read(req, false, &expand, err);

	if (status == OK)
		status = http_query(req, "select", true, &select, err);
	if (status == OK)
		status = resource_select_check(&graph_call_resource, select, err);
	if (status == OK)
		status = find(app, req, &calls, &call, err);
	if (status != OK)
		return status;
	shown.context = &calls;
	api_json_begin(res, 200, &w);
	json_object_begin(&w);
	json_member_str(&w, "@odata.context",
			arena_printf(&req->arena, "%.*s/v1.0/" CONTEXT "%s/$entity", STR_ARG(api_base_url(req)),
				     expand.segments ? "(sessions(segments()))" : expand.sessions ? "(sessions())" : ""));
	resource_write_members(&w, &req->arena, &shown, &call, select);
	if (expand.sessions) {
		json_key(&w, "sessions");
		status = graph_call_write_sessions(&w, &calls, &call, expand.segments, err);
	}
	json_object_end(&w);
	tenant_calls_close(&calls);
	return status;
}

static void parts_begin(struct http_request *req, struct http_response *res, struct json_writer *w,
			const struct tenant_call *call, const char *parts)
{
	api_json_begin(res, 200, w);
	json_object_begin(w);
	json_member_str(w, "@odata.context",
			arena_printf(&req->arena, "%.*s/v1.0/" CONTEXT "('%.*s')/%s", STR_ARG(api_base_url(req)),
				     STR_ARG(call->stored.record.id), parts));
	json_key(w, "value");
}

static enum status sessions(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	struct tenant_calls calls;
	struct tenant_call call;
	struct expand expand;
	struct json_writer w;
	enum status status = expand_read(req, true, &expand, err);

	if (status == OK)
		status = find(app, req, &calls, &call, err);
	if (status != OK)
		return status;
	parts_begin(req, res, &w, &call, expand.segments ? "sessions(segments())" : "sessions");
	status = graph_call_write_sessions(&w, &calls, &call, expand.segments, err);
	json_object_end(&w);
	tenant_calls_close(&calls);
	return status;
}

static enum status participants(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	struct tenant_calls calls;
	struct tenant_call call;
	struct json_writer w;
	enum status status = find(app, req, &calls, &call, err);

	if (status != OK)
		return status;
	parts_begin(req, res, &w, &call, "participants_v2");
	graph_call_write_participants(&w, &calls, &call);
	json_object_end(&w);
	tenant_calls_close(&calls);
	return OK;
}

#define READ { FACE_GRAPH, ROLE_CALLS_READ, false }

static const struct api_route routes[] = {
	{ HTTP_GET, "/v1.0/communications/callRecords", list, NULL, READ,
	  "Lists the tenant's call records by their start; $filter knows startDateTime and participants_v2.", LIST_QUERY,
	  NULL, "GraphCallRecordList", 200, 0 },
	{ HTTP_GET, "/v1.0/communications/callRecords/{id}", one, NULL, READ,
	  "One of the tenant's call records, with sessions and segments when they are expanded.", "$expand,$select", NULL,
	  "GraphCallRecord", 200, 0 },
	{ HTTP_GET, "/v1.0/communications/callRecords/{id}/sessions", sessions, NULL, READ,
	  "The sessions of a call record.", "$expand", NULL, "GraphSessionList", 200, 0 },
	{ HTTP_GET, "/v1.0/communications/callRecords/{id}/participants_v2", participants, NULL, READ,
	  "The parties of a call record.", NULL, NULL, "GraphParticipantList", 200, 0 },
};

const struct api_route_group api_graph_call_records_group = { routes, sizeof(routes) / sizeof(routes[0]) };
