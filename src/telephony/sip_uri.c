#include "telephony/sip_uri.h"

#include <arpa/inet.h>
#include <assert.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alphanumeric(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_label(struct str label)
{
	if (label.n == 0 || label.n > 63 || label.p[0] == '-' || label.p[label.n - 1] == '-')
		return false;
	for (size_t i = 0; i < label.n; i++)
		if (!is_alphanumeric(label.p[i]) && label.p[i] != '-')
			return false;
	return true;
}

bool domain_is_valid(struct str domain)
{
	struct str label = STR_NONE;
	bool all_digits = true;

	if (domain.n == 0 || domain.n > DOMAIN_MAX)
		return false;
	while (!str_is_none(domain)) {
		label = str_cut(&domain, '.');
		if (!is_label(label))
			return false;
	}
	for (size_t i = 0; i < label.n; i++)
		all_digits &= is_digit(label.p[i]);
	return !all_digits;
}

void sip_uri_of_number(struct buf *out, number_t n, struct str domain)
{
	assert(number_kind(n) == NUMBER_E164);
	buf_add_str(out, STR("sip:"));
	number_add(out, n);
	buf_add_char(out, '@');
	buf_add_str(out, domain);
	buf_add_str(out, STR(";user=phone"));
}

/* --- checking ------------------------------------------------------------------- */

/* Only characters of RFC 3261's `unreserved`, `extra`, and whole escapes. */
static bool is_made_of(struct str s, const char *extra)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (is_alphanumeric(c) || (c && (strchr("-_.!~*'()", c) || strchr(extra, c))))
			continue;
		if (c != '%' || s.n - i < 3 || !is_alphanumeric(s.p[i + 1]) || !is_alphanumeric(s.p[i + 2]) ||
		    (s.p[i + 1] | 0x20) > 'f' || (s.p[i + 2] | 0x20) > 'f')
			return false;
		if (s.p[i + 1] < '2' || (s.p[i + 1] == '7' && (s.p[i + 2] | 0x20) == 'f'))
			return false; /* an escaped control character */
		i += 2;
	}
	return true;
}

static bool is_address(struct str host)
{
	char text[INET6_ADDRSTRLEN];
	unsigned char address[16];
	bool brackets = host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']';

	if (brackets)
		host = str_of(host.p + 1, host.n - 2);
	if (host.n >= sizeof(text) || memchr(host.p, 0, host.n))
		return false;
	memcpy(text, host.p, host.n);
	text[host.n] = '\0';
	return inet_pton(brackets ? AF_INET6 : AF_INET, text, address) == 1;
}

static bool is_port(struct str port)
{
	uint64_t value;

	return str_to_u64(port, 65535, &value) && value > 0;
}

/* host [":" port], where an IPv6 address has colons of its own within brackets. */
static bool is_host_port(struct str s)
{
	struct str host = s;
	size_t close = str_find_char(s, ']');
	struct str behind = close < s.n ? str_after(s, close + 1) : s;
	size_t colon = str_find_char(behind, ':');

	if (colon < behind.n) {
		host.n = (size_t)(behind.p - s.p) + colon;
		if (!is_port(str_after(behind, colon + 1)))
			return false;
	}
	return domain_is_valid(host) || is_address(host);
}

static bool are_parameters(struct str s)
{
	while (!str_is_none(s)) {
		struct str value = str_cut(&s, ';'), name = str_cut(&value, '=');

		if (name.n == 0 || !is_made_of(name, "[]/:&+$") || !is_made_of(value, "[]/:&+$"))
			return false;
		if (!str_is_none(value) && value.n == 0)
			return false;
	}
	return true;
}

static enum status refuse(struct error *err, const char *why)
{
	return error_set(err, E_INVALID, "sipUri", "the SIP URI %s", why);
}

enum status sip_uri_check(struct str uri, struct error *err)
{
	struct str rest = uri, scheme = str_cut(&rest, ':'), user, host;

	if (uri.n > SIP_URI_MAX)
		return refuse(err, "is longer than 512 characters");
	if (str_is_none(rest) ||
	    (!str_equal_ascii_case(scheme, STR("sip")) && !str_equal_ascii_case(scheme, STR("sips"))))
		return refuse(err, "must begin with sip: or sips:");
	user = str_cut(&rest, '@');
	if (str_is_none(rest) || user.n == 0)
		return refuse(err, "must have a user part, as in sip:user@example.com");
	if (str_find_char(user, ':') < user.n)
		return refuse(err, "must not carry a password");
	if (!is_made_of(user, "&=+$,;?/"))
		return refuse(err, "has a character in its user part that must be escaped");
	if (str_find_char(rest, '?') < rest.n)
		return refuse(err, "must not carry headers");
	host = str_cut(&rest, ';');
	if (!is_host_port(host))
		return refuse(err, "has no valid host behind the @");
	if (!are_parameters(rest))
		return refuse(err, "has a malformed parameter");
	return OK;
}
