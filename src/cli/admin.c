/* tally admin: parties, consents and clients of a running exchange, through its API. */
#include "base/encoding.h"
#include "cli/command.h"
#include "cli/remote.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- what may be said ---------------------------------------------------------------- */

enum flag {
	FLAG_ID, FLAG_NAME, FLAG_COUNTRY, FLAG_DOMAIN, FLAG_TENANT, FLAG_OPERATOR, FLAG_PRINCIPAL, FLAG_SIP_URI,
	FLAG_ACCOUNT_TYPE, FLAG_ROLE, FLAG_STATUS, FLAG_COUNTRIES, FLAG_CONTACT, FLAG_NOTICE, FLAG_ACCEPTED_BY,
	FLAG_COUNT
};

#define BIT(flag) (1u << (flag))

enum flag_kind { FLAG_TEXT, FLAG_LIST, FLAG_MAILS };

static const struct {
	const char *name, *member, *help;
	enum flag_kind kind;
} flags[FLAG_COUNT] = {
	[FLAG_ID] = { "id", "id", "GUID of the thing; when making one, its id to be", FLAG_TEXT },
	[FLAG_NAME] = { "name", "displayName", "display name", FLAG_TEXT },
	[FLAG_COUNTRY] = { "country", "country", "ISO 3166-1 alpha-2", FLAG_TEXT },
	[FLAG_DOMAIN] = { "domain", "defaultDomain", "the tenant's domain in SIP URIs", FLAG_TEXT },
	[FLAG_TENANT] = { "tenant", "tenantId", "GUID of a tenant", FLAG_TEXT },
	[FLAG_OPERATOR] = { "operator", "operatorId", "GUID of an operator", FLAG_TEXT },
	[FLAG_PRINCIPAL] = { "principal", "userPrincipalName", "name@domain of a user", FLAG_TEXT },
	[FLAG_SIP_URI] = { "sip-uri", "sipUri", "a user's own SIP URI; \"\" takes it away", FLAG_TEXT },
	[FLAG_ACCOUNT_TYPE] = { "account-type", "accountType", "user or resourceAccount", FLAG_TEXT },
	[FLAG_ROLE] = { "role", "roles", "a role; several with commas or repeated", FLAG_LIST },
	[FLAG_STATUS] = { "status", "status", "active, suspended or removed", FLAG_TEXT },
	[FLAG_COUNTRIES] = { "countries", "consentedCountries", "alpha-2 codes with commas", FLAG_LIST },
	[FLAG_CONTACT] = { "contact", "contacts", "mail address; several with commas", FLAG_MAILS },
	[FLAG_NOTICE] = { "notice", "noticeVersion", "version of the notice accepted", FLAG_TEXT },
	[FLAG_ACCEPTED_BY] = { "accepted-by", "acceptedBy", "who accepted it", FLAG_TEXT },
};

struct verb {
	const char *name;
	const char *method;
	const char *path;        /* {id}, {tenant}, {operator} are filled in */
	unsigned body;           /* flags that go into the body */
	bool list;
	const char *columns;     /* of the list as a table */
};

#define PARTY_COLUMNS "id,displayName,country"
#define USER_FLAGS                                                                                                     \
	BIT(FLAG_NAME) | BIT(FLAG_COUNTRY) | BIT(FLAG_PRINCIPAL) | BIT(FLAG_SIP_URI) | BIT(FLAG_ACCOUNT_TYPE)
#define CONSENT_FLAGS                                                                                                  \
	BIT(FLAG_STATUS) | BIT(FLAG_COUNTRIES) | BIT(FLAG_CONTACT) | BIT(FLAG_NOTICE) | BIT(FLAG_ACCEPTED_BY)
#define OPERATORS "/platform/v1.0/operators"
#define TENANTS "/platform/v1.0/tenants"
#define USERS "/platform/v1.0/tenants/{tenant}/users"
#define CLIENTS "/platform/v1.0/clients"
#define CONSENTS "/platform/v1.0/consents"

