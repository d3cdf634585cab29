#include "formats/import.h"
#include "transcript.h"

/* By the second byte; new ones at the end, or the corpus means others. */
static const struct import_format *const formats[] = {
	&import_kamailio,
	&import_teams_pstn,
	&import_teams_direct_routing,
	&import_graph,
	&import_asterisk,
	&import_freeswitch,
	&import_freeswitch_json,
	&import_opensips,
	&import_cucm,
	&import_radius,
	&import_oracle_sbc,
	&import_audiocodes,
	&import_ribbon,
	&import_asterisk_cel,
};

#define FORMATS (sizeof(formats) / sizeof(formats[0]))

static enum status read_in_pieces(const struct import_format *format, unsigned choice, struct str text, size_t step, struct buf *out)
{
	struct record_sink sink = { out, transcribe_record, transcribe_reject };
	struct import_options options = {
		.kind = choice & 1 ? RECORD_CALL : RECORD_DURATION,
		.zone = choice & 2 ? STR("+02:00") : STR_NONE,
		.start_is_answer = choice & 4,
		.record_bytes_max = 500,
	};
	struct import_reader *reader = NULL;
	enum status status = import_begin(format, &reader, &options, &sink, NULL);

	must(status == OK);
	while (status == OK && text.n) {
		struct str piece;
		char *own = take_piece(&text, step, &piece);

		status = import_push(reader, piece, NULL);
		free(own);
	}
	if (status == OK)
		status = import_finish(reader, NULL);
	import_free(reader);
	return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = str_of(data, size);
	unsigned choice = take_choice(&text);
	const struct import_format *format = formats[take_choice(&text) % FORMATS];
	struct buf whole, pieces;
	enum status status;

	import_format_recognise(text);
	buf_init(&whole, 0);
	buf_init(&pieces, 0);
	status = read_in_pieces(format, choice, text, SIZE_MAX, &whole);
	must(read_in_pieces(format, choice, text, 1 + (choice >> 3) * 3, &pieces) == status);
	must(str_equal(buf_str(&whole), buf_str(&pieces)));
	buf_release(&whole);
	buf_release(&pieces);
	return 0;
}
