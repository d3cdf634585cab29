/* Faults by name: their parameters, how they are written, whom they concern. */
#include "simulate/day_private.h"

#include <stdio.h>
#include <stdlib.h>

enum parameter_type {
	PARAMETER_SECONDS,
	PARAMETER_DECIMAL,
	PARAMETER_SHARE,
	PARAMETER_WHOLE,
	PARAMETER_TIME,
	PARAMETER_WORD,
	PARAMETER_FACTOR,
	PARAMETER_NUMBER
};

struct parameter {
	const char *name;
	enum parameter_type type;
	size_t offset;
	const char *const *words;
	const char *expected; /* for messages */
	int64_t least, most;  /* as stored; both 0: any */
};

static const char *const modes[] = { "up", "down", "nearest", "endpoints", NULL };
static const char *const rules[] = { "national", "plain", "international", "prefix", NULL };
static const char *const sides[] = { "operator", "platform", NULL };
static const char *const directions[] = { "both", "inbound", "outbound", NULL };
static const char *const trunks[] = { "all", "t1", "t2", "t3", "t4", NULL };

#define AT(member) offsetof(struct fault, member)

enum {
	P_SECONDS,
	P_MILLISECONDS,
	P_PPM,
	P_INCREMENT,
	P_MINIMUM,
	P_MODE,
	P_RULE,
	P_DIGITS,
	P_NUMBER,
	P_EVERY,
	P_ZONE,
	P_FACTOR,
	P_SHARE,
	P_SIDE,
	P_AT,
	P_FROM,
	P_TO,
	P_TRUNK,
	P_DIRECTION,
	P_COUNT
};

static const struct parameter parameters[P_COUNT] = {
	[P_SECONDS] = { "seconds", PARAMETER_SECONDS, AT(seconds_ms), NULL, "seconds" },
	[P_MILLISECONDS] = { "milliseconds", PARAMETER_WHOLE, AT(milliseconds), NULL, "a whole number" },
	[P_PPM] = { "ppm", PARAMETER_DECIMAL, AT(ppb), NULL, "a decimal number" },
	[P_INCREMENT] = { "increment", PARAMETER_SECONDS, AT(increment_ms), NULL, "0.01 to 3600 seconds", 10, 3600000 },
	[P_MINIMUM] = { "minimum", PARAMETER_SECONDS, AT(minimum_ms), NULL, "0 to 3600 seconds", 0, 3600000 },
	[P_MODE] = { "mode", PARAMETER_WORD, AT(mode), modes, "up, down, nearest or endpoints" },
	[P_RULE] = { "rule", PARAMETER_WORD, AT(rule), rules, "national, plain, international or prefix" },
	[P_DIGITS] = { "digits", PARAMETER_WHOLE, AT(digits), NULL, "1 to 10", 1, 10 },
	[P_NUMBER] = { "number", PARAMETER_NUMBER, AT(number), NULL, "a number with +" },
	[P_EVERY] = { "every", PARAMETER_SECONDS, AT(every_ms), NULL, "60 to 86400 seconds", 60000, MS_PER_DAY },
	[P_ZONE] = { "zone", PARAMETER_SECONDS, AT(zone_ms), NULL, "-86400 to 86400 seconds", -MS_PER_DAY, MS_PER_DAY },
	[P_FACTOR] = { "factor", PARAMETER_FACTOR, AT(numerator), NULL, "a whole number or 1/N" },
	[P_SHARE] = { "share", PARAMETER_SHARE, AT(share_ppm), NULL, "a number from 0 to 1" },
	[P_SIDE] = { "side", PARAMETER_WORD, AT(side), sides, "operator or platform" },
	[P_AT] = { "at", PARAMETER_TIME, AT(at_ms), NULL, "HH:MM or HH:MM:SS" },
	[P_FROM] = { "from", PARAMETER_TIME, AT(from_ms), NULL, "HH:MM or HH:MM:SS" },
	[P_TO] = { "to", PARAMETER_TIME, AT(to_ms), NULL, "HH:MM or HH:MM:SS" },
	[P_TRUNK] = { "trunk", PARAMETER_WORD, AT(trunk), trunks, "t1, t2, t3 or t4" },
	[P_DIRECTION] = { "direction", PARAMETER_WORD, AT(direction), directions, "inbound or outbound" },
};

