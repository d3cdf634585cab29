#include "formats/json_rows.h"

#define REST_OF_PAGE UINT32_MAX /* rows_depth */
#define NO_KEY SIZE_MAX

void json_rows_init(struct json_rows *r, size_t bytes_max, const char *list, json_rows_sink *sink, void *context)
{
	*r = (struct json_rows){ .list = list, .sink = sink, .context = context, .line_begins = true, .key = NO_KEY };
	r->at = (struct record_place){ 1, -1, 1 };
	carry_init(&r->carry, bytes_max);
}

void json_rows_release(struct json_rows *r)
{
	carry_release(&r->carry);
}

/* Of the row at hand, from its beginning or that of the bytes on. */
static enum status add_piece(struct json_rows *r, struct str piece, bool whole, size_t readable, struct error *err)
{
	struct str text;

	switch (carry_add(&r->carry, piece, whole, readable, &text)) {
	case CARRY_WHOLE:
		return r->sink(r->context, text, JSON_ROW_FINE, r->row, err);
	case CARRY_TOO_LONG:
		return r->sink(r->context, STR_NONE, JSON_ROW_TOO_LONG, r->row, err);
	default:
		return OK;
	}
}

static enum status complain(struct json_rows *r, struct error *err)
{
	if (r->complained == r->at.line)
		return OK;
	r->complained = r->at.line;
	return r->sink(r->context, STR_NONE, JSON_ROW_NONE, r->at, err);
}

static void move_on(struct json_rows *r, char c)
{
	r->line_begins = c == '\n';
	if (c == '\n') {
		r->at.line++;
		r->at.column = 1;
	} else {
		r->at.column += ((unsigned char)c & 0xc0) != 0x80;
	}
}

static void scan_string(struct json_rows *r, char c)
{
	if (r->escaped) {
		r->escaped = false;
	} else if (c == '\\') {
		r->escaped = true;
	} else if (c == '"' || c == '\n') {
		r->in_string = false;
		if (r->key != NO_KEY && (!r->list || r->list[r->key]))
			r->key = NO_KEY;
		return;
	}
	if (r->key != NO_KEY)
		r->key = r->list && c && r->list[r->key] == c ? r->key + 1 : NO_KEY;
}

static bool begins_list(const struct json_rows *r, char c)
{
	return c == '[' && r->in_row && r->rows_depth == 0 && r->depth == 1 && r->list && r->key != NO_KEY;
}

/* The array of a page begins: what came before it in the page is no row. */
static enum status begin_list(struct json_rows *r, struct str piece, struct error *err)
{
	enum status status = add_piece(r, piece, false, 0, err);

	r->in_row = false;
	r->rows_depth = 2;
	r->depth = 2;
	buf_clear(&r->carry.kept);
	r->carry.skipping = false;
	return status;
}

/* Outside of strings and rows.  False: where rows stand, this is none. */
static bool scan_between(struct json_rows *r, char c)
{
	bool among_rows = r->depth == r->rows_depth;

	switch (c) {
	case '[':
		if (r->depth == 0)
			r->rows_depth = 1;
		return r->depth++ == 0 || !among_rows;
	case '{':
		r->depth++;
		return true;
	case ']':
	case '}':
		if (r->depth == 0)
			return false;
		r->depth--;
		if (r->depth == 0)
			r->rows_depth = 0;
		else if (r->rows_depth == 2 && r->depth == 1)
			r->rows_depth = REST_OF_PAGE;
		return true;
	case '"':
		r->in_string = true;
		return !among_rows;
	default:
		/* a byte order mark, and the separator of JSON text sequences (RFC 7464) */
		return !among_rows || strchr(" \t\r\n,\x1e\xef\xbb\xbf", c);
	}
}

static void scan_in_row(struct json_rows *r, char c)
{
	if (c == '"') {
		r->in_string = true;
		r->key = r->depth == 1 && r->rows_depth == 0 ? 0 : NO_KEY;
	} else if (c == '{' || c == '[') {
		r->depth++;
	} else if (c == '}' || c == ']') {
		r->depth--;
	} else if (c == ',') {
		r->key = NO_KEY;
	}
}

/* An object at the top is not closed, and another one begins a line. */
static bool is_torn(const struct json_rows *r, char c)
{
	return c == '{' && r->line_begins && r->in_row && r->rows_depth == 0;
}

static void begin_row(struct json_rows *r)
{
	r->in_row = true;
	r->row = r->at;
	r->key = NO_KEY;
}

enum status json_rows_push(struct json_rows *r, struct str bytes, struct error *err)
{
	enum status status = OK;
	size_t begin = 0; /* of the row at hand, in bytes */

	for (size_t i = 0; i < bytes.n && status == OK; i++) {
		char c = bytes.p[i];

		if (is_torn(r, c)) {
			status = add_piece(r, str_of(bytes.p + begin, i - begin), true, bytes.n - begin, err);
			r->in_row = r->in_string = r->escaped = false;
			r->depth = 0;
		}
		if (!r->in_row && !r->in_string && c == '{' && r->depth == r->rows_depth) {
			begin_row(r);
			begin = i;
		}
		if (r->in_string)
			scan_string(r, c);
		else if (begins_list(r, c))
			status = begin_list(r, str_of(bytes.p + begin, i - begin), err);
		else if (r->in_row)
			scan_in_row(r, c);
		else if (!scan_between(r, c) && status == OK)
			status = complain(r, err);
		move_on(r, c);
		if (r->in_row && r->depth == r->rows_depth) {
			r->in_row = false;
			if (status == OK)
				status = add_piece(r, str_of(bytes.p + begin, i + 1 - begin), true, bytes.n - begin,
						   err);
		}
	}
	if (status == OK && r->in_row)
		status = add_piece(r, str_after(bytes, begin), false, 0, err);
	return status;
}

enum status json_rows_finish(struct json_rows *r, struct error *err)
{
	if (r->in_row)
		return error_set(err, E_TRUNCATED, NULL,
				 "the JSON ends within the object that begins in line %llu, column %zu",
				 (unsigned long long)r->row.line, r->row.column);
	if (r->depth)
		return error_set(err, E_TRUNCATED, NULL, "the JSON ends before its last bracket is closed");
	return OK;
}
