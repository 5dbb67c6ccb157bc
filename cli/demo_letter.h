#ifndef KITH_CLI_DEMO_LETTER_H
#define KITH_CLI_DEMO_LETTER_H

#include "agreement/in_force.h"
#include "envelope/seal.h"
#include "federation/node_keys.h"
#include "message/message.h"

/*
 * A concern sealed by hand, so that everything about it can be made wrong: begin it, change
 * what you like, address it, seal it, change what you like, sign it again.
 */
struct writer {
    struct in_force *in_force;
    const struct agreement *agreement;
    struct node_keys *keys;
    const struct agency *me;
    struct instant now;
};

enum { LETTER_RECIPIENTS = 8, LETTER_COMPARTMENTS = COMPARTMENTS_MAX };

struct letter {
    const struct writer *writer;
    struct seal_order order;
    struct header header;
    uint8_t handle[HANDLE]; /* random: nobody's record */
    unsigned count;         /* compartments */
    struct buffer fragments[LETTER_COMPARTMENTS];
    struct seal_compartment compartments[LETTER_COMPARTMENTS];
    struct seal_recipient recipients[LETTER_RECIPIENTS];
    struct exchange_secret ephemeral;

    struct sealed sealed;
    struct batch *batch;
};

/* json: the message.  What `begin` began is ended by `end`, on failure too. */
enum err letter_begin(struct letter *letter, const struct writer *writer, const char *json,
                      struct why *why) MUST_CHECK;
/* One capsule more, with keys for all that the agreement could ever give that agency. */
enum err letter_to(struct letter *letter, uint32_t agency, uint64_t stream_seq,
                   struct why *why) MUST_CHECK;
/* Seals, and signs with the writer's own key. */
enum err letter_seal(struct letter *letter, struct why *why) MUST_CHECK;
/* Signs whatever the parts are now. */
void letter_sign(struct letter *letter, const struct sign_secret *secret);
void letter_end(struct letter *letter);

#endif
