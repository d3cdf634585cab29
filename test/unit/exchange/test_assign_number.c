#include "world.h"

#include "base/instant.h"
#include "exchange/holders.h"

#include <pthread.h>
#include <stdatomic.h>

static enum status assign(struct world *w, struct arena *arena, const char *number, struct str target,
			  struct error *err)
{
	struct assignment assignment = { .number = number_of_text(number), .target_id = target };
	struct operation_row operation;

	return assign_number(&w->exchange, arena, w->tenant[0].key, &assignment, &operation, err);
}

static enum status unassign(struct world *w, const char *number, struct error *err)
{
	struct operation_row operation;

	return unassign_number(&w->exchange, &w->arena, w->tenant[0].key, number_of_text(number), &operation, err);
}

static void one_holder_at_a_time(void **state)
{
	struct world *w = *state;
	struct number_row row;

	provisioned(w, 0, "+4930900001");
	must(assign(w, &w->arena, "+4930900001", w->user.id, &err));
	row = current(w, "+4930900001");
	assert_true(str_is(row.assignment_status, "userAssigned"));
	assert_true(str_equal(row.target_id, w->user.id));
	assert_true(str_is(row.category, "primary"));
	must_fail(E_HELD, assign(w, &w->arena, "+4930900001", w->user.id, &err));
	must_fail(E_ASSIGNED,
		  release_number(&w->exchange, &w->arena, w->op[0].key, number_of_text("+4930900001"), &err));
	must(unassign(w, "+4930900001", &err));
	row = current(w, "+4930900001");
	assert_true(str_is(row.assignment_status, "unassigned"));
	assert_true(str_is_none(row.target_id) && str_is_none(row.sip_uri) && str_is_none(row.category));
	must_fail(E_UNASSIGNED, unassign(w, "+4930900001", &err));
}

static void only_ones_own(void **state)
{
	struct world *w = *state;
	struct assignment assignment = { .number = number_of_text("+4930900001"), .target_id = w->user.id };
	struct operation_row operation, found;
	struct error foreign = { 0 }, absent = { 0 }, target = { 0 };

	provisioned(w, 0, "+4930900001");
	assert_int_equal(assign_number(&w->exchange, &w->arena, w->tenant[1].key, &assignment, &operation, &foreign),
			 E_NOT_FOUND);
	assignment.number = number_of_text("+4930900099");
	assert_int_equal(assign_number(&w->exchange, &w->arena, w->tenant[1].key, &assignment, &operation, &absent),
			 E_NOT_FOUND);
	assert_string_equal(foreign.message, absent.message);
	assert_int_equal(assign(w, &w->arena, "+4930900001", w->tenant[1].id, &target), E_NOT_FOUND);
	assert_string_equal(target.field, "assignmentTargetId");

	assignment.number = number_of_text("+4930900001");
	must(assign_number(&w->exchange, &w->arena, w->tenant[0].key, &assignment, &operation, &err));
	must(operations_find(&w->exchange, &w->arena, w->tenant[0].key, operation.id, &found, &err));
	assert_int_equal(found.number, assignment.number);
	assert_true(str_is(found.status, "succeeded"));
	must_fail(E_NOT_FOUND, operations_find(&w->exchange, &w->arena, w->tenant[1].key, operation.id, &found, &err));
}

static void consent_governs_what_is_new(void **state)
{
	struct world *w = *state;

	provisioned(w, 0, "+4930900001");
	provisioned(w, 0, "+4930900002");
	provisioned(w, 0, "+33140000001");
	assigned(w, "+4930900001", &w->user);
	assert_int_equal(put_consent(w, 0, 0, "{\"status\":\"suspended\"}"), OK);
	must_fail(E_CONSENT, assign(w, &w->arena, "+4930900002", w->user.id, &err));
	/* What is assigned goes on, and can be ended. */
	assert_true(str_is(current(w, "+4930900001").assignment_status, "userAssigned"));
	must(unassign(w, "+4930900001", &err));
	assert_int_equal(put_consent(w, 0, 0, "{\"status\":\"active\",\"consentedCountries\":[\"DE\"]}"), OK);
	must_fail(E_COUNTRY, assign(w, &w->arena, "+33140000001", w->user.id, &err));
	must(assign(w, &w->arena, "+4930900002", w->user.id, &err));
}

