#include "api/odata_filter.h"

#include "base/buf.h"
#include "base/instant.h"

#define TERMS_MAX 16

struct scan {
	struct arena *arena;
	struct str text; /* the whole filter */
	size_t at;
	const struct filter_property *properties;
	size_t property_count;
};

static const struct {
	const char *word;
	enum filter_op op;
} operators[] = {
	{ "eq", FILTER_EQ }, { "ne", FILTER_NE }, { "lt", FILTER_LT },
	{ "le", FILTER_LE }, { "gt", FILTER_GT }, { "ge", FILTER_GE },
};

static struct str rest(const struct scan *s)
{
	return str_after(s->text, s->at);
}

/* What stands at the place, for messages. */
static struct str found_here(const struct scan *s)
{
	struct str r = rest(s);

	if (r.n == 0)
		return STR("the end");
	return r.n > 40 ? str_of(r.p, 40) : r;
}

static enum status expected(const struct scan *s, const char *what, struct error *err)
{
	return error_set(err, E_INVALID, "$filter", "$filter: expected %s at character %zu, found %.*s", what,
			 s->at + 1, STR_ARG(found_here(s)));
}

static void skip_blanks(struct scan *s)
{
	while (s->at < s->text.n && s->text.p[s->at] == ' ')
		s->at++;
}

static bool is_word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static struct str take_word(struct scan *s)
{
	size_t from = s->at;

	while (s->at < s->text.n && is_word_char(s->text.p[s->at]))
		s->at++;
	return str_of(s->text.p + from, s->at - from);
}

static bool take(struct scan *s, const char *literal)
{
	if (!str_starts(rest(s), str_from(literal)))
		return false;
	s->at += strlen(literal);
	return true;
}

static enum status unknown_property(const struct scan *s, struct str name, struct error *err)
{
	struct buf list;

	buf_init(&list, 0);
	for (size_t i = 0; i < s->property_count; i++)
		buf_printf(&list, "%s%s", i ? ", " : "", s->properties[i].name);
	error_set(err, E_INVALID, "$filter", "$filter: %.*s is no property that can be filtered by; there are %s",
		  name.n > 40 ? 40 : (int)name.n, name.p, buf_cstr(&list));
	buf_release(&list);
	return E_INVALID;
}

static enum status take_property(struct scan *s, struct filter_term *term, struct error *err)
{
	struct str name;

	skip_blanks(s);
	name = take_word(s);
	if (name.n == 0)
		return expected(s, "a property", err);
	for (size_t i = 0; i < s->property_count; i++) {
		if (str_is(name, s->properties[i].name)) {
			term->property = (int)i;
			return OK;
		}
	}
	return unknown_property(s, name, err);
}

/* 'text' with doubled quotes. */
static enum status take_text(struct scan *s, struct str *text, struct error *err)
{
	char *out = arena_alloc(s->arena, s->text.n - s->at + 1);
	size_t n = 0;

	if (!take(s, "'"))
		return expected(s, "text in quotes, such as 'DE'", err);
	for (;;) {
		if (s->at == s->text.n)
			return expected(s, "a closing quote", err);
		if (s->text.p[s->at] == '\'') {
			if (s->at + 1 == s->text.n || s->text.p[s->at + 1] != '\'')
				break;
			s->at++;
		}
		out[n++] = s->text.p[s->at++];
	}
	s->at++;
	*text = str_of(out, n);
	return OK;
}

/* What stands up to the next blank or parenthesis, with or without quotes. */
static enum status take_bare(struct scan *s, struct str *text, struct error *err)
{
	size_t from = s->at;

	if (s->at < s->text.n && s->text.p[s->at] == '\'')
		return take_text(s, text, err);
	while (s->at < s->text.n && s->text.p[s->at] != ' ' && s->text.p[s->at] != ')')
		s->at++;
	*text = str_of(s->text.p + from, s->at - from);
	return OK;
}

static bool number_of(struct str text, int64_t *number)
{
	bool negative = text.n && text.p[0] == '-';
	uint64_t value;

	if (!str_to_u64(negative ? str_after(text, 1) : text, INT64_MAX, &value))
		return false;
	*number = negative ? -(int64_t)value : (int64_t)value;
	return true;
}

static enum status take_literal(struct scan *s, struct filter_term *term, struct error *err)
{
	enum filter_type type = s->properties[term->property].type;
	size_t from;
	struct str text;
	enum status status;

