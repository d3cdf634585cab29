/* formats/import_source.h - what the importers share: the record at hand, its faults, and how sources write values.
 *
 * An importer's struct begins with a struct import_source.  For each row of its source it begins a record, sets what
 * the row says, and ends it: the record goes to the sink, or is rejected with the first of its faults.
 *
 * "Nothing" may be written as an empty text, NULL, \N, 0, or as one of the dates that databases have for it. */
#ifndef FORMATS_IMPORT_SOURCE_H
#define FORMATS_IMPORT_SOURCE_H

#include "base/arena.h"
#include "base/zone.h"
#include "formats/import.h"

#define IMPORT_BYTES_MAX ((size_t)1 << 20) /* of a row, where the options say nothing */

struct import_source {
	struct import_reader base;
	enum record_kind kind;
	bool start_is_answer;
	size_t bytes_max; /* of a row */
	struct record_sink sink;
	struct record_reader_counts counts;
	struct zone *zone; /* NULL: times without offset are rejected */

	struct record_place place; /* of tables: of the row at hand */
	struct record record;
	enum status status; /* the first fault of the record at hand */
	struct error fault;
	struct arena texts; /* that belong to it */
};

/* An importer of the given size, zeroed but for its source.  NULL and *err when there is no such zone. */
void *source_new(size_t size, const struct import_reader_type *type, const struct import_options *options,
		 const struct record_sink *sink, struct error *err);
void source_free(struct import_source *s); /* with the importer that begins with it */

void source_begin_record(struct import_source *s);

/* Completes the record and hands it out.  Without an id it gets one that is the same however often it is exported:
 * correlation id and second, since phones use one Call-ID for several calls; else a digest of the content. */
enum status source_end_record(struct import_source *s, struct record_place place, struct error *err);

/* An id of two parts, where the source's own is shared by several records of one call; a record that has one keeps it.
 */
void source_set_id(struct import_source *s, struct str shared, struct str own);

/* Of the record so far, and of a row as it is written: eight digits beside something that is shared, or all. */
struct str source_record_digits(struct import_source *s);
struct str source_row_digits(struct import_source *s, const struct str *values, size_t n, bool is_shared);

/* Instead of a record. */
enum status source_reject(struct import_source *s, struct record_place place, enum status status, const char *fault,
			  struct error *err);

/* The first fault of a record counts. */
void source_fault(struct import_source *s, enum status status, const char *field, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* --- values ---------------------------------------------------------------------------- */

/* None, or a way to write nothing. */
bool source_is_unset(struct str value);

/* Any field that is neither time nor duration; what is unset is left absent. */
void source_set(struct import_source *s, enum record_field field, struct str value);

/* A date and time with offset; without one, of the zone; as printed_clock.h says; seconds, milliseconds or
 * microseconds since 1970, told by their size.  INSTANT_NONE when unset or at fault. */
int64_t source_time(struct import_source *s, enum record_field field, struct str value);

/* Of the zone, a reading of its clocks. */
int64_t source_local_time(struct import_source *s, enum record_field field, int64_t local_ms);

/* Seconds with decimals; DURATION_NONE when unset or at fault.  0 is not unset. */
int64_t source_seconds(struct import_source *s, struct str value);

/* The same from whole ticks of so many milliseconds. */
int64_t source_ticks(struct import_source *s, struct str value, int64_t tick_ms);

/* From one moment to the other; DURATION_NONE where one is not known, the order is another, or it is at fault. */
int64_t source_between(struct import_source *s, int64_t from_ms, int64_t to_ms);

/* --- names ------------------------------------------------------------------------------- */

/* What a source calls a value.  A format numbers its values from 0; where two names of one value are there, the first
 * that holds something counts. */
struct import_name {
	const char *name; /* as it is written; NULL ends a table of them */
	unsigned value;
};

#define IMPORT_VALUES_MAX 32
#define IMPORT_NO_VALUE UINT32_MAX

/* In any case, with or without blanks, "_", "-" or "." */
unsigned import_value_named(const struct import_name *names, struct str name);

#endif
