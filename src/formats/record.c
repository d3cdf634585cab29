#include "formats/record_private.h"

void record_clear(struct record *r, enum record_kind kind)
{
	*r = (struct record){
		.kind = kind,
		.version = 1,
		.start_ms = INSTANT_NONE,
		.answer_ms = INSTANT_NONE,
		.end_ms = INSTANT_NONE,
		.duration_ms = DURATION_NONE,
		.sip_code = CODE_NONE,
		.q850_cause = CODE_NONE,
		.sequence = -1,
	};
}

int64_t record_filed_ms(const struct record *r)
{
	if (r->start_ms != INSTANT_NONE)
		return r->start_ms;
	return r->answer_ms != INSTANT_NONE ? r->answer_ms : r->end_ms;
}

void record_complete(struct record *r)
{
	if (r->kind == RECORD_CALL && r->duration_ms == DURATION_NONE && r->answer_ms != INSTANT_NONE &&
	    r->end_ms != INSTANT_NONE && r->end_ms >= r->answer_ms)
		r->duration_ms = r->end_ms - r->answer_ms;
}

/* --- checks ------------------------------------------------------------------- */

/* Files may leave out whose records they are, and what a switch does not know;
 * as columns they need what a comparison needs. */
const enum record_field *record_needed(enum record_kind kind, enum record_strictness strictness)
{
	static const enum record_field call[] = { FIELD_ID,        FIELD_OPERATOR_ID, FIELD_TENANT_ID,
						  FIELD_DIRECTION, FIELD_CALLER,      FIELD_CALLEE,
						  FIELD_START,     FIELD_END,         FIELD_COUNT };
	static const enum record_field call_file[] = { FIELD_ID, FIELD_CALLER, FIELD_CALLEE, FIELD_COUNT };
	static const enum record_field duration[] = { FIELD_ID, FIELD_CALLER, FIELD_CALLEE, FIELD_DURATION,
						      FIELD_COUNT };

	if (kind == RECORD_DURATION)
		return duration;
	return strictness == RECORD_STRICT ? call : call_file;
}

static enum status missing(const struct record *r, enum record_field field, struct error *err)
{
	const char *name = record_field_name(r->kind, field);

	return error_set(err, E_MISSING_FIELD, name, "%s is needed and absent", name);
}

static enum status check_needed(const struct record *r, struct error *err)
{
	const enum record_field *needed = record_needed(r->kind, RECORD_STRICT);

	for (int i = 0; needed[i] != FIELD_COUNT; i++)
		if (!record_field_present(r, needed[i]))
			return missing(r, needed[i], err);
	if (record_filed_ms(r) == INSTANT_NONE)
		return error_set(err, E_MISSING_FIELD, "startDateTime",
				 "one of startDateTime, answerDateTime and endDateTime is needed; all are absent");
	return OK;
}

static enum status check_number(const struct record *r, enum record_field field, number_t n, struct error *err)
{
	const char *name = record_field_name(r->kind, field);

	if (number_kind(n) == NUMBER_WITHHELD && field == FIELD_CALLER)
		return OK;
	if (number_kind(n) != NUMBER_E164 || number_masked_count(n) > 0 || number_digit_count(n) < 5)
		return error_set(err, E_NUMBER, name, "%s must be + and 5 to 15 digits%s", name,
				 field == FIELD_CALLER ? ", or anonymous" : "");
	return OK;
}

/* Clocks are set back in real life, so an operator's record may end before it
 * starts: its duration was measured.  The platform's own records may not. */
static enum status check_order(const struct record *r, struct error *err)
{
	if (r->kind != RECORD_CALL)
		return OK;
	if (r->end_ms < r->start_ms)
		return error_set(err, E_FIELD_VALUE, "endDateTime", "endDateTime is before inviteDateTime");
	if (r->answer_ms == INSTANT_NONE)
		return OK;
	if (r->answer_ms < r->start_ms)
		return error_set(err, E_FIELD_VALUE, "answerDateTime", "answerDateTime is before inviteDateTime");
	if (r->end_ms < r->answer_ms)
		return error_set(err, E_FIELD_VALUE, "endDateTime", "endDateTime is before answerDateTime");
	return OK;
}

