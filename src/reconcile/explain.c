/* Outcomes, row by row, and what each cause contributes to the difference. */
#include "reconcile/engine_private.h"

#include <stdlib.h>

struct rows {
	struct reconcile_outcome *list;
	size_t n, capacity;
};

static void row_add(struct rows *rows, struct reconcile_outcome row)
{
	if (rows->n == rows->capacity) {
		rows->capacity = rows->capacity ? 2 * rows->capacity : 256;
		rows->list = xrealloc(rows->list, rows->capacity * sizeof(*rows->list));
	}
	rows->list[rows->n++] = row;
}

static bool in_range(const struct group *g, int64_t ms)
{
	const struct reconcile_options *o = g->options;

	return (o->from_ms == INSTANT_NONE || ms >= o->from_ms) && (o->to_ms == INSTANT_NONE || ms < o->to_ms);
}

/* What the duration causes add up to over all pairs, while rows are made. */
struct tally {
	int64_t ms[CAUSE_KIND_COUNT];
	uint64_t applied[CAUSE_KIND_COUNT];   /* pairs on which the step changes something */
	uint64_t agreed[CAUSE_KIND_COUNT];    /* of these, pairs that agree with it */
};

static const enum reconcile_cause_kind step_causes[STEP_COUNT] = {
	[STEP_UNIT] = CAUSE_UNIT, [STEP_RING] = CAUSE_RING_TIME, [STEP_DELAY] = CAUSE_RELEASE_DELAY,
	[STEP_ROUNDING] = CAUSE_ROUNDING,
};

struct pair_result {
	enum reconcile_class class;
	uint32_t causes;
	int64_t difference_ms;
	int64_t parts[STEP_COUNT];
	int64_t whole_ms;                     /* a cause that takes the whole difference: timer_cap, unanswered_reported */
	enum reconcile_cause_kind whole_cause;
};

/* Sum over a call's pieces; duplicates are not among them. */
static int64_t reported_with_pieces(const struct group *g, uint32_t platform, const uint32_t *first_copy,
				    const uint32_t *next_copy)
{
	int64_t sum = duration_reported(g, platform);

	for (uint32_t c = first_copy[platform]; c != RECONCILE_NONE; c = next_copy[c])
		if (g->operator.items[c].is_piece)
			sum += item_duration_ms(&g->operator.items[c]);
	return sum;
}

static struct pair_result judge(const struct group *g, const struct item *p, int64_t reported_ms, bool in_pieces)
{
	const struct item *o = &g->operator.items[p->partner];
	struct pair_result r = { .causes = p->causes | o->causes, .whole_cause = CAUSE_KIND_COUNT };
	int64_t expected = duration_expect(g, p, o, r.parts);
	int64_t tolerance = g->options->tolerance_ms;

	r.difference_ms = reported_ms - item_duration_ms(p);
	if (in_pieces)
		r.causes |= 1U << CAUSE_PARTIAL_RECORDS;
	if (llabs(reported_ms - expected) <= tolerance) {
		r.class = RECONCILE_AGREED;
		for (int s = 0; s < STEP_COUNT; s++)
			if (r.parts[s])
				r.causes |= 1U << step_causes[s];
		return r;
	}
	memset(r.parts, 0, sizeof(r.parts));
	r.class = llabs(r.difference_ms) <= tolerance ? RECONCILE_AGREED : RECONCILE_DIFFERS;
	if (r.class == RECONCILE_DIFFERS && g->duration.cap_ms && reported_ms / 1000 * 1000 == g->duration.cap_ms)
		r.whole_cause = CAUSE_TIMER_CAP;
	else if (r.class == RECONCILE_DIFFERS && g->duration.unanswered_reported && !item_is_answered(p))
		r.whole_cause = CAUSE_UNANSWERED_REPORTED;
	if (r.whole_cause != CAUSE_KIND_COUNT) {
		r.class = RECONCILE_AGREED;
		r.whole_ms = r.difference_ms;
		r.causes |= 1U << r.whole_cause;
	}
	return r;
}

static void tally_pair(const struct group *g, struct tally *t, const struct item *p, const struct pair_result *r)
{
	int64_t parts[STEP_COUNT];

	duration_expect(g, p, &g->operator.items[p->partner], parts);
	for (int s = 0; s < STEP_COUNT; s++) {
		t->ms[step_causes[s]] += r->parts[s];
		t->applied[step_causes[s]] += parts[s] != 0;
		t->agreed[step_causes[s]] += r->parts[s] != 0;
	}
	if (r->whole_cause != CAUSE_KIND_COUNT) {
		t->ms[r->whole_cause] += r->whole_ms;
		t->applied[r->whole_cause]++;
		t->agreed[r->whole_cause]++;
	}
}

/* Whether a step of the duration model has the evidence to be stated. */
static bool has_evidence(const struct tally *t, enum reconcile_cause_kind kind)
{
	return t->agreed[kind] >= RECONCILE_EVIDENCE_MIN && t->agreed[kind] * 100 >= t->applied[kind] * 95;
}