static const struct verb operator_verbs[] = {
	{ "create", "POST", OPERATORS, BIT(FLAG_ID) | BIT(FLAG_NAME) | BIT(FLAG_COUNTRY), false, NULL },
	{ "list", "GET", OPERATORS, 0, true, PARTY_COLUMNS },
	{ "get", "GET", OPERATORS "/{id}", 0, false, NULL },
	{ "update", "PATCH", OPERATORS "/{id}", BIT(FLAG_NAME) | BIT(FLAG_COUNTRY), false, NULL },
	{ 0 },
};

static const struct verb tenant_verbs[] = {
	{ "create", "POST", TENANTS, BIT(FLAG_ID) | BIT(FLAG_NAME) | BIT(FLAG_COUNTRY) | BIT(FLAG_DOMAIN), false,
	  NULL },
	{ "list", "GET", TENANTS, 0, true, "id,displayName,defaultDomain,country" },
	{ "get", "GET", TENANTS "/{id}", 0, false, NULL },
	{ "update", "PATCH", TENANTS "/{id}", BIT(FLAG_NAME) | BIT(FLAG_COUNTRY) | BIT(FLAG_DOMAIN), false, NULL },
	{ 0 },
};

static const struct verb user_verbs[] = {
	{ "create", "POST", USERS, BIT(FLAG_ID) | USER_FLAGS, false, NULL },
	{ "list", "GET", USERS, 0, true, "id,userPrincipalName,displayName,accountType,sipUri" },
	{ "get", "GET", USERS "/{id}", 0, false, NULL },
	{ "update", "PATCH", USERS "/{id}", USER_FLAGS, false, NULL },
	{ 0 },
};

static const struct verb client_verbs[] = {
	{ "create", "POST", CLIENTS,
	  BIT(FLAG_ID) | BIT(FLAG_NAME) | BIT(FLAG_ROLE) | BIT(FLAG_OPERATOR) | BIT(FLAG_TENANT), false, NULL },
	{ "list", "GET", CLIENTS, 0, true, "clientId,displayName,roles,operatorId,tenantId" },
	{ "get", "GET", CLIENTS "/{id}", 0, false, NULL },
	{ "rotate", "POST", CLIENTS "/{id}/rotate", 0, false, NULL },
	{ "delete", "DELETE", CLIENTS "/{id}", 0, false, NULL },
	{ 0 },
};

static const struct verb consent_verbs[] = {
	{ "create", "PUT", CONSENTS "/{tenant}/{operator}", CONSENT_FLAGS, false, NULL },
	{ "list", "GET", CONSENTS, 0, true, "tenantId,operatorId,status,consentedCountries" },
	{ "get", "GET", CONSENTS "/{tenant}/{operator}", 0, false, NULL },
	{ "update", "PATCH", CONSENTS "/{tenant}/{operator}", CONSENT_FLAGS, false, NULL },
	{ 0 },
};

static const struct noun {
	const char *name;
	const struct verb *verbs;
} nouns[] = {
	{ "operators", operator_verbs }, { "tenants", tenant_verbs },	{ "users", user_verbs },
	{ "clients", client_verbs },	 { "consents", consent_verbs },
};

#define NOUN_COUNT (sizeof(nouns) / sizeof(nouns[0]))

static void print_usage(FILE *out)
{
	fputs("Usage: tally admin NOUN VERB [ID] [OPTION]...\n\n", out);
	for (size_t i = 0; i < NOUN_COUNT; i++) {
		fprintf(out, "  %-10s", nouns[i].name);
		for (const struct verb *v = nouns[i].verbs; v->name; v++)
			fprintf(out, " %s", v->name);
		fputc('\n', out);
	}
	fputs("\nWhere the exchange is:\n"
	      "  --admin FILE        its admin.json (default: $TALLY_ADMIN, else ./admin.json)\n"
	      "  --server URL        instead of the file's address\n"
	      "  --ca FILE           instead of the file's CA\n"
	      "  --json              print JSON\n"
	      "  --help              this text\n\n"
	      "What the thing is (an ID may also stand behind the verb):\n",
	      out);
	for (size_t i = 0; i < FLAG_COUNT; i++)
		fprintf(out, "  --%-16s  %s\n", flags[i].name, flags[i].help);
	fputs("\nExample: tally admin clients create --name uploader --role Data.Write --operator ID\n", out);
}

