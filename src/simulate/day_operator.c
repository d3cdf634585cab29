/* The operator's side of a day: the calls as its switch writes them. */
#include "simulate/day_private.h"

#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>

#define NOON_MS (12 * INT64_C(3600000))
#define PREFIX_DIGITS 4 /* of a routing prefix before the number */
#define PREFIX UINT64_C(1234)

static bool applies(const struct day *day, enum fault_kind kind, const struct day_call *call)
{
	return fault_of(day, kind, call) != NULL;
}

/* Of a kind that holds for all calls; NULL: there is none. */
static const struct fault *the_fault(const struct day *day, enum fault_kind kind)
{
	return day->faults[kind].n ? &day->faults[kind].list[0] : NULL;
}

/* It was at work on one more record. */
static void count_one(struct day *day, enum fault_kind kind, const struct day_call *call)
{
	day->faults[kind].list[fault_place(&day->faults[kind], call)].records++;
}

/* --- fates of calls ---------------------------------------------------------------------- */

/* Each fault draws from a source of its own, so that the others do not change what it does. */
static void source_of(const struct day *day, enum fault_kind kind, size_t place, struct prng *random)
{
	prng_init(random, hash64_u64(day->seed, 1000 * (1 + (uint64_t)place) + (uint64_t)kind));
}

static bool drawn(struct prng *random, const struct fault *fault)
{
	return (int64_t)prng_below(random, 1000000) < fault->share_ppm;
}

/* The coarsest of its roundings. */
static int64_t increment_of(const struct day *day)
{
	const struct fault_list *roundings = &day->faults[FAULT_ROUNDING];
	int64_t most = 0;

	for (size_t i = 0; i < roundings->n; i++)
		most = roundings->list[i].increment_ms > most ? roundings->list[i].increment_ms : most;
	return most;
}

static void set_fate(const struct day *day, enum fault_kind kind, const struct fault *fault, struct prng *random,
		     struct day_call *call)
{
	bool hit = drawn(random, fault);
	/* Large enough not to drown in the operator's rounding. */
	int64_t by = 2500 + 2 * increment_of(day) + (int64_t)prng_below(random, 58000);
	bool longer = prng_below(random, 2);

	if (!hit || !fault_applies(fault, call))
		return;
	if (kind == FAULT_TIMER_CAP)
		call->end_is_lost |= fault_of(day, kind, call) == fault && call->talk_ms > 0 &&
				     call->talk_ms < fault->seconds_ms;
	else if (kind == FAULT_WRONG_CORRELATION)
		call->wrong_correlation = true;
	else if (kind == FAULT_RANDOM_MISSING && fault->side == SIDE_PLATFORM)
		call->platform_lost = true;
	else if (kind == FAULT_RANDOM_MISSING)
		call->operator_lost = true;
	else if (kind == FAULT_DISPUTED && call->talk_ms)
		call->disputed_ms = (int32_t)(longer || call->talk_ms < 2 * by ? by : -by);
}

static void set_fates(struct day *day)
{
	static const enum fault_kind kinds[] = { FAULT_TIMER_CAP, FAULT_WRONG_CORRELATION, FAULT_RANDOM_MISSING,
						 FAULT_DISPUTED };

	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
		for (size_t place = 0; place < day->faults[kinds[k]].n; place++) {
			struct prng random;

			source_of(day, kinds[k], place, &random);
			for (size_t i = 0; i < day->count; i++)
				set_fate(day, kinds[k], &day->faults[kinds[k]].list[place], &random, &day->calls[i]);
		}
}

/* --- times on the operator's side, by the true clock ---------------------------------------- */

struct span {
	int64_t start_ms, answer_ms, end_ms; /* answer INSTANT_NONE: never */
};

/* Outbound, the operator is the called side; what the caller's hanging up adds there is the way there and back. */
static int64_t round_trip(const struct day *day, const struct day_call *call)
{
	const struct fault *delay = the_fault(day, FAULT_RELEASE_DELAY);
	int64_t trip = delay ? delay->milliseconds : 2 * (int64_t)call->delay_ms;

	if (!call->caller_releases)
		return 0;
	return call->inbound ? -trip : trip;
}

static struct span span_of(const struct day *day, const struct day_call *call)
{
	int64_t way = call->inbound ? -(int64_t)call->delay_ms : (int64_t)call->delay_ms;
	struct span s = { .start_ms = call->invite_ms + way, .answer_ms = INSTANT_NONE };
	int64_t talked = call->talk_ms + round_trip(day, call) + call->disputed_ms;

