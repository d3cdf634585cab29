/* Which records of one key come near each other in time.
 *
 * Both sides go by in order of time, as the operator's clock shows it.  Each key
 * that was seen lately has a cluster that waits for more; once nothing came for
 * as long as a window reaches, it is complete.  So only what is near in time is
 * ever touched, and it lies near in memory, too.
 *
 * The day may be cut into parts for threads: what a cut goes through is put
 * together again afterwards. */
#include "reconcile/engine_private.h"

#include <stdlib.h>

#define FEW 3
#define SLOTS_FIRST 1024
#define NOBODY UINT32_MAX
#define MS_FOREVER (INT64_MAX / 4)
#define AHEAD 12                   /* records that are fetched before their turn: of what is left the cache cannot guess it */
#define PART_MIN ((size_t)4096)    /* records that are worth a thread */

struct indexes {
	uint32_t n, capacity;
	union {
		uint32_t few[FEW];
		uint32_t *many;        /* once there were more than FEW */
	};
};

struct cluster {
	uint64_t key;
	int64_t first_ms, last_ms;
	uint32_t older, newer;         /* by when the last record came */
	uint32_t next;                 /* in its slot, or among those that wait for the part before */
	bool is_first;                 /* what came before may be in the part before */
	struct indexes p, o;
};

/* One part of the day. */
struct part {
	const struct meeting *meeting;
	void *worker;
	int64_t begin_ms;              /* INT64_MIN: nothing comes before */
	const uint32_t *p, *o;         /* in order of time; NULL: 0, 1, 2... */
	size_t p_at, p_end, o_at, o_end;
	struct cluster *clusters;
	uint32_t n, capacity, free;    /* free: linked by next */
	uint32_t *slots;
	size_t slot_count, live;
	uint32_t oldest, newest;
	uint32_t waiting;              /* complete, but for the part before */
	int64_t reached_ms;
};

/* --- lists ------------------------------------------------------------------------------- */

static const uint32_t *indexes_list(const struct indexes *x)
{
	return x->capacity ? x->many : x->few;
}

static void indexes_add(struct indexes *x, uint32_t index)
{
	uint32_t *more;

	if (x->n < (x->capacity ? x->capacity : FEW)) {
		if (x->capacity)
			x->many[x->n++] = index;
		else
			x->few[x->n++] = index;
		return;
	}
	more = xrealloc(x->capacity ? x->many : NULL, 2 * (size_t)x->n * sizeof(*more));
	if (!x->capacity)
		memcpy(more, x->few, sizeof(x->few));
	x->many = more;
	x->capacity = 2 * x->n;
	x->many[x->n++] = index;
}

static void indexes_release(struct indexes *x)
{
	if (x->capacity)
		free(x->many);
	x->n = x->capacity = 0;
}

static void indexes_append(struct indexes *x, const struct indexes *more)
{
	for (uint32_t i = 0; i < more->n; i++)
		indexes_add(x, indexes_list(more)[i]);
}

/* --- clusters of one part ------------------------------------------------------------------ */

static size_t slot_of(const struct part *part, uint64_t key)
{
	return key * UINT64_C(0x9e3779b97f4a7c15) >> 32 & (part->slot_count - 1);
}

static void unlink_age(struct part *part, uint32_t c)
{
	struct cluster *cluster = &part->clusters[c];

	if (cluster->older == NOBODY)
		part->oldest = cluster->newer;
	else
		part->clusters[cluster->older].newer = cluster->newer;
	if (cluster->newer == NOBODY)
		part->newest = cluster->older;
	else
		part->clusters[cluster->newer].older = cluster->older;
}

static void link_newest(struct part *part, uint32_t c)
{
	part->clusters[c].older = part->newest;
	part->clusters[c].newer = NOBODY;
	if (part->newest == NOBODY)
		part->oldest = c;
	else
		part->clusters[part->newest].newer = c;
	part->newest = c;
}

