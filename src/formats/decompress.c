#include "formats/decompress.h"

#include "base/arena.h"
#include "formats/decompress_private.h"

#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#define RATIO_GRACE ((uint64_t)1 << 20) /* a ratio over a few bytes says nothing */
#define WINDOW_LOG_DEFAULT 23           /* RFC 9659 section 3: 8 MiB */
#define GZIP_WINDOW_BITS (15 + 16)      /* zlib: the largest window, gzip header only */

struct decompress {
	enum coding coding;
	struct bounded_sink out;
	bool inside;        /* a member or frame has begun and not ended */
	bool begun;         /* at least one has */
	enum status failed; /* the first failure; nothing works after it */
	z_stream gzip;
	ZSTD_DStream *zstd;
	unsigned char piece[DECOMPRESS_PIECE_MAX];
};

bool coding_parse(struct str name, enum coding *coding)
{
	static const struct {
		const char *name;
		enum coding coding;
	} codings[] = {
		{ "", CODING_IDENTITY }, { "identity", CODING_IDENTITY },
		{ "gzip", CODING_GZIP }, { "x-gzip", CODING_GZIP }, /* RFC 9110 section 8.4.1.3 */
		{ "zstd", CODING_ZSTD },
	};

	for (size_t i = 0; i < sizeof(codings) / sizeof(codings[0]); i++) {
		if (str_equal_ascii_case(name, str_from(codings[i].name))) {
			*coding = codings[i].coding;
			return true;
		}
	}
	return false;
}

enum coding coding_sniff(struct str head)
{
	if (str_starts(head, STR("\x1f\x8b")))
		return CODING_GZIP;
	return str_starts(head, STR("\x28\xb5\x2f\xfd")) ? CODING_ZSTD : CODING_IDENTITY;
}

static enum status begin_gzip(struct decompress *d, struct error *err)
{
	if (inflateInit2(&d->gzip, GZIP_WINDOW_BITS) != Z_OK)
		return error_set(err, E_INTERNAL, NULL, "the gzip decoder cannot be set up");
	return OK;
}

static unsigned zstd_window_log(const struct decompress *d)
{
	return d->out.limits.zstd_window_log_max ? d->out.limits.zstd_window_log_max : WINDOW_LOG_DEFAULT;
}

static enum status begin_zstd(struct decompress *d, struct error *err)
{
	d->zstd = ZSTD_createDStream();
	if (!d->zstd || ZSTD_isError(ZSTD_DCtx_setParameter(d->zstd, ZSTD_d_windowLogMax, (int)zstd_window_log(d))))
		return error_set(err, E_INTERNAL, NULL, "the zstd decoder cannot be set up");
	return OK;
}

enum status decompress_new(struct decompress **out, enum coding coding, const struct decompress_limits *limits,
			   decompress_sink *sink, void *context, struct error *err)
{
	struct decompress *d = xalloc(sizeof(*d));
	enum status status = OK;

	d->coding = coding;
	d->out = (struct bounded_sink){ .sink = sink, .context = context };
	if (limits)
		d->out.limits = *limits;
	if (coding == CODING_IDENTITY)
		d->out.limits.ratio_max = 0;
	if (coding == CODING_GZIP)
		status = begin_gzip(d, err);
	else if (coding == CODING_ZSTD)
		status = begin_zstd(d, err);
	if (status == OK)
		*out = d;
	else
		decompress_free(d);
	return status;
}

enum status bounded_emit(struct bounded_sink *b, const void *p, size_t n, struct error *err)
{
	if (n == 0)
		return OK;
	b->bytes_out += n;
	if (b->limits.bytes_max && b->bytes_out > b->limits.bytes_max)
		return error_set(err, E_TOO_LARGE, NULL, "the decompressed content is larger than %llu bytes",
				 (unsigned long long)b->limits.bytes_max);
	if (b->limits.ratio_max && b->bytes_out > RATIO_GRACE && b->bytes_out / b->limits.ratio_max > b->bytes_in)
		return error_set(err, E_TOO_LARGE, NULL, "the content decompresses to more than %u times its size",
				 b->limits.ratio_max);
	return b->sink(b->context, str_of(p, n), err);
}

static enum status bad_content(struct decompress *d, const char *what, struct error *err)
{
	const char *name = d->coding == CODING_GZIP ? "gzip" : "zstd";

