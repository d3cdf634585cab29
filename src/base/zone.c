#include "base/zone.h"

#include "base/arena.h"
#include "base/instant.h"

#include <stdio.h>
#include <stdlib.h>

#define ZONE_FILE_MAX ((size_t)64 * 1024)
#define ZONE_NAME_MAX 64
#define TZIF_HEADER_SIZE 44

struct change {
	int64_t at_ms;     /* from when on */
	int64_t offset_ms; /* local minus UTC */
};

struct zone {
	int64_t first_offset_ms; /* before the first change */
	size_t count;
	struct change changes[]; /* by time */
};

/* --- fixed offsets --------------------------------------------------------------- */

static bool parse_offset(struct str s, int64_t *offset_ms)
{
	uint64_t hours, minutes = 0;
	int sign = 1;

	if (str_is(s, "UTC") || str_is(s, "Z") || str_is(s, "GMT")) {
		*offset_ms = 0;
		return true;
	}
	if (s.n < 3 || (s.p[0] != '+' && s.p[0] != '-'))
		return false;
	if (s.p[0] == '-')
		sign = -1;
	s = str_after(s, 1);
	if (!str_to_u64(str_of(s.p, 2), 15, &hours))
		return false;
	s = str_after(s, 2);
	if (s.n && s.p[0] == ':')
		s = str_after(s, 1);
	if (s.n && (s.n != 2 || !str_to_u64(s, 59, &minutes)))
		return false;
	*offset_ms = sign * (int64_t)(hours * 60 + minutes) * 60 * MS_PER_SECOND;
	return true;
}

static struct zone *zone_alloc(size_t changes)
{
	struct zone *zone = xalloc(sizeof(*zone) + changes * sizeof(struct change));

	zone->count = changes;
	return zone;
}

/* --- the database (RFC 8536, TZif) --------------------------------------------------- */

static uint32_t be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t be64(const unsigned char *p)
{
	return (int64_t)((uint64_t)be32(p) << 32 | be32(p + 4));
}

struct tzif {
	uint32_t isutc, isstd, leap, times, types, chars;
};

static bool tzif_header(const unsigned char *p, const unsigned char *end, struct tzif *h)
{
	if (end - p < TZIF_HEADER_SIZE || memcmp(p, "TZif", 4) != 0)
		return false;
	*h = (struct tzif){ be32(p + 20), be32(p + 24), be32(p + 28), be32(p + 32), be32(p + 36), be32(p + 40) };
	return h->times <= ZONE_FILE_MAX && h->types >= 1 && h->types <= 256 && h->leap <= 1000 && h->chars <= 4096;
}

static size_t tzif_body_size(const struct tzif *h, size_t time_size)
{
	return h->times * (time_size + 1) + h->types * (size_t)6 + h->chars + h->leap * (time_size + 4) + h->isstd +
	       h->isutc;
}

/* The second block, with 64-bit times. */
static struct zone *read_tzif(const unsigned char *p, size_t n)
{
	const unsigned char *end = p + n, *times, *indexes, *types;
	struct zone *zone;
	struct tzif h;

	if (!tzif_header(p, end, &h) || p[4] < '2')
		return NULL;
	p += TZIF_HEADER_SIZE;
	if ((size_t)(end - p) < tzif_body_size(&h, 4))
		return NULL;
	p += tzif_body_size(&h, 4);
	if (!tzif_header(p, end, &h))
		return NULL;
	p += TZIF_HEADER_SIZE;
	if ((size_t)(end - p) < tzif_body_size(&h, 8))
		return NULL;
	times = p;
	indexes = times + (size_t)h.times * 8;
	types = indexes + h.times;
	zone = zone_alloc(h.times);
	zone->first_offset_ms = (int32_t)be32(types) * MS_PER_SECOND;
	for (uint32_t i = 0; i < h.times; i++) {
		unsigned type = indexes[i] < h.types ? indexes[i] : 0;
		int64_t at = be64(times + (size_t)i * 8);

		/* Some databases begin with the Big Bang. */
		if (at < INT64_MIN / 1000000)
			at = INT64_MIN / 1000000;
		zone->changes[i].at_ms = at * MS_PER_SECOND;
		zone->changes[i].offset_ms = (int32_t)be32(types + (size_t)type * 6) * MS_PER_SECOND;
	}
	return zone;
}

static bool is_zone_name(struct str name)
{
	if (name.n == 0 || name.n > ZONE_NAME_MAX || name.p[0] == '/' || name.p[0] == '.')
		return false;
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
		      c == '_' || c == '-' || c == '+'))
			return false;
	}
	return true;
}

static struct zone *read_database(struct str name)
{
	unsigned char *bytes;
	struct zone *zone = NULL;
	char path[ZONE_NAME_MAX + 32];
	FILE *file;

	snprintf(path, sizeof(path), "/usr/share/zoneinfo/%.*s", STR_ARG(name));
	file = fopen(path, "rbe");
	if (!file)
		return NULL;
	bytes = xalloc(ZONE_FILE_MAX);
	zone = read_tzif(bytes, fread(bytes, 1, ZONE_FILE_MAX, file));
	free(bytes);
	fclose(file);
	return zone;
}

enum status zone_open(struct zone **zone, struct str name, struct error *err)
{
	int64_t offset_ms;
	struct zone *found = NULL;

	if (parse_offset(name, &offset_ms)) {
		found = zone_alloc(0);
		found->first_offset_ms = offset_ms;
	} else if (is_zone_name(name)) {
		found = read_database(name);
	}
	if (!found)
		return error_set(err, E_NOT_FOUND, "zone",
				 "there is no time zone %.*s here; zones are like UTC, +02:00 or Europe/Berlin",
				 (int)(name.n < ZONE_NAME_MAX ? name.n : ZONE_NAME_MAX), name.p);
	*zone = found;
	return OK;
}

void zone_free(struct zone *zone)
{
	free(zone);
}

/* --- reading ------------------------------------------------------------------------ */

/* How many changes lie at or before an instant. */
static size_t changes_until(const struct zone *zone, int64_t utc_ms)
{
	size_t low = 0, high = zone->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (zone->changes[middle].at_ms <= utc_ms)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int64_t offset_after(const struct zone *zone, size_t changes)
{
	return changes ? zone->changes[changes - 1].offset_ms : zone->first_offset_ms;
}

int64_t zone_to_local(const struct zone *zone, int64_t utc_ms)
{
	return utc_ms + offset_after(zone, changes_until(zone, utc_ms));
}

/* A reading lies within a day of its instant, so at most the changes of two days
 * around it can matter; each stretch between them gives at most one instant. */
enum zone_answer zone_to_utc(const struct zone *zone, int64_t local_ms, int64_t *utc_ms)
{
	size_t last = changes_until(zone, local_ms + MS_PER_DAY);
	size_t first = changes_until(zone, local_ms - MS_PER_DAY);
	int found = 0;

	for (size_t i = first; i <= last; i++) {
		int64_t utc = local_ms - offset_after(zone, i);

		if ((i > 0 && utc < zone->changes[i - 1].at_ms) || (i < zone->count && utc >= zone->changes[i].at_ms))
			continue;
		if (found++ == 0)
			*utc_ms = utc;
	}
	if (found)
		return found > 1 ? ZONE_TWICE : ZONE_ONCE;
	/* In the gap of a change: the offset that held before it. */
	for (size_t i = first; i < last; i++)
		if (local_ms - offset_after(zone, i) >= zone->changes[i].at_ms)
			*utc_ms = local_ms - offset_after(zone, i);
	return ZONE_NEVER;
}
