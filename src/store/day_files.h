/* store/day_files.h - the embedded store's day files, and connections to them.
 *
 *     DIR/operators/<operator id>/<YYYY-MM-DD>.db
 *
 * A file has one connection that writes and any number that read.  Those that
 * nobody uses stay open, the least recently used are closed.  A file that is
 * being forgotten has no connection at all: whoever asks waits.
 *
 * A connection that comes back broken is closed; the next one opens the file
 * again and with it recovers what its log holds.  After a commit that failed
 * otherwise than by a full disk the files are halted: nothing is written any more.
 *
 * Threads: any; a connection belongs to whoever took it. */
#ifndef STORE_DAY_FILES_H
#define STORE_DAY_FILES_H

#include "base/random.h"
#include "store/sql/sql.h"

struct day_files;

#define DAY_FILES_WRITERS_MAX 16   /* open and unused */
#define DAY_FILES_READERS_MAX 32

/* directory: DIR.  It and the day files' folders are made when needed. */
struct day_files *day_files_new(const char *directory);
void day_files_free(struct day_files *files);   /* all connections are back; NULL is fine */

/* Inside a transaction.  With create the file is made when it is absent, else
 * E_NOT_FOUND.  Waits while another thread writes. */
enum status day_files_write(struct day_files *files, const char *operator_id, int32_t day, bool create,
			    struct sql **sql, struct error *err);
enum status day_files_read(struct day_files *files, const char *operator_id, int32_t day, struct sql **sql,
			   struct error *err);

/* Gives a connection back; rolls back what is open. */
void day_files_give(struct day_files *files, struct sql *sql);

/* Closes all connections of a file, then removes it, or rewrites it without what
 * was deleted.  Nothing to do when it is absent. */
enum status day_files_drop(struct day_files *files, const char *operator_id, int32_t day, struct error *err);
enum status day_files_compact(struct day_files *files, const char *operator_id, int32_t day, struct error *err);

/* The days of an operator, ascending; *days is xalloc'ed, NULL when there are none. */
enum status day_files_list(struct day_files *files, const char *operator_id, int32_t **days, size_t *count,
			   struct error *err);

bool day_files_are_halted(const struct day_files *files);
void day_files_fail_commit(struct day_files *files, unsigned n, enum status status);   /* of a writer, for tests */

#endif
