/* A simulated day as files: records of both sides, and the truth about them. */
#include "simulate/day_private.h"

#include "formats/json.h"

#include <stdio.h>
#include <stdlib.h>

#define OPERATOR_ID STR("op-1")

static const char *const trunk_names[DAY_TRUNKS] = { "t1", "t2", "t3", "t4" };

enum status day_new(struct day **out, const struct day_settings *settings, struct error *err)
{
	struct day *day;
	enum status status;

	if (settings->calls == 0 || settings->calls > DAY_CALLS_MAX)
		return error_set(err, E_INVALID, "calls", "a day has 1 to %d calls", DAY_CALLS_MAX);
	day = xalloc(sizeof(*day));
	day->seed = settings->seed;
	day->count = settings->calls;
	status = day_read_faults(day, settings->faults, err);
	if (status != OK) {
		day_free(day);
		return status;
	}
	day->calls = xalloc(day->count * sizeof(*day->calls));
	day_make_calls(day);
	day_make_entries(day);
	*out = day;
	return OK;
}

void day_free(struct day *day)
{
	if (!day)
		return;
	free(day->calls);
	free(day->entries);
	free(day->call_order);
	free(day->reported);
	free(day);
}

/* --- names: made from the seed, so that they tell nothing of what belongs together -------- */

struct str day_call_id(const struct day *day, uint32_t call, char out[32])
{
	uint64_t h = hash64_u64(day->seed, (uint64_t)call + 1);

	return str_of(out,
		      (size_t)snprintf(out, 32, "%08x-%04x-%06x", (unsigned)(h >> 32), (unsigned)(h & 0xffff), call));
}

struct str day_entry_id(const struct day *day, const struct day_entry *entry, char out[32])
{
	uint64_t which = (uint64_t)entry->call << 20 | (uint64_t)entry->piece << 1 | entry->is_duplicate;
	uint64_t h = hash64_u64(day->seed ^ UINT64_C(0x9e3779b97f4a7c15), which);

	return str_of(out, (size_t)snprintf(out, 32, "cdr-%016llx", (unsigned long long)h));
}

static struct str correlation_of(const struct day *day, uint32_t call, const char *suffix, char out[64])
{
	uint64_t h = hash64_u64(day->seed + 1, call);

	return str_of(out, (size_t)snprintf(out, 64, "%016llx@sbc.example%s", (unsigned long long)h, suffix));
}

/* --- records ---------------------------------------------------------------------------------- */

static void platform_record(const struct day *day, uint32_t index, struct record *r)
{
	const struct day_call *call = &day->calls[index];

	r->direction = call->inbound ? DIRECTION_INBOUND : DIRECTION_OUTBOUND;
	r->caller = call->inbound ? call->remote : call->own;
	r->callee = call->inbound ? call->own : call->remote;
	r->start_ms = call->invite_ms;
	r->end_ms = call->invite_ms + call->ring_ms + call->talk_ms;
	if (call->talk_ms) {
		r->answer_ms = call->invite_ms + call->ring_ms;
		r->duration_ms = call->talk_ms;
	}
	r->sip_code = call->sip_code;
	r->q850_cause = call->talk_ms ? 16 : 18;
	r->released_by = call->caller_releases ? RELEASED_BY_CALLER : RELEASED_BY_CALLEE;
	r->trunk = str_from(trunk_names[call->trunk]);
	r->operator_id = OPERATOR_ID;
}

static bool write_header(bool *written, enum record_kind kind, struct buf *out)
{
	if (*written)
		return false;
	*written = true;
	record_write_csv_header(out, kind);
	buf_add_char(out, '\n');
	return true;
}

static void write_record(struct buf *out, const struct record *r)
{
	record_write_csv(out, r);
	buf_add_char(out, '\n');
}

