/* test/fuzz/transcript.h - what came out of a reader of records, to be compared. */
#ifndef TEST_FUZZ_TRANSCRIPT_H
#define TEST_FUZZ_TRANSCRIPT_H

#include "formats/record_reader.h"
#include "fuzz.h"

static inline enum status transcribe_record(void *context, const struct record *r, struct record_place place,
					    struct error *err)
{
	struct buf *out = context;

	(void)err;
	must(r->id.n > 0 && record_filed_ms(r) != INSTANT_NONE);
	must(r->duration_ms == DURATION_NONE || (r->duration_ms >= 0 && r->duration_ms <= DURATION_MAX_MS));
	buf_printf(out, "record %llu %lld ", (unsigned long long)place.line, (long long)place.index);
	record_canonical(r, out);
	return OK;
}

static inline enum status transcribe_reject(void *context, const struct record_reject *reject, struct error *err)
{
	struct buf *out = context;

	(void)err;
	must(reject->error.status != OK && reject->error.message[0]);
	buf_printf(out, "reject %llu %lld %d %s ", (unsigned long long)reject->place.line,
		   (long long)reject->place.index, (int)reject->error.status, reject->error.field);
	buf_add_str(out, reject->record_id);
	return OK;
}

#endif