/* Takes back those steps that turned out to explain too little; true when one was. */
static bool drop_unfounded(struct group *g, const struct tally *t)
{
	struct duration_model *m = &g->duration;
	struct duration_model before = *m;

	if (m->counts_ringing && !has_evidence(t, CAUSE_RING_TIME))
		m->counts_ringing = false;
	if (m->delay_ms && !has_evidence(t, CAUSE_RELEASE_DELAY))
		m->delay_ms = 0;
	if (m->numerator != m->denominator && !has_evidence(t, CAUSE_UNIT))
		m->numerator = m->denominator = 1;
	if (m->increment_ms && !has_evidence(t, CAUSE_ROUNDING))
		m->increment_ms = m->minimum_ms = 0;
	return memcmp(&before, m, sizeof(before)) != 0;
}

static void fill_parameters(const struct duration_model *m, struct reconcile_cause *cause)
{
	cause->numerator = m->numerator;
	cause->denominator = m->denominator;
	cause->milliseconds = m->delay_ms;
	cause->increment_ms = m->increment_ms;
	cause->minimum_ms = m->minimum_ms ? m->minimum_ms : m->mode == ROUNDING_UP ? m->increment_ms : 0;
	cause->mode = m->mode;
	cause->cap_ms = m->cap_ms;
}

static void state_durations(struct group *g, const struct tally *t)
{
	static const enum reconcile_cause_kind kinds[] = { CAUSE_UNIT, CAUSE_RING_TIME, CAUSE_RELEASE_DELAY, CAUSE_ROUNDING,
							   CAUSE_TIMER_CAP, CAUSE_UNANSWERED_REPORTED };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct reconcile_cause *cause;

		if (t->agreed[kinds[i]] == 0)
			continue;
		cause = cause_add(&g->causes, kinds[i], g->operator_index);
		fill_parameters(&g->duration, cause);
		cause->records = t->agreed[kinds[i]];
		cause->explained_ms = t->ms[kinds[i]];
		cause->confidence_permille = (unsigned)(t->agreed[kinds[i]] * 1000 / t->applied[kinds[i]]);
	}
}

/* Lists, by platform item, the further operator records of its call in canonical order. */
static void list_copies(const struct group *g, uint32_t *first_copy, uint32_t *next_copy)
{
	memset(first_copy, 0xff, g->platform.n * sizeof(*first_copy));
	for (size_t i = g->operator.n; i > 0; i--) {
		const struct item *o = &g->operator.items[i - 1];

		next_copy[i - 1] = RECONCILE_NONE;
		if (o->copy_of == RECONCILE_NONE)
			continue;
		next_copy[i - 1] = first_copy[o->copy_of];
		first_copy[o->copy_of] = (uint32_t)(i - 1);
	}
}

/* Duplicates and pieces of too few calls are not systematic: they lose the cause, not the class. */
struct copies {
	uint32_t *first, *next;
	bool duplicates_stated, pieces_stated;
	uint64_t duplicates, pieces;
	int64_t duplicates_ms;
	int64_t piece_every_ms;
};

