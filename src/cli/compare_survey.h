/* cli/compare_survey.h - what the records of one file tell about how they were
 * made: their span and gaps, how times, durations and numbers are written.
 *
 * Takes 16 bytes for each record.  Nothing is known for sure from one side
 * alone: a finding is stated where 95 % of the records agree. */
#ifndef CLI_COMPARE_SURVEY_H
#define CLI_COMPARE_SURVEY_H

#include "formats/record.h"

#define SURVEY_GAPS_MAX 5
#define SURVEY_INCREMENTS 8

struct survey_gap {
	int64_t from_ms, to_ms;
};

struct survey {
	uint64_t records;
	int64_t *times_ms;
	uint64_t *ids;
	size_t capacity;
	uint64_t answered;      /* a duration above 0 */
	uint64_t whole_seconds; /* all times of the record */
	uint64_t multiples[SURVEY_INCREMENTS];
	uint64_t timed;                   /* answer, end and duration are there */
	uint64_t from_answer, from_start; /* of these: end minus that is the duration, within 1.1 s */
	uint64_t thousandfold, sixtieth;  /* the duration is that much of end minus answer */
	uint64_t ends_before;             /* ends before it starts */
	uint64_t numbers, e164, digits, masked, withheld, other;
	int64_t sequence_first, sequence_last;
	uint64_t sequences;

	/* After survey_finish(). */
	int64_t from_ms, to_ms;
	uint64_t repeated_ids;
	struct survey_gap gaps[SURVEY_GAPS_MAX];
	size_t gap_count;
};

extern const int64_t survey_increments_ms[SURVEY_INCREMENTS]; /* the coarsest first */

void survey_add(struct survey *survey, const struct record *r);
void survey_finish(struct survey *survey);
void survey_release(struct survey *survey);

/* Whether n of all records are enough to say so. */
bool survey_is_rule(uint64_t n, uint64_t all);

#endif
