/* OpenAPI 3.0.3 out of the route table: what is served is what is described. */
#include "api/server.h"

#include <stdio.h>

static const char *face_name(enum face face)
{
	static const char *const names[] = {
		[FACE_NONE] = "open",         [FACE_OPERATOR] = "operator", [FACE_GRAPH] = "graph",
		[FACE_PLATFORM] = "platform", [FACE_PRIVACY] = "privacy",
	};

	return names[face];
}

static bool in_document(enum face wanted, const struct api_route *route)
{
	return wanted == FACE_NONE || route->access.face == wanted;
}

/* The pattern as OpenAPI writes it: name(*) becomes name({arguments}). */
static void path_text(const char *pattern, struct buf *out)
{
	for (const char *p = pattern; *p; p++) {
		if (*p == '*' && p[1] == ')')
			buf_add_str(out, STR("{arguments}"));
		else if (*p == '*' && p[1] == '}')
			buf_add_str(out, STR("rest"));
		else
			buf_add_char(out, *p);
	}
}

static void write_parameter(struct json_writer *w, struct str name, const char *in, bool required)
{
	json_object_begin(w);
	json_member_str(w, "name", name);
	json_member_z(w, "in", in);
	json_member_bool(w, "required", required);
	json_key(w, "schema");
	json_object_begin(w);
	json_member_z(w, "type", "string");
	json_object_end(w);
	json_object_end(w);
}

static void write_parameters(struct json_writer *w, const struct api_route *route, struct str path)
{
	struct str query = str_from(route->query), rest = path;

	json_key(w, "parameters");
	json_array_begin(w);
	while (str_find_char(rest, '{') < rest.n) {
		rest = str_after(rest, str_find_char(rest, '{') + 1);
		write_parameter(w, str_of(rest.p, str_find_char(rest, '}')), "path", true);
	}
	while (query.n)
		write_parameter(w, str_cut(&query, ','), "query", false);
	json_array_end(w);
}

static void write_media(struct json_writer *w, const char *media, const char *ref)
{
	json_key(w, media);
	json_object_begin(w);
	json_key(w, "schema");
	json_object_begin(w);
	json_member_z(w, ref ? "$ref" : "type", ref ? ref : "string");
	json_object_end(w);
	json_object_end(w);
}

/* In which forms the same comes as text too, a record a line. */
struct text_forms {
	bool lines, csv, spreadsheet;
};

static void write_content(struct json_writer *w, const char *schema, const char *media, struct text_forms forms)
{
	char ref[96];

	snprintf(ref, sizeof(ref), "#/components/schemas/%s", schema);
	json_key(w, "content");
	json_object_begin(w);
	write_media(w, media, ref);
	if (forms.lines)
		write_media(w, "application/x-ndjson", NULL);
	if (forms.csv)
		write_media(w, "text/csv", NULL);
	if (forms.spreadsheet)
		write_media(w, "text/csv;profile=spreadsheet", NULL);
	json_object_end(w);
}

static const char *media_of(const char *schema)
{
	static const struct {
		const char *schema, *media;
	} others[] = {
		{ "Text", "text/plain" },
		{ "Html", "text/html" },
		{ "Css", "text/css" },
		{ "TokenRequest", "application/x-www-form-urlencoded" },
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(schema, others[i].schema) == 0)
			return others[i].media;
	return "application/json";
}

static void write_responses(struct json_writer *w, const struct api_route *route)
{
	char status[8];

	snprintf(status, sizeof(status), "%d", route->success);
	json_key(w, "responses");
	json_object_begin(w);
	json_key(w, status);
	json_object_begin(w);
	json_member_z(w, "description", "Success.");
	if (route->response)
		write_content(w, route->response, media_of(route->response),
			      (struct text_forms){ .csv = route->as_csv, .spreadsheet = route->as_csv });
	json_object_end(w);
	json_key(w, "default");
	json_object_begin(w);
	json_member_z(w, "description", "Failure; the code says which.");
	write_content(w, route->request && strcmp(route->request, "TokenRequest") == 0 ? "TokenError" : "Error",
		      "application/json", (struct text_forms){ .csv = false });
	json_object_end(w);
	json_object_end(w);
}

