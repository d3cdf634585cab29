/* tally reconcile: two sets of files that should tell of the same calls. */
#include "cli/command.h"
#include "cli/compare_memory.h"
#include "cli/compare_output.h"
#include "cli/compare_page.h"
#include "cli/compare_read.h"
#include "cli/compare_report.h"

#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define THREADS_MAX 64

static const char usage[] = "Usage: tally reconcile --platform FILE... --operator FILE... --out DIR [OPTION]...\n"
			    "\n"
			    "Says which records of the platform and of operators belong together, which do\n"
			    "not agree, and why.  Formats are recognised from the content; so are gzip, zstd,\n"
			    "zip and UTF-16.  FILE - is standard input.  Several operators are told apart by\n"
			    "operatorId.\n"
			    "\n"
			    "  --platform FILE...        the platform's call records\n"
			    "  --operator FILE...        operators' duration records\n"
			    "  --out DIR                 where report.html, matches.csv and summary.json go\n"
			    "  --platform-format NAME    as in tally import --help; without it, by the content\n"
			    "  --operator-format NAME\n"
			    "  --tolerance SECONDS       durations that differ by no more agree; 1\n"
			    "  --quiet                   no summary, no progress\n"
			    "  --json                    summary.json on standard output\n"
			    "  --help                    this text\n"
			    "\n"
			    "Exit code 0 when all agrees or is explained, 1 when not, 3 when nothing can be\n"
			    "compared.\n";

struct reconcile_command {
	struct comparison comparison;
	const char *out;
	bool quiet, json;
	unsigned threads;
	struct compare_progress progress;
	struct output_file *kept; /* copy of standard input */
	bool input_failed;        /* what went wrong is a file that was to be read */
};

/* --- options -------------------------------------------------------------------------- */

static int refuse(const char *what, const char *found)
{
	fprintf(stderr, "tally reconcile: %s%s%s%s\nTry: tally reconcile --help\n", what, found ? ", found \"" : "",
		found ? found : "", found ? "\"" : "");
	return EXIT_USAGE;
}

/* The files of an option that takes several: up to the next option. */
static void take_files(struct compare_side *side, int argc, char **argv)
{
	compare_side_add_file(side, optarg);
	while (optind < argc && (argv[optind][0] != '-' || argv[optind][1] == '\0'))
		compare_side_add_file(side, argv[optind++]);
}

static int take_format(struct compare_side *side)
{
	side->format = import_format_find(str_from(optarg));
	return side->format ? -1 : refuse("there is no such format; tally import --help lists them", optarg);
}

static int take_option(struct reconcile_command *cmd, int c, int argc, char **argv)
{
	struct comparison *cmp = &cmd->comparison;

	switch (c) {
	case 'p':
		take_files(&cmp->sides[RECONCILE_PLATFORM], argc, argv);
		return -1;
	case 'o':
		take_files(&cmp->sides[RECONCILE_OPERATOR], argc, argv);
		return -1;
	case 'P':
		return take_format(&cmp->sides[RECONCILE_PLATFORM]);
	case 'O':
		return take_format(&cmp->sides[RECONCILE_OPERATOR]);
	case 'd':
		cmd->out = optarg;
		return -1;
	case 't':
		if (!duration_parse(str_from(optarg), MS_PER_DAY, &cmp->tolerance_ms))
			return refuse("--tolerance must be seconds with at most three decimals", optarg);
		return -1;
	case 'q':
		cmd->quiet = true;
		return -1;
	case 'j':
		cmd->json = true;
		return -1;
	case 'h':
		fputs(usage, stdout);
		return EXIT_DONE;
	default:
		fputs("Try: tally reconcile --help\n", stderr);
		return EXIT_USAGE;
	}
}

static bool standard_input_twice(const struct comparison *c)
{
	int n = 0;

	for (int s = 0; s < 2; s++)
		for (size_t i = 0; i < c->sides[s].file_count; i++)
			n += strcmp(c->sides[s].files[i].path, "-") == 0;
	return n > 1;
}

