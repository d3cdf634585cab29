/* A listener with a small application, for the tests of http/server.h. */
#ifndef TEST_HTTP_FIXTURE_H
#define TEST_HTTP_FIXTURE_H

#include "http/server.h"

#include <semaphore.h>
#include <stdatomic.h>

/* What the application saw; the test reads it, the listener's threads write it. */
struct app {
	atomic_uint begun, ended, aborted, done, handled, waiting;
	_Atomic uint64_t bytes;
	atomic_int last_status;
	sem_t gate;   /* what GET /wait waits for */
	uint64_t sum; /* of the bytes of the last upload */
};

struct fixture {
	struct http_server *server;
	struct app app;
	uint16_t port;
};

/*  GET  /things/{id}  GET /call(*)  GET /rest/{*}  GET /query   their parameters, as lines
 *  GET  /host         the request's host        GET /token   its Authorization
 *  POST /collect      the body; PUT: at most 10 bytes
 *  POST /up           an upload; header X-Fail: begin, data or end
 *  GET  /wait         waits for the gate
 *  GET  /big          4 MiB
 *  GET  /fail         E_CONFLICT       DELETE /nothing   204
 *  Header X-Deny: the guard refuses. */
void fixture_start(struct fixture *f, const struct http_limits *limits);
void fixture_stop(struct fixture *f);

/* One for all tests of a program: group setup and teardown. */
extern struct fixture fixture;
int fixture_setup(void **state);
int fixture_teardown(void **state);

/* PEM of the certificates that the fixtures use, made once; which: 0 or 1. */
struct str fixture_certificate(int which);
struct str fixture_key(int which);
const char *fixture_ca(int which);
/* Group teardown: removes them. */
int fixture_forget(void **state);

#endif
