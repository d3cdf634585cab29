/* exchange/audit.h - who was shown what, written before it leaves.
 *
 * DIR/audit/<UTC day>.ndjson, one JSON object a line, appended with one
 * write(2) before the answer is handed to the listener: a kill of the process
 * loses none.  fsync once a second, and for entries of changes at once.  No
 * number stands in it; subjects are keyed pseudonyms.
 *
 * Threads: any. */
#ifndef EXCHANGE_AUDIT_H
#define EXCHANGE_AUDIT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

struct audit;

struct audit_entry {
	const char *client_id;      /* "" : nobody known */
	const char *operator_id;    /* "" unless the client acts for one */
	const char *tenant_id;
	const char *action;         /* "GET /operator/v1.0/numbers/{number}" */
	struct str object;          /* what was asked for, by id; never a number */
	uint64_t subject;           /* a number_t, written as pseudonym; 0: none */
	int64_t count;              /* records disclosed or changed */
	int status;                 /* HTTP */
	const char *request_id;
};

enum status audit_open(struct audit **audit, const char *directory, struct str pseudonym_key, const char *policy_hash,
		       struct error *err);
void audit_close(struct audit *audit);   /* NULL is fine */

/* E_FULL or E_IO: then nothing may be disclosed. */
enum status audit_write(struct audit *audit, const struct audit_entry *entry, struct error *err);

/* Entries of one day from byte offset `from` on, whole lines, at most `max`
 * bytes into out; *next is where to go on, -1 at the end. */
enum status audit_read(struct audit *audit, int32_t day, int64_t from, size_t max, struct buf *out, int64_t *next,
		       struct error *err);

/* Removes days before `day`; how many files went. */
enum status audit_drop_before(struct audit *audit, int32_t day, int64_t *dropped, struct error *err);

#endif
