#include "reconcile/summary.h"

#include "base/encoding.h"
#include "formats/record.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const cause_names[CAUSE_KIND_COUNT] = {
	"clock_offset",    "clock_drift",      "clock_step",     "zone_offset",      "rounding",
	"ring_time",       "release_delay",    "timer_cap",      "unit",             "number_format",
	"masked_number",   "replaced_caller",  "swapped_parties", "partial_records", "midnight_cut",
	"duplicate_delivery", "missing_window", "minimum_duration", "unanswered_reported",
};

static const char *const class_names[RECONCILE_CLASS_COUNT] = { "agreed", "differs", "platform_only", "operator_only",
								"duplicate" };
static const char *const verdict_names[] = { "agrees", "explained", "differs", "unrelated" };
static const char *const mode_names[] = { "up", "down", "nearest", "endpoints" };

const char *reconcile_cause_name(enum reconcile_cause_kind kind)
{
	return cause_names[kind];
}

const char *reconcile_rounding_name(enum rounding_mode mode)
{
	return mode_names[mode];
}

const char *reconcile_class_name(enum reconcile_class class)
{
	return class_names[class];
}

void outcome_causes(uint32_t causes, struct buf *out)
{
	bool first = true;

	for (int i = 0; i < CAUSE_KIND_COUNT; i++) {
		if (!(causes & 1U << i))
			continue;
		if (!first)
			buf_add_char(out, '+');
		buf_add_str(out, str_from(cause_names[i]));
		first = false;
	}
}

/* Seconds of milliseconds, and whatever else is counted in thousandths. */
static void member_thousandths(struct json_writer *w, const char *key, int64_t value)
{
	json_key(w, key);
	json_signed_duration(w, value);
}

static void member_instant_if(struct json_writer *w, const char *key, int64_t ms)
{
	if (ms != INSTANT_NONE)
		json_member_instant(w, key, ms);
}

static void write_unit(struct json_writer *w, const struct reconcile_cause *c)
{
	char text[32];

	snprintf(text, sizeof(text), "%.10g", (double)c->numerator / (double)c->denominator);
	json_key(w, "factor");
	json_raw(w, str_from(text));
}

static void write_parameters(struct json_writer *w, const struct reconcile_cause *c, const struct reconcile_names *names)
{
	json_key(w, "parameters");
	json_object_begin(w);
	switch (c->kind) {
	case CAUSE_CLOCK_OFFSET:
	case CAUSE_CLOCK_STEP:
		member_thousandths(w, "seconds", c->shift_ms);
		member_instant_if(w, "at", c->at_ms);
		break;
	case CAUSE_ZONE_OFFSET:
		member_thousandths(w, "seconds", c->shift_ms);
		break;
	case CAUSE_CLOCK_DRIFT:
		member_thousandths(w, "ppm", c->ppb);
		break;
	case CAUSE_ROUNDING:
		member_thousandths(w, "incrementSeconds", c->increment_ms);
		member_thousandths(w, "minimumSeconds", c->minimum_ms);
		json_member_z(w, "mode", mode_names[c->mode]);
		break;
	case CAUSE_RELEASE_DELAY:
		json_member_i64(w, "milliseconds", c->milliseconds);
		break;
	case CAUSE_TIMER_CAP:
	case CAUSE_MINIMUM_DURATION:
		member_thousandths(w, "seconds", c->cap_ms);
		break;
	case CAUSE_UNIT:
		write_unit(w, c);
		break;
	case CAUSE_NUMBER_FORMAT:
		json_member_z(w, "rule", c->rule);
		break;
	case CAUSE_MASKED_NUMBER:
		json_member_i64(w, "digits", c->digits);
		break;
	case CAUSE_REPLACED_CALLER:
		json_member_number(w, "number", c->number);
		break;
	case CAUSE_PARTIAL_RECORDS:
		member_thousandths(w, "everySeconds", c->every_ms);
		break;
	case CAUSE_MIDNIGHT_CUT:
		member_thousandths(w, "zoneOffsetSeconds", c->zone_ms);
		break;
	default:
		break;
	}
	member_instant_if(w, "from", c->from_ms);
	member_instant_if(w, "to", c->to_ms);
	if (c->trunk)
		json_member_str(w, "trunk", names->trunk(names->context, c->trunk));
	if (c->direction)
		json_member_str(w, "direction", direction_word(c->direction));
	json_object_end(w);
}

