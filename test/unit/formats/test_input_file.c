#include "check.h"

#include "formats/input_file.h"
#include "formats/unzip.h"

#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

static char folder[] = "/tmp/tally-input-XXXXXX";
static char path[sizeof(folder) + 16];

static int begin(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/file", folder);
	return 0;
}

static int end(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static void write_file(struct str bytes)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes.p, 1, bytes.n, file), bytes.n);
	assert_int_equal(fclose(file), 0);
}

static enum status collect(void *context, struct str bytes, struct error *err)
{
	if (str_find(bytes, STR("STOP")) < bytes.n)
		return error_set(err, E_FULL, "field", "stopped");
	buf_add_str(context, bytes);
	return OK;
}

static void check_file(const char *expected)
{
	struct error err = { 0 };
	struct buf out;

	buf_init(&out, 0);
	if (input_file_read(path, collect, &out, &err) != OK)
		fail_msg("%s", err.message);
	check_buf(&out, expected);
	buf_release(&out);
}

static void check_fault(enum status status, const char *message)
{
	struct error err = { 0 };
	struct buf out;

	buf_init(&out, 0);
	assert_int_equal(input_file_read(path, collect, &out, &err), status);
	assert_non_null(strstr(err.message, path));
	if (!strstr(err.message, message))
		fail_msg("\"%s\" does not say \"%s\"", err.message, message);
	buf_release(&out);
}

static const char gzip_abc[] =
	"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x4b\x4c\x4a\x06\x00\xc2\x41\x24\x35\x03\x00\x00\x00";
static const char zstd_abc[] = "\x28\xb5\x2f\xfd\x20\x03\x19\x00\x00\x61\x62\x63";

static void what_it_is_packed_in_is_seen(void **state)
{
	(void)state;
	write_file(STR("abc"));
	check_file("abc");
	write_file(STR(""));
	check_file("");
	write_file(STR("a"));
	check_file("a");
	write_file(str_of(gzip_abc, sizeof(gzip_abc) - 1));
	check_file("abc");
	write_file(str_of(zstd_abc, sizeof(zstd_abc) - 1));
	check_file("abc");
	write_file(str_of(gzip_abc, sizeof(gzip_abc) - 2));
	check_fault(E_TRUNCATED, "ends early");
	write_file(STR("STOP"));
	check_fault(E_FULL, "stopped");
	unlink(path);
	check_fault(E_NOT_FOUND, "could not be opened");
}

static void folders_are_no_files(void **state)
{
	struct error err = { 0 };
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	assert_int_equal(input_file_read(folder, collect, &out, &err), E_IO);
	assert_non_null(strstr(err.message, "is a directory"));
	buf_release(&out);
}

static void reading_can_be_followed(void **state)
{
	struct input_file *file = NULL;
	struct buf out;
	struct error err;
	uint64_t read, size;
	bool more = true;

	(void)state;
	buf_init(&out, 0);
	for (int i = 0; i < 100000; i++)
		buf_printf(&out, "line %d\n", i);
	write_file(buf_str(&out));
	size = out.n;
	buf_clear(&out);
	assert_int_equal(input_file_open(&file, path, collect, &out, &err), OK);
	for (uint64_t before = 0; more; before = read) {
		uint64_t whole;

		assert_int_equal(input_file_step(file, &more, &err), OK);
		input_file_progress(file, &read, &whole);
		assert_true(whole == size && read >= before && read == out.n);
	}
	assert_true(out.n == size);
	input_file_close(file);
	input_file_close(NULL);
	buf_release(&out);
}

static void standard_input(void **state)
{
	int kept = dup(STDIN_FILENO), ends[2];
	struct error err = { 0 };
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], gzip_abc, sizeof(gzip_abc) - 3), sizeof(gzip_abc) - 3);
	close(ends[1]);
	dup2(ends[0], STDIN_FILENO);
	assert_int_equal(input_file_read("-", collect, &out, &err), E_TRUNCATED);
	assert_non_null(strstr(err.message, "standard input: "));
	dup2(kept, STDIN_FILENO);
	close(kept);
	close(ends[0]);
	buf_release(&out);
}

/* --- zip ----------------------------------------------------------------------------- */

static void add_le(struct buf *b, uint64_t v, int bytes)
{
	for (int i = 0; i < bytes; i++)
		buf_add_char(b, (char)(v >> 8 * i));
}

enum zip_shape {
	ZIP_DEFLATED = 1,
	ZIP_DESCRIPTOR = 2,
	ZIP_64 = 4,
	ZIP_ENCRYPTED = 8,
	ZIP_OTHER_METHOD = 16,
	ZIP_BAD_CRC = 32
};

static struct str deflated(struct buf *out, struct str plain)
{
	z_stream z = { 0 };
	size_t bound;

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
	bound = deflateBound(&z, plain.n);
	z.next_in = (unsigned char *)plain.p;
	z.avail_in = (uInt)plain.n;
	z.next_out = (unsigned char *)buf_room(out, bound);
	z.avail_out = (uInt)bound;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	buf_took(out, bound - z.avail_out);
	deflateEnd(&z);
	return buf_str(out);
}

