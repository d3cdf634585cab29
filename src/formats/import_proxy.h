/* formats/import_proxy.h - what SIP proxies call the columns of their accounting, of which their users name some.
 *
 * Kamailio's cdr_extra and OpenSIPS' extra_fields let everybody choose; here are the names that are met with.  Values
 * are record fields, and those of the proxies that are none. */
#ifndef FORMATS_IMPORT_PROXY_H
#define FORMATS_IMPORT_PROXY_H

#include "formats/import_source.h"

enum {
	PROXY_START_TIME = FIELD_COUNT, /* of acc_cdrs: by that name it is told from tables of other kinds */
	PROXY_METHOD,
	PROXY_TIME, /* of acc */
	PROXY_CREATED,
	PROXY_SETUP_SECONDS,
	PROXY_MILLISECONDS,
};

extern const struct import_name proxy_names[];

/* All fields but times and durations. */
void proxy_set_rest(struct import_source *s, const struct str *values);

#endif
