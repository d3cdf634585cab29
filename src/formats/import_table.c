#include "formats/import_table.h"

#include <stdio.h>

/* --- quotes that nobody doubled ----------------------------------------------------------- */

/* "a","b"c","d": cells of a writer that quotes all of them and doubles nothing. */
static void split_bare(struct csv_row *row, struct str cells[CSV_CELLS_MAX])
{
	struct str rest = row->text;

	if (rest.n < 2 || rest.p[0] != '"' || rest.p[rest.n - 1] != '"')
		return;
	rest = str_of(rest.p + 1, rest.n - 2);
	row->count = 0;
	row->cells = cells;
	row->fault = CSV_FINE;
	for (;;) {
		size_t end = str_find(rest, STR("\",\""));

		if (row->count < CSV_CELLS_MAX)
			cells[row->count] = str_of(rest.p, end);
		row->count++;
		if (end == rest.n)
			return;
		rest = str_after(rest, end + 3);
	}
}

/* --- the header ------------------------------------------------------------------------ */

static bool has_value(const unsigned *values, size_t n, unsigned value)
{
	for (size_t i = 0; i < n; i++)
		if (values[i] == value)
			return true;
	return false;
}

/* Names of what is needed and not there, divided by commas; how many. */
static size_t list_missing(const struct import_table_type *type, const unsigned *values, size_t n, struct buf *out)
{
	size_t missing = 0;

	for (const struct import_need *need = type->needed; need->value != IMPORT_NO_VALUE; need++)
		if (!has_value(values, n, need->value))
			buf_printf(out, "%s%s", missing++ ? ", " : "", need->name);
	return missing;
}

static enum status refuse(const struct import_table *t, const struct csv_row *row, struct str missing,
			  struct error *err)
{
	char found[124];
	bool is_one = str_find_char(missing, ',') == missing.n;

	if (t->type->layout)
		return error_set(err, E_INVALID, NULL,
				 "line %llu is neither a header nor a row of %s: it has %zu cells; expected %s",
				 (unsigned long long)row->line, t->type->what, row->count, t->type->layouts);
	return error_set(err, E_INVALID, NULL, "%s lacks the column%s %.*s; its header, line %llu, is: %s",
			 t->type->what, is_one ? "" : "s", STR_ARG(missing), (unsigned long long)row->line,
			 str_shown(row->text, found, sizeof(found)));
}

static enum status read_header(struct import_table *t, const struct csv_row *row, bool *is_header, struct error *err)
{
	struct buf missing;
	enum status status = OK;

	buf_init(&missing, 0);
	for (size_t i = 0; i < row->count; i++)
		t->values[i] = import_value_named(t->type->names, row->cells[i]);
	*is_header = list_missing(t->type, t->values, row->count, &missing) == 0;
	if (!*is_header && (!t->type->layout || !t->type->layout(row)))
		status = refuse(t, row, buf_str(&missing), err);
	buf_release(&missing);
	if (!*is_header || status != OK)
		return status;
	t->has_header = true;
	t->columns = row->count;
	buf_add_str(&t->header, row->text);
	for (size_t i = 0; i < row->count; i++)
		t->source->counts.unknown_fields += t->values[i] == IMPORT_NO_VALUE;
	return OK;
}

/* --- rows -------------------------------------------------------------------------------- */

static enum status read_cells(struct import_table *t, const struct csv_row *row, const unsigned *columns,
			      struct error *err)
{
	struct record_place place = { row->line, -1, 1 };
	struct str values[IMPORT_VALUES_MAX] = { { NULL, 0 } };

	for (size_t i = 0; i < row->count; i++) {
		struct str *value = columns[i] == IMPORT_NO_VALUE ? NULL : &values[columns[i]];

		if (value && (str_is_none(*value) || source_is_unset(*value)))
			*value = row->cells[i];
	}
	t->source->place = place;
	source_begin_record(t->source);
	if (t->type->read(t->source, values))
		return source_end_record(t->source, t->source->place, err);
	t->source->counts.other_lines++;
	return OK;
}

static const unsigned *columns_of(const struct import_table *t, const struct csv_row *row)
{
	if (!t->has_header)
		return t->type->layout(row);
	return row->count == t->columns ? t->values : NULL;
}

static enum status read_row(struct import_table *t, const struct csv_row *row, struct error *err)
{
	struct record_place place = { row->line, -1, row->fault ? row->fault_column : 1 };
	const unsigned *columns;
	char fault[128];

	if (row->fault)
		return source_reject(t->source, place, row->fault == CSV_TOO_LONG ? E_RECORD_TOO_LONG : E_MALFORMED,
				     csv_fault_text(row->fault), err);
	if (t->has_header && str_equal(row->text, buf_str(&t->header))) {
		t->source->counts.repeated_headers++;
		return OK;
	}
	columns = columns_of(t, row);
	if (columns)
		return read_cells(t, row, columns, err);
	if (t->has_header)
		snprintf(fault, sizeof(fault), "the line has %zu cells; the header has %zu", row->count, t->columns);
	else
		snprintf(fault, sizeof(fault), "this is no row of %s: it has %zu cells; expected %s", t->type->what,
			 row->count, t->type->layouts);
	return source_reject(t->source, place, E_CELLS, fault, err);
}

static enum status take_one(struct import_table *t, const struct csv_row *row, struct error *err)
{
	bool is_header = false;
	enum status status = OK;

