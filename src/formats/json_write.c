#include "base/instant.h"
#include "formats/json.h"
#include "formats/record.h"

void json_writer_init(struct json_writer *w, struct buf *out)
{
	*w = (struct json_writer){ .out = out };
}

/* Before a value: the comma that separates it from its elder sibling. */
static void begin_value(struct json_writer *w)
{
	if (w->comma)
		buf_add_char(w->out, ',');
	w->comma = true;
}

static void begin_nest(struct json_writer *w, char bracket)
{
	begin_value(w);
	buf_add_char(w->out, bracket);
	w->comma = false;
}

static void end_nest(struct json_writer *w, char bracket)
{
	buf_add_char(w->out, bracket);
	w->comma = true;
}

void json_object_begin(struct json_writer *w)
{
	begin_nest(w, '{');
}

void json_object_end(struct json_writer *w)
{
	end_nest(w, '}');
}

void json_array_begin(struct json_writer *w)
{
	begin_nest(w, '[');
}

void json_array_end(struct json_writer *w)
{
	end_nest(w, ']');
}

static void write_key(struct json_writer *w, struct str key)
{
	begin_value(w);
	json_quote(w->out, key);
	buf_add_char(w->out, ':');
	w->comma = false; /* the value follows at once */
}

void json_key(struct json_writer *w, const char *key)
{
	write_key(w, str_from(key));
}

static void quote_special(struct buf *out, unsigned char c)
{
	static const char short_escapes[] = "\"\"\\\\\bb\ff\nn\rr\tt";

	for (const char *e = short_escapes; *e; e += 2) {
		if ((unsigned char)e[0] == c) {
			buf_add(out, (const char[]){ '\\', e[1] }, 2);
			return;
		}
	}
	buf_printf(out, "\\u%04x", c);
}

void json_quote(struct buf *out, struct str s)
{
	size_t run = 0; /* begin of what can be copied as it stands */

	buf_add_char(out, '"');
	for (size_t at = 0; at < s.n;) {
		unsigned char c = (unsigned char)s.p[at];
		size_t len = 1;

		if (c >= 0x80)
			len = utf8_sequence(str_after(s, at));
		if (len && c >= 0x20 && c != '"' && c != '\\') {
			at += len;
			continue;
		}
		buf_add(out, s.p + run, at - run);
		if (len)
			quote_special(out, c);
		else
			buf_add_str(out, STR("\xef\xbf\xbd")); /* U+FFFD for a byte that is no UTF-8 */
		run = ++at;
	}
	buf_add(out, s.p ? s.p + run : NULL, s.n - run);
	buf_add_char(out, '"');
}

void json_str(struct json_writer *w, struct str s)
{
	begin_value(w);
	if (str_is_none(s))
		buf_add_str(w->out, STR("null"));
	else
		json_quote(w->out, s);
}

void json_z(struct json_writer *w, const char *z)
{
	json_str(w, str_from(z));
}

void json_i64(struct json_writer *w, int64_t v)
{
	begin_value(w);
	buf_add_i64(w->out, v);
}

void json_bool(struct json_writer *w, bool v)
{
	json_raw(w, v ? STR("true") : STR("false"));
}

void json_null(struct json_writer *w)
{
	json_raw(w, STR("null"));
}

void json_instant(struct json_writer *w, int64_t ms)
{
	char text[INSTANT_TEXT_SIZE];

	if (ms == INSTANT_NONE)
		json_null(w);
	else
		json_str(w, instant_text(ms, text));
}

void json_duration(struct json_writer *w, int64_t ms)
{
	if (ms == DURATION_NONE)
		json_null(w);
	else
		json_signed_duration(w, ms);
}

void json_signed_duration(struct json_writer *w, int64_t ms)
{
	begin_value(w);
	duration_add(w->out, ms);
}

void json_number(struct json_writer *w, number_t n)
{
	char text[NUMBER_TEXT_SIZE];
	struct str s = number_text(n, text);

	json_str(w, s.n ? s : STR_NONE);
}

void json_raw(struct json_writer *w, struct str json)
{
	begin_value(w);
	buf_add_str(w->out, json);
}

void json_tree(struct json_writer *w, const struct json *value)
{
	switch (value->type) {
	case JSON_NULL:
		json_null(w);
		break;
	case JSON_BOOL:
		json_bool(w, value->boolean);
		break;
	case JSON_NUMBER:
		json_raw(w, value->text);
		break;
	case JSON_STRING:
		json_str(w, value->text);
		break;
	case JSON_ARRAY:
		json_array_begin(w);
		for (const struct json *child = value->first; child; child = child->next)
			json_tree(w, child);
		json_array_end(w);
		break;
	case JSON_OBJECT:
		json_object_begin(w);
		for (const struct json *child = value->first; child; child = child->next) {
			write_key(w, child->key);
			json_tree(w, child);
		}
		json_object_end(w);
		break;
	}
}

void json_member_str(struct json_writer *w, const char *key, struct str s)
{
	json_key(w, key);
	json_str(w, s);
}

void json_member_z(struct json_writer *w, const char *key, const char *z)
{
	json_key(w, key);
	json_z(w, z);
}

void json_member_i64(struct json_writer *w, const char *key, int64_t v)
{
	json_key(w, key);
	json_i64(w, v);
}

void json_member_bool(struct json_writer *w, const char *key, bool v)
{
	json_key(w, key);
	json_bool(w, v);
}

void json_member_instant(struct json_writer *w, const char *key, int64_t ms)
{
	json_key(w, key);
	json_instant(w, ms);
}

void json_member_duration(struct json_writer *w, const char *key, int64_t ms)
{
	json_key(w, key);
	json_duration(w, ms);
}

void json_member_number(struct json_writer *w, const char *key, number_t n)
{
	json_key(w, key);
	json_number(w, n);
}
