#include "net/dialler.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "crypto/key.h"
#include "net/guard.h"
#include "net/socket.h"

enum { LOST_MS = 200, FAILED_MS = 500, FAILED_MAX_MS = 30000, FRAMES_AT_ONCE = 256 };

struct dialler {
    struct loop *loop;
    zsock_t *socket;
    zsock_t *monitor;
    struct guard *guard;
    char *endpoint;
    size_t frame_max;
    int fd; /* of the connection, for the guard; -1: none */
    bool up;
    bool refused;      /* the last handshake failed because of our key */
    unsigned failures; /* handshakes that failed since the last that did not */
    int redial;        /* timer; -1: none */

    void (*event)(void *self, enum dial_event event);
    void (*heard)(void *self, struct bytes frame);
    void (*drained)(void *self);
    void *self;
};

static void
tell(struct dialler *dialler, enum dial_event event)
{
    if (dialler->event != NULL)
        dialler->event(dialler->self, event);
}

/* --- What comes ------------------------------------------------------------------------------- */

/* A broker sends single frames no longer than agreed; what does not is not our broker. */
static void
hear(struct dialler *dialler, zmq_msg_t *part)
{
    struct bytes frame = bytes_of(zmq_msg_data(part), zmq_msg_size(part));
    size_t wire_size = socket_wire_size(part);
    size_t skipped = socket_skip(dialler->socket, part);

    guard_heard(dialler->guard, dialler->fd, wire_size + skipped);
    if (skipped > 0 || frame.len > dialler->frame_max)
        guard_cut(dialler->guard, dialler->fd);
    else if (frame.len > 0 && dialler->heard != NULL)
        dialler->heard(dialler->self, frame);
}

/* False when there may be more. */
static bool
hear_waiting(struct dialler *dialler)
{
    zmq_msg_t part;
    int count = 0;

    while (count < FRAMES_AT_ONCE && socket_receive(dialler->socket, &part)) {
        hear(dialler, &part);
        zmq_msg_close(&part);
        count++;
    }
    if (count > 0 && dialler->drained != NULL)
        dialler->drained(dialler->self);
    return count < FRAMES_AT_ONCE;
}

/* --- Up and down -------------------------------------------------------------------------------- */

static void on_events(void *self);

static void
on_redial(void *self)
{
    struct dialler *dialler = self;

    on_events(dialler); /* the old connection's, which are not to be believed */
    loop_end_timer(dialler->loop, dialler->redial);
    dialler->redial = -1;
    /* The address was accepted when the dialler was opened. */
    zmq_connect(zsock_resolve(dialler->socket), dialler->endpoint);
}

static unsigned
wait_before_redial(const struct dialler *dialler)
{
    unsigned doublings = dialler->failures < 7 ? dialler->failures : 7;
    unsigned ms = FAILED_MS / 2 << doublings;

    if (dialler->failures == 0)
        ms = LOST_MS;
    else if (ms > FAILED_MAX_MS)
        ms = FAILED_MAX_MS;
    return ms + random_below(ms); /* so that a thousand agents do not come back at once */
}

/* libzmq itself only waits for somebody to listen: after a connection it would come back at
   once, however often the handshake failed, and after a protocol error never. */
static void
redial(struct dialler *dialler)
{
    if (dialler->redial >= 0)
        return;
    zmq_disconnect(zsock_resolve(dialler->socket), dialler->endpoint);
    dialler->redial =
        loop_every(dialler->loop, wait_before_redial(dialler), on_redial, dialler);
}

static void
connection_made(struct dialler *dialler, int fd)
{
    if (dialler->redial >= 0) /* libzmq's own attempt, before we told it to leave it */
        return;
    dialler->fd = fd;
    dialler->refused = false;
    guard_add(dialler->guard, fd);
}

static void
connection_up(struct dialler *dialler)
{
    if (dialler->fd < 0)
        return;
    dialler->up = true;
    tell(dialler, DIAL_UP);
}

