/* telephony/e_model.h - speech quality from network figures (ITU-T G.107).
 *
 *     R = 93.2 - Id - Ie,eff
 *
 * with every parameter that is not given at its G.107 default.  Id is taken from
 * Cole and Rosenbluth's fit of G.107's delay impairments at default echo loss
 * (talker echo included, so that it grows below 100 ms too); Ie,eff is G.107's,
 * from the codec's Ie and Bpl (ITU-T G.113 Appendix I) and random loss.
 * Wideband and fullband codecs are computed on their own scale (G.107.1: 129,
 * G.107.2: 148) and brought back to 100 before the MOS is read off.
 *
 * Pure functions, safe from any thread. */
#ifndef TELEPHONY_E_MODEL_H
#define TELEPHONY_E_MODEL_H

#include "base/str.h"

struct e_model_codec {
	const char *name;          /* as ITU-T names it */
	double ie;                 /* equipment impairment without loss */
	double bpl;                /* robustness against random loss */
	enum { E_MODEL_NARROW, E_MODEL_WIDE, E_MODEL_FULL } band;
};

/* By the name that Graph's audioCodec uses ("pcma", "g722", "opus" ...) or the
 * ITU-T one ("G.729A"), without regard to case.  NULL where no values for the
 * E-model are published. */
const struct e_model_codec *e_model_codec_find(struct str name);

/* The codec without loss concealment: what plain G.711 loses. */
extern const struct e_model_codec e_model_g711_without_plc;

/* Mouth-to-ear delay of one direction: half the round trip, a jitter buffer of
 * twice the jitter, and 20 ms of packetisation. */
double e_model_delay_ms(double round_trip_ms, double jitter_ms);

/* The rating, 0..100 on the codec's own band.  delay_ms < 0: not measured, the
 * delay is left out (listening quality).  loss is a fraction 0..1, random. */
double e_model_rating(const struct e_model_codec *codec, double delay_ms, double loss);

/* 1..4.5 (G.107 Annex B). */
double e_model_mos(double rating);

#endif
