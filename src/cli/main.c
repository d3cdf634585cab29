#include "cli/command.h"

#include <stdio.h>
#include <string.h>

static const struct command commands[] = {
	{ "demo", "an exchange with a simulated programme, to look at and try", command_demo },
	{ "serve", "run an exchange", command_serve },
	{ "admin", "operators, tenants, users, consents and clients of a running exchange", command_admin },
	{ "check", "check the store of an exchange", command_check },
	{ "reconcile", "compare two sets of call records, without a server", command_reconcile },
	{ "why", "the whole life of one record in a finished comparison", command_why },
	{ "inspect", "what a file of records is believed to be", command_inspect },
	{ "import", "switch CDRs to canonical records", command_import },
	{ "simulate", "write a synthetic day of both sides, with faults and the truth", command_simulate },
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static void print_usage(FILE *out)
{
	fputs("Usage: tally COMMAND [OPTION]...\n\nCommands:\n", out);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].summary);
	fputs("\nEach has --help.  Exit codes: 0 done, 1 the answer is \"no\", 2 usage, 3 input\n"
	      "that cannot be read or is not valid, 4 the other side refused or cannot be\n"
	      "reached, 5 internal.\n",
	      out);
}

/* How many single-letter edits lie between two short words. */
static size_t edit_distance(const char *a, const char *b)
{
	size_t row[33], n = strlen(b);

	if (n > 32)
		return n;
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t substitute = diagonal + (a[i - 1] != b[j - 1]), least = row[j] + 1;

			diagonal = row[j];
			if (row[j - 1] + 1 < least)
				least = row[j - 1] + 1;
			row[j] = substitute < least ? substitute : least;
		}
	}
	return row[n];
}

static int unknown(const char *word)
{
	const char *nearest = NULL;
	size_t best = 3;

	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		size_t distance = edit_distance(word, commands[i].name);

		if (distance < best) {
			best = distance;
			nearest = commands[i].name;
		}
	}
	fprintf(stderr, "tally: there is no command \"%s\"", word);
	if (nearest)
		fprintf(stderr, "; did you mean \"%s\"?", nearest);
	fputs("\nTry: tally --help\n", stderr);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
		print_usage(stdout);
		return EXIT_DONE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("tally " TALLY_VERSION);
		return EXIT_DONE;
	}
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	return unknown(argv[1]);
}
