/* Bulk append as COPY in its binary format (PostgreSQL documentation, "COPY", Binary Format). */
#include "store/postgres/postgres_private.h"

#include "base/arena.h"

#include <stdlib.h>

#define FLUSH_BYTES (64 * 1024)

static const char copy_signature[11] = "PGCOPY\n\377\r\n";

/* The server's answer to the whole COPY; all results must be taken. */
static enum status copy_answer(struct postgres *p, struct error *err)
{
	enum status status = OK;
	PGresult *result;

	while ((result = PQgetResult(p->conn))) {
		if (status == OK && PQresultStatus(result) != PGRES_COMMAND_OK)
			status = postgres_fail(p, result, err);
		PQclear(result);
		if (PQstatus(p->conn) == CONNECTION_BAD)
			break;   /* the rollback will find out */
	}
	return status;
}

/* libpq took no more: the server has refused the COPY, or the connection is gone. */
static enum status copy_failed(struct postgres *p, struct error *err)
{
	enum status status = copy_answer(p, err);

	return status == OK ? postgres_fail(p, NULL, err) : status;
}

static enum status send_rows(struct postgres *p, struct error *err)
{
	enum status status = OK;

	if (PQputCopyData(p->conn, p->out.p, (int)p->out.n) != 1)
		status = copy_failed(p, err);
	buf_clear(&p->out);
	return status;
}

enum status postgres_bulk_begin(struct sql *sql, struct sql_bulk **bulk, const char *table, const char *columns,
				size_t count, struct error *err)
{
	struct postgres *p = postgres_of(sql);
	enum status status;

	(void)count;
	buf_clear(&p->out);
	buf_printf(&p->out, "COPY %s (%s) FROM STDIN (FORMAT binary)", table, columns);
	status = postgres_simple(p, buf_cstr(&p->out), NULL, err);
	if (status != OK)
		return status;
	buf_clear(&p->out);
	buf_add(&p->out, copy_signature, sizeof(copy_signature));
	postgres_put_u32(&p->out, 0);   /* flags */
	postgres_put_u32(&p->out, 0);   /* no extension of the header */
	*bulk = xalloc(sizeof(**bulk));
	return OK;
}

static void put_value(struct buf *out, const struct sql_value *value)
{
	if (value->kind == SQL_VALUE_I64) {
		postgres_put_u32(out, sizeof(uint64_t));
		postgres_put_u64(out, (uint64_t)value->number);
	} else if (value->bytes.p) {
		postgres_put_u32(out, (uint32_t)value->bytes.n);
		buf_add_str(out, value->bytes);
	} else {
		postgres_put_u32(out, UINT32_MAX);   /* NULL */
	}
}

enum status postgres_bulk_add(struct sql_bulk *bulk, const struct sql_value *values, struct error *err)
{
	struct postgres *p = postgres_of(bulk->sql);

	postgres_put_u16(&p->out, (uint16_t)bulk->count);
	for (size_t i = 0; i < bulk->count; i++)
		put_value(&p->out, &values[i]);
	return p->out.n >= FLUSH_BYTES ? send_rows(p, err) : OK;
}

/* After a failure the rest is called off, so that the connection can be used again. */
static void call_off(struct postgres *p)
{
	PQputCopyEnd(p->conn, "called off");
	copy_answer(p, NULL);
}

enum status postgres_bulk_end(struct sql_bulk *bulk, struct error *err)
{
	struct postgres *p = postgres_of(bulk->sql);
	bool failed = bulk->error.status != OK;
	enum status status;

	free(bulk);
	if (failed) {
		call_off(p);
		return OK;
	}
	postgres_put_u16(&p->out, UINT16_MAX);   /* the end */
	status = send_rows(p, err);
	if (status != OK)
		return status;
	return PQputCopyEnd(p->conn, NULL) == 1 ? copy_answer(p, err) : copy_failed(p, err);
}
