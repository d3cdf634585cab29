/* How the operator's clocks stand against the platform's: lines of one slope
 * with steps between them, learned by medians from pairs that are certain. */
#include "reconcile/engine_private.h"

#include <stdlib.h>

#define CLUSTER_WIDTH_MS 4000      /* differences of one clock lie this close together */
#define BIN_MS (INT64_C(30) * 60 * 1000)
#define BIN_SAMPLES_MIN 5
#define BIN_SAMPLES_SURE 20        /* of fewer the second clock may have more by chance */
#define JUMP_MS 700                /* neighbouring half hours further apart than this: a step */
#define STEADY_MIN 10              /* slopes that go the same way */
#define OWN_CLOCK_MS 1000          /* a trunk further off than this has a clock of its own */
#define WAY_MIN_MS 60              /* a shorter way through the network disturbs nothing */
#define WAY_MAX_MS 600
#define CROWD ((size_t)100000)     /* differences of one crowd of records that are looked at */
#define CROWD_MIN ((size_t)64)     /* but at least of so many of the platform's records */
#define ALONE_ENOUGH ((size_t)60000) /* differences of records that stand alone; they come in no order of time */
#define KEYS_ENOUGH ((size_t)200000) /* records whose keys will do for a guess */
#define SAMPLES_MAX ((size_t)2000000)

struct sample {
	int64_t time_ms, shift_ms;     /* the platform's time; operator minus platform */
	uint16_t trunk;
	int8_t later;                  /* who saw the moment later: 1 the operator, -1 the platform, 0: not known */
};

struct samples {
	struct sample *list;
	size_t n, capacity;
};

/* Stable: what is equal stays in the order in which it was. */
static void sort_samples(struct sample *list, size_t n, uint64_t (*key)(const struct sample *sample))
{
	struct keyed *order = xalloc((n + 1) * sizeof(*order));
	struct sample *sorted = xalloc((n + 1) * sizeof(*sorted));

	for (size_t i = 0; i < n; i++)
		order[i] = (struct keyed){ key(&list[i]), (uint32_t)i };
	keyed_sort(order, n);
	for (size_t i = 0; i < n; i++)
		sorted[i] = list[order[i].index];
	if (n)
		memcpy(list, sorted, n * sizeof(*list));
	free(sorted);
	free(order);
}

static uint64_t shift_key(const struct sample *sample)
{
	return keyed_of_signed(sample->shift_ms);
}

static uint64_t time_key(const struct sample *sample)
{
	return keyed_of_signed(sample->time_ms);
}

static uint64_t trunk_key(const struct sample *sample)
{
	return sample->trunk;
}

/* By shift, what is equal by time. */
static void sort_by_shift(struct sample *list, size_t n)
{
	sort_samples(list, n, time_key);
	sort_samples(list, n, shift_key);
}

/* By time, what is equal by shift. */
static void sort_by_time(struct sample *list, size_t n)
{
	sort_samples(list, n, shift_key);
	sort_samples(list, n, time_key);
}

static void sort_by_trunk(struct sample *list, size_t n)
{
	sort_by_time(list, n);
	sort_samples(list, n, trunk_key);
}

/* Median of the densest cluster of differences; *inside: how many lie in it.  Reorders the list. */
static int64_t densest(struct sample *list, size_t n, size_t *inside)
{
	size_t best_from = 0, best_n = 0;

	sort_by_shift(list, n);
	for (size_t from = 0, to = 0; from < n; from++) {
		while (to < n && list[to].shift_ms - list[from].shift_ms <= CLUSTER_WIDTH_MS)
			to++;
		if (to - from > best_n) {
			best_n = to - from;
			best_from = from;
		}
	}
	*inside = best_n;
	return best_n ? list[best_from + best_n / 2].shift_ms : 0;
}

int64_t clock_true_shift(const struct clock_model *clock, int64_t t)
{
	size_t part = 0;

	if (!clock->is_known)
		return 0;
	if (clock->n == 1 && clock->ppb == 0)
		return clock->parts[0].shift_ms;
	while (part + 1 < clock->n && t >= clock->parts[part + 1].from_ms)
		part++;
	return clock->parts[part].shift_ms + (t - clock->origin_ms) / 1000 * clock->ppb / 1000000;
}

