#include "api/number_rows.h"

#include "exchange/provision_number.h"

static enum number_party party_of(const struct list_scope *scope, int64_t *key)
{
	*key = scope->operator_key ? scope->operator_key : scope->tenant_key;
	if (scope->operator_key)
		return NUMBERS_OF_OPERATOR;
	return scope->tenant_key ? NUMBERS_OF_TENANT : NUMBERS_OF_ALL;
}

enum status number_rows_fetch(const struct list_call *call, struct arena *arena, const struct list_place *after,
			      int64_t max, struct list_rows *rows, struct error *err)
{
	struct number_row *found = NULL;
	int64_t key;
	enum number_party party = party_of(&call->scope, &key);
	enum status status = numbers_page(api_exchange(call->app), arena, party, key, after->position, call->descending,
					  max, &found, &rows->count, err);

	rows->first = found;
	rows->size = sizeof(*found);
	return status;
}

void number_rows_place(const struct list *list, struct arena *arena, const void *row, struct list_place *place)
{
	(void)list;
	(void)arena;
	*place = (struct list_place){ number_sort_key(((const struct number_row *)row)->number), STR_NONE };
}

enum status number_rows_total(const struct list_call *call, int64_t *total, struct error *err)
{
	int64_t key;
	enum number_party party = party_of(&call->scope, &key);

	return numbers_total(api_exchange(call->app), party, key, total, err);
}
