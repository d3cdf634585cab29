/* formats/record_reader_private.h - what the readers of records share.
 *
 * record_reader.c finds out the format and judges records; record_json.c turns
 * JSON texts into records and cuts arrays into elements; record_csv.c knows
 * columns. */
#ifndef FORMATS_RECORD_READER_PRIVATE_H
#define FORMATS_RECORD_READER_PRIVATE_H

#include "formats/carry.h"
#include "formats/csv.h"
#include "formats/json_private.h"
#include "formats/record_private.h"
#include "formats/record_reader.h"

#define EXPECTED_KEYS 32
#define UNKNOWN_NAME_CHARACTERS_MAX 64

struct csv_columns {
	struct buf header;           /* the header line as it stands, to know it when it comes again */
	enum record_field *fields;   /* by column; FIELD_UNKNOWN is passed over.  NULL before the header */
	size_t count;
};

struct array_reader {
	struct carry carry;
	bool ended;            /* the closing bracket was seen */
	bool in_string, escaped, too_deep, too_long;
	unsigned depth;        /* within the element */
	int64_t index;         /* of the element being read */
	struct json_place at;  /* where the next byte stands */
	struct json_place begin; /* of the element being read */
};

struct json_reader {
	struct simdjson_bridge *bridge;
	struct str text;                            /* of the record */
	enum record_field expected[EXPECTED_KEYS];  /* which field stood there in the record before */
	size_t position;                            /* among the keys of this record */
	uint32_t seen;                              /* bit per field */
	struct json_key *unknown;
	size_t unknown_count, unknown_capacity;
	struct json_builder media;
	bool in_media;
};

struct record_reader {
	enum record_kind kind;
	enum record_format format;
	enum record_strictness strictness;
	struct record_reader_limits limits;
	struct record_sink sink;
	const struct zone *zone;   /* of times without offset; NULL: they are rejected */
	struct record_reader_counts counts;
	struct arena unknown_arena;
	struct str unknown_names[UNKNOWN_NAMES_MAX];
	size_t unknown_name_count;
	enum status failed;        /* the first failure of the stream; nothing is read after it */
	struct error failure;
	struct buf head;           /* the first bytes, until the format is known */
	bool begun;

	struct json_place first;   /* of the text, behind what was blank */

	struct record record;
	enum status status;        /* the first fault of the record at hand */
	struct error fault;
	size_t fault_column;       /* of the text of the record; 0: the record as a whole */
	uint64_t fault_line;       /* of the text of the record, from 0 */
	struct arena arena;        /* belongs to the record at hand */
	struct buf media_text;
	struct csv *csv;
	struct csv_columns columns;
	struct lines lines;
	struct array_reader array;
	struct json_reader json;
};

/* The first fault of the record at hand counts; later ones are consequences.
 * reader_error() is where a callee writes, reader_note() takes its status. */
static inline struct error *reader_error(struct record_reader *r)
{
	return r->status == OK ? &r->fault : NULL;
}

static inline void reader_note(struct record_reader *r, enum status status)
{
	if (r->status == OK)
		r->status = status;
}

void reader_set_text(struct record_reader *r, enum record_field field, struct str text);

void reader_fault(struct record_reader *r, enum status status, const char *field, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* A field that is none of the record's: counts it, and keeps its name. */
void reader_note_unknown(struct record_reader *r, struct str name);

void reader_begin_record(struct record_reader *r);

/* Hands out the record at hand, or its fault. */
enum status reader_end_record(struct record_reader *r, struct record_place place, struct error *err);

/* Each format begins once it is known, and ends with the reader in any case. */
void record_ndjson_begin(struct record_reader *r);
void record_array_begin(struct record_reader *r);
enum status record_array_push(struct record_reader *r, struct str bytes, struct error *err);
enum status record_array_finish(struct record_reader *r, struct error *err);
void record_json_end(struct record_reader *r);

void record_csv_begin(struct record_reader *r);
void record_csv_copy_columns(struct record_reader *r, const struct record_reader *of);
enum status record_csv_finish(struct record_reader *r, struct error *err);
void record_csv_end(struct record_reader *r);

#endif
