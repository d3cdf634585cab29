#include "api/record_list.h"

#include "api/listing.h"
#include "exchange/batches.h"
#include "formats/media_stream.h"

/* --- one record ---------------------------------------------------------------------- */

struct str duration_text(struct arena *arena, int64_t ms)
{
	struct buf text;
	struct str copy;

	buf_init(&text, 0);
	duration_add(&text, ms);
	copy = arena_str(arena, buf_str(&text));
	buf_release(&text);
	return copy;
}

static struct filter_value number_or_null(int64_t value, int64_t none)
{
	return value == none ? VALUE_NULL : value_number(value);
}

static struct filter_value phone_value(struct arena *arena, number_t number)
{
	char text[NUMBER_TEXT_SIZE];

	return number ? value_text(arena_str(arena, number_text(number, text))) : VALUE_NULL;
}

static struct filter_value word_value(unsigned value, const char *first, const char *second)
{
	return value ? value_text(str_from(value == 1 ? first : second)) : VALUE_NULL;
}

struct filter_value record_value(enum record_field field, struct arena *arena, const struct stored_record *row)
{
	const struct record *r = &row->record;

	switch (field) {
	case FIELD_ID:
		return value_text(r->id);
	case FIELD_VERSION:
		return value_number(r->version);
	case FIELD_CORRELATION_ID:
		return value_text(r->correlation_id);
	case FIELD_OPERATOR_ID:
		return value_text(r->operator_id);
	case FIELD_TENANT_ID:
		return value_text(r->tenant_id);
	case FIELD_USER_ID:
		return value_text(r->user_id);
	case FIELD_DIRECTION:
		return word_value(r->direction, "inbound", "outbound");
	case FIELD_CALLER:
		return phone_value(arena, r->caller);
	case FIELD_CALLEE:
		return phone_value(arena, r->callee);
	case FIELD_START:
		return number_or_null(r->start_ms, INSTANT_NONE);
	case FIELD_ANSWER:
		return number_or_null(r->answer_ms, INSTANT_NONE);
	case FIELD_END:
		return number_or_null(r->end_ms, INSTANT_NONE);
	case FIELD_DURATION:
		return r->duration_ms == DURATION_NONE ? VALUE_NULL : value_text(duration_text(arena, r->duration_ms));
	case FIELD_SIP_CODE:
		return number_or_null(r->sip_code, CODE_NONE);
	case FIELD_Q850:
		return number_or_null(r->q850_cause, CODE_NONE);
	case FIELD_RELEASED_BY:
		return word_value(r->released_by, "caller", "callee");
	case FIELD_TRUNK:
		return value_text(r->trunk);
	case FIELD_SEQUENCE:
		return number_or_null(r->sequence, -1);
	case FIELD_MEDIA:
	case FIELD_COUNT:
		break;
	}
	return VALUE_NULL;
}

/* --- where a list goes on --------------------------------------------------------------- */

/* One operator's rows follow another's where a list has those of several. */
struct str records_place_text(struct arena *arena, const struct records_place *place)
{
	return arena_printf(arena, "%lld:%.*s", (long long)place->operator_key, STR_ARG(place->id));
}

bool records_place_read(const struct link *link, struct records_place *place)
{
	struct str rest = link->place, key = str_cut(&rest, ':');
	uint64_t number;

	if (str_is_none(rest) || !str_to_u64(key, INT64_MAX, &number))
		return false;
	*place = (struct records_place){ link->position, rest, (int64_t)number };
	return true;
}

/* --- options --------------------------------------------------------------------------- */

struct options {
	int64_t top;
	bool descending, expand, filtered, count;
	struct str filter_text, select, batch_id, from, to;
	struct filter filter;
};

/* What an answer is made of. */
struct answer {
	const struct record_list *list;
	void *app;
	struct http_request *req;
	struct http_response *res;
	int64_t party; /* the operator's key, 0 for the platform */
	struct options options;
	struct party_keys parties;
	struct listing out;
	int64_t count; /* records written */
	size_t media_bytes;
};

