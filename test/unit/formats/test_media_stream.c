#include "check_arena.h"

#include "base/instant.h"
#include "formats/media_stream.h"

static enum status canonical(const char *json, struct buf *out, uint64_t *unknown, struct error *err)
{
	const struct json *root;

	buf_clear(out);
	assert_int_equal(json_parse(&arena, str_from(json), &root, err), OK);
	return media_streams_canonical(root, out, unknown, err);
}

static void check_canonical(const char *json, const char *expected)
{
	struct error err = { 0 };
	struct buf out;
	uint64_t unknown = 0;

	buf_init(&out, 0);
	if (canonical(json, &out, &unknown, &err) != OK)
		fail_msg("%s: %s: %s", json, err.field, err.message);
	check_buf(&out, expected);
	buf_release(&out);
}

static void check_fault(const char *json, enum status status, const char *field)
{
	struct error err = { 0 };
	struct buf out;
	uint64_t unknown = 0;

	buf_init(&out, 0);
	if (canonical(json, &out, &unknown, &err) != status)
		fail_msg("%s: status %d", json, (int)err.status);
	assert_string_equal(err.field, field);
	buf_release(&out);
}

static void one_way_of_writing(void **state)
{
	(void)state;
	check_canonical("[]", "[]");
	check_canonical("[{}]", "[{}]");
	check_canonical("[{\"mos\":4.50,\"streamId\":\"s1\",\"streamDirection\":\"callerToCallee\"}]",
			"[{\"streamId\":\"s1\",\"streamDirection\":\"callerToCallee\",\"mos\":4.5}]");
	check_canonical(
		"[{\"averageJitter\":\"PT0.0160000S\",\"maxJitter\":\"PT1M15S\",\"averageRoundTripTime\":\"P0DT0H0M0."
		"04S\"}]",
		"[{\"averageJitter\":\"PT0.016S\",\"maxJitter\":\"PT75S\",\"averageRoundTripTime\":\"PT0.04S\"}]");
	check_canonical(
		"[{\"averagePacketLossRate\":1.0e-2,\"maxPacketLossRate\":0,\"averageRatioOfConcealedSamples\":1}]",
		"[{\"averagePacketLossRate\":0.01,\"maxPacketLossRate\":0,\"averageRatioOfConcealedSamples\":1}]");
	check_canonical("[{\"startDateTime\":\"2026-11-25T12:00:00+02:00\",\"endDateTime\":\"0001-01-01T00:00:00Z\"}]",
			"[{\"startDateTime\":\"2026-11-25T10:00:00.000Z\"}]");
	check_canonical("[{\"packetUtilization\":1234567890123,\"wasMediaBypassed\":true,"
			"\"isAudioForwardErrorCorrectionUsed\":false,\"averageVideoFrameRate\":29.97,\"audioCodec\":"
			"\"newCodec2031\"}]",
			"[{\"audioCodec\":\"newCodec2031\",\"packetUtilization\":1234567890123,"
			"\"isAudioForwardErrorCorrectionUsed\":false,\"wasMediaBypassed\":true,"
			"\"averageVideoFrameRate\":29.97}]");
	check_canonical("[{\"averageJitter\":\"PT1H0.00000012S\",\"rmsFreezeDuration\":\"P1DT1S\"}]",
			"[{\"averageJitter\":\"PT3600.0000001S\",\"rmsFreezeDuration\":\"PT86401S\"}]");
}

static void what_was_not_measured_is_absent(void **state)
{
	(void)state;
	check_canonical("[{\"mos\":null,\"averageJitter\":null,\"streamId\":null,\"wasMediaBypassed\":null}]", "[{}]");
	check_canonical("[{\"mos\":0},{\"mos\":127},{\"mos\":1},{\"mos\":5.0}]", "[{},{},{\"mos\":1},{\"mos\":5}]");
	check_canonical("[{\"averageJitter\":\"PT65.535S\",\"maxRoundTripTime\":\"PT65.535S\",\"averageRoundTripTime\":"
			"\"PT0S\"}]",
			"[{}]");
	check_canonical("[{\"averageJitter\":\"PT0S\",\"averageFreezeDuration\":\"PT65.535S\"}]",
			"[{\"averageJitter\":\"PT0S\",\"averageFreezeDuration\":\"PT65.535S\"}]");
	check_canonical("[{\"averagePacketLossRate\":1.2,\"maxPacketLossRate\":-0.01,\"streamId\":\"\"}]", "[{}]");
}

static void unknown_members_are_counted(void **state)
{
	struct error err;
	struct buf out;
	uint64_t unknown = 5;

	(void)state;
	buf_init(&out, 0);
	assert_int_equal(canonical("[{\"x\":1,\"mos\":4,\"y\":{\"z\":[]}},{\"x\":2}]", &out, &unknown, &err), OK);
	check_buf(&out, "[{\"mos\":4},{}]");
	assert_int_equal(unknown, 8);
	buf_release(&out);
}

