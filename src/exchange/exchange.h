/* exchange/exchange.h - one running exchange: what all its verbs work on.
 *
 * The verbs stand in files of their own (provision_number.h, assign_number.h,
 * accept_records.h, reconcile_day.h, ...); each takes the exchange first, keeps
 * the rules, and opens and ends its own transactions.  Nothing here knows HTTP.
 *
 * Threads: an exchange is used from any thread once it is open. */
#ifndef EXCHANGE_EXCHANGE_H
#define EXCHANGE_EXCHANGE_H

#include "exchange/audit.h"
#include "exchange/link.h"
#include "exchange/policy.h"
#include "exchange/settings.h"
#include "store/store.h"

/* How far the sweep is. */
struct retention {
	bool under_way;
	int64_t began_ms, previous_ms;           /* the sweep under way or the last one, and the one before; 0: none */
	struct sweep_place {
		int64_t operator_key;            /* the first that is not through */
		int32_t day;                     /* its last day that is */
	} place;
};

struct exchange {
	struct store *store;
	struct records *records;                 /* store/records.h */
	struct settings settings;
	struct policy *policy;
	struct audit *audit;
	unsigned char link_key[LINK_KEY_SIZE];
	struct uploads *uploads;                 /* exchange/uploads.h */
	struct key_claims *key_claims;           /* exchange/key_claims.h; NULL: no other exchange is on the store */
	int64_t opened_ms;                       /* what ran on the store before may have been cut off */
	struct retention retention;              /* the background's, exchange/retain.h */
	struct background *background;           /* exchange/background.h; NULL until started */
};

/* Opens the store and all that stands on it.  settings' strings must outlive the exchange. */
enum status exchange_open(struct exchange **exchange, const struct settings *settings, struct error *err);
void exchange_close(struct exchange *exchange);   /* stops the background first; NULL is fine */

#endif
