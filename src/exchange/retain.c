#include "exchange/retain.h"

#include "base/log.h"
#include "exchange/number_feed.h"
#include "exchange/user_book.h"
#include "store/batches.h"
#include "store/clients.h"
#include "store/parties.h"
#include "store/reconciliations.h"
#include "store/records.h"

#define CHUNK_ROWS INT64_C(1000)     /* of the registry in one transaction */
#define PIECE_US INT64_C(500000)       /* after that other work in the background has its turn */
#define BOOK_BYTES_MAX ((size_t)4 << 20)

#define THRESHOLDS_MAX (3 * 26 * 26)

/* The different times that the policy names for records, in days. */
struct thresholds {
	int32_t days[THRESHOLDS_MAX];
	size_t count;
};

struct sweep {
	struct user_book book;
	struct thresholds thresholds;
	struct str operator_country;
	int64_t previous_ms, now_ms;
	int64_t until_us;            /* when the piece at hand ends */
	enum status status;          /* what a look-up failed with: its rows stay */
	struct error err;
};

bool retain_is_past(const struct policy *policy, enum retained_kind kind, struct str country, int64_t filed_ms,
		    int64_t now_ms)
{
	return filed_ms < now_ms - (int64_t)policy_retention_days(policy, kind, country) * MS_PER_DAY;
}

static bool is_past(const struct sweep *s, enum retained_kind kind, struct str country, int64_t filed_ms)
{
	return retain_is_past(s->book.exchange->policy, kind, country, filed_ms, s->now_ms);
}

static enum sweep_verdict judge_call(void *context, const struct stored_record *row)
{
	struct sweep *s = context;
	struct str country = STR("");
	enum status status;

	user_book_bound(&s->book, BOOK_BYTES_MAX);
	status = user_book_country(&s->book, row->tenant_key, row->record.user_id, &country, &s->err);
	/* What cannot be judged stays: the failure is reported, and the next sweep asks again. */
	if (status != OK) {
		s->status = status;
		return SWEEP_KEEP;
	}
	if (is_past(s, RETAIN_CALL_RECORDS, country, row->filed_ms))
		return SWEEP_DELETE;
	return is_past(s, RETAIN_QUALITY, country, row->filed_ms) ? SWEEP_MEDIA : SWEEP_KEEP;
}

static enum sweep_verdict judge_duration(void *context, const struct stored_record *row)
{
	struct sweep *s = context;

	return is_past(s, RETAIN_DURATION_RECORDS, s->operator_country, row->filed_ms) ? SWEEP_DELETE : SWEEP_KEEP;
}

/* --- which days have something to remove ---------------------------------------------------- */

static void threshold_add(struct thresholds *t, int32_t days)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->days[i] == days)
			return;
	t->days[t->count++] = days;
}

static void thresholds_of(const struct policy *policy, struct thresholds *t)
{
	static const enum retained_kind kinds[] = { RETAIN_CALL_RECORDS, RETAIN_DURATION_RECORDS, RETAIN_QUALITY };
	char country[2];

	t->count = 0;
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
		for (country[0] = 'A'; country[0] <= 'Z'; country[0]++)
			for (country[1] = 'A'; country[1] <= 'Z'; country[1]++)
				threshold_add(t, policy_retention_days(policy, kinds[k], str_of(country, 2)));
}

/* Whether a record of the day got past some time between the sweep before and now. */
static bool is_crossing(const struct thresholds *t, int32_t day, int64_t previous_ms, int64_t now_ms)
{
	for (size_t i = 0; i < t->count; i++) {
		int64_t kept_ms = (int64_t)t->days[i] * MS_PER_DAY;

		if (day_start(day) < now_ms - kept_ms && day_start(day + 1) > previous_ms - kept_ms)
			return true;
	}
	return false;
}

static int32_t oldest_days(const struct policy *policy)
{
	int32_t calls = policy_retention_days_max(policy, RETAIN_CALL_RECORDS);
	int32_t durations = policy_retention_days_max(policy, RETAIN_DURATION_RECORDS);

	return calls > durations ? calls : durations;
}

/* --- one day, one operator, all ---------------------------------------------------------------- */

static enum status sweep_rows(struct sweep *s, int64_t operator_key, int32_t day, struct retain_counts *counts,
			      struct error *err)
{
	struct records *records = s->book.exchange->records;
	struct sweep_counts c = { 0 };
	enum status status;

	s->status = OK;
	status = records_sweep(records, operator_key, day, RECORD_CALL, judge_call, s, &c, err);
	if (status == OK && s->status != OK) {
		if (err)
			*err = s->err;
		status = s->status;
	}
	counts->records += c.records;
	counts->media += c.media;
	c = (struct sweep_counts){ 0 };
	if (status == OK)
		status = records_sweep(records, operator_key, day, RECORD_DURATION, judge_duration, s, &c, err);
	counts->records += c.records;
	return status;
}

