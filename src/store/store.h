/* store/store.h - the exchange's store: one registry, and records by operator and day.
 *
 * Embedded (SQLite): a folder,
 *
 *     DIR/registry.db                              parties, numbers, clients, tokens, batches ...
 *     DIR/operators/<operator id>/<day>.db         both sides' records of one UTC day, conflicts, outcomes
 *
 * so an operator's records are its own folder, and a day is one file.  DIR/lock
 * keeps other processes out.  Server
 * (PostgreSQL): the same tables in one database, the record tables partitioned
 * by day, operator_key in every key that grows.
 *
 * The rows of the registry are mapped in store/<noun>.c over a transaction given
 * by store_read or store_write; the records in store/records.h.
 *
 * Threads: all functions may be called from any thread; a transaction belongs
 * to the thread that began it.  Embedded, writers of the registry take turns, in
 * the order of coming; whoever waits longer than 10 s gets E_UNAVAILABLE.
 *
 * A lost connection to PostgreSQL, or a disk that was full, is tried again by the
 * next transaction.  After a commit that failed otherwise the embedded store is
 * halted: what is on disk is known only after a restart, so all further writing
 * fails with E_IO, and the process should end. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "store/sql/sql.h"

struct store;

struct store_settings {
	const char *directory;       /* embedded; also holds what is local to this exchange; its parent exists */
	const char *postgres_uri;    /* NULL: embedded */
	unsigned readers_max;        /* connections for reading; 0: 64 embedded, 8 on PostgreSQL */
	unsigned writers_max;        /* PostgreSQL: connections for writing; 0: 4 */
	/* Reads what is there, beside an exchange that runs on it or without one: no lock
	 * is taken, nothing is made or migrated, and store_write() must not be called. */
	bool observe;
};

/* Opens or makes the store and migrates it.  E_NEWER when a newer version wrote
 * it, E_UNAVAILABLE when another process has it open or the server is not there. */
enum status store_open(struct store **store, const struct store_settings *settings, struct error *err);
void store_close(struct store *store);   /* NULL is fine */

enum sql_engine store_engine(const struct store *store);
const char *store_directory(const struct store *store);
const char *store_postgres_uri(const struct store *store);   /* NULL when embedded */

bool store_is_halted(const struct store *store);

/* A transaction on the registry.  End it with store_commit or store_abort.  One
 * that reads sees one state of all tables, on both engines, and cannot write. */
enum status store_read(struct store *store, struct sql **sql, struct error *err);
enum status store_write(struct store *store, struct sql **sql, struct error *err);
enum status store_commit(struct store *store, struct sql *sql, struct error *err);  /* ends it in any case */
void store_abort(struct store *store, struct sql *sql);                            /* also how a read ends */

/* A fault for tests: the n-th coming store_commit of a writer fails like this; 0 disarms. */
void store_fail_commit(struct store *store, unsigned n, enum status status);

#endif
