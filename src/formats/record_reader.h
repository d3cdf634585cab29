/* formats/record_reader.h - a stream of bytes in, records out.
 *
 * Reads canonical records as a JSON array, NDJSON or CSV (RFC 4180, header
 * line, any column order), pushed in pieces of any size.  Memory is bounded by
 * one record (limits.record_bytes_max) whatever the length of the stream.
 *
 * Good records go to sink->record, each record that is none or not valid goes
 * to sink->reject with its place, and reading goes on: in NDJSON and CSV from
 * the next line, in a JSON array from the next element.  A stream that is no
 * such format at all ends with an error: UTF-16, a CSV without its header or its
 * needed columns, an array element that nests deeper than json_depth_max and has
 * no end in sight.  Not finished by record_reader_finish(): cut off.
 *
 * Strict (HTTP): a record must pass record_check().  Lenient (files): it must
 * have an id and a time; numbers are what number_read() makes of them, codes out
 * of range are absent, durations may be (DURATION_NONE); a CSV may be a spreadsheet's
 * (csv_be_lenient()), its columns named in any case, with blanks, "_", "-" or ".", its
 * durations with a decimal comma where it cannot be mistaken.  In either case an
 * answered call record without durationSeconds has end - answer, and no duration
 * exceeds 31 days.
 *
 * A BOM is skipped; CR LF and LF both end lines; a repeated header line in CSV
 * is skipped.  Unknown fields are counted, never an error; a field that stands
 * twice rejects the record.  Text must be UTF-8 without NUL.
 *
 * Ownership: record and reject are valid until the callback returns.
 * Threads: one reader, one thread. */
#ifndef FORMATS_RECORD_READER_H
#define FORMATS_RECORD_READER_H

#include "base/arena.h"
#include "base/zone.h"
#include "formats/record.h"

enum record_format {
	RECORD_FORMAT_AUTO,   /* by the first byte that is no blank: '[' JSON, '{' NDJSON, else CSV */
	RECORD_FORMAT_JSON,
	RECORD_FORMAT_NDJSON,
	RECORD_FORMAT_CSV,
};

struct record_place {
	uint64_t line;   /* of the text, from 1 (in CSV the header is 1): where the record begins; of a JSON array
			  * where that stands which is wrong */
	int64_t index;   /* in a JSON array, from 0; -1 elsewhere */
	size_t column;   /* of what is wrong, in characters from 1: of the record in CSV, else of the line */
};

struct record_reject {
	struct record_place place;
	struct str record_id;    /* none when it could not be read */
	struct error error;      /* status, field, what was found and expected */
};

struct record_sink {
	void *context;
	/* Anything but OK stops the reader and becomes its result. */
	enum status (*record)(void *context, const struct record *r, struct record_place place, struct error *err);
	enum status (*reject)(void *context, const struct record_reject *reject, struct error *err);
};

struct record_reader_limits {
	size_t record_bytes_max;   /* one line or element; default 1 MiB */
	unsigned json_depth_max;   /* of a record; default and most: 32 */
	uint64_t records_max;      /* E_TOO_LARGE beyond; 0: no bound */
};

#define RECORD_READER_LIMITS_DEFAULT ((struct record_reader_limits){ 1 << 20, 32, 0 })

struct record_reader_counts {
	uint64_t records;          /* handed out as good */
	uint64_t rejects;          /* handed out as rejected */
	uint64_t unknown_fields;   /* in JSON: occurrences; in CSV: columns */
	uint64_t blank_lines;
	uint64_t repeated_headers;
	uint64_t other_lines;      /* of importers: lines that tell of no call */
	uint64_t latin_lines;      /* CSV of files: no UTF-8, read as Windows-1252 */
	uint64_t local_times;      /* without offset, read as of the zone that was given */
};

struct record_reader;

enum status record_reader_new(struct record_reader **reader, enum record_kind kind, enum record_format format,
			      enum record_strictness strictness, const struct record_reader_limits *limits,
			      const struct record_sink *sink, struct error *err);
/* Lenient: what times without offset mean ("2026-11-25 10:50:48", "25.11.2026 10:50:48"); else they are rejected.  The
 * zone must outlive the reader and its forks. */
void record_reader_set_zone(struct record_reader *reader, const struct zone *zone);
enum status record_reader_push(struct record_reader *reader, struct str bytes, struct error *err);

/* The stream is complete.  E_TRUNCATED when a JSON array or the quotes of a CSV
 * cell are not closed; a last line without line end is read like any other, and
 * rejected when it was cut. */
enum status record_reader_finish(struct record_reader *reader, struct error *err);

/* How the rest of a text may be cut into parts, so that several threads may read one text. */
enum record_cut {
	RECORD_CUT_NOWHERE,      /* before the first line (in CSV: the header) was read, in a JSON array, behind stray quotes */
	RECORD_CUT_LINES,        /* behind any line end */
	RECORD_CUT_EVEN_LINES,   /* behind line ends with an even number of quotes before them in the part */
};

/* Even lines are a guess that each part must confirm: where its reader says NOWHERE at its end, a quote stood where none
 * may, and the text from there on is to be read by one reader. */
enum record_cut record_reader_cut(const struct record_reader *reader);

/* A reader for a later part.  It counts lines from 1, and by itself.  NULL where nothing may be cut. */
struct record_reader *record_reader_fork(const struct record_reader *reader, const struct record_sink *sink);
uint64_t record_reader_lines(const struct record_reader *reader);            /* read so far; 0 in a JSON array */

struct record_reader_counts record_reader_counts(const struct record_reader *reader);

#define UNKNOWN_NAMES_MAX 10

/* The names of the first unknown fields, each once; how many.  They live with the reader; none longer than 64
 * characters is among them. */
size_t record_reader_unknown_names(const struct record_reader *reader, struct str names[UNKNOWN_NAMES_MAX]);

enum record_format record_reader_format(const struct record_reader *reader);  /* AUTO until seen */
void record_reader_free(struct record_reader *reader);                        /* NULL is fine */

#endif
