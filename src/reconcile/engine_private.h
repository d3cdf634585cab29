/* reconcile/engine_private.h - what the files of the engine share.
 *
 * A group is one operator's records with the platform's of the same operator.
 * Its items stand in canonical order (time, id), so that whatever is done in
 * that order is independent of the order of feeding. */
#ifndef RECONCILE_ENGINE_PRIVATE_H
#define RECONCILE_ENGINE_PRIVATE_H

#include "base/arena.h"
#include "formats/record.h"
#include "reconcile/plots.h"

/* Of a hundred million there is no room for more than a cache line each.  Times besides the first are kept as
 * distances from it: what lies more than 12 days before or 37 days behind is as good as absent. */
struct item {
	number_t caller, callee;
	int64_t time_ms : 48;      /* the record's own: start, else answer, else end */
	uint64_t trunk : 16;
	uint64_t id;
	uint32_t answer, end;      /* item_answer_stamp(), item_end_stamp() */
	uint32_t duration_ms;      /* reconcile_duration_pack() */
	uint32_t reference;
	uint32_t partner;          /* index on the other side; RECONCILE_NONE */
	union {
		struct {           /* the platform's */
			uint32_t causes : 28;
			uint32_t class : 4; /* enum reconcile_class, once it is judged */
		};
		uint32_t call;     /* the operator's, where is_copy: the platform's item that this is a further record of */
	};
	uint32_t correlation;      /* of a hash; 0 when absent */
	uint16_t sip_code;
	uint16_t direction : 2;
	uint16_t released_by : 2;
	uint16_t has_start : 1;    /* time_ms is the start */
	uint16_t is_copy : 1;
	uint16_t is_piece : 1;     /* of a copy: a piece of the call, else a duplicate */
	uint16_t is_aside : 1;     /* the platform's: its partner stands aside from the operator's clock */
};

_Static_assert(sizeof(struct item) == 64, "an item is one cache line");

struct side {
	struct item *items;
	size_t n, capacity;
	uint32_t *left;        /* those without a partner when they were listed; NULL: not listed */
	size_t left_n;
};

/* --- share.c --------------------------------------------------------------------------- */
#define THREADS_MAX 64

/* Cuts [0, n) into at most `threads` parts and has each worked on by a thread; parts are numbered from 0. */
void share_out(unsigned threads, size_t n, void (*work)(void *context, size_t part, size_t from, size_t to), void *context);

/* --- large.c: arrays that may be of many megabytes, each freed and resized with the size that it has ------- */
void *large_alloc(size_t bytes);                        /* all 0 */
void *large_resize(void *p, size_t old_bytes, size_t bytes);
void large_free(void *p, size_t bytes);

/* --- scope.c: where a cause holds ------------------------------------------------- */

struct scope {
	uint16_t trunk;        /* 0: all */
	uint8_t direction;     /* 0: both */
	int64_t from_ms, to_ms; /* by the platform's time; INSTANT_NONE: no bound */
};

#define SCOPE_ALL ((struct scope){ 0, 0, INSTANT_NONE, INSTANT_NONE })

/* A record to which a cause could apply, and whether it looks as if it did. */
struct scope_case {
	int64_t time_ms;
	uint32_t index;        /* the platform's item */
	uint16_t trunk;
	uint8_t direction;
	bool hit;
	int64_t explained_ms;  /* of a hit: what the cause does to the difference */
};

struct scope_case scope_case_of(const struct item *p, size_t index, bool hit);
bool scope_holds(const struct scope *scope, const struct item *p);
static inline bool scope_holds_case(const struct scope *s, const struct scope_case *c)
{
	return (!s->trunk || s->trunk == c->trunk) && (!s->direction || s->direction == c->direction) &&
	       (s->from_ms == INSTANT_NONE || c->time_ms >= s->from_ms) && (s->to_ms == INSTANT_NONE || c->time_ms < s->to_ms);
}

bool scope_is_all(const struct scope *scope);

