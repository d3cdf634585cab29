/* api/list.h - how every list and feed of resources is answered.
 *
 * A list is described by a struct list: its resource, its limits, and how rows
 * past a place are fetched in order.  From it come $top, $skip, $filter,
 * $orderby, $select and $count, pages and their next links.  All options are
 * frozen into the link; those that stand beside it are not read again.
 *
 * A filter is judged row by row.  A page that has looked at SCAN_ROWS_MAX rows
 * ends there, perhaps empty, with a next link: an answer's cost is bounded. */
#ifndef API_LIST_H
#define API_LIST_H

#include "api/api.h"
#include "api/resource.h"
#include "exchange/fields.h"

/* The query options of a list, for the route table. */
#define LIST_OPTIONS "$top,$filter,$select,$count,$orderby,$skiptoken"
#define FEED_OPTIONS "$top,$select,$skiptoken,$deltatoken"

/* Where a page ends.  The first starts at {0, none}, descending at {INT64_MAX, none}. */
struct list_place {
	int64_t position;
	struct str place;
};

/* Whose rows: the caller's own, or what an "operatorId eq" or "tenantId eq" of $filter leaves of everyone's.
 * A key is 0 where it bounds nothing. */
struct list_scope {
	int64_t operator_key, tenant_key;
	bool nobody;             /* the filter names a party that there is not: no rows */
};

struct list_call {
	void *app;
	struct http_request *req;
	struct http_response *res;
	int64_t party;           /* whose list, 0: everyone's; goes into the link, and a foreign link is refused */
	struct list_scope scope;
	bool ordered;            /* by what $orderby names; else in the list's own order */
	bool descending;
	void *context;           /* the handler's own */
};

/* A list of what is the caller's own: an operator's, a tenant's; of the platform's everyone's. */
struct list_call list_call_of(void *app, struct http_request *req, struct http_response *res);

/* An array of structs. */
struct list_rows {
	const void *first;
	size_t size;
	size_t count;
};

static inline const void *list_row(const struct list_rows *rows, size_t index)
{
	return (const char *)rows->first + index * rows->size;
}

struct list {
	const struct resource *resource;
	enum link_feed feed;
	int64_t top_default, top_max;
	const char *order_by;        /* the property that $orderby may name, asc or desc; NULL: none */
	bool descends;               /* unless $orderby says otherwise */
	bool may_skip;
	const char *context;         /* behind "$metadata#" of "@odata.context"; NULL: none */
	enum status (*fetch)(const struct list_call *call, struct arena *arena, const struct list_place *after,
			     int64_t max, struct list_rows *rows, struct error *err);
	void (*place)(const struct list *list, struct arena *arena, const void *row, struct list_place *place);
	/* How many there are in all, quicker than by going through; may be NULL. */
	enum status (*total)(const struct list_call *call, int64_t *total, struct error *err);
};

enum status list_answer(const struct list *list, const struct list_call *call, struct error *err);

/* A feed is read forward from a place; the last page has a delta link instead of a next link. */
struct feed {
	const struct resource *resource;
	enum link_feed feed;
	int64_t top_default, top_max;
	/* The beginning, or where it ends now. */
	enum status (*start)(const struct list_call *call, bool latest, struct list_place *place, struct error *err);
	/* Up to max rows past *place, which moves behind the last of them. */
	enum status (*read)(const struct list_call *call, int64_t max, struct list_place *place, struct list_rows *rows,
			    bool *more, struct error *err);
	/* Whether the row says that something is gone; NULL: none does. */
	bool (*removed)(const void *row);
	const char *removed_select;  /* what is still shown of it */
};

enum status feed_answer(const struct feed *feed, const struct list_call *call, struct error *err);

/* One resource as the whole answer, to GET what $select names of it, with its audit entry.  id: for the entry; number: a number_t or 0. */
enum status resource_answer(void *app, struct http_request *req, struct http_response *res,
			    const struct resource *resource, const void *row, int status, struct str id,
			    uint64_t number, struct error *err);

/* The GUID in the path's parameter, in lower case; E_NOT_FOUND "there is no such <noun>" for anything else. */
enum status path_guid(struct http_request *req, size_t index, const char *noun, struct str *id, struct error *err);

/* Members of a body into a struct by its table (exchange/fields.h).  change: null
 * clears, and a body without any of the members is E_INVALID. */
enum status body_fields(const struct json *body, const struct field *fields, size_t count, bool change, void *input,
			struct error *err);

#endif
