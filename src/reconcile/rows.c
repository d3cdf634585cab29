/* Outcomes, row by row: made anew whenever they are asked for, from what the items were found to be. */
#include "reconcile/engine_private.h"

#include <stdlib.h>

#define BLOCK_ITEMS ((size_t)16384)

size_t rows_block_count(const struct group *g)
{
	size_t blocks = (g->platform.n + BLOCK_ITEMS - 1) / BLOCK_ITEMS;

	return blocks ? blocks : g->lone_n > 0;
}

static void row_add(struct reconcile_rows *rows, struct reconcile_outcome row)
{
	if (rows->n == rows->capacity) {
		rows->capacity = rows->capacity ? rows->capacity + rows->capacity / 2 : 1024;
		rows->list = xrealloc(rows->list, rows->capacity * sizeof(*rows->list));
	}
	rows->list[rows->n++] = row;
}

static void rows_of_copies(const struct group *g, struct reconcile_rows *rows, const struct reconcile_outcome *pair)
{
	const struct copies *c = &g->copies;

	for (uint32_t k = copies_first(c, pair->platform); k != RECONCILE_NONE; k = c->next[k]) {
		const struct item *o = &g->operator.items[k];
		struct reconcile_outcome row = { pair->platform, k, pair->class, pair->causes, 0 };

		if (!o->is_piece) {
			row.class = RECONCILE_DUPLICATE;
			row.causes = c->stated & 1U << CAUSE_DUPLICATE_DELIVERY;
			row.difference_ms = item_duration_ms(o);
		}
		row_add(rows, row);
	}
}

static void row_of_call(const struct group *g, struct reconcile_rows *rows, uint32_t platform)
{
	const struct item *p = &g->platform.items[platform];
	struct reconcile_outcome row = { platform, p->partner, RECONCILE_PLATFORM_ONLY, p->causes, -item_duration_ms(p) };

	if (p->partner != RECONCILE_NONE) {
		row.class = (enum reconcile_class)p->class;
		row.difference_ms += item_duration_ms(&g->operator.items[p->partner]) + copies_pieces_ms(g, platform);
	}
	row_add(rows, row);
	if (p->partner != RECONCILE_NONE)
		rows_of_copies(g, rows, &row);
}

static void row_of_lone(const struct group *g, struct reconcile_rows *rows, uint32_t operator)
{
	const struct item *o = &g->operator.items[operator];

	if (group_in_range(g, clock_corrected(g, o)))
		row_add(rows, (struct reconcile_outcome){ RECONCILE_NONE, operator, RECONCILE_OPERATOR_ONLY, 0, item_duration_ms(o) });
}

