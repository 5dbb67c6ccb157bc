#include "raw.h"

static void
a_frame_goes_there_and_back(void **state)
{
    struct server server = { .echo = true };
    struct client client = { .ups = 0 };
    struct loop *loop = loop_new();

    (void)state;
    server_start(&server, loop);
    client_join(&client, &server);
    client_is_served(&client, &server);
    assert_int_equal(server.frames, 1);
    assert_true(server.drains > 0);
    assert_int_equal(listener_connections(server.listener), 1);
    dialler_close(&client.dialler);
    server_stop(&server);
    loop_free(&loop);
}

struct awaited {
    const struct server *server;
    size_t frames;
};

static bool
server_has_all(void *self)
{
    const struct awaited *awaited = self;

    return awaited->server->frames >= awaited->frames;
}

/* More than the guard lets anybody pile up.  What waits must wait at the sender, or a broker
   whose disk is slow would cut agents that did nothing wrong. */
static void
an_honest_peer_is_not_cut_while_the_loop_is_busy(void **state)
{
    enum { FRAMES = 120, FRAME = 4096 };
    static const uint8_t frame[FRAME] = { 1 };
    struct server server = { .frames = 0 };
    struct client client = { .ups = 0 };
    struct loop *loop = loop_new();
    size_t sent = 0;

    (void)state;
    server_start(&server, loop);
    client_join(&client, &server);
    client_is_served(&client, &server);
    server.echo = false;
    server.frames = 0;
    while (sent < FRAMES && dialler_send(client.dialler, bytes_of(frame, FRAME)) == SENT_OK)
        sent++;
    fprintf(stderr, "%lld sent\n", (long long)loop_monotonic_ms());
    usleep(300 * 1000);
    fprintf(stderr, "%lld slept\n",
            (long long)loop_monotonic_ms()); /* busy; the guard has looked many times */
    wait_for_ms(loop, server_has_all, &(struct awaited){ &server, sent }, PATIENCE_MS / 4);
    assert_int_equal(sent, FRAMES);
    assert_int_equal(server.frames, sent);
    assert_int_equal(client.downs, 0);
    dialler_close(&client.dialler);
    server_stop(&server);
    loop_free(&loop);
}

static void
a_session_carries_the_key_of_its_peer(void **state)
{
    struct server server = { .frames = 0 };
    struct client clients[3] = { { .ups = 0 } };
    struct loop *loop = loop_new();

    (void)state;
    server_start(&server, loop);
    for (size_t i = 0; i < 3; i++)
        client_join(&clients[i], &server);
    for (size_t i = 0; i < 3; i++) {
        client_is_served(&clients[i], &server);
        assert_memory_equal(&server.last.key, &clients[i].key, sizeof(struct curve_public));
    }
    assert_int_equal(server.sessions.count, 3);
    for (size_t i = 0; i < 3; i++)
        dialler_close(&clients[i].dialler);
    server_stop(&server);
    loop_free(&loop);
}

static bool
one_has_ended(void *self)
{
    return ((struct server *)self)->ended == 1;
}

static void
a_session_ends_with_its_connection_and_its_number_is_not_used_again(void **state)
{
    struct server server = { .frames = 0 };
    struct client client = { .ups = 0 };
    struct loop *loop = loop_new();
    uint64_t number;

    (void)state;
    server_start(&server, loop);
    client_join(&client, &server);
    client_is_served(&client, &server);
    number = server.last.number;
    dialler_close(&client.dialler);
    wait_for(loop, one_has_ended, &server);
    assert_int_equal(listener_connections(server.listener), 0);
    assert_int_equal(listener_send(server.listener, number, bytes_of_text("x")), SENT_GONE);
    client = (struct client){ .key = client.key, .secret = client.secret };
    client_dial(&client, loop, listener_endpoint(server.listener), &server.key);
    client_is_served(&client, &server);
    assert_true(server.last.number > number);
    assert_int_equal(listener_send(server.listener, number, bytes_of_text("x")), SENT_GONE);
    dialler_close(&client.dialler);
    server_stop(&server);
    loop_free(&loop);
}

static void
what_a_peer_said_before_it_left_is_heard(void **state)
{
    struct server server = { .frames = 0 };
    struct client client = { .ups = 0 };
    struct loop *loop = loop_new();

    (void)state;
    server_start(&server, loop);
    client_join(&client, &server);
    wait_for(loop, client_is_up, &client);
    for (int i = 0; i < 5; i++)
        assert_int_equal(dialler_send(client.dialler, bytes_of_text("goodbye")), SENT_OK);
    dialler_close(&client.dialler);
    wait_for(loop, one_has_ended, &server);
    assert_int_equal(server.frames, 5);
    server_stop(&server);
    loop_free(&loop);
}

