/* exchange/upload_days.h - of which days the records of one upload may be.
 *
 * A day costs the store a file or a partition, so a broken clock must not make
 * thousands of them: times lie between 2000-01-01 and a year after the upload
 * began (a clock that is wrong is explained, not refused), and one upload holds
 * records of at most UPLOAD_DAYS_MAX different days.
 * Threads: one. */
#ifndef EXCHANGE_UPLOAD_DAYS_H
#define EXCHANGE_UPLOAD_DAYS_H

#include "formats/record.h"

#define UPLOAD_DAYS_MAX 400   /* a year and a month */

struct upload_days {
	int64_t last_ms;          /* the latest moment that is taken */
	unsigned char *seen;      /* a bit for each day from the first that may be */
	size_t count;             /* of different days */
};

void upload_days_init(struct upload_days *days, int64_t now_ms);
void upload_days_release(struct upload_days *days);

/* E_FIELD_VALUE with the field at fault. */
enum status upload_days_check(struct upload_days *days, const struct record *r, struct error *err);

#endif