bool day_next_call(struct day *day, struct buf *out)
{
	char id[32], correlation[64];
	struct record r;
	uint32_t at;

	if (write_header(&day->call_header, RECORD_CALL, out))
		return true;
	do {
		if (day->next_call == day->count)
			return false;
		at = day->call_order ? day->call_order[day->next_call] : (uint32_t)day->next_call;
		day->next_call++;
	} while (day->calls[at].platform_lost);
	record_clear(&r, RECORD_CALL);
	platform_record(day, at, &r);
	r.id = day_call_id(day, at, id);
	r.correlation_id = correlation_of(day, at, "", correlation);
	write_record(out, &r);
	return true;
}

bool day_next_duration(struct day *day, struct buf *out)
{
	const struct day_entry *entry;
	const struct day_call *call;
	char id[32], correlation[64];
	struct record r;
	bool has_suffix;

	if (write_header(&day->entry_header, RECORD_DURATION, out))
		return true;
	if (day->next_entry == day->entry_count)
		return false;
	entry = &day->entries[day->next_entry++];
	call = &day->calls[entry->call];
	record_clear(&r, RECORD_DURATION);
	day_operator_record(day, entry, &r);
	r.id = day_entry_id(day, entry, id);
	r.operator_id = OPERATOR_ID;
	r.trunk = str_from(trunk_names[call->trunk]);
	r.sequence = (int64_t)day->next_entry;
	has_suffix = fault_of(day, FAULT_CORRELATION_SUFFIX, call) != NULL;
	if (!fault_of(day, FAULT_NO_CORRELATION, call))
		r.correlation_id = correlation_of(
			day, call->wrong_correlation ? (entry->call + 1) % (uint32_t)day->count : entry->call,
			has_suffix ? "-b2b_1" : "", correlation);
	write_record(out, &r);
	return true;
}

/* --- the truth ------------------------------------------------------------------------------------ */

static const char *relation_of(const struct day *day, const struct day_entry *entry)
{
	if (day->calls[entry->call].platform_lost)
		return "operator_only";
	if (entry->is_duplicate)
		return "duplicate";
	return entry->piece ? "piece" : "pair";
}

static void mark_reported(const struct day *day, bool *reported)
{
	for (size_t i = 0; i < day->entry_count; i++)
		reported[day->entries[i].call] = true;
}

/* First the operator's records, then the calls that have none. */
bool day_next_truth(struct day *day, struct buf *out)
{
	char id[32], other[32];

	if (!day->truth_header) {
		day->truth_header = true;
		buf_add_str(out, STR("platformId,operatorRecordId,relation,differs\n"));
		return true;
	}
	if (day->next_truth < day->entry_count) {
		const struct day_entry *entry = &day->entries[day->next_truth++];
		const struct day_call *call = &day->calls[entry->call];
		const char *relation = relation_of(day, entry);
		struct str p = call->platform_lost ? STR("") : day_call_id(day, entry->call, id);
		struct str o = day_entry_id(day, entry, other);

		buf_printf(out, "%.*s,%.*s,%s,%d\n", STR_ARG(p), STR_ARG(o), relation,
			   !entry->is_duplicate && day_is_disputed(day, call));
		return true;
	}
	if (!day->reported) {
		day->reported = xalloc(day->count * sizeof(*day->reported));
		mark_reported(day, day->reported);
	}
	for (; day->next_truth - day->entry_count < day->count; day->next_truth++) {
		uint32_t call = (uint32_t)(day->next_truth - day->entry_count);

		if (day->reported[call] || day->calls[call].platform_lost)
			continue;
		day->next_truth++;
		buf_printf(out, "%.*s,,platform_only,0\n", STR_ARG(day_call_id(day, call, id)));
		return true;
	}
	return false;
}

static void seconds(struct json_writer *w, const char *key, int64_t ms)
{
	json_key(w, key);
	json_signed_duration(w, ms);
}

static void time_of_day(struct json_writer *w, const char *key, int64_t ms)
{
	if (ms != INSTANT_NONE)
		json_member_instant(w, key, day_start(DAY_NUMBER) + ms);
}

