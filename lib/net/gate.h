#ifndef KITH_NET_GATE_H
#define KITH_NET_GATE_H

#include "core/err.h"
#include "net/curve.h"
#include "net/library.h"

/*
 * The ZAP handler (RFC 27): libzmq asks it, over a socket inside the process, about every
 * CURVE handshake.  It believes nothing about a request but its own measurements of it, and
 * never writes what it was asked to a log.
 *
 * Not czmq's zauth, which asserts on what it receives, logs credentials, and lists a folder
 * of certificates at each handshake.
 */
struct gate;

enum verdict {
    GATE_REFUSE, /* the peer is told */
    GATE_LATER,  /* the connection is closed in silence; the peer will try again */
    GATE_ENTER
};

/* For GATE_ENTER the judge writes the User-Id that every frame of this connection will
   carry. */
enum { USER_ID = 81 };

struct judge {
    enum verdict (*judge)(void *self, const struct curve_public *key, char user_id[USER_ID]);
    void *self;
};

/* domain: requests for another are refused; borrowed until gate_close.  ERR_CONFLICT: this
   process has a gate. */
enum err gate_open(struct gate **gate, const char *domain, struct judge judge,
                   struct why *why) MUST_CHECK;
void gate_close(struct gate **gate);
/* Readable when somebody waits to be answered. */
zsock_t *gate_socket(const struct gate *gate);
/* Answers those who wait, a bounded number. */
void gate_serve(struct gate *gate);

#endif
