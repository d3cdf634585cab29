#include "check.h"

#include "base/instant.h"
#include "base/zone.h"

static struct zone *opened(const char *name)
{
	struct zone *zone = NULL;

	assert_int_equal(zone_open(&zone, str_from(name), NULL), OK);
	return zone;
}

/* A wall clock's reading is written like an instant in UTC. */
static int64_t at(const char *text)
{
	int64_t ms;

	assert_true(instant_parse(str_from(text), &ms));
	return ms;
}

static void check_reading(const char *zone_name, const char *local, const char *utc, enum zone_answer answer)
{
	struct zone *zone = opened(zone_name);
	int64_t found = 0;

	assert_int_equal(zone_to_utc(zone, at(local), &found), answer);
	if (found != at(utc))
		fail_msg("%s in %s: %lld ms off", local, zone_name, (long long)(found - at(utc)));
	if (answer != ZONE_NEVER)
		assert_int_equal(zone_to_local(zone, found), at(local));
	zone_free(zone);
}

static void fixed_offsets(void **state)
{
	(void)state;
	check_reading("UTC", "2026-03-01T09:00:00Z", "2026-03-01T09:00:00Z", ZONE_ONCE);
	check_reading("+02:00", "2026-03-01T09:00:00Z", "2026-03-01T07:00:00Z", ZONE_ONCE);
	check_reading("-0330", "2026-03-01T09:00:00Z", "2026-03-01T12:30:00Z", ZONE_ONCE);
	check_reading("+05", "2026-03-01T09:00:00Z", "2026-03-01T04:00:00Z", ZONE_ONCE);
}

static void summer_and_winter(void **state)
{
	(void)state;
	check_reading("Europe/Berlin", "2026-01-15T12:00:00Z", "2026-01-15T11:00:00Z", ZONE_ONCE);
	check_reading("Europe/Berlin", "2026-07-15T12:00:00Z", "2026-07-15T10:00:00Z", ZONE_ONCE);
	check_reading("Europe/Berlin", "2026-03-29T01:59:59Z", "2026-03-29T00:59:59Z", ZONE_ONCE);
	check_reading("Europe/Berlin", "2026-03-29T02:30:00Z", "2026-03-29T01:30:00Z", ZONE_NEVER);
	check_reading("Europe/Berlin", "2026-03-29T03:00:00Z", "2026-03-29T01:00:00Z", ZONE_ONCE);
	check_reading("Europe/Berlin", "2026-10-25T01:59:59Z", "2026-10-24T23:59:59Z", ZONE_ONCE);
	check_reading("Europe/Berlin", "2026-10-25T02:30:00Z", "2026-10-25T00:30:00Z", ZONE_TWICE);
	check_reading("Europe/Berlin", "2026-10-25T03:00:00Z", "2026-10-25T02:00:00Z", ZONE_ONCE);
	check_reading("America/New_York", "2026-11-01T01:30:00Z", "2026-11-01T05:30:00Z", ZONE_TWICE);
	check_reading("Asia/Kathmandu", "2026-03-01T09:00:00Z", "2026-03-01T03:15:00Z", ZONE_ONCE);
	check_reading("Australia/Lord_Howe", "2026-07-01T12:00:00Z", "2026-07-01T01:30:00Z", ZONE_ONCE);
	check_reading("Asia/Shanghai", "2026-07-01T12:00:00Z", "2026-07-01T04:00:00Z", ZONE_ONCE);
}

/* Through all changes of a zone: every instant comes back, or is the later of two. */
static void every_half_hour_there_and_back(void **state)
{
	static const char *const names[] = { "Europe/Berlin", "America/St_Johns", "Pacific/Apia", "Africa/Casablanca" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct zone *zone = opened(names[i]);

		for (int64_t utc = at("2005-01-01T00:00:00Z"); utc < at("2027-01-01T00:00:00Z"); utc += 1800000) {
			int64_t back;
			enum zone_answer answer = zone_to_utc(zone, zone_to_local(zone, utc), &back);

			assert_int_not_equal(answer, ZONE_NEVER);
			if (back != utc)
				assert_int_equal(answer, ZONE_TWICE);
			assert_true(back <= utc);
		}
		zone_free(zone);
	}
}

static void what_is_no_zone(void **state)
{
	static const char *const bad[] = { "",       "Europe/Atlantis", "../../etc/passwd", "/etc/localtime",
					   "+2",     "+02:60",          "+16:00",           "+02:0",
					   "Europe", "Europe/Ber\nlin" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct zone *zone = NULL;
		struct error err;

		assert_int_equal(zone_open(&zone, str_from(bad[i]), &err), E_NOT_FOUND);
		assert_null(zone);
	}
	zone_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fixed_offsets),
		cmocka_unit_test(summer_and_winter),
		cmocka_unit_test(every_half_hour_there_and_back),
		cmocka_unit_test(what_is_no_zone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
