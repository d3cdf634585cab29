/* test/store/place.h - an empty database for each test, on the engine that the
 * test program was started for: `program sqlite` or `program postgres`, the
 * latter with a server's URI in TALLY_TEST_POSTGRES (tools/with_postgres). */
#ifndef TEST_STORE_PLACE_H
#define TEST_STORE_PLACE_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "store/sql/sql.h"

struct place {
	enum sql_engine engine;
	char directory[64];   /* private to the test, on both engines */
	char path[96];        /* SQLite: the file, absent at first */
	char uri[512];        /* PostgreSQL: leads into a schema of its own, empty at first;
	                         the schema's name is the connections' application_name */
};

/* Reads the engine from the command line; exits with 2 when it is none. */
void place_engine_from(int argc, char **argv);
enum sql_engine place_engine(void);

/* cmocka's set-up and tear-down: *state is a struct place. */
int place_setup(void **state);
int place_teardown(void **state);

/* A connection that can write; flags matter to SQLite. */
struct sql *place_open(const struct place *place, unsigned flags);
struct sql *place_create(const struct place *place);

/* Asserts that a call succeeded, and tells its message when it did not. */
#define must(call)                                                                                                     \
	do {                                                                                                            \
		struct error err = { .status = OK };                                                                    \
		enum status must_status = (call);                                                                       \
                                                                                                                       \
		if (must_status != OK)                                                                                  \
			fail_msg("%s: %s", #call, err.message);                                                         \
	} while (0)

/* Asserts that a call failed so, and that it wrote a fitting message. */
#define must_fail(expected, call)                                                                                      \
	do {                                                                                                            \
		struct error err = { .status = OK };                                                                    \
		enum status must_status = (call);                                                                       \
                                                                                                                       \
		if (must_status != (expected))                                                                          \
			fail_msg("%s: status %d, not %s: %s", #call, must_status, #expected, err.message);              \
		assert_int_equal(err.status, expected);                                                                 \
		assert_true(err.message[0] != '\0' && !strchr(err.message, '\n'));                                      \
	} while (0)

void script(struct sql *sql, const char *text);
void run(struct sql *sql, const char *text);              /* a statement without parameters */
int64_t number_of(struct sql *sql, const char *text);     /* the whole number that a query gives */

#endif
