/* formats/simdjson_bridge.h - simdjson, which has only a C++ interface, for C.
 *
 * Walks one JSON text (RFC 8259) and calls back for each value, in order.  All
 * of the text is validated, also what the callback ignores: UTF-8, structure,
 * escapes (no lone surrogates), literals, nothing behind the value.  Keys may
 * stand twice here; who builds something from them looks.
 *
 * This header stands alone, since the rest of the source is C and not C++.
 * Threads: one parser, one thread. */
#ifndef FORMATS_SIMDJSON_BRIDGE_H
#define FORMATS_SIMDJSON_BRIDGE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes that must be readable behind a text; what they hold does not matter. */
#define SIMDJSON_BRIDGE_PADDING 64

enum bridge_type {
	BRIDGE_NULL, BRIDGE_FALSE, BRIDGE_TRUE, BRIDGE_NUMBER, BRIDGE_STRING,
	BRIDGE_ARRAY, BRIDGE_OBJECT,   /* begins; its children follow */
	BRIDGE_END,                    /* of the array or object begun last */
};

struct bridge_event {
	enum bridge_type type;
	unsigned depth;          /* of the value: 0 for the root; END has that of its beginning */
	const char *key;         /* decoded; NULL outside objects */
	size_t key_size;
	const char *text;        /* STRING: decoded; NUMBER: its literal */
	size_t text_size;
	const char *at;          /* in the text: the key, or the value where there is none */
};

/* Anything but 0 ends the walk.  Decoded texts live until the next walk, others
 * as long as the text. */
typedef int bridge_sink(void *context, const struct bridge_event *event);

enum bridge_result {
	BRIDGE_OK,
	BRIDGE_MALFORMED,
	BRIDGE_TOO_DEEP,
	BRIDGE_STOPPED,      /* by the sink */
};

struct bridge_fault {
	const char *message;
	const char *at;      /* in the text; NULL when not known */
};

struct simdjson_bridge;

struct simdjson_bridge *simdjson_bridge_new(void);
void simdjson_bridge_free(struct simdjson_bridge *bridge);   /* NULL is fine */

/* depth_max: how many arrays and objects may stand in one another. */
enum bridge_result simdjson_bridge_walk(struct simdjson_bridge *bridge, const char *text, size_t size,
					unsigned depth_max, bridge_sink *sink, void *context,
					struct bridge_fault *fault);

#ifdef __cplusplus
}
#endif

#endif
