/* Which route a path finds, with which parameters. */
#include "http/router.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static enum status nothing(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	(void)app;
	(void)req;
	(void)res;
	(void)err;
	return OK;
}

static const struct http_route routes[] = {
	{ HTTP_GET, "/", nothing },
	{ HTTP_GET, "/v1.0/calls/{id}", nothing },
	{ HTTP_GET, "/v1.0/calls/delta", nothing },
	{ HTTP_PATCH, "/v1.0/calls/{id}", nothing },
	{ HTTP_GET, "/v1.0/calls/{id}/sessions/{session}", nothing },
	{ HTTP_GET, "/v1.0/calls/delta/more", nothing },
	{ HTTP_GET, "/v1.0/calls/getPstnCalls(*)", nothing },
	{ HTTP_GET, "/v1.0/teams/operations/{id}", nothing },
	{ HTTP_POST, "/v1.0/teams/assignNumber", nothing },
	{ HTTP_GET, "/numbers/{number}", nothing },
	{ HTTP_GET, "/{tenant}/.well-known/openid-configuration", nothing },
	{ HTTP_GET, "/console/{*}", nothing },
	{ HTTP_GET, "/a/{x}/b", nothing },
	{ HTTP_GET, "/a/c/{y}", nothing },
};

#define CALL "/v1.0/calls/getPstnCalls(*)"
#define KEY "/v1.0/teams/operations/{id}"

static const struct {
	const char *path, *pattern; /* NULL: nothing there */
	const char *params[2];
} cases[] = {
	{ "/", "/", { NULL } },
	{ "", NULL, { NULL } },
	{ "*", NULL, { NULL } },
	{ "/v1.0/calls/7", "/v1.0/calls/{id}", { "7" } },
	{ "/v1.0/calls/7/", NULL, { NULL } },
	{ "/v1.0//calls/7", NULL, { NULL } },
	{ "//v1.0/calls/7", NULL, { NULL } },
	{ "/v1.0/calls", NULL, { NULL } },
	{ "/v1.0/calls/", NULL, { NULL } },
	{ "/V1.0/calls/7", NULL, { NULL } },
	{ "/v1.0/calls/delta", "/v1.0/calls/delta", { NULL } },
	{ "/v1.0/calls/d%65lta", "/v1.0/calls/delta", { NULL } },
	{ "/v1.0/calls/delta/more", "/v1.0/calls/delta/more", { NULL } },
	{ "/v1.0/calls/delta/sessions/s", "/v1.0/calls/{id}/sessions/{session}", { "delta", "s" } },
	{ "/v1.0/calls/a%2Fb", "/v1.0/calls/{id}", { "a/b" } },
	{ "/v1.0/calls/%20", "/v1.0/calls/{id}", { " " } },
	{ "/v1.0/calls/..", "/v1.0/calls/{id}", { ".." } },
	{ "/numbers/+4912345678", "/numbers/{number}", { "+4912345678" } },
	{ "/numbers/%2B4912345678", "/numbers/{number}", { "+4912345678" } },
	{ "/numbers/%2b4912345678", "/numbers/{number}", { "+4912345678" } },
	{ "/numbers('%2B491')", "/numbers/{number}", { "+491" } },
	/* functions */
	{ "/v1.0/calls/getPstnCalls(a=1,b=2)", CALL, { "a=1,b=2" } },
	{ "/v1.0/calls/getPstnCalls()", CALL, { "" } },
	{ "/v1.0/calls/getPstnCalls%28a=1%29", CALL, { "a=1" } },
	{ "/v1.0/calls/getPstnCalls(a=2019-11-01T00:00:00%2B01:00)", CALL, { "a=2019-11-01T00:00:00+01:00" } },
	{ "/v1.0/calls/getPstnCalls(a='x(y)')", CALL, { "a='x(y)'" } },
	{ "/v1.0/calls/microsoft.graph.callRecords.getPstnCalls(a=1)", CALL, { "a=1" } },
	{ "/v1.0/calls/microsoft.graph.getPstnCalls(a=1.5)", CALL, { "a=1.5" } },
	{ "/v1.0/calls/other.getPstnCalls(a=1)", "/v1.0/calls/{id}", { "other.getPstnCalls(a=1)" } },
	{ "/v1.0/calls/getPstnCalls(a=1", "/v1.0/calls/{id}", { "getPstnCalls(a=1" } },
	{ "/v1.0/calls/getPstnCalls", "/v1.0/calls/{id}", { "getPstnCalls" } },
	{ "/v1.0/teams/microsoft.graph.teamsAdministration.assignNumber", "/v1.0/teams/assignNumber", { NULL } },
	{ "/v1.0/teams/microsoft.graph.", NULL, { NULL } },
	/* keys in parentheses */
	{ "/v1.0/teams/operations('x')", KEY, { "x" } },
	{ "/v1.0/teams/operations(%27x%27)", KEY, { "x" } },
	{ "/v1.0/teams/operations/x", KEY, { "x" } },
	{ "/v1.0/teams/operations('a''b')", KEY, { "a'b" } },
	{ "/v1.0/teams/operations('a'b')", NULL, { NULL } },
	{ "/v1.0/teams/operations('a''')", KEY, { "a'" } },
	{ "/v1.0/teams/operations('')", NULL, { NULL } },
	{ "/v1.0/teams/operations()", NULL, { NULL } },
	{ "/v1.0/teams/operations(0f2e9bd1-5a8a-4b6f-9d59-0f2e9bd15a8a)",
	  KEY,
	  { "0f2e9bd1-5a8a-4b6f-9d59-0f2e9bd15a8a" } },
	{ "/v1.0/teams/operations(id='x')", NULL, { NULL } },
	{ "/v1.0/calls('7')/sessions('8')", "/v1.0/calls/{id}/sessions/{session}", { "7", "8" } },
	{ "/v1.0/calls('7')", "/v1.0/calls/{id}", { "7" } },
	/* others */
	{ "/t1/.well-known/openid-configuration", "/{tenant}/.well-known/openid-configuration", { "t1" } },
	{ "//.well-known/openid-configuration", NULL, { NULL } },
	{ "/console", NULL, { NULL } },
	{ "/console/", "/console/{*}", { "" } },
	{ "/console/a", "/console/{*}", { "a" } },
	{ "/console/a/b%20c/", "/console/{*}", { "a/b c/" } },
	{ "/a/c/b", "/a/c/{y}", { "b" } },
	{ "/a/d/b", "/a/{x}/b", { "d" } },
	{ "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t/u/v/w/x/y/z/0/1/2/3/4/5/6/7/8/9", NULL, { NULL } },
};

