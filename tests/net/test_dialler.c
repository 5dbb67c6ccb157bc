#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "pair.h"

static void
what_is_sent_before_there_is_a_connection_is_not_taken(void **state)
{
    struct client client = { .ups = 0 };
    struct server server = { .frames = 0 };
    struct loop *loop = loop_new();

    (void)state;
    server_start(&server, loop);
    client_join(&client, &server);
    assert_int_equal(dialler_send(client.dialler, bytes_of_text("early")), SENT_GONE);
    client_is_served(&client, &server);
    assert_int_equal(server.frames, 1);
    dialler_close(&client.dialler);
    server_stop(&server);
    loop_free(&loop);
}

/* The loop is busy, and has not heard that the connection broke.  Whatever is taken now would
   be queued for the next connection, before anybody has said hello on it. */
static void
what_is_sent_when_a_connection_broke_unheard_is_not_taken(void **state)
{
    enum { TRIES = 100 }; /* fewer than libzmq would queue */
    struct client client = { .ups = 0 };
    struct server server = { .frames = 0 };
    struct loop *loop = loop_new();
    int taken = 0;

    (void)state;
    server_start(&server, loop);
    client_join(&client, &server);
    client_is_served(&client, &server);
    listener_cut(server.listener, server.last.number);
    while (taken < TRIES
           && dialler_send(client.dialler, bytes_of_text("anybody there")) == SENT_OK) {
        taken++; /* until libzmq's own thread has seen it */
        usleep(20 * 1000);
    }
    assert_in_range(taken, 0, TRIES - 1);
    assert_int_equal(client.downs, 0); /* unheard until now */
    dialler_close(&client.dialler);
    server_stop(&server);
    loop_free(&loop);
}

static void
a_dialler_whose_key_is_not_known_is_told_and_does_not_hurry_back(void **state)
{
    struct client client = { .ups = 0 };
    struct server server = { .frames = 0 };
    struct loop *loop = loop_new();

    (void)state;
    server_start(&server, loop);
    curve_make(&client.key, &client.secret);
    client_dial(&client, loop, listener_endpoint(server.listener), &server.key);
    wait_for(loop, client_was_refused, &client);
    let_pass(loop, 400); /* it waits half a second at least; libzmq alone would wait 0.2 */
    assert_int_equal(server.asked, 1);
    assert_int_equal(client.ups, 0);
    assert_int_equal(dialler_send(client.dialler, bytes_of_text("x")), SENT_GONE);
    /* Known at last, it is let in without being told to try. */
    server_invite(&server, &client.key);
    client_is_served(&client, &server);
    dialler_close(&client.dialler);
    server_stop(&server);
    loop_free(&loop);
}

static void
a_server_with_another_key_is_not_taken_for_the_broker(void **state)
{
    struct client client = { .ups = 0 };
    struct server server = { .frames = 0 };
    struct curve_public other;
    struct curve_secret secret;
    struct loop *loop = loop_new();

    (void)state;
    server_start(&server, loop);
    curve_make(&other, &secret);
    curve_make(&client.key, &client.secret);
    server_invite(&server, &client.key);
    client_dial(&client, loop, listener_endpoint(server.listener), &other);
    let_pass(loop, 300);
    assert_int_equal(client.ups, 0);
    assert_int_equal(server.asked, 0);
    dialler_close(&client.dialler);
    server_stop(&server);
    loop_free(&loop);
}

static void
send_when_up(void *self, enum dial_event event)
{
    struct client *client = self;

    client_event(self, event);
    if (event == DIAL_UP)
        assert_int_equal(dialler_send(client->dialler, bytes_of_text("hello")), SENT_OK);
}

/* libzmq says that it is connected before the socket itself has noticed. */
static void
a_frame_can_be_sent_as_soon_as_the_dialler_is_up(void **state)
{
    struct server server = { .frames = 0 };
    struct loop *loop = loop_new();

    (void)state;
    server_start(&server, loop);
    for (int i = 0; i < 50; i++) {
        struct client client = { .ups = 0 };

        server.frames = 0;
        client_join(&client, &server);
        dialler_on(client.dialler, send_when_up, client_hears, NULL, &client);
        wait_for(loop, server_has_heard, &server);
        dialler_close(&client.dialler);
    }
    server_stop(&server);
    loop_free(&loop);
}

static bool
came_back(void *self)
{
    return ((struct client *)self)->ups == 2;
}

/* The port is free a moment after the listener is closed. */
static void
reopen(struct server *server, struct loop *loop, struct listener_options *options)
{
    struct doorman doorman = { server_may_enter, server };
    struct why why;
    enum err err;

    do
        err = listener_open(&server->listener, loop, options, &doorman, &why);
    while (err == ERR_CONFLICT);
    assert_ok(err);
    listener_on_frame(server->listener, server_hears, server_drained, server);
}

