#include "exchange/upload_days.h"

#include "base/arena.h"

#include <stdlib.h>

#define FIRST_DAY 10957 /* 2000-01-01 */
#define AHEAD_MS (366 * MS_PER_DAY)

void upload_days_init(struct upload_days *days, int64_t now_ms)
{
	int64_t first_ms = day_start(FIRST_DAY);

	*days = (struct upload_days){ .last_ms = now_ms + AHEAD_MS };
	/* A clock of ours that stands before the first day takes nothing. */
	if (days->last_ms >= first_ms)
		days->seen = xalloc((size_t)(instant_day(days->last_ms) - FIRST_DAY) / 8 + 1);
}

void upload_days_release(struct upload_days *days)
{
	free(days->seen);
	days->seen = NULL;
}

static enum status check_time(const struct upload_days *days, const struct record *r, enum record_field field, int64_t ms,
			      struct error *err)
{
	const char *name = record_field_name(r->kind, field);
	char last[INSTANT_TEXT_SIZE];

	if (ms == INSTANT_NONE || (ms >= day_start(FIRST_DAY) && ms <= days->last_ms))
		return OK;
	return error_set(err, E_FIELD_VALUE, name, "%s must lie between 2000-01-01T00:00:00.000Z and %.*s", name,
			 STR_ARG(instant_text(days->last_ms, last)));
}

enum status upload_days_check(struct upload_days *days, const struct record *r, struct error *err)
{
	enum status status = check_time(days, r, FIELD_START, r->start_ms, err);
	unsigned char bit;
	size_t day;

	if (status == OK)
		status = check_time(days, r, FIELD_ANSWER, r->answer_ms, err);
	if (status == OK)
		status = check_time(days, r, FIELD_END, r->end_ms, err);
	if (status != OK)
		return status;
	day = (size_t)(instant_day(record_filed_ms(r)) - FIRST_DAY);
	bit = (unsigned char)(1U << day % 8);
	if (days->seen[day / 8] & bit)
		return OK;
	if (days->count == UPLOAD_DAYS_MAX)
		return error_set(err, E_FIELD_VALUE, record_field_name(r->kind, FIELD_START),
				 "the upload has records of %d different days before this one; send further days in another",
				 UPLOAD_DAYS_MAX);
	days->seen[day / 8] |= bit;
	days->count++;
	return OK;
}
