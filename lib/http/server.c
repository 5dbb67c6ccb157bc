#include <errno.h>
#include <microhttpd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "http/clients.h"
#include "http/http.h"
#include "http/unix_socket.h"

enum {
    HEADERS_MAX = 16 * 1024,
    RUNS_AT_ONCE = 64,
    STATUS_MIN = 100,
    STATUS_MAX = 599,
    RETRY_AFTER_S = 2
};

/* A request under way. */
struct request {
    struct http_server *server;
    struct MHD_Connection *mhd;
    struct buffer body;
    size_t unsent; /* of its answer */
    bool has_nul;  /* as %00 in the path or the query, which would end them early */
    bool headers_seen;
};

struct http_server {
    struct MHD_Daemon *daemon;
    struct unix_socket listening;
    char *path;
    size_t body_max, unsent_max;
    size_t unsent; /* bytes of answers that have not been taken, all together */
    struct clients clients;
    void (*answer)(void *self, const struct http_request *request, struct http_answer *reply);
    void *self;
};

/* --- Answers --------------------------------------------------------------------------------------- */

static void
add_header(struct MHD_Response *response, const char *name, const char *value)
{
    if (value != NULL && value[0] != 0)
        MHD_add_response_header(response, name, value);
}

/* Not the room that it grew into. */
static void *
take_fitted(struct buffer *buffer, size_t *len)
{
    void *body = buffer_take(buffer, len);

    return mem_resize(body, *len + 1, 1);
}

/* Counted until on_completed. */
static enum MHD_Result
queue(struct request *request, struct http_answer *reply)
{
    size_t len;
    void *body = take_fitted(&reply->body, &len);
    struct MHD_Response *response =
        MHD_create_response_from_buffer(len, body, MHD_RESPMEM_MUST_FREE);
    char seconds[16];
    enum MHD_Result result;

    if (response == NULL) {
        free(body);
        return MHD_NO;
    }
    request->unsent = len;
    request->server->unsent += len;
    snprintf(seconds, sizeof(seconds), "%u", reply->retry_after_s);
    add_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, reply->content_type);
    add_header(response, MHD_HTTP_HEADER_LOCATION, reply->location);
    add_header(response, MHD_HTTP_HEADER_RETRY_AFTER,
               reply->retry_after_s > 0 ? seconds : NULL);
    /* What is answered here is about children. */
    add_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    result = MHD_queue_response(request->mhd, (unsigned)reply->status, response);
    MHD_destroy_response(response);
    clients_enter(request->mhd, STAGE_ANSWERING);
    return result;
}

static enum MHD_Result
queue_problem(struct request *request, int status, const char *title, const char *detail)
{
    struct http_answer reply = {
        .status = status,
        .content_type = "application/problem+json",
        .retry_after_s = status == MHD_HTTP_SERVICE_UNAVAILABLE ? RETRY_AFTER_S : 0,
    };

    buffer_init(&reply.body, 1024);
    buffer_print(&reply.body,
                 "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,\"detail\":\"%s\"}",
                 title, status, detail);
    return queue(request, &reply);
}

static enum MHD_Result
queue_too_large(struct request *request)
{
    char detail[80];

    snprintf(detail, sizeof(detail), "a body has at most %zu bytes", request->server->body_max);
    return queue_problem(request, MHD_HTTP_CONTENT_TOO_LARGE, "Content Too Large", detail);
}

static size_t
room_for_answer(const struct http_server *server)
{
    size_t left = server->unsent < server->unsent_max ? server->unsent_max - server->unsent : 0;

    return left > HTTP_SMALL ? left : HTTP_SMALL;
}

static enum MHD_Result
answer_whole(struct request *request, const char *method, const char *path)
{
    struct http_server *server = request->server;
    struct http_request complete = { method, path, buffer_bytes(&request->body), request->mhd };
    struct http_answer reply = { .status = 0 };

    if (!buffer_is_whole(&request->body))
        return queue_too_large(request);
    buffer_init(&reply.body, room_for_answer(server));
    server->answer(server->self, &complete, &reply);
    buffer_clear(&request->body);
    if (!buffer_is_whole(&reply.body)) {
        buffer_clear(&reply.body);
        return queue_problem(request, MHD_HTTP_SERVICE_UNAVAILABLE, "Service Unavailable",
                             "too many answers wait for their clients; ask again");
    }
    if (reply.status < STATUS_MIN || reply.status > STATUS_MAX) {
        buffer_clear(&reply.body);
        return queue_problem(request, MHD_HTTP_INTERNAL_SERVER_ERROR, "Internal Server Error",
                             "the request was not answered");
    }
    return queue(request, &reply);
}

/* --- Requests ----------------------------------------------------------------------------------------- */

/* The request line is here. */
static void *
on_request_line(void *self, const char *target, struct MHD_Connection *mhd)
{
    struct http_server *server = self;
    struct request *request = mem_new(sizeof(*request));

    request->server = server;
    request->mhd = mhd;
    buffer_init(&request->body, server->body_max);
    request->has_nul = strstr(target, "%00") != NULL;
    clients_enter(mhd, STAGE_READING);
    return request;
}

static bool
declares_too_much(const struct http_server *server, struct MHD_Connection *mhd)
{
    const char *length =
        MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);

    return length != NULL && strtoull(length, NULL, 10) > server->body_max;
}

