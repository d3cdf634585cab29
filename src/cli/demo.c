/* tally demo: an exchange on the embedded store, filled by a simulated programme
 * through its own HTTPS API, as the parties themselves would. */
#include "base/encoding.h"
#include "base/instant.h"
#include "base/random.h"
#include "cli/command.h"
#include "cli/running.h"
#include "formats/json.h"
#include "http/client.h"
#include "simulate/programme.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEMO_DAYS 3
#define DEMO_CALLS_PER_TENANT 14000u
#define DEMO_SEED UINT64_C(20211101)

static const char usage[] =
	"Usage: tally demo [--port P] [--keep DIR]\n"
	"\n"
	"Starts an exchange on the embedded store and fills it through its own API: three\n"
	"operators, five tenants, 2,000 numbers, three days of calls with realistic faults.\n"
	"Prints yesterday's reconciliation and commands to try, and stays up until Ctrl-C.\n"
	"\n"
	"  --port P      listen on 127.0.0.1:P (default 8443, or any free one)\n"
	"  --keep DIR    keep everything in DIR; without it nothing stays behind\n"
	"  --help        this text\n";

struct party {
	char client_id[GUID_TEXT_SIZE];
	char secret[64];
	char token[64];
};

struct demo {
	struct running running;
	struct programme programme;
	struct http_client *http;
	char directory[4096];
	struct party admin;
	struct party operators[PROGRAMME_OPERATORS];
	struct party tenants[PROGRAMME_TENANTS];
	int64_t began_us;
};

