#include "reconcile/summary.h"

#include "base/encoding.h"

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
static const char *const direction_names[] = { NULL, "inbound", "outbound" };

const char *reconcile_cause_name(enum reconcile_cause_kind kind)
{
	return cause_names[kind];
}

const char *reconcile_class_name(enum reconcile_class class)
{
	return class_names[class];
}

const char *reconcile_verdict_name(enum reconcile_verdict verdict)
{
	return verdict_names[verdict];
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

static void member_seconds(struct json_writer *w, const char *key, int64_t ms)
{
	json_key(w, key);
	json_signed_duration(w, ms);
}

static void member_instant_if(struct json_writer *w, const char *key, int64_t ms)
{
	if (ms != INSTANT_NONE)
		json_member_instant(w, key, ms);
}

static void member_decimal(struct json_writer *w, const char *key, int64_t thousandths)
{
	member_seconds(w, key, thousandths);
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
		member_seconds(w, "seconds", c->shift_ms);
		member_instant_if(w, "at", c->at_ms);
		break;
	case CAUSE_ZONE_OFFSET:
		member_seconds(w, "seconds", c->shift_ms);
		break;
	case CAUSE_CLOCK_DRIFT:
		member_decimal(w, "ppm", c->ppb);
		break;
	case CAUSE_ROUNDING:
		member_seconds(w, "incrementSeconds", c->increment_ms);
		member_seconds(w, "minimumSeconds", c->minimum_ms);
		json_member_z(w, "mode", mode_names[c->mode]);
		break;
	case CAUSE_RELEASE_DELAY:
		json_member_i64(w, "milliseconds", c->milliseconds);
		break;
	case CAUSE_TIMER_CAP:
	case CAUSE_MINIMUM_DURATION:
		member_seconds(w, "seconds", c->cap_ms);
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
		member_seconds(w, "everySeconds", c->every_ms);
		break;
	case CAUSE_MIDNIGHT_CUT:
		member_seconds(w, "zoneOffsetSeconds", c->zone_ms);
		break;
	default:
		break;
	}
	member_instant_if(w, "from", c->from_ms);
	member_instant_if(w, "to", c->to_ms);
	if (c->trunk)
		json_member_str(w, "trunk", names->trunk(names->context, c->trunk));
	if (c->direction)
		json_member_z(w, "direction", direction_names[c->direction]);
	json_object_end(w);
}

static void add_thousands(struct buf *out, uint64_t n)
{
	char digits[24];
	int count = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n);

	for (int i = 0; i < count; i++) {
		if (i && (count - i) % 3 == 0)
			buf_add_char(out, ',');
		buf_add_char(out, digits[i]);
	}
}

static void sentence_of_clock(const struct reconcile_cause *c, struct str who, struct buf *out)
{
	buf_printf(out, "%.*s's clock is ", STR_ARG(who));
	duration_add(out, llabs(c->shift_ms));
	buf_printf(out, " s %s", c->shift_ms < 0 ? "behind" : "fast");
}

static void sentence_of_rounding(const struct reconcile_cause *c, struct str who, struct buf *out)
{
	if (c->mode == ROUNDING_ENDPOINTS)
		buf_printf(out, "%.*s subtracts times cut to ", STR_ARG(who));
	else
		buf_printf(out, "%.*s rounds durations %s to ", STR_ARG(who),
			   c->mode == ROUNDING_NEAREST ? "half up" : mode_names[c->mode]);
	duration_add(out, c->increment_ms);
	buf_add_str(out, STR(" s"));
	if (c->minimum_ms > c->increment_ms) {
		buf_add_str(out, STR(", at least "));
		duration_add(out, c->minimum_ms);
		buf_add_str(out, STR(" s"));
	}
}

static void sentence_of_numbers(const struct reconcile_cause *c, struct str who, struct buf *out)
{
	char number[NUMBER_TEXT_SIZE];

	if (c->kind == CAUSE_NUMBER_FORMAT) {
		buf_printf(out, "%.*s writes numbers otherwise (%s)", STR_ARG(who), c->rule);
	} else if (c->kind == CAUSE_MASKED_NUMBER) {
		buf_printf(out, "%.*s hides the last %u digits of numbers", STR_ARG(who), c->digits);
	} else if (c->kind == CAUSE_REPLACED_CALLER) {
		struct str text = number_text(c->number, number);

		buf_printf(out, "%.*s writes %.*s in place of the callers", STR_ARG(who), STR_ARG(text));
	} else {
		buf_printf(out, "%.*s exchanges caller and callee", STR_ARG(who));
	}
}

