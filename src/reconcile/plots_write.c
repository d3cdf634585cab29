#include "reconcile/plots_write.h"

#include "formats/record.h"
#include "reconcile/plots.h"

#include <stdlib.h>

#define MARKS_MAX 9000             /* of one plot: that of all, and those of each operator together */
#define MARKS_MIN 300              /* of one operator's, however many there are */
#define STRIPS_MAX 400
#define STRIPS_MIN 4
#define ROWS_MIN 8
#define SECOND_ROWS_MAX (3 * PLOT_EXAMPLES)

struct writing {
	struct json_writer *w;
	const struct reconcile_run *run;
	const struct reconcile_names *names;
	size_t shares;             /* among so many operators the bounds of theirs are divided */
};

static size_t share(size_t bound, size_t least, size_t shares)
{
	return bound / shares > least ? bound / shares : least;
}

/* --- counts ----------------------------------------------------------------------------- */

static void write_counts(struct json_writer *w, const char *key, const uint32_t *counts, size_t n)
{
	json_key(w, key);
	json_array_begin(w);
	for (size_t i = 0; i < n; i++)
		json_i64(w, counts[i]);
	json_array_end(w);
}

static void write_classes(struct json_writer *w, const struct plots *p)
{
	json_key(w, "classes");
	json_object_begin(w);
	for (int c = 0; c < RECONCILE_CLASS_COUNT; c++)
		write_counts(w, reconcile_class_name((enum reconcile_class)c), p->classes[c], p->bins);
	json_object_end(w);
}

/* --- grids -------------------------------------------------------------------------------- */

/* A grid is made coarser, in one direction and then in both, until its cells are no more than the share. */
struct grid {
	const uint32_t *counts;
	size_t columns, rows;      /* counts[column * rows + row] */
	size_t first_row;          /* rows before this one stay alone */
};

struct coarseness {
	size_t row_step, column_step;
};

static size_t coarse_row(const struct grid *g, size_t row, size_t step)
{
	return row < g->first_row ? row : g->first_row + (row - g->first_row) / step;
}

/* Sums a coarse column into sums[rows]; how many of them are not 0. */
static size_t sum_column(const struct grid *g, struct coarseness c, size_t first, uint32_t *sums)
{
	size_t filled = 0;

	memset(sums, 0, g->rows * sizeof(*sums));
	for (size_t x = first; x < g->columns && x < first + c.column_step; x++) {
		for (size_t y = 0; y < g->rows; y++) {
			uint32_t n = g->counts[x * g->rows + y], *sum = &sums[coarse_row(g, y, c.row_step)];

			filled += n && *sum == 0;
			*sum += n;
		}
	}
	return filled;
}

static struct coarseness choose_coarseness(const struct grid *g, size_t marks, uint32_t *sums)
{
	static const struct coarseness ladder[] = { { 1, 1 },  { 2, 1 },  { 4, 1 },  { 5, 1 },  { 10, 1 },
						    { 10, 2 }, { 20, 2 }, { 20, 5 }, { 20, 10 }, { 20, 20 } };
	const size_t n = sizeof(ladder) / sizeof(ladder[0]);

	for (size_t i = 0; i + 1 < n; i++) {
		size_t filled = 0;

		for (size_t x = 0; x < g->columns; x += ladder[i].column_step)
			filled += sum_column(g, ladder[i], x, sums);
		if (filled <= marks)
			return ladder[i];
	}
	return ladder[n - 1];
}

/* {"columnStep":1,"rowStep":2,"cells":[column,row,n,...]}: what is empty is left out. */
static void write_grid(struct json_writer *w, const char *key, const struct grid *g, size_t marks)
{
	uint32_t *sums = xalloc((g->rows + 1) * sizeof(*sums));
	struct coarseness c = choose_coarseness(g, marks, sums);

	json_key(w, key);
	json_object_begin(w);
	json_member_i64(w, "columnStep", (int64_t)c.column_step);
	json_member_i64(w, "rowStep", (int64_t)c.row_step);
	json_key(w, "cells");
	json_array_begin(w);
	for (size_t x = 0; x < g->columns; x += c.column_step) {
		sum_column(g, c, x, sums);
		for (size_t y = 0; y < g->rows; y++) {
			if (sums[y] == 0)
				continue;
			json_i64(w, (int64_t)(x / c.column_step));
			json_i64(w, (int64_t)y);
			json_i64(w, sums[y]);
		}
	}
	json_array_end(w);
	json_object_end(w);
	free(sums);
}

