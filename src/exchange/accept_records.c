#include "exchange/accept_records.h"

#include "exchange/batch_answer.h"
#include "exchange/key_claims.h"
#include "exchange/party_keys.h"
#include "exchange/record_chunk.h"
#include "exchange/upload_days.h"
#include "exchange/uploads.h"
#include "formats/json.h"
#include "store/batches.h"

#include <pthread.h>
#include <stdlib.h>

/* A day is marked again after this, or half the quiet time of reconciliation when that is less. */
#define MARK_INTERVAL_MS 5000

/* The chunk that is committed, beside the one that is filled. */
struct committer {
	pthread_t thread;
	bool started;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	struct record_chunk *queued; /* handed over and not committed yet */
	bool stopping;
	enum status status; /* the first failure */
	struct error error;
};

/* A day under which records of this upload are filed. */
struct changed_day {
	int64_t operator_key;
	int32_t day;
	int64_t marked_ms;
};

struct upload {
	struct exchange *exchange;
	struct arena arena;
	struct upload_request request; /* strings in the arena */
	struct upload_claim claim;
	struct key_claims *claimed_at; /* the key is claimed there; NULL: it is not */
	char batch_id[GUID_TEXT_SIZE];
	int64_t received_ms;
	struct decompress *decompress;
	struct record_reader *reader;
	struct sha256_stream *hash; /* of the content; NULL: no Idempotency-Key */
	bool replay;                /* the key was answered before: only the content is compared */
	struct idempotency_row earlier;
	struct party_keys parties;
	struct upload_days days;
	struct batch_answer answer;
	struct record_chunk chunks[2];
	struct record_chunk *filling;
	struct committer committer;
	struct changed_day *changed; /* touched by whoever commits */
	size_t changed_count;
};

/* --- committing a chunk ------------------------------------------------------------ */

/* A reconciliation that runs while an upload goes on must run again afterwards; one
 * mark in a while suffices, and a last one at the end. */
static int64_t mark_interval_ms(const struct upload *u)
{
	int64_t half_ms = u->exchange->settings.reconcile_quiet_s * MS_PER_SECOND / 2;

	return half_ms < MARK_INTERVAL_MS ? half_ms : MARK_INTERVAL_MS;
}

static struct changed_day *day_to_mark(struct upload *u, int64_t operator_key, int32_t day, int64_t now_ms)
{
	for (size_t i = 0; i < u->changed_count; i++) {
		struct changed_day *c = &u->changed[i];

		if (c->operator_key == operator_key && c->day == day)
			return now_ms - c->marked_ms < mark_interval_ms(u) ? NULL : c;
	}
	if ((u->changed_count & (u->changed_count - 1)) == 0)
		u->changed = xrealloc(u->changed, (u->changed_count ? 2 * u->changed_count : 1) * sizeof(*u->changed));
	u->changed[u->changed_count] = (struct changed_day){ operator_key, day, 0 };
	return &u->changed[u->changed_count++];
}

static enum status mark_days(void *context, int64_t operator_key, const int32_t *days, size_t count, struct error *err)
{
	struct upload *u = context;
	struct sql *sql = NULL;
	int64_t now_ms = clock_now_ms();
	enum status status = OK;

	for (size_t i = 0; status == OK && i < count; i++) {
		struct changed_day *c = day_to_mark(u, operator_key, days[i], now_ms);

		if (!c)
			continue;
		if (!sql)
			status = store_write(u->exchange->store, &sql, err);
		if (status == OK)
			status = batches_mark_changed(sql, operator_key, days[i], now_ms, err);
		c->marked_ms = now_ms;
	}
	if (!sql)
		return status;
	if (status == OK)
		return store_commit(u->exchange->store, sql, err);
	store_abort(u->exchange->store, sql);
	return status;
}

static void tally(struct upload *u, const struct record_chunk *chunk)
{
	struct error conflict;

	error_set(&conflict, E_RECORD_CONFLICT, NULL,
		  "a record with this id was given before with other content; both versions are kept");
	for (size_t i = 0; i < chunk->count; i++) {
		const struct append_item *item = &chunk->items[i];

		if (item->outcome == APPEND_ACCEPTED)
			u->answer.accepted++;
		else if (item->outcome == APPEND_DUPLICATE)
			u->answer.duplicates++;
		else
			batch_faults_note(&u->answer.conflicts, chunk->places[i], item->record.id, &conflict);
	}
}