/* The scope in which the hits, less `strictness` times the others, are most; false when it has fewer than
 * RECONCILE_EVIDENCE_MIN hits.  cases stand in order of time. */
bool scope_find(const struct scope_case *cases, size_t n, int strictness, struct scope *scope);

/* Whether the hits have evidence, in all cases or in a scope that is found. */
bool scope_decide(const struct scope_case *cases, size_t n, struct scope *scope);

/* Of hits that are a share of the cases only: what all of them have in common. */
struct scope scope_of_hits(const struct scope_case *cases, size_t n);

/* The roundest moment after `after` and not after `until`: what lies between is not known. */
int64_t scope_round_moment(int64_t after_ms, int64_t until_ms);

/* Evidence: enough hits, and 95 % of the cases in the scope. */
bool scope_has_evidence(uint64_t hits, uint64_t cases);
size_t scope_hits(const struct scope_case *cases, size_t n);

/* --- clock ----------------------------------------------------------------------- */

#define QUARTER_MS INT64_C(900000)  /* zones differ by quarter hours */

static inline int64_t nearest_multiple(int64_t ms, int64_t of_ms)
{
	return (ms + (ms >= 0 ? of_ms / 2 : -of_ms / 2)) / of_ms * of_ms;
}

#define CLOCK_PARTS_MAX 24
struct clock_part {
	int64_t from_ms;       /* by the platform's time; the first part reaches back for ever */
	int64_t shift_ms;      /* operator minus platform at origin_ms, had the part held then */
};

/* How one clock of the operator's stands: lines of one slope, with steps between them. */
struct clock_model {
	uint16_t trunk;        /* whose clock, where a trunk has its own; 0: the operator's */
	bool is_known;
	bool whole_seconds;    /* stamps are cut to seconds: half a second is lost on average */
	int64_t origin_ms, until_ms;
	int64_t ppb;           /* in thousandths of a ppm */
	bool is_steady;        /* it drifts the same way all day, however little */
	size_t n;
	struct clock_part parts[CLOCK_PARTS_MAX];
};

#define CLOCKS_MAX 32
#define ASIDES_MAX 4

/* --- durations --------------------------------------------------------------------- */

/* How the operator makes a duration of the platform's, step by step. */
struct duration_model {
	int64_t numerator, denominator;
	bool counts_ringing;
	int64_t delay_ms[3];           /* by direction: longer where the caller hangs up; negative: shorter */
	int64_t increment_ms;          /* 0: no rounding */
	int64_t minimum_ms;
	int64_t phase_ms;              /* endpoints: where the operator's seconds begin, by the platform's clock */
	enum rounding_mode mode;
};

#define MODELS_MAX 12
struct scoped_model {
	struct scope where;
	struct duration_model model;
};

/* --- numbers ----------------------------------------------------------------------- */

/* operator's `from` digits at the front stand for the platform's `to` digits. */
struct number_rule {
	enum number_kind kind;         /* of the operator's number */
	unsigned from_digits, to_digits;
	uint64_t from, to;
	uint64_t records;
	number_t example;              /* of the operator's numbers */
	bool several;                  /* it holds for more than that one */
	bool is_cut;                   /* more digits stand in front of `from` */
	char text[64];                 /* as its cause names it, once that is stated */
};

#define RULES_MAX 16
#define MAINS_MAX 128
/* Callers that stand in place of others, by value. */
struct main_numbers {
	number_t list[MAINS_MAX];
	size_t n;
};

/* What is hidden of a number: so many digits, before so many that are shown. */
struct number_mask {
	unsigned digits, behind;
};

struct number_plan {
	struct number_rule rules[RULES_MAX];
	size_t n;
	bool is_strict;                /* numbers that no rule makes equal are different numbers */
	struct main_numbers mains, platform_mains; /* the operator's, the platform's */
	bool has_extensions;           /* the operator writes its own numbers' last four digits */
	struct number_mask mask;       /* of most masked numbers, on the side that hides more; 0: none is masked */
	unsigned masked_digits;        /* what the operator hides of most of its masked numbers */
};

