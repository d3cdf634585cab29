/* api/number_rows.h - numbers as the rows of a list: an operator's, a tenant's, or everyone's. */
#ifndef API_NUMBER_ROWS_H
#define API_NUMBER_ROWS_H

#include "api/list.h"

/* The members fetch, place and total of a struct list. */
enum status number_rows_fetch(const struct list_call *call, struct arena *arena, const struct list_place *after,
			      int64_t max, struct list_rows *rows, struct error *err);
void number_rows_place(const struct list *list, struct arena *arena, const void *row, struct list_place *place);
enum status number_rows_total(const struct list_call *call, int64_t *total, struct error *err);

#endif
