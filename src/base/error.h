/* base/error.h - how a function says that it failed.
 *
 * A function that can fail because of the world (a peer, a disk, an input)
 * returns enum status and takes a caller-owned struct error * last.  Our own
 * mistakes are asserted instead. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdarg.h>

enum status {
#define STATUS(name, http, wire, meaning) name,
#include "base/status.def"
#undef STATUS
	STATUS_COUNT
};

/* Filled by the callee on failure, left alone on success, so that one object
 * can serve a chain of calls.  NULL says "I only need the status". */
struct error {
	enum status status;
	char field[64];    /* which input is at fault, "" when none is */
	char message[320]; /* for a person; no newline, no function names, no phone number */
};

/* Fills *err (when not NULL) and returns status, so that a failing path is one
 * statement.  field may be NULL.  Messages longer than the room are cut. */
enum status error_set(struct error *err, enum status status, const char *field, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
enum status error_setv(struct error *err, enum status status, const char *field, const char *fmt, va_list ap)
	__attribute__((format(printf, 4, 0)));

/* Puts "prefix: " before the message that stands in *err; keeps the status. */
enum status error_prefix(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

int status_http(enum status status);              /* HTTP status, 200..599 */
const char *status_wire(enum status status);      /* the API's error code */
const char *status_meaning(enum status status);   /* one sentence, for docs and fallbacks */

#endif