	s.end_ms = s.start_ms + call->ring_ms;
	if (call->talk_ms == 0)
		return s;
	/* The answer comes the other way: what is later for one is earlier for the other. */
	s.answer_ms = call->invite_ms + call->ring_ms - way;
	if (s.answer_ms < s.start_ms)
		s.answer_ms = s.start_ms;
	if (call->end_is_lost)
		talked = fault_of(day, FAULT_TIMER_CAP, call)->seconds_ms;
	s.end_ms = s.answer_ms + (talked > 1 ? talked : 1);
	return s;
}

/* The next moment after `from` at which the operator closes a record of a call that goes on. */
static int64_t next_cut(const struct day *day, const struct day_call *call, int64_t from)
{
	const struct fault *partial = fault_of(day, FAULT_PARTIAL_RECORDS, call);
	const struct fault *midnight = the_fault(day, FAULT_MIDNIGHT_CUT);
	int64_t cut = INT64_MAX;

	if (partial)
		cut = from + partial->every_ms;
	if (midnight) {
		int64_t local = from + midnight->zone_ms,
			next = (local / MS_PER_DAY + 1) * MS_PER_DAY - midnight->zone_ms;

		if (next < cut)
			cut = next;
	}
	return cut;
}

/* Narrows the span to one piece; false when there is no such piece. */
static bool piece_of(const struct day *day, const struct day_call *call, unsigned piece, struct span *s)
{
	if (s->answer_ms == INSTANT_NONE)
		return piece == 0;
	for (unsigned i = 0;; i++) {
		int64_t cut = next_cut(day, call, s->answer_ms);

		if (i == piece) {
			if (cut < s->end_ms)
				s->end_ms = cut;
			return true;
		}
		if (cut >= s->end_ms)
			return false;
		s->start_ms = s->answer_ms = cut;
	}
}

/* --- which records there are ------------------------------------------------------------------ */

static bool is_reported(struct day *day, const struct day_call *call)
{
	const struct fault *minimum = fault_of(day, FAULT_MINIMUM_DURATION, call);

	if (call->operator_lost)
		return false;
	if (applies(day, FAULT_MISSING_WINDOW, call)) {
		if (call->talk_ms)
			count_one(day, FAULT_MISSING_WINDOW, call);
		return false;
	}
	if (call->talk_ms && minimum && call->talk_ms < minimum->seconds_ms) {
		count_one(day, FAULT_MINIMUM_DURATION, call);
		return false;
	}
	return call->talk_ms || applies(day, FAULT_UNANSWERED_REPORTED, call);
}

static void add_entry(struct day *day, struct day_entry entry)
{
	if (day->entry_count == day->entry_capacity) {
		day->entry_capacity = day->entry_capacity ? 2 * day->entry_capacity : 4096;
		day->entries = xrealloc(day->entries, day->entry_capacity * sizeof(*day->entries));
	}
	day->entries[day->entry_count++] = entry;
}

/* Whether its pieces are cut by the hour or at midnight. */
static void count_cuts(struct day *day, const struct day_call *call)
{
	struct span whole = span_of(day, call);
	const struct fault *partial = fault_of(day, FAULT_PARTIAL_RECORDS, call);
	const struct fault *midnight = the_fault(day, FAULT_MIDNIGHT_CUT);

	if (partial && whole.end_ms - whole.answer_ms > partial->every_ms)
		count_one(day, FAULT_PARTIAL_RECORDS, call);
	if (midnight &&
	    (whole.answer_ms + midnight->zone_ms) / MS_PER_DAY != (whole.end_ms - 1 + midnight->zone_ms) / MS_PER_DAY)
		count_one(day, FAULT_MIDNIGHT_CUT, call);
}

/* Whether a fault that applies to a call which both sides have was at work on it. */
static bool is_at_work(enum fault_kind kind, const struct day_call *call)
{
	switch (kind) {
	case FAULT_PARTIAL_RECORDS:
	case FAULT_MIDNIGHT_CUT:
	case FAULT_DUPLICATE_DELIVERY:
	case FAULT_MISSING_WINDOW:
	case FAULT_MINIMUM_DURATION:
		return false; /* counted where it is decided */
	case FAULT_TIMER_CAP:
		return call->end_is_lost;
	case FAULT_RELEASE_DELAY:
		return call->caller_releases && call->talk_ms;
	case FAULT_REPLACED_CALLER:
		return !call->inbound;
	case FAULT_MASKED_NUMBER:
		return call->remote != NUMBER_WITHHELD_WORD;
	case FAULT_UNANSWERED_REPORTED:
		return call->talk_ms == 0;
	default:
		return true;
	}
}

