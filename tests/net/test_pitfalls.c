/* What bites who uses libzmq: doc/pitfalls.md names the test of each. */
#include "crypto/key.h"
#include "net/gate.h"
#include "net/listener_private.h"
#include "net/socket.h"
#include "pair.h"

/* --- 1: high-water marks ----------------------------------------------------------------------- */

/* A client that reads only when it is told to. */
struct lazy {
    struct server *server;
    zsock_t *socket;
};

static const struct connection *
only_connection(const struct server *server)
{
    size_t at = 0;

    return map_next(&server->listener->roster.connections, &at);
}

/* Its first, empty, frame has come: from then on it can be sent to.  A socket of libzmq
   does nothing unless its owner looks at it. */
static bool
lazy_is_in(void *self)
{
    const struct lazy *lazy = self;
    const struct connection *only = only_connection(lazy->server);

    zsock_events(lazy->socket);
    return only != NULL && only->fd >= 0;
}

static struct lazy
lazy_join(struct server *server)
{
    struct lazy lazy = { .server = server };
    struct curve_public key;
    struct curve_secret secret;
    struct why why;

    curve_make(&key, &secret);
    server_invite(server, &key);
    assert_ok(socket_dial(&lazy.socket, &server->key, &secret, 4096, &why));
    zsock_set_linger(lazy.socket, 0);
    assert_int_equal(zsock_connect(lazy.socket, "%s", listener_endpoint(server->listener)), 0);
    wait_for(server->loop, lazy_is_in, &lazy);
    return lazy;
}

static bool
read_all(zsock_t *socket, uint32_t *next, int patience_ms)
{
    zmq_pollitem_t item = { .socket = zsock_resolve(socket), .events = ZMQ_POLLIN };
    zmq_msg_t part;

    if (zmq_poll(&item, 1, patience_ms) <= 0)
        return false;
    while (socket_receive(socket, &part)) {
        assert_int_equal(get_le32(zmq_msg_data(&part)), *next);
        (*next)++;
        zmq_msg_close(&part);
    }
    return true;
}

static void
a_full_peer_is_reported_and_no_frame_is_lost(void **state)
{
    struct server server = { .frames = 0 };
    struct loop *loop = loop_new();
    uint32_t taken = 0, later = 0, received = 0;
    uint8_t frame[2048] = { 0 };
    struct lazy lazy;

    (void)state;
    server_start(&server, loop);
    lazy = lazy_join(&server);
    for (int i = 0; i < 5000; i++) {
        put_le32(frame, taken);
        switch (listener_send(server.listener, only_connection(&server)->session.number,
                              bytes_of(frame, sizeof(frame)))) {
        case SENT_OK: taken++; break;
        case SENT_LATER: later++; break;
        case SENT_GONE: fail();
        }
    }
    assert_true(taken > 0 && later > 0);
    assert_int_equal(taken + later, 5000);
    while (received < taken) /* in order, each one */
        assert_true(read_all(lazy.socket, &received, PATIENCE_MS));
    assert_false(read_all(lazy.socket, &received, 100));
    assert_int_equal(received, taken);
    zsock_destroy(&lazy.socket);
    server_stop(&server);
    loop_free(&loop);
}

/* --- 2: CURVE lets everybody in when nobody answers for it ---------------------------------------- */

