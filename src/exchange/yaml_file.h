/* exchange/yaml_file.h - a small YAML document, read whole, with places for messages. */
#ifndef EXCHANGE_YAML_FILE_H
#define EXCHANGE_YAML_FILE_H

#include "base/arena.h"
#include "base/error.h"

#include <yaml.h>

#define YAML_FILE_BYTES_MAX ((size_t)1 << 20)

struct yaml_file {
	yaml_document_t document;
	const char *name;        /* for messages */
};

/* The text of a file, at most YAML_FILE_BYTES_MAX, in the arena. */
enum status yaml_file_text(struct arena *arena, const char *path, struct str *text, struct error *err);

/* Parses text; E_INVALID with name and line.  An empty document has no root. */
enum status yaml_file_parse(struct yaml_file *file, const char *name, struct str text, struct error *err);
void yaml_file_release(struct yaml_file *file);

yaml_node_t *yaml_file_root(struct yaml_file *file);              /* NULL when empty */
yaml_node_t *yaml_file_node(struct yaml_file *file, int index);
struct str yaml_scalar(const yaml_node_t *node);                  /* none when it is no scalar */

/* "name:line: key: message" as E_INVALID; node NULL: no line. */
enum status yaml_file_fault(const struct yaml_file *file, const yaml_node_t *node, const char *key, struct error *err,
			    const char *fmt, ...) __attribute__((format(printf, 5, 6)));

#endif
