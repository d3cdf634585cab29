#include "exchange/reconcile_day.h"

#include "base/log.h"
#include "exchange/background.h"
#include "reconcile/summary.h"
#include "store/parties.h"

#include <stdlib.h>

#define PAGE_ROWS 20000
#define NEAR_MARGIN_MS (INT64_C(2) * 3600000)    /* a call may stand on the other side of midnight */
#define FAR_MARGIN_MS (INT64_C(26) * 3600000)    /* where the operator's clock or zone is that far off */
#define ABANDONED_MS (INT64_C(30) * 60000)       /* a run that long under way belongs to an exchange that is gone */
#define IDLE_MS INT64_C(60000)
#define TRUNKS_MAX 65535

/* What outcomes need of a record beside what the engine has. */
struct known {
	int64_t filed_ms;
	struct str id;
	int64_t duration_ms;
};

struct knowns {
	struct known *list;
	size_t n, capacity;
};

struct trunks {
	struct str *names;      /* [0] is none */
	size_t n, capacity, last;
};

struct day_run {
	struct exchange *exchange;
	int64_t operator_key;
	int32_t day;
	struct operator_row operator;
	struct arena arena;     /* ids and trunk names, until the run ends */
	struct knowns sides[2];
	struct trunks trunks;
	struct reconcile_run *run;
};

static uint16_t trunk_number(struct day_run *d, struct str name)
{
	struct trunks *t = &d->trunks;

	if (name.n == 0)
		return 0;
	if (t->last && str_equal(t->names[t->last], name))
		return (uint16_t)t->last;
	for (size_t i = 1; i <= t->n; i++) {
		if (str_equal(t->names[i], name)) {
			t->last = i;
			return (uint16_t)i;
		}
	}
	if (t->n == TRUNKS_MAX)
		return 0;
	if (t->n + 2 > t->capacity) {
		t->capacity = t->capacity ? 2 * t->capacity : 16;
		t->names = xrealloc(t->names, t->capacity * sizeof(*t->names));
	}
	t->names[++t->n] = arena_str(&d->arena, name);
	t->last = t->n;
	return (uint16_t)t->n;
}

static void know(struct day_run *d, enum reconcile_side side, const struct stored_record *row)
{
	struct knowns *k = &d->sides[side];

	if (k->n == k->capacity) {
		k->capacity = k->capacity ? 2 * k->capacity : 1024;
		k->list = xrealloc(k->list, k->capacity * sizeof(*k->list));
	}
	k->list[k->n++] = (struct known){ row->filed_ms, arena_str(&d->arena, row->record.id), row->record.duration_ms };
}

static struct reconcile_record as_engine_has_it(struct day_run *d, enum reconcile_side side,
						const struct stored_record *row)
{
	struct reconcile_record r = reconcile_record_of(&row->record);

	r.reference = (uint32_t)(d->sides[side].n - 1);
	r.trunk = trunk_number(d, row->record.trunk);
	return r;
}

static enum status feed_page(struct day_run *d, enum reconcile_side side, const struct records_page *page,
			     struct error *err)
{
	enum status status = OK;

	for (size_t i = 0; status == OK && i < page->count; i++) {
		struct reconcile_record r;

		know(d, side, &page->rows[i]);
		r = as_engine_has_it(d, side, &page->rows[i]);
		status = reconcile_run_add(d->run, side, &r, 1, err);
	}
	return status;
}

/* One side's records of the day and the margins around it, in key order. */
static enum status feed_side(struct day_run *d, enum reconcile_side side, int64_t margin_ms, struct error *err)
{
	enum record_kind kind = side == RECONCILE_PLATFORM ? RECORD_CALL : RECORD_DURATION;
	struct records_query query = records_query_day(d->operator_key, kind, d->day, PAGE_ROWS);
	struct records_walk walk;
	enum status status = OK;

