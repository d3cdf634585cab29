/* formats/media_stream.h - media quality of one direction of a call.
 *
 * The properties of Microsoft Graph's mediaStream, plus `mos` and `mosAlgorithm`.
 * What was not measured is null, never a number: sentinels of RTCP XR and of
 * switches (MOS 0 or 127, jitter 65.535 s, loss above 1 or below 0, a round trip
 * of 0) become null on the way in.
 *
 * Three forms: JSON as it comes (a tree), the canonical text that struct record
 * holds (known properties only, in table order, nulls left out, numbers and
 * times in one way of writing), and struct media_stream.
 *
 * All numbers are integers: ratios, MOS and rates count 1e-9, durations 100 ns. */
#ifndef FORMATS_MEDIA_STREAM_H
#define FORMATS_MEDIA_STREAM_H

#include "formats/json.h"

#define MEDIA_NONE INT64_MIN
#define MEDIA_UNIT INT64_C(1000000000)      /* 1.0 of a ratio, a MOS, a rate */
#define MEDIA_TICKS_PER_MS INT64_C(10000)   /* durations count 100 ns */
#define MEDIA_STREAMS_MAX 100               /* of one call record */

struct media_stream {
	struct str stream_id;
	struct str direction;              /* callerToCallee, calleeToCaller */
	struct str audio_codec, video_codec;
	int64_t start_ms, end_ms;          /* INSTANT_NONE when absent */
	/* everything below: MEDIA_NONE when not measured */
	int64_t average_audio_degradation;
	int64_t average_jitter, max_jitter;                             /* 100 ns */
	int64_t average_audio_network_jitter, max_audio_network_jitter; /* 100 ns */
	int64_t average_packet_loss, max_packet_loss, loss_after_correction;
	int64_t average_concealed, max_concealed;
	int64_t average_round_trip, max_round_trip;                     /* 100 ns */
	int64_t packets;
	int64_t average_bandwidth;                                      /* bit/s */
	int64_t forward_error_correction, media_bypassed;               /* 0 or 1 */
	int64_t video_frame_loss_percent, video_packet_loss;
	int64_t received_frame_rate, video_frame_rate;
	int64_t low_frame_rate_ratio, low_processing_ratio;
	int64_t average_freeze, rms_freeze;                             /* 100 ns */
	int64_t mos;                       /* as the platform gave it */
	struct str mos_algorithm;
};

/* Checks the JSON array of a record's mediaStreams and appends its canonical text.
 * Unknown members are left out and added to *unknown.  E_FIELD_TYPE or
 * E_FIELD_VALUE with a field such as "mediaStreams[0].averageJitter". */
enum status media_streams_canonical(const struct json *array, struct buf *out, uint64_t *unknown, struct error *err);

/* Reads canonical text back; slices live in the arena. */
enum status media_streams_read(struct arena *a, struct str canonical, struct media_stream **streams, size_t *count,
			       struct error *err);

/* The MOS of the E-model (telephony/e_model.h) for what was measured, in MEDIA_UNIT
 * to two decimals, and its algorithm in words, which is static.  False where the
 * loss was not measured or nothing is published about the codec. */
bool media_stream_mos(const struct media_stream *stream, int64_t *mos, const char **algorithm);

/* One stream as a JSON object with every property, null where not measured.
 * `mos` and `mosAlgorithm` are the platform's where it gave them, else ours;
 * `computedMos` and `computedMosAlgorithm` are always ours. */
void media_stream_write(struct json_writer *w, const struct media_stream *stream);

/* All streams of canonical text; none writes []. */
enum status media_streams_write(struct json_writer *w, struct str canonical, struct error *err);

#endif