/* What stamps lose on average that are cut to seconds. */
static int64_t lost_ms(const struct clock_model *clock)
{
	return clock->whole_seconds ? 500 : 0;
}

int64_t clock_shift_at(const struct clock_model *clock, int64_t t)
{
	return clock_true_shift(clock, t) - lost_ms(clock);
}

const struct clock_model *clock_of(const struct group *g, uint16_t trunk)
{
	for (size_t i = 1; trunk && i < g->clocks_n; i++)
		if (g->clocks[i].trunk == trunk)
			return &g->clocks[i];
	return &g->clocks[0];
}

/* --- one clock ------------------------------------------------------------------------- */

/* Medians of half hours. */
struct bins {
	int64_t first_ms;
	size_t n;
	int64_t *shift_ms;             /* INSTANT_NONE: too little is known */
};

static int64_t bin_middle(const struct bins *b, size_t i)
{
	return b->first_ms + (int64_t)i * BIN_MS + BIN_MS / 2;
}

/* Those near a value, [from, to), of a list in order of shift. */
struct near {
	size_t from, to;
};

static struct near near_of(const struct sample *list, size_t n, int64_t value)
{
	struct near near = { 0, 0 };

	while (near.from < n && list[near.from].shift_ms < value - CLUSTER_WIDTH_MS / 2)
		near.from++;
	for (near.to = near.from; near.to < n && list[near.to].shift_ms <= value + CLUSTER_WIDTH_MS / 2;)
		near.to++;
	return near;
}

/* Whether the middle half of those near a value lies closer together than a step is high: what is put together by
 * chance does not. */
static bool is_tight(const struct sample *list, size_t n, int64_t value)
{
	struct near near = near_of(list, n, value);
	size_t count = near.to - near.from;

	return count && list[near.from + count * 3 / 4].shift_ms - list[near.from + count / 4].shift_ms <= JUMP_MS;
}

static int64_t mean_time(const struct sample *list, size_t n)
{
	int64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += list[i].time_ms - list[0].time_ms;
	return list[0].time_ms + sum / (int64_t)n;
}

/* samples in order of time, which within half hours is lost.  Where a part of the records has another clock, each
 * half hour could follow another: it goes on with what came before as long as half as many as elsewhere say so. */
static struct bins make_bins(struct sample *list, size_t n, int64_t last)
{
	struct bins b = { .first_ms = list[0].time_ms / BIN_MS * BIN_MS };
	size_t from = 0;

	b.n = (size_t)((list[n - 1].time_ms - b.first_ms) / BIN_MS) + 1;
	b.shift_ms = xalloc(b.n * sizeof(*b.shift_ms));
	for (size_t i = 0; i < b.n; i++) {
		size_t to = from, inside, on, first_of, i_of;
		struct near near;
		int64_t median;

		while (to < n && (size_t)((list[to].time_ms - b.first_ms) / BIN_MS) <= i)
			to++;
		b.shift_ms[i] = INSTANT_NONE;
		/* At night half hours are put together until they tell something. */
		if (to - from < BIN_SAMPLES_MIN)
			continue;
		first_of = (size_t)((list[from].time_ms - b.first_ms) / BIN_MS);
		i_of = (size_t)((mean_time(list + from, to - from) - b.first_ms) / BIN_MS);
		median = densest(list + from, to - from, &inside);
		near = near_of(list + from, to - from, last);
		on = near.to - near.from;
		if (on * 2 >= inside && on >= BIN_SAMPLES_MIN)
			median = list[from + near.from + on / 2].shift_ms;
		else if (inside * 2 <= to - from || (on * 4 >= inside && to - from < BIN_SAMPLES_SURE))
			inside = 0;
		if (inside >= BIN_SAMPLES_MIN && (first_of == i || is_tight(list + from, to - from, median)))
			last = b.shift_ms[i_of] = median;
		from = to;
	}
	return b;
}

