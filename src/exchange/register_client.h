/* exchange/register_client.h - programs that may call: registered, given new secrets, removed.
 *
 * A client has roles of one face and acts for the operator or tenant of that
 * face; on the platform's and the privacy face for nobody.  Its secret is told
 * once, when it is made. */
#ifndef EXCHANGE_REGISTER_CLIENT_H
#define EXCHANGE_REGISTER_CLIENT_H

#include "auth/token.h"
#include "exchange/exchange.h"
#include "formats/json.h"

struct client_request {
	struct str id;               /* none: a new one */
	struct str display_name;
	const struct json *roles;    /* array of wire names */
	struct str operator_id, tenant_id;
};

/* created false: the client was there with the same content, and its secret stays a secret ("").
 * E_CONFLICT when it was there with other content. */
enum status client_register(struct exchange *exchange, struct arena *arena, const struct client_request *request,
			    struct client_row *row, char secret[SECRET_TEXT_SIZE], bool *created, struct error *err);

/* The old secret ends; tokens issued for it live on. */
enum status client_rotate(struct exchange *exchange, struct arena *arena, struct str id, struct client_row *row,
			  char secret[SECRET_TEXT_SIZE], struct error *err);

/* Its tokens end, too. */
enum status client_remove(struct exchange *exchange, struct str id, struct error *err);

enum status client_get(struct exchange *exchange, struct arena *arena, struct str id, struct client_row *row,
		       struct error *err);
/* Up to max clients with an id past after_id, in that order. */
enum status client_page(struct exchange *exchange, struct arena *arena, struct str after_id, int64_t max,
			struct client_row **rows, size_t *count, struct error *err);

#endif
