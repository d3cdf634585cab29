#include "formats/csv.h"

#include "base/arena.h"

#include <endian.h>
#include <iconv.h>
#include <stdlib.h>

#define NOT_OPEN ((iconv_t)-1)

/* Where a scan stands. */
enum state { CELL_BEGIN, IN_PLAIN, IN_QUOTED, QUOTE_ENDED };

struct csv {
	csv_sink *sink;
	void *context;
	size_t bytes_max;
	char delimiter;
	bool is_lenient, is_begun; /* a row was met */
	bool is_odd;               /* a quote stood where none may */
	iconv_t latin;             /* to UTF-8; opened when it is needed first */
	struct buf recoded;        /* the row at hand in UTF-8 */
	uint64_t latin_lines;
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
	c->delimiter = ',';
	c->latin = NOT_OPEN;
	buf_init(&c->recoded, 0);
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
	buf_release(&c->recoded);
	if (c->latin != NOT_OPEN)
		iconv_close(c->latin);
	free(c);
}

void csv_be_lenient(struct csv *c)
{
	c->is_lenient = true;
}

void csv_follow(struct csv *c, const struct csv *of)
{
	c->is_lenient = of->is_lenient;
	c->is_begun = of->is_begun;
	c->delimiter = of->delimiter;
}

char csv_delimiter(const struct csv *c)
{
	return c->delimiter;
}

bool csv_is_even(const struct csv *c)
{
	return !c->is_odd && c->state != IN_QUOTED;
}

uint64_t csv_latin_lines(const struct csv *c)
{
	return c->latin_lines;
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
		[CSV_TOO_LONG] = "the line is longer than is read",
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
			return rest.n == 0 || rest.p[0] == c->delimiter;
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
	*cell = str_of(text->p, str_find_char(*text, c->delimiter));
	*text = str_after(*text, cell->n);
	return str_find_char(*cell, '"') == cell->n;
}

static void put_cell(struct csv *c, size_t n, struct str cell)
{
	if (n < CSV_CELLS_MAX)
		c->cells[n] = cell;
}