/* Milliseconds a half hour: the median from one known half hour to the next, which a few steps do not disturb. */
static int64_t rough_slope(const struct bins *b)
{
	int64_t *slopes = xalloc((b->n + 1) * sizeof(*slopes)), slope;
	size_t n = 0, last = SIZE_MAX;

	for (size_t i = 0; i < b->n; i++) {
		if (b->shift_ms[i] == INSTANT_NONE)
			continue;
		if (last != SIZE_MAX)
			slopes[n++] = (b->shift_ms[i] - b->shift_ms[last]) / (int64_t)(i - last);
		last = i;
	}
	slope = values_median(slopes, n);
	free(slopes);
	return slope;
}

/* The first half hours of each part: where the shift jumps, beyond what drift brings. */
static size_t find_parts(const struct bins *b, int64_t slope, size_t *starts)
{
	size_t n = 1, last = SIZE_MAX;

	starts[0] = 0;
	for (size_t i = 0; i < b->n; i++) {
		if (b->shift_ms[i] == INSTANT_NONE)
			continue;
		if (last != SIZE_MAX && n < CLOCK_PARTS_MAX &&
		    llabs(b->shift_ms[i] - b->shift_ms[last] - slope * (int64_t)(i - last)) > JUMP_MS)
			starts[n++] = i;
		last = i;
	}
	return n;
}

/* Two jumps in neighbouring half hours are one step, in the middle of the first. */
static size_t join_parts(size_t *starts, size_t n)
{
	size_t kept = 1;

	for (size_t i = 1; i < n; i++) {
		if (i + 1 < n && starts[i + 1] == starts[i] + 1)
			continue;
		starts[kept++] = starts[i];
	}
	return kept;
}

/* Slope in thousandths of a ppm: the median between half hours of one part that lie far apart.  *steady: nearly all
 * of these slopes go the same way. */
static int64_t fine_slope(const struct bins *b, const size_t *starts, size_t parts, bool *steady)
{
	int64_t *slopes = xalloc((b->n + 1) * sizeof(*slopes)), slope;
	size_t n = 0, rising = 0, falling = 0;

	for (size_t p = 0; p < parts; p++) {
		size_t end = p + 1 < parts ? starts[p + 1] : b->n, half = (end - starts[p]) / 2;

		for (size_t i = starts[p]; half && i + half < end; i++)
			if (b->shift_ms[i] != INSTANT_NONE && b->shift_ms[i + half] != INSTANT_NONE)
				slopes[n++] = (b->shift_ms[i + half] - b->shift_ms[i]) * 1000000 /
					      ((int64_t)half * BIN_MS / 1000);
	}
	for (size_t i = 0; i < n; i++) {
		rising += slopes[i] > 0;
		falling += slopes[i] < 0;
	}
	*steady = n >= STEADY_MIN && (rising * 100 >= n * 95 || falling * 100 >= n * 95);
	slope = n >= 3 ? values_median(slopes, n) : 0;
	free(slopes);
	return slope;
}

/* Median shift at the origin of the half hours [from, to) of a part, the slope taken away. */
static int64_t part_shift(const struct bins *b, size_t from, size_t to, const struct clock_model *clock)
{
	int64_t *shifts = xalloc((to - from + 1) * sizeof(*shifts)), median;
	size_t n = 0;

	for (size_t i = from; i < to; i++)
		if (b->shift_ms[i] != INSTANT_NONE)
			shifts[n++] = b->shift_ms[i] - (bin_middle(b, i) - clock->origin_ms) / 1000 * clock->ppb / 1000000;
	median = n ? values_median(shifts, n) : INSTANT_NONE;
	free(shifts);
	return median;
}

