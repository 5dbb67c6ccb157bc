#include <stdlib.h>
#include <string.h>

#include "federation/joining.h"
#include "federation/make_parts.h"

/* An invite that is there already: out of date it makes room; else somebody may be at it. */
static enum err
check_free(const struct invites *invites, const struct invitation *invitation, struct why *why)
{
    const struct open_invite *there = invites_named(invites, invitation->agency);
    char until[INSTANT_TEXT];

    if (there == NULL)
        return ERR_OK;
    if (there->request.len > 0)
        return because(why, ERR_CONFLICT,
                       "%s has asked to join already: `kith agency admit %s`, or `kith agency "
                       "withdraw %s` and invite it again",
                       there->agency, there->agency, there->agency);
    if (!instant_is_before(invitation->now, there->expires))
        return ERR_OK;
    instant_write_local(until, there->expires);
    return because(why, ERR_CONFLICT,
                   "an invite for %s is open until %s; `kith agency withdraw %s` takes it back",
                   there->agency, until, there->agency);
}

static enum err
look_at_others(const char *folder, const struct invitation *invitation, struct why *why)
{
    struct invites invites;
    struct why odd;
    enum err err = invites_read(&invites, folder, &odd, why);

    if (err)
        return err;
    err = check_free(&invites, invitation, why);
    invites_clear(&invites);
    return err;
}

static void
fill(struct invite *invite, const struct federation *federation,
     const struct invitation *invitation)
{
    const struct registry *registry = federation_registry(federation);

    memcpy(invite->federation, registry_federation(registry),
           strlen(registry_federation(registry)) + 1);
    memcpy(invite->agency, invitation->agency, strlen(invitation->agency) + 1);
    memcpy(invite->endpoint, invitation->endpoint, strlen(invitation->endpoint) + 1);
    invite->demonstration = registry_is_demonstration(registry);
    invite->least_registry = registry_version(registry);
    invite->least_agreement = federation_document(federation, DOCUMENT_AGREEMENT)->line.version;
    invite->expires = invitation->expires;
    trust_digest(invite->trust, federation_trust(federation));
    memcpy(invite->broker.bytes, registry_broker_transport(registry), 32);
    invite->psk_epoch = PSK_EPOCH;
}

static enum err
open_invite(struct invite *invite, const char *folder, struct why *why)
{
    struct open_invite open = { .number = invite->number, .expires = invite->expires };
    enum err err;

    memcpy(open.federation, invite->federation, sizeof(open.federation));
    memcpy(open.agency, invite->agency, sizeof(open.agency));
    exchange_make(&open.key, &invite->secret);
    if ((err = invites_remove(folder, open.agency, why)))
        return err;
    return invites_put(folder, &open, why);
}

static enum err
make(struct invite *invite, const struct opened_offline *opened, const struct offline *offline,
     const struct invitation *invitation, struct why *why)
{
    const struct registry *registry = federation_registry(opened->federation);
    char folder[FILE_PATH_MAX];
    enum err err;

    if ((err = check_fresh_name(registry, invitation->agency, why))
        || (err = path_of(folder, why, offline->folder, INVITES_FOLDER))
        || (err = look_at_others(folder, invitation, why))
        || (err = next_agency_number(&invite->number, registry, offline->folder, why))
        || (err = offline_psk(&invite->psk, opened, offline->folder, why)))
        return err;
    fill(invite, opened->federation, invitation);
    return open_invite(invite, folder, why);
}

enum err
federation_invite(struct invite *invite, const struct offline *offline,
                  const struct invitation *invitation, struct why *why)
{
    struct opened_offline opened;
    struct invite made = { .number = 0 };
    enum err err;

    if (strlen(invitation->endpoint) > ENDPOINT_MAX_LEN || invitation->endpoint[0] == 0)
        return because(why, ERR_MALFORMED, "'%s' is not an address of a broker",
                       invitation->endpoint);
    if ((err = offline_open(&opened, offline, why)))
        return err;
    err = make(&made, &opened, offline, invitation, why);
    if (err == ERR_OK)
        *invite = made;
    wipe(&made, sizeof(made));
    offline_close(&opened);
    return err;
}
