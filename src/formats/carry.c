#include "formats/carry.h"

void carry_init(struct carry *c, size_t bytes_max)
{
	*c = (struct carry){ .bytes_max = bytes_max };
	buf_init(&c->kept, 0);
}

void carry_release(struct carry *c)
{
	buf_release(&c->kept);
}

enum carry_result carry_add(struct carry *c, struct str piece, bool whole, size_t readable, struct str *text)
{
	if (c->skipping) {
		c->skipping = !whole;
		return CARRY_NOTHING;
	}
	if (piece.n > c->bytes_max - c->kept.n) {
		c->skipping = !whole;
		buf_clear(&c->kept);
		return CARRY_TOO_LONG;
	}
	if (whole && c->kept.n == 0 && readable - piece.n >= CARRY_PADDING) {
		*text = piece;
		return CARRY_WHOLE;
	}
	buf_add_str(&c->kept, piece);
	if (!whole)
		return CARRY_NOTHING;
	memset(buf_room(&c->kept, CARRY_PADDING), 0, CARRY_PADDING);
	*text = buf_str(&c->kept);
	buf_clear(&c->kept); /* the bytes stay until the next call */
	return CARRY_WHOLE;
}

/* --- lines -------------------------------------------------------------------- */

void lines_init(struct lines *l, size_t bytes_max, lines_sink *sink, void *context)
{
	*l = (struct lines){ .number = 1, .sink = sink, .context = context };
	carry_init(&l->carry, bytes_max);
}

void lines_release(struct lines *l)
{
	carry_release(&l->carry);
}

static enum status add(struct lines *l, struct str piece, bool whole, size_t readable, struct error *err)
{
	struct line line = { STR_NONE, l->number };

	switch (carry_add(&l->carry, piece, whole, readable, &line.text)) {
	case CARRY_NOTHING:
		return OK;
	case CARRY_WHOLE:
		if (line.text.n && line.text.p[line.text.n - 1] == '\r')
			line.text.n--;
		break;
	case CARRY_TOO_LONG:
		break;
	}
	l->number++;
	return l->sink(l->context, line, err);
}

enum status lines_push(struct lines *l, struct str bytes, struct error *err)
{
	enum status status = OK;

	while (bytes.n && status == OK) {
		struct str piece = { bytes.p, str_find_char(bytes, '\n') };
		bool whole = piece.n < bytes.n;

		status = add(l, piece, whole, bytes.n, err);
		bytes = str_after(bytes, piece.n + whole);
	}
	return status;
}

enum status lines_finish(struct lines *l, struct error *err)
{
	return l->carry.kept.n ? add(l, STR(""), true, 0, err) : OK;
}
