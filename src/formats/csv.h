/* formats/csv.h - comma separated values (RFC 4180) in pieces of any size, row by row.
 *
 * Quoted cells may hold commas, doubled quotes and line ends; CR LF and LF both
 * end rows; the last row needs no end.  Blank lines are counted and passed over.
 * Text is UTF-8 without NUL.  Memory is bounded by bytes_max, the length of a row.
 *
 * Lenient, it reads what spreadsheets write: cells may be divided by ";", a tab or
 * "|" (what stands most often in the first line, or what a line "sep=;" before it
 * says), and a row that is no UTF-8 is read as Windows-1252 and counted.
 *
 * A row that is none is handed out with its fault, and reading goes on in the
 * next line: also behind a quote that is never closed, whose lines are read again. */
#ifndef FORMATS_CSV_H
#define FORMATS_CSV_H

#include "base/buf.h"
#include "base/error.h"

#define CSV_CELLS_MAX 1024

enum csv_fault {
	CSV_FINE,
	CSV_NOT_TEXT,   /* not UTF-8 (lenient: nor Windows-1252), or NUL */
	CSV_QUOTE,      /* where none may stand */
	CSV_UNCLOSED,   /* a quote that does not end within bytes_max, or at all */
	CSV_TOO_LONG,
};

struct csv_row {
	enum csv_fault fault;
	uint64_t line;            /* in which it begins, from 1 */
	size_t fault_column;      /* of the fault: characters from the beginning of the row, from 1 */
	struct str text;          /* as it stands, without line end; none when UNCLOSED or TOO_LONG */
	const struct str *cells;  /* when FINE: the first CSV_CELLS_MAX */
	size_t count;             /* how many there are */
};

/* Slices live until it returns.  Anything but OK ends reading and becomes the result. */
typedef enum status csv_sink(void *context, const struct csv_row *row, struct error *err);

struct csv;

struct csv *csv_new(size_t bytes_max, csv_sink *sink, void *context);
enum status csv_push(struct csv *c, struct str bytes, struct error *err);

/* E_TRUNCATED when the text ends within quotes. */
enum status csv_finish(struct csv *c, struct error *err);
void csv_free(struct csv *c);                      /* NULL is fine */

void csv_be_lenient(struct csv *c);                /* before the first row */
void csv_follow(struct csv *c, const struct csv *of); /* reads a later part of the text that `of` began */

/* Of a cell, in characters from the beginning of the row, from 1. */
size_t csv_column(const struct csv *c, const struct csv_row *row, size_t cell);
char csv_delimiter(const struct csv *c);

/* Whether each quote so far opened, closed or doubled, and none is open: a line end then stands outside of cells where
 * the quotes before it are even in number. */
bool csv_is_even(const struct csv *c);
uint64_t csv_latin_lines(const struct csv *c);     /* read as Windows-1252 */

void csv_set_line(struct csv *c, uint64_t line);   /* what went before was counted elsewhere */
uint64_t csv_line(const struct csv *c);            /* of the next row */
uint64_t csv_blank_lines(const struct csv *c);

/* A fault in words. */
const char *csv_fault_text(enum csv_fault fault);

/* A cell, quoted where it must be.  The first is for machines: what is read is what was written.  The second is
 * for spreadsheets, which take some texts for formulas: those get an apostrophe before them.  The two are never
 * mixed, and a text for spreadsheets begins with CSV_SHEET_MARK, so that its UTF-8 is taken for that. */
typedef void csv_cell_writer(struct buf *out, struct str text);
csv_cell_writer csv_write_cell, csv_write_sheet_cell;

#define CSV_SHEET_MARK "\xef\xbb\xbf"

#endif
