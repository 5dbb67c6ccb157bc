#ifndef KITH_FEDERATION_SIGNER_H
#define KITH_FEDERATION_SIGNER_H

#include <stdbool.h>

#include "federation/node_keys.h"
#include "federation/registry.h"

/*
 * The key to sign with on that day: the newest of ours that the registry lists as valid, and
 * *lapsed is cleared.  When the agency has none, its lapsed one (registry_lapsed_key), and
 * *lapsed is set.  NULL when what is listed is not ours.
 */
const struct numbered_secret *signer_choose(const struct node_keys *keys,
                                            const struct registry *registry,
                                            const struct agency *agency, struct day day,
                                            bool *lapsed);

#endif
