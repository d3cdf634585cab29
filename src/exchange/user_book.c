#include "exchange/user_book.h"

#include "base/hash.h"
#include "base/random.h"

#include <stdlib.h>

#define BUCKETS 4096

struct user_book_entry {
	struct user_book_entry *next;
	int64_t tenant_key;
	struct str user_id;              /* none: the tenant itself */
	const struct user_row *user;     /* NULL: there is none */
	struct str country;
};

void user_book_init(struct user_book *book, struct exchange *exchange)
{
	*book = (struct user_book){ .exchange = exchange };
	arena_init(&book->arena);
	book->buckets = xalloc(BUCKETS * sizeof(struct user_book_entry *));
}

void user_book_release(struct user_book *book)
{
	arena_release(&book->arena);
	free(book->buckets);
	book->buckets = NULL;
}

void user_book_bound(struct user_book *book, size_t bytes)
{
	if (book->arena.used <= bytes)
		return;
	arena_clear(&book->arena);
	memset(book->buckets, 0, BUCKETS * sizeof(struct user_book_entry *));
}

/* The user and, where there is none, the tenant: what a call of theirs is treated by. */
static enum status read_entry(struct user_book *book, struct sql *sql, struct user_book_entry *e, struct error *err)
{
	struct user_row *user = ARENA_NEW(&book->arena, struct user_row);
	struct tenant_row tenant;
	enum status status = E_NOT_FOUND;

	if (e->user_id.n)
		status = user_find(sql, &book->arena, e->tenant_key, e->user_id, user, err);
	if (status == OK) {
		e->user = user;
		e->country = user->country;
		return OK;
	}
	if (status == E_NOT_FOUND)
		status = tenant_find_key(sql, &book->arena, e->tenant_key, &tenant, err);
	if (status == OK)
		e->country = tenant.country;
	return status == E_NOT_FOUND ? OK : status;
}

static enum status find(struct user_book *book, int64_t tenant_key, struct str given, struct user_book_entry **found,
			struct error *err)
{
	char guid[GUID_TEXT_SIZE];
	/* Records may write a GUID in capitals. */
	struct str user_id = guid_parse(given, guid) ? str_from(guid) : given;
	size_t at = hash64_u64((uint64_t)tenant_key, hash64(user_id)) % BUCKETS;
	struct user_book_entry *e = book->buckets[at];
	struct sql *sql;
	enum status status;

	while (e && (e->tenant_key != tenant_key || !str_equal(e->user_id, user_id)))
		e = e->next;
	if (e) {
		*found = e;
		return OK;
	}
	e = ARENA_NEW(&book->arena, struct user_book_entry);
	*e = (struct user_book_entry){ book->buckets[at], tenant_key, arena_str(&book->arena, user_id), NULL, STR("") };
	status = store_read(book->exchange->store, &sql, err);
	if (status != OK)
		return status;
	status = read_entry(book, sql, e, err);
	store_abort(book->exchange->store, sql);
	if (status != OK)
		return status;
	*found = book->buckets[at] = e;
	return OK;
}

enum status user_book_user(struct user_book *book, int64_t tenant_key, struct str user_id, const struct user_row **user,
			   struct error *err)
{
	struct user_book_entry *e;
	enum status status = find(book, tenant_key, user_id, &e, err);

	if (status == OK)
		*user = e->user;
	return status;
}

enum status user_book_country(struct user_book *book, int64_t tenant_key, struct str user_id, struct str *country,
			      struct error *err)
{
	struct user_book_entry *e;
	enum status status = find(book, tenant_key, user_id, &e, err);

	if (status == OK)
		*country = e->country;
	return status;
}
