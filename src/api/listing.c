#include "api/listing.h"

#include "http/accept.h"

/* By enum listing_form. */
static const struct http_offer offers[] = {
	{ "application/json", NULL },
	{ "text/csv", NULL },
	{ "text/csv", "spreadsheet" },
};

static const char *const content_types[] = {
	NULL,
	"text/csv; charset=utf-8",
	"text/csv; charset=utf-8; profile=\"spreadsheet\"",
};

enum status listing_form(const struct http_request *req, struct http_response *res, enum listing_form *form,
			 struct error *err)
{
	const struct api_route *route = req->route->tag;
	size_t count = route->as_csv ? sizeof(offers) / sizeof(offers[0]) : 1;
	size_t found = http_accept(http_header(req, "Accept"), offers, count);

	if (route->as_csv)
		http_set_header(res, "Vary", STR("Accept"));
	if (found == HTTP_ACCEPT_NONE)
		return error_set(err, E_NOT_ACCEPTABLE, "Accept", "this route answers with application/json%s",
				 route->as_csv ? ", text/csv or text/csv;profile=spreadsheet" : " only");
	*form = (enum listing_form)found;
	return OK;
}

enum status listing_count(const struct http_request *req, enum listing_form form, bool *count, struct error *err)
{
	enum status status = api_count(req, count, err);

	if (status == OK && *count && form != LISTING_JSON)
		return error_set(err, E_INVALID, "$count", "$count: CSV has no place for it; ask for application/json");
	return status;
}

static void csv_begin(struct listing *l)
{
	struct buf *out = &l->res->body;

	buf_clear(out);
	l->res->status = 200;
	l->res->content_type = content_types[l->form];
	l->columns = resource_columns(&l->req->arena, l->resource, l->select);
	if (l->form == LISTING_SPREADSHEET)
		buf_add_str(out, STR(CSV_SHEET_MARK));
	resource_write_csv_header(out, l->resource, &l->columns);
}

void listing_begin(struct listing *l, const char *context, int64_t count)
{
	if (l->form != LISTING_JSON) {
		csv_begin(l);
		return;
	}
	api_json_begin(l->res, 200, &l->w);
	json_object_begin(&l->w);
	if (context)
		json_member_str(&l->w, "@odata.context",
				arena_printf(&l->req->arena, "%.*s/v1.0/$metadata#%s", STR_ARG(api_base_url(l->req)),
					     context));
	if (count >= 0)
		json_member_i64(&l->w, "@odata.count", count);
	json_key(&l->w, "value");
	json_array_begin(&l->w);
}

void listing_row(struct listing *l, struct arena *arena, const void *row)
{
	if (l->form == LISTING_JSON)
		resource_write(&l->w, arena, l->resource, row, l->select);
	else
		resource_write_csv(&l->res->body, arena, l->resource, row, &l->columns,
				   l->form == LISTING_CSV ? csv_write_cell : csv_write_sheet_cell);
}

/* What a browser calls the file: as the list is called. */
static struct str file_name(const struct http_request *req)
{
	struct str name = str_from(req->route->pattern);

	while (str_find_char(name, '/') < name.n)
		name = str_after(name, str_find_char(name, '/') + 1);
	return str_cut(&name, '(');
}

/* At the end, since a failure before it must not be saved as a file. */
static void csv_end(struct listing *l, const struct link *link)
{
	struct str name = file_name(l->req), url;

	http_set_header(l->res, "Content-Disposition",
			arena_printf(&l->req->arena, "attachment; filename=\"%.*s.csv\"", STR_ARG(name)));
	if (!link)
		return;
	url = api_link_url(l->app, l->req, *link);
	http_set_header(l->res, "Link", arena_printf(&l->req->arena, "<%.*s>; rel=\"next\"", STR_ARG(url)));
}

void listing_end(struct listing *l, const struct link *link)
{
	if (l->form != LISTING_JSON) {
		csv_end(l, link);
		return;
	}
	json_array_end(&l->w);
	if (link)
		api_link_write(l->app, l->req, &l->w, *link);
	json_object_end(&l->w);
}
