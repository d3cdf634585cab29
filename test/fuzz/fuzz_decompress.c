#include "formats/decompress.h"
#include "formats/unzip.h"
#include "fuzz.h"

static const struct decompress_limits limits = { (uint64_t)4 << 20, 1000, 20 };

static enum status collect(void *context, struct str bytes, struct error *err)
{
	(void)err;
	must(bytes.n > 0 && bytes.n <= 65536);
	buf_add_str(context, bytes);
	return OK;
}

static enum status unpack_zip(struct str packed, size_t step, struct buf *out)
{
	struct unzip *u = unzip_new(&limits, collect, out);
	enum status status = OK;

	while (status == OK && packed.n) {
		struct str piece;
		char *own = take_piece(&packed, step, &piece);

		status = unzip_push(u, piece, NULL);
		free(own);
	}
	if (status == OK)
		status = unzip_finish(u, NULL);
	unzip_free(u);
	return status;
}

static enum status unpack(enum coding coding, struct str packed, size_t step, struct buf *out)
{
	struct decompress *d = NULL;
	enum status status = decompress_new(&d, coding, &limits, collect, out, NULL);

	must(status == OK);
	while (status == OK && packed.n) {
		struct str piece;
		char *own = take_piece(&packed, step, &piece);

		status = decompress_push(d, piece, NULL);
		free(own);
	}
	if (status == OK)
		status = decompress_finish(d, NULL);
	decompress_free(d);
	return status;
}

static enum status read_in_pieces(unsigned choice, struct str packed, size_t step, struct buf *out)
{
	return choice % 4 == 3 ? unpack_zip(packed, step, out) : unpack((enum coding)(choice % 4), packed, step, out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str packed = str_of(data, size);
	unsigned choice = take_choice(&packed);
	struct buf whole, pieces;
	enum status status;

	buf_init(&whole, 0);
	buf_init(&pieces, 0);
	status = read_in_pieces(choice, packed, SIZE_MAX, &whole);
	must(whole.n <= limits.bytes_max);
	if (status == OK) {
		must(read_in_pieces(choice, packed, 1 + choice / 4, &pieces) == OK);
		must(str_equal(buf_str(&whole), buf_str(&pieces)));
	} else {
		must(read_in_pieces(choice, packed, 1 + choice / 4, &pieces) != OK);
	}
	buf_release(&whole);
	buf_release(&pieces);
	return 0;
}
