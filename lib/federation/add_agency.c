#include <string.h>
#include <unistd.h>

#include "federation/make_parts.h"

/* The agency while it is being made, in a folder of another name. */
struct adding {
    const struct offline *offline;
    const struct new_agency *agency;
    const struct opened_offline *opened;
    uint32_t number;
    char final[FILE_PATH_MAX], folder[FILE_PATH_MAX], intake_file[FILE_PATH_MAX];
    struct agency_keys keys;
};

enum err
offline_psk(struct key *psk, const struct opened_offline *opened, const char *folder,
            struct why *why)
{
    struct unlock unlock = { .key = &opened->kek };
    char path[FILE_PATH_MAX];
    enum err err;

    if ((err = path_of(path, why, folder, "offline/psk-%d.key", PSK_EPOCH)))
        return err;
    return keyfile_read(psk->bytes, sizeof(psk->bytes), path, KEYFILE_PSK, &unlock, why);
}

/* The federation's pre-shared key goes into the agency's own folder. */
static enum err
make_keys(struct adding *adding, struct why *why)
{
    char keys[FILE_PATH_MAX];
    struct key psk;
    enum err err;

    if ((err = path_of(keys, why, adding->folder, "keys"))
        || (err = offline_psk(&psk, adding->opened, adding->offline->folder, why)))
        return err;
    err = make_agency_keys(&adding->keys, keys, adding->number, adding->agency->passphrase,
                           PSK_EPOCH, &psk, adding->agency->now, why);
    wipe(&psk, sizeof(psk));
    wipe(&adding->keys.secret, sizeof(adding->keys.secret));
    return err;
}

static enum err
make_folder(struct adding *adding, struct why *why)
{
    const struct agent_place place = { .agency = adding->agency->name,
                                       .federation = "../../federation",
                                       .broker = "file:../../broker/endpoint" };
    enum err err;

    if ((err = begin_folder(adding->folder, adding->final, why)))
        return err;
    if ((err = make_folders(adding->folder, agency_folders, 0700, why))
        || (err = make_keys(adding, why))
        || (err = write_agent_conf(adding->folder, &place, adding->agency->passphrase == NULL,
                                   why))
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
    intake_file_add(&text, &adding->keys.intake);
    err = file_write(adding->intake_file, buffer_bytes(&text), 0644, why);
    buffer_clear(&text);
    return err;
}

static enum err
publish_registry(const struct adding *adding, struct why *why)
{
    const struct new_entry entry = { .number = adding->number,
                                     .name = adding->agency->name,
                                     .signing = &adding->keys.signing,
                                     .transport = &adding->keys.transport,
                                     .since = adding->agency->now };

    return publish_entry(adding->opened, adding->offline, &entry, why);
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

    if ((err = check_fresh_name(registry, name, why)))
        return err;
    if ((err = next_agency_number(&adding->number, registry, adding->offline->folder, why)))
        return err;
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

    if ((err = offline_open(&opened, offline, why)))
        return err;
    if (!(err = prepare(&adding, why)) && !(err = add(&adding, why)))
        *number = adding.number;
    offline_close(&opened);
    return err;
}