	if (!t->is_begun && !t->type->layout && (row->fault || row->count > CSV_CELLS_MAX))
		return error_set(err, E_INVALID, NULL, "the header, line %llu, cannot be read: %s",
				 (unsigned long long)row->line,
				 row->fault ? csv_fault_text(row->fault) : "it has too many columns");
	if (!t->is_begun && !row->fault && row->count <= CSV_CELLS_MAX) {
		status = read_header(t, row, &is_header, err);
		t->is_begun = true;
	}
	return status == OK && !is_header ? read_row(t, row, err) : status;
}

/* Lines that a quote seems to hold together are rows by themselves: one of them was torn. */
static enum status take_bare_lines(struct import_table *t, const struct csv_row *given, struct error *err)
{
	struct str rest = given->text;
	struct csv_row row = *given;
	enum status status = OK;

	while (status == OK && rest.n) {
		row.text = str_cut(&rest, '\n');
		row.fault = CSV_QUOTE;
		if (row.text.n && row.text.p[row.text.n - 1] == '\r')
			row.text.n--;
		split_bare(&row, t->cells);
		if (str_trim(row.text).n)
			status = take_one(t, &row, err);
		else
			t->source->counts.blank_lines++;
		row.line++;
	}
	return status;
}

static enum status take_row(void *context, const struct csv_row *row, struct error *err)
{
	struct import_table *t = context;

	return row->fault == CSV_QUOTE && t->type->has_bare_quotes ? take_bare_lines(t, row, err)
								   : take_one(t, row, err);
}

/* --- the table ------------------------------------------------------------------------------ */

void import_table_init(struct import_table *t, struct import_source *source, const struct import_table_type *type)
{
	*t = (struct import_table){ .source = source, .type = type };
	t->csv = csv_new(source->bytes_max, take_row, t);
	csv_be_lenient(t->csv);
	buf_init(&t->header, 0);
}

void import_table_release(struct import_table *t)
{
	csv_free(t->csv);
	buf_release(&t->header);
}

/* A byte order mark, which may come in pieces, is no part of the first cell. */
enum status import_table_push(struct import_table *t, struct str bytes, struct error *err)
{
	struct str mark = STR(CSV_SHEET_MARK);
	enum status status = OK;

	while (bytes.n && t->mark < mark.n && bytes.p[0] == mark.p[t->mark]) {
		bytes = str_after(bytes, 1);
		t->mark++;
	}
	if (bytes.n && t->mark < mark.n) {
		status = csv_push(t->csv, str_of(mark.p, t->mark), err);
		t->mark = mark.n;
	}
	return status == OK ? csv_push(t->csv, bytes, err) : status;
}

enum status import_table_finish(struct import_table *t, struct error *err)
{
	return csv_finish(t->csv, err);
}

struct record_reader_counts import_table_counts(const struct import_table *t)
{
	struct record_reader_counts sum = t->source->counts;

	sum.blank_lines += csv_blank_lines(t->csv);
	sum.latin_lines += csv_latin_lines(t->csv);
	return sum;
}

/* --- recognising -------------------------------------------------------------------------- */

struct first_row {
	const struct import_table_type *type;
	bool is_ours;
};

static enum status judge_row(void *context, const struct csv_row *given, struct error *err)
{
	struct first_row *first = context;
	struct str cells[CSV_CELLS_MAX];
	unsigned values[CSV_CELLS_MAX];
	struct csv_row row = *given;
	struct buf missing;

	(void)err;
	if (row.fault == CSV_QUOTE && first->type->has_bare_quotes) {
		row.text.n = str_find_char(row.text, '\n');
		split_bare(&row, cells);
	}
	if (row.fault || row.count > CSV_CELLS_MAX)
		return E_INVALID;
	buf_init(&missing, 0);
	for (size_t i = 0; i < row.count; i++)
		values[i] = import_value_named(first->type->names, row.cells[i]);
	first->is_ours = list_missing(first->type, values, row.count, &missing) == 0 ||
			 (first->type->layout && first->type->layout(&row));
	buf_release(&missing);
	return E_FULL; /* the others do not matter */
}

bool import_table_recognise(const struct import_table_type *type, struct str head)
{
	struct first_row first = { .type = type };
	struct csv *csv = csv_new(IMPORT_BYTES_MAX, judge_row, &first);

	csv_be_lenient(csv);
	if (str_starts(head, STR(CSV_SHEET_MARK)))
		head = str_after(head, strlen(CSV_SHEET_MARK));
	if (csv_push(csv, head, NULL) == OK)
		csv_finish(csv, NULL);
	csv_free(csv);
	return first.is_ours;
}

/* --- an importer -------------------------------------------------------------------------------- */

struct table_importer {
	struct import_source source;
	struct import_table table;
};

static enum status push(struct import_reader *base, struct str bytes, struct error *err)
{
	return import_table_push(&((struct table_importer *)base)->table, bytes, err);
}

static enum status finish(struct import_reader *base, struct error *err)
{
	return import_table_finish(&((struct table_importer *)base)->table, err);
}

static struct record_reader_counts counts(const struct import_reader *base)
{
	return import_table_counts(&((const struct table_importer *)base)->table);
}

static void release(struct import_reader *base)
{
	struct table_importer *importer = (struct table_importer *)base;

	import_table_release(&importer->table);
	source_free(&importer->source);
}

static const struct import_reader_type table_importer_type = {
	.push = push, .finish = finish, .counts = counts, .free = release
};

enum status import_table_begin(struct import_reader **reader, const struct import_table_type *type,
			       const struct import_options *options, const struct record_sink *sink, struct error *err)
{
	struct table_importer *importer = source_new(sizeof(*importer), &table_importer_type, options, sink, err);

	if (!importer)
		return E_NOT_FOUND;
	import_table_init(&importer->table, &importer->source, type);
	*reader = &importer->source.base;
	return OK;
}
