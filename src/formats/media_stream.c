#include "formats/media_stream.h"

#include "base/instant.h"
#include "formats/record_private.h"
#include "telephony/e_model.h"

#include <assert.h>
#include <stdio.h>

#define TICKS_PER_SECOND (1000 * MEDIA_TICKS_PER_MS)
#define TEXT_CHARACTERS_MAX 128
#define RATE_MAX (1000000 * MEDIA_UNIT)
#define XR_BEYOND_TICKS (65535 * MEDIA_TICKS_PER_MS) /* RFC 3611: "beyond what can be written" */
#define MOS_UNAVAILABLE (127 * MEDIA_UNIT)

enum property_type {
	PROPERTY_TEXT,
	PROPERTY_INSTANT,
	PROPERTY_DURATION,
	PROPERTY_JITTER,     /* a duration; 65.535 s is none */
	PROPERTY_ROUND_TRIP, /* likewise; 0 is none as well */
	PROPERTY_RATIO,      /* 0..1; outside is none */
	PROPERTY_POINTS,     /* MOS points lost, 0..5 */
	PROPERTY_PERCENT,
	PROPERTY_RATE,
	PROPERTY_MOS, /* 1..5; 0 and 127 are none */
	PROPERTY_COUNT,
	PROPERTY_BOOL,
};

/* clang-format off */
static const struct property {
	const char *name;
	enum property_type type;
	size_t offset;
} properties[] = {
#define PROPERTY(name, type, member) { name, PROPERTY_##type, offsetof(struct media_stream, member) }
	PROPERTY("streamId", TEXT, stream_id),
	PROPERTY("streamDirection", TEXT, direction),
	PROPERTY("startDateTime", INSTANT, start_ms),
	PROPERTY("endDateTime", INSTANT, end_ms),
	PROPERTY("audioCodec", TEXT, audio_codec),
	PROPERTY("videoCodec", TEXT, video_codec),
	PROPERTY("averageAudioDegradation", POINTS, average_audio_degradation),
	PROPERTY("averageJitter", JITTER, average_jitter),
	PROPERTY("maxJitter", JITTER, max_jitter),
	PROPERTY("averageAudioNetworkJitter", JITTER, average_audio_network_jitter),
	PROPERTY("maxAudioNetworkJitter", JITTER, max_audio_network_jitter),
	PROPERTY("averagePacketLossRate", RATIO, average_packet_loss),
	PROPERTY("maxPacketLossRate", RATIO, max_packet_loss),
	PROPERTY("postForwardErrorCorrectionPacketLossRate", RATIO, loss_after_correction),
	PROPERTY("averageRatioOfConcealedSamples", RATIO, average_concealed),
	PROPERTY("maxRatioOfConcealedSamples", RATIO, max_concealed),
	PROPERTY("averageRoundTripTime", ROUND_TRIP, average_round_trip),
	PROPERTY("maxRoundTripTime", ROUND_TRIP, max_round_trip),
	PROPERTY("packetUtilization", COUNT, packets),
	PROPERTY("averageBandwidthEstimate", COUNT, average_bandwidth),
	PROPERTY("isAudioForwardErrorCorrectionUsed", BOOL, forward_error_correction),
	PROPERTY("wasMediaBypassed", BOOL, media_bypassed),
	PROPERTY("averageVideoFrameLossPercentage", PERCENT, video_frame_loss_percent),
	PROPERTY("averageVideoPacketLossRate", RATIO, video_packet_loss),
	PROPERTY("averageReceivedFrameRate", RATE, received_frame_rate),
	PROPERTY("averageVideoFrameRate", RATE, video_frame_rate),
	PROPERTY("lowFrameRateRatio", RATIO, low_frame_rate_ratio),
	PROPERTY("lowVideoProcessingCapabilityRatio", RATIO, low_processing_ratio),
	PROPERTY("averageFreezeDuration", DURATION, average_freeze),
	PROPERTY("rmsFreezeDuration", DURATION, rms_freeze),
	PROPERTY("mos", MOS, mos),
	PROPERTY("mosAlgorithm", TEXT, mos_algorithm),
#undef PROPERTY
};
/* clang-format on */

