/* api/server.h - the API put onto a listener. */
#ifndef API_SERVER_H
#define API_SERVER_H

#include "api/api.h"
#include "api/metrics.h"

struct api_server;

/* The exchange must be open and outlives the server. */
enum status api_server_start(struct api_server **server, struct exchange *exchange, const char *address, uint16_t port,
			     struct str certificate_pem, struct str key_pem, struct error *err);
uint16_t api_server_port(const struct api_server *server);
enum status api_server_reload(struct api_server *server, struct str certificate_pem, struct str key_pem,
			      struct error *err);
/* Not ready any more, lets requests finish, closes and frees; NULL is fine. */
void api_server_stop(struct api_server *server, unsigned drain_seconds);

/* --- between the files of this room ----------------------------------------- */

http_handler api_token_handler;
enum status api_guard(void *app, struct http_request *req, struct http_response *res, struct error *err);
void api_render_error(void *app, struct http_request *req, struct http_response *res, enum status status,
		      const struct error *err);
void api_done(void *app, const struct http_request *req, int status, int64_t took_us);

/* The flat table: all groups in order.  Built once, before the first listener. */
size_t api_route_count(void);
const struct api_route *api_route_at(size_t index);
size_t api_route_index(const struct http_route *route);   /* api_route_count() for NULL */

unsigned api_connections(const struct api *api);

/* OpenAPI 3.0 of one face, or of all (FACE_NONE), made from the route table. */
void openapi_write(enum face face, struct str base_url, struct buf *out);
/* The schemas of bodies, by name (api/schemas.c). */
size_t schema_count(void);
const char *schema_name(size_t index);
void schema_write(struct json_writer *w, size_t index);

#endif
