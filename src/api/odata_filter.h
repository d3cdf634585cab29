/* api/odata_filter.h - the part of OData's $filter that lists understand.
 *
 *     filter     = comparison *( " and " comparison )
 *     comparison = property op literal | property "/any(" v ":" v " eq " literal ")"
 *     op         = eq ne lt le gt ge
 *     literal    = 'text, quotes doubled' | true | false | null | number | date-time
 *
 * Names are checked against the list's own properties; anything else is
 * E_INVALID that says what was found and what is allowed. */
#ifndef API_ODATA_FILTER_H
#define API_ODATA_FILTER_H

#include "base/arena.h"
#include "base/error.h"

enum filter_type { FILTER_TEXT, FILTER_NUMBER, FILTER_BOOL, FILTER_INSTANT, FILTER_TEXT_LIST };
enum filter_op { FILTER_EQ, FILTER_NE, FILTER_LT, FILTER_LE, FILTER_GT, FILTER_GE, FILTER_ANY_EQ };

struct filter_property {
	const char *name;
	enum filter_type type;
};

struct filter_term {
	int property;          /* index into the list's properties */
	enum filter_op op;
	bool is_null;
	struct str text;       /* FILTER_TEXT, FILTER_TEXT_LIST */
	int64_t number;        /* FILTER_NUMBER, FILTER_BOOL (0, 1), FILTER_INSTANT (ms) */
};

struct filter {
	const struct filter_term *terms;
	size_t count;
};

enum status filter_parse(struct arena *arena, struct str text, const struct filter_property *properties, size_t count,
			 struct filter *filter, struct error *err);

/* What a row has for a property: absent values have is_null. TEXT_LIST: comma-separated text. */
struct filter_value {
	bool is_null;
	struct str text;
	int64_t number;
};

bool filter_term_matches(const struct filter_term *term, enum filter_type type, struct filter_value value);

#endif
