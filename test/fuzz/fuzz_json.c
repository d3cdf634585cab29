#include "formats/json.h"
#include "fuzz.h"

static void write_tree(struct buf *out, const struct json *root)
{
	struct json_writer w;

	json_writer_init(&w, out);
	json_tree(&w, root);
}

/* What was read can be written, and then reads the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct json *root, *again;
	struct buf first, second;
	struct arena a;
	struct error err = { 0 };

	arena_init(&a);
	buf_init(&first, 0);
	buf_init(&second, 0);
	if (json_parse(&a, str_of(data, size), &root, &err) == OK) {
		must(str_is_utf8(str_of(data, size)));
		write_tree(&first, root);
		must(json_parse(&a, buf_str(&first), &again, &err) == OK);
		write_tree(&second, again);
		must(str_equal(buf_str(&first), buf_str(&second)));
	} else {
		must(err.status == E_INVALID && err.message[0]);
	}
	buf_release(&first);
	buf_release(&second);
	arena_release(&a);
	return 0;
}
