/* exchange/quality_day.h - one operator's calls of a UTC day in figures.
 *
 * Counted anew from the call records at each asking, a page at a time: as
 * current as they are, at a cost of the day.
 *
 * Ratios (ITU-T E.425): answer-seizure is answered of all attempts; network
 * effectiveness counts as effective also what the called side decided: busy, no
 * answer, rejection, by quality_effective_codes.
 *
 * A stream is poor when a measure is past Microsoft's published threshold
 * (quality_thresholds), unclassified when none of them was measured. */
#ifndef EXCHANGE_QUALITY_DAY_H
#define EXCHANGE_QUALITY_DAY_H

#include "exchange/exchange.h"
#include "formats/media_stream.h"

#define QUALITY_TRUNKS_MAX 200      /* listed one by one; further ones count in the whole only */
#define QUALITY_MEASURES 5

struct quality_threshold {
	const char *name;           /* as in Graph's mediaStream */
	int64_t above;              /* in the units of struct media_stream */
	const char *text;           /* for people: "30 ms" */
};

extern const struct quality_threshold quality_thresholds[QUALITY_MEASURES];

struct quality_codes {
	const int *sip, *q850;      /* each ends with 0 */
};

extern const struct quality_codes quality_effective_codes;

struct quality_figures {
	int64_t attempts, answered, effective;
	int64_t duration_ms;        /* of the answered ones */
	int64_t streams, poor, unclassified;
	int64_t poor_by[QUALITY_MEASURES];
	int64_t mos_streams;        /* with a MOS, the platform's or ours */
	int64_t mos_sum;            /* hundredths */
};

struct quality_trunk {
	struct str name;
	struct quality_figures figures;
};

#define SIP_CODE_MIN 100
#define SIP_CODES 600               /* 100 to 699 */

struct quality_day {
	struct quality_figures whole;
	struct quality_trunk *trunks;       /* by name; calls without a trunk are in the whole only */
	size_t trunk_count;
	int64_t sip[SIP_CODES];             /* final codes, from SIP_CODE_MIN */
};

enum status quality_day_read(struct exchange *exchange, struct arena *arena, int64_t operator_key, int32_t day,
			     struct quality_day *quality, struct error *err);

/* Adds one stream; for tests, too. */
void quality_add_stream(struct quality_figures *figures, const struct media_stream *stream);

#endif
