#include "cli/compare_causes.h"

#include <stdlib.h>

/* --- reading ------------------------------------------------------------------------------ */

static int64_t scaled_of(const struct json *parameters, const char *key, unsigned decimals)
{
	const struct json *value = json_get(parameters, key);
	int64_t scaled = 0;

	if (value && value->type == JSON_NUMBER)
		json_scaled(value->text, decimals, INT64_C(1000000000000000), &scaled);
	return scaled;
}

static struct str text_of(const struct json *object, const char *key)
{
	const struct json *value = json_get(object, key);

	return value && value->type == JSON_STRING ? value->text : STR_NONE;
}

static int64_t instant_of(const struct json *parameters, const char *key)
{
	int64_t ms;

	return instant_parse(text_of(parameters, key), &ms) ? ms : INSTANT_NONE;
}

/* Factors are thousands and sixties, and their parts: of a part the inverse is whole. */
static void read_factor(const struct json *parameters, struct reconcile_cause *is)
{
	int64_t factor = scaled_of(parameters, "factor", 9);

	is->numerator = is->denominator = 1;
	if (factor >= 1000000000)
		is->numerator = factor / 1000000000;
	else if (factor > 0)
		is->denominator = (1000000000 + factor / 2) / factor;
}

static enum rounding_mode mode_of(struct str text)
{
	enum rounding_mode mode = ROUNDING_UP;

	while (mode < ROUNDING_ENDPOINTS && !str_is(text, reconcile_rounding_name(mode)))
		mode++;
	return mode;
}

static enum reconcile_cause_kind kind_of(struct str name)
{
	for (int kind = 0; kind < CAUSE_KIND_COUNT; kind++)
		if (str_is(name, reconcile_cause_name(kind)))
			return kind;
	return CAUSE_KIND_COUNT;
}

static struct stated_cause read_cause(const struct json *from)
{
	const struct json *parameters = json_get(from, "parameters");
	struct stated_cause cause = {
		.is = { .kind = kind_of(text_of(from, "cause")),
			.shift_ms = scaled_of(parameters, "seconds", 3),
			.at_ms = instant_of(parameters, "at"),
			.ppb = scaled_of(parameters, "ppm", 3),
			.increment_ms = scaled_of(parameters, "incrementSeconds", 3),
			.minimum_ms = scaled_of(parameters, "minimumSeconds", 3),
			.mode = mode_of(text_of(parameters, "mode")),
			.milliseconds = scaled_of(parameters, "milliseconds", 0),
			.from_ms = instant_of(parameters, "from"),
			.to_ms = instant_of(parameters, "to") },
		.operator_id = text_of(from, "operatorId"),
		.trunk = text_of(parameters, "trunk"),
		.direction = text_of(parameters, "direction"),
		.rule = text_of(parameters, "rule"),
		.sentence = text_of(from, "sentence"),
	};

	read_factor(parameters, &cause.is);
	return cause;
}

void stated_causes_read(struct arena *arena, const struct json *summary, struct stated_causes *causes)
{
	const struct json *list = json_get(summary, "causes"), *operators = json_get(summary, "operators");
	bool is_only_one = operators && operators->count <= 1;

	*causes = (struct stated_causes){ 0 };
	if (!list || list->type != JSON_ARRAY)
		return;
	causes->list = ARENA_ARRAY(arena, struct stated_cause, list->count + 1);
	for (const struct json *c = list->first; c; c = c->next) {
		struct stated_cause *cause = &causes->list[causes->n++];

		*cause = read_cause(c);
		/* The sides may call it by two names. */
		if (is_only_one)
			cause->operator_id = STR_NONE;
		/* Of a newer tally's report, perhaps. */
		if (cause->is.kind == CAUSE_KIND_COUNT)
			causes->n--;
	}
}

/* --- where a cause holds ------------------------------------------------------------------- */

static const struct record *known(struct both_sides of)
{
	return of.call ? of.call : of.duration;
}

static bool is_operators(const struct stated_cause *cause, struct both_sides of)
{
	const struct record *names_it = of.duration && of.duration->operator_id.n ? of.duration : known(of);

	return !cause->operator_id.n || !names_it->operator_id.n || str_equal(cause->operator_id, names_it->operator_id);
}

