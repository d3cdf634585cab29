/* cli/compare_page.h - report.html: what a comparison found, to look at. */
#ifndef CLI_COMPARE_PAGE_H
#define CLI_COMPARE_PAGE_H

#include "cli/compare_report.h"

#define REPORT_PAGE "report.html"

/* One file that needs nothing beside it: the page made from console/ with the data in it, as docs/formats/report.md
 * describes them.  Goes into the output directory that was begun; the run must have plots. */
enum status page_write(struct comparison *c, struct error *err);

#endif