static enum status expand_option(const struct record_list *list, const struct http_request *req, struct options *o,
				 struct error *err)
{
	struct str text;
	enum status status = http_query(req, "expand", true, &text, err);

	if (status != OK || str_is_none(text))
		return status;
	if (!list->expands_media || !str_is(text, "mediaStreams"))
		return error_set(err, E_INVALID, "$expand", "$expand: expected %s",
				 list->expands_media ? "mediaStreams" : "nothing, these records have no parts");
	o->expand = true;
	return OK;
}

/* mediaStreams among the selected expands them: they are no property of the resource's table, since they are
 * read from the store one record at a time. */
static enum status select_option(const struct record_list *list, struct http_request *req, struct options *o,
				 struct error *err)
{
	struct str text, name;
	struct buf kept;
	enum status status = http_query(req, "select", true, &text, err);

	if (status != OK)
		return status;
	o->select = text;
	if (!list->expands_media || str_is_none(text))
		return OK;
	buf_init(&kept, 0);
	for (bool first = true; text.n;) {
		name = str_trim(str_cut(&text, ','));
		if (str_is(name, "mediaStreams")) {
			o->expand = true;
			continue;
		}
		if (!first)
			buf_add_char(&kept, ',');
		buf_add_str(&kept, name);
		first = false;
	}
	o->select = arena_printf(&req->arena, "%.*s", STR_ARG(buf_str(&kept)));
	buf_release(&kept);
	return OK;
}

static enum status options_check(struct answer *a, struct error *err)
{
	struct options *o = &a->options;
	bool media_only = o->expand && !str_is_none(o->select) && o->select.n == 0;
	enum status status = media_only ? OK : resource_select_check(a->list->resource, o->select, err);

	o->filtered = !str_is_none(o->filter_text);
	a->out.select = o->select;
	if (status == OK && o->filtered)
		status = resource_filter_parse(&a->req->arena, a->list->resource, o->filter_text, &o->filter, err);
	if (status == OK && o->expand && a->out.form != LISTING_JSON)
		status = error_set(err, E_INVALID, "$expand", "mediaStreams have no CSV form; ask for application/json");
	return status;
}

/* Absent and empty are the same for all of these but the select. */
static struct str frozen(struct arena *arena, const struct options *o)
{
	return arena_printf(arena, "%lld|%d%d|%.*s|%.*s|%.*s|%zu|%.*s%s%.*s", (long long)o->top, o->descending,
			    o->expand, STR_ARG(o->batch_id), STR_ARG(o->from), STR_ARG(o->to), o->filter_text.n,
			    STR_ARG(o->filter_text), str_is_none(o->select) ? "-" : "=", STR_ARG(o->select));
}

static struct str none_if_empty(struct str s)
{
	return s.n ? s : STR_NONE;
}

static bool thaw(struct str rest, struct options *o)
{
	struct str top = str_cut(&rest, '|'), flags = str_cut(&rest, '|'), n;
	uint64_t number, filter_n;

	o->batch_id = none_if_empty(str_cut(&rest, '|'));
	o->from = none_if_empty(str_cut(&rest, '|'));
	o->to = none_if_empty(str_cut(&rest, '|'));
	n = str_cut(&rest, '|');
	if (!str_to_u64(top, RECORD_TOP_MAX, &number) || flags.n != 2 || !str_to_u64(n, rest.n, &filter_n) ||
	    rest.n < filter_n + 1)
		return false;
	o->top = (int64_t)number;
	o->descending = flags.p[0] == '1';
	o->expand = flags.p[1] == '1';
	o->filter_text = none_if_empty(str_of(rest.p, filter_n));
	rest = str_after(rest, filter_n);
	o->select = rest.p[0] == '=' ? str_after(rest, 1) : STR_NONE;
	return true;
}

static enum status options_of_link(struct answer *a, const struct link *link, struct error *err)
{
	if (!thaw(link->options, &a->options))
		return error_set(err, E_TOKEN_INVALID, NULL, "the link is of another version of this list");
	return options_check(a, err);
}

