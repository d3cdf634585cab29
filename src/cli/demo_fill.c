#include "cli/demo_private.h"

#include "base/instant.h"

#include <stdio.h>
#include <unistd.h>

enum status demo_make_parties(struct demo *d, struct error *err)
{
	enum status status = OK;
	struct buf body;

	buf_init(&body, 0);
	for (int i = 0; status == OK && i < PROGRAMME_OPERATORS; i++) {
		const struct programme_operator *o = &d->programme.operators[i];

		buf_clear(&body);
		buf_printf(&body, "{\"id\":\"%s\",\"displayName\":\"%s\",\"country\":\"%s\"}", o->id, o->name, o->country);
		status = demo_send(d, &d->admin, "POST", "/platform/v1.0/operators", &body, err);
		if (status == OK)
			status = demo_make_client(d, o->name, "operatorId", o->id,
					     "NumberManagement.Write,PartnerSettings.Read,Data.Read,Data.Write",
					     &d->operators[i], err);
	}
	for (int i = 0; status == OK && i < PROGRAMME_TENANTS; i++) {
		const struct programme_tenant *t = &d->programme.tenants[i];

		buf_clear(&body);
		buf_printf(&body, "{\"id\":\"%s\",\"displayName\":\"%s\",\"defaultDomain\":\"%s\",\"country\":\"%s\"}", t->id,
			   t->name, t->domain, t->country);
		status = demo_send(d, &d->admin, "POST", "/platform/v1.0/tenants", &body, err);
		if (status == OK)
			status = demo_make_client(d, t->name, "tenantId", t->id,
					     "TeamsTelephoneNumber.ReadWrite.All,CallRecords.Read.All,"
					     "CallRecord-PstnCalls.Read.All",
					     &d->tenants[i], err);
	}
	buf_release(&body);
	return status;
}

static enum status make_users(struct demo *d, const struct programme_tenant *t, struct error *err)
{
	char path[128];
	enum status status = OK;
	struct buf body;

	buf_init(&body, 0);
	snprintf(path, sizeof(path), "/platform/v1.0/tenants/%s/users", t->id);
	for (int u = 0; status == OK && u < PROGRAMME_ASSIGNED; u++) {
		buf_clear(&body);
		buf_printf(&body,
			   "{\"id\":\"%s\",\"userPrincipalName\":\"user%03d@%s\",\"displayName\":\"User %03d\","
			   "\"country\":\"%s\"}",
			   t->users[u], u + 1, t->domain, u + 1, t->country);
		status = demo_send(d, &d->admin, "POST", path, &body, err);
	}
	buf_release(&body);
	return status;
}

static enum status consent(struct demo *d, int tenant, struct error *err)
{
	const struct programme_tenant *t = &d->programme.tenants[tenant];
	char path[160];
	enum status status;
	struct buf body;

	buf_init(&body, 0);
	snprintf(path, sizeof(path), "/v1.0/operatorConnect/consents/%s", d->programme.operators[t->operator_index].id);
	buf_printf(&body,
		   "{\"status\":\"active\",\"consentedCountries\":[\"%s\"],\"contacts\":[{\"fullName\":\"Telephony desk\","
		   "\"email\":\"telephony@%s\"}],\"noticeVersion\":\"2021-05-27\",\"acceptedBy\":\"admin@%s\"}",
		   t->country, t->domain, t->domain);
	status = demo_send(d, &d->tenants[tenant], "PUT", path, &body, err);
	buf_release(&body);
	return status;
}

/* Places one order for all of a tenant's numbers and waits until it is done. */
static enum status order_numbers(struct demo *d, int tenant, struct error *err)
{
	const struct programme_tenant *t = &d->programme.tenants[tenant];
	const struct party *operator = &d->operators[t->operator_index];
	char from[NUMBER_TEXT_SIZE], to[NUMBER_TEXT_SIZE], state[32] = "", location[1024];
	struct http_answer answer;
	enum status status;
	struct buf body;

	number_text(programme_number(t, 0), from);
	number_text(programme_number(t, PROGRAMME_NUMBERS - 1), to);
	buf_init(&body, 0);
	buf_printf(&body,
		   "{\"type\":\"provision\",\"tenantId\":\"%s\",\"usage\":\"CallingUserAssignment\","
		   "\"acquiredCapabilities\":[\"UserAssignment\",\"InboundCalling\",\"OutboundCalling\",\"Geographic\"],"
		   "\"numbers\":[{\"from\":\"%s\",\"to\":\"%s\"}]}",
		   t->id, from, to);
	status = demo_request(d, operator, "POST", "/operator/v1.0/numberOrders", &body, &answer, err);
	buf_release(&body);
	if (status != OK)
		return status;
	snprintf(location, sizeof(location), "%s", answer.location);
	http_answer_release(&answer);
	while (status == OK && strcmp(state, "succeeded") != 0) {
		usleep(20000);
		status = demo_request(d, operator, "GET", location, NULL, &answer, err);
		if (status != OK)
			break;
		status = demo_member(&answer, "status", state, sizeof(state), err);
		if (status == OK && (strcmp(state, "failed") == 0 || strcmp(state, "partiallySucceeded") == 0))
			status = error_set(err, E_INTERNAL, NULL, "the number order for %s ended as %s", t->name, state);
		http_answer_release(&answer);
	}
	return status;
}

