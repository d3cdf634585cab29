#include "telephony/e_model.h"

#define R_DEFAULT 93.2
#define WIDE_SCALE 1.29 /* G.107.1: R up to 129 */
#define FULL_SCALE 1.48 /* G.107.2: R up to 148 */
#define PACKETISATION_MS 20.0

const struct e_model_codec e_model_g711_without_plc = { "G.711", 0, 4.3, E_MODEL_NARROW };

/* Ie and Bpl by ITU-T G.113 Appendix I; of G.722 the Bpl lies between the 4 and 7
 * that are published.  G.711 endpoints conceal losses since G.711 Appendix I (1999).
 * The names are Graph's, then others that are met with. */
static const struct {
	struct e_model_codec codec;
	const char *names[3];
} codecs[] = {
	{ { "G.711 with PLC", 0, 25.1, E_MODEL_NARROW }, { "pcma", "pcmu", "G.711" } },
	{ { "G.729", 10, 19, E_MODEL_NARROW }, { "g729" } },
	{ { "G.729A", 11, 19, E_MODEL_NARROW }, { "g729a" } },
	{ { "G.723.1 6.3k", 15, 16.1, E_MODEL_NARROW }, { "g723", "G.723.1" } },
	{ { "GSM-EFR", 5, 10, E_MODEL_NARROW }, { NULL } },
	{ { "AMR 12.2", 5, 10, E_MODEL_NARROW }, { "amr" } },
	{ { "iLBC 15.2k", 10, 34, E_MODEL_NARROW }, { "ilbc" } },
	{ { "iLBC 13.3k", 12, 32, E_MODEL_NARROW }, { NULL } },
	{ { "G.722 64k", 14, 5, E_MODEL_WIDE }, { "g722", "G.722" } },
	{ { "G.722 56k", 18, 5, E_MODEL_WIDE }, { NULL } },
	{ { "G.722 48k", 24, 5, E_MODEL_WIDE }, { NULL } },
	{ { "Opus", 10.2, 4.3, E_MODEL_FULL }, { NULL } },
};

const struct e_model_codec *e_model_codec_find(struct str name)
{
	for (size_t i = 0; i < sizeof(codecs) / sizeof(codecs[0]); i++) {
		if (str_equal_ascii_case(name, str_from(codecs[i].codec.name)))
			return &codecs[i].codec;
		for (size_t k = 0; k < 3 && codecs[i].names[k]; k++)
			if (str_equal_ascii_case(name, str_from(codecs[i].names[k])))
				return &codecs[i].codec;
	}
	return NULL;
}

double e_model_delay_ms(double round_trip_ms, double jitter_ms)
{
	return round_trip_ms / 2 + 2 * jitter_ms + PACKETISATION_MS;
}

/* Cole and Rosenbluth, "Voice over IP performance monitoring", 2001. */
static double delay_impairment(double delay_ms)
{
	double beyond = delay_ms - 177.3;

	if (delay_ms < 0)
		return 0;
	return 0.024 * delay_ms + (beyond > 0 ? 0.11 * beyond : 0);
}

static double loss_impairment(const struct e_model_codec *codec, double loss)
{
	double percent = 100 * loss;

	/* Opus as measured for fullband: the loss-free 10.2 grows by up to 121.8. */
	double worst = codec->band == E_MODEL_FULL ? 132 : 95;

	return codec->ie + (worst - codec->ie) * percent / (percent + codec->bpl);
}

double e_model_rating(const struct e_model_codec *codec, double delay_ms, double loss)
{
	double scale = codec->band == E_MODEL_FULL ? FULL_SCALE : codec->band == E_MODEL_WIDE ? WIDE_SCALE : 1;
	double best = codec->band == E_MODEL_NARROW ? R_DEFAULT : 100 * scale;
	double delay = delay_impairment(delay_ms) * (codec->band == E_MODEL_FULL ? FULL_SCALE : 1);
	double rating = (best - delay - loss_impairment(codec, loss)) / scale;

	if (rating < 0)
		return 0;
	return rating > 100 ? 100 : rating;
}

double e_model_mos(double rating)
{
	if (rating <= 0)
		return 1;
	if (rating >= 100)
		return 4.5;
	return 1 + 0.035 * rating + 7e-6 * rating * (rating - 60) * (100 - rating);
}