	query.from_ms -= margin_ms;
	query.to_ms += margin_ms;
	records_walk_begin(&walk, d->exchange->records, &query);
	while (status == OK && (status = records_walk_next(&walk, err)) == OK && walk.page.count > 0)
		status = feed_page(d, side, &walk.page, err);
	records_walk_end(&walk);
	return status;
}

static void forget(struct day_run *d)
{
	reconcile_run_free(d->run);
	d->run = NULL;
	for (int side = 0; side < 2; side++)
		d->sides[side].n = 0;
	d->trunks.n = d->trunks.last = 0;
	arena_clear(&d->arena);
}

static enum status compare(struct day_run *d, int64_t margin_ms, struct error *err)
{
	struct reconcile_options options = RECONCILE_OPTIONS_DEFAULT;
	enum status status;

	forget(d);
	options.from_ms = day_start(d->day);
	options.to_ms = day_start(d->day + 1);
	options.threads = (unsigned)d->exchange->settings.reconcile_threads;
	status = reconcile_run_new(&d->run, &options, err);
	if (status == OK)
		status = feed_side(d, RECONCILE_PLATFORM, margin_ms, err);
	if (status == OK)
		status = feed_side(d, RECONCILE_OPERATOR, margin_ms, err);
	return status == OK ? reconcile_run(d->run, err) : status;
}

/* Whether the operator's clock is so far off that partners lie outside the near margin. */
static bool needs_far_margin(const struct reconcile_run *run)
{
	size_t count;
	const struct reconcile_cause *causes = reconcile_causes(run, &count);

	for (size_t i = 0; i < count; i++)
		if ((causes[i].kind == CAUSE_ZONE_OFFSET || causes[i].kind == CAUSE_CLOCK_OFFSET ||
		     causes[i].kind == CAUSE_CLOCK_STEP) &&
		    llabs(causes[i].shift_ms) + NEAR_MARGIN_MS / 2 > NEAR_MARGIN_MS)
			return true;
	return reconcile_verdict(run) == RECONCILE_UNRELATED;
}

static enum status store_outcome(struct day_run *d, struct outcome_writer *writer, size_t row,
				 const struct reconcile_outcome *o, struct buf *causes, struct error *err)
{
	struct outcome out = { .row = (int64_t)row, .class = (int)o->class, .call_filed_ms = INSTANT_NONE,
			       .duration_filed_ms = INSTANT_NONE, .operator_ms = DURATION_NONE,
			       .difference_ms = o->difference_ms };

	if (o->platform != RECONCILE_NONE) {
		out.call_filed_ms = d->sides[RECONCILE_PLATFORM].list[o->platform].filed_ms;
		out.call_id = d->sides[RECONCILE_PLATFORM].list[o->platform].id;
	}
	if (o->operator != RECONCILE_NONE) {
		const struct known *k = &d->sides[RECONCILE_OPERATOR].list[o->operator];

		out.duration_filed_ms = k->filed_ms;
		out.duration_id = k->id;
		out.operator_ms = k->duration_ms;
	}
	buf_clear(causes);
	outcome_causes(o->causes, causes);
	out.causes = buf_str(causes);
	return outcome_writer_add(writer, &out, err);
}

static enum status store_blocks(struct day_run *d, struct outcome_writer *writer, struct error *err)
{
	struct reconcile_rows rows = { 0 };
	enum status status = OK;
	struct buf causes;
	size_t row = 0;

	buf_init(&causes, 0);
	for (size_t block = 0; status == OK && block < reconcile_block_count(d->run); block++) {
		reconcile_block(d->run, block, &rows);
		for (size_t i = 0; status == OK && i < rows.n; i++)
			status = store_outcome(d, writer, row++, &rows.list[i], &causes, err);
	}
	buf_release(&causes);
	reconcile_rows_release(&rows);
	return status;
}

static enum status store_outcomes(struct day_run *d, struct error *err)
{
	struct outcome_writer *writer;
	enum status status = outcome_writer_begin(&writer, d->exchange->records, d->operator_key, d->day, err);

