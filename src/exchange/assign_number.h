/* exchange/assign_number.h - a tenant gives its numbers to holders and takes them back.
 *
 *     unassigned --assign--> assigned --unassign--> unassigned --(operator) release--> gone
 *
 * One holder at a time; a number that has one must be unassigned first, also to
 * be given to the same one (E_HELD).  A user takes a number acquired for users;
 * a resource account one acquired for voice apps, conference bridges or third
 * parties.  Assigning withdraws a request for release.  What is done is done at
 * once; the operation that comes back tells so later, too. */
#ifndef EXCHANGE_ASSIGN_NUMBER_H
#define EXCHANGE_ASSIGN_NUMBER_H

#include "exchange/exchange.h"
#include "store/numbers.h"

struct assignment {
	number_t number;
	struct str target_id;      /* of a user of the tenant */
	struct str category;       /* none: primary */
	struct str location_id;    /* none keeps */
};

/* E_NOT_FOUND: the number or the target is not the tenant's (the error's field tells
 * which); E_HELD, E_CONSENT, E_COUNTRY, E_CAPABILITY, E_ADDRESS_LOCKED. */
enum status assign_number(struct exchange *exchange, struct arena *arena, int64_t tenant_key,
			  const struct assignment *assignment, struct operation_row *operation, struct error *err);

/* E_UNASSIGNED. */
enum status unassign_number(struct exchange *exchange, struct arena *arena, int64_t tenant_key, number_t number,
			    struct operation_row *operation, struct error *err);

/* Asks the operator to take the number back: E_ASSIGNED.  Asking again is harmless. */
enum status request_release(struct exchange *exchange, struct arena *arena, int64_t tenant_key, number_t number,
			    struct operation_row *operation, struct error *err);

/* What the tenant says of a number; none keeps, "" clears. */
struct number_change {
	number_t number;
	struct str location_id;
	struct str network_site_id;
	struct str reverse_lookup;     /* word list */
};

/* E_ADDRESS_LOCKED. */
enum status update_number(struct exchange *exchange, struct arena *arena, int64_t tenant_key,
			  const struct number_change *change, struct number_row *row, struct error *err);

enum status operations_find(struct exchange *exchange, struct arena *arena, int64_t tenant_key, struct str id,
			    struct operation_row *operation, struct error *err);

/* Whether the number was acquired for this assignment status. */
bool number_may_be(const struct number_row *number, struct str assignment_status);

#endif