static void count_faults(struct day *day, const struct day_call *call)
{
	struct fault_list *steps = &day->faults[FAULT_CLOCK_STEP];

	for (int kind = 0; kind < FAULT_CAUSES; kind++)
		if (kind != FAULT_CLOCK_STEP && is_at_work(kind, call) && applies(day, kind, call))
			count_one(day, kind, call);
	for (size_t i = 0; i < steps->n; i++)
		steps->list[i].records += call->invite_ms - day_start(DAY_NUMBER) >= steps->list[i].at_ms;
}

static void enter_calls(struct day *day)
{
	for (size_t i = 0; i < day->count; i++) {
		const struct day_call *call = &day->calls[i];
		struct span s = span_of(day, call);

		if (!is_reported(day, call))
			continue;
		for (unsigned piece = 0; piece_of(day, call, piece, &s); piece++) {
			add_entry(day, (struct day_entry){ (uint32_t)i, (uint16_t)piece, false });
			s = span_of(day, call);
		}
		if (call->platform_lost)
			continue;
		count_faults(day, call);
		if (call->talk_ms)
			count_cuts(day, call);
	}
}

/* Delivered again: at the end of the file. */
static void enter_duplicates(struct day *day)
{
	struct fault_list *faults = &day->faults[FAULT_DUPLICATE_DELIVERY];
	size_t count = day->entry_count;

	for (size_t place = 0; place < faults->n; place++) {
		struct fault *fault = &faults->list[place];
		struct prng random;

		source_of(day, FAULT_DUPLICATE_DELIVERY, place, &random);
		for (size_t i = 0; i < count; i++) {
			struct day_entry entry = day->entries[i];

			if (!drawn(&random, fault) || fault_place(faults, &day->calls[entry.call]) != (int)place)
				continue;
			entry.is_duplicate = true;
			add_entry(day, entry);
			fault->records += !day->calls[entry.call].platform_lost;
		}
	}
}

static void shuffle(struct day *day)
{
	struct prng random;

	source_of(day, FAULT_SHUFFLED, 0, &random);
	day->call_order = xalloc(day->count * sizeof(*day->call_order));
	for (size_t i = 0; i < day->count; i++)
		day->call_order[i] = (uint32_t)i;
	for (size_t i = day->count; i > 1; i--) {
		size_t k = (size_t)prng_below(&random, i);
		uint32_t kept = day->call_order[i - 1];

		day->call_order[i - 1] = day->call_order[k];
		day->call_order[k] = kept;
	}
	for (size_t i = day->entry_count; i > 1; i--) {
		size_t k = (size_t)prng_below(&random, i);
		struct day_entry kept = day->entries[i - 1];

		day->entries[i - 1] = day->entries[k];
		day->entries[k] = kept;
	}
}

void day_make_entries(struct day *day)
{
	set_fates(day);
	enter_calls(day);
	enter_duplicates(day);
	if (the_fault(day, FAULT_SHUFFLED))
		shuffle(day);
}

/* --- one record --------------------------------------------------------------------------------- */

static int64_t by_its_clock(const struct day *day, const struct day_call *call, int64_t ms)
{
	const struct fault *offset = the_fault(day, FAULT_CLOCK_OFFSET), *drift = the_fault(day, FAULT_CLOCK_DRIFT);
	const struct fault *zone = fault_of(day, FAULT_ZONE_OFFSET, call);
	const struct fault_list *steps = &day->faults[FAULT_CLOCK_STEP];
	int64_t since = ms - day_start(DAY_NUMBER), shift = 0;

	if (offset)
		shift += offset->seconds_ms;
	if (drift)
		shift += (since - NOON_MS) * drift->ppb / INT64_C(1000000000);
	for (size_t i = 0; i < steps->n; i++)
		shift += since >= steps->list[i].at_ms ? steps->list[i].seconds_ms : 0;
	if (zone)
		shift += zone->seconds_ms;
	return ms + shift;
}

static int64_t cut_to(int64_t ms, int64_t increment_ms)
{
	return ms / increment_ms * increment_ms;
}

static int64_t rounded(const struct fault *f, int64_t from_ms, int64_t ms)
{
	int64_t inc = f->increment_ms, out = ms;

	if (inc <= 0 || ms <= 0)
		return ms;
	switch (f->mode) {
	case MODE_UP:
		out = cut_to(ms + inc - 1, inc);
		break;
	case MODE_DOWN:
		out = cut_to(ms, inc);
		break;
	case MODE_NEAREST:
		out = cut_to(ms + inc / 2, inc);
		break;
	default:
		out = cut_to(from_ms + ms, inc) - cut_to(from_ms, inc);
		break;
	}
	return out < f->minimum_ms ? f->minimum_ms : out;
}