	if (!d->inside && d->begun)
		return error_set(err, E_INVALID, NULL, "bytes that are no %s stand behind its end, at byte %llu", name,
				 (unsigned long long)d->out.bytes_in);
	return error_set(err, E_INVALID, NULL, "the %s content is damaged near byte %llu: %s", name,
			 (unsigned long long)d->out.bytes_in, what);
}

static enum status push_gzip(struct decompress *d, struct str bytes, struct error *err)
{
	z_stream *z = &d->gzip;
	enum status status = OK;
	bool more = false; /* output may wait although the input is used up */

	while (status == OK && (bytes.n || more)) {
		size_t take = bytes.n < DECOMPRESS_PIECE_MAX ? bytes.n : DECOMPRESS_PIECE_MAX;
		int code;

		if (!d->inside && !more && bytes.n == 0)
			break;
		z->next_in = (unsigned char *)bytes.p;
		z->avail_in = (uInt)take;
		z->next_out = d->piece;
		z->avail_out = DECOMPRESS_PIECE_MAX;
		code = inflate(z, Z_NO_FLUSH);
		take -= z->avail_in;
		bytes = str_after(bytes, take);
		d->out.bytes_in += take;
		if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
			return bad_content(d, z->msg ? z->msg : "it cannot be decoded", err);
		d->inside = true;
		more = z->avail_out == 0;
		status = bounded_emit(&d->out, d->piece, DECOMPRESS_PIECE_MAX - z->avail_out, err);
		if (code == Z_STREAM_END) {
			d->inside = false;
			d->begun = true;
			more = false;
			inflateReset(z);
		}
	}
	return status;
}

static enum status push_zstd(struct decompress *d, struct str bytes, struct error *err)
{
	ZSTD_inBuffer in = { bytes.p, bytes.n, 0 };
	enum status status = OK;
	bool more = false;

	while (status == OK && (in.pos < in.size || more)) {
		ZSTD_outBuffer out = { d->piece, DECOMPRESS_PIECE_MAX, 0 };
		size_t before = in.pos, left = ZSTD_decompressStream(d->zstd, &out, &in);

		d->out.bytes_in += in.pos - before;
		if (ZSTD_isError(left)) {
			if (ZSTD_getErrorCode(left) == ZSTD_error_frameParameter_windowTooLarge)
				return error_set(err, E_TOO_LARGE, NULL,
						 "the zstd content needs a window of more than %u KiB",
						 1U << (zstd_window_log(d) - 10));
			return bad_content(d, ZSTD_getErrorName(left), err);
		}
		d->inside = left != 0;
		d->begun |= left == 0;
		more = left != 0 && out.pos == out.size;
		status = bounded_emit(&d->out, d->piece, out.pos, err);
	}
	return status;
}

static enum status push_identity(struct decompress *d, struct str bytes, struct error *err)
{
	enum status status = OK;

	while (status == OK && bytes.n) {
		size_t take = bytes.n < DECOMPRESS_PIECE_MAX ? bytes.n : DECOMPRESS_PIECE_MAX;

		d->out.bytes_in += take;
		status = bounded_emit(&d->out, bytes.p, take, err);
		bytes = str_after(bytes, take);
	}
	return status;
}

static enum status dead(const struct decompress *d, struct error *err)
{
	return error_set(err, d->failed, NULL, "the content could not be decompressed");
}

enum status decompress_push(struct decompress *d, struct str bytes, struct error *err)
{
	if (d->failed)
		return dead(d, err);
	if (d->coding == CODING_GZIP)
		d->failed = push_gzip(d, bytes, err);
	else if (d->coding == CODING_ZSTD)
		d->failed = push_zstd(d, bytes, err);
	else
		d->failed = push_identity(d, bytes, err);
	return d->failed;
}

enum status decompress_finish(struct decompress *d, struct error *err)
{
	if (d->failed)
		return dead(d, err);
	if (d->coding == CODING_IDENTITY || (d->begun && !d->inside))
		return OK;
	return error_set(err, E_TRUNCATED, NULL, "the %s content ends early, after %llu bytes",
			 d->coding == CODING_GZIP ? "gzip" : "zstd", (unsigned long long)d->out.bytes_in);
}

void decompress_free(struct decompress *d)
{
	if (!d)
		return;
	if (d->coding == CODING_GZIP)
		inflateEnd(&d->gzip);
	ZSTD_freeDStream(d->zstd);
	free(d);
}
