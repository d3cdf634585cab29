#include "base/instant.h"

#include <assert.h>
#include <endian.h>
#include <time.h>

/* Civil date arithmetic over 400-year eras that start on 1 March. */
int32_t day_from_civil(int year, unsigned month, unsigned mday)
{
	int y = year - (month <= 2);
	int era = (y >= 0 ? y : y - 399) / 400;
	unsigned yoe = (unsigned)(y - era * 400);
	unsigned doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + mday - 1;
	unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + (int32_t)doe - 719468;
}

void day_to_civil(int32_t day, int *year, unsigned *month, unsigned *mday)
{
	int32_t z = day + 719468;
	int32_t era = (z >= 0 ? z : z - 146096) / 146097;
	unsigned doe = (unsigned)(z - era * 146097);
	unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	unsigned mp = (5 * doy + 2) / 153;

	*mday = doy - (153 * mp + 2) / 5 + 1;
	*month = mp < 10 ? mp + 3 : mp - 9;
	*year = (int)yoe + era * 400 + (*month <= 2);
}

static unsigned month_days(int year, unsigned month)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

/* Exactly n digits at the front of *s. */
static bool take_digits(struct str *s, size_t n, unsigned *value)
{
	unsigned v = 0;

	if (s->n < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		unsigned digit = (unsigned)(s->p[i] - '0');

		if (digit > 9)
			return false;
		v = v * 10 + digit;
	}
	*s = str_after(*s, n);
	*value = v;
	return true;
}

static bool take_char(struct str *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	*s = str_after(*s, 1);
	return true;
}

static bool take_date(struct str *s, int32_t *day)
{
	unsigned year, month, mday;

	if (!take_digits(s, 4, &year) || !take_char(s, '-') || !take_digits(s, 2, &month) || !take_char(s, '-') ||
	    !take_digits(s, 2, &mday))
		return false;
	if (year < 1 || month < 1 || month > 12 || mday < 1 || mday > month_days((int)year, month))
		return false;
	*day = day_from_civil((int)year, month, mday);
	return true;
}

/* Up to seven fractional digits, cut to milliseconds. */
static bool take_fraction(struct str *s, unsigned *ms)
{
	unsigned value = 0, scale = 100;
	size_t digits = 0;

	*ms = 0;
	if (!take_char(s, '.'))
		return true;
	while (digits < s->n && s->p[digits] >= '0' && s->p[digits] <= '9') {
		value += (unsigned)(s->p[digits] - '0') * scale;
		scale /= 10;
		digits++;
	}
	if (digits < 1 || digits > 7)
		return false;
	*s = str_after(*s, digits);
	*ms = value;
	return true;
}

static bool take_offset(struct str *s, int *minutes)
{
	unsigned hour, minute;
	int sign;

	*minutes = 0;
	if (take_char(s, 'Z') || take_char(s, 'z'))
		return true;
	if (take_char(s, '+'))
		sign = 1;
	else if (take_char(s, '-'))
		sign = -1;
	else
		return false;
	if (!take_digits(s, 2, &hour))
		return false;
	minute = 0; /* "+01" is enough for ISO 8601, and how PostgreSQL writes */
	if (s->n) {
		take_char(s, ':');
		if (!take_digits(s, 2, &minute))
			return false;
	}
	if (hour > 23 || minute > 59)
		return false;
	*minutes = sign * (int)(hour * 60 + minute);
	return true;
}

/* Eight characters at once, as the digits that they are: byte i of the result is
 * the number that the characters i and i + 1 write.  In the pattern '0' stands for
 * any digit; separators is \xff where none does.  *bad collects what does not fit. */
static inline uint64_t eight_characters(const char *p, const char *pattern, const char *separators, uint64_t *bad)
{
	uint64_t word, expected, exact;

	memcpy(&word, p, sizeof(word));
	memcpy(&expected, pattern, sizeof(expected));
	memcpy(&exact, separators, sizeof(exact));
	word = le64toh(word ^ expected); /* 0..9 where there is a digit, 0 where there is the separator */
	*bad |= (word | (word + UINT64_C(0x0606060606060606))) & UINT64_C(0xf0f0f0f0f0f0f0f0);
	*bad |= word & le64toh(exact);
	return word * 10 + (word >> 8);
}

static inline unsigned byte_of(uint64_t word, int i)
{
	return (unsigned)(word >> 8 * i & 0xff);
}

/* "2026-11-25T10:50:48Z" and "2026-11-25T10:50:48.123Z", in which nearly every
 * record is written.  False means no more than: read it the long way. */
static bool parse_common(struct str s, int64_t *ms)
{
	char end[8] = ":00.000Z";
	uint64_t bad = 0, date, hours, seconds;
	unsigned year, month, mday, hour, minute, second, fraction;

	if (s.n == 24) {
		memcpy(end, s.p + 16, 8);
	} else if (s.n == 20) {
		memcpy(end, s.p + 16, 3);
		bad = s.p[19] != 'Z';
	} else {
		return false;
	}
	date = eight_characters(s.p, "0000-00-", "\0\0\0\0\xff\0\0\xff", &bad);
	hours = eight_characters(s.p + 8, "00T00:00", "\0\0\xff\0\0\xff\0\0", &bad);
	seconds = eight_characters(end, ":00.000Z", "\xff\0\0\xff\0\0\0\xff", &bad);
	year = byte_of(date, 0) * 100 + byte_of(date, 2);
	month = byte_of(date, 5);
	mday = byte_of(hours, 0);
	hour = byte_of(hours, 3);
	minute = byte_of(hours, 6);
	second = byte_of(seconds, 1);
	fraction = byte_of(seconds, 4) * 10 + (unsigned)(end[6] - '0');
	/* What is rare or wrong is told from each other elsewhere. */
	if (bad || year < 2 || month < 1 || month > 12 || mday < 1 || mday > month_days((int)year, month) ||
	    hour > 23 || minute > 59 || second > 59)
		return false;
	*ms = day_start(day_from_civil((int)year, month, mday)) +
	      (((int64_t)hour * 60 + minute) * 60 + second) * MS_PER_SECOND + fraction;
	return true;
}