/* How many frames a server without a ZAP handler gets from a client with any key. */
static int
frames_without_a_gate(bool enforce)
{
    struct curve_public server_key, any;
    struct curve_secret server_secret, secret;
    zsock_t *server, *client;
    zmq_pollitem_t items[2];
    struct why why;
    int off = 0, frames = 0;
    zmq_msg_t part;

    curve_make(&server_key, &server_secret);
    curve_make(&any, &secret);
    assert_ok(socket_serve(&server, &server_secret, 4096, "kith", &why));
    if (!enforce)
        assert_int_equal(zmq_setsockopt(zsock_resolve(server), 93, &off, sizeof(off)), 0);
    assert_true(zsock_bind(server, "tcp://127.0.0.1:*") > 0);
    assert_ok(socket_dial(&client, &server_key, &secret, 4096, &why));
    zsock_set_linger(client, 0);
    assert_int_equal(zsock_connect(client, "%s", zsock_endpoint(server)), 0);
    items[0] = (zmq_pollitem_t){ .socket = zsock_resolve(server), .events = ZMQ_POLLIN };
    items[1] = (zmq_pollitem_t){ .socket = zsock_resolve(client), .events = ZMQ_POLLIN };
    /* The client's first frame comes by itself; one second is three attempts. */
    for (int64_t until = loop_monotonic_ms() + 1000;
         loop_monotonic_ms() < until && !(items[0].revents & ZMQ_POLLIN);)
        zmq_poll(items, 2, 50);
    while (socket_receive(server, &part)) {
        frames++;
        zmq_msg_close(&part);
    }
    zsock_destroy(&client);
    zsock_destroy(&server);
    return frames;
}

static void
without_a_zap_handler_nobody_is_served(void **state)
{
    struct loop *loop = loop_new();

    (void)state;
    assert_int_equal(frames_without_a_gate(true), 0);
    assert_true(frames_without_a_gate(false) > 0); /* what libzmq does if not told */
    loop_free(&loop);
}

static void
a_random_key_is_refused_while_known_ones_are_served(void **state)
{
    struct server server = { .frames = 0 };
    struct client stranger = { .ups = 0 }, known = { .ups = 0 };
    struct loop *loop = loop_new();

    (void)state;
    server_start(&server, loop);
    client_join(&known, &server);
    curve_make(&stranger.key, &stranger.secret);
    client_dial(&stranger, loop, listener_endpoint(server.listener), &server.key);
    wait_for(loop, client_was_refused, &stranger);
    client_is_served(&known, &server);
    assert_int_equal(stranger.ups, 0);
    assert_int_equal(server.frames, 1);
    assert_int_equal(listener_connections(server.listener), 1);
    dialler_close(&stranger.dialler);
    dialler_close(&known.dialler);
    server_stop(&server);
    loop_free(&loop);
}

/* Takes the listener's gate away, and binds it anew as libzmq would have it. */
static void
fail_open(struct server *server, char endpoint[64])
{
    void *socket = zsock_resolve(server->listener->socket);
    size_t len = 64;
    int off = 0;

    loop_unwatch_socket(server->loop, gate_socket(server->listener->gate));
    gate_close(&server->listener->gate);
    assert_int_equal(zmq_setsockopt(socket, 93, &off, sizeof(off)), 0);
    assert_int_equal(zmq_bind(socket, "tcp://127.0.0.1:*"), 0);
    assert_int_equal(zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, endpoint, &len), 0);
}

static void
a_frame_without_an_authenticated_key_is_not_heard(void **state)
{
    struct server server = { .frames = 0 };
    struct client stranger = { .ups = 0 };
    struct loop *loop = loop_new();
    zmq_pollitem_t item = { .events = ZMQ_POLLIN };
    char endpoint[64];
    struct why why;

    (void)state;
    server_start(&server, loop);
    fail_open(&server, endpoint);
    curve_make(&stranger.key, &stranger.secret);
    client_dial(&stranger, loop, endpoint, &server.key);
    wait_for(loop, client_is_up, &stranger); /* it is inside */
    assert_int_equal(dialler_send(stranger.dialler, bytes_of_text("hello")), SENT_OK);
    item.socket = zsock_resolve(server.listener->socket);
    assert_int_equal(zmq_poll(&item, 1, PATIENCE_MS), 1); /* and so is its frame */
    let_pass(loop, 100);
    assert_int_equal(zmq_poll(&item, 1, 0), 0);
    assert_int_equal(server.frames, 0);
    assert_ok(gate_open(&server.listener->gate, "kith", (struct judge){ NULL, NULL }, &why));
    dialler_close(&stranger.dialler);
    server_stop(&server);
    loop_free(&loop);
}

