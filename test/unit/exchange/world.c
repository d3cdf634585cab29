#include "world.h"

#include <stdlib.h>

const struct json *world_json(struct world *w, const char *text)
{
	const struct json *root;

	must(json_parse(&w->arena, str_from(text), &root, &err));
	return root;
}

number_t number_of_text(const char *text)
{
	number_t number = 0;

	assert_true(number_parse_e164(str_from(text), &number));
	return number;
}

enum status put_consent(struct world *w, int op, int tenant, const char *body)
{
	const struct json *b = world_json(w, body);
	struct consent_change change = { .countries = json_get(b, "consentedCountries"),
					 .contacts = json_get(b, "contacts") };
	struct consent_row row;
	bool created;

	must(json_get_str(b, "status", &change.status, &err));
	must(json_get_str(b, "noticeVersion", &change.notice_version, &err));
	must(json_get_str(b, "acceptedBy", &change.accepted_by, &err));
	return consents_put(&w->exchange, &w->arena, w->op[op].id, w->tenant[tenant].id, &change, false, &row, &created,
			    NULL);
}

static void make_parties(struct world *w)
{
	struct exchange *x = &w->exchange;
	bool created;

	for (int i = 0; i < 2; i++) {
		w->op[i] = (struct operator_row){ .display_name = STR("Operator"), .country = STR("DE") };
		must(parties_create(x, &w->arena, &party_operator, STR_NONE, &w->op[i], &created, &err));
		w->tenant[i] = (struct tenant_row){ .display_name = STR("Tenant"),
						    .country = STR("DE"),
						    .default_domain = STR("contoso.example") };
		must(parties_create(x, &w->arena, &party_tenant, STR_NONE, &w->tenant[i], &created, &err));
	}
	w->user = (struct user_row){ .user_principal_name = STR("ada@contoso.example"),
				     .display_name = STR("Ada"),
				     .country = STR("DE") };
	w->app = (struct user_row){ .user_principal_name = STR("menu@contoso.example"),
				    .display_name = STR("Menu"),
				    .country = STR("DE"),
				    .account_type = STR("resourceAccount") };
	must(parties_create(x, &w->arena, &party_user, w->tenant[0].id, &w->user, &created, &err));
	must(parties_create(x, &w->arena, &party_user, w->tenant[0].id, &w->app, &created, &err));
	for (int i = 0; i < 2; i++)
		assert_int_equal(put_consent(w, i, 0, "{\"consentedCountries\":[\"DE\",\"FR\"]}"), OK);
}

int world_setup(void **state)
{
	struct world *w = xalloc(sizeof(*w));
	const struct place *place;
	struct store_settings settings = { 0 };

	if (place_setup(&w->place) != 0)
		return -1;
	place = w->place;
	settings.directory = place->directory;
	settings.postgres_uri = place->engine == SQL_POSTGRES ? place->uri : NULL;
	arena_init(&w->arena);
	settings_defaults(&w->exchange.settings);
	must(policy_open(&w->exchange.policy, NULL, &err));
	must(store_open(&w->exchange.store, &settings, &err));
	make_parties(w);
	*state = w;
	return 0;
}

int world_teardown(void **state)
{
	struct world *w = *state;
	void *place = w->place;

	store_close(w->exchange.store);
	policy_free(w->exchange.policy);
	arena_release(&w->arena);
	free(w);
	return place_teardown(&place);
}

struct number_terms user_terms(const struct world *w)
{
	return (struct number_terms){ .tenant_id = w->tenant[0].id,
				      .usage = STR("CallingUserAssignment"),
				      .capabilities = STR("UserAssignment,InboundCalling,OutboundCalling") };
}

struct number_row provisioned(struct world *w, int op, const char *number)
{
	struct number_terms terms = user_terms(w);
	struct number_row row;
	bool created = false;

	must(provision_number(&w->exchange, &w->arena, w->op[op].key, number_of_text(number), &terms, &row, &created,
			      &err));
	assert_true(created);
	return row;
}

void assigned(struct world *w, const char *number, const struct user_row *holder)
{
	struct assignment assignment = { .number = number_of_text(number), .target_id = holder->id };
	struct operation_row operation;

	must(assign_number(&w->exchange, &w->arena, w->tenant[0].key, &assignment, &operation, &err));
}

struct number_row current(struct world *w, const char *number)
{
	struct number_row row = { 0 };

	must(numbers_get(&w->exchange, &w->arena, NUMBERS_OF_TENANT, w->tenant[0].key, number_of_text(number), &row,
			 &err));
	return row;
}
