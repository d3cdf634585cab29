/* The chunked coding, in pieces of every size. */
#include "base/buf.h"
#include "http/chunked.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* STR, where a constant is needed. */
#define TEXT(z)                                                                                                        \
	{                                                                                                              \
		"" z, sizeof(z) - 1                                                                                    \
	}

/* Feeds the text in pieces of `step` bytes; *left is what follows the body. */
static enum chunked_result feed(struct str text, size_t step, struct buf *body, size_t *left)
{
	struct chunked c = { 0 };
	enum chunked_result result = CHUNKED_MORE;

	buf_clear(body);
	while (text.n && result == CHUNKED_MORE) {
		struct str piece = str_of(text.p, step < text.n ? step : text.n), rest = piece, data;

		while ((result = chunked_next(&c, &rest, &data)) == CHUNKED_DATA)
			buf_add_str(body, data);
		text = str_after(text, piece.n - rest.n);
	}
	*left = text.n;
	return result;
}

static void test_table(void **state)
{
	static const struct {
		struct str text;
		enum chunked_result result;
		const char *body;
		size_t left;
	} cases[] = {
		{ TEXT("0\r\n\r\n"), CHUNKED_END, "", 0 },
		{ TEXT("5\r\nhello\r\n0\r\n\r\n"), CHUNKED_END, "hello", 0 },
		{ TEXT("5\r\nhello\r\n0\r\n\r\nGET /"), CHUNKED_END, "hello", 5 },
		{ TEXT("1\r\na\r\n00a\r\n0123456789\r\n000\r\n\r\n"), CHUNKED_END, "a0123456789", 0 },
		{ TEXT("A;x=\"y\"\r\n0123456789\r\n0;z\r\nTrailer: a b\r\nOther: c\r\n\r\n"), CHUNKED_END, "0123456789",
		  0 },
		{ TEXT("5\r\nhello\r\n0\r\n"), CHUNKED_MORE, "hello", 0 },
		{ TEXT("5\r\nhel"), CHUNKED_MORE, "hel", 0 },
		{ TEXT("5\r\nhello\r\n"), CHUNKED_MORE, "hello", 0 },
		{ TEXT("\r\n"), CHUNKED_BROKEN, "", 0 },
		{ TEXT("x\r\n"), CHUNKED_BROKEN, "", 0 },
		{ TEXT("-1\r\n"), CHUNKED_BROKEN, "", 0 },
		{ TEXT("0x5\r\n"), CHUNKED_BROKEN, "", 0 },
		{ TEXT(" 5\r\nhello\r\n"), CHUNKED_BROKEN, "", 0 },
		{ TEXT("5 \r\nhello\r\n"), CHUNKED_BROKEN, "", 0 },
		{ TEXT("5\nhello\n0\n\n"), CHUNKED_BROKEN, "", 0 },
		{ TEXT("5\rhello"), CHUNKED_BROKEN, "", 0 },
		{ TEXT("5\r\nhello0\r\n\r\n"), CHUNKED_BROKEN, "hello", 0 },
		{ TEXT("5\r\nhello\n0\r\n\r\n"), CHUNKED_BROKEN, "hello", 0 },
		{ TEXT("5\r\nhello\r\n0\r\n\n"), CHUNKED_BROKEN, "hello", 0 },
		{ TEXT("0\r\n folded\r\n\r\n"), CHUNKED_BROKEN, "", 0 },
		{ TEXT("0\r\nX: a\nY\r\n\r\n"), CHUNKED_BROKEN, "", 0 },
		{ TEXT("5;a\nb\r\nhello\r\n"), CHUNKED_BROKEN, "", 0 },
		{ TEXT("fffffffffffffff\r\nx"), CHUNKED_MORE, "x", 0 },
		{ TEXT("1000000000000000\r\n"), CHUNKED_BROKEN, "", 0 },
		{ TEXT("0000000000000001\r\n"), CHUNKED_BROKEN, "", 0 },
	};
	struct buf body;

	(void)state;
	buf_init(&body, 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (size_t step = 1; step <= cases[i].text.n; step++) {
			size_t left;
			enum chunked_result result = feed(cases[i].text, step, &body, &left);

			if (result != cases[i].result || !str_is(buf_str(&body), cases[i].body) ||
			    (result != CHUNKED_BROKEN && left != cases[i].left))
				fail_msg("case %zu in pieces of %zu: result %d, body \"%s\", left %zu", i, step,
					 (int)result, buf_cstr(&body), left);
		}
	}
	buf_release(&body);
}

/* Extensions and trailers cost nothing to send: they are bounded. */
static void test_overhead_is_bounded(void **state)
{
	static const char *const starts[] = { "1;", "0\r\nX: " };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		for (size_t n = 4000; n <= 8000; n += 4000) {
			struct chunked c = { 0 };
			struct buf text;
			struct str in, data;

			buf_init(&text, 0);
			buf_add_str(&text, str_from(starts[i]));
			for (size_t k = 0; k < n; k++)
				buf_add_char(&text, 'a');
			in = buf_str(&text);
			assert_int_equal(chunked_next(&c, &in, &data), n == 4000 ? CHUNKED_MORE : CHUNKED_BROKEN);
			buf_release(&text);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_overhead_is_bounded),
	};

	return cmocka_run_group_tests_name("http chunked", tests, NULL, NULL);
}
