/* test/unit/exchange/world.h - an exchange on an empty store with a few parties,
 * for the tests of what is done with numbers.  Runs on the engine that
 * test/store/place.h was told. */
#ifndef TEST_EXCHANGE_WORLD_H
#define TEST_EXCHANGE_WORLD_H

#include "../../store/place.h"
#include "exchange/assign_number.h"
#include "exchange/consents.h"
#include "exchange/number_feed.h"
#include "exchange/parties.h"
#include "exchange/provision_number.h"

struct world {
	void *place;
	struct exchange exchange;
	struct arena arena;
	struct operator_row op[2];      /* both consented to by tenant[0] for DE and FR */
	struct tenant_row tenant[2];    /* tenant[1] has consented to nobody */
	struct user_row user;           /* of tenant[0]: a user, and a resource account */
	struct user_row app;
};

int world_setup(void **state);
int world_teardown(void **state);

const struct json *world_json(struct world *w, const char *text);
number_t number_of_text(const char *text);

/* Terms of an ordinary user number of tenant[0]. */
struct number_terms user_terms(const struct world *w);

/* Provisions it so, and asserts success. */
struct number_row provisioned(struct world *w, int op, const char *number);
void assigned(struct world *w, const char *number, const struct user_row *holder);
enum status put_consent(struct world *w, int op, int tenant, const char *body);

/* The number as it is now. */
struct number_row current(struct world *w, const char *number);

#endif
