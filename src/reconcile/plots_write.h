/* reconcile/plots_write.h - the plots of a run as JSON; docs/formats/report.md describes it. */
#ifndef RECONCILE_PLOTS_WRITE_H
#define RECONCILE_PLOTS_WRITE_H

#include "reconcile/summary.h"

/* Writes the members scales, plots, columns, rows and examples into an object that the caller began, beside those of
 * summary_write(); nothing where plots were not asked for.  Bounded: about 10,000 marks a plot are shared by the operators, and
 * no list grows with the records.  names needs all its functions. */
void plots_write(struct json_writer *w, const struct reconcile_run *run, const struct reconcile_names *names);

#endif
