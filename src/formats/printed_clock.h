/* formats/printed_clock.h - times as devices print them, with the month in letters:
 *
 *     11:42:13.120 UTC Wed Nov 25 2026     Cisco's, in h323-... attributes; * or . before it: the clock is not to be
 * trusted Nov 25 2026 11:42:13 UTC             FreeRADIUS Wed Nov 25 11:42:13 2026             ctime() */
#ifndef FORMATS_PRINTED_CLOCK_H
#define FORMATS_PRINTED_CLOCK_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

/* Milliseconds since 1970 on the clock that was read; is_utc where it says so.  Other letters for a zone ("CET") name
 * none for certain, and are passed over.  False: it is no such text. */
bool printed_clock_parse(struct str text, int64_t *local_ms, bool *is_utc);

#endif