static int by_length(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void count_copies(struct group *g, struct copies *c)
{
	int64_t *lengths = xalloc((g->operator.n + 1) * sizeof(*lengths));

	for (size_t i = 0; i < g->platform.n; i++) {
		bool pieces = false;

		for (uint32_t k = c->first[i]; k != RECONCILE_NONE; k = c->next[k]) {
			const struct item *o = &g->operator.items[k];

			if (o->is_piece) {
				pieces = true;
			} else if (in_range(g, g->platform.items[i].time_ms)) {
				c->duplicates++;
				c->duplicates_ms += item_duration_ms(o);
			}
		}
		if (pieces && in_range(g, g->platform.items[i].time_ms))
			lengths[c->pieces++] = duration_reported(g, (uint32_t)i);
	}
	qsort(lengths, c->pieces, sizeof(*lengths), by_length);
	c->piece_every_ms = c->pieces ? lengths[c->pieces / 2] : 0;
	free(lengths);
	c->duplicates_stated = c->duplicates >= RECONCILE_EVIDENCE_MIN;
	c->pieces_stated = c->pieces >= RECONCILE_EVIDENCE_MIN;
}

static void state_copies(struct group *g, const struct copies *c)
{
	struct reconcile_cause *cause;

	if (c->duplicates_stated) {
		cause = cause_add(&g->causes, CAUSE_DUPLICATE_DELIVERY, g->operator_index);
		cause->records = c->duplicates;
		cause->explained_ms = c->duplicates_ms;
		cause->confidence_permille = 1000;
	}
	if (c->pieces_stated) {
		cause = cause_add(&g->causes, CAUSE_PARTIAL_RECORDS, g->operator_index);
		cause->records = c->pieces;
		cause->every_ms = (c->piece_every_ms + 500) / 1000 * 1000;
		cause->confidence_permille = 1000;
	}
}

static bool has_pieces(const struct group *g, const struct copies *c, size_t platform)
{
	for (uint32_t k = c->first[platform]; k != RECONCILE_NONE; k = c->next[k])
		if (g->operator.items[k].is_piece)
			return true;
	return false;
}

/* First what the model explains over all pairs of the range, so that unfounded steps go before rows are made. */
static struct tally tally_all(struct group *g, const struct copies *c)
{
	struct tally t = { 0 };

	for (size_t i = 0; i < g->platform.n; i++) {
		const struct item *p = &g->platform.items[i];
		struct pair_result r;

		if (p->partner == RECONCILE_NONE || !in_range(g, p->time_ms))
			continue;
		r = judge(g, p, reported_with_pieces(g, (uint32_t)i, c->first, c->next), has_pieces(g, c, i));
		tally_pair(g, &t, p, &r);
	}
	return t;
}

static void count_row(struct group *g, struct rows *rows, struct reconcile_outcome row)
{
	g->totals.counts[row.class]++;
	row_add(rows, row);
}

static void rows_of_copies(struct group *g, struct rows *rows, const struct copies *c, uint32_t platform,
			   const struct pair_result *pair)
{
	const struct item *p = &g->platform.items[platform];

	for (uint32_t k = c->first[platform]; k != RECONCILE_NONE; k = c->next[k]) {
		const struct item *o = &g->operator.items[k];
		struct reconcile_outcome row = { p->r.reference, o->r.reference, pair->class, pair->causes, 0 };

		g->totals.operator_records++;
		g->totals.operator_ms += item_duration_ms(o);
		if (!o->is_piece) {
			row.class = RECONCILE_DUPLICATE;
			row.causes = c->duplicates_stated ? 1U << CAUSE_DUPLICATE_DELIVERY : 0;
			row.difference_ms = item_duration_ms(o);
		}
		count_row(g, rows, row);
	}
}

static void row_of_call(struct group *g, struct rows *rows, const struct copies *c, uint32_t platform)
{
	const struct item *p = &g->platform.items[platform];
	struct pair_result r;

	g->totals.platform_records++;
	g->totals.platform_ms += item_duration_ms(p);
	if (p->partner == RECONCILE_NONE) {
		count_row(g, rows, (struct reconcile_outcome){ p->r.reference, RECONCILE_NONE, RECONCILE_PLATFORM_ONLY, p->causes,
							       -item_duration_ms(p) });
		return;
	}
	g->totals.operator_records++;
	g->totals.operator_ms += duration_reported(g, platform);
	r = judge(g, p, reported_with_pieces(g, platform, c->first, c->next), has_pieces(g, c, platform));
	if (!c->pieces_stated)
		r.causes &= ~(1U << CAUSE_PARTIAL_RECORDS);
	count_row(g, rows, (struct reconcile_outcome){ p->r.reference, g->operator.items[p->partner].r.reference, r.class,
						       r.causes, r.difference_ms });
	rows_of_copies(g, rows, c, platform, &r);
}

/* Both sides merged by time, so that a reader finds neighbours together. */
static void make_rows(struct group *g, struct rows *rows, const struct copies *c)
{
	size_t i = 0, k = 0;

	while (i < g->platform.n || k < g->operator.n) {
		const struct item *p = i < g->platform.n ? &g->platform.items[i] : NULL;
		const struct item *o = k < g->operator.n ? &g->operator.items[k] : NULL;

		if (p && (!o || p->time_ms <= o->corrected_ms)) {
			if (in_range(g, p->time_ms))
				row_of_call(g, rows, c, (uint32_t)i);
			i++;
			continue;
		}
		k++;
		if (o->partner != RECONCILE_NONE || o->copy_of != RECONCILE_NONE || !in_range(g, o->corrected_ms))
			continue;
		g->totals.operator_records++;
		g->totals.operator_ms += item_duration_ms(o);
		count_row(g, rows, (struct reconcile_outcome){ RECONCILE_NONE, o->r.reference, RECONCILE_OPERATOR_ONLY, o->causes,
							       item_duration_ms(o) });
	}
}

void explain_group(struct group *g, struct reconcile_outcome **outcomes, size_t *count)
{
	struct copies c = { .first = xalloc((g->platform.n + 1) * sizeof(uint32_t)),
			    .next = xalloc((g->operator.n + 1) * sizeof(uint32_t)) };
	struct rows rows = { 0 };
	struct tally t;

	list_copies(g, c.first, c.next);
	count_copies(g, &c);
	t = tally_all(g, &c);
	while (drop_unfounded(g, &t))
		t = tally_all(g, &c);
	make_rows(g, &rows, &c);
	state_durations(g, &t);
	state_copies(g, &c);
	g->totals.difference_ms = g->totals.operator_ms - g->totals.platform_ms;
	for (size_t i = 0; i < g->causes.n; i++)
		g->totals.explained_ms += g->causes.list[i].explained_ms;
	g->totals.unexplained_ms = g->totals.difference_ms - g->totals.explained_ms;
	free(c.first);
	free(c.next);
	*outcomes = rows.list;
	*count = rows.n;
}
