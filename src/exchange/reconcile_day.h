/* exchange/reconcile_day.h - compare both sides' records of one operator and UTC day.
 *
 * A run starts when it is asked for, and by itself when records of the day have
 * arrived and reconcileQuietSeconds passed without more.  Its result depends on
 * the records alone, not on the order of their arrival; a day re-opens when
 * late records come.  An interrupted run is begun again. */
#ifndef EXCHANGE_RECONCILE_DAY_H
#define EXCHANGE_RECONCILE_DAY_H

#include "exchange/exchange.h"
#include "store/reconciliations.h"
#include "store/records.h"

/* Asks for a run and wakes the background.  E_NOT_FOUND when the day has no records. */
enum status reconcile_day_request(struct exchange *exchange, int64_t operator_key, int32_t day, struct error *err);

/* E_NOT_FOUND when the day has no records. */
enum status reconcile_day_find(struct exchange *exchange, struct arena *arena, int64_t operator_key, int32_t day,
			       struct reconciliation_row *row, struct error *err);

/* As reconciliations_after(). */
enum status reconcile_day_list(struct exchange *exchange, struct arena *arena, int64_t operator_key, int32_t after,
			       int64_t after_operator, bool descending, int64_t max, struct reconciliation_row **rows,
			       size_t *count, struct error *err);

/* Rows of the day's last run that are not agreed, behind after_row (-1: from the start). */
enum status reconcile_day_discrepancies(struct exchange *exchange, struct arena *arena, int64_t operator_key, int32_t day,
					int64_t after_row, size_t max, struct outcome **outcomes, size_t *count,
					struct error *err);

/* One side's record of such a row.  E_NOT_FOUND when the row has none, or it is gone by now. */
enum status reconcile_day_record(struct exchange *exchange, struct arena *arena, int64_t operator_key,
				 enum record_kind kind, const struct outcome *outcome, struct stored_record *row,
				 struct error *err);

/* A job of the background: one run at a time. */
enum status reconcile_job(struct exchange *exchange, int64_t *again_ms, struct error *err);

#endif