	if (status != OK)
		return status;
	status = store_blocks(d, writer, err);
	if (status == OK)
		return outcome_writer_commit(writer, err);
	outcome_writer_abort(writer);
	return status;
}

static struct str id_of_operator(void *context, uint16_t index)
{
	struct day_run *d = context;

	(void)index;
	return d->operator.id;
}

static struct str name_of_operator(void *context, uint16_t index)
{
	struct day_run *d = context;

	(void)index;
	return d->operator.display_name;
}

static struct str name_of_trunk(void *context, uint16_t trunk)
{
	struct day_run *d = context;

	return d->trunks.names[trunk];
}

static void write_summary(struct day_run *d, struct buf *out)
{
	struct reconcile_names names = {
		.context = d, .operator_id = id_of_operator, .operator_name = name_of_operator, .trunk = name_of_trunk
	};
	struct json_writer w;

	json_writer_init(&w, out);
	json_object_begin(&w);
	summary_write(&w, d->run, &names);
	json_object_end(&w);
}

static enum status run_claimed(struct day_run *d, struct buf *summary, struct error *err)
{
	enum status status = compare(d, NEAR_MARGIN_MS, err);

	if (status == OK && needs_far_margin(d->run))
		status = compare(d, FAR_MARGIN_MS, err);
	if (status == OK)
		status = store_outcomes(d, err);
	if (status == OK)
		write_summary(d, summary);
	return status;
}

static enum status finish(struct exchange *x, const struct day_run *d, enum status result, const struct buf *summary,
			  const struct error *why, struct error *err)
{
	/* The members alone: an answer puts its own before them. */
	struct str members = result == OK ? str_of(summary->p + 1, summary->n - 2) : STR_NONE;
	struct sql *sql;
	enum status status = store_write(x->store, &sql, err);

	if (status != OK)
		return status;
	status = reconciliation_finish(sql, d->operator_key, d->day, members, str_from(why->message), err);
	if (status == OK)
		return store_commit(x->store, sql, err);
	store_abort(x->store, sql);
	return status;
}

static enum status find_operator(struct exchange *x, struct arena *arena, int64_t key, struct operator_row *row,
				 struct error *err)
{
	struct sql *sql;
	enum status status = store_read(x->store, &sql, err);

	if (status != OK)
		return status;
	status = operator_find_key(sql, arena, key, row, err);
	store_abort(x->store, sql);
	return status;
}

static enum status run_day(struct exchange *x, const struct reconciliation_row *row, struct error *err)
{
	struct day_run d = { .exchange = x, .operator_key = row->operator_key, .day = row->day };
	struct error why = { 0 };
	char day[INSTANT_TEXT_SIZE];
	struct arena arena;
	struct buf summary;
	enum status result, status;

	arena_init(&arena);
	arena_init(&d.arena);
	buf_init(&summary, 0);
	result = find_operator(x, &arena, row->operator_key, &d.operator, &why);
	if (result == OK)
		result = run_claimed(&d, &summary, &why);
	log_event(result == OK ? LOG_INFO : LOG_ERROR, "reconciliation", LOG_STR("operatorId", d.operator.id),
		  LOG_STR("day", day_text(row->day, day)), LOG_Z("code", status_wire(result)),
		  LOG_Z("reason", why.message), LOG_END);
	status = finish(x, &d, result, &summary, &why, err);
	forget(&d);
	free(d.sides[0].list);
	free(d.sides[1].list);
	free(d.trunks.names);
	buf_release(&summary);
	arena_release(&d.arena);
	arena_release(&arena);
	return status;
}

