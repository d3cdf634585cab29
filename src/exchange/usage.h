/* exchange/usage.h - a tenant's answered calls with the duration that counts.
 *
 * A row for each answered call.  It shows the operator's duration where a
 * reconciliation paired the call and the pair agreed (pieces of one call are
 * summed), the platform's everywhere else, also once a newer version of the call
 * record came that no run has seen.  docs/usage.md says it for readers.
 *
 * Durations are whole seconds, nearest, half up; a row ends that much after its start. */
#ifndef EXCHANGE_USAGE_H
#define EXCHANGE_USAGE_H

#include "base/random.h"
#include "exchange/destination.h"
#include "exchange/tenant_calls.h"

#define USAGE_WINDOW_DAYS_MAX 90

struct usage_row {
	struct tenant_call call;
	char id[GUID_TEXT_SIZE];     /* the row's own: the same at each asking */
	int64_t start_ms;            /* when the platform saw the answer */
	int64_t seconds;
	bool by_operator;
	struct str country;          /* the user's, else the tenant's */
	struct destination destination;
};

struct usage_query {
	int64_t from_ms, to_ms;      /* start in [from, to] */
	struct records_place after;
	size_t limit;
};

struct usage_page {
	struct usage_row *rows;
	size_t count;
	bool more;
	struct records_place end;    /* where reading goes on */
};

/* Rows in the order of the calls' invites: what arrives meanwhile moves no row from one page to another. */
enum status usage_read(struct tenant_calls *calls, struct arena *arena, const struct usage_query *query,
		       struct usage_page *page, struct error *err);

/* E_INVALID when from is behind to, or more than USAGE_WINDOW_DAYS_MAX days before it. */
enum status usage_window_check(int64_t from_ms, int64_t to_ms, struct error *err);

/* Milliseconds as whole seconds: nearest, half up. */
int64_t usage_seconds(int64_t ms);

#endif