static void faults_name_stream_and_property(void **state)
{
	struct buf many;

	(void)state;
	check_fault("{}", E_FIELD_TYPE, "mediaStreams");
	check_fault("[{},7]", E_FIELD_TYPE, "mediaStreams[1]");
	check_fault("[{\"mos\":\"4.1\"}]", E_FIELD_TYPE, "mediaStreams[0].mos");
	check_fault("[{\"averageJitter\":16}]", E_FIELD_TYPE, "mediaStreams[0].averageJitter");
	check_fault("[{\"streamId\":16}]", E_FIELD_TYPE, "mediaStreams[0].streamId");
	check_fault("[{\"wasMediaBypassed\":1}]", E_FIELD_TYPE, "mediaStreams[0].wasMediaBypassed");
	check_fault("[{\"mos\":[]}]", E_FIELD_TYPE, "mediaStreams[0].mos");
	check_fault("[{},{\"mos\":0.99}]", E_FIELD_VALUE, "mediaStreams[1].mos");
	check_fault("[{\"mos\":41}]", E_FIELD_VALUE, "mediaStreams[0].mos");
	check_fault("[{\"mos\":1e400}]", E_FIELD_VALUE, "mediaStreams[0].mos");
	check_fault("[{\"averageAudioDegradation\":5.1}]", E_FIELD_VALUE, "mediaStreams[0].averageAudioDegradation");
	check_fault("[{\"averageVideoFrameLossPercentage\":101}]", E_FIELD_VALUE,
		    "mediaStreams[0].averageVideoFrameLossPercentage");
	check_fault("[{\"packetUtilization\":-1}]", E_FIELD_VALUE, "mediaStreams[0].packetUtilization");
	check_fault("[{\"startDateTime\":\"2026-11-25\"}]", E_FIELD_VALUE, "mediaStreams[0].startDateTime");
	check_fault("[{\"streamId\":\"a\\u0007\"}]", E_FIELD_VALUE, "mediaStreams[0].streamId");
	check_fault("[{\"postForwardErrorCorrectionPacketLossRate\":\"\"}]", E_FIELD_TYPE,
		    "mediaStreams[0].postForwardErrorCorrectionPacketLossRate");
	buf_init(&many, 0);
	for (int i = 0; i <= MEDIA_STREAMS_MAX; i++)
		buf_add_str(&many, i ? STR(",{}") : STR("[{}"));
	buf_add_char(&many, ']');
	check_fault(buf_cstr(&many), E_FIELD_VALUE, "mediaStreams");
	buf_release(&many);
}

static void durations_that_are_none(void **state)
{
	static const char *const bad[] = { "",           "P",
					   "PT",         "0.016",
					   "T1S",        "PT1",
					   "PTS",        "P1S",
					   "PT1D",       "PT1S1M",
					   "PT.5S",      "PT1.S",
					   "-PT1S",      "PT-1S",
					   "P1Y",        "P1W",
					   "PT1.5M",     "PT1S ",
					   "pt1s",       "PT1H1H",
					   "P32D",       "PT99999999999999999999S",
					   "PT2678401S", "P1DT" };
	char json[120];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(json, sizeof(json), "[{\"averageFreezeDuration\":\"%s\"}]", bad[i]);
		check_fault(json, E_FIELD_VALUE, "mediaStreams[0].averageFreezeDuration");
	}
}

/* Reading canonical text back and writing it again changes nothing. */
static void canonical_text_comes_back(void **state)
{
	struct media_stream *streams;
	struct buf first, second;
	struct error err;
	uint64_t unknown = 0;
	size_t count;

	(void)state;
	buf_init(&first, 0);
	buf_init(&second, 0);
	assert_int_equal(
		canonical("[{\"streamId\":\"s\",\"audioCodec\":\"pcma\",\"startDateTime\":\"2026-11-25T10:00:00Z\","
			  "\"averageJitter\":\"PT0.005S\",\"averagePacketLossRate\":0.01,\"packetUtilization\":3000,"
			  "\"wasMediaBypassed\":true,\"mos\":4.123456789,\"mosAlgorithm\":\"vendor\"},{}]",
			  &first, &unknown, &err),
		OK);
	assert_int_equal(canonical(buf_cstr(&first), &second, &unknown, &err), OK);
	check_buf(&second, first.p);
	assert_int_equal(media_streams_read(&arena, buf_str(&first), &streams, &count, &err), OK);
	assert_int_equal(count, 2);
	check_str(streams[0].stream_id, "s");
	assert_int_equal(streams[0].average_jitter, 5 * MEDIA_TICKS_PER_MS);
	assert_int_equal(streams[0].average_packet_loss, MEDIA_UNIT / 100);
	assert_int_equal(streams[0].media_bypassed, 1);
	assert_true(streams[0].forward_error_correction == MEDIA_NONE);
	assert_int_equal(streams[0].mos, INT64_C(4123456789));
	assert_true(streams[1].start_ms == INSTANT_NONE && streams[1].mos == MEDIA_NONE);
	assert_int_equal(media_streams_read(&arena, STR_NONE, &streams, &count, &err), OK);
	assert_int_equal(count, 0);
	assert_int_equal(media_streams_read(&arena, STR("[{\"mos\":"), &streams, &count, &err), E_INVALID);
	buf_release(&first);
	buf_release(&second);
}

