#include "exchange/masking.h"

void masking_apply(const struct policy *policy, struct str tenant_country, struct record *record)
{
	unsigned digits = policy_masked_digits(policy, tenant_country);

	if (record->direction != DIRECTION_OUTBOUND)
		record->caller = number_mask(record->caller, digits);
	if (record->direction != DIRECTION_INBOUND)
		record->callee = number_mask(record->callee, digits);
}
