#include "http/head.h"

#include <microhttpd.h>

static bool is_token_char(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c != 0 && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool is_token(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_token_char((unsigned char)s.p[i]))
			return false;
	return s.n > 0;
}

/* RFC 9110 5.5: visible characters, blank, tab, and bytes past ASCII. */
static bool is_field_value(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

static bool is_target(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= 0x20 || s.p[i] >= 0x7f || s.p[i] == '#')
			return false;
	return s.n > 0;
}

static bool is_host_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '.' ||
	       c == '_';
}

static bool is_ipv6_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f') || c == ':' || c == '.';
}

/* host[:port].  Narrower than RFC 3986's reg-name: links are built from it. */
static bool is_host(struct str s)
{
	bool bracket = s.n && s.p[0] == '[';
	size_t end = bracket ? str_find_char(s, ']') : str_find_char(s, ':'), i = bracket ? 1 : 0;
	uint64_t port;

	if (s.n > 261 || end == i || (bracket && end == s.n))
		return false;
	for (; i < end; i++)
		if (!(bracket ? is_ipv6_char(s.p[i]) : is_host_char(s.p[i])))
			return false;
	s = str_after(s, bracket ? end + 1 : end);
	return s.n == 0 || (s.p[0] == ':' && s.n <= 6 && str_to_u64(str_after(s, 1), 65535, &port));
}

/* Cuts the authority off an absolute target (RFC 9112 3.2.2); it takes Host's place. */
static enum status split_target(struct head *head, struct error *err)
{
	static const struct str schemes[] = { { "https://", 8 }, { "http://", 7 } };

	for (size_t i = 0; i < 2; i++) {
		struct str rest, authority;
		size_t end;

		if (head->target.n < schemes[i].n ||
		    !str_equal_ascii_case(str_of(head->target.p, schemes[i].n), schemes[i]))
			continue;
		rest = str_after(head->target, schemes[i].n);
		end = str_find_char(rest, '/');
		authority = str_of(rest.p, end);
		if (!is_host(authority))
			return error_set(err, E_INVALID, NULL, "the request target names no valid host");
		head->host = authority;
		head->target = end < rest.n ? str_after(rest, end) : STR("/");
		return OK;
	}
	if (!str_starts(head->target, STR("/")) && !str_is(head->target, "*"))
		return error_set(err, E_INVALID, NULL, "the request target must begin with a slash");
	return OK;
}

static enum status check_target(struct head *head, const struct http_limits *limits, struct error *err)
{
	if (head->target.n > limits->target_max)
		return error_set(err, E_URI_TOO_LONG, NULL, "the request target is longer than %zu bytes",
				 limits->target_max);
	if (!is_token(head->method) || !is_target(head->target))
		return error_set(err, E_INVALID, NULL,
				 "the request line must be: method, blank, target, blank, version");
	return split_target(head, err);
}

/* --- header fields, and that nothing is hidden between them ------------------ */

/* libmicrohttpd takes a bare LF for the end of a line, ends a value at a NUL, and joins a folded line to the name
 * of its field.  It leaves the head where it was received, though, with a NUL for the colon, for CR and for LF.
 * So each name must begin where the line before it ended, each value in its name's line, and the last line must
 * end where the head does; what else is there was read in a way of its own.  NUL LF looks like CR LF; no more. */
struct fields {
	const struct http_limits *limits;
	struct http_pair *pairs;
	size_t count, size;
	const char *at; /* where the next line must begin */
	enum { FIELDS_GOOD, FIELDS_ODD, FIELDS_TOO_MANY } state;
};

/* Where the next line begins; NULL when this one does not end in CR LF. */
static const char *pass_line_end(const char *end)
{
	return end[0] == '\0' && end[1] == '\0' ? end + 2 : NULL;
}

/* Whether a value begins behind its name, the colon and blanks. */
static bool is_in_line(struct str name, const char *value)
{
	const char *begin = name.p + name.n + 1;

	while (*begin == ' ' || *begin == '\t')
		begin++;
	return value == begin;
}

static enum MHD_Result collect_field(void *context, enum MHD_ValueKind kind, const char *name, size_t name_size,
				     const char *value, size_t value_size)
{
	struct fields *fields = context;
	struct http_pair pair = { str_of(name, name_size), str_of(value, value_size) };

	(void)kind;
	if (fields->count == fields->limits->header_count_max) {
		fields->state = FIELDS_TOO_MANY;
		return MHD_NO;
	}
	if (name != fields->at || !is_in_line(pair.name, value) || !is_token(pair.name) ||
	    !is_field_value(pair.value) || !(fields->at = pass_line_end(value + value_size))) {
		fields->state = FIELDS_ODD;
		return MHD_NO;
	}
	pair.value = str_trim(pair.value);
	fields->size += pair.name.n + pair.value.n;
	fields->pairs[fields->count++] = pair;
	return MHD_YES;
}

