/* store/records_schema.h - the tables of records, as numbered migrations.
 *
 * Both engines have the same tables and columns.  Embedded, each day file holds
 * them all; on PostgreSQL they are partitioned by day.  Both kinds of record
 * have the same columns, so that one mapping serves both.  Ids are found by
 * id_run in a day file (store/id_runs.h), by record_id on PostgreSQL. */
#ifndef STORE_RECORDS_SCHEMA_H
#define STORE_RECORDS_SCHEMA_H

#include "store/sql/migration.h"

extern const struct schema records_schema_embedded;
extern const struct schema records_schema_server;

/* The tables that have a partition for each day, NULL-ended. */
extern const char *const records_partitioned_tables[];

#endif
