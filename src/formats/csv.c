#include "formats/csv.h"

#include "base/arena.h"

#include <endian.h>
#include <stdlib.h>

/* Where a scan stands. */
enum state { CELL_BEGIN, IN_PLAIN, IN_QUOTED, QUOTE_ENDED };

struct csv {
	csv_sink *sink;
	void *context;
	size_t bytes_max;
	struct buf kept;  /* the beginning of a row whose end has not come yet */
	enum state state; /* at the end of kept */
	bool skipping;    /* the rest of a line that is too long */
	uint64_t line;    /* of the row at hand */
	uint64_t blank_lines;
	struct buf unquoted; /* cells that had quotes */
	struct str cells[CSV_CELLS_MAX];
};

struct csv *csv_new(size_t bytes_max, csv_sink *sink, void *context)
{
	struct csv *c = xalloc(sizeof(*c));

	c->sink = sink;
	c->context = context;
	c->bytes_max = bytes_max;
	c->line = 1;
	buf_init(&c->kept, 0);
	buf_init(&c->unquoted, 0);
	return c;
}

void csv_free(struct csv *c)
{
	if (!c)
		return;
	buf_release(&c->kept);
	buf_release(&c->unquoted);
	free(c);
}

void csv_set_line(struct csv *c, uint64_t line)
{
	c->line = line;
}

uint64_t csv_line(const struct csv *c)
{
	return c->line;
}

uint64_t csv_blank_lines(const struct csv *c)
{
	return c->blank_lines;
}

const char *csv_fault_text(enum csv_fault fault)
{
	static const char *const texts[] = {
		[CSV_FINE] = "nothing is wrong",
		[CSV_NOT_TEXT] = "the line holds bytes that are no UTF-8, or NUL",
		[CSV_QUOTE] = "a quote stands where none may; within cells quotes are doubled",
		[CSV_UNCLOSED] = "a quote is opened and not closed",
		[CSV_TOO_LONG] = "the line is too long",
	};

	return texts[fault];
}

/* --- cells ------------------------------------------------------------------------- */

/* A cell that begins with a quote, decoded; *text is left behind it.  False when
 * something stands behind the closing quote, or there is none. */
static bool take_quoted(struct csv *c, struct str *text, struct str *cell)
{
	struct str rest = str_after(*text, 1);
	char *out = c->unquoted.p + c->unquoted.n;
	size_t n = 0;

	while (rest.n) {
		size_t quote = str_find_char(rest, '"');

		if (quote == rest.n)
			return false;
		memcpy(out + n, rest.p, quote);
		n += quote;
		rest = str_after(rest, quote + 1);
		if (rest.n == 0 || rest.p[0] != '"') {
			buf_took(&c->unquoted, n);
			*cell = str_of(out, n);
			*text = rest;
			return rest.n == 0 || rest.p[0] == ',';
		}
		out[n++] = '"';
		rest = str_after(rest, 1);
	}
	return false;
}

static bool take_cell(struct csv *c, struct str *text, struct str *cell)
{
	if (text->n && text->p[0] == '"')
		return take_quoted(c, text, cell);
	*cell = str_of(text->p, str_find_char(*text, ','));
	*text = str_after(*text, cell->n);
	return str_find_char(*cell, '"') == cell->n;
}

static void put_cell(struct csv *c, size_t n, struct str cell)
{
	if (n < CSV_CELLS_MAX)
		c->cells[n] = cell;
}

