#include "formats/import_source.h"

#include "base/encoding.h"
#include "formats/json.h"
#include "formats/printed_clock.h"
#include "formats/record_private.h"

#include <stdio.h>
#include <stdlib.h>

/* --- the record at hand ---------------------------------------------------------------- */

void *source_new(size_t size, const struct import_reader_type *type, const struct import_options *options,
		 const struct record_sink *sink, struct error *err)
{
	struct import_source *s;
	struct zone *zone = NULL;

	if (options->zone.n && zone_open(&zone, options->zone, err) != OK)
		return NULL;
	s = xalloc(size);
	s->base.type = type;
	s->kind = options->kind;
	s->start_is_answer = options->start_is_answer;
	s->bytes_max = options->record_bytes_max ? options->record_bytes_max : IMPORT_BYTES_MAX;
	s->sink = *sink;
	s->zone = zone;
	arena_init(&s->texts);
	return s;
}

void source_free(struct import_source *s)
{
	zone_free(s->zone);
	arena_release(&s->texts);
	free(s);
}

void source_begin_record(struct import_source *s)
{
	s->status = OK;
	arena_clear(&s->texts);
	record_clear(&s->record, s->kind);
}

/* Where callees write; NULL once there is a fault. */
static struct error *fault_of(struct import_source *s)
{
	return s->status == OK ? &s->fault : NULL;
}

static void note(struct import_source *s, enum status status)
{
	if (s->status == OK)
		s->status = status;
}

void source_fault(struct import_source *s, enum status status, const char *field, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	note(s, error_setv(fault_of(s), status, field, fmt, ap));
	va_end(ap);
}

#define FEW_DIGITS 8

static struct str digits_of(struct import_source *s, struct digest digest, size_t digits)
{
	char hex[2 * DIGEST_SIZE];

	hex_encode(str_of(digest.b, sizeof(digest.b)), hex);
	return arena_str(&s->texts, str_of(hex, digits));
}

static void make_id(struct import_source *s)
{
	struct record *r = &s->record;
	int64_t second = record_filed_ms(r) == INSTANT_NONE ? 0 : record_filed_ms(r) / MS_PER_SECOND;

	if (r->correlation_id.n)
		r->id = arena_printf(&s->texts, "%.*s/%lld", STR_ARG(r->correlation_id), (long long)second);
	if (r->id.n && r->id.n <= RECORD_ID_MAX)
		return;
	r->id = STR_NONE;
	if (s->status == OK) /* a digest of half a record is nobody's id */
		r->id = digits_of(s, record_digest(r), 2 * (size_t)DIGEST_SIZE);
}

struct str source_record_digits(struct import_source *s)
{
	return digits_of(s, record_digest(&s->record), FEW_DIGITS);
}

struct str source_row_digits(struct import_source *s, const struct str *values, size_t n, bool is_shared)
{
	struct str digits;
	struct buf row;

	buf_init(&row, 0);
	for (size_t i = 0; i < n; i++) {
		buf_add_str(&row, values[i]);
		buf_add_char(&row, '\n');
	}
	digits = digits_of(s, digest_of(buf_str(&row)), is_shared ? FEW_DIGITS : 2 * (size_t)DIGEST_SIZE);
	buf_release(&row);
	return digits;
}

void source_set_id(struct import_source *s, struct str shared, struct str own)
{
	if (own.n == 0 && str_is_none(s->record.id))
		source_set(s, FIELD_ID, shared);
	else if (str_is_none(s->record.id) && !source_is_unset(shared) && shared.n + 1 + own.n <= RECORD_ID_MAX)
		source_set(s, FIELD_ID, arena_printf(&s->texts, "%.*s/%.*s", STR_ARG(shared), STR_ARG(own)));
}

/* Where the source starts to count at the answer, its start says nothing of the
 * set-up; a call record must have one.  A call that nobody answered starts at its
 * set-up in any case. */
static void place_start(const struct import_source *s, struct record *r)
{
	if (!s->start_is_answer || r->duration_ms == 0 || r->answer_ms != INSTANT_NONE)
		return;
	r->answer_ms = r->start_ms;
	if (r->kind == RECORD_DURATION)
		r->start_ms = INSTANT_NONE;
}

enum status source_end_record(struct import_source *s, struct record_place place, struct error *err)
{
	struct record_reject reject;

	place_start(s, &s->record);
	if (str_is_none(s->record.id))
		make_id(s);
	if (s->status == OK) {
		record_complete(&s->record);
		s->status = record_check_lenient(&s->record, &s->fault);
	}
	if (s->status == OK) {
		s->counts.records++;
		return s->sink.record(s->sink.context, &s->record, place, err);
	}
	s->counts.rejects++;
	reject = (struct record_reject){ place, s->record.id, s->fault };
	return s->sink.reject(s->sink.context, &reject, err);
}

enum status source_reject(struct import_source *s, struct record_place place, enum status status, const char *fault,
			  struct error *err)
{
	source_begin_record(s);
	source_fault(s, status, NULL, "%s", fault);
	return source_end_record(s, place, err);
}

/* --- values ---------------------------------------------------------------------------- */

bool source_is_unset(struct str value)
{
	static const char *const words[] = {
		"",  "NULL", "\\N", "0", "0.000", "0000-00-00 00:00:00", "1970-01-01 00:00:00", "2000-01-01 00:00:00",
		NULL
	};

	for (int i = 0; words[i]; i++)
		if (str_is(value, words[i]))
			return true;
	return false;
}

