/* Where a step of the durations holds that several models have in common: told from the trunks and directions in
 * which each model's pairs stand. */
#include "reconcile/engine_private.h"

#include <stdlib.h>

/* By trunk, one bit for each direction. */
struct model_places {
	uint8_t seen[MODELS_MAX][UINT16_MAX + 1];
};

struct model_places *model_places(const struct group *g)
{
	struct model_places *places = xalloc(sizeof(*places));

	for (size_t i = 0; i < g->platform.n; i++) {
		const struct item *p = &g->platform.items[i];

		if (p->partner != RECONCILE_NONE && item_duration_ms(p) > 0)
			places->seen[duration_model_of(g, p)][p->trunk] |= (uint8_t)(1U << p->direction);
	}
	return places;
}

/* The trunks and directions of the models for which has[i] == which. */
struct extent {
	uint16_t trunk;                /* the last that was seen; of `trunks` */
	size_t trunks;
	uint8_t directions;
};

static struct extent extent_of(const struct model_places *places, const bool *has, bool which)
{
	struct extent e = { 0 };

	for (size_t trunk = 0; trunk <= UINT16_MAX; trunk++) {
		uint8_t directions = 0;

		for (size_t m = 0; m < MODELS_MAX; m++)
			directions |= has[m] == which ? places->seen[m][trunk] : 0;
		if (!directions)
			continue;
		e.trunk = (uint16_t)trunk;
		e.trunks++;
		e.directions |= directions;
	}
	return e;
}

static bool is_one_direction(uint8_t directions)
{
	return directions == 1U << DIRECTION_INBOUND || directions == 1U << DIRECTION_OUTBOUND;
}

static bool others_stand_in(const struct model_places *places, const bool *has, const struct scope *scope)
{
	for (size_t trunk = 0; trunk <= UINT16_MAX; trunk++) {
		uint8_t others = 0;

		if (scope->trunk && scope->trunk != trunk)
			continue;
		for (size_t m = 0; m < MODELS_MAX; m++)
			others |= has[m] ? 0 : places->seen[m][trunk];
		if (scope->direction ? others & 1U << scope->direction : others)
			return true;
	}
	return false;
}

bool model_places_where(const struct model_places *places, const bool *has, struct scope *where)
{
	struct extent own = extent_of(places, has, true), others = extent_of(places, has, false);

	*where = SCOPE_ALL;
	if (others.trunks == 0)
		return true;
	if (own.trunks == 1 && (others.trunks > 1 || others.trunk != own.trunk))
		where->trunk = own.trunk;
	if (is_one_direction(own.directions) && others.directions != own.directions)
		where->direction = own.directions == 1U << DIRECTION_INBOUND ? DIRECTION_INBOUND : DIRECTION_OUTBOUND;
	return !scope_is_all(where) && !others_stand_in(places, has, where);
}
