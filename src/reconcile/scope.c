/* Where a cause holds: on one trunk, in one direction, for a part of the day. */
#include "reconcile/engine_private.h"

#include <stdlib.h>

#define STRICT 10
#define TRUNKS_MAX 64
#define WORTH_PERMILLE 1030        /* a narrower scope must find this much more than a wider one */

struct scope_case scope_case_of(const struct item *p, size_t index, bool hit)
{
	return (struct scope_case){ p->time_ms, (uint32_t)index, p->trunk, p->direction, hit };
}

bool scope_holds(const struct scope *s, const struct item *p)
{
	return (!s->trunk || s->trunk == p->trunk) && (!s->direction || s->direction == p->direction) &&
	       (s->from_ms == INSTANT_NONE || p->time_ms >= s->from_ms) &&
	       (s->to_ms == INSTANT_NONE || p->time_ms < s->to_ms);
}

bool scope_is_all(const struct scope *s)
{
	return !s->trunk && !s->direction && s->from_ms == INSTANT_NONE && s->to_ms == INSTANT_NONE;
}

bool scope_has_evidence(uint64_t hits, uint64_t cases)
{
	return hits >= RECONCILE_EVIDENCE_MIN && hits * 100 >= cases * 95;
}

int64_t scope_round_moment(int64_t after_ms, int64_t until_ms)
{
	static const int64_t steps[] = { 3600000, 1800000, 900000, 300000, 60000, 1000 };

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		int64_t at = until_ms / steps[i] * steps[i];

		if (at > after_ms)
			return at;
	}
	return until_ms;
}

/* The stretch with the largest sum of weights. */
struct stretch {
	int64_t score;
	size_t first, last;            /* cases */
};

static bool applies(const struct scope_case *c, uint16_t trunk, uint8_t direction)
{
	return (!trunk || c->trunk == trunk) && (!direction || c->direction == direction);
}

/* The trunks that have hits, and where each stands among them; [0] is all. */
struct trunks {
	uint16_t list[TRUNKS_MAX + 1];
	size_t n;
	uint8_t places[UINT16_MAX + 1]; /* 0: it has none, or there are too many */
};

static void list_trunks(const struct scope_case *cases, size_t n, struct trunks *t)
{
	t->n = 1;
	for (size_t i = 0; i < n; i++) {
		if (!cases[i].hit || !cases[i].trunk || t->places[cases[i].trunk] || t->n > TRUNKS_MAX)
			continue;
		t->places[cases[i].trunk] = (uint8_t)t->n;
		t->list[t->n++] = cases[i].trunk;
	}
}

/* A stretch that may go on, and the best so far. */
struct search {
	struct stretch now, best;
};

static void search_on(struct search *s, size_t i, int64_t weight)
{
	if (s->now.score <= 0)
		s->now = (struct stretch){ 0, i, i };
	s->now.score += weight;
	s->now.last = i;
	if (s->now.score > s->best.score)
		s->best = s->now;
}

#define DIRECTIONS 3

/* Of all, of each direction, of each trunk, and of each trunk in each direction, as the cases go by. */
static void search_all(const struct scope_case *cases, size_t n, int strictness, const struct trunks *trunks,
		       struct search (*found)[TRUNKS_MAX + 1])
{
	for (size_t i = 0; i < n; i++) {
		int64_t weight = cases[i].hit ? 1 : -strictness;
		size_t trunk = trunks->places[cases[i].trunk], direction = cases[i].direction;

		search_on(&found[0][0], i, weight);
		if (direction)
			search_on(&found[direction][0], i, weight);
		if (trunk)
			search_on(&found[0][trunk], i, weight);
		if (trunk && direction)
			search_on(&found[direction][trunk], i, weight);
	}
}

static bool is_better(const struct stretch *s, const struct stretch *best)
{
	return s->score * 1000 > best->score * WORTH_PERMILLE;
}

static bool apply_at_least(size_t least, const struct scope_case *cases, size_t from, size_t to, const struct scope *scope)
{
	size_t count = 0;

	for (size_t i = from; i < to && count < least; i++)
		count += applies(&cases[i], scope->trunk, scope->direction);
	return count >= least;
}

/* From when on there is nothing but hits: the roundest moment between the neighbour outside and the first inside. */
static void bound_scope(struct scope *scope, const struct scope_case *cases, size_t n, const struct stretch *s,
			int strictness)
{
	size_t before = s->first, after = s->last + 1, least = strictness < STRICT ? RECONCILE_EVIDENCE_MIN : 1;

	while (before > 0 && !applies(&cases[before - 1], scope->trunk, scope->direction))
		before--;
	while (after < n && !applies(&cases[after], scope->trunk, scope->direction))
		after++;
	/* Where cases are not clear one by one, a few of them before or after are no bound. */
	if (apply_at_least(least, cases, 0, before, scope))
		scope->from_ms = scope_round_moment(cases[before - 1].time_ms, cases[s->first].time_ms);
	if (apply_at_least(least, cases, after, n, scope))
		scope->to_ms = scope_round_moment(cases[s->last].time_ms, cases[after].time_ms);
}

