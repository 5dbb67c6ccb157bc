#ifndef KITH_TESTS_HTTP_SERVICE_H
#define KITH_TESTS_HTTP_SERVICE_H

/* A server in a thread of its own, and clients that speak to it: through http_call, or by
   hand, byte by byte. */

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../check.h"
#include "http/http.h"

/* An answer to /huge is far more than a socket takes; two of them may wait for their clients. */
enum { SERVICE_HUGE = 1024 * 1024, SERVICE_UNSENT_MAX = 2 * SERVICE_HUGE };

struct service {
    char folder[32];
    char path[64];
    struct http_server *server;
    pthread_t thread;
    int stop;
    size_t answered; /* read after service_stop, or by the answering thread */
};

/* "since=1,x=2," with - for what has no value. */
static inline bool
service_list(void *context, const char *name, const char *value)
{
    buffer_print(context, "%s=%s,", name, value == NULL ? "-" : value);
    return strcmp(name, "enough") != 0;
}

/* Answers with what it was asked, so that a test sees what arrived. */
static inline void
service_answer(void *self, const struct http_request *request, struct http_answer *reply)
{
    struct service *service = self;
    const char *key = http_header(request, "Idempotency-Key");
    struct buffer query;

    service->answered++;
    if (strcmp(request->path, "/silent") == 0)
        return;
    buffer_init(&query, 1000);
    http_query_each(request, service_list, &query);
    reply->status = strcmp(request->path, "/busy") == 0 ? 503 : 200;
    reply->retry_after_s = reply->status == 503 ? 7 : 0;
    reply->content_type = "text/plain";
    if (strcmp(request->path, "/new") == 0)
        snprintf(reply->location, sizeof(reply->location), "/v1/messages/1");
    if (strcmp(request->path, "/huge") == 0)
        for (int i = 0; i < SERVICE_HUGE / 16; i++)
            buffer_add_text(&reply->body, "0123456789abcdef");
    else if (strcmp(request->path, "/large") == 0)
        for (int i = 0; i < 10000; i++)
            buffer_add_text(&reply->body, "0123456789");
    else
        buffer_print(&reply->body, "%s %s key=%s query=%s body=", request->method,
                     request->path, key == NULL ? "-" : key, buffer_text(&query));
    buffer_add_bytes(&reply->body, request->body);
    buffer_clear(&query);
}

static inline void *
service_run(void *self)
{
    struct service *service = self;
    struct pollfd fds[2] = { { .fd = http_server_fd(service->server), .events = POLLIN },
                             { .fd = service->stop, .events = POLLIN } };

    while ((fds[1].revents & POLLIN) == 0) {
        poll(fds, 2, http_server_timeout_ms(service->server));
        http_server_run(service->server);
    }
    return NULL;
}

static inline void
service_name(struct service *service)
{
    snprintf(service->folder, sizeof(service->folder), "/tmp/kith-http-XXXXXX");
    assert_non_null(mkdtemp(service->folder));
    snprintf(service->path, sizeof(service->path), "%s/socket", service->folder);
}

static inline void
service_serve_with(struct service *service, unsigned timeout_s)
{
    struct http_options options = {
        .socket_path = service->path,
        .body_max = 1000,
        .connections_max = 16,
        .unsent_max = SERVICE_UNSENT_MAX,
        .timeout_s = timeout_s,
    };
    struct why why = { "" };

    service->answered = 0;
    assert_ok(http_server_open(&service->server, &options, service_answer, service, &why));
    service->stop = eventfd(0, EFD_CLOEXEC);
    assert_int_equal(pthread_create(&service->thread, NULL, service_run, service), 0);
}

static inline void
service_serve(struct service *service)
{
    service_serve_with(service, 1);
}

static inline void
service_start(struct service *service)
{
    service_name(service);
    service_serve(service);
}

static inline void
service_stop(struct service *service)
{
    eventfd_write(service->stop, 1);
    pthread_join(service->thread, NULL);
    http_server_close(&service->server);
    close(service->stop);
    assert_int_equal(access(service->path, F_OK), -1); /* it takes its socket with it */
    rmdir(service->folder);
}

/* --- By hand ----------------------------------------------------------------------------------- */

static inline int
hand_connect(const struct service *service)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    memcpy(address.sun_path, service->path, strlen(service->path) + 1);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

static inline void
hand_say(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* All that comes until the server closes. */
static inline void
hand_hear(int fd, char *text, size_t size)
{
    size_t len = 0;
    ssize_t got;

    while (len < size - 1 && (got = recv(fd, text + len, size - 1 - len, 0)) > 0)
        len += (size_t)got;
    text[len] = 0;
}

static inline void
hand_ask(const struct service *service, const char *request, char *reply, size_t size)
{
    int fd = hand_connect(service);

    hand_say(fd, request);
    hand_hear(fd, reply, size);
    close(fd);
}

#endif
