/* api/metrics.h - counters for Prometheus (text format 0.0.4).
 *
 * Requests by route, method and class of status, and their durations.  Labels
 * hold route patterns, never what was asked for.  Threads: any. */
#ifndef API_METRICS_H
#define API_METRICS_H

#include "base/buf.h"

struct metrics;

/* route_count patterns; the index of a route is its label. */
struct metrics *metrics_new(size_t route_count);
void metrics_free(struct metrics *metrics);

/* route: index, or route_count for requests that no route matched. */
void metrics_request(struct metrics *metrics, size_t route, int status, int64_t took_us);

enum metrics_flow { METRICS_CALLS, METRICS_DURATIONS };
enum metrics_outcome { METRICS_ACCEPTED, METRICS_DUPLICATE, METRICS_CONFLICT, METRICS_REJECTED };

/* Records of an upload that was acknowledged, by what became of them. */
void metrics_records(struct metrics *metrics, enum metrics_flow flow, enum metrics_outcome outcome, uint64_t count);

void metrics_write(const struct metrics *metrics, const char *const *methods, const char *const *patterns,
		   unsigned connections, struct buf *out);

#endif