/* When the step was, near `about`: the moment that leaves the fewest samples nearer to the wrong side. */
static int64_t step_moment(const struct sample *list, size_t n, const struct clock_model *clock, int64_t about,
			   int64_t before, int64_t after)
{
	int64_t wrong = 0, least = INT64_MAX, last = INSTANT_NONE, from = about, to = about;

	for (size_t i = 0; i < n; i++) {
		int64_t rest, t = list[i].time_ms;
		bool is_before;

		if (t < about - 3 * BIN_MS / 2 || t > about + 3 * BIN_MS / 2)
			continue;
		rest = list[i].shift_ms - (t - clock->origin_ms) / 1000 * clock->ppb / 1000000;
		is_before = llabs(rest - before) < llabs(rest - after);
		if (last == INSTANT_NONE)
			last = t;
		if (wrong < least) {
			least = wrong;
			from = last;
			to = t;
		}
		wrong += is_before ? -1 : 1;
		last = t;
	}
	if (wrong < least)
		from = to = last;
	return to > from ? scope_round_moment(from, to) : to;
}

static int64_t shift_of_part(const struct bins *b, const size_t *starts, size_t parts, size_t p, const struct clock_model *clock)
{
	size_t end = p + 1 < parts ? starts[p + 1] : b->n;

	return part_shift(b, starts[p] + (p > 0 && end - starts[p] > 2), end, clock);
}

/* A half hour that few records tell of may seem to jump; what holds before and after tells whether it did. */
static size_t drop_small_steps(const struct bins *b, size_t *starts, size_t parts, const struct clock_model *clock)
{
	for (size_t p = 1; p < parts;) {
		int64_t before = shift_of_part(b, starts, parts, p - 1, clock), after = shift_of_part(b, starts, parts, p, clock);

		if (before == INSTANT_NONE || after == INSTANT_NONE || llabs(after - before) > JUMP_MS) {
			p++;
			continue;
		}
		memmove(&starts[p], &starts[p + 1], (--parts - p) * sizeof(*starts));
		p = 1;
	}
	return parts;
}

/* Samples of the half hours [from, to) that lie where those would be if the clock went on, or came from, as it stands in
 * half hour `as`.  list in order of time. */
static size_t count_going_on(const struct bins *b, size_t from, size_t to, size_t as, int64_t slope, const struct sample *list,
			     size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		size_t bin = (size_t)((list[i].time_ms - b->first_ms) / BIN_MS);
		int64_t there = b->shift_ms[as] + slope * ((int64_t)bin - (int64_t)as);

		count += bin >= from && bin < to && llabs(list[i].shift_ms - there) <= CLUSTER_WIDTH_MS / 2;
	}
	return count;
}

static size_t known_bin(const struct bins *b, size_t from, size_t to, bool last)
{
	size_t found = SIZE_MAX;

	for (size_t i = from; i < to && (last || found == SIZE_MAX); i++)
		found = b->shift_ms[i] != INSTANT_NONE ? i : found;
	return found;
}

/* Where records have two clocks, half hours in which few stand may have followed the wrong one: they are left out where
 * more of their records go on as the half hours beside them. */
static void leave_out_minor(struct bins *b, const size_t *starts, size_t parts, int64_t slope, const struct sample *list, size_t n)
{
	for (size_t p = 0; p < parts; p++) {
		size_t from = starts[p], to = p + 1 < parts ? starts[p + 1] : b->n, own = known_bin(b, from, to, false), most = 0;
		size_t before = p ? known_bin(b, starts[p - 1], from, true) : SIZE_MAX;
		size_t after = p + 1 < parts ? known_bin(b, to, p + 2 < parts ? starts[p + 2] : b->n, false) : SIZE_MAX;

		if (own == SIZE_MAX)
			continue;
		if (before != SIZE_MAX)
			most = count_going_on(b, from, to, before, slope, list, n);
		if (after != SIZE_MAX && count_going_on(b, from, to, after, slope, list, n) > most)
			most = count_going_on(b, from, to, after, slope, list, n);
		if (most <= count_going_on(b, from, to, own, slope, list, n))
			continue;
		for (size_t i = from; i < to; i++)
			b->shift_ms[i] = INSTANT_NONE;
	}
}

