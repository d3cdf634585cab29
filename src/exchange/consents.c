#include "exchange/consents.h"

#include "base/instant.h"
#include "exchange/fields.h"
#include "exchange/word_list.h"
#include "store/numbers.h"

#define COUNTRIES_MAX 250
#define CONTACTS_MAX 20

static const char *const consent_states[] = { "active", "suspended", "removed", NULL };
static const char *const contact_members[] = { "fullName",    "email",       "telephoneNumber",
					       "companyName", "companySize", NULL };

/* The array's countries as "DE,FR", each once. */
static enum status countries_text(struct arena *arena, const struct json *countries, struct str *text,
				  struct error *err)
{
	struct str list = STR("");

	if (countries->count == 0 || countries->count > COUNTRIES_MAX)
		return error_set(err, E_FIELD_VALUE, "consentedCountries",
				 "consentedCountries: expected 1 to %d countries", COUNTRIES_MAX);
	for (const struct json *c = countries->first; c; c = c->next) {
		struct str code = c->text;
		enum status status;

		if (c->type != JSON_STRING)
			return error_set(err, E_FIELD_TYPE, "consentedCountries",
					 "consentedCountries: expected an array of strings");
		status = field_check(arena, FIELD_COUNTRY, "consentedCountries", &code, err);
		if (status != OK)
			return status;
		list = word_list_add(arena, list, code);
	}
	*text = list;
	return OK;
}

static enum status contact_write(struct json_writer *w, const struct json *contact, struct error *err)
{
	json_object_begin(w);
	for (size_t i = 0; contact_members[i]; i++) {
		struct str value = STR_NONE;

		if (json_get_str(contact, contact_members[i], &value, err) != OK)
			return err ? err->status : E_FIELD_TYPE;
		if (value.n > 320)
			return error_set(err, E_FIELD_VALUE, "contacts", "contacts: %s is longer than 320 bytes",
					 contact_members[i]);
		if (!str_is_none(value))
			json_member_str(w, contact_members[i], value);
	}
	json_object_end(w);
	return OK;
}

static enum status contacts_text(struct arena *arena, const struct json *contacts, struct str *text, struct error *err)
{
	struct json_writer w;
	struct buf out;
	enum status status = OK;

	if (contacts->count > CONTACTS_MAX)
		return error_set(err, E_FIELD_VALUE, "contacts", "contacts: expected at most %d", CONTACTS_MAX);
	buf_init(&out, 0);
	json_writer_init(&w, &out);
	json_array_begin(&w);
	for (const struct json *c = contacts->first; c && status == OK; c = c->next)
		status = c->type == JSON_OBJECT
				 ? contact_write(&w, c, err)
				 : error_set(err, E_FIELD_TYPE, "contacts", "contacts: expected an array of objects");
	json_array_end(&w);
	if (status == OK)
		*text = arena_str(arena, buf_str(&out));
	buf_release(&out);
	return status;
}

static enum status short_text(const char *name, struct str value, struct error *err)
{
	if (value.n > 256)
		return error_set(err, E_FIELD_VALUE, name, "%s: expected at most 256 bytes", name);
	return OK;
}

/* Writes what is given over the row. */
static enum status consent_merge(struct arena *arena, const struct consent_change *change, struct consent_row *row,
				 struct error *err)
{
	enum status status = OK;

	if (!str_is_none(change->status)) {
		status = word_check(consent_states, "status", change->status, err);
		row->status = change->status;
	}
	if (status == OK && change->countries)
		status = countries_text(arena, change->countries, &row->countries, err);
	if (status == OK && change->contacts)
		status = contacts_text(arena, change->contacts, &row->contacts, err);
	if (status == OK && !str_is_none(change->notice_version)) {
		status = short_text("noticeVersion", change->notice_version, err);
		row->notice_version = change->notice_version;
	}
	if (status == OK && !str_is_none(change->accepted_by)) {
		status = short_text("acceptedBy", change->accepted_by, err);
		row->accepted_by = change->accepted_by;
	}
	return status;
}

static bool consent_equal(const struct consent_row *a, const struct consent_row *b)
{
	return str_equal(a->status, b->status) && str_equal(a->countries, b->countries) &&
	       str_equal(a->contacts, b->contacts) && str_equal(a->notice_version, b->notice_version) &&
	       str_equal(a->accepted_by, b->accepted_by);
}

static enum status numbers_are_released(struct sql *sql, const struct consent_row *row, struct error *err)
{
	int64_t count = 0;
	enum status status = numbers_count_between(sql, row->operator_key, row->tenant_key, &count, err);

	if (status == OK && count > 0)
		return error_set(err, E_IN_USE, "status",
				 "the operator still has %lld numbers with the tenant; they must be released first",
				 (long long)count);
	return status;
}