static int check_options(const struct reconcile_command *cmd, int argc, char **argv)
{
	if (optind < argc)
		return refuse("every file belongs to --platform or --operator", argv[optind]);
	if (!cmd->comparison.sides[RECONCILE_PLATFORM].file_count)
		return refuse("expected --platform FILE...", NULL);
	if (!cmd->comparison.sides[RECONCILE_OPERATOR].file_count)
		return refuse("expected --operator FILE...", NULL);
	if (!cmd->out)
		return refuse("expected --out DIR", NULL);
	if (standard_input_twice(&cmd->comparison))
		return refuse("standard input can be read only once", NULL);
	return -1;
}

/* -1 to go on, else the exit code. */
static int read_options(struct reconcile_command *cmd, int argc, char **argv)
{
	/* The leading + keeps file names behind --platform in their place. */
	static const struct option longs[] = { { "platform", required_argument, NULL, 'p' },
					       { "operator", required_argument, NULL, 'o' },
					       { "platform-format", required_argument, NULL, 'P' },
					       { "operator-format", required_argument, NULL, 'O' },
					       { "out", required_argument, NULL, 'd' },
					       { "tolerance", required_argument, NULL, 't' },
					       { "quiet", no_argument, NULL, 'q' },
					       { "json", no_argument, NULL, 'j' },
					       { "help", no_argument, NULL, 'h' },
					       { 0 } };
	int c, code = -1;

	while (code < 0 && (c = getopt_long(argc, argv, "+h", longs, NULL)) != -1)
		code = take_option(cmd, c, argc, argv);
	return code < 0 ? check_options(cmd, argc, argv) : code;
}

/* --- progress -------------------------------------------------------------------------- */

static void show_reading(const struct compare_progress *p)
{
	static _Atomic unsigned shown = UINT32_MAX;
	unsigned percent = p->size ? (unsigned)(p->read * 100 / p->size) : 0;

	if (atomic_exchange(&shown, percent) != percent)
		fprintf(stderr, "\rreading %u %%", percent);
}

static void show_stage(const struct reconcile_command *cmd, const char *text)
{
	if (cmd->progress.show)
		fprintf(stderr, "\r\x1b[K%s", text);
}

static void begin_progress(struct reconcile_command *cmd)
{
	for (int s = 0; s < 2; s++) {
		for (size_t i = 0; i < cmd->comparison.sides[s].file_count; i++) {
			const char *path = cmd->comparison.sides[s].files[i].path;
			struct stat st;

			if (strcmp(path, "-") != 0 && stat(path, &st) == 0)
				cmd->progress.size += (uint64_t)st.st_size;
		}
	}
	if (!cmd->quiet && isatty(STDERR_FILENO))
		cmd->progress.show = show_reading;
}

/* As many as there are processors that may be used. */
static unsigned count_threads(void)
{
	cpu_set_t available;
	int n = sched_getaffinity(0, sizeof(available), &available) == 0 ? CPU_COUNT(&available) : 1;

	return (unsigned)(n > THREADS_MAX ? THREADS_MAX : n);
}

/* --- the work ---------------------------------------------------------------------------- */

static enum status keep(void *context, struct str bytes, struct error *err)
{
	(void)err;
	output_file_add(context, bytes);
	return OK;
}

/* What comes by standard input is kept, for tally why. */
static enum status begin_keeping(struct reconcile_command *cmd, struct error *err)
{
	for (int s = 0; s < 2; s++) {
		for (size_t i = 0; i < cmd->comparison.sides[s].file_count; i++) {
			struct compare_file *file = &cmd->comparison.sides[s].files[i];

			if (strcmp(file->path, "-") != 0)
				continue;
			file->kept_as = s == RECONCILE_PLATFORM ? "platform.input" : "operator.input";
			return output_file_open(&cmd->kept, file->kept_as, err);
		}
	}
	return OK;
}

static enum status read_sides(struct reconcile_command *cmd, struct error *err)
{
	struct compare_reading reading = { .sides = cmd->comparison.sides,
					   .run = cmd->comparison.run,
					   .threads = cmd->threads,
					   .progress = &cmd->progress,
					   .available_bytes = memory_available(""),
					   .keep = keep,
					   .context = cmd->kept };

	return compare_read(&reading, &cmd->input_failed, err);
}

static enum status check_usable(const struct comparison *c, struct error *err)
{
	static const char *const names[2] = { "platform", "operator" };

	for (int s = 0; s < 2; s++)
		if (!compare_side_is_usable(&c->sides[s]))
			return error_set(err, E_INVALID, NULL,
					 "nothing can be compared: the %s's files hold no record that can be read",
					 names[s]);
	return OK;
}

