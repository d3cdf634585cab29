#include "http/router.h"

#include "base/encoding.h"

#include <assert.h>
#include <stdlib.h>

enum node_kind {
	NODE_LITERAL, /* text */
	NODE_CALL,    /* text(*) */
	NODE_PARAM,   /* {...} */
	NODE_REST,    /* {*} */
};

struct node {
	enum node_kind kind;
	struct str text;
	struct node *children; /* in order of kind, so that the better ones are tried first */
	struct node *next;     /* its sibling */
	bool is_end;           /* a pattern ends here */
	const struct http_route *of[HTTP_METHOD_COUNT];
};

struct router {
	struct node root;
};

static struct node node_read(struct str segment)
{
	struct str call = STR("(*)");

	if (str_is(segment, "{*}"))
		return (struct node){ .kind = NODE_REST };
	if (segment.n > 2 && segment.p[0] == '{' && segment.p[segment.n - 1] == '}')
		return (struct node){ .kind = NODE_PARAM };
	if (segment.n > call.n && str_equal(str_after(segment, segment.n - call.n), call))
		return (struct node){ .kind = NODE_CALL, .text = str_of(segment.p, segment.n - call.n) };
	return (struct node){ .kind = NODE_LITERAL, .text = segment };
}

/* The child like wanted, made when it is absent. */
static struct node *child_of(struct node *parent, const struct node *wanted)
{
	struct node **at = &parent->children, *child;

	for (; *at && (*at)->kind <= wanted->kind; at = &(*at)->next)
		if ((*at)->kind == wanted->kind && str_equal((*at)->text, wanted->text))
			return *at;
	child = xalloc(sizeof(*child));
	*child = *wanted;
	child->next = *at;
	*at = child;
	return child;
}

static void add_route(struct router *router, const struct http_route *route)
{
	struct str rest = str_from(route->pattern);
	struct node *node = &router->root;
	size_t params = 0;

	assert(rest.n > 0 && rest.p[0] == '/');
	assert(route->handler != NULL || route->upload != NULL);
	rest = str_after(rest, 1);
	while (!str_is_none(rest)) {
		struct node wanted = node_read(str_cut(&rest, '/'));

		assert(node->kind != NODE_REST); /* {*} takes all that follows */
		params += wanted.kind != NODE_LITERAL;
		node = child_of(node, &wanted);
	}
	assert(params <= HTTP_PARAMS_MAX);
	assert(node->of[route->method] == NULL); /* the same pattern twice */
	node->of[route->method] = route;
	node->is_end = true;
}

static bool has_child(const struct node *node, enum node_kind kind)
{
	for (const struct node *child = node->children; child; child = child->next)
		if (child->kind == kind)
			return true;
	return false;
}

/* "list(*)" beside "list/{id}" would both want list('x'). */
static void check_calls(const struct node *node)
{
	for (const struct node *call = node->children; call; call = call->next) {
		for (const struct node *list = node->children; call->kind == NODE_CALL && list; list = list->next)
			assert(list->kind != NODE_LITERAL || !str_equal(list->text, call->text) ||
			       !has_child(list, NODE_PARAM));
		check_calls(call);
	}
}

struct router *router_new(const struct http_route *routes, size_t count)
{
	struct router *router = xalloc(sizeof(*router));

	for (size_t i = 0; i < count; i++)
		add_route(router, &routes[i]);
	check_calls(&router->root);
	return router;
}

static void free_children(struct node *node)
{
	struct node *child = node->children;

	while (child) {
		struct node *next = child->next;

		free_children(child);
		free(child);
		child = next;
	}
}

void router_free(struct router *router)
{
	if (!router)
		return;
	free_children(&router->root);
	free(router);
}

bool router_decode(struct arena *arena, struct str s, struct str *decoded)
{
	struct buf plain;
	bool good;

	if (str_find_char(s, '%') == s.n) {
		*decoded = s;
		return str_is_utf8(s);
	}
	buf_init(&plain, 0);
	good = percent_decode(s, &plain) && str_is_utf8(buf_str(&plain));
	if (good)
		*decoded = arena_str(arena, buf_str(&plain));
	buf_release(&plain);
	return good;
}

/* A walk down the tree: what does not change on the way. */
struct walk {
	struct arena *arena;
	const struct str *segments; /* decoded */
	const struct str *tails;    /* the path from each segment on, as sent */
	size_t count;
	struct str params[HTTP_PARAMS_MAX];
};

static const struct node *walk(struct walk *w, const struct node *node, size_t at, size_t params);

/* "name(inside)" of a segment. */
struct call {
	struct str name, inside;
};

