/* cli/compare_stream.h - one file through its format's reader.
 *
 * The format, and the kind of records where asked for, are told from the first
 * bytes.  Records and rejects go to the sink. */
#ifndef CLI_COMPARE_STREAM_H
#define CLI_COMPARE_STREAM_H

#include "formats/import.h"

/* Who compares knows no zone.  What is of another one shows up as a difference, and is named as a cause. */
#define COMPARE_ZONE STR("UTC")

struct compare_stream {
	const struct import_format *format;    /* NULL: told from the content, and set */
	const struct import_format *otherwise; /* what no format knows is read as; NULL: E_INVALID */
	struct import_options options;
	bool finds_kind; /* of the records, from the content; sets options.kind */
	struct record_sink sink;
	struct import_reader *reader;
	struct buf head; /* what came before the format was known */
	struct record_reader_counts counts;
};

enum status compare_stream_push(struct compare_stream *stream, struct str bytes, struct error *err);
enum status compare_stream_finish(struct compare_stream *stream, struct error *err);
void compare_stream_release(struct compare_stream *stream); /* counts and format stay */

/* All of that for a whole file. */
enum status compare_stream_read(struct compare_stream *stream, const char *path, struct error *err);

#endif
