#include "check.h"

#include "base/random.h"
#include "formats/decompress.h"

#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

static enum status collect(void *context, struct str bytes, struct error *err)
{
	struct buf *out = context;

	assert_true(bytes.n > 0 && bytes.n <= 65536);
	buf_add_str(out, bytes);
	if (str_find(bytes, STR("STOP")) < bytes.n)
		return error_set(err, E_FULL, NULL, "stopped");
	return OK;
}

/* Adds one gzip member. */
static void gzip(struct buf *out, struct str plain)
{
	z_stream z = { 0 };
	char *room;
	size_t bound;

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	bound = deflateBound(&z, plain.n);
	room = buf_room(out, bound);
	z.next_in = (unsigned char *)plain.p;
	z.avail_in = (uInt)plain.n;
	z.next_out = (unsigned char *)room;
	z.avail_out = (uInt)bound;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	buf_took(out, bound - z.avail_out);
	deflateEnd(&z);
}

static void zstd(struct buf *out, struct str plain, int window_log)
{
	ZSTD_CCtx *c = ZSTD_createCCtx();
	size_t bound = ZSTD_compressBound(plain.n) + 64;
	ZSTD_inBuffer in = { plain.p, plain.n, 0 }, none = { NULL, 0, 0 };
	ZSTD_outBuffer packed = { buf_room(out, bound), bound, 0 };

	/* Without a known size, or the window would be made to fit it. */
	if (window_log)
		ZSTD_CCtx_setParameter(c, ZSTD_c_windowLog, window_log);
	ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
	assert_false(ZSTD_isError(ZSTD_compressStream2(c, &packed, &in, ZSTD_e_continue)));
	assert_int_equal(ZSTD_compressStream2(c, &packed, &none, ZSTD_e_end), 0);
	buf_took(out, packed.pos);
	ZSTD_freeCCtx(c);
}

/* Pushes packed in pieces of `step` bytes; *out is what came out. */
static enum status unpack(enum coding coding, struct decompress_limits limits, struct str packed, size_t step,
			  struct buf *out)
{
	struct decompress *d = NULL;
	struct error err = { 0 };
	enum status status;

	buf_clear(out);
	assert_int_equal(decompress_new(&d, coding, &limits, collect, out, &err), OK);
	for (status = OK; status == OK && packed.n;) {
		size_t take = packed.n < step ? packed.n : step;

		status = decompress_push(d, str_of(packed.p, take), &err);
		packed = str_after(packed, take);
	}
	if (status == OK)
		status = decompress_finish(d, &err);
	else
		assert_int_equal(decompress_push(d, STR("x"), &err), status); /* nothing works after a failure */
	if (status != OK)
		assert_true(err.message[0] && err.status == status);
	decompress_free(d);
	return status;
}

static const struct decompress_limits no_limits;
static const size_t steps[] = { 1, 2, 7, 100, 65536, SIZE_MAX };
#define STEPS (sizeof(steps) / sizeof(steps[0]))

static void pack(enum coding coding, struct buf *out, struct str plain)
{
	if (coding == CODING_GZIP)
		gzip(out, plain);
	else
		zstd(out, plain, 0);
}

static void check_content(enum coding coding, struct str packed, struct str plain)
{
	struct buf out;

	buf_init(&out, 0);
	for (size_t i = 0; i < STEPS; i++) {
		if (packed.n > 100000 && steps[i] < 100)
			continue;
		assert_int_equal(unpack(coding, no_limits, packed, steps[i], &out), OK);
		assert_true(str_equal(buf_str(&out), plain));
	}
	buf_release(&out);
}

static void several_members_are_one_content(void **state)
{
	struct buf packed, plain;
	struct prng r;

	(void)state;
	prng_init(&r, 1);
	buf_init(&packed, 0);
	buf_init(&plain, 0);
	for (int i = 0; i < 200000; i++)
		buf_printf(&plain, "%llu,", (unsigned long long)prng_below(&r, 1000));
	for (int coding = CODING_GZIP; coding <= CODING_ZSTD; coding++) {
		buf_clear(&packed);
		pack((enum coding)coding, &packed, STR("first "));
		pack((enum coding)coding, &packed, STR(""));
		pack((enum coding)coding, &packed, STR("second"));
		assert_int_equal(coding_sniff(buf_str(&packed)), coding);
		check_content((enum coding)coding, buf_str(&packed), STR("first second"));
		buf_clear(&packed);
		pack((enum coding)coding, &packed, STR(""));
		check_content((enum coding)coding, buf_str(&packed), STR(""));
		buf_clear(&packed);
		pack((enum coding)coding, &packed, buf_str(&plain));
		check_content((enum coding)coding, buf_str(&packed), buf_str(&plain));
	}
	check_content(CODING_IDENTITY, buf_str(&plain), buf_str(&plain));
	check_content(CODING_IDENTITY, STR(""), STR(""));
	buf_release(&packed);
	buf_release(&plain);
}

/* Every early end is seen, and no flipped bit changes the content: some are the
 * time in gzip's header, or fill up the last byte. */
