#include "ledger.h"

#include "base/buf.h"
#include "store/parties.h"

#include <stdio.h>
#include <stdlib.h>

static void open_parts(struct ledger *l)
{
	struct store_settings settings = {
		.directory = l->directory,
		.postgres_uri = l->place->engine == SQL_POSTGRES ? l->place->uri : NULL,
	};

	must(store_open(&l->store, &settings, &err));
	must(records_open(&l->records, l->store, l->filter_bytes_max, &err));
}

static void close_parts(struct ledger *l)
{
	records_close(l->records);
	store_close(l->store);
}

static void add_operator(struct ledger *l, const char *id)
{
	struct operator_row row = { .id = str_from(id), .display_name = STR("op"), .country = STR("DE") };
	struct sql *sql = NULL;

	must(store_write(l->store, &sql, &err));
	must(operator_insert(sql, &row, &err));
	must(store_commit(l->store, sql, &err));
}

struct ledger *ledger_open(void **state)
{
	struct ledger *l = xalloc(sizeof(*l));

	l->place = *state;
	snprintf(l->directory, sizeof(l->directory), "%s/data", l->place->directory);
	open_parts(l);
	add_operator(l, "0e7a4f3c-5a4b-4c0e-9d1f-1f2e3d4c5b6a");
	add_operator(l, "1e7a4f3c-5a4b-4c0e-9d1f-1f2e3d4c5b6a");
	arena_init(&l->arena);
	l->items = xalloc(LEDGER_ITEMS_MAX * sizeof(*l->items));
	return l;
}

void ledger_close(struct ledger *l)
{
	close_parts(l);
	arena_release(&l->arena);
	free(l->items);
	free(l);
}

void ledger_reopen(struct ledger *l)
{
	close_parts(l);
	open_parts(l);
}

static struct record *add_item(struct ledger *l, enum record_kind kind, const char *id)
{
	struct append_item *item = &l->items[l->count++];
	struct record *r = &item->record;

	assert_true(l->count <= LEDGER_ITEMS_MAX);
	*item = (struct append_item){ .tenant_key = kind == RECORD_CALL ? 7 : 0 };
	record_clear(r, kind);
	r->id = arena_str(&l->arena, str_from(id));
	r->caller = number_make(NUMBER_E164, 4930123456, 10, 0);
	r->callee = number_make(NUMBER_E164, 4989123456, 10, 0);
	return r;
}

struct record *ledger_duration(struct ledger *l, const char *id, int64_t start_ms, int64_t duration_ms)
{
	struct record *r = add_item(l, RECORD_DURATION, id);

	r->start_ms = start_ms;
	r->duration_ms = duration_ms;
	return r;
}

struct record *ledger_call(struct ledger *l, const char *id, int64_t version, int64_t invite_ms, int64_t duration_ms)
{
	struct record *r = add_item(l, RECORD_CALL, id);

	r->version = version;
	r->direction = DIRECTION_OUTBOUND;
	r->start_ms = invite_ms;
	r->answer_ms = invite_ms + 3000;
	r->end_ms = invite_ms + 3000 + duration_ms;
	r->duration_ms = duration_ms;
	return r;
}

enum status ledger_try_append(struct ledger *l, int64_t operator_key, struct error *err)
{
	struct append append = {
		.operator_key = operator_key,
		.kind = l->count ? l->items[0].record.kind : RECORD_DURATION,
		.items = l->items,
		.count = l->count,
		.batch = 99,
		.received_ms = NOON,
		.changed_days = l->changed,
	};
	enum status status;

	for (size_t i = 0; i < l->count; i++)
		l->items[i].digest = record_digest(&l->items[i].record);
	status = records_append(l->records, &append, err);
	l->accepted = l->duplicates = l->conflicts = 0;
	for (size_t i = 0; status == OK && i < l->count; i++) {
		l->accepted += l->items[i].outcome == APPEND_ACCEPTED;
		l->duplicates += l->items[i].outcome == APPEND_DUPLICATE;
		l->conflicts += l->items[i].outcome == APPEND_CONFLICT;
	}
	l->changed_count = append.changed_day_count;
	l->count = 0;
	return status;
}

void ledger_append(struct ledger *l, int64_t operator_key)
{
	must(ledger_try_append(l, operator_key, &err));
}

static void add_row(struct buf *out, const struct stored_record *row)
{
	buf_printf(out, "%s%.*s:%lld/%lld", out->n ? " " : "", STR_ARG(row->record.id),
		   (long long)row->record.duration_ms, (long long)row->record.version);
}

const char *ledger_list(struct ledger *l, int64_t operator_key, enum record_kind kind)
{
	struct records_query query = {
		.operator_key = operator_key,
		.kind = kind,
		.from_ms = INT64_MIN,
		.to_ms = INT64_MAX,
		.after = RECORDS_START,
		.limit = 3,
	};
	struct records_page page = { .more = true };
	struct buf out;
	const char *copy;

	buf_init(&out, 0);
	while (page.more) {
		must(records_read(l->records, &l->arena, &query, &page, &err));
		for (size_t i = 0; i < page.count; i++)
			add_row(&out, &page.rows[i]);
		if (page.count)
			query.after = (struct records_place){ page.rows[page.count - 1].filed_ms,
							      page.rows[page.count - 1].record.id, 0 };
	}
	copy = arena_cstr(&l->arena, buf_str(&out));
	buf_release(&out);
	return copy;
}

const char *ledger_feed(struct ledger *l, int64_t operator_key, int64_t after, size_t limit, int64_t *head)
{
	struct records_page page = { .more = true };
	struct buf out;
	const char *copy;

	buf_init(&out, 0);
	while (page.more) {
		must(records_feed(l->records, &l->arena, operator_key, after, limit, 0, &page, head, &err));
		for (size_t i = 0; i < page.count; i++) {
			assert_true(page.rows[i].position > after);
			after = page.rows[i].position;
			add_row(&out, &page.rows[i]);
		}
	}
	copy = arena_cstr(&l->arena, buf_str(&out));
	buf_release(&out);
	return copy;
}

struct records_counts ledger_check(struct ledger *l, int64_t operator_key)
{
	struct records_counts counts;

	must(records_check(l->records, operator_key, &counts, &err));
	return counts;
}
