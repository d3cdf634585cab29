/* exchange/masking.h - how the numbers of a call are shown to a tenant.
 *
 * The subscriber's number is the tenant's own and shown whole.  Of the external
 * party's the last digits are hidden, as many as the policy says for the
 * tenant's country (not the user's, not the number's). */
#ifndef EXCHANGE_MASKING_H
#define EXCHANGE_MASKING_H

#include "exchange/policy.h"
#include "formats/record.h"

/* Masks the caller of an inbound record and the callee of an outbound one; both
 * where the direction is absent. */
void masking_apply(const struct policy *policy, struct str tenant_country, struct record *record);

#endif