/* Cuts a row into cells; false when quotes stand where none may, in the cell that begins at *begin. */
static bool split(struct csv *c, struct str text, size_t *count, size_t *begin)
{
	const char *first = text.p;

	*count = 0;
	buf_clear(&c->unquoted);
	buf_room(&c->unquoted, text.n); /* at once: cells point into it */
	for (;; text = str_after(text, 1)) {
		struct str cell;

		*begin = (size_t)(text.p - first);
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
	const uint64_t delimiters = EACH((unsigned char)c->delimiter);

	for (; text.n - at >= sizeof(word); at += sizeof(word)) {
		uint64_t other, found;

		memcpy(&word, text.p + at, sizeof(word));
		word = le64toh(word);
		all |= word;
		zeros |= (word - EACH(0x01)) & ~word & EACH(0x80);
		other = word ^ delimiters; /* no carry reaches a neighbour: each is found, and nothing else */
		for (found = ~(((other & EACH(0x7f)) + EACH(0x7f)) | other | EACH(0x7f)); found; found &= found - 1) {
			size_t end = at + (size_t)(__builtin_ctzll(found) / 8);

			put_cell(c, count++, str_of(text.p + begin, end - begin));
			begin = end + 1;
		}
	}
	for (; at < text.n; at++) {
		all |= (unsigned char)text.p[at];
		zeros |= text.p[at] == '\0';
		if (text.p[at] == c->delimiter) {
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

/* --- what spreadsheets do -------------------------------------------------------------- */

/* A line that names the delimiter, as Excel reads and writes it. */
static bool names_delimiter(struct str text, char *delimiter)
{
	if (text.n == 7 && text.p[0] == '"' && text.p[6] == '"')
		text = str_of(text.p + 1, 5);
	if (text.n != 5 || !str_equal_ascii_case(str_of(text.p, 4), STR("sep=")))
		return false;
	*delimiter = text.p[4];
	return true;
}

static size_t count_outside_quotes(struct str text, char wanted)
{
	bool quoted = false;
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		quoted ^= text.p[i] == '"';
		n += text.p[i] == wanted && !quoted;
	}
	return n;
}

/* The one that stands most often in the first line. */
static char find_delimiter(struct str text)
{
	static const char known[] = ",;\t|";
	size_t most = 0;
	char best = ',';

	for (size_t i = 0; known[i]; i++) {
		size_t n = count_outside_quotes(text, known[i]);

		if (n > most) {
			most = n;
			best = known[i];
		}
	}
	return best;
}

/* A row in Windows-1252, which Latin-1 is part of, in UTF-8; false when it is neither. */
static bool recode(struct csv *c, struct str *text)
{
	size_t in_left = text->n, out_left = 3 * text->n; /* the euro sign has three bytes */
	char *in = (char *)text->p, *out;

	if (!c->is_lenient || str_find_char(*text, '\0') < text->n)
		return false;
	if (c->latin == NOT_OPEN)
		c->latin = iconv_open("UTF-8", "WINDOWS-1252");
	buf_clear(&c->recoded);
	out = buf_room(&c->recoded, out_left);
	if (c->latin == NOT_OPEN || iconv(c->latin, &in, &in_left, &out, &out_left) == (size_t)-1)
		return false;
	*text = str_of(c->recoded.p, (size_t)(out - c->recoded.p));
	c->latin_lines++;
	return true;
}

/* --- places ------------------------------------------------------------------------------ */

/* The state behind a character that is no line end outside of quotes. */
static inline enum state behind(enum state state, char c, char delimiter)
{
	if (state == IN_QUOTED)
		return c == '"' ? QUOTE_ENDED : IN_QUOTED;
	if (c == delimiter)
		return CELL_BEGIN;
	return c == '"' && state != IN_PLAIN ? IN_QUOTED : IN_PLAIN; /* opened, or doubled */
}

/* Of what stands behind a text: its characters and one. */
static size_t column_of(struct str before)
{
	size_t n = 1;

	for (size_t i = 0; i < before.n; i++)
		n += ((unsigned char)before.p[i] & 0xc0) != 0x80;
	return n;
}

size_t csv_column(const struct csv *c, const struct csv_row *row, size_t cell)
{
	enum state state = CELL_BEGIN;
	size_t at = 0;

	for (; cell && at < row->text.n; at++) {
		cell -= state != IN_QUOTED && row->text.p[at] == c->delimiter;
		state = behind(state, row->text.p[at], c->delimiter);
	}
	return column_of(str_of(row->text.p, at));
}

/* --- rows out ---------------------------------------------------------------------------- */

/* The column of what is no text. */
static size_t odd_column(struct str text)
{
	size_t at = 0, len;

	while (at < text.n && text.p[at] && (len = utf8_sequence(str_after(text, at))))
		at += len;
	return column_of(str_of(text.p, at));
}

static void cut_row(struct csv *c, struct csv_row *row, struct str text, bool quotes)
{
	bool odd = quotes, recoded = false;
	size_t begin;

	row->text = text;
	if (!quotes)
		row->count = split_plain(c, text, &odd);
	if (odd && !is_text(text)) {
		recoded = recode(c, &row->text);
		row->fault = recoded ? CSV_FINE : CSV_NOT_TEXT;
		row->fault_column = recoded ? 0 : odd_column(text);
	}
	if (recoded && !quotes)
		row->count = split_plain(c, row->text, &odd);
	if (row->fault != CSV_FINE || !quotes || split(c, row->text, &row->count, &begin))
		return;
	row->fault = CSV_QUOTE;
	row->fault_column = column_of(str_of(row->text.p, begin));
}

/* One row without its line end. */
static enum status hand_out(struct csv *c, struct str text, bool quotes, struct error *err)
{
	struct csv_row row = { .line = c->line, .cells = c->cells };

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
	if (c->is_lenient && !c->is_begun) {
		c->is_begun = true;
		if (names_delimiter(text, &c->delimiter))
			return OK;
		c->delimiter = find_delimiter(text);
	}
	cut_row(c, &row, text, quotes);
	c->is_odd |= quotes && row.fault != CSV_FINE;
	return c->sink(c->context, &row, err);
}

static enum status hand_out_fault(struct csv *c, enum csv_fault fault, size_t column, struct error *err)
{
	struct csv_row row = { .fault = fault, .fault_column = column, .line = c->line++, .text = STR_NONE };

	c->is_odd = true;
	return c->sink(c->context, &row, err);
}

/* --- rows --------------------------------------------------------------------------- */

/* How many bytes belong to the row at hand: up to a line end outside of quotes,
 * or all of them. */
static size_t scan(const struct csv *c, enum state *state, struct str bytes)
{
	size_t i;

	for (i = 0; i < bytes.n && (bytes.p[i] != '\n' || *state == IN_QUOTED); i++)
		*state = behind(*state, bytes.p[i], c->delimiter);
	return i;
}

/* Where the quote stands that is open at the end of a line. */
static size_t open_quote(const struct csv *c, struct str line)
{
	enum state state = CELL_BEGIN;
	size_t at = 0;

	for (size_t i = 0; i < line.n; i++) {
		if (line.p[i] == '"' && state == CELL_BEGIN)
			at = i;
		state = behind(state, line.p[i], c->delimiter);
	}
	return column_of(str_of(line.p, at));
}

/* A quote that is never closed has swallowed the lines behind it: gives up the
 * one where it stands and reads the others again. */
static enum status reread(struct csv *c, struct error *err)
{
	struct buf swallowed = c->kept;
	struct str rest = buf_str(&swallowed), line;
	enum status status;

	buf_init(&c->kept, 0);
	c->state = CELL_BEGIN;
	line = str_cut(&rest, '\n');
	c->skipping = str_is_none(rest);
	status = hand_out_fault(c, CSV_UNCLOSED, open_quote(c, line), err);
	if (status == OK && rest.n)
		status = csv_push(c, rest, err);
	buf_release(&swallowed);
	return status;
}

/* The row at hand, kept and piece, is longer than may be.  *bytes is left where
 * reading goes on. */
static enum status give_up(struct csv *c, struct str piece, struct str *bytes, struct error *err)
{
	size_t end = str_find_char(*bytes, '\n'), column = 1;
	bool line_fits = end < piece.n && c->kept.n + end <= c->bytes_max;

	if (str_find_char(buf_str(&c->kept), '\n') < c->kept.n)
		return reread(c, err);
	if (line_fits) {
		buf_add(&c->kept, bytes->p, end);
		column = open_quote(c, buf_str(&c->kept));
	}
	buf_clear(&c->kept);
	c->state = CELL_BEGIN;
	c->skipping = end == bytes->n;
	*bytes = str_after(*bytes, end + !c->skipping);
	return hand_out_fault(c, line_fits ? CSV_UNCLOSED : CSV_TOO_LONG, column, err);
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
	piece.n = scan(c, &c->state, bytes);
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