static void progress(const struct demo *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void progress(const struct demo *d, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%6.1f s  ", (double)(clock_monotonic_us() - d->began_us) / 1e6);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

/* --- requests ------------------------------------------------------------------- */

/* Sends and expects success; the body of the answer is the caller's to release. */
static enum status request(struct demo *d, const struct party *as, const char *method, const char *path,
			   const struct buf *body, struct http_answer *answer, struct error *err)
{
	const char *const headers[] = { "Content-Type: application/json", NULL };
	struct http_call call = { .method = method, .path = path, .headers = body ? headers : NULL,
				  .body = body ? buf_str(body) : STR_NONE, .timeout_seconds = 120 };
	enum status status;

	http_client_set_token(d->http, as->token);
	status = http_client_send(d->http, &call, answer, err);
	if (status == OK && answer->status >= 300) {
		status = error_set(err, E_INTERNAL, NULL, "%s %s answered %d: %.200s", method, path, answer->status,
				   buf_cstr(&answer->body));
		http_answer_release(answer);
	}
	return status;
}

/* The same where nothing of the answer is wanted. */
static enum status send_json(struct demo *d, const struct party *as, const char *method, const char *path,
			     const struct buf *body, struct error *err)
{
	struct http_answer answer;
	enum status status = request(d, as, method, path, body, &answer, err);

	if (status == OK)
		http_answer_release(&answer);
	return status;
}

/* One string member of an answer's object. */
static enum status answer_member(struct http_answer *answer, const char *key, char *out, size_t size, struct error *err)
{
	const struct json *root;
	struct str value = STR_NONE;
	struct arena arena;
	enum status status;

	arena_init(&arena);
	status = json_parse(&arena, buf_str(&answer->body), &root, err);
	if (status == OK)
		status = json_get_str(root, key, &value, err);
	if (status == OK && (value.n == 0 || value.n >= size))
		status = error_set(err, E_INTERNAL, key, "the answer has no %s", key);
	if (status == OK)
		snprintf(out, size, "%.*s", STR_ARG(value));
	arena_release(&arena);
	return status;
}

static enum status sign_in(struct demo *d, struct party *p, struct error *err)
{
	const char *const headers[] = { "Content-Type: application/x-www-form-urlencoded", NULL };
	struct http_answer answer;
	struct buf form;
	enum status status;

	buf_init(&form, 0);
	buf_printf(&form, "grant_type=client_credentials&client_id=%s&client_secret=%s", p->client_id, p->secret);
	http_client_set_token(d->http, NULL);
	status = http_client_send(d->http,
				  &(struct http_call){ .method = "POST", .path = "/oauth2/v2.0/token", .headers = headers,
						       .body = buf_str(&form) },
				  &answer, err);
	if (status == OK && answer.status != 200)
		status = error_set(err, E_INTERNAL, NULL, "no token for client %s", p->client_id);
	if (status == OK)
		status = answer_member(&answer, "access_token", p->token, sizeof(p->token), err);
	http_answer_release(&answer);
	buf_release(&form);
	return status;
}

/* A client with these roles (comma-separated) for one party, signed in. */
static enum status make_client(struct demo *d, const char *name, const char *party_member, const char *party_id,
			       const char *roles, struct party *p, struct error *err)
{
	struct http_answer answer;
	struct json_writer w;
	struct buf body;
	enum status status;

	buf_init(&body, 0);
	json_writer_init(&w, &body);
	json_object_begin(&w);
	json_member_z(&w, "displayName", name);
	json_member_z(&w, party_member, party_id);
	json_key(&w, "roles");
	json_array_begin(&w);
	for (struct str rest = str_from(roles); rest.n;)
		json_str(&w, str_cut(&rest, ','));
	json_array_end(&w);
	json_object_end(&w);
	status = request(d, &d->admin, "POST", "/platform/v1.0/clients", &body, &answer, err);
	buf_release(&body);
	if (status != OK)
		return status;
	status = answer_member(&answer, "clientId", p->client_id, sizeof(p->client_id), err);
	if (status == OK)
		status = answer_member(&answer, "clientSecret", p->secret, sizeof(p->secret), err);
	http_answer_release(&answer);
	return status == OK ? sign_in(d, p, err) : status;
}

/* --- the programme, step by step ------------------------------------------------- */

static enum status make_parties(struct demo *d, struct error *err)
{
	enum status status = OK;
	struct buf body;

	buf_init(&body, 0);
	for (int i = 0; status == OK && i < PROGRAMME_OPERATORS; i++) {
		const struct programme_operator *o = &d->programme.operators[i];

		buf_clear(&body);
		buf_printf(&body, "{\"id\":\"%s\",\"displayName\":\"%s\",\"country\":\"%s\"}", o->id, o->name, o->country);
		status = send_json(d, &d->admin, "POST", "/platform/v1.0/operators", &body, err);
		if (status == OK)
			status = make_client(d, o->name, "operatorId", o->id,
					     "NumberManagement.Write,PartnerSettings.Read,Data.Read,Data.Write",
					     &d->operators[i], err);
	}
	for (int i = 0; status == OK && i < PROGRAMME_TENANTS; i++) {
		const struct programme_tenant *t = &d->programme.tenants[i];

		buf_clear(&body);
		buf_printf(&body, "{\"id\":\"%s\",\"displayName\":\"%s\",\"defaultDomain\":\"%s\",\"country\":\"%s\"}", t->id,
			   t->name, t->domain, t->country);
		status = send_json(d, &d->admin, "POST", "/platform/v1.0/tenants", &body, err);
		if (status == OK)
			status = make_client(d, t->name, "tenantId", t->id,
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
		status = send_json(d, &d->admin, "POST", path, &body, err);
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
	status = send_json(d, &d->tenants[tenant], "PUT", path, &body, err);
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
	status = request(d, operator, "POST", "/operator/v1.0/numberOrders", &body, &answer, err);
	buf_release(&body);
	if (status != OK)
		return status;
	snprintf(location, sizeof(location), "%s", answer.location);
	http_answer_release(&answer);
	while (status == OK && strcmp(state, "succeeded") != 0) {
		usleep(20000);
		status = request(d, operator, "GET", location, NULL, &answer, err);
		if (status != OK)
			break;
		status = answer_member(&answer, "status", state, sizeof(state), err);
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
		status = send_json(d, &d->tenants[tenant], "POST",
				   "/v1.0/admin/teams/telephoneNumberManagement/numberAssignments/assignNumber", &body, err);
	}
	buf_release(&body);
	return status;
}

static enum status make_numbers(struct demo *d, struct error *err)
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
			progress(d, "%s: %d numbers of %s, %d assigned", d->programme.tenants[i].name, PROGRAMME_NUMBERS,
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

static enum status upload_all(struct demo *d, struct error *err)
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
			progress(d, "%s: %lld call records, %lld duration records", text, (long long)calls,
				 (long long)durations);
	}
	return status;
}

/* --- reconciliation -------------------------------------------------------------------- */

static enum status reconcile_one(struct demo *d, int operator_index, int32_t day, struct http_answer *answer,
				 struct error *err)
{
	char path[256], text[INSTANT_TEXT_SIZE], state[32] = "";
	enum status status;
	struct buf body;

	day_text(day, text);
	buf_init(&body, 0);
	buf_printf(&body, "{\"operatorId\":\"%s\",\"day\":\"%s\"}", d->programme.operators[operator_index].id, text);
	status = send_json(d, &d->admin, "POST", "/platform/v1.0/reconciliations", &body, err);
	buf_release(&body);
	snprintf(path, sizeof(path), "/operator/v1.0/reconciliations/%s", text);
	while (status == OK) {
		status = request(d, &d->operators[operator_index], "GET", path, NULL, answer, err);
		if (status == OK)
			status = answer_member(answer, "status", state, sizeof(state), err);
		if (status == OK && strcmp(state, "succeeded") == 0)
			return OK;
		if (status == OK && strcmp(state, "failed") == 0)
			status = error_set(err, E_INTERNAL, NULL, "the reconciliation failed: %.200s", buf_cstr(&answer->body));
		http_answer_release(answer);
		usleep(50000);
	}
	return status;
}

static double number_of(const struct json *object, const char *key)
{
	const struct json *value = json_get(object, key);
	char text[40];

	if (!value || value->type != JSON_NUMBER)
		return 0;
	snprintf(text, sizeof(text), "%.*s", STR_ARG(value->text));
	return strtod(text, NULL);
}

static struct str text_of(const struct json *object, const char *key)
{
	const struct json *value = json_get(object, key);

	return value && value->type == JSON_STRING ? value->text : STR("");
}

static void print_parameters(const struct json *parameters)
{
	for (const struct json *p = parameters ? parameters->first : NULL; p; p = p->next) {
		if (p->type != JSON_NUMBER && p->type != JSON_STRING)
			continue;
		printf("%s%.*s %.*s", p == parameters->first ? " (" : ", ", STR_ARG(p->key), STR_ARG(p->text));
	}
	if (parameters && parameters->first)
		putchar(')');
}

static void print_summary(const struct demo *d, int operator_index, const struct json *summary)
{
	const struct json *counts = json_get(summary, "counts"), *seconds = json_get(summary, "seconds");
	const struct json *causes = json_get(summary, "causes");

	printf("\n%-18s %-9.*s %7.0f agreed %6.0f differ %6.0f only here %6.0f only there %+.1f min\n",
	       d->programme.operators[operator_index].name, STR_ARG(text_of(summary, "verdict")),
	       number_of(counts, "agreed"), number_of(counts, "differs"), number_of(counts, "platform_only"),
	       number_of(counts, "operator_only"), number_of(seconds, "difference") / 60);
	for (const struct json *c = causes ? causes->first : NULL; c; c = c->next) {
		printf("    %-20.*s %7.0f records %+11.1f min", STR_ARG(text_of(c, "cause")), number_of(c, "records"),
		       number_of(c, "seconds") / 60);
		print_parameters(json_get(c, "parameters"));
		putchar('\n');
	}
}

static enum status reconcile_yesterday(struct demo *d, struct error *err)
{
	enum status status = OK;
	char text[INSTANT_TEXT_SIZE];

	day_text(d->programme.last_day, text);
	progress(d, "reconciling %s", text);
	printf("\nReconciliation of %s, operator against platform\n", text);
	for (int i = 0; status == OK && i < PROGRAMME_OPERATORS; i++) {
		const struct json *summary;
		struct http_answer answer;
		struct arena arena;

		status = reconcile_one(d, i, d->programme.last_day, &answer, err);
		if (status != OK)
			break;
		arena_init(&arena);
		status = json_parse(&arena, buf_str(&answer.body), &summary, err);
		if (status == OK)
			print_summary(d, i, summary);
		arena_release(&arena);
		http_answer_release(&answer);
	}
	return status;
}

/* --- what is left with the user ----------------------------------------------------------- */

static void write_client(struct json_writer *w, const char *name, const char *role, const char *party_member,
			 const char *party_id, const struct party *p)
{
	json_object_begin(w);
	json_member_z(w, "name", name);
	json_member_z(w, "role", role);
	if (party_member)
		json_member_z(w, party_member, party_id);
	json_member_z(w, "clientId", p->client_id);
	json_member_z(w, "clientSecret", p->secret);
	json_object_end(w);
}

static enum status write_demo_json(struct demo *d, char *path, size_t size, struct error *err)
{
	struct json_writer w;
	struct buf out;
	enum status status;

	buf_init(&out, 0);
	json_writer_init(&w, &out);
	json_object_begin(&w);
	json_member_z(&w, "baseUrl", d->running.url);
	json_member_z(&w, "caFile", d->running.ca_file);
	json_key(&w, "clients");
	json_array_begin(&w);
	write_client(&w, "admin", "Platform.Admin", NULL, NULL, &d->admin);
	for (int i = 0; i < PROGRAMME_OPERATORS; i++)
		write_client(&w, d->programme.operators[i].name, "operator", "operatorId", d->programme.operators[i].id,
			     &d->operators[i]);
	for (int i = 0; i < PROGRAMME_TENANTS; i++)
		write_client(&w, d->programme.tenants[i].name, "tenant", "tenantId", d->programme.tenants[i].id,
			     &d->tenants[i]);
	json_array_end(&w);
	json_object_end(&w);
	buf_add_char(&out, '\n');
	snprintf(path, size, "%s/demo.json", d->directory);
	status = file_replace(path, buf_str(&out), err);
	buf_release(&out);
	return status;
}

static void print_invitation(const struct demo *d, const char *demo_json)
{
	char text[INSTANT_TEXT_SIZE];
	const char *curl = "curl --cacert";

	day_text(d->programme.last_day, text);
	printf("\nTry (tokens live for an hour; clients and secrets: %s):\n\n", demo_json);
	printf("# numbers that the platform assigned, as %s sees them\n", d->programme.operators[0].name);
	printf("%s %s -H 'Authorization: Bearer %s' '%s/operator/v1.0/numbers?$top=3'\n\n", curl, d->running.ca_file,
	       d->operators[0].token, d->running.url);
	printf("# why %s and the platform differ\n", d->programme.operators[1].name);
	printf("%s %s -H 'Authorization: Bearer %s' '%s/operator/v1.0/reconciliations/%s/causes'\n\n", curl,
	       d->running.ca_file, d->operators[1].token, d->running.url, text);
	printf("# usage of %s, as Microsoft Graph shows it\n", d->programme.tenants[0].name);
	printf("%s %s -H 'Authorization: Bearer %s' "
	       "'%s/v1.0/communications/callRecords/getPstnCalls(fromDateTime=%s,toDateTime=%s)'\n\n",
	       curl, d->running.ca_file, d->tenants[0].token, d->running.url, text, text);
	printf("Certificate authority: %s\n", d->running.ca_file);
	printf("Directory: %s\n", d->directory);
	puts("Not for production: the local CA is trusted by nobody else.  Ctrl-C stops.");
	printf("ready: %s\n", d->running.url);
	fflush(stdout);
}

static enum status read_admin_file(struct demo *d, struct error *err)
{
	const struct json *root, *clients;
	struct str id = STR_NONE, secret = STR_NONE;
	char path[4200], bytes[8192];
	struct arena arena;
	enum status status;
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s/admin.json", d->directory);
	f = fopen(path, "re");
	if (!f)
		return error_set(err, E_IO, NULL, "%s could not be read", path);
	n = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	arena_init(&arena);
	status = json_parse(&arena, str_of(bytes, n), &root, err);
	clients = status == OK ? json_get(root, "clients") : NULL;
	if (status == OK)
		status = json_get_str(clients ? clients->first : NULL, "clientId", &id, err);
	if (status == OK)
		status = json_get_str(clients->first, "clientSecret", &secret, err);
	snprintf(d->admin.client_id, sizeof(d->admin.client_id), "%.*s", STR_ARG(id));
	snprintf(d->admin.secret, sizeof(d->admin.secret), "%.*s", STR_ARG(secret));
	arena_release(&arena);
	return status;
}

static enum status fill(struct demo *d, struct error *err)
{
	char demo_json[4200];
	enum status status = read_admin_file(d, err);

	if (status == OK)
		status = http_client_new(&d->http, d->running.url, d->running.ca_file, err);
	if (status == OK)
		status = sign_in(d, &d->admin, err);
	if (status == OK)
		status = make_parties(d, err);
	if (status == OK)
		progress(d, "%d operators, %d tenants, their clients and consents", PROGRAMME_OPERATORS, PROGRAMME_TENANTS);
	if (status == OK)
		status = make_numbers(d, err);
	if (status == OK)
		status = upload_all(d, err);
	if (status == OK)
		status = reconcile_yesterday(d, err);
	if (status == OK)
		status = write_demo_json(d, demo_json, sizeof(demo_json), err);
	if (status == OK)
		print_invitation(d, demo_json);
	return status;
}

static enum status run(struct demo *d, const char *port, struct error *err)
{
	struct settings settings;
	struct arena arena;
	enum status status;
	char listen[64];

	settings_defaults(&settings);
	arena_init(&arena);
	settings.data = d->directory;
	settings.log_level = "error";
	snprintf(listen, sizeof(listen), "127.0.0.1:%s", port ? port : "8443");
	settings.listen = listen;
	status = running_start(&d->running, &settings, err);
	if (status != OK && !port) {
		/* 8443 is taken: any free one, since nobody asked for that one. */
		running_stop(&d->running);
		settings.listen = "127.0.0.1:0";
		status = running_start(&d->running, &settings, err);
	}
	if (status == OK) {
		progress(d, "exchange listening on %s", d->running.url);
		status = fill(d, err);
	}
	http_client_free(d->http);
	if (status == OK)
		status = running_wait(&d->running, err);
	running_stop(&d->running);
	arena_release(&arena);
	return status;
}

/* Removes what the demo made, unless it is to be kept. */
static void remove_directory(const char *path)
{
	char command[4200];

	snprintf(command, sizeof(command), "rm -rf -- '%s'", path);
	if (system(command) != 0)
		fprintf(stderr, "tally demo: %s could not be removed\n", path);
}

int command_demo(int argc, char **argv)
{
	static const struct option longs[] = { { "port", required_argument, NULL, 'p' },
					       { "keep", required_argument, NULL, 'k' },
					       { "help", no_argument, NULL, 'h' },
					       { 0 } };
	struct demo *d = xalloc(sizeof(*d));
	const char *port = NULL, *keep = NULL;
	struct error err = { 0 };
	uint64_t number;
	int c, code = EXIT_DONE;

	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (c == 'p')
			port = optarg;
		else if (c == 'k')
			keep = optarg;
		else
			code = c == 'h' ? -1 : EXIT_USAGE;
	}
	if (code == -1) {
		fputs(usage, stdout);
		free(d);
		return EXIT_DONE;
	}
	if (code == EXIT_USAGE || optind < argc || (port && !str_to_u64(str_from(port), 65535, &number))) {
		fputs("tally demo: expected [--port P] [--keep DIR]\nTry: tally demo --help\n", stderr);
		free(d);
		return EXIT_USAGE;
	}
	snprintf(d->directory, sizeof(d->directory), "%s", keep ? keep : "/tmp/tally-demo-XXXXXX");
	if (!keep && !mkdtemp(d->directory)) {
		perror("tally demo: /tmp");
		free(d);
		return EXIT_INTERNAL;
	}
	d->began_us = clock_monotonic_us();
	programme_init(&d->programme, DEMO_SEED, instant_day(clock_now_ms()) - 1, DEMO_CALLS_PER_TENANT);
	if (run(d, port, &err) != OK) {
		fprintf(stderr, "tally demo: %s\n", err.message);
		code = EXIT_INTERNAL;
	}
	if (!keep)
		remove_directory(d->directory);
	free(d);
	return code;
}
