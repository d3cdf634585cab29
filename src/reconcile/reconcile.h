/* reconcile/reconcile.h - compare what the platform and operators recorded of the same calls.
 *
 * Pure: records in, outcomes out; no I/O, no clock, no globals.  A run is fed
 * the records of both sides, learns how each operator measures, pairs them,
 * classifies every record and explains the differences by causes.
 *
 *     FILLING --reconcile_run--> DONE      (free is legal in both)
 *
 * Invariants (reconcile_check() asserts the countable ones; tests cite the numbers):
 *   (1) every record that is reported stands in at least one outcome, and a platform record in exactly one
 *       call: its pieces' rows follow one another;
 *   (2) the order of feeding never changes the outcomes, nor does the number of threads;
 *   (3) difference = operator - platform = explained + unexplained, and explained is the sum of the causes,
 *       to the millisecond, for each operator and in all;
 *   (4) a cause rests on at least RECONCILE_EVIDENCE_MIN records and on 95 % of those it would apply to;
 *   (5) no cause makes a pair: records are paired first, by ids, numbers and time.
 *
 * Ownership: the run copies what it needs of records; texts of ids are asked for by the caller's function.
 * Threads: one run, one caller; it starts its own. */
#ifndef RECONCILE_RECONCILE_H
#define RECONCILE_RECONCILE_H

#include "base/error.h"
#include "base/hash.h"
#include "base/instant.h"
#include "telephony/number.h"

#define RECONCILE_EVIDENCE_MIN 30
#define RECONCILE_NONE UINT32_MAX

enum reconcile_side { RECONCILE_PLATFORM, RECONCILE_OPERATOR };

/* Durations have 32 bits: milliseconds up to 36 days, and beyond, where an operator writes milliseconds as if they
 * were seconds, whole seconds of up to 31 years.  UINT32_MAX: absent. */
#define RECONCILE_DURATION_SECONDS UINT32_C(0xc0000000)

static inline uint32_t reconcile_duration_pack(int64_t ms)
{
	if (ms < RECONCILE_DURATION_SECONDS)
		return ms < 0 ? UINT32_MAX : (uint32_t)ms;
	ms /= 1000;
	return ms < UINT32_MAX - RECONCILE_DURATION_SECONDS ? RECONCILE_DURATION_SECONDS + (uint32_t)ms : UINT32_MAX - 1;
}

static inline int64_t reconcile_duration_ms(uint32_t packed)
{
	return packed < RECONCILE_DURATION_SECONDS ? packed : (int64_t)(packed - RECONCILE_DURATION_SECONDS) * 1000;
}

/* One record as the engine sees it: 72 bytes, all absent values as in formats/record.h. */
struct reconcile_record {
	number_t caller, callee;
	int64_t start_ms;        /* invite or set-up; INSTANT_NONE when absent */
	int64_t answer_ms;
	int64_t end_ms;
	uint64_t id;             /* hash64 of the record's id: breaks ties the same way in any order */
	uint64_t correlation;    /* hash64 of the correlation id; 0 when absent */
	uint32_t duration_ms;    /* reconcile_duration_pack() */
	uint32_t reference;      /* the caller's own number for the record, given back in outcomes */
	uint16_t operator_index; /* which of the operators, from 0 */
	uint16_t trunk;          /* the caller's number for the trunk's name, 0 when absent */
	uint8_t direction;       /* enum direction */
	uint8_t released_by;     /* enum released_by */
	uint16_t sip_code;       /* 0 when absent */
};

struct record;

/* A record as the engine sees it; reference, operator and trunk are the caller's to set. */
struct reconcile_record reconcile_record_of(const struct record *r);

struct reconcile_options {
	int64_t tolerance_ms;    /* 1000 by default */
	/* Only records that belong to [from, to) are reported: a call by the platform's start, what only the
	 * operator has by its start once its clock is corrected.  Others may pair with them.  Both
	 * INSTANT_NONE: all are reported. */
	int64_t from_ms, to_ms;
	unsigned threads;        /* 0: 1 */
	bool plots;              /* reconcile_plots() is wanted */
};

