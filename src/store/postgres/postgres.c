/* The driver for PostgreSQL: connections, statements, rows.  The wire's binary
 * forms are in postgres_wire.c. */
#include "store/postgres/postgres_private.h"

#include "base/arena.h"
#include "store/sql/sql_scan.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/* What a connection must be, whatever the database's settings; one round trip.
 * The check makes the server end a statement, and let go its locks, when the
 * exchange that sent it was killed.  Compiling a statement takes longer than any
 * of ours runs. */
#define SESSION_SETTINGS                                                                                               \
	"SET synchronous_commit = on;"                                                                                  \
	"SET timezone = 'UTC';"                                                                                         \
	"SET default_transaction_isolation = 'read committed';"                                                         \
	"SET lock_timeout = '10s';"                                                                                     \
	"SET jit = off;"                                                                                                \
	"SET client_connection_check_interval = '1s';"                                                                  \
	"SET client_min_messages = warning"

struct postgres_statement {
	char name[24];
	char *text;        /* with $1 for ?1 */
	Oid *types;        /* of the parameters, as prepared; 0: left to the server */
	size_t count;
	bool prepared;
};

struct postgres_rows {
	struct sql_rows rows;
	PGresult *result;
	int row;           /* -1 before the first */
};

/* --- failures ------------------------------------------------------------------ */

static const struct {
	const char *state;   /* how the SQLSTATE begins */
	enum status status;
} states[] = {
	{ "23505", E_CONFLICT },     /* unique_violation */
	{ "53100", E_FULL },         /* disk_full */
	{ "53", E_UNAVAILABLE },     /* too many connections, out of memory */
	{ "08", E_UNAVAILABLE },     /* connection exceptions */
	{ "40", E_UNAVAILABLE },     /* deadlock, serialization */
	{ "55P03", E_UNAVAILABLE },  /* lock_not_available */
	{ "57", E_UNAVAILABLE },     /* shutdown, crash, cancelled */
	{ "22", E_INVALID },         /* a value that the column cannot hold */
	{ "XX001", E_CORRUPT },
	{ "XX002", E_CORRUPT },
};

static enum status status_of_state(const char *state)
{
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (str_starts(str_from(state), str_from(states[i].state)))
			return states[i].status;
	return E_IO;
}

/* libpq's texts end in newlines and may have several lines. */
static void one_line(char *out, size_t size, const char *text)
{
	size_t n;

	snprintf(out, size, "%s", text);
	for (n = strlen(out); n > 0 && (out[n - 1] == '\n' || out[n - 1] == ' '); n--)
		out[n - 1] = '\0';
	for (size_t i = 0; i < n; i++)
		if (out[i] == '\n' || out[i] == '\t')
			out[i] = ' ';
}

static enum status fail_connection(struct postgres *p, struct error *err)
{
	char line[256];

	one_line(line, sizeof(line), PQerrorMessage(p->conn));
	p->sql.broken = E_UNAVAILABLE;
	return error_set(err, E_UNAVAILABLE, NULL, "PostgreSQL: %s", line[0] ? line : "the connection is lost");
}

enum status postgres_fail(struct postgres *p, const PGresult *result, struct error *err)
{
	const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
	const char *words = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
	char line[256];

	/* A failure of the connection has no SQLSTATE. */
	if (!state)
		return fail_connection(p, err);
	/* The words of this class quote the value, those of others only in DETAIL, which is left out. */
	if (str_starts(str_from(state), STR("22")))
		words = "a value does not fit its column";
	one_line(line, sizeof(line), words ? words : "");
	return error_set(err, status_of_state(state), NULL, "PostgreSQL: %s (SQLSTATE %s)", line, state);
}

enum status postgres_simple(struct postgres *p, const char *text, const char *tag, struct error *err)
{
	PGresult *result = PQexec(p->conn, text);
	ExecStatusType kind = PQresultStatus(result);
	enum status status = OK;

	if (kind != PGRES_COMMAND_OK && kind != PGRES_TUPLES_OK && kind != PGRES_EMPTY_QUERY && kind != PGRES_COPY_IN)
		status = postgres_fail(p, result, err);
	else if (tag && strcmp(PQcmdStatus(result), tag) != 0)
		status = error_set(err, E_IO, NULL, "PostgreSQL: %s was answered with %s", tag, PQcmdStatus(result));
	PQclear(result);
	return status;
}

/* --- statements ----------------------------------------------------------------------- */

static void free_statement(void *p)
{
	struct postgres_statement *statement = p;

	free(statement->text);
	free(statement->types);
	free(statement);
}