static enum status commit_chunk(struct upload *u, struct record_chunk *chunk, struct error *err)
{
	struct record_chunk_append how = {
		.records = u->exchange->records,
		.batch = records_batch_key(str_from(u->batch_id)),
		.received_ms = u->received_ms,
		.changing = mark_days,
		.context = u,
	};
	enum status status = record_chunk_append(chunk, &how, err);

	if (status == OK)
		tally(u, chunk);
	record_chunk_clear(chunk);
	return status;
}

static void *commit_queued(void *context)
{
	struct upload *u = context;
	struct committer *c = &u->committer;
	enum status status;
	struct error err;

	pthread_mutex_lock(&c->mutex);
	for (;;) {
		while (!c->queued && !c->stopping)
			pthread_cond_wait(&c->changed, &c->mutex);
		if (!c->queued)
			break;
		pthread_mutex_unlock(&c->mutex);
		status = commit_chunk(u, c->queued, &err);
		pthread_mutex_lock(&c->mutex);
		if (status != OK && c->status == OK) {
			c->status = status;
			c->error = err;
		}
		c->queued = NULL;
		pthread_cond_broadcast(&c->changed);
	}
	pthread_mutex_unlock(&c->mutex);
	return NULL;
}

/* Waits until the chunk handed over last is committed. */
static enum status committer_wait(struct committer *c, struct error *err)
{
	enum status status;

	pthread_mutex_lock(&c->mutex);
	while (c->queued)
		pthread_cond_wait(&c->changed, &c->mutex);
	status = c->status;
	if (status != OK && err)
		*err = c->error;
	pthread_mutex_unlock(&c->mutex);
	return status;
}

static void committer_stop(struct committer *c)
{
	if (!c->started)
		return;
	pthread_mutex_lock(&c->mutex);
	c->stopping = true;
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->mutex);
	pthread_join(c->thread, NULL);
	c->started = false;
}

/* Small uploads never get here, and have no thread. */
static enum status hand_over(struct upload *u, struct error *err)
{
	struct committer *c = &u->committer;
	enum status status = committer_wait(c, err);

	if (status != OK)
		return status;
	if (!c->started) {
		if (pthread_create(&c->thread, NULL, commit_queued, u) != 0)
			return commit_chunk(u, u->filling, err);
		c->started = true;
	}
	pthread_mutex_lock(&c->mutex);
	c->queued = u->filling;
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->mutex);
	u->filling = u->filling == &u->chunks[0] ? &u->chunks[1] : &u->chunks[0];
	if (!u->filling->items)
		record_chunk_init(u->filling);
	return OK;
}

static enum status commit_rest(struct upload *u, struct error *err)
{
	enum status status = committer_wait(&u->committer, err);

	return status == OK ? commit_chunk(u, u->filling, err) : status;
}

/* --- records ------------------------------------------------------------------------- */

static void reject(struct upload *u, const struct record *r, struct record_place place, enum status code,
		   const char *field, const char *message)
{
	struct error error;

	error_set(&error, code, field, "%s", message);
	batch_faults_note(&u->answer.rejected, place, r->id, &error);
}

/* False: rejected. */
static bool settle_day(struct upload *u, const struct record *r, struct record_place place)
{
	struct error error;

	if (upload_days_check(&u->days, r, &error) == OK)
		return true;
	batch_faults_note(&u->answer.rejected, place, r->id, &error);
	return false;
}

/* Whose record it is; false: rejected.  The ids are then written as they are
 * stored, or left out where the operator is clear, so that the digest does not
 * depend on how they were given. */
static bool settle_parties(struct upload *u, struct record *r, struct record_place place, int64_t *operator_key,
			   int64_t *tenant_key, enum status *status, struct error *err)
{
	struct str operator_id;

	*operator_key = u->request.operator_key;
	*tenant_key = 0;
	if (*operator_key) {
		if (!str_is_none(r->operator_id) &&
		    !str_equal_ascii_case(r->operator_id, str_from(u->request.operator_id))) {
			reject(u, r, place, E_FOREIGN_OPERATOR, "operatorId", "the record names another operator");
			return false;
		}
		r->operator_id = STR_NONE;
		return true;
	}
	*status = party_key_of(&u->parties, PARTY_OPERATOR, r->operator_id, operator_key, &operator_id, err);
	if (*status == OK && *operator_key)
		*status = party_key_of(&u->parties, PARTY_TENANT, r->tenant_id, tenant_key, &r->tenant_id, err);
	if (*status != OK)
		return false;
	if (!*operator_key)
		reject(u, r, place, E_UNKNOWN_OPERATOR, "operatorId", "there is no such operator");
	else if (!*tenant_key)
		reject(u, r, place, E_UNKNOWN_TENANT, "tenantId", "there is no such tenant");
	r->operator_id = STR_NONE;
	return *operator_key && *tenant_key;
}

