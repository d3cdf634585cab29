/* exchange/holders.h - who holds a number now, and who held it when.
 *
 * A holder's time is a span [from, to).  Spans of a number never overlap and
 * their times never run backwards, whatever the clock does, so that a call is
 * judged by the assignment of its own moment. */
#ifndef EXCHANGE_HOLDERS_H
#define EXCHANGE_HOLDERS_H

#include "exchange/exchange.h"
#include "store/numbers.h"
#include "store/parties.h"

/* E_NOT_FOUND when nobody held the number at that moment.  The span lives in the arena. */
enum status holder_at(struct exchange *exchange, struct arena *arena, number_t number, int64_t at_ms,
		      struct span_row *span, struct error *err);

/* What the operator may know of a holder: the user's own SIP URI, else
 * sip:+E164@domain;user=phone. */
struct str holder_sip_uri(struct arena *arena, const struct user_row *user, number_t number, struct str domain);

/* Within a transaction: ends the span that runs, and begins one when the number
 * has a holder now. */
enum status holder_record(struct sql *sql, const struct number_row *number, int64_t now_ms, struct error *err);

/* Within a transaction that holds the tenant (tenant_lock): gives the numbers of
 * one user, or (user NULL) of all, the SIP URIs that hold now; each number whose
 * URI changes comes again in its operator's feed. */
enum status holder_sip_uris_renew(struct sql *sql, const struct tenant_row *tenant, const struct user_row *user,
				  int64_t now_ms, struct error *err);

#endif
