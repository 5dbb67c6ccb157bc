#ifndef KITH_NET_SENT_H
#define KITH_NET_SENT_H

/* What became of a frame that was to be sent.  Taken by libzmq is not received by the
   peer: only the peer's own answer says that. */
enum sent {
    SENT_OK,
    SENT_LATER, /* the pipe to the peer is full: nothing was taken, try again later */
    SENT_GONE   /* no such connection: nothing was taken */
};

#endif