#define RECONCILE_OPTIONS_DEFAULT ((struct reconcile_options){ 1000, INSTANT_NONE, INSTANT_NONE, 1, false })

enum reconcile_class {
	RECONCILE_AGREED,         /* pair, within tolerance after what is explained */
	RECONCILE_DIFFERS,        /* pair, and no cause explains the difference */
	RECONCILE_PLATFORM_ONLY,
	RECONCILE_OPERATOR_ONLY,
	RECONCILE_DUPLICATE,      /* of the record on the same row's other side */
	RECONCILE_CLASS_COUNT
};

enum reconcile_verdict { RECONCILE_AGREES, RECONCILE_EXPLAINED, RECONCILE_VERDICT_DIFFERS, RECONCILE_UNRELATED };

enum reconcile_cause_kind {
	CAUSE_CLOCK_OFFSET, CAUSE_CLOCK_DRIFT, CAUSE_CLOCK_STEP, CAUSE_ZONE_OFFSET, CAUSE_ROUNDING, CAUSE_RING_TIME,
	CAUSE_RELEASE_DELAY, CAUSE_TIMER_CAP, CAUSE_UNIT, CAUSE_NUMBER_FORMAT, CAUSE_MASKED_NUMBER,
	CAUSE_REPLACED_CALLER, CAUSE_SWAPPED_PARTIES, CAUSE_PARTIAL_RECORDS, CAUSE_MIDNIGHT_CUT,
	CAUSE_DUPLICATE_DELIVERY, CAUSE_MISSING_WINDOW, CAUSE_MINIMUM_DURATION, CAUSE_UNANSWERED_REPORTED,
	CAUSE_KIND_COUNT
};

const char *reconcile_cause_name(enum reconcile_cause_kind kind);    /* "clock_offset" */
const char *reconcile_class_name(enum reconcile_class class);        /* "platform_only" */

enum rounding_mode { ROUNDING_UP, ROUNDING_DOWN, ROUNDING_NEAREST, ROUNDING_ENDPOINTS };

const char *reconcile_rounding_name(enum rounding_mode mode);        /* "nearest" */

/* A systematic reason on the operator's side: operator = platform + what the parameters say.
 * Of the parameters those hold that the contract names for the kind; the others are 0 or INSTANT_NONE. */
struct reconcile_cause {
	enum reconcile_cause_kind kind;
	uint16_t operator_index;
	int64_t shift_ms;             /* clock_offset, zone_offset, clock_step */
	int64_t at_ms;                /* clock_offset, clock_step */
	int64_t ppb;                  /* clock_drift, in thousandths of a ppm */
	int64_t increment_ms, minimum_ms;
	enum rounding_mode mode;
	int64_t milliseconds;         /* release_delay */
	int64_t cap_ms;               /* timer_cap, minimum_duration */
	int64_t numerator, denominator; /* unit: operator = platform * numerator / denominator */
	unsigned digits;              /* masked_number */
	number_t number;              /* replaced_caller */
	char rule[64];                /* number_format */
	int64_t every_ms;             /* partial_records */
	int64_t zone_ms;              /* midnight_cut */
	int64_t from_ms, to_ms;       /* missing_window, or where the cause holds; INSTANT_NONE */
	uint16_t trunk;               /* 0: all */
	uint8_t direction;            /* 0: both */
	uint64_t records;             /* on which it is at work */
	int64_t explained_ms;         /* its part of the difference */
	unsigned confidence_permille; /* share of the records it would apply to that it explains */
};

struct reconcile_outcome {
	uint32_t platform, operator;  /* references; RECONCILE_NONE: that side is missing */
	enum reconcile_class class;
	uint32_t causes;              /* bit 1 << enum reconcile_cause_kind */
	int64_t difference_ms;        /* operator minus platform; of a call in pieces the whole in its first row, 0 after */
};