/* --- 3: routing ids --------------------------------------------------------------------------------- */

/* A peer that calls itself so. */
static zsock_t *
impostor(struct server *server, const void *name, size_t len)
{
    struct curve_public key;
    struct curve_secret secret;
    zsock_t *socket;
    struct why why;

    curve_make(&key, &secret);
    server_invite(server, &key);
    assert_ok(socket_dial(&socket, &server->key, &secret, 4096, &why));
    zsock_set_linger(socket, 0);
    assert_int_equal(zmq_setsockopt(zsock_resolve(socket), ZMQ_ROUTING_ID, name, len), 0);
    assert_int_equal(zsock_connect(socket, "%s", listener_endpoint(server->listener)), 0);
    return socket;
}

static bool
impostor_can_speak(void *self)
{
    return zmq_send(zsock_resolve(self), "it is me", 8, ZMQ_DONTWAIT) == 8;
}

static void
a_peer_that_takes_anothers_routing_id_gets_nothing(void **state)
{
    struct server server = { .frames = 0 };
    struct client honest = { .ups = 0 };
    struct loop *loop = loop_new();
    const struct connection *connection;
    uint64_t session;
    zmq_msg_t part;
    zsock_t *thief;

    (void)state;
    server_start(&server, loop);
    client_join(&honest, &server);
    client_is_served(&honest, &server);
    session = server.last.number;
    connection = roster_get(&server.listener->roster, session);
    thief = impostor(&server, connection->routing_id, ROUTING_ID);
    wait_for(loop, impostor_can_speak, thief);
    let_pass(loop, 200);
    assert_int_equal(server.frames, 1); /* nothing it said was heard */
    honest.frames = 0;
    assert_int_equal(listener_send(server.listener, session, bytes_of_text("for you")),
                     SENT_OK);
    wait_for(loop, client_has_heard, &honest);
    assert_bytes(bytes_of(honest.heard, honest.heard_len), bytes_of_text("for you"));
    assert_false(socket_receive(thief, &part));
    assert_int_equal(honest.downs, 0);
    zsock_destroy(&thief);
    dialler_close(&honest.dialler);
    server_stop(&server);
    loop_free(&loop);
}

static bool
lazy_has_ended(void *self)
{
    const struct lazy *lazy = self;

    zsock_events(lazy->socket);
    return lazy->server->ended > 0;
}

static void
a_peer_that_chooses_its_own_routing_id_is_cut(void **state)
{
    struct server server = { .frames = 0 };
    struct loop *loop = loop_new();
    struct lazy named = { .server = &server };

    (void)state;
    server_start(&server, loop);
    named.socket = impostor(&server, "police", 6);
    wait_for(loop, lazy_has_ended, &named);
    assert_int_equal(server.frames, 0);
    zsock_destroy(&named.socket);
    server_stop(&server);
    loop_free(&loop);
}

/* --- 4: sizes ------------------------------------------------------------------------------------------ */

static void
a_frame_that_is_too_long_ends_its_own_connection_only(void **state)
{
    struct server server = { .echo = true };
    struct client longwinded = { .ups = 0 }, other = { .ups = 0 };
    struct loop *loop = loop_new();
    static uint8_t frame[4097];

    (void)state;
    server_start(&server, loop); /* frame_max: 4096 */
    client_join(&longwinded, &server);
    client_join(&other, &server);
    client_is_served(&other, &server);
    wait_for(loop, client_is_up, &longwinded);
    server.frames = 0;
    assert_int_equal(dialler_send(longwinded.dialler, bytes_of(frame, 4096)), SENT_OK);
    wait_for(loop, client_has_heard, &longwinded);
    assert_int_equal(longwinded.heard_len, 4096);
    server.frames = 0;
    assert_int_equal(dialler_send(longwinded.dialler, bytes_of(frame, 4097)), SENT_OK);
    wait_for(loop, client_is_down, &longwinded);
    assert_int_equal(server.frames, 0);
    client_is_served(&other, &server);
    assert_int_equal(other.downs, 0);
    dialler_close(&longwinded.dialler);
    dialler_close(&other.dialler);
    server_stop(&server);
    loop_free(&loop);
}

