/* tally check: whether a store holds what it promises, running or not. */
#include "base/instant.h"
#include "cli/command.h"
#include "exchange/settings.h"
#include "formats/json.h"
#include "store/parties.h"
#include "store/records.h"

#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#define OPERATORS_PAGE 100

static const char usage[] =
	"Usage: tally check --data DIR [--json]\n"
	"       tally check --config FILE [--json]\n"
	"\n"
	"Checks the store of an exchange, whether one runs on it or not: every operator's\n"
	"days, that each id and each place in a feed stands once, and that every record is\n"
	"filed under its own day.\n"
	"\n"
	"  --data DIR     the exchange's directory\n"
	"  --config FILE  its settings: the directory, or the PostgreSQL store\n"
	"  --json         the result as JSON\n"
	"  --help         this text\n"
	"\n"
	"Exit code 0 when all is well, 1 when not, 3 when the store cannot be read.\n";

struct check {
	struct store *store;
	struct records *records;
	bool json;
	struct json_writer w;
	bool failed;
};

static void report(struct check *c, const struct operator_row *operator, const struct records_counts *n,
		   enum status status, const struct error *err)
{
	c->failed |= status != OK;
	if (c->json) {
		json_object_begin(&c->w);
		json_member_str(&c->w, "operatorId", operator->id);
		json_member_bool(&c->w, "ok", status == OK);
		json_member_i64(&c->w, "callRecords", n->calls);
		json_member_i64(&c->w, "durationRecords", n->durations);
		json_member_i64(&c->w, "conflicts", n->conflicts);
		json_member_i64(&c->w, "outcomes", n->outcomes);
		if (status != OK)
			json_member_z(&c->w, "message", err->message);
		json_object_end(&c->w);
	} else if (status == OK) {
		printf("%.*s  ok  %lld call records, %lld duration records, %lld conflicts, %lld outcomes\n",
		       STR_ARG(operator->id), (long long)n->calls, (long long)n->durations, (long long)n->conflicts,
		       (long long)n->outcomes);
	} else {
		printf("%.*s  NOT OK  %s\n", STR_ARG(operator->id), err->message);
	}
}

static enum status page_of_operators(struct check *c, struct arena *arena, int64_t after, struct operator_row **rows,
				     size_t *count, struct error *err)
{
	struct sql *sql;
	enum status status = store_read(c->store, &sql, err);

	if (status != OK)
		return status;
	status = operators_after(sql, arena, after, OPERATORS_PAGE, rows, count, err);
	store_abort(c->store, sql);
	return status;
}

static enum status check_operators(struct check *c, struct error *err)
{
	struct operator_row *rows = NULL;
	size_t count = OPERATORS_PAGE;
	int64_t after = 0;
	enum status status = OK;
	struct arena arena;

	arena_init(&arena);
	while (status == OK && count == OPERATORS_PAGE) {
		arena_clear(&arena);
		status = page_of_operators(c, &arena, after, &rows, &count, err);
		for (size_t i = 0; status == OK && i < count; i++) {
			struct records_counts n = { 0 };
			struct error why = { 0 };
			enum status found = records_check(c->records, rows[i].key, &n, &why);

			report(c, &rows[i], &n, found, &why);
			after = rows[i].key;
		}
	}
	arena_release(&arena);
	return status;
}

static enum status run(struct check *c, const struct settings *settings, struct error *err)
{
	struct store_settings store = { .directory = settings->data,
					.postgres_uri = settings->store[0] ? settings->store : NULL,
					.observe = true };
	enum status status = store_open(&c->store, &store, err);

	if (status == OK)
		status = records_open(&c->records, c->store, 0, err);
	if (status == OK)
		status = check_operators(c, err);
	records_close(c->records);
	store_close(c->store);
	return status;
}

static int check(const struct settings *settings, bool json)
{
	struct check c = { .json = json };
	struct error err = { 0 };
	struct buf out;
	enum status status;

	buf_init(&out, 0);
	json_writer_init(&c.w, &out);
	json_object_begin(&c.w);
	json_key(&c.w, "operators");
	json_array_begin(&c.w);
	status = run(&c, settings, &err);
	json_array_end(&c.w);
	json_member_bool(&c.w, "ok", status == OK && !c.failed);
	json_object_end(&c.w);
	if (status == OK && json)
		printf("%s\n", buf_cstr(&out));
	buf_release(&out);
	if (status != OK) {
		fprintf(stderr, "tally check: %s\n", err.message);
		return EXIT_INPUT;
	}
	return c.failed ? EXIT_NO : EXIT_DONE;
}

int command_check(int argc, char **argv)
{
	static const struct option longs[] = { { "data", required_argument, NULL, 'd' },
					       { "config", required_argument, NULL, 'c' },
					       { "json", no_argument, NULL, 'j' },
					       { "help", no_argument, NULL, 'h' },
					       { 0 } };
	struct settings settings;
	struct error err = { 0 };
	struct arena arena;
	bool json = false;
	int c, code = -1;

	arena_init(&arena);
	settings_defaults(&settings);
	while (code < 0 && (c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (c == 'd')
			settings.data = optarg;
		else if (c == 'j')
			json = true;
		else if (c == 'h')
			code = EXIT_DONE;
		else if (c != 'c')
			code = EXIT_USAGE;
		else if (settings_read(&settings, &arena, optarg, &err) != OK)
			code = EXIT_INPUT;
	}
	if (code == EXIT_DONE)
		fputs(usage, stdout);
	else if (code == EXIT_INPUT)
		fprintf(stderr, "tally check: %s\n", err.message);
	else if (code == EXIT_USAGE || optind < argc || (!settings.data[0] && !settings.store[0]))
		code = EXIT_USAGE;
	if (code == EXIT_USAGE)
		fputs("tally check: expected --data DIR or --config FILE\nTry: tally check --help\n", stderr);
	if (code < 0)
		code = check(&settings, json);
	arena_release(&arena);
	return code;
}
