/* test/unit/check_arena.h - one arena for the tests of a program. */
#ifndef TEST_UNIT_CHECK_ARENA_H
#define TEST_UNIT_CHECK_ARENA_H

#include "check.h"

#include "base/arena.h"

static struct arena arena;

static inline int arena_begin(void **state)
{
	(void)state;
	arena_init(&arena);
	return 0;
}

static inline int arena_end(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

#endif
