/* The audit log: whole lines, no numbers, torn tails closed off, days dropped. */
#include "exchange/audit.h"

#include "base/instant.h"
#include "formats/json.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

static char directory[64];

static int setup(void **state)
{
	(void)state;
	snprintf(directory, sizeof(directory), "/tmp/tally-audit-XXXXXX");
	return mkdtemp(directory) ? 0 : -1;
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	return system(command);
}

static void write_some(struct audit *audit, int n)
{
	struct audit_entry entry = { .client_id = "c", .operator_id = "o", .tenant_id = "", .action = "GET /x",
				     .object = STR("batch-1"), .subject = 0x11d00000cafe, .count = 2, .status = 200,
				     .request_id = "r" };

	for (int i = 0; i < n; i++)
		assert_int_equal(audit_write(audit, &entry, NULL), OK);
}

static int lines_that_parse(struct audit *audit)
{
	int32_t day = instant_day(clock_now_ms());
	struct arena a;
	struct buf out;
	int64_t next = 0;
	int lines = 0;

	arena_init(&a);
	buf_init(&out, 0);
	while (next >= 0) {
		buf_clear(&out);
		assert_int_equal(audit_read(audit, day, next, 700, &out, &next, NULL), OK);
		for (struct str rest = buf_str(&out); rest.n;) {
			const struct json *root;

			if (json_parse(&a, str_cut(&rest, '\n'), &root, NULL) == OK) {
				assert_non_null(json_get(root, "policy"));
				lines++;
			}
		}
	}
	buf_release(&out);
	arena_release(&a);
	return lines;
}

static void entries_read_back_over_restarts_and_torn_tails(void **state)
{
	struct audit *audit;
	char path[128], day[INSTANT_TEXT_SIZE];
	int fd;

	(void)state;
	assert_int_equal(audit_open(&audit, directory, STR("key"), "hash", NULL), OK);
	write_some(audit, 10);
	assert_int_equal(lines_that_parse(audit), 10);
	audit_close(audit);
	day_text(instant_day(clock_now_ms()), day);
	snprintf(path, sizeof(path), "%s/%s.ndjson", directory, day);
	fd = open(path, O_WRONLY | O_APPEND);
	assert_int_equal(write(fd, "{\"torn\":", 8), 8);
	close(fd);
	assert_int_equal(audit_open(&audit, directory, STR("key"), "hash", NULL), OK);
	write_some(audit, 5);
	assert_int_equal(lines_that_parse(audit), 15);
	audit_close(audit);
}

static void days_before_a_day_are_dropped(void **state)
{
	static const char *const names[] = { "2020-01-01.ndjson", "2020-01-02.ndjson", "2020-01-03.ndjson", "other.txt" };
	struct audit *audit;
	int64_t dropped;
	char path[128];
	int32_t day;

	(void)state;
	assert_int_equal(audit_open(&audit, directory, STR("key"), "hash", NULL), OK);
	for (int i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
		close(open(path, O_CREAT | O_WRONLY, 0600));
	}
	assert_true(day_parse(STR("2020-01-03"), &day));
	assert_int_equal(audit_drop_before(audit, day, &dropped, NULL), OK);
	assert_int_equal(dropped, 2);
	snprintf(path, sizeof(path), "%s/2020-01-03.ndjson", directory);
	assert_int_equal(access(path, F_OK), 0);
	audit_close(audit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(entries_read_back_over_restarts_and_torn_tails, setup, teardown),
		cmocka_unit_test_setup_teardown(days_before_a_day_are_dropped, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
