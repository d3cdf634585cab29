/* formats/json_rows.h - a stream of JSON texts, cut into the objects that are its rows.
 *
 * Texts may follow one another with anything blank or a comma between them: NDJSON, files put together, one JSON array
 * or several.  A row is an object at the top, an element of an array at the top, or, of an object that is a page of
 * rows, an element of its member named `list`; the rest of a page is passed over.  Rows are cut by their brackets;
 * whether they are JSON is judged by who reads them.  Memory is bounded by bytes_max, the length of a row.
 *
 * No string goes over a line end, and an object that begins a line where one at the top is not closed was cut off
 * there: what was torn is handed out as a row, and reading goes on. */
#ifndef FORMATS_JSON_ROWS_H
#define FORMATS_JSON_ROWS_H

#include "formats/carry.h"
#include "formats/record_reader.h"

enum json_row_fault {
	JSON_ROW_FINE,
	JSON_ROW_TOO_LONG,
	JSON_ROW_NONE, /* what stands between rows is no JSON; said once for a line */
};

/* text is none unless FINE; behind it CARRY_PADDING bytes can be read.  Anything but OK becomes the result. */
typedef enum status json_rows_sink(void *context, struct str text, enum json_row_fault fault, struct record_place place,
				   struct error *err);

struct json_rows {
	const char *list; /* NULL: there are no pages */
	json_rows_sink *sink;
	void *context;
	struct carry carry;
	struct record_place at;  /* of the next byte */
	struct record_place row; /* where the row at hand begins */
	unsigned depth;          /* open brackets */
	unsigned rows_depth;     /* at which rows begin: 0, 1 in an array, 2 in a page; above: in the rest of a page */
	bool in_row, in_string, escaped, line_begins;
	size_t key;          /* bytes of `list` that the last string at depth 1 agrees with; SIZE_MAX: it does not */
	uint64_t complained; /* the last line of which was said that it is no JSON */
};

void json_rows_init(struct json_rows *r, size_t bytes_max, const char *list, json_rows_sink *sink, void *context);
enum status json_rows_push(struct json_rows *r, struct str bytes, struct error *err);
enum status json_rows_finish(struct json_rows *r, struct error *err); /* E_TRUNCATED where something is not closed */
void json_rows_release(struct json_rows *r);

#endif
