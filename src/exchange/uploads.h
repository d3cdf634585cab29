/* exchange/uploads.h - the uploads that are under way.
 *
 * Bounds how many one client has at a time, and keeps two requests with one
 * Idempotency-Key from running side by side.  A key that was answered stands in
 * the registry (store/batches.h); one under way stands here, so that a kill leaves
 * no key that is claimed and never answered, and where several exchanges are on
 * one database also there (exchange/key_claims.h).
 *
 * Threads: any. */
#ifndef EXCHANGE_UPLOADS_H
#define EXCHANGE_UPLOADS_H

#include "base/error.h"
#include "base/str.h"

struct uploads;

struct uploads *uploads_new(void);
void uploads_free(struct uploads *uploads);   /* all have left; NULL is fine */

struct upload_claim {
	const char *client_id;
	int64_t operator_key;
	struct str route;
	struct str key;        /* none: the request has none */
};

/* E_RATE when the client has per_client_max already, E_IN_PROGRESS when the key is
 * in use.  The claim stands until it is given back, and its strings with it. */
enum status uploads_enter(struct uploads *uploads, const struct upload_claim *claim, int64_t per_client_max,
			  struct error *err);
void uploads_leave(struct uploads *uploads, const struct upload_claim *claim);

#endif
