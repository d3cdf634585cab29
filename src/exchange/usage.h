/* exchange/usage.h - a tenant's calls, as the platform shows them.
 *
 * A row for each answered call, by the platform's own records; the duration is
 * the operator's where a reconciliation has paired the call and the pair agrees
 * (its pieces summed), else the platform's. */
#ifndef EXCHANGE_USAGE_H
#define EXCHANGE_USAGE_H

#include "exchange/exchange.h"
#include "store/parties.h"
#include "store/records.h"

#define USAGE_PAGE_MAX 1000

struct usage_row {
	struct stored_record stored;      /* numbers as the tenant may see them */
	struct str operator_name;
	const struct user_row *user;      /* NULL: nobody of the tenant's users */
	int64_t duration_ms;
	bool is_operators;                /* the duration is the operator's */
	char remote_country[3];           /* of the other party, "" when not known; found before masking */
};

struct usage_page {
	struct tenant_row tenant;
	struct usage_row *rows;
	size_t count;
	bool more;
	struct records_place next;        /* where the next page begins, when more */
};

/* Calls of a tenant that were answered in [from, to], both ends included, behind `after`.  All in the arena. */
enum status usage_read(struct exchange *exchange, struct arena *arena, int64_t tenant_key, int64_t from_ms, int64_t to_ms,
		       struct records_place after, struct usage_page *page, struct error *err);

/* The tenant with the name and country that its answers need. */
enum status usage_tenant(struct exchange *exchange, struct arena *arena, int64_t tenant_key, struct tenant_row *tenant,
			 struct error *err);

/* Hides the last digits of the other party's number, as the policy says for the tenant's country. */
void usage_mask(const struct exchange *exchange, const struct tenant_row *tenant, struct record *record);

/* The tenant's user who made or took the call; NULL when it names none. */
enum status usage_user(struct exchange *exchange, struct arena *arena, int64_t tenant_key, struct str user_id,
		       const struct user_row **user, struct error *err);

/* Whether a record is past what the policy keeps for its user's country, else its tenant's. */
bool usage_is_past(const struct exchange *exchange, enum retained_kind kind, const struct tenant_row *tenant,
		   const struct user_row *user, int64_t filed_ms);

#endif
