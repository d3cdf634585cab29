/* store/postgres/postgres_private.h - what the files of the PostgreSQL driver share.
 *
 * They are the only places that include libpq-fe.h.  Values go both ways in the
 * wire's binary form: exact, and without quoting. */
#ifndef STORE_POSTGRES_POSTGRES_PRIVATE_H
#define STORE_POSTGRES_POSTGRES_PRIVATE_H

#include "base/buf.h"
#include "store/sql/sql_driver.h"
#include "store/sql/statement_cache.h"

#include <libpq-fe.h>

/* Parameters as PQexecPrepared() wants them. */
struct postgres_arguments {
	size_t capacity;
	const char **values;
	int *lengths;
	int *formats;
	uint64_t *numbers;   /* what values of whole numbers point to, big-endian */
};

struct postgres {
	struct sql sql;
	PGconn *conn;
	struct statement_cache statements;
	struct postgres_arguments *arguments;   /* reused from call to call */
	struct buf out;                         /* rows of a bulk on their way */
};

static inline struct postgres *postgres_of(struct sql *sql)
{
	return (struct postgres *)sql;
}

/* Fills *err with the server's words, or libpq's when the connection failed, and
 * breaks it then.  result may be NULL. */
enum status postgres_fail(struct postgres *p, const PGresult *result, struct error *err);

/* Text without parameters; tag, when not NULL, is the command tag that must come back. */
enum status postgres_simple(struct postgres *p, const char *text, const char *tag, struct error *err);

/* --- binary forms (postgres_wire.c) -------------------------------------------- */

Oid postgres_type_of(const struct sql_value *value);   /* 0 for NULL */

/* Belongs to p until the next call; slices of args are not copied. */
struct postgres_arguments *postgres_encode(struct postgres *p, const struct sql_value *args, size_t count);
void postgres_arguments_free(struct postgres_arguments *a);   /* NULL is fine */

/* E_CORRUPT for a number that has no place in 64 bits and for other types than the store's. */
enum status postgres_decode(Oid type, struct str bytes, struct sql_value *value, struct error *err);

void postgres_put_u16(struct buf *out, uint16_t v);
void postgres_put_u32(struct buf *out, uint32_t v);
void postgres_put_u64(struct buf *out, uint64_t v);

/* --- COPY (postgres_bulk.c) ------------------------------------------------------ */

sql_driver_bulk_begin postgres_bulk_begin;
sql_driver_bulk_add postgres_bulk_add;
sql_driver_bulk_end postgres_bulk_end;

#endif
