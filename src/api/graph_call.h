/* api/graph_call.h - one call as Graph's callRecord: parties, endpoints, sessions, media. */
#ifndef API_GRAPH_CALL_H
#define API_GRAPH_CALL_H

#include "api/resource.h"
#include "exchange/tenant_calls.h"

/* Rows are struct tenant_call, named.  A copy whose context is the struct tenant_calls writes them. */
extern const struct resource graph_call_resource;

/* The ids of both parties, "a,b": a user's id, or a phone's number as shown. */
struct str graph_call_participants(struct arena *arena, const struct tenant_call *call);

/* Arrays. */
void graph_call_write_participants(struct json_writer *w, const struct tenant_calls *calls,
				   const struct tenant_call *call);
enum status graph_call_write_sessions(struct json_writer *w, const struct tenant_calls *calls,
				      const struct tenant_call *call, bool with_segments, struct error *err);

#endif
