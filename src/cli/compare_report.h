/* cli/compare_report.h - what a comparison found, as files and as a few lines. */
#ifndef CLI_COMPARE_REPORT_H
#define CLI_COMPARE_REPORT_H

#include "cli/compare_input.h"
#include "reconcile/summary.h"

#define REPORT_MATCHES "matches.csv"
#define REPORT_SUMMARY "summary.json"

struct comparison {
	struct compare_side sides[2]; /* by enum reconcile_side */
	struct names operators, trunks;
	struct reconcile_run *run;
	int64_t tolerance_ms;
};

struct reconcile_names comparison_names(struct comparison *c);

/* They go into the output directory that was begun. */
enum status report_write_matches(const struct comparison *c, unsigned threads, struct error *err);
enum status report_write_summary(struct str summary, struct error *err);

extern const char *const compare_side_names[2]; /* "platform", "operator" */

/* Records of the platform that do not count: the member skipped. */
void report_write_skipped(struct json_writer *w, const struct comparison *c);

/* summary.json's text. */
void report_summary(struct comparison *c, struct buf *out);

/* At most twelve lines for a person. */
void report_print(struct comparison *c, const char *directory);

/* What could not be read, on standard error, by file, line and column, and what was read otherwise than one may think. */
void report_rejects(const struct compare_side *side);

/* Files that are given for both sides. */
void report_same_files(const struct compare_side sides[2]);

#endif
