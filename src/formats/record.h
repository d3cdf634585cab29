/* formats/record.h - the two kinds of record, in one shape.
 *
 * A call record is the platform's record of a call leg that crossed an
 * operator's trunk; a duration record is the operator's record of the same.
 * They share most fields; one struct, one table of fields, one reader and one
 * writer serve both.  Slices are borrowed from whoever filled the record.
 *
 * Times are milliseconds (base/instant.h), durations milliseconds. */
#ifndef FORMATS_RECORD_H
#define FORMATS_RECORD_H

#include "base/error.h"
#include "base/hash.h"
#include "base/instant.h"
#include "telephony/number.h"

enum record_kind { RECORD_CALL, RECORD_DURATION };
enum direction { DIRECTION_ABSENT, DIRECTION_INBOUND, DIRECTION_OUTBOUND };
struct str direction_word(enum direction direction);   /* "inbound"; none when absent */
enum released_by { RELEASED_ABSENT, RELEASED_BY_CALLER, RELEASED_BY_CALLEE };

#define DURATION_NONE INT64_C(-1)                 /* absent is not zero */
#define DURATION_MAX_MS (31 * MS_PER_DAY)
#define DURATION_FILE_MAX_MS (400 * DURATION_MAX_MS) /* switches write milliseconds without saying so */
#define CODE_NONE (-1)                            /* no SIP or Q.850 code */
#define RECORD_ID_MAX 128                         /* characters of id; of the other texts: 255 */

struct record {
	enum record_kind kind;
	struct str id;
	int64_t version;             /* call records; >= 1 */
	struct str correlation_id;   /* SIP Call-ID on the trunk; none when absent */
	struct str operator_id;
	struct str tenant_id;        /* call records */
	struct str user_id;          /* call records; never shown to operators */
	enum direction direction;    /* as the tenant sees it */
	number_t caller, callee;
	int64_t start_ms;            /* call record: inviteDateTime; duration record: startDateTime (set-up) */
	int64_t answer_ms;           /* INSTANT_NONE: never answered, or not told */
	int64_t end_ms;
	int64_t duration_ms;         /* DURATION_NONE when absent */
	int sip_code;                /* 100-699 or CODE_NONE */
	int q850_cause;              /* 1-127 or CODE_NONE */
	enum released_by released_by;
	struct str trunk;
	int64_t sequence;            /* duration records: the source's own counter, -1 when absent */
	struct str media_streams;    /* call records: a JSON array, canonical (formats/media_stream.h); none when absent */
};

void record_clear(struct record *r, enum record_kind kind);  /* all absent, version 1 */

/* Checks what the HTTP faces demand: needed fields, ranges, at least one time.
 * Numbers must be NUMBER_E164 or (caller only) withheld.  A call record's times
 * stand in order; a duration record's need not, since clocks are set back. */
enum status record_check(const struct record *r, struct error *err);

/* The moment by which a record is filed: start, else answer, else end. */
int64_t record_filed_ms(const struct record *r);

/* The content in one canonical form, independent of how it was written: the
 * same record as CSV, JSON or with another offset gives the same bytes, hence
 * the same digest.  operatorId is part of it only where the record names one. */
void record_canonical(const struct record *r, struct buf *out);
struct digest record_digest(const struct record *r);

/* --- fields by name: one table for readers, writers and messages ------------ */

enum record_field {
	FIELD_ID, FIELD_VERSION, FIELD_CORRELATION_ID, FIELD_OPERATOR_ID, FIELD_TENANT_ID, FIELD_USER_ID,
	FIELD_DIRECTION, FIELD_CALLER, FIELD_CALLEE, FIELD_START, FIELD_ANSWER, FIELD_END, FIELD_DURATION,
	FIELD_SIP_CODE, FIELD_Q850, FIELD_RELEASED_BY, FIELD_TRUNK, FIELD_SEQUENCE, FIELD_MEDIA,
	FIELD_COUNT,
	FIELD_UNKNOWN = FIELD_COUNT
};

/* The wire name of a field for a kind of record ("inviteDateTime" or
 * "startDateTime"); NULL when that kind does not have it. */
const char *record_field_name(enum record_kind kind, enum record_field field);
enum record_field record_field_find(enum record_kind kind, struct str name);

/* The same for a column of a file, which spreadsheets and people write in any case, with blanks, "_", "-" or ".":
 * "Caller Number", "caller_number". */
enum record_field record_field_find_written(enum record_kind kind, struct str name);
bool name_is_written_as(struct str name, struct str written);

/* Whether such a name begins somewhere in a text, such as the first bytes of a file. */
bool text_holds_name(struct str text, struct str name);

/* How a field's text is read.  Files may carry what switches write. */
enum record_strictness { RECORD_STRICT /* HTTP: E.164 only */, RECORD_LENIENT /* files: number_read() */ };

/* Sets one field from text (a CSV cell or a JSON string).  Empty is absent.  Text
 * is checked: UTF-8 without control characters, and its length. */
enum status record_set_text(struct record *r, enum record_field field, struct str text,
			    enum record_strictness strictness, struct error *err);

/* Sets one field from a JSON number given as its literal text; E_FIELD_TYPE for a
 * field that is a string in JSON. */
enum status record_set_number(struct record *r, enum record_field field, struct str literal,
			      enum record_strictness strictness, struct error *err);

/* Writes one record as a canonical JSON object or as a CSV line (columns in
 * table order; media left out) with "\n" or without. */
void record_write_json(struct buf *out, const struct record *r);
void record_write_csv_header(struct buf *out, enum record_kind kind);
void record_write_csv(struct buf *out, const struct record *r);

#endif