void count_add(struct buf *out, uint64_t n)
{
	char digits[24];
	int count = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n);

	for (int i = 0; i < count; i++) {
		if (i && (count - i) % 3 == 0)
			buf_add_char(out, ',');
		buf_add_char(out, digits[i]);
	}
}

/* A measure between words, in thousandths of its unit. */
static void add_measure(struct buf *out, const char *before, int64_t value, const char *after)
{
	buf_add_str(out, str_from(before));
	duration_add(out, value);
	buf_add_str(out, str_from(after));
}

static void add_moment(struct buf *out, const char *before, int64_t ms)
{
	buf_add_str(out, str_from(before));
	instant_add(out, ms);
}

static void add_rounding(const struct reconcile_cause *c, struct buf *out)
{
	if (c->mode == ROUNDING_ENDPOINTS)
		buf_add_str(out, STR(" subtracts times cut to "));
	else
		buf_printf(out, " rounds durations %s to ", c->mode == ROUNDING_NEAREST ? "half up" : mode_names[c->mode]);
	add_measure(out, "", c->increment_ms, " s");
	if (c->minimum_ms > c->increment_ms)
		add_measure(out, ", at least ", c->minimum_ms, " s");
}

static void add_replaced_caller(const struct reconcile_cause *c, struct buf *out)
{
	char text[NUMBER_TEXT_SIZE];
	struct str number = number_text(c->number, text);

	buf_printf(out, " writes %.*s in place of the callers", STR_ARG(number));
}

/* What the operator does, behind its name. */
static void add_predicate(const struct reconcile_cause *c, struct buf *out)
{
	switch (c->kind) {
	case CAUSE_CLOCK_OFFSET:
		add_measure(out, "'s clock is ", llabs(c->shift_ms), c->shift_ms < 0 ? " s behind" : " s fast");
		return;
	case CAUSE_CLOCK_STEP:
		add_measure(out, "'s clock was set by ", c->shift_ms, " s");
		add_moment(out, " at ", c->at_ms);
		return;
	case CAUSE_CLOCK_DRIFT:
		add_measure(out, "'s clock drifts by ", c->ppb, " ppm");
		return;
	case CAUSE_ZONE_OFFSET:
		add_measure(out, " writes times of a zone ", c->shift_ms, " s from UTC");
		return;
	case CAUSE_ROUNDING:
		add_rounding(c, out);
		return;
	case CAUSE_RING_TIME:
		buf_add_str(out, STR(" counts durations from set-up, ringing included"));
		return;
	case CAUSE_UNIT:
		buf_add_str(out, STR(" writes durations in another unit"));
		return;
	case CAUSE_NUMBER_FORMAT:
		buf_printf(out, " writes numbers otherwise (%s)", c->rule);
		return;
	case CAUSE_MASKED_NUMBER:
		buf_printf(out, " hides the last %u digits of numbers", c->digits);
		return;
	case CAUSE_REPLACED_CALLER:
		add_replaced_caller(c, out);
		return;
	case CAUSE_SWAPPED_PARTIES:
		buf_add_str(out, STR(" exchanges caller and callee"));
		return;
	case CAUSE_PARTIAL_RECORDS:
		add_measure(out, " cuts calls every ", c->every_ms, " s");
		return;
	case CAUSE_MIDNIGHT_CUT:
		add_measure(out, " cuts calls at midnight of a zone ", c->zone_ms, " s from UTC");
		return;
	case CAUSE_DUPLICATE_DELIVERY:
		buf_add_str(out, STR(" delivered records twice"));
		return;
	case CAUSE_MISSING_WINDOW:
		add_moment(out, " has nothing between ", c->from_ms);
		add_moment(out, " and ", c->to_ms);
		return;
	case CAUSE_MINIMUM_DURATION:
		add_measure(out, " does not report calls shorter than ", c->cap_ms, " s");
		return;
	case CAUSE_UNANSWERED_REPORTED:
		buf_add_str(out, STR(" gives calls a duration that were never answered"));
		return;
	case CAUSE_RELEASE_DELAY:
	case CAUSE_TIMER_CAP:
	case CAUSE_KIND_COUNT:
		return;
	}
}

/* What the operator's side does, for a person. */
static void add_clause(const struct reconcile_cause *c, struct str who, struct buf *out)
{
	if (c->kind == CAUSE_RELEASE_DELAY) {
		buf_printf(out, "calls that the caller ends last %lld ms longer at %.*s", (long long)c->milliseconds,
			   STR_ARG(who));
	} else if (c->kind == CAUSE_TIMER_CAP) {
		buf_printf(out, "calls whose end %.*s lost stand", STR_ARG(who));
		add_measure(out, " at its timer of ", c->cap_ms, " s");
	} else {
		buf_add_str(out, who);
		add_predicate(c, out);
	}
}