static enum status consent_change_in(struct sql *sql, struct arena *arena, const struct consent_change *change,
				     bool must_exist, struct consent_row *row, bool *created, struct error *err)
{
	struct consent_row before = { .status = STR_NONE };
	struct number_feed feed;
	enum status status;

	/* The operator's changes of numbers wait for ours, and ours for them. */
	status = number_feed_open(sql, row->operator_key, &feed, err);
	if (status == OK)
		status = consent_find(sql, arena, row->operator_key, row->tenant_key, &before, err);
	*created = status == E_NOT_FOUND && !must_exist;
	if (status == OK)
		*row = before;
	else if (!*created)
		return status;
	status = consent_merge(arena, change, row, err);
	if (status == OK && str_is_none(row->countries))
		status = error_set(err, E_MISSING_FIELD, "consentedCountries", "consentedCountries is needed");
	if (status == OK && str_is(row->status, "removed"))
		status = numbers_are_released(sql, row, err);
	if (status != OK || (!*created && consent_equal(row, &before)))
		return status;
	row->modified_ms = clock_now_ms();
	if (*created || (str_is(before.status, "removed") && !str_is(row->status, "removed")))
		row->consented_ms = row->modified_ms;
	return consent_put(sql, row, err);
}

enum status consents_put(struct exchange *exchange, struct arena *arena, struct str operator_id, struct str tenant_id,
			 const struct consent_change *change, bool must_exist, struct consent_row *row, bool *created,
			 struct error *err)
{
	struct operator_row op;
	struct tenant_row tenant;
	struct sql *sql;
	enum status status = store_write(exchange->store, &sql, err);

	if (status != OK)
		return status;
	status = operator_find(sql, arena, operator_id, &op, err);
	if (status == OK)
		status = tenant_find(sql, arena, tenant_id, &tenant, err);
	if (status == OK) {
		*row = (struct consent_row){
			.operator_key = op.key,
			.tenant_key = tenant.key,
			.operator_id = op.id,
			.tenant_id = tenant.id,
			.status = STR("active"),
			.contacts = STR("[]"),
		};
		status = consent_change_in(sql, arena, change, must_exist, row, created, err);
	}
	if (status == OK)
		return store_commit(exchange->store, sql, err);
	store_abort(exchange->store, sql);
	return status;
}

enum status consents_find(struct exchange *exchange, struct arena *arena, struct str operator_id, struct str tenant_id,
			  struct consent_row *row, struct error *err)
{
	struct operator_row op;
	struct tenant_row tenant;
	struct sql *sql;
	enum status status = store_read(exchange->store, &sql, err);

	if (status != OK)
		return status;
	status = operator_find(sql, arena, operator_id, &op, err);
	if (status == OK)
		status = tenant_find(sql, arena, tenant_id, &tenant, err);
	if (status == OK)
		status = consent_find(sql, arena, op.key, tenant.key, row, err);
	store_abort(exchange->store, sql);
	/* Which of the three is absent is not the caller's to know. */
	if (status == E_NOT_FOUND)
		return error_set(err, E_NOT_FOUND, NULL, "there is no such consent");
	return status;
}

enum status consents_list(struct exchange *exchange, struct arena *arena, int64_t operator_key, int64_t tenant_key,
			  int64_t after_operator_key, int64_t after_tenant_key, int64_t max, struct consent_row **rows,
			  size_t *count, struct error *err)
{
	struct sql *sql;
	enum status status = store_read(exchange->store, &sql, err);

	if (status != OK)
		return status;
	status = consents_after(sql, arena, operator_key, tenant_key, after_operator_key, after_tenant_key, max, rows,
				count, err);
	store_abort(exchange->store, sql);
	return status;
}

enum status consents_feed(struct exchange *exchange, struct arena *arena, int64_t operator_key, int64_t after_position,
			  int64_t max, struct consent_row **rows, size_t *count, struct error *err)
{
	struct sql *sql;
	enum status status = store_read(exchange->store, &sql, err);

	if (status != OK)
		return status;
	status = consents_changed(sql, arena, operator_key, after_position, max, rows, count, err);
	store_abort(exchange->store, sql);
	return status;
}

enum status consents_feed_head(struct exchange *exchange, int64_t operator_key, int64_t *position, struct error *err)
{
	struct sql *sql;
	enum status status = store_read(exchange->store, &sql, err);

	if (status != OK)
		return status;
	status = consent_position(sql, operator_key, position, err);
	store_abort(exchange->store, sql);
	return status;
}

enum status consent_allows(struct sql *sql, struct arena *arena, int64_t operator_key, int64_t tenant_key,
			   struct str country, struct error *err)
{
	struct consent_row consent = { .status = STR_NONE };
	enum status status = consent_find(sql, arena, operator_key, tenant_key, &consent, err);

	if (status != OK && status != E_NOT_FOUND)
		return status;
	if (!str_is(consent.status, "active"))
		return error_set(err, E_CONSENT, "tenantId", "the tenant has no active consent to the operator");
	if (!word_list_has(consent.countries, country))
		return error_set(err, E_COUNTRY, "telephoneNumber", "%.*s is not among the consented countries",
				 STR_ARG(country));
	return OK;
}
