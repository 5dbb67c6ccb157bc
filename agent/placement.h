#ifndef KITH_AGENT_PLACEMENT_H
#define KITH_AGENT_PLACEMENT_H

#include "message/message.h"
#include "policy/policy.h"

/* Where the fields of one kind of message live under one agreement. */
struct place_finder {
    const struct policy *policy;
    enum kind kind;
};

/* Borrows the finder. */
struct placement placement_by(const struct place_finder *finder);

#endif
