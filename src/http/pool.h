/* http/pool.h - threads that take turns at one piece of work, and grow in number
 * while some of them are blocked.
 *
 * As many threads as there are processors do the work; a thread that is about to
 * block says so, and when no other is left to go on, one is woken or made.  So
 * short work runs without needless switches, and long work keeps nobody waiting. */
#ifndef HTTP_POOL_H
#define HTTP_POOL_H

#include "base/error.h"

struct pool;

/* A turn: waits for something to do and does it.  Comes back, too, when wake was called. */
typedef void pool_turn(void *context);

/* Starts the first threads.  threads_max bounds those that are blocked and those that work together. */
enum status pool_start(struct pool **pool, unsigned threads_max, pool_turn *turn, pool_turn *wake, void *context,
		       struct error *err);

/* Around what may block, on a thread of the pool. */
void pool_block(struct pool *pool);
void pool_unblock(struct pool *pool);

/* Ends all threads once their turn is over, and frees the pool.  wake must bring every waiting turn back.  NULL is
 * fine. */
void pool_stop(struct pool *pool);

#endif
