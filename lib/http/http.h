#ifndef KITH_HTTP_HTTP_H
#define KITH_HTTP_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include "core/bytes.h"
#include "core/err.h"

/*
 * HTTP/1.1 on a Unix socket: the server inside somebody else's loop (the home of
 * libmicrohttpd) and a client that waits (the home of libcurl).
 */

struct http_request {
    const char *method;
    const char *path; /* decoded, without the query */
    struct bytes body;
    const void *internal;
};

/* Each argument of the query, decoded, as they stand there until each says false; value is
   NULL without a "=".  Both are good until the request is answered. */
void http_query_each(const struct http_request *request,
                     bool (*each)(void *context, const char *name, const char *value),
                     void *context);
/* The value of a header; NULL when absent.  Borrowed for the call. */
const char *http_header(const struct http_request *request, const char *name);

struct http_answer {
    int status;
    const char *content_type; /* NULL: none */
    struct buffer body;       /* taken by the server */
    char location[128];       /* "" : none */
    unsigned retry_after_s;   /* 0: none */
};

/* An answer up to here is always given.  A longer one that would take what is unsent beyond
   unsent_max is answered 503 with Retry-After in its place: the answers of all connections
   hold at most unsent_max + connections_max * HTTP_SMALL. */
enum { HTTP_SMALL = 64 * 1024 };

struct http_options {
    const char *socket_path;  /* made with mode 0660; a stale one is replaced */
    size_t body_max;          /* larger bodies are answered 413 */
    unsigned connections_max; /* others wait to be accepted */
    size_t unsent_max;        /* bytes of answers that clients have not taken, of all
                                 connections together; see HTTP_SMALL */
    unsigned timeout_s; /* a request that is not complete by then: 408, closed; and so is a
                           connection that stays idle or does not take its answer */
};

struct http_server;

/*
 * answer is called once for each complete request; *reply is already initialised, its body
 * with the room that there is as its limit.  The server's own errors (413; 408; 503 when there
 * was not the room; 400 for a path or query with a NUL in it) are answered as
 * application/problem+json.  What is not right as HTTP is answered by
 * libmicrohttpd, which lets nobody change its words: 400, 413, 414, 431 or 505 with HTML, and
 * closed.
 *
 * ERR_CONFLICT: somebody answers at that path, or it is not a socket.
 */
enum err http_server_open(struct http_server **server, const struct http_options *options,
                          void (*answer)(void *self, const struct http_request *request,
                                         struct http_answer *reply),
                          void *self, struct why *why) MUST_CHECK;
/* Not from answer. */
void http_server_close(struct http_server **server);
/* For the loop: watch this descriptor, and call http_server_run when it is readable and
   when http_server_timeout_ms (-1: never) have passed. */
int http_server_fd(const struct http_server *server);
void http_server_run(struct http_server *server);
int http_server_timeout_ms(const struct http_server *server);

/* --- Client ----------------------------------------------------------------------------- */

struct http_response {
    int status;
    struct buffer body;
};

struct http_call {
    const char *socket_path;
    const char *method;
    const char *path; /* with the query, encoded */
    struct bytes body;
    const char *content_type;    /* NULL when there is no body */
    const char *idempotency_key; /* NULL: none */
    unsigned timeout_s;
    size_t response_max;
};

/* ERR_NOT_FOUND: nobody listens there; ERR_REFUSED: we may not use the socket; ERR_IO: it did not answer in time or not in HTTP;
   ERR_TOO_BIG: the answer is longer than response_max; ERR_MALFORMED: a line break or a
   space where none may be.  The response's body is the caller's, to be cleared. */
enum err http_call(const struct http_call *call, struct http_response *response,
                   struct why *why) MUST_CHECK;

#endif
