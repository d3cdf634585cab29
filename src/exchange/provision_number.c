#include "exchange/provision_number.h"

#include "base/encoding.h"
#include "base/instant.h"
#include "exchange/assign_number.h"
#include "exchange/consents.h"
#include "exchange/fields.h"
#include "exchange/word_list.h"
#include "telephony/country.h"

static const char *const usages[] = { "CallingUserAssignment", "FirstPartyAppAssignment", "ConferenceAssignment",
				      "ThirdPartyAppAssignment", NULL };
static const char *const capabilities[] = { "UserAssignment",
					    "FirstPartyAppAssignment",
					    "ConferenceAssignment",
					    "InboundCalling",
					    "OutboundCalling",
					    "TollFree",
					    "Mobile",
					    "Geographic",
					    "Office365",
					    NULL };

/* --- what the operator says ------------------------------------------------------ */

static enum status capabilities_read(struct arena *arena, const struct json *object, struct str *list,
				     struct error *err)
{
	const struct json *array = NULL;
	enum status status = json_get_array(object, "acquiredCapabilities", &array, err);
	struct str words = STR("");

	if (status != OK || !array)
		return status;
	for (const struct json *c = array->first; c && status == OK; c = c->next) {
		if (c->type != JSON_STRING)
			return error_set(err, E_FIELD_TYPE, "acquiredCapabilities",
					 "acquiredCapabilities: expected an array of strings");
		status = word_check(capabilities, "acquiredCapabilities", c->text, err);
		words = word_list_add(arena, words, c->text);
	}
	if (status == OK)
		*list = words;
	return status;
}

enum status number_terms_read(struct arena *arena, const struct json *object, struct number_terms *terms,
			      struct error *err)
{
	const struct json *allow = json_get(object, "allowTenantAddressUpdate");
	struct number_terms t = *terms;
	enum status status = json_get_str(object, "tenantId", &t.tenant_id, err);

	if (status == OK && !str_is_none(t.tenant_id))
		status = field_check(arena, FIELD_GUID, "tenantId", &t.tenant_id, err);
	if (status == OK)
		status = json_get_str(object, "usage", &t.usage, err);
	if (status == OK && !str_is_none(t.usage))
		status = word_check(usages, "usage", t.usage, err);
	if (status == OK)
		status = capabilities_read(arena, object, &t.capabilities, err);
	if (status == OK)
		status = json_get_str(object, "locationId", &t.location_id, err);
	if (status == OK)
		status = place_check(arena, "locationId", &t.location_id, err);
	if (status == OK)
		status = json_get_str(object, "civicAddressId", &t.civic_address_id, err);
	if (status == OK)
		status = place_check(arena, "civicAddressId", &t.civic_address_id, err);
	if (status == OK && t.location_id.n && t.civic_address_id.n)
		status = error_set(err, E_FIELD_VALUE, "civicAddressId",
				   "locationId and civicAddressId exclude each other");
	if (status == OK)
		status = json_get_bool(object, "allowTenantAddressUpdate", &t.allow_address_update, err);
	if (allow && allow->type == JSON_BOOL)
		t.allow_address_update_given = true;
	if (status == OK)
		*terms = t;
	return status;
}

static struct str none_if_empty(struct str s)
{
	return s.n ? s : STR_NONE;
}

/* Either kind of address takes the other's place. */
static void merge_address(const struct number_terms *terms, struct number_row *row)
{
	if (!str_is_none(terms->location_id)) {
		row->location_id = none_if_empty(terms->location_id);
		if (terms->location_id.n)
			row->civic_address_id = STR_NONE;
	}
	if (!str_is_none(terms->civic_address_id)) {
		row->civic_address_id = none_if_empty(terms->civic_address_id);
		if (terms->civic_address_id.n)
			row->location_id = STR_NONE;
	}
}

static void merge_terms(const struct number_terms *terms, struct number_row *row)
{
	if (!str_is_none(terms->usage))
		row->usage = terms->usage;
	if (!str_is_none(terms->capabilities))
		row->capabilities = terms->capabilities;
	if (terms->allow_address_update_given)
		row->allow_address_update = terms->allow_address_update;
	merge_address(terms, row);
}

static bool same_terms(const struct number_row *a, const struct number_row *b)
{
	return str_equal(a->usage, b->usage) && str_equal(a->capabilities, b->capabilities) &&
	       str_equal(a->location_id, b->location_id) && str_equal(a->civic_address_id, b->civic_address_id) &&
	       a->allow_address_update == b->allow_address_update;
}

