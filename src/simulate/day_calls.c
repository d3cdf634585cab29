/* The calls of a day, as they happened. */
#include "simulate/day_private.h"

#include "base/arena.h"

#include <math.h>
#include <stdlib.h>

#define OWN_NUMBERS 1500 /* of a tenant */
#define HOT_PAIRS 6      /* diallers, faxes, machines: one pair again and again */

/* Numbers of one kind: the digits before, and how many follow. */
struct plan {
	uint64_t prefix;
	unsigned prefix_digits, digits;
	unsigned weight;
};

static const struct plan plans[] = {
	{ 4930, 4, 12, 14 },  { 49151, 5, 13, 16 }, { 4989, 4, 11, 8 },   { 49221, 5, 12, 8 },  { 4420, 4, 12, 7 },
	{ 447700, 6, 12, 8 }, { 1206, 4, 11, 6 },   { 1416, 4, 11, 4 },   { 331, 3, 11, 4 },    { 336, 3, 11, 4 },
	{ 39011, 5, 12, 3 },  { 34911, 5, 11, 3 },  { 861380, 6, 13, 4 }, { 919810, 6, 12, 3 }, { 4312345, 7, 12, 2 },
	{ 4144, 4, 11, 3 },   { 61412, 5, 11, 2 },  { 353861, 6, 12, 1 },
};

#define PLAN_COUNT (sizeof(plans) / sizeof(plans[0]))

/* Tenants: where their numbers are, and their share of the calls. */
static const struct plan tenants[] = {
	{ 49305550, 8, 12, 40 }, { 498955500, 9, 12, 25 }, { 442079461, 9, 12, 15 },
	{ 12065550, 8, 11, 12 }, { 3315550, 7, 11, 8 },
};

#define TENANT_COUNT (sizeof(tenants) / sizeof(tenants[0]))

/* Share of a day's calls by UTC hour, in thousandths of the busiest. */
static const uint16_t hour_weight[24] = { 90,  60,  50,  50,  60,  110, 260, 540, 840, 960, 1000, 940,
					  730, 860, 980, 960, 820, 620, 430, 310, 230, 180, 150,  120 };

static uint64_t power_of_ten(unsigned n)
{
	uint64_t p = 1;

	while (n--)
		p *= 10;
	return p;
}

static const struct plan *choose(struct prng *random, const struct plan *list, size_t count)
{
	unsigned sum = 0, at;

	for (size_t i = 0; i < count; i++)
		sum += list[i].weight;
	at = (unsigned)prng_below(random, sum);
	for (size_t i = 0;; i++) {
		if (at < list[i].weight)
			return &list[i];
		at -= list[i].weight;
	}
}

static number_t number_of(const struct plan *plan, uint64_t rest)
{
	uint64_t room = power_of_ten(plan->digits - plan->prefix_digits);

	return number_make(NUMBER_E164, plan->prefix * room + rest % room, plan->digits, 0);
}

static double exponential(struct prng *random, double mean)
{
	return -mean * log(1.0 - prng_unit(random));
}

/* A moment of the day, as busy as its hour is. */
static int64_t moment(struct prng *random)
{
	for (;;) {
		unsigned hour = (unsigned)prng_below(random, 24);

		if (prng_below(random, 1000) < hour_weight[hour])
			return day_start(DAY_NUMBER) + (int64_t)hour * 3600000 + (int64_t)prng_below(random, 3600000);
	}
}

static uint32_t talk(struct prng *random)
{
	uint64_t kind = prng_below(random, 1000);

	if (kind < 6) /* an hour to six */
		return (uint32_t)(3600000 + prng_below(random, 18000000));
	if (kind < 120) /* hardly begun */
		return (uint32_t)(200 + exponential(random, 3500));
	return (uint32_t)(1500 + exponential(random, kind < 700 ? 95000 : 290000));
}

