#include "exchange/party_keys.h"

#include "base/hash.h"
#include "base/random.h"
#include "store/parties.h"

#include <stdlib.h>

#define SLOTS ((size_t)2 * PARTY_KEYS_MAX)

/* Found by id or by key: each fact stands once under either. */
struct party_entry {
	enum { ENTRY_FREE, ENTRY_BY_ID, ENTRY_BY_KEY } asked;
	enum party_kind kind;
	struct str id; /* none: no such party */
	int64_t key;   /* 0: no such party */
};

void party_keys_init(struct party_keys *keys, struct exchange *exchange)
{
	*keys = (struct party_keys){ .exchange = exchange };
	arena_init(&keys->arena);
	keys->entries = xalloc(SLOTS * sizeof(*keys->entries));
}

void party_keys_release(struct party_keys *keys)
{
	arena_release(&keys->arena);
	free(keys->entries);
	keys->entries = NULL;
}

/* The entry that answers, or the free one in which to put the answer. */
static struct party_entry *find(struct party_keys *keys, const struct party_entry *wanted, uint64_t hash)
{
	struct party_entry *e;

	for (size_t at = hash % SLOTS;; at = (at + 1) % SLOTS) {
		e = &keys->entries[at];
		if (e->asked == ENTRY_FREE)
			return e;
		if (e->asked != wanted->asked || e->kind != wanted->kind)
			continue;
		if (e->asked == ENTRY_BY_ID ? str_equal(e->id, wanted->id) : e->key == wanted->key)
			return e;
	}
}

/* Completes *wanted; its id then lives in the arena. */
static enum status look_up(struct party_keys *keys, struct party_entry *wanted, struct error *err)
{
	struct operator_row operator= { .key = 0 };
	struct tenant_row tenant = { .key = 0 };
	bool by_id = wanted->asked == ENTRY_BY_ID;
	struct sql *sql;
	enum status status = store_read(keys->exchange->store, &sql, err);

	if (status != OK)
		return status;
	if (wanted->kind == PARTY_OPERATOR)
		status = by_id ? operator_find(sql, &keys->arena, wanted->id, &operator, err)
			       : operator_find_key(sql, &keys->arena, wanted->key, &operator, err);
	else
		status = by_id ? tenant_find(sql, &keys->arena, wanted->id, &tenant, err)
			       : tenant_find_key(sql, &keys->arena, wanted->key, &tenant, err);
	store_abort(keys->exchange->store, sql);
	if (status != OK && status != E_NOT_FOUND)
		return status;
	if (by_id) {
		wanted->key = status == OK ? operator.key + tenant.key : 0;
		wanted->id = arena_str(&keys->arena, wanted->id);
	} else {
		wanted->id = status != OK ? STR_NONE : wanted->kind == PARTY_OPERATOR ? operator.id : tenant.id;
	}
	return OK;
}

static struct party_entry *add(struct party_keys *keys, const struct party_entry *answered, uint64_t hash)
{
	struct party_entry *e;

	if (keys->count == PARTY_KEYS_MAX) {
		memset(keys->entries, 0, SLOTS * sizeof(*keys->entries));
		keys->count = 0;
	}
	keys->count++;
	e = find(keys, answered, hash);
	*e = *answered;
	return e;
}

/* The entry that answers, asking the store when nobody has yet. */
static enum status answer(struct party_keys *keys, struct party_entry *wanted, uint64_t hash,
			  const struct party_entry **entry, struct error *err)
{
	struct party_entry *e = find(keys, wanted, hash);

	if (e->asked == ENTRY_FREE) {
		enum status status = look_up(keys, wanted, err);

		if (status != OK)
			return status;
		e = add(keys, wanted, hash);
	}
	*entry = e;
	return OK;
}

enum status party_key_of(struct party_keys *keys, enum party_kind kind, struct str id, int64_t *key,
			 struct str *canonical, struct error *err)
{
	struct party_entry wanted = { ENTRY_BY_ID, kind, STR_NONE, 0 };
	const struct party_entry *e;
	char text[GUID_TEXT_SIZE];
	enum status status;

	*key = 0;
	*canonical = STR_NONE;
	if (!guid_parse(id, text))
		return OK;
	wanted.id = str_from(text);
	status = answer(keys, &wanted, hash64(wanted.id), &e, err);
	if (status != OK)
		return status;
	*key = e->key;
	if (e->key)
		*canonical = e->id;
	return OK;
}

enum status party_id_of(struct party_keys *keys, enum party_kind kind, int64_t key, struct str *id, struct error *err)
{
	struct party_entry wanted = { ENTRY_BY_KEY, kind, STR_NONE, key };
	const struct party_entry *e;
	enum status status = answer(keys, &wanted, hash64_u64((uint64_t)key, kind), &e, err);

	if (status == OK)
		*id = e->id;
	return status;
}