/* list in order of time. */
static void build_parts(struct clock_model *clock, const struct sample *list, size_t n, struct bins *b)
{
	int64_t slope = rough_slope(b);
	size_t starts[CLOCK_PARTS_MAX], parts = join_parts(starts, find_parts(b, slope, starts));

	if (parts > 1) {
		leave_out_minor(b, starts, parts, slope, list, n);
		parts = join_parts(starts, find_parts(b, slope, starts));
	}
	clock->ppb = fine_slope(b, starts, parts, &clock->is_steady);
	parts = drop_small_steps(b, starts, parts, clock);
	clock->n = 0;
	for (size_t p = 0; p < parts; p++) {
		int64_t shift = shift_of_part(b, starts, parts, p, clock);

		if (shift == INSTANT_NONE)
			continue;
		clock->parts[clock->n] = (struct clock_part){ INT64_MIN, shift };
		if (clock->n)
			clock->parts[clock->n].from_ms = step_moment(list, n, clock, b->first_ms + (int64_t)starts[p] * BIN_MS,
								     clock->parts[clock->n - 1].shift_ms, shift);
		clock->n++;
	}
	for (size_t p = 0; p < clock->n; p++)
		clock->parts[p].shift_ms += lost_ms(clock);
}

/* Builds one clock from samples, which it reorders. */
static void build_clock(struct clock_model *clock, struct sample *list, size_t n)
{
	struct bins bins;
	size_t inside;
	int64_t overall;

	clock->is_known = false;
	if (n < BIN_SAMPLES_MIN)
		return;
	overall = densest(list, n, &inside);
	if (inside < BIN_SAMPLES_MIN)
		return;
	clock->is_known = true;
	sort_by_time(list, n);
	clock->until_ms = list[n - 1].time_ms;
	clock->origin_ms = list[0].time_ms + (clock->until_ms - list[0].time_ms) / 2;
	bins = make_bins(list, n, overall);
	sort_by_time(list, n);
	build_parts(clock, list, n, &bins);
	if (clock->n == 0) {
		clock->n = 1;
		clock->ppb = 0;
		clock->parts[0] = (struct clock_part){ INT64_MIN, overall + lost_ms(clock) };
	}
	free(bins.shift_ms);
}

/* --- all clocks -------------------------------------------------------------------------- */

/* Samples of one trunk that the operator's own clock does not explain. */
static bool stands_apart(const struct clock_model *clock, const struct sample *list, size_t n)
{
	size_t far = 0;

	for (size_t i = 0; i < n; i++)
		far += llabs(list[i].shift_ms - clock_shift_at(clock, list[i].time_ms)) > OWN_CLOCK_MS;
	return n >= RECONCILE_EVIDENCE_MIN && far * 2 > n;
}

static bool has_whole_seconds(const struct side_facts *f)
{
	return f->records >= RECONCILE_EVIDENCE_MIN && f->whole_seconds * 100 >= f->records * 95;
}

static void build_clocks(struct group *g, struct samples *s)
{
	bool whole = has_whole_seconds(&g->operator_facts) && !has_whole_seconds(&g->platform_facts);
	struct sample *rest = xalloc((s->n + 1) * sizeof(*rest));
	size_t end, kept = 0, own = 0;

	memset(g->clocks, 0, sizeof(g->clocks));
	g->clocks_n = 1;
	g->clocks[0].whole_seconds = whole;
	build_clock(&g->clocks[0], s->list, s->n);
	sort_by_trunk(s->list, s->n);
	for (size_t i = 0; g->clocks[0].is_known && i < s->n; i = end) {
		struct clock_model *clock = &g->clocks[g->clocks_n];

		end = i;
		while (end < s->n && s->list[end].trunk == s->list[i].trunk)
			end++;
		if (s->list[i].trunk && g->clocks_n < CLOCKS_MAX && stands_apart(&g->clocks[0], s->list + i, end - i)) {
			clock->whole_seconds = whole;
			clock->trunk = s->list[i].trunk;
			build_clock(clock, s->list + i, end - i);
			g->clocks_n += clock->is_known;
			own += clock->is_known ? end - i : 0;
		} else {
			memcpy(rest + kept, s->list + i, (end - i) * sizeof(*rest));
			kept += end - i;
		}
	}
	if (own && kept)
		build_clock(&g->clocks[0], rest, kept);
	free(rest);
}

