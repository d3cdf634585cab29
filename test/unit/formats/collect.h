/* test/unit/formats/collect.h - what a reader hands out, as text that can be compared. */
#ifndef TEST_UNIT_FORMATS_COLLECT_H
#define TEST_UNIT_FORMATS_COLLECT_H

#include "check.h"

#include "formats/record_reader.h"

/* A line for each record and each reject:
 *     record 2 {"id":...}
 *     reject 3 a-1 durationSeconds invalidDuration
 * In a JSON array the place is written [0].  With digests set, records are their
 * digests without place, so that formats can be compared. */
struct collected {
	struct buf text;
	bool digests;
	bool messages;       /* rejects with their message */
	bool columns;        /* places as line:column */
	size_t stop_after;   /* records; then E_FULL */
	size_t records;
};

static inline void collect_place(struct collected *c, struct record_place place)
{
	struct buf *b = &c->text;

	if (c->columns)
		buf_printf(b, "%llu:%zu", (unsigned long long)place.line, place.column);
	else if (place.index >= 0)
		buf_printf(b, "[%lld]", (long long)place.index);
	else
		buf_printf(b, "%llu", (unsigned long long)place.line);
}

static inline enum status collect_record(void *context, const struct record *r, struct record_place place,
					 struct error *err)
{
	struct collected *c = context;

	if (c->digests) {
		struct digest d = record_digest(r);

		for (int i = 0; i < DIGEST_SIZE; i++)
			buf_printf(&c->text, "%02x", d.b[i]);
		buf_add_char(&c->text, '\n');
		return OK;
	}
	buf_add_str(&c->text, STR("record "));
	collect_place(c, place);
	buf_add_char(&c->text, ' ');
	record_write_json(&c->text, r);
	buf_add_char(&c->text, '\n');
	if (c->stop_after && ++c->records == c->stop_after)
		return error_set(err, E_FULL, NULL, "stopped");
	return OK;
}

static inline enum status collect_reject(void *context, const struct record_reject *reject, struct error *err)
{
	struct collected *c = context;

	(void)err;
	buf_add_str(&c->text, STR("reject "));
	collect_place(c, reject->place);
	buf_printf(&c->text, " %.*s %s %s", str_is_none(reject->record_id) ? 1 : (int)reject->record_id.n,
		   str_is_none(reject->record_id) ? "-" : reject->record_id.p,
		   reject->error.field[0] ? reject->error.field : "-", status_wire(reject->error.status));
	if (c->messages)
		buf_printf(&c->text, ": %s", reject->error.message);
	buf_add_char(&c->text, '\n');
	return OK;
}

#endif