/* --- provisioning ---------------------------------------------------------------- */

static enum status number_held(struct error *err)
{
	return error_set(err, E_HELD, "telephoneNumber", "the number is held elsewhere");
}

/* The tenant's key, or the answer that one gets who has no consent: whether
 * there is such a tenant is not the operator's to know. */
static enum status consenting_tenant(struct sql *sql, struct arena *arena, int64_t operator_key, struct str tenant_id,
				     struct str country, int64_t *tenant_key, struct error *err)
{
	struct tenant_row tenant = { 0 };
	enum status status = tenant_find(sql, arena, tenant_id, &tenant, err);

	if (status != OK && status != E_NOT_FOUND)
		return status;
	*tenant_key = tenant.key;
	return consent_allows(sql, arena, operator_key, tenant.key, country, err);
}

static enum status provision_new(struct sql *sql, struct arena *arena, struct number_feed *feed, number_t number,
				 const struct number_terms *terms, int64_t now_ms, struct number_row *row,
				 struct error *err)
{
	char country[COUNTRY_TEXT_SIZE];
	struct number_row fresh = {
		.number = number,
		.operator_key = feed->operator_key,
		.assignment_status = STR("unassigned"),
		.modified_ms = now_ms,
	};
	enum status status = country_of_number(number, country, err);

	if (status != OK)
		return status;
	fresh.iso_country = arena_str(arena, str_from(country));
	status = consenting_tenant(sql, arena, feed->operator_key, terms->tenant_id, fresh.iso_country,
				   &fresh.tenant_key, err);
	if (status != OK)
		return status;
	if (str_is_none(terms->usage))
		return error_set(err, E_MISSING_FIELD, "usage", "usage is needed");
	if (str_is_none(terms->capabilities))
		return error_set(err, E_MISSING_FIELD, "acquiredCapabilities", "acquiredCapabilities is needed");
	merge_terms(terms, &fresh);
	status = number_insert(sql, feed, &fresh, err);
	if (status == E_HELD)
		return number_held(err);
	return status == OK ? number_find(sql, arena, number, row, err) : status;
}

static enum status provision_again(struct sql *sql, struct number_feed *feed, const struct number_terms *terms,
				   int64_t now_ms, struct number_row *row, struct error *err)
{
	struct number_row before = *row;

	merge_terms(terms, row);
	if (same_terms(row, &before))
		return OK;
	if (!str_is_none(row->target_id) && !number_may_be(row, row->assignment_status))
		return error_set(err, E_ASSIGNED, "usage",
				 "the number is assigned in a way that the new usage and capabilities do not allow");
	row->modified_ms = now_ms;
	return number_update(sql, feed, row, err);
}

enum status provision_in(struct sql *sql, struct arena *arena, struct number_feed *feed, number_t number,
			 const struct number_terms *terms, int64_t now_ms, struct number_row *row, bool *created,
			 struct error *err)
{
	struct number_row found;
	enum status status;

	if (str_is_none(terms->tenant_id))
		return error_set(err, E_MISSING_FIELD, "tenantId", "tenantId is needed");
	status = number_find(sql, arena, number, &found, err);
	*created = status == E_NOT_FOUND;
	if (status == E_NOT_FOUND)
		return provision_new(sql, arena, feed, number, terms, now_ms, row, err);
	if (status != OK)
		return status;
	if (found.operator_key != feed->operator_key || !str_equal(found.tenant_id, terms->tenant_id))
		return number_held(err);
	status = provision_again(sql, feed, terms, now_ms, &found, err);
	if (status == OK)
		*row = found;
	return status;
}

enum status release_in(struct sql *sql, struct arena *arena, struct number_feed *feed, number_t number,
		       struct str tenant_id, int64_t now_ms, struct error *err)
{
	struct number_row found;
	enum status status = number_find(sql, arena, number, &found, err);

	/* In the words for one that does not exist. */
	if (status == OK && (found.operator_key != feed->operator_key ||
			     (!str_is_none(tenant_id) && !str_equal(tenant_id, found.tenant_id))))
		return error_set(err, E_NOT_FOUND, NULL, "there is no such number");
	if (status == OK && !str_is_none(found.target_id))
		return error_set(err, E_ASSIGNED, "telephoneNumber",
				 "the number is assigned; its tenant must unassign it first");
	return status == OK ? number_remove(sql, feed, number, now_ms, err) : status;
}

