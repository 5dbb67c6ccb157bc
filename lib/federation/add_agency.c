#include <string.h>
#include <unistd.h>

#include "federation/make_parts.h"
#include "federation/node_keys.h"

static const char *const closed_folders[] = { "keys", "store", NULL };

/* The agency while it is being made, in a folder of another name. */
struct adding {
    const struct offline *offline;
    const struct new_agency *agency;
    const struct opened_offline *opened;
    uint32_t number;
    char final[FILE_PATH_MAX], folder[FILE_PATH_MAX], intake_file[FILE_PATH_MAX];
    struct sign_public signing;
    struct exchange_public transport;
    struct intake_key intake;
};

static uint32_t
number_after(const struct registry *registry)
{
    uint32_t highest = FIRST_AGENCY - 1;

    for (size_t i = 0; i < registry_agency_count(registry); i++)
        if (registry_agency_at(registry, i)->number > highest)
            highest = registry_agency_at(registry, i)->number;
    return highest == UINT32_MAX ? 0 : highest + 1;
}

/* The federation's pre-shared key, for the agency's own folder. */
static enum err
hand_over_psk(const struct adding *adding, const char *keys, const struct key *kek,
              struct why *why)
{
    struct unlock unlock = { .key = &adding->opened->kek };
    char path[FILE_PATH_MAX];
    struct key psk;
    enum err err;

    if ((err = path_of(path, why, adding->offline->folder, "offline/psk-1.key")))
        return err;
    err = keyfile_read(psk.bytes, sizeof(psk.bytes), path, KEYFILE_PSK, &unlock, why);
    if (err == ERR_OK)
        err = write_key(keys, "psk-1.key", KEYFILE_PSK, psk.bytes, sizeof(psk.bytes), kek, why);
    wipe(&psk, sizeof(psk));
    return err;
}

static void
sign_intake(struct adding *adding, const struct sign_secret *secret)
{
    adding->intake.agency = adding->number;
    adding->intake.signing_key = 1;
    adding->intake.not_before_ms = (uint64_t)adding->agency->now.ms;
    adding->intake.not_after_ms = adding->intake.not_before_ms + INTAKE_SEAL_MS;
    intake_sign(&adding->intake, secret);
}

static enum err
make_signing_keys(struct adding *adding, const char *keys, const struct key *kek,
                  struct why *why)
{
    struct sign_secret secret;
    enum err err;

    err = make_signing_key(&adding->signing, &secret, keys, "signing-1.key", KEYFILE_SIGNING,
                           kek, why);
    if (err == ERR_OK)
        err = make_exchange_key(&adding->intake.key, keys, "intake-1.key", KEYFILE_INTAKE, kek,
                                why);
    if (err == ERR_OK)
        sign_intake(adding, &secret);
    wipe(&secret, sizeof(secret));
    return err;
}

static enum err
make_keys(struct adding *adding, struct why *why)
{
    char keys[FILE_PATH_MAX];
    struct key kek;
    enum err err;

    if ((err = path_of(keys, why, adding->folder, "keys"))
        || (err = node_kek_make(&kek, keys, adding->agency->passphrase, why)))
        return err;
    if (!(err = make_signing_keys(adding, keys, &kek, why))
        && !(err = make_exchange_key(&adding->transport, keys, "transport.key",
                                     KEYFILE_TRANSPORT, &kek, why))
        && !(err = make_random_key(keys, "master.key", KEYFILE_MASTER, &kek, why)))
        err = hand_over_psk(adding, keys, &kek, why);
    wipe(&kek, sizeof(kek));
    return err;
}

static enum err
make_folder(struct adding *adding, struct why *why)
{
    enum err err;

    if ((err = begin_folder(adding->folder, adding->final, why)))
        return err;
    if ((err = make_folders(adding->folder, closed_folders, 0700, why))
        || (err = make_keys(adding, why))
        || (err = write_agent_conf(adding->folder, adding->agency->name,
                                   adding->agency->passphrase == NULL, why))
        || (err = finish_folder(adding->folder, adding->final, why)))
        remove_folder(adding->folder);
    return err;
}

static enum err
publish_intake(const struct adding *adding, struct why *why)
{
    struct buffer text;
    enum err err;

    buffer_init(&text, INTAKE_FILE_MAX);
    intake_file_add(&text, &adding->intake);
    err = file_write(adding->intake_file, buffer_bytes(&text), 0644, why);
    buffer_clear(&text);
    return err;
}

/* The registry as it is, and the agency after it. */
static enum err
publish_registry(const struct adding *adding, struct why *why)
{
    const struct signed_document *current =
        federation_document(adding->opened->federation, DOCUMENT_REGISTRY);
    const uint8_t *end_of_first = memchr(current->text.data, '\n', current->text.len);
    char transport[64];
    struct buffer body;
    enum err err;

    buffer_init(&body, REGISTRY_MAX);
    base64_write(transport, adding->transport.bytes, sizeof(adding->transport.bytes));
    buffer_add_bytes(
        &body, bytes_from(current->text, (size_t)(end_of_first - current->text.data) + 1));
    buffer_print(&body, "\nagency %u %s\n", (unsigned)adding->number, adding->agency->name);
    signing_line_write(&body, "  ", 1, &adding->signing, adding->agency->now);
    buffer_print(&body, "  transport %s\n", transport);
    err = publish_next(adding->opened->federation, adding->offline, &adding->opened->kek,
                       DOCUMENT_REGISTRY, buffer_bytes(&body), why);
    buffer_clear(&body);
    return err;
}

/* Nothing of it counts until the registry names the agency. */
static enum err
add(struct adding *adding, struct why *why)
{
    enum err err;

    if ((err = make_folder(adding, why)))
        return err;
    if ((err = publish_intake(adding, why)) || (err = publish_registry(adding, why))) {
        unlink(adding->intake_file);
        remove_folder(adding->final);
    }
    return err;
}

static enum err
prepare(struct adding *adding, struct why *why)
{
    const struct registry *registry = federation_registry(adding->opened->federation);
    const char *name = adding->agency->name;
    enum err err;

    if (registry_agency_named(registry, name) != NULL)
        return because(why, ERR_CONFLICT,
                       "the name '%s' is taken, and a name is never given again", name);
    adding->number = number_after(registry);
    if (adding->number == 0)
        return because(why, ERR_FULL, "there is no number left for an agency");
    if ((err = path_of(adding->final, why, adding->offline->folder, "agencies/%s", name))
        || (err = path_of(adding->intake_file, why, adding->offline->folder,
                          "federation/intake/%s.intake", name)))
        return err;
    if (!folder_is_empty(adding->final))
        return because(why, ERR_CONFLICT,
                       "%s: is there already, though the registry does not name the agency; "
                       "move it away",
                       adding->final);
    return ERR_OK;
}

enum err
federation_add_agency(const struct offline *offline, const struct new_agency *agency,
                      uint32_t *number, struct why *why)
{
    struct opened_offline opened;
    struct adding adding = { .offline = offline, .agency = agency, .opened = &opened };
    enum err err;

    if (!name_is_valid(bytes_of_text(agency->name)))
        return because(why, ERR_MALFORMED,
                       "'%s' is not a name for an agency: a-z, 0-9 and single hyphens, a "
                       "letter first",
                       agency->name);
    if ((err = offline_open(&opened, offline, why)))
        return err;
    if (!(err = prepare(&adding, why)) && !(err = add(&adding, why)))
        *number = adding.number;
    offline_close(&opened);
    return err;
}