bool instant_parse(struct str s, int64_t *ms)
{
	unsigned hour, minute, second, fraction;
	int64_t result;
	int32_t day;
	int offset;

	if (parse_common(s, ms))
		return true;
	if (!take_date(&s, &day))
		return false;
	if (!take_char(&s, 'T') && !take_char(&s, 't') && !take_char(&s, ' '))
		return false;
	if (!take_digits(&s, 2, &hour) || !take_char(&s, ':') || !take_digits(&s, 2, &minute) || !take_char(&s, ':') ||
	    !take_digits(&s, 2, &second) || !take_fraction(&s, &fraction) || !take_offset(&s, &offset) || s.n)
		return false;
	/* A leap second is read as the first of the next minute. */
	if (hour > 23 || minute > 59 || second > 60)
		return false;
	result = day_start(day) + (((int64_t)hour * 60 + minute) * 60 + second) * MS_PER_SECOND + fraction -
		 (int64_t)offset * 60 * MS_PER_SECOND;
	/* An offset may carry a date at the edge out of the years that can be written. */
	if (result < day_start(day_from_civil(1, 1, 1)) ||
	    result >= day_start(day_from_civil(9999, 12, 31)) + MS_PER_DAY)
		return false;
	*ms = result == day_start(day_from_civil(1, 1, 1)) ? INSTANT_NONE : result;
	return true;
}

bool instant_parse_or_date(struct str s, int64_t *ms)
{
	int32_t day;

	if (day_parse(s, &day)) {
		*ms = day_start(day);
		return true;
	}
	return instant_parse(s, ms);
}

/* v as exactly `digits` decimal digits at out. */
static char *put_digits(char *out, unsigned v, int digits)
{
	for (int i = digits - 1; i >= 0; i--) {
		out[i] = (char)('0' + v % 10);
		v /= 10;
	}
	return out + digits;
}

static char *put_date(char *out, int32_t day)
{
	unsigned month, mday;
	int year;

	day_to_civil(day, &year, &month, &mday);
	assert(year >= 0 && year <= 9999);
	out = put_digits(out, (unsigned)year, 4);
	*out++ = '-';
	out = put_digits(out, month, 2);
	*out++ = '-';
	return put_digits(out, mday, 2);
}

struct str instant_text(int64_t ms, char out[INSTANT_TEXT_SIZE])
{
	int32_t day = instant_day(ms);
	unsigned rest = (unsigned)(ms - day_start(day));
	char *end = put_date(out, day);

	*end++ = 'T';
	end = put_digits(end, rest / 3600000, 2);
	*end++ = ':';
	end = put_digits(end, rest / 60000 % 60, 2);
	*end++ = ':';
	end = put_digits(end, rest / 1000 % 60, 2);
	*end++ = '.';
	end = put_digits(end, rest % 1000, 3);
	*end++ = 'Z';
	*end = '\0';
	return str_of(out, (size_t)(end - out));
}

void instant_add(struct buf *b, int64_t ms)
{
	char text[INSTANT_TEXT_SIZE];

	buf_add_str(b, instant_text(ms, text));
}

int32_t instant_day(int64_t ms)
{
	return (int32_t)((ms >= 0 ? ms : ms - (MS_PER_DAY - 1)) / MS_PER_DAY);
}

int64_t day_start(int32_t day)
{
	return (int64_t)day * MS_PER_DAY;
}

bool day_parse(struct str s, int32_t *day)
{
	return take_date(&s, day) && s.n == 0;
}

struct str day_text(int32_t day, char out[INSTANT_TEXT_SIZE])
{
	char *end = put_date(out, day);

	*end = '\0';
	return str_of(out, (size_t)(end - out));
}

void duration_add(struct buf *b, int64_t ms)
{
	char fraction[3];
	int digits = 3;

	if (ms < 0) {
		buf_add_char(b, '-');
		ms = -ms;
	}
	buf_add_u64(b, (uint64_t)ms / 1000);
	if (ms % 1000 == 0)
		return;
	put_digits(fraction, (unsigned)(ms % 1000), 3);
	while (fraction[digits - 1] == '0')
		digits--;
	buf_add_char(b, '.');
	buf_add(b, fraction, (size_t)digits);
}

bool duration_parse(struct str s, int64_t max_ms, int64_t *ms)
{
	struct str whole = s;
	uint64_t seconds;
	int64_t fraction = 0, scale = 100;
	size_t point = str_find_char(s, '.');

	whole.n = point;
	if (!str_to_u64(whole, (uint64_t)(max_ms / MS_PER_SECOND), &seconds))
		return false;
	if (point < s.n) {
		struct str digits = str_after(s, point + 1);

		if (digits.n == 0)
			return false;
		for (size_t i = 0; i < digits.n; i++) {
			if (digits.p[i] < '0' || digits.p[i] > '9')
				return false;
			fraction += (digits.p[i] - '0') * scale;
			scale /= 10;
		}
	}
	fraction += (int64_t)seconds * MS_PER_SECOND;
	if (fraction > max_ms)
		return false;
	*ms = fraction;
	return true;
}

int64_t clock_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * MS_PER_SECOND + now.tv_nsec / 1000000;
}

int64_t clock_monotonic_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}