static void write_roles(struct json_writer *w, const struct api_route *route)
{
	json_key(w, "x-roles");
	json_array_begin(w);
	for (int i = 0; i < ROLE_COUNT; i++)
		if (route->access.any_of & (role_set)1 << i)
			json_z(w, role_name((enum role_index)i));
	json_array_end(w);
}

static void write_operation(struct json_writer *w, const struct api_route *route, struct str path)
{
	static const char *const methods[HTTP_METHOD_COUNT] = { "get", "post", "put", "patch", "delete" };

	json_key(w, methods[route->method]);
	json_object_begin(w);
	json_member_z(w, "summary", route->summary);
	json_key(w, "tags");
	json_array_begin(w);
	json_z(w, face_name(route->access.face));
	json_array_end(w);
	json_member_z(w, "x-pattern", route->pattern);
	write_roles(w, route);
	json_key(w, "security");
	json_array_begin(w);
	if (route->access.face != FACE_NONE)
		json_raw(w, STR("{\"oauth2\":[]}"));
	json_array_end(w);
	write_parameters(w, route, path);
	if (route->request) {
		json_key(w, "requestBody");
		json_object_begin(w);
		json_member_bool(w, "required", true);
		write_content(w, route->request, media_of(route->request),
			      (struct text_forms){ .lines = route->upload, .csv = route->upload });
		json_object_end(w);
	}
	write_responses(w, route);
	json_object_end(w);
}

/* True when an earlier row of the document has the same pattern. */
static bool written_before(enum face face, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (in_document(face, api_route_at(i)) && strcmp(api_route_at(i)->pattern, api_route_at(index)->pattern) == 0)
			return true;
	return false;
}

static void write_paths(struct json_writer *w, enum face face)
{
	struct buf path;

	buf_init(&path, 0);
	json_key(w, "paths");
	json_object_begin(w);
	for (size_t i = 0; i < api_route_count(); i++) {
		const char *pattern = api_route_at(i)->pattern;

		if (!in_document(face, api_route_at(i)) || written_before(face, i))
			continue;
		buf_clear(&path);
		path_text(pattern, &path);
		json_key(w, buf_cstr(&path));
		json_object_begin(w);
		for (size_t k = i; k < api_route_count(); k++)
			if (in_document(face, api_route_at(k)) && strcmp(api_route_at(k)->pattern, pattern) == 0)
				write_operation(w, api_route_at(k), buf_str(&path));
		json_object_end(w);
	}
	json_object_end(w);
	buf_release(&path);
}

void openapi_write(enum face face, struct str base_url, struct buf *out)
{
	struct json_writer w;

	json_writer_init(&w, out);
	json_object_begin(&w);
	json_member_z(&w, "openapi", "3.0.3");
	json_key(&w, "info");
	json_object_begin(&w);
	json_member_z(&w, "title", face == FACE_NONE ? "Tallystick" : face_name(face));
	json_member_z(&w, "version", TALLY_VERSION);
	json_object_end(&w);
	json_key(&w, "servers");
	json_array_begin(&w);
	json_object_begin(&w);
	json_member_str(&w, "url", base_url);
	json_object_end(&w);
	json_array_end(&w);
	write_paths(&w, face);
	json_key(&w, "components");
	json_object_begin(&w);
	json_key(&w, "securitySchemes");
	json_raw(&w, STR("{\"oauth2\":{\"type\":\"oauth2\",\"flows\":{\"clientCredentials\":"
			 "{\"tokenUrl\":\"/oauth2/v2.0/token\",\"scopes\":{}}}}}"));
	json_key(&w, "schemas");
	json_object_begin(&w);
	for (size_t i = 0; i < schema_count(); i++) {
		json_key(&w, schema_name(i));
		schema_write(&w, i);
	}
	json_object_end(&w);
	json_object_end(&w);
	json_object_end(&w);
}
