#include "http/head.h"

/* Of a request line beside its target: the longest method looked at, two blanks, the version, CRLF. */
#define REQUEST_LINE_REST 64

/* Of a field line beside name and value: colon, blank, CRLF. */
#define FIELD_REST 4

size_t head_size_max(const struct http_limits *limits)
{
	return limits->target_max + REQUEST_LINE_REST + limits->headers_max + FIELD_REST * limits->header_count_max + 2;
}

/* An empty line before the request line is let pass once: some clients send one after a body (RFC 9112 2.2). */
static size_t leading_blank(struct str bytes)
{
	return str_starts(bytes, STR("\r\n")) ? 2 : 0;
}

static size_t find_line_end(struct str bytes, size_t from)
{
	const char *hit = memmem(bytes.p + from, bytes.n - from, "\r\n", 2);

	return hit ? (size_t)(hit - bytes.p) : bytes.n;
}

static enum status fail_target(const struct http_limits *limits, struct error *err)
{
	return error_set(err, E_URI_TOO_LONG, NULL, "the request target is longer than %zu bytes", limits->target_max);
}

static enum status fail_fields(const struct http_limits *limits, struct error *err)
{
	return error_set(err, E_HEADERS, NULL, "the header fields take more than %zu bytes or are more than %zu",
			 limits->headers_max, limits->header_count_max);
}

/* Seen at once, so that a peer that ends its lines with LF alone need not wait for a time-out. */
static bool has_bare_lf(struct str bytes, size_t from)
{
	for (size_t i = from; i < bytes.n; i++) {
		const char *lf = memchr(bytes.p + i, '\n', bytes.n - i);

		if (!lf)
			return false;
		i = (size_t)(lf - bytes.p);
		if (i == 0 || bytes.p[i - 1] != '\r')
			return true;
	}
	return false;
}

/* What a head that is still incomplete has broken already. */
static enum status check_partial(struct str bytes, size_t start, size_t from, const struct http_limits *limits,
				 struct error *err)
{
	size_t n = bytes.n - start, line_max = limits->target_max + REQUEST_LINE_REST;

	if (has_bare_lf(bytes, from))
		return error_set(err, E_INVALID, NULL, "a line of the request's head must end in CR LF");
	if (n > line_max && find_line_end(bytes, start) - start > line_max)
		return fail_target(limits, err);
	return n >= head_size_max(limits) ? fail_fields(limits, err) : OK;
}

enum head_extent head_find(struct str bytes, const struct http_limits *limits, size_t *scanned, size_t *n,
			   struct error *err)
{
	size_t start = leading_blank(bytes), from = *scanned > 3 ? *scanned - 3 : 0;
	const char *end;

	if (from < start)
		from = start;
	end = bytes.n > from ? memmem(bytes.p + from, bytes.n - from, "\r\n\r\n", 4) : NULL;
	*scanned = bytes.n;
	if (!end)
		return check_partial(bytes, start, from, limits, err) == OK ? HEAD_PARTIAL : HEAD_REFUSED;
	*n = (size_t)(end - bytes.p) + 4;
	if (*n - start > head_size_max(limits)) {
		fail_fields(limits, err);
		return HEAD_REFUSED;
	}
	return HEAD_WHOLE;
}

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
	if (head->target.p[0] != '/' && !str_is(head->target, "*"))
		return error_set(err, E_INVALID, NULL, "the request target must begin with a slash");
	return OK;
}

static enum status parse_request_line(struct str line, const struct http_limits *limits, struct head *head,
				      struct error *err)
{
	head->method = str_cut(&line, ' ');
	head->target = str_cut(&line, ' ');
	if (head->target.n > limits->target_max)
		return fail_target(limits, err);
	if (!is_token(head->method) || !is_target(head->target))
		return error_set(err, E_INVALID, NULL,
				 "the request line must be: method, blank, target, blank, version");
	head->version_1_0 = str_is(line, "HTTP/1.0");
	if (!head->version_1_0 && !str_is(line, "HTTP/1.1"))
		return error_set(err, E_INVALID, NULL, "the request line must end in HTTP/1.1 or HTTP/1.0");
	return split_target(head, err);
}

static enum status parse_field_line(struct str line, struct http_pair *field, struct error *err)
{
	size_t colon = str_find_char(line, ':');

	if (line.p[0] == ' ' || line.p[0] == '\t')
		return error_set(err, E_INVALID, NULL, "a header field goes on in a second line");
	field->name = str_of(line.p, colon);
	if (colon == line.n || !is_token(field->name))
		return error_set(err, E_INVALID, NULL, "a header field must be: name, colon, value");
	field->value = str_trim(str_after(line, colon + 1));
	if (!is_field_value(field->value))
		return error_set(err, E_INVALID, NULL, "the value of header %.*s holds a control character",
				 (int)(field->name.n < 64 ? field->name.n : 64), field->name.p);
	return OK;
}

static enum status parse_fields(struct arena *arena, struct str bytes, const struct http_limits *limits,
				struct head *head, struct error *err)
{
	struct http_pair *fields = ARENA_ARRAY(arena, struct http_pair, limits->header_count_max);
	size_t count = 0, size = 0;
	enum status status = OK;

	while (status == OK && bytes.n > 2) {
		size_t end = find_line_end(bytes, 0);
		struct str line = str_of(bytes.p, end);

		if (count == limits->header_count_max)
			return fail_fields(limits, err);
		status = parse_field_line(line, &fields[count], err);
		if (status == OK) {
			size += fields[count].name.n + fields[count].value.n;
			count++;
		}
		bytes = str_after(bytes, end + 2);
	}
	if (status == OK && size > limits->headers_max)
		return fail_fields(limits, err);
	head->fields = fields;
	head->field_count = count;
	return status;
}

/* Whether a token stands in the Connection fields, which may be several. */
static bool has_connection_token(const struct head *head, struct str token)
{
	for (size_t i = 0; i < head->field_count; i++) {
		struct str list = head->fields[i].value;

		if (!str_equal_ascii_case(head->fields[i].name, STR("Connection")))
			continue;
		while (!str_is_none(list))
			if (str_equal_ascii_case(str_trim(str_cut(&list, ',')), token))
				return true;
	}
	return false;
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
		if (head->version_1_0 || !str_equal_ascii_case(single->transfer_encoding, STR("chunked")))
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

enum status head_parse(struct arena *arena, struct str bytes, const struct http_limits *limits, struct head *head,
		       struct error *err)
{
	struct single_fields single = { 0 };
	size_t end;
	enum status status;

	*head = (struct head){ 0 };
	bytes = str_after(bytes, leading_blank(bytes));
	end = find_line_end(bytes, 0);
	status = parse_request_line(str_of(bytes.p, end), limits, head, err);
	if (status == OK)
		status = parse_fields(arena, str_after(bytes, end + 2), limits, head, err);
	if (status == OK)
		status = find_single_fields(head, &single, err);
	if (status == OK)
		status = decide_framing(head, &single, err);
	if (status == OK)
		status = decide_host(head, &single, err);
	if (status != OK)
		return status;
	head->keep_alive = !has_connection_token(head, STR("close")) &&
			   (!head->version_1_0 || has_connection_token(head, STR("keep-alive")));
	head->expects_continue =
		!head->version_1_0 && str_equal_ascii_case(head_field(head, STR("Expect")), STR("100-continue"));
	return OK;
}

struct str head_field(const struct head *head, struct str name)
{
	for (size_t i = 0; i < head->field_count; i++)
		if (str_equal_ascii_case(head->fields[i].name, name))
			return head->fields[i].value;
	return STR_NONE;
}
