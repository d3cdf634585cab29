#include "exchange/usage.h"

#include "base/encoding.h"
#include "base/hash.h"
#include "reconcile/reconcile.h"

#include <stdio.h>

#define SCAN_CHUNK 1100                  /* a full page and some calls that were not answered */
#define SCAN_ROWS_MAX 100000             /* looked at for one page */
#define RING_MAX_MS MS_PER_DAY           /* from invite to answer: calls are kept by their invite */

int64_t usage_seconds(int64_t ms)
{
	return (ms + 500) / MS_PER_SECOND;
}

enum status usage_window_check(int64_t from_ms, int64_t to_ms, struct error *err)
{
	if (from_ms > to_ms)
		return error_set(err, E_INVALID, "toDateTime", "the window ends before it begins");
	if (to_ms - from_ms > USAGE_WINDOW_DAYS_MAX * MS_PER_DAY)
		return error_set(err, E_INVALID, "toDateTime", "the window is longer than %d days: ask for it in parts",
				 USAGE_WINDOW_DAYS_MAX);
	return OK;
}

/* A UUID made of the names (version 8 of RFC 9562), so that a row has the same id at each asking. */
static void row_id(struct arena *arena, const struct tenant_call *call, char out[GUID_TEXT_SIZE])
{
	unsigned char hash[SHA256_SIZE];
	char hex[32];

	sha256(arena_printf(arena, "tallystick usage row %.*s %.*s", STR_ARG(call->operator_id),
			    STR_ARG(call->stored.record.id)),
	       hash);
	hash[6] = (unsigned char)((hash[6] & 0x0f) | 0x80);
	hash[8] = (unsigned char)((hash[8] & 0x3f) | 0x80);
	hex_encode(str_of(hash, 16), hex);
	snprintf(out, GUID_TEXT_SIZE, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
}

static int64_t platform_ms(const struct record *r)
{
	return r->duration_ms != DURATION_NONE ? r->duration_ms : r->end_ms - r->answer_ms;
}

/* The sum of what the operator reported of the call, when the last run called it agreed. */
static bool operators_ms(const struct record *record, const struct outcome *outcomes, size_t count, int64_t *ms)
{
	int64_t reported_ms = 0, difference_ms = 0;
	bool paired = false;

	for (size_t i = 0; i < count; i++) {
		if (outcomes[i].class == RECONCILE_DIFFERS)
			return false;
		if (outcomes[i].class != RECONCILE_AGREED || outcomes[i].operator_ms == DURATION_NONE)
			continue;
		paired = true;
		reported_ms += outcomes[i].operator_ms;
		difference_ms += outcomes[i].difference_ms;
	}
	/* Otherwise the run saw an earlier version of the record. */
	if (!paired || reported_ms - difference_ms != platform_ms(record))
		return false;
	*ms = reported_ms;
	return true;
}

static enum status find_duration(struct tenant_calls *calls, struct arena *scratch, struct usage_row *row,
				 struct error *err)
{
	const struct stored_record *stored = &row->call.stored;
	struct outcome *outcomes;
	size_t count = 0;
	int64_t ms = platform_ms(&stored->record);
	enum status status;

	arena_clear(scratch);
	status = records_outcomes_of_call(calls->exchange->records, scratch, stored->operator_key, stored->filed_ms,
					  stored->record.id, &outcomes, &count, err);
	if (status != OK)
		return status;
	row->by_operator = operators_ms(&stored->record, outcomes, count, &ms);
	row->seconds = usage_seconds(ms);
	return OK;
}

static enum status row_of_call(struct tenant_calls *calls, struct arena *arena, struct arena *scratch,
			       const struct tenant_call *call, struct usage_row *row, struct error *err)
{
	enum status status;

	*row = (struct usage_row){ .call = tenant_call_copy(arena, call), .start_ms = call->stored.record.answer_ms };
	status = tenant_calls_name(calls, arena, &row->call, err);
	if (status != OK)
		return status;
	row->country = row->call.user ? row->call.user->country : calls->tenant.country;
	row->destination =
		destination_of(call->stored.record.direction == DIRECTION_INBOUND ? call->caller : call->callee, row->country);
	row_id(arena, &row->call, row->id);
	return find_duration(calls, scratch, row, err);
}

static bool is_wanted(const struct usage_query *q, const struct tenant_call *call)
{
	int64_t at_ms = call->stored.record.answer_ms;

	return at_ms != INSTANT_NONE && at_ms >= q->from_ms && at_ms <= q->to_ms;
}

static struct records_place place_of(const struct usage_row *row)
{
	return (struct records_place){ row->call.stored.filed_ms, row->call.stored.record.id, row->call.stored.operator_key };
}

/* Takes what is wanted of a chunk; `more` when the page is full and another row follows. */
static enum status take(struct tenant_calls *calls, struct arena *arena, struct arena *scratch,
			const struct usage_query *q, const struct tenant_calls_page *chunk, struct usage_page *page,
			struct error *err)
{
	enum status status = OK;

	for (size_t i = 0; status == OK && i < chunk->count; i++) {
		if (!is_wanted(q, &chunk->rows[i]))
			continue;
		if (page->count == q->limit) {
			page->more = true;
			page->end = place_of(&page->rows[page->count - 1]);
			return OK;
		}
		status = row_of_call(calls, arena, scratch, &chunk->rows[i], &page->rows[page->count++], err);
	}
	return status;
}

/* A chunk is given back once its rows are taken; only where reading goes on outlives it by one. */
static enum status scan(struct tenant_calls *calls, struct arena *arena, struct arena chunks[2],
			const struct usage_query *query, struct usage_page *page, struct error *err)
{
	struct records_query q = {
		.kind = RECORD_CALL,
		.from_ms = query->from_ms - RING_MAX_MS,
		.to_ms = query->to_ms + 1,
		.after = query->after,
		.limit = SCAN_CHUNK,
	};
	struct tenant_calls_page chunk = { .more = true };
	struct arena scratch;
	size_t scanned = 0;
	enum status status = OK;

	arena_init(&scratch);
	for (int turn = 0; status == OK && chunk.more && !page->more; turn = !turn) {
		arena_clear(&chunks[turn]);
		status = tenant_calls_read(calls, &chunks[turn], &q, &chunk, err);
		if (status == OK)
			status = take(calls, arena, &scratch, query, &chunk, page, err);
		q.after = chunk.end;
		scanned += SCAN_CHUNK;
		if (chunk.more && !page->more && scanned >= SCAN_ROWS_MAX) {
			page->more = true;
			page->end = (struct records_place){ chunk.end.filed_ms, arena_str(arena, chunk.end.id),
							    chunk.end.operator_key };
		}
	}
	arena_release(&scratch);
	return status;
}

enum status usage_read(struct tenant_calls *calls, struct arena *arena, const struct usage_query *query,
		       struct usage_page *page, struct error *err)
{
	struct arena chunks[2];
	enum status status;

	arena_init(&chunks[0]);
	arena_init(&chunks[1]);
	*page = (struct usage_page){ .rows = ARENA_ARRAY(arena, struct usage_row, query->limit), .end = query->after };
	status = scan(calls, arena, chunks, query, page, err);
	arena_release(&chunks[0]);
	arena_release(&chunks[1]);
	return status;
}
