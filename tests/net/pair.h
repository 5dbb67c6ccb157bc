#ifndef KITH_TESTS_NET_PAIR_H
#define KITH_TESTS_NET_PAIR_H

/* A listener and its clients in one process and one loop, and waiting for something to be
   true.  The waits end with the thing waited for; their limits only end a test that has
   failed. */

#include <stdbool.h>
#include <unistd.h>

#include "../check.h"
#include "core/map.h"
#include "core/mem.h"
#include "net/link.h"

enum { PATIENCE_MS = 20000, HEARD_MAX = 64 };

/* --- Waiting --------------------------------------------------------------------------------- */

struct wait {
    struct loop *loop;
    bool (*done)(void *self);
    void *self;
    int64_t until;
    bool was_done;
};

static inline void
wait_look(void *self)
{
    struct wait *wait = self;

    wait->was_done = wait->done != NULL && wait->done(wait->self);
    if (wait->was_done || loop_monotonic_ms() >= wait->until)
        loop_stop(wait->loop);
}

static inline bool
wait_for_ms(struct loop *loop, bool (*done)(void *self), void *self, int ms)
{
    struct wait wait = { loop, done, self, loop_monotonic_ms() + ms, false };
    int timer = loop_every(loop, 1, wait_look, &wait);

    loop_run(loop);
    loop_end_timer(loop, timer);
    return wait.was_done;
}

#define wait_for(loop, done, self) assert_true(wait_for_ms(loop, done, self, PATIENCE_MS))

/* Lets the loop run for a while in which something is expected not to happen. */
static inline void
let_pass(struct loop *loop, int ms)
{
    wait_for_ms(loop, NULL, NULL, ms);
}

/* --- A server -------------------------------------------------------------------------------- */

struct server {
    struct loop *loop;
    struct listener *listener;
    struct curve_public key;
    struct map guests; /* by the first eight bytes of their key */
    size_t asked;
    struct session last;      /* who spoke last */
    struct map sessions;      /* number -> a copy of the session; only live ones */
    uint8_t heard[HEARD_MAX]; /* the last frame's first bytes */
    size_t heard_len;
    size_t frames;
    size_t drains;
    size_t ended;
    bool echo;
};

static inline uint64_t
key_number(const struct curve_public *key)
{
    return get_le64(key->bytes);
}

static inline bool
server_may_enter(void *self, const struct curve_public *key)
{
    struct server *server = self;
    const struct curve_public *guest = map_get(&server->guests, key_number(key));

    server->asked++;
    return guest != NULL && memcmp(guest, key, sizeof(*key)) == 0;
}

static inline void
server_hears(void *self, const struct session *session, struct bytes frame)
{
    struct server *server = self;

    server->last = *session;
    if (map_get(&server->sessions, session->number) == NULL)
        map_put(&server->sessions, session->number, mem_copy(session, sizeof(*session)));
    server->heard_len = frame.len;
    memcpy(server->heard, frame.data, frame.len < HEARD_MAX ? frame.len : HEARD_MAX);
    server->frames++;
    if (server->echo)
        assert_int_equal(listener_send(server->listener, session->number, frame), SENT_OK);
}

static inline void
server_drained(void *self)
{
    struct server *server = self;

    server->drains++;
}

static inline void
server_ended(void *self, const struct session *session)
{
    struct server *server = self;

    free(map_remove(&server->sessions, session->number));
    server->ended++;
}

static inline struct listener_options
server_options(struct server *server)
{
    struct listener_options options = {
        .endpoint = "tcp://127.0.0.1:*",
        .frame_max = 4096,
        .connections_max = 1000,
        .undelivered_max = 0,
    };

    curve_make(&server->key, &options.secret);
    return options;
}

