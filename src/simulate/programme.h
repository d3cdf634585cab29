/* simulate/programme.h - a small calling programme with a known truth.
 *
 * Three operators, five tenants in five countries, 2,000 numbers, and any number
 * of days of calls.  Each operator's own records differ from the platform's in a
 * way of its own, as real ones do:
 *
 *     Nordlicht Telekom   its clock is 3.2 s fast, durations are rounded up to 6 s
 *     Maple Voice         a trunk is silent 14:10-15:25 UTC on the last day, and an
 *                         hour of that day was delivered twice, under new ids
 *     Lune Telecom        durations are counted from set-up, in whole seconds
 *
 * The same seed and day give the same calls on every machine. */
#ifndef SIMULATE_PROGRAMME_H
#define SIMULATE_PROGRAMME_H

#include "base/buf.h"
#include "base/random.h"
#include "formats/record.h"

#define PROGRAMME_OPERATORS 3
#define PROGRAMME_TENANTS 5
#define PROGRAMME_NUMBERS 400      /* of each tenant */
#define PROGRAMME_ASSIGNED 300     /* of these, to users; the rest stays free */

struct programme_operator {
	const char *name;
	const char *country;
	const char *trunks[3];
	char id[GUID_TEXT_SIZE];
};

struct programme_tenant {
	const char *name;
	const char *domain;
	const char *country;
	int operator_index;
	uint64_t first_number;         /* the others follow, without gaps */
	unsigned digits;
	char id[GUID_TEXT_SIZE];
	char users[PROGRAMME_ASSIGNED][GUID_TEXT_SIZE];
};

struct programme {
	struct programme_operator operators[PROGRAMME_OPERATORS];
	struct programme_tenant tenants[PROGRAMME_TENANTS];
	uint64_t seed;
	int32_t last_day;              /* the day that carries the one-day faults */
	unsigned calls_per_tenant;     /* a day */
};

/* Fills in the parties with ids made from the seed. */
void programme_init(struct programme *p, uint64_t seed, int32_t last_day, unsigned calls_per_tenant);

number_t programme_number(const struct programme_tenant *tenant, unsigned index);

/* One operator's calls of one day. */
struct programme_day;

struct programme_day *programme_day_new(const struct programme *p, int operator_index, int32_t day);
void programme_day_free(struct programme_day *day);

/* Appends the next record as a JSON line; false when there is none left. */
bool programme_day_next_call(struct programme_day *day, struct buf *out);
bool programme_day_next_duration(struct programme_day *day, struct buf *out);

#endif
