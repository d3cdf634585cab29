#include "exchange/quality_day.h"

#include "store/records.h"

#include <stdlib.h>

#define PAGE_ROWS 2000
#define HUNDREDTH (MEDIA_UNIT / 100)

const struct quality_threshold quality_thresholds[QUALITY_MEASURES] = {
	{ "averageAudioDegradation", MEDIA_UNIT, "1.0" },
	{ "averageRoundTripTime", 500 * MEDIA_TICKS_PER_MS, "500 ms" },
	{ "averagePacketLossRate", MEDIA_UNIT / 10, "0.1" },
	{ "averageJitter", 30 * MEDIA_TICKS_PER_MS, "30 ms" },
	{ "averageRatioOfConcealedSamples", MEDIA_UNIT / 100 * 7, "0.07" },
};

static const int effective_sip[] = { 480, 486, 487, 600, 603, 0 };
static const int effective_q850[] = { 17, 18, 19, 20, 21, 0 };

const struct quality_codes quality_effective_codes = { effective_sip, effective_q850 };

void quality_add_stream(struct quality_figures *f, const struct media_stream *s)
{
	const int64_t measured[QUALITY_MEASURES] = { s->average_audio_degradation, s->average_round_trip,
						     s->average_packet_loss, s->average_jitter, s->average_concealed };
	bool any = false, poor = false;
	const char *algorithm;
	int64_t mos = s->mos;

	f->streams++;
	for (size_t i = 0; i < QUALITY_MEASURES; i++) {
		bool above = measured[i] != MEDIA_NONE && measured[i] > quality_thresholds[i].above;

		any = any || measured[i] != MEDIA_NONE;
		poor = poor || above;
		f->poor_by[i] += above;
	}
	f->poor += poor;
	f->unclassified += !any;
	if (mos != MEDIA_NONE || media_stream_mos(s, &mos, &algorithm)) {
		f->mos_streams++;
		f->mos_sum += (mos + HUNDREDTH / 2) / HUNDREDTH;
	}
}

static bool stands_in(const int *codes, int code)
{
	while (*codes && *codes != code)
		codes++;
	return *codes != 0;
}

static bool is_effective(const struct record *r)
{
	return r->answer_ms != INSTANT_NONE || stands_in(effective_sip, r->sip_code) ||
	       stands_in(effective_q850, r->q850_cause);
}

static void add_call(struct quality_figures *f, const struct record *r, const struct media_stream *streams,
		     size_t count)
{
	f->attempts++;
	f->effective += is_effective(r);
	if (r->answer_ms != INSTANT_NONE) {
		f->answered++;
		f->duration_ms += r->duration_ms != DURATION_NONE ? r->duration_ms : r->end_ms - r->answer_ms;
	}
	for (size_t i = 0; i < count; i++)
		quality_add_stream(f, &streams[i]);
}

/* NULL when there are too many already. */
static struct quality_figures *trunk_of(struct quality_day *q, struct arena *arena, struct str name)
{
	for (size_t i = 0; i < q->trunk_count; i++)
		if (str_equal(q->trunks[i].name, name))
			return &q->trunks[i].figures;
	if (q->trunk_count == QUALITY_TRUNKS_MAX)
		return NULL;
	q->trunks[q->trunk_count].name = arena_str(arena, name);
	return &q->trunks[q->trunk_count++].figures;
}

static enum status add_row(struct quality_day *q, struct arena *arena, struct arena *scratch, const struct record *r,
			   struct error *err)
{
	struct media_stream *streams = NULL;
	struct quality_figures *trunk;
	size_t count = 0;
	enum status status = OK;

	if (r->media_streams.n)
		status = media_streams_read(scratch, r->media_streams, &streams, &count, err);
	if (status != OK)
		return status;
	add_call(&q->whole, r, streams, count);
	trunk = r->trunk.n ? trunk_of(q, arena, r->trunk) : NULL;
	if (trunk)
		add_call(trunk, r, streams, count);
	if (r->sip_code >= SIP_CODE_MIN && r->sip_code < SIP_CODE_MIN + SIP_CODES)
		q->sip[r->sip_code - SIP_CODE_MIN]++;
	return OK;
}

static int by_name(const void *a, const void *b)
{
	return str_compare(((const struct quality_trunk *)a)->name, ((const struct quality_trunk *)b)->name);
}

enum status quality_day_read(struct exchange *exchange, struct arena *arena, int64_t operator_key, int32_t day,
			     struct quality_day *quality, struct error *err)
{
	struct records_query query = records_query_day(operator_key, RECORD_CALL, day, PAGE_ROWS);
	struct records_walk walk;
	struct arena scratch;
	enum status status = OK;

	memset(quality, 0, sizeof(*quality));
	quality->trunks = ARENA_ARRAY(arena, struct quality_trunk, QUALITY_TRUNKS_MAX);
	query.flags = RECORDS_WITH_MEDIA;
	arena_init(&scratch);
	records_walk_begin(&walk, exchange->records, &query);
	while (status == OK && (status = records_walk_next(&walk, err)) == OK && walk.page.count > 0) {
		arena_clear(&scratch);
		for (size_t i = 0; status == OK && i < walk.page.count; i++)
			status = add_row(quality, arena, &scratch, &walk.page.rows[i].record, err);
	}
	records_walk_end(&walk);
	arena_release(&scratch);
	if (quality->trunk_count)
		qsort(quality->trunks, quality->trunk_count, sizeof(*quality->trunks), by_name);
	return status;
}