#define PROPERTIES (sizeof(properties) / sizeof(properties[0]))

static struct str *text_at(struct media_stream *s, const struct property *p)
{
	return (struct str *)((char *)s + p->offset);
}

static int64_t *value_at(struct media_stream *s, const struct property *p)
{
	return (int64_t *)((char *)s + p->offset);
}

static void clear(struct media_stream *s)
{
	*s = (struct media_stream){ 0 };
	for (size_t i = 0; i < PROPERTIES; i++)
		if (properties[i].type != PROPERTY_TEXT)
			*value_at(s, &properties[i]) = MEDIA_NONE;
}

static_assert(MEDIA_NONE == INSTANT_NONE, "clear() sets times as well");

/* --- durations: ISO 8601, as far as xsd:dayTimeDuration goes --------------------------- */

#define SECONDS_MAX (DURATION_MAX_MS / MS_PER_SECOND)

static bool take_char(struct str *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	*s = str_after(*s, 1);
	return true;
}

/* Digits, and behind them what is left. */
static struct str digits_of(struct str s, struct str *rest)
{
	size_t n = 0;

	while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
		n++;
	*rest = str_after(s, n);
	return str_of(s.p, n);
}

/* A whole number of a unit, when one comes next. */
static bool take_unit(struct str *s, char unit, int64_t seconds, int64_t *total)
{
	struct str rest, digits = digits_of(*s, &rest);
	uint64_t value;

	if (!str_to_u64(digits, (uint64_t)SECONDS_MAX, &value) || !take_char(&rest, unit))
		return false;
	*s = rest;
	*total += (int64_t)value * seconds * TICKS_PER_SECOND;
	return true;
}

/* Seconds with decimals, cut to 100 ns. */
static bool take_seconds(struct str *s, int64_t *total)
{
	struct str rest, fraction, digits = digits_of(*s, &rest);
	int64_t ticks = 0, scale = TICKS_PER_SECOND / 10;
	uint64_t value;

	if (take_unit(s, 'S', 1, total))
		return true;
	if (!str_to_u64(digits, (uint64_t)SECONDS_MAX, &value) || !take_char(&rest, '.'))
		return false;
	fraction = digits_of(rest, &rest);
	if (fraction.n == 0 || !take_char(&rest, 'S'))
		return false;
	for (size_t i = 0; i < fraction.n && scale; i++, scale /= 10)
		ticks += (fraction.p[i] - '0') * scale;
	*s = rest;
	*total += (int64_t)value * TICKS_PER_SECOND + ticks;
	return true;
}

static bool parse_duration(struct str s, int64_t *ticks)
{
	int64_t total = 0;
	bool any, time;

	if (!take_char(&s, 'P'))
		return false;
	any = take_unit(&s, 'D', 86400, &total);
	if (take_char(&s, 'T')) {
		time = take_unit(&s, 'H', 3600, &total);
		time |= take_unit(&s, 'M', 60, &total);
		time |= take_seconds(&s, &total);
		if (!time)
			return false;
		any = true;
	}
	if (!any || s.n || total > SECONDS_MAX * TICKS_PER_SECOND)
		return false;
	*ticks = total;
	return true;
}

/* v / unit in decimals, without trailing zeros. */
static void add_decimal(struct buf *out, int64_t v, int64_t unit)
{
	int64_t rest = v % unit;

	buf_add_i64(out, v / unit);
	if (rest == 0)
		return;
	buf_add_char(out, '.');
	while (rest) {
		unit /= 10;
		buf_add_char(out, (char)('0' + rest / unit));
		rest %= unit;
	}
}

/* --- reading --------------------------------------------------------------------------- */

