#include "reconcile/plots.h"

#include "base/arena.h"

#include <assert.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>

#define SHIFT_LINEAR_MS 50
#define SHIFT_LINEAR_EDGES 20      /* up to a second */
#define SHIFT_STEPS 40             /* in each power of ten */
#define DURATION_LEAST_MS 100
#define DURATION_STEPS 16

/* --- scales -------------------------------------------------------------------------- */

/* Rising edges of cells, the first of which is 0. */
struct scale {
	int64_t edges[PLOT_SHIFT_EDGES];
	size_t n;
	uint16_t of_power[65];         /* the last edge that is no more than this power of two: where a search begins */
};

static struct scale shifts = { .n = PLOT_SHIFT_EDGES }, durations = { .n = PLOT_DURATION_EDGES };
static pthread_once_t scales_once = PTHREAD_ONCE_INIT;

static void list_powers(struct scale *scale)
{
	uint16_t at = 0;

	for (int power = 0; power < 63; power++) {
		while (at + 1U < scale->n && scale->edges[at + 1] <= INT64_C(1) << power)
			at++;
		scale->of_power[power] = at;
	}
	scale->of_power[63] = scale->of_power[64] = (uint16_t)(scale->n - 1);
}

static void make_scales(void)
{
	for (int i = 0; i < PLOT_SHIFT_EDGES; i++)
		shifts.edges[i] = i <= SHIFT_LINEAR_EDGES ?
					 (int64_t)i * SHIFT_LINEAR_MS :
					 llround(1000.0 * pow(10.0, (i - SHIFT_LINEAR_EDGES) / (double)SHIFT_STEPS));
	for (int i = 1; i < PLOT_DURATION_EDGES; i++)
		durations.edges[i] = llround(DURATION_LEAST_MS * pow(10.0, (i - 1) / (double)DURATION_STEPS));
	list_powers(&shifts);
	list_powers(&durations);
}

int64_t plot_scale_shift(size_t edge)
{
	pthread_once(&scales_once, make_scales);
	return shifts.edges[edge];
}

int64_t plot_scale_duration(size_t edge)
{
	pthread_once(&scales_once, make_scales);
	return durations.edges[edge];
}

/* The last edge that is no more than the value, which is not negative. */
static size_t edge_before(const struct scale *scale, int64_t value)
{
	int power = 63 - __builtin_clzll((unsigned long long)value | 1);
	size_t low = value ? scale->of_power[power] : 0, high = scale->of_power[power + 1] + (size_t)1;

	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		if (scale->edges[middle] <= value)
			low = middle;
		else
			high = middle;
	}
	return low;
}

size_t plots_shift_cell(int64_t shift_ms)
{
	const size_t half = PLOT_SHIFT_EDGES - 1;
	size_t cell;

	pthread_once(&scales_once, make_scales);
	cell = edge_before(&shifts, shift_ms < 0 ? -(shift_ms + 1) : shift_ms);
	cell = cell < half ? cell : half - 1;
	return shift_ms < 0 ? half - 1 - cell : half + cell;
}

size_t plots_duration_cell(int64_t ms)
{
	pthread_once(&scales_once, make_scales);
	return edge_before(&durations, ms);
}

size_t plots_difference_cell(int64_t ms)
{
	int64_t second = ms >= 0 ? (ms + 500) / 1000 : -((-ms + 500) / 1000);

	if (second < -PLOT_DIFFERENCE_SECONDS)
		return 0;
	if (second > PLOT_DIFFERENCE_SECONDS)
		return PLOT_DIFFERENCES - 1;
	return (size_t)(second + PLOT_DIFFERENCE_SECONDS + 1);
}

/* --- bins of time ---------------------------------------------------------------------- */

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Each width is a whole multiple of the one before. */
static int64_t bin_width(int64_t from_ms, int64_t to_ms)
{
	static const int64_t minutes[] = { 5, 15, 60, 360, 1440, 10080 };
	size_t i = 0;
	int64_t width = minutes[0] * 60000;

	while (floor_div(to_ms, width) - floor_div(from_ms, width) >= PLOT_BINS_MAX) {
		i++;
		width = i < sizeof(minutes) / sizeof(minutes[0]) ? minutes[i] * 60000 : 2 * width;
	}
	return width;
}