static enum status assign_numbers(struct demo *d, int tenant, struct error *err)
{
	const struct programme_tenant *t = &d->programme.tenants[tenant];
	char number[NUMBER_TEXT_SIZE];
	enum status status = OK;
	struct buf body;

	buf_init(&body, 0);
	for (unsigned i = 0; status == OK && i < PROGRAMME_ASSIGNED; i++) {
		number_text(programme_number(t, i), number);
		buf_clear(&body);
		buf_printf(&body,
			   "{\"telephoneNumber\":\"%s\",\"assignmentTargetId\":\"%s\",\"numberType\":\"operatorConnect\"}", number,
			   t->users[i]);
		status = demo_send(d, &d->tenants[tenant], "POST",
				   "/v1.0/admin/teams/telephoneNumberManagement/numberAssignments/assignNumber", &body, err);
	}
	buf_release(&body);
	return status;
}

enum status demo_make_numbers(struct demo *d, struct error *err)
{
	enum status status = OK;

	for (int i = 0; status == OK && i < PROGRAMME_TENANTS; i++) {
		status = consent(d, i, err);
		if (status == OK)
			status = make_users(d, &d->programme.tenants[i], err);
		if (status == OK)
			status = order_numbers(d, i, err);
		if (status == OK)
			status = assign_numbers(d, i, err);
		if (status == OK)
			demo_progress(d, "%s: %d numbers of %s, %d assigned", d->programme.tenants[i].name, PROGRAMME_NUMBERS,
				 d->programme.operators[d->programme.tenants[i].operator_index].name, PROGRAMME_ASSIGNED);
	}
	return status;
}

/* --- uploads ------------------------------------------------------------------------ */

struct upload {
	struct programme_day *day;
	bool (*next)(struct programme_day *day, struct buf *out);
	struct buf line;
	size_t at;
};

static size_t upload_read(void *context, char *out, size_t max)
{
	struct upload *u = context;
	size_t n = 0;

	while (n < max) {
		size_t take;

		if (u->at == u->line.n) {
			buf_clear(&u->line);
			u->at = 0;
			if (!u->next(u->day, &u->line))
				break;
		}
		take = u->line.n - u->at < max - n ? u->line.n - u->at : max - n;
		memcpy(out + n, u->line.p + u->at, take);
		n += take;
		u->at += take;
	}
	return n;
}

/* Sends one side's records of a day; *accepted as the exchange says. */
static enum status upload(struct demo *d, const struct party *as, const char *path, struct upload *u, int64_t *accepted,
			  struct error *err)
{
	const char *const headers[] = { "Content-Type: application/x-ndjson", NULL };
	const struct json *root;
	struct http_answer answer;
	struct arena arena;
	int64_t rejected = 0;
	enum status status;

	http_client_set_token(d->http, as->token);
	status = http_client_send(d->http,
				  &(struct http_call){ .method = "POST", .path = path, .headers = headers,
						       .read = upload_read, .context = u, .timeout_seconds = 120 },
				  &answer, err);
	buf_release(&u->line);
	if (status != OK)
		return status;
	arena_init(&arena);
	if (answer.status != 201)
		status = error_set(err, E_INTERNAL, NULL, "POST %s answered %d: %.200s", path, answer.status,
				   buf_cstr(&answer.body));
	if (status == OK)
		status = json_parse(&arena, buf_str(&answer.body), &root, err);
	if (status == OK)
		status = json_get_i64(root, "accepted", 0, INT64_MAX, accepted, err);
	if (status == OK)
		status = json_get_i64(root, "rejected", 0, INT64_MAX, &rejected, err);
	if (status == OK && rejected)
		status = error_set(err, E_INTERNAL, NULL, "POST %s rejected %lld records: %.200s", path, (long long)rejected,
				   buf_cstr(&answer.body));
	arena_release(&arena);
	http_answer_release(&answer);
	return status;
}

static enum status upload_day(struct demo *d, int operator_index, int32_t day, int64_t *calls, int64_t *durations,
			      struct error *err)
{
	struct upload u = { .day = programme_day_new(&d->programme, operator_index, day),
			    .next = programme_day_next_call };
	enum status status = upload(d, &d->admin, "/platform/v1.0/callRecords", &u, calls, err);

	u = (struct upload){ .day = u.day, .next = programme_day_next_duration };
	if (status == OK)
		status = upload(d, &d->operators[operator_index], "/operator/v1.0/callDurations", &u, durations, err);
	programme_day_free(u.day);
	return status;
}

enum status demo_upload_all(struct demo *d, struct error *err)
{
	enum status status = OK;

	for (int32_t day = d->programme.last_day - DEMO_DAYS + 1; status == OK && day <= d->programme.last_day; day++) {
		int64_t calls = 0, durations = 0;
		char text[INSTANT_TEXT_SIZE];

		for (int i = 0; status == OK && i < PROGRAMME_OPERATORS; i++) {
			int64_t c = 0, n = 0;

			status = upload_day(d, i, day, &c, &n, err);
			calls += c;
			durations += n;
		}
		day_text(day, text);
		if (status == OK)
			demo_progress(d, "%s: %lld call records, %lld duration records", text, (long long)calls,
				 (long long)durations);
	}
	return status;
}
