#include "formats/json.h"
#include "formats/record_private.h"

#include <assert.h>
#include <stdio.h>

/* Kept out of the way of the good records, which are read by the million. */
#define UNLIKELY __attribute__((cold, noinline))

/* clang-format off */
#define NAME(z) { z, sizeof(z) - 1 }
#define BOTH(z) { NAME(z), NAME(z) }
#define CALL_ONLY(z) { NAME(z), { NULL, 0 } }
#define DURATION_ONLY(z) { { NULL, 0 }, NAME(z) }
#define RANGE(least, most) .min = (least), .max = (most)
#define AT(member) .offset = offsetof(struct record, member)
#define PARTY_ID_MAX 255

static const struct str direction_words[] = { NAME(""), NAME("inbound"), NAME("outbound"), NAME("") };

struct str direction_word(enum direction direction)
{
	return direction == DIRECTION_ABSENT ? STR_NONE : direction_words[direction];
}

static const struct str released_by_words[] = { NAME(""), NAME("caller"), NAME("callee"), NAME("") };

const struct field record_fields[FIELD_COUNT] = {
	[FIELD_ID] = { BOTH("id"), FIELD_TEXT, 'i', AT(id), .max = RECORD_ID_MAX },
	[FIELD_VERSION] = { CALL_ONLY("version"), FIELD_WHOLE, 'v', AT(version), RANGE(1, INT64_MAX), .absent = 1 },
	[FIELD_CORRELATION_ID] = { BOTH("correlationId"), FIELD_TEXT, 'c', AT(correlation_id), .max = PARTY_ID_MAX },
	[FIELD_OPERATOR_ID] = { BOTH("operatorId"), FIELD_TEXT, 'o', AT(operator_id), .max = PARTY_ID_MAX },
	[FIELD_TENANT_ID] = { CALL_ONLY("tenantId"), FIELD_TEXT, 't', AT(tenant_id), .max = PARTY_ID_MAX },
	[FIELD_USER_ID] = { CALL_ONLY("userId"), FIELD_TEXT, 'u', AT(user_id), .max = PARTY_ID_MAX },
	[FIELD_DIRECTION] = { BOTH("direction"), FIELD_WORD, 'd', AT(direction), .words = direction_words },
	[FIELD_CALLER] = { BOTH("callerNumber"), FIELD_NUMBER, 'A', AT(caller) },
	[FIELD_CALLEE] = { BOTH("calleeNumber"), FIELD_NUMBER, 'B', AT(callee) },
	[FIELD_START] = { { NAME("inviteDateTime"), NAME("startDateTime") }, FIELD_INSTANT, 's', AT(start_ms) },
	[FIELD_ANSWER] = { BOTH("answerDateTime"), FIELD_INSTANT, 'a', AT(answer_ms) },
	[FIELD_END] = { BOTH("endDateTime"), FIELD_INSTANT, 'e', AT(end_ms) },
	[FIELD_DURATION] = { BOTH("durationSeconds"), FIELD_SECONDS, 'l', AT(duration_ms) },
	[FIELD_SIP_CODE] = { BOTH("sipResponseCode"), FIELD_CODE, 'S', AT(sip_code), RANGE(100, 699),
			     .absent = CODE_NONE },
	[FIELD_Q850] = { BOTH("q850Cause"), FIELD_CODE, 'Q', AT(q850_cause), RANGE(1, 127), .absent = CODE_NONE },
	[FIELD_RELEASED_BY] = { BOTH("releasedBy"), FIELD_WORD, 'r', AT(released_by), .words = released_by_words },
	[FIELD_TRUNK] = { BOTH("trunk"), FIELD_TEXT, 'k', AT(trunk), .max = PARTY_ID_MAX },
	[FIELD_SEQUENCE] = { DURATION_ONLY("sequence"), FIELD_WHOLE, 'n', AT(sequence), RANGE(0, INT64_MAX),
			     .absent = -1 },
	[FIELD_MEDIA] = { CALL_ONLY("mediaStreams"), FIELD_STREAMS, 'm', AT(media_streams) },
};
/* clang-format on */

