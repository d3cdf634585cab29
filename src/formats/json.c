#include "formats/json_private.h"

#include <assert.h>
#include <stdlib.h>

/* --- keys ------------------------------------------------------------------------ */

static int compare_keys(const void *a, const void *b)
{
	const struct json_key *x = a, *y = b;
	int order = str_compare(x->text, y->text);

	return order ? order : (x->at > y->at) - (x->at < y->at);
}

const struct json_key *json_keys_twice(struct json_key *keys, size_t count)
{
	if (count < 2)
		return NULL;
	qsort(keys, count, sizeof(*keys), compare_keys);
	for (size_t i = 1; i < count; i++)
		if (str_equal(keys[i - 1].text, keys[i].text))
			return &keys[i];
	return NULL;
}

/* --- places ----------------------------------------------------------------------- */

struct json_place json_place_of(struct str text, const char *at)
{
	struct json_place place = { 1, 1 };

	for (const char *p = text.p; p < at; p++) {
		if (*p == '\n')
			place = (struct json_place){ place.line + 1, 1 };
		else if (((unsigned char)*p & 0xc0) != 0x80)
			place.column++;
	}
	return place;
}

/* Where a text stops being UTF-8, or a string of it begins that does not end or
 * holds a control character: what simdjson tells without a place. */
static const char *find_fault(struct str text)
{
	const char *string = NULL, *end = text.p + text.n;
	const char *p = text.p;

	while (p < end) {
		size_t len = utf8_sequence(str_of(p, (size_t)(end - p)));

		if (len == 0 || (string && (unsigned char)*p < 0x20))
			return p;
		if (*p == '"')
			string = string ? NULL : p;
		else if (*p == '\\' && string && p + 1 < end)
			len = 2;
		p += len;
	}
	return string ? string : end;
}

const char *json_fault_at(struct str text, const struct bridge_fault *fault)
{
	return fault->at ? fault->at : find_fault(text);
}

/* --- the tree ---------------------------------------------------------------------- */

/* A value with its place, which only the builder needs. */
struct node {
	struct json json;
	const char *at;
};

static int builder_fail(struct json_builder *b, enum status status, const char *at)
{
	b->status = status;
	b->fault_at = at;
	return 1;
}

#define KEYS_ON_STACK 32

static int check_keys(struct json_builder *b, const struct json *object)
{
	struct json_key few[KEYS_ON_STACK], *keys = few;
	const struct json_key *twice;
	size_t n = 0;
	int result = 0;

	if (object->count > KEYS_ON_STACK)
		keys = xalloc(object->count * sizeof(*keys));
	for (const struct json *child = object->first; child; child = child->next)
		keys[n++] = (struct json_key){ child->key, ((const struct node *)child)->at };
	twice = json_keys_twice(keys, n);
	if (twice)
		result = builder_fail(b, E_DUPLICATE_KEY, twice->at);
	if (keys != few)
		free(keys);
	return result;
}

static void link_node(struct json_builder *b, struct json *value)
{
	struct json *parent = b->nest[b->depth];

	if (b->depth == 0) {
		b->root = value;
		return;
	}
	if (b->last[b->depth])
		b->last[b->depth]->next = value;
	else
		parent->first = value;
	b->last[b->depth] = value;
	parent->count++;
}

static int end_nest(struct json_builder *b)
{
	const struct json *nest = b->nest[b->depth--];

	return nest->type == JSON_OBJECT && nest->count > 1 ? check_keys(b, nest) : 0;
}

static bool has_nul(const char *p, size_t n)
{
	return p && n && memchr(p, '\0', n);
}

