/* base/log.h - one event per line on standard error, as JSON.
 *
 *     log_event(LOG_INFO, "batch accepted", LOG_STR("operatorId", id), LOG_I64("accepted", n), LOG_END);
 *
 * Values may be ids of parties and records; never numbers, names, SIP users,
 * contacts, tokens or secrets: whoever writes a log line answers for that.
 * Safe from any thread; one line is one write(2). */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/str.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

struct log_field {
	const char *name; /* NULL ends the list */
	enum { LOG_FIELD_STR, LOG_FIELD_I64 } kind;
	struct str text;
	int64_t number;
};

#define LOG_STR(name, value) ((struct log_field){ (name), LOG_FIELD_STR, (value), 0 })
#define LOG_Z(name, value) LOG_STR((name), str_from(value))
#define LOG_I64(name, value) ((struct log_field){ (name), LOG_FIELD_I64, STR_NONE, (int64_t)(value) })
#define LOG_END ((struct log_field){ NULL, LOG_FIELD_STR, STR_NONE, 0 })

void log_set_level(enum log_level least);
bool log_level_parse(struct str name, enum log_level *level);
void log_event(enum log_level level, const char *event, ...);  /* struct log_field ..., LOG_END */

#endif
