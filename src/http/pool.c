#include "http/pool.h"

#include "base/arena.h"
#include "base/log.h"
#include "http/server.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* A thread that nobody needed for so long ends. */
#define SPARE_SECONDS 10

#define TOGETHER_MAX 16

struct pool {
	pool_turn *turn, *wake;
	void *context;
	pthread_mutex_t lock;
	pthread_cond_t spare_wanted, all_gone;
	unsigned together; /* how many should work when none blocks */
	unsigned enough;   /* when fewer work, another is woken or made */
	unsigned threads_max;
	unsigned threads; /* all there are */
	unsigned working; /* neither blocked nor spare; one that is being woken or made counts */
	unsigned spare;   /* waiting to be wanted */
	unsigned wanted;  /* of the spare ones, not yet awake */
	bool stopping;
};

static void *run(void *context);

/* With the lock held; the new thread counts at once. */
static bool add_thread(struct pool *pool)
{
	pthread_attr_t attributes;
	pthread_t thread;
	sigset_t all, before;
	int rc;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, HTTP_STACK_SIZE);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	/* Signals are for the thread that waits for them. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&thread, &attributes, run, pool);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	if (rc != 0) {
		log_event(LOG_WARNING, "a thread of the listener could not be started", LOG_Z("reason", strerror(rc)),
			  LOG_I64("threads", pool->threads), LOG_END);
		return false;
	}
	pool->threads++;
	pool->working++;
	return true;
}

/* With the lock held: waits to be wanted.  False when the thread should end. */
static bool wait_as_spare(struct pool *pool)
{
	struct timespec until;
	int rc = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += SPARE_SECONDS;
	pool->working--;
	pool->spare++;
	while (!pool->stopping && pool->wanted == 0 && rc == 0)
		rc = pthread_cond_timedwait(&pool->spare_wanted, &pool->lock, &until);
	pool->spare--;
	if (pool->wanted == 0)
		return false;
	pool->wanted--;
	return true;
}

static void *run(void *context)
{
	struct pool *pool = context;
	bool counted = true;

	pthread_setname_np(pthread_self(), "http");
	pthread_mutex_lock(&pool->lock);
	while (!pool->stopping) {
		if (pool->working > pool->together) {
			counted = wait_as_spare(pool);
			if (!counted)
				break;
			continue;
		}
		pthread_mutex_unlock(&pool->lock);
		pool->turn(pool->context);
		pthread_mutex_lock(&pool->lock);
	}
	pool->working -= counted;
	if (--pool->threads == 0)
		pthread_cond_broadcast(&pool->all_gone);
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

enum status pool_start(struct pool **out, unsigned threads_max, pool_turn *turn, pool_turn *wake, void *context,
		       struct error *err)
{
	struct pool *pool = xalloc(sizeof(*pool));
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	pthread_condattr_t attributes;

	pool->turn = turn;
	pool->wake = wake;
	pool->context = context;
	pool->together = processors < 2 ? 2 : processors > TOGETHER_MAX ? TOGETHER_MAX : (unsigned)processors;
	pool->enough = pool->together / 2;
	pool->threads_max = pool->together + threads_max;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&pool->spare_wanted, &attributes);
	pthread_cond_init(&pool->all_gone, NULL);
	pthread_condattr_destroy(&attributes);
	pthread_mutex_lock(&pool->lock);
	while (pool->threads < pool->together && add_thread(pool))
		;
	pthread_mutex_unlock(&pool->lock);
	if (pool->threads == 0) {
		pool_stop(pool);
		return error_set(err, E_UNAVAILABLE, NULL, "no thread could be started");
	}
	*out = pool;
	return OK;
}

void pool_block(struct pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	if (--pool->working < pool->enough && !pool->stopping) {
		if (pool->spare > pool->wanted) {
			pool->wanted++;
			pool->working++;
			pthread_cond_signal(&pool->spare_wanted);
		} else if (pool->threads < pool->threads_max) {
			add_thread(pool);
		}
	}
	pthread_mutex_unlock(&pool->lock);
}

void pool_unblock(struct pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->working++;
	pthread_mutex_unlock(&pool->lock);
}

void pool_stop(struct pool *pool)
{
	if (!pool)
		return;
	pthread_mutex_lock(&pool->lock);
	pool->stopping = true;
	pthread_cond_broadcast(&pool->spare_wanted);
	pthread_mutex_unlock(&pool->lock);
	pool->wake(pool->context);
	pthread_mutex_lock(&pool->lock);
	while (pool->threads)
		pthread_cond_wait(&pool->all_gone, &pool->lock);
	pthread_mutex_unlock(&pool->lock);
	pthread_cond_destroy(&pool->spare_wanted);
	pthread_cond_destroy(&pool->all_gone);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}
