#include "http/accept.h"

#define WEIGHT_MAX 1000

/* What the Accept field names between commas. */
struct range {
	struct str type, subtype, profile; /* profile: none without */
	unsigned weight;                   /* thousandths */
};

/* As str_cut(), but a separator within quotes separates nothing. */
static struct str cut_unquoted(struct str *s, char separator)
{
	struct str rest = *s;
	bool quoted = false;

	for (size_t i = 0; i < rest.n; i++) {
		if (quoted && rest.p[i] == '\\')
			i++;
		else if (rest.p[i] == '"')
			quoted = !quoted;
		else if (!quoted && rest.p[i] == separator) {
			*s = str_after(rest, i + 1);
			return str_of(rest.p, i);
		}
	}
	*s = STR_NONE;
	return rest;
}

static struct str unquoted(struct str s)
{
	return s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"' ? str_of(s.p + 1, s.n - 2) : s;
}

/* From 0 to 1.  Clients in wide use leave out the 0 before the point, or write more than three decimals. */
static bool weight_read(struct str text, unsigned *weight)
{
	struct str decimals = text, whole = str_cut(&decimals, '.');
	unsigned scale = WEIGHT_MAX;

	if ((whole.n == 0 && decimals.n == 0) || whole.n > 1 || (whole.n && whole.p[0] != '0' && whole.p[0] != '1'))
		return false;
	*weight = whole.n && whole.p[0] == '1' ? WEIGHT_MAX : 0;
	for (size_t i = 0; i < decimals.n; i++) {
		if (decimals.p[i] < '0' || decimals.p[i] > '9')
			return false;
		scale /= 10;
		*weight += (unsigned)(decimals.p[i] - '0') * scale;
	}
	return *weight <= WEIGHT_MAX;
}

/* "*" alone, which Java writes, is everything. */
static bool range_read(struct str text, struct range *range)
{
	struct str parameters = text, subtype = str_trim(cut_unquoted(&parameters, ';'));
	struct str type = str_cut(&subtype, '/');

	if (str_is(type, "*") && str_is_none(subtype))
		subtype = type;
	if (type.n == 0 || str_is_none(subtype) || subtype.n == 0 || (str_is(type, "*") && !str_is(subtype, "*")))
		return false;
	*range = (struct range){ type, subtype, STR_NONE, WEIGHT_MAX };
	while (!str_is_none(parameters)) {
		struct str value = str_trim(cut_unquoted(&parameters, ';')), name = str_trim(str_cut(&value, '='));

		if (str_equal_ascii_case(name, STR("q")) && !weight_read(str_trim(value), &range->weight))
			return false;
		if (str_equal_ascii_case(name, STR("profile")))
			range->profile = unquoted(str_trim(value));
	}
	return true;
}

/* How closely the range names the offer, from 1; 0: not at all. */
static unsigned closeness(const struct range *range, const struct http_offer *offer)
{
	struct str subtype = str_from(offer->type), type = str_cut(&subtype, '/');

	if (!str_is_none(range->profile) &&
	    (!offer->profile || !str_equal_ascii_case(range->profile, str_from(offer->profile))))
		return 0;
	if (str_is(range->type, "*"))
		return 1;
	if (!str_equal_ascii_case(range->type, type))
		return 0;
	if (str_is(range->subtype, "*"))
		return 2;
	if (!str_equal_ascii_case(range->subtype, subtype))
		return 0;
	return str_is_none(range->profile) ? 3 : 4;
}

/* What the closest range gives the offer. */
static unsigned weight_of(struct str accept, const struct http_offer *offer)
{
	unsigned closest = 0, weight = 0;

	while (!str_is_none(accept)) {
		struct range range;
		unsigned close = range_read(cut_unquoted(&accept, ','), &range) ? closeness(&range, offer) : 0;

		if (close > closest) {
			closest = close;
			weight = range.weight;
		}
	}
	return weight;
}

size_t http_accept(struct str accept, const struct http_offer *offers, size_t count)
{
	size_t best = HTTP_ACCEPT_NONE;
	unsigned most = 0;

	if (str_trim(accept).n == 0)
		return 0;
	for (size_t i = 0; i < count; i++) {
		unsigned weight = weight_of(accept, &offers[i]);

		if (weight > most) {
			most = weight;
			best = i;
		}
	}
	return best;
}
