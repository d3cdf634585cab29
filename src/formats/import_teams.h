/* formats/import_teams.h - rows of Microsoft Teams' PSTN usage: the same values in the admin center's exports and in
 * Microsoft Graph's pstnCallLogRow and directRoutingLogRow.  docs/formats/teams.md says what they mean. */
#ifndef FORMATS_IMPORT_TEAMS_H
#define FORMATS_IMPORT_TEAMS_H

#include "formats/import_source.h"

enum teams_value {
	TEAMS_ID,             /* of the row */
	TEAMS_CALL_ID,        /* PSTN only */
	TEAMS_CORRELATION_ID, /* direct routing only, as are invite, failure, success, SIP code and trunk */
	TEAMS_CALLER,
	TEAMS_CALLEE,
	TEAMS_CALL_TYPE,
	TEAMS_DIRECTION,
	TEAMS_INVITE,
	TEAMS_START,
	TEAMS_FAILURE,
	TEAMS_END,
	TEAMS_DURATION,
	TEAMS_SUCCESS,
	TEAMS_SIP_CODE,
	TEAMS_TRUNK,
	TEAMS_OPERATOR,
	TEAMS_USER,
};

extern const struct import_name teams_names[];

/* As import_table_type.read. */
bool teams_read_pstn(struct import_source *s, const struct str *values);
bool teams_read_direct_routing(struct import_source *s, const struct str *values);

#endif