/* A duration that was worked out may be longer than any that is read. */
static enum status check_length(const struct record *r, int64_t max_ms, struct error *err)
{
	if (r->duration_ms > max_ms)
		return error_set(err, E_DURATION, "durationSeconds", "the call lasts longer than 31 days");
	return OK;
}

enum status record_check_whole(const struct record *r, struct error *err)
{
	enum status status = check_needed(r, err);

	if (status == OK)
		status = check_order(r, err);
	return status == OK ? check_length(r, DURATION_MAX_MS, err) : status;
}

enum status record_check_lenient(const struct record *r, struct error *err)
{
	if (r->id.n == 0)
		return missing(r, FIELD_ID, err);
	if (record_filed_ms(r) == INSTANT_NONE)
		return error_set(err, E_MISSING_FIELD, record_field_name(r->kind, FIELD_START),
				 "the record has no time: one of %s, answerDateTime and endDateTime is needed",
				 record_field_name(r->kind, FIELD_START));
	return check_length(r, r->kind == RECORD_CALL ? DURATION_MAX_MS : DURATION_FILE_MAX_MS, err);
}

/* One field as it must be however it was set. */
static enum status check_value(const struct record *r, enum record_field field, struct error *err)
{
	const struct field *f = &record_fields[field];
	const char *name = f->name[r->kind].p;
	int64_t value;

	switch (f->type) {
	case FIELD_TEXT:
		return field_check_text(name, *(const struct str *)field_of(r, f), (size_t)f->max, err);
	case FIELD_NUMBER:
		return check_number(r, field, *(const number_t *)field_of(r, f), err);
	case FIELD_SECONDS:
		value = *(const int64_t *)field_of(r, f);
		if (value < 0 || value > DURATION_MAX_MS)
			return error_set(err, E_DURATION, name, "%s must be from 0 to 31 days", name);
		return OK;
	case FIELD_WHOLE:
	case FIELD_CODE:
		value = f->type == FIELD_CODE ? *(const int *)field_of(r, f) : *(const int64_t *)field_of(r, f);
		if (value < f->min || value > f->max)
			return error_set(err, E_FIELD_VALUE, name, "%s is out of range: %lld", name, (long long)value);
		return OK;
	default:
		return OK;
	}
}

enum status record_check(const struct record *r, struct error *err)
{
	enum status status = check_needed(r, err);

	for (int i = 0; i < FIELD_COUNT && status == OK; i++)
		if (record_fields[i].name[r->kind].p && record_field_present(r, (enum record_field)i))
			status = check_value(r, (enum record_field)i, err);
	return status == OK ? check_order(r, err) : status;
}

/* --- the canonical form ---------------------------------------------------------- */

static void add_word(struct buf *out, char tag, uint64_t value)
{
	char bytes[9] = { tag };

	for (int i = 0; i < 8; i++)
		bytes[1 + i] = (char)(value >> 8 * i);
	buf_add(out, bytes, sizeof(bytes));
}

/* A tag and 8 bytes, least first, for each field that is present, in table
 * order; texts are their length and their bytes. */
void record_canonical(const struct record *r, struct buf *out)
{
	buf_add_char(out, r->kind == RECORD_CALL ? 'C' : 'D');
	for (int i = 0; i < FIELD_COUNT; i++) {
		const struct field *f = &record_fields[i];
		const void *p = field_of(r, f);

		if (!f->name[r->kind].p || !record_field_present(r, (enum record_field)i))
			continue;
		switch (f->type) {
		case FIELD_TEXT:
		case FIELD_STREAMS:
			add_word(out, f->tag, ((const struct str *)p)->n);
			buf_add_str(out, *(const struct str *)p);
			break;
		case FIELD_CODE:
		case FIELD_WORD:
			add_word(out, f->tag, (uint64_t) * (const int *)p);
			break;
		case FIELD_WHOLE:
		case FIELD_SECONDS:
		case FIELD_INSTANT:
		case FIELD_NUMBER:
			add_word(out, f->tag, *(const uint64_t *)p);
			break;
		}
	}
}

struct digest record_digest(const struct record *r)
{
	struct buf canonical;
	struct digest d;

	buf_init(&canonical, 0);
	record_canonical(r, &canonical);
	d = digest_of(buf_str(&canonical));
	buf_release(&canonical);
	return d;
}
