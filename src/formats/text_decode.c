#include "formats/text_decode.h"

#include "base/arena.h"

#include <errno.h>
#include <iconv.h>
#include <stdlib.h>

#define HEAD_BYTES ((size_t)512) /* a tar archive says so at 257 */
#define PIECE_BYTES ((size_t)64 * 1024)
#define NO_CONVERTER ((iconv_t)-1)
#define NO_TEXT '\x81' /* alone no UTF-8, and in Windows-1252 nothing */

struct encoding {
	const char *name; /* iconv's; NULL: bytes as they are */
	struct str mark;
	size_t unit; /* bytes */
};

struct text_decode {
	text_decode_sink *sink;
	void *context;
	bool begun;
	char head[HEAD_BYTES]; /* before it begins; later the part of a character that came last */
	size_t head_n;
	const struct encoding *encoding;
	iconv_t converter;
	char piece[PIECE_BYTES];
};

/* clang-format off */
#define BYTES(z) { z, sizeof(z) - 1 }

/* The longer marks first: that of UTF-32 begins with that of UTF-16. */
static const struct encoding marked[] = {
	{ "UTF-32LE", BYTES("\xff\xfe\0\0"), 4 },
	{ "UTF-32BE", BYTES("\0\0\xfe\xff"), 4 },
	{ "UTF-16LE", BYTES("\xff\xfe"), 2 },
	{ "UTF-16BE", BYTES("\xfe\xff"), 2 },
};

static const struct encoding plain = { NULL, BYTES(""), 1 };
static const struct encoding little = { "UTF-16LE", BYTES(""), 2 }, big = { "UTF-16BE", BYTES(""), 2 };

