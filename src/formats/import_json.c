#include "formats/import_json.h"

#include "base/hash.h"
#include "formats/json_rows.h"
#include "formats/simdjson_bridge.h"

#include <stdio.h>

#define DEPTH_MAX 16
#define PATH_MAX_BYTES 128 /* longer ones are nobody's */

#define KNOWN_PATHS 1024

/* Objects have the same members again and again: what is found for a path is kept. */
struct known_path {
	char path[PATH_MAX_BYTES];
	size_t n;
	unsigned value;
};

struct json_importer {
	struct import_source source;
	const struct import_json_type *type;
	struct json_rows rows;
	struct simdjson_bridge *bridge;
	struct known_path known[KNOWN_PATHS]; /* by hash; a path is never empty */

	/* Of the row at hand. */
	struct str values[IMPORT_VALUES_MAX];
	char path[PATH_MAX_BYTES];
	size_t path_bytes[DEPTH_MAX + 1]; /* of the path, by depth; more than there is room for: it is too long */
};

/* The path of a value: that of what it stands in, and its key. */
static void extend_path(struct json_importer *j, const struct bridge_event *event)
{
	size_t n = event->depth ? j->path_bytes[event->depth - 1] : 0;
	size_t slash = n > 0;

	if (event->key && n + slash + event->key_size <= sizeof(j->path)) {
		if (slash)
			j->path[n] = '/';
		memcpy(j->path + n + slash, event->key, event->key_size);
	}
	j->path_bytes[event->depth] = event->key ? n + slash + event->key_size : n;
}

static unsigned value_of(struct json_importer *j, struct str path)
{
	struct known_path *known = &j->known[hash64(path) % KNOWN_PATHS];

	if (!str_equal(str_of(known->path, known->n), path)) {
		memcpy(known->path, path.p, path.n);
		known->n = path.n;
		known->value = import_value_named(j->type->names, path);
	}
	return known->value;
}

static int take_event(void *context, const struct bridge_event *event)
{
	struct json_importer *j = context;
	struct str text = { event->text, event->text_size };
	unsigned value = IMPORT_NO_VALUE;

	if (event->type == BRIDGE_END)
		return 0;
	extend_path(j, event);
	if (event->type == BRIDGE_ARRAY || event->type == BRIDGE_OBJECT || event->type == BRIDGE_NULL)
		return 0;
	if (j->path_bytes[event->depth] && j->path_bytes[event->depth] <= sizeof(j->path))
		value = value_of(j, str_of(j->path, j->path_bytes[event->depth]));
	if (event->type == BRIDGE_TRUE || event->type == BRIDGE_FALSE)
		text = event->type == BRIDGE_TRUE ? STR("true") : STR("false");
	if (value == IMPORT_NO_VALUE)
		j->source.counts.unknown_fields++;
	else if (str_is_none(j->values[value]) || source_is_unset(j->values[value]))
		j->values[value] = text;
	return 0;
}

static enum status read_object(struct json_importer *j, struct str text, struct record_place place, struct error *err)
{
	struct bridge_fault fault = { 0 };
	char message[200];

	memset(j->values, 0, sizeof(j->values));
	if (simdjson_bridge_walk(j->bridge, text.p, text.n, DEPTH_MAX, take_event, j, &fault) != BRIDGE_OK) {
		snprintf(message, sizeof(message), "the JSON cannot be read: %s", fault.message);
		return source_reject(&j->source, place, E_MALFORMED, message, err);
	}
	source_begin_record(&j->source);
	if (j->type->read(&j->source, j->values))
		return source_end_record(&j->source, place, err);
	j->source.counts.other_lines++;
	return OK;
}

static enum status take_row(void *context, struct str text, enum json_row_fault fault, struct record_place place,
			    struct error *err)
{
	struct json_importer *j = context;

	switch (fault) {
	case JSON_ROW_TOO_LONG:
		return source_reject(&j->source, place, E_RECORD_TOO_LONG, "the object is longer than is read", err);
	case JSON_ROW_NONE:
		return source_reject(&j->source, place, E_MALFORMED, "what stands here is no JSON object", err);
	default:
		return read_object(j, text, place, err);
	}
}

static enum status push(struct import_reader *base, struct str bytes, struct error *err)
{
	return json_rows_push(&((struct json_importer *)base)->rows, bytes, err);
}

static enum status finish(struct import_reader *base, struct error *err)
{
	return json_rows_finish(&((struct json_importer *)base)->rows, err);
}

static struct record_reader_counts counts(const struct import_reader *base)
{
	return ((const struct json_importer *)base)->source.counts;
}

static void release(struct import_reader *base)
{
	struct json_importer *j = (struct json_importer *)base;

	json_rows_release(&j->rows);
	simdjson_bridge_free(j->bridge);
	source_free(&j->source);
}

static const struct import_reader_type json_importer_type = {
	.push = push, .finish = finish, .counts = counts, .free = release
};

enum status import_json_begin(struct import_reader **reader, const struct import_json_type *type,
			      const struct import_options *options, const struct record_sink *sink, struct error *err)
{
	struct json_importer *j = source_new(sizeof(*j), &json_importer_type, options, sink, err);

	if (!j)
		return E_NOT_FOUND;
	j->type = type;
	j->bridge = simdjson_bridge_new();
	json_rows_init(&j->rows, j->source.bytes_max, type->list, take_row, j);
	*reader = &j->source.base;
	return OK;
}
