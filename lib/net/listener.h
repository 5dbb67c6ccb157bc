#ifndef KITH_NET_LISTENER_H
#define KITH_NET_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/bytes.h"
#include "core/err.h"
#include "net/curve.h"
#include "net/loop.h"
#include "net/sent.h"

/*
 * The broker's side: a CURVE server.  It never serves a peer without an authenticated key,
 * never takes a peer's word for who it is, never blocks and never drops a frame in silence.
 *
 * Memory.  Whatever a peer sends, one connection holds at most `undelivered_max` bytes (as
 * they came over the wire) that have not been heard, and all connections together at most
 * LISTENER_UNDELIVERED_MAX.  A connection that goes beyond is cut within 10 ms, also while
 * the loop is busy, in which time libzmq's one input thread takes in 10 MiB at most.  A byte
 * on the wire costs up to 4.5 bytes of memory (measured; a message of empty parts is the
 * worst).  So a peer can cost 4.5 * (undelivered_max + 10 MiB), and all of them together
 *
 *     4.5 * (LISTENER_UNDELIVERED_MAX + 10 MiB) = 333 MiB
 *
 * however many they are.  tests/net/test_memory.c attacks it.
 */
enum {
    LISTENER_UNDELIVERED_MAX = 64 * 1024 * 1024,
    LISTENER_PER_KEY_MAX = 4,        /* connections of one key at a time */
    LISTENER_FIRST_FRAME_MS = 10000, /* a connection that has said nothing by then is cut */
    LISTENER_FRAMES_AT_ONCE = 256    /* heard before the loop turns to something else */
};

/* One connection of an authenticated peer.  A session is not an identity: key is. */
struct session {
    uint64_t number; /* unique for the life of the listener */
    struct curve_public key;
};

/* Who may connect: asked at each handshake, by transport key. */
struct doorman {
    bool (*may_enter)(void *self, const struct curve_public *key);
    void *self;
};

struct listener;

struct listener_options {
    const char *endpoint; /* "tcp://127.0.0.1:*" */
    struct curve_secret secret;
    size_t frame_max;         /* bytes; a longer frame ends the connection */
    unsigned connections_max; /* live ones; further handshakes are put off */
    size_t undelivered_max;   /* bytes of unfinished messages a connection may pile up; never
                                 less than the eight whole frames that may wait to be heard */
};

/*
 * Binds, with its own ZAP handler in the same loop.  Before it serves anybody the listener
 * tests itself: a client with a random key must be refused (ERR_REFUSED when it was let in
 * or nobody answered; why says which).  The doorman must outlive the listener.
 *
 * The ZAP handler has a fixed address in libzmq, so a process has one listener at a time:
 * ERR_CONFLICT for a second.
 */
enum err listener_open(struct listener **listener, struct loop *loop,
                       const struct listener_options *options, const struct doorman *doorman,
                       struct why *why) MUST_CHECK;
/* Not from one of its own callbacks. */
void listener_close(struct listener **listener);
/* The endpoint that was bound, with the port. */
const char *listener_endpoint(const struct listener *listener);

/* heard: one data frame of an authenticated peer; frames without an authenticated key, and
   messages of more than one frame, never get here (the latter end the connection), nor do
   empty frames.  drained: called after the frames that were waiting (at most
   LISTENER_FRAMES_AT_ONCE) have been heard: the place for a group commit. */
void listener_on_frame(struct listener *listener,
                       void (*heard)(void *self, const struct session *session,
                                     struct bytes frame),
                       void (*drained)(void *self), void *self);
/* ended: the connection is gone and its last frame has been heard.  Optional. */
void listener_on_end(struct listener *listener,
                     void (*ended)(void *self, const struct session *session), void *self);

/* Never blocks. */
enum sent listener_send(struct listener *listener, uint64_t session,
                        struct bytes frame) MUST_CHECK;
/* Cuts the connection; nothing more is heard from it. */
void listener_cut(struct listener *listener, uint64_t session);
/* The same, once what was sent has had a second or two to go out: without that a farewell is
   lost with its connection. */
void listener_dismiss(struct listener *listener, uint64_t session);
/* Live, authenticated ones. */
unsigned listener_connections(const struct listener *listener);

#endif