/* What is decided anew for each attempt. */
static void attempt(struct prng *random, struct day_call *call, bool answered)
{
	static const uint16_t failures[] = { 486, 480, 487, 487, 404, 503 };

	call->ring_ms = (uint32_t)(900 + exponential(random, 6500));
	if (call->ring_ms > 90000)
		call->ring_ms = 90000;
	call->caller_releases = prng_below(random, 2);
	call->talk_ms = answered ? talk(random) : 0;
	call->sip_code = answered ? 200 : failures[prng_below(random, 6)];
	call->trunk = (uint8_t)prng_below(random, DAY_TRUNKS);
	call->delay_ms = (uint8_t)(18 + 8 * call->trunk + prng_below(random, 4));
}

static void ordinary(struct prng *random, struct day_call *call)
{
	const struct plan *tenant = choose(random, tenants, TENANT_COUNT);
	/* A tenth of the calls go to or come from the call centre's few numbers. */
	uint64_t own = prng_below(random, 10) ? 10 + prng_below(random, OWN_NUMBERS - 10) : prng_below(random, 2);

	*call = (struct day_call){ .invite_ms = moment(random), .inbound = prng_below(random, 100) < 55 };
	call->own = number_of(tenant, own);
	call->remote = number_of(choose(random, plans, PLAN_COUNT), prng_next(random) >> 8);
	if (call->inbound && prng_below(random, 100) < 4)
		call->remote = NUMBER_WITHHELD_WORD;
	attempt(random, call, prng_below(random, 100) < 72);
}

/* One of few pairs that talk all day: the same numbers, hundreds of calls an hour. */
static void hot(struct prng *random, struct day_call *call)
{
	struct prng pairs;
	uint64_t pair = prng_below(random, HOT_PAIRS);

	prng_init(&pairs, 77 + pair);
	*call = (struct day_call){ .invite_ms = moment(random), .inbound = pair % 2 };
	call->own = number_of(&tenants[pair % TENANT_COUNT], 2 + pair);
	call->remote = number_of(&plans[prng_below(&pairs, PLAN_COUNT)], prng_next(&pairs) >> 8);
	attempt(random, call, prng_below(random, 100) < 85);
	if (call->talk_ms > 240000)
		call->talk_ms = (uint32_t)(8000 + prng_below(random, 60000));
}

/* The same parties again: after giving up, within seconds; at times twice in one second. */
static void retry(struct prng *random, const struct day_call *before, struct day_call *call)
{
	uint64_t gap = prng_below(random, 20) ? 2000 + prng_below(random, 38000) : prng_below(random, 900);

	*call = *before;
	call->invite_ms += (int64_t)gap + (gap < 1000 ? 0 : before->ring_ms);
	attempt(random, call, prng_below(random, 100) < 60);
}

static int by_invite(const void *a, const void *b)
{
	const struct day_call *x = a, *y = b;

	if (x->invite_ms != y->invite_ms)
		return x->invite_ms < y->invite_ms ? -1 : 1;
	if (x->own != y->own)
		return x->own < y->own ? -1 : 1;
	if (x->remote != y->remote)
		return x->remote < y->remote ? -1 : 1;
	return (x->ring_ms > y->ring_ms) - (x->ring_ms < y->ring_ms);
}

void day_make_calls(struct day *day)
{
	int64_t end = day_start(DAY_NUMBER + 1);
	struct prng random;

	prng_init(&random, day->seed);
	for (size_t i = 0; i < day->count; i++) {
		struct day_call *call = &day->calls[i];

		if (i && day->calls[i - 1].talk_ms == 0 && prng_below(&random, 4) == 0)
			retry(&random, &day->calls[i - 1], call);
		else if (prng_below(&random, 100) < 3)
			hot(&random, call);
		else
			ordinary(&random, call);
		if (call->invite_ms >= end)
			call->invite_ms = end - 1 - (int64_t)prng_below(&random, 1000);
	}
	qsort(day->calls, day->count, sizeof(*day->calls), by_invite);
}