static enum status options_read(struct answer *a, struct error *err)
{
	struct options *o = &a->options;
	struct http_request *req = a->req;
	const char *order_by = a->list->resource->properties[a->list->time_property].name;
	bool ordered;
	enum status status = api_top(req, RECORD_TOP_DEFAULT, RECORD_TOP_MAX, &o->top, err);

	if (status == OK)
		status = api_orderby(req, order_by, &ordered, &o->descending, err);
	if (status == OK)
		status = expand_option(a->list, req, o, err);
	if (status == OK)
		status = listing_count(req, a->out.form, &o->count, err);
	if (status == OK)
		status = http_query(req, "filter", true, &o->filter_text, err);
	if (status == OK)
		status = select_option(a->list, req, o, err);
	if (status == OK)
		status = http_query(req, "batchId", false, &o->batch_id, err);
	if (status == OK)
		status = http_query(req, "from", false, &o->from, err);
	if (status == OK)
		status = http_query(req, "to", false, &o->to, err);
	if (status == OK)
		status = options_check(a, err);
	if (status == OK && frozen(&req->arena, o).n > LINK_OPTIONS_MAX)
		status = error_set(err, E_INVALID, "$filter", "the options together exceed %zu bytes", LINK_OPTIONS_MAX);
	return status;
}

/* --- what of them is a range of the store ---------------------------------------------------- */

static void narrow(struct records_query *q, const struct filter_term *term)
{
	int64_t from = INT64_MIN, to = INT64_MAX;

	if (term->is_null)
		return;
	if (term->op == FILTER_EQ || term->op == FILTER_GE)
		from = term->number;
	if (term->op == FILTER_GT)
		from = term->number + 1;
	if (term->op == FILTER_EQ || term->op == FILTER_LE)
		to = term->number + 1;
	if (term->op == FILTER_LT)
		to = term->number;
	if (from > q->from_ms)
		q->from_ms = from;
	if (to < q->to_ms)
		q->to_ms = to;
}

static enum status time_option(struct str text, const char *name, int64_t *ms, struct error *err)
{
	if (str_is_none(text))
		return OK;
	if (!instant_parse_or_date(text, ms) || *ms == INSTANT_NONE)
		return error_set(err, E_DATETIME, name, "%s: expected a date and time such as 2026-11-25T00:00:00Z",
				 name);
	return OK;
}

/* A batch that is not the caller's is like one that does not exist: it has no records.  A batch of the platform's
 * may hold records of several operators. */
static enum status narrow_to_batch(struct answer *a, struct records_query *q, struct error *err)
{
	char guid[GUID_TEXT_SIZE];
	struct batch_row batch;
	int64_t from_ms = 0, to_ms = 0;
	enum status status;

	if (str_is_none(a->options.batch_id))
		return OK;
	status = guid_parse(a->options.batch_id, guid) ? batches_find(api_exchange(a->app), &a->req->arena, a->party,
								      q->kind, str_from(guid), &batch, err)
						       : E_NOT_FOUND;
	if (status == OK) {
		batch_span(&batch, &from_ms, &to_ms);
		q->batch = records_batch_key(batch.id);
	} else if (status != E_NOT_FOUND) {
		return status;
	}
	if (from_ms > q->from_ms)
		q->from_ms = from_ms;
	if (to_ms < q->to_ms)
		q->to_ms = to_ms;
	return OK;
}

/* "operatorId eq '...'" makes of the platform's list one operator's. */
static enum status narrow_to_operator(struct answer *a, const struct filter_term *term, struct records_query *q,
				      struct error *err)
{
	struct str canonical;
	enum status status;
	int64_t key;

	if (a->party || term->op != FILTER_EQ || term->is_null)
		return OK;
	status = party_key_of(&a->parties, PARTY_OPERATOR, term->text, &key, &canonical, err);
	if (status != OK)
		return status;
	if (key)
		q->operator_key = key;
	else
		q->to_ms = q->from_ms;
	return OK;
}