/* --- the command line ------------------------------------------------------------------ */

struct request {
	struct arena arena;
	struct remote_settings remote;
	const struct verb *verb;
	struct str values[FLAG_COUNT];   /* none: not given */
	bool json, help;
};

__attribute__((format(printf, 1, 2))) static int usage_error(const char *fmt, ...)
{
	va_list ap;

	fputs("tally admin: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputs("\nTry: tally admin --help\n", stderr);
	return EXIT_USAGE;
}

static void set_value(struct request *r, size_t flag, struct str value)
{
	if (flags[flag].kind == FLAG_TEXT || str_is_none(r->values[flag]))
		r->values[flag] = value;
	else
		r->values[flag] = arena_printf(&r->arena, "%.*s,%.*s", STR_ARG(r->values[flag]), STR_ARG(value));
}

/* One option with its value; what does not exist is -1. */
static int read_option(struct request *r, struct str name, const char *value)
{
	for (size_t i = 0; i < FLAG_COUNT; i++) {
		if (str_is(name, flags[i].name)) {
			set_value(r, i, str_from(value));
			return 0;
		}
	}
	if (str_is(name, "admin"))
		r->remote.admin_file = value;
	else if (str_is(name, "server"))
		r->remote.server = value;
	else if (str_is(name, "ca"))
		r->remote.ca_file = value;
	else
		return -1;
	return 0;
}

static const struct verb *find_verb(const char *noun, const char *verb)
{
	for (size_t i = 0; i < NOUN_COUNT; i++)
		for (const struct verb *v = nouns[i].verbs; strcmp(nouns[i].name, noun) == 0 && v->name; v++)
			if (strcmp(v->name, verb) == 0)
				return v;
	return NULL;
}

/* Options in any place; the words between them are noun, verb and id.  -1: go on. */
static int read_words(struct request *r, int argc, char **argv, const char *words[3])
{
	size_t n = 0;

	for (int i = 1; i < argc; i++) {
		struct str value = str_from(argv[i]), name;

		if (strcmp(argv[i], "--json") == 0) {
			r->json = true;
			continue;
		}
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			r->help = true;
			return -1;
		}
		if (!str_starts(value, STR("--"))) {
			if (n == 3)
				return usage_error("\"%s\" is one word too many", argv[i]);
			words[n++] = argv[i];
			continue;
		}
		value = str_after(value, 2);
		name = str_cut(&value, '=');
		if (str_is_none(value) && i + 1 == argc)
			return usage_error("%s needs a value", argv[i]);
		if (read_option(r, name, str_is_none(value) ? argv[++i] : value.p) != 0)
			return usage_error("there is no option --%.*s", STR_ARG(name));
	}
	return -1;
}

static int read_request(struct request *r, int argc, char **argv)
{
	const char *words[3] = { NULL, NULL, NULL };
	const char *from_environment = getenv("TALLY_ADMIN");
	int code;

	r->remote.admin_file = from_environment ? from_environment : "admin.json";
	code = read_words(r, argc, argv, words);
	if (code >= 0 || r->help)
		return code;
	if (!words[0] || !words[1]) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	r->verb = find_verb(words[0], words[1]);
	if (!r->verb)
		return usage_error("there is no \"%s %s\"", words[0], words[1]);
	if (words[2])
		set_value(r, FLAG_ID, str_from(words[2]));
	return -1;
}

/* --- the request ------------------------------------------------------------------------ */