/* Of one piece of a call. */
static void set_times(const struct day *day, const struct day_call *call, unsigned piece, struct record *r)
{
	const struct fault *unit = fault_of(day, FAULT_UNIT, call), *rounding = fault_of(day, FAULT_ROUNDING, call);
	struct span s = span_of(day, call);
	bool rings;
	int64_t from, ms;

	piece_of(day, call, piece, &s);
	rings = s.answer_ms == INSTANT_NONE || (applies(day, FAULT_RING_TIME, call) && piece == 0);
	from = rings ? s.start_ms : s.answer_ms;
	ms = s.end_ms - from;
	r->start_ms = by_its_clock(day, call, s.start_ms);
	r->answer_ms = s.answer_ms == INSTANT_NONE ? INSTANT_NONE : by_its_clock(day, call, s.answer_ms);
	r->end_ms = by_its_clock(day, call, s.end_ms);
	if (rounding)
		ms = rounded(rounding, by_its_clock(day, call, from), ms);
	if (unit)
		ms = ms * unit->numerator / unit->denominator;
	r->duration_ms = ms;
	if (applies(day, FAULT_WHOLE_SECONDS, call)) {
		r->start_ms = cut_to(r->start_ms, MS_PER_SECOND);
		r->end_ms = cut_to(r->end_ms, MS_PER_SECOND);
		if (r->answer_ms != INSTANT_NONE)
			r->answer_ms = cut_to(r->answer_ms, MS_PER_SECOND);
	}
}

static int64_t reported_ms(const struct day *day, const struct day_call *call)
{
	struct span s = span_of(day, call);
	int64_t sum = 0;

	for (unsigned piece = 0; piece_of(day, call, piece, &s); piece++) {
		struct record r;

		set_times(day, call, piece, &r);
		sum += r.duration_ms;
		s = span_of(day, call);
	}
	return sum;
}

/* A dispute may drown in rounding, or undo what a cause adds: then nobody can see it. */
bool day_is_disputed(const struct day *day, const struct day_call *call)
{
	struct day_call undisputed = *call;
	int64_t reported;

	if (call->disputed_ms == 0 || call->end_is_lost)
		return false;
	undisputed.disputed_ms = 0;
	reported = reported_ms(day, call);
	return llabs(reported - reported_ms(day, &undisputed)) > DAY_TOLERANCE_MS &&
	       llabs(reported - (int64_t)call->talk_ms) > DAY_TOLERANCE_MS;
}

static number_t rewritten(int64_t rule, number_t n)
{
	uint64_t value = number_value(n), scale = 1;
	unsigned digits = number_digit_count(n);

	if (number_kind(n) != NUMBER_E164 || number_masked_count(n))
		return n;
	for (unsigned i = 2; i < digits; i++)
		scale *= 10;
	if (rule == RULE_NATIONAL && value / scale == 49)
		return number_make(NUMBER_DIGITS, value % scale, digits - 1, 0);
	if (rule == RULE_PLAIN)
		return number_make(NUMBER_DIGITS, value, digits, 0);
	if (rule == RULE_PREFIX && digits + PREFIX_DIGITS <= 15)
		return number_make(NUMBER_DIGITS, PREFIX * scale * 100 + value, digits + PREFIX_DIGITS, 0);
	return digits + 2 <= 15 ? number_make(NUMBER_DIGITS, value, digits + 2, 0) : n;
}

static void set_numbers(const struct day *day, const struct day_call *call, struct record *r)
{
	const struct fault *masked = fault_of(day, FAULT_MASKED_NUMBER, call);
	const struct fault *replaced = fault_of(day, FAULT_REPLACED_CALLER, call);
	const struct fault *format = fault_of(day, FAULT_NUMBER_FORMAT, call);
	number_t own = call->own, remote = call->remote;

	if (masked && number_kind(remote) == NUMBER_E164)
		remote = number_mask(remote, (unsigned)masked->digits);
	r->caller = call->inbound ? remote : own;
	r->callee = call->inbound ? own : remote;
	if (replaced && !call->inbound)
		r->caller = replaced->number;
	if (format) {
		r->caller = rewritten(format->rule, r->caller);
		r->callee = rewritten(format->rule, r->callee);
	}
	if (applies(day, FAULT_SWAPPED_PARTIES, call)) {
		number_t kept = r->caller;

		r->caller = r->callee;
		r->callee = kept;
	}
}

void day_operator_record(const struct day *day, const struct day_entry *entry, struct record *r)
{
	const struct day_call *call = &day->calls[entry->call];

	r->direction = call->inbound ? DIRECTION_INBOUND : DIRECTION_OUTBOUND;
	set_numbers(day, call, r);
	set_times(day, call, entry->piece, r);
	r->sip_code = call->sip_code;
	r->released_by = call->caller_releases ? RELEASED_BY_CALLER : RELEASED_BY_CALLEE;
	r->q850_cause = call->talk_ms ? 16 : 18;
}
