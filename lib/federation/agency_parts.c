#include <stdio.h>
#include <string.h>

#include "federation/invites.h"
#include "federation/make_parts.h"
#include "federation/node_keys.h"

/* What making an agency's keys in its own place and entering it in the registry have to do
   with each other: nothing but these steps. */

const char *const agency_folders[] = { "keys", "store", NULL };

/* --- Keys ------------------------------------------------------------------------------------ */

static void
sign_intake(struct agency_keys *made, uint32_t number, struct instant now)
{
    made->intake.agency = number;
    made->intake.signing_key = 1;
    made->intake.not_before_ms = (uint64_t)now.ms;
    made->intake.not_after_ms = made->intake.not_before_ms + INTAKE_SEAL_MS;
    intake_sign(&made->intake, &made->secret);
}

enum err
make_agency_keys(struct agency_keys *made, const char *folder, uint32_t number,
                 const char *passphrase, uint32_t psk_epoch, const struct key *psk,
                 struct instant now, struct why *why)
{
    char psk_name[32];
    struct key kek;
    enum err err;

    snprintf(psk_name, sizeof(psk_name), "psk-%u.key", (unsigned)psk_epoch);
    if ((err = node_kek_make(&kek, folder, passphrase, why)))
        return err;
    if (!(err = make_signing_key(&made->signing, &made->secret, folder, "signing-1.key",
                                 KEYFILE_SIGNING, &kek, why))
        && !(err = make_exchange_key(&made->intake.key, folder, "intake-1.key", KEYFILE_INTAKE,
                                     &kek, why))
        && !(err = make_exchange_key(&made->transport, folder, "transport.key",
                                     KEYFILE_TRANSPORT, &kek, why))
        && !(err = make_random_key(folder, "master.key", KEYFILE_MASTER, &kek, why)))
        err =
            write_key(folder, psk_name, KEYFILE_PSK, psk->bytes, sizeof(psk->bytes), &kek, why);
    wipe(&kek, sizeof(kek));
    if (err == ERR_OK)
        sign_intake(made, number, now);
    return err;
}

/* --- The registry's entry ---------------------------------------------------------------------- */

enum err
check_fresh_name(const struct registry *registry, const char *name, struct why *why)
{
    if (!name_is_valid(bytes_of_text(name)))
        return because(why, ERR_MALFORMED,
                       "'%s' is not a name for an agency: a-z, 0-9 and single hyphens, a "
                       "letter first",
                       name);
    if (registry_agency_named(registry, name) != NULL)
        return because(why, ERR_CONFLICT,
                       "the name '%s' is taken, and a name is never given again", name);
    return ERR_OK;
}

static uint32_t
highest_in(const struct registry *registry)
{
    uint32_t highest = FIRST_AGENCY - 1;

    for (size_t i = 0; i < registry_agency_count(registry); i++)
        if (registry_agency_at(registry, i)->number > highest)
            highest = registry_agency_at(registry, i)->number;
    return highest;
}

enum err
next_agency_number(uint32_t *number, const struct registry *registry, const char *folder,
                   struct why *why)
{
    uint32_t highest = highest_in(registry);
    char path[FILE_PATH_MAX];
    struct invites invites;
    struct why odd;
    enum err err;

    if ((err = path_of(path, why, folder, INVITES_FOLDER))
        || (err = invites_read(&invites, path, &odd, why)))
        return err;
    for (size_t i = 0; i < invites.count; i++)
        if (invites.list[i].number > highest)
            highest = invites.list[i].number;
    invites_clear(&invites);
    if (highest == UINT32_MAX)
        return because(why, ERR_FULL, "there is no number left for an agency");
    *number = highest + 1;
    return ERR_OK;
}

/* The registry as it is, and the agency after it. */
enum err
publish_entry(const struct opened_offline *opened, const struct offline *offline,
              const struct new_entry *entry, struct why *why)
{
    const struct signed_document *current =
        federation_document(opened->federation, DOCUMENT_REGISTRY);
    const uint8_t *end_of_first = memchr(current->text.data, '\n', current->text.len);
    char transport[64];
    struct buffer body;
    enum err err;

    buffer_init(&body, REGISTRY_MAX);
    base64_write(transport, entry->transport->bytes, sizeof(entry->transport->bytes));
    buffer_add_bytes(
        &body, bytes_from(current->text, (size_t)(end_of_first - current->text.data) + 1));
    buffer_print(&body, "\nagency %u %s\n", (unsigned)entry->number, entry->name);
    signing_line_write(&body, "  ", 1, entry->signing, entry->since);
    buffer_print(&body, "  transport %s\n", transport);
    err = publish_next(opened->federation, offline, &opened->kek, DOCUMENT_REGISTRY,
                       buffer_bytes(&body), why);
    buffer_clear(&body);
    return err;
}
