/* exchange/batches.h - uploads and conflicts, read back.
 *
 * operator_key 0: of all.  Call records are uploaded by the platform alone,
 * duration records by operators. */
#ifndef EXCHANGE_BATCHES_H
#define EXCHANGE_BATCHES_H

#include "exchange/exchange.h"
#include "store/batches.h"
#include "store/records.h"

/* E_NOT_FOUND, also for another party's. */
enum status batches_find(struct exchange *exchange, struct arena *arena, int64_t operator_key, enum record_kind kind,
			 struct str id, struct batch_row *row, struct error *err);

/* As batches_after() (store/batches.h). */
enum status batches_page(struct exchange *exchange, struct arena *arena, int64_t operator_key, enum record_kind kind,
			 int64_t after_ms, struct str after_id, bool descending, int64_t max, struct batch_row **rows,
			 size_t *count, struct error *err);

/* The moments [*from_ms, *to_ms) among which all records of the batch are filed. */
void batch_span(const struct batch_row *row, int64_t *from_ms, int64_t *to_ms);

struct conflicts_place {
	int64_t operator_key;          /* 0: from the start */
	struct conflict_place within;
};

struct shown_conflict {
	int64_t operator_key;
	struct conflict conflict;
};

enum status conflicts_list(struct exchange *exchange, struct arena *arena, int64_t operator_key, enum record_kind kind,
			   const struct conflicts_place *after, size_t max, struct shown_conflict **rows, size_t *count,
			   struct error *err);

#endif
