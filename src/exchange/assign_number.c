#include "exchange/assign_number.h"

#include "base/instant.h"
#include "base/random.h"
#include "exchange/consents.h"
#include "exchange/fields.h"
#include "exchange/holders.h"
#include "exchange/word_list.h"

/* --- which number may be held how ------------------------------------------------- */

/* A number was acquired for an assignment when its capabilities say so, or when
 * it is what its usage means. */
static const struct {
	const char *status;
	const char *capability; /* NULL: the usage alone */
	const char *usage;
	const char *account_type;
} assignment_kinds[] = {
	{ "userAssigned", "UserAssignment", "CallingUserAssignment", "user" },
	{ "voiceApplicationAssigned", "FirstPartyAppAssignment", "FirstPartyAppAssignment", "resourceAccount" },
	{ "conferenceAssigned", "ConferenceAssignment", "ConferenceAssignment", "resourceAccount" },
	{ "thirdPartyAppAssigned", NULL, "ThirdPartyAppAssignment", "resourceAccount" },
};

#define KIND_COUNT (sizeof(assignment_kinds) / sizeof(assignment_kinds[0]))

static bool kind_is_acquired(size_t kind, const struct number_row *number)
{
	const char *capability = assignment_kinds[kind].capability;

	return str_is(number->usage, assignment_kinds[kind].usage) ||
	       (capability && word_list_has(number->capabilities, str_from(capability)));
}

bool number_may_be(const struct number_row *number, struct str assignment_status)
{
	for (size_t i = 0; i < KIND_COUNT; i++)
		if (str_is(assignment_status, assignment_kinds[i].status))
			return kind_is_acquired(i, number);
	return false;
}

/* How this account would hold the number: as its usage says, else as the first
 * of its capabilities that fits; NULL when it cannot. */
static const char *holding_of(const struct number_row *number, struct str account_type)
{
	const char *found = NULL;

	for (size_t i = 0; i < KIND_COUNT; i++) {
		if (!str_is(account_type, assignment_kinds[i].account_type) || !kind_is_acquired(i, number))
			continue;
		if (str_is(number->usage, assignment_kinds[i].usage))
			return assignment_kinds[i].status;
		if (!found)
			found = assignment_kinds[i].status;
	}
	return found;
}

/* --- a change of one of the tenant's numbers --------------------------------------- */

struct change {
	struct sql *sql;
	struct arena *arena;
	struct tenant_row tenant;
	struct number_feed feed;
	struct number_row number;
	int64_t now_ms;
};

static enum status number_of_tenant(struct change *c, number_t number, struct error *err)
{
	enum status status = number_find(c->sql, c->arena, number, &c->number, err);

	if (status == E_NOT_FOUND || (status == OK && c->number.tenant_key != c->tenant.key))
		return error_set(err, E_NOT_FOUND, "telephoneNumber", "there is no such number");
	return status;
}

/* Holds the tenant, then the operator's feed (that order everywhere), and reads
 * the number as it stands under both. */
static enum status change_begin(struct change *c, int64_t tenant_key, number_t number, struct error *err)
{
	enum status status = tenant_lock(c->sql, tenant_key, err);

	if (status == OK)
		status = tenant_find_key(c->sql, c->arena, tenant_key, &c->tenant, err);
	if (status == OK)
		status = number_of_tenant(c, number, err);
	if (status == OK)
		status = number_feed_open(c->sql, c->number.operator_key, &c->feed, err);
	if (status == OK)
		status = number_of_tenant(c, number, err);
	if (status == OK && c->number.operator_key != c->feed.operator_key)
		status = error_set(err, E_UNAVAILABLE, "telephoneNumber", "the number is changing hands");
	c->now_ms = clock_now_ms();
	return status;
}

static enum status change_write(struct change *c, struct error *err)
{
	c->number.modified_ms = c->now_ms;
	return number_update(c->sql, &c->feed, &c->number, err);
}

static enum status operation_record(struct change *c, const char *detail, struct operation_row *operation,
				    struct error *err)
{
	char id[32];

	random_token(id, 16);
	*operation = (struct operation_row){
		.tenant_key = c->tenant.key,
		.id = arena_str(c->arena, str_from(id)),
		.created_ms = c->now_ms,
		.status = STR("succeeded"),
		.number = c->number.number,
		.operator_key = c->number.operator_key,
		.operator_id = c->number.operator_id,
		.detail = str_from(detail),
	};
	return operation_insert(c->sql, operation, err);
}

typedef enum status change_step(struct change *c, const void *wanted, void *result, struct error *err);

/* One transaction: begin, the step, end. */
static enum status change_number(struct exchange *exchange, struct arena *arena, int64_t tenant_key, number_t number,
				 change_step *step, const void *wanted, void *result, struct error *err)
{
	struct change c = { .arena = arena };
	enum status status = store_write(exchange->store, &c.sql, err);

	if (status != OK)
		return status;
	status = change_begin(&c, tenant_key, number, err);
	if (status == OK)
		status = step(&c, wanted, result, err);
	if (status == OK)
		status = number_feed_close(c.sql, &c.feed, err);
	if (status == OK)
		return store_commit(exchange->store, c.sql, err);
	store_abort(exchange->store, c.sql);
	return status;
}

/* A tenant's own address for the number takes the place of what stood there. */
static enum status set_location(struct number_row *number, struct str location_id, struct error *err)
{
	if (str_is_none(location_id) || str_equal(location_id, number->location_id))
		return OK;
	if (!number->allow_address_update)
		return error_set(err, E_ADDRESS_LOCKED, "locationId", "the operator locked the number's address");
	number->location_id = location_id.n ? location_id : STR_NONE;
	number->civic_address_id = STR_NONE;
	return OK;
}

