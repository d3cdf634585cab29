#include "exchange/yaml_file.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

enum status yaml_file_text(struct arena *arena, const char *path, struct str *text, struct error *err)
{
	FILE *f = fopen(path, "re");
	char *bytes;
	size_t n;

	if (!f)
		return error_set(err, E_INVALID, NULL, "%s: could not be opened: %s", path, strerror(errno));
	bytes = arena_alloc(arena, YAML_FILE_BYTES_MAX + 1);
	n = fread(bytes, 1, YAML_FILE_BYTES_MAX + 1, f);
	if (ferror(f)) {
		fclose(f);
		return error_set(err, E_IO, NULL, "%s: could not be read: %s", path, strerror(errno));
	}
	fclose(f);
	if (n > YAML_FILE_BYTES_MAX)
		return error_set(err, E_INVALID, NULL, "%s: larger than %zu bytes", path, YAML_FILE_BYTES_MAX);
	*text = str_of(bytes, n);
	return OK;
}

enum status yaml_file_parse(struct yaml_file *file, const char *name, struct str text, struct error *err)
{
	yaml_parser_t parser;
	enum status status = OK;

	file->name = name;
	if (!yaml_parser_initialize(&parser))
		return error_set(err, E_NOMEM, NULL, "out of memory");
	yaml_parser_set_input_string(&parser, (const unsigned char *)text.p, text.n);
	if (!yaml_parser_load(&parser, &file->document))
		status = error_set(err, E_INVALID, NULL, "%s:%zu: not valid YAML: %s", name, parser.problem_mark.line + 1,
				   parser.problem ? parser.problem : "unknown problem");
	yaml_parser_delete(&parser);
	return status;
}

void yaml_file_release(struct yaml_file *file)
{
	yaml_document_delete(&file->document);
}

yaml_node_t *yaml_file_root(struct yaml_file *file)
{
	return yaml_document_get_root_node(&file->document);
}

yaml_node_t *yaml_file_node(struct yaml_file *file, int index)
{
	return yaml_document_get_node(&file->document, index);
}

struct str yaml_scalar(const yaml_node_t *node)
{
	if (!node || node->type != YAML_SCALAR_NODE)
		return STR_NONE;
	return str_of(node->data.scalar.value, node->data.scalar.length);
}

enum status yaml_file_fault(const struct yaml_file *file, const yaml_node_t *node, const char *key, struct error *err,
			    const char *fmt, ...)
{
	char what[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (!node)
		return error_set(err, E_INVALID, key, "%s: %s: %s", file->name, key, what);
	return error_set(err, E_INVALID, key, "%s:%zu: %s: %s", file->name, node->start_mark.line + 1, key, what);
}
