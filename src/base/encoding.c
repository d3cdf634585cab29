#include "base/encoding.h"

static const char base64url_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

size_t base64url_encode(struct str bytes, char *out)
{
	const unsigned char *p = (const unsigned char *)bytes.p;
	uint32_t bits = 0;
	int held = 0;
	size_t n = 0;

	for (size_t i = 0; i < bytes.n; i++) {
		bits = bits << 8 | p[i];
		held += 8;
		while (held >= 6) {
			held -= 6;
			out[n++] = base64url_alphabet[bits >> held & 63];
		}
	}
	if (held)
		out[n++] = base64url_alphabet[bits << (6 - held) & 63];
	return n;
}

static int base64url_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '-')
		return 62;
	return c == '_' ? 63 : -1;
}

bool base64url_decode(struct str text, void *out, size_t max, size_t *n)
{
	unsigned char *p = out;
	uint32_t bits = 0;
	int held = 0;
	size_t written = 0;

	if (text.n % 4 == 1)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		int value = base64url_value(text.p[i]);

		if (value < 0)
			return false;
		bits = bits << 6 | (uint32_t)value;
		held += 6;
		if (held >= 8) {
			held -= 8;
			if (written == max)
				return false;
			p[written++] = (unsigned char)(bits >> held);
		}
	}
	if (bits & ((1U << held) - 1))
		return false;
	*n = written;
	return true;
}

static const char hex_digits[] = "0123456789abcdef";

void hex_encode(struct str bytes, char *out)
{
	const unsigned char *p = (const unsigned char *)bytes.p;

	for (size_t i = 0; i < bytes.n; i++) {
		out[2 * i] = hex_digits[p[i] >> 4];
		out[2 * i + 1] = hex_digits[p[i] & 15];
	}
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool percent_decode(struct str s, struct buf *out)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '%') {
			buf_add_char(out, s.p[i]);
			continue;
		}
		if (s.n - i < 3)
			return false;
		int high = hex_value(s.p[i + 1]), low = hex_value(s.p[i + 2]);

		if (high < 0 || low < 0 || (high == 0 && low == 0))
			return false;
		buf_add_char(out, (char)(high << 4 | low));
		i += 2;
	}
	return true;
}

void percent_encode(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
		    c == '.' || c == '_' || c == '~') {
			buf_add_char(out, c);
		} else {
			char escaped[3] = { '%', hex_digits[(unsigned char)c >> 4], hex_digits[(unsigned char)c & 15] };

			/* Upper case, as RFC 3986 section 2.1 asks of producers. */
			for (int k = 1; k < 3; k++)
				if (escaped[k] >= 'a')
					escaped[k] = (char)(escaped[k] - 32);
			buf_add(out, escaped, sizeof(escaped));
		}
	}
}
