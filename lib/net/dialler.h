#ifndef KITH_NET_DIALLER_H
#define KITH_NET_DIALLER_H

#include <stddef.h>

#include "core/bytes.h"
#include "core/err.h"
#include "net/curve.h"
#include "net/loop.h"
#include "net/sent.h"

/*
 * The agent's side: one CURVE connection to a broker whose key is known, made again
 * whenever it is lost.  It never queues for a broker that is not there.
 *
 * Waits between attempts, each with up to as much again at random: 0.2 s doubling to 5 s
 * when nobody listens; 0.5 s doubling to 30 s when the handshake fails, because that costs
 * the broker work and will not mend itself.
 */
struct dialler;

struct dialler_options {
    const char *endpoint;
    struct curve_public broker;
    struct curve_secret secret;
    size_t frame_max;
};

/* Returns at once; DIAL_UP comes later. */
enum err dialler_open(struct dialler **dialler, struct loop *loop,
                      const struct dialler_options *options, struct why *why) MUST_CHECK;
/* What was taken for sending is still sent, for two seconds at most, in the background. */
void dialler_close(struct dialler **dialler);

enum dial_event {
    DIAL_UP,     /* connected and authenticated */
    DIAL_DOWN,   /* connection lost */
    DIAL_REFUSED /* the broker does not know our key */
};

/* heard and drained: as for a listener.  dialler_close must not be called from these. */
void dialler_on(struct dialler *dialler, void (*event)(void *self, enum dial_event event),
                void (*heard)(void *self, struct bytes frame), void (*drained)(void *self),
                void *self);
/* Never blocks; SENT_GONE when there is no connection. */
enum sent dialler_send(struct dialler *dialler, struct bytes frame) MUST_CHECK;

#endif
