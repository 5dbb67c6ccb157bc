#ifndef KITH_NET_SOCKET_H
#define KITH_NET_SOCKET_H

#include <stdbool.h>

#include "core/bytes.h"
#include "core/err.h"
#include "net/curve.h"
#include "net/library.h"
#include "net/loop.h"
#include "net/sent.h"

/* What the files of this module share; nobody else includes it.  Options are set through
   libzmq itself, because czmq aborts the process when one is refused. */

enum {
    CURVE_OVERHEAD = 33,       /* "\x07MESSAGE", nonce, tag and flags around each frame */
    RECEIVE_HWM = 8,           /* whole messages waiting for the loop, per connection */
    KERNEL_BUFFER = 128 * 1024 /* for receiving; the kernel takes twice this */
};

/* "tcp://ADDRESS:PORT"; libzmq would take some that can never work.  A listener's port may
   be "*". */
enum err endpoint_check(const char *endpoint, struct why *why) MUST_CHECK;

enum err socket_serve(zsock_t **socket, const struct curve_secret *secret, size_t frame_max,
                      const char *zap_domain, struct why *why) MUST_CHECK;
enum err socket_dial(zsock_t **socket, const struct curve_public *server,
                     const struct curve_secret *secret, size_t frame_max,
                     struct why *why) MUST_CHECK;

/* The next waiting part; false when there is none, and then part needs no closing. */
bool socket_receive(zsock_t *socket, zmq_msg_t *part);
/* Reads away what is left of a message whose part said MORE; returns its bytes on the
   wire. */
size_t socket_skip(zsock_t *socket, zmq_msg_t *part);
/* flags: 0 or ZMQ_SNDMORE. */
enum sent socket_send(zsock_t *socket, struct bytes part, int flags);
/* The bytes that a part took on the wire. */
size_t socket_wire_size(zmq_msg_t *part);

/* The events of a socket, in the order in which they happened: they are sent by the thread
   that does the socket's input and output, so an event is there before any frame that
   came after it. */
struct socket_event {
    int kind;  /* ZMQ_EVENT_... */
    int value; /* a descriptor for ACCEPTED, CONNECTED and DISCONNECTED */
};

enum err monitor_open(zsock_t **monitor, zsock_t *of, int kinds, struct why *why) MUST_CHECK;
bool monitor_next(zsock_t *monitor, struct socket_event *event);
/* The monitor first, then its socket. */
void monitor_close(zsock_t **monitor, zsock_t *of);

/* In loop.c. */
void loop_watch_socket(struct loop *loop, zsock_t *socket, void (*ready)(void *self),
                       void *self);
void loop_unwatch_socket(struct loop *loop, zsock_t *socket);

#endif
