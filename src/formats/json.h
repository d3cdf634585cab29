/* formats/json.h - small JSON documents (RFC 8259) in, and JSON of any size out.
 *
 * In: a whole text becomes a tree in an arena.  Strict: UTF-8, no duplicate
 * keys, no NUL inside strings, depth and size bounded.  Numbers keep their
 * literal, so that integers stay integers and no decimal is rounded.
 *
 * Out: a writer over struct buf that puts the commas itself. */
#ifndef FORMATS_JSON_H
#define FORMATS_JSON_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "telephony/number.h"

enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json {
	enum json_type type;
	bool boolean;
	struct str text;            /* STRING: decoded; NUMBER: its literal */
	const struct json *first;   /* ARRAY, OBJECT: first child or NULL */
	const struct json *next;    /* sibling */
	struct str key;             /* within an OBJECT */
	size_t count;               /* children */
};

#define JSON_DEPTH_MAX 32

/* E_INVALID with line and column in the message.  *root lives in the arena. */
enum status json_parse(struct arena *a, struct str text, const struct json **root, struct error *err);

const struct json *json_get(const struct json *object, const char *key);   /* NULL when absent or no object */

/* Typed members of an object.  When the member is absent or null they return OK
 * and leave *value alone; another type is E_INVALID with the key as field. */
enum status json_get_str(const struct json *object, const char *key, struct str *value, struct error *err);
enum status json_get_bool(const struct json *object, const char *key, bool *value, struct error *err);
enum status json_get_i64(const struct json *object, const char *key, int64_t min, int64_t max, int64_t *value,
			 struct error *err);
enum status json_get_array(const struct json *object, const char *key, const struct json **value, struct error *err);

/* The literal of a JSON number times 10^decimals, the rest cut off; false when its
 * magnitude exceeds max (which is at least 9).  "5.94e1" with 3 decimals is 59400. */
bool json_scaled(struct str literal, unsigned decimals, int64_t max, int64_t *value);

/* Whether what json_scaled() cuts off is nothing but zeros. */
bool json_scaled_is_exact(struct str literal, unsigned decimals);

/* --- writing ---------------------------------------------------------------- */

struct json_writer {
	struct buf *out;
	bool comma;        /* something stands before in this array or object */
};

void json_writer_init(struct json_writer *w, struct buf *out);
void json_object_begin(struct json_writer *w);
void json_object_end(struct json_writer *w);
void json_array_begin(struct json_writer *w);
void json_array_end(struct json_writer *w);
void json_key(struct json_writer *w, const char *key);
void json_str(struct json_writer *w, struct str s);      /* none writes null; bytes that are no UTF-8 become U+FFFD */
void json_z(struct json_writer *w, const char *z);       /* NULL writes null */
void json_i64(struct json_writer *w, int64_t v);
void json_bool(struct json_writer *w, bool v);
void json_null(struct json_writer *w);
void json_instant(struct json_writer *w, int64_t ms);    /* INSTANT_NONE writes null */
void json_duration(struct json_writer *w, int64_t ms);   /* seconds; DURATION_NONE (-1) writes null */
void json_signed_duration(struct json_writer *w, int64_t ms);
void json_number(struct json_writer *w, number_t n);     /* as number_text(); absent writes null */
void json_raw(struct json_writer *w, struct str json);   /* already JSON */
void json_tree(struct json_writer *w, const struct json *value);

/* Key and value in one. */
void json_member_str(struct json_writer *w, const char *key, struct str s);
void json_member_z(struct json_writer *w, const char *key, const char *z);
void json_member_i64(struct json_writer *w, const char *key, int64_t v);
void json_member_bool(struct json_writer *w, const char *key, bool v);
void json_member_instant(struct json_writer *w, const char *key, int64_t ms);
void json_member_duration(struct json_writer *w, const char *key, int64_t ms);
void json_member_number(struct json_writer *w, const char *key, number_t n);

/* s as a quoted JSON string. */
void json_quote(struct buf *out, struct str s);

#endif