static enum status forget_runs(struct exchange *x, int64_t operator_key, int32_t day, struct error *err)
{
	struct sql *sql;
	enum status status = store_write(x->store, &sql, err);

	if (status != OK)
		return status;
	status = reconciliations_delete(sql, operator_key, day, err);
	if (status == OK)
		return store_commit(x->store, sql, err);
	store_abort(x->store, sql);
	return status;
}

static enum status sweep_day(struct sweep *s, int64_t operator_key, int32_t day, struct retain_counts *counts,
			     struct error *err)
{
	struct exchange *x = s->book.exchange;
	enum status status = OK;

	if (day < instant_day(s->now_ms) - oldest_days(x->policy)) {
		status = records_drop_day(x->records, operator_key, day, err);
		counts->days += status == OK;
	} else if (is_crossing(&s->thresholds, day, s->previous_ms, s->now_ms)) {
		status = sweep_rows(s, operator_key, day, counts, err);
	}
	return status;
}

static bool piece_is_used_up(const struct sweep *s)
{
	return clock_monotonic_us() >= s->until_us;
}

/* The operator's days behind place->day.  A day that fails is passed, so that it does not keep the others. */
static enum status sweep_operator(struct sweep *s, const struct operator_row *operator, struct sweep_place *place,
				  struct retain_counts *counts, struct error *err)
{
	struct exchange *x = s->book.exchange;
	struct arena arena;
	int32_t *days;
	size_t count = 0;
	enum status status, failure = OK;

	arena_init(&arena);
	s->operator_country = operator->country;
	status = records_days(x->records, &arena, operator->key, &days, &count, err);
	for (size_t i = 0; status == OK && i < count && !piece_is_used_up(s); i++) {
		enum status of_day;

		if (days[i] <= place->day)
			continue;
		place->day = days[i];
		of_day = sweep_day(s, operator->key, days[i], counts, err);
		failure = failure == OK ? of_day : failure;
	}
	if (status == OK && !piece_is_used_up(s)) {
		status = forget_runs(x, operator->key, instant_day(s->now_ms) - oldest_days(x->policy), err);
		*place = (struct sweep_place){ operator->key + 1, INT32_MIN };
	}
	arena_release(&arena);
	return failure == OK ? status : failure;
}

static enum status operator_from(struct exchange *x, struct arena *arena, int64_t key, struct operator_row **operator,
				 size_t *count, struct error *err)
{
	struct sql *sql;
	enum status status = store_read(x->store, &sql, err);

	if (status != OK)
		return status;
	status = operators_after(sql, arena, key - 1, 1, operator, count, err);
	store_abort(x->store, sql);
	return status;
}

/* Goes on from *place for at most piece_us; *done when all operators are through. */
static enum status sweep_records(struct exchange *x, int64_t previous_ms, int64_t now_ms, int64_t piece_us,
				 struct sweep_place *place, struct retain_counts *counts, bool *done, struct error *err)
{
	struct sweep s = { .previous_ms = previous_ms, .now_ms = now_ms, .until_us = clock_monotonic_us() + piece_us };
	struct operator_row *operator;
	struct arena arena;
	size_t count = 1;
	enum status status = OK;

	arena_init(&arena);
	user_book_init(&s.book, x);
	thresholds_of(x->policy, &s.thresholds);
	while (status == OK && count && !piece_is_used_up(&s)) {
		arena_clear(&arena);
		status = operator_from(x, &arena, place->operator_key, &operator, &count, err);
		if (status == OK && count) {
			/* The one under way may be gone. */
			if (operator->key != place->operator_key)
				*place = (struct sweep_place){ operator->key, INT32_MIN };
			status = sweep_operator(&s, operator, place, counts, err);
		}
	}
	*done = status == OK && count == 0;
	user_book_release(&s.book);
	arena_release(&arena);
	return status;
}

/* --- the registry --------------------------------------------------------------------- */

typedef enum status chunk_function(struct exchange *x, struct sql *sql, int64_t now_ms, int64_t *deleted,
				   struct error *err);

static enum status chunk_tokens(struct exchange *x, struct sql *sql, int64_t now_ms, int64_t *deleted,
				struct error *err)
{
	(void)x;
	return tokens_delete_expired(sql, now_ms, deleted, err); /* all at once: they are few and small */
}

static enum status chunk_keys(struct exchange *x, struct sql *sql, int64_t now_ms, int64_t *deleted, struct error *err)
{
	return idempotency_delete_before(sql, now_ms - x->settings.idempotency_lifetime_s * MS_PER_SECOND, CHUNK_ROWS,
					 deleted, err);
}

/* Of exchanges that are gone. */
static enum status chunk_claims(struct exchange *x, struct sql *sql, int64_t now_ms, int64_t *deleted, struct error *err)
{
	(void)x;
	return key_claims_delete_before(sql, now_ms - MS_PER_DAY, deleted, err);
}