static void damage_is_seen(void **state)
{
	struct buf packed, out;

	(void)state;
	buf_init(&packed, 0);
	buf_init(&out, 0);
	for (int coding = CODING_GZIP; coding <= CODING_ZSTD; coding++) {
		buf_clear(&packed);
		pack((enum coding)coding, &packed, STR("one content with one content in it"));
		for (size_t n = 0; n < packed.n; n++) {
			assert_int_equal(unpack((enum coding)coding, no_limits, str_of(packed.p, n), SIZE_MAX, &out),
					 E_TRUNCATED);
			for (int bit = 0; bit < 8; bit++) {
				packed.p[n] ^= (char)(1 << bit);
				if (unpack((enum coding)coding, no_limits, buf_str(&packed), SIZE_MAX, &out) == OK)
					check_buf(&out, "one content with one content in it");
				packed.p[n] ^= (char)(1 << bit);
			}
		}
		for (size_t i = 0; i < STEPS; i++) {
			size_t whole = packed.n;

			buf_add_str(&packed, STR("trailing bytes"));
			assert_int_equal(unpack((enum coding)coding, no_limits, buf_str(&packed), steps[i], &out),
					 E_INVALID);
			packed.n = whole;
		}
	}
	assert_int_equal(unpack(CODING_GZIP, no_limits, STR(""), 1, &out), E_TRUNCATED);
	assert_int_equal(unpack(CODING_GZIP, no_limits, STR("no gzip at all"), 1, &out), E_INVALID);
	assert_int_equal(unpack(CODING_ZSTD, no_limits, STR("no zstd at all"), 1, &out), E_INVALID);
	buf_release(&packed);
	buf_release(&out);
}

static void limits_hold(void **state)
{
	struct buf packed, plain, out;

	(void)state;
	buf_init(&packed, 0);
	buf_init(&plain, 0);
	buf_init(&out, 0);
	memset(buf_room(&plain, (size_t)8 << 20), 'x', (size_t)8 << 20);
	buf_took(&plain, (size_t)8 << 20);
	for (int coding = CODING_GZIP; coding <= CODING_ZSTD; coding++) {
		buf_clear(&packed);
		pack((enum coding)coding, &packed, buf_str(&plain));
		assert_int_equal(unpack((enum coding)coding, (struct decompress_limits){ plain.n, 0, 0 },
					buf_str(&packed), 100, &out),
				 OK);
		assert_int_equal(unpack((enum coding)coding, (struct decompress_limits){ plain.n - 1, 0, 0 },
					buf_str(&packed), 100, &out),
				 E_TOO_LARGE);
		assert_true(out.n < plain.n);
		assert_int_equal(unpack((enum coding)coding, (struct decompress_limits){ 0, 100, 0 }, buf_str(&packed),
					SIZE_MAX, &out),
				 E_TOO_LARGE);
		assert_in_range(out.n, 1 << 19, 3 << 20); /* the ratio is looked at beyond the first MiB */
		assert_int_equal(unpack((enum coding)coding, (struct decompress_limits){ 0, 100000, 0 },
					buf_str(&packed), 1, &out),
				 OK);
	}
	assert_int_equal(unpack(CODING_IDENTITY, (struct decompress_limits){ 10, 1, 0 }, STR("0123456789"), 3, &out),
			 OK);
	assert_int_equal(unpack(CODING_IDENTITY, (struct decompress_limits){ 9, 1, 0 }, STR("0123456789"), 3, &out),
			 E_TOO_LARGE);
	buf_release(&packed);
	buf_release(&plain);
	buf_release(&out);
}

/* RFC 9659: a receiver need not keep more than 8 MiB. */
static void zstd_windows_have_a_bound(void **state)
{
	struct buf packed, out;

	(void)state;
	buf_init(&packed, 0);
	buf_init(&out, 0);
	zstd(&packed, STR("small, with a window of 16 MiB"), 24);
	assert_int_equal(unpack(CODING_ZSTD, no_limits, buf_str(&packed), SIZE_MAX, &out), E_TOO_LARGE);
	assert_int_equal(unpack(CODING_ZSTD, (struct decompress_limits){ 0, 0, 24 }, buf_str(&packed), SIZE_MAX, &out),
			 OK);
	buf_clear(&packed);
	zstd(&packed, STR("small, with a window of 8 MiB"), 23);
	assert_int_equal(unpack(CODING_ZSTD, no_limits, buf_str(&packed), SIZE_MAX, &out), OK);
	buf_release(&packed);
	buf_release(&out);
}

static void the_sink_can_stop(void **state)
{
	struct buf packed, out;

	(void)state;
	buf_init(&packed, 0);
	buf_init(&out, 0);
	gzip(&packed, STR("please STOP"));
	assert_int_equal(unpack(CODING_GZIP, no_limits, buf_str(&packed), SIZE_MAX, &out), E_FULL);
	assert_int_equal(unpack(CODING_IDENTITY, no_limits, STR("STOP"), SIZE_MAX, &out), E_FULL);
	decompress_free(NULL);
	buf_release(&packed);
	buf_release(&out);
}

static void names(void **state)
{
	enum coding coding = CODING_ZSTD;

	(void)state;
	assert_true(coding_parse(STR_NONE, &coding) && coding == CODING_IDENTITY);
	assert_true(coding_parse(STR("GZIP"), &coding) && coding == CODING_GZIP);
	assert_true(coding_parse(STR("zstd"), &coding) && coding == CODING_ZSTD);
	assert_true(coding_parse(STR("identity"), &coding) && coding == CODING_IDENTITY);
	assert_false(coding_parse(STR("br"), &coding));
	assert_false(coding_parse(STR("gzip, gzip"), &coding));
	assert_int_equal(coding_sniff(STR("id,callerNumber")), CODING_IDENTITY);
	assert_int_equal(coding_sniff(STR("")), CODING_IDENTITY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(several_members_are_one_content),
		cmocka_unit_test(damage_is_seen),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(zstd_windows_have_a_bound),
		cmocka_unit_test(the_sink_can_stop),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