static void
a_message_of_two_frames_is_not_heard_and_ends_its_connection(void **state)
{
    struct server server = { .frames = 0 };
    struct client other = { .ups = 0 };
    struct loop *loop = loop_new();
    struct lazy peer;

    (void)state;
    server_start(&server, loop);
    peer = lazy_join(&server);
    assert_int_equal(zmq_send(zsock_resolve(peer.socket), "one", 3, ZMQ_SNDMORE), 3);
    assert_int_equal(zmq_send(zsock_resolve(peer.socket), "two", 3, 0), 3);
    wait_for(loop, lazy_has_ended, &peer);
    assert_int_equal(server.frames, 0);
    client_join(&other, &server);
    client_is_served(&other, &server);
    dialler_close(&other.dialler);
    zsock_destroy(&peer.socket);
    server_stop(&server);
    loop_free(&loop);
}

/* --- 6, 14: many peers, and a turn for each ------------------------------------------------------------- */

enum { CROWD = 300, EACH = 8 };

struct crowd {
    struct server server;
    zsock_t *peers[CROWD];
    size_t since_drain, most, drains;
};

static void
crowd_hears(void *self, const struct session *session, struct bytes frame)
{
    struct crowd *crowd = self;

    crowd->since_drain++;
    crowd->server.frames++;
    assert_int_equal(listener_send(crowd->server.listener, session->number, frame), SENT_OK);
}

static void
crowd_drained(void *self)
{
    struct crowd *crowd = self;

    if (crowd->since_drain > crowd->most)
        crowd->most = crowd->since_drain;
    crowd->since_drain = 0;
    crowd->drains++;
}

static bool
crowd_is_in(void *self)
{
    size_t joined = 0, at = 0;
    const struct connection *connection;
    struct crowd *crowd = self;

    for (size_t i = 0; i < CROWD; i++)
        zsock_events(crowd->peers[i]);
    while ((connection = map_next(&crowd->server.listener->roster.connections, &at)) != NULL)
        joined += connection->fd >= 0;
    return joined == CROWD;
}

static bool
crowd_was_heard(void *self)
{
    return ((struct crowd *)self)->server.frames == CROWD * EACH;
}

static void
crowd_open(struct crowd *crowd, struct loop *loop)
{
    crowd->server.loop = loop;
    server_start(&crowd->server, loop);
    listener_on_frame(crowd->server.listener, crowd_hears, crowd_drained, crowd);
    for (size_t i = 0; i < CROWD; i++) {
        struct curve_public key;
        struct curve_secret secret;
        struct why why;

        curve_make(&key, &secret);
        server_invite(&crowd->server, &key);
        assert_ok(socket_dial(&crowd->peers[i], &crowd->server.key, &secret, 4096, &why));
        zsock_set_linger(crowd->peers[i], 0);
        assert_int_equal(
            zsock_connect(crowd->peers[i], "%s", listener_endpoint(crowd->server.listener)), 0);
    }
    wait_for(loop, crowd_is_in, crowd);
}