static void add_period(const struct reconcile_cause *c, struct buf *out)
{
	if (c->from_ms != INSTANT_NONE)
		add_moment(out, " from ", c->from_ms);
	if (c->to_ms != INSTANT_NONE)
		add_moment(out, " to ", c->to_ms);
}

void cause_sentence(const struct reconcile_cause *cause, const struct reconcile_names *names, struct buf *out)
{
	struct str (*name)(void *, uint16_t) = names->operator_name ? names->operator_name : names->operator_id;

	add_clause(cause, name(names->context, cause->operator_index), out);
	if (cause->trunk) {
		struct str trunk = names->trunk(names->context, cause->trunk);

		buf_printf(out, " on trunk %.*s", STR_ARG(trunk));
	}
	if (cause->direction)
		buf_printf(out, ", %.*s calls only", STR_ARG(direction_word(cause->direction)));
	if (cause->kind != CAUSE_MISSING_WINDOW)
		add_period(cause, out);
	buf_add_str(out, STR(": "));
	count_add(out, cause->records);
	buf_add_str(out, cause->records == 1 ? STR(" record") : STR(" records"));
}

static void write_causes(struct json_writer *w, const struct reconcile_run *run, const struct reconcile_names *names)
{
	size_t count;
	const struct reconcile_cause *causes = reconcile_causes(run, &count);
	struct buf sentence;

	buf_init(&sentence, 0);
	json_array_begin(w);
	for (size_t i = 0; i < count; i++) {
		const struct reconcile_cause *c = &causes[i];

		json_object_begin(w);
		json_member_z(w, "cause", cause_names[c->kind]);
		json_member_str(w, "operatorId", names->operator_id(names->context, c->operator_index));
		write_parameters(w, c, names);
		json_member_i64(w, "records", (int64_t)c->records);
		member_thousandths(w, "seconds", c->explained_ms);
		member_thousandths(w, "confidence", (int64_t)c->confidence_permille);
		buf_clear(&sentence);
		cause_sentence(c, names, &sentence);
		json_member_str(w, "sentence", buf_str(&sentence));
		json_object_end(w);
	}
	json_array_end(w);
	buf_release(&sentence);
}

static void write_counts(struct json_writer *w, const struct reconcile_totals *t)
{
	json_key(w, "counts");
	json_object_begin(w);
	for (int i = 0; i < RECONCILE_CLASS_COUNT; i++)
		json_member_i64(w, class_names[i], (int64_t)t->counts[i]);
	json_member_i64(w, "platformRecords", (int64_t)t->platform_records);
	json_member_i64(w, "operatorRecords", (int64_t)t->operator_records);
	json_object_end(w);
}

static void write_seconds(struct json_writer *w, const struct reconcile_totals *t)
{
	json_key(w, "seconds");
	json_object_begin(w);
	member_thousandths(w, "platform", t->platform_ms);
	member_thousandths(w, "operator", t->operator_ms);
	member_thousandths(w, "difference", t->difference_ms);
	member_thousandths(w, "explained", t->explained_ms);
	member_thousandths(w, "unexplained", t->unexplained_ms);
	json_object_end(w);
}

void summary_write(struct json_writer *w, struct reconcile_run *run, const struct reconcile_names *names)
{
	unsigned char digest[SHA256_SIZE];
	char text[2 * SHA256_SIZE];

	json_member_z(w, "verdict", verdict_names[reconcile_verdict(run)]);
	write_counts(w, reconcile_totals(run));
	write_seconds(w, reconcile_totals(run));
	json_key(w, "operators");
	json_array_begin(w);
	for (size_t i = 0; i < reconcile_operator_count(run); i++) {
		json_object_begin(w);
		json_member_str(w, "operatorId", names->operator_id(names->context, (uint16_t)i));
		write_counts(w, reconcile_operator_totals(run, i));
		write_seconds(w, reconcile_operator_totals(run, i));
		json_object_end(w);
	}
	json_array_end(w);
	json_key(w, "causes");
	write_causes(w, run, names);
	reconcile_digest(run, digest);
	hex_encode(str_of(digest, sizeof(digest)), text);
	json_member_str(w, "digest", str_of(text, sizeof(text)));
}