static enum status take_record(void *context, const struct record *record, struct record_place place, struct error *err)
{
	struct upload *u = context;
	struct record r = *record;
	int64_t operator_key, tenant_key;
	enum status status = OK;

	if (!settle_parties(u, &r, place, &operator_key, &tenant_key, &status, err) || !settle_day(u, &r, place))
		return status;
	record_chunk_add(u->filling, &r, operator_key, tenant_key, place);
	return record_chunk_is_full(u->filling) ? hand_over(u, err) : OK;
}

static enum status take_reject(void *context, const struct record_reject *rejected, struct error *err)
{
	struct upload *u = context;

	(void)err;
	batch_faults_note(&u->answer.rejected, rejected->place, rejected->record_id, &rejected->error);
	return OK;
}

/* --- bytes ------------------------------------------------------------------------------ */

static enum status take_content(void *context, struct str bytes, struct error *err)
{
	struct upload *u = context;

	if (u->hash)
		sha256_stream_add(u->hash, bytes);
	return u->replay ? OK : record_reader_push(u->reader, bytes, err);
}

static enum status open_stream(struct upload *u, struct error *err)
{
	const struct settings *settings = &u->exchange->settings;
	struct decompress_limits limits = {
		.bytes_max = (uint64_t)settings->decompressed_bytes_max,
		.ratio_max = (unsigned)settings->decompressed_ratio_max,
	};
	struct record_reader_limits reader_limits = RECORD_READER_LIMITS_DEFAULT;
	struct record_sink sink = { u, take_record, take_reject };
	enum status status = decompress_new(&u->decompress, u->request.coding, &limits, take_content, u, err);

	reader_limits.record_bytes_max = (size_t)settings->record_bytes_max;
	reader_limits.records_max = (uint64_t)settings->batch_records_max;
	if (status == OK)
		status = record_reader_new(&u->reader, u->request.kind, u->request.format, RECORD_STRICT,
					   &reader_limits, &sink, err);
	return status;
}

/* --- Idempotency-Key ----------------------------------------------------------------------- */

static enum status check_key(struct str key, struct error *err)
{
	bool good = key.n >= 1 && key.n <= IDEMPOTENCY_KEY_MAX;

	for (size_t i = 0; good && i < key.n; i++)
		good = key.p[i] > ' ' && key.p[i] <= '~';
	return good ? OK
		    : error_set(err, E_INVALID, "Idempotency-Key",
				"the key must have 1 to %d printable ASCII characters without blanks",
				IDEMPOTENCY_KEY_MAX);
}

/* Before what was answered is looked up: whoever had the key gave it back with the answer. */
static enum status claim_key(struct upload *u, struct error *err)
{
	struct key_claims *claims = u->exchange->key_claims;
	enum status status = claims ? key_claims_take(claims, &u->claim, err) : OK;

	if (status == OK)
		u->claimed_at = claims;
	return status;
}

static enum status find_earlier(struct upload *u, struct error *err)
{
	struct sql *sql;
	enum status status = store_read(u->exchange->store, &sql, err);

	if (status != OK)
		return status;
	status = idempotency_find(sql, &u->arena, u->request.operator_key, u->request.route, u->request.idempotency_key,
				  &u->earlier, err);
	store_abort(u->exchange->store, sql);
	if (status != OK && status != E_NOT_FOUND)
		return status;
	/* Swept some time after it has run out, so its age is looked at here. */
	u->replay =
		status == OK &&
		u->earlier.created_ms >= u->received_ms - u->exchange->settings.idempotency_lifetime_s * MS_PER_SECOND;
	return OK;
}

static enum status replay(struct upload *u, struct upload_result *result, struct error *err)
{
	unsigned char hash[SHA256_SIZE];
	struct str id = STR_NONE;
	const struct json *batch;
	enum status status;

