#include "cli/compare_survey.h"

#include "base/arena.h"

#include <stdlib.h>

#define FIT_MS 1100 /* rounding to a second, and the network */
#define GAP_MIN_MS INT64_C(600000)
#define GAP_TIMES_MEAN 30 /* a silence is remarkable against the average distance of two records */

const int64_t survey_increments_ms[SURVEY_INCREMENTS] = { 60000, 30000, 10000, 6000, 5000, 1000, 100, 10 };

bool survey_is_rule(uint64_t n, uint64_t all)
{
	return all > 0 && n * 100 >= all * 95;
}

static void add_number(struct survey *s, number_t n)
{
	enum number_kind kind = number_kind(n);

	s->numbers++;
	if (kind == NUMBER_WITHHELD)
		s->withheld++;
	else if (number_masked_count(n))
		s->masked++;
	else if (kind == NUMBER_E164)
		s->e164++;
	else if (kind == NUMBER_DIGITS)
		s->digits++;
	else
		s->other++;
}

static bool is_whole(int64_t ms)
{
	return ms == INSTANT_NONE || ms % MS_PER_SECOND == 0;
}

static void add_duration(struct survey *s, const struct record *r)
{
	int64_t talked;

	if (r->duration_ms <= 0)
		return;
	s->answered++;
	for (int i = 0; i < SURVEY_INCREMENTS; i++)
		s->multiples[i] += r->duration_ms % survey_increments_ms[i] == 0;
	if (r->answer_ms == INSTANT_NONE || r->end_ms == INSTANT_NONE || r->end_ms <= r->answer_ms)
		return;
	talked = r->end_ms - r->answer_ms;
	s->timed++;
	s->from_answer += llabs(talked - r->duration_ms) <= FIT_MS;
	s->from_start += r->start_ms != INSTANT_NONE && r->start_ms < r->answer_ms &&
			 llabs(r->end_ms - r->start_ms - r->duration_ms) <= FIT_MS;
	s->thousandfold += llabs(talked - r->duration_ms / 1000) <= FIT_MS && talked > 2 * FIT_MS;
	s->sixtieth += llabs(talked - r->duration_ms * 60) <= 60 * FIT_MS && talked > 120 * FIT_MS;
}

void survey_add(struct survey *s, const struct record *r)
{
	if (s->records == s->capacity) {
		s->capacity = s->capacity ? 2 * s->capacity : 4096;
		s->times_ms = xrealloc(s->times_ms, s->capacity * sizeof(*s->times_ms));
		s->ids = xrealloc(s->ids, s->capacity * sizeof(*s->ids));
	}
	s->times_ms[s->records] = record_filed_ms(r);
	s->ids[s->records] = hash64(r->id);
	s->records++;
	s->whole_seconds += is_whole(r->start_ms) && is_whole(r->answer_ms) && is_whole(r->end_ms);
	s->ends_before += r->start_ms != INSTANT_NONE && r->end_ms != INSTANT_NONE && r->end_ms < r->start_ms;
	add_number(s, r->caller);
	add_number(s, r->callee);
	add_duration(s, r);
	if (r->sequence < 0)
		return;
	if (s->sequences == 0 || r->sequence < s->sequence_first)
		s->sequence_first = r->sequence;
	if (s->sequences == 0 || r->sequence > s->sequence_last)
		s->sequence_last = r->sequence;
	s->sequences++;
}

static int by_time(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int by_hash(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Keeps the longest, longest first. */
static void add_gap(struct survey *s, struct survey_gap gap)
{
	int64_t length = gap.to_ms - gap.from_ms;
	size_t at = s->gap_count < SURVEY_GAPS_MAX ? s->gap_count : SURVEY_GAPS_MAX;

	while (at > 0 && s->gaps[at - 1].to_ms - s->gaps[at - 1].from_ms < length)
		at--;
	if (at == SURVEY_GAPS_MAX)
		return;
	if (s->gap_count < SURVEY_GAPS_MAX)
		s->gap_count++;
	memmove(&s->gaps[at + 1], &s->gaps[at], (s->gap_count - at - 1) * sizeof(s->gaps[0]));
	s->gaps[at] = gap;
}

static void find_gaps(struct survey *s)
{
	int64_t mean = (s->to_ms - s->from_ms) / (int64_t)s->records, least = GAP_TIMES_MEAN * mean;

	if (least < GAP_MIN_MS)
		least = GAP_MIN_MS;
	for (size_t i = 1; i < s->records; i++)
		if (s->times_ms[i] - s->times_ms[i - 1] >= least)
			add_gap(s, (struct survey_gap){ s->times_ms[i - 1], s->times_ms[i] });
}

void survey_finish(struct survey *s)
{
	if (s->records == 0)
		return;
	qsort(s->times_ms, s->records, sizeof(*s->times_ms), by_time);
	qsort(s->ids, s->records, sizeof(*s->ids), by_hash);
	for (size_t i = 1; i < s->records; i++)
		s->repeated_ids += s->ids[i] == s->ids[i - 1];
	s->from_ms = s->times_ms[0];
	s->to_ms = s->times_ms[s->records - 1];
	find_gaps(s);
}

void survey_release(struct survey *s)
{
	free(s->times_ms);
	free(s->ids);
}