int json_builder_add(struct json_builder *b, const struct bridge_event *event)
{
	static const enum json_type types[] = {
		[BRIDGE_NULL] = JSON_NULL,     [BRIDGE_FALSE] = JSON_BOOL,    [BRIDGE_TRUE] = JSON_BOOL,
		[BRIDGE_NUMBER] = JSON_NUMBER, [BRIDGE_STRING] = JSON_STRING, [BRIDGE_ARRAY] = JSON_ARRAY,
		[BRIDGE_OBJECT] = JSON_OBJECT,
	};
	struct node *node;
	struct json *value;

	if (event->type == BRIDGE_END)
		return end_nest(b);
	if (b->nodes_max && b->nodes == b->nodes_max)
		return builder_fail(b, E_TOO_LARGE, event->at);
	if (has_nul(event->key, event->key_size) || has_nul(event->text, event->text_size))
		return builder_fail(b, E_INVALID, event->at);
	b->nodes++;
	node = ARENA_NEW(b->arena, struct node);
	node->at = event->at;
	value = &node->json;
	value->type = types[event->type];
	value->boolean = event->type == BRIDGE_TRUE;
	if (event->key)
		value->key = arena_str(b->arena, str_of(event->key, event->key_size));
	if (value->type == JSON_NUMBER || value->type == JSON_STRING)
		value->text = arena_str(b->arena, str_of(event->text, event->text_size));
	link_node(b, value);
	if (value->type == JSON_ARRAY || value->type == JSON_OBJECT) {
		assert(b->depth < JSON_DEPTH_MAX);
		b->nest[++b->depth] = value;
		b->last[b->depth] = NULL;
	}
	return 0;
}

const char *json_builder_fault(const struct json_builder *b)
{
	switch (b->status) {
	case E_DUPLICATE_KEY:
		return "a key stands twice in one object";
	case E_TOO_LARGE:
		return "it has too many values";
	default:
		return "a string holds a NUL character";
	}
}

static int build(void *context, const struct bridge_event *event)
{
	return json_builder_add(context, event);
}

static enum status explain(struct str text, const struct json_builder *b, enum bridge_result result,
			   const struct bridge_fault *fault, struct error *err)
{
	struct json_place place;

	if (result == BRIDGE_STOPPED) {
		place = json_place_of(text, b->fault_at);
		return error_set(err, E_INVALID, NULL, "this JSON cannot be read: %s, at line %zu, column %zu",
				 json_builder_fault(b), place.line, place.column);
	}
	place = json_place_of(text, json_fault_at(text, fault));
	return error_set(err, E_INVALID, NULL, "this is not valid JSON: %s, at line %zu, column %zu", fault->message,
			 place.line, place.column);
}

enum status json_parse(struct arena *a, struct str text, const struct json **root, struct error *err)
{
	struct simdjson_bridge *bridge = simdjson_bridge_new();
	struct json_builder builder = { .arena = a };
	struct bridge_fault fault = { 0 };
	char *padded = xalloc(text.n + SIMDJSON_BRIDGE_PADDING);
	enum bridge_result result;
	enum status status = OK;

	if (text.n)
		memcpy(padded, text.p, text.n);
	result = simdjson_bridge_walk(bridge, padded, text.n, JSON_DEPTH_MAX, build, &builder, &fault);
	if (result == BRIDGE_OK)
		*root = builder.root;
	else
		status = explain(str_of(padded, text.n), &builder, result, &fault, err);
	free(padded);
	simdjson_bridge_free(bridge);
	return status;
}

/* --- numbers -------------------------------------------------------------------------- */

/* Takes the exponent off a JSON number; one that is out of all reason is cut to a million. */
static int64_t take_exponent(struct str *literal)
{
	size_t e = 0;
	struct str exponent;
	bool negative;
	uint64_t value;

	while (e < literal->n && literal->p[e] != 'e' && literal->p[e] != 'E')
		e++;
	if (e == literal->n)
		return 0;
	exponent = str_after(*literal, e + 1);
	literal->n = e;
	negative = exponent.p[0] == '-';
	if (negative || exponent.p[0] == '+')
		exponent = str_after(exponent, 1);
	if (!str_to_u64(exponent, 1000000, &value))
		value = 1000000;
	return negative ? -(int64_t)value : (int64_t)value;
}

static bool shift_in(uint64_t *value, unsigned digit, uint64_t max)
{
	if (*value > (max - digit) / 10)
		return false;
	*value = *value * 10 + digit;
	return true;
}

