#include "net/listener.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/mem.h"
#include "net/gate.h"
#include "net/guard.h"
#include "net/listener_private.h"
#include "net/socket.h"

static const char DOMAIN[] = "kith";

/* --- Who is there ------------------------------------------------------------------------- */

void
listener_read_events(struct listener *listener)
{
    struct socket_event event;

    while (monitor_next(listener->monitor, &event)) {
        if (event.kind == ZMQ_EVENT_ACCEPTED) {
            roster_accepted(&listener->roster, event.value, loop_monotonic_ms());
            guard_add(listener->guard, event.value);
        } else if (event.kind == ZMQ_EVENT_DISCONNECTED) {
            roster_disconnected(&listener->roster, event.value);
            guard_remove(listener->guard, event.value);
        }
    }
}

/* No place is not the peer's fault: it may try again. */
static bool
has_place(const struct listener *listener, const struct curve_public *key)
{
    return listener->roster.live < listener->connections_max
           && roster_of_key(&listener->roster, key) < LISTENER_PER_KEY_MAX;
}

static enum verdict
judge(void *self, const struct curve_public *key, char user_id[USER_ID])
{
    struct listener *listener = self;

    if (listener->proof != NULL)
        return proof_judge(listener, key);
    if (!listener->doorman.may_enter(listener->doorman.self, key))
        return GATE_REFUSE;
    listener_read_events(listener); /* before a number is given: see roster.h */
    if (!has_place(listener, key))
        return GATE_LATER;
    roster_let_in(&listener->roster, key, loop_monotonic_ms(), user_id);
    return GATE_ENTER;
}

void
listener_cut_connection(struct listener *listener, struct connection *connection)
{
    connection->is_cut = true;
    guard_cut(listener->guard, connection->fd);
}

/* --- What the loop says -------------------------------------------------------------------------- */

static void
on_frames(void *self)
{
    listener_hear_waiting(self);
}

/* Those above learn at once who has gone, not with the first frame of whoever comes next. */
static void
on_events(void *self)
{
    listener_read_events(self);
    listener_hear_waiting(self);
}

static void
on_knock(void *self)
{
    struct listener *listener = self;

    gate_serve(listener->gate); /* which reads events, too */
    listener_hear_waiting(listener);
}

/* Those who were told goodbye, and have not gone by themselves. */
static void
shut_leaving(struct listener *listener)
{
    struct connection *connection;
    size_t at = 0;

    while ((connection = map_next(&listener->roster.connections, &at)) != NULL)
        if (connection->leaves_in > 0 && connection->fd >= 0 && --connection->leaves_in == 0)
            guard_cut(listener->guard, connection->fd);
}

/* Cuts those who took a place and say nothing: until its first frame we cannot tell whose
   connection it is, and so neither count it to a key nor find it when the key is revoked. */
static void
on_second(void *self)
{
    struct listener *listener = self;
    int64_t early = loop_monotonic_ms() - LISTENER_FIRST_FRAME_MS;
    size_t at = 0;
    int fd;

    if (!listener_hear_waiting(listener)) /* what waits was said in time, if late we hear it */
        return;
    listener_read_events(listener);
    shut_leaving(listener);
    while ((fd = roster_next_silent(&listener->roster, early, &at)) >= 0)
        guard_cut(listener->guard, fd);
    roster_expire(&listener->roster, early - LISTENER_FIRST_FRAME_MS);
}

/* --- For those above --------------------------------------------------------------------------------- */

enum sent
listener_send(struct listener *listener, uint64_t session, struct bytes frame)
{
    struct connection *connection = roster_get(&listener->roster, session);
    enum sent sent;

    if (connection == NULL || connection->fd < 0 || connection->is_cut)
        return SENT_GONE;
    sent = socket_send(listener->socket, bytes_of(connection->routing_id, ROUTING_ID),
                       ZMQ_SNDMORE);
    return sent != SENT_OK ? sent : socket_send(listener->socket, frame, 0);
}

void
listener_cut(struct listener *listener, uint64_t session)
{
    struct connection *connection = roster_get(&listener->roster, session);

    if (connection != NULL)
        listener_cut_connection(listener, connection);
}

