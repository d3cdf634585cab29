/* What an operator makes of a duration: unit, ringing, release delay, rounding. */
#include "reconcile/engine_private.h"

#include <stdlib.h>

int64_t duration_reported(const struct group *g, uint32_t platform)
{
	const struct item *p = &g->platform.items[platform];

	return p->partner == RECONCILE_NONE ? 0 : item_duration_ms(&g->operator.items[p->partner]);
}

size_t duration_model_of(const struct group *g, const struct item *p)
{
	for (size_t i = g->models_n; i > 1; i--)
		if (scope_holds(&g->models[i - 1].where, p))
			return i - 1;
	return 0;
}

static int64_t floor_to(int64_t ms, int64_t increment_ms)
{
	return (ms >= 0 ? ms : ms - increment_ms + 1) / increment_ms * increment_ms;
}

/* The difference of two times cut to increments: what a switch writes that subtracts two stamps. */
static int64_t between_cuts(const struct duration_model *m, int64_t from_ms, int64_t duration_ms)
{
	from_ms += m->phase_ms;
	return floor_to(from_ms + duration_ms, m->increment_ms) - floor_to(from_ms, m->increment_ms);
}

int64_t duration_round(const struct duration_model *m, int64_t ms, int64_t from_ms)
{
	int64_t inc = m->increment_ms;

	if (inc == 0 || ms <= 0)
		return ms;
	if (m->mode == ROUNDING_ENDPOINTS)
		return between_cuts(m, from_ms, ms);
	if (ms <= m->minimum_ms)
		return m->minimum_ms;
	ms -= m->minimum_ms;
	if (m->mode == ROUNDING_UP)
		ms += inc - 1;
	else if (m->mode == ROUNDING_NEAREST)
		ms += inc / 2;
	return m->minimum_ms + ms / inc * inc;
}

/* The moment from which the operator counts. */
static int64_t counts_from(const struct duration_model *m, const struct item *p)
{
	int64_t from = m->counts_ringing ? item_start_stamp(p) : item_answer_stamp(p);

	return from == INSTANT_NONE ? p->time_ms : from;
}

/* What it measures before it rounds, of a platform's duration that is off by blur_ms. */
static int64_t before_rounding(const struct duration_model *m, const struct item *p, int64_t blur_ms,
			       int64_t parts[STEP_COUNT])
{
	int64_t v = item_duration_ms(p) + blur_ms;

	if (m->counts_ringing) {
		parts[STEP_RING] = item_ring_ms(p);
		v += parts[STEP_RING];
	}
	if (p->released_by == RELEASED_BY_CALLER && p->direction <= DIRECTION_OUTBOUND) {
		parts[STEP_DELAY] = m->delay_ms[p->direction];
		v += parts[STEP_DELAY];
	}
	return v > 0 ? v : 0;
}

/* Most operators write what the platform writes: that is seen before anything is divided. */
static int64_t in_unit(const struct duration_model *m, int64_t ms)
{
	return m->numerator == m->denominator ? ms : ms * m->numerator / m->denominator;
}

int64_t duration_expect(const struct duration_model *m, const struct item *p, int64_t parts[STEP_COUNT])
{
	int64_t before, rounded, written;

	memset(parts, 0, STEP_COUNT * sizeof(*parts));
	if (!item_is_answered(p) || item_duration_ms(p) == 0)
		return item_duration_ms(p);
	before = before_rounding(m, p, 0, parts);
	rounded = duration_round(m, before, counts_from(m, p));
	written = in_unit(m, rounded);
	parts[STEP_ROUNDING] = rounded - before;
	parts[STEP_UNIT] = written - rounded;
	return written;
}

/* Of endpoints the first is off by the blur as well. */
static int64_t least_rounded(const struct duration_model *m, int64_t ms, int64_t from_ms)
{
	int64_t a = duration_round(m, ms, from_ms - MEASURING_BLUR_MS), b = duration_round(m, ms, from_ms + MEASURING_BLUR_MS);

	return m->mode == ROUNDING_ENDPOINTS && b < a ? b : a;
}

static int64_t most_rounded(const struct duration_model *m, int64_t ms, int64_t from_ms)
{
	int64_t a = duration_round(m, ms, from_ms - MEASURING_BLUR_MS), b = duration_round(m, ms, from_ms + MEASURING_BLUR_MS);

	return m->mode == ROUNDING_ENDPOINTS && b > a ? b : a;
}

bool duration_fits_closely(const struct group *g, const struct duration_model *m, const struct item *p, int64_t reported_ms,
			   int64_t tolerance_ms, bool *closely)
{
	int64_t parts[STEP_COUNT], low, high, from;
	int64_t blur = MEASURING_BLUR_MS + (m->increment_ms > 1000 ? g->coarse_blur_ms : 0);

	/* Where nothing is rounded, a tolerance holds the blur already. */
	if (tolerance_ms && m->increment_ms == 0)
		blur = 0;
	*closely = reported_ms <= MEASURING_BLUR_MS;
	if (!item_is_answered(p))
		return reported_ms <= (tolerance_ms ? tolerance_ms : MEASURING_BLUR_MS);
	if (tolerance_ms && m->numerator != m->denominator) {
		tolerance_ms = tolerance_ms * m->numerator / m->denominator;
		tolerance_ms = tolerance_ms ? tolerance_ms : 1;
	}
	from = counts_from(m, p);
	low = before_rounding(m, p, -blur, parts);
	high = before_rounding(m, p, blur, parts);
	low = in_unit(m, least_rounded(m, low, from));
	high = in_unit(m, most_rounded(m, high, from));
	*closely = reported_ms >= low && reported_ms <= high;
	return reported_ms >= low - tolerance_ms && reported_ms <= high + tolerance_ms;
}

bool duration_fits(const struct group *g, const struct duration_model *m, const struct item *p, int64_t reported_ms,
		   int64_t tolerance_ms)
{
	bool closely;

	return duration_fits_closely(g, m, p, reported_ms, tolerance_ms, &closely);
}

bool duration_same_step(const struct duration_model *a, const struct duration_model *b, enum duration_step step)
{
	switch (step) {
	case STEP_UNIT:
		return a->numerator == b->numerator && a->denominator == b->denominator;
	case STEP_RING:
		return a->counts_ringing == b->counts_ringing;
	case STEP_DELAY:
		return memcmp(a->delay_ms, b->delay_ms, sizeof(a->delay_ms)) == 0;
	default:
		return a->increment_ms == b->increment_ms && a->minimum_ms == b->minimum_ms && a->mode == b->mode;
	}
}
