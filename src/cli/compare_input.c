#include "cli/compare_input.h"

#include <stdlib.h>

#define NAME_OF_NOBODY STR("operator")

/* --- a side ---------------------------------------------------------------------- */

void compare_side_init(struct compare_side *side, enum record_kind kind)
{
	*side = (struct compare_side){ .kind = kind };
	ids_init(&side->ids);
	names_init(&side->operators);
	names_init(&side->trunks);
}

void compare_side_release(struct compare_side *side)
{
	free(side->files);
	free(side->versions.list);
	ids_release(&side->ids);
	names_release(&side->operators);
	names_release(&side->trunks);
}

void compare_side_add_file(struct compare_side *side, const char *path)
{
	side->files = xrealloc(side->files, (side->file_count + 1) * sizeof(*side->files));
	memset(&side->files[side->file_count], 0, sizeof(*side->files));
	side->files[side->file_count++].path = path;
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

void compare_versions_add(struct compare_versions *versions, uint32_t reference, int64_t version)
{
	if (versions->n == versions->capacity) {
		versions->capacity = versions->capacity ? 2 * versions->capacity : 64;
		versions->list = xrealloc(versions->list, versions->capacity * sizeof(*versions->list));
	}
	versions->list[versions->n++] = (struct compare_version){ reference, version };
}

static int by_reference(const void *a, const void *b)
{
	const struct compare_version *x = a, *y = b;

	return (x->reference > y->reference) - (x->reference < y->reference);
}

static int64_t version_of(const struct compare_versions *versions, uint32_t reference)
{
	struct compare_version key = { .reference = reference }, *found = NULL;

	if (versions->n)
		found = bsearch(&key, versions->list, versions->n, sizeof(key), by_reference);
	return found ? found->version : 1;
}

static int compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* Which of two records of one id counts: the higher version; of equal ones always the same, in whatever order. */
static bool counts_before(void *context, const struct reconcile_record *x, const struct reconcile_record *y)
{
	struct compare_side *side = context;
	int64_t x_version = version_of(&side->versions, x->reference), y_version = version_of(&side->versions, y->reference);
	int order = compare_numbers((uint64_t)y_version, (uint64_t)x_version);

	if (order != 0)
		side->replaced++;
	else
		side->repeated++;
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

void compare_settle_versions(struct compare_side *side, struct reconcile_run *run)
{
	reconcile_run_settle(run, RECONCILE_PLATFORM, counts_before, side);
}

/* --- common names -------------------------------------------------------------------- */

/* How each side's numbers are to be changed. */
struct maps {
	uint16_t *sides[2];
};

static struct maps number_trunks(struct compare_side sides[2], struct names *trunks)
{
	struct maps maps;
	uint16_t *sorted;

	names_init(trunks);
	for (int s = 0; s < 2; s++) {
		maps.sides[s] = xalloc((sides[s].trunks.n + 1) * sizeof(uint16_t));
		names_merge(trunks, &sides[s].trunks, maps.sides[s]);
	}
	sorted = xalloc((trunks->n + 1) * sizeof(*sorted));
	names_sort(trunks, sorted);
	for (int s = 0; s < 2; s++)
		for (size_t i = 0; i <= sides[s].trunks.n; i++)
			maps.sides[s][i] = sorted[maps.sides[s][i]];
	free(sorted);
	return maps;
}

/* All are one operator's, the first. */
static struct maps all_of_one(struct compare_side sides[2], struct names *operators, struct str name)
{
	struct maps maps;

	names_put(operators, name);
	for (int s = 0; s < 2; s++)
		maps.sides[s] = xalloc((sides[s].operators.n + 1) * sizeof(uint16_t));
	return maps;
}

/* Several operators: what names none belongs to the side's only one, else to nobody known. */
static struct maps number_operators(struct compare_side sides[2], struct names *operators)
{
	struct maps maps;
	uint16_t *sorted;

	for (int s = 0; s < 2; s++) {
		maps.sides[s] = xalloc((sides[s].operators.n + 1) * sizeof(uint16_t));
		names_merge(operators, &sides[s].operators, maps.sides[s]);
		if (sides[s].has_unnamed)
			maps.sides[s][0] = sides[s].operators.n == 1 ? maps.sides[s][1] : names_put(operators, NAME_OF_NOBODY);
	}
	sorted = xalloc((operators->n + 1) * sizeof(*sorted));
	names_sort(operators, sorted);
	for (int s = 0; s < 2; s++)
		for (size_t i = 0; i <= sides[s].operators.n; i++)
			maps.sides[s][i] = (uint16_t)(sorted[maps.sides[s][i]] - 1);
	free(sorted);
	return maps;
}

enum status compare_common_names(struct compare_side sides[2], struct reconcile_run *run, struct names *operators,
				 struct names *trunks, struct error *err)
{
	const struct names *p = &sides[0].operators, *o = &sides[1].operators;
	struct maps trunk_maps = number_trunks(sides, trunks), operator_maps = { { NULL, NULL } };
	bool too_many = sides[0].operators_too_many || sides[1].operators_too_many;

	names_init(operators);
	if (too_many)
		error_set(err, E_TOO_LARGE, "operatorId", "there are more than %d operators", NAMES_MAX);
	else if (p->n <= 1 && o->n <= 1)
		operator_maps = all_of_one(sides, operators, p->n ? p->list[1] : o->n ? o->list[1] : NAME_OF_NOBODY);
	else if (p->n == 0 || o->n == 0)
		operator_maps = all_of_one(sides, operators, NAME_OF_NOBODY);
	else
		operator_maps = number_operators(sides, operators);
	for (int s = 0; s < 2; s++) {
		if (!too_many)
			reconcile_run_renumber(run, (enum reconcile_side)s, operator_maps.sides[s], trunk_maps.sides[s]);
		free(operator_maps.sides[s]);
		free(trunk_maps.sides[s]);
	}
	return too_many ? E_TOO_LARGE : OK;
}
