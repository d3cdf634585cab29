/* test/store/ledger.h - a store with its records, and records to put into it. */
#ifndef TEST_STORE_LEDGER_H
#define TEST_STORE_LEDGER_H

#include "place.h"

#include "store/records.h"

#define LEDGER_ITEMS_MAX APPEND_ITEMS_MAX
#define NOON INT64_C(1764072000000)   /* 2025-11-25T12:00:00Z */
#define DAY_OF_NOON 20417

struct ledger {
	char directory[96];
	const struct place *place;
	uint64_t filter_bytes_max;
	struct store *store;
	struct records *records;
	struct arena arena;
	struct append_item *items;
	size_t count;
	int32_t changed[2 * LEDGER_ITEMS_MAX];
	size_t changed_count;
	int64_t accepted, duplicates, conflicts;   /* of the last ledger_append() */
};

/* With operators of keys 1 and 2. */
struct ledger *ledger_open(void **state);
void ledger_close(struct ledger *l);
void ledger_reopen(struct ledger *l);   /* as after a restart of the program */

/* Adds a record to the chunk at hand; change it before the next call. */
struct record *ledger_duration(struct ledger *l, const char *id, int64_t start_ms, int64_t duration_ms);
struct record *ledger_call(struct ledger *l, const char *id, int64_t version, int64_t invite_ms, int64_t duration_ms);

/* Appends the chunk at hand for the operator, counts outcomes, begins a new chunk. */
enum status ledger_try_append(struct ledger *l, int64_t operator_key, struct error *err);
void ledger_append(struct ledger *l, int64_t operator_key);

/* Everything of one side in key order, as "id:duration_ms/version ..." */
const char *ledger_list(struct ledger *l, int64_t operator_key, enum record_kind kind);
/* The same in the order of the feed, in pages of `limit`, from a position on; *head moves. */
const char *ledger_feed(struct ledger *l, int64_t operator_key, int64_t after, size_t limit, int64_t *head);

/* records_check() must find nothing wrong. */
struct records_counts ledger_check(struct ledger *l, int64_t operator_key);

#endif
