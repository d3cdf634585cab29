#include "cli/compare_batch.h"

#include <stdlib.h>

void batch_init(struct batch *batch)
{
	*batch = (struct batch){ 0 };
	buf_init(&batch->ids, 0);
	names_init(&batch->operators);
	names_init(&batch->trunks);
}

void batch_release(struct batch *batch)
{
	free(batch->records);
	free(batch->versions.list);
	free(batch->operator_map);
	free(batch->trunk_map);
	buf_release(&batch->ids);
	names_release(&batch->operators);
	names_release(&batch->trunks);
}

void batch_clear(struct batch *batch)
{
	memset(batch->rejects.counts, 0, sizeof(batch->rejects.counts));
	batch->n = batch->versions.n = 0;
	batch->operators_too_many = 0;
	buf_clear(&batch->ids);
}

static enum status take_record(void *context, const struct record *r, struct record_place place, struct error *err)
{
	struct batch *batch = context;
	struct reconcile_record *record;

	(void)place;
	(void)err;
	if (batch->n == batch->capacity) {
		batch->capacity = batch->capacity ? 2 * batch->capacity : 1024;
		batch->records = xrealloc(batch->records, batch->capacity * sizeof(*batch->records));
	}
	record = &batch->records[batch->n];
	*record = reconcile_record_of(r);
	record->reference = (uint32_t)batch->n;
	record->operator_index = names_put(&batch->operators, r->operator_id);
	record->trunk = names_put(&batch->trunks, r->trunk);
	batch->operators_too_many += r->operator_id.n && record->operator_index == 0;
	if (r->version != 1)
		compare_versions_add(&batch->versions, (uint32_t)batch->n, r->version);
	ids_encode(&batch->ids, r->id);
	batch->n++;
	return OK;
}

static void keep_place(struct compare_rejects *rejects, enum status code, const struct compare_place *place)
{
	if (rejects->counts[code] < PLACES_KEPT)
		rejects->places[code][rejects->counts[code]] = *place;
	rejects->counts[code]++;
}

static enum status take_reject(void *context, const struct record_reject *reject, struct error *err)
{
	struct batch *batch = context;
	struct compare_place place = { .place = reject->place };

	(void)err;
	memcpy(place.field, reject->error.field, sizeof(place.field));
	memcpy(place.message, reject->error.message, sizeof(place.message));
	keep_place(&batch->rejects, reject->error.status, &place);
	return OK;
}

struct record_sink batch_sink(struct batch *batch)
{
	return (struct record_sink){ batch, take_record, take_reject };
}

/* The side's numbers of names that came up since the last time. */
static void map_names(const struct names *from, struct names *to, uint16_t **map, size_t *mapped)
{
	if (*map && *mapped == from->n)
		return;
	*map = xrealloc(*map, (from->n + 1) * sizeof(**map));
	names_merge(to, from, *map);
	*mapped = from->n;
}

static void commit_rejects(struct batch *batch, struct compare_file *file, uint64_t lines_before)
{
	for (int code = 0; code < STATUS_COUNT; code++) {
		for (uint64_t i = 0; i < batch->rejects.counts[code] && i < PLACES_KEPT; i++) {
			struct compare_place *place = &batch->rejects.places[code][i];

			place->place.line += lines_before;
			keep_place(&file->rejects, (enum status)code, place);
		}
		if (batch->rejects.counts[code] > PLACES_KEPT)
			file->rejects.counts[code] += batch->rejects.counts[code] - PLACES_KEPT;
	}
}

static void commit_records(struct batch *batch, struct compare_side *side)
{
	map_names(&batch->operators, &side->operators, &batch->operator_map, &batch->operators_mapped);
	map_names(&batch->trunks, &side->trunks, &batch->trunk_map, &batch->trunks_mapped);
	side->operators_too_many += batch->operators_too_many;
	for (size_t i = 0; i < batch->n; i++) {
		struct reconcile_record *r = &batch->records[i];
		uint16_t operator_number = batch->operator_map[r->operator_index];

		side->operators_too_many += r->operator_index && operator_number == 0;
		side->has_unnamed = side->has_unnamed || operator_number == 0;
		r->operator_index = operator_number;
		r->trunk = batch->trunk_map[r->trunk];
		r->reference += side->n;
	}
	for (size_t i = 0; i < batch->versions.n; i++)
		compare_versions_add(&side->versions, batch->versions.list[i].reference + side->n,
				     batch->versions.list[i].version);
	ids_append(&side->ids, buf_str(&batch->ids));
}

enum status batch_commit(struct batch *batch, struct compare_side *side, struct compare_file *file, uint64_t lines_before,
			 struct reconcile_run *run, enum reconcile_side which, struct error *err)
{
	enum status status = OK;

	commit_rejects(batch, file, lines_before);
	if (batch->n >= RECONCILE_NONE - 1 - side->n)
		status = error_set(err, E_TOO_LARGE, NULL, "there are more than %u records on one side", RECONCILE_NONE - 2);
	if (status == OK && batch->n) {
		commit_records(batch, side);
		status = reconcile_run_add(run, which, batch->records, batch->n, err);
		side->n += (uint32_t)batch->n;
	}
	batch_clear(batch);
	return status;
}
