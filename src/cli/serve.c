/* tally serve: an exchange until a signal ends it. */
#include "base/log.h"
#include "cli/command.h"
#include "cli/running.h"

#include <getopt.h>
#include <stdio.h>

static const char usage[] =
	"Usage: tally serve --data DIR [--listen ADDR:PORT] [--set NAME=VALUE]...\n"
	"       tally serve --config FILE [--set NAME=VALUE]...\n"
	"\n"
	"Runs an exchange. On a new DIR it makes a local CA, a certificate and an admin\n"
	"client, and writes them to DIR/tls and DIR/admin.json.\n"
	"\n"
	"  --config FILE       settings, YAML; see docs/settings.md\n"
	"  --data DIR          directory of the exchange (setting data)\n"
	"  --listen ADDR:PORT  where to listen (setting listen; default 127.0.0.1:8443)\n"
	"  --set NAME=VALUE    any setting, over the file\n"
	"  --check             check the settings and the policy, and exit\n"
	"  --print-settings    print the settings in force as YAML, and exit\n"
	"  --list-settings     all settings with default, range and meaning, and exit\n"
	"  --help              this text\n"
	"\n"
	"SIGTERM and SIGINT stop it once the requests under way are answered; SIGHUP\n"
	"reads the certificate and key again.\n";

struct serve_options {
	struct settings settings;
	bool check, print, list;
};

/* Fills options; returns -1 to go on, else the exit code. */
static int read_options(int argc, char **argv, struct arena *arena, struct serve_options *options)
{
	enum { CONFIG = 256, DATA, LISTEN, SET, CHECK, PRINT, LIST };
	static const struct option longs[] = {
		{ "config", required_argument, NULL, CONFIG }, { "data", required_argument, NULL, DATA },
		{ "listen", required_argument, NULL, LISTEN }, { "set", required_argument, NULL, SET },
		{ "check", no_argument, NULL, CHECK },         { "print-settings", no_argument, NULL, PRINT },
		{ "list-settings", no_argument, NULL, LIST },  { "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct error err = { 0 };
	enum status status = OK;
	int c;

	settings_defaults(&options->settings);
	/* The file first, wherever it stands: what the command line says goes over it. */
	for (int i = 1; i < argc && status == OK; i++) {
		const char *file = strncmp(argv[i], "--config=", 9) == 0 ? argv[i] + 9 :
				   strcmp(argv[i], "--config") == 0	  ? argv[i + 1] :
									    NULL;

		if (file)
			status = settings_read(&options->settings, arena, file, &err);
	}
	while (status == OK && (c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		struct str value = str_from(optarg), name;

		switch (c) {
		case CONFIG:
			break;
		case DATA:
			status = settings_set(&options->settings, arena, STR("data"), value, &err);
			break;
		case LISTEN:
			status = settings_set(&options->settings, arena, STR("listen"), value, &err);
			break;
		case SET:
			name = str_cut(&value, '=');
			status = settings_set(&options->settings, arena, name, str_is_none(value) ? STR("") : value, &err);
			break;
		case CHECK:
			options->check = true;
			break;
		case PRINT:
			options->print = true;
			break;
		case LIST:
			options->list = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return EXIT_DONE;
		default:
			fputs("Try: tally serve --help\n", stderr);
			return EXIT_USAGE;
		}
	}
	if (status != OK) {
		fprintf(stderr, "tally serve: %s\n", err.message);
		return EXIT_INPUT;
	}
	if (optind < argc) {
		fprintf(stderr, "tally serve: expected no argument, found \"%s\"\nTry: tally serve --help\n", argv[optind]);
		return EXIT_USAGE;
	}
	return -1;
}

/* --check and its like: 0 or the first thing that is wrong. */
static int check_only(const struct serve_options *options)
{
	struct error err = { 0 };
	struct policy *policy;
	struct address where;
	struct buf out;

	if (policy_open(&policy, options->settings.policy_file, &err) != OK ||
	    address_parse(options->settings.listen, &where, &err) != OK) {
		fprintf(stderr, "tally serve: %s\n", err.message);
		return EXIT_INPUT;
	}
	policy_free(policy);
	if (options->print || options->list) {
		buf_init(&out, 0);
		if (options->list)
			settings_document(&out);
		else
			settings_print(&options->settings, &out);
		fwrite(out.p, 1, out.n, stdout);
		buf_release(&out);
	} else {
		puts("settings and policy are valid");
	}
	return EXIT_DONE;
}

static enum status serve(const struct settings *settings, struct error *err)
{
	struct running running;
	enum status status = running_start(&running, settings, err);

	if (status == OK) {
		printf("listening on %s\n", running.url);
		fflush(stdout);
		status = running_wait(&running, err);
		log_event(LOG_INFO, "stopping", LOG_END);
	}
	running_stop(&running);
	return status;
}

int command_serve(int argc, char **argv)
{
	struct serve_options options = { 0 };
	struct error err = { 0 };
	struct arena arena;
	int code;

	arena_init(&arena);
	code = read_options(argc, argv, &arena, &options);
	if (code < 0 && (options.check || options.print || options.list)) {
		code = check_only(&options);
	} else if (code < 0 && !options.settings.data[0]) {
		fputs("tally serve: expected --data DIR, or the setting data in --config FILE\nTry: tally serve --help\n",
		      stderr);
		code = EXIT_USAGE;
	} else if (code < 0) {
		code = EXIT_DONE;
		if (serve(&options.settings, &err) != OK) {
			fprintf(stderr, "tally serve: %s\n", err.message);
			code = err.status == E_INVALID ? EXIT_INPUT : EXIT_INTERNAL;
		}
	}
	arena_release(&arena);
	return code;
}
