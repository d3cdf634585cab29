#include "http/limits.h"

static const struct http_limits defaults = {
	.target_max = 8 << 10,
	.headers_max = 16 << 10,
	.header_count_max = 100,
	.body_max = 1 << 20,
	.upload_max = UINT64_C(4) << 30,
	.connections_max = 1024,
	.connections_per_peer_max = 256,
	.idle_seconds = 60,
	.request_seconds = 10,
	.rate_grace_seconds = 10,
};

#define FILL(field)                                                                                                    \
	do {                                                                                                           \
		if (limits->field == 0)                                                                                \
			limits->field = defaults.field;                                                                \
	} while (0)

void limits_fill(struct http_limits *limits)
{
	FILL(target_max);
	FILL(headers_max);
	FILL(header_count_max);
	FILL(body_max);
	FILL(upload_max);
	FILL(connections_max);
	FILL(connections_per_peer_max);
	FILL(idle_seconds);
	FILL(request_seconds);
	FILL(rate_grace_seconds);
}