static void the_kind_of_number_decides_who_may_hold_it(void **state)
{
	static const struct {
		const char *usage, *capabilities;
		const char *as_user, *as_app; /* NULL: not at all */
	} cases[] = {
		{ "CallingUserAssignment", "UserAssignment", "userAssigned", NULL },
		{ "CallingUserAssignment", "InboundCalling", "userAssigned", NULL },
		{ "FirstPartyAppAssignment", "FirstPartyAppAssignment", NULL, "voiceApplicationAssigned" },
		{ "ConferenceAssignment", "ConferenceAssignment,TollFree", NULL, "conferenceAssigned" },
		{ "ThirdPartyAppAssignment", "InboundCalling", NULL, "thirdPartyAppAssigned" },
		{ "ConferenceAssignment", "FirstPartyAppAssignment,UserAssignment", "userAssigned",
		  "conferenceAssigned" },
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct number_terms terms = { .tenant_id = w->tenant[0].id,
					      .usage = str_from(cases[i].usage),
					      .capabilities = str_from(cases[i].capabilities) };
		const char *number = "+4930900001";
		struct number_row row;
		bool created;

		must(provision_number(&w->exchange, &w->arena, w->op[0].key, number_of_text(number), &terms, &row,
				      &created, &err));
		for (int app = 0; app < 2; app++) {
			const char *expected = app ? cases[i].as_app : cases[i].as_user;
			struct str target = app ? w->app.id : w->user.id;

			if (!expected) {
				must_fail(E_CAPABILITY, assign(w, &w->arena, number, target, &err));
				continue;
			}
			must(assign(w, &w->arena, number, target, &err));
			assert_true(str_is(current(w, number).assignment_status, expected));
			must(unassign(w, number, &err));
		}
		must(release_number(&w->exchange, &w->arena, w->op[0].key, number_of_text(number), &err));
	}
}

static void terms_cannot_take_the_ground_from_an_assignment(void **state)
{
	struct world *w = *state;
	struct number_terms terms = { .tenant_id = w->tenant[0].id,
				      .usage = STR("ConferenceAssignment"),
				      .capabilities = STR("ConferenceAssignment") };
	struct number_row row;
	bool created;

	provisioned(w, 0, "+4930900001");
	assigned(w, "+4930900001", &w->user);
	must_fail(E_ASSIGNED, provision_number(&w->exchange, &w->arena, w->op[0].key, number_of_text("+4930900001"),
					       &terms, &row, &created, &err));
	must(unassign(w, "+4930900001", &err));
	must(provision_number(&w->exchange, &w->arena, w->op[0].key, number_of_text("+4930900001"), &terms, &row,
			      &created, &err));
}

static void a_locked_address_stays_locked(void **state)
{
	struct world *w = *state;
	struct number_terms terms = user_terms(w);
	struct number_change change = { .number = number_of_text("+4930900001") };
	struct str here = STR("11111111-2222-3333-4444-555555555555"),
		   there = STR("21111111-2222-3333-4444-555555555555");
	struct assignment assignment = { .number = change.number, .target_id = w->user.id, .location_id = there };
	struct operation_row operation;
	struct number_row row;
	bool created;

	terms.location_id = here;
	must(provision_number(&w->exchange, &w->arena, w->op[0].key, change.number, &terms, &row, &created, &err));
	change.location_id = there;
	must_fail(E_ADDRESS_LOCKED, update_number(&w->exchange, &w->arena, w->tenant[0].key, &change, &row, &err));
	change.location_id = STR("");
	must_fail(E_ADDRESS_LOCKED, update_number(&w->exchange, &w->arena, w->tenant[0].key, &change, &row, &err));
	must_fail(E_ADDRESS_LOCKED,
		  assign_number(&w->exchange, &w->arena, w->tenant[0].key, &assignment, &operation, &err));
	/* The same address is no change; other things are the tenant's own. */
	change.location_id = here;
	change.network_site_id = there;
	change.reverse_lookup = STR("skipInternalVoip");
	must(update_number(&w->exchange, &w->arena, w->tenant[0].key, &change, &row, &err));
	assert_true(str_equal(row.network_site_id, there));

	terms.allow_address_update = terms.allow_address_update_given = true;
	must(provision_number(&w->exchange, &w->arena, w->op[0].key, change.number, &terms, &row, &created, &err));
	must(assign_number(&w->exchange, &w->arena, w->tenant[0].key, &assignment, &operation, &err));
	row = current(w, "+4930900001");
	assert_true(str_equal(row.location_id, there));
	assert_true(str_is(row.reverse_lookup, "skipInternalVoip"));
	change = (struct number_change){ .number = change.number, .location_id = STR(""), .reverse_lookup = STR("") };
	must(update_number(&w->exchange, &w->arena, w->tenant[0].key, &change, &row, &err));
	assert_true(str_is_none(row.location_id) && str_is_none(row.reverse_lookup));
	assert_true(str_equal(row.network_site_id, there));
}

