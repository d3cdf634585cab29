/* Writes synthetic duration records of one operator and one UTC day, as NDJSON or CSV:
 *
 *     ingest_records ndjson|csv COUNT [FIRST TOTAL]
 *
 * Ids are random, times ascend through the day with a minute's jitter, as switches
 * deliver them.  With FIRST and TOTAL it is a part: COUNT of TOTAL from FIRST on.
 * The same arguments give the same bytes. */
#include "base/buf.h"
#include "base/instant.h"
#include "base/random.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DAY_START INT64_C(1795564800000) /* 2026-11-25 */
#define SPREAD_MS INT64_C(80000000)
#define JITTER_MS 60000

struct row {
	char id[40], correlation[48];
	uint64_t caller, callee;
	int64_t start_ms, ring_ms, duration_ms, sequence;
	bool inbound;
};

static struct row make_row(struct prng *random, int64_t index, int64_t total)
{
	struct row r = {
		.caller = 493000000000 + prng_below(random, 50000),
		.callee = 441000000000 + prng_below(random, 900000000),
		.start_ms = DAY_START + index * SPREAD_MS / total + (int64_t)prng_below(random, JITTER_MS),
		.ring_ms = 1500 + (int64_t)prng_below(random, 15000),
		.duration_ms = (int64_t)prng_below(random, 600000),
		.sequence = index,
		.inbound = prng_below(random, 2),
	};

	snprintf(r.id, sizeof(r.id), "%016llx%012llx", (unsigned long long)prng_next(random),
		 (unsigned long long)index);
	snprintf(r.correlation, sizeof(r.correlation), "%016llx@sbc1.operator.example",
		 (unsigned long long)prng_next(random));
	return r;
}

static void write_ndjson(struct buf *out, const struct row *r)
{
	buf_printf(out,
		   "{\"id\":\"%s\",\"correlationId\":\"%s\",\"direction\":\"%s\",\"callerNumber\":\"+%llu\","
		   "\"calleeNumber\":\"+%llu\",\"startDateTime\":\"",
		   r->id, r->correlation, r->inbound ? "inbound" : "outbound", (unsigned long long)r->caller,
		   (unsigned long long)r->callee);
	instant_add(out, r->start_ms);
	buf_add_str(out, STR("\",\"answerDateTime\":\""));
	instant_add(out, r->start_ms + r->ring_ms);
	buf_add_str(out, STR("\",\"endDateTime\":\""));
	instant_add(out, r->start_ms + r->ring_ms + r->duration_ms);
	buf_add_str(out, STR("\",\"durationSeconds\":"));
	duration_add(out, r->duration_ms);
	buf_printf(out, ",\"sipResponseCode\":200,\"releasedBy\":\"%s\",\"trunk\":\"trunk-1\",\"sequence\":%lld}\n",
		   r->inbound ? "caller" : "callee", (long long)r->sequence);
}

static void write_csv(struct buf *out, const struct row *r)
{
	buf_printf(out, "1,%lld,%s,%s,%d,%llu,%llu,%lld,%lld,%lld,200,%d,trunk-1,%lld\n", (long long)r->start_ms, r->id,
		   r->correlation, r->inbound, (unsigned long long)r->caller, (unsigned long long)r->callee,
		   (long long)(r->start_ms + r->ring_ms), (long long)(r->start_ms + r->ring_ms + r->duration_ms),
		   (long long)r->duration_ms, r->inbound, (long long)r->sequence);
}

static bool flush(struct buf *out)
{
	for (size_t at = 0; at < out->n;) {
		ssize_t n = write(STDOUT_FILENO, out->p + at, out->n - at);

		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	buf_clear(out);
	return true;
}

static bool number_argument(int argc, char **argv, int at, uint64_t *value)
{
	return argc <= at || str_to_u64(str_from(argv[at]), 1u << 30, value);
}

int main(int argc, char **argv)
{
	uint64_t count = 0, first = 0, total = 0;
	struct prng random;
	struct buf out;
	bool ndjson;

	if (argc < 3 || !number_argument(argc, argv, 2, &count) || count == 0 ||
	    !number_argument(argc, argv, 3, &first) || !number_argument(argc, argv, 4, &total)) {
		fputs("usage: ingest_records ndjson|csv COUNT [FIRST TOTAL]\n", stderr);
		return 2;
	}
	if (total == 0)
		total = first + count;
	ndjson = strcmp(argv[1], "ndjson") == 0;
	prng_init(&random, 42 + first);
	buf_init(&out, 0);
	for (uint64_t i = first; i < first + count; i++) {
		struct row r = make_row(&random, (int64_t)i, (int64_t)total);

		(ndjson ? write_ndjson : write_csv)(&out, &r);
		if (out.n > 1 << 20 && !flush(&out))
			return 1;
	}
	return flush(&out) ? 0 : 1;
}
