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

/* What others call a field.  Only said in messages: what a column counts, and from when, no name tells. */
/* clang-format off */
static const struct {
	enum record_field field;
	const char *words[14]; /* in lower case, without blanks and signs */
} other_names[] = {
	{ FIELD_ID, { "callid", "recordid", "cdrid", "uniqueid", "uuid", "refid", "cdrnumber", "satznummer", NULL } },
	{ FIELD_CALLER, { "caller", "callingnumber", "callingparty", "calling", "anumber", "numbera", "rufnummera", "anrufer", "src",
			  "source", "from", "cli", "ani", NULL } },
	{ FIELD_CALLEE, { "callee", "callednumber", "calledparty", "called", "bnumber", "numberb", "rufnummerb", "ziel", "dst",
			  "destination", "to", "dnis", "dialednumber", NULL } },
	{ FIELD_START, { "start", "starttime", "startdate", "setuptime", "begin", "beginn", "invitetime", "calldate", "datetime",
			 "timestamp", "calltime", "datum", "time", NULL } },
	{ FIELD_DURATION, { "duration", "dauer", "seconds", "sekunden", "billsec", "billedduration", "talktime", "callduration",
			    "billableseconds", "gespraechsdauer", "durationsec", "chargedduration", NULL } },
};
/* clang-format on */

/* The column that seems to be what is missing; none. */
static struct str likely_column(const struct record_reader *r, const struct csv_row *row, enum record_field field)
{
	for (size_t i = 0; i < sizeof(other_names) / sizeof(other_names[0]); i++)
		for (size_t w = 0; other_names[i].field == field && other_names[i].words[w]; w++)
			for (size_t k = 0; k < r->columns.count; k++)
				if (name_is_written_as(str_from(other_names[i].words[w]), row->cells[k]))
					return str_trim(row->cells[k]);
	return STR_NONE;
}

static void list(struct buf *out, const struct record_reader *r, const struct csv_row *row, enum record_field field)
{
	struct str likely = likely_column(r, row, field);
	char found[40];

	if (out->n)
		buf_add_str(out, STR(", "));
	buf_add_str(out, str_from(record_field_name(r->kind, field)));
	if (!str_is_none(likely))
		buf_printf(out, " (is it \"%s\"?)", str_shown(likely, found, sizeof(found)));
}

static void list_missing(const struct record_reader *r, const struct csv_row *row, struct buf *out)
{
	const enum record_field *needed = record_needed(r->kind, r->strictness);
	const struct csv_columns *c = &r->columns;

	for (; *needed != FIELD_COUNT; needed++)
		if (!has_column(c, *needed))
			list(out, r, row, *needed);
	if (!has_column(c, FIELD_START) && !has_column(c, FIELD_ANSWER) && !has_column(c, FIELD_END)) {
		list(out, r, row, FIELD_START);
		buf_add_str(out, STR(" (or answerDateTime or endDateTime)"));
	}
}

#define FOUND_SIZE 124

static enum status check_columns(const struct record_reader *r, const struct csv_row *row, struct error *err)
{
	char found[FOUND_SIZE];
	struct buf missing;
	enum status status = OK;

	buf_init(&missing, 0);
	list_missing(r, row, &missing);
	if (missing.n) {
				status = error_set(err, E_INVALID, NULL, "the CSV lacks the columns %s; its header, line %llu, is: %s",
				   buf_cstr(&missing), (unsigned long long)row->line, str_shown(row->text, found, sizeof(found)));
	}
	buf_release(&missing);
	return status;
}

static enum status read_columns(struct record_reader *r, const struct csv_row *row, struct error *err)
{
	struct csv_columns *c = &r->columns;
	const struct str *cells = row->cells;