#define SCOPE (1U << P_FROM | 1U << P_TO | 1U << P_TRUNK | 1U << P_DIRECTION)

struct fault_type {
	const char *name;
	uint32_t takes; /* bits of parameters */
	const char *defaults;
	const char *help;
};

static const struct fault_type types[FAULT_COUNT] = {
	[FAULT_CLOCK_OFFSET] = { "clock_offset", 1U << P_SECONDS, "seconds=3.9", "the operator's clock is fast" },
	[FAULT_CLOCK_DRIFT] = { "clock_drift", 1U << P_PPM, "ppm=40", "it runs fast; right at noon" },
	[FAULT_CLOCK_STEP] = { "clock_step", 1U << P_AT | 1U << P_SECONDS, "at=13:00,seconds=-118", "it is set once" },
	[FAULT_ZONE_OFFSET] = { "zone_offset", 1U << P_SECONDS | SCOPE, "seconds=3600", "times of another zone" },
	[FAULT_ROUNDING] = { "rounding", 1U << P_INCREMENT | 1U << P_MINIMUM | 1U << P_MODE | SCOPE,
			     "increment=6,mode=up", "durations are rounded" },
	[FAULT_RING_TIME] = { "ring_time", SCOPE, "", "durations count from set-up" },
	[FAULT_RELEASE_DELAY] = { "release_delay", 1U << P_MILLISECONDS, "milliseconds=240",
				  "the round trip by which the called side measures longer" },
	[FAULT_TIMER_CAP] = { "timer_cap", 1U << P_SECONDS | 1U << P_SHARE | SCOPE, "seconds=7200,share=0.01",
			      "lost ends stand at a timer's value" },
	[FAULT_UNIT] = { "unit", 1U << P_FACTOR | SCOPE, "factor=1000", "durations in another unit" },
	[FAULT_NUMBER_FORMAT] = { "number_format", 1U << P_RULE | SCOPE, "rule=national", "numbers without +" },
	[FAULT_MASKED_NUMBER] = { "masked_number", 1U << P_DIGITS | SCOPE, "digits=3",
				  "the other party's last digits hidden" },
	[FAULT_REPLACED_CALLER] = { "replaced_caller", 1U << P_NUMBER | SCOPE, "number=+49305550000",
				    "one number in place of the callers of outbound calls" },
	[FAULT_SWAPPED_PARTIES] = { "swapped_parties", SCOPE, "", "caller and callee exchanged" },
	[FAULT_PARTIAL_RECORDS] = { "partial_records", 1U << P_EVERY | SCOPE, "every=3600", "long calls in pieces" },
	[FAULT_MIDNIGHT_CUT] = { "midnight_cut", 1U << P_ZONE, "zone=3600", "calls cut at a zone's midnight" },
	[FAULT_DUPLICATE_DELIVERY] = { "duplicate_delivery", 1U << P_SHARE | SCOPE, "share=0.05",
				       "records again, under new ids" },
	[FAULT_MISSING_WINDOW] = { "missing_window", SCOPE, "from=14:10,to=15:25", "nothing for a while" },
	[FAULT_MINIMUM_DURATION] = { "minimum_duration", 1U << P_SECONDS | SCOPE, "seconds=3",
				     "shorter calls not reported" },
	[FAULT_UNANSWERED_REPORTED] = { "unanswered_reported", SCOPE, "", "unanswered calls carry a duration" },
	[FAULT_NO_CORRELATION] = { "no_correlation", SCOPE, "", "no correlation ids on the operator's side" },
	[FAULT_CORRELATION_SUFFIX] = { "correlation_suffix", SCOPE, "", "correlation ids with a suffix" },
	[FAULT_WRONG_CORRELATION] = { "wrong_correlation", 1U << P_SHARE | SCOPE, "share=0.02",
				      "another call's correlation id" },
	[FAULT_RANDOM_MISSING] = { "random_missing", 1U << P_SHARE | 1U << P_SIDE | SCOPE, "share=0.4",
				   "records lost at random" },
	[FAULT_WHOLE_SECONDS] = { "whole_seconds", SCOPE, "", "times cut to seconds" },
	[FAULT_DISPUTED] = { "disputed", 1U << P_SHARE | SCOPE, "share=0.004",
			     "durations that differ without a cause" },
	[FAULT_SHUFFLED] = { "shuffled", 0, "", "both files in no order" },
};

const char *fault_name(enum fault_kind kind)
{
	return types[kind].name;
}