static enum json_type wanted(enum property_type type)
{
	switch (type) {
	case PROPERTY_TEXT:
	case PROPERTY_INSTANT:
	case PROPERTY_DURATION:
	case PROPERTY_JITTER:
	case PROPERTY_ROUND_TRIP:
		return JSON_STRING;
	case PROPERTY_BOOL:
		return JSON_BOOL;
	default:
		return JSON_NUMBER;
	}
}

static enum status bad_value(const struct property *p, const char *expected, struct error *err)
{
	return error_set(err, E_FIELD_VALUE, p->name, "%s must be %s", p->name, expected);
}

static enum status set_duration(struct media_stream *s, const struct property *p, struct str text, struct error *err)
{
	int64_t ticks;

	if (!parse_duration(text, &ticks))
		return bad_value(p, "an ISO 8601 duration such as PT0.016S, of at most 31 days", err);
	if (p->type != PROPERTY_DURATION && ticks == XR_BEYOND_TICKS)
		ticks = MEDIA_NONE;
	if (p->type == PROPERTY_ROUND_TRIP && ticks == 0)
		ticks = MEDIA_NONE;
	*value_at(s, p) = ticks;
	return OK;
}

/* A MOS is 1..5; RTCP XR writes 127 and switches write 0 where there is none. */
static enum status set_mos(struct media_stream *s, const struct property *p, int64_t value, struct error *err)
{
	if (value == 0 || value == MOS_UNAVAILABLE)
		value = MEDIA_NONE;
	else if (value < MEDIA_UNIT || value > 5 * MEDIA_UNIT)
		return bad_value(p, "from 1 to 5", err);
	*value_at(s, p) = value;
	return OK;
}

static enum status set_bounded(struct media_stream *s, const struct property *p, int64_t value, int64_t max,
			       const char *expected, struct error *err)
{
	if (value < 0 || value > max)
		return bad_value(p, expected, err);
	*value_at(s, p) = value;
	return OK;
}

static enum status set_number(struct media_stream *s, const struct property *p, struct str literal, struct error *err)
{
	unsigned decimals = p->type == PROPERTY_COUNT ? 0 : 9;
	int64_t value;

	if (!json_scaled(literal, decimals, INT64_MAX, &value))
		return bad_value(p, "a number within reason", err);
	switch (p->type) {
	case PROPERTY_RATIO:
		*value_at(s, p) = value < 0 || value > MEDIA_UNIT ? MEDIA_NONE : value;
		return OK;
	case PROPERTY_MOS:
		return set_mos(s, p, value, err);
	case PROPERTY_POINTS:
		return set_bounded(s, p, value, 5 * MEDIA_UNIT, "from 0 to 5", err);
	case PROPERTY_PERCENT:
		return set_bounded(s, p, value, 100 * MEDIA_UNIT, "from 0 to 100", err);
	case PROPERTY_RATE:
		return set_bounded(s, p, value, RATE_MAX, "from 0 to 1000000", err);
	default:
		return set_bounded(s, p, value, INT64_MAX, "0 or more", err);
	}
}

static enum status set_property(struct media_stream *s, const struct property *p, const struct json *value,
				struct error *err)
{
	static const char *const type_names[] = {
		[JSON_BOOL] = "true or false", [JSON_NUMBER] = "a JSON number", [JSON_STRING] = "a JSON string"
	};

	if (value->type == JSON_NULL)
		return OK;
	if (value->type != wanted(p->type))
		return error_set(err, E_FIELD_TYPE, p->name, "%s must be %s", p->name, type_names[wanted(p->type)]);
	switch (p->type) {
	case PROPERTY_TEXT:
		*text_at(s, p) = value->text.n ? value->text : STR_NONE;
		return field_check_text(p->name, value->text, TEXT_CHARACTERS_MAX, err);
	case PROPERTY_INSTANT:
		if (instant_parse(value->text, value_at(s, p)))
			return OK;
		return bad_value(p, "a date and time with an offset", err);
	case PROPERTY_DURATION:
	case PROPERTY_JITTER:
	case PROPERTY_ROUND_TRIP:
		return set_duration(s, p, value->text, err);
	case PROPERTY_BOOL:
		*value_at(s, p) = value->boolean;
		return OK;
	default:
		return set_number(s, p, value->text, err);
	}
}

