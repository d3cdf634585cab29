/* The engine alone, records in memory:
 *
 *     reconcile_engine CALLS THREADS [FAULTS]
 *
 * A simulated day is read into records by a process of its own, so that neither
 * counts; then records go in, outcomes come out.  Prints millions of records a
 * second and core, and the memory at its peak, what was there before taken off. */
#include "base/arena.h"
#include "formats/record_reader.h"
#include "reconcile/reconcile.h"
#include "simulate/day.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FED_AT_ONCE 65536

static void fail(const char *what)
{
	fprintf(stderr, "reconcile_engine: %s\n", what);
	exit(1);
}

/* --- the records, into a file --------------------------------------------------------- */

struct writing {
	FILE *file;
	uint32_t n;
};

static uint16_t trunk_number(struct str name)
{
	return name.n ? (uint16_t)(name.p[name.n - 1] - '0') : 0;
}

static enum status take_record(void *context, const struct record *r, struct record_place place, struct error *err)
{
	struct writing *w = context;
	struct reconcile_record out = reconcile_record_of(r);

	(void)place;
	(void)err;
	out.reference = w->n++;
	out.trunk = trunk_number(r->trunk);
	if (fwrite(&out, sizeof(out), 1, w->file) != 1)
		fail("a temporary file could not be written");
	return OK;
}

static enum status take_reject(void *context, const struct record_reject *reject, struct error *err)
{
	(void)context;
	(void)err;
	fail(reject->error.message);
	return OK;
}

static void write_side(struct day *day, enum record_kind kind, bool (*next)(struct day *day, struct buf *out), FILE *file)
{
	struct writing w = { file, 0 };
	struct record_sink sink = { &w, take_record, take_reject };
	struct record_reader *reader;
	struct error err = { 0 };
	struct buf line;

	buf_init(&line, 0);
	if (record_reader_new(&reader, kind, RECORD_FORMAT_CSV, RECORD_LENIENT, NULL, &sink, &err) != OK)
		fail(err.message);
	while (next(day, &line)) {
		if (record_reader_push(reader, buf_str(&line), &err) != OK)
			fail(err.message);
		buf_clear(&line);
	}
	record_reader_free(reader);
	buf_release(&line);
	fflush(file);
}

static void write_records(const struct day_settings *settings, FILE *files[2])
{
	struct error err = { 0 };
	struct day *day;
	pid_t child = fork();
	int state;

	if (child < 0)
		fail("no process could be started");
	if (child > 0) {
		if (waitpid(child, &state, 0) != child || state != 0)
			fail("the day could not be made");
		return;
	}
	if (day_new(&day, settings, &err) != OK)
		fail(err.message);
	write_side(day, RECORD_CALL, day_next_call, files[0]);
	write_side(day, RECORD_DURATION, day_next_duration, files[1]);
	exit(0);
}

/* --- measuring ------------------------------------------------------------------------- */

static double seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static long peak_kib(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss;
}

struct spent {
	double wall, cpu;
};

static void begin(struct spent *s)
{
	s->wall -= seconds(CLOCK_MONOTONIC);
	s->cpu -= seconds(CLOCK_PROCESS_CPUTIME_ID);
}

static void end(struct spent *s)
{
	s->wall += seconds(CLOCK_MONOTONIC);
	s->cpu += seconds(CLOCK_PROCESS_CPUTIME_ID);
}

static size_t feed(struct reconcile_run *run, enum reconcile_side side, FILE *file, struct spent *spent)
{
	struct reconcile_record *records = xalloc(FED_AT_ONCE * sizeof(*records));
	struct error err = { 0 };
	size_t n, all = 0;

	rewind(file);
	while ((n = fread(records, sizeof(*records), FED_AT_ONCE, file)) > 0) {
		begin(spent);
		if (reconcile_run_add(run, side, records, n, &err) != OK)
			fail(err.message);
		end(spent);
		all += n;
	}
	free(records);
	return all;
}

int main(int argc, char **argv)
{
	struct day_settings settings = { .seed = 1 };
	struct reconcile_options options = RECONCILE_OPTIONS_DEFAULT;
	struct spent spent = { 0 };
	struct reconcile_run *run;
	struct error err = { 0 };
	FILE *files[2] = { tmpfile(), tmpfile() };
	long before;
	size_t n;

	if (argc < 3 || !files[0] || !files[1])
		fail("expected CALLS THREADS [FAULTS]");
	settings.calls = strtoull(argv[1], NULL, 10);
	options.threads = (unsigned)strtoul(argv[2], NULL, 10);
	settings.faults = str_from(argc > 3 ? argv[3] : "");
	write_records(&settings, files);
	before = peak_kib();
	if (reconcile_run_new(&run, &options, &err) != OK)
		fail(err.message);
	n = feed(run, RECONCILE_PLATFORM, files[0], &spent) + feed(run, RECONCILE_OPERATOR, files[1], &spent);
	begin(&spent);
	if (reconcile_run(run, &err) != OK)
		fail(err.message);
	end(&spent);
	printf("  engine alone, %u thread%s: %.2f M records/s, %.2f a core; %.0f bytes a record\n", options.threads,
	       options.threads == 1 ? "" : "s", (double)n / spent.wall / 1e6, (double)n / spent.cpu / 1e6,
	       (double)(peak_kib() - before) * 1024 / (double)n);
	reconcile_run_free(run);
	return 0;
}
