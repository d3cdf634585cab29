/* http/router.h - finds the route of a path in a table compiled to a tree.
 *
 * Patterns are those of struct http_route.  Segments are compared decoded, so
 * that %2B491 and +491 are the same.  At each step a literal wins over
 * "name(*)", that over "{name}", that over "{*}"; when the better one leads
 * nowhere the next is tried.  A path with a slash at its end is not the one
 * without.
 *
 * Threads: a router does not change once it is made. */
#ifndef HTTP_ROUTER_H
#define HTTP_ROUTER_H

#include "http/server.h"

struct router;

/* Asserts that no two patterns of one method can match in the same way.  routes must outlive the router. */
struct router *router_new(const struct http_route *routes, size_t count);
void router_free(struct router *router); /* NULL is fine */

struct router_match {
	const struct http_route *of[HTTP_METHOD_COUNT]; /* the path's route for each method, NULL where it has none */
	struct str params[HTTP_PARAMS_MAX];             /* in the arena, or in path */
};

/* E_INVALID when the path has a malformed escape, %00, or is no UTF-8; E_NOT_FOUND. */
enum status router_find(const struct router *router, struct arena *arena, struct str path, struct router_match *match,
			struct error *err);

/* s with %XX decoded: s itself when it holds none, else a copy in the arena.
 * False on a malformed escape, %00, or what is no UTF-8. */
bool router_decode(struct arena *arena, struct str s, struct str *decoded);

#endif
