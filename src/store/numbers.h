/* store/numbers.h - rows of numbers, their feed, their history of holders, and orders.
 *
 * Every change of an operator's numbers is made between number_feed_open() and
 * number_feed_close().  Opening holds the operator's row until the transaction
 * ends, so an operator's changes are made one after the other and become
 * visible in the order of their positions: nothing ever appears below a
 * position that was already served.
 *
 * All of it inside a transaction of the caller (store/store.h).  Strings of rows
 * that are read live in the caller's arena. */
#ifndef STORE_NUMBERS_H
#define STORE_NUMBERS_H

#include "base/arena.h"
#include "base/error.h"
#include "store/sql/sql.h"
#include "telephony/number.h"

/* --- the feed ----------------------------------------------------------------- */

struct number_feed {
	int64_t operator_key;
	int64_t position;      /* of the last change */
	int64_t opened_at;
};

enum status number_feed_open(struct sql *sql, int64_t operator_key, struct number_feed *feed, struct error *err);
enum status number_feed_close(struct sql *sql, const struct number_feed *feed, struct error *err);

/* Where the feed ends, and up to where its removals are no longer known. */
struct number_feed_state {
	int64_t head;
	int64_t forgotten;
};

enum status number_feed_state(struct sql *sql, int64_t operator_key, struct number_feed_state *state,
			      struct error *err);

/* Drops removals older than before_ms, for all operators. */
enum status number_feed_forget(struct sql *sql, int64_t before_ms, int64_t *dropped, struct error *err);

/* --- numbers ------------------------------------------------------------------ */

struct number_row {
	number_t number;
	int64_t operator_key, tenant_key;
	struct str operator_id, tenant_id;        /* read only */
	struct str iso_country;
	struct str usage;
	struct str capabilities;                  /* "UserAssignment,InboundCalling" */
	struct str location_id, civic_address_id; /* none when there is none */
	bool allow_address_update;
	struct str network_site_id;
	struct str reverse_lookup;                /* "skipInternalVoip" or none */
	struct str assignment_status;             /* "unassigned", "userAssigned", ... */
	struct str target_id;                     /* none while unassigned; likewise: */
	struct str category;
	struct str sip_uri;
	bool release_requested;
	int64_t modified_ms;
	int64_t position;
	bool removed;                             /* number_changes() only: number and position alone are set */
};

/* A key in the order of the numbers' texts ("+1..." before "+49..."); 0 is before all. */
int64_t number_sort_key(number_t number);

enum status number_find(struct sql *sql, struct arena *arena, number_t number, struct number_row *row,
			struct error *err);
/* Takes the feed's next position.  E_HELD when the number is there already; the
 * transaction goes on.  A removal of it that the feed still holds is dropped. */
enum status number_insert(struct sql *sql, struct number_feed *feed, struct number_row *row, struct error *err);
/* Takes the feed's next position. */
enum status number_update(struct sql *sql, struct number_feed *feed, struct number_row *row, struct error *err);
enum status number_remove(struct sql *sql, struct number_feed *feed, number_t number, int64_t now_ms,
			  struct error *err);

/* Of all there is no party, and no key. */
enum number_party { NUMBERS_OF_OPERATOR, NUMBERS_OF_TENANT, NUMBERS_OF_ALL };

/* Up to max numbers of a party past a sort key (before it when descending; start
 * at INT64_MAX), in that order. */
enum status numbers_after(struct sql *sql, struct arena *arena, enum number_party party, int64_t party_key,
			  int64_t after_sort_key, bool descending, int64_t max, struct number_row **rows,
			  size_t *count, struct error *err);
enum status numbers_count(struct sql *sql, enum number_party party, int64_t party_key, int64_t *count,
			  struct error *err);
enum status numbers_count_between(struct sql *sql, int64_t operator_key, int64_t tenant_key, int64_t *count,
				  struct error *err);

/* What changed after a position, as it is now, in the order of its last change.
 * Removals at or below removed_after are left out. */
enum status number_changes(struct sql *sql, struct arena *arena, int64_t operator_key, int64_t after_position,
			   int64_t removed_after, int64_t max, struct number_row **rows, size_t *count,
			   struct error *err);

/* A tenant's assigned numbers, of one holder or (target_id none) of all; in the
 * order of (operator_key, number), past that pair. */
