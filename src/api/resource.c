#include "api/resource.h"

#include "base/instant.h"

static bool is_selected(struct str select, const char *name)
{
	if (str_is_none(select))
		return true;
	while (!str_is_none(select)) {
		struct str one = str_trim(str_cut(&select, ','));

		if (str_is(one, name) || str_is(one, "*"))
			return true;
	}
	return false;
}

static void words_write(struct json_writer *w, struct str words)
{
	json_array_begin(w);
	while (words.n)
		json_str(w, str_cut(&words, ','));
	json_array_end(w);
}

static void value_write(struct json_writer *w, enum property_kind kind, struct filter_value value)
{
	if (value.is_null) {
		json_null(w);
		return;
	}
	switch (kind) {
	case PROPERTY_TEXT:
		json_str(w, value.text);
		break;
	case PROPERTY_NUMBER:
		json_i64(w, value.number);
		break;
	case PROPERTY_BOOL:
		json_bool(w, value.number != 0);
		break;
	case PROPERTY_INSTANT:
		json_instant(w, value.number);
		break;
	case PROPERTY_WORDS:
		words_write(w, value.text);
		break;
	case PROPERTY_JSON:
		json_raw(w, value.text);
		break;
	}
}

void resource_write_members(struct json_writer *w, struct arena *arena, const struct resource *resource,
			    const void *row, struct str select)
{
	for (size_t i = 0; i < resource->count; i++) {
		const struct property *property = &resource->properties[i];

		if (!is_selected(select, property->name))
			continue;
		json_key(w, property->name);
		value_write(w, property->kind, resource->value(resource, arena, row, i));
	}
}

void resource_write(struct json_writer *w, struct arena *arena, const struct resource *resource, const void *row,
		    struct str select)
{
	json_object_begin(w);
	resource_write_members(w, arena, resource, row, select);
	json_object_end(w);
}

static size_t property_index(const struct resource *resource, struct str name)
{
	size_t i = 0;

	while (i < resource->count && !str_is(name, resource->properties[i].name))
		i++;
	return i;
}

enum status resource_select_check(const struct resource *resource, struct str select, struct error *err)
{
	while (!str_is_none(select)) {
		struct str name = str_trim(str_cut(&select, ','));

		if (!str_is(name, "*") && property_index(resource, name) == resource->count)
			return error_set(err, E_INVALID, "$select", "$select: there is no property \"%.*s\"",
					 name.n > 60 ? 60 : (int)name.n, name.p);
	}
	return OK;
}

/* --- CSV ------------------------------------------------------------------------------ */

static bool has_column(const size_t *properties, size_t count, size_t property)
{
	for (size_t i = 0; i < count; i++)
		if (properties[i] == property)
			return true;
	return false;
}

struct resource_columns resource_columns(struct arena *arena, const struct resource *resource, struct str select)
{
	size_t *properties = ARENA_ARRAY(arena, size_t, resource->count);
	size_t count = 0;

	do {
		struct str name = str_is_none(select) ? STR("*") : str_trim(str_cut(&select, ','));

		for (size_t i = 0; i < resource->count; i++)
			if ((str_is(name, "*") || str_is(name, resource->properties[i].name)) &&
			    !has_column(properties, count, i))
				properties[count++] = i;
	} while (!str_is_none(select));
	return (struct resource_columns){ properties, count };
}

void resource_write_csv_header(struct buf *out, const struct resource *resource, const struct resource_columns *columns)
{
	size_t begin = out->n;

	for (size_t i = 0; i < columns->count; i++) {
		const struct property *property = &resource->properties[columns->properties[i]];
		struct str members = str_from(property->members);

		do {
			struct str member = str_cut(&members, ',');

			if (out->n > begin)
				buf_add_char(out, ',');
			buf_add_str(out, str_from(property->name));
			if (member.n)
				buf_add_char(out, '.');
			buf_add_str(out, member);
		} while (members.n);
	}
	buf_add_char(out, '\n');
}

/* Numbers are nobody's text: a spreadsheet may reckon with them, a minus before them or not. */
static void json_cell(struct buf *out, const struct json *value, csv_cell_writer *write_cell)
{
	struct json_writer w;
	struct buf text;

	if (!value || value->type == JSON_NULL)
		return;
	if (value->type == JSON_NUMBER) {
		buf_add_str(out, value->text);
	} else if (value->type == JSON_STRING) {
		write_cell(out, value->text);
	} else {
		buf_init(&text, 0);
		json_writer_init(&w, &text);
		json_tree(&w, value);
		write_cell(out, buf_str(&text));
		buf_release(&text);
	}
}

