/* Settings and policy: what is printed reads back; mistakes name file, line and key. */
#include "base/buf.h"
#include "exchange/policy.h"
#include "exchange/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

static char path[64];

static void write_file(const char *text)
{
	FILE *f;
	int fd;

	snprintf(path, sizeof(path), "/tmp/tally-settings-XXXXXX");
	fd = mkstemp(path);
	f = fdopen(fd, "w");
	fputs(text, f);
	fclose(f);
}

/* Reads text as a settings file; the message of its failure, "" when it is good. */
static const char *fault(const char *text, struct settings *settings, struct arena *a, struct error *err)
{
	write_file(text);
	settings_defaults(settings);
	*err = (struct error){ 0 };
	settings_read(settings, a, path, err);
	unlink(path);
	return err->message + (strncmp(err->message, path, strlen(path)) == 0 ? strlen(path) : 0);
}

static void values_are_read_over_the_defaults(void **state)
{
	struct settings s;
	struct arena a;
	struct error err;

	(void)state;
	arena_init(&a);
	assert_string_equal(fault("# a comment\nlisten: '[::1]:9443'\ntokenLifetimeSeconds: 60\n", &s, &a, &err), "");
	assert_string_equal(s.listen, "[::1]:9443");
	assert_int_equal(s.token_lifetime_s, 60);
	assert_int_equal(s.delta_lifetime_s, 604800);
	assert_string_equal(fault("", &s, &a, &err), "");
	arena_release(&a);
}

static void mistakes_name_line_and_key(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{ "listen: a:1\ntokenLifetimeSeconds: soon\n",
		  ":2: tokenLifetimeSeconds: expected a whole number from 1 to 86400" },
		{ "tokenLifetimeSeconds: 0\n", ":1: tokenLifetimeSeconds: expected a whole number from 1 to 86400" },
		{ "tokenLifetimeSeconds: 86401\n", ":1: tokenLifetimeSeconds: expected a whole number from 1 to 86400" },
		{ "tokenLifetimeSeconds: -1\n", ":1: tokenLifetimeSeconds: expected a whole number from 1 to 86400" },
		{ "\n\nlisten: x:1\nlisten: y:1\n", ":4: listen: stands twice" },
		{ "tokenLifetime: 5\n", ":1: tokenLifetime: there is no such setting" },
		{ "listen: [1, 2]\n", ":1: listen: expected a single value" },
		{ "logLevel: loud\n", ":1: logLevel: expected debug, info, warning or error" },
		{ "- listen\n", ":1: (document): expected lines of \"setting: value\"" },
		{ "a: b: c\n", NULL },
		{ "listen: \"unclosed\n", NULL },
	};
	struct settings s;
	struct arena a;
	struct error err;

	(void)state;
	arena_init(&a);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *message = fault(cases[i].text, &s, &a, &err);

		assert_int_equal(err.status, E_INVALID);
		if (cases[i].message)
			assert_string_equal(message, cases[i].message);
		else
			assert_non_null(strstr(message, "not valid YAML"));
	}
	arena_release(&a);
}

static void what_is_printed_reads_back_the_same(void **state)
{
	struct settings s;
	struct arena a;
	struct error err;
	struct buf first, second;

	(void)state;
	arena_init(&a);
	buf_init(&first, 0);
	buf_init(&second, 0);
	settings_defaults(&s);
	assert_int_equal(settings_set(&s, &a, STR("data"), STR("/srv/it's: here #1"), NULL), OK);
	settings_print(&s, &first);
	assert_string_equal(fault(buf_cstr(&first), &s, &a, &err), "");
	settings_print(&s, &second);
	assert_string_equal(buf_cstr(&first), buf_cstr(&second));
	buf_release(&first);
	buf_release(&second);
	arena_release(&a);
}

static void the_shipped_policy_holds_the_published_tables(void **state)
{
	struct policy *p;

	(void)state;
	assert_int_equal(policy_open(&p, NULL, NULL), OK);
	assert_int_equal(policy_retention_days(p, RETAIN_CALL_RECORDS, STR("DE")), 365);
	assert_int_equal(policy_retention_days(p, RETAIN_CALL_RECORDS, STR("CA")), 150);
	assert_int_equal(policy_retention_days(p, RETAIN_CALL_RECORDS, STR("IT")), 730);
	assert_int_equal(policy_retention_days(p, RETAIN_CALL_RECORDS, STR("NO")), 150);
	assert_int_equal(policy_retention_days(p, RETAIN_DURATION_RECORDS, STR("GB")), 450);
	assert_int_equal(policy_retention_days_max(p, RETAIN_CALL_RECORDS), 730);
	assert_int_equal(policy_retention_days(p, RETAIN_QUALITY, STR("US")), 30);
	assert_int_equal(policy_masked_digits(p, STR("FR")), 4);
	assert_int_equal(policy_masked_digits(p, STR("NO")), 3);
	assert_int_equal(policy_masked_digits(p, STR("US")), 0);
	assert_int_equal(policy_masked_digits(p, STR("nonsense")), 0);
	assert_int_equal(strlen(policy_hash(p)), 64);
	policy_free(p);
}

static void a_policy_with_a_mistake_is_refused(void **state)
{
	static const char whole[] = "retentionDays: { callRecords: { default: 1 }, durationRecords: { default: 1 },"
				    " quality: { default: 1 }, audit: { default: 1 }, batches: { default: 1 },"
				    " assignments: { default: 1 } }\n";
	static const char *const bad[] = {
		"maskedDigits: { DE: 3 }\n",                       /* no default */
		"maskedDigits: { default: 16 }\n",                 /* range */
		"maskedDigits: { default: 0, Germany: 3 }\n",      /* no country */
		"maskedDigits: { default: 0, DE: 3, DE: 4 }\n",    /* twice */
		"maskedDigits: { default: 0 }\nmaskDigits: {}\n",  /* unknown part */
		"",                                                /* missing part */
	};
	struct policy *p = NULL;
	char text[1024];

	(void)state;
	snprintf(text, sizeof(text), "%smaskedDigits: { default: 2, DE: 3 }\n", whole);
	write_file(text);
	assert_int_equal(policy_open(&p, path, NULL), OK);
	assert_int_equal(policy_masked_digits(p, STR("DE")), 3);
	policy_free(p);
	unlink(path);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct error err = { 0 };

		snprintf(text, sizeof(text), "%s%s", whole, bad[i]);
		write_file(text);
		assert_int_equal(policy_open(&p, path, &err), E_INVALID);
		assert_non_null(strstr(err.message, path));
		unlink(path);
	}
	assert_int_equal(policy_open(&p, "/nonexistent/policy.yaml", NULL), E_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_read_over_the_defaults),
		cmocka_unit_test(mistakes_name_line_and_key),
		cmocka_unit_test(what_is_printed_reads_back_the_same),
		cmocka_unit_test(the_shipped_policy_holds_the_published_tables),
		cmocka_unit_test(a_policy_with_a_mistake_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
