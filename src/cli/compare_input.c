#include "cli/compare_input.h"

#include "formats/input_file.h"

#include <stdlib.h>

#define NAME_OF_NOBODY STR("operator")

/* --- a side ---------------------------------------------------------------------- */

void compare_side_init(struct compare_side *side, enum record_kind kind)
{
	*side = (struct compare_side){ .kind = kind };
	buf_init(&side->ids, 0);
	names_init(&side->operators);
	names_init(&side->trunks);
}

void compare_side_release(struct compare_side *side)
{
	free(side->files);
	free(side->records);
	free(side->versions);
	free(side->id_ends);
	free(side->dropped);
	buf_release(&side->ids);
	names_release(&side->operators);
	names_release(&side->trunks);
}

void compare_side_add_file(struct compare_side *side, const char *path)
{
	side->files = xrealloc(side->files, (side->file_count + 1) * sizeof(*side->files));
	memset(&side->files[side->file_count], 0, sizeof(*side->files));
	side->files[side->file_count++].path = path;
}

struct str compare_id(const struct compare_side *side, uint32_t reference)
{
	uint64_t from = reference ? side->id_ends[reference - 1] : 0;

	return str_of(side->ids.p + from, (size_t)(side->id_ends[reference] - from));
}

static void grow(struct compare_side *side)
{
	if (side->n < side->capacity)
		return;
	side->capacity = side->capacity ? 2 * side->capacity : 4096;
	side->records = xrealloc(side->records, side->capacity * sizeof(*side->records));
	side->id_ends = xrealloc(side->id_ends, side->capacity * sizeof(*side->id_ends));
	if (side->kind == RECORD_CALL)
		side->versions = xrealloc(side->versions, side->capacity * sizeof(*side->versions));
}

struct reading {
	struct compare_side *side;
	struct compare_file *file;
	struct compare_stream stream;
	compare_keep *keep;
	void *context;
	bool is_ours; /* the failure is not the file's: reading ends */
};

static enum status take_record(void *context, const struct record *r, struct record_place place, struct error *err)
{
	struct reading *reading = context;
	struct compare_side *side = reading->side;
	uint16_t operator_number = names_put(&side->operators, r->operator_id);

	(void)place;
	reading->is_ours = side->n + 1 >= RECONCILE_NONE;
	if (reading->is_ours)
		return error_set(err, E_TOO_LARGE, NULL, "there are more than %u records on one side",
				 RECONCILE_NONE - 2);
	side->operators_too_many += r->operator_id.n && operator_number == 0;
	grow(side);
	buf_add_str(&side->ids, r->id);
	side->id_ends[side->n] = side->ids.n;
	if (side->versions)
		side->versions[side->n] = r->version;
	side->records[side->n] = reconcile_record_of(r);
	side->records[side->n].reference = (uint32_t)side->n;
	side->records[side->n].operator_index = operator_number;
	side->records[side->n].trunk = names_put(&side->trunks, r->trunk);
	side->n++;
	return OK;
}

static enum status take_reject(void *context, const struct record_reject *reject, struct error *err)
{
	struct compare_file *file = ((struct reading *)context)->file;
	enum status code = reject->error.status;
	uint64_t before = file->rejects[code]++;

	(void)err;
	if (before < PLACES_KEPT) {
		struct compare_place *at = &file->places[code][before];

		at->place = reject->place;
		memcpy(at->field, reject->error.field, sizeof(at->field));
		memcpy(at->message, reject->error.message, sizeof(at->message));
	}
	return OK;
}

static enum status take_bytes(void *context, struct str bytes, struct error *err)
{
	struct reading *reading = context;
	enum status status = reading->keep ? reading->keep(reading->context, bytes, err) : OK;

	reading->is_ours = status != OK;
	return status == OK ? compare_stream_push(&reading->stream, bytes, err) : status;
}

static enum status steps(struct input_file *in, struct compare_file *file, struct compare_progress *progress,
			 struct error *err)
{
	uint64_t before = 0, size;
	enum status status = OK;
	bool more = true;

