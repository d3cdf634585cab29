#include "transcript.h"

/* Small, so that its bounds are met. */
static const struct record_reader_limits limits = { 600, 8, 0 };

static enum status read_in_pieces(unsigned choice, struct str text, size_t step, const struct record_sink *sink)
{
	struct record_reader *reader = NULL;
	enum status status = record_reader_new(&reader, choice & 1 ? RECORD_CALL : RECORD_DURATION,
					       (enum record_format)(choice >> 2 & 3),
					       choice & 2 ? RECORD_STRICT : RECORD_LENIENT, &limits, sink, NULL);

	must(status == OK);
	while (status == OK && text.n) {
		struct str piece;
		char *own = take_piece(&text, step, &piece);

		status = record_reader_push(reader, piece, NULL);
		free(own);
	}
	if (status == OK)
		status = record_reader_finish(reader, NULL);
	record_reader_free(reader);
	return status;
}

struct expected {
	struct digest digest;
	size_t records;
};

static enum status compare(void *context, const struct record *r, struct record_place place, struct error *err)
{
	struct expected *expected = context;
	struct digest d = record_digest(r);

	(void)place;
	(void)err;
	must(memcmp(&d, &expected->digest, sizeof(d)) == 0);
	expected->records++;
	return OK;
}

static enum status no_reject(void *context, const struct record_reject *reject, struct error *err)
{
	(void)context;
	(void)err;
	fprintf(stderr, "%s: %s\n", reject->error.field, reject->error.message);
	must(!"what was written is rejected");
	return OK;
}

static void read_again(enum record_kind kind, enum record_format format, const struct record *r, struct buf *text)
{
	struct expected expected = { record_digest(r), 0 };
	struct record_sink sink = { &expected, compare, no_reject };
	struct record_reader *reader = NULL;

	must(record_reader_new(&reader, kind, format, RECORD_STRICT, NULL, &sink, NULL) == OK);
	must(record_reader_push(reader, buf_str(text), NULL) == OK);
	must(record_reader_finish(reader, NULL) == OK);
	must(expected.records == 1);
	record_reader_free(reader);
}

/* A record that is good over HTTP is so in every form in which it is written. */
static enum status check_record(void *context, const struct record *r, struct record_place place, struct error *err)
{
	struct buf text;
	struct record without_media = *r;

	must(transcribe_record(context, r, place, err) == OK);
	must(record_check(r, NULL) == OK);
	buf_init(&text, 0);
	record_write_json(&text, r);
	read_again(r->kind, RECORD_FORMAT_NDJSON, r, &text);
	buf_clear(&text);
	without_media.media_streams = STR_NONE;
	record_write_csv_header(&text, r->kind);
	buf_add_char(&text, '\n');
	record_write_csv(&text, &without_media);
	read_again(r->kind, RECORD_FORMAT_CSV, &without_media, &text);
	buf_release(&text);
	return OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = str_of(data, size);
	unsigned choice = take_choice(&text);
	struct buf whole, pieces;
	struct record_sink sink = { &whole, choice & 2 ? check_record : transcribe_record, transcribe_reject };
	enum status status;

	buf_init(&whole, 0);
	buf_init(&pieces, 0);
	status = read_in_pieces(choice, text, SIZE_MAX, &sink);
	sink.context = &pieces;
	must(read_in_pieces(choice, text, 1 + (choice >> 4) * 5, &sink) == status);
	must(str_equal(buf_str(&whole), buf_str(&pieces)));
	buf_release(&whole);
	buf_release(&pieces);
	return 0;
}