static void
three_hundred_peers_are_served_and_the_loop_gets_its_turn(void **state)
{
    static struct crowd crowd;
    struct loop *loop = loop_new();

    (void)state;
    crowd_open(&crowd, loop);
    assert_int_equal(crowd.server.asked, CROWD); /* once a handshake */
    assert_int_equal(listener_connections(crowd.server.listener), CROWD);
    for (size_t i = 0; i < CROWD; i++)
        for (int j = 0; j < EACH; j++)
            assert_int_equal(zmq_send(zsock_resolve(crowd.peers[i]), &i, sizeof(i), 0),
                             sizeof(i));
    usleep(200 * 1000); /* so that more waits than one turn may take */
    wait_for(loop, crowd_was_heard, &crowd);
    assert_in_range(crowd.most, 1, LISTENER_FRAMES_AT_ONCE);
    assert_true(crowd.drains > 1);
    for (size_t i = 0; i < CROWD; i++)
        for (int j = 0; j < EACH; j++) {
            size_t echo = CROWD;

            zsock_set_rcvtimeo(crowd.peers[i], PATIENCE_MS);
            assert_int_equal(zmq_recv(zsock_resolve(crowd.peers[i]), &echo, sizeof(echo), 0),
                             sizeof(echo));
            assert_int_equal(echo, i);
        }
    for (size_t i = 0; i < CROWD; i++)
        zsock_destroy(&crowd.peers[i]);
    wait_for(loop, server_is_alone, &crowd.server);
    server_stop(&crowd.server);
    loop_free(&loop);
}

/* --- 8: a key that is no longer welcome ------------------------------------------------------------------------ */

/* libzmq asks at the handshake only. */
static void
a_peer_whose_key_is_revoked_can_be_cut_and_does_not_get_in_again(void **state)
{
    struct server server = { .frames = 0 };
    struct client client = { .ups = 0 };
    struct loop *loop = loop_new();

    (void)state;
    server_start(&server, loop);
    client_join(&client, &server);
    client_is_served(&client, &server);
    free(map_remove(&server.guests, key_number(&client.key)));
    listener_cut(server.listener, server.last.number);
    wait_for(loop, client_was_refused, &client);
    assert_int_equal(client.ups, 1);
    assert_int_equal(listener_connections(server.listener), 0);
    dialler_close(&client.dialler);
    server_stop(&server);
    loop_free(&loop);
}

/* --- 12: shutting down ------------------------------------------------------------------------- */

/* libzmq ends when all sockets have: a process with one that waits for ever would not. */
static void
a_socket_that_is_closed_does_not_wait_for_ever(void **state)
{
    struct loop *loop = loop_new();
    struct curve_public key;
    struct curve_secret secret;
    zsock_t *serving, *dialling;
    struct why why;

    (void)state;
    curve_make(&key, &secret);
    assert_ok(socket_serve(&serving, &secret, 4096, "kith", &why));
    assert_ok(socket_dial(&dialling, &key, &secret, 4096, &why));
    assert_int_equal(zsock_linger(serving), 0);
    assert_in_range(zsock_linger(dialling), 1, 5000); /* what it has just said may go out */
    zsock_destroy(&dialling);
    zsock_destroy(&serving);
    loop_free(&loop);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_peer_is_reported_and_no_frame_is_lost),
        cmocka_unit_test(without_a_zap_handler_nobody_is_served),
        cmocka_unit_test(a_random_key_is_refused_while_known_ones_are_served),
        cmocka_unit_test(a_frame_without_an_authenticated_key_is_not_heard),
        cmocka_unit_test(a_peer_that_takes_anothers_routing_id_gets_nothing),
        cmocka_unit_test(a_peer_that_chooses_its_own_routing_id_is_cut),
        cmocka_unit_test(a_frame_that_is_too_long_ends_its_own_connection_only),
        cmocka_unit_test(a_message_of_two_frames_is_not_heard_and_ends_its_connection),
        cmocka_unit_test(three_hundred_peers_are_served_and_the_loop_gets_its_turn),
        cmocka_unit_test(a_peer_whose_key_is_revoked_can_be_cut_and_does_not_get_in_again),
        cmocka_unit_test(a_socket_that_is_closed_does_not_wait_for_ever),
    };

    return RUN(tests);
}