static void unlink_slot(struct part *part, uint32_t c)
{
	uint32_t *at = &part->slots[slot_of(part, part->clusters[c].key)];

	while (*at != c)
		at = &part->clusters[*at].next;
	*at = part->clusters[c].next;
	part->live--;
}

static void complete(const struct part *part, struct cluster *c)
{
	if (c->p.n && c->o.n)
		part->meeting->found(part->worker, indexes_list(&c->p), c->p.n, indexes_list(&c->o), c->o.n);
	indexes_release(&c->p);
	indexes_release(&c->o);
}

static void close_oldest(struct part *part)
{
	uint32_t c = part->oldest;
	struct cluster *cluster = &part->clusters[c];

	unlink_age(part, c);
	unlink_slot(part, c);
	if (cluster->is_first) {
		cluster->next = part->waiting;
		part->waiting = c;
		return;
	}
	complete(part, cluster);
	cluster->next = part->free;
	part->free = c;
}

static void resize_slots(struct part *part)
{
	part->slot_count = part->slot_count ? 4 * part->slot_count : SLOTS_FIRST;
	part->slots = xrealloc(part->slots, part->slot_count * sizeof(*part->slots));
	memset(part->slots, 0xff, part->slot_count * sizeof(*part->slots));
	for (uint32_t c = part->oldest; c != NOBODY; c = part->clusters[c].newer) {
		size_t slot = slot_of(part, part->clusters[c].key);

		part->clusters[c].next = part->slots[slot];
		part->slots[slot] = c;
	}
}

static uint32_t open_cluster(struct part *part, uint64_t key, int64_t ms)
{
	uint32_t c = part->free;
	size_t slot;

	if (part->live == part->slot_count)
		resize_slots(part);
	if (c != NOBODY) {
		part->free = part->clusters[c].next;
	} else {
		if (part->n == part->capacity) {
			part->capacity = part->capacity ? 2 * part->capacity : 256;
			part->clusters = xrealloc(part->clusters, part->capacity * sizeof(*part->clusters));
		}
		c = part->n++;
	}
	slot = slot_of(part, key);
	part->clusters[c] = (struct cluster){ .key = key, .first_ms = ms, .next = part->slots[slot] };
	part->clusters[c].is_first = part->begin_ms != INT64_MIN && ms <= part->begin_ms + part->meeting->gap_ms;
	part->slots[slot] = c;
	part->live++;
	return c;
}

static uint32_t find_cluster(const struct part *part, uint64_t key)
{
	uint32_t c = part->slot_count ? part->slots[slot_of(part, key)] : NOBODY;

	while (c != NOBODY && part->clusters[c].key != key)
		c = part->clusters[c].next;
	return c;
}

static void put(struct part *part, uint64_t key, int64_t ms, uint32_t index, bool is_operators)
{
	uint32_t c = find_cluster(part, key);
	struct cluster *cluster;

	if (c != NOBODY)
		unlink_age(part, c);
	else
		c = open_cluster(part, key, ms);
	link_newest(part, c);
	cluster = &part->clusters[c];
	cluster->last_ms = ms;
	indexes_add(is_operators ? &cluster->o : &cluster->p, index);
}

/* The next record of one side that has a key. */
struct coming {
	uint32_t index;
	uint64_t key;                  /* 0: none comes */
	int64_t ms;
};

static uint32_t place(const uint32_t *list, size_t at)
{
	return list ? list[at] : (uint32_t)at;
}

static bool is_wanted(const struct meeting *m, uint64_t key)
{
	return key && (m->one_in < 2 || keyed_is_one_in(key, m->one_in));
}

static struct coming next_platform(struct part *part)
{
	const struct meeting *m = part->meeting;

	while (part->p_at < part->p_end) {
		uint32_t index = place(part->p, part->p_at);
		const struct item *item = &m->g->platform.items[index];
		uint64_t key = item_is_free(item) ? m->platform_key(m->g, item) : 0;

		if (part->p_at + AHEAD < part->p_end)
			__builtin_prefetch(&m->g->platform.items[place(part->p, part->p_at + AHEAD)]);
		part->p_at++;
		if (is_wanted(m, key))
			return (struct coming){ index, key, meeting_position(m->g, item) };
	}
	return (struct coming){ .ms = INT64_MAX };
}

