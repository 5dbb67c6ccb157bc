#ifndef KITH_AGENT_RECIPIENTS_H
#define KITH_AGENT_RECIPIENTS_H

#include "agreement/in_force.h"
#include "core/bits.h"
#include "core/instant.h"
#include "envelope/core.h"
#include "policy/policy.h"
#include "store/agent_store.h"

/*
 * Who is told of a message, what of it, and who is not told and why.  Pure.
 *
 * Everybody who hears of all children, and whoever holds the index's grant on this record;
 * until the index has answered for the record, MASH and children's social care only, and
 * the police when somebody is in immediate danger.
 */
struct recipient {
    const struct agency *agency;
    struct bits compartments;        /* empty when it is not told */
    const struct intake_key *intake; /* NULL when it is not told */
    enum told_state state;
    const char *why; /* in words, when it is not told */
};

enum { MUST_NOT_REACH_MAX = 64 };

struct about {
    uint32_t sender;
    const uint8_t *handle;
    enum kind kind;
    bool immediate_danger;
    const char *narrowed; /* why only MASH and social care are told; NULL or "": they are not
                             the only ones */
    struct situation situation;
    /* Names of agencies that the sender says it must not reach. */
    const char *must_not_reach[MUST_NOT_REACH_MAX];
    size_t must_not_reach_count;
};

struct recipients {
    struct recipient list[RECIPIENTS_MAX];
    size_t count;
    bool known_to_index;
};

/*
 * Whose grant is out of date is owed; an agency whose grant the index took away is not listed.
 * ERR_NOT_FOUND when somebody who must be told of every message cannot be (no intake key
 * was ever published for it); why says who.  Whoever is suspended is owed it and holds it
 * back from nobody; ERR_NOT_FOUND, too, when everybody whom it could go to is.  `unwanted` (may be NULL) is asked for each
 * recipient that needs a grant: whom the broker has refused for this message is owed.
 */
enum err recipients_choose(struct recipients *recipients, const struct in_force *in_force,
                           const struct about *about, struct instant now,
                           bool (*unwanted)(const void *context, uint32_t agency),
                           const void *context, struct why *why) MUST_CHECK;

#endif
