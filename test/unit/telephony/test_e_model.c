#include "check.h"

#include "telephony/e_model.h"

#include <math.h>

static void check_mos(const struct e_model_codec *codec, double round_trip_ms, double jitter_ms, double loss,
		      double expected)
{
	double mos = e_model_mos(e_model_rating(codec, e_model_delay_ms(round_trip_ms, jitter_ms), loss));

	if (fabs(mos - expected) > 0.005)
		fail_msg("%s at %.0f ms, %.0f ms, %.2f: MOS %.3f, not %.2f", codec->name, round_trip_ms, jitter_ms,
			 loss, mos, expected);
}

/* Round trip, jitter and one-way random loss, with what G.107 says of three codecs. */
static void published_comparison(void **state)
{
	static const struct {
		double round_trip_ms, jitter_ms, loss, with_plc, without_plc, g729a;
	} rows[] = {
		{ 40, 5, 0.00, 4.38, 4.38, 4.06 },
		{ 80, 20, 0.01, 4.26, 3.73, 3.85 },
		{ 200, 30, 0.03, 3.96, 2.55, 3.41 },
		{ 300, 40, 0.05, 3.28, 1.53, 2.61 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		check_mos(e_model_codec_find(STR("pcma")), rows[i].round_trip_ms, rows[i].jitter_ms, rows[i].loss,
			  rows[i].with_plc);
		check_mos(&e_model_g711_without_plc, rows[i].round_trip_ms, rows[i].jitter_ms, rows[i].loss,
			  rows[i].without_plc);
		check_mos(e_model_codec_find(STR("G.729A")), rows[i].round_trip_ms, rows[i].jitter_ms, rows[i].loss,
			  rows[i].g729a);
	}
}

/* G.107 Annex B: the curve's published points. */
static void rating_to_mos(void **state)
{
	static const double points[][2] = { { -5, 1 },    { 0, 1 },     { 50, 2.58 },   { 60, 3.10 }, { 70, 3.60 },
					    { 80, 4.02 }, { 90, 4.34 }, { 93.2, 4.41 }, { 100, 4.5 }, { 120, 4.5 } };

	(void)state;
	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++)
		assert_true(fabs(e_model_mos(points[i][0]) - points[i][1]) < 0.006);
}

static void worse_is_never_better(void **state)
{
	static const char *const names[] = { "pcmu", "G.729", "g722", "opus", "iLBC 13.3k", "amr", "GSM-EFR", "g723" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct e_model_codec *codec = e_model_codec_find(str_from(names[i]));

		assert_non_null(codec);
		for (double delay = 0; delay < 1000; delay += 25) {
			for (double loss = 0; loss < 1; loss += 0.05) {
				double r = e_model_rating(codec, delay, loss);

				assert_true(r >= 0 && r <= 100);
				assert_true(e_model_rating(codec, delay + 25, loss) <= r);
				assert_true(e_model_rating(codec, delay, loss + 0.05) <= r);
				assert_true(e_model_rating(codec, -1, loss) >= r);
			}
		}
	}
}

static void unpublished_codecs_have_no_value(void **state)
{
	(void)state;
	assert_null(e_model_codec_find(STR("satin")));
	assert_null(e_model_codec_find(STR("unknown")));
	assert_null(e_model_codec_find(STR_NONE));
	assert_non_null(e_model_codec_find(STR("PCMU")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_comparison),
		cmocka_unit_test(rating_to_mos),
		cmocka_unit_test(worse_is_never_better),
		cmocka_unit_test(unpublished_codecs_have_no_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