void
listener_dismiss(struct listener *listener, uint64_t session)
{
    struct connection *connection = roster_get(&listener->roster, session);

    if (connection == NULL || connection->is_cut)
        return;
    connection->is_cut = true;
    connection->leaves_in = 2;
}

void
listener_on_frame(struct listener *listener,
                  void (*heard)(void *self, const struct session *session, struct bytes frame),
                  void (*drained)(void *self), void *self)
{
    listener->heard = heard;
    listener->drained = drained;
    listener->self = self;
}

void
listener_on_end(struct listener *listener,
                void (*ended)(void *self, const struct session *session), void *self)
{
    listener->ended = ended;
    listener->ended_self = self;
}

const char *
listener_endpoint(const struct listener *listener)
{
    return listener->endpoint;
}

unsigned
listener_connections(const struct listener *listener)
{
    return listener->roster.live;
}

/* --- Opening and closing -------------------------------------------------------------------------------- */

static enum err
bind_to(struct listener *listener, const char *endpoint, struct why *why)
{
    void *socket = zsock_resolve(listener->socket);
    size_t len = sizeof(listener->endpoint);
    enum err err;

    if ((err = endpoint_check(endpoint, why)))
        return err;
    if (zmq_bind(socket, endpoint) < 0)
        return because(why, errno == EADDRINUSE ? ERR_CONFLICT : ERR_IO, "%s: %s", endpoint,
                       zmq_strerror(errno));
    if (zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, listener->endpoint, &len) < 0)
        return because(why, ERR_IO, "%s: %s", endpoint, zmq_strerror(errno));
    return ERR_OK;
}

/* The gate first: without it a server must not exist. */
static enum err
open_all(struct listener *listener, const struct listener_options *options, struct why *why)
{
    enum err err;

    if ((err = gate_open(&listener->gate, DOMAIN, (struct judge){ judge, listener }, why)))
        return err;
    listener->guard =
        guard_start(guard_limits_for(options->undelivered_max, options->frame_max));
    if (listener->guard == NULL)
        return because(why, ERR_IO, "no thread for the listener's guard: %s", strerror(errno));
    if ((err = socket_serve(&listener->socket, &options->secret, options->frame_max, DOMAIN,
                            why)))
        return err;
    if ((err = monitor_open(&listener->monitor, listener->socket,
                            ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED, why)))
        return err;
    if ((err = bind_to(listener, options->endpoint, why)))
        return err;
    return listener_prove(listener, &options->secret, why);
}

enum err
listener_open(struct listener **out, struct loop *loop, const struct listener_options *options,
              const struct doorman *doorman, struct why *why)
{
    struct listener *listener = mem_new(sizeof(*listener));
    enum err err;

    listener->doorman = *doorman;
    listener->frame_max = options->frame_max;
    listener->connections_max = options->connections_max;
    if ((err = open_all(listener, options, why))) {
        listener_close(&listener);
        return err;
    }
    listener->loop = loop;
    loop_watch_socket(loop, gate_socket(listener->gate), on_knock, listener);
    loop_watch_socket(loop, listener->monitor, on_events, listener);
    loop_watch_socket(loop, listener->socket, on_frames, listener);
    listener->timer = loop_every(loop, 1000, on_second, listener);
    *out = listener;
    return ERR_OK;
}

static void
leave_loop(struct listener *listener)
{
    loop_end_timer(listener->loop, listener->timer);
    loop_unwatch_socket(listener->loop, listener->socket);
    loop_unwatch_socket(listener->loop, listener->monitor);
    loop_unwatch_socket(listener->loop, gate_socket(listener->gate));
}

void
listener_close(struct listener **pointer)
{
    struct listener *listener = *pointer;

    if (listener == NULL)
        return;
    if (listener->loop != NULL)
        leave_loop(listener);
    if (listener->monitor != NULL)
        monitor_close(&listener->monitor, listener->socket);
    /* The gate last: as long as there is a server there is somebody to refuse. */
    zsock_destroy(&listener->socket);
    guard_stop(&listener->guard);
    gate_close(&listener->gate);
    roster_clear(&listener->roster);
    free(listener);
    *pointer = NULL;
}
