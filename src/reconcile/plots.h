/* reconcile/plots.h - what a person looks at instead of reading rows.
 *
 * Each outcome is added once, while rows are made; what is kept is bounded: grids
 * of counts, the rows that matter most, and three examples for each cause and for each
 * second of difference.  Sums,
 * maxima and choices by hash only, so neither the order of adding nor the way in
 * which calls were divided and merged again changes anything.
 *
 * Time goes in bins of one width, whole multiples of it from 1970 on.  The width
 * is the least of a ladder (5 min, 15 min, 1 h, 6 h, 1 d, 7 d, and so on) that covers the frame with
 * PLOT_BINS_MAX bins, and each width divides the next: two plots of different
 * frames are merged exactly.  What lies outside of the frame is counted, not drawn.
 *
 * Differences of start lie on a scale that is linear up to a second and
 * logarithmic beyond, durations on one that is logarithmic; plot_scale_*() give their edges.
 *
 * Threads: one plots, one thread at a time. */
#ifndef RECONCILE_PLOTS_H
#define RECONCILE_PLOTS_H

#include "reconcile/reconcile.h"

#define PLOT_BINS_MAX 200
#define PLOT_SHIFT_EDGES 221       /* of the positive side: 0 to PLOT_SHIFT_MAX */
#define PLOT_SHIFTS (2 * (PLOT_SHIFT_EDGES - 1))
#define PLOT_DURATION_EDGES 98     /* 0, then 0.1 s to 100,000 s */
#define PLOT_DURATIONS PLOT_DURATION_EDGES   /* cells; the last has no upper edge */
#define PLOT_DIFFERENCE_SECONDS 90
#define PLOT_DIFFERENCES (2 * PLOT_DIFFERENCE_SECONDS + 3) /* one for each whole second, and a tail on either side */
#define PLOT_ROWS_MAX 250          /* of each class */
#define PLOT_EXAMPLES 3
#define PLOT_STRIPS_MAX 40         /* what is beyond goes into one more */
#define PLOT_STRIP_OTHERS UINT16_MAX

/* One outcome with what it was made of. */
struct plot_call {
	struct reconcile_outcome outcome;
	const struct reconcile_record *platform, *operator; /* NULL: that side is missing */
	int64_t time_ms;             /* by the platform's clock */
	int64_t shift_ms;            /* operator minus platform of the same moment; INSTANT_NONE: none in common */
	int64_t clock_ms;            /* what of that the operator's clock accounts for */
	int64_t platform_ms, operator_ms; /* connected time; of a call in pieces all of them */
	int64_t explained_ms;        /* of the outcome's difference */
	bool is_further;             /* one more record of a call that was added already */
};

/* A row that is kept whole. */
struct plot_row {
	struct reconcile_outcome outcome;
	struct reconcile_record platform, operator; /* where the outcome has them */
	int64_t time_ms, explained_ms;
	uint64_t hash;               /* of the ids: decides among equals */
};

struct plot_rows {
	struct plot_row *list;       /* a heap: what would go first is in front */
	size_t n, capacity;
};

struct plot_examples {
	struct plot_row rows[PLOT_EXAMPLES];  /* the simplest first */
	size_t n;
};

/* How complete the operator's records are: of one trunk, or of one operator among all. */
struct plot_strip {
	uint16_t key;                /* trunk or operator; PLOT_STRIP_OTHERS */
	uint32_t platform[PLOT_BINS_MAX], reported[PLOT_BINS_MAX]; /* the platform's answered calls; of these, with a record of the operator's */
};

struct plots {
	int64_t from_ms, to_ms;      /* the frame: what is drawn lies in [from, to] */
	int64_t bin_ms, first_bin;   /* the bin of a time is time / bin_ms - first_bin */
	size_t bins;
	uint64_t outside;            /* outcomes whose time lies outside of the frame */
	int64_t explained_ms;        /* of all outcomes: the sum over the causes */
	uint32_t classes[RECONCILE_CLASS_COUNT][PLOT_BINS_MAX];
	uint32_t unanswered[2][PLOT_BINS_MAX]; /* of these, what only that side has and was never connected: no seconds differ */
	uint64_t unanswered_count[2]; /* with those outside */
	uint32_t *shifts[2];         /* [0]: as recorded, [1]: what the clock leaves; [bin * PLOT_SHIFTS + cell] */
	uint64_t shift_count;
	uint32_t differences[2][PLOT_DIFFERENCES]; /* of pairs; [0]: as recorded, [1]: what is not explained */
	struct plot_examples *seconds[PLOT_DIFFERENCES]; /* of those as recorded; NULL where there is none, and at no difference */
	uint32_t durations[PLOT_DURATIONS][PLOT_DURATIONS]; /* of answered pairs: [platform's][operator's] */
	struct plot_strip *strips;   /* in order of their keys */
	size_t strip_count;
	struct plot_rows rows[RECONCILE_CLASS_COUNT]; /* the largest by what is unexplained; of agreed ones, those beyond the tolerance */
	int64_t tolerance_ms;
	struct plot_examples *examples; /* by the operator's cause */
	size_t cause_count;
};

/* Plots of what lies in [from, to], both INSTANT_NONE when there is nothing.  The trunks named, at most
 * PLOT_STRIPS_MAX in rising order, get a strip each. */
struct plots *plots_new(int64_t from_ms, int64_t to_ms, const uint16_t *trunks, size_t trunk_count, size_t cause_count,
			int64_t tolerance_ms);
void plots_free(struct plots *p);   /* NULL is fine */

void plots_add(struct plots *p, const struct plot_call *call);

/* The call is one of the cause; of these the simplest are kept. */
void plots_add_example(struct plots *p, size_t cause, const struct plot_call *call);

/* Whether it would be kept, as few are: asked before it is found out whether the call is one of the cause. */
bool plots_take_example(const struct plots *p, size_t cause, const struct plot_call *call);

/* Adds what `from` holds of other calls of the same operator, with the same causes.  Trunks beyond PLOT_STRIPS_MAX
 * go to the others: merge what was begun with the same trunks. */
void plots_merge(struct plots *into, const struct plots *from);

/* Adds an operator's to those of all: its trunks become one strip under `key`; rows and examples stay its own. */
void plots_add_operator(struct plots *all, const struct plots *operator, uint16_t key);

size_t plots_shift_cell(int64_t shift_ms);
size_t plots_duration_cell(int64_t ms);
size_t plots_difference_cell(int64_t ms);
int64_t plot_scale_shift(size_t edge);      /* from 0 to PLOT_SHIFT_EDGES - 1; ms */
int64_t plot_scale_duration(size_t edge);   /* from 0 to PLOT_DURATION_EDGES - 1; ms */

/* The larger comes first in what is shown; equal only when all that counts is. */
int plot_row_compare(const struct plot_row *a, const struct plot_row *b);
int64_t plot_row_unexplained_ms(const struct plot_row *row);

#endif
