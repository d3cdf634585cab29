/* test/unit/check.h - what unit tests share: cmocka, and comparing slices. */
#ifndef TEST_UNIT_CHECK_H
#define TEST_UNIT_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/str.h"

/* Fails with both texts shown. */
static inline void check_str_at(struct str found, const char *expected, const char *file, int line)
{
	if (str_is(found, expected))
		return;
	print_error("found:    %.*s\nexpected: %s\n", STR_ARG(found), expected ? expected : "(none)");
	_fail(file, line);
}

#define check_str(found, expected) check_str_at((found), (expected), __FILE__, __LINE__)
#define check_buf(b, expected) check_str_at(buf_str(b), (expected), __FILE__, __LINE__)

#endif
