#include "api/list.h"

#include "api/listing.h"
#include "exchange/party_keys.h"

#define SCAN_ROWS_MAX 20000
#define FETCH_ROWS 1000

struct options {
	int64_t top, skip;
	bool ordered, descending, count, filtered;
	struct str filter_text, select;
	struct filter filter;
};

/* --- options: from the query, or frozen in a link ----------------------------------- */

static enum status skip_option(const struct list *list, const struct http_request *req, int64_t *skip,
			       struct error *err)
{
	struct str text;
	uint64_t value;
	enum status status = http_query(req, "skip", true, &text, err);

	if (status != OK || str_is_none(text))
		return status;
	if (!list->may_skip)
		return error_set(err, E_INVALID, "$skip", "this list has no option $skip; follow @odata.nextLink");
	if (!str_to_u64(text, INT64_MAX, &value))
		return error_set(err, E_INVALID, "$skip", "$skip: expected a whole number");
	*skip = (int64_t)value;
	return OK;
}

static enum status options_check(struct arena *arena, const struct resource *resource, struct options *o,
				 struct error *err)
{
	enum status status = resource_select_check(resource, o->select, err);

	o->filtered = !str_is_none(o->filter_text);
	if (status == OK && o->filtered)
		status = resource_filter_parse(arena, resource, o->filter_text, &o->filter, err);
	return status;
}

static enum status options_read(const struct list *list, struct http_request *req, enum listing_form form,
				struct options *o, struct error *err)
{
	enum status status = api_top(req, list->top_default, list->top_max, &o->top, err);

	o->descending = list->descends;
	if (status == OK)
		status = skip_option(list, req, &o->skip, err);
	if (status == OK)
		status = api_orderby(req, list->order_by, &o->ordered, &o->descending, err);
	if (status == OK)
		status = listing_count(req, form, &o->count, err);
	if (status == OK)
		status = http_query(req, "filter", true, &o->filter_text, err);
	if (status == OK)
		status = http_query(req, "select", true, &o->select, err);
	if (status == OK)
		status = options_check(&req->arena, list->resource, o, err);
	return status;
}

/* "top|order|filter|select", where the order is two digits, ordered and descending, where an absent text is "-" and any other has "=" before it; the filter's
 * length comes first, since it may hold any character. */
static struct str options_freeze(struct arena *arena, const struct options *o)
{
	return arena_printf(arena, "%lld|%d%d|%zu|%s%.*s%s%.*s", (long long)o->top, o->ordered, o->descending,
			    o->filter_text.n, o->filtered ? "=" : "-", STR_ARG(o->filter_text), str_is_none(o->select) ? "-" : "=",
			    STR_ARG(o->select));
}

static bool options_thaw(struct str text, struct options *o)
{
	struct str rest = text, top = str_cut(&rest, '|'), order = str_cut(&rest, '|'), n = str_cut(&rest, '|');
	uint64_t number, filter_n;

	if (!str_to_u64(top, INT64_MAX, &number) || order.n != 2 || !str_to_u64(n, rest.n, &filter_n) || rest.n < filter_n + 2)
		return false;
	o->top = (int64_t)number;
	o->ordered = order.p[0] == '1';
	o->descending = order.p[1] == '1';
	o->filter_text = rest.p[0] == '=' ? str_of(rest.p + 1, filter_n) : STR_NONE;
	rest = str_after(rest, 1 + filter_n);
	o->select = rest.p[0] == '=' ? str_after(rest, 1) : STR_NONE;
	return true;
}

static enum status frozen_fits(struct arena *arena, const struct options *o, struct error *err)
{
	if (options_freeze(arena, o).n > LINK_OPTIONS_MAX)
		return error_set(err, E_INVALID, "$filter", "$filter and $select together exceed %zu bytes",
				 LINK_OPTIONS_MAX - 32);
	return OK;
}

static enum status options_of_link(struct arena *arena, const struct resource *resource, const struct link *link,
				   struct options *o, struct list_place *place, struct error *err)
{
	if (!options_thaw(link->options, o))
		return error_set(err, E_TOKEN_INVALID, NULL, "the link is of another version of this list");
	*place = (struct list_place){ link->position, link->place };
	return options_check(arena, resource, o, err);
}

static struct link link_of(const struct list_call *call, enum link_kind kind, enum link_feed feed,
			   const struct options *o, const struct list_place *place)
{
	return (struct link){
		.kind = kind,
		.feed = feed,
		.party = call->party,
		.position = place->position,
		.place = place->place,
		.options = options_freeze(&call->req->arena, o),
	};
}

/* --- lists ----------------------------------------------------------------------------- */

struct page {
	const void **rows;
	size_t count;
	bool more;
	struct list_place end;
};