/* Which side saw later the moment that item_shift() compares: the one whose end of the trunk it did not come from. */
static int8_t seen_later(const struct item *p, const struct item *o)
{
	bool outbound = p->direction == DIRECTION_OUTBOUND;

	if (p->direction == DIRECTION_ABSENT)
		return 0;
	if (p->has_start && o->has_start)
		return outbound ? 1 : -1;
	if (item_answer_stamp(p) != INSTANT_NONE && item_answer_stamp(o) != INSTANT_NONE)
		return outbound ? -1 : 1;
	if (p->released_by == RELEASED_ABSENT)
		return 0;
	return (p->released_by == RELEASED_BY_CALLER) == outbound ? 1 : -1;
}

static void sample_add(const struct group *g, struct samples *s, const struct item *p, const struct item *o)
{
	int64_t shift;

	if (!item_shift(p, o, &shift) || s->n >= SAMPLES_MAX)
		return;
	if (s->n == s->capacity) {
		s->capacity = s->capacity ? 2 * s->capacity : 1024;
		s->list = xrealloc(s->list, s->capacity * sizeof(*s->list));
	}
	s->list[s->n++] = (struct sample){ stamped_ms(g, p), shift, p->trunk, seen_later(p, o) };
}

/* --- the way through the network ------------------------------------------------------------ */

/* Median shift of those in the half hour that one side saw later; false of too few. */
static bool median_of_later(const struct sample *list, size_t n, int8_t later, int64_t *values, int64_t *median)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		if (list[i].later == later)
			values[count++] = list[i].shift_ms;
	*median = values_median(values, count);
	return count >= BIN_SAMPLES_MIN;
}

/* What the platform begins the operator sees later by the way through the network, what the operator begins it sees
 * earlier: half of what lies between the two is the way, and the clock stands in the middle.  list in order of time. */
static int64_t one_way_ms(const struct sample *list, size_t n)
{
	int64_t *values = xalloc((n + 1) * sizeof(*values)), *ways = xalloc((n + 1) * sizeof(*ways)), way;
	size_t ways_n = 0;

	for (size_t from = 0, to; from < n; from = to) {
		int64_t by_platform, by_operator;

		for (to = from; to < n && list[to].time_ms / BIN_MS == list[from].time_ms / BIN_MS;)
			to++;
		if (median_of_later(list + from, to - from, 1, values, &by_platform) &&
		    median_of_later(list + from, to - from, -1, values, &by_operator))
			ways[ways_n++] = (by_platform - by_operator) / 2;
	}
	way = values_median(ways, ways_n);
	free(values);
	free(ways);
	return ways_n && way >= WAY_MIN_MS && way <= WAY_MAX_MS ? way : 0;
}

static void take_way_away(struct samples *s)
{
	int64_t way;

	sort_by_time(s->list, s->n);
	way = one_way_ms(s->list, s->n);
	for (size_t i = 0; way && i < s->n; i++)
		s->list[i].shift_ms -= s->list[i].later * way;
}

void clock_learn(struct group *g, const struct pair_sample *sample)
{
	struct samples s = { 0 };

	for (size_t i = 0; i < sample->n; i++) {
		const struct item *p = &g->platform.items[sample->list[i]];

		sample_add(g, &s, p, &g->operator.items[p->partner]);
	}
	take_way_away(&s);
	if (s.n >= BIN_SAMPLES_MIN)
		build_clocks(g, &s);
	free(s.list);
}

/* --- from numbers alone --------------------------------------------------------------------- */

static uint64_t guess_key(const struct group *g, const struct item *item, int by)
{
	if (by == 0)
		return numbers_key(g, item);
	return number_tail(by == 1 ? item->callee : item->caller);
}

/* Of one in so many keys both sides' records. */
struct guessing {
	const struct group *g;
	int by;
	uint64_t one_in;
	struct keyed *list[2];
	size_t n[2];
};

