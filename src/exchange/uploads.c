#include "exchange/uploads.h"

#include "base/arena.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

/* Few are ever under way at once: a list. */
struct uploads {
	pthread_mutex_t mutex;
	const struct upload_claim **claims;
	size_t count, capacity;
};

struct uploads *uploads_new(void)
{
	struct uploads *uploads = xalloc(sizeof(*uploads));

	pthread_mutex_init(&uploads->mutex, NULL);
	return uploads;
}

void uploads_free(struct uploads *uploads)
{
	if (!uploads)
		return;
	assert(uploads->count == 0);
	pthread_mutex_destroy(&uploads->mutex);
	free(uploads->claims);
	free(uploads);
}

static bool same_key(const struct upload_claim *a, const struct upload_claim *b)
{
	return !str_is_none(a->key) && !str_is_none(b->key) && a->operator_key == b->operator_key &&
	       str_equal(a->route, b->route) && str_equal(a->key, b->key);
}

static enum status check(const struct uploads *uploads, const struct upload_claim *claim, int64_t per_client_max,
			 struct error *err)
{
	int64_t own = 0;

	for (size_t i = 0; i < uploads->count; i++) {
		if (same_key(uploads->claims[i], claim))
			return error_set(err, E_IN_PROGRESS, "Idempotency-Key",
					 "a request with the same Idempotency-Key is still under way");
		own += strcmp(uploads->claims[i]->client_id, claim->client_id) == 0;
	}
	if (own >= per_client_max)
		return error_set(err, E_RATE, NULL, "the client has %lld uploads under way; at most %lld may be",
				 (long long)own, (long long)per_client_max);
	return OK;
}

enum status uploads_enter(struct uploads *uploads, const struct upload_claim *claim, int64_t per_client_max,
			  struct error *err)
{
	enum status status;

	pthread_mutex_lock(&uploads->mutex);
	status = check(uploads, claim, per_client_max, err);
	if (status == OK) {
		if (uploads->count == uploads->capacity) {
			uploads->capacity = uploads->capacity ? 2 * uploads->capacity : 16;
			uploads->claims = xrealloc(uploads->claims, uploads->capacity * sizeof(*uploads->claims));
		}
		uploads->claims[uploads->count++] = claim;
	}
	pthread_mutex_unlock(&uploads->mutex);
	return status;
}

void uploads_leave(struct uploads *uploads, const struct upload_claim *claim)
{
	size_t i = 0;

	pthread_mutex_lock(&uploads->mutex);
	while (uploads->claims[i] != claim)
		i++;
	uploads->claims[i] = uploads->claims[--uploads->count];
	pthread_mutex_unlock(&uploads->mutex);
}