/* Cuts a row into cells; false when quotes stand where none may. */
static bool split(struct csv *c, struct str text, size_t *count)
{
	*count = 0;
	buf_clear(&c->unquoted);
	buf_room(&c->unquoted, text.n); /* at once: cells point into it */
	for (;; text = str_after(text, 1)) {
		struct str cell;

		if (!take_cell(c, &text, &cell))
			return false;
		put_cell(c, (*count)++, cell);
		if (text.n == 0)
			return true;
	}
}

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Cuts a row without quotes into cells, eight bytes at a time; *odd where it may hold NUL, or what is not ASCII. */
static size_t split_plain(struct csv *c, struct str text, bool *odd)
{
	size_t begin = 0, count = 0, at = 0;
	uint64_t word, all = 0, zeros = 0;

	for (; text.n - at >= sizeof(word); at += sizeof(word)) {
		uint64_t other, commas;

		memcpy(&word, text.p + at, sizeof(word));
		word = le64toh(word);
		all |= word;
		zeros |= (word - EACH(0x01)) & ~word & EACH(0x80);
		other = word ^ EACH(','); /* no carry reaches a neighbour: each comma is found, and nothing else */
		for (commas = ~(((other & EACH(0x7f)) + EACH(0x7f)) | other | EACH(0x7f)); commas; commas &= commas - 1) {
			size_t end = at + (size_t)(__builtin_ctzll(commas) / 8);

			put_cell(c, count++, str_of(text.p + begin, end - begin));
			begin = end + 1;
		}
	}
	for (; at < text.n; at++) {
		all |= (unsigned char)text.p[at];
		zeros |= text.p[at] == '\0';
		if (text.p[at] == ',') {
			put_cell(c, count++, str_of(text.p + begin, at - begin));
			begin = at + 1;
		}
	}
	put_cell(c, count++, str_of(text.p + begin, text.n - begin));
	*odd = zeros || all & EACH(0x80);
	return count;
}

/* UTF-8 without NUL.  Nearly all text is ASCII, which one look at all bytes tells. */
static bool is_text(struct str s)
{
	unsigned char all = 0, zeros = 0;

	for (size_t i = 0; i < s.n; i++) {
		all |= (unsigned char)s.p[i];
		zeros |= s.p[i] == '\0';
	}
	return !zeros && (all < 0x80 || str_is_utf8(s));
}

static bool is_blank_line(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != ' ' && s.p[i] != '\t')
			return false;
	return true;
}

/* One row without its line end. */
static enum status hand_out(struct csv *c, struct str text, bool quotes, struct error *err)
{
	struct csv_row row = { .line = c->line, .cells = c->cells };
	bool odd = quotes;

	c->line++;
	if (quotes)
		for (size_t i = 0; i < text.n; i++)
			c->line += text.p[i] == '\n';
	if (text.n && text.p[text.n - 1] == '\r')
		text.n--;
	if (is_blank_line(text)) {
		c->blank_lines++;
		return OK;
	}
	row.text = text;
	if (!quotes)
		row.count = split_plain(c, text, &odd);
	if (odd && !is_text(text))
		row.fault = CSV_NOT_TEXT;
	else if (quotes && !split(c, text, &row.count))
		row.fault = CSV_QUOTE;
	return c->sink(c->context, &row, err);
}

static enum status hand_out_fault(struct csv *c, enum csv_fault fault, struct error *err)
{
	struct csv_row row = { .fault = fault, .line = c->line++, .text = STR_NONE };

	return c->sink(c->context, &row, err);
}

/* --- rows --------------------------------------------------------------------------- */

/* How many bytes belong to the row at hand: up to a line end outside of quotes,
 * or all of them. */
static size_t scan(enum state *state, struct str bytes)
{
	size_t i;

	for (i = 0; i < bytes.n; i++) {
		char c = bytes.p[i];

		if (*state == IN_QUOTED) {
			if (c == '"')
				*state = QUOTE_ENDED;
		} else if (c == '\n') {
			break;
		} else if (c == ',') {
			*state = CELL_BEGIN;
		} else if (c == '"' && *state != IN_PLAIN) {
			*state = IN_QUOTED; /* opened, or doubled */
		} else {
			*state = IN_PLAIN;
		}
	}
	return i;
}

/* A quote that is never closed has swallowed the lines behind it: gives up the
 * one where it stands and reads the others again. */
static enum status reread(struct csv *c, struct error *err)
{
	struct buf swallowed = c->kept;
	struct str rest = buf_str(&swallowed);
	enum status status;

	buf_init(&c->kept, 0);
	c->state = CELL_BEGIN;
	str_cut(&rest, '\n');
	c->skipping = str_is_none(rest);
	status = hand_out_fault(c, CSV_UNCLOSED, err);
	if (status == OK && rest.n)
		status = csv_push(c, rest, err);
	buf_release(&swallowed);
	return status;
}

/* The row at hand, kept and piece, is longer than may be.  *bytes is left where
 * reading goes on. */
static enum status give_up(struct csv *c, struct str piece, struct str *bytes, struct error *err)
{
	size_t end = str_find_char(*bytes, '\n');
	bool line_fits = end < piece.n && c->kept.n + end <= c->bytes_max;