/* Cut at once, it would never hear why. */
static void
who_is_dismissed_hears_the_last_word_and_nothing_is_heard_of_it(void **state)
{
    struct server server = { .frames = 0 };
    struct client client = { .ups = 0 };
    struct loop *loop = loop_new();
    size_t heard;

    (void)state;
    server_start(&server, loop);
    client_join(&client, &server);
    client_is_served(&client, &server);
    heard = server.frames;
    client.frames = 0;
    assert_int_equal(listener_send(server.listener, server.last.number, bytes_of_text("bye")),
                     SENT_OK);
    listener_dismiss(server.listener, server.last.number);
    assert_int_equal(listener_send(server.listener, server.last.number, bytes_of_text("x")),
                     SENT_GONE);
    assert_int_equal(dialler_send(client.dialler, bytes_of_text("but")), SENT_OK);
    wait_for(loop, client_is_down, &client);
    assert_int_equal(client.frames, 1);
    assert_bytes(bytes_of(client.heard, client.heard_len), bytes_of_text("bye"));
    wait_for(loop, one_has_ended, &server);
    assert_int_equal(server.frames, heard);
    dialler_close(&client.dialler);
    server_stop(&server);
    loop_free(&loop);
}

static void
a_cut_connection_is_gone_and_what_still_waits_of_it_is_not_heard(void **state)
{
    struct server server = { .frames = 0 };
    struct client client = { .ups = 0 };
    struct loop *loop = loop_new();
    size_t heard;

    (void)state;
    server_start(&server, loop);
    client_join(&client, &server);
    client_is_served(&client, &server);
    heard = server.frames;
    for (int i = 0; i < 5; i++)
        assert_int_equal(dialler_send(client.dialler, bytes_of_text("more")), SENT_OK);
    listener_cut(server.listener, server.last.number);
    assert_int_equal(listener_send(server.listener, server.last.number, bytes_of_text("x")),
                     SENT_GONE);
    wait_for(loop, client_is_down, &client);
    wait_for(loop, one_has_ended, &server);
    assert_int_equal(server.frames, heard);
    client_is_served(&client, &server); /* it may come back: who may enter is not ours */
    dialler_close(&client.dialler);
    server_stop(&server);
    loop_free(&loop);
}

static void
no_key_takes_more_than_its_places(void **state)
{
    struct server server = { .frames = 0 };
    struct client clients[LISTENER_PER_KEY_MAX + 1] = { { .ups = 0 } };
    struct client other = { .ups = 0 };
    struct loop *loop = loop_new();

    (void)state;
    server_start(&server, loop);
    client_join(&clients[0], &server);
    wait_for(loop, client_is_up, &clients[0]);
    for (size_t i = 1; i <= LISTENER_PER_KEY_MAX; i++) {
        clients[i].key = clients[0].key;
        clients[i].secret = clients[0].secret;
        client_dial(&clients[i], loop, listener_endpoint(server.listener), &server.key);
        if (i < LISTENER_PER_KEY_MAX)
            wait_for(loop, client_is_up, &clients[i]);
    }
    client_join(&other, &server);
    client_is_served(&other, &server);
    assert_int_equal(clients[LISTENER_PER_KEY_MAX].ups, 0);
    assert_int_equal(clients[LISTENER_PER_KEY_MAX].refusals, 0); /* it is not told "never" */
    assert_int_equal(listener_connections(server.listener), LISTENER_PER_KEY_MAX + 1);
    /* A place that is left is a place. */
    dialler_close(&clients[1].dialler);
    client_is_served(&clients[LISTENER_PER_KEY_MAX], &server);
    for (size_t i = 0; i <= LISTENER_PER_KEY_MAX; i++)
        dialler_close(&clients[i].dialler);
    dialler_close(&other.dialler);
    server_stop(&server);
    loop_free(&loop);
}

static void
a_full_listener_puts_off_whoever_comes(void **state)
{
    struct server server = { .frames = 0 };
    struct listener_options options = server_options(&server);
    struct client clients[3] = { { .ups = 0 } };
    struct loop *loop = loop_new();

    (void)state;
    options.connections_max = 2;
    server_open(&server, loop, &options);
    for (size_t i = 0; i < 2; i++) {
        client_join(&clients[i], &server);
        wait_for(loop, client_is_up, &clients[i]);
    }
    client_join(&clients[2], &server);
    let_pass(loop, 200);
    assert_int_equal(clients[2].ups, 0);
    assert_int_equal(listener_connections(server.listener), 2);
    dialler_close(&clients[0].dialler);
    client_is_served(&clients[2], &server);
    dialler_close(&clients[1].dialler);
    dialler_close(&clients[2].dialler);
    server_stop(&server);
    loop_free(&loop);
}

