/* Link tokens: what is sealed comes back; what was altered, is old or foreign does not. */
#include "exchange/link.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static const unsigned char key[LINK_KEY_SIZE] = "a key of thirty-two bytes length";
static const unsigned char other_key[LINK_KEY_SIZE] = "another key of thirty-two bytes.";

static const struct link sample = {
	.kind = LINK_DELTA,
	.feed = LINK_NUMBERS_DELTA,
	.party = 42,
	.issued_ms = 1000000,
	.position = INT64_MAX - 3,
	.place = { "a\0b", 3 },
	.options = { "$top=5", 6 },
};

static enum status open_at(struct arena *a, struct str token, enum link_feed feed, int64_t party, int64_t now,
			   struct link *out)
{
	return link_open(a, key, token, feed, party, now, 7000, 3000, out, NULL);
}

static void what_is_sealed_comes_back(void **state)
{
	struct arena a;
	struct link out;
	struct str token;

	(void)state;
	arena_init(&a);
	token = link_seal(&a, key, &sample);
	assert_int_equal(open_at(&a, token, LINK_NUMBERS_DELTA, 42, 1007000, &out), OK);
	assert_int_equal(out.kind, LINK_DELTA);
	assert_int_equal(out.position, sample.position);
	assert_true(str_equal(out.place, sample.place));
	assert_true(str_equal(out.options, sample.options));
	arena_release(&a);
}

static void every_altered_byte_is_found(void **state)
{
	struct arena a;
	struct link out;
	struct str token;

	(void)state;
	arena_init(&a);
	token = link_seal(&a, key, &sample);
	for (size_t i = 0; i < token.n; i++) {
		char *copy = arena_cstr(&a, token);

		copy[i] = copy[i] == 'A' ? 'B' : 'A';
		assert_int_equal(open_at(&a, str_of(copy, token.n), LINK_NUMBERS_DELTA, 42, 1000001, &out),
				 E_TOKEN_INVALID);
		assert_int_equal(open_at(&a, str_of(token.p, i), LINK_NUMBERS_DELTA, 42, 1000001, &out), E_TOKEN_INVALID);
	}
	assert_int_equal(link_open(&a, other_key, token, LINK_NUMBERS_DELTA, 42, 1000001, 7000, 3000, &out, NULL),
			 E_TOKEN_INVALID);
	arena_release(&a);
}

static void old_and_foreign_tokens_are_told_apart(void **state)
{
	struct link next = sample, out;
	struct arena a;
	struct str token;

	(void)state;
	arena_init(&a);
	token = link_seal(&a, key, &sample);
	assert_int_equal(open_at(&a, token, LINK_NUMBERS_DELTA, 42, 1007001, &out), E_GONE);
	assert_int_equal(open_at(&a, token, LINK_NUMBERS_DELTA, 43, 1000001, &out), E_NOT_FOUND);
	assert_int_equal(open_at(&a, token, LINK_CONSENTS_DELTA, 42, 1000001, &out), E_TOKEN_INVALID);
	next.kind = LINK_NEXT;
	token = link_seal(&a, key, &next);
	assert_int_equal(open_at(&a, token, LINK_NUMBERS_DELTA, 42, 1003000, &out), OK);
	assert_int_equal(open_at(&a, token, LINK_NUMBERS_DELTA, 42, 1003001, &out), E_GONE);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_sealed_comes_back),
		cmocka_unit_test(every_altered_byte_is_found),
		cmocka_unit_test(old_and_foreign_tokens_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