static const struct property *find_property(struct str name)
{
	for (size_t i = 0; i < PROPERTIES; i++)
		if (str_is(name, properties[i].name))
			return &properties[i];
	return NULL;
}

static enum status read_members(const struct json *object, struct media_stream *s, uint64_t *unknown, struct error *err)
{
	enum status status = OK;

	clear(s);
	if (object->type != JSON_OBJECT)
		return error_set(err, E_FIELD_TYPE, "", "a media stream must be a JSON object");
	for (const struct json *member = object->first; member && status == OK; member = member->next) {
		const struct property *p = find_property(member->key);

		if (p)
			status = set_property(s, p, member, err);
		else
			++*unknown;
	}
	return status;
}

/* Names the stream before the property. */
static enum status read_stream(const struct json *object, size_t index, struct media_stream *s, uint64_t *unknown,
			       struct error *err)
{
	struct error fault;
	char field[2 * sizeof(fault.field)];
	enum status status = read_members(object, s, unknown, &fault);

	if (status == OK)
		return OK;
	snprintf(field, sizeof(field), "mediaStreams[%zu]%s%s", index, fault.field[0] ? "." : "", fault.field);
	return error_set(err, status, field, "media stream %zu: %s", index, fault.message);
}

/* --- the canonical text ------------------------------------------------------------------ */

static bool is_present(struct media_stream *s, const struct property *p)
{
	return p->type == PROPERTY_TEXT ? text_at(s, p)->n > 0 : *value_at(s, p) != MEDIA_NONE;
}

static void write_present(struct json_writer *w, struct media_stream *s, const struct property *p)
{
	struct buf *out = w->out;

	switch (p->type) {
	case PROPERTY_TEXT:
		json_str(w, *text_at(s, p));
		break;
	case PROPERTY_INSTANT:
		json_instant(w, *value_at(s, p));
		break;
	case PROPERTY_DURATION:
	case PROPERTY_JITTER:
	case PROPERTY_ROUND_TRIP:
		json_raw(w, STR("\"PT"));
		add_decimal(out, *value_at(s, p), TICKS_PER_SECOND);
		buf_add_str(out, STR("S\""));
		break;
	case PROPERTY_COUNT:
		json_i64(w, *value_at(s, p));
		break;
	case PROPERTY_BOOL:
		json_bool(w, *value_at(s, p) != 0);
		break;
	default:
		json_raw(w, STR(""));
		add_decimal(out, *value_at(s, p), MEDIA_UNIT);
	}
}

static void write_canonical(struct json_writer *w, struct media_stream *s)
{
	json_object_begin(w);
	for (size_t i = 0; i < PROPERTIES; i++) {
		if (!is_present(s, &properties[i]))
			continue;
		json_key(w, properties[i].name);
		write_present(w, s, &properties[i]);
	}
	json_object_end(w);
}

enum status media_streams_canonical(const struct json *array, struct buf *out, uint64_t *unknown, struct error *err)
{
	struct json_writer w;
	size_t index = 0;

	if (array->type != JSON_ARRAY)
		return error_set(err, E_FIELD_TYPE, "mediaStreams", "mediaStreams must be a JSON array");
	if (array->count > MEDIA_STREAMS_MAX)
		return error_set(err, E_FIELD_VALUE, "mediaStreams",
				 "mediaStreams has %zu streams; at most %d are allowed", array->count,
				 MEDIA_STREAMS_MAX);
	json_writer_init(&w, out);
	json_array_begin(&w);
	for (const struct json *item = array->first; item; item = item->next, index++) {
		struct media_stream s;
		enum status status = read_stream(item, index, &s, unknown, err);

		if (status != OK)
			return status;
		write_canonical(&w, &s);
	}
	json_array_end(&w);
	return OK;
}