static const struct {
	size_t at;
	struct str bytes;
	const char *what;
} no_texts[] = {
	{ 0, BYTES("%PDF-"), "a PDF document" },
	{ 0, BYTES("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "an Excel workbook (xls) or another Office document; save the table as CSV" },
	{ 0, BYTES("{\\rtf"), "a text document (RTF); save the table as CSV" },
	{ 0, BYTES("PK\x03\x04"), "a zip archive within another packing" },
	{ 0, BYTES("\x1f\x8b"), "packed twice, gzip within another packing" },
	{ 0, BYTES("\x28\xb5\x2f\xfd"), "packed twice, zstd within another packing" },
	{ 0, BYTES("BZh"), "packed with bzip2; gzip, zstd and zip are read" },
	{ 0, BYTES("\xfd\x37zXZ"), "packed with xz; gzip, zstd and zip are read" },
	{ 0, BYTES("\x04\x22\x4d\x18"), "packed with lz4; gzip, zstd and zip are read" },
	{ 0, BYTES("7z\xbc\xaf\x27\x1c"), "a 7-Zip archive; gzip, zstd and zip are read" },
	{ 0, BYTES("Rar!\x1a"), "a RAR archive; gzip, zstd and zip are read" },
	{ 257, BYTES("ustar"), "a tar archive; unpack it first" },
	{ 0, BYTES("PAR1"), "a Parquet file; write the table as CSV" },
	{ 0, BYTES("SQLite format 3"), "an SQLite database; write the table as CSV" },
	{ 0, BYTES("\x7f" "ELF"), "a program" },
	{ 0, BYTES("\x89PNG"), "a picture" },
	{ 0, BYTES("\xff\xd8\xff"), "a picture" },
	{ 0, BYTES("<!DOCTYPE"), "a web page; a portal may have wanted a sign-in" },
	{ 0, BYTES("<!doctype"), "a web page; a portal may have wanted a sign-in" },
	{ 0, BYTES("<html"), "a web page; a portal may have wanted a sign-in" },
	{ 0, BYTES("<?xml"), "an XML document" },
};
/* clang-format on */

struct text_decode *text_decode_new(text_decode_sink *sink, void *context)
{
	struct text_decode *d = xalloc(sizeof(*d));

	d->sink = sink;
	d->context = context;
	d->converter = NO_CONVERTER;
	return d;
}

void text_decode_free(struct text_decode *d)
{
	if (!d)
		return;
	if (d->converter != NO_CONVERTER)
		iconv_close(d->converter);
	free(d);
}

/* --- what it is --------------------------------------------------------------------- */

static const struct encoding *find_encoding(struct str head)
{
	for (size_t i = 0; i < sizeof(marked) / sizeof(marked[0]); i++)
		if (str_starts(head, marked[i].mark))
			return &marked[i];
	if (head.n < 4)
		return &plain;
	if (head.p[0] && !head.p[1] && head.p[2] && !head.p[3])
		return &little;
	return !head.p[0] && head.p[1] && !head.p[2] && head.p[3] ? &big : &plain;
}

static enum status refuse_no_text(struct str head, struct error *err)
{
	for (size_t i = 0; i < sizeof(no_texts) / sizeof(no_texts[0]); i++)
		if (head.n >= no_texts[i].at && str_starts(str_after(head, no_texts[i].at), no_texts[i].bytes))
			return error_set(err, E_INVALID, NULL, "this is no table but %s", no_texts[i].what);
	return OK;
}

/* --- characters ----------------------------------------------------------------------- */

static enum status hand_on(struct text_decode *d, size_t n, struct error *err)
{
	return n ? d->sink(d->context, str_of(d->piece, n), err) : OK;
}

/* Whole characters of bytes; what is left is less than one. */
static enum status convert(struct text_decode *d, struct str *bytes, struct error *err)
{
	enum status status = OK;

	while (status == OK && bytes->n >= d->encoding->unit) {
		char *in = (char *)bytes->p, *out = d->piece;
		size_t in_left = bytes->n, out_left = sizeof(d->piece) - 1;
		bool whole = iconv(d->converter, &in, &in_left, &out, &out_left) != (size_t)-1;
		int fault = whole ? 0 : errno;

		*bytes = str_of(in, in_left);
		if (fault == EILSEQ) {
			*out++ = NO_TEXT;
			*bytes = str_after(*bytes, d->encoding->unit);
		}
		status = hand_on(d, (size_t)(out - d->piece), err);
		if (fault == EINVAL)
			break;
	}
	return status;
}

/* The character that came in parts is made whole first. */
static enum status push_converted(struct text_decode *d, struct str bytes, struct error *err)
{
	enum status status = OK;

	while (status == OK && d->head_n && bytes.n) {
		struct str head;

		d->head[d->head_n++] = bytes.p[0];
		bytes = str_after(bytes, 1);
		head = str_of(d->head, d->head_n);
		status = convert(d, &head, err);
		memmove(d->head, head.p, head.n);
		d->head_n = head.n;
	}
	if (status == OK && bytes.n)
		status = convert(d, &bytes, err);
	if (status == OK && bytes.n) {
		memcpy(d->head, bytes.p, bytes.n);
		d->head_n = bytes.n;
	}
	return status;
}

static enum status push_text(struct text_decode *d, struct str bytes, struct error *err)
{
	if (bytes.n == 0)
		return OK;
	return d->encoding->name ? push_converted(d, bytes, err) : d->sink(d->context, bytes, err);
}

/* --- the stream ------------------------------------------------------------------------- */

static enum status begin(struct text_decode *d, struct str rest, struct error *err)
{
	struct str head = str_of(d->head, d->head_n);
	char first[HEAD_BYTES];
	enum status status = refuse_no_text(head, err);

	d->begun = true;
	if (status != OK)
		return status;
	d->encoding = find_encoding(head);
	if (d->encoding->name)
		d->converter = iconv_open("UTF-8", d->encoding->name);
	if (d->encoding->name && d->converter == NO_CONVERTER)
		return error_set(err, E_INTERNAL, NULL, "%s cannot be converted on this system", d->encoding->name);
	head = str_after(head, d->encoding->mark.n);
	memcpy(first, head.p, head.n);
	d->head_n = 0;
	status = push_text(d, str_of(first, head.n), err);
	return status == OK ? push_text(d, rest, err) : status;
}

enum status text_decode_push(struct text_decode *d, struct str bytes, struct error *err)
{
	size_t take = sizeof(d->head) - d->head_n;

	if (d->begun)
		return push_text(d, bytes, err);
	if (take > bytes.n)
		take = bytes.n;
	memcpy(d->head + d->head_n, bytes.p, take);
	d->head_n += take;
	return d->head_n == sizeof(d->head) ? begin(d, str_after(bytes, take), err) : OK;
}

enum status text_decode_finish(struct text_decode *d, struct error *err)
{
	enum status status = d->begun ? OK : begin(d, STR(""), err);

	if (status != OK || d->head_n == 0)
		return status;
	return error_set(err, E_TRUNCATED, NULL, "the text, %s, ends within a character", d->encoding->name);
}