/* A transaction with the operator's feed open. */
static enum status begin(struct exchange *exchange, int64_t operator_key, struct sql **sql, struct number_feed *feed,
			 struct error *err)
{
	enum status status = store_write(exchange->store, sql, err);

	if (status != OK)
		return status;
	status = number_feed_open(*sql, operator_key, feed, err);
	if (status != OK)
		store_abort(exchange->store, *sql);
	return status;
}

/* Closes the feed and ends the transaction by how it went. */
static enum status finish(struct exchange *exchange, struct sql *sql, const struct number_feed *feed,
			  enum status status, struct error *err)
{
	if (status == OK)
		status = number_feed_close(sql, feed, err);
	if (status == OK)
		return store_commit(exchange->store, sql, err);
	store_abort(exchange->store, sql);
	return status;
}

enum status provision_number(struct exchange *exchange, struct arena *arena, int64_t operator_key, number_t number,
			     const struct number_terms *terms, struct number_row *row, bool *created, struct error *err)
{
	struct number_feed feed;
	struct sql *sql;
	enum status status = begin(exchange, operator_key, &sql, &feed, err);

	if (status != OK)
		return status;
	status = provision_in(sql, arena, &feed, number, terms, clock_now_ms(), row, created, err);
	return finish(exchange, sql, &feed, status, err);
}

enum status release_number(struct exchange *exchange, struct arena *arena, int64_t operator_key, number_t number,
			   struct error *err)
{
	struct number_feed feed;
	struct sql *sql;
	enum status status = begin(exchange, operator_key, &sql, &feed, err);

	if (status != OK)
		return status;
	status = release_in(sql, arena, &feed, number, STR_NONE, clock_now_ms(), err);
	return finish(exchange, sql, &feed, status, err);
}

/* --- looking up ------------------------------------------------------------------ */

enum status numbers_get(struct exchange *exchange, struct arena *arena, enum number_party party, int64_t party_key,
			number_t number, struct number_row *row, struct error *err)
{
	struct number_row found;
	struct sql *sql;
	enum status status = store_read(exchange->store, &sql, err);

	if (status != OK)
		return status;
	status = number_find(sql, arena, number, &found, err);
	store_abort(exchange->store, sql);
	if (status == OK && party != NUMBERS_OF_ALL &&
	    (party == NUMBERS_OF_OPERATOR ? found.operator_key : found.tenant_key) != party_key)
		status = error_set(err, E_NOT_FOUND, NULL, "there is no such number");
	if (status == OK)
		*row = found;
	return status;
}

enum status numbers_page(struct exchange *exchange, struct arena *arena, enum number_party party, int64_t party_key,
			 int64_t after_sort_key, bool descending, int64_t max, struct number_row **rows, size_t *count,
			 struct error *err)
{
	struct sql *sql;
	enum status status = store_read(exchange->store, &sql, err);

	if (status != OK)
		return status;
	status = numbers_after(sql, arena, party, party_key, after_sort_key, descending, max, rows, count, err);
	store_abort(exchange->store, sql);
	return status;
}

enum status numbers_total(struct exchange *exchange, enum number_party party, int64_t party_key, int64_t *count,
			  struct error *err)
{
	struct sql *sql;
	enum status status = store_read(exchange->store, &sql, err);

	if (status != OK)
		return status;
	status = numbers_count(sql, party, party_key, count, err);
	store_abort(exchange->store, sql);
	return status;
}

struct str number_id(struct arena *arena, struct str operator_id, number_t number)
{
	char text[NUMBER_TEXT_SIZE];
	struct str plain = arena_printf(arena, "%.*s|%.*s", STR_ARG(operator_id), STR_ARG(number_text(number, text)));
	char *id = arena_alloc(arena, plain.n * 4 / 3 + 4);

	return str_of(id, base64url_encode(plain, id));
}

bool number_id_parse(struct arena *arena, struct str id, struct str *operator_id, number_t *number)
{
	char plain[64];
	struct str number_part;
	size_t n;

	if (!base64url_decode(id, plain, sizeof(plain), &n))
		return false;
	number_part = arena_str(arena, str_of(plain, n));
	*operator_id = str_cut(&number_part, '|');
	return number_parse_e164(number_part, number);
}