static char *with_dollars(const char *text)
{
	struct buf out;
	char *copy;

	buf_init(&out, 0);
	for (;;) {
		struct sql_piece piece = sql_scan(&text);

		if (piece.kind == SQL_PIECE_END)
			break;
		if (piece.kind == SQL_PIECE_PARAMETER) {
			buf_add_char(&out, '$');
			piece.text = str_after(piece.text, 1);
		}
		buf_add_str(&out, piece.text);
	}
	copy = xstrdup(buf_cstr(&out));
	buf_release(&out);
	return copy;
}

static struct postgres_statement *find_statement(struct postgres *p, const char *text, size_t count)
{
	struct postgres_statement *statement = statement_cache_find(&p->statements, text);

	if (!statement) {
		statement = xalloc(sizeof(*statement));
		snprintf(statement->name, sizeof(statement->name), "s%zu", p->statements.count);
		statement->text = with_dollars(text);
		statement->types = xalloc(count * sizeof(Oid));
		statement->count = count;
		statement_cache_add(&p->statements, text, statement);
	}
	assert(statement->count == count);
	return statement;
}

/* True when the types as prepared serve these values; else they are taken over.
 * A NULL tells no type: it goes into any. */
static bool learn_types(struct postgres_statement *statement, const struct sql_value *args)
{
	bool same = true;

	for (size_t i = 0; i < statement->count; i++) {
		Oid type = postgres_type_of(&args[i]);

		if (type != 0 && type != statement->types[i]) {
			statement->types[i] = type;
			same = false;
		}
	}
	return same;
}

static enum status prepare(struct postgres *p, struct postgres_statement *statement, const struct sql_value *args,
			   struct error *err)
{
	bool same = learn_types(statement, args);
	char deallocate[64];
	enum status status = OK;
	PGresult *result;

	if (statement->prepared && same)
		return OK;
	if (statement->prepared) {
		snprintf(deallocate, sizeof(deallocate), "DEALLOCATE %s", statement->name);
		status = postgres_simple(p, deallocate, NULL, err);
		if (status != OK)
			return status;
		statement->prepared = false;
	}
	result = PQprepare(p->conn, statement->name, statement->text, (int)statement->count, statement->types);
	if (PQresultStatus(result) == PGRES_COMMAND_OK)
		statement->prepared = true;
	else
		status = postgres_fail(p, result, err);
	PQclear(result);
	return status;
}

/* *result is written only on success. */
static enum status execute(struct postgres *p, PGresult **out, const char *text, const struct sql_value *args,
			   size_t count, struct error *err)
{
	struct postgres_statement *statement = find_statement(p, text, count);
	enum status status = prepare(p, statement, args, err);
	struct postgres_arguments *a;
	PGresult *result;

	if (status != OK)
		return status;
	a = postgres_encode(p, args, count);
	result = PQexecPrepared(p->conn, statement->name, (int)count, a->values, a->lengths, a->formats, 1);
	switch (PQresultStatus(result)) {
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
		*out = result;
		return OK;
	default:
		status = postgres_fail(p, result, err);
		PQclear(result);
		return status;
	}
}

static enum status postgres_script(struct sql *sql, const char *text, struct error *err)
{
	return postgres_simple(postgres_of(sql), text, NULL, err);
}

static int64_t rows_changed(PGresult *result)
{
	struct str tag = str_from(PQcmdStatus(result));
	uint64_t n = 0;

	/* The tag of a SELECT counts, too. */
	if (!str_starts(tag, STR("SELECT")))
		str_to_u64(str_from(PQcmdTuples(result)), INT64_MAX, &n);
	return (int64_t)n;
}

static enum status postgres_run(struct sql *sql, const char *text, const struct sql_value *args, size_t count,
				int64_t *changes, struct error *err)
{
	PGresult *result;
	enum status status = execute(postgres_of(sql), &result, text, args, count, err);

	if (status != OK)
		return status;
	*changes = rows_changed(result);
	PQclear(result);
	return OK;
}

/* --- rows ---------------------------------------------------------------------------------- */

static enum status postgres_query(struct sql *sql, struct sql_rows **out, const char *text,
				  const struct sql_value *args, size_t count, struct error *err)
{
	PGresult *result;
	enum status status = execute(postgres_of(sql), &result, text, args, count, err);
	struct postgres_rows *rows;

	if (status != OK)
		return status;
	rows = xalloc(sizeof(*rows));
	rows->rows.sql = sql;
	rows->result = result;
	rows->row = -1;
	*out = &rows->rows;
	return OK;
}

static bool postgres_next(struct sql_rows *base)
{
	struct postgres_rows *rows = (struct postgres_rows *)base;

	return ++rows->row < PQntuples(rows->result);
}

static enum status postgres_column(struct sql_rows *base, int column, struct sql_value *value, struct error *err)
{
	struct postgres_rows *rows = (struct postgres_rows *)base;
	const PGresult *result = rows->result;

