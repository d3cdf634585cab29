/* base/zone.h - what a clock on a wall meant.
 *
 * A zone is UTC, a fixed offset ("+02:00", "-0330") or a name of the system's
 * time zone database ("Europe/Berlin").  After the last change that the database
 * knows (2037), its last offset holds on.
 *
 * A zone does not change; any thread may read it. */
#ifndef BASE_ZONE_H
#define BASE_ZONE_H

#include "base/error.h"
#include "base/str.h"

struct zone;

/* E_NOT_FOUND when there is no such zone. */
enum status zone_open(struct zone **zone, struct str name, struct error *err);
void zone_free(struct zone *zone);                     /* NULL is fine */

enum zone_answer {
	ZONE_ONCE,
	ZONE_TWICE,   /* clocks were set back over it: the earlier of the two is given */
	ZONE_NEVER,   /* clocks were set forward over it: read with the offset before */
};

/* local_ms: a wall clock's reading, as milliseconds since 1970 on that clock. */
enum zone_answer zone_to_utc(const struct zone *zone, int64_t local_ms, int64_t *utc_ms);

/* What a wall clock shows at an instant. */
int64_t zone_to_local(const struct zone *zone, int64_t utc_ms);

#endif