void source_set(struct import_source *s, enum record_field field, struct str value)
{
	bool is_counter = record_fields[field].type == FIELD_WHOLE;

	value = str_trim(value);
	if (!record_field_name(s->kind, field) || (source_is_unset(value) && !(is_counter && str_is(value, "0"))))
		return;
	note(s, record_set_text(&s->record, field, value, RECORD_LENIENT, fault_of(s)));
}

/* "1.2e3", as JSON may have it. */
static bool is_number_with_exponent(struct str value)
{
	size_t e = str_find_char(value, 'e');

	if (e == value.n)
		e = str_find_char(value, 'E');
	if (e == 0 || e + 1 >= value.n || value.p[0] == '.' || value.p[e - 1] == '.')
		return false;
	for (size_t i = 0, points = 0; i < value.n; i++) {
		bool is_sign = i == e + 1 && i + 1 < value.n && (value.p[i] == '+' || value.p[i] == '-');

		points += value.p[i] == '.';
		if (i != e && !is_sign && (value.p[i] < '0' || value.p[i] > '9') &&
		    (value.p[i] != '.' || i > e || points > 1))
			return false;
	}
	return true;
}

static bool parse_seconds(struct str value, int64_t max_ms, int64_t *ms)
{
	int64_t found;

	if (duration_parse(value, max_ms, &found) ||
	    (is_number_with_exponent(value) && json_scaled(value, 3, max_ms, &found))) {
		*ms = found;
		return true;
	}
	return false;
}

#define EPOCH_FIRST INT64_C(100000000) /* 1973, in seconds: what is less is no time of a call */
#define EPOCH_LAST INT64_C(5000000000) /* 2128 */

static bool parse_epoch(struct str value, int64_t *ms)
{
	int64_t found;

	if (!parse_seconds(value, INT64_MAX, &found))
		return false;
	/* found is in thousandths of the source's unit */
	for (int64_t scale = 1; scale <= 1000000; scale *= 1000) {
		if (found / scale >= EPOCH_FIRST * MS_PER_SECOND && found / scale <= EPOCH_LAST * MS_PER_SECOND) {
			*ms = found / scale;
			return true;
		}
	}
	return false;
}

int64_t source_local_time(struct import_source *s, enum record_field field, int64_t local_ms)
{
	const char *name = record_field_name(s->kind, field);
	int64_t ms = INSTANT_NONE;

	if (!s->zone) {
		source_fault(s, E_DATETIME, name,
			     "%s is a date and time without offset from UTC (tally import --zone gives it one)", name);
		return INSTANT_NONE;
	}
	zone_to_utc(s->zone, local_ms, &ms);
	s->counts.local_times++;
	return ms;
}

int64_t source_time(struct import_source *s, enum record_field field, struct str value)
{
	const char *name = record_field_name(s->kind, field);
	int64_t ms = INSTANT_NONE;
	bool is_utc;

	value = str_trim(value);
	if (source_is_unset(value) || instant_parse(value, &ms) || parse_epoch(value, &ms))
		return ms;
	if (wall_clock_parse(value, &ms))
		return source_local_time(s, field, ms);
	if (printed_clock_parse(value, &ms, &is_utc))
		return is_utc ? ms : source_local_time(s, field, ms);
	source_fault(s, E_DATETIME, name, "%s is neither seconds since 1970 nor a date and time", name);
	return INSTANT_NONE;
}

static bool is_nothing(struct str value)
{
	return source_is_unset(value) && !str_is(value, "0") && !str_is(value, "0.000");
}

static int64_t bad_duration(struct import_source *s, struct str value, const char *unit)
{
	char shown[40];

	source_fault(s, E_DURATION, "durationSeconds", "the duration must be %s from 0 to 31 days; found \"%s\"", unit,
		     str_shown(value, shown, sizeof(shown)));
	return DURATION_NONE;
}

int64_t source_seconds(struct import_source *s, struct str value)
{
	int64_t ms;

	value = str_trim(value);
	if (is_nothing(value))
		return DURATION_NONE;
	return parse_seconds(value, DURATION_MAX_MS, &ms) ? ms : bad_duration(s, value, "seconds");
}

int64_t source_ticks(struct import_source *s, struct str value, int64_t tick_ms)
{
	char unit[40];
	uint64_t ticks;

	value = str_trim(value);
	if (is_nothing(value))
		return DURATION_NONE;
	if (str_to_u64(value, (uint64_t)(DURATION_MAX_MS / tick_ms), &ticks))
		return (int64_t)ticks * tick_ms;
	snprintf(unit, sizeof(unit), "whole units of %lld ms", (long long)tick_ms);
	return bad_duration(s, value, unit);
}

int64_t source_between(struct import_source *s, int64_t from_ms, int64_t to_ms)
{
	if (from_ms == INSTANT_NONE || to_ms == INSTANT_NONE || to_ms < from_ms)
		return DURATION_NONE;
	if (to_ms - from_ms <= DURATION_MAX_MS)
		return to_ms - from_ms;
	source_fault(s, E_DURATION, "durationSeconds", "the call lasts longer than 31 days");
	return DURATION_NONE;
}

/* --- names ------------------------------------------------------------------------------- */

static bool is_separator(char c)
{
	return c == ' ' || c == '_' || c == '-' || c == '.';
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_same_name(const char *a, struct str written)
{
	const char *b = written.p, *end = b + written.n;

	for (;;) {
		while (is_separator(*a))
			a++;
		while (b < end && is_separator(*b))
			b++;
		if (!*a || b == end)
			return !*a && b == end;
		if (lower(*a++) != lower(*b++))
			return false;
	}
}

unsigned import_value_named(const struct import_name *names, struct str name)
{
	for (; names->name; names++)
		if (is_same_name(names->name, name))
			return names->value;
	return IMPORT_NO_VALUE;
}