enum status media_streams_read(struct arena *a, struct str canonical, struct media_stream **streams, size_t *count,
			       struct error *err)
{
	const struct json *array;
	struct media_stream *all;
	uint64_t unknown = 0;
	size_t n = 0;
	enum status status;

	if (canonical.n == 0)
		canonical = STR("[]");
	status = json_parse(a, canonical, &array, err);
	if (status != OK)
		return status;
	all = ARENA_ARRAY(a, struct media_stream, array->count + 1);
	for (const struct json *item = array->first; item; item = item->next, n++) {
		status = read_stream(item, n, &all[n], &unknown, err);
		if (status != OK)
			return status;
	}
	*streams = all;
	*count = n;
	return OK;
}

/* --- MOS ----------------------------------------------------------------------------------- */

bool media_stream_mos(const struct media_stream *s, int64_t *mos, const char **algorithm)
{
	const struct e_model_codec *codec = e_model_codec_find(s->audio_codec);
	bool has_delay = s->average_round_trip != MEDIA_NONE;
	int64_t loss = s->average_packet_loss;
	double delay_ms = -1, ticks_per_ms = (double)MEDIA_TICKS_PER_MS, rating;

	if (!codec || loss == MEDIA_NONE)
		return false;
	if (has_delay) {
		int64_t jitter = s->average_jitter != MEDIA_NONE ? s->average_jitter : 0;

		delay_ms =
			e_model_delay_ms((double)s->average_round_trip / ticks_per_ms, (double)jitter / ticks_per_ms);
	}
	rating = e_model_rating(codec, delay_ms, (double)loss / (double)MEDIA_UNIT);
	*mos = (int64_t)(e_model_mos(rating) * 100 + 0.5) * (MEDIA_UNIT / 100);
	*algorithm = has_delay ? "ITU-T G.107 (MOS-CQE, G.113 codec values)"
			       : "ITU-T G.107 (MOS-LQE, G.113 codec values; delay not measured)";
	return true;
}

/* --- output ---------------------------------------------------------------------------------- */

void media_stream_write(struct json_writer *w, const struct media_stream *stream)
{
	struct media_stream s = *stream;
	int64_t computed = MEDIA_NONE;
	const char *algorithm = NULL;

	media_stream_mos(stream, &computed, &algorithm);
	if (s.mos == MEDIA_NONE) {
		s.mos = computed;
		s.mos_algorithm = str_from(algorithm);
	} else if (s.mos_algorithm.n == 0) {
		s.mos_algorithm = STR("unspecified");
	}
	json_object_begin(w);
	for (size_t i = 0; i < PROPERTIES; i++) {
		json_key(w, properties[i].name);
		if (is_present(&s, &properties[i]))
			write_present(w, &s, &properties[i]);
		else
			json_null(w);
	}
	json_key(w, "computedMos");
	if (computed == MEDIA_NONE) {
		json_null(w);
	} else {
		json_raw(w, STR(""));
		add_decimal(w->out, computed, MEDIA_UNIT);
	}
	json_member_z(w, "computedMosAlgorithm", algorithm);
	json_object_end(w);
}

enum status media_streams_write(struct json_writer *w, struct str canonical, struct error *err)
{
	struct media_stream *streams = NULL;
	size_t count = 0;
	struct arena a;
	enum status status;

	arena_init(&a);
	status = media_streams_read(&a, canonical, &streams, &count, err);
	if (status == OK) {
		json_array_begin(w);
		for (size_t i = 0; i < count; i++)
			media_stream_write(w, &streams[i]);
		json_array_end(w);
	}
	arena_release(&a);
	return status;
}