static bool find(const struct scope_case *cases, size_t n, int strictness, struct scope *scope)
{
	struct trunks *trunks = xalloc(sizeof(*trunks));
	struct search(*found)[TRUNKS_MAX + 1] = xalloc(DIRECTIONS * sizeof(*found));
	struct stretch best = { 0 };

	list_trunks(cases, n, trunks);
	search_all(cases, n, strictness, trunks, found);
	for (uint8_t direction = 0; direction < DIRECTIONS; direction++) {
		for (size_t t = 0; t < trunks->n; t++) {
			const struct stretch *s = &found[direction][t].best;

			if (s->score && is_better(s, &best)) {
				best = *s;
				*scope = (struct scope){ trunks->list[t], direction, INSTANT_NONE, INSTANT_NONE };
			}
		}
	}
	free(found);
	free(trunks);
	if (best.score < RECONCILE_EVIDENCE_MIN)
		return false;
	bound_scope(scope, cases, n, &best, strictness);
	return true;
}

size_t scope_hits(const struct scope_case *cases, size_t n)
{
	size_t hits = 0;

	for (size_t i = 0; i < n; i++)
		hits += cases[i].hit;
	return hits;
}

bool scope_find(const struct scope_case *cases, size_t n, int strictness, struct scope *scope)
{
	return scope_hits(cases, n) >= RECONCILE_EVIDENCE_MIN && find(cases, n, strictness, scope);
}

bool scope_decide(const struct scope_case *cases, size_t n, struct scope *scope)
{
	size_t hits = scope_hits(cases, n);

	*scope = SCOPE_ALL;
	return scope_has_evidence(hits, n) || (hits >= RECONCILE_EVIDENCE_MIN && scope_find(cases, n, 19, scope));
}

/* --- hits among many cases that are none ---------------------------------------------------- */

#define FEW_PERMILLE 600           /* thirty hits in so small a part of all cases are no chance */
#define GAPS 3                     /* mean gaps between hits before which it may have begun */

/* The trunk or direction that all hits share, unless nearly all cases do. */
static void narrow_to_common(const struct scope_case *cases, size_t n, struct scope *scope)
{
	size_t hits = 0, on_trunk = 0, in_direction = 0, first = SIZE_MAX;
	bool trunk = true, direction = true;

	for (size_t i = 0; i < n; i++) {
		if (!cases[i].hit)
			continue;
		first = first == SIZE_MAX ? i : first;
		trunk = trunk && cases[i].trunk == cases[first].trunk;
		direction = direction && cases[i].direction == cases[first].direction;
		hits++;
	}
	if (hits < RECONCILE_EVIDENCE_MIN)
		return;
	for (size_t i = 0; i < n; i++) {
		on_trunk += cases[i].trunk == cases[first].trunk;
		in_direction += cases[i].direction == cases[first].direction;
	}
	if (trunk && on_trunk * 1000 <= n * FEW_PERMILLE)
		scope->trunk = cases[first].trunk;
	if (direction && in_direction * 1000 <= n * FEW_PERMILLE)
		scope->direction = cases[first].direction;
}

/* The time between the first and the last hit, unless that is nearly all; or, where there is nothing but hits, unless
 * hardly anything lies outside. */
static void narrow_to_time(const struct scope_case *cases, size_t n, struct scope *scope)
{
	size_t *inside = xalloc((n + 1) * sizeof(*inside)), count = 0, first = SIZE_MAX, last = 0, hits = 0, gap, least;
	bool few;

	for (size_t i = 0; i < n; i++) {
		if (!applies(&cases[i], scope->trunk, scope->direction))
			continue;
		if (cases[i].hit) {
			first = first == SIZE_MAX ? count : first;
			last = count;
			hits++;
		}
		inside[count++] = i;
	}
	few = hits >= RECONCILE_EVIDENCE_MIN && (last - first) * 1000 <= count * FEW_PERMILLE;
	if (few || (hits && scope_has_evidence(hits, last - first + 1))) {
		least = few ? 1 : RECONCILE_EVIDENCE_MIN;
		gap = ((last - first) / hits + 1) * GAPS;
		if (first >= least)
			scope->from_ms = scope_round_moment(cases[inside[first > gap ? first - gap : 0]].time_ms,
							    cases[inside[first]].time_ms);
		if (last + least < count)
			scope->to_ms = scope_round_moment(cases[inside[last]].time_ms,
							  cases[inside[last + gap < count ? last + gap : count - 1]].time_ms);
	}
	free(inside);
}

struct scope scope_of_hits(const struct scope_case *cases, size_t n)
{
	struct scope scope = SCOPE_ALL;

	narrow_to_common(cases, n, &scope);
	narrow_to_time(cases, n, &scope);
	return scope;
}
