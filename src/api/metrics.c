#include "api/metrics.h"

#include "base/arena.h"

#include <stdatomic.h>
#include <stdlib.h>

#define STATUS_CLASSES 5 /* 1xx..5xx */

static const int64_t bucket_us[] = { 1000, 5000, 25000, 100000, 500000, 2500000, 10000000 };

#define BUCKETS (sizeof(bucket_us) / sizeof(bucket_us[0]))

static const char *const flow_names[] = { "callRecords", "callDurations" };
static const char *const outcome_names[] = { "accepted", "duplicate", "conflict", "rejected" };

#define FLOWS (sizeof(flow_names) / sizeof(flow_names[0]))
#define OUTCOMES (sizeof(outcome_names) / sizeof(outcome_names[0]))

struct route_counts {
	_Atomic(uint64_t) requests[STATUS_CLASSES];
	_Atomic(uint64_t) bucket[BUCKETS + 1];
	_Atomic(uint64_t) sum_us;
};

struct metrics {
	size_t route_count;
	_Atomic(uint64_t) records[FLOWS][OUTCOMES];
	struct route_counts routes[];
};

struct metrics *metrics_new(size_t route_count)
{
	struct metrics *m = xalloc(sizeof(*m) + (route_count + 1) * sizeof(m->routes[0]));

	m->route_count = route_count;
	return m;
}

void metrics_free(struct metrics *metrics)
{
	free(metrics);
}

void metrics_request(struct metrics *metrics, size_t route, int status, int64_t took_us)
{
	struct route_counts *r = &metrics->routes[route <= metrics->route_count ? route : metrics->route_count];
	int class = status >= 100 && status < 600 ? status / 100 - 1 : 4;
	size_t b = 0;

	while (b < BUCKETS && took_us > bucket_us[b])
		b++;
	atomic_fetch_add_explicit(&r->requests[class], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&r->bucket[b], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&r->sum_us, took_us > 0 ? (uint64_t)took_us : 0, memory_order_relaxed);
}

void metrics_records(struct metrics *metrics, enum metrics_flow flow, enum metrics_outcome outcome, uint64_t count)
{
	atomic_fetch_add_explicit(&metrics->records[flow][outcome], count, memory_order_relaxed);
}

static uint64_t load(const _Atomic(uint64_t) *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

static void write_durations(const struct route_counts *r, const char *labels, struct buf *out)
{
	uint64_t below = 0;

	for (size_t b = 0; b < BUCKETS; b++) {
		below += load(&r->bucket[b]);
		buf_printf(out, "tally_http_request_duration_seconds_bucket{%s,le=\"%g\"} %llu\n", labels, (double)bucket_us[b] / 1e6,
			   (unsigned long long)below);
	}
	below += load(&r->bucket[BUCKETS]);
	buf_printf(out, "tally_http_request_duration_seconds_bucket{%s,le=\"+Inf\"} %llu\n", labels, (unsigned long long)below);
	buf_printf(out, "tally_http_request_duration_seconds_sum{%s} %.6f\n", labels, (double)load(&r->sum_us) / 1e6);
	buf_printf(out, "tally_http_request_duration_seconds_count{%s} %llu\n", labels, (unsigned long long)below);
}

/* All of them from the start, so that a rate has a zero to begin at. */
static void write_records(const struct metrics *metrics, struct buf *out)
{
	buf_add_str(out, STR("# HELP tally_records_total Records of uploads that were acknowledged, by what became of them.\n"
			     "# TYPE tally_records_total counter\n"));
	for (size_t f = 0; f < FLOWS; f++)
		for (size_t o = 0; o < OUTCOMES; o++)
			buf_printf(out, "tally_records_total{flow=\"%s\",outcome=\"%s\"} %llu\n", flow_names[f],
				   outcome_names[o], (unsigned long long)load(&metrics->records[f][o]));
}

void metrics_write(const struct metrics *metrics, const char *const *methods, const char *const *patterns,
		   unsigned connections, struct buf *out)
{
	struct buf labels;

	buf_add_str(out, STR("# HELP tally_connections Open connections.\n# TYPE tally_connections gauge\n"));
	buf_printf(out, "tally_connections %u\n", connections);
	buf_printf(out,
		   "# HELP tally_build_info The version that runs; always 1.\n# TYPE tally_build_info gauge\n"
		   "tally_build_info{version=\"%s\"} 1\n",
		   TALLY_VERSION);
	write_records(metrics, out);
	buf_add_str(out, STR("# HELP tally_http_requests_total Requests by route and class of status.\n"
			     "# TYPE tally_http_requests_total counter\n"));
	buf_init(&labels, 0);
	for (size_t i = 0; i <= metrics->route_count; i++) {
		const char *pattern = i < metrics->route_count ? patterns[i] : "(none)";
		const char *method = i < metrics->route_count ? methods[i] : "";

		for (int class = 0; class < STATUS_CLASSES; class++)
			if (load(&metrics->routes[i].requests[class]))
				buf_printf(out, "tally_http_requests_total{route=\"%s\",method=\"%s\",status=\"%dxx\"} %llu\n",
					   pattern, method, class + 1,
					   (unsigned long long)load(&metrics->routes[i].requests[class]));
	}
	buf_add_str(out, STR("# HELP tally_http_request_duration_seconds Time from complete header to answer.\n"
			     "# TYPE tally_http_request_duration_seconds histogram\n"));
	for (size_t i = 0; i < metrics->route_count; i++) {
		if (!load(&metrics->routes[i].sum_us))
			continue;
		buf_clear(&labels);
		buf_printf(&labels, "route=\"%s\",method=\"%s\"", patterns[i], methods[i]);
		write_durations(&metrics->routes[i], buf_cstr(&labels), out);
	}
	buf_release(&labels);
}