const char *record_field_name(enum record_kind kind, enum record_field field)
{
	return field < FIELD_COUNT ? record_fields[field].name[kind].p : NULL;
}

enum record_field record_field_find(enum record_kind kind, struct str name)
{
	for (int i = 0; i < FIELD_COUNT; i++)
		if (!str_is_none(record_fields[i].name[kind]) && str_equal(record_fields[i].name[kind], name))
			return (enum record_field)i;
	return FIELD_UNKNOWN;
}

/* Bytes of text that write the name from its beginning on; 0: they do not. */
static size_t written_bytes(struct str name, struct str text)
{
	size_t at = 0, i = 0;

	for (; i < text.n && at < name.n; i++) {
		if (at > 0 && memchr(" _-.", text.p[i], 4))
			continue;
		if (!str_equal_ascii_case(str_of(name.p + at, 1), str_of(text.p + i, 1)))
			return 0;
		at++;
	}
	return at == name.n ? i : 0;
}

bool name_is_written_as(struct str name, struct str written)
{
	written = str_trim(written);
	return written.n && written_bytes(name, written) == written.n;
}

bool text_holds_name(struct str text, struct str name)
{
	for (; text.n; text = str_after(text, 1))
		if (written_bytes(name, text))
			return true;
	return false;
}

enum record_field record_field_find_written(enum record_kind kind, struct str name)
{
	for (int i = 0; i < FIELD_COUNT; i++)
		if (!str_is_none(record_fields[i].name[kind]) && name_is_written_as(record_fields[i].name[kind], name))
			return (enum record_field)i;
	return FIELD_UNKNOWN;
}

bool record_field_present(const struct record *r, enum record_field field)
{
	const struct field *f = &record_fields[field];
	const void *p = field_of(r, f);

	switch (f->type) {
	case FIELD_TEXT:
	case FIELD_STREAMS:
		return ((const struct str *)p)->n > 0;
	case FIELD_WHOLE:
		return *(const int64_t *)p != f->absent;
	case FIELD_CODE:
		return *(const int *)p != (int)f->absent;
	case FIELD_INSTANT:
		return *(const int64_t *)p != INSTANT_NONE;
	case FIELD_SECONDS:
		return *(const int64_t *)p != DURATION_NONE;
	case FIELD_NUMBER:
		return *(const number_t *)p != 0;
	case FIELD_WORD:
		return *(const int *)p != 0;
	}
	return false;
}

/* --- what a message may show of a value ---------------------------------------- */

#define SHOWN_SIZE 44

/* At most 40 printable ASCII characters of s in quotes.  Never used for phone
 * numbers: messages go into logs. */
static const char *shown(struct str s, char out[SHOWN_SIZE])
{
	size_t n = 0;

	out[n++] = '"';
	for (size_t i = 0; i < s.n && n < SHOWN_SIZE - 3; i++)
		out[n++] = s.p[i] >= 0x20 && s.p[i] < 0x7f ? s.p[i] : '?';
	out[n++] = '"';
	out[n] = '\0';
	return out;
}

/* --- text ----------------------------------------------------------------------- */

/* Bytes that are no printable ASCII leave a bit set. */
static inline uint64_t odd_bytes(uint64_t word)
{
	uint64_t no_del = word ^ UINT64_C(0x7f7f7f7f7f7f7f7f);

	return (word | (word - UINT64_C(0x2020202020202020)) | (no_del - UINT64_C(0x0101010101010101))) &
	       UINT64_C(0x8080808080808080);
}

/* May be wrong only where it says no: a borrow can reach a neighbour. */
static bool is_plain_ascii(struct str s)
{
	uint64_t word, odd = 0;
	size_t at = 0;

	for (; s.n - at >= sizeof(word); at += sizeof(word)) {
		memcpy(&word, s.p + at, sizeof(word));
		odd |= odd_bytes(word);
	}
	for (; at < s.n; at++)
		odd |= (unsigned char)(s.p[at] - 0x20) >= 0x5f;
	return !odd;
}

