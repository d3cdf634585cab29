#include "exchange/key_claims.h"

#include "base/arena.h"
#include "base/instant.h"
#include "base/log.h"
#include "base/random.h"
#include "store/batches.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct key_claims {
	struct store *store;
	char owner[GUID_TEXT_SIZE]; /* this run of this exchange */
	pthread_mutex_t mutex;
	pthread_cond_t stop_changed;
	pthread_t renewer;
	bool renewing, stopping;
	bool left_over; /* a row that should have been given back stands there */
	size_t count;
};

struct key_claims *key_claims_new(struct store *store)
{
	struct key_claims *claims = xalloc(sizeof(*claims));
	pthread_condattr_t attributes;

	claims->store = store;
	random_guid(claims->owner);
	pthread_mutex_init(&claims->mutex, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&claims->stop_changed, &attributes);
	pthread_condattr_destroy(&attributes);
	return claims;
}

void key_claims_free(struct key_claims *claims)
{
	if (!claims)
		return;
	pthread_mutex_lock(&claims->mutex);
	claims->stopping = true;
	pthread_cond_signal(&claims->stop_changed);
	pthread_mutex_unlock(&claims->mutex);
	if (claims->renewing)
		pthread_join(claims->renewer, NULL);
	pthread_cond_destroy(&claims->stop_changed);
	pthread_mutex_destroy(&claims->mutex);
	free(claims);
}

static struct key_claim_row row_of(const struct key_claims *claims, const struct upload_claim *claim)
{
	return (struct key_claim_row){ claim->operator_key, claim->route, claim->key, str_from(claims->owner),
				       clock_now_ms() + KEY_LEASE_MS };
}

/* One change of the rows, in a transaction of its own. */
typedef enum status key_claim_change(struct sql *sql, const struct key_claim_row *row, bool *done, struct error *err);

static enum status change(struct key_claims *claims, key_claim_change *function, const struct key_claim_row *row,
			  bool *done, struct error *err)
{
	struct sql *sql;
	enum status status = store_write(claims->store, &sql, err);

	if (status != OK)
		return status;
	status = function(sql, row, done, err);
	if (status == OK)
		return store_commit(claims->store, sql, err);
	store_abort(claims->store, sql);
	return status;
}

/* --- renewing ------------------------------------------------------------------------ */

/* One that fails is tried again before the lease ends. */
static enum status renew(struct key_claims *claims, int64_t until_ms)
{
	struct key_claim_row row = { .owner = str_from(claims->owner), .until_ms = until_ms };
	struct error err;
	bool any;
	enum status status = change(claims, key_claims_renew, &row, &any, &err);

	if (status != OK)
		log_event(LOG_WARNING, "claims on Idempotency-Keys were not renewed", LOG_Z("reason", err.message), LOG_END);
	return status;
}

static void *renew_always(void *context)
{
	struct key_claims *claims = context;

	pthread_mutex_lock(&claims->mutex);
	while (!claims->stopping) {
		struct timespec until;
		bool any;

		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec += KEY_LEASE_MS / 3 / MS_PER_SECOND;
		while (!claims->stopping && pthread_cond_timedwait(&claims->stop_changed, &claims->mutex, &until) == 0)
			continue;
		/* Nobody claims meanwhile: the lock is held. */
		if (claims->left_over && claims->count == 0 && renew(claims, 0) == OK)
			claims->left_over = false;
		any = claims->count > 0 && !claims->stopping;
		pthread_mutex_unlock(&claims->mutex);
		if (any)
			renew(claims, clock_now_ms() + KEY_LEASE_MS);
		pthread_mutex_lock(&claims->mutex);
	}
	pthread_mutex_unlock(&claims->mutex);
	return NULL;
}

static enum status count_one(struct key_claims *claims, struct error *err)
{
	enum status status = OK;

	pthread_mutex_lock(&claims->mutex);
	if (!claims->renewing && pthread_create(&claims->renewer, NULL, renew_always, claims) != 0)
		status = error_set(err, E_UNAVAILABLE, NULL, "could not start a thread");
	else
		claims->renewing = true;
	claims->count += status == OK;
	pthread_mutex_unlock(&claims->mutex);
	return status;
}

/* --- claims --------------------------------------------------------------------------- */

enum status key_claims_take(struct key_claims *claims, const struct upload_claim *claim, struct error *err)
{
	struct key_claim_row row = row_of(claims, claim);
	bool taken = false;
	enum status status = count_one(claims, err);

	if (status != OK)
		return status;
	status = change(claims, key_claim_take, &row, &taken, err);
	if (status == OK && !taken)
		status = error_set(err, E_IN_PROGRESS, "Idempotency-Key",
				   "a request with the same Idempotency-Key is still under way");
	if (status != OK)
		key_claims_given(claims);
	return status;
}

void key_claims_give(struct key_claims *claims, const struct upload_claim *claim)
{
	struct key_claim_row row = row_of(claims, claim);
	struct error err;
	bool done;

	if (change(claims, key_claim_drop, &row, &done, &err) != OK) {
		log_event(LOG_WARNING, "a claim on an Idempotency-Key was not given back", LOG_Z("reason", err.message),
			  LOG_END);
		pthread_mutex_lock(&claims->mutex);
		claims->left_over = true;
		pthread_mutex_unlock(&claims->mutex);
	}
	key_claims_given(claims);
}

enum status key_claims_give_in(struct key_claims *claims, struct sql *sql, const struct upload_claim *claim,
			       struct error *err)
{
	struct key_claim_row row = row_of(claims, claim);
	bool ours = false;
	enum status status = key_claim_drop(sql, &row, &ours, err);

	if (status == OK && !ours)
		return error_set(err, E_UNAVAILABLE, "Idempotency-Key",
				 "the upload stood still for so long that its key was given to another; send it again");
	return status;
}

void key_claims_given(struct key_claims *claims)
{
	pthread_mutex_lock(&claims->mutex);
	claims->count--;
	pthread_mutex_unlock(&claims->mutex);
}