/* --- strips --------------------------------------------------------------------------------- */

static uint64_t strip_records(const struct plots *p, const struct plot_strip *strip)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < p->bins; i++)
		sum += strip->platform[i];
	return sum;
}

/* A strip that is not written on its own is added to the last one. */
static void pool_strip(const struct plots *p, struct plot_strip *others, const struct plot_strip *strip)
{
	for (size_t i = 0; i < p->bins; i++) {
		others->platform[i] += strip->platform[i];
		others->reported[i] += strip->reported[i];
	}
}

static void write_strip(const struct writing *x, const struct plots *p, const struct plot_strip *strip, bool of_operators)
{
	struct json_writer *w = x->w;

	json_object_begin(w);
	json_key(w, "name");
	if (strip->key == PLOT_STRIP_OTHERS)
		json_null(w);
	else if (of_operators)
		json_str(w, x->names->operator_id(x->names->context, strip->key));
	else
		json_str(w, strip->key ? x->names->trunk(x->names->context, strip->key) : STR(""));
	json_member_bool(w, "others", strip->key == PLOT_STRIP_OTHERS);
	write_counts(w, "platform", strip->platform, p->bins);
	write_counts(w, "reported", strip->reported, p->bins);
	json_object_end(w);
}

struct strip_size {
	uint64_t records;
	size_t at;
};

