/* tally simulate: a synthetic day of both sides, with faults and the truth. */
#include "cli/command.h"
#include "cli/compare_output.h"
#include "simulate/day.h"

#include <getopt.h>
#include <stdio.h>

static const char usage[] = "Usage: tally simulate --seed N --calls N --out DIR [--faults LIST]\n"
			    "\n"
			    "Writes a day of calls as the platform and an operator recorded them, and what is\n"
			    "true of them: platform.csv, operator.csv, truth.csv, truth.json.  The same seed,\n"
			    "calls and faults give the same files on every machine.\n"
			    "\n"
			    "  --seed N       any whole number\n"
			    "  --calls N      how many calls\n"
			    "  --out DIR      where the files go\n"
			    "  --faults LIST  what is wrong on the operator's side: NAME[:KEY=VALUE[,KEY=VALUE]]...,\n"
			    "                 several separated by blanks\n"
			    "  --help         this text\n"
			    "\n"
			    "Faults, with their parameters and what these are when not given; most take\n"
			    "trunk=t1..t4, direction=inbound|outbound, from=HH:MM and to=HH:MM as well, and may\n"
			    "stand several times then: to a call the first applies that is for it.\n";

struct simulate_command {
	struct day_settings settings;
	struct buf faults;
	const char *out;
	bool has_seed;
};

static int refuse(const char *message)
{
	fprintf(stderr, "tally simulate: %s\nTry: tally simulate --help\n", message);
	return EXIT_USAGE;
}

static void print_usage(void)
{
	struct buf out;

	buf_init(&out, 0);
	buf_add_str(&out, str_from(usage));
	day_describe_faults(&out);
	fputs(buf_cstr(&out), stdout);
	buf_release(&out);
}

static void add_faults(struct simulate_command *cmd, const char *text)
{
	buf_add_str(&cmd->faults, str_from(text));
	buf_add_char(&cmd->faults, ' ');
}

static int take_option(struct simulate_command *cmd, int c)
{
	uint64_t n;

	switch (c) {
	case 's':
		cmd->has_seed = true;
		return str_to_u64(str_from(optarg), INT64_MAX, &cmd->settings.seed)
			       ? -1
			       : refuse("--seed must be a whole number");
	case 'c':
		if (!str_to_u64(str_from(optarg), DAY_CALLS_MAX, &n) || n == 0)
			return refuse("--calls must be a whole number, from 1 to 200000000");
		cmd->settings.calls = (size_t)n;
		return -1;
	case 'd':
		cmd->out = optarg;
		return -1;
	case 'f':
		add_faults(cmd, optarg);
		return -1;
	case 'h':
		print_usage();
		return EXIT_DONE;
	default:
		fputs("Try: tally simulate --help\n", stderr);
		return EXIT_USAGE;
	}
}

/* -1 to go on, else the exit code. */
static int read_options(struct simulate_command *cmd, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "seed", required_argument, NULL, 's' }, { "calls", required_argument, NULL, 'c' },
		{ "out", required_argument, NULL, 'd' },  { "faults", required_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },       { 0 }
	};
	int c, code = -1;

	while (code < 0 && (c = getopt_long(argc, argv, "h", longs, NULL)) != -1)
		code = take_option(cmd, c);
	if (code >= 0)
		return code;
	while (optind < argc) /* a list that was not quoted */
		add_faults(cmd, argv[optind++]);
	cmd->settings.faults = buf_str(&cmd->faults);
	if (!cmd->has_seed || cmd->settings.calls == 0 || !cmd->out)
		return refuse("expected --seed N --calls N --out DIR");
	return -1;
}

static enum status write_lines(struct day *day, const char *name, bool (*next)(struct day *day, struct buf *out),
			       struct error *err)
{
	struct output_file *file;
	struct buf line;
	enum status status = output_file_open(&file, name, err);

	if (status != OK)
		return status;
	buf_init(&line, 0);
	while (next(day, &line)) {
		output_file_add(file, buf_str(&line));
		buf_clear(&line);
	}
	buf_release(&line);
	return output_file_close(file, err);
}

static enum status write_causes(const struct day *day, struct error *err)
{
	struct output_file *file;
	struct buf text;
	enum status status = output_file_open(&file, "truth.json", err);

	if (status != OK)
		return status;
	buf_init(&text, 0);
	day_truth_causes(day, &text);
	output_file_add(file, buf_str(&text));
	buf_release(&text);
	return output_file_close(file, err);
}

static enum status write_day(struct day *day, const char *directory, struct error *err)
{
	enum status status = output_begin(directory, err);

	if (status == OK)
		status = write_lines(day, "platform.csv", day_next_call, err);
	if (status == OK)
		status = write_lines(day, "operator.csv", day_next_duration, err);
	if (status == OK)
		status = write_lines(day, "truth.csv", day_next_truth, err);
	if (status == OK)
		status = write_causes(day, err);
	if (status == OK)
		status = output_commit(err);
	if (status != OK)
		output_abandon();
	return status;
}

static int run(const struct simulate_command *cmd)
{
	struct day *day;
	struct error err = { 0 };
	enum status status;

	if (day_new(&day, &cmd->settings, &err) != OK)
		return refuse(err.message);
	status = write_day(day, cmd->out, &err);
	day_free(day);
	if (status == OK)
		return EXIT_DONE;
	fprintf(stderr, "tally simulate: %s\n", err.message);
	return status == E_INVALID ? EXIT_USAGE : EXIT_INTERNAL;
}

int command_simulate(int argc, char **argv)
{
	struct simulate_command cmd = { 0 };
	int code;

	buf_init(&cmd.faults, 0);
	code = read_options(&cmd, argc, argv);
	if (code < 0)
		code = run(&cmd);
	buf_release(&cmd.faults);
	return code;
}