/* The rules by which numbers of pairs are written, and how many numbers that was. */
#define RULES_COUNTED 64
struct number_counts {
	struct number_rule rules[RULES_COUNTED];
	size_t n;
	uint64_t numbers, equal;
};

struct keyed {
	uint64_t key;
	uint32_t index;
};

struct cause_list {
	struct reconcile_cause *list;
	size_t n, capacity;
};

/* The further records of each call: pieces and duplicates. */
struct copies {
	uint32_t *first, *next;        /* by platform item; by operator item.  NULL: there are none */
	uint32_t stated;               /* causes: bits */
	int64_t every_ms, zone_ms;     /* of pieces; 0, INSTANT_NONE: not known */
	bool by_own_clock;             /* midnight is the operator's, though its clock is off */
	bool is_cumulative;            /* each says how long the call lasted so far */
};
/* Which of its times a record is found by. */
enum stamp { STAMP_START, STAMP_ANSWER, STAMP_END };

#define MASKED_MAX 16
#define BEHIND_MAX 10
#define ZEROS_MIN 3             /* as many at the end of most numbers hide digits */

struct side_facts {
	size_t records, whole_seconds, extensions;
	size_t stamps[3];              /* by the first time that a record has */
	size_t zeros;                  /* numbers at whose end ZEROS_MIN zeros stand, or more */
	size_t masked[MASKED_MAX][BEHIND_MAX]; /* numbers of which so many digits are masked, before so many */
};

#define CAPS_MAX 4              /* timers: of trunks of their own, or one behind the other */

struct group {
	uint16_t operator_index;
	const struct reconcile_options *options;
	unsigned threads;
	struct side platform, operator;
	struct side_facts platform_facts, operator_facts;
	struct clock_model clocks[CLOCKS_MAX];   /* [0]: the operator's */
	size_t clocks_n;
	int64_t asides_ms[ASIDES_MAX];           /* how far some records stand off these clocks */
	size_t asides_n;
	int64_t aside_ms;                        /* what is added to clocks while such records are paired */
	struct scoped_model models[MODELS_MAX];  /* [0]: everywhere else */
	size_t models_n;
	struct number_plan plan;
	bool measures_by_clock;        /* clocked.c */
	bool reports_unanswered;       /* within the scope */
	struct scope unanswered;
	int64_t caps_ms[CAPS_MAX];     /* timers at which lost ends pile up */
	size_t caps_n;
	bool caps_behind_ringing;      /* they run from the answer, and ringing is counted on top */
	enum stamp stamp;              /* the first that most of the operator's records have */
	bool all_have_start;           /* the operator's */
	bool has_ids;                  /* records of both sides were paired by their correlation ids */
	bool same_trunks, same_directions; /* both sides tell the same of a call */
	int64_t coarse_blur_ms;        /* how much further apart the two ends measure, where more than seconds are rounded */
	struct cause_list causes;
	struct copies copies;
	struct keyed *further;         /* pieces.c: the operator's records among which there may be further ones of calls */
	size_t further_n;
	uint32_t *lone;                /* what only the operator has, by corrected time */
	size_t lone_n;
	/* Of the pairs as they were when last learned from: what fewer than evidence needs of need not be looked for. */
	size_t other_numbers, unanswered_reported, missing;
	struct reconcile_totals totals;
	enum reconcile_verdict verdict; /* but for RECONCILE_UNRELATED */
	bool unrelated;
	struct plots *plots;           /* NULL: none are asked for */
};

struct reconcile_cause *cause_add(struct cause_list *causes, enum reconcile_cause_kind kind, uint16_t operator_index);
void cause_set_scope(struct reconcile_cause *cause, const struct scope *scope);

/* States a cause for the hits in the scope: marks their records, counts those of the range and what it explains of
 * them.  Its confidence is the share of the hits in all cases of the scope. */
