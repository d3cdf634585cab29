/* formats/record_private.h - the table of record fields, for the files that read,
 * check and write records. */
#ifndef FORMATS_RECORD_PRIVATE_H
#define FORMATS_RECORD_PRIVATE_H

#include "formats/record.h"

enum field_type {
	FIELD_TEXT,      /* struct str */
	FIELD_WHOLE,     /* int64_t, min..max */
	FIELD_CODE,      /* int, min..max */
	FIELD_INSTANT,   /* int64_t, INSTANT_NONE when absent */
	FIELD_SECONDS,   /* int64_t milliseconds, DURATION_NONE when absent */
	FIELD_NUMBER,    /* number_t */
	FIELD_WORD,      /* enum: one of words[], 0 when absent */
	FIELD_STREAMS,   /* struct str of canonical JSON */
};

struct field {
	struct str name[2];        /* by enum record_kind; none where that kind lacks it */
	enum field_type type;
	char tag;                  /* in the canonical form; never reused, never changed */
	size_t offset;             /* within struct record */
	int64_t absent;            /* WHOLE and CODE: what stands for absent */
	int64_t min, max;          /* WHOLE and CODE; TEXT: characters */
	const struct str *words;   /* WORD: words[value] from 1, ended by an empty one */
};

extern const struct field record_fields[FIELD_COUNT];

static inline const void *field_of(const struct record *r, const struct field *f)
{
	return (const char *)r + f->offset;
}

static inline void *field_at(struct record *r, const struct field *f)
{
	return (char *)r + f->offset;
}

bool record_field_present(const struct record *r, enum record_field field);

/* Is the field written as a JSON number? */
static inline bool field_is_numeric(enum field_type type)
{
	return type == FIELD_WHOLE || type == FIELD_CODE || type == FIELD_SECONDS;
}

/* Characters 1..max, UTF-8, no control characters; E_FIELD_VALUE otherwise. */
enum status field_check_text(const char *name, struct str text, size_t characters_max, struct error *err);

/* What a clock on a wall showed: a time that lacks its offset, also as 25.11.2026 10:50:48.  Milliseconds since 1970 on
 * that clock. */
bool wall_clock_parse(struct str text, int64_t *local_ms);

/* Fields that must be there, ended by FIELD_COUNT; one of the times besides. */
const enum record_field *record_needed(enum record_kind kind, enum record_strictness strictness);

/* What of record_check() does not hold by itself for fields set one by one
 * under RECORD_STRICT. */
enum status record_check_whole(const struct record *r, struct error *err);

/* The least that a record from a file must have: an id and a time. */
enum status record_check_lenient(const struct record *r, struct error *err);

/* Fills in what the kind of record says when it is left out: the duration of an
 * answered call is end - answer. */
void record_complete(struct record *r);

#endif
