/* tally import: switch CDRs to canonical records, as NDJSON on standard output. */
#include "cli/command.h"
#include "cli/compare_stream.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#define REJECTS_SHOWN 20

static const char usage_head[] =
	"Usage: tally import [--format NAME] [OPTION]... FILE...\n"
	"\n"
	"Reads what switches write and prints canonical records as NDJSON; what is no\n"
	"record is named by file and line on standard error.  FILE - is standard input;\n"
	"gzip, zstd and zip are recognised from the content.\n"
	"\n"
	"  --format NAME    the format; without it, by the content\n"
	"  --kind KIND      durations or calls; without it, by format and content\n"
	"  --zone ZONE      of times without offset: UTC, +02:00, Europe/Berlin ...\n"
	"  --operator ID    put this operatorId into records that name none\n"
	"  --tenant ID      put this tenantId into call records that name none\n"
	"  --start-is-answer  the source counts from the answer, not from set-up\n"
	"  --help           this text\n"
	"\n"
	"Formats:\n";

struct import_run {
	const struct import_format *format;     /* NULL: by the content */
	struct import_options options;
	bool finds_kind;
	struct str operator_id, tenant_id;
	const char *file;
	struct buf out;
	uint64_t records, rejects;
};

static enum status flush(struct import_run *run, struct error *err)
{
	if (run->out.n && fwrite(run->out.p, 1, run->out.n, stdout) != run->out.n)
		return error_set(err, E_IO, NULL, "standard output could not be written");
	buf_clear(&run->out);
	return OK;
}

static enum status take_record(void *context, const struct record *r, struct record_place place, struct error *err)
{
	struct import_run *run = context;
	struct record full = *r;

	(void)place;
	if (str_is_none(full.operator_id))
		full.operator_id = run->operator_id;
	if (full.kind == RECORD_CALL && str_is_none(full.tenant_id))
		full.tenant_id = run->tenant_id;
	record_write_json(&run->out, &full);
	buf_add_char(&run->out, '\n');
	run->records++;
	return run->out.n > 65536 ? flush(run, err) : OK;
}

static enum status take_reject(void *context, const struct record_reject *reject, struct error *err)
{
	struct import_run *run = context;

	(void)err;
	if (run->rejects++ < REJECTS_SHOWN)
		fprintf(stderr, "%s:%llu:%zu: %s%s%s\n", run->file, (unsigned long long)reject->place.line,
			reject->place.column, reject->error.field, reject->error.field[0] ? ": " : "", reject->error.message);
	return OK;
}

/* A file of which no line tells of a call is of another format. */
static enum status check_lines(const struct compare_stream *stream, const char *file, struct error *err)
{
	const struct record_reader_counts *n = &stream->counts;

	if (n->records || n->rejects || n->other_lines == 0)
		return OK;
	return error_set(err, E_INVALID, NULL, "%s: none of its %llu line%s tells of a call; expected %s", file,
			 (unsigned long long)n->other_lines, n->other_lines == 1 ? "" : "s", stream->format->summary);
}

static enum status import_one(struct import_run *run, const char *file, struct error *err)
{
	struct compare_stream stream = { .format = run->format,
					 .options = run->options,
					 .finds_kind = run->finds_kind,
					 .sink = { run, take_record, take_reject } };
	enum status status, flushed;

	run->file = file;
	status = compare_stream_read(&stream, file, err);
	if (stream.counts.latin_lines)
		fprintf(stderr, "%s: lines that are no UTF-8 were read as Windows-1252: %llu\n", file,
			(unsigned long long)stream.counts.latin_lines);
	if (status == OK)
		status = check_lines(&stream, file, err);
	/* What was read before a failure is good. */
	flushed = flush(run, status == OK ? err : NULL);
	return status == OK ? flushed : status;
}

static int import_all(struct import_run *run, int count, char **files)
{
	struct error err = { 0 };
	int code = EXIT_DONE;

	for (int i = 0; i < count; i++) {
		uint64_t before = run->records;

		if (import_one(run, files[i], &err) != OK) {
			bool named = strncmp(err.message, files[i], strlen(files[i])) == 0;

			fprintf(stderr, "tally import: %s%s%s\n", named ? "" : files[i], named ? "" : ": ", err.message);
			code = EXIT_INPUT;
		} else if (run->records == before && run->rejects) {
			code = EXIT_INPUT;
		}
	}
	if (run->rejects > REJECTS_SHOWN)
		fprintf(stderr, "... and %llu more\n", (unsigned long long)(run->rejects - REJECTS_SHOWN));
	if (run->rejects)
		fprintf(stderr, "tally import: %llu records, %llu rejected\n", (unsigned long long)run->records,
			(unsigned long long)run->rejects);
	return code;
}

static void print_usage(void)
{
	fputs(usage_head, stdout);
	for (size_t i = 0; import_formats[i]; i++)
		printf("  %-20s %s\n", import_formats[i]->name, import_formats[i]->summary);
}

/* -1 to go on, else the exit code. */
static int read_options(int argc, char **argv, struct import_run *run)
{
	static const struct option longs[] = { { "format", required_argument, NULL, 'f' },
					       { "kind", required_argument, NULL, 'k' },
					       { "zone", required_argument, NULL, 'z' },
					       { "operator", required_argument, NULL, 'o' },
					       { "tenant", required_argument, NULL, 't' },
					       { "start-is-answer", no_argument, NULL, 's' },
					       { "help", no_argument, NULL, 'h' },
					       { 0 } };
	int c;

	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (c == 'f')
			run->format = import_format_find(str_from(optarg));
		if (c == 'f' && !run->format) {
			fprintf(stderr, "tally import: there is no format \"%s\"\nTry: tally import --help\n", optarg);
			return EXIT_USAGE;
		}
		if (c == 'k' && strcmp(optarg, "calls") != 0 && strcmp(optarg, "durations") != 0) {
			fprintf(stderr, "tally import: --kind must be calls or durations, found \"%s\"\n", optarg);
			return EXIT_USAGE;
		}
		if (c == 'k') {
			run->options.kind = strcmp(optarg, "calls") == 0 ? RECORD_CALL : RECORD_DURATION;
			run->finds_kind = false;
		} else if (c == 'z')
			run->options.zone = str_from(optarg);
		else if (c == 'o')
			run->operator_id = str_from(optarg);
		else if (c == 't')
			run->tenant_id = str_from(optarg);
		else if (c == 's')
			run->options.start_is_answer = true;
		else if (c == 'h' || c == '?')
			return c == 'h' ? EXIT_DONE : EXIT_USAGE;
	}
	return optind < argc ? -1 : EXIT_USAGE;
}

int command_import(int argc, char **argv)
{
	struct import_run run = { .finds_kind = true };
	int code = read_options(argc, argv, &run);

	if (code == EXIT_DONE)
		print_usage();
	else if (code == EXIT_USAGE && optind >= argc)
		fputs("tally import: expected FILE...\nTry: tally import --help\n", stderr);
	if (code >= 0)
		return code;
	buf_init(&run.out, 0);
	code = import_all(&run, argc - optind, argv + optind);
	buf_release(&run.out);
	return code;
}