struct reconcile_cause *cause_state(struct group *g, enum reconcile_cause_kind kind, const struct scope *scope,
				    const struct scope_case *cases, size_t n);

/* --- item.c ------------------------------------------------------------------------ */

#define STAMP_ABSENT UINT32_MAX
#define STAMP_BIAS (INT64_C(1) << 30)

static inline int64_t item_stamp(const struct item *item, uint32_t distance)
{
	return distance == STAMP_ABSENT ? INSTANT_NONE : item->time_ms + (int64_t)distance - STAMP_BIAS;
}

/* The record's times as they are; INSTANT_NONE when absent. */
static inline int64_t item_start_stamp(const struct item *item)
{
	return item->has_start ? item->time_ms : INSTANT_NONE;
}

static inline int64_t item_answer_stamp(const struct item *item)
{
	return item_stamp(item, item->answer);
}

static inline int64_t item_end_stamp(const struct item *item)
{
	return item_stamp(item, item->end);
}

static inline bool item_is_answered(const struct item *item)
{
	return item->answer != STAMP_ABSENT || (item->duration_ms != UINT32_MAX && item->duration_ms > 0);
}

/* Connected time of a record: its duration, else answer to end, else 0. */
static inline int64_t item_duration_ms(const struct item *item)
{
	if (item->duration_ms != UINT32_MAX)
		return reconcile_duration_ms(item->duration_ms);
	if (item_answer_stamp(item) != INSTANT_NONE && item_end_stamp(item) != INSTANT_NONE && item_end_stamp(item) > item_answer_stamp(item))
		return item_end_stamp(item) - item_answer_stamp(item);
	return 0;
}

/* When connected time begins and ends. */
static inline int64_t item_begin_ms(const struct item *item)
{
	return item_answer_stamp(item) != INSTANT_NONE ? item_answer_stamp(item) : item->time_ms;
}

static inline int64_t item_end_ms(const struct item *item)
{
	return item_end_stamp(item) != INSTANT_NONE ? item_end_stamp(item) : item_begin_ms(item) + item_duration_ms(item);
}

/* Neither paired nor a further record of a call. */
static inline bool item_is_free(const struct item *item)
{
	return item->partner == RECONCILE_NONE && !item->is_copy;
}

static inline int64_t item_ring_ms(const struct item *item)
{
	if (item_answer_stamp(item) == INSTANT_NONE || item_start_stamp(item) == INSTANT_NONE || item_answer_stamp(item) < item_start_stamp(item))
		return 0;
	return item_answer_stamp(item) - item_start_stamp(item);
}

/* Difference of the same moment on both sides, operator minus platform; false when they have none in common. */
static inline bool item_shift(const struct item *p, const struct item *o, int64_t *shift_ms)
{
	if (item_start_stamp(p) != INSTANT_NONE && item_start_stamp(o) != INSTANT_NONE)
		*shift_ms = item_start_stamp(o) - item_start_stamp(p);
	else if (item_answer_stamp(p) != INSTANT_NONE && item_answer_stamp(o) != INSTANT_NONE)
		*shift_ms = item_answer_stamp(o) - item_answer_stamp(p);
	else if (item_end_stamp(p) != INSTANT_NONE && item_end_stamp(o) != INSTANT_NONE)
		*shift_ms = item_end_stamp(o) - item_end_stamp(p);
	else
		return false;
	return true;
}

static inline void item_set_copy(struct item *item, uint32_t call, bool is_piece)
{
	item->call = call;
	item->is_copy = true;
	item->is_piece = is_piece;
}

static inline void item_clear_copy(struct item *item)
{
	item->call = 0;
	item->is_copy = item->is_piece = false;
}

/* Of both numbers' tails, the same when the parties are exchanged; 0: not usable. */
uint64_t item_key(const struct item *item);

