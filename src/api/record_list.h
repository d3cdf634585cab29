/* api/record_list.h - lists, single ones and the feed of call and duration records.
 *
 * Unlike other lists (api/list.h) these may be of any size: what $filter says of
 * the record's own time, its operator and its batch becomes a range of the store,
 * only the rest is judged row by row.  An answer ends at $top rows, after
 * RECORD_SCAN_ROWS_MAX rows looked at, or when its media streams fill
 * RECORD_MEDIA_BYTES_MAX; then a next link leads on.  $count=true counts on the
 * first page, which goes through all that the range holds. */
#ifndef API_RECORD_LIST_H
#define API_RECORD_LIST_H

#include "api/api.h"
#include "api/resource.h"
#include "exchange/read_records.h"

#define RECORD_LIST_OPTIONS "$top,$filter,$select,$orderby,$expand,$count,batchId,from,to,$skiptoken"
#define RECORD_FEED_OPTIONS "$top,$select,$expand,$skiptoken,$deltatoken"

#define RECORD_TOP_DEFAULT 500
#define RECORD_TOP_MAX 1000
#define RECORD_SCAN_ROWS_MAX 20000
#define RECORD_MEDIA_BYTES_MAX ((size_t)8 * 1024 * 1024)

struct record_list {
	enum record_kind kind;
	const struct resource *resource;   /* rows are struct stored_record */
	size_t time_property;              /* index of what the list is ordered by */
	size_t operator_property;          /* index of operatorId */
	enum link_feed feed;
	bool expands_media;                /* $expand=mediaStreams */
};

/* An operator gets its own, the platform everyone's. */
enum status record_list_answer(const struct record_list *list, void *app, struct http_request *req,
			       struct http_response *res, struct error *err);
#define RECORD_OPTIONS_OF_ANY "$select,operatorId"

/* The id is the path's first parameter; ids are an operator's own, so the platform may say whose with operatorId,
 * else the first operator that has it is answered for. */
enum status record_list_one(const struct record_list *list, void *app, struct http_request *req,
			    struct http_response *res, struct error *err);
/* The operator's call records in the order of their coming. */
enum status record_feed_answer(const struct record_list *list, void *app, struct http_request *req,
			       struct http_response *res, struct error *err);

/* A place in a link beside its position, which is the row's own time. */
struct str records_place_text(struct arena *arena, const struct records_place *place);
bool records_place_read(const struct link *link, struct records_place *place);

/* What records have in common, for a resource's value function. */
struct str duration_text(struct arena *arena, int64_t ms); /* seconds, as JSON */
struct filter_value record_value(enum record_field field, struct arena *arena, const struct stored_record *row);

#endif