static void test_paths(void **state)
{
	struct router *router = router_new(routes, sizeof(routes) / sizeof(routes[0]));

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct router_match match;
		struct arena arena;
		enum status status;

		arena_init(&arena);
		status = router_find(router, &arena, str_from(cases[i].path), &match, NULL);
		if (status != (cases[i].pattern ? OK : E_NOT_FOUND))
			fail_msg("%s: status %s", cases[i].path, status_wire(status));
		if (cases[i].pattern) {
			const struct http_route *route = match.of[HTTP_GET] ? match.of[HTTP_GET] : match.of[HTTP_POST];

			if (strcmp(route->pattern, cases[i].pattern) != 0)
				fail_msg("%s: found %s", cases[i].path, route->pattern);
			for (int k = 0; k < 2 && cases[i].params[k]; k++)
				if (!str_is(match.params[k], cases[i].params[k]))
					fail_msg("%s: parameter %d is \"%.*s\"", cases[i].path, k,
						 STR_ARG(match.params[k]));
		}
		arena_release(&arena);
	}
	router_free(router);
}

static void test_methods_of_a_path(void **state)
{
	struct router *router = router_new(routes, sizeof(routes) / sizeof(routes[0]));
	struct router_match match;
	struct arena arena;

	(void)state;
	arena_init(&arena);
	assert_int_equal(router_find(router, &arena, STR("/v1.0/calls/7"), &match, NULL), OK);
	assert_ptr_equal(match.of[HTTP_GET], &routes[1]);
	assert_ptr_equal(match.of[HTTP_PATCH], &routes[3]);
	assert_null(match.of[HTTP_DELETE]);
	/* The literal has the path for itself. */
	assert_int_equal(router_find(router, &arena, STR("/v1.0/calls/delta"), &match, NULL), OK);
	assert_null(match.of[HTTP_PATCH]);
	arena_release(&arena);
	router_free(router);
}

static void test_bad_escapes(void **state)
{
	static const char *const paths[] = { "/numbers/%",   "/numbers/%2",    "/numbers/%zz",
					     "/numbers/%00", "/numbers/a%00b", "/numbers/%ff",
					     "/numbers/%c3", "/%/x",           "/numbers('%0')" };
	struct router *router = router_new(routes, sizeof(routes) / sizeof(routes[0]));

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct router_match match;
		struct arena arena;

		arena_init(&arena);
		assert_int_equal(router_find(router, &arena, str_from(paths[i]), &match, NULL), E_INVALID);
		arena_release(&arena);
	}
	router_free(router);
}

/* Whether the table is refused: router_new asserts, which ends the process. */
static bool is_refused(const struct http_route *table, size_t count)
{
	struct rlimit no_core = { 0 };
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		setrlimit(RLIMIT_CORE, &no_core);
		signal(SIGABRT, SIG_DFL);
		close(STDERR_FILENO);
		router_free(router_new(table, count));
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void test_ambiguous_tables(void **state)
{
	static const struct http_route tables[][2] = {
		{ { HTTP_GET, "/a", nothing }, { HTTP_GET, "/a", nothing } },
		{ { HTTP_GET, "/a/{x}", nothing }, { HTTP_GET, "/a/{y}", nothing } },
		{ { HTTP_GET, "/a/{x}/b", nothing }, { HTTP_GET, "/a/{y}/b", nothing } },
		{ { HTTP_GET, "/a/f(*)", nothing }, { HTTP_GET, "/a/f/{x}", nothing } },
		{ { HTTP_GET, "/a/{*}", nothing }, { HTTP_GET, "/a/{*}/b", nothing } },
		{ { HTTP_GET, "a", nothing }, { HTTP_GET, "/b", nothing } },
		{ { HTTP_GET, "/{a}/{b}/{c}/{d}/{e}", nothing }, { HTTP_GET, "/b", nothing } },
		{ { HTTP_GET, "/a", NULL }, { HTTP_GET, "/b", nothing } },
	};
	static const struct http_route good[][2] = {
		{ { HTTP_GET, "/a", nothing }, { HTTP_POST, "/a", nothing } },
		{ { HTTP_GET, "/a/{x}", nothing }, { HTTP_GET, "/a/b", nothing } },
		{ { HTTP_GET, "/a/f(*)", nothing }, { HTTP_GET, "/a/f", nothing } },
		{ { HTTP_GET, "/{a}/{b}/{c}/{d}", nothing }, { HTTP_GET, "/{a}/{*}", nothing } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (!is_refused(tables[i], 2))
			fail_msg("table %zu was not refused", i);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (is_refused(good[i], 2))
			fail_msg("good table %zu was refused", i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_methods_of_a_path),
		cmocka_unit_test(test_bad_escapes),
		cmocka_unit_test(test_ambiguous_tables),
	};

	return cmocka_run_group_tests_name("http router", tests, NULL, NULL);
}
