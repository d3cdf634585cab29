/* exchange/party_keys.h - operators' and tenants' ids as the store's keys, and back.
 *
 * Remembers what was asked, also what there is not, for one upload or one
 * request: a million records name a handful of parties.
 * Threads: one. */
#ifndef EXCHANGE_PARTY_KEYS_H
#define EXCHANGE_PARTY_KEYS_H

#include "exchange/exchange.h"

#define PARTY_KEYS_MAX 4096   /* remembered; then it starts anew */

enum party_kind { PARTY_OPERATOR, PARTY_TENANT };

struct party_keys {
	struct exchange *exchange;
	struct arena arena;
	struct party_entry *entries;
	size_t count;
};

void party_keys_init(struct party_keys *keys, struct exchange *exchange);
void party_keys_release(struct party_keys *keys);

/* id in any case; *canonical is as it is stored and lives with keys.  0 and none when there is no such party. */
enum status party_key_of(struct party_keys *keys, enum party_kind kind, struct str id, int64_t *key,
			 struct str *canonical, struct error *err);

/* The id of a key, none when there is no such party; lives with keys. */
enum status party_id_of(struct party_keys *keys, enum party_kind kind, int64_t key, struct str *id, struct error *err);

#endif
