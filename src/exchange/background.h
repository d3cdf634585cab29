/* exchange/background.h - the thread that does what nobody waits for.
 *
 * One thread runs the jobs of a fixed table (number orders, reconciliations of
 * days that went quiet, the retention sweep, expired tokens) whenever one is
 * due or somebody called background_wake().  A job does a bounded piece of work
 * and says when it wants to run again. */
#ifndef EXCHANGE_BACKGROUND_H
#define EXCHANGE_BACKGROUND_H

#include "exchange/exchange.h"

enum status background_start(struct exchange *exchange, struct error *err);

/* Runs all jobs soon.  Any thread; harmless when nothing was started. */
void background_wake(struct exchange *exchange);

/* Finishes the job at hand and ends the thread. */
void background_stop(struct exchange *exchange);

#endif
