/* http/limits.h - the defaults of struct http_limits, in one table. */
#ifndef HTTP_LIMITS_H
#define HTTP_LIMITS_H

#include "http/server.h"

/* Puts its default in every field that is 0 and has one. */
void limits_fill(struct http_limits *limits);

#endif