struct item item_of(const struct reconcile_record *r);
void side_add(struct side *side, const struct reconcile_record *r);
void side_append(struct side *side, struct side *more);  /* takes them over */
void side_release(struct side *side);
void side_settle(struct side *side, reconcile_choose *choose, void *context);  /* repeats.c */
/* All but the operator; of the correlation id what is left of its hash. */
struct reconcile_record item_record(const struct item *item);
void side_sort(struct side *side);                      /* into canonical order */
size_t group_pairs(const struct group *g);
void side_list_left(struct side *side, unsigned threads); /* of what was listed before only what is still left */
void side_forget_left(struct side *side);
/* The first time that most of its records have. */
enum stamp side_stamp(const struct side_facts *facts);
/* The same record but for its id. */
bool item_same_content(const struct item *a, const struct item *b);

/* Whether the key is among one in so many, whatever else is true of it; 0 and 1: all are. */
static inline bool keyed_is_one_in(uint64_t key, uint64_t one_in)
{
	return (key * UINT64_C(0x9e3779b97f4a7c15) >> 32) * one_in >> 32 == 0;
}

/* Keys in the order of signed numbers. */
static inline uint64_t keyed_of_signed(int64_t value)
{
	return (uint64_t)value ^ UINT64_C(1) << 63;
}

static inline int64_t keyed_signed(uint64_t key)
{
	return (int64_t)(key ^ UINT64_C(1) << 63);
}

/* By key, then by index; the list is in order of index already. */
void keyed_sort(struct keyed *list, size_t n);

/* Where the run of equal keys ends that begins at `from`. */
size_t keyed_run_end(const struct keyed *list, size_t n, size_t from);

/* Both lists sorted, the runs of one key after another that both have; the ends begin at 0. */
struct keyed_match {
	const struct keyed *p, *o;
	size_t pn, on;
	size_t p_from, p_end, o_from, o_end;
};

bool keyed_match_next(struct keyed_match *m);   /* false: there is no further one */

void values_sort(int64_t *list, size_t n);
int64_t values_median(int64_t *list, size_t n);         /* sorts them; 0 of none */

/* --- survey.c: what is counted of all records, and of all pairs ----------------------- */

struct pair_counts {
	size_t pairs, trunks, same_trunks, directions, same_directions;
	size_t other_numbers;          /* pairs whose numbers are not the same on both sides */
	size_t unanswered_reported;    /* pairs that nobody answered, and the operator has seconds */
	size_t missing;                /* answered records of the platform's without a partner */
	struct number_counts numbers;
};

/* The platform's items of pairs, in order of time, thinned to so many that they can be looked at closely. */
struct pair_sample {
	uint32_t *list;
	size_t n;
};

struct survey {
	struct pair_counts counts;
	struct pair_sample clocked;    /* which stand on the operator's clock */
	struct pair_sample timed;      /* which are answered and have a duration on both sides */
};

/* Those of a side for which the test holds, in order. */
typedef bool record_test(const void *context, const struct item *item);
uint32_t *survey_list(const struct side *side, unsigned threads, record_test *is_listed, const void *context, size_t *n);

/* Whether a cause could apply to the platform's record, and in *c, made of the record before, whether it looks as if it did. */
typedef bool ask_case(const void *context, const struct group *g, size_t platform, struct scope_case *c);

/* The cases of all records, in order of time; NULL, *n = 0 where fewer hits than evidence needs are among them: that is
 * counted first and nothing listed, unless hits are likely and asking twice costs more than room for lists to grow.  Freed by
 * survey_free_cases(). */
struct scope_case *survey_cases(const struct group *g, ask_case *ask, const void *context, bool likely, size_t *n);
void survey_free_cases(struct scope_case *cases, size_t n);

struct side_facts survey_side(const struct side *side, unsigned threads);
struct survey *survey_pairs(const struct group *g);
void survey_free(struct survey *survey);

