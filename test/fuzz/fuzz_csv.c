#include "formats/csv.h"
#include "fuzz.h"

#define ROW_BYTES_MAX 64

static enum status note_row(void *context, const struct csv_row *row, struct error *err)
{
	struct buf *out = context;

	(void)err;
	buf_printf(out, "%llu %d %zu %zu", (unsigned long long)row->line, (int)row->fault, row->fault_column, row->count);
	must(row->text.n <= 3 * ROW_BYTES_MAX); /* Windows-1252 grows */
	if (row->fault == CSV_FINE)
		for (size_t i = 0; i < row->count && i < CSV_CELLS_MAX; i++) {
			buf_add_char(out, '|');
			buf_add_str(out, row->cells[i]);
		}
	buf_add_char(out, '\n');
	return OK;
}

static void read_in_pieces(struct str text, bool lenient, size_t step, struct buf *out)
{
	struct csv *csv = csv_new(ROW_BYTES_MAX, note_row, out);
	struct error err = { 0 };
	enum status status = OK;

	if (lenient)
		csv_be_lenient(csv);
	while (status == OK && text.n) {
		struct str piece;
		char *own = take_piece(&text, step, &piece);

		status = csv_push(csv, piece, &err);
		free(own);
	}
	must(status == OK);
	buf_printf(out, "end %d %llu\n", (int)csv_finish(csv, &err), (unsigned long long)csv_blank_lines(csv));
	csv_free(csv);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = str_of(data, size);
	size_t step = 1 + take_choice(&text) % 80;
	struct buf whole, pieces;

	buf_init(&whole, 0);
	buf_init(&pieces, 0);
	for (int lenient = 0; lenient < 2; lenient++) {
		buf_clear(&whole);
		buf_clear(&pieces);
		read_in_pieces(text, lenient, SIZE_MAX, &whole);
		read_in_pieces(text, lenient, step, &pieces);
		must(str_equal(buf_str(&whole), buf_str(&pieces)));
	}
	buf_release(&whole);
	buf_release(&pieces);
	return 0;
}