	if (str_find_char(buf_str(&c->kept), '\n') < c->kept.n)
		return reread(c, err);
	buf_clear(&c->kept);
	c->state = CELL_BEGIN;
	c->skipping = end == bytes->n;
	*bytes = str_after(*bytes, end + !c->skipping);
	return hand_out_fault(c, line_fits ? CSV_UNCLOSED : CSV_TOO_LONG, err);
}

/* Without quotes a row is a line, which is found much faster. */
static struct str next_piece(struct csv *c, struct str bytes, bool *quotes)
{
	struct str piece = { bytes.p, 0 };

	*quotes = true;
	if (c->kept.n == 0 && c->state == CELL_BEGIN) {
		piece.n = str_find_char(bytes, '\n');
		if (piece.n < bytes.n && str_find_char(piece, '"') == piece.n) {
			*quotes = false;
			return piece;
		}
	}
	piece.n = scan(&c->state, bytes);
	return piece;
}

static void skip_line(struct csv *c, struct str *bytes)
{
	size_t end = str_find_char(*bytes, '\n');

	c->skipping = end == bytes->n;
	*bytes = str_after(*bytes, end + !c->skipping);
}

enum status csv_push(struct csv *c, struct str bytes, struct error *err)
{
	enum status status = OK;

	while (bytes.n && status == OK) {
		struct str piece;
		bool whole, quotes;

		if (c->skipping) {
			skip_line(c, &bytes);
			continue;
		}
		piece = next_piece(c, bytes, &quotes);
		whole = piece.n < bytes.n;
		if (piece.n > c->bytes_max - c->kept.n) {
			status = give_up(c, piece, &bytes, err);
			continue;
		}
		bytes = str_after(bytes, piece.n + whole);
		if (!whole || c->kept.n) {
			buf_add_str(&c->kept, piece);
			piece = buf_str(&c->kept);
		}
		if (whole) {
			c->state = CELL_BEGIN;
			status = hand_out(c, piece, quotes, err);
			buf_clear(&c->kept);
		}
	}
	return status;
}

enum status csv_finish(struct csv *c, struct error *err)
{
	uint64_t open_line = 0;
	enum status status = OK;

	while (status == OK && c->state == IN_QUOTED) {
		if (!open_line)
			open_line = c->line;
		status = reread(c, err);
	}
	if (status == OK && c->kept.n)
		status = hand_out(c, buf_str(&c->kept), true, err);
	if (status == OK && open_line)
		status = error_set(err, E_TRUNCATED, NULL, "the text ends within the quotes that line %llu opens",
				   (unsigned long long)open_line);
	return status;
}

void csv_write_cell(struct buf *out, struct str s)
{
	bool plain = true;

	for (size_t i = 0; i < s.n; i++)
		plain &= s.p[i] != ',' && s.p[i] != '"' && s.p[i] != '\n' && s.p[i] != '\r';
	if (plain) {
		buf_add_str(out, s);
		return;
	}
	buf_add_char(out, '"');
	for (struct str rest = s; !str_is_none(rest);) {
		buf_add_str(out, str_cut(&rest, '"'));
		if (!str_is_none(rest))
			buf_add_str(out, STR("\"\""));
	}
	buf_add_char(out, '"');
}

/* --- for spreadsheets --------------------------------------------------------------- */

/* = + - @, their full-width forms, and the blanks that Excel passes over before them. */
static bool begins_formula(struct str s)
{
	static const char *const wide[] = { "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0" };

	if (s.n && memchr("=+-@\t\r\n", s.p[0], 7))
		return true;
	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
		if (str_starts(s, str_from(wide[i])))
			return true;
	return false;
}

/* Where commas are for decimals a spreadsheet divides cells at semicolons, and takes our quotes for text since they
 * begin no cell: what follows a semicolon or a line end begins a cell there, quotes before it or not. */
void csv_write_sheet_cell(struct buf *out, struct str s)
{
	bool begins = true;
	struct buf safe;

	buf_init(&safe, 0);
	for (size_t i = 0; i < s.n; i++) {
		if (begins && begins_formula(str_after(s, i)))
			buf_add_char(&safe, '\'');
		buf_add_char(&safe, s.p[i]);
		begins = memchr(";\r\n", s.p[i], 3) || (begins && i > 0 && s.p[i] == '"');
	}
	csv_write_cell(out, buf_str(&safe));
	buf_release(&safe);
}
