#include <string.h>

#include "net/listener_private.h"
#include "net/socket.h"

/* A message as it comes from the ROUTER: the routing id, and the first part of what the
   peer sent. */
struct incoming {
    zmq_msg_t id, part;
};

static bool
receive(zsock_t *socket, struct incoming *incoming)
{
    if (!socket_receive(socket, &incoming->id))
        return false;
    if (zmq_msg_more(&incoming->id) && socket_receive(socket, &incoming->part))
        return true;
    zmq_msg_close(&incoming->id);
    return false;
}

/* The first frame of a connection. */
static void
meet(struct listener *listener, struct connection *connection, struct incoming *incoming)
{
    static const uint8_t none[ROUTING_ID];
    const uint8_t *id = zmq_msg_data(&incoming->id);
    bool id_is_ours = zmq_msg_size(&incoming->id) == ROUTING_ID && id[0] == 0;

    listener_read_events(listener);
    roster_join(&listener->roster, connection, zmq_msg_get(&incoming->part, ZMQ_SRCFD),
                id_is_ours ? id : none);
    if (!id_is_ours) /* one of the peer's choosing might be another's */
        listener_cut_connection(listener, connection);
}

/* NULL: nobody to listen to.  The identity is taken from the peer's own part, because
   libzmq may lose it on the routing id. */
static struct connection *
sender_of(struct listener *listener, struct incoming *incoming)
{
    struct connection *connection =
        roster_find(&listener->roster, zmq_msg_gets(&incoming->part, "User-Id"));

    if (connection != NULL && connection->fd < 0 && !connection->ended)
        meet(listener, connection, incoming);
    return connection == NULL || connection->is_cut ? NULL : connection;
}

static void
hear(struct listener *listener, struct incoming *incoming)
{
    struct connection *connection = sender_of(listener, incoming);
    struct bytes frame = bytes_of(zmq_msg_data(&incoming->part), zmq_msg_size(&incoming->part));
    size_t wire_size = socket_wire_size(&incoming->part);
    size_t skipped = socket_skip(listener->socket, &incoming->part);

    if (connection == NULL)
        return;
    guard_heard(listener->guard, connection->fd, wire_size + skipped);
    if (skipped > 0 || frame.len > listener->frame_max)
        listener_cut_connection(listener, connection);
    else if (frame.len > 0 && listener->heard != NULL)
        listener->heard(listener->self, &connection->session, frame);
}

bool
listener_hear_waiting(struct listener *listener)
{
    struct incoming incoming;
    int count = 0;

    while (count < LISTENER_FRAMES_AT_ONCE && receive(listener->socket, &incoming)) {
        hear(listener, &incoming);
        zmq_msg_close(&incoming.part);
        zmq_msg_close(&incoming.id);
        count++;
    }
    if (count > 0 && listener->drained != NULL)
        listener->drained(listener->self);
    if (count == LISTENER_FRAMES_AT_ONCE)
        return false;
    roster_forget(&listener->roster, listener->ended, listener->ended_self);
    return true;
}
