#include "exchange/link.h"

#include "base/encoding.h"
#include "base/hash.h"
#include "base/instant.h"

#include <stdlib.h>

#define LINK_VERSION 1
#define SEAL_SIZE ((size_t)16)
#define LINK_HEAD_SIZE ((size_t)(1 + 1 + 1 + 8 + 8 + 8 + 2 + 2))
#define LINK_BYTES_MAX (LINK_HEAD_SIZE + LINK_PLACE_MAX + LINK_OPTIONS_MAX)

static void put_u64(unsigned char **p, uint64_t v)
{
	for (int i = 7; i >= 0; i--)
		*(*p)++ = (unsigned char)(v >> (8 * i));
}

static uint64_t get_u64(const unsigned char **p)
{
	uint64_t v = 0;

	for (int i = 0; i < 8; i++)
		v = v << 8 | *(*p)++;
	return v;
}

static void put_part(unsigned char **p, struct str s)
{
	*(*p)++ = (unsigned char)(s.n >> 8);
	*(*p)++ = (unsigned char)s.n;
	if (s.n)
		memcpy(*p, s.p, s.n);
	*p += s.n;
}

/* False when fewer bytes are left than the part says. */
static bool get_part(struct arena *arena, const unsigned char **p, const unsigned char *end, struct str *part)
{
	size_t n;

	if (end - *p < 2)
		return false;
	n = (size_t)(*p)[0] << 8 | (*p)[1];
	*p += 2;
	if ((size_t)(end - *p) < n)
		return false;
	*part = arena_str(arena, str_of(*p, n));
	*p += n;
	return true;
}

struct str link_seal(struct arena *arena, const unsigned char key[LINK_KEY_SIZE], const struct link *link)
{
	unsigned char bytes[LINK_BYTES_MAX + SHA256_SIZE], *p = bytes;
	char *text;
	size_t n;

	/* Our own lists choose what stands in a link; too long a place is our mistake. */
	if (link->place.n > LINK_PLACE_MAX || link->options.n > LINK_OPTIONS_MAX)
		abort();
	*p++ = LINK_VERSION;
	*p++ = (unsigned char)link->kind;
	*p++ = (unsigned char)link->feed;
	put_u64(&p, (uint64_t)link->party);
	put_u64(&p, (uint64_t)link->issued_ms);
	put_u64(&p, (uint64_t)link->position);
	put_part(&p, link->place);
	put_part(&p, link->options);
	n = (size_t)(p - bytes);
	hmac_sha256(str_of(key, LINK_KEY_SIZE), str_of(bytes, n), p);
	text = arena_alloc(arena, (n + SEAL_SIZE) * 4 / 3 + 4);
	return str_of(text, base64url_encode(str_of(bytes, n + SEAL_SIZE), text));
}

static enum status link_decode(struct arena *arena, const unsigned char key[LINK_KEY_SIZE], struct str token,
			       struct link *link, struct error *err)
{
	unsigned char bytes[LINK_BYTES_MAX + SEAL_SIZE], seal[SHA256_SIZE];
	const unsigned char *p = bytes, *end;
	size_t n;

	if (!base64url_decode(token, bytes, sizeof(bytes), &n) || n < LINK_HEAD_SIZE + SEAL_SIZE)
		return error_set(err, E_TOKEN_INVALID, NULL, "the token is not one that this exchange issued");
	n -= SEAL_SIZE;
	end = bytes + n;
	hmac_sha256(str_of(key, LINK_KEY_SIZE), str_of(bytes, n), seal);
	if (!bytes_equal_constant_time(seal, end, SEAL_SIZE) || *p++ != LINK_VERSION)
		return error_set(err, E_TOKEN_INVALID, NULL, "the token is not one that this exchange issued");
	link->kind = (enum link_kind)*p++;
	link->feed = (enum link_feed)*p++;
	link->party = (int64_t)get_u64(&p);
	link->issued_ms = (int64_t)get_u64(&p);
	link->position = (int64_t)get_u64(&p);
	if (!get_part(arena, &p, end, &link->place) || !get_part(arena, &p, end, &link->options) || p != end)
		return error_set(err, E_TOKEN_INVALID, NULL, "the token is not one that this exchange issued");
	return OK;
}

enum status link_open(struct arena *arena, const unsigned char key[LINK_KEY_SIZE], struct str token,
		      enum link_feed feed, int64_t party, int64_t now_ms, int64_t delta_lifetime_ms,
		      int64_t next_lifetime_ms, struct link *link, struct error *err)
{
	struct link found = { 0 };
	enum status status = link_decode(arena, key, token, &found, err);
	int64_t lifetime_ms = found.kind == LINK_DELTA ? delta_lifetime_ms : next_lifetime_ms;

	if (status != OK)
		return status;
	if (found.feed != feed)
		return error_set(err, E_TOKEN_INVALID, NULL, "the token belongs to another list");
	if (found.party != party)
		return error_set(err, E_NOT_FOUND, NULL, "there is no such list");
	if (now_ms - found.issued_ms > lifetime_ms)
		return error_set(err, E_GONE, NULL, "the link has expired; start again at the address in Location");
	*link = found;
	return OK;
}