/* A socket whose owner never looks at it sends nothing, not even its first, empty, frame. */
static void
a_peer_that_says_nothing_is_cut_and_gives_up_its_place(void **state)
{
    struct server server = { .frames = 0 };
    struct loop *loop = loop_new();
    struct orders orders;
    void *context, *silent, *monitor;

    (void)state;
    server_start(&server, loop);
    orders = orders_for(&server);
    context = zmq_ctx_new();
    silent = raw_dealer(context, &orders);
    monitor = raw_monitor(context, silent);
    zmq_connect(silent, orders.endpoint);
    let_pass(loop, LISTENER_FIRST_FRAME_MS - 2000);
    assert_true(raw_wait_event(monitor, ZMQ_EVENT_HANDSHAKE_SUCCEEDED, PATIENCE_MS));
    assert_false(raw_wait_event(monitor, ZMQ_EVENT_DISCONNECTED, 0));
    let_pass(loop, 4000);
    assert_true(raw_wait_event(monitor, ZMQ_EVENT_DISCONNECTED, 0));
    zmq_socket_monitor(silent, NULL, 0);
    zmq_close(monitor);
    zmq_close(silent);
    zmq_ctx_term(context);
    server_stop(&server);
    loop_free(&loop);
}

static bool
everybody(void *self, const struct curve_public *key)
{
    (void)self;
    (void)key;
    return true;
}

static void
a_listener_whose_doorman_lets_anybody_in_does_not_open(void **state)
{
    struct server server = { .frames = 0 };
    struct listener_options options = server_options(&server);
    struct doorman doorman = { everybody, NULL };
    struct listener *listener = NULL;
    struct loop *loop = loop_new();
    struct why why;

    (void)state;
    assert_err(listener_open(&listener, loop, &options, &doorman, &why), ERR_REFUSED);
    assert_null(listener);
    assert_says(why.text, "lets a random key in");
    loop_free(&loop);
}

static void
a_listener_says_why_it_does_not_open(void **state)
{
    struct server server = { .frames = 0 };
    struct listener_options options = server_options(&server);
    struct doorman doorman = { server_may_enter, &server };
    struct listener *second;
    struct loop *loop = loop_new();
    struct why why;

    (void)state;
    options.endpoint = "ipc:///tmp/no-such";
    assert_err(listener_open(&second, loop, &options, &doorman, &why), ERR_MALFORMED);
    assert_says(why.text, "tcp://");
    options.endpoint = "tcp://203.0.113.1:*"; /* not an address of this machine */
    assert_err(listener_open(&second, loop, &options, &doorman, &why), ERR_IO);
    assert_says(why.text, "203.0.113.1");
    server_start(&server, loop);
    options.endpoint = "tcp://127.0.0.1:*";
    assert_err(listener_open(&second, loop, &options, &doorman, &why), ERR_CONFLICT);
    assert_says(why.text, "already");
    server_stop(&server);
    server_start(&server, loop); /* and once it is closed there may be another */
    server_stop(&server);
    loop_free(&loop);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_goes_there_and_back),
        cmocka_unit_test(an_honest_peer_is_not_cut_while_the_loop_is_busy),
        cmocka_unit_test(a_session_carries_the_key_of_its_peer),
        cmocka_unit_test(a_session_ends_with_its_connection_and_its_number_is_not_used_again),
        cmocka_unit_test(what_a_peer_said_before_it_left_is_heard),
        cmocka_unit_test(who_is_dismissed_hears_the_last_word_and_nothing_is_heard_of_it),
        cmocka_unit_test(a_cut_connection_is_gone_and_what_still_waits_of_it_is_not_heard),
        cmocka_unit_test(no_key_takes_more_than_its_places),
        cmocka_unit_test(a_full_listener_puts_off_whoever_comes),
        cmocka_unit_test(a_peer_that_says_nothing_is_cut_and_gives_up_its_place),
        cmocka_unit_test(a_listener_whose_doorman_lets_anybody_in_does_not_open),
        cmocka_unit_test(a_listener_says_why_it_does_not_open),
    };

    return RUN(tests);
}
