/* exchange/provision_number.h - an operator gives a number to a tenant, changes
 * what it said of it, and takes it back.
 *
 * Provisioning needs the tenant's active consent for the number's country.  A
 * number is in one tenant at a time; that another has it is E_HELD, and no word
 * of whom.  Releasing needs it unassigned. */
#ifndef EXCHANGE_PROVISION_NUMBER_H
#define EXCHANGE_PROVISION_NUMBER_H

#include "exchange/exchange.h"
#include "formats/json.h"
#include "store/numbers.h"

/* What the operator says of a number; none keeps what is there, "" clears. */
struct number_terms {
	struct str tenant_id;
	struct str usage;              /* needed for a new number */
	struct str capabilities;       /* word list; likewise */
	struct str location_id;        /* at most one of the two */
	struct str civic_address_id;
	bool allow_address_update;
	bool allow_address_update_given;
};

/* Reads the members of a JSON object over what stands in *terms. */
enum status number_terms_read(struct arena *arena, const struct json *object, struct number_terms *terms,
			      struct error *err);

/* created false: the number was the tenant's already; without a change nothing
 * comes in the feed. */
enum status provision_number(struct exchange *exchange, struct arena *arena, int64_t operator_key, number_t number,
			     const struct number_terms *terms, struct number_row *row, bool *created,
			     struct error *err);

/* E_NOT_FOUND for a number that is not the operator's, E_ASSIGNED. */
enum status release_number(struct exchange *exchange, struct arena *arena, int64_t operator_key, number_t number,
			   struct error *err);

/* The same within a transaction and an open feed.  tenant_id of release_in(): none, or whose the number must be. */
enum status provision_in(struct sql *sql, struct arena *arena, struct number_feed *feed, number_t number,
			 const struct number_terms *terms, int64_t now_ms, struct number_row *row, bool *created,
			 struct error *err);
enum status release_in(struct sql *sql, struct arena *arena, struct number_feed *feed, number_t number,
		       struct str tenant_id, int64_t now_ms, struct error *err);

/* One of the party's numbers, E_NOT_FOUND; and pages of them (store/numbers.h). */
enum status numbers_get(struct exchange *exchange, struct arena *arena, enum number_party party, int64_t party_key,
			number_t number, struct number_row *row, struct error *err);
enum status numbers_page(struct exchange *exchange, struct arena *arena, enum number_party party, int64_t party_key,
			 int64_t after_sort_key, bool descending, int64_t max, struct number_row **rows,
			 size_t *count, struct error *err);
enum status numbers_total(struct exchange *exchange, enum number_party party, int64_t party_key, int64_t *count,
			  struct error *err);

/* The opaque id of a number: base64url of "operatorId|+number", and back. */
struct str number_id(struct arena *arena, struct str operator_id, number_t number);
bool number_id_parse(struct arena *arena, struct str id, struct str *operator_id, number_t *number);

#endif
