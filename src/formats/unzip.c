#include "formats/unzip.h"

#include "base/arena.h"
#include "base/buf.h"
#include "formats/decompress_private.h"

#include <stdlib.h>
#include <zlib.h>

/* PKWARE APPNOTE 6.3, sections 4.3.7 and 4.3.9. */
#define LOCAL_HEADER 0x04034b50U
#define CENTRAL_HEADER 0x02014b50U
#define END_HEADER 0x06054b50U
#define DESCRIPTOR 0x08074b50U
#define LOCAL_HEADER_SIZE 30
#define FLAG_ENCRYPTED 1U
#define FLAG_DESCRIPTOR 8U
#define METHOD_STORED 0
#define METHOD_DEFLATED 8
#define DESCRIPTOR_SIZE 16
#define VERSION_ZIP64 45 /* sizes of 8 bytes in the descriptor */

/*
 *     HEADER -> NAME -> CONTENT -> DESCRIPTOR -> HEADER ... -> DONE
 *
 * Each state but CONTENT and DONE collects `wanted` bytes before it acts. */
enum unzip_state { UNZIP_HEADER, UNZIP_NAME, UNZIP_CONTENT, UNZIP_DESCRIPTOR, UNZIP_DONE };

struct unzip {
	struct bounded_sink out;
	enum unzip_state state;
	size_t wanted;
	struct buf collected;
	struct buf name; /* of the one file */
	unsigned version, flags, method;
	size_t name_size;
	uint32_t crc_expected, crc;
	uint64_t left;    /* of a stored entry */
	bool passed_over; /* the entry is no table */
	bool found;       /* the one file was met */
	z_stream stream;
	bool streaming; /* stream is set up */
	unsigned char piece[DECOMPRESS_PIECE_MAX];
};

bool unzip_sniff(struct str head)
{
	return str_starts(head, STR("PK\x03\x04")) || str_starts(head, STR("PK\x05\x06"));
}

struct unzip *unzip_new(const struct decompress_limits *limits, decompress_sink *sink, void *context)
{
	struct unzip *u = xalloc(sizeof(*u));

	u->out = (struct bounded_sink){ .sink = sink, .context = context };
	if (limits)
		u->out.limits = *limits;
	u->wanted = LOCAL_HEADER_SIZE;
	buf_init(&u->collected, 0);
	buf_init(&u->name, 0);
	return u;
}

void unzip_free(struct unzip *u)
{
	if (!u)
		return;
	if (u->streaming)
		inflateEnd(&u->stream);
	buf_release(&u->collected);
	buf_release(&u->name);
	free(u);
}

static uint32_t le16(const char *p)
{
	return (uint32_t)(unsigned char)p[0] | (uint32_t)(unsigned char)p[1] << 8;
}

static uint32_t le32(const char *p)
{
	return le16(p) | le16(p + 2) << 16;
}

static void collect_next(struct unzip *u, enum unzip_state state, size_t wanted)
{
	u->state = state;
	u->wanted = wanted;
	buf_clear(&u->collected);
}

static enum status bad_zip(const char *what, struct error *err)
{
	return error_set(err, E_INVALID, NULL, "the zip archive cannot be read: %s", what);
}

static enum status holds_no_file(struct error *err)
{
	return bad_zip("it holds no file", err);
}

/* --- entries ------------------------------------------------------------------------ */

static enum status read_header(struct unzip *u, struct error *err)
{
	const char *p = u->collected.p;
	uint32_t signature = le32(p), size;

	if (signature == CENTRAL_HEADER || signature == END_HEADER) {
		u->state = UNZIP_DONE;
		return u->found ? OK : holds_no_file(err);
	}
	if (signature != LOCAL_HEADER)
		return bad_zip("an entry does not begin where one should", err);
	u->version = le16(p + 4);
	u->flags = le16(p + 6);
	u->method = le16(p + 8);
	u->crc_expected = le32(p + 14);
	size = le32(p + 18);
	u->left = size;
	u->name_size = le16(p + 26);
	if (u->flags & FLAG_ENCRYPTED)
		return bad_zip("it is encrypted", err);
	if (u->method != METHOD_STORED && u->method != METHOD_DEFLATED)
		return bad_zip("it is packed by a method other than deflate", err);
	if (u->method == METHOD_STORED && ((u->flags & FLAG_DESCRIPTOR) || size == UINT32_MAX))
		return bad_zip("an entry that is not packed does not tell its size", err);
	collect_next(u, UNZIP_NAME, u->name_size + le16(p + 28));
	return OK;
}

#define NAME_SHOWN_SIZE 60

/* What Excel and LibreOffice write is a zip archive of these. */
static bool is_part_of_workbook(struct str name)
{
	static const char *const parts[] = { "[Content_Types].xml", "_rels/", "docProps/", "xl/", "mimetype" };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (str_starts(name, str_from(parts[i])))
			return true;
	return false;
}

static enum status second_file(const struct unzip *u, struct str name, struct error *err)
{
	char first[NAME_SHOWN_SIZE], second[NAME_SHOWN_SIZE];

	return error_set(err, E_INVALID, NULL,
			 "the zip archive holds more than one file, %s and %s; expected one table",
			 str_shown(buf_str(&u->name), first, sizeof(first)), str_shown(name, second, sizeof(second)));
}

/* What others put beside a table: macOS, and Teams' admin center the settings of its export. */
static bool is_no_table(struct str name)
{
	return name.n == 0 || name.p[name.n - 1] == '/' || str_starts(name, STR("__MACOSX/")) || str_is(name, "parameters.json");
}

