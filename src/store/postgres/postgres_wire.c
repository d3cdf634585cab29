#include "store/postgres/postgres_private.h"

#include "base/arena.h"

#include <endian.h>
#include <stdlib.h>

/* Object ids of types never change; from PostgreSQL's catalogue pg_type. */
enum {
	TYPE_BOOL = 16,
	TYPE_BYTEA = 17,
	TYPE_NAME = 19,
	TYPE_INT8 = 20,
	TYPE_INT2 = 21,
	TYPE_INT4 = 23,
	TYPE_TEXT = 25,
	TYPE_OID = 26,
	TYPE_VARCHAR = 1043,
	TYPE_NUMERIC = 1700,
	TYPE_VOID = 2278,
};

/* Sign words of numeric; NaN and the infinities have others. */
#define NUMERIC_POSITIVE 0x0000
#define NUMERIC_NEGATIVE 0x4000
#define NUMERIC_BASE 10000

Oid postgres_type_of(const struct sql_value *value)
{
	switch (value->kind) {
	case SQL_VALUE_I64:
		return TYPE_INT8;
	case SQL_VALUE_TEXT:
		return TYPE_TEXT;
	case SQL_VALUE_BLOB:
		return value->bytes.p ? TYPE_BYTEA : 0;
	case SQL_VALUE_NULL:
		break;
	}
	return 0;
}

/* --- out ------------------------------------------------------------------------ */

void postgres_put_u16(struct buf *out, uint16_t v)
{
	v = htobe16(v);
	buf_add(out, &v, sizeof(v));
}

void postgres_put_u32(struct buf *out, uint32_t v)
{
	v = htobe32(v);
	buf_add(out, &v, sizeof(v));
}

void postgres_put_u64(struct buf *out, uint64_t v)
{
	v = htobe64(v);
	buf_add(out, &v, sizeof(v));
}

void postgres_arguments_free(struct postgres_arguments *a)
{
	if (!a)
		return;
	free(a->values);
	free(a->lengths);
	free(a->formats);
	free(a->numbers);
	free(a);
}

static struct postgres_arguments *arguments_for(struct postgres *p, size_t count)
{
	struct postgres_arguments *a = p->arguments;

	if (a && a->capacity >= count)
		return a;
	postgres_arguments_free(a);
	a = xalloc(sizeof(*a));
	a->capacity = count < 32 ? 32 : count;
	a->values = xalloc(a->capacity * sizeof(*a->values));
	a->lengths = xalloc(a->capacity * sizeof(*a->lengths));
	a->formats = xalloc(a->capacity * sizeof(*a->formats));
	a->numbers = xalloc(a->capacity * sizeof(*a->numbers));
	p->arguments = a;
	return a;
}

struct postgres_arguments *postgres_encode(struct postgres *p, const struct sql_value *args, size_t count)
{
	struct postgres_arguments *a = arguments_for(p, count);

	for (size_t i = 0; i < count; i++) {
		a->formats[i] = 1;
		if (args[i].kind == SQL_VALUE_I64) {
			a->numbers[i] = htobe64((uint64_t)args[i].number);
			a->values[i] = (const char *)&a->numbers[i];
			a->lengths[i] = sizeof(a->numbers[i]);
		} else {
			a->values[i] = args[i].bytes.p;   /* NULL for NULL */
			a->lengths[i] = (int)args[i].bytes.n;
		}
	}
	return a;
}

/* --- in ------------------------------------------------------------------------- */

static uint16_t read_u16(const char *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return be16toh(v);
}

static uint32_t read_u32(const char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return be32toh(v);
}

static uint64_t read_u64(const char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return be64toh(v);
}

/* The type of SUM(bigint): digits to the base 10,000, the first of which counts
 * base^weight; those behind the point are cut. */
static bool decode_numeric(struct str s, int64_t *number)
{
	int digits, weight;
	uint16_t sign;
	int64_t v = 0;

	if (s.n < 8)
		return false;
	digits = read_u16(s.p);
	weight = (int16_t)read_u16(s.p + 2);
	sign = read_u16(s.p + 4);
	if ((sign != NUMERIC_POSITIVE && sign != NUMERIC_NEGATIVE) || s.n != 8 + 2 * (size_t)digits)
		return false;
	/* Downwards, since there is one more negative number than there are positive ones. */
	for (int i = 0; i <= weight; i++) {
		int digit = i < digits ? read_u16(s.p + 8 + 2 * i) : 0;

		if (__builtin_mul_overflow(v, NUMERIC_BASE, &v) || __builtin_sub_overflow(v, digit, &v))
			return false;
	}
	if (sign == NUMERIC_POSITIVE && __builtin_sub_overflow(0, v, &v))
		return false;
	*number = v;
	return true;
}

static bool decode_number(Oid type, struct str s, int64_t *number)
{
	if (type == TYPE_NUMERIC)
		return decode_numeric(s, number);
	if (type == TYPE_INT8 && s.n == 8)
		*number = (int64_t)read_u64(s.p);
	else if (type == TYPE_INT4 && s.n == 4)
		*number = (int32_t)read_u32(s.p);
	else if (type == TYPE_OID && s.n == 4)
		*number = read_u32(s.p);
	else if (type == TYPE_INT2 && s.n == 2)
		*number = (int16_t)read_u16(s.p);
	else if (type == TYPE_BOOL && s.n == 1)
		*number = s.p[0] != 0;
	else
		return false;
	return true;
}

enum status postgres_decode(Oid type, struct str bytes, struct sql_value *value, struct error *err)
{
	int64_t number;

	switch (type) {
	case TYPE_TEXT:
	case TYPE_VARCHAR:
	case TYPE_NAME:
		*value = (struct sql_value){ SQL_VALUE_TEXT, 0, bytes };
		return OK;
	case TYPE_BYTEA:
		*value = (struct sql_value){ SQL_VALUE_BLOB, 0, bytes };
		return OK;
	case TYPE_VOID:
		return OK;
	}
	if (!decode_number(type, bytes, &number))
		return error_set(err, E_CORRUPT, NULL,
				 "PostgreSQL: a value of the type with id %u is no whole number of 64 bits", type);
	*value = SQL_I64(number);
	return OK;
}