/* The flags that the path wants are taken out of *used. */
static int build_path(struct request *r, struct buf *path, unsigned *used)
{
	static const enum flag in_paths[] = { FLAG_ID, FLAG_TENANT, FLAG_OPERATOR };
	struct str rest = str_from(r->verb->path);

	while (rest.n) {
		struct str name;

		buf_add_str(path, str_cut(&rest, '{'));
		if (str_is_none(rest))
			break;
		name = str_cut(&rest, '}');
		for (size_t i = 0; i < sizeof(in_paths) / sizeof(in_paths[0]); i++) {
			enum flag flag = in_paths[i];

			if (!str_is(name, flags[flag].name))
				continue;
			if (r->values[flag].n == 0)
				return usage_error("--%s is needed", flags[flag].name);
			percent_encode(path, r->values[flag]);
			*used |= BIT(flag);
		}
	}
	return -1;
}

static void write_list(struct json_writer *w, struct str list, bool mails)
{
	json_array_begin(w);
	while (list.n) {
		struct str word = str_trim(str_cut(&list, ','));

		if (!mails) {
			json_str(w, word);
			continue;
		}
		json_object_begin(w);
		json_member_str(w, "email", word);
		json_object_end(w);
	}
	json_array_end(w);
}

static void build_body(const struct request *r, struct buf *body)
{
	struct json_writer w;

	json_writer_init(&w, body);
	json_object_begin(&w);
	for (size_t i = 0; i < FLAG_COUNT; i++) {
		if (!(r->verb->body & BIT(i)) || str_is_none(r->values[i]))
			continue;
		json_key(&w, flags[i].member);
		if (flags[i].kind == FLAG_TEXT)
			json_str(&w, r->values[i]);
		else
			write_list(&w, r->values[i], flags[i].kind == FLAG_MAILS);
	}
	json_object_end(&w);
}

/* An option that this verb does not read would be passed over in silence. */
static int check_unused(const struct request *r, unsigned used)
{
	for (size_t i = 0; i < FLAG_COUNT; i++)
		if (!str_is_none(r->values[i]) && !((r->verb->body | used) & BIT(i)))
			return usage_error("--%s does not belong here", flags[i].name);
	return -1;
}

/* --- the answer -------------------------------------------------------------------------- */

static struct str cell_text(struct arena *arena, const struct json *value)
{
	struct str text = STR("");

	if (!value || value->type == JSON_NULL)
		return STR("-");
	if (value->type == JSON_BOOL)
		return value->boolean ? STR("true") : STR("false");
	if (value->type == JSON_STRING || value->type == JSON_NUMBER)
		return value->text;
	for (const struct json *c = value->first; c; c = c->next)
		text = arena_printf(arena, "%.*s%s%.*s", STR_ARG(text), text.n ? "," : "",
				    STR_ARG(cell_text(arena, c)));
	return text;
}

static void print_object(struct arena *arena, const struct json *object)
{
	for (const struct json *m = object->first; m; m = m->next)
		printf("%-20.*s %.*s\n", STR_ARG(m->key), STR_ARG(cell_text(arena, m)));
}

#define COLUMNS_MAX 8

struct table {
	struct str names[COLUMNS_MAX];
	size_t widths[COLUMNS_MAX];
	size_t count;
};

static void print_cell(const struct table *t, size_t column, struct str cell)
{
	bool last = column + 1 == t->count;

	printf("%-*.*s%s", last ? 0 : (int)t->widths[column], STR_ARG(cell), last ? "\n" : "  ");
}

/* One pass over all cells: to learn the widths, or to print. */
static void table_pass(struct arena *arena, struct table *t, const struct json *rows, bool print)
{
	for (const struct json *row = rows->first; row; row = row->next) {
		for (size_t c = 0; c < t->count; c++) {
			struct str cell = cell_text(arena, json_get(row, arena_cstr(arena, t->names[c])));

			if (print)
				print_cell(t, c, cell);
			else if (cell.n > t->widths[c])
				t->widths[c] = cell.n;
		}
	}
}