static void release_is_asked_for_and_withdrawn(void **state)
{
	struct world *w = *state;
	struct operation_row operation;
	number_t number = number_of_text("+4930900001");
	int64_t position;

	provisioned(w, 0, "+4930900001");
	assigned(w, "+4930900001", &w->user);
	must_fail(E_ASSIGNED, request_release(&w->exchange, &w->arena, w->tenant[0].key, number, &operation, &err));
	must(unassign(w, "+4930900001", &err));
	must(request_release(&w->exchange, &w->arena, w->tenant[0].key, number, &operation, &err));
	assert_true(current(w, "+4930900001").release_requested);
	position = current(w, "+4930900001").position;
	must(request_release(&w->exchange, &w->arena, w->tenant[0].key, number, &operation, &err));
	assert_int_equal(current(w, "+4930900001").position, position);
	must(assign(w, &w->arena, "+4930900001", w->user.id, &err));
	assert_false(current(w, "+4930900001").release_requested);
}

/* --- who held it when ---------------------------------------------------------------------- */

static void a_moment_has_the_holder_of_its_time(void **state)
{
	struct world *w = *state;
	number_t number = number_of_text("+4930900001");
	struct number_row row = {
		.number = number, .operator_key = 1, .tenant_key = 7, .assignment_status = STR("userAssigned")
	};
	struct span_row span;
	struct sql *sql;

	must(store_write(w->exchange.store, &sql, &err));
	row.target_id = STR("first");
	row.sip_uri = STR("sip:first@x");
	must(holder_record(sql, &row, 1000, &err));
	row.sip_uri = STR("sip:first@y");
	must(holder_record(sql, &row, 2000, &err));
	row.target_id = STR_NONE;
	must(holder_record(sql, &row, 3000, &err));
	row.target_id = STR("second");
	row.sip_uri = STR("sip:second@x");
	/* The clock went back: the second holder follows the first all the same. */
	must(holder_record(sql, &row, 2500, &err));
	row.target_id = STR("third");
	/* Held for no time at all: no span. */
	must(holder_record(sql, &row, 3000, &err));
	must(store_commit(w->exchange.store, sql, &err));

	must_fail(E_NOT_FOUND, holder_at(&w->exchange, &w->arena, number, 999, &span, &err));
	must(holder_at(&w->exchange, &w->arena, number, 1000, &span, &err));
	assert_true(str_is(span.target_id, "first") && str_is(span.sip_uri, "sip:first@x"));
	assert_int_equal(span.to_ms, 2000);
	must(holder_at(&w->exchange, &w->arena, number, 1999, &span, &err));
	assert_true(str_is(span.sip_uri, "sip:first@x"));
	must(holder_at(&w->exchange, &w->arena, number, 2999, &span, &err));
	assert_true(str_is(span.sip_uri, "sip:first@y"));
	must(holder_at(&w->exchange, &w->arena, number, 3000, &span, &err));
	assert_true(str_is(span.target_id, "third"));
	assert_int_equal(span.to_ms, INSTANT_NONE);
	assert_int_equal(span.tenant_key, 7);
}