static void write_factor(struct json_writer *w, const struct fault *f)
{
	char text[32];

	snprintf(text, sizeof(text), "%.10g", (double)f->numerator / (double)f->denominator);
	json_key(w, "factor");
	json_raw(w, str_from(text));
}

static void write_rounding(struct json_writer *w, const struct fault *f)
{
	seconds(w, "incrementSeconds", f->increment_ms);
	seconds(w, "minimumSeconds", f->minimum_ms);
	json_member_z(w, "mode", fault_word(FAULT_ROUNDING, f->mode));
}

static void write_parameters(struct json_writer *w, enum fault_kind kind, const struct fault *f)
{
	switch (kind) {
	case FAULT_CLOCK_OFFSET:
	case FAULT_CLOCK_STEP:
	case FAULT_ZONE_OFFSET:
	case FAULT_TIMER_CAP:
	case FAULT_MINIMUM_DURATION:
		seconds(w, "seconds", f->seconds_ms);
		break;
	case FAULT_CLOCK_DRIFT:
		seconds(w, "ppm", f->ppb);
		break;
	case FAULT_ROUNDING:
		write_rounding(w, f);
		break;
	case FAULT_RELEASE_DELAY:
		json_member_i64(w, "milliseconds", f->milliseconds);
		break;
	case FAULT_UNIT:
		write_factor(w, f);
		break;
	case FAULT_NUMBER_FORMAT:
		json_member_z(w, "rule", fault_word(kind, f->rule));
		break;
	case FAULT_MASKED_NUMBER:
		json_member_i64(w, "digits", f->digits);
		break;
	case FAULT_REPLACED_CALLER:
		json_member_number(w, "number", f->number);
		break;
	case FAULT_PARTIAL_RECORDS:
		seconds(w, "everySeconds", f->every_ms);
		break;
	case FAULT_MIDNIGHT_CUT:
		seconds(w, "zoneOffsetSeconds", f->zone_ms);
		break;
	default:
		break;
	}
	time_of_day(w, "at", f->at_ms);
	time_of_day(w, "from", f->from_ms);
	time_of_day(w, "to", f->to_ms);
	if (f->trunk)
		json_member_z(w, "trunk", trunk_names[f->trunk - 1]);
	if (f->direction)
		json_member_z(w, "direction", f->direction == DIRECTION_INBOUND ? "inbound" : "outbound");
}

static void write_cause(struct json_writer *w, enum fault_kind kind, const struct fault *f)
{
	json_object_begin(w);
	json_member_z(w, "cause", fault_name(kind));
	json_member_str(w, "operatorId", OPERATOR_ID);
	json_key(w, "parameters");
	json_object_begin(w);
	write_parameters(w, kind, f);
	json_object_end(w);
	json_member_i64(w, "records", (int64_t)f->records);
	json_object_end(w);
}

void day_truth_causes(const struct day *day, struct buf *out)
{
	struct json_writer w;

	json_writer_init(&w, out);
	json_object_begin(&w);
	json_member_i64(&w, "seed", (int64_t)day->seed);
	json_member_i64(&w, "calls", (int64_t)day->count);
	json_member_instant(&w, "noon", day_start(DAY_NUMBER) + MS_PER_DAY / 2);
	json_key(&w, "causes");
	json_array_begin(&w);
	for (int kind = 0; kind < FAULT_CAUSES; kind++)
		for (size_t i = 0; i < day->faults[kind].n; i++)
			write_cause(&w, (enum fault_kind)kind, &day->faults[kind].list[i]);
	json_array_end(&w);
	json_key(&w, "disturbances");
	json_array_begin(&w);
	for (int kind = FAULT_CAUSES; kind < FAULT_COUNT; kind++)
		if (day->faults[kind].n)
			json_z(&w, fault_name((enum fault_kind)kind));
	json_array_end(&w);
	json_object_end(&w);
	buf_add_char(out, '\n');
}
