#ifndef KITH_NET_LISTENER_PRIVATE_H
#define KITH_NET_LISTENER_PRIVATE_H

#include "net/gate.h"
#include "net/guard.h"
#include "net/library.h"
#include "net/listener.h"
#include "net/roster.h"

/* What listener.c, hearing.c and proof.c share. */

struct proof;

struct listener {
    struct loop *loop; /* NULL until it serves */
    struct doorman doorman;
    size_t frame_max;
    unsigned connections_max;
    char endpoint[256];

    struct gate *gate;
    struct guard *guard;
    zsock_t *socket;
    zsock_t *monitor;
    int timer;
    struct roster roster;
    struct proof *proof; /* the self-test, while it runs */

    void (*heard)(void *self, const struct session *session, struct bytes frame);
    void (*drained)(void *self);
    void *self;
    void (*ended)(void *self, const struct session *session);
    void *ended_self;
};

/* What libzmq says happened to descriptors, up to now. */
void listener_read_events(struct listener *listener);
void listener_cut_connection(struct listener *listener, struct connection *connection);
/* Hears what waits, a bounded number; false when there may be more.  Else those who have
   ended are forgotten: no frame of theirs waits. */
bool listener_hear_waiting(struct listener *listener);

/* A stranger, a client with a random key, must be turned away: our gate said so, the
   stranger was told so, and no frame came in.  Nobody else is let in meanwhile. */
enum err listener_prove(struct listener *listener, const struct curve_secret *secret,
                        struct why *why) MUST_CHECK;
/* What the gate says while that is tried. */
enum verdict proof_judge(struct listener *listener, const struct curve_public *key);

#endif
