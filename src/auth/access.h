/* auth/access.h - who is calling, and the one function that says what they may do.
 *
 * Every route names the roles of which one is needed and whose things it shows.
 * A client belongs to one face; on the operator's and the tenant's face it acts
 * for one operator or tenant, and the store is only ever asked with that key:
 * nothing of another can be named, so a foreign id is an absent one. */
#ifndef AUTH_ACCESS_H
#define AUTH_ACCESS_H

#include "base/arena.h"
#include "base/error.h"
#include "base/random.h"

enum face { FACE_NONE, FACE_OPERATOR, FACE_GRAPH, FACE_PLATFORM, FACE_PRIVACY };

/* ROLE(NAME, "wire name", FACE, includes): `includes` are the roles that come with it. */
#define ROLE_TABLE(ROLE)                                                                                               \
	ROLE(NUMBER_READ, "NumberManagement.Read", FACE_OPERATOR, 0)                                                   \
	ROLE(NUMBER_WRITE, "NumberManagement.Write", FACE_OPERATOR, ROLE_NUMBER_READ)                                  \
	ROLE(TRUNK_READ, "TrunkManagement.Read", FACE_OPERATOR, 0)                                                     \
	ROLE(TRUNK_WRITE, "TrunkManagement.Write", FACE_OPERATOR, ROLE_TRUNK_READ)                                     \
	ROLE(PARTNER_READ, "PartnerSettings.Read", FACE_OPERATOR, 0)                                                   \
	ROLE(PARTNER_WRITE, "PartnerSettings.Write", FACE_OPERATOR, ROLE_PARTNER_READ)                                 \
	ROLE(DATA_READ, "Data.Read", FACE_OPERATOR, 0)                                                                 \
	ROLE(DATA_WRITE, "Data.Write", FACE_OPERATOR, 0)                                                               \
	ROLE(CALLS_READ, "CallRecords.Read.All", FACE_GRAPH, 0)                                                        \
	ROLE(PSTN_READ, "CallRecord-PstnCalls.Read.All", FACE_GRAPH, 0)                                                \
	ROLE(TELEPHONE_READ, "TeamsTelephoneNumber.Read.All", FACE_GRAPH, 0)                                           \
	ROLE(TELEPHONE_WRITE, "TeamsTelephoneNumber.ReadWrite.All", FACE_GRAPH, ROLE_TELEPHONE_READ)                   \
	ROLE(PLATFORM_READ, "Platform.Read", FACE_PLATFORM, 0)                                                         \
	ROLE(PLATFORM_WRITE, "Platform.Write", FACE_PLATFORM, ROLE_PLATFORM_READ)                                      \
	ROLE(PLATFORM_ADMIN, "Platform.Admin", FACE_PLATFORM, ROLE_PLATFORM_WRITE | ROLE_PLATFORM_READ)                \
	ROLE(PRIVACY_OFFICER, "Privacy.Officer", FACE_PRIVACY, 0)

enum role_index {
#define ROLE(name, wire, face, includes) ROLE_INDEX_##name,
	ROLE_TABLE(ROLE)
#undef ROLE
	ROLE_COUNT
};

#define ROLE(name, wire, face, includes) enum { ROLE_##name = 1 << ROLE_INDEX_##name };
ROLE_TABLE(ROLE)
#undef ROLE

typedef uint32_t role_set;

/* The role's bit without what it includes; 0 when there is no such role. */
role_set role_parse(struct str name);
enum face role_face(role_set role);        /* of the lowest role in the set */
role_set role_expand(role_set given);      /* with all that they include */
const char *role_name(enum role_index role);

/* Who is calling, as its token says.  Operator and tenant are set by the face. */
struct caller {
	char client_id[GUID_TEXT_SIZE];
	enum face face;
	role_set roles;                        /* expanded */
	int64_t operator_key;                  /* FACE_OPERATOR: the store's key, else 0 */
	int64_t tenant_key;                    /* FACE_GRAPH */
	char operator_id[GUID_TEXT_SIZE];      /* "" unless FACE_OPERATOR */
	char tenant_id[GUID_TEXT_SIZE];        /* "" unless FACE_GRAPH */
};

/* What a route demands. */
struct access_rule {
	enum face face;            /* FACE_NONE: open to everybody, no token is looked at */
	role_set any_of;           /* one of these suffices */
	bool loopback_suffices;    /* open to a peer on this machine (metrics) */
};

/* caller NULL: no valid token.  OK, E_UNAUTHENTICATED or E_DENIED. */
enum status access_decide(const struct access_rule *rule, const struct caller *caller, bool peer_is_loopback,
			  struct error *err);

#endif
