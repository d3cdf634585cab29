/* exchange/parties.h - operators, tenants and tenants' users: make, change, look up.
 *
 * The three are treated alike; a struct party_kind says what differs.  A row is
 * the kind's struct of store/parties.h: handed in it holds what was given, none
 * where nothing was; it comes back as it stands.  Making a party whose id is
 * there already is harmless when it is the same (created false), else
 * E_CONFLICT.  A change of a tenant's domain or a user's SIP URI is a change of
 * the numbers concerned. */
#ifndef EXCHANGE_PARTIES_H
#define EXCHANGE_PARTIES_H

#include "exchange/exchange.h"
#include "exchange/fields.h"
#include "store/parties.h"

/* What a party stands in: of a user its tenant, of the others nothing. */
struct party_scope {
	struct str tenant_id;
	struct tenant_row tenant;
};

/* Where a list goes on, and its order. */
struct party_place {
	int64_t key;           /* operators, tenants */
	struct str id;         /* users; none: from the start */
	bool by_name;          /* else in the order of their making, users by id */
	bool descending;       /* by_name only */
};

struct party_kind {
	const char *noun;
	const struct field *fields;    /* the first is id */
	size_t field_count;
	size_t row_size, created_offset;
	bool of_tenant;
	/* Over the rows of the kind, within a transaction. */
	enum status (*find)(struct sql *sql, struct arena *arena, const struct party_scope *scope, struct str id,
			    void *row, struct error *err);
	/* Keeps other changes of the row, and what depends on it, waiting until the transaction ends. */
	enum status (*hold)(struct sql *sql, const void *row, struct error *err);
	/* What stands against a new row; NULL: nothing. */
	enum status (*check)(struct sql *sql, const void *row, struct error *err);
	/* E_CONFLICT: somebody was quicker, by an instant. */
	enum status (*insert)(struct sql *sql, const struct party_scope *scope, void *row, struct error *err);
	/* Writes the row, which was `before` and which holds the change, and what follows from it. */
	enum status (*update)(struct sql *sql, struct arena *arena, const struct party_scope *scope, const void *before,
			      void *row, struct error *err);
	enum status (*list)(struct sql *sql, struct arena *arena, const struct party_scope *scope,
			    const struct party_place *after, int64_t max, void **rows, size_t *count,
			    struct error *err);
	struct party_place (*place)(const void *row);
};

extern const struct party_kind party_operator;   /* struct operator_row */
extern const struct party_kind party_tenant;     /* struct tenant_row */
extern const struct party_kind party_user;       /* struct user_row */

/* tenant_id: whose users are meant, else none.  E_NOT_FOUND when there is no such tenant. */
enum status parties_create(struct exchange *exchange, struct arena *arena, const struct party_kind *kind,
			   struct str tenant_id, void *row, bool *created, struct error *err);
/* change: what is given; row: gets all.  A user's account type stays while it holds numbers (E_IN_USE). */
enum status parties_update(struct exchange *exchange, struct arena *arena, const struct party_kind *kind,
			   struct str tenant_id, struct str id, void *change, void *row, struct error *err);
enum status parties_find(struct exchange *exchange, struct arena *arena, const struct party_kind *kind,
			 struct str tenant_id, struct str id, void *row, struct error *err);
/* Up to max rows past a place, in their order; an array of the kind's structs. */
enum status parties_list(struct exchange *exchange, struct arena *arena, const struct party_kind *kind,
			 struct str tenant_id, const struct party_place *after, int64_t max, void **rows, size_t *count,
			 struct error *err);

#endif
