#include "api/record_upload.h"

#include "api/metrics.h"
#include "exchange/accept_records.h"

#include <stdlib.h>

struct upload_turn {
	void *app;
	struct upload *upload;
	bool json; /* declared so */
};

static const struct {
	const char *media;
	enum record_format format;
} formats[] = {
	{ "application/json", RECORD_FORMAT_JSON },
	{ "application/x-ndjson", RECORD_FORMAT_NDJSON },
	{ "application/ndjson", RECORD_FORMAT_NDJSON },
	{ "application/jsonl", RECORD_FORMAT_NDJSON },
	{ "text/csv", RECORD_FORMAT_CSV },
};

static enum status read_format(const struct http_request *req, enum record_format *format, struct error *err)
{
	struct str type = http_header(req, "Content-Type"), media = str_trim(str_cut(&type, ';'));

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (str_equal_ascii_case(media, str_from(formats[i].media))) {
			*format = formats[i].format;
			return OK;
		}
	return error_set(err, E_MEDIA_TYPE, "Content-Type",
			 "expected application/json (an array), application/x-ndjson or text/csv, found %.*s",
			 media.n == 0   ? 4
			 : media.n > 80 ? 80
					: (int)media.n,
			 media.n == 0 ? "none" : media.p);
}

static enum status read_coding(const struct http_request *req, enum coding *coding, struct error *err)
{
	struct str name = str_trim(http_header(req, "Content-Encoding"));

	if (coding_parse(name, coding))
		return OK;
	return error_set(err, E_MEDIA_TYPE, "Content-Encoding", "expected gzip, zstd or identity, found %.*s",
			 name.n > 80 ? 80 : (int)name.n, name.p);
}

enum status record_upload_begin(void *app, struct http_request *req, enum record_kind kind, void **out,
				struct error *err)
{
	const struct caller *caller = api_caller(req);
	struct upload_request request = {
		.kind = kind,
		.operator_key = caller->operator_key,
		.operator_id = caller->operator_id,
		.client_id = caller->client_id,
		.route = str_from(req->route->pattern),
		.idempotency_key = http_header(req, "Idempotency-Key"),
	};
	struct upload *upload;
	struct upload_turn *turn;
	enum status status = read_format(req, &request.format, err);

	if (status == OK)
		status = read_coding(req, &request.coding, err);
	if (status == OK)
		status = upload_begin(api_exchange(app), &request, &upload, err);
	if (status != OK)
		return status;
	turn = xalloc(sizeof(*turn));
	*turn = (struct upload_turn){ app, upload, request.format == RECORD_FORMAT_JSON };
	*out = turn;
	return OK;
}

/* The most usual mistake: lines of JSON sent as one JSON document. */
static enum status explain(const struct upload_turn *turn, enum status status, struct error *err)
{
	if (turn->json && status == E_INVALID && str_is(str_from(err->message), "a JSON array must begin with ["))
		return error_set(err, E_INVALID, "Content-Type",
				 "application/json must be an array of records; for one record a line send "
				 "application/x-ndjson, for a single record put it into [ ]");
	return status;
}

enum status record_upload_data(void *context, struct str bytes, struct error *err)
{
	struct upload_turn *turn = context;

	return explain(turn, upload_data(turn->upload, bytes, err), err);
}

static void count_records(struct api *api, const struct http_request *req, const struct upload_result *result)
{
	const struct api_route *route = req->route->tag;
	enum metrics_flow flow = route->access.face == FACE_OPERATOR ? METRICS_DURATIONS : METRICS_CALLS;

	for (int i = 0; i < UPLOAD_OUTCOME_COUNT; i++)
		metrics_records(api->metrics, flow, (enum metrics_outcome)i, (uint64_t)result->outcomes[i]);
}

static enum status answer(void *app, struct http_request *req, struct http_response *res, struct upload_result *result,
			  struct error *err)
{
	enum status status = api_audit(app, req, 201, str_from(result->batch_id), 0, result->received, err);

	if (status != OK)
		return status;
	count_records(app, req, result);
	res->status = 201;
	buf_release(&res->body);
	res->body = result->answer;
	buf_init(&result->answer, 0);
	http_set_header(res, "Location",
			arena_printf(&req->arena, "%.*s%.*s/batches/%s", STR_ARG(api_base_url(req)), STR_ARG(req->path),
				     result->batch_id));
	return OK;
}

enum status record_upload_end(void *context, struct http_request *req, struct http_response *res, struct error *err)
{
	struct upload_turn *turn = context;
	struct upload_result result;
	enum status status = explain(turn, upload_finish(turn->upload, &result, err), err);

	if (status != OK)
		return status;
	turn->upload = NULL;
	status = answer(turn->app, req, res, &result, err);
	buf_release(&result.answer);
	/* After a failure the listener calls abort, which frees the turn. */
	if (status == OK)
		free(turn);
	return status;
}

void record_upload_abort(void *context)
{
	struct upload_turn *turn = context;

	upload_abort(turn->upload);
	free(turn);
}