	sha256_stream_finish(u->hash, hash);
	if (memcmp(hash, u->earlier.body_hash, SHA256_SIZE) != 0)
		return error_set(err, E_KEY_REUSED, "Idempotency-Key", "the key was used before with another body");
	status = json_parse(&u->arena, u->earlier.answer, &batch, err);
	if (status == OK)
		status = json_get_str(batch, "id", &id, err);
	if (status != OK || !guid_parse(id, u->batch_id))
		return error_set(err, E_CORRUPT, NULL, "the answer kept under an Idempotency-Key is no batch");
	*result = (struct upload_result){ .received = 0 };
	memcpy(result->batch_id, u->batch_id, sizeof(u->batch_id));
	buf_init(&result->answer, 0);
	buf_add_str(&result->answer, u->earlier.answer);
	return OK;
}

/* --- the batch in the registry ---------------------------------------------------------------- */

static int by_day(const void *a, const void *b)
{
	const struct changed_day *x = a, *y = b;

	return x->day < y->day ? -1 : x->day > y->day;
}

/* "2026-11-24,2026-11-25": each day once. */
static struct str days_text(struct upload *u)
{
	char text[INSTANT_TEXT_SIZE];
	struct buf out;
	struct str copy;

	buf_init(&out, 0);
	if (u->changed_count)
		qsort(u->changed, u->changed_count, sizeof(*u->changed), by_day);
	for (size_t i = 0; i < u->changed_count; i++) {
		if (i > 0 && u->changed[i].day == u->changed[i - 1].day)
			continue;
		if (out.n)
			buf_add_char(&out, ',');
		buf_add_str(&out, day_text(u->changed[i].day, text));
	}
	copy = arena_str(&u->arena, buf_str(&out));
	buf_release(&out);
	return copy;
}

static enum status insert_batch(struct upload *u, struct sql *sql, struct str answer, struct error *err)
{
	struct batch_row row = {
		.operator_key = u->request.operator_key,
		.id = str_from(u->batch_id),
		.kind = u->request.kind,
		.client_id = str_from(u->request.client_id),
		.received_ms = u->received_ms,
		.received = batch_answer_received(&u->answer),
		.accepted = u->answer.accepted,
		.duplicates = u->answer.duplicates,
		.conflicts = u->answer.conflicts.total,
		.rejected = u->answer.rejected.total,
		.days = days_text(u),
		.answer = answer,
	};
	int64_t now_ms = clock_now_ms();
	enum status status = batch_insert(sql, &row, err);

	for (size_t i = 0; status == OK && i < u->changed_count; i++)
		status = batches_mark_changed(sql, u->changed[i].operator_key, u->changed[i].day, now_ms, err);
	return status;
}

/* Whatever stood under the key is too old to count. */
static enum status insert_key(struct upload *u, struct sql *sql, struct str answer, struct error *err)
{
	struct idempotency_row row = {
		.operator_key = u->request.operator_key,
		.route = u->request.route,
		.key = u->request.idempotency_key,
		.status = 201,
		.answer = answer,
		.created_ms = u->received_ms,
	};
	enum status status;

	if (!u->hash)
		return OK;
	sha256_stream_finish(u->hash, row.body_hash);
	status = u->claimed_at ? key_claims_give_in(u->claimed_at, sql, &u->claim, err) : OK;
	if (status == OK)
		status = idempotency_delete(sql, row.operator_key, row.route, row.key, err);
	return status == OK ? idempotency_insert(sql, &row, err) : status;
}

static enum status acknowledge(struct upload *u, struct upload_result *result, struct error *err)
{
	struct buf answer;
	struct sql *sql;
	enum status status = store_write(u->exchange->store, &sql, err);

	if (status != OK)
		return status;
	buf_init(&answer, 0);
	batch_answer_write(&u->answer, u->batch_id, &answer);
	status = insert_batch(u, sql, buf_str(&answer), err);
	if (status == OK)
		status = insert_key(u, sql, buf_str(&answer), err);
	if (status == OK)
		status = store_commit(u->exchange->store, sql, err);
	else
		store_abort(u->exchange->store, sql);
	if (status != OK) {
		buf_release(&answer);
		return status;
	}
	if (u->claimed_at)
		key_claims_given(u->claimed_at);
	u->claimed_at = NULL;
	*result = (struct upload_result){
		.received = batch_answer_received(&u->answer),
		.outcomes = {
			[UPLOAD_ACCEPTED] = u->answer.accepted,
			[UPLOAD_DUPLICATE] = u->answer.duplicates,
			[UPLOAD_CONFLICT] = u->answer.conflicts.total,
			[UPLOAD_REJECTED] = u->answer.rejected.total,
		},
		.answer = answer,
	};
	memcpy(result->batch_id, u->batch_id, sizeof(u->batch_id));
	return OK;
}

