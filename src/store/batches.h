/* store/batches.h - rows of uploads, their Idempotency-Keys, and which days changed.
 *
 * Inside a transaction of the caller (store/store.h).  operator_key 0 are the
 * platform's uploads, which hold records of several operators. */
#ifndef STORE_BATCHES_H
#define STORE_BATCHES_H

#include "base/arena.h"
#include "base/hash.h"
#include "formats/record.h"
#include "store/sql/sql.h"

struct batch_row {
	int64_t operator_key;
	struct str operator_id; /* read only; none: the platform's */
	struct str id;
	enum record_kind kind;
	struct str client_id;
	int64_t received_ms;
	int64_t received, accepted, duplicates, conflicts, rejected;
	struct str days;       /* UTC days in which something changed, comma-separated */
	struct str answer;     /* as it was given, JSON */
};

enum status batch_insert(struct sql *sql, const struct batch_row *row, struct error *err);
/* Of the kind; operator_key 0: whoever's. */
enum status batch_find(struct sql *sql, struct arena *arena, int64_t operator_key, enum record_kind kind, struct str id,
		       struct batch_row *row, struct error *err);
/* Likewise, by (received_ms, id), past those two. */
enum status batches_after(struct sql *sql, struct arena *arena, int64_t operator_key, enum record_kind kind,
			  int64_t after_ms, struct str after_id, bool descending, int64_t max, struct batch_row **rows,
			  size_t *count, struct error *err);
/* At most `max` of those received before ms. */
enum status batches_delete_before(struct sql *sql, int64_t ms, int64_t max, int64_t *deleted, struct error *err);

struct idempotency_row {
	int64_t operator_key;
	struct str route, key;
	unsigned char body_hash[SHA256_SIZE];
	int64_t status;        /* HTTP */
	struct str answer;
	int64_t created_ms;
};

/* E_CONFLICT when the key is there. */
enum status idempotency_insert(struct sql *sql, const struct idempotency_row *row, struct error *err);
enum status idempotency_find(struct sql *sql, struct arena *arena, int64_t operator_key, struct str route,
			     struct str key, struct idempotency_row *row, struct error *err);
/* Nothing to do when it is absent. */
enum status idempotency_delete(struct sql *sql, int64_t operator_key, struct str route, struct str key,
			       struct error *err);
enum status idempotency_delete_before(struct sql *sql, int64_t ms, int64_t max, int64_t *deleted, struct error *err);

/* A key that is under way, until its lease ends. */
struct key_claim_row {
	int64_t operator_key;
	struct str route, key;
	struct str owner;      /* a run of an exchange */
	int64_t until_ms;
};

/* *taken false: it has another owner, whose lease runs. */
enum status key_claim_take(struct sql *sql, const struct key_claim_row *row, bool *taken, struct error *err);
/* *dropped false: it is another's by now, or nobody's. */
enum status key_claim_drop(struct sql *sql, const struct key_claim_row *row, bool *dropped, struct error *err);
/* All of the row's owner last until until_ms; *any: there are some. */
enum status key_claims_renew(struct sql *sql, const struct key_claim_row *row, bool *any, struct error *err);
enum status key_claims_delete_before(struct sql *sql, int64_t ms, int64_t *deleted, struct error *err);

/* Records of the day arrived: its reconciliation no longer speaks of all of them. */
enum status batches_mark_changed(struct sql *sql, int64_t operator_key, int32_t day, int64_t now_ms, struct error *err);

#endif
