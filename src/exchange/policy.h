/* exchange/policy.h - how personal data is treated: one file, read at start.
 *
 * Retention is by kind of record and country (the user's, else the tenant's);
 * masking of the other party's number by the tenant's country.  The shipped
 * policy (packaging/policy.yaml, built in) holds Microsoft's published tables.
 * A policy never changes while an exchange runs. */
#ifndef EXCHANGE_POLICY_H
#define EXCHANGE_POLICY_H

#include "base/arena.h"
#include "base/error.h"

enum retained_kind {
	RETAIN_CALL_RECORDS,        /* the platform's records of PSTN calls, and usage made of them */
	RETAIN_DURATION_RECORDS,    /* the operators' records */
	RETAIN_QUALITY,             /* media streams: identifying network data of a call */
	RETAIN_AUDIT,
	RETAIN_BATCHES,             /* receipts of uploads, idempotency */
	RETAIN_ASSIGNMENTS,         /* ended assignment spans */
	RETAIN_KIND_COUNT
};

struct policy;

/* file "" or NULL: the shipped one.  Errors name file, line and key. */
enum status policy_open(struct policy **policy, const char *file, struct error *err);
void policy_free(struct policy *policy);

/* Days that a record of this kind is kept, for an alpha-2 country (unknown ones:
 * the kind's default). */
int32_t policy_retention_days(const struct policy *policy, enum retained_kind kind, struct str country);
/* The longest of any country: a day older than this is dropped whole. */
int32_t policy_retention_days_max(const struct policy *policy, enum retained_kind kind);
const char *policy_kind_name(enum retained_kind kind);

/* Digits at the end of an external number that a tenant of this country does not see. */
unsigned policy_masked_digits(const struct policy *policy, struct str country);

/* SHA-256 of the policy in force, hexadecimal; stands in audit entries. */
const char *policy_hash(const struct policy *policy);

#endif