static inline void
server_open(struct server *server, struct loop *loop, const struct listener_options *options)
{
    struct doorman doorman = { server_may_enter, server };
    struct why why = { "" };
    enum err err;

    server->loop = loop;
    if ((err = listener_open(&server->listener, loop, options, &doorman, &why)))
        fail_msg("listener_open: %s: %s", err_text(err), why.text);
    listener_on_frame(server->listener, server_hears, server_drained, server);
    listener_on_end(server->listener, server_ended, server);
    server->asked = 0; /* the self-test asked */
}

static inline void
server_start(struct server *server, struct loop *loop)
{
    struct listener_options options = server_options(server);

    server_open(server, loop, &options);
}

static inline void
server_invite(struct server *server, const struct curve_public *key)
{
    map_put(&server->guests, key_number(key), mem_copy(key, sizeof(*key)));
}

static inline void
free_values(struct map *map)
{
    void *value;
    size_t at = 0;

    while ((value = map_next(map, &at)) != NULL)
        free(value);
    map_clear(map);
}

static inline void
server_stop(struct server *server)
{
    listener_close(&server->listener);
    free_values(&server->guests);
    free_values(&server->sessions);
}

/* --- Clients ------------------------------------------------------------------------------------ */

struct client {
    struct dialler *dialler;
    struct curve_public key;
    struct curve_secret secret;
    unsigned ups, downs, refusals;
    uint8_t heard[HEARD_MAX];
    size_t heard_len;
    size_t frames;
};

static inline void
client_event(void *self, enum dial_event event)
{
    struct client *client = self;

    switch (event) {
    case DIAL_UP: client->ups++; break;
    case DIAL_DOWN: client->downs++; break;
    case DIAL_REFUSED: client->refusals++; break;
    }
}

static inline void
client_hears(void *self, struct bytes frame)
{
    struct client *client = self;

    client->heard_len = frame.len;
    memcpy(client->heard, frame.data, frame.len < HEARD_MAX ? frame.len : HEARD_MAX);
    client->frames++;
}

static inline void
client_dial(struct client *client, struct loop *loop, const char *endpoint,
            const struct curve_public *broker)
{
    struct dialler_options options = {
        .endpoint = endpoint,
        .broker = *broker,
        .secret = client->secret,
        .frame_max = 4096,
    };
    struct why why = { "" };
    enum err err;

    if ((err = dialler_open(&client->dialler, loop, &options, &why)))
        fail_msg("dialler_open: %s: %s", err_text(err), why.text);
    dialler_on(client->dialler, client_event, client_hears, NULL, client);
}

/* A client with a key that the server knows. */
static inline void
client_join(struct client *client, struct server *server)
{
    curve_make(&client->key, &client->secret);
    server_invite(server, &client->key);
    client_dial(client, server->loop, listener_endpoint(server->listener), &server->key);
}

static inline bool
client_is_up(void *self)
{
    const struct client *client = self;

    return client->ups > client->downs;
}

static inline bool
client_is_down(void *self)
{
    const struct client *client = self;

    return client->downs > 0;
}

static inline bool
client_was_refused(void *self)
{
    const struct client *client = self;

    return client->refusals > 0;
}

static inline bool
client_has_heard(void *self)
{
    const struct client *client = self;

    return client->frames > 0;
}

static inline bool
server_has_heard(void *self)
{
    const struct server *server = self;

    return server->frames > 0;
}

static inline bool
server_is_alone(void *self)
{
    const struct server *server = self;

    return listener_connections(server->listener) == 0;
}

/* A round trip from a client that is up; the server must echo. */
static inline void
client_is_served(struct client *client, struct server *server)
{
    size_t before = client->frames;

    server->echo = true;
    client->frames = 0;
    wait_for(server->loop, client_is_up, client);
    assert_int_equal(dialler_send(client->dialler, bytes_of_text("are you there")), SENT_OK);
    wait_for(server->loop, client_has_heard, client);
    assert_bytes(bytes_of(client->heard, client->heard_len), bytes_of_text("are you there"));
    client->frames += before;
}

#endif
