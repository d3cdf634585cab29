/* base/instant.h - points in time as whole milliseconds since 1970-01-01T00:00:00Z.
 *
 * Text is ISO 8601 / RFC 3339.  On output always UTC with three decimals and Z.
 * On input any offset, 0-7 fractional digits (cut to the millisecond, as the
 * wire's 100 ns ticks allow), `T` or a space; years 0001-9999.  What has no
 * offset is refused here; file readers that know a zone add it first. */
#ifndef BASE_INSTANT_H
#define BASE_INSTANT_H

#include "base/buf.h"
#include "base/str.h"

#define INSTANT_NONE INT64_MIN
#define MS_PER_SECOND INT64_C(1000)
#define MS_PER_DAY INT64_C(86400000)
#define INSTANT_TEXT_SIZE 32 /* bytes instant_text() may write, NUL included */

/* False when s is not such a text.  `0001-01-01T00:00:00Z` is INSTANT_NONE, the
 * way in which Microsoft's formats write "absent". */
bool instant_parse(struct str s, int64_t *ms);

/* As instant_parse, and a bare date YYYY-MM-DD is its midnight UTC. */
bool instant_parse_or_date(struct str s, int64_t *ms);

/* "2026-11-25T10:50:48.123Z" into out; INSTANT_NONE must not be given. */
struct str instant_text(int64_t ms, char out[INSTANT_TEXT_SIZE]);
void instant_add(struct buf *b, int64_t ms);

/* UTC days, counted from 1970-01-01; day_text is "2026-11-25". */
int32_t instant_day(int64_t ms);
int64_t day_start(int32_t day);
bool day_parse(struct str s, int32_t *day);
struct str day_text(int32_t day, char out[INSTANT_TEXT_SIZE]);

/* Civil date of a day (proleptic Gregorian) and back. */
void day_to_civil(int32_t day, int *year, unsigned *month, unsigned *mday);
int32_t day_from_civil(int year, unsigned month, unsigned mday);

/* Seconds with up to three decimals, "59.4"; whole seconds without a point. */
void duration_add(struct buf *b, int64_t ms);

/* Non-negative decimal seconds with at most three significant decimals (more
 * digits are cut); false when it is no such number or exceeds max_ms. */
bool duration_parse(struct str s, int64_t max_ms, int64_t *ms);

/* Now, by the system's clock and by the monotonic one. */
int64_t clock_now_ms(void);
int64_t clock_monotonic_us(void);

#endif
