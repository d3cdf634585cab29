/* api/listing.h - a page of a list as it is sent: JSON, or CSV where the request prefers that.
 *
 * CSV has two forms that are never mixed: "text/csv" is for machines, as the
 * records and columns are; "text/csv;profile=spreadsheet" is for spreadsheets
 * (csv_write_sheet_cell()).  Both have a header line, LF behind each line, and
 * the next link in "Link". */
#ifndef API_LISTING_H
#define API_LISTING_H

#include "api/api.h"
#include "api/resource.h"

enum listing_form { LISTING_JSON, LISTING_CSV, LISTING_SPREADSHEET };

struct listing {
	void *app;
	struct http_request *req;
	struct http_response *res;
	enum listing_form form;
	const struct resource *resource;
	struct str select;
	struct json_writer w;              /* JSON: who writes a row's object alone begins and ends it here */
	struct resource_columns columns;   /* CSV */
};

/* What the request prefers of what its route answers with; E_NOT_ACCEPTABLE. */
enum status listing_form(const struct http_request *req, struct http_response *res, enum listing_form *form,
			 struct error *err);

/* $count, for which CSV has no place: E_INVALID. */
enum status listing_count(const struct http_request *req, enum listing_form form, bool *count, struct error *err);

/* The fields down to select are set.  context: behind "$metadata#" of "@odata.context", NULL: none; count:
 * "@odata.count", negative: none. */
void listing_begin(struct listing *listing, const char *context, int64_t count);
void listing_row(struct listing *listing, struct arena *arena, const void *row);
/* link: where it goes on, NULL: nowhere. */
void listing_end(struct listing *listing, const struct link *link);

#endif
