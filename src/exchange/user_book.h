/* exchange/user_book.h - the users and tenants that call records name, asked once.
 *
 * Remembers for one answer or one sweep, also who there is not: a day of calls
 * names the same people again and again.  Rows live until the book is released
 * or bounded.
 * Threads: one. */
#ifndef EXCHANGE_USER_BOOK_H
#define EXCHANGE_USER_BOOK_H

#include "exchange/exchange.h"
#include "store/parties.h"

struct user_book {
	struct exchange *exchange;
	struct arena arena;
	struct user_book_entry **buckets;
};

void user_book_init(struct user_book *book, struct exchange *exchange);
void user_book_release(struct user_book *book);

/* Forgets everything when it holds more than `bytes`. */
void user_book_bound(struct user_book *book, size_t bytes);

/* *user is NULL when the tenant has no such user. */
enum status user_book_user(struct user_book *book, int64_t tenant_key, struct str user_id, const struct user_row **user,
			   struct error *err);

/* The country by which a call of this user is treated: the user's, else the tenant's, else "". */
enum status user_book_country(struct user_book *book, int64_t tenant_key, struct str user_id, struct str *country,
			      struct error *err);

#endif
