/* The operator's quality summary: a day of calls and media streams in figures, with their definitions. */
#include "api/groups.h"
#include "base/instant.h"
#include "exchange/party_keys.h"
#include "exchange/quality_day.h"
#include "formats/record.h"

#include <stdio.h>

/* part / whole with four decimals, null where there is nothing to divide by. */
static void write_ratio(struct json_writer *w, const char *key, int64_t part, int64_t whole)
{
	char text[32];
	int64_t ten_thousandths;

	if (whole == 0) {
		json_member_z(w, key, NULL);
		return;
	}
	ten_thousandths = (part * 10000 + whole / 2) / whole;
	snprintf(text, sizeof(text), "%lld.%04lld", (long long)(ten_thousandths / 10000),
		 (long long)(ten_thousandths % 10000));
	json_key(w, key);
	json_raw(w, str_from(text));
}

static void write_calls(struct json_writer *w, const struct quality_figures *f)
{
	json_object_begin(w);
	json_member_i64(w, "attempts", f->attempts);
	json_member_i64(w, "answered", f->answered);
	json_member_duration(w, "durationSeconds", f->duration_ms);
	json_member_duration(w, "averageDurationSeconds",
			     f->answered ? (f->duration_ms + f->answered / 2) / f->answered : DURATION_NONE);
	write_ratio(w, "answerSeizureRatio", f->answered, f->attempts);
	write_ratio(w, "networkEffectivenessRatio", f->effective, f->attempts);
	json_object_end(w);
}

/* An average MOS with two decimals; null, not 0, where none was measured. */
static void write_mos(struct json_writer *w, const struct quality_figures *f)
{
	char text[16];
	int64_t mos;

	json_member_i64(w, "mosStreams", f->mos_streams);
	if (f->mos_streams == 0) {
		json_member_z(w, "averageMos", NULL);
		return;
	}
	mos = (f->mos_sum + f->mos_streams / 2) / f->mos_streams;
	snprintf(text, sizeof(text), "%d.%02d", (int)(mos / 100), (int)(mos % 100));
	json_key(w, "averageMos");
	json_raw(w, str_from(text));
}

static void write_streams(struct json_writer *w, const struct quality_figures *f)
{
	json_object_begin(w);
	json_member_i64(w, "count", f->streams);
	json_member_i64(w, "poor", f->poor);
	json_member_i64(w, "unclassified", f->unclassified);
	write_ratio(w, "poorRatio", f->poor, f->streams - f->unclassified);
	json_key(w, "poorBy");
	json_object_begin(w);
	for (size_t i = 0; i < QUALITY_MEASURES; i++)
		json_member_i64(w, quality_thresholds[i].name, f->poor_by[i]);
	json_object_end(w);
	write_mos(w, f);
	json_object_end(w);
}

static void write_figures(struct json_writer *w, const struct quality_figures *f)
{
	json_key(w, "calls");
	write_calls(w, f);
	json_key(w, "streams");
	write_streams(w, f);
}

static void write_codes(struct json_writer *w, const struct quality_day *q)
{
	json_key(w, "sipResponseCodes");
	json_array_begin(w);
	for (int i = 0; i < SIP_CODES; i++) {
		if (q->sip[i] == 0)
			continue;
		json_object_begin(w);
		json_member_i64(w, "code", i + SIP_CODE_MIN);
		json_member_i64(w, "calls", q->sip[i]);
		json_object_end(w);
	}
	json_array_end(w);
}

static void write_trunks(struct json_writer *w, const struct quality_day *q)
{
	json_key(w, "trunks");
	json_array_begin(w);
	for (size_t i = 0; i < q->trunk_count; i++) {
		json_object_begin(w);
		json_member_str(w, "trunk", q->trunks[i].name);
		write_figures(w, &q->trunks[i].figures);
		json_object_end(w);
	}
	json_array_end(w);
}

static void write_list(struct json_writer *w, const char *key, const int *codes)
{
	json_key(w, key);
	json_array_begin(w);
	for (; *codes; codes++)
		json_i64(w, *codes);
	json_array_end(w);
}

/* So that nobody need ask how a figure was made. */
static void write_definitions(struct json_writer *w)
{
	json_key(w, "definitions");
	json_object_begin(w);
	json_member_z(w, "networkEffectivenessRatio",
		      "(answered + ended by the called side with one of these codes) / attempts");
	write_list(w, "effectiveSipResponseCodes", quality_effective_codes.sip);
	write_list(w, "effectiveQ850Causes", quality_effective_codes.q850);
	json_key(w, "poorAbove");
	json_object_begin(w);
	for (size_t i = 0; i < QUALITY_MEASURES; i++)
		json_member_z(w, quality_thresholds[i].name, quality_thresholds[i].text);
	json_object_end(w);
	json_object_end(w);
}

/* The day asked for, else the last whole one. */
static enum status day_of(struct http_request *req, int32_t *day, struct error *err)
{
	struct str text;
	enum status status = http_query(req, "day", false, &text, err);

	if (status != OK)
		return status;
	*day = instant_day(clock_now_ms()) - 1;
	if (!str_is_none(text) && !day_parse(text, day))
		return error_set(err, E_INVALID, "day", "day must be a date as 2026-11-24");
	return OK;
}

static enum status answer(void *app, struct http_request *req, struct http_response *res, int64_t operator_key,
			  struct str operator_id, struct error *err)
{
	char text[INSTANT_TEXT_SIZE];
	struct quality_day quality;
	struct json_writer w;
	int32_t day;
	enum status status = day_of(req, &day, err);

	if (status == OK)
		status = quality_day_read(api_exchange(app), &req->arena, operator_key, day, &quality, err);
	if (status == OK)
		status = api_audit(app, req, 200, operator_id, 0, quality.whole.attempts, err);
	if (status != OK)
		return status;
	api_json_begin(res, 200, &w);
	json_object_begin(&w);
	json_member_str(&w, "operatorId", operator_id);
	json_member_str(&w, "day", day_text(day, text));
	write_figures(&w, &quality.whole);
	write_codes(&w, &quality);
	write_trunks(&w, &quality);
	write_definitions(&w);
	json_object_end(&w);
	return OK;
}

static enum status own(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	const struct caller *caller = api_caller(req);

	return answer(app, req, res, caller->operator_key, str_from(caller->operator_id), err);
}

static enum status any(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	struct party_keys keys;
	struct str id;
	int64_t key;
	enum status status;

	party_keys_init(&keys, api_exchange(app));
	status = party_key_of(&keys, PARTY_OPERATOR, req->params[0], &key, &id, err);
	if (status == OK && !key)
		status = error_set(err, E_NOT_FOUND, NULL, "there is no such operator");
	if (status == OK)
		status = answer(app, req, res, key, id, err);
	party_keys_release(&keys);
	return status;
}

static const struct api_route routes[] = {
	{ HTTP_GET, "/operator/v1.0/qualitySummary", own, NULL, { FACE_OPERATOR, ROLE_DATA_READ, false },
	  "The operator's calls and media streams of a day in figures; without a day, yesterday.", "day", NULL,
	  "QualitySummary", 200, 0 },
	{ HTTP_GET, "/platform/v1.0/operators/{id}/qualitySummary", any, NULL, { FACE_PLATFORM, ROLE_PLATFORM_READ, false },
	  "The same of any operator.", "day", NULL, "QualitySummary", 200, 0 },
};

const struct api_route_group api_quality_group = { routes, sizeof(routes) / sizeof(routes[0]) };