static struct coming next_operator(struct part *part)
{
	const struct meeting *m = part->meeting;

	while (part->o_at < part->o_end) {
		uint32_t index = place(part->o, part->o_at);
		const struct item *item = &m->g->operator.items[index];
		uint64_t key = item_is_free(item) ? m->operator_key(m->g, item) : 0;

		if (part->o_at + AHEAD < part->o_end)
			__builtin_prefetch(&m->g->operator.items[place(part->o, part->o_at + AHEAD)]);
		part->o_at++;
		if (is_wanted(m, key))
			return (struct coming){ index, key, item->time_ms };
	}
	return (struct coming){ .ms = INT64_MAX };
}

static void run_part(struct part *part)
{
	struct coming p = next_platform(part), o = next_operator(part);

	while (p.key || o.key) {
		bool is_operators = o.key && (!p.key || o.ms < p.ms);
		const struct coming *now = is_operators ? &o : &p;

		part->reached_ms = now->ms;
		while (part->oldest != NOBODY && now->ms - part->clusters[part->oldest].last_ms > part->meeting->gap_ms)
			close_oldest(part);
		put(part, now->key, now->ms, now->index, is_operators);
		if (is_operators)
			o = next_operator(part);
		else
			p = next_platform(part);
	}
}

/* --- putting together what was cut ------------------------------------------------------------ */

static void hand_over(struct part *to, struct cluster *c)
{
	uint32_t at = open_cluster(to, c->key, c->first_ms);
	struct cluster *copy = &to->clusters[at];

	copy->last_ms = c->last_ms;
	copy->is_first = false;
	copy->p = c->p;
	copy->o = c->o;
	c->p.n = c->p.capacity = c->o.n = c->o.capacity = 0;
	link_newest(to, at);
}

/* Puts before the cluster what the parts before have of its key, if it is near. */
static void take_earlier(struct part *carried, struct cluster *c)
{
	uint32_t at = find_cluster(carried, c->key);
	struct cluster *earlier;

	if (at == NOBODY)
		return;
	earlier = &carried->clusters[at];
	if (c->first_ms - earlier->last_ms > carried->meeting->gap_ms)
		return;
	indexes_append(&earlier->p, &c->p);
	indexes_append(&earlier->o, &c->o);
	indexes_release(&c->p);
	indexes_release(&c->o);
	c->p = earlier->p;
	c->o = earlier->o;
	c->first_ms = earlier->first_ms;
	earlier->p.n = earlier->p.capacity = earlier->o.n = earlier->o.capacity = 0;
	unlink_age(carried, at);
	unlink_slot(carried, at);
	earlier->next = carried->free;
	carried->free = at;
}

/* What was carried on so far, and the next part. */
static void join_part(struct part *carried, struct part *part)
{
	uint32_t live = part->oldest;

	for (uint32_t c = part->waiting; c != NOBODY; c = part->clusters[c].next) {
		take_earlier(carried, &part->clusters[c]);
		complete(part, &part->clusters[c]);
	}
	for (uint32_t c = live; c != NOBODY; c = part->clusters[c].newer)
		if (part->clusters[c].is_first)
			take_earlier(carried, &part->clusters[c]);
	while (carried->oldest != NOBODY && part->reached_ms - carried->clusters[carried->oldest].last_ms > carried->meeting->gap_ms)
		close_oldest(carried);
	for (uint32_t c = live; c != NOBODY; c = part->clusters[c].newer)
		hand_over(carried, &part->clusters[c]);
}

static void release_part(struct part *part)
{
	free(part->clusters);
	free(part->slots);
}

/* --- the whole day ------------------------------------------------------------------------------ */

