#include "exchange/background.h"

#include "base/instant.h"
#include "base/log.h"
#include "exchange/number_orders.h"
#include "exchange/reconcile_day.h"
#include "exchange/retain.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

/* Does a bounded piece of work; *again_ms: when it wants to run next, 0: now. */
typedef enum status background_job(struct exchange *exchange, int64_t *again_ms, struct error *err);

static const struct {
	const char *name;
	background_job *run;
} jobs[] = {
	{ "number orders", number_orders_job },
	{ "reconciliation", reconcile_job },
	{ "retention", retain_job },
};

#define JOB_COUNT (sizeof(jobs) / sizeof(jobs[0]))
#define RETRY_MS INT64_C(5000) /* after a failure */

struct background {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool woken;
	bool stopping;
};

/* Runs each job that is due; returns how long to wait for the next. */
static int64_t run_due(struct exchange *exchange, int64_t due_us[JOB_COUNT], bool all)
{
	int64_t soonest = INT64_MAX;

	for (size_t i = 0; i < JOB_COUNT; i++) {
		struct error err = { 0 };
		int64_t again_ms = 60000;

		if (all || due_us[i] <= clock_monotonic_us()) {
			if (jobs[i].run(exchange, &again_ms, &err) != OK) {
				log_event(LOG_ERROR, "background job failed", LOG_Z("job", jobs[i].name),
					  LOG_Z("reason", err.message), LOG_END);
				again_ms = RETRY_MS;
			}
			due_us[i] = clock_monotonic_us() + again_ms * 1000;
		}
		if (due_us[i] < soonest)
			soonest = due_us[i];
	}
	soonest = (soonest - clock_monotonic_us()) / 1000;
	return soonest > 0 ? soonest : 0;
}

static void *background_loop(void *context)
{
	struct exchange *exchange = context;
	struct background *b = exchange->background;
	int64_t due_us[JOB_COUNT] = { 0 };

	pthread_mutex_lock(&b->lock);
	while (!b->stopping) {
		bool all = b->woken;
		struct timespec until;
		int64_t wait_ms;

		b->woken = false;
		pthread_mutex_unlock(&b->lock);
		wait_ms = run_due(exchange, due_us, all);
		pthread_mutex_lock(&b->lock);
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec += wait_ms / 1000;
		until.tv_nsec += wait_ms % 1000 * 1000000;
		if (until.tv_nsec >= 1000000000) {
			until.tv_nsec -= 1000000000;
			until.tv_sec++;
		}
		while (wait_ms > 0 && !b->stopping && !b->woken &&
		       pthread_cond_timedwait(&b->changed, &b->lock, &until) == 0)
			continue;
	}
	pthread_mutex_unlock(&b->lock);
	return NULL;
}

static void background_free(struct background *b)
{
	pthread_cond_destroy(&b->changed);
	pthread_mutex_destroy(&b->lock);
	free(b);
}

enum status background_start(struct exchange *exchange, struct error *err)
{
	struct background *b = xalloc(sizeof(*b));
	pthread_condattr_t attributes;

	pthread_mutex_init(&b->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&b->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	exchange->background = b;
	if (pthread_create(&b->thread, NULL, background_loop, exchange) != 0) {
		exchange->background = NULL;
		background_free(b);
		return error_set(err, E_INTERNAL, NULL, "could not start a thread");
	}
	return OK;
}

static void raise_flag(struct background *b, bool *flag)
{
	pthread_mutex_lock(&b->lock);
	*flag = true;
	pthread_cond_signal(&b->changed);
	pthread_mutex_unlock(&b->lock);
}

void background_wake(struct exchange *exchange)
{
	struct background *b = exchange->background;

	if (b)
		raise_flag(b, &b->woken);
}

void background_stop(struct exchange *exchange)
{
	struct background *b = exchange->background;

	if (!b)
		return;
	raise_flag(b, &b->stopping);
	pthread_join(b->thread, NULL);
	exchange->background = NULL;
	background_free(b);
}
