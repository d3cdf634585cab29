/* exchange/retain.h - what is past its time goes: from the answers and from the files.
 *
 * A call record is kept as long as the policy says for its user's country, else
 * its tenant's; a duration record, which names no tenant, for its operator's.  A
 * day that is past the longest time of both is dropped whole; within younger
 * days rows go one by one.  docs/privacy.md says it for readers. */
#ifndef EXCHANGE_RETAIN_H
#define EXCHANGE_RETAIN_H

#include "exchange/exchange.h"

struct retain_counts {
	int64_t days;          /* dropped whole */
	int64_t records;
	int64_t media;         /* records that lost their media streams */
	int64_t rows;          /* of the registry: batches, keys, tokens, ended assignments ... */
	int64_t audit_days;
};

/* Whether a record filed at that moment is past its time. */
bool retain_is_past(const struct policy *policy, enum retained_kind kind, struct str country, int64_t filed_ms,
		    int64_t now_ms);

/* One whole sweep as of now_ms. */
enum status retain_sweep(struct exchange *exchange, int64_t now_ms, struct retain_counts *counts, struct error *err);

/* A job of the background. */
enum status retain_job(struct exchange *exchange, int64_t *again_ms, struct error *err);

#endif
