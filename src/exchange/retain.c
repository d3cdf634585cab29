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
#define OPERATORS_PAGE 100
#define BOOK_BYTES_MAX ((size_t)4 << 20)

struct sweep {
	struct user_book book;
	struct str operator_country;
	int64_t now_ms;
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

/* The shortest time of any country: younger days hold nothing to remove. */
static int32_t youngest_days(const struct policy *policy)
{
	static const enum retained_kind kinds[] = { RETAIN_CALL_RECORDS, RETAIN_DURATION_RECORDS, RETAIN_QUALITY };
	int32_t least = INT32_MAX;
	char country[2];

	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		for (country[0] = 'A'; country[0] <= 'Z'; country[0]++) {
			for (country[1] = 'A'; country[1] <= 'Z'; country[1]++) {
				int32_t days = policy_retention_days(policy, kinds[k], str_of(country, 2));

				if (days < least)
					least = days;
			}
		}
	}
	return least;
}

static int32_t oldest_days(const struct policy *policy)
{
	int32_t calls = policy_retention_days_max(policy, RETAIN_CALL_RECORDS);
	int32_t durations = policy_retention_days_max(policy, RETAIN_DURATION_RECORDS);

	return calls > durations ? calls : durations;
}

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

static enum status sweep_operator(struct sweep *s, const struct operator_row *operator, struct retain_counts *counts,
				  struct error *err)
{
	struct exchange *x = s->book.exchange;
	int32_t today = instant_day(s->now_ms), dropped_before = today - oldest_days(x->policy);
	int32_t swept_before = today - youngest_days(x->policy) + 1, *days;
	struct arena arena;
	size_t count = 0;
	enum status status;

	arena_init(&arena);
	s->operator_country = operator->country;
	status = records_days(x->records, &arena, operator->key, &days, &count, err);
	for (size_t i = 0; status == OK && i < count; i++) {
		if (days[i] < dropped_before) {
			status = records_drop_day(x->records, operator->key, days[i], err);
			counts->days += status == OK;
		} else if (days[i] < swept_before) {
			status = sweep_rows(s, operator->key, days[i], counts, err);
		}
	}
	if (status == OK)
		status = forget_runs(x, operator->key, dropped_before, err);
	arena_release(&arena);
	return status;
}

static enum status sweep_records(struct exchange *x, int64_t now_ms, struct retain_counts *counts, struct error *err)
{
	struct sweep s = { .now_ms = now_ms };
	struct operator_row *operators = NULL;
	int64_t after = 0;
	size_t count = OPERATORS_PAGE;
	enum status status = OK;
	struct arena arena;

	arena_init(&arena);
	user_book_init(&s.book, x);
	while (status == OK && count == OPERATORS_PAGE) {
		struct sql *sql;

		arena_clear(&arena);
		status = store_read(x->store, &sql, err);
		if (status != OK)
			break;
		status = operators_after(sql, &arena, after, OPERATORS_PAGE, &operators, &count, err);
		store_abort(x->store, sql);
		for (size_t i = 0; status == OK && i < count; i++) {
			status = sweep_operator(&s, &operators[i], counts, err);
			after = operators[i].key;
		}
	}
	user_book_release(&s.book);
	arena_release(&arena);
	return status;
}

/* --- the registry --------------------------------------------------------------------- */

typedef enum status chunk_function(struct exchange *x, struct sql *sql, int64_t now_ms, int64_t *deleted,
				   struct error *err);

static enum status chunk_tokens(struct exchange *x, struct sql *sql, int64_t now_ms, int64_t *deleted, struct error *err)
{
	enum status status = tokens_delete_expired(sql, now_ms, deleted, err);

	(void)x;
	/* All at once: they are few and small. */
	if (*deleted >= CHUNK_ROWS)
		*deleted = CHUNK_ROWS - 1;
	return status;
}

static enum status chunk_keys(struct exchange *x, struct sql *sql, int64_t now_ms, int64_t *deleted, struct error *err)
{
	return idempotency_delete_before(sql, now_ms - x->settings.idempotency_lifetime_s * MS_PER_SECOND, CHUNK_ROWS,
					 deleted, err);
}

static enum status chunk_batches(struct exchange *x, struct sql *sql, int64_t now_ms, int64_t *deleted, struct error *err)
{
	return batches_delete_before(sql, now_ms - (int64_t)policy_retention_days_max(x->policy, RETAIN_BATCHES) * MS_PER_DAY,
				     CHUNK_ROWS, deleted, err);
}

static enum status sweep_registry(struct exchange *x, int64_t now_ms, struct retain_counts *counts, struct error *err)
{
	static chunk_function *const chunks[] = { chunk_tokens, chunk_keys, chunk_batches };
	enum status status = OK;

	for (size_t i = 0; status == OK && i < sizeof(chunks) / sizeof(chunks[0]); i++) {
		int64_t deleted = CHUNK_ROWS;

		while (status == OK && deleted == CHUNK_ROWS) {
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

enum status retain_sweep(struct exchange *exchange, int64_t now_ms, struct retain_counts *counts, struct error *err)
{
	int64_t history = 0;
	enum status status;

	*counts = (struct retain_counts){ 0 };
	status = sweep_records(exchange, now_ms, counts, err);
	if (status == OK)
		status = sweep_registry(exchange, now_ms, counts, err);
	if (status == OK)
		status = number_history_sweep(exchange, now_ms, &history, err);
	counts->rows += history;
	if (status == OK)
		status = audit_drop_before(exchange->audit,
					   instant_day(now_ms) - policy_retention_days_max(exchange->policy, RETAIN_AUDIT),
					   &counts->audit_days, err);
	return status == OK ? note(exchange, counts, err) : status;
}

enum status retain_job(struct exchange *exchange, int64_t *again_ms, struct error *err)
{
	struct retain_counts counts;
	int64_t now_ms = clock_now_ms();

	*again_ms = exchange->settings.sweep_interval_s * MS_PER_SECOND;
	/* A wake-up for another job is no reason to sweep again. */
	if (exchange->swept_ms && now_ms - exchange->swept_ms < *again_ms) {
		*again_ms -= now_ms - exchange->swept_ms;
		return OK;
	}
	exchange->swept_ms = now_ms;
	return retain_sweep(exchange, now_ms, &counts, err);
}