static enum status begin_run(struct reconcile_command *cmd, struct error *err)
{
	struct reconcile_options options = RECONCILE_OPTIONS_DEFAULT;

	options.tolerance_ms = cmd->comparison.tolerance_ms;
	options.threads = cmd->threads;
	options.plots = true;
	return reconcile_run_new(&cmd->comparison.run, &options, err);
}

static enum status compare(struct comparison *c, struct error *err)
{
	enum status status = compare_common_names(c->sides, c->run, &c->operators, &c->trunks, err);

	if (status != OK)
		return status;
	compare_settle_versions(&c->sides[RECONCILE_PLATFORM], c->run);
	return reconcile_run(c->run, err);
}

static enum status write_report(struct reconcile_command *cmd, struct buf *summary, struct error *err)
{
	enum status status = OK;

	if (cmd->kept) {
		status = output_file_close(cmd->kept, err);
		cmd->kept = NULL;
	}
	if (status == OK)
		status = report_write_matches(&cmd->comparison, cmd->threads, err);
	if (status == OK)
		status = page_write(&cmd->comparison, err);
	report_summary(&cmd->comparison, summary);
	if (status == OK)
		status = report_write_summary(buf_str(summary), err);
	return status == OK ? output_commit(err) : status;
}

static enum status work(struct reconcile_command *cmd, struct buf *summary, struct error *err)
{
	enum status status = output_begin(cmd->out, err);

	if (status == OK)
		status = begin_run(cmd, err);
	if (status == OK)
		status = begin_keeping(cmd, err);
	if (status == OK)
		status = read_sides(cmd, err);
	show_stage(cmd, "");
	report_same_files(cmd->comparison.sides);
	for (int s = 0; s < 2; s++)
		report_rejects(&cmd->comparison.sides[s]);
	if (status == OK)
		status = check_usable(&cmd->comparison, err);
	if (status != OK)
		return status;
	show_stage(cmd, "comparing");
	status = compare(&cmd->comparison, err);
	show_stage(cmd, "writing");
	if (status == OK)
		status = write_report(cmd, summary, err);
	show_stage(cmd, "");
	return status;
}

/* What comes of files of the user's is input; the report's own are not. */
static int exit_code_of(enum status status, const struct reconcile_command *cmd)
{
	return status == E_NOMEM || (status == E_IO && !cmd->input_failed) ? EXIT_INTERNAL : EXIT_INPUT;
}

static int run(struct reconcile_command *cmd)
{
	struct error err = { 0 };
	struct buf summary;
	enum status status;
	int code;

	buf_init(&summary, 0);
	begin_progress(cmd);
	status = work(cmd, &summary, &err);
	if (status != OK) {
		output_abandon();
		fprintf(stderr, "tally reconcile: %s\n", err.message);
		code = exit_code_of(status, cmd);
	} else {
		enum reconcile_verdict verdict = reconcile_verdict(cmd->comparison.run);

		if (cmd->json)
			fputs(buf_cstr(&summary), stdout);
		else if (!cmd->quiet)
			report_print(&cmd->comparison, cmd->out);
		code = verdict == RECONCILE_AGREES || verdict == RECONCILE_EXPLAINED ? EXIT_DONE : EXIT_NO;
	}
	buf_release(&summary);
	return code;
}

int command_reconcile(int argc, char **argv)
{
	struct reconcile_command cmd = { .comparison = { .tolerance_ms = RECONCILE_OPTIONS_DEFAULT.tolerance_ms } };
	struct comparison *c = &cmd.comparison;
	struct error ignored;
	int code;

	compare_side_init(&c->sides[RECONCILE_PLATFORM], RECORD_CALL);
	compare_side_init(&c->sides[RECONCILE_OPERATOR], RECORD_DURATION);
	cmd.threads = count_threads();
	code = read_options(&cmd, argc, argv);
	if (code < 0)
		code = run(&cmd);
	if (cmd.kept)
		output_file_close(cmd.kept, &ignored);
	reconcile_run_free(c->run);
	compare_side_release(&c->sides[0]);
	compare_side_release(&c->sides[1]);
	if (c->operators.list)
		names_release(&c->operators);
	if (c->trunks.list)
		names_release(&c->trunks);
	return code;
}