static void set_frame(struct plots *p, int64_t from_ms, int64_t to_ms)
{
	p->from_ms = from_ms;
	p->to_ms = to_ms;
	p->bins = 0;
	if (from_ms == INSTANT_NONE)
		return;
	p->bin_ms = bin_width(from_ms, to_ms);
	p->first_bin = floor_div(from_ms, p->bin_ms);
	p->bins = (size_t)(floor_div(to_ms, p->bin_ms) - p->first_bin) + 1;
	for (int i = 0; i < 2; i++)
		p->shifts[i] = xalloc(p->bins * PLOT_SHIFTS * sizeof(*p->shifts[i]));
}

/* The bin of a time; bins when it lies outside. */
static size_t bin_of(const struct plots *p, int64_t ms)
{
	if (p->bins == 0 || ms < p->from_ms || ms > p->to_ms)
		return p->bins;
	return (size_t)(floor_div(ms, p->bin_ms) - p->first_bin);
}

/* Where a bin of other plots falls. */
static size_t bin_into(const struct plots *p, const struct plots *other, size_t bin)
{
	return (size_t)(floor_div((other->first_bin + (int64_t)bin) * other->bin_ms, p->bin_ms) - p->first_bin);
}

static void add_bins(const struct plots *p, uint32_t *into, const struct plots *other, const uint32_t *from)
{
	for (size_t i = 0; i < other->bins; i++)
		into[bin_into(p, other, i)] += from[i];
}

static void add_shifts(struct plots *p, const struct plots *other)
{
	for (int which = 0; which < 2; which++) {
		for (size_t i = 0; i < other->bins; i++) {
			uint32_t *into = p->shifts[which] + bin_into(p, other, i) * PLOT_SHIFTS;
			const uint32_t *from = other->shifts[which] + i * PLOT_SHIFTS;

			for (size_t k = 0; k < PLOT_SHIFTS; k++)
				into[k] += from[k];
		}
	}
}

/* Bins move into those of a wider frame. */
static void widen_frame(struct plots *p, int64_t from_ms, int64_t to_ms)
{
	struct plots old = *p;

	if (old.bins && from_ms >= old.from_ms && to_ms <= old.to_ms)
		return;
	if (old.bins) {
		from_ms = from_ms < old.from_ms ? from_ms : old.from_ms;
		to_ms = to_ms > old.to_ms ? to_ms : old.to_ms;
	}
	set_frame(p, from_ms, to_ms);
	for (int c = 0; c < RECONCILE_CLASS_COUNT; c++) {
		memset(p->classes[c], 0, sizeof(p->classes[c]));
		add_bins(p, p->classes[c], &old, old.classes[c]);
	}
	memset(p->unanswered, 0, sizeof(p->unanswered));
	for (int side = 0; side < 2; side++)
		add_bins(p, p->unanswered[side], &old, old.unanswered[side]);
	for (size_t s = 0; s < p->strip_count; s++) {
		struct plot_strip before = p->strips[s];

		p->strips[s] = (struct plot_strip){ .key = before.key };
		add_bins(p, p->strips[s].platform, &old, before.platform);
		add_bins(p, p->strips[s].reported, &old, before.reported);
	}
	add_shifts(p, &old);
	free(old.shifts[0]);
	free(old.shifts[1]);
}

/* --- strips ------------------------------------------------------------------------------ */

