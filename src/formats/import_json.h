/* formats/import_json.h - sources whose rows are JSON objects (json_rows.h).
 *
 * A value is known by the names of the members that lead to it, divided by "/"; arrays on the way count for nothing.
 * Texts, numbers, true and false are values as they are written, null is none.  An object in an array that is met
 * first counts. */
#ifndef FORMATS_IMPORT_JSON_H
#define FORMATS_IMPORT_JSON_H

#include "formats/import_source.h"

struct import_json_type {
	const char *list; /* as json_rows_init() */
	const struct import_name *names;

	/* As import_table_type.read. */
	bool (*read)(struct import_source *s, const struct str *values);
};

/* An importer of nothing but such rows. */
enum status import_json_begin(struct import_reader **reader, const struct import_json_type *type,
			      const struct import_options *options, const struct record_sink *sink, struct error *err);

#endif
