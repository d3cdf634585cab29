/* The privacy officer's face, reading: what is kept how long, who was shown what, the statement. */
#include "api/groups.h"
#include "base/instant.h"

#define AUDIT_PAGE_BYTES ((size_t)512 * 1024)

/* What a policy says for a country; "" is any that it does not name. */
typedef int64_t policy_value(const struct policy *policy, enum retained_kind kind, struct str country);

static int64_t days_kept(const struct policy *policy, enum retained_kind kind, struct str country)
{
	return policy_retention_days(policy, kind, country);
}

static int64_t digits_masked(const struct policy *policy, enum retained_kind kind, struct str country)
{
	(void)kind;
	return policy_masked_digits(policy, country);
}

/* The default, and each country that differs from it. */
static void write_by_country(struct json_writer *w, const struct policy *policy, enum retained_kind kind,
			     policy_value *value)
{
	int64_t fallback = value(policy, kind, STR(""));
	char country[3] = "";

	json_object_begin(w);
	json_member_i64(w, "default", fallback);
	for (country[0] = 'A'; country[0] <= 'Z'; country[0]++) {
		for (country[1] = 'A'; country[1] <= 'Z'; country[1]++) {
			int64_t own = value(policy, kind, str_of(country, 2));

			if (own != fallback)
				json_member_i64(w, country, own);
		}
	}
	json_object_end(w);
}

static void write_retention(struct json_writer *w, const struct policy *policy)
{
	json_array_begin(w);
	for (int kind = 0; kind < RETAIN_KIND_COUNT; kind++) {
		json_object_begin(w);
		json_member_z(w, "kind", policy_kind_name((enum retained_kind)kind));
		json_key(w, "days");
		write_by_country(w, policy, (enum retained_kind)kind, days_kept);
		json_object_end(w);
	}
	json_array_end(w);
}

/* An answer about the policy, which begins with its hash. */
static enum status policy_begin(void *app, struct http_request *req, struct http_response *res, struct json_writer *w,
				struct error *err)
{
	enum status status = api_audit(app, req, 200, STR_NONE, 0, 0, err);

	if (status != OK)
		return status;
	api_json_begin(res, 200, w);
	json_object_begin(w);
	json_member_z(w, "policy", policy_hash(api_exchange(app)->policy));
	return OK;
}

static enum status retention(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	const struct policy *policy = api_exchange(app)->policy;
	struct json_writer w;
	enum status status = policy_begin(app, req, res, &w, err);

	if (status != OK)
		return status;
	json_key(&w, "value");
	write_retention(&w, policy);
	json_object_end(&w);
	return OK;
}

/* --- the statement: what is processed, why, and who sees it --------------------------------- */

static const struct {
	const char *data, *purpose, *fields, *recipients;
	enum retained_kind kind;
} processing[] = {
	{ "numbers", "The operator routes calls to the right place and knows which of its numbers are in use.",
	  "telephone number, SIP URI, tenant, country, usage, capabilities, assignment status",
	  "the operator of the number; the tenant it is assigned in; the platform", RETAIN_ASSIGNMENTS },
	{ "call records", "Both sides troubleshoot and keep the service working; tenants see their usage.",
	  "both numbers, times, duration, release cause, trunk, tenant; to the tenant also the user",
	  "the operator that carried the call, without the user; the tenant, the other party's number masked; the platform",
	  RETAIN_CALL_RECORDS },
	{ "media quality of call records", "Both sides find bad paths.", "codec, jitter, loss, round trip, MOS of each stream",
	  "the operator that carried the call; the tenant; the platform", RETAIN_QUALITY },
	{ "duration records", "The platform shows usage and checks that its records agree with the operator's.",
	  "both numbers, times, duration, release cause, trunk", "the operator that handed them in; the platform",
	  RETAIN_DURATION_RECORDS },
	{ "uploads", "Either side can tell what was handed over, and when.", "client, time, counts, errors by record id",
	  "the operator that uploaded; the platform", RETAIN_BATCHES },
	{ "audit log", "Proof of who was shown what.", "client, route, counts, subjects as keyed pseudonyms",
	  "the privacy officer", RETAIN_AUDIT },
};

static enum status statement(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	const struct policy *policy = api_exchange(app)->policy;
	struct json_writer w;
	enum status status = policy_begin(app, req, res, &w, err);

	if (status != OK)
		return status;
	json_key(&w, "processing");
	json_array_begin(&w);
	for (size_t i = 0; i < sizeof(processing) / sizeof(processing[0]); i++) {
		json_object_begin(&w);
		json_member_z(&w, "data", processing[i].data);
		json_member_z(&w, "purpose", processing[i].purpose);
		json_member_z(&w, "fields", processing[i].fields);
		json_member_z(&w, "recipients", processing[i].recipients);
		json_member_z(&w, "retention", policy_kind_name(processing[i].kind));
		json_object_end(&w);
	}
	json_array_end(&w);
	json_key(&w, "retentionDays");
	write_retention(&w, policy);
	json_key(&w, "maskedDigits");
	write_by_country(&w, policy, RETAIN_CALL_RECORDS, digits_masked);
	json_object_end(&w);
	return OK;
}