static enum status query_of(struct answer *a, struct records_query *q, struct error *err)
{
	const struct options *o = &a->options;
	enum status status;

	*q = (struct records_query){
		.operator_key = a->party,
		.kind = a->list->kind,
		.from_ms = INT64_MIN,
		.to_ms = INT64_MAX,
		.after = RECORDS_START,
		.limit = o->filtered ? RECORD_TOP_MAX : (size_t)o->top,
		.flags = o->descending ? RECORDS_DESCENDING : 0,
	};
	status = time_option(o->from, "from", &q->from_ms, err);
	if (status == OK)
		status = time_option(o->to, "to", &q->to_ms, err);
	for (size_t i = 0; status == OK && i < o->filter.count; i++) {
		const struct filter_term *term = &o->filter.terms[i];

		if ((size_t)term->property == a->list->time_property)
			narrow(q, term);
		else if ((size_t)term->property == a->list->operator_property)
			status = narrow_to_operator(a, term, q, err);
	}
	return status == OK ? narrow_to_batch(a, q, err) : status;
}

/* --- writing ------------------------------------------------------------------------------------ */

static enum status write_media(struct answer *a, const struct stored_record *row, struct error *err)
{
	struct stored_record whole = *row;
	size_t before = a->res->body.n;
	enum status status = read_records_media(api_exchange(a->app), &a->req->arena, &whole, err);

	if (status != OK)
		return status;
	json_key(&a->out.w, "mediaStreams");
	status = media_streams_write(&a->out.w, whole.record.media_streams, err);
	a->media_bytes += a->res->body.n - before;
	return status;
}

static enum status write_row(struct answer *a, struct arena *arena, const struct stored_record *row, struct error *err)
{
	enum status status;

	a->count++;
	if (!a->options.expand) {
		listing_row(&a->out, arena, row);
		return OK;
	}
	json_object_begin(&a->out.w);
	resource_write_members(&a->out.w, arena, a->list->resource, row, a->options.select);
	status = write_media(a, row, err);
	json_object_end(&a->out.w);
	return status;
}

static struct link link_of(struct answer *a, enum link_kind kind, enum link_feed feed, int64_t position,
			   struct str place)
{
	return (struct link){
		.kind = kind,
		.feed = feed,
		.party = a->party,
		.position = position,
		.place = place,
		.options = frozen(&a->req->arena, &a->options),
	};
}

static void answer_init(struct answer *a, const struct record_list *list, void *app, struct http_request *req,
			struct http_response *res)
{
	*a = (struct answer){
		.list = list, .app = app, .req = req, .res = res, .party = api_caller(req)->operator_key
	};
	a->out = (struct listing){ app, req, res, LISTING_JSON, list->resource, STR_NONE };
	a->options = (struct options){ .filter_text = STR_NONE, .select = STR_NONE };
	party_keys_init(&a->parties, api_exchange(app));
}

/* --- lists ------------------------------------------------------------------------------------------ */

/* Writes rows from the page on; *last is the last one looked at.  True when the answer is full. */
static enum status write_page(struct answer *a, const struct records_view *view, struct arena *arena,
			      const struct stored_record **last, bool *full, struct error *err)
{
	const struct options *o = &a->options;
	enum status status = OK;

	for (size_t i = 0; status == OK && i < view->count; i++) {
		*full = a->count == o->top || a->media_bytes >= RECORD_MEDIA_BYTES_MAX;
		if (*full)
			return OK;
		*last = &view->rows[i];
		if (!o->filtered || resource_matches(arena, a->list->resource, *last, &o->filter))
			status = write_row(a, arena, *last, err);
	}
	return status;
}

/* Rows go into memory that is given back between runs; only the place outlives them.  *next: q leads on. */
static enum status write_rows(struct answer *a, struct records_query *q, bool *next, struct error *err)
{
	struct records_view view = { .more = true };
	bool full = false, placed = false;
	size_t scanned = 0;
	enum status status = OK;
	struct arena arena;

