#include "store/sql/sql_pool.h"

#include "base/arena.h"
#include "store/sql/sql_driver.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

/* Invariants under the mutex:
 *   (1) idle_count + those handed out or reserved = open_count <= connections_max;
 *   (2) while somebody waits, nothing is idle and open_count = connections_max:
 *       what comes back goes to the first in the queue. */
struct sql_pool {
	pthread_mutex_t mutex;
	unsigned connections_max;
	unsigned wait_ms;
	sql_pool_opener *open;
	void *context;
	unsigned open_count;
	unsigned idle_count;
	struct sql **idle;            /* a stack, so that few stay warm */
	struct waiter *first, *last;
};

/* Stands on the stack of a thread that waits. */
struct waiter {
	struct waiter *next;
	pthread_cond_t turn;          /* one of its own: only who is served wakes up */
	bool served;
	struct sql *sql;              /* NULL when served: a place, in which to open one */
};

struct sql_pool *sql_pool_new(unsigned connections_max, unsigned wait_ms, sql_pool_opener *open, void *context)
{
	struct sql_pool *pool = xalloc(sizeof(*pool));

	assert(connections_max > 0);
	pool->connections_max = connections_max;
	pool->wait_ms = wait_ms;
	pool->open = open;
	pool->context = context;
	pool->idle = xalloc(connections_max * sizeof(struct sql *));
	pthread_mutex_init(&pool->mutex, NULL);
	return pool;
}

void sql_pool_free(struct sql_pool *pool)
{
	if (!pool)
		return;
	assert(pool->idle_count == pool->open_count && !pool->first);
	for (unsigned i = 0; i < pool->idle_count; i++)
		sql_close(pool->idle[i]);
	pthread_mutex_destroy(&pool->mutex);
	free(pool->idle);
	free(pool);
}

/* Removes a waiter that gave up. */
static void leave_queue(struct sql_pool *pool, struct waiter *w)
{
	struct waiter **at = &pool->first, *before = NULL;

	while (*at != w) {
		before = *at;
		at = &before->next;
	}
	*at = w->next;
	if (pool->last == w)
		pool->last = before;
}

static struct timespec deadline_in(unsigned ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += (long)(ms % 1000) * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	return t;
}

/* With the mutex held. */
static bool wait_turn(struct sql_pool *pool, struct sql **sql)
{
	struct timespec deadline = deadline_in(pool->wait_ms);
	struct waiter w = { .next = NULL };
	pthread_condattr_t attr;
	bool got = true;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&w.turn, &attr);
	pthread_condattr_destroy(&attr);
	if (pool->last)
		pool->last->next = &w;
	else
		pool->first = &w;
	pool->last = &w;
	while (got && !w.served)
		got = pthread_cond_timedwait(&w.turn, &pool->mutex, &deadline) == 0 || w.served;
	if (got)
		*sql = w.sql;
	else
		leave_queue(pool, &w);
	pthread_cond_destroy(&w.turn);
	return got;
}

/* A connection, or NULL for a place in which to open one. */
static bool reserve(struct sql_pool *pool, struct sql **sql)
{
	bool got = true;

	*sql = NULL;
	pthread_mutex_lock(&pool->mutex);
	if (pool->idle_count > 0)
		*sql = pool->idle[--pool->idle_count];
	else if (pool->open_count < pool->connections_max)
		pool->open_count++;
	else
		got = wait_turn(pool, sql);
	pthread_mutex_unlock(&pool->mutex);
	return got;
}

/* The reverse of reserve(). */
static void release(struct sql_pool *pool, struct sql *sql)
{
	struct waiter *w;

	pthread_mutex_lock(&pool->mutex);
	w = pool->first;
	if (w) {
		pool->first = w->next;
		if (!pool->first)
			pool->last = NULL;
		w->sql = sql;
		w->served = true;
		pthread_cond_signal(&w->turn);
	} else if (sql) {
		pool->idle[pool->idle_count++] = sql;
	} else {
		pool->open_count--;
	}
	pthread_mutex_unlock(&pool->mutex);
}

enum status sql_pool_take(struct sql_pool *pool, struct sql **sql, struct error *err)
{
	struct sql *got = NULL;
	enum status status = OK;

	if (!reserve(pool, &got))
		return error_set(err, E_UNAVAILABLE, NULL, "no database connection became free within %u ms",
				 pool->wait_ms);
	if (!got)
		status = pool->open(pool->context, &got, err);
	if (status != OK) {
		release(pool, NULL);
		return status;
	}
	got->pool = pool;
	*sql = got;
	return OK;
}

enum status sql_pool_begin(struct sql_pool *pool, struct sql **sql, struct error *err)
{
	/* All that lie idle may be lost; the next is a fresh one. */
	unsigned tries = pool->connections_max + 1;
	struct sql *got;
	enum status status;
	bool lost;

	do {
		status = sql_pool_take(pool, &got, err);
		if (status != OK)
			return status;
		status = sql_begin(got, err);
		if (status == OK) {
			*sql = got;
			return OK;
		}
		lost = sql_broken(got) != OK;
		sql_pool_give(got);
	} while (lost && --tries > 0);
	return status;
}

void sql_pool_give(struct sql *sql)
{
	struct sql_pool *pool = sql->pool;

	sql_rollback(sql);
	if (sql_broken(sql) != OK) {
		sql_close(sql);
		sql = NULL;
	}
	release(pool, sql);
}

struct sql_pool *sql_pool_of(const struct sql *sql)
{
	return sql->pool;
}