/* --- clock_learn.c, clock_explain.c -------------------------------------------------- */
void clock_learn(struct group *g, const struct pair_sample *sample);
void clock_guess(struct group *g);                      /* from numbers alone */
const struct clock_model *clock_of(const struct group *g, uint16_t trunk);
int64_t clock_true_shift(const struct clock_model *clock, int64_t platform_ms);
int64_t clock_shift_at(const struct clock_model *clock, int64_t platform_ms); /* as the stamps show it */
/* The moment of a call that the operator's records are stamped with, by the platform's time. */
static inline int64_t stamped_ms(const struct group *g, const struct item *platform)
{
	if (g->stamp == STAMP_ANSWER && platform->answer != STAMP_ABSENT)
		return item_answer_stamp(platform);
	if (g->stamp != STAMP_START && platform->end != STAMP_ABSENT)
		return item_end_stamp(platform);
	return platform->time_ms;
}
/* What to add to times of a record of the platform's to have them on the operator's clock. */
static inline int64_t clock_shift(const struct group *g, const struct item *platform)
{
	return clock_shift_at(clock_of(g, platform->trunk), stamped_ms(g, platform)) + g->aside_ms;
}
int64_t clock_corrected(const struct group *g, const struct item *operator); /* its time by the platform's clock */
void clock_explain(struct group *g);                    /* states its causes */

/* --- numbers.c, numbers_explain.c --------------------------------------------------- */
/* The last digits of a subscriber's number, as a switch behind a trunk knows it. */
bool number_is_extension(number_t n);
uint64_t number_tail(number_t n);                       /* 0: says nothing */
unsigned number_zeros_at_end(number_t n);               /* of a whole number that is not masked */
uint64_t numbers_short_key(const struct group *g, const struct item *item); /* for numbers too short for the other */
uint64_t numbers_short_one_key(const struct group *g, number_t n); /* likewise; 0 where numbers are not rewritten */
uint64_t numbers_one_key(const struct group *g, number_t n); /* of one number, where the other is hidden */
void numbers_learn_length(struct group *g);             /* whether the operator writes extensions */
uint64_t numbers_key(const struct group *g, const struct item *item); /* item_key(), where nothing is masked */
uint64_t numbers_shown_key(const struct group *g, const struct item *item); /* of what all records show of both numbers */
enum number_fit { NUMBERS_CONTRADICT, NUMBERS_FIT_IN_PART, NUMBERS_FIT_BY_TAILS, NUMBERS_FIT };
enum number_fit numbers_fit(const struct number_plan *plan, const struct item *p, const struct item *o);
const struct number_rule *numbers_rule(const struct number_plan *plan, number_t platform, number_t operator);
bool numbers_rule_applies(const struct number_rule *rule, number_t platform);   /* it begins as the rule says */
number_t numbers_as_platform(const struct number_plan *plan, number_t operator);  /* by the rule that knows most of it */
bool numbers_are_alike(const struct group *g, number_t platform, number_t operator); /* as far as both show them */
bool numbers_are_swapped(const struct group *g, const struct item *p, const struct item *o);
void numbers_count_pair(struct number_counts *c, const struct item *p, const struct item *o);   /* a pair's numbers */
void number_counts_add(struct number_counts *sum, const struct number_counts *c);
void numbers_learn(struct group *g, const struct number_counts *counts); /* rules, from those of all pairs */
void numbers_learn_masks(struct group *g);              /* from the records of both sides; zeros that hide become masks */
void numbers_learn_hidden(struct group *g);             /* main numbers, from what is left of both sides */
size_t numbers_main(const struct main_numbers *mains, number_t n); /* its place; mains->n: it is none */
void numbers_explain(struct group *g);
/* Whether a cause of numbers is at work on the pair, which bears its kind; of other kinds always. */
bool numbers_cause_is_at_work(const struct group *g, const struct reconcile_cause *cause, const struct item *p, const struct item *o);

/* --- assign.c ----------------------------------------------------------------------- */
struct edge {
	int64_t cost;
	uint32_t p, o;
};

/* Pairs the edges of one cluster at the least total cost; leaving two records alone costs alone_ms.  strict: what
 * is not best by a margin stays alone. */
