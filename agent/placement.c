#include "agent/placement.h"

static unsigned
find_place(const void *context, uint16_t field, enum form form)
{
    const struct place_finder *finder = context;

    return policy_compartment_of(finder->policy, finder->kind, field, form);
}

struct placement
placement_by(const struct place_finder *finder)
{
    return (struct placement){
        .compartment_of = find_place,
        .context = finder,
        .count = policy_compartments(finder->policy, finder->kind),
    };
}
