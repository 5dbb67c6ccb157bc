#include "federation/signer.h"

#include <string.h>

const struct numbered_secret *
signer_choose(const struct node_keys *keys, const struct registry *registry,
              const struct agency *agency, struct day day, bool *lapsed)
{
    for (size_t i = keys->signing_count; i-- > 0;) {
        const struct numbered_secret *ours = &keys->signing[i];
        const struct sign_public *listed =
            registry_key_or_lapsed(registry, agency->number, ours->number, day, lapsed);

        if (listed != NULL && memcmp(listed, &ours->public, sizeof(*listed)) == 0)
            return ours;
    }
    return NULL;
}
