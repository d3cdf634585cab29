/* exchange/consents.h - which operator a tenant deals with, and for which countries.
 *
 * active: numbers are provisioned and assigned.  suspended: nothing new is, what
 * is assigned goes on.  removed: only once the operator has released the
 * tenant's numbers (E_IN_USE).  A consent is never deleted: its end is news for
 * the operator, whose feed of consents it stays in. */
#ifndef EXCHANGE_CONSENTS_H
#define EXCHANGE_CONSENTS_H

#include "exchange/exchange.h"
#include "formats/json.h"
#include "store/parties.h"

/* What is given; none or NULL keeps what is there. */
struct consent_change {
	struct str status;               /* a new consent: active when not given */
	const struct json *countries;    /* array of alpha-2; a new consent needs it */
	const struct json *contacts;     /* array of objects */
	struct str notice_version, accepted_by;
};

/* must_exist: E_NOT_FOUND instead of making a new one. */
enum status consents_put(struct exchange *exchange, struct arena *arena, struct str operator_id, struct str tenant_id,
			 const struct consent_change *change, bool must_exist, struct consent_row *row, bool *created,
			 struct error *err);

enum status consents_find(struct exchange *exchange, struct arena *arena, struct str operator_id, struct str tenant_id,
			  struct consent_row *row, struct error *err);

/* Those of an operator, of a tenant, or (both keys 0) all, in the order of the
 * two keys, past a pair of them. */
enum status consents_list(struct exchange *exchange, struct arena *arena, int64_t operator_key, int64_t tenant_key,
			  int64_t after_operator_key, int64_t after_tenant_key, int64_t max, struct consent_row **rows,
			  size_t *count, struct error *err);

/* The operator's feed: what changed after a position, and where the feed ends. */
enum status consents_feed(struct exchange *exchange, struct arena *arena, int64_t operator_key, int64_t after_position,
			  int64_t max, struct consent_row **rows, size_t *count, struct error *err);
enum status consents_feed_head(struct exchange *exchange, int64_t operator_key, int64_t *position, struct error *err);

/* Within a transaction: whether something new may be done with a number of this
 * country.  E_CONSENT, with the same words whatever the reason, or E_COUNTRY. */
enum status consent_allows(struct sql *sql, struct arena *arena, int64_t operator_key, int64_t tenant_key,
			   struct str country, struct error *err);

#endif
