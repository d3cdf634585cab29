/* simulate/day_private.h - what the files of a simulated day share. */
#ifndef SIMULATE_DAY_PRIVATE_H
#define SIMULATE_DAY_PRIVATE_H

#include "base/random.h"
#include "formats/record.h"
#include "simulate/day.h"

#define DAY_NUMBER INT32_C(20781) /* 2026-11-24 */
#define DAY_TRUNKS 4
#define DAY_TOLERANCE_MS 1000 /* what differs by no more, agrees */

struct day_call {
	int64_t invite_ms;
	number_t own, remote; /* the tenant's and the other party's */
	uint32_t ring_ms;     /* invite to answer, or to giving up */
	uint32_t talk_ms;     /* 0: never answered */
	int32_t disputed_ms;  /* what the operator measures more, without any cause */
	uint16_t sip_code;
	uint8_t delay_ms; /* one way */
	uint8_t trunk;
	bool inbound, caller_releases;
	bool end_is_lost;
	bool platform_lost, operator_lost;
	bool wrong_correlation;
};

enum fault_kind {
	FAULT_CLOCK_OFFSET,
	FAULT_CLOCK_DRIFT,
	FAULT_CLOCK_STEP,
	FAULT_ZONE_OFFSET,
	FAULT_ROUNDING,
	FAULT_RING_TIME,
	FAULT_RELEASE_DELAY,
	FAULT_TIMER_CAP,
	FAULT_UNIT,
	FAULT_NUMBER_FORMAT,
	FAULT_MASKED_NUMBER,
	FAULT_REPLACED_CALLER,
	FAULT_SWAPPED_PARTIES,
	FAULT_PARTIAL_RECORDS,
	FAULT_MIDNIGHT_CUT,
	FAULT_DUPLICATE_DELIVERY,
	FAULT_MISSING_WINDOW,
	FAULT_MINIMUM_DURATION,
	FAULT_UNANSWERED_REPORTED,
	FAULT_CAUSES, /* those above are causes of the contract; the others only make it harder */
	FAULT_NO_CORRELATION = FAULT_CAUSES,
	FAULT_CORRELATION_SUFFIX,
	FAULT_WRONG_CORRELATION,
	FAULT_RANDOM_MISSING,
	FAULT_WHOLE_SECONDS,
	FAULT_DISPUTED,
	FAULT_SHUFFLED,
	FAULT_COUNT
};

enum fault_mode { MODE_UP, MODE_DOWN, MODE_NEAREST, MODE_ENDPOINTS };
enum fault_rule { RULE_NATIONAL, RULE_PLAIN, RULE_INTERNATIONAL, RULE_PREFIX };
enum fault_side { SIDE_OPERATOR, SIDE_PLATFORM };

struct fault {
	int64_t seconds_ms, milliseconds, ppb, increment_ms, minimum_ms, every_ms, zone_ms;
	int64_t at_ms, from_ms, to_ms; /* of the day; INSTANT_NONE */
	int64_t share_ppm, digits;
	int64_t numerator, denominator;
	int64_t mode, rule, side, direction;
	int64_t trunk; /* from 1; 0: all */
	number_t number;
	uint64_t records; /* on which it was at work */
};

/* Of one kind: several may hold on different trunks, in different directions or parts of the day; to a call the first
 * applies. */
#define FAULTS_OF_A_KIND 8
struct fault_list {
	struct fault list[FAULTS_OF_A_KIND];
	size_t n;
};

/* A record of the operator's: a call, or a piece of one, or one that is delivered again. */
struct day_entry {
	uint32_t call;
	uint16_t piece;
	bool is_duplicate;
};

struct day {
	uint64_t seed;
	struct day_call *calls; /* by invite time */
	size_t count;
	struct fault_list faults[FAULT_COUNT];
	struct day_entry *entries;
	size_t entry_count, entry_capacity;
	uint32_t *call_order; /* of the platform's file; NULL: as they stand */
	bool *reported;       /* by call: the operator has a record; made when the truth is written */
	size_t next_call, next_entry, next_truth;
	bool call_header, entry_header, truth_header;
};

/* day_calls.c */
void day_make_calls(struct day *day);

/* day_faults.c */
enum status day_read_faults(struct day *day, struct str text, struct error *err);
bool fault_applies(const struct fault *fault, const struct day_call *call);
/* The first of its kind that applies to the call, by its place in the list; -1: none. */
int fault_place(const struct fault_list *faults, const struct day_call *call);
/* The same; NULL: none. */
const struct fault *fault_of(const struct day *day, enum fault_kind kind, const struct day_call *call);
const char *fault_name(enum fault_kind kind);
const char *fault_word(enum fault_kind kind, int64_t value); /* of its mode or rule */

/* day_operator.c */
void day_make_entries(struct day *day);
bool day_is_disputed(const struct day *day, const struct day_call *call);
void day_operator_record(const struct day *day, const struct day_entry *entry, struct record *r);

/* day_write.c */
struct str day_call_id(const struct day *day, uint32_t call, char out[32]);
struct str day_entry_id(const struct day *day, const struct day_entry *entry, char out[32]);

#endif
