#include "cli/demo_private.h"

#include "base/instant.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static enum status reconcile_one(struct demo *d, int operator_index, int32_t day, struct http_answer *answer,
				 struct error *err)
{
	char path[256], text[INSTANT_TEXT_SIZE], state[32] = "";
	enum status status;
	struct buf body;

	day_text(day, text);
	buf_init(&body, 0);
	buf_printf(&body, "{\"operatorId\":\"%s\",\"day\":\"%s\"}", d->programme.operators[operator_index].id, text);
	status = demo_send(d, &d->admin, "POST", "/platform/v1.0/reconciliations", &body, err);
	buf_release(&body);
	snprintf(path, sizeof(path), "/operator/v1.0/reconciliations/%s", text);
	while (status == OK) {
		status = demo_request(d, &d->operators[operator_index], "GET", path, NULL, answer, err);
		if (status == OK)
			status = demo_member(answer, "status", state, sizeof(state), err);
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

enum status demo_reconcile_yesterday(struct demo *d, struct error *err)
{
	enum status status = OK;
	char text[INSTANT_TEXT_SIZE];

	day_text(d->programme.last_day, text);
	demo_progress(d, "reconciling %s", text);
	printf("\nReconciliation of %s, operator against platform\n"
	       "only here: calls that the platform alone has, most of them answered by nobody; only there: that the operator "
	       "alone has\n",
	       text);
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

enum status demo_write_json(struct demo *d, char *path, size_t size, struct error *err)
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

void demo_print_invitation(const struct demo *d, const char *demo_json)
{
	char text[INSTANT_TEXT_SIZE], next[INSTANT_TEXT_SIZE];
	const char *curl = "curl --cacert";

	day_text(d->programme.last_day, text);
	day_text(d->programme.last_day + 1, next);
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
	       curl, d->running.ca_file, d->tenants[0].token, d->running.url, text, next);
	printf("Certificate authority: %s\n", d->running.ca_file);
	printf("Directory: %s\n", d->directory);
	puts("Not for production: the local CA is trusted by nobody else.  Ctrl-C stops.");
	printf("ready: %s\n", d->running.url);
	fflush(stdout);
}
