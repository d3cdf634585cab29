/* exchange/key_claims.h - Idempotency-Keys under way, among exchanges on one database.
 *
 * Within one process exchange/uploads.h keeps requests with the same key apart;
 * where several exchanges share a database a row of it does. The row is a lease:
 * renewed while its exchange runs, free again KEY_LEASE_MS after a crash, and
 * given back in the transaction that writes the key's answer, so that a key is
 * either claimed or answered, and never lost in between. Exchanges' clocks may
 * differ by some seconds.
 *
 * Threads: any; a renewing thread of its own runs while there are claims. */
#ifndef EXCHANGE_KEY_CLAIMS_H
#define EXCHANGE_KEY_CLAIMS_H

#include "exchange/uploads.h"
#include "store/store.h"

#define KEY_LEASE_MS INT64_C(15000)

struct key_claims;

/* The store outlives them. */
struct key_claims *key_claims_new(struct store *store);
void key_claims_free(struct key_claims *claims);   /* all are given back; NULL is fine */

/* E_IN_PROGRESS: another exchange has it. */
enum status key_claims_take(struct key_claims *claims, const struct upload_claim *claim, struct error *err);
void key_claims_give(struct key_claims *claims, const struct upload_claim *claim);

/* Gives it back with the caller's transaction; when that is committed, key_claims_given() follows, else
 * key_claims_give(). E_UNAVAILABLE: we stood still for longer than the lease, and another has it. */
enum status key_claims_give_in(struct key_claims *claims, struct sql *sql, const struct upload_claim *claim,
			       struct error *err);
void key_claims_given(struct key_claims *claims);

#endif