static void
a_dialler_finds_a_broker_that_was_away(void **state)
{
    struct client client = { .ups = 0 };
    struct server server = { .frames = 0 };
    struct listener_options options = server_options(&server);
    struct loop *loop = loop_new();
    char endpoint[64];

    (void)state;
    server_open(&server, loop, &options);
    snprintf(endpoint, sizeof(endpoint), "%s", listener_endpoint(server.listener));
    client_join(&client, &server);
    client_is_served(&client, &server);
    listener_close(&server.listener);
    wait_for(loop, client_is_down, &client);
    assert_int_equal(dialler_send(client.dialler, bytes_of_text("x")), SENT_GONE);
    options.endpoint = endpoint;
    reopen(&server, loop, &options);
    wait_for(loop, came_back, &client);
    client_is_served(&client, &server);
    assert_int_equal(client.downs, 1);
    dialler_close(&client.dialler);
    server_stop(&server);
    loop_free(&loop);
}

/* libzmq gives up for ever after a protocol error. */
static void
a_dialler_comes_back_after_a_broker_broke_the_rules(void **state)
{
    struct client client = { .ups = 0 };
    struct server server = { .frames = 0 };
    struct loop *loop = loop_new();
    uint8_t *long_frame = mem_new(5000); /* the client's limit is 4096 */

    (void)state;
    server_start(&server, loop);
    client_join(&client, &server);
    client_is_served(&client, &server);
    assert_int_equal(
        listener_send(server.listener, server.last.number, bytes_of(long_frame, 5000)),
        SENT_OK);
    wait_for(loop, came_back, &client);
    assert_int_equal(client.frames, 1);
    client_is_served(&client, &server);
    dialler_close(&client.dialler);
    server_stop(&server);
    free(long_frame);
    loop_free(&loop);
}

static int
mute_server(char endpoint[64])
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    snprintf(endpoint, 64, "tcp://127.0.0.1:%u", (unsigned)ntohs(address.sin_port));
    return fd;
}

static void
a_server_that_says_nothing_does_not_keep_a_dialler_waiting_for_ever(void **state)
{
    struct client client = { .ups = 0 };
    struct curve_public any;
    struct loop *loop = loop_new();
    char endpoint[64], byte;
    int server = mute_server(endpoint), first, len;

    (void)state;
    curve_make(&any, &client.secret);
    client_dial(&client, loop, endpoint, &any);
    first = accept(server, NULL, NULL);
    let_pass(loop, 2500); /* HANDSHAKE_IVL is two seconds */
    while ((len = (int)recv(first, &byte, 1, MSG_DONTWAIT)) > 0)
        ;
    assert_int_equal(len, 0); /* it hung up */
    assert_int_equal(client.ups, 0);
    close(first);
    close(server);
    dialler_close(&client.dialler);
    loop_free(&loop);
}

static void
a_dialler_says_why_it_does_not_open(void **state)
{
    struct dialler_options options = { .frame_max = 1000 };
    struct dialler *dialler = NULL;
    struct loop *loop = loop_new();
    struct why why;

    (void)state;
    curve_make(&options.broker, &options.secret);
    options.endpoint = "ipc:///tmp/x";
    assert_err(dialler_open(&dialler, loop, &options, &why), ERR_MALFORMED);
    assert_says(why.text, "tcp://");
    options.endpoint = "tcp://127.0.0.1:99999";
    assert_err(dialler_open(&dialler, loop, &options, &why), ERR_MALFORMED);
    assert_says(why.text, "99999");
    assert_null(dialler);
    loop_free(&loop);
}

static void
curve_keys_belong_together(void **state)
{
    struct curve_public public, again, other;
    struct curve_secret secret, other_secret;

    (void)state;
    curve_make(&public, &secret);
    curve_public_of(&again, &secret);
    assert_memory_equal(&again, &public, sizeof(public));
    curve_make(&other, &other_secret);
    assert_memory_not_equal(&other, &public, sizeof(public));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_sent_before_there_is_a_connection_is_not_taken),
        cmocka_unit_test(what_is_sent_when_a_connection_broke_unheard_is_not_taken),
        cmocka_unit_test(a_frame_can_be_sent_as_soon_as_the_dialler_is_up),
        cmocka_unit_test(a_dialler_whose_key_is_not_known_is_told_and_does_not_hurry_back),
        cmocka_unit_test(a_server_with_another_key_is_not_taken_for_the_broker),
        cmocka_unit_test(a_dialler_finds_a_broker_that_was_away),
        cmocka_unit_test(a_dialler_comes_back_after_a_broker_broke_the_rules),
        cmocka_unit_test(a_server_that_says_nothing_does_not_keep_a_dialler_waiting_for_ever),
        cmocka_unit_test(a_dialler_says_why_it_does_not_open),
        cmocka_unit_test(curve_keys_belong_together),
    };

    return RUN(tests);
}
