/* cli/command.h - the commands of tally, one file each. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

enum exit_code {
	EXIT_DONE = 0,
	EXIT_NO = 1,         /* done, and the answer is "no" */
	EXIT_USAGE = 2,
	EXIT_INPUT = 3,      /* input cannot be read or is not valid */
	EXIT_REFUSED = 4,    /* the other side refused or cannot be reached */
	EXIT_INTERNAL = 5,
};

struct command {
	const char *name;
	const char *summary;
	int (*run)(int argc, char **argv);   /* argv[0] is the command's name; returns an exit_code */
};

int command_admin(int argc, char **argv);
int command_check(int argc, char **argv);
int command_demo(int argc, char **argv);
int command_import(int argc, char **argv);
int command_inspect(int argc, char **argv);
int command_reconcile(int argc, char **argv);
int command_serve(int argc, char **argv);
int command_simulate(int argc, char **argv);
int command_why(int argc, char **argv);

#endif
