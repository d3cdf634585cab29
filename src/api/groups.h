/* api/groups.h - one group of routes for each resource file of this room. */
#ifndef API_GROUPS_H
#define API_GROUPS_H

#include "api/api.h"

extern const struct api_route_group api_token_group;
extern const struct api_route_group api_ops_group;
extern const struct api_route_group api_docs_group;
extern const struct api_route_group api_parties_group;
extern const struct api_route_group api_clients_group;
extern const struct api_route_group api_consents_group;
extern const struct api_route_group api_numbers_group;
extern const struct api_route_group api_number_orders_group;
extern const struct api_route_group api_number_assignments_group;
extern const struct api_route_group api_call_durations_group;
extern const struct api_route_group api_call_records_group;
extern const struct api_route_group api_batches_group;
extern const struct api_route_group api_pstn_calls_group;
extern const struct api_route_group api_graph_call_records_group;
extern const struct api_route_group api_reconciliations_group;
extern const struct api_route_group api_privacy_group;
extern const struct api_route_group api_quality_group;

#endif