static void print_table(struct arena *arena, const char *columns, const struct json **pages, size_t page_count)
{
	struct table t = { .count = 0 };
	struct str rest = str_from(columns);

	while (!str_is_none(rest) && t.count < COLUMNS_MAX) {
		t.names[t.count] = str_cut(&rest, ',');
		t.widths[t.count] = t.names[t.count].n;
		t.count++;
	}
	for (size_t p = 0; p < page_count; p++)
		table_pass(arena, &t, pages[p], false);
	for (size_t c = 0; c < t.count; c++)
		print_cell(&t, c, t.names[c]);
	for (size_t p = 0; p < page_count; p++)
		table_pass(arena, &t, pages[p], true);
}

static void print_json(const struct json **pages, size_t page_count, const struct json *object)
{
	struct json_writer w;
	struct buf out;

	buf_init(&out, 0);
	json_writer_init(&w, &out);
	if (object) {
		json_tree(&w, object);
	} else {
		json_array_begin(&w);
		for (size_t p = 0; p < page_count; p++)
			for (const struct json *row = pages[p]->first; row; row = row->next)
				json_tree(&w, row);
		json_array_end(&w);
	}
	buf_add_char(&out, '\n');
	fwrite(out.p, 1, out.n, stdout);
	buf_release(&out);
}

#define PAGES_MAX 10000

static enum status fetch_pages(struct request *r, struct http_client *client, const char *path,
			       const struct json **pages, size_t *count, struct error *err)
{
	*count = 0;
	while (path && *count < PAGES_MAX) {
		const struct json *answer, *value = NULL;
		struct str next = STR_NONE;
		enum status status = remote_call(client, &r->arena, "GET", path, STR_NONE, &answer, err);

		if (status == OK)
			status = json_get_array(answer, "value", &value, err);
		if (status == OK)
			status = json_get_str(answer, "@odata.nextLink", &next, err);
		if (status != OK)
			return status;
		if (value)
			pages[(*count)++] = value;
		path = next.n ? arena_cstr(&r->arena, next) : NULL;
	}
	return OK;
}

static enum status carry_out(struct request *r, struct http_client *client, const char *path, struct str body,
			     struct error *err)
{
	const struct json **pages = ARENA_ARRAY(&r->arena, const struct json *, PAGES_MAX);
	const struct json *answer = NULL;
	size_t count = 0;
	enum status status;

	if (r->verb->list)
		status = fetch_pages(r, client, path, pages, &count, err);
	else
		status = remote_call(client, &r->arena, r->verb->method, path, body, &answer, err);
	if (status != OK || (!r->verb->list && !answer))
		return status;
	if (r->json)
		print_json(pages, count, answer);
	else if (answer)
		print_object(&r->arena, answer);
	else
		print_table(&r->arena, r->verb->columns, pages, count);
	return OK;
}

static int failed(enum status status, const struct error *err)
{
	fprintf(stderr, "tally admin: %s\n", err->message);
	return status == E_INVALID ? EXIT_INPUT : EXIT_REFUSED;
}

static int run(struct request *r, struct buf *path, struct buf *body)
{
	struct http_client *client = NULL;
	struct error err = { 0 };
	unsigned used = 0;
	int code = build_path(r, path, &used);
	enum status status;

	if (code < 0)
		code = check_unused(r, used);
	if (code >= 0)
		return code;
	if (r->verb->body)
		build_body(r, body);
	status = remote_open(&client, &r->remote, &err);
	if (status == OK) {
		status = carry_out(r, client, buf_cstr(path), r->verb->body ? buf_str(body) : STR_NONE, &err);
		/* The file was read; what is wrong now was said by the other side. */
		if (status == E_INVALID)
			status = E_DENIED;
	}
	http_client_free(client);
	return status == OK ? EXIT_DONE : failed(status, &err);
}

int command_admin(int argc, char **argv)
{
	struct request r = { .verb = NULL };
	struct buf path, body;
	int code;

	arena_init(&r.arena);
	buf_init(&path, 0);
	buf_init(&body, 0);
	code = read_request(&r, argc, argv);
	if (code < 0 && r.help) {
		print_usage(stdout);
		code = EXIT_DONE;
	} else if (code < 0) {
		code = run(&r, &path, &body);
	}
	buf_release(&body);
	buf_release(&path);
	arena_release(&r.arena);
	return code;
}