	while (status == OK && more) {
		status = input_file_step(in, &more, err);
		input_file_progress(in, &file->bytes, &size);
		progress->read += file->bytes - before;
		before = file->bytes;
		if (progress->show)
			progress->show(progress);
	}
	return status;
}

/* A failure of the file leaves its rest out, one of ours is returned. */
static enum status read_file(struct compare_side *side, struct compare_file *file, struct reading *reading,
			     struct compare_progress *progress, struct error *err)
{
	struct input_file *in;
	enum status status = input_file_open(&in, file->path, take_bytes, reading, err);

	if (status != OK)
		return status;
	/* What no format knows may still be a table of ours that lacks columns: its reader says which. */
	reading->stream = (struct compare_stream){ .format = side->format,
						   .otherwise = &import_canonical,
						   .options = { .kind = side->kind },
						   .sink = { reading, take_record, take_reject } };
	buf_init(&reading->stream.head, 0);
	status = steps(in, file, progress, &file->failure);
	input_file_close(in);
	if (status == OK) {
		status = compare_stream_finish(&reading->stream, &file->failure);
		if (status != OK)
			error_prefix(&file->failure, "%s", compare_file_name(file));
	}
	compare_stream_release(&reading->stream);
	file->counts = reading->stream.counts;
	file->format = reading->stream.format ? reading->stream.format->name : NULL;
	if (status == OK || !reading->is_ours)
		return OK;
	return error_set(err, status, file->failure.field, "%s", file->failure.message);
}

enum status compare_side_read(struct compare_side *side, struct compare_progress *progress, compare_keep *keep,
			      void *context, struct error *err)
{
	enum status status = OK;

	for (size_t i = 0; status == OK && i < side->file_count; i++) {
		struct compare_file *file = &side->files[i];
		struct reading reading = { .side = side,
					   .file = file,
					   .context = context,
					   .keep = strcmp(file->path, "-") == 0 ? keep : NULL };

		status = read_file(side, file, &reading, progress, err);
	}
	return status;
}

const char *compare_file_name(const struct compare_file *file)
{
	return strcmp(file->path, "-") == 0 ? "standard input" : file->path;
}

bool compare_side_is_usable(const struct compare_side *side)
{
	bool whole = true;

	/* Lines that tell of no call may be a log of another kind, read as the wrong format. */
	for (size_t i = 0; i < side->file_count; i++)
		whole = whole && side->files[i].failure.status == OK && side->files[i].counts.rejects == 0 &&
			side->files[i].counts.other_lines == 0;
	return side->n > 0 || whole;
}

/* --- versions ---------------------------------------------------------------------- */

static int compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* Which of two records of one id counts: the higher version; of equal ones always the same, in whatever order. */
static bool counts_before(const struct compare_side *side, uint32_t a, uint32_t b)
{
	const struct reconcile_record *x = &side->records[a], *y = &side->records[b];
	int order = compare_numbers((uint64_t)side->versions[b], (uint64_t)side->versions[a]);

	if (order == 0)
		order = compare_numbers((uint64_t)x->start_ms, (uint64_t)y->start_ms);
	if (order == 0)
		order = compare_numbers((uint64_t)x->end_ms, (uint64_t)y->end_ms);
	if (order == 0)
		order = compare_numbers(x->duration_ms, y->duration_ms);
	if (order == 0)
		order = compare_numbers(x->caller, y->caller);
	return order < 0;
}

static void drop(struct compare_side *side, uint32_t loser, uint32_t winner)
{
	if (!side->dropped)
		side->dropped = xalloc(side->n * sizeof(*side->dropped));
	side->dropped[loser] = true;
	if (side->versions[loser] < side->versions[winner])
		side->replaced++;
	else
		side->repeated++;
}

