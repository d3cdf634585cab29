#include "auth/access.h"

#include "base/buf.h"

static const struct {
	const char *name;
	enum face face;
	role_set includes;
} roles[ROLE_COUNT] = {
#define ROLE(name, wire, face, includes) { wire, face, includes },
	ROLE_TABLE(ROLE)
#undef ROLE
};

role_set role_parse(struct str name)
{
	for (int i = 0; i < ROLE_COUNT; i++)
		if (str_is(name, roles[i].name))
			return (role_set)1 << i;
	return 0;
}

enum face role_face(role_set set)
{
	for (int i = 0; i < ROLE_COUNT; i++)
		if (set & (role_set)1 << i)
			return roles[i].face;
	return FACE_NONE;
}

role_set role_expand(role_set given)
{
	role_set all = given;

	for (int i = 0; i < ROLE_COUNT; i++)
		if (given & (role_set)1 << i)
			all |= roles[i].includes;
	return all;
}

const char *role_name(enum role_index role)
{
	return roles[role].name;
}

/* "A, B or C" of the roles of which one suffices. */
static void name_roles(role_set set, struct buf *out)
{
	role_set left = set;

	for (int i = 0; i < ROLE_COUNT; i++) {
		role_set bit = (role_set)1 << i;

		if (!(set & bit))
			continue;
		if (out->n)
			buf_add_str(out, left == bit ? STR(" or ") : STR(", "));
		buf_add_str(out, str_from(roles[i].name));
		left &= ~bit;
	}
}

enum status access_decide(const struct access_rule *rule, const struct caller *caller, bool peer_is_loopback,
			  struct error *err)
{
	struct buf names;

	if (rule->face == FACE_NONE || (rule->loopback_suffices && peer_is_loopback))
		return OK;
	if (!caller)
		return error_set(err, E_UNAUTHENTICATED, NULL,
				 "the Authorization header holds no valid token; get one at /oauth2/v2.0/token");
	if (caller->face == rule->face && (caller->roles & rule->any_of))
		return OK;
	buf_init(&names, 512);
	name_roles(rule->any_of, &names);
	error_set(err, E_DENIED, NULL, "this route needs the role %s", buf_cstr(&names));
	buf_release(&names);
	return E_DENIED;
}
