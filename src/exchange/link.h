/* exchange/link.h - the tokens inside next links and delta links.
 *
 * A token is a place in a list or feed, the options it was asked with, whose it
 * is and when it was made, sealed with the exchange's key: it survives
 * restarts, cannot be altered, and is read by every exchange on the same store. */
#ifndef EXCHANGE_LINK_H
#define EXCHANGE_LINK_H

#include "base/arena.h"
#include "base/error.h"

enum link_kind { LINK_NEXT = 1, LINK_DELTA = 2 };

/* Each list and feed has a number of its own, so that a token of one is refused by another. */
enum link_feed {
	LINK_NUMBERS = 1, LINK_NUMBERS_DELTA, LINK_CONSENTS, LINK_CONSENTS_DELTA, LINK_CALL_RECORDS,
	LINK_CALL_RECORDS_DELTA, LINK_CALL_DURATIONS, LINK_CALL_CONFLICTS, LINK_BATCHES, LINK_PSTN_CALLS,
	LINK_DIRECT_ROUTING_CALLS, LINK_NUMBER_ASSIGNMENTS, LINK_GRAPH_CALL_RECORDS, LINK_DISCREPANCIES,
	LINK_RECONCILIATIONS, LINK_OPERATORS, LINK_TENANTS, LINK_USERS, LINK_CLIENTS, LINK_AUDIT, LINK_ORDERS,
	LINK_PLATFORM_CONSENTS, LINK_CAUSES, LINK_DURATION_CONFLICTS, LINK_PLATFORM_NUMBERS, LINK_PLATFORM_ORDERS,
	LINK_CALL_BATCHES,
};

/* Bytes of a place: a record's id can be 128 characters of four bytes.  Of options: a filter by such an id and
 * others, and the names of all properties; the address of a request stays well below its limit. */
#define LINK_PLACE_MAX ((size_t)640)
#define LINK_OPTIONS_MAX ((size_t)2000)

struct link {
	enum link_kind kind;
	enum link_feed feed;
	int64_t party;         /* operator_key or tenant_key, 0 for the platform */
	int64_t issued_ms;
	int64_t position;      /* the feed's, or a count */
	struct str place;      /* a list's own place: any bytes, at most LINK_PLACE_MAX */
	struct str options;    /* frozen query options, at most LINK_OPTIONS_MAX */
};

#define LINK_KEY_SIZE 32

struct str link_seal(struct arena *arena, const unsigned char key[LINK_KEY_SIZE], const struct link *link);

/* E_TOKEN_INVALID: altered or another list's.  E_NOT_FOUND: another party's.
 * E_GONE: made more than lifetime_ms before now_ms.  Slices live in the arena. */
enum status link_open(struct arena *arena, const unsigned char key[LINK_KEY_SIZE], struct str token,
		      enum link_feed feed, int64_t party, int64_t now_ms, int64_t delta_lifetime_ms,
		      int64_t next_lifetime_ms, struct link *link, struct error *err);

#endif
