/* exchange/number_feed.h - what changed among an operator's numbers, in order.
 *
 * A place in the feed is a position, and while a fresh reader still goes through
 * what is there, also where the feed ended when it began: removals up to that
 * point are no news to it. */
#ifndef EXCHANGE_NUMBER_FEED_H
#define EXCHANGE_NUMBER_FEED_H

#include "exchange/exchange.h"
#include "store/numbers.h"

struct number_place {
	int64_t position;
	int64_t fresh_until;    /* 0 once the reader has caught up */
};

/* The beginning of a fresh reading, or (latest) where the feed ends now. */
enum status number_feed_start(struct exchange *exchange, int64_t operator_key, bool latest,
			      struct number_place *place, struct error *err);

/* Up to max changes past *place, which moves behind the last of them; *more when
 * there is at least one further.  E_GONE when removals that the reader has not
 * seen are no longer known. */
enum status number_feed_read(struct exchange *exchange, struct arena *arena, int64_t operator_key, int64_t max,
			     struct number_place *place, struct number_row **rows, size_t *count, bool *more,
			     struct error *err);

/* Forgets removals, finished orders, operations and (by the policy, for the holder's
 * country) ended spans of assignments that are past their time. */
enum status number_history_sweep(struct exchange *exchange, int64_t now_ms, int64_t *dropped, struct error *err);

#endif
