#include "simulate/programme.h"

#include "base/arena.h"
#include "base/instant.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct programme_call {
	int64_t invite_ms;
	uint32_t ring_ms;              /* invite to answer, or to giving up */
	uint32_t talk_ms;              /* 0: never answered */
	uint32_t delay_ms;             /* one way, between the two points of measuring */
	uint32_t serial;
	uint16_t number_index;
	uint8_t tenant;
	uint8_t trunk;
	bool inbound;
	bool caller_releases;
	bool measured;                 /* media quality is known */
	uint16_t sip_code;
	uint64_t remote;
	uint8_t remote_digits;
};

struct programme_day {
	const struct programme *programme;
	int operator_index;
	int32_t day;
	struct prng random;            /* for the operator's side of things */
	struct programme_call *calls;
	size_t count;
	size_t next_call, next_duration;
	bool again;                    /* the hour that is delivered twice is under way */
};

static const struct programme_operator operators[PROGRAMME_OPERATORS] = {
	{ "Nordlicht Telekom", "DE", { "ber-1", "ham-1", "lon-1" }, "" },
	{ "Maple Voice", "CA", { "tor-1", "tor-2", "nyc-1" }, "" },
	{ "Lune Telecom", "FR", { "par-1", "par-2", "lyo-1" }, "" },
};

static const struct programme_tenant tenants[PROGRAMME_TENANTS] = {
	{ .name = "Brandt Logistik", .domain = "brandt-logistik.example", .country = "DE", .operator_index = 0,
	  .first_number = 4930555010000, .digits = 13 },
	{ .name = "Harbour & Lane", .domain = "harbourlane.example", .country = "GB", .operator_index = 0,
	  .first_number = 442079460000, .digits = 12 },
	{ .name = "Northern Outfitters", .domain = "northern-outfitters.example", .country = "CA", .operator_index = 1,
	  .first_number = 14165550000, .digits = 11 },
	{ .name = "Contoso Retail", .domain = "contoso-retail.example", .country = "US", .operator_index = 1,
	  .first_number = 12125550000, .digits = 11 },
	{ .name = "Ateliers Moreau", .domain = "ateliers-moreau.example", .country = "FR", .operator_index = 2,
	  .first_number = 33155500000, .digits = 11 },
};

/* Share of a day's calls by UTC hour, in thousandths of the busiest. */
static const uint16_t hour_weight[24] = { 60,  40,  30,  30,  40,  90,  240, 520, 830, 960, 1000, 940,
					  720, 860, 980, 960, 820, 620, 420, 300, 220, 160, 120,  80 };

static void seeded_guid(struct prng *random, char out[GUID_TEXT_SIZE])
{
	uint64_t a = prng_next(random), b = prng_next(random);

	snprintf(out, GUID_TEXT_SIZE, "%08x-%04x-4%03x-8%03x-%012llx", (unsigned)(a >> 32), (unsigned)(a >> 16 & 0xffff),
		 (unsigned)(a & 0xfff), (unsigned)(b >> 52), (unsigned long long)(b & 0xffffffffffff));
}

void programme_init(struct programme *p, uint64_t seed, int32_t last_day, unsigned calls_per_tenant)
{
	struct prng random;

	prng_init(&random, seed);
	memcpy(p->operators, operators, sizeof(operators));
	memcpy(p->tenants, tenants, sizeof(tenants));
	p->seed = seed;
	p->last_day = last_day;
	p->calls_per_tenant = calls_per_tenant;
	for (int i = 0; i < PROGRAMME_OPERATORS; i++)
		seeded_guid(&random, p->operators[i].id);
	for (int t = 0; t < PROGRAMME_TENANTS; t++) {
		seeded_guid(&random, p->tenants[t].id);
		for (int u = 0; u < PROGRAMME_ASSIGNED; u++)
			seeded_guid(&random, p->tenants[t].users[u]);
	}
}

number_t programme_number(const struct programme_tenant *tenant, unsigned index)
{
	return number_make(NUMBER_E164, tenant->first_number + index, tenant->digits, 0);
}

static double exponential(struct prng *random, double mean)
{
	return -mean * log(1.0 - prng_unit(random));
}

/* A moment of the day, as busy as its hour is. */
static int64_t moment(struct prng *random, int32_t day)
{
	for (;;) {
		unsigned hour = (unsigned)prng_below(random, 24);

		if (prng_below(random, 1000) < hour_weight[hour])
			return day_start(day) + (int64_t)hour * 3600000 + (int64_t)prng_below(random, 3600000);
	}
}

