/* test/fuzz/fuzz.h - what the fuzz targets share. */
#ifndef TEST_FUZZ_FUZZ_H
#define TEST_FUZZ_FUZZ_H

#include "base/buf.h"
#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An assertion that no build leaves out. */
#define must(condition)                                                                          \
	do {                                                                                     \
		if (!(condition)) {                                                              \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                                 \
		}                                                                                \
	} while (0)

/* The first byte of an input chooses; 0 when there is none. */
static inline unsigned take_choice(struct str *input)
{
	unsigned choice = 0;

	if (input->n) {
		choice = (unsigned char)input->p[0];
		*input = str_after(*input, 1);
	}
	return choice;
}

/* The next `step` bytes in memory of their own, so that reading past them is seen. */
static inline char *take_piece(struct str *rest, size_t step, struct str *piece)
{
	size_t n = rest->n < step ? rest->n : step;
	char *own = malloc(n + 1);

	must(own);
	memcpy(own, rest->p, n);
	*piece = str_of(own, n);
	*rest = str_after(*rest, n);
	return own;
}

#endif