enum status numbers_held(struct sql *sql, struct arena *arena, int64_t tenant_key, struct str target_id,
			 int64_t after_operator_key, number_t after_number, int64_t max, struct number_row **rows,
			 size_t *count, struct error *err);

/* --- who held a number when --------------------------------------------------- */

struct span_row {
	number_t number;
	int64_t from_ms;
	int64_t to_ms;         /* INSTANT_NONE: still holds */
	int64_t operator_key, tenant_key;
	struct str target_id, assignment_status, sip_uri;
};

/* The latest moment that the number's spans name, 0 when it has none. */
enum status span_last_ms(struct sql *sql, number_t number, int64_t *last_ms, struct error *err);
/* Ends the open span, if there is one; one that would last no time goes. */
enum status span_end(struct sql *sql, number_t number, int64_t now_ms, struct error *err);
enum status span_begin(struct sql *sql, const struct number_row *row, int64_t now_ms, struct error *err);
/* The span that holds at a moment; E_NOT_FOUND. */
enum status span_at(struct sql *sql, struct arena *arena, number_t number, int64_t at_ms, struct span_row *row,
		    struct error *err);
/* Drops the spans of holders of a country that ended before before_ms. */
enum status spans_drop(struct sql *sql, struct str country, int64_t before_ms, int64_t *dropped, struct error *err);

/* --- orders ------------------------------------------------------------------- */

struct order_row {
	int64_t operator_key;
	struct str operator_id;   /* read only */
	struct str id, tenant_id, type, status;
	int64_t created_ms;
	int64_t finished_ms;      /* INSTANT_NONE until then */
	struct str defaults;      /* JSON object */
};

struct order_entry_row {
	int64_t entry;            /* from 0, in the order given */
	struct str telephone_number;
	struct str own;           /* JSON object, or none */
	struct str status;        /* "pending", "succeeded", "failed" */
	struct str error_code, message;
};

struct order_counts {
	int64_t pending, succeeded, failed;
};

enum status order_insert(struct sql *sql, const struct order_row *row, const struct order_entry_row *entries,
			 size_t count, struct error *err);
/* operator_key 0: of any operator. */
enum status order_find(struct sql *sql, struct arena *arena, int64_t operator_key, struct str id,
		       struct order_row *row, struct error *err);
/* By (created_ms, id), past those two; operator_key 0: of all operators. */
enum status orders_after(struct sql *sql, struct arena *arena, int64_t operator_key, int64_t after_ms,
			 struct str after_id, bool descending, int64_t max, struct order_row **rows, size_t *count,
			 struct error *err);
/* Orders of all operators with work left, oldest first. */
enum status orders_open(struct sql *sql, struct arena *arena, int64_t max, struct order_row **rows, size_t *count,
			struct error *err);
enum status order_set_status(struct sql *sql, const struct order_row *row, struct error *err);
enum status order_counts(struct sql *sql, int64_t operator_key, struct str id, struct order_counts *counts,
			 struct error *err);
enum status order_entries_after(struct sql *sql, struct arena *arena, int64_t operator_key, struct str id,
				int64_t after_entry, int64_t max, struct order_entry_row **rows, size_t *count,
				struct error *err);
enum status order_entries_pending(struct sql *sql, struct arena *arena, int64_t operator_key, struct str id,
				  int64_t max, struct order_entry_row **rows, size_t *count, struct error *err);
enum status order_entry_set(struct sql *sql, int64_t operator_key, struct str id, const struct order_entry_row *entry,
			    struct error *err);
/* Drops orders that were finished before before_ms, with their entries. */
enum status orders_drop(struct sql *sql, int64_t before_ms, int64_t *dropped, struct error *err);

/* --- a tenant's operations ---------------------------------------------------- */

struct operation_row {
	int64_t tenant_key;
	struct str id;
	int64_t created_ms;
	struct str status;        /* "succeeded", "failed" */
	number_t number;
	int64_t operator_key;     /* whose number it was */
	struct str operator_id;   /* read only */
	struct str detail;
};

enum status operation_insert(struct sql *sql, const struct operation_row *row, struct error *err);
enum status operation_find(struct sql *sql, struct arena *arena, int64_t tenant_key, struct str id,
			   struct operation_row *row, struct error *err);
enum status operations_drop(struct sql *sql, int64_t before_ms, int64_t *dropped, struct error *err);

#endif
