/* store/id_filter.h - "was this id ever seen?", in a few bytes an id.
 *
 * A blocked Bloom filter (Putze, Sanders, Singler 2007: one cache line an id) in
 * segments that double: it grows without reading anything again.  It says "no"
 * only for what was never added, and "perhaps" wrongly for less than one id in a
 * thousand at ID_FILTER_BITS_PER_ID.  Hashes are hash64() of ids.
 *
 * Threads: one that adds or any number that ask. */
#ifndef STORE_ID_FILTER_H
#define STORE_ID_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#define ID_FILTER_BITS_PER_ID 24

struct id_filter;

struct id_filter *id_filter_new(void);
void id_filter_free(struct id_filter *filter);   /* NULL is fine */

/* Bytes in use, and what it would be after `more` further ids. */
uint64_t id_filter_bytes(const struct id_filter *filter);
uint64_t id_filter_bytes_with(const struct id_filter *filter, uint64_t more);

void id_filter_add(struct id_filter *filter, uint64_t hash);
/* Asks for the memory that id_filter_has() will look at. */
void id_filter_prefetch(const struct id_filter *filter, uint64_t hash);
bool id_filter_has(const struct id_filter *filter, uint64_t hash);

#endif