static void assignments_are_spans(void **state)
{
	struct world *w = *state;
	number_t number = number_of_text("+4930900001");
	int64_t before = clock_now_ms();
	struct span_row span;

	provisioned(w, 0, "+4930900001");
	assigned(w, "+4930900001", &w->user);
	must(holder_at(&w->exchange, &w->arena, number, clock_now_ms() + 1, &span, &err));
	assert_true(str_equal(span.target_id, w->user.id));
	assert_int_equal(span.operator_key, w->op[0].key);
	assert_true(span.from_ms >= before);
	must_fail(E_NOT_FOUND, holder_at(&w->exchange, &w->arena, number, before - 1, &span, &err));
	must(unassign(w, "+4930900001", &err));
	must_fail(E_NOT_FOUND, holder_at(&w->exchange, &w->arena, number, clock_now_ms() + 1000, &span, &err));
}

static void ended_spans_are_kept_as_long_as_the_policy_says(void **state)
{
	struct world *w = *state;
	number_t ended = number_of_text("+4930900001"), running = number_of_text("+4930900002");
	int64_t days = policy_retention_days(w->exchange.policy, RETAIN_ASSIGNMENTS, w->user.country);
	int64_t held_ms, dropped = 0;
	struct span_row span;

	provisioned(w, 0, "+4930900001");
	provisioned(w, 0, "+4930900002");
	assigned(w, "+4930900001", &w->user);
	assigned(w, "+4930900002", &w->user);
	held_ms = clock_now_ms();
	while (clock_now_ms() <= held_ms)
		continue;
	must(unassign(w, "+4930900001", &err));
	must(number_history_sweep(&w->exchange, held_ms + days * MS_PER_DAY, &dropped, &err));
	must(holder_at(&w->exchange, &w->arena, ended, held_ms, &span, &err));
	must(number_history_sweep(&w->exchange, held_ms + (days + 1) * MS_PER_DAY, &dropped, &err));
	must_fail(E_NOT_FOUND, holder_at(&w->exchange, &w->arena, ended, held_ms, &span, &err));
	must(holder_at(&w->exchange, &w->arena, running, held_ms, &span, &err));
}

/* --- all at once ------------------------------------------------------------------------------ */

#define THREADS 20

struct racer {
	struct world *w;
	pthread_barrier_t *gate;
	struct str target;
	atomic_int *won, *held, *other;
};

static void *race(void *context)
{
	struct racer *r = context;
	struct arena arena;
	enum status status;

	arena_init(&arena);
	pthread_barrier_wait(r->gate);
	status = assign(r->w, &arena, "+4930900001", r->target, NULL);
	atomic_fetch_add(status == OK ? r->won : status == E_HELD ? r->held : r->other, 1);
	arena_release(&arena);
	return NULL;
}

static void of_many_at_once_one_wins(void **state)
{
	struct world *w = *state;

	provisioned(w, 0, "+4930900001");
	for (int round = 0; round < 5; round++) {
		pthread_t threads[THREADS];
		struct racer racers[THREADS];
		atomic_int won = 0, held = 0, other = 0;
		pthread_barrier_t gate;

		pthread_barrier_init(&gate, NULL, THREADS);
		for (int i = 0; i < THREADS; i++) {
			racers[i] = (struct racer){ w, &gate, w->user.id, &won, &held, &other };
			assert_int_equal(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
		}
		for (int i = 0; i < THREADS; i++)
			pthread_join(threads[i], NULL);
		pthread_barrier_destroy(&gate);
		assert_int_equal(won, 1);
		assert_int_equal(held, THREADS - 1);
		assert_int_equal(other, 0);
		must(unassign(w, "+4930900001", &err));
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(one_holder_at_a_time, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(only_ones_own, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(consent_governs_what_is_new, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(the_kind_of_number_decides_who_may_hold_it, world_setup,
						world_teardown),
		cmocka_unit_test_setup_teardown(terms_cannot_take_the_ground_from_an_assignment, world_setup,
						world_teardown),
		cmocka_unit_test_setup_teardown(a_locked_address_stays_locked, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(release_is_asked_for_and_withdrawn, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(a_moment_has_the_holder_of_its_time, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(assignments_are_spans, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(ended_spans_are_kept_as_long_as_the_policy_says, world_setup,
						world_teardown),
		cmocka_unit_test_setup_teardown(of_many_at_once_one_wins, world_setup, world_teardown),
	};

	place_engine_from(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
