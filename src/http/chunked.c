#include "http/chunked.h"

/* 15 hexadecimal digits cannot overflow 64 bits. */
#define SIZE_DIGITS_MAX 15

#define OVERHEAD_MAX 4096

enum {
	AT_SIZE,      /* digits of the size */
	AT_EXTENSION, /* from ; to CR */
	AT_SIZE_LF,   /* after the CR that ends the size */
	AT_DATA,
	AT_DATA_CR,
	AT_DATA_LF,
	AT_LINE,    /* first byte of a trailer field or of the last line */
	AT_TRAILER, /* within a trailer field */
	AT_TRAILER_LF,
	AT_LAST_LF,
	AT_END,
};

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Moves over one byte that is not data; false when it cannot stand there. */
static bool step_size(struct chunked *c, char byte)
{
	int digit = hex_digit(byte);

	if (digit >= 0) {
		c->left = c->left << 4 | (unsigned)digit;
		return ++c->digits <= SIZE_DIGITS_MAX;
	}
	c->state = byte == ';' ? AT_EXTENSION : AT_SIZE_LF;
	return c->digits > 0 && (byte == ';' || byte == '\r');
}

/* A byte of an extension or trailer, which goes to `then` at its CR. */
static bool step_text(struct chunked *c, char byte, int then)
{
	if (byte == '\r')
		c->state = then;
	return ++c->overhead <= OVERHEAD_MAX && (byte == '\r' || byte == '\t' || (byte & 0xe0) != 0) && byte != 0x7f;
}

static bool expect(struct chunked *c, char byte, char wanted, int then)
{
	c->state = then;
	return byte == wanted;
}

static bool step(struct chunked *c, char byte)
{
	switch (c->state) {
	case AT_SIZE:
		return step_size(c, byte);
	case AT_EXTENSION:
		return step_text(c, byte, AT_SIZE_LF);
	case AT_SIZE_LF:
		return expect(c, byte, '\n', c->left ? AT_DATA : AT_LINE);
	case AT_DATA_CR:
		return expect(c, byte, '\r', AT_DATA_LF);
	case AT_DATA_LF:
		c->digits = 0;
		return expect(c, byte, '\n', AT_SIZE);
	case AT_LINE:
		if (byte == '\r')
			return expect(c, byte, '\r', AT_LAST_LF);
		c->state = AT_TRAILER;
		return byte != ' ' && byte != '\t' && step_text(c, byte, AT_TRAILER_LF);
	case AT_TRAILER:
		return step_text(c, byte, AT_TRAILER_LF);
	case AT_TRAILER_LF:
		return expect(c, byte, '\n', AT_LINE);
	default:
		return expect(c, byte, '\n', AT_END);
	}
}

enum chunked_result chunked_next(struct chunked *c, struct str *in, struct str *data)
{
	while (in->n && c->state != AT_END) {
		if (c->state == AT_DATA) {
			size_t n = c->left < in->n ? (size_t)c->left : in->n;

			*data = str_of(in->p, n);
			*in = str_after(*in, n);
			c->left -= n;
			c->overhead = 0;
			if (c->left == 0)
				c->state = AT_DATA_CR;
			return CHUNKED_DATA;
		}
		if (!step(c, in->p[0]))
			return CHUNKED_BROKEN;
		*in = str_after(*in, 1);
	}
	return c->state == AT_END ? CHUNKED_END : CHUNKED_MORE;
}
