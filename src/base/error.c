#include "base/error.h"

#include <stdio.h>
#include <string.h>

static const struct {
	int http;
	const char *wire;
	const char *meaning;
} status_table[STATUS_COUNT] = {
#define STATUS(name, http, wire, meaning) [name] = { http, wire, meaning },
#include "base/status.def"
#undef STATUS
};

enum status error_setv(struct error *err, enum status status, const char *field, const char *fmt, va_list ap)
{
	if (!err)
		return status;
	err->status = status;
	snprintf(err->field, sizeof(err->field), "%s", field ? field : "");
	vsnprintf(err->message, sizeof(err->message), fmt, ap);
	return status;
}

enum status error_set(struct error *err, enum status status, const char *field, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	error_setv(err, status, field, fmt, ap);
	va_end(ap);
	return status;
}

enum status error_prefix(struct error *err, const char *fmt, ...)
{
	char prefix[sizeof(err->message)], whole[2 * sizeof(err->message) + 2];
	va_list ap;

	if (!err)
		return E_INTERNAL;
	va_start(ap, fmt);
	vsnprintf(prefix, sizeof(prefix), fmt, ap);
	va_end(ap);
	snprintf(whole, sizeof(whole), "%s: %s", prefix, err->message);
	memcpy(err->message, whole, sizeof(err->message));
	err->message[sizeof(err->message) - 1] = '\0';
	return err->status;
}

int status_http(enum status status)
{
	return status_table[status].http;
}

const char *status_wire(enum status status)
{
	return status_table[status].wire;
}

const char *status_meaning(enum status status)
{
	return status_table[status].meaning;
}