	arena_init(&arena);
	while (status == OK && view.more && !full && scanned < RECORD_SCAN_ROWS_MAX) {
		const struct stored_record *last = NULL;

		arena_clear(&arena);
		status = read_records_page(api_exchange(a->app), &arena, &a->parties, q, &view, err);
		if (status == OK)
			status = write_page(a, &view, &arena, &last, &full, err);
		scanned += view.count;
		if (status == OK && last) {
			q->after = (struct records_place){ last->filed_ms, arena_str(&a->req->arena, last->record.id),
							   last->operator_key };
			placed = true;
		}
		if (status == OK && view.count == 0)
			break;
		full = full || (view.more && a->count == a->options.top);
	}
	if (status == OK && view.count == 0)
		view.more = false;
	*next = placed && (full || view.more);
	arena_release(&arena);
	return status;
}

static enum status count_rows(struct answer *a, const struct records_query *query, int64_t *total, struct error *err)
{
	struct records_view view = { .more = true };
	struct records_query q = *query;
	struct arena arenas[2]; /* the place of one page lives while the next is read */
	enum status status = OK;

	q.limit = RECORD_SCAN_ROWS_MAX;
	arena_init(&arenas[0]);
	arena_init(&arenas[1]);
	*total = 0;
	for (int turn = 0; status == OK && view.more; turn = !turn) {
		arena_clear(&arenas[turn]);
		status = read_records_page(api_exchange(a->app), &arenas[turn], &a->parties, &q, &view, err);
		if (status != OK || view.count == 0)
			break;
		for (size_t i = 0; i < view.count; i++)
			*total += !a->options.filtered ||
				  resource_matches(&arenas[turn], a->list->resource, &view.rows[i], &a->options.filter);
		q.after =
			(struct records_place){ view.rows[view.count - 1].filed_ms, view.rows[view.count - 1].record.id,
						view.rows[view.count - 1].operator_key };
	}
	arena_release(&arenas[0]);
	arena_release(&arenas[1]);
	return status;
}

static enum status list_begin(struct answer *a, struct records_query *q, struct error *err)
{
	struct link link;
	bool resumed = false;
	enum status status = listing_form(a->req, a->res, &a->out.form, err);

	if (status == OK)
		status = api_link_open(a->app, a->req, a->res, a->list->feed, a->party, &link, &resumed, err);
	if (status == OK)
		status = resumed ? options_of_link(a, &link, err) : options_read(a, err);
	if (status == OK)
		api_prefer(a->req, a->res, &a->options.top);
	if (status == OK)
		status = query_of(a, q, err);
	if (status == OK && resumed && !records_place_read(&link, &q->after))
		status = error_set(err, E_TOKEN_INVALID, NULL, "the link is of another version of this list");
	return status;
}

enum status record_list_answer(const struct record_list *list, void *app, struct http_request *req,
			       struct http_response *res, struct error *err)
{
	struct records_query q;
	struct link link;
	struct answer a;
	int64_t total = -1;
	bool next = false;
	enum status status;

	answer_init(&a, list, app, req, res);
	status = list_begin(&a, &q, err);
	if (status == OK && a.options.count)
		status = count_rows(&a, &q, &total, err);
	if (status == OK) {
		listing_begin(&a.out, NULL, total);
		status = write_rows(&a, &q, &next, err);
	}
	if (status == OK)
		status = api_audit(app, req, 200, STR(""), 0, a.count, err);
	if (status == OK) {
		link = link_of(&a, LINK_NEXT, list->feed, q.after.filed_ms, records_place_text(&req->arena, &q.after));
		listing_end(&a.out, next ? &link : NULL);
	}
	party_keys_release(&a.parties);
	return status;
}

/* operatorId makes of the platform's look-up one operator's. */
static enum status operator_option(struct answer *a, int64_t *operator_key, struct error *err)
{
	struct str text, canonical;
	enum status status = http_query(a->req, "operatorId", false, &text, err);

