/* api/resource.h - the properties of a resource as one table.
 *
 * From the table come the JSON, the CSV, what $select may name, and what $filter
 * may compare; a resource gives one function that says what a row has for each. */
#ifndef API_RESOURCE_H
#define API_RESOURCE_H

#include "api/odata_filter.h"
#include "formats/csv.h"
#include "formats/json.h"

enum property_kind {
	PROPERTY_TEXT,
	PROPERTY_NUMBER,
	PROPERTY_BOOL,
	PROPERTY_INSTANT,
	PROPERTY_WORDS,     /* "a,b" here, ["a","b"] in JSON, a+b in CSV */
	PROPERTY_JSON,      /* text that is JSON already; no filter */
};

struct property {
	const char *name;
	enum property_kind kind;
	bool no_filter;
	const char *members; /* of an object in JSON, comma-separated, its columns in CSV; NULL: one column */
};

struct resource {
	const struct property *properties;
	size_t count;
	/* What the row has for properties[index]; text may be made in the arena. */
	struct filter_value (*value)(const struct resource *resource, struct arena *arena, const void *row,
				     size_t index);
	const void *context;    /* for value */
};

static inline struct filter_value value_text(struct str text)
{
	return (struct filter_value){ .is_null = str_is_none(text), .text = text };
}

static inline struct filter_value value_number(int64_t number)
{
	return (struct filter_value){ .number = number };
}

#define VALUE_NULL ((struct filter_value){ .is_null = true })

/* The resource's members, without the braces; select: comma-separated names, "*" or none for all. */
void resource_write_members(struct json_writer *w, struct arena *arena, const struct resource *resource,
			    const void *row, struct str select);
/* The same as an object. */
void resource_write(struct json_writer *w, struct arena *arena, const struct resource *resource, const void *row,
		    struct str select);

/* The properties that are shown as columns, in the order in which select names them. */
struct resource_columns {
	const size_t *properties;
	size_t count;
};

struct resource_columns resource_columns(struct arena *arena, const struct resource *resource, struct str select);

/* Lines of CSV.  What is absent is an empty cell; a member is "property.member". */
void resource_write_csv_header(struct buf *out, const struct resource *resource,
			       const struct resource_columns *columns);
void resource_write_csv(struct buf *out, struct arena *arena, const struct resource *resource, const void *row,
			const struct resource_columns *columns, csv_cell_writer *write_cell);

enum status resource_select_check(const struct resource *resource, struct str select, struct error *err);

/* filter_parse() with the properties that may be filtered by; terms name indexes of the table. */
enum status resource_filter_parse(struct arena *arena, const struct resource *resource, struct str text,
				  struct filter *filter, struct error *err);
bool resource_matches(struct arena *arena, const struct resource *resource, const void *row,
		      const struct filter *filter);

#endif