static enum status claim(struct exchange *x, struct arena *arena, struct reconciliation_row *row, bool *claimed,
			 int64_t *wait_ms, struct error *err)
{
	int64_t now_ms = clock_now_ms();
	/* Embedded, nobody else runs on the store: what was running when it was opened is not running now. */
	int64_t stale_ms = store_engine(x->store) == SQL_SQLITE ? x->opened_ms : now_ms - ABANDONED_MS;
	struct sql *sql;
	enum status status = store_write(x->store, &sql, err);

	if (status != OK)
		return status;
	status = reconciliation_claim(sql, arena, now_ms, x->settings.reconcile_quiet_s * MS_PER_SECOND, stale_ms, row,
				      claimed, wait_ms, err);
	if (status == OK && *claimed)
		return store_commit(x->store, sql, err);
	store_abort(x->store, sql);
	return status;
}

enum status reconcile_job(struct exchange *exchange, int64_t *again_ms, struct error *err)
{
	struct reconciliation_row row;
	struct arena arena;
	bool claimed = false;
	enum status status;

	arena_init(&arena);
	status = claim(exchange, &arena, &row, &claimed, again_ms, err);
	if (status == OK && claimed) {
		status = run_day(exchange, &row, err);
		*again_ms = 0;
	} else if (*again_ms > IDLE_MS) {
		*again_ms = IDLE_MS;
	}
	arena_release(&arena);
	return status;
}

/* --- asked from outside ---------------------------------------------------------------- */

enum status reconcile_day_request(struct exchange *exchange, int64_t operator_key, int32_t day, struct error *err)
{
	struct sql *sql;
	enum status status = store_write(exchange->store, &sql, err);

	if (status != OK)
		return status;
	status = reconciliation_request(sql, operator_key, day, clock_now_ms(), err);
	if (status != OK) {
		store_abort(exchange->store, sql);
		return status;
	}
	status = store_commit(exchange->store, sql, err);
	background_wake(exchange);
	return status;
}

enum status reconcile_day_find(struct exchange *exchange, struct arena *arena, int64_t operator_key, int32_t day,
			       struct reconciliation_row *row, struct error *err)
{
	struct sql *sql;
	enum status status = store_read(exchange->store, &sql, err);

	if (status != OK)
		return status;
	status = reconciliation_find(sql, arena, operator_key, day, row, err);
	store_abort(exchange->store, sql);
	return status;
}

enum status reconcile_day_list(struct exchange *exchange, struct arena *arena, int64_t operator_key, int32_t after,
			       int64_t after_operator, bool descending, int64_t max, struct reconciliation_row **rows,
			       size_t *count, struct error *err)
{
	struct sql *sql;
	enum status status = store_read(exchange->store, &sql, err);

	if (status != OK)
		return status;
	status = reconciliations_after(sql, arena, operator_key, after, after_operator, descending, max, rows, count, err);
	store_abort(exchange->store, sql);
	return status;
}

#define NOT_AGREED_MASK (((1U << RECONCILE_CLASS_COUNT) - 1) & ~(1U << RECONCILE_AGREED))

enum status reconcile_day_discrepancies(struct exchange *exchange, struct arena *arena, int64_t operator_key, int32_t day,
					int64_t after_row, size_t max, struct outcome **outcomes, size_t *count,
					struct error *err)
{
	bool more;

	return records_outcomes(exchange->records, arena, operator_key, day, after_row, NOT_AGREED_MASK, max, outcomes, count,
				&more, err);
}

enum status reconcile_day_record(struct exchange *exchange, struct arena *arena, int64_t operator_key,
				 enum record_kind kind, const struct outcome *outcome, struct stored_record *row,
				 struct error *err)
{
	bool call = kind == RECORD_CALL;
	int64_t filed_ms = call ? outcome->call_filed_ms : outcome->duration_filed_ms;

	if (filed_ms == INSTANT_NONE)
		return error_set(err, E_NOT_FOUND, NULL, "that side has no record in this row");
	return records_get(exchange->records, arena, operator_key, kind, filed_ms,
			   call ? outcome->call_id : outcome->duration_id, 0, row, err);
}
