/* /docs/: where the API's description is, and what each error code means; made from the tables in the source. */
#include "api/groups.h"
#include "api/server.h"

#include <string.h>

/* Nothing but this page's own style sheet is loaded, and nobody frames it. */
#define POLICY                                                                                                         \
	"default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

static const char style_sheet[] =
	"body{font:16px/1.5 sans-serif;color:#222;background:#fff;max-width:60em;margin:2em auto;padding:0 1em}\n"
	"code{font-family:monospace}\n"
	"table{border-collapse:collapse}\n"
	"th,td{text-align:left;vertical-align:top;padding:.3em .8em;border-bottom:1px solid #ddd}\n"
	"tr:target{background:#ffd}\n"
	"@media (prefers-color-scheme:dark){body{color:#ddd;background:#111}a{color:#8bf}th,td{border-color:#444}"
	"tr:target{background:#330}}\n";

static const struct {
	const char *file, *whom;
} documents[] = {
	{ "graph.json", "tenant admins and their tools: the part of Microsoft Graph that is served here" },
	{ "operator.json", "operators: numbers, call records, durations, reconciliations" },
	{ "platform.json", "the platform: parties, clients, uploads, and what all operators see" },
	{ "privacy.json", "the privacy officer" },
};

static void add_text(struct buf *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '<':
			buf_add_str(out, STR("&lt;"));
			break;
		case '>':
			buf_add_str(out, STR("&gt;"));
			break;
		case '&':
			buf_add_str(out, STR("&amp;"));
			break;
		default:
			buf_add_char(out, *text);
		}
	}
}

/* The first status of each code and HTTP status; others of the pair are told with it. */
static bool told_before(enum status status)
{
	for (int s = 1; s < (int)status; s++)
		if (strcmp(status_wire((enum status)s), status_wire(status)) == 0 &&
		    status_http((enum status)s) == status_http(status))
			return true;
	return false;
}

static void add_error(struct buf *out, enum status status)
{
	const char *code = status_wire(status);

	buf_printf(out, "<tr id=\"%s\"><td><code>%s</code></td><td>%d</td><td>", code, code, status_http(status));
	add_text(out, status_meaning(status));
	for (int s = (int)status + 1; s < STATUS_COUNT; s++) {
		if (strcmp(status_wire((enum status)s), code) != 0 || status_http((enum status)s) != status_http(status))
			continue;
		buf_add_str(out, STR("<br>"));
		add_text(out, status_meaning((enum status)s));
	}
	buf_add_str(out, STR("</td></tr>\n"));
}

static enum status docs(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	struct buf *out = &res->body;

	(void)app;
	(void)req;
	(void)err;
	res->content_type = "text/html; charset=utf-8";
	http_set_header(res, "Content-Security-Policy", STR(POLICY));
	buf_add_str(out, STR("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Tallystick</title>"
			     "<link rel=\"stylesheet\" href=\"/docs/style.css\"></head><body>\n<h1>Tallystick "));
	add_text(out, TALLY_VERSION);
	buf_add_str(out, STR("</h1>\n<h2>The API</h2>\n<p>OpenAPI 3.0 documents, of <a href=\"/openapi.json\">all faces</a>"
			     " or of one:</p>\n<ul>\n"));
	for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++)
		buf_printf(out, "<li><a href=\"/openapi/%s\">%s</a> for %s</li>\n", documents[i].file, documents[i].file,
			   documents[i].whom);
	buf_add_str(out, STR("</ul>\n<h2 id=\"errors\">Error codes</h2>\n<table>\n<thead><tr><th>code</th><th>HTTP</th>"
			     "<th>meaning</th></tr></thead>\n<tbody>\n"));
	for (int s = OK + 1; s < STATUS_COUNT; s++)
		if (!told_before((enum status)s))
			add_error(out, (enum status)s);
	buf_add_str(out, STR("</tbody>\n</table>\n</body></html>\n"));
	return OK;
}

static enum status to_docs(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	(void)app;
	(void)err;
	res->status = 308;
	http_set_header(res, "Location", arena_printf(&req->arena, "%.*s/docs/", STR_ARG(api_base_url(req))));
	return OK;
}

static enum status style(void *app, struct http_request *req, struct http_response *res, struct error *err)
{
	(void)app;
	(void)req;
	(void)err;
	res->content_type = "text/css; charset=utf-8";
	http_set_header(res, "Content-Security-Policy", STR("default-src 'none'"));
	buf_add_str(&res->body, str_from(style_sheet));
	return OK;
}

#define OPEN { FACE_NONE, 0, false }

static const struct api_route routes[] = {
	{ HTTP_GET, "/docs/", docs, NULL, OPEN, "Where the API is described, and what each error code means; for people.",
	  NULL, NULL, "Html", 200, 0 },
	{ HTTP_GET, "/docs", to_docs, NULL, OPEN, "Leads to /docs/.", NULL, NULL, NULL, 308, 0 },
	{ HTTP_GET, "/docs/style.css", style, NULL, OPEN, "What the pages for people look like.", NULL, NULL, "Css", 200, 0 },
};

const struct api_route_group api_docs_group = { routes, sizeof(routes) / sizeof(routes[0]) };
