#ifndef KITH_CLI_DEMO_OFFER_H
#define KITH_CLI_DEMO_OFFER_H

#include "cli/demo_hostile_parts.h"

/*
 * A registry that must not come into force, with the signatures that it is offered with.
 * Each is made with keys of the demonstration's own signers: nothing is wrong with it but
 * what its name says.
 */
enum { OFFER_SIGNATURES = 2 };

struct offer {
    struct buffer text;
    struct buffer minisigs[OFFER_SIGNATURES];
};

void offer_init(struct offer *offer);
void offer_clear(struct offer *offer);

/* The next registry, signed by two who may sign agreements. */
enum err offer_by_policy_signers(struct offer *offer, const struct attacker *attacker);
/* The agreement itself. */
enum err offer_the_agreement(struct offer *offer, const struct attacker *attacker);
/* The next registry, signed by the right two as minisign did before it hashed first. */
enum err offer_in_legacy_format(struct offer *offer, const struct attacker *attacker);
/* The registry that was in force before the attacker was enrolled. */
enum err offer_an_earlier_one(struct offer *offer, const struct attacker *attacker);

#endif
