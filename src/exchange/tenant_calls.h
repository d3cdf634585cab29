/* exchange/tenant_calls.h - a tenant's calls over all operators, as the tenant may see them.
 *
 * External numbers are masked, what is past its time is left out (also when the
 * sweep has not come by yet), and the people and operators are named.
 *
 * A call's user is the one its record names; where it names none, who held the
 * subscriber's number at the moment of the call.
 *
 * Threads: one reader, one thread. */
#ifndef EXCHANGE_TENANT_CALLS_H
#define EXCHANGE_TENANT_CALLS_H

#include "exchange/exchange.h"
#include "exchange/user_book.h"
#include "store/records.h"

struct tenant_calls {
	struct exchange *exchange;
	int64_t tenant_key;
	struct tenant_row tenant;
	int64_t now_ms;
	struct arena arena;          /* the tenant and names of operators */
	struct user_book users;
	struct named_operator *operators;
};

struct tenant_call {
	struct stored_record stored; /* numbers as shown; no media streams past their time */
	number_t caller, callee;     /* unmasked, for what is derived from them */
	/* once named: */
	const struct user_row *user; /* NULL: nobody known */
	struct str operator_id, operator_name;
};

enum status tenant_calls_open(struct tenant_calls *calls, struct exchange *exchange, int64_t tenant_key,
			      struct error *err);
void tenant_calls_close(struct tenant_calls *calls);

struct tenant_calls_page {
	struct tenant_call *rows;
	size_t count;
	bool more;
	struct records_place end;    /* where reading goes on, also when no row was left to show */
};

/* query->operator_key, kind and batch do not matter.  Rows live in the arena, not yet named. */
enum status tenant_calls_read(struct tenant_calls *calls, struct arena *arena, const struct records_query *query,
			      struct tenant_calls_page *page, struct error *err);

/* Fills in user and operator, which live as long as calls. */
enum status tenant_calls_name(struct tenant_calls *calls, struct arena *arena, struct tenant_call *call,
			      struct error *err);

/* A copy whose strings live in the arena. */
struct tenant_call tenant_call_copy(struct arena *arena, const struct tenant_call *call);

/* One call, named, with with its media streams.  E_NOT_FOUND: none, another tenant's, or past its time. */
enum status tenant_calls_find(struct tenant_calls *calls, struct arena *arena, struct str id, struct tenant_call *call,
			      struct error *err);

#endif