static struct media_stream measured(const char *json)
{
	struct media_stream *streams;
	size_t count;

	assert_int_equal(media_streams_read(&arena, str_from(json), &streams, &count, NULL), OK);
	assert_int_equal(count, 1);
	return streams[0];
}

static void check_mos(const char *json, int64_t hundredths, const char *algorithm)
{
	struct media_stream s = measured(json);
	const char *found = NULL;
	int64_t mos = 0;

	assert_int_equal(media_stream_mos(&s, &mos, &found), hundredths != 0);
	assert_int_equal(mos, hundredths * (MEDIA_UNIT / 100));
	if (algorithm)
		assert_non_null(strstr(found, algorithm));
}

static void mos_is_computed_from_what_was_measured(void **state)
{
	(void)state;
	check_mos("[{\"audioCodec\":\"pcma\",\"averagePacketLossRate\":0.01,\"averageRoundTripTime\":\"PT0.08S\","
		  "\"averageJitter\":\"PT0.02S\"}]",
		  426, "ITU-T G.107 (MOS-CQE");
	check_mos("[{\"audioCodec\":\"pcmu\",\"averagePacketLossRate\":0}]", 441, "ITU-T G.107 (MOS-LQE");
	check_mos("[{\"audioCodec\":\"pcma\",\"averageRoundTripTime\":\"PT0.08S\"}]", 0, NULL);
	check_mos("[{\"audioCodec\":\"satin\",\"averagePacketLossRate\":0.01}]", 0, NULL);
	check_mos("[{\"averagePacketLossRate\":0.01}]", 0, NULL);
}

static void check_written(const char *json, const char *expected_end)
{
	struct media_stream s = measured(json);
	struct json_writer w;
	struct buf out;

	buf_init(&out, 0);
	json_writer_init(&w, &out);
	media_stream_write(&w, &s);
	check_str(str_after(buf_str(&out), str_find(buf_str(&out), STR("\"mos\":"))), expected_end);
	buf_release(&out);
}

static void ours_stands_beside_the_platforms(void **state)
{
	struct json_writer w;
	struct buf out;
	struct error err;

	(void)state;
	check_written("[{\"audioCodec\":\"pcmu\",\"averagePacketLossRate\":0,\"mos\":4.1,\"mosAlgorithm\":\"P.863\"}]",
		      "\"mos\":4.1,\"mosAlgorithm\":\"P.863\",\"computedMos\":4.41,\"computedMosAlgorithm\":"
		      "\"ITU-T G.107 (MOS-LQE, G.113 codec values; delay not measured)\"}");
	check_written("[{\"audioCodec\":\"pcmu\",\"averagePacketLossRate\":0}]",
		      "\"mos\":4.41,\"mosAlgorithm\":\"ITU-T G.107 (MOS-LQE, G.113 codec values; delay not measured)\","
		      "\"computedMos\":4.41,\"computedMosAlgorithm\":"
		      "\"ITU-T G.107 (MOS-LQE, G.113 codec values; delay not measured)\"}");
	check_written("[{\"audioCodec\":\"pcmu\",\"mos\":3}]",
		      "\"mos\":3,\"mosAlgorithm\":\"unspecified\",\"computedMos\":null,\"computedMosAlgorithm\":null}");
	check_written("[{\"audioCodec\":\"pcmu\"}]",
		      "\"mos\":null,\"mosAlgorithm\":null,\"computedMos\":null,\"computedMosAlgorithm\":null}");
	buf_init(&out, 0);
	json_writer_init(&w, &out);
	assert_int_equal(media_streams_write(&w, STR("[{\"streamId\":\"a\"},{\"streamId\":\"b\"}]"), &err), OK);
	assert_true(str_starts(buf_str(&out), STR("[{\"streamId\":\"a\",\"streamDirection\":null,")));
	assert_true(str_find(buf_str(&out), STR("},{\"streamId\":\"b\"")) < out.n);
	buf_clear(&out);
	json_writer_init(&w, &out);
	assert_int_equal(media_streams_write(&w, STR_NONE, &err), OK);
	check_buf(&out, "[]");
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_way_of_writing),
		cmocka_unit_test(what_was_not_measured_is_absent),
		cmocka_unit_test(unknown_members_are_counted),
		cmocka_unit_test(faults_name_stream_and_property),
		cmocka_unit_test(durations_that_are_none),
		cmocka_unit_test(canonical_text_comes_back),
		cmocka_unit_test(mos_is_computed_from_what_was_measured),
		cmocka_unit_test(ours_stands_beside_the_platforms),
	};

	return cmocka_run_group_tests(tests, arena_begin, arena_end);
}
