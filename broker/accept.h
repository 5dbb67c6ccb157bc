#ifndef KITH_BROKER_ACCEPT_H
#define KITH_BROKER_ACCEPT_H

#include "agreement/in_force.h"
#include "envelope/batch.h"
#include "envelope/core.h"
#include "store/store.h"

/*
 * Is this envelope to be taken?  Everything that can be said of it without a key that opens
 * it; all or nothing.  Pure: no store, no socket, time is an argument.
 *
 * In two halves, because between them the broker asks its store whether it has the message
 * already: a repetition gets its first answer whatever else has changed since.
 */
struct submission {
    const struct envelope *envelope;
    struct core core;
    uint8_t h[DIGEST];
    const struct agreement *agreement;
    bool is_narrowed; /* signed by a key that has ended: for MASH and social care only */
    struct store_delivery deliveries[RECIPIENTS_MAX];
    size_t delivery_count;
    uint32_t failed_for; /* the recipient for whom a check failed, 0 if none */
};

/* Who sent it: form, suite, sender (the agency of the session), that it is not suspended,
   key, signature. */
enum check accept_sender(struct submission *submission, const struct envelope *envelope,
                         uint32_t agency, const struct in_force *in_force,
                         struct root_cache *roots, struct instant now);

/* Whether it may go: window, agreement, route, compartments, MASH and social care among
   the recipients, every recipient entitled.  Fills in the deliveries. */
enum check accept_content(struct submission *submission, const struct in_force *in_force,
                          struct instant now);

#endif
