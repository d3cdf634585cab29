#include "exchange/exchange.h"

#include "base/instant.h"
#include "exchange/background.h"
#include "exchange/key_claims.h"
#include "exchange/uploads.h"
#include "store/records.h"
#include "store/secrets.h"

#include <stdio.h>
#include <stdlib.h>

static enum status open_parts(struct exchange *x, struct error *err)
{
	struct store_settings store = {
		.directory = x->settings.data,
		.postgres_uri = x->settings.store[0] ? x->settings.store : NULL,
	};
	unsigned char pseudonym_key[LINK_KEY_SIZE];
	char directory[4096];
	enum status status = policy_open(&x->policy, x->settings.policy_file, err);

	if (status == OK)
		status = store_open(&x->store, &store, err);
	if (status == OK)
		x->key_claims = store_engine(x->store) == SQL_POSTGRES ? key_claims_new(x->store) : NULL;
	if (status == OK)
		status = records_open(&x->records, x->store, (uint64_t)x->settings.id_filter_bytes_max, err);
	/* Keys live in the store: every exchange on it reads the others' links. */
	if (status == OK)
		status = secret_get(x->store, "link", x->link_key, sizeof(x->link_key), err);
	if (status == OK)
		status = secret_get(x->store, "audit pseudonym", pseudonym_key, sizeof(pseudonym_key), err);
	if (status != OK)
		return status;
	snprintf(directory, sizeof(directory), "%s/audit", x->settings.data);
	return audit_open(&x->audit, directory, str_of(pseudonym_key, sizeof(pseudonym_key)), policy_hash(x->policy), err);
}

enum status exchange_open(struct exchange **exchange, const struct settings *settings, struct error *err)
{
	struct exchange *x = xalloc(sizeof(*x));
	enum status status;

	x->settings = *settings;
	x->opened_ms = clock_now_ms();
	x->uploads = uploads_new();
	status = open_parts(x, err);
	if (status == OK)
		*exchange = x;
	else
		exchange_close(x);
	return status;
}

void exchange_close(struct exchange *exchange)
{
	if (!exchange)
		return;
	background_stop(exchange);
	uploads_free(exchange->uploads);
	key_claims_free(exchange->key_claims);
	audit_close(exchange->audit);
	records_close(exchange->records);
	store_close(exchange->store);
	policy_free(exchange->policy);
	free(exchange);
}