/* Leaves the digits and the point; how many of the digits stand left of the last decimal asked for. */
static int64_t take_scale(struct str *literal, unsigned decimals)
{
	int64_t take;

	if (literal->p[0] == '-')
		*literal = str_after(*literal, 1);
	take = take_exponent(literal) + decimals;
	return take + (int64_t)str_find_char(*literal, '.');
}

/* The digits left of the last decimal asked for are the answer: no double would
 * be exact. */
bool json_scaled(struct str literal, unsigned decimals, int64_t max, int64_t *value)
{
	bool negative = literal.p[0] == '-';
	uint64_t magnitude = 0;
	int64_t take = take_scale(&literal, decimals);

	assert(max >= 9);
	for (size_t i = 0; i < literal.n && take > 0; i++) {
		if (literal.p[i] == '.')
			continue;
		if (!shift_in(&magnitude, (unsigned)(literal.p[i] - '0'), (uint64_t)max))
			return false;
		take--;
	}
	for (; take > 0 && magnitude; take--)
		if (!shift_in(&magnitude, 0, (uint64_t)max))
			return false;
	*value = negative ? -(int64_t)magnitude : (int64_t)magnitude;
	return true;
}

bool json_scaled_is_exact(struct str literal, unsigned decimals)
{
	int64_t take = take_scale(&literal, decimals);

	for (size_t i = 0; i < literal.n; i++) {
		if (literal.p[i] == '.')
			continue;
		if (take <= 0 && literal.p[i] != '0')
			return false;
		take--;
	}
	return true;
}

/* --- members ------------------------------------------------------------------------- */

const struct json *json_get(const struct json *object, const char *key)
{
	if (!object || object->type != JSON_OBJECT)
		return NULL;
	for (const struct json *child = object->first; child; child = child->next)
		if (str_is(child->key, key))
			return child;
	return NULL;
}

/* The member when it is there, not null and of the type; *found is NULL when absent. */
static enum status get_typed(const struct json *object, const char *key, enum json_type type, const struct json **found,
			     struct error *err)
{
	static const char *const names[] = {
		[JSON_NULL] = "null",       [JSON_BOOL] = "true or false", [JSON_NUMBER] = "a number",
		[JSON_STRING] = "a string", [JSON_ARRAY] = "an array",     [JSON_OBJECT] = "an object",
	};
	const struct json *member = json_get(object, key);

	*found = member && member->type != JSON_NULL ? member : NULL;
	if (*found && member->type != type)
		return error_set(err, E_INVALID, key, "%s must be %s; found %s", key, names[type], names[member->type]);
	return OK;
}

enum status json_get_str(const struct json *object, const char *key, struct str *value, struct error *err)
{
	const struct json *member;
	enum status status = get_typed(object, key, JSON_STRING, &member, err);

	if (status == OK && member)
		*value = member->text;
	return status;
}

enum status json_get_bool(const struct json *object, const char *key, bool *value, struct error *err)
{
	const struct json *member;
	enum status status = get_typed(object, key, JSON_BOOL, &member, err);

	if (status == OK && member)
		*value = member->boolean;
	return status;
}

static bool parse_i64(struct str literal, int64_t *value)
{
	bool negative = literal.p[0] == '-';
	uint64_t magnitude;

	if (negative)
		literal = str_after(literal, 1);
	if (!str_to_u64(literal, (uint64_t)INT64_MAX + negative, &magnitude))
		return false;
	*value = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
	return true;
}

enum status json_get_i64(const struct json *object, const char *key, int64_t min, int64_t max, int64_t *value,
			 struct error *err)
{
	const struct json *member;
	enum status status = get_typed(object, key, JSON_NUMBER, &member, err);
	int64_t v;

	if (status != OK || !member)
		return status;
	if (!parse_i64(member->text, &v) || v < min || v > max)
		return error_set(err, E_INVALID, key, "%s must be a whole number from %lld to %lld; found %.40s", key,
				 (long long)min, (long long)max, member->text.p);
	*value = v;
	return OK;
}

enum status json_get_array(const struct json *object, const char *key, const struct json **value, struct error *err)
{
	const struct json *member;
	enum status status = get_typed(object, key, JSON_ARRAY, &member, err);

	if (status == OK && member)
		*value = member;
	return status;
}