static enum status chunk_batches(struct exchange *x, struct sql *sql, int64_t now_ms, int64_t *deleted,
				struct error *err)
{
	return batches_delete_before(sql, now_ms - (int64_t)policy_retention_days_max(x->policy, RETAIN_BATCHES) * MS_PER_DAY,
				     CHUNK_ROWS, deleted, err);
}

static enum status sweep_registry(struct exchange *x, int64_t now_ms, struct retain_counts *counts, struct error *err)
{
	static chunk_function *const chunks[] = { chunk_tokens, chunk_keys, chunk_claims, chunk_batches };
	enum status status = OK;

	for (size_t i = 0; status == OK && i < sizeof(chunks) / sizeof(chunks[0]); i++) {
		int64_t deleted = CHUNK_ROWS;

		while (status == OK && deleted >= CHUNK_ROWS) {
			struct sql *sql;

			status = store_write(x->store, &sql, err);
			if (status != OK)
				break;
			status = chunks[i](x, sql, now_ms, &deleted, err);
			if (status == OK)
				status = store_commit(x->store, sql, err);
			else
				store_abort(x->store, sql);
			counts->rows += status == OK ? deleted : 0;
		}
	}
	return status;
}

/* What was removed stands in the audit log, by count. */
static enum status note(struct exchange *x, const struct retain_counts *counts, struct error *err)
{
	struct audit_entry entry = {
		.client_id = "", .operator_id = "", .tenant_id = "", .action = "retention sweep", .status = 200,
		.count = counts->records + counts->media + counts->rows + counts->days, .request_id = "",
	};

	if (entry.count + counts->audit_days == 0)
		return OK;
	log_event(LOG_INFO, "retention sweep", LOG_I64("days", counts->days), LOG_I64("records", counts->records),
		  LOG_I64("media", counts->media), LOG_I64("rows", counts->rows),
		  LOG_I64("auditDays", counts->audit_days), LOG_END);
	return audit_write(x->audit, &entry, err);
}

/* What follows the records: small, and all at once. */
static enum status sweep_rest(struct exchange *x, int64_t now_ms, struct retain_counts *counts, struct error *err)
{
	int64_t history = 0;
	enum status status = sweep_registry(x, now_ms, counts, err);

	if (status == OK)
		status = number_history_sweep(x, now_ms, &history, err);
	counts->rows += history;
	if (status == OK)
		status = audit_drop_before(x->audit, instant_day(now_ms) - policy_retention_days_max(x->policy, RETAIN_AUDIT),
					   &counts->audit_days, err);
	return status == OK ? note(x, counts, err) : status;
}

enum status retain_sweep(struct exchange *exchange, int64_t now_ms, struct retain_counts *counts, struct error *err)
{
	struct sweep_place place = { 0, INT32_MIN };
	bool done = false;
	enum status status = OK;

	*counts = (struct retain_counts){ 0 };
	while (status == OK && !done)
		status = sweep_records(exchange, 0, now_ms, PIECE_US, &place, counts, &done, err);
	return status == OK ? sweep_rest(exchange, now_ms, counts, err) : status;
}

/* A sweep looks at the days in which something got past its time since the sweep before.  The first one, and the
 * first of each day, looks at all: records come late, and people move. */
static void begin(struct retention *r, int64_t now_ms)
{
	bool whole = r->began_ms == 0 || instant_day(r->began_ms) != instant_day(now_ms);

	r->previous_ms = whole ? 0 : r->began_ms;
	r->began_ms = now_ms;
	r->place = (struct sweep_place){ 0, INT32_MIN };
	r->under_way = true;
}

enum status retain_job(struct exchange *exchange, int64_t *again_ms, struct error *err)
{
	struct retention *r = &exchange->retention;
	int64_t now_ms = clock_now_ms(), interval_ms = exchange->settings.sweep_interval_s * MS_PER_SECOND;
	struct retain_counts counts = { 0 };
	bool done;
	enum status status;

	/* A wake-up for another job is no reason to sweep again; a clock that was set back is. */
	if (!r->under_way && now_ms >= r->began_ms && now_ms - r->began_ms < interval_ms) {
		*again_ms = interval_ms - (now_ms - r->began_ms);
		return OK;
	}
	if (!r->under_way)
		begin(r, now_ms);
	status = sweep_records(exchange, r->previous_ms, r->began_ms, PIECE_US, &r->place, &counts, &done, err);
	if (status == OK && done) {
		r->under_way = false;
		status = sweep_rest(exchange, r->began_ms, &counts, err);
	} else if (status == OK) {
		status = note(exchange, &counts, err);
	}
	*again_ms = r->under_way ? 0 : interval_ms;
	return status;
}
