/* formats/import_radius.h - attributes of RADIUS accounting that tell of calls: in detail files, and by their places in
 * the local files of Oracle's SBC. */
#ifndef FORMATS_IMPORT_RADIUS_H
#define FORMATS_IMPORT_RADIUS_H

#include "formats/import_source.h"

enum radius_value {
	RADIUS_OTHER, /* a column that is not read */
	RADIUS_STATUS,
	RADIUS_SESSION_ID,
	RADIUS_UNIQUE_ID,
	RADIUS_NAS,
	RADIUS_CALLING,
	RADIUS_CALLED,
	RADIUS_SESSION_TIME,
	RADIUS_BILLED_MICROSECONDS,
	RADIUS_DELAY,
	RADIUS_EVENT_TIME,
	RADIUS_ARRIVAL,
	RADIUS_SETUP,
	RADIUS_CONNECT,
	RADIUS_DISCONNECT,
	RADIUS_CAUSE,
	RADIUS_HEX_CAUSE,
	RADIUS_SIP_STATUS,
	RADIUS_INITIATOR,
	RADIUS_SEQUENCE,
	RADIUS_INGRESS_CALL_ID,
	RADIUS_EGRESS_CALL_ID,
	RADIUS_CALL_ID,
	RADIUS_TRUNK,
};

/* As import_table_type.read. */
bool radius_read(struct import_source *s, const struct str *values);

#endif