/* --- the upload -------------------------------------------------------------------------------- */

static struct upload *upload_new(struct exchange *exchange, const struct upload_request *request)
{
	struct upload *u = xalloc(sizeof(*u));

	u->exchange = exchange;
	arena_init(&u->arena);
	u->request = *request;
	u->request.operator_id = arena_cstr(&u->arena, str_from(request->operator_id));
	u->request.client_id = arena_cstr(&u->arena, str_from(request->client_id));
	u->request.route = arena_str(&u->arena, request->route);
	u->request.idempotency_key = arena_str(&u->arena, request->idempotency_key);
	u->claim = (struct upload_claim){ u->request.client_id, request->operator_key, u->request.route,
					  u->request.idempotency_key };
	random_guid(u->batch_id);
	u->received_ms = clock_now_ms();
	party_keys_init(&u->parties, exchange);
	upload_days_init(&u->days, u->received_ms);
	batch_answer_init(&u->answer);
	record_chunk_init(&u->chunks[0]);
	u->filling = &u->chunks[0];
	pthread_mutex_init(&u->committer.mutex, NULL);
	pthread_cond_init(&u->committer.changed, NULL);
	return u;
}

static void upload_free(struct upload *u)
{
	pthread_cond_destroy(&u->committer.changed);
	pthread_mutex_destroy(&u->committer.mutex);
	decompress_free(u->decompress);
	record_reader_free(u->reader);
	sha256_stream_free(u->hash);
	party_keys_release(&u->parties);
	upload_days_release(&u->days);
	batch_answer_release(&u->answer);
	record_chunk_release(&u->chunks[0]);
	record_chunk_release(&u->chunks[1]);
	free(u->changed);
	arena_release(&u->arena);
	free(u);
}

/* A chunk that was handed over is still committed. */
static void upload_end(struct upload *u)
{
	committer_stop(&u->committer);
	if (u->claimed_at)
		key_claims_give(u->claimed_at, &u->claim);
	uploads_leave(u->exchange->uploads, &u->claim);
	upload_free(u);
}

enum status upload_begin(struct exchange *exchange, const struct upload_request *request, struct upload **upload,
			 struct error *err)
{
	bool keyed = !str_is_none(request->idempotency_key);
	enum status status = keyed ? check_key(request->idempotency_key, err) : OK;
	struct upload *u;

	if (status != OK)
		return status;
	u = upload_new(exchange, request);
	status = uploads_enter(exchange->uploads, &u->claim, exchange->settings.uploads_per_client_max, err);
	if (status != OK) {
		upload_free(u);
		return status;
	}
	if (keyed) {
		u->hash = sha256_stream_new();
		status = claim_key(u, err);
	}
	if (keyed && status == OK)
		status = find_earlier(u, err);
	if (status == OK)
		status = open_stream(u, err);
	if (status == OK)
		*upload = u;
	else
		upload_end(u);
	return status;
}

enum status upload_data(struct upload *u, struct str bytes, struct error *err)
{
	return decompress_push(u->decompress, bytes, err);
}

static enum status finish_batch(struct upload *u, struct upload_result *result, struct error *err)
{
	enum status status = record_reader_finish(u->reader, err);

	u->answer.unknown_fields = (int64_t)record_reader_counts(u->reader).unknown_fields;
	u->answer.unknown_name_count = record_reader_unknown_names(u->reader, u->answer.unknown_names);
	if (status == OK)
		status = commit_rest(u, err);
	return status == OK ? acknowledge(u, result, err) : status;
}

enum status upload_finish(struct upload *u, struct upload_result *result, struct error *err)
{
	enum status status = decompress_finish(u->decompress, err);

	if (status == OK)
		status = u->replay ? replay(u, result, err) : finish_batch(u, result, err);
	if (status == OK)
		upload_end(u);
	return status;
}

void upload_abort(struct upload *u)
{
	if (u)
		upload_end(u);
}
