#ifndef KITH_NET_LINK_H
#define KITH_NET_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/bytes.h"
#include "core/err.h"
#include "core/instant.h"
#include "crypto/key.h"

/*
 * The home of libzmq and czmq: one loop, CURVE sockets whose peers are who they say, and
 * nothing above it that knows a routing id from an identity.
 *
 * One thread, one loop.  The process blocks its signals before the first loop is made and
 * reads them from a signalfd.
 */

/* --- The loop ------------------------------------------------------------------------- */

struct loop;

struct loop *loop_new(void);
void loop_free(struct loop **loop);
/* Until loop_stop, or SIGINT or SIGTERM when no on_signal is set. */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);
/* signal: SIGHUP, SIGTERM or SIGINT. */
void loop_on_signal(struct loop *loop, void (*heard)(void *self, int signal), void *self);
/* Every ms milliseconds.  Returns a number for loop_end_timer. */
int loop_every(struct loop *loop, unsigned ms, void (*tick)(void *self), void *self);
void loop_end_timer(struct loop *loop, int timer);
/* A file descriptor that is readable (or writable, or broken). */
void loop_watch(struct loop *loop, int fd, void (*ready)(void *self), void *self);
void loop_unwatch(struct loop *loop, int fd);
/* Monotonic milliseconds, for waiting; and the wall clock, for signed times. */
int64_t loop_monotonic_ms(void);
struct instant loop_wall_clock(void);

/* --- CURVE keys ------------------------------------------------------------------------- */

struct curve_public {
    uint8_t bytes[32];
};
struct curve_secret {
    uint8_t bytes[32];
};
void curve_make(struct curve_public *public, struct curve_secret *secret);
void curve_public_of(struct curve_public *public, const struct curve_secret *secret);

/* --- The broker's side ------------------------------------------------------------------- */

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
    unsigned connections_max; /* live ones; further handshakes are refused */
    size_t undelivered_max;   /* bytes of unfinished messages a connection may pile up */
};

/*
 * Binds, with its own ZAP handler in the same loop.  Before it serves anybody the listener
 * tests itself: a client with a random key must be refused (ERR_REFUSED when it was let in
 * or nobody answered; why says which).  The doorman must outlive the listener.
 */
enum err listener_open(struct listener **listener, struct loop *loop,
                       const struct listener_options *options, const struct doorman *doorman,
                       struct why *why) MUST_CHECK;
void listener_close(struct listener **listener);
/* The endpoint that was bound, with the port. */
const char *listener_endpoint(const struct listener *listener);

/* heard: one data frame of an authenticated peer; frames without an authenticated key, and
   messages of more than one frame, never get here.  drained: called after the frames that
   were waiting (at most 256) have been heard: the place for a group commit. */
void listener_on_frame(struct listener *listener,
                       void (*heard)(void *self, const struct session *session,
                                     struct bytes frame),
                       void (*drained)(void *self), void *self);

enum sent { SENT_OK, SENT_LATER, SENT_GONE };
/* Never blocks.  SENT_LATER: the peer's pipe is full; SENT_GONE: no such connection. */
enum sent listener_send(struct listener *listener, uint64_t session, struct bytes frame);
/* Cuts the connection. */
void listener_cut(struct listener *listener, uint64_t session);
unsigned listener_connections(const struct listener *listener);

/* --- The agent's side ---------------------------------------------------------------------- */

struct dialler;

struct dialler_options {
    const char *endpoint;
    struct curve_public broker;
    struct curve_secret secret;
    size_t frame_max;
};

enum err dialler_open(struct dialler **dialler, struct loop *loop,
                      const struct dialler_options *options, struct why *why) MUST_CHECK;
void dialler_close(struct dialler **dialler);

enum dial_event { DIAL_UP, DIAL_DOWN, DIAL_REFUSED };
/* event: connected and authenticated; connection lost; the broker does not know our key. */
void dialler_on(struct dialler *dialler, void (*event)(void *self, enum dial_event event),
                void (*heard)(void *self, struct bytes frame), void (*drained)(void *self),
                void *self);
/* Never blocks; SENT_GONE when there is no connection. */
enum sent dialler_send(struct dialler *dialler, struct bytes frame);

#endif