struct reconcile_totals {
	uint64_t counts[RECONCILE_CLASS_COUNT];   /* outcome rows */
	uint64_t platform_records, operator_records;
	int64_t platform_ms, operator_ms;
	int64_t difference_ms, explained_ms, unexplained_ms;
};

struct reconcile_run;
struct plots;

/* *run is written only on success.  options may be NULL. */
enum status reconcile_run_new(struct reconcile_run **run, const struct reconcile_options *options, struct error *err);

/* Feeds records of one side; they are copied.  E_INVALID once the run is done.  The sides may be fed by two threads. */
enum status reconcile_run_add(struct reconcile_run *run, enum reconcile_side side, const struct reconcile_record *records,
			      size_t count, struct error *err);

/* Once all records of a side are there: gives their operators and trunks other numbers, operators[old] and trunks[old];
 * several may become one. */
void reconcile_run_renumber(struct reconcile_run *run, enum reconcile_side side, const uint16_t *operators,
			    const uint16_t *trunks);

/* Asked of two records of one operator with one id, the earlier fed first: whether the first is the one that counts.
 * Of the records id, reference, numbers, times and duration are given. */
typedef bool reconcile_choose(void *context, const struct reconcile_record *first, const struct reconcile_record *second);

/* Leaves of a side's records one for each id. */
void reconcile_run_settle(struct reconcile_run *run, enum reconcile_side side, reconcile_choose *choose, void *context);

/* Learns, pairs, classifies, explains. */
enum status reconcile_run(struct reconcile_run *run, struct error *err);

/* Outcomes come in blocks of some ten thousand rows, operator by operator, in the order of the platform's start
 * (what only the operator has: of its corrected start).  They are made when they are asked for: several threads may
 * ask a run that is done, each with rows of its own. */
struct reconcile_rows {
	struct reconcile_outcome *list;
	size_t n, capacity;
};

size_t reconcile_block_count(const struct reconcile_run *run);

/* Fills rows, which may hold another block's. */
void reconcile_block(const struct reconcile_run *run, size_t block, struct reconcile_rows *rows);
void reconcile_rows_release(struct reconcile_rows *rows);

/* Results; valid until the run is freed. */
const struct reconcile_cause *reconcile_causes(const struct reconcile_run *run, size_t *count);
enum reconcile_verdict reconcile_verdict(const struct reconcile_run *run);
const struct reconcile_totals *reconcile_totals(const struct reconcile_run *run);
size_t reconcile_operator_count(const struct reconcile_run *run);
const struct reconcile_totals *reconcile_operator_totals(const struct reconcile_run *run, size_t operator_index);

#define RECONCILE_PLOTTED_MAX 64  /* operators: those with the most records have plots of their own */

/* What there is to look at, NULL where plots were not asked for: of all operators, and of one; of one that is
 * not among those plotted NULL.  Examples are by the place of a cause among its operator's. */
const struct plots *reconcile_plots_of_all(const struct reconcile_run *run);
const struct plots *reconcile_plots(const struct reconcile_run *run, size_t operator_index);

/* What the operator would have written of a call's duration, by the causes that hold for it: unit, ringing, the
 * round trip, rounding.  shift_ms: how far its clock is ahead then. */
int64_t reconcile_expect_ms(const struct reconcile_cause *const *causes, size_t count,
			    const struct reconcile_record *call, int64_t shift_ms);

/* How badly two records fit, in milliseconds: their times off by away_ms, their durations by off_ms.  Of candidates
 * the one with the least is taken. */
int64_t reconcile_score_ms(int64_t away_ms, int64_t off_ms);

/* Digest of outcomes and causes by record ids: the same on any machine. */
void reconcile_digest(struct reconcile_run *run, unsigned char out[SHA256_SIZE]);

/* Asserts the invariants. */
void reconcile_check(const struct reconcile_run *run);
void reconcile_run_free(struct reconcile_run *run);   /* NULL is fine */

#endif
