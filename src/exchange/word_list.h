/* exchange/word_list.h - lists of words kept as one text, "DE,FR", each word once. */
#ifndef EXCHANGE_WORD_LIST_H
#define EXCHANGE_WORD_LIST_H

#include "base/arena.h"

static inline bool word_list_has(struct str list, struct str word)
{
	while (list.n)
		if (str_equal(str_cut(&list, ','), word))
			return true;
	return false;
}

static inline struct str word_list_add(struct arena *arena, struct str list, struct str word)
{
	if (word_list_has(list, word))
		return list;
	return arena_printf(arena, "%.*s%s%.*s", STR_ARG(list), list.n ? "," : "", STR_ARG(word));
}

#endif
