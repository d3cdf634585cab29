/* The local CDR files of Oracle's Session Border Controller (Acme Packet): rows without header, the attributes of its
 * RADIUS accounting by their places. */
#include "formats/import_radius.h"
#include "formats/import_table.h"
#include "formats/printed_clock.h"

#define COLUMNS_MAX 400 /* flows and later releases add many behind what is read */

/* clang-format off */
#define FIRST RADIUS_STATUS, RADIUS_NAS, RADIUS_OTHER, RADIUS_SESSION_ID, RADIUS_INGRESS_CALL_ID, RADIUS_EGRESS_CALL_ID
#define PARTIES_AND_END RADIUS_CALLING, RADIUS_CALLED, RADIUS_OTHER, RADIUS_SESSION_TIME, RADIUS_SETUP, RADIUS_CONNECT, \
	RADIUS_DISCONNECT

/* Releases up to 6.3 lack the forked call id. */
static const unsigned stop[COLUMNS_MAX] = { FIRST, RADIUS_OTHER, RADIUS_OTHER, RADIUS_OTHER, PARTIES_AND_END };
static const unsigned older_stop[COLUMNS_MAX] = { FIRST, RADIUS_OTHER, RADIUS_OTHER, PARTIES_AND_END };
static const unsigned no_stop[COLUMNS_MAX] = { FIRST };
/* clang-format on */

#define SETUP_COLUMN 13

static bool is_time(const struct csv_row *row, size_t column)
{
	int64_t local_ms;
	bool is_utc;

	return column < row->count && printed_clock_parse(row->cells[column], &local_ms, &is_utc);
}

static bool is_address(struct str text)
{
	size_t points = 0, colons = 0;

	for (size_t i = 0; i < text.n; i++) {
		points += text.p[i] == '.';
		colons += text.p[i] == ':';
	}
	return points == 3 || colons >= 2;
}

/* The status, an address, and of a call its set-up where that stands. */
static const unsigned *layout_of(const struct csv_row *row)
{
	uint64_t status;

	if (row->count < 2 || row->count > COLUMNS_MAX || !str_to_u64(row->cells[0], 15, &status) ||
	    !is_address(row->cells[1]))
		return NULL;
	if (status != 2)
		return no_stop;
	if (is_time(row, SETUP_COLUMN - 1)) /* where the session time stands otherwise */
		return older_stop;
	return is_time(row, SETUP_COLUMN) ? stop : NULL;
}

static const struct import_table_type oracle_type = {
	.what = "a local CDR file of Oracle's SBC",
	.names = (const struct import_name[]){ { NULL, 0 } },
	.needed = (const struct import_need[]){ { RADIUS_STATUS, "Acct-Status-Type" }, { IMPORT_NO_VALUE, NULL } },
	.layout = layout_of,
	.layouts =
		"a status (2: stop) first, an address second, and of a stop the time of its set-up as the 13th or 14th",
	.read = radius_read,
};

const struct import_format import_oracle_sbc = {
	.name = "oracle-sbc",
	.summary = "Oracle SBC (Acme Packet): local CDR files as CSV",
	.table = &oracle_type,
};