/* Takes what matches from a run of rows; true when the page is full and another row follows. */
static bool page_take(const struct list *list, struct arena *arena, struct options *o, const struct list_rows *rows,
		      struct page *page)
{
	for (size_t i = 0; i < rows->count; i++) {
		const void *row = list_row(rows, i);

		if (o->filtered && !resource_matches(arena, list->resource, row, &o->filter))
			continue;
		if (o->skip > 0) {
			o->skip--;
			continue;
		}
		if (page->count == (size_t)o->top)
			return true;
		page->rows[page->count++] = row;
		list->place(list, arena, row, &page->end);
	}
	return false;
}

/* Goes on through a list in memory that is given back: a run of rows at a time. */
struct walk {
	struct arena arena;
	struct list_place at;
	char place[LINK_PLACE_MAX];
	struct list_rows rows;
	bool ended;
};

static void walk_begin(struct walk *walk, const struct list_place *from)
{
	*walk = (struct walk){ .at = *from };
	arena_init(&walk->arena);
}

static enum status walk_fetch(struct walk *walk, const struct list *list, const struct list_call *call,
			      struct error *err)
{
	enum status status;

	arena_clear(&walk->arena);
	status = list->fetch(call, &walk->arena, &walk->at, FETCH_ROWS, &walk->rows, err);
	walk->ended = status != OK || walk->rows.count < FETCH_ROWS;
	return status;
}

/* Behind the rows at hand; the place outlives them. */
static void walk_past(struct walk *walk, const struct list *list)
{
	if (walk->rows.count == 0)
		return;
	list->place(list, &walk->arena, list_row(&walk->rows, walk->rows.count - 1), &walk->at);
	if (str_is_none(walk->at.place))
		return;
	memcpy(walk->place, walk->at.place.p, walk->at.place.n);
	walk->at.place = str_of(walk->place, walk->at.place.n);
}

static int64_t walk_matches(struct walk *walk, const struct list *list, const struct options *o)
{
	int64_t matches = 0;

	for (size_t i = 0; i < walk->rows.count; i++)
		matches += !o->filtered ||
			   resource_matches(&walk->arena, list->resource, list_row(&walk->rows, i), &o->filter);
	return matches;
}

/* Leaves *from before the run of rows in which $skip ends, and what is left of it in o->skip. */
static enum status page_skip(const struct list *list, const struct list_call *call, struct options *o,
			     struct list_place *from, struct error *err)
{
	struct walk walk;
	enum status status = OK;

	walk_begin(&walk, from);
	while (status == OK && o->skip > 0 && !walk.ended) {
		int64_t matches;

		status = walk_fetch(&walk, list, call, err);
		if (status != OK)
			break;
		matches = walk_matches(&walk, list, o);
		if (matches > o->skip)
			break;
		o->skip -= matches;
		walk_past(&walk, list);
	}
	*from = (struct list_place){ walk.at.position, arena_str(&call->req->arena, walk.at.place) };
	arena_release(&walk.arena);
	return status;
}

static enum status page_fill(const struct list *list, const struct list_call *call, struct options *o,
			     const struct list_place *from, struct page *page, struct error *err)
{
	struct arena *arena = &call->req->arena;
	struct list_place at = *from;
	int64_t scanned = 0, fetch;
	enum status status = o->skip ? page_skip(list, call, o, &at, err) : OK;

	page->rows = ARENA_ARRAY(arena, const void *, (size_t)o->top);
	page->end = at;
	fetch = o->filtered || o->skip ? FETCH_ROWS : o->top + 1;
	while (status == OK) {
		struct list_rows rows;

		status = list->fetch(call, arena, &at, fetch, &rows, err);
		if (status != OK)
			break;
		page->more = page_take(list, arena, o, &rows, page);
		if (page->more || rows.count < (size_t)fetch)
			break;
		list->place(list, arena, list_row(&rows, rows.count - 1), &at);
		scanned += (int64_t)rows.count;
		if (scanned >= SCAN_ROWS_MAX) {
			page->more = true;
			page->end = at;
			break;
		}
	}
	return status;
}

static enum status count_matches(const struct list *list, const struct list_call *call, const struct options *o,
				 int64_t *total, struct error *err)
{
	struct list_place start = { call->descending ? INT64_MAX : 0, STR_NONE };
	enum status status = OK;
	struct walk walk;

	*total = 0;
	walk_begin(&walk, &start);
	while (status == OK && !walk.ended) {
		status = walk_fetch(&walk, list, call, err);
		if (status != OK)
			break;
		*total += walk_matches(&walk, list, o);
		walk_past(&walk, list);
	}
	arena_release(&walk.arena);
	return status;
}