	*operator_key = a->party;
	if (status != OK || a->party || str_is_none(text))
		return status;
	status = party_key_of(&a->parties, PARTY_OPERATOR, text, operator_key, &canonical, err);
	if (status == OK && *operator_key == 0)
		status = error_set(err, E_NOT_FOUND, NULL, "there is no such operator");
	return status;
}

enum status record_list_one(const struct record_list *list, void *app, struct http_request *req,
			    struct http_response *res, struct error *err)
{
	struct stored_record row;
	int64_t operator_key;
	struct answer a;
	enum status status;

	answer_init(&a, list, app, req, res);
	status = expand_option(list, req, &a.options, err);
	if (status == OK)
		status = operator_option(&a, &operator_key, err);
	if (status == OK)
		status = select_option(list, req, &a.options, err);
	if (status == OK)
		status = options_check(&a, err);
	if (status == OK)
		status = read_records_one(api_exchange(app), &req->arena, &a.parties, operator_key, list->kind,
					  req->params[0], &row, err);
	if (status == OK) {
		api_json_begin(res, 200, &a.out.w);
		status = write_row(&a, &req->arena, &row, err);
	}
	if (status == OK)
		status = api_audit(app, req, 200, row.record.id, 0, 1, err);
	party_keys_release(&a.parties);
	return status;
}

/* --- the feed ------------------------------------------------------------------------------------------ */

/* Writes what fits; *position is then behind the last record written. */
static enum status write_feed(struct answer *a, const struct records_view *view, int64_t *position, bool *more,
			      struct error *err)
{
	enum status status = OK;

	listing_begin(&a->out, NULL, -1);
	*more = view->more;
	for (size_t i = 0; status == OK && i < view->count; i++) {
		if (a->media_bytes >= RECORD_MEDIA_BYTES_MAX) {
			*position = view->rows[i - 1].position;
			*more = true;
			break;
		}
		status = write_row(a, &a->req->arena, &view->rows[i], err);
	}
	return status;
}

static enum status feed_begin(struct answer *a, int64_t *position, bool *latest, struct error *err)
{
	struct str token;
	struct link link;
	bool resumed;
	enum status status = listing_form(a->req, a->res, &a->out.form, err);

	if (status == OK)
		status = api_link_open(a->app, a->req, a->res, LINK_CALL_RECORDS_DELTA, a->party, &link, &resumed, err);
	*latest = false;
	*position = 0;
	if (status != OK)
		return status;
	if (resumed) {
		*position = link.position;
		return options_of_link(a, &link, err);
	}
	status = http_query(a->req, "deltatoken", true, &token, err);
	*latest = status == OK && str_is(token, "latest");
	return status == OK ? options_read(a, err) : status;
}

static enum status feed_page(struct answer *a, struct error *err)
{
	struct exchange *x = api_exchange(a->app);
	struct records_view view = { .count = 0 };
	struct link link;
	int64_t position;
	bool latest, more;
	enum status status = feed_begin(a, &position, &latest, err);

	if (status != OK)
		return status;
	api_prefer(a->req, a->res, &a->options.top);
	if (latest)
		status = call_feed_head(x, a->party, &position, err);
	else
		status = call_feed_read(x, &a->req->arena, &a->parties, a->party, (size_t)a->options.top, &position,
					&view, err);
	if (status == E_GONE)
		api_name_fresh_start(a->req, a->res);
	if (status == OK)
		status = write_feed(a, &view, &position, &more, err);
	if (status != OK)
		return status;
	link = link_of(a, more ? LINK_NEXT : LINK_DELTA, LINK_CALL_RECORDS_DELTA, position, STR_NONE);
	listing_end(&a->out, &link);
	return api_audit(a->app, a->req, 200, STR(""), 0, a->count, err);
}

enum status record_feed_answer(const struct record_list *list, void *app, struct http_request *req,
			       struct http_response *res, struct error *err)
{
	struct answer a;
	enum status status;

	answer_init(&a, list, app, req, res);
	status = feed_page(&a, err);
	party_keys_release(&a.parties);
	return status;
}
