/* formats/import.h - what switches write, as records.
 *
 * A table of formats by name; each turns a stream of bytes into records of
 * either kind and says line by line what is no record.  Adding one is a file
 * and a row.  `canonical` is the exchange's own (docs/formats/canonical.md).
 *
 * Records go out like those of record_reader.h, read leniently: numbers stay as
 * the switch wrote them.  Nothing is dropped silently: a line is a record, a
 * reject, or counted as blank or of another kind. */
#ifndef FORMATS_IMPORT_H
#define FORMATS_IMPORT_H

#include "formats/record_reader.h"

struct import_options {
	enum record_kind kind;
	struct str zone;           /* of times without offset (base/zone.h); none: such times are rejected */
	bool start_is_answer;      /* the source counts from the answer, not from the set-up */
	size_t record_bytes_max;   /* 0: 1 MiB */
};

struct import_reader {
	const struct import_reader_type *type;
};

/* What a format implements over its own struct that begins with struct import_reader. */
struct import_reader_type {
	enum status (*push)(struct import_reader *reader, struct str bytes, struct error *err);
	enum status (*finish)(struct import_reader *reader, struct error *err);
	struct record_reader_counts (*counts)(const struct import_reader *reader);
	void (*free)(struct import_reader *reader);
	/* As record_reader_cut(), _fork() and _lines(); NULL: the format is read by one reader. */
	enum record_cut (*cut)(const struct import_reader *reader);
	struct import_reader *(*fork)(const struct import_reader *reader, const struct record_sink *sink);
	uint64_t (*lines)(const struct import_reader *reader);
};

struct import_table_type;

struct import_format {
	const char *name;
	const char *summary;                   /* for --help */
	bool is_the_platforms;                 /* call records, where nobody says which kind is meant */
	const struct import_table_type *table; /* its files are such tables (import_table.h); else NULL, and: */
	bool (*recognise)(struct str head);    /* by the first bytes of the content, some KiB */
	enum status (*begin)(struct import_reader **reader, const struct import_options *options,
			     const struct record_sink *sink, struct error *err);
};

extern const struct import_format *const import_formats[];   /* NULL-ended; the more particular first */

extern const struct import_format import_canonical;
extern const struct import_format import_asterisk;
extern const struct import_format import_asterisk_cel;
extern const struct import_format import_audiocodes;
extern const struct import_format import_cucm;
extern const struct import_format import_freeswitch;
extern const struct import_format import_freeswitch_json;
extern const struct import_format import_graph;
extern const struct import_format import_kamailio;
extern const struct import_format import_opensips;
extern const struct import_format import_oracle_sbc;
extern const struct import_format import_radius;
extern const struct import_format import_ribbon;
extern const struct import_format import_teams_direct_routing;
extern const struct import_format import_teams_pstn;

const struct import_format *import_format_find(struct str name);     /* NULL when there is none */
const struct import_format *import_format_recognise(struct str head);

/* E_NOT_FOUND when there is no such zone. */
enum status import_begin(const struct import_format *format, struct import_reader **reader, const struct import_options *options,
			 const struct record_sink *sink, struct error *err);
enum status import_push(struct import_reader *reader, struct str bytes, struct error *err);
enum status import_finish(struct import_reader *reader, struct error *err);
enum record_cut import_cut(const struct import_reader *reader);
struct import_reader *import_fork(const struct import_reader *reader, const struct record_sink *sink); /* or NULL */
uint64_t import_lines(const struct import_reader *reader);
struct record_reader_counts import_counts(const struct import_reader *reader);
void import_free(struct import_reader *reader);                       /* NULL is fine */

#endif
