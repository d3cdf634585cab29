/* formats/import_table.h - sources that are tables: what stands in their columns, row by row.
 *
 * A column is known by its name in the header, or where a format has none by its position.  Tables are read like those
 * of spreadsheets (csv_be_lenient()).  A header that comes again is passed over. */
#ifndef FORMATS_IMPORT_TABLE_H
#define FORMATS_IMPORT_TABLE_H

#include "formats/csv.h"
#include "formats/import_source.h"

/* A value that a header must name, and how messages call it. */
struct import_need {
	unsigned value; /* IMPORT_NO_VALUE ends a list of them */
	const char *name;
};

struct import_table_type {
	const char *what; /* for messages: "the CSV", "a PSTN usage report" */
	const struct import_name *names;
	const struct import_need *needed;

	/* For formats that need no header, else NULL: the values of a row by position.  NULL: it is no such row. */
	const unsigned *(*layout)(const struct csv_row *row);
	const char *layouts; /* for messages: "16 to 21 cells" */

	/* Cells are quoted, quotes within them are not doubled, and a row is a line. */
	bool has_bare_quotes;

	/* Fills the record at hand; values that the row lacks are none.  False: the row tells of no call. */
	bool (*read)(struct import_source *s, const struct str *values);
};

struct import_table {
	struct import_source *source;
	const struct import_table_type *type;
	struct csv *csv;
	size_t mark; /* bytes of a byte order mark that were met */
	bool is_begun, has_header;
	size_t columns;                  /* of the header */
	unsigned values[CSV_CELLS_MAX];  /* by column of the header */
	struct buf header;               /* as it stands */
	struct str cells[CSV_CELLS_MAX]; /* of a row with bare quotes */
};

void import_table_init(struct import_table *t, struct import_source *source, const struct import_table_type *type);
enum status import_table_push(struct import_table *t, struct str bytes, struct error *err);
enum status import_table_finish(struct import_table *t, struct error *err);
void import_table_release(struct import_table *t);
struct record_reader_counts import_table_counts(const struct import_table *t); /* the source's, and those of lines */

/* Whether the first line names all that is needed, or is such a row. */
bool import_table_recognise(const struct import_table_type *type, struct str head);

/* An importer of nothing but such tables. */
enum status import_table_begin(struct import_reader **reader, const struct import_table_type *type,
			       const struct import_options *options, const struct record_sink *sink, struct error *err);

#endif