/* What is absent contradicts nothing. */
static bool fits(struct str stated, struct str is)
{
	return !stated.n || !is.n || str_equal(stated, is);
}

static bool holds(const struct stated_cause *cause, struct both_sides of)
{
	const struct record *r = known(of);
	int64_t at = record_filed_ms(r);

	return is_operators(cause, of) && fits(cause->trunk, r->trunk) &&
	       fits(cause->direction, direction_word(r->direction)) &&
	       (cause->is.from_ms == INSTANT_NONE || at >= cause->is.from_ms) &&
	       (cause->is.to_ms == INSTANT_NONE || at < cause->is.to_ms);
}

/* --- the clock ------------------------------------------------------------------------------ */

static bool is_of_clock(enum reconcile_cause_kind kind)
{
	return kind == CAUSE_CLOCK_OFFSET || kind == CAUSE_CLOCK_DRIFT || kind == CAUSE_CLOCK_STEP ||
	       kind == CAUSE_ZONE_OFFSET;
}

/* A drifting clock is as its offset says at that one's moment; one without an offset is right at noon, or at an end of
 * the day. */
static size_t list_moments(const struct stated_causes *causes, struct both_sides of, int64_t at_ms, int64_t moments[3])
{
	int64_t day = at_ms - at_ms % MS_PER_DAY;

	for (size_t i = 0; i < causes->n; i++) {
		moments[0] = causes->list[i].is.at_ms;
		if (causes->list[i].is.kind == CAUSE_CLOCK_OFFSET && moments[0] != INSTANT_NONE && holds(&causes->list[i], of))
			return 1;
	}
	moments[0] = day + MS_PER_DAY / 2;
	moments[1] = day;
	moments[2] = day + MS_PER_DAY;
	return 3;
}

static int64_t shift_by(const struct stated_cause *cause, int64_t at_ms, int64_t moment_ms)
{
	if (cause->is.kind == CAUSE_CLOCK_DRIFT)
		return (at_ms - moment_ms) / 1000 * cause->is.ppb / 1000000;
	return cause->is.kind == CAUSE_CLOCK_STEP && at_ms < cause->is.at_ms ? 0 : cause->is.shift_ms;
}

/* What is said of all trunks is not meant where the record's trunk has its own. */
static bool gives_way(const struct stated_causes *causes, const struct stated_cause *cause, struct both_sides of)
{
	if (cause->trunk.n || !is_of_clock(cause->is.kind))
		return false;
	for (size_t i = 0; i < causes->n; i++)
		if (causes->list[i].is.kind == cause->is.kind && causes->list[i].trunk.n && holds(&causes->list[i], of))
			return true;
	return false;
}

/* The first of each kind counts, and all steps. */
static int64_t shift_at(const struct stated_causes *causes, struct both_sides of, int64_t at_ms, int64_t moment_ms)
{
	bool taken[CAUSE_KIND_COUNT] = { false };
	int64_t shift = 0;

	for (size_t i = 0; i < causes->n; i++) {
		const struct stated_cause *cause = &causes->list[i];
		enum reconcile_cause_kind kind = cause->is.kind;

		if (!is_of_clock(kind) || !holds(cause, of) || gives_way(causes, cause, of) ||
		    (taken[kind] && kind != CAUSE_CLOCK_STEP))
			continue;
		taken[kind] = true;
		shift += shift_by(cause, at_ms, moment_ms);
	}
	return shift;
}

static int64_t moment_of(struct both_sides of, int64_t operator_ms)
{
	return of.call ? record_filed_ms(of.call) : operator_ms;
}

int64_t causes_shift_ms(const struct stated_causes *causes, struct both_sides of, int64_t operator_ms)
{
	int64_t at_ms = moment_of(of, operator_ms), moments[3];

	list_moments(causes, of, at_ms, moments);
	return shift_at(causes, of, at_ms, moments[0]);
}

static void take_nearer(int64_t *best, int64_t shift_ms, int64_t away_ms)
{
	if (llabs(away_ms - shift_ms) < llabs(away_ms - *best))
		*best = shift_ms;
}