/* --- assign ------------------------------------------------------------------------ */

static enum status find_target(struct change *c, struct str target_id, struct user_row *user, struct error *err)
{
	enum status status = user_find(c->sql, c->arena, c->tenant.key, target_id, user, err);

	if (status == E_NOT_FOUND)
		return error_set(err, E_NOT_FOUND, "assignmentTargetId",
				 "the tenant has no user or resource account with this id");
	return status;
}

static enum status assign_step(struct change *c, const void *wanted, void *result, struct error *err)
{
	const struct assignment *a = wanted;
	struct user_row user;
	const char *holding;
	enum status status;

	if (!str_is_none(c->number.target_id))
		return error_set(err, E_HELD, "telephoneNumber", "the number has a holder; unassign it first");
	status = consent_allows(c->sql, c->arena, c->number.operator_key, c->tenant.key, c->number.iso_country, err);
	if (status == OK)
		status = find_target(c, a->target_id, &user, err);
	if (status != OK)
		return status;
	holding = holding_of(&c->number, user.account_type);
	if (!holding)
		return error_set(err, E_CAPABILITY, "assignmentTargetId", "the number was not acquired for a %s",
				 str_is(user.account_type, "user") ? "user" : "resource account");
	status = set_location(&c->number, a->location_id, err);
	if (status != OK)
		return status;
	c->number.assignment_status = str_from(holding);
	c->number.target_id = user.id;
	c->number.category = str_is_none(a->category) ? STR("primary") : a->category;
	c->number.sip_uri = holder_sip_uri(c->arena, &user, c->number.number, c->tenant.default_domain);
	c->number.release_requested = false;
	status = change_write(c, err);
	if (status == OK)
		status = holder_record(c->sql, &c->number, c->now_ms, err);
	return status == OK ? operation_record(c, "assigned", result, err) : status;
}

enum status assign_number(struct exchange *exchange, struct arena *arena, int64_t tenant_key,
			  const struct assignment *assignment, struct operation_row *operation, struct error *err)
{
	return change_number(exchange, arena, tenant_key, assignment->number, assign_step, assignment, operation, err);
}

/* --- unassign ---------------------------------------------------------------------- */

static enum status unassign_step(struct change *c, const void *wanted, void *result, struct error *err)
{
	enum status status;

	(void)wanted;
	if (str_is_none(c->number.target_id))
		return error_set(err, E_UNASSIGNED, "telephoneNumber", "the number is not assigned");
	c->number.assignment_status = STR("unassigned");
	c->number.target_id = STR_NONE;
	c->number.category = STR_NONE;
	c->number.sip_uri = STR_NONE;
	status = change_write(c, err);
	if (status == OK)
		status = holder_record(c->sql, &c->number, c->now_ms, err);
	return status == OK ? operation_record(c, "unassigned", result, err) : status;
}

enum status unassign_number(struct exchange *exchange, struct arena *arena, int64_t tenant_key, number_t number,
			    struct operation_row *operation, struct error *err)
{
	return change_number(exchange, arena, tenant_key, number, unassign_step, NULL, operation, err);
}

/* --- ask for release --------------------------------------------------------------- */

static enum status request_release_step(struct change *c, const void *wanted, void *result, struct error *err)
{
	enum status status = OK;

	(void)wanted;
	if (!str_is_none(c->number.target_id))
		return error_set(err, E_ASSIGNED, "telephoneNumber", "the number is assigned; unassign it first");
	if (!c->number.release_requested) {
		c->number.release_requested = true;
		status = change_write(c, err);
	}
	return status == OK ? operation_record(c, "release requested", result, err) : status;
}

enum status request_release(struct exchange *exchange, struct arena *arena, int64_t tenant_key, number_t number,
			    struct operation_row *operation, struct error *err)
{
	return change_number(exchange, arena, tenant_key, number, request_release_step, NULL, operation, err);
}

/* --- update ------------------------------------------------------------------------ */

static void set_text(struct str given, struct str *value, bool *changed)
{
	if (str_is_none(given) || str_equal(given, *value))
		return;
	*value = given.n ? given : STR_NONE;
	*changed = true;
}

static enum status update_step(struct change *c, const void *wanted, void *result, struct error *err)
{
	const struct number_change *change = wanted;
	struct str before = c->number.location_id;
	enum status status = set_location(&c->number, change->location_id, err);
	bool changed = !str_equal(before, c->number.location_id);

	if (status != OK)
		return status;
	set_text(change->network_site_id, &c->number.network_site_id, &changed);
	set_text(change->reverse_lookup, &c->number.reverse_lookup, &changed);
	if (changed)
		status = change_write(c, err);
	if (status == OK)
		*(struct number_row *)result = c->number;
	return status;
}

enum status update_number(struct exchange *exchange, struct arena *arena, int64_t tenant_key,
			  const struct number_change *change, struct number_row *row, struct error *err)
{
	return change_number(exchange, arena, tenant_key, change->number, update_step, change, row, err);
}

enum status operations_find(struct exchange *exchange, struct arena *arena, int64_t tenant_key, struct str id,
			    struct operation_row *operation, struct error *err)
{
	struct sql *sql;
	enum status status = store_read(exchange->store, &sql, err);

	if (status != OK)
		return status;
	status = operation_find(sql, arena, tenant_key, id, operation, err);
	store_abort(exchange->store, sql);
	return status;
}
