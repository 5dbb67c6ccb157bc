#ifndef KITH_AGENT_ARRIVAL_H
#define KITH_AGENT_ARRIVAL_H

#include "agent/parts.h"
#include "envelope/check.h"
#include "message/control.h"
#include "message/message.h"

/*
 * One delivery, understood: verified, opened, put together, and found to be about a child of
 * ours where that is asked.  Nothing is written down here.
 */
struct arrival {
    const struct delivery *delivery;
    uint8_t h[DIGEST]; /* set by the caller: header_hash of it */
    struct core core;
    const struct agreement *agreement;
    struct opened opened;
    struct header header;
    struct received *received;
    struct control control; /* of KIND_CONTROL */
    uint64_t stream_seq;    /* 0 if it did not open */
    uint64_t record;        /* of ours, 0 if none */

    /* No capsule came: the message expired, or what entitled us to it ended, before it
       reached us.  That the sender wrote it has been verified. */
    bool is_stub;
    bool is_attributed; /* the core could be read, and says whose message it is */
    /* Not kept from being read by these; a person must know. */
    bool over_wrapped, under_wrapped, withheld, misfiled;
};

/* *check is the check that it failed; the error is the store's. */
enum err arrival_understand(struct arrival *arrival, struct agent *agent, struct instant now,
                            enum check *check) MUST_CHECK;
void arrival_clear(struct arrival *arrival);

#endif
