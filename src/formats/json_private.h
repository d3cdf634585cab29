/* formats/json_private.h - building a tree from the bridge's events, and saying
 * where a text is at fault; for json.c and the record readers. */
#ifndef FORMATS_JSON_PRIVATE_H
#define FORMATS_JSON_PRIVATE_H

#include "formats/json.h"
#include "formats/simdjson_bridge.h"

struct json_key {
	struct str text;
	const char *at;  /* where it stands in the input */
};

/* The later of two equal keys, or NULL.  Sorts the keys. */
const struct json_key *json_keys_twice(struct json_key *keys, size_t count);

/* A tree grows by events: one value of a walk, or all of it.  Everything lives
 * in the arena. */
struct json_builder {
	struct arena *arena;
	size_t nodes_max;                      /* 0: no bound */
	size_t nodes;
	struct json *root;
	struct json *nest[JSON_DEPTH_MAX + 1]; /* what is open */
	struct json *last[JSON_DEPTH_MAX + 1]; /* its youngest child */
	unsigned depth;
	enum status status;                    /* OK, E_DUPLICATE_KEY, E_TOO_LARGE (nodes_max), E_INVALID (NUL) */
	const char *fault_at;                  /* in the input, where status is not OK */
};

/* 0, or 1 once status tells of a fault. */
int json_builder_add(struct json_builder *b, const struct bridge_event *event);

/* What status stands for, in words. */
const char *json_builder_fault(const struct json_builder *b);

/* Line and column, from 1, of a place in a text; columns count characters. */
struct json_place {
	size_t line, column;
};
struct json_place json_place_of(struct str text, const char *at);

/* The place of a fault that the bridge found in text. */
const char *json_fault_at(struct str text, const struct bridge_fault *fault);

#endif