static void
connection_lost(struct dialler *dialler)
{
    bool was_up = dialler->up;

    if (dialler->fd < 0)
        return;
    /* What it still said comes before the news that it is gone. */
    while (was_up && !hear_waiting(dialler))
        ;
    guard_remove(dialler->guard, dialler->fd);
    dialler->fd = -1;
    dialler->up = false;
    dialler->failures = was_up ? 0 : dialler->failures + 1;
    redial(dialler);
    if (was_up)
        tell(dialler, DIAL_DOWN);
    else if (dialler->refused)
        tell(dialler, DIAL_REFUSED);
}

static void
on_events(void *self)
{
    struct dialler *dialler = self;
    struct socket_event event;

    while (monitor_next(dialler->monitor, &event))
        switch (event.kind) {
        case ZMQ_EVENT_CONNECTED: connection_made(dialler, event.value); break;
        case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: dialler->refused = true; break;
        case ZMQ_EVENT_DISCONNECTED: connection_lost(dialler); break;
        case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: connection_up(dialler); break;
        default: break;
        }
}

static void
on_frames(void *self)
{
    struct dialler *dialler = self;

    on_events(dialler); /* up comes before the first frame */
    hear_waiting(dialler);
}

void
dialler_on(struct dialler *dialler, void (*event)(void *self, enum dial_event event),
           void (*heard)(void *self, struct bytes frame), void (*drained)(void *self),
           void *self)
{
    dialler->event = event;
    dialler->heard = heard;
    dialler->drained = drained;
    dialler->self = self;
}

enum sent
dialler_send(struct dialler *dialler, struct bytes frame)
{
    return dialler->up ? socket_send(dialler->socket, frame, 0) : SENT_GONE;
}

/* --- Opening and closing -------------------------------------------------------------------------- */

static enum err
open_all(struct dialler *dialler, const struct dialler_options *options, struct why *why)
{
    enum err err;

    if ((err = endpoint_check(options->endpoint, why)))
        return err;
    dialler->guard = guard_start(guard_limits_for(0, options->frame_max));
    if (dialler->guard == NULL)
        return because(why, ERR_IO, "no thread for the dialler's guard: %s", strerror(errno));
    if ((err = socket_dial(&dialler->socket, &options->broker, &options->secret,
                           options->frame_max, why)))
        return err;
    if ((err =
             monitor_open(&dialler->monitor, dialler->socket,
                          ZMQ_EVENT_CONNECTED | ZMQ_EVENT_DISCONNECTED
                              | ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH,
                          why)))
        return err;
    if (zmq_connect(zsock_resolve(dialler->socket), options->endpoint) < 0)
        return because(why, ERR_MALFORMED, "%s: %s", options->endpoint, zmq_strerror(errno));
    return ERR_OK;
}

enum err
dialler_open(struct dialler **out, struct loop *loop, const struct dialler_options *options,
             struct why *why)
{
    struct dialler *dialler = mem_new(sizeof(*dialler));
    enum err err;

    dialler->endpoint = mem_text(options->endpoint);
    dialler->frame_max = options->frame_max;
    dialler->fd = dialler->redial = -1;
    if ((err = open_all(dialler, options, why))) {
        dialler_close(&dialler);
        return err;
    }
    dialler->loop = loop;
    loop_watch_socket(loop, dialler->monitor, on_events, dialler);
    loop_watch_socket(loop, dialler->socket, on_frames, dialler);
    *out = dialler;
    return ERR_OK;
}

static void
leave_loop(struct dialler *dialler)
{
    if (dialler->redial >= 0)
        loop_end_timer(dialler->loop, dialler->redial);
    loop_unwatch_socket(dialler->loop, dialler->socket);
    loop_unwatch_socket(dialler->loop, dialler->monitor);
}

void
dialler_close(struct dialler **pointer)
{
    struct dialler *dialler = *pointer;

    if (dialler == NULL)
        return;
    if (dialler->loop != NULL)
        leave_loop(dialler);
    if (dialler->monitor != NULL)
        monitor_close(&dialler->monitor, dialler->socket);
    zsock_destroy(&dialler->socket);
    guard_stop(&dialler->guard);
    free(dialler->endpoint);
    free(dialler);
    *pointer = NULL;
}