void compare_side_settle_versions(struct compare_side *side)
{
	size_t slots = 1024;
	uint32_t *table;

	if (!side->versions)
		return;
	while (slots < 2 * side->n)
		slots *= 2;
	table = xalloc(slots * sizeof(*table)); /* reference + 1; 0: free */
	for (uint32_t i = 0; i < side->n; i++) {
		size_t at = side->records[i].id & (slots - 1);

		while (table[at] && (side->records[table[at] - 1].id != side->records[i].id ||
				     side->records[table[at] - 1].operator_index != side->records[i].operator_index))
			at = (at + 1) & (slots - 1);
		if (table[at] && counts_before(side, table[at] - 1, i)) {
			drop(side, i, table[at] - 1);
			continue;
		}
		if (table[at])
			drop(side, table[at] - 1, i);
		table[at] = i + 1;
	}
	free(table);
}

/* --- common names -------------------------------------------------------------------- */

static void renumber_trunks(struct compare_side sides[2], struct names *trunks)
{
	uint16_t *maps[2], *sorted;

	names_init(trunks);
	for (int s = 0; s < 2; s++) {
		maps[s] = xalloc((sides[s].trunks.n + 1) * sizeof(uint16_t));
		names_merge(trunks, &sides[s].trunks, maps[s]);
	}
	sorted = xalloc((trunks->n + 1) * sizeof(*sorted));
	names_sort(trunks, sorted);
	for (int s = 0; s < 2; s++) {
		for (size_t i = 0; i < sides[s].n; i++)
			sides[s].records[i].trunk = sorted[maps[s][sides[s].records[i].trunk]];
		free(maps[s]);
	}
	free(sorted);
}

static void all_of_one(struct compare_side sides[2], struct names *operators, struct str name)
{
	names_put(operators, name);
	for (int s = 0; s < 2; s++)
		for (size_t i = 0; i < sides[s].n; i++)
			sides[s].records[i].operator_index = 0;
}

static bool has_unnamed(const struct compare_side *side)
{
	for (size_t i = 0; i < side->n; i++)
		if (side->records[i].operator_index == 0)
			return true;
	return false;
}

/* Several operators: what names none belongs to the side's only one, else to nobody known. */
static void renumber_operators(struct compare_side sides[2], struct names *operators)
{
	uint16_t *maps[2], *sorted;

	for (int s = 0; s < 2; s++) {
		maps[s] = xalloc((sides[s].operators.n + 1) * sizeof(uint16_t));
		names_merge(operators, &sides[s].operators, maps[s]);
		if (has_unnamed(&sides[s]))
			maps[s][0] = sides[s].operators.n == 1 ? maps[s][1] : names_put(operators, NAME_OF_NOBODY);
	}
	sorted = xalloc((operators->n + 1) * sizeof(*sorted));
	names_sort(operators, sorted);
	for (int s = 0; s < 2; s++) {
		for (size_t i = 0; i < sides[s].n; i++) {
			struct reconcile_record *r = &sides[s].records[i];

			r->operator_index = (uint16_t)(sorted[maps[s][r->operator_index]] - 1);
		}
		free(maps[s]);
	}
	free(sorted);
}

enum status compare_common_names(struct compare_side sides[2], struct names *operators, struct names *trunks,
				 struct error *err)
{
	const struct names *p = &sides[0].operators, *o = &sides[1].operators;

	names_init(operators);
	renumber_trunks(sides, trunks);
	if (sides[0].operators_too_many || sides[1].operators_too_many)
		return error_set(err, E_TOO_LARGE, "operatorId", "there are more than %d operators", NAMES_MAX);
	if (p->n <= 1 && o->n <= 1)
		all_of_one(sides, operators, p->n ? p->list[1] : o->n ? o->list[1] : NAME_OF_NOBODY);
	else if (p->n == 0 || o->n == 0)
		all_of_one(sides, operators, NAME_OF_NOBODY);
	else
		renumber_operators(sides, operators);
	return OK;
}

enum status compare_feed(const struct compare_side *side, enum reconcile_side which, struct reconcile_run *run,
			 struct error *err)
{
	enum status status = OK;
	size_t from = 0;

	for (size_t i = 0; status == OK && side->dropped && i < side->n; i++) {
		if (!side->dropped[i])
			continue;
		status = reconcile_run_add(run, which, side->records + from, i - from, err);
		from = i + 1;
	}
	return status == OK ? reconcile_run_add(run, which, side->records + from, side->n - from, err) : status;
}
