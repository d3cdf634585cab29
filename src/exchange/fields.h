/* exchange/fields.h - what parties say of themselves, checked by a table.
 *
 * A struct of slices is described by one row for each of its members; the same
 * table serves whoever fills the struct (by wire name) and whoever checks it.
 * A member that is none was not given; an empty one asks to clear what is
 * there, which only optional fields allow. */
#ifndef EXCHANGE_FIELDS_H
#define EXCHANGE_FIELDS_H

#include "base/arena.h"
#include "base/error.h"

enum field_kind {
	FIELD_GUID,          /* made lower case */
	FIELD_NAME,          /* 1-256 bytes without control characters */
	FIELD_COUNTRY,       /* ISO 3166-1 alpha-2, made upper case */
	FIELD_DOMAIN,        /* RFC 1123 host name, made lower case */
	FIELD_PRINCIPAL,     /* name@domain */
	FIELD_SIP_URI,       /* sip: or sips:, user and host */
	FIELD_ACCOUNT_TYPE,  /* user, resourceAccount */
};

struct field {
	const char *name;
	size_t offset;       /* of a struct str */
	enum field_kind kind;
	bool needed;
};

/* Checks and normalises one value; what is new lives in the arena.  E_FIELD_VALUE names the field. */
enum status field_check(struct arena *arena, enum field_kind kind, const char *name, struct str *value,
			struct error *err);

/* Checks all that is given.  whole: a needed field that is absent is
 * E_MISSING_FIELD, and an empty optional one becomes none. */
enum status fields_check(struct arena *arena, const struct field *fields, size_t count, void *input, bool whole,
			 struct error *err);

/* Writes what `change` gives over `row`; an empty value clears. */
void fields_merge(const struct field *fields, size_t count, void *row, const void *change);

bool fields_equal(const struct field *fields, size_t count, const void *a, const void *b);

/* One of a NULL-ended list of words, exactly; E_FIELD_VALUE lists them. */
enum status word_check(const char *const *words, const char *name, struct str value, struct error *err);

/* Location ids and their like: a GUID in lower case.  "" and the all-zero GUID,
 * which Microsoft's tools write for "none", become empty. */
enum status place_check(struct arena *arena, const char *name, struct str *value, struct error *err);

#endif