/* --- the audit log ------------------------------------------------------------------------------ */

struct audit_filter {
	struct str operator_id, tenant_id, client_id;
	int32_t day;
};

static enum status read_filter(struct http_request *req, struct audit_filter *f, struct error *err)
{
	struct str day;
	enum status status = http_query(req, "day", false, &day, err);

	if (status == OK)
		status = http_query(req, "operatorId", false, &f->operator_id, err);
	if (status == OK)
		status = http_query(req, "tenantId", false, &f->tenant_id, err);
	if (status == OK)
		status = http_query(req, "clientId", false, &f->client_id, err);
	if (status != OK)
		return status;
	if (f->operator_id.n + f->tenant_id.n + f->client_id.n > 3 * GUID_TEXT_SIZE)
		return error_set(err, E_INVALID, NULL, "operatorId, tenantId and clientId are GUIDs");
	f->day = instant_day(clock_now_ms());
	if (!str_is_none(day) && !day_parse(day, &f->day))
		return error_set(err, E_INVALID, "day", "day must be a date as 2026-11-24");
	return OK;
}

static bool member_is(const struct json *event, const char *key, struct str wanted)
{
	const struct json *value = json_get(event, key);

	return str_is_none(wanted) || (value && value->type == JSON_STRING && str_equal_ascii_case(value->text, wanted));
}

/* Lines of the log that pass the filter, as elements of an array; a torn line of a crash is left out. */
static void write_events(struct json_writer *w, struct str lines, const struct audit_filter *f)
{
	struct arena arena;

	arena_init(&arena);
	while (lines.n) {
		struct str line = str_cut(&lines, '\n');
		const struct json *event;

		arena_clear(&arena);
		if (line.n == 0 || json_parse(&arena, line, &event, NULL) != OK ||
		    !member_is(event, "operatorId", f->operator_id) || !member_is(event, "tenantId", f->tenant_id) ||
		    !member_is(event, "clientId", f->client_id))
			continue;
		json_raw(w, line);
	}
	arena_release(&arena);
}

/* Options of the first page, for the link: the filter as "day|operator|tenant|client". */
static struct str freeze(struct arena *arena, const struct audit_filter *f)
{
	char day[INSTANT_TEXT_SIZE];

	day_text(f->day, day);
	return arena_printf(arena, "%s|%.*s|%.*s|%.*s", day, STR_ARG(f->operator_id), STR_ARG(f->tenant_id),
			    STR_ARG(f->client_id));
}

static void thaw(struct str options, struct audit_filter *f)
{
	struct str *const parts[] = { &f->operator_id, &f->tenant_id, &f->client_id };

	day_parse(str_cut(&options, '|'), &f->day);
	for (int i = 0; i < 3; i++) {
		*parts[i] = str_cut(&options, '|');
		if (parts[i]->n == 0)
			*parts[i] = STR_NONE;
	}
}

static enum status events(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	struct link link = { .position = 0 };
	struct audit_filter filter = { 0 };
	struct json_writer w;
	struct buf lines;
	int64_t next = -1;
	bool present;
	enum status status = api_link_open(app, req, res, LINK_AUDIT, 0, &link, &present, err);

	if (status == OK && present)
		thaw(link.options, &filter);
	else if (status == OK)
		status = read_filter(req, &filter, err);
	if (status == OK)
		status = api_audit(app, req, 200, STR_NONE, 0, 0, err);
	if (status != OK)
		return status;
	buf_init(&lines, 0);
	status = audit_read(api_exchange(app)->audit, filter.day, link.position, AUDIT_PAGE_BYTES, &lines, &next, err);
	if (status == OK) {
		api_json_begin(res, 200, &w);
		json_object_begin(&w);
		json_key(&w, "value");
		json_array_begin(&w);
		write_events(&w, buf_str(&lines), &filter);
		json_array_end(&w);
		if (next >= 0 && lines.n + 4096 > AUDIT_PAGE_BYTES)
			api_link_write(app, req, &w,
				       (struct link){ .kind = LINK_NEXT,
						      .feed = LINK_AUDIT,
						      .position = next,
						      .options = freeze(&req->arena, &filter) });
		json_object_end(&w);
	}
	buf_release(&lines);
	return status;
}

#define OFFICER { FACE_PRIVACY, ROLE_PRIVACY_OFFICER, false }

static const struct api_route routes[] = {
	{ HTTP_GET, "/privacy/v1.0/retentionPolicies", retention, NULL, OFFICER,
	  "How long each kind of record is kept, by country.", NULL, NULL, "RetentionPolicyList", 200, 0 },
	{ HTTP_GET, "/privacy/v1.0/auditEvents", events, NULL, OFFICER,
	  "Who was shown or changed what on a day; subjects are pseudonyms.", "day,operatorId,tenantId,clientId,$skiptoken",
	  NULL, "AuditEventList", 200, 0 },
	{ HTTP_GET, "/privacy/v1.0/statement", statement, NULL, OFFICER,
	  "What personal data is processed, for what, who sees it, and for how long.", NULL, NULL, "PrivacyStatement", 200, 0 },
};

const struct api_route_group api_privacy_group = { routes, sizeof(routes) / sizeof(routes[0]) };
