#include "place.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static enum sql_engine engine;

static const char *server_uri(void)
{
	return getenv("TALLY_TEST_POSTGRES");
}

void place_engine_from(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "sqlite") == 0) {
		engine = SQL_SQLITE;
	} else if (argc == 2 && strcmp(argv[1], "postgres") == 0 && server_uri()) {
		engine = SQL_POSTGRES;
	} else {
		fprintf(stderr, "usage: %s sqlite|postgres, the latter under tools/with_postgres\n", argv[0]);
		exit(2);
	}
}

enum sql_engine place_engine(void)
{
	return engine;
}

static void on_server(const char *verb, const char *schema, const char *rest)
{
	char text[128];
	struct sql *sql = NULL;

	must(sql_open_postgres(&sql, server_uri(), &err));
	snprintf(text, sizeof(text), "%s \"%s\" %s", verb, schema, rest);
	must(sql_script(sql, text, &err));
	sql_close(sql);
}

static const char *schema_name(const struct place *place)
{
	return strrchr(place->directory, '.') + 1;
}

int place_setup(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	assert_non_null(place);
	place->engine = engine;
	strcpy(place->directory, "/tmp/tally-store.XXXXXX");
	assert_non_null(mkdtemp(place->directory));
	snprintf(place->path, sizeof(place->path), "%s/test.db", place->directory);
	if (engine == SQL_POSTGRES) {
		on_server("CREATE SCHEMA", schema_name(place), "");
		snprintf(place->uri, sizeof(place->uri), "%s%coptions=-csearch_path%%3D%%22%s%%22&application_name=%s",
			 server_uri(), strchr(server_uri(), '?') ? '&' : '?', schema_name(place), schema_name(place));
	}
	*state = place;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

int place_teardown(void **state)
{
	struct place *place = *state;

	if (engine == SQL_POSTGRES)
		on_server("DROP SCHEMA", schema_name(place), "CASCADE");
	assert_int_equal(nftw(place->directory, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
	free(place);
	return 0;
}

struct sql *place_open(const struct place *place, unsigned flags)
{
	struct sql *sql = NULL;

	if (place->engine == SQL_SQLITE)
		must(sql_open_sqlite(&sql, place->path, flags, &err));
	else
		must(sql_open_postgres(&sql, place->uri, &err));
	assert_int_equal(sql_engine(sql), place->engine);
	return sql;
}

struct sql *place_create(const struct place *place)
{
	return place_open(place, SQL_CREATE);
}

void script(struct sql *sql, const char *text)
{
	must(sql_script(sql, text, &err));
}

void run(struct sql *sql, const char *text)
{
	must(sql_run(sql, text, SQL_NO_ARGS, NULL, &err));
}

int64_t number_of(struct sql *sql, const char *text)
{
	struct sql_rows *rows = NULL;
	int64_t number;

	must(sql_query(sql, &rows, text, SQL_NO_ARGS, &err));
	assert_true(sql_next(rows));
	number = sql_get_i64(rows, 0);
	assert_false(sql_next(rows));
	must(sql_rows_end(rows, &err));
	return number;
}
