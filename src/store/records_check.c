/* Does what stands in the store keep the invariants of store/records.h? */
#include "store/records_private.h"
#include "store/rows.h"

#include <stdlib.h>

#define CHECK_PAGE 10000

/* 16 bytes an id of the operator and side are held in memory. */
struct seen {
	uint64_t (*ids)[2];
	int64_t *positions;
	size_t count, capacity;
};

static void see(struct seen *seen, const struct stored_record *row)
{
	struct digest id = digest_of(row->record.id);

	if (seen->count == seen->capacity) {
		seen->capacity = seen->capacity ? 2 * seen->capacity : 1024;
		seen->ids = xrealloc(seen->ids, seen->capacity * sizeof(*seen->ids));
		seen->positions = xrealloc(seen->positions, seen->capacity * sizeof(*seen->positions));
	}
	memcpy(seen->ids[seen->count], id.b, sizeof(*seen->ids));
	seen->positions[seen->count++] = row->position;
}

static int compare_ids(const void *a, const void *b)
{
	return memcmp(a, b, 2 * sizeof(uint64_t));
}

static int compare_positions(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static enum status corrupt(int32_t day, const char *what, struct error *err)
{
	char text[INSTANT_TEXT_SIZE];

	return error_set(err, E_CORRUPT, NULL, "day %.*s: %s", STR_ARG(day_text(day, text)), what);
}

static enum status check_page(const struct records_page *page, int32_t day, int64_t head, struct seen *seen,
			      struct error *err)
{
	for (size_t i = 0; i < page->count; i++) {
		const struct stored_record *row = &page->rows[i];

		if (row->filed_ms != record_filed_ms(&row->record) || instant_day(row->filed_ms) != day)
			return corrupt(day, "a record is filed under another moment than its own", err);
		if (row->record.kind == RECORD_CALL && (row->position <= 0 || row->position > head))
			return corrupt(day, "a position lies outside of the feed", err);
		see(seen, row);
	}
	return OK;
}

static enum status check_day(struct records *records, int64_t operator_key, enum record_kind kind, int32_t day,
			     int64_t head, struct seen *seen, struct error *err)
{
	struct records_query query = records_query_day(operator_key, kind, day, CHECK_PAGE);
	struct records_walk walk;
	enum status status = OK;

	records_walk_begin(&walk, records, &query);
	while (status == OK && (status = records_walk_next(&walk, err)) == OK && walk.page.count > 0)
		status = check_page(&walk.page, day, head, seen, err);
	records_walk_end(&walk);
	return status;
}

static enum status check_seen(struct seen *seen, enum record_kind kind, struct error *err)
{
	if (seen->count == 0)
		return OK;
	qsort(seen->ids, seen->count, sizeof(*seen->ids), compare_ids);
	for (size_t i = 1; i < seen->count; i++)
		if (compare_ids(seen->ids[i - 1], seen->ids[i]) == 0)
			return error_set(err, E_CORRUPT, NULL, "an id stands twice among the %s records",
					 kind == RECORD_CALL ? "call" : "duration");
	if (kind != RECORD_CALL)
		return OK;
	qsort(seen->positions, seen->count, sizeof(*seen->positions), compare_positions);
	for (size_t i = 1; i < seen->count; i++)
		if (seen->positions[i - 1] == seen->positions[i])
			return error_set(err, E_CORRUPT, NULL, "a position of the feed stands twice");
	return OK;
}

static enum status check_kind(struct records *records, int64_t operator_key, enum record_kind kind, const int32_t *days,
			      size_t day_count, int64_t *count, struct error *err)
{
	struct seen seen = { .count = 0 };
	int64_t head = 0;
	/* Of what is appended meanwhile only the days known before are looked at. */
	enum status status = OK;

	for (size_t i = 0; status == OK && i < day_count; i++) {
		status = records_head(records, operator_key, &head, err);
		if (status == OK)
			status = check_day(records, operator_key, kind, days[i], head, &seen, err);
	}
	if (status == OK)
		status = check_seen(&seen, kind, err);
	if (status == OK)
		*count = (int64_t)seen.count;
	free(seen.ids);
	free(seen.positions);
	return status;
}

static enum status count_beside(struct records *records, int64_t operator_key, int32_t day,
				struct records_counts *counts, struct error *err)
{
	struct day_reader reader = { .records = records };
	int64_t conflicts = 0, outcomes = 0;
	bool present;
	enum status status = day_reader_enter(&reader, operator_key, day, &present, err);

	if (status == OK && present)
		status = row_i64(reader.sql, &conflicts, err,
				 "SELECT COUNT(*) FROM conflict WHERE operator_key = ?1 AND day = ?2",
				 SQL_ARGS(SQL_I64(operator_key), SQL_I64(day)));
	if (status == OK && present)
		status = row_i64(reader.sql, &outcomes, err,
				 "SELECT COUNT(*) FROM outcome WHERE operator_key = ?1 AND day = ?2",
				 SQL_ARGS(SQL_I64(operator_key), SQL_I64(day)));
	day_reader_end(&reader);
	counts->conflicts += conflicts;
	counts->outcomes += outcomes;
	return status;
}

enum status records_check(struct records *records, int64_t operator_key, struct records_counts *counts,
			  struct error *err)
{
	struct records_counts found = { 0, 0, 0, 0 };
	struct arena arena;
	int32_t *days;
	size_t count = 0;
	enum status status;

	arena_init(&arena);
	status = records_days(records, &arena, operator_key, &days, &count, err);
	if (status == OK)
		status = check_kind(records, operator_key, RECORD_CALL, days, count, &found.calls, err);
	if (status == OK)
		status = check_kind(records, operator_key, RECORD_DURATION, days, count, &found.durations, err);
	for (size_t i = 0; status == OK && i < count; i++)
		status = count_beside(records, operator_key, days[i], &found, err);
	arena_release(&arena);
	if (status == OK)
		*counts = found;
	return status;
}