/* The place of a key, or where it belongs. */
static size_t strip_place(const struct plots *p, uint16_t key)
{
	size_t low = 0, high = p->strip_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (p->strips[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct plot_strip *strip_put(struct plots *p, uint16_t key)
{
	size_t at = strip_place(p, key);

	if (at < p->strip_count && p->strips[at].key == key)
		return &p->strips[at];
	if (key != PLOT_STRIP_OTHERS && strip_place(p, PLOT_STRIP_OTHERS) >= PLOT_STRIPS_MAX)
		return strip_put(p, PLOT_STRIP_OTHERS);
	p->strips = xrealloc(p->strips, (p->strip_count + 1) * sizeof(*p->strips));
	memmove(p->strips + at + 1, p->strips + at, (p->strip_count - at) * sizeof(*p->strips));
	p->strips[at] = (struct plot_strip){ .key = key };
	p->strip_count++;
	return &p->strips[at];
}

/* Trunks that were not named share a strip. */
static void count_in_strip(struct plots *p, const struct plot_call *call, size_t bin)
{
	size_t at = strip_place(p, call->platform->trunk);
	struct plot_strip *strip = at < p->strip_count && p->strips[at].key == call->platform->trunk ?
					   &p->strips[at] :
					   strip_put(p, PLOT_STRIP_OTHERS);

	strip->platform[bin]++;
	strip->reported[bin] += call->operator != NULL;
}

/* --- rows that are kept -------------------------------------------------------------------- */

int64_t plot_row_unexplained_ms(const struct plot_row *row)
{
	return row->outcome.difference_ms - row->explained_ms;
}

static int compare_sizes(int64_t a, int64_t b)
{
	return (llabs(a) > llabs(b)) - (llabs(a) < llabs(b));
}

int plot_row_compare(const struct plot_row *a, const struct plot_row *b)
{
	int order = compare_sizes(plot_row_unexplained_ms(a), plot_row_unexplained_ms(b));

	if (order == 0)
		order = compare_sizes(a->outcome.difference_ms, b->outcome.difference_ms);
	return order ? order : (a->hash < b->hash) - (a->hash > b->hash);
}

static uint64_t hash_of(const struct plot_call *call)
{
	return hash64_u64(call->platform ? call->platform->id : 0, call->operator ? call->operator->id : 0);
}

static struct plot_row row_of(const struct plot_call *call)
{
	struct plot_row row = { .outcome = call->outcome, .time_ms = call->time_ms, .explained_ms = call->explained_ms,
				.platform.answer_ms = INSTANT_NONE };

	if (call->platform)
		row.platform = *call->platform;
	if (call->operator)
		row.operator = *call->operator;
	row.hash = hash_of(call);
	return row;
}

static void swap_rows(struct plot_row *a, struct plot_row *b)
{
	struct plot_row t = *a;

	*a = *b;
	*b = t;
}

static void sift_up(struct plot_row *list, size_t at)
{
	while (at > 0 && plot_row_compare(&list[at], &list[(at - 1) / 2]) < 0) {
		swap_rows(&list[at], &list[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
}

static void sift_down(struct plot_row *list, size_t n)
{
	size_t at = 0, child;

	while ((child = 2 * at + 1) < n) {
		if (child + 1 < n && plot_row_compare(&list[child + 1], &list[child]) < 0)
			child++;
		if (plot_row_compare(&list[at], &list[child]) <= 0)
			return;
		swap_rows(&list[at], &list[child]);
		at = child;
	}
}

static void keep_row(struct plot_rows *rows, const struct plot_row *row)
{
	if (rows->n == PLOT_ROWS_MAX) {
		if (plot_row_compare(row, &rows->list[0]) <= 0)
			return;
		rows->list[0] = *row;
		sift_down(rows->list, rows->n);
		return;
	}
	if (rows->n == rows->capacity) {
		rows->capacity = rows->capacity ? 2 * rows->capacity : 16;
		rows->list = xrealloc(rows->list, rows->capacity * sizeof(*rows->list));
	}
	rows->list[rows->n] = *row;
	sift_up(rows->list, rows->n++);
}

/* Whether it is clear without a row that the call is smaller than all that are kept. */
static bool is_small(const struct plot_rows *rows, const struct plot_call *call)
{
	const struct plot_row *least = rows->list;
	int order;

	if (rows->n < PLOT_ROWS_MAX)
		return false;
	order = compare_sizes(call->outcome.difference_ms - call->explained_ms, plot_row_unexplained_ms(least));
	order = order ? order : compare_sizes(call->outcome.difference_ms, least->outcome.difference_ms);
	return order < 0;
}

/* Most calls agree and are no row, or no large one: that is seen before one is made. */
static void keep_call(struct plots *p, const struct plot_call *call)
{
	struct plot_rows *rows = &p->rows[call->outcome.class];
	struct plot_row row;

	if (call->outcome.class == RECONCILE_AGREED && llabs(call->outcome.difference_ms) <= p->tolerance_ms)
		return;
	if ((call->is_further && call->outcome.class != RECONCILE_DUPLICATE) || is_small(rows, call))
		return;
	row = row_of(call);
	keep_row(rows, &row);
}

/* --- examples -------------------------------------------------------------------------------- */

/* What few causes are at work on shows one best, and an answered call more than another. */
static bool comes_before(uint32_t causes, bool answered, uint64_t hash, const struct plot_row *row)
{
	int more = __builtin_popcount(causes) - __builtin_popcount(row->outcome.causes);
	bool other_answered = row->platform.answer_ms != INSTANT_NONE;

	if (more)
		return more < 0;
	return answered != other_answered ? answered : hash < row->hash;
}

/* Where among the examples it belongs; PLOT_EXAMPLES: nowhere. */
static size_t example_place(const struct plot_examples *kept, uint32_t causes, bool answered, uint64_t hash)
{
	size_t at = kept->n;

	while (at > 0 && comes_before(causes, answered, hash, &kept->rows[at - 1]))
		at--;
	return at;
}

static void put_example(struct plot_examples *kept, size_t at, const struct plot_row *row)
{
	if (kept->n < PLOT_EXAMPLES)
		kept->n++;
	memmove(kept->rows + at + 1, kept->rows + at, (kept->n - 1 - at) * sizeof(kept->rows[0]));
	kept->rows[at] = *row;
}

static size_t call_place(const struct plot_examples *kept, const struct plot_call *call)
{
	bool answered = call->platform && call->platform->answer_ms != INSTANT_NONE;

	return example_place(kept, call->outcome.causes, answered, hash_of(call));
}

bool plots_take_example(const struct plots *p, size_t cause, const struct plot_call *call)
{
	return call_place(&p->examples[cause], call) < PLOT_EXAMPLES;
}

static void keep_example(struct plot_examples *kept, const struct plot_call *call)
{
	size_t at = call_place(kept, call);
	struct plot_row row;

	if (at == PLOT_EXAMPLES)
		return; /* as most are: it need not be made a row */
	row = row_of(call);
	put_example(kept, at, &row);
}

void plots_add_example(struct plots *p, size_t cause, const struct plot_call *call)
{
	keep_example(&p->examples[cause], call);
}

static struct plot_examples *examples_of_second(struct plots *p, size_t cell)
{
	if (!p->seconds[cell])
		p->seconds[cell] = xalloc(sizeof(*p->seconds[cell]));
	return p->seconds[cell];
}

static void merge_examples(struct plot_examples *into, const struct plot_examples *from)
{
	for (size_t i = 0; i < from->n; i++) {
		const struct plot_row *row = &from->rows[i];
		size_t at = example_place(into, row->outcome.causes, row->platform.answer_ms != INSTANT_NONE, row->hash);

		if (at < PLOT_EXAMPLES)
			put_example(into, at, row);
	}
}

/* --- all together ---------------------------------------------------------------------------- */

struct plots *plots_new(int64_t from_ms, int64_t to_ms, const uint16_t *trunks, size_t trunk_count, size_t cause_count,
			int64_t tolerance_ms)
{
	struct plots *p = xalloc(sizeof(*p));

	assert(trunk_count <= PLOT_STRIPS_MAX);
	p->tolerance_ms = tolerance_ms;
	p->cause_count = cause_count;
	p->examples = xalloc((cause_count + 1) * sizeof(*p->examples));
	set_frame(p, from_ms, to_ms);
	for (size_t i = 0; i < trunk_count; i++)
		strip_put(p, trunks[i]);
	return p;
}

void plots_free(struct plots *p)
{
	if (!p)
		return;
	for (int c = 0; c < RECONCILE_CLASS_COUNT; c++)
		free(p->rows[c].list);
	free(p->shifts[0]);
	free(p->shifts[1]);
	for (size_t k = 0; k < PLOT_DIFFERENCES; k++)
		free(p->seconds[k]);
	free(p->strips);
	free(p->examples);
	free(p);
}

static void count_pair(struct plots *p, const struct plot_call *call, size_t bin)
{
	size_t cell = plots_difference_cell(call->outcome.difference_ms);

	p->differences[0][cell]++;
	if (cell != PLOT_DIFFERENCE_SECONDS + 1)
		keep_example(examples_of_second(p, cell), call);
	p->differences[1][plots_difference_cell(call->outcome.difference_ms - call->explained_ms)]++;
	if (call->platform_ms > 0 || call->operator_ms > 0)
		p->durations[plots_duration_cell(call->platform_ms)][plots_duration_cell(call->operator_ms)]++;
	if (bin == p->bins || call->shift_ms == INSTANT_NONE)
		return;
	p->shift_count++;
	p->shifts[0][bin * PLOT_SHIFTS + plots_shift_cell(call->shift_ms)]++;
	p->shifts[1][bin * PLOT_SHIFTS + plots_shift_cell(call->shift_ms - call->clock_ms)]++;
}

/* Of a call that one side alone has and that was never connected there is nothing to agree on. */
static void count_unanswered(struct plots *p, const struct plot_call *call, size_t bin)
{
	enum reconcile_side side = call->platform ? RECONCILE_PLATFORM : RECONCILE_OPERATOR;

	if ((call->platform && call->operator) || call->platform_ms > 0 || call->operator_ms > 0)
		return;
	p->unanswered_count[side]++;
	if (bin < p->bins)
		p->unanswered[side][bin]++;
}

void plots_add(struct plots *p, const struct plot_call *call)
{
	size_t bin = bin_of(p, call->time_ms);

	p->explained_ms += call->explained_ms;
	if (bin == p->bins)
		p->outside++;
	else
		p->classes[call->outcome.class][bin]++;
	count_unanswered(p, call, bin);
	if (!call->is_further && bin < p->bins && call->platform && call->platform_ms > 0)
		count_in_strip(p, call, bin);
	if (!call->is_further && call->platform && call->operator)
		count_pair(p, call, bin);
	keep_call(p, call);
}

/* All but strips, rows and examples. */
static void merge_counts(struct plots *into, const struct plots *from)
{
	if (from->bins)
		widen_frame(into, from->from_ms, from->to_ms);
	into->outside += from->outside;
	into->explained_ms += from->explained_ms;
	into->shift_count += from->shift_count;
	for (int c = 0; c < RECONCILE_CLASS_COUNT; c++)
		add_bins(into, into->classes[c], from, from->classes[c]);
	for (int side = 0; side < 2; side++) {
		into->unanswered_count[side] += from->unanswered_count[side];
		add_bins(into, into->unanswered[side], from, from->unanswered[side]);
	}
	add_shifts(into, from);
	for (int which = 0; which < 2; which++)
		for (size_t k = 0; k < PLOT_DIFFERENCES; k++)
			into->differences[which][k] += from->differences[which][k];
	for (size_t x = 0; x < PLOT_DURATIONS; x++)
		for (size_t y = 0; y < PLOT_DURATIONS; y++)
			into->durations[x][y] += from->durations[x][y];
}

static void add_strip(struct plots *into, uint16_t key, const struct plots *from, const struct plot_strip *strip)
{
	struct plot_strip *own = strip_put(into, key);

	add_bins(into, own->platform, from, strip->platform);
	add_bins(into, own->reported, from, strip->reported);
}

void plots_merge(struct plots *into, const struct plots *from)
{
	assert(into->cause_count == from->cause_count);
	merge_counts(into, from);
	for (size_t s = 0; s < from->strip_count; s++)
		add_strip(into, from->strips[s].key, from, &from->strips[s]);
	for (int c = 0; c < RECONCILE_CLASS_COUNT; c++)
		for (size_t i = 0; i < from->rows[c].n; i++)
			keep_row(&into->rows[c], &from->rows[c].list[i]);
	for (size_t k = 0; k < from->cause_count; k++)
		merge_examples(&into->examples[k], &from->examples[k]);
	for (size_t k = 0; k < PLOT_DIFFERENCES; k++)
		if (from->seconds[k])
			merge_examples(examples_of_second(into, k), from->seconds[k]);
}

void plots_add_operator(struct plots *all, const struct plots *operator, uint16_t key)
{
	merge_counts(all, operator);
	for (size_t s = 0; s < operator->strip_count; s++)
		add_strip(all, key, operator, &operator->strips[s]);
}