/* Where the line after the request line begins; NULL when the library read that in a way of its own. */
static const char *pass_request_line(const struct head_line *line, struct str method)
{
	if (line->target_at != line->method + method.n + 1 || line->version != line->target_at + line->target.n + 1)
		return NULL;
	return pass_line_end(line->version + strlen(line->version));
}

static enum status read_fields(struct arena *arena, struct MHD_Connection *connection, struct fields *fields,
			       const char *end, struct error *err)
{
	const struct http_limits *limits = fields->limits;

	fields->pairs = ARENA_ARRAY(arena, struct http_pair, limits->header_count_max);
	if (fields->at)
		MHD_get_connection_values_n(connection, MHD_HEADER_KIND, collect_field, fields);
	if (fields->state == FIELDS_TOO_MANY || fields->size > limits->headers_max)
		return error_set(err, E_HEADERS, NULL,
				 "the header fields take more than %zu bytes or are more than %zu", limits->headers_max,
				 limits->header_count_max);
	if (!fields->at || fields->state == FIELDS_ODD || pass_line_end(fields->at) != end)
		return error_set(err, E_INVALID, NULL,
				 "each line of the request's head must be name, colon, value, and end in CR LF, "
				 "without control characters");
	return OK;
}

/* The fields that decide where the request ends, and whom it is for, each at most once. */
struct single_fields {
	struct str host, content_length, transfer_encoding;
};

static enum status find_single_fields(const struct head *head, struct single_fields *single, struct error *err)
{
	struct {
		struct str name;
		struct str *value;
	} const wanted[] = {
		{ STR("Host"), &single->host },
		{ STR("Content-Length"), &single->content_length },
		{ STR("Transfer-Encoding"), &single->transfer_encoding },
	};

	for (size_t i = 0; i < head->field_count; i++) {
		for (size_t k = 0; k < sizeof(wanted) / sizeof(wanted[0]); k++) {
			if (!str_equal_ascii_case(head->fields[i].name, wanted[k].name))
				continue;
			if (!str_is_none(*wanted[k].value))
				return error_set(err, E_INVALID, NULL, "header %s stands twice", wanted[k].name.p);
			*wanted[k].value = head->fields[i].value;
		}
	}
	return OK;
}

/* RFC 9112 6.3, without its leniencies. */
static enum status decide_framing(struct head *head, const struct single_fields *single, struct error *err)
{
	if (!str_is_none(single->transfer_encoding)) {
		if (!str_is_none(single->content_length))
			return error_set(err, E_INVALID, NULL,
					 "Content-Length and Transfer-Encoding must not stand together");
		/* The library compares the whole value, blanks at its end included. */
		if (head->version_1_0 || !str_equal_ascii_case(single->transfer_encoding, STR("chunked")) ||
		    single->transfer_encoding.p[single->transfer_encoding.n] != '\0')
			return error_set(err, E_INVALID, NULL, "Transfer-Encoding must be chunked, in HTTP/1.1");
		head->chunked = true;
	} else if (!str_is_none(single->content_length)) {
		if (!str_to_u64(single->content_length, INT64_MAX, &head->content_length))
			return error_set(err, E_INVALID, NULL, "Content-Length must be one decimal number");
	}
	return OK;
}

static enum status decide_host(struct head *head, const struct single_fields *single, struct error *err)
{
	if (str_is_none(single->host))
		return head->version_1_0 ? OK : error_set(err, E_INVALID, NULL, "header Host is missing");
	if (!is_host(single->host))
		return error_set(err, E_INVALID, NULL,
				 "header Host must be a host name or address, with a port or without");
	if (str_is_none(head->host))
		head->host = single->host;
	return OK;
}

enum status head_read(struct arena *arena, struct MHD_Connection *connection, const struct head_line *line,
		      const struct http_limits *limits, struct head *head, struct error *err)
{
	size_t size = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)->header_size;
	struct fields fields = { .limits = limits };
	struct single_fields single = { 0 };
	enum status status;

	*head = (struct head){ .method = str_from(line->method), .target = line->target };
	head->version_1_0 = strcmp(line->version, "HTTP/1.0") == 0;
	status = check_target(head, limits, err);
	if (status == OK && !head->version_1_0 && strcmp(line->version, "HTTP/1.1") != 0)
		status = error_set(err, E_INVALID, NULL, "the request line must end in HTTP/1.1 or HTTP/1.0");
	fields.at = pass_request_line(line, head->method);
	if (status == OK)
		status = read_fields(arena, connection, &fields, line->method + size, err);
	head->fields = fields.pairs;
	head->field_count = fields.count;
	if (status == OK)
		status = find_single_fields(head, &single, err);
	if (status == OK)
		status = decide_framing(head, &single, err);
	if (status == OK)
		status = decide_host(head, &single, err);
	head->expects_continue =
		!head->version_1_0 && str_equal_ascii_case(head_field(head, STR("Expect")), STR("100-continue"));
	return status;
}

struct str head_field(const struct head *head, struct str name)
{
	for (size_t i = 0; i < head->field_count; i++)
		if (str_equal_ascii_case(head->fields[i].name, name))
			return head->fields[i].value;
	return STR_NONE;
}
