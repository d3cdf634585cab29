#include "api/number_rows.h"

#include "exchange/provision_number.h"

static enum number_party party_of(const struct list_call *call)
{
	return api_caller(call->req)->face == FACE_OPERATOR ? NUMBERS_OF_OPERATOR : NUMBERS_OF_TENANT;
}

enum status number_rows_fetch(const struct list_call *call, struct arena *arena, const struct list_place *after,
			      int64_t max, struct list_rows *rows, struct error *err)
{
	struct number_row *found = NULL;
	enum status status = numbers_page(api_exchange(call->app), arena, party_of(call), call->party, after->position,
					  call->descending, max, &found, &rows->count, err);

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
	return numbers_total(api_exchange(call->app), party_of(call), call->party, total, err);
}