static struct part begin_part(const struct meeting *m, void *worker)
{
	return (struct part){ .meeting = m, .worker = worker, .begin_ms = INT64_MIN, .free = NOBODY, .oldest = NOBODY,
			      .newest = NOBODY, .waiting = NOBODY, .reached_ms = -MS_FOREVER };
}

/* Where the platform's record stands among the operator's: by the time that these are found by, on their clock. */
int64_t meeting_position(const struct group *g, const struct item *p)
{
	return stamped_ms(g, p) + clock_shift(g, p);
}

/* Whether the platform's records stand on the operator's clock in the order in which they are. */
static bool keeps_order(const struct group *g)
{
	return g->stamp == STAMP_START && g->clocks_n == 1 && (!g->clocks[0].is_known || g->clocks[0].n <= 1) &&
	       llabs(g->clocks[0].ppb) < 100000000;
}

/* The platform's free records in the order in which they stand on the operator's clock; NULL: as they are. */
static uint32_t *order_platform(const struct group *g, size_t *n)
{
	const struct side *side = &g->platform;
	struct keyed *order;
	uint32_t *list;
	size_t count = side->left ? side->left_n : side->n;

	*n = count;
	if (keeps_order(g))
		return NULL;
	order = xalloc((count + 1) * sizeof(*order));
	*n = 0;
	for (size_t k = 0; k < count; k++) {
		uint32_t i = side->left ? side->left[k] : (uint32_t)k;

		if (item_is_free(&side->items[i]))
			order[(*n)++] = (struct keyed){ keyed_of_signed(meeting_position(g, &side->items[i])), i };
	}
	keyed_sort(order, *n);
	list = xalloc((*n + 1) * sizeof(*list));
	for (size_t k = 0; k < *n; k++)
		list[k] = order[k].index;
	free(order);
	return list;
}

/* The first place of the list that is not before ms. */
static size_t place_of(const struct group *g, const struct side *side, const uint32_t *list, size_t n, int64_t ms)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct item *item = &side->items[list ? list[middle] : middle];

		if ((side == &g->platform ? meeting_position(g, item) : item->time_ms) < ms)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void run_parts(void *context, size_t number, size_t from, size_t to)
{
	struct part *parts = context;

	(void)number;
	for (size_t i = from; i < to; i++)
		run_part(&parts[i]);
}

static void join_parts(const struct meeting *m, struct part *parts, size_t count)
{
	struct part carried = begin_part(m, parts[0].worker);

	for (size_t i = 0; i < count; i++) {
		join_part(&carried, &parts[i]);
		release_part(&parts[i]);
	}
	while (carried.oldest != NOBODY)
		close_oldest(&carried);
	release_part(&carried);
}

void meeting_run(const struct meeting *m)
{
	const struct group *g = m->g;
	struct part parts[THREADS_MAX];
	size_t pn, on = g->operator.left ? g->operator.left_n : g->operator.n, count = g->threads;
	uint32_t *sorted = order_platform(g, &pn);
	const uint32_t *p = sorted ? sorted : g->platform.left;

	if (count > (pn + on) / PART_MIN)
		count = (pn + on) / PART_MIN;
	count = count < 1 ? 1 : count > THREADS_MAX ? THREADS_MAX : count;
	for (size_t t = 0; pn && on && t < count; t++) {
		size_t at = pn / count * t;

		parts[t] = begin_part(m, m->workers[t]);
		parts[t].p = p;
		parts[t].o = g->operator.left;
		parts[t].p_end = pn;
		parts[t].o_end = on;
		if (t == 0)
			continue;
		parts[t].begin_ms = meeting_position(g, &g->platform.items[p ? p[at] : at]);
		parts[t - 1].p_end = parts[t].p_at = place_of(g, &g->platform, p, pn, parts[t].begin_ms);
		parts[t - 1].o_end = parts[t].o_at = place_of(g, &g->operator, parts[t].o, on, parts[t].begin_ms);
	}
	if (pn && on) {
		share_out((unsigned)count, count, run_parts, parts);
		join_parts(m, parts, count);
	}
	free(sorted);
}
