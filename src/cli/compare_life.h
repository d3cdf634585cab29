/* cli/compare_life.h - all that a finished comparison knows of one id: where it
 * stands in the files, what it was compared with, and what became of it. */
#ifndef CLI_COMPARE_LIFE_H
#define CLI_COMPARE_LIFE_H

#include "cli/compare_finished.h"

#define STANDS_MAX 64                   /* of one id, in all files */
#define CANDIDATES_MAX (STANDS_MAX + 20) /* what it was joined with is never left out */
#define CANDIDATE_REACH_MS (INT64_C(10) * 60 * 1000)

/* A record, or a rejected one, where it stands. */
struct stand {
	const struct finished_input *input;
	struct record_place place;
	struct record record;
	const char *fault; /* why it was rejected; NULL */
	struct str text;   /* its line as it is; none in a JSON array */
};

/* A record of the other side: one that stands in a row with it, or is near in time and of the same numbers, or has the
 * same correlation id. */
struct candidate {
	struct stand stand;
	int64_t away_ms;        /* operator minus platform, once the operator's clock is corrected */
	bool has_moment;        /* they have a moment in common: away_ms is known */
	int64_t longer_ms;      /* operator's duration minus the platform's; INT64_MIN when the operator's has none */
	int64_t expected_ms;    /* longer_ms as the operator's ways of measuring make it; INT64_MIN when not known */
	int64_t score_ms;       /* how badly they fit: the least is taken; INT64_MIN when not known */
	struct str paired_with; /* by matches.csv; none: nobody */
	bool has_same_numbers;
	bool is_chosen;
	bool is_piece;          /* chosen, of a call cut into several: time and duration are not the call's */
};

struct life {
	struct str id;
	struct stand stands[STANDS_MAX];
	size_t stand_count;
	struct match_row rows[STANDS_MAX];
	size_t row_count;
	const struct stand *subject;                 /* whose candidates these are; NULL when all were rejected */
	struct candidate candidates[CANDIDATES_MAX]; /* the chosen ones, then the nearest; each nearest first */
	size_t candidate_count;
	uint64_t candidates_left_out;
};

/* Everything is in the arena of finished. */
enum status life_find(struct finished *finished, struct str id, struct life *life, struct error *err);

#endif
