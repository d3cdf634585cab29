/* test/unit/formats/importing.h - what the tests of importers share: a text through a format, wherever it is cut. */
#ifndef TEST_UNIT_FORMATS_IMPORTING_H
#define TEST_UNIT_FORMATS_IMPORTING_H

#include "collect.h"

#include "formats/import.h"

static inline void import_pieces(const struct import_format *format, const struct import_options *options,
				 struct str text, size_t at, struct collected *collected,
				 struct record_reader_counts *counts)
{
	struct record_sink sink = { collected, collect_record, collect_reject };
	struct import_reader *reader = NULL;
	struct error err = { 0 };
	enum status status;

	assert_int_equal(import_begin(format, &reader, options, &sink, &err), OK);
	status = import_push(reader, str_of(text.p, at), &err);
	if (status == OK)
		status = import_push(reader, str_after(text, at), &err);
	if (status == OK)
		status = import_finish(reader, &err);
	if (status != OK)
		buf_printf(&collected->text, "%s\n", status_wire(status));
	*counts = import_counts(reader);
	import_free(reader);
}

static inline struct record_reader_counts
check_import(const struct import_format *format, struct import_options options, struct str text, const char *expected)
{
	struct record_reader_counts counts = { 0 };
	struct collected collected = { 0 };

	for (size_t at = 0; at <= text.n; at++) {
		buf_clear(&collected.text);
		import_pieces(format, &options, text, at, &collected, &counts);
		if (!str_is(buf_str(&collected.text), expected)) {
			print_error("cut at %zu\n", at);
			check_buf(&collected.text, expected);
		}
	}
	buf_release(&collected.text);
	return counts;
}

static const struct import_options durations = { .kind = RECORD_DURATION };
static const struct import_options calls = { .kind = RECORD_CALL };

/* As duration records, the text is no such format at all. */
static inline void check_refusal(const struct import_format *format, struct str text, const char *expected)
{
	struct collected collected = { 0 };
	struct record_sink sink = { &collected, collect_record, collect_reject };
	struct import_reader *reader = NULL;
	struct error err = { 0 };

	assert_int_equal(import_begin(format, &reader, &durations, &sink, &err), OK);
	if (import_push(reader, text, &err) == OK)
		assert_int_equal(import_finish(reader, &err), E_INVALID);
	assert_string_equal(err.message, expected);
	import_free(reader);
	buf_release(&collected.text);
}

#endif