/* The other party: mostly of the tenant's country, sometimes from abroad. */
static void remote_number(struct prng *random, const struct programme_tenant *tenant, struct programme_call *call)
{
	const struct programme_tenant *home = prng_below(random, 10) ? tenant :
								       &tenants[prng_below(random, PROGRAMME_TENANTS)];
	/* The last seven digits vary; the first of them is not 5, so that no tenant's number is met. */
	uint64_t scale = 10000000, low = prng_below(random, 4000000);

	call->remote = home->first_number / scale * scale + low;
	call->remote_digits = (uint8_t)home->digits;
}

static void make_call(struct prng *random, const struct programme *p, int t, int32_t day, struct programme_call *call)
{
	static const uint16_t failures[] = { 486, 480, 487, 487, 404, 503 };
	bool answered = prng_below(random, 100) < 72;

	*call = (struct programme_call){
		.invite_ms = moment(random, day),
		.ring_ms = (uint32_t)(1200 + exponential(random, 6500)),
		.delay_ms = (uint32_t)(15 + prng_below(random, 30)),
		.number_index = (uint16_t)prng_below(random, PROGRAMME_ASSIGNED),
		.tenant = (uint8_t)t,
		.trunk = (uint8_t)prng_below(random, 3),
		.inbound = prng_below(random, 100) < 55,
		.caller_releases = prng_below(random, 2),
		.measured = prng_below(random, 5) == 0,
		.sip_code = 200,
	};
	if (call->ring_ms > 90000)
		call->ring_ms = 90000;
	if (answered)
		call->talk_ms = (uint32_t)(900 + exponential(random, 165000));
	else
		call->sip_code = failures[prng_below(random, sizeof(failures) / sizeof(failures[0]))];
	remote_number(random, &p->tenants[t], call);
}

static int by_invite(const void *a, const void *b)
{
	const struct programme_call *x = a, *y = b;

	if (x->invite_ms != y->invite_ms)
		return x->invite_ms < y->invite_ms ? -1 : 1;
	return (x->remote > y->remote) - (x->remote < y->remote);
}

struct programme_day *programme_day_new(const struct programme *p, int operator_index, int32_t day)
{
	struct programme_day *d = xalloc(sizeof(*d));

	d->programme = p;
	d->operator_index = operator_index;
	d->day = day;
	prng_init(&d->random, p->seed ^ hash64_u64((uint64_t)operator_index, (uint64_t)(int64_t)day));
	d->calls = xalloc((size_t)p->calls_per_tenant * PROGRAMME_TENANTS * sizeof(*d->calls));
	for (int t = 0; t < PROGRAMME_TENANTS; t++) {
		if (p->tenants[t].operator_index != operator_index)
			continue;
		for (unsigned i = 0; i < p->calls_per_tenant; i++)
			make_call(&d->random, p, t, day, &d->calls[d->count++]);
	}
	qsort(d->calls, d->count, sizeof(*d->calls), by_invite);
	for (size_t i = 0; i < d->count; i++)
		d->calls[i].serial = (uint32_t)i;
	return d;
}

void programme_day_free(struct programme_day *day)
{
	if (!day)
		return;
	free(day->calls);
	free(day);
}

/* What both sides say alike. */
static void common_fields(const struct programme_day *d, const struct programme_call *call, struct record *r,
			  char call_id[96])
{
	const struct programme_tenant *tenant = &d->programme->tenants[call->tenant];
	number_t own = programme_number(tenant, call->number_index);
	number_t other = number_make(NUMBER_E164, call->remote, call->remote_digits, 0);

	snprintf(call_id, 96, "%08x%05u-%05d@sbc.%s", (unsigned)hash64_u64(call->remote, (uint64_t)call->invite_ms),
		 call->serial, d->day, tenant->domain);
	r->correlation_id = str_from(call_id);
	r->direction = call->inbound ? DIRECTION_INBOUND : DIRECTION_OUTBOUND;
	r->caller = call->inbound ? other : own;
	r->callee = call->inbound ? own : other;
	r->sip_code = call->sip_code;
	r->q850_cause = call->talk_ms ? 16 : call->sip_code == 486 ? 17 : call->sip_code == 404 ? 1 : 18;
	r->released_by = call->caller_releases ? RELEASED_BY_CALLER : RELEASED_BY_CALLEE;
	r->trunk = str_from(d->programme->operators[d->operator_index].trunks[call->trunk]);
}

static void write_media(const struct programme_call *call, struct buf *out)
{
	unsigned jitter = 2 + call->serial % 23, loss = call->serial % 41, trip = 2 * call->delay_ms + call->serial % 60;

	buf_printf(out,
		   "[{\"streamId\":\"%u\",\"streamDirection\":\"callerToCallee\",\"audioCodec\":\"pcma\","
		   "\"averageJitter\":\"PT0.%03uS\",\"averagePacketLossRate\":0.00%02u,"
		   "\"averageRoundTripTime\":\"PT0.%03uS\",\"packetUtilization\":%u}]",
		   call->serial + 1, jitter, loss, trip, call->talk_ms / 20 + 1);
}

