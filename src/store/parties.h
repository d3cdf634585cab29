/* store/parties.h - rows of operators, tenants, their users, and consents.
 *
 * Inside a transaction of the caller (store/store.h).  Strings of rows that are
 * read live in the caller's arena; *_find say E_NOT_FOUND; *_after list up to
 * `max` rows past a key, in the order of that key. */
#ifndef STORE_PARTIES_H
#define STORE_PARTIES_H

#include "base/arena.h"
#include "base/error.h"
#include "store/sql/sql.h"

struct operator_row {
	int64_t key;
	struct str id, display_name, country;
	int64_t created_ms;
};

struct tenant_row {
	int64_t key;
	struct str id, display_name, default_domain, country;
	int64_t created_ms;
};

struct user_row {
	int64_t tenant_key;
	struct str id, user_principal_name, display_name, country;
	struct str sip_uri;          /* none: made from number and domain */
	struct str account_type;     /* "user", "resourceAccount" */
	int64_t created_ms;
};

struct consent_row {
	int64_t operator_key, tenant_key;
	struct str operator_id, tenant_id;   /* read only */
	struct str status;                   /* "active", "suspended", "removed" */
	struct str countries;                /* "DE,FR" */
	struct str contacts;                 /* JSON array */
	struct str notice_version, accepted_by;
	int64_t consented_ms, modified_ms;
	int64_t position;                    /* in the operator's feed of consents */
};

/* Inserts get the party's next key.  E_CONFLICT: the id, or a key given to
 * another at the same instant; the transaction is of no more use then. */
enum status operator_insert(struct sql *sql, struct operator_row *row, struct error *err);
enum status operator_update(struct sql *sql, const struct operator_row *row, struct error *err);
enum status operator_find(struct sql *sql, struct arena *arena, struct str id, struct operator_row *row,
			  struct error *err);
enum status operator_find_key(struct sql *sql, struct arena *arena, int64_t key, struct operator_row *row,
			      struct error *err);
enum status operators_after(struct sql *sql, struct arena *arena, int64_t after_key, int64_t max,
			    struct operator_row **rows, size_t *count, struct error *err);

/* By display name, past the operator of a key; 0: from the start. */
enum status operators_by_name(struct sql *sql, struct arena *arena, int64_t after_key, bool descending, int64_t max,
			      struct operator_row **rows, size_t *count, struct error *err);

enum status tenant_insert(struct sql *sql, struct tenant_row *row, struct error *err);
enum status tenant_update(struct sql *sql, const struct tenant_row *row, struct error *err);
enum status tenant_find(struct sql *sql, struct arena *arena, struct str id, struct tenant_row *row, struct error *err);
enum status tenant_find_key(struct sql *sql, struct arena *arena, int64_t key, struct tenant_row *row,
			    struct error *err);
enum status tenants_after(struct sql *sql, struct arena *arena, int64_t after_key, int64_t max,
			  struct tenant_row **rows, size_t *count, struct error *err);
enum status tenants_by_name(struct sql *sql, struct arena *arena, int64_t after_key, bool descending, int64_t max,
			    struct tenant_row **rows, size_t *count, struct error *err);
/* Holds the tenant's row until the transaction ends: what depends on its users
 * and domain waits.  To be taken before number_feed_open(), never after. */
enum status tenant_lock(struct sql *sql, int64_t key, struct error *err);

enum status user_insert(struct sql *sql, const struct user_row *row, struct error *err);
enum status user_update(struct sql *sql, const struct user_row *row, struct error *err);
enum status user_find(struct sql *sql, struct arena *arena, int64_t tenant_key, struct str id, struct user_row *row,
		      struct error *err);
/* The countries that users are in, each once; max bounds how many. */
enum status user_countries(struct sql *sql, struct arena *arena, int64_t max, struct str **countries, size_t *count,
			   struct error *err);
/* Whether another user of the tenant than `id` bears this name. */
enum status user_name_is_taken(struct sql *sql, int64_t tenant_key, struct str user_principal_name, struct str id,
			       bool *taken, struct error *err);
/* Whether another tenant has a user of this id. */
enum status user_id_is_taken(struct sql *sql, int64_t tenant_key, struct str id, bool *taken, struct error *err);
enum status users_after(struct sql *sql, struct arena *arena, int64_t tenant_key, struct str after_id, int64_t max,
			struct user_row **rows, size_t *count, struct error *err);
/* By display name, past the user of an id; none: from the start. */
enum status users_by_name(struct sql *sql, struct arena *arena, int64_t tenant_key, struct str after_id, bool descending,
			  int64_t max, struct user_row **rows, size_t *count, struct error *err);

/* Inserts or replaces, at the operator's next place in the feed, which it writes to row->position. */
enum status consent_put(struct sql *sql, struct consent_row *row, struct error *err);
enum status consent_find(struct sql *sql, struct arena *arena, int64_t operator_key, int64_t tenant_key,
			 struct consent_row *row, struct error *err);
/* Both keys 0: all.  One given: that party's.  In the order of (operator_key, tenant_key). */
enum status consents_after(struct sql *sql, struct arena *arena, int64_t operator_key, int64_t tenant_key,
			   int64_t after_operator_key, int64_t after_tenant_key, int64_t max, struct consent_row **rows,
			   size_t *count, struct error *err);
/* The operator's consents changed after a position, in the order of their last change. */
enum status consents_changed(struct sql *sql, struct arena *arena, int64_t operator_key, int64_t after_position,
			     int64_t max, struct consent_row **rows, size_t *count, struct error *err);
enum status consent_position(struct sql *sql, int64_t operator_key, int64_t *position, struct error *err);

#endif
