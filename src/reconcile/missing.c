/* What the operator does not have, systematically: a trunk that was silent for a
 * while, calls too short to be reported. */
#include "reconcile/engine_private.h"

#include <stdlib.h>

#define SHORTEST_BOUND_MS 60000

static bool is_missing(const struct item *p)
{
	return p->partner == RECONCILE_NONE && item_duration_ms(p) > 0;
}

struct window {
	size_t first, last;    /* indexes of platform items */
	uint64_t missing;
};

static void state_window(struct group *g, const struct window *w, uint16_t trunk)
{
	struct reconcile_cause *cause = cause_add(&g->causes, CAUSE_MISSING_WINDOW, g->operator_index);

	cause->from_ms = g->platform.items[w->first].time_ms;
	cause->to_ms = g->platform.items[w->last].time_ms;
	cause->trunk = trunk;
	cause->confidence_permille = 1000;
	for (size_t i = w->first; i <= w->last; i++) {
		struct item *p = &g->platform.items[i];

		if ((trunk && p->r.trunk != trunk) || !is_missing(p) || (p->causes & 1U << CAUSE_MISSING_WINDOW))
			continue;
		p->causes |= 1U << CAUSE_MISSING_WINDOW;
		cause->records++;
		cause->explained_ms -= item_duration_ms(p);
	}
}

/* Runs of answered calls (of one trunk, or of all with trunk 0) none of which the operator has. */
static void find_windows(struct group *g, uint16_t trunk)
{
	struct window w = { 0 };

	for (size_t i = 0; i <= g->platform.n; i++) {
		const struct item *p = i < g->platform.n ? &g->platform.items[i] : NULL;

		if (p && ((trunk && p->r.trunk != trunk) || item_duration_ms(p) == 0 || p->causes & 1U << CAUSE_MISSING_WINDOW))
			continue;
		if (p && is_missing(p)) {
			if (w.missing++ == 0)
				w.first = i;
			w.last = i;
			continue;
		}
		if (w.missing >= RECONCILE_EVIDENCE_MIN)
			state_window(g, &w, trunk);
		w.missing = 0;
	}
}

static int by_duration(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* The bound below which all but a few calls are missing, and above which there are pairs. */
static int64_t find_bound(const struct group *g)
{
	int64_t *paired = xalloc((g->platform.n + 1) * sizeof(*paired)), bound = 0;
	size_t n = 0, missing = 0, shorter = 0;

	for (size_t i = 0; i < g->platform.n; i++)
		if (g->platform.items[i].partner != RECONCILE_NONE && item_is_answered(&g->platform.items[i]))
			paired[n++] = item_duration_ms(&g->platform.items[i]);
	qsort(paired, n, sizeof(*paired), by_duration);
	if (n >= RECONCILE_EVIDENCE_MIN)
		bound = paired[n / 1000];
	free(paired);
	for (size_t i = 0; i < g->platform.n; i++) {
		const struct item *p = &g->platform.items[i];

		if (!item_is_answered(p) || item_duration_ms(p) >= bound || p->causes & 1U << CAUSE_MISSING_WINDOW)
			continue;
		shorter++;
		missing += is_missing(p);
	}
	if (bound > SHORTEST_BOUND_MS || missing < RECONCILE_EVIDENCE_MIN || missing * 100 < shorter * 95)
		return 0;
	return bound;
}

static void explain_minimum(struct group *g)
{
	int64_t bound = find_bound(g);
	struct reconcile_cause *cause;

	if (bound == 0)
		return;
	cause = cause_add(&g->causes, CAUSE_MINIMUM_DURATION, g->operator_index);
	cause->cap_ms = (bound + 500) / 1000 * 1000;
	cause->confidence_permille = 1000;
	for (size_t i = 0; i < g->platform.n; i++) {
		struct item *p = &g->platform.items[i];

		if (!is_missing(p) || item_duration_ms(p) >= bound || p->causes & 1U << CAUSE_MISSING_WINDOW)
			continue;
		p->causes |= 1U << CAUSE_MINIMUM_DURATION;
		cause->records++;
		cause->explained_ms -= item_duration_ms(p);
	}
}

static int by_trunk(const void *a, const void *b)
{
	return *(const uint16_t *)a - *(const uint16_t *)b;
}

void missing_explain(struct group *g)
{
	uint16_t *trunks = xalloc((g->platform.n + 1) * sizeof(*trunks));
	size_t n = 0;

	find_windows(g, 0);
	for (size_t i = 0; i < g->platform.n; i++)
		if (g->platform.items[i].r.trunk)
			trunks[n++] = g->platform.items[i].r.trunk;
	qsort(trunks, n, sizeof(*trunks), by_trunk);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || trunks[i] != trunks[i - 1])
			find_windows(g, trunks[i]);
	free(trunks);
	explain_minimum(g);
}