static void write_line(struct buf *out, const struct record *r)
{
	record_write_json(out, r);
	buf_add_char(out, '\n');
}

bool programme_day_next_call(struct programme_day *d, struct buf *out)
{
	const struct programme_call *call;
	const struct programme_tenant *tenant;
	char call_id[96], id[64];
	struct record r;
	struct buf media;

	if (d->next_call == d->count)
		return false;
	call = &d->calls[d->next_call++];
	tenant = &d->programme->tenants[call->tenant];
	record_clear(&r, RECORD_CALL);
	common_fields(d, call, &r, call_id);
	snprintf(id, sizeof(id), "%c%d-%06u", 'a' + d->operator_index, d->day, call->serial);
	r.id = str_from(id);
	r.operator_id = str_from(d->programme->operators[d->operator_index].id);
	r.tenant_id = str_from(tenant->id);
	r.user_id = str_from(tenant->users[call->number_index]);
	r.start_ms = call->invite_ms;
	r.end_ms = call->invite_ms + call->ring_ms + call->talk_ms;
	if (call->talk_ms) {
		r.answer_ms = call->invite_ms + call->ring_ms;
		r.duration_ms = call->talk_ms;
	}
	buf_init(&media, 4096);
	if (call->measured && call->talk_ms) {
		write_media(call, &media);
		r.media_streams = buf_str(&media);
	}
	write_line(out, &r);
	buf_release(&media);
	return true;
}

/* --- the operator's side ------------------------------------------------------ */

/* The hour of the last day that Maple Voice delivered twice, and its silent trunk. */
static bool in_window(const struct programme_day *d, int64_t ms, int from_minute, int to_minute)
{
	int64_t start = day_start(d->programme->last_day);

	return d->operator_index == 1 && ms >= start + from_minute * INT64_C(60000) && ms < start + to_minute * INT64_C(60000);
}

static bool is_lost(const struct programme_day *d, const struct programme_call *call)
{
	return call->trunk == 1 && in_window(d, call->invite_ms, 14 * 60 + 10, 15 * 60 + 25);
}

static bool is_sent_twice(const struct programme_day *d, const struct programme_call *call)
{
	return in_window(d, call->invite_ms, 9 * 60, 10 * 60);
}

/* Durations and times as this operator's switch writes them. */
static void apply_faults(const struct programme_day *d, const struct programme_call *call, struct record *r)
{
	switch (d->operator_index) {
	case 0:
		r->start_ms += 3200;
		r->answer_ms += 3200;
		r->end_ms += 3200;
		r->duration_ms = (r->duration_ms + 5999) / 6000 * 6000;
		break;
	case 2:
		r->duration_ms = (r->duration_ms + call->ring_ms) / 1000 * 1000;
		break;
	default:
		break;
	}
}

static void write_duration(const struct programme_day *d, const struct programme_call *call, const char *prefix,
			   struct buf *out)
{
	char call_id[96], id[64];
	struct record r;
	/* Whoever is called measures longer when the caller hangs up, by the way there and back. */
	bool operator_is_called_side = !call->inbound;
	int64_t longer = call->caller_releases && operator_is_called_side ? 2 * (int64_t)call->delay_ms : 0;

	record_clear(&r, RECORD_DURATION);
	common_fields(d, call, &r, call_id);
	snprintf(id, sizeof(id), "%s%d-%06u", prefix, d->day, call->serial);
	r.id = str_from(id);
	r.start_ms = call->invite_ms + (call->inbound ? -(int64_t)call->delay_ms : (int64_t)call->delay_ms);
	r.answer_ms = r.start_ms + call->ring_ms;
	r.duration_ms = (int64_t)call->talk_ms + longer;
	r.end_ms = r.answer_ms + r.duration_ms;
	r.sequence = (int64_t)call->serial + 1;
	apply_faults(d, call, &r);
	write_line(out, &r);
}

bool programme_day_next_duration(struct programme_day *d, struct buf *out)
{
	while (d->next_duration < d->count) {
		const struct programme_call *call = &d->calls[d->next_duration++];

		if (!call->talk_ms || (d->again ? !is_sent_twice(d, call) : is_lost(d, call)))
			continue;
		write_duration(d, call, d->again ? "again-" : "cdr-", out);
		return true;
	}
	if (d->again || d->operator_index != 1 || d->day != d->programme->last_day)
		return false;
	d->again = true;
	d->next_duration = 0;
	return programme_day_next_duration(d, out);
}