static void index_sides(void *context, size_t part, size_t from, size_t to)
{
	struct guessing *q = context;

	(void)part;
	for (size_t which = from; which < to; which++) {
		const struct side *side = which == RECONCILE_PLATFORM ? &q->g->platform : &q->g->operator;
		struct keyed *list = xalloc((side->n + 1) * sizeof(*list));
		size_t n = 0;

		for (size_t i = 0; i < side->n; i++) {
			uint64_t key = guess_key(q->g, &side->items[i], q->by);

			if (key && keyed_is_one_in(key, q->one_in))
				list[n++] = (struct keyed){ key, (uint32_t)i };
		}
		keyed_sort(list, n);
		q->list[which] = list;
		q->n[which] = n;
	}
}

/* Differences of all that could belong together: of records that stand alone, or of crowds, thinned. */
static void compare_all(struct group *g, const struct keyed *p, size_t pn, const struct keyed *o, size_t on, bool crowds,
			struct samples *s)
{
	size_t wanted = CROWD / on > CROWD_MIN ? CROWD / on : CROWD_MIN, step = crowds && pn > wanted ? pn / wanted : 1;

	if (!crowds && pn * on > 1)
		return;
	for (size_t a = 0; a < pn; a += step)
		for (size_t b = 0; b < on; b++)
			sample_add(g, s, &g->platform.items[p[a].index], &g->operator.items[o[b].index]);
}

/* Of one in so many keys: those of many records tell enough. */
static void collect_guesses(struct group *g, int by, bool crowds, uint64_t one_in, struct samples *s)
{
	struct guessing q = { .g = g, .by = by, .one_in = one_in };
	struct keyed_match m = { 0 };

	share_out(g->threads, 2, index_sides, &q);
	m.p = q.list[RECONCILE_PLATFORM];
	m.pn = q.n[RECONCILE_PLATFORM];
	m.o = q.list[RECONCILE_OPERATOR];
	m.on = q.n[RECONCILE_OPERATOR];
	while ((crowds || s->n < ALONE_ENOUGH) && keyed_match_next(&m))
		compare_all(g, m.p + m.p_from, m.p_end - m.p_from, m.o + m.o_from, m.o_end - m.o_from, crowds, s);
	free(q.list[RECONCILE_PLATFORM]);
	free(q.list[RECONCILE_OPERATOR]);
}

/* In a crowd most differences are of records that do not belong together: only the densest are kept. */
static void keep_densest(struct samples *s)
{
	size_t inside, kept = 0;
	int64_t peak = densest(s->list, s->n, &inside);

	for (size_t i = 0; i < s->n; i++)
		if (llabs(s->list[i].shift_ms - peak) <= CLUSTER_WIDTH_MS)
			s->list[kept++] = s->list[i];
	s->n = kept;
}

void clock_guess(struct group *g)
{
	struct samples s = { 0 };
	uint64_t one_in = g->platform.n / KEYS_ENOUGH + 1;

	for (int by = 0; by < 3 && s.n < RECONCILE_EVIDENCE_MIN; by++)
		collect_guesses(g, by, false, one_in, &s);
	for (int by = 0; by < 3 && one_in > 1 && s.n < RECONCILE_EVIDENCE_MIN; by++)
		collect_guesses(g, by, false, 1, &s);
	if (s.n < RECONCILE_EVIDENCE_MIN) {
		for (int by = 0; by < 3 && s.n < RECONCILE_EVIDENCE_MIN; by++)
			collect_guesses(g, by, true, 1, &s);
		if (s.n)
			keep_densest(&s);
	}
	if (s.n)
		build_clocks(g, &s);
	free(s.list);
}

int64_t clock_corrected(const struct group *g, const struct item *o)
{
	const struct clock_model *clock = clock_of(g, o->trunk);
	/* The model is by the platform's time, which is what is looked for: twice brings it near enough. */
	int64_t shift = clock_shift_at(clock, o->time_ms - clock_shift_at(clock, o->time_ms));

	return o->time_ms - clock_shift_at(clock, o->time_ms - shift);
}