const char *fault_word(enum fault_kind kind, int64_t value)
{
	return kind == FAULT_ROUNDING ? modes[value] : rules[value];
}

void day_describe_faults(struct buf *out)
{
	for (int i = 0; i < FAULT_COUNT; i++)
		buf_printf(out, "  %-19s %s%s%s%s\n", types[i].name, types[i].help, types[i].defaults[0] ? " (" : "",
			   types[i].defaults, types[i].defaults[0] ? ")" : "");
}

/* --- values -------------------------------------------------------------------------- */

static bool read_decimal(struct str text, int64_t *thousandths)
{
	bool negative = text.n && text.p[0] == '-';

	if (!duration_parse(negative ? str_after(text, 1) : text, 31 * MS_PER_DAY, thousandths))
		return false;
	if (negative)
		*thousandths = -*thousandths;
	return true;
}

static bool read_share(struct str text, int64_t *ppm)
{
	struct str rest = text, whole = str_cut(&rest, '.');
	uint64_t ones, part = 0;
	unsigned digits = 0;

	if (!str_to_u64(whole, 1, &ones) || rest.n > 6 || (rest.n && !str_to_u64(rest, 999999, &part)))
		return false;
	for (digits = (unsigned)rest.n; digits < 6; digits++)
		part *= 10;
	*ppm = (int64_t)(ones * 1000000 + part);
	return *ppm <= 1000000;
}

static bool read_time(struct str text, int64_t *ms)
{
	uint64_t hours, minutes, seconds = 0;
	struct str rest = text, h = str_cut(&rest, ':'), m = str_cut(&rest, ':');

	if (!str_to_u64(h, 24, &hours) || !str_to_u64(m, 59, &minutes) || (rest.n && !str_to_u64(rest, 59, &seconds)))
		return false;
	*ms = (int64_t)(hours * 3600 + minutes * 60 + seconds) * MS_PER_SECOND;
	return *ms <= MS_PER_DAY;
}

static bool read_factor(struct str text, struct fault *fault)
{
	struct str rest = text, head = str_cut(&rest, '/');
	uint64_t above, below = 1;

	if (!str_to_u64(head, 100000, &above) || above == 0 ||
	    (!str_is_none(rest) && !str_to_u64(rest, 100000, &below)) || below == 0)
		return false;
	fault->numerator = (int64_t)above;
	fault->denominator = (int64_t)below;
	return true;
}

static bool read_word(struct str text, const char *const *words, int64_t *value)
{
	for (int i = 0; words[i]; i++) {
		if (str_is(text, words[i])) {
			*value = i;
			return true;
		}
	}
	return false;
}

static bool read_value(const struct parameter *p, struct str text, struct fault *fault)
{
	void *at = (char *)fault + p->offset;
	uint64_t whole;

	switch (p->type) {
	case PARAMETER_SECONDS:
	case PARAMETER_DECIMAL:
		return read_decimal(text, at);
	case PARAMETER_SHARE:
		return read_share(text, at);
	case PARAMETER_WHOLE:
		if (!str_to_u64(text, 100000, &whole))
			return false;
		*(int64_t *)at = (int64_t)whole;
		return true;
	case PARAMETER_TIME:
		return read_time(text, at);
	case PARAMETER_WORD:
		return read_word(text, p->words, at);
	case PARAMETER_FACTOR:
		return read_factor(text, fault);
	case PARAMETER_NUMBER:
		return number_parse_e164(text, at);
	}
	return false;
}

static bool is_allowed(const struct parameter *p, const struct fault *fault)
{
	int64_t value = *(const int64_t *)((const char *)fault + p->offset);

	return (p->least == 0 && p->most == 0) || (value >= p->least && value <= p->most);
}

/* --- the list --------------------------------------------------------------------------- */

static enum status read_parameter(struct fault *fault, const struct fault_type *type, struct str text,
				  struct error *err)
{
	struct str value = text, name = str_cut(&value, '=');

	for (int i = 0; i < P_COUNT; i++) {
		const struct parameter *p = &parameters[i];

		if (!(type->takes & 1U << i) || !str_is(name, p->name))
			continue;
		if (read_value(p, value, fault) && is_allowed(p, fault))
			return OK;
		return error_set(err, E_INVALID, "faults", "%s: %s must be %s; found \"%.*s\"", type->name, p->name,
				 p->expected, STR_ARG(value));
	}
	return error_set(err, E_INVALID, "faults", "%s has no parameter \"%.*s\"", type->name, STR_ARG(name));
}

