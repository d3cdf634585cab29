#include "check.h"

#include "base/encoding.h"
#include "base/hash.h"

static void check_hex(const unsigned char *bytes, size_t n, const char *expected)
{
	char out[2 * SHA256_SIZE];

	hex_encode(str_of(bytes, n), out);
	check_str(str_of(out, 2 * n), expected);
}

/* FIPS 180-4 examples; RFC 4231 case 2. */
static void standard_answers(void **state)
{
	unsigned char out[SHA256_SIZE];
	struct digest d;

	(void)state;
	sha256(STR("abc"), out);
	check_hex(out, SHA256_SIZE, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	sha256(STR_NONE, out);
	check_hex(out, SHA256_SIZE, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	d = digest_of(STR("abc"));
	check_hex(d.b, DIGEST_SIZE, "ba7816bf8f01cfea414140de5dae2223");
	hmac_sha256(STR("Jefe"), STR("what do ya want for nothing?"), out);
	check_hex(out, SHA256_SIZE, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

static void in_pieces_as_in_one(void **state)
{
	struct sha256_stream *h = sha256_stream_new();
	unsigned char out[SHA256_SIZE];

	(void)state;
	sha256_stream_add(h, STR("a"));
	sha256_stream_add(h, STR_NONE);
	sha256_stream_finish(h, out);
	check_hex(out, SHA256_SIZE, "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb");
	sha256_stream_add(h, STR("bc"));
	sha256_stream_finish(h, out);
	check_hex(out, SHA256_SIZE, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	sha256_stream_free(h);
	sha256_stream_free(NULL);
}

/* XXH3's published answer for no input; what is on disk must not change its key. */
static void table_hash_is_stable(void **state)
{
	(void)state;
	assert_true(hash64(STR_NONE) == UINT64_C(0x2d06800538d394c2));
	assert_true(hash64(STR("a")) == hash64(STR("a")));
	assert_true(hash64(STR("a")) != hash64(STR("b")));
	assert_true(hash64_u64(1, 2) == hash64(STR("\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0")));
	assert_true(bytes_equal_constant_time("abc", "abc", 3));
	assert_false(bytes_equal_constant_time("abc", "abd", 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(standard_answers),
		cmocka_unit_test(in_pieces_as_in_one),
		cmocka_unit_test(table_hash_is_stable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
