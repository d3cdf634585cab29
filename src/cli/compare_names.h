/* cli/compare_names.h - names (of operators, of trunks) as small numbers.
 *
 * While records are read, each name gets the next number; 0 is the absent one.
 * Afterwards the names of both sides are merged in order of their text, so that
 * the numbers do not depend on the order of records or files. */
#ifndef CLI_COMPARE_NAMES_H
#define CLI_COMPARE_NAMES_H

#include "base/arena.h"

#define NAMES_MAX 65535

struct names {
	struct arena arena;
	struct str *list;   /* [0] is absent */
	size_t n, capacity; /* without [0]; room of list */
	uint16_t *slots;    /* open addressing by hash; 0: free */
	size_t slot_count;
	uint16_t last;
};

void names_init(struct names *names);
void names_release(struct names *names);

/* The number of a name, a new one where it is new; 0 for the empty name and where NAMES_MAX are known already. */
uint16_t names_put(struct names *names, struct str name);

/* Adds what `from` knows, and tells for each of its numbers the one here; map has room for from->n + 1. */
void names_merge(struct names *names, const struct names *from, uint16_t *map);

/* Renumbers by text; map has room for n + 1 and gets each old number's new one. */
void names_sort(struct names *names, uint16_t *map);

#endif