UNLIKELY static enum status check_unicode(const char *name, struct str text, size_t characters_max, struct error *err)
{
	size_t characters = 0;

	for (size_t at = 0; at < text.n; characters++) {
		unsigned char c = (unsigned char)text.p[at];
		size_t len = utf8_sequence(str_after(text, at));

		if (len == 0)
			return error_set(err, E_FIELD_VALUE, name, "%s is not UTF-8", name);
		/* C0, DEL, and C1 (U+0080-U+009F is C2 80-9F) */
		if (c < 0x20 || c == 0x7f || (c == 0xc2 && (unsigned char)text.p[at + 1] < 0xa0))
			return error_set(err, E_FIELD_VALUE, name, "%s holds a control character (character %zu)", name,
					 characters + 1);
		at += len;
	}
	if (characters > characters_max)
		return error_set(err, E_FIELD_VALUE, name, "%s has %zu characters; at most %zu are allowed", name,
				 characters, characters_max);
	return OK;
}

enum status field_check_text(const char *name, struct str text, size_t characters_max, struct error *err)
{
	if (text.n <= characters_max && is_plain_ascii(text))
		return OK;
	return check_unicode(name, text, characters_max, err);
}

/* --- numbers -------------------------------------------------------------------- */

UNLIKELY static enum status bad_whole(const struct field *f, const char *name, struct str text, struct error *err)
{
	char found[SHOWN_SIZE];

	if (f->max == INT64_MAX)
		return error_set(err, E_FIELD_VALUE, name, "%s must be a whole number of %lld or more; found %s", name,
				 (long long)f->min, shown(text, found));
	return error_set(err, E_FIELD_VALUE, name, "%s must be a whole number from %lld to %lld; found %s", name,
			 (long long)f->min, (long long)f->max, shown(text, found));
}

static enum status set_whole(struct record *r, const struct field *f, const char *name, struct str text,
			     enum record_strictness strictness, struct error *err)
{
	uint64_t value;

	if (!str_to_u64(text, (uint64_t)f->max, &value) || (int64_t)value < f->min) {
		/* A switch's odd cause code must not cost the record. */
		if (strictness == RECORD_LENIENT && f->type == FIELD_CODE) {
			*(int *)field_at(r, f) = (int)f->absent;
			return OK;
		}
		return bad_whole(f, name, text, err);
	}
	if (f->type == FIELD_CODE)
		*(int *)field_at(r, f) = (int)value;
	else
		*(int64_t *)field_at(r, f) = (int64_t)value;
	return OK;
}

static int64_t longest_ms(enum record_strictness strictness)
{
	return strictness == RECORD_LENIENT ? DURATION_FILE_MAX_MS : DURATION_MAX_MS;
}

UNLIKELY static enum status bad_duration(const char *name, struct str text, enum record_strictness strictness,
					 struct error *err)
{
	char found[SHOWN_SIZE];

	return error_set(err, E_DURATION, name,
			 "%s must be seconds from 0 to %lld with at most three decimals; found %s%s", name,
			 (long long)(longest_ms(strictness) / MS_PER_SECOND), shown(text, found),
			 str_find_char(text, ',') < text.n ? ", whose comma may be for decimals or thousands" : "");
}

/* Of two durations that differ in what is cut off, one would be taken for the other sent again.  Files are not
 * sent again. */
static bool is_whole_ms(struct str text, enum record_strictness strictness)
{
	return strictness == RECORD_LENIENT || json_scaled_is_exact(text, 3);
}

static enum status set_duration(struct record *r, const struct field *f, const char *name, struct str text,
				enum record_strictness strictness, struct error *err)
{
	int64_t ms;

	if (!duration_parse(text, longest_ms(strictness), &ms) || !is_whole_ms(text, strictness))
		return bad_duration(name, text, strictness, err);
	*(int64_t *)field_at(r, f) = ms;
	return OK;
}

