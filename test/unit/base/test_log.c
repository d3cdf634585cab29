#include "check.h"

#include "base/log.h"

#include <unistd.h>

/* What a call writes to standard error. */
static struct str captured(char *out, size_t size, enum log_level level, struct str id, int64_t n)
{
	int ends[2], kept = dup(STDERR_FILENO);
	ssize_t got;

	assert_int_equal(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	log_event(level, "batch \"accepted\"", LOG_STR("operatorId", id), LOG_I64("accepted", n), LOG_END);
	dup2(kept, STDERR_FILENO);
	close(kept);
	close(ends[1]);
	got = read(ends[0], out, size);
	close(ends[0]);
	return str_of(out, got > 0 ? (size_t)got : 0);
}

static void one_line_of_json(void **state)
{
	char out[8192];
	struct str line = captured(out, sizeof(out), LOG_INFO, STR("op\n\"\\\xc3\xa9\xff"), -5);

	(void)state;
	assert_true(str_starts(line, STR("{\"time\":\"2")));
	line = str_after(line, str_find(line, STR(",\"level\"")));
	check_str(line, ",\"level\":\"info\",\"event\":\"batch \\\"accepted\\\"\","
			"\"operatorId\":\"op\\u000a\\\"\\\\\xc3\xa9\\u00ff\",\"accepted\":-5}\n");
}

static void levels(void **state)
{
	char out[8192];
	enum log_level level;

	(void)state;
	assert_true(log_level_parse(STR("warning"), &level));
	assert_int_equal(level, LOG_WARNING);
	assert_false(log_level_parse(STR("loud"), &level));
	log_set_level(LOG_WARNING);
	assert_int_equal(captured(out, sizeof(out), LOG_INFO, STR("x"), 1).n, 0);
	assert_true(captured(out, sizeof(out), LOG_ERROR, STR("x"), 1).n > 0);
	log_set_level(LOG_INFO);
}

/* What does not fit is left out; the line is still one line of JSON. */
static void too_long_a_field(void **state)
{
	char out[16384], id[6000];
	struct str line;

	(void)state;
	memset(id, 'x', sizeof(id));
	line = captured(out, sizeof(out), LOG_INFO, str_of(id, sizeof(id)), 7);
	assert_true(line.n < 4200);
	line = str_after(line, str_find(line, STR(",\"event\"")));
	check_str(line, ",\"event\":\"batch \\\"accepted\\\"\",\"accepted\":7}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_line_of_json),
		cmocka_unit_test(levels),
		cmocka_unit_test(too_long_a_field),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
