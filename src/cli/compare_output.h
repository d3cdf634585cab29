/* cli/compare_output.h - a directory of results that appears whole or not at all.
 *
 * Files are written into a temporary directory, inside DIR where it exists and
 * beside it where not, and get their final names at the end.  A disk that is
 * full, an error, SIGINT, SIGTERM, SIGHUP or SIGABRT (no memory) leave nothing behind.  One at a
 * time in a process. */
#ifndef CLI_COMPARE_OUTPUT_H
#define CLI_COMPARE_OUTPUT_H

#include "base/error.h"
#include "base/str.h"

#include <stdio.h>

/* E_IO when DIR is no directory or cannot be written; made when absent, at the end. */
enum status output_begin(const char *path, struct error *err);

struct output_file;

/* name is a file's name, of static storage; earlier ones first get their final names, so that the last says "done". */
enum status output_file_open(struct output_file **file, const char *name, struct error *err);
void output_file_add(struct output_file *file, struct str bytes); /* a failure shows at close */
enum status output_file_close(struct output_file *file, struct error *err);

/* A file without a name in the same place, for what is too much for memory; gone when it is closed. */
enum status output_temporary(int *fd, struct error *err);

/* Files of older results that are in the way go first; what else is in DIR stays. */
enum status output_commit(struct error *err);
void output_abandon(void); /* harmless after commit */

#endif