static enum status read_name(struct unzip *u, struct error *err)
{
	struct str name = { u->collected.p, u->name_size };

	u->passed_over = is_no_table(name);
	if (!u->found && is_part_of_workbook(name))
		return error_set(err, E_INVALID, NULL,
				 "this is no table but a workbook of a spreadsheet (xlsx, ods); save the table as CSV");
	if (!u->passed_over && u->found)
		return second_file(u, name, err);
	if (!u->passed_over)
		buf_add_str(&u->name, name);
	u->found |= !u->passed_over;
	u->crc = (uint32_t)crc32(0, NULL, 0);
	if (u->method == METHOD_DEFLATED) {
		if (u->streaming)
			inflateReset(&u->stream);
		else if (inflateInit2(&u->stream, -MAX_WBITS) != Z_OK)
			return error_set(err, E_INTERNAL, NULL, "the zip decoder cannot be set up");
		u->streaming = true;
	}
	u->state = UNZIP_CONTENT;
	return OK;
}

static enum status check_crc(const struct unzip *u, uint32_t expected, struct error *err)
{
	return u->crc == expected ? OK : bad_zip("its checksum does not agree with its content", err);
}

static enum status end_content(struct unzip *u, struct error *err)
{
	if (u->flags & FLAG_DESCRIPTOR) {
		collect_next(u, UNZIP_DESCRIPTOR, DESCRIPTOR_SIZE + (u->version >= VERSION_ZIP64 ? 8 : 0));
		return OK;
	}
	collect_next(u, UNZIP_HEADER, LOCAL_HEADER_SIZE);
	return check_crc(u, u->crc_expected, err);
}

static enum status read_descriptor(struct unzip *u, struct error *err)
{
	uint32_t signature = le32(u->collected.p), crc = le32(u->collected.p + 4);

	if (signature != DESCRIPTOR)
		return bad_zip("an entry does not end where it should", err);
	collect_next(u, UNZIP_HEADER, LOCAL_HEADER_SIZE);
	return check_crc(u, crc, err);
}

/* --- content --------------------------------------------------------------------------- */

static enum status emit(struct unzip *u, const void *p, size_t n, struct error *err)
{
	u->crc = (uint32_t)crc32(u->crc, p, (uInt)n);
	return u->passed_over ? OK : bounded_emit(&u->out, p, n, err);
}

static enum status push_stored(struct unzip *u, struct str *bytes, struct error *err)
{
	size_t take = bytes->n < DECOMPRESS_PIECE_MAX ? bytes->n : DECOMPRESS_PIECE_MAX;
	enum status status;

	if (take > u->left)
		take = (size_t)u->left;
	u->left -= take;
	u->out.bytes_in += take;
	status = emit(u, bytes->p, take, err);
	*bytes = str_after(*bytes, take);
	return status == OK && u->left == 0 ? end_content(u, err) : status;
}

static enum status push_deflated(struct unzip *u, struct str *bytes, struct error *err)
{
	z_stream *z = &u->stream;
	size_t take = bytes->n < DECOMPRESS_PIECE_MAX ? bytes->n : DECOMPRESS_PIECE_MAX;
	enum status status;
	int code;

	z->next_in = (unsigned char *)bytes->p;
	z->avail_in = (uInt)take;
	do {
		z->next_out = u->piece;
		z->avail_out = sizeof(u->piece);
		code = inflate(z, Z_NO_FLUSH);
		if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
			return bad_zip(z->msg ? z->msg : "its content is damaged", err);
		u->out.bytes_in += take - z->avail_in;
		*bytes = str_after(*bytes, take - z->avail_in);
		take = z->avail_in;
		status = emit(u, u->piece, sizeof(u->piece) - z->avail_out, err);
	} while (status == OK && code == Z_OK && z->avail_out == 0);
	return status == OK && code == Z_STREAM_END ? end_content(u, err) : status;
}

/* --- the stream ---------------------------------------------------------------------------- */

static enum status act(struct unzip *u, struct error *err)
{
	switch (u->state) {
	case UNZIP_HEADER:
		return read_header(u, err);
	case UNZIP_NAME:
		return read_name(u, err);
	default:
		return read_descriptor(u, err);
	}
}

static enum status collect(struct unzip *u, struct str *bytes, struct error *err)
{
	size_t take = u->wanted - u->collected.n;

	if (take > bytes->n)
		take = bytes->n;
	buf_add(&u->collected, bytes->p, take);
	u->out.bytes_in += take;
	*bytes = str_after(*bytes, take);
	return u->collected.n == u->wanted ? act(u, err) : OK;
}

static enum status push_content(struct unzip *u, struct str *bytes, struct error *err)
{
	return u->method == METHOD_STORED ? push_stored(u, bytes, err) : push_deflated(u, bytes, err);
}

enum status unzip_push(struct unzip *u, struct str bytes, struct error *err)
{
	enum status status = OK;

	while (status == OK && bytes.n && u->state != UNZIP_DONE)
		status = u->state == UNZIP_CONTENT ? push_content(u, &bytes, err) : collect(u, &bytes, err);
	return status;
}

enum status unzip_finish(struct unzip *u, struct error *err)
{
	if (u->state == UNZIP_DONE)
		return OK;
	if (u->state == UNZIP_HEADER && u->collected.n >= 4 && le32(u->collected.p) == END_HEADER)
		return holds_no_file(err); /* shorter than the header of a file */
	return error_set(err, E_TRUNCATED, NULL, "the zip archive ends early, after %llu bytes",
			 (unsigned long long)u->out.bytes_in);
}