static enum status count_all(const struct list *list, const struct list_call *call, const struct options *o,
			     int64_t *total, struct error *err)
{
	if (!o->count)
		return OK;
	if (list->total && !o->filtered)
		return list->total(call, total, err);
	return count_matches(list, call, o, total, err);
}

static void list_write(const struct list *list, const struct list_call *call, enum listing_form form,
		       const struct options *o, const struct page *page, int64_t total)
{
	struct link next = link_of(call, LINK_NEXT, list->feed, o, &page->end);
	struct listing out = { call->app, call->req, call->res, form, list->resource, o->select };

	listing_begin(&out, list->context, o->count ? total : -1);
	for (size_t i = 0; i < page->count; i++)
		listing_row(&out, &call->req->arena, page->rows[i]);
	listing_end(&out, page->more ? &next : NULL);
}

struct list_call list_call_of(void *app, struct http_request *req, struct http_response *res)
{
	const struct caller *caller = api_caller(req);

	return (struct list_call){
		.app = app,
		.req = req,
		.res = res,
		.party = caller->operator_key ? caller->operator_key : caller->tenant_key,
		.scope = { .operator_key = caller->operator_key, .tenant_key = caller->tenant_key },
	};
}

/* An equality with a party makes of everyone's list that party's.  Nobody's own list is touched: what it holds
 * is bounded by its owner, and the filter is judged row by row. */
static enum status narrow(const struct list *list, struct list_call *call, const struct filter *filter,
			  struct error *err)
{
	struct party_keys parties;
	enum status status = OK;

	if (call->party || filter->count == 0)
		return OK;
	party_keys_init(&parties, api_exchange(call->app));
	for (size_t i = 0; status == OK && i < filter->count; i++) {
		const struct filter_term *term = &filter->terms[i];
		struct str name = str_from(list->resource->properties[term->property].name), canonical;
		bool is_operator = str_is(name, "operatorId");
		int64_t *key = is_operator ? &call->scope.operator_key : &call->scope.tenant_key;

		if (term->op != FILTER_EQ || term->is_null || (!is_operator && !str_is(name, "tenantId")))
			continue;
		status = party_key_of(&parties, is_operator ? PARTY_OPERATOR : PARTY_TENANT, term->text, key, &canonical,
				      err);
		call->scope.nobody = call->scope.nobody || *key == 0;
	}
	party_keys_release(&parties);
	return status;
}

enum status list_answer(const struct list *list, const struct list_call *call, struct error *err)
{
	struct list_call this = *call;
	struct http_request *req = call->req;
	struct list_place from = { 0, STR_NONE };
	struct options o = { .select = STR_NONE, .filter_text = STR_NONE };
	struct page page = { 0 };
	struct link link;
	int64_t total = 0;
	bool resumed = false;
	enum listing_form form;
	enum status status = listing_form(req, call->res, &form, err);

	if (status == OK)
		status = api_link_open(call->app, req, call->res, list->feed, call->party, &link, &resumed, err);
	if (status == OK && resumed)
		status = options_of_link(&req->arena, list->resource, &link, &o, &from, err);
	else if (status == OK)
		status = options_read(list, req, form, &o, err);
	if (status == OK)
		status = frozen_fits(&req->arena, &o, err);
	if (status == OK)
		status = narrow(list, &this, &o.filter, err);
	if (status != OK)
		return status;
	api_prefer(req, call->res, &o.top);
	this.ordered = o.ordered;
	this.descending = o.descending;
	if (o.descending && !resumed)
		from.position = INT64_MAX;
	if (!this.scope.nobody)
		status = page_fill(list, &this, &o, &from, &page, err);
	if (status == OK && !this.scope.nobody)
		status = count_all(list, &this, &o, &total, err);
	if (status == OK)
		status = api_audit(call->app, req, 200, STR(""), 0, (int64_t)page.count, err);
	if (status == OK)
		list_write(list, &this, form, &o, &page, total);
	return status;
}

/* --- feeds ----------------------------------------------------------------------------- */

static enum status feed_options(const struct feed *feed, struct http_request *req, struct options *o, bool *latest,
				struct error *err)
{
	struct str text;
	enum status status = http_query(req, "filter", true, &text, err);

	if (status == OK && !str_is_none(text))
		status = error_set(err, E_INVALID, "$filter", "a feed has no $filter");
	if (status == OK)
		status = http_query(req, "deltatoken", true, &text, err);
	*latest = status == OK && str_is(text, "latest");
	if (status == OK)
		status = api_top(req, feed->top_default, feed->top_max, &o->top, err);
	if (status == OK)
		status = http_query(req, "select", true, &o->select, err);
	if (status == OK)
		status = options_check(&req->arena, feed->resource, o, err);
	if (status == OK)
		status = frozen_fits(&req->arena, o, err);
	return status;
}

