/* What stated causes make of one duration, for whoever explains a single record. */
#include "reconcile/engine_private.h"

static void apply(struct duration_model *m, const struct reconcile_cause *c)
{
	switch (c->kind) {
	case CAUSE_UNIT:
		m->numerator = c->numerator;
		m->denominator = c->denominator;
		return;
	case CAUSE_RING_TIME:
		m->counts_ringing = true;
		return;
	case CAUSE_RELEASE_DELAY:
		/* Outbound, the operator is the called side, which measures longer; inbound the platform is. */
		m->delay_ms[DIRECTION_ABSENT] = m->delay_ms[DIRECTION_OUTBOUND] = c->milliseconds;
		m->delay_ms[DIRECTION_INBOUND] = -c->milliseconds;
		return;
	case CAUSE_ROUNDING:
		m->increment_ms = c->increment_ms;
		m->minimum_ms = c->minimum_ms;
		m->mode = c->mode;
		return;
	default:
		return;
	}
}

int64_t reconcile_expect_ms(const struct reconcile_cause *const *causes, size_t count,
			    const struct reconcile_record *call, int64_t shift_ms)
{
	struct duration_model m = { .numerator = 1, .denominator = 1, .phase_ms = shift_ms };
	struct item item = item_of(call);
	int64_t parts[STEP_COUNT];

	for (size_t i = 0; i < count; i++)
		apply(&m, causes[i]);
	return duration_expect(&m, &item, parts);
}
