/* formats/import_mixed.h - sources of which a file is either a table or lines of a log: the first line that is not
 * blank tells. */
#ifndef FORMATS_IMPORT_MIXED_H
#define FORMATS_IMPORT_MIXED_H

#include "formats/carry.h"
#include "formats/import_table.h"

struct import_mixed;

struct import_mixed_type {
	const struct import_table_type *table;
	bool (*is_table)(struct str first_line);
	/* context is the importer; line.text is there and not blank; whether it is UTF-8 is not known. */
	lines_sink *read_line;
	void (*end)(struct import_mixed *mixed); /* what the importer has besides; NULL: nothing */
};

/* An importer's struct begins with it. */
struct import_mixed {
	struct import_source source;
	const struct import_mixed_type *type;
	enum { IMPORT_UNSETTLED, IMPORT_IS_TABLE, IMPORT_IS_LINES } shape;
	struct buf head; /* until that is known */
	struct import_table table;
	struct lines lines;
};

/* As source_new(). */
void *import_mixed_new(size_t size, const struct import_mixed_type *type, const struct import_options *options,
		       const struct record_sink *sink, struct error *err);

static inline struct record_place import_line_place(uint64_t line)
{
	return (struct record_place){ line, -1, 1 };
}

#endif