/* Called when the headers are here (*size is 0), for each piece of the body, and when it
   is complete (*size is 0 again). */
static enum MHD_Result
on_request(void *self, struct MHD_Connection *mhd, const char *path, const char *method,
           const char *version, const char *piece, size_t *size, void **context)
{
    struct http_server *server = self;
    struct request *request = *context;

    (void)version;
    if (*size > 0) {
        buffer_add(&request->body, piece, *size);
        *size = 0;
        return MHD_YES;
    }
    if (request->headers_seen)
        return answer_whole(request, method, path);
    request->headers_seen = true;
    if (request->has_nul)
        return queue_problem(request, MHD_HTTP_BAD_REQUEST, "Bad Request",
                             "a path or query has no NUL in it");
    if (declares_too_much(server, mhd))
        return queue_too_large(request);
    return MHD_YES;
}

static void
on_completed(void *self, struct MHD_Connection *mhd, void **context,
             enum MHD_RequestTerminationCode code)
{
    struct request *request = *context;

    (void)self;
    (void)code;
    if (request == NULL)
        return;
    request->server->unsent -= request->unsent;
    buffer_clear(&request->body);
    free(request);
    *context = NULL;
    clients_enter(mhd, STAGE_IDLE);
}

struct arguments {
    bool (*each)(void *context, const char *name, const char *value);
    void *context;
};

static enum MHD_Result
pass_argument(void *self, enum MHD_ValueKind kind, const char *name, const char *value)
{
    const struct arguments *arguments = self;

    (void)kind;
    return arguments->each(arguments->context, name, value) ? MHD_YES : MHD_NO;
}

void
http_query_each(const struct http_request *request,
                bool (*each)(void *context, const char *name, const char *value), void *context)
{
    struct arguments arguments = { each, context };

    MHD_get_connection_values((struct MHD_Connection *)request->internal, MHD_GET_ARGUMENT_KIND,
                              pass_argument, &arguments);
}

const char *
http_header(const struct http_request *request, const char *name)
{
    return MHD_lookup_connection_value((struct MHD_Connection *)request->internal,
                                       MHD_HEADER_KIND, name);
}

/* --- Opening, running, closing --------------------------------------------------------------------------- */

static enum err
start_daemon(struct http_server *server, const struct http_options *options, struct why *why)
{
    server->daemon = MHD_start_daemon(
        MHD_USE_EPOLL, 0, NULL, NULL, on_request, server, MHD_OPTION_LISTEN_SOCKET,
        server->listening.fd, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_CONNECTION_LIMIT,
        options->connections_max, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADERS_MAX,
        MHD_OPTION_URI_LOG_CALLBACK, on_request_line, server, MHD_OPTION_NOTIFY_COMPLETED,
        on_completed, server, MHD_OPTION_NOTIFY_CONNECTION, clients_on_connection,
        &server->clients, MHD_OPTION_END);
    if (server->daemon == NULL)
        return because(why, ERR_IO, "%s: libmicrohttpd did not start: %s", server->path,
                       strerror(errno));
    return ERR_OK;
}

enum err
http_server_open(struct http_server **out, const struct http_options *options,
                 void (*answer)(void *self, const struct http_request *request,
                                struct http_answer *reply),
                 void *self, struct why *why)
{
    struct http_server *server;
    struct unix_socket listening;
    enum err err;

    if ((err = unix_socket_open(&listening, options->socket_path, why)))
        return err;
    server = mem_new(sizeof(*server));
    server->listening = listening;
    server->path = mem_text(options->socket_path);
    server->body_max = options->body_max;
    server->unsent_max = options->unsent_max;
    server->clients.timeout_ms = (int64_t)options->timeout_s * 1000;
    server->answer = answer;
    server->self = self;
    if ((err = start_daemon(server, options, why)))
        http_server_close(&server);
    else
        *out = server;
    return err;
}

void
http_server_close(struct http_server **pointer)
{
    struct http_server *server = *pointer;

    if (server == NULL)
        return;
    unix_socket_remove(&server->listening, server->path);
    if (server->daemon != NULL)
        MHD_stop_daemon(server->daemon); /* closes the socket too */
    else
        close(server->listening.fd);
    free(server->path);
    free(server);
    *pointer = NULL;
}

int
http_server_fd(const struct http_server *server)
{
    return MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

/* libmicrohttpd may have work left that its epoll descriptor does not show; and when it was
   full and a connection has ended, it listens again only in its next run. */
void
http_server_run(struct http_server *server)
{
    MHD_UNSIGNED_LONG_LONG wait;
    unsigned ended;

    clients_time_out(&server->clients);
    for (int i = 0; i < RUNS_AT_ONCE; i++) {
        ended = server->clients.ended;
        MHD_run(server->daemon);
        if (server->clients.ended == ended
            && (MHD_get_timeout(server->daemon, &wait) != MHD_YES || wait > 0))
            return;
    }
}

int
http_server_timeout_ms(const struct http_server *server)
{
    MHD_UNSIGNED_LONG_LONG wait;
    int64_t least = clients_until_time_out(&server->clients);

    if (MHD_get_timeout(server->daemon, &wait) == MHD_YES
        && (least < 0 || (int64_t)wait < least))
        least = (int64_t)wait;
    return least > INT32_MAX ? INT32_MAX : (int)least;
}
