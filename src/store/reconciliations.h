/* store/reconciliations.h - rows of reconciliation runs: one for each operator and day with records.
 *
 *     notStarted --claim--> running --> succeeded | failed --records arrive, or asked for--> running ...
 *
 * Inside a transaction of the caller (store/store.h); strings live in its arena. */
#ifndef STORE_RECONCILIATIONS_H
#define STORE_RECONCILIATIONS_H

#include "base/arena.h"
#include "base/instant.h"
#include "store/sql/sql.h"

struct reconciliation_row {
	int64_t operator_key;
	int32_t day;
	struct str status;       /* notStarted, running, succeeded, failed */
	int64_t changed_ms;      /* when records of the day last arrived */
	int64_t requested_ms;    /* INSTANT_NONE: not asked for since the last run began */
	int64_t run_ms;          /* when the last run began; INSTANT_NONE: never */
	struct str summary;      /* of the last run that succeeded: the members of summary.json without braces */
	struct str message;      /* of the last run that failed */
};

/* E_NOT_FOUND when the day has no records. */
enum status reconciliation_find(struct sql *sql, struct arena *arena, int64_t operator_key, int32_t day,
				struct reconciliation_row *row, struct error *err);

/* By (day, operator_key), past those two: a start is (INT32_MIN, 0), or descending (INT32_MAX, 0).  operator_key 0:
 * of all operators. */
enum status reconciliations_after(struct sql *sql, struct arena *arena, int64_t operator_key, int32_t after,
				  int64_t after_operator, bool descending, int64_t max,
				  struct reconciliation_row **rows, size_t *count, struct error *err);

/* Asks for a run: the status is notStarted until it begins.  One under way that has
 * all records is left as it is; when more came since, another follows.  E_NOT_FOUND. */
enum status reconciliation_request(struct sql *sql, int64_t operator_key, int32_t day, int64_t now_ms,
				   struct error *err);

/* The run that should be next: asked for, or with records that came after its last run and have been quiet for
 * quiet_ms, or abandoned while running since before stale_ms.  Claims it: its status is running.
 * *claimed false when there is none; *wait_ms then says when to look again, INT64_MAX never. */
enum status reconciliation_claim(struct sql *sql, struct arena *arena, int64_t now_ms, int64_t quiet_ms,
				 int64_t stale_ms, struct reconciliation_row *row, bool *claimed, int64_t *wait_ms,
				 struct error *err);

/* Ends a claimed run; summary none: it failed, for the reason in message. */
enum status reconciliation_finish(struct sql *sql, int64_t operator_key, int32_t day, struct str summary,
				  struct str message, struct error *err);

/* Forgets the days of an operator before `day`. */
enum status reconciliations_delete(struct sql *sql, int64_t operator_key, int32_t day, struct error *err);

#endif