static enum status feed_begin(const struct feed *feed, const struct list_call *call, struct options *o,
			      struct list_place *place, bool *latest, struct error *err)
{
	struct http_request *req = call->req;
	struct link link;
	bool resumed;
	enum listing_form form;
	enum status status = listing_form(req, call->res, &form, err);

	*latest = false;
	if (status == OK)
		status = api_link_open(call->app, req, call->res, feed->feed, call->party, &link, &resumed, err);
	if (status != OK)
		return status;
	if (resumed)
		return options_of_link(&req->arena, feed->resource, &link, o, place, err);
	status = feed_options(feed, req, o, latest, err);
	return status == OK ? feed->start(call, *latest, place, err) : status;
}

static void feed_write(const struct feed *feed, const struct list_call *call, const struct options *o,
		       const struct list_rows *rows, const struct list_place *end, bool more)
{
	struct arena *arena = &call->req->arena;
	struct json_writer w;

	api_json_begin(call->res, 200, &w);
	json_object_begin(&w);
	json_key(&w, "value");
	json_array_begin(&w);
	for (size_t i = 0; i < rows->count; i++) {
		const void *row = list_row(rows, i);
		bool removed = feed->removed && feed->removed(row);

		json_object_begin(&w);
		resource_write_members(&w, arena, feed->resource, row,
				       removed ? str_from(feed->removed_select) : o->select);
		if (removed) {
			json_key(&w, "@removed");
			json_raw(&w, STR("{\"reason\":\"deleted\"}"));
		}
		json_object_end(&w);
	}
	json_array_end(&w);
	api_link_write(call->app, call->req, &w, link_of(call, more ? LINK_NEXT : LINK_DELTA, feed->feed, o, end));
	json_object_end(&w);
}

enum status feed_answer(const struct feed *feed, const struct list_call *call, struct error *err)
{
	struct http_request *req = call->req;
	struct options o = { .select = STR_NONE, .filter_text = STR_NONE };
	struct list_place place = { 0, STR_NONE };
	struct list_rows rows = { 0 };
	bool more = false, latest;
	enum status status = feed_begin(feed, call, &o, &place, &latest, err);

	if (status == OK)
		api_prefer(req, call->res, &o.top);
	if (status == OK && !latest)
		status = feed->read(call, o.top, &place, &rows, &more, err);
	if (status == E_GONE)
		api_name_fresh_start(req, call->res);
	if (status == OK)
		status = api_audit(call->app, req, 200, STR(""), 0, (int64_t)rows.count, err);
	if (status == OK)
		feed_write(feed, call, &o, &rows, &place, more);
	return status;
}

/* --- single resources -------------------------------------------------------------------- */

enum status resource_answer(void *app, struct http_request *req, struct http_response *res,
			    const struct resource *resource, const void *row, int http_status, struct str id,
			    uint64_t number, struct error *err)
{
	struct str select = STR_NONE;
	struct json_writer w;
	enum status status = req->method == HTTP_GET ? http_query(req, "select", true, &select, err) : OK;

	if (status == OK)
		status = resource_select_check(resource, select, err);
	if (status == OK)
		status = api_audit(app, req, http_status, id, number, 1, err);
	if (status != OK)
		return status;
	api_json_begin(res, http_status, &w);
	resource_write(&w, &req->arena, resource, row, select);
	return OK;
}

enum status path_guid(struct http_request *req, size_t index, const char *noun, struct str *id, struct error *err)
{
	char guid[GUID_TEXT_SIZE];

	if (!guid_parse(req->params[index], guid))
		return error_set(err, E_NOT_FOUND, NULL, "there is no such %s", noun);
	*id = arena_str(&req->arena, str_from(guid));
	return OK;
}

static enum status no_member(const struct field *fields, size_t count, struct error *err)
{
	struct buf list;

	buf_init(&list, 0);
	for (size_t i = 1; i < count; i++)
		buf_printf(&list, "%s%s", i > 1 ? ", " : "", fields[i].name);
	error_set(err, E_INVALID, NULL, "expected at least one of %s", buf_cstr(&list));
	buf_release(&list);
	return E_INVALID;
}

enum status body_fields(const struct json *body, const struct field *fields, size_t count, bool change, void *input,
			struct error *err)
{
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		struct str *value = (struct str *)(void *)((char *)input + fields[i].offset);
		const struct json *member = json_get(body, fields[i].name);
		enum status status;

		if (!member)
			continue;
		any = any || i > 0;
		if (change && member->type == JSON_NULL) {
			*value = STR("");
			continue;
		}
		status = json_get_str(body, fields[i].name, value, err);
		if (status != OK)
			return status;
	}
	return any || !change ? OK : no_member(fields, count, err);
}
