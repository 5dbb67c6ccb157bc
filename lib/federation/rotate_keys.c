#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "federation/make_parts.h"
#include "federation/rotation.h"
#include "federation/signer.h"

/* One more than any that the registry knows. */
static uint32_t
next_number(const struct agency *agency)
{
    uint32_t highest = 0;

    for (size_t i = 0; i < agency->signing_count; i++)
        if (agency->signing[i].number > highest)
            highest = agency->signing[i].number;
    return highest == UINT32_MAX ? 0 : highest + 1;
}

static enum err
make_next_signing(struct rotation *rotation, const struct rotating *rotating, struct why *why)
{
    const struct numbered_secret *made =
        node_keys_signing(rotating->keys, rotation->signing_number);
    struct sign_secret secret;
    char name[64];
    enum err err;

    if (made != NULL) {
        rotation->signing = made->public;
        return ERR_OK;
    }
    snprintf(name, sizeof(name), "signing-%u.key", (unsigned)rotation->signing_number);
    err = make_signing_key(&rotation->signing, &secret, rotating->folder, name, KEYFILE_SIGNING,
                           &rotating->keys->kek, why);
    wipe(&secret, sizeof(secret));
    return err;
}

static enum err
make_next_transport(struct rotation *rotation, const struct rotating *rotating, struct why *why)
{
    if (rotating->keys->has_next_transport) {
        rotation->transport = rotating->keys->next_transport_public;
        return ERR_OK;
    }
    return make_exchange_key(&rotation->transport, rotating->folder, NEXT_TRANSPORT_FILE,
                             KEYFILE_TRANSPORT, &rotating->keys->kek, why);
}

enum err
rotation_begin(struct rotation *rotation, const struct federation *federation,
               const struct rotating *rotating, struct why *why)
{
    const struct registry *registry = federation_registry(federation);
    const struct agency *agency = registry_agency_named(registry, rotating->agency);
    const struct numbered_secret *signer;
    struct rotation begun = { .agency = 0 };
    bool lapsed;
    enum err err;

    if (agency == NULL)
        return because(why, ERR_NOT_FOUND, "the registry names no agency '%s'",
                       rotating->agency);
    /* A key that has ended, and was not replaced, still shows who asks. */
    signer =
        signer_choose(rotating->keys, registry, agency, instant_day(rotating->now), &lapsed);
    if (signer == NULL)
        return because(why, ERR_REFUSED,
                       "%s has no signing key here that the registry names, and so nothing to "
                       "sign the new ones with; it has to be invited anew",
                       rotating->agency);
    begun.agency = agency->number;
    begun.signing_number = next_number(agency);
    begun.signer = signer->number;
    snprintf(begun.federation, sizeof(begun.federation), "%s", registry_federation(registry));
    snprintf(begun.name, sizeof(begun.name), "%s", agency->name);
    if (begun.signing_number == 0)
        return because(why, ERR_FULL, "there is no number left for a signing key");
    if ((err = make_next_transport(&begun, rotating, why))
        || (err = make_next_signing(&begun, rotating, why)))
        return err;
    rotation_sign(&begun, &signer->secret);
    *rotation = begun;
    return ERR_OK;
}