/* One entry, laid out by hand after APPNOTE 6.3. */
static void zip_entry(struct buf *b, const char *name, struct str plain, unsigned shape)
{
	struct buf packed;
	struct str content = plain;
	bool late = shape & ZIP_DESCRIPTOR;
	uint64_t crc = crc32(0, (const unsigned char *)plain.p, (uInt)plain.n) ^ (shape & ZIP_BAD_CRC ? 1 : 0);

	buf_init(&packed, 0);
	if (shape & ZIP_DEFLATED)
		content = deflated(&packed, plain);
	buf_add_str(b, STR("PK\x03\x04"));
	add_le(b, shape & ZIP_64 ? 45 : 20, 2);
	add_le(b, (late ? 8U : 0U) | (shape & ZIP_ENCRYPTED ? 1U : 0U), 2);
	add_le(b, shape & ZIP_OTHER_METHOD ? 12U : shape & ZIP_DEFLATED ? 8U : 0U, 2);
	add_le(b, 0, 4);
	add_le(b, late ? 0 : crc, 4);
	add_le(b, late ? 0 : content.n, 4);
	add_le(b, late ? 0 : plain.n, 4);
	add_le(b, strlen(name), 2);
	add_le(b, 4, 2);
	buf_add_str(b, str_from(name));
	buf_add_str(b, STR("extr"));
	buf_add_str(b, content);
	if (late) {
		buf_add_str(b, STR("PK\x07\x08"));
		add_le(b, crc, 4);
		add_le(b, content.n, shape & ZIP_64 ? 8 : 4);
		add_le(b, plain.n, shape & ZIP_64 ? 8 : 4);
	}
	buf_release(&packed);
}

static void zip_end(struct buf *b)
{
	buf_add_str(b, STR("PK\x01\x02"));
	for (int i = 0; i < 64; i++)
		buf_add_char(b, '\0');
}

static enum status unzip_in_steps(struct str packed, size_t step, struct decompress_limits limits, struct buf *out)
{
	struct unzip *u = unzip_new(&limits, collect, out);
	struct error err = { 0 };
	enum status status = OK;

	buf_clear(out);
	while (status == OK && packed.n) {
		size_t take = packed.n < step ? packed.n : step;

		status = unzip_push(u, str_of(packed.p, take), &err);
		packed = str_after(packed, take);
	}
	if (status == OK)
		status = unzip_finish(u, &err);
	unzip_free(u);
	return status;
}

static void zips_with_one_file(void **state)
{
	static const unsigned shapes[] = { 0, ZIP_DEFLATED, ZIP_DEFLATED | ZIP_DESCRIPTOR,
					   ZIP_DEFLATED | ZIP_DESCRIPTOR | ZIP_64 };
	struct buf b, out;

	(void)state;
	buf_init(&b, 0);
	buf_init(&out, 0);
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		buf_clear(&b);
		zip_entry(&b, "folder/", STR(""), 0);
		zip_entry(&b, "folder/table.csv", STR("id,callerNumber\na,+14255550100\n"), shapes[i]);
		zip_entry(&b, "__MACOSX/._table.csv", STR("other"), shapes[i]);
		zip_entry(&b, "parameters.json", STR("{}"), shapes[i]);
		zip_end(&b);
		for (size_t step = 1; step <= b.n; step++) {
			assert_int_equal(unzip_in_steps(buf_str(&b), step, (struct decompress_limits){ 0 }, &out), OK);
			check_buf(&out, "id,callerNumber\na,+14255550100\n");
		}
		write_file(buf_str(&b));
		check_file("id,callerNumber\na,+14255550100\n");
		for (size_t n = 4; n < b.n - 68; n++) {
			enum status status =
				unzip_in_steps(str_of(b.p, n), SIZE_MAX, (struct decompress_limits){ 0 }, &out);

			assert_int_equal(status, E_TRUNCATED);
		}
		assert_int_equal(unzip_in_steps(buf_str(&b), 1, (struct decompress_limits){ 30, 0, 0 }, &out),
				 E_TOO_LARGE);
	}
	buf_release(&b);
	buf_release(&out);
}

static void zips_that_are_refused(void **state)
{
	static const struct {
		unsigned shape;
		const char *message;
	} rows[] = {
		{ ZIP_ENCRYPTED, "encrypted" },
		{ ZIP_OTHER_METHOD, "other than deflate" },
		{ ZIP_DESCRIPTOR, "does not tell its size" },
		{ ZIP_BAD_CRC, "checksum" },
		{ ZIP_DEFLATED | ZIP_BAD_CRC, "checksum" },
		{ ZIP_DEFLATED | ZIP_DESCRIPTOR | ZIP_BAD_CRC, "checksum" },
	};
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_clear(&b);
		zip_entry(&b, "a.csv", STR("abc"), rows[i].shape);
		zip_end(&b);
		write_file(buf_str(&b));
		check_fault(E_INVALID, rows[i].message);
	}
	buf_clear(&b);
	zip_entry(&b, "a.csv", STR("abc"), 0);
	zip_entry(&b, "b.csv", STR("abc"), 0);
	zip_end(&b);
	write_file(buf_str(&b));
	check_fault(E_INVALID, "more than one file");
	buf_clear(&b);
	zip_entry(&b, "folder/", STR(""), 0);
	zip_end(&b);
	write_file(buf_str(&b));
	check_fault(E_INVALID, "no file");
	buf_clear(&b);
	zip_entry(&b, "a.csv", STR("abc"), 0);
	for (int i = 0; i < 10; i++)
		buf_add_str(&b, STR("garbage"));
	write_file(buf_str(&b));
	check_fault(E_INVALID, "does not begin where one should");
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_it_is_packed_in_is_seen), cmocka_unit_test(folders_are_no_files),
		cmocka_unit_test(reading_can_be_followed),      cmocka_unit_test(standard_input),
		cmocka_unit_test(zips_with_one_file),           cmocka_unit_test(zips_that_are_refused),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