	skip_blanks(s);
	from = s->at;
	if (str_equal(take_word(s), STR("null"))) {
		term->is_null = true;
		if (term->op == FILTER_EQ || term->op == FILTER_NE)
			return OK;
		return error_set(err, E_INVALID, "$filter", "$filter: null compares with eq and ne only");
	}
	s->at = from;
	if (type == FILTER_TEXT || type == FILTER_TEXT_LIST)
		return take_text(s, &term->text, err);
	status = take_bare(s, &text, err);
	if (status != OK)
		return status;
	if (type == FILTER_BOOL && (str_is(text, "true") || str_is(text, "false"))) {
		term->number = str_is(text, "true");
		return OK;
	}
	if (type == FILTER_NUMBER && number_of(text, &term->number))
		return OK;
	if (type == FILTER_INSTANT && instant_parse_or_date(text, &term->number))
		return OK;
	s->at = from;
	return expected(s,
			type == FILTER_BOOL     ? "true or false"
			: type == FILTER_NUMBER ? "a whole number"
						: "a date and time with its offset",
			err);
}

/* list/any(v:v eq 'text') */
static enum status take_any(struct scan *s, struct filter_term *term, struct error *err)
{
	struct str variable;

	term->op = FILTER_ANY_EQ;
	skip_blanks(s);
	variable = take_word(s);
	skip_blanks(s);
	if (variable.n == 0 || !take(s, ":"))
		return expected(s, "a variable and a colon, as in any(c:c eq 'x')", err);
	skip_blanks(s);
	if (!str_equal(take_word(s), variable))
		return expected(s, "the variable of any()", err);
	skip_blanks(s);
	if (!str_is(take_word(s), "eq"))
		return expected(s, "eq", err);
	skip_blanks(s);
	if (take_text(s, &term->text, err) != OK)
		return E_INVALID;
	skip_blanks(s);
	return take(s, ")") ? OK : expected(s, "a closing parenthesis", err);
}

static enum status take_op(struct scan *s, struct filter_term *term, struct error *err)
{
	size_t from;
	struct str word;

	skip_blanks(s);
	from = s->at;
	word = take_word(s);
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		if (str_is(word, operators[i].word)) {
			term->op = operators[i].op;
			return OK;
		}
	}
	s->at = from;
	return expected(s, "eq, ne, lt, le, gt or ge", err);
}

static enum status take_comparison(struct scan *s, struct filter_term *term, struct error *err)
{
	enum status status = take_property(s, term, err);
	bool list;

	if (status != OK)
		return status;
	list = s->properties[term->property].type == FILTER_TEXT_LIST;
	if (list && !take(s, "/any("))
		return expected(s, "/any(v:v eq 'text') after a list", err);
	if (list)
		return take_any(s, term, err);
	status = take_op(s, term, err);
	if (status == OK)
		status = take_literal(s, term, err);
	if (status != OK)
		return status;
	if (s->properties[term->property].type == FILTER_BOOL && term->op != FILTER_EQ && term->op != FILTER_NE)
		return error_set(err, E_INVALID, "$filter", "$filter: true and false compare with eq and ne only");
	return OK;
}

enum status filter_parse(struct arena *arena, struct str text, const struct filter_property *properties, size_t count,
			 struct filter *filter, struct error *err)
{
	struct scan s = { arena, text, 0, properties, count };
	struct filter_term *terms = ARENA_ARRAY(arena, struct filter_term, TERMS_MAX);
	size_t n = 0;
	enum status status;

	for (;;) {
		if (n == TERMS_MAX)
			return error_set(err, E_INVALID, "$filter", "$filter: at most %d comparisons", TERMS_MAX);
		status = take_comparison(&s, &terms[n], err);
		if (status != OK)
			return status;
		n++;
		skip_blanks(&s);
		if (s.at == s.text.n)
			break;
		if (!str_is(take_word(&s), "and")) {
			return error_set(err, E_INVALID, "$filter",
					 "$filter: expected \"and\" or the end after comparison %zu", n);
		}
	}
	*filter = (struct filter){ terms, n };
	return OK;
}

static bool any_equals(struct str list, struct str word)
{
	while (list.n)
		if (str_equal(str_cut(&list, ','), word))
			return true;
	return false;
}

bool filter_term_matches(const struct filter_term *term, enum filter_type type, struct filter_value value)
{
	int order;

	if (term->op == FILTER_ANY_EQ)
		return !value.is_null && any_equals(value.text, term->text);
	if (term->is_null)
		return value.is_null == (term->op == FILTER_EQ);
	/* Nothing compares with an absent value, but that it is another. */
	if (value.is_null)
		return term->op == FILTER_NE;
	order = type == FILTER_TEXT ? str_compare(value.text, term->text)
				    : (value.number > term->number) - (value.number < term->number);
	switch (term->op) {
	case FILTER_EQ:
		return order == 0;
	case FILTER_NE:
		return order != 0;
	case FILTER_LT:
		return order < 0;
	case FILTER_LE:
		return order <= 0;
	case FILTER_GT:
		return order > 0;
	case FILTER_GE:
		return order >= 0;
	case FILTER_ANY_EQ:
		break;
	}
	return false;
}
