#include "http/clients.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "core/mem.h"

static const int64_t NEVER = INT64_MAX / 2;

struct client {
    struct client *next, **link; /* what points at it */
    int fd;
    enum stage stage;
    int64_t since_ms; /* NEVER: it has been ended */
};

static int64_t
now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct client *
add(struct clients *clients, int fd)
{
    struct client *client = mem_new(sizeof(*client));

    *client = (struct client){ clients->first, &clients->first, fd, STAGE_IDLE, now_ms() };
    if (client->next != NULL)
        client->next->link = &client->next;
    clients->first = client;
    return client;
}

static void
take_out(struct clients *clients, struct client *client)
{
    if (client->next != NULL)
        client->next->link = client->link;
    *client->link = client->next;
    clients->ended++;
    free(client);
}

void
clients_on_connection(void *self, struct MHD_Connection *mhd, void **context,
                      enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_CLOSED)
        take_out(self, *context);
    else
        *context = add(
            self, MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd);
}

void
clients_enter(struct MHD_Connection *mhd, enum stage stage)
{
    struct client *client =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;

    client->stage = stage;
    client->since_ms = now_ms();
}

/* Nothing of an answer has been written yet, so this is all that the client sees.
   libmicrohttpd then finds the connection closed. */
static void
say_too_late(const struct client *client)
{
    static const char body[] = "{\"type\":\"about:blank\",\"title\":\"Request Timeout\","
                               "\"status\":408,\"detail\":\"the request was not complete in "
                               "time\"}";
    char text[512];
    int len = snprintf(text, sizeof(text),
                       "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n"
                       "Content-Type: application/problem+json\r\nContent-Length: %zu\r\n\r\n"
                       "%s",
                       sizeof(body) - 1, body);

    send(client->fd, text, (size_t)len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void
clients_time_out(struct clients *clients)
{
    int64_t now = now_ms();

    for (struct client *client = clients->first; client != NULL; client = client->next) {
        if (client->since_ms + clients->timeout_ms > now)
            continue;
        if (client->stage == STAGE_READING)
            say_too_late(client);
        shutdown(client->fd, SHUT_RDWR);
        client->since_ms = NEVER; /* once is enough */
    }
}

int64_t
clients_until_time_out(const struct clients *clients)
{
    const struct client *client;
    int64_t now = now_ms(), least = NEVER;

    for (client = clients->first; client != NULL; client = client->next)
        if (client->since_ms < least)
            least = client->since_ms;
    if (least == NEVER)
        return -1;
    return least + clients->timeout_ms > now ? least + clients->timeout_ms - now : 0;
}