static bool split_call(struct str segment, struct call *call)
{
	size_t open = str_find_char(segment, '(');

	if (open == 0 || open == segment.n || segment.p[segment.n - 1] != ')')
		return false;
	call->name = str_of(segment.p, open);
	call->inside = str_of(segment.p + open + 1, segment.n - open - 2);
	return true;
}

/* The name without the namespace in which clients that are made from the schema qualify it. */
static struct str unqualified(struct str name)
{
	size_t dot = name.n;

	if (!str_starts(name, STR("microsoft.graph.")))
		return name;
	while (name.p[dot - 1] != '.')
		dot--;
	return str_after(name, dot);
}

/* The key in list('key') or list(key); false when it is none, such as a list of arguments. */
static bool read_key(struct arena *arena, struct str inside, struct str *key)
{
	struct buf plain;
	bool good = inside.n > 2 && inside.p[0] == '\'' && inside.p[inside.n - 1] == '\'';

	if (!good) {
		*key = inside;
		return inside.n > 0 && str_find_char(inside, '\'') == inside.n &&
		       str_find_char(inside, '=') == inside.n && str_find_char(inside, ',') == inside.n;
	}
	buf_init(&plain, 0);
	inside = str_of(inside.p + 1, inside.n - 2);
	for (size_t i = 0; good && i < inside.n; i++) {
		if (inside.p[i] == '\'') {
			i++;
			good = i < inside.n && inside.p[i] == '\'';
		}
		if (good)
			buf_add_char(&plain, inside.p[i]);
	}
	if (good)
		*key = arena_str(arena, buf_str(&plain));
	buf_release(&plain);
	return good;
}

/* list('key') in place of list/key: the param below the literal. */
static const struct node *walk_key(struct walk *w, const struct node *list, struct str inside, size_t at, size_t params)
{
	const struct node *child, *found = NULL;

	for (child = list->children; child && !found; child = child->next)
		if (child->kind == NODE_PARAM && read_key(w->arena, inside, &w->params[params]))
			found = walk(w, child, at + 1, params + 1);
	return found;
}

static const struct node *walk_child(struct walk *w, const struct node *child, size_t at, size_t params)
{
	struct str segment = w->segments[at];
	struct call call;

	switch (child->kind) {
	case NODE_LITERAL:
		if (str_equal(child->text, segment) || str_equal(child->text, unqualified(segment)))
			return walk(w, child, at + 1, params);
		if (split_call(segment, &call) && str_equal(child->text, unqualified(call.name)))
			return walk_key(w, child, call.inside, at, params);
		return NULL;
	case NODE_CALL:
		if (!split_call(segment, &call) || !str_equal(child->text, unqualified(call.name)))
			return NULL;
		w->params[params] = call.inside;
		return walk(w, child, at + 1, params + 1);
	case NODE_PARAM:
		if (segment.n == 0)
			return NULL;
		w->params[params] = segment;
		return walk(w, child, at + 1, params + 1);
	default:
		return router_decode(w->arena, w->tails[at], &w->params[params]) ? child : NULL;
	}
}

/* The node at which the path ends, having come to `node` with the first `at` segments. */
static const struct node *walk(struct walk *w, const struct node *node, size_t at, size_t params)
{
	const struct node *found = NULL;

	if (at == w->count)
		return node->is_end ? node : NULL;
	for (const struct node *child = node->children; child && !found; child = child->next)
		found = walk_child(w, child, at, params);
	return found;
}

/* More than any pattern has; a path that has more can match only {*}, which does not look at them. */
#define SEGMENTS_MAX 32

enum status router_find(const struct router *router, struct arena *arena, struct str path, struct router_match *match,
			struct error *err)
{
	struct str segments[SEGMENTS_MAX], tails[SEGMENTS_MAX];
	struct walk w = { .arena = arena, .segments = segments, .tails = tails };
	const struct node *found = NULL;

	if (path.n && path.p[0] == '/') {
		struct str rest = str_after(path, 1);

		while (!str_is_none(rest) && w.count < SEGMENTS_MAX) {
			struct str tail = rest, segment = str_cut(&rest, '/');

			tails[w.count] = tail;
			if (!router_decode(arena, segment, &segments[w.count++]))
				return error_set(
					err, E_INVALID, NULL,
					"the path holds a malformed escape, a NUL byte or bytes that are no UTF-8");
		}
		found = walk(&w, &router->root, 0, 0);
	}
	if (!found)
		return error_set(err, E_NOT_FOUND, NULL, "there is nothing at this path");
	memcpy(match->of, found->of, sizeof(match->of));
	memcpy(match->params, w.params, sizeof(match->params));
	return OK;
}