/* The first of what only the operator has whose corrected time is not before. */
static size_t lone_from(const struct group *g, int64_t time_ms)
{
	size_t low = 0, high = g->lone_n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (clock_corrected(g, &g->operator.items[g->lone[middle]]) < time_ms)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Both sides merged by time, so that a reader finds neighbours together. */
void rows_of_block(const struct group *g, size_t block, struct reconcile_rows *rows)
{
	size_t from = block * BLOCK_ITEMS, to = from + BLOCK_ITEMS;
	size_t k = from ? lone_from(g, g->platform.items[from - 1].time_ms) : 0;

	rows->n = 0;
	for (size_t i = from; i < to && i < g->platform.n; i++) {
		const struct item *p = &g->platform.items[i];

		while (k < g->lone_n && clock_corrected(g, &g->operator.items[g->lone[k]]) < p->time_ms)
			row_of_lone(g, rows, g->lone[k++]);
		if (group_in_range(g, p->time_ms))
			row_of_call(g, rows, (uint32_t)i);
	}
	while (to >= g->platform.n && k < g->lone_n)
		row_of_lone(g, rows, g->lone[k++]);
}

/* What only the operator has, by its corrected time. */
void rows_list_lone(struct group *g)
{
	struct side *side = &g->operator;
	struct keyed *order;

	side_list_left(side, g->threads);
	order = large_alloc((side->left_n + 1) * sizeof(*order));
	for (size_t k = 0; k < side->left_n; k++)
		order[k] = (struct keyed){ keyed_of_signed(clock_corrected(g, &side->items[side->left[k]])), side->left[k] };
	keyed_sort(order, side->left_n);
	g->lone_n = side->left_n;
	g->lone = xalloc((g->lone_n + 1) * sizeof(*g->lone));
	for (size_t k = 0; k < g->lone_n; k++)
		g->lone[k] = order[k].index;
	large_free(order, (side->left_n + 1) * sizeof(*order));
}

/* --- counting ---------------------------------------------------------------------------- */

struct counting {
	const struct group *g;
	struct reconcile_totals totals[THREADS_MAX];
	uint32_t seen[THREADS_MAX];    /* verdicts: bits */
	struct plots *plots[THREADS_MAX]; /* NULL: none are asked for, or nothing is counted there */
};

static void count_row(struct counting *c, size_t part, const struct reconcile_outcome *row)
{
	const struct group *g = c->g;
	struct reconcile_totals *t = &c->totals[part];
	const struct item *o = row->operator == RECONCILE_NONE ? NULL : &g->operator.items[row->operator];

	t->counts[row->class]++;
	if (row->platform != RECONCILE_NONE && !(o && o->is_copy)) {
		t->platform_records++;
		t->platform_ms += item_duration_ms(&g->platform.items[row->platform]);
	}
	if (o) {
		t->operator_records++;
		t->operator_ms += item_duration_ms(o);
	}
	if (llabs(row->difference_ms) <= g->options->tolerance_ms)
		return;
	c->seen[part] |= 1U << (row->causes == 0 || row->class == RECONCILE_DIFFERS ? RECONCILE_VERDICT_DIFFERS :
										       RECONCILE_EXPLAINED);
}

static void count_blocks(void *context, size_t part, size_t from, size_t to)
{
	struct counting *c = context;
	struct reconcile_rows rows = { 0 };

	if (c->g->options->plots)
		c->plots[part] = plots_begin_part(c->g->plots);
	for (size_t block = from; block < to; block++) {
		rows_of_block(c->g, block, &rows);
		for (size_t i = 0; i < rows.n; i++) {
			count_row(c, part, &rows.list[i]);
			if (c->plots[part])
				plots_row(c->plots[part], c->g, &rows.list[i]);
		}
	}
	reconcile_rows_release(&rows);
}

void totals_add(struct reconcile_totals *sum, const struct reconcile_totals *t)
{
	for (int i = 0; i < RECONCILE_CLASS_COUNT; i++)
		sum->counts[i] += t->counts[i];
	sum->platform_records += t->platform_records;
	sum->operator_records += t->operator_records;
	sum->platform_ms += t->platform_ms;
	sum->operator_ms += t->operator_ms;
	sum->difference_ms += t->difference_ms;
	sum->explained_ms += t->explained_ms;
	sum->unexplained_ms += t->unexplained_ms;
}

void rows_count(struct group *g)
{
	struct counting *c = xalloc(sizeof(*c));
	uint32_t seen = 0;

	c->g = g;
	if (g->options->plots)
		g->plots = plots_begin(g);
	share_out(g->threads, rows_block_count(g), count_blocks, c);
	for (size_t part = 0; part < THREADS_MAX; part++) {
		totals_add(&g->totals, &c->totals[part]);
		seen |= c->seen[part];
		if (!c->plots[part])
			continue;
		plots_merge(g->plots, c->plots[part]);
		plots_free(c->plots[part]);
	}
	g->verdict = seen & 1U << RECONCILE_VERDICT_DIFFERS ? RECONCILE_VERDICT_DIFFERS :
		     seen ? RECONCILE_EXPLAINED : RECONCILE_AGREES;
	free(c);
}
