/* formats/carry.h - texts that come in pieces, made whole.
 *
 * Somebody cuts a stream into texts (lines, elements) and hands each piece in;
 * what is whole comes out, in place where that is possible.  Behind each text
 * CARRY_PADDING bytes can be read, as simdjson needs.  Memory is bounded by
 * bytes_max: a text that is longer is given up, and its rest passed over. */
#ifndef FORMATS_CARRY_H
#define FORMATS_CARRY_H

#include "base/buf.h"
#include "base/error.h"

#define CARRY_PADDING 64

struct carry {
	struct buf kept;     /* the beginning of a text whose end has not come yet */
	size_t bytes_max;
	bool skipping;       /* the rest of one that is too long */
};

enum carry_result {
	CARRY_NOTHING,   /* more must come, or it belongs to what was given up */
	CARRY_WHOLE,     /* *text is valid until the next call */
	CARRY_TOO_LONG,  /* said once for each text that is given up */
};

void carry_init(struct carry *c, size_t bytes_max);
void carry_release(struct carry *c);

/* piece is the next of the stream, and the last of its text when whole is set;
 * readable is how many bytes may be read from its begin on. */
enum carry_result carry_add(struct carry *c, struct str piece, bool whole, size_t readable, struct str *text);

/* Lines.  A text has neither line end nor the CR before it; the last line need
 * not have an end. */
struct line {
	struct str text;     /* none when it is too long */
	uint64_t number;     /* from 1 */
};

typedef enum status lines_sink(void *context, struct line line, struct error *err);

struct lines {
	struct carry carry;
	uint64_t number;     /* of the next line */
	lines_sink *sink;    /* anything but OK becomes the result */
	void *context;
};

void lines_init(struct lines *l, size_t bytes_max, lines_sink *sink, void *context);
enum status lines_push(struct lines *l, struct str bytes, struct error *err);
enum status lines_finish(struct lines *l, struct error *err);
void lines_release(struct lines *l);

static inline bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static inline struct str trim_blanks(struct str s)
{
	while (s.n && is_blank(s.p[0]))
		s = str_after(s, 1);
	while (s.n && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

#endif