void assign_edges(struct group *g, struct edge *edges, size_t n, int64_t alone_ms, bool strict);

/* --- meet.c ------------------------------------------------------------------------------ */

/* Free records of both sides that have one key, with no gap of time in between that is wider than gap_ms. */
struct meeting {
	const struct group *g;
	uint64_t (*platform_key)(const struct group *g, const struct item *item); /* 0: has none */
	uint64_t (*operator_key)(const struct group *g, const struct item *item);
	int64_t gap_ms;
	uint64_t one_in;               /* only keys of one in so many are looked at; 0: all */
	void (*found)(void *worker, const uint32_t *p, size_t pn, const uint32_t *o, size_t on); /* each list by time */
	void *workers[THREADS_MAX];    /* one for each thread; clusters are independent of each other */
};

void meeting_run(const struct meeting *meeting);
/* Where the platform's record stands among the operator's: by the time that these are found by, on their clock. */
int64_t meeting_position(const struct group *g, const struct item *platform);

/* --- pair.c, pieces.c ------------------------------------------------------------------ */
void pair_by_correlation(struct group *g, int64_t window_ms);
void pair_by_numbers(struct group *g, int64_t window_ms);
void pair_by_shown_numbers(struct group *g, int64_t window_ms);
void pair_by_tails(struct group *g, int64_t window_ms);
void pair_sample(struct group *g, int64_t window_ms);   /* by ids and numbers, as many as teach enough */
void pair_by_short_numbers(struct group *g, int64_t window_ms);
void pair_by_one_end(struct group *g, int64_t window_ms, int64_t near_ms); /* begins or ends with the other */
void pair_drop_doubtful(struct group *g, int64_t near_ms, bool with_ids); /* what binds little; of one id, or of none */
void pair_far(struct group *g, int64_t window_ms);      /* far in time, close in duration */
/* By one number, where the other is hidden. */
void pair_by_one_number(struct group *g, int64_t window_ms);
void pair_by_one_number_and_ringing(struct group *g, int64_t window_ms);
void pair_by_one_number_alone(struct group *g, int64_t window_ms);
void pair_by_one_number_in_peace(struct group *g, int64_t window_ms); /* no other record of it within minutes */
void pair_clear(struct group *g);
void pair_learn_sides(struct group *g, const struct pair_counts *counts); /* whether trunks and directions are told alike */
void pair_join(struct group *g, uint32_t p, uint32_t o);
void pair_pieces(struct group *g);
void pair_forget_further(struct group *g);
void pair_duplicates(struct group *g);

/* --- aside.c ------------------------------------------------------------------------------ */
void pair_aside(struct group *g, int64_t window_ms);

/* --- duration.c, duration_learn.c ------------------------------------------------------- */
#define MEASURING_BLUR_MS 150      /* two ends of a trunk see a moment this much apart */
enum duration_step { STEP_UNIT, STEP_RING, STEP_DELAY, STEP_ROUNDING, STEP_COUNT };
void duration_learn(struct group *g, const struct pair_sample *sample);
size_t duration_model_of(const struct group *g, const struct item *platform);
/* What the operator should have measured; parts[] gets what each step adds. */
int64_t duration_expect(const struct duration_model *m, const struct item *platform, int64_t parts[STEP_COUNT]);
/* Whether it is what the model makes of the platform's duration, give or take the blur and a tolerance. */
bool duration_fits(const struct group *g, const struct duration_model *m, const struct item *p, int64_t reported_ms,
		   int64_t tolerance_ms);
/* The same; *closely: whether, of a model that rounds, it is that without the tolerance. */
bool duration_fits_closely(const struct group *g, const struct duration_model *m, const struct item *p, int64_t reported_ms,
			   int64_t tolerance_ms, bool *closely);
int64_t duration_round(const struct duration_model *m, int64_t ms, int64_t from_ms);
bool duration_same_step(const struct duration_model *a, const struct duration_model *b, enum duration_step step);