int64_t causes_shift_of_pair_ms(const struct stated_causes *causes, struct both_sides of, int64_t operator_ms,
				int64_t away_ms)
{
	int64_t at_ms = moment_of(of, operator_ms), moments[3], common, best;
	size_t n = list_moments(causes, of, at_ms, moments);

	common = best = shift_at(causes, of, at_ms, moments[0]);
	for (size_t i = 1; i < n; i++)
		take_nearer(&best, shift_at(causes, of, at_ms, moments[i]), away_ms);
	for (size_t i = 0; i < causes->n; i++) {
		const struct stated_cause *cause = &causes->list[i];

		if ((cause->is.kind != CAUSE_CLOCK_OFFSET && cause->is.kind != CAUSE_ZONE_OFFSET) || !holds(cause, of))
			continue;
		take_nearer(&best, cause->is.shift_ms, away_ms);
		take_nearer(&best, common + cause->is.shift_ms, away_ms);
		take_nearer(&best, common - cause->is.shift_ms, away_ms);
	}
	return best;
}

/* --- durations ------------------------------------------------------------------------------- */

int64_t causes_expected_ms(const struct stated_causes *causes, struct both_sides of, int64_t shift_ms)
{
	const struct reconcile_cause **held;
	struct reconcile_record call;
	int64_t expected;
	size_t n = 0;

	if (!of.call || of.call->duration_ms == DURATION_NONE)
		return DURATION_NONE;
	held = xalloc((causes->n + 1) * sizeof(const struct reconcile_cause *));
	for (size_t i = 0; i < causes->n; i++)
		if (holds(&causes->list[i], of))
			held[n++] = &causes->list[i].is;
	call = reconcile_record_of(of.call);
	expected = reconcile_expect_ms(held, n, &call, shift_ms);
	free(held);
	return expected;
}

int64_t causes_in_milliseconds(const struct stated_causes *causes, struct both_sides of, int64_t written_ms)
{
	for (size_t i = 0; i < causes->n; i++) {
		const struct stated_cause *cause = &causes->list[i];

		if (cause->is.kind == CAUSE_UNIT && holds(cause, of))
			return written_ms / cause->is.numerator * cause->is.denominator;
	}
	return written_ms;
}

/* --- whether a cause is meant ------------------------------------------------------------------ */

/* Whether putting `to` in place of `from` at the operator's front gives the platform's number. */
static bool rewrites(struct str from, struct str to, number_t platform, number_t operator)
{
	char texts[2][NUMBER_TEXT_SIZE];
	struct str p = number_text(platform, texts[0]), o = number_text(operator, texts[1]);

	return str_starts(p, to) && str_starts(o, from) && str_equal(str_after(p, to.n), str_after(o, from.n));
}

/* "national: 0 -> +49", with an arrow of three bytes. */
static bool rule_is_of(struct str rule, struct both_sides of)
{
	static const char arrow[] = "→ ";
	const char *colon = memchr(rule.p, ':', rule.n), *at = memmem(rule.p, rule.n, arrow, sizeof(arrow) - 1);
	struct str from, to;

	if (!colon || !at || at < colon + 2)
		return true;
	from = str_of(colon + 2, (size_t)(at - colon - 2));
	if (from.n && from.p[from.n - 1] == ' ')
		from.n--;
	to = str_of(at + sizeof(arrow) - 1, (size_t)(rule.p + rule.n - at) - (sizeof(arrow) - 1));
	return rewrites(from, to, of.call->caller, of.duration->caller) ||
	       rewrites(from, to, of.call->callee, of.duration->callee) ||
	       rewrites(from, to, of.call->caller, of.duration->callee) ||
	       rewrites(from, to, of.call->callee, of.duration->caller) || str_starts(from, STR("…"));
}

bool cause_is_of(const struct stated_causes *causes, const struct stated_cause *cause, struct both_sides of)
{
	if (!holds(cause, of) || gives_way(causes, cause, of))
		return false;
	return cause->is.kind != CAUSE_NUMBER_FORMAT || !of.call || !of.duration || rule_is_of(cause->rule, of);
}