/* What the operator's side does, for a person. */
static void sentence_body(const struct reconcile_cause *c, struct str who, struct buf *out)
{
	switch (c->kind) {
	case CAUSE_CLOCK_OFFSET:
		sentence_of_clock(c, who, out);
		return;
	case CAUSE_CLOCK_STEP:
		buf_printf(out, "%.*s's clock was set by ", STR_ARG(who));
		duration_add(out, c->shift_ms);
		buf_add_str(out, STR(" s at "));
		instant_add(out, c->at_ms);
		return;
	case CAUSE_CLOCK_DRIFT:
		buf_printf(out, "%.*s's clock drifts by ", STR_ARG(who));
		duration_add(out, c->ppb);
		buf_add_str(out, STR(" ppm"));
		return;
	case CAUSE_ZONE_OFFSET:
		buf_printf(out, "%.*s writes times of a zone ", STR_ARG(who));
		duration_add(out, c->shift_ms);
		buf_add_str(out, STR(" s from UTC"));
		return;
	case CAUSE_ROUNDING:
		sentence_of_rounding(c, who, out);
		return;
	case CAUSE_RING_TIME:
		buf_printf(out, "%.*s counts durations from set-up, ringing included", STR_ARG(who));
		return;
	case CAUSE_RELEASE_DELAY:
		buf_printf(out, "calls that the caller ends last %lld ms longer at %.*s", (long long)c->milliseconds,
			   STR_ARG(who));
		return;
	case CAUSE_TIMER_CAP:
		buf_printf(out, "calls whose end %.*s lost stand at its timer of ", STR_ARG(who));
		duration_add(out, c->cap_ms);
		buf_add_str(out, STR(" s"));
		return;
	case CAUSE_UNIT:
		buf_printf(out, "%.*s writes durations in another unit", STR_ARG(who));
		return;
	case CAUSE_DUPLICATE_DELIVERY:
		buf_printf(out, "%.*s delivered records twice", STR_ARG(who));
		return;
	case CAUSE_MISSING_WINDOW:
		buf_printf(out, "%.*s has nothing between ", STR_ARG(who));
		instant_add(out, c->from_ms);
		buf_add_str(out, STR(" and "));
		instant_add(out, c->to_ms);
		return;
	case CAUSE_MINIMUM_DURATION:
		buf_printf(out, "%.*s does not report calls shorter than ", STR_ARG(who));
		duration_add(out, c->cap_ms);
		buf_add_str(out, STR(" s"));
		return;
	case CAUSE_PARTIAL_RECORDS:
		buf_printf(out, "%.*s cuts calls every ", STR_ARG(who));
		duration_add(out, c->every_ms);
		buf_add_str(out, STR(" s"));
		return;
	case CAUSE_UNANSWERED_REPORTED:
		buf_printf(out, "%.*s gives calls a duration that were never answered", STR_ARG(who));
		return;
	case CAUSE_MIDNIGHT_CUT:
		buf_printf(out, "%.*s cuts calls at midnight of a zone ", STR_ARG(who));
		duration_add(out, c->zone_ms);
		buf_add_str(out, STR(" s from UTC"));
		return;
	case CAUSE_NUMBER_FORMAT:
	case CAUSE_MASKED_NUMBER:
	case CAUSE_REPLACED_CALLER:
	case CAUSE_SWAPPED_PARTIES:
		sentence_of_numbers(c, who, out);
		return;
	case CAUSE_KIND_COUNT:
		return;
	}
}

static void add_period(const struct reconcile_cause *c, struct buf *out)
{
	if (c->from_ms != INSTANT_NONE) {
		buf_add_str(out, STR(" from "));
		instant_add(out, c->from_ms);
	}
	if (c->to_ms != INSTANT_NONE) {
		buf_add_str(out, STR(" to "));
		instant_add(out, c->to_ms);
	}
}

void cause_sentence(const struct reconcile_cause *cause, const struct reconcile_names *names, struct buf *out)
{
	sentence_body(cause, names->operator_id(names->context, cause->operator_index), out);
	if (cause->trunk) {
		struct str trunk = names->trunk(names->context, cause->trunk);

		buf_printf(out, " on trunk %.*s", STR_ARG(trunk));
	}
	if (cause->direction)
		buf_printf(out, ", %s calls only", direction_names[cause->direction]);
	if (cause->kind != CAUSE_MISSING_WINDOW)
		add_period(cause, out);
	buf_add_str(out, STR(": "));
	add_thousands(out, cause->records);
	buf_add_str(out, cause->records == 1 ? STR(" record") : STR(" records"));
}

void summary_write_causes(struct json_writer *w, const struct reconcile_run *run, const struct reconcile_names *names)
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
		member_seconds(w, "seconds", c->explained_ms);
		member_decimal(w, "confidence", (int64_t)c->confidence_permille);
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
	member_seconds(w, "platform", t->platform_ms);
	member_seconds(w, "operator", t->operator_ms);
	member_seconds(w, "difference", t->difference_ms);
	member_seconds(w, "explained", t->explained_ms);
	member_seconds(w, "unexplained", t->unexplained_ms);
	json_object_end(w);
}

void summary_write(struct json_writer *w, const struct reconcile_run *run, const struct reconcile_names *names)
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
	summary_write_causes(w, run, names);
	reconcile_digest(run, digest);
	hex_encode(str_of(digest, sizeof(digest)), text);
	json_member_str(w, "digest", str_of(text, sizeof(text)));
}
