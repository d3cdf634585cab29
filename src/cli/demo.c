/* tally demo: an exchange on the embedded store, filled by a simulated programme
 * through its own HTTPS API, as the parties themselves would. */
#include "base/instant.h"
#include "cli/command.h"
#include "cli/demo_private.h"
#include "cli/remote.h"

#include <ftw.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DEMO_CALLS_PER_TENANT 14000u
#define DEMO_SEED UINT64_C(20211101)

static const char usage[] =
	"Usage: tally demo [--port P] [--keep DIR]\n"
	"\n"
	"Starts an exchange on the embedded store and fills it through its own API: three\n"
	"operators, five tenants, 2,000 numbers, three days of calls with realistic faults.\n"
	"Prints yesterday's reconciliation and commands to try, and stays up until Ctrl-C.\n"
	"\n"
	"  --port P      listen on 127.0.0.1:P (default 8443, or any free one)\n"
	"  --keep DIR    keep everything in DIR; without it nothing stays behind\n"
	"  --help        this text\n";

void demo_progress(const struct demo *d, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%6.1f s  ", (double)(clock_monotonic_us() - d->began_us) / 1e6);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

static enum status read_admin_file(struct demo *d, struct error *err)
{
	struct remote_admin admin = { .ca_file = STR_NONE };
	struct arena arena;
	enum status status;

	arena_init(&arena);
	status = remote_admin_read(&arena, arena_printf(&arena, "%s/admin.json", d->directory).p, &admin, err);
	if (status == OK) {
		snprintf(d->admin.client_id, sizeof(d->admin.client_id), "%.*s", STR_ARG(admin.client_id));
		snprintf(d->admin.secret, sizeof(d->admin.secret), "%.*s", STR_ARG(admin.client_secret));
	}
	arena_release(&arena);
	return status;
}

static enum status fill(struct demo *d, struct error *err)
{
	char demo_json[4200];
	enum status status = read_admin_file(d, err);

	if (status == OK)
		status = http_client_new(&d->http, d->running.url, d->running.ca_file, err);
	if (status == OK)
		status = demo_sign_in(d, &d->admin, err);
	if (status == OK)
		status = demo_make_parties(d, err);
	if (status == OK)
		demo_progress(d, "%d operators, %d tenants, their clients and consents", PROGRAMME_OPERATORS, PROGRAMME_TENANTS);
	if (status == OK)
		status = demo_make_numbers(d, err);
	if (status == OK)
		status = demo_upload_all(d, err);
	if (status == OK)
		status = demo_reconcile_yesterday(d, err);
	if (status == OK)
		status = demo_write_json(d, demo_json, sizeof(demo_json), err);
	if (status == OK)
		demo_print_invitation(d, demo_json);
	return status;
}

static enum status run(struct demo *d, const char *port, struct error *err)
{
	struct settings settings;
	enum status status;
	char listen[64];

	settings_defaults(&settings);
	settings.data = d->directory;
	settings.log_level = "error";
	snprintf(listen, sizeof(listen), "127.0.0.1:%s", port ? port : "8443");
	settings.listen = listen;
	status = running_start(&d->running, &settings, err);
	if (status != OK && !port) {
		/* 8443 is taken: any free one, since nobody asked for that one. */
		running_stop(&d->running);
		settings.listen = "127.0.0.1:0";
		status = running_start(&d->running, &settings, err);
	}
	if (status == OK) {
		demo_progress(d, "exchange listening on %s", d->running.url);
		status = fill(d, err);
	}
	http_client_free(d->http);
	if (status == OK)
		status = running_wait(&d->running, err);
	running_stop(&d->running);
	return status;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *place)
{
	(void)st;
	(void)type;
	(void)place;
	return remove(path);
}

/* Removes what the demo made, unless it is to be kept. */
static void remove_directory(const char *path)
{
	if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
		fprintf(stderr, "tally demo: %s could not be removed\n", path);
}

static int demo(const char *port, const char *keep)
{
	struct demo *d = xalloc(sizeof(*d));
	struct error err = { 0 };
	int code = EXIT_DONE;

	snprintf(d->directory, sizeof(d->directory), "%s", keep ? keep : "/tmp/tally-demo-XXXXXX");
	if (!keep && !mkdtemp(d->directory)) {
		perror("tally demo: /tmp");
		free(d);
		return EXIT_INTERNAL;
	}
	d->began_us = clock_monotonic_us();
	programme_init(&d->programme, DEMO_SEED, instant_day(clock_now_ms()) - 1, DEMO_CALLS_PER_TENANT);
	if (run(d, port, &err) != OK) {
		fprintf(stderr, "tally demo: %s\n", err.message);
		code = EXIT_INTERNAL;
	}
	if (!keep)
		remove_directory(d->directory);
	free(d);
	return code;
}

int command_demo(int argc, char **argv)
{
	static const struct option longs[] = { { "port", required_argument, NULL, 'p' },
					       { "keep", required_argument, NULL, 'k' },
					       { "help", no_argument, NULL, 'h' },
					       { 0 } };
	const char *port = NULL, *keep = NULL;
	bool understood = true;
	uint64_t number;
	int c;

	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (c == 'p') {
			port = optarg;
		} else if (c == 'k') {
			keep = optarg;
		} else if (c == 'h') {
			fputs(usage, stdout);
			return EXIT_DONE;
		} else {
			understood = false;
		}
	}
	if (!understood || optind < argc || (port && !str_to_u64(str_from(port), 65535, &number))) {
		fputs("tally demo: expected [--port P] [--keep DIR]\nTry: tally demo --help\n", stderr);
		return EXIT_USAGE;
	}
	return demo(port, keep);
}