/* --- duration_where.c -------------------------------------------------------------- */
struct model_places *model_places(const struct group *g); /* to be freed */
/* Where those models hold for which has[i], of MODELS_MAX: the trunk and direction that are theirs alone.  Whether these
 * are theirs wholly. */
bool model_places_where(const struct model_places *places, const bool *has, struct scope *where);

/* Sum of the operator's records of one call: its partner and the pieces. */
int64_t duration_reported(const struct group *g, uint32_t platform);

/* --- cap.c ------------------------------------------------------------------------ */
void cap_find(struct group *g);                         /* once durations are learned and copies listed */
int cap_of(const struct group *g, size_t platform);     /* at which the operator's side of the pair stands; -1: none */

/* --- clocked.c --------------------------------------------------------------------- */
#define CLOCKED_CAUSES_MAX 32      /* clocks are explained first: their causes lead the list */
void clocked_find(struct group *g);                     /* whether durations are taken from the clock; once it is explained */
/* The call as such an operator has it; false where its clock gained nothing that counts meanwhile. */
bool clocked_call(const struct group *g, const struct item *platform, struct item *clocked);
int clocked_cause(const struct group *g, const struct item *platform); /* of those stated; -1: none */

/* --- missing.c -------------------------------------------------------------------- */
void missing_explain(struct group *g);                  /* windows and minimum durations */

/* --- explain.c, copies.c ------------------------------------------------------------- */

void copies_list(struct group *g);
void copies_learn(struct group *g);                     /* how calls are cut */
/* A stamp of the operator's record by the platform's clock, or by the operator's own but for the zone. */
int64_t copies_moment(const struct group *g, const struct item *operator, int64_t stamp_ms, bool by_own_clock);
bool copies_is_cut_at(const struct copies *c, int64_t ms); /* of the platform's clock: a midnight of the zone */
void copies_explain(struct group *g);
static inline uint32_t copies_first(const struct copies *c, size_t platform)
{
	return c->first ? c->first[platform] : RECONCILE_NONE;
}
/* Sum of the pieces' seconds, beside those of the call's partner. */
static inline int64_t copies_pieces_ms(const struct group *g, size_t platform)
{
	int64_t sum = 0;

	for (uint32_t k = copies_first(&g->copies, platform); k != RECONCILE_NONE; k = g->copies.next[k])
		sum += g->operator.items[k].is_piece ? item_duration_ms(&g->operator.items[k]) : 0;
	return sum;
}
/* Pieces of a call: how many, what they add to its seconds, and what of that was counted before. */
struct call_pieces {
	unsigned n;
	int64_t sum_ms, counted_before_ms;
	enum reconcile_cause_kind cause;
};
struct call_pieces copies_pieces(const struct group *g, const struct copies *c, size_t platform);
void copies_release(struct copies *c);

void explain_group(struct group *g);

/* What of a pair's difference its causes account for: the sum over the rows is that over the causes. */
int64_t explain_of_pair(const struct group *g, size_t platform);

/* --- plot_group.c ---------------------------------------------------------------------- */
struct plots *plots_begin(const struct group *g);       /* once the causes are stated */
struct plots *plots_begin_part(const struct plots *whole); /* which has no rows yet, and is merged into afterwards */
/* A row's part in them; p or o is NULL where that side is missing. */
void plots_row(struct plots *plots, const struct group *g, const struct reconcile_outcome *outcome);

/* --- rows.c: outcomes, in blocks; platform and operator are indexes of items ------------- */
void rows_list_lone(struct group *g);
size_t rows_block_count(const struct group *g);
void rows_of_block(const struct group *g, size_t block, struct reconcile_rows *rows);
void rows_count(struct group *g);                       /* sets totals, but for what is explained, and verdict */
void totals_add(struct reconcile_totals *sum, const struct reconcile_totals *t);

/* --- engine.c ------------------------------------------------------------------------- */
void engine_run(struct group *g);

/* Whether a call belongs to the range that is reported. */
bool group_in_range(const struct group *g, int64_t ms);

#endif