/* Says what is wrong with a number without showing it. */
UNLIKELY static enum status bad_number(const char *name, struct str text, bool is_caller, struct error *err)
{
	const char *fault = "has a character that is no digit";

	if (str_is(text, "anonymous"))
		return error_set(err, E_NUMBER, name, "%s cannot be anonymous; only a caller can", name);
	if (text.p[0] != '+')
		fault = "has no leading +";
	else if (text.n > 1 && text.p[1] == '0')
		fault = "begins with 0 after the +";
	else if (text.n < 6)
		fault = "has fewer than 5 digits";
	else if (text.n > 16)
		fault = "has more than 15 digits";
	return error_set(err, E_NUMBER, name, "%s must be + and 5 to 15 digits%s; this one %s", name,
			 is_caller ? ", or anonymous" : "", fault);
}

/* 4.93012E+11: a spreadsheet took the number for a quantity, and the digits behind are lost. */
static bool is_scientific(struct str text)
{
	size_t e = 0;

	while (e < text.n && (text.p[e] == '.' || text.p[e] == ',' || (text.p[e] >= '0' && text.p[e] <= '9')))
		e++;
	if (e == 0 || e + 2 > text.n || (text.p[e] != 'E' && text.p[e] != 'e'))
		return false;
	e += 1 + (text.p[e + 1] == '+');
	return str_to_u64(str_after(text, e), UINT64_MAX, &(uint64_t){ 0 });
}

UNLIKELY static enum status check_no_number(const char *name, struct str text, struct error *err)
{
	if (!is_scientific(str_trim(text)))
		return OK;
	return error_set(err, E_NUMBER, name,
			 "%s is in scientific notation (like 4.93E+11), as a spreadsheet writes it: its digits are lost; "
			 "export the column as text", name);
}

static enum status set_number(struct record *r, const struct field *f, const char *name, struct str text,
			      enum record_strictness strictness, struct error *err)
{
	number_t *number = field_at(r, f);
	bool is_caller = f == &record_fields[FIELD_CALLER];

	if (strictness == RECORD_LENIENT) {
		*number = number_read(text);
		return number_kind(*number) == NUMBER_TEXT ? check_no_number(name, text, err) : OK;
	}
	if (is_caller && str_is(text, "anonymous"))
		*number = NUMBER_WITHHELD_WORD;
	else if (!number_parse_e164(text, number))
		return bad_number(name, text, is_caller, err);
	return OK;
}

/* --- times and words ------------------------------------------------------------ */

/* 25.11.2026 10:50:48 as ISO 8601; none when it is no such text. */
static struct str turn_date(struct str text, char out[INSTANT_TEXT_SIZE])
{
	uint64_t day, month, year;
	struct str rest = text;
	int n;

	if (!str_to_u64(str_cut(&rest, '.'), 31, &day) || !str_to_u64(str_cut(&rest, '.'), 12, &month) ||
	    !str_to_u64(str_cut(&rest, ' '), 9999, &year) || str_is_none(rest))
		return STR_NONE;
	n = snprintf(out, INSTANT_TEXT_SIZE, "%04u-%02u-%02uT%.*s", (unsigned)year, (unsigned)month, (unsigned)day, STR_ARG(rest));
	return n < INSTANT_TEXT_SIZE ? str_of(out, (size_t)n) : STR_NONE;
}

bool wall_clock_parse(struct str text, int64_t *local_ms)
{
	char turned[INSTANT_TEXT_SIZE], with_offset[INSTANT_TEXT_SIZE + 1];
	struct str iso = turn_date(text, turned);

	if (str_is_none(iso))
		iso = text;
	if (iso.n >= INSTANT_TEXT_SIZE)
		return false;
	memcpy(with_offset, iso.p, iso.n);
	with_offset[iso.n] = 'Z';
	return instant_parse(str_of(with_offset, iso.n + 1), local_ms);
}