	assert(rows->row >= 0 && column < PQnfields(result));
	if (PQgetisnull(result, rows->row, column))
		return OK;
	return postgres_decode(PQftype(result, column),
			       str_of(PQgetvalue(result, rows->row, column),
				      (size_t)PQgetlength(result, rows->row, column)),
			       value, err);
}

static void postgres_rows_end(struct sql_rows *base)
{
	struct postgres_rows *rows = (struct postgres_rows *)base;

	PQclear(rows->result);
	free(rows);
}

/* --- transactions ----------------------------------------------------------------------------- */

static enum status postgres_begin(struct sql *sql, struct error *err)
{
	return postgres_simple(postgres_of(sql), "BEGIN", "BEGIN", err);
}

/* A transaction that failed answers COMMIT with ROLLBACK, and without an error. */
static enum status postgres_commit(struct sql *sql, struct error *err)
{
	return postgres_simple(postgres_of(sql), "COMMIT", "COMMIT", err);
}

static void postgres_rollback(struct sql *sql)
{
	struct error err = { .status = OK };

	if (postgres_simple(postgres_of(sql), "ROLLBACK", "ROLLBACK", &err) != OK)
		sql->broken = err.status;
}

/* Whoever holds the lock may be at work for long (a migration), so that the time-out of locks does not count. */
static enum status postgres_lock(struct sql *sql, int64_t key, struct error *err)
{
	char text[160];

	snprintf(text, sizeof(text),
		 "SET LOCAL lock_timeout = 0; SELECT pg_advisory_xact_lock(%lld); SET LOCAL lock_timeout = '10s'",
		 (long long)key);
	return postgres_simple(postgres_of(sql), text, NULL, err);
}

/* --- opening -------------------------------------------------------------------------------------- */

static void postgres_close(struct sql *sql)
{
	struct postgres *p = postgres_of(sql);

	statement_cache_release(&p->statements, free_statement);
	buf_release(&p->out);
	postgres_arguments_free(p->arguments);
	PQfinish(p->conn);
	free(p);
}

static const struct sql_driver postgres_driver = {
	.engine = SQL_POSTGRES,
	.blob_type = "BYTEA",
	.text_type = "TEXT COLLATE \"C\"",
	.clustered = "",
	.close = postgres_close,
	.script = postgres_script,
	.run = postgres_run,
	.query = postgres_query,
	.next = postgres_next,
	.column = postgres_column,
	.rows_end = postgres_rows_end,
	.begin = postgres_begin,
	.commit = postgres_commit,
	.rollback = postgres_rollback,
	.lock = postgres_lock,
	.bulk_begin = postgres_bulk_begin,
	.bulk_add = postgres_bulk_add,
	.bulk_end = postgres_bulk_end,
};

/* Notices would go to standard error, unasked, and may quote values. */
static void ignore_notice(void *context, const PGresult *result)
{
	(void)context;
	(void)result;
}

/* libpq's own words on a bad URI repeat parts of it, perhaps the password. */
static enum status check_uri(const char *uri, struct error *err)
{
	struct str s = str_from(uri);
	PQconninfoOption *options = NULL;

	if (str_starts(s, STR("postgresql://")) || str_starts(s, STR("postgres://")))
		options = PQconninfoParse(uri, NULL);
	if (!options)
		return error_set(err, E_INVALID, NULL, "not a valid postgresql:// URI");
	PQconninfoFree(options);
	return OK;
}

static enum status configure(struct postgres *p, struct error *err)
{
	const char *encoding;

	if (PQstatus(p->conn) != CONNECTION_OK)
		return fail_connection(p, err);
	encoding = PQparameterStatus(p->conn, "server_encoding");
	if (!encoding || strcmp(encoding, "UTF8") != 0)
		return error_set(err, E_IO, NULL, "PostgreSQL: the database's encoding is %s, UTF8 is needed",
				 encoding ? encoding : "unknown");
	PQsetNoticeReceiver(p->conn, ignore_notice, NULL);
	return postgres_simple(p, SESSION_SETTINGS, NULL, err);
}

enum status sql_open_postgres(struct sql **sql, const char *uri, struct error *err)
{
	/* What stands before dbname are defaults that the URI may override. */
	const char *const keywords[] = { "connect_timeout", "tcp_user_timeout", "fallback_application_name", "dbname",
					 "client_encoding", NULL };
	const char *const values[] = { "10", "30000", "tally", uri, "UTF8", NULL };
	enum status status = check_uri(uri, err);
	struct postgres *p;

	if (status != OK)
		return status;
	p = xalloc(sizeof(*p));
	p->sql.driver = &postgres_driver;
	buf_init(&p->out, 0);
	p->conn = PQconnectdbParams(keywords, values, 1);
	status = configure(p, err);
	if (status != OK) {
		postgres_close(&p->sql);
		return status;
	}
	*sql = &p->sql;
	return OK;
}