static int by_size(const void *a, const void *b)
{
	const struct strip_size *x = a, *y = b;

	if (x->records != y->records)
		return x->records > y->records ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

/* Those with the most records, in order of their keys; the others as one. */
static void write_strips(const struct writing *x, const struct plots *p, bool of_operators)
{
	size_t bound = of_operators ? PLOT_STRIPS_MAX : share(STRIPS_MAX, STRIPS_MIN, x->shares), n = p->strip_count;
	struct strip_size *sizes = xalloc((n + 1) * sizeof(*sizes));
	bool *alone = xalloc(n + 1);
	struct plot_strip *others = xalloc(sizeof(*others));
	bool has_others = false;

	others->key = PLOT_STRIP_OTHERS;
	for (size_t i = 0; i < n; i++)
		sizes[i] = (struct strip_size){ strip_records(p, &p->strips[i]), i };
	qsort(sizes, n, sizeof(*sizes), by_size);
	for (size_t i = 0; i < n && i < bound; i++)
		alone[sizes[i].at] = sizes[i].records > 0 && p->strips[sizes[i].at].key != PLOT_STRIP_OTHERS;
	json_key(x->w, "strips");
	json_array_begin(x->w);
	for (size_t i = 0; i < n; i++) {
		if (alone[i])
			write_strip(x, p, &p->strips[i], of_operators);
		else
			pool_strip(p, others, &p->strips[i]);
	}
	has_others = strip_records(p, others) > 0;
	if (has_others)
		write_strip(x, p, others, of_operators);
	json_array_end(x->w);
	free(others);
	free(alone);
	free(sizes);
}

/* --- one operator's plots, or those of all ------------------------------------------------------ */

static void write_times(struct json_writer *w, const struct plots *p)
{
	json_key(w, "times");
	json_object_begin(w);
	json_member_instant(w, "from", p->bins ? p->first_bin * p->bin_ms : INSTANT_NONE);
	json_member_duration(w, "binSeconds", p->bins ? p->bin_ms : 0);
	json_member_i64(w, "bins", (int64_t)p->bins);
	json_member_i64(w, "outside", (int64_t)p->outside);
	json_object_end(w);
}

static void write_plots(const struct writing *x, const struct plots *p, int operator_index)
{
	struct json_writer *w = x->w;
	size_t marks = operator_index < 0 ? MARKS_MAX : share(MARKS_MAX, MARKS_MIN, x->shares);
	struct grid durations = { &p->durations[0][0], PLOT_DURATIONS, PLOT_DURATIONS, 1 };

	json_object_begin(w);
	json_member_str(w, "operatorId", operator_index < 0 ? STR_NONE : x->names->operator_id(x->names->context, (uint16_t)operator_index));
	write_times(w, p);
	write_classes(w, p);
	json_key(w, "unanswered");
	json_object_begin(w);
	write_counts(w, "platform_only", p->unanswered[RECONCILE_PLATFORM], p->bins);
	write_counts(w, "operator_only", p->unanswered[RECONCILE_OPERATOR], p->bins);
	json_object_end(w);
	json_key(w, "unansweredCounts");
	json_object_begin(w);
	json_member_i64(w, "platform_only", (int64_t)p->unanswered_count[RECONCILE_PLATFORM]);
	json_member_i64(w, "operator_only", (int64_t)p->unanswered_count[RECONCILE_OPERATOR]);
	json_object_end(w);
	json_key(w, "startDifference");
	json_object_begin(w);
	json_member_i64(w, "pairs", (int64_t)p->shift_count);
	write_grid(w, "recorded", &(struct grid){ p->shifts[0], p->bins, PLOT_SHIFTS, 0 }, marks);
	write_grid(w, "corrected", &(struct grid){ p->shifts[1], p->bins, PLOT_SHIFTS, 0 }, marks);
	json_object_end(w);
	json_key(w, "durationDifference");
	json_object_begin(w);
	json_member_i64(w, "firstSecond", -PLOT_DIFFERENCE_SECONDS);
	write_counts(w, "recorded", p->differences[0], PLOT_DIFFERENCES);
	write_counts(w, "unexplained", p->differences[1], PLOT_DIFFERENCES);
	json_object_end(w);
	write_grid(w, "durations", &durations, marks);
	write_strips(x, p, operator_index < 0);
	json_object_end(w);
}

static void write_scales(struct json_writer *w)
{
	json_key(w, "scales");
	json_object_begin(w);
	json_key(w, "startDifference");
	json_array_begin(w);
	for (size_t i = 0; i < PLOT_SHIFT_EDGES; i++)
		json_signed_duration(w, plot_scale_shift(i));
	json_array_end(w);
	json_key(w, "duration");
	json_array_begin(w);
	for (size_t i = 0; i < PLOT_DURATION_EDGES; i++)
		json_signed_duration(w, plot_scale_duration(i));
	json_array_end(w);
	json_object_end(w);
}

/* --- rows ------------------------------------------------------------------------------------------ */

static const char *const columns[] = {
	"operatorId",      "platformId",     "operatorRecordId", "class",           "causes",
	"differenceSeconds", "unexplainedSeconds", "direction",
	"platformTrunk",   "platformStart",  "platformAnswer",   "platformEnd",     "platformDuration", "platformSipCode",
	"operatorTrunk",   "operatorStart",  "operatorAnswer",   "operatorEnd",     "operatorDuration", "operatorSipCode",
};

static void write_columns(struct json_writer *w)
{
	json_key(w, "columns");
	json_array_begin(w);
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		json_z(w, columns[i]);
	json_array_end(w);
}

/* The six columns of one side; nothing in them where there is no record. */
static void write_side(const struct writing *x, const struct reconcile_record *r, bool there)
{
	struct json_writer *w = x->w;

	json_str(w, there && r->trunk ? x->names->trunk(x->names->context, r->trunk) : STR_NONE);
	json_instant(w, there ? r->start_ms : INSTANT_NONE);
	json_instant(w, there ? r->answer_ms : INSTANT_NONE);
	json_instant(w, there ? r->end_ms : INSTANT_NONE);
	json_duration(w, there && r->duration_ms != UINT32_MAX ? (int64_t)r->duration_ms : -1);
	if (there && r->sip_code)
		json_i64(w, r->sip_code);
	else
		json_null(w);
}

static void write_id(const struct writing *x, enum reconcile_side side, uint32_t reference)
{
	json_str(x->w, reference == RECONCILE_NONE ? STR_NONE : x->names->record_id(x->names->context, side, reference));
}

static void write_row(const struct writing *x, const struct plot_row *row)
{
	const struct reconcile_outcome *o = &row->outcome;
	bool has_platform = o->platform != RECONCILE_NONE, has_operator = o->operator != RECONCILE_NONE;
	const struct reconcile_record *any = has_platform ? &row->platform : &row->operator;
	struct buf causes;

	buf_init(&causes, 0);
	outcome_causes(o->causes, &causes);
	json_array_begin(x->w);
	json_str(x->w, x->names->operator_id(x->names->context, any->operator_index));
	write_id(x, RECONCILE_PLATFORM, o->platform);
	write_id(x, RECONCILE_OPERATOR, o->operator);
	json_z(x->w, reconcile_class_name(o->class));
	json_str(x->w, buf_str(&causes));
	json_signed_duration(x->w, o->difference_ms);
	json_signed_duration(x->w, plot_row_unexplained_ms(row));
	json_str(x->w, direction_word(any->direction));
	write_side(x, &row->platform, has_platform);
	write_side(x, &row->operator, has_operator);
	json_array_end(x->w);
	buf_release(&causes);
}

static int largest_first(const void *a, const void *b)
{
	return plot_row_compare(*(const struct plot_row *const *)b, *(const struct plot_row *const *)a);
}

/* The largest of each class and operator. */
static void write_rows(const struct writing *x)
{
	size_t bound = share(PLOT_ROWS_MAX, ROWS_MIN, x->shares), n = 0;
	const struct plot_row **list = xalloc((RECONCILE_PLOTTED_MAX * RECONCILE_CLASS_COUNT * bound + PLOT_ROWS_MAX) * sizeof(*list));

	for (size_t i = 0; i < reconcile_operator_count(x->run); i++) {
		const struct plots *p = reconcile_plots(x->run, i);

		for (int c = 0; p && c < RECONCILE_CLASS_COUNT; c++) {
			size_t first = n;

			for (size_t k = 0; k < p->rows[c].n; k++)
				list[n++] = &p->rows[c].list[k];
			qsort(list + first, n - first, sizeof(*list), largest_first);
			n = n - first > bound ? first + bound : n;
		}
	}
	qsort(list, n, sizeof(*list), largest_first);
	json_key(x->w, "rows");
	json_array_begin(x->w);
	for (size_t i = 0; i < n; i++)
		write_row(x, list[i]);
	json_array_end(x->w);
	free(list);
}

/* Of each second of difference, of all operators together: the simplest of each, until there are enough. */
static void write_second_rows(const struct writing *x)
{
	json_key(x->w, "secondRows");
	json_array_begin(x->w);
	for (size_t cell = 0; cell < PLOT_DIFFERENCES; cell++) {
		size_t written = 0;

		for (size_t k = 0; k < PLOT_EXAMPLES; k++) {
			for (size_t i = 0; i < reconcile_operator_count(x->run) && written < SECOND_ROWS_MAX; i++) {
				const struct plots *p = reconcile_plots(x->run, i);

				if (!p || !p->seconds[cell] || k >= p->seconds[cell]->n)
					continue;
				write_row(x, &p->seconds[cell]->rows[k]);
				written++;
			}
		}
	}
	json_array_end(x->w);
}

/* By the place of the cause in causes[]: an operator's stand together there. */
static void write_examples(const struct writing *x)
{
	size_t count, first = 0;
	const struct reconcile_cause *causes = reconcile_causes(x->run, &count);

	json_key(x->w, "examples");
	json_array_begin(x->w);
	for (size_t i = 0; i < count; i++) {
		const struct plots *p = reconcile_plots(x->run, causes[i].operator_index);

		if (i == 0 || causes[i].operator_index != causes[i - 1].operator_index)
			first = i;
		json_array_begin(x->w);
		for (size_t k = 0; p && k < p->examples[i - first].n; k++)
			write_row(x, &p->examples[i - first].rows[k]);
		json_array_end(x->w);
	}
	json_array_end(x->w);
}

void plots_write(struct json_writer *w, const struct reconcile_run *run, const struct reconcile_names *names)
{
	struct writing x = { w, run, names, 0 };

	if (!reconcile_plots_of_all(run))
		return;
	for (size_t i = 0; i < reconcile_operator_count(run); i++)
		x.shares += reconcile_plots(run, i) != NULL;
	if (x.shares == 0)
		x.shares = 1;
	write_scales(w);
	json_key(w, "plots");
	json_array_begin(w);
	if (reconcile_operator_count(run) != 1)
		write_plots(&x, reconcile_plots_of_all(run), -1);
	for (size_t i = 0; i < reconcile_operator_count(run); i++)
		if (reconcile_plots(run, i))
			write_plots(&x, reconcile_plots(run, i), (int)i);
	json_array_end(w);
	write_columns(w);
	write_rows(&x);
	write_second_rows(&x);
	write_examples(&x);
}
