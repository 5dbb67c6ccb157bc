#ifndef KITH_AGENT_SEALING_H
#define KITH_AGENT_SEALING_H

#include "agent/parts.h"

/* One entry of the spool on its way to being sealed. */
struct sealing {
    struct spooled entry; /* `message` is a copy of ours */
    const struct agreement *agreement;
    uint8_t handle[HANDLE];
    struct recipients recipients;
    struct buffer *fragments; /* one for each compartment */
    unsigned count;           /* of compartments */
    uint8_t msg_id[MSG_ID];
    struct sealed sealed;
    bool is_sealed;
};

/* prepare.c: reads the message, chooses its recipients and writes the fragments. */
enum err prepare(struct agent *agent, struct sealing *sealing, struct moment now,
                 struct why *why) MUST_CHECK;

/* wrap.c: numbers the recipients' streams and seals the fragments. */
enum err number_and_seal(struct agent *agent, struct sealing *sealing,
                         struct moment now) MUST_CHECK;

#endif
