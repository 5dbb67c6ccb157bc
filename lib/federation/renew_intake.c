#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "federation/make_parts.h"
#include "federation/renew.h"
#include "federation/signer.h"

/* Those that may still be sealed to, the newest last, and room for one more. */
static size_t
keep_valid(struct intake_key *keys, size_t count, struct instant now)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++)
        if (intake_is_valid(&keys[i], now))
            keys[kept++] = keys[i];
    if (kept == INTAKE_KEYS_MAX)
        memmove(keys, keys + 1, --kept * sizeof(keys[0]));
    return kept;
}

/* The keys of the text that are still valid, and the fresh one. */
static enum err
add_to(struct buffer *text, const struct intake_key *fresh, struct instant now, struct why *why)
{
    struct intake_key keys[INTAKE_KEYS_MAX];
    size_t count = 0;
    enum err err;

    if (text->len > 0 && (err = intake_file_read(keys, &count, buffer_bytes(text), why)))
        return err;
    count = keep_valid(keys, count, now);
    buffer_reset(text);
    for (size_t i = 0; i < count; i++)
        intake_file_add(text, &keys[i]);
    intake_file_add(text, fresh);
    return ERR_OK;
}

enum err
intake_renew(struct buffer *text, const struct renewal *renewal, struct why *why)
{
    struct intake_key fresh = {
        .agency = renewal->agency,
        .signing_key = renewal->signing->number,
        .not_before_ms = (uint64_t)renewal->now.ms,
        .not_after_ms = (uint64_t)renewal->now.ms + INTAKE_SEAL_MS,
    };
    const struct node_keys *keys = renewal->keys;
    char made[FILE_PATH_MAX], name[64];
    enum err err;

    snprintf(name, sizeof(name), "intake-%u.key",
             (unsigned)keys->intake_numbers[keys->intake_count - 1] + 1);
    if ((err = path_in(made, renewal->folder, name, why))
        || (err = make_exchange_key(&fresh.key, renewal->folder, name, KEYFILE_INTAKE,
                                    &keys->kek, why)))
        return err;
    intake_sign(&fresh, &renewal->signing->secret);
    if ((err = add_to(text, &fresh, renewal->now, why)))
        unlink(made);
    return err;
}

static enum err
renew_published(const char *folder, const struct new_agency *agency,
                const struct agency *listed, const struct node_keys *keys,
                const struct numbered_secret *signing, struct why *why)
{
    char keys_folder[FILE_PATH_MAX], published[FILE_PATH_MAX];
    struct renewal renewal = { .folder = keys_folder,
                               .agency = listed->number,
                               .keys = keys,
                               .signing = signing,
                               .now = agency->now };
    struct buffer text;
    enum err err;

    if ((err = path_of(keys_folder, why, folder, "agencies/%s/keys", agency->name))
        || (err = path_of(published, why, folder, "federation/intake/%s.intake", agency->name)))
        return err;
    buffer_init(&text, INTAKE_FILE_MAX);
    err = file_read(&text, published, why);
    if (err == ERR_OK || err == ERR_NOT_FOUND)
        err = intake_renew(&text, &renewal, why);
    if (err == ERR_OK)
        err = file_write(published, buffer_bytes(&text), 0644, why);
    buffer_clear(&text);
    return err;
}

static enum err
renew(const char *folder, const struct new_agency *agency, const struct federation *federation,
      const struct node_keys *keys, struct why *why)
{
    const struct registry *registry = federation_registry(federation);
    const struct agency *listed = registry_agency_named(registry, agency->name);
    bool lapsed;
    const struct numbered_secret *signing =
        signer_choose(keys, registry, listed, instant_day(agency->now), &lapsed);

    if (signing == NULL || lapsed)
        return because(why, ERR_REFUSED,
                       "%s has no signing key that the registry names for today", agency->name);
    return renew_published(folder, agency, listed, keys, signing, why);
}

static enum err
check_listed(const struct federation *federation, const char *name, struct why *why)
{
    if (registry_agency_named(federation_registry(federation), name) == NULL)
        return because(why, ERR_NOT_FOUND, "the registry names no agency '%s'", name);
    return ERR_OK;
}

enum err
federation_renew_intake(const char *folder, const struct new_agency *agency, struct why *why)
{
    char public[FILE_PATH_MAX], secret[FILE_PATH_MAX];
    struct federation *federation = NULL;
    struct node_keys *keys = NULL;
    enum err err;

    if (!name_is_valid(bytes_of_text(agency->name)))
        return because(why, ERR_MALFORMED, "'%s' is not a name of an agency", agency->name);
    if ((err = path_of(public, why, folder, "federation"))
        || (err = path_of(secret, why, folder, "agencies/%s/keys", agency->name)))
        return err;
    if (!(err = federation_load(&federation, public, NULL, 0, 0, why))
        && !(err = check_listed(federation, agency->name, why))
        && !(err = node_keys_load(&keys, secret, NODE_AGENCY, agency->passphrase,
                                  agency->passphrase == NULL, why)))
        err = renew(folder, agency, federation, keys, why);
    node_keys_free(&keys);
    federation_free(&federation);
    return err;
}