static void words_cell(struct buf *out, struct arena *arena, struct str words, csv_cell_writer *write_cell)
{
	char *joined = arena_alloc(arena, words.n + 1);

	for (size_t i = 0; i < words.n; i++)
		joined[i] = words.p[i] == ',' ? '+' : words.p[i];
	write_cell(out, str_of(joined, words.n));
}

/* What is JSON, and of an object a cell for each member. */
static void json_cells(struct buf *out, struct arena *arena, const struct property *property, struct filter_value value,
		       csv_cell_writer *write_cell)
{
	struct str members = str_from(property->members);
	const struct json *tree = NULL;

	if (!value.is_null && json_parse(arena, value.text, &tree, NULL) != OK)
		tree = NULL;
	if (!property->members)
		json_cell(out, tree, write_cell);
	for (bool first = true; members.n; first = false) {
		struct str member = str_cut(&members, ',');

		if (!first)
			buf_add_char(out, ',');
		json_cell(out, json_get(tree, arena_cstr(arena, member)), write_cell);
	}
}

static void value_cell(struct buf *out, struct arena *arena, enum property_kind kind, struct filter_value value,
		       csv_cell_writer *write_cell)
{
	if (value.is_null)
		return;
	switch (kind) {
	case PROPERTY_TEXT:
		write_cell(out, value.text);
		break;
	case PROPERTY_NUMBER:
		buf_add_i64(out, value.number);
		break;
	case PROPERTY_BOOL:
		buf_add_str(out, value.number ? STR("true") : STR("false"));
		break;
	case PROPERTY_INSTANT:
		if (value.number != INSTANT_NONE)
			instant_add(out, value.number);
		break;
	case PROPERTY_WORDS:
		words_cell(out, arena, value.text, write_cell);
		break;
	case PROPERTY_JSON: /* json_cells() */
		break;
	}
}

void resource_write_csv(struct buf *out, struct arena *arena, const struct resource *resource, const void *row,
			const struct resource_columns *columns, csv_cell_writer *write_cell)
{
	size_t begin = out->n;

	for (size_t i = 0; i < columns->count; i++) {
		const struct property *property = &resource->properties[columns->properties[i]];
		struct filter_value value = resource->value(resource, arena, row, columns->properties[i]);

		if (i > 0)
			buf_add_char(out, ',');
		if (property->kind == PROPERTY_JSON)
			json_cells(out, arena, property, value, write_cell);
		else
			value_cell(out, arena, property->kind, value, write_cell);
	}
	/* A blank line would be no row. */
	buf_add_str(out, out->n == begin ? STR("\"\"\n") : STR("\n"));
}

static enum filter_type filter_type_of(enum property_kind kind)
{
	switch (kind) {
	case PROPERTY_NUMBER:
		return FILTER_NUMBER;
	case PROPERTY_BOOL:
		return FILTER_BOOL;
	case PROPERTY_INSTANT:
		return FILTER_INSTANT;
	case PROPERTY_WORDS:
		return FILTER_TEXT_LIST;
	case PROPERTY_TEXT:
	case PROPERTY_JSON:
		break;
	}
	return FILTER_TEXT;
}

enum status resource_filter_parse(struct arena *arena, const struct resource *resource, struct str text,
				  struct filter *filter, struct error *err)
{
	struct filter_property *properties = ARENA_ARRAY(arena, struct filter_property, resource->count);
	int *index = ARENA_ARRAY(arena, int, resource->count);
	struct filter_term *terms;
	size_t n = 0;
	enum status status;

	for (size_t i = 0; i < resource->count; i++) {
		const struct property *p = &resource->properties[i];

		if (p->no_filter || p->kind == PROPERTY_JSON)
			continue;
		properties[n] = (struct filter_property){ p->name, filter_type_of(p->kind) };
		index[n++] = (int)i;
	}
	status = filter_parse(arena, text, properties, n, filter, err);
	if (status != OK)
		return status;
	terms = ARENA_ARRAY(arena, struct filter_term, filter->count);
	for (size_t i = 0; i < filter->count; i++) {
		terms[i] = filter->terms[i];
		terms[i].property = index[terms[i].property];
	}
	filter->terms = terms;
	return OK;
}

bool resource_matches(struct arena *arena, const struct resource *resource, const void *row,
		      const struct filter *filter)
{
	for (size_t i = 0; i < filter->count; i++) {
		const struct filter_term *term = &filter->terms[i];
		size_t at = (size_t)term->property;

		if (!filter_term_matches(term, filter_type_of(resource->properties[at].kind),
					 resource->value(resource, arena, row, at)))
			return false;
	}
	return true;
}
