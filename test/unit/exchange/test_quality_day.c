/* When a media stream is poor, when nothing is known of it, and what its MOS adds. */
#include "exchange/quality_day.h"

#include "base/instant.h"

#include "../check.h"

static struct media_stream nothing_measured(void)
{
	struct media_stream s = {
		.average_audio_degradation = MEDIA_NONE, .average_jitter = MEDIA_NONE, .average_packet_loss = MEDIA_NONE,
		.average_concealed = MEDIA_NONE, .average_round_trip = MEDIA_NONE, .mos = MEDIA_NONE,
		.start_ms = INSTANT_NONE, .end_ms = INSTANT_NONE,
	};

	return s;
}

static void a_threshold_itself_is_not_poor(void **state)
{
	struct media_stream s = nothing_measured();
	int64_t *const measures[QUALITY_MEASURES] = { &s.average_audio_degradation, &s.average_round_trip,
						      &s.average_packet_loss, &s.average_jitter, &s.average_concealed };

	(void)state;
	for (size_t i = 0; i < QUALITY_MEASURES; i++) {
		struct quality_figures f = { 0 };

		*measures[i] = quality_thresholds[i].above;
		quality_add_stream(&f, &s);
		assert_int_equal(f.poor, 0);
		++*measures[i];
		quality_add_stream(&f, &s);
		assert_int_equal(f.poor, 1);
		assert_int_equal(f.poor_by[i], 1);
		assert_int_equal(f.unclassified, 0);
		assert_int_equal(f.streams, 2);
		*measures[i] = MEDIA_NONE;
	}
}

static void the_published_thresholds(void **state)
{
	(void)state;
	assert_int_equal(quality_thresholds[0].above, 1000000000);   /* points of MOS lost */
	assert_int_equal(quality_thresholds[1].above, 5000000);      /* 500 ms in 100 ns */
	assert_int_equal(quality_thresholds[2].above, 100000000);
	assert_int_equal(quality_thresholds[3].above, 300000);
	assert_int_equal(quality_thresholds[4].above, 70000000);
}

static void what_was_not_measured_is_neither_poor_nor_a_mos(void **state)
{
	struct media_stream s = nothing_measured();
	struct quality_figures f = { 0 };

	(void)state;
	quality_add_stream(&f, &s);
	assert_int_equal(f.unclassified, 1);
	assert_int_equal(f.mos_streams, 0);
	s.mos = MEDIA_UNIT / 1000 * 3456;   /* 3.456 */
	quality_add_stream(&f, &s);
	assert_int_equal(f.mos_streams, 1);
	assert_int_equal(f.mos_sum, 346);
	assert_int_equal(f.unclassified, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_threshold_itself_is_not_poor),
		cmocka_unit_test(the_published_thresholds),
		cmocka_unit_test(what_was_not_measured_is_neither_poor_nor_a_mos),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
