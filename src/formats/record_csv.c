#include "formats/record_reader_private.h"

#include <stdlib.h>

/* --- the header -------------------------------------------------------------------- */

static bool has_column(const struct csv_columns *c, enum record_field field)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->fields[i] == field)
			return true;
	return false;
}

static void list(struct buf *out, const char *name)
{
	if (out->n)
		buf_add_str(out, STR(", "));
	buf_add_str(out, str_from(name));
}

static void list_missing(const struct record_reader *r, struct buf *out)
{
	const enum record_field *needed = record_needed(r->kind, r->strictness);
	const struct csv_columns *c = &r->columns;

	for (; *needed != FIELD_COUNT; needed++)
		if (!has_column(c, *needed))
			list(out, record_field_name(r->kind, *needed));
	if (!has_column(c, FIELD_START) && !has_column(c, FIELD_ANSWER) && !has_column(c, FIELD_END)) {
		list(out, record_field_name(r->kind, FIELD_START));
		buf_add_str(out, STR(" (or answerDateTime or endDateTime)"));
	}
}

#define FOUND_BYTES_MAX 120

/* The first bytes of the header, made fit to be shown. */
static void show_found(struct str header, char out[FOUND_BYTES_MAX + 4])
{
	size_t n = 0;

	for (; n < header.n && n < FOUND_BYTES_MAX; n++)
		out[n] = header.p[n] >= 0x20 && header.p[n] < 0x7f ? header.p[n] : '?';
	memcpy(out + n, n < header.n ? "..." : "", n < header.n ? 4 : 1);
}

static enum status check_columns(const struct record_reader *r, const struct csv_row *row, struct error *err)
{
	char found[FOUND_BYTES_MAX + 4];
	struct buf missing;
	enum status status = OK;

	buf_init(&missing, 0);
	list_missing(r, &missing);
	if (missing.n) {
		show_found(row->text, found);
		status = error_set(err, E_INVALID, NULL, "the CSV lacks the columns %s; its header, line %llu, is: %s",
				   buf_cstr(&missing), (unsigned long long)row->line, found);
	}
	buf_release(&missing);
	return status;
}

static enum status read_columns(struct record_reader *r, const struct csv_row *row, struct error *err)
{
	struct csv_columns *c = &r->columns;
	const struct str *cells = row->cells;

	for (size_t i = 0; i < c->count; i++) {
		c->fields[i] = record_field_find(r->kind, cells[i]);
		if (c->fields[i] == FIELD_MEDIA)
			c->fields[i] = FIELD_UNKNOWN; /* streams have no CSV form */
		for (size_t k = 0; k < i; k++)
			if (cells[i].n && str_equal(cells[i], cells[k]))
				return error_set(err, E_INVALID, NULL,
						 "the CSV has the column %.*s twice: columns %zu and %zu",
						 (int)(cells[i].n < 40 ? cells[i].n : 40), cells[i].p, k + 1, i + 1);
		if (c->fields[i] == FIELD_UNKNOWN)
			reader_note_unknown(r, cells[i]);
	}
	return check_columns(r, row, err);
}

static enum status read_header(struct record_reader *r, const struct csv_row *row, struct error *err)
{
	struct csv_columns *c = &r->columns;

	if (row->fault)
		return error_set(err, E_INVALID, NULL, "the CSV's header, line %llu, cannot be read: %s",
				 (unsigned long long)row->line, csv_fault_text(row->fault));
	if (row->count > CSV_CELLS_MAX)
		return error_set(err, E_INVALID, NULL, "the CSV has %zu columns; at most %d are read", row->count,
				 CSV_CELLS_MAX);
	buf_add_str(&c->header, row->text);
	c->count = row->count;
	c->fields = xalloc(c->count * sizeof(*c->fields));
	return read_columns(r, row, err);
}

/* --- records ------------------------------------------------------------------------ */

/* Of a row that is rejected as a whole, its id. */
static void set_id_only(struct record_reader *r, const struct csv_row *row)
{
	for (size_t i = 0; i < r->columns.count && i < row->count; i++)
		if (r->columns.fields[i] == FIELD_ID)
			reader_set_text(r, FIELD_ID, row->cells[i]);
}

static void read_cells(struct record_reader *r, const struct csv_row *row)
{
	const struct csv_columns *c = &r->columns;

	if (row->fault == CSV_FINE && row->count == c->count) {
		for (size_t i = 0; i < c->count; i++)
			if (c->fields[i] != FIELD_UNKNOWN && row->cells[i].n)
				reader_set_text(r, c->fields[i], row->cells[i]);
	} else if (row->fault == CSV_FINE) {
		reader_fault(r, E_CELLS, NULL, "the line has %zu cells; the header has %zu", row->count, c->count);
		set_id_only(r, row);
	} else {
		reader_fault(r, row->fault == CSV_TOO_LONG ? E_TOO_LARGE : E_MALFORMED, NULL, "%s",
			     csv_fault_text(row->fault));
	}
}

static enum status read_row(void *context, const struct csv_row *row, struct error *err)
{
	struct record_reader *r = context;
	struct record_place place = { row->line, -1 };

	if (!r->columns.fields)
		return read_header(r, row, err);
	if (str_equal(row->text, buf_str(&r->columns.header))) {
		r->counts.repeated_headers++;
		return OK;
	}
	reader_begin_record(r);
	read_cells(r, row);
	return reader_end_record(r, place, err);
}

void record_csv_begin(struct record_reader *r)
{
	r->csv = csv_new(r->limits.record_bytes_max, read_row, r);
	csv_set_line(r->csv, r->first_line);
	buf_init(&r->columns.header, 0);
}

void record_csv_copy_columns(struct record_reader *r, const struct record_reader *of)
{
	struct csv_columns *c = &r->columns;

	buf_add_str(&c->header, buf_str(&of->columns.header));
	c->count = of->columns.count;
	c->fields = xalloc(c->count * sizeof(*c->fields));
	memcpy(c->fields, of->columns.fields, c->count * sizeof(*c->fields));
}

enum status record_csv_finish(struct record_reader *r, struct error *err)
{
	enum status status = csv_finish(r->csv, err);

	if (status == OK && !r->columns.fields)
		return error_set(err, E_INVALID, NULL, "the CSV has no header line");
	return status;
}

void record_csv_end(struct record_reader *r)
{
	csv_free(r->csv);
	buf_release(&r->columns.header);
	free(r->columns.fields);
}