UNLIKELY static enum status bad_instant(const char *name, struct str text, struct error *err)
{
	char found[SHOWN_SIZE];
	int64_t local_ms;

	return error_set(err, E_DATETIME, name,
			 "%s must be a date and time with an offset, like 2026-11-25T10:50:48.123Z; found %s%s", name,
			 shown(text, found), wall_clock_parse(text, &local_ms) ? ", which has no offset from UTC (tally import --zone gives it one)" : "");
}

static enum status set_instant(struct record *r, const struct field *f, const char *name, struct str text,
			       struct error *err)
{
	return instant_parse(text, field_at(r, f)) ? OK : bad_instant(name, text, err);
}

UNLIKELY static enum status bad_word(const struct field *f, const char *name, struct str text, struct error *err)
{
	char found[SHOWN_SIZE];

	return error_set(err, E_FIELD_VALUE, name, "%s must be %s or %s; found %s", name, f->words[1].p, f->words[2].p,
			 shown(text, found));
}

static enum status set_word(struct record *r, const struct field *f, const char *name, struct str text,
			    struct error *err)
{
	for (int i = 1; f->words[i].n; i++) {
		if (str_equal(text, f->words[i])) {
			*(int *)field_at(r, f) = i;
			return OK;
		}
	}
	return bad_word(f, name, text, err);
}

static void set_absent(struct record *r, const struct field *f)
{
	void *p = field_at(r, f);

	switch (f->type) {
	case FIELD_TEXT:
	case FIELD_STREAMS:
		*(struct str *)p = STR_NONE;
		break;
	case FIELD_WHOLE:
		*(int64_t *)p = f->absent;
		break;
	case FIELD_CODE:
		*(int *)p = (int)f->absent;
		break;
	case FIELD_INSTANT:
		*(int64_t *)p = INSTANT_NONE;
		break;
	case FIELD_SECONDS:
		*(int64_t *)p = DURATION_NONE;
		break;
	case FIELD_NUMBER:
		*(number_t *)p = NUMBER_ABSENT;
		break;
	case FIELD_WORD:
		*(int *)p = 0;
		break;
	}
}

enum status record_set_text(struct record *r, enum record_field field, struct str text,
			    enum record_strictness strictness, struct error *err)
{
	const struct field *f = &record_fields[field];
	const char *name = f->name[r->kind].p;
	enum status status;

	assert(field < FIELD_COUNT && name);
	if (text.n == 0) {
		set_absent(r, f);
		return OK;
	}
	switch (f->type) {
	case FIELD_TEXT:
		status = field_check_text(name, text, (size_t)f->max, err);
		if (status == OK)
			*(struct str *)field_at(r, f) = text;
		return status;
	case FIELD_WHOLE:
	case FIELD_CODE:
		return set_whole(r, f, name, text, strictness, err);
	case FIELD_SECONDS:
		return set_duration(r, f, name, text, strictness, err);
	case FIELD_INSTANT:
		return set_instant(r, f, name, text, err);
	case FIELD_NUMBER:
		return set_number(r, f, name, text, strictness, err);
	case FIELD_WORD:
		return set_word(r, f, name, text, err);
	case FIELD_STREAMS:
		break;
	}
	return error_set(err, E_FIELD_TYPE, name, "%s must be a JSON array", name);
}

enum status record_set_number(struct record *r, enum record_field field, struct str literal,
			      enum record_strictness strictness, struct error *err)
{
	const struct field *f = &record_fields[field];
	const char *name = f->name[r->kind].p;
	int64_t ms;

	assert(field < FIELD_COUNT && name && literal.n > 0);
	if (!field_is_numeric(f->type))
		return error_set(err, E_FIELD_TYPE, name, "%s must be a JSON string; found a number", name);
	if (f->type != FIELD_SECONDS)
		return set_whole(r, f, name, literal, strictness, err);
	if (!json_scaled(literal, 3, longest_ms(strictness), &ms) || ms < 0 || !is_whole_ms(literal, strictness))
		return bad_duration(name, literal, strictness, err);
	*(int64_t *)field_at(r, f) = ms;
	return OK;
}
