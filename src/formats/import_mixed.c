#include "formats/import_mixed.h"

#define HEAD_MAX ((size_t)64 * 1024) /* in which the first line must end */

static enum status read_line(void *context, struct line line, struct error *err)
{
	struct import_mixed *m = context;
	struct str text = line.text;

	if (str_is_none(text))
		return source_reject(&m->source, import_line_place(line.number), E_RECORD_TOO_LONG,
				     "the line is longer than is read", err);
	if (trim_blanks(text).n == 0) {
		m->source.counts.blank_lines++;
		return OK;
	}
	return m->type->read_line(m, line, err);
}

static enum status push_settled(struct import_mixed *m, struct str bytes, struct error *err)
{
	return m->shape == IMPORT_IS_TABLE ? import_table_push(&m->table, bytes, err)
					   : lines_push(&m->lines, bytes, err);
}

static enum status settle(struct import_mixed *m, struct error *err)
{
	struct str head = buf_str(&m->head), text;

	if (str_starts(head, STR(CSV_SHEET_MARK)))
		head = str_after(head, strlen(CSV_SHEET_MARK));
	text = trim_blanks(head);
	m->shape = m->type->is_table(str_of(text.p, str_find_char(text, '\n'))) ? IMPORT_IS_TABLE : IMPORT_IS_LINES;
	return head.n ? push_settled(m, head, err) : OK;
}

static enum status push(struct import_reader *base, struct str bytes, struct error *err)
{
	struct import_mixed *m = (struct import_mixed *)base;
	struct str begun;

	if (m->shape != IMPORT_UNSETTLED)
		return push_settled(m, bytes, err);
	buf_add_str(&m->head, bytes);
	begun = trim_blanks(buf_str(&m->head));
	if (str_find_char(begun, '\n') == begun.n && m->head.n < HEAD_MAX)
		return OK;
	return settle(m, err);
}

static enum status finish(struct import_reader *base, struct error *err)
{
	struct import_mixed *m = (struct import_mixed *)base;
	enum status status = OK;

	if (m->shape == IMPORT_UNSETTLED)
		status = settle(m, err);
	if (status != OK)
		return status;
	return m->shape == IMPORT_IS_TABLE ? import_table_finish(&m->table, err) : lines_finish(&m->lines, err);
}

static struct record_reader_counts counts(const struct import_reader *base)
{
	return import_table_counts(&((const struct import_mixed *)base)->table);
}

static void release(struct import_reader *base)
{
	struct import_mixed *m = (struct import_mixed *)base;

	if (m->type->end)
		m->type->end(m);
	import_table_release(&m->table);
	lines_release(&m->lines);
	buf_release(&m->head);
	source_free(&m->source);
}

static const struct import_reader_type mixed_type = {
	.push = push, .finish = finish, .counts = counts, .free = release
};

void *import_mixed_new(size_t size, const struct import_mixed_type *type, const struct import_options *options,
		       const struct record_sink *sink, struct error *err)
{
	struct import_mixed *m = source_new(size, &mixed_type, options, sink, err);

	if (!m)
		return NULL;
	m->type = type;
	import_table_init(&m->table, &m->source, type->table);
	lines_init(&m->lines, m->source.bytes_max, read_line, m);
	buf_init(&m->head, 0);
	return m;
}
