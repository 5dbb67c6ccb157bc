/* Connections that never say anything take the descriptors of those who do.  The server is
   a process with few descriptors; so is nobody else. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "raw.h"

enum { DESCRIPTORS = 300, IDLERS = 600 };

struct news {
    struct orders orders;
    uint16_t port;
};

/* --- The server ------------------------------------------------------------------------------- */

static bool
never(void *self)
{
    (void)self;
    return false;
}

static void
serve(int news)
{
    struct rlimit few = { DESCRIPTORS, DESCRIPTORS };
    struct server server = { .echo = true };
    struct loop *loop;
    struct news told = { .port = 0 };

    setrlimit(RLIMIT_NOFILE, &few);
    loop = loop_new();
    server_start(&server, loop);
    told.orders = orders_for(&server);
    told.port = (uint16_t)strtoul(strrchr(told.orders.endpoint, ':') + 1, NULL, 10);
    if (write(news, &told, sizeof(told)) != sizeof(told))
        _exit(1);
    wait_for_ms(loop, never, NULL, 5 * PATIENCE_MS);
    _exit(0);
}

/* --- A client --------------------------------------------------------------------------------- */

static void
ask(const struct orders *orders)
{
    struct client client = { .secret = orders->secret };
    struct loop *loop = loop_new();

    client_dial(&client, loop, orders->endpoint, &orders->server);
    if (!wait_for_ms(loop, client_is_up, &client, PATIENCE_MS))
        _exit(1);
    if (dialler_send(client.dialler, bytes_of_text("are you there")) != SENT_OK)
        _exit(2);
    _exit(wait_for_ms(loop, client_has_heard, &client, PATIENCE_MS) ? 0 : 3);
}

/* --- The idlers -------------------------------------------------------------------------------- */

static int
idle_at(uint16_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_true(fd >= 0);
    connect(fd, (struct sockaddr *)&address, sizeof(address));
    return fd;
}

static bool
was_closed(int fd)
{
    char greeting[64];
    ssize_t len;

    while ((len = recv(fd, greeting, sizeof(greeting), MSG_DONTWAIT)) > 0)
        ;
    return len == 0 || errno == ECONNRESET;
}

static int
still_open(const int *fds)
{
    int open = 0;

    for (int i = 0; i < IDLERS; i++)
        open += !was_closed(fds[i]);
    return open;
}

static void
idle_connections_do_not_keep_a_good_client_out(void **state)
{
    int ends[2], idlers[IDLERS], status;
    struct news news;
    pid_t server, client;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    if ((server = fork()) == 0)
        serve(ends[1]);
    assert_int_equal(read(ends[0], &news, sizeof(news)), sizeof(news));
    for (int i = 0; i < IDLERS; i++)
        idlers[i] = idle_at(news.port);
    usleep(100 * 1000); /* until the server has as many as it can take */
    assert_true(still_open(idlers) > DESCRIPTORS / 2);
    if ((client = fork()) == 0)
        ask(&news.orders);
    assert_int_equal(waitpid(client, &status, 0), client);
    assert_int_equal(status, 0);
    for (int waited = 0; still_open(idlers) > 0 && waited < 200; waited++)
        usleep(100 * 1000);
    assert_int_equal(still_open(idlers), 0);
    kill(server, SIGKILL);
    waitpid(server, &status, 0);
    for (int i = 0; i < IDLERS; i++)
        close(idlers[i]);
    close(ends[0]);
    close(ends[1]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(idle_connections_do_not_keep_a_good_client_out),
    };

    return RUN(tests);
}