static enum status read_parameters(struct fault *fault, const struct fault_type *type, struct str text,
				   struct error *err)
{
	enum status status = OK;

	while (status == OK && text.n) {
		struct str one = str_cut(&text, ',');

		status = read_parameter(fault, type, one, err);
	}
	return status;
}

static enum status add_fault(struct fault_list *faults, const struct fault_type *type, struct fault **fault,
			     struct error *err)
{
	if (faults->n == FAULTS_OF_A_KIND)
		return error_set(err, E_INVALID, "faults", "%s stands more than %d times", type->name, FAULTS_OF_A_KIND);
	*fault = &faults->list[faults->n++];
	**fault = (struct fault){ .at_ms = INSTANT_NONE, .from_ms = INSTANT_NONE, .to_ms = INSTANT_NONE };
	return read_parameters(*fault, type, str_from(type->defaults), err);
}

static enum status begin_fault(struct day *day, struct str name, const struct fault_type **type, struct fault **fault,
			       struct error *err)
{
	for (int i = 0; i < FAULT_COUNT; i++) {
		if (!str_is(name, types[i].name))
			continue;
		*type = &types[i];
		return add_fault(&day->faults[i], *type, fault, err);
	}
	return error_set(err, E_INVALID, "faults", "there is no fault \"%.*s\"", STR_ARG(name));
}

static struct str next_word(struct str *text)
{
	size_t from = 0, to;

	while (from < text->n && strchr(" \t\n,;", text->p[from]))
		from++;
	for (to = from; to < text->n && !strchr(" \t\n,;", text->p[to]);)
		to++;
	struct str word = str_of(text->p + from, to - from);

	*text = str_after(*text, to);
	return word;
}

/* Of two that say when and where alike, the second could do nothing that the first does not. */
static enum status check_repeats(const struct day *day, struct error *err)
{
	for (int kind = 0; kind < FAULT_COUNT; kind++)
		for (size_t i = 0; i < day->faults[kind].n; i++)
			for (size_t k = 0; k < i; k++) {
				const struct fault *a = &day->faults[kind].list[k], *b = &day->faults[kind].list[i];

				if (a->trunk == b->trunk && a->direction == b->direction && a->from_ms == b->from_ms &&
				    a->to_ms == b->to_ms && a->at_ms == b->at_ms && a->side == b->side)
					return error_set(err, E_INVALID, "faults", "%s stands twice, for the same calls",
							 types[kind].name);
			}
	return OK;
}

/* A word whose first sign is = belongs to the fault before it; every other begins one. */
enum status day_read_faults(struct day *day, struct str text, struct error *err)
{
	const struct fault_type *type = NULL;
	struct fault *fault = NULL;
	enum status status = OK;
	struct str word;

	while (status == OK && (word = next_word(&text)).n) {
		size_t colon = str_find_char(word, ':'), equals = str_find_char(word, '=');

		if (equals < colon && type) {
			status = read_parameter(fault, type, word, err);
			continue;
		}
		status = begin_fault(day, str_of(word.p, colon), &type, &fault, err);
		if (status == OK && colon < word.n)
			status = read_parameters(fault, type, str_after(word, colon + 1), err);
	}
	return status == OK ? check_repeats(day, err) : status;
}

bool fault_applies(const struct fault *fault, const struct day_call *call)
{
	int64_t ms = call->invite_ms - day_start(DAY_NUMBER);

	if (fault->trunk && fault->trunk != call->trunk + 1)
		return false;
	if (fault->direction && (fault->direction == DIRECTION_INBOUND) != call->inbound)
		return false;
	return (fault->from_ms == INSTANT_NONE || ms >= fault->from_ms) &&
	       (fault->to_ms == INSTANT_NONE || ms < fault->to_ms);
}

int fault_place(const struct fault_list *faults, const struct day_call *call)
{
	for (size_t i = 0; i < faults->n; i++)
		if (fault_applies(&faults->list[i], call))
			return (int)i;
	return -1;
}

const struct fault *fault_of(const struct day *day, enum fault_kind kind, const struct day_call *call)
{
	int place = fault_place(&day->faults[kind], call);

	return place < 0 ? NULL : &day->faults[kind].list[place];
}
