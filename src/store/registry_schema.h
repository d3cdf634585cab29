/* store/registry_schema.h - the registry's tables, as numbered migrations.
 *
 * Keys: parties have a small whole number (operator_key, tenant_key) beside
 * their GUID.  Phone numbers are number_t words, times milliseconds, lists of
 * words comma-separated text, documents JSON text.  Every table that grows has
 * the number or operator_key first in its key, so that it can be distributed. */
#ifndef STORE_REGISTRY_SCHEMA_H
#define STORE_REGISTRY_SCHEMA_H

#include "store/sql/migration.h"

extern const struct schema registry_schema;

#endif
