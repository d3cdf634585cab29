/* exchange/number_orders.h - many numbers at once, provisioned or released in the background.
 *
 *     notStarted --> running --> succeeded | partiallySucceeded | failed
 *
 * An order is opened into its entries when it is placed, an entry for each
 * number; each gets an outcome of its own, a malformed one at once.  The job
 * does a bounded chunk of each open order per transaction, so that other writers
 * are not kept waiting and a restart goes on where the last commit was. */
#ifndef EXCHANGE_NUMBER_ORDERS_H
#define EXCHANGE_NUMBER_ORDERS_H

#include "exchange/exchange.h"
#include "formats/json.h"
#include "store/numbers.h"

#define ORDER_ENTRIES_MAX 10000

/* body: {type, tenantId, numbers: [{telephoneNumber, ...} | {from, to, ...}], usage, ...};
 * what the order says holds for all numbers that do not say it themselves. */
enum status number_order_place(struct exchange *exchange, struct arena *arena, int64_t operator_key,
			       const struct json *body, struct order_row *row, struct order_counts *counts,
			       struct error *err);

struct number_order {
	struct order_row row;
	struct order_counts counts;
	struct order_entry_row *entries;   /* number_order_find() only */
	size_t entry_count;
};

/* operator_key 0: of any operator; E_NOT_FOUND. */
enum status number_order_find(struct exchange *exchange, struct arena *arena, int64_t operator_key, struct str id,
			      struct number_order *order, struct error *err);

/* As orders_after() (store/numbers.h), without entries. */
enum status number_orders_page(struct exchange *exchange, struct arena *arena, int64_t operator_key,
			       int64_t after_ms, struct str after_id, bool descending, int64_t max,
			       struct number_order **orders, size_t *count, struct error *err);

/* A job of the background: *again_ms is 0 while there is work left. */
enum status number_orders_job(struct exchange *exchange, int64_t *again_ms, struct error *err);

#endif