	for (size_t i = 0; i < c->count; i++) {
		c->fields[i] = r->strictness == RECORD_STRICT ? record_field_find(r->kind, cells[i])
							      : record_field_find_written(r->kind, cells[i]);
		if (c->fields[i] == FIELD_MEDIA)
			c->fields[i] = FIELD_UNKNOWN; /* streams have no CSV form */
		for (size_t k = 0; k < i; k++)
			if (cells[i].n && (str_equal(cells[i], cells[k]) ||
					   (c->fields[i] != FIELD_UNKNOWN && c->fields[i] == c->fields[k])))
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
		return error_set(err, E_INVALID, NULL, "the CSV's header, line %llu, cannot be read: %s (column %zu)",
				 (unsigned long long)row->line, csv_fault_text(row->fault), row->fault_column);
	if (str_find_char(row->text, '\r') < row->text.n)
		return error_set(err, E_INVALID, NULL, "the lines end with CR alone; expected LF or CR LF");
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

#define DECIMAL_SIZE 32

/* A duration of a spreadsheet, with its comma as a point where it must be for decimals: commas divide no cells, or no
 * three digits follow, which might be thousands. */
static void set_duration(struct record_reader *r, struct str cell)
{
	size_t comma = r->strictness == RECORD_LENIENT ? str_find_char(cell, ',') : cell.n;
	char point[DECIMAL_SIZE];

	if (comma < cell.n && cell.n < sizeof(point) && str_find_char(cell, '.') == cell.n &&
	    (csv_delimiter(r->csv) != ',' || cell.n - comma != 4)) {
		memcpy(point, cell.p, cell.n);
		point[comma] = '.';
		cell = str_of(point, cell.n);
	}
	reader_set_text(r, FIELD_DURATION, cell);
}

static void read_cell(struct record_reader *r, const struct csv_row *row, size_t i)
{
	enum record_field field = r->columns.fields[i];
	struct str cell = row->cells[i];

	if (field == FIELD_UNKNOWN || cell.n == 0)
		return;
	if (field == FIELD_DURATION)
		set_duration(r, cell);
	else
		reader_set_text(r, field, cell);
	if (r->status != OK && !r->fault_column)
		r->fault_column = csv_column(r->csv, row, i);
}

static void explain_row(struct record_reader *r, const struct csv_row *row)
{
	r->fault_column = row->fault_column;
	if (row->fault == CSV_TOO_LONG)
		reader_fault(r, E_RECORD_TOO_LONG, NULL, "the line is longer than %zu bytes, the most that is read",
			     r->limits.record_bytes_max);
	else
		reader_fault(r, E_MALFORMED, NULL, "%s", csv_fault_text(row->fault));
}

/* What stands below a table: "Total", "Summe: 4711 s", "合计". */
static bool begins_with_total(const struct csv_row *row)
{
	static const char *const words[] = { "total", "sum", "grand total", "gesamt", "insgesamt",
					     "\xe5\x90\x88\xe8\xae\xa1", "\xe6\x80\xbb\xe8\xae\xa1" };
	size_t i = 0;

	while (i + 1 < row->count && i + 1 < CSV_CELLS_MAX && str_trim(row->cells[i]).n == 0)
		i++;
	for (size_t w = 0; w < sizeof(words) / sizeof(words[0]); w++) {
		struct str word = str_from(words[w]), cell = str_trim(row->cells[i]);

		if (cell.n >= word.n && str_equal_ascii_case(str_of(cell.p, word.n), word))
			return true;
	}
	return false;
}

/* A line of totals is no record; that it is missed by nobody is worth a word. */
static void explain_no_record(struct record_reader *r, const struct csv_row *row)
{
	bool is_total = r->strictness == RECORD_LENIENT && begins_with_total(row);

	if (row->count != r->columns.count)
		reader_fault(r, E_CELLS, NULL, "the line has %zu cells; the header has %zu%s", row->count, r->columns.count,
			     is_total ? "; it seems to be one of totals" : "");
	else if (is_total && record_filed_ms(&r->record) == INSTANT_NONE)
		reader_fault(r, E_MISSING_FIELD, NULL, "the line has no time; it seems to be one of totals");
}

static void read_cells(struct record_reader *r, const struct csv_row *row)
{
	const struct csv_columns *c = &r->columns;

	if (row->fault != CSV_FINE) {
		explain_row(r, row);
	} else if (row->count == c->count) {
		for (size_t i = 0; i < c->count; i++)
			read_cell(r, row, i);
		if (record_filed_ms(&r->record) == INSTANT_NONE)
			explain_no_record(r, row);
	} else {
		explain_no_record(r, row);
		set_id_only(r, row);
	}
}

static enum status read_row(void *context, const struct csv_row *row, struct error *err)
{
	struct record_reader *r = context;
	struct record_place place = { row->line, -1, 1 };

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
	csv_set_line(r->csv, r->first.line);
	if (r->strictness == RECORD_LENIENT)
		csv_be_lenient(r->csv);
	buf_init(&r->columns.header, 0);
}

void record_csv_copy_columns(struct record_reader *r, const struct record_reader *of)
{
	struct csv_columns *c = &r->columns;

	csv_follow(r->csv, of->csv);
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
