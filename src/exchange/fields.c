#include "exchange/fields.h"

#include "base/buf.h"
#include "base/random.h"
#include "telephony/country.h"
#include "telephony/sip_uri.h"

#define NAME_BYTES_MAX 256
#define ADDRESS_BYTES_MAX 320

static const char *const account_types[] = { "user", "resourceAccount", NULL };

enum status word_check(const char *const *words, const char *name, struct str value, struct error *err)
{
	struct buf list;

	for (size_t i = 0; words[i]; i++)
		if (str_is(value, words[i]))
			return OK;
	buf_init(&list, 0);
	for (size_t i = 0; words[i]; i++)
		buf_printf(&list, "%s%s", i ? ", " : "", words[i]);
	error_set(err, E_FIELD_VALUE, name, "%s: expected one of %s", name, buf_cstr(&list));
	buf_release(&list);
	return E_FIELD_VALUE;
}

static struct str lower_case(struct arena *arena, struct str s)
{
	char *copy = arena_cstr(arena, s);

	for (size_t i = 0; i < s.n; i++)
		if (copy[i] >= 'A' && copy[i] <= 'Z')
			copy[i] = (char)(copy[i] + 32);
	return str_of(copy, s.n);
}

static bool is_printable(struct str s, bool blank_too)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < 0x20 || c == 0x7f || (c == ' ' && !blank_too))
			return false;
	}
	return true;
}

static bool is_principal(struct str s)
{
	struct str domain = s, name = str_cut(&domain, '@');

	return s.n <= ADDRESS_BYTES_MAX && name.n > 0 && is_printable(s, false) && domain_is_valid(domain);
}

static bool upper_country(struct arena *arena, struct str *value)
{
	char *code;

	if (value->n != 2)
		return false;
	code = arena_cstr(arena, *value);
	for (int i = 0; i < 2; i++)
		if (code[i] >= 'a' && code[i] <= 'z')
			code[i] = (char)(code[i] - 32);
	*value = str_of(code, 2);
	return country_is_code(*value);
}

enum status field_check(struct arena *arena, enum field_kind kind, const char *name, struct str *value,
			struct error *err)
{
	char guid[GUID_TEXT_SIZE];
	const char *expected = NULL;
	struct error why;

	switch (kind) {
	case FIELD_GUID:
		if (guid_parse(*value, guid))
			*value = arena_str(arena, str_from(guid));
		else
			expected = "a GUID such as 3f2504e0-4f89-41d3-9a0c-0305e82c3301";
		break;
	case FIELD_NAME:
		if (str_trim(*value).n == 0 || value->n > NAME_BYTES_MAX || !is_printable(*value, true))
			expected = "text of 1 to 256 bytes without control characters";
		break;
	case FIELD_COUNTRY:
		if (!upper_country(arena, value))
			expected = "a country as ISO 3166-1 alpha-2, such as DE";
		break;
	case FIELD_DOMAIN:
		if (domain_is_valid(*value))
			*value = lower_case(arena, *value);
		else
			expected = "a domain name such as contoso.example";
		break;
	case FIELD_PRINCIPAL:
		if (!is_principal(*value))
			expected = "a name such as ada@contoso.example";
		break;
	case FIELD_SIP_URI:
		if (sip_uri_check(*value, &why) != OK)
			return error_set(err, E_FIELD_VALUE, name, "%s: %s; expected a URI such as sip:ada@contoso.example", name,
					 why.message);
		break;
	case FIELD_ACCOUNT_TYPE:
		return word_check(account_types, name, *value, err);
	}
	if (expected)
		return error_set(err, E_FIELD_VALUE, name, "%s: expected %s", name, expected);
	return OK;
}

static struct str *field_of(const struct field *field, void *input)
{
	return (struct str *)(void *)((char *)input + field->offset);
}

static struct str field_in(const struct field *field, const void *input)
{
	return *(const struct str *)(const void *)((const char *)input + field->offset);
}

enum status fields_check(struct arena *arena, const struct field *fields, size_t count, void *input, bool whole,
			 struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		struct str *value = field_of(&fields[i], input);
		const char *name = fields[i].name;
		enum status status = OK;

		if (whole && fields[i].needed && str_is_none(*value))
			return error_set(err, E_MISSING_FIELD, name, "%s is needed", name);
		if (value->n == 0 && !fields[i].needed) {
			if (whole)
				*value = STR_NONE;
			continue;
		}
		if (!str_is_none(*value))
			status = field_check(arena, fields[i].kind, name, value, err);
		if (status != OK)
			return status;
	}
	return OK;
}

void fields_merge(const struct field *fields, size_t count, void *row, const void *change)
{
	for (size_t i = 0; i < count; i++) {
		struct str value = field_in(&fields[i], change);

		if (!str_is_none(value))
			*field_of(&fields[i], row) = value.n ? value : STR_NONE;
	}
}

bool fields_equal(const struct field *fields, size_t count, const void *a, const void *b)
{
	for (size_t i = 0; i < count; i++) {
		struct str left = field_in(&fields[i], a), right = field_in(&fields[i], b);

		if (str_is_none(left) != str_is_none(right) || !str_equal(left, right))
			return false;
	}
	return true;
}

enum status place_check(struct arena *arena, const char *name, struct str *value, struct error *err)
{
	enum status status;

	if (value->n == 0)
		return OK;
	status = field_check(arena, FIELD_GUID, name, value, err);
	if (status == OK && str_is(*value, "00000000-0000-0000-0000-000000000000"))
		*value = STR("");
	return status;
}
