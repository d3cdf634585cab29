/* store/sql/sql_pool.h - a bounded set of connections that threads take turns with.
 *
 * Connections are opened when first needed, and dropped when they come back
 * broken.  Whoever waits is served in the order of coming: a thread that takes
 * and gives in a loop starves nobody.  Safe from any thread. */
#ifndef STORE_SQL_SQL_POOL_H
#define STORE_SQL_SQL_POOL_H

#include "store/sql/sql.h"

struct sql_pool;

typedef enum status sql_pool_opener(void *context, struct sql **sql, struct error *err);

struct sql_pool *sql_pool_new(unsigned connections_max, unsigned wait_ms, sql_pool_opener *open, void *context);
void sql_pool_free(struct sql_pool *pool);   /* all connections are back; NULL is fine */

/* A connection outside a transaction.  E_UNAVAILABLE when none came back within
 * wait_ms; else what the opener said. */
enum status sql_pool_take(struct sql_pool *pool, struct sql **sql, struct error *err);

/* The same inside a transaction.  A connection that was lost while it lay idle
 * (a server that was restarted) is replaced. */
enum status sql_pool_begin(struct sql_pool *pool, struct sql **sql, struct error *err);

/* Back to where it was taken from; rolls back what is open. */
void sql_pool_give(struct sql *sql);

struct sql_pool *sql_pool_of(const struct sql *sql);   /* where it was taken from */

#endif
